"""Writing trust: sign an entry, ask about it, answer, settle, and close a month.

Each of these locks the group's book first, so that a signature and its tally, or a question and
the close of its month, cannot pass each other. Checks go from cheap to dear and stop at the first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audit.models import Answer, Question, Settlement, SignOff, Tally
from audit.queries import open_questions_until
from audit.queries.keys import MOST_NUMBER
from ledger.errors import Conflict, DomainError, NotAllowed, NotFound, RuleBroken
from ledger.models import Entry, Period
from ledger.period import month_of
from ledger.queries import NoSuchEntry
from ledger.roles import KEEPERS, READERS, Role
from ledger.services import close_period, lock_book
from ledger.thai import format_month
from members.models import Group
from members.officers import CurrentOfficer

REVIEWERS = frozenset({Role.REVIEWER})
#: Those who are asked about a group's entries: they answer, and neither sign nor settle there.
THOSE_ASKED = KEEPERS | {Role.APPROVER}
MOST_SIGNED_AT_ONCE = 200


class NotAReviewer(NotAllowed):
    """Only reviewers sign."""

    thai = "การลงนามรับรองเป็นหน้าที่ของผู้สอบทาน"


class OwnEntry(RuleBroken):
    """The officer wrote or approved the entry."""

    thai = "ท่านลงรายการหรืออนุมัติรายการเลขที่ {number} เอง ต้องให้ผู้สอบทานคนอื่น"


class OwnVillage(RuleBroken):
    """The officer lives in the village of the group, or serves the group."""

    thai = "รายการเลขที่ {number} เป็นของกลุ่มในหมู่บ้านหรือหน้าที่ของท่าน ต้องให้ผู้สอบทานจากหมู่บ้านอื่น"


class AlreadySigned(Conflict):
    """The officer signed the entry before."""

    thai = "ท่านลงนามรับรองรายการเลขที่ {number} ไว้แล้ว"


class NotWhatWasShown(Conflict):
    """The seal is not the one that was on the page."""

    thai = "ตราผนึกไม่ตรงกับที่แสดงในหน้าที่ท่านดู เปิดหน้านี้ใหม่แล้วตรวจอีกครั้ง"


class NothingChosen(RuleBroken):
    """No entry was ticked."""

    thai = "ยังไม่ได้เลือกรายการ แตะช่องหน้ารายการที่ตรวจแล้วอย่างน้อยหนึ่งรายการ"


class TooManyChosen(RuleBroken):
    """More entries than anybody has read on one page."""

    thai = "เลือกได้ครั้งละไม่เกิน {most} รายการ"


class NotAReader(NotAllowed):
    """Only those who may read the entries ask about them."""

    thai = "การถามเป็นหน้าที่ของกรรมการและผู้สอบทาน"


class QuestionNotFound(NotFound):
    """There is no such question about the entry."""

    thai = "ไม่พบข้อซักถามนี้"


class NotTheOneAsked(NotAllowed):
    """Only the officers of the group answer."""

    thai = "ผู้ตอบต้องเป็นเหรัญญิก ผู้ทำบัญชี หรือกรรมการผู้อนุมัติของกลุ่มนี้"


class NotYoursToSettle(NotAllowed):
    """Only the one who asked, or another reviewer, ends a question."""

    thai = "ผู้ปิดข้อซักถามต้องเป็นผู้ถามหรือผู้สอบทานคนอื่น"


class TheAskedCannotSettle(RuleBroken):
    """Whoever is asked, or lives in the same village, does not end the question."""

    thai = "กรรมการของกลุ่มที่ถูกถามหรือคนในหมู่บ้านเดียวกันปิดข้อซักถามเองไม่ได้ ให้ผู้สอบทานจากหมู่บ้านอื่นปิด"


class AlreadySettled(Conflict):
    """The question was settled before."""

    thai = "ข้อซักถามนี้ปิดไปแล้ว ถ้ายังสงสัยให้ถามใหม่"


class NotAKeeper(NotAllowed):
    """Only those who keep the book close its months."""

    thai = "การปิดเดือนเป็นหน้าที่ของเหรัญญิกหรือผู้ทำบัญชีของกลุ่ม"


class OpenQuestions(RuleBroken):
    """There are open questions about entries of the month or an earlier one."""

    thai = "ปิดเดือน{month}ไม่ได้ ยังมีข้อซักถามค้าง {questions} ข้อ ที่รายการเลขที่ {entries} ตอบและปิดข้อซักถามก่อน"


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry as a reviewer saw it: its group, its number and the seal on the page."""

    code: str
    number: int
    seal: bytes


