"""A meeting of the loan committee: who was there, and how each voted on each application."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.period import check_date
from ledger.services import lock_book
from ledger.thai import format_date, today_in_bangkok
from loans.kinds import Vote
from loans.models import Application, CommitteeVote, Meeting
from loans.queries.applications import (
    Tally,
    application_by_id,
    count_votes,
    meeting_of,
    quorum_on,
    stakes_in,
    votes_on,
)
from loans.queries.committee import seats_on
from loans.services.applications.asking import undecided
from members.models import Member
from members.queries import full_name


class ResolutionMissing(RuleBroken):
    """A meeting without a number of its resolution cannot be found again on paper."""

    thai = "ใส่เลขที่มติของที่ประชุม เช่น มติที่ 4/2566 ตามรายงานการประชุม"


class NothingVotedOn(RuleBroken):
    """No vote was recorded."""

    thai = "ยังไม่มีคะแนนของคำขอใดเลย ใส่คะแนนของผู้มาประชุมอย่างน้อยหนึ่งคำขอ"


class NotOnCommittee(RuleBroken):
    """Somebody who does not sit on the committee that day neither counts nor votes."""

    thai = "{name}ไม่ได้เป็นคณะกรรมการเงินกู้ในวันที่ {day} นับเป็นองค์ประชุมและลงคะแนนไม่ได้"


class VotedWhileAbsent(RuleBroken):
    """A vote of somebody who was not there."""

    thai = "{name}ลงคะแนนคำขอเลขที่ {number} แต่ไม่ได้ทำเครื่องหมายว่ามาประชุม ทำเครื่องหมาย หรือลบคะแนนออก"


class VotedOnTheirOwn(RuleBroken):
    """Nobody votes on a loan in which they have a stake."""

    thai = "{name}ลงคะแนนคำขอเลขที่ {number} ไม่ได้ เพราะ{why} ให้กรรมการคนอื่นลงคะแนน"


class NoQuorum(RuleBroken):
    """Too few were there who may vote on an application."""

    thai = (
        "คำขอเลขที่ {number} ไม่ครบองค์ประชุม ระเบียบให้มีอย่างน้อย {quorum} คน มาประชุม {present} คน "
        "มีสิทธิลงคะแนน {may_vote} คน นัดประชุมใหม่ให้ครบ"
    )


class VotedAlready(Conflict):
    """A meeting has voted on the application; each votes once."""

    thai = (
        "คำขอเลขที่ {number} ที่ประชุมวันที่ {day} ลงคะแนนแล้ว ({resolution}) ลงคะแนนซ้ำไม่ได้ "
        "ถ้าจะพิจารณาใหม่ให้ถอนคำขอแล้วยื่นใหม่"
    )


class MeetingBeforeApplication(RuleBroken):
    """A meeting cannot vote on what was asked for later."""

    thai = "วันประชุม {held_on} มาก่อนวันยื่นคำขอเลขที่ {number} ({applied_on}) ตรวจวันที่อีกครั้ง"


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting as its minutes have it.

    Attributes:
        held_on: The day.
        resolution: The number of its resolution.
        minutes: What is written about it, or empty.
        present: The members of the committee who were there.
        votes: For each application, how each of them voted; who is left out abstained.
    """

    held_on: date
    resolution: str
    minutes: str
    present: frozenset[int]
    votes: Mapping[int, Mapping[int, Vote]]


def record_meeting(session: Session, *, book_id: int, held: Held, by: str, at: datetime) -> Meeting:
    """Write down a meeting of the committee and its votes on one or several applications.

    The same meeting sent again is the one that was written.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        held: What the minutes say.
        by: The mark of the officer who writes it down.
        at: Now, aware.

    Raises:
        ResolutionMissing: It has no number.
        NothingVotedOn: It voted on nothing.
        FutureDate, TooLongAgo: The day cannot be.
        ApplicationNotFound: There is no such application.
        DecidedAlready: An application was decided before.
        VotedAlready: A meeting voted on it before.
        MeetingBeforeApplication: It was not asked for yet.
        NotOnCommittee: Somebody has no seat on that day.
        VotedWhileAbsent: Somebody voted who was not there.
        VotedOnTheirOwn: Somebody voted who has a stake.
        NoQuorum: Too few were there who may vote.

    Source:
        The by-law on the quorum of the committee, as it holds on the day.
    """
    lock_book(session, book_id=book_id)
    voted_on = _voted_on(held, at=at)
    applications = _applications(session, book_id=book_id, numbers=voted_on)
    before = _written_before(session, applications, held=held, voted_on=voted_on)
    if before is not None:
        return before
    _check_all(session, book_id=book_id, applications=applications, held=held, voted_on=voted_on)
    return _write(session, book_id=book_id, held=held, voted_on=voted_on, by=by, at=at)


def weigh_meeting(
    session: Session, *, book_id: int, held: Held, at: datetime
) -> list[tuple[Application, Tally]]:
    """Count what a meeting comes to, to be read once more before it is written down for good.

    Raises:
        What ``record_meeting`` would.
    """
    voted_on = _voted_on(held, at=at)
    applications = _applications(session, book_id=book_id, numbers=voted_on)
    if _written_before(session, applications, held=held, voted_on=voted_on) is None:
        _check_all(
            session, book_id=book_id, applications=applications, held=held, voted_on=voted_on
        )
    quorum = quorum_on(session, book_id=book_id, on=held.held_on)
    return [
        (
            application,
            count_votes(
                votes=voted_on[application.id],
                present=held.present,
                stakes=stakes_in(session, application=application),
                quorum=quorum,
            ),
        )
        for application in applications
    ]


