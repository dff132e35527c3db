"""Who has a stake in a loan, and so signs nothing that is done with it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from loans.models import Guarantee, Loan
from loans.queries.applications.stakes import BORROWS, SHARES_HOUSE, OfficerStake, housemates
from loans.queries.committee import same_people
from members.models import Member
from members.queries import officer_names

VOUCHES = "เป็นผู้ค้ำประกันสัญญานี้"


def officers_with_stakes_in_loan(
    session: Session, *, loan: Loan, marks: Collection[str]
) -> dict[str, OfficerStake]:
    """Give those of some officers, by their marks, who have a stake in a loan to a member.

    They are the borrower, whoever lives in the borrower's house, and whoever guarantees the loan;
    an officer is the member whose seat on the committee says so, or who has the same name.
    """
    if loan.member_id is None:
        return {}
    borrower = session.get_one(Member, (loan.book_id, loan.member_id))
    guarantors = session.scalars(
        select(Guarantee.member_id).where(
            Guarantee.book_id == loan.book_id,
            Guarantee.loan_id == loan.id,
            Guarantee.released_on.is_(None),
        )
    )
    stakes = dict.fromkeys(guarantors, VOUCHES)
    stakes |= dict.fromkeys(housemates(session, member=borrower), SHARES_HOUSE)
    stakes[borrower.id] = BORROWS
    # Officers sign as "o" and their number; whatever else writes is no person.
    numbers = {mark: int(mark[1:]) for mark in marks if mark[:1] == "o" and mark[1:].isdigit()}
    people = same_people(
        session, book_id=loan.book_id, officer_ids=numbers.values(), member_ids=stakes
    )
    found, names = {}, officer_names(session)
    for mark, number in numbers.items():
        theirs = [stakes[m] for m in people.members_of_officer.get(number, ()) if m in stakes]
        if not theirs and people.is_near(officer_id=number, member_id=borrower.id):
            theirs = [SHARES_HOUSE]
        if theirs:
            # Of several the gravest is said.
            why = min(theirs, key=(BORROWS, VOUCHES, SHARES_HOUSE).index)
            found[mark] = OfficerStake(names.get(mark, mark), why)
    return found
