"""What leaves the book for other programs: tables as CSV and XLSX, plain-text books, the seals.

A cell of a table is never a live formula, whatever somebody wrote into a memo. ``docs/seal.md``
specifies the sealed export.
"""

import csv
import io
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ledger import queries
from ledger.chart import Kind
from ledger.entry import ENTRY_KIND_IN_THAI
from ledger.models import Account, Book, Entry, Period, Posting
from ledger.money import SATANG_PER_BAHT, Satang, plain_baht
from ledger.queries import JournalEntry
from ledger.reports import TrialBalance
from ledger.seal import canonical_bytes, moment_text, short_form
from ledger.statement import StatementPage

AT_A_TIME = 500
CURRENCY = "THB"
#: How spreadsheets show a day in the Buddhist era; the cell stays a date.
THAI_DAY = "[$-D07041E]d mmm yyyy"
THAI_MONEY = "#,##0.00;-#,##0.00"
WIDEST = 48
LONGEST_CELL = 32_767
_LIVE = frozenset("=+-@|%＝＋－＠")
_LINE_ENDS = ("\t", "\r", "\n", "\0")


class Column(StrEnum):
    """What a column of a table holds."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DAY = "day"


#: How a spreadsheet shows what a column holds; text as it is.
_SHOWN_AS = {
    Column.TEXT: "",
    Column.NUMBER: "0",
    Column.MONEY: THAI_MONEY,
    Column.DAY: THAI_DAY,
}

Cell = str | int | date | None


@dataclass(frozen=True, slots=True)
class Table:
    """A report as rows and columns.

    Attributes:
        title: What it is and of whom.
        about: A line under the title, such as the months it covers.
        columns: Heading and content of each column; money is in satang.
        rows: One cell a column; None is an empty one.
        sums: The last row, or nothing.
    """

    title: str
    about: str
    columns: tuple[tuple[str, Column], ...]
    rows: tuple[tuple[Cell, ...], ...]
    sums: tuple[Cell, ...] = ()


def neutral(text: str) -> str:
    """Write a text so that no spreadsheet takes it for a formula.

    Characters that nobody can see become blanks, and a text that begins as a formula does, also in
    full-width forms and behind blanks, gets an apostrophe before it.
    """
    seen = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
    first = next((c for c in seen if unicodedata.category(c)[0] not in "ZC"), "")
    return f"'{seen}" if first in _LIVE or text.startswith(_LINE_ENDS) else seen


def as_csv(table: Table) -> bytes:
    """Write a table as CSV in UTF-8 with the mark that spreadsheets know it by.

    Headings are in the first row; money is in baht with two decimals, days are ISO.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([neutral(heading) for heading, _column in table.columns])
    for row in (*table.rows, *([table.sums] if table.sums else ())):
        writer.writerow(
            [_csv_cell(cell, column) for cell, (_h, column) in zip(row, table.columns, strict=True)]
        )
    return text.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell, column: Column) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int):
        return plain_baht(Satang(cell)) if column is Column.MONEY else str(cell)
    return neutral(cell)


def as_xlsx(table: Table) -> bytes:
    """Write a table as a spreadsheet: numbers stay numbers, days stay days, text stays text."""
    import xlsxwriter  # noqa: PLC0415  (a quarter of a second that most requests need not pay)

    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    plain = {"font_name": "TH Sarabun New", "font_size": 14}
    formats = {
        column: book.add_format(
            plain | {"valign": "top"} | ({"num_format": shown} if shown else {"text_wrap": True})
        )
        for column, shown in _SHOWN_AS.items()
    }
    bold = book.add_format(plain | {"bold": True})
    heading = book.add_format(plain | {"bold": True, "bottom": 1, "text_wrap": True})
    ruled = plain | {"bold": True, "top": 1, "bottom": 6, "valign": "top"}
    summed = {
        column: book.add_format(ruled | ({"num_format": shown} if shown else {}))
        for column, shown in _SHOWN_AS.items()
    }
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, neutral(table.title), bold)
    sheet.write_string(1, 0, neutral(table.about), formats[Column.TEXT])
    for place, (name, _column) in enumerate(table.columns):
        sheet.write_string(3, place, neutral(name), heading)
    for line, row in enumerate(table.rows, start=4):
        for place, (cell, (_h, column)) in enumerate(zip(row, table.columns, strict=True)):
            _write_cell(sheet, line, place, cell, column, formats[column])
    for place, cell in enumerate(table.sums):
        column = table.columns[place][1]
        _write_cell(sheet, 4 + len(table.rows), place, cell, column, summed[column])
    sheet.freeze_panes(4, 0)
    sheet.repeat_rows(3)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    for place in range(len(table.columns)):
        sheet.set_column(place, place, _width(table, place))
    book.close()
    return file.getvalue()


