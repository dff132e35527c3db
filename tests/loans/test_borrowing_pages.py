"""The pages of what the group owes, and of money between groups, through HTTP."""

import re
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.models import Entry
from ledger.money import Satang
from ledger.queries import account_by_code
from ledger.roles import Role
from ledger.services import post_batch
from members import officers
from members.models import GroupKind
from members.services.groups import open_group
from tests.network import (
    FOUNDED_AT,
    FOUNDED_ON,
    NOW,
    PASSWORD,
    Network,
    client_of,
    password_hash,
)

PLACE = "/groups/KHP06/borrowings"
#: CODI's contract as somebody types it; drawn a month before today, 6 April 2566.
CONTRACT = {
    "purpose": "codi_housing",
    "lender": "สถาบันพัฒนาองค์กรชุมชน (พอช.)",
    "reference": "พอช. 12/2566",
    "contract_on": "1/3/2566",
    "resolution": "มติที่ประชุมใหญ่ 1/2566",
    "principal": "300,000",
    "rate": "4",
    "instalments": "180",
    "method": "declining_equal_installment",
    "rounded": "baht",
    "drawn_on": "6/3/2566",
    "first_due_on": "6/4/2566",
    "key": "take-up-key",
}
DRAWN = {
    "amount": "300,000",
    "stage_n": "0",
    "drawn_on": "6/3/2566",
    "through": "bank",
    "note": "",
    "key": "draw-down-key",
}
PAID = {
    "amount": "2219",
    "paid_on": "6/4/2566",
    "through": "bank",
    "note": "ใบโอน 77",
    "key": "pay-the-lender",
}


@pytest.fixture
def treasurer(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """มาลี's browser."""
    return client_of(sqlite_app, sqlite_network.malee)


def approved(network: Network, password: str = PASSWORD) -> dict[str, str]:
    """Give what the second officer adds to a form."""
    return {"second_officer": str(network.boonmee), "password": password}


def entries(book_id: int) -> int:
    counted = select(func.count()).where(Entry.book_id == book_id)
    return read(lambda session: session.scalar(counted)) or 0


def borrow(client: FlaskClient) -> None:
    client.post(f"{PLACE}/new/confirm", data=CONTRACT)
    client.post(f"{PLACE}/1/draw-down", data=DRAWN)


def hidden(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, name
    return found[1]


# ---------------------------------------------------------------- taking up


def test_a_group_that_owes_nothing_is_told_what_to_do(treasurer: FlaskClient) -> None:
    shown = treasurer.get(PLACE).text

    assert "กลุ่มยังไม่ได้กู้เงินจากใคร" in shown
    assert "บันทึกสัญญากู้ใหม่" in shown


def test_the_schedule_is_shown_before_the_contract_is_confirmed(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    assert "ดูตารางงวด" in treasurer.get(f"{PLACE}/new").text

    checked = treasurer.post(f"{PLACE}/new", data=CONTRACT)

    assert checked.status_code == 200
    assert "สามแสนบาทถ้วน" in checked.text
    assert "2,219.00 บาท" in checked.text
    assert "2,234.79 บาท" in checked.text
    assert "99,435.79 บาท" in checked.text
    assert "กลุ่มยังไม่ได้กู้เงินจากใคร" in treasurer.get(PLACE).text

    confirmed = treasurer.post(f"{PLACE}/new/confirm", data=CONTRACT)

    assert confirmed.location == f"{PLACE}/1"
    assert "ยังไม่รับเงิน" in treasurer.get(f"{PLACE}/1").text
    assert entries(sqlite_network.book_id) == 0


def test_a_contract_sent_twice_is_written_once(treasurer: FlaskClient) -> None:
    treasurer.post(f"{PLACE}/new/confirm", data=CONTRACT)

    again = treasurer.post(f"{PLACE}/new/confirm", data=CONTRACT)

    assert again.location == f"{PLACE}/1"
    assert treasurer.get(f"{PLACE}/2").status_code == 404


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"resolution": ""}, "ช่องนี้ต้องกรอก"),
        ({"reference": " "}, "ช่องนี้ต้องกรอก"),
        ({"principal": "0"}, "จำนวนเงินต้องมากกว่าศูนย์"),
        ({"rate": "สี่"}, "อ่าน"),
        ({"instalments": "0"}, "ใส่จำนวนเต็มตั้งแต่ 1"),
        ({"purpose": "housing"}, "เลือกจากรายการที่มีให้"),
        ({"part_1_on": "6/3/2566"}, "ใส่จำนวนเงินของงวดนี้"),
        ({"part_1_amount": "300,000"}, "ใส่วันที่คาดว่าจะได้รับเงินงวดนี้"),
        ({"part_1_on": "6/3/2566", "part_1_amount": "100"}, "เงินทุกงวดรวมกันต้องเท่าวงเงินที่กู้"),
    ],
)
def test_a_contract_that_cannot_be_read_keeps_what_was_typed(
    treasurer: FlaskClient, typed: dict[str, str], said: str
) -> None:
    refused = treasurer.post(f"{PLACE}/new", data=CONTRACT | typed)

    assert refused.status_code == 400
    assert said in refused.text
    assert 'value="สถาบันพัฒนาองค์กรชุมชน (พอช.)"' in refused.text


