"""One application: where it stands, and the one thing that comes next."""

from dataclasses import dataclass
from datetime import date

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import write
from ledger.errors import DomainError
from ledger.money import format_baht
from ledger.roles import KEEPERS, READERS, Role, open_to
from ledger.thai import format_date
from ledger.web import Form, page, paper, sent_form, sent_from, today
from loans.kinds import DECISION_IN_THAI, VOTE_IN_THAI, Purpose
from loans.product_terms import usual_due_days
from loans.queries.applications import (
    STEP_IN_THAI,
    ApplicationView,
    application_by_id,
    application_view,
    next_collection_on,
    officers_with_stakes,
)
from loans.schedule import Every
from loans.schemas.applications import MOST_STAGES, CloseSchema, approve_schema, stages_in
from loans.services.applications import (
    CONSENT_IN_THAI,
    Grant,
    approve_application,
    check_guarantor,
    refuse_application,
    withdraw_application,
)
from loans.views.applications.candidates import Candidate, LookedAt, look_at, people_of
from loans.views.applications.shared import of_group, refuse, typed_today
from loans.views.room import blueprint
from members.models import Group
from members.officers import approval_of, second_officers
from members.queries import officer_names

#: The group's own officers.
OWN_OFFICERS = KEEPERS | {Role.APPROVER}
#: What is built is paid out as it grows.
BUILT = (Purpose.HOUSING, Purpose.LAND)
_APPLICATION = "/groups/<code>/loan-applications/<int:number>"


@dataclass(frozen=True)
class Desk:
    """What lies on the desk with an application.

    Attributes:
        view: The application.
        people: Members who could guarantee it, for the list behind the box.
        looked_at: The member who was looked at as a guarantor, or why they cannot be one.
        seconds: Officers who may approve it with the one who is signed in.
        kept_out: Why the one who is signed in may not decide it, or empty.
        names: Officers by their marks.
        collects_on: The day of the next month on which the group will collect, or None.
    """

    view: ApplicationView
    people: list[tuple[str, str]]
    looked_at: LookedAt
    seconds: list[tuple[int, str]]
    kept_out: str
    names: dict[str, str]
    collects_on: date | None

    @property
    def candidate(self) -> Candidate | None:
        """The member who may be asked to guarantee, or None."""
        return self.looked_at.candidate


def _desk(session: Session, group: Group, number: int) -> Desk:
    view = application_view(session, book_id=group.book_id, application_id=number, on=today())
    application = application_by_id(session, book_id=group.book_id, application_id=number)
    seconds = second_officers(session, code=group.code, besides=g.officer.id)
    stakes = officers_with_stakes(
        session,
        application=application,
        marks=[g.officer.mark, *(f"o{officer_id}" for officer_id, _name in seconds)],
    )
    mine = stakes.get(g.officer.mark)
    return Desk(
        view=view,
        people=people_of(session, group, besides=view.member_id),
        looked_at=look_at(
            session,
            group,
            request.values.get("guarantor", ""),
            check=lambda found: check_guarantor(
                session,
                book_id=group.book_id,
                application_id=number,
                member_number=found,
                on=today(),
            ),
        ),
        seconds=[one for one in seconds if f"o{one[0]}" not in stakes],
        kept_out="" if mine is None else mine.why,
        names=officer_names(session),
        collects_on=next_collection_on(session, book_id=group.book_id, after=today()),
    )


@blueprint.get(_APPLICATION)
@open_to(READERS)
def application(code: str, number: int) -> ResponseReturnValue:
    """Show an application with its next step."""
    return application_page(code, number)


def application_page(code: str, number: int, **sent: Form) -> ResponseReturnValue:
    """Show an application; a form that was refused keeps what was typed.

    ``sent`` names the form: ``guarantor_form``, ``consent_form``, ``let_go_form``,
    ``approve_form``, ``refuse_form`` or ``withdraw_form``.
    """
    group, desk = of_group(code, lambda session, group: _desk(session, group, number))
    forms = _blank_forms(desk) | sent
    asked = forms["guarantor_form"]
    desk.looked_at.tell(asked, is_sent="guarantor_form" in sent)
    answer, _status = page(
        "loans/application.html",
        None,
        group_name=group.name,
        code=code,
        desk=desk,
        it=desk.view,
        steps=STEP_IN_THAI,
        ways=CONSENT_IN_THAI,
        votes=VOTE_IN_THAI,
        decisions=DECISION_IN_THAI,
        chooses_days=desk.view.by_law.every is Every.CHOSEN,
        in_stages=range(1, MOST_STAGES + 1) if desk.view.purpose in BUILT else (),
        this_day=typed_today(),
        short_of=desk.looked_at.short_of(asked),
        is_own=_is_own(code),
        sent=next(iter(sent), ""),
        sent_form=next(iter(sent.values()), None),
        **forms,
    )
    return answer, next((form.status for form in sent.values()), 200)


