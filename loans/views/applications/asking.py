"""Asking for a loan: at once what the member may borrow and why, then the form."""

from dataclasses import dataclass

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import write
from ledger.errors import DomainError
from ledger.money import ZERO
from ledger.roles import KEEPERS, READERS, open_to
from ledger.web import Form, page, sent_form, today
from loans.kinds import State
from loans.queries.applications import (
    OPEN_STEPS,
    STEP_IN_THAI,
    MayBorrow,
    Step,
    applications_of,
    may_borrow_of_each_kind,
)
from loans.queries.loans import LoanView, loans_of_member
from loans.schemas.applications import ApplySchema
from loans.services.applications import Asked
from loans.services.applications import apply as write_application
from loans.views.applications.shared import of_group, refuse, typed_today
from loans.views.room import blueprint
from members.models import Group
from members.queries import full_name, household_of, member_by_number

#: How many decided applications the list shows.
MOST_DECIDED = 100


@blueprint.get("/groups/<code>/loan-applications")
@open_to(READERS)
def applications(code: str) -> ResponseReturnValue:
    """Show the applications that wait, and those that were decided."""
    group, rows = of_group(
        code,
        lambda session, group: applications_of(
            session, book_id=group.book_id, on=today(), most_decided=MOST_DECIDED
        ),
    )
    return page(
        "loans/applications.html",
        group_name=group.name,
        code=code,
        waiting=[row for row in rows if row.step in OPEN_STEPS],
        decided=[row for row in rows if row.step not in OPEN_STEPS],
        for_meeting=[row for row in rows if row.step is Step.MEETING],
        steps=STEP_IN_THAI,
    )


@dataclass(frozen=True)
class Table:
    """What lies on the table when somebody asks for a loan."""

    number: str
    full_name: str
    has_left: bool
    has_home: bool
    kinds: list[MayBorrow]
    running: list[LoanView]


def _table(session: Session, group: Group, number: str) -> Table:
    member = member_by_number(session, book_id=group.book_id, number=number)
    loans = loans_of_member(session, book_id=group.book_id, member_id=member.id)
    return Table(
        number=member.number,
        full_name=full_name(member),
        has_left=member.left_on is not None,
        has_home=household_of(session, member=member) is not None,
        kinds=may_borrow_of_each_kind(session, member=member, on=today()),
        running=[loan for loan in loans if loan.state is State.RUNNING],
    )


@blueprint.get("/groups/<code>/members/<member>/borrow")
@open_to(KEEPERS)
def apply(code: str, member: str) -> ResponseReturnValue:
    """Show what a member may borrow of each kind and why, and ask what they want."""
    return _apply_page(code, member, Form({"applied_on": typed_today()}))


def _apply_page(code: str, number: str, form: Form) -> ResponseReturnValue:
    group, table = of_group(code, lambda session, group: _table(session, group, number))
    return page("loans/apply.html", form, group_name=group.name, code=code, table=table)


@blueprint.post("/groups/<code>/members/<member>/borrow")
@open_to(KEEPERS)
def send_application(code: str, member: str) -> ResponseReturnValue:
    """Write the application down, or say which rule stands against it and by how much."""
    form = sent_form(ApplySchema())
    if form.is_valid:
        try:
            number = _written(code, member, form)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash("บันทึกคำขอกู้แล้ว ทำขั้นต่อไปได้เลย")
            return redirect(url_for("loans.application", code=code, number=number))
    return _apply_page(code, member, form)


def _written(code: str, member: str, form: Form) -> int:
    values = form.values
    group, _nothing = of_group(code, lambda _session, _group: None)
    asked = Asked(
        product_code=values["product_code"],
        amount=values["amount"],
        instalments=values["instalments"],
        what_for=values["what_for"],
        household_income=values["household_income"] or ZERO,
        collateral=values["collateral"],
        refinances_loan_id=values["refinances"] or None,
        applied_on=values["applied_on"],
    )
    written = write(
        lambda session: write_application(
            session,
            book_id=group.book_id,
            member_number=member,
            asked=asked,
            idempotency_key=values["key"],
            by=g.officer.mark,
            at=now(),
        )
    )
    return written.id