def test_terms_that_no_schedule_follows_from_are_refused_in_words(treasurer: FlaskClient) -> None:
    refused = treasurer.post(f"{PLACE}/new", data=CONTRACT | {"first_due_on": "6/3/2566"})

    assert refused.status_code == 422
    assert "งวดแรกครบกำหนด 6 มี.ค. 2566 ไม่อยู่หลังวันจ่ายเงินกู้" in refused.text


def test_editing_goes_back_to_the_boxes(treasurer: FlaskClient) -> None:
    back = treasurer.post(f"{PLACE}/new", data=CONTRACT | {"edit": "yes"})

    assert "ดูตารางงวด" in back.text
    assert 'value="300,000"' in back.text


# ---------------------------------------------------------------- drawing down


def test_money_comes_in_once(treasurer: FlaskClient, sqlite_network: Network) -> None:
    treasurer.post(f"{PLACE}/new/confirm", data=CONTRACT)
    form = treasurer.get(f"{PLACE}/1/draw-down")
    assert 'value="300,000.00"' in form.text

    drawn = treasurer.post(f"{PLACE}/1/draw-down", data=DRAWN)
    again = treasurer.post(f"{PLACE}/1/draw-down", data=DRAWN)
    twice = treasurer.post(f"{PLACE}/1/draw-down", data=DRAWN | {"key": "another-key"})

    assert drawn.location == again.location == f"{PLACE}/1"
    assert twice.status_code == 409
    assert "จ่ายเงินครบแล้ว" in twice.text
    assert entries(sqlite_network.book_id) == 1
    card = treasurer.get(f"{PLACE}/1").text
    assert "300,000.00" in card
    assert "12210" not in card
    assert "จ่ายคืน" in card


def test_money_that_comes_in_parts_is_asked_for_part_by_part(treasurer: FlaskClient) -> None:
    parts = {
        "part_1_on": "6/3/2566",
        "part_1_amount": "180,000",
        "part_2_on": "6/4/2566",
        "part_2_amount": "120,000",
        "first_due_on": "6/5/2566",
    }
    treasurer.post(f"{PLACE}/new/confirm", data=CONTRACT | parts)
    first = treasurer.get(f"{PLACE}/1/draw-down")
    assert hidden(first, "stage_n") == "1"
    assert 'value="180,000.00"' in first.text
    sent = DRAWN | {"amount": "180,000", "stage_n": "1"}
    assert treasurer.post(f"{PLACE}/1/draw-down", data=sent).status_code == 302

    card = treasurer.get(f"{PLACE}/1").text
    second = treasurer.get(f"{PLACE}/1/draw-down")

    assert "รับเงินกู้งวดใหม่" in card
    assert hidden(second, "stage_n") == "2"
    assert 'value="120,000.00"' in second.text


def test_a_day_that_has_not_come_is_refused_at_its_box(treasurer: FlaskClient) -> None:
    treasurer.post(f"{PLACE}/new/confirm", data=CONTRACT)

    refused = treasurer.post(f"{PLACE}/1/draw-down", data=DRAWN | {"drawn_on": "7/4/2566"})

    assert refused.status_code == 422
    assert "วันที่ 7 เม.ย. 2566 ยังมาไม่ถึง" in refused.text


