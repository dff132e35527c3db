"""What share of an amount is its interest over some days, exactly, before anything is rounded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from loans.interest import (
    DAYS_IN_A_YEAR,
    MONTHS_IN_A_YEAR,
    ONE_DAY,
    PPM,
    days_at_each_rate,
    days_in_each_year,
)
from loans.schedule.days import day_of_month, whole_months
from loans.schedule.terms import Counting, Every, Terms


@dataclass(frozen=True, slots=True)
class Measure:
    """In what days and rates are measured; ours, unless another program is compared with.

    Attributes:
        days_in_year: By what days are divided, where not each year by its own.
        rate_parts: What part of a whole the rates are given in.
    """

    days_in_year: int = DAYS_IN_A_YEAR
    rate_parts: int = PPM


OURS = Measure()


def years(terms: Terms, *, since: date, until: date, measure: Measure = OURS) -> Fraction:
    """Give the length of a period in years, as its interest is counted.

    By the month it is so many twelfths where only whole months lie between the days; any other
    period is counted by the day, over 365, or each day over the length of its own year.

    Args:
        terms: How interest is counted.
        since: The day before the first that bears interest.
        until: The last day that bears interest.
        measure: By what the days are divided.
    """
    months = _months(terms, since, until)
    if months is not None:
        return Fraction(months, MONTHS_IN_A_YEAR)
    return _years_by_days(terms, since, until, measure)


def _years_by_days(terms: Terms, since: date, until: date, measure: Measure) -> Fraction:
    if terms.counting is Counting.DAYS_ACTUAL:
        return sum(
            (Fraction(days, year) for year, days in days_in_each_year(since=since, until=until)),
            Fraction(0),
        )
    return Fraction((until - since).days, measure.days_in_year)


def is_by_days(terms: Terms, *, since: date, until: date) -> bool:
    """Tell whether the interest of a period is counted by the day."""
    return _months(terms, since, until) is None


def _months(terms: Terms, since: date, until: date) -> int | None:
    if terms.counting is not Counting.MONTH or terms.every is Every.WEEK:
        return None
    return whole_months(since, until, day_of_month=day_of_month(terms))


def share(
    terms: Terms,
    rates: Sequence[tuple[date, int]],
    *,
    since: date,
    until: date,
    is_payout: bool = False,
    measure: Measure = OURS,
) -> Fraction:
    """Give the interest on one satang from one day to another.

    Args:
        terms: How interest is counted.
        rates: Yearly rates, in parts as measured, by the day from which each holds.
        since: The day on which the money began to be owed; the first that counts is the next.
        until: The last day that counts.
        is_payout: Whether the money was paid out on ``since``: some by-laws count that day too.
        measure: By what the days are divided.
    """
    months = _months(terms, since, until)
    if months is not None:
        spans = days_at_each_rate(rates, since=since, until=until)
        weighted = sum(rate * days for rate, days in spans)
        return Fraction(
            months * weighted, MONTHS_IN_A_YEAR * measure.rate_parts * (until - since).days
        )
    if is_payout and terms.counts_first_day:
        since -= ONE_DAY
    owed = Fraction(0)
    for rate, days in days_at_each_rate(rates, since=since, until=until):
        last = since + days * ONE_DAY
        owed += _years_by_days(terms, since, last, measure) * Fraction(rate, measure.rate_parts)
        since = last
    return owed
