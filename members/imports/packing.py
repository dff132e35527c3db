"""How large a packed spreadsheet is inside, found out before anything opens it.

A few kilobytes can unpack to gigabytes, and two cells at opposite corners of a sheet make a reader
lay out seventeen thousand million. So a file is unpacked once in small pieces that are thrown away,
and refused as soon as it goes over a limit.
"""

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ledger.errors import Unreadable

#: Rows of a sheet, with its headings, and all cells within its corners.
MOST_ROWS = 20_000
MOST_LINES = MOST_ROWS + 200
MOST_CELLS = 2_000_000
MOST_UNPACKED = 96 << 20
_PIECE = 1 << 20
#: A local header of a zip file without its name and extra field, and where their lengths stand.
_LOCAL_HEADER = 30
_NAME_LENGTH, _EXTRA_LENGTH = slice(26, 28), slice(28, 30)
_LETTERS = 26
_KEPT = 512


class NotASpreadsheet(Unreadable):
    """The file is of another kind, or broken."""

    thai = "แฟ้มนี้ไม่ใช่ตารางที่อ่านได้ หรือแฟ้มเสีย ใช้ XLSX, XLS, ODS หรือ CSV"


class TooManyRows(Unreadable):
    """The sheet has more rows, or spans more cells, than are taken at once."""

    thai = "ตารางใหญ่เกินไป รับครั้งละไม่เกิน 20,000 แถว แบ่งเป็นหลายแฟ้ม หรือลบแถวและคอลัมน์ที่ไม่ใช้ออก"


class UnpacksTooLarge(Unreadable):
    """What is packed in the file is larger than any list of members."""

    thai = "แฟ้มนี้คลายออกแล้วใหญ่เกิน 96 เมกะไบต์ ลบรูปภาพและแผ่นงานที่ไม่เกี่ยวข้องออกแล้วบันทึกใหม่"


def refuse_oversized(content: bytes) -> None:
    """Refuse a packed spreadsheet (XLSX or ODS) that would open into too much.

    Raises:
        NotASpreadsheet: It is not packed as a spreadsheet is.
        UnpacksTooLarge: Its parts are too large together.
        TooManyRows: One of its sheets is.
    """
    unpacked = 0
    try:
        with ZipFile(BytesIO(content)) as packed:
            parts = packed.infolist()
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        raise NotASpreadsheet from None
    for part in parts:
        measure = _measure_for(part.filename)
        for piece in _pieces(content, part):
            unpacked += len(piece)
            if unpacked > MOST_UNPACKED:
                raise UnpacksTooLarge(bytes=unpacked)
            if measure is not None:
                measure.take(piece)


def _pieces(content: bytes, part: ZipInfo) -> Iterator[bytes]:
    """Unpack a part in pieces, whatever its header says of its size."""
    start = part.header_offset
    head = content[start : start + _LOCAL_HEADER]
    if len(head) < _LOCAL_HEADER or part.flag_bits & 1:
        raise NotASpreadsheet(part=part.filename)
    start += _LOCAL_HEADER
    start += int.from_bytes(head[_NAME_LENGTH], "little")
    start += int.from_bytes(head[_EXTRA_LENGTH], "little")
    packed = content[start : start + part.compress_size]
    if part.compress_type == ZIP_STORED:
        yield packed
        return
    if part.compress_type != ZIP_DEFLATED:
        raise NotASpreadsheet(part=part.filename)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while packed and not inflate.eof:
            yield inflate.decompress(packed, _PIECE)
            packed = inflate.unconsumed_tail
    except zlib.error:
        raise NotASpreadsheet(part=part.filename) from None


class _Measure:
    """The corner of a sheet's cells, as its text goes by in pieces."""

    mark: re.Pattern[bytes]

    def __init__(self) -> None:
        self._rest = b""
        self.tallest = self.widest = 0

    def take(self, piece: bytes) -> None:
        """Look through another piece.

        Raises:
            TooManyRows: The sheet is too large.
            NotASpreadsheet: It is written in an encoding in which it could not be measured.
        """
        if b"\0" in piece:
            raise NotASpreadsheet
        text, end = self._rest + piece, 0
        for match in self.mark.finditer(text):
            end = match.end()
            self.see(match)
            if self.tallest > MOST_LINES or self.tallest * self.widest > MOST_CELLS:
                raise TooManyRows(rows=self.tallest, columns=self.widest)
        self._rest = text[max(end, len(text) - _KEPT) :]

    def see(self, match: re.Match[bytes]) -> None:
        """Take one cell, or one row, into the measure."""
        raise NotImplementedError


class _ExcelSheet(_Measure):
    """A sheet of XLSX. A cell that only has a format is closed at once and does not count."""

    mark = re.compile(
        rb"<(?:\w+:)?(?:(?P<row>row)|c)\b"
        rb"(?:[^>]*?\sr\s*=\s*[\"'](?P<letters>[A-Za-z]{0,3})(?P<number>\d{1,9})[\"'])?"
        rb"[^>]*?(?P<closed>/?)>"
    )

    def __init__(self) -> None:
        super().__init__()
        self._row = self._column = 0

    def see(self, match: re.Match[bytes]) -> None:
        """Take a cell; where it does not say where it stands, it stands after the last one."""
        number = int(match["number"] or 0)
        if match["row"]:
            self._row, self._column = number or self._row + 1, 0
            return
        self._row = number or self._row
        self._column = _column(match["letters"] or b"") or self._column + 1
        if not match["closed"]:
            self.tallest = max(self.tallest, self._row)
            self.widest = max(self.widest, self._column)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * _LETTERS + letter - ord("A") + 1
    return number


class _OpenDocument(_Measure):
    """The sheets of ODS, where a row or a cell says how often it is repeated."""

    mark = re.compile(rb"<table:(?P<what>table|table-row|table-cell|covered-table-cell)\b[^>]*>")
    _rows = re.compile(rb"number-rows-repeated=[\"'](\d{1,9})[\"']")
    _columns = re.compile(rb"number-columns-repeated=[\"'](\d{1,9})[\"']")

    def __init__(self) -> None:
        super().__init__()
        self._above = self._repeated = self._column = 0

    def see(self, match: re.Match[bytes]) -> None:
        """Take a table, a row or a cell; only a cell that has a value counts."""
        what, said = match["what"], match[0]
        if what == b"table":
            self._above = self._repeated = 0
        elif what == b"table-row":
            self._above += self._repeated
            self._repeated, self._column = _times(self._rows, said), 0
        else:
            self._column += _times(self._columns, said)
            if b"value-type=" in said:
                self.tallest = max(self.tallest, self._above + self._repeated)
                self.widest = max(self.widest, self._column)


def _times(pattern: re.Pattern[bytes], said: bytes) -> int:
    match = pattern.search(said)
    return int(match[1]) if match else 1


def _measure_for(name: str) -> _Measure | None:
    if name == "content.xml":
        return _OpenDocument()
    parts = name.lower().rsplit("/", 1)
    if len(parts) > 1 and parts[0].endswith("worksheets") and parts[1].endswith(".xml"):
        return _ExcelSheet()
    return None
