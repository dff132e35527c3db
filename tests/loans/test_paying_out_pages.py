"""Paying a loan out, through HTTP: read back, approved, in stages, and against an older loan."""

import html
import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ledger.db import read, write
from ledger.money import Satang
from loans.kinds import State
from loans.models import Loan
from loans.queries.loans import loan_view
from loans.services.lending import PlannedStage
from tests.loans import lent
from tests.loans.borrowers import (
    KEY,
    LOANS,
    PRAIYA,
    fill_the_box,
    grant,
    lend,
    outstanding,
    pay,
    terms,
    written,
)
from tests.loans.test_loan_pages import words_of
from tests.network import GROUP, PASSWORD, TODAY, Network, client_of
from tests.papers import text_of

PAYOUT = {
    "amount": "12,000",
    "stage_n": "",
    "paid_on": "6/4/2566",
    "through": "cash",
    "fee": "",
    "note": "",
    "key": KEY,
}
STAGES = (
    PlannedStage(TODAY, Satang(8_000_00), "เทฐานราก", "ช่างดำ", Satang(800_00)),
    PlannedStage(date(2023, 5, 1), Satang(4_000_00), "มุงหลังคา", "ช่างดำ", Satang(400_00)),
)


@pytest.fixture
def malee(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """The browser of the one who keeps the box."""
    fill_the_box(sqlite_network)
    return client_of(sqlite_app, sqlite_network.malee)


def approved(network: Network, sent: dict[str, str]) -> dict[str, str]:
    return sent | {"second_officer": str(network.boonmee), "password": PASSWORD}


def agree_on_fee(network: Network, loan_id: int, fee: int) -> None:
    """Let what may be taken for a contract be so much, in satang."""

    def work(session: Session) -> None:
        session.get_one(Loan, (network.book_id, loan_id)).fees_satang = Satang(fee)

    write(work)


def said_at(answer: TestResponse, box: str) -> str:
    """Give the sentence beside a box."""
    found = re.search(rf'<small id="{box}-wrong" class="trouble">(.*?)</small>', answer.text)
    return html.unescape(found[1]) if found else ""


def refusal_of(answer: TestResponse) -> str:
    """Give the sentence that refused the whole form."""
    found = re.search(r'<p class="said trouble" role="alert">(.*?)</p>', answer.text)
    return html.unescape(found[1]) if found else ""


def test_a_payout_is_read_back_approved_and_paid_once(app: Flask, network: Network) -> None:
    fill_the_box(network)
    client = client_of(app, network.malee)
    loan_id = grant(network)
    agree_on_fee(network, loan_id, 50_00)
    sent = PAYOUT | {"fee": "50"}

    before = written(network)
    asked = client.get(f"{LOANS}/{loan_id}/pay-out").text
    shown = client.post(f"{LOANS}/{loan_id}/pay-out", data=sent)
    assert 'value="12,000.00"' in asked
    # What is left of the fee that was agreed stands in its box.
    assert 'name="fee"' in asked
    assert 'value="50.00"' in asked
    above = client.post(f"{LOANS}/{loan_id}/pay-out", data=PAYOUT | {"fee": "50.01"})
    assert above.status_code == 422
    assert "เก็บค่าทำสัญญาได้อีกไม่เกิน 50.00 บาท" in refusal_of(above)
    assert shown.status_code == 200
    assert "11,950.00" in shown.text
    assert "หนึ่งหมื่นหนึ่งพันเก้าร้อยห้าสิบบาทถ้วน" in shown.text
    assert "ค่าธรรมเนียมคำขอ/สัญญากู้ 50.00 บาท" in words_of(shown.text)
    assert written(network) == before

    paid = client.post(f"{LOANS}/{loan_id}/pay-out/pay", data=approved(network, sent))
    again = client.post(f"{LOANS}/{loan_id}/pay-out/pay", data=approved(network, sent))

    assert (paid.status_code, again.status_code) == (302, 302)
    assert again.location == paid.location
    after = written(network)
    assert after == ((before[0] or 0) + 1, (before[1] or 0) + 1, (before[2] or 0) + 1)
    assert outstanding(network, loan_id) == 12_000_00
    card = client.get(paid.location).text
    assert "จ่ายเงินกู้แล้ว ส่งมอบ 11,950.00 บาท" in card
    assert "พิมพ์ใบสำคัญจ่ายเงินกู้" in card


def test_the_slip_of_a_payout_says_what_was_handed_over(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = grant(sqlite_network)
    agree_on_fee(sqlite_network, loan_id, 50_00)
    malee.post(
        f"{LOANS}/{loan_id}/pay-out/pay", data=approved(sqlite_network, PAYOUT | {"fee": "50"})
    )

    slip = malee.get(f"{LOANS}/{loan_id}/slips/2.pdf")
    other = malee.get(f"{LOANS}/{loan_id}/slips/1.pdf")

    said = text_of(slip.data)
    assert slip.content_type == "application/pdf"
    for words in ("ใบสำคัญจ่ายเงินกู้", "11,950.00", "นางสมศรี ใจดี", "มาลี บุญช่วย", "บุญมี ศรีสุข"):
        assert words in said
    assert other.status_code == 404


def test_a_wrong_password_pays_nothing_and_keeps_the_sum(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = grant(sqlite_network)
    before = written(sqlite_network)
    sent = approved(sqlite_network, PAYOUT) | {"password": "ไม่ใช่รหัสผ่าน"}

    refused = malee.post(f"{LOANS}/{loan_id}/pay-out/pay", data=sent)
    nobody = malee.post(f"{LOANS}/{loan_id}/pay-out/pay", data=PAYOUT)

    assert refused.status_code == 403
    assert said_at(refused, "password") == "รหัสผ่านของกรรมการคนที่สองไม่ถูก ให้เจ้าตัวใส่เองอีกครั้ง"
    assert 'name="amount" value="12,000"' in refused.text
    assert nobody.status_code == 400
    assert said_at(nobody, "second_officer") == "เลือกกรรมการคนที่สอง"
    assert written(sqlite_network) == before


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"amount": "ร้อยบาท"}, 400, "อ่านจำนวนเงิน “ร้อยบาท” ไม่ได้"),
        ({"amount": "12,000.01"}, 422, "12,000.00"),
        ({"paid_on": "7/4/2566"}, 422, "ยังมาไม่ถึง"),
        ({"through": "gold"}, 400, "เลือกจากรายการที่มีให้"),
    ],
)
def test_what_cannot_be_paid_is_refused_and_stays_in_the_form(
    changed: dict[str, str],
    status: int,
    sentence: str,
    malee: FlaskClient,
    sqlite_network: Network,
) -> None:
    loan_id = grant(sqlite_network)
    before = written(sqlite_network)

    refused = malee.post(f"{LOANS}/{loan_id}/pay-out", data=PAYOUT | changed)

    assert refused.status_code == status
    assert sentence in html.unescape(refused.text)
    assert f'value="{(PAYOUT | changed)["amount"]}"' in refused.text
    assert written(sqlite_network) == before


