"""Leaving: what was saved is given back, the accounts are closed, the member's number stays."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind, PostingDraft
from ledger.errors import Conflict, RuleBroken
from ledger.models import Account
from ledger.money import Satang, format_baht, total
from ledger.queries import account_by_code, journal_entry
from ledger.rows import Head
from ledger.services import (
    KeyUsedForAnother,
    PostedBatch,
    SameOfficerTwice,
    lock_book,
    post_batch,
)
from members.models import Member, ProductKind, SavingsAccount
from members.queries import (
    SavingsView,
    cash_accounts,
    member_by_number,
    members_behind,
    savings_of,
)
from members.savings import AccountRef, benefit_postings, leaving_postings
from members.services.people.holding import refuse_who_is_held
from members.services.people.paying import WITHDRAWABLE, refuse_low_savings_or_cash
from members.services.people.standing import HasLeft, check_day

#: What is given back on leaving.
GIVEN_BACK = WITHDRAWABLE | {ProductKind.PLEDGE, ProductKind.SHARE}
WELFARE = "WEL"
DEATH_BENEFIT = "56040"


class LeftBeforeJoining(RuleBroken):
    """The day of leaving is before the day of joining."""

    thai = "วันที่ออกอยู่ก่อนวันที่เข้าเป็นสมาชิก ตรวจวันที่อีกครั้ง"


class AmountsMoved(Conflict):
    """Something was posted to the member's accounts since the sum to pay back was shown."""

    thai = "ยอดเงินของสมาชิกเปลี่ยนไปเป็น {owed} บาทหลังเปิดหน้านี้ ตรวจยอดใหม่แล้วยืนยันอีกครั้ง"


def owed_on_leaving(savings: Iterable[SavingsView]) -> list[SavingsView]:
    """Give what of a member's savings is paid back when they leave.

    Premiums are the welfare purse's income and are not.
    """
    return [view for view in savings if view.product_kind in GIVEN_BACK and view.balance > 0]


def leave(
    session: Session,
    *,
    book_id: int,
    number: str,
    left_on: date,
    because: str,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
    shown: Satang | None = None,
) -> PostedBatch | None:
    """Give a leaving member back what they saved, in cash, and close their accounts.

    Nothing is posted, and None given, when there is nothing to give back.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The member's number.
        left_on: The day.
        because: Why: resigned, moved away.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer who pays.
        approved_by: The mark of the second officer.
        at: Now, aware.
        shown: The sum that the officers were shown, in satang; None when nobody was shown one.

    Raises:
        MemberNotFound: There is no such member.
        HasLeft: The member left before.
        HeldBack: The member owes something, or guarantees what another owes.
        LeftBeforeJoining: The day is too early.
        AmountsMoved: The sum is no longer the one that was shown.
        NotEnoughCash: There is less in the box of a purse.
        And whatever ``post_batch`` raises.

    Source:
        Event E26, the resignation of a member without debts.
    """
    return _pay_back(
        session,
        book_id=book_id,
        number=number,
        left_on=left_on,
        because=because,
        benefit=(),
        key=idempotency_key,
        signatures=(by, approved_by, at),
        shown=shown,
    )


def die(
    session: Session,
    *,
    book_id: int,
    number: str,
    died_on: date,
    because: str,
    benefit: Satang,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
    shown: Satang | None = None,
) -> PostedBatch | None:
    """Give those who are left behind what a member saved, and the welfare fund's benefit.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The member's number.
        died_on: The day from which they are no member; the day on which it is paid.
        because: What is written, with who is paid.
        benefit: What the welfare fund gives on a death, in satang; zero for none.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer who pays.
        approved_by: The mark of the second officer.
        at: Now, aware.
        shown: The savings that the officers were shown, in satang; None when nobody was shown any.

    Raises:
        As ``leave`` does.

    Source:
        Event E27, the death of a member without debts.
    """
    postings: tuple[PostingDraft, ...] = ()
    if benefit:
        expense = account_by_code(session, book_id=book_id, code=DEATH_BENEFIT, fund=WELFARE)
        postings = benefit_postings(
            benefit=AccountRef(expense.id, WELFARE),
            money_account_id=cash_accounts(session, book_id=book_id)[WELFARE],
            amount=benefit,
        )
    return _pay_back(
        session,
        book_id=book_id,
        number=number,
        left_on=died_on,
        because=because,
        benefit=postings,
        key=idempotency_key,
        signatures=(by, approved_by, at),
        shown=shown,
    )


