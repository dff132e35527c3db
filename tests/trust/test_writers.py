"""Eight writers on one book lose nothing, double nothing and see no error.

``bench/writers.py`` is the same with more of everything.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy.orm import Session

from bench.writers import Outcome, unlock, write_in_processes, write_in_threads
from ledger import db, services
from tests.conftest import TEMPLATE
from tests.ledger.books import open_small_book, pledge_paid, post
from tests.postgres import APPLICATION, Cluster
from tests.trust.payments import Acknowledged, Trial, trial_in

UNLOCKED = "writers_unlocked"
#: Seconds that are long for a book that is free, and short to wait for one that is not.
A_WHILE = 1.0


@pytest.fixture
def trial(database_url: str) -> Trial:
    """A fresh book, on each engine in turn."""
    return trial_in(database_url)


@pytest.fixture
def unlocked(cluster: Cluster) -> Iterator[Trial]:
    """A fresh book on a PostgreSQL that forgot the lock of the book."""
    cluster.create_database(UNLOCKED, template=TEMPLATE)
    unlock(cluster, UNLOCKED)
    yield trial_in(cluster.url(UNLOCKED, user=APPLICATION))
    cluster.drop_database(UNLOCKED)


def test_eight_threads_write_everything_once(trial: Trial) -> None:
    done = write_in_threads(trial, steps=10)

    assert not done, (str(done), done.errors)
    assert everything_is_told(done)


def test_eight_processes_write_everything_once(trial: Trial) -> None:
    done = write_in_processes(trial, steps=5)

    assert not done, (str(done), done.errors)
    assert everything_is_told(done)


def everything_is_told(done: Outcome) -> bool:
    """Tell whether a third of the payments was sent twice and all were acknowledged alike."""
    told: list[Acknowledged] = [each for one in done.written for each in one.told]
    numbers = {(each.payment, each.first, each.last) for each in told}
    return done.payments == len(numbers) and 3 * done.replayed == done.payments


def test_without_the_key_the_check_finds_payments_made_twice(trial: Trial) -> None:
    done = write_in_threads(trial, steps=5, fresh_keys=True)

    assert done.damage.doubled, done
    assert done.missing < 0


def test_without_the_lock_the_check_finds_that_writers_fail(unlocked: Trial) -> None:
    done = write_in_threads(unlocked, steps=10)

    assert done, done


@pytest.fixture
def two_books(cluster: Cluster) -> Iterator[tuple[int, int]]:
    """Two books in one PostgreSQL database, both doors leading to it."""
    name = "writers_two_books"
    cluster.create_database(name, template=TEMPLATE)
    db.connect(cluster.url(name, user=APPLICATION))
    one = db.write(lambda session: open_small_book(session, code="ONE"))
    two = db.write(lambda session: open_small_book(session, code="TWO"))
    yield one, two
    db.disconnect()
    cluster.drop_database(name)


def pay(book_id: int) -> int:
    """Post the first payment to a book and give its number."""
    draft = pledge_paid(20_00)
    return db.write(lambda session: post(session, book_id, [draft], key="paid")).first_number


@contextmanager
def holding(pool: ThreadPoolExecutor, book_id: int) -> Iterator[None]:
    """Let another thread hold the lock of a book for as long as the block lasts."""
    held, enough = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        services.lock_book(session, book_id=book_id)
        held.set()
        assert enough.wait(60)

    holder = pool.submit(db.write, hold)
    assert held.wait(10)
    try:
        yield
    finally:
        enough.set()
        holder.result(timeout=10)


def test_a_held_book_keeps_no_other_book_waiting(two_books: tuple[int, int]) -> None:
    held, other = two_books

    with ThreadPoolExecutor(2) as pool, holding(pool, held):
        to_other = pool.submit(pay, other)

        assert to_other.result(timeout=10) == 1


def test_a_held_book_keeps_its_own_writers_waiting(two_books: tuple[int, int]) -> None:
    held, _other = two_books

    with ThreadPoolExecutor(2) as pool:
        with holding(pool, held):
            to_held = pool.submit(pay, held)
            with pytest.raises(TimeoutError):
                to_held.result(timeout=A_WHILE)

        assert to_held.result(timeout=10) == 1
