"""The contract, the guarantee and the application on paper, filled and blank."""

import io
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from ledger.db import write
from ledger.money import Satang
from loans.product_terms import LoanByLaw
from loans.queries.applications import duty_on_guarantee, duty_on_loan
from loans.services.products import resolve_loan_by_law
from tests.loans.asking import (
    FOR_IT,
    ORDINARY,
    approve,
    ask,
    asked,
    granted,
    guaranteed,
    meet,
    prepare,
    voted,
)
from tests.network import GROUP, NOW, TODAY, Network, client_of
from tests.papers import text_of

LOAN = f"/groups/{GROUP}/loans/1"


@pytest.fixture(autouse=True)
def _no_warning(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail on anything that WeasyPrint complains about."""
    caplog.set_level(logging.WARNING)
    yield
    said = [r.getMessage() for r in caplog.records if r.name.startswith("weasyprint")]
    assert said == []


@pytest.fixture
def malee(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """The browser of the one who keeps the box, where loans may be asked for."""
    prepare(sqlite_network)
    return client_of(sqlite_app, sqlite_network.malee)


def read(malee: FlaskClient, address: str) -> tuple[str, int]:
    """Give what a PDF says without its blanks and line ends, and how many pages it has."""
    answer = malee.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/pdf"
    return "".join(text_of(answer.data).split()), len(PdfReader(io.BytesIO(answer.data)).pages)


def test_a_contract_says_everything_that_was_agreed(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    approve(sqlite_network, voted(sqlite_network))

    text, pages = read(malee, f"{LOAN}/contract.pdf")

    for words in (
        "หนังสือสัญญากู้เงิน",
        "LN6604-KHP06-0001",
        "๖ เมษายน ๒๕๖๖",
        "นางสมศรี ใจดี",
        "กลุ่มออมทรัพย์บ้านบ่อลูกรัง",
        "๑๒,๐๐๐.๐๐",
        "(หนึ่งหมื่นสองพันบาทถ้วน)",
        "มติที่ ๔/๒๕๖๖",
        "ซื้อปุ๋ยใส่มันสำปะหลัง",
        "ไม่เกินร้อยละ ๑๕ ต่อปีตามกฎหมาย",
        "เฉพาะจากเงินต้นของงวดที่ผิดนัดเท่านั้น",
        "มาตรา ๒๒๔/๑",
        "ไม่คิดดอกเบี้ยทบต้น",
        "นายบุญมี ทองคำ",
        "อากรแสตมป์ 6 บาท",
    ):
        assert "".join(words.split()) in text, words
    # The first and the last instalment, and the sums, stand in the annex.
    assert "6พ.ค.2566" in text
    assert "1,060.00" in text
    assert "12,390.00" in text
    assert pages == 2


def test_the_annex_of_a_long_loan_goes_on_over_pages(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    _resolve(sqlite_network, replace(ORDINARY, most_instalments=180))
    application = guaranteed(sqlite_network, asked(instalments=180))
    meet(sqlite_network, {application: FOR_IT})
    approve(sqlite_network, application, granted(instalments=180))

    text, pages = read(malee, f"{LOAN}/contract.pdf")

    assert "6เม.ย.2581" in text
    assert 5 <= pages <= 8


def _resolve(network: Network, by_law: LoanByLaw) -> None:
    write(
        lambda session: resolve_loan_by_law(
            session,
            book_id=network.book_id,
            product_code="ORD",
            by_law=by_law,
            holds_from=TODAY,
            resolution="มติที่ 3/2566",
            by="o1",
            at=NOW,
        )
    )


def test_a_guarantee_says_which_debt_how_much_and_what_the_guarantor_s_rights_are(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    approve(sqlite_network, voted(sqlite_network))

    text, pages = read(malee, f"{LOAN}/guarantees/2.pdf")

    for words in (
        "หนังสือค้ำประกัน",
        "นางสาวไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา",
        "เงินกู้ของ นางสมศรี ใจดี",
        "LN6604-KHP06-0001",
        "ไม่เกิน ๑๒,๐๐๐.๐๐ บาท (หนึ่งหมื่นสองพันบาทถ้วน)",
        "งวดสุดท้ายครบกำหนดวันที่ ๖ เมษายน ๒๕๖๗",
        "มิใช่ลูกหนี้ร่วมกับผู้กู้",
        "ภายใน ๖๐ วัน",
        "อากรแสตมป์ 10 บาท",
    ):
        assert "".join(words.split()) in text, words
    assert "อย่างลูกหนี้ร่วม" not in text
    assert pages == 1


def test_the_blank_contract_has_every_clause_and_no_name(malee: FlaskClient) -> None:
    text, pages = read(malee, f"/groups/{GROUP}/loan-contract-blank.pdf")

    assert "ข้อ๖" in text
    assert "มาตรา๒๒๔/๑" in text
    assert "หนังสือค้ำประกัน" in text
    assert "สมศรี" not in text
    assert pages == 3


def test_an_application_is_printed_to_be_signed(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    application = ask(sqlite_network)

    text, pages = read(malee, f"/groups/{GROUP}/loan-applications/{application}.pdf")

    assert "คำขอกู้เงิน" in text
    assert "ผู้ค้ำประกันยินยอม" in text
    assert "(หนึ่งหมื่นสองพันบาทถ้วน)" in text
    assert pages == 1


def test_a_decided_application_is_printed_with_its_votes(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    application = voted(sqlite_network)
    approve(sqlite_network, application)

    text, _pages = read(malee, f"/groups/{GROUP}/loan-applications/{application}.pdf")

    assert "เห็นชอบ๒ไม่เห็นชอบ๑" in text
    assert "มติที่๔/๒๕๖๖" in text
    assert "อนุมัติ๑๒,๐๐๐.๐๐บาทสัญญาเลขที่LN6604-KHP06-0001" in text


@pytest.mark.parametrize("address", [f"{LOAN}/contract.pdf", f"{LOAN}/guarantees/1.pdf"])
def test_a_contract_that_is_not_there_is_not_found(malee: FlaskClient, address: str) -> None:
    assert malee.get(address).status_code == 404


def test_a_guarantee_of_another_loan_is_not_found(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    approve(sqlite_network, voted(sqlite_network))

    assert malee.get(f"{LOAN}/guarantees/9.pdf").status_code == 404


@pytest.mark.parametrize(
    ("amount", "duty"),
    [(1_00, 1), (2_000_00, 1), (2_000_01, 2), (12_000_00, 6), (30_000_000_00, 10_000)],
)
def test_a_loan_carries_a_baht_of_duty_for_each_two_thousand(amount: int, duty: int) -> None:
    assert duty_on_loan(Satang(amount)) == duty


@pytest.mark.parametrize(
    ("amount", "duty"),
    [(1_000_00, 1), (1_000_01, 5), (10_000_00, 5), (10_000_01, 10), (900_000_00, 10)],
)
def test_a_guarantee_carries_duty_by_its_amount(amount: int, duty: int) -> None:
    assert duty_on_guarantee(Satang(amount)) == duty
