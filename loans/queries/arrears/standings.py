"""How it stood with many loans on a day, by the plans that held then; a past day too."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.money import ZERO, Satang
from loans.kinds import EventKind, Side
from loans.models import Instalment, LoanEvent, Plan
from loans.queries.arrears.sums import (
    MOST_NAMED,
    HeldPlan,
    LoanOnDay,
    plans_that_held,
    taken_back_by,
)
from loans.queries.plans import COUNTED, ROW, default_rule, plan_view
from loans.schedule import Counting
from loans.standing import Paid, PlanRow, PlanView, Standing

SOON = timedelta(days=62)
#: A row as it is read: its number, its day, principal, interest and fee. And a payment: its day,
#: principal, interest, default interest, fee, costs, and costs that were added.
RowRead = tuple[int, date, int, int, int]
PaidRead = tuple[date, int, int, int, int, int, int]


def standings_on(
    session: Session, *, book_id: int, on: date, loan_ids: Collection[int]
) -> dict[int, Standing]:
    """Work out how it stood with some loans on a day, in a few statements.

    Other than ``standings_of`` it takes the plan that held then, and leaves out what was paid or
    taken back since.
    """
    wanted = frozenset(loan_ids)
    if not wanted:
        return {}
    taken_back = taken_back_by(session, book_id=book_id, on=on, loan_ids=wanted)
    held = plans_that_held(session, book_id=book_id, on=on, taken_back=taken_back, loan_ids=wanted)
    rule = default_rule(session, book_id=book_id)
    rows = _rows(session, book_id=book_id, held=held, on=on, wanted=wanted)
    paid = _paid(session, book_id=book_id, held=held, on=on, taken_back=taken_back, wanted=wanted)
    found = {}
    for loan_id, plan in _views(session, book_id=book_id, held=held, wanted=wanted):
        rest, made = without_settled(plan, rows.get(loan_id, ()), paid.get(loan_id, ()), on=on)
        found[loan_id] = rule.standing(rest, made, side=Side.LENT, on=on)
    return found


def running_standings(
    session: Session, *, book_id: int, on: date, running: Sequence[LoanOnDay]
) -> dict[int, Standing]:
    """Work out how it stood with every loan that was running on a day.

    What is paid up by the month needs no rows but the running one: it is the same loan from its
    last due day on, with what was paid beyond.
    """
    held = {one.loan_id: one.plan for one in running}
    views = dict(_views(session, book_id=book_id, held=held, wanted=frozenset(held)))
    paid_up = [
        one
        for one in running
        if not one.may_be_overdue and views[one.loan_id].counting is Counting.MONTH
    ]
    plans = {loan_id: plan.n for loan_id, plan in held.items()}
    following = _following(session, book_id=book_id, on=on, plans=plans)
    rule = default_rule(session, book_id=book_id)
    found = {}
    for one in paid_up:
        row = following.get(one.loan_id)
        if row is not None and row.fee:
            continue  # what was paid beyond may be of the fee
        rest = replace(
            views[one.loan_id],
            starts_on=one.last_due_on or one.plan.starts_on,
            principal=Satang(one.plan.principal - one.due_principal),
            carried_interest=ZERO,
            counts_first_day=False,
            rows=() if row is None else (row,),
        )
        ahead = Paid(
            rest.starts_on,
            principal=Satang(one.paid_principal - one.due_principal),
            interest=Satang(one.paid_charges - one.due_charges),
        )
        found[one.loan_id] = rule.standing(rest, (ahead,), side=Side.LENT, on=on)
    others = held.keys() - found.keys()
    return found | standings_on(session, book_id=book_id, on=on, loan_ids=others)


def _following(
    session: Session, *, book_id: int, on: date, plans: Mapping[int, int]
) -> dict[int, PlanRow]:
    """Give the next instalment of some loans' plans, due on a day or after it, by loan.

    Nearly all of them fall due in two months; only the others are looked for further on.
    """
    near = on + SOON
    found = _first_of(session, book_id=book_id, first=on, before=near, plans=plans)
    rest = {loan_id: n for loan_id, n in plans.items() if loan_id not in found}
    if rest:
        found |= _first_of(session, book_id=book_id, first=near, before=date.max, plans=rest)
    return found


def _first_of(
    session: Session, *, book_id: int, first: date, before: date, plans: Mapping[int, int]
) -> dict[int, PlanRow]:
    few = [Instalment.loan_id.in_(plans)] if len(plans) <= MOST_NAMED else []
    rows = session.connection().execute(
        select(*ROW).where(
            Instalment.book_id == book_id,
            Instalment.due_on >= first,
            Instalment.due_on < before,
            *few,
        )
    )
    found: dict[int, PlanRow] = {}
    for loan_id, plan_n, n, due_on, principal, interest, fee in rows:
        if plans.get(loan_id) == plan_n:
            there = found.get(loan_id)
            if there is None or (due_on, n) < (there.due_on, there.n):
                found[loan_id] = PlanRow(n, due_on, principal, interest, fee)
    return found


def _views(
    session: Session,
    *,
    book_id: int,
    held: Mapping[int, HeldPlan],
    wanted: frozenset[int],
) -> list[tuple[int, PlanView]]:
    """Give the plans that held as the rules use them, still without their rows."""
    few = [Plan.loan_id.in_(wanted)] if len(wanted) <= MOST_NAMED else []
    found = session.connection().execute(
        select(
            Plan.loan_id,
            Plan.n,
            Plan.carried_default_satang,
            Plan.carried_costs_satang,
            Plan.terms,
        ).where(Plan.book_id == book_id, *few)
    )
    return [
        (
            loan_id,
            plan_view(
                n=n,
                starts_on=plan.starts_on,
                principal=plan.principal,
                carried_interest=plan.carried_interest,
                carried_default=default,
                carried_costs=costs,
                terms=terms,
                rows=(),
            ),
        )
        for loan_id, n, default, costs, terms in found
        if loan_id in wanted and (plan := held.get(loan_id)) is not None and plan.n == n
    ]


def without_settled(
    plan: PlanView, rows: Sequence[RowRead], paid: Sequence[PaidRead], *, on: date
) -> tuple[PlanView, list[Paid]]:
    """Give a plan its rows, without those that were paid on time: they owe nothing, and never will.

    What is left is the same loan from the last of their due days on. By-day interest is worked
    out from the days of the payments, so nothing is left out there.
    """
    paid = sorted(paid)
    principal_by = [0, *accumulate(one[1] for one in paid)]
    count, settled = 0, (0, 0, 0)
    if plan.counting is Counting.MONTH and principal_by[-1] < plan.principal:
        days = [one[0] for one in paid]
        interest = sum(one[2] for one in paid) - plan.carried_interest
        fees = sum(one[4] for one in paid)
        for _n, due_on, principal, charge, fee in rows:
            after = (settled[0] + principal, settled[1] + charge, settled[2] + fee)
            on_time = principal_by[bisect_right(days, due_on)]
            if due_on >= on or after[0] > on_time or after[1] > interest or after[2] > fees:
                break
            settled, count = after, count + 1
    rest = replace(
        plan,
        starts_on=rows[count - 1][1] if count else plan.starts_on,
        principal=Satang(plan.principal - settled[0]),
        counts_first_day=plan.counts_first_day and not count,
        rows=tuple(
            PlanRow(n, due_on, Satang(principal), Satang(charge), Satang(fee))
            for n, due_on, principal, charge, fee in rows[count:]
        ),
    )
    return rest, list(_left(paid, settled))


def _left(paid: Sequence[PaidRead], settled: tuple[int, int, int]) -> Iterator[Paid]:
    """Take what settled the first instalments from the first payments."""
    principal_left, interest_left, fee_left = settled
    for on, principal, interest, default, fee, costs, added in paid:
        taken = (min(principal_left, principal), min(interest_left, interest), min(fee_left, fee))
        principal_left -= taken[0]
        interest_left -= taken[1]
        fee_left -= taken[2]
        left = (principal - taken[0], interest - taken[1], fee - taken[2])
        if any((*left, default, costs, added)):
            yield Paid(
                on,
                Satang(left[0]),
                Satang(left[1]),
                Satang(default),
                Satang(left[2]),
                Satang(costs),
                Satang(added),
            )


def _rows(
    session: Session,
    *,
    book_id: int,
    held: Mapping[int, HeldPlan],
    on: date,
    wanted: frozenset[int],
) -> dict[int, list[RowRead]]:
    """Give the instalments that were due by a day, and the one after: what a standing rests on."""
    few = [Instalment.loan_id.in_(wanted)] if len(wanted) <= MOST_NAMED else []
    found = session.connection().execute(
        select(*ROW)
        .where(Instalment.book_id == book_id, Instalment.due_on < on, *few)
        .order_by(Instalment.loan_id, Instalment.plan_n, Instalment.n)
    )
    rows: dict[int, list[RowRead]] = {}
    plans = {loan_id: plan.n for loan_id, plan in held.items() if loan_id in wanted}
    for loan_id, plan_n, n, due_on, principal, interest, fee in found:
        if plans.get(loan_id) == plan_n:
            rows.setdefault(loan_id, []).append((n, due_on, principal, interest, fee))
    following = _following(session, book_id=book_id, on=on, plans=plans)
    for loan_id in plans:
        of_plan = rows.setdefault(loan_id, [])
        of_plan.sort(key=itemgetter(1, 0))
        after = following.get(loan_id)
        if after is not None:
            of_plan.append((after.n, after.due_on, after.principal, after.interest, after.fee))
    return rows


def _paid(
    session: Session,
    *,
    book_id: int,
    held: Mapping[int, HeldPlan],
    on: date,
    taken_back: Collection[tuple[int, int]],
    wanted: frozenset[int],
) -> dict[int, list[PaidRead]]:
    """Give what was paid by a day towards the plans that held, and not taken back by then."""
    few = [LoanEvent.loan_id.in_(wanted)] if len(wanted) <= MOST_NAMED else []
    found = session.connection().execute(
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
        .where(
            LoanEvent.book_id == book_id,
            LoanEvent.kind.in_(COUNTED),
            LoanEvent.happened_on <= on,
            *few,
        )
        .order_by(LoanEvent.loan_id, LoanEvent.n)
    )
    paid: dict[int, list[PaidRead]] = {}
    for loan_id, n, adds, day, principal, interest, default, fee, costs in found:
        plan = held.get(loan_id) if loan_id in wanted else None
        if plan is None or n <= plan.after_n or (loan_id, n) in taken_back:
            continue
        one = (
            (day, 0, 0, 0, 0, 0, costs)
            if adds
            else (day, principal, interest, default, fee, costs, 0)
        )
        paid.setdefault(loan_id, []).append(one)
    return paid
