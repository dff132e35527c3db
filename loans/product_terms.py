"""The by-law of a kind of loan: how much, how long, at what rate, with how many guarantors."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from ledger.errors import RuleBroken
from ledger.money import MOST_SATANG, Satang, format_baht
from loans.ceiling import ceiling_on, check_ceiling, effective_rate_ppm, is_above_ceiling
from loans.schedule import (
    MOST_INSTALMENTS,
    Counting,
    Every,
    Grace,
    Method,
    RoundingHow,
    Schedule,
    Terms,
    make_schedule,
)
from members.by_laws import percent

MONTHS_IN_A_YEAR = 12
#: A hundredth of a per cent, in millionths: the finest rate a month that people say.
RATE_STEP = 100
TIMES = 100
MOST_TIMES = 100
MOST_GUARANTORS = 10
MOST_GUARANTEES = 50
MOST_WAITING_MONTHS = 120
MOST_ROUNDING = Satang(1_000_00)
LONGEST_COLLATERAL = 300


class ChargeName(StrEnum):
    """What the charge is called: Muslim members pay for the group's upkeep, not interest."""

    INTEREST = "ดอกเบี้ย"
    UPKEEP = "ค่าบำรุง"


class ByLawUnfit(RuleBroken):
    """A kind of loan cannot be so; ``box`` names the part of the by-law that is wrong."""

    thai = "{what} ใส่ค่านี้ไม่ได้ ใส่ได้ตั้งแต่ {least} ถึง {most}"


class RateUnfit(ByLawUnfit):
    """The rate alone is above the legal ceiling."""

    thai = "อัตราร้อยละ {rate} ต่อปี เกินเพดานกฎหมายร้อยละ {ceiling} ต่อปี ({source}) ใส่อัตราที่ไม่เกินนี้"


class GraceUnfit(ByLawUnfit):
    """The grace is longer than the loan, or names no length, or a length without a grace."""

    thai = (
        "ระยะปลอดหนี้ {grace} งวด ไม่พอดีกับเงินกู้ที่ผ่อนได้ {instalments} งวด ใส่อย่างน้อย 1 และน้อยกว่าจำนวนงวด"
    )


class DaysMustBeChosen(ByLawUnfit):
    """Paying by season falls due on days that are chosen for each loan."""

    thai = "ชำระตามฤดูเก็บเกี่ยวต้องเลือกงวดเป็น “ตามวันที่ตกลงกัน” เพราะแต่ละสัญญาเก็บเกี่ยวไม่ตรงกัน"


class FeeUnfit(ByLawUnfit):
    """The fee for the contract would eat the loan."""

    thai = "ค่าทำสัญญา {fee} บาท ต้องน้อยกว่าวงเงินกู้สูงสุด {most} บาท"


@dataclass(frozen=True, slots=True)
class LoanByLaw:
    """What a group resolved about a kind of loan.

    Attributes:
        most_satang: The most that one may owe of this kind, in satang.
        most_hundredths_of_savings: The most as a multiple of pledges and shares, in hundredths:
            300 is three times; 0 when savings do not limit it.
        most_instalments: The longest term.
        method: How principal and interest are spread.
        every: How often an instalment falls due.
        counting: How interest is counted.
        annual_rate_ppm: The yearly rate in millionths.
        rounding_multiple: Instalments are rounded to multiples of this, in satang.
        rounding_how: To which side.
        grace: What need not be paid at first.
        grace_instalments: For how many instalments.
        guarantors: How many are needed.
        guarantees_each: How many loans one member may guarantee at a time.
        waiting_months: Full months after joining before a first loan.
        collateral: What must be given as security, in words, or empty.
        charge_name: What the charge is called: ดอกเบี้ย or ค่าบำรุง.
        contract_fee: What is taken for the contract, in satang.
    """

    most_satang: Satang
    most_hundredths_of_savings: int
    most_instalments: int
    method: Method
    every: Every
    counting: Counting
    annual_rate_ppm: int
    rounding_multiple: Satang
    rounding_how: RoundingHow
    grace: Grace
    grace_instalments: int
    guarantors: int
    guarantees_each: int
    waiting_months: int
    collateral: str
    charge_name: str
    contract_fee: Satang


