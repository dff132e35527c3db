"""What the services share: find an entry, and keep the tally of its month."""

from datetime import date

from sqlalchemy.orm import Session

from audit.models import Tally
from audit.queries.keys import MOST_NUMBER
from ledger.errors import Conflict
from ledger.models import Entry
from ledger.period import month_of
from ledger.queries import NoSuchEntry


class NotWhatWasShown(Conflict):
    """The seal is not the one that was on the page."""

    thai = "ตราผนึกไม่ตรงกับที่แสดงในหน้าที่ท่านดู เปิดหน้านี้ใหม่แล้วตรวจอีกครั้ง"


def entry_of(session: Session, *, book_id: int, number: int) -> Entry:
    """Find an entry.

    Raises:
        NoSuchEntry: There is none.
    """
    entry = session.get(Entry, (book_id, number)) if number <= MOST_NUMBER else None
    if entry is None:
        raise NoSuchEntry(number=number)
    return entry


def tally_of(session: Session, *, book_id: int, day: date) -> Tally:
    """Give the tally of a day's month, begun if there is none; the book is locked."""
    key = (book_id, month_of(day))
    tally = session.get(Tally, key, populate_existing=True)
    if tally is None:
        tally = Tally(book_id=book_id, month=key[1], signed=0, open_questions=0)
        session.add(tally)
        session.flush()
    return tally
