"""Months: which are closed, and which dates may still be posted."""

from collections.abc import Iterator
from datetime import date, timedelta

from ledger.errors import RuleBroken
from ledger.thai import format_date

DECEMBER = 12
FIRST_MONTH_OF_BUDGET_YEAR = 10
#: Nothing in a village book is older than the savings movement itself.
EARLIEST = date(1970, 1, 1)


class PeriodClosed(RuleBroken):
    """The entry is dated in a month that has been closed."""

    thai = "เดือนของวันที่ {entered_on} ปิดบัญชีแล้ว ลงรายการในเดือนที่ยังเปิดอยู่"


class FutureDate(RuleBroken):
    """The entry is dated later than today."""

    thai = "วันที่ {entered_on} ยังมาไม่ถึง ตรวจวันที่อีกครั้ง"


class TooLongAgo(RuleBroken):
    """The entry is dated before anybody kept such a book."""

    thai = "วันที่ {entered_on} นานเกินไป ตรวจปี พ.ศ. อีกครั้ง"


def month_of(day: date) -> date:
    """Give the month of a day, as its first day."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """Give the first day of the month after this one."""
    return month_of(month_of(month) + timedelta(days=31))


def months_between(first: date, last: date) -> Iterator[date]:
    """Walk over the months from the one of ``first`` to the one of ``last``, both included."""
    month = month_of(first)
    while month <= last:
        yield month
        month = next_month(month)


def check_date(*, entered_on: date, today: date, closed_until: date | None) -> None:
    """Refuse a business day that may not be posted.

    Args:
        entered_on: The business day of the entry.
        today: The day on which it is written, in Bangkok.
        closed_until: The last closed month, as its first day; None when none is closed.

    Raises:
        FutureDate: It has not come yet.
        TooLongAgo: It is before 1970.
        PeriodClosed: Its month, or a later one, is closed.
    """
    if entered_on > today:
        raise FutureDate(entered_on=format_date(entered_on))
    if entered_on < EARLIEST:
        raise TooLongAgo(entered_on=format_date(entered_on))
    if closed_until is not None and month_of(entered_on) <= closed_until:
        raise PeriodClosed(entered_on=format_date(entered_on))


def budget_year(day: date) -> int:
    """Give the Thai government's budget year, in the Buddhist era, that a day falls into.

    Source:
        The budget year runs from 1 October to 30 September and is named by the year it ends in.
    """
    return day.year + 543 + (day.month >= FIRST_MONTH_OF_BUDGET_YEAR)
