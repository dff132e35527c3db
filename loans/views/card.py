"""The card of a loan: its plan, its lines, on the screen and on paper; and giving it up."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import KEEPERS, READERS, open_to
from ledger.thai import format_date
from ledger.web import Form, asked_form, page, paper, sent_form, sent_from, today
from loans.kinds import EVENT_IN_THAI, STATE_IN_THAI, WHY_IN_THAI, EventKind, Side, State
from loans.product_words import EVERY_IN_THAI, METHOD_IN_THAI
from loans.queries.card import LoanCard, loan_card
from loans.queries.loans import standing_of
from loans.schedule import Counting, Terms
from loans.schemas.loans import GiveUpSchema, SettlementSchema
from loans.services.lending import give_up
from loans.services.records import refuse_elsewhere
from loans.standing import Standing
from loans.views.rehearsal import seconds_of_loan
from loans.views.room import blueprint
from members.by_laws import percent
from members.models import Group
from members.officers import approval_of
from members.queries import group_by_code, officer_names
from members.views.people.asking import refuse_at_its_box

COUNTED = {
    Counting.MONTH: "คิดเป็นรายเดือน",
    Counting.DAYS_365: "คิดตามจำนวนวัน ปีละ 365 วัน",
    Counting.DAYS_ACTUAL: "คิดตามจำนวนวันจริงของปี",
}
#: What can be taken back by a page of its own: it has an entry, and is no taking back itself.
TAKEN_BACK = frozenset(EventKind) - {EventKind.REVERSED}

blueprint.add_app_template_filter(percent, "percent")


def terms_in_words(terms: Terms) -> str:
    """Say how a loan is paid back, as one says it at the table."""
    return (
        f"{METHOD_IN_THAI[terms.method]} {terms.instalments} งวด {EVERY_IN_THAI[terms.every]} "
        f"{COUNTED[terms.counting]}"
    )


blueprint.add_app_template_filter(terms_in_words, "terms_in_words")


def group_and_loan(session: Session, *, code: str, number: int) -> tuple[Group, LoanCard]:
    """Give the group and the loan of a page.

    Raises:
        GroupNotFound, LoanNotFound: There is none.
    """
    group = group_by_code(session, code=code)
    return group, loan_card(session, book_id=group.book_id, loan_id=number, on=today())


@blueprint.get("/groups/<code>/loans/<int:number>")
@open_to(READERS)
def card(code: str, number: int) -> ResponseReturnValue:
    """Show a loan: what is owed and due, its plan, and everything that happened to it."""
    form = asked_form(SettlementSchema())
    group, loan = read(lambda session: group_and_loan(session, code=code, number=number))
    if loan.view.side is Side.BORROWED:
        return redirect(url_for("loans.borrowing", code=code, number=number))
    return page(
        "loans/card.html",
        form,
        code=code,
        group_name=group.name,
        loan=loan,
        view=loan.view,
        settled=_settled(group, loan, form),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "states": STATE_IN_THAI,
        "event_words": EVENT_IN_THAI,
        "why_words": WHY_IN_THAI,
        "may_be_taken_back": TAKEN_BACK,
    }


def _settled(group: Group, loan: LoanCard, form: Form) -> Standing | None:
    """Give how the loan stands on the day that was asked for, when it can be told."""
    if loan.view.state is not State.RUNNING:
        return None
    on = form.values.get("on") or today()
    form.typed.setdefault("on", format_date(on))
    if on < loan.last_on:
        form.wrong("on", f"เลือกวันที่ {format_date(loan.last_on)} หรือหลังจากนั้น")
        return None
    return read(
        lambda session: standing_of(session, book_id=group.book_id, loan_id=loan.view.id, on=on)
    )


@blueprint.get("/groups/<code>/loans/<int:number>.pdf")
@open_to(READERS)
def card_pdf(code: str, number: int) -> ResponseReturnValue:
    """Print the card of a loan as it stands today: figures, plan and lines."""

    def look(session: Session) -> dict[str, Any]:
        group, loan = group_and_loan(session, code=code, number=number)
        return {
            "group": group,
            "loan": loan,
            "view": loan.view,
            "names": officer_names(session),
            **_words(),
        }

    found = read(look)
    name = f"บัตรเงินกู้-{found['view'].reference}"
    return paper("paper/loan_card.html.j2", name=name, day=today(), **found)


_GIVE_UP = "/groups/<code>/loans/<int:number>/give-up"


@blueprint.get(_GIVE_UP)
@open_to(KEEPERS)
def give_up_loan(code: str, number: int) -> ResponseReturnValue:
    """Ask why a granted loan will not be paid out, and from which day it is given up."""
    return _give_up_page(code, number, Form({"happened_on": format_date(today())}))


def _give_up_page(code: str, number: int, form: Form) -> ResponseReturnValue:
    def look(session: Session) -> tuple[Group, LoanCard]:
        group, loan = group_and_loan(session, code=code, number=number)
        refuse_elsewhere(session, book_id=group.book_id, loan_id=number)
        return group, loan

    group, loan = read(look)
    return page(
        "loans/pay_out_give_up.html",
        form,
        code=code,
        group_name=group.name,
        loan=loan,
        view=loan.view,
        seconds=seconds_of_loan(code, number),
    )


@blueprint.post(_GIVE_UP)
@open_to(KEEPERS)
def confirm_give_up(code: str, number: int) -> ResponseReturnValue:
    """Give a granted loan up, once the second officer's password is right."""
    form = sent_form(GiveUpSchema())
    if form.is_valid:
        try:
            _given_up(code, number, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash("ยกเลิกสัญญาแล้ว ผู้กู้และผู้ค้ำประกันพ้นภาระของสัญญานี้")
            return redirect(url_for("loans.card", code=code, number=number))
    return _give_up_page(code, number, form)


def _given_up(code: str, number: int, form: Form) -> None:
    values, by, at = form.values, g.officer.mark, now()
    approved_by = approval_of(
        code=code,
        officer_id=values["second_officer"],
        password=values["password"],
        besides=g.officer.id,
        address=sent_from(),
        at=at,
    )
    write(
        lambda session: give_up(
            session,
            book_id=group_by_code(session, code=code).book_id,
            loan_id=number,
            on=values["happened_on"],
            reason=values["reason"],
            by=by,
            approved_by=approved_by,
            at=at,
        )
    )
