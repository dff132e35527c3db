"""Reading the applications of a group, and at which step of the path each stands."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ledger.errors import NotFound
from ledger.money import Satang
from loans.kinds import Decision
from loans.models import (
    Application,
    ApplicationDecision,
    CommitteeVote,
    Guarantee,
    Loan,
    LoanProduct,
)
from loans.product_terms import LoanByLaw
from loans.queries.products import loan_products
from members.models import Member
from members.queries import full_name


class ApplicationNotFound(NotFound):
    """The group has no such application."""

    thai = "ไม่พบคำขอกู้นี้ กลับไปเลือกจากหน้าคำขอกู้"


class GuaranteeNotFound(NotFound):
    """The application or loan has no such guarantee."""

    thai = "ไม่พบการค้ำประกันนี้ เปิดหน้าคำขอใหม่แล้วเลือกอีกครั้ง"


class Step(StrEnum):
    """At which step of the path an application stands."""

    GUARANTORS = "guarantors"
    MEETING = "meeting"
    DECISION = "decision"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


STEP_IN_THAI = {
    Step.GUARANTORS: "รอผู้ค้ำ",
    Step.MEETING: "รอประชุม",
    Step.DECISION: "รอตัดสิน",
    Step.APPROVED: "อนุมัติ",
    Step.REFUSED: "ไม่อนุมัติ",
    Step.WITHDRAWN: "ถอนคำขอ",
}
OPEN_STEPS = (Step.GUARANTORS, Step.MEETING, Step.DECISION)
_DECIDED = {
    Decision.APPROVED: Step.APPROVED,
    Decision.REFUSED: Step.REFUSED,
    Decision.WITHDRAWN: Step.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application as the list shows it; ``amount`` in satang."""

    id: int
    member_id: int
    member_number: str
    full_name: str
    product_name: str
    amount: Satang
    instalments: int
    what_for: str
    applied_on: date
    step: Step
    loan_id: int | None
    loan_reference: str


def application_by_id(session: Session, *, book_id: int, application_id: int) -> Application:
    """Find an application.

    Raises:
        ApplicationNotFound: The group has none of this number.
    """
    found = session.get(Application, (book_id, application_id))
    if found is None:
        raise ApplicationNotFound(application_id=application_id)
    return found


def guarantee_by_id(session: Session, *, book_id: int, guarantee_id: int) -> Guarantee:
    """Find a guarantee.

    Raises:
        GuaranteeNotFound: The group has none of this number.
    """
    found = session.get(Guarantee, (book_id, guarantee_id))
    if found is None:
        raise GuaranteeNotFound(guarantee_id=guarantee_id)
    return found


def decision_on(session: Session, *, application: Application) -> ApplicationDecision | None:
    """Give what became of an application, or None."""
    return session.get(ApplicationDecision, (application.book_id, application.id))


def next_application_id(session: Session, *, book_id: int) -> int:
    """Give the number of a group's next application; ask under the lock of its book."""
    newest = session.scalar(select(func.max(Application.id)).where(Application.book_id == book_id))
    return (newest or 0) + 1


def applications_of(
    session: Session, *, book_id: int, on: date, most_decided: int
) -> list[ApplicationRow]:
    """Give the applications that wait, the oldest first, then the newest that were decided.

    Args:
        session: Any session.
        book_id: The group's book.
        on: The day whose by-laws say how many guarantors are needed.
        most_decided: The most given of those that were decided.
    """
    rows = session.execute(
        select(Application, Member, LoanProduct.name, ApplicationDecision.decision, Loan)
        .join(
            Member,
            and_(Member.book_id == Application.book_id, Member.id == Application.member_id),
        )
        .join(
            LoanProduct,
            and_(
                LoanProduct.book_id == Application.book_id,
                LoanProduct.code == Application.product_code,
            ),
        )
        .outerjoin(
            ApplicationDecision,
            and_(
                ApplicationDecision.book_id == Application.book_id,
                ApplicationDecision.application_id == Application.id,
            ),
        )
        .outerjoin(
            Loan,
            and_(Loan.book_id == Application.book_id, Loan.application_id == Application.id),
        )
        .where(Application.book_id == book_id)
        .order_by(Application.id)
    ).all()
    steps = _steps(session, book_id=book_id, on=on)
    found = [
        ApplicationRow(
            id=application.id,
            member_id=member.id,
            member_number=member.number,
            full_name=full_name(member),
            product_name=product,
            amount=application.amount_satang,
            instalments=application.instalments,
            what_for=application.what_for,
            applied_on=application.applied_on,
            step=_DECIDED[decision] if decision is not None else steps(application),
            loan_id=None if loan is None else loan.id,
            loan_reference="" if loan is None else loan.reference,
        )
        for application, member, product, decision, loan in rows
    ]
    waiting = [row for row in found if row.step in OPEN_STEPS]
    decided = [row for row in reversed(found) if row.step not in OPEN_STEPS]
    return waiting + decided[:most_decided]


class _Steps:
    """Tells at which step an application stands that was not decided."""

    def __init__(
        self,
        *,
        by_laws: dict[str, LoanByLaw],
        voted_on: set[int],
        agreed: dict[int, list[Satang]],
    ) -> None:
        self.by_laws, self.voted_on, self.agreed = by_laws, voted_on, agreed

    def __call__(self, application: Application) -> Step:
        if application.id in self.voted_on:
            return Step.DECISION
        needs = by_law.guarantors if (by_law := self.by_laws.get(application.product_code)) else 0
        agreed = self.agreed.get(application.id, [])
        are_enough = len(agreed) >= needs and (
            not needs or sum(agreed) >= application.amount_satang
        )
        return Step.MEETING if are_enough else Step.GUARANTORS


def _steps(session: Session, *, book_id: int, on: date) -> _Steps:
    agreed: dict[int, list[Satang]] = defaultdict(list)
    for application_id, most in session.execute(
        select(Guarantee.application_id, Guarantee.most_satang).where(
            Guarantee.book_id == book_id,
            Guarantee.consented_on.is_not(None),
            Guarantee.released_on.is_(None),
        )
    ):
        if application_id is not None:
            agreed[application_id].append(most)
    voted_on = select(CommitteeVote.application_id).where(CommitteeVote.book_id == book_id)
    return _Steps(
        by_laws={
            product.code: product.holds.by_law
            for product in loan_products(session, book_id=book_id, on=on)
            if product.holds is not None
        },
        voted_on=set(session.scalars(voted_on.distinct())),
        agreed=agreed,
    )


def step_of(session: Session, *, application: Application, on: date) -> Step:
    """Tell at which step of the path an application stands."""
    decision = decision_on(session, application=application)
    if decision is not None:
        return _DECIDED[decision.decision]
    return _steps(session, book_id=application.book_id, on=on)(application)
