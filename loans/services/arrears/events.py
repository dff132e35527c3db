"""What the services about arrears share: the debt that they are about, and which days fit."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.period import check_date
from ledger.queries import closed_until
from ledger.thai import format_date, today_in_bangkok
from loans.kinds import Side, State
from loans.models import LoanEvent
from loans.queries.loans import LoanView, loan_view


class NotLent(RuleBroken):
    """It is what the group borrowed, not what it lent."""

    thai = "สัญญานี้เป็นเงินที่กลุ่มกู้มา ไม่ใช่ลูกหนี้ของกลุ่ม"


class NothingOwed(RuleBroken):
    """Nothing is owed on the loan, or nothing was paid out yet."""

    thai = "สัญญา {reference} ไม่มีเงินต้นค้างอยู่ ทำรายการนี้ไม่ได้"


class WrittenOffAlready(Conflict):
    """The loan was written off before."""

    thai = "สัญญา {reference} ตัดหนี้สูญไปแล้วเมื่อ {on}"


class BeforeLast(RuleBroken):
    """The day is before the last thing that was recorded for the loan."""

    thai = "วันที่ต้องไม่ก่อนรายการล่าสุดของสัญญานี้ คือ {last}"


def lent_loan(session: Session, *, book_id: int, loan_id: int) -> LoanView:
    """Give a loan that the group lent.

    Raises:
        LoanNotFound: The group has none of this number.
        NotLent: It is a borrowing.
    """
    view = loan_view(session, book_id=book_id, loan_id=loan_id)
    if view.side is not Side.LENT:
        raise NotLent(reference=view.reference)
    return view


def refuse_nothing_owed(view: LoanView) -> None:
    """Refuse a loan on which no principal is owed.

    Raises:
        WrittenOffAlready: It was written off before.
        NothingOwed: It is repaid, or not paid out.
    """
    if view.written_off_on is not None:
        raise WrittenOffAlready(reference=view.reference, on=format_date(view.written_off_on))
    if view.state is not State.RUNNING or not view.outstanding:
        raise NothingOwed(reference=view.reference)


def check_day(session: Session, view: LoanView, *, book_id: int, on: date, at: datetime) -> None:
    """Refuse a day that may not be posted, or that is before the last thing that happened.

    Raises:
        FutureDate, TooLongAgo, PeriodClosed: It may not be posted.
        BeforeLast: Something was recorded for a later day.
    """
    closed = closed_until(session, book_id=book_id)
    check_date(entered_on=on, today=today_in_bangkok(at), closed_until=closed)
    last = session.scalar(
        select(func.max(LoanEvent.happened_on)).where(
            LoanEvent.book_id == book_id, LoanEvent.loan_id == view.id
        )
    )
    if last is not None and on < last:
        raise BeforeLast(last=format_date(last))


def last_event(session: Session, *, book_id: int, loan_id: int) -> int:
    """Give the number of the last thing that happened to a loan; 0 when nothing did."""
    newest = select(func.max(LoanEvent.n)).where(
        LoanEvent.book_id == book_id, LoanEvent.loan_id == loan_id
    )
    return session.scalar(newest) or 0
