"""What reading and posting cost in a book of a hundred thousand postings, and in one of a million.

    python bench/reading.py [--postings N] [--times M] [--rounds N]

The second book has M times the history of the first (ten, if not told). The trial balance and a
page of a passbook must cost what they show and not what the book holds (goals G8 and G9), and so
must a posting (G10): its statements are counted and must be the same. The books are on SQLite and
are kept in the temporary folder for the next run; the first run makes them through the service.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

HOUSE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOUSE))

from sqlalchemy import Engine, text  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from bench.bare import repeated  # noqa: E402
from bench.measure import Variant, interleave, speed_of  # noqa: E402
from bench.village import CASH, Village, kept_book, post  # noqa: E402
from ledger import db, queries, services  # noqa: E402

SAVER = 40
A_PAGE = 30
CLOSED = date(2022, 6, 1)
OPEN = date(2023, 3, 1)


class OpenBook:
    """A copy of a kept book, closed up to 2022, that may be read and posted to."""

    def __init__(self, postings: int, folder: Path) -> None:
        file = folder / f"{postings}.db"
        shutil.copyfile(kept_book(postings=postings).removeprefix("sqlite:///"), file)
        self.postings = postings
        self.engine: Engine = db.connect(f"sqlite:///{file}")
        self._session = Session(self.engine)
        self._village = Village(seed=5)  # both books are sent the same
        self._keys = count()
        db.write(
            lambda session: services.close_period(
                session,
                book_id=1,
                month=date(2022, 12, 1),
                closed_by="1",
                closed_at=self._village.posted_at,
            )
        )

    def trial_balance_now(self) -> object:
        """Give what every account has now."""
        return queries.balances_now(self._session, book_id=1)

    def trial_balance_of(self, month: date) -> object:
        """Give every account's month."""
        return queries.balances_of_months(self._session, book_id=1, first=month, last=month)

    def summed(self) -> object:
        """Give what every account has by adding all postings up, as a book without heads must."""
        return self._all("SELECT account_id, sum(amount_satang) FROM ledger_postings GROUP BY 1")

    def page(self, account_id: int) -> object:
        """Give thirty lines from the middle of an account."""
        n = self.lines_of(account_id) // 2
        return queries.statement_page(
            self._session, book_id=1, account_id=account_id, first_n=n, last_n=n + A_PAGE - 1
        )

    def page_by_summing(self, account_id: int) -> object:
        """Give them with a running balance added up from the first line."""
        return self._all(
            "SELECT * FROM (SELECT n, entry_number, amount_satang,"
            " sum(amount_satang) OVER (ORDER BY n) FROM ledger_postings WHERE book_id = 1"
            f" AND account_id = {account_id}) WHERE n >= {self.lines_of(account_id) // 2} LIMIT 30"
        )

    def lines_of(self, account_id: int) -> int:
        """Count the lines of an account."""
        return queries.account_by_id(self._session, book_id=1, account_id=account_id).n

    def _all(self, statement: str) -> object:
        return self._session.execute(text(statement)).all()

    def post(self, entries: int) -> None:
        """Post one request."""
        self._session.rollback()  # what was read holds the file
        db._sessions.configure(bind=self.engine)
        drafts = [self._village.draft() for _entry in range(entries)]
        key, at = f"reading {next(self._keys)}", self._village.posted_at
        db.write(lambda session: post(session, book_id=1, drafts=drafts, key=key, at=at))

    def counted(self, entries: int) -> tuple[int, int]:
        """Post one request and count its statements, and the steps that SQLite takes for it."""
        statements: list[str] = []
        steps: list[int] = []

        def step() -> int:
            steps.append(1)
            return 0

        self.post(entries)
        driver: Any = db._writer_of(self.engine).connection.dbapi_connection
        db._writer_of(self.engine).rollback()
        driver.set_trace_callback(
            lambda said: None if said.startswith("--") else statements.append(said)
        )
        driver.set_progress_handler(step, 10)
        self.post(entries)
        driver.set_trace_callback(None)
        driver.set_progress_handler(None, 10)
        return len(statements), len(steps) * 10


Work = Callable[[OpenBook], object]
READS: dict[str, tuple[int, Work, Work | None]] = {
    "trial balance now": (1, OpenBook.trial_balance_now, OpenBook.summed),
    "trial balance of a closed month": (1, lambda b: b.trial_balance_of(CLOSED), OpenBook.summed),
    "trial balance of an open month": (1, lambda b: b.trial_balance_of(OPEN), OpenBook.summed),
    "passbook page, cash": (10, lambda b: b.page(CASH), lambda b: b.page_by_summing(CASH)),
    "passbook page, a member": (10, lambda b: b.page(SAVER), lambda b: b.page_by_summing(SAVER)),
    "post one entry": (10, lambda b: b.post(1), None),
    "post 1,000 entries": (1, lambda b: b.post(1_000), None),
}


def main() -> int:
    """Measure every read and write on both books in turn."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postings", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        few, many = (
            OpenBook(postings, Path(folder))
            for postings in (given.postings, given.postings * given.times)
        )
        print(f"{'ms':36}{few.postings:>10,}{many.postings:>12,}   growth    summing   x faster")
        for name, (times, work, naive) in READS.items():
            variants = {
                "few": Variant(repeated(work, times, few)),
                "many": Variant(repeated(work, times, many)),
            }
            interleave(variants, rounds=given.rounds)
            here, there = (median(v.seconds) * 1e3 for v in variants.values())
            growth = speed_of(variants["few"], against=variants["many"]).median
            line = f"{name:36}{here:>10.3f}{there:>12.3f}{growth:>9.2f}"
            if naive is not None:
                summing = {"naive": Variant(repeated(naive, 1, many))}
                interleave(summing, rounds=5, warm_up=1)
                slow = median(summing["naive"].seconds) * 1e3
                line += f"{slow:>11.1f}{slow / there:>11,.0f}"
            print(line, flush=True)
        for entries in (1, 1_000):
            (asked, steps), (asked_there, steps_there) = (b.counted(entries) for b in (few, many))
            print(
                f"posting {entries:,}: {asked} and {asked_there} statements,"
                f" {steps_there / steps:.2f} x the steps inside SQLite"
            )
            assert asked == asked_there
    return 0


if __name__ == "__main__":
    sys.exit(main())
