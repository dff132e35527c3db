"""What a member has and owes, and who guarantees an application or a loan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ledger.money import ZERO, Satang, total
from loans.kinds import State
from loans.models import Guarantee
from loans.queries.arrears import written_off_owed
from loans.queries.guarantees import Capacity, capacity_of
from loans.queries.loans import LoanView, loans_of_member, standings_of
from members.models import Member, ProductKind
from members.queries import full_name, savings_of

#: What a loan is measured against. Source: the ceiling is a multiple of pledges and shares.
COUNTED = frozenset({ProductKind.PLEDGE, ProductKind.SHARE})
#: How somebody agreed who has still to sign the paper.
SAID_IN_PERSON = "มาบอกยินยอมด้วยตนเองต่อหน้ากรรมการ"
_OWED = frozenset({State.GRANTED, State.RUNNING})


@dataclass(frozen=True, slots=True)
class Means:
    """What a member has and owes, in satang.

    Attributes:
        savings: Pledges and shares.
        owed: Principal that is owed, or granted and still to be paid out.
        owed_by_product: The same, by kind of loan.
        overdue: What fell due and is unpaid: principal and interest.
        written_off: What was written off and never came back.
    """

    savings: Satang
    owed: Satang
    owed_by_product: dict[str, Satang]
    overdue: Satang
    written_off: Satang


@dataclass(frozen=True, slots=True)
class GuarantorView:
    """A guarantor of an application or a loan, with what they can answer for.

    ``capacity`` counts this very guarantee too, once they agreed; amounts in satang.
    """

    guarantee_id: int
    member_id: int
    number: str
    full_name: str
    most: Satang
    capacity: Capacity
    overdue: Satang
    asked_at: datetime
    asked_by: str
    consented_on: date | None
    consent: str
    released_on: date | None
    released_because: str

    @property
    def stands(self) -> bool:
        """Whether they were not let go."""
        return self.released_on is None

    @property
    def has_to_sign(self) -> bool:
        """Whether they came to agree and have not signed the paper yet."""
        return self.stands and self.consent == SAID_IN_PERSON

    @property
    def short_of(self) -> Satang:
        """By how much their free savings are below what they answer for."""
        return short_of(self.capacity, self.most)


def short_of(capacity: Capacity, most: Satang) -> Satang:
    """Give by how much somebody's free savings are below what they would answer for, in satang."""
    return Satang(max(0, most - max(0, capacity.free)))


def means_of(session: Session, *, book_id: int, member_id: int, on: date) -> Means:
    """Give what a member has and owes on a day."""
    owed = _loans_owed(session, book_id=book_id, member_id=member_id)
    by_product: dict[str, Satang] = {}
    for loan in owed:
        kind = loan.product_code or ""
        by_product[kind] = Satang(by_product.get(kind, ZERO) + still_owed(loan))
    return Means(
        savings=total(
            view.balance
            for view in savings_of(session, book_id=book_id, member_id=member_id)
            if view.product_kind in COUNTED
        ),
        owed=total(by_product.values()),
        owed_by_product=by_product,
        overdue=_overdue(session, book_id=book_id, loans=owed, on=on),
        written_off=written_off_owed(session, book_id=book_id, member_id=member_id),
    )


def overdue_of(session: Session, *, book_id: int, member_id: int, on: date) -> Satang:
    """Give what of a member's loans fell due before a day and is unpaid, in satang."""
    owed = _loans_owed(session, book_id=book_id, member_id=member_id)
    return _overdue(session, book_id=book_id, loans=owed, on=on)


def _loans_owed(session: Session, *, book_id: int, member_id: int) -> list[LoanView]:
    loans = loans_of_member(session, book_id=book_id, member_id=member_id)
    return [loan for loan in loans if loan.state in _OWED]


def still_owed(loan: LoanView) -> Satang:
    """Give what is owed of a loan together with what was granted and is still to be paid out."""
    return Satang(loan.outstanding + max(0, loan.principal - loan.disbursed))


def _overdue(session: Session, *, book_id: int, loans: Sequence[LoanView], on: date) -> Satang:
    running = [loan.id for loan in loans if loan.state is State.RUNNING]
    if not running:
        return ZERO
    standings = standings_of(session, book_id=book_id, on=on, loan_ids=running)
    return total(
        amount
        for standing in standings.values()
        for amount in (standing.overdue_principal, standing.overdue_interest)
    )


def guarantors_of_application(
    session: Session, *, book_id: int, application_id: int, on: date
) -> list[GuarantorView]:
    """Give everybody who was ever asked to guarantee an application, those who stand first."""
    return _views(session, on=on, where=(book_id, Guarantee.application_id == application_id))


def guarantors_of_loan(
    session: Session, *, book_id: int, loan_id: int, on: date
) -> list[GuarantorView]:
    """Give everybody who was ever asked to guarantee a loan, those who stand first."""
    return _views(session, on=on, where=(book_id, Guarantee.loan_id == loan_id))


def _views(session: Session, *, on: date, where: tuple[int, object]) -> list[GuarantorView]:
    book_id, which = where
    rows = session.execute(
        select(Guarantee, Member)
        .join(
            Member,
            and_(Member.book_id == Guarantee.book_id, Member.id == Guarantee.member_id),
        )
        .where(Guarantee.book_id == book_id, which)  # type: ignore[arg-type]
        .order_by(Guarantee.id)
    ).all()
    views = [
        GuarantorView(
            guarantee_id=guarantee.id,
            member_id=member.id,
            number=member.number,
            full_name=full_name(member),
            most=guarantee.most_satang,
            capacity=capacity_of(session, book_id=book_id, member_id=member.id, on=on),
            overdue=overdue_of(session, book_id=book_id, member_id=member.id, on=on),
            asked_at=guarantee.asked_at,
            asked_by=guarantee.asked_by,
            consented_on=guarantee.consented_on,
            consent=guarantee.consent,
            released_on=guarantee.released_on,
            released_because=guarantee.released_because,
        )
        for guarantee, member in rows
    ]
    return sorted(views, key=lambda view: not view.stands)


def next_guarantee_id(session: Session, *, book_id: int) -> int:
    """Give the number of a group's next guarantee; ask under the lock of its book."""
    newest = session.scalar(select(func.max(Guarantee.id)).where(Guarantee.book_id == book_id))
    return (newest or 0) + 1