def _pay_back(
    session: Session,
    *,
    book_id: int,
    number: str,
    left_on: date,
    because: str,
    benefit: tuple[PostingDraft, ...],
    key: str,
    signatures: tuple[str, str, datetime],
    shown: Satang | None,
) -> PostedBatch | None:
    by, approved_by, at = signatures
    if by == approved_by:
        raise SameOfficerTwice(officer=by)
    head = lock_book(session, book_id=book_id, idempotency_key=key)
    member = member_by_number(session, book_id=book_id, number=number)
    if head.posted_before is not None or member.left_on is not None:
        return _the_same_again(
            session, head, member, left_on=left_on, because=because, benefit=benefit, key=key
        )
    refuse_who_is_held(session, member=member)
    check_day(session, book_id=book_id, day=left_on, at=at)
    if left_on < member.joined_on:
        raise LeftBeforeJoining(left_on=left_on, joined_on=member.joined_on)
    owed = owed_on_leaving(savings_of(session, book_id=book_id, member_id=member.id))
    owed_satang = total(view.balance for view in owed)
    if shown is not None and shown != owed_satang:
        raise AmountsMoved(shown=shown, owed=format_baht(owed_satang))
    savings = leaving_postings(
        [(AccountRef(view.account_id, view.fund), view.balance) for view in owed],
        money=cash_accounts(session, book_id=book_id),
    )
    posted = None
    if savings or benefit:
        draft = EntryDraft(
            entered_on=left_on,
            kind=EntryKind.LEAVING,
            memo=because,
            postings=(*savings, *benefit),
        )
        refuse_low_savings_or_cash(session, draft=draft, book_id=book_id)
        posted = post_batch(
            session,
            book_id=book_id,
            drafts=[draft],
            idempotency_key=key,
            posted_by=by,
            posted_at=at,
            approved_by=approved_by,
        )
    _close_accounts(session, member=member, on=left_on)
    member.left_on, member.left_because = left_on, because
    session.flush()
    return posted


def _the_same_again(
    session: Session,
    head: Head,
    member: Member,
    *,
    left_on: date,
    because: str,
    benefit: tuple[PostingDraft, ...],
    key: str,
) -> PostedBatch | None:
    """Answer a request that was sent before as it was answered then; refuse any other.

    What was paid back can no longer be read from the balances, so the entry itself is compared.
    """
    same = member.left_on == left_on and member.left_because == because
    if head.posted_before is None:
        if same and not benefit:
            return None
        raise HasLeft(number=member.number)
    first, last, _digest = head.posted_before
    entry = journal_entry(session, book_id=member.book_id, number=first)
    people = members_behind(
        session,
        book_id=member.book_id,
        account_ids={posting.account_id for posting in entry.postings},
    )
    theirs = {person.member_id for person in people.values()} <= {member.id}
    given = [(p.account_id, p.amount) for p in entry.postings if p.code == DEATH_BENEFIT]
    same = same and given == [(p.account_id, p.amount) for p in benefit if p.amount > 0]
    if not (same and theirs and entry.kind == EntryKind.LEAVING and entry.entered_on == left_on):
        raise KeyUsedForAnother(key=key)
    return PostedBatch(first, last, head.seal, replayed=True)


def _close_accounts(session: Session, *, member: Member, on: date) -> None:
    for savings in session.scalars(
        select(SavingsAccount).where(
            SavingsAccount.book_id == member.book_id, SavingsAccount.member_id == member.id
        )
    ):
        savings.closed_on = on
        key = (member.book_id, savings.account_id)
        session.get_one(Account, key, populate_existing=True).closed_on = on
