"""Groups, villages, officers and by-laws, and a new group's first steps."""

from flask.typing import ResponseReturnValue

from ledger.roles import ADMINISTRATORS, EVERYBODY, READERS, open_to
from ledger.web import page
from members.views.room import blueprint


@blueprint.get("/settings")
@open_to(ADMINISTRATORS)
def settings() -> ResponseReturnValue:
    """Lead to groups, villages and officers."""
    return page("error.html", sentence="", status=404)


@blueprint.get("/first-steps")
@open_to(EVERYBODY)
def first_steps() -> ResponseReturnValue:
    """Lead a new installation through its first steps."""
    return page("error.html", sentence="", status=404)


@blueprint.get("/groups/<code>/by-laws")
@open_to(READERS)
def by_laws(code: str) -> ResponseReturnValue:
    """Show the rules of a group."""
    return page("error.html", sentence=code, status=404)
