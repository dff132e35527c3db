"""Reading about members: who they are, where they live, and how to find them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from ledger.errors import NotFound
from ledger.thai import search_text
from members.models import Group, Household, Member, Tambon, Village


class MemberNotFound(NotFound):
    """There is no member of this number in the group."""

    thai = "ไม่พบสมาชิกเลขที่ {number}"


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A member as the list of a group shows them."""

    number: str
    full_name: str
    house_number: str
    village_name: str
    left_on: date | None


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A member that a search found, with what tells them from others of the same name."""

    group_code: str
    group_name: str
    number: str
    full_name: str
    house_number: str
    village_name: str
    has_left: bool


def full_name(member: Member) -> str:
    """Give a member's name as it is written: title and given name together, then the family's."""
    return f"{member.title}{member.given_name} {member.family_name}".strip()


def members_of(session: Session, *, book_id: int, on: date) -> list[Member]:
    """Give those who are members on a day, in walking order."""
    return list(
        session.scalars(
            select(Member)
            .where(
                Member.book_id == book_id,
                Member.joined_on <= on,
                or_(Member.left_on.is_(None), Member.left_on > on),
            )
            .order_by(Member.walking_order, Member.sort_key)
        )
    )


def member_by_number(session: Session, *, book_id: int, number: str) -> Member:
    """Find a member by the number on the passbook.

    Raises:
        MemberNotFound: There is none.
    """
    found = select(Member).where(Member.book_id == book_id, Member.number == number)
    member = session.scalar(found)
    if member is None:
        raise MemberNotFound(number=number)
    return member


def member_page(
    session: Session, *, book_id: int, after: str, most: int, text: str = ""
) -> list[ListedMember]:
    """Give members with house and village by name, those who left after all others.

    Args:
        session: Any session.
        book_id: The group's book.
        after: The number of the last member of the page before, or empty.
        most: The most members given.
        text: What was typed to find some of them, or empty for all.
    """
    place = (_has_left, Member.sort_key, Member.id)
    statement = (
        select(Member, func.coalesce(Household.house_number, ""), func.coalesce(Village.name, ""))
        .outerjoin(
            Household,
            and_(Household.book_id == Member.book_id, Household.id == Member.household_id),
        )
        .outerjoin(Village, Village.code == Household.village_code)
        .where(Member.book_id == book_id)
        .order_by(*place)
        .limit(most)
    )
    last = (
        select(Member).where(Member.book_id == book_id, Member.number == after) if after else None
    )
    before = None if last is None else session.scalar(last)
    if before is not None:
        where = (int(before.left_on is not None), before.sort_key, before.id)
        statement = statement.where(tuple_(*place) > where)
    if text.strip():
        statement = statement.where(_matches(text))
    return [
        ListedMember(member.number, full_name(member), house, village, member.left_on)
        for member, house, village in session.execute(statement)
    ]


def count_members(session: Session, *, book_id: int) -> int:
    """Give how many members a group has now."""
    return (
        session.scalar(
            select(func.count()).where(Member.book_id == book_id, Member.left_on.is_(None))
        )
        or 0
    )


def search_people(
    session: Session,
    *,
    text: str,
    book_ids: Collection[int],
    most: int,
    nearest: Collection[int] = (),
) -> list[FoundPerson]:
    """Find members by a part of a name, a house number or a member number.

    Whoever's number, house or given name is just what was typed comes before those who only have
    it somewhere; those who left come last.

    Args:
        session: Any session.
        text: What was typed; Thai digits and odd spelling of vowels are put right first.
        book_ids: The books that may be searched.
        most: The most people given.
        nearest: The books whose members come first, such as those that the officer keeps.
    """
    if not search_text(text) or not book_ids:
        return []
    rows = session.execute(
        select(Member, Group, Household.house_number, Village.name)
        .join(Group, Group.book_id == Member.book_id)
        .outerjoin(
            Household,
            and_(Household.book_id == Member.book_id, Household.id == Member.household_id),
        )
        .outerjoin(Village, Village.code == Household.village_code)
        .where(Member.book_id.in_(book_ids), _matches(text))
        .order_by(
            _has_left,
            case((Member.book_id.in_(nearest), 0), else_=1),
            _how_well(search_text(text)),
            Member.sort_key,
            Member.book_id,
            Member.id,
        )
        .limit(most)
    )
    return [
        FoundPerson(
            group_code=group.code,
            group_name=group.name,
            number=member.number,
            full_name=full_name(member),
            house_number=house or "",
            village_name=village or "",
            has_left=member.left_on is not None,
        )
        for member, group, house, village in rows
    ]


_has_left = case((Member.left_on.is_(None), 0), else_=1)
NUMBER_DIGITS = 4


def _how_well(text: str) -> ColumnElement[int]:
    """Rank a match: the number, then the house, then how the given name begins, then the rest."""
    number = text.zfill(NUMBER_DIGITS) if text.isdigit() else text
    return case(
        (func.lower(Member.number).in_({text, number}), 0),
        (Household.house_number == text, 1),
        (func.lower(Member.given_name).startswith(text, autoescape=True), 2),
        else_=3,
    )


def _matches(text: str) -> Any:
    """Each word must be somewhere in the member's search text."""
    return and_(
        *(
            Member.search_text.contains(word, autoescape=True)
            for word in search_text(text).split()[:6]
        )
    )


def household_of(session: Session, *, member: Member) -> tuple[Household, Village, Tambon] | None:
    """Give the house a member lives in, its village and tambon, or None."""
    if member.household_id is None:
        return None
    row = session.execute(
        select(Household, Village, Tambon)
        .join(Village, Village.code == Household.village_code)
        .join(Tambon, Tambon.code == Village.tambon_code)
        .where(Household.book_id == member.book_id, Household.id == member.household_id)
    ).one()
    return row[0], row[1], row[2]


def address_line(household: Household, village: Village, tambon: Tambon) -> str:
    """Write an address as on Thai paper."""
    return (
        f"บ้านเลขที่ {household.house_number} หมู่ที่ {village.moo} ตำบล{tambon.name_th} "
        f"อำเภอ{tambon.district_th} จังหวัด{tambon.province_th}"
    )
