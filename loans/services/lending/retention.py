"""What was kept back from a contractor, paid to them once the work is found good."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.errors import Conflict, NotFound
from ledger.money import short_baht
from ledger.services import KeyUsedForAnother, PostedBatch, lock_book, post_batch
from ledger.thai import format_date
from loans.kinds import Through
from loans.models import LoanEvent, Stage
from loans.queries.loans import money_account
from loans.services.lending.payouts import (
    PaidBeforeContract,
    SecondOfficerMissing,
    retention_account,
)
from loans.services.records import fresh_loan, refuse_low_money, refuse_stakes


class NoRetention(NotFound):
    """Nothing was kept back from this stage, or it has not been paid out."""

    thai = "งวดงานนี้ไม่มีเงินประกันผลงานที่หักไว้ หรือยังไม่ได้จ่ายงวดงาน"


class RetentionReleased(Conflict):
    """What was kept back has been paid to the contractor."""

    thai = "คืนเงินประกันผลงานของงวดงานที่ {n} ไปแล้ว ในรายการเลขที่ {number}"


def release_retention(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    stage_n: int,
    paid_on: date,
    through: Through,
    idempotency_key: str,
    by: str,
    approved_by: str | None,
    at: datetime,
) -> PostedBatch:
    """Pay a contractor what was kept back from a stage.

    Raises:
        LoanNotFound: There is no such loan.
        NoRetention: Nothing was kept back.
        RetentionReleased: It was paid before.
        PaidBeforeContract: The day is before the stage's own.
        NotEnoughMoney: The box or bank account does not hold it.
        SecondOfficerMissing, OfficerIsTooNear: Two pay money out who have no stake in it.
        And whatever ``post_batch`` raises.

    Source: event E12b.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    loan = fresh_loan(session, book_id=book_id, loan_id=loan_id)
    stage = session.get(Stage, (book_id, loan_id, stage_n), populate_existing=True)
    if head.posted_before is not None:
        first, last, _digest = head.posted_before
        if stage is None or stage.retention_entry_number != first:
            raise KeyUsedForAnother(key=idempotency_key)
        return PostedBatch(first, last, head.seal, replayed=True)
    if stage is None or stage.event_n is None or not stage.retention_satang:
        raise NoRetention(loan_id=loan_id, stage_n=stage_n)
    if stage.retention_entry_number is not None:
        raise RetentionReleased(n=stage_n, number=stage.retention_entry_number)
    if not approved_by:
        raise SecondOfficerMissing(reference=loan.reference)
    refuse_stakes(session, book_id=book_id, loan_id=loan_id, marks=(by, approved_by))
    paid = session.get_one(LoanEvent, (book_id, loan_id, stage.event_n))
    if paid_on < paid.happened_on:
        raise PaidBeforeContract(earliest=format_date(paid.happened_on))
    amount = stage.retention_satang
    money = money_account(session, book_id=book_id, fund=loan.fund, through=through)
    refuse_low_money(session, book_id=book_id, account_id=money, amount=amount)
    held = retention_account(session, loan=loan, on=paid_on)
    memo = (
        f"คืนเงินประกันผลงาน {loan.reference} งวดงานที่ {stage_n} {stage.what} "
        f"{stage.contractor} {short_baht(amount)} บาท"
    )
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=[
            EntryDraft(
                entered_on=paid_on,
                kind=EntryKind.LOAN,
                postings=(debit(held, loan.fund, amount), credit(money, loan.fund, amount)),
                memo=memo,
                reference=loan.reference,
            )
        ],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
        approved_by=approved_by,
    )
    stage.retention_entry_number = posted.first_number
    session.flush()
    return posted
