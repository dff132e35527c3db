"""What leaves the book: no live formulas, and the same balances in other programs."""

import csv
import io
import shutil
import subprocess
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core import data
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger import exports, queries, services
from ledger.chart import Kind
from ledger.db import read, write
from ledger.entry import EntryKind, credit, debit
from ledger.exports import Column, Table, as_csv, as_xlsx, neutral
from ledger.money import Satang
from ledger.reports import trial_balance
from tests.ledger.books import (
    APRIL_6,
    BANK,
    BOONMEE,
    CASH,
    MALEE,
    POSTED_AT,
    SOMSRI,
    STATIONERY,
    book_of,
    entry,
    open_small_book,
    pledge_paid,
    post,
    welfare_paid,
)

MAY_2 = datetime(2023, 5, 2, 2, 0, tzinfo=UTC)
FORMULAS = [
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "  =1+1",
    "\u00a0=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    '=HYPERLINK("http://example.org","ดู")',
    "=cmd|' /C calc'!A0",
]


def open_varied_book(session: Session) -> int:
    """Open a book with every kind of account, awkward texts, a late entry and a reversal."""
    book_id = open_small_book(session)
    for code, kind in (
        ("ค่าเช่า", Kind.EXPENSE),
        ("a/b c:d", Kind.ASSET),
        ("X-61", Kind.LIABILITY),
        ("a", Kind.CONTRA),
    ):
        services.open_account(
            session,
            book_id=book_id,
            code=code,
            fund="SAV",
            kind=kind,
            name_th=f'ชื่อ "{code}" ; \\',
            name_en=code,
            opened_on=APRIL_6,
        )
    awkward = {row.code: row.account_id for row in queries.balances_now(session, book_id=book_id)}
    drafts = [
        pledge_paid(100_00, memo='จ่าย "สด" ; ไม่ทอน \\ | (x)'),
        pledge_paid(200_50, saver=BOONMEE, memo="=1+1"),
        pledge_paid(1, on=date(2022, 12, 31), memo="* ! (5) ; late"),
        welfare_paid(30_00, on=date(2023, 2, 6)),
        entry(
            debit(STATIONERY, "SAV", Satang(45_25)),
            credit(CASH, "SAV", Satang(45_25)),
            kind=EntryKind.EXPENSE,
            memo="ซื้อกระดาษ",
            reference='66/1;"a"',
        ),
        entry(debit(BANK, "SAV", Satang(99_00)), credit(CASH, "SAV", Satang(99_00))),
        *(
            entry(debit(awkward[code], "SAV", Satang(7_01)), credit(BANK, "SAV", Satang(7_01)))
            for code in ("ค่าเช่า", "a/b c:d", "X-61", "a")
        ),
        entry(debit(BANK, "SAV", Satang(10**12)), credit(awkward["X-61"], "SAV", Satang(10**12))),
    ]
    post(session, book_id, drafts, key="varied")
    services.reverse_entry(
        session,
        book_id=book_id,
        number=1,
        entered_on=date(2023, 5, 1),
        memo="ลงผิด",
        idempotency_key="back",
        posted_by=MALEE,
        posted_at=MAY_2,
    )
    return book_id


@pytest.fixture
def varied(sqlite_engine: Engine) -> int:
    """The number of the varied book."""
    return write(open_varied_book)


def in_baht(satang: int) -> Decimal:
    return Decimal(satang) / 100


def ours(session: Session, book_id: int, *, last: date | None = None) -> dict[str, Decimal]:
    """Give our own balances by the names that the exports use."""
    names = exports.account_names(session, book_id=book_id)
    if last is None:
        balances = queries.balances_now(session, book_id=book_id)
    else:
        balances = queries.balances_of_months(session, book_id=book_id, first=last, last=last)
    trial = trial_balance(balances)
    assert trial.difference == 0
    return {names[b.account_id]: in_baht(b.closing) for b in balances if b.closing}


def test_hledger_agrees_on_every_account(varied: int, tmp_path: Path) -> None:
    hledger = shutil.which("hledger")
    if hledger is None:
        pytest.skip("hledger is not on this machine")
    written, expected = read(
        lambda session: (
            "".join(exports.hledger_journal(session, book=book_of(session, varied))),
            ours(session, varied),
        )
    )

    assert _hledger_balances(hledger, written, tmp_path) == expected
    assert len(expected) > 8


