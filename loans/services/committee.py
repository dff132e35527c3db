"""The loan committee: who is seated by which resolution, and from when they sit no more."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, NotFound, RuleBroken
from ledger.services import lock_book
from ledger.thai import format_date, today_in_bangkok
from loans.models import Seat
from loans.queries.committee import seats_ever
from members.models import Group, Member, Officer
from members.queries import full_name, member_by_number

LONGEST_AHEAD = timedelta(days=366)


class SeatDayUnfit(RuleBroken):
    """A seat begins after the founding and after joining, and not more than a year from now."""

    thai = "วันเริ่มเป็นกรรมการต้องไม่ก่อนวันที่เข้าเป็นสมาชิก ({joined_on}) และไม่เกินหนึ่งปีข้างหน้า ({latest})"


class SeatedWhoLeft(RuleBroken):
    """Who left the group does not decide on its loans."""

    thai = "{name} ออกจากกลุ่มแล้วเมื่อ {left_on} เลือกสมาชิกที่ยังอยู่ในกลุ่ม"


class SeatedAlready(Conflict):
    """The member sits on the committee on that day already."""

    thai = "{name} เป็นกรรมการเงินกู้อยู่แล้วตั้งแต่ {since} ถ้าได้รับเลือกใหม่ บันทึกวันพ้นตำแหน่งเดิมก่อน"


class OfficerSeatedAlready(Conflict):
    """The officer was linked with the seat of another member who sits."""

    thai = "{officer} ผูกกับ {name} ซึ่งเป็นกรรมการเงินกู้อยู่แล้ว คนหนึ่งผูกได้กับสมาชิกคนเดียว"


class OfficerUnknown(NotFound):
    """There is no such officer, or they serve no more."""

    thai = "ไม่พบกรรมการที่มีชื่อที่ใช้เข้าระบบนี้ เลือกจากรายการที่มีให้"


class NotSeated(NotFound):
    """The member does not sit on the committee, or their seat has ended before."""

    thai = "ไม่พบตำแหน่งกรรมการเงินกู้นี้ หรือพ้นตำแหน่งไปแล้ว"


class SeatEndUnfit(RuleBroken):
    """A seat ends after it began, and not more than a year from now."""

    thai = "วันพ้นตำแหน่งต้องหลังวันเริ่ม ({since}) และไม่เกินหนึ่งปีข้างหน้า ({latest})"


def seat_member(
    session: Session,
    *,
    book_id: int,
    number: str,
    officer_id: int | None,
    sits_from: date,
    resolution: str,
    by: str,
    at: datetime,
) -> Seat:
    """Seat a member on the loan committee.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The member's number.
        officer_id: The officer that the member is, where they have a password, or None. It keeps
            them from approving what they voted on for themselves.
        sits_from: The first day.
        resolution: The number and day of the resolution, in words.
        by: The mark of the officer who records it.
        at: Now, aware.

    Raises:
        MemberNotFound: The group has no such member.
        SeatedWhoLeft: They left.
        SeatDayUnfit: It would begin too early or too late.
        OfficerUnknown: There is no such officer who serves.
        SeatedAlready: They sit on that day, or will.
        OfficerSeatedAlready: The officer is somebody else who sits.
    """
    assert resolution, number
    lock_book(session, book_id=book_id)
    member = member_by_number(session, book_id=book_id, number=number)
    name = full_name(member)
    if member.left_on is not None:
        raise SeatedWhoLeft(name=name, left_on=format_date(member.left_on))
    latest = today_in_bangkok(at) + LONGEST_AHEAD
    founded_on = session.get_one(Group, book_id).founded_on or member.joined_on
    if not max(member.joined_on, founded_on) <= sits_from <= latest:
        raise SeatDayUnfit(joined_on=format_date(member.joined_on), latest=format_date(latest))
    if officer_id is not None:
        _check_officer(session, book_id=book_id, officer_id=officer_id, member=member)
    for held in seats_ever(session, book_id=book_id):
        # A seat that begins after this one and is not over would overlap it as well.
        if held.member_id == member.id and (held.sits_until is None or held.sits_until > sits_from):
            raise SeatedAlready(name=name, since=format_date(held.sits_from))
    seat = Seat(
        book_id=book_id,
        member_id=member.id,
        sits_from=sits_from,
        officer_id=officer_id,
        sits_until=None,
        resolution=resolution,
        recorded_at=at,
        recorded_by=by,
    )
    session.add(seat)
    session.flush()
    return seat


def _check_officer(session: Session, *, book_id: int, officer_id: int, member: Member) -> None:
    officer = session.get(Officer, officer_id)
    if officer is None or officer.suspended_at is not None:
        raise OfficerUnknown(officer_id=officer_id)
    for seat in seats_ever(session, book_id=book_id):
        is_another = seat.officer_id == officer_id and seat.member_id != member.id
        if is_another and seat.sits_until is None:
            raise OfficerSeatedAlready(officer=officer.name, name=seat.name)


def end_seat(
    session: Session, *, book_id: int, number: str, sits_until: date, at: datetime
) -> Seat:
    """End the seat of a member on the loan committee; that they sat stays written down.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The member's number.
        sits_until: The first day on which they sit no more.
        at: Now, aware.

    Raises:
        MemberNotFound: The group has no such member.
        NotSeated: They do not sit, or their seat has ended before.
        SeatEndUnfit: The day is not after the first one, or too late.
    """
    lock_book(session, book_id=book_id)
    member = member_by_number(session, book_id=book_id, number=number)
    seat = session.scalar(
        select(Seat).where(
            Seat.book_id == book_id, Seat.member_id == member.id, Seat.sits_until.is_(None)
        )
    )
    if seat is None:
        raise NotSeated(number=number)
    latest = today_in_bangkok(at) + LONGEST_AHEAD
    if not seat.sits_from < sits_until <= latest:
        raise SeatEndUnfit(since=format_date(seat.sits_from), latest=format_date(latest))
    seat.sits_until = sits_until
    session.flush()
    return seat
