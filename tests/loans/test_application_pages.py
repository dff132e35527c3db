"""The path of a loan through its pages: the whole of it, and what is refused with the form kept."""

import html
import re
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ledger.db import write
from ledger.entry import EntryDraft, EntryKind
from ledger.money import Satang
from ledger.services import post_batch
from loans.kinds import Vote
from loans.services.applications import Consent
from members.models import Officer
from members.queries import cash_accounts, savings_accounts
from members.savings import receipt_postings
from tests.loans.asking import (
    AMOUNT,
    BOONMEE,
    COMMITTEE,
    FOR_IT,
    KAEWTA,
    NAMJAI,
    PIN,
    PRAIYA,
    RESOLUTION,
    SOMSRI,
    THONGDEE,
    WHAT_FOR,
    agree,
    approve,
    ask,
    asked,
    guaranteed,
    meet,
    number_of,
    offer_housing,
    prepare,
    put_on,
    rows,
    voted,
)
from tests.members.saving import pay_in
from tests.network import GROUP, NOW, PASSWORD, Network, client_of
from tests.papers import text_of

KEY = "a-key-of-a-form-1234"
LIST = f"/groups/{GROUP}/loan-applications"
BORROW = f"/groups/{GROUP}/members/{SOMSRI}/borrow"
MEETING = f"{LIST}/meeting"
APPLICATION = {
    "product_code": "ORD",
    "amount": "12,000",
    "instalments": "๑๒",
    "what_for": WHAT_FOR,
    "household_income": "15,000",
    "collateral": "",
    "applied_on": "6/4/2566",
    "key": KEY,
}


@pytest.fixture
def village(network: Network) -> Network:
    """The network with a committee, a kind of loan and members who could guarantee."""
    prepare(network)
    return network


@pytest.fixture
def malee(app: Flask, village: Network) -> FlaskClient:
    """The browser of the one who keeps the box."""
    return client_of(app, village.malee)


def said(answer: TestResponse) -> str:
    """Give everything that a page says is wrong."""
    found = re.findall(r'class="(?:said )?trouble"[^>]*>([^<]*)<', answer.text)
    return " | ".join(html.unescape(one) for one in found)


def votes(network: Network, application: int, cast: dict[str, Vote]) -> dict[str, str]:
    """Give the boxes of votes as the page sends them."""
    return {
        f"vote_{application}_{number_of(network, member)}": vote for member, vote in cast.items()
    }


def meeting(network: Network, cast: dict[str, str], **more: str) -> dict[str, object]:
    """Give the form of a meeting to which the whole committee came."""
    return {
        "held_on": "6/4/2566",
        "resolution": RESOLUTION,
        "minutes": "ประชุมที่ศาลาบ้าน",
        "present": [str(number_of(network, number)) for number in COMMITTEE],
        "key": KEY,
        **cast,
        **more,
    }


def approval(network: Network, **more: str) -> dict[str, str]:
    """Give the form of an approval by มาลี, with บุญมี as the second officer."""
    return {
        "amount": "12,000",
        "instalments": "12",
        "first_due_on": "6/5/2566",
        "decided_on": "6/4/2566",
        "second_officer": str(network.boonmee),
        "password": PASSWORD,
        "key": KEY,
        **more,
    }


