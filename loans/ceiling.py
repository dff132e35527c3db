"""What a loan really costs a year, and the most that the law allows."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ledger.errors import RuleBroken
from ledger.money import ZERO, Satang, format_baht
from loans.interest import PPM, half_up
from loans.schedule import Payout, Schedule
from loans.schedule.charging import years
from members.by_laws import percent

#: Parts of a satang that are carried while looking for a rate.
FINE = 1 << 64
#: A million times a year: where the search for a rate ends.
MOST_RATE = 1_000_000


class AboveCeiling(RuleBroken):
    """The loan would cost more a year than the law allows; ``why`` shows the sum."""

    thai = (
        "ดอกเบี้ยที่แท้จริงร้อยละ {effective} ต่อปี เกินเพดานกฎหมายร้อยละ {ceiling} ต่อปี ({why}) "
        "ลดอัตราหรือค่าธรรมเนียมลง"
    )


class FeesTakeAll(RuleBroken):
    """What is taken at the payout is as much as the loan."""

    thai = "ค่าธรรมเนียม {fees} บาทต้องน้อยกว่าเงินกู้ {principal} บาท ตรวจจำนวนค่าธรรมเนียม"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that may be charged a year, in millionths, from a day on, by which law."""

    since: date
    annual_rate_ppm: int
    source: str


#: Source: Civil and Commercial Code, section 654: no more than 15 % a year.
#: It is held against days before the code too, of which no law is kept here.
CEILINGS = (Ceiling(date.min, 150_000, "ป.พ.พ. มาตรา 654"),)


def ceiling_on(day: date) -> Ceiling:
    """Give the ceiling that holds on a day."""
    return max((c for c in CEILINGS if c.since <= day), key=lambda c: c.since)


def effective_rate_ppm(schedule: Schedule, *, fees: Satang = ZERO) -> int:
    """Give what a loan really costs a year, in millionths, fees that are interest included.

    It is the yearly rate of simple interest on what is still owed, counted as the loan counts its
    own, at which the instalments exactly pay back what was really handed over. For equal months it
    is twelve times the monthly rate of return, for weeks 365/7 times the weekly: a nominal rate,
    comparable with the ceiling of section 654, which knows no compounding. Where half a satang
    an instalment, the rounding, is all that parts it from the agreed rate, it is the agreed rate.

    Args:
        schedule: The instalments.
        fees: What is taken from the borrower at the payout, in satang.

    Raises:
        FeesTakeAll: Nothing of the loan would be handed over.
    """
    terms = schedule.terms
    if not terms.rate_changes:
        flow, agreed = _flow(schedule), Fraction(terms.annual_rate_ppm, PPM)
        low, high = (_left_over(flow, agreed, fees=fees, off=off) for off in (-1, 1))
        if low >= 0 >= high:
            return terms.annual_rate_ppm
    return rate_of_return(schedule, fees=fees, parts=PPM)


def rate_of_return(schedule: Schedule, *, fees: Satang = ZERO, parts: int) -> int:
    """Give the effective yearly rate as the figures of the rows have it, to the nearest part.

    Args:
        schedule: The instalments.
        fees: What is taken from the borrower at the payout, in satang.
        parts: How finely: a million for millionths.

    Raises:
        FeesTakeAll: Nothing of the loan would be handed over.
    """
    principal = schedule.terms.principal
    if fees >= principal:
        raise FeesTakeAll(fees=format_baht(fees), principal=format_baht(principal))
    flow = _flow(schedule)

    def is_reached(halves: int) -> bool:
        return _left_over(flow, Fraction(halves, 2 * parts), fees=fees) <= 0

    most = 2 * parts
    while is_reached(most) and most < MOST_RATE * parts:
        most *= 2
    least = 0
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if is_reached(middle) else (least, middle)
    return most // 2


