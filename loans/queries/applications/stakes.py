"""Who has a stake in an application, and so neither votes on it nor decides it."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from loans.models import Application, Guarantee
from loans.queries.committee import household_members, same_people
from members.models import Member
from members.queries import officer_names

BORROWS, SHARES_HOUSE, GUARANTEES = "เป็นผู้กู้เอง", "อยู่บ้านเดียวกับผู้กู้", "เป็นผู้ค้ำประกันคำขอนี้"


@dataclass(frozen=True, slots=True)
class OfficerStake:
    """Why an officer may not decide an application, as a sentence says it."""

    name: str
    why: str


def stakes_in(session: Session, *, application: Application) -> dict[int, str]:
    """Give the members who have a stake in an application, and which.

    They are the borrower, whoever lives in the borrower's house, and its guarantors.
    """
    borrower = session.get_one(Member, (application.book_id, application.member_id))
    guarantors = session.scalars(
        select(Guarantee.member_id).where(
            Guarantee.book_id == application.book_id,
            Guarantee.application_id == application.id,
            Guarantee.released_on.is_(None),
        )
    )
    stakes = dict.fromkeys(guarantors, GUARANTEES)
    stakes |= dict.fromkeys(housemates(session, member=borrower), SHARES_HOUSE)
    return stakes | {borrower.id: BORROWS}


def housemates(session: Session, *, member: Member) -> set[int]:
    """Give the other members who live in a member's house."""
    people = household_members(session, book_id=member.book_id, member_id=member.id)
    return {person.id for person in people} - {member.id}


def officers_with_stakes(
    session: Session, *, application: Application, marks: Collection[str]
) -> dict[str, OfficerStake]:
    """Give those of some officers, by their marks, who have a stake in an application.

    An officer is the member whose seat on the committee says so, or who has the same name.
    """
    stakes = stakes_in(session, application=application)
    numbers = [int(mark[1:]) for mark in marks if mark[1:].isdigit()]
    people = same_people(
        session, book_id=application.book_id, officer_ids=numbers, member_ids=stakes
    )
    names = officer_names(session)
    found = {}
    for number in numbers:
        theirs = [stakes[m] for m in people.members_of_officer.get(number, ()) if m in stakes]
        if not theirs and people.is_near(officer_id=number, member_id=application.member_id):
            theirs = [SHARES_HOUSE]
        if theirs:
            mark = f"o{number}"
            # Of several the gravest is said.
            why = min(theirs, key=(BORROWS, GUARANTEES, SHARES_HOUSE).index)
            found[mark] = OfficerStake(names.get(mark, mark), why)
    return found
