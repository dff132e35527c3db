"""A payment of one loan: asked for, shown as it would be divided, and taken in."""

from dataclasses import dataclass

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from desk.models import Channel, Receipt
from desk.queries import GuarantorView, LoanDue, ReceiptView, due_of_loans, guarantors_of
from desk.queries import receipt_view as view_of
from desk.schemas import RepaySchema
from desk.services import DivisionMoved, NotLentToMember, take_repayment
from desk.sheet import CHANNEL_IN_THAI
from desk.views.collection import group_of
from desk.views.room import as_typed, blueprint
from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import KEEPERS, open_to
from ledger.thai import format_date
from ledger.web import Form, page, sent_form
from ledger.web import today as this_day
from loans.kinds import STATE_IN_THAI, Side
from loans.queries.loans import LoanView, loan_view, standing_of
from loans.views.rehearsal import rehearse
from loans.waterfall import MoreThanOwed
from members.models import Group

_REPAY = "/groups/<code>/loans/<int:number>/repay"


@dataclass(frozen=True)
class Desk:
    """What the page needs to know of a loan; ``due`` is None when nothing can be paid."""

    loan: LoanView
    due: LoanDue | None
    guarantors: list[GuarantorView]


def _desk(session: Session, group: Group, number: int) -> Desk:
    loan = loan_view(session, book_id=group.book_id, loan_id=number)
    if loan.side is not Side.LENT or loan.member_id is None:
        raise NotLentToMember(reference=loan.reference)
    due = due_of_loans(session, book_id=group.book_id, loans=[loan], on=this_day())
    return Desk(
        loan=loan,
        due=due[0] if due else None,
        guarantors=guarantors_of(session, book_id=group.book_id, loan_id=number),
    )


@blueprint.get(_REPAY)
@open_to(KEEPERS)
def repay(code: str, number: int) -> ResponseReturnValue:
    """Ask what is paid for a loan; what is due stands in the box."""
    group = group_of(code)
    desk = read(lambda session: _desk(session, group, number))
    asked = "" if desk.due is None or not desk.due.asked else as_typed(desk.due.asked)
    form = Form(
        {"amount": asked, "paid_on": format_date(this_day()), "channel": Channel.CASH.value}
    )
    return _form_page(group, desk, form)


def _form_page(
    group: Group, desk: Desk, form: Form, *, too_much: bool = False
) -> ResponseReturnValue:
    return page(
        "desk/repay.html",
        form,
        group_name=group.name,
        code=group.code,
        desk=desk,
        too_much=too_much,
        channels=CHANNEL_IN_THAI,
        states=STATE_IN_THAI,
    )


@blueprint.post(_REPAY)
@open_to(KEEPERS)
def repay_step(code: str, number: int) -> ResponseReturnValue:
    """Show how a payment would be divided; once that is confirmed, take it in."""
    group = group_of(code)
    form = sent_form(RepaySchema())
    step, too_much = form.values.get("step"), False
    if form.is_valid and step == "settle":
        _fill_in_settlement(group, number, form)
    if form.is_valid and step != "edit" and not form.values["amount"]:
        form.wrong("amount", "ใส่จำนวนเงินที่รับ")
    if form.is_valid and step != "edit":
        try:
            if step == "confirm":
                return _taken(group, number, form)
            return _division_page(group, number, form)
        except DivisionMoved as refusal:
            form.refuse(refusal)
            return _division_page(group, number, form)
        except DomainError as refusal:
            form.refuse(refusal)
            too_much = isinstance(refusal, MoreThanOwed)
    desk = read(lambda session: _desk(session, group, number))
    return _form_page(group, desk, form, too_much=too_much)


def _fill_in_settlement(group: Group, number: int, form: Form) -> None:
    on = form.values["paid_on"]
    standing = read(
        lambda session: standing_of(session, book_id=group.book_id, loan_id=number, on=on)
    )
    form.values["amount"] = standing.settlement
    form.typed["amount"] = as_typed(standing.settlement)


def _take(session: Session, group: Group, number: int, form: Form, *, trial: bool) -> Receipt:
    values = form.values
    return take_repayment(
        session,
        book_id=group.book_id,
        loan_id=number,
        amount=values["amount"],
        paid_on=values["paid_on"],
        channel=values["channel"],
        payer_number=values["payer"],
        memo=values["memo"],
        shown="" if trial else values["shown"],
        idempotency_key=f"{values['key']}-trial" if trial else values["key"],
        by=g.officer.mark,
        at=now(),
    )


def _taken(group: Group, number: int, form: Form) -> ResponseReturnValue:
    written = write(lambda session: _take(session, group, number, form, trial=False))
    flash("รับชำระแล้ว พิมพ์ใบรับเงินให้ผู้จ่ายได้เลย")
    return redirect(url_for("desk.receipt", code=group.code, number=written.number))


def _division_page(group: Group, number: int, form: Form) -> ResponseReturnValue:
    """Show the receipt that would be written; raises what refuses it."""

    def tried(session: Session) -> tuple[ReceiptView, LoanView]:
        receipt = _take(session, group, number, form, trial=True)
        return (
            view_of(session, book_id=group.book_id, number=receipt.number),
            loan_view(session, book_id=group.book_id, loan_id=number),
        )

    receipt, after = rehearse(tried)
    return page(
        "desk/repay_confirm.html",
        form,
        group_name=group.name,
        code=group.code,
        desk=read(lambda session: _desk(session, group, number)),
        receipt=receipt,
        after=after,
        channels=CHANNEL_IN_THAI,
    )
