"""The main pages can be used by everybody: axe finds no serious fault, by day or by night."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from desk.services import open_collection, receive
from desk.sheet import Channel
from ledger.db import write
from ledger.money import Satang
from tests.browser.conftest import LAPTOP, TELEPHONE, Window
from tests.loans.lent import fill_box, lend
from tests.network import GROUP, NOW, Network

pytestmark = pytest.mark.browser

PAGES = (
    f"/groups/{GROUP}/today",
    f"/groups/{GROUP}/collection",
    f"/groups/{GROUP}/collection/count",
    f"/groups/{GROUP}/members",
    f"/groups/{GROUP}/members/0001",
    f"/groups/{GROUP}/members/0001/receive",
    f"/groups/{GROUP}/book",
    f"/groups/{GROUP}/trial-balance",
    f"/groups/{GROUP}/journal",
    f"/groups/{GROUP}/receipts/1",
    f"/groups/{GROUP}/entries/1",
    f"/groups/{GROUP}/months",
    f"/groups/{GROUP}/by-laws",
    f"/groups/{GROUP}/loans",
    f"/groups/{GROUP}/loans/1",
    f"/groups/{GROUP}/loans/1/repay",
    f"/groups/{GROUP}/loans/1/change/rate",
    f"/groups/{GROUP}/members/0001/borrow",
    f"/groups/{GROUP}/loan-products",
    f"/groups/{GROUP}/arrears",
    f"/groups/{GROUP}/borrowings",
    "/review",
    "/review/coverage",
    "/search?q=สม",
    "/account",
)
WEIGHTY = {"serious", "critical"}


@pytest.fixture
def lived_in(sqlite_network: Network) -> None:
    """A receipt, a loan and an open collection sheet, so that the pages have something to show."""

    def work(session: Session) -> None:
        by = f"o{sqlite_network.malee}"
        fill_box(session, book_id=sqlite_network.book_id)
        lend(session, book_id=sqlite_network.book_id)
        receive(
            session,
            book_id=sqlite_network.book_id,
            member_number="0001",
            amounts={"PLG": Satang(100_00), "DEM": Satang(500_00)},
            fees={},
            received_on=date(2023, 4, 5),
            channel=Channel.CASH,
            memo="ฝากก่อนวันออม",
            idempotency_key="the one receipt",
            by=by,
            at=NOW,
        )
        open_collection(
            session,
            book_id=sqlite_network.book_id,
            held_on=date(2023, 4, 6),
            by=by,
            at=NOW,
        )

    write(work)


def faults(page: Page) -> Iterator[str]:
    """Name what axe finds that keeps somebody from using the page."""
    found: dict[str, Any] = Axe().run(page).response
    for violation in found["violations"]:
        if violation["impact"] in WEIGHTY:
            where = violation["nodes"][0]["html"][:160]
            yield f"{violation['id']} ({len(violation['nodes'])}): {violation['help']}: {where}"


@pytest.mark.parametrize("size", [LAPTOP, TELEPHONE], ids=["laptop", "telephone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.usefixtures("lived_in")
def test_axe_finds_no_serious_fault(window: Window, size: dict[str, int], scheme: str) -> None:
    page = window(viewport=size, color_scheme=scheme)

    found = []
    for address in PAGES:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        found += [f"{address}: {fault}" for fault in faults(page)]

    assert found == []


def test_axe_finds_a_fault_where_there_is_one(chromium: Any) -> None:
    page = chromium.new_page()

    page.set_content("<html><body><img src='x'><input><p style='color:#ddd'>จาง</p></body></html>")

    assert len(list(faults(page))) >= 3
    page.close()


@pytest.mark.usefixtures("lived_in")
def test_no_page_is_wider_than_a_telephone(window: Window) -> None:
    page = window(viewport=TELEPHONE)

    wide = []
    for address in PAGES:
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > TELEPHONE["width"]:
            wide.append(f"{address}: {width} px")

    assert wide == []


def test_the_door_has_no_serious_fault_either(chromium: Any, address: str) -> None:
    page = chromium.new_page(base_url=address)

    page.goto("/sign-in")

    assert list(faults(page)) == []
    page.close()


@pytest.mark.usefixtures("lived_in")
def test_nothing_is_asked_of_any_other_machine(window: Window, address: str) -> None:
    page = window()
    foreign: list[str] = []
    page.on(
        "request",
        lambda request: None if request.url.startswith(address) else foreign.append(request.url),
    )

    for place in PAGES:
        page.goto(place)

    assert foreign == []
