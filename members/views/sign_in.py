"""Signing in and out, one's own password, and the browsers in which one is signed in."""

from urllib.parse import urlsplit

from flask import current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError, NotFound
from ledger.roles import ANYONE_SIGNED_IN, EVERYBODY, open_to
from ledger.web import Form, page, sent_form, sent_from
from members import officers
from members.queries import groups, sample_officers
from members.schemas.sign_in import PasswordChangeSchema, SignInSchema
from members.views.room import blueprint


@blueprint.get("/sign-in")
@open_to(EVERYBODY)
def sign_in() -> ResponseReturnValue:
    """Ask for name and password; the sample network offers its people at one touch."""
    if not current_app.config["SETTINGS"].demo and not read(groups):
        return redirect(url_for("members.first_steps"))
    return _sign_in_page(Form({"next": request.args.get("next", "")}))


def _sign_in_page(form: Form) -> ResponseReturnValue:
    people = read(sample_officers) if current_app.config["SETTINGS"].demo else []
    return page("members/sign_in.html", form, people=people)


@blueprint.post("/sign-in")
@open_to(EVERYBODY)
def start_sign_in() -> ResponseReturnValue:
    """Check name and password and sign this browser in."""
    form = sent_form(SignInSchema())
    if form.is_valid:
        try:
            token = officers.sign_in(
                sign_in_name=form.values["sign_in_name"],
                password=form.values["password"],
                address=sent_from(),
                device=request.user_agent.string,
                at=now(),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return _signed_in(token, form.values["next"])
    return _sign_in_page(form)


class OnlyInTheSample(NotFound):
    """One touch signs in only where nothing is real."""

    thai = "ลงชื่อเข้าใช้แบบแตะเดียวมีเฉพาะเครือข่ายตัวอย่าง"


@blueprint.post("/sign-in/sample/<int:officer_id>")
@open_to(EVERYBODY)
def sample_sign_in(officer_id: int) -> ResponseReturnValue:
    """Sign in as one of the sample network's people; anywhere else there is no such page."""
    if not current_app.config["SETTINGS"].demo:
        raise OnlyInTheSample
    if officer_id not in {person.id for person in read(sample_officers)}:
        raise officers.OfficerNotFound(officer_id=officer_id)
    device = request.user_agent.string
    token = write(lambda work: officers.start(work, officer_id=officer_id, device=device, at=now()))
    return _signed_in(token, "")


def _signed_in(token: str, come_back: str) -> ResponseReturnValue:
    """Begin a fresh cookie, so that nothing from before the sign-in is carried along."""
    session.clear()
    session["token"] = token
    session.permanent = True
    parts = urlsplit(come_back)
    ours = come_back.startswith("/") and not come_back.startswith(("//", "/\\"))
    if ours and not parts.netloc and not parts.scheme:
        return redirect(come_back)
    return redirect(url_for("desk.home"))


@blueprint.post("/sign-out")
@open_to(ANYONE_SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """Sign this browser out."""
    token = session.get("token", "")
    write(lambda work: officers.sign_out(work, token=token, at=now()))
    session.clear()
    return redirect(url_for("members.sign_in"))


@blueprint.get("/account")
@open_to(ANYONE_SIGNED_IN)
def account() -> ResponseReturnValue:
    """Show one's own sign-ins, and the form for another password."""
    return _account_page(Form())


def _account_page(form: Form) -> ResponseReturnValue:
    sign_ins = read(lambda work: officers.sign_ins_of(work, officer_id=g.officer.id))
    return page("members/account.html", form, sign_ins=sign_ins)


@blueprint.post("/account/password")
@open_to(ANYONE_SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """Take another password, after the present one was typed; every browser is signed out."""
    form = sent_form(PasswordChangeSchema())
    if form.is_valid:
        try:
            officers.confirm(
                officer_id=g.officer.id,
                password=form.values["present"],
                address=sent_from(),
                at=now(),
            )
            hashed = officers.hash_password(form.values["new"])
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            write(
                lambda work: officers.set_password(
                    work, officer_id=g.officer.id, password_hash=hashed, at=now()
                )
            )
            session.clear()
            flash("เปลี่ยนรหัสผ่านแล้ว ลงชื่อเข้าใช้ใหม่ด้วยรหัสผ่านใหม่")
            return redirect(url_for("members.sign_in"))
    return _account_page(form)


@blueprint.post("/account/sign-out-everywhere")
@open_to(ANYONE_SIGNED_IN)
def sign_out_everywhere() -> ResponseReturnValue:
    """Sign out of every browser, such as a telephone that was lost."""
    write(lambda work: officers.end_sign_ins(work, officer_id=g.officer.id, at=now()))
    session.clear()
    return redirect(url_for("members.sign_in"))
