"""The pages of the treasurer's day on which loans are paid, through HTTP."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk.services import RowChange
from ledger.money import Satang
from loans.kinds import State
from tests.desk.days import (
    BOONMEE,
    SOMSRI,
    SOMSRI_PAYS,
    count,
    entries,
    open_day,
    post,
    ready_day,
    receipts,
    type_in,
)
from tests.desk.lending import lend, loan_now, repaid_events
from tests.desk.test_loan_receipts import guaranteed_by
from tests.desk.test_pages import cells, whole_sheet, words_of
from tests.network import Network, client_of

SHEET = "/groups/KHP06/collection"


@pytest.fixture
def treasurer(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """มาลี's browser."""
    return client_of(sqlite_app, sqlite_network.malee)


def paid(**boxes: str) -> dict[str, str]:
    """Give the form of the loan desk."""
    return {
        "amount": "2200",
        "paid_on": "6/4/2566",
        "channel": "cash",
        "memo": "",
        "key": "repay-page",
    } | boxes


def shown_in(page: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_sheet_asks_for_what_is_due_and_has_no_box_where_nothing_is_owed(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    open_day(sqlite_network)

    sheet = treasurer.get(SHEET).text

    assert f'id="cell-1-loan-{loan_id}"' in sheet
    assert 'placeholder="2200" data-expected="220000"' in sheet
    assert f"cell-2-loan-{loan_id}" not in sheet
    assert sheet.count("ไม่มีเงินกู้สามัญ") == 2


def test_the_cell_of_a_loan_is_typed_saved_and_refused_like_any_other(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    open_day(sqlite_network)
    cell = f"loan-{loan_id}"

    status, answer = cells(treasurer, {"member": SOMSRI, "cells": {cell: "20,200.01"}})
    strange, _answer = cells(treasurer, {"member": BOONMEE, "cells": {cell: "1"}})

    assert (status, strange) == (200, 404)
    (wrong,) = answer["wrong"]
    assert wrong["product"] == cell
    assert "ชำระได้ไม่เกิน 20,200.00 บาท" in wrong["sentence"]
    again = treasurer.get(SHEET).text
    assert 'value="20,200.01"' in again
    assert ">ลงบัญชี</button>" not in treasurer.get(f"{SHEET}/confirm").text


def test_a_day_with_a_loan_is_taken_without_scripts(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    open_day(sqlite_network)
    form = whole_sheet(0, cell_1_PLG="100") | {f"cell-1-loan-{loan_id}": "2,200", "go": "count"}

    saved = treasurer.post(f"{SHEET}/sheet", data=form)
    treasurer.post(
        f"{SHEET}/count",
        data={"collection": "1", "revision": "1", "key": "counting-1", "n10000": "23"},
    )
    confirm = treasurer.get(f"{SHEET}/confirm").text
    sent = {"collection": "1", "revision": "2", "key": "collection-1", "reason": ""}
    posted = treasurer.post(f"{SHEET}/confirm", data=sent)

    assert saved.location == f"{SHEET}/count"
    assert "สองพันสามร้อยบาทถ้วน" in confirm
    day = treasurer.get(posted.location).text
    assert "ชำระเงินกู้ 2,200.00 บาท แบ่งเป็น" in day
    assert loan_now(sqlite_network, loan_id).outstanding == 18_000_00


def test_a_whole_sheet_keeps_what_was_typed_for_a_loan_that_closed_meanwhile(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    open_day(sqlite_network)
    address = f"/groups/KHP06/loans/{loan_id}/repay"
    treasurer.post(address, data=paid(amount="20200", step="confirm"))
    form = whole_sheet(0) | {f"cell-1-loan-{loan_id}": "2,200", "go": "count"}

    treasurer.post(f"{SHEET}/sheet", data=form)

    sheet = treasurer.get(SHEET).text
    assert 'value="2,200"' in sheet
    assert "ปิดไปแล้ว ลบยอดในช่องนี้ออก" in sheet


def test_a_posted_receipt_shows_each_loan_divided_on_the_screen_and_on_paper(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, on=date(2023, 2, 6), first_due_on=date(2023, 3, 6))
    pays = RowChange(SOMSRI, cells={"PLG": "100", f"loan-{loan_id}": "4405.50"})
    day, revision = ready_day(sqlite_network, pays, pieces={Satang(1_00): 4505, Satang(50): 1})
    post(sqlite_network, day, revision=revision)
    reference = loan_now(sqlite_network, loan_id).reference

    screen = treasurer.get("/groups/KHP06/receipts/1").text
    (paper,) = words_of(treasurer.get("/groups/KHP06/receipts/1.pdf").data)
    (summary,) = words_of(treasurer.get("/groups/KHP06/collections/1/summary.pdf").data)
    posted = " ".join(
        re.sub(r"<[^>]+>", " ", treasurer.get("/groups/KHP06/collections/1").text).split()
    )

    # What was expected of loans is not kept, so savings alone are compared with promises.
    for told in (posted, summary):
        assert re.search(r"รวมเงินออม 100\.00 [0-9,.]+", told)
        assert re.search(r"รวมเงินกู้ 4,405\.50(?! [0-9])", told)
    for text in ("เงินต้น 4,000.02", "ดอกเบี้ย 380.00", "ดอกเบี้ยผิดนัด 25.48", reference):
        assert text in screen
        assert text in paper
    assert "31/365 = 25.48" in screen
    assert "15,999.98" in paper
    assert "ดอกเบี้ยผิดนัด" in summary
    assert "25.48" in summary


def test_today_says_what_falls_due_and_what_is_overdue(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    assert "เงินกู้ครบกำหนด" not in treasurer.get("/groups/KHP06/today").text
    lend(sqlite_network)
    lend(sqlite_network, member=BOONMEE, on=date(2023, 2, 1), first_due_on=date(2023, 3, 1))

    today = treasurer.get("/groups/KHP06/today").text

    assert "เงินกู้ครบกำหนดวันนี้ 1 สัญญา" in today
    assert "ค้างชำระ 1 สัญญา" in today
    # Of บุญมี, 1 March and 1 April are overdue, with default interest; both pages say so.
    overdue = re.search(r"ค้างชำระ 1 สัญญา</a> ([0-9,.]+) บาท", today)
    assert overdue is not None
    assert overdue[1] == "4,413.70"
    assert f">{overdue[1]}</a>" in treasurer.get("/groups/KHP06/loans").text


def test_the_loan_desk_shows_the_division_and_then_takes_the_money(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    address = f"/groups/KHP06/loans/{loan_id}/repay"
    before = entries(sqlite_network)

    asked = treasurer.get(address).text
    division = treasurer.post(address, data=paid(step="show"))
    nothing_yet = entries(sqlite_network)
    taken = treasurer.post(address, data=paid(step="confirm", shown=shown_in(division.text)))
    again = treasurer.post(address, data=paid(step="confirm", shown=shown_in(division.text)))

    assert re.search(r'name="amount"[^>]*value="2200"', asked)
    assert division.status_code == 200
    assert "สองพันสองร้อยบาทถ้วน" in division.text
    assert "18,000.00" in division.text
    assert "ดอกเบี้ยงวดนี้ 200 บาท" in division.text
    assert nothing_yet == before
    assert taken.location == again.location == "/groups/KHP06/receipts/1"
    assert entries(sqlite_network) == before + 1
    assert "รับชำระแล้ว" in treasurer.get(taken.location).text


def test_a_contract_is_paid_off_with_the_settlement_of_the_day(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    address = f"/groups/KHP06/loans/{loan_id}/repay"

    division = treasurer.post(address, data=paid(amount="", step="settle"))
    treasurer.post(
        address, data=paid(amount="20200", step="confirm", shown=shown_in(division.text))
    )

    assert "20,200.00" in division.text
    assert "ปิดสัญญานี้" in division.text
    assert loan_now(sqlite_network, loan_id).state is State.REPAID
    closed = treasurer.get(address)
    assert closed.status_code == 200
    assert "ไม่มียอดที่ต้องชำระแล้ว" in closed.text


def test_a_division_that_moved_is_shown_anew_before_anything_is_taken(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    address = f"/groups/KHP06/loans/{loan_id}/repay"
    shown = shown_in(treasurer.post(address, data=paid(step="show")).text)
    treasurer.post(address, data=paid(amount="1000", step="confirm", key="another-one"))

    moved = treasurer.post(address, data=paid(step="confirm", shown=shown))

    assert moved.status_code == 409
    assert "ยอดที่แบ่งไว้จึงเปลี่ยนไป" in moved.text
    assert shown_in(moved.text) != shown
    assert repaid_events(sqlite_network, loan_id) == 1


@pytest.mark.parametrize(
    ("boxes", "status", "sentence"),
    [
        ({"amount": ""}, 400, "ใส่จำนวนเงินที่รับ"),
        ({"amount": "0"}, 400, "ใส่จำนวนเงินที่รับ"),
        ({"amount": "ร้อย"}, 400, "อ่านจำนวนเงิน"),
        ({"amount": "20200.01"}, 422, "ชำระได้ไม่เกิน 20,200.00 บาท"),
        ({"paid_on": "7/4/2566"}, 422, "ยังมาไม่ถึง"),
        ({"paid_on": "32/4/2566"}, 400, "วันที่"),
        ({"payer": "0002"}, 422, "ผู้ค้ำประกัน"),
        ({"payer": "9999"}, 404, "ไม่พบ"),
        ({"step": "steal"}, 400, "ช่อง"),
    ],
)
@pytest.mark.parametrize("step", ["show", "confirm"])
def test_a_payment_that_cannot_be_keeps_the_form_and_says_why(
    treasurer: FlaskClient,
    sqlite_network: Network,
    boxes: dict[str, str],
    status: int,
    sentence: str,
    step: str,
) -> None:
    loan_id = lend(sqlite_network)
    before = entries(sqlite_network)

    refused = treasurer.post(
        f"/groups/KHP06/loans/{loan_id}/repay",
        data=paid(step=step, memo="ฝากลูกมา") | boxes,
    )

    assert refused.status_code == status
    assert sentence in refused.text
    assert ("/members/0001/receive" in refused.text) is ("ชำระได้ไม่เกิน" in sentence)
    assert 'value="ฝากลูกมา"' in refused.text
    assert entries(sqlite_network) == before


def test_a_guarantor_is_offered_as_the_one_who_pays(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    guaranteed_by(sqlite_network, loan_id, BOONMEE)
    address = f"/groups/KHP06/loans/{loan_id}/repay"

    asked = treasurer.get(address).text
    taken = treasurer.post(address, data=paid(payer="0002", step="confirm"))

    assert "นายบุญมี ทองคำ (ผู้ค้ำประกัน)" in asked
    shown = treasurer.get(taken.location).text
    assert "ชำระแทน" in shown
    (paper,) = words_of(treasurer.get(f"{taken.location}.pdf").data)
    assert "ชำระแทนนางสมศรี ใจดี" in paper.replace("\n", "")


def test_a_loan_that_is_not_paid_out_says_so_and_has_no_form(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, pays_out=False)

    waiting = treasurer.get(f"/groups/KHP06/loans/{loan_id}/repay")

    assert waiting.status_code == 200
    assert "จ่ายเงินกู้ก่อน จึงรับชำระได้" in waiting.text
    assert 'name="amount"' not in waiting.text
    assert treasurer.get("/groups/KHP06/loans/99/repay").status_code == 404


def test_nobody_but_who_keeps_the_box_takes_a_payment(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    reviewer = client_of(sqlite_app, sqlite_network.somchai)
    address = f"/groups/KHP06/loans/{loan_id}/repay"

    assert reviewer.get(address).status_code == 403
    assert reviewer.post(address, data=paid(step="confirm")).status_code == 403
    assert receipts(sqlite_network) == []


def test_the_counter_offers_the_loans_of_a_member_and_a_second_send_answers_the_same(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    address = "/groups/KHP06/members/0001/receive"
    sent = {
        "amount_PLG": "100",
        f"loan_{loan_id}": "20,200",
        "received_on": "6/4/2566",
        "channel": "cash",
        "memo": "",
        "key": "receipt-1",
    }

    asked = treasurer.get(address).text
    first = treasurer.post(address, data=sent)
    again = treasurer.post(address, data=sent)

    assert "ถึงกำหนด 2,200.00 · ปิดสัญญา 20,200.00" in asked
    assert first.location == again.location == "/groups/KHP06/receipts/1"
    assert repaid_events(sqlite_network, loan_id) == 1


def test_a_receipt_with_a_loan_is_put_right_on_its_page(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    treasurer.post(
        f"/groups/KHP06/loans/{loan_id}/repay", data=paid(amount="20200", step="confirm")
    )
    form = treasurer.get("/groups/KHP06/receipts/1/right").text
    sent = {
        f"loan_{loan_id}": "2200",
        "received_on": "6/4/2566",
        "channel": "cash",
        "reason": "พิมพ์ยอดผิด",
        "key": "right-page",
    }

    too_much = treasurer.post(
        "/groups/KHP06/receipts/1/right", data=sent | {f"loan_{loan_id}": "20200.01"}
    )
    right = treasurer.post("/groups/KHP06/receipts/1/right", data=sent)
    cancelled = treasurer.post(
        "/groups/KHP06/receipts/2/cancel", data={"reason": "ไม่ได้จ่าย", "key": "cancel-page"}
    )

    assert re.search(rf'name="loan_{loan_id}"[^>]*value="20200"', form)
    assert too_much.status_code == 422
    assert "ออกใบใหม่แบบนี้ไม่ได้" in too_much.text
    assert 'value="20200.01"' in too_much.text
    assert right.location == cancelled.location == "/groups/KHP06/receipts/2"
    assert loan_now(sqlite_network, loan_id).outstanding == 20_000_00


def test_the_count_says_what_lies_in_the_box_of_each_purse(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    day = open_day(sqlite_network)
    type_in(sqlite_network, day, SOMSRI_PAYS)
    count(sqlite_network, day, {Satang(10_00): 23})

    for page in ("count", "confirm"):
        shown = treasurer.get(f"{SHEET}/{page}").text
        assert "เงินสดแยกตามกองทุน" in shown
        assert re.search(r"<b>200\.00</b>", shown)
        assert re.search(r"<b>30\.00</b>", shown)


def test_the_blank_sheet_is_printed_with_the_loans_that_are_due(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    lend(sqlite_network)

    (blank,) = words_of(treasurer.get(f"{SHEET}/blank.pdf").data)

    assert "เงินกู้สามัญ" in blank
    assert "2,200.00" in blank
