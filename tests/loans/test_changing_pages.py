"""Changing a contract and taking back what was recorded, through HTTP."""

import html
import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from desk.models import Channel
from desk.services.repaying import take_repayment
from ledger.db import read, write
from ledger.money import Satang
from loans.models import Loan
from loans.queries.loans import events_of, loan_view, plan_of
from loans.schemas.loans import PercentField
from loans.standing import PlanView
from tests.loans.borrowers import (
    KEY,
    LOANS,
    fill_the_box,
    guarantee,
    last_event,
    lend,
    outstanding,
    pay,
    written,
)
from tests.loans.lent import name_officer
from tests.loans.test_loan_pages import words_of
from tests.loans.test_paying_out_pages import approved, refusal_of, said_at
from tests.network import GROUP, NOW, TODAY, Network, client_of

RATE = {"rate": "4.5", "since": "6/4/2566", "resolution": "มติ 4/2566", "key": KEY}
HOLIDAY = {
    "waives": "principal",
    "since": "6/4/2566",
    "until": "30/6/2566",
    "resolution": "มติ 5/2566",
    "key": KEY,
}
RESTRUCTURE = {
    "since": "6/4/2566",
    "instalments": "24",
    "first_due_on": "6/5/2566",
    "rate": "6",
    "method": "declining_equal_principal",
    "resolution": "มติ 6/2566",
    "key": KEY,
}
COMPROMISE = {
    "since": "6/4/2566",
    "principal": "2,000",
    "interest": "",
    "instalments": "",
    "first_due_on": "",
    "rate": "6",
    "method": "declining_equal_installment",
    "resolution": "มติ 7/2566",
    "key": KEY,
}


@pytest.fixture
def malee(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """The browser of the one who keeps the box."""
    fill_the_box(sqlite_network)
    return client_of(sqlite_app, sqlite_network.malee)


def plan(network: Network, loan_id: int) -> PlanView:
    return read(lambda session: plan_of(session, book_id=network.book_id, loan_id=loan_id))


def shown_by(client: FlaskClient, address: str, sent: dict[str, str]) -> tuple[str, str]:
    """Send the first form, and give the page and what it hides of the loan it showed."""
    page = client.post(address, data=sent)
    assert page.status_code == 200, words_of(page.text)
    marker = 'name="shown" value="'
    begin = page.text.index(marker) + len(marker)
    return page.text, page.text[begin : page.text.index('"', begin)]


def test_there_are_four_plain_ways_to_change_a_contract(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)

    page = malee.get(f"{LOANS}/{loan_id}/change").text

    for how in ("rate", "holiday", "restructure", "compromise"):
        assert f'href="{LOANS}/{loan_id}/change/{how}"' in page
        assert malee.get(f"{LOANS}/{loan_id}/change/{how}").status_code == 200
    assert malee.get(f"{LOANS}/{loan_id}/change/forget").status_code == 404


def test_a_new_rate_shows_both_tables_and_is_written_once(app: Flask, network: Network) -> None:
    fill_the_box(network)
    client = client_of(app, network.malee)
    loan_id = lend(network)
    address = f"{LOANS}/{loan_id}/change/rate"
    before = written(network)

    page, shown = shown_by(client, address, RATE)
    assert "ค่างวดเท่าเดิม จำนวนงวดเปลี่ยน" in page
    assert "จำนวนงวดเท่าเดิม ค่างวดเปลี่ยน" in page
    assert written(network) == before

    sent = approved(network, RATE | {"shown": shown, "effect": "recompute"})
    agreed = client.post(f"{address}/agree", data=sent)
    again = client.post(f"{address}/agree", data=sent)

    assert (agreed.status_code, again.status_code) == (302, 302)
    assert written(network)[2] == (before[2] or 0) + 1
    rate = read(
        lambda session: loan_view(session, book_id=network.book_id, loan_id=loan_id)
    ).annual_rate_ppm
    assert rate == 45_000
    card = words_of(client.get(f"{LOANS}/{loan_id}").text)
    assert "ร้อยละ 4.5 ต่อปี" in card
    assert "เปลี่ยนอัตราดอกเบี้ย ตั้งแต่ 6 เมษายน 2566" in card
    assert "มติ 4/2566" in card


def test_the_table_that_was_shown_is_the_one_that_is_written(app: Flask, network: Network) -> None:
    fill_the_box(network)
    client = client_of(app, network.malee)
    loan_id = lend(network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))
    address = f"{LOANS}/{loan_id}/change/restructure"

    page, shown = shown_by(client, address, RESTRUCTURE)
    client.post(f"{address}/agree", data=approved(network, RESTRUCTURE | {"shown": shown}))

    rows = plan(network, loan_id).rows
    # 12,000 over 24 instalments: 500 each, and a twelfth of 6 % of what is owed.
    assert len(rows) == 24
    assert {row.principal for row in rows} == {500_00}
    assert (rows[0].due_on, rows[0].interest) == (date(2023, 5, 6), 60_00)
    said = words_of(page)
    assert "1 6 พ.ค. 2566 500.00 60.00 560.00" in said
    assert "24 6 เม.ย. 2568 500.00 2.50 502.50" in said
    # Two instalments of interest were overdue, and are asked for first, outside the principal.
    assert "ที่ค้าง ต้องชำระก่อน" in said


