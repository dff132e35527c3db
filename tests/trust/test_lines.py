"""A line to the server that was cut is noticed, and the work is done on another."""

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ledger import db
from ledger.verification import verify_book
from tests.ledger.books import book_of, open_small_book, pledge_paid, post

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def look(session: Session) -> object:
    return session.execute(text("SELECT 1")).scalar()


def cut_every_line(engine: Engine) -> None:
    """Let the server hang up on the application, whose connections lie idle in the pool."""
    owner = create_engine(engine.url.set(username="samut_owner"))
    with owner.begin() as connection:
        hung_up = connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = 'samut_app'"
            )
        ).scalars()
        assert any(hung_up)
    owner.dispose()


def test_reading_goes_on_over_another_line(engine: Engine) -> None:
    assert db.read(look) == 1

    cut_every_line(engine)

    assert db.read(look) == 1


def test_posting_goes_on_over_another_line_and_posts_once(engine: Engine) -> None:
    book_id = db.write(open_small_book)
    attempts: list[int] = []

    def work(session: Session) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            session.connection()
            cut_every_line(engine)
        post(session, book_id, [pledge_paid(1_00)], key="once")

    db.write(work)

    verified = db.read(lambda session: verify_book(session, book=book_of(session, book_id)))
    assert len(attempts) == 2
    assert (verified.entries, verified.findings) == (1, ())


def test_a_line_cut_before_the_answer_to_a_commit_leaves_it_open(engine: Engine) -> None:
    """Nobody knows whether it was written, so the caller is told to send it again."""
    book_id = db.write(open_small_book)

    def work(session: Session) -> None:
        post(session, book_id, [pledge_paid(1_00)], key="once")
        cut_every_line(engine)

    with pytest.raises(db.Busy):
        db.write(work)

    db.write(lambda session: post(session, book_id, [pledge_paid(1_00)], key="once"))
    assert db.read(lambda session: book_of(session, book_id).head_number) == 1


def test_a_server_that_stays_away_is_told_of(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "MOST_TRIES", 2)

    def work(session: Session) -> None:
        session.connection()
        cut_every_line(engine)
        look(session)

    with pytest.raises(db.Busy):
        db.write(work)
    with pytest.raises(db.Busy):
        db.read(work)
