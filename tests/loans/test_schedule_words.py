"""What the terms of a loan are called."""

from datetime import date

import pytest

from ledger.money import Satang
from loans.schedule import Counting, Every, Grace, Method, RateEffect, RoundingHow
from loans.schedule.words import (
    COUNTING_IN_THAI,
    EFFECT_IN_THAI,
    GRACE_IN_THAI,
    METHOD_IN_THAI,
    every_in_thai,
    grace_in_thai,
    rounding_in_thai,
)
from tests.loans.terms import house


def test_everything_has_a_name() -> None:
    assert set(METHOD_IN_THAI) == set(Method)
    assert set(COUNTING_IN_THAI) == set(Counting)
    assert set(GRACE_IN_THAI) == set(Grace)
    assert set(EFFECT_IN_THAI) == set(RateEffect)


def test_when_instalments_fall_due_is_said_as_people_say_it() -> None:
    assert every_in_thai(house()) == "ทุกวันที่ 31 ของเดือน หรือวันสิ้นเดือนถ้าเดือนสั้นกว่า"
    assert every_in_thai(house(first_due_on=date(2026, 2, 5))) == "ทุกวันที่ 5 ของเดือน"
    assert every_in_thai(house(every=Every.WEEK)) == "ทุกวันเสาร์"
    assert every_in_thai(house(every=Every.CHOSEN)) == "ตามวันที่ตกลงกัน"


@pytest.mark.parametrize(
    ("multiple", "how", "said"),
    [
        (1, RoundingHow.HALF_UP, "ปัดเศษครึ่งขึ้นเป็นจำนวนเต็ม 1 สตางค์"),
        (25, RoundingHow.DOWN, "ปัดลงเป็นจำนวนเต็ม 25 สตางค์"),
        (1_00, RoundingHow.UP, "ปัดขึ้นเป็นจำนวนเต็ม 1 บาท"),
    ],
)
def test_rounding_is_said_in_baht_or_satang(multiple: int, how: RoundingHow, said: str) -> None:
    terms = house(rounding_multiple=Satang(multiple), rounding_how=how)

    assert rounding_in_thai(terms) == said


def test_a_grace_is_said_with_its_length() -> None:
    assert grace_in_thai(house()) == ""
    assert grace_in_thai(house(grace=Grace.PRINCIPAL, grace_instalments=3)) == (
        "3 งวดแรก พักเงินต้น ส่งเฉพาะดอกเบี้ย"
    )
