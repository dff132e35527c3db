"""Every address of the house, asked as everybody who could ask, and as nobody."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, IntegerConverter, Rule
from werkzeug.test import TestResponse

from app import NotYours, create_app
from desk.services import receive
from desk.sheet import Channel
from ledger import db
from ledger.clock import use_clock
from ledger.db import write
from ledger.money import Satang
from ledger.roles import ANYONE_SIGNED_IN, EVERYBODY, NOBODY, Role, open_to
from ledger.settings import Settings
from ledger.web import HEADERS
from members.officers import add_officer, suspend
from tests.loans.lent import fill_box, lend
from tests.network import (
    FOUNDED_AT,
    GROUP,
    NOW,
    OTHER_GROUP,
    Network,
    client_of,
    found_network,
    password_hash,
)

#: Who asks: each with what they may do, as (group or None for the network, role).
DUTIES: dict[str, set[tuple[str | None, Role]]] = {
    "treasurer": {(GROUP, Role.TREASURER), (None, Role.REVIEWER)},
    "bookkeeper": {(GROUP, Role.BOOKKEEPER)},
    "approver": {(GROUP, Role.APPROVER), (None, Role.REVIEWER)},
    "reviewer": {(None, Role.REVIEWER)},
    "observer": {(None, Role.OBSERVER)},
    "administrator": {(None, Role.ADMINISTRATOR)},
    "treasurer of another group": {(OTHER_GROUP, Role.TREASURER)},
    "observer of another group": {(OTHER_GROUP, Role.OBSERVER)},
    "officer without a duty": set(),
    "suspended treasurer": set(),
    "nobody": set(),
}
SIGNED_OUT = {"suspended treasurer", "nobody"}
#: What stands in an address where the converter does not say it.
EXAMPLES = {
    "code": GROUP,
    "number": "0001",
    "month": "2023-04",
    "rule": "pledge_least_satang",
    "step": "place",
    "filename": "samut.css",
    "member": "0001",
    "product": "ordinary",
    "how": "rate",
    "reference": "IG6604-KHP-0001",
}
#: What somebody types into an address who means no good, or whose link was cut.
HOSTILE = (
    "ไม่มี",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "9" * 40,
    "-1",
    "๑",
    "'; DROP TABLE x;--",
    "2023-13",
)


@pytest.fixture
def people(sqlite_app: Flask, sqlite_network: Network) -> dict[str, int | None]:
    """Everybody who asks, by what they are; and something to ask about."""
    network = sqlite_network

    def work(session: Session) -> dict[str, int]:
        receive(
            session,
            book_id=network.book_id,
            member_number="0001",
            amounts={"PLG": Satang(100_00)},
            fees={},
            received_on=date(2023, 4, 5),
            channel=Channel.CASH,
            memo="",
            idempotency_key="the one receipt",
            by=f"o{network.malee}",
            at=NOW,
        )
        fill_box(session, book_id=network.book_id)
        lend(session, book_id=network.book_id)
        return {
            name: add_officer(
                session,
                sign_in_name=f"asks-{place}",
                name=name,
                village_code=None,
                password_hash=password_hash(),
                duties=sorted(duties, key=str),
                by="o1",
                at=FOUNDED_AT,
            ).id
            for place, (name, duties) in enumerate(DUTIES.items())
            if name != "nobody"
        }

    return {**write(work), "nobody": None}


def asked(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Give every address with each method that it knows, the readings first."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))
    for method in ("GET", "POST"):
        for rule in rules:
            if method in (rule.methods or ()):
                yield rule, method


def address(app: Flask, rule: Rule, *, instead: str = "") -> str:
    """Fill an address with examples, or with something else where any text may stand."""
    values: dict[str, object] = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        if isinstance(converter, IntegerConverter):
            values[name] = 1
        elif isinstance(converter, AnyConverter):
            values[name] = min(converter.items)
        else:
            values[name] = EXAMPLES[name]
    path = app.url_map.bind("localhost").build(rule.endpoint, values)
    if instead:
        for value in {str(value) for value in values.values()}:
            path = re.sub(rf"(?<=/){re.escape(value)}(?=[/.]|$)", instead, path)
    return path


def client_for(app: Flask, people: dict[str, int | None], name: str) -> FlaskClient:
    """Give a browser in which they are signed in; the suspended one was, until just now."""
    client = client_of(app, people[name])
    if name == "suspended treasurer":
        number = people[name]
        assert number is not None
        write(lambda session: suspend(session, officer_id=number, at=NOW))
    return client


def test_every_page_says_whom_it_is_open_to(sqlite_app: Flask) -> None:
    unmarked = [
        endpoint
        for endpoint, view in sqlite_app.view_functions.items()
        if endpoint != "static" and not hasattr(view, "open_to")
    ]

    assert unmarked == []


@pytest.mark.parametrize("name", DUTIES)
def test_every_page_is_open_to_those_it_says_and_to_nobody_else(
    sqlite_app: Flask, people: dict[str, int | None], name: str
) -> None:
    """The pages are replaced, so that only the guard answers."""
    marks = {
        endpoint: getattr(view, "open_to", NOBODY)
        for endpoint, view in sqlite_app.view_functions.items()
    }
    for endpoint, mark in marks.items():
        sqlite_app.view_functions[endpoint] = _stub(mark)
    client = client_for(sqlite_app, people, name)

    wrong = []
    for rule, method in asked(sqlite_app):
        if rule.endpoint == "static":
            continue
        answer = client.open(address(sqlite_app, rule), method=method)
        expected = _expected(marks[rule.endpoint], name, in_group="code" in rule.arguments)
        if (said := _said(answer)) != expected:
            wrong.append(f"{method} {rule}: {said}, expected {expected}")

    assert wrong == []


def _stub(mark: frozenset[Role]) -> Callable[..., str]:
    @open_to(mark)
    def reached(**_values: object) -> str:
        return "reached"

    return reached


def _expected(mark: frozenset[Role], name: str, *, in_group: bool) -> str:
    if mark is EVERYBODY:
        return "reached"
    if name in SIGNED_OUT:
        return "asked to sign in"
    fits = any(
        role in mark and (not in_group or where in {None, GROUP}) for where, role in DUTIES[name]
    )
    return "reached" if fits else "refused"


def _said(answer: TestResponse) -> str:
    if answer.status_code == 302 and answer.location.startswith("/sign-in"):
        return "asked to sign in"
    if answer.status_code == 403 and NotYours.thai in answer.text:
        return "refused"
    return answer.text if answer.status_code == 200 else str(answer.status_code)


def test_the_guard_test_knows_every_role() -> None:
    assert {role for duties in DUTIES.values() for _where, role in duties} == set(Role)
    assert set(Role) == ANYONE_SIGNED_IN


@pytest.mark.parametrize("name", ["treasurer", "reviewer", "administrator", "nobody"])
def test_no_page_breaks_and_every_answer_carries_the_headers(
    sqlite_app: Flask, people: dict[str, int | None], name: str
) -> None:
    wrong = []
    for rule, method in asked(sqlite_app):
        client = client_of(sqlite_app, people[name])
        answer = client.open(address(sqlite_app, rule), method=method)
        wrong += _faults(rule, method, answer)

    assert wrong == []


def test_no_page_breaks_on_what_people_type_into_addresses(
    sqlite_app: Flask, people: dict[str, int | None]
) -> None:
    clients = [client_of(sqlite_app, people[name]) for name in ("treasurer", "administrator")]

    wrong = []
    for rule, method in asked(sqlite_app):
        if method == "GET" and rule.arguments and rule.endpoint != "static":
            for typed in HOSTILE:
                for client in clients:
                    answer = client.get(address(sqlite_app, rule, instead=typed))
                    wrong += _faults(rule, f"{typed} {method}", answer)

    assert wrong == []


def test_no_list_breaks_on_what_people_ask_of_it(
    sqlite_app: Flask, people: dict[str, int | None]
) -> None:
    client = client_of(sqlite_app, people["treasurer"])
    names = ("q", "after", "from", "to", "month", "state", "group", "kind", "least", "most", "page")

    wrong = []
    for rule, method in asked(sqlite_app):
        if method == "GET" and rule.endpoint not in {"static", "ledger.sealed"}:
            for typed in ("ก" * 300, "0", "-1", "9" * 40, "31/2/2566", "\x00", "%"):
                answer = client.get(
                    address(sqlite_app, rule), query_string=dict.fromkeys(names, typed)
                )
                wrong += _faults(rule, f"?{typed[:9]} {method}", answer)

    assert wrong == []


def _faults(rule: Rule, method: str, answer: TestResponse) -> list[str]:
    answer.close()
    faults = [] if answer.status_code < 500 else [f"{method} {rule}: {answer.status_code}"]
    if rule.endpoint == "ledger.readyz":
        faults = []
    missing = HEADERS.keys() - {name for name, _value in answer.headers}
    if missing:
        faults.append(f"{method} {rule}: no {sorted(missing)}")
    if rule.endpoint != "static" and answer.headers.get("Cache-Control") != "no-store":
        faults.append(f"{method} {rule}: may be kept")
    return faults


def test_pages_that_are_not_there_carry_the_headers_too(sqlite_app: Flask) -> None:
    answer = sqlite_app.test_client().get("/no-such-page")

    assert answer.status_code == 404
    assert HEADERS.items() <= dict(answer.headers).items()
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_a_post_without_its_token_is_refused_everywhere(sqlite_url: str, instance: Path) -> None:
    use_clock(lambda: NOW)
    app = create_app(
        Settings(database_url=sqlite_url, owner_url=sqlite_url, secret_key="s", instance=instance)
    )
    network = write(found_network)
    passed = []
    for rule, method in asked(app):
        if method == "POST":
            for officer in (network.malee, network.aree, None):
                answer = client_of(app, officer).post(address(app, rule))
                if answer.status_code != 400 or "แบบฟอร์มนี้หมดอายุ" not in answer.text:
                    passed.append(f"{rule} as {officer}: {answer.status_code}")
    use_clock(None)
    db.disconnect()

    assert passed == []
