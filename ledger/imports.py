"""A journal kept elsewhere, read from three CSV files and posted as balanced entries, all or none.

Reading is apart from writing, so that a file can be tried without a database. The columns are those
of ``docs/import-journal.md``; amounts are in baht, debit positive.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.chart import KIND_IN_THAI, STANDARD_FUNDS, ChartRow, Keeps, Kind
from ledger.entry import LONGEST_MEMO, MOST_POSTINGS, EntryDraft, EntryKind, PostingDraft, is_plain
from ledger.errors import Conflict, Unreadable
from ledger.models import Account, Book
from ledger.money import Satang, UnreadableAmount, format_baht, parse_baht
from ledger.period import month_of
from ledger.services import lock_book, open_book, open_chart, open_funds, post_batch
from ledger.thai import HiddenCharacter, clean_text, today_in_bangkok

FUND = "SAV"
CLEARING = "39010"
BATCH = 1_000
LONGEST_CODE = 40
SHOWN = 20
#: The kinds as the column ``type`` may give them: our own words, and the letters of SIE files,
#: where S stands for what the company owes, to others or to its owners.
KINDS = {kind.value: kind for kind in Kind} | {
    "t": Kind.ASSET,
    "s": Kind.LIABILITY,
    "i": Kind.INCOME,
    "k": Kind.EXPENSE,
}
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)


class NotACsvFile(Unreadable):
    """The file is not CSV in UTF-8, or lacks a column."""

    thai = "อ่านแฟ้ม {file} ไม่ได้ ต้องเป็น CSV แบบ UTF-8 ที่มีคอลัมน์ {columns}"


class UnreadableRow(Unreadable):
    """A cell of the file cannot be read as what it should be."""

    thai = "แฟ้ม {file} แถว {row}: {reason}"


class UnknownKind(Unreadable):
    """The word is not a kind of account."""

    thai = "ไม่รู้จักประเภทบัญชี “{text}” ใช้ asset contra liability equity income หรือ expense"


class AccountsWithoutKind(Unreadable):
    """The type of some accounts is empty and was not given otherwise."""

    thai = (
        "ยังไม่รู้ประเภทของ {count} บัญชี: {accounts} ให้ระบุด้วย --kinds K.csv (account,kind) "
        "หรือ --range 1000-1999=asset"
    )


class UnbalancedVoucher(Unreadable):
    """The lines of a voucher do not sum to zero."""

    thai = (
        "ใบสำคัญเลขที่ {voucher} ({reference}) ไม่ดุล: เดบิต {debits} บาท เครดิต {credits} บาท "
        "ไม่ได้บันทึกรายการใดของแฟ้มนี้"
    )


class UnreadableVoucher(Unreadable):
    """A voucher names an unknown account, or stands on two days."""

    thai = "ใบสำคัญเลขที่ {voucher}: {reason}"


class AccountOfAnotherKind(Conflict):
    """The book has an account of this code, which is something else."""

    thai = "บัญชี {code} ในสมุดเป็นประเภท {kept} แต่ในแฟ้มเป็น {given} แก้ประเภทในแฟ้มหรือใช้รหัสอื่น"


@dataclass(frozen=True, slots=True)
class KindRange:
    """The kind of the accounts whose numbers lie in a range, both ends included."""

    first: int
    last: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class JournalFiles:
    """The files as they came; ``kinds`` may be absent."""

    accounts: bytes
    opening: bytes
    vouchers: bytes
    kinds: bytes | None = None

    @property
    def digest(self) -> str:
        """What makes these files these files; the same import is posted once."""
        parts = (self.accounts, self.opening, self.vouchers)
        return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Voucher:
    """One voucher as the file has it; amounts in satang, debit positive."""

    number: str
    reference: str
    on: date
    text: str
    lines: tuple[tuple[str, Satang], ...]


@dataclass(frozen=True, slots=True)
class Journal:
    """What the files say, checked in itself.

    Attributes:
        accounts: (code, name, kind), in the order of the file.
        opening: (code, satang) of what was brought forward.
        opening_on: The day of the opening entry: the last before the month of the first voucher;
            None without vouchers, when it is the day of the import.
        vouchers: The vouchers in the order of the file.
        skipped_lines: How many lines were of nothing.
        skipped_vouchers: The numbers of vouchers of which nothing was left.
        digest: What makes these files these files.
    """

    accounts: tuple[tuple[str, str, Kind], ...]
    opening: tuple[tuple[str, Satang], ...]
    opening_on: date | None
    vouchers: tuple[Voucher, ...]
    skipped_lines: int
    skipped_vouchers: tuple[str, ...]
    digest: str

    @property
    def lines(self) -> int:
        """How many lines the vouchers have."""
        return sum(len(voucher.lines) for voucher in self.vouchers)

    @property
    def opening_difference(self) -> Satang:
        """What the opening balances differ by; it goes to the clearing account."""
        return Satang(sum(amount for _code, amount in self.opening))

    @property
    def opening_parts(self) -> tuple[tuple[tuple[str, Satang], ...], ...]:
        """The opening balances, cut where one entry can hold no more; each part is cleared."""
        most = MOST_POSTINGS - 1
        return tuple(
            self.opening[start : start + most] for start in range(0, len(self.opening), most)
        )

    @property
    def needs_clearing(self) -> bool:
        """Whether an opening entry does not balance without the clearing account."""
        return any(sum(amount for _code, amount in part) for part in self.opening_parts)


@dataclass(frozen=True, slots=True)
class Imported:
    """What was posted.

    Attributes:
        book_id: The book.
        book_was_opened: Whether the book was opened by this import.
        opened_accounts: How many accounts were opened.
        entries: How many entries these files are.
        replayed: True when the same files had been posted before and nothing was written.
        cleared: What the opening balances differed by and the clearing account took, in satang.
    """

    book_id: int
    book_was_opened: bool
    opened_accounts: int
    entries: int
    replayed: bool
    cleared: Satang


def parse_range(text: str) -> KindRange:
    """Read ``1000-1999=asset``.

    Raises:
        UnknownKind: It is not a range of numbers and a kind.
    """
    match = re.fullmatch(r"\s*(\d{1,18})-(\d{1,18})=(\w+)\s*", text, re.ASCII)
    if match is None:
        raise UnknownKind(text=text[:40])
    return KindRange(int(match[1]), int(match[2]), _kind_of(match[3]))


def _kind_of(text: str) -> Kind:
    kind = KINDS.get(text.strip().lower())
    if kind is None:
        raise UnknownKind(text=text[:40])
    return kind


def read_journal(files: JournalFiles, *, ranges: Sequence[KindRange] = ()) -> Journal:
    """Read the files and check them in themselves; nothing is written.

    Args:
        files: The files.
        ranges: The kinds of accounts whose type is empty, by ranges of their numbers.

    Raises:
        NotACsvFile: A file cannot be read, or lacks a column.
        UnreadableRow: A cell cannot be read.
        AccountsWithoutKind: Nobody said what some accounts are.
        UnbalancedVoucher: A voucher does not sum to zero.
        UnreadableVoucher: A voucher names an unknown account, or stands on two days.
    """
    accounts = _read_accounts(files, ranges)
    known = {code for code, _name, _kind in accounts}
    opening = _read_opening(files.opening, known)
    vouchers, skipped_lines, skipped = _read_vouchers(files.vouchers, known)
    first = min((voucher.on for voucher in vouchers), default=None)
    return Journal(
        accounts=tuple(accounts),
        opening=tuple(opening),
        opening_on=None if first is None else month_of(first) - timedelta(days=1),
        vouchers=tuple(vouchers),
        skipped_lines=skipped_lines,
        skipped_vouchers=tuple(skipped),
        digest=files.digest,
    )


def _rows(content: bytes, *, file: str, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Give the wanted cells of each row with the row's number, the heading being row 1."""
    wanted = ",".join(columns)
    try:
        text = content.decode("utf-8-sig")
        if "\0" in text:
            raise NotACsvFile(file=file, columns=wanted)
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        heading = [cell.strip().lower() for cell in next(reader, [])]
        if not set(columns) <= set(heading):
            raise NotACsvFile(file=file, columns=wanted)
        places = [heading.index(column) for column in columns]
        for number, row in enumerate(reader, start=2):
            if not any(row):
                continue
            if len(row) < len(heading):
                raise UnreadableRow(file=file, row=number, reason="มีคอลัมน์ไม่ครบ")
            yield number, [row[place].strip() for place in places]
    except (UnicodeDecodeError, csv.Error):
        raise NotACsvFile(file=file, columns=wanted) from None


