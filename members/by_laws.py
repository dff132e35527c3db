"""The group's rules as dated data: what was resolved, by which resolution, and from which day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from ledger.errors import RuleBroken
from ledger.money import MOST_SATANG, Satang, format_baht
from ledger.thai import format_date


class RuleName(StrEnum):
    """The rules that a group resolves. Amounts are in satang."""

    PLEDGE_HELD_AS = "pledge_held_as"
    PLEDGE_LEAST = "pledge_least_satang"
    PLEDGE_MOST = "pledge_most_satang"
    SHARE_PAR = "share_par_satang"
    ENTRANCE_FEE = "entrance_fee_satang"
    PASSBOOK_FEE = "passbook_fee_satang"
    WELFARE_PREMIUM = "welfare_premium_satang"
    LAND_HOUSING_PREMIUM = "land_housing_premium_satang"
    CASH_LIMIT = "cash_limit_satang"


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
}


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
    else:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        fits = is_whole and 0 <= value <= MOST_SATANG
    if not fits:
        raise RuleValueUnfit(name=RULE_IN_THAI[name], value=value)


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
    return format_baht(Satang(value))
