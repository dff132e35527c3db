"""The other half: the receiver confirms that it has come; and a group takes its own half back."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.entry import credit, debit
from ledger.errors import Conflict, NotAllowed, RuleBroken
from ledger.money import format_baht
from ledger.services import KeyUsedForAnother, PostedBatch, lock_book, reverse_entry
from loans.kinds import (
    TRANSFER_IN_THAI,
    DepositSide,
    EventKind,
    Purpose,
    Side,
    Through,
    TransferKind,
)
from loans.models import GroupTransfer, LoanEvent
from loans.postings import ACCOUNTS
from loans.queries.between import TransferState, TransferView, transfer_view
from loans.queries.loans import money_account
from loans.services.between.halves import (
    FUND,
    Sending,
    check_control,
    contract_between,
    deposit_account,
    post_half,
)
from loans.services.borrowings import refuse_one_alone
from loans.services.lending import PayoutOrder, disburse, open_loan
from loans.services.records import ResolutionMissing
from loans.services.repaying import draft_repayment, record_repayment, reverse_event
from members.services.people import in_words_of_the_table


class NotTheReceiver(NotAllowed):
    """It was sent to another group."""

    thai = "รายการเลขที่ {reference} ส่งถึง{receiver} กรรมการของกลุ่มนั้นเป็นผู้ยืนยันรับ"


class ConfirmedAlready(Conflict):
    """The receiver has written its half."""

    thai = "รายการเลขที่ {reference} ยืนยันรับไปแล้ว ไม่ต้องยืนยันซ้ำ"


class TakenBackAlready(Conflict):
    """The group's half was taken back before, or the sender's was before it was confirmed."""

    thai = "รายการเลขที่ {reference} กลับรายการไปแล้ว ถ้ายังต้องการส่งเงิน ให้เริ่มรายการใหม่"


class NothingWritten(RuleBroken):
    """The group has not written its half yet, so there is nothing to take back."""

    thai = "กลุ่มนี้ยังไม่ได้ลงรายการเลขที่ {reference} จึงยังไม่มีอะไรให้กลับรายการ"


class DivisionMoved(Conflict):
    """Something happened to the loan since it was sent, so it would be divided otherwise now."""

    thai = (
        "ผู้ส่งแบ่งเป็นเงินต้น {sent} บาท แต่สัญญาของกลุ่มเราวันนี้แบ่งเป็นเงินต้น {now} บาท "
        "ให้ผู้ส่งกลับรายการแล้วส่งใหม่ ยอดสองสมุดจึงจะตรงกัน"
    )


def confirm(
    session: Session,
    *,
    book_id: int,
    reference: str,
    through: Through,
    resolution: str,
    idempotency_key: str,
    by: str,
    at: datetime,
) -> GroupTransfer:
    """Confirm that what another group sent has come: the receiver's half is written.

    It is dated on the day of the first half, so that both books say the same of every day.

    Args:
        session: A session opened for writing.
        book_id: The receiver's book.
        reference: What was sent.
        through: Into the cash box, or the bank account.
        resolution: The receiver's resolution to borrow, for a loan; else empty.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer.
        at: Now, aware.

    Raises:
        TransferNotFound: Nothing of this reference was sent from or to the group.
        NotTheReceiver: It was sent to another group.
        ConfirmedAlready: It was confirmed before.
        TakenBackAlready: The sender took its half back.
        ResolutionMissing: A loan without the receiver's resolution.
        DivisionMoved: A repayment would be divided otherwise now.
        PeriodClosed: The month of the day is closed here.
        And whatever ``post_batch`` raises.

    Source:
        Events E29 to E31, the other half.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    view = transfer_view(session, book_id=book_id, reference=reference, on=at.date())
    transfer = session.get_one(GroupTransfer, reference)
    if head.posted_before is not None:
        if transfer.to_book_id == book_id and transfer.to_entry_number == head.posted_before[0]:
            return transfer
        raise KeyUsedForAnother(key=idempotency_key)
    _check_confirmable(view, book_id=book_id)
    arrival = Sending(
        amount=transfer.amount_satang,
        moved_on=transfer.moved_on,
        through=through,
        note="",
        idempotency_key=idempotency_key,
        by=by,
        approved_by="",
        at=at,
    )
    if transfer.what is TransferKind.LOAN:
        posted = _take_loan(session, view=view, resolution=resolution, arrival=arrival)
        transfer.to_loan_id = _loan_of_entry(session, book_id=book_id, number=posted.first_number)
    elif transfer.what is TransferKind.REPAYMENT:
        posted = _take_repayment(session, view=view, arrival=arrival)
    else:
        posted = _take_deposit(session, view=view, arrival=arrival)
    transfer.to_entry_number = posted.first_number
    transfer.confirmed_by = by
    transfer.confirmed_at = at
    session.flush()
    return transfer


def _check_confirmable(view: TransferView, *, book_id: int) -> None:
    if view.receiver.book_id != book_id:
        raise NotTheReceiver(reference=view.reference, receiver=view.receiver.name)
    if view.confirmed_at is not None:
        raise ConfirmedAlready(reference=view.reference)
    if view.state is not TransferState.WAITING:
        raise TakenBackAlready(reference=view.reference)


