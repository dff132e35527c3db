"""Receipts: how they are numbered, what they mean as postings, and fees beside savings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.entry import PostingDraft, credit, debit
from ledger.money import Satang
from members.savings import AccountRef, NothingPaid

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


@dataclass(frozen=True, slots=True)
class PaidForLoan:
    """What a receipt takes in for a loan: its purse, how much (satang), and the credits."""

    fund: str
    amount: Satang
    lines: tuple[PostingDraft, ...]


def slip_postings(
    savings: Sequence[tuple[AccountRef, Satang]],
    loans: Sequence[PaidForLoan],
    *,
    money: Mapping[str, int],
) -> tuple[PostingDraft, ...]:
    """Take money in for several savings and loans at once, in one entry.

    Each purse's money account is debited once with all that came in for it; savings and fees are
    credited first, then what each loan's payment is divided into.

    Args:
        savings: Accounts of savings and fees and what was paid for each; zeros are left out.
        loans: What was paid for each loan.
        money: For each purse, the cash box or bank account that took the money.

    Raises:
        NothingPaid: No line has an amount.

    Source:
        Events E1 (a receipt of many lines, balanced in each fund), E6, E7 and E13.
    """
    saved = [(account, amount) for account, amount in savings if amount]
    if not saved and not loans:
        raise NothingPaid
    into: dict[str, int] = {}
    for fund, amount in (
        *((account.fund, amount) for account, amount in saved),
        *((loan.fund, loan.amount) for loan in loans),
    ):
        into[fund] = into.get(fund, 0) + amount
    return (
        *(debit(money[fund], fund, Satang(amount)) for fund, amount in into.items()),
        *(credit(account.account_id, account.fund, amount) for account, amount in saved),
        *(line for loan in loans for line in loan.lines),
    )


def division_mark(*parts: Satang) -> str:
    """Write down how a payment is divided, to tell whether it is still what a page showed.

    >>> division_mark(Satang(1000_00), Satang(50_96), Satang(0), Satang(0), Satang(0))
    '100000-5096-0-0-0'
    """
    return "-".join(str(int(part)) for part in parts)
