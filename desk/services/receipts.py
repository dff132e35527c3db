"""Receipts: money in at the counter, and putting a wrong receipt right."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from desk.models import Channel, Receipt
from desk.queries import ReceiptView, next_receipt_number, receipt_view
from desk.receipt import Fee
from desk.services.issue import draft_repayments
from desk.services.slips import (
    NO_LOANS,
    Said,
    draft_slip,
    refuse_who_left,
    said_by,
    written_before,
    written_slip,
)
from desk.services.taking_back import repayments_in_its_place
from ledger.errors import Conflict, RuleBroken
from ledger.models import Entry
from ledger.money import Satang
from ledger.period import month_of
from ledger.rows import Head
from ledger.services import PostedBatch, lock_book, post_batch, reversal_draft
from loans.services.repaying import record_reversal
from members.models import Member
from members.queries import member_by_number
from members.services.people import in_words_of_the_table


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
    loans: Mapping[int, Satang] = NO_LOANS,
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
        loans: For each loan, what was paid, in satang: their own, or one that they guarantee.

    Raises:
        MemberNotFound: There is no such member.
        HasLeft: The member left.
        NothingPaid: No amount is above zero.
        NoSuchProduct: The group has no such product.
        SharesNotWhole: Shares are not paid in whole shares.
        NoBankAccount: A transfer for a purse without a bank account.
        And whatever ``draft_repayment`` and ``post_batch`` raise.

    Source:
        Events E1, E6, E7, E13 and E28, and the entrance and passbook fees of a new member.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    member = member_by_number(session, book_id=book_id, number=member_number)
    said = said_by(amounts, fees, loans, received_on=received_on, channel=channel, memo=memo)
    if head.posted_before is not None:
        return written_before(session, head=head, member=member, said=said, replaces=None)
    refuse_who_left(member)
    repayments = draft_repayments(
        session, book_id=book_id, loans=said.loans, paid_on=received_on, paid_by=member.id
    )
    number = next_receipt_number(session, book_id=book_id)
    draft = draft_slip(
        session, head=head, number=number, member=member, said=said, repayments=repayments
    )
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=[draft],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
    )
    return written_slip(
        session,
        posted=posted,
        draft=draft,
        repayments=repayments,
        number=number,
        member=member,
        channel=channel,
        replaces=None,
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
    loans: Mapping[int, Satang] = NO_LOANS,
) -> Receipt:
    """Take a wrong receipt back and write the right one, both in one batch; both stay.

    The wrong one is taken back on its own day, or, when its month is closed, on the day of the
    right one. What it paid for loans is taken back with it, and what is right is divided anew.

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
        loans: What was paid in truth, by loan, in satang.

    Raises:
        ReceiptNotFound: There is no such receipt.
        AlreadyTakenBack: It was put right or cancelled before.
        HasLeft: The member left.
        NothingPaid: No amount is above zero; cancel the receipt instead.
        NothingToPutRight: The right one would say the same as the wrong one.
        LaterPaymentStands: It changes what was paid for a loan, and later payments rest on that.
        RepaymentCannotStand: What it is to pay for a loan cannot be paid so.
        And whatever ``receive`` and ``post_batch`` raise.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    wrong = _standing(session, head=head, receipt_number=receipt_number)
    member = session.get_one(Member, (book_id, wrong.member_id))
    memo = f"แก้ไขใบรับเงินเลขที่ {receipt_number}: {reason}"
    said = said_by(amounts, fees, loans, received_on=received_on, channel=channel, memo=memo)
    if head.posted_before is not None:
        return written_before(session, head=head, member=member, said=said, replaces=receipt_number)
    refuse_who_left(member)
    if said.is_as_in(wrong):
        raise NothingToPutRight(number=receipt_number)
    return _put_right(
        session, head=head, wrong=wrong, said=said, reason=reason, key=idempotency_key, by=by, at=at
    )


def _put_right(
    session: Session,
    *,
    head: Head,
    wrong: ReceiptView,
    said: Said,
    reason: str,
    key: str,
    by: str,
    at: datetime,
) -> Receipt:
    book_id = head.book_id
    reversed_on = _day_of_reversal(session, wrong, head=head, otherwise=said.received_on)
    repayments = repayments_in_its_place(
        session,
        book_id=book_id,
        wrong=wrong,
        said=said,
        reversed_on=reversed_on,
        by=by,
        at=at,
    )
    member = session.get_one(Member, (book_id, wrong.member_id))
    number = next_receipt_number(session, book_id=book_id)
    back = reversal_draft(
        session,
        book_id=book_id,
        number=wrong.entry_number,
        entered_on=reversed_on,
        memo=reason,
    )
    right = draft_slip(
        session, head=head, number=number, member=member, said=said, repayments=repayments
    )
    with in_words_of_the_table(session, book_id=book_id):
        posted = post_batch(
            session,
            book_id=book_id,
            drafts=[back, right],
            idempotency_key=key,
            posted_by=by,
            posted_at=at,
        )
    record_reversal(
        session,
        book_id=book_id,
        entry_number=wrong.entry_number,
        reversal_number=posted.first_number,
        on=reversed_on,
        reason=reason,
        by=by,
        at=session.get_one(Entry, (book_id, posted.last_number)).recorded_at,
    )
    return written_slip(
        session,
        posted=posted,
        draft=right,
        repayments=repayments,
        number=number,
        member=member,
        channel=said.channel,
        replaces=wrong,
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
        And whatever ``record_reversal`` and ``post_batch`` raise.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    wrong = _standing(session, head=head, receipt_number=receipt_number)
    if head.posted_before is None:
        refuse_who_left(session.get_one(Member, (book_id, wrong.member_id)))
    back = reversal_draft(
        session,
        book_id=book_id,
        number=wrong.entry_number,
        entered_on=_day_of_reversal(session, wrong, head=head, otherwise=cancelled_on),
        memo=reason,
    )
    with in_words_of_the_table(session, book_id=book_id):
        posted = post_batch(
            session,
            book_id=book_id,
            drafts=[back],
            idempotency_key=idempotency_key,
            posted_by=by,
            posted_at=at,
        )
    if not posted.replayed:
        record_reversal(
            session,
            book_id=book_id,
            entry_number=wrong.entry_number,
            reversal_number=posted.first_number,
            on=back.entered_on,
            reason=reason,
            by=by,
            at=session.get_one(Entry, (book_id, posted.last_number)).recorded_at,
        )
    return posted


def _standing(session: Session, *, head: Head, receipt_number: int) -> ReceiptView:
    """Find a receipt that has not been taken back, unless by this very request."""
    receipt = receipt_view(session, book_id=head.book_id, number=receipt_number)
    if not receipt.stands and head.posted_before is None:
        raise AlreadyTakenBack(number=receipt_number)
    return receipt


def _day_of_reversal(session: Session, wrong: ReceiptView, *, head: Head, otherwise: date) -> date:
    """Give the receipt's own day while its month is open; sent again, the day it was given then."""
    if head.posted_before is not None:
        return session.get_one(Entry, (head.book_id, head.posted_before[0])).entered_on
    is_open = head.closed_until is None or month_of(wrong.received_on) > head.closed_until
    return wrong.received_on if is_open else otherwise