def _write_cell(
    sheet: Any, line: int, place: int, cell: Cell, column: Column, form: object
) -> None:
    if cell is None:
        sheet.write_blank(line, place, None, form)
    elif isinstance(cell, str):
        sheet.write_string(line, place, neutral(cell)[:LONGEST_CELL], form)
    elif isinstance(cell, date):
        sheet.write_datetime(line, place, cell, form)
    elif column is Column.MONEY:
        # The only division of money: a spreadsheet knows no other number than the nearest double.
        sheet.write_number(line, place, cell / SATANG_PER_BAHT, form)
    else:
        sheet.write_number(line, place, cell, form)


def _width(table: Table, place: int) -> int:
    column = table.columns[place][1]
    if column is not Column.TEXT:
        return 14
    longest = max((len(str(row[place] or "")) for row in table.rows), default=0)
    return min(max(longest, len(table.columns[place][0]), 8) + 2, WIDEST)


def trial_balance_table(trial: TrialBalance, *, title: str, about: str) -> Table:
    """Lay a trial balance out in six columns of money."""
    return Table(
        title=title,
        about=about,
        columns=(
            ("กองทุน", Column.TEXT),
            ("รหัสบัญชี", Column.TEXT),
            ("ชื่อบัญชี", Column.TEXT),
            ("ยกมา เดบิต", Column.MONEY),
            ("ยกมา เครดิต", Column.MONEY),
            ("ระหว่างงวด เดบิต", Column.MONEY),
            ("ระหว่างงวด เครดิต", Column.MONEY),
            ("ยกไป เดบิต", Column.MONEY),
            ("ยกไป เครดิต", Column.MONEY),
        ),
        rows=tuple(
            (
                row.fund,
                row.code,
                row.name,
                row.opening_debit,
                row.opening_credit,
                row.debits,
                row.credits,
                row.closing_debit,
                row.closing_credit,
            )
            for row in trial.rows
        ),
        sums=(
            "",
            "",
            "รวม",
            trial.opening_debit,
            trial.opening_credit,
            trial.debits,
            trial.credits,
            trial.closing_debit,
            trial.closing_credit,
        ),
    )


def statement_table(page: StatementPage, *, title: str, about: str) -> Table:
    """Lay an account's statement out, from brought forward to carried forward."""
    first = page.lines[0].entered_on if page.lines else None
    last = page.lines[-1].entered_on if page.lines else None
    return Table(
        title=title,
        about=about,
        columns=(
            ("วันที่", Column.DAY),
            ("รายการเลขที่", Column.NUMBER),
            ("เลขที่เอกสาร", Column.TEXT),
            ("คำอธิบาย", Column.TEXT),
            ("เดบิต", Column.MONEY),
            ("เครดิต", Column.MONEY),
            ("ยอดคงเหลือ (เดบิตเป็นบวก)", Column.MONEY),
        ),
        rows=(
            (first, None, "", "ยอดยกมา", None, None, page.brought_forward),
            *(
                (
                    line.entered_on,
                    line.entry_number,
                    line.reference,
                    line.memo,
                    line.debit or None,
                    line.credit or None,
                    line.balance_after,
                )
                for line in page.lines
            ),
        ),
        sums=(last, None, "", "ยอดยกไป", page.debits, page.credits, page.carried_forward),
    )


def journal_table(entries: Sequence[JournalEntry], *, title: str, about: str) -> Table:
    """Lay entries out, a row for each posting, so that any spreadsheet can sum them."""
    return Table(
        title=title,
        about=about,
        columns=(
            ("รายการเลขที่", Column.NUMBER),
            ("วันที่", Column.DAY),
            ("ประเภท", Column.TEXT),
            ("เลขที่เอกสาร", Column.TEXT),
            ("คำอธิบาย", Column.TEXT),
            ("กองทุน", Column.TEXT),
            ("รหัสบัญชี", Column.TEXT),
            ("ชื่อบัญชี", Column.TEXT),
            ("เดบิต", Column.MONEY),
            ("เครดิต", Column.MONEY),
            ("กลับรายการของเลขที่", Column.NUMBER),
            ("ตราผนึก", Column.TEXT),
        ),
        rows=tuple(
            (
                entry.number,
                entry.entered_on,
                ENTRY_KIND_IN_THAI[entry.kind],
                entry.reference,
                entry.memo,
                posting.fund,
                posting.code,
                posting.name,
                Satang(posting.amount) if posting.amount > 0 else None,
                Satang(-posting.amount) if posting.amount < 0 else None,
                entry.reverses_number,
                short_form(entry.seal),
            )
            for entry in entries
            for posting in entry.postings
        ),
    )