def _read_accounts(files: JournalFiles, ranges: Sequence[KindRange]) -> list[tuple[str, str, Kind]]:
    given = {}
    if files.kinds is not None:
        for number, (code, word) in _rows(files.kinds, file="kinds", columns=("account", "kind")):
            given[code] = _kind_in_row(word, file="kinds", row=number)
    accounts: dict[str, tuple[str, str, Kind]] = {}
    without = []
    for number, (code, name, typed) in _rows(
        files.accounts, file="accounts", columns=("account", "name", "type")
    ):
        reason = _wrong_with_code(code, accounts)
        if reason:
            raise UnreadableRow(file="accounts", row=number, reason=reason)
        kind = given.get(code) or _kind_by_range(code, ranges if not typed else ())
        if kind is None and typed:
            kind = _kind_in_row(typed, file="accounts", row=number)
        if kind is None:
            without.append(code)
        else:
            accounts[code] = (code, _clean(name, 200, file="accounts", row=number) or code, kind)
    if without:
        shown = ", ".join(without[:SHOWN]) + (" …" if len(without) > SHOWN else "")
        raise AccountsWithoutKind(count=len(without), accounts=shown)
    return list(accounts.values())


def _wrong_with_code(code: str, taken: Mapping[str, object]) -> str:
    if not code or len(code) > LONGEST_CODE or not is_plain(code):
        return f"รหัสบัญชี “{code[:LONGEST_CODE]}” ว่าง ยาวเกินไป หรือมีอักขระที่มองไม่เห็น"
    return f"รหัสบัญชี {code} ซ้ำกับแถวก่อนหน้า" if code in taken else ""


