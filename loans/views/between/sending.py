"""Paying the mother back, keeping money with her, giving it back: the first half."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import ZERO, Satang, format_baht
from ledger.roles import KEEPERS, open_to
from ledger.thai import format_date
from ledger.web import Form, page, sent_form, today
from loans.kinds import TRANSFER_IN_THAI, DepositSide, Through, TransferKind
from loans.models import GroupTransfer
from loans.queries.between import (
    GroupName,
    asked_by_mother,
    children_of,
    kept_between,
    mother_of,
)
from loans.queries.borrowings import BorrowingCard, borrowing_card
from loans.schemas.between import ApprovedSendSchema, SendSchema
from loans.services.between import deposit_with_mother, division_of, repay_mother, return_deposit
from loans.standing import Standing
from loans.views.between.showing import PLACE, REHEARSED_BY, THROUGHS, what_is_sent
from loans.views.borrowings.asking import approved, book_of, refuse_at_its_box, seconds
from loans.views.rehearsal import rehearse
from loans.views.room import blueprint
from loans.waterfall import Split
from members.queries import group_by_code


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An amount that is about to be sent, as its pages need to know it.

    Attributes:
        what: Why it is sent.
        address: The endpoint of the page that asks.
        values: What its address is made of, besides the group.
        receiver: To whom; None when one of several is chosen on the page.
        receivers: From whom it is chosen.
        most: What each of them keeps here and may have back, in satang.
        card: The borrowing that is paid, or None.
        asked: How it stands with it by the mother's book, or None.
    """

    what: TransferKind
    address: str
    values: dict[str, Any]
    receiver: GroupName | None
    receivers: list[GroupName]
    most: dict[str, Satang]
    card: BorrowingCard | None = None
    asked: Standing | None = None


Sender = Callable[[Session, int, Form, str], GroupTransfer]


def _ask_page(code: str, out: Outgoing, form: Form) -> ResponseReturnValue:
    group = read(lambda session: group_by_code(session, code=code))
    return page(
        "loans/between_send.html",
        form,
        code=code,
        group_name=group.name,
        out=out,
        what_in_thai=TRANSFER_IN_THAI,
        throughs=THROUGHS,
    )


def _check(code: str, out: Outgoing, send: Sender) -> ResponseReturnValue:
    form = sent_form(SendSchema())
    if form.is_valid and not form.values["edit"]:
        try:
            return _confirm_page(code, out, form, send)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
    return _ask_page(code, out, form)


def _confirm_page(code: str, out: Outgoing, form: Form, send: Sender) -> ResponseReturnValue:
    """Show what would be sent; raises what refuses it."""
    group = read(lambda session: group_by_code(session, code=code))
    rehearse(lambda session: send(session, group.book_id, form, REHEARSED_BY).reference)
    return page(
        "loans/between_send_confirm.html",
        form,
        code=code,
        group_name=group.name,
        out=out,
        receiver=out.receiver
        or next(other for other in out.receivers if other.code == form.values["child"]),
        split=_split(group.book_id, out, form),
        what_in_thai=TRANSFER_IN_THAI,
        throughs=THROUGHS,
        seconds=seconds(code),
    )


def _split(book_id: int, out: Outgoing, form: Form) -> Split | None:
    if out.card is None:
        return None
    loan_id = out.card.loan.id
    return read(
        lambda session: division_of(
            session,
            book_id=book_id,
            loan_id=loan_id,
            amount=form.values["amount"],
            on=form.values["moved_on"],
        )[0]
    )


def _send(code: str, out: Outgoing, send: Sender) -> ResponseReturnValue:
    form = sent_form(ApprovedSendSchema())
    if form.is_valid:
        try:
            approved_by, book_id = approved(code, form), book_of(code)
            reference = write(lambda session: send(session, book_id, form, approved_by).reference)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash("ลงรายการฝ่ายผู้ส่งแล้ว รออีกกลุ่มยืนยันรับ")
            return redirect(url_for("loans.transfer", code=code, reference=reference))
    if form.errors.keys() <= {"second_officer", "password"}:
        try:
            return _confirm_page(code, out, form, send)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
    return _ask_page(code, out, form)


def _first(amount: Satang) -> Form:
    return Form(
        {
            "amount": format_baht(amount) if amount else "",
            "moved_on": format_date(today()),
            "through": Through.BANK.value,
        }
    )


