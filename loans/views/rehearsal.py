"""What pages do before something is confirmed: try it out, and see who may sign it."""

from collections.abc import Callable
from typing import Never, TypeVar

from sqlalchemy.orm import Session

from ledger.db import read, write
from loans.queries.contracts import find_loan
from loans.queries.stakes import officers_with_stakes_in_loan
from members.queries import group_by_code
from members.views.people.asking import seconds

Outcome = TypeVar("Outcome")


class _TakenBack(Exception):
    """The end of a rehearsal: everything that was written goes back."""


def rehearse(work: Callable[[Session], Outcome]) -> Outcome:
    """Do a piece of work, look at what comes of it, and take all of it back.

    The figures on the page are then those that will be written, from the same code, and whatever
    would refuse the work refuses it before anybody confirms it.
    """
    outcomes: list[Outcome] = []

    def until_the_end(session: Session) -> Never:
        outcomes.append(work(session))
        session.flush()
        # What the page shows of it stays as it is, also after everything went back.
        session.expunge_all()
        raise _TakenBack

    try:
        write(until_the_end)
    except _TakenBack:
        return outcomes[-1]


def seconds_of_loan(code: str, number: int) -> list[tuple[int, str]]:
    """Give who may sign for a loan as the second officer: without those who have a stake in it."""
    others = seconds(code)

    def near(session: Session) -> set[str]:
        loan = find_loan(session, book_id=group_by_code(session, code=code).book_id, loan_id=number)
        marks = [f"o{officer_id}" for officer_id, _name in others]
        return set(officers_with_stakes_in_loan(session, loan=loan, marks=marks))

    stakes = read(near)
    return [one for one in others if f"o{one[0]}" not in stakes]
