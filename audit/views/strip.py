"""The state of trust, for the strip on top of every page."""

from flask import g, request

from audit.queries import Trust, trust_of
from ledger.db import read


def trust() -> Trust | None:
    """Give the state of trust for the strip, or None where nobody is signed in.

    The book is that of the page's address, or the first one that the officer serves.
    """
    officer = g.get("officer")
    if officer is None:
        return None
    named = (request.view_args or {}).get("code")
    code = named or next(iter(officer.groups), None)
    return read(lambda session: trust_of(session, code=code))