@pytest.mark.parametrize("first", [None, date(2023, 1, 1), date(2023, 4, 6), date(2023, 5, 1)])
def test_both_programs_agree_on_the_balances_at_the_end_of_a_month(
    varied: int, tmp_path: Path, first: date | None
) -> None:
    hledger = shutil.which("hledger")
    last = date(2023, 4, 30)
    for_hledger, for_beancount, expected = read(
        lambda session: (
            "".join(
                exports.hledger_journal(
                    session, book=book_of(session, varied), first=first, last=last
                )
            ),
            "".join(
                exports.beancount_journal(
                    session, book=book_of(session, varied), first=first, last=last
                )
            ),
            ours(session, varied, last=last),
        )
    )

    assert _beancount_balances(for_beancount, tmp_path) == expected
    if hledger is not None:
        assert _hledger_balances(hledger, for_hledger, tmp_path) == expected


def _hledger_balances(hledger: str, written: str, folder: Path) -> dict[str, Decimal]:
    file = folder / "book.journal"
    file.write_text(written, encoding="utf-8")
    done = subprocess.run(
        [hledger, "-f", file, "bal", "--flat", "-N", "-O", "csv"],
        capture_output=True,
        check=False,
        env={"LANG": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr.decode()
    checked = subprocess.run(
        [hledger, "-f", file, "check", "--strict"],
        capture_output=True,
        check=False,
        env={"LANG": "C.UTF-8"},
    )
    assert checked.returncode == 0, checked.stderr.decode()
    rows = list(csv.reader(io.StringIO(done.stdout.decode())))[1:]
    return {name: Decimal(amount.removeprefix("THB ")) for name, amount in rows}


def test_beancount_agrees_on_every_account(varied: int, tmp_path: Path) -> None:
    written, expected = read(
        lambda session: (
            "".join(exports.beancount_journal(session, book=book_of(session, varied))),
            ours(session, varied),
        )
    )

    assert _beancount_balances(written, tmp_path) == expected


def _beancount_balances(written: str, folder: Path) -> dict[str, Decimal]:
    file = folder / "book.beancount"
    file.write_text(written, encoding="utf-8")
    bean_check = Path(shutil.which("bean-check") or Path(loader.__file__).parents[4] / "bin")
    entries, errors, _options = loader.load_file(str(file))
    assert errors == []
    if bean_check.is_file():
        done = subprocess.run([bean_check, file], capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    balances: dict[str, Decimal] = {}
    for sealed in entries:
        for posting in sealed.postings if isinstance(sealed, data.Transaction) else ():
            assert posting.units is not None
            assert posting.units.number is not None
            before = balances.get(posting.account, Decimal(0))
            balances[posting.account] = before + posting.units.number
    return {name: amount for name, amount in balances.items() if amount}


def test_beancount_keeps_thai_names_and_seals_as_metadata(varied: int, tmp_path: Path) -> None:
    file = tmp_path / "book.beancount"
    file.write_text(
        read(
            lambda session: "".join(
                exports.beancount_journal(session, book=book_of(session, varied))
            )
        ),
        encoding="utf-8",
    )

    entries, _errors, _options = loader.load_file(str(file))

    opened = {e.account: e.meta["name-th"] for e in entries if isinstance(e, data.Open)}
    assert opened["Equity:SAV:31020:31020-0001"] == "สมศรี ใจดี"
    assert opened["Assets:WEL:11010"] == "เงินสดในมือ"
    sealed = [e for e in entries if isinstance(e, data.Transaction)]
    assert len(sealed) == 12
    assert all(len(e.meta["seal"]) == 9 for e in sealed)
    assert any(e.narration == 'จ่าย "สด" ; ไม่ทอน \\ | (x)' for e in sealed)


def test_two_codes_never_become_one_name() -> None:
    codes = ["a", "A", "X-61", "ก", "ข", "a b", "a:b", "-1", "", "11010", "X-", "x-61"]

    names = [exports._component(code) for code in codes]

    assert len(set(names)) == len(codes)
    assert exports._component("31020-0001") == "31020-0001"


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_never_becomes_a_formula(text: str) -> None:
    shown = neutral(text)

    assert shown.startswith("'")
    assert not any(ord(character) < 32 for character in shown)


@given(st.text(max_size=20))
def test_what_is_written_into_a_cell_never_begins_as_a_formula(text: str) -> None:
    shown = neutral(text)

    assert not shown.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert neutral(shown) == shown


@pytest.mark.parametrize("text", ["น้ำดื่ม", "ค่าเช่า = 5", "a-b", "", "1,000", "'"])
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text


def table(*texts: str) -> Table:
    return Table(
        title="=ชื่อ",
        about="@ช่วง",
        columns=(
            ("คำอธิบาย", Column.TEXT),
            ("จำนวน", Column.MONEY),
            ("เลขที่", Column.NUMBER),
            ("วันที่", Column.DAY),
        ),
        rows=tuple((text, Satang(-1_234_05), 7, APRIL_6) for text in texts),
        sums=("รวม", Satang(10**12), None, None),
    )


def test_a_csv_opens_in_thai_with_numbers_as_numbers() -> None:
    written = as_csv(table("น้ำ", "=1+1", 'a,"b"'))

    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(written.decode("utf-8-sig"))))
    assert rows == [
        ["คำอธิบาย", "จำนวน", "เลขที่", "วันที่"],
        ["น้ำ", "-1234.05", "7", "2023-04-06"],
        ["'=1+1", "-1234.05", "7", "2023-04-06"],
        ['a,"b"', "-1234.05", "7", "2023-04-06"],
        ["รวม", "10000000000.00", "", ""],
    ]


def test_a_spreadsheet_has_numbers_days_and_no_formula() -> None:
    written = as_xlsx(table(*FORMULAS, "น้ำ", "http://example.org", "123", "x" * 40_000))

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(written)).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert [row[0] for row in rows[4 : 4 + len(FORMULAS)]] == [neutral(text) for text in FORMULAS]
    assert rows[4][1:] == [-1234.05, 7, APRIL_6]
    assert rows[-1][:2] == ["รวม", 10_000_000_000]
    assert rows[4 + len(FORMULAS) + 2][0] == "123"
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        inside = b"".join(parts.read(name) for name in parts.namelist())
    assert b"<f>" not in inside
    assert b"relationships/hyperlink" not in inside


