"""Reading plans and the payments towards them, for one loan or for many in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from ledger.errors import RuleBroken
from ledger.money import Satang
from loans.kinds import EventKind, Side, WhyPlanned
from loans.models import Instalment, Loan, LoanEvent, Plan
from loans.schedule import Counting, Terms, terms_from_json
from loans.standing import Paid, PlanRow, PlanView, Standing, standing
from members.by_laws import RuleName
from members.queries import rules_of

#: Events that pay something of a loan, or end a part of it.
PAYING = frozenset({EventKind.REPAID, EventKind.OFFSET, EventKind.WRITTEN_OFF, EventKind.FORGIVEN})
PAYING_OUT = frozenset({EventKind.DISBURSED, EventKind.BROUGHT_IN})
#: What a standing is worked out from: what was paid, and what collecting the debt cost.
COUNTED = PAYING | {EventKind.COST}
#: An instalment as it is read for one.
ROW = (
    Instalment.loan_id,
    Instalment.plan_n,
    Instalment.n,
    Instalment.due_on,
    Instalment.principal_satang,
    Instalment.interest_satang,
    Instalment.fee_satang,
)
#: More numbers than this do not stand in one statement; then all are read.
MOST_AT_ONCE = 500


class NotPaidOut(RuleBroken):
    """Nothing of the loan has been paid out, so there is no plan yet."""

    thai = "สัญญา {reference} ยังไม่ได้จ่ายเงินกู้ จ่ายเงินกู้ก่อนจึงรับชำระได้"


@dataclass(frozen=True, slots=True)
class HoldingPlan:
    """The plan that holds, what was paid towards it, and from which event on."""

    loan_id: int
    side: Side
    view: PlanView
    terms: Terms
    after_n: int
    paid: tuple[Paid, ...]


@dataclass(frozen=True, slots=True)
class DefaultRule:
    """What a group asks for principal that is overdue: dated yearly rates, and free days."""

    rates: tuple[tuple[date, int], ...]
    free_days: tuple[tuple[date, int], ...]

    def standing(self, plan: PlanView, paid: Sequence[Paid], *, side: Side, on: date) -> Standing:
        """Work out how it stands with a loan on a day; a lender's own rule is not ours to know."""
        if side is Side.BORROWED:
            return standing(plan, paid, on=on, default_rates=())
        free = next((days for since, days in reversed(self.free_days) if since <= on), 0)
        return standing(plan, paid, on=on, default_rates=self.rates, free_days=free)


def default_rule(session: Session, *, book_id: int) -> DefaultRule:
    """Give what a group resolved about overdue principal, the oldest first."""
    rules = rules_of(session, book_id=book_id)

    def dated(name: RuleName) -> tuple[tuple[date, int], ...]:
        return tuple((rule.holds_from, int(rule.value)) for rule in rules if rule.name is name)

    return DefaultRule(dated(RuleName.LOAN_DEFAULT_RATE), dated(RuleName.LOAN_DEFAULT_FREE_DAYS))


def holding_plan(session: Session, *, loan: Loan) -> HoldingPlan:
    """Give the plan by which a loan is paid, with the payments towards it.

    Raises:
        NotPaidOut: Nothing has been paid out, so there is no plan yet.
    """
    if not loan.plan_n:
        raise NotPaidOut(reference=loan.reference)
    plan = session.get_one(Plan, (loan.book_id, loan.id, loan.plan_n))
    return plan_with_payments(session, loan=loan, plan=plan)


def changed_since(session: Session, *, loan: Loan) -> tuple[date, WhyPlanned] | None:
    """Give the day on which the newest agreed change of a contract begins, and what it was.

    Nothing that happened before it can be worked out by the plan that holds. None where the
    contract was never changed.
    """
    paid_out = (
        select(func.max(Plan.n))
        .where(
            Plan.book_id == loan.book_id,
            Plan.loan_id == loan.id,
            Plan.n <= loan.plan_n,
            Plan.why == WhyPlanned.CONTRACT,
        )
        .scalar_subquery()
    )
    found = session.execute(
        select(Plan.starts_on, Plan.why)
        .where(
            Plan.book_id == loan.book_id,
            Plan.loan_id == loan.id,
            Plan.n <= loan.plan_n,
            Plan.n > paid_out,
            Plan.why.in_(_CHANGES),
        )
        .order_by(Plan.starts_on.desc(), Plan.n.desc())
        .limit(1)
    ).one_or_none()
    return None if found is None else (found.starts_on, found.why)


