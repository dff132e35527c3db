"""Files of every kind are read, or refused with a sentence, quickly and without falling over."""

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from ledger.errors import DomainError, Unreadable
from members.imports import sheets
from members.imports.headings import ColumnTwice, NoHeading, NoRows, bare, words_for
from members.imports.kept import What, read_table
from members.imports.packing import NotASpreadsheet, TooManyRows, UnpacksTooLarge
from members.imports.sheets import (
    EmptyFile,
    FileTooLarge,
    PasswordProtected,
    WebPageNamedAsSheet,
    read_sheets,
)
from members.models import ProductKind
from tests.members.sheets import as_csv, xlsx

DATA = Path(__file__).parents[2].parent / "shared" / "data"
PRODUCTS = words_for(
    (kind.value[:3].upper(), kind, name)
    for kind, name in ((ProductKind.PLEDGE, "เงินสัจจะ"), (ProductKind.SHARE, "หุ้น"))
)
SIMPLE = [["เลขที่สมาชิก", "ชื่อ-สกุล"], ["0007", "นางแดง ใจดี"]]


def rows(content: bytes) -> Sequence[Sequence[str]]:
    return read_sheets(content)[0].rows


def test_numbers_days_and_truths_come_out_as_they_would_be_typed() -> None:
    content = xlsx([[7.0, 1200.5, 0.1 + 0.2, 1_234_567_890_123, date(2023, 4, 7), "0012", True]])

    assert rows(content) == (("7", "1200.5", "0.3", "1234567890123", "2023-04-07", "0012", "TRUE"),)


