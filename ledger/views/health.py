"""What machines ask: whether the process lives, and whether it can do its work."""

from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ledger.backup import newest_revision, revision_of
from ledger.db import Busy, read
from ledger.roles import EVERYBODY, open_to
from ledger.views.room import blueprint


@blueprint.get("/healthz")
@open_to(EVERYBODY)
def healthz() -> ResponseReturnValue:
    """Say that the process lives."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@open_to(EVERYBODY)
def readyz() -> ResponseReturnValue:
    """Say whether the database answers and its tables are the newest; 503 with a reason if not."""
    try:
        read(lambda session: session.scalar(select(1)))
        revision = read(revision_of)
    except (SQLAlchemyError, Busy):
        return {"status": "not ready", "reason": "the database does not answer"}, 503
    newest = newest_revision()
    if revision != newest:
        reason = f"the tables are at {revision or 'nothing'}, the newest is {newest}"
        return {"status": "not ready", "reason": reason}, 503
    return {"status": "ready"}