def test_the_whole_path_goes_from_page_to_page(malee: FlaskClient, village: Network) -> None:
    asking = malee.get(BORROW).text
    assert "กู้ได้ไม่เกิน" in asking
    assert "30,000.00 บาท" in asking
    assert "× 3 เท่า" in asking
    sent = malee.post(BORROW, data=APPLICATION)
    assert sent.location == f"{LIST}/1"
    page = malee.get(sent.location).text
    assert "หาผู้ค้ำอีก 2 คน" in page
    assert "คนยินยอม" not in page
    assert "12,000.00 บาท" in page
    for guarantee, number in enumerate((BOONMEE, PRAIYA), start=1):
        looked_at = malee.get(f"{LIST}/1?guarantor={number}").text
        assert "ยังไม่ได้ค้ำใคร" in looked_at
        data = {"guarantor": number, "most": "12,000", "key": KEY}
        assert malee.post(f"{LIST}/1/guarantors", data=data).location == f"{LIST}/1"
        data = {"how": "signed_paper", "consented_on": "6/4/2566", "key": KEY}
        agreed = malee.post(f"{LIST}/1/guarantors/{guarantee}/consent", data=data)
        assert agreed.location == f"{LIST}/1"
    assert "เข้าที่ประชุมคณะกรรมการเงินกู้" in malee.get(f"{LIST}/1").text
    room = malee.get(f"{MEETING}?number=1").text
    assert "ไม่ลงคะแนน เพราะอยู่บ้านเดียวกับผู้กู้" in room
    met = malee.post(MEETING, data=meeting(village, votes(village, 1, FOR_IT), read_back="yes"))
    assert met.location == f"{LIST}/1"
    page = malee.get(f"{LIST}/1").text
    assert "กรรมการสองคนอนุมัติ" in page
    assert "เห็นชอบ 2 ไม่เห็นชอบ 1" in page

    granted = malee.post(f"{LIST}/1/approve", data=approval(village))

    assert granted.status_code == 302
    page = malee.get(f"{LIST}/1").text
    assert "LN6604-KHP06-0001" in page
    assert f"/groups/{GROUP}/loans/1/contract.pdf" in page
    assert f"/groups/{GROUP}/loans/1/guarantees/1.pdf" in page
    assert f"/groups/{GROUP}/loans/1/pay-out" in page
    listed = malee.get(LIST).text
    assert "อนุมัติ" in listed
    assert "LN6604-KHP06-0001" in listed


def test_an_application_sent_twice_is_written_once(malee: FlaskClient, village: Network) -> None:
    first = malee.post(BORROW, data=APPLICATION)

    again = malee.post(BORROW, data=APPLICATION)

    assert again.location == first.location
    assert rows(village)["loans_applications"] == 1


def test_too_much_is_refused_with_the_sum_and_the_form_is_kept(
    malee: FlaskClient, village: Network
) -> None:
    before = rows(village)

    answer = malee.post(BORROW, data=APPLICATION | {"amount": "31,000"})

    assert answer.status_code == 422
    assert "กู้ได้ไม่เกิน 30,000 บาท ขอมา 31,000 เกินไป 1,000 บาท" in said(answer)
    assert 'value="31,000"' in answer.text
    assert f'value="{WHAT_FOR}"' in answer.text
    assert rows(village) == before


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"amount": "หมื่นสอง"}, "จำนวนเงิน"),
        ({"amount": "0"}, "มากกว่าศูนย์"),
        ({"what_for": " "}, "ต้องกรอก"),
        ({"applied_on": "31/4/2566"}, "ไม่มี"),
        ({"instalments": ""}, "จำนวนงวด"),
        ({"product_code": "XXX"}, "ไม่พบเงินกู้ประเภทนี้"),
    ],
)
def test_what_cannot_be_read_says_why_at_its_box(
    malee: FlaskClient, village: Network, wrong: dict[str, str], sentence: str
) -> None:
    before = rows(village)

    answer = malee.post(BORROW, data=APPLICATION | wrong)

    assert answer.status_code in {400, 404, 422}
    assert sentence in said(answer)
    assert rows(village) == before


@pytest.mark.parametrize(
    ("number", "status", "sentence"),
    [
        (SOMSRI, 422, "เป็นผู้กู้เอง"),
        (PIN, 422, "อยู่บ้านเดียวกับผู้กู้"),
        (BOONMEE, 409, "อยู่ในรายชื่อผู้ค้ำของคำขอนี้แล้ว"),
        ("9999", 404, "ไม่พบสมาชิกเลขที่ 9999"),
    ],
)
def test_a_guarantor_who_may_not_is_refused_at_the_box(
    malee: FlaskClient, village: Network, number: str, status: int, sentence: str
) -> None:
    application = ask(village)
    put_on(village, application, BOONMEE)
    before = rows(village)

    answer = malee.post(
        f"{LIST}/{application}/guarantors", data={"guarantor": number, "most": "100", "key": KEY}
    )

    assert answer.status_code == status
    assert sentence in said(answer)
    assert rows(village) == before


