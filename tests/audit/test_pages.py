"""The pages of cross-review: what they show to whom, and what their forms do."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from audit.models import Answer, Question, Settlement, SignOff
from ledger.clock import use_clock
from ledger.db import read, write
from ledger.models import Period
from ledger.seal import long_form, short_form
from members import officers
from tests.audit import entries
from tests.audit.conftest import Counting
from tests.network import GROUP, NOW, OTHER_GROUP, PASSWORD, Network, client_of

KEY = "a-key-of-a-form"
IN_MAY = datetime(2023, 5, 3, 3, 0, tzinfo=UTC)


@pytest.fixture
def book(sqlite_network: Network) -> Network:
    """Receipts in both books, one paid out of the welfare purse, one taken back."""
    network = sqlite_network
    entries.post_receipts(network.book_id, 3, by=network.malee, memo="โทร 081-234-5678")
    entries.post_receipts(network.other_book_id, 2, by=network.wandee)
    premium = read(
        lambda s: entries.paid_in(s, network.book_id, amounts=[("WEL", 900_00)], member=2)
    )
    benefit = read(lambda s: entries.benefit_paid(s, network.book_id, 500_00, memo="ไข้เลือดออก"))
    entries.post(network.book_id, premium, benefit, key="welfare", by=network.malee)
    entries.reverse(network.book_id, 2, by=network.malee)
    return network


Browser = Callable[[int], FlaskClient]


@pytest.fixture
def browser(sqlite_app: Flask) -> Browser:
    """A browser in which an officer is signed in."""
    return lambda officer_id: client_of(sqlite_app, officer_id)


def rows(table: type) -> int:
    return read(lambda session: session.scalar(select(func.count()).select_from(table))) or 0


def seen(code: str, book_id: int, number: int) -> str:
    return f"{code}.{number}.{entries.seal_of(book_id, number).hex()}"


def sign(client: FlaskClient, book_id: int, number: int = 1) -> TestResponse:
    return client.post(
        f"/groups/{GROUP}/entries/{number}/signature",
        data={"key": KEY, "seal": entries.seal_of(book_id, number).hex()},
    )


def test_the_feed_tells_every_entry_in_words_with_its_amount_and_seal(
    book: Network, browser: Browser
) -> None:
    page = browser(book.somchai).get("/review").text

    assert "นางสมศรี ใจดี ฝากสัจจะ 100 บาท" in page
    assert "รับโดย มาลี" in page
    assert short_form(entries.seal_of(book.book_id, 1)) in page
    assert page.count('class="item') == 8


def test_a_reversed_entry_is_struck_and_linked_both_ways(book: Network, browser: Browser) -> None:
    page = browser(book.somchai).get("/review").text

    assert '<span class="struck">นายบุญมี ทองคำ ฝากสัจจะ 101 บาท</span>' in page
    assert f'ถูกกลับโดย <a href="/groups/{GROUP}/entries/6">' in page
    assert f'กลับรายการ <a href="/groups/{GROUP}/entries/2">' in page


def test_only_entries_that_the_officer_may_sign_have_a_box(book: Network, browser: Browser) -> None:
    page = browser(book.somchai).get("/review").text
    neighbours_page = browser(book.malee).get("/review").text

    assert page.count('name="entry"') == 6
    assert f'value="{GROUP}.1.' in page
    assert f'value="{OTHER_GROUP}.' not in page
    assert neighbours_page.count('name="entry"') == 2


def test_telephones_are_masked_for_everyone(book: Network, browser: Browser) -> None:
    for officer_id in (book.somchai, book.malee):
        for address in ("/review", f"/groups/{GROUP}/entries/1"):
            page = browser(officer_id).get(address).text

            assert "081-234-5678" not in page
            assert "XXX-XXX-XXXX" in page


def test_why_somebody_was_paid_welfare_is_shown_in_the_group_only(
    book: Network, browser: Browser
) -> None:
    for address in ("/review", f"/groups/{GROUP}/entries/5"):
        outside = browser(book.somchai).get(address).text
        inside = browser(book.boonmee).get(address).text

        assert "สวัสดิการ–เจ็บป่วย" in outside
        assert "ไข้เลือดออก" not in outside
        assert "ไข้เลือดออก" in inside


def test_each_filter_is_a_chip_that_takes_it_off(book: Network, browser: Browser) -> None:
    page = browser(book.somchai).get("/review?group=KHP06&amount=100&person=สมศรี").text

    chips = re.findall(r'<a class="chip off" href="([^"]+)">([^<]+)', page)
    assert [words.strip() for _address, words in chips] == [
        *("กลุ่มออมทรัพย์บ้านบ่อลูกรัง", "จำนวน 100", "สมาชิก สมศรี", "ล้างทั้งหมด"),
    ]
    assert "amount" in chips[0][0]
    assert "group=KHP06" not in chips[0][0]
    assert page.count('class="item') == 1


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("amount=สองร้อย", "อ่านจำนวนเงิน"),
        ("first=31/2/2566", "วันที่"),
        ("first=6/4/2566&last=5/4/2566", "วันสิ้นสุดอยู่ก่อนวันเริ่ม"),
        ("amount=200&most=100", "จำนวนเงินสูงสุดน้อยกว่า"),
        ("kind=unheard", "เลือกจากรายการที่มีให้"),
        ("person=" + "ก" * 500, "ยาวเกิน"),
    ],
)
def test_a_filter_that_cannot_be_read_says_why_and_stays_typed(
    book: Network, browser: Browser, query: str, sentence: str
) -> None:
    answer = browser(book.somchai).get(f"/review?{query}")

    assert answer.status_code == 400
    assert sentence in answer.text
    assert 'class="item' not in answer.text


@pytest.mark.parametrize("place", ["1", "x.y", "1.99999999999999999999999", "7.7"])
def test_a_place_that_is_lost_is_said_in_thai(book: Network, browser: Browser, place: str) -> None:
    answer = browser(book.somchai).get("/review", query_string={"after": place})

    assert answer.status_code == 400
    assert "เริ่มจากรายการใหม่สุด" in answer.text


def test_foreign_words_in_the_address_lead_nowhere_else(book: Network, browser: Browser) -> None:
    client = browser(book.somchai)

    answer = client.post(
        "/review/signatures?_external=1&_scheme=javascript&group=KHP06",
        data={"key": KEY, "password": PASSWORD, "entry": seen(GROUP, book.book_id, 1)},
    )

    assert answer.headers["Location"] == "/review?group=KHP06"


def test_the_number_of_questions_to_the_database_does_not_grow_with_the_page(
    book: Network, browser: Browser, count_queries: Counting
) -> None:
    client = browser(book.somchai)
    with count_queries() as few:
        client.get("/review")
    entries.post_receipts(book.book_id, 60, key="more", by=book.malee)
    entries.post_receipts(book.other_book_id, 60, key="more", by=book.wandee)

    with count_queries() as many:
        page = client.get("/review").text

    asked = [statement for statement in many if statement.startswith("SELECT")]
    assert page.count('class="item') == 50
    assert len([s for s in few if s.startswith("SELECT")]) == len(asked)
    assert len(asked) <= 12, asked


def test_one_entry_is_told_in_words_on_both_sides_and_in_the_chain(
    book: Network, browser: Browser
) -> None:
    page = browser(book.somchai).get(f"/groups/{GROUP}/entries/3").text

    assert "นางสาวไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา ฝากสัจจะ 102 บาท" in page
    assert "หนึ่งร้อยสองบาทถ้วน" in page
    assert "31020-0003" in page
    for number in (2, 3, 4):
        assert short_form(entries.seal_of(book.book_id, number)) in page
    assert long_form(entries.seal_of(book.book_id, 3)) in page


@pytest.mark.parametrize("number", [0, 99, 2**63, 10**40])
def test_an_entry_that_is_not_there_is_not_found(
    book: Network, browser: Browser, number: int
) -> None:
    answer = browser(book.somchai).get(f"/groups/{GROUP}/entries/{number}")

    assert answer.status_code == 404


def test_a_reviewer_signs_one_entry_and_is_named_there(book: Network, browser: Browser) -> None:
    client = browser(book.somchai)

    answer = sign(client, book.book_id)

    assert answer.status_code == 302
    page = client.get(answer.headers["Location"]).text
    assert "ลงนามรับรองรายการนี้แล้ว" in page
    assert "สมชาย แก้วมณี" in page
    assert '<abbr class="face" title="สมชาย แก้วมณี ตรวจแล้ว">ส.ก.</abbr>' in (
        client.get("/review").text
    )


@pytest.mark.parametrize(
    ("who", "status"), [("malee", 422), ("boonmee", 422), ("prasert", 403), ("aree", 403)]
)
def test_who_may_not_sign_is_refused_and_nothing_is_written(
    book: Network, browser: Browser, who: str, status: int
) -> None:
    answer = sign(browser(getattr(book, who)), book.book_id)

    assert answer.status_code == status
    assert rows(SignOff) == 0


def test_signing_twice_is_refused_kindly(book: Network, browser: Browser) -> None:
    sign(browser(book.somchai), book.book_id)

    answer = sign(browser(book.somchai), book.book_id)

    assert answer.status_code == 409
    assert "ท่านลงนามรับรองรายการเลขที่ 1 ไว้แล้ว" in answer.text
    assert rows(SignOff) == 1


@pytest.mark.parametrize(
    ("seal", "status"), [("00" * 32, 409), ("xyz", 400), ("00", 400), ("", 400)]
)
def test_another_seal_is_refused(book: Network, browser: Browser, seal: str, status: int) -> None:
    answer = browser(book.somchai).post(
        f"/groups/{GROUP}/entries/1/signature", data={"key": KEY, "seal": seal}
    )

    assert answer.status_code == status
    assert rows(SignOff) == 0


def test_many_are_signed_under_one_password(book: Network, browser: Browser) -> None:
    client = browser(book.somchai)

    answer = client.post(
        "/review/signatures?state=waiting",
        data={
            "key": KEY,
            "password": PASSWORD,
            "entry": [seen(GROUP, book.book_id, number) for number in (1, 3)],
        },
    )

    assert answer.headers["Location"] == "/review?state=waiting"
    assert "ลงนามรับรองแล้ว 2 รายการ" in client.get("/review").text
    assert rows(SignOff) == 2


def test_what_of_many_is_not_signed_is_named_with_its_reason(
    book: Network, browser: Browser
) -> None:
    answer = browser(book.somchai).post(
        "/review/signatures",
        data={
            "key": KEY,
            "password": PASSWORD,
            "entry": [seen(GROUP, book.book_id, 1), seen(OTHER_GROUP, book.other_book_id, 1)],
        },
    )

    assert answer.status_code == 200
    assert "ลงนามแล้ว 1 รายการ" in answer.text
    assert f"{OTHER_GROUP} เลขที่ 1" in answer.text
    assert "ต้องให้ผู้สอบทานจากหมู่บ้านอื่น" in answer.text
    assert rows(SignOff) == 1


def test_a_wrong_password_signs_nothing_and_keeps_the_ticks(
    book: Network, browser: Browser
) -> None:
    answer = browser(book.somchai).post(
        "/review/signatures?group=KHP06",
        data={"key": KEY, "password": "ผิด", "entry": seen(GROUP, book.book_id, 1)},
    )

    assert answer.status_code == 403
    assert "รหัสผ่านไม่ถูก" in answer.text
    assert "ชื่อผู้ใช้" not in answer.text
    assert re.search(rf'value="{GROUP}\.1\.[0-9a-f]+" checked', answer.text)
    assert rows(SignOff) == 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [({}, 422), ({"entry": "KHP06.x.00"}, 400), ({"entry": "KHP06"}, 400), ({"who": "me"}, 400)],
)
def test_a_form_of_many_that_makes_no_sense_is_refused(
    book: Network, browser: Browser, sent: dict[str, str], status: int
) -> None:
    answer = browser(book.somchai).post(
        "/review/signatures", data={"key": KEY, "password": PASSWORD} | sent
    )

    assert answer.status_code == status
    assert rows(SignOff) == 0


def test_a_question_is_asked_answered_and_settled_on_the_page(
    book: Network, browser: Browser
) -> None:
    here = f"/groups/{GROUP}/entries/1"
    asker, asked = browser(book.somchai), browser(book.malee)

    asker.post(f"{here}/questions", data={"key": KEY, "text": "โทร 081-234-5678 ใช่ไหม"})
    asked.post(f"{here}/questions/1/answers", data={"key": KEY, "text": "ใช่"})
    open_page = asker.get("/review?state=asked").text
    asker.post(f"{here}/questions/1/settlement", data={"key": KEY, "text": ""})

    page = asker.get(here).text
    assert "โทร XXX-XXX-XXXX ใช่ไหม" in page
    assert "ปิดข้อซักถาม" in page
    assert "มีข้อซักถาม" in open_page
    assert open_page.count('class="item') == 1
    assert [rows(table) for table in (Question, Answer, Settlement)] == [1, 1, 1]
    assert 'class="item' not in asker.get("/review?state=asked").text


@pytest.mark.parametrize("text", ["", "   ", "ก" * 501, "ก" * 10_000])
def test_an_empty_or_endless_question_is_refused_at_its_box(
    book: Network, browser: Browser, text: str
) -> None:
    answer = browser(book.somchai).post(
        f"/groups/{GROUP}/entries/1/questions", data={"key": KEY, "text": text}
    )

    assert answer.status_code == 400
    assert 'id="wrong-ask"' in answer.text
    assert rows(Question) == 0


def test_a_stranger_to_the_group_is_shown_no_box_for_an_answer(
    book: Network, browser: Browser
) -> None:
    here = f"/groups/{GROUP}/entries/1"
    browser(book.somchai).post(f"{here}/questions", data={"key": KEY, "text": "ใช่ไหม"})

    assert "คำตอบของกลุ่ม" in browser(book.malee).get(here).text
    assert "ปิดข้อซักถาม" not in browser(book.malee).get(here).text
    assert "คำตอบของกลุ่ม" not in browser(book.wandee).get(here).text
    assert (
        browser(book.wandee)
        .post(f"{here}/questions/1/answers", data={"key": KEY, "text": "ใช่"})
        .status_code
        == 403
    )
    assert rows(Answer) == 0


def test_a_question_of_another_entry_is_not_answered_here(book: Network, browser: Browser) -> None:
    answer = browser(book.malee).post(
        f"/groups/{GROUP}/entries/1/questions/77/answers", data={"key": KEY, "text": "ใช่"}
    )

    assert answer.status_code == 404


def test_coverage_shows_sums_and_no_name(book: Network, browser: Browser) -> None:
    sign(browser(book.somchai), book.book_id)

    page = browser(book.prasert).get("/review/coverage").text

    assert 'href="/groups/KHP06/book"' in page
    assert "เมษายน 2566" in page
    assert "กลุ่มออมทรัพย์บ้านบ่อลูกรัง" in page
    assert "16 %" in page
    main = page[page.index("<main") :]
    for name in ("สมศรี", "มาลี", "สมชาย", "ทองคำ"):
        assert name not in main


def test_coverage_is_of_the_month_asked_for(book: Network, browser: Browser) -> None:
    page = browser(book.prasert).get("/review/coverage?month=2023-03").text

    assert "มีนาคม 2566" in page
    assert "ไม่มีรายการ" in page
    assert browser(book.prasert).get("/review/coverage?month=March").status_code == 404


def close(client: FlaskClient, book: Network, **other: str) -> TestResponse:
    head = entries.seal_of(book.book_id, 6).hex()
    return client.post(
        f"/groups/{GROUP}/months/2023-04/close",
        data={"key": KEY, "head": head, "sure": "yes"} | other,
    )


def test_a_month_is_closed_and_its_sheet_prints_the_long_seal(
    book: Network, sqlite_app: Flask
) -> None:
    use_clock(lambda: IN_MAY)
    client = _signed_in_may(sqlite_app, book.malee)
    assert "ปิดที่รายการเลขที่" in client.get(f"/groups/{GROUP}/months/2023-04").text

    answer = close(client, book)

    assert answer.status_code == 302
    page = client.get(answer.headers["Location"]).text
    assert long_form(entries.seal_of(book.book_id, 6)) in page
    sheet = client.get(f"/groups/{GROUP}/months/2023-04/closing.pdf")
    text = _text_of(sheet.data)
    assert f"6:{long_form(entries.seal_of(book.book_id, 6))}" in text
    assert "ใบปิดเดือนเมษายน 2566" in text
    assert "มาลี บุญช่วย" in text


def _signed_in_may(app: Flask, officer_id: int) -> FlaskClient:
    """Give a browser that an officer signed in with in May."""
    token = write(
        lambda session: officers.start(session, officer_id=officer_id, device="test", at=IN_MAY)
    )
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = token
    return client


def _text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_an_open_month_has_no_sheet_and_an_unknown_one_no_page(
    book: Network, browser: Browser
) -> None:
    client = browser(book.malee)

    assert client.get(f"/groups/{GROUP}/months/2023-04/closing.pdf").status_code == 404
    assert client.get(f"/groups/{GROUP}/months/2023-01").status_code == 404
    assert client.get(f"/groups/{GROUP}/months/never").status_code == 404


def test_a_month_that_is_not_over_offers_no_close(book: Network, browser: Browser) -> None:
    client = browser(book.malee)

    assert "ยังไม่สิ้นสุด" in client.get(f"/groups/{GROUP}/months/2023-04").text
    assert close(client, book).status_code == 422
    assert rows(Period) == 0


def test_a_month_is_not_closed_without_the_tick(book: Network, sqlite_app: Flask) -> None:
    use_clock(lambda: IN_MAY)

    answer = close(_signed_in_may(sqlite_app, book.malee), book, sure="")

    assert answer.status_code == 400
    assert "แตะช่องยืนยันก่อนปิดเดือน" in answer.text
    assert rows(Period) == 0


def test_a_month_with_an_open_question_says_which_entry(book: Network, sqlite_app: Flask) -> None:
    use_clock(lambda: IN_MAY)
    _signed_in_may(sqlite_app, book.somchai).post(
        f"/groups/{GROUP}/entries/1/questions", data={"key": KEY, "text": "ใช่ไหม"}
    )

    answer = close(_signed_in_may(sqlite_app, book.malee), book)

    assert answer.status_code == 422
    assert "ยังมีข้อซักถามค้าง 1 ข้อ ที่รายการเลขที่ 1" in answer.text
    assert rows(Period) == 0


def test_months_are_listed_and_only_keepers_close_them(book: Network, browser: Browser) -> None:
    page = browser(book.somchai).get(f"/groups/{GROUP}/months").text

    assert "เมษายน 2566" in page
    assert "ปิดเดือนเมษายน" not in browser(book.somchai).get(f"/groups/{GROUP}/months/2023-04").text
    assert close(browser(book.somchai), book).status_code == 403


def test_the_strip_stands_on_every_page_also_on_one_that_is_not_there(
    book: Network, browser: Browser
) -> None:
    client = browser(book.malee)

    assert "สมุดดุล ✓" in client.get("/review").text
    assert short_form(entries.seal_of(book.book_id, 6)) in client.get("/review").text
    assert "รอสอบทาน 8" in client.get("/groups/NOBODY/entries/1").text


def test_the_sheet_of_a_month_closed_with_a_later_one_says_so(
    book: Network, sqlite_app: Flask
) -> None:
    draft = read(lambda session: entries.paid_in(session, book.book_id, on=date(2023, 3, 30)))
    entries.post(book.book_id, draft, key="march", by=book.malee, at=NOW + timedelta(hours=1))
    use_clock(lambda: IN_MAY)
    client = _signed_in_may(sqlite_app, book.malee)
    close(client, book, head=entries.seal_of(book.book_id, 7).hex())

    text = _text_of(client.get(f"/groups/{GROUP}/months/2023-03/closing.pdf").data)

    assert "พร้อมเดือนเมษายน 2566" in text
