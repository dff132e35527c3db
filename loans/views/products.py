"""The kinds of loan and their by-laws: opened and resolved by a meeting, read back before kept."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError, NotFound
from ledger.money import format_baht
from ledger.roles import open_to
from ledger.thai import DateStyle, format_date
from ledger.web import Form, page, sent_form, today
from loans.ceiling import AboveCeiling
from loans.kinds import FOR_MEMBERS, PURPOSE_IN_THAI, Purpose
from loans.product_terms import (
    MONTHS_IN_A_YEAR,
    ByLawUnfit,
    ChargeName,
    LoanByLaw,
    check_by_law,
    most_monthly_rate_ppm,
    times,
)
from loans.product_words import (
    COUNTING_IN_THAI,
    EVERY_IN_THAI,
    GRACE_IN_THAI,
    METHOD_IN_THAI,
    METHOD_MEANS,
    ROUNDINGS,
    SUGGESTED,
    by_law_in_words,
    example_in_words,
    percent_short,
    rate_in_words,
    rounding_of,
)
from loans.queries.products import LoanProductView, loan_product, loan_products
from loans.schedule import Method
from loans.schemas.products import (
    RATE_PER_IN_THAI,
    CloseProductSchema,
    LoanByLawSchema,
    LoanProductSchema,
    RatePer,
)
from loans.services.products import (
    BeforeLastResolution,
    ClosedBeforeOpened,
    LoanByLawResolvedAlready,
    LoanDayUnfit,
    LoanProductExists,
    check_resolution_day,
    close_loan_product,
    open_loan_product,
    resolve_loan_by_law,
)
from loans.views.room import blueprint
from members.by_laws import percent
from members.models import Group
from members.queries import group_by_code, officer_names
from members.views.settings.by_laws import BY_LAW_READERS, RESOLVERS

#: The box of a form for each part of a by-law that a rule may refuse.
_BOXES = {
    "most_satang": "most",
    "most_hundredths_of_savings": "times",
    "annual_rate_ppm": "rate",
}
_BOXES_OF_REFUSALS: dict[type[DomainError], str] = {
    LoanDayUnfit: "holds_from",
    LoanByLawResolvedAlready: "holds_from",
    BeforeLastResolution: "holds_from",
    LoanProductExists: "name",
    ClosedBeforeOpened: "closed_on",
}


class PurposeNotFound(NotFound):
    """No member borrows for that."""

    thai = "ไม่มีเงินกู้แบบนี้ กลับไปเลือกจากหน้าประเภทเงินกู้"


@blueprint.get("/groups/<code>/loan-products")
@open_to(BY_LAW_READERS)
def products(code: str) -> ResponseReturnValue:
    """Show the kinds of loan of a group with what holds today, and those it could open."""

    def look(session: Session) -> tuple[Group, list[LoanProductView]]:
        group = group_by_code(session, code=code)
        return group, loan_products(session, book_id=group.book_id, on=today())

    group, offered = read(look)
    return page(
        "loans/products.html",
        group_name=group.name,
        open_ones=[product for product in offered if product.closed_on is None],
        closed_ones=[product for product in offered if product.closed_on is not None],
        purposes=[(purpose.value, PURPOSE_IN_THAI[purpose]) for purpose in FOR_MEMBERS],
        **_words(code),
    )


def _words(code: str) -> dict[str, Any]:
    """Give what the templates of loan by-laws write with."""
    return {
        "code": code,
        "may_resolve": g.officer.may(RESOLVERS, code),
        "percent": percent,
        "percent_short": percent_short,
        "times": times,
        "in_words": by_law_in_words,
        "rate_in_words": rate_in_words,
    }


@blueprint.get("/groups/<code>/loan-products/<product>")
@open_to(BY_LAW_READERS)
def product(code: str, product: str) -> ResponseReturnValue:
    """Show one kind of loan: what holds, a worked example, and everything resolved before."""
    return _product_page(code, product, Form({"closed_on": _typed_today()}))


def _typed_today() -> str:
    return format_date(today(), DateStyle.NUMERIC)


def _product_page(code: str, product: str, form: Form) -> ResponseReturnValue:
    def look(session: Session) -> tuple[Group, LoanProductView, dict[str, str]]:
        group = group_by_code(session, code=code)
        return (
            group,
            loan_product(session, book_id=group.book_id, product_code=product, on=today()),
            officer_names(session),
        )

    group, found, names = read(look)
    shown = found.shown
    return page(
        "loans/products_one.html",
        form,
        group_name=group.name,
        product=found,
        shown=shown,
        # On the very day on which it was found that a schedule follows from it.
        example=[] if shown is None else example_in_words(shown.by_law, on=shown.holds_from),
        names=names,
        **_words(code),
    )


@blueprint.get("/groups/<code>/loan-products/new")
@open_to(RESOLVERS)
def new_product(code: str) -> ResponseReturnValue:
    """Ask what a meeting resolved about a new kind of loan, beginning with invented figures."""
    try:
        purpose = Purpose(request.args.get("purpose", Purpose.ORDINARY.value))
        suggested = SUGGESTED[purpose]
    except (ValueError, KeyError):
        raise PurposeNotFound(purpose=request.args.get("purpose", "")[:40]) from None
    typed = _as_typed(suggested) | {"name": PURPOSE_IN_THAI[purpose], "purpose": purpose.value}
    # Declining or flat is not suggested: who says one per cent a month may mean either.
    del typed["method"]
    return _form_page(code, Form(typed), None)


def _as_typed(by_law: LoanByLaw) -> dict[str, Any]:
    """Give a by-law as the boxes of its form show it."""
    multiple = by_law.most_hundredths_of_savings
    return {
        "most": format_baht(by_law.most_satang),
        "times": times(multiple) if multiple else "",
        "most_instalments": by_law.most_instalments,
        "rate": percent(by_law.annual_rate_ppm),
        "rate_per": RatePer.YEAR.value,
        "method": by_law.method.value,
        "every": by_law.every.value,
        "counting": by_law.counting.value,
        "rounding": rounding_of(by_law),
        "grace": by_law.grace.value,
        "grace_instalments": by_law.grace_instalments,
        "guarantors": by_law.guarantors,
        "guarantees_each": by_law.guarantees_each,
        "waiting_months": by_law.waiting_months,
        "collateral": by_law.collateral,
        "charge_name": by_law.charge_name,
        "contract_fee": format_baht(by_law.contract_fee),
        "holds_from": _typed_today(),
        "resolution": "",
    }


def _form_page(code: str, form: Form, product: str | None) -> ResponseReturnValue:
    """Show the form of a new kind of loan, or of a new resolution about one."""
    group, found = _group_and_product(code, product)
    return page(
        "loans/products_form.html",
        form,
        group_name=group.name,
        product=found,
        action=_action(code, product),
        choices={
            "purposes": [(one.value, PURPOSE_IN_THAI[one]) for one in FOR_MEMBERS],
            "rate_pers": [(one.value, words) for one, words in RATE_PER_IN_THAI.items()],
            "methods": [
                (one.value, f"{words} — {METHOD_MEANS[one]}")
                for one, words in METHOD_IN_THAI.items()
            ],
            "everies": [(one.value, words) for one, words in EVERY_IN_THAI.items()],
            "countings": [(one.value, words) for one, words in COUNTING_IN_THAI.items()],
            "roundings": [(name, words) for name, (_m, _h, words) in ROUNDINGS.items()],
            "graces": [(one.value, words) for one, words in GRACE_IN_THAI.items()],
            "charge_names": [(one.value, one.value) for one in ChargeName],
        },
        **_words(code),
    )


def _group_and_product(code: str, product: str | None) -> tuple[Group, LoanProductView | None]:
    def look(session: Session) -> tuple[Group, LoanProductView | None]:
        group = group_by_code(session, code=code)
        if product is None:
            return group, None
        return group, loan_product(session, book_id=group.book_id, product_code=product, on=today())

    return read(look)


def _action(code: str, product: str | None) -> str:
    if product is None:
        return url_for("loans.open_product", code=code)
    return url_for("loans.resolve_product", code=code, product=product)


@blueprint.post("/groups/<code>/loan-products/new")
@open_to(RESOLVERS)
def open_product(code: str) -> ResponseReturnValue:
    """Read a new kind of loan back, and open it once that was confirmed."""
    form = sent_form(LoanProductSchema())

    def record(session: Session) -> str:
        values, group = form.values, group_by_code(session, code=code)
        return open_loan_product(
            session,
            book_id=group.book_id,
            name=values["name"],
            purpose=values["purpose"],
            by_law=values["by_law"],
            holds_from=values["holds_from"],
            resolution=values["resolution"],
            by=g.officer.mark,
            at=now(),
        ).code

    return _read_back_then(code, form, None, record)


@blueprint.get("/groups/<code>/loan-products/<product>/resolve")
@open_to(RESOLVERS)
def ask_resolution(code: str, product: str) -> ResponseReturnValue:
    """Ask what a meeting resolved anew about a kind of loan, beginning with what holds."""
    _group, found = _group_and_product(code, product)
    assert found is not None
    newest = found.history[0].by_law if found.history else SUGGESTED[found.purpose]
    return _form_page(code, Form(_as_typed(newest)), product)


@blueprint.post("/groups/<code>/loan-products/<product>/resolve")
@open_to(RESOLVERS)
def resolve_product(code: str, product: str) -> ResponseReturnValue:
    """Read a new resolution back, and record it once that was confirmed."""
    form = sent_form(LoanByLawSchema())

    def record(session: Session) -> str:
        values, group = form.values, group_by_code(session, code=code)
        resolve_loan_by_law(
            session,
            book_id=group.book_id,
            product_code=product,
            by_law=values["by_law"],
            holds_from=values["holds_from"],
            resolution=values["resolution"],
            by=g.officer.mark,
            at=now(),
        )
        return product

    return _read_back_then(code, form, product, record)


def _read_back_then(
    code: str, form: Form, product: str | None, record: Callable[[Session], str]
) -> ResponseReturnValue:
    """Show what would be recorded; record it when that was read and found right."""
    if form.is_valid and form.values["read_back"] != "no":
        by_law: LoanByLaw = form.values["by_law"]
        try:
            _check_day(code, form.values["holds_from"])
            effective = check_by_law(by_law, on=form.values["holds_from"])
            if form.values["read_back"] != "yes":
                return _read_back_page(code, form, product, effective)
            recorded = write(record)
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            flash("บันทึกมติแล้ว")
            return redirect(url_for("loans.product", code=code, product=recorded))
    return _form_page(code, form, product)


def _check_day(code: str, holds_from: date) -> None:
    """Refuse a day that cannot be before anything is worked out from it."""

    def check(session: Session) -> None:
        book_id = group_by_code(session, code=code).book_id
        check_resolution_day(session, book_id=book_id, holds_from=holds_from, at=now())

    read(check)


def _read_back_page(
    code: str, form: Form, product: str | None, effective: int
) -> ResponseReturnValue:
    group, found = _group_and_product(code, product)
    by_law, holds_from = form.values["by_law"], form.values["holds_from"]
    return page(
        "loans/products_read_back.html",
        form,
        group_name=group.name,
        product=found,
        name=form.values["name"] if found is None else found.name,
        purpose=PURPOSE_IN_THAI[form.values["purpose"]] if found is None else found.purpose_in_thai,
        action=_action(code, product),
        by_law=by_law,
        effective=effective,
        example=example_in_words(by_law, on=holds_from),
        kept=[box for box in form.typed if box not in {"key", "read_back"}],
        **_words(code),
    )


def _refuse(form: Form, refusal: DomainError) -> None:
    """Say a refusal at the box that it is about, or above the form."""
    form.refuse(refusal)
    if isinstance(refusal, ByLawUnfit):
        box = str(refusal.facts["box"])
        form.errors.setdefault(_BOXES.get(box, box), []).append(refusal.sentence())
    elif type(refusal) in _BOXES_OF_REFUSALS:
        form.errors.setdefault(_BOXES_OF_REFUSALS[type(refusal)], []).append(refusal.sentence())
    elif isinstance(refusal, AboveCeiling):
        form.errors.setdefault("rate", []).append(_way_out(form))


def _way_out(form: Form) -> str:
    """Say what may be done about a kind that costs too much, in the terms in which it was typed."""
    by_law: LoanByLaw = form.values["by_law"]
    if by_law.method is not Method.FLAT:
        return "แก้อัตรา จำนวนงวด หรือค่าทำสัญญา"
    most = most_monthly_rate_ppm(by_law, on=form.values["holds_from"])
    said = f"ร้อยละ {percent(form.values['rate'])} {RATE_PER_IN_THAI[form.values['rate_per']]}"
    return (
        f"ที่ใส่มา{said} ถ้าหมายถึงลดต้นลดดอก เลือกวิธีผ่อนแบบลดต้นลดดอก "
        f"ถ้าเป็นแบบคงที่ {by_law.most_instalments} งวด ใช้ได้ไม่เกินร้อยละ {percent(most)} ต่อเดือน "
        f"(ร้อยละ {percent(most * MONTHS_IN_A_YEAR)} ต่อปี)"
    )


@blueprint.post("/groups/<code>/loan-products/<product>/close")
@open_to(RESOLVERS)
def close_product(code: str, product: str) -> ResponseReturnValue:
    """Offer a kind of loan no more; its loans go on."""
    form = sent_form(CloseProductSchema())
    if form.is_valid:

        def close(session: Session) -> None:
            close_loan_product(
                session,
                book_id=group_by_code(session, code=code).book_id,
                product_code=product,
                closed_on=form.values["closed_on"],
                at=now(),
            )

        try:
            write(close)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash("เลิกให้กู้ประเภทนี้แล้ว สัญญาที่มีอยู่ผ่อนต่อตามเดิม")
            return redirect(url_for("loans.product", code=code, product=product))
    return _product_page(code, product, form)
