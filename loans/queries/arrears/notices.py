"""Which guarantors must be told in writing, until when, and which were told."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from loans.arrears import ToTell, to_tell
from loans.models import Notice
from loans.queries.arrears.overdue import Borrower, Guarantor, OverdueLoan, ageing
from loans.standing import Standing


@dataclass(frozen=True, slots=True)
class NoticeDue:
    """A guarantor who must have, or has, a written notice of a borrower's default.

    Attributes:
        borrower: Who is in default, on which loan.
        standing: How it stands with the loan on the day.
        guarantor: Who must be told.
        to_tell: Until when, and what it means if not.
        printed_at: When the letter was first printed, or None.
        handed_over_on: When it reached the guarantor, or None.
        handed_over_how: How, or empty.
    """

    borrower: Borrower
    standing: Standing
    guarantor: Guarantor
    to_tell: ToTell
    printed_at: datetime | None
    handed_over_on: date | None
    handed_over_how: str

    @property
    def key(self) -> tuple[int, int, date]:
        """What names the notice: the loan, the guarantee and the default."""
        return self.borrower.loan_id, self.guarantor.guarantee_id, self.to_tell.defaulted_on


def notices_due(session: Session, *, book_id: int, on: date) -> list[NoticeDue]:
    """Give every guarantor of an overdue loan: those to be told first, the most urgent on top."""
    overdue = ageing(session, book_id=book_id, on=on).overdue
    return notices_for(session, book_id=book_id, overdue=overdue, on=on)


def notices_for(
    session: Session, *, book_id: int, overdue: Sequence[OverdueLoan], on: date
) -> list[NoticeDue]:
    """Give the notices that some overdue loans ask for."""
    loan_ids = [one.borrower.loan_id for one in overdue if one.guarantors]
    written = {
        (notice.loan_id, notice.guarantee_id, notice.defaulted_on): notice
        for notice in session.scalars(
            select(Notice).where(Notice.book_id == book_id, Notice.loan_id.in_(loan_ids))
        )
    }
    found = list(_notices(overdue, written, on))
    return sorted(
        found, key=lambda one: (one.handed_over_on is not None, one.to_tell.tell_by, *one.key)
    )


def _notices(
    overdue: Iterable[OverdueLoan], written: dict[tuple[int, int, date], Notice], on: date
) -> Iterator[NoticeDue]:
    for one in overdue:
        for guarantor in one.guarantors:
            notice = written.get((one.borrower.loan_id, guarantor.guarantee_id, one.since))
            handed_over_on = None if notice is None else notice.handed_over_on
            yield NoticeDue(
                borrower=one.borrower,
                standing=one.standing,
                guarantor=guarantor,
                to_tell=to_tell(defaulted_on=one.since, handed_over_on=handed_over_on, on=on),
                printed_at=None if notice is None else notice.printed_at,
                handed_over_on=handed_over_on,
                handed_over_how="" if notice is None else notice.handed_over_how,
            )
