"""The pages of the treasurer's day, through HTTP."""

import json
import re
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from desk import queries, services
from desk.models import Channel
from desk.services import RowChange
from ledger.db import read, write
from ledger.money import Satang
from members.models import PersonType
from members.services.people import NewMember, enrol
from tests.desk.days import (
    BOONMEE_PAYS,
    MALEE,
    PRAIYA,
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
from tests.network import FOUNDED_AT, FOUNDED_ON, NOW, TODAY, VILLAGE, Network, client_of

SHEET = "/groups/KHP06/collection"


@pytest.fixture
def treasurer(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """มาลี's browser."""
    return client_of(sqlite_app, sqlite_network.malee)


def whole_sheet(revision: int, **typed: str) -> dict[str, str]:
    """Give the form that a page without scripts sends."""
    sent = {"collection": "1", "revision": str(revision)}
    for member in (1, 2, 3):
        sent[f"channel-{member}"] = "cash"
        for product in ("PLG", "SHR", "DEM", "WEL"):
            sent[f"cell-{member}-{product}"] = ""
    return sent | {name.replace("_", "-"): text for name, text in typed.items()}


def test_a_treasurer_is_led_to_today(treasurer: FlaskClient) -> None:
    assert treasurer.get("/").location == "/groups/KHP06/today"


def test_today_shows_the_cash_the_limit_and_the_draft_that_waits(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    write(
        lambda session: services.receive(
            session,
            book_id=sqlite_network.book_id,
            member_number="0001",
            amounts={"DEM": Satang(5_380_00)},
            fees={},
            received_on=TODAY,
            channel=Channel.CASH,
            memo="",
            idempotency_key="receipt-1",
            by=MALEE,
            at=NOW,
        )
    )
    type_in(sqlite_network, open_day(sqlite_network), SOMSRI_PAYS)

    shown = treasurer.get("/groups/KHP06/today").text

    assert "5,380.00" in shown
    assert "เกินที่ระเบียบให้เก็บไว้ 5,000.00 บาท อยู่ 380.00 บาท" in shown
    assert "จ่ายแล้ว 1 จาก 3 คน" in shown


def test_a_day_is_opened_typed_counted_and_posted_without_scripts(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    assert "เก็บเงินของวันไหน" in treasurer.get(SHEET).text
    opened = treasurer.post(SHEET, data={"held_on": "6/4/2566", "key": "opening-1"})
    assert opened.location == SHEET
    saved = treasurer.post(
        f"{SHEET}/sheet",
        data=whole_sheet(0, cell_1_PLG="100", cell_2_WEL="๓๐", absent_3="on") | {"go": "count"},
    )
    assert saved.location == f"{SHEET}/count"
    counted = treasurer.post(
        f"{SHEET}/count",
        data={"collection": "1", "revision": "1", "key": "counting-1", "n10000": "1", "n1000": "2"},
    )
    assert counted.location == f"{SHEET}/confirm"
    confirm = treasurer.get(f"{SHEET}/confirm").text
    assert "หนึ่งร้อยสามสิบบาทถ้วน" in confirm
    assert "ขาด 10.00 บาท" in confirm

    sent = {"collection": "1", "revision": "2", "key": "collection-1", "reason": "ทอนผิด"}
    posted = treasurer.post(f"{SHEET}/confirm", data=sent)

    assert posted.location == "/groups/KHP06/collections/1"
    assert entries(sqlite_network) == 3
    day = treasurer.get(posted.location).text
    assert "ลงบัญชีแล้ว ออกใบรับเงิน 2 ใบ" in day
    assert "เงินสดขาด 10.00 บาท เพราะ ทอนผิด" in day
    assert "ไม่ได้มา 1 คน" in day


def test_a_day_sent_twice_is_posted_once(treasurer: FlaskClient, sqlite_network: Network) -> None:
    _day, revision = ready_day(sqlite_network)
    sent = {"collection": "1", "revision": str(revision), "key": "collection-1", "reason": ""}

    first = treasurer.post(f"{SHEET}/confirm", data=sent)
    again = treasurer.post(f"{SHEET}/confirm", data=sent)

    assert first.location == again.location == "/groups/KHP06/collections/1"
    assert entries(sqlite_network) == 2


def test_cash_that_differs_is_refused_with_the_difference_until_somebody_says_why(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    _day, revision = ready_day(sqlite_network, pieces={Satang(100_00): 3})
    sent = {"collection": "1", "revision": str(revision), "key": "collection-1", "reason": ""}

    refused = treasurer.post(f"{SHEET}/confirm", data=sent)

    assert refused.status_code == 422
    assert "ขาด 10.00 บาท" in refused.text
    assert entries(sqlite_network) == 0


def test_a_sheet_that_moved_is_refused_and_shown_as_it_is_now(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    day, revision = ready_day(sqlite_network)
    type_in(sqlite_network, day, RowChange(PRAIYA, cells={"PLG": "200"}))
    sent = {"collection": "1", "revision": str(revision), "key": "collection-1", "reason": ""}

    refused = treasurer.post(f"{SHEET}/confirm", data=sent)

    assert refused.status_code == 409
    assert f'name="revision" value="{revision + 1}"' in refused.text
    assert entries(sqlite_network) == 0


def test_a_sheet_that_cannot_be_read_keeps_every_cell_and_names_each(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    open_day(sqlite_network)

    refused = treasurer.post(
        f"{SHEET}/sheet",
        data=whole_sheet(0, cell_1_PLG="ร้อย", cell_1_SHR="105", cell_2_PLG="-5") | {"go": "count"},
    )

    assert refused.status_code == 400
    assert "มี 3 ช่องที่ต้องแก้" in refused.text
    assert 'value="ร้อย"' in refused.text
    again = treasurer.get(SHEET).text
    assert 'value="ร้อย"' in again
    assert 'value="-5"' in again
    assert "หุ้นละ 10.00 บาท" in again


def test_a_whole_sheet_from_an_old_page_is_not_saved_and_still_shown(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    type_in(sqlite_network, open_day(sqlite_network), SOMSRI_PAYS)

    refused = treasurer.post(
        f"{SHEET}/sheet", data=whole_sheet(0, cell_1_PLG="55") | {"go": "save"}
    )

    assert refused.status_code == 409
    assert 'value="55"' in refused.text
    assert 'value="100"' in treasurer.get(SHEET).text


@pytest.mark.parametrize("page", ["sheet", "count", "confirm", "day", "discard"])
@pytest.mark.parametrize("next_is_open", [False, True])
def test_a_page_of_a_day_that_was_posted_meanwhile_says_so_and_is_laid_over_no_other(
    treasurer: FlaskClient, sqlite_network: Network, page: str, *, next_is_open: bool
) -> None:
    day, revision = ready_day(sqlite_network)
    post(sqlite_network, day, revision=revision)
    if next_is_open:
        open_day(sqlite_network)
    sent = {"collection": "1", "revision": str(revision), "key": "another-key"}
    typed = {
        "sheet": whole_sheet(revision, cell_1_PLG="777") | {"go": "save"},
        "count": sent | {"n100000": "5"},
        "confirm": sent | {"reason": ""},
        "day": sent | {"held_on": "5/4/2566"},
        "discard": sent,
    }

    refused = treasurer.post(f"{SHEET}/{page}", data=typed[page])

    assert refused.status_code == 409
    assert "ใบรับเงินนี้ลงบัญชีแล้ว" in refused.text
    assert 'value="777"' not in refused.text
    assert entries(sqlite_network) == 2


def cells(treasurer: FlaskClient, *rows: object, collection: object = 1) -> tuple[int, dict]:  # type: ignore[type-arg]
    answer = treasurer.post(
        f"{SHEET}/cells",
        data=json.dumps({"collection": collection, "rows": rows}),
        content_type="application/json",
    )
    return answer.status_code, answer.get_json()


def test_the_grid_keeps_what_is_typed_and_says_when(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    open_day(sqlite_network)

    status, answer = cells(treasurer, {"member": SOMSRI, "cells": {"PLG": "100", "SHR": "15"}})

    assert status == 200
    assert (answer["revision"], answer["saved"]) == (1, "10:42")
    assert answer["wrong"] == [
        {
            "member": SOMSRI,
            "product": "SHR",
            "sentence": "หุ้นละ 10.00 บาท จำนวนเงินค่าหุ้นต้องเป็นจำนวนเต็มหุ้น",
        }
    ]


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([{"member": 99, "cells": {"PLG": "1"}}], 404),
        ([{"member": 1, "cells": {"GOLD": "1"}}], 404),
        ([{"member": "somsri"}], 400),
        ([{"member": 10**30}], 400),
        (["rows"], 400),
        ([{"member": 1, "channel": "gold"}], 400),
        ([{"member": 1, "extra": 1}], 400),
    ],
)
def test_a_grid_that_sends_something_odd_is_refused_and_nothing_is_kept(
    treasurer: FlaskClient, sqlite_network: Network, rows: list[object], status: int
) -> None:
    open_day(sqlite_network)

    answered, answer = cells(treasurer, *rows)

    assert answered == status
    assert answer["sentence"]
    assert "data-revision>" in treasurer.get(SHEET).text
    assert 'name="revision" value="0"' in treasurer.get(SHEET).text


def test_an_endless_or_invisible_text_in_a_cell_is_kept_short_and_unreadable(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    open_day(sqlite_network)

    status, answer = cells(
        treasurer, {"member": SOMSRI, "cells": {"PLG": "1" * 10_000, "SHR": "\x00\u200b5"}}
    )

    assert status == 200
    assert [cell["product"] for cell in answer["wrong"]] == ["PLG", "SHR"]


def test_a_day_that_cannot_be_read_says_why_where_it_is_seen(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    day = open_day(sqlite_network)

    refused = treasurer.post(
        f"{SHEET}/day",
        data={
            "collection": day.id,
            "revision": day.revision,
            "held_on": "29/02/2566",
            "key": "k" * 9,
        },
    )

    assert refused.status_code == 400
    assert '<details class="more" open>' in refused.text
    assert "ไม่มีในปฏิทิน" in refused.text


def test_a_sheet_with_something_to_mend_has_no_button_to_post_it(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    open_day(sqlite_network)
    cells(treasurer, {"member": SOMSRI, "cells": {"PLG": "1.234"}})

    confirm = treasurer.get(f"{SHEET}/confirm").text

    assert "ช่องที่ต้องแก้" in confirm
    assert ">ลงบัญชี</button>" not in confirm


def test_a_grid_of_a_posted_day_is_told_so(treasurer: FlaskClient, sqlite_network: Network) -> None:
    day, revision = ready_day(sqlite_network)
    post(sqlite_network, day, revision=revision)

    status, answer = cells(treasurer, {"member": SOMSRI, "cells": {"PLG": "1"}})

    assert (status, answer["sentence"][:20]) == (409, "ใบรับเงินนี้ลงบัญชีแ"[:20])


def test_a_body_that_is_not_json_is_refused(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    open_day(sqlite_network)

    assert treasurer.post(f"{SHEET}/cells", data="<html>").status_code == 400


def test_before_anything_is_counted_nothing_is_short(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    type_in(sqlite_network, open_day(sqlite_network), SOMSRI_PAYS)
    sent = {"collection": "1", "revision": "1", "key": "counting-1"}

    first = treasurer.get(f"{SHEET}/count").text
    treasurer.post(f"{SHEET}/count", data=sent | {"n10000": "1"})
    begun = treasurer.get(f"{SHEET}/count").text

    assert "ยังไม่ได้นับ" in first
    assert "ขาด" not in first
    assert "ยังไม่ได้นับ" not in begun
    assert re.search(r"ขาด [0-9,.]+", begun)


def test_notes_are_counted_in_whole_numbers(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    type_in(sqlite_network, open_day(sqlite_network), SOMSRI_PAYS)

    refused = treasurer.post(
        f"{SHEET}/count",
        data={
            "collection": "1",
            "revision": "1",
            "key": "counting-1",
            "n10000": "สอง",
            "n2000": "๓",
            "n1000": "0,0",
        },
    )

    assert refused.status_code == 400
    assert 'value="สอง"' in refused.text
    assert "ใส่เป็นจำนวนเต็ม" in refused.text
    assert "60.00" in refused.text


def test_the_day_of_a_sheet_is_changed_and_a_sheet_is_thrown_away(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    type_in(sqlite_network, open_day(sqlite_network), SOMSRI_PAYS)
    shown = {"collection": "1", "key": "moving-it"}

    moved = treasurer.post(f"{SHEET}/day", data=shown | {"revision": "1", "held_on": "5/4/2566"})
    late = treasurer.post(f"{SHEET}/day", data=shown | {"revision": "2", "held_on": "7/4/2566"})
    stale = treasurer.post(f"{SHEET}/discard", data=shown | {"revision": "1"})
    gone = treasurer.post(f"{SHEET}/discard", data=shown | {"revision": "2"})

    assert moved.location == SHEET
    assert (late.status_code, stale.status_code) == (422, 409)
    assert gone.location == "/groups/KHP06/today"
    assert "เก็บเงินของวันไหน" in treasurer.get(SHEET).text


@pytest.mark.parametrize("day", ["7/4/2566", "31/2/2566", "6/4/66", ""])
def test_a_sheet_is_not_opened_on_a_day_that_is_none(treasurer: FlaskClient, day: str) -> None:
    refused = treasurer.post(SHEET, data={"held_on": day, "key": "opening-1"})

    assert refused.status_code in {400, 422}
    assert f'value="{day}"' in refused.text
    assert read(lambda session: queries.draft_of(session, book_id=1)) is None


def test_money_is_taken_in_at_the_counter(treasurer: FlaskClient, sqlite_network: Network) -> None:
    page = treasurer.get("/groups/KHP06/members/0002/receive").text
    assert "สัญญาไว้ 50.00" in page

    taken = treasurer.post(
        "/groups/KHP06/members/0002/receive",
        data={
            "amount_PLG": "50",
            "amount_WEL": "30",
            "fee_passbook": "20",
            "received_on": "6/4/2566",
            "channel": "cash",
            "memo": "",
            "key": "receipt-1",
        },
    )

    assert taken.location == "/groups/KHP06/receipts/1"
    shown = treasurer.get(taken.location).text
    assert "หนึ่งร้อยบาทถ้วน" in shown
    assert "RC6604-KHP06-000001" in shown
    assert "ใบนี้ผิด แก้ไข" in shown


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({}, 422, "ยังไม่มียอดเงิน"),
        ({"amount_PLG": "1.005"}, 400, "ทศนิยมเกิน 2 ตำแหน่ง"),
        ({"amount_PLG": "-5"}, 400, "ติดลบ"),
        ({"amount_SHR": "15"}, 422, "หุ้นละ 10.00 บาท"),
        ({"amount_PLG": "5", "received_on": "7/4/2566"}, 422, "ยังมาไม่ถึง"),
        ({"amount_PLG": "5", "memo": "ก" * 10_000}, 400, "ยาวเกิน"),
        ({"amount_GOLD": "5"}, 400, "ช่อง"),
    ],
)
def test_a_receipt_that_cannot_be_is_refused_with_its_sentence(
    treasurer: FlaskClient,
    sqlite_network: Network,
    typed: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    sent = {"received_on": "6/4/2566", "channel": "cash", "key": "receipt-1"} | typed

    refused = treasurer.post("/groups/KHP06/members/0001/receive", data=sent)

    assert refused.status_code == status
    assert sentence in refused.text
    assert receipts(sqlite_network) == []


def test_a_wrong_receipt_is_put_right_in_two_touches_and_both_are_seen(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    day, revision = ready_day(sqlite_network)
    post(sqlite_network, day, revision=revision)
    form = treasurer.get("/groups/KHP06/receipts/1/right").text
    sent = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', form)[1]  # type: ignore[index]
        for name in ("amount_PLG", "amount_SHR", "amount_WEL", "received_on", "key")
    }
    assert (sent["amount_PLG"], sent["amount_SHR"], sent["amount_WEL"]) == ("100", "100", "30")

    right = treasurer.post(
        "/groups/KHP06/receipts/1/right",
        data=sent | {"amount_PLG": "200", "channel": "cash", "reason": "พิมพ์ยอดผิด"},
    )

    assert right.location == "/groups/KHP06/receipts/3"
    assert "ใบนี้แทน" in treasurer.get("/groups/KHP06/receipts/3").text
    wrong = treasurer.get("/groups/KHP06/receipts/1").text
    assert "แก้ไขโดย" in wrong
    assert "230.00" in wrong
    assert "ใบนี้ผิด แก้ไข" not in wrong
    assert treasurer.get("/groups/KHP06/receipts/1/right").location == "/groups/KHP06/receipts/1"


def test_a_receipt_is_not_put_right_or_cancelled_without_saying_why(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    day, revision = ready_day(sqlite_network)
    post(sqlite_network, day, revision=revision)

    right = treasurer.post(
        "/groups/KHP06/receipts/1/right",
        data={"amount_PLG": "7", "received_on": "6/4/2566", "reason": " ", "key": "right-one"},
    )
    cancelled = treasurer.post(
        "/groups/KHP06/receipts/1/cancel", data={"reason": "", "key": "cancel-1"}
    )

    assert right.status_code == cancelled.status_code == 400
    assert 'value="7"' in right.text
    assert entries(sqlite_network) == 2


def test_a_cancelled_receipt_says_so(treasurer: FlaskClient, sqlite_network: Network) -> None:
    day, revision = ready_day(sqlite_network)
    post(sqlite_network, day, revision=revision)

    done = treasurer.post(
        "/groups/KHP06/receipts/1/cancel", data={"reason": "ผิดคน", "key": "cancel-1"}
    )
    again = treasurer.post(
        "/groups/KHP06/receipts/1/cancel", data={"reason": "ผิดคน", "key": "cancel-2"}
    )

    assert "ยกเลิกแล้ว เพราะ ผิดคน" in treasurer.get(done.location).text
    assert again.status_code == 409


def test_a_reviewer_reads_the_day_and_its_receipts_and_changes_nothing(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    day, revision = ready_day(sqlite_network)
    post(sqlite_network, day, revision=revision)
    reviewer = client_of(sqlite_app, sqlite_network.somchai)

    assert reviewer.get("/groups/KHP06/collections/1").status_code == 200
    assert "ใบนี้ผิด" not in reviewer.get("/groups/KHP06/receipts/1").text
    assert reviewer.get("/groups/KHP06/receipts/1/right").status_code == 403
    assert reviewer.get(SHEET).status_code == 403
    assert reviewer.post(f"{SHEET}/cells", json={"collection": 1, "rows": []}).status_code == 403


def test_what_is_not_there_is_not_found(treasurer: FlaskClient) -> None:
    for address in (
        "/groups/KHP06/receipts/7",
        "/groups/KHP06/receipts/99999999999999999999",
        "/groups/KHP06/collections/7",
        f"{SHEET}/count",
        "/groups/KHP06/members/9999/receive",
    ):
        assert treasurer.get(address).status_code == 404, address


def words_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def test_a_receipt_is_printed_with_its_copy_and_its_amount_in_words(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    day, revision = ready_day(sqlite_network)
    post(sqlite_network, day, revision=revision)

    (sheet,) = words_of(treasurer.get("/groups/KHP06/receipts/1.pdf").data)

    assert "ต้นฉบับ" in sheet
    assert "สำเนา" in sheet
    assert sheet.count("RC6604-KHP06-000001") == 2
    assert sheet.count("สองร้อยสามสิบบาทถ้วน") == 2
    assert "นางสมศรี ใจดี" in sheet


def test_a_receipt_that_was_put_right_is_printed_as_such(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    day, revision = ready_day(sqlite_network)
    post(sqlite_network, day, revision=revision)
    treasurer.post(
        "/groups/KHP06/receipts/1/right",
        data={"amount_PLG": "7", "received_on": "6/4/2566", "reason": "ผิด", "key": "right-one"},
    )

    (wrong,) = words_of(treasurer.get("/groups/KHP06/receipts/1.pdf").data)
    (right,) = words_of(treasurer.get("/groups/KHP06/receipts/3.pdf").data)

    assert "แก้ไขโดยใบที่ 3" in wrong
    assert "230.00" in wrong
    assert "ใบนี้แทนใบเลขที่ 1" in right


def test_the_receipts_of_a_day_are_printed_two_to_a_sheet(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    day = open_day(sqlite_network)
    type_in(sqlite_network, day, SOMSRI_PAYS, BOONMEE_PAYS, RowChange(PRAIYA, cells={"PLG": "90"}))
    revision = count(sqlite_network, day, {Satang(100_00): 4}).revision
    post(sqlite_network, day, revision=revision)

    sheets = words_of(treasurer.get("/groups/KHP06/collections/1/receipts.pdf").data)

    assert [len(re.findall(r"RC6604-KHP06-\d{6}", sheet)) for sheet in sheets] == [2, 1]
    assert "ไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา" in sheets[1]


def test_the_summary_and_the_blank_sheet_are_printed(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    (blank,) = words_of(treasurer.get(f"{SHEET}/blank.pdf").data)
    day, revision = ready_day(sqlite_network)
    post(sqlite_network, day, revision=revision)

    (summary,) = words_of(treasurer.get("/groups/KHP06/collections/1/summary.pdf").data)

    assert "นายบุญมี ทองคำ" in blank
    assert "สามร้อยสิบบาทถ้วน" in summary
    assert "ไม่ได้มา 1 คน" in summary


def test_who_signs_the_blank_sheet_signs_below_names(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    def enrol_more(session: Session) -> None:
        for n in range(4, 15):
            enrol(
                session,
                book_id=sqlite_network.book_id,
                person=NewMember(
                    number=f"{n:04d}",
                    title="นาย",
                    given_name=f"สมชาย{n}",
                    family_name="ใจดี",
                    person_type=PersonType.THAI,
                    national_id="",
                    telephone="",
                    house_number=str(n),
                    village_code=VILLAGE,
                    beneficiary="",
                    joined_on=FOUNDED_ON,
                ),
                pledges={"PLG": Satang(100_00)},
                by="o1",
                at=FOUNDED_AT,
            )

    write(enrol_more)

    sheets = words_of(treasurer.get(f"{SHEET}/blank.pdf").data)

    # Fourteen names fill a page, so that the signatures stand on the next one.
    assert len(sheets) == 2
    assert "ผู้รับเงิน" in sheets[1]
    assert "0014" in sheets[1]
