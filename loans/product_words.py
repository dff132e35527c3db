"""A kind of loan in plain words: what each choice means, a worked example, and where to begin."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from ledger.money import ZERO, Satang, format_baht
from ledger.thai import format_date
from loans.kinds import Purpose
from loans.product_terms import (
    MONTHS_IN_A_YEAR,
    ChargeName,
    LoanByLaw,
    times,
    typical_schedule,
)
from loans.schedule import Counting, Every, Grace, Method, RoundingHow, Row, Schedule
from members.by_laws import percent

METHOD_IN_THAI: Mapping[Method, str] = {
    Method.EQUAL_PRINCIPAL: "ลดต้นลดดอก เงินต้นเท่ากันทุกงวด",
    Method.EQUAL_INSTALMENT: "ลดต้นลดดอก ส่งเท่ากันทุกงวด",
    Method.FLAT: "ดอกเบี้ยคงที่",
    Method.BULLET: "จ่ายดอกเบี้ยทุกงวด คืนเงินต้นครั้งเดียวงวดสุดท้าย",
    Method.SEASONAL: "ชำระตามฤดูเก็บเกี่ยว",
}
METHOD_MEANS: Mapping[Method, str] = {
    Method.EQUAL_PRINCIPAL: "ดอกเบี้ยคิดจากเงินต้นที่เหลือ งวดแรกมากที่สุด แล้วลดลงทุกงวด",
    Method.EQUAL_INSTALMENT: "ดอกเบี้ยคิดจากเงินต้นที่เหลือ ยอดส่งเท่ากันทุกงวด งวดแรก ๆ เป็นดอกเบี้ยมาก",
    Method.FLAT: "ดอกเบี้ยคิดจากเงินที่กู้ครั้งแรกทุกงวด แม้ผ่อนไปแล้ว อัตราที่แท้จริงจึงเกือบเป็นสองเท่า",
    Method.BULLET: "ระหว่างทางส่งแต่ดอกเบี้ย ต้องเตรียมเงินก้อนไว้งวดสุดท้าย",
    Method.SEASONAL: "แบ่งเงินต้นเท่ากันตามวันที่ตกลงกัน เช่น หลังขายมันหรือขายอ้อย พร้อมดอกเบี้ยถึงวันนั้น",
}
EVERY_IN_THAI: Mapping[Every, str] = {
    Every.MONTH: "ทุกเดือน",
    Every.WEEK: "ทุกสัปดาห์",
    Every.CHOSEN: "ตามวันที่ตกลงกันในแต่ละสัญญา",
}
COUNTING_IN_THAI: Mapping[Counting, str] = {
    Counting.MONTH: "รายเดือน อัตราต่อปีหารสิบสอง",
    Counting.DAYS_365: "รายวัน ปีละ 365 วันเสมอ",
    Counting.DAYS_ACTUAL: "รายวัน ตามจำนวนวันจริงของปี",
}
GRACE_IN_THAI: Mapping[Grace, str] = {
    Grace.NONE: "ไม่มี",
    Grace.PRINCIPAL: "ปลอดเงินต้น ส่งแต่ดอกเบี้ย",
    Grace.ALL: "ปลอดทั้งเงินต้นและดอกเบี้ย",
}
#: How instalments may be rounded: the multiple in satang, the side, and how that is said.
ROUNDINGS: Mapping[str, tuple[Satang, RoundingHow, str]] = {
    "satang": (Satang(1), RoundingHow.HALF_UP, "ไม่ปัด คิดถึงสตางค์"),
    "baht": (Satang(1_00), RoundingHow.HALF_UP, "เต็มบาท ปัดใกล้ที่สุด"),
    "baht_up": (Satang(1_00), RoundingHow.UP, "เต็มบาท ปัดขึ้น"),
    "five_up": (Satang(5_00), RoundingHow.UP, "เต็ม 5 บาท ปัดขึ้น"),
    "ten_up": (Satang(10_00), RoundingHow.UP, "เต็ม 10 บาท ปัดขึ้น"),
}

_ORDINARY = LoanByLaw(
    most_satang=Satang(50_000_00),
    most_hundredths_of_savings=300,
    most_instalments=24,
    method=Method.EQUAL_PRINCIPAL,
    every=Every.MONTH,
    counting=Counting.MONTH,
    annual_rate_ppm=90_000,
    rounding_multiple=Satang(1_00),
    rounding_how=RoundingHow.UP,
    grace=Grace.NONE,
    grace_instalments=0,
    guarantors=2,
    guarantees_each=2,
    waiting_months=6,
    collateral="",
    charge_name=ChargeName.INTEREST.value,
    contract_fee=ZERO,
)
#: Where a form begins, to be changed to what the group resolved.
#: Source: an invented sample group; no figure is anybody's real by-law.
SUGGESTED: Mapping[Purpose, LoanByLaw] = {
    Purpose.ORDINARY: _ORDINARY,
    Purpose.EMERGENCY: replace(
        _ORDINARY,
        most_satang=Satang(5_000_00),
        most_hundredths_of_savings=0,
        most_instalments=6,
        annual_rate_ppm=120_000,
        guarantors=0,
        waiting_months=3,
    ),
    Purpose.LIVELIHOOD: replace(
        _ORDINARY,
        most_satang=Satang(30_000_00),
        most_instalments=1,
        method=Method.SEASONAL,
        every=Every.CHOSEN,
        counting=Counting.DAYS_365,
        annual_rate_ppm=80_000,
    ),
    Purpose.HOUSING: replace(
        _ORDINARY,
        most_satang=Satang(300_000_00),
        most_hundredths_of_savings=0,
        most_instalments=180,
        method=Method.EQUAL_INSTALMENT,
        annual_rate_ppm=60_000,
    ),
    Purpose.LAND: replace(
        _ORDINARY,
        most_satang=Satang(200_000_00),
        most_hundredths_of_savings=0,
        most_instalments=180,
        method=Method.EQUAL_INSTALMENT,
        annual_rate_ppm=60_000,
    ),
}


def rounding_of(by_law: LoanByLaw) -> str:
    """Give which of ``ROUNDINGS`` a by-law has, or empty for another."""
    asked = (by_law.rounding_multiple, by_law.rounding_how)
    return next((name for name, (*one, _words) in ROUNDINGS.items() if tuple(one) == asked), "")


def by_law_in_words(by_law: LoanByLaw) -> list[tuple[str, str]]:
    """Say a by-law as a list of (what, how), in the order in which people ask."""
    charge = by_law.charge_name
    return [
        ("กู้ได้ไม่เกิน", f"{format_baht(by_law.most_satang)} บาท"),
        ("เทียบกับสัจจะและหุ้น", _multiple(by_law)),
        ("ผ่อนได้ไม่เกิน", f"{by_law.most_instalments} งวด {EVERY_IN_THAI[by_law.every]}"),
        ("วิธีผ่อน", f"{METHOD_IN_THAI[by_law.method]} {METHOD_MEANS[by_law.method]}"),
        (f"อัตรา{charge}", f"ร้อยละ {percent(by_law.annual_rate_ppm)} ต่อปี"),
        (f"คิด{charge}", COUNTING_IN_THAI[by_law.counting]),
        ("ปัดเศษค่างวด", _rounding(by_law)),
        ("ระยะปลอดหนี้", _grace(by_law)),
        ("ผู้ค้ำประกัน", _guarantors(by_law)),
        ("รอก่อนกู้ครั้งแรก", f"{by_law.waiting_months} เดือน" if by_law.waiting_months else "ไม่ต้องรอ"),
        ("หลักประกัน", by_law.collateral or "ไม่มี"),
        (
            "ค่าทำสัญญา",
            f"{format_baht(by_law.contract_fee)} บาท" if by_law.contract_fee else "ไม่เก็บ",
        ),
    ]


def _multiple(by_law: LoanByLaw) -> str:
    if not by_law.most_hundredths_of_savings:
        return "ไม่จำกัดตามเงินออม"
    return f"ไม่เกิน {times(by_law.most_hundredths_of_savings)} เท่า รวมหนี้ที่มีอยู่"


def _rounding(by_law: LoanByLaw) -> str:
    known = rounding_of(by_law)
    if known:
        return ROUNDINGS[known][2]
    side = {RoundingHow.UP: "ขึ้น", RoundingHow.DOWN: "ลง", RoundingHow.HALF_UP: "ใกล้ที่สุด"}
    return f"เต็ม {format_baht(by_law.rounding_multiple)} บาท ปัด{side[by_law.rounding_how]}"


def _grace(by_law: LoanByLaw) -> str:
    if by_law.grace is Grace.NONE:
        return GRACE_IN_THAI[Grace.NONE]
    return f"{by_law.grace_instalments} งวดแรก {GRACE_IN_THAI[by_law.grace]}"


def _guarantors(by_law: LoanByLaw) -> str:
    if not by_law.guarantors:
        return "ไม่ต้องมี"
    return f"{by_law.guarantors} คน คนหนึ่งค้ำได้ไม่เกิน {by_law.guarantees_each} สัญญา"


def example_in_words(by_law: LoanByLaw, *, on: date) -> list[str]:
    """Work the first instalment of the largest loan over the longest term out, in sentences.

    Raises:
        TermsUnfit: No schedule follows from the by-law.
    """
    schedule = typical_schedule(by_law, on=on)
    first, last = schedule.rows[0], schedule.rows[-1]
    charge, whole = by_law.charge_name, format_baht(by_law.most_satang)
    parts = f"เงินต้น {format_baht(first.principal)} + {charge} {format_baht(first.interest)}"
    said = [
        f"ถ้ากู้เต็มวงเงิน {whole} บาท วันที่ {format_date(on)} ผ่อน {by_law.most_instalments} งวด",
        f"{charge}งวดแรก {_interest_sum(schedule, by_law)} = {format_baht(first.interest)} บาท",
        f"งวดแรก {format_date(first.due_on)} {parts} = ส่ง {format_baht(first.payment)} บาท",
    ]
    if last is not first:
        said.append(f"งวดสุดท้าย {format_date(last.due_on)} ส่ง {format_baht(last.payment)} บาท")
    said.append(f"{charge}ทั้งหมด {format_baht(schedule.interest)} บาท")
    return said


def _interest_sum(schedule: Schedule, by_law: LoanByLaw) -> str:
    """Write the sum of the first instalment's interest, on the principal that was first lent."""
    first: Row = schedule.rows[0]
    rate = f"{format_baht(by_law.most_satang)} × {percent(by_law.annual_rate_ppm)} %"
    if by_law.counting is Counting.MONTH and by_law.every is not Every.WEEK:
        months = _months_between(schedule.terms.disbursed_on, first.due_on)
        return f"{rate} × {months} ÷ 12" if months > 1 else f"{rate} ÷ 12"
    days = (first.due_on - schedule.terms.disbursed_on).days
    year = "จำนวนวันของปี" if by_law.counting is Counting.DAYS_ACTUAL else "365"
    return f"{rate} × {days} วัน ÷ {year}"


def _months_between(since: date, until: date) -> int:
    return (until.year - since.year) * MONTHS_IN_A_YEAR + until.month - since.month


def rate_in_words(by_law: LoanByLaw, *, effective_rate_ppm: int) -> str:
    """Say the rate as people say it, by the month, and what it really is a year."""
    monthly, rest = divmod(by_law.annual_rate_ppm, MONTHS_IN_A_YEAR)
    is_flat = by_law.method is Method.FLAT
    how = "คงที่ คิดจากเงินที่กู้ครั้งแรก" if is_flat else "ลดต้นลดดอก คิดจากเงินต้นที่เหลือ"
    by_month = f" หรือร้อยละ {percent(monthly)} ต่อเดือน" if not rest else ""
    return (
        f"ร้อยละ {percent(by_law.annual_rate_ppm)} ต่อปี{by_month} แบบ{how} "
        f"อัตราที่แท้จริงรวมค่าธรรมเนียมคือร้อยละ {percent_short(effective_rate_ppm)} ต่อปี"
    )


def percent_short(ppm: int) -> str:
    """Write a rate that was worked out with two decimals, halves up: 214,562 is ``21.46``."""
    hundredths = (ppm + 50) // 100
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}"
