"""The treasurer's day: today, the collection day, receipts."""

from flask import Blueprint, g, redirect, url_for
from flask.typing import ResponseReturnValue

from ledger.roles import ANYONE_SIGNED_IN, KEEPERS, READERS, Role, open_to
from ledger.web import page

blueprint = Blueprint("desk", __name__)


@blueprint.get("/")
@open_to(ANYONE_SIGNED_IN)
def home() -> ResponseReturnValue:
    """Lead an officer to where their work begins."""
    for code in g.officer.groups:
        if g.officer.may(KEEPERS, code):
            return redirect(url_for("desk.today", code=code))
    if g.officer.may(READERS):
        return redirect(url_for("audit.feed"))
    if g.officer.may(frozenset({Role.ADMINISTRATOR})):
        return redirect(url_for("members.settings"))
    return redirect(url_for("audit.coverage"))


@blueprint.get("/groups/<code>/today")
@open_to(KEEPERS)
def today(code: str) -> ResponseReturnValue:
    """Show the cash and what is to do."""
    return page("error.html", sentence=code, status=404)