def test_a_full_guarantor_is_refused(malee: FlaskClient, village: Network) -> None:
    approve(village, voted(village))
    application = ask(village)

    answer = malee.post(
        f"{LIST}/{application}/guarantors", data={"guarantor": BOONMEE, "most": "100", "key": KEY}
    )

    assert answer.status_code == 422
    assert "ค้ำได้ไม่เกิน 1 สัญญา" in said(answer)


def test_consent_needs_how_it_was_given(malee: FlaskClient, village: Network) -> None:
    application = ask(village)
    guarantee = put_on(village, application, BOONMEE)
    before = rows(village)

    answer = malee.post(
        f"{LIST}/{application}/guarantors/{guarantee}/consent",
        data={"consented_on": "6/4/2566", "key": KEY},
    )

    assert answer.status_code == 400
    assert "เลือกหนึ่งอย่าง" in said(answer)
    assert rows(village) == before


def test_a_guarantor_is_taken_off_with_a_reason(malee: FlaskClient, village: Network) -> None:
    application = ask(village)
    guarantee = put_on(village, application, BOONMEE)
    address = f"{LIST}/{application}/guarantors/{guarantee}/let-go"
    sent = {"why": "", "released_on": "6/4/2566", "key": KEY}
    assert "ต้องกรอก" in said(malee.post(address, data=sent))

    answer = malee.post(address, data=sent | {"why": "ขอถอนตัว"})

    assert answer.location == f"{LIST}/{application}"
    assert "ขอถอนตัว" in malee.get(answer.location).text
    assert rows(village)["let go"] == 1


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"resolution": ""}, "ใส่เลขที่มติของที่ประชุม"),
        ({"held_on": "5/4/2566"}, "มาก่อนวันยื่นคำขอ"),
        ({"held_on": "7/4/2566"}, "ยังมาไม่ถึง"),
        ({"held_on": "1/1/2566"}, "ไม่ได้เป็นคณะกรรมการเงินกู้"),
    ],
)
def test_a_meeting_that_cannot_be_is_refused(
    malee: FlaskClient, village: Network, more: dict[str, str], sentence: str
) -> None:
    application = guaranteed(village)
    before = rows(village)

    answer = malee.post(MEETING, data=meeting(village, votes(village, application, FOR_IT), **more))

    assert answer.status_code in {400, 422}
    assert sentence in said(answer)
    assert rows(village) == before


def test_a_meeting_without_a_quorum_keeps_what_was_ticked(
    malee: FlaskClient, village: Network
) -> None:
    application = guaranteed(village)
    sent = meeting(village, votes(village, application, {THONGDEE: Vote.FOR, KAEWTA: Vote.FOR}))
    present = [str(number_of(village, number)) for number in (PIN, THONGDEE, KAEWTA)]
    before = rows(village)

    answer = malee.post(MEETING, data=sent | {"present": present})

    assert answer.status_code == 422
    assert "ไม่ครบองค์ประชุม ระเบียบให้มีอย่างน้อย 3 คน มาประชุม 3 คน มีสิทธิลงคะแนน 2 คน" in said(answer)
    assert answer.text.count(" checked>") == 3
    assert answer.text.count('<option value="for" selected>') == 2
    assert rows(village) == before


def test_nobody_votes_on_their_own_through_a_forged_form(
    malee: FlaskClient, village: Network
) -> None:
    application = guaranteed(village)
    before = rows(village)

    answer = malee.post(
        MEETING, data=meeting(village, votes(village, application, {PIN: Vote.FOR}))
    )

    assert answer.status_code == 422
    assert "เพราะอยู่บ้านเดียวกับผู้กู้" in said(answer)
    assert rows(village) == before


def test_a_vote_after_the_decision_is_refused(malee: FlaskClient, village: Network) -> None:
    application = voted(village)
    approve(village, application)
    before = rows(village)

    answer = malee.post(
        MEETING,
        data=meeting(village, votes(village, application, FOR_IT), resolution="มติที่ 5/2566"),
    )

    assert answer.status_code == 409
    assert "ตัดสินแล้วเมื่อ 6 เม.ย. 2566" in answer.text
    assert rows(village) == before


