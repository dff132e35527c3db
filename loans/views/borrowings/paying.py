"""One borrowing: its card, its money coming in, the lender being paid."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import format_baht
from ledger.roles import KEEPERS, READERS, open_to
from ledger.thai import format_date
from ledger.web import Form, page, sent_form, today
from loans.kinds import Through
from loans.queries.borrowings import BorrowingCard
from loans.schemas.borrowings import ApprovedPaySchema, DrawDownSchema, PaySchema
from loans.services.borrowings import check_payment, draw_down, pay_lender
from loans.services.lending import PayoutOrder
from loans.views.borrowings.asking import (
    ONE,
    about_borrowing,
    approved,
    book_of,
    refuse_at_its_box,
    seconds,
)
from loans.views.room import blueprint


@blueprint.get(ONE)
@open_to(READERS)
def borrowing(code: str, number: int) -> ResponseReturnValue:
    """Show one borrowing: what is owed, the plan, the lines of its account."""
    return page("loans/borrowing.html", **about_borrowing(code, number))


@blueprint.get(f"{ONE}/draw-down")
@open_to(KEEPERS)
def draw_down_borrowing(code: str, number: int) -> ResponseReturnValue:
    """Ask when and where a borrowing's money came in."""
    about = about_borrowing(code, number)
    card: BorrowingCard = about["card"]
    stage = card.next_stage
    form = Form(
        {
            "amount": format_baht(card.to_draw),
            "stage_n": "0" if stage is None else str(stage.n),
            "drawn_on": format_date(today()),
            "through": Through.BANK.value,
        }
    )
    return page("loans/borrowing_draw_down.html", form, **about)


@blueprint.post(f"{ONE}/draw-down")
@open_to(KEEPERS)
def take_money_in(code: str, number: int) -> ResponseReturnValue:
    """Take a borrowing's money in."""
    form = sent_form(DrawDownSchema())
    if form.is_valid:
        values = form.values
        order = PayoutOrder(
            loan_id=number,
            amount=values["amount"],
            paid_on=values["drawn_on"],
            through=values["through"],
            stage_n=values["stage_n"] or None,
            note=values["note"],
        )
        try:
            book_id = book_of(code)
            write(
                lambda session: draw_down(
                    session,
                    book_id=book_id,
                    order=order,
                    idempotency_key=values["key"],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash(f"รับเงินกู้ {format_baht(values['amount'])} บาทแล้ว")
            return redirect(url_for("loans.borrowing", code=code, number=number))
    return page("loans/borrowing_draw_down.html", form, **about_borrowing(code, number))


@blueprint.get(f"{ONE}/pay")
@open_to(KEEPERS)
def pay_borrowing(code: str, number: int) -> ResponseReturnValue:
    """Ask what is paid to a lender; the next instalment stands there already."""
    about = about_borrowing(code, number)
    card: BorrowingCard = about["card"]
    if card.loan.other_book_id is not None:
        return redirect(url_for("loans.repay_to_mother", code=code, number=number))
    form = Form(
        {
            "amount": format_baht(card.asked_now) if card.asked_now else "",
            "paid_on": format_date(today()),
            "through": Through.BANK.value,
        }
    )
    return page("loans/borrowing_pay.html", form, **about)


@blueprint.post(f"{ONE}/pay")
@open_to(KEEPERS)
def check_pay(code: str, number: int) -> ResponseReturnValue:
    """Read a payment back, divided into principal and interest; nothing is written yet."""
    form = sent_form(PaySchema())
    if form.is_valid and not form.values["edit"]:
        try:
            return _pay_confirm_page(code, number, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
    return page("loans/borrowing_pay.html", form, **about_borrowing(code, number))


def _pay_confirm_page(code: str, number: int, form: Form) -> ResponseReturnValue:
    """Show what would be paid; raises what refuses it."""
    values, book_id = form.values, book_of(code)
    split = read(
        lambda session: check_payment(
            session,
            book_id=book_id,
            loan_id=number,
            amount=values["amount"],
            paid_on=values["paid_on"],
            through=values["through"],
        )
    )
    return page(
        "loans/borrowing_pay_confirm.html",
        form,
        split=split,
        seconds=seconds(code),
        **about_borrowing(code, number),
    )


@blueprint.post(f"{ONE}/pay/confirm")
@open_to(KEEPERS)
def pay_out_to_lender(code: str, number: int) -> ResponseReturnValue:
    """Pay what was read back, once the second officer's password is right."""
    form = sent_form(ApprovedPaySchema())
    if form.is_valid:
        values = form.values
        try:
            approved_by, book_id = approved(code, form), book_of(code)
            write(
                lambda session: pay_lender(
                    session,
                    book_id=book_id,
                    loan_id=number,
                    amount=values["amount"],
                    paid_on=values["paid_on"],
                    through=values["through"],
                    note=values["note"],
                    idempotency_key=values["key"],
                    by=g.officer.mark,
                    approved_by=approved_by,
                    at=now(),
                )
            )
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash(f"จ่ายคืน {format_baht(values['amount'])} บาทแล้ว")
            return redirect(url_for("loans.borrowing", code=code, number=number))
    if form.errors.keys() <= {"second_officer", "password"}:
        try:
            return _pay_confirm_page(code, number, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
    return page("loans/borrowing_pay.html", form, **about_borrowing(code, number))