# ---------------------------------------------------------------- paying


def test_a_payment_is_read_back_and_approved_by_the_second_officer(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    borrow(treasurer)
    assert 'value="2,219.00"' in treasurer.get(f"{PLACE}/1/pay").text

    checked = treasurer.post(f"{PLACE}/1/pay", data=PAID)

    assert "สองพันสองร้อยสิบเก้าบาทถ้วน" in checked.text
    assert "1,219.00 บาท" in checked.text
    assert "1,000.00 บาท" in checked.text
    assert "298,781.00 บาท" in checked.text
    assert entries(sqlite_network.book_id) == 1

    sent = PAID | approved(sqlite_network)
    paid = treasurer.post(f"{PLACE}/1/pay/confirm", data=sent)
    again = treasurer.post(f"{PLACE}/1/pay/confirm", data=sent)

    assert paid.location == again.location == f"{PLACE}/1"
    assert entries(sqlite_network.book_id) == 2
    card = treasurer.get(f"{PLACE}/1").text
    assert "298,781.00" in card
    assert "งวดที่ยังต้องจ่าย 179 งวด" in card
    assert "ใบโอน 77" in card


@pytest.mark.parametrize(
    ("second", "status", "said"),
    [
        ({}, 400, "เลือกกรรมการคนที่สอง"),
        ({"second_officer": "1", "password": PASSWORD}, 403, "ผู้อนุมัติต้องเป็นกรรมการอีกคน"),
        ({"second_officer": "2", "password": "ผิด"}, 403, "รหัสผ่านของกรรมการคนที่สองไม่ถูก"),
    ],
)
def test_without_a_second_officer_nothing_is_paid(
    treasurer: FlaskClient,
    sqlite_network: Network,
    second: dict[str, str],
    status: int,
    said: str,
) -> None:
    borrow(treasurer)

    refused = treasurer.post(f"{PLACE}/1/pay/confirm", data=PAID | second)

    assert refused.status_code == status
    assert said in refused.text
    assert "สองพันสองร้อยสิบเก้าบาทถ้วน" in refused.text
    assert entries(sqlite_network.book_id) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "400,000"}, "ชำระได้ไม่เกิน"),
        ({"through": "cash"}, "ไม่พอจ่าย 2,219.00 บาท"),
        ({"paid_on": "5/3/2566"}, "6 มี.ค. 2566"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_before_it_is_approved(
    treasurer: FlaskClient, sqlite_network: Network, typed: dict[str, str], said: str
) -> None:
    borrow(treasurer)

    refused = treasurer.post(f"{PLACE}/1/pay", data=PAID | typed)

    assert refused.status_code == 422
    assert said in refused.text
    assert "ตรวจยอดก่อนจ่าย" in refused.text
    assert entries(sqlite_network.book_id) == 1


# ---------------------------------------------------------------- what the lender declares


RATE = {
    "rate": "3.5",
    "since": "6/4/2566",
    "effect": "recompute",
    "circular": "ประกาศ พอช. 12/2567",
    "key": "new-rate-key",
}
REST = {
    "waives": "all",
    "since": "6/4/2566",
    "until": "30/6/2566",
    "circular": "หนังสือ พอช. 88/2567",
    "key": "resting-key",
}


def test_a_new_rate_is_shown_beside_the_old_before_it_is_written(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    borrow(treasurer)

    checked = treasurer.post(f"{PLACE}/1/rate", data=RATE)

    assert checked.status_code == 200
    assert "2,219.00" in checked.text
    assert "ประกาศ พอช. 12/2567" in checked.text
    assert "ตารางงวดที่เคยใช้" not in treasurer.get(f"{PLACE}/1").text

    sent = RATE | {"shown": hidden(checked, "shown")}
    alone = treasurer.post(f"{PLACE}/1/rate/confirm", data=sent)
    assert alone.status_code == 400
    assert "เลือกกรรมการคนที่สอง" in alone.text
    assert "ตารางงวดใหม่ถูกต้องหรือไม่" in alone.text
    assert "ร้อยละ 4 ต่อปี" in treasurer.get(f"{PLACE}/1").text
    sent |= approved(sqlite_network)
    written = treasurer.post(f"{PLACE}/1/rate/confirm", data=sent)
    again = treasurer.post(f"{PLACE}/1/rate/confirm", data=sent)

    assert written.location == again.location == f"{PLACE}/1"
    card = treasurer.get(f"{PLACE}/1").text
    assert "ร้อยละ 3.5 ต่อปี" in card
    told = re.sub(r"<[^>]+>", "", card.split("สิ่งที่เกิดขึ้นกับสัญญานี้")[1].split("งวดที่ยังต้องจ่าย")[0])
    assert "เปลี่ยนอัตราดอกเบี้ย เป็นร้อยละ 3.5 ต่อปี ตาม ประกาศ พอช. 12/2567" in told
    assert card.count("เปลี่ยนอัตราดอกเบี้ย") == 2
    assert entries(sqlite_network.book_id) == 1


def test_a_moratorium_is_shown_beside_the_old_plan_before_it_is_written(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    borrow(treasurer)

    checked = treasurer.post(f"{PLACE}/1/rest", data=REST)
    sent = REST | {"shown": hidden(checked, "shown")} | approved(sqlite_network)
    written = treasurer.post(f"{PLACE}/1/rest/confirm", data=sent)

    assert written.location == f"{PLACE}/1"
    card = treasurer.get(f"{PLACE}/1").text
    assert "6 ก.ค. 2566" in card
    told = re.sub(r"<[^>]+>", "", card.split("สิ่งที่เกิดขึ้นกับสัญญานี้")[1].split("งวดที่ยังต้องจ่าย")[0])
    assert "ถึง 30 มิ.ย. 2566 ตาม หนังสือ พอช. 88/2567" in told


@pytest.mark.parametrize(("page", "sent"), [("rate", RATE), ("rest", REST)])
def test_a_change_without_a_circular_or_before_a_payment_is_refused(
    treasurer: FlaskClient, sqlite_network: Network, page: str, sent: dict[str, str]
) -> None:
    borrow(treasurer)
    treasurer.post(f"{PLACE}/1/pay/confirm", data=PAID | approved(sqlite_network))

    nameless = treasurer.post(f"{PLACE}/1/{page}", data=sent | {"circular": ""})
    early = treasurer.post(f"{PLACE}/1/{page}", data=sent | {"since": "20/3/2566"})

    assert nameless.status_code == 400
    assert "ช่องนี้ต้องกรอก" in nameless.text
    assert early.status_code == 422
    assert 'value="20/3/2566"' in early.text
    assert "ตารางงวดที่เคยใช้" not in treasurer.get(f"{PLACE}/1").text


def test_a_moratorium_that_ends_before_it_begins_is_refused(treasurer: FlaskClient) -> None:
    borrow(treasurer)

    refused = treasurer.post(f"{PLACE}/1/rest", data=REST | {"until": "1/4/2566"})

    assert refused.status_code == 400
    assert "วันสุดท้ายที่พักต้องไม่ก่อนวันแรก" in refused.text


def test_a_change_of_what_moved_since_is_shown_again(
    treasurer: FlaskClient, sqlite_network: Network
) -> None:
    borrow(treasurer)
    shown = hidden(treasurer.post(f"{PLACE}/1/rate", data=RATE), "shown")
    treasurer.post(f"{PLACE}/1/pay/confirm", data=PAID | approved(sqlite_network))

    refused = treasurer.post(
        f"{PLACE}/1/rate/confirm", data=RATE | {"shown": shown} | approved(sqlite_network)
    )

    assert refused.status_code == 409
    assert 'value="3.5"' in refused.text


# ---------------------------------------------------------------- looking ahead


def test_the_forecast_stands_on_top_in_one_sentence(treasurer: FlaskClient) -> None:
    borrow(treasurer)

    shown = treasurer.get(PLACE).text
    poor = treasurer.get(f"{PLACE}?collected=20").text

    assert "กองทุนบ้านมั่นคง" in shown
    assert "ถ้าเก็บจากสมาชิกได้ร้อยละ 100 ของงวดที่ครบกำหนด" in shown
    assert "ถ้าเก็บจากสมาชิกได้ร้อยละ 20 ของงวดที่ครบกำหนด" in poor
    assert "หนี้ของสมาชิกเทียบกับหนี้ของกลุ่ม" in shown
    assert "<svg" in shown
    assert "เมษายน 2566" in treasurer.get(f"{PLACE}?every=month").text


@pytest.mark.parametrize("asked", ["collected=ครึ่ง", "collected=500", "collected=", "every=x"])
def test_an_address_that_makes_no_sense_is_no_fault(treasurer: FlaskClient, asked: str) -> None:
    borrow(treasurer)

    assert treasurer.get(f"{PLACE}?{asked}").status_code in {200, 400}


def test_only_keepers_write_and_only_readers_read(
    sqlite_app: Flask, sqlite_network: Network, treasurer: FlaskClient
) -> None:
    borrow(treasurer)
    reviewer = client_of(sqlite_app, sqlite_network.somchai)
    observer = client_of(sqlite_app, sqlite_network.prasert)

    assert reviewer.get(f"{PLACE}/1").status_code == 200
    assert "จ่ายคืน</a>" not in reviewer.get(f"{PLACE}/1").text
    assert reviewer.get(f"{PLACE}/1/pay").status_code == 403
    assert reviewer.post(f"{PLACE}/1/pay/confirm", data=PAID).status_code == 403
    assert observer.get(PLACE).status_code == 403


# ---------------------------------------------------------------- between groups


MOTHER_PLACE, CHILD_PLACE = "/groups/WNY/between", "/groups/KHP99/between"
LENT = {
    "child": "KHP99",
    "principal": "100,000",
    "rate": "6",
    "instalments": "10",
    "method": "declining_equal_principal",
    "rounded": "baht",
    "moved_on": "6/3/2566",
    "first_due_on": "6/4/2566",
    "through": "bank",
    "resolution": "มติ 1/2566",
    "key": "lend-to-child",
}
CONFIRMED = {"through": "bank", "resolution": "มติ 2/2566", "key": "it-has-come"}
SENT = {
    "child": "",
    "amount": "10,500",
    "moved_on": "6/4/2566",
    "through": "bank",
    "note": "",
    "key": "sent-upwards",
}


@dataclass(frozen=True)
class Family:
    """A mother's and a child's treasurer at their browsers, and their seconds."""

    mother_book: int
    child_book: int
    mother: FlaskClient
    child: FlaskClient
    seconds: dict[str, str]

    def approved(self, code: str) -> dict[str, str]:
        """Give what the second officer of a group adds to a form."""
        return {"second_officer": self.seconds[code], "password": PASSWORD}


@pytest.fixture
def family(sqlite_app: Flask, sqlite_network: Network) -> Family:
    """A mother with 500,000 in the bank and a child with 100,000, each with two officers."""
    assert sqlite_network

    def found(session: Session) -> tuple[list[int], dict[str, list[int]]]:
        books, people = [], {}
        for code, name, mother, amount in (
            ("WNY", "กองทุนเครือข่ายวังน้ำเย็น", None, 500_000_00),
            ("KHP99", "กลุ่มออมทรัพย์บ้านลูก", "WNY", 100_000_00),
        ):
            book_id = open_group(
                session,
                code=code,
                name=name,
                kind=GroupKind.VILLAGE,
                village_code=None,
                mother_code=mother,
                founded_on=FOUNDED_ON,
                by="o1",
                at=FOUNDED_AT,
            ).book_id
            books.append(book_id)
            money, other = (
                account_by_code(session, book_id=book_id, code=number, fund="SAV").id
                for number in ("12110", "39010")
            )
            lines = (debit(money, "SAV", Satang(amount)), credit(other, "SAV", Satang(amount)))
            draft = EntryDraft(date(2023, 1, 2), EntryKind.JOURNAL, lines, memo="ยอดยกมา")
            post_batch(
                session,
                book_id=book_id,
                drafts=[draft],
                idempotency_key="money-key",
                posted_by="o1",
                posted_at=NOW,
            )
            people[code] = [
                officers.add_officer(
                    session,
                    sign_in_name=f"{code.lower()}-{role}",
                    name=f"{role} {code}",
                    village_code=None,
                    password_hash=password_hash(),
                    duties=[(code, role)],
                    by="o1",
                    at=FOUNDED_AT,
                ).id
                for role in (Role.TREASURER, Role.APPROVER)
            ]
        return books, people

    books, people = write(found)
    return Family(
        mother_book=books[0],
        child_book=books[1],
        mother=client_of(sqlite_app, people["WNY"][0]),
        child=client_of(sqlite_app, people["KHP99"][0]),
        seconds={code: str(pair[1]) for code, pair in people.items()},
    )


def lend(family: Family) -> str:
    sent = family.mother.post(f"{MOTHER_PLACE}/lend/confirm", data=LENT | family.approved("WNY"))
    assert sent.status_code == 302, sent.text
    return str(sent.location).rsplit("/", 1)[1]


def test_a_group_without_mother_or_children_is_told_so(treasurer: FlaskClient) -> None:
    assert "ยังไม่มีเครือข่ายแม่และยังไม่มีกลุ่มลูก" in treasurer.get("/groups/KHP06/between").text


def test_a_mother_lends_and_the_child_confirms(family: Family) -> None:
    assert "ดูตารางงวด" in family.mother.get(f"{MOTHER_PLACE}/lend").text
    checked = family.mother.post(f"{MOTHER_PLACE}/lend", data=LENT)
    assert "หนึ่งแสนบาทถ้วน" in checked.text
    assert "10,500.00 บาท" in checked.text
    assert entries(family.mother_book) == 1

    reference = lend(family)
    waiting = family.child.get(CHILD_PLACE).text
    assert "รอกลุ่มเรายืนยันรับ" in waiting
    assert "ต่าง 100,000.00 รอยืนยันรับ" in waiting
    assert "ตารางงวด ใช้ตรงกันทั้งสองฝ่าย" in family.child.get(f"{CHILD_PLACE}/{reference}").text
    confirmed = family.child.post(f"{CHILD_PLACE}/{reference}/confirm", data=CONFIRMED)
    again = family.child.post(f"{CHILD_PLACE}/{reference}/confirm", data=CONFIRMED)

    assert reference == "IG6603-WNY-0001"
    assert confirmed.location == again.location == f"{CHILD_PLACE}/{reference}"
    assert entries(family.child_book) == 2
    agreed = family.child.get(CHILD_PLACE).text
    assert agreed.count("ตรงกัน ✓") == 2
    assert "จ่ายคืน IG6603-WNY-0001" in agreed
    card = family.child.get("/groups/KHP99/borrowings/1").text
    assert "จ่ายคืนเครือข่ายแม่" in card
    assert family.child.get("/groups/KHP99/borrowings/1/pay").location == (f"{CHILD_PLACE}/repay/1")


def test_a_child_pays_its_mother_back_on_a_page(family: Family) -> None:
    reference = lend(family)
    family.child.post(f"{CHILD_PLACE}/{reference}/confirm", data=CONFIRMED)
    assert 'value="10,500.00"' in family.child.get(f"{CHILD_PLACE}/repay/1").text

    checked = family.child.post(f"{CHILD_PLACE}/repay/1", data=SENT)
    sent = family.child.post(f"{CHILD_PLACE}/repay/1/confirm", data=SENT | family.approved("KHP99"))
    back = str(sent.location).rsplit("/", 1)[1]
    confirmed = family.mother.post(
        f"{MOTHER_PLACE}/{back}/confirm", data={"through": "bank", "key": "it-came-back"}
    )

    assert "10,000.00 บาท" in checked.text
    assert "500.00 บาท" in checked.text
    assert confirmed.status_code == 302
    assert family.mother.get(MOTHER_PLACE).text.count("90,000.00") == 2


def test_a_deposit_goes_up_and_comes_back_on_pages(family: Family) -> None:
    checked = family.child.post(f"{CHILD_PLACE}/deposit", data=SENT)
    up = family.child.post(f"{CHILD_PLACE}/deposit/confirm", data=SENT | family.approved("KHP99"))
    reference = str(up.location).rsplit("/", 1)[1]
    family.mother.post(
        f"{MOTHER_PLACE}/{reference}/confirm", data={"through": "bank", "key": "it-has-come"}
    )
    assert "กลุ่มออมทรัพย์บ้านลูก ฝากไว้ 10,500.00" in family.mother.get(f"{MOTHER_PLACE}/return").text
    asked = SENT | {"child": "KHP99", "amount": "500", "key": "sent-downwards"}
    too_much = family.mother.post(f"{MOTHER_PLACE}/return", data=asked | {"amount": "10,501"})
    read_back = family.mother.post(f"{MOTHER_PLACE}/return", data=asked)
    down = family.mother.post(f"{MOTHER_PLACE}/return/confirm", data=asked | family.approved("WNY"))

    assert "กองทุนเครือข่ายวังน้ำเย็น" in checked.text
    assert too_much.status_code == 422
    assert "ฝากไว้ 10,500.00 บาท คืนได้ไม่เกินนี้" in too_much.text
    assert "ห้าร้อยบาทถ้วน" in read_back.text
    assert down.status_code == 302


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"child": "KHP06"}, 422, "เฉพาะเครือข่ายแม่กับกลุ่มลูก"),
        ({"child": ""}, 400, "ช่องนี้ต้องกรอก"),
        ({"resolution": ""}, 400, "ช่องนี้ต้องกรอก"),
        ({"rate": "16"}, 422, "เกินเพดานกฎหมายร้อยละ 15"),
        ({"principal": "900,000"}, 422, "ไม่พอจ่าย 900,000.00 บาท"),
        ({"first_due_on": "1/3/2566"}, 422, "ไม่อยู่หลังวันจ่ายเงินกู้"),
    ],
)
def test_a_loan_that_cannot_be_lent_is_refused_before_it_is_approved(
    family: Family, typed: dict[str, str], status: int, said: str
) -> None:
    refused = family.mother.post(f"{MOTHER_PLACE}/lend", data=LENT | typed)

    assert refused.status_code == status
    assert said in refused.text
    assert "ดูตารางงวด" in refused.text
    assert entries(family.mother_book) == 1


