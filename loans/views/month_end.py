"""The end of a month for all loans: what would be posted, shown first, then posted by two."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.period import month_of, next_month
from ledger.queries import closed_until, funds_of
from ledger.roles import KEEPERS, READERS, open_to
from ledger.thai import format_month
from ledger.web import Form, asked_form, page, sent_form, sent_from, today
from loans.kinds import MonthEnd
from loans.models import MonthEndPosting
from loans.queries.arrears import (
    Accrual,
    Allowance,
    accrual_from,
    accruals,
    allowance_from,
    allowances,
    last_day_of,
    month_ends_of,
    newest_month_end,
)
from loans.schemas.arrears import AskedMonthSchema, MonthEndSchema
from loans.services.month_end import post_accrual, post_provision
from loans.views.room import blueprint
from members.officers import approval_of
from members.queries import group_by_code
from members.views.people.asking import refuse_at_its_box, seconds

MONTHS_OFFERED = 6


@dataclass(frozen=True, slots=True)
class MonthShown:
    """What a month ends with: posted before, or what would be posted.

    Attributes:
        month: The month, as its first day.
        ends_on: Its last day.
        is_over: Whether it is over, so that it can be posted.
        is_closed: Whether the book is closed for it.
        provision: The allowance of each purse.
        accrual: The interest earned of each purse.
        entries: The entries that were posted, by what and purse; None where nothing moved.
        later: What was posted for a later month, so that this one is not posted any more.
    """

    month: date
    ends_on: date
    is_over: bool
    is_closed: bool
    provision: list[Allowance]
    accrual: list[Accrual]
    entries: dict[tuple[MonthEnd, str], int | None]
    later: frozenset[MonthEnd]

    def is_posted(self, what: MonthEnd) -> bool:
        """Tell whether it was posted."""
        return any(kind is what for kind, _fund in self.entries)

    def may_post(self, what: MonthEnd) -> bool:
        """Tell whether it can be posted now."""
        there = self.provision if what is MonthEnd.PROVISION else self.accrual
        return (
            bool(there)
            and self.is_over
            and not self.is_closed
            and not self.is_posted(what)
            and what not in self.later
        )


def _shown(session: Session, *, book_id: int, month: date) -> MonthShown:
    posted = month_ends_of(session, book_id=book_id, month=month)
    closed = closed_until(session, book_id=book_id)
    kinds = (MonthEnd.PROVISION, MonthEnd.ACCRUAL)
    newest = {what: newest_month_end(session, book_id=book_id, what=what) for what in kinds}

    def of(what: MonthEnd) -> list[MonthEndPosting]:
        return [row for row in posted if row.what is what]

    provided, accrued = of(MonthEnd.PROVISION), of(MonthEnd.ACCRUAL)
    return MonthShown(
        month=month,
        ends_on=last_day_of(month),
        is_over=today() >= next_month(month),
        is_closed=closed is not None and month <= closed,
        provision=[allowance_from(row.worked_out, fund=row.fund) for row in provided]
        or allowances(session, book_id=book_id, month=month),
        accrual=[accrual_from(row.worked_out, fund=row.fund) for row in accrued]
        or accruals(session, book_id=book_id, month=month),
        entries={(row.what, row.fund): row.entry_number for row in posted},
        later=frozenset(what for what, last in newest.items() if last is not None and last > month),
    )


@blueprint.get("/groups/<code>/loan-month-end")
@open_to(READERS)
def month_end(code: str) -> ResponseReturnValue:
    """Show what would be posted at the end of a month, or what was."""
    asked = asked_form(AskedMonthSchema())
    month = asked.values.get("month") or _months()[0]
    return _month_page(code, min(month, month_of(today())), Form())


def _months() -> list[date]:
    """Give the months that are over, the newest first."""
    months: list[date] = []
    day = month_of(today())
    while len(months) < MONTHS_OFFERED:
        day = month_of(day - timedelta(days=1))
        months.append(day)
    return months


def _month_page(code: str, month: date, form: Form) -> ResponseReturnValue:
    group = read(lambda session: group_by_code(session, code=code))
    shown = read(lambda session: _shown(session, book_id=group.book_id, month=month))
    purses = read(lambda session: funds_of(session, book_id=group.book_id))
    return page(
        "loans/month_end.html",
        form,
        code=code,
        group_name=group.name,
        shown=shown,
        funds={purse.code: purse.name_th for purse in purses},
        months=_months(),
        kinds=MonthEnd,
        seconds=seconds(code),
    )


@blueprint.post("/groups/<code>/loan-month-end")
@open_to(KEEPERS)
def post_month_end(code: str) -> ResponseReturnValue:
    """Post what was shown of a month's end, once the second officer agrees."""
    form = sent_form(MonthEndSchema())
    if form.is_valid:
        try:
            _posted(code, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            month = form.values["month"]
            flash(f"ลงบัญชีสิ้นเดือน{format_month(month)} แล้ว")
            return redirect(url_for("loans.month_end", code=code, month=f"{month:%Y-%m}"))
    return _month_page(code, form.values.get("month") or _months()[0], form)


def _posted(code: str, form: Form) -> None:
    values, at, by = form.values, now(), g.officer.mark
    approved_by = approval_of(
        code=code,
        officer_id=values["second_officer"],
        password=values["password"],
        besides=g.officer.id,
        address=sent_from(),
        at=at,
    )

    def work(session: Session) -> None:
        book_id = group_by_code(session, code=code).book_id
        for what, post in (("accrual", post_accrual), ("provision", post_provision)):
            if values[what]:
                post(
                    session,
                    book_id=book_id,
                    month=values["month"],
                    idempotency_key=f"{values['key']} {what}",
                    by=by,
                    approved_by=approved_by,
                    at=at,
                )

    write(work)
