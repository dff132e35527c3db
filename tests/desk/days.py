"""A collection day of the small network, as the tests of the desk use it."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desk import services
from desk.models import Channel, Collection, Receipt
from desk.services import PostedCollection, RowChange
from ledger.db import read, write
from ledger.models import Account, Book, Entry
from ledger.money import Satang
from ledger.verification import verify_book
from tests.network import NOW, TODAY, Network

MALEE = "o1"
SOMSRI, BOONMEE, PRAIYA = 1, 2, 3
SOMSRI_PAYS = RowChange(SOMSRI, cells={"PLG": "100", "SHR": "100", "WEL": "30"})
BOONMEE_PAYS = RowChange(BOONMEE, cells={"PLG": "50", "WEL": "30"})
PRAIYA_TRANSFERS = RowChange(
    PRAIYA, channel=Channel.TRANSFER, cells={"PLG": "200", "SHR": "50", "WEL": "30"}
)
#: สมศรี pays 230 and บุญมี 80 in cash.
CASH_OF_BOTH = {Satang(100_00): 3, Satang(10_00): 1}


def open_day(network: Network, *, on: date = TODAY) -> Collection:
    return write(
        lambda session: services.open_collection(
            session, book_id=network.book_id, held_on=on, by=MALEE, at=NOW
        )
    )


def type_in(network: Network, day: Collection, *changes: RowChange) -> services.SavedSheet:
    return write(
        lambda session: services.save_cells(
            session, book_id=network.book_id, collection_id=day.id, changes=changes, at=NOW
        )
    )


def count(network: Network, day: Collection, pieces: Mapping[Satang, int]) -> services.SavedSheet:
    return write(
        lambda session: services.save_count(
            session, book_id=network.book_id, collection_id=day.id, pieces=pieces, at=NOW
        )
    )


def post(
    network: Network,
    day: Collection,
    *,
    revision: int,
    reason: str = "",
    key: str = "collection-1",
) -> PostedCollection:
    return write(
        lambda session: services.post_collection(
            session,
            book_id=network.book_id,
            collection_id=day.id,
            revision=revision,
            difference_reason=reason,
            idempotency_key=key,
            by=MALEE,
            at=NOW,
        )
    )


def ready_day(
    network: Network,
    *changes: RowChange,
    pieces: Mapping[Satang, int] | None = None,
    on: date = TODAY,
) -> tuple[Collection, int]:
    """Open a day, type both in and count their cash; give the day and its revision."""
    day = open_day(network, on=on)
    type_in(network, day, *(changes or (SOMSRI_PAYS, BOONMEE_PAYS)))
    return day, count(network, day, CASH_OF_BOTH if pieces is None else pieces).revision


def balance(network: Network, code: str, fund: str = "SAV") -> int:
    """Give what an account has, debit positive."""
    return read(
        lambda session: session.execute(
            select(Account.balance_satang).where(
                Account.book_id == network.book_id, Account.code == code, Account.fund == fund
            )
        ).scalar_one()
    )


def entries(network: Network) -> int:
    """Count the entries of the book."""
    return read(
        lambda session: session.execute(
            select(func.count()).select_from(Entry).where(Entry.book_id == network.book_id)
        ).scalar_one()
    )


def receipts(network: Network) -> Sequence[Receipt]:
    """Give the receipts of the book by number."""
    return read(
        lambda session: session.scalars(
            select(Receipt).where(Receipt.book_id == network.book_id).order_by(Receipt.number)
        ).all()
    )


def findings(network: Network) -> tuple[object, ...]:
    """Give what ``verify`` finds wrong with the book."""

    def look(session: Session) -> tuple[object, ...]:
        return verify_book(session, book=session.get_one(Book, network.book_id)).findings

    return read(look)
