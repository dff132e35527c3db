"""The place of loans: what is due, what is overdue, and every loan of the group."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.db import read
from ledger.roles import READERS, open_to
from ledger.web import page, today
from loans.kinds import STATE_IN_THAI, State
from loans.queries.between import arrivals_of
from loans.queries.loans import LoanView, loans_of_member, standings_of
from loans.queries.overview import Chip, LoanLine, loan_page, next_rows, summary_of
from loans.views.room import blueprint
from members.queries import full_name, group_by_code, member_by_number

LOANS_A_PAGE = 50
LONGEST_SEARCH = 80
CHIP_IN_THAI = {
    Chip.ALL: "ทั้งหมด",
    Chip.RUNNING: "กำลังผ่อน",
    Chip.OVERDUE: "ค้างชำระ",
    Chip.GRANTED: "รอจ่ายเงิน",
    Chip.REPAID: "ชำระครบ",
    Chip.WRITTEN_OFF: "หนี้สูญ",
    Chip.CANCELLED: "ยกเลิก",
}


def _asked_chip() -> Chip:
    asked = request.args.get("show", "")
    return Chip(asked) if asked in set(Chip) else Chip.ALL


def _how_they_stand(
    session: Session, book_id: int, lines: Sequence[LoanLine | LoanView]
) -> dict[str, Any]:
    """Give what a list says of loans that are running, by their numbers."""
    running = [line.id for line in lines if line.state is State.RUNNING]
    standings = standings_of(session, book_id=book_id, on=today(), loan_ids=running)
    following = next_rows(session, book_id=book_id, standings=standings)
    return {"standings": standings, "following": following}


@blueprint.get("/groups/<code>/loans")
@open_to(READERS)
def overview(code: str) -> ResponseReturnValue:
    """Show what is due, what is overdue, and the group's loans, some or all."""
    text = request.args.get("find", "")[:LONGEST_SEARCH].strip()
    before = request.args.get("before", type=int)
    chip = _asked_chip()

    def look(session: Session) -> dict[str, Any]:
        group = group_by_code(session, code=code)
        summary = summary_of(session, book_id=group.book_id, on=today())
        listed = loan_page(
            session,
            book_id=group.book_id,
            chip=chip,
            overdue_ids=summary.overdue_ids,
            text=text,
            before=before,
            most=LOANS_A_PAGE + 1,
        )
        lines = listed[:LOANS_A_PAGE]
        return {
            "group_name": group.name,
            "summary": summary,
            "lines": lines,
            "arrivals": len(arrivals_of(session, book_id=group.book_id, on=today())),
            "more_before": lines[-1].id if len(listed) > LOANS_A_PAGE else None,
            **_how_they_stand(session, group.book_id, lines),
        }

    return page(
        "loans/overview.html",
        code=code,
        find=text,
        chip=chip,
        chips=CHIP_IN_THAI,
        states=STATE_IN_THAI,
        day=today(),
        before=before,
        **read(look),
    )


@blueprint.get("/groups/<code>/members/<member>/loans")
@open_to(READERS)
def of_member(code: str, member: str) -> ResponseReturnValue:
    """Show what a member owes and owed, and where to ask for more."""

    def look(session: Session) -> dict[str, Any]:
        group = group_by_code(session, code=code)
        borrower = member_by_number(session, book_id=group.book_id, number=member)
        views = loans_of_member(session, book_id=group.book_id, member_id=borrower.id)
        return {
            "group_name": group.name,
            "member_name": full_name(borrower),
            "has_left": borrower.left_on is not None,
            "lines": views,
            **_how_they_stand(session, group.book_id, views),
        }

    return page(
        "loans/of_member.html",
        code=code,
        number=member,
        states=STATE_IN_THAI,
        day=today(),
        **read(look),
    )