def check_ceiling(schedule: Schedule, *, fees: Satang, on: date) -> int:
    """Give the effective yearly rate in millionths, or refuse what is above the ceiling.

    What the rounding to whole satang adds, half a satang an instalment, is not held against a loan.

    Raises:
        AboveCeiling: It is above what the law allowed on the day; the sum is explained.
        FeesTakeAll: Nothing of the loan would be handed over.
    """
    effective = effective_rate_ppm(schedule, fees=fees)
    ceiling = ceiling_on(on)
    if is_above_ceiling(schedule, fees=fees, on=on):
        raise AboveCeiling(
            effective=_per_cent(effective, above=ceiling.annual_rate_ppm),
            ceiling=percent(ceiling.annual_rate_ppm),
            why=why_so_much(schedule, fees=fees),
        )
    return effective


def is_above_ceiling(schedule: Schedule, *, fees: Satang, on: date) -> bool:
    """Tell whether a loan costs more a year than the law allowed on a day, rounding left aside."""
    most = Fraction(ceiling_on(on).annual_rate_ppm, PPM)
    return _left_over(_flow(schedule), most, fees=fees, off=-1) < 0


def why_so_much(schedule: Schedule, *, fees: Satang) -> str:
    """Give the sum behind an effective rate in words."""
    handed_over = Satang(schedule.terms.principal - fees)
    taken = f"เงินกู้ {format_baht(schedule.terms.principal)} บาท "
    if fees:
        taken += f"หักค่าธรรมเนียม {format_baht(fees)} บาท ได้รับจริง {format_baht(handed_over)} บาท "
    return (
        f"{taken}ส่งคืน {len(schedule.rows)} งวด รวม {format_baht(schedule.payment)} บาท "
        "คิดตามเงินต้นที่ค้างอยู่จริงแต่ละงวด"
    )


def _per_cent(ppm: int, *, above: int) -> str:
    """Write a rate with two decimals, or with all where two would hide that it is above."""
    hundredths = half_up(ppm, 100)
    if hundredths * 100 <= above:
        return percent(ppm)
    return percent(hundredths * 100)


@dataclass(frozen=True, slots=True)
class _Period:
    """From one instalment to the next: its length in years, what is paid out in it, and paid.

    ``joins`` are amounts in satang and the years from their payout to the end of the period.
    """

    years: Fraction
    joins: tuple[tuple[Satang, Fraction], ...]
    payment: Satang


def _flow(schedule: Schedule) -> list[_Period]:
    terms = schedule.terms
    waiting = list(terms.payouts) or [Payout(terms.disbursed_on, terms.principal)]
    since, flow = terms.disbursed_on, []
    for row in schedule.rows:
        joins = [payout for payout in waiting if payout.on < row.due_on]
        waiting = waiting[len(joins) :]
        flow.append(
            _Period(
                years=years(terms, since=since, until=row.due_on),
                joins=tuple(
                    (p.amount, years(terms, since=max(p.on, since), until=row.due_on))
                    for p in joins
                ),
                payment=row.payment,
            )
        )
        since = row.due_on
    return flow


def _left_over(flow: list[_Period], rate: Fraction, *, fees: Satang, off: int = 0) -> int:
    """Give what is still owed after the last instalment at a yearly rate; below zero: overpaid.

    Args:
        flow: The periods.
        rate: A year, 1 being a hundred per cent.
        fees: What was kept back of the first payout, in satang.
        off: Half satang by which each instalment is taken to differ.

    Returns:
        Parts of a satang, ``FINE`` to one.
    """
    owed = 0
    kept_back = fees
    for period in flow:
        owed += _grown(owed, rate, period.years)
        for amount, in_years in period.joins:
            handed_over = (amount - kept_back) * FINE
            kept_back = ZERO
            owed += handed_over + _grown(handed_over, rate, in_years)
        owed -= (2 * period.payment + off) * (FINE // 2)
    return owed


def _grown(owed: int, rate: Fraction, in_years: Fraction) -> int:
    return (owed * rate.numerator * in_years.numerator) // (rate.denominator * in_years.denominator)
