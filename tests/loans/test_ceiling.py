"""What a loan really costs a year, and the refusal above the legal ceiling."""

from datetime import date

import pytest

from ledger.money import ZERO, Satang
from loans.ceiling import (
    MOST_RATE,
    AboveCeiling,
    FeesTakeAll,
    ceiling_on,
    check_ceiling,
    effective_rate_ppm,
    is_above_ceiling,
    rate_of_return,
)
from loans.schedule import (
    Counting,
    Every,
    Method,
    Payout,
    RateChange,
    RateEffect,
    RoundingHow,
    Schedule,
    make_schedule,
)
from tests.loans.terms import house

TODAY = date(2025, 12, 31)


def flat(*, rate_ppm: int, months: int) -> Schedule:
    """Give 20,000 baht at a flat rate a month, in millionths."""
    return make_schedule(
        house(
            principal=Satang(20_000_00),
            annual_rate_ppm=12 * rate_ppm,
            instalments=months,
            method=Method.FLAT,
            rounding_multiple=Satang(1),
        )
    )


@pytest.mark.parametrize(
    ("rate_ppm", "months", "hundredths"),
    [
        (6_667, 12, 14_45),
        (5_000, 24, 11_13),
        (10_000, 12, 21_46),
        (10_000, 24, 21_57),
        (10_000, 10, 21_26),
    ],
)
def test_a_flat_rate_is_nearly_twice_what_it_sounds(
    rate_ppm: int, months: int, hundredths: int
) -> None:
    effective = effective_rate_ppm(flat(rate_ppm=rate_ppm, months=months))

    assert round(effective, -2) == hundredths * 100


def test_one_baht_in_a_hundred_a_month_flat_is_one_and_three_quarters() -> None:
    a_year = rate_of_return(flat(rate_ppm=10_000, months=10), parts=10**8)

    # 1.7715 % a month
    assert a_year // 12 == 1_771_542


def test_a_loan_above_the_ceiling_is_refused_with_the_sum() -> None:
    schedule = flat(rate_ppm=10_000, months=10)

    with pytest.raises(AboveCeiling) as refused:
        check_ceiling(schedule, fees=ZERO, on=TODAY)

    said = refused.value.sentence()
    assert "ร้อยละ 21.26 ต่อปี" in said
    assert "เพดานกฎหมายร้อยละ 15 ต่อปี" in said
    assert "เงินกู้ 20,000.00 บาท ส่งคืน 10 งวด รวม 22,000.00 บาท" in said


def test_a_flat_loan_below_the_ceiling_is_let_through() -> None:
    assert check_ceiling(flat(rate_ppm=6_667, months=12), fees=ZERO, on=TODAY) == 144_529


@pytest.mark.parametrize("counting", list(Counting))
@pytest.mark.parametrize("every", [Every.MONTH, Every.WEEK])
@pytest.mark.parametrize("method", [Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.BULLET])
def test_fifteen_per_cent_on_what_is_owed_is_just_allowed(
    method: Method, every: Every, counting: Counting
) -> None:
    # Small, so that rounding to the satang shows most.
    schedule = make_schedule(
        house(
            principal=Satang(1_003_00),
            annual_rate_ppm=150_000,
            instalments=52,
            method=method,
            every=every,
            counting=counting,
            rounding_multiple=Satang(25),
            rounding_how=RoundingHow.UP,
        )
    )

    assert check_ceiling(schedule, fees=ZERO, on=TODAY) == 150_000


def test_a_fee_on_top_of_fifteen_per_cent_is_too_much() -> None:
    schedule = make_schedule(house(annual_rate_ppm=150_000))

    with pytest.raises(AboveCeiling) as refused:
        check_ceiling(schedule, fees=Satang(500_00), on=TODAY)

    assert "หักค่าธรรมเนียม 500.00 บาท ได้รับจริง 299,500.00 บาท" in refused.value.sentence()


def test_a_fee_of_a_single_satang_is_too_much_and_shown_with_all_its_decimals() -> None:
    schedule = make_schedule(
        house(annual_rate_ppm=150_000, instalments=1, first_due_on=date(2026, 12, 31))
    )

    with pytest.raises(AboveCeiling) as refused:
        check_ceiling(schedule, fees=Satang(10_00), on=TODAY)

    # 345,000 / 299,990 is 1.150038
    assert "ร้อยละ 15.0038 ต่อปี" in refused.value.sentence()


def test_a_year_at_sixteen_per_cent_at_the_end_is_sixteen_and_not_less() -> None:
    schedule = make_schedule(
        house(annual_rate_ppm=160_000, instalments=1, first_due_on=date(2026, 12, 31))
    )

    assert effective_rate_ppm(schedule) == 160_000
    assert is_above_ceiling(schedule, fees=ZERO, on=TODAY)


def test_counting_the_first_day_too_costs_more_than_the_rate() -> None:
    schedule = make_schedule(
        house(
            annual_rate_ppm=150_000,
            instalments=1,
            counting=Counting.DAYS_365,
            counts_first_day=True,
        )
    )

    # 32 days of interest for 31: 15 % × 32/31
    assert effective_rate_ppm(schedule) == 154_839


def test_stages_and_changes_of_the_rate_are_weighed() -> None:
    staged = make_schedule(
        house(
            payouts=(
                Payout(date(2025, 12, 31), Satang(100_000_00)),
                Payout(date(2026, 3, 15), Satang(200_000_00)),
            )
        )
    )
    changed = make_schedule(
        house(
            instalments=2,
            method=Method.BULLET,
            rate_changes=(RateChange(date(2026, 2, 1), 120_000, RateEffect.RECOMPUTE),),
        )
    )

    assert effective_rate_ppm(staged) == 60_000
    assert 89_000 < effective_rate_ppm(changed) < 91_000


def test_a_loan_without_interest_costs_nothing() -> None:
    schedule = make_schedule(house(annual_rate_ppm=0))

    assert effective_rate_ppm(schedule) == 0
    assert effective_rate_ppm(schedule, fees=Satang(1_000_00)) > 0


def test_fees_may_not_take_the_whole_loan() -> None:
    with pytest.raises(FeesTakeAll) as refused:
        check_ceiling(make_schedule(house()), fees=Satang(300_000_00), on=TODAY)

    assert "300,000.00" in refused.value.sentence()


def test_the_search_for_a_rate_ends() -> None:
    schedule = make_schedule(house(first_due_on=date(2026, 1, 1), instalments=1))

    assert effective_rate_ppm(schedule, fees=Satang(299_999_99)) <= MOST_RATE * 1_000_000 * 366


@pytest.mark.parametrize("day", [date.min, date(1924, 12, 31), TODAY, date.max])
def test_there_is_a_ceiling_on_every_day(day: date) -> None:
    assert ceiling_on(day).annual_rate_ppm == 150_000


def test_the_ceiling_is_that_of_the_day() -> None:
    ceiling = ceiling_on(TODAY)

    assert ceiling.annual_rate_ppm == 150_000
    assert ceiling.source == "ป.พ.พ. มาตรา 654"