def entries_of_days(
    session: Session, *, book_id: int, first: date | None, last: date | None
) -> Iterator[JournalEntry]:
    """Give the entries dated within some days, in the order of the book, a few at a time."""
    after = 0
    while entries := queries.journal_page(
        session,
        book_id=book_id,
        first=first or date.min,
        last=last or date.max,
        after=after,
        most=AT_A_TIME,
    ):
        yield from entries
        after = entries[-1].number


# --- books for hledger and beancount ------------------------------------------------------------

ROOTS = {
    Kind.ASSET: "Assets",
    Kind.CONTRA: "Assets",
    Kind.LIABILITY: "Liabilities",
    Kind.EQUITY: "Equity",
    Kind.INCOME: "Income",
    Kind.EXPENSE: "Expenses",
}
_SPOKEN = re.compile(r"(?!X-)[A-Z0-9][A-Za-z0-9-]*", re.ASCII)


def _component(code: str) -> str:
    """Write a code as both programs accept it in an account's name; two codes never become one."""
    return code if _SPOKEN.fullmatch(code) else "X-" + code.encode().hex()


def account_names(session: Session, *, book_id: int) -> dict[int, str]:
    """Name each account as hledger and beancount know it: ``Equity:SAV:31020:31020-0001``.

    The fund stands before the code, and an account stands below its control account.
    """
    names: dict[int, str] = {}
    for account in _accounts(session, book_id):
        if account.control_id is None:
            above = f"{ROOTS[account.kind]}:{_component(account.fund)}"
        else:
            above = names[account.control_id]
        names[account.id] = f"{above}:{_component(account.code)}"
    return names


def _accounts(session: Session, book_id: int) -> list[Account]:
    """Give the accounts of a book, each after the one it stands under."""
    found = select(Account).where(Account.book_id == book_id).order_by(Account.id)
    return list(session.scalars(found))


def _brought_forward(session: Session, book_id: int, first: date | None) -> dict[int, int]:
    """Sum what each account had before a day; it costs history, as an export does."""
    if first is None:
        return {}
    sums = session.execute(
        select(Posting.account_id, func.sum(Posting.amount_satang))
        .join(Entry, and_(Entry.book_id == Posting.book_id, Entry.number == Posting.entry_number))
        .where(Posting.book_id == book_id, Entry.entered_on < first)
        .group_by(Posting.account_id)
        .order_by(Posting.account_id)
    )
    return {account_id: int(amount) for account_id, amount in sums if amount}


def hledger_journal(
    session: Session, *, book: Book, first: date | None = None, last: date | None = None
) -> Iterator[str]:
    """Write a book as hledger reads it, line by line.

    Args:
        session: Any session.
        book: The book.
        first: The first business day; what was before it is brought forward in one entry.
        last: The last business day.
    """
    names = account_names(session, book_id=book.id)
    yield f"; {_one_line(book.name)} ({_one_line(book.code)})\n"
    yield f"commodity {CURRENCY} 1000.00\n\n"
    for account in _accounts(session, book.id):
        yield f"account {names[account.id]}  ; {_one_line(account.name_th)}\n"
    brought = _brought_forward(session, book.id, first)
    if brought:
        yield f"\n{first} * brought forward\n"
        for account_id, amount in brought.items():
            yield f"    {names[account_id]}  {CURRENCY} {plain_baht(Satang(amount))}\n"
    for entry in entries_of_days(session, book_id=book.id, first=first, last=last):
        said = " | ".join(filter(None, (entry.kind, _one_line(entry.memo))))
        yield f"\n{entry.entered_on} * ({entry.number}) {said}\n"
        yield f"    ; seal: {short_form(entry.seal)}\n"
        if entry.reference:
            yield f"    ; reference: {_one_line(entry.reference)}\n"
        for posting in entry.postings:
            amount_baht = plain_baht(posting.amount)
            yield f"    {names[posting.account_id]}  {CURRENCY} {amount_baht}\n"


