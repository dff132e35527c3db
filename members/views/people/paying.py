"""Paying a member out: first the sum is read back in words, then a second officer approves."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import format_baht
from ledger.roles import KEEPERS, READERS, open_to
from ledger.web import Form, page, paper, sent_form, sent_from, today
from members.officers import approval_of
from members.queries import (
    address_line,
    full_name,
    group_by_code,
    household_of,
    member_by_number,
    officer_names,
    paid_out,
)
from members.schemas.people import PayOutSchema, WithdrawalSchema
from members.services.people import WITHDRAWABLE, check_withdrawal
from members.services.people import withdraw as pay
from members.views.people.asking import as_typed, group_and_card, refuse_at_its_box, seconds
from members.views.room import blueprint


@blueprint.get("/groups/<code>/members/<number>/withdraw")
@open_to(KEEPERS)
def withdraw(code: str, number: str) -> ResponseReturnValue:
    """Ask what is taken out of which savings."""
    return _withdraw_page(code, number, Form({"paid_on": as_typed(today())}))


def _withdraw_page(code: str, number: str, form: Form) -> ResponseReturnValue:
    group, card = read(lambda session: group_and_card(session, code=code, number=number))
    return page(
        "members/withdraw.html",
        form,
        code=code,
        group_name=group.name,
        card=card,
        savings=[view for view in card.savings if view.product_kind in WITHDRAWABLE],
    )


@blueprint.post("/groups/<code>/members/<number>/withdraw")
@open_to(KEEPERS)
def check_withdraw(code: str, number: str) -> ResponseReturnValue:
    """Read the withdrawal back, in words, for the second officer; nothing is written yet."""
    form = sent_form(WithdrawalSchema())
    if form.is_valid and form.values["edit"]:
        return _withdraw_page(code, number, form)
    if form.is_valid:
        try:
            return _confirm_page(code, number, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
    return _withdraw_page(code, number, form)


def _confirm_page(code: str, number: str, form: Form) -> ResponseReturnValue:
    """Show what would be paid; raises what refuses it."""
    group, card = read(lambda session: group_and_card(session, code=code, number=number))
    left = read(
        lambda session: check_withdrawal(
            session,
            book_id=group.book_id,
            number=number,
            product_code=form.values["product_code"],
            amount=form.values["amount"],
            entered_on=form.values["paid_on"],
            memo=form.values["reason"],
            at=now(),
        )
    )
    code_of_product = form.values["product_code"]
    return page(
        "members/withdraw_confirm.html",
        form,
        code=code,
        group_name=group.name,
        card=card,
        chosen=next(view for view in card.savings if view.product_code == code_of_product),
        left=left,
        seconds=seconds(code),
    )


@blueprint.post("/groups/<code>/members/<number>/withdraw/pay")
@open_to(KEEPERS)
def pay_out(code: str, number: str) -> ResponseReturnValue:
    """Pay out what was read back, once the second officer's password is right."""
    form = sent_form(PayOutSchema())
    if form.is_valid:
        try:
            entry_number = _paid(code, number, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash(f"จ่ายเงิน {format_baht(form.values['amount'])} บาทแล้ว")
            address = url_for("members.member", code=code, number=number, slip=entry_number)
            return redirect(address)
    if not form.errors.keys() <= {"second_officer", "password"}:
        return _withdraw_page(code, number, form)
    try:
        return _confirm_page(code, number, form)
    except DomainError as refusal:
        refuse_at_its_box(form, refusal)
        return _withdraw_page(code, number, form)


def _paid(code: str, number: str, form: Form) -> int:
    values, at = form.values, now()
    approved_by = approval_of(
        code=code,
        officer_id=values["second_officer"],
        password=values["password"],
        besides=g.officer.id,
        address=sent_from(),
        at=at,
    )
    group = read(lambda session: group_by_code(session, code=code))
    posted = write(
        lambda session: pay(
            session,
            book_id=group.book_id,
            number=number,
            product_code=values["product_code"],
            amount=values["amount"],
            entered_on=values["paid_on"],
            memo=values["reason"],
            idempotency_key=values["key"],
            by=g.officer.mark,
            approved_by=approved_by,
            at=at,
        )
    )
    return posted.first_number


@blueprint.get("/groups/<code>/members/<number>/slips/<int:entry_number>.pdf")
@open_to(READERS)
def withdrawal_slip(code: str, number: str, entry_number: int) -> ResponseReturnValue:
    """Print the slip of a payment, two to a sheet: one for the group and one for the member."""

    def look(session: Session) -> dict[str, object]:
        group = group_by_code(session, code=code)
        member = member_by_number(session, book_id=group.book_id, number=number)
        home = household_of(session, member=member)
        return {
            "group": group,
            "paid": paid_out(session, member=member, number=entry_number),
            "number": member.number,
            "payee": full_name(member),
            "address": "" if home is None else address_line(*home),
            "names": officer_names(session),
        }

    name = f"ใบสำคัญจ่ายเงิน-{code}-{entry_number}"
    return paper("paper/withdrawal_slip.html.j2", name=name, **read(look))
