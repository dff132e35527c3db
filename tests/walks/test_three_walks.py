"""The three walks through the whole house, as people take them: through the pages, on each engine.

A collection day is posted; a passbook is printed; a peer signs an entry off, asks and is answered,
and the month is closed.
"""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ledger.clock import use_clock
from ledger.db import read
from ledger.models import Book
from ledger.verification import verify_book
from tests.network import GROUP, PASSWORD, Network, client_of
from tests.papers import text_of

SHEET = f"/groups/{GROUP}/collection"
IN_MAY = datetime(2023, 5, 2, 3, 0, tzinfo=UTC)


def hidden(page: str, *names: str) -> dict[str, str]:
    """Give what a page's form carries without showing it."""
    found = {}
    for name in names:
        match = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page)
        assert match, name
        found[name] = match[1]
    return found


def submitted(client: FlaskClient, address: str, *carried: str, **typed: str) -> TestResponse:
    """Open a page, fill its form in and send it to the same address."""
    return client.post(address, data=hidden(client.get(address).text, *carried) | typed)


def post_a_day(malee: FlaskClient) -> TestResponse:
    """Collect from สมศรี 230 and from บุญมี 80 in cash; ไปรยาลักษณ์ does not come."""
    submitted(malee, SHEET, "key", held_on="6/4/2566")
    carried = hidden(malee.get(SHEET).text, "collection", "revision", "key")
    typed = {
        "cell-1-PLG": "100",
        "cell-1-SHR": "100",
        "cell-1-WEL": "๓๐",
        "cell-2-PLG": "50",
        "cell-2-WEL": "30",
        "absent-3": "on",
        "channel-1": "cash",
        "channel-2": "cash",
        "channel-3": "cash",
    }
    malee.post(f"{SHEET}/sheet", data=carried | typed | {"go": "count"})
    submitted(malee, f"{SHEET}/count", "collection", "revision", "key", n10000="3", n1000="1")
    return submitted(malee, f"{SHEET}/confirm", "collection", "revision", "key", reason="")


@pytest.fixture
def malee(app: Flask, network: Network) -> FlaskClient:
    """Malee's browser, after she posted the day."""
    client = client_of(app, network.malee)
    assert post_a_day(client).location == f"/groups/{GROUP}/collections/1"
    return client


def test_a_collection_day_is_posted_and_every_receipt_is_on_paper(
    malee: FlaskClient, network: Network
) -> None:
    day = malee.get(f"/groups/{GROUP}/collections/1").text
    slip = malee.get(f"/groups/{GROUP}/receipts/1.pdf")

    assert "ลงบัญชีแล้ว ออกใบรับเงิน 2 ใบ" in day
    slip_text = text_of(slip.data)
    assert all(word in slip_text for word in ("สมศรี", "สองร้อยสามสิบบาทถ้วน", "230.00"))
    trial_balance = malee.get(f"/groups/{GROUP}/trial-balance").text
    assert "310.00" in trial_balance

    def look(session: Session) -> tuple[object, ...]:
        return verify_book(session, book=session.get_one(Book, network.book_id)).findings

    assert read(look) == ()


def test_a_passbook_is_printed_with_the_lines_of_the_book(malee: FlaskClient) -> None:
    card = f"/groups/{GROUP}/members/0001"
    carried = hidden(malee.get(card).text, "key", "seen")
    printed = malee.post(f"{card}/passbook", data=carried | {"what": "whole"})
    passbook = malee.get(printed.location)

    assert passbook.mimetype == "application/pdf"
    text = text_of(passbook.data)
    assert all(word in text for word in ("สมศรี", "ใจดี", "100.00", "CD"))
    assert re.search(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", text)


def test_a_peer_signs_asks_and_settles_and_then_the_month_can_be_closed(
    app: Flask, malee: FlaskClient, network: Network
) -> None:
    somchai = client_of(app, network.somchai)
    first, second = (f"/groups/{GROUP}/entries/{number}" for number in (1, 2))

    head = hidden(somchai.get(second).text, "seal")["seal"]
    signed = somchai.post(f"{first}/signature", data=hidden(somchai.get(first).text, "seal", "key"))
    somchai.post(
        f"{second}/questions",
        data=hidden(somchai.get(second).text, "key") | {"text": "บุญมีจ่ายครบแล้วหรือ"},
    )

    assert signed.status_code == 302
    assert "บุญมีจ่ายครบแล้วหรือ" in malee.get(second).text
    use_clock(lambda: IN_MAY)
    malee, wandee = client_of(app, network.malee), client_of(app, network.wandee)
    month = f"/groups/{GROUP}/months/2023-04"
    refused = _closed(malee, month, head=head)
    assert refused.status_code == 422
    malee.post(
        f"{second}/questions/1/answers",
        data=hidden(malee.get(second).text, "key") | {"text": "ครบแล้ว ดูใบรับเงิน"},
    )
    wandee.post(
        f"{second}/questions/1/settlement",
        data=hidden(wandee.get(second).text, "key") | {"text": "ตรงกับใบรับเงิน"},
    )
    assert _closed(malee, month, head=head).status_code == 302
    late = submitted(malee, SHEET, "key", held_on="30/4/2566")
    assert late.status_code == 422
    assert "ปิดบัญชีแล้ว" in late.text


def _closed(malee: FlaskClient, month: str, *, head: str) -> TestResponse:
    data = {"key": "closing-april", "sure": "yes", "head": head}
    return malee.post(f"{month}/close", data=data)


def test_nobody_signs_what_they_wrote_or_what_their_village_wrote(
    app: Flask, malee: FlaskClient, network: Network
) -> None:
    first = f"/groups/{GROUP}/entries/1"
    seal = hidden(client_of(app, network.somchai).get(first).text, "seal", "key")

    answers = [
        client_of(app, officer).post(f"{first}/signature", data=seal).status_code
        for officer in (network.malee, network.boonmee, network.prasert, None)
    ]

    assert answers == [422, 422, 403, 302]
    assert malee.get(first).text.count("ลงนามแล้ว") == 0


def test_two_reviewers_signatures_with_one_password_each(
    app: Flask, malee: FlaskClient, network: Network
) -> None:
    wandee = client_of(app, network.wandee)
    ticks = re.findall(r'name="entry"[^>]*? value="([^"]+)"', wandee.get("/review").text)

    answer = wandee.post(
        "/review/signatures", data={"key": "signing-two", "entry": ticks, "password": PASSWORD}
    )

    assert len(ticks) == 2
    assert answer.status_code in {200, 302}
    assert "ตรวจแล้ว" in malee.get(f"/groups/{GROUP}/entries/2").text
