"""Reading one application with everything that whoever decides it wants to know."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.money import Satang, total
from loans.eligibility import Eligibility, Facts, eligibility
from loans.kinds import Decision, Purpose
from loans.models import Application, Loan
from loans.product_terms import LoanByLaw
from loans.queries.applications.facts import WouldBe, facts_of, terms_of_grant, would_be
from loans.queries.applications.guarantors import GuarantorView, guarantors_of_application
from loans.queries.applications.path import Step, application_by_id, decision_on, step_of
from loans.queries.applications.votes import (
    MeetingView,
    Tally,
    VoteView,
    meeting_of,
    tally_of,
    vote_views,
)
from loans.queries.loans import LoanView, loan_view
from loans.queries.products import loan_by_law, loan_product
from members.models import Member
from members.queries import address_line, full_name, household_of


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What became of an application, by whom."""

    decision: Decision
    decided_on: date
    resolution: str
    why: str
    decided_at: datetime
    decided_by: str
    approved_by: str | None


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application with everything about it; amounts in satang.

    ``found`` and ``would_be`` are worked out for what was asked, by the by-law of the day given.
    """

    id: int
    member_id: int
    member_number: str
    full_name: str
    address: str
    product_code: str
    product_name: str
    purpose: Purpose
    amount: Satang
    instalments: int
    what_for: str
    household_income: Satang
    collateral: str
    refinances: LoanView | None
    applied_on: date
    recorded_at: datetime
    recorded_by: str
    step: Step
    by_law: LoanByLaw
    facts: Facts
    found: Eligibility
    guarantors: tuple[GuarantorView, ...]
    votes: tuple[VoteView, ...]
    meeting: MeetingView | None
    tally: Tally | None
    decision: DecisionView | None
    would_be: WouldBe
    loan: LoanView | None

    @property
    def loan_id(self) -> int | None:
        """The number of the loan that followed, or None."""
        return None if self.loan is None else self.loan.id

    @property
    def loan_reference(self) -> str:
        """The number on its contract, or empty."""
        return "" if self.loan is None else self.loan.reference

    @property
    def agreed(self) -> tuple[GuarantorView, ...]:
        """Those who agreed to guarantee it and were not let go."""
        return tuple(g for g in self.guarantors if g.stands and g.consented_on is not None)

    @property
    def asked_and_waiting(self) -> tuple[GuarantorView, ...]:
        """Those who were asked to guarantee it and have not agreed yet."""
        return tuple(g for g in self.guarantors if g.stands and g.consented_on is None)

    @property
    def only_waits(self) -> bool:
        """Whether enough were named, for enough together, and some have still to agree."""
        named = (*self.agreed, *self.asked_and_waiting)
        stand_for_all = total(g.most for g in named) >= self.amount
        enough = len(named) >= self.by_law.guarantors and stand_for_all
        return enough and bool(self.asked_and_waiting)

    @property
    def have_to_sign(self) -> tuple[GuarantorView, ...]:
        """Those who agreed in person and have not signed the paper yet."""
        return tuple(g for g in self.agreed if g.has_to_sign)

    @property
    def guarantors_missing(self) -> int:
        """How many guarantors must still agree."""
        return max(0, self.by_law.guarantors - len(self.agreed))

    @property
    def uncovered(self) -> Satang:
        """How much of the loan nobody answers for yet; nothing where no guarantor is needed."""
        if not self.by_law.guarantors:
            return Satang(0)
        return Satang(max(0, self.amount - total(g.most for g in self.agreed)))


def application_view(
    session: Session, *, book_id: int, application_id: int, on: date
) -> ApplicationView:
    """Give one application as it stands on a day; a decided one by the by-law of its decision.

    Raises:
        ApplicationNotFound: The group has none of this number.
    """
    application = application_by_id(session, book_id=book_id, application_id=application_id)
    member = session.get_one(Member, (book_id, application.member_id))
    home = household_of(session, member=member)
    decision = _decision(session, application)
    day = on if decision is None else decision.decided_on
    code = application.product_code
    product = loan_product(session, book_id=book_id, product_code=code, on=day)
    by_law = loan_by_law(session, book_id=book_id, product_code=code, on=day)
    guarantors = tuple(
        guarantors_of_application(session, book_id=book_id, application_id=application_id, on=day)
    )
    expected = would_be(
        terms_of_grant(
            by_law,
            amount=application.amount_satang,
            instalments=application.instalments,
            on=day,
            first_due_on=None,
        ),
        fees=by_law.contract_fee,
    )
    facts = facts_of(
        session,
        member=member,
        product_code=application.product_code,
        on=day,
        income=application.household_income_satang,
        instalment=expected.largest,
        guaranteed=[g.most for g in guarantors if g.stands and g.consented_on is not None],
        refinances_loan_id=application.refinances_loan_id,
    )
    loan = loan_of_application(session, application=application)
    return ApplicationView(
        id=application.id,
        member_id=member.id,
        member_number=member.number,
        full_name=full_name(member),
        address="" if home is None else address_line(*home),
        product_code=application.product_code,
        product_name=product.name,
        purpose=product.purpose,
        amount=application.amount_satang,
        instalments=application.instalments,
        what_for=application.what_for,
        household_income=application.household_income_satang,
        collateral=application.collateral,
        refinances=_refinanced(session, application),
        applied_on=application.applied_on,
        recorded_at=application.recorded_at,
        recorded_by=application.recorded_by,
        step=step_of(session, application=application, on=day),
        by_law=by_law,
        facts=facts,
        found=eligibility(
            asked=application.amount_satang,
            instalments=application.instalments,
            by_law=by_law,
            facts=facts,
        ),
        guarantors=guarantors,
        votes=vote_views(session, application=application),
        meeting=meeting_of(session, application=application),
        tally=tally_of(session, application=application),
        decision=decision,
        would_be=expected,
        loan=None if loan is None else loan_view(session, book_id=book_id, loan_id=loan.id),
    )


def _decision(session: Session, application: Application) -> DecisionView | None:
    made = decision_on(session, application=application)
    if made is None:
        return None
    return DecisionView(
        decision=made.decision,
        decided_on=made.decided_on,
        resolution=made.resolution,
        why=made.why,
        decided_at=made.decided_at,
        decided_by=made.decided_by,
        approved_by=made.approved_by,
    )


def loan_of_application(session: Session, *, application: Application) -> Loan | None:
    """Give the loan that followed from an application, or None."""
    return session.scalar(
        select(Loan).where(
            Loan.book_id == application.book_id, Loan.application_id == application.id
        )
    )


def _refinanced(session: Session, application: Application) -> LoanView | None:
    if application.refinances_loan_id is None:
        return None
    return loan_view(session, book_id=application.book_id, loan_id=application.refinances_loan_id)
