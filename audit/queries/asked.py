"""What the feed is asked, and what a page of it answers with."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from audit.queries.keys import Key
from ledger.entry import EntryKind
from ledger.errors import Unreadable
from ledger.money import Satang


class State(StrEnum):
    """How far an entry has been looked at."""

    WAITING = "waiting"
    SIGNED = "signed"
    ASKED = "asked"
    REVERSED = "reversed"


class PlaceLost(Unreadable):
    """The page names an entry to go on from that is not there."""

    thai = "หาตำแหน่งเดิมในรายการไม่พบ กลับไปเริ่มจากรายการใหม่สุด"


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """What the feed shows; what is empty or None is not asked.

    Attributes:
        group_code: Entries of one group.
        village_code: Of the groups of one village.
        tambon_code: Of the groups of one tambon.
        first: Whose business day is this one or later.
        last: Whose business day is this one or earlier.
        kind: Of one kind.
        least: Of this amount or more, in satang.
        most: Of this amount or less.
        person: That touch the savings of members found by this text.
        officer: That an officer wrote or approved, by their mark.
        state: How far they have been looked at.
    """

    group_code: str = ""
    village_code: str = ""
    tambon_code: str = ""
    first: date | None = None
    last: date | None = None
    kind: EntryKind | None = None
    least: Satang | None = None
    most: Satang | None = None
    person: str = ""
    officer: str = ""
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last entry that was looked at."""

    book_id: int
    number: int

    def __str__(self) -> str:
        return f"{self.book_id}.{self.number}"


@dataclass(frozen=True, slots=True)
class FeedKeys:
    """Which entries a page shows.

    Attributes:
        keys: Book and number of each, newest first.
        next: Where the next page goes on, or None at the end.
        is_full: Whether the page is full; one that is not and has a next looked far enough.
        people: How many members the name meant; not all are shown where they are many.
    """

    keys: tuple[Key, ...] = ()
    next: Place | None = None
    is_full: bool = False
    people: int = 0


def read_place(text: str) -> Place | None:
    """Read where a page goes on; empty is the beginning.

    Raises:
        PlaceLost: It cannot be read.
    """
    if not text:
        return None
    book, _dot, number = text.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (book, number)):  # noqa: PLR2004  (fits the column)
        raise PlaceLost(place=text[:40])
    return Place(int(book), int(number))
