"""The pages of a member: what they show to whom, and what they refuse with what was typed kept."""

import html
import re
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ledger.db import read, write
from ledger.services import reverse_entry
from members.models import Member
from members.queries import pledges_of
from tests.members.saving import LONGEST_NAME, balance, close_march, pay_in, written
from tests.network import GROUP, NOW, PASSWORD, TODAY, Network, client_of

KEY = "a-key-of-a-form-1234"
MEMBER = f"/groups/{GROUP}/members/0001"
ENROLMENT = {
    "number": "0004",
    "title": "นาง",
    "given_name": "ปิ่นแก้ว",
    "family_name": "ค้ำชู",
    "person_type": "thai",
    "national_id": "1101001234569",
    "telephone": "081-234-5678",
    "house_number": "12",
    "village_code": "27040506",
    "beneficiary": "นายน้ำ ค้ำชู",
    "joined_on": "6/4/2566",
    "pledge_PLG": "๑๐๐",
    "pledge_SHR": "",
    "pledge_DEM": "",
    "pledge_WEL": "30",
    "key": KEY,
}
WITHDRAWAL = {
    "product_code": "DEM",
    "amount": "1,500.50",
    "reason": "ค่าเทอมลูก",
    "paid_on": "6/4/2566",
    "key": KEY,
}
PLEDGE = {
    "pledge_PLG": "200",
    "pledge_SHR": "50",
    "pledge_DEM": "",
    "pledge_WEL": "30",
    "holds_from": "6 เม.ย. 2566",
    "key": KEY,
}


