"""Instalments by every method, to the satang, against published figures and sums by hand."""

from datetime import date
from itertools import pairwise

import pytest

from ledger.money import Satang
from loans.schedule import (
    Counting,
    Every,
    Grace,
    Holiday,
    Measure,
    Method,
    Payout,
    RateChange,
    RateEffect,
    RoundingHow,
    Schedule,
    Terms,
    make_foreign_schedule,
    make_schedule,
)
from loans.schedule.days import whole_months
from tests.loans.terms import house

#: Principal in baht, rate in millionths, months, then in satang: instalment, last instalment, sum
#: of interest. The first four instalments are published by CODI; the rest was computed apart.
VECTORS = [
    (300_000, 40_000, 180, 2_219_00, 2_234_79, 99_435_79),
    (300_000, 60_000, 180, 2_532_00, 2_407_12, 155_635_12),
    (230_000, 60_000, 180, 1_941_00, 1_903_46, 119_342_46),
    (360_000, 50_000, 240, 2_376_00, 2_310_48, 210_174_48),
    (360_000, 40_000, 240, 2_182_00, 2_009_34, 163_507_34),
    (360_000, 60_000, 240, 2_579_00, 2_649_27, 259_030_27),
    (360_000, 35_000, 240, 2_088_00, 2_037_78, 141_069_78),
    (360_000, 55_000, 240, 2_476_00, 2_647_84, 234_411_84),
]
#: The same to the hundredth of a satang: what the instalment is before it is rounded.
EXACT = [2219_0638, 2531_5705, 1940_8707, 2375_8407, 2181_5292, 2579_1518, 2087_8550, 2476_3943]


def parts(schedule: Schedule) -> list[tuple[int, int]]:
    """Give principal and interest of each row, in satang."""
    return [(row.principal, row.interest) for row in schedule.rows]


def dues(schedule: Schedule) -> list[str]:
    """Give the due days."""
    return [row.due_on.isoformat() for row in schedule.rows]


@pytest.mark.parametrize(("baht", "rate", "months", "each", "last", "interest"), VECTORS)
def test_published_instalments_come_out_to_the_satang(
    baht: int, rate: int, months: int, each: int, last: int, interest: int
) -> None:
    schedule = make_schedule(
        house(principal=Satang(baht * 100), annual_rate_ppm=rate, instalments=months)
    )

    assert {row.payment for row in schedule.rows[:-1]} == {each}
    assert schedule.rows[-1].payment == last
    assert schedule.interest == interest
    assert len(schedule.rows) == months


@pytest.mark.parametrize(("vector", "exact"), list(zip(VECTORS, EXACT, strict=True)))
def test_the_instalment_before_rounding_is_the_annuity(vector: tuple[int, ...], exact: int) -> None:
    baht, rate, months = vector[:3]

    # The smallest unit is taken a hundred times smaller than a satang.
    schedule = make_schedule(
        house(
            principal=Satang(baht * 10_000),
            annual_rate_ppm=rate,
            instalments=months,
            rounding_multiple=Satang(1),
        )
    )

    assert schedule.rows[0].payment == exact


def test_what_members_owe_runs_ahead_of_what_the_group_owes() -> None:
    of_member = make_schedule(house())
    of_group = make_schedule(house(annual_rate_ppm=40_000))

    gaps = {
        month: of_member.rows[month - 1].balance - of_group.rows[month - 1].balance
        for month in (12, 60, 84, 96, 120, 150)
    }

    assert gaps == {
        12: 2_168_85,
        60: 8_815_73,
        84: 10_538_96,
        96: 10_888_58,
        120: 10_373_97,
        150: 7_003_19,
    }


def test_equal_principal_is_rounded_up_as_a_real_group_does() -> None:
    schedule = make_schedule(
        house(
            principal=Satang(20_000_00),
            annual_rate_ppm=120_000,
            instalments=10,
            method=Method.EQUAL_PRINCIPAL,
            rounding_how=RoundingHow.UP,
        )
    )

    # 2,000 + 200; 2,000 + 180; …; 2,000 + 20
    assert parts(schedule) == [(2_000_00, 200_00 - 20_00 * month) for month in range(10)]


def test_a_last_instalment_takes_what_rounding_left() -> None:
    def principals(how: RoundingHow) -> list[int]:
        terms = house(
            principal=Satang(100_00),
            annual_rate_ppm=0,
            instalments=7,
            method=Method.EQUAL_PRINCIPAL,
            rounding_how=how,
        )
        return [row.principal for row in make_schedule(terms).rows]

    # 100 : 7 is 14.29
    assert principals(RoundingHow.UP) == [15_00] * 6 + [10_00]
    assert principals(RoundingHow.DOWN) == [14_00] * 6 + [16_00]
    assert principals(RoundingHow.HALF_UP) == [14_00] * 6 + [16_00]