def test_a_trial_balance_is_laid_out_with_its_sums(varied: int) -> None:
    trial = read(
        lambda session: trial_balance(
            queries.balances_of_months(
                session, book_id=varied, first=date(2023, 4, 1), last=date(2023, 4, 1)
            )
        )
    )

    laid_out = exports.trial_balance_table(trial, title="งบทดลอง", about="เมษายน 2566")

    rows = _read_csv(as_csv(laid_out))
    assert len(rows) == len(trial.rows) + 2
    for place in range(3, 9):
        figures = [Decimal(row[place]) for row in rows[1:]]
        assert sum(figures[:-1]) == figures[-1]
    assert rows[-1][7] == rows[-1][8]


def _read_csv(written: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(written.decode("utf-8-sig"))))


def test_a_statement_runs_from_brought_to_carried_forward(varied: int) -> None:
    page = read(
        lambda session: queries.statement_page(
            session, book_id=varied, account_id=SOMSRI, first_n=2, last_n=9
        )
    )

    rows = _read_csv(as_csv(exports.statement_table(page, title="บัญชี", about="")))

    assert [row[3] for row in rows[1:]] == ["ยอดยกมา", "'* ! (5) ; late"[1:], "ลงผิด", "ยอดยกไป"]
    assert [row[6] for row in rows[1:]] == ["-100.00", "-100.01", "-0.01", "-0.01"]


def test_an_empty_statement_can_be_exported(varied: int) -> None:
    page = read(
        lambda session: queries.statement_page(
            session, book_id=varied, account_id=SOMSRI, first_n=99, last_n=99
        )
    )

    assert len(_read_csv(as_csv(exports.statement_table(page, title="", about="")))) == 3


def test_the_journal_has_a_row_for_each_posting(varied: int) -> None:
    entries = read(
        lambda session: list(
            exports.entries_of_days(session, book_id=varied, first=None, last=None)
        )
    )

    laid_out = exports.journal_table(entries, title="สมุดรายวัน", about="")

    rows = _read_csv(as_csv(laid_out))
    assert len(rows) == 1 + sum(len(e.postings) for e in entries)
    debits = sum(Decimal(row[8] or 0) for row in rows[1:])
    assert debits == sum(Decimal(row[9] or 0) for row in rows[1:]) > 0
    assert any(row[4] == "'=1+1" for row in rows)
    assert as_xlsx(laid_out).startswith(b"PK")


def test_an_empty_book_exports_to_every_program(engine: Engine, tmp_path: Path) -> None:
    def work(session: Session) -> tuple[str, str]:
        book = services.open_book(session, code="NEW", name="ใหม่", opened_at=POSTED_AT)
        return (
            "".join(exports.hledger_journal(session, book=book)),
            "".join(exports.beancount_journal(session, book=book, first=APRIL_6)),
        )

    for_hledger, for_beancount = write(work)

    assert "(NEW)" in for_hledger
    assert _beancount_balances(for_beancount, tmp_path) == {}


def test_exports_are_the_same_from_both_engines(engine: Engine) -> None:
    book_id = write(open_varied_book)

    def work(session: Session) -> tuple[list[str], dict[str, Decimal]]:
        book = book_of(session, book_id)
        lines = list(exports.hledger_journal(session, book=book, first=APRIL_6))
        return [line for line in lines if "seal:" not in line], ours(session, book_id)

    written, balances = read(work)

    assert written[-1] == "    Equity:SAV:31020:31020-0001  THB 100.00\n"
    assert balances["Assets:SAV:X-612f6220633a64"] == Decimal("7.01")
