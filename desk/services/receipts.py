"""Receipts: money in at the counter, and putting a wrong receipt right."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from desk.models import Channel, Receipt
from desk.queries import (
    ReceiptNotFound,
    ReceiptView,
    next_receipt_number,
    receipt_number_of_entry,
    receipt_view,
)
from desk.receipt import FEE_ACCOUNTS, FEE_FUND, Fee, receipt_reference
from desk.services.issue import account_for, money_accounts_of, receipt_row, write_receipts
from ledger.entry import EntryDraft, EntryKind
from ledger.errors import Conflict, NotFound, RuleBroken
from ledger.models import Entry
from ledger.money import Satang, total
from ledger.period import month_of
from ledger.queries import account_by_code
from ledger.rows import Head
from ledger.services import (
    KeyUsedForAnother,
    PostedBatch,
    lock_book,
    post_batch,
    reversal_draft,
)
from members.by_laws import RuleName
from members.models import Member, ProductKind
from members.queries import by_law, member_by_number, products_of
from members.savings import AccountRef, NothingPaid, receipt_postings
from members.services.people import HasLeft, check_whole_shares, in_words_of_the_table


class NoSuchProduct(NotFound):
    """The group has no such product, or no longer."""

    thai = "กลุ่มไม่มีประเภทเงินออม {product_code} แล้ว เปิดหน้านี้ใหม่"


class AlreadyTakenBack(Conflict):
    """The receipt was put right or cancelled before."""

    thai = "ใบรับเงินเลขที่ {number} แก้ไขหรือยกเลิกไปแล้ว แก้ใบล่าสุดแทน"


class NothingToPutRight(RuleBroken):
    """The receipt that is to stand in its place would say the same."""

    thai = "ใบใหม่ยังเหมือนใบเลขที่ {number} ทุกอย่าง แก้ยอด วันที่ หรือวิธีจ่ายก่อน"


def receive(
    session: Session,
    *,
    book_id: int,
    member_number: str,
    amounts: Mapping[str, Satang],
    fees: Mapping[Fee, Satang],
    received_on: date,
    channel: Channel,
    memo: str,
    idempotency_key: str,
    by: str,
    at: datetime,
) -> Receipt:
    """Take money in from a member at the counter, and give the receipt.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        member_number: The member's number.
        amounts: For each product's code, what was paid, in satang.
        fees: For each fee, what was paid, in satang.
        received_on: The day on which it was paid.
        channel: In cash, or by transfer to the bank account of each purse.
        memo: What is written about it, or empty.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer.
        at: Now, aware.

    Raises:
        MemberNotFound: There is no such member.
        HasLeft: The member left.
        NothingPaid: No amount is above zero.
        NoSuchProduct: The group has no such product.
        SharesNotWhole: Shares are not paid in whole shares.
        NoBankAccount: A transfer for a purse without a bank account.
        And whatever ``post_batch`` raises.

    Source:
        Event E1, and the entrance and passbook fees of a new member.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    member = member_by_number(session, book_id=book_id, number=member_number)
    _refuse_who_left(member, head)
    number = _number_for(session, head)
    draft = _draft(
        session,
        head=head,
        number=number,
        member=member,
        amounts=amounts,
        fees=fees,
        received_on=received_on,
        channel=channel,
        memo=memo,
    )
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=[draft],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
    )
    return _write_receipt(
        session,
        posted=posted,
        draft=draft,
        number=number,
        member=member,
        channel=channel,
        replaces=None,
        collection_id=None,
        book_id=book_id,
        by=by,
    )