def test_without_the_second_officer_nothing_is_lent(family: Family) -> None:
    refused = family.mother.post(
        f"{MOTHER_PLACE}/lend/confirm",
        data=LENT | {"second_officer": family.seconds["KHP99"], "password": PASSWORD},
    )

    assert refused.status_code == 403
    assert "ผู้อนุมัติต้องเป็นกรรมการอีกคนของกลุ่มนี้" in refused.text
    assert entries(family.mother_book) == 1


def test_officers_of_another_group_confirm_nothing(family: Family, treasurer: FlaskClient) -> None:
    reference = lend(family)

    not_theirs = family.mother.post(f"{CHILD_PLACE}/{reference}/confirm", data=CONFIRMED)
    sender = family.mother.post(f"{MOTHER_PLACE}/{reference}/confirm", data=CONFIRMED)
    stranger = treasurer.post(f"/groups/KHP06/between/{reference}/confirm", data=CONFIRMED)

    assert not_theirs.status_code == 403
    assert sender.status_code == 403
    assert "กรรมการของกลุ่มนั้นเป็นผู้ยืนยันรับ" in sender.text
    assert stranger.status_code == 404
    assert entries(family.child_book) == 1


def test_a_loan_is_not_confirmed_without_the_childs_resolution(family: Family) -> None:
    reference = lend(family)

    refused = family.child.post(
        f"{CHILD_PLACE}/{reference}/confirm", data=CONFIRMED | {"resolution": ""}
    )

    assert refused.status_code == 422
    assert "มติ" in refused.text
    assert entries(family.child_book) == 1


