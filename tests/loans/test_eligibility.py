"""Who may borrow how much: every rule with its sum, from cheap to dear."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import ZERO, Satang
from loans.eligibility import Eligibility, Facts, eligibility
from loans.kinds import Purpose
from loans.product_terms import LoanByLaw
from loans.product_words import SUGGESTED

#: Fifty thousand at most, three times the savings, 24 months, two guarantors, six months' wait.
BY_LAW = SUGGESTED[Purpose.ORDINARY]
FACTS = Facts(
    joined_on=date(2022, 1, 15),
    on=date(2023, 4, 6),
    savings=Satang(12_000_00),
    owed_of_this_kind=ZERO,
    owed_in_all=Satang(10_000_00),
    overdue=ZERO,
    guarantors_agreed=2,
    guaranteed_satang=Satang(26_000_00),
    household_income=Satang(9_000_00),
    instalment=Satang(2_000_00),
)
amounts = st.integers(0, 200_000_00).map(Satang)


def ask(
    *, asked: int = 26_000_00, instalments: int = 24, by_law: LoanByLaw = BY_LAW, **facts: Any
) -> Eligibility:
    return eligibility(
        asked=Satang(asked),
        instalments=instalments,
        by_law=by_law,
        facts=replace(FACTS, **facts),
    )


def broken(found: Eligibility) -> list[str]:
    return [reason.sentence for reason in found.reasons if not reason.is_kept]


def test_savings_times_the_multiple_less_what_is_owed_is_what_is_left() -> None:
    found = ask()

    assert found.may_borrow
    assert found.most == 26_000_00
    # 12,000 × 3 = 36,000; 36,000 - 10,000 = 26,000.
    assert ("สัจจะและหุ้น 12,000 × 3 เท่า = กู้ได้ไม่เกิน 36,000 บาท เป็นหนี้อยู่ 10,000 เหลือกู้ได้ 26,000 บาท") in [
        reason.sentence for reason in found.reasons
    ]


def test_a_satang_more_than_is_left_is_refused_with_how_much_it_is_too_much() -> None:
    found = ask(asked=26_000_01, guaranteed_satang=Satang(30_000_00))

    assert not found.may_borrow
    assert broken(found) == [
        (
            "สัจจะและหุ้น 12,000 × 3 เท่า = กู้ได้ไม่เกิน 36,000 บาท เป็นหนี้อยู่ 10,000 เหลือกู้ได้ 26,000 บาท "
            "ขอมา 26,000.01 เกินไป 0.01 บาท"
        )
    ]


def test_reasons_come_from_cheap_to_dear() -> None:
    begins = [reason.sentence.split(" ")[0] for reason in ask().reasons]

    assert begins == [
        "ผ่อน",
        "เป็นสมาชิกตั้งแต่",
        "วงเงินกู้ประเภทนี้",
        "สัจจะและหุ้น",
        "ไม่มีหนี้ค้างชำระ",
        "ผู้ค้ำประกันยินยอมแล้ว",
        "ค้ำรวมกัน",
        "งวดแรก",
    ]


@pytest.mark.parametrize(
    ("differently", "sentence"),
    [
        (
            {"joined_on": date(2022, 10, 7)},
            "เป็นสมาชิกตั้งแต่ 7 ต.ค. 2565 ต้องครบ 6 เดือน กู้ได้ตั้งแต่ 7 เม.ย. 2566",
        ),
        (
            {"owed_of_this_kind": Satang(30_000_00), "owed_in_all": ZERO},
            (
                "วงเงินกู้ประเภทนี้ 50,000 บาท เป็นหนี้ประเภทนี้อยู่ 30,000 เหลือกู้ได้ 20,000 บาท "
                "ขอมา 26,000 เกินไป 6,000 บาท"
            ),
        ),
        ({"overdue": Satang(1_234_50)}, "ค้างชำระอยู่ 1,234.50 บาท ต้องชำระส่วนที่ค้างก่อน"),
        ({"guarantors_agreed": 1}, "ผู้ค้ำประกันยินยอมแล้ว 1 คน ต้องมี 2 คน ยังขาด 1 คน"),
        (
            {"guaranteed_satang": Satang(20_000_00)},
            "ค้ำรวมกัน 20,000 บาท เงินกู้ที่ขอ 26,000 บาท ยังขาด 6,000 บาท",
        ),
        ({"instalments": 25}, "ขอผ่อน 25 งวด แต่ระเบียบให้ไม่เกิน 24 งวด ลดจำนวนงวดลง"),
    ],
)
def test_each_rule_refuses_with_its_own_sum(differently: dict[str, Any], sentence: str) -> None:
    found = ask(**differently)

    assert not found.may_borrow
    assert broken(found) == [sentence]


def test_the_waiting_is_over_on_the_very_day() -> None:
    assert ask(joined_on=date(2022, 10, 6)).may_borrow
    # A month without the day ends on its last day: 31 August and six months is 28 February.
    assert ask(joined_on=date(2022, 8, 31), on=date(2023, 2, 28)).may_borrow
    assert not ask(joined_on=date(2022, 8, 31), on=date(2023, 2, 27)).may_borrow


def test_while_waiting_or_overdue_nothing_can_be_borrowed() -> None:
    assert ask(joined_on=date(2023, 4, 1)).most == 0
    assert ask(overdue=Satang(1)).most == 0


def test_an_income_below_the_instalment_warns_and_does_not_refuse() -> None:
    found = ask(household_income=Satang(1_500_00))

    assert found.may_borrow
    assert found.reasons[-1].sentence == (
        "งวดแรก 2,000 บาท จากรายได้ครัวเรือนเดือนละ 1,500 บาท คิดเป็นร้อยละ 133 ควรระวัง ค่างวดมากกว่ารายได้"
    )


def test_a_kind_that_asks_for_neither_savings_nor_guarantors_says_nothing_of_them() -> None:
    by_law = replace(BY_LAW, most_hundredths_of_savings=0, guarantors=0, waiting_months=0)

    found = ask(by_law=by_law, guarantors_agreed=0, guaranteed_satang=ZERO, savings=ZERO)

    assert found.may_borrow
    assert found.most == 50_000_00
    assert not [reason for reason in found.reasons if "ค้ำ" in reason.sentence]


def test_a_multiple_may_be_a_fraction() -> None:
    by_law = replace(BY_LAW, most_hundredths_of_savings=250)

    # 1,000.01 × 2.5 = 2,500.025, and nobody is lent half a satang.
    found = ask(by_law=by_law, savings=Satang(1_000_01), owed_in_all=ZERO)

    assert found.most == 2_500_02
    assert "1,000.01 × 2.5 เท่า = กู้ได้ไม่เกิน 2,500.02 บาท" in broken(found)[0]


@given(amounts, amounts, amounts, amounts)
def test_whoever_may_borrow_an_amount_is_told_at_least_as_much(
    asked: Satang, savings: Satang, owed: Satang, overdue: Satang
) -> None:
    found = ask(
        asked=asked,
        savings=savings,
        owed_in_all=owed,
        owed_of_this_kind=owed,
        overdue=overdue,
        guaranteed_satang=asked,
    )

    assert found.may_borrow is (asked <= found.most and not overdue)
    assert 0 <= found.most <= 50_000_00


def test_what_was_written_off_and_never_came_back_stands_in_the_way() -> None:
    found = ask(written_off=Satang(12_345_00))

    assert broken(found) == ["มีหนี้ที่กลุ่มตัดสูญไปแล้วยังไม่ได้ชำระคืน 12,345 บาท ต้องชำระคืนก่อนจึงกู้ใหม่ได้"]
    assert found.most == ZERO


def test_only_what_the_household_earns_is_private() -> None:
    private = [reason.sentence for reason in ask().reasons if reason.is_private]

    assert len(private) == 1
    assert "9,000" in private[0]
    assert not [reason for reason in ask(household_income=ZERO).reasons if reason.is_private]