def test_rounding_up_far_enough_ends_a_loan_earlier() -> None:
    schedule = make_schedule(
        house(
            principal=Satang(1_000_00),
            annual_rate_ppm=0,
            instalments=12,
            rounding_multiple=Satang(500_00),
            rounding_how=RoundingHow.UP,
        )
    )

    assert [row.payment for row in schedule.rows] == [500_00, 500_00]


def test_a_flat_loan_bears_interest_on_what_was_first_lent() -> None:
    schedule = make_schedule(
        house(
            principal=Satang(20_000_00),
            annual_rate_ppm=120_000,
            instalments=10,
            method=Method.FLAT,
        )
    )

    assert parts(schedule) == [(2_000_00, 200_00)] * 10
    assert [row.payment for row in schedule.rows] == [2_200_00] * 10


def test_a_bullet_asks_for_interest_and_at_the_end_for_the_principal() -> None:
    terms = house(
        principal=Satang(20_000_00), annual_rate_ppm=120_000, instalments=3, method=Method.BULLET
    )

    assert parts(make_schedule(terms)) == [(0, 200_00), (0, 200_00), (20_000_00, 200_00)]


def test_a_bullet_of_one_instalment_asks_for_everything_at_the_end() -> None:
    terms = house(
        principal=Satang(20_000_00),
        annual_rate_ppm=120_000,
        instalments=1,
        method=Method.BULLET,
        first_due_on=date(2026, 6, 30),
    )

    # Six whole months: 20,000 × 12 % × 6/12
    assert parts(make_schedule(terms)) == [(20_000_00, 1_200_00)]


def test_a_season_is_paid_on_the_days_of_the_harvest() -> None:
    terms = house(
        principal=Satang(30_000_00),
        annual_rate_ppm=60_000,
        instalments=3,
        method=Method.SEASONAL,
        first_due_on=date(2026, 2, 15),
        due_days=(date(2026, 2, 15), date(2026, 12, 15), date(2027, 2, 15)),
        counting=Counting.DAYS_365,
    )

    schedule = make_schedule(terms)

    # 46 days on 30,000: 226.85; 303 days on 20,000: 996.16; 62 days on 10,000: 101.92
    assert parts(schedule) == [(10_000_00, 226_85), (10_000_00, 996_16), (10_000_00, 101_92)]
    assert [row.days for row in schedule.rows] == [46, 303, 62]


def test_different_methods_give_different_tables() -> None:
    tables = set()
    for method in Method:
        days = (date(2026, 1, 31), date(2026, 6, 30), date(2026, 12, 31))
        terms = house(
            principal=Satang(30_000_00),
            instalments=3,
            method=method,
            due_days=days if method is Method.SEASONAL else (),
        )
        tables.add(tuple(parts(make_schedule(terms))))

    assert len(tables) == len(Method)


def test_the_31st_keeps_its_day_after_a_short_month() -> None:
    schedule = make_schedule(house(instalments=5))

    assert dues(schedule) == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
    assert [row.interest for row in make_schedule(house(instalments=5, method=Method.FLAT)).rows][
        :4
    ] == [1_500_00] * 4


def test_a_plan_that_begins_in_february_may_belong_to_the_31st() -> None:
    terms = house(
        instalments=3,
        first_due_on=date(2028, 2, 29),
        disbursed_on=date(2028, 1, 31),
        due_day_of_month=31,
    )

    assert dues(make_schedule(terms)) == ["2028-02-29", "2028-03-31", "2028-04-30"]


def test_a_payout_on_29_february_is_a_month_before_29_march() -> None:
    terms = house(instalments=2, disbursed_on=date(2028, 2, 29), first_due_on=date(2028, 3, 29))

    assert make_schedule(terms).rows[0].interest == 1_500_00


def test_a_broken_first_period_is_counted_by_the_day() -> None:
    schedule = make_schedule(house(disbursed_on=date(2026, 1, 11), instalments=12))

    # 300,000 × 6 % × 20/365 = 986.30; then whole months
    assert schedule.rows[0].interest == 986_30
    assert schedule.rows[0].days == 20
    assert schedule.rows[1].interest == (schedule.rows[0].balance * 6 + 600) // 1_200


