"""Interest by the day and the month, and default interest, with the sums shown."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ledger.money import Satang
from loans.interest import (
    days_in_each_year,
    default_interest,
    half_up,
    interest_for_days,
    interest_for_month,
)

ALWAYS_15 = [(date(1925, 1, 1), 150_000)]


def test_interest_by_the_day_is_over_365() -> None:
    # 20,000 × 6 % × 31/365 = 101.917808; over 366 it would be 101.64
    owed = Satang(20_000_00)

    assert interest_for_days(owed=owed, annual_rate_ppm=60_000, days=31) == 101_92
    assert interest_for_days(owed=owed, annual_rate_ppm=60_000, days=31, days_in_year=366) == 101_64


def test_a_month_is_a_twelfth() -> None:
    assert interest_for_month(owed=Satang(300_000_00), annual_rate_ppm=60_000) == 1_500_00


def test_half_a_satang_is_rounded_up() -> None:
    assert [half_up(n, 2) for n in (0, 1, 2, 3)] == [0, 1, 1, 2]


def test_default_interest_is_on_overdue_principal_for_the_days_since_it_was_due() -> None:
    # 2,000 × 15 % × 45/365 = 36.986
    owed = default_interest(
        overdue=Satang(2_000_00), rates=ALWAYS_15, since=date(2026, 1, 31), until=date(2026, 3, 17)
    )

    assert owed == 36_99


def test_a_default_rate_that_changes_counts_each_day_at_its_own_and_rounds_once() -> None:
    rates = [(date(2020, 1, 1), 150_000), (date(2026, 3, 1), 50_000)]

    owed = default_interest(
        overdue=Satang(2_000_00), rates=rates, since=date(2026, 1, 31), until=date(2026, 3, 17)
    )

    # 28 days of February at 15 %, 17 of March at 5 %: 2,000 × (28 × 15 + 17 × 5) / 36,500
    assert owed == 27_67


def test_on_the_due_day_and_before_a_rate_there_is_no_default_interest() -> None:
    due = date(2026, 1, 31)

    assert default_interest(overdue=Satang(1_00), rates=ALWAYS_15, since=due, until=due) == 0
    assert (
        default_interest(
            overdue=Satang(2_000_00),
            rates=[(date(2026, 3, 1), 150_000)],
            since=due,
            until=date(2026, 2, 28),
        )
        == 0
    )
    assert default_interest(overdue=Satang(1_00), rates=[], since=due, until=due) == 0


@given(
    first=st.integers(min_value=0, max_value=500), second=st.integers(min_value=0, max_value=500)
)
def test_default_interest_of_two_stretches_is_that_of_the_whole_but_for_rounding(
    first: int, second: int
) -> None:
    since = date(2026, 1, 31)
    middle = date.fromordinal(since.toordinal() + first)
    until = date.fromordinal(middle.toordinal() + second)
    rates = [(date(2020, 1, 1), 150_000), (date(2026, 6, 1), 70_000)]

    def owed(begin: date, end: date) -> int:
        return default_interest(overdue=Satang(7_777_77), rates=rates, since=begin, until=end)

    assert abs(owed(since, until) - owed(since, middle) - owed(middle, until)) <= 1


def test_days_over_new_year_belong_to_their_own_years() -> None:
    parts = days_in_each_year(since=date(2027, 12, 27), until=date(2028, 1, 5))

    assert parts == [(365, 4), (366, 5)]
    assert days_in_each_year(since=date(2028, 1, 5), until=date(2028, 1, 5)) == []
    assert days_in_each_year(since=date(2027, 12, 31), until=date(2030, 1, 1)) == [
        (366, 366),
        (365, 365),
        (365, 1),
    ]
