"""A mother lends to a child: the first half."""

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import KEEPERS, open_to
from ledger.thai import format_date
from ledger.web import Form, page, sent_form, today
from loans.kinds import Through
from loans.models import GroupTransfer
from loans.queries.between import children_of
from loans.schedule import Terms, make_schedule
from loans.schemas.between import ApprovedLendSchema, LendSchema
from loans.schemas.borrowings import (
    ROUNDED_IN_THAI,
    SPREAD_IN_THAI,
    RoundedTo,
    SpreadOver,
    terms_of,
)
from loans.services.between import lend_to_child
from loans.views.between.showing import PLACE, REHEARSED_BY, THROUGHS, what_is_sent
from loans.views.borrowings.asking import approved, book_of, refuse_at_its_box, seconds
from loans.views.rehearsal import rehearse
from loans.views.room import blueprint
from members.queries import group_by_code


@blueprint.get(f"{PLACE}/lend")
@open_to(KEEPERS)
def lend_to_a_child(code: str) -> ResponseReturnValue:
    """Ask what is lent to which child."""
    form = Form(
        {
            "moved_on": format_date(today()),
            "method": SpreadOver.EQUAL_PRINCIPAL.value,
            "rounded": RoundedTo.BAHT.value,
            "through": Through.BANK.value,
        }
    )
    return _lend_page(code, form)


def _lend_page(code: str, form: Form) -> ResponseReturnValue:
    def look(session: Session) -> dict[str, Any]:
        group = group_by_code(session, code=code)
        children = children_of(session, book_id=group.book_id)
        return {
            "group_name": group.name,
            "children": [(child.code, child.name) for child in children],
        }

    return page(
        "loans/between_lend.html",
        form,
        code=code,
        methods=list(SPREAD_IN_THAI.items()),
        roundings=list(ROUNDED_IN_THAI.items()),
        throughs=THROUGHS,
        **read(look),
    )


@blueprint.post(f"{PLACE}/lend")
@open_to(KEEPERS)
def check_lend(code: str) -> ResponseReturnValue:
    """Show the schedule that both groups will have; nothing is written yet."""
    form = sent_form(LendSchema())
    if form.is_valid and not form.values["edit"]:
        try:
            return _lend_confirm_page(code, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
    return _lend_page(code, form)


def _lend_confirm_page(code: str, form: Form) -> ResponseReturnValue:
    """Show what would be lent; raises what refuses it."""
    group = read(lambda session: group_by_code(session, code=code))
    rehearse(lambda session: _lend(session, group.book_id, form, REHEARSED_BY).reference)
    children = read(lambda session: children_of(session, book_id=group.book_id))
    return page(
        "loans/between_lend_confirm.html",
        form,
        code=code,
        group_name=group.name,
        child=next(child for child in children if child.code == form.values["child"]),
        schedule=make_schedule(_lent_terms(form)),
        throughs=THROUGHS,
        seconds=seconds(code),
    )


def _lent_terms(form: Form) -> Terms:
    return terms_of(form.values, starts_on=form.values["moved_on"])


def _lend(session: Session, book_id: int, form: Form, approved_by: str) -> GroupTransfer:
    return lend_to_child(
        session,
        book_id=book_id,
        child_code=form.values["child"],
        terms=_lent_terms(form),
        resolution=form.values["resolution"],
        sent=what_is_sent(form, "principal", approved_by),
    )


@blueprint.post(f"{PLACE}/lend/confirm")
@open_to(KEEPERS)
def lend_now(code: str) -> ResponseReturnValue:
    """Lend what was read back: the mother's half is written."""
    form = sent_form(ApprovedLendSchema())
    if form.is_valid:
        try:
            approved_by, book_id = approved(code, form), book_of(code)
            reference = write(lambda session: _lend(session, book_id, form, approved_by).reference)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash("ลงรายการฝ่ายผู้ส่งแล้ว รอกลุ่มลูกยืนยันรับ")
            return redirect(url_for("loans.transfer", code=code, reference=reference))
    if form.errors.keys() <= {"second_officer", "password"}:
        try:
            return _lend_confirm_page(code, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
    return _lend_page(code, form)
