"""The passbook and the slip on paper: every word reads back, every line stands where it belongs."""

import io
import logging
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.models import Entry
from ledger.money import Satang
from ledger.seal import short_form
from ledger.services import reverse_entry
from ledger.thai import MONTHS, SHORT_MONTHS
from members.models import Member
from members.services.people import withdraw
from tests.members.saving import pay_in, written
from tests.network import GROUP, NOW, TODAY, Network, client_of

MEMBER = f"/groups/{GROUP}/members"
KEY = "a-key-of-a-form-1234"
HEADINGS = ("วันที่", "รหัส", "ฝาก", "ถอน", "คงเหลือ", "ผู้บันทึก", "ตราผนึก")

Pages = list[str]


def read_by_pdftotext(pdf: bytes) -> Pages:
    command = ["pdftotext", "-layout", "-", "-"]
    done = subprocess.run(command, input=pdf, capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


def read_by_pypdf(pdf: bytes) -> Pages:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


READERS = [
    pytest.param(
        read_by_pdftotext,
        marks=pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no poppler here"),
    ),
    read_by_pypdf,
]


@pytest.fixture(autouse=True)
def _no_warning(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail on anything that WeasyPrint complains about."""
    caplog.set_level(logging.WARNING)
    yield
    records = (r for when in ("setup", "call") for r in caplog.get_records(when))
    assert [r.getMessage() for r in records if r.name.startswith("weasyprint")] == []


@pytest.fixture
def malee(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """The browser of the one who keeps the box."""
    return client_of(sqlite_app, sqlite_network.malee)


def passbook(client: FlaskClient, number: str = "0001", query: str = "") -> bytes:
    answer = client.get(f"{MEMBER}/{number}/passbook.pdf{query}")
    assert answer.status_code == 200
    assert answer.content_type == "application/pdf"
    return bytes(answer.data)


def printed(client: FlaskClient, what: str, *, number: str = "0001", seen: str = "") -> str:
    """Print, and give the address of the PDF."""
    form = {"what": what, "seen": seen, "key": KEY}
    answer = client.post(f"{MEMBER}/{number}/passbook", data=form)
    assert answer.status_code == 302, answer.text
    return answer.location


def newest_printing(client: FlaskClient, number: str = "0001") -> str:
    found = re.search(r'name="seen" value="([^"]*)"', client.get(f"{MEMBER}/{number}").text)
    assert found
    return found[1]


def fill(network: Network, lines: int, *, number: str = "0003") -> None:
    if lines:
        pay_in(network, {"PLG": 100_00}, number=number, times=lines, key=f"{number}-{lines}")


@pytest.mark.parametrize("read_pdf", READERS)
def test_every_word_of_a_passbook_reads_back(
    malee: FlaskClient, sqlite_network: Network, read_pdf: Callable[[bytes], Pages]
) -> None:
    for month in range(1, 5):
        pay_in(
            sqlite_network,
            {"PLG": 100_00, "SHR": 50_00, "DEM": 1_234_50, "WEL": 30_00},
            number="0003",
            on=date(2023, month, 6),
            key=f"month-{month}",
        )

    cover, *pages = read_pdf(passbook(malee, "0003"))

    for words in (
        *("สมุดคู่ฝาก", "กลุ่มออมทรัพย์บ้านบ่อลูกรัง", "นางสาวไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา"),
        *("สมาชิกเลขที่ 0003", "เล่มที่ 1", "บ้านบ่อลูกรัง หมู่ที่ 6", "อำเภอวังน้ำเย็น", "1 มกราคม 2566"),
        *("หมู่บ้าน", "เข้าเป็นสมาชิก", "ลายมือชื่อสมาชิก"),
    ):
        assert words in cover
    assert [name for name, page in zip(PRODUCTS, pages, strict=True) if name in page] == PRODUCTS
    for page in pages:
        for words in (
            *HEADINGS,
            *("6 ม.ค. 2566", "6 ก.พ. 2566", "6 มี.ค. 2566", "6 เม.ย. 2566", "มาลี"),
            *("CD", "ฝากเงินสด", "ปรับปรุง", "ยอดยกมา", "ปันผล", "เฉลี่ยคืน", "ดอกเบี้ย"),
            "นางสาวไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา",
        ):
            assert words in page
    assert "4,938.00" in pages[2]


PRODUCTS = ["เงินสัจจะ", "หุ้น", "ออมเผื่อเรียก", "สวัสดิการ"]


def test_every_month_has_a_name_that_reads_back() -> None:
    assert len(set(MONTHS)) == len(set(SHORT_MONTHS)) == 12


@pytest.mark.parametrize("month", range(1, 13))
def test_the_day_of_joining_reads_back_in_every_month(
    malee: FlaskClient, sqlite_network: Network, month: int
) -> None:
    def work(session: Session) -> None:
        member = session.get_one(Member, (sqlite_network.book_id, 1))
        member.joined_on = date(2020, month, 29)

    write(work)

    cover = read_by_pypdf(passbook(malee))[0]

    assert f"29 {MONTHS[month - 1]} 2563" in cover


@pytest.mark.parametrize(("lines", "pages"), [(0, 1), (1, 1), (26, 1), (27, 2), (300, 12)])
def test_a_passbook_has_twenty_six_lines_a_page(
    malee: FlaskClient, sqlite_network: Network, lines: int, pages: int
) -> None:
    fill(sqlite_network, lines)

    texts = read_by_pypdf(passbook(malee, "0003"))

    # The cover, the pages of the pledges, and an empty page for each of three other products.
    assert len(texts) == 1 + pages + 3
    dated = [text.count("6 เม.ย. 2566") for text in texts[1:]]
    assert sum(dated) == lines
    assert max(dated) <= 26
    assert sum("ยอดยกไป" in text for text in texts) == lines // 26


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no poppler here")
def test_lines_stand_in_the_order_of_the_book_with_codes_and_the_seal_behind_the_last(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    book_id = sqlite_network.book_id
    pay_in(sqlite_network, {"DEM": 500_00}, on=date(2023, 4, 5), key="cash")
    pay_in(sqlite_network, {"DEM": 40_00}, on=date(2023, 2, 1), by_bank=True, key="late")
    write(
        lambda session: withdraw(
            session,
            book_id=book_id,
            number="0001",
            product_code="DEM",
            amount=Satang(100_00),
            entered_on=TODAY,
            memo="",
            idempotency_key="withdrawal",
            by="o1",
            approved_by="o2",
            at=NOW,
        )
    )
    write(
        lambda session: reverse_entry(
            session,
            book_id=book_id,
            number=2,
            entered_on=TODAY,
            memo="",
            idempotency_key="reversal",
            posted_by="o1",
            posted_at=NOW,
        )
    )
    seal = short_form(read(lambda session: session.get_one(Entry, (book_id, 4)).seal))

    page = read_by_pdftotext(passbook(malee))[3]

    rows = [row.split() for row in page.splitlines() if re.search(r"25\d\d .*\.00", row)]
    assert [row[3:] for row in rows] == [
        ["CD", "500.00", "500.00", "มาลี"],
        ["TD", "40.00", "540.00", "มาลี"],
        ["CW", "100.00", "440.00", "มาลี"],
        ["AJ", "40.00", "400.00", "มาลี", seal],
    ]
    assert [" ".join(row[:3]) for row in rows][:2] == ["5 เม.ย. 2566", "1 ก.พ. 2566"]


def test_a_passbook_goes_on_from_what_is_printed(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    fill(sqlite_network, 25, number="0001")
    whole = read_by_pypdf(malee.get(printed(malee, "whole")).data)
    pay_in(sqlite_network, {"PLG": 7_00}, times=3, key="later")

    before = read_by_pypdf(passbook(malee, query="?from=print"))
    page = malee.get(f"{MEMBER}/0001").text
    address = printed(malee, "new", seen=newest_printing(malee))
    added = read_by_pypdf(malee.get(address).data)
    after = read_by_pypdf(passbook(malee, query="?from=print"))

    assert len(whole) == 5
    assert re.findall(r"<li>(\S+ หน้า \d) <span class=\"quiet\">([^<]+)<", page) == [
        ("เงินสัจจะ หน้า 1", "หน้าเดิมในสมุด"),
        ("เงินสัจจะ หน้า 2", "กระดาษใหม่"),
    ]
    assert added == before
    first, second = added
    assert first.count("7.00") >= 1
    assert "2,507.00" in first
    assert "2,500.00" not in first
    assert "วันที่" not in first
    assert "ยอดยกไป" in first
    assert "ยอดยกมา" in second
    assert "2,521.00" in second
    assert "ไม่มีบรรทัดใหม่" in after[0]


def test_a_printing_can_be_printed_again_as_it_was(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    fill(sqlite_network, 3, number="0001")
    address = printed(malee, "whole")
    then = read_by_pypdf(malee.get(address).data)
    pay_in(sqlite_network, {"PLG": 7_00}, times=3, key="later")

    again = read_by_pypdf(malee.get(address).data)

    assert again == then


def test_a_book_printed_anew_is_the_next_book(malee: FlaskClient, sqlite_network: Network) -> None:
    first = read_by_pypdf(malee.get(printed(malee, "whole")).data)

    second = read_by_pypdf(malee.get(printed(malee, "whole", seen=newest_printing(malee))).data)

    assert "เล่มที่ 1" in first[0]
    assert "เล่มที่ 2" in second[0]


def test_a_printing_sent_twice_leads_to_the_same_paper(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    first = printed(malee, "whole")
    before = written(sqlite_network)

    again = printed(malee, "whole")

    assert again == first
    assert written(sqlite_network) == before


def test_looking_at_a_passbook_writes_nothing(malee: FlaskClient, sqlite_network: Network) -> None:
    before = written(sqlite_network)

    passbook(malee)
    passbook(malee, query="?from=print")

    assert written(sqlite_network) == before


def test_nothing_new_to_print_is_said_on_the_page(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    printed(malee, "whole")
    form = {"what": "new", "seen": newest_printing(malee), "key": KEY}

    answer = malee.post(f"{MEMBER}/0001/passbook", data=form)

    assert answer.status_code == 422
    assert "ไม่มีบรรทัดใหม่" in answer.text


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"what": "all"},
        {"what": "new", "seen": "yesterday"},
        {"what": "new", "seen": "2023-04-06"},
    ],
)
def test_a_form_of_another_make_prints_nothing(
    malee: FlaskClient, sqlite_network: Network, form: dict[str, str]
) -> None:
    before = written(sqlite_network)

    answer = malee.post(f"{MEMBER}/0001/passbook", data={"key": KEY} | form)

    assert answer.status_code == 400
    assert written(sqlite_network) == before


def test_a_printing_that_never_was_is_not_found(malee: FlaskClient) -> None:
    assert malee.get(f"{MEMBER}/0001/passbook.pdf?printed=2023-04-06T03:42:10Z").status_code == 404


def test_names_are_printed_as_they_are_written(malee: FlaskClient, sqlite_network: Network) -> None:
    def work(session: Session) -> None:
        member = session.get_one(Member, (sqlite_network.book_id, 1))
        member.given_name, member.family_name = "<b>สมศรี</b>", "ใจดี & ลูก {{ 7 * 7 }}"

    write(work)

    cover = read_by_pypdf(passbook(malee))[0]

    assert "นาง<b>สมศรี</b> ใจดี & ลูก {{ 7 * 7 }}" in cover


@pytest.mark.parametrize("read_pdf", READERS)
def test_a_slip_says_who_was_paid_what_and_who_signs(
    malee: FlaskClient, sqlite_network: Network, read_pdf: Callable[[bytes], Pages]
) -> None:
    pay_in(sqlite_network, {"DEM": 2_000_00}, number="0003")
    form = {
        "product_code": "DEM",
        "amount": "1,500.50",
        "reason": "ค่าเทอมลูก โทร 081-234-5678",
        "paid_on": "6/4/2566",
        "second_officer": str(sqlite_network.boonmee),
        "password": "ออมวันละบาท",
        "key": KEY,
    }
    malee.post(f"{MEMBER}/0003/withdraw/pay", data=form)

    answer = malee.get(f"{MEMBER}/0003/slips/2.pdf")

    (text,) = read_pdf(answer.data)
    for words in (
        *("ใบสำคัญจ่ายเงิน", "กลุ่มออมทรัพย์บ้านบ่อลูกรัง", "KHP06-2", "6 เมษายน 2566"),
        *("นางสาวไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา", "ออมเผื่อเรียก", "1,500.50"),
        *("(หนึ่งพันห้าร้อยบาทห้าสิบสตางค์)", "ผู้รับเงิน", "ผู้จ่ายเงิน", "พยาน"),
        *("มาลี บุญช่วย", "บุญมี ศรีสุข", "ค่าเทอมลูก", "ต้นฉบับ", "สำเนา"),
        "XXX-XXX-XXXX",
    ):
        assert words in text
    assert text.count("หนึ่งพันห้าร้อยบาทห้าสิบสตางค์") == 2


def test_there_is_no_slip_for_what_was_not_paid_out(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    pay_in(sqlite_network, {"DEM": 2_000_00})

    assert malee.get(f"{MEMBER}/0001/slips/1.pdf").status_code == 404
    assert malee.get(f"{MEMBER}/0001/slips/99999999999.pdf").status_code == 404
