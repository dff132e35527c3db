"""Reading loans for the desk: what stands on the sheet, what a member may pay, what falls due."""

from collections.abc import Collection as AnyOf
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from desk.sheet import Column, LoanIsClosed, LoanOnSheet, RecordedLater, at_most, expected_on
from ledger.money import ZERO, Satang
from ledger.thai import format_date
from loans.kinds import EventKind, Side, State
from loans.models import Guarantee, Loan, LoanEvent
from loans.queries.loans import (
    LoanView,
    loans_of_group,
    loans_of_member,
    running_loans_of_members,
    standings_of,
)
from loans.standing import Standing
from members.models import Member
from members.queries import full_name


@dataclass(frozen=True, slots=True)
class LoansOnSheet:
    """The loans of a sheet.

    Attributes:
        columns: A column for each kind of loan; a second one where somebody has two of a kind.
        of_members: For each member, the loan in each of these columns.
        expected: For each member, what is expected in the cell of each loan, in satang.
    """

    columns: tuple[Column, ...]
    of_members: Mapping[int, Mapping[str, LoanOnSheet]]
    expected: Mapping[int, Mapping[str, Satang]]


@dataclass(frozen=True, slots=True)
class LoanDue:
    """A running loan at the counter, in satang.

    Attributes:
        loan: The loan.
        asked: What is expected on the day.
        settlement: What pays it off on the day.
        standing: How it stands with it.
    """

    loan: LoanView
    asked: Satang
    settlement: Satang
    standing: Standing


@dataclass(frozen=True, slots=True)
class LoansToday:
    """How many loans fall due on a day, and how many are overdue; amounts in satang."""

    due: int
    due_amount: Satang
    overdue: int
    overdue_amount: Satang


def loans_of_draft(
    session: Session,
    *,
    book_id: int,
    on: date,
    typed: AnyOf[int],
    member_ids: AnyOf[int] | None,
) -> LoansOnSheet:
    """Give the loans of an open sheet: all that run, and those for which something was typed.

    One that was closed meanwhile stays while something is typed for it, and its cell says so.

    Args:
        session: A session.
        book_id: The group's book.
        on: The day of the sheet.
        typed: The loans for which something was typed.
        member_ids: Whose loans, when only some rows are read; None for everybody's.
    """
    loans = running_loans_of_members(session, book_id=book_id)
    running = {loan.id for loan in loans}
    loans += _these_loans(session, book_id=book_id, loan_ids=set(typed) - running)
    if member_ids is not None:
        loans = [loan for loan in loans if loan.member_id in member_ids]
        running &= {loan.id for loan in loans}
    if not loans:
        return LoansOnSheet((), {}, {})
    standings = standings_of(session, book_id=book_id, on=on, loan_ids=sorted(running))
    last_days = last_days_of(session, book_id=book_id, loan_ids=running)
    cells, expected = {}, {}
    for loan in loans:
        standing = standings.get(loan.id)
        last = last_days.get(loan.id)
        if standing is None:
            check = partial(_refuse_closed, reference=loan.reference)
        elif last is not None and last > on:
            check = partial(_refuse_earlier, reference=loan.reference, last=last)
        else:
            check = partial(at_most, most=standing.settlement)
            expected[loan.id] = expected_on(standing)
        cells[loan.id] = LoanOnSheet(loan.id, loan.reference, check)
    return _in_columns(loans, cells, expected)


def loans_of_posted(session: Session, *, book_id: int, typed: AnyOf[int]) -> LoansOnSheet:
    """Give the loans of a posted sheet: those that were paid.

    What was expected of them is not told: it followed from plans that may have changed since.
    """
    loans = _these_loans(session, book_id=book_id, loan_ids=typed)
    return _in_columns(loans, {loan.id: LoanOnSheet(loan.id, loan.reference) for loan in loans}, {})


def _these_loans(session: Session, *, book_id: int, loan_ids: AnyOf[int]) -> list[LoanView]:
    if not loan_ids:
        return []
    every = loans_of_group(session, book_id=book_id, side=Side.LENT)
    found = [loan for loan in every if loan.id in loan_ids and loan.member_id is not None]
    return sorted(found, key=lambda loan: (loan.contract_on, loan.id))


def _in_columns(
    loans: Iterable[LoanView],
    cells: Mapping[int, LoanOnSheet],
    expected: Mapping[int, Satang],
) -> LoansOnSheet:
    """Give each loan its column: by kind, and within a kind by the place among the member's."""
    columns: dict[tuple[str, str, int], Column] = {}
    of_members: dict[int, dict[str, LoanOnSheet]] = {}
    due: dict[int, dict[str, Satang]] = {}
    place: dict[tuple[int, str, str], int] = {}
    for loan in loans:
        assert loan.member_id is not None, loan
        kind = loan.product_code or loan.purpose.value
        n = place[loan.member_id, kind, loan.fund] = (
            place.get((loan.member_id, kind, loan.fund), 0) + 1
        )
        name = loan.product_name if n == 1 else f"{loan.product_name} ({n})"
        column = columns.setdefault(
            (loan.fund, kind, n), Column(f"loans-{kind}-{n}", name, loan.fund, is_loan=True)
        )
        cell = cells[loan.id]
        of_members.setdefault(loan.member_id, {})[column.code] = cell
        if expected.get(loan.id):
            due.setdefault(loan.member_id, {})[cell.code] = expected[loan.id]
    order = sorted(columns, key=lambda key: (key[0] != "SAV", key))
    return LoansOnSheet(tuple(columns[key] for key in order), of_members, due)


