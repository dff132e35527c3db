"""What the lender declares: another rate, a moratorium."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import KEEPERS, open_to
from ledger.schemas import PageSchema
from ledger.thai import format_date
from ledger.web import Form, page, sent_form, today
from loans.queries.borrowings import borrowing_card, borrowing_view
from loans.schedule import RateEffect
from loans.schemas.borrowings import (
    EFFECT_IN_THAI,
    RESTS_IN_THAI,
    ApprovedMoratoriumSchema,
    ApprovedRateSchema,
    CircularRateSchema,
    MoratoriumSchema,
)
from loans.services.borrowings import follow_circular, rest
from loans.services.shown import shown_now
from loans.views.borrowings.asking import (
    ONE,
    about_borrowing,
    approved,
    book_of,
    refuse_at_its_box,
    seconds,
)
from loans.views.rehearsal import rehearse
from loans.views.room import blueprint

#: What stands for the second officer while a page only tries out what would be written.
REHEARSED_BY = "rehearsal"


@blueprint.get(f"{ONE}/rate")
@open_to(KEEPERS)
def borrowing_rate(code: str, number: int) -> ResponseReturnValue:
    """Ask for the new rate, and by which circular."""
    form = Form({"since": format_date(today()), "effect": RateEffect.RECOMPUTE.value})
    return _rate_page(code, number, form)


def _rate_page(code: str, number: int, form: Form) -> ResponseReturnValue:
    return page(
        "loans/borrowing_rate.html",
        form,
        effects=[(effect.value, words) for effect, words in EFFECT_IN_THAI.items()],
        **about_borrowing(code, number),
    )


@blueprint.post(f"{ONE}/rate")
@open_to(KEEPERS)
def check_rate(code: str, number: int) -> ResponseReturnValue:
    """Show the plan under the new rate beside the one that holds; nothing is written yet."""
    return _check_change(code, number, CircularRateSchema(), _rate_page, _follow)


@blueprint.post(f"{ONE}/rate/confirm")
@open_to(KEEPERS)
def confirm_rate(code: str, number: int) -> ResponseReturnValue:
    """Write the new rate down."""
    said = "บันทึกอัตราใหม่แล้ว ตารางงวดเปลี่ยนตามประกาศ"
    return _confirm_change(code, number, ApprovedRateSchema(), _rate_page, _follow, said)


def _follow(session: Session, book_id: int, number: int, form: Form, approved_by: str) -> None:
    values = form.values
    follow_circular(
        session,
        book_id=book_id,
        loan_id=number,
        annual_rate_ppm=values["rate"],
        since=values["since"],
        effect=values["effect"],
        circular=values["circular"],
        shown=values["shown"],
        idempotency_key=values["key"],
        by=g.officer.mark,
        approved_by=approved_by,
        at=now(),
    )


@blueprint.get(f"{ONE}/rest")
@open_to(KEEPERS)
def rest_borrowing(code: str, number: int) -> ResponseReturnValue:
    """Ask from when to when the lender asks for nothing, and by which circular."""
    return _rest_page(code, number, Form({"since": format_date(today())}))


def _rest_page(code: str, number: int, form: Form) -> ResponseReturnValue:
    return page(
        "loans/borrowing_rest.html",
        form,
        rests=[(waives.value, words) for waives, words in RESTS_IN_THAI.items()],
        **about_borrowing(code, number),
    )


@blueprint.post(f"{ONE}/rest")
@open_to(KEEPERS)
def check_rest(code: str, number: int) -> ResponseReturnValue:
    """Show the plan after the moratorium beside the one that holds; nothing is written yet."""
    return _check_change(code, number, MoratoriumSchema(), _rest_page, _rest)


@blueprint.post(f"{ONE}/rest/confirm")
@open_to(KEEPERS)
def confirm_rest(code: str, number: int) -> ResponseReturnValue:
    """Write the moratorium down."""
    said = "บันทึกการพักชำระแล้ว ตารางงวดเลื่อนตามประกาศ"
    return _confirm_change(code, number, ApprovedMoratoriumSchema(), _rest_page, _rest, said)


def _rest(session: Session, book_id: int, number: int, form: Form, approved_by: str) -> None:
    values = form.values
    rest(
        session,
        book_id=book_id,
        loan_id=number,
        since=values["since"],
        until=values["until"],
        waives=values["waives"].grace,
        circular=values["circular"],
        shown=values["shown"],
        idempotency_key=values["key"],
        by=g.officer.mark,
        approved_by=approved_by,
        at=now(),
    )


Asking = Callable[[str, int, Form], ResponseReturnValue]


Writing = Callable[[Session, int, int, Form, str], None]


def _check_change(
    code: str, number: int, schema: PageSchema, ask: Asking, change: Writing
) -> ResponseReturnValue:
    form = sent_form(schema)
    if not form.is_valid or form.values["edit"]:
        return ask(code, number, form)
    try:
        return _change_page(code, number, form, change)
    except DomainError as refusal:
        refuse_at_its_box(form, refusal)
        return ask(code, number, form)


def _change_page(code: str, number: int, form: Form, change: Writing) -> ResponseReturnValue:
    """Show both plans, the new one as it will be written; raises what refuses it."""
    book_id = book_of(code)

    def what_is_shown(session: Session) -> str:
        loan = borrowing_view(session, book_id=book_id, loan_id=number)
        return str(shown_now(session, book_id=book_id, loan_id=loan.id))

    form.values["shown"] = form.typed["shown"] = read(what_is_shown)

    def outcome(session: Session) -> dict[str, Any]:
        change(session, book_id, number, form, REHEARSED_BY)
        return {
            "new_card": borrowing_card(session, book_id=book_id, loan_id=number, on=today()),
        }

    return page(
        "loans/borrowing_change.html",
        form,
        seconds=seconds(code),
        **rehearse(outcome),
        **about_borrowing(code, number),
    )


def _confirm_change(
    code: str, number: int, schema: PageSchema, ask: Asking, change: Writing, said: str
) -> ResponseReturnValue:
    form = sent_form(schema)
    if form.is_valid:
        try:
            approved_by, book_id = approved(code, form), book_of(code)
            write(lambda session: change(session, book_id, number, form, approved_by))
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash(said)
            return redirect(url_for("loans.borrowing", code=code, number=number))
    if form.errors and form.errors.keys() <= {"second_officer", "password"}:
        # Only the second officer's signature is missing: the plans stay on the page.
        try:
            return _change_page(code, number, form, change)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
    return ask(code, number, form)
