"""Passbooks: what is printed is written down, so that the next lines follow where paper ends."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.services import lock_book
from members.models import Member, PassbookPrint
from members.passbook import COVER
from members.queries import Printing, lines_on_paper, member_by_number, printings_of, savings_of


class NothingNewToPrint(RuleBroken):
    """Every line is on paper already."""

    thai = "ไม่มีบรรทัดใหม่ ทุกบรรทัดอยู่ในสมุดแล้ว ถ้าสมุดหายหรือเต็ม ให้พิมพ์ใหม่ทั้งเล่ม"


class PrintedMeanwhile(Conflict):
    """Another officer printed the passbook after this page was opened."""

    thai = "มีกรรมการอีกคนพิมพ์สมุดเล่มนี้ไปแล้วหลังเปิดหน้านี้ เปิดหน้าสมาชิกใหม่แล้วดูก่อนพิมพ์"


def print_whole_book(
    session: Session, *, book_id: int, number: str, seen: datetime | None, by: str, at: datetime
) -> datetime:
    """Write down that a new passbook is printed, from the first line of every account.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The member's number.
        seen: The newest printing that the page showed, or None; so that a request sent again
            answers with the printing that it made.
        by: The mark of the officer.
        at: Now, aware.

    Returns:
        The moment of the printing, which names it.

    Raises:
        MemberNotFound: There is no such member.
        PrintedMeanwhile: Another officer printed after the page was shown.
    """
    lock_book(session, book_id=book_id)
    member = member_by_number(session, book_id=book_id, number=number)
    printings = printings_of(session, book_id=book_id, member_id=member.id)
    if printings and printings[-1].printed_at != seen:
        return _the_same_again(printings[-1], by=by)
    views = savings_of(session, book_id=book_id, member_id=member.id)
    return _write_down(
        session,
        member,
        [(view.account_id, COVER, view.lines) for view in views],
        printings,
        by=by,
        at=at,
    )


def print_new_lines(
    session: Session, *, book_id: int, number: str, seen: datetime | None, by: str, at: datetime
) -> datetime:
    """Write down that the lines which are not on paper yet are printed into the present passbook.

    Where there is no passbook yet, it is a whole one.

    Args, Returns: As of ``print_whole_book``.

    Raises:
        MemberNotFound: There is no such member.
        NothingNewToPrint: Every line is on paper.
        PrintedMeanwhile: Another officer printed after the page was shown.
    """
    lock_book(session, book_id=book_id)
    member = member_by_number(session, book_id=book_id, number=number)
    printings = printings_of(session, book_id=book_id, member_id=member.id)
    if printings and printings[-1].printed_at != seen:
        return _the_same_again(printings[-1], by=by)
    if not printings:
        return print_whole_book(session, book_id=book_id, number=number, seen=seen, by=by, at=at)
    printed = lines_on_paper(printings)
    ranges = [
        (view.account_id, printed.get(view.account_id, 0) + 1, view.lines)
        for view in savings_of(session, book_id=book_id, member_id=member.id)
        if view.lines > printed.get(view.account_id, 0)
    ]
    if not ranges:
        raise NothingNewToPrint(number=number)
    return _write_down(session, member, ranges, printings, by=by, at=at)


def _the_same_again(newest: Printing, *, by: str) -> datetime:
    if newest.printed_by != by:
        raise PrintedMeanwhile(printed_at=newest.printed_at)
    return newest.printed_at


def _write_down(
    session: Session,
    member: Member,
    ranges: list[tuple[int, int, int]],
    printings: list[Printing],
    *,
    by: str,
    at: datetime,
) -> datetime:
    """Log each account's lines; a printing's moment names it, so no two have the same."""
    if printings:
        at = max(at, printings[-1].printed_at + timedelta(microseconds=1))
    session.add_all(
        PassbookPrint(
            book_id=member.book_id,
            account_id=account_id,
            printed_at=at,
            printed_by=by,
            first_n=first_n,
            last_n=last_n,
        )
        for account_id, first_n, last_n in ranges
    )
    session.flush()
    return at