def test_a_half_that_is_taken_back_turns_the_word_red(family: Family) -> None:
    reference = lend(family)
    family.child.post(f"{CHILD_PLACE}/{reference}/confirm", data=CONFIRMED)
    back = {"taken_back_on": "6/4/2566", "reason": "ลงผิดกลุ่ม", "key": "take-it-back"}

    alone = family.child.post(f"{CHILD_PLACE}/{reference}/take-back", data=back)
    done = family.child.post(
        f"{CHILD_PLACE}/{reference}/take-back", data=back | family.approved("KHP99")
    )

    assert alone.status_code == 400
    assert "เลือกกรรมการคนที่สอง" in alone.text
    assert done.location == f"{CHILD_PLACE}/{reference}"
    assert "มีฝ่ายเดียวที่กลับรายการ" in family.mother.get(f"{MOTHER_PLACE}/{reference}").text
    assert "ไม่ตรงกัน ✗ ต่าง 100,000.00" in family.mother.get(MOTHER_PLACE).text


def test_books_are_compared_at_a_day_that_is_asked_for(family: Family) -> None:
    reference = lend(family)
    family.child.post(f"{CHILD_PLACE}/{reference}/confirm", data=CONFIRMED)

    before = family.mother.get(f"{MOTHER_PLACE}?on=5/3/2566").text
    unreadable = family.mother.get(f"{MOTHER_PLACE}?on=เมื่อวาน")

    assert "5 มี.ค. 2566" in before
    assert before.count("ตรงกัน ✓") == 2
    assert unreadable.status_code in {200, 400}


