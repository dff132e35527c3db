"""Notices to guarantors: which letters are put on paper, and when they were handed over."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from ledger.errors import Conflict, NotFound, RuleBroken
from ledger.period import FutureDate
from ledger.services import lock_book
from ledger.thai import format_date, today_in_bangkok
from loans.models import Notice
from loans.queries.arrears import notices_due


class HandedOver(StrEnum):
    """How a notice reached the guarantor."""

    BY_HAND = "by_hand"
    HOUSEHOLD = "household"
    REGISTERED = "registered"


HANDED_OVER_IN_THAI = {
    HandedOver.BY_HAND: "ส่งถึงมือ ผู้ค้ำประกันลงชื่อรับ",
    HandedOver.HOUSEHOLD: "ส่งที่บ้าน คนในบ้านลงชื่อรับแทน",
    HandedOver.REGISTERED: "ไปรษณีย์ลงทะเบียนตอบรับ",
}
NoticeKey = tuple[int, int, date]


class NoticeNotDue(NotFound):
    """No notice of this default is to be given to this guarantor, or none was printed."""

    thai = "ไม่พบหนังสือแจ้งฉบับนี้ หนี้อาจชำระแล้ว หรือยังไม่ได้พิมพ์หนังสือ เปิดหน้านี้ใหม่แล้วตรวจอีกครั้ง"


class NothingToPrint(RuleBroken):
    """No letter was chosen."""

    thai = "ยังไม่ได้เลือกหนังสือที่จะพิมพ์ ทำเครื่องหมายหน้าชื่อผู้ค้ำประกันก่อน"


class HandedOverAlready(Conflict):
    """It was written down before that the notice was handed over."""

    thai = "หนังสือฉบับนี้บันทึกว่าแจ้งแล้วเมื่อ {on}"


class HandedOverTooEarly(RuleBroken):
    """The day is not after the one on which the instalment fell due."""

    thai = "วันที่แจ้งต้องหลังวันครบกำหนด {defaulted_on}"


def print_notices(
    session: Session, *, book_id: int, keys: Collection[NoticeKey], on: date, by: str, at: datetime
) -> None:
    """Write down which letters are about to be on paper; one that was printed before stays so.

    Raises:
        NothingToPrint: No letter was chosen.
        NoticeNotDue: One of them is not to be given any more.

    Source: Civil and Commercial Code, section 686.
    """
    if not keys:
        raise NothingToPrint
    lock_book(session, book_id=book_id)
    due = {notice.key: notice for notice in notices_due(session, book_id=book_id, on=on)}
    for key in sorted(set(keys)):
        if key not in due:
            raise NoticeNotDue(key=key)
        loan_id, guarantee_id, defaulted_on = key
        if due[key].printed_at is None:
            session.add(
                Notice(
                    book_id=book_id,
                    loan_id=loan_id,
                    guarantee_id=guarantee_id,
                    defaulted_on=defaulted_on,
                    printed_at=at,
                    printed_by=by,
                    handed_over_on=None,
                    handed_over_how="",
                )
            )
    session.flush()


def hand_over(
    session: Session,
    *,
    book_id: int,
    key: NoticeKey,
    handed_over_on: date,
    how: HandedOver,
    at: datetime,
) -> None:
    """Write down when and how a letter reached the guarantor. Sent again it stays as it is.

    Raises:
        NoticeNotDue: No such letter was printed.
        HandedOverAlready: Another day or way was written down before.
        HandedOverTooEarly: The day is not after the default.
        FutureDate: The day has not come yet.
    """
    lock_book(session, book_id=book_id)
    notice = session.get(Notice, (book_id, *key))
    if notice is None:
        raise NoticeNotDue(key=key)
    if notice.handed_over_on is not None:
        if (notice.handed_over_on, notice.handed_over_how) == (handed_over_on, how.value):
            return
        raise HandedOverAlready(on=format_date(notice.handed_over_on))
    if handed_over_on > today_in_bangkok(at):
        raise FutureDate(entered_on=format_date(handed_over_on))
    if handed_over_on <= notice.defaulted_on:
        raise HandedOverTooEarly(defaulted_on=format_date(notice.defaulted_on))
    notice.handed_over_on = handed_over_on
    notice.handed_over_how = how.value
    session.flush()
