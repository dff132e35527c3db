"""Signing in and out, one's own password, and the browsers in which one is signed in."""

import re

from flask import current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError, NotFound
from ledger.roles import ANYONE_SIGNED_IN, EVERYBODY, open_to
from ledger.web import Form, page, sent_form, sent_from
from members import officers
from members.queries import sample_officers
from members.schemas.sign_in import PasswordChangeSchema, SignInSchema
from members.views.room import blueprint

#: A path of this house. Browsers take a backslash for a slash and pass over tabs and line ends, so
#: none may stand in it; two slashes would begin another house's name.
_OURS = re.compile(r"/(?!/)[^\s\\\x00-\x1f\x7f]*")


@blueprint.get("/sign-in")
@open_to(EVERYBODY)
def sign_in() -> ResponseReturnValue:
    """Ask for name and password; the sample network offers its people at one touch."""
    if not current_app.config["SETTINGS"].demo and read(officers.is_new):
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
    """Begin a fresh cookie, so that nothing from before the sign-in is carried along.

    Whoever was signed in in this browser is signed out.
    """
    before = session.get("token")
    if before is not None:
        write(lambda work: officers.sign_out(work, token=before, at=now()))
    session.clear()
    session["token"] = token
    session.permanent = True
    return redirect(come_back if is_ours(come_back) else url_for("desk.home"))


def is_ours(address: str) -> bool:
    """Tell whether an address leads to a page of this house, however a browser reads it."""
    return _OURS.fullmatch(address) is not None


@blueprint.post("/sign-out")
@open_to(EVERYBODY)
def sign_out() -> ResponseReturnValue:
    """Sign this browser out; whoever has no duty any more can do that too."""
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
    officer_id = g.officer.id
    sign_ins = read(lambda work: officers.sign_ins_of(work, officer_id=officer_id, at=now()))
    return page("members/account.html", form, sign_ins=sign_ins, in_words=device_in_words)


#: What a browser says of itself, and what people call it; the first that fits is it.
_BROWSERS = (
    ("Line/", "LINE"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_MACHINES = (
    ("Android", "โทรศัพท์ Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "คอมพิวเตอร์ Windows"),
    ("Macintosh", "คอมพิวเตอร์ Mac"),
    ("Linux", "คอมพิวเตอร์ Linux"),
)


def device_in_words(device: str) -> str:
    """Say in a few words which browser on which machine this is."""
    browser = next((name for mark, name in _BROWSERS if mark in device), "เครื่องอื่น")
    machine = next((name for mark, name in _MACHINES if mark in device), "")
    return f"{browser} บน{machine}" if machine else browser


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
