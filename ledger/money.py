"""Money: a whole number of satang, always."""

import re
from collections.abc import Iterable, Sequence
from typing import NewType

from ledger.errors import Unreadable

Satang = NewType("Satang", int)
"""Money in satang; 100 satang are one baht."""

ZERO = Satang(0)
SATANG_PER_BAHT = 100
#: Ten thousand million baht: more than a village will see, less than any database column holds.
MOST_SATANG = Satang(10_000_000_000 * SATANG_PER_BAHT)

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_WRITTEN = re.compile(r"(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d*))?", re.ASCII)


class UnreadableAmount(Unreadable):
    """The text is not an amount of money in baht."""

    thai = "อ่านจำนวนเงิน “{text}” ไม่ได้ พิมพ์เป็นตัวเลข เช่น 1,540.50"


class TooManyDecimals(UnreadableAmount):
    """The amount is finer than one satang."""

    thai = "จำนวนเงิน “{text}” มีทศนิยมเกิน 2 ตำแหน่ง พิมพ์ไม่เกินสตางค์ เช่น 1,540.50"


class NegativeAmount(UnreadableAmount):
    """An amount that must not be negative is."""

    thai = "จำนวนเงิน “{text}” ติดลบ พิมพ์จำนวนที่เป็นบวก"


class AmountTooLarge(UnreadableAmount):
    """The amount is larger than any book holds."""

    thai = "จำนวนเงิน “{text}” มากเกินไป ตรวจตัวเลขอีกครั้ง"


def parse_baht(text: str) -> Satang:
    """Read an amount in baht as people type it, and give it in satang.

    Accepts ``1200``, ``1,200.5``, ``฿1,200.50`` and Thai digits. Never rounds.

    Raises:
        UnreadableAmount: It is not an amount.
        TooManyDecimals: It has more than two decimals.
        NegativeAmount: It is below zero.
        AmountTooLarge: It is above ``MOST_SATANG``.
    """
    shown = text.strip()[:40]
    bare = text.strip().translate(_THAI_DIGITS).removeprefix("฿").removesuffix("บาท").strip()
    match = _WRITTEN.fullmatch(bare) if len(bare) <= len(shown) else None
    if match is None:
        raise UnreadableAmount(text=shown)
    minus, baht, satang = match[1], match[2].replace(",", ""), match[3] or ""
    if len(satang) > 2:  # noqa: PLR2004  (two decimals are a satang)
        raise TooManyDecimals(text=shown)
    amount = int(baht) * SATANG_PER_BAHT + int(satang.ljust(2, "0"))
    if minus and amount:
        raise NegativeAmount(text=shown)
    if amount > MOST_SATANG:
        raise AmountTooLarge(text=shown)
    return Satang(amount)


def format_baht(amount: Satang) -> str:
    """Write satang as baht with thousands commas and two decimals: ``1,540.00``."""
    baht, satang = divmod(abs(amount), SATANG_PER_BAHT)
    return f"{'-' if amount < 0 else ''}{baht:,}.{satang:02d}"


def plain_baht(amount: Satang) -> str:
    """Write satang as baht without commas, for files that other programs read: ``1540.00``."""
    return format_baht(amount).replace(",", "")


def short_baht(amount: Satang) -> str:
    """Write an amount as it is said: ``1,540`` or ``1,540.50``, never negative."""
    whole = format_baht(Satang(abs(amount)))
    return whole.removesuffix(".00") if amount % SATANG_PER_BAHT == 0 else whole


def total(amounts: Iterable[Satang]) -> Satang:
    """Add amounts up. ``sum`` would lose the type."""
    return Satang(sum(amounts))


def apportion(amount: Satang, weights: Sequence[int]) -> list[Satang]:
    """Divide an amount by weights so that no satang is lost or made.

    Each share is rounded down; what is left goes, a satang each, to the largest remainders,
    the earlier one first when they are equal.

    Args:
        amount: What is divided, in satang; not negative.
        weights: One a share; not negative, and not all zero.
    """
    whole = sum(weights)
    assert amount >= 0, amount
    assert whole > 0, weights
    assert min(weights) >= 0, weights
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in by_remainder[: amount - sum(shares)]:
        shares[i] += 1
    return [Satang(share) for share in shares]
