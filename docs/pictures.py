"""Make the README's pictures from the sample network: ``python -m docs.pictures``.

It makes the sample anew in a folder of its own, serves it on a free port, and looks at it with
Chromium (the one of Debian, or the one that ``SAMUT_CHROMIUM`` names).
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright
from waitress.server import create_server

from app import create_app
from audit.demo import PASSWORD, sample_steps
from ledger import db
from ledger.settings import settings_from
from members.officers import hash_password

HERE = Path(__file__).parent / "pictures"
CHROMIUM = os.environ.get("SAMUT_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
GROUP, MEMBER = "KHP01", "0007"
WIDE: ViewportSize = {"width": 1366, "height": 820}


@contextmanager
def served_sample() -> Iterator[str]:
    """Serve the sample network, made anew, and give its address."""
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_from({"SAMUT_INSTANCE": folder, "SAMUT_SECRET_KEY": "x"}, demo=True)
        db.upgrade(settings.database_url)
        app = create_app(settings)
        password_hash = hash_password(PASSWORD)
        for step in sample_steps(password_hash=password_hash):
            db.write(step)
        server = create_server(app, host="127.0.0.1", port=0)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.effective_port}"
        server.close()
        db.disconnect()


def sign_in(page: Page, address: str, duty: str) -> None:
    """Sign in at one touch as the one with a duty."""
    page.goto(f"{address}/sign-in")
    page.locator(".people button", has_text=duty).first.click()
    page.wait_for_load_state()


def take(page: Page, name: str) -> None:
    """Keep what is seen."""
    HERE.mkdir(exist_ok=True)
    page.screenshot(path=HERE / f"{name}.png")


def type_some(page: Page) -> None:
    """Type a part of the sheet, as a treasurer would: most pay what they promised."""
    for _member in range(6):
        page.keyboard.press("=")
        page.wait_for_timeout(150)
    page.keyboard.press("0")
    page.wait_for_timeout(1_500)
    page.mouse.move(0, 0)


def passbook(page: Page, address: str) -> None:
    """Keep the first page with lines of a member's passbook, as it is printed."""
    pdf = page.request.get(f"{address}/groups/{GROUP}/members/{MEMBER}/passbook.pdf").body()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "passbook.pdf"
        file.write_bytes(pdf)
        subprocess.run(  # noqa: S603
            ["pdftoppm", "-r", "80", "-png", "-f", "2", "-l", "2", "-singlefile",  # noqa: S607
             file, HERE / "passbook"],
            check=True,
        )  # fmt: skip


def main() -> int:
    """Take every picture."""
    with served_sample() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport=WIDE, device_scale_factor=1, locale="th-TH")
        sign_in(page, address, "เหรัญญิก")
        page.goto(f"{address}/groups/{GROUP}/collection")
        begin = page.locator("form button[type=submit]", has_text="เปิด")
        if begin.count():
            begin.first.click()
            page.wait_for_load_state()
        type_some(page)
        take(page, "collection")
        passbook(page, address)
        page.context.clear_cookies()
        sign_in(page, address, "ผู้สอบทาน")
        page.goto(f"{address}/review?group={GROUP}&kind=collection")
        take(page, "feed")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