def put_right(
    session: Session,
    *,
    book_id: int,
    receipt_number: int,
    amounts: Mapping[str, Satang],
    fees: Mapping[Fee, Satang],
    received_on: date,
    channel: Channel,
    reason: str,
    idempotency_key: str,
    by: str,
    at: datetime,
) -> Receipt:
    """Take a wrong receipt back and write the right one, both in one batch; both stay.

    The wrong one is taken back on its own day, or, when its month is closed, on the day of the
    right one.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        receipt_number: The wrong receipt.
        amounts: What was paid in truth, by product, in satang.
        fees: What was paid in truth, by fee, in satang.
        received_on: The day on which it was paid in truth; in an open month.
        channel: How it was paid in truth.
        reason: Why it was wrong.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer.
        at: Now, aware.

    Raises:
        ReceiptNotFound: There is no such receipt.
        AlreadyTakenBack: It was put right or cancelled before.
        HasLeft: The member left.
        NothingPaid: No amount is above zero; cancel the receipt instead.
        NothingToPutRight: The right one would say the same as the wrong one.
        And whatever ``receive`` and ``post_batch`` raise.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    wrong = _standing(session, head=head, receipt_number=receipt_number)
    member = session.get_one(Member, (book_id, wrong.member_id))
    _refuse_who_left(member, head)
    if _says(wrong) == (_paid(amounts, fees), received_on, channel) and not head.posted_before:
        raise NothingToPutRight(number=receipt_number)
    number = _number_for(session, head)
    back = reversal_draft(
        session,
        book_id=book_id,
        number=wrong.entry_number,
        entered_on=_day_of_reversal(session, wrong, head=head, otherwise=received_on),
        memo=reason,
    )
    right = _draft(
        session,
        head=head,
        number=number,
        member=member,
        amounts=amounts,
        fees=fees,
        received_on=received_on,
        channel=channel,
        memo=f"แก้ไขใบรับเงินเลขที่ {receipt_number}: {reason}",
    )
    with in_words_of_the_table(session, book_id=book_id):
        posted = post_batch(
            session,
            book_id=book_id,
            drafts=[back, right],
            idempotency_key=idempotency_key,
            posted_by=by,
            posted_at=at,
        )
    return _write_receipt(
        session,
        posted=posted,
        draft=right,
        number=number,
        member=member,
        channel=channel,
        replaces=receipt_number,
        collection_id=wrong.collection_id,
        book_id=book_id,
        by=by,
    )


def cancel_receipt(
    session: Session,
    *,
    book_id: int,
    receipt_number: int,
    cancelled_on: date,
    reason: str,
    idempotency_key: str,
    by: str,
    at: datetime,
) -> PostedBatch:
    """Take a receipt back without writing another: nothing was paid in truth.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        receipt_number: The receipt.
        cancelled_on: The day of the reversal when the receipt's own month is closed.
        reason: Why.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer.
        at: Now, aware.

    Raises:
        ReceiptNotFound: There is no such receipt.
        AlreadyTakenBack: It was put right or cancelled before.
        HasLeft: The member left, with what the receipt says.
        And whatever ``post_batch`` raises.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    wrong = _standing(session, head=head, receipt_number=receipt_number)
    _refuse_who_left(session.get_one(Member, (book_id, wrong.member_id)), head)
    back = reversal_draft(
        session,
        book_id=book_id,
        number=wrong.entry_number,
        entered_on=_day_of_reversal(session, wrong, head=head, otherwise=cancelled_on),
        memo=reason,
    )
    with in_words_of_the_table(session, book_id=book_id):
        return post_batch(
            session,
            book_id=book_id,
            drafts=[back],
            idempotency_key=idempotency_key,
            posted_by=by,
            posted_at=at,
        )


def _says(receipt: ReceiptView) -> tuple[dict[str, Satang], date, Channel]:
    """Give what a receipt says was paid, when and how, to be compared with what is typed."""
    lines = {line.product_code or line.account_code: line.amount for line in receipt.lines}
    return lines, receipt.received_on, receipt.channel


def _paid(amounts: Mapping[str, Satang], fees: Mapping[Fee, Satang]) -> dict[str, Satang]:
    every = {**amounts, **{FEE_ACCOUNTS[fee]: amount for fee, amount in fees.items()}}
    return {what: amount for what, amount in every.items() if amount}


