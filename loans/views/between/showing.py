"""Whether the books of mother and child agree, what waits, and the other half."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import KEEPERS, READERS, open_to
from ledger.thai import format_date
from ledger.web import Form, asked_form, page, sent_form, today
from loans.kinds import THROUGH_IN_THAI, TRANSFER_IN_THAI, Side, State, Through
from loans.queries.between import (
    STATE_IN_THAI,
    GroupName,
    NoMother,
    TransferState,
    TransferView,
    children_of,
    mirrors,
    mother_of,
    transfer_view,
    transfers_of,
)
from loans.queries.loans import loans_of_group
from loans.schedule import make_schedule
from loans.schemas.between import ConfirmSchema, MirrorDaySchema, TakeBackSchema, sending_of
from loans.services.between import Sending, confirm, take_back
from loans.views.borrowings.asking import approved, book_of, refuse_at_its_box, seconds
from loans.views.room import blueprint
from members.by_laws import percent
from members.queries import group_by_code, officer_names

PLACE = "/groups/<code>/between"
_ONE = f"{PLACE}/<reference>"
#: What stands for the second officer while a page only tries out what would be written.
REHEARSED_BY = "rehearsal"
THROUGHS = [(through.value, words) for through, words in THROUGH_IN_THAI.items()]


def what_is_sent(form: Form, amount_box: str, approved_by: str) -> Sending:
    """Give what is sent from what was typed, by whom and when."""
    return sending_of(
        form.values,
        amount_box=amount_box,
        by=g.officer.mark,
        approved_by=approved_by,
        at=now(),
    )


@blueprint.get(PLACE)
@open_to(READERS)
def between(code: str) -> ResponseReturnValue:
    """Show what waits, whether the books of mother and child agree, and what was sent."""
    form = asked_form(MirrorDaySchema())
    on = form.values.get("on") or today()

    def look(session: Session) -> dict[str, Any]:
        group = group_by_code(session, code=code)
        book_id = group.book_id
        owed = loans_of_group(session, book_id=book_id, side=Side.BORROWED, states=(State.RUNNING,))
        return {
            "group_name": group.name,
            "own_book": book_id,
            "mirrors": mirrors(session, on=on, book_id=book_id),
            "transfers": transfers_of(session, book_id=book_id, on=today()),
            "children": children_of(session, book_id=book_id),
            "mother": _mother(session, book_id),
            "owed_to_mother": [loan for loan in owed if loan.other_book_id is not None],
        }

    return page(
        "loans/between.html",
        form,
        code=code,
        on=on,
        what_in_thai=TRANSFER_IN_THAI,
        states=STATE_IN_THAI,
        **read(look),
    )


def _mother(session: Session, book_id: int) -> GroupName | None:
    try:
        return mother_of(session, book_id=book_id)
    except NoMother:
        return None


@blueprint.get(_ONE)
@open_to(READERS)
def transfer(code: str, reference: str) -> ResponseReturnValue:
    """Show both halves of what was sent; the receiver confirms it here."""
    arrival = Form({"through": Through.BANK.value})
    back = Form({"taken_back_on": format_date(today())})
    return _transfer_page(code, reference, arrival, back)


def _transfer_page(code: str, reference: str, arrival: Form, back: Form) -> ResponseReturnValue:
    def look(session: Session) -> dict[str, Any]:
        group = group_by_code(session, code=code)
        view = transfer_view(session, book_id=group.book_id, reference=reference, on=today())
        return {
            "group_name": group.name,
            "own_book": group.book_id,
            "view": view,
            "names": officer_names(session),
        }

    values = read(look)
    view: TransferView = values["view"]
    answer, _status = page(
        "loans/between_one.html",
        arrival,
        back=back,
        code=code,
        what_in_thai=TRANSFER_IN_THAI,
        states=STATE_IN_THAI,
        throughs=THROUGHS,
        percent=percent,
        seconds=seconds(code),
        schedule=None if view.terms is None else make_schedule(view.terms),
        waits=view.state is TransferState.WAITING,
        **values,
    )
    return answer, (back if back.refusal or back.errors else arrival).status


@blueprint.post(f"{_ONE}/confirm")
@open_to(KEEPERS)
def confirm_transfer(code: str, reference: str) -> ResponseReturnValue:
    """Confirm that what was sent has come: the receiver's half is written."""
    form = sent_form(ConfirmSchema())
    if form.is_valid:
        values = form.values
        try:
            book_id = book_of(code)
            write(
                lambda session: (
                    confirm(
                        session,
                        book_id=book_id,
                        reference=reference,
                        through=values["through"],
                        resolution=values["resolution"],
                        idempotency_key=values["key"],
                        by=g.officer.mark,
                        at=now(),
                    ).reference
                )
            )
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash("ยืนยันรับแล้ว ลงครบทั้งสองสมุด")
            return redirect(url_for("loans.transfer", code=code, reference=reference))
    return _transfer_page(code, reference, form, Form({"taken_back_on": format_date(today())}))


@blueprint.post(f"{_ONE}/take-back")
@open_to(KEEPERS)
def take_back_transfer(code: str, reference: str) -> ResponseReturnValue:
    """Take the group's own half back."""
    form = sent_form(TakeBackSchema())
    if form.is_valid:
        values = form.values
        try:
            approved_by, book_id = approved(code, form), book_of(code)
            write(
                lambda session: take_back(
                    session,
                    book_id=book_id,
                    reference=reference,
                    taken_back_on=values["taken_back_on"],
                    reason=values["reason"],
                    idempotency_key=values["key"],
                    by=g.officer.mark,
                    approved_by=approved_by,
                    at=now(),
                )
            )
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash("กลับรายการของกลุ่มเราแล้ว แจ้งอีกกลุ่มให้ตรวจสมุดของเขาด้วย")
            return redirect(url_for("loans.transfer", code=code, reference=reference))
    return _transfer_page(code, reference, Form({"through": Through.BANK.value}), form)
