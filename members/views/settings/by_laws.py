"""The by-laws of a group, each with its history, and the savings products it offers."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError, NotFound
from ledger.roles import ADMINISTRATORS, READERS, Role, open_to
from ledger.thai import DateStyle, format_date
from ledger.web import Form, page, sent_form, today
from members import queries
from members.by_laws import (
    COUNTED,
    FIRST_RULES,
    HELD_AS_IN_THAI,
    LOAN_RULES,
    MOST_TIERS,
    PER_CENT,
    RULE_IN_THAI,
    RuleName,
    percent,
    rule_in_words,
)
from members.models import Group
from members.queries import Resolution
from members.schemas.settings import RESOLUTION_SCHEMAS, ProductSchema, ResolutionSchema
from members.services.groups import (
    PRODUCT_PLANS,
    has_pledges,
    open_product_for_members,
    resolve_rule,
)
from members.views.room import blueprint

BY_LAW_READERS = READERS | ADMINISTRATORS
#: Those who record what a meeting resolved.
RESOLVERS = frozenset({Role.TREASURER, Role.ADMINISTRATOR})


class RuleNotFound(NotFound):
    """There is no rule of this name."""

    thai = "ไม่พบระเบียบเรื่องนี้ กลับไปเลือกจากหน้าระเบียบของกลุ่ม"


@blueprint.get("/groups/<code>/by-laws")
@open_to(BY_LAW_READERS)
def by_laws(code: str) -> ResponseReturnValue:
    """Show the rules of a group: what holds today, what is to come, and the products."""

    def look(session: Session) -> tuple[Group, list[Resolution], list[queries.ProductView]]:
        group = queries.group_by_code(session, code=code)
        return (
            group,
            queries.resolutions_of(session, book_id=group.book_id),
            queries.products_of(session, book_id=group.book_id),
        )

    group, resolved, products = read(look)
    return page(
        "members/by_laws.html",
        group_name=group.name,
        parts=[
            (heading, [(name, *_now_and_next(resolved, name)) for name in names])
            for heading, names in (("", FIRST_RULES), ("เรื่องเงินกู้", LOAN_RULES))
        ],
        products=products,
        **_words(code),
    )


def _now_and_next(
    resolved: list[Resolution], name: RuleName
) -> tuple[Resolution | None, Resolution | None]:
    """Give the resolution that holds today, and the next one to come; they are newest first."""
    of_rule = [resolution for resolution in resolved if resolution.name is name]
    holds = next((one for one in of_rule if one.holds_from <= today()), None)
    to_come = [one for one in of_rule if one.holds_from > today()]
    return holds, to_come[-1] if to_come else None


def _words(code: str) -> dict[str, Any]:
    """Give what the templates of by-laws write with."""
    return {
        "code": code,
        "may_resolve": g.officer.may(RESOLVERS, code),
        "rule_in_thai": RULE_IN_THAI,
        "rule_in_words": rule_in_words,
        "plans": PRODUCT_PLANS,
        "percent": percent,
        "kind_of": _kind_of,
    }


def _kind_of(name: RuleName) -> str:
    """Tell in which box a rule is typed: money, percent, count, tiers or choice."""
    if name in PER_CENT:
        return "percent"
    if name in COUNTED:
        return "count"
    return {RuleName.PLEDGE_HELD_AS: "choice", RuleName.PROVISION_TIERS: "tiers"}.get(name, "money")


@blueprint.get("/groups/<code>/by-laws/<rule>")
@open_to(BY_LAW_READERS)
def by_law(code: str, rule: str) -> ResponseReturnValue:
    """Show one rule with all that was ever resolved about it, and the form for a new resolution."""
    name = _rule_of(rule)
    typed: dict[str, Any] = {"holds_from": format_date(today(), DateStyle.NUMERIC)}
    if name is RuleName.PROVISION_TIERS:
        # A table is changed at one line and seldom typed anew, so it begins with what holds.
        typed |= _tiers_as_typed(code)
    return _by_law_page(code, name, Form(typed))


def _tiers_as_typed(code: str) -> dict[str, list[str]]:
    def look(session: Session) -> list[Resolution]:
        group = queries.group_by_code(session, code=code)
        return queries.resolutions_of(session, book_id=group.book_id)

    holds = _now_and_next(read(look), RuleName.PROVISION_TIERS)[0]
    tiers = holds.value if holds is not None else []
    return {
        "months": [str(months) for months, _ppm in tiers],
        "percent": [percent(ppm) for _months, ppm in tiers],
    }


def _rule_of(rule: str) -> RuleName:
    try:
        return RuleName(rule)
    except ValueError:
        raise RuleNotFound(rule=rule[:40]) from None


def _by_law_page(code: str, name: RuleName, form: Form) -> ResponseReturnValue:
    def look(session: Session) -> tuple[Group, list[Resolution], dict[str, str], bool]:
        group = queries.group_by_code(session, code=code)
        return (
            group,
            queries.resolutions_of(session, book_id=group.book_id),
            queries.officer_names(session),
            name is RuleName.PLEDGE_HELD_AS and has_pledges(session, book_id=group.book_id),
        )

    group, resolved, names, is_fixed = read(look)
    return page(
        "members/by_laws_one.html",
        form,
        group_name=group.name,
        name=name,
        kind=_kind_of(name),
        most_tiers=MOST_TIERS,
        holds=_now_and_next(resolved, name)[0],
        is_fixed=is_fixed,
        history=[resolution for resolution in resolved if resolution.name is name],
        names=names,
        held_as=list(HELD_AS_IN_THAI.items()),
        **_words(code),
    )


@blueprint.post("/groups/<code>/by-laws/<rule>")
@open_to(RESOLVERS)
def resolve(code: str, rule: str) -> ResponseReturnValue:
    """Read a resolution back, and record it once that was confirmed: it can never be changed."""
    name = _rule_of(rule)
    form = sent_form(RESOLUTION_SCHEMAS.get(name, ResolutionSchema)())
    read_back = form.values.get("read_back")
    if not form.is_valid or read_back == "no":
        return _by_law_page(code, name, form)
    if read_back != "yes":
        return _read_back_page(code, name, form)

    def record(session: Session) -> None:
        group = queries.group_by_code(session, code=code)
        resolve_rule(
            session,
            book_id=group.book_id,
            name=name,
            value=form.values["value"],
            holds_from=form.values["holds_from"],
            resolution=form.values["resolution"],
            by=g.officer.mark,
            at=now(),
        )

    try:
        write(record)
    except DomainError as refusal:
        form.refuse(refusal)
        return _by_law_page(code, name, form)
    flash("บันทึกมติแล้ว")
    return redirect(url_for("members.by_law", code=code, rule=name.value))


def _read_back_page(code: str, name: RuleName, form: Form) -> ResponseReturnValue:
    group = read(lambda session: queries.group_by_code(session, code=code))
    return page(
        "members/by_laws_read_back.html",
        form,
        group_name=group.name,
        name=name,
        kind=_kind_of(name),
        **_words(code),
    )


@blueprint.get("/groups/<code>/products")
@open_to(BY_LAW_READERS)
def products(code: str) -> ResponseReturnValue:
    """Show the savings products of a group, and those that it could open."""
    return _products_page(code, Form({"opened_on": format_date(today(), DateStyle.NUMERIC)}))


def _products_page(code: str, form: Form) -> ResponseReturnValue:
    def look(session: Session) -> tuple[Group, list[queries.ProductView]]:
        group = queries.group_by_code(session, code=code)
        return group, queries.products_of(session, book_id=group.book_id)

    group, offered = read(look)
    there = {product.kind for product in offered}
    return page(
        "members/products.html",
        form,
        group_name=group.name,
        products=offered,
        others=[
            (kind.value, f"{plan.name} — {plan.about}")
            for kind, plan in PRODUCT_PLANS.items()
            if kind not in there
        ],
        **_words(code),
    )


@blueprint.post("/groups/<code>/products")
@open_to(RESOLVERS)
def open_another_product(code: str) -> ResponseReturnValue:
    """Open another product, with an account for each present member."""
    form = sent_form(ProductSchema())
    if form.is_valid:

        def open_it(session: Session) -> int:
            group = queries.group_by_code(session, code=code)
            return open_product_for_members(
                session,
                book_id=group.book_id,
                kind=form.values["kind"],
                opened_on=form.values["opened_on"],
                name=form.values["name"],
                at=now(),
            )

        try:
            members = write(open_it)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            name = form.values["name"] or PRODUCT_PLANS[form.values["kind"]].name
            flash(f"เปิด{name}แล้ว และเปิดบัญชีให้สมาชิก {members} คน")
            return redirect(url_for("members.products", code=code))
    return _products_page(code, form)