@pytest.mark.parametrize(
    ("more", "status", "sentence"),
    [
        ({"password": "ผิด"}, 403, "รหัสผ่านของกรรมการคนที่สองไม่ถูก"),
        ({"password": ""}, 400, "กรรมการคนที่สองใส่รหัสผ่านของตนเอง"),
        ({"second_officer": ""}, 400, "เลือกกรรมการคนที่สอง"),
        ({"second_officer": "1"}, 403, "กรรมการ"),
        ({"amount": "12,000.01"}, 422, "อนุมัติได้ไม่เกินที่ขอ คำขอนี้ขอ 12,000.00 บาท"),
        ({"decided_on": "7/4/2566"}, 422, "ยังมาไม่ถึง"),
        ({"first_due_on": "6/4/2566"}, 422, "ต้องมาหลังวันทำสัญญา"),
        ({"instalments": "0"}, 422, "ต้องมากกว่าศูนย์"),
    ],
)
def test_an_approval_that_may_not_be_is_refused_and_nothing_is_written(
    malee: FlaskClient, village: Network, more: dict[str, str], status: int, sentence: str
) -> None:
    application = voted(village)
    before = rows(village)

    answer = malee.post(f"{LIST}/{application}/approve", data=approval(village, **more))

    assert answer.status_code == status
    assert sentence in said(answer)
    assert rows(village) == before


def test_an_approval_without_a_majority_is_refused(malee: FlaskClient, village: Network) -> None:
    application = guaranteed(village)
    meet(village, {application: {THONGDEE: Vote.FOR, KAEWTA: Vote.AGAINST, NAMJAI: Vote.ABSTAINED}})
    before = rows(village)

    answer = malee.post(f"{LIST}/{application}/approve", data=approval(village))

    assert answer.status_code == 422
    assert "ที่ประชุมไม่ได้เห็นชอบคำขอนี้: เห็นชอบ 1 ไม่เห็นชอบ 1" in said(answer)
    assert "อนุมัติและทำสัญญา" not in answer.text
    assert rows(village) == before


def test_an_approval_sent_twice_makes_one_loan(malee: FlaskClient, village: Network) -> None:
    application = voted(village)
    malee.post(f"{LIST}/{application}/approve", data=approval(village))
    before = rows(village)

    again = malee.post(f"{LIST}/{application}/approve", data=approval(village))

    assert again.status_code == 302
    assert rows(village) == before


STAGES = {
    "stage_amount_1": "5,000",
    "stage_on_1": "20/4/2566",
    "stage_what_1": "ตอกเสาเข็มและเทคาน",
    "stage_contractor_1": "ช่างสมพร",
    "stage_retention_1": "250",
    "stage_amount_2": "7,000",
    "stage_on_2": "20/5/2566",
    "stage_what_2": "มุงหลังคา",
}


def test_a_house_is_approved_with_its_stages(malee: FlaskClient, village: Network) -> None:
    offer_housing(village)
    application = voted(village, replace(asked(), product_code="HOU"))
    page = malee.get(f"{LIST}/{application}").text
    assert "จ่ายเงินเป็นงวดงาน" in page
    short = approval(village, **STAGES | {"stage_amount_2": "6,000"})
    refused = malee.post(f"{LIST}/{application}/approve", data=short)
    assert refused.status_code == 422
    assert "งวดงานรวมกัน 11,000.00 บาท" in said(refused)
    assert 'value="มุงหลังคา"' in refused.text

    answer = malee.post(f"{LIST}/{application}/approve", data=approval(village, **STAGES))

    assert answer.status_code == 302
    contract = malee.get(f"/groups/{GROUP}/loans/1/contract.pdf").data
    text = "".join(text_of(contract).split())
    assert "๒งวดงาน" in text
    assert "ช่างสมพร" in text
    assert "250.00" in text


def test_who_has_a_stake_reads_that_others_decide(app: Flask, village: Network) -> None:
    application = voted(village)

    def rename(session: Session) -> None:
        session.get_one(Officer, village.malee).name = "สมศรี ใจดี"

    write(rename)

    page = client_of(app, village.malee).get(f"{LIST}/{application}").text

    assert "ท่านอนุมัติคำขอนี้ไม่ได้ เพราะเป็นผู้กู้เอง" in page
    assert "อนุมัติและทำสัญญา" not in page


