"""How it stands with a loan on a day: what is due, overdue and owed in all, from plan and payments.

Contract interest runs on principal that is not yet due; overdue principal bears default interest
in its place, never both. So nothing is charged twice, and nothing is compounded.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate, pairwise

from ledger.money import ZERO, Satang, short_baht, total
from ledger.thai import format_date
from loans.interest import DAYS_IN_A_YEAR, PPM, half_up, interest_for_month
from loans.schedule import Counting
from members.by_laws import percent

DAYS_IN_A_LEAP_YEAR = 366


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row of the plan that holds, in satang."""

    n: int
    due_on: date
    principal: Satang
    interest: Satang
    fee: Satang = ZERO


@dataclass(frozen=True, slots=True)
class PlanView:
    """The plan that holds: its rows, and what was brought into it.

    Attributes:
        n: Its number.
        starts_on: The day from which its interest runs.
        principal: What was owed then, in satang.
        carried_interest: Interest that was due and unpaid then; due at once, never compounded.
        carried_default: Default interest that was owed then.
        carried_costs: Collection costs that were owed then.
        rates: Yearly rates in millionths by the day from which each holds, the earliest first.
        counting: How interest is counted.
        counts_first_day: Whether the first day bears interest.
        rows: The instalments, by due day.
    """

    n: int
    starts_on: date
    principal: Satang
    carried_interest: Satang
    carried_default: Satang
    carried_costs: Satang
    rates: tuple[tuple[date, int], ...]
    counting: Counting
    counts_first_day: bool
    rows: tuple[PlanRow, ...]


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid since the plan began and not reversed, in satang.

    ``costs_added`` is what collecting the debt cost, which the borrower owes.
    """

    on: date
    principal: Satang = ZERO
    interest: Satang = ZERO
    default_interest: Satang = ZERO
    fee: Satang = ZERO
    costs: Satang = ZERO
    costs_added: Satang = ZERO


@dataclass(frozen=True, slots=True)
class DueRow:
    """A row of the plan with what is still to be paid of it on the day, in satang.

    ``sum`` is how its interest was worked out, such as ``10,000 × 6 % × 31/365 = 50.96``.
    """

    n: int
    due_on: date
    principal: Satang
    interest: Satang
    fee: Satang
    days_overdue: int
    sum: str = ""

    @property
    def all(self) -> Satang:
        """All that is to be paid of it."""
        return Satang(self.principal + self.interest + self.fee)


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a loan on a day. All amounts in satang.

    Attributes:
        on: The day.
        counting: How interest is counted.
        outstanding: The principal still owed; equal to the loan's ledger account.
        costs: Collection costs owed.
        default_interest: Default interest owed up to the day.
        overdue: Rows due before the day with something still unpaid, the oldest first; carried
            interest stands in the first of them (n = 0).
        current: The row of the running period, due on the day or after it, with what is still
            unpaid of it: by the month its whole interest, by the day what has accrued. None when
            it is paid, or when no row is left.
        accrued_interest: Contract interest of the running period up to the day and not yet paid.
        settlement: What pays the loan off on the day: principal, all interest, fees and costs.
        default_sums: How default interest was worked out, a sum for each instalment.
        accrued_sum: How the accrued interest was worked out.
    """

    on: date
    counting: Counting
    outstanding: Satang
    costs: Satang
    default_interest: Satang
    overdue: tuple[DueRow, ...]
    current: DueRow | None
    accrued_interest: Satang
    settlement: Satang
    default_sums: tuple[str, ...] = ()
    accrued_sum: str = ""

    @property
    def overdue_principal(self) -> Satang:
        """Principal that is overdue."""
        return total(row.principal for row in self.overdue)

    @property
    def overdue_interest(self) -> Satang:
        """Contract interest that is overdue."""
        return total(row.interest for row in self.overdue)

    @property
    def overdue_fee(self) -> Satang:
        """Fees that are overdue."""
        return total(row.fee for row in self.overdue)

    @property
    def days_overdue(self) -> int:
        """Days since the oldest unpaid instalment fell due; 0 when none is overdue."""
        return max((row.days_overdue for row in self.overdue), default=0)

    @property
    def overdue_in_all(self) -> Satang:
        """Everything that should have been paid before the day, with default interest and costs."""
        rows = total(row.all for row in self.overdue)
        return Satang(rows + self.default_interest + self.costs)

    @property
    def due_now(self) -> Satang:
        """What is asked for today: everything overdue, and the row that falls due on this day."""
        falls_due = self.current is not None and self.current.due_on == self.on
        return Satang(self.overdue_in_all + (self.current.all if self.current and falls_due else 0))

    @property
    def due_this_period(self) -> Satang:
        """What is asked for up to the next due day: everything overdue, and the running row.

        It is never more than pays the loan off.
        """
        running = self.current.all if self.current else 0
        return Satang(min(self.overdue_in_all + running, self.settlement))

    @property
    def sentences(self) -> tuple[str, ...]:
        """Explain each figure in Thai, in the order in which it is asked for."""
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        if self.costs:
            yield f"ค่าติดตามหนี้ {short_baht(self.costs)} บาท"
        yield from self.default_sums
        for row in self.overdue:
            yield f"{_which(row)} ค้าง{_owed(row)} บาท {_how_long(row)}".strip()
        if self.current is not None:
            row = self.current
            yield f"งวดที่ {row.n} ครบกำหนด {format_date(row.due_on)} {_owed(row)} บาท"
        if self.accrued_sum:
            yield f"ดอกเบี้ยถึงวันนี้ {self.accrued_sum}"
        yield f"เงินต้นคงเหลือ {short_baht(self.outstanding)} บาท"