def _refuse_closed(_amount: Satang, *, reference: str) -> None:
    raise LoanIsClosed(reference=reference)


def _refuse_earlier(amount: Satang, *, reference: str, last: date) -> None:
    if amount:
        raise RecordedLater(reference=reference, last=format_date(last))


def last_days_of(session: Session, *, book_id: int, loan_ids: AnyOf[int]) -> dict[int, date]:
    """Give the last day on which something was recorded for each loan, and was not reversed."""
    reversal = aliased(LoanEvent)
    taken_back = (
        select(reversal.n)
        .where(
            reversal.book_id == LoanEvent.book_id,
            reversal.loan_id == LoanEvent.loan_id,
            reversal.reverses_n == LoanEvent.n,
        )
        .exists()
    )
    rows = session.execute(
        select(LoanEvent.loan_id, func.max(LoanEvent.happened_on))
        .where(
            LoanEvent.book_id == book_id,
            LoanEvent.loan_id.in_(loan_ids),
            LoanEvent.kind != EventKind.REVERSED,
            ~taken_back,
        )
        .group_by(LoanEvent.loan_id)
    )
    return {loan_id: date.fromisoformat(str(day)) for loan_id, day in rows}


def loan_ids_of(session: Session, *, book_id: int, member_id: int) -> list[int]:
    """Give every loan that was ever paid out to a member."""
    return [loan_id for who, loan_id in borrowers(session, book_id=book_id) if who == member_id]


def loans_due(session: Session, *, book_id: int, member_id: int, on: date) -> list[LoanDue]:
    """Give the running loans of a member with what is due on a day, the oldest contract first."""
    running = [
        loan
        for loan in loans_of_member(session, book_id=book_id, member_id=member_id)
        if loan.state is State.RUNNING
    ]
    if not running:
        return []
    running.sort(key=lambda loan: (loan.contract_on, loan.id))
    return due_of_loans(session, book_id=book_id, loans=running, on=on)


def due_of_loans(
    session: Session, *, book_id: int, loans: Sequence[LoanView], on: date
) -> list[LoanDue]:
    """Give loans with what is due on a day; those that do not run are left out."""
    standings = standings_of(session, book_id=book_id, on=on, loan_ids=[loan.id for loan in loans])
    return [
        LoanDue(loan, expected_on(found), found.settlement, found)
        for loan in loans
        if (found := standings.get(loan.id)) is not None
    ]


def borrowers(session: Session, *, book_id: int) -> list[tuple[int, int]]:
    """Give (member, loan) for each loan that was ever paid out to a member."""
    rows = session.execute(
        select(Loan.member_id, Loan.id).where(
            Loan.book_id == book_id,
            Loan.side == Side.LENT,
            Loan.member_id.is_not(None),
            Loan.plan_n > 0,
        )
    )
    return [(member_id, loan_id) for member_id, loan_id in rows if member_id is not None]


@dataclass(frozen=True, slots=True)
class GuarantorView:
    """A member who guarantees a loan, and may pay it."""

    member_id: int
    number: str
    full_name: str


def guarantors_of(session: Session, *, book_id: int, loan_id: int) -> list[GuarantorView]:
    """Give the members who guarantee a loan, have agreed and are not released."""
    rows = session.scalars(
        select(Member)
        .join(
            Guarantee,
            and_(Guarantee.book_id == Member.book_id, Guarantee.member_id == Member.id),
        )
        .where(
            Guarantee.book_id == book_id,
            Guarantee.loan_id == loan_id,
            Guarantee.consented_on.is_not(None),
            Guarantee.released_on.is_(None),
        )
        .order_by(Guarantee.id)
    )
    return [GuarantorView(member.id, member.number, full_name(member)) for member in rows]


def loans_today(session: Session, *, book_id: int, on: date) -> LoansToday:
    """Count the loans of members that fall due on a day, and those that are overdue."""
    running = running_loans_of_members(session, book_id=book_id)
    if not running:
        return LoansToday(0, ZERO, 0, ZERO)
    standings = standings_of(
        session, book_id=book_id, on=on, loan_ids=[loan.id for loan in running]
    ).values()
    due = [one.current.all for one in standings if one.current and one.current.due_on == on]
    overdue = [one.overdue_in_all for one in standings if one.overdue]
    return LoansToday(len(due), Satang(sum(due)), len(overdue), Satang(sum(overdue)))