@dataclass(frozen=True, slots=True)
class SignedMany:
    """What became of each entry that was to be signed.

    Attributes:
        signed: Those that were signed now.
        refused: Those that were not, with the reason of each.
    """

    signed: tuple[Seen, ...]
    refused: tuple[tuple[Seen, DomainError], ...]


def why_not_sign(
    officer: CurrentOfficer,
    *,
    code: str,
    village_code: str | None,
    number: int,
    written_by: Collection[str | None],
) -> DomainError | None:
    """Give why an officer may not sign an entry, or None when they may.

    Nobody signs what they wrote, what belongs to their own village, or what is in a book that
    they serve; whoever belongs to no village may sign anywhere else.

    Args:
        officer: The officer.
        code: The group.
        village_code: Its village, if it belongs to one.
        number: The entry.
        written_by: The marks of those who wrote and approved it.
    """
    refusal = why_not_review(officer, code=code, village_code=village_code)
    if refusal is NotAReviewer:
        return NotAReviewer(officer=officer.id)
    if officer.mark in written_by:
        return OwnEntry(number=number, officer=officer.id)
    return None if refusal is None else refusal(number=number, officer=officer.id)


def why_not_review(
    officer: CurrentOfficer, *, code: str, village_code: str | None
) -> type[DomainError] | None:
    """Give why an officer may sign nothing of a group, or None when they may."""
    if not officer.may(REVIEWERS, code):
        return NotAReviewer
    if serves_or_lives_there(officer, code=code, village_code=village_code):
        return OwnVillage
    return None


def serves_or_lives_there(officer: CurrentOfficer, *, code: str, village_code: str | None) -> bool:
    """Tell whether an officer serves a group, or lives in its village."""
    lives_there = bool(village_code) and officer.village_code == village_code
    return lives_there or officer.may(THOSE_ASKED, code)


def sign_off(
    session: Session,
    *,
    book_id: int,
    number: int,
    seal_seen: bytes,
    officer: CurrentOfficer,
    at: datetime,
) -> SignOff:
    """Record that a reviewer of another village read an entry and stands by it.

    Args:
        session: A session opened for writing.
        book_id: The book.
        number: The entry.
        seal_seen: The seal that was on the page when the reviewer decided.
        officer: The reviewer.
        at: Now, aware.

    Raises:
        NotAReviewer: The officer has no such duty.
        NoSuchEntry: There is no such entry.
        OwnEntry: They wrote or approved it.
        OwnVillage: The group is their own, or of their own village.
        AlreadySigned: They signed it before.
        NotWhatWasShown: Its seal is another than the one on the page.
    """
    if not officer.may(REVIEWERS):
        raise NotAReviewer(officer=officer.id)
    lock_book(session, book_id=book_id)
    group = session.get_one(Group, book_id)
    entry = _entry(session, book_id=book_id, number=number)
    refusal = why_not_sign(
        officer,
        code=group.code,
        village_code=group.village_code,
        number=number,
        written_by=(entry.posted_by, entry.approved_by),
    )
    if refusal is not None:
        raise refusal
    signers = session.scalars(
        select(SignOff.officer_id).where(SignOff.book_id == book_id, SignOff.entry_number == number)
    ).all()
    if officer.id in signers:
        raise AlreadySigned(number=number, officer=officer.id)
    if entry.seal != seal_seen:
        raise NotWhatWasShown(number=number, seen=seal_seen.hex())
    signature = SignOff(
        book_id=book_id,
        entry_number=number,
        officer_id=officer.id,
        seal_seen=seal_seen,
        signed_at=at,
    )
    session.add(signature)
    if not signers:
        _tally(session, book_id=book_id, day=entry.entered_on).signed += 1
    session.flush()
    return signature


