"""What is done about one bad debt: collection costs, writing it off, and what comes back."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import Satang, format_baht
from ledger.roles import KEEPERS, open_to
from ledger.web import Form, page, sent_form, sent_from, status_of, today
from loans.kinds import THROUGH_IN_THAI, Through
from loans.queries.loans import LoanView, loan_view
from loans.schemas.arrears import (
    CostSchema,
    RecoveredSchema,
    RecoverSchema,
    WriteOffSchema,
    WrittenOffSchema,
)
from loans.services.arrears import (
    BeforeLast,
    MoreThanWrittenOff,
    WriteOff,
    add_cost,
    last_event,
    most_to_recover,
    write_off_of,
)
from loans.services.arrears import recover as take_back_in
from loans.services.arrears import write_off as write_it_off
from loans.services.records import ResolutionMissing
from loans.views.rehearsal import rehearse
from loans.views.room import blueprint
from members.models import Group
from members.officers import approval_of
from members.queries import group_by_code
from members.views.people.asking import as_typed, refuse_at_its_box, seconds

_LOAN = "/groups/<code>/loans/<int:number>"
REHEARSED_BY = "rehearsal"
_SECOND_OFFICER = frozenset({"second_officer", "password"})
#: The box that each refusal is about, where it is not one that every form has.
_BOXES: dict[type[DomainError], str] = {
    BeforeLast: "happened_on",
    MoreThanWrittenOff: "amount",
    ResolutionMissing: "resolution",
}


def _refuse(form: Form, refusal: DomainError) -> None:
    """Say a refusal beside the box that it is about, or as every page of people says it."""
    box = _BOXES.get(type(refusal))
    if box is None:
        refuse_at_its_box(form, refusal)
        return
    form.wrong(box, refusal.sentence())
    form.status = status_of(refusal)


def _group_and_loan(session: Session, code: str, number: int) -> tuple[Group, LoanView]:
    group = group_by_code(session, code=code)
    return group, loan_view(session, book_id=group.book_id, loan_id=number)


def _approved(code: str, form: Form) -> str:
    return approval_of(
        code=code,
        officer_id=form.values["second_officer"],
        password=form.values["password"],
        besides=g.officer.id,
        address=sent_from(),
        at=now(),
    )


# ---------------------------------------------------------------- collection costs


@blueprint.get(f"{_LOAN}/costs")
@open_to(KEEPERS)
def costs(code: str, number: int) -> ResponseReturnValue:
    """Ask what collecting the debt cost."""
    return _costs_page(code, number, Form({"happened_on": as_typed(today())}))


def _costs_page(code: str, number: int, form: Form) -> ResponseReturnValue:
    group, view = read(lambda session: _group_and_loan(session, code, number))
    after = read(lambda session: last_event(session, book_id=group.book_id, loan_id=number))
    return page(
        "loans/arrears_costs.html",
        form,
        code=code,
        group_name=group.name,
        view=view,
        after=after,
        seconds=seconds(code),
    )


@blueprint.post(f"{_LOAN}/costs")
@open_to(KEEPERS)
def add_costs(code: str, number: int) -> ResponseReturnValue:
    """Add the costs to what the borrower owes, once the second officer agrees."""
    form = sent_form(CostSchema())
    if form.is_valid:
        values = form.values
        try:
            approved_by = _approved(code, form)
            write(
                lambda session: add_cost(
                    session,
                    book_id=group_by_code(session, code=code).book_id,
                    loan_id=number,
                    amount=values["amount"],
                    on=values["happened_on"],
                    what_for=values["what_for"],
                    after_n=values["after"],
                    by=g.officer.mark,
                    approved_by=approved_by,
                    at=now(),
                )
            )
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            flash(f"บวกค่าติดตามหนี้ {format_baht(values['amount'])} บาทแล้ว เก็บพร้อมการชำระครั้งหน้า")
            return redirect(url_for("loans.card", code=code, number=number))
    return _costs_page(code, number, form)


# ---------------------------------------------------------------- writing off


@blueprint.get(f"{_LOAN}/write-off")
@open_to(KEEPERS)
def write_off(code: str, number: int) -> ResponseReturnValue:
    """Show how a loan would be written off, and ask for the resolution."""
    return _write_off_page(code, number, Form({"happened_on": as_typed(today())}))


def _write_off_page(code: str, number: int, form: Form) -> ResponseReturnValue:
    """Show the sum and ask for the resolution; what is not overdue is refused before anything."""
    group, view = read(lambda session: _group_and_loan(session, code, number))
    planned = None
    try:
        planned = read(
            lambda session: write_off_of(session, book_id=group.book_id, loan_id=number, on=today())
        )
    except DomainError as refusal:
        if not form.refusal:
            form.refuse(refusal)
    return page(
        "loans/write_off.html",
        form,
        code=code,
        group_name=group.name,
        view=view,
        planned=planned,
    )


def _read_back(code: str, number: int, form: Form) -> ResponseReturnValue:
    """Show what would be written off, from the very work, before the second officer signs."""

    def work(session: Session) -> tuple[Group, WriteOff]:
        group = group_by_code(session, code=code)
        planned = write_off_of(
            session, book_id=group.book_id, loan_id=number, on=form.values["happened_on"]
        )
        _write_it_off(session, number, form, group=group, approved_by=REHEARSED_BY)
        return group, planned

    group, planned = rehearse(work)
    return page(
        "loans/write_off_confirm.html",
        form,
        code=code,
        group_name=group.name,
        view=planned.loan,
        planned=planned,
        seconds=seconds(code),
    )


def _write_it_off(
    session: Session, number: int, form: Form, *, group: Group, approved_by: str
) -> None:
    values = form.values
    write_it_off(
        session,
        book_id=group.book_id,
        loan_id=number,
        owed=Satang(values["owed"]),
        on=values["happened_on"],
        resolution=values["resolution"],
        note=values["note"],
        idempotency_key=values["key"],
        by=g.officer.mark,
        approved_by=approved_by,
        at=now(),
    )


@blueprint.post(f"{_LOAN}/write-off")
@open_to(KEEPERS)
def check_write_off(code: str, number: int) -> ResponseReturnValue:
    """Read the sum and the resolution back for the second officer; nothing is written yet."""
    form = sent_form(WriteOffSchema())
    if form.is_valid and not form.values["edit"]:
        try:
            return _read_back(code, number, form)
        except DomainError as refusal:
            _refuse(form, refusal)
    return _write_off_page(code, number, form)


@blueprint.post(f"{_LOAN}/write-off/sign")
@open_to(KEEPERS)
def written_off(code: str, number: int) -> ResponseReturnValue:
    """Write off what was read back, once the second officer agrees."""
    form = sent_form(WrittenOffSchema())
    if form.is_valid:
        try:
            approved_by = _approved(code, form)
            write(
                lambda session: _write_it_off(
                    session,
                    number,
                    form,
                    group=group_by_code(session, code=code),
                    approved_by=approved_by,
                )
            )
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            flash("ตัดหนี้สูญแล้ว ผู้กู้และผู้ค้ำประกันยังเป็นหนี้อยู่ เมื่อได้เงิน ให้บันทึกเป็นได้เงินคืนจากหนี้สูญ")
            return redirect(url_for("loans.card", code=code, number=number))
    if form.errors.keys() <= _SECOND_OFFICER and form.values.get("resolution"):
        try:
            return _read_back(code, number, form)
        except DomainError as refusal:
            _refuse(form, refusal)
    return _write_off_page(code, number, form)


# ---------------------------------------------------------------- recovering


@blueprint.get(f"{_LOAN}/recover")
@open_to(KEEPERS)
def recover(code: str, number: int) -> ResponseReturnValue:
    """Ask what came back of a loan that was written off."""
    form = Form({"happened_on": as_typed(today()), "through": Through.CASH.value})
    return _recover_page(code, number, form)


def _recover_page(code: str, number: int, form: Form) -> ResponseReturnValue:
    return _recovering(code, number, form, "loans/recover.html")


def _recovering(code: str, number: int, form: Form, template: str) -> ResponseReturnValue:
    group, view = read(lambda session: _group_and_loan(session, code, number))
    most = None
    try:
        most = read(lambda session: most_to_recover(session, book_id=group.book_id, loan_id=number))
    except DomainError as refusal:
        if not form.refusal:
            form.refuse(refusal)
    return page(
        template,
        form,
        code=code,
        group_name=group.name,
        view=view,
        most=most,
        ways=THROUGH_IN_THAI,
        seconds=seconds(code),
    )


@blueprint.post(f"{_LOAN}/recover")
@open_to(KEEPERS)
def check_recover(code: str, number: int) -> ResponseReturnValue:
    """Read the amount back, in words, for the second officer; nothing is written yet."""
    form = sent_form(RecoverSchema())
    if form.is_valid and not form.values["edit"]:
        group = read(lambda session: group_by_code(session, code=code))
        try:
            most = read(
                lambda session: most_to_recover(session, book_id=group.book_id, loan_id=number)
            )
            if form.values["amount"] > most:
                raise MoreThanWrittenOff(most=format_baht(most))
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            return _recovering(code, number, form, "loans/recover_confirm.html")
    return _recover_page(code, number, form)


@blueprint.post(f"{_LOAN}/recover/take")
@open_to(KEEPERS)
def recovered(code: str, number: int) -> ResponseReturnValue:
    """Take in what was read back, once the second officer agrees."""
    form = sent_form(RecoveredSchema())
    if form.is_valid:
        values = form.values
        try:
            approved_by = _approved(code, form)
            write(
                lambda session: take_back_in(
                    session,
                    book_id=group_by_code(session, code=code).book_id,
                    loan_id=number,
                    amount=values["amount"],
                    on=values["happened_on"],
                    through=values["through"],
                    note=values["note"],
                    idempotency_key=values["key"],
                    by=g.officer.mark,
                    approved_by=approved_by,
                    at=now(),
                )
            )
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            flash(f"ได้เงินคืนจากหนี้สูญ {format_baht(values['amount'])} บาท ลงเป็นรายได้ของกลุ่มแล้ว")
            return redirect(url_for("loans.card", code=code, number=number))
    if form.errors.keys() <= _SECOND_OFFICER and form.values.get("amount"):
        return _recovering(code, number, form, "loans/recover_confirm.html")
    return _recover_page(code, number, form)
