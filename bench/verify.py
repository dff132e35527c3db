"""How fast a book is verified, and in how much memory.

    python bench/verify.py [--postings N] [--rounds N]

Derives every seal, balance, month and control of a book anew, against the bare hashlib chain over
the same bytes, which is what nobody can do without (goal G11). The book is on SQLite and is kept in
the temporary folder for the next run.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

HOUSE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOUSE))

from sqlalchemy import select  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from bench.village import CODE, kept_book  # noqa: E402
from ledger import db, queries  # noqa: E402
from ledger.models import Account, Entry, Posting  # noqa: E402
from ledger.seal import canonical_bytes, first_seal, link  # noqa: E402
from ledger.verification import Verified, verify_book  # noqa: E402


def verified() -> Verified:
    """Verify the book of the benchmarks."""
    return db.read(
        lambda session: verify_book(session, book=queries.book_by_code(session, code=CODE))
    )


def sealed_bytes(session: Session) -> list[bytes]:
    """Give what every entry says, in the order of the book."""
    book = queries.book_by_code(session, code=CODE)
    codes = dict(session.execute(select(Account.id, Account.code)).all())
    lines: dict[int, list[tuple[str, str, int]]] = {}
    for number, account_id, fund, amount in session.execute(
        select(Posting.entry_number, Posting.account_id, Posting.fund, Posting.amount_satang)
        .where(Posting.book_id == book.id)
        .order_by(Posting.entry_number, Posting.line)
    ):
        lines.setdefault(number, []).append((codes[account_id], fund, amount))
    return [
        canonical_bytes(
            book_code=CODE,
            number=entry.number,
            kind=entry.kind,
            entered_on=entry.entered_on,
            recorded_at=entry.recorded_at,
            posted_by=entry.posted_by,
            approved_by=entry.approved_by,
            reference=entry.reference,
            memo_digest=entry.memo_digest,
            reverses_number=entry.reverses_number,
            postings=lines[entry.number],
        )
        for entry in session.scalars(select(Entry).order_by(Entry.number))
    ]


def chain(said: list[bytes]) -> bytes:
    """Link what entries say, and do nothing else."""
    seal = first_seal(CODE)
    for entry in said:
        seal = link(seal, entry)
    return seal


def most_memory() -> int:
    """Give the most memory that this process has held, in kB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> int:
    """Measure time here, and memory in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postings", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--once", action="store_true", help="verify once and print the memory")
    given = parser.parse_args()
    db.connect(kept_book(postings=given.postings))
    if given.once:
        before = most_memory()
        verified()
        print(before, most_memory())
        return 0
    said = db.read(sealed_bytes)
    ratios, speeds = [], []
    for _round in range(given.rounds):
        began = time.process_time()
        head = chain(said)
        bare = time.process_time() - began
        began = time.process_time()
        result = verified()
        whole = time.process_time() - began
        assert not result.findings, result.findings
        assert result.head_seal == head
        ratios.append(whole / bare)
        speeds.append(result.entries / whole)
    print(f"{result.entries:,} entries, {result.postings:,} postings")
    print(f"{median(speeds):,.0f} entries a second of one processor")
    print(f"{median(ratios):.1f} x the bare hashlib chain of the same bytes (goal: at most 10)")
    run = [sys.executable, __file__, "--once", "--postings", str(given.postings)]
    before, most = map(int, subprocess.check_output(run, text=True).split())
    print(f"{most / 1024:.0f} MB at most, {before / 1024:.0f} of them before it began (goal: 100)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
