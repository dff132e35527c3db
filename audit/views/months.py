"""Coverage of the network, the months of a group, and the close of one."""

from datetime import date, timedelta
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from audit.queries import (
    Coverage,
    coverage_of_book,
    coverage_of_month,
    first_and_last_month,
    open_questions_until,
    places,
)
from audit.schemas import CloseSchema
from audit.services import close_month
from audit.views.room import blueprint
from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError, NotFound
from ledger.models import Book
from ledger.period import month_of, months_between, next_month
from ledger.queries import balances_of_months
from ledger.reports import trial_balance
from ledger.roles import ANYONE_SIGNED_IN, KEEPERS, READERS, open_to
from ledger.web import Form, page, paper, sent_form, today
from members.queries import group_by_code, officer_names

MONTHS_TO_CHOOSE = 36


class NoSuchMonth(NotFound):
    """The address names no month, or one in which the group has nothing."""

    thai = "ไม่พบเดือนนี้ในสมุดของกลุ่ม"


class NotClosedYet(NotFound):
    """There is no closing sheet of a month that is open."""

    thai = "เดือนนี้ยังไม่ปิดบัญชี จึงยังไม่มีใบปิดเดือน"


def read_month(text: str) -> date:
    """Read a month of an address: ``2023-04``.

    Raises:
        NoSuchMonth: It is none.
    """
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as unreadable:
        raise NoSuchMonth(month=text[:20]) from unreadable


@blueprint.get("/review/coverage")
@open_to(ANYONE_SIGNED_IN)
def coverage() -> ResponseReturnValue:
    """Show how much of each group's month has been signed off. No name stands here."""
    chosen = request.args.get("month", "")
    month = read_month(chosen) if chosen else None

    def look(session: Session) -> dict[str, Any]:
        span = first_and_last_month(session)
        shown = month or (span[1] if span else month_of(today()))
        groups = coverage_of_month(session, month=shown, network=places(session))
        return {
            "month": shown,
            "months": list(months_between(*span))[-MONTHS_TO_CHOOSE:][::-1] if span else [shown],
            "groups": groups,
            "whole": Coverage(
                shown,
                sum(covered.entries for _place, covered in groups),
                sum(covered.signed for _place, covered in groups),
                sum(covered.open_questions for _place, covered in groups),
            ),
        }

    return page("audit/coverage.html", **read(look))


@blueprint.get("/groups/<code>/months")
@open_to(READERS)
def months(code: str) -> ResponseReturnValue:
    """List a group's months: how far each was looked at, and whether it is closed."""

    def look(session: Session) -> dict[str, Any]:
        group = group_by_code(session, code=code)
        return {
            "group_name": group.name,
            "months": coverage_of_book(session, book_id=group.book_id),
        }

    return page("audit/months.html", code=code, today=today(), **read(look))


@blueprint.get("/groups/<code>/months/<month>")
@open_to(READERS)
def month(code: str, month: str) -> ResponseReturnValue:
    """Show one month, and to those who keep the book the form that closes it."""
    return _month_page(code, read_month(month), Form())


def _month_page(code: str, chosen: date, form: Form) -> ResponseReturnValue:
    values = read(lambda session: _look(session, code=code, chosen=chosen))
    is_over = today() >= next_month(chosen)
    return page(
        "audit/month.html",
        form,
        code=code,
        month=chosen,
        last_day=next_month(chosen) - timedelta(days=1),
        is_over=is_over,
        keeps=g.officer.may(KEEPERS, code),
        **values,
    )


def _look(session: Session, *, code: str, chosen: date) -> dict[str, Any]:
    group = group_by_code(session, code=code)
    found = coverage_of_book(session, book_id=group.book_id)
    covered = next((one for one in found if one.month == chosen), None)
    if covered is None:
        raise NoSuchMonth(month=chosen)
    return {
        "group_name": group.name,
        "covered": covered,
        "earlier": [one for one in found if one.month < chosen and one.closed is None],
        "questions": open_questions_until(session, book_id=group.book_id, month=chosen),
        "book": session.get_one(Book, group.book_id),
        "officers": officer_names(session),
    }


@blueprint.post("/groups/<code>/months/<month>/close")
@open_to(KEEPERS)
def close(code: str, month: str) -> ResponseReturnValue:
    """Close the month, with the head that was on the page."""
    chosen = read_month(month)
    form = sent_form(CloseSchema())
    if form.is_valid:
        try:
            book_id = read(lambda session: group_by_code(session, code=code)).book_id
            write(
                lambda session: close_month(
                    session,
                    book_id=book_id,
                    month=chosen,
                    head_seen=form.values["head"],
                    officer=g.officer,
                    at=now(),
                )
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash("ปิดเดือนแล้ว พิมพ์ใบปิดเดือนให้กรรมการลงชื่อ")
            return redirect(url_for("audit.month", code=code, month=month))
    return _month_page(code, chosen, form)


@blueprint.get("/groups/<code>/months/<month>/closing.pdf")
@open_to(READERS)
def closing_sheet(code: str, month: str) -> ResponseReturnValue:
    """Print what was closed: the totals of the month and the seal in its long form."""
    chosen = read_month(month)

    def look(session: Session) -> dict[str, Any]:
        values = _look(session, code=code, chosen=chosen)
        balances = balances_of_months(session, book_id=values["book"].id, first=chosen, last=chosen)
        return values | {"trial": trial_balance(balances)}

    values = read(look)
    period = values["covered"].closed
    if period is None:
        raise NotClosedYet(month=month)
    return paper(
        "paper/closing.html.j2",
        name=f"ปิดเดือน-{code}-{chosen:%Y-%m}",
        month=chosen,
        period=period,
        **values,
    )
