"""Four companies' real books come in whole and right; one with an altered line does not.

The trial balance is computed here from the files alone, without anything of ours.
"""

import csv
import io
import shutil
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from docs import check_seal
from ledger import exports, queries
from ledger.db import read, write
from ledger.imports import (
    Imported,
    Journal,
    JournalFiles,
    UnbalancedVoucher,
    import_journal,
    parse_range,
    read_journal,
)
from ledger.models import Book, Entry, Posting
from ledger.reports import trial_balance
from ledger.verification import verify_book
from tests.ledger.test_exports import _beancount_balances, _hledger_balances, in_baht, ours

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "sie_books"
GOOD = ["exempelforetag_briljant", "ovnbolag_avendo", "ovningsbolaget_visma", "speakeasy_bl"]
BAD = "ovnbolag_avendo_BAD"
CODES = {folder: f"SIE{number}" for number, folder in enumerate(GOOD)}
#: Source: the Swedish BAS chart, in which the first digit says what an account is.
RANGES = (
    *("1000-1999=asset", "2000-2999=liability", "3000-3999=income", "4000-7999=expense"),
    *("8000-8399=income", "8400-9999=expense"),
)
POSTED_AT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real books are not on this machine")


def files_of(folder: str) -> JournalFiles:
    parts = ((DATA / folder / f"{name}.csv") for name in ("accounts", "opening", "vouchers"))
    return JournalFiles(*(part.read_bytes() for part in parts))


def journal_of(folder: str) -> Journal:
    return read_journal(files_of(folder), ranges=[parse_range(text) for text in RANGES])


def bring_in(folder: str) -> Imported:
    journal = journal_of(folder)
    return write(
        lambda session: import_journal(
            session,
            journal=journal,
            code=CODES.get(folder, "BAD"),
            name=folder,
            posted_by="import",
            posted_at=POSTED_AT,
        )
    )


def rows_of(folder: str, name: str) -> list[dict[str, str]]:
    text = (DATA / folder / f"{name}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def sums_by_hand(folder: str, *, until: str = "99999999") -> dict[str, Decimal]:
    """Sum the files up as a calculator would: what was brought forward and every line."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(folder, "opening"):
        sums[row["account"]] += Decimal(row["amount"])
    for row in rows_of(folder, "vouchers"):
        if row["date"] <= until:
            sums[row["account"]] += Decimal(row["amount"])
    return {account: amount for account, amount in sums.items() if amount}


def _closings_of(book_id: int, month: date) -> Callable[[Session], dict[str, Decimal]]:
    """Give the work that reads what every account had at the end of a month."""

    def look(session: Session) -> dict[str, Decimal]:
        balances = queries.balances_of_months(session, book_id=book_id, first=month, last=month)
        return {row.code: in_baht(row.closing) for row in balances if row.closing}

    return look


@pytest.mark.parametrize("folder", GOOD)
def test_a_real_book_comes_in_with_the_balances_of_its_files(engine: Engine, folder: str) -> None:
    done = bring_in(folder)

    expected = sums_by_hand(folder)
    forward = in_baht(-done.cleared)
    if forward:
        expected["39010"] = forward
    balances, trial, verified = read(
        lambda session: (
            {
                row.code: in_baht(row.closing)
                for row in queries.balances_now(session, book_id=done.book_id)
                if row.closing
            },
            trial_balance(queries.balances_now(session, book_id=done.book_id)),
            verify_book(session, book=queries.book_by_code(session, code=CODES[folder])),
        )
    )
    assert balances == expected
    assert trial.difference == 0
    assert verified.findings == ()
    vouchers = {row["voucher_seq"] for row in rows_of(folder, "vouchers")}
    skipped = len(journal_of(folder).skipped_vouchers)
    assert done.entries == len(vouchers) - skipped + bool(rows_of(folder, "opening"))
    assert verified.entries == done.entries


@pytest.mark.parametrize("folder", GOOD)
def test_every_month_of_a_real_book_has_the_sums_of_its_days(
    sqlite_engine: Engine, folder: str
) -> None:
    done = bring_in(folder)

    months = read(lambda session: queries.months_with_entries(session, book_id=done.book_id))
    forward = in_baht(-done.cleared)
    for month in months:
        expected = sums_by_hand(folder, until=f"{month:%Y%m}99")
        if forward:
            expected["39010"] = forward
        assert read(_closings_of(done.book_id, month)) == expected
    assert len(months) > 1


def test_the_altered_book_is_refused_by_its_voucher_and_nothing_is_written(engine: Engine) -> None:
    with pytest.raises(UnbalancedVoucher) as refused:
        bring_in(BAD)

    wrong = next(voucher for voucher, sums in _sums_of_vouchers(BAD).items() if sums)
    assert refused.value.facts["voucher"] == wrong
    assert f"ใบสำคัญเลขที่ {wrong} " in refused.value.sentence()
    counts = read(
        lambda session: [
            session.scalar(select(func.count()).select_from(table))
            for table in (Book, Entry, Posting)
        ]
    )
    assert counts == [0, 0, 0]


def _sums_of_vouchers(folder: str) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(folder, "vouchers"):
        sums[row["voucher_seq"]] += Decimal(row["amount"])
    return sums


def test_a_real_book_comes_in_once(engine: Engine) -> None:
    first = bring_in("speakeasy_bl")

    again = bring_in("speakeasy_bl")

    assert (first.replayed, again.replayed) == (False, True)
    assert (again.entries, again.opened_accounts) == (first.entries, 0)


@pytest.mark.parametrize("folder", ["exempelforetag_briljant", "ovningsbolaget_visma"])
def test_other_programs_agree_on_a_real_book_on_every_account(
    sqlite_engine: Engine, tmp_path: Path, folder: str
) -> None:
    done = bring_in(folder)

    for_hledger, for_beancount, sealed, expected = read(
        lambda session: (
            "".join(exports.hledger_journal(session, book=_book(session, folder))),
            "".join(exports.beancount_journal(session, book=_book(session, folder))),
            b"".join(exports.sealed_export(session, book=_book(session, folder))),
            ours(session, done.book_id),
        )
    )
    assert _beancount_balances(for_beancount, tmp_path) == expected
    assert check_seal.check(sealed.splitlines(), "").startswith(f"agrees: {done.entries} entries")
    hledger = shutil.which("hledger")
    if hledger is None:
        pytest.skip("hledger is not on this machine")
    assert _hledger_balances(hledger, for_hledger, tmp_path) == expected


def _book(session: Session, folder: str) -> Book:
    return queries.book_by_code(session, code=CODES[folder])
