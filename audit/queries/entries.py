"""Entries as they are told: in words, with who signed them, and what was asked about them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from audit.models import Answer, Question, Settlement, SignOff
from audit.queries.asked import State
from audit.queries.keys import MOST_NUMBER, Key, among
from audit.queries.lines import lines_of
from audit.sentences import Line, Told, is_sensitive, what_happened, who_wrote
from desk.models import Receipt
from ledger.entry import EntryKind
from ledger.models import Entry, Memo
from ledger.money import Satang
from ledger.queries import NoSuchEntry
from ledger.thai import mask_personal
from members.models import Officer


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed an entry, when, and the seal that they saw."""

    officer_id: int
    name: str
    village_code: str
    seal_seen: bytes
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said, and when; numbers that name a person are masked."""

    officer_id: int
    name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answers, and how it was settled if it was."""

    id: int
    question: Said
    answers: tuple[Said, ...]
    settlement: Said | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as the feed and its own page tell it.

    Attributes:
        book_id: Its book.
        number: Its number in the book.
        kind: What it is about.
        entered_on: The business day.
        recorded_at: When it was written.
        what: What happened, in words.
        who: Who wrote it, in words.
        posted_by: The mark of the officer who wrote it.
        posted_by_name: Their name.
        approved_by: The mark of the second officer, or None.
        approved_by_name: Their name, or empty.
        reference: The number of its paper, or empty.
        memo: What was written about it, with numbers that name a person masked.
        is_sensitive: Whether what was written stays in the group.
        amount: What moved, in satang.
        lines: Its postings.
        reverses_number: The entry that it takes back, or None.
        reversed_by_number: The entry that takes it back, or None.
        previous_seal: The seal that it is linked to.
        seal: Its own.
        signatures: Who signed it, the first first.
        open_questions: How many questions about it are not settled.
    """

    book_id: int
    number: int
    kind: EntryKind
    entered_on: date
    recorded_at: datetime
    what: str
    who: str
    posted_by: str
    posted_by_name: str
    approved_by: str | None
    approved_by_name: str
    reference: str
    memo: str
    is_sensitive: bool
    amount: Satang
    lines: tuple[Line, ...]
    reverses_number: int | None
    reversed_by_number: int | None
    previous_seal: bytes
    seal: bytes
    signatures: tuple[Signature, ...]
    open_questions: int

    @property
    def key(self) -> Key:
        """Give its book and number."""
        return self.book_id, self.number

    @property
    def state(self) -> State:
        """Give its one mark: a question weighs more than a reversal, and that more than a sign."""
        if self.open_questions:
            return State.ASKED
        if self.reversed_by_number is not None or self.reverses_number is not None:
            return State.REVERSED
        return State.SIGNED if self.signatures else State.WAITING


def entry_view(
    session: Session, *, book_id: int, number: int, officers: dict[str, str]
) -> EntryView:
    """Give one entry.

    Raises:
        NoSuchEntry: There is none.
    """
    found = [] if number > MOST_NUMBER else entry_views(session, [(book_id, number)], officers)
    if not found:
        raise NoSuchEntry(number=number)
    return found[0]


def entry_views(session: Session, keys: Sequence[Key], officers: dict[str, str]) -> list[EntryView]:
    """Give entries of any books, in the order asked for; the same few questions however many.

    Args:
        session: Any session.
        keys: Book and number of each.
        officers: The names of officers by their mark.
    """
    if not keys:
        return []
    lines = lines_of(session, keys)
    signatures = signatures_of(session, keys)
    asked = _open_questions_of(session, keys)
    taken_back = aliased(Entry)
    rows = session.execute(
        select(Entry, func.coalesce(Memo.text, ""), taken_back.number)
        .outerjoin(Memo, and_(Memo.book_id == Entry.book_id, Memo.entry_number == Entry.number))
        .outerjoin(
            taken_back,
            and_(taken_back.book_id == Entry.book_id, taken_back.reverses_number == Entry.number),
        )
        .where(among(Entry.book_id, Entry.number, keys))
    )
    found = {
        (entry.book_id, entry.number): _view(
            entry,
            memo=memo,
            reversed_by=reversed_by,
            lines=tuple(lines.get((entry.book_id, entry.number), ())),
            signatures=tuple(signatures.get((entry.book_id, entry.number), ())),
            asked=asked.get((entry.book_id, entry.number), 0),
            officers=officers,
        )
        for entry, memo, reversed_by in rows
    }
    return [found[key] for key in keys if key in found]


def _view(
    entry: Entry,
    *,
    memo: str,
    reversed_by: int | None,
    lines: tuple[Line, ...],
    signatures: tuple[Signature, ...],
    asked: int,
    officers: dict[str, str],
) -> EntryView:
    poster = officers.get(entry.posted_by, "")
    approver = officers.get(entry.approved_by or "", "")
    told = Told(
        kind=EntryKind(entry.kind),
        entered_on=entry.entered_on,
        amount=entry.amount_satang,
        lines=lines,
        posted_by=poster,
        approved_by=approver,
        reverses_number=entry.reverses_number,
    )
    return EntryView(
        book_id=entry.book_id,
        number=entry.number,
        kind=told.kind,
        entered_on=entry.entered_on,
        recorded_at=entry.recorded_at,
        what=what_happened(told),
        who=who_wrote(told),
        posted_by=entry.posted_by,
        posted_by_name=poster,
        approved_by=entry.approved_by,
        approved_by_name=approver,
        reference=entry.reference,
        memo=mask_personal(memo),
        is_sensitive=is_sensitive(lines),
        amount=entry.amount_satang,
        lines=lines,
        reverses_number=entry.reverses_number,
        reversed_by_number=reversed_by,
        previous_seal=entry.previous_seal,
        seal=entry.seal,
        signatures=signatures,
        open_questions=asked,
    )


def signatures_of(session: Session, keys: Collection[Key]) -> dict[Key, list[Signature]]:
    """Give who signed entries, for each the first first."""
    rows = session.execute(
        select(
            SignOff.book_id,
            SignOff.entry_number,
            SignOff.officer_id,
            Officer.name,
            func.coalesce(Officer.village_code, ""),
            SignOff.seal_seen,
            SignOff.signed_at,
        )
        .join(Officer, Officer.id == SignOff.officer_id)
        .where(among(SignOff.book_id, SignOff.entry_number, keys))
        .order_by(SignOff.signed_at, SignOff.officer_id)
    )
    found: dict[Key, list[Signature]] = {}
    row: Any
    for row in rows:
        found.setdefault((row[0], row[1]), []).append(Signature(*row[2:]))
    return found


def _open_questions_of(session: Session, keys: Sequence[Key]) -> dict[Key, int]:
    rows = session.execute(
        select(Question.book_id, Question.entry_number, func.count())
        .outerjoin(
            Settlement,
            and_(Settlement.book_id == Question.book_id, Settlement.question_id == Question.id),
        )
        .where(
            among(Question.book_id, Question.entry_number, keys),
            Settlement.question_id.is_(None),
        )
        .group_by(Question.book_id, Question.entry_number)
    )
    return {(book_id, number): count for book_id, number, count in rows}


def questions_of(session: Session, *, book_id: int, number: int) -> list[Asked]:
    """Give what was asked about an entry, the oldest first, with its answers and settlement."""
    settler, settled_by = aliased(Officer), aliased(Settlement)
    asked = session.execute(
        select(Question, Officer.name, settled_by, settler.name)
        .join(Officer, Officer.id == Question.asked_by)
        .outerjoin(
            settled_by,
            and_(settled_by.book_id == Question.book_id, settled_by.question_id == Question.id),
        )
        .outerjoin(settler, settler.id == settled_by.settled_by)
        .where(Question.book_id == book_id, Question.entry_number == number)
        .order_by(Question.id)
    ).all()
    answers: dict[int, list[Said]] = {}
    if asked:
        for answer, name in session.execute(
            select(Answer, Officer.name)
            .join(Officer, Officer.id == Answer.answered_by)
            .where(
                Answer.book_id == book_id,
                Answer.question_id.in_([question.id for question, *_rest in asked]),
            )
            .order_by(Answer.id)
        ):
            answers.setdefault(answer.question_id, []).append(
                _said(answer.answered_by, name, answer.text, answer.answered_at)
            )
    return [
        Asked(
            id=question.id,
            question=_said(question.asked_by, asker, question.text, question.asked_at),
            answers=tuple(answers.get(question.id, ())),
            settlement=None
            if settlement is None
            else _said(settlement.settled_by, by, settlement.text, settlement.settled_at),
        )
        for question, asker, settlement, by in asked
    ]


def _said(officer_id: int, name: str, text: str, at: datetime) -> Said:
    return Said(officer_id, name, mask_personal(text), at)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The seals on both sides of an entry in the chain; ``next`` is None at the head."""

    next_number: int | None
    next_seal: bytes | None


def next_in_chain(session: Session, *, book_id: int, number: int) -> Neighbours:
    """Give the entry that is linked to this one."""
    row = session.execute(
        select(Entry.number, Entry.seal).where(Entry.book_id == book_id, Entry.number == number + 1)
    ).one_or_none()
    return Neighbours(*row) if row else Neighbours(None, None)


def receipt_number_of(session: Session, *, book_id: int, number: int) -> int | None:
    """Give the number of the receipt that was made out for an entry, or None."""
    return session.scalar(
        select(Receipt.number).where(Receipt.book_id == book_id, Receipt.entry_number == number)
    )
