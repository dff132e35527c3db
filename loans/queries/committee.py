"""Reading the loan committee, and who is the same person or of the same house as whom."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ledger.thai import search_text
from loans.models import Seat
from members.models import Member, Officer
from members.queries import full_name


@dataclass(frozen=True, slots=True)
class SeatView:
    """Who sits on the loan committee.

    Attributes:
        member_id: The member.
        number: Their number.
        name: Their full name.
        officer_id: The officer that they are, or None.
        officer_name: That officer's name, or empty.
        household_id: The house that they live in, or None.
        sits_from: The first day.
        sits_until: The first day on which they sit no more, or None.
        resolution: The resolution that seated them.
        recorded_by: The mark of the officer who recorded it.
    """

    member_id: int
    number: str
    name: str
    officer_id: int | None
    officer_name: str
    household_id: int | None
    sits_from: date
    sits_until: date | None
    resolution: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class SamePeople:
    """Who is who in a group, for rules that keep people from deciding about themselves.

    Attributes:
        members_of_officer: The members that each officer is, by the officer's number.
        household_of: The house of each member; those without one are left out.
    """

    members_of_officer: dict[int, frozenset[int]]
    household_of: dict[int, int]

    def is_same(self, *, officer_id: int, member_id: int) -> bool:
        """Whether an officer is the member: by a seat's link, or by the same name."""
        return member_id in self.members_of_officer.get(officer_id, frozenset())

    def share_a_house(self, one_id: int, other_id: int) -> bool:
        """Whether two members live in one house, or are one person."""
        house = self.household_of.get(one_id)
        return one_id == other_id or (
            house is not None and self.household_of.get(other_id) == house
        )

    def is_near(self, *, officer_id: int, member_id: int) -> bool:
        """Whether an officer is the member, or lives in the member's house."""
        return any(
            self.share_a_house(theirs, member_id)
            for theirs in self.members_of_officer.get(officer_id, ())
        )


def seats_on(session: Session, *, book_id: int, on: date) -> list[SeatView]:
    """Give those who sit on a day, by when they were seated; who left the group sits no more."""
    return _seats(
        session,
        Seat.book_id == book_id,
        Seat.sits_from <= on,
        or_(Seat.sits_until.is_(None), Seat.sits_until > on),
        or_(Member.left_on.is_(None), Member.left_on > on),
    )


def seats_ever(session: Session, *, book_id: int) -> list[SeatView]:
    """Give every seat that there was or will be, the newest first."""
    return _seats(session, Seat.book_id == book_id)[::-1]


def _seats(session: Session, *which: object) -> list[SeatView]:
    rows = session.execute(
        select(Seat, Member, Officer.name)
        .join(Member, and_(Member.book_id == Seat.book_id, Member.id == Seat.member_id))
        .outerjoin(Officer, Officer.id == Seat.officer_id)
        .where(*which)  # type: ignore[arg-type]
        .order_by(Seat.sits_from, Member.sort_key, Member.id)
    )
    return [
        SeatView(
            member_id=member.id,
            number=member.number,
            name=full_name(member),
            officer_id=seat.officer_id,
            officer_name=officer_name or "",
            household_id=member.household_id,
            sits_from=seat.sits_from,
            sits_until=seat.sits_until,
            resolution=seat.resolution,
            recorded_by=seat.recorded_by,
        )
        for seat, member, officer_name in rows
    ]


def same_people(
    session: Session, *, book_id: int, officer_ids: Collection[int], member_ids: Collection[int]
) -> SamePeople:
    """Tell which officers are which members, and who of the members shares a house.

    An officer is a member by the link of a seat, whenever it was, or by the same name; titles do
    not matter. The members of officers are looked at too, whether named or not.

    Args:
        session: Any session.
        book_id: The group's book.
        officer_ids: The officers asked about.
        member_ids: The members asked about.
    """
    names = session.execute(select(Officer.id, Officer.name).where(Officer.id.in_(officer_ids)))
    wanted = {number: search_text(name) for number, name in names}
    linked = session.execute(
        select(Seat.officer_id, Seat.member_id).where(
            Seat.book_id == book_id, Seat.officer_id.in_(officer_ids)
        )
    )
    found: dict[int, set[int]] = {number: set() for number in wanted}
    for officer_id, member_id in linked:
        if officer_id is not None:
            found.setdefault(officer_id, set()).add(member_id)
    for member in _by_names(session, book_id=book_id, names=wanted.values()):
        written = _names_of(member)
        for number, name in wanted.items():
            if name in written:
                found[number].add(member.id)
    everybody = set(member_ids) | {member for theirs in found.values() for member in theirs}
    houses = session.execute(
        select(Member.id, Member.household_id).where(
            Member.book_id == book_id, Member.id.in_(everybody), Member.household_id.is_not(None)
        )
    )
    return SamePeople(
        members_of_officer={number: frozenset(theirs) for number, theirs in found.items()},
        household_of={member_id: house for member_id, house in houses if house is not None},
    )


def _by_names(session: Session, *, book_id: int, names: Iterable[str]) -> list[Member]:
    """Give the members in whose search text a name stands, by its last word, the family's."""
    families = {name.split()[-1] for name in names if name.split()}
    if not families:
        return []
    return list(
        session.scalars(
            select(Member).where(
                Member.book_id == book_id,
                or_(*(Member.search_text.contains(one, autoescape=True) for one in families)),
            )
        )
    )


def _names_of(member: Member) -> frozenset[str]:
    """Give how a member's name may be written, with the title and without."""
    return frozenset(
        search_text(name)
        for name in (full_name(member), f"{member.given_name} {member.family_name}")
    )


@dataclass(frozen=True, slots=True)
class MemberAndOfficer:
    """The names of a member and of an officer, and whether they are written alike."""

    member: str
    officer: str
    is_alike: bool


def member_and_officer(
    session: Session, *, book_id: int, number: str, officer_id: int
) -> MemberAndOfficer | None:
    """Give the names of a member and of an officer who are to be one person; None without both."""
    member = session.scalar(
        select(Member).where(Member.book_id == book_id, Member.number == number)
    )
    officer = session.get(Officer, officer_id)
    if member is None or officer is None:
        return None
    alike = search_text(officer.name) in _names_of(member)
    return MemberAndOfficer(full_name(member), officer.name, alike)


def household_members(session: Session, *, book_id: int, member_id: int) -> list[Member]:
    """Give those of a member's house who are still members, the member first."""
    member = session.get_one(Member, (book_id, member_id))
    if member.household_id is None:
        return [member]
    others = session.scalars(
        select(Member)
        .where(
            Member.book_id == book_id,
            Member.household_id == member.household_id,
            Member.id != member_id,
            Member.left_on.is_(None),
        )
        .order_by(Member.sort_key, Member.id)
    )
    return [member, *others]