NAMES = frozenset(field.name for field in fields(LoanByLaw))
CHOICES: Mapping[str, type[StrEnum]] = {
    "method": Method,
    "every": Every,
    "counting": Counting,
    "rounding_how": RoundingHow,
    "grace": Grace,
}
WORDS = frozenset({"collateral", "charge_name"})
#: What each number is called on paper, its least and its most; amounts in satang.
BOUNDS: Mapping[str, tuple[str, int, int]] = {
    "most_satang": ("วงเงินกู้สูงสุด", 1, MOST_SATANG),
    "most_hundredths_of_savings": ("จำนวนเท่าของสัจจะและหุ้น", 0, MOST_TIMES * TIMES),
    "most_instalments": ("จำนวนงวดสูงสุด", 1, MOST_INSTALMENTS),
    "rounding_multiple": ("การปัดเศษค่างวด", 1, MOST_ROUNDING),
    "grace_instalments": ("จำนวนงวดปลอดหนี้", 0, MOST_INSTALMENTS),
    "guarantors": ("จำนวนผู้ค้ำประกัน", 0, MOST_GUARANTORS),
    "guarantees_each": ("จำนวนสัญญาที่คนหนึ่งค้ำได้", 0, MOST_GUARANTEES),
    "waiting_months": ("ระยะรอก่อนกู้ (เดือน)", 0, MOST_WAITING_MONTHS),
    "contract_fee": ("ค่าทำสัญญา", 0, MOST_SATANG),
}
AMOUNTS = frozenset({"most_satang", "rounding_multiple", "contract_fee"})


def bound(name: str, value: int) -> str:
    """Write a bound of a by-law in the unit in which people give it."""
    if name in AMOUNTS:
        return f"{format_baht(Satang(value))} บาท"
    return times(value) if name == "most_hundredths_of_savings" else f"{value:,}"


def by_law_as_json(by_law: LoanByLaw) -> dict[str, Any]:
    """Give a by-law as it is kept: texts and whole numbers only."""
    kept: dict[str, Any] = {name: getattr(by_law, name) for name in sorted(NAMES)}
    return kept | {name: kept[name].value for name in CHOICES}


def by_law_from_json(kept: Mapping[str, Any]) -> LoanByLaw:
    """Give a by-law back from how it is kept, which is exactly as ``by_law_as_json`` gave it."""
    assert set(kept) == NAMES, sorted(set(kept) ^ NAMES)
    for name, value in kept.items():
        if name in CHOICES or name in WORDS:
            assert isinstance(value, str), (name, value)
        else:
            assert isinstance(value, int), (name, value)
            assert not isinstance(value, bool), (name, value)
    return LoanByLaw(**(dict(kept) | {name: kind(kept[name]) for name, kind in CHOICES.items()}))


def check_by_law(by_law: LoanByLaw, *, on: date) -> int:
    """Refuse a kind of loan that cannot be, and give what it really costs a year, in millionths.

    The cost is that of the largest loan over the longest term, its fee included. A smaller or
    shorter one may cost more because of the fee; each loan is checked again when it is granted.

    Args:
        by_law: What is to be resolved.
        on: The day from which it is to hold.

    Raises:
        ByLawUnfit: A number is out of bounds, or two parts do not fit (a subclass says which).
        TermsUnfit: No schedule follows from it.
        AboveCeiling: It would cost more a year than the law allows; the sum is explained.

    Source:
        Civil and Commercial Code, section 654: no more than 15 % a year, disguised charges too.
    """
    for name, (what, least, most) in BOUNDS.items():
        if not least <= getattr(by_law, name) <= most:
            raise ByLawUnfit(box=name, what=what, least=bound(name, least), most=bound(name, most))
    ceiling = ceiling_on(on)
    if not 0 <= by_law.annual_rate_ppm <= ceiling.annual_rate_ppm:
        raise RateUnfit(
            box="annual_rate_ppm",
            rate=percent(by_law.annual_rate_ppm),
            ceiling=percent(ceiling.annual_rate_ppm),
            source=ceiling.source,
        )
    _check_that_it_fits(by_law)
    return check_ceiling(typical_schedule(by_law, on=on), fees=by_law.contract_fee, on=on)


def _check_that_it_fits(by_law: LoanByLaw) -> None:
    """Refuse parts that are well each by itself, and do not go together."""
    assert by_law.charge_name in list(ChargeName), by_law.charge_name
    has_length = 0 < by_law.grace_instalments < by_law.most_instalments
    fits = by_law.grace_instalments == 0 if by_law.grace is Grace.NONE else has_length
    if not fits:
        raise GraceUnfit(
            box="grace_instalments",
            grace=by_law.grace_instalments,
            instalments=by_law.most_instalments,
        )
    if by_law.method is Method.SEASONAL and by_law.every is not Every.CHOSEN:
        raise DaysMustBeChosen(box="every")
    if by_law.contract_fee >= by_law.most_satang:
        raise FeeUnfit(
            box="contract_fee",
            fee=format_baht(by_law.contract_fee),
            most=format_baht(by_law.most_satang),
        )


