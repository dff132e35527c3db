"""On which day of the month a group last collected, so that a loan falls due when people come."""

import calendar
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.entry import EntryKind
from ledger.models import Entry
from loans.product_terms import months_after

#: A group that collected nothing for longer has no day that anybody could count on.
LONGEST_SINCE = timedelta(days=62)


def next_collection_on(session: Session, *, book_id: int, after: date) -> date | None:
    """Give the day of the next month on which the group will collect, going by the last time.

    None where it collected nothing lately.
    """
    last = session.scalar(
        select(func.max(Entry.entered_on)).where(
            Entry.book_id == book_id,
            Entry.entered_on >= after - LONGEST_SINCE,
            Entry.entered_on <= after,
            Entry.kind == EntryKind.COLLECTION,
        )
    )
    if last is None:
        return None
    first = months_after(after.replace(day=1), 1)
    longest = calendar.monthrange(first.year, first.month)[1]
    return first.replace(day=min(last.day, longest))
