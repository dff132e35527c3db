"""A posted collection day: its summary, and its receipts on paper."""

from flask.typing import ResponseReturnValue

from desk.queries import DaySummary, day_summary
from desk.sheet import STATE_IN_THAI
from desk.views.collection import group_of
from desk.views.room import blueprint
from ledger.db import read
from ledger.roles import READERS, open_to
from ledger.web import page, paper
from members.models import Group

_DAY = "/groups/<code>/collections/<int:collection_id>"


def _summary(group: Group, collection_id: int) -> DaySummary:
    return read(
        lambda session: day_summary(session, book_id=group.book_id, collection_id=collection_id)
    )


@blueprint.get(_DAY)
@open_to(READERS)
def day(code: str, collection_id: int) -> ResponseReturnValue:
    """Show what a collection day came to."""
    group = group_of(code)
    return page(
        "desk/day.html",
        group_name=group.name,
        code=code,
        day=_summary(group, collection_id),
        states=STATE_IN_THAI,
    )


@blueprint.get(f"{_DAY}/summary.pdf")
@open_to(READERS)
def day_paper(code: str, collection_id: int) -> ResponseReturnValue:
    """Print what a collection day came to."""
    group = group_of(code)
    summary = _summary(group, collection_id)
    return paper(
        "paper/day_summary.html.j2",
        name=f"สรุปวันออม-{code}-{summary.collection.held_on.isoformat()}",
        group=group,
        day=summary,
        states=STATE_IN_THAI,
    )


@blueprint.get(f"{_DAY}/receipts.pdf")
@open_to(READERS)
def receipts_pdf(code: str, collection_id: int) -> ResponseReturnValue:
    """Print all receipts of a collection day that stand, two to a sheet."""
    group = group_of(code)
    summary = _summary(group, collection_id)
    return paper(
        "paper/receipts.html.j2",
        name=f"ใบรับเงิน-{code}-{summary.collection.held_on.isoformat()}",
        group=group,
        slips=[(receipt, "") for receipt in summary.receipts if receipt.stands],
    )