def test_a_long_first_period_does_not_leave_its_interest_to_the_last_instalment() -> None:
    schedule = make_schedule(house(disbursed_on=date(2025, 12, 20)))

    # 42 days: 2,071.23, which the equal instalment of 2,536 covers, and the last one is usual.
    assert schedule.rows[0].interest == 2_071_23
    assert {row.payment for row in schedule.rows[:-1]} == {2_536_00}
    assert abs(schedule.rows[-1].payment - 2_536_00) < 180_00


@pytest.mark.parametrize(
    ("disbursed", "first_due", "day", "months"),
    [
        (date(2025, 12, 31), date(2026, 1, 31), 31, 1),
        (date(2026, 1, 31), date(2026, 2, 28), 28, 1),
        (date(2026, 2, 28), date(2026, 3, 31), 31, 1),
        (date(2026, 2, 28), date(2026, 3, 28), 28, 1),
        (date(2028, 2, 29), date(2029, 2, 28), 28, 12),
        (date(2025, 11, 16), date(2026, 1, 31), 31, None),
        (date(2026, 1, 5), date(2026, 1, 31), 31, None),
    ],
)
def test_whole_months_are_those_that_people_would_call_so(
    disbursed: date, first_due: date, day: int, months: int | None
) -> None:
    assert whole_months(disbursed, first_due, day_of_month=day) == months


def test_weeks_are_seven_days_of_365() -> None:
    schedule = make_schedule(
        house(
            principal=Satang(10_000_00),
            instalments=4,
            every=Every.WEEK,
            disbursed_on=date(2026, 1, 1),
            first_due_on=date(2026, 1, 8),
            method=Method.BULLET,
        )
    )

    # 10,000 × 6 % × 7/365 = 11.51
    assert [row.interest for row in schedule.rows] == [11_51] * 4
    assert dues(schedule) == ["2026-01-08", "2026-01-15", "2026-01-22", "2026-01-29"]


def test_a_month_of_31_days_by_the_day() -> None:
    terms = house(
        principal=Satang(20_000_00),
        instalments=1,
        counting=Counting.DAYS_365,
        annual_rate_ppm=60_000,
    )

    # 20,000 × 6 % × 31/365 = 101.917808
    assert make_schedule(terms).interest == 101_92


def test_the_first_day_counts_once_where_the_by_law_counts_it() -> None:
    usual = house(
        principal=Satang(20_000_00), instalments=2, counting=Counting.DAYS_365, method=Method.BULLET
    )

    schedule = make_schedule(
        house(
            principal=Satang(20_000_00),
            instalments=2,
            counting=Counting.DAYS_365,
            method=Method.BULLET,
            counts_first_day=True,
        )
    )

    # 32 days of 20,000 at 6 %: 105.21, not 101.92; the second period is as ever
    assert [row.days for row in schedule.rows] == [32, 28]
    assert [row.interest for row in schedule.rows] == [105_21, 92_05]
    assert [row.interest for row in make_schedule(usual).rows] == [101_92, 92_05]


def test_nine_days_over_the_edge_of_a_leap_year_in_one_part_and_in_two() -> None:
    def interest(counting: Counting) -> int:
        return make_schedule(
            house(
                principal=Satang(100_000_00),
                instalments=1,
                disbursed_on=date(2027, 12, 27),
                first_due_on=date(2028, 1, 5),
                counting=counting,
            )
        ).interest

    # One part: 100,000 × 6 % × 9/365 = 147.945
    assert interest(Counting.DAYS_365) == 147_95
    # Two parts: 4 days of 2027 over 365, 5 days of 2028 over 366: 65.753 + 81.967
    assert interest(Counting.DAYS_ACTUAL) == 147_72


def test_a_year_of_days_on_a_small_amount_is_rounded_once() -> None:
    terms = house(
        principal=Satang(183_37),
        instalments=1,
        disbursed_on=date(2025, 1, 1),
        first_due_on=date(2026, 1, 1),
        counting=Counting.DAYS_365,
    )

    # 183.37 × 6 % is 11.0022. Rounded every day it would be 3 satang × 365 = 10.95.
    assert make_schedule(terms).interest == 11_00


def test_a_loan_without_interest_is_paid_back_and_no_more() -> None:
    schedule = make_schedule(house(annual_rate_ppm=0, instalments=7))

    assert schedule.interest == 0
    assert schedule.payment == 300_000_00


