"""Import a Czech bank's fifteen months and compare every balance with the one the bank printed.

    python bench/berka.py [FOLDER] [--database URL]

Prints what the bank's own figures do not add up to, the time, and the lines a second. The book is
in koruna and haléř; it is a throw-away SQLite file unless a URL is given.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOUSE))

from sqlalchemy import and_, select  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from bench.convert_berka import CLEARING, ROUNDING, Row, convert, koruna  # noqa: E402
from ledger import db, queries  # noqa: E402
from ledger.imports import JournalFiles, import_journal, read_journal  # noqa: E402
from ledger.models import Account, Posting  # noqa: E402
from ledger.reports import trial_balance  # noqa: E402
from ledger.verification import verify_book  # noqa: E402


def balances_after(session: Session, book_id: int) -> list[int]:
    """Give what the client of each entry had after it, in the order of the book."""
    last_line: dict[int, int] = {}
    for number, balance in session.execute(
        select(Posting.entry_number, Posting.balance_after_satang)
        .join(Account, and_(Account.book_id == Posting.book_id, Account.id == Posting.account_id))
        .where(Posting.book_id == book_id, Account.code.not_in((CLEARING, ROUNDING)))
        .order_by(Posting.entry_number, Posting.line)
    ):
        last_line[number] = -balance
    return [last_line[number] for number in sorted(last_line)]


def report_links(ordered: list[tuple[Row, int]]) -> None:
    """Say how far the printed balances follow from each other."""
    off = [(row, by) for row, by in ordered if by]
    follow = len(ordered) - len(off)
    print(f"{len(ordered):,} transactions of {len({row.account for row, _ in ordered}):,} accounts")
    print(f"{follow:,} ({follow / len(ordered):.2%}) printed balances follow to the haléř")
    tenth = [row for row, by in off if abs(by) == 10]
    interest = sum("UROK" in row.words for row in tenth)
    print(
        f"{len(off):,} do not: {len(tenth):,} are off by exactly 0.10 ({interest:,} of them rows of"
        f" interest); the printed figure is kept and the difference posted to '{ROUNDING}',"
        f" {koruna(sum(by for _row, by in off))} in all"
    )
    rest = Counter(koruna(by) for _row, by in off if abs(by) != 10)
    print(f"{sum(rest.values()):,} are off by something else: {dict(rest.most_common(5))}")


def main() -> int:
    """Convert, import, compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = HOUSE.parent / "shared" / "data" / "berka"
    parser.add_argument("folder", type=Path, nargs="?", default=default)
    parser.add_argument("--database", help="the URL of an empty database")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch)
        ordered = convert(given.folder, target)
        report_links(ordered)
        url = given.database or f"sqlite:///{target / 'berka.db'}"
        db.upgrade(url)
        engine = db.connect(url)
        began = time.perf_counter()
        files = JournalFiles(
            *((target / f"{name}.csv").read_bytes() for name in ("accounts", "opening", "vouchers"))
        )
        journal = read_journal(files)
        was_read = time.perf_counter()
        done = db.write(
            lambda session: import_journal(
                session,
                journal=journal,
                code="BERKA",
                name="Czech bank 1993-94",
                posted_by="import",
                posted_at=datetime.now(UTC),
            )
        )
        posted = time.perf_counter()
        seconds = posted - began
        print(
            f"read {was_read - began:.2f} s, posted {posted - was_read:.2f} s, together"
            f" {seconds:.2f} s: {done.entries:,} entries and {journal.lines:,} lines,"
            f" {done.entries / seconds:,.0f} entries and {journal.lines / seconds:,.0f} lines a"
            f" second ({engine.dialect.name}, one transaction)"
        )
        after = db.read(lambda session: balances_after(session, done.book_id))
        agree = sum(ours == row.printed for ours, (row, _off) in zip(after, ordered, strict=True))
        print(f"{agree:,} of {len(ordered):,} balances in the book are the printed ones")
        began = time.perf_counter()
        book, verified, trial = db.read(
            lambda session: (
                queries.book_by_code(session, code="BERKA"),
                verify_book(session, book=queries.book_by_code(session, code="BERKA")),
                trial_balance(queries.balances_now(session, book_id=done.book_id)),
            )
        )
        seconds = time.perf_counter() - began
        print(
            f"verify: {len(verified.findings)} findings, {verified.entries / seconds:,.0f} entries"
            f" a second; the trial balance of {book.code} differs by {trial.difference}"
        )
        engine.dispose()
    return int(agree != len(ordered) or bool(verified.findings) or trial.difference != 0)


if __name__ == "__main__":
    sys.exit(main())
