"""Sheets for the tests of bringing in: made here, as people and their programs would make them."""

import csv
import io
from collections.abc import Sequence
from datetime import date

import xlsxwriter
from sqlalchemy.orm import Session

from ledger.db import read, write
from members.imports.facts import product_words
from members.imports.kept import (
    Choices,
    KeptImport,
    Preview,
    What,
    keep_import,
    preview,
    read_table,
)
from members.imports.savings import Against
from tests.network import NOW, TODAY, Network

PEOPLE_HEADING = "เลขที่สมาชิก,คำนำหน้า,ชื่อ,นามสกุล,หมู่ที่,บ้านเลขที่,สัจจะต่อเดือน,วันที่เข้า\n"
SAVINGS_HEADING = "วันที่,เลขที่สมาชิก,ประเภท,ฝาก,ถอน,เลขที่ใบรับ,รายการ\n"
CHOICES = Choices(Against.CASH, "PLG", TODAY)


def xlsx(rows: Sequence[Sequence[object]], *, formulas: bool = False) -> bytes:
    """Make a workbook; a day stays a day and text stays text, unless formulas are wanted."""
    file = io.BytesIO()
    settings = {"in_memory": True, "default_date_format": "d/m/yyyy", "strings_to_formulas": False}
    book = xlsxwriter.Workbook(file, settings)
    sheet = book.add_worksheet("ทะเบียน")
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            if formulas and isinstance(cell, str) and cell.startswith("="):
                written, _blank, value = cell.partition(" ")
                sheet.write_formula(line, place, written, None, float(value))
            else:
                sheet.write(line, place, cell)
    book.close()
    return file.getvalue()


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Make a CSV file in UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def keep(
    network: Network, what: What, content: bytes, *, choices: Choices = CHOICES, name: str = "ก.csv"
) -> KeptImport:
    """Read a file into the first group, as Malee."""
    words = read(lambda session: product_words(session, book_id=network.book_id))
    table = read_table(content, what=what, products=words)
    return write(
        lambda session: keep_import(
            session,
            book_id=network.book_id,
            what=what,
            file_name=name,
            content=content,
            table=table,
            choices=choices,
            by="o1",
            at=NOW,
        )
    )


def look(network: Network, number: int, *, today: date = TODAY) -> Preview:
    """Look at a file of the first group."""

    def work(session: Session) -> Preview:
        return preview(session, book_id=network.book_id, number=number, today=today)

    return read(work)


def problems_of(
    network: Network, what: What, content: bytes, *, choices: Choices = CHOICES
) -> dict[int, str]:
    """Give what is wrong with the rows of a file, by where they stand."""
    kept = keep(network, what, content, choices=choices)
    return {
        row.line: " ".join(row.problems) for row in look(network, kept.number).rows if row.problems
    }
