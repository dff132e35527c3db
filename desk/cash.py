"""Cash: the notes and coins of Thailand, what a count comes to, and what it is over or short."""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.errors import RuleBroken
from ledger.money import Satang, format_baht, total


@dataclass(frozen=True, slots=True)
class Denomination:
    """A kind of note or coin; ``value`` in satang."""

    value: Satang
    is_note: bool

    @property
    def name(self) -> str:
        """Give what is printed on it: ``1,000``, ``0.50``."""
        return format_baht(self.value).removesuffix(".00")


#: Source: the Bank of Thailand's notes and the Treasury Department's coins in circulation.
NOTES = tuple(
    Denomination(Satang(v), is_note=True) for v in (1000_00, 500_00, 100_00, 50_00, 20_00)
)
COINS = tuple(Denomination(Satang(v), is_note=False) for v in (10_00, 5_00, 2_00, 1_00, 50, 25))
DENOMINATIONS = NOTES + COINS
VALUES = frozenset(denomination.value for denomination in DENOMINATIONS)


class NoSuchNote(RuleBroken):
    """There is no note or coin of this value, or fewer than none of it."""

    thai = "ไม่มีธนบัตรหรือเหรียญมูลค่านี้ เปิดหน้านับเงินใหม่แล้วนับอีกครั้ง"


class CashDoesNotMatch(RuleBroken):
    """The cash counted is not the cash on the sheet, and nobody said why."""

    thai = (
        "ยอดเงินสดที่นับได้ {counted} บาท ไม่ตรงกับยอดรวม {expected} บาท {word} {difference} บาท "
        "นับใหม่อีกครั้ง หรือบันทึกเป็นเงิน{word}พร้อมเหตุผล"
    )


def total_of_count(pieces: Mapping[Satang, int]) -> Satang:
    """Add up a count of notes and coins: how many of each value, in satang.

    Raises:
        NoSuchNote: A value is none of ``DENOMINATIONS``, or a number is negative.
    """
    for value, number in pieces.items():
        if value not in VALUES or number < 0:
            raise NoSuchNote(value=value, number=number)
    return total(Satang(value * number) for value, number in pieces.items())


def difference_of(*, counted: Satang, expected: Satang) -> Satang:
    """Give what a count is over (positive) or short (negative), in satang."""
    return Satang(counted - expected)


def difference_word(difference: Satang) -> str:
    """Say a difference in one word: over, short or agreed."""
    if not difference:
        return "ตรงกัน"
    return "เกิน" if difference > 0 else "ขาด"


def check_cash(*, counted: Satang, expected: Satang, reason: str) -> Satang:
    """Give the difference that is to be booked; one that nobody explains is refused.

    Args:
        counted: What was counted, in satang.
        expected: What the sheet says was paid in cash, in satang.
        reason: Why they differ, or empty.

    Raises:
        CashDoesNotMatch: They differ and there is no reason.

    Source:
        Event E20, the daily close: money over or short is booked, with its reason, on the day.
    """
    difference = difference_of(counted=counted, expected=expected)
    if difference and not reason.strip():
        raise CashDoesNotMatch(
            counted=format_baht(counted),
            expected=format_baht(expected),
            difference=format_baht(Satang(abs(difference))),
            word=difference_word(difference),
        )
    return difference
