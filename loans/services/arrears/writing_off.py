"""Writing a loan off by resolution, and money that comes back of it after all."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.errors import Conflict, RuleBroken
from ledger.models import Account
from ledger.money import Satang, format_baht
from ledger.services import PostedBatch, lock_book, post_batch, standard_account
from loans.kinds import THROUGH_IN_THAI, EventKind, Through
from loans.postings import ALLOWANCE, BAD_DEBT, RECOVERED
from loans.queries.arrears.written_off import (
    owed_when_written_off,
    recovered_of,
    written_off_principal,
)
from loans.queries.loans import LoanView, find_loan, loan_view, money_account, standing_of
from loans.services.arrears.events import (
    check_day,
    lent_loan,
    refuse_nothing_owed,
)
from loans.services.records import (
    Happened,
    ResolutionMissing,
    Signed,
    as_answered,
    fresh_loan,
    refuse_stakes,
    write_event,
)


class NotWrittenOff(RuleBroken):
    """Only what was written off can be recovered; what is owed is repaid."""

    thai = "สัญญา {reference} ยังไม่ได้ตัดหนี้สูญ ให้รับชำระเงินกู้ตามปกติ"


class OwesAnotherSum(Conflict):
    """What is owed is no longer what the page showed."""

    thai = "เงินต้นค้างเปลี่ยนเป็น {owed} บาทแล้วหลังจากเปิดหน้านี้ ตรวจยอดใหม่แล้วยืนยันอีกครั้ง"


class NotOverdue(RuleBroken):
    """Nothing of the loan is overdue, so there is no bad debt to write off."""

    thai = (
        "สัญญา {reference} ไม่มีงวดค้างชำระ จึงตัดหนี้สูญไม่ได้ "
        "ถ้าผู้กู้ผ่อนต่อไม่ไหว ให้เลือก “เปลี่ยนแปลงสัญญา” เพื่อพักชำระ ปรับโครงสร้างหนี้ หรือประนอมหนี้"
    )


class MoreThanWrittenOff(RuleBroken):
    """More would come back than was owed when the loan was written off."""

    thai = "ได้เงินคืนจากหนี้สูญได้อีกไม่เกิน {most} บาท ซึ่งเป็นหนี้ทั้งหมดในวันที่ตัดหนี้สูญ หักเงินที่ได้คืนแล้ว"


@dataclass(frozen=True, slots=True)
class WriteOff:
    """How a loan would be written off, in satang.

    Attributes:
        loan: The loan.
        owed: The principal that would be written off.
        from_allowance: What the allowance covers (13110).
        as_expense: What it does not, an expense of the year (55060).
    """

    loan: LoanView
    owed: Satang
    from_allowance: Satang
    as_expense: Satang


def write_off_of(session: Session, *, book_id: int, loan_id: int, on: date) -> WriteOff:
    """Tell how a loan would be written off on a day, without writing anything.

    Raises:
        LoanNotFound, NotLent, WrittenOffAlready, NothingOwed, NotOverdue: It cannot be.
    """
    view = lent_loan(session, book_id=book_id, loan_id=loan_id)
    refuse_nothing_owed(view)
    if not standing_of(session, book_id=book_id, loan_id=loan_id, on=on).overdue:
        raise NotOverdue(reference=view.reference)
    balance = session.scalar(
        select(Account.balance_satang).where(
            Account.book_id == book_id, Account.code == ALLOWANCE, Account.fund == view.fund
        )
    )
    covered = Satang(min(view.outstanding, max(0, -(balance or 0))))
    return WriteOff(view, view.outstanding, covered, Satang(view.outstanding - covered))


def write_off(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    owed: Satang,
    on: date,
    resolution: str,
    note: str,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
) -> PostedBatch:
    """Write a loan off by resolution: from the allowance as far as it goes, the rest as expense.

    The debt does not end: guarantors stay told, and what comes back is ``recover``.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        loan_id: The loan.
        owed: The principal that was shown, in satang; when it is another by now, nothing is done.
        on: The day of the entry.
        resolution: The resolution of the meeting.
        note: What is written about it, or empty.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer who writes.
        approved_by: The mark of the second officer.
        at: Now, aware.

    Raises:
        ResolutionMissing: No resolution is named.
        LoanNotFound, NotLent, WrittenOffAlready, NothingOwed: It cannot be written off.
        OfficerIsTooNear: One of the two borrows, lives with who does, or guarantees.
        BeforeLast: The day is before something that was recorded.
        NotOverdue: Nothing was overdue on the day.
        OwesAnotherSum: Another sum is owed than was shown.
        And whatever ``post_batch`` raises.

    Source: event E25.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    if head.posted_before is not None:
        said = (EventKind.WRITTEN_OFF, on, owed)
        return as_answered(session, head=head, loan_id=loan_id, said=said, key=idempotency_key)
    if not resolution.strip():
        raise ResolutionMissing(loan_id=loan_id)
    view = lent_loan(session, book_id=book_id, loan_id=loan_id)
    refuse_nothing_owed(view)
    refuse_stakes(session, book_id=book_id, loan_id=loan_id, marks=(by, approved_by))
    check_day(session, view, book_id=book_id, on=on, at=at)
    planned = write_off_of(session, book_id=book_id, loan_id=loan_id, on=on)
    if planned.owed != owed:
        raise OwesAnotherSum(owed=format_baht(planned.owed))
    sources = ((ALLOWANCE, planned.from_allowance), (BAD_DEBT, planned.as_expense))
    lines = [
        debit(_account(session, view, book_id=book_id, code=code, on=on), view.fund, amount)
        for code, amount in sources
        if amount
    ]
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=[
            EntryDraft(
                entered_on=on,
                kind=EntryKind.WRITE_OFF,
                postings=(*lines, credit(view.account_id, view.fund, planned.owed)),
                memo=_memo(f"ตัดหนี้สูญ {view.reference} {view.party}", note),
                reference=view.reference,
            )
        ],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
        approved_by=approved_by,
    )
    loan = fresh_loan(session, book_id=book_id, loan_id=loan_id)
    write_event(
        session,
        loan=loan,
        happened=Happened(
            EventKind.WRITTEN_OFF,
            on,
            posted.first_number,
            principal=planned.owed,
            explanation=(
                f"ใช้ค่าเผื่อหนี้สงสัยจะสูญ {format_baht(planned.from_allowance)} บาท",
                f"เป็นหนี้สูญของปีนี้ {format_baht(planned.as_expense)} บาท",
            ),
            note=note,
            resolution=resolution,
        ),
        signed=Signed(by, at, approved_by),
    )
    loan.written_off_on = on
    session.flush()
    return posted