def test_a_guarantor_who_went_after_the_vote_is_replaced(
    malee: FlaskClient, village: Network
) -> None:
    application = voted(village)
    gone = {"why": "ขอถอนตัว", "released_on": "6/4/2566", "key": KEY}
    malee.post(f"{LIST}/{application}/guarantors/1/let-go", data=gone)

    page = malee.get(f"{LIST}/{application}").text

    assert "ผู้ค้ำไม่ครบ ใส่ผู้ค้ำเพิ่ม" in page
    assert "ยังขาด 1 คน" in page


def test_an_application_is_refused_with_a_reason(malee: FlaskClient, village: Network) -> None:
    application = voted(village)
    address = f"{LIST}/{application}/refuse"
    answer = malee.post(address, data={"why": "", "decided_on": "6/4/2566", "key": KEY})
    assert answer.status_code == 422
    assert "ใส่เหตุผลที่ไม่อนุมัติ" in said(answer)

    sent = malee.post(address, data={"why": "เงินไม่พอ", "decided_on": "6/4/2566", "key": KEY})

    assert sent.location == f"{LIST}/{application}"
    assert "เพราะ เงินไม่พอ" in malee.get(sent.location).text


def test_an_application_is_withdrawn(malee: FlaskClient, village: Network) -> None:
    application = guaranteed(village)

    sent = malee.post(
        f"{LIST}/{application}/withdraw",
        data={"why": "", "decided_on": "6/4/2566", "key": KEY},
    )

    assert sent.location == f"{LIST}/{application}"
    assert "ถอนคำขอ" in malee.get(sent.location).text
    assert "คำขออื่น" not in malee.get(MEETING).text


def test_a_guarantor_of_a_loan_is_replaced_on_its_own_page(
    malee: FlaskClient, village: Network
) -> None:
    approve(village, voted(village))
    loan = f"/groups/{GROUP}/loans/1/guarantors"
    go = {"why": "ย้ายไปอยู่กรุงเทพฯ", "released_on": "6/4/2566", "key": KEY}
    refused = malee.post(f"{loan}/1/let-go", data=go | {"replaced_by": ""})
    assert refused.status_code == 422
    assert "มีคนอื่นที่ยินยอมแล้วมาค้ำแทน" in said(refused)
    assert 'value="ย้ายไปอยู่กรุงเทพฯ"' in refused.text
    data = {"guarantor": f"{THONGDEE} นายทองดี ค้ำชู", "most": "12,000", "key": KEY}
    assert malee.post(loan, data=data).location == loan
    data = {"how": "in_person", "consented_on": "6/4/2566", "key": KEY}
    assert malee.post(f"{loan}/3/consent", data=data).location == loan

    second = {"second_officer": str(village.boonmee), "password": PASSWORD}
    gone = malee.post(f"{loan}/1/let-go", data=go | {"replaced_by": "3"} | second)

    assert gone.location == loan
    page = malee.get(loan).text
    assert "ย้ายไปอยู่กรุงเทพฯ" in page
    assert "มาบอกยินยอมด้วยตนเองต่อหน้ากรรมการ" in page


def test_reviewers_read_and_do_not_write(app: Flask, village: Network) -> None:
    application = ask(village)
    somchai = client_of(app, village.somchai)

    page = somchai.get(f"{LIST}/{application}")

    assert page.status_code == 200
    assert "<form" not in page.text.split("<main")[1]
    for address in (f"{application}/approve", f"{application}/withdraw", "meeting"):
        assert somchai.post(f"{LIST}/{address}").status_code == 403
    assert somchai.get(BORROW).status_code == 403
    assert client_of(app, village.prasert).get(LIST).status_code == 403


def test_an_application_that_is_not_there_is_not_found(malee: FlaskClient) -> None:
    answer = malee.get(f"{LIST}/99")

    assert answer.status_code == 404
    assert "ไม่พบคำขอกู้นี้" in answer.text


def test_an_empty_list_says_what_to_do(malee: FlaskClient) -> None:
    assert "ไม่มีคำขอที่รออยู่" in malee.get(LIST).text
    assert "ไม่มีคำขอที่รอประชุม" in malee.get(MEETING).text


def test_a_member_without_savings_reads_why_nothing_can_be_borrowed(malee: FlaskClient) -> None:
    page = malee.get(f"/groups/{GROUP}/members/{THONGDEE}/borrow").text

    assert "วันนี้ยังกู้ไม่ได้" in page
    assert "สัจจะและหุ้น 0 × 3 เท่า" in page


