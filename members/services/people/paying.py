"""Paying out: a withdrawal in cash, approved by a second officer."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from ledger.chart import Keeps
from ledger.entry import EntryDraft, EntryKind
from ledger.errors import RuleBroken
from ledger.models import Account, Fund
from ledger.money import Satang, format_baht
from ledger.services import PostedBatch, lock_book, post_batch
from members.models import ProductKind
from members.queries import cash_accounts, member_by_number, members_behind, savings_of
from members.savings import AccountRef, withdrawal_postings
from members.services.people.standing import (
    ProductNotFound,
    check_day,
    present_member,
    product_of,
)

#: What may be taken out while one stays a member.
#: Source: pledges and shares come back on leaving; premiums are the purse's income and do not.
WITHDRAWABLE = frozenset({ProductKind.DEMAND, ProductKind.SPECIAL, ProductKind.HOUSING})


class NotWithdrawable(RuleBroken):
    """The product is not paid out while one is a member."""

    thai = "{name}ถอนระหว่างเป็นสมาชิกไม่ได้ จ่ายคืนเมื่อลาออก"


class NotEnoughSavings(RuleBroken):
    """The withdrawal is more than there is."""

    thai = "ยอดใน{name}มี {balance} บาท ไม่พอถอน"


class NotEnoughCash(RuleBroken):
    """The cash box of the purse does not hold what is to be paid out."""

    thai = "เงินสดในกองทุน{fund}มี {balance} บาท ไม่พอจ่าย ถอนจากธนาคารก่อน"


def withdraw(
    session: Session,
    *,
    book_id: int,
    number: str,
    product_code: str,
    amount: Satang,
    entered_on: date,
    memo: str,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
) -> PostedBatch:
    """Pay a member out of a savings account in cash, by two officers.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The member's number.
        product_code: The product.
        amount: What is paid out, in satang, above zero.
        entered_on: The day on which it is paid.
        memo: What is written about it, or empty.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer who pays.
        approved_by: The mark of the second officer.
        at: Now, aware.

    Raises:
        MemberNotFound: There is no such member.
        HasLeft: The member left.
        ProductNotFound: The group has no such product.
        NotWithdrawable: The product is paid out on leaving only, or never.
        NotEnoughSavings: There is less in the account.
        NotEnoughCash: There is less in the box.
        And whatever ``post_batch`` raises.

    Source:
        Event E3; withdrawal papers are signed by two together.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    draft = _withdrawal(
        session,
        book_id=book_id,
        number=number,
        product_code=product_code,
        amount=amount,
        entered_on=entered_on,
        memo=memo,
    )
    if head.posted_before is None:
        present_member(session, book_id=book_id, number=number)
        refuse_low_savings_or_cash(session, draft=draft, book_id=book_id)
    return post_batch(
        session,
        book_id=book_id,
        drafts=[draft],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
        approved_by=approved_by,
    )


def check_withdrawal(
    session: Session,
    *,
    book_id: int,
    number: str,
    product_code: str,
    amount: Satang,
    entered_on: date,
    memo: str,
    at: datetime,
) -> Satang:
    """Tell what would be left after a withdrawal, in satang, or refuse it as ``withdraw`` would.

    Nothing is written, and the password of the second officer is not asked for yet.
    """
    present_member(session, book_id=book_id, number=number)
    draft = _withdrawal(
        session,
        book_id=book_id,
        number=number,
        product_code=product_code,
        amount=amount,
        entered_on=entered_on,
        memo=memo,
    )
    check_day(session, book_id=book_id, day=entered_on, at=at)
    refuse_low_savings_or_cash(session, draft=draft, book_id=book_id)
    account = session.get_one(Account, (book_id, draft.postings[0].account_id))
    return Satang(-account.balance_satang - amount)


def _withdrawal(
    session: Session,
    *,
    book_id: int,
    number: str,
    product_code: str,
    amount: Satang,
    entered_on: date,
    memo: str,
) -> EntryDraft:
    member = member_by_number(session, book_id=book_id, number=number)
    product = product_of(session, book_id=book_id, code=product_code)
    if product.kind not in WITHDRAWABLE:
        raise NotWithdrawable(name=product.name)
    savings = [
        view
        for view in savings_of(session, book_id=book_id, member_id=member.id)
        if view.product_code == product_code
    ]
    if not savings:
        raise ProductNotFound(code=product_code)
    account = AccountRef(savings[0].account_id, savings[0].fund)
    return EntryDraft(
        entered_on=entered_on,
        kind=EntryKind.WITHDRAWAL,
        memo=memo,
        postings=withdrawal_postings(
            savings=account,
            money_account_id=cash_accounts(session, book_id=book_id)[account.fund],
            amount=amount,
        ),
    )


def refuse_low_savings_or_cash(session: Session, *, draft: EntryDraft, book_id: int) -> None:
    """Say in the words of the table what the book would refuse in its own.

    Raises:
        NotEnoughSavings: A savings account would fall below zero.
        NotEnoughCash: A cash box would.
    """
    for posting in draft.postings:
        account = session.get_one(Account, (book_id, posting.account_id), populate_existing=True)
        after = account.balance_satang + posting.amount
        if account.keeps is Keeps.CREDIT and after > 0:
            whose = members_behind(session, book_id=book_id, account_ids=[account.id])[account.id]
            raise NotEnoughSavings(
                name=whose.product_name, balance=format_baht(Satang(-account.balance_satang))
            )
        if account.keeps is Keeps.DEBIT and after < 0:
            fund = session.get_one(Fund, (book_id, account.fund))
            raise NotEnoughCash(fund=fund.name_th, balance=format_baht(account.balance_satang))