def test_a_formula_is_read_by_its_value_and_text_that_looks_like_one_is_text() -> None:
    content = xlsx([["=SUM(A2:A9) 1200.25"]], formulas=True)

    assert rows(content) == (("1200.25",),)
    assert rows(xlsx([["=1+1", "@SUM", "-5", "+66"]])) == (("=1+1", "@SUM", "-5", "+66"),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp874", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_is_read_in_the_encodings_that_are_about(encoding: str, mark: str) -> None:
    content = "\r\n".join(mark.join(row) for row in SIMPLE).encode(encoding)

    assert [list(row) for row in rows(content)] == SIMPLE


def test_an_open_document_is_read() -> None:
    assert rows(open_document("<c>เลขที่</c><c>7</c>")) == (("เลขที่", "7"),)


def open_document(cells: str, *, row: str = "") -> bytes:
    """Make a workbook of one row, as LibreOffice would."""
    written = cells.replace("<c>", '<table:table-cell office:value-type="string"><text:p>').replace(
        "</c>", "</text:p></table:table-cell>"
    )
    names = 'xmlns:{0}="urn:oasis:names:tc:opendocument:xmlns:{0}:1.0"'
    spaces = " ".join(names.format(name) for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body>'
        f'<office:spreadsheet><table:table table:name="A"><table:table-row{row}>{written}'
        '</table:table-row><table:table-row table:number-rows-repeated="1048575">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("mimetype", kind)
        packed.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
            f'><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
            "</manifest:manifest>",
        )
        packed.writestr("content.xml", content)
    return file.getvalue()


def with_sheet(xml: bytes) -> bytes:
    """Put other cells into a workbook, packed as tight as they go."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx(SIMPLE))) as whole,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for part in whole.infolist():
            is_sheet = part.filename.startswith("xl/worksheets/")
            packed.writestr(part.filename, xml if is_sheet else whole.read(part))
    return file.getvalue()


def sheet_xml(cells: bytes) -> bytes:
    return (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/'
        b'spreadsheetml/2006/main"><sheetData>' + cells + b"</sheetData></worksheet>"
    )


def million_rows() -> bytes:
    lines = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 10**6))
    return with_sheet(sheet_xml(lines))


def two_corners() -> bytes:
    return with_sheet(
        sheet_xml(
            b'<row r="1"><c r="A1"><v>1</v></c></row>'
            b'<row r="15000"><c r="XFD15000"><v>1</v></c></row>'
        )
    )


def unnumbered_rows() -> bytes:
    return with_sheet(sheet_xml(b"<row><c><v>1</v></c></row>" * 30_000))


def bomb() -> bytes:
    return with_sheet(sheet_xml(b" " * (100 << 20)))


def bomb_that_lies() -> bytes:
    """Pack a hundred megabytes and say in the header that it is a hundred bytes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflate.compress(bytes(100 << 20)) + deflate.flush()
    name = b"xl/media/a.png"
    facts = (20, 0, 8, 0, 0, 0, len(packed), 100)
    local = b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", *facts, len(name), 0) + name
    central = b"PK\x01\x02" + struct.pack(
        "<HHHHHHIIIHHHHHII", 20, *facts, len(name), 0, 0, 0, 0, 0, 0
    )
    begins = len(local) + len(packed)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central + name), begins, 0)
    return local + packed + central + name + end


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (lambda: b"", EmptyFile),
        (lambda: b"\n \n", EmptyFile),
        (lambda: b"x" * ((16 << 20) + 1), FileTooLarge),
        (lambda: b"%PDF-1.7\0", NotASpreadsheet),
        (lambda: b"\x89PNG\r\n\x1a\n\0\0\0", NotASpreadsheet),
        (lambda: b"PK\x03\x04 broken", NotASpreadsheet),
        (lambda: xlsx(SIMPLE)[:-400], NotASpreadsheet),
        (lambda: bytes.fromhex("D0CF11E0A1B11AE1") + bytes(4000), NotASpreadsheet),
        (lambda: b'a,"b\nc', NotASpreadsheet),
        (lambda: b"<html><table><tr><td>1</td></tr></table>", WebPageNamedAsSheet),
        (lambda: b"\xef\xbb\xbf\n<!DOCTYPE html><html>", WebPageNamedAsSheet),
        (lambda: b'<?xml version="1.0"?><?mso-application?><Workbook/>', WebPageNamedAsSheet),
        (
            lambda: (
                bytes.fromhex("D0CF11E0A1B11AE1")
                + bytes(900)
                + "EncryptedPackage".encode("utf-16-le")
            ),
            PasswordProtected,
        ),
        (lambda: b"a,b\n" * 30_000, TooManyRows),
        (million_rows, TooManyRows),
        (two_corners, TooManyRows),
        (unnumbered_rows, TooManyRows),
        (
            lambda: open_document("<c>7</c>", row=' table:number-rows-repeated="900000"'),
            TooManyRows,
        ),
        (bomb, UnpacksTooLarge),
        (bomb_that_lies, UnpacksTooLarge),
    ],
)
def test_what_is_no_list_of_a_group_is_refused_with_a_sentence(
    content: object, refusal: type[Unreadable]
) -> None:
    made = content()  # type: ignore[operator]
    began = time.perf_counter()

    with pytest.raises(refusal) as refused:
        read_sheets(made)

    assert any("ก" <= letter <= "๎" for letter in refused.value.sentence())
    assert time.perf_counter() - began < 5


