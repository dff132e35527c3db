"""Months: which days may be posted, and how months follow one another."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.period import (
    EARLIEST,
    FutureDate,
    PeriodClosed,
    TooLongAgo,
    budget_year,
    check_date,
    month_of,
    months_between,
    next_month,
)

days = st.dates(EARLIEST, date(2200, 12, 31))
TODAY = date(2023, 4, 6)


@given(days)
def test_a_month_is_its_first_day_and_ends_where_the_next_begins(day: date) -> None:
    assert month_of(day) == date(day.year, day.month, 1)
    assert month_of(next_month(day) - timedelta(days=1)) == month_of(day)
    assert next_month(day).day == 1


@given(days, days)
def test_months_between_are_all_of_them_in_order(first: date, last: date) -> None:
    months = list(months_between(first, last))

    between = (last.year - first.year) * 12 + last.month - first.month + 1
    assert len(months) == max(between, 0)
    assert months == sorted(set(months))
    assert not months or (months[0], months[-1]) == (month_of(first), month_of(last))


@pytest.mark.parametrize(
    ("day", "closed_until"),
    [
        (TODAY, None),
        (EARLIEST, None),
        (date(2023, 4, 1), date(2023, 3, 1)),
        (date(2024, 2, 29) - timedelta(days=366), None),
    ],
)
def test_an_open_day_may_be_posted(day: date, closed_until: date | None) -> None:
    check_date(entered_on=day, today=TODAY, closed_until=closed_until)

    assert day <= TODAY


def test_tomorrow_may_not_be_posted() -> None:
    with pytest.raises(FutureDate):
        check_date(entered_on=TODAY + timedelta(days=1), today=TODAY, closed_until=None)


def test_a_day_before_any_book_may_not_be_posted() -> None:
    with pytest.raises(TooLongAgo):
        check_date(entered_on=EARLIEST - timedelta(days=1), today=TODAY, closed_until=None)


@pytest.mark.parametrize("day", [date(2023, 3, 31), date(2023, 3, 1), date(2022, 5, 5)])
def test_a_closed_month_and_every_one_before_it_take_nothing(day: date) -> None:
    with pytest.raises(PeriodClosed):
        check_date(entered_on=day, today=TODAY, closed_until=date(2023, 3, 1))


def test_the_budget_year_begins_in_october() -> None:
    assert budget_year(date(2023, 9, 30)) == 2566
    assert budget_year(date(2023, 10, 1)) == 2567
