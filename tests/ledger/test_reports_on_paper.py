"""The trial balance, the statement and the journal on paper: read back as they were printed."""

import io
import logging
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from ledger import services
from ledger.db import write
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.money import Satang
from ledger.statement import StatementLine, StatementPage, cut_to_fit
from tests.ledger.test_pages import Accounts
from tests.network import GROUP, NOW, Network, client_of

LONGEST = "นางสาวไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา"
MEMO = "น้ำใจเพื่อนบ้านนำเงินสัจจะสะสมมาฝากล่วงหน้าแทนผู้ที่ไปทำงานต่างจังหวัด"
RECEIPTS = 60


@pytest.fixture(autouse=True)
def _no_warning(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail on anything that WeasyPrint complains about."""
    caplog.set_level(logging.WARNING)
    yield
    said = [r.getMessage() for r in caplog.records if r.name.startswith("weasyprint")]
    assert said == []


@pytest.fixture
def of(sqlite_network: Network) -> Accounts:
    """The accounts of a book with sixty receipts in March and one expense in April."""

    def fill(session: Session) -> Accounts:
        of = Accounts(session, sqlite_network.book_id)
        saver, cash = of("31020-0003"), of("11010")
        drafts = [
            EntryDraft(
                date(2023, 3, 1 + number % 28),
                EntryKind.RECEIPT,
                (debit(cash, "SAV", Satang(100_00)), credit(saver, "SAV", Satang(100_00))),
                memo=MEMO if number % 2 else "",
                reference=f"R66/{number:03}",
            )
            for number in range(RECEIPTS)
        ]
        paper = (debit(of("54050"), "SAV", Satang(45_25)), credit(cash, "SAV", Satang(45_25)))
        drafts.append(EntryDraft(date(2023, 4, 5), EntryKind.EXPENSE, paper, memo="ซื้อกระดาษ"))
        services.post_batch(
            session,
            book_id=sqlite_network.book_id,
            drafts=drafts,
            idempotency_key="all",
            posted_by="o1",
            posted_at=NOW,
        )
        return of

    return write(fill)


@pytest.fixture
def malee(sqlite_app: Flask, sqlite_network: Network, of: Accounts) -> FlaskClient:
    """The browser of มาลี."""
    return client_of(sqlite_app, sqlite_network.malee)


def pdf_of(client: FlaskClient, path: str) -> bytes:
    answer = client.get(f"/groups/{GROUP}/{path}")
    assert answer.status_code == 200
    assert answer.content_type == "application/pdf"
    pdf: bytes = answer.data
    return pdf


def sheets_of(pdf: bytes) -> list[str]:
    return [" ".join(sheet.extract_text().split()) for sheet in PdfReader(io.BytesIO(pdf)).pages]


def read_by_pdftotext(pdf: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this machine")
    asked = ["pdftotext", "-layout", "-", "-"]
    text = subprocess.run(asked, input=pdf, capture_output=True, check=True).stdout.decode()
    return " ".join(text.split())


def test_a_printed_trial_balance_reads_back(malee: FlaskClient) -> None:
    pdf = pdf_of(malee, "trial-balance.pdf?from=2023-04&to=2023-04")

    (text,) = sheets_of(pdf)
    for said in (
        "งบทดลอง เดือนเมษายน 2566",
        "กลุ่มออมทรัพย์บ้านบ่อลูกรัง (KHP06)",
        "เงินสดในมือ 11010 6,000.00 45.25 5,954.75",
        "เงินสัจจะสะสม 31020 6,000.00 6,000.00",
        "รวมกองทุน SAV 6,000.00 6,000.00 45.25 45.25 6,000.00 6,000.00",
        "ยกมา 0.00 · ระหว่างงวด 0.00 · ยกไป 0.00 บาท",
        "พิมพ์โดย มาลี บุญช่วย เมื่อ 6 เม.ย. 2566 10:42",
        "หน้า 1 / 1",
        "เหรัญญิก",
    ):
        assert said in text
    by_other = read_by_pdftotext(pdf)
    assert "รวมกองทุน SAV 6,000.00 6,000.00 45.25 45.25 6,000.00 6,000.00" in by_other
    assert "ค่าวัสดุสำนักงาน" in by_other
    assert "สมศรี" not in text


def test_a_printed_statement_carries_each_sheet_forward_to_the_next(
    malee: FlaskClient, of: Accounts
) -> None:
    pdf = pdf_of(malee, f"accounts/{of('31020-0003')}.pdf")

    sheets = sheets_of(pdf)
    assert len(sheets) > 1
    carried: list[str] = []
    for number, text in enumerate(sheets, start=1):
        assert f"เงินสัจจะ {LONGEST} (31020-0003)" in text
        assert f"หน้า {number} / {len(sheets)}" in text
        brought = text.partition("ยอดยกมา ")[2].split()[0]
        assert brought == (carried[-1] if carried else "0.00")
        carried.append(text.partition("ยอดยกไป")[2].replace("หน้าถัดไป", "").split()[2])
    assert carried[-1] == "6,000.00"
    assert "รวม 60 บรรทัด เดบิต 0.00 เครดิต 6,000.00 บาท" in sheets[-1]
    assert sum(text.count("R66/") for text in sheets) == RECEIPTS
    assert "ฝากล่วงหน้าแทนผู้ที่ไปทำงานต่างจังหวัด"[:12] in read_by_pdftotext(pdf)


def test_a_printed_journal_has_every_entry_and_its_sums(malee: FlaskClient) -> None:
    pdf = pdf_of(malee, "journal.pdf?from=1/3/2566&to=30/4/2566")

    sheets = sheets_of(pdf)
    assert len(sheets) > 1
    assert all(f"หน้า {n} / {len(sheets)}" in text for n, text in enumerate(sheets, start=1))
    whole = " ".join(sheets)
    assert [n for n in range(1, RECEIPTS + 2) if f"เลขที่ {n} " not in whole] == []
    assert f"เงินสัจจะ {LONGEST}" in whole
    assert "รวม 61 รายการ 6,045.25 6,045.25" in sheets[-1]
    assert "5 เม.ย. 2566 เลขที่ 61 จ่ายค่าใช้จ่าย ซื้อกระดาษ" in whole


@pytest.mark.parametrize("room", [1, 10, 25, 1_000])
def test_sheets_lose_no_line_and_continue_each_other(room: int) -> None:
    lines = tuple(
        StatementLine(
            n=n,
            entry_number=n,
            entered_on=date(2023, 4, 6),
            recorded_at=NOW,
            kind="receipt",
            reference="",
            memo="",
            amount=Satang(-n),
            balance_after=Satang(-n * (n + 1) // 2),
            reverses_number=None,
            reversed_by_number=None,
            posted_by="o1",
        )
        for n in range(1, 31)
    )

    sheets = list(cut_to_fit(StatementPage(Satang(0), lines), room=room, height_of=lambda x: x.n))

    assert tuple(line for sheet in sheets for line in sheet.lines) == lines
    for before, after in pairwise(sheets):
        assert after.brought_forward == before.carried_forward
    assert all(sum(line.n for line in s.lines) <= room or len(s.lines) == 1 for s in sheets)


def test_a_statement_without_lines_is_one_sheet() -> None:
    page = StatementPage(Satang(5), ())

    assert list(cut_to_fit(page, room=10, height_of=lambda _line: 1)) == [page]
