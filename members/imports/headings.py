"""Finding the table in a sheet: its heading row, what each column is, and which rows count.

Sheets come with titles merged over the table, blank rows inside it and totals under it, and call
the same column by many names. What is not recognised is named, never guessed.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.errors import Unreadable
from ledger.thai import arabic_digits, repair_spelling
from members.imports.packing import MOST_ROWS, TooManyRows
from members.imports.sheets import Sheet
from members.models import ProductKind

#: How far down a heading row is looked for, and how many of its cells must be known.
DEEPEST_HEADING = 60
FEWEST_KNOWN = 2
SHOWN = 12

#: The columns of a sheet of members, in the order of the example, by what they may be called.
#: Headings are compared without blanks, signs and what stands in brackets.
PEOPLE_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "number": (
        *("เลขที่สมาชิก", "เลขสมาชิก", "รหัสสมาชิก", "หมายเลขสมาชิก", "ทะเบียนสมาชิก", "เลขทะเบียน"),
        *("เลขทะเบียนสมาชิก", "สมาชิกเลขที่", "number", "no", "memberno", "membernumber"),
        *("membershipno", "membershipnumber", "memberid", "member", "clientglobalnum"),
    ),
    "title": ("คำนำหน้า", "คำนำหน้าชื่อ", "คำนำหน้านาม", "title", "prefix", "salutation"),
    "given_name": ("ชื่อ", "ชื่อตัว", "given", "givenname", "firstname"),
    "family_name": ("สกุล", "นามสกุล", "family", "familyname", "lastname", "surname"),
    # ชื่อ-สกุล is the whole name, and ชื่อสกุล the family's where another column says ชื่อ.
    "name": (
        *("ชื่อสกุล", "ชื่อนามสกุล", "ชื่อและนามสกุล", "ชื่อและสกุล", "ชื่อตัวชื่อสกุล", "รายชื่อ"),
        *("ชื่อสมาชิก", "ชื่อสกุลสมาชิก", "ชื่อนามสกุลสมาชิก", "name", "fullname", "membername"),
    ),
    "national_id": (
        *("เลขประจำตัวประชาชน", "รหัสประจำตัวประชาชน", "เลขบัตรประชาชน", "เลขที่บัตรประชาชน"),
        *("เลขบัตรประจำตัวประชาชน", "บัตรประชาชน", "หมายเลขบัตรประชาชน", "เลขประชาชน"),
        *("nationalid", "nationalidnumber", "governmentid", "idcard", "citizenid"),
    ),
    "telephone": (
        *("โทรศัพท์", "เบอร์โทร", "เบอร์โทรศัพท์", "เบอร์โทรติดต่อ", "โทร", "มือถือ", "หมายเลขโทรศัพท์"),
        *("phone", "telephone", "mobile", "phonenumber", "tel"),
    ),
    "house_number": ("บ้านเลขที่", "เลขที่บ้าน", "บ้าน", "house", "housenumber", "houseno"),
    "moo": ("หมู่ที่", "หมู่", "ม", "moo", "villageno", "villagenumber"),
    "beneficiary": (
        *("ผู้รับโอนประโยชน์", "ผู้รับผลประโยชน์", "ผู้รับประโยชน์", "ทายาท", "beneficiary", "heir"),
    ),
    "joined": (
        *("วันที่เข้า", "วันที่เข้าเป็นสมาชิก", "วันเข้าเป็นสมาชิก", "วันที่สมัคร", "วันเป็นสมาชิก"),
        *("วันเดือนปีที่เข้า", "วันเดือนปีที่สมัคร", "joined", "joinedon", "joiningdate", "datejoined"),
    ),
}
#: The columns of a sheet of savings.
SAVINGS_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "date": (
        *("วันที่", "วันเดือนปี", "วดป", "วันที่ทำรายการ", "วันที่ฝาก", "วันที่รับเงิน", "ลงวันที่"),
        *("date", "postingdate", "transdate", "transactiondate", "fakdate"),
    ),
    "number": PEOPLE_HEADINGS["number"],
    "name": (*PEOPLE_HEADINGS["name"], "ชื่อ"),
    "product": ("ประเภท", "ประเภทเงิน", "ประเภทบัญชี", "ประเภทเงินฝาก", "ชนิด", "product", "type"),
    "deposit": (
        *("ฝาก", "เงินฝาก", "ยอดฝาก", "จำนวนฝาก", "จำนวนเงินฝาก", "รับ", "รับฝาก", "เงินเข้า"),
        *("deposit", "deposits", "paidin", "credit", "faksum"),
    ),
    "withdrawal": (
        *("ถอน", "เงินถอน", "ยอดถอน", "จำนวนถอน", "จำนวนเงินถอน", "จ่าย", "เงินออก"),
        *("withdrawal", "withdrawals", "withdraw", "withdrawn", "debit"),
    ),
    "amount": (
        *("จำนวน", "จำนวนเงิน", "ยอดเงิน", "ยอด", "ยอดยกมา", "เงินออม", "amount", "sum"),
        *("savings", "saving", "savingsbalance", "balancebroughtforward"),
    ),
    "memo": (
        "รายการ",
        "หมายเหตุ",
        "คำอธิบาย",
        "รายละเอียด",
        "memo",
        "narration",
        "note",
        "description",
    ),
    "reference": (
        *("เลขที่ใบรับ", "เลขที่ใบรับเงิน", "ใบรับเงิน", "ใบรับ", "เลขที่ใบเสร็จ", "ใบเสร็จ", "เลขที่เอกสาร"),
        *("receipt", "receiptno", "receiptnumber", "reference", "ref", "voucher"),
    ),
    "contra": ("คู่บัญชี", "บัญชีคู่", "รหัสบัญชีคู่", "contra", "contraaccount"),
}
#: What a product may be called, in a cell or in the heading of a column of amounts.
PRODUCT_WORDS: Mapping[ProductKind, tuple[str, ...]] = {
    ProductKind.PLEDGE: ("สัจจะ", "เงินสัจจะ", "สัจจะสะสม", "เงินสัจจะสะสม", "pledge", "pledges"),
    ProductKind.SHARE: ("หุ้น", "ค่าหุ้น", "เงินหุ้น", "เงินค่าหุ้น", "share", "shares"),
    ProductKind.DEMAND: ("เผื่อเรียก", "ออมเผื่อเรียก", "เงินฝากเผื่อเรียก", "ออมทรัพย์", "demand"),
    ProductKind.SPECIAL: ("ออมพิเศษ", "เงินฝากพิเศษ", "special"),
    ProductKind.HOUSING: ("ออมเพื่อบ้าน", "ออมเพื่อที่อยู่อาศัย", "ออมบ้าน", "housing"),
    ProductKind.WELFARE: ("สวัสดิการ", "เงินสวัสดิการ", "welfare"),
    ProductKind.LAND_HOUSING: ("รักษาดินรักษาบ้าน", "เงินรักษาดินรักษาบ้าน", "landhousing"),
}
#: What may stand around a product's name in the heading of a column.
_AROUND = re.compile(r"(?:ยอด|จำนวน)?(.+?)(?:ต่อเดือน|รายเดือน|ยกมา|คงเหลือ|balance|amount)?")
_IN_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_TOTAL = re.compile(
    r"(?:ยอด)?รวม(?:ทั้งสิ้น|ทั้งหมด|ทั้งหมู่|เงิน|ยอด|สุทธิ)*[\d.,]*(?:บาท|คน|ราย)?|"
    r"(?:grand|sub)?totals?|sum"
)
#: A column of amounts of one product is called this and the product's code.
OF = "of:"


class NoHeading(Unreadable):
    """No row of the file names the columns that are needed."""

    thai = "ไม่พบแถวหัวตาราง ต้องมีคอลัมน์ {needed} ดาวน์โหลดแฟ้มตัวอย่างแล้วตั้งหัวคอลัมน์ให้ตรงกัน"


class ColumnTwice(Unreadable):
    """Two columns are called by names that mean the same."""

    thai = "มีสองคอลัมน์ที่หมายถึง “{heading}” ลบหรือเปลี่ยนชื่อคอลัมน์ที่ไม่ใช้ออก"


class NoRows(Unreadable):
    """There is nothing under the headings."""

    thai = "พบหัวตารางแล้ว แต่ไม่มีแถวข้อมูลอยู่ข้างใต้"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: where it stands in the sheet, and the text of each column that it has."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table as it was found.

    Attributes:
        columns: What each column is, and the heading it carries in the sheet.
        rows: The rows that count.
        notes: What was passed over, in sentences.
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def bare(text: str) -> str:
    """Give a heading as headings are compared: no blanks, signs or brackets, small letters."""
    whole = _IN_BRACKETS.sub("", arabic_digits(repair_spelling(text[:200])).lower())
    return "".join(c for c in whole if unicodedata.category(c)[0] in "LMN" and c not in "ฯๆ")


def product_named(text: str, products: Mapping[str, str]) -> str | None:
    """Give the code of the product that a text names, or None; ``products`` is code by name."""
    word = bare(text)
    around = _AROUND.fullmatch(word)
    inner = around[1] if around else word
    return products.get(word) or products.get(inner)


def find_table(
    sheets: Sequence[Sheet],
    *,
    headings: Mapping[str, Sequence[str]],
    needed: Sequence[Sequence[str]],
    products: Mapping[str, str],
) -> FoundTable:
    """Find the table in the first sheet that has its headings.

    Args:
        sheets: The sheets of the file.
        headings: What each column may be called.
        needed: The columns that there must be, of each set any one; ``of`` is any product's.
        products: The codes of the group's products by the names that they may have.

    Raises:
        NoHeading: No sheet has them.
        ColumnTwice: A column is there twice.
        NoRows: There is nothing under the headings.
        TooManyRows: There is more than is taken at once.
    """
    words = {bare(word): column for column, names in headings.items() for word in names}
    found = None
    others = []
    for sheet in sheets:
        place = _heading_row(sheet, words, needed, products)
        if place is not None and found is None:
            found = (sheet, place)
        elif place is not None:
            others.append(sheet.name)
    if found is None:
        first = [names[0] for names in needed]
        raise NoHeading(needed=", ".join(headings[name][0] for name in first))
    sheet, place = found
    places, passed_over = _columns(sheet.rows[place], words, products)
    rows, notes = _rows(sheet, places, below=place)
    if not rows:
        raise NoRows
    if others:
        notes.insert(0, f"อ่านเฉพาะแผ่น “{sheet.name}” แผ่นที่ยังไม่ได้อ่าน: {', '.join(others)}")
    if passed_over:
        notes.append(f"คอลัมน์ที่ไม่ได้นำเข้า: {', '.join(passed_over[:SHOWN])}")
    columns = tuple((name, sheet.rows[place][at].strip()) for name, at in places.items())
    return FoundTable(columns, tuple(rows), tuple(notes))


def _heading_row(
    sheet: Sheet,
    words: Mapping[str, str],
    needed: Sequence[Sequence[str]],
    products: Mapping[str, str],
) -> int | None:
    for place, row in enumerate(sheet.rows[:DEEPEST_HEADING]):
        meant = (_meaning(cell, words, products) for cell in row if cell.strip())
        named = {name for name in meant if name is not None}
        has = {name.partition(":")[0] for name in named}
        if len(named) >= FEWEST_KNOWN and all(has & set(any_of) for any_of in needed):
            return place
    return None


def _meaning(cell: str, words: Mapping[str, str], products: Mapping[str, str]) -> str | None:
    """Give the column that a heading names, or ``of:CODE`` for amounts of one product."""
    known = words.get(bare(cell))
    if known is not None:
        return known
    code = product_named(cell, products)
    return None if code is None else OF + code


def _columns(
    row: Sequence[str], words: Mapping[str, str], products: Mapping[str, str]
) -> tuple[dict[str, int], list[str]]:
    places: dict[str, int] = {}
    passed_over = []
    for at, cell in enumerate(row):
        if not cell.strip():
            continue
        name = _meaning(cell, words, products)
        if name is None:
            passed_over.append(" ".join(cell.split())[:40])
        elif name in places:
            raise ColumnTwice(heading=" ".join(cell.split())[:40])
        else:
            places[name] = at
    return places, passed_over


def _rows(sheet: Sheet, places: Mapping[str, int], *, below: int) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    totals, blank = [], 0
    for line, cells in enumerate(sheet.rows[below + 1 :], start=below + 2):
        if not any(cell.strip() for cell in cells):
            blank += 1
            continue
        if _is_total(cells, places):
            totals.append(str(line))
            continue
        taken = {name: cells[at].strip() for name, at in places.items() if at < len(cells)}
        kept = {name: text for name, text in taken.items() if text}
        if kept:
            rows.append(Row(line, kept))
        else:
            blank += 1
    if len(rows) > MOST_ROWS:
        raise TooManyRows(rows=len(rows))
    notes = []
    if totals:
        notes.append(f"ข้ามแถวรวม: แถวที่ {', '.join(totals[:SHOWN])}")
    if blank and rows:
        notes.append(f"ข้ามแถวว่าง {blank:,} แถว")
    return rows, notes


def _is_total(cells: Sequence[str], places: Mapping[str, int]) -> bool:
    """Tell a row of sums: it has no member's number, and one of its first words is รวม."""
    at = places.get("number")
    number = cells[at] if at is not None and at < len(cells) else ""
    said = [bare(cell) for cell in cells if cell.strip()][:3]
    return (not number.strip() or _is_sum(bare(number))) and any(_is_sum(word) for word in said)


def _is_sum(word: str) -> bool:
    return _TOTAL.fullmatch(word) is not None


def words_for(products: Iterable[tuple[str, ProductKind, str]]) -> dict[str, str]:
    """Give the codes of products by every name that they may have.

    Args:
        products: Code, kind and name of each; its own code and name come before what others of
            its kind are called.
    """
    known = list(products)
    words = {bare(word): code for code, _kind, name in known for word in (code, name)}
    for code, kind, _name in known:
        for word in PRODUCT_WORDS[kind]:
            words.setdefault(bare(word), code)
    return words
