"""What collecting a debt cost, which the borrower owes."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from ledger.errors import Conflict
from ledger.money import Satang, format_baht
from ledger.services import SameOfficerTwice, lock_book
from loans.kinds import EventKind
from loans.models import LoanEvent
from loans.services.arrears.events import (
    check_day,
    last_event,
    lent_loan,
    refuse_nothing_owed,
)
from loans.services.records import Happened, Signed, fresh_loan, refuse_stakes, write_event
from members.queries import officer_names


class CostsAddedMeanwhile(Conflict):
    """Something was recorded for the loan after the page was opened."""

    thai = "สัญญานี้มีรายการใหม่หลังจากเปิดหน้านี้ ตรวจยอดอีกครั้งก่อนบันทึก"


def add_cost(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    amount: Satang,
    on: date,
    what_for: str,
    after_n: int,
    by: str,
    approved_by: str,
    at: datetime,
) -> None:
    """Add what collecting the debt cost to what the borrower owes; income once it is paid.

    Nothing is posted. ``after_n`` is the last event that the page showed: the same costs sent
    again stand there once.

    Raises:
        LoanNotFound, NotLent, NothingOwed: There is no debt to add it to.
        SameOfficerTwice: The second officer is the first.
        OfficerIsTooNear: One of the two borrows, lives with who does, or guarantees.
        CostsAddedMeanwhile: The loan has moved since it was shown.
        FutureDate, PeriodClosed, BeforeLast: The day does not fit.
    """
    lock_book(session, book_id=book_id)
    if approved_by == by:
        raise SameOfficerTwice(officer=by)
    view = lent_loan(session, book_id=book_id, loan_id=loan_id)
    last = last_event(session, book_id=book_id, loan_id=loan_id)
    if last != after_n:
        there = session.get(LoanEvent, (book_id, loan_id, after_n + 1))
        said = (EventKind.COST, amount, on, what_for, by)
        if there is not None and said == (
            there.kind,
            there.costs_satang,
            there.happened_on,
            there.note,
            there.recorded_by,
        ):
            return
        raise CostsAddedMeanwhile(loan_id=loan_id)
    refuse_nothing_owed(view)
    refuse_stakes(session, book_id=book_id, loan_id=loan_id, marks=(by, approved_by))
    check_day(session, view, book_id=book_id, on=on, at=at)
    second = officer_names(session).get(approved_by, approved_by)
    write_event(
        session,
        loan=fresh_loan(session, book_id=book_id, loan_id=loan_id),
        happened=Happened(
            EventKind.COST,
            on,
            entry_number=None,
            costs=amount,
            explanation=(
                f"ค่าติดตามหนี้ {format_baht(amount)} บาท ผู้กู้เป็นผู้จ่าย บันทึกเป็นรายได้เมื่อรับเงิน",
                f"กรรมการคนที่สองเห็นชอบ: {second}",
            ),
            note=what_for,
        ),
        signed=Signed(by, at, approved_by),
    )
