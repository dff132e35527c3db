"""Reading about groups: who they are, where they stand, and what they resolved."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from ledger.errors import NotFound
from members.by_laws import Rule, RuleName, in_force
from members.models import ByLaw, Group, GroupKind, Import, Member, Tambon, Village


class GroupNotFound(NotFound):
    """There is no group of this code."""

    thai = "ไม่พบกลุ่มรหัส {code}"


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group as the pages list it; the mother's code and name are empty when it has none."""

    code: str
    name: str
    kind: GroupKind
    founded_on: date | None
    village_code: str | None
    place: str
    mother_code: str
    mother_name: str
    members: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """A rule as a meeting resolved it, and who recorded it when."""

    name: RuleName
    value: Any
    holds_from: date
    resolution: str
    recorded_at: datetime
    recorded_by: str


def group_by_code(session: Session, *, code: str) -> Group:
    """Find a group by its code.

    Raises:
        GroupNotFound: There is none.
    """
    group = session.scalar(select(Group).where(Group.code == code))
    if group is None:
        raise GroupNotFound(code=code)
    return group


def groups(session: Session) -> list[Group]:
    """Give every group of the network, by code."""
    return list(session.scalars(select(Group).order_by(Group.code)))


def group_views(session: Session) -> list[GroupView]:
    """Give every group of the network with its place, its mother and how many members, by code."""
    mother = aliased(Group)
    members = (
        select(func.count())
        .where(Member.book_id == Group.book_id, Member.left_on.is_(None))
        .correlate(Group)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Group, mother, Village, Tambon, members)
        .outerjoin(mother, mother.book_id == Group.mother_book_id)
        .outerjoin(Village, Village.code == Group.village_code)
        .outerjoin(Tambon, Tambon.code == Village.tambon_code)
        .order_by(Group.code)
    )
    return [
        GroupView(
            code=group.code,
            name=group.name,
            kind=group.kind,
            founded_on=group.founded_on,
            village_code=group.village_code,
            place="" if village is None else f"{village_line(village)} ตำบล{tambon.name_th}",
            mother_code="" if above is None else above.code,
            mother_name="" if above is None else above.name,
            members=count,
        )
        for group, above, village, tambon, count in rows
    ]


def village_line(village: Village) -> str:
    """Write a village as people say it: its moo, then its name."""
    return f"หมู่ที่ {village.moo} {village.name}"


def villages(session: Session) -> list[Village]:
    """Give every village by tambon and moo, the ninth before the tenth."""
    return list(session.scalars(select(Village).order_by(Village.tambon_code, Village.moo)))


def tambons(session: Session) -> list[Tambon]:
    """Give every tambon, by its official code."""
    return list(session.scalars(select(Tambon).order_by(Tambon.code)))


def rules_of(session: Session, *, book_id: int) -> list[Rule]:
    """Give every rule that a group ever resolved, oldest first."""
    rows = session.scalars(
        select(ByLaw).where(ByLaw.book_id == book_id).order_by(ByLaw.holds_from, ByLaw.name)
    )
    return [Rule(RuleName(row.name), row.holds_from, row.value, row.resolution) for row in rows]


def resolutions_of(session: Session, *, book_id: int) -> list[Resolution]:
    """Give all that a group ever resolved with who recorded it, by rule, the newest first."""
    rows = session.scalars(
        select(ByLaw).where(ByLaw.book_id == book_id).order_by(ByLaw.name, ByLaw.holds_from.desc())
    )
    return [
        Resolution(
            name=RuleName(row.name),
            value=row.value,
            holds_from=row.holds_from,
            resolution=row.resolution,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
        )
        for row in rows
    ]


def by_law(session: Session, *, book_id: int, name: RuleName, on: date) -> Any:
    """Give what a rule of a group says on a day.

    Raises:
        RuleNotResolved: There was none yet.
    """
    return in_force(rules_of(session, book_id=book_id), name=name, on=on)


def imports_of(session: Session, *, book_id: int) -> list[Import]:
    """Give the spreadsheets that were read into a group, the newest first."""
    return list(
        session.scalars(select(Import).where(Import.book_id == book_id).order_by(Import.id.desc()))
    )
