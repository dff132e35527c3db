"""Interest by the day and by the month, and default interest."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from ledger.money import Satang

PPM = 1_000_000
DAYS_IN_A_YEAR = 365
MONTHS_IN_A_YEAR = 12
ONE_DAY = timedelta(days=1)


def interest_for_days(
    *, owed: Satang, annual_rate_ppm: int, days: int, days_in_year: int = DAYS_IN_A_YEAR
) -> Satang:
    """Give simple interest for a number of days, half a satang rounded up.

    >>> interest_for_days(owed=Satang(10_000_00), annual_rate_ppm=60_000, days=31)
    5096
    """
    return half_up(owed * annual_rate_ppm * days, PPM * days_in_year)


def interest_for_month(*, owed: Satang, annual_rate_ppm: int) -> Satang:
    """Give a twelfth of the yearly interest, half a satang rounded up."""
    return half_up(owed * annual_rate_ppm, PPM * MONTHS_IN_A_YEAR)


def half_up(numerator: int, denominator: int) -> Satang:
    """Divide and round to the nearest whole satang, halves up; nothing here is negative."""
    assert numerator >= 0 < denominator, (numerator, denominator)
    return Satang((2 * numerator + denominator) // (2 * denominator))


def days_at_each_rate(
    rates: Sequence[tuple[date, int]], *, since: date, until: date
) -> list[tuple[int, int]]:
    """Count the days from the one after ``since`` up to ``until`` at each yearly rate.

    A rate that holds from a day on holds for that day too. Days before the earliest rate bear
    nothing.

    Args:
        rates: Yearly rates in millionths by the day from which each holds, the earliest first.
        since: The day before the first that counts.
        until: The last day that counts.

    Returns:
        Pairs of a rate and its days, in order; no pair without days.
    """
    ends = [*(change - ONE_DAY for change, _rate in rates[1:]), until]
    found = []
    for (change, rate), end in zip(rates, ends, strict=False):
        days = (min(until, end) - max(since + ONE_DAY, change)).days + 1
        if days > 0:
            found.append((rate, days))
    return found


def days_in_each_year(*, since: date, until: date) -> list[tuple[int, int]]:
    """Count the days from the one after ``since`` up to ``until`` in each calendar year.

    Returns:
        Pairs of the length of the year, 365 or 366, and the days in it, in order.
    """
    if until <= since:
        return []
    first = since + ONE_DAY
    edges = [since, *(date(year, 12, 31) for year in range(first.year, until.year)), until]
    return [
        ((date(last.year, 12, 31) - date(last.year, 1, 1)).days + 1, (last - before).days)
        for before, last in pairwise(edges)
    ]


def default_interest(
    *, overdue: Satang, rates: Sequence[tuple[date, int]], since: date, until: date
) -> Satang:
    """Give default interest on the principal part of an overdue instalment, rounded once.

    Args:
        overdue: The overdue principal, in satang.
        rates: Yearly rates in millionths by the day from which each holds, the earliest first.
        since: The day on which it was due.
        until: The day of payment; days are counted from the one after ``since``.

    Source:
        Civil and Commercial Code, section 224/1: on the principal part of the overdue instalment
        only. E7: 2,000 at 15 % for 45 days is 36.99.
    """
    spans = days_at_each_rate(rates, since=since, until=until)
    return half_up(overdue * sum(rate * days for rate, days in spans), PPM * DAYS_IN_A_YEAR)