def _which(row: DueRow) -> str:
    return "ยอดค้างยกมา" if row.n == 0 else f"งวดที่ {row.n} ({format_date(row.due_on)})"


def _how_long(row: DueRow) -> str:
    return f"เลยกำหนด {row.days_overdue} วัน" if row.days_overdue else ""


def _owed(row: DueRow) -> str:
    parts = (("เงินต้น", row.principal), ("ดอกเบี้ย", row.interest), ("ค่าธรรมเนียม", row.fee))
    return " ".join(f"{word} {short_baht(amount)}" for word, amount in parts if amount)


def standing(
    plan: PlanView,
    paid: Sequence[Paid],
    *,
    on: date,
    default_rates: Sequence[tuple[date, int]],
    free_days: int = 0,
) -> Standing:
    """Work out how it stands with a loan on a day.

    Principal paid fills the rows' principal in order of their due days, interest paid their
    interest, whatever order the payments came in; so a payment that is reversed leaves the rest
    right.

    Args:
        plan: The plan that holds.
        paid: Payments towards it that stand, in any order; those after ``on`` are left out.
        on: The day.
        default_rates: Yearly default rates in millionths by the day from which each holds.
        free_days: Days for which no default interest is asked; after them it counts from the
            first day.

    Source:
        Civil and Commercial Code, sections 224/1 (default interest on the principal part of the
        overdue instalment only) and 655 (no interest on interest).
    """
    made = sorted((one for one in paid if one.on <= on), key=lambda one: one.on)
    history = _History(plan, made, on)
    paid_interest = total(one.interest for one in made)
    paid_fee = total(one.fee for one in made)
    rows, current, unpaid_fee = _unpaid_rows(history, paid_interest, paid_fee)
    default, default_sums = _default_owed(history, default_rates, free_days)
    default = max(0, plan.carried_default + default - total(one.default_interest for one in made))
    costs = plan.carried_costs + total(one.costs_added for one in made)
    costs = max(0, costs - total(one.costs for one in made))
    accrued, accrued_sum = history.accrued(paid_interest)
    fee_today = current.fee if current is not None and current.due_on == on else 0
    settlement = (
        history.outstanding
        + total(row.interest for row in rows)
        + unpaid_fee
        + fee_today
        + accrued
        + default
        + costs
    )
    return Standing(
        on=on,
        counting=plan.counting,
        outstanding=history.outstanding,
        costs=Satang(costs),
        default_interest=Satang(default),
        overdue=rows,
        current=current,
        accrued_interest=accrued,
        settlement=Satang(settlement),
        default_sums=default_sums if default else (),
        accrued_sum=accrued_sum if accrued else "",
    )


