"""The web of guarantees: who stands for whom, and what falls if a house fails."""

from dataclasses import dataclass

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.db import read
from ledger.roles import READERS, open_to
from ledger.web import page, today
from loans.queries.guarantees import (
    Capacity,
    Fall,
    GuaranteeLine,
    LoanLine,
    capacity_of,
    falls_with,
    guarantees_for,
    guarantees_of,
    loans_owed,
)
from loans.queries.loans import standings_of
from loans.queries.products import LoanProductView, offered_products
from loans.standing import Standing
from loans.views.room import blueprint
from members.models import Group, Member
from members.queries import full_name, group_by_code, member_by_number


@dataclass(frozen=True, slots=True)
class _Web:
    """Everything that the page of one member's guarantees shows."""

    group: Group
    member: Member
    given: list[GuaranteeLine]
    received: list[GuaranteeLine]
    loans: list[LoanLine]
    capacity: Capacity
    fall: Fall
    products: list[LoanProductView]
    standings: dict[int, Standing]


@blueprint.get("/groups/<code>/members/<member>/guarantees")
@open_to(READERS)
def guarantees(code: str, member: str) -> ResponseReturnValue:
    """Show for whom a member stands, who stands for them, and what falls with their house."""
    web = read(lambda session: _web(session, code=code, number=member))
    return page(
        "loans/guarantees.html",
        code=code,
        group_name=web.group.name,
        name=full_name(web.member),
        number=web.member.number,
        web=web,
        day=today(),
    )


def _web(session: Session, *, code: str, number: str) -> _Web:
    group = group_by_code(session, code=code)
    book_id = group.book_id
    member = member_by_number(session, book_id=book_id, number=number)
    given = guarantees_of(session, book_id=book_id, member_id=member.id)
    received = guarantees_for(session, book_id=book_id, member_id=member.id)
    fall = falls_with(session, book_id=book_id, member_id=member.id)
    shown = {line.loan_id for line in (*given, *received) if line.binds}
    shown |= {loan.id for loan in fall.loans}
    return _Web(
        group=group,
        member=member,
        given=given,
        received=received,
        loans=loans_owed(session, book_id=book_id, member_id=member.id),
        capacity=capacity_of(session, book_id=book_id, member_id=member.id, on=today()),
        fall=fall,
        products=offered_products(session, book_id=book_id, on=today()),
        standings=standings_of(
            session,
            book_id=book_id,
            on=today(),
            loan_ids=sorted(number for number in shown if number is not None),
        ),
    )
