"""Any form in a real browser: going back to it, and what stays in sight on a telephone."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import TELEPHONE, Window
from tests.desk.days import SOMSRI_PAYS, open_day, receipts, type_in
from tests.network import Network

pytestmark = pytest.mark.browser
RECEIVE = "/groups/KHP06/members/0001/receive"


def test_what_was_typed_and_not_sent_is_there_again_on_coming_back(
    window: Window, sqlite_network: Network
) -> None:
    page = window()
    page.goto("/groups/KHP06/members/new")
    page.fill("[name=given_name]", "ทองดี")
    page.locator("nav.places a").first.click()

    page.go_back()

    expect(page.locator("[name=given_name]")).to_have_value("ทองดี")
    page.goto("/groups/KHP06/members/new")
    expect(page.locator("[name=given_name]")).to_have_value("")


def test_what_was_sent_is_not_filled_in_again_on_coming_back(
    window: Window, sqlite_network: Network
) -> None:
    page = window()
    page.goto(RECEIVE)
    page.fill("[name=amount_PLG]", "100")
    page.locator("main form.form button[type=submit]").click()
    page.wait_for_url("**/receipts/1")

    page.go_back()

    expect(page.locator("[name=amount_PLG]")).to_have_value("")
    assert len(receipts(sqlite_network)) == 1


def test_nothing_covers_the_difference_while_notes_are_counted_on_a_telephone(
    window: Window, sqlite_network: Network
) -> None:
    type_in(sqlite_network, open_day(sqlite_network), SOMSRI_PAYS)
    page = window(viewport=TELEPHONE | {"height": 700})

    page.goto("/groups/KHP06/collection/count")

    covered = """place => {
        const spots = [];
        for (let scrolled = 0; scrolled < 400; scrolled += 20) {
            scrollTo(0, scrolled);
            const { x, y, width, height } = place.getBoundingClientRect();
            for (const part of [0.1, 0.3, 0.5]) {
                const seen = document.elementFromPoint(x + width / 2, y + height * part);
                if (seen && !place.contains(seen)) spots.push([scrolled, part, seen.tagName]);
            }
        }
        return spots;
    }"""
    assert page.locator(".verdict").evaluate(covered) == []
