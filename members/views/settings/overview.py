"""Settings: the groups of the network, and the villages and tambons they are of."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import ADMINISTRATORS, open_to
from ledger.thai import DateStyle, format_date
from ledger.web import Form, page, sent_form, today
from members import queries
from members.models import GroupKind
from members.places import village_code
from members.schemas.settings import GroupSchema, TambonSchema, VillageSchema
from members.services.groups import add_another_tambon, add_village, open_group
from members.views.room import blueprint

KIND_IN_THAI = {
    GroupKind.VILLAGE: "กลุ่มออมทรัพย์ระดับหมู่บ้าน",
    GroupKind.INSTITUTION: "สถาบันการเงินชุมชนระดับตำบล",
    GroupKind.NETWORK: "กองทุนเครือข่าย",
}


@blueprint.get("/settings")
@open_to(ADMINISTRATORS)
def settings() -> ResponseReturnValue:
    """Lead to groups, villages and officers."""

    def look(session: Session) -> tuple[int, int, int]:
        return (
            len(queries.groups(session)),
            len(queries.villages(session)),
            len(queries.officers(session)),
        )

    groups, villages, officers = read(look)
    return page("members/settings.html", groups=groups, villages=villages, officers=officers)


@blueprint.get("/settings/groups")
@open_to(ADMINISTRATORS)
def groups() -> ResponseReturnValue:
    """List the groups of the network."""
    return page("members/groups.html", groups=read(queries.group_views), kinds=KIND_IN_THAI)


@blueprint.get("/settings/groups/<code>")
@open_to(ADMINISTRATORS)
def group(code: str) -> ResponseReturnValue:
    """Show one group: where it stands, its mother and children, and who serves it."""

    def look(session: Session) -> dict[str, Any]:
        found = queries.group_by_code(session, code=code)
        views = queries.group_views(session)
        return {
            "group": next(view for view in views if view.code == code),
            "children": [view for view in views if view.mother_code == code],
            "serving": queries.serving(session, book_id=found.book_id),
        }

    found = read(look)
    return page("members/group.html", kinds=KIND_IN_THAI, **found)


@blueprint.get("/settings/new-group")
@open_to(ADMINISTRATORS)
def new_group() -> ResponseReturnValue:
    """Ask for what a new group needs."""
    first_day = format_date(today(), DateStyle.NUMERIC)
    return _new_group_page(Form({"kind": GroupKind.VILLAGE.value, "founded_on": first_day}))


def _new_group_page(form: Form) -> ResponseReturnValue:
    return page(
        "members/group_new.html",
        form,
        kinds=list(KIND_IN_THAI.items()),
        villages=read(village_choices),
        mothers=[(group.code, f"{group.name} ({group.code})") for group in read(queries.groups)],
    )


def village_choices(session: Session) -> list[tuple[str, str]]:
    """Give every village as a choice, by tambon and moo."""
    tambons = {tambon.code: tambon.name_th for tambon in queries.tambons(session)}
    return [
        (village.code, f"ต.{tambons[village.tambon_code]} {queries.village_line(village)}")
        for village in queries.villages(session)
    ]


@blueprint.post("/settings/new-group")
@open_to(ADMINISTRATORS)
def open_new_group() -> ResponseReturnValue:
    """Open a group with its book, the standard chart, the usual by-laws and products."""
    form = sent_form(GroupSchema())
    if form.is_valid:
        answers = {name: value for name, value in form.values.items() if name != "key"}
        try:
            opened = write(
                lambda session: open_group(session, **answers, by=g.officer.mark, at=now())
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(f"เปิด{opened.name}แล้ว ต่อไปเพิ่มกรรมการของกลุ่ม และตรวจระเบียบ")
            return redirect(url_for("members.group", code=opened.code))
    return _new_group_page(form)


@blueprint.get("/settings/villages")
@open_to(ADMINISTRATORS)
def villages() -> ResponseReturnValue:
    """List tambons and their villages, with a form for each kind."""
    return _villages_page(Form(), village_form=Form(), tambon_form=Form())


def _villages_page(form: Form, *, village_form: Form, tambon_form: Form) -> ResponseReturnValue:
    return page(
        "members/villages.html",
        form,
        village_form=village_form,
        tambon_form=tambon_form,
        tambons=read(queries.tambons),
        villages=read(queries.villages),
    )


@blueprint.post("/settings/villages")
@open_to(ADMINISTRATORS)
def add_one_village() -> ResponseReturnValue:
    """Add a village to a tambon."""
    form = sent_form(VillageSchema())
    if form.is_valid:
        code = village_code(tambon_code=form.values["tambon_code"], moo=form.values["moo"])
        name = form.values["village_name"]
        try:
            write(lambda session: add_village(session, code=code, name=name))
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(f"เพิ่ม{name}แล้ว")
            return redirect(url_for("members.villages"))
    return _villages_page(form, village_form=form, tambon_form=Form())


@blueprint.post("/settings/tambons")
@open_to(ADMINISTRATORS)
def add_one_tambon() -> ResponseReturnValue:
    """Add a tambon."""
    form = sent_form(TambonSchema())
    if form.is_valid:
        answers = {name: value for name, value in form.values.items() if name != "key"}
        try:
            write(lambda session: add_another_tambon(session, **answers))
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(f"เพิ่มตำบล{answers['name_th']}แล้ว")
            return redirect(url_for("members.villages"))
    return _villages_page(form, village_form=Form(), tambon_form=form)
