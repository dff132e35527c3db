"""For whom a member stands, who stands for them, and how much more they can."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ledger.models import Account
from ledger.money import ZERO, Satang, total
from loans.models import Application, Guarantee, Loan
from loans.product_terms import LoanByLaw
from loans.queries.guarantees.lines import (
    GuaranteeLine,
    LoanLine,
    guarantee_lines,
    member_loans,
)
from members.models import Product, ProductKind, SavingsAccount

#: What a guarantor could be asked to pay from. Premiums are spent, and housing savings are tied.
FREE_KINDS = (ProductKind.PLEDGE, ProductKind.SHARE, ProductKind.DEMAND)


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much more a member can stand for; amounts in satang.

    Attributes:
        binding: How many guarantees bind them.
        at_risk: The most that they could be asked for today.
        savings: Their pledges, shares and demand savings.
        owed: What they owe the group themselves.
    """

    binding: int
    at_risk: Satang
    savings: Satang
    owed: Satang

    @property
    def free(self) -> Satang:
        """Savings less what they owe; below zero when they owe more than they saved."""
        return Satang(self.savings - self.owed)

    def more_by(self, by_law: LoanByLaw) -> int:
        """How many more loans they may guarantee by what was resolved about a kind of loan."""
        return max(0, by_law.guarantees_each - self.binding)


def guarantees_of(session: Session, *, book_id: int, member_id: int) -> list[GuaranteeLine]:
    """Give every guarantee that a member gave or was asked for: those that bind first."""
    lines = guarantee_lines(session, book_id, Guarantee.member_id == member_id)
    return _binding_first(lines)


def guarantees_for(session: Session, *, book_id: int, member_id: int) -> list[GuaranteeLine]:
    """Give every guarantee that others gave, or were asked for, for a member; binding first."""
    lines = guarantee_lines(
        session,
        book_id,
        func.coalesce(Loan.member_id, Application.member_id) == member_id,
    )
    return _binding_first(lines)


def guarantors_of_loan(session: Session, *, book_id: int, loan_id: int) -> list[GuaranteeLine]:
    """Give the guarantees of a loan, in the order in which they were asked for."""
    return guarantee_lines(session, book_id, Guarantee.loan_id == loan_id)


def guarantors_of_application(
    session: Session, *, book_id: int, application_id: int
) -> list[GuaranteeLine]:
    """Give the guarantees of an application, in the order in which they were asked for."""
    return guarantee_lines(session, book_id, Guarantee.application_id == application_id)


def _binding_first(lines: Sequence[GuaranteeLine]) -> list[GuaranteeLine]:
    return sorted(lines, key=lambda line: (not line.binds, not line.is_asked, -line.id))


def capacity_of(session: Session, *, book_id: int, member_id: int, on: date) -> Capacity:
    """Tell how much more a member can stand for.

    Args:
        session: Any session.
        book_id: The group's book.
        member_id: The member.
        on: The day; guarantees that were consented to later do not count.
    """
    binding = [
        line
        for line in guarantee_lines(session, book_id, Guarantee.member_id == member_id)
        if line.binds and line.consented_on is not None and line.consented_on <= on
    ]
    mine = member_loans(session, book_id, Loan.member_id == member_id)
    return Capacity(
        binding=len(binding),
        at_risk=total(line.at_risk for line in binding),
        savings=savings_free(session, book_id=book_id, member_ids=[member_id])[member_id],
        owed=total(loan.owed for loan in mine),
    )


def loans_owed(session: Session, *, book_id: int, member_id: int) -> list[LoanLine]:
    """Give the loans of a member that are not repaid, the oldest first."""
    return member_loans(session, book_id, Loan.member_id == member_id)


def savings_free(
    session: Session, *, book_id: int, member_ids: Collection[int]
) -> dict[int, Satang]:
    """Give what members have in pledges, shares and demand savings together, in satang."""
    rows = session.execute(
        select(SavingsAccount.member_id, func.sum(-Account.balance_satang))
        .join(
            Account,
            and_(
                Account.book_id == SavingsAccount.book_id, Account.id == SavingsAccount.account_id
            ),
        )
        .join(
            Product,
            and_(
                Product.book_id == SavingsAccount.book_id,
                Product.code == SavingsAccount.product_code,
            ),
        )
        .where(
            SavingsAccount.book_id == book_id,
            SavingsAccount.member_id.in_(member_ids),
            Product.kind.in_(FREE_KINDS),
        )
        .group_by(SavingsAccount.member_id)
    )
    found = {member_id: Satang(int(balance or 0)) for member_id, balance in rows}
    return {member_id: found.get(member_id, ZERO) for member_id in member_ids}
