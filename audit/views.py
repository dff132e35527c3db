"""Cross-review: every entry of the network, signatures, questions, and the close of a month."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ledger.roles import ANYONE_SIGNED_IN, READERS, open_to
from ledger.web import page

blueprint = Blueprint("audit", __name__)


def trust() -> None:
    """Give the state of trust for the strip on top of every page."""


@blueprint.get("/review")
@open_to(READERS)
def feed() -> ResponseReturnValue:
    """Show every entry of the network, newest first."""
    return page("error.html", sentence="", status=404)


@blueprint.get("/review/coverage")
@open_to(ANYONE_SIGNED_IN)
def coverage() -> ResponseReturnValue:
    """Show how much of each group's month has been signed off."""
    return page("error.html", sentence="", status=404)


@blueprint.get("/groups/<code>/entries/<int:number>")
@open_to(READERS)
def entry(code: str, number: int) -> ResponseReturnValue:
    """Show one entry with everything about it."""
    return page("error.html", sentence=f"{code}{number}", status=404)
