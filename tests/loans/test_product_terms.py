"""The by-law of a kind of loan: what can be resolved, and what it really costs a year."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import DomainError
from ledger.money import Satang
from loans.ceiling import AboveCeiling
from loans.kinds import FOR_MEMBERS, Purpose
from loans.product_terms import (
    ByLawUnfit,
    DaysMustBeChosen,
    FeeUnfit,
    GraceUnfit,
    LoanByLaw,
    RateUnfit,
    by_law_as_json,
    by_law_from_json,
    check_by_law,
    months_after,
    terms_for,
    times,
    typical_rate_ppm,
    usual_due_days,
)
from loans.product_words import (
    SUGGESTED,
    by_law_in_words,
    example_in_words,
    percent_short,
    rate_in_words,
    rounding_of,
)
from loans.schedule import Counting, Every, Grace, Method, RoundingHow, TermsUnfit, make_schedule
from tests.network import TODAY

DAY = timedelta(days=1)
ORDINARY = SUGGESTED[Purpose.ORDINARY]
FLAT = replace(
    ORDINARY,
    method=Method.FLAT,
    most_satang=Satang(20_000_00),
    most_instalments=12,
    rounding_multiple=Satang(1),
    rounding_how=RoundingHow.HALF_UP,
)


@pytest.mark.parametrize("purpose", FOR_MEMBERS)
def test_what_is_suggested_can_be_resolved_and_is_kept_as_it_was(purpose: Purpose) -> None:
    by_law = SUGGESTED[purpose]

    assert check_by_law(by_law, on=TODAY) <= 150_000
    assert by_law_from_json(by_law_as_json(by_law)) == by_law


# A schedule of 480 instalments by the day takes its time.
@settings(deadline=None)
@given(
    st.builds(
        LoanByLaw,
        most_satang=st.integers(1, 10**12).map(Satang),
        most_hundredths_of_savings=st.integers(0, 10_000),
        most_instalments=st.integers(1, 480),
        method=st.sampled_from(Method),
        every=st.sampled_from(Every),
        counting=st.sampled_from(Counting),
        annual_rate_ppm=st.integers(0, 150_000),
        rounding_multiple=st.integers(1, 1_000_00).map(Satang),
        rounding_how=st.sampled_from(RoundingHow),
        grace=st.sampled_from(Grace),
        grace_instalments=st.integers(0, 12),
        guarantors=st.integers(0, 10),
        guarantees_each=st.integers(0, 50),
        waiting_months=st.integers(0, 120),
        collateral=st.text(max_size=20),
        charge_name=st.sampled_from(["ดอกเบี้ย", "ค่าบำรุง"]),
        contract_fee=st.integers(0, 10_000).map(Satang),
    )
)
def test_a_by_law_is_kept_and_given_back_and_refused_in_words_or_not_at_all(
    by_law: LoanByLaw,
) -> None:
    assert by_law_from_json(by_law_as_json(by_law)) == by_law
    assert all(how for _what, how in by_law_in_words(by_law))
    effective, refused = cost_or_refusal(by_law)
    assert "{" not in refused
    assert refused or effective == typical_rate_ppm(by_law, on=TODAY)


def cost_or_refusal(by_law: LoanByLaw) -> tuple[int, str]:
    try:
        return check_by_law(by_law, on=TODAY), ""
    except DomainError as refusal:
        return 0, refusal.sentence()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda kept: kept.pop("guarantors"),
        lambda kept: kept.update(colour="red"),
        lambda kept: kept.update(guarantors="2"),
        lambda kept: kept.update(guarantors=True),
        lambda kept: kept.update(charge_name=1),
    ],
)
def test_what_is_kept_must_be_exactly_a_by_law(spoil: Any) -> None:
    kept = by_law_as_json(ORDINARY)
    spoil(kept)

    with pytest.raises(AssertionError):
        by_law_from_json(kept)


@pytest.mark.parametrize(
    ("differently", "refusal", "box"),
    [
        ({"annual_rate_ppm": 1_500_000}, RateUnfit, "annual_rate_ppm"),
        ({"annual_rate_ppm": 150_001}, RateUnfit, "annual_rate_ppm"),
        ({"annual_rate_ppm": -1}, RateUnfit, "annual_rate_ppm"),
        ({"most_instalments": 600}, ByLawUnfit, "most_instalments"),
        ({"most_instalments": 0}, ByLawUnfit, "most_instalments"),
        ({"most_satang": Satang(0)}, ByLawUnfit, "most_satang"),
        ({"most_hundredths_of_savings": 10_001}, ByLawUnfit, "most_hundredths_of_savings"),
        ({"guarantors": 11}, ByLawUnfit, "guarantors"),
        ({"guarantees_each": -1}, ByLawUnfit, "guarantees_each"),
        ({"waiting_months": 121}, ByLawUnfit, "waiting_months"),
        ({"rounding_multiple": Satang(0)}, ByLawUnfit, "rounding_multiple"),
        ({"grace": Grace.ALL}, GraceUnfit, "grace_instalments"),
        ({"grace_instalments": 2}, GraceUnfit, "grace_instalments"),
        (
            {"grace": Grace.PRINCIPAL, "grace_instalments": 24},
            GraceUnfit,
            "grace_instalments",
        ),
        ({"method": Method.SEASONAL}, DaysMustBeChosen, "every"),
        ({"contract_fee": Satang(50_000_00)}, FeeUnfit, "contract_fee"),
    ],
)
def test_a_by_law_that_cannot_be_says_which_part_is_wrong(
    differently: dict[str, Any], refusal: type[ByLawUnfit], box: str
) -> None:
    with pytest.raises(refusal) as refused:
        check_by_law(replace(ORDINARY, **differently), on=TODAY)

    assert refused.value.facts["box"] == box
    assert "{" not in refused.value.sentence()


def test_rounding_that_leaves_no_principal_is_refused() -> None:
    by_law = replace(
        ORDINARY,
        most_satang=Satang(1_000_00),
        rounding_multiple=Satang(100_00),
        rounding_how=RoundingHow.DOWN,
    )

    with pytest.raises(TermsUnfit):
        check_by_law(by_law, on=TODAY)


@pytest.mark.parametrize(
    ("monthly_ppm", "instalments", "effective"),
    # Known: flat 0.6667 % a month over 12 is 14.45 % a year; 0.5 % over 24 is 11.13 %.
    [(6_667, 12, "14.45"), (5_000, 24, "11.13")],
)
def test_a_flat_rate_is_shown_as_what_it_really_is(
    monthly_ppm: int, instalments: int, effective: str
) -> None:
    by_law = replace(FLAT, annual_rate_ppm=12 * monthly_ppm, most_instalments=instalments)

    assert percent_short(check_by_law(by_law, on=TODAY)) == effective


@pytest.mark.parametrize(
    ("instalments", "effective"), [(10, "21.26"), (12, "21.46"), (24, "21.57")]
)
def test_one_per_cent_a_month_flat_is_refused_and_declining_is_not(
    instalments: int, effective: str
) -> None:
    by_law = replace(FLAT, annual_rate_ppm=120_000, most_instalments=instalments)

    with pytest.raises(AboveCeiling) as refused:
        check_by_law(by_law, on=TODAY)

    assert f"ร้อยละ {effective} ต่อปี เกินเพดานกฎหมายร้อยละ 15 ต่อปี" in refused.value.sentence()
    declining = replace(by_law, method=Method.EQUAL_PRINCIPAL)
    assert check_by_law(declining, on=TODAY) == 120_000


def test_a_fee_counts_as_interest() -> None:
    short = replace(ORDINARY, annual_rate_ppm=140_000, most_instalments=6)

    assert check_by_law(short, on=TODAY) == 140_000
    with pytest.raises(AboveCeiling):
        check_by_law(replace(short, contract_fee=Satang(500_00)), on=TODAY)


def test_the_terms_of_a_loan_follow_from_the_by_law() -> None:
    by_law = replace(ORDINARY, grace=Grace.PRINCIPAL, grace_instalments=3)

    terms = terms_for(
        by_law,
        principal=Satang(20_000_00),
        instalments=10,
        disbursed_on=TODAY,
        first_due_on=date(2023, 5, 5),
    )
    short = terms_for(
        by_law,
        principal=Satang(20_000_00),
        instalments=1,
        disbursed_on=TODAY,
        first_due_on=date(2023, 5, 5),
    )

    assert (terms.principal, terms.annual_rate_ppm, terms.instalments) == (20_000_00, 90_000, 10)
    assert (terms.grace, terms.grace_instalments) == (Grace.PRINCIPAL, 3)
    assert make_schedule(terms).rows[0].principal == 0
    assert (short.grace, short.grace_instalments) == (Grace.NONE, 0)


def test_chosen_days_are_suggested_at_harvests_and_weeks_seven_days_apart() -> None:
    crop = SUGGESTED[Purpose.LIVELIHOOD]
    weekly = replace(ORDINARY, every=Every.WEEK)

    def days(by_law: LoanByLaw, instalments: int) -> list[date]:
        return list(usual_due_days(by_law, instalments=instalments, disbursed_on=TODAY))

    assert days(crop, 1) == [date(2024, 4, 6)]
    assert days(crop, 2) == [date(2023, 10, 6), date(2024, 4, 6)]
    assert days(crop, 3) == [date(2023, 8, 6), date(2023, 12, 6), date(2024, 4, 6)]
    assert days(weekly, 2) == [date(2023, 4, 13), date(2023, 4, 20)]
    assert days(ORDINARY, 2) == [date(2023, 5, 6), date(2023, 6, 6)]


def test_a_month_that_is_too_short_ends_on_its_last_day() -> None:
    assert months_after(date(2023, 8, 31), 6) == date(2024, 2, 29)
    assert months_after(date(2023, 12, 15), 1) == date(2024, 1, 15)


def test_the_worked_example_shows_the_sum_of_the_first_instalment() -> None:
    by_law = replace(ORDINARY, most_satang=Satang(24_000_00), annual_rate_ppm=120_000)

    assert example_in_words(by_law, on=TODAY) == [
        "ถ้ากู้เต็มวงเงิน 24,000.00 บาท วันที่ 6 เม.ย. 2566 ผ่อน 24 งวด",
        # 24,000 ÷ 24 = 1,000 and a twelfth of 12 % of 24,000 is 240.
        "ดอกเบี้ยงวดแรก 24,000.00 × 12 % ÷ 12 = 240.00 บาท",
        "งวดแรก 6 พ.ค. 2566 เงินต้น 1,000.00 + ดอกเบี้ย 240.00 = ส่ง 1,240.00 บาท",
        "งวดสุดท้าย 6 เม.ย. 2568 ส่ง 1,010.00 บาท",
        "ดอกเบี้ยทั้งหมด 3,000.00 บาท",
    ]


def test_by_the_day_and_by_harvest_the_example_counts_days() -> None:
    crop = SUGGESTED[Purpose.LIVELIHOOD]
    by_year = replace(ORDINARY, counting=Counting.DAYS_ACTUAL)
    thirds = replace(crop, counting=Counting.MONTH, most_instalments=3)

    assert "30,000.00 × 8 % × 366 วัน ÷ 365" in example_in_words(crop, on=TODAY)[1]
    assert "× 30 วัน ÷ จำนวนวันของปี" in example_in_words(by_year, on=TODAY)[1]
    assert "30,000.00 × 8 % × 4 ÷ 12" in example_in_words(thirds, on=TODAY)[1]


def test_a_rate_is_said_by_the_year_and_by_the_month_with_what_it_really_is() -> None:
    flat = replace(FLAT, annual_rate_ppm=60_000, most_instalments=24)

    assert rate_in_words(flat, effective_rate_ppm=111_343) == (
        "ร้อยละ 6 ต่อปี หรือร้อยละ 0.5 ต่อเดือน แบบคงที่ คิดจากเงินที่กู้ครั้งแรก "
        "อัตราที่แท้จริงรวมค่าธรรมเนียมคือร้อยละ 11.13 ต่อปี"
    )
    assert "ต่อเดือน" not in rate_in_words(
        replace(ORDINARY, annual_rate_ppm=80_000), effective_rate_ppm=80_000
    )


def test_a_by_law_is_said_in_words_whatever_it_is() -> None:
    said = dict(by_law_in_words(ORDINARY))
    other = dict(
        by_law_in_words(
            replace(
                ORDINARY,
                rounding_multiple=Satang(3_00),
                grace=Grace.ALL,
                grace_instalments=2,
                charge_name="ค่าบำรุง",
                contract_fee=Satang(100_00),
                collateral="โฉนดที่ดิน",
            )
        )
    )

    assert said["เทียบกับสัจจะและหุ้น"] == "ไม่เกิน 3 เท่า รวมหนี้ที่มีอยู่"
    assert said["ผู้ค้ำประกัน"] == "2 คน คนหนึ่งค้ำได้ไม่เกิน 2 สัญญา"
    assert said["ปัดเศษค่างวด"] == "เต็มบาท ปัดขึ้น"
    assert other["ปัดเศษค่างวด"] == "เต็ม 3.00 บาท ปัดขึ้น"
    assert other["ระยะปลอดหนี้"] == "2 งวดแรก ปลอดทั้งเงินต้นและดอกเบี้ย"
    assert other["อัตราค่าบำรุง"] == "ร้อยละ 9 ต่อปี"
    assert other["ค่าทำสัญญา"] == "100.00 บาท"
    assert rounding_of(replace(ORDINARY, rounding_multiple=Satang(3_00))) == ""
    assert [times(n) for n in (300, 250, 225)] == ["3", "2.5", "2.25"]