def test_more_than_the_box_holds_is_not_paid(sqlite_app: Flask, sqlite_network: Network) -> None:
    fill_the_box(sqlite_network, 5_000_00)
    client = client_of(sqlite_app, sqlite_network.malee)
    loan_id = grant(sqlite_network)
    before = written(sqlite_network)

    refused = client.post(f"{LOANS}/{loan_id}/pay-out", data=PAYOUT)

    assert refused.status_code == 422
    assert "5,000.00" in refusal_of(refused) or "5,000.00" in said_at(refused, "amount")
    assert written(sqlite_network) == before


def test_the_edit_button_leads_back_with_what_was_typed(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = grant(sqlite_network)

    back = malee.post(f"{LOANS}/{loan_id}/pay-out", data=PAYOUT | {"fee": "50", "edit": "yes"}).text

    assert "ตรวจยอดก่อนจ่าย" in back
    assert 'name="fee" type="text" inputmode="decimal" class="money"' in back
    assert 'value="50"' in back


def test_a_new_loan_pays_an_old_one_off_and_the_rest_is_handed_over(
    app: Flask, network: Network
) -> None:
    fill_the_box(network)
    client = client_of(app, network.malee)
    old = lend(network, paid_on=date(2023, 3, 6), first_due_on=date(2023, 4, 6))
    pay(network, old, 8_060_00, on=TODAY)
    new = grant(network)
    asked = words_of(client.get(f"{LOANS}/{new}/pay-out").text)
    assert "หักปิดสัญญาเดิม" in asked
    assert "4,000.00 บาท เงินกู้สามัญ LN6603-KHP06-0001" in asked

    sent = PAYOUT | {"old": str(old)}
    shown = client.post(f"{LOANS}/{new}/pay-out", data=sent).text
    assert '<p class="sum">8,000.00' in shown
    assert f'name="old" value="{old}"' in shown
    paid = client.post(f"{LOANS}/{new}/pay-out/pay", data=approved(network, sent))
    again = client.post(f"{LOANS}/{new}/pay-out/pay", data=approved(network, sent))

    assert (paid.status_code, again.status_code) == (302, 302)
    assert (outstanding(network, old), outstanding(network, new)) == (0, 12_000_00)
    state = read(lambda session: loan_view(session, book_id=network.book_id, loan_id=old).state)
    assert state is State.REPAID
    assert "หักกลบด้วยสัญญาใหม่" in client.get(f"{LOANS}/{old}").text


def test_an_old_loan_of_somebody_else_is_not_offered(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    other = lend(sqlite_network, member=PRAIYA)
    loan_id = grant(sqlite_network)
    before = written(sqlite_network)

    asked = malee.get(f"{LOANS}/{loan_id}/pay-out").text
    forced = malee.post(f"{LOANS}/{loan_id}/pay-out", data=PAYOUT | {"old": str(other)})

    assert "หักปิดสัญญาเดิม" not in asked
    assert forced.status_code == 422
    assert written(sqlite_network) == before


def test_a_house_is_paid_for_stage_by_stage_and_the_builder_at_the_end(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = grant(sqlite_network, agreed=terms(), stages=STAGES)
    first = PAYOUT | {"amount": "8,000.00", "stage_n": "1"}

    asked = words_of(malee.get(f"{LOANS}/{loan_id}/pay-out").text)
    shown = malee.post(f"{LOANS}/{loan_id}/pay-out", data=first).text
    malee.post(f"{LOANS}/{loan_id}/pay-out/pay", data=approved(sqlite_network, first))

    assert "งวดงานที่ 1 จาก 2" in asked
    assert "หักเป็นเงินประกันผลงาน 800.00 บาท" in asked
    assert '<p class="sum">7,200.00' in shown
    assert outstanding(sqlite_network, loan_id) == 8_000_00
    card = malee.get(f"{LOANS}/{loan_id}").text
    assert "มุงหลังคา" in card
    assert f'href="{LOANS}/{loan_id}/pay-out"' in card

    sent = approved(
        sqlite_network, {"paid_on": "6/4/2566", "through": "cash", "key": "retention-key-1"}
    )
    asked_back = malee.get(f"{LOANS}/{loan_id}/stages/1/retention").text
    released = malee.post(f"{LOANS}/{loan_id}/stages/1/retention", data=sent)
    again = malee.post(f"{LOANS}/{loan_id}/stages/1/retention", data=sent)

    assert '<p class="sum">800.00' in asked_back
    assert (released.status_code, again.status_code) == (302, 302)
    assert "คืนเงินประกันแล้ว" in malee.get(f"{LOANS}/{loan_id}").text
    assert "ไม่มีเงินประกันที่ต้องคืน" in malee.get(f"{LOANS}/{loan_id}/stages/1/retention").text


def test_what_is_paid_out_already_is_not_asked_for_again(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)

    page = malee.get(f"{LOANS}/{loan_id}/pay-out").text

    assert "จ่ายครบตามสัญญาแล้ว" in page


def test_the_old_loan_that_is_to_be_paid_off_is_ticked_and_not_left_out(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    old = lend(sqlite_network, paid_on=date(2023, 3, 6), first_due_on=date(2023, 4, 6))
    pay(sqlite_network, old, 8_060_00, on=TODAY)

    def ask(session: Session) -> int:
        was = session.get_one(Loan, (sqlite_network.book_id, old))
        agreed = lent.terms(12_000_00, lent_on=TODAY, first_due_on=date(2023, 5, 6))
        return lent.grant(session, book_id=sqlite_network.book_id, agreed=agreed, pays_off=was).id

    new = write(ask)

    asked = malee.get(f"{LOANS}/{new}/pay-out").text
    without = malee.post(f"{LOANS}/{new}/pay-out", data=PAYOUT)
    forced = malee.post(f"{LOANS}/{new}/pay-out/pay", data=approved(sqlite_network, PAYOUT))

    assert f'name="old" value="{old}" checked' in asked
    for answer in (without, forced):
        assert answer.status_code == 422
        assert "“หักปิดสัญญาเดิม”" in refusal_of(answer)
    assert outstanding(sqlite_network, new) == 0


def test_what_is_lent_between_groups_or_borrowed_is_not_paid_out_here(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = grant(sqlite_network)

    def between(session: Session) -> None:
        loan = session.get_one(Loan, (sqlite_network.book_id, loan_id))
        loan.member_id, loan.other_book_id = None, sqlite_network.other_book_id

    write(between)
    before = written(sqlite_network)

    for address in ("pay-out", "pay-out/pay"):
        sent = approved(sqlite_network, PAYOUT)
        answer = malee.post(f"{LOANS}/{loan_id}/{address}", data=sent)
        assert answer.status_code == 422
        assert "ระหว่างกลุ่ม" in words_of(answer.text)
    assert malee.get(f"{LOANS}/{loan_id}/give-up").status_code == 422
    assert malee.get(f"{LOANS}/{loan_id}/change").status_code == 422
    assert written(sqlite_network) == before
    card = malee.get(f"{LOANS}/{loan_id}").text
    assert "/change" not in card
    assert "/give-up" not in card


def test_a_second_officer_with_a_stake_is_not_offered(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = grant(sqlite_network)
    write(lambda s: lent.name_officer(s, f"o{sqlite_network.boonmee}", "สมศรี ใจดี"))

    shown = malee.post(f"{LOANS}/{loan_id}/pay-out", data=PAYOUT)
    forced = malee.post(f"{LOANS}/{loan_id}/pay-out/pay", data=approved(sqlite_network, PAYOUT))

    assert f'value="{sqlite_network.boonmee}"' not in shown.text
    assert forced.status_code == 422
    assert outstanding(sqlite_network, loan_id) == 0


def test_a_loan_that_nobody_comes_for_is_given_up(app: Flask, network: Network) -> None:
    client = client_of(app, network.malee)
    loan_id = grant(network)
    address = f"{LOANS}/{loan_id}/give-up"
    sent = approved(network, {"reason": "ผู้กู้ไม่รับเงิน", "happened_on": "6/4/2566", "key": KEY})

    assert f'href="{address}"' in client.get(f"{LOANS}/{loan_id}").text
    asked = words_of(client.get(address).text)
    wrong = client.post(address, data=sent | {"password": "ไม่ใช่"})
    without = client.post(address, data=sent | {"reason": ""})
    done = client.post(address, data=sent)
    again = client.post(address, data=sent)

    assert "วงเงินตามสัญญา 12,000.00 บาท" in asked
    assert "รหัสผ่านของกรรมการคนที่สองไม่ถูก" in said_at(wrong, "password")
    assert said_at(without, "reason") == "ช่องนี้ต้องกรอก"
    assert (done.status_code, again.status_code) == (302, 302)
    view = read(lambda s: loan_view(s, book_id=network.book_id, loan_id=loan_id))
    assert view.state is State.CANCELLED
    card = words_of(client.get(done.location).text)
    assert "ยกเลิกก่อนจ่ายเงิน" in card
    assert "ผู้กู้ไม่รับเงิน" in card
    assert "ไม่มีอะไรให้ยกเลิก" in client.get(address).text
    assert f"/groups/{GROUP}/loans/{loan_id}/pay-out" not in client.get(done.location).text
