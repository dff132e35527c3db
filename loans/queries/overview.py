"""Reading all loans of a group at a glance: what is due, what is overdue, and a page of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.models import Account
from ledger.money import ZERO, Satang, total
from ledger.period import month_of, next_month
from ledger.thai import search_text
from loans.kinds import PURPOSE_IN_THAI, Side, State
from loans.models import Instalment, Loan, LoanEvent, LoanProduct, Plan
from loans.queries.plans import PAYING, standings
from loans.standing import PlanRow, Standing
from members.models import Group, Member
from members.queries import full_name

MOST_WORDS = 6


class Chip(StrEnum):
    """Which loans a list shows."""

    ALL = "all"
    RUNNING = "running"
    OVERDUE = "overdue"
    GRANTED = "granted"
    REPAID = "repaid"
    WRITTEN_OFF = "written_off"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Due:
    """What one running loan has due and not yet paid; amounts in satang.

    ``overdue`` is with default interest and costs, the other two are by the plan.
    """

    loan_id: int
    overdue: Satang
    today: Satang
    later_this_month: Satang


@dataclass(frozen=True, slots=True)
class LoanSummary:
    """All loans of a group at a glance; amounts in satang.

    Attributes:
        lent: Principal that borrowers owe.
        borrowed: Principal that the group owes.
        dues: What every running loan has due, in any order.
        counts: How many loans each chip shows.
    """

    lent: Satang
    borrowed: Satang
    dues: tuple[Due, ...]
    counts: dict[Chip, int]

    @property
    def overdue(self) -> tuple[int, Satang]:
        """How many loans have something overdue, and how much."""
        return _count_and_sum([due.overdue for due in self.dues])

    @property
    def today(self) -> tuple[int, Satang]:
        """How many loans have something to pay today, and how much."""
        return _count_and_sum([due.today for due in self.dues])

    @property
    def later_this_month(self) -> tuple[int, Satang]:
        """How many loans fall due after today and in this month, and how much."""
        return _count_and_sum([due.later_this_month for due in self.dues])

    @property
    def overdue_ids(self) -> tuple[int, ...]:
        """The loans that have something overdue."""
        return tuple(due.loan_id for due in self.dues if due.overdue)


def _count_and_sum(amounts: Sequence[Satang]) -> tuple[int, Satang]:
    return sum(amount > 0 for amount in amounts), total(amounts)


@dataclass(frozen=True, slots=True)
class LoanLine:
    """A loan as a list shows it; amounts in satang."""

    id: int
    reference: str
    party: str
    member_number: str
    product_name: str
    state: State
    principal: Satang
    outstanding: Satang


_state = case(
    (Loan.written_off_on.is_not(None), State.WRITTEN_OFF.value),
    (and_(Loan.plan_n == 0, Loan.closed_on.is_not(None)), State.CANCELLED.value),
    (Loan.closed_on.is_not(None), State.REPAID.value),
    (Loan.plan_n == 0, State.GRANTED.value),
    else_=State.RUNNING.value,
)
_account = and_(Account.book_id == Loan.book_id, Account.id == Loan.account_id)


def summary_of(session: Session, *, book_id: int, on: date) -> LoanSummary:
    """Tell what is lent, borrowed, due and overdue on a day, in a few statements.

    What is due follows the plans: payments fill the rows in order, so that it agrees with
    ``loans.standing`` without reading every row of every plan. Loans that are behind are asked
    there, for their default interest and costs.
    """
    lent = _loans_by_state(session, book_id=book_id, side=Side.LENT)
    borrowed = _loans_by_state(session, book_id=book_id, side=Side.BORROWED)
    dues = _dues(session, book_id=book_id, on=on)
    counts = {Chip(state.value): lent.get(state, (0, ZERO))[0] for state in State}
    counts[Chip.ALL] = sum(counts.values())
    counts[Chip.OVERDUE] = sum(due.overdue > 0 for due in dues)
    return LoanSummary(
        lent=total(amount for _how_many, amount in lent.values()),
        borrowed=total(amount for _how_many, amount in borrowed.values()),
        dues=dues,
        counts=counts,
    )


def _loans_by_state(
    session: Session, *, book_id: int, side: Side
) -> dict[State, tuple[int, Satang]]:
    rows = session.execute(
        select(_state, func.count(), func.sum(func.abs(Account.balance_satang)))
        .join(Account, _account)
        .where(Loan.book_id == book_id, Loan.side == side)
        .group_by(_state)
    )
    return {State(state): (how_many, Satang(int(owed))) for state, how_many, owed in rows}


def _dues(session: Session, *, book_id: int, on: date) -> tuple[Due, ...]:
    running = and_(
        Loan.book_id == book_id,
        Loan.side == Side.LENT,
        Loan.plan_n > 0,
        Loan.closed_on.is_(None),
        Loan.written_off_on.is_(None),
    )
    fallen = _fallen_due(session, book_id=book_id, before=on)
    coming = _due_in_month(session, running=running, on=on)
    charges_paid = _charges_paid(session, running=running)
    plans = session.execute(
        select(
            Loan.id,
            Plan.n,
            Plan.principal_satang,
            Plan.carried_interest_satang,
            Account.balance_satang,
        )
        .join(Plan, _holds)
        .join(Account, _account)
        .where(running)
    )
    dues = []
    for loan_id, plan_n, principal, carried, balance in plans:
        due_principal, due_charges = fallen.get((loan_id, plan_n), (0, 0))
        today, later = coming.get(loan_id, _NOTHING)
        left = _unpaid([due_principal, today[0], later[0]], principal - abs(balance))
        charges = _unpaid([carried + due_charges, today[1], later[1]], charges_paid.get(loan_id, 0))
        dues.append(Due(loan_id, *(Satang(a + b) for a, b in zip(left, charges, strict=True))))
    return _as_they_stand(session, book_id=book_id, on=on, dues=dues)


def _as_they_stand(
    session: Session, *, book_id: int, on: date, dues: Sequence[Due]
) -> tuple[Due, ...]:
    """Give what is overdue with default interest and costs; only loans behind are worked out."""
    behind = [due.loan_id for due in dues if due.overdue]
    if not behind:
        return tuple(dues)
    found = standings(session, book_id=book_id, on=on, loan_ids=behind)
    return tuple(
        replace(
            due, overdue=found[due.loan_id].overdue_in_all if found[due.loan_id].overdue else ZERO
        )
        if due.overdue
        else due
        for due in dues
    )


_charge = Instalment.interest_satang + Instalment.fee_satang
_NOTHING = ((0, 0), (0, 0))


def _fallen_due(
    session: Session, *, book_id: int, before: date
) -> dict[tuple[int, int], tuple[int, int]]:
    """Give principal and charges that fell due before a day, by loan and plan, in satang.

    All plans are summed in the order in which they lie; asking for each row's loan costs more.
    """
    rows = session.execute(
        select(
            Instalment.loan_id,
            Instalment.plan_n,
            func.sum(Instalment.principal_satang),
            func.sum(_charge),
        )
        .where(Instalment.book_id == book_id, Instalment.due_on < before)
        .group_by(Instalment.loan_id, Instalment.plan_n)
    )
    return {(loan_id, plan_n): (int(due), int(charges)) for loan_id, plan_n, due, charges in rows}


def _due_in_month(
    session: Session, *, running: ColumnElement[bool], on: date
) -> dict[int, tuple[tuple[int, int], tuple[int, int]]]:
    """Give principal and charges due on a day, and later in its month, by loan, in satang."""
    rows = session.execute(
        select(Instalment.loan_id, Instalment.due_on, Instalment.principal_satang, _charge)
        .join(Loan, _rows_that_hold)
        .where(running, Instalment.due_on >= on, Instalment.due_on < next_month(month_of(on)))
    )
    found: dict[int, tuple[tuple[int, int], tuple[int, int]]] = {}
    for loan_id, due_on, principal, charge in rows:
        today, later = found.get(loan_id, _NOTHING)
        if due_on == on:
            today = (today[0] + principal, today[1] + charge)
        else:
            later = (later[0] + principal, later[1] + charge)
        found[loan_id] = (today, later)
    return found


_rows_that_hold = and_(
    Loan.book_id == Instalment.book_id,
    Loan.id == Instalment.loan_id,
    Loan.plan_n == Instalment.plan_n,
)
_holds = and_(Plan.book_id == Loan.book_id, Plan.loan_id == Loan.id, Plan.n == Loan.plan_n)


def _unpaid(planned: Sequence[int], paid: int) -> list[int]:
    """Give what is left of each part when what was paid fills them in order."""
    left = []
    for amount in planned:
        filled = min(amount, paid)
        left.append(amount - filled)
        paid -= filled
    return left


def _charges_paid(session: Session, *, running: ColumnElement[bool]) -> dict[int, int]:
    """Give the interest and fees paid towards the plan that holds, by loan, in satang."""
    paid = dict.fromkeys(session.scalars(select(Loan.id).where(running)), 0)
    taken_back = aliased(LoanEvent)
    towards = (
        select(Loan.id, func.sum(LoanEvent.interest_satang + LoanEvent.fee_satang))
        .join(Plan, _holds)
        .join(
            LoanEvent,
            and_(
                LoanEvent.book_id == Loan.book_id,
                LoanEvent.loan_id == Loan.id,
                LoanEvent.n > Plan.after_n,
            ),
        )
        .where(running, LoanEvent.kind.in_(PAYING))
        .group_by(Loan.id)
    )
    # What was taken back is little: summed apart, nobody looks for it beside every payment.
    undone = towards.join(
        taken_back,
        and_(
            taken_back.book_id == LoanEvent.book_id,
            taken_back.loan_id == LoanEvent.loan_id,
            taken_back.reverses_n == LoanEvent.n,
        ),
    )
    for statement, sign in ((towards, 1), (undone, -1)):
        for loan_id, amount in session.execute(statement):
            paid[loan_id] += sign * int(amount)
    return paid


def loan_page(
    session: Session,
    *,
    book_id: int,
    chip: Chip,
    overdue_ids: Sequence[int],
    text: str,
    before: int | None,
    most: int,
) -> list[LoanLine]:
    """Give loans that were lent, the newest contract first.

    Args:
        session: Any session.
        book_id: The group's book.
        chip: Which of them.
        overdue_ids: Which loans have something overdue, for that chip.
        text: A part of the borrower's name or number or of the contract's number, or empty.
        before: The number of the last loan of the page before, or None.
        most: The most loans given.
    """
    statement = (
        select(Loan, Member, Group.name, LoanProduct.name, Account.balance_satang, _state)
        .join(Account, _account)
        .outerjoin(Member, and_(Member.book_id == Loan.book_id, Member.id == Loan.member_id))
        .outerjoin(Group, Group.book_id == Loan.other_book_id)
        .outerjoin(
            LoanProduct,
            and_(LoanProduct.book_id == Loan.book_id, LoanProduct.code == Loan.product_code),
        )
        .where(Loan.book_id == book_id, Loan.side == Side.LENT, _chosen(chip, overdue_ids))
        .order_by(Loan.id.desc())
        .limit(most)
    )
    if before is not None:
        statement = statement.where(Loan.id < before)
    if text:
        statement = statement.where(_matches(text))
    return [_line(*row) for row in session.execute(statement)]


def _line(
    loan: Loan, member: Member | None, group: str | None, product: str | None, owed: int, state: str
) -> LoanLine:
    return LoanLine(
        id=loan.id,
        reference=loan.reference,
        party=full_name(member) if member is not None else group or loan.lender,
        member_number=member.number if member is not None else "",
        product_name=product or PURPOSE_IN_THAI[loan.purpose],
        state=State(state),
        principal=loan.principal_satang,
        outstanding=Satang(abs(owed)),
    )


def _chosen(chip: Chip, overdue_ids: Sequence[int]) -> ColumnElement[bool]:
    if chip is Chip.ALL:
        return Loan.id > 0
    if chip is Chip.OVERDUE:
        return Loan.id.in_(overdue_ids)
    return _state == chip.value


@dataclass(frozen=True, slots=True)
class NextRow:
    """What a loan is asked for next by its plan: the row, its day, and what is left, in satang."""

    n: int
    due_on: date
    amount: Satang


def next_row(
    rows: Sequence[PlanRow], *, carried: int, principal_paid: int, charges_paid: int, on: date
) -> NextRow | None:
    """Give the first row due on a day or later of which something is left, or None.

    Args:
        rows: The plan's rows, in order.
        carried: Interest that was carried into the plan and is paid first, in satang.
        principal_paid: Principal paid towards the plan, in satang.
        charges_paid: Interest and fees paid towards it, in satang.
        on: The day.
    """
    principal = _unpaid([row.principal for row in rows], principal_paid)
    planned = [carried, *(row.interest + row.fee for row in rows)]
    charges = _unpaid(planned, charges_paid)[1:]
    for row, owed, charge in zip(rows, principal, charges, strict=True):
        if row.due_on >= on and owed + charge:
            return NextRow(row.n, row.due_on, Satang(owed + charge))
    return None


def next_rows(
    session: Session, *, book_id: int, standings: Mapping[int, Standing]
) -> dict[int, NextRow]:
    """Give what each of some running loans is asked for next, in a few statements."""
    among = and_(Loan.book_id == book_id, Loan.id.in_(standings))
    paid = _charges_paid(session, running=among)
    plans = {
        loan_id: (principal, carried)
        for loan_id, principal, carried in session.execute(
            select(Loan.id, Plan.principal_satang, Plan.carried_interest_satang)
            .join(Plan, _holds)
            .where(among)
        )
    }
    rows = session.execute(
        select(
            Instalment.loan_id,
            Instalment.n,
            Instalment.due_on,
            Instalment.principal_satang,
            Instalment.interest_satang,
            Instalment.fee_satang,
        )
        .join(Loan, _rows_that_hold)
        .where(Instalment.book_id == book_id, among)
        .order_by(Instalment.loan_id, Instalment.n)
    )
    found = {}
    for loan_id, of_loan in groupby(rows, key=lambda row: row[0]):
        (principal, carried), standing = plans[loan_id], standings[loan_id]
        following = next_row(
            [PlanRow(*row[1:]) for row in of_loan],
            carried=carried,
            principal_paid=principal - standing.outstanding,
            charges_paid=paid.get(loan_id, 0),
            on=standing.on,
        )
        if following is not None:
            found[loan_id] = following
    return found


def _matches(text: str) -> Any:
    """Match the contract's number whole, or every word somewhere in the borrower's name."""
    words = search_text(text).split()[:MOST_WORDS]
    by_name = and_(
        *(
            or_(
                Member.search_text.contains(word, autoescape=True),
                Group.name.contains(word, autoescape=True),
            )
            for word in words
        )
    )
    reference = func.lower(Loan.reference).contains(text.strip().lower(), autoescape=True)
    return or_(reference, by_name) if words else reference