def sign_many(
    session: Session, *, seen: Sequence[Seen], officer: CurrentOfficer, at: datetime
) -> SignedMany:
    """Sign every entry of a list that may be signed, and tell of each other why it was not.

    One entry that cannot be signed does not undo the reading of forty-nine others; what was not
    signed is named with its reason. The password is checked by whoever calls, before the book is
    locked.

    Args:
        session: A session opened for writing.
        seen: The entries as they were shown.
        officer: The reviewer.
        at: Now, aware.

    Raises:
        NothingChosen: The list is empty.
        TooManyChosen: It is longer than anybody has read.
    """
    if not seen:
        raise NothingChosen
    if len(seen) > MOST_SIGNED_AT_ONCE:
        raise TooManyChosen(most=MOST_SIGNED_AT_ONCE)
    books = dict(
        session.execute(
            select(Group.code, Group.book_id).where(Group.code.in_({one.code for one in seen}))
        ).all()
    )
    signed, refused = [], []
    # Books are locked in one order, so that two reviewers never wait for each other in a circle.
    for one in sorted(dict.fromkeys(seen), key=lambda s: (books.get(s.code, 0), s.number)):
        try:
            if one.code not in books:
                raise NoSuchEntry(number=one.number)
            sign_off(
                session,
                book_id=books[one.code],
                number=one.number,
                seal_seen=one.seal,
                officer=officer,
                at=at,
            )
        except DomainError as refusal:
            refused.append((one, refusal))
        else:
            signed.append(one)
    return SignedMany(tuple(signed), tuple(refused))


def ask(
    session: Session,
    *,
    book_id: int,
    number: int,
    text: str,
    officer: CurrentOfficer,
    at: datetime,
) -> Question:
    """Ask about an entry. The same officer asking the same twice has asked once.

    Raises:
        NotAReader: The officer may not read entries.
        NoSuchEntry: There is no such entry.
    """
    assert text.strip()
    if not officer.may(READERS):
        raise NotAReader(officer=officer.id)
    lock_book(session, book_id=book_id)
    entry = _entry(session, book_id=book_id, number=number)
    before = session.scalar(
        select(Question)
        .outerjoin(
            Settlement,
            (Settlement.book_id == Question.book_id) & (Settlement.question_id == Question.id),
        )
        .where(
            Question.book_id == book_id,
            Question.entry_number == number,
            Question.asked_by == officer.id,
            Question.text == text,
            Settlement.question_id.is_(None),
        )
    )
    if before is not None:
        return before
    newest = session.scalar(select(func.max(Question.id)).where(Question.book_id == book_id))
    question = Question(
        book_id=book_id,
        id=(newest or 0) + 1,
        entry_number=number,
        text=text,
        asked_by=officer.id,
        asked_at=at,
    )
    session.add(question)
    _tally(session, book_id=book_id, day=entry.entered_on).open_questions += 1
    session.flush()
    return question


def answer(
    session: Session,
    *,
    book_id: int,
    question_id: int,
    text: str,
    officer: CurrentOfficer,
    at: datetime,
) -> Answer:
    """Answer a question for the group. The same answer twice is one.

    Raises:
        QuestionNotFound: There is no such question.
        NotTheOneAsked: The officer does not serve the group.
        AlreadySettled: The question is closed.
    """
    assert text.strip()
    lock_book(session, book_id=book_id)
    question, group = _question(session, book_id=book_id, question_id=question_id)
    if not officer.may(THOSE_ASKED, group.code):
        raise NotTheOneAsked(officer=officer.id)
    answers = session.scalars(
        select(Answer)
        .where(Answer.book_id == book_id, Answer.question_id == question.id)
        .order_by(Answer.id)
    ).all()
    for before in answers:
        if before.answered_by == officer.id and before.text == text:
            return before
    if session.get(Settlement, (book_id, question.id)) is not None:
        raise AlreadySettled(question=question.id)
    answered = Answer(
        book_id=book_id,
        question_id=question.id,
        id=len(answers) + 1,
        text=text,
        answered_by=officer.id,
        answered_at=at,
    )
    session.add(answered)
    session.flush()
    return answered


