"""A spreadsheet that was read and is kept: what it says, and what is wrong with its rows today.

What is kept are the cells, not what was made of them, so that each look and the posting itself
check them against the group as it is at that moment. The file is kept only as its digest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import DomainError, NotFound
from ledger.money import Satang
from ledger.services import lock_book
from ledger.thai import clean_text
from members.imports.facts import GroupFacts, facts_of
from members.imports.headings import FoundTable, Row
from members.imports.people import PersonRow, check_people, find_people
from members.imports.savings import (
    Against,
    SavingsChoices,
    SavingsRow,
    check_savings,
    find_savings,
)
from members.imports.sheets import read_sheets
from members.models import Import
from members.queries import imports_of

LONGEST_FILE_NAME = 120


class What(StrEnum):
    """What a spreadsheet brings in."""

    MEMBERS = "members"
    SAVINGS = "savings"


WHAT_IN_THAI = {What.MEMBERS: "รายชื่อสมาชิก", What.SAVINGS: "เงินออมและยอดยกมา"}


class State(StrEnum):
    """How far a spreadsheet has come."""

    READ = "read"
    POSTED = "posted"
    UNDONE = "undone"


STATE_IN_THAI = {
    State.READ: "อ่านแล้ว ยังไม่บันทึก",
    State.POSTED: "บันทึกแล้ว",
    State.UNDONE: "ยกเลิกแล้ว",
}


class ImportNotFound(NotFound):
    """No such spreadsheet was read into the group."""

    thai = "ไม่พบแฟ้มนำเข้าหมายเลข {number}"


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked once for a whole sheet.

    Attributes:
        against: The account on the other side of a sheet of savings.
        product: The code of the product of rows of savings that do not name one.
        on: The day of rows that do not give one.
    """

    against: Against
    product: str
    on: date


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as the page shows it."""

    line: int
    cells: tuple[str, ...]
    problems: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A spreadsheet as it stands: read, posted or undone.

    Attributes:
        number: Its number in the group.
        what: What it brings in.
        state: How far it has come.
        file_name: What the file was called.
        headings: The headings of the columns that are brought in.
        rows: Every row, those with something wrong first.
        notes: What was passed over when it was read.
        wrong: How many rows have something wrong.
        counted: How many rows will be, or were, written.
        paid_in: The sum of what is paid in, in satang.
        paid_out: The sum of what is paid out, in satang.
        choices: What was asked once for the whole sheet.
        read_at, read_by: When and by whom it was read.
        posted_at, posted_by: When and by whom it was posted, or None and empty.
        first_number, last_number: The entries that it became, or None.
        undone_at, undone_by, undone_because: The undoing, or None and empty.
    """

    number: int
    what: What
    state: State
    file_name: str
    headings: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    notes: tuple[str, ...]
    wrong: int
    counted: int
    paid_in: Satang
    paid_out: Satang
    choices: Choices
    read_at: datetime
    read_by: str
    posted_at: datetime | None
    posted_by: str
    first_number: int | None
    last_number: int | None
    undone_at: datetime | None
    undone_by: str
    undone_because: str


@dataclass(frozen=True, slots=True)
class KeptImport:
    """A spreadsheet that was kept; ``again`` when the same file had been read before."""

    number: int
    again: bool
    posted: bool


def read_table(content: bytes, *, what: What, products: Mapping[str, str]) -> FoundTable:
    """Read a file and find its table. Takes a while; no database is needed.

    Args:
        content: The file.
        what: What it should bring in.
        products: ``facts.product_words`` of the group.

    Raises:
        Unreadable: Its families in ``sheets``, ``packing`` and ``headings`` say why.
    """
    sheets = read_sheets(content)
    if what is What.MEMBERS:
        return find_people(sheets, products=products)
    return find_savings(sheets, products=products)


def keep_import(
    session: Session,
    *,
    book_id: int,
    what: What,
    file_name: str,
    content: bytes,
    table: FoundTable,
    choices: Choices,
    by: str,
    at: datetime,
) -> KeptImport:
    """Keep what a file says, to be looked at and posted. The same file is kept once.

    A file that was read and not posted takes the new choices; one that was posted stays as it is;
    one that was undone may be brought in anew.
    """
    lock_book(session, book_id=book_id)
    kept = {
        "columns": [list(column) for column in table.columns],
        "rows": [[row.line, dict(row.cells)] for row in table.rows],
        "notes": list(table.notes),
        "choices": [choices.against.value, choices.product, choices.on.isoformat()],
    }
    known = known_import(session, book_id=book_id, what=what, content=content)
    if known is not None:
        if known.posted_at is None:
            known.rows = kept
            session.flush()
        return KeptImport(known.id, again=True, posted=known.posted_at is not None)
    newest = session.scalar(select(func.max(Import.id)).where(Import.book_id == book_id))
    fresh = Import(
        book_id=book_id,
        id=(newest or 0) + 1,
        what=what.value,
        file_name=_plain_name(file_name),
        digest=_digest_of(what, content),
        rows=kept,
        read_at=at,
        read_by=by,
        posted_at=None,
        first_number=None,
        last_number=None,
        undone_at=None,
    )
    session.add(fresh)
    session.flush()
    return KeptImport(fresh.id, again=False, posted=False)


