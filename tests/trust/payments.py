"""Payments that can be known again in the book, and the check of what became of them.

A payment is one request of one to three entries. It is the same whenever it is drafted and its
number stands on each of its entries, so the book itself tells whether it is there once, twice, half
or not at all, whatever the keys say.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from ledger import db, services
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.models import Account, Entry, Key, Posting
from ledger.money import Satang
from ledger.verification import verify_book
from tests.ledger.books import BOONMEE, CASH, SOMSRI, book_of, entry, open_small_book, post
from tests.postgres import APPLICATION, Cluster


def entries_of(payment: int) -> int:
    """Tell how many entries a payment has."""
    return 1 + payment % 3


def amount_of(payment: int) -> int:
    """Give what a payment puts into the box, in satang."""
    return entries_of(payment) * (20_00 + payment % 97)


def drafts_of(payment: int) -> list[EntryDraft]:
    """Draft a payment, the same whenever it is asked for."""
    amount = Satang(20_00 + payment % 97)
    saver = (SOMSRI, BOONMEE)[payment % 2]
    memo = "ลูกสาวนำมาส่ง" if payment % 5 == 0 else ""
    return [
        entry(
            debit(CASH, "SAV", amount),
            credit(saver, "SAV", amount),
            kind=EntryKind.RECEIPT,
            reference=f"{payment}/{part}",
            memo=memo,
        )
        for part in range(entries_of(payment))
    ]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What a writer was told of a payment.

    Attributes:
        payment: Which payment.
        key: The key it was sent under.
        first: The number of its first entry.
        last: The number of its last entry.
        replayed: Whether the book had it already.
    """

    payment: int
    key: str
    first: int
    last: int
    replayed: bool

    def __str__(self) -> str:
        return f"{self.payment} {self.key} {self.first} {self.last} {int(self.replayed)}"

    @classmethod
    def read(cls, line: str) -> "Acknowledged":
        """Read what ``str`` wrote."""
        payment, key, first, last, replayed = line.split()
        return cls(int(payment), key, int(first), int(last), replayed == "1")


def send(book_id: int, payment: int, *, key: str) -> Acknowledged:
    """Send a payment through the front door of the ledger and give its answer.

    Raises:
        Busy: Nobody knows whether it was written; it may be sent again.
    """
    drafts = drafts_of(payment)
    done = db.write(lambda session: post(session, book_id, drafts, key=key))
    return Acknowledged(payment, key, done.first_number, done.last_number, done.replayed)


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a book, told by its own entries.

    Attributes:
        entries: How many entries the book has.
        lost: Payments that were acknowledged and do not stand where it was said.
        half: Whatever is there in part: payments, entries, numbers, the head.
        doubled: Payments that stand in the book twice.
        findings: What the verification of the book says.
    """

    entries: int
    lost: tuple[int, ...] = ()
    half: tuple[str, ...] = ()
    doubled: tuple[int, ...] = ()
    findings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lost or self.half or self.doubled or self.findings)


@dataclass(frozen=True, slots=True)
class Trial:
    """A book that is put to the test by processes of their own.

    Attributes:
        address: Its database, as the application.
        book: Its number.
    """

    address: str
    book: int

    def look(self, acknowledged: Iterable[Acknowledged]) -> Damage:
        """Open the database, compare the book with what was acknowledged, and leave."""
        db.connect(self.address)
        try:
            return damage_to(self.book, acknowledged)
        finally:
            db.disconnect()


def sqlite_trial(file: Path) -> Trial:
    """Open the small book in a new SQLite file."""
    db.upgrade(f"sqlite:///{file}")
    return trial_in(f"sqlite:///{file}")


def postgres_trial(cluster: Cluster, name: str) -> Trial:
    """Open the small book in a new database of a server."""
    cluster.create_database(name)
    db.upgrade(cluster.url(name))
    owner = create_engine(db.database_url(cluster.url(name)))
    with owner.begin() as connection:
        db.grant_to(connection, role=APPLICATION)
    owner.dispose()
    return trial_in(cluster.url(name, user=APPLICATION))


def trial_in(address: str) -> Trial:
    """Open the small book in a database that has its tables, and leave it."""
    db.connect(address)
    book = db.write(open_small_book)
    db.disconnect()
    return Trial(address, book)


def damage_to(book_id: int, acknowledged: Iterable[Acknowledged]) -> Damage:
    """Read the whole book and compare it with what was acknowledged.

    It is read under the lock of the book, as a writer would: a server may still be committing for a
    process that is dead, and holds the book until then.
    """
    told = list(acknowledged)
    return db.write(lambda session: _damage(session, book_id, told))


def _damage(session: Session, book_id: int, acknowledged: list[Acknowledged]) -> Damage:
    services.lock_book(session, book_id=book_id)
    stands = dict(
        session.execute(
            select(Entry.number, Entry.reference)
            .where(Entry.book_id == book_id)
            .order_by(Entry.number)
        ).all()
    )
    payments = {number: int(reference.split("/")[0]) for number, reference in stands.items()}
    keys = {
        key: (first, last)
        for key, first, last in session.execute(
            select(Key.idempotency_key, Key.first_number, Key.last_number).where(
                Key.book_id == book_id
            )
        )
    }
    parts = Counter(payments.values())
    return Damage(
        entries=len(stands),
        lost=tuple(a.payment for a in acknowledged if not _stands(a, keys, payments)),
        half=(
            *(
                f"payment {payment} has {found} of {entries_of(payment)} entries"
                for payment, found in parts.items()
                if found < entries_of(payment)
            ),
            *_half_written(session, book_id, list(stands), list(keys.values())),
        ),
        doubled=tuple(p for p, found in parts.items() if found > entries_of(p)),
        findings=tuple(
            finding.what
            for finding in verify_book(session, book=book_of(session, book_id)).findings
        ),
    )


def _stands(told: Acknowledged, keys: dict[str, tuple[int, int]], payments: dict[int, int]) -> bool:
    """Tell whether a payment stands under its key, where it was said, with all its entries."""
    numbers = range(told.first, told.last + 1)
    return (
        keys.get(told.key) == (told.first, told.last)
        and len(numbers) == entries_of(told.payment)
        and all(payments.get(number) == told.payment for number in numbers)
    )


def _half_written(
    session: Session, book_id: int, numbers: list[int], keys: list[tuple[int, int]]
) -> Iterable[str]:
    """Say what no transaction leaves behind, without trusting the verification to say it."""
    if numbers != list(range(1, len(numbers) + 1)):
        yield "the numbers of the entries have gaps"
    if sorted(chain.from_iterable(range(a, b + 1) for a, b in keys)) != numbers:
        yield "the keys are not those of the entries"
    if (book_of(session, book_id).head_number or 0) != len(numbers):
        yield "the head is not the last entry"
    lines = dict(
        session.execute(
            select(Posting.entry_number, func.count())
            .where(Posting.book_id == book_id)
            .group_by(Posting.entry_number)
        ).all()
    )
    if lines != dict.fromkeys(numbers, 2):
        yield "there are postings without an entry, or entries without postings"
    if session.scalar(select(func.sum(Account.balance_satang)).where(Account.book_id == book_id)):
        yield "the balances do not sum to zero"
