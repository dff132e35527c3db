"""The entries of the benchmarks: a village of 1,650 members, the same on every run.

Entry i has two, three or four postings, three on average. The first debits the cash box, which is
therefore the busiest account; the others credit the share, loan and interest accounts of one
member. There are 4,970 accounts. Every tenth entry has a memo, every one a receipt's number.
"""

import random
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy.orm import Session

from ledger import db, services
from ledger.chart import ChartRow, Fund, Keeps, Kind
from ledger.entry import EntryDraft, EntryKind, PostingDraft
from ledger.money import Satang
from ledger.services import PostedBatch

MEMBERS = 1_650
OTHERS = 19
PURSE = "SAV"
CASH = 1
CODE = "BENCH"
OPENED_AT = datetime(2010, 1, 1, 2, 0, tzinfo=UTC)
OFFICER = "1"


def open_village(session: Session, *, code: str = CODE) -> int:
    """Open the book of the village with its 4,970 accounts and give its number."""
    book = services.open_book(session, code=code, name="บ้านทดสอบ", opened_at=OPENED_AT)
    services.open_funds(session, book_id=book.id, funds=[Fund(PURSE, "ออมทรัพย์", "Savings", True)])
    services.open_chart(session, book_id=book.id, opened_on=OPENED_AT.date(), rows=_chart())
    return book.id


def _chart() -> Iterator[ChartRow]:
    yield ChartRow("11010", PURSE, Kind.ASSET, "", "เงินสดในมือ", "Cash in hand", Keeps.DEBIT)
    for product, kind in (
        ("31010", Kind.EQUITY),
        ("13010", Kind.ASSET),
        ("41010", Kind.INCOME),
    ):
        keeps = Keeps.CREDIT if kind is Kind.EQUITY else Keeps.EITHER
        for number in range(1, MEMBERS + 1):
            code = f"{product}-{number:04}"
            yield ChartRow(code, PURSE, kind, "", f"สมาชิก {number}", f"Member {number}", keeps)
    for number in range(OTHERS):
        yield ChartRow(f"540{number:02}", PURSE, Kind.EXPENSE, "", "อื่น ๆ", "Other", Keeps.EITHER)


Line = tuple[int, int]
Lines = tuple[Line, ...]


class Village:
    """An endless row of entries.

    Attributes:
        day: The business day of the next entry.
    """

    def __init__(self, *, seed: int = 1, first_day: date = date(2023, 4, 1)) -> None:
        self._random = random.Random(seed)
        self._number = 0
        self.day = first_day

    def lines(self) -> Lines:
        """Give the next entry as (account, satang) pairs, debit positive."""
        draw = self._random
        member = draw.randrange(MEMBERS)
        credited = [
            (2 + product * MEMBERS + member, -draw.randrange(1_00, 2_000_00))
            for product in range(1 + self._number % 3)
        ]
        self._number += 1
        return ((CASH, -sum(amount for _account, amount in credited)), *credited)

    @property
    def reference(self) -> str:
        """The receipt of the entry that was just given."""
        return f"66-{self._number:07}"

    @property
    def memo(self) -> str:
        """What was said about the entry that was just given."""
        return "ชำระแทนกัน ลูกสาวนำมาส่ง" if self._number % 10 == 0 else ""

    def draft(self) -> EntryDraft:
        """Give the next entry as the desk would write it; it checks itself."""
        lines = self.lines()
        return EntryDraft(
            entered_on=self.day,
            kind=EntryKind.RECEIPT,
            postings=tuple(PostingDraft(a, PURSE, Satang(amount)) for a, amount in lines),
            memo=self.memo,
            reference=self.reference,
        )

    @property
    def posted_at(self) -> datetime:
        """A moment on the business day of the next entry, in the morning in Bangkok."""
        return datetime(self.day.year, self.day.month, self.day.day, 3, 0, tzinfo=UTC)


def post(
    session: Session, *, book_id: int, drafts: Sequence[EntryDraft], key: str, at: datetime
) -> PostedBatch:
    """Post drafts as the one officer of the village."""
    return services.post_batch(
        session,
        book_id=book_id,
        drafts=drafts,
        idempotency_key=key,
        posted_by=OFFICER,
        posted_at=at,
    )


def fill(book_id: int, *, postings: int, months: int = 120, seed: int = 7) -> None:
    """Post history through the real service, spread over months that end before April 2023."""
    village = Village(seed=seed, first_day=date(2013, 4, 1))
    entries = postings // 3
    last_day = date(2023, 3, 31)
    days = min(months * 30, (last_day - village.day).days)
    village.day = last_day - timedelta(days=days)
    a_day = max(entries // days, 1)
    posted = 0
    while posted < entries:
        count = min(a_day, entries - posted)
        drafts = [village.draft() for _entry in range(count)]
        key, at = f"history {posted}", village.posted_at
        db.write(lambda s: post(s, book_id=book_id, drafts=drafts, key=key, at=at))  # noqa: B023
        posted += count
        if village.day < last_day:
            village.day += timedelta(days=1)


def kept_book(*, postings: int) -> str:
    """Give the URL of an SQLite book with so many postings of history, made if it is not there.

    It lies in the temporary folder, under a name that changes with the tables and the locks.
    """
    migrations = sorted((db.HOUSE / "migrations" / "versions").glob("*.py"))
    version = sha256(b"".join(file.read_bytes() for file in migrations)).hexdigest()[:8]
    folder = Path(tempfile.gettempdir()) / "samut-bench"
    folder.mkdir(exist_ok=True)
    file = folder / f"village-{postings}-{version}.db"
    if not file.exists():
        unfinished = file.with_suffix(".making")
        unfinished.unlink(missing_ok=True)
        db.upgrade(f"sqlite:///{unfinished}")
        engine = db.connect(f"sqlite:///{unfinished}")
        fill(db.write(open_village), postings=postings)
        engine.dispose()
        unfinished.rename(file)
    return f"sqlite:///{file}"
