"""On which days instalments fall due, and what is asked for on each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from loans.schedule.terms import Every, Grace, Method, Terms

MONTHS_IN_A_YEAR = 12
A_WEEK = timedelta(weeks=1)
#: The last days of the months of a common year; February knows better.
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FEBRUARY = 2


@dataclass(frozen=True, slots=True)
class Slot:
    """A day on which something falls due.

    Attributes:
        due_on: The day.
        since: The due day before it, or the payout: its own period begins here.
        starts_on: The day from which interest is asked; earlier than ``since`` when nothing
            fell due in between.
        asks_principal: Whether principal falls due too, or only interest.
    """

    due_on: date
    since: date
    starts_on: date
    asks_principal: bool


def add_months(day: date, months: int, *, day_of_month: int) -> date:
    """Give the same day of another month, or its last day where the month is shorter."""
    year, month = divmod(day.year * MONTHS_IN_A_YEAR + day.month - 1 + months, MONTHS_IN_A_YEAR)
    month += 1
    length = LENGTHS[month - 1]
    if month == FEBRUARY and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        length += 1
    return date(year, month, min(day_of_month, length))


def whole_months(since: date, until: date, *, day_of_month: int) -> int | None:
    """Tell how many whole months lie between two days; None when some days are left over.

    31 January to 28 February is a month, and so is 28 February to 31 March for a loan whose
    instalments fall on the 31st.

    Args:
        since: The first day.
        until: The last day, on which an instalment falls due.
        day_of_month: The day of the month on which instalments fall.
    """
    months = (until.year - since.year) * MONTHS_IN_A_YEAR + until.month - since.month
    if months < 1:
        return None
    ends_there = until == add_months(since, months, day_of_month=since.day)
    # Chosen days may end anywhere: by instalments of the first, 1 March to 30 April is no month.
    is_regular = until == add_months(until, 0, day_of_month=day_of_month)
    starts_there = since == add_months(until, -months, day_of_month=day_of_month)
    return months if ends_there or (is_regular and starts_there) else None


def day_of_month(terms: Terms) -> int:
    """Give the day of the month on which instalments fall, where months are shorter its last."""
    return terms.due_day_of_month or terms.first_due_on.day


def is_chosen(terms: Terms) -> bool:
    """Tell whether the due days are a list rather than a rule."""
    return terms.every is Every.CHOSEN or terms.method is Method.SEASONAL


def slots(terms: Terms) -> Iterator[Slot]:
    """Give the days on which something falls due, in order; without end unless they are chosen.

    The days of the grace are the first ones, and part of the term. A day inside a holiday is
    besides: nothing falls due on it, or only interest.
    """
    since = starts_on = terms.disbursed_on
    for index, day in enumerate(_days(terms)):
        waived = _waived(terms, index, day)
        if waived is not Grace.ALL:
            yield Slot(day, since, starts_on, waived is Grace.NONE)
            starts_on = day
        since = day


def _days(terms: Terms) -> Iterator[date]:
    if is_chosen(terms):
        yield from terms.due_days
    elif terms.every is Every.WEEK:
        for week in count():
            yield terms.first_due_on + week * A_WEEK
    else:
        yield terms.first_due_on
        for month in count(1):
            yield add_months(terms.first_due_on, month, day_of_month=day_of_month(terms))


def _waived(terms: Terms, index: int, day: date) -> Grace:
    """Tell what is not asked for on a day: of several reasons the one that waives most."""
    waivers = {h.waives for h in terms.holidays if h.since <= day <= h.until}
    if index < terms.grace_instalments:
        waivers.add(terms.grace)
    return next((w for w in (Grace.ALL, Grace.PRINCIPAL) if w in waivers), Grace.NONE)
