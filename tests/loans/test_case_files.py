"""Published schedules: read whatever way they are written, and compared figure by figure.

The published ones are read where they lie; what is tested without them was made up here.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loans.case_files import (
    Case,
    FlatRate,
    NotACaseFile,
    Outcome,
    Unread,
    Verdict,
    check_case,
    check_flat_rate,
    read_cases,
)

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "loan_schedules"
MIFOS = DATA / "mifos_cases.json"
THAI_TERMS = DATA / "generated_libreoffice_thai_terms.json"
published = pytest.mark.skipif(
    not DATA.is_dir(), reason="46 published schedules are not on this machine"
)

#: 1,000 at 12 % in two months, payments in whole ones: 10.00 and 5.10 of interest.
PLAIN: dict[str, Any] = {
    "id": "plain",
    "method": "declining_equal_installment",
    "principal": "1000",
    "annual_rate": "0.12",
    "n": 2,
    "frequency": "monthly",
    "rows": [
        {"n": 1, "payment": "508.00", "principal": "498.00", "interest": "10.00", "balance": 502},
        {"n": 2, "payment": "507.02", "principal": "502.00", "interest": 5.02, "balance": "0"},
    ],
}


def outcome_of(case: dict[str, Any]) -> Outcome:
    """Read and check one case as it stands in a file."""
    cases, _flat = read_cases(json.dumps({"cases": [case]}).encode())
    assert isinstance(cases[0], Case), cases
    return check_case(cases[0])


def unread(case: Any) -> str:
    """Give why a case cannot be read."""
    cases, _flat = read_cases(json.dumps([case]).encode())
    assert isinstance(cases[0], Unread), cases
    return cases[0].why


def plain(**different: Any) -> dict[str, Any]:
    """Give the plain case with something different."""
    return PLAIN | different


# ---------------------------------------------------------------- the published ones


@published
def test_every_schedule_of_mifos_agrees_in_every_row() -> None:
    cases, flat = read_cases(MIFOS.read_bytes())

    outcomes = [check_case(case) for case in cases if isinstance(case, Case)]

    assert len(outcomes) == 32
    assert flat == []
    assert [o for o in outcomes if o.verdict is not Verdict.AGREES] == []
    # Also the 32 tables before rounding agree: nothing is remarked on them, nor on the sums.
    remarks = [remark for o in outcomes for remark in o.remarks if "ติดลบ" not in remark]
    assert remarks == []


@published
def test_schedules_at_thai_terms_agree_to_ten_decimals() -> None:
    cases, flat = read_cases(THAI_TERMS.read_bytes())

    outcomes = [check_case(case) for case in cases if isinstance(case, Case)]
    rates = [check_flat_rate(rate) for rate in flat if isinstance(rate, FlatRate)]

    assert (len(outcomes), len(rates)) == (10, 4)
    assert [o for o in outcomes + rates if o.verdict is not Verdict.AGREES] == []


@published
@pytest.mark.parametrize("figure", ["payment", "principal", "interest", "fee", "balance"])
def test_one_figure_altered_by_its_last_decimal_is_found(figure: str) -> None:
    told = json.loads(MIFOS.read_bytes())
    for case in told["cases"]:
        row = case["rows"][-1]
        row[figure] = str(Decimal(row[figure]) + Decimal("0.001"))

    cases, _flat = read_cases(json.dumps(told).encode())
    outcomes = [check_case(case) for case in cases if isinstance(case, Case)]

    assert [o.verdict for o in outcomes if o.verdict is Verdict.AGREES] == []
    assert all(
        f"ต่างที่งวด {len(c['rows'])} " in o.said for c, o in zip(told["cases"], outcomes, strict=True)
    )


# ---------------------------------------------------------------- read liberally


def test_a_plain_case_agrees_and_the_convention_is_named() -> None:
    outcome = outcome_of(PLAIN)

    assert outcome.verdict is Verdict.AGREES
    assert "ตรงกันทุกงวด 2 งวด (งวดปัดครึ่งขึ้นเป็นหนึ่งหน่วย" in outcome.said
    assert outcome.remarks == ()


@pytest.mark.parametrize(
    "different",
    [
        {"method": "Annuity", "annual_rate": "12%"},
        {"annual_rate": "0.24/2", "n": None, "frequency": None},
        {"frequency": "Month", "principal": "1,000.00"},
        {"disbursed": "2025-12-31", "first_due": "31/1/2569"},
        {"first_due": "31/1/2569"},
        {"rounding": {"digits": 2}},
        {"rounding": {"digits": 2, "currency": "HALF_UP", "initial_multiple": "1"}},
        {"counting": "month", "note": "a note"},
    ],
)
def test_the_same_may_be_said_in_more_than_one_way(different: dict[str, Any]) -> None:
    assert outcome_of(plain(**different)).verdict is Verdict.AGREES


def test_keys_that_nobody_knows_are_named() -> None:
    assert "ไม่รู้จักช่อง colour" in outcome_of(plain(colour="blue")).remarks


def test_a_row_before_the_first_instalment_is_passed_over() -> None:
    rows = [{"n": 0, "payment": "0", "balance": "1000"}, *PLAIN["rows"]]

    assert outcome_of(plain(rows=rows)).verdict is Verdict.AGREES


def test_figures_that_are_not_there_are_not_compared() -> None:
    rows = [{"payment": "508.00"}, {"payment": "507.02"}]

    assert outcome_of(plain(rows=rows)).verdict is Verdict.AGREES


def test_due_days_in_the_rows_are_counted_by_the_day_where_that_agrees() -> None:
    # 31 days on 1,000: 10.19; 28 on the rest: 4.62
    case = plain(
        disbursed="2025-12-31",
        rows=[
            {"due": "2026-01-31", "days": 31, "payment": "508.00", "interest": "10.19"},
            {"due": "2026-02-28", "days": 28, "payment": "506.81", "interest": "4.62"},
        ],
    )

    outcome = outcome_of(case)

    assert outcome.verdict is Verdict.AGREES, outcome.said
    assert "ดอกเบี้ยรายวัน" in outcome.said


def test_the_payout_is_found_from_the_length_of_the_first_period() -> None:
    rows = [
        {"due": "2026-01-31", "days": 20, "payment": "6.58"},
        {"due": "2026-02-28", "days": 28, "payment": "1009.21"},
    ]

    case = plain(method="bullet", frequency="irregular", counting="act/365", rows=rows)

    assert outcome_of(case).verdict is Verdict.AGREES


def test_without_rows_that_say_so_chosen_days_are_months() -> None:
    assert outcome_of(plain(frequency="chosen")).verdict is Verdict.AGREES


def test_an_unrounded_schedule_agrees_to_one_in_its_last_decimal() -> None:
    rows = [
        {"payment": "507.51243782", "interest": "10.00000001", "balance": "502.48756218"},
        {"payment": "507.51243781", "interest": "5.02487562", "balance": "0E-8"},
    ]

    assert outcome_of(plain(rows=rows)).verdict is Verdict.AGREES
    rows[1]["interest"] = "5.02487564"
    assert "แฟ้ม 5.02487564 คำนวณได้ 5.02487562" in outcome_of(plain(rows=rows)).said


def test_a_principal_finer_than_the_rounding_is_no_hindrance() -> None:
    rounding = {"digits": 0, "currency": "HALF_UP"}
    rows = [{"payment": "510"}, {"payment": "506"}]

    outcome = outcome_of(plain(principal="1000.5", rounding=rounding, rows=rows))

    assert outcome.verdict is Verdict.DIFFERS


def test_where_one_way_of_rounding_leaves_nothing_the_others_are_tried() -> None:
    rows = [{"payment": "0.34"}, {"payment": "0.34"}, {"payment": "0.34"}]

    case = plain(principal="1.00", annual_rate="0.12", n=3, rows=rows)

    assert outcome_of(case).verdict is Verdict.AGREES


def test_days_alone_say_when_instalments_fall_due() -> None:
    case = plain(
        method="bullet",
        frequency="once",
        n=1,
        rows=[{"days": 73, "payment": "1024.00", "principal": "1000.00", "interest": "24.00"}],
    )

    assert outcome_of(case).verdict is Verdict.AGREES


@pytest.mark.parametrize(
    ("frequency", "interest"),
    [("quarterly", "30.00"), ("yearly", "120.00"), ("fortnightly", "4.60"), ("daily", "0.33")],
)
def test_other_frequencies_are_known(frequency: str, interest: str) -> None:
    rows = [
        {"payment": interest, "principal": "0", "interest": interest, "balance": "1000"},
        {"payment": str(1000 + Decimal(interest)), "interest": interest, "balance": "0"},
    ]

    case = plain(method="bullet", frequency=frequency, rows=rows)

    assert outcome_of(case).verdict is Verdict.AGREES


def test_a_fee_of_the_first_payment_only_is_added_there() -> None:
    fee = {"frequency": "Upfront", "type": "Value", "value": "20"}
    rows = [
        {"payment": "528.00", "interest": "10.00", "fee": "20.00"},
        {"payment": "507.02", "interest": "5.02", "fee": "0.00"},
    ]

    assert outcome_of(plain(fee=fee, rows=rows)).verdict is Verdict.AGREES


def test_a_file_may_be_one_case() -> None:
    cases, _flat = read_cases(json.dumps(PLAIN).encode())

    assert [case.id for case in cases] == ["plain"]


# ---------------------------------------------------------------- compared precisely


def test_a_figure_that_differs_is_shown_beside_ours() -> None:
    rows = [dict(row) for row in PLAIN["rows"]]
    rows[1]["interest"], rows[1]["payment"] = "5.03", "507.03"

    outcome = outcome_of(plain(rows=rows))

    assert outcome.verdict is Verdict.DIFFERS
    assert "ต่างที่งวด 2 เงินงวด: แฟ้ม 507.03 คำนวณได้ 507.02" in outcome.said


def test_a_row_too_many_is_told() -> None:
    outcome = outcome_of(plain(n=2, rows=[*PLAIN["rows"], {"n": 3, "payment": "0.00"}]))

    assert outcome.verdict is Verdict.DIFFERS
    assert "จำนวนงวดต่างกัน: แฟ้ม 3 คำนวณได้ 2" in outcome.said


def test_interest_made_principal_is_refused_with_its_law() -> None:
    rows = [
        {"payment": "0.00", "principal": "-10.00", "interest": "10.00", "balance": "1010.00"},
        {"payment": "1020.10", "principal": "1010.00", "interest": "10.10", "balance": "0.00"},
    ]

    outcome = outcome_of(plain(rows=rows))

    assert outcome.verdict is Verdict.REFUSED
    assert "มาตรา 655" in outcome.said


def test_a_file_whose_own_rows_do_not_add_up_is_told_so() -> None:
    short = [PLAIN["rows"][0], PLAIN["rows"][1] | {"principal": "501.00", "payment": "506.02"}]
    crooked = [PLAIN["rows"][0] | {"fee": "0", "payment": "509.00"}, PLAIN["rows"][1]]

    assert "รวมได้ 999.00 ไม่เท่ากับที่กู้ 1000" in outcome_of(plain(rows=short)).said
    assert "ไม่รวมกัน" in outcome_of(plain(rows=crooked)).said


def test_terms_that_we_refuse_are_refused_with_our_sentence() -> None:
    grace = {"type": "Principal", "n": 2}

    outcome = outcome_of(plain(grace=grace))

    assert outcome.verdict is Verdict.REFUSED
    assert "ระยะปลอดชำระ 2 งวด" in outcome.said


def test_sums_of_the_file_are_compared_with_its_rows() -> None:
    remarks = outcome_of(plain(totals={"interest": "15.03"})).remarks

    assert remarks == ("ยอดรวมดอกเบี้ยในแฟ้ม 15.03 ไม่เท่ากับผลรวมของแถว 15.02",)


def test_figures_before_rounding_are_compared_too() -> None:
    exact = [{"n": 1, "payment": "507.512438"}, {"n": 2, "payment": "507.5125"}]

    remarks = outcome_of(plain(exact_rows=exact)).remarks

    assert remarks == ("ค่าก่อนปัดเศษต่างที่งวด 2 เงินงวด: แฟ้ม 507.5125 คำนวณได้ 507.5124",)


@pytest.mark.parametrize(
    ("different", "why"),
    [
        ({"method": "magic"}, "method magic"),
        ({"principal": "-5"}, "principal -5"),
        ({"principal": None}, "principal None"),
        ({"annual_rate": "x"}, "annual_rate x"),
        ({"annual_rate": "-0.1"}, "annual_rate -0.1"),
        ({"annual_rate": "1/0"}, "annual_rate 1/0"),
        ({"n": 2.5}, "n 2.5"),
        ({"n": 10**9}, "n 1000000000"),
        ({"frequency": "at full moon"}, "frequency at full moon"),
        ({"rows": []}, "no rows"),
        ({"rows": [{}] * 1_201}, "more than 1200 rows"),
        ({"rows": ["x"]}, "rows 1 is not an object"),
        ({"rows": [{"payment": "1e99999"}]}, "payment 1e99999"),
        ({"grace": "some"}, "grace some"),
        ({"rounding": {"digits": 99}}, "rounding digits 99"),
        ({"rounding": {"initial_mode": "sideways"}}, "rounding mode sideways"),
        ({"rounding": {"initial_multiple": 0}}, "rounding multiple 0"),
        ({"fee": {"frequency": "sometimes"}}, "fee frequency sometimes"),
        ({"fee": {"frequency": "Periodic", "type": "Mood"}}, "fee type Mood"),
        ({"disbursed": "31/2/2569"}, "day 31/2/2569"),
    ],
)
def test_what_cannot_be_read_is_named(different: dict[str, Any], why: str) -> None:
    assert why in unread(plain(**different))


def test_a_case_that_does_not_say_its_days_is_unread() -> None:
    assert outcome_of(plain(principal="1e-19")).verdict is Verdict.UNREAD
    assert outcome_of(plain(frequency="once")).verdict is Verdict.UNREAD


def test_a_case_that_is_no_object_is_named_by_its_place() -> None:
    cases, flat = read_cases(b'{"cases": [7], "flat_to_effective": [{"id": "f"}, 8]}')

    assert cases == [Unread("case 1", "it is not an object")]
    assert [case.id for case in flat] == ["f", "case 2"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"7", b'{"cases": 7}', b"\xff\xfe\x00", b"[" * 9999]
)
def test_a_file_that_is_no_list_of_cases_is_refused(content: bytes) -> None:
    with pytest.raises(NotACaseFile) as refused:
        read_cases(content)

    assert "JSON" in refused.value.sentence()


def test_a_flat_rate_that_differs_is_shown_beside_ours() -> None:
    told = {
        "id": "one per cent",
        "principal": "20000",
        "flat_rate_per_month": "0.01",
        "n": 10,
        "instalment": "2200",
        "effective_rate_per_month": "0.017716",
    }

    def outcome(**different: Any) -> Outcome:
        _cases, flat = read_cases(
            json.dumps({"cases": [], "flat_to_effective": [told | different]}).encode()
        )
        assert isinstance(flat[0], FlatRate)
        return check_flat_rate(flat[0])

    assert outcome().verdict is Verdict.AGREES
    assert outcome(effective_rate_per_month="0.017719").said == (
        "อัตราที่แท้จริงต่อเดือน: แฟ้ม 0.017719 คำนวณได้ 0.017715"
    )
    assert outcome(principal="0.00000000000000000001").verdict is Verdict.UNREAD
    assert outcome(flat_rate_per_month="1").verdict is Verdict.REFUSED


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from([*PLAIN, "rounding", "grace", "fee", "totals"]), anything))
def test_nothing_that_a_file_says_breaks_the_reader(different: dict[str, Any]) -> None:
    cases, _flat = read_cases(json.dumps({"cases": [plain(**different)]}).encode())

    if isinstance(cases[0], Case):
        assert check_case(cases[0]).said