def known_import(session: Session, *, book_id: int, what: What, content: bytes) -> Import | None:
    """Find the same file among those that were read and not undone."""
    return session.scalars(
        select(Import).where(
            Import.book_id == book_id,
            Import.digest == _digest_of(what, content),
            Import.undone_at.is_(None),
        )
    ).first()


def _digest_of(what: What, content: bytes) -> bytes:
    return sha256(what.encode() + content).digest()


def _plain_name(file_name: str) -> str:
    """Give the name of a file without its folders, as it may be shown."""
    name = file_name.replace("\\", "/").rsplit("/", 1)[-1][-LONGEST_FILE_NAME:]
    try:
        return clean_text(name)
    except DomainError:
        return "?"


def import_of(session: Session, *, book_id: int, number: int) -> Import:
    """Find a spreadsheet that was read.

    Raises:
        ImportNotFound: There is none.
    """
    found = session.get(Import, (book_id, number), populate_existing=True)
    if found is None:
        raise ImportNotFound(number=number)
    return found


def state_of(kept: Import) -> State:
    """Tell how far a spreadsheet has come."""
    if kept.undone_at is not None:
        return State.UNDONE
    return State.READ if kept.posted_at is None else State.POSTED


def preview(session: Session, *, book_id: int, number: int, today: date) -> Preview:
    """Show a spreadsheet; one that is not posted yet is checked against the group as it is now.

    Raises:
        ImportNotFound: There is none.
    """
    kept = import_of(session, book_id=book_id, number=number)
    state, what = state_of(kept), What(kept.what)
    checked: Sequence[PersonRow | SavingsRow] = ()
    if state is State.READ:
        checked = checked_rows(kept, facts=facts_of(session, book_id=book_id, today=today))
    facts_kept: dict[str, Any] = kept.rows
    columns = [name for name, _heading in facts_kept["columns"]]
    said = {row.line: (row.problems, row.doubts) for row in checked}
    rows = []
    for line, cells in facts_kept["rows"]:
        problems, doubts = said.get(line, ((), ()))
        shown = tuple(_shown(name, cells) for name in columns)
        rows.append(ShownRow(line, shown, problems, doubts))
    rows.sort(key=lambda row: not row.problems)
    sums = facts_kept.get("sums", [0, 0, 0])
    if state is State.READ:
        sums = sums_of(checked)
    return Preview(
        number=kept.id,
        what=what,
        state=state,
        file_name=kept.file_name,
        headings=tuple(heading for _name, heading in facts_kept["columns"]),
        rows=tuple(rows),
        notes=tuple(facts_kept["notes"]),
        wrong=sum(1 for row in rows if row.problems),
        counted=sums[0],
        paid_in=Satang(sums[1]),
        paid_out=Satang(sums[2]),
        choices=_choices(kept),
        read_at=kept.read_at,
        read_by=kept.read_by,
        posted_at=kept.posted_at,
        posted_by=facts_kept.get("posted_by", ""),
        first_number=kept.first_number,
        last_number=kept.last_number,
        undone_at=kept.undone_at,
        undone_by=facts_kept.get("undone_by", ""),
        undone_because=facts_kept.get("undone_because", ""),
    )


def _shown(name: str, cells: Mapping[str, str]) -> str:
    if name == "national_id" and "wrong_id" in cells:
        return "ไม่ถูก"
    return cells.get(name, "")


def _choices(kept: Import) -> Choices:
    against, product, on = kept.rows["choices"]
    return Choices(Against(against), product, date.fromisoformat(on))


def checked_rows(kept: Import, *, facts: GroupFacts) -> Sequence[PersonRow | SavingsRow]:
    """Check the rows that were kept against the group as it is."""
    rows = [Row(line, cells) for line, cells in kept.rows["rows"]]
    return check_rows(rows, what=What(kept.what), choices=_choices(kept), facts=facts)


def check_rows(
    rows: Sequence[Row], *, what: What, choices: Choices, facts: GroupFacts
) -> Sequence[PersonRow | SavingsRow]:
    """Check the rows of a table against the group as it is."""
    if what is What.MEMBERS:
        return check_people(rows, facts=facts, joined_on=choices.on)
    asked = SavingsChoices(choices.against, choices.product, choices.on)
    return check_savings(rows, facts=facts, choices=asked)


def sums_of(checked: Sequence[PersonRow | SavingsRow]) -> list[int]:
    """Count what will be written, and sum what is paid in and out; in satang."""
    people = sum(1 for row in checked if isinstance(row, PersonRow) and row.person)
    moved = [row for row in checked if isinstance(row, SavingsRow) and row.draft]
    return [
        people + len(moved),
        sum(row.paid_in for row in moved),
        sum(row.paid_out for row in moved),
    ]


def list_imports(session: Session, *, book_id: int) -> list[tuple[Import, State]]:
    """Give the spreadsheets that were read into a group with their state, the newest first."""
    return [(kept, state_of(kept)) for kept in imports_of(session, book_id=book_id)]