class _History:
    """A plan and the payments towards it, up to a day."""

    def __init__(self, plan: PlanView, made: Sequence[Paid], on: date) -> None:
        self.plan, self.on = plan, on
        self.days = [one.on for one in made]
        self._paid = [0, *accumulate(one.principal for one in made)]
        self._due_days = [row.due_on for row in plan.rows]
        self.due = [0, *accumulate(row.principal for row in plan.rows)]
        #: Rows due before the day are past; the next one is of the running period.
        self.past = next((i for i, row in enumerate(plan.rows) if row.due_on >= on), len(plan.rows))

    @property
    def outstanding(self) -> Satang:
        """The principal still owed on the day, in satang."""
        return Satang(self.plan.principal - self._paid[-1])

    @cached_property
    def paid_off_on(self) -> date | None:
        """The day on which the last of the principal was paid, or None."""
        if self.outstanding or not self.plan.principal:
            return None
        whole = next(i for i, paid in enumerate(self._paid) if paid == self._paid[-1])
        return self.days[whole - 1]

    def paid_by(self, day: date) -> int:
        """Give the principal paid up to a day, that day included."""
        return self._paid[bisect_right(self.days, day)]

    def payments_after(self, day: date) -> Iterator[tuple[date, int]]:
        """Give the days of payments after a day, with the principal paid up to each."""
        for place in range(bisect_right(self.days, day), len(self.days)):
            yield self.days[place], self._paid[place + 1]

    def bearing(self, day: date) -> int:
        """Give the principal that bears contract interest from a day on: what is not yet due."""
        fallen_due = self.due[bisect_right(self._due_days, day)]
        return self.plan.principal - max(self.paid_by(day), fallen_due)

    @cached_property
    def charges(self) -> list[Satang]:
        """The interest of each past row, in satang."""
        if self.plan.counting is Counting.MONTH and self.paid_off_on is None:
            return [row.interest for row in self.plan.rows[: self.past]]
        return [self.charge(place)[0] for place in range(self.past)]

    def charge(self, place: int) -> tuple[Satang, str]:
        """Give the interest of a past row, in satang, and its sum."""
        row = self.plan.rows[place]
        since = self.plan.rows[place - 1].due_on if place else self.plan.starts_on
        off = self.paid_off_on
        if off is not None and off < row.due_on:
            return (ZERO, "") if off <= since else self._broken(place, until=off)
        if self.plan.counting is Counting.MONTH:
            return row.interest, self._monthly_sum(place)
        return self.by_the_day(since, row.due_on, is_first=place == 0)

    def running(self) -> tuple[Satang, str]:
        """Give the interest that the running row asks for on the day, and its sum."""
        if self.plan.counting is Counting.MONTH:
            return self.plan.rows[self.past].interest, self._monthly_sum(self.past)
        return self._broken(self.past, until=self.on)

    def accrued(self, paid_interest: Satang) -> tuple[Satang, str]:
        """Give the running period's interest up to the day that is not yet paid, and its sum."""
        if self.past >= len(self.plan.rows) or self.paid_off_on is not None:
            return ZERO, ""
        earlier = sum(self.charges)
        paid_of_it = max(0, paid_interest - self.plan.carried_interest - earlier)
        accrued, how = self._broken(self.past, until=self.on)
        return Satang(max(0, accrued - paid_of_it)), how

    def _broken(self, place: int, *, until: date) -> tuple[Satang, str]:
        """Give the interest of a row's period up to a day within it."""
        row = self.plan.rows[place]
        since = self.plan.rows[place - 1].due_on if place else self.plan.starts_on
        if self.plan.counting is not Counting.MONTH:
            return self.by_the_day(since, until, is_first=place == 0)
        days, gone = (row.due_on - since).days, max(0, (until - since).days)
        interest = half_up(row.interest * gone, days) if days else row.interest
        if not interest:
            return ZERO, ""
        return interest, (
            f"ดอกเบี้ยงวด {short_baht(row.interest)} × {gone}/{days} วัน = {short_baht(interest)}"
        )

    def _monthly_sum(self, place: int) -> str:
        row = self.plan.rows[place]
        owed = Satang(self.plan.principal - self.due[place])
        rate = _rate_on(self.plan.rates, row.due_on)
        if row.interest and row.interest == interest_for_month(owed=owed, annual_rate_ppm=rate):
            return f"{short_baht(owed)} × {percent(rate)} % ÷ 12 = {short_baht(row.interest)}"
        return f"ตามตารางผ่อน {short_baht(row.interest)}" if row.interest else ""

    def by_the_day(self, since: date, until: date, *, is_first: bool) -> tuple[Satang, str]:
        """Give contract interest for the days from one day to another, and its sum."""
        if until < since:
            return ZERO, ""
        turns = {since, until}
        turns |= {day for day in self.days if since < day < until}
        turns |= {day for day, _rate in self.plan.rates if since < day < until}
        if self.plan.counting is Counting.DAYS_ACTUAL:
            turns |= {
                date(year, 1, 1)
                for year in range(since.year + 1, until.year + 1)
                if date(year, 1, 1) < until
            }
        parts = [
            (self.bearing(day), _rate_on(self.plan.rates, day), (after - day).days, day)
            for day, after in pairwise(sorted(turns))
        ]
        if is_first and self.plan.counts_first_day:
            # The day of the payout itself bears interest too, once.
            rate = _rate_on(self.plan.rates, since)
            parts = [(self.plan.principal, rate, 1, since), *parts]
        return _worked_out(parts, self.plan.counting)


