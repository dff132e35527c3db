"""The seal: each entry carries the digest of what it says and of every entry before it.

``docs/seal.md`` says the same so exactly that a stranger can write a checker, and
``docs/check_seal.py`` is one. What the chain proves, and what only paper and witnesses can,
stands there too.
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256

import orjson

VERSION = 1
SALT_BYTES = 32
SHORT_GROUPS = 2
SHORT_GROUP_LETTERS = 4


def first_seal(book_code: str) -> bytes:
    """Give the seal that the first entry of a book is linked to; it binds the book's own code."""
    return sha256(b"samut book 1\n" + book_code.encode()).digest()


def canonical_bytes(
    *,
    book_code: str,
    number: int,
    kind: str,
    entered_on: date,
    recorded_at: datetime,
    posted_by: str,
    approved_by: str | None,
    reference: str,
    memo_digest: bytes,
    reverses_number: int | None,
    postings: Sequence[tuple[str, str, int]],
) -> bytes:
    """Write an entry as the bytes that are sealed: a JSON list of integers and strings.

    Args:
        book_code: The code of the book.
        number: The entry's number in it, from 1.
        kind: What the entry is about.
        entered_on: The business day.
        recorded_at: When it was written, aware, to the microsecond.
        posted_by: The mark of the officer who wrote it.
        approved_by: The mark of the second officer, where one was needed.
        reference: The number of its paper, or empty.
        memo_digest: The keyed digest of its memo, or empty when there is none.
        reverses_number: The entry that it takes back, if any.
        postings: (account code, fund, satang), debit positive, in line order.
    """
    return said_bytes(
        book_code,
        number,
        kind,
        entered_on.isoformat(),
        moment_text(recorded_at),
        posted_by,
        approved_by,
        reference,
        memo_digest,
        reverses_number,
        postings,
    )


def said_bytes(
    book_code: str,
    number: int,
    kind: str,
    entered_on: str,
    recorded_at: str,
    posted_by: str,
    approved_by: str | None,
    reference: str,
    memo_digest: bytes,
    reverses_number: int | None,
    postings: Sequence[tuple[str, str, int]],
) -> bytes:
    """Write the same from a day and a moment that are texts already, as a batch and a book are."""
    return orjson.dumps(
        (
            *(VERSION, book_code, number, kind, entered_on, recorded_at, posted_by),
            *(approved_by or "", reference, memo_digest.hex(), reverses_number or 0, postings),
        )
    )


@lru_cache(maxsize=64)  # every entry of a batch was recorded at the same moment
def moment_text(moment: datetime) -> str:
    """Write a moment in UTC to the microsecond: ``2023-04-06T03:42:10.000000Z``."""
    assert moment.tzinfo is not None, moment
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def link(previous_seal: bytes, entry_bytes: bytes) -> bytes:
    """Seal an entry: SHA-256 over the seal before it and its own bytes."""
    return sha256(previous_seal + entry_bytes).digest()


def memo_digest(salt: bytes, text: str) -> bytes:
    """Digest a memo under its own salt, so that text and salt can be erased and the chain stays."""
    return hmac.digest(salt, text.encode(), "sha256")


def short_form(seal: bytes) -> str:
    """Give the form people read aloud and compare on paper: eight letters, ``K7QM-2XDA``."""
    letters = base64.b32encode(seal[:5]).decode()
    groups = [
        letters[i * SHORT_GROUP_LETTERS : (i + 1) * SHORT_GROUP_LETTERS]
        for i in range(SHORT_GROUPS)
    ]
    return "-".join(groups)


def long_form(seal: bytes) -> str:
    """Give the form that is printed at a close: 32 letters in eight groups."""
    letters = base64.b32encode(seal[:20]).decode()
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))