@pytest.mark.parametrize("method", list(Method))
def test_one_instalment_pays_everything(method: Method) -> None:
    terms = house(instalments=1, method=method, due_days=(date(2026, 1, 31),))

    assert parts(make_schedule(terms)) == [(300_000_00, 1_500_00)]


# ---------------------------------------------------------------- grace and holidays


def test_a_grace_on_principal_asks_for_interest_only() -> None:
    schedule = make_schedule(
        house(instalments=12, grace=Grace.PRINCIPAL, grace_instalments=3, annual_rate_ppm=120_000)
    )

    assert parts(schedule)[:3] == [(0, 3_000_00)] * 3
    assert len(schedule.rows) == 12
    # An annuity of nine months: 300,000 at 1 % in 9
    assert schedule.rows[3].payment == 35_022_00


def test_a_grace_on_everything_asks_for_its_interest_once_and_never_compounds_it() -> None:
    schedule = make_schedule(house(instalments=12, grace=Grace.ALL, grace_instalments=3))
    short = make_schedule(house(instalments=9))

    first, *later = schedule.rows
    assert first.due_on == date(2026, 4, 30)
    # Four months of 1,500; the instalment is that of nine months, with the three months on top.
    assert first.interest == 6_000_00
    assert first.payment == short.rows[0].payment + 4_500_00
    assert [(r.principal, r.interest) for r in later] == parts(short)[1:]


def test_in_a_holiday_nothing_falls_due_and_the_term_moves_by_it() -> None:
    rest = Holiday(date(2026, 3, 1), date(2026, 5, 31), Grace.ALL)
    schedule = make_schedule(house(annual_rate_ppm=40_000, holidays=(rest,)))
    usual = make_schedule(house(annual_rate_ppm=40_000))

    assert dues(schedule)[:4] == ["2026-01-31", "2026-02-28", "2026-06-30", "2026-07-31"]
    assert len(schedule.rows) == 180
    assert schedule.rows[-1].due_on == date(2041, 3, 31)
    # 297,557.94 at 4 % for four months; 991.86 of it is that of the instalment's own month.
    assert schedule.rows[2].interest == 3_967_44
    assert schedule.rows[2].payment == 2_219_00 + 3_967_44 - 991_86
    assert [row.balance for row in schedule.rows] == [row.balance for row in usual.rows]


def test_in_a_holiday_of_principal_interest_is_asked_for_besides() -> None:
    rest = Holiday(date(2026, 3, 1), date(2026, 5, 31), Grace.PRINCIPAL)
    schedule = make_schedule(house(annual_rate_ppm=40_000, holidays=(rest,)))

    assert parts(schedule)[2:5] == [(0, 991_86)] * 3
    assert len(schedule.rows) == 183
    assert schedule.rows[5].payment == 2_219_00


# ---------------------------------------------------------------- stages, rates, kept instalments


def test_stages_bear_interest_from_their_own_days() -> None:
    schedule = make_schedule(
        house(
            instalments=12,
            annual_rate_ppm=40_000,
            payouts=(
                Payout(date(2025, 12, 31), Satang(100_000_00)),
                Payout(date(2026, 2, 15), Satang(200_000_00)),
            ),
        )
    )

    # 100,000 × 4 % / 12 = 333.33
    assert schedule.rows[0].interest == 333_33
    # 91,818.33 × 4 % / 12 = 306.06, and 200,000 × 4 % × 13/365 = 284.93
    assert schedule.rows[1].interest == 306_06 + 284_93
    assert schedule.rows[1].balance == 91_818_33 + 200_000_00 - schedule.rows[1].principal
    # Each stage makes the instalment anew, over the months that are left.
    assert [row.payment for row in schedule.rows[:3]] == [8_515_00, 27_027_00, 27_027_00]
    assert len(schedule.rows) == 12


def test_a_stage_on_a_due_day_bears_interest_from_the_next_day() -> None:
    schedule = make_schedule(
        house(
            instalments=3,
            method=Method.BULLET,
            payouts=(
                Payout(date(2025, 12, 31), Satang(100_000_00)),
                Payout(date(2026, 1, 31), Satang(200_000_00)),
            ),
        )
    )

    assert [row.interest for row in schedule.rows] == [500_00, 1_500_00, 1_500_00]


def test_a_lower_rate_with_the_instalment_kept_ends_the_loan_earlier() -> None:
    lower = RateChange(date(2026, 6, 1), 35_000, RateEffect.KEEP_INSTALMENT)
    schedule = make_schedule(house(annual_rate_ppm=40_000, rate_changes=(lower,)))

    assert {row.payment for row in schedule.rows[:-1]} == {2_219_00}
    assert len(schedule.rows) == 173
    assert schedule.rows[-1].payment < 2_219_00