def _kind_in_row(text: str, *, file: str, row: int) -> Kind:
    try:
        return _kind_of(text)
    except UnknownKind as refusal:
        raise UnreadableRow(file=file, row=row, reason=refusal.sentence()) from None


def _kind_by_range(code: str, ranges: Iterable[KindRange]) -> Kind | None:
    if not (code.isascii() and code.isdigit()):
        return None
    return next((r.kind for r in ranges if r.first <= int(code) <= r.last), None)


def _read_opening(content: bytes, known: set[str]) -> list[tuple[str, Satang]]:
    opening = []
    for number, (code, amount) in _rows(content, file="opening", columns=("account", "amount")):
        if code not in known:
            raise UnreadableRow(file="opening", row=number, reason=f"ไม่มีบัญชี {code}")
        satang = _signed(amount, file="opening", row=number)
        if satang:
            opening.append((code, satang))
    return opening


def _clean(text: str, longest: int, *, file: str, row: int) -> str:
    """Clean a text and cut it to what an entry may hold."""
    try:
        return clean_text(text)[:longest].strip()
    except HiddenCharacter as refusal:
        raise UnreadableRow(file=file, row=row, reason=refusal.sentence()) from None


def _signed(text: str, *, file: str, row: int) -> Satang:
    """Read an amount that may be below zero."""
    try:
        if text.startswith("-"):
            return Satang(-parse_baht(text[1:]))
        return parse_baht(text)
    except UnreadableAmount as refusal:
        raise UnreadableRow(file=file, row=row, reason=refusal.sentence()) from None


_COLUMNS = ("voucher_seq", "date", "account", "amount")


def _read_vouchers(content: bytes, known: set[str]) -> tuple[list[Voucher], int, list[str]]:
    days: dict[str, date] = {}
    heads: dict[str, tuple[date, str, str]] = {}
    lines: dict[str, list[tuple[str, Satang]]] = {}
    skipped = 0
    heading = content.partition(b"\n")[0].decode("utf-8-sig", "replace").lower()
    named = [cell.strip().strip('"') for cell in heading.split(",")]
    extra = [column for column in ("series", "number", "text") if column in named]
    for row, (voucher, written, account, amount, *said) in _rows(
        content, file="vouchers", columns=(*_COLUMNS, *extra)
    ):
        on = days.get(written)
        if on is None:
            on = days[written] = _read_day(written, row=row)
        if account not in known:
            raise UnreadableVoucher(voucher=voucher, reason=f"ไม่มีบัญชี {account} (แถว {row})")
        head = heads.get(voucher)
        if head is None:
            facts = dict(zip(extra, said, strict=True))
            series = (facts.get("series", ""), facts.get("number", ""))
            reference = _clean(
                " ".join(filter(None, series)) or voucher, LONGEST_CODE, file="vouchers", row=row
            )
            memo = _clean(facts.get("text", ""), LONGEST_MEMO, file="vouchers", row=row)
            heads[voucher] = (on, reference, memo)
            lines[voucher] = []
        elif head[0] != on:
            raise UnreadableVoucher(voucher=voucher, reason=f"มีสองวันที่ (แถว {row})")
        satang = _signed(amount, file="vouchers", row=row)
        if satang:
            lines[voucher].append((account, satang))
        else:
            skipped += 1
    vouchers, empty = [], []
    for voucher, (on, reference, memo) in heads.items():
        _refuse_unbalanced(voucher, reference, lines[voucher])
        if len(lines[voucher]) > MOST_POSTINGS:
            reason = f"มี {len(lines[voucher]):,} บรรทัด ลงได้ไม่เกิน {MOST_POSTINGS:,} บรรทัด แบ่งใบสำคัญ"
            raise UnreadableVoucher(voucher=voucher, reason=reason)
        if lines[voucher]:
            vouchers.append(Voucher(voucher, reference, on, memo, tuple(lines[voucher])))
        else:
            empty.append(voucher)
    return vouchers, skipped, empty


