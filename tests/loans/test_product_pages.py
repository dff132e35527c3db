"""The pages of the kinds of loan: read back before recorded, and what is refused at which box."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from ledger.db import write
from ledger.money import ZERO
from loans.kinds import FOR_MEMBERS
from members.models import Group
from tests.loans.test_products import look, open_one, resolve
from tests.network import GROUP, OTHER_GROUP, TODAY, Network, client_of

DAY = timedelta(days=1)
ADDRESS = f"/groups/{GROUP}/loan-products"
TYPED = {
    "name": "เงินกู้สามัญ",
    "purpose": "ordinary",
    "charge_name": "ดอกเบี้ย",
    "rate": "1",
    "rate_per": "month",
    "method": "declining_equal_principal",
    "every": "monthly",
    "counting": "month",
    "rounding": "baht_up",
    "contract_fee": "",
    "most": "24,000",
    "times": "3",
    "most_instalments": "24",
    "grace": "none",
    "grace_instalments": "0",
    "waiting_months": "6",
    "guarantors": "2",
    "guarantees_each": "2",
    "collateral": "",
    "holds_from": "6/4/2566",
    "resolution": "มติประชุมใหญ่ 1/2566 วันที่ 5 มีนาคม 2566",
    "key": "a-key-12345",
}
ANEW = {box: typed for box, typed in TYPED.items() if box not in {"name", "purpose"}}


def treasurer(app: Flask, network: Network) -> FlaskClient:
    return client_of(app, network.malee)


def test_a_kind_of_loan_is_read_back_with_what_it_really_costs_before_it_is_opened(
    app: Flask, network: Network
) -> None:
    client = treasurer(app, network)

    shown = client.post(f"{ADDRESS}/new", data=TYPED)

    assert shown.status_code == 200
    assert "ร้อยละ 12.00 ต่อปี" in shown.text
    assert "ที่ประชุมมีมติร้อยละ 1 ต่อเดือน" in shown.text
    assert "ดอกเบี้ยงวดแรก 24,000.00 × 12 % ÷ 12 = 240.00 บาท" in shown.text
    assert "วันพฤหัสบดีที่ 6 เมษายน พ.ศ. 2566" in shown.text
    assert look(network) == []

    opened = client.post(f"{ADDRESS}/new", data=TYPED | {"read_back": "yes"})

    assert opened.location == f"{ADDRESS}/ORD"
    (view,) = look(network)
    assert view.by_law is not None
    assert (view.by_law.annual_rate_ppm, view.by_law.contract_fee) == (120_000, ZERO)
    page = client.get(opened.location).text
    assert "บันทึกมติแล้ว" in page
    assert "มาลี บุญช่วย" in page
    listed = client.get(ADDRESS).text
    assert "12.00 %" in listed
    assert "24,000.00" in listed


def test_sent_twice_it_is_opened_once(sqlite_app: Flask, sqlite_network: Network) -> None:
    client = treasurer(sqlite_app, sqlite_network)
    client.post(f"{ADDRESS}/new", data=TYPED | {"read_back": "yes"})

    again = client.post(f"{ADDRESS}/new", data=TYPED | {"read_back": "yes"})

    assert again.status_code == 409
    assert "กลุ่มมีเงินกู้ชื่อ “เงินกู้สามัญ” อยู่แล้ว" in again.text
    assert 'id="name-wrong"' in again.text
    assert len(look(sqlite_network)) == 1


def test_who_goes_back_to_change_finds_what_was_typed(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = treasurer(sqlite_app, sqlite_network)

    shown = client.post(f"{ADDRESS}/new", data=TYPED | {"read_back": "no"})

    assert 'value="24,000"' in shown.text
    assert "อ่านทวนก่อนบันทึก" in shown.text
    assert look(sqlite_network) == []


def test_one_per_cent_a_month_flat_is_refused_with_the_sum_and_the_way_out(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = treasurer(sqlite_app, sqlite_network)

    answer = client.post(
        f"{ADDRESS}/new", data=TYPED | {"method": "flat", "most_instalments": "12"}
    )

    assert answer.status_code == 422
    assert "ดอกเบี้ยที่แท้จริงร้อยละ 21.46 ต่อปี เกินเพดานกฎหมายร้อยละ 15 ต่อปี" in answer.text
    assert "ที่ใส่มาร้อยละ 1 ต่อเดือน ถ้าหมายถึงลดต้นลดดอก" in answer.text
    assert "แบบคงที่ 12 งวด ใช้ได้ไม่เกินร้อยละ 0.69 ต่อเดือน (ร้อยละ 8.28 ต่อปี)" in answer.text
    assert look(sqlite_network) == []


def test_the_most_that_flat_may_be_is_let_through_and_a_hundredth_more_is_not(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = treasurer(sqlite_app, sqlite_network)
    flat = TYPED | {"method": "flat", "most_instalments": "12"}

    assert client.post(f"{ADDRESS}/new", data=flat | {"rate": "0.69"}).status_code == 200
    assert client.post(f"{ADDRESS}/new", data=flat | {"rate": "0.70"}).status_code == 422


@pytest.mark.parametrize("day", ["1/1/2467", "1/1/2443", "6/4/1900"])
def test_a_day_before_the_code_is_refused_at_its_box_also_without_a_founding(
    sqlite_app: Flask, sqlite_network: Network, day: str
) -> None:
    client = treasurer(sqlite_app, sqlite_network)

    founded = client.post(f"{ADDRESS}/new", data=TYPED | {"holds_from": day})
    write(lambda session: _forget_founding(session, sqlite_network))
    unfounded = client.post(f"{ADDRESS}/new", data=TYPED | {"holds_from": day})

    assert founded.status_code == 422
    assert 'id="holds_from-wrong"' in founded.text
    assert unfounded.status_code == 200
    assert "ร้อยละ 12.00 ต่อปี" in unfounded.text


def _forget_founding(session: Session, network: Network) -> None:
    session.get_one(Group, network.book_id).founded_on = None


@pytest.mark.parametrize(
    ("differently", "box"),
    [
        ({"rate": "150"}, "rate"),
        ({"rate": "150", "rate_per": "year"}, "rate"),
        ({"rate": "15.01", "rate_per": "year"}, "rate"),
        ({"rate": "-1"}, "rate"),
        ({"rate": ""}, "rate"),
        ({"rate": "หนึ่ง"}, "rate"),
        ({"rate": "1.23456"}, "rate"),
        ({"rate": "9" * 400}, "rate"),
        ({"most_instalments": "600"}, "most_instalments"),
        ({"most_instalments": "0"}, "most_instalments"),
        ({"most_instalments": ""}, "most_instalments"),
        ({"most_instalments": "๑๒.๕"}, "most_instalments"),
        ({"most": "0"}, "most"),
        ({"most": "สองหมื่น"}, "most"),
        ({"times": "สาม"}, "times"),
        ({"times": "101"}, "times"),
        ({"guarantors": "11"}, "guarantors"),
        ({"guarantees_each": "0"}, "guarantees_each"),
        ({"grace": "all"}, "grace_instalments"),
        ({"grace": "principal", "grace_instalments": "24"}, "grace_instalments"),
        ({"contract_fee": "24000"}, "contract_fee"),
        ({"method": "seasonal"}, "every"),
        ({"resolution": " "}, "resolution"),
        ({"resolution": "มติ\u202eลวง"}, "resolution"),
        ({"collateral": "ก" * 2_000}, "collateral"),
        ({"holds_from": ""}, "holds_from"),
        ({"holds_from": "31/12/2565"}, "holds_from"),
        ({"holds_from": "6/4/2599"}, "holds_from"),
        ({"holds_from": "29/2/2566"}, "holds_from"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_is_said_at_its_box_and_stays_typed(
    sqlite_app: Flask, sqlite_network: Network, differently: dict[str, str], box: str
) -> None:
    client = treasurer(sqlite_app, sqlite_network)

    answer = client.post(f"{ADDRESS}/new", data=TYPED | {"read_back": "yes", **differently})

    assert answer.status_code in {400, 422}
    assert f'id="{box}-wrong"' in answer.text
    assert 'role="alert"' in answer.text
    assert 'value="มติประชุมใหญ่' in answer.text or box == "resolution"
    assert look(sqlite_network) == []


@pytest.mark.parametrize(
    "differently",
    [
        {"method": ""},
        {"rate_per": ""},
        {"purpose": "bank"},
        {"purpose": "child_group"},
        {"rounding": "up"},
        {"charge_name": "ค่าคุ้มครอง"},
        {"colour": "red"},
        {"key": ""},
    ],
)
def test_a_choice_that_was_not_offered_is_refused(
    sqlite_app: Flask, sqlite_network: Network, differently: dict[str, str]
) -> None:
    client = treasurer(sqlite_app, sqlite_network)

    answer = client.post(f"{ADDRESS}/new", data=TYPED | {"read_back": "yes", **differently})

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert look(sqlite_network) == []


@pytest.mark.parametrize("purpose", [*(purpose.value for purpose in FOR_MEMBERS), ""])
def test_the_form_begins_with_invented_figures_and_leaves_the_method_open(
    sqlite_app: Flask, sqlite_network: Network, purpose: str
) -> None:
    client = treasurer(sqlite_app, sqlite_network)

    text = client.get(f"{ADDRESS}/new" + (f"?purpose={purpose}" if purpose else "")).text

    assert "ตัวเลขที่ใส่ไว้ให้เป็นเพียงตัวอย่าง ไม่ใช่ระเบียบของกลุ่มใด" in text
    assert 'name="method" value="flat">' in text
    assert 'name="method" value="declining_equal_principal" checked' not in text
    assert 'value="year" checked' in text


@pytest.mark.parametrize("purpose", ["bank", "x" * 3_000])
def test_no_form_for_what_no_member_borrows_for(
    sqlite_app: Flask, sqlite_network: Network, purpose: str
) -> None:
    client = treasurer(sqlite_app, sqlite_network)

    assert client.get(f"{ADDRESS}/new?purpose={purpose}").status_code == 404


def test_a_new_resolution_begins_with_what_holds_and_is_read_back(
    app: Flask, network: Network
) -> None:
    open_one(network)
    client = treasurer(app, network)

    asked = client.get(f"{ADDRESS}/ORD/resolve").text
    shown = client.post(f"{ADDRESS}/ORD/resolve", data=ANEW)
    recorded = client.post(f"{ADDRESS}/ORD/resolve", data=ANEW | {"read_back": "yes"})
    again = client.post(f"{ADDRESS}/ORD/resolve", data=ANEW | {"read_back": "yes"})

    assert 'value="50,000.00"' in asked
    assert 'value="declining_equal_principal" checked' in asked
    assert shown.status_code == 200
    assert "บันทึกแล้วแก้หรือลบไม่ได้" in shown.text
    assert recorded.location == f"{ADDRESS}/ORD"
    assert again.status_code == 409
    assert "เริ่มใช้วันที่ 6 เม.ย. 2566 อยู่แล้ว" in again.text
    (view,) = look(network)
    assert [one.by_law.annual_rate_ppm for one in view.history] == [120_000, 90_000]


def test_a_date_before_the_last_resolution_is_refused_at_its_box(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    open_one(sqlite_network)
    resolve(sqlite_network)
    client = treasurer(sqlite_app, sqlite_network)

    answer = client.post(
        f"{ADDRESS}/ORD/resolve", data=ANEW | {"read_back": "yes", "holds_from": "5/4/2566"}
    )

    assert answer.status_code == 422
    assert 'id="holds_from-wrong"' in answer.text
    assert "มติล่าสุดของเงินกู้นี้เริ่มใช้ 6 เม.ย. 2566" in answer.text
    assert len(look(sqlite_network)[0].history) == 2


def test_a_resolution_to_come_is_announced(sqlite_app: Flask, sqlite_network: Network) -> None:
    open_one(sqlite_network)
    resolve(sqlite_network, holds_from=date(2024, 1, 1))
    client = treasurer(sqlite_app, sqlite_network)

    assert "มติใหม่ 1 ม.ค. 2567" in client.get(ADDRESS).text
    assert "มีมติใหม่ที่จะเริ่มใช้ 1 มกราคม 2567" in client.get(f"{ADDRESS}/ORD").text


def test_a_kind_is_closed_from_its_page(sqlite_app: Flask, sqlite_network: Network) -> None:
    open_one(sqlite_network)
    client = treasurer(sqlite_app, sqlite_network)
    typed = {"closed_on": "6/4/2566", "key": "a-key-12345"}

    too_late = client.post(f"{ADDRESS}/ORD/close", data=typed | {"closed_on": "7/4/2566"})
    unread = client.post(f"{ADDRESS}/ORD/close", data=typed | {"closed_on": "พรุ่งนี้"})
    closed = client.post(f"{ADDRESS}/ORD/close", data=typed)
    again = client.post(f"{ADDRESS}/ORD/close", data=typed)

    assert (too_late.status_code, unread.status_code) == (422, 400)
    assert closed.status_code == 302
    assert again.status_code == 422
    assert "เลิกให้กู้แล้ว" in client.get(ADDRESS).text
    assert look(sqlite_network)[0].closed_on == TODAY


def test_what_is_typed_is_shown_as_text(sqlite_app: Flask, sqlite_network: Network) -> None:
    client = treasurer(sqlite_app, sqlite_network)
    spoilt = TYPED | {"name": "<script>กู้</script>", "resolution": "<b>มติ</b>"}

    read_back = client.post(f"{ADDRESS}/new", data=spoilt).text
    client.post(f"{ADDRESS}/new", data=spoilt | {"read_back": "yes"})
    text = client.get(f"{ADDRESS}/ORD").text + client.get(ADDRESS).text + read_back

    assert "&lt;script&gt;กู้" in text
    assert "<script>กู้" not in text
    assert "<b>มติ" not in text


@pytest.mark.parametrize("who", ["boonmee", "somchai", "wandee", "prasert"])
def test_only_the_treasurer_and_an_administrator_record_resolutions(
    sqlite_app: Flask, sqlite_network: Network, who: str
) -> None:
    open_one(sqlite_network)
    client = client_of(sqlite_app, getattr(sqlite_network, who))

    refused = [
        client.get(f"{ADDRESS}/new").status_code,
        client.post(f"{ADDRESS}/new", data=TYPED | {"read_back": "yes"}).status_code,
        client.get(f"{ADDRESS}/ORD/resolve").status_code,
        client.post(f"{ADDRESS}/ORD/resolve", data=ANEW | {"read_back": "yes"}).status_code,
        client.post(f"{ADDRESS}/ORD/close", data={"closed_on": "6/4/2566"}).status_code,
    ]

    assert refused == [403] * 5
    assert len(look(sqlite_network)[0].history) == 1


def test_an_administrator_reads_and_records_in_every_group(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)

    for code in (GROUP, OTHER_GROUP):
        address = f"/groups/{code}/loan-products"
        assert client.post(f"{address}/new", data=TYPED | {"read_back": "yes"}).status_code == 302
        assert client.get(f"{address}/ORD").status_code == 200


@pytest.mark.parametrize("path", ["/GOLD", "/GOLD/resolve", f"/{'x' * 3_000}"])
def test_a_kind_or_group_that_is_not_there_is_not_found(
    sqlite_app: Flask, sqlite_network: Network, path: str
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)

    assert client.get(ADDRESS + path).status_code == 404
    assert client.get(f"/groups/NONE/loan-products{path}").status_code == 404
    assert client.get("/groups/NONE/loan-products").status_code == 404