@pytest.fixture
def malee(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """The browser of the one who keeps the box."""
    return client_of(sqlite_app, sqlite_network.malee)


def leaving(network: Network, shown: int) -> dict[str, str]:
    return {
        "left_on": "6/4/2566",
        "why": "resigned",
        "note": "",
        "paid_to": "",
        "benefit": "",
        "shown": str(shown),
        "second_officer": str(network.boonmee),
        "password": PASSWORD,
        "key": KEY,
    }


def approved(network: Network) -> dict[str, str]:
    return WITHDRAWAL | {"second_officer": str(network.boonmee), "password": PASSWORD}


def said_at(answer: TestResponse, box: str) -> str:
    """Give the sentence beside a box."""
    found = re.search(rf'<small id="{box}-wrong" class="trouble">(.*?)</small>', answer.text)
    return html.unescape(found[1]) if found else ""


def shows(answer: TestResponse, values: Mapping[str, str]) -> bool:
    """Tell whether a form still shows what was typed."""
    boxes = {name: html.unescape(value) for name, value in _BOX.findall(answer.text)}
    return all(boxes.get(name) == value for name, value in values.items())


_BOX = re.compile(r'<input id="(\w+)" name="\1"[^>]* value="([^"]*)"')

# ---------------------------------------------------------------- a member's page


def test_a_member_s_page_answers_how_much_there_is(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    pay_in(sqlite_network, {"PLG": 100_00, "SHR": 50_00, "DEM": 1_234_50, "WEL": 30_00})

    page = malee.get(MEMBER).text

    assert "<b>1,384.50</b>" in page
    for amount in ("100.00", "50.00", "1,234.50", "30.00"):
        assert f'<span class="value">{amount}</span>' in page
    assert f"/groups/{GROUP}/entries/1" in page
    assert "ฝากเงินสด" in page


def test_the_newest_lines_are_those_of_the_passbook(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    pay_in(sqlite_network, {"DEM": 10_00}, times=30)
    pay_in(sqlite_network, {"DEM": 5_00}, by_bank=True, key="by-bank")
    write(
        lambda session: reverse_entry(
            session,
            book_id=sqlite_network.book_id,
            number=30,
            entered_on=TODAY,
            memo="ผิดคน",
            idempotency_key="reversal",
            posted_by="o1",
            posted_at=NOW,
        )
    )

    newest = malee.get(f"{MEMBER}?product=DEM").text
    older = malee.get(f"{MEMBER}?product=DEM&before=13").text

    assert [newest.count(code) for code in (">AJ<", ">TD<", ">CD<")] == [1, 1, 18]
    assert "กลับรายการแล้ว" in newest
    assert "<b>295.00</b>" in newest
    assert older.count(">CD<") == 12
    assert "รายการก่อนหน้า" in newest
    assert "รายการก่อนหน้า" not in older


@pytest.mark.parametrize(
    "query", ["?before=-5&product=DEM", "?before=0", "?product=XXX", "?before=ก"]
)
def test_an_odd_address_shows_the_page_all_the_same(malee: FlaskClient, query: str) -> None:
    assert malee.get(MEMBER + query).status_code == 200


def test_a_telephone_is_for_those_who_keep_the_group_s_book(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    def work(session: Session) -> None:
        member = session.get_one(Member, (sqlite_network.book_id, 1))
        member.telephone, member.beneficiary = "081-234-5678", "นายลับ ใจดี"
        member.masked_national_id = "X-XXXX-XXXXX-56-9"

    write(work)

    kept = client_of(sqlite_app, sqlite_network.malee).get(MEMBER).text
    read_by_others = client_of(sqlite_app, sqlite_network.wandee).get(MEMBER).text

    assert "081-234-5678" in kept
    assert "X-XXXX-XXXXX-56-9" in read_by_others
    assert "081" not in read_by_others
    assert "นายลับ" not in read_by_others


def test_only_those_who_keep_the_book_are_offered_to_write(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    actions = ("receive", "withdraw", "pledge", "leave")

    kept = client_of(sqlite_app, sqlite_network.malee).get(MEMBER).text
    read_by_others = client_of(sqlite_app, sqlite_network.somchai).get(MEMBER).text

    assert all(f"{MEMBER}/{action}" in kept for action in actions)
    assert not any(f"{MEMBER}/{action}" in read_by_others for action in actions)
    assert "พิมพ์สมุด</button>" not in read_by_others


@pytest.mark.parametrize(
    "page", ["", "/pledge", "/withdraw", "/leave", "/passbook.pdf", "/slips/1.pdf"]
)
def test_an_unknown_member_is_said_to_be_unknown(malee: FlaskClient, page: str) -> None:
    answer = malee.get(f"/groups/{GROUP}/members/9999{page}")

    assert answer.status_code == 404
    assert "ไม่พบสมาชิกเลขที่ 9999" in answer.text


@pytest.mark.parametrize(
    "address", ["/pledge", "/withdraw", "/withdraw/pay", "/leave", "/passbook"]
)
def test_another_group_s_keeper_writes_nothing_here(
    sqlite_app: Flask, sqlite_network: Network, address: str
) -> None:
    before = written(sqlite_network)

    for officer in (sqlite_network.wandee, sqlite_network.boonmee, sqlite_network.aree):
        answer = client_of(sqlite_app, officer).post(MEMBER + address, data={"key": KEY})
        assert answer.status_code == 403

    assert written(sqlite_network) == before


# ---------------------------------------------------------------- joining


def test_who_joins_is_led_on_to_the_first_receipt(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    form = malee.get(f"/groups/{GROUP}/members/new")

    answer = malee.post(f"/groups/{GROUP}/members/new", data=ENROLMENT)

    assert shows(form, {"number": "0004", "joined_on": "6 เม.ย. 2566", "pledge_WEL": "30.00"})
    assert answer.status_code == 302
    assert answer.location == f"/groups/{GROUP}/members/0004/receive?entrance=1"
    page = malee.get(f"/groups/{GROUP}/members/0004").text
    assert "นางปิ่นแก้ว ค้ำชู" in page
    assert "X-XXXX-XXXXX-56-9" in page
    assert "1101001234569" not in page


def test_joining_sent_twice_takes_in_once(malee: FlaskClient, sqlite_network: Network) -> None:
    first = malee.post(f"/groups/{GROUP}/members/new", data=ENROLMENT)
    before = written(sqlite_network)

    again = malee.post(f"/groups/{GROUP}/members/new", data=ENROLMENT)

    assert again.location == first.location
    assert written(sqlite_network) == before


@pytest.mark.parametrize(
    ("box", "typed", "sentence", "status"),
    [
        ("given_name", "", "ช่องนี้ต้องกรอก", 400),
        ("given_name", "ก" * 10_000, "ยาวเกิน 80", 400),
        ("given_name", "ก\u202eข", "อักขระที่มองไม่เห็น", 400),
        ("number", "", "ช่องนี้ต้องกรอก", 400),
        ("number", "0001", "มีคนใช้แล้ว", 409),
        ("number", "12/2", "ใช้ได้เฉพาะ", 422),
        ("national_id", "1101001234568", "13 หลัก", 400),
        ("national_id", "12345", "13 หลัก", 400),
        ("joined_on", "", "ใส่วันที่", 400),
        ("joined_on", "30/2/2566", "ไม่มีในปฏิทิน", 400),
        ("joined_on", "6/4/66", "ไม่ครบ 4 หลัก", 400),
        ("joined_on", "7/4/2566", "ยังมาไม่ถึง", 422),
        ("joined_on", "6/3/2566", "ปิดบัญชีแล้ว", 422),
        ("pledge_PLG", "ร้อย", "อ่านจำนวนเงิน", 400),
        ("pledge_PLG", "-100", "ติดลบ", 400),
        ("pledge_PLG", "100.005", "ทศนิยมเกิน 2", 400),
        ("pledge_PLG", "99999999999999", "มากเกินไป", 400),
        ("pledge_PLG", "5000", "ระหว่าง 30.00 ถึง 1,000.00", 422),
        ("pledge_SHR", "15", "หุ้นละ 10.00", 422),
    ],
)
def test_joining_refused_says_so_at_the_box_and_keeps_what_was_typed(
    malee: FlaskClient, sqlite_network: Network, box: str, typed: str, sentence: str, status: int
) -> None:
    close_march(sqlite_network)
    before = written(sqlite_network)
    sent = ENROLMENT | {box: typed}

    answer = malee.post(f"/groups/{GROUP}/members/new", data=sent)

    assert answer.status_code == status
    assert sentence in said_at(answer, box)
    assert shows(answer, {name: sent[name] for name in (box, "family_name", "pledge_WEL")})
    assert written(sqlite_network) == before


def test_a_house_needs_its_village(malee: FlaskClient, sqlite_network: Network) -> None:
    answer = malee.post(f"/groups/{GROUP}/members/new", data=ENROLMENT | {"village_code": ""})

    assert "เลือกหมู่บ้าน" in said_at(answer, "village_code")


def test_a_village_that_is_not_offered_is_refused(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    before = written(sqlite_network)

    answer = malee.post(
        f"/groups/{GROUP}/members/new", data=ENROLMENT | {"village_code": "99999999"}
    )

    assert answer.status_code == 404
    assert "เลือกหมู่บ้านจากรายการ" in said_at(answer, "village_code")
    assert written(sqlite_network) == before


# ---------------------------------------------------------------- promising


def test_a_changed_pledge_is_dated(malee: FlaskClient, sqlite_network: Network) -> None:
    answer = malee.post(f"{MEMBER}/pledge", data=PLEDGE)

    held = read(
        lambda session: pledges_of(session, book_id=sqlite_network.book_id, member_id=1, on=TODAY)
    )
    assert answer.location == MEMBER
    assert held == {"PLG": 200_00, "SHR": 50_00, "WEL": 30_00}
    assert "สัญญาไว้ครั้งละ 200.00" in malee.get(MEMBER).text


@pytest.mark.parametrize(
    ("box", "typed", "sentence"),
    [
        ("pledge_PLG", "๕,๐๐๐", "ระหว่าง 30.00 ถึง 1,000.00"),
        ("pledge_PLG", "1.234", "ทศนิยมเกิน 2"),
        ("pledge_SHR", "5", "หุ้นละ"),
        ("holds_from", "1/1/2599", "ไม่เกินหนึ่งปี"),
        ("holds_from", "15/3/2566", "ปิดบัญชีแล้ว"),
        ("holds_from", "1/1/2500", "นานเกินไป"),
    ],
)
def test_a_pledge_refused_is_kept_as_typed(
    malee: FlaskClient, sqlite_network: Network, box: str, typed: str, sentence: str
) -> None:
    close_march(sqlite_network)
    before = written(sqlite_network)
    sent = PLEDGE | {box: typed}

    answer = malee.post(f"{MEMBER}/pledge", data=sent)

    assert answer.status_code in {400, 422}
    assert sentence in said_at(answer, box)
    assert shows(answer, {"holds_from": sent["holds_from"], "pledge_PLG": sent["pledge_PLG"]})
    assert written(sqlite_network) == before


# ---------------------------------------------------------------- withdrawing


def test_a_withdrawal_is_read_back_in_words_before_it_is_paid(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    pay_in(sqlite_network, {"DEM": 2_000_00})
    before = written(sqlite_network)

    answer = malee.post(f"{MEMBER}/withdraw", data=WITHDRAWAL)

    assert answer.status_code == 200
    assert "หนึ่งพันห้าร้อยบาทห้าสิบสตางค์" in answer.text
    assert "499.50 บาท" in answer.text
    assert "บุญมี ศรีสุข" in answer.text
    assert "มาลี บุญช่วย</option>" not in answer.text
    assert written(sqlite_network) == before


def test_a_withdrawal_that_was_read_back_can_be_changed(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    pay_in(sqlite_network, {"DEM": 2_000_00})

    answer = malee.post(f"{MEMBER}/withdraw", data=WITHDRAWAL | {"edit": "yes"})

    assert shows(answer, {"amount": "1,500.50", "reason": "ค่าเทอมลูก", "paid_on": "6/4/2566"})


def test_a_withdrawal_that_two_officers_sign_is_paid_and_has_a_slip(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    pay_in(sqlite_network, {"DEM": 2_000_00})

    answer = malee.post(f"{MEMBER}/withdraw/pay", data=approved(sqlite_network))

    assert answer.location == f"{MEMBER}?slip=2"
    assert balance(sqlite_network, "DEM") == 499_50
    assert f"{MEMBER}/slips/2.pdf" in malee.get(answer.location).text


def test_a_withdrawal_sent_twice_is_paid_once(malee: FlaskClient, sqlite_network: Network) -> None:
    pay_in(sqlite_network, {"DEM": 2_000_00})
    first = malee.post(f"{MEMBER}/withdraw/pay", data=approved(sqlite_network))

    again = malee.post(f"{MEMBER}/withdraw/pay", data=approved(sqlite_network))

    assert again.location == first.location
    assert balance(sqlite_network, "DEM") == 499_50


@pytest.mark.parametrize(
    ("box", "typed", "sentence", "status"),
    [
        ("amount", "", "ใส่จำนวนเงิน", 400),
        ("amount", "ห้าร้อย", "อ่านจำนวนเงิน", 400),
        ("amount", "-5", "ติดลบ", 400),
        ("amount", "0", "มากกว่าศูนย์", 400),
        ("amount", "5.001", "ทศนิยมเกิน 2", 400),
        ("amount", "2000.01", "ยอดในออมเผื่อเรียกมี 2,000.00 บาท ไม่พอถอน", 422),
        ("reason", "", "ช่องนี้ต้องกรอก", 400),
        ("reason", "ก" * 10_000, "ยาวเกิน 200", 400),
        ("paid_on", "7/4/2566", "วันที่ 7 เม.ย. 2566 ยังมาไม่ถึง", 422),
        ("paid_on", "31/3/2566", "ปิดบัญชีแล้ว", 422),
        ("paid_on", "พรุ่งนี้", "อ่านวันที่", 400),
        ("product_code", "PLG", "ถอนระหว่างเป็นสมาชิกไม่ได้", 422),
        ("product_code", "XXX", "เลือกจากรายการ", 404),
    ],
)
@pytest.mark.parametrize("step", ["/withdraw", "/withdraw/pay"])
def test_a_withdrawal_refused_says_so_at_the_box_and_keeps_what_was_typed(
    malee: FlaskClient,
    sqlite_network: Network,
    step: str,
    box: str,
    typed: str,
    sentence: str,
    status: int,
) -> None:
    pay_in(sqlite_network, {"DEM": 2_000_00})
    close_march(sqlite_network)
    before = written(sqlite_network)
    sent = (WITHDRAWAL if step == "/withdraw" else approved(sqlite_network)) | {box: typed}

    answer = malee.post(MEMBER + step, data=sent)

    assert answer.status_code == status
    assert sentence in said_at(answer, box)
    assert shows(answer, {name: sent[name] for name in ("amount", "reason", "paid_on")})
    assert written(sqlite_network) == before


def test_more_than_the_box_holds_is_refused_at_the_amount(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    pay_in(sqlite_network, {"DEM": 2_000_00}, by_bank=True)
    before = written(sqlite_network)

    answer = malee.post(f"{MEMBER}/withdraw", data=WITHDRAWAL)

    assert "เงินสดในกองทุนออมทรัพย์หมุนเวียนมี 0.00 บาท" in said_at(answer, "amount")
    assert written(sqlite_network) == before


@pytest.mark.parametrize(
    ("change", "box", "sentence", "status"),
    [
        ({"second_officer": ""}, "second_officer", "เลือกกรรมการ", 400),
        ({"second_officer": "ก"}, "second_officer", "จำนวนเต็ม", 400),
        ({"second_officer": "1"}, "second_officer", "ต้องเป็นกรรมการอีกคน", 403),
        ({"second_officer": "3"}, "second_officer", "ต้องเป็นกรรมการอีกคน", 403),
        ({"second_officer": "999999999999"}, "second_officer", "จำนวนเต็ม", 400),
        ({"password": ""}, "password", "ใส่รหัสผ่าน", 400),
        ({"password": "ไม่ใช่รหัสนี้"}, "password", "กรรมการคนที่สองไม่ถูก", 403),
    ],
)
def test_nothing_is_paid_without_the_second_officer(
    malee: FlaskClient,
    sqlite_network: Network,
    change: dict[str, str],
    box: str,
    sentence: str,
    status: int,
) -> None:
    pay_in(sqlite_network, {"DEM": 2_000_00})
    before = written(sqlite_network)

    answer = malee.post(f"{MEMBER}/withdraw/pay", data=approved(sqlite_network) | change)

    assert answer.status_code == status
    assert sentence in said_at(answer, box)
    assert "หนึ่งพันห้าร้อยบาทห้าสิบสตางค์" in answer.text
    assert PASSWORD not in answer.text
    assert written(sqlite_network) == before


# ---------------------------------------------------------------- leaving


def test_what_will_be_paid_back_is_shown_before_it_is_confirmed(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    pay_in(sqlite_network, {"PLG": 600_00, "SHR": 500_00, "WEL": 30_00})
    before = written(sqlite_network)

    page = malee.get(f"{MEMBER}/leave").text

    assert "หนึ่งพันหนึ่งร้อยบาทถ้วน" in page
    assert "จ่ายสมทบแล้ว 30.00 ไม่จ่ายคืน" in page
    assert written(sqlite_network) == before


def test_who_leaves_is_paid_back_once_however_often_it_is_sent(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    pay_in(sqlite_network, {"PLG": 600_00})
    form = leaving(sqlite_network, 600_00)

    first = malee.post(f"{MEMBER}/leave", data=form)
    before = written(sqlite_network)
    again = malee.post(f"{MEMBER}/leave", data=form)

    assert first.location == again.location == f"{MEMBER}?slip=2"
    assert written(sqlite_network) == before
    page = malee.get(MEMBER).text
    assert "พ้นจากการเป็นสมาชิก" in page
    assert f"{MEMBER}/withdraw" not in page


def test_who_leaves_with_nothing_has_no_slip(malee: FlaskClient, sqlite_network: Network) -> None:
    form = leaving(sqlite_network, 0)

    first = malee.post(f"{MEMBER}/leave", data=form)
    again = malee.post(f"{MEMBER}/leave", data=form)

    assert first.location == again.location == MEMBER


def test_on_a_death_the_benefit_is_paid_to_who_is_named(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    pay_in(sqlite_network, {"PLG": 600_00, "WEL": 500_00})
    death = {"why": "died", "paid_to": "นายน้ำ ใจดี", "benefit": "300"}

    answer = malee.post(f"{MEMBER}/leave", data=leaving(sqlite_network, 600_00) | death)

    assert answer.location == f"{MEMBER}?slip=2"
    assert "เสียชีวิต จ่ายให้ นายน้ำ ใจดี" in malee.get(MEMBER).text


@pytest.mark.parametrize(
    ("change", "box", "sentence", "status"),
    [
        ({"left_on": "7/4/2566"}, "left_on", "ยังมาไม่ถึง", 422),
        ({"left_on": "1/3/2566"}, "left_on", "ปิดบัญชีแล้ว", 422),
        ({"left_on": ""}, "left_on", "ใส่วันที่", 400),
        ({"why": "bored"}, "why", "เลือกจากรายการ", 400),
        ({"why": "died"}, "paid_to", "ผู้รับเงินแทน", 400),
        ({"benefit": "300"}, "benefit", "เสียชีวิต เท่านั้น", 400),
        ({"note": "ก" * 10_000}, "note", "ยาวเกิน 200", 400),
        ({"password": "ไม่ใช่"}, "password", "ไม่ถูก", 403),
        ({"second_officer": "1"}, "second_officer", "กรรมการอีกคน", 403),
    ],
)
def test_a_leaving_refused_says_so_at_the_box_and_keeps_what_was_typed(
    malee: FlaskClient,
    sqlite_network: Network,
    change: dict[str, str],
    box: str,
    sentence: str,
    status: int,
) -> None:
    pay_in(sqlite_network, {"PLG": 600_00})
    close_march(sqlite_network)
    before = written(sqlite_network)
    sent = leaving(sqlite_network, 600_00) | change

    answer = malee.post(f"{MEMBER}/leave", data=sent)

    assert answer.status_code == status
    assert sentence in said_at(answer, box)
    assert shows(answer, {"left_on": sent["left_on"], "benefit": sent["benefit"]})
    assert written(sqlite_network) == before


def test_a_sum_that_moved_since_it_was_shown_is_shown_anew(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    pay_in(sqlite_network, {"PLG": 600_00})
    before = written(sqlite_network)

    answer = malee.post(f"{MEMBER}/leave", data=leaving(sqlite_network, 500_00))

    assert answer.status_code == 409
    assert "เปลี่ยนไปเป็น 600.00 บาท" in answer.text
    assert 'name="shown" value="60000"' in answer.text
    assert written(sqlite_network) == before


def test_the_longest_name_is_never_broken_in_the_middle(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    assert LONGEST_NAME in malee.get(f"/groups/{GROUP}/members/0003").text
