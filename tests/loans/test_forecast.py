"""What the group owes beside what it is owed, and the month in which it could not pay."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import Satang
from loans.forecast import (
    Debt,
    Due,
    bars,
    by_year,
    compare,
    debt_of,
    forecast,
    percent_collected,
)
from loans.schedule import Method, RoundingHow, Terms, make_schedule

MAY = date(2023, 5, 6)


def loan_of_300_000(annual_rate_ppm: int) -> Debt:
    """Give 300,000 over 180 months, in whole baht a month, as members and CODI have it."""
    return debt_of(
        make_schedule(
            Terms(
                principal=Satang(300_000_00),
                annual_rate_ppm=annual_rate_ppm,
                instalments=180,
                method=Method.EQUAL_INSTALMENT,
                first_due_on=MAY,
                disbursed_on=date(2023, 4, 6),
                rounding_multiple=Satang(100),
                rounding_how=RoundingHow.HALF_UP,
            )
        )
    )


MEMBER, CODI = loan_of_300_000(60_000), loan_of_300_000(40_000)


def due(day: date, baht: int) -> Due:
    return Due(day, Satang(baht * 100), Satang(0))


# ---------------------------------------------------------------- two schedules


@pytest.mark.parametrize(
    ("month", "gap"),
    [
        (12, 2_168_85),
        (60, 8_815_73),
        (84, 10_538_96),
        (96, 10_888_58),
        (120, 10_373_97),
        (150, 7_003_19),
    ],
)
def test_members_owe_more_than_the_group_as_the_two_schedules_drift_apart(
    month: int, gap: int
) -> None:
    compared = compare(members=[MEMBER], group=[CODI], starts_on=MAY)

    assert compared[month - 1].n == month
    assert compared[month - 1].gap == gap


def test_the_first_month_is_divided_as_each_schedule_divides_it() -> None:
    first = compare(members=[MEMBER], group=[CODI], starts_on=MAY)[0]

    assert (first.cash_in, first.interest_in) == (2_532_00, 1_500_00)
    assert (first.cash_out, first.interest_out) == (2_219_00, 1_000_00)
    assert first.margin == 500_00
    # 313 baht of cash are left, but 500 were earned: members pay less principal than the group.
    assert first.cash_so_far == 313_00


def test_what_is_earned_in_the_end_is_interest_in_less_interest_out() -> None:
    last = compare(members=[MEMBER], group=[CODI], starts_on=MAY)[-1]

    # 155,635.12 from the member less 99,435.79 to CODI; at the end cash and margin agree.
    assert last.margin_so_far == 155_635_12 - 99_435_79
    assert last.cash_so_far == last.margin_so_far
    assert (last.members_owe, last.group_owes, last.gap) == (0, 0, 0)


def test_twelve_members_stand_for_one_contract_of_the_group() -> None:
    compared = compare(members=[MEMBER] * 12, group=[CODI] * 12, starts_on=MAY)

    assert compared[83].gap == 12 * 10_538_96


def test_a_year_shows_what_is_owed_at_its_end_and_what_moved_in_it() -> None:
    compared = compare(members=[MEMBER], group=[CODI], starts_on=MAY)

    years = by_year(compared)

    assert len(years) == 15
    assert years[6].gap == 10_538_96
    assert years[0].interest_in == sum(month.interest_in for month in compared[:12])
    assert sum(year.cash_out for year in years) == sum(month.cash_out for month in compared)


def test_what_was_due_before_is_paid_in_the_first_month() -> None:
    owed = Debt(Satang(200_00), (due(date(2023, 1, 6), 100), due(date(2023, 5, 6), 100)))

    compared = compare(members=[owed], group=[], starts_on=date(2023, 4, 6))

    assert [month.members_owe for month in compared] == [100_00, 0]


def test_nothing_owed_is_one_month_of_nothing() -> None:
    compared = compare(members=[], group=[], starts_on=MAY)

    assert [(month.month, month.gap) for month in compared] == [(date(2023, 5, 1), 0)]
    assert bars(by_year(compared))[0].members == 0


def test_the_picture_is_as_high_as_its_highest_bar() -> None:
    years = by_year(compare(members=[MEMBER], group=[CODI], starts_on=MAY))

    drawn = bars(years)

    assert drawn[0].members == 1000
    assert 0 < drawn[0].group < 1000
    assert drawn[-1].members == 0


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_gap_is_always_owed_less_owed_and_ends_at_nothing(members: int, group: int) -> None:
    compared = compare(members=[MEMBER] * members, group=[CODI] * group, starts_on=MAY)

    assert all(month.gap == month.members_owe - month.group_owes for month in compared)
    assert compared[-1].gap == 0


# ---------------------------------------------------------------- the month that would not do


APRIL = date(2023, 4, 6)
#: 2,000 come in and 2,500 go out each month from May to December.
MONTHS = [date(2023, month, 20) for month in range(5, 13)]
MEMBERS = [Debt(Satang(16_000_00), tuple(due(day, 2_000) for day in MONTHS))]
GROUP = [Debt(Satang(20_000_00), tuple(due(day, 2_500) for day in MONTHS))]


def test_the_first_month_below_zero_is_named_with_what_is_lacking() -> None:
    # 1,200 − 500 in May − 500 in June leaves 200; July ends 300 short.
    ahead = forecast(
        opening=Satang(1_200_00),
        members=MEMBERS,
        group=GROUP,
        percent_collected=100,
        starts_on=APRIL,
    )

    assert ahead.first_short is not None
    assert ahead.first_short.month == date(2023, 7, 1)
    assert ahead.first_short.closing == -300_00
    assert ahead.percent_needed is None
    assert ahead.lacking == 8 * 500_00 - 1_200_00
    assert "กรกฎาคม 2566 ขาด 300.00 บาท" in ahead.sentence
    assert "แม้เก็บได้ครบทุกงวดก็ยังไม่พอ ต้องหาเงินมาเติม 2,800.00 บาท" in ahead.what_helps


def test_collecting_more_helps_where_it_can() -> None:
    # All eight months need 20,000: 6,000 are there, so 14,000 of 16,000 must come in: 87.5 %.
    ahead = forecast(
        opening=Satang(6_000_00),
        members=MEMBERS,
        group=GROUP,
        percent_collected=80,
        starts_on=APRIL,
    )

    assert ahead.first_short is not None
    assert ahead.first_short.month == date(2023, 11, 1)
    assert ahead.percent_needed == 88
    assert "ถ้าตามเก็บให้ได้ร้อยละ 88 ขึ้นไป จะพอจ่ายทุกงวด" in ahead.what_helps


def test_enough_money_is_said_with_the_room_that_there_is() -> None:
    ahead = forecast(
        opening=Satang(6_000_00),
        members=MEMBERS,
        group=GROUP,
        percent_collected=95,
        starts_on=APRIL,
    )

    assert ahead.first_short is None
    assert ahead.lacking == 0
    assert "กลุ่มมีเงินพอจ่ายเจ้าหนี้ทุกงวดจนถึงเดือนธันวาคม 2566" in ahead.sentence
    assert "เก็บได้น้อยลงถึงร้อยละ 88 ก็ยังพอจ่าย" in ahead.what_helps


def test_a_full_purse_needs_nobody() -> None:
    ahead = forecast(
        opening=Satang(20_000_00),
        members=MEMBERS,
        group=GROUP,
        percent_collected=0,
        starts_on=APRIL,
    )

    assert ahead.percent_needed == 0
    assert "แม้เดือนไหนเก็บจากสมาชิกไม่ได้เลย" in ahead.what_helps


def test_what_members_have_not_paid_is_not_counted_on_and_what_the_group_owes_is_paid_first() -> (
    None
):
    late = date(2023, 2, 20)
    ahead = forecast(
        opening=Satang(1_000_00),
        members=[Debt(Satang(500_00), (due(late, 500),))],
        group=[Debt(Satang(1_200_00), (due(late, 1_200),))],
        percent_collected=100,
        starts_on=APRIL,
    )

    assert [(month.comes_in, month.goes_out) for month in ahead.months] == [(0, 1_200_00)]
    assert ahead.first_short is not None
    assert ahead.first_short.month == date(2023, 4, 1)


def test_a_group_that_owes_nothing_is_told_so() -> None:
    ahead = forecast(
        opening=Satang(0), members=MEMBERS, group=[], percent_collected=100, starts_on=APRIL
    )

    assert ahead.sentence == "ไม่มีงวดที่กลุ่มต้องจ่ายเจ้าหนี้"
    assert ahead.what_helps == ""


@given(st.integers(0, 30_000), st.integers(0, 100))
def test_the_percent_that_is_needed_is_the_least_that_does(opening: int, percent: int) -> None:
    def ahead(collected: int) -> object:
        return forecast(
            opening=Satang(opening * 100),
            members=MEMBERS,
            group=GROUP,
            percent_collected=collected,
            starts_on=APRIL,
        ).first_short

    needed = forecast(
        opening=Satang(opening * 100),
        members=MEMBERS,
        group=GROUP,
        percent_collected=percent,
        starts_on=APRIL,
    ).percent_needed

    if needed is None:
        assert ahead(100) is not None
    else:
        assert ahead(needed) is None
        assert needed == 0 or ahead(needed - 1) is not None


def test_who_pays_in_advance_does_not_hide_who_does_not_pay() -> None:
    # 1,000 due of each; one paid 5,000, the other nothing.
    due_and_paid = [(Satang(1_000_00), Satang(5_000_00)), (Satang(1_000_00), Satang(0))]

    assert percent_collected(due_and_paid) == 50


def test_nothing_due_tells_nothing_of_how_people_pay() -> None:
    assert percent_collected([]) is None
