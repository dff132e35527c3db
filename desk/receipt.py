"""Receipts: how they are numbered, and the fees that stand on them beside savings."""

from datetime import date
from enum import StrEnum

BUDDHIST_ERA = 543
YEARS_IN_A_CENTURY = 100


class Fee(StrEnum):
    """A fee that a member pays at the counter; it is the savings purse's income."""

    ENTRANCE = "entrance"
    PASSBOOK = "passbook"


FEE_FUND = "SAV"
#: Source: the standard chart.
FEE_ACCOUNTS = {Fee.ENTRANCE: "43010", Fee.PASSBOOK: "43030"}
FEE_IN_THAI = {Fee.ENTRANCE: "ค่าธรรมเนียมแรกเข้า", Fee.PASSBOOK: "ค่าสมุดคู่ฝาก"}


def receipt_reference(*, number: int, group_code: str, received_on: date) -> str:
    """Write a receipt's number as on the paper: type, Buddhist year and month, group, number.

    >>> receipt_reference(number=123, group_code="KHP06", received_on=date(2023, 4, 6))
    'RC6604-KHP06-000123'
    """
    year = (received_on.year + BUDDHIST_ERA) % YEARS_IN_A_CENTURY
    return f"RC{year:02d}{received_on.month:02d}-{group_code}-{number:06d}"
