"""Members who may be asked to guarantee, with what they could answer for."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ledger.errors import DomainError
from ledger.money import ZERO, Satang, UnreadableAmount, parse_baht
from ledger.web import Form, today
from loans.queries.applications import member_typed, overdue_of, short_of
from loans.queries.guarantees import Capacity, capacity_of
from members.models import Group
from members.queries import full_name, members_of


@dataclass(frozen=True)
class Candidate:
    """A member who may be asked to guarantee."""

    number: str
    full_name: str
    capacity: Capacity
    overdue: Satang


@dataclass(frozen=True)
class LookedAt:
    """Who was looked at as a guarantor, or the refusal of whoever cannot be one."""

    candidate: Candidate | None = None
    refusal: DomainError | None = None

    def tell(self, form: Form, *, is_sent: bool) -> None:
        """Say at its box why who was looked at cannot guarantee; a sent form says it already."""
        if self.refusal is not None and not is_sent:
            form.errors.setdefault("guarantor", []).append(self.refusal.sentence())

    def short_of(self, form: Form) -> Satang:
        """Give by how much the candidate's free savings are below the limit that stands typed."""
        if self.candidate is None:
            return ZERO
        try:
            most = parse_baht(str(form.typed.get("most") or "0"))
        except UnreadableAmount:
            return ZERO
        return short_of(self.candidate.capacity, most)


def look_at(
    session: Session, group: Group, typed: str, *, check: Callable[[str], None]
) -> LookedAt:
    """Look at the member who was typed, by number or name.

    Args:
        session: Any session.
        group: The group.
        typed: What was typed; nobody is looked at where it is empty.
        check: Refuses the member of a number who cannot guarantee here.
    """
    if not typed.strip():
        return LookedAt()
    try:
        member = member_typed(session, book_id=group.book_id, typed=typed)
        check(member.number)
    except DomainError as refusal:
        return LookedAt(refusal=refusal)
    return LookedAt(
        Candidate(
            number=member.number,
            full_name=full_name(member),
            capacity=capacity_of(session, book_id=group.book_id, member_id=member.id, on=today()),
            overdue=overdue_of(session, book_id=group.book_id, member_id=member.id, on=today()),
        )
    )


def people_of(session: Session, group: Group, *, besides: int | None) -> list[tuple[str, str]]:
    """Give the members of a group as (number, name), for the list behind a box."""
    return [
        (member.number, full_name(member))
        for member in members_of(session, book_id=group.book_id, on=today())
        if member.id != besides
    ]