def beancount_journal(
    session: Session, *, book: Book, first: date | None = None, last: date | None = None
) -> Iterator[str]:
    """Write a book as beancount reads it, line by line; the days are as for hledger."""
    names = account_names(session, book_id=book.id)
    earliest = session.scalar(select(func.min(Entry.entered_on)).where(Entry.book_id == book.id))
    yield f'option "title" {_quoted(book.name)}\n'
    yield f'option "operating_currency" "{CURRENCY}"\n\n'
    for account in _accounts(session, book.id):
        # A late entry may be dated before the day on which its account was opened in the book.
        opened_on = min(account.opened_on, earliest or account.opened_on, first or date.max)
        yield f"{opened_on} open {names[account.id]} {CURRENCY}\n"
        yield f"  name-th: {_quoted(account.name_th)}\n"
    brought = _brought_forward(session, book.id, first)
    if brought:
        yield f'\n{first} * "brought forward"\n'
        for account_id, amount in brought.items():
            yield f"  {names[account_id]}  {plain_baht(Satang(amount))} {CURRENCY}\n"
    for entry in entries_of_days(session, book_id=book.id, first=first, last=last):
        yield f"\n{entry.entered_on} * {_quoted(entry.kind)} {_quoted(entry.memo)}\n"
        yield f"  number: {entry.number}\n"
        yield f'  seal: "{short_form(entry.seal)}"\n'
        if entry.reference:
            yield f"  reference: {_quoted(entry.reference)}\n"
        for posting in entry.postings:
            amount_baht = plain_baht(posting.amount)
            yield f"  {names[posting.account_id]}  {amount_baht} {CURRENCY}\n"


def _one_line(text: str) -> str:
    """Write a text where a semicolon would begin a comment and a line end would end it."""
    return " ".join(text.replace(";", ",").split())


def _quoted(text: str) -> str:
    shown = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{shown}"'


# --- the sealed export ----------------------------------------------------------------------------


def sealed_export(session: Session, *, book: Book) -> Iterator[bytes]:
    """Write every entry with its seal, line by line, for ``docs/check_seal.py`` and strangers.

    It holds no names of members: an account under a control account is its code alone, and a memo
    is its digest. What is posted while it is written is not in it: it ends with the head that it
    begins with.
    """
    yield _line(
        "samut sealed export", 1, book.code, book.name, book.head_number or 0, book.head_seal.hex()
    )
    accounts = {account.id: account for account in _accounts(session, book.id)}
    for account in accounts.values():
        control = accounts[account.control_id].code if account.control_id is not None else ""
        name = "" if control else account.name_th
        yield _line("account", account.code, account.fund, account.kind.value, control, name)
    closes: defaultdict[int, list[bytes]] = defaultdict(list)
    for period in session.scalars(
        select(Period)
        .where(Period.book_id == book.id, Period.head_number <= (book.head_number or 0))
        .order_by(Period.month)
    ):
        closes[period.head_number].append(
            _line(
                "close",
                f"{period.month:%Y-%m}",
                moment_text(period.closed_at),
                period.closed_by,
                period.head_number,
                period.head_seal.hex(),
            )
        )
    yield from closes[0]
    for number, seal, canonical in canonical_entries(session, book):
        yield b'["entry","%s",%s]\n' % (seal.hex().encode(), canonical)
        yield from closes.get(number, ())


def _line(*facts: object) -> bytes:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def canonical_entries(session: Session, book: Book) -> Iterator[tuple[int, bytes, bytes]]:
    """Give number, seal and canonical bytes of every entry, a few at a time."""
    number = 0
    columns = (
        Entry.number,
        Entry.kind,
        Entry.entered_on,
        Entry.recorded_at,
        Entry.posted_by,
        Entry.approved_by,
        Entry.reference,
        Entry.memo_digest,
        Entry.reverses_number,
        Entry.seal,
    )
    while entries := session.execute(
        select(*columns)
        .where(
            Entry.book_id == book.id,
            Entry.number > number,
            Entry.number <= (book.head_number or 0),
        )
        .order_by(Entry.number)
        .limit(AT_A_TIME)
    ).all():
        lines: defaultdict[int, list[tuple[str, str, int]]] = defaultdict(list)
        for entry_number, code, fund, amount in session.execute(
            select(Posting.entry_number, Account.code, Posting.fund, Posting.amount_satang)
            .join(
                Account, and_(Account.book_id == Posting.book_id, Account.id == Posting.account_id)
            )
            .where(
                Posting.book_id == book.id,
                Posting.entry_number >= entries[0].number,
                Posting.entry_number <= entries[-1].number,
            )
            .order_by(Posting.entry_number, Posting.line)
        ):
            lines[entry_number].append((code, fund, amount))
        for entry in entries:
            number = entry.number
            yield (
                number,
                entry.seal,
                canonical_bytes(
                    book_code=book.code,
                    number=number,
                    kind=entry.kind,
                    entered_on=entry.entered_on,
                    recorded_at=entry.recorded_at,
                    posted_by=entry.posted_by,
                    approved_by=entry.approved_by,
                    reference=entry.reference,
                    memo_digest=entry.memo_digest,
                    reverses_number=entry.reverses_number,
                    postings=lines[number],
                ),
            )