def _standing(session: Session, *, head: Head, receipt_number: int) -> ReceiptView:
    """Find a receipt that has not been taken back, unless by this very request."""
    receipt = receipt_view(session, book_id=head.book_id, number=receipt_number)
    if not receipt.stands and head.posted_before is None:
        raise AlreadyTakenBack(number=receipt_number)
    return receipt


def _refuse_who_left(member: Member, head: Head) -> None:
    """Refuse one who left, unless it was written before they did, by this very request."""
    if member.left_on is not None and head.posted_before is None:
        raise HasLeft(number=member.number)


def _day_of_reversal(session: Session, wrong: ReceiptView, *, head: Head, otherwise: date) -> date:
    """Give the receipt's own day while its month is open; sent again, the day it was given then."""
    if head.posted_before is not None:
        return session.get_one(Entry, (head.book_id, head.posted_before[0])).entered_on
    is_open = head.closed_until is None or month_of(wrong.received_on) > head.closed_until
    return wrong.received_on if is_open else otherwise


def _number_for(session: Session, head: Head) -> int:
    """Give the next receipt number, or the one that this very request was given before."""
    if head.posted_before is not None:
        known = receipt_number_of_entry(
            session, book_id=head.book_id, entry_number=head.posted_before[1]
        )
        if known is not None:
            return known
    return next_receipt_number(session, book_id=head.book_id)


def _draft(
    session: Session,
    *,
    head: Head,
    number: int,
    member: Member,
    amounts: Mapping[str, Satang],
    fees: Mapping[Fee, Satang],
    received_on: date,
    channel: Channel,
    memo: str,
) -> EntryDraft:
    if not total([*amounts.values(), *fees.values()]):
        raise NothingPaid
    products = {product.code: product for product in products_of(session, book_id=head.book_id)}
    lines: list[tuple[AccountRef, Satang]] = []
    for product_code, amount in amounts.items():
        if not amount:
            continue
        if product_code not in products:
            raise NoSuchProduct(product_code=product_code)
        if products[product_code].kind is ProductKind.SHARE:
            par = by_law(session, book_id=head.book_id, name=RuleName.SHARE_PAR, on=received_on)
            check_whole_shares(amount, par=Satang(par))
        account_id = account_for(
            session, member=member, product_code=product_code, opened_on=received_on
        )
        lines.append((AccountRef(account_id, products[product_code].fund), amount))
    for fee, amount in fees.items():
        account = account_by_code(
            session, book_id=head.book_id, code=FEE_ACCOUNTS[fee], fund=FEE_FUND
        )
        lines.append((AccountRef(account.id, FEE_FUND), amount))
    money = money_accounts_of(session, book_id=head.book_id).for_channel(
        channel, funds={account.fund for account, amount in lines if amount}
    )
    return EntryDraft(
        entered_on=received_on,
        kind=EntryKind.ENTRANCE if fees.get(Fee.ENTRANCE) else EntryKind.RECEIPT,
        memo=memo,
        reference=receipt_reference(number=number, group_code=head.code, received_on=received_on),
        postings=receipt_postings(lines, money=money),
    )


def _write_receipt(
    session: Session,
    *,
    book_id: int,
    posted: PostedBatch,
    draft: EntryDraft,
    number: int,
    member: Member,
    channel: Channel,
    replaces: int | None,
    collection_id: int | None,
    by: str,
) -> Receipt:
    """Write the receipt of the batch's last entry, unless it was written before."""
    if not posted.replayed:
        write_receipts(
            session,
            [
                receipt_row(
                    draft,
                    book_id=book_id,
                    number=number,
                    entry_number=posted.last_number,
                    member_id=member.id,
                    channel=channel,
                    replaces=replaces,
                    collection_id=collection_id,
                    by=by,
                    at=session.get_one(Entry, (book_id, posted.last_number)).recorded_at,
                )
            ],
        )
    receipt = session.get(Receipt, (book_id, number))
    if receipt is None:
        raise ReceiptNotFound(number=number)
    # A receipt of fees alone has no account of the member by which its entry could be told apart.
    if receipt.member_id != member.id:
        raise KeyUsedForAnother(entry_number=receipt.entry_number)
    return receipt