def most_to_recover(session: Session, *, book_id: int, loan_id: int) -> Satang:
    """Give what may still come back of a loan that was written off, in satang.

    It is what would have paid the loan off on the day of the write-off, with what was paid on that
    day counted, less what came back since.

    Raises:
        LoanNotFound, NotLent, NotWrittenOff: Nothing can come back.
    """
    view = lent_loan(session, book_id=book_id, loan_id=loan_id)
    if view.written_off_on is None:
        raise NotWrittenOff(reference=view.reference)
    loan = find_loan(session, book_id=book_id, loan_id=loan_id)
    owed = owed_when_written_off(session, loan=loan)
    return Satang(max(0, owed - sum(recovered_of(session, book_id=book_id, loan_id=loan_id))))


def recover(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    amount: Satang,
    on: date,
    through: Through,
    note: str,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
) -> PostedBatch:
    """Take money in for a loan that was written off: it is income (46040), the loan stays so.

    Raises:
        LoanNotFound, NotLent, NotWrittenOff: Nothing can come back.
        MoreThanWrittenOff: More would come back than was owed.
        BeforeLast: The day is before something that was recorded.
        NoMoneyAccount: The purse has no such box or bank account.
        And whatever ``post_batch`` raises.

    Source: event E25.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    if head.posted_before is not None:
        said = (EventKind.RECOVERED, on, amount)
        return as_answered(session, head=head, loan_id=loan_id, said=said, key=idempotency_key)
    most = most_to_recover(session, book_id=book_id, loan_id=loan_id)
    if amount > most:
        raise MoreThanWrittenOff(most=format_baht(most))
    view = loan_view(session, book_id=book_id, loan_id=loan_id)
    check_day(session, view, book_id=book_id, on=on, at=at)
    money = money_account(session, book_id=book_id, fund=view.fund, through=through)
    income = _account(session, view, book_id=book_id, code=RECOVERED, on=on)
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=[
            EntryDraft(
                entered_on=on,
                kind=EntryKind.RECOVERY,
                postings=(debit(money, view.fund, amount), credit(income, view.fund, amount)),
                memo=_memo(f"ได้เงินคืนจากหนี้สูญ {view.reference} {view.party}", note),
                reference=view.reference,
            )
        ],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
        approved_by=approved_by,
    )
    principal = _principal_of(session, amount, book_id=book_id, loan_id=loan_id)
    write_event(
        session,
        loan=fresh_loan(session, book_id=book_id, loan_id=loan_id),
        happened=Happened(
            EventKind.RECOVERED,
            on,
            posted.first_number,
            principal=principal,
            interest=Satang(amount - principal),
            explanation=(f"รับคืนทาง{THROUGH_IN_THAI[through]} เป็นรายได้ของกลุ่ม",),
            note=note,
        ),
        signed=Signed(by, at, approved_by),
    )
    return posted


def _principal_of(session: Session, amount: Satang, *, book_id: int, loan_id: int) -> Satang:
    """Give the part of a recovery that is written-off principal, which comes back first."""
    loan = find_loan(session, book_id=book_id, loan_id=loan_id)
    there = recovered_of(session, book_id=book_id, loan_id=loan_id)[0]
    return Satang(min(amount, max(0, written_off_principal(session, loan=loan) - there)))


def _account(session: Session, view: LoanView, *, book_id: int, code: str, on: date) -> int:
    return standard_account(session, book_id=book_id, code=code, fund=view.fund, opened_on=on).id


def _memo(what: str, note: str) -> str:
    return f"{what} {note}".strip()
