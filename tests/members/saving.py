"""What the tests of members share: paying in, a closed month, and a look at what was written."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind
from ledger.models import Book
from ledger.money import Satang
from ledger.services import PostedBatch, close_period, post_batch
from members.models import Member, PassbookPrint, Pledge
from members.queries import (
    cash_accounts,
    member_by_number,
    money_accounts,
    savings_accounts,
    savings_of,
)
from members.savings import receipt_postings
from tests.network import NOW, TODAY, Network

LONGEST_NAME = "นางสาวไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา"


def pay_in(
    network: Network,
    amounts: Mapping[str, int],
    *,
    number: str = "0001",
    on: date = TODAY,
    times: int = 1,
    by_bank: bool = False,
    key: str = "paid-in",
) -> PostedBatch:
    """Take money in for a member, as a receipt does, several times over."""

    def work(session: Session) -> PostedBatch:
        member = member_by_number(session, book_id=network.book_id, number=number)
        accounts = savings_accounts(session, book_id=network.book_id)
        money = cash_accounts(session, book_id=network.book_id)
        if by_bank:
            money |= money_accounts(session, book_id=network.book_id, codes=["12110"])
        draft = EntryDraft(
            entered_on=on,
            kind=EntryKind.RECEIPT,
            postings=receipt_postings(
                [(accounts[member.id, code], Satang(amount)) for code, amount in amounts.items()],
                money=money,
            ),
        )
        return post_batch(
            session,
            book_id=network.book_id,
            drafts=[draft] * times,
            idempotency_key=key,
            posted_by=f"o{network.malee}",
            posted_at=NOW,
        )

    return write(work)


def close_march(network: Network) -> None:
    """Close the month before the tests take place."""
    write(
        lambda session: close_period(
            session,
            book_id=network.book_id,
            month=date(2023, 3, 1),
            closed_by="o1",
            closed_at=NOW,
        )
    )


def balance(network: Network, product: str, *, number: str = "0001") -> int:
    """Give what a member has in a product, in satang."""

    def look(session: Session) -> int:
        member = member_by_number(session, book_id=network.book_id, number=number)
        views = savings_of(session, book_id=network.book_id, member_id=member.id)
        return next(view.balance for view in views if view.product_code == product)

    return read(look)


def written(network: Network) -> tuple[int | None, ...]:
    """Count everything that a page about people could have written."""

    def look(session: Session) -> tuple[int | None, ...]:
        return (
            session.get_one(Book, network.book_id).head_number,
            session.scalar(select(func.count()).select_from(Member)),
            session.scalar(
                select(func.count()).select_from(Member).where(Member.left_on.is_(None))
            ),
            session.scalar(select(func.count()).select_from(Pledge)),
            session.scalar(select(func.count()).select_from(PassbookPrint)),
        )

    return read(look)