def test_a_holiday_moves_the_principal_and_asks_for_the_resolution(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    address = f"{LOANS}/{loan_id}/change/holiday"

    refused = malee.post(address, data=HOLIDAY | {"resolution": " "})
    backwards = malee.post(address, data=HOLIDAY | {"until": "1/4/2566"})
    page, shown = shown_by(malee, address, HOLIDAY)
    malee.post(f"{address}/agree", data=approved(sqlite_network, HOLIDAY | {"shown": shown}))

    assert refused.status_code == 400
    assert said_at(refused, "resolution") == "ช่องนี้ต้องกรอก"
    assert 'value="30/6/2566"' in refused.text
    assert said_at(backwards, "until") == "วันสุดท้ายที่พักต้องไม่ก่อนวันแรก"
    # The first instalment is now interest alone: 12,000 × 6 % / 12.
    assert "ใหม่ เริ่มที่ 60.00 14" in words_of(page)
    rows = plan(sqlite_network, loan_id).rows
    assert [row.principal for row in rows if row.due_on <= date(2023, 6, 30)] == [0, 0]
    assert sum(row.principal for row in rows) == 12_000_00


def test_a_compromise_forgives_in_words_and_is_posted_once(app: Flask, network: Network) -> None:
    fill_the_box(network)
    client = client_of(app, network.malee)
    loan_id = lend(network)
    address = f"{LOANS}/{loan_id}/change/compromise"
    before = written(network)

    nothing = client.post(address, data=COMPROMISE | {"principal": ""})
    page, shown = shown_by(client, address, COMPROMISE)
    assert said_at(nothing, "principal") == "ใส่เงินต้นหรือดอกเบี้ยที่ยกให้อย่างน้อยหนึ่งช่อง"
    assert "สองพันบาทถ้วน" in page
    assert written(network) == before

    sent = approved(network, COMPROMISE | {"shown": shown})
    agreed = client.post(f"{address}/agree", data=sent)
    again = client.post(f"{address}/agree", data=sent)

    assert (agreed.status_code, again.status_code) == (302, 302)
    assert written(network)[0] == (before[0] or 0) + 1
    assert outstanding(network, loan_id) == 10_000_00
    assert "ยกหนี้ให้" in client.get(f"{LOANS}/{loan_id}").text


def test_more_than_is_owed_cannot_be_forgiven(malee: FlaskClient, sqlite_network: Network) -> None:
    loan_id = lend(sqlite_network)
    before = written(sqlite_network)

    refused = malee.post(
        f"{LOANS}/{loan_id}/change/compromise", data=COMPROMISE | {"principal": "12,000.01"}
    )

    assert refused.status_code == 422
    assert refusal_of(refused)
    assert 'value="12,000.01"' in refused.text
    assert written(sqlite_network) == before


def test_a_rate_above_the_ceiling_is_refused_with_the_sum(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    before = written(sqlite_network)

    refused = malee.post(f"{LOANS}/{loan_id}/change/rate", data=RATE | {"rate": "15.5"})

    assert refused.status_code == 422
    assert "เกินเพดานกฎหมายร้อยละ 15 ต่อปี" in html.unescape(refused.text)
    assert 'value="15.5"' in refused.text
    assert written(sqlite_network) == before


def test_a_contract_that_moved_since_it_was_shown_is_shown_again(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))
    address = f"{LOANS}/{loan_id}/change/restructure"
    _page, shown = shown_by(malee, address, RESTRUCTURE)
    pay(sqlite_network, loan_id, 1_000_00, on=TODAY)
    before = written(sqlite_network)

    refused = malee.post(
        f"{address}/agree", data=approved(sqlite_network, RESTRUCTURE | {"shown": shown})
    )

    assert refused.status_code == 409
    assert "มีรายการใหม่หลังจากเปิดหน้านี้" in refusal_of(refused)
    assert f'value="{shown}"' not in refused.text
    assert written(sqlite_network) == before


def test_a_change_needs_the_second_officer_and_a_choice(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    address = f"{LOANS}/{loan_id}/change/rate"
    before = written(sqlite_network)

    undecided = malee.post(f"{address}/agree", data=approved(sqlite_network, RATE))
    alone = malee.post(f"{address}/agree", data=RATE | {"effect": "recompute"})

    assert undecided.status_code == 400
    assert "เลือกหนึ่งอย่าง" in undecided.text
    assert said_at(alone, "second_officer") == "เลือกกรรมการคนที่สอง"
    assert written(sqlite_network) == before


def test_an_event_is_taken_back_once_with_a_reason(app: Flask, network: Network) -> None:
    fill_the_box(network)
    client = client_of(app, network.malee)
    loan_id = lend(network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))
    event_n = pay(network, loan_id, 1_060_00, on=date(2023, 2, 6))
    address = f"{LOANS}/{loan_id}/events/{event_n}/reverse"
    sent = approved(network, {"happened_on": "6/4/2566", "reason": "ลงผิดคน", "key": KEY})
    before = written(network)

    asked = client.get(address).text
    without = client.post(address, data=sent | {"reason": ""})
    taken = client.post(address, data=sent)
    again = client.post(address, data=sent)

    assert "เหตุที่กลับรายการ" in asked
    assert said_at(without, "reason") == "ช่องนี้ต้องกรอก"
    assert (taken.status_code, again.status_code) == (302, 302)
    assert written(network)[0] == (before[0] or 0) + 1
    assert outstanding(network, loan_id) == 12_000_00
    events = read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan_id))
    assert [event.is_reversed for event in events if event.n == event_n] == [True]
    assert "กลับไปแล้ว" in client.get(address).text
    assert client.get(f"{LOANS}/{loan_id}/events/99/reverse").status_code == 404


