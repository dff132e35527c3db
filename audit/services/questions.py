"""Questions: anybody who reads may ask, the group answers, a third ends it."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audit.models import Answer, Question, Settlement
from audit.queries.keys import MOST_NUMBER
from audit.services.rights import REVIEWERS, THOSE_ASKED, serves_or_lives_there
from audit.services.rows import entry_of, tally_of
from ledger.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ledger.roles import READERS
from ledger.services import lock_book
from members.models import Group
from members.officers import CurrentOfficer


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
    entry = entry_of(session, book_id=book_id, number=number)
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
    tally_of(session, book_id=book_id, day=entry.entered_on).open_questions += 1
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
    entry = entry_of(session, book_id=book_id, number=question.entry_number)
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
    tally_of(session, book_id=book_id, day=entry.entered_on).open_questions -= 1
    session.flush()
    return settlement


def _question(session: Session, *, book_id: int, question_id: int) -> tuple[Question, Group]:
    question = None
    if question_id <= MOST_NUMBER:
        question = session.get(Question, (book_id, question_id))
    if question is None:
        raise QuestionNotFound(question=question_id)
    return question, session.get_one(Group, book_id)