def _repaying(code: str, number: int) -> Outgoing:
    def look(session: Session) -> Outgoing:
        group = group_by_code(session, code=code)
        return Outgoing(
            what=TransferKind.REPAYMENT,
            address="loans.repay_to_mother",
            values={"number": number},
            receiver=mother_of(session, book_id=group.book_id),
            receivers=[],
            most={},
            card=borrowing_card(session, book_id=group.book_id, loan_id=number, on=today()),
            asked=asked_by_mother(session, book_id=group.book_id, loan_id=number, on=today()),
        )

    return read(look)


@blueprint.get(f"{PLACE}/repay/<int:number>")
@open_to(KEEPERS)
def repay_to_mother(code: str, number: int) -> ResponseReturnValue:
    """Ask how much is paid back to the mother; the next instalment stands there already."""
    out = _repaying(code, number)
    overdue = ZERO if out.asked is None else out.asked.overdue_in_all
    following = ZERO if out.card is None else out.card.asked_now
    return _ask_page(code, out, _first(overdue or following))


def _repay(number: int) -> Sender:
    def send(session: Session, book_id: int, form: Form, approved_by: str) -> GroupTransfer:
        sent = what_is_sent(form, "amount", approved_by)
        return repay_mother(session, book_id=book_id, loan_id=number, sent=sent)

    return send


@blueprint.post(f"{PLACE}/repay/<int:number>")
@open_to(KEEPERS)
def check_repay_to_mother(code: str, number: int) -> ResponseReturnValue:
    """Read the repayment back, divided as the mother's book divides it."""
    return _check(code, _repaying(code, number), _repay(number))


@blueprint.post(f"{PLACE}/repay/<int:number>/confirm")
@open_to(KEEPERS)
def repay_to_mother_now(code: str, number: int) -> ResponseReturnValue:
    """Send the repayment that was read back."""
    return _send(code, _repaying(code, number), _repay(number))


def _depositing(code: str) -> Outgoing:
    def look(session: Session) -> Outgoing:
        group = group_by_code(session, code=code)
        return Outgoing(
            what=TransferKind.DEPOSIT,
            address="loans.deposit_to_mother",
            values={},
            receiver=mother_of(session, book_id=group.book_id),
            receivers=[],
            most={},
        )

    return read(look)


def _deposit(session: Session, book_id: int, form: Form, approved_by: str) -> GroupTransfer:
    sent = what_is_sent(form, "amount", approved_by)
    return deposit_with_mother(session, book_id=book_id, sent=sent)


@blueprint.get(f"{PLACE}/deposit")
@open_to(KEEPERS)
def deposit_to_mother(code: str) -> ResponseReturnValue:
    """Ask how much is kept with the mother."""
    return _ask_page(code, _depositing(code), _first(ZERO))


@blueprint.post(f"{PLACE}/deposit")
@open_to(KEEPERS)
def check_deposit_to_mother(code: str) -> ResponseReturnValue:
    """Read the deposit back; nothing is written yet."""
    return _check(code, _depositing(code), _deposit)


@blueprint.post(f"{PLACE}/deposit/confirm")
@open_to(KEEPERS)
def deposit_to_mother_now(code: str) -> ResponseReturnValue:
    """Send the deposit that was read back."""
    return _send(code, _depositing(code), _deposit)


def _returning(code: str) -> Outgoing:
    def look(session: Session) -> Outgoing:
        book_id = group_by_code(session, code=code).book_id
        children = children_of(session, book_id=book_id)
        return Outgoing(
            what=TransferKind.WITHDRAWAL,
            address="loans.return_to_child",
            values={},
            receiver=None,
            receivers=children,
            most={
                child.code: kept_between(
                    session,
                    book_id=book_id,
                    other_book_id=child.book_id,
                    side=DepositSide.OF_OTHER,
                )
                for child in children
            },
        )

    return read(look)


def _return(session: Session, book_id: int, form: Form, approved_by: str) -> GroupTransfer:
    return return_deposit(
        session,
        book_id=book_id,
        child_code=form.values["child"],
        sent=what_is_sent(form, "amount", approved_by),
    )


@blueprint.get(f"{PLACE}/return")
@open_to(KEEPERS)
def return_to_child(code: str) -> ResponseReturnValue:
    """Ask how much of its deposit goes back to which child."""
    return _ask_page(code, _returning(code), _first(ZERO))


@blueprint.post(f"{PLACE}/return")
@open_to(KEEPERS)
def check_return_to_child(code: str) -> ResponseReturnValue:
    """Read back what goes to the child; nothing is written yet."""
    return _check(code, _returning(code), _return)


@blueprint.post(f"{PLACE}/return/confirm")
@open_to(KEEPERS)
def return_to_child_now(code: str) -> ResponseReturnValue:
    """Send back what was read back."""
    return _send(code, _returning(code), _return)
