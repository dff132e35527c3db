"""The pages of the book: journal, accounts, statements and the trial balance."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ledger.roles import ANYONE_SIGNED_IN, EVERYBODY, open_to
from ledger.web import page

blueprint = Blueprint("ledger", __name__)


@blueprint.get("/healthz")
@open_to(EVERYBODY)
def healthz() -> ResponseReturnValue:
    """Say that the process lives."""
    return {"status": "ok"}


@blueprint.get("/groups/<code>/book")
@open_to(ANYONE_SIGNED_IN)
def overview(code: str) -> ResponseReturnValue:
    """Show a book at a glance."""
    return page("error.html", sentence=code, status=404)
