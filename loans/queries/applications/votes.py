"""Reading how the committee voted, and whether that is a majority of those who may vote."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from loans.kinds import Vote
from loans.models import Application, CommitteeVote, Meeting
from loans.queries.applications.stakes import stakes_in
from members.by_laws import RuleName
from members.models import Member
from members.queries import by_law, full_name


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes on an application, of those who were there and have no stake in it.

    Attributes:
        present: How many were there and may vote.
        in_favour: How many voted for it.
        against: How many voted against it.
        abstained: How many abstained.
        quorum: How many must be there and may vote.
    """

    present: int
    in_favour: int
    against: int
    abstained: int
    quorum: int

    @property
    def has_quorum(self) -> bool:
        """Whether enough were there who may vote."""
        return self.present >= self.quorum

    @property
    def passes(self) -> bool:
        """Whether more than half of those who may vote are for it; a tie is not enough."""
        return self.has_quorum and 2 * self.in_favour > self.present

    @property
    def result(self) -> str:
        """Say the count against all who may vote, and what comes of it."""
        return (
            f"เห็นชอบ {self.in_favour} จาก {self.present} คน → {'ผ่าน' if self.passes else 'ไม่ผ่าน'}"
        )

    @property
    def sentence(self) -> str:
        """Say the count with what it is measured against."""
        count = (
            f"เห็นชอบ {self.in_favour} ไม่เห็นชอบ {self.against} งดออกเสียง {self.abstained} เสียง "
            f"จากผู้มาประชุมที่มีสิทธิลงคะแนน {self.present} คน"
        )
        if not self.has_quorum:
            return f"{count} ไม่ครบองค์ประชุม {self.quorum} คน"
        return f"{count} เกินกึ่งหนึ่ง" if self.passes else f"{count} ไม่เกินกึ่งหนึ่ง"


@dataclass(frozen=True, slots=True)
class VoteView:
    """How one member of the committee voted; None when they were there and did not."""

    member_id: int
    full_name: str
    vote: Vote | None
    stake: str


@dataclass(frozen=True, slots=True)
class MeetingView:
    """The meeting that voted on an application."""

    id: int
    held_on: date
    resolution: str
    minutes: str
    present: tuple[int, ...]
    recorded_by: str


def count_votes(
    *, votes: Mapping[int, Vote], present: Collection[int], stakes: Collection[int], quorum: int
) -> Tally:
    """Count the votes of those who were there, without those who have a stake.

    Source:
        The by-law on the quorum; who has a stake counts neither for the vote nor for the quorum.
    """
    may_vote = set(present) - set(stakes)
    cast = [votes[member] for member in may_vote if member in votes]
    return Tally(
        present=len(may_vote),
        in_favour=cast.count(Vote.FOR),
        against=cast.count(Vote.AGAINST),
        abstained=len(may_vote) - cast.count(Vote.FOR) - cast.count(Vote.AGAINST),
        quorum=quorum,
    )


def quorum_on(session: Session, *, book_id: int, on: date) -> int:
    """Give how many of the committee must be there on a day."""
    return int(by_law(session, book_id=book_id, name=RuleName.LOAN_QUORUM, on=on))


def meeting_of(session: Session, *, application: Application) -> MeetingView | None:
    """Give the meeting that voted on an application, or None."""
    meeting = session.scalar(
        select(Meeting)
        .join(
            CommitteeVote,
            and_(CommitteeVote.book_id == Meeting.book_id, CommitteeVote.meeting_id == Meeting.id),
        )
        .where(
            Meeting.book_id == application.book_id,
            CommitteeVote.application_id == application.id,
        )
        .limit(1)
    )
    if meeting is None:
        return None
    return MeetingView(
        id=meeting.id,
        held_on=meeting.held_on,
        resolution=meeting.resolution,
        minutes=meeting.minutes,
        present=tuple(meeting.present),
        recorded_by=meeting.recorded_by,
    )


def votes_on(session: Session, *, application: Application) -> dict[int, Vote]:
    """Give how each member of the committee voted on an application."""
    rows = session.execute(
        select(CommitteeVote.member_id, CommitteeVote.vote).where(
            CommitteeVote.book_id == application.book_id,
            CommitteeVote.application_id == application.id,
        )
    )
    return {member_id: vote for member_id, vote in rows}  # noqa: C416  (rows, not pairs)


def tally_of(session: Session, *, application: Application) -> Tally | None:
    """Count the votes on an application by who has a stake in it now; None before the meeting."""
    meeting = meeting_of(session, application=application)
    if meeting is None:
        return None
    return count_votes(
        votes=votes_on(session, application=application),
        present=meeting.present,
        stakes=stakes_in(session, application=application),
        quorum=quorum_on(session, book_id=application.book_id, on=meeting.held_on),
    )


def vote_views(session: Session, *, application: Application) -> tuple[VoteView, ...]:
    """Give everybody who was at the meeting of an application, and how they voted."""
    meeting = meeting_of(session, application=application)
    if meeting is None:
        return ()
    votes = votes_on(session, application=application)
    stakes = stakes_in(session, application=application)
    people = session.scalars(
        select(Member)
        .where(Member.book_id == application.book_id, Member.id.in_(meeting.present))
        .order_by(Member.sort_key)
    )
    return tuple(
        VoteView(person.id, full_name(person), votes.get(person.id), stakes.get(person.id, ""))
        for person in people
    )
