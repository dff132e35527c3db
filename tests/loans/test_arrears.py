"""Arrears as a rule: ages by the calendar, what is at risk, what to set aside, whom to tell."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import Satang
from loans.arrears import (
    BUCKETS,
    Exposure,
    Telling,
    at_risk,
    bucket_of,
    full_months,
    months_begun,
    over_codi_line,
    provision,
    share_of,
    to_tell,
)

ON = date(2023, 4, 6)
USUAL_TIERS = [(1, 20_000), (3, 200_000), (6, 500_000), (12, 1_000_000)]
days = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("since", "on", "full", "begun"),
    [
        (date(2023, 1, 7), date(2023, 1, 7), 0, 0),
        (date(2023, 1, 7), date(2023, 1, 8), 0, 1),
        (date(2023, 1, 7), date(2023, 2, 6), 0, 1),
        (date(2023, 1, 7), date(2023, 2, 7), 1, 1),
        (date(2023, 1, 7), date(2023, 2, 8), 1, 2),
        (date(2023, 1, 31), date(2023, 2, 28), 1, 1),
        (date(2023, 1, 31), date(2023, 3, 1), 1, 2),
        (date(2022, 4, 6), date(2023, 4, 6), 12, 12),
        (date(2022, 4, 5), date(2023, 4, 6), 12, 13),
        (date(2024, 2, 29), date(2025, 2, 28), 12, 12),
    ],
)
def test_months_are_those_of_the_calendar(since: date, on: date, full: int, begun: int) -> None:
    assert (full_months(since, on=on), months_begun(since, on=on)) == (full, begun)


@given(days, st.integers(0, 2_000))
def test_a_debt_only_grows_older(since: date, later: int) -> None:
    on = since + timedelta(days=later)

    begun = months_begun(since, on=on)

    assert months_begun(since, on=on + timedelta(days=1)) in {begun, begun + 1}
    assert begun - 1 <= full_months(since, on=on) <= begun


@given(days, st.integers(1, 2_000))
def test_every_overdue_debt_stands_in_one_class_of_age(since: date, later: int) -> None:
    on = since + timedelta(days=later)
    months = months_begun(since, on=on)

    fitting = [b for b in BUCKETS if b.least <= months and (b.most is None or months <= b.most)]

    assert fitting == [bucket_of(since, on=on)]


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (date(2023, 4, 5), "ไม่เกิน 1 เดือน"),
        (date(2023, 3, 6), "ไม่เกิน 1 เดือน"),
        (date(2023, 3, 5), "เกิน 1 ถึง 2 เดือน"),
        (date(2023, 1, 6), "เกิน 2 ถึง 3 เดือน"),
        (date(2023, 1, 5), "เกิน 3 ถึง 6 เดือน"),
        (date(2022, 10, 5), "เกิน 6 ถึง 12 เดือน"),
        (date(2022, 4, 6), "เกิน 6 ถึง 12 เดือน"),
        (date(2022, 4, 5), "เกิน 12 เดือน"),
    ],
)
def test_a_class_of_age_says_what_it_is(since: date, words: str) -> None:
    assert bucket_of(since, on=ON).thai == words


def test_the_portfolio_at_risk_is_all_that_is_owed_on_late_loans() -> None:
    loans = [
        Exposure(Satang(70_000_00), None),
        Exposure(Satang(10_000_00), ON - timedelta(days=30)),
        Exposure(Satang(15_000_00), ON - timedelta(days=31)),
        Exposure(Satang(5_000_00), ON - timedelta(days=91)),
    ]

    risks = [at_risk(loans, on=ON, over_days=over) for over in (0, 30, 90)]

    assert risks == [30_000_00, 20_000_00, 5_000_00]
    # 20,000 of 100,000 is 20 %, as 2,000 basis points.
    assert [share_of(risk, Satang(100_000_00)) for risk in risks] == [3_000, 2_000, 500]
    assert share_of(Satang(0), Satang(0)) == 0


def test_codis_line_is_more_than_three_months() -> None:
    loans = [
        Exposure(Satang(8_000_00), date(2023, 1, 6)),
        Exposure(Satang(9_000_00), date(2023, 1, 5)),
    ]

    assert over_codi_line(loans, on=ON) == 9_000_00


def test_a_provision_follows_the_tiers_and_is_rounded_once_a_tier() -> None:
    loans = [
        Exposure(Satang(50_000_00), None),
        Exposure(Satang(3_000_00), date(2023, 3, 7)),  # not a whole month late
        Exposure(Satang(10_000_00), date(2023, 3, 6)),  # 2 %
        Exposure(Satang(333_33), date(2023, 2, 6)),  # 2 %
        Exposure(Satang(20_000_00), date(2023, 1, 6)),  # 20 %
        Exposure(Satang(6_000_00), date(2022, 10, 6)),  # 50 %
        Exposure(Satang(1_000_00), date(2022, 4, 6)),  # all of it
    ]

    tiers = provision(loans, tiers=USUAL_TIERS, on=ON)

    assert [(t.from_months, t.until_months, t.loans, t.required) for t in tiers] == [
        (0, 1, 2, 0),
        (1, 3, 2, 206_67),  # 2 % of 10,333.33 is 206.6666
        (3, 6, 1, 4_000_00),
        (6, 12, 1, 3_000_00),
        (12, None, 1, 1_000_00),
    ]
    assert sum(t.outstanding for t in tiers) == sum(loan.outstanding for loan in loans)


def test_a_group_may_set_aside_for_good_loans_too() -> None:
    tiers = provision([Exposure(Satang(50_000_00), None)], tiers=[(0, 10_000)], on=ON)

    assert [(t.from_months, t.until_months, t.required) for t in tiers] == [(0, None, 500_00)]


@given(
    st.lists(
        st.tuples(st.integers(1, 10**9), st.none() | st.integers(1, 1_000)),
        max_size=30,
    )
)
def test_nobody_sets_aside_more_than_is_owed(loans: list[tuple[int, int | None]]) -> None:
    exposures = [
        Exposure(Satang(owed), None if late is None else ON - timedelta(days=late))
        for owed, late in loans
    ]

    tiers = provision(exposures, tiers=USUAL_TIERS, on=ON)

    assert sum(t.loans for t in tiers) == len(loans)
    assert all(0 <= t.required <= t.outstanding for t in tiers)


@pytest.mark.parametrize(
    ("defaulted_on", "handed_over_on", "telling", "days_left"),
    [
        (date(2023, 4, 5), None, Telling.WAITS, 59),
        (date(2023, 2, 15), None, Telling.WAITS, 10),
        (date(2023, 2, 14), None, Telling.HURRIES, 9),
        (date(2023, 2, 5), None, Telling.HURRIES, 0),
        (date(2023, 2, 4), None, Telling.MISSED, -1),
        (date(2023, 1, 6), date(2023, 3, 7), Telling.IN_TIME, -30),
        (date(2023, 1, 6), date(2023, 3, 8), Telling.LATE, -30),
    ],
)
def test_a_guarantor_must_be_told_within_sixty_days(
    defaulted_on: date, handed_over_on: date | None, telling: Telling, days_left: int
) -> None:
    told = to_tell(defaulted_on=defaulted_on, handed_over_on=handed_over_on, on=ON)

    assert (told.telling, told.days_left) == (telling, days_left)
    assert told.tell_by == defaulted_on + timedelta(days=60)


def test_what_a_missed_notice_means_is_said() -> None:
    missed = to_tell(defaulted_on=date(2023, 1, 6), handed_over_on=None, on=ON)

    assert missed.sentence == (
        "เลยกำหนด 7 มี.ค. 2566 มา 30 วัน ผู้ค้ำประกันไม่ต้องรับผิดในดอกเบี้ยและค่าใช้จ่ายที่เกิดหลังวันนั้น "
        "ยังต้องแจ้ง จึงจะเรียกให้ชำระแทนได้"
    )