def settle(
    session: Session,
    *,
    book_id: int,
    question_id: int,
    text: str,
    officer: CurrentOfficer,
    at: datetime,
) -> Settlement:
    """End a question: by the one who asked, or by another reviewer, and of another village.

    Args:
        session: A session opened for writing.
        book_id: The book.
        question_id: The question.
        text: What was found, or empty.
        officer: Who ends it.
        at: Now, aware.

    Raises:
        QuestionNotFound: There is no such question.
        NotYoursToSettle: They neither asked nor review.
        TheAskedCannotSettle: They serve the group, live in its village, or wrote the entry.
        AlreadySettled: It was settled before, by somebody else or with other words.
    """
    lock_book(session, book_id=book_id)
    question, group = _question(session, book_id=book_id, question_id=question_id)
    if question.asked_by != officer.id and not officer.may(REVIEWERS, group.code):
        raise NotYoursToSettle(officer=officer.id)
    entry = _entry(session, book_id=book_id, number=question.entry_number)
    if officer.mark in {entry.posted_by, entry.approved_by} or serves_or_lives_there(
        officer, code=group.code, village_code=group.village_code
    ):
        raise TheAskedCannotSettle(officer=officer.id)
    before = session.get(Settlement, (book_id, question.id))
    if before is not None:
        if before.settled_by == officer.id and before.text == text:
            return before
        raise AlreadySettled(question=question.id)
    settlement = Settlement(
        book_id=book_id,
        question_id=question.id,
        text=text,
        settled_by=officer.id,
        settled_at=at,
    )
    session.add(settlement)
    _tally(session, book_id=book_id, day=entry.entered_on).open_questions -= 1
    session.flush()
    return settlement


def close_month(
    session: Session,
    *,
    book_id: int,
    month: date,
    head_seen: bytes,
    officer: CurrentOfficer,
    at: datetime,
) -> Period:
    """Close a month, with every month before it, at the head that was shown.

    Args:
        session: A session opened for writing.
        book_id: The book.
        month: A day in the month.
        head_seen: The seal of the newest entry that was on the page.
        officer: Who closes.
        at: Now, aware.

    Raises:
        NotAKeeper: They do not keep the book.
        NotWhatWasShown: Something was posted since the page was shown.
        OpenQuestions: A question about the month, or an earlier one, is open.
        And whatever ``close_period`` raises.
    """
    group = session.get_one(Group, book_id)
    if not officer.may(KEEPERS, group.code):
        raise NotAKeeper(officer=officer.id)
    head = lock_book(session, book_id=book_id)
    month = month_of(month)
    if head.closed_until is None or head.closed_until < month:
        if head.seal != head_seen:
            raise NotWhatWasShown(head=head.number)
        open_ones = open_questions_until(session, book_id=book_id, month=month)
        if open_ones:
            entries = sorted({entry for _question_id, entry in open_ones})
            raise OpenQuestions(
                month=format_month(month),
                questions=len(open_ones),
                entries=", ".join(str(entry) for entry in entries[:5]),
            )
    return close_period(session, book_id=book_id, month=month, closed_by=officer.mark, closed_at=at)


def _entry(session: Session, *, book_id: int, number: int) -> Entry:
    entry = session.get(Entry, (book_id, number)) if number <= MOST_NUMBER else None
    if entry is None:
        raise NoSuchEntry(number=number)
    return entry


def _question(session: Session, *, book_id: int, question_id: int) -> tuple[Question, Group]:
    question = None
    if question_id <= MOST_NUMBER:
        question = session.get(Question, (book_id, question_id))
    if question is None:
        raise QuestionNotFound(question=question_id)
    return question, session.get_one(Group, book_id)


def _tally(session: Session, *, book_id: int, day: date) -> Tally:
    """Give the tally of a day's month, begun if there is none; the book is locked."""
    key = (book_id, month_of(day))
    tally = session.get(Tally, key, populate_existing=True)
    if tally is None:
        tally = Tally(book_id=book_id, month=key[1], signed=0, open_questions=0)
        session.add(tally)
        session.flush()
    return tally
