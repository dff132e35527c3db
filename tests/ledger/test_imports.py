"""A journal from elsewhere: what cannot be read is named, and nothing comes in by half."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from ledger import queries, services
from ledger.chart import Kind
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.imports import (
    AccountOfAnotherKind,
    AccountsWithoutKind,
    Imported,
    JournalFiles,
    NotACsvFile,
    UnbalancedVoucher,
    UnknownKind,
    UnreadableRow,
    UnreadableVoucher,
    import_journal,
    parse_range,
    read_journal,
)
from ledger.models import Account, Book, Entry, Posting
from ledger.period import FutureDate, PeriodClosed
from ledger.reports import trial_balance
from tests.ledger.books import MALEE

POSTED_AT = datetime(2023, 6, 2, 2, 0, tzinfo=UTC)
ACCOUNTS = "account,name,type\n1000,เงินสด,asset\n2000,เงินออม,liability\n3000,ดอกเบี้ย,income\n"
OPENING = "account,amount\n1000,500.00\n2000,-500.00\n"
HEAD = "voucher_seq,series,number,date,text,account,amount\n"
VOUCHERS = (
    HEAD + "1,A,1,2023-04-06,ฝากเงิน,1000,100.00\n1,A,1,2023-04-06,ฝากเงิน,2000,-100.00\n"
    "2,A,2,20230507,,1000,7.25\n2,A,2,20230507,,3000,-7.25\n"
)


def files(
    *, accounts: str = ACCOUNTS, opening: str = OPENING, vouchers: str = VOUCHERS, kinds: str = ""
) -> JournalFiles:
    return JournalFiles(
        accounts.encode(), opening.encode(), vouchers.encode(), kinds.encode() or None
    )


def bring_in(given: JournalFiles, *ranges: str, code: str = "NEW") -> Imported:
    journal = read_journal(given, ranges=[parse_range(text) for text in ranges])
    return write(
        lambda session: import_journal(
            session,
            journal=journal,
            code=code,
            name="ทดลอง",
            posted_by="import",
            posted_at=POSTED_AT,
        )
    )


def written(session: Session) -> list[int | None]:
    tables = (Book, Account, Entry, Posting)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_a_journal_becomes_a_book(engine: Engine) -> None:
    done = bring_in(files())

    entries, trial = read(
        lambda session: (
            queries.journal(session, book_id=done.book_id, numbers=[1, 2, 3]),
            trial_balance(queries.balances_now(session, book_id=done.book_id)),
        )
    )
    assert [entry.entered_on for entry in entries] == [
        date(2023, 3, 31),
        date(2023, 4, 6),
        date(2023, 5, 7),
    ]
    assert [entry.reference for entry in entries] == ["", "A 1", "A 2"]
    assert [entry.memo for entry in entries] == ["ยอดยกมา", "ฝากเงิน", ""]
    assert [(row.code, row.closing) for row in trial.rows] == [
        ("1000", 607_25),
        ("2000", -600_00),
        ("3000", -7_25),
    ]
    assert done.opened_accounts == 3


WRONG_FILES: list[tuple[str, JournalFiles, type[DomainError], str]] = [
    ("no column", files(opening="account\n1000\n"), NotACsvFile, "opening"),
    ("not text", JournalFiles(b"\xff\xfe", b"", b""), NotACsvFile, "accounts"),
    ("a zero byte", files(accounts=ACCOUNTS + "\0"), NotACsvFile, "accounts"),
    ("a page", files(vouchers="<html><table></table>"), NotACsvFile, "vouchers"),
    ("a short row", files(opening=OPENING + "1000\n"), UnreadableRow, "แถว 4"),
    ("an account twice", files(accounts=ACCOUNTS + "1000,x,asset\n"), UnreadableRow, "แถว 5"),
    ("a kind nobody knows", files(accounts=ACCOUNTS + "9,x,magic\n"), UnreadableRow, "แถว 5"),
    ("a hidden name", files(accounts=ACCOUNTS + "9,x\u202e,asset\n"), UnreadableRow, "แถว 5"),
    ("no kind", files(accounts=ACCOUNTS + "9,x,\n"), AccountsWithoutKind, "9"),
    ("an opening of nothing known", files(opening=OPENING + "9,1\n"), UnreadableRow, "แถว 4"),
    ("three decimals", files(opening="account,amount\n1000,1.005\n"), UnreadableRow, "แถว 2"),
    ("a date", files(vouchers=HEAD + "1,A,1,2023-02-29,,1000,1\n"), UnreadableRow, "2023-02-29"),
    ("a Buddhist day", files(vouchers=HEAD + "1,A,1,6/4/2566,,1000,1\n"), UnreadableRow, "6/4"),
    ("an account", files(vouchers=VOUCHERS + "7,A,7,2023-05-07,,9,1\n"), UnreadableVoucher, "7"),
    ("two days", files(vouchers=VOUCHERS + "2,A,2,2023-05-08,,1000,1\n"), UnreadableVoucher, "2"),
    ("a sum", files(vouchers=VOUCHERS + "2,A,2,2023-05-07,,1000,1\n"), UnbalancedVoucher, "ที่ 2"),
    (
        "a hidden text",
        files(vouchers=HEAD + "1,A,1,2023-05-07,x\u200e,1000,1\n"),
        UnreadableRow,
        "แถว 2",
    ),
    (
        "a book in a voucher",
        files(vouchers=HEAD + "8,A,8,2023-05-07,,1000,1\n8,A,8,2023-05-07,,2000,-1\n" * 501),
        UnreadableVoucher,
        "เลขที่ 8",
    ),
    (
        "an amount too large",
        files(opening="account,amount\n1000,10000000000000\n"),
        UnreadableRow,
        "แถว 2",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "refusal", "words"), [w[1:] for w in WRONG_FILES], ids=[w[0] for w in WRONG_FILES]
)
def test_what_cannot_be_read_is_named_and_nothing_is_written(
    sqlite_engine: Engine, given: JournalFiles, refusal: type[DomainError], words: str
) -> None:
    with pytest.raises(refusal) as refused:
        bring_in(given)

    assert words in refused.value.sentence()
    assert read(written) == [0, 0, 0, 0]


@pytest.mark.parametrize("text", ["", "1-2", "1-2=magic", "a-b=asset", "1000-1999:asset"])
def test_a_range_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UnknownKind):
        parse_range(text)


def test_kinds_come_from_a_file_or_from_ranges_and_the_file_goes_before(
    sqlite_engine: Engine,
) -> None:
    accounts = "account,name,type\n1000,เงินสด,\n2000,เงินออม,\n3000,ดอกเบี้ย,asset\n"

    done = bring_in(
        files(accounts=accounts, kinds="account,kind\n2000,equity\n3000,income\n"),
        "1000-2999=asset",
    )

    kinds = read(
        lambda session: {
            row.code: row.kind for row in queries.balances_now(session, book_id=done.book_id)
        }
    )
    assert kinds == {"1000": Kind.ASSET, "2000": Kind.EQUITY, "3000": Kind.INCOME}


def test_what_the_database_refuses_late_leaves_nothing_of_the_early_batches(
    engine: Engine,
) -> None:
    many = "".join(
        f"{n},A,{n},2023-04-06,,1000,1\n{n},A,{n},2023-04-06,,2000,-1\n" for n in range(1, 1_200)
    )
    tomorrow = "9999,A,1,2023-06-03,,1000,1\n9999,A,1,2023-06-03,,2000,-1\n"

    with pytest.raises(FutureDate):
        bring_in(files(vouchers=HEAD + many + tomorrow))

    assert read(written) == [0, 0, 0, 0]


def test_a_closed_month_takes_no_import(engine: Engine) -> None:
    bring_in(files())
    book_id = read(lambda session: queries.book_by_code(session, code="NEW").id)
    write(
        lambda session: services.close_period(
            session, book_id=book_id, month=date(2023, 4, 1), closed_by=MALEE, closed_at=POSTED_AT
        )
    )
    before = read(written)

    with pytest.raises(PeriodClosed):
        bring_in(files(opening="account,amount\n"))

    assert read(written) == before


def test_an_account_of_another_kind_is_not_taken_for_the_same(engine: Engine) -> None:
    bring_in(files())
    before = read(written)

    with pytest.raises(AccountOfAnotherKind) as refused:
        bring_in(files(accounts=ACCOUNTS.replace("income", "expense")))

    assert "3000" in refused.value.sentence()
    assert read(written) == before


def test_an_opening_that_does_not_balance_is_cleared_and_said(engine: Engine) -> None:
    done = bring_in(files(opening="account,amount\n1000,500.00\n2000,-499.75\n"))

    balances = read(
        lambda session: {
            row.code: row.closing for row in queries.balances_now(session, book_id=done.book_id)
        }
    )
    assert done.cleared == 25
    assert balances["39010"] == -25


def test_an_opening_of_thousands_of_accounts_becomes_several_entries(
    sqlite_engine: Engine,
) -> None:
    codes = range(10_000, 12_500)
    accounts = "account,name,type\n" + "".join(f"{code},x,liability\n" for code in codes)
    opening = "account,amount\n" + "".join(f"{code},-1.00\n" for code in codes[:-1])
    opening += f"{codes[-1]},2499.00\n"

    done = bring_in(
        files(accounts=accounts, opening=opening, vouchers=HEAD.replace("series,number,", ""))
    )

    balances = read(lambda session: queries.balances_now(session, book_id=done.book_id))
    assert done.entries == 3
    assert (done.cleared, sum(row.closing for row in balances)) == (0, 0)
    assert {row.code: row.closing for row in balances}["39010"] == 0
    assert {row.code: row.closing for row in balances}["12499"] == 2_499_00


def test_lines_and_vouchers_of_nothing_are_passed_over_and_counted(sqlite_engine: Engine) -> None:
    vouchers = VOUCHERS + "1,A,1,2023-04-06,,3000,0.00\n3,A,3,2023-05-07,,1000,0\n"

    journal = read_journal(files(vouchers=vouchers))

    assert (journal.skipped_lines, journal.skipped_vouchers) == (2, ("3",))
