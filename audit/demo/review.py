"""Cross-review in the sample: who read which entries, what was asked, which months are closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from audit.demo import names
from audit.demo.days import Day
from audit.demo.groups import WorkingGroup, dice
from audit.demo.names import VillagePlan
from audit.services import answer, ask, close_month, settle, sign_off
from ledger.entry import EntryKind
from ledger.models import Entry
from ledger.period import next_month
from ledger.services import lock_book
from members.officers import CurrentOfficer
from members.queries import group_by_code

#: The day of the month after on which reviewers meet, and that on which the month is closed.
MEETING_ON, CLOSED_ON = 20, 23
#: How many of a hundred entries reviewers had signed before a month was closed, and how many of
#: the month that is under review.
SIGNED_BEFORE_CLOSE, SIGNED_SO_FAR = 70, 35


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A month of a group, and the working groups of two other villages who read it."""

    plan: VillagePlan
    month: date
    own: WorkingGroup
    others: tuple[WorkingGroup, WorkingGroup]


def review_and_close(session: Session, reviewed: Reviewed) -> None:
    """Sign most entries of a month, settle what was asked, and close the month."""
    meeting = Day(next_month(reviewed.month).replace(day=MEETING_ON))
    book_id, chance = _opened(session, reviewed)
    entries = _entries(session, book_id=book_id, month=reviewed.month)
    _sign(session, entries, reviewed, chance, meeting, of_a_hundred=SIGNED_BEFORE_CLOSE)
    if chance.randrange(2):
        _ask_and_settle(session, chance.choice(entries), reviewed, chance, meeting)
    closing = Day(next_month(reviewed.month).replace(day=CLOSED_ON))
    close_month(
        session,
        book_id=book_id,
        month=reviewed.month,
        head_seen=lock_book(session, book_id=book_id).seal,
        officer=reviewed.own.treasurer,
        at=closing.at(16),
    )


def begin_review(session: Session, reviewed: Reviewed, *, question: str) -> None:
    """Sign some entries of the month under review, and leave a question open."""
    meeting = Day(next_month(reviewed.month).replace(day=MEETING_ON))
    book_id, chance = _opened(session, reviewed)
    entries = _entries(session, book_id=book_id, month=reviewed.month)
    _sign(session, entries, reviewed, chance, meeting, of_a_hundred=SIGNED_SO_FAR)
    if question:
        asked = ask(
            session,
            book_id=book_id,
            number=chance.choice(entries).number,
            text=question,
            officer=reviewed.others[0].checker,
            at=meeting.at(11),
        )
        if chance.randrange(2):
            answer(
                session,
                book_id=book_id,
                question_id=asked.id,
                text="กำลังหาใบรับเงินฉบับมือ จะนำมาให้ดูในวันประชุม",
                officer=reviewed.own.secretary,
                at=meeting.at(15),
            )


def _opened(session: Session, reviewed: Reviewed) -> tuple[int, Random]:
    book_id = group_by_code(session, code=reviewed.plan.group_code).book_id
    return book_id, dice(reviewed.plan.group_code, reviewed.month, "review")


def _entries(session: Session, *, book_id: int, month: date) -> Sequence[Entry]:
    """Give the entries of a month; nobody reads what was brought forward line by line."""
    return session.scalars(
        select(Entry)
        .where(
            Entry.book_id == book_id,
            Entry.entered_on >= month,
            Entry.entered_on < next_month(month),
            Entry.kind != EntryKind.OPENING,
        )
        .order_by(Entry.number)
    ).all()


def _sign(
    session: Session,
    entries: Sequence[Entry],
    reviewed: Reviewed,
    chance: Random,
    meeting: Day,
    *,
    of_a_hundred: int,
) -> None:
    """Let the reviewers of two other villages sign what they read, a few minutes apart."""
    readers = [five.checker for five in reviewed.others] + [reviewed.others[0].secretary]
    chosen = [entry for entry in entries if chance.randrange(100) < of_a_hundred]
    for minute, entry in enumerate(chosen):
        reader: CurrentOfficer = chance.choice(readers)
        sign_off(
            session,
            book_id=entry.book_id,
            number=entry.number,
            seal_seen=entry.seal,
            officer=reader,
            at=meeting.at(9, minute),
        )


def _ask_and_settle(
    session: Session, entry: Entry, reviewed: Reviewed, chance: Random, meeting: Day
) -> None:
    text, said = chance.choice(names.ASKED)
    asker = reviewed.others[1].checker
    question = ask(
        session,
        book_id=entry.book_id,
        number=entry.number,
        text=text,
        officer=asker,
        at=meeting.at(11, 20),
    )
    answer(
        session,
        book_id=entry.book_id,
        question_id=question.id,
        text=said,
        officer=reviewed.own.treasurer,
        at=meeting.at(13),
    )
    settle(
        session,
        book_id=entry.book_id,
        question_id=question.id,
        text="ดูเอกสารแล้วตรงกัน",
        officer=asker,
        at=meeting.at(14),
    )