def test_a_reference_that_is_nobodys_is_not_found(family: Family) -> None:
    assert family.mother.get(f"{MOTHER_PLACE}/IG6604-XXX-0001").status_code == 404
    assert family.child.get("/groups/KHP99/between/repay/9").status_code == 404


def test_the_receiver_is_told_where_it_looks_that_money_waits(family: Family) -> None:
    waits, places = "มีเงินรอยืนยันรับ 1 รายการ", ("today", "loans")
    reference = lend(family)

    for place in places:
        told = family.child.get(f"/groups/KHP99/{place}").text
        assert waits in told
        assert f'href="{CHILD_PLACE}"' in told
        assert waits not in family.mother.get(f"/groups/WNY/{place}").text

    family.child.post(f"{CHILD_PLACE}/{reference}/confirm", data=CONFIRMED)
    for place in places:
        assert waits not in family.child.get(f"/groups/KHP99/{place}").text


def test_a_mothers_loan_is_not_changed_in_one_book_alone(family: Family) -> None:
    reference = lend(family)
    family.child.post(f"{CHILD_PLACE}/{reference}/confirm", data=CONFIRMED)

    refused = family.child.post("/groups/KHP99/borrowings/1/rate", data=RATE)
    card = family.child.get("/groups/KHP99/borrowings/1").text

    assert refused.status_code == 422
    assert "เปลี่ยนฝ่ายเดียวไม่ได้" in refused.text
    assert f'href="{CHILD_PLACE}#change"' in card
    for told in (family.child.get(CHILD_PLACE).text, family.mother.get(MOTHER_PLACE).text):
        assert 'id="change"' in told
        assert "ทำสัญญาใหม่แทนสัญญาเดิม" in told


