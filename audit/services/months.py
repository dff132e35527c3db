"""The close of a month: only when no question about it, or an earlier one, is open."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from audit.queries import open_questions_until
from audit.services.rows import NotWhatWasShown
from ledger.errors import NotAllowed, RuleBroken
from ledger.models import Period
from ledger.period import month_of
from ledger.roles import KEEPERS
from ledger.services import close_period, lock_book
from ledger.thai import format_month
from members.models import Group
from members.officers import CurrentOfficer


class NotAKeeper(NotAllowed):
    """Only those who keep the book close its months."""

    thai = "การปิดเดือนเป็นหน้าที่ของเหรัญญิกหรือผู้ทำบัญชีของกลุ่ม"


class OpenQuestions(RuleBroken):
    """There are open questions about entries of the month or an earlier one."""

    thai = "ปิดเดือน{month}ไม่ได้ ยังมีข้อซักถามค้าง {questions} ข้อ ที่รายการเลขที่ {entries} ตอบและปิดข้อซักถามก่อน"


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