def plan_with_payments(session: Session, *, loan: Loan, plan: Plan) -> HoldingPlan:
    """Give any plan of a loan as if it were the one that holds."""
    rows = session.execute(
        select(*ROW)
        .where(
            Instalment.book_id == loan.book_id,
            Instalment.loan_id == loan.id,
            Instalment.plan_n == plan.n,
        )
        .order_by(Instalment.due_on, Instalment.n)
    )
    events = session.execute(
        select(*_EVENT)
        .where(LoanEvent.book_id == loan.book_id, LoanEvent.loan_id == loan.id)
        .order_by(LoanEvent.n)
    ).all()
    reversed_ns = {event.reverses_n for event in events if event.reverses_n is not None}
    paid = [
        _paid(event)
        for event in events
        if event.n > plan.after_n and event.n not in reversed_ns and event.kind in COUNTED
    ]
    return HoldingPlan(
        loan_id=loan.id,
        side=loan.side,
        view=_view(plan, tuple(PlanRow(*row[2:]) for row in rows)),
        terms=terms_from_json(plan.terms),
        after_n=plan.after_n,
        paid=tuple(paid),
    )


def standings(
    session: Session, *, book_id: int, on: date, loan_ids: Sequence[int] | None
) -> dict[int, Standing]:
    """Work out how it stands with many running loans on a day; costs five statements."""
    rule = default_rule(session, book_id=book_id)
    plans = session.execute(
        _among(
            select(Loan.side, *_PLAN)
            .join(
                Plan,
                and_(Plan.book_id == Loan.book_id, Plan.loan_id == Loan.id, Plan.n == Loan.plan_n),
            )
            .where(*_running(book_id)),
            loan_ids,
        )
    ).all()
    rows = _rows_needed(session, book_id=book_id, on=on, loan_ids=loan_ids)
    paid = _paid_towards(session, book_id=book_id, loan_ids=loan_ids)
    found = {}
    for plan in plans:
        view = _view(plan, tuple(rows.get(plan.loan_id, ())))
        made = [one for n, one in paid.get(plan.loan_id, ()) if n > plan.after_n]
        found[plan.loan_id] = rule.standing(view, made, side=plan.side, on=on)
    return found


_EVENT = (
    LoanEvent.loan_id,
    LoanEvent.n,
    LoanEvent.kind,
    LoanEvent.happened_on,
    LoanEvent.principal_satang,
    LoanEvent.interest_satang,
    LoanEvent.default_interest_satang,
    LoanEvent.fee_satang,
    LoanEvent.costs_satang,
    LoanEvent.reverses_n,
)
_PLAN = (
    Plan.loan_id,
    Plan.n,
    Plan.starts_on,
    Plan.principal_satang,
    Plan.carried_interest_satang,
    Plan.carried_default_satang,
    Plan.carried_costs_satang,
    Plan.after_n,
    Plan.terms,
)
#: Plans that were agreed, with no event behind them whose day would say how late one may write.
_CHANGES = (WhyPlanned.RATE, WhyPlanned.HOLIDAY, WhyPlanned.RESTRUCTURED)


def _running(book_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Loan.book_id == book_id,
        Loan.plan_n > 0,
        Loan.closed_on.is_(None),
        Loan.written_off_on.is_(None),
    )


def _among(
    statement: Select[*tuple[Any, ...]], loan_ids: Sequence[int] | None
) -> Select[*tuple[Any, ...]]:
    """Ask for some loans only, where they are few enough to be named."""
    if loan_ids is None or len(loan_ids) > MOST_AT_ONCE:
        return statement
    return statement.where(Loan.id.in_(loan_ids))


