"""The group's rules as dated data: what was resolved, by which resolution, and from which day."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any

from ledger.errors import RuleBroken, Unreadable
from ledger.money import MOST_SATANG, Satang, format_baht
from ledger.thai import arabic_digits, format_date


class RuleName(StrEnum):
    """The rules that a group resolves, each with its unit in its name.

    Amounts are in satang, rates in millionths a year (``ppm``: 150,000 is 15 %). The tiers of the
    provision are pairs: from how many months overdue, and how many millionths of what is owed.
    """

    PLEDGE_HELD_AS = "pledge_held_as"
    PLEDGE_LEAST = "pledge_least_satang"
    PLEDGE_MOST = "pledge_most_satang"
    SHARE_PAR = "share_par_satang"
    ENTRANCE_FEE = "entrance_fee_satang"
    PASSBOOK_FEE = "passbook_fee_satang"
    WELFARE_PREMIUM = "welfare_premium_satang"
    LAND_HOUSING_PREMIUM = "land_housing_premium_satang"
    CASH_LIMIT = "cash_limit_satang"
    LOAN_QUORUM = "loan_quorum_people"
    LOAN_DEFAULT_RATE = "loan_default_rate_ppm"
    LOAN_DEFAULT_FREE_DAYS = "loan_default_free_days"
    PROVISION_TIERS = "provision_tiers_months_ppm"


class HeldAs(StrEnum):
    """Whether pledge savings are the members' capital or the group's debt to them."""

    EQUITY = "equity"
    LIABILITY = "liability"


HELD_AS_IN_THAI: Mapping[HeldAs, str] = {
    HeldAs.EQUITY: "ทุนของสมาชิก",
    HeldAs.LIABILITY: "เงินรับฝาก (กลุ่มเป็นหนี้สมาชิก)",
}

#: What a group starts from until its general meeting resolves otherwise.
#: Source: an invented sample group; every figure is the group's own to set.
USUAL_RULES: Mapping[RuleName, Any] = {
    RuleName.PLEDGE_HELD_AS: HeldAs.EQUITY.value,
    RuleName.PLEDGE_LEAST: 30_00,
    RuleName.PLEDGE_MOST: 1_000_00,
    RuleName.SHARE_PAR: 10_00,
    RuleName.ENTRANCE_FEE: 50_00,
    RuleName.PASSBOOK_FEE: 20_00,
    RuleName.WELFARE_PREMIUM: 30_00,
    RuleName.LAND_HOUSING_PREMIUM: 0,
    RuleName.CASH_LIMIT: 5_000_00,
    RuleName.LOAN_QUORUM: 3,
    RuleName.LOAN_DEFAULT_RATE: 150_000,
    RuleName.LOAN_DEFAULT_FREE_DAYS: 0,
    RuleName.PROVISION_TIERS: [[1, 20_000], [3, 200_000], [6, 500_000], [12, 1_000_000]],
}

#: What each rule is called on the pages, and its unit.
RULE_IN_THAI: Mapping[RuleName, str] = {
    RuleName.PLEDGE_HELD_AS: "เงินสัจจะถือเป็น",
    RuleName.PLEDGE_LEAST: "สัจจะขั้นต่ำต่อเดือน (บาท)",
    RuleName.PLEDGE_MOST: "สัจจะสูงสุดต่อเดือน (บาท)",
    RuleName.SHARE_PAR: "มูลค่าหุ้นละ (บาท)",
    RuleName.ENTRANCE_FEE: "ค่าแรกเข้า (บาท)",
    RuleName.PASSBOOK_FEE: "ค่าสมุดคู่ฝาก (บาท)",
    RuleName.WELFARE_PREMIUM: "เงินสวัสดิการต่อเดือน (บาท)",
    RuleName.LAND_HOUSING_PREMIUM: "เงินรักษาดินรักษาบ้านต่อเดือน (บาท)",
    RuleName.CASH_LIMIT: "เงินสดที่เก็บไว้ได้ไม่เกิน (บาท)",
    RuleName.LOAN_QUORUM: "องค์ประชุมคณะกรรมการเงินกู้ (คน)",
    RuleName.LOAN_DEFAULT_RATE: "ดอกเบี้ยผิดนัด (ร้อยละต่อปี ของเงินต้นงวดที่ค้าง)",
    RuleName.LOAN_DEFAULT_FREE_DAYS: "ผ่อนผันไม่คิดดอกเบี้ยผิดนัด (วัน)",
    RuleName.PROVISION_TIERS: "ค่าเผื่อหนี้สงสัยจะสูญ (ตามเดือนที่ค้าง)",
}


PPM_IN_A_PERCENT, WHOLE_PPM, MOST_MONTHS = 10_000, 1_000_000, 600
PERCENT_DECIMALS, MOST_PERCENT = 4, 1_000
#: The most lines that a provision has.
MOST_TIERS = 8
_WRITTEN_PERCENT = re.compile(r"(-?)(\d{1,9})(?:\.(\d*))?", re.ASCII)
#: Rules about lending. They begin with the usual values, and first steps do not ask for them.
LOAN_RULES = (
    RuleName.LOAN_QUORUM,
    RuleName.LOAN_DEFAULT_RATE,
    RuleName.LOAN_DEFAULT_FREE_DAYS,
    RuleName.PROVISION_TIERS,
)
FIRST_RULES = tuple(rule for rule in RuleName if rule not in LOAN_RULES)
#: Rules that are rates in millionths, and rules that count people or days.
PER_CENT = frozenset({RuleName.LOAN_DEFAULT_RATE})
COUNTED = frozenset({RuleName.LOAN_QUORUM, RuleName.LOAN_DEFAULT_FREE_DAYS})
#: Least and most of what is not an amount.
#: Source: no default interest above the 15 % a year of the Civil and Commercial Code, section 654.
LEAST = {RuleName.LOAN_QUORUM: 2}
MOST = {
    RuleName.LOAN_QUORUM: 100,
    RuleName.LOAN_DEFAULT_RATE: 150_000,
    RuleName.LOAN_DEFAULT_FREE_DAYS: 366,
}


class UnreadablePercent(Unreadable):
    """The text is not a rate in per cent."""

    thai = "อ่านอัตรา “{text}” ไม่ได้ พิมพ์เป็นร้อยละ เช่น 6 หรือ 6.25"


class NegativePercent(UnreadablePercent):
    """The rate is below zero."""

    thai = "อัตรา “{text}” ติดลบ พิมพ์อัตราที่ไม่ติดลบ เช่น 6.25"


class TooFinePercent(UnreadablePercent):
    """The rate has more decimals than are kept."""

    thai = "อัตรา “{text}” มีทศนิยมเกิน 4 ตำแหน่ง พิมพ์ให้สั้นลง เช่น 6.25"


class PercentTooLarge(UnreadablePercent):
    """The rate is beyond anything that anybody means."""

    thai = "อัตรา “{text}” มากเกินไป ตรวจตัวเลขอีกครั้ง"


class RuleNotResolved(RuleBroken):
    """The group had no such rule on that day."""

    thai = "กลุ่มยังไม่มีระเบียบเรื่อง {name} ในวันที่ {on}"


class RuleValueUnfit(RuleBroken):
    """An amount is not negative, and a choice is one of those there are."""

    thai = "{name} ใส่ค่านี้ไม่ได้ ตรวจแล้วใส่ใหม่"


class PledgeBoundsCrossed(RuleBroken):
    """Nobody could pledge anything: the least would be above the most."""

    thai = "สัจจะขั้นต่ำ {least} บาทมากกว่าสัจจะสูงสุด {most} บาท ในวันที่ {on} แก้ให้ขั้นต่ำไม่เกินสูงสุด"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it was resolved."""

    name: RuleName
    holds_from: date
    value: Any
    resolution: str