def _voted_on(held: Held, *, at: datetime) -> dict[int, Mapping[int, Vote]]:
    """Give the votes of the applications that were voted on, or refuse the meeting by itself."""
    voted_on = {number: votes for number, votes in held.votes.items() if votes}
    if not held.resolution.strip():
        raise ResolutionMissing(held_on=held.held_on)
    if not voted_on:
        raise NothingVotedOn(held_on=held.held_on)
    check_date(entered_on=held.held_on, today=today_in_bangkok(at), closed_until=None)
    return voted_on


def _applications(session: Session, *, book_id: int, numbers: Iterable[int]) -> list[Application]:
    return [
        application_by_id(session, book_id=book_id, application_id=number)
        for number in sorted(numbers)
    ]


def _check_all(
    session: Session,
    *,
    book_id: int,
    applications: Iterable[Application],
    held: Held,
    voted_on: Mapping[int, Mapping[int, Vote]],
) -> None:
    people = _people(session, book_id=book_id, held=held, voted_on=voted_on)
    quorum = quorum_on(session, book_id=book_id, on=held.held_on)
    for application in applications:
        _check(session, application, held=held, votes=voted_on[application.id], names=people)
        _check_quorum(session, application, held=held, quorum=quorum)


def _written_before(
    session: Session,
    applications: Iterable[Application],
    *,
    held: Held,
    voted_on: Mapping[int, Mapping[int, Vote]],
) -> Meeting | None:
    """Give the meeting when each application was voted on by just this one, in just this way."""
    found, book_id = None, 0
    for application in applications:
        meeting = meeting_of(session, application=application)
        if (
            meeting is None
            or (meeting.held_on, meeting.resolution) != (held.held_on, held.resolution)
            or set(meeting.present) != held.present
            or votes_on(session, application=application) != dict(voted_on[application.id])
        ):
            return None
        found = meeting
        book_id = application.book_id
    return None if found is None else session.get_one(Meeting, (book_id, found.id))


def _people(
    session: Session,
    *,
    book_id: int,
    held: Held,
    voted_on: Mapping[int, Mapping[int, Vote]],
) -> dict[int, str]:
    """Give the names of all who came or voted, each of whom sits on the committee."""
    numbers = set(held.present).union(*voted_on.values())
    names = {
        member.id: full_name(member)
        for member in session.scalars(
            select(Member).where(Member.book_id == book_id, Member.id.in_(numbers))
        )
    }
    seats = {seat.member_id for seat in seats_on(session, book_id=book_id, on=held.held_on)}
    for number in sorted(numbers - seats):
        raise NotOnCommittee(name=names.get(number, "คนที่ไม่อยู่ในกลุ่ม"), day=format_date(held.held_on))
    return names


def _check(
    session: Session,
    application: Application,
    *,
    held: Held,
    votes: Mapping[int, Vote],
    names: Mapping[int, str],
) -> None:
    """Refuse votes that may not be given."""
    undecided(session, application=application)
    earlier = meeting_of(session, application=application)
    if earlier is not None:
        raise VotedAlready(
            number=application.id,
            day=format_date(earlier.held_on),
            resolution=earlier.resolution,
        )
    if held.held_on < application.applied_on:
        raise MeetingBeforeApplication(
            number=application.id,
            held_on=format_date(held.held_on),
            applied_on=format_date(application.applied_on),
        )
    stakes = stakes_in(session, application=application)
    for member_id in sorted(votes):
        if member_id in stakes:
            raise VotedOnTheirOwn(
                name=names[member_id], number=application.id, why=stakes[member_id]
            )
        if member_id not in held.present:
            raise VotedWhileAbsent(name=names[member_id], number=application.id)


def _check_quorum(session: Session, application: Application, *, held: Held, quorum: int) -> None:
    tally = count_votes(
        votes={},
        present=held.present,
        stakes=stakes_in(session, application=application),
        quorum=quorum,
    )
    if not tally.has_quorum:
        raise NoQuorum(
            number=application.id,
            quorum=quorum,
            present=len(held.present),
            may_vote=tally.present,
        )


def _write(
    session: Session,
    *,
    book_id: int,
    held: Held,
    voted_on: Mapping[int, Mapping[int, Vote]],
    by: str,
    at: datetime,
) -> Meeting:
    newest = session.scalar(select(func.max(Meeting.id)).where(Meeting.book_id == book_id))
    meeting = Meeting(
        book_id=book_id,
        id=(newest or 0) + 1,
        held_on=held.held_on,
        resolution=held.resolution,
        minutes=held.minutes,
        present=sorted(held.present),
        recorded_at=at,
        recorded_by=by,
    )
    session.add(meeting)
    session.flush()
    session.add_all(
        CommitteeVote(
            book_id=book_id,
            application_id=number,
            member_id=member_id,
            meeting_id=meeting.id,
            vote=vote,
            recorded_at=at,
            recorded_by=by,
        )
        for number, votes in sorted(voted_on.items())
        for member_id, vote in sorted(votes.items())
    )
    session.flush()
    return meeting
