"""Naming rows of several books at once, in a way that both databases look up and never scan."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

#: The number of an entry, a question or a member that fits its column.
MOST_NUMBER = 2**63 - 1

Key = tuple[int, int]


def by_book(keys: Collection[Key]) -> dict[int, list[int]]:
    """Sort keys by their book."""
    books: dict[int, list[int]] = {}
    for book_id, number in keys:
        books.setdefault(book_id, []).append(number)
    return books


def among(
    book_id: InstrumentedAttribute[int],
    number: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    keys: Collection[Key],
) -> ColumnElement[bool]:
    """Say that a row is one of some keys, book by book.

    A list of pairs would be shorter, but SQLite, which keeps no statistics here, sometimes scans
    the whole table for it.
    """
    parts: list[Any] = [
        and_(book_id == book, number.in_(numbers)) for book, numbers in by_book(keys).items()
    ]
    return or_(*parts)
