"""Leaving: what is paid back is shown before two officers confirm it."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import Satang, total
from ledger.roles import KEEPERS, open_to
from ledger.services import PostedBatch
from ledger.web import Form, page, sent_form, sent_from, today
from members.officers import approval_of
from members.queries import group_by_code
from members.schemas.people import LEAVING_IN_THAI, LeaveSchema, Leaving
from members.services.people import die, owed_on_leaving
from members.services.people import leave as give_back
from members.views.people.asking import as_typed, group_and_card, refuse_at_its_box, seconds
from members.views.room import blueprint


@blueprint.get("/groups/<code>/members/<number>/leave")
@open_to(KEEPERS)
def leave(code: str, number: str) -> ResponseReturnValue:
    """Show what a member is paid back, and ask when and why they leave."""
    _group, card = read(lambda session: group_and_card(session, code=code, number=number))
    first = {
        "left_on": as_typed(today()),
        "why": Leaving.RESIGNED.value,
        "paid_to": card.beneficiary,
    }
    return _leave_page(code, number, Form(first))


def _leave_page(code: str, number: str, form: Form) -> ResponseReturnValue:
    group, card = read(lambda session: group_and_card(session, code=code, number=number))
    owed = owed_on_leaving(card.savings)
    return page(
        "members/leave.html",
        form,
        code=code,
        group_name=group.name,
        card=card,
        owed=owed,
        owed_satang=total(view.balance for view in owed),
        kept=[view for view in card.savings if view.balance and view not in owed],
        reasons=[(why.value, words) for why, words in LEAVING_IN_THAI.items()],
        seconds=seconds(code),
    )


@blueprint.post("/groups/<code>/members/<number>/leave")
@open_to(KEEPERS)
def end_membership(code: str, number: str) -> ResponseReturnValue:
    """Pay back what was shown and close the member's accounts."""
    form = sent_form(LeaveSchema())
    if form.is_valid:
        try:
            posted = _paid_back(code, number, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash("บันทึกการออกจากการเป็นสมาชิกแล้ว บัญชีทุกเล่มของสมาชิกปิดแล้ว")
            slip = None if posted is None else posted.first_number
            return redirect(url_for("members.member", code=code, number=number, slip=slip))
    return _leave_page(code, number, form)


def _paid_back(code: str, number: str, form: Form) -> PostedBatch | None:
    values, at = form.values, now()
    approved_by = approval_of(
        code=code,
        officer_id=values["second_officer"],
        password=values["password"],
        besides=g.officer.id,
        address=sent_from(),
        at=at,
    )
    because = " ".join(
        words
        for words in (
            LEAVING_IN_THAI[values["why"]],
            f"จ่ายให้ {values['paid_to']}" if values["why"] is Leaving.DIED else "",
            values["note"],
        )
        if words
    )
    by = g.officer.mark

    def work(session: Session) -> PostedBatch | None:
        book_id = group_by_code(session, code=code).book_id
        if values["why"] is Leaving.DIED:
            return die(
                session,
                book_id=book_id,
                number=number,
                died_on=values["left_on"],
                because=because,
                benefit=values["benefit"] or Satang(0),
                idempotency_key=values["key"],
                by=by,
                approved_by=approved_by,
                at=at,
                shown=Satang(values["shown"]),
            )
        return give_back(
            session,
            book_id=book_id,
            number=number,
            left_on=values["left_on"],
            because=because,
            idempotency_key=values["key"],
            by=by,
            approved_by=approved_by,
            at=at,
            shown=Satang(values["shown"]),
        )

    return write(work)