def _is_own(code: str) -> bool:
    """Tell whether who is signed in is an officer of the group itself.

    What a household earns, what the committee wrote and why somebody was refused is theirs alone;
    reviewers of the whole network do not read it.
    """
    return bool(g.officer.may(OWN_OFFICERS, code))


def _blank_forms(desk: Desk) -> dict[str, Form]:
    view, day = desk.view, typed_today()
    uncovered = format_baht(view.uncovered or view.amount).removesuffix(".00")
    looked_at = desk.candidate.number if desk.candidate else request.args.get("guarantor", "")
    usual = usual_due_days(view.by_law, instalments=view.instalments, disbursed_on=today())
    collects_on = desk.collects_on if view.by_law.every is Every.MONTH else None
    chosen = usual if view.by_law.every is Every.CHOSEN else ()
    return {
        "guarantor_form": Form({"guarantor": looked_at, "most": uncovered}),
        "consent_form": Form({"consented_on": day}),
        "let_go_form": Form({"released_on": day}),
        "approve_form": Form(
            {
                "amount": format_baht(view.amount).removesuffix(".00"),
                "instalments": str(view.instalments),
                "first_due_on": format_date(collects_on or usual[0]),
                "due_days": "\n".join(format_date(one) for one in chosen),
                "decided_on": day,
            }
        ),
        "refuse_form": Form({"decided_on": day}),
        "withdraw_form": Form({"decided_on": day}),
    }


@blueprint.get(f"{_APPLICATION}.pdf")
@open_to(READERS)
def application_pdf(code: str, number: int) -> ResponseReturnValue:
    """Print the application, to be signed by the borrower and those who guarantee."""
    group, desk = of_group(code, lambda session, group: _desk(session, group, number))
    return paper(
        "paper/loan_application.html.j2",
        name=f"คำขอกู้-{code}-{number}",
        group=group,
        it=desk.view,
        is_own=_is_own(code),
        names=desk.names,
        votes=VOTE_IN_THAI,
        decisions=DECISION_IN_THAI,
    )


@blueprint.post(f"{_APPLICATION}/approve")
@open_to(KEEPERS)
def approve(code: str, number: int) -> ResponseReturnValue:
    """Approve an application with the second officer's own password; the contract is made."""
    form = sent_form(approve_schema())
    if form.is_valid:
        try:
            loan_number = _approved(code, number, form)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash("อนุมัติแล้ว สัญญาพร้อมพิมพ์ ลงชื่อให้ครบแล้วจึงจ่ายเงิน")
            address = url_for("loans.application", code=code, number=number, loan=loan_number)
            return redirect(address)
    return application_page(code, number, approve_form=form)


def _approved(code: str, number: int, form: Form) -> int:
    values, at = form.values, now()
    approved_by = approval_of(
        code=code,
        officer_id=values["second_officer"],
        password=values["password"],
        besides=g.officer.id,
        address=sent_from(),
        at=at,
    )
    group, _nothing = of_group(code, lambda _session, _group: None)
    due_days = values["due_days"] or ()
    loan = write(
        lambda session: approve_application(
            session,
            book_id=group.book_id,
            application_id=number,
            grant=Grant(
                amount=values["amount"],
                instalments=values["instalments"] or len(due_days),
                first_due_on=None if due_days else values["first_due_on"],
                due_days=due_days,
                decided_on=values["decided_on"],
                stages=stages_in(values),
            ),
            by=g.officer.mark,
            approved_by=approved_by,
            at=at,
        )
    )
    return loan.id


@blueprint.post(f"{_APPLICATION}/refuse")
@open_to(KEEPERS)
def refuse_one(code: str, number: int) -> ResponseReturnValue:
    """Write down that a loan is not granted, and why."""
    form = sent_form(CloseSchema())
    if form.is_valid:
        try:
            group, _nothing = of_group(code, lambda _session, _group: None)
            write(
                lambda session: refuse_application(
                    session,
                    book_id=group.book_id,
                    application_id=number,
                    decided_on=form.values["decided_on"],
                    why=form.values["why"],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash("บันทึกว่าไม่อนุมัติแล้ว แจ้งเหตุผลให้ผู้กู้ทราบ")
            return redirect(url_for("loans.application", code=code, number=number))
    return application_page(code, number, refuse_form=form)


@blueprint.post(f"{_APPLICATION}/withdraw")
@open_to(KEEPERS)
def withdraw(code: str, number: int) -> ResponseReturnValue:
    """Write down that the borrower takes the application back."""
    form = sent_form(CloseSchema())
    if form.is_valid:
        try:
            group, _nothing = of_group(code, lambda _session, _group: None)
            write(
                lambda session: withdraw_application(
                    session,
                    book_id=group.book_id,
                    application_id=number,
                    withdrawn_on=form.values["decided_on"],
                    why=form.values["why"],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash("ถอนคำขอแล้ว ผู้ค้ำไม่ต้องผูกพันกับคำขอนี้")
            return redirect(url_for("loans.application", code=code, number=number))
    return application_page(code, number, withdraw_form=form)
