"""A collection day in a real browser: by keyboard alone, by touch, and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from ledger.money import Satang
from loans.kinds import Purpose
from tests.browser.conftest import TELEPHONE, Window
from tests.desk.days import (
    BOONMEE,
    SOMSRI,
    SOMSRI_PAYS,
    balance,
    entries,
    findings,
    open_day,
    receipts,
    type_in,
)
from tests.desk.lending import lend, loan_now
from tests.network import Network

pytestmark = pytest.mark.browser
SHEET = "/groups/KHP06/collection"


def cell(page: Page, member: int, product: str) -> str:
    return page.locator(f"#cell-{member}-{product}").input_value()


def saved(page: Page) -> None:
    """Wait until the page says that the draft is kept."""
    expect(page.locator("#saved")).to_contain_text("บันทึกร่างแล้ว")


def total(page: Page, what: str) -> str:
    return page.locator(f".tally [data-total={what}]").inner_text()


def test_a_whole_day_is_keyed_by_keyboard_alone_and_posted(
    window: Window, sqlite_network: Network
) -> None:
    page = window()
    page.goto(SHEET)
    page.locator("#held_on").press("Enter")
    page.wait_for_selector("#sheet")
    # Its script must be listening before the first key.
    page.wait_for_load_state("networkidle")
    keys = page.keyboard

    keys.press("=")  # สมศรี pays what she promised.
    keys.type("60")  # บุญมี pays 60, and nothing for welfare.
    keys.press("Enter")
    keys.press("Enter")
    keys.press("0")  # ไปรยาลักษณ์ did not come,
    keys.press("/")
    keys.type("ไปรยา")
    keys.press("Enter")
    keys.press("=")  # and came after all.
    saved(page)
    page.reload()

    assert [cell(page, 1, p) for p in ("PLG", "SHR", "WEL")] == ["100", "100", "30"]
    assert [cell(page, 2, p) for p in ("PLG", "WEL")] == ["60", ""]
    assert [cell(page, 3, p) for p in ("PLG", "SHR", "WEL")] == ["200", "50", "30"]
    assert (total(page, "people"), total(page, "cash")) == ("3", "570.00")
    page.locator("button[value=count]").press("Enter")
    page.wait_for_selector("#counting")
    for _kind in range(2):
        keys.press("Enter")
    keys.type("5")  # five hundreds
    keys.press("Enter")
    keys.type("1")  # a fifty
    keys.press("Enter")
    keys.type("1")  # a twenty
    expect(page.locator("#difference")).to_have_text("ตรงกัน")
    keys.press("Enter")
    for _kind in range(6):
        keys.press("Enter")
    keys.press("Enter")
    page.wait_for_url("**/confirm")
    assert "ห้าร้อยเจ็ดสิบบาทถ้วน" in page.inner_text("main")
    page.get_by_role("button", name="ลงบัญชี").press("Enter")
    page.wait_for_url("**/collections/1")

    assert [receipt.total_satang for receipt in receipts(sqlite_network)] == [
        230_00,
        60_00,
        280_00,
    ]
    assert balance(sqlite_network, "31020-0002") == -60_00
    assert findings(sqlite_network) == ()


def test_keys_move_accept_undo_and_mark(window: Window, sqlite_network: Network) -> None:
    open_day(sqlite_network)
    page = window()
    page.goto(SHEET)
    keys = page.keyboard
    focused = "document.activeElement.id"
    assert page.evaluate(focused) == "cell-1-PLG"

    keys.press("Enter")
    assert page.evaluate(focused) == "cell-1-SHR"
    keys.press("ArrowDown")
    assert page.evaluate(focused) == "cell-2-SHR"
    keys.press("ArrowLeft")
    assert page.evaluate(focused) == "cell-2-PLG"
    keys.type("999")
    keys.press("Escape")
    assert cell(page, 2, "PLG") == ""
    keys.press("-")
    assert page.locator("[name=absent-2]").is_checked()
    assert page.evaluate(focused) == "cell-3-PLG"
    keys.press("Shift+Enter")
    assert page.evaluate(focused) == "cell-1-WEL"
    keys.press("ArrowDown")
    keys.type("10")
    assert not page.locator("[name=absent-2]").is_checked()
    assert cell(page, 2, "WEL") == "10"
    saved(page)


def test_a_thai_keyboard_types_figures_in_a_box_of_figures(
    window: Window, sqlite_network: Network
) -> None:
    open_day(sqlite_network)
    page = window()
    page.goto(SHEET)

    page.evaluate(
        """() => {
          for (const [code, key] of [["Digit2", "/"], ["Digit5", "ถ"], ["Digit0", "จ"]])
            document.activeElement.dispatchEvent(
              new KeyboardEvent("keydown", { code, key, bubbles: true, cancelable: true }));
        }"""
    )

    assert cell(page, SOMSRI, "PLG") == "250"


def test_what_cannot_be_read_is_said_at_its_cell_and_stops_the_count(
    window: Window, sqlite_network: Network
) -> None:
    open_day(sqlite_network)
    page = window()
    page.goto(SHEET)

    page.fill("#cell-1-SHR", "15")
    said = page.locator("td:has(#cell-1-SHR) small")
    expect(said).to_contain_text("เต็มหุ้น")
    page.click("button[value=count]")

    expect(page.locator("#cell-1-SHR")).to_be_focused()
    assert page.url.endswith("/collection")
    page.reload()
    expect(said).to_contain_text("เต็มหุ้น")


def test_what_could_not_be_sent_is_sent_again_also_after_the_lid_was_closed(
    window: Window, sqlite_network: Network
) -> None:
    open_day(sqlite_network)
    page = window()
    page.goto(SHEET)
    page.route("**/cells", lambda route: route.abort())

    page.keyboard.press("=")
    expect(page.locator("#saved")).to_contain_text("ยังไม่ได้บันทึก")
    page.reload()
    assert cell(page, SOMSRI, "PLG") == "100"
    page.unroute("**/cells")
    page.reload()
    saved(page)

    page.evaluate("localStorage.clear()")
    page.reload()
    assert cell(page, SOMSRI, "PLG") == "100"


def test_two_screens_write_one_sheet_cell_by_cell(window: Window, sqlite_network: Network) -> None:
    open_day(sqlite_network)
    laptop, other = window(), window()
    laptop.goto(SHEET)
    other.goto(SHEET)

    laptop.fill("#cell-1-PLG", "100")
    saved(laptop)
    other.fill("#cell-1-WEL", "30")
    saved(other)
    laptop.reload()

    assert [cell(laptop, 1, p) for p in ("PLG", "WEL")] == ["100", "30"]


def test_a_day_is_taken_by_touch_on_a_telephone(window: Window, sqlite_network: Network) -> None:
    open_day(sqlite_network)
    page = window(viewport=TELEPHONE, has_touch=True, is_mobile=True)
    page.goto(SHEET)
    card = page.locator("tr[data-member='1']")

    card.get_by_text("รับครบ").tap()
    page.locator("#cell-2-PLG").tap()
    page.keyboard.type("50")
    page.locator("tr[data-member='3'] label").tap()
    page.locator("tr[data-member='2'] select").select_option("transfer")
    saved(page)

    assert (total(page, "people"), total(page, "cash"), total(page, "transfer")) == (
        "2",
        "230.00",
        "50.00",
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]
    for button in page.locator("#sheet button:visible, #sheet label:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    page.get_by_role("button", name="ไปนับเงิน").tap()
    page.fill("#n10000", "2")
    page.fill("#n1000", "3")
    expect(page.locator("#difference")).to_have_text("ตรงกัน")
    page.get_by_role("button", name="นับเสร็จแล้ว").tap()
    page.get_by_role("button", name="ลงบัญชี").tap()
    page.wait_for_url("**/collections/1")
    assert entries(sqlite_network) == 2
    assert balance(sqlite_network, "12110") == -Satang(-50_00)


def test_a_day_is_taken_without_any_script(window: Window, sqlite_network: Network) -> None:
    page = window(java_script_enabled=False)
    page.goto(SHEET)
    page.get_by_role("button", name="เปิดใบรับเงิน").click()

    page.fill("#cell-1-PLG", "100")
    page.fill("#cell-2-PLG", "สิบ")
    page.check("[name=absent-3]")
    page.get_by_role("button", name="บันทึกร่าง").click()
    assert "บันทึกร่างแล้ว" in page.inner_text("main")
    page.get_by_role("button", name="ไปนับเงิน").click()
    assert "ต้องแก้" in page.inner_text("main")
    page.fill("#cell-2-PLG", "10")
    page.get_by_role("button", name="ไปนับเงิน").click()
    page.fill("#n10000", "1")
    page.get_by_role("button", name="นับเสร็จแล้ว").click()
    assert re.search(r"ขาด\s+10\.00", page.inner_text("main"))
    page.fill("#reason", "หายไปหนึ่งเหรียญ")
    page.get_by_role("button", name="ลงบัญชี").click()

    assert "ลงบัญชีแล้ว ออกใบรับเงิน 2 ใบ" in page.inner_text("main")
    assert balance(sqlite_network, "14040") == 10_00
    assert findings(sqlite_network) == ()


def test_a_wrong_receipt_is_put_right_by_two_touches(
    window: Window, sqlite_network: Network
) -> None:
    type_in(sqlite_network, open_day(sqlite_network), SOMSRI_PAYS)
    page = window()
    page.goto(f"{SHEET}/count")
    page.fill("#n1000", "23")
    page.get_by_role("button", name="นับเสร็จแล้ว").click()
    page.get_by_role("button", name="ลงบัญชี").click()
    page.goto("/groups/KHP06/receipts/1")

    page.get_by_role("link", name="ใบนี้ผิด แก้ไข").click()
    page.fill("#amount_SHR", "50")
    page.fill("#reason", "พิมพ์ยอดผิด")
    page.get_by_role("button", name="ออกใบใหม่แทนใบเดิม").click()

    page.wait_for_url("**/receipts/2")
    assert "ใบนี้แทนใบที่ 1" in page.inner_text("main")
    assert balance(sqlite_network, "31010-0001") == -50_00


def test_a_loan_is_paid_in_the_grid_and_its_receipt_shows_how_it_was_divided(
    window: Window, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network)
    housing = lend(sqlite_network, member=BOONMEE, purpose=Purpose.HOUSING, amount=60_000_00)
    open_day(sqlite_network)
    page = window()
    page.goto(SHEET)
    keys = page.keyboard

    keys.press("Enter")
    keys.press("Enter")
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == f"cell-1-loan-{loan_id}"
    keys.press("ArrowDown")  # nobody else has a loan of this kind.
    assert page.evaluate("document.activeElement.id") == f"cell-1-loan-{loan_id}"
    keys.type("999999")
    said = page.locator(f"td:has(#cell-1-loan-{loan_id}) small")
    expect(said).to_contain_text("ชำระได้ไม่เกิน 20,200.00 บาท")
    keys.press("Escape")
    keys.press("=")  # สมศรี pays what she promised, and what is due.
    assert cell(page, 1, f"loan-{loan_id}") == "2200"
    page.fill(f"#cell-2-loan-{housing}", "6300")
    saved(page)
    assert total(page, "cash") == "8,730.00"
    assert page.locator("tfoot [data-total='loans-ordinary-1']").inner_text() == "2,200.00"
    page.get_by_role("button", name="ไปนับเงิน").click()
    page.fill("#n100000", "8")
    page.fill("#n10000", "7")
    page.fill("#n1000", "3")
    expect(page.locator("#difference")).to_have_text("ตรงกัน")
    page.get_by_role("button", name="นับเสร็จแล้ว").click()
    page.get_by_role("button", name="ลงบัญชี").click()
    page.wait_for_url("**/collections/1")
    page.goto("/groups/KHP06/receipts/1")

    words = page.inner_text("main")
    assert "เงินต้น 2,000.00 · ดอกเบี้ย 200.00" in words
    assert "18,000.00" in words
    assert loan_now(sqlite_network, loan_id).outstanding == 18_000_00
    assert findings(sqlite_network) == ()


def test_a_loan_is_paid_by_touch_on_a_telephone(window: Window, sqlite_network: Network) -> None:
    loan_id = lend(sqlite_network)
    open_day(sqlite_network)
    page = window(viewport=TELEPHONE, has_touch=True, is_mobile=True)
    page.goto(SHEET)

    page.locator(f"#cell-1-loan-{loan_id}").tap()
    page.keyboard.type("2200")
    saved(page)

    assert total(page, "cash") == "2,200.00"
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]
    assert page.locator("tr[data-member='2'] td.none").is_hidden()