def test_a_higher_rate_with_the_instalment_kept_makes_the_loan_longer() -> None:
    higher = RateChange(date(2026, 6, 1), 50_000, RateEffect.KEEP_INSTALMENT)
    schedule = make_schedule(house(annual_rate_ppm=40_000, rate_changes=(higher,)))

    assert len(schedule.rows) == 198
    assert all(before.balance > row.balance for before, row in pairwise(schedule.rows))


def test_a_new_rate_worked_out_anew_leaves_the_number_of_instalments() -> None:
    lower = RateChange(date(2026, 6, 1), 35_000, RateEffect.RECOMPUTE)
    schedule = make_schedule(house(annual_rate_ppm=40_000, rate_changes=(lower,)))

    assert len(schedule.rows) == 180
    assert [row.payment for row in schedule.rows[3:6]] == [2_219_00, 2_219_00, 2_146_00]
    # May is charged at 4 %, June at 3.5 %: 293,864.24 × 3.5 % / 12
    assert schedule.rows[5].interest == 857_10


def test_a_rate_that_changes_inside_a_month_is_charged_by_its_days() -> None:
    change = RateChange(date(2026, 1, 11), 120_000, RateEffect.RECOMPUTE)
    schedule = make_schedule(house(instalments=2, method=Method.BULLET, rate_changes=(change,)))

    # Of January's 31 days 10 are at 6 % and 21 at 12 %: 300,000 / 12 × (10 × 6 + 21 × 12) / 3,100
    assert [row.interest for row in schedule.rows] == [2_516_13, 3_000_00]


@pytest.mark.parametrize("method", [Method.SEASONAL, Method.EQUAL_INSTALMENT])
def test_chosen_days_end_where_they_end_whatever_the_rate_does(method: Method) -> None:
    days = (date(2026, 1, 31), date(2026, 6, 30), date(2026, 12, 31))
    higher = RateChange(date(2026, 2, 1), 120_000, RateEffect.KEEP_INSTALMENT)
    schedule = make_schedule(
        house(
            instalments=3,
            every=Every.CHOSEN,
            method=method,
            due_days=days,
            rate_changes=(higher,),
            rounding_multiple=Satang(1),
        )
    )

    assert dues(schedule) == [day.isoformat() for day in days]
    assert schedule.rows[-1].balance == 0


def test_a_kept_instalment_ends_the_schedule_when_it_is_repaid() -> None:
    schedule = make_schedule(house(principal=Satang(200_000_00), kept_instalment=Satang(2_532_00)))

    assert len(schedule.rows) == 101
    assert {row.payment for row in schedule.rows[:-1]} == {2_532_00}
    assert schedule.rows[-1].payment <= 2_532_00


def test_a_kept_share_of_principal_is_the_share() -> None:
    schedule = make_schedule(
        house(
            principal=Satang(7_000_00),
            instalments=10,
            method=Method.EQUAL_PRINCIPAL,
            kept_instalment=Satang(2_000_00),
        )
    )

    assert [row.principal for row in schedule.rows] == [2_000_00, 2_000_00, 2_000_00, 1_000_00]


def test_other_programs_may_count_360_days_and_other_parts() -> None:
    terms = house(
        principal=Satang(1_000_00),
        instalments=1,
        every=Every.WEEK,
        annual_rate_ppm=3,
        disbursed_on=date(2026, 1, 1),
        first_due_on=date(2026, 1, 8),
    )

    schedule = make_foreign_schedule(terms, measure=Measure(days_in_year=360, rate_parts=10))

    # 1,000 × 30 % × 7/360
    assert schedule.interest == 5_83


def test_chosen_days_that_end_off_the_regular_day_are_counted_by_the_day() -> None:
    """1 March to 30 April is sixty days, although the first instalment falls on a first."""
    days = (date(2026, 3, 1), date(2026, 4, 30))
    schedule = make_schedule(
        Terms(
            principal=Satang(10_000_00),
            annual_rate_ppm=60_000,
            instalments=2,
            method=Method.EQUAL_PRINCIPAL,
            first_due_on=days[0],
            disbursed_on=date(2026, 2, 1),
            every=Every.CHOSEN,
            due_days=days,
        )
    )

    # A whole month of 10,000, then 60 days of the 5,000 that are left.
    assert [row.interest for row in schedule.rows] == [50_00, 49_32]
