"""Guarantors: looked at before they are asked, agreeing, and let go."""

from dataclasses import dataclass

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import write
from ledger.errors import DomainError
from ledger.money import format_baht
from ledger.roles import KEEPERS, READERS, open_to
from ledger.web import Form, page, sent_form, sent_from, today
from loans.queries.applications import (
    GuarantorView,
    guarantors_of_loan,
    member_typed,
)
from loans.queries.loans import LoanView, loan_view
from loans.schemas.applications import (
    AskGuarantorSchema,
    ConsentSchema,
    LetGoOfLoanSchema,
    LetGoSchema,
)
from loans.services.applications import (
    CONSENT_IN_THAI,
    ask_guarantor_of_loan,
    check_guarantor_of_loan,
    let_guarantor_go,
    record_consent,
)
from loans.services.applications import ask_guarantor as write_guarantor
from loans.views.applications.candidates import LookedAt, look_at, people_of
from loans.views.applications.one import application_page
from loans.views.applications.shared import of_group, refuse, typed_today
from loans.views.room import blueprint
from members.models import Group
from members.officers import approval_of, second_officers

_APPLICATION = "/groups/<code>/loan-applications/<int:number>"
_LOAN = "/groups/<code>/loans/<int:number>"


@blueprint.post(f"{_APPLICATION}/guarantors")
@open_to(KEEPERS)
def ask_guarantor(code: str, number: int) -> ResponseReturnValue:
    """Put a guarantor on an application."""
    form = sent_form(AskGuarantorSchema())
    if form.is_valid:
        try:
            group, _nothing = of_group(code, lambda _session, _group: None)
            write(
                lambda session: write_guarantor(
                    session,
                    book_id=group.book_id,
                    application_id=number,
                    member_number=member_typed(
                        session, book_id=group.book_id, typed=form.values["guarantor"]
                    ).number,
                    most=form.values["most"],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash("ใส่ชื่อผู้ค้ำแล้ว เมื่อผู้ค้ำยินยอมให้บันทึกการยินยอม")
            return redirect(url_for("loans.application", code=code, number=number))
    return application_page(code, number, guarantor_form=form)


@blueprint.post(f"{_APPLICATION}/guarantors/<int:guarantee>/consent")
@open_to(KEEPERS)
def consent(code: str, number: int, guarantee: int) -> ResponseReturnValue:
    """Write down that a guarantor of an application agreed."""
    form = sent_form(ConsentSchema())
    form.typed["about"] = guarantee
    if form.is_valid:
        try:
            _agree(code, guarantee, form, application_id=number)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash("บันทึกการยินยอมแล้ว")
            return redirect(url_for("loans.application", code=code, number=number))
    return application_page(code, number, consent_form=form)


@blueprint.post(f"{_APPLICATION}/guarantors/<int:guarantee>/let-go")
@open_to(KEEPERS)
def let_go(code: str, number: int, guarantee: int) -> ResponseReturnValue:
    """Take a guarantor off an application."""
    form = sent_form(LetGoSchema())
    form.typed["about"] = guarantee
    if form.is_valid:
        try:
            _free(code, guarantee, form, application_id=number)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash("นำผู้ค้ำออกจากคำขอแล้ว")
            return redirect(url_for("loans.application", code=code, number=number))
    return application_page(code, number, let_go_form=form)


def _agree(
    code: str,
    guarantee: int,
    form: Form,
    *,
    application_id: int | None = None,
    loan_id: int | None = None,
) -> None:
    group, _nothing = of_group(code, lambda _session, _group: None)
    write(
        lambda session: record_consent(
            session,
            book_id=group.book_id,
            guarantee_id=guarantee,
            how=form.values["how"],
            consented_on=form.values["consented_on"],
            at=now(),
            application_id=application_id,
            loan_id=loan_id,
        )
    )


def _free(
    code: str,
    guarantee: int,
    form: Form,
    *,
    application_id: int | None = None,
    loan_id: int | None = None,
) -> None:
    values, at = form.values, now()
    group, _nothing = of_group(code, lambda _session, _group: None)
    approved_by = None
    if values.get("second_officer"):
        approved_by = approval_of(
            code=code,
            officer_id=values["second_officer"],
            password=values["password"],
            besides=g.officer.id,
            address=sent_from(),
            at=at,
        )
    write(
        lambda session: let_guarantor_go(
            session,
            book_id=group.book_id,
            guarantee_id=guarantee,
            replaced_by=values["replaced_by"] or None,
            released_on=values["released_on"],
            why=values["why"],
            at=at,
            by=g.officer.mark,
            approved_by=approved_by,
            application_id=application_id,
            loan_id=loan_id,
        )
    )


@dataclass(frozen=True)
class LoanTable:
    """A loan and everybody who guarantees it, or did."""

    loan: LoanView
    guarantors: list[GuarantorView]
    people: list[tuple[str, str]]
    looked_at: LookedAt
    seconds: list[tuple[int, str]]


def _loan_table(session: Session, group: Group, number: int) -> LoanTable:
    return LoanTable(
        loan=loan_view(session, book_id=group.book_id, loan_id=number),
        guarantors=guarantors_of_loan(session, book_id=group.book_id, loan_id=number, on=today()),
        people=people_of(session, group, besides=None),
        looked_at=look_at(
            session,
            group,
            request.values.get("guarantor", ""),
            check=lambda found: check_guarantor_of_loan(
                session, book_id=group.book_id, loan_id=number, member_number=found, on=today()
            ),
        ),
        seconds=second_officers(session, code=group.code, besides=g.officer.id),
    )


@blueprint.get(f"{_LOAN}/guarantors")
@open_to(READERS)
def guarantors(code: str, number: int) -> ResponseReturnValue:
    """Show who guarantees a loan, and let one take the place of another."""
    return _loan_page(code, number, Form({"guarantor": request.args.get("guarantor", "")}))


def _loan_page(code: str, number: int, form: Form) -> ResponseReturnValue:
    group, table = of_group(code, lambda session, group: _loan_table(session, group, number))
    form.typed.setdefault("most", format_baht(table.loan.principal).removesuffix(".00"))
    table.looked_at.tell(form, is_sent=bool(form.errors or form.refusal))
    return page(
        "loans/application_loan_guarantors.html",
        form,
        group_name=group.name,
        code=code,
        table=table,
        ways=CONSENT_IN_THAI,
        short_of=table.looked_at.short_of(form),
        this_day=typed_today(),
    )


@blueprint.post(f"{_LOAN}/guarantors")
@open_to(KEEPERS)
def ask_new_guarantor(code: str, number: int) -> ResponseReturnValue:
    """Ask another member to guarantee a loan that is owed."""
    form = sent_form(AskGuarantorSchema())
    if form.is_valid:
        try:
            group, _nothing = of_group(code, lambda _session, _group: None)
            write(
                lambda session: ask_guarantor_of_loan(
                    session,
                    book_id=group.book_id,
                    loan_id=number,
                    member_number=member_typed(
                        session, book_id=group.book_id, typed=form.values["guarantor"]
                    ).number,
                    most=form.values["most"],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash("ใส่ชื่อผู้ค้ำคนใหม่แล้ว เมื่อยินยอมแล้วให้บันทึกการยินยอม")
            return redirect(url_for("loans.guarantors", code=code, number=number))
    return _loan_page(code, number, form)


@blueprint.post(f"{_LOAN}/guarantors/<int:guarantee>/consent")
@open_to(KEEPERS)
def consent_to_loan(code: str, number: int, guarantee: int) -> ResponseReturnValue:
    """Write down that a new guarantor of a loan agreed."""
    form = sent_form(ConsentSchema())
    form.typed["about"] = guarantee
    if form.is_valid:
        try:
            _agree(code, guarantee, form, loan_id=number)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash("บันทึกการยินยอมแล้ว")
            return redirect(url_for("loans.guarantors", code=code, number=number))
    return _loan_page(code, number, form)


@blueprint.post(f"{_LOAN}/guarantors/<int:guarantee>/let-go")
@open_to(KEEPERS)
def let_go_of_loan(code: str, number: int, guarantee: int) -> ResponseReturnValue:
    """Let a guarantor of a loan go, another in their place."""
    form = sent_form(LetGoOfLoanSchema())
    form.typed["about"] = guarantee
    if form.is_valid:
        try:
            _free(code, guarantee, form, loan_id=number)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash("ผู้ค้ำคนเดิมพ้นจากการค้ำประกันแล้ว")
            return redirect(url_for("loans.guarantors", code=code, number=number))
    return _loan_page(code, number, form)
