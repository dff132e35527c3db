"""A sheet to fill in: the headings that are understood, and two rows to show how."""

from collections.abc import Sequence
from datetime import date

from ledger.exports import Cell, Column, Table
from ledger.money import Satang
from members.imports.kept import WHAT_IN_THAI, What

_ABOUT = "แถวตัวอย่างลบทิ้งได้ สลับหรือลบคอลัมน์ที่ไม่ใช้ได้ แต่อย่าเปลี่ยนหัวคอลัมน์"


def example_of(what: What, *, products: Sequence[str], on: date) -> Table:
    """Give the example of a sheet.

    Args:
        what: What it will bring in.
        products: The names of the group's products.
        on: The day in its rows.
    """
    if what is What.MEMBERS:
        return _members(products, on)
    return _savings(products, on)


def _members(products: Sequence[str], on: date) -> Table:
    columns = (
        ("เลขที่สมาชิก", Column.TEXT),
        ("คำนำหน้า", Column.TEXT),
        ("ชื่อ", Column.TEXT),
        ("นามสกุล", Column.TEXT),
        ("เลขประจำตัวประชาชน", Column.TEXT),
        ("บ้านเลขที่", Column.TEXT),
        ("หมู่ที่", Column.TEXT),
        ("โทรศัพท์", Column.TEXT),
        ("ผู้รับโอนประโยชน์", Column.TEXT),
        ("วันที่เข้า", Column.DAY),
        *((f"{name}ต่อเดือน", Column.MONEY) for name in products),
    )
    people: tuple[tuple[Cell, ...], ...] = (
        ("1001", "นาง", "ตัวอย่าง", "ใจดี", "", "99/1", "", "081 234 5678", "บุตร", on),
        ("1002", "นาย", "ทดลอง", "ออมทุกวัน", "", "12", "", "", "", on),
    )
    pledges: tuple[Cell, ...] = (Satang(100_00), *(None for _more in products[1:]))
    rows = tuple((*person, *pledges[: len(products)]) for person in people)
    return Table(WHAT_IN_THAI[What.MEMBERS], _ABOUT, columns, rows)


def _savings(products: Sequence[str], on: date) -> Table:
    columns = (
        ("วันที่", Column.DAY),
        ("เลขที่สมาชิก", Column.TEXT),
        ("ชื่อ-สกุล", Column.TEXT),
        ("ประเภท", Column.TEXT),
        ("ฝาก", Column.MONEY),
        ("ถอน", Column.MONEY),
        ("เลขที่ใบรับ", Column.TEXT),
        ("รายการ", Column.TEXT),
    )
    first = products[0] if products else ""
    rows: tuple[tuple[Cell, ...], ...] = (
        (on, "1001", "นางตัวอย่าง ใจดี", first, Satang(1_200_50), None, "1/1", ""),
        (on, "1001", "นางตัวอย่าง ใจดี", first, None, Satang(200_00), "", "ถอนค่าเทอม"),
    )
    return Table(WHAT_IN_THAI[What.SAVINGS], _ABOUT, columns, rows)
