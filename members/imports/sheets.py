"""Reading a spreadsheet file into rows of text: XLSX, XLS, ODS and CSV.

A number comes out as it would be typed, a day as ``2566-04-07`` or ``2023-04-07`` whichever the
sheet holds, a formula as its value. Nothing that a cell says is ever carried out.
"""

import csv
import io
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from ledger.errors import Unreadable
from members.imports.packing import (
    MOST_CELLS,
    MOST_LINES,
    NotASpreadsheet,
    TooManyRows,
    refuse_oversized,
)
from members.imports.workbook import Ended

MOST_BYTES = 16 << 20
#: A cell is kept up to here; every field is refused as too long well before.
LONGEST_CELL = 600
_ZIP, _OLE = b"PK", bytes.fromhex("D0CF11E0A1B11AE1")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MARKUP = re.compile(rb"\s*(?:<!--.*?-->\s*)*<[!?a-zA-Z]", re.DOTALL)
#: The stream in which Office keeps a workbook that asks for a password.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OPENER = Path(__file__).with_name("workbook.py")
LONGEST_WAIT_SECONDS = 60


class FileTooLarge(Unreadable):
    """The file is larger than any list of members."""

    thai = "แฟ้มใหญ่เกิน 16 เมกะไบต์ แบ่งส่งเป็นหลายแฟ้ม"


class EmptyFile(Unreadable):
    """There is nothing in the file, or no file was chosen."""

    thai = "ยังไม่ได้เลือกแฟ้ม หรือแฟ้มว่างเปล่า"


class WebPageNamedAsSheet(Unreadable):
    """The file is a web page or another marked-up text, whatever its name says."""

    thai = (
        "แฟ้มนี้เป็นหน้าเว็บ (HTML/XML) ที่ตั้งชื่อเป็นแฟ้มตาราง เปิดด้วย Excel แล้วบันทึกเป็น .xlsx ก่อน "
        "แล้วส่งแฟ้มที่บันทึกใหม่"
    )


class PasswordProtected(Unreadable):
    """The file asks for a password."""

    thai = "แฟ้มนี้ตั้งรหัสผ่านไว้ เปิดด้วย Excel เอารหัสผ่านออก บันทึกใหม่ แล้วส่งอีกครั้ง"


class TakesTooLong(Unreadable):
    """The file was not read within a minute."""

    thai = "อ่านแฟ้มนี้นานเกินไป เปิดด้วย Excel บันทึกใหม่เป็น .xlsx หรือ .csv แล้วส่งอีกครั้ง"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file: its name, and the text of each cell of each row from the first on."""

    name: str
    rows: tuple[tuple[str, ...], ...]


def read_sheets(content: bytes) -> list[Sheet]:
    """Read every sheet of a file, whatever the file is called.

    Raises:
        EmptyFile, FileTooLarge: There is nothing in it, or too much.
        WebPageNamedAsSheet: It is a web page.
        PasswordProtected: It is locked.
        NotASpreadsheet: It is something else, or broken.
        TakesTooLong: It was not read within a minute.
        UnpacksTooLarge, TooManyRows: It would open into too much.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise EmptyFile
    if len(content) > MOST_BYTES:
        raise FileTooLarge(bytes=len(content))
    if content.startswith(_ZIP):
        refuse_oversized(content)
        return _workbook(content)
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise PasswordProtected
        return _workbook(content)
    if _MARKUP.match(content.removeprefix(b"\xef\xbb\xbf")[:4096]):
        raise WebPageNamedAsSheet
    return [Sheet("", tuple(_lines(_decoded(content))))]


def _workbook(content: bytes) -> list[Sheet]:
    """Let a process of its own open the workbook; a broken one can end that process."""
    limits = (MOST_LINES, MOST_CELLS, LONGEST_CELL)
    try:
        opened = subprocess.run(  # noqa: S603  (our own file, and numbers)
            [sys.executable, "-P", str(_OPENER), *map(str, limits)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_WAIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TakesTooLong from None
    if opened.returncode == Ended.LOCKED:
        raise PasswordProtected
    if opened.returncode == Ended.TOO_LARGE:
        raise TooManyRows
    if opened.returncode != Ended.WELL:
        raise NotASpreadsheet(returncode=opened.returncode)
    sheets = orjson.loads(opened.stdout)
    return [Sheet(name, tuple(tuple(row) for row in rows)) for name, rows in sheets]


def _decoded(content: bytes) -> str:
    """Give the text of a CSV file: UTF-8 or UTF-16 with its mark, else the old Thai code page."""
    try:
        if content.startswith(_UTF_16):
            return content.decode("utf-16")
        if b"\0" in content:
            raise NotASpreadsheet
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp874")
    except UnicodeError:
        raise NotASpreadsheet from None


def _lines(text: str) -> Iterator[tuple[str, ...]]:
    mark = _separator(text)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        for number, row in enumerate(rows, start=1):
            if number > MOST_LINES:
                raise TooManyRows(rows=number)
            yield tuple(cell[:LONGEST_CELL] for cell in row)
    except csv.Error:
        raise NotASpreadsheet from None


def _separator(text: str) -> str:
    """Choose what parts the cells: the mark that is found most in the first lines."""
    first = text[:20_000].splitlines()[:20]
    marks: Sequence[str] = (",", ";", "\t")
    return max(marks, key=lambda mark: sum(line.count(mark) for line in first))