def test_agreed_guarantors_stand_with_what_they_have(malee: FlaskClient, village: Network) -> None:
    application = ask(village)
    agree(village, put_on(village, application, BOONMEE))

    page = malee.get(f"{LIST}/{application}").text

    assert "ลงลายมือชื่อยินยอมค้ำประกันแล้ว" in page
    assert "หาผู้ค้ำอีก 1 คน" in page


def test_who_was_named_and_waits_is_waited_for(malee: FlaskClient, village: Network) -> None:
    application = ask(village)
    for number in (BOONMEE, PRAIYA):
        put_on(village, application, number)

    page = malee.get(f"{LIST}/{application}").text

    assert "รอผู้ค้ำ 2 คนยินยอม" in page
    assert "หาผู้ค้ำ" not in page


@pytest.mark.parametrize(
    "typed", ["2", "๒", "0002", "บุญมี", "บุญมี ทองคำ", "นายบุญมี ทองคำ", f"{BOONMEE} นายบุญมี ทองคำ"]
)
def test_a_guarantor_is_found_by_number_or_by_name(
    malee: FlaskClient, village: Network, typed: str
) -> None:
    application = ask(village)

    looked_at = malee.get(f"{LIST}/{application}", query_string={"guarantor": typed})
    sent = malee.post(
        f"{LIST}/{application}/guarantors", data={"guarantor": typed, "most": "12,000", "key": KEY}
    )

    assert "ใส่ชื่อเป็นผู้ค้ำ" in looked_at.text
    assert f'name="guarantor" value="{BOONMEE}"' in looked_at.text
    assert sent.status_code == 302
    assert "รอการยินยอม" in malee.get(sent.location).text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (SOMSRI, "เป็นผู้กู้เอง"),
        ("ปิ่นแก้ว", "อยู่บ้านเดียวกับผู้กู้"),
        ("9999", "ไม่พบสมาชิกเลขที่ 9999"),
        ("9" * 5_000, "ไม่พบสมาชิกเลขที่"),
        ("ไม่มีใคร", "ไม่พบสมาชิกชื่อ “ไม่มีใคร”"),
        ("นาย", "ตรงกับสมาชิก 3 คน"),
    ],
)
def test_who_cannot_guarantee_is_told_at_the_box_before_anything_is_asked(
    malee: FlaskClient, village: Network, typed: str, sentence: str
) -> None:
    application = ask(village)

    page = malee.get(f"{LIST}/{application}", query_string={"guarantor": typed}).text

    wrong = re.search(r'<small id="guarantor-wrong" class="trouble">([^<]*)<', page)
    assert wrong is not None
    assert sentence in html.unescape(wrong[1])
    assert "ใส่ชื่อเป็นผู้ค้ำ" not in page


def test_a_full_guarantor_is_told_before_anything_is_asked(
    malee: FlaskClient, village: Network
) -> None:
    approve(village, voted(village))
    application = ask(village)

    page = malee.get(f"{LIST}/{application}?guarantor={BOONMEE}").text

    assert "ค้ำได้ไม่เกิน 1 สัญญา" in page
    assert 'id="guarantor-wrong"' in page
    assert "ใส่ชื่อเป็นผู้ค้ำ" not in page


def test_a_limit_above_the_guarantor_s_savings_is_cautioned(
    malee: FlaskClient, village: Network
) -> None:
    application = ask(village)
    assert "น้อยกว่าวงเงิน" in malee.get(f"{LIST}/{application}?guarantor={BOONMEE}").text
    put_on(village, application, BOONMEE)
    named = malee.get(f"{LIST}/{application}").text
    assert "น้อยกว่าวงเงินที่ค้ำ" in named
    pay_in(village, {"PLG": AMOUNT}, number=BOONMEE, key="boonmee-has-enough")

    assert "น้อยกว่าวงเงิน" not in malee.get(f"{LIST}/{application}").text


