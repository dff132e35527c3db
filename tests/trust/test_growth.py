"""What a posting and a page cost does not grow with the book: counted, not timed."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ledger import db, queries
from tests.ledger.books import CASH, open_small_book, pledge_paid, post

BOOK_ID = 1
FEW, MANY = 60, 3_000


def grow(first: int, last: int) -> None:
    """Post pledges in batches."""
    for start in range(first, last + 1, 500):
        db.write(partial(post_some, numbers=range(start, min(start + 500, last + 1))))


def post_some(session: Session, *, numbers: range) -> None:
    """Post pledges in one request."""
    drafts = [pledge_paid(1_00 + number) for number in numbers]
    post(session, BOOK_ID, drafts, key=f"some {numbers}")


def post_one(session: Session, *, number: int) -> None:
    """Post a pledge in a request of its own."""
    post(session, BOOK_ID, [pledge_paid(1_00 + number)], key=f"one {number}")


def steps_of(
    door: Callable[[Callable[[Session], Any]], Any], work: Callable[[Session], Any]
) -> int:
    """Count the steps, in tens, that SQLite's machine takes for a piece of work."""
    steps: list[int] = []

    def step() -> int:
        steps.append(1)
        return 0

    def counted(session: Session) -> None:
        driver: Any = session.connection().connection.dbapi_connection
        driver.set_progress_handler(step, 10)
        try:
            work(session)
        finally:
            driver.set_progress_handler(None, 10)

    door(counted)
    return len(steps)


def test_posting_and_reading_take_as_many_steps_in_a_long_book(sqlite_engine: Engine) -> None:
    db.write(open_small_book)
    grow(1, FEW)
    works: dict[str, Callable[[int], int]] = {
        "post": lambda n: steps_of(db.write, partial(post_one, number=n)),
        "page": lambda n: steps_of(
            db.read,
            lambda s: queries.statement_page(
                s, book_id=BOOK_ID, account_id=CASH, first_n=n - 30, last_n=n
            ),
        ),
        "journal": lambda n: steps_of(
            db.read,
            lambda s: queries.journal(s, book_id=BOOK_ID, numbers=range(n - 30, n)),
        ),
        "balances": lambda _n: steps_of(db.read, lambda s: queries.balances_now(s, book_id=1)),
    }
    short = {name: work(FEW) for name, work in works.items()}

    grow(FEW + 1, MANY)

    long = {name: work(MANY) for name, work in works.items()}
    assert all(long[name] <= short[name] * 1.1 + 5 for name in works), (short, long)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_posting_never_reads_a_table_from_end_to_end(engine: Engine) -> None:
    db.write(open_small_book)
    grow(1, FEW)
    for number in range(8):
        db.write(partial(post_one, number=number))
    engine.dispose()  # a backend tells what it did when it leaves

    written, read = told_by_the_server(engine, keys=9)

    assert (written, read) == (9, [])


def told_by_the_server(engine: Engine, *, keys: int) -> tuple[int, list[str]]:
    """Wait until the server has counted, and give the keys written and the tables read whole."""
    owner = create_engine(engine.url.set(username="samut_owner"))
    counts: dict[str, tuple[int, int]] = {}
    with owner.connect() as connection:
        for _attempt in range(50):
            counts = {
                table: (written, read)
                for table, written, read in connection.execute(
                    text(
                        "SELECT relname, n_tup_ins, seq_tup_read FROM pg_stat_user_tables"
                        " WHERE relname IN ('ledger_postings', 'ledger_entries', 'ledger_keys',"
                        " 'ledger_month_balances', 'ledger_memos')"
                    )
                ).all()
            }
            connection.rollback()
            if counts["ledger_keys"][0] >= keys:
                break
            time.sleep(0.1)
    owner.dispose()
    return counts["ledger_keys"][0], sorted(t for t, (_written, read) in counts.items() if read)
