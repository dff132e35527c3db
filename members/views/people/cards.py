"""A member's page: how much they have, at a glance, and the newest lines of their passbook."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.db import read
from ledger.roles import READERS, open_to
from ledger.seal import moment_text
from ledger.web import Form, page
from members.passbook import CODE_IN_THAI, PassbookLine
from members.queries import PREMIUMS, SavingsView, newest_lines
from members.services.people import WITHDRAWABLE
from members.views.people.asking import group_and_card
from members.views.room import blueprint

LINES_SHOWN = 20


@blueprint.get("/groups/<code>/members/<number>")
@open_to(READERS)
def member(code: str, number: str) -> ResponseReturnValue:
    """Show what a member has and the newest lines, of one product or of all."""
    return member_answer(code, number, Form())


def member_answer(code: str, number: str, form: Form) -> ResponseReturnValue:
    """Answer with a member's page; the form is that of the passbook's buttons."""
    product = request.args.get("product", "")
    before = request.args.get("before", type=int)

    def look(session: Session) -> dict[str, Any]:
        group, card = group_and_card(session, code=code, number=number)
        chosen = next((view for view in card.savings if view.product_code == product), None)
        lines = (
            _of_all(session, group.book_id, card.savings)
            if chosen is None
            else _of_one(session, group.book_id, chosen, before or chosen.lines + 1)
        )
        return {
            "group_name": group.name,
            "card": card,
            "seen": moment_text(card.printed_at) if card.printed_at else "",
            "lines": lines,
            "chosen": chosen,
            "may_withdraw": any(view.product_kind in WITHDRAWABLE for view in card.savings),
        }

    return page(
        "members/member.html",
        form,
        code=code,
        slip=request.args.get("slip", type=int),
        codes=CODE_IN_THAI,
        premiums=PREMIUMS,
        **read(look),
    )


def _of_one(
    session: Session, book_id: int, savings: SavingsView, before: int
) -> list[tuple[SavingsView, PassbookLine]]:
    lines = newest_lines(
        session,
        book_id=book_id,
        savings=savings,
        before=min(before, savings.lines + 1),
        most=LINES_SHOWN,
    )
    return [(savings, line) for line in lines]


def _of_all(
    session: Session, book_id: int, savings: Sequence[SavingsView]
) -> list[tuple[SavingsView, PassbookLine]]:
    """Give the newest lines of all accounts together, in the order of the book, newest first."""
    lines = [pair for view in savings for pair in _of_one(session, book_id, view, view.lines + 1)]
    lines.sort(key=lambda pair: -pair[1].entry_number)
    return lines[:LINES_SHOWN]
