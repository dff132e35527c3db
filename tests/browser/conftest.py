"""Fixtures: the house on a port of this machine, and a Chromium that looks at it."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from waitress.server import create_server

from tests.network import PASSWORD, Network

LAPTOP = {"width": 1366, "height": 768}
TELEPHONE = {"width": 390, "height": 844}
#: Opens a browser window in which มาลี is signed in; takes what Playwright's new_context takes.
Window = Callable[..., Page]


@pytest.fixture
def address(sqlite_app: Flask, sqlite_network: Network) -> Iterator[str]:
    """The address of the house, served as in daily work, with the small network in it."""
    sqlite_app.config["WTF_CSRF_ENABLED"] = True
    server = create_server(sqlite_app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown()
    server.close()
    thread.join(timeout=2)
    # Connections that the browser had not let go of yet.
    for channel in list(server.active_channels.values()):
        channel.close()
    thread.join(timeout=5)


@pytest.fixture
def window(chromium: Browser, address: str) -> Iterator[Window]:
    """Open windows in which มาลี is signed in; a mistake in a script fails the test."""
    contexts = []
    mistakes: list[str] = []

    def open_window(**settings: Any) -> Page:
        context = chromium.new_context(base_url=address, **({"viewport": LAPTOP} | settings))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.goto("/sign-in")
        page.fill("[name=sign_in_name]", "malee")
        page.fill("[type=password]", PASSWORD)
        page.press("[type=password]", "Enter")
        page.wait_for_url("**/today")
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert not mistakes, mistakes
