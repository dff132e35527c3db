"""Counting notes and coins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.cash import (
    DENOMINATIONS,
    CashDoesNotMatch,
    NoSuchNote,
    check_cash,
    difference_word,
    total_of_count,
)
from ledger.money import Satang

counts = st.dictionaries(
    st.sampled_from([kind.value for kind in DENOMINATIONS]), st.integers(0, 5_000)
)


@given(counts, counts)
def test_counting_two_heaps_is_counting_them_together(
    heap: dict[Satang, int], other: dict[Satang, int]
) -> None:
    together = {
        value: heap.get(value, 0) + other.get(value, 0) for value in heap.keys() | other.keys()
    }

    assert total_of_count(together) == total_of_count(heap) + total_of_count(other)


def test_a_count_comes_to_its_notes_and_coins() -> None:
    # 15 thousands, 3 hundreds, 4 twenties and two of 25 satang are 15,380.50 baht.
    count = {Satang(1000_00): 15, Satang(100_00): 3, Satang(20_00): 4, Satang(25): 2}

    assert total_of_count(count) == 15_380_50


@pytest.mark.parametrize("count", [{Satang(30_00): 1}, {Satang(20_00): -1}])
def test_there_is_no_thirty_baht_note_and_no_fewer_than_none(count: dict[Satang, int]) -> None:
    with pytest.raises(NoSuchNote):
        total_of_count(count)


def test_cash_that_is_short_is_refused_in_the_words_of_the_table() -> None:
    with pytest.raises(CashDoesNotMatch) as refusal:
        check_cash(counted=Satang(15_380_00), expected=Satang(15_400_00), reason="  ")

    assert refusal.value.sentence() == (
        "ยอดเงินสดที่นับได้ 15,380.00 บาท ไม่ตรงกับยอดรวม 15,400.00 บาท ขาด 20.00 บาท "
        "นับใหม่อีกครั้ง หรือบันทึกเป็นเงินขาดพร้อมเหตุผล"
    )


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_difference_with_a_reason_is_what_was_counted_less_what_was_written(
    counted: int, expected: int
) -> None:
    difference = check_cash(counted=Satang(counted), expected=Satang(expected), reason="ทอนผิด")

    assert expected + difference == counted
    assert (difference_word(difference) == "ตรงกัน") == (counted == expected)
