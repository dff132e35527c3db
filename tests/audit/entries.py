"""Entries for the tests of cross-review, written by those who keep the small network's books."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.models import Entry
from ledger.money import Satang
from ledger.queries import account_by_code
from ledger.services import post_batch, reverse_entry
from members.officers import CurrentOfficer, officer_behind, start
from members.queries import cash_accounts, savings_accounts
from members.savings import receipt_postings
from tests.network import NOW, TODAY


def paid_in(
    session: Session,
    book_id: int,
    *,
    member: int = 1,
    amounts: Sequence[tuple[str, int]] = (("PLG", 100_00), ("SHR", 100_00), ("WEL", 30_00)),
    on: date = TODAY,
    memo: str = "",
) -> EntryDraft:
    """Draft what a member pays on a collection day."""
    savings = savings_accounts(session, book_id=book_id)
    return EntryDraft(
        entered_on=on,
        kind=EntryKind.RECEIPT,
        memo=memo,
        postings=receipt_postings(
            [(savings[member, product], Satang(amount)) for product, amount in amounts],
            money=cash_accounts(session, book_id=book_id),
        ),
    )


def benefit_paid(session: Session, book_id: int, amount: int, *, memo: str) -> EntryDraft:
    """Draft what the welfare purse pays to somebody who was ill."""
    illness = account_by_code(session, book_id=book_id, code="56020", fund="WEL")
    return EntryDraft(
        entered_on=TODAY,
        kind=EntryKind.EXPENSE,
        memo=memo,
        postings=(
            debit(illness.id, "WEL", Satang(amount)),
            credit(cash_accounts(session, book_id=book_id)["WEL"], "WEL", Satang(amount)),
        ),
    )


def post(
    book_id: int,
    *drafts: EntryDraft,
    key: str,
    by: int,
    at: datetime = NOW,
    approved_by: int | None = None,
) -> range:
    """Post as an officer, and give the numbers."""
    return write(
        lambda session: post_batch(
            session,
            book_id=book_id,
            drafts=drafts,
            idempotency_key=key,
            posted_by=f"o{by}",
            posted_at=at,
            approved_by=None if approved_by is None else f"o{approved_by}",
        )
    ).numbers


def post_receipts(
    book_id: int,
    how_many: int = 1,
    *,
    key: str = "receipts",
    by: int,
    at: datetime = NOW,
    on: date = TODAY,
    memo: str = "",
) -> range:
    """Post some receipts of the first members, each of another amount."""
    drafts = read(
        lambda session: [
            paid_in(
                session,
                book_id,
                member=number % 3 + 1,
                amounts=[("PLG", 100_00 + number * 1_00)],
                on=on,
                memo=memo,
            )
            for number in range(how_many)
        ]
    )
    return post(book_id, *drafts, key=key, by=by, at=at)


def reverse(book_id: int, number: int, *, by: int, at: datetime = NOW) -> int:
    """Take an entry back, and give the number of the entry that does."""
    return write(
        lambda session: reverse_entry(
            session,
            book_id=book_id,
            number=number,
            entered_on=TODAY,
            memo="ลงผิดคน",
            idempotency_key=f"reverse-{number}",
            posted_by=f"o{by}",
            posted_at=at,
        )
    ).first_number


def officer(officer_id: int) -> CurrentOfficer:
    """Give an officer as the pages know who is signed in."""
    token = write(lambda session: start(session, officer_id=officer_id, device="test", at=NOW))
    found = officer_behind(token, at=NOW)
    assert found is not None
    return found


def seal_of(book_id: int, number: int) -> bytes:
    """Give the seal of an entry."""
    return read(lambda session: session.get_one(Entry, (book_id, number))).seal