def test_a_payment_with_a_receipt_is_put_right_on_the_receipt(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, paid_on=date(2023, 3, 6), first_due_on=date(2023, 4, 6))
    receipt = write(
        lambda session: take_repayment(
            session,
            book_id=sqlite_network.book_id,
            loan_id=loan_id,
            amount=Satang(1_060_00),
            paid_on=TODAY,
            channel=Channel.CASH,
            payer_number="",
            memo="",
            shown="",
            idempotency_key="receipt-key-1",
            by=f"o{sqlite_network.malee}",
            at=NOW,
        )
    )
    event_n = last_event(sqlite_network, loan_id)

    card = malee.get(f"{LOANS}/{loan_id}").text
    led = malee.get(f"{LOANS}/{loan_id}/events/{event_n}/reverse")

    assert f'href="/groups/{GROUP}/receipts/{receipt.number}"' in card
    assert "แก้ใบรับเงิน" in card
    assert led.location == f"/groups/{GROUP}/receipts/{receipt.number}/right"
    assert malee.get(led.location).status_code == 200


def test_a_repaid_loan_offers_nothing_to_change(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, paid_on=date(2023, 3, 6), first_due_on=date(2023, 4, 6))
    pay(sqlite_network, loan_id, 12_060_00, on=TODAY)

    page = malee.get(f"{LOANS}/{loan_id}/change").text
    form = malee.get(f"{LOANS}/{loan_id}/change/rate")

    assert "ไม่มีอะไรให้เปลี่ยน" in page
    assert form.status_code == 422


@pytest.mark.parametrize(
    ("typed", "ppm"), [("6", 60_000), ("๖.๒๕", 62_500), ("4.5 %", 45_000), ("0", 0)]
)
def test_a_rate_is_read_in_per_cent(typed: str, ppm: int) -> None:
    assert PercentField().deserialize(typed) == ppm


