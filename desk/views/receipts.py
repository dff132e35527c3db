"""Receipts: money in at the counter, and one receipt on the screen and on paper."""

from dataclasses import dataclass

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from desk.models import Channel
from desk.queries import LoanDue, ReceiptView, loan_ids_of, loans_due, receipt_view
from desk.receipt import FEE_IN_THAI
from desk.schemas import amounts_in, fees_in, loans_in, receive_schema
from desk.services import receive as take_in
from desk.sheet import CHANNEL_IN_THAI
from desk.views.collection import group_of
from desk.views.room import blueprint
from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import Satang
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

RECEIPT = "/groups/<code>/receipts/<int:number>"


def receipt_of(group: Group, number: int) -> ReceiptView:
    """Find the receipt that a page is about."""
    return read(lambda session: receipt_view(session, book_id=group.book_id, number=number))


@blueprint.get(RECEIPT)
@open_to(READERS)
def receipt(code: str, number: int) -> ResponseReturnValue:
    """Show one receipt."""
    group = group_of(code)
    return page(
        "desk/receipt.html",
        group_name=group.name,
        code=code,
        receipt=receipt_of(group, number),
        channels=CHANNEL_IN_THAI,
    )


@blueprint.get(f"{RECEIPT}.pdf")
@open_to(READERS)
def receipt_pdf(code: str, number: int) -> ResponseReturnValue:
    """Print one receipt: the original and its copy on one sheet."""
    group = group_of(code)
    found = receipt_of(group, number)
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
    loans: list[LoanDue]


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
        loans=loans_due(session, book_id=group.book_id, member_id=member.id, on=this_day()),
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


def _boxes(session: Session, group: Group, number: str) -> tuple[list[ProductView], list[int]]:
    """Give what the page has boxes for; loans that are repaid too, for what is sent again."""
    member = member_by_number(session, book_id=group.book_id, number=number)
    return (
        products_of(session, book_id=group.book_id),
        loan_ids_of(session, book_id=group.book_id, member_id=member.id),
    )


@blueprint.post("/groups/<code>/members/<number>/receive")
@open_to(KEEPERS)
def take(code: str, number: str) -> ResponseReturnValue:
    """Take the money in and give the receipt."""
    group = group_of(code)
    form = sent_form(receive_schema(*read(lambda session: _boxes(session, group, number))))
    if form.is_valid:
        try:
            written = write(
                lambda session: take_in(
                    session,
                    book_id=group.book_id,
                    member_number=number,
                    amounts=amounts_in(form.values),
                    fees=fees_in(form.values),
                    loans=loans_in(form.values),
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