def _worked_out(
    parts: Sequence[tuple[int, int, int, date]], counting: Counting
) -> tuple[Satang, str]:
    """Add up interest exactly, round once, and write the sum."""
    joined: list[tuple[int, int, int, int]] = []
    for owed, rate, days, day in parts:
        year = _days_in_year(day, counting)
        if joined and joined[-1][:2] == (owed, rate) and joined[-1][3] == year:
            joined[-1] = (owed, rate, joined[-1][2] + days, year)
        elif owed and rate and days:
            joined.append((owed, rate, days, year))
    if not joined:
        return ZERO, ""
    whole = PPM * DAYS_IN_A_YEAR * DAYS_IN_A_LEAP_YEAR
    exact = sum(owed * rate * days * (whole // (PPM * year)) for owed, rate, days, year in joined)
    interest = half_up(exact, whole)
    sums = " + ".join(
        f"{short_baht(Satang(owed))} × {percent(rate)} % × {days}/{year}"
        for owed, rate, days, year in joined
    )
    return interest, f"{sums} = {short_baht(interest)}"


def _days_in_year(day: date, counting: Counting) -> int:
    if counting is not Counting.DAYS_ACTUAL:
        return DAYS_IN_A_YEAR
    return (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days


def _rate_on(rates: Sequence[tuple[date, int]], day: date) -> int:
    """Give the rate that holds on a day; before the first there is none."""
    return next((rate for since, rate in reversed(rates) if since <= day), 0)


def _unpaid_rows(
    history: _History, paid_interest: Satang, paid_fee: Satang
) -> tuple[tuple[DueRow, ...], DueRow | None, Satang]:
    """Give the overdue rows, the running one, and the overdue fees, all as far as unpaid."""
    plan, on = history.plan, history.on
    left = {"principal": history.paid_by(on), "interest": paid_interest, "fee": paid_fee}

    def take(what: str, amount: int) -> Satang:
        covered = min(amount, left[what])
        left[what] -= covered
        return Satang(amount - covered)

    overdue = []
    carried = take("interest", plan.carried_interest)
    if carried:
        late = (on - plan.starts_on).days
        overdue.append(DueRow(0, plan.starts_on, ZERO, carried, ZERO, late))
    fees = history.paid_off_on is None
    for place, row in enumerate(plan.rows[: history.past]):
        principal = take("principal", row.principal)
        interest = take("interest", history.charges[place])
        fee = take("fee", row.fee) if row.fee and fees else ZERO
        if principal or interest or fee:
            # The sum is written for what is owed only: most rows are paid.
            how = history.charge(place)[1] if interest else ""
            late = (on - row.due_on).days
            overdue.append(DueRow(row.n, row.due_on, principal, interest, fee, late, how))
    unpaid_fee = total(row.fee for row in overdue)
    if history.past >= len(plan.rows) or history.paid_off_on is not None:
        return tuple(overdue), None, unpaid_fee
    row = plan.rows[history.past]
    interest, how = history.running()
    current = DueRow(
        row.n,
        row.due_on,
        take("principal", row.principal),
        take("interest", interest),
        take("fee", row.fee),
        0,
        how,
    )
    return tuple(overdue), current if current.all else None, unpaid_fee


def _default_owed(
    history: _History, rates: Sequence[tuple[date, int]], free_days: int
) -> tuple[int, tuple[str, ...]]:
    """Give all default interest up to the day, paid or not, in satang, and the sums behind it."""
    owed, sums = 0, []
    for place, row in enumerate(history.plan.rows[: history.past]):
        before, full = history.due[place], history.due[place + 1]
        parts = []
        since, paid = row.due_on, history.paid_by(row.due_on)
        for day, paid_after in history.payments_after(row.due_on):
            if paid >= full:
                break
            parts.append((full - max(before, paid), since, day))
            since, paid = day, paid_after
        if paid < full:
            parts.append((full - max(before, paid), since, history.on))
        until = parts[-1][2] if parts else row.due_on
        if not parts or until <= row.due_on + timedelta(days=free_days):
            continue
        interest, how = _worked_out(list(_at_rates(parts, rates)), Counting.DAYS_365)
        if interest:
            owed += interest
            sums.append(f"ดอกเบี้ยผิดนัดงวดที่ {row.n} เงินต้นค้าง {how}")
    return owed, tuple(sums)


def _at_rates(
    parts: Sequence[tuple[int, date, date]], rates: Sequence[tuple[date, int]]
) -> Iterator[tuple[int, int, int, date]]:
    """Cut stretches of days where the rate changes."""
    for owed, since, until in parts:
        turns = {since, until, *(day for day, _rate in rates if since < day < until)}
        for day, after in pairwise(sorted(turns)):
            yield owed, _rate_on(rates, day), (after - day).days, day
