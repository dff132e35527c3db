"""How a loan goes on after something changed: instalments that stay, and those worked out anew.

Whatever was due by then stays due on its day, and the running instalment stays as it was; the rest
of the principal is spread over the days that are left. What was paid before is not paid towards the
new plan, so interest and default interest are carried over as the difference between what the old
plan asks for on the day and what the new one asks for: to the satang, and never added to principal.
Below zero it is what was paid ahead, and the new plan begins with that much paid.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from ledger.money import ZERO, Satang, total
from loans.interest import interest_for_days
from loans.schedule import (
    MOST_INSTALMENTS,
    Counting,
    Every,
    Grace,
    Holiday,
    Method,
    RateChange,
    RateEffect,
    Terms,
    TermsUnfit,
    make_schedule,
)
from loans.schedule.days import add_months, day_of_month
from loans.standing import Paid, PlanRow, PlanView, Standing

Rates = tuple[tuple[date, int], ...]
#: Works out how it stands by a plan and payments on a day, with the default rates of the loan.
Reckoning = Callable[[PlanView, Sequence[Paid], date], Standing]
A_WEEK = timedelta(weeks=1)
MONTHS_IN_A_YEAR = 12
#: In these an instalment that is kept is its principal part.
BY_PRINCIPAL = frozenset({Method.EQUAL_PRINCIPAL, Method.SEASONAL})


@dataclass(frozen=True, slots=True)
class NextPlan:
    """A plan that is to be written, in satang."""

    starts_on: date
    principal: Satang
    carried_interest: Satang
    carried_default: Satang
    carried_costs: Satang
    terms: Terms
    rows: tuple[PlanRow, ...]
    #: Whether instalments were worked out anew, by the terms.
    is_spread: bool = True


@dataclass(frozen=True, slots=True)
class Before:
    """The plan by which a loan was paid up to now, and the payments towards it that stand."""

    view: PlanView
    terms: Terms
    paid: tuple[Paid, ...]
    reckon: Reckoning


@dataclass(frozen=True, slots=True)
class Change:
    """What is other from a day on; amounts in satang.

    Attributes:
        on: The day.
        today: The day on which it is decided, when that is before; None otherwise.
        principal: What is owed from then on.
        keeps_instalment: Whether the instalment stays and the term moves, or the reverse.
        may_run_on: Whether more instalments may follow than are left.
        rate: A new yearly rate, or None.
        holiday: Days of rest, or None.
        joins: What of the principal was paid out on the day.
        interest: Interest that is owed again, or, below zero, asked for no longer.
        default_interest: The same for default interest.
        costs: The same for collection costs.
    """

    on: date
    principal: Satang
    today: date | None = None
    keeps_instalment: bool = True
    may_run_on: bool = False
    rate: RateChange | None = None
    holiday: Holiday | None = None
    joins: Satang = ZERO
    interest: Satang = ZERO
    default_interest: Satang = ZERO
    costs: Satang = ZERO


@dataclass(frozen=True, slots=True)
class Position:
    """Interest and default interest owed by a plan; below zero what was paid ahead."""

    interest: int
    default_interest: int


def first_plan(terms: Terms, *, amount: Satang, paid_on: date) -> NextPlan:
    """Plan a loan, or the first part of one, from the day on which it is paid out.

    Instalments that would have fallen due by then move on by whole months or weeks.

    Raises:
        TermsUnfit: The terms cannot be so.
    """
    started = replace(started_on(terms, paid_on), principal=amount)
    schedule = make_schedule(started)
    return NextPlan(
        starts_on=paid_on,
        principal=amount,
        carried_interest=ZERO,
        carried_default=ZERO,
        carried_costs=ZERO,
        terms=started,
        rows=tuple(
            PlanRow(row.n, row.due_on, row.principal, row.interest, row.fee)
            for row in schedule.rows
        ),
    )


def started_on(terms: Terms, day: date) -> Terms:
    """Give terms as they are when they begin on a day: instalments due by then move on."""
    return replace(terms, disbursed_on=day, payouts=(), **_days_after(terms, day))


def nothing_left(before: Before, *, on: date) -> NextPlan:
    """Plan a loan of which no principal is left, only what was due."""
    owed = position(before, on)
    return NextPlan(
        starts_on=on,
        principal=ZERO,
        carried_interest=Satang(owed.interest),
        carried_default=Satang(owed.default_interest),
        carried_costs=before.reckon(before.view, before.paid, on).costs,
        terms=replace(
            before.terms,
            annual_rate_ppm=_rate_on(before.view.rates, on),
            rate_changes=(),
            counts_first_day=False,
        ),
        rows=(),
        is_spread=False,
    )


def is_rested_on(view: PlanView, holiday: Holiday) -> bool:
    """Tell whether something of a plan falls due within days of rest."""
    return any(_rests_on(holiday, row.due_on) for row in view.rows)


def _days_after(terms: Terms, day: date) -> dict[str, Any]:
    if terms.first_due_on > day:
        return {}
    if terms.due_days:
        days = tuple(due for due in terms.due_days if due > day)
        return {
            "due_days": days,
            "instalments": len(days),
            "first_due_on": days[0] if days else terms.first_due_on,
        }
    return {
        "first_due_on": next(due for due in _due_days(terms, terms.first_due_on) if due > day),
        "due_day_of_month": terms.due_day_of_month or day_of_month(terms),
    }


def _due_days(terms: Terms, first: date) -> Iterator[date]:
    """Give the days on which instalments fall by the rule of the terms, without end."""
    day, n = first, 0
    while True:
        yield day
        n += 1
        if terms.every is Every.WEEK:
            day += A_WEEK
        else:
            day = add_months(first, n, day_of_month=day_of_month(terms))


def regular_instalment(terms: Terms, rows: Sequence[PlanRow]) -> Satang | None:
    """Give the instalment that a plan asks for from day to day, or None where there is none.

    For equal principal and seasonal payments it is the principal part.
    """
    if terms.kept_instalment is not None or terms.method is Method.BULLET:
        return terms.kept_instalment
    own = [row for row in rows if row.due_on >= terms.first_due_on and row.principal]
    if not own:
        return None
    row = own[0]
    return row.principal if terms.method in BY_PRINCIPAL else Satang(row.principal + row.interest)


def position(before: Before, on: date) -> Position:
    """Tell what interest a plan asks for on a day, the running period included, less what was paid.

    It is not cut at zero: what was paid ahead is below it.
    """
    return _position(before, on, with_running=True)


def _position(before: Before, on: date, *, with_running: bool) -> Position:
    bare = replace(before.view, carried_interest=ZERO, carried_default=ZERO)
    made = [one for one in before.paid if one.on <= on]
    unpaid = [replace(one, interest=ZERO, default_interest=ZERO) for one in made]
    asked = before.reckon(bare, unpaid, on)
    running = asked.accrued_interest if with_running else 0
    interest = before.view.carried_interest + asked.overdue_interest + running
    default = before.view.carried_default + asked.default_interest
    return Position(
        interest - sum(one.interest for one in made),
        default - sum(one.default_interest for one in made),
    )


def go_on(before: Before, change: Change) -> NextPlan:
    """Plan a loan anew from a day on, with what was due by then still due on its own day.

    Raises:
        TermsUnfit: The terms cannot be so.
    """
    stays = _what_stays(before, change)
    change = _from_the_next_period(before, change, stays)
    rest = Satang(change.principal - total(row.principal for row in stays.rows))
    rows = stays.rows if rest >= 0 else _shortened(stays.rows, Satang(-rest))
    terms, tail = _tail(before, change, stays, rest) if rest > 0 else (before.terms, ())
    by_month = before.terms.counting is Counting.MONTH
    view = PlanView(
        n=0,
        starts_on=stays.starts_on,
        principal=change.principal,
        carried_interest=ZERO,
        carried_default=ZERO,
        carried_costs=ZERO,
        rates=_rates(before.view, change),
        counting=before.terms.counting,
        counts_first_day=False,
        rows=(*rows, *tail),
    )
    after = Before(view, terms, (), before.reckon)
    was = _position(before, change.on, with_running=not by_month)
    if _starts_anew(before, change, stays, was):
        after = replace(after, view=replace(view, starts_on=change.on))
    now = _position(after, change.on, with_running=not by_month)
    interest = was.interest - now.interest + change.interest
    if by_month and stays.running_is_paid:
        interest += stays.running_interest
    if by_month and change.joins and stays.running_n is None:
        # No instalment is running, so the next one counts from the last due day: not for this.
        interest -= interest_for_days(
            owed=change.joins,
            annual_rate_ppm=_rate_on(after.view.rates, change.on),
            days=(change.on - stays.rest_from).days,
        )
    owed = before.reckon(before.view, before.paid, change.on)
    default = was.default_interest - now.default_interest + change.default_interest
    after = replace(after, view=replace(after.view, carried_interest=Satang(interest)))
    return NextPlan(
        starts_on=after.view.starts_on,
        principal=change.principal,
        carried_interest=Satang(interest),
        carried_default=Satang(default),
        carried_costs=Satang(owed.costs + change.costs),
        terms=replace(terms, counts_first_day=False, **_from(before, change, after.view.starts_on)),
        rows=_as_written(after, stays, change),
        is_spread=rest > 0,
    )


@dataclass(frozen=True, slots=True)
class _Stays:
    """What of a plan stays as it is.

    Attributes:
        rows: The instalments that were due, and the running one, with the principal that is
            unpaid; what was paid of their interest is in what is carried over.
        starts_on: The day from which interest runs in the first of them.
        rest_from: The day from which the rest is worked out anew.
        days: The due days that are left for it.
        next_n: The number of the first instalment of the rest.
        running_n: The running instalment, or None when it does not stay.
        running_interest: Its interest as planned, in satang.
        running_is_paid: Whether that was paid in whole.
        is_behind: Whether something was due before the day.
    """

    rows: tuple[PlanRow, ...]
    starts_on: date
    rest_from: date
    days: tuple[date, ...]
    next_n: int
    running_n: int | None
    running_interest: Satang
    running_is_paid: bool
    is_behind: bool


def _starts_anew(before: Before, change: Change, stays: _Stays, was: Position) -> bool:
    """Tell whether interest by the day may simply run on from a day on which all of it was paid."""
    return (
        before.terms.counting is not Counting.MONTH
        and change.rate is None
        and change.holiday is None
        and not stays.is_behind
        and not was.interest
        and before.view.starts_on < change.on
    )


def _from_the_next_period(before: Before, change: Change, stays: _Stays) -> Change:
    """Let a rate that is counted by the month begin with the period after the running one."""
    if change.rate is None or before.terms.counting is not Counting.MONTH:
        return change
    since = max(change.rate.since, stays.rest_from)
    return replace(change, rate=replace(change.rate, since=since))


def _what_stays(before: Before, change: Change) -> _Stays:
    rows = before.view.rows
    now = before.reckon(before.view, before.paid, change.on)
    unpaid = {row.n: row for row in now.overdue if row.n}
    running = next((i for i, row in enumerate(rows) if row.due_on >= change.on), len(rows))
    # Of a change that begins later, the instalments from today until then are not past yet.
    today = min(change.on, change.today or change.on)
    first = next(
        (i for i, row in enumerate(rows) if row.n in unpaid or row.due_on >= today), running
    )
    kept = [
        replace(
            row,
            principal=unpaid[row.n].principal if row.n in unpaid else ZERO,
            fee=unpaid[row.n].fee if row.n in unpaid else ZERO,
        )
        for row in rows[first:running]
    ]
    stays = running < len(rows) and not _rests_on(change.holiday, rows[running].due_on)
    planned, is_paid = ZERO, False
    if stays:
        row, left = rows[running], now.current
        planned, is_paid = row.interest, left is None or not left.interest
        kept.append(
            replace(
                row,
                principal=left.principal if left is not None else ZERO,
                interest=ZERO if is_paid else row.interest,
                fee=left.fee if left is not None else ZERO,
            )
        )
    rest = rows[running + stays :]
    starts_on = rows[first - 1].due_on if first else before.view.starts_on
    last = rows[running + stays - 1] if running + stays else None
    return _Stays(
        rows=tuple(kept),
        starts_on=starts_on,
        rest_from=last.due_on if last is not None else before.view.starts_on,
        days=tuple(row.due_on for row in rest),
        next_n=_next_n(rows, running, stays=stays),
        running_n=rows[running].n if stays else None,
        running_interest=planned,
        running_is_paid=is_paid,
        is_behind=first < running,
    )


def _next_n(rows: Sequence[PlanRow], running: int, *, stays: bool) -> int:
    if running < len(rows):
        return rows[running].n + stays
    return rows[-1].n + 1 if rows else 1


def _rests_on(holiday: Holiday | None, day: date) -> bool:
    return holiday is not None and holiday.since <= day <= holiday.until


def _shortened(rows: tuple[PlanRow, ...], by: Satang) -> tuple[PlanRow, ...]:
    """Take principal out of instalments, the last one first."""
    left, short = int(by), []
    for row in reversed(rows):
        taken = min(left, row.principal)
        left -= taken
        short.append(replace(row, principal=Satang(row.principal - taken)))
    assert not left, (rows, by)
    return tuple(reversed(short))


def _tail(
    before: Before, change: Change, stays: _Stays, rest: Satang
) -> tuple[Terms, tuple[PlanRow, ...]]:
    """Spread what is left of the principal over the days that are left."""
    days = stays.days or _one_more(before.terms, stays)
    terms = replace(
        before.terms,
        principal=rest,
        disbursed_on=stays.rest_from,
        first_due_on=days[0],
        payouts=(),
        counts_first_day=False,
        **_from(before, change, stays.rest_from),
        **_length(before, change, stays, days),
    )
    chosen = bool(before.terms.due_days)
    instalment = regular_instalment(before.terms, before.view.rows)
    kept = replace(
        terms,
        kept_instalment=instalment,
        instalments=MOST_INSTALMENTS
        if change.may_run_on and not chosen and instalment is not None
        else terms.instalments,
    )
    anew = replace(terms, kept_instalment=None)
    if change.rate is not None:
        # Whoever asks for a rate is told why the instalment cannot stay; nothing is put in its way.
        tries = [kept if change.keeps_instalment else anew]
    else:
        tries = [*([kept] if change.keeps_instalment else []), anew, *_plainer(anew)]
    for attempt in tries[:-1]:
        try:
            return _worked_out(attempt, stays)
        except TermsUnfit:
            continue
    return _worked_out(tries[-1], stays)


def _worked_out(terms: Terms, stays: _Stays) -> tuple[Terms, tuple[PlanRow, ...]]:
    rows = make_schedule(terms).rows
    n = stays.next_n - 1
    if not terms.due_days:
        terms = replace(terms, instalments=max(len(rows), terms.grace_instalments + 1))
    return terms, tuple(
        PlanRow(n + row.n, row.due_on, row.principal, row.interest, row.fee) for row in rows
    )


def _plainer(terms: Terms) -> Iterator[Terms]:
    """Give terms that always work out: rounded to the satang, and at last all in one instalment."""
    yield replace(terms, rounding_multiple=Satang(1))
    chosen = terms.due_days[-1:]
    yield replace(
        terms,
        rounding_multiple=Satang(1),
        instalments=1,
        first_due_on=chosen[0] if chosen else terms.first_due_on,
        due_days=chosen,
        grace=Grace.NONE,
        grace_instalments=0,
        holidays=(),
    )


def _one_more(terms: Terms, stays: _Stays) -> tuple[date, ...]:
    """Give the due day after the last one; a year later where the days were chosen."""
    if terms.due_days:
        last = terms.due_days[-1]
        return (add_months(last, MONTHS_IN_A_YEAR, day_of_month=last.day),)
    days = _due_days(terms, terms.first_due_on)
    return (next(day for day in days if day > stays.rest_from),)


def _length(
    before: Before, change: Change, stays: _Stays, days: tuple[date, ...]
) -> dict[str, Any]:
    """Give how many instalments are left, from which day of the month, and how many of grace."""
    terms = before.terms
    gone = sum(terms.first_due_on <= row.due_on <= stays.rest_from for row in before.view.rows)
    left = max(0, terms.grace_instalments - gone) if terms.grace is Grace.PRINCIPAL else 0
    holidays = tuple(h for h in terms.holidays if h.until > stays.rest_from)
    resting = sum(
        any(h.waives is Grace.PRINCIPAL and _rests_on(h, day) for h in holidays) for day in days
    )
    if change.holiday is not None:
        holidays = tuple(sorted((*holidays, change.holiday), key=lambda h: h.since))
    if terms.due_days:
        return {
            "due_days": days,
            "instalments": len(days),
            "grace": Grace.NONE,
            "grace_instalments": 0,
            "holidays": holidays,
        }
    return {
        "instalments": max(1, left + 1, len(days) - resting),
        "grace": terms.grace if left else Grace.NONE,
        "grace_instalments": left,
        "holidays": holidays,
        "due_day_of_month": terms.due_day_of_month or day_of_month(terms),
    }


def _rates(view: PlanView, change: Change) -> Rates:
    """Give the rates as they hold now, the earliest first."""
    if change.rate is None:
        return view.rates
    since = change.rate.since
    earlier = tuple(rate for rate in view.rates if rate[0] < since)
    return (*earlier, (since, change.rate.annual_rate_ppm))


def _rate_on(rates: Rates, day: date) -> int:
    return next((rate for since, rate in reversed(rates) if since <= day), rates[0][1])


def _from(before: Before, change: Change, day: date) -> dict[str, Any]:
    """Give the rate that holds on a day, and those that follow, as terms have them."""
    rates = _rates(before.view, change)
    effects = {c.since: c.effect for c in before.terms.rate_changes}
    return {
        "annual_rate_ppm": _rate_on(rates, day),
        "rate_changes": tuple(
            RateChange(since, rate, effects.get(since, RateEffect.KEEP_INSTALMENT))
            for since, rate in rates
            if since > day
        ),
    }


def _as_written(after: Before, stays: _Stays, change: Change) -> tuple[PlanRow, ...]:
    """Give the rows with the running one's interest as it will come to on its due day."""
    rows = after.view.rows
    if stays.running_n is None:
        return rows
    place = next(i for i, row in enumerate(rows) if row.n == stays.running_n)
    row = rows[place]
    if after.terms.counting is Counting.MONTH:
        days = (row.due_on - change.on).days
        joined = interest_for_days(
            owed=change.joins,
            annual_rate_ppm=_rate_on(after.view.rates, change.on),
            days=days,
        )
        row = replace(row, interest=Satang(row.interest + joined))
    else:
        due = after.reckon(after.view, (), row.due_on).current
        row = replace(row, interest=due.interest if due is not None else ZERO)
    return (*rows[:place], row, *rows[place + 1 :])