def _take_loan(
    session: Session, *, view: TransferView, resolution: str, arrival: Sending
) -> PostedBatch:
    """Open the child's borrowing by the mother's terms, and take the money in."""
    assert view.terms is not None, view
    if not resolution.strip():
        raise ResolutionMissing(reference=view.reference)
    child = view.receiver.book_id
    check_control(session, book_id=child, code=ACCOUNTS[Purpose.MOTHER_GROUP].control)
    loan = open_loan(
        session,
        book_id=child,
        contract=contract_between(
            side=Side.BORROWED,
            other_book_id=view.sender.book_id,
            terms=view.terms,
            reference=view.reference,
            moved_on=view.moved_on,
            resolution=resolution,
        ),
        by=arrival.by,
        at=arrival.at,
    )
    return disburse(
        session,
        book_id=child,
        order=PayoutOrder(
            loan_id=loan.id,
            amount=view.amount,
            paid_on=view.moved_on,
            through=arrival.through,
            note=arrival.note,
        ),
        idempotency_key=arrival.idempotency_key,
        by=arrival.by,
        approved_by=None,
        at=arrival.at,
    )


def _take_repayment(session: Session, *, view: TransferView, arrival: Sending) -> PostedBatch:
    """Take a child's repayment in; the mother's loan must divide it as it was divided there."""
    mother, loan_id = view.receiver.book_id, view.receiver_loan_id
    assert loan_id is not None, view
    drafted = draft_repayment(
        session, book_id=mother, loan_id=loan_id, amount=view.amount, paid_on=view.moved_on
    )
    if drafted.split.principal != view.principal:
        raise DivisionMoved(
            sent=format_baht(view.principal), now=format_baht(drafted.split.principal)
        )
    money = money_account(session, book_id=mother, fund=FUND, through=arrival.through)
    posted = post_half(
        session,
        book_id=mother,
        reference=view.reference,
        postings=(debit(money, FUND, view.amount), *drafted.lines),
        what=f"รับชำระเงินกู้ จาก{view.sender.name}",
        sent=arrival,
    )
    record_repayment(
        session,
        book_id=mother,
        repayment=drafted,
        entry_number=posted.first_number,
        note=arrival.note,
        by=arrival.by,
        at=arrival.at,
    )
    return posted


def _take_deposit(session: Session, *, view: TransferView, arrival: Sending) -> PostedBatch:
    """Take in what a child deposits, or what its mother gives back."""
    receiver, sender = view.receiver.book_id, view.sender.book_id
    side = DepositSide.OF_OTHER if view.what is TransferKind.DEPOSIT else DepositSide.WITH_OTHER
    account = deposit_account(
        session, book_id=receiver, other_book_id=sender, side=side, on=view.moved_on
    )
    money = money_account(session, book_id=receiver, fund=FUND, through=arrival.through)
    return post_half(
        session,
        book_id=receiver,
        reference=view.reference,
        postings=(debit(money, FUND, view.amount), credit(account, FUND, view.amount)),
        what=f"รับ{TRANSFER_IN_THAI[view.what]} จาก{view.sender.name}",
        sent=arrival,
    )


def take_back(
    session: Session,
    *,
    book_id: int,
    reference: str,
    taken_back_on: date,
    reason: str,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
) -> PostedBatch:
    """Take a group's own half back by its mirror image; the other's stays until it does the same.

    Raises:
        OneOfficerAlone: There is no second officer.
        TransferNotFound: The group has nothing to do with it.
        NothingWritten: The group has not written its half.
        TakenBackAlready: It was taken back before.
        And whatever ``reverse_event`` and ``reverse_entry`` raise.
    """
    refuse_one_alone(approved_by)
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    view = transfer_view(session, book_id=book_id, reference=reference, on=at.date())
    is_sender = view.sender.book_id == book_id
    number = view.sender_entry if is_sender else view.receiver_entry
    if number is None:
        raise NothingWritten(reference=reference)
    took_back = view.sender_took_back if is_sender else view.receiver_took_back
    if took_back and head.posted_before is None:
        raise TakenBackAlready(reference=reference)
    event = session.scalar(
        select(LoanEvent).where(
            LoanEvent.book_id == book_id,
            LoanEvent.entry_number == number,
            LoanEvent.kind != EventKind.REVERSED,
        )
    )
    if event is None:
        with in_words_of_the_table(session, book_id=book_id):
            return reverse_entry(
                session,
                book_id=book_id,
                number=number,
                entered_on=taken_back_on,
                memo=reason,
                idempotency_key=idempotency_key,
                posted_by=by,
                posted_at=at,
                approved_by=approved_by,
            )
    return reverse_event(
        session,
        book_id=book_id,
        loan_id=event.loan_id,
        event_n=event.n,
        on=taken_back_on,
        reason=reason,
        idempotency_key=idempotency_key,
        by=by,
        approved_by=approved_by,
        at=at,
    )


def _loan_of_entry(session: Session, *, book_id: int, number: int) -> int:
    return session.scalars(
        select(LoanEvent.loan_id).where(
            LoanEvent.book_id == book_id, LoanEvent.entry_number == number
        )
    ).one()
