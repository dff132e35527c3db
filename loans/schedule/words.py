"""What the terms of a loan are called on pages and paper."""

from ledger.money import format_baht
from ledger.thai import WEEKDAYS
from loans.schedule.days import day_of_month, is_chosen
from loans.schedule.terms import Counting, Every, Grace, Method, RateEffect, RoundingHow, Terms

METHOD_IN_THAI = {
    Method.EQUAL_INSTALMENT: "ส่งเท่ากันทุกงวด ลดต้นลดดอก",
    Method.EQUAL_PRINCIPAL: "เงินต้นเท่ากันทุกงวด ลดต้นลดดอก",
    Method.BULLET: "ส่งดอกเบี้ยตามงวด คืนเงินต้นงวดสุดท้าย",
    Method.SEASONAL: "ส่งตามฤดูเก็บเกี่ยว",
    Method.FLAT: "ดอกเบี้ยคงที่จากเงินต้นเดิม",
}
COUNTING_IN_THAI = {
    Counting.MONTH: "ดอกเบี้ยรายเดือน เดือนละ 1 ใน 12 ของอัตราต่อปี",
    Counting.DAYS_365: "ดอกเบี้ยรายวัน ปีละ 365 วัน",
    Counting.DAYS_ACTUAL: "ดอกเบี้ยรายวัน ตามจำนวนวันจริงของปี",
}
GRACE_IN_THAI = {
    Grace.NONE: "",
    Grace.PRINCIPAL: "พักเงินต้น ส่งเฉพาะดอกเบี้ย",
    Grace.ALL: "พักทั้งเงินต้นและดอกเบี้ย ดอกเบี้ยที่พักไว้ส่งพร้อมงวดแรกหลังพัก",
}
EFFECT_IN_THAI = {
    RateEffect.KEEP_INSTALMENT: "คงเงินงวดเดิม จำนวนงวดเปลี่ยน",
    RateEffect.RECOMPUTE: "คิดเงินงวดใหม่ จำนวนงวดเท่าเดิม",
}
ROW_IN_THAI = {
    "n": "งวด",
    "due": "ครบกำหนด",
    "days": "วัน",
    "payment": "ส่ง",
    "principal": "เงินต้น",
    "interest": "ดอกเบี้ย",
    "fee": "ค่าธรรมเนียม",
    "balance": "เงินต้นคงเหลือ",
}
_SIDES = {RoundingHow.UP: "ปัดขึ้น", RoundingHow.DOWN: "ปัดลง", RoundingHow.HALF_UP: "ปัดเศษครึ่งขึ้น"}

LAST_SURE_DAY = 28
BAHT = 100


def every_in_thai(terms: Terms) -> str:
    """Say when instalments fall due: ``ทุกวันที่ 5 ของเดือน``."""
    if is_chosen(terms):
        return "ตามวันที่ตกลงกัน"
    if terms.every is Every.WEEK:
        return f"ทุกวัน{WEEKDAYS[terms.first_due_on.weekday()]}"
    day = day_of_month(terms)
    shorter = " หรือวันสิ้นเดือนถ้าเดือนสั้นกว่า" if day > LAST_SURE_DAY else ""
    return f"ทุกวันที่ {day} ของเดือน{shorter}"


def grace_in_thai(terms: Terms) -> str:
    """Say what need not be paid at first, and for how long; empty where there is no grace."""
    if terms.grace is Grace.NONE or not terms.grace_instalments:
        return ""
    return f"{terms.grace_instalments} งวดแรก {GRACE_IN_THAI[terms.grace]}"


def rounding_in_thai(terms: Terms) -> str:
    """Say how instalments are rounded: ``ปัดขึ้นเป็นจำนวนเต็ม 1 บาท``."""
    multiple = terms.rounding_multiple
    if multiple % BAHT:
        amount = f"{multiple} สตางค์"
    else:
        amount = f"{format_baht(multiple).removesuffix('.00')} บาท"
    return f"{_SIDES[terms.rounding_how]}เป็นจำนวนเต็ม {amount}"