def test_more_debt_than_savings_is_said_in_words(malee: FlaskClient, village: Network) -> None:
    pay_in(village, {"PLG": 50_000_00}, number=BOONMEE, key="there-is-money")
    approve(village, voted(village))
    what = replace(asked(1_000_00), what_for="ซ่อมหลังคา")
    application = ask(village, what, member=BOONMEE)

    page = malee.get(f"{LIST}/{application}?guarantor={SOMSRI}").text

    assert "เป็นหนี้มากกว่าเงินออม" in page
    assert "2,000.00 บาท" in page
    assert "-2,000" not in page


def test_a_meeting_is_read_back_with_its_result_before_it_is_kept(
    malee: FlaskClient, village: Network
) -> None:
    application = guaranteed(village)
    sent = meeting(village, votes(village, application, FOR_IT))
    before = rows(village)

    shown = malee.post(f"{MEETING}?number={application}", data=sent)

    assert shown.status_code == 200
    assert "เห็นชอบ 2 จาก 3 คน → ผ่าน" in shown.text
    kept = shown.text.index("บันทึกแล้วแก้ไขไม่ได้")
    assert kept < shown.text.index("บันทึกการประชุมและคะแนน</button>")
    assert "นายทองดี ค้ำชู" in shown.text
    assert rows(village) == before
    back = malee.post(MEETING, data=sent | {"read_back": "no"})
    assert back.text.count('<option value="for" selected>') == 2
    assert back.text.count(" checked>") == 4
    assert 'value="มติที่ 4/2566"' in back.text
    assert rows(village) == before

    written = malee.post(MEETING, data=sent | {"read_back": "yes"})
    again = malee.post(MEETING, data=sent | {"read_back": "yes"})

    assert written.location == again.location == f"{LIST}/{application}"
    assert rows(village)["loans_meetings"] == 1


def test_a_meeting_that_does_not_agree_is_read_back_as_not_passed(
    malee: FlaskClient, village: Network
) -> None:
    application = guaranteed(village)
    against = {THONGDEE: Vote.FOR, KAEWTA: Vote.AGAINST, NAMJAI: Vote.ABSTAINED}

    shown = malee.post(MEETING, data=meeting(village, votes(village, application, against)))

    assert "เห็นชอบ 1 จาก 3 คน → ไม่ผ่าน" in shown.text


def test_a_number_without_end_in_the_address_of_a_meeting_is_nobody_s(malee: FlaskClient) -> None:
    assert malee.get(f"{MEETING}?number={'9' * 5_000}").status_code == 200


def test_reviewers_of_the_network_do_not_read_what_is_the_group_s_own(
    app: Flask, village: Network
) -> None:
    refused_one = voted(village)
    malee = client_of(app, village.malee)
    why = {"why": "ผัวติดการพนัน", "decided_on": "6/4/2566", "key": KEY}
    malee.post(f"{LIST}/{refused_one}/refuse", data=why)
    application = guaranteed(village)
    sent = meeting(village, votes(village, application, FOR_IT), minutes="ลูกป่วย", read_back="yes")
    malee.post(MEETING, data=sent)
    own = ("15,000", "ลูกป่วย", "ผัวติดการพนัน")

    def read_by(officer: int) -> str:
        client = client_of(app, officer)
        pages = [client.get(f"{LIST}/{n}").text for n in (refused_one, application)]
        papers = [text_of(client.get(f"{LIST}/{n}.pdf").data) for n in (refused_one, application)]
        return " ".join(pages + papers)

    for officer in (village.malee, village.boonmee):
        assert [words in read_by(officer) for words in own] == [True] * 3
    for officer in (village.somchai, village.wandee):
        theirs = read_by(officer)
        assert "12,000" in theirs
        assert not [words for words in (*own, "๑๕,๐๐๐") if words in theirs]


def test_who_agreed_in_person_has_to_sign_and_that_is_recorded(
    malee: FlaskClient, village: Network
) -> None:
    application = ask(village)
    for number in (BOONMEE, PRAIYA):
        agree(village, put_on(village, application, number), Consent.IN_PERSON)
    meet(village, {application: FOR_IT})
    approve(village, application)
    page = malee.get(f"{LIST}/{application}").text
    assert "ผู้ค้ำที่ยังต้องลงชื่อในหนังสือค้ำประกัน" in page
    loan = f"/groups/{GROUP}/loans/1/guarantors"
    assert malee.get(loan).text.count("ลงชื่อแล้ว</button>") == 2

    for guarantee in (1, 2):
        signed = malee.post(
            f"{loan}/{guarantee}/consent",
            data={"how": "signed_paper", "consented_on": "6/4/2566", "key": KEY},
        )
        assert signed.location == loan

    assert "ลงลายมือชื่อยินยอมค้ำประกันแล้ว" in malee.get(loan).text
    assert "ลงชื่อแล้ว</button>" not in malee.get(loan).text
    assert "ผู้ค้ำที่ยังต้องลงชื่อ" not in malee.get(f"{LIST}/{application}").text


