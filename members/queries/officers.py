"""Reading about those who serve: their names and duties."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from ledger.roles import Role
from members.models import Group, Officer, OfficerRole, Village


@dataclass(frozen=True, slots=True)
class SampleOfficer:
    """One of the sample network's people, their first duty, and where they live."""

    id: int
    name: str
    duty: Role
    village_name: str


@dataclass(frozen=True, slots=True)
class DutyView:
    """A duty of an officer; the group's code and name are empty for the whole network."""

    id: int
    role: Role
    group_code: str
    group_name: str
    given_at: datetime
    given_by: str
    ended_at: datetime | None


def officer_names(session: Session) -> dict[str, str]:
    """Give the names of all officers by the mark under which their work stands in the book."""
    return {
        f"o{number}": name for number, name in session.execute(select(Officer.id, Officer.name))
    }


def officers(session: Session) -> list[tuple[Officer, list[tuple[str | None, Role]]]]:
    """Give every officer with their present roles as (group code or None, role)."""
    group = aliased(Group)
    roles: dict[int, list[tuple[str | None, Role]]] = {}
    for officer_id, code, role in session.execute(
        select(OfficerRole.officer_id, group.code, OfficerRole.role)
        .outerjoin(group, group.book_id == OfficerRole.group_book_id)
        .where(OfficerRole.ended_at.is_(None))
        .order_by(OfficerRole.id)
    ):
        roles.setdefault(officer_id, []).append((code, role))
    everyone = session.scalars(select(Officer).order_by(Officer.name))
    return [(officer, roles.get(officer.id, [])) for officer in everyone]


def duties_of(session: Session, *, officer_id: int) -> list[DutyView]:
    """Give every duty that an officer has or had, in the order given."""
    rows = session.execute(
        select(OfficerRole, Group)
        .outerjoin(Group, Group.book_id == OfficerRole.group_book_id)
        .where(OfficerRole.officer_id == officer_id)
        .order_by(OfficerRole.id)
    )
    return [
        DutyView(
            id=duty.id,
            role=duty.role,
            group_code="" if group is None else group.code,
            group_name="" if group is None else group.name,
            given_at=duty.given_at,
            given_by=duty.given_by,
            ended_at=duty.ended_at,
        )
        for duty, group in rows
    ]


def serving(session: Session, *, book_id: int) -> list[tuple[Officer, Role]]:
    """Give those who have a duty in a group, in the order in which the duties were given."""
    rows = session.execute(
        select(Officer, OfficerRole.role)
        .join(OfficerRole, OfficerRole.officer_id == Officer.id)
        .where(OfficerRole.group_book_id == book_id, OfficerRole.ended_at.is_(None))
        .order_by(OfficerRole.id)
    )
    return [(officer, role) for officer, role in rows]


def sample_officers(session: Session) -> list[SampleOfficer]:
    """Give the people of the sample network who can be tried, one for each kind of duty.

    The sample gives them sign-in names that begin with ``sample-``, which nobody else has.
    """
    rows = session.execute(
        select(Officer.id, Officer.name, func.min(OfficerRole.id), Village.name)
        .join(OfficerRole, OfficerRole.officer_id == Officer.id)
        .outerjoin(Village, Village.code == Officer.village_code)
        .where(Officer.sign_in_name.startswith("sample-"), Officer.suspended_at.is_(None))
        .group_by(Officer.id, Officer.name, Village.name)
        .order_by(Officer.id)
    ).all()
    roles = dict(session.execute(select(OfficerRole.id, OfficerRole.role)).all())
    return [
        SampleOfficer(number, name, roles[duty], place or "") for number, name, duty, place in rows
    ]
