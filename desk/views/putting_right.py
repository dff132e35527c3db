"""Putting a wrong receipt right, or taking it back."""

from dataclasses import dataclass

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from desk.queries import ReceiptView, loan_ids_of, loans_due
from desk.receipt import FEE_ACCOUNTS, FEE_IN_THAI
from desk.schemas import CancelSchema, amounts_in, fees_in, loans_in, put_right_schema
from desk.services import AlreadyTakenBack, cancel_receipt
from desk.services import put_right as write_right
from desk.sheet import CHANNEL_IN_THAI
from desk.views.collection import group_of
from desk.views.receipts import RECEIPT, receipt_of
from desk.views.room import as_typed, blueprint
from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import format_baht
from ledger.roles import KEEPERS, open_to
from ledger.thai import format_date
from ledger.web import Form, page, sent_form
from ledger.web import today as this_day
from members.models import Group
from members.queries import ProductView, products_of


@blueprint.get(f"{RECEIPT}/right")
@open_to(KEEPERS)
def put_right(code: str, number: int) -> ResponseReturnValue:
    """Show a receipt as a form, to be put right."""
    group = group_of(code)
    wrong = receipt_of(group, number)
    if not wrong.stands:
        flash(AlreadyTakenBack(number=number).sentence())
        return redirect(url_for("desk.receipt", code=code, number=number))
    typed = {
        "received_on": format_date(wrong.received_on),
        "channel": wrong.channel.value,
        "reason": "",
    }
    fee_of = {account: fee for fee, account in FEE_ACCOUNTS.items()}
    for line in wrong.lines:
        name = (
            f"amount_{line.product_code}"
            if line.product_code
            else f"fee_{fee_of.get(line.account_code, '')}"
        )
        typed[name] = as_typed(line.amount)
    typed |= {f"loan_{line.loan_id}": as_typed(line.amount) for line in wrong.loans}
    return _right_page(group, wrong, Form(typed), Form())


@dataclass(frozen=True)
class LoanBox:
    """A box for a loan on the page: what stands beside it."""

    loan_id: int
    name: str
    hint: str


def _what_may_be_paid(
    session: Session, group: Group, wrong: ReceiptView
) -> tuple[list[ProductView], list[LoanBox]]:
    """Give what a right receipt may say: all products, the receipt's loans and the member's."""
    boxes = [
        LoanBox(line.loan_id, f"{line.name} {line.reference}", f"ใบเดิม {format_baht(line.amount)}")
        for line in wrong.loans
    ]
    there = {box.loan_id for box in boxes}
    others = loans_due(
        session, book_id=group.book_id, member_id=wrong.member_id, on=wrong.received_on
    )
    boxes += [
        LoanBox(
            due.loan.id,
            f"{due.loan.product_name} {due.loan.reference}",
            f"ถึงกำหนด {format_baht(due.asked)}",
        )
        for due in others
        if due.loan.id not in there
    ]
    return products_of(session, book_id=group.book_id), boxes


def _boxes(
    session: Session, group: Group, wrong: ReceiptView
) -> tuple[list[ProductView], set[int]]:
    theirs = loan_ids_of(session, book_id=group.book_id, member_id=wrong.member_id)
    return (
        products_of(session, book_id=group.book_id),
        {*theirs, *(line.loan_id for line in wrong.loans)},
    )


def _right_page(
    group: Group, wrong: ReceiptView, form: Form, cancelling: Form
) -> ResponseReturnValue:
    products, loans = read(lambda session: _what_may_be_paid(session, group, wrong))
    shown = form if form.refusal or form.errors else cancelling
    answer, _status = page(
        "desk/put_right.html",
        form,
        cancelling=cancelling,
        group_name=group.name,
        code=group.code,
        receipt=wrong,
        products=products,
        loans=loans,
        channels=CHANNEL_IN_THAI,
        fees=FEE_IN_THAI,
    )
    return answer, shown.status


@blueprint.post(f"{RECEIPT}/right")
@open_to(KEEPERS)
def write_it_right(code: str, number: int) -> ResponseReturnValue:
    """Take the wrong receipt back and write the right one."""
    group = group_of(code)
    wrong = receipt_of(group, number)
    form = sent_form(put_right_schema(*read(lambda session: _boxes(session, group, wrong))))
    if form.is_valid:
        try:
            written = write(
                lambda session: write_right(
                    session,
                    book_id=group.book_id,
                    receipt_number=number,
                    amounts=amounts_in(form.values),
                    fees=fees_in(form.values),
                    loans=loans_in(form.values),
                    received_on=form.values["received_on"],
                    channel=form.values["channel"],
                    reason=form.values["reason"],
                    idempotency_key=form.values["key"],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(f"แก้ไขแล้ว ใบนี้แทนใบเลขที่ {number} ทั้งสองใบยังอยู่ในสมุด")
            return redirect(url_for("desk.receipt", code=code, number=written.number))
    return _right_page(group, wrong, form, Form())


@blueprint.post(f"{RECEIPT}/cancel")
@open_to(KEEPERS)
def cancel(code: str, number: int) -> ResponseReturnValue:
    """Take a receipt back without another."""
    group = group_of(code)
    cancelling = sent_form(CancelSchema())
    if cancelling.is_valid:
        try:
            write(
                lambda session: cancel_receipt(
                    session,
                    book_id=group.book_id,
                    receipt_number=number,
                    cancelled_on=this_day(),
                    reason=cancelling.values["reason"],
                    idempotency_key=cancelling.values["key"],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except DomainError as refusal:
            cancelling.refuse(refusal)
        else:
            flash(f"ยกเลิกใบรับเงินเลขที่ {number} แล้ว ใบเดิมยังอยู่ในสมุด")
            return redirect(url_for("desk.receipt", code=code, number=number))
    return _right_page(group, receipt_of(group, number), Form(), cancelling)
