"""Reading what receipts paid for loans: how each payment was divided, and what is still owed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from desk.receipt import division_mark
from ledger.models import Posting
from ledger.money import Satang
from loans.kinds import PURPOSE_IN_THAI, EventKind
from loans.models import Loan, LoanEvent, LoanProduct
from members.models import Member
from members.queries import full_name


@dataclass(frozen=True, slots=True)
class RepaymentLine:
    """What a receipt paid for one loan. All amounts in satang.

    Attributes:
        loan_id: The loan's number in the group.
        reference: The number on the contract.
        name: The kind of loan.
        charge_name: ดอกเบี้ย or ค่าบำรุง.
        borrower: Whose loan it is.
        is_for_another: A guarantor paid it.
        owed_after: The principal that is still owed after it, as the ledger line says.
        explanation: The sentences that say how it was divided.
    """

    loan_id: int
    reference: str
    name: str
    charge_name: str
    borrower: str
    is_for_another: bool
    principal: Satang
    interest: Satang
    default_interest: Satang
    fee: Satang
    costs: Satang
    owed_after: Satang
    explanation: tuple[str, ...]

    @property
    def amount(self) -> Satang:
        """All that was paid for it."""
        return Satang(
            self.principal + self.interest + self.default_interest + self.fee + self.costs
        )

    @property
    def parts(self) -> tuple[tuple[str, Satang], ...]:
        """What it was divided into, as people read it; parts of nothing are left out."""
        parts = (
            ("เงินต้น", self.principal),
            (self.charge_name, self.interest),
            (f"{self.charge_name}ผิดนัด", self.default_interest),
            ("ค่าธรรมเนียม", self.fee),
            ("ค่าติดตามหนี้", self.costs),
        )
        return tuple((name, amount) for name, amount in parts if amount)

    @property
    def mark(self) -> str:
        """How it was divided, to be compared with what a page showed."""
        return division_mark(
            self.principal, self.interest, self.default_interest, self.fee, self.costs
        )


def repayments_of_entries(
    session: Session, *, book_id: int, entries: Sequence[int]
) -> dict[int, list[RepaymentLine]]:
    """Give what was paid for loans by each of these entries, in the order of their lines."""
    # What is owed after a payment of interest alone stands on the line before it.
    owed = (
        select(Posting.balance_after_satang)
        .where(
            Posting.book_id == Loan.book_id,
            Posting.account_id == Loan.account_id,
            Posting.entry_number <= LoanEvent.entry_number,
        )
        .order_by(Posting.n.desc())
        .limit(1)
        .correlate(Loan, LoanEvent)
        .scalar_subquery()
    )
    rows = session.execute(
        select(LoanEvent, Loan, LoanProduct.name, Member, owed)
        .join(Loan, and_(Loan.book_id == LoanEvent.book_id, Loan.id == LoanEvent.loan_id))
        .join(Member, and_(Member.book_id == Loan.book_id, Member.id == Loan.member_id))
        .outerjoin(
            LoanProduct,
            and_(LoanProduct.book_id == Loan.book_id, LoanProduct.code == Loan.product_code),
        )
        .where(
            LoanEvent.book_id == book_id,
            LoanEvent.entry_number.in_(entries),
            LoanEvent.kind == EventKind.REPAID,
        )
        .order_by(LoanEvent.entry_number, Loan.contract_on, Loan.id)
    )
    lines: dict[int, list[RepaymentLine]] = {}
    for event, loan, product_name, borrower, owed_after in rows:
        assert event.entry_number is not None, event
        lines.setdefault(event.entry_number, []).append(
            RepaymentLine(
                loan_id=loan.id,
                reference=loan.reference,
                name=product_name or PURPOSE_IN_THAI[loan.purpose],
                charge_name=loan.charge_name,
                borrower=full_name(borrower),
                is_for_another=event.payer_member_id not in {None, loan.member_id},
                principal=event.principal_satang,
                interest=event.interest_satang,
                default_interest=event.default_interest_satang,
                fee=event.fee_satang,
                costs=event.costs_satang,
                owed_after=Satang(owed_after or 0),
                explanation=tuple(event.explanation or ()),
            )
        )
    return lines