def _read_day(text: str, *, row: int) -> date:
    match = _DAY.fullmatch(text)
    if match is not None:
        with suppress(ValueError):
            return date(int(match[1]), int(match[2]), int(match[3]))
    reason = f"อ่านวันที่ “{text[:40]}” ไม่ได้ พิมพ์เป็น 2023-04-06 หรือ 20230406 (ค.ศ.)"
    raise UnreadableRow(file="vouchers", row=row, reason=reason)


def _refuse_unbalanced(voucher: str, reference: str, lines: Sequence[tuple[str, Satang]]) -> None:
    if sum(amount for _account, amount in lines):
        debited = sum(amount for _account, amount in lines if amount > 0)
        credited = -sum(amount for _account, amount in lines if amount < 0)
        raise UnbalancedVoucher(
            voucher=voucher,
            reference=reference,
            debits=format_baht(Satang(debited)),
            credits=format_baht(Satang(credited)),
        )


def import_journal(
    session: Session,
    *,
    journal: Journal,
    code: str,
    name: str,
    posted_by: str,
    posted_at: datetime,
) -> Imported:
    """Post a journal to a book, all of it or nothing; the same files are posted once.

    A book that does not exist is opened with the one fund ``SAV``; accounts that it lacks are
    opened in that fund. The opening balances become one entry, or more where they are many. The
    book stays locked until the transaction ends.

    Raises:
        AccountOfAnotherKind: The book has an account of the same code that is something else.
        And whatever ``post_batch`` raises.
    """
    book = session.scalar(select(Book).where(Book.code == code))
    opened_book = book is None
    if book is None:
        book = open_book(session, code=code, name=name, opened_at=posted_at)
        funds = [fund for fund in STANDARD_FUNDS if fund.code == FUND]
        open_funds(session, book_id=book.id, funds=funds)
    lock_book(session, book_id=book.id)
    wanted = list(journal.accounts)
    if journal.needs_clearing and CLEARING not in {code for code, _name, _kind in wanted}:
        wanted.append((CLEARING, "บัญชีปรับยอดยกมา", Kind.EQUITY))
    ids = _accounts_there(session, book_id=book.id, wanted=wanted)
    rows = [
        ChartRow(account, FUND, kind, "", thai, thai, Keeps.EITHER)
        for account, thai, kind in wanted
        if account not in ids
    ]
    opened_on = journal.opening_on or today_in_bangkok(posted_at)
    opened = open_chart(session, book_id=book.id, opened_on=opened_on, rows=rows) if rows else {}
    ids |= {account: number for (account, _fund), number in opened.items()}
    entries, replayed = 0, True
    drafts = _drafts(journal, ids, opening_on=opened_on)
    while batch := list(islice(drafts, BATCH)):
        posted = post_batch(
            session,
            book_id=book.id,
            drafts=batch,
            idempotency_key=f"import journal {journal.digest} {entries}",
            posted_by=posted_by,
            posted_at=posted_at,
        )
        entries += len(batch)
        replayed = replayed and posted.replayed
    return Imported(
        book_id=book.id,
        book_was_opened=opened_book,
        opened_accounts=len(opened),
        entries=entries,
        replayed=replayed and entries > 0,
        cleared=journal.opening_difference,
    )


def _accounts_there(
    session: Session, *, book_id: int, wanted: Sequence[tuple[str, str, Kind]]
) -> dict[str, int]:
    """Give the numbers of the accounts that the book has, and refuse those of another kind."""
    kinds = {code: kind for code, _name, kind in wanted}
    ids = {}
    for code, number, kind in session.execute(
        select(Account.code, Account.id, Account.kind).where(
            Account.book_id == book_id, Account.fund == FUND
        )
    ):
        if kinds.get(code, kind) != kind:
            given = KIND_IN_THAI[kinds[code]]
            raise AccountOfAnotherKind(code=code, kept=KIND_IN_THAI[kind], given=given)
        ids[code] = number
    return ids


def _drafts(journal: Journal, ids: Mapping[str, int], *, opening_on: date) -> Iterator[EntryDraft]:
    """Draft the opening, one entry or more, and one entry a voucher."""
    for part in journal.opening_parts:
        opening = [PostingDraft(ids[code], FUND, amount) for code, amount in part]
        difference = sum(amount for _code, amount in part)
        if difference:
            opening.append(PostingDraft(ids[CLEARING], FUND, Satang(-difference)))
        yield EntryDraft(
            entered_on=opening_on,
            kind=EntryKind.OPENING,
            postings=tuple(opening),
            memo="ยอดยกมา",
        )
    for voucher in journal.vouchers:
        yield EntryDraft(
            entered_on=voucher.on,
            kind=EntryKind.IMPORTED,
            postings=tuple(PostingDraft(ids[code], FUND, amount) for code, amount in voucher.lines),
            memo=voucher.text,
            reference=voucher.reference,
        )