def in_force(rules: Iterable[Rule], *, name: RuleName, on: date) -> Any:
    """Give what a rule says on a day: the newest resolution that holds by then.

    Raises:
        RuleNotResolved: There was none yet.
    """
    held = [rule for rule in rules if rule.name == name and rule.holds_from <= on]
    if not held:
        raise RuleNotResolved(name=RULE_IN_THAI[name], on=format_date(on))
    return max(held, key=lambda rule: rule.holds_from).value


def check_value(name: RuleName, value: Any) -> None:
    """Refuse what a rule cannot say; amounts are in satang.

    Raises:
        RuleValueUnfit: It is a negative amount, or not one of the choices.
    """
    if name is RuleName.PLEDGE_HELD_AS:
        fits = value in list(HeldAs)
    elif name is RuleName.PROVISION_TIERS:
        fits = _are_tiers(value)
    else:
        fits = _is_whole(value, least=LEAST.get(name, 0), most=MOST.get(name, MOST_SATANG))
    if not fits:
        raise RuleValueUnfit(name=RULE_IN_THAI[name], value=value)


def _is_whole(value: Any, *, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _are_tiers(value: Any) -> bool:
    """Tell whether a provision grows with the months: pairs of months and millionths, in order."""
    if not isinstance(value, list) or not all(
        isinstance(tier, list) and len(tier) == len(("months", "ppm")) for tier in value
    ):
        return False
    whole = 0 < len(value) <= MOST_TIERS and all(
        _is_whole(months, least=0, most=MOST_MONTHS) and _is_whole(ppm, least=0, most=WHOLE_PPM)
        for months, ppm in value
    )
    growing = all(
        before[0] < after[0] and before[1] <= after[1] for before, after in pairwise(value)
    )
    return whole and growing


def check_bounds(rules: Iterable[Rule], *, since: date) -> None:
    """Refuse rules by which, on some day from ``since`` on, nobody could pledge anything.

    Raises:
        PledgeBoundsCrossed: The least pledge is above the most on a day.
    """
    rules = list(rules)
    ends = {RuleName.PLEDGE_LEAST, RuleName.PLEDGE_MOST}
    turns = {rule.holds_from for rule in rules if rule.name in ends and rule.holds_from >= since}
    for on in sorted(turns):
        least = Satang(in_force(rules, name=RuleName.PLEDGE_LEAST, on=on))
        most = Satang(in_force(rules, name=RuleName.PLEDGE_MOST, on=on))
        if least > most:
            raise PledgeBoundsCrossed(
                least=format_baht(least), most=format_baht(most), on=format_date(on)
            )


def rule_in_words(name: RuleName, value: Any) -> str:
    """Write what a rule says as pages show it; its unit stands in ``RULE_IN_THAI``."""
    if name is RuleName.PLEDGE_HELD_AS:
        return HELD_AS_IN_THAI[HeldAs(value)]
    if name in PER_CENT:
        return percent(value)
    if name in COUNTED:
        return str(value)
    if name is RuleName.PROVISION_TIERS:
        return " · ".join(f"ค้าง {months} เดือนขึ้นไป {percent(ppm)} %" for months, ppm in value)
    return format_baht(Satang(value))


def percent(ppm: int) -> str:
    """Write millionths as people write per cent, without needless zeros: 62,500 is ``6.25``."""
    whole, rest = divmod(ppm, PPM_IN_A_PERCENT)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")


def parse_percent(text: str) -> int:
    """Read per cent as people type it, and give millionths: ``6.25`` is 62,500.

    Takes Thai digits, and a sign of per cent before or behind. Never rounds.

    Raises:
        UnreadablePercent: It is not a rate (a subclass says if it is negative, too fine, too much).
    """
    shown = text.strip()[:40]
    bare = arabic_digits(shown).removeprefix("ร้อยละ").removesuffix("%").strip()
    match = _WRITTEN_PERCENT.fullmatch(bare) if len(text.strip()) <= len(shown) else None
    if match is None:
        raise UnreadablePercent(text=shown)
    minus, whole, rest = match[1], int(match[2]), (match[3] or "").rstrip("0")
    if len(rest) > PERCENT_DECIMALS:
        raise TooFinePercent(text=shown)
    ppm = whole * PPM_IN_A_PERCENT + int(rest.ljust(PERCENT_DECIMALS, "0"))
    if minus and ppm:
        raise NegativePercent(text=shown)
    if whole >= MOST_PERCENT:
        raise PercentTooLarge(text=shown)
    return ppm
