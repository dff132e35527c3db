"""Paying a loan out: the sum is read back in words, then a second officer approves."""

from datetime import date
from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import ZERO, format_baht
from ledger.queries import journal_entry
from ledger.roles import KEEPERS, READERS, open_to
from ledger.services import PostedBatch
from ledger.web import Form, page, paper, sent_form, sent_from, today
from loans.kinds import THROUGH_IN_THAI, Through
from loans.queries.loans import loan_view
from loans.queries.payouts import HandedOver, Payable, handed_over, payable
from loans.schemas.loans import ApprovedPayOutSchema, PayOutSchema, RetentionSchema
from loans.services.lending import PayoutOrder, disburse, disburse_against, release_retention
from loans.services.records import refuse_elsewhere
from loans.views.rehearsal import rehearse, seconds_of_loan
from loans.views.room import blueprint
from members.models import Group
from members.officers import approval_of
from members.queries import group_by_code, officer_names
from members.views.people.asking import as_typed, refuse_at_its_box

_PAY_OUT = "/groups/<code>/loans/<int:number>/pay-out"


def _group_and_payable(
    session: Session, *, code: str, number: int, on: date
) -> tuple[Group, Payable]:
    group = group_by_code(session, code=code)
    can = payable(session, book_id=group.book_id, loan_id=number, on=on)
    refuse_elsewhere(session, book_id=group.book_id, loan_id=number)
    return group, can


@blueprint.get(_PAY_OUT)
@open_to(KEEPERS)
def pay_out(code: str, number: int) -> ResponseReturnValue:
    """Ask how much is paid out, and which older loans it pays off."""
    _group, can = read(
        lambda session: _group_and_payable(session, code=code, number=number, on=today())
    )
    amount = can.left if can.next_stage is None else can.next_stage.amount
    form = Form(
        {
            "amount": format_baht(amount),
            "paid_on": as_typed(today()),
            "through": Through.CASH.value,
            "fee": format_baht(can.fee) if can.fee else "",
            "old": [one.view.id for one in can.old if one.view.id == can.old_first],
        }
    )
    return _pay_out_page(code, number, form)


def _pay_out_page(code: str, number: int, form: Form) -> ResponseReturnValue:
    on = form.values.get("paid_on") or today()
    group, can = read(lambda session: _group_and_payable(session, code=code, number=number, on=on))
    return page(
        "loans/pay_out.html",
        form,
        code=code,
        group_name=group.name,
        can=can,
        view=can.view,
        day=on,
        ways=THROUGH_IN_THAI,
    )


def _paid(
    session: Session,
    book_id: int,
    number: int,
    values: dict[str, Any],
    by: str,
    approved_by: str | None,
) -> PostedBatch:
    """Write a payout as it was typed."""
    refuse_elsewhere(session, book_id=book_id, loan_id=number)
    order = PayoutOrder(
        loan_id=number,
        amount=values["amount"],
        paid_on=values["paid_on"],
        through=values["through"],
        fee=values["fee"] or ZERO,
        stage_n=values["stage_n"] or None,
        note=values["note"],
    )
    if values["old"]:
        return disburse_against(
            session,
            book_id=book_id,
            order=order,
            old_loan_ids=values["old"],
            idempotency_key=values["key"],
            by=by,
            approved_by=approved_by,
            at=now(),
        )
    return disburse(
        session,
        book_id=book_id,
        order=order,
        idempotency_key=values["key"],
        by=by,
        approved_by=approved_by,
        at=now(),
    )


