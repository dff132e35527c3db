"""Settings: those who serve, their duties, and their passwords."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import ADMINISTRATORS, ROLE_IN_THAI, Role, open_to
from ledger.web import Form, page, sent_form
from members import officers as serving
from members import queries
from members.models import Village
from members.schemas.settings import DutySchema, NewPasswordSchema, OfficerSchema
from members.views.room import blueprint
from members.views.settings.overview import village_choices

ROLE_CHOICES = list(ROLE_IN_THAI.items())


@blueprint.get("/settings/officers")
@open_to(ADMINISTRATORS)
def officers() -> ResponseReturnValue:
    """List everybody who serves, with their duties."""
    return page("members/officers.html", officers=read(queries.officers))


@blueprint.get("/settings/new-officer")
@open_to(ADMINISTRATORS)
def new_officer() -> ResponseReturnValue:
    """Ask for somebody new's name, duty and first password."""
    return _new_officer_page(Form())


def _new_officer_page(form: Form) -> ResponseReturnValue:
    return page(
        "members/officer_new.html",
        form,
        roles=ROLE_CHOICES,
        places=read(_place_choices),
        villages=read(village_choices),
    )


def _place_choices(session: Session) -> list[tuple[str, str]]:
    return [(group.code, f"{group.name} ({group.code})") for group in queries.groups(session)]


@blueprint.post("/settings/new-officer")
@open_to(ADMINISTRATORS)
def add_new_officer() -> ResponseReturnValue:
    """Add somebody who serves."""
    form = sent_form(OfficerSchema())
    if form.is_valid:
        values = form.values
        try:
            hashed = serving.hash_password(values["new"])
            added = write(
                lambda session: serving.add_officer(
                    session,
                    sign_in_name=values["sign_in_name"],
                    name=values["name"],
                    village_code=values["village_code"],
                    password_hash=hashed,
                    duties=[(values["where"], values["role"])],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(f"เพิ่ม{added.name}แล้ว บอกชื่อผู้ใช้และรหัสผ่านกันต่อหน้า")
            return redirect(url_for("members.officer", officer_id=added.id))
    return _new_officer_page(form)


@blueprint.get("/settings/officers/<int:officer_id>")
@open_to(ADMINISTRATORS)
def officer(officer_id: int) -> ResponseReturnValue:
    """Show one officer: their duties, and what an administrator may do about them."""
    return _officer_page(officer_id, Form(), duty_form=Form(), password_form=Form())


def _officer_page(
    officer_id: int, form: Form, *, duty_form: Form, password_form: Form
) -> ResponseReturnValue:
    def look(session: Session) -> dict[str, Any]:
        found = serving.officer_by_id(session, officer_id=officer_id)
        village = session.get(Village, found.village_code) if found.village_code else None
        duties = queries.duties_of(session, officer_id=officer_id)
        return {
            "person": found,
            "village": "" if village is None else queries.village_line(village),
            "duties": [duty for duty in duties if duty.ended_at is None],
            "ended": [duty for duty in duties if duty.ended_at is not None],
            "names": queries.officer_names(session),
            "places": _place_choices(session),
        }

    found = read(look)
    return page(
        "members/officer.html",
        form,
        duty_form=duty_form,
        password_form=password_form,
        roles=ROLE_CHOICES,
        **found,
    )


@blueprint.post("/settings/officers/<int:officer_id>/duties")
@open_to(ADMINISTRATORS)
def give_one_duty(officer_id: int) -> ResponseReturnValue:
    """Give an officer another duty; it holds from their next page on."""
    form = sent_form(DutySchema())
    if form.is_valid:
        role: Role = form.values["role"]
        try:
            write(
                lambda session: serving.give_duty(
                    session,
                    officer_id=officer_id,
                    code=form.values["where"],
                    role=role,
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(f"ให้หน้าที่{ROLE_IN_THAI[role]}แล้ว")
            return redirect(url_for("members.officer", officer_id=officer_id))
    return _officer_page(officer_id, form, duty_form=form, password_form=Form())


@blueprint.post("/settings/officers/<int:officer_id>/password")
@open_to(ADMINISTRATORS)
def set_officer_password(officer_id: int) -> ResponseReturnValue:
    """Give an officer who forgot theirs another password; they are signed out everywhere."""
    form = sent_form(NewPasswordSchema())
    if form.is_valid:
        try:
            hashed = serving.hash_password(form.values["new"])
            write(
                lambda session: serving.set_password(
                    session, officer_id=officer_id, password_hash=hashed, at=now()
                )
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash("ตั้งรหัสผ่านใหม่แล้ว และออกจากระบบให้ทุกเครื่อง บอกรหัสผ่านกันต่อหน้า")
            return redirect(url_for("members.officer", officer_id=officer_id))
    return _officer_page(officer_id, form, duty_form=Form(), password_form=form)


def _change(officer_id: int, work: Callable[[Session], None], said: str) -> ResponseReturnValue:
    """Do one thing to an officer that needs no form, and say that it was done, or why not."""
    form = Form()
    try:
        write(work)
    except DomainError as refusal:
        form.refuse(refusal)
        return _officer_page(officer_id, form, duty_form=Form(), password_form=Form())
    flash(said)
    return redirect(url_for("members.officer", officer_id=officer_id))


@blueprint.post("/settings/officers/<int:officer_id>/duties/<int:duty_id>/end")
@open_to(ADMINISTRATORS)
def end_one_duty(officer_id: int, duty_id: int) -> ResponseReturnValue:
    """End a duty; it no longer holds from the officer's next page on."""
    return _change(
        officer_id,
        lambda session: serving.end_duty(session, officer_id=officer_id, duty_id=duty_id, at=now()),
        "สิ้นสุดหน้าที่แล้ว มีผลทันที",
    )


@blueprint.post("/settings/officers/<int:officer_id>/suspend")
@open_to(ADMINISTRATORS)
def suspend_officer(officer_id: int) -> ResponseReturnValue:
    """Suspend an officer; every browser of theirs is signed out at once."""
    return _change(
        officer_id,
        lambda session: serving.suspend(session, officer_id=officer_id, at=now()),
        "ระงับแล้ว และออกจากระบบให้ทุกเครื่อง",
    )


@blueprint.post("/settings/officers/<int:officer_id>/reinstate")
@open_to(ADMINISTRATORS)
def reinstate_officer(officer_id: int) -> ResponseReturnValue:
    """Let a suspended officer sign in again."""
    return _change(
        officer_id,
        lambda session: serving.reinstate(session, officer_id=officer_id),
        "ให้กลับมาใช้งานแล้ว ลงชื่อเข้าใช้ด้วยรหัสผ่านเดิมได้",
    )
