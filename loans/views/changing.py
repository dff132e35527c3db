"""Changing a contract by resolution, and taking back what was recorded for a loan."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError, NotFound
from ledger.money import ZERO, Satang
from ledger.roles import KEEPERS, open_to
from ledger.web import Form, page, sent_form, sent_from, today
from loans.kinds import EVENT_IN_THAI, EventKind
from loans.product_words import METHOD_IN_THAI
from loans.queries.card import LoanCard, PlanSum, sum_of
from loans.queries.loans import EventView, loan_view, plan_of, plans_of, standing_of
from loans.schedule import Grace, Method, RateEffect, Terms
from loans.schemas.loans import (
    AGREED,
    CHANGES,
    PLAIN_METHODS,
    ReverseSchema,
    What,
    terms_anew,
)
from loans.services.changing import NotRunning, change_rate, compromise, restructure, take_holiday
from loans.services.records import refuse_elsewhere
from loans.services.repaying import refuse_irreversible, reverse_event
from loans.services.shown import shown_now, was_agreed_before
from loans.standing import Standing
from loans.views.card import group_and_loan
from loans.views.rehearsal import rehearse, seconds_of_loan
from loans.views.room import blueprint
from members.by_laws import percent
from members.models import Group
from members.officers import approval_of
from members.queries import group_by_code
from members.views.people.asking import as_typed, refuse_at_its_box

_LOAN = "/groups/<code>/loans/<int:number>"
WHAT_IN_THAI = {
    What.RATE: "เปลี่ยนอัตราดอกเบี้ย",
    What.HOLIDAY: "พักชำระ",
    What.RESTRUCTURE: "ปรับโครงสร้างหนี้",
    What.COMPROMISE: "ประนอมหนี้",
}
EFFECT_IN_THAI = {
    RateEffect.KEEP_INSTALMENT: "ค่างวดเท่าเดิม จำนวนงวดเปลี่ยน",
    RateEffect.RECOMPUTE: "จำนวนงวดเท่าเดิม ค่างวดเปลี่ยน",
}
WAIVES_IN_THAI = {
    Grace.PRINCIPAL: "พักเงินต้น จ่ายแต่ดอกเบี้ย",
    Grace.ALL: "พักทั้งเงินต้นและดอกเบี้ย",
}
#: What is asked on the page before the table, and stays there when it is refused.
_ON_THE_SECOND_PAGE = frozenset({"second_officer", "password", "effect"})


class NoSuchChange(NotFound):
    """A contract cannot be changed like that."""

    thai = "ไม่มีการเปลี่ยนแปลงแบบนี้ เลือกจากสี่แบบในหน้าเปลี่ยนแปลงสัญญา"


class NoSuchEvent(NotFound):
    """The loan has no such line."""

    thai = "ไม่พบรายการนี้ในบัตรเงินกู้ กลับไปเลือกจากบัตรอีกครั้ง"


def _how(how: str) -> What:
    if how not in set(What):
        raise NoSuchChange(how=how)
    return What(how)


@dataclass(frozen=True)
class Now:
    """A contract as it is before it is changed, and what its plan asks for after a day."""

    group: Group
    loan: LoanCard
    standing: Standing
    to_come: PlanSum
    shown: str


def _now(session: Session, code: str, number: int, *, after: date) -> Now:
    """Give the contract as it is.

    Raises:
        WrittenInBothBooks, KeptWithBorrowings: It is changed elsewhere.
        NotRunning: Nothing is owed, so there is nothing to change.
    """
    group, loan = group_and_loan(session, code=code, number=number)
    refuse_elsewhere(session, book_id=group.book_id, loan_id=number)
    if loan.standing is None:
        raise NotRunning(reference=loan.view.reference)
    return Now(
        group=group,
        loan=loan,
        standing=loan.standing,
        to_come=sum_of(loan.lines, after=after),
        shown=str(shown_now(session, book_id=group.book_id, loan_id=number)),
    )


@blueprint.get(f"{_LOAN}/change")
@open_to(KEEPERS)
def change(code: str, number: int) -> ResponseReturnValue:
    """Let choose among the four ways to change a contract."""

    def look(session: Session) -> tuple[Group, LoanCard]:
        group, loan = group_and_loan(session, code=code, number=number)
        refuse_elsewhere(session, book_id=group.book_id, loan_id=number)
        return group, loan

    group, loan = read(look)
    return page("loans/change.html", code=code, group_name=group.name, loan=loan, view=loan.view)


@blueprint.get(f"{_LOAN}/change/<how>")
@open_to(KEEPERS)
def change_how(code: str, number: int, how: str) -> ResponseReturnValue:
    """Ask what is agreed, and by which resolution."""
    what = _how(how)
    present = read(lambda session: _now(session, code, number, after=today()))
    method = present.loan.terms.method
    coming = present.to_come.rows
    form = Form(
        {
            "since": as_typed(today()),
            "rate": percent(present.loan.view.annual_rate_ppm),
            "instalments": str(present.to_come.how_many) if what is What.RESTRUCTURE else "",
            "first_due_on": as_typed(coming[0].due_on) if coming else "",
            "method": (method if method in PLAIN_METHODS else Method.EQUAL_INSTALMENT).value,
            "waives": Grace.PRINCIPAL.value,
        }
    )
    return _change_page(code, number, what, form)


def _change_page(code: str, number: int, what: What, form: Form) -> ResponseReturnValue:
    present = read(lambda session: _now(session, code, number, after=today()))
    return page(
        "loans/change_form.html",
        form,
        code=code,
        group_name=present.group.name,
        view=present.loan.view,
        present=present,
        what=what,
        whats=WHAT_IN_THAI,
        methods=[(method, METHOD_IN_THAI[method]) for method in PLAIN_METHODS],
        waives=list(WAIVES_IN_THAI.items()),
    )


@blueprint.post(f"{_LOAN}/change/<how>")
@open_to(KEEPERS)
def check_change(code: str, number: int, how: str) -> ResponseReturnValue:
    """Show the plan that would follow, beside the one that holds; nothing is written yet."""
    what = _how(how)
    form = sent_form(CHANGES[what]())
    if form.is_valid and not form.values["edit"]:
        try:
            return _confirm_page(code, number, what, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
    return _change_page(code, number, what, form)


def _confirm_page(code: str, number: int, what: What, form: Form) -> ResponseReturnValue:
    """Show what would be written; raises what refuses it."""
    others = seconds_of_loan(code, number)
    approver = f"o{others[0][0]}" if others else None
    since = form.values["since"]
    present = read(lambda session: _now(session, code, number, after=since))
    outcomes = {
        effect: rehearse(_outcome(code, number, what, form.values | {"effect": effect}, approver))
        for effect in (RateEffect if what is What.RATE else (None,))
    }
    return page(
        "loans/change_confirm.html",
        form,
        code=code,
        group_name=present.group.name,
        view=present.loan.view,
        present=present,
        outcomes=outcomes,
        what=what,
        whats=WHAT_IN_THAI,
        effects=EFFECT_IN_THAI,
        methods=METHOD_IN_THAI,
        waives=WAIVES_IN_THAI,
        seconds=others,
    )


@dataclass(frozen=True)
class Outcome:
    """What follows from a change: the plan from then on, and what stays overdue; in satang."""

    plan: PlanSum
    outstanding: Satang
    overdue: Satang


def _outcome(
    code: str, number: int, what: What, values: dict[str, Any], approver: str | None
) -> Callable[[Session], Outcome]:
    by = g.officer.mark

    def try_out(session: Session) -> Outcome:
        book_id = group_by_code(session, code=code).book_id
        _write(session, book_id, number, what, values, by, approver)
        loan = loan_view(session, book_id=book_id, loan_id=number)
        plan = plan_of(session, book_id=book_id, loan_id=number)
        standing = standing_of(session, book_id=book_id, loan_id=number, on=today())
        return Outcome(
            plan=sum_of(plan.rows if loan.outstanding else (), after=values["since"]),
            outstanding=loan.outstanding,
            overdue=standing.overdue_in_all,
        )

    return try_out


def _write(
    session: Session,
    book_id: int,
    number: int,
    what: What,
    values: dict[str, Any],
    by: str,
    approved_by: str | None,
) -> None:
    """Write the change as it was typed."""
    refuse_elsewhere(session, book_id=book_id, loan_id=number)
    common: dict[str, Any] = {
        "book_id": book_id,
        "loan_id": number,
        "resolution": values["resolution"],
        "by": by,
        "approved_by": approved_by,
        "at": now(),
    }
    since = values["since"]
    if what is What.RATE:
        change_rate(
            session,
            annual_rate_ppm=values["rate"],
            since=since,
            effect=values["effect"],
            **common,
        )
    elif what is What.HOLIDAY:
        take_holiday(session, since=since, until=values["until"], waives=values["waives"], **common)
    elif what is What.RESTRUCTURE:
        terms = _terms(session, book_id, number, values, forgiven=ZERO)
        restructure(session, terms=terms, starts_on=since, **common)
    else:
        forgiven = values["principal"] or ZERO
        anew = bool(values["instalments"])
        compromise(
            session,
            forgiven_principal=forgiven,
            forgiven_interest=values["interest"] or ZERO,
            terms=_terms(session, book_id, number, values, forgiven=forgiven) if anew else None,
            on=since,
            idempotency_key=values["key"],
            **common,
        )


def _terms(
    session: Session, book_id: int, number: int, values: dict[str, Any], *, forgiven: Satang
) -> Terms:
    loan = loan_view(session, book_id=book_id, loan_id=number)
    held = next(made for made in plans_of(session, book_id=book_id, loan_id=number) if made.holds)
    return terms_anew(
        values,
        now=held.terms,
        rate_ppm=loan.annual_rate_ppm,
        owed=Satang(loan.outstanding - forgiven),
    )


@blueprint.post(f"{_LOAN}/change/<how>/agree")
@open_to(KEEPERS)
def agree(code: str, number: int, how: str) -> ResponseReturnValue:
    """Write the change that was shown, once the second officer's password is right."""
    what = _how(how)
    form = sent_form(AGREED[what]())
    if form.is_valid:
        try:
            _agreed(code, number, what, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash(f"{WHAT_IN_THAI[what]}แล้ว แผนชำระใหม่อยู่ในบัตรเงินกู้")
            return redirect(url_for("loans.card", code=code, number=number))
    if not form.errors.keys() <= _ON_THE_SECOND_PAGE:
        return _change_page(code, number, what, form)
    try:
        return _confirm_page(code, number, what, form)
    except DomainError as refusal:
        refuse_at_its_box(form, refusal)
        return _change_page(code, number, what, form)


def _agreed(code: str, number: int, what: What, form: Form) -> None:
    by = g.officer.mark
    approved_by = approval_of(
        code=code,
        officer_id=form.values["second_officer"],
        password=form.values["password"],
        besides=g.officer.id,
        address=sent_from(),
        at=now(),
    )

    def work(session: Session) -> None:
        book_id = group_by_code(session, code=code).book_id
        # A compromise posts, and is known again by its key.
        if what is not What.COMPROMISE and was_agreed_before(
            session,
            book_id=book_id,
            loan_id=number,
            shown=form.values["shown"],
            resolution=form.values["resolution"],
            idempotency_key=form.values["key"],
            by=by,
        ):
            return
        _write(session, book_id, number, what, form.values, by, approved_by)

    write(work)


@blueprint.get(f"{_LOAN}/events/<int:n>/reverse")
@open_to(KEEPERS)
def reverse(code: str, number: int, n: int) -> ResponseReturnValue:
    """Ask why a line is taken back; one with a receipt is put right on the receipt's own page."""
    group, loan = read(lambda session: group_and_loan(session, code=code, number=number))
    event = _event(loan, n)
    receipt = loan.receipts.get(event.entry_number or 0)
    if receipt is not None and not event.is_reversed:
        return redirect(url_for("desk.put_right", code=code, number=receipt))
    form = Form({"happened_on": as_typed(today())})
    return _reverse_page(group, loan, event, form)


def _event(loan: LoanCard, n: int) -> EventView:
    event = next((event for event in loan.events if event.n == n), None)
    if event is None:
        raise NoSuchEvent(n=n)
    return event


def _reverse_page(
    group: Group, loan: LoanCard, event: EventView, form: Form
) -> ResponseReturnValue:
    is_possible = not event.is_reversed and event.kind is not EventKind.REVERSED
    return page(
        "loans/reverse.html",
        form,
        code=group.code,
        group_name=group.name,
        view=loan.view,
        event=event,
        event_words=EVENT_IN_THAI,
        is_possible=is_possible,
        why_not=_why_not(group, loan, event) if is_possible else "",
        seconds=seconds_of_loan(group.code, loan.view.id),
    )


def _why_not(group: Group, loan: LoanCard, event: EventView) -> str:
    """Say why an event cannot be taken back, before anybody types a reason; empty when it can."""
    by, number = g.officer.mark, loan.view.id

    def look(session: Session) -> None:
        refuse_elsewhere(session, book_id=group.book_id, loan_id=number, also_borrowed=True)
        refuse_irreversible(
            session, book_id=group.book_id, loan_id=number, event_n=event.n, marks=(by,)
        )

    try:
        read(look)
    except DomainError as refusal:
        return refusal.sentence()
    return ""


@blueprint.post(f"{_LOAN}/events/<int:n>/reverse")
@open_to(KEEPERS)
def take_back(code: str, number: int, n: int) -> ResponseReturnValue:
    """Take a line back by the mirror image of its entry, once the second officer agrees."""
    form = sent_form(ReverseSchema())
    if form.is_valid:
        try:
            _taken_back(code, number, n, form)
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash("กลับรายการแล้ว รายการเดิมยังอยู่ในสมุด")
            return redirect(url_for("loans.card", code=code, number=number))
    group, loan = read(lambda session: group_and_loan(session, code=code, number=number))
    return _reverse_page(group, loan, _event(loan, n), form)


def _taken_back(code: str, number: int, n: int, form: Form) -> None:
    values, by, at = form.values, g.officer.mark, now()
    approved_by = approval_of(
        code=code,
        officer_id=values["second_officer"],
        password=values["password"],
        besides=g.officer.id,
        address=sent_from(),
        at=at,
    )

    def work(session: Session) -> None:
        book_id = group_by_code(session, code=code).book_id
        refuse_elsewhere(session, book_id=book_id, loan_id=number, also_borrowed=True)
        reverse_event(
            session,
            book_id=book_id,
            loan_id=number,
            event_n=n,
            on=values["happened_on"],
            reason=values["reason"],
            idempotency_key=values["key"],
            by=by,
            approved_by=approved_by,
            at=at,
        )

    write(work)
