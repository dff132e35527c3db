"""All loans that were running on a day, from sums of their plans and payments, not row by row.

The day may be past: the plan that held then is taken, and what was paid or taken back since is
left out, so that the figures of a month's end stay what they were.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from ledger.money import Satang
from ledger.thai import BANGKOK
from loans.kinds import EventKind, Purpose, Side, WhyPlanned
from loans.models import Instalment, Loan, LoanEvent, Plan
from loans.queries.plans import PAYING

#: More numbers than this do not stand in one statement; then all are read.
MOST_NAMED = 5_000


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """The plan that held on a day; amounts in satang.

    Attributes:
        n: Its number.
        starts_on: The day from which its interest runs.
        after_n: The last event before it.
        principal: What was owed then.
        carried_interest: Interest that was brought into it.
    """

    n: int
    starts_on: date
    after_n: int
    principal: Satang
    carried_interest: Satang


@dataclass(frozen=True, slots=True)
class LoanOnDay:
    """A loan that was running on a day; amounts in satang.

    Attributes:
        loan_id: Its number in the group.
        purpose: What it is for.
        fund: Its purse.
        plan: The plan that held.
        due_principal: Principal that fell due before the day, or the other day asked for.
        due_charges: Interest and fees that fell due by then, by the plan.
        last_due_on: The last day by then on which something fell due, or None.
        paid_principal: Principal paid towards the plan.
        paid_charges: Interest and fees paid towards the plan.
    """

    loan_id: int
    purpose: Purpose
    fund: str
    plan: HeldPlan
    due_principal: Satang
    due_charges: Satang
    last_due_on: date | None
    paid_principal: Satang
    paid_charges: Satang

    @property
    def outstanding(self) -> Satang:
        """The principal owed."""
        return Satang(self.plan.principal - self.paid_principal)

    @property
    def may_be_overdue(self) -> bool:
        """Whether less was paid than fell due; by-day interest can come to less than planned."""
        return self.paid_principal < self.due_principal or self.paid_charges < self.due_charges


def portfolio(
    session: Session, *, book_id: int, on: date, due_before: date | None = None
) -> list[LoanOnDay]:
    """Give every loan that was lent and running on a day, in five statements.

    ``due_before`` counts what fell due before another day than ``on``.
    """
    turns = _turns(session, book_id=book_id, on=on)
    taken_back = turns.taken_back
    held = plans_that_held(session, book_id=book_id, on=on, taken_back=taken_back)
    rows = (
        session.connection()
        .execute(
            select(Loan.id, Loan.purpose, Loan.fund)
            .where(
                Loan.book_id == book_id,
                Loan.side == Side.LENT,
                or_(Loan.closed_on.is_(None), Loan.closed_on > on),
            )
            .order_by(Loan.id)
        )
        .all()
    )
    due = _due_before(session, book_id=book_id, day=due_before or on)
    paid = _paid_by(session, book_id=book_id, on=on)
    touched = {loan_id for loan_id, _n in taken_back}
    # Towards a first plan everything was paid; the others are looked at payment by payment.
    odd = [
        loan_id
        for loan_id, _purpose, _fund in rows
        if loan_id in touched or (loan_id in held and held[loan_id].n > 1)
    ]
    paid |= _paid_one_by_one(
        session, book_id=book_id, on=on, held=held, taken_back=taken_back, loan_ids=odd
    )
    found = []
    for loan_id, purpose, fund in rows:
        plan = held.get(loan_id)
        if plan is None or loan_id in turns.written_off:
            continue
        due_principal, due_charges, last_due_on = due.get((loan_id, plan.n), (0, 0, None))
        paid_principal, paid_charges = paid.get(loan_id, (0, 0))
        one = LoanOnDay(
            loan_id=loan_id,
            purpose=purpose,
            fund=fund,
            plan=plan,
            due_principal=Satang(due_principal),
            due_charges=Satang(due_charges + plan.carried_interest),
            last_due_on=last_due_on,
            paid_principal=Satang(paid_principal),
            paid_charges=Satang(paid_charges),
        )
        # What was repaid by then, and runs again only since, did not run on the day.
        if one.outstanding or one.may_be_overdue or loan_id not in turns.turned_since:
            found.append(one)
    return found


@dataclass(frozen=True, slots=True)
class _Turns:
    """What a loan's row tells of today only, as it was on a day.

    Attributes:
        taken_back: The events that had been reversed, by loan and number.
        written_off: The loans that had been written off.
        turned_since: The loans of which something was reversed later.
    """

    taken_back: frozenset[tuple[int, int]]
    written_off: frozenset[int]
    turned_since: frozenset[int]


def _turns(session: Session, *, book_id: int, on: date) -> _Turns:
    """Look through all events once for the few that end a loan, or take something back."""
    rows = (
        session.connection()
        .execute(
            select(
                LoanEvent.loan_id, LoanEvent.n, LoanEvent.reverses_n, LoanEvent.happened_on
            ).where(
                LoanEvent.book_id == book_id,
                or_(LoanEvent.reverses_n.is_not(None), LoanEvent.kind == EventKind.WRITTEN_OFF),
            )
        )
        .all()
    )
    taken_back = frozenset(
        (loan_id, undone) for loan_id, _n, undone, day in rows if undone is not None and day <= on
    )
    return _Turns(
        taken_back,
        written_off=frozenset(
            loan_id
            for loan_id, n, undone, day in rows
            if undone is None and day <= on and (loan_id, n) not in taken_back
        ),
        turned_since=frozenset(
            loan_id for loan_id, _n, undone, day in rows if undone is not None and day > on
        ),
    )


def taken_back_by(
    session: Session, *, book_id: int, on: date, loan_ids: Collection[int] | None = None
) -> frozenset[tuple[int, int]]:
    """Give the events that had been reversed by a day, by loan and number; they are few.

    With ``loan_ids`` only those of some loans, where they are few enough to be named.
    """
    few = loan_ids if loan_ids is not None and len(loan_ids) <= MOST_NAMED else None
    rows = session.connection().execute(
        select(LoanEvent.loan_id, LoanEvent.reverses_n).where(
            LoanEvent.book_id == book_id,
            LoanEvent.reverses_n.is_not(None),
            LoanEvent.happened_on <= on,
            *([] if few is None else [LoanEvent.loan_id.in_(few)]),
        )
    )
    return frozenset((loan_id, n) for loan_id, n in rows if n is not None)


def plans_that_held(
    session: Session,
    *,
    book_id: int,
    on: date,
    taken_back: Collection[tuple[int, int]],
    loan_ids: Collection[int] | None = None,
) -> dict[int, HeldPlan]:
    """Give, by loan, the newest plan that had taken effect by a day and was not taken back by then.

    A plan may begin on an earlier day than it was made: what was due before stays in it. So a day
    before it took effect is that of the plan before. With ``loan_ids`` only those are looked for,
    where they are few enough to be named.
    """
    few = loan_ids if loan_ids is not None and len(loan_ids) <= MOST_NAMED else None
    rows = session.connection().execute(
        select(
            Plan.loan_id,
            Plan.n,
            Plan.starts_on,
            Plan.after_n,
            Plan.principal_satang,
            Plan.carried_interest_satang,
            Plan.caused_by_n,
        )
        .outerjoin(
            LoanEvent,
            and_(
                LoanEvent.book_id == Plan.book_id,
                LoanEvent.loan_id == Plan.loan_id,
                LoanEvent.n == func.coalesce(Plan.caused_by_n, Plan.after_n),
            ),
        )
        .where(Plan.book_id == book_id, Plan.starts_on <= on, _took_effect_by(on))
        .where(*([] if few is None else [Plan.loan_id.in_(few)]))
        .order_by(Plan.loan_id, Plan.n)
    )
    return {
        loan_id: HeldPlan(n, starts_on, after_n, principal, carried)
        for loan_id, n, starts_on, after_n, principal, carried, caused_by_n in rows
        if (loan_id, caused_by_n) not in taken_back
    }


def _took_effect_by(on: date) -> ColumnElement[bool]:
    """Ask whether a plan counted on a day: from its cause on, or else from when it was made.

    One that was made because something was taken back counts from the reversal, as its entry does:
    that is the last event before it.
    """
    has_cause = or_(Plan.caused_by_n.is_not(None), Plan.why == WhyPlanned.CORRECTED)
    end_of_day = datetime.combine(on + timedelta(days=1), time(), tzinfo=BANGKOK)
    return case((has_cause, LoanEvent.happened_on <= on), else_=Plan.made_at < end_of_day)


def _due_before(
    session: Session, *, book_id: int, day: date
) -> dict[tuple[int, int], tuple[int, int, date]]:
    """Give the principal and charges that fell due before a day, and the last day, by plan."""
    rows = session.connection().execute(
        select(
            Instalment.loan_id,
            Instalment.plan_n,
            func.sum(Instalment.principal_satang),
            func.sum(Instalment.interest_satang + Instalment.fee_satang),
            func.max(Instalment.due_on),
        )
        .where(Instalment.book_id == book_id, Instalment.due_on < day)
        .group_by(Instalment.loan_id, Instalment.plan_n)
    )
    # PostgreSQL's sums are decimals.
    return {
        (loan_id, plan_n): (int(principal), int(charges), last)
        for loan_id, plan_n, principal, charges, last in rows
    }


def _paid_by(session: Session, *, book_id: int, on: date) -> dict[int, tuple[int, int]]:
    """Give all principal and charges ever paid by a day, by loan, in satang."""
    rows = session.connection().execute(
        select(
            LoanEvent.loan_id,
            func.sum(LoanEvent.principal_satang),
            func.sum(LoanEvent.interest_satang + LoanEvent.fee_satang),
        )
        .where(
            LoanEvent.book_id == book_id,
            LoanEvent.kind.in_(PAYING),
            LoanEvent.happened_on <= on,
        )
        .group_by(LoanEvent.loan_id)
    )
    return {loan_id: (int(principal), int(charges)) for loan_id, principal, charges in rows}


def _paid_one_by_one(
    session: Session,
    *,
    book_id: int,
    on: date,
    held: dict[int, HeldPlan],
    taken_back: Collection[tuple[int, int]],
    loan_ids: Collection[int],
) -> dict[int, tuple[int, int]]:
    """Give what was paid towards later plans, and where something was taken back."""
    found = dict.fromkeys(loan_ids, (0, 0))
    if not found:
        return found
    named = [LoanEvent.loan_id.in_(found)] if len(found) <= MOST_NAMED else []
    rows = session.connection().execute(
        select(
            LoanEvent.loan_id,
            LoanEvent.n,
            LoanEvent.principal_satang,
            LoanEvent.interest_satang + LoanEvent.fee_satang,
        ).where(
            LoanEvent.book_id == book_id,
            LoanEvent.kind.in_(PAYING),
            LoanEvent.happened_on <= on,
            *named,
        )
    )
    for loan_id, n, principal, charges in rows:
        stands = (loan_id, n) not in taken_back
        if loan_id in found and loan_id in held and n > held[loan_id].after_n and stands:
            before = found[loan_id]
            found[loan_id] = before[0] + principal, before[1] + charges
    return found
