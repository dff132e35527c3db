"""Receipts: money in at the counter, one receipt, and putting a wrong one right."""

from dataclasses import dataclass

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from desk.models import Channel
from desk.queries import ReceiptView, receipt_view
from desk.receipt import FEE_ACCOUNTS, FEE_IN_THAI
from desk.schemas import (
    CancelSchema,
    amounts_in,
    fees_in,
    put_right_schema,
    receive_schema,
)
from desk.services import AlreadyTakenBack, cancel_receipt
from desk.services import put_right as write_right
from desk.services import receive as take_in
from desk.sheet import CHANNEL_IN_THAI
from desk.views.collection import group_of
from desk.views.room import blueprint
from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import Satang, format_baht
from ledger.roles import KEEPERS, READERS, open_to
from ledger.thai import format_date
from ledger.web import Form, page, paper, sent_form
from ledger.web import today as this_day
from members.models import Group, Member
from members.queries import (
    ProductView,
    full_name,
    member_by_number,
    pledges_on,
    products_of,
    savings_of,
)

_RECEIPT = "/groups/<code>/receipts/<int:number>"


def _receipt(group: Group, number: int) -> ReceiptView:
    return read(lambda session: receipt_view(session, book_id=group.book_id, number=number))


@blueprint.get(_RECEIPT)
@open_to(READERS)
def receipt(code: str, number: int) -> ResponseReturnValue:
    """Show one receipt."""
    group = group_of(code)
    return page(
        "desk/receipt.html",
        group_name=group.name,
        code=code,
        receipt=_receipt(group, number),
        channels=CHANNEL_IN_THAI,
    )


@blueprint.get(f"{_RECEIPT}.pdf")
@open_to(READERS)
def receipt_pdf(code: str, number: int) -> ResponseReturnValue:
    """Print one receipt: the original and its copy on one sheet."""
    group = group_of(code)
    found = _receipt(group, number)
    return paper(
        "paper/receipts.html.j2",
        name=found.reference,
        group=group,
        slips=[(found, "ต้นฉบับ"), (found, "สำเนา")],
    )


@dataclass(frozen=True)
class Counter:
    """What the counter page needs to know of a member."""

    member: Member
    products: list[ProductView]
    balances: dict[str, Satang]
    promised: dict[str, Satang]


def _counter(session: Session, group: Group, number: str) -> Counter:
    member = member_by_number(session, book_id=group.book_id, number=number)
    pledges = pledges_on(session, book_id=group.book_id, on=this_day())
    return Counter(
        member=member,
        products=products_of(session, book_id=group.book_id),
        balances={
            view.product_code: view.balance
            for view in savings_of(session, book_id=group.book_id, member_id=member.id)
        },
        promised={
            product: amount for (owner, product), amount in pledges.items() if owner == member.id
        },
    )


@blueprint.get("/groups/<code>/members/<number>/receive")
@open_to(KEEPERS)
def receive(code: str, number: str) -> ResponseReturnValue:
    """Ask what a member pays in at the counter."""
    form = Form({"received_on": format_date(this_day()), "channel": Channel.CASH.value})
    return _receive_page(group_of(code), number, form)


def _receive_page(group: Group, number: str, form: Form) -> ResponseReturnValue:
    counter = read(lambda session: _counter(session, group, number))
    return page(
        "desk/receive.html",
        form,
        group_name=group.name,
        code=group.code,
        counter=counter,
        name=full_name(counter.member),
        channels=CHANNEL_IN_THAI,
        fees=FEE_IN_THAI,
    )


@blueprint.post("/groups/<code>/members/<number>/receive")
@open_to(KEEPERS)
def take(code: str, number: str) -> ResponseReturnValue:
    """Take the money in and give the receipt."""
    group = group_of(code)
    products = read(lambda session: products_of(session, book_id=group.book_id))
    form = sent_form(receive_schema(products))
    if form.is_valid:
        try:
            written = write(
                lambda session: take_in(
                    session,
                    book_id=group.book_id,
                    member_number=number,
                    amounts=amounts_in(form.values),
                    fees=fees_in(form.values),
                    received_on=form.values["received_on"],
                    channel=form.values["channel"],
                    memo=form.values["memo"],
                    idempotency_key=form.values["key"],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash("รับเงินแล้ว พิมพ์ใบรับเงินให้สมาชิกได้เลย")
            return redirect(url_for("desk.receipt", code=code, number=written.number))
    return _receive_page(group, number, form)


@blueprint.get(f"{_RECEIPT}/right")
@open_to(KEEPERS)
def put_right(code: str, number: int) -> ResponseReturnValue:
    """Show a receipt as a form, to be put right."""
    group = group_of(code)
    wrong = _receipt(group, number)
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
        typed[name] = format_baht(line.amount).removesuffix(".00")
    return _right_page(group, wrong, Form(typed), Form())


def _right_page(
    group: Group, wrong: ReceiptView, form: Form, cancelling: Form
) -> ResponseReturnValue:
    products = read(lambda session: products_of(session, book_id=group.book_id))
    shown = form if form.refusal or form.errors else cancelling
    answer, _status = page(
        "desk/put_right.html",
        form,
        cancelling=cancelling,
        group_name=group.name,
        code=group.code,
        receipt=wrong,
        products=products,
        channels=CHANNEL_IN_THAI,
        fees=FEE_IN_THAI,
    )
    return answer, shown.status


@blueprint.post(f"{_RECEIPT}/right")
@open_to(KEEPERS)
def write_it_right(code: str, number: int) -> ResponseReturnValue:
    """Take the wrong receipt back and write the right one."""
    group = group_of(code)
    products = read(lambda session: products_of(session, book_id=group.book_id))
    form = sent_form(put_right_schema(products))
    if form.is_valid:
        try:
            written = write(
                lambda session: write_right(
                    session,
                    book_id=group.book_id,
                    receipt_number=number,
                    amounts=amounts_in(form.values),
                    fees=fees_in(form.values),
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
    return _right_page(group, _receipt(group, number), form, Form())


@blueprint.post(f"{_RECEIPT}/cancel")
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
    return _right_page(group, _receipt(group, number), Form(), cancelling)
