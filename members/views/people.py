"""Members: find them, their page, what they promise, withdraw, and their passbook."""

from flask.typing import ResponseReturnValue

from ledger.roles import READERS, open_to
from ledger.web import page
from members.views.room import blueprint


@blueprint.get("/groups/<code>/members")
@open_to(READERS)
def people(code: str) -> ResponseReturnValue:
    """List the members of a group."""
    return page("error.html", sentence=code, status=404)


@blueprint.get("/search")
@open_to(READERS)
def search() -> ResponseReturnValue:
    """Find anybody."""
    return page("error.html", sentence="", status=404)
