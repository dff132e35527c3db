"""What is agreed with a borrower or a lender, and what is ordered to be paid out."""

from dataclasses import dataclass
from datetime import date

from ledger.money import ZERO, Satang
from loans.kinds import Purpose, Side, Through
from loans.schedule import Terms


@dataclass(frozen=True, slots=True)
class Party:
    """Who owes or is owed: a member, another group, or a lender by name; one of the three."""

    member_id: int | None = None
    other_book_id: int | None = None
    lender: str = ""


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage of a payout, in satang, with what is kept back from the contractor."""

    planned_on: date
    amount: Satang
    what: str
    contractor: str
    retention: Satang


@dataclass(frozen=True, slots=True)
class Contract:
    """What was agreed with a borrower or a lender.

    Attributes:
        side: Lent or borrowed.
        purpose: What for, or from whom.
        party: Who owes or is owed.
        terms: The terms of the schedule, for the whole principal.
        fees: What is taken for the contract, in satang; counted as interest for the ceiling.
        charge_name: ดอกเบี้ย or ค่าบำรุง.
        contract_on: The day of the contract.
        resolution: The resolution that granted it.
        product_code: The kind of loan, or None.
        application_id: The application that it follows from, or None.
        reference: The number on paper; empty for the group's next one.
        stages: The stages of the payout, or empty.
    """

    side: Side
    purpose: Purpose
    party: Party
    terms: Terms
    fees: Satang
    charge_name: str
    contract_on: date
    resolution: str
    product_code: str | None = None
    application_id: int | None = None
    reference: str = ""
    stages: tuple[PlannedStage, ...] = ()


@dataclass(frozen=True, slots=True)
class PayoutOrder:
    """What is to be paid out of a loan, or taken in of a borrowing; amounts in satang.

    ``fee`` is what the borrower pays for the contract, in the same entry.
    """

    loan_id: int
    amount: Satang
    paid_on: date
    through: Through
    fee: Satang = ZERO
    stage_n: int | None = None
    note: str = ""