def test_the_page_between_groups_has_one_name(family: Family) -> None:
    name = "เงินระหว่างกลุ่มแม่กับกลุ่มลูก"

    assert f"<h1>{name}</h1>" in family.mother.get(MOTHER_PLACE).text
    for page in ("between/lend", "between/return", "loans", "borrowings"):
        assert f'href="{MOTHER_PLACE}">{name}</a>' in family.mother.get(f"/groups/WNY/{page}").text


def test_a_child_sees_what_its_mother_asks_for_an_overdue_loan(family: Family) -> None:
    overdue = LENT | {"moved_on": "6/1/2566", "first_due_on": "6/2/2566"}
    sent = family.mother.post(f"{MOTHER_PLACE}/lend/confirm", data=overdue | family.approved("WNY"))
    reference = str(sent.location).rsplit("/", 1)[1]
    family.child.post(f"{CHILD_PLACE}/{reference}/confirm", data=CONFIRMED)

    asked = family.child.get(f"{CHILD_PLACE}/repay/1").text
    checked = family.child.post(f"{CHILD_PLACE}/repay/1", data=SENT | {"amount": "101,719.87"})

    assert "369.87 บาท" in asked
    assert "101,719.87 บาท" in asked
    assert checked.status_code == 200
    assert "ดอกเบี้ยผิดนัด" in checked.text
    assert "ปิดสัญญา" in checked.text
