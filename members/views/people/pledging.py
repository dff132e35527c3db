"""Changing what a member promises to pay in."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import Satang, format_baht
from ledger.roles import KEEPERS, open_to
from ledger.web import Form, page, sent_form, today
from members.models import Group
from members.queries import (
    MemberCard,
    ProductView,
    officer_names,
    pledge_history,
    products_of,
)
from members.schemas.people import PLEDGE_BOX, PledgeSchema, with_pledges
from members.services.people import promise
from members.views.people.asking import as_typed, group_and_card, limits_of, refuse_at_its_box
from members.views.room import blueprint


def _look(session: Session, code: str, number: str) -> tuple[Group, MemberCard, list[ProductView]]:
    group, card = group_and_card(session, code=code, number=number)
    return group, card, products_of(session, book_id=group.book_id)


@blueprint.get("/groups/<code>/members/<number>/pledge")
@open_to(KEEPERS)
def pledge(code: str, number: str) -> ResponseReturnValue:
    """Show what a member promises now, to be changed from a day on."""
    _group, card, products = read(lambda session: _look(session, code, number))
    held = {
        PLEDGE_BOX + product.code: format_baht(card.pledges[product.code])
        for product in products
        if product.code in card.pledges
    }
    return _pledge_page(code, number, Form(held | {"holds_from": as_typed(today())}))


def _pledge_page(code: str, number: str, form: Form) -> ResponseReturnValue:
    def look(session: Session) -> dict[str, object]:
        group, card, products = _look(session, code, number)
        return {
            "group_name": group.name,
            "card": card,
            "products": products,
            "limits": limits_of(session, book_id=group.book_id),
            "history": pledge_history(session, book_id=group.book_id, member_id=card.member_id),
            "names": officer_names(session),
        }

    return page("members/pledge.html", form, code=code, **read(look))


@blueprint.post("/groups/<code>/members/<number>/pledge")
@open_to(KEEPERS)
def change_pledge(code: str, number: str) -> ResponseReturnValue:
    """Record what the member promises from a day on; an empty box promises nothing."""
    group, _card, products = read(lambda session: _look(session, code, number))
    form = sent_form(with_pledges(PledgeSchema, [product.code for product in products]))
    if form.is_valid:
        try:
            changed = write(
                lambda session: len(
                    promise(
                        session,
                        book_id=group.book_id,
                        number=number,
                        amounts={
                            product.code: form.values[PLEDGE_BOX + product.code] or Satang(0)
                            for product in products
                        },
                        holds_from=form.values["holds_from"],
                        by=g.officer.mark,
                        at=now(),
                    )
                )
            )
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            day = as_typed(form.values["holds_from"])
            flash(f"เปลี่ยนสัจจะแล้ว เริ่ม {day}" if changed else "สัจจะเท่าเดิม ไม่มีอะไรเปลี่ยน")
            return redirect(url_for("members.member", code=code, number=number))
    return _pledge_page(code, number, form)
