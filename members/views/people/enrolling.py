"""Taking somebody in."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import ZERO, format_baht
from ledger.roles import KEEPERS, open_to
from ledger.web import Form, page, sent_form, today
from members.models import Group, PersonType
from members.queries import ProductView, full_name, group_by_code, products_of, villages
from members.schemas.people import PLEDGE_BOX, EnrolSchema, with_pledges
from members.services.people import NewMember, enrol_once, next_member_number
from members.views.people.asking import as_typed, limits_of, premiums_of, refuse_at_its_box
from members.views.room import blueprint

PERSON_TYPE_IN_THAI = {
    PersonType.THAI: "คนไทย มีเลขประจำตัวประชาชน",
    PersonType.NO_STATUS: "ผู้ไม่มีสถานะทางทะเบียน",
    PersonType.ALIEN: "คนต่างด้าว",
    PersonType.NO_NUMBER: "ไม่มีเลขประจำตัว",
}


@blueprint.get("/groups/<code>/members/new")
@open_to(KEEPERS)
def enrol(code: str) -> ResponseReturnValue:
    """Ask who joins; the next free number and today are filled in."""

    def look(session: Session) -> dict[str, str]:
        group, products = _group_and_products(session, code)
        premiums = premiums_of(session, book_id=group.book_id)
        return {
            "number": next_member_number(session, book_id=group.book_id),
            "joined_on": as_typed(today()),
            "village_code": group.village_code or "",
            "person_type": PersonType.THAI.value,
        } | {
            PLEDGE_BOX + product.code: format_baht(premiums[product.kind])
            for product in products
            if premiums.get(product.kind)
        }

    return _enrol_page(code, Form(read(look)))


def _enrol_page(code: str, form: Form) -> ResponseReturnValue:
    def look(session: Session) -> dict[str, object]:
        group, products = _group_and_products(session, code)
        return {
            "group_name": group.name,
            "products": products,
            "limits": limits_of(session, book_id=group.book_id),
            "villages": [
                (village.code, f"{village.name} หมู่ที่ {village.moo}") for village in villages(session)
            ],
        }

    return page(
        "members/enrol.html",
        form,
        code=code,
        person_types=[(kind.value, words) for kind, words in PERSON_TYPE_IN_THAI.items()],
        **read(look),
    )


@blueprint.post("/groups/<code>/members/new")
@open_to(KEEPERS)
def take_in(code: str) -> ResponseReturnValue:
    """Take somebody in, and lead on to the receipt of what they pay on the first day."""
    group, products = read(lambda session: _group_and_products(session, code))
    form = sent_form(with_pledges(EnrolSchema, [product.code for product in products]))
    if form.is_valid:
        values = form.values
        person = NewMember(
            number=values["number"],
            title=values["title"],
            given_name=values["given_name"],
            family_name=values["family_name"],
            person_type=values["person_type"],
            national_id=values["national_id"],
            telephone=values["telephone"],
            house_number=values["house_number"],
            village_code=values["village_code"] or None,
            beneficiary=values["beneficiary"],
            joined_on=values["joined_on"],
        )
        pledges = {product.code: values[PLEDGE_BOX + product.code] or ZERO for product in products}
        try:
            name = write(
                lambda session: full_name(
                    enrol_once(
                        session,
                        book_id=group.book_id,
                        person=person,
                        pledges=pledges,
                        by=g.officer.mark,
                        at=now(),
                    )
                )
            )
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash(f"รับ{name}เป็นสมาชิกเลขที่ {person.number} แล้ว รับเงินแรกเข้าต่อได้เลย")
            return redirect(url_for("desk.receive", code=code, number=person.number, entrance=1))
    return _enrol_page(code, form)


def _group_and_products(session: Session, code: str) -> tuple[Group, list[ProductView]]:
    group = group_by_code(session, code=code)
    return group, products_of(session, book_id=group.book_id)
