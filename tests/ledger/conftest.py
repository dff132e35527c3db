"""Fixtures: the small book, on each engine."""

import pytest
from sqlalchemy import Engine

from ledger.db import write
from tests.ledger.books import open_small_book


@pytest.fixture
def book_id(engine: Engine) -> int:
    """The number of a fresh small book, on each engine in turn."""
    return write(open_small_book)
