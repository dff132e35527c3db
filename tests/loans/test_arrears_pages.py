"""The pages of arrears, through HTTP: tables, letters, a month's end, writing off, recovering."""

import csv
import html
import io
import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger.db import read, write
from loans.kinds import State
from loans.queries.loans import loan_view
from loans.schemas.arrears import named
from loans.services.arrears import print_notices
from tests.loans.borrowers import guarantee
from tests.loans.test_month_end import (
    balance,
    head,
    lend,
    provide,
    rows_of,
    wrote_off,
)
from tests.members.saving import close_march, pay_in
from tests.network import GROUP, NOW, PASSWORD, TODAY, Network, client_of
from tests.papers import text_of

ARREARS = f"/groups/{GROUP}/arrears"
MONTH_END = f"/groups/{GROUP}/loan-month-end"
KEY = "a-key-of-a-form-1234"


def words_of(answer: TestResponse) -> str:
    """Give what a page says, without its marks."""
    said = re.sub(r"<[^>]+>", " ", answer.text)
    return " ".join(html.unescape(said).split())


def fill(network: Network) -> None:
    pay_in(network, {"DEM": 400_000_00}, number="0002", on=date(2023, 1, 1), key="the-box")


@pytest.fixture
def malee(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """The browser of the one who keeps the box, which is full."""
    fill(sqlite_network)
    return client_of(sqlite_app, sqlite_network.malee)


def approved(network: Network, sent: dict[str, str], password: str = PASSWORD) -> dict[str, str]:
    return sent | {"second_officer": str(network.boonmee), "password": password, "key": KEY}


def written(network: Network) -> tuple[int, tuple[int, ...]]:
    return head(network), read(rows_of)


# ---------------------------------------------------------------- tables


def test_the_page_begins_with_how_many_and_how_much(app: Flask, network: Network) -> None:
    fill(network)
    loan_id = lend(network, 2_000_00, instalments=1)
    lend(network, 18_000_00, member="0002", paid_on=TODAY, first_due_on=date(2023, 5, 6))
    guarantee(network, loan_id, member="0003")
    client = client_of(app, network.malee)

    page = client.get(ARREARS)

    assert page.status_code == 200
    said = words_of(page)
    assert "1 ราย 1 จาก 2 สัญญา" in said
    assert "รวมยอดค้างชำระ 2,056.99" in said
    assert "เงินกู้ที่ค้างเกิน 30 วัน 2,000.00 10.00 % ของเงินกู้ทั้งหมด" in said
    assert "เงินกู้ที่ค้างเกิน 90 วัน 0.00 0.00 %" in said
    assert "หมู่ที่ 6 บ้านบ่อลูกรัง" in said
    assert "นางสาวไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา" in said
    assert "36.99" in said


def test_a_group_that_is_paid_says_so(malee: FlaskClient, sqlite_network: Network) -> None:
    assert "กลุ่มยังไม่มีเงินกู้ที่กำลังผ่อน" in malee.get(ARREARS).text
    lend(sqlite_network, 2_000_00, paid_on=TODAY, first_due_on=date(2023, 5, 6))

    assert "ไม่มีใครค้างชำระ" in malee.get(ARREARS).text


def test_the_list_can_be_had_on_paper_and_as_files(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    lend(sqlite_network, 2_000_00, instalments=1)

    pdf = malee.get(f"{ARREARS}.pdf")
    table = malee.get(f"{ARREARS}.csv")
    workbook = malee.get(f"{ARREARS}.xlsx")

    text = text_of(pdf.data)
    for words in ("ลูกหนี้ค้างชำระ", "เกิน 1 ถึง 2 เดือน", "นางสมศรี ใจดี", "36.99", "2,056.99"):
        assert words in text
    assert "ค้างเกิน 3 เดือน (เกณฑ์ พอช.)" in " ".join(text.split())
    rows = list(csv.reader(io.StringIO(table.data.decode("utf-8-sig"))))
    line = next(row for row in rows if "นางสมศรี ใจดี" in row)
    assert line[5:11] == ["2000.00", "2000.00", "20.00", "36.99", "0.00", "2056.99"]
    assert workbook.data.startswith(b"PK")


@pytest.mark.parametrize("loans", [11, 12, 13, 14])
def test_nobody_signs_a_page_that_has_nothing_else(
    malee: FlaskClient, sqlite_network: Network, loans: int
) -> None:
    for n in range(loans):
        lend(sqlite_network, 2_000_00, instalments=1, member=f"000{n % 3 + 1}")

    last = text_of(malee.get(f"{ARREARS}.pdf").data).rstrip("\f").split("\f")[-1]

    assert "ประธานกลุ่ม" in last
    assert f"รวม 3 ราย {loans} สัญญา" in " ".join(last.split())
    assert "LN6601-KHP06-00" in last


def test_a_past_day_can_be_asked_for(malee: FlaskClient, sqlite_network: Network) -> None:
    lend(sqlite_network, 2_000_00, instalments=1)

    page = words_of(malee.get(f"{ARREARS}?on=1/3/2566"))

    assert "ณ วันที่ 1 มีนาคม 2566" in page
    assert "9 วัน" in page


def test_the_month_lists_who_owes_what(malee: FlaskClient, sqlite_network: Network) -> None:
    lend(sqlite_network, 20_000_00, paid_on=date(2023, 2, 20), first_due_on=date(2023, 3, 20))

    page = words_of(malee.get(f"/groups/{GROUP}/loan-dues"))
    later = words_of(malee.get(f"/groups/{GROUP}/loan-dues?month=2023-05"))
    table = malee.get(f"/groups/{GROUP}/loan-dues.csv?month=2023-04")

    assert "ใครต้องส่งเดือนเมษายน 2566" in page
    assert "20 เม.ย. 2566 2,000.00 180.00 2,213.97 4,393.97" in page
    assert "เดือนพฤษภาคม 2566" in later
    assert "4393.97" in table.data.decode()


@pytest.mark.parametrize(
    "address", [ARREARS, f"{ARREARS}/notices", MONTH_END, f"/groups/{GROUP}/loan-dues"]
)
def test_reviewers_read_and_observers_do_not(
    malee: FlaskClient, sqlite_app: Flask, sqlite_network: Network, address: str
) -> None:
    loan_id = lend(sqlite_network, 2_000_00, instalments=1)
    guarantee(sqlite_network, loan_id, member="0003")
    reviewer = client_of(sqlite_app, sqlite_network.somchai)

    assert reviewer.get(address).status_code == 200
    assert 'name="password"' not in reviewer.get(address).text
    assert client_of(sqlite_app, sqlite_network.prasert).get(address).status_code == 403
    assert client_of(sqlite_app, None).get(address).status_code in {302, 303}


# ---------------------------------------------------------------- letters


def test_a_guarantor_is_told_by_a_letter(app: Flask, network: Network) -> None:
    fill(network)
    loan_id = lend(network, 2_000_00, instalments=1)
    guarantee(network, loan_id, member="0003", most=1_500_00)
    client = client_of(app, network.malee)
    key = (loan_id, 1, date(2023, 2, 20))

    waiting = words_of(client.get(f"{ARREARS}/notices"))
    sent = client.post(f"{ARREARS}/notices", data={"notice": named(key), "key": KEY})
    letter = text_of(client.get(sent.headers["Location"]).data)

    assert "เหลือ 15 วัน" in waiting
    assert "แจ้งเป็นหนังสือภายใน 21 เม.ย. 2566" in waiting
    said = " ".join(letter.split())
    for words in (
        "นางสาวไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา",
        "บ้านเลขที่ 7 หมู่ที่ 6",
        "LN6601-KHP06-0001",
        "ไม่เกิน 1,500.00 บาท",
        "(หนึ่งพันห้าร้อยบาทถ้วน)",
        "20 กุมภาพันธ์ 2566",
        "6 เมษายน 2566",
        "2,056.99",
        "36.99",
        "มาตรา 686",
        "ขอแสดงความนับถือ",
    ):
        assert words in said, words
    done = client.post(
        f"{ARREARS}/notices/handed-over",
        data={
            "notice": named(key),
            "handed_over_on": "6/4/2566",
            "how": "by_hand",
            "key": KEY,
        },
    )
    assert done.status_code == 302
    told = words_of(client.get(f"{ARREARS}/notices"))
    assert "แจ้งทันกำหนด" in told
    assert "ไม่มีผู้ค้ำประกันที่ต้องแจ้ง" in told


def test_a_notice_that_is_late_says_what_it_means(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(
        sqlite_network, 2_000_00, paid_on=date(2023, 1, 2), first_due_on=date(2023, 2, 1)
    )
    guarantee(sqlite_network, loan_id, member="0003")

    page = malee.get(f"{ARREARS}/notices")
    key = named((loan_id, 1, date(2023, 2, 1)))
    letter = text_of(malee.get(f"{ARREARS}/notices.pdf?notice={key}").data)

    assert 'class="chip trouble">เลยมา 4 วัน' in page.text
    assert "ผู้ค้ำประกันไม่ต้องรับผิดในดอกเบี้ยและค่าใช้จ่ายที่เกิดหลังวันนั้น" in words_of(page)
    assert "หนังสือนี้แจ้งหลังวันที่ 2 เมษายน 2566" in " ".join(letter.split())


def test_letters_are_refused_in_words(malee: FlaskClient, sqlite_network: Network) -> None:
    loan_id = lend(sqlite_network, 2_000_00, instalments=1)
    guarantee(sqlite_network, loan_id, member="0003")
    key = (loan_id, 1, date(2023, 2, 20))
    handing = {"notice": named(key), "handed_over_on": "6/4/2566", "how": "by_hand", "key": KEY}

    none = malee.post(f"{ARREARS}/notices", data={"key": KEY})
    other = malee.post(f"{ARREARS}/notices", data={"notice": "99.1.2023-02-20", "key": KEY})
    odd = malee.post(f"{ARREARS}/notices", data={"notice": "what?", "key": KEY})
    unprinted = malee.post(f"{ARREARS}/notices/handed-over", data=handing)
    empty = malee.get(f"{ARREARS}/notices.pdf?notice=what")

    assert [none.status_code, other.status_code, odd.status_code] == [422, 404, 400]
    assert [unprinted.status_code, empty.status_code] == [404, 422]
    assert "ยังไม่ได้เลือกหนังสือที่จะพิมพ์" in none.text
    assert read(rows_of)[2] == 0
    write(
        lambda session: print_notices(
            session, book_id=sqlite_network.book_id, keys=[key], on=TODAY, by="o1", at=NOW
        )
    )
    early = malee.post(
        f"{ARREARS}/notices/handed-over", data=handing | {"handed_over_on": "1/2/2566"}
    )
    assert early.status_code == 422
    assert "วันที่แจ้งต้องหลังวันครบกำหนด 20 ก.พ. 2566" in early.text
    assert 'value="1/2/2566"' in early.text


# ---------------------------------------------------------------- a month's end


def test_a_months_end_is_shown_then_posted_by_two(app: Flask, network: Network) -> None:
    fill(network)
    lend(network, 10_000_00, instalments=1)
    client = client_of(app, network.malee)

    shown = words_of(client.get(MONTH_END))
    sent = {"month": "2023-03", "provision": "yes", "accrual": "yes"}
    posted = client.post(MONTH_END, data=approved(network, sent))
    again = client.post(MONTH_END, data=approved(network, sent))

    assert "เงินกู้สิ้นเดือนมีนาคม 2566" in shown
    assert "ค้าง 1 เดือน แต่ไม่ถึง 3 เดือน 1 10,000.00 2 % 200.00" in shown
    assert "กันเพิ่ม 200.00 บาท" in shown
    assert "ดอกเบี้ยรับ–เงินกู้สามัญ 41010 1 100.00 0.00 100.00" in shown
    assert (posted.status_code, again.status_code) == (302, 302)
    assert balance(network, "13110") == -200_00
    assert read(rows_of)[1] == 3
    after = words_of(client.get(f"{MONTH_END}?month=2023-03"))
    assert "ลงบัญชีสิ้นเดือนมีนาคม 2566 แล้ว" in after
    assert after.count("ลงบัญชีแล้ว รายการเลขที่") == 2


def test_a_months_end_is_refused_in_words(malee: FlaskClient, sqlite_network: Network) -> None:
    lend(sqlite_network, 10_000_00, instalments=1)
    sent = {"month": "2023-03", "provision": "yes"}
    before = written(sqlite_network)

    running = malee.post(MONTH_END, data=approved(sqlite_network, sent | {"month": "2023-04"}))
    nothing = malee.post(MONTH_END, data=approved(sqlite_network, {"month": "2023-03"}))
    odd = malee.post(MONTH_END, data=approved(sqlite_network, sent | {"month": "มีนา"}))
    wrong = malee.post(MONTH_END, data=approved(sqlite_network, sent, password="ไม่ใช่"))
    alone = malee.post(
        MONTH_END,
        data=approved(sqlite_network, sent) | {"second_officer": str(sqlite_network.malee)},
    )

    assert running.status_code == 422
    assert "เดือนเมษายน 2566 ยังไม่สิ้นสุด" in running.text
    assert "เลือกอย่างน้อยหนึ่งอย่างที่จะลงบัญชี" in nothing.text
    assert odd.status_code == 400
    assert wrong.status_code == 403
    assert "รหัสผ่านของกรรมการคนที่สองไม่ถูก" in wrong.text
    assert alone.status_code in {403, 422}
    assert written(sqlite_network) == before
    provide(sqlite_network, date(2023, 3, 1))
    twice = malee.post(MONTH_END, data=approved(sqlite_network, sent))
    assert twice.status_code == 409
    assert "ลงได้เดือนละครั้ง" in twice.text


def test_a_closed_month_is_only_shown(malee: FlaskClient, sqlite_network: Network) -> None:
    lend(sqlite_network, 10_000_00, instalments=1)
    close_march(sqlite_network)
    before = written(sqlite_network)

    shown = malee.get(MONTH_END)
    sent = malee.post(
        MONTH_END, data=approved(sqlite_network, {"month": "2023-03", "provision": "yes"})
    )

    assert "เดือนนี้ปิดบัญชีแล้ว" in shown.text
    assert 'name="password"' not in shown.text
    assert sent.status_code == 422
    assert "ปิดบัญชีแล้ว ลงรายการในเดือนที่ยังเปิดอยู่" in sent.text
    assert written(sqlite_network) == before


# ---------------------------------------------------------------- one bad debt


def loan_page(loan_id: int, what: str) -> str:
    return f"/groups/{GROUP}/loans/{loan_id}/{what}"


def test_a_loan_is_written_off_and_comes_back(app: Flask, network: Network) -> None:
    fill(network)
    loan_id = lend(network, 8_000_00, instalments=1)
    client = client_of(app, network.malee)
    sent = {
        "owed": "800000",
        "happened_on": "6/4/2566",
        "resolution": "มติประชุมใหญ่ 1/2566",
        "note": "ย้ายออกจากหมู่บ้าน",
    }

    shown = client.get(loan_page(loan_id, "write-off"))
    before = written(network)
    asked = client.post(loan_page(loan_id, "write-off"), data=sent | {"key": KEY})
    after = written(network)
    done = client.post(loan_page(loan_id, "write-off/sign"), data=approved(network, sent))
    again = client.post(loan_page(loan_id, "write-off/sign"), data=approved(network, sent))

    assert "8,000.00 บาท แปดพันบาทถ้วน" in words_of(shown)
    assert "หนี้ไม่ได้ยกให้" in words_of(shown)
    assert 'name="password"' not in shown.text
    # Read back with the resolution before anybody gives a password.
    assert "ตัดหนี้สูญตามนี้ใช่หรือไม่" in asked.text
    assert "8,000.00 บาท แปดพันบาทถ้วน มติที่ประชุม มติประชุมใหญ่ 1/2566" in words_of(asked)
    assert 'name="password"' in asked.text
    assert before == after
    assert (done.status_code, again.status_code) == (302, 302)
    assert balance(network, "55060") == 8_000_00
    taken = {"amount": "500", "through": "cash", "happened_on": "6/4/2566", "note": ""}
    read_back = client.post(loan_page(loan_id, "recover"), data=taken | {"key": KEY + "5"})
    assert "ห้าร้อยบาทถ้วน" in words_of(read_back)
    came = approved(network, taken) | {"key": KEY + "5"}
    got = client.post(loan_page(loan_id, "recover/take"), data=came)
    twice = client.post(loan_page(loan_id, "recover/take"), data=came)
    assert (got.status_code, twice.status_code) == (302, 302)
    assert balance(network, "46040") == -500_00
    view = read(lambda session: loan_view(session, book_id=network.book_id, loan_id=loan_id))
    assert view.state is State.WRITTEN_OFF
    # What is still to come back stays in sight.
    still = words_of(client.get(ARREARS))
    assert "ตัดหนี้สูญแล้ว ยังต้องตาม 1 สัญญา" in still
    assert "6 เม.ย. 2566 8,227.95 500.00 7,727.95" in still


def test_a_loan_that_is_not_overdue_has_another_way_out(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, 8_000_00, paid_on=date(2023, 3, 20), first_due_on=TODAY)

    page = malee.get(loan_page(loan_id, "write-off"))

    assert page.status_code == 422
    assert "ไม่มีงวดค้างชำระ จึงตัดหนี้สูญไม่ได้" in page.text
    assert 'name="resolution"' not in page.text
    assert f"/loans/{loan_id}/change" in page.text


def test_a_write_off_is_refused_in_words(malee: FlaskClient, sqlite_network: Network) -> None:
    loan_id = lend(sqlite_network, 8_000_00, instalments=1)
    sent = {"owed": "800000", "happened_on": "6/4/2566", "resolution": "มติ 1/2566", "note": ""}
    page = loan_page(loan_id, "write-off/sign")
    before = written(sqlite_network)

    unasked = malee.post(
        loan_page(loan_id, "write-off"), data=sent | {"resolution": "", "key": KEY}
    )
    edited = malee.post(loan_page(loan_id, "write-off"), data=sent | {"edit": "yes", "key": KEY})
    unresolved = malee.post(page, data=approved(sqlite_network, sent | {"resolution": ""}))
    moved = malee.post(page, data=approved(sqlite_network, sent | {"owed": "700000"}))
    early = malee.post(page, data=approved(sqlite_network, sent | {"happened_on": "1/1/2566"}))
    wrong = malee.post(page, data=approved(sqlite_network, sent, password="ไม่ใช่"))
    recovered = malee.get(loan_page(loan_id, "recover"))

    assert unasked.status_code == 400
    assert (edited.status_code, 'value="มติ 1/2566"' in edited.text) == (200, True)
    assert "ตัดหนี้สูญตามนี้ใช่หรือไม่" in wrong.text
    assert [unresolved.status_code, moved.status_code, early.status_code] == [400, 409, 422]
    assert "เงินต้นค้างเปลี่ยนเป็น 8,000.00 บาทแล้ว" in moved.text
    assert 'value="มติ 1/2566"' in moved.text
    assert "วันที่ต้องไม่ก่อนรายการล่าสุด" in early.text
    assert wrong.status_code == 403
    assert recovered.status_code == 422
    assert "ยังไม่ได้ตัดหนี้สูญ" in recovered.text
    assert written(sqlite_network) == before
    wrote_off(sqlite_network, loan_id, 8_000_00)
    twice = malee.post(page, data=approved(sqlite_network, sent))
    assert twice.status_code == 409
    assert "ตัดหนี้สูญไปแล้วเมื่อ 6 เม.ย. 2566" in twice.text


def test_more_than_was_owed_does_not_come_back(malee: FlaskClient, sqlite_network: Network) -> None:
    loan_id = lend(sqlite_network, 8_000_00, instalments=1)
    wrote_off(sqlite_network, loan_id, 8_000_00)

    too_much = malee.post(
        loan_page(loan_id, "recover"),
        data={
            "amount": "9,000",
            "through": "cash",
            "happened_on": "6/4/2566",
            "note": "",
            "key": KEY,
        },
    )

    assert too_much.status_code == 422
    assert "ได้เงินคืนจากหนี้สูญได้อีกไม่เกิน 8,227.95 บาท" in too_much.text
    assert 'value="9,000"' in too_much.text


def test_collection_costs_are_added_once(app: Flask, network: Network) -> None:
    fill(network)
    loan_id = lend(network, 2_000_00, instalments=1)
    client = client_of(app, network.malee)
    sent = {"amount": "60", "what_for": "ค่าส่งหนังสือ", "happened_on": "6/4/2566", "after": "1"}
    before = head(network)

    asked = client.get(loan_page(loan_id, "costs"))
    done = client.post(loan_page(loan_id, "costs"), data=approved(network, sent))
    again = client.post(loan_page(loan_id, "costs"), data=approved(network, sent))
    other = client.post(
        loan_page(loan_id, "costs"), data=approved(network, sent | {"what_for": "ค่ารถ"})
    )

    assert 'name="after" value="1"' in asked.text
    assert (done.status_code, again.status_code, other.status_code) == (302, 302, 409)
    assert head(network) == before
    assert "2,116.99" in words_of(client.get(ARREARS))


def test_nobody_writes_in_another_groups_loans(
    malee: FlaskClient, sqlite_app: Flask, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, 2_000_00, instalments=1)
    wandee = client_of(sqlite_app, sqlite_network.wandee)

    answers = [
        wandee.get(loan_page(loan_id, what)).status_code
        for what in ("write-off", "recover", "costs")
    ]
    answers += [wandee.post(MONTH_END, data={}).status_code]
    answers += [malee.get(loan_page(99, what)).status_code for what in ("write-off", "costs")]

    assert answers == [403, 403, 403, 403, 404, 404]