@pytest.mark.parametrize("typed", ["", "หก", "6.12345", "101", "-1", "1.2.3", "9" * 40])
def test_what_is_no_rate_is_refused_in_thai(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PercentField().deserialize(typed)

    assert "ร้อยละ" in str(refused.value) or "อัตรา" in str(refused.value)


def test_a_change_that_does_not_say_what_was_shown_is_shown_first(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    before = written(sqlite_network)
    sent = approved(sqlite_network, RESTRUCTURE | {"shown": "ไม่รู้"})

    unseen = malee.post(f"{LOANS}/{loan_id}/change/restructure/agree", data=sent)
    nowhere = malee.post(f"{LOANS}/99/change/restructure/agree", data=sent)

    assert unseen.status_code == 409
    assert nowhere.status_code == 404
    assert written(sqlite_network) == before


def test_guarantors_who_do_not_agree_are_freed_and_the_page_says_so(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    guarantee(sqlite_network, loan_id, member="0002")
    said = "นายบุญมี ทองคำ ใครไม่ตกลง คนนั้นพ้นจากการค้ำประกัน (ป.พ.พ. มาตรา 700)"

    for how, sent in (
        ("holiday", HOLIDAY),
        ("restructure", RESTRUCTURE),
        ("compromise", COMPROMISE),
    ):
        address = f"{LOANS}/{loan_id}/change/{how}"
        assert said in words_of(malee.get(address).text)
        shown = malee.post(address, data=sent).text
        assert said in words_of(shown)
        # The long table is folded.
        assert "<details><summary>ดูตารางใหม่ทั้งหมด" in shown
    assert "มาตรา 700" not in malee.get(f"{LOANS}/{loan_id}/change/rate").text


def test_what_was_carried_into_a_new_plan_is_not_shown_as_late(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))
    address = f"{LOANS}/{loan_id}/change/restructure"
    _page, shown = shown_by(malee, address, RESTRUCTURE)

    agreed = malee.post(
        f"{address}/agree", data=approved(sqlite_network, RESTRUCTURE | {"shown": shown})
    )

    card = malee.get(agreed.location).text
    assert not re.search(r"(มา|\d) 0 วัน", words_of(card))
    assert "ยอดค้างที่ยกมา" in card
    assert "ชำระก่อน" in card
    assert 'class="figure late"' not in card
    assert "is-overdue" not in card


def test_why_a_line_cannot_be_taken_back_is_said_before_it_is_asked_for(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))
    pay(sqlite_network, loan_id, 1_060_00, on=date(2023, 2, 6))
    address = f"{LOANS}/{loan_id}/events/1/reverse"

    asked = malee.get(address)

    assert "“รับชำระ” วันที่ 6 ก.พ. 2566 หลังจากนั้น กลับรายการนั้นก่อน" in asked.text
    assert 'name="reason"' not in asked.text
    assert 'name="password"' not in asked.text
    write(lambda s: name_officer(s, f"o{sqlite_network.malee}", "สมศรี ใจดี"))
    assert "เพราะเป็นผู้กู้เอง" in malee.get(address).text


def test_a_loan_between_groups_is_not_changed_or_taken_back_here(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)

    def between(session: Session) -> None:
        loan = session.get_one(Loan, (sqlite_network.book_id, loan_id))
        loan.member_id, loan.other_book_id = None, sqlite_network.other_book_id

    write(between)
    before = written(sqlite_network)
    sent = approved(sqlite_network, {"happened_on": "6/4/2566", "reason": "ลงผิด", "key": KEY})

    for how, typed in (("rate", RATE), ("compromise", COMPROMISE)):
        address = f"{LOANS}/{loan_id}/change/{how}"
        values = approved(sqlite_network, typed | {"shown": "1.1", "effect": "recompute"})
        assert malee.get(address).status_code == 422
        assert malee.post(address, data=values).status_code == 422
        assert malee.post(f"{address}/agree", data=values).status_code == 422
    taken = malee.post(f"{LOANS}/{loan_id}/events/1/reverse", data=sent)
    assert taken.status_code == 422
    assert "หน้าเงินระหว่างกลุ่มแม่กับกลุ่มลูก" in words_of(taken.text)
    assert "/reverse" not in malee.get(f"{LOANS}/{loan_id}").text
    assert written(sqlite_network) == before