def test_a_workbook_that_ends_its_reader_ends_nothing_else() -> None:
    far_apart = sheet_xml(
        b'<row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )

    with pytest.raises(NotASpreadsheet):
        sheets._workbook(with_sheet(far_apart))


def test_headings_are_found_below_merged_titles_and_totals_are_passed_over() -> None:
    content = xlsx(
        [
            ["ทะเบียนสมาชิก กลุ่มออมทรัพย์บ้านบ่อลูกรัง"],
            ["ประจำปี ๒๕๖๖", "", "หน้า 1"],
            [],
            ["ลำดับ", " เลขที่\nสมาชิก ", "ชื่อ - สกุล", "สัจจะต่อเดือน (บาท)", "อาชีพ"],
            [1, 7, "นางแดง ใจดี", 100, "ทำนา"],
            [],
            [2, 8, "นายดำ รวมสุข", 200, ""],
            ["รวมทั้งสิ้น", "", "", 300],
        ]
    )

    table = read_table(content, what=What.MEMBERS, products=PRODUCTS)

    assert [row.line for row in table.rows] == [5, 7]
    assert table.rows[0].cells == {"number": "7", "name": "นางแดง ใจดี", "of:PLE": "100"}
    assert table.notes == (
        "ข้ามแถวรวม: แถวที่ 8",
        "ข้ามแถวว่าง 1 แถว",
        "คอลัมน์ที่ไม่ได้นำเข้า: ลำดับ, อาชีพ",
    )


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("membershipNo,fullName", "number name"),
        ("Number,Given name,Family name", "number given_name family_name"),
        ("เลขสมาชิก,คำนำหน้า,ชื่อ,สกุล", "number title given_name family_name"),
        ("หมายเลขสมาชิก,ชื่อ-นามสกุล,เบอร์โทร,ทายาท", "number name telephone beneficiary"),
        ("Client Global Num*,First Name*,Government ID", "number given_name national_id"),
    ],
)
def test_headings_are_understood_in_thai_and_english(heading: str, column: str) -> None:
    content = f"{heading}\n{'ก,' * heading.count(',')}ก\n".encode()

    table = read_table(content, what=What.MEMBERS, products=PRODUCTS)

    assert " ".join(name for name, _heading in table.columns) == column


def test_an_identity_number_is_masked_before_anything_is_kept() -> None:
    content = as_csv([["ชื่อ", "เลขประจำตัวประชาชน"], ["แดง", "1-2345-67890-12-1"], ["ดำ", "123"]])

    table = read_table(content, what=What.MEMBERS, products=PRODUCTS)

    assert table.rows[0].cells["national_id"] == "X-XXXX-XXXXX-12-1"
    assert "123" not in str(table.rows[1].cells)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ("ก,ข\n1,2\n", NoHeading),
        ("เลขที่สมาชิก,วันที่\n1,2\n", NoHeading),
        ("เลขที่สมาชิก,ชื่อ\n,\n", NoRows),
        ("เลขที่สมาชิก,ชื่อ,เลขสมาชิก\n1,ก,2\n", ColumnTwice),
    ],
)
def test_a_table_that_cannot_be_found_is_refused(content: str, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        read_table(content.encode(), what=What.MEMBERS, products=PRODUCTS)


def test_headings_are_compared_without_what_does_not_matter() -> None:
    assert bare(" จำนวนเงิน (บาท) * ") == "จำนวนเงิน"
    assert bare("Member No.") == "memberno"
    assert bare("ชื่อ-สกุล") != bare("ชอสกล")


def test_real_spreadsheets_are_read_or_refused_and_none_breaks_the_reader() -> None:
    if not DATA.is_dir():
        pytest.skip("22 real spreadsheets are not on this machine")
    files = [*sorted((DATA / "spreadsheets").glob("*.*")), DATA / "thai" / "deposits.csv"]
    said: dict[tuple[str, What], int | str] = {}
    for file in files:
        for what in What:
            try:
                table = read_table(file.read_bytes(), what=what, products=PRODUCTS)
                said[file.name, what] = len(table.rows)
            except Unreadable as refusal:
                said[file.name, what] = type(refusal).__name__

    assert len(files) == 22
    assert said["members.xlsx", What.MEMBERS] == 1
    assert said["opening-balances.xlsx", What.SAVINGS] == 1
    assert said["ClientDataImportTest.xls", What.MEMBERS] == "ColumnTwice"
    assert said["FormImportMemberTemplate.xlsx", What.MEMBERS] == "NoRows"
    assert said["deposits.csv", What.SAVINGS] == 20
    assert said["ActTransaction.xlsx", What.SAVINGS] == "NoHeading"