def terms_for(
    by_law: LoanByLaw,
    *,
    principal: Satang,
    instalments: int,
    disbursed_on: date,
    first_due_on: date,
    due_days: Sequence[date] = (),
) -> Terms:
    """Give the terms of one loan of a kind.

    Args:
        by_law: What the group resolved about the kind.
        principal: What is lent, in satang.
        instalments: How many there are; the grace is never as long.
        disbursed_on: The day from which interest runs.
        first_due_on: The day of the first instalment.
        due_days: The chosen days, where the kind falls due on chosen days; else empty.
    """
    grace_instalments = max(0, min(by_law.grace_instalments, instalments - 1))
    return Terms(
        principal=principal,
        annual_rate_ppm=by_law.annual_rate_ppm,
        instalments=instalments,
        method=by_law.method,
        first_due_on=first_due_on,
        disbursed_on=disbursed_on,
        every=by_law.every,
        counting=by_law.counting,
        rounding_multiple=by_law.rounding_multiple,
        rounding_how=by_law.rounding_how,
        grace=by_law.grace if grace_instalments else Grace.NONE,
        grace_instalments=grace_instalments,
        due_days=tuple(due_days),
    )


def typical_schedule(by_law: LoanByLaw, *, on: date) -> Schedule:
    """Work out the largest loan over the longest term, paid out on a day: what a kind costs."""
    days = usual_due_days(by_law, instalments=by_law.most_instalments, disbursed_on=on)
    return make_schedule(
        terms_for(
            by_law,
            principal=by_law.most_satang,
            instalments=by_law.most_instalments,
            disbursed_on=on,
            first_due_on=days[0],
            due_days=days if by_law.every is Every.CHOSEN else (),
        )
    )


def typical_rate_ppm(by_law: LoanByLaw, *, on: date) -> int:
    """Give what the largest loan over the longest term really costs a year, in millionths."""
    return effective_rate_ppm(typical_schedule(by_law, on=on), fees=by_law.contract_fee)


def most_monthly_rate_ppm(by_law: LoanByLaw, *, on: date) -> int:
    """Give the highest rate a month that a kind may have, in millionths.

    It goes by hundredths of a per cent. All else stays as it is: the method, the term, the fee.
    It is nothing where the fee alone is too much.

    Source:
        Civil and Commercial Code, section 654, by the real cost of the largest, longest loan.
    """

    def is_too_much(steps: int) -> bool:
        rate = steps * RATE_STEP * MONTHS_IN_A_YEAR
        schedule = typical_schedule(replace(by_law, annual_rate_ppm=rate), on=on)
        return is_above_ceiling(schedule, fees=by_law.contract_fee, on=on)

    least, most = 0, ceiling_on(on).annual_rate_ppm // (RATE_STEP * MONTHS_IN_A_YEAR) + 1
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if is_too_much(middle) else (middle, most)
    return least * RATE_STEP


def usual_due_days(by_law: LoanByLaw, *, instalments: int, disbursed_on: date) -> tuple[date, ...]:
    """Give the days on which a loan usually falls due; chosen days are suggested in equal steps.

    One payment comes after a year, two after each half, more after each third of a year.
    """
    if by_law.every is Every.WEEK:
        return tuple(disbursed_on + timedelta(weeks=n + 1) for n in range(instalments))
    # A crop pays once, or two to three times a year.
    step = max(4, MONTHS_IN_A_YEAR // instalments) if by_law.every is Every.CHOSEN else 1
    return tuple(months_after(disbursed_on, (n + 1) * step) for n in range(instalments))


def months_after(day: date, months: int) -> date:
    """Give the same day of the month some months later, or its last day where it is shorter."""
    year, month = divmod(day.year * MONTHS_IN_A_YEAR + day.month - 1 + months, MONTHS_IN_A_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def most_by_savings(by_law: LoanByLaw, *, savings: Satang) -> Satang | None:
    """Give the most that savings allow, in satang, or None when they do not limit it."""
    if not by_law.most_hundredths_of_savings:
        return None
    return Satang(savings * by_law.most_hundredths_of_savings // TIMES)


def times(hundredths: int) -> str:
    """Write a multiple as people say it: 300 is ``3``, 250 is ``2.5``."""
    whole, rest = divmod(hundredths, TIMES)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
