"""The rules about lending: typed in per cent, people, days and tiers; nonsense at its box."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from ledger.db import read
from members.by_laws import (
    USUAL_RULES,
    NegativePercent,
    PercentTooLarge,
    RuleName,
    TooFinePercent,
    UnreadablePercent,
    parse_percent,
    percent,
)
from members.queries import rules_of
from tests.network import GROUP, Network, client_of

TYPED = {
    "value": "60",
    "holds_from": "6/4/2566",
    "resolution": "มติประชุมใหญ่ 1/2566 วันที่ 5 มีนาคม 2566",
    "key": "a-key-12345",
}


@pytest.mark.parametrize(
    ("typed", "ppm"),
    [
        ("6", 60_000),
        ("6.25", 62_500),
        (" ๖.๒๕ % ", 62_500),
        ("ร้อยละ 15", 150_000),
        ("0", 0),
        ("-0", 0),
        ("0.0001", 1),
        ("6.250000", 62_500),
        ("6.", 60_000),
    ],
)
def test_per_cent_are_read_as_people_type_them(typed: str, ppm: int) -> None:
    assert parse_percent(typed) == ppm


@given(st.integers(0, 9_999_999))
def test_what_is_written_in_per_cent_is_read_back(ppm: int) -> None:
    assert parse_percent(percent(ppm)) == ppm


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("", UnreadablePercent),
        ("หก", UnreadablePercent),
        ("6,5", UnreadablePercent),
        ("1e3", UnreadablePercent),
        ("6.5.1", UnreadablePercent),
        ("9" * 4_000, UnreadablePercent),
        ("-6", NegativePercent),
        ("6.00001", TooFinePercent),
        ("1000", PercentTooLarge),
    ],
)
def test_what_is_no_rate_says_why(typed: str, refusal: type[UnreadablePercent]) -> None:
    with pytest.raises(refusal) as refused:
        parse_percent(typed)

    assert "{" not in refused.value.sentence()


TIERS = {
    "months": ["1", "3", "", "12", "", "", "", ""],
    "percent": ["2", "20", "", "100"] + [""] * 4,
}
LOAN_RULES_TYPED: list[tuple[str, dict[str, Any], Any, str]] = [
    ("loan_quorum_people", {"value": "๕"}, 5, ">5<"),
    ("loan_default_rate_ppm", {"value": "7.5"}, 75_000, ">7.5<"),
    ("loan_default_free_days", {"value": "15"}, 15, ">15<"),
    (
        "provision_tiers_months_ppm",
        TIERS,
        [[1, 20_000], [3, 200_000], [12, 1_000_000]],
        "ค้าง 12 เดือนขึ้นไป 100 %",
    ),
]


def resolved(network: Network, name: str) -> list[Any]:
    rules = read(lambda session: rules_of(session, book_id=network.book_id))
    return [rule.value for rule in rules if rule.name == name]


@pytest.mark.parametrize(("name", "typed", "value", "says"), LOAN_RULES_TYPED)
def test_a_rule_about_lending_is_typed_in_its_own_unit_and_read_back(
    app: Flask, network: Network, name: str, typed: dict[str, Any], value: Any, says: str
) -> None:
    client = client_of(app, network.malee)
    address = f"/groups/{GROUP}/by-laws/{name}"
    sent = {box: said for box, said in TYPED.items() if box != "value"} | typed

    asked = client.get(address)
    shown = client.post(address, data=sent)
    recorded = client.post(address, data=sent | {"read_back": "yes"})
    again = client.post(address, data=sent | {"read_back": "yes"})

    assert asked.status_code == 200
    assert asked.text.count('name="months"') in {0, 8}
    assert ('value="50"' in asked.text) is (name == "provision_tiers_months_ppm")
    assert shown.status_code == 200
    assert says in shown.text
    assert "บาทถ้วน" not in shown.text
    assert recorded.status_code == 302
    assert again.status_code == 409
    assert resolved(network, name) == [USUAL_RULES[RuleName(name)], value]
    assert says in client.get(address).text


def test_the_tiers_that_were_typed_are_carried_through_the_reading_back(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)
    sent = {box: said for box, said in TYPED.items() if box != "value"} | TIERS

    address = f"/groups/{GROUP}/by-laws/provision_tiers_months_ppm"
    shown = client.post(address, data=sent).text
    back = client.post(address, data=sent | {"read_back": "no"}).text

    assert shown.count('type="hidden" name="months"') == 8
    assert '<input type="hidden" name="months" value="12">' in shown
    assert back.count('name="percent"') == 8
    assert 'value="100"' in back


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("loan_quorum_people", {"value": "1"}, "ตั้งแต่ 2 ถึง 100"),
        ("loan_quorum_people", {"value": "101"}, "ไม่เกิน 100"),
        ("loan_quorum_people", {"value": ""}, "ตั้งแต่ 2 ถึง 100"),
        ("loan_quorum_people", {"value": "สาม"}, "ใส่เป็นจำนวนเต็ม"),
        ("loan_quorum_people", {}, "ช่องนี้ต้องกรอก"),
        ("loan_default_rate_ppm", {"value": "15.01"}, "ต้องไม่เกินร้อยละ 15 ต่อปีตามกฎหมาย"),
        ("loan_default_rate_ppm", {"value": "-1"}, "ติดลบ"),
        ("loan_default_rate_ppm", {"value": "สิบ"}, "อ่านอัตรา"),
        ("loan_default_rate_ppm", {"value": " "}, "ใส่เป็นร้อยละ"),
        ("loan_default_free_days", {"value": ""}, "ตั้งแต่ 0 ถึง 366"),
        ("loan_default_free_days", {"value": "367"}, "ไม่เกิน 366"),
        ("loan_default_free_days", {"value": "1.5"}, "ใส่เป็นจำนวนเต็ม"),
        ("provision_tiers_months_ppm", {}, "ใส่อย่างน้อยหนึ่งแถว"),
        (
            "provision_tiers_months_ppm",
            {"months": ["", "3"], "percent": ["2", "20"]},
            "แถวที่ 1 กรอกไม่ครบ",
        ),
        (
            "provision_tiers_months_ppm",
            {"months": ["3", "3"], "percent": ["2", "20"]},
            "แถวที่ 2 จำนวนเดือนต้องมากกว่าแถวก่อน",
        ),
        (
            "provision_tiers_months_ppm",
            {"months": ["1", "3"], "percent": ["20", "2"]},
            "แถวที่ 2 ร้อยละต้องไม่น้อยกว่าแถวก่อน",
        ),
        (
            "provision_tiers_months_ppm",
            {"months": ["หนึ่ง"], "percent": ["2"]},
            "แถวที่ 1 ใส่จำนวนเดือนเป็นจำนวนเต็ม",
        ),
        ("provision_tiers_months_ppm", {"months": ["1"], "percent": ["101"]}, "ไม่เกินร้อยละ 100"),
        ("provision_tiers_months_ppm", {"months": ["1"], "percent": ["มาก"]}, "อ่านอัตรา"),
        (
            "provision_tiers_months_ppm",
            {"months": [str(n) for n in range(9)], "percent": ["1"] * 9},
            "ใส่ได้ไม่เกิน 8 แถว",
        ),
        ("provision_tiers_months_ppm", {"months": ["1", "2"], "percent": ["1"]}, "เปิดหน้านี้ใหม่"),
    ],
)
def test_nonsense_in_a_rule_about_lending_is_said_at_its_box(
    sqlite_app: Flask, sqlite_network: Network, name: str, typed: dict[str, Any], says: str
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)
    sent = {box: said for box, said in TYPED.items() if box != "value"} | typed

    answer = client.post(f"/groups/{GROUP}/by-laws/{name}", data=sent | {"read_back": "yes"})

    assert answer.status_code == 400
    assert 'id="value-wrong"' in answer.text
    assert says in answer.text
    assert len(resolved(sqlite_network, name)) == 1


def test_rules_about_lending_stand_under_their_own_heading(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    text = client_of(sqlite_app, sqlite_network.somchai).get(f"/groups/{GROUP}/by-laws").text

    assert text.index("เงินสดที่เก็บไว้ได้ไม่เกิน") < text.index("เรื่องเงินกู้") < text.index("องค์ประชุม")
    assert f"/groups/{GROUP}/loan-products" in text
    assert f"/groups/{GROUP}/loan-committee" in text
