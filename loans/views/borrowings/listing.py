"""The list of what the group owes, the forecast and the comparison, and a new contract."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import KEEPERS, READERS, open_to
from ledger.thai import format_date
from ledger.web import Form, asked_form, page, sent_form, today
from loans.forecast import bars, by_year
from loans.kinds import PURPOSE_IN_THAI, STATE_IN_THAI, Purpose
from loans.queries.borrowings import borrowings_of, look_ahead
from loans.schedule import make_schedule
from loans.schemas.borrowings import (
    MOST_PARTS,
    ROUNDED_IN_THAI,
    SPREAD_IN_THAI,
    BorrowedFrom,
    LookAheadSchema,
    RoundedTo,
    SpreadOver,
    parts_of,
    take_up_schema,
    terms_of,
)
from loans.services.borrowings import Borrowing, check_borrowing, take_up
from loans.views.borrowings.asking import LIST, refuse_at_its_box
from loans.views.room import blueprint
from members.queries import group_by_code

FROM_IN_THAI = [(source.value, PURPOSE_IN_THAI[Purpose(source.value)]) for source in BorrowedFrom]


@blueprint.get(LIST)
@open_to(READERS)
def borrowings(code: str) -> ResponseReturnValue:
    """Show what the group owes, whether it can pay, and what members owe beside it."""
    form = asked_form(LookAheadSchema())
    collected = form.values.get("collected")

    def look(session: Session) -> dict[str, Any]:
        group = group_by_code(session, code=code)
        ahead = look_ahead(session, book_id=group.book_id, on=today(), percent=collected)
        years = by_year(ahead.compared)
        return {
            "group_name": group.name,
            "lines": borrowings_of(session, book_id=group.book_id, on=today()),
            "forecasts": ahead.forecasts,
            "compared": ahead.compared,
            "years": years,
            "bars": bars(years),
        }

    return page(
        "loans/borrowings.html",
        form,
        code=code,
        day=today(),
        by_month=form.values.get("every") == "month",
        states=STATE_IN_THAI,
        purposes=PURPOSE_IN_THAI,
        **read(look),
    )


@blueprint.get(f"{LIST}/new")
@open_to(KEEPERS)
def take_up_borrowing(code: str) -> ResponseReturnValue:
    """Ask what was agreed with a lender."""
    form = Form(
        {
            "purpose": BorrowedFrom.CODI_HOUSING.value,
            "method": SpreadOver.EQUAL_INSTALMENT.value,
            "rounded": RoundedTo.BAHT.value,
            "contract_on": format_date(today()),
            "drawn_on": format_date(today()),
        }
    )
    return _take_up_page(code, form)


def _take_up_page(code: str, form: Form) -> ResponseReturnValue:
    group = read(lambda session: group_by_code(session, code=code))
    return page(
        "loans/borrowing_new.html",
        form,
        code=code,
        group_name=group.name,
        sources=FROM_IN_THAI,
        methods=list(SPREAD_IN_THAI.items()),
        roundings=list(ROUNDED_IN_THAI.items()),
        parts=range(1, MOST_PARTS + 1),
    )


@blueprint.post(f"{LIST}/new")
@open_to(KEEPERS)
def check_take_up(code: str) -> ResponseReturnValue:
    """Show the schedule that follows from what was typed; nothing is written yet."""
    form = sent_form(take_up_schema())
    if not form.is_valid or form.values["edit"]:
        return _take_up_page(code, form)
    try:
        borrowing = _borrowing(form)
        group = read(lambda session: group_by_code(session, code=code))
        read(lambda session: check_borrowing(session, book_id=group.book_id, borrowing=borrowing))
    except DomainError as refusal:
        refuse_at_its_box(form, refusal)
        return _take_up_page(code, form)
    return page(
        "loans/borrowing_new_confirm.html",
        form,
        code=code,
        group_name=group.name,
        borrowing=borrowing,
        schedule=make_schedule(borrowing.terms),
        purposes=PURPOSE_IN_THAI,
    )


@blueprint.post(f"{LIST}/new/confirm")
@open_to(KEEPERS)
def confirm_take_up(code: str) -> ResponseReturnValue:
    """Write down the contract whose schedule was shown."""
    form = sent_form(take_up_schema())
    if not form.is_valid:
        return _take_up_page(code, form)
    try:
        group = read(lambda session: group_by_code(session, code=code))
        number = write(
            lambda session: (
                take_up(
                    session,
                    book_id=group.book_id,
                    borrowing=_borrowing(form),
                    by=g.officer.mark,
                    at=now(),
                ).id
            )
        )
    except DomainError as refusal:
        refuse_at_its_box(form, refusal)
        return _take_up_page(code, form)
    flash("บันทึกสัญญากู้แล้ว เมื่อเงินเข้าให้กด รับเงินกู้")
    return redirect(url_for("loans.borrowing", code=code, number=number))


def _borrowing(form: Form) -> Borrowing:
    values = form.values
    parts = parts_of(values)
    starts_on = parts[0].planned_on if parts else values["drawn_on"]
    return Borrowing(
        purpose=Purpose(values["purpose"].value),
        lender=values["lender"],
        reference=values["reference"],
        contract_on=values["contract_on"],
        terms=terms_of(values, starts_on=starts_on),
        resolution=values["resolution"],
        stages=parts,
    )
