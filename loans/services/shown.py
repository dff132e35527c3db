"""That a contract is still what a page showed when somebody agreed to change it."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict
from ledger.services import lock_book
from loans.models import Loan, LoanEvent, Plan
from loans.queries.loans import LoanNotFound


class MovedSinceShown(Conflict):
    """Something was recorded for the loan after the page was opened."""

    thai = "สัญญานี้มีรายการใหม่หลังจากเปิดหน้านี้ ตารางที่แสดงจึงไม่ตรงแล้ว ตรวจตารางใหม่ด้านล่างแล้วยืนยันอีกครั้ง"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page showed of a loan: the plan that held, and the last thing that had happened."""

    plan_n: int
    event_n: int

    def __str__(self) -> str:
        return f"{self.plan_n}.{self.event_n}"


def shown_now(session: Session, *, book_id: int, loan_id: int) -> Shown:
    """Give what a page that is opened now shows.

    Raises:
        LoanNotFound: There is no such loan.
    """
    loan = session.get(Loan, (book_id, loan_id))
    if loan is None:
        raise LoanNotFound(loan_id=loan_id)
    last = session.scalar(
        select(func.max(LoanEvent.n)).where(
            LoanEvent.book_id == book_id, LoanEvent.loan_id == loan_id
        )
    )
    return Shown(loan.plan_n, last or 0)


def was_agreed_before(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    shown: str,
    resolution: str,
    idempotency_key: str,
    by: str,
) -> bool:
    """Lock the book, and tell whether this very change was written by an earlier sending of it.

    Plans have no key of their own: a plan that the same officer made by the same resolution, next
    after the one that was shown, is the one that is being sent again.

    Raises:
        LoanNotFound: There is no such loan.
        MovedSinceShown: The loan is not what was shown, for another reason.
    """
    lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    there = shown_now(session, book_id=book_id, loan_id=loan_id)
    if str(there) == shown:
        return False
    following = session.get(Plan, (book_id, loan_id, _plan_in(shown) + 1))
    if following is not None and (following.made_by, following.resolution) == (by, resolution):
        return True
    raise MovedSinceShown(loan_id=loan_id, shown=shown, there=str(there))


def _plan_in(shown: str) -> int:
    plan = shown.partition(".")[0]
    return int(plan) if plan.isascii() and plan.isdigit() and len(plan) < 9 else 0  # noqa: PLR2004
