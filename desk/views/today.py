"""Today: where an officer's work begins, and what a treasurer sees first."""

from flask import g, redirect, url_for
from flask.typing import ResponseReturnValue

from desk.queries import today_of
from desk.views.room import blueprint
from ledger.db import read
from ledger.roles import ANYONE_SIGNED_IN, KEEPERS, READERS, Role, open_to
from ledger.web import page
from ledger.web import today as this_day
from members.queries import group_by_code


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
    on = this_day()
    group = read(lambda session: group_by_code(session, code=code))
    found = read(lambda session: today_of(session, book_id=group.book_id, on=on))
    return page("desk/today.html", group_name=group.name, today=found, on=on)
