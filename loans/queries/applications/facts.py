"""What a loan would be like, and whether a member may have it: the figures behind the rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from ledger.errors import DomainError
from ledger.money import ZERO, Satang
from loans.ceiling import effective_rate_ppm
from loans.eligibility import Eligibility, Facts, eligibility
from loans.product_terms import LoanByLaw, terms_for, usual_due_days
from loans.queries.applications.guarantors import Means, means_of, still_owed
from loans.queries.loans import loan_view
from loans.queries.products import LoanProductView, offered_products
from loans.schedule import Every, Schedule, Terms, make_schedule
from members.models import Member


@dataclass(frozen=True, slots=True)
class WouldBe:
    """The schedule that would follow, and what it really costs a year; or why there is none.

    Attributes:
        schedule: The instalments, or None.
        effective_rate_ppm: What it really costs a year in millionths, fees included.
        unfit: The sentence that says why there is no schedule, or empty.
    """

    schedule: Schedule | None
    effective_rate_ppm: int
    unfit: str

    @property
    def largest(self) -> Satang:
        """The largest instalment, in satang; zero without a schedule."""
        rows = () if self.schedule is None else self.schedule.rows
        return max((row.payment for row in rows), default=ZERO)


@dataclass(frozen=True, slots=True)
class MayBorrow:
    """What a member may borrow of one kind, before anybody guarantees it."""

    product: LoanProductView
    by_law: LoanByLaw
    found: Eligibility


def terms_of_grant(
    by_law: LoanByLaw,
    *,
    amount: Satang,
    instalments: int,
    on: date,
    first_due_on: date | None,
    due_days: Sequence[date] = (),
) -> Terms:
    """Give the terms of a loan of a kind that is granted on a day.

    Args:
        by_law: What holds on the day.
        amount: What is lent, in satang.
        instalments: How many there are.
        on: The day of the contract, from which interest runs until it is really paid out.
        first_due_on: The day of the first instalment, or None for the usual one.
        due_days: Every due day, where the kind falls due on chosen days; empty for the usual ones.
    """
    usual = usual_due_days(by_law, instalments=max(1, instalments), disbursed_on=on)
    chosen = tuple(due_days) or usual if by_law.every is Every.CHOSEN else ()
    return terms_for(
        by_law,
        principal=amount,
        instalments=len(chosen) or instalments,
        disbursed_on=on,
        first_due_on=chosen[0] if chosen else first_due_on or usual[0],
        due_days=chosen,
    )


def would_be(terms: Terms, *, fees: Satang) -> WouldBe:
    """Work out the schedule that follows from terms, and what it costs with the fees, in satang."""
    try:
        schedule = make_schedule(terms)
        return WouldBe(schedule, effective_rate_ppm(schedule, fees=fees), "")
    except DomainError as refusal:
        return WouldBe(None, 0, refusal.sentence())


def facts_of(
    session: Session,
    *,
    member: Member,
    product_code: str,
    on: date,
    income: Satang = ZERO,
    instalment: Satang = ZERO,
    guaranteed: Sequence[Satang] = (),
    refinances_loan_id: int | None = None,
) -> Facts:
    """Give what is known of a member who wants to borrow of a kind, in satang.

    Args:
        session: Any session.
        member: The member.
        product_code: The kind of loan.
        on: The day.
        income: What the household earns a month.
        instalment: What an instalment of the loan would be.
        guaranteed: The most of each guarantor who agreed.
        refinances_loan_id: The loan that this one pays off, which then counts as owed no more;
            what is overdue of it still does.
    """
    means = means_of(session, book_id=member.book_id, member_id=member.id, on=on)
    owed, of_this_kind = means.owed, means.owed_by_product.get(product_code, ZERO)
    if refinances_loan_id is not None:
        old = loan_view(session, book_id=member.book_id, loan_id=refinances_loan_id)
        owed = Satang(owed - still_owed(old))
        if old.product_code == product_code:
            of_this_kind = Satang(of_this_kind - still_owed(old))
    return _facts(
        member, means, on=on, owed=(owed, of_this_kind), money=(income, instalment), by=guaranteed
    )


def _facts(
    member: Member,
    means: Means,
    *,
    on: date,
    owed: tuple[Satang, Satang],
    money: tuple[Satang, Satang],
    by: Sequence[Satang],
) -> Facts:
    return Facts(
        joined_on=member.joined_on,
        on=on,
        savings=means.savings,
        owed_of_this_kind=owed[1],
        owed_in_all=owed[0],
        overdue=means.overdue,
        guarantors_agreed=len(by),
        guaranteed_satang=Satang(sum(by)),
        household_income=money[0],
        instalment=money[1],
        written_off=means.written_off,
    )


def before_guarantors(by_law: LoanByLaw) -> LoanByLaw:
    """Give a by-law without its guarantors: what is asked before anybody has been found."""
    return replace(by_law, guarantors=0)


def may_borrow_of_each_kind(session: Session, *, member: Member, on: date) -> list[MayBorrow]:
    """Tell for each kind of loan that is open how much a member may borrow, and why."""
    found = []
    for product in offered_products(session, book_id=member.book_id, on=on):
        assert product.holds is not None, product.code
        by_law = product.holds.by_law
        facts = facts_of(session, member=member, product_code=product.code, on=on)
        found.append(
            MayBorrow(
                product=product,
                by_law=by_law,
                found=eligibility(
                    asked=ZERO,
                    instalments=by_law.most_instalments,
                    by_law=before_guarantors(by_law),
                    facts=facts,
                ),
            )
        )
    return found