def _rows_needed(
    session: Session, *, book_id: int, on: date, loan_ids: Sequence[int] | None
) -> dict[int, list[PlanRow]]:
    """Give the rows that were due by a day, and the one after it: what a standing rests on."""
    of_plan = and_(
        Instalment.book_id == Loan.book_id,
        Instalment.loan_id == Loan.id,
        Instalment.plan_n == Loan.plan_n,
    )
    next_due = _among(
        select(Loan.id.label("loan_id"), func.min(Instalment.due_on).label("due_on"))
        .join(Instalment, of_plan)
        .where(*_running(book_id), Instalment.due_on >= on)
        .group_by(Loan.id),
        loan_ids,
    ).subquery()
    found = session.execute(
        _among(
            select(*ROW)
            .select_from(Loan)
            .join(Instalment, of_plan)
            .outerjoin(next_due, next_due.c.loan_id == Loan.id)
            .where(
                *_running(book_id),
                or_(Instalment.due_on < on, Instalment.due_on == next_due.c.due_on),
            )
            .order_by(Instalment.loan_id, Instalment.due_on, Instalment.n),
            loan_ids,
        )
    )
    rows: dict[int, list[PlanRow]] = {}
    for loan_id, _plan_n, n, due_on, principal, interest, fee in found:
        rows.setdefault(loan_id, []).append(PlanRow(n, due_on, principal, interest, fee))
    return rows


def _paid_towards(
    session: Session, *, book_id: int, loan_ids: Sequence[int] | None
) -> dict[int, list[tuple[int, Paid]]]:
    """Give the payments that stand, towards the plans that hold, each with its event's number."""
    since = _among(
        select(Loan.id, Plan.after_n)
        .join(
            Plan,
            and_(Plan.book_id == Loan.book_id, Plan.loan_id == Loan.id, Plan.n == Loan.plan_n),
        )
        .where(*_running(book_id)),
        loan_ids,
    ).subquery()
    later = and_(
        LoanEvent.book_id == book_id,
        LoanEvent.loan_id == since.c.id,
        LoanEvent.n > since.c.after_n,
    )
    # What takes a payment back comes after it, so whatever takes one of these back is here too.
    taken_back = {
        (loan_id, n)
        for loan_id, n in session.execute(
            select(LoanEvent.loan_id, LoanEvent.reverses_n)
            .join(since, later)
            .where(LoanEvent.reverses_n.is_not(None))
        )
    }
    found = session.execute(
        select(
            LoanEvent.loan_id,
            LoanEvent.n,
            LoanEvent.kind == EventKind.COST,
            LoanEvent.happened_on,
            LoanEvent.principal_satang,
            LoanEvent.interest_satang,
            LoanEvent.default_interest_satang,
            LoanEvent.fee_satang,
            LoanEvent.costs_satang,
        )
        .join(since, later)
        .where(LoanEvent.kind.in_(COUNTED))
    )
    paid: dict[int, list[tuple[int, Paid]]] = {}
    for loan_id, n, is_cost, on, *amounts in found:
        if (loan_id, n) not in taken_back:
            made = Paid(on, costs_added=amounts[4]) if is_cost else Paid(on, *amounts)
            paid.setdefault(loan_id, []).append((n, made))
    return paid


def _paid(event: Any) -> Paid:
    if event.kind is EventKind.COST:
        return Paid(event.happened_on, costs_added=event.costs_satang)
    return Paid(
        event.happened_on,
        event.principal_satang,
        event.interest_satang,
        event.default_interest_satang,
        event.fee_satang,
        event.costs_satang,
    )


def plan_view(
    *,
    n: int,
    starts_on: date,
    principal: Satang,
    carried_interest: Satang,
    carried_default: Satang,
    carried_costs: Satang,
    terms: Any,
    rows: tuple[PlanRow, ...],
) -> PlanView:
    """Give a plan as the rules use it; only what they need is read of its kept terms."""
    later = tuple((date.fromisoformat(day), rate) for day, rate, _effect in terms["rate_changes"])
    return PlanView(
        n=n,
        starts_on=starts_on,
        principal=principal,
        carried_interest=carried_interest,
        carried_default=carried_default,
        carried_costs=carried_costs,
        rates=((starts_on, terms["annual_rate_ppm"]), *later),
        counting=Counting(terms["counting"]),
        counts_first_day=bool(terms["counts_first_day"]),
        rows=rows,
    )


def _view(plan: Any, rows: tuple[PlanRow, ...]) -> PlanView:
    return plan_view(
        n=plan.n,
        starts_on=plan.starts_on,
        principal=plan.principal_satang,
        carried_interest=plan.carried_interest_satang,
        carried_default=plan.carried_default_satang,
        carried_costs=plan.carried_costs_satang,
        terms=plan.terms,
        rows=rows,
    )


def rate_of_terms(terms: Any) -> int:
    """Give the newest yearly rate, in millionths, in terms as they are kept."""
    changes = terms["rate_changes"]
    return int(changes[-1][1] if changes else terms["annual_rate_ppm"])
