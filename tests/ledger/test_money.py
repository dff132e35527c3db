"""Money: read exactly, written exactly, divided without losing a satang."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import (
    MOST_SATANG,
    AmountTooLarge,
    NegativeAmount,
    Satang,
    TooManyDecimals,
    UnreadableAmount,
    apportion,
    format_baht,
    parse_baht,
    plain_baht,
    short_baht,
    total,
)

amounts = st.integers(0, MOST_SATANG).map(Satang)


@pytest.mark.parametrize(
    ("text", "satang"),
    [
        ("1200", 1_200_00),
        ("1,200.5", 1_200_50),
        (" ฿1,200.50 ", 1_200_50),
        ("๑,๒๐๐.๕๐", 1_200_50),
        ("1,200.50 บาท", 1_200_50),
        ("0", 0),
        ("-0", 0),
        ("0.01", 1),
        ("5.", 5_00),
        ("10,000,000,000", MOST_SATANG),
    ],
)
def test_an_amount_is_read_as_people_type_it(text: str, satang: int) -> None:
    assert parse_baht(text) == satang


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", UnreadableAmount),
        ("หนึ่งร้อย", UnreadableAmount),
        ("1,20", UnreadableAmount),
        ("1 200", UnreadableAmount),
        ("1.2.3", UnreadableAmount),
        (".50", UnreadableAmount),
        ("1e3", UnreadableAmount),
        ("٣", UnreadableAmount),
        ("nan", UnreadableAmount),
        ("=1+1", UnreadableAmount),
        ("--5", UnreadableAmount),
        ("1\u200b", UnreadableAmount),
        ("1" * 10_000, UnreadableAmount),
        ("0.001", TooManyDecimals),
        ("1.000", TooManyDecimals),
        ("-1", NegativeAmount),
        ("10,000,000,000.01", AmountTooLarge),
    ],
)
def test_what_is_not_an_amount_is_refused_with_what_was_typed(
    text: str, refusal: type[UnreadableAmount]
) -> None:
    with pytest.raises(UnreadableAmount) as caught:
        parse_baht(text)

    assert type(caught.value) is refusal
    assert text[:40] in caught.value.sentence()


@given(amounts)
def test_what_is_written_reads_back(amount: Satang) -> None:
    assert parse_baht(format_baht(amount)) == amount
    assert parse_baht(plain_baht(amount)) == amount


def test_amounts_are_written_with_commas_and_two_decimals() -> None:
    assert format_baht(Satang(1_540_00)) == "1,540.00"
    assert format_baht(Satang(-5)) == "-0.05"
    assert plain_baht(Satang(-1_234_567_89)) == "-1234567.89"


@given(st.lists(amounts))
def test_a_total_is_the_sum(parts: list[Satang]) -> None:
    assert total(parts) == sum(parts)


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1).filter(any))
def test_apportioning_loses_and_makes_no_satang(amount: Satang, weights: list[int]) -> None:
    shares = apportion(amount, weights)

    assert sum(shares) == amount
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert amount * weight // whole <= share <= amount * weight // whole + 1


def test_what_is_left_goes_to_the_largest_remainder_and_then_to_the_first() -> None:
    # 100 satang by 1:1:1 is 33 each, and the satang that is left goes to the first
    assert apportion(Satang(100), [1, 1, 1]) == [34, 33, 33]
    # 10 satang by 1:2 is 3.33 and 6.67
    assert apportion(Satang(10), [1, 2]) == [3, 7]


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, [0]), (1, [2, -1])])
def test_apportioning_nonsense_is_a_bug(amount: int, weights: list[int]) -> None:
    with pytest.raises(AssertionError):
        apportion(Satang(amount), weights)


def test_an_amount_is_said_without_satang_when_there_are_none() -> None:
    assert [short_baht(Satang(a)) for a in (1_540_00, 1_540_50, -5)] == [
        "1,540",
        "1,540.50",
        "0.05",
    ]