def test_one_officer_alone_does_not_let_a_guarantor_of_a_loan_go(
    malee: FlaskClient, village: Network
) -> None:
    approve(village, voted(village))
    loan = f"/groups/{GROUP}/loans/1/guarantors"
    malee.post(loan, data={"guarantor": THONGDEE, "most": "12,000", "key": KEY})
    signed = {"how": "signed_paper", "consented_on": "6/4/2566", "key": KEY}
    malee.post(f"{loan}/3/consent", data=signed)
    go = {"why": "ย้ายบ้าน", "released_on": "6/4/2566", "replaced_by": "3", "key": KEY}
    second = {"second_officer": str(village.boonmee), "password": PASSWORD}
    before = rows(village)

    for more, status, sentence in (
        ({"second_officer": "", "password": ""}, 422, "ต้องมีกรรมการสองคน"),
        (second | {"password": ""}, 400, "กรรมการคนที่สองใส่รหัสผ่านของตนเอง"),
        (second | {"password": "ผิด"}, 403, "รหัสผ่านของกรรมการคนที่สองไม่ถูก"),
        (second | {"second_officer": str(village.malee)}, 403, "กรรมการ"),
    ):
        answer = malee.post(f"{loan}/1/let-go", data=go | more)
        assert answer.status_code == status
        assert sentence in said(answer)
        assert rows(village) == before
    through_the_application = malee.post(f"{LIST}/1/guarantors/1/let-go", data=go)
    assert through_the_application.status_code == 422
    assert rows(village) == before

    assert malee.post(f"{loan}/1/let-go", data=go | second).location == loan
    assert "กรรมการ มาลี บุญช่วย และ บุญมี ศรีสุข" in malee.get(loan).text


def test_a_guarantee_of_another_application_or_loan_is_not_found(
    malee: FlaskClient, village: Network
) -> None:
    approve(village, voted(village))
    pay_in(village, {"PLG": 10_000_00}, number=THONGDEE, key="thongdee-saves")
    other = ask(village, asked(1_000_00), member=THONGDEE)
    guarantee = put_on(village, other, KAEWTA, 1_000_00)
    go = {"why": "ผิดคน", "released_on": "6/4/2566", "key": KEY}
    signed = {"how": "signed_paper", "consented_on": "6/4/2566", "key": KEY}
    before = rows(village)

    for address in (
        f"{LIST}/1/guarantors/{guarantee}",
        f"/groups/{GROUP}/loans/1/guarantors/{guarantee}",
        f"{LIST}/{other}/guarantors/1",
    ):
        assert malee.post(f"{address}/let-go", data=go).status_code == 404
        assert malee.post(f"{address}/consent", data=signed).status_code == 404
    assert rows(village) == before


def test_the_first_day_is_the_day_on_which_the_group_collects(
    malee: FlaskClient, village: Network
) -> None:
    application = voted(village)
    assert 'value="6 พ.ค. 2566"' in malee.get(f"{LIST}/{application}").text

    def collect(session: Session) -> None:
        somsri = number_of(village, SOMSRI)
        pledge = savings_accounts(session, book_id=village.book_id)[somsri, "PLG"]
        draft = EntryDraft(
            entered_on=date(2023, 4, 2),
            kind=EntryKind.COLLECTION,
            postings=receipt_postings(
                [(pledge, Satang(100_00))],
                money=cash_accounts(session, book_id=village.book_id),
            ),
        )
        post_batch(
            session,
            book_id=village.book_id,
            drafts=[draft],
            idempotency_key="collected",
            posted_by=f"o{village.malee}",
            posted_at=NOW,
        )

    write(collect)

    assert 'value="2 พ.ค. 2566"' in malee.get(f"{LIST}/{application}").text