@blueprint.post(_PAY_OUT)
@open_to(KEEPERS)
def check_pay_out(code: str, number: int) -> ResponseReturnValue:
    """Read the payout back, in words, for the second officer; nothing is written yet."""
    form = sent_form(PayOutSchema())
    if form.is_valid and not form.values["edit"]:
        try:
            return _confirm_page(code, number, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
    return _pay_out_page(code, number, form)


def _confirm_page(code: str, number: int, form: Form) -> ResponseReturnValue:
    """Show what would be handed over; raises what refuses it."""
    others = seconds_of_loan(code, number)
    by = g.officer.mark
    approver = f"o{others[0][0]}" if others else None

    def try_out(session: Session) -> tuple[Group, Payable, HandedOver]:
        group, can = _group_and_payable(
            session, code=code, number=number, on=form.values["paid_on"]
        )
        posted = _paid(session, group.book_id, number, form.values, by, approver)
        return group, can, _sum(session, group.book_id, can.view.account_id, posted)

    group, can, paid = rehearse(try_out)
    return page(
        "loans/pay_out_confirm.html",
        form,
        code=code,
        group_name=group.name,
        can=can,
        view=can.view,
        paid=paid,
        seconds=others,
        ways=THROUGH_IN_THAI,
    )


def _sum(session: Session, book_id: int, account_id: int, posted: PostedBatch) -> HandedOver:
    numbers = range(posted.first_number, posted.last_number + 1)
    return handed_over(session, book_id=book_id, account_id=account_id, numbers=numbers)


@blueprint.post(f"{_PAY_OUT}/pay")
@open_to(KEEPERS)
def pay_loan_out(code: str, number: int) -> ResponseReturnValue:
    """Pay out what was read back, once the second officer's password is right."""
    form = sent_form(ApprovedPayOutSchema())
    if form.is_valid:
        try:
            posted, paid = _approved(code, number, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash(f"จ่ายเงินกู้แล้ว ส่งมอบ {format_baht(paid.handed_over)} บาท")
            slip = posted.first_number
            return redirect(url_for("loans.card", code=code, number=number, slip=slip))
    if not form.errors.keys() <= {"second_officer", "password"}:
        return _pay_out_page(code, number, form)
    try:
        return _confirm_page(code, number, form)
    except DomainError as refusal:
        refuse_at_its_box(form, refusal)
        return _pay_out_page(code, number, form)


def _approved(code: str, number: int, form: Form) -> tuple[PostedBatch, HandedOver]:
    by = g.officer.mark
    approved_by = approval_of(
        code=code,
        officer_id=form.values["second_officer"],
        password=form.values["password"],
        besides=g.officer.id,
        address=sent_from(),
        at=now(),
    )

    def work(session: Session) -> tuple[PostedBatch, HandedOver]:
        book_id = group_by_code(session, code=code).book_id
        posted = _paid(session, book_id, number, form.values, by, approved_by)
        loan = loan_view(session, book_id=book_id, loan_id=number)
        return posted, _sum(session, book_id, loan.account_id, posted)

    return write(work)


@blueprint.get("/groups/<code>/loans/<int:number>/slips/<int:entry_number>.pdf")
@open_to(READERS)
def pay_out_slip(code: str, number: int, entry_number: int) -> ResponseReturnValue:
    """Print the slip of a payout, two to a sheet: one for the group and one for the borrower."""

    def look(session: Session) -> dict[str, object]:
        group = group_by_code(session, code=code)
        loan = loan_view(session, book_id=group.book_id, loan_id=number)
        entry = journal_entry(session, book_id=group.book_id, number=entry_number)
        return {
            "group": group,
            "view": loan,
            "entry": entry,
            "paid": handed_over(
                session,
                book_id=group.book_id,
                account_id=loan.account_id,
                numbers=[entry_number],
            ),
            "names": officer_names(session),
        }

    name = f"ใบสำคัญจ่ายเงินกู้-{code}-{entry_number}"
    return paper("paper/loan_slip.html.j2", name=name, **read(look))


@blueprint.get("/groups/<code>/loans/<int:number>/stages/<int:stage>/retention")
@open_to(KEEPERS)
def retention(code: str, number: int, stage: int) -> ResponseReturnValue:
    """Ask when and how a contractor is paid what was kept back from a stage."""
    form = Form({"paid_on": as_typed(today()), "through": Through.CASH.value})
    return _retention_page(code, number, stage, form)


def _retention_page(code: str, number: int, stage: int, form: Form) -> ResponseReturnValue:
    group, can = read(
        lambda session: _group_and_payable(session, code=code, number=number, on=today())
    )
    return page(
        "loans/pay_out_retention.html",
        form,
        code=code,
        group_name=group.name,
        view=can.view,
        stage=next((one for one in can.stages if one.n == stage), None),
        seconds=seconds_of_loan(code, number),
        ways=THROUGH_IN_THAI,
    )


@blueprint.post("/groups/<code>/loans/<int:number>/stages/<int:stage>/retention")
@open_to(KEEPERS)
def release(code: str, number: int, stage: int) -> ResponseReturnValue:
    """Pay the contractor, once the second officer's password is right."""
    form = sent_form(RetentionSchema())
    if form.is_valid:
        try:
            _released(code, number, stage, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash("จ่ายเงินประกันผลงานคืนแล้ว")
            return redirect(url_for("loans.card", code=code, number=number))
    return _retention_page(code, number, stage, form)


def _released(code: str, number: int, stage: int, form: Form) -> PostedBatch:
    values, by, at = form.values, g.officer.mark, now()
    approved_by = approval_of(
        code=code,
        officer_id=values["second_officer"],
        password=values["password"],
        besides=g.officer.id,
        address=sent_from(),
        at=at,
    )
    return write(
        lambda session: release_retention(
            session,
            book_id=group_by_code(session, code=code).book_id,
            loan_id=number,
            stage_n=stage,
            paid_on=values["paid_on"],
            through=values["through"],
            idempotency_key=values["key"],
            by=by,
            approved_by=approved_by,
            at=at,
        )
    )
