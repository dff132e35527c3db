"""The card of a loan on paper: read back as somebody who searches in it would."""

import logging
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.loans.borrowers import (
    LOANS,
    PRAIYA,
    fill_the_box,
    grant,
    guarantee,
    lend,
    pay,
    take_back,
)
from tests.network import Network, client_of
from tests.papers import text_of


@pytest.fixture
def malee(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """The browser of the one who keeps the box."""
    fill_the_box(sqlite_network)
    return client_of(sqlite_app, sqlite_network.malee)


def paper(client: FlaskClient, loan_id: int) -> str:
    answer = client.get(f"{LOANS}/{loan_id}.pdf")
    assert answer.content_type == "application/pdf"
    return text_of(answer.data)


def test_a_card_on_paper_says_what_the_page_says(
    malee: FlaskClient, sqlite_network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    loan_id = lend(
        sqlite_network, member=PRAIYA, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6)
    )
    guarantee(sqlite_network, loan_id, member="0002")
    wrong = pay(sqlite_network, loan_id, 1_000_00, on=date(2023, 2, 6))
    take_back(sqlite_network, loan_id, wrong)
    pay(sqlite_network, loan_id, 1_060_00, on=date(2023, 2, 6))

    with caplog.at_level(logging.WARNING):
        said = paper(malee, loan_id)

    assert caplog.records == []
    for words in (
        "บัตรเงินกู้ นางสาวไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา",
        "LN6601-KHP06-0001",
        "11,000.00",
        "ร้อยละ 6 ต่อปี",
        "นายบุญมี ทองคำ",
        "ค้างชำระ 31 วัน",
        "กลับรายการแล้ว",
        "6 ม.ค. 2567",
    ):
        assert words in said, words


def test_a_card_of_a_loan_that_is_not_paid_out_is_printed_too(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    said = paper(malee, grant(sqlite_network))

    assert "อนุมัติแล้ว ยังไม่จ่ายเงิน" in said
    assert "ยังไม่มีรายการ" in said
