"""The first steps of a new installation: a few pages, and everything or nothing at the end."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import Base, read, write
from ledger.models import Book
from ledger.roles import Role
from ledger.verification import verify_book
from members import officers, queries
from members.by_laws import LOAN_RULES, USUAL_RULES, RuleName
from members.models import GroupKind, Officer, Village
from members.officers import first_steps
from members.places import TambonPlan
from tests.network import NOW, PASSWORD, Network, password_hash

SECRET = "a secret"  # as the fixtures' house has it
GROUP = {
    "name": "กลุ่มออมทรัพย์บ้านบ่อลูกรัง",
    "code": "khp06",
    "kind": "village",
    "founded_on": "1/1/2560",
}
PLACE = {
    "tambon": "270405",
    "other_code": "",
    "other_name_th": "",
    "other_name_en": "",
    "other_district_th": "",
    "other_province_th": "สระแก้ว",
    "moo": "๖",
    "village_name": "บ้านบ่อลูกรัง",
}
OFFICERS = {
    "treasurer_name": "มาลี บุญช่วย",
    "treasurer_sign_in_name": "Malee",
    "treasurer_password": PASSWORD,
    "treasurer_again": PASSWORD,
    "approver_name": "บุญมี ศรีสุข",
    "approver_sign_in_name": "boonmee",
    "approver_password": PASSWORD,
    "approver_again": PASSWORD,
    "administrator_name": "อารี รักษ์ถิ่น",
    "administrator_sign_in_name": "aree",
    "administrator_password": PASSWORD,
    "administrator_again": PASSWORD,
    "taken_by": "treasurer",
}
RULES: dict[str, object] = {
    "pledge_held_as": "liability",
    "pledge_least": "50",
    "pledge_most": "1,000",
    "share_par": "10",
    "entrance_fee": "0",
    "passbook_fee": "20",
    "welfare_premium": "30.50",
    "land_housing_premium": "20",
    "cash_limit": "5000",
    "products": ["share", "welfare", "land_housing"],
}


@pytest.fixture
def client(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser that was let in by the code that the server printed; hashing takes no time."""
    monkeypatch.setattr(
        "members.views.settings.steps.hash_password", lambda _password: password_hash()
    )
    client = sqlite_app.test_client()
    client.get(f"/first-steps?code={officers.first_steps_code(SECRET)}")
    return client


def answer(client: FlaskClient, step: str, typed: Mapping[str, object]) -> tuple[int, str, str]:
    """Send a step; give status, where it leads, and the page."""
    sent = client.post(f"/first-steps/{step}", data={"key": "a-key-12345", **typed})
    return sent.status_code, sent.location or "", sent.text


def take(client: FlaskClient, *, until: str = "rules") -> None:
    """Answer every step before one."""
    for step, typed in (("group", GROUP), ("place", PLACE), ("officers", OFFICERS)):
        if step == until:
            return
        status, _where, text = answer(client, step, dict(typed))
        assert status == 302, text


def rows() -> int:
    """Count everything that is written down."""

    def count(session: Session) -> int:
        return sum(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.tables.values()
        )

    return read(count)


def test_the_code_is_derived_from_the_secret_and_tells_nothing_of_it() -> None:
    code = officers.first_steps_code(SECRET)

    assert code == officers.first_steps_code(SECRET)
    assert code != officers.first_steps_code("another secret")
    assert len(code) == 12
    assert set(code) <= set("0123456789abcdef")


@pytest.mark.parametrize("typed", ["", "0" * 12, "ก" * 12, "x" * 10_000, "\x00"])
def test_no_other_code_opens_the_first_steps(typed: str) -> None:
    assert not officers.is_first_steps_code(typed, secret_key=SECRET)


def test_the_code_may_be_typed_in_capitals_with_blanks_around() -> None:
    code = officers.first_steps_code(SECRET)

    assert officers.is_first_steps_code(f" {code.upper()} ", secret_key=SECRET)


def test_a_stranger_is_told_where_the_code_stands_and_gets_no_further(sqlite_app: Flask) -> None:
    stranger = sqlite_app.test_client()

    asked = stranger.get("/first-steps")
    wrong = stranger.get("/first-steps?code=0123456789ab")

    assert asked.status_code == 200
    assert "ดูที่จอของเครื่องที่เปิดโปรแกรม" in asked.text
    assert wrong.status_code == 403
    assert "รหัสเริ่มต้นไม่ถูก" in wrong.text
    for step in ("group", "place", "officers", "rules", "done"):
        assert stranger.get(f"/first-steps/{step}").location == "/first-steps"
    assert stranger.post("/first-steps/group", data=GROUP).location == "/first-steps"
    assert rows() == 0


def test_the_code_does_not_stay_in_the_address(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()

    led = client.get(f"/first-steps?code={officers.first_steps_code(SECRET)}")

    assert led.location == "/first-steps"
    assert client.get("/first-steps").location == "/first-steps/group"


def test_the_steps_lead_from_one_to_the_next_and_nothing_is_written_on_the_way(
    client: FlaskClient,
) -> None:
    led = [answer(client, "group", GROUP)[1]]
    led.append(answer(client, "place", PLACE)[1])
    led.append(answer(client, "officers", OFFICERS)[1])

    assert led == ["/first-steps/place", "/first-steps/officers", "/first-steps/rules"]
    assert rows() == 0


def test_the_last_step_opens_everything_at_once(client: FlaskClient) -> None:
    take(client)

    status, where, text = answer(client, "rules", RULES)

    assert (status, where) == (302, "/first-steps/done"), text

    def look(session: Session) -> dict[str, object]:
        group = queries.group_by_code(session, code="KHP06")
        rules = queries.rules_of(session, book_id=group.book_id)
        return {
            "group": (group.name, group.kind, group.village_code, group.founded_on),
            "village": session.get_one(Village, "27040506").name,
            "tambons": len(queries.tambons(session)),
            "rules": {rule.name: rule.value for rule in rules},
            "products": [
                (one.code, one.control_code)
                for one in queries.products_of(session, book_id=group.book_id)
            ],
            "officers": {one.sign_in_name: duties for one, duties in queries.officers(session)},
            "recorded by": {
                one.recorded_by for one in queries.resolutions_of(session, book_id=group.book_id)
            },
            "findings": verify_book(session, book=session.get_one(Book, group.book_id)).findings,
        }

    opened = read(look)
    assert opened["group"] == (
        "กลุ่มออมทรัพย์บ้านบ่อลูกรัง",
        GroupKind.VILLAGE,
        "27040506",
        date(2017, 1, 1),
    )
    assert opened["village"] == "บ้านบ่อลูกรัง"
    assert opened["tambons"] == 4
    assert opened["rules"] == {
        RuleName.PLEDGE_HELD_AS: "liability",
        RuleName.PLEDGE_LEAST: 50_00,
        RuleName.PLEDGE_MOST: 1_000_00,
        RuleName.SHARE_PAR: 10_00,
        RuleName.ENTRANCE_FEE: 0,
        RuleName.PASSBOOK_FEE: 20_00,
        RuleName.WELFARE_PREMIUM: 30_50,
        RuleName.LAND_HOUSING_PREMIUM: 20_00,
        RuleName.CASH_LIMIT: 5_000_00,
        **{name: USUAL_RULES[name] for name in LOAN_RULES},
    }
    assert opened["products"] == [
        ("PLG", "21080"),
        ("SHR", "31010"),
        ("WEL", "44010"),
        ("LHF", "44110"),
    ]
    assert opened["officers"] == {
        "malee": [("KHP06", Role.TREASURER), (None, Role.REVIEWER)],
        "boonmee": [("KHP06", Role.APPROVER), (None, Role.REVIEWER)],
        "aree": [(None, Role.ADMINISTRATOR)],
    }
    assert opened["recorded by"] == {"o1"}
    assert opened["findings"] == ()


def test_at_the_end_the_chart_is_shown_and_everybody_can_sign_in(client: FlaskClient) -> None:
    take(client)
    answer(client, "rules", RULES)

    done = client.get("/first-steps/done")
    signed_in = client.post(
        "/sign-in", data={"sign_in_name": "malee", "password": PASSWORD, "key": "a-key-12345"}
    )

    assert "เงินสดในมือ" in done.text
    assert "เงินสัจจะสะสม (ถือเป็นเงินรับฝาก)" in done.text
    assert signed_in.status_code == 302
    with client.session_transaction() as cookie:
        assert "first_steps_taken" not in cookie


def test_afterwards_the_first_steps_are_closed_to_everybody(
    client: FlaskClient, sqlite_app: Flask
) -> None:
    take(client)
    answer(client, "rules", RULES)
    before = rows()
    stranger = sqlite_app.test_client()

    for address in (
        "/first-steps",
        f"/first-steps?code={officers.first_steps_code(SECRET)}",
        "/first-steps/group",
        "/first-steps/rules",
    ):
        assert stranger.get(address).location == "/sign-in"
    assert answer(stranger, "rules", RULES)[:2] == (302, "/sign-in")
    assert rows() == before


def test_an_installation_that_has_an_officer_and_no_group_is_not_new(sqlite_app: Flask) -> None:
    write(
        lambda session: officers.add_officer(
            session,
            sign_in_name="aree",
            name="อารี",
            village_code=None,
            password_hash=password_hash(),
            duties=[],
            by="",
            at=NOW,
        )
    )

    code = officers.first_steps_code(SECRET)
    assert sqlite_app.test_client().get(f"/first-steps?code={code}").location == "/sign-in"


def test_the_sample_network_has_no_first_steps(sqlite_app: Flask) -> None:
    sqlite_app.config["SETTINGS"] = replace(sqlite_app.config["SETTINGS"], demo=True)

    code = officers.first_steps_code(SECRET)
    assert sqlite_app.test_client().get(f"/first-steps?code={code}").location == "/sign-in"


def test_of_two_browsers_that_finish_only_the_first_opens_a_group(
    client: FlaskClient, sqlite_app: Flask
) -> None:
    slower = sqlite_app.test_client()
    slower.get(f"/first-steps?code={officers.first_steps_code(SECRET)}")
    take(client)
    take(slower)

    answer(client, "rules", RULES)
    before = rows()
    late = answer(slower, "rules", RULES)

    assert late[:2] == (302, "/sign-in")
    assert rows() == before


def test_the_service_itself_refuses_a_second_time_on_each_engine(network: Network) -> None:
    def again(session: Session) -> object:
        return first_steps.take_first_steps(session, answers=whole(), at=NOW)

    with pytest.raises(officers.FirstStepsOver):
        write(again)


def test_the_service_opens_everything_on_each_engine(app: Flask) -> None:
    group = write(lambda session: officers.take_first_steps(session, answers=whole(), at=NOW))

    assert group.code == "KHP06"
    assert not read(officers.is_new)


def whole() -> officers.FirstSteps:
    """All answers, as the last step puts them together."""
    return officers.FirstSteps(
        code="KHP06",
        name="กลุ่มออมทรัพย์บ้านบ่อลูกรัง",
        kind=GroupKind.VILLAGE,
        founded_on=date(2023, 1, 1),
        tambon=TambonPlan("270405", "คลองหินปูน", "", "วังน้ำเย็น", "สระแก้ว"),
        village_code="27040506",
        village_name="บ้านบ่อลูกรัง",
        officers={
            role: officers.FirstOfficer(f"คนที่ {role}", f"person-{role}", password_hash())
            for role in officers.FIRST_DUTIES
        },
        taken_by=Role.ADMINISTRATOR,
        rules={},
        products=(),
    )


def test_a_failure_at_the_end_leaves_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_named: object) -> None:
        raise officers.DutyNeedsGroup(duty="เหรัญญิก")

    take(client)
    monkeypatch.setattr(first_steps, "give_duty", fail)

    status, _where, text = answer(client, "rules", RULES)

    assert status == 422
    assert 'value="30.50"' in text
    assert rows() == 0


def test_what_was_answered_is_there_when_one_comes_back(client: FlaskClient) -> None:
    take(client, until="officers")

    assert client.get("/first-steps").location == "/first-steps/officers"
    assert 'value="กลุ่มออมทรัพย์บ้านบ่อลูกรัง"' in client.get("/first-steps/group").text
    assert 'value="270405" checked' in client.get("/first-steps/place").text


def test_no_step_is_skipped(client: FlaskClient) -> None:
    take(client, until="place")

    assert client.get("/first-steps/rules").location == "/first-steps"
    assert answer(client, "rules", RULES)[:2] == (302, "/first-steps")
    assert rows() == 0


def test_passwords_are_kept_only_hashed_and_are_not_typed_twice(client: FlaskClient) -> None:
    take(client, until="officers")

    wrong = OFFICERS | {"treasurer_again": "อื่น", "approver_name": ""}
    status, _where, text = answer(client, "officers", wrong)

    assert status == 400
    assert "ตั้งไว้แล้ว เว้นว่างถ้าไม่เปลี่ยน" in text
    assert PASSWORD not in text
    with client.session_transaction() as cookie:
        assert PASSWORD not in str(dict(cookie))
        assert set(cookie["first_steps"]["hashes"]) == {"approver", "administrator"}

    emptied = {box: "" for box in OFFICERS if box.endswith(("_password", "_again"))}
    typed = OFFICERS | emptied
    typed |= {"treasurer_password": PASSWORD, "treasurer_again": PASSWORD}
    assert answer(client, "officers", typed)[:2] == (302, "/first-steps/rules")


def test_a_group_that_turns_out_to_be_of_a_village_is_asked_for_it(client: FlaskClient) -> None:
    answer(client, "group", GROUP | {"kind": "network"})
    answer(client, "place", PLACE | {"moo": "", "village_name": ""})
    answer(client, "officers", OFFICERS)

    answer(client, "group", GROUP)

    assert client.get("/first-steps").location == "/first-steps/place"
    assert answer(client, "rules", RULES)[:2] == (302, "/first-steps")


def test_another_tambon_is_opened_by_its_code_and_names(client: FlaskClient) -> None:
    answer(client, "group", GROUP)
    answer(
        client,
        "place",
        PLACE
        | {
            "tambon": "other",
            "other_code": "270901",
            "other_name_th": "วังสมบูรณ์",
            "other_district_th": "วังสมบูรณ์",
        },
    )
    answer(client, "officers", OFFICERS)
    answer(client, "rules", RULES)

    def look(session: Session) -> tuple[int, str]:
        return len(queries.tambons(session)), session.get_one(Village, "27090106").name

    assert read(look) == (5, "บ้านบ่อลูกรัง")


def test_a_network_fund_needs_no_village(client: FlaskClient) -> None:
    answer(client, "group", GROUP | {"kind": "network"})
    answer(client, "place", PLACE | {"moo": "", "village_name": ""})
    answer(client, "officers", OFFICERS)
    answer(client, "rules", RULES)

    assert read(lambda session: queries.group_by_code(session, code="KHP06")).village_code is None
    assert read(lambda session: session.scalars(select(Officer.village_code)).all()) == [None] * 3


LONG = "ก" * 10_000


@pytest.mark.parametrize(
    ("step", "typed", "box"),
    [
        ("group", {"name": ""}, "name"),
        ("group", {"name": LONG}, "name"),
        ("group", {"name": "ซ่อน\u200dตัว\u202e"}, "name"),
        ("group", {"code": "กลุ่ม"}, "code"),
        ("group", {"code": "A B"}, "code"),
        ("group", {"code": "K" * 13}, "code"),
        ("group", {"founded_on": "1/1/2700"}, "founded_on"),
        ("group", {"founded_on": "29/2/2566"}, "founded_on"),
        ("group", {"founded_on": ""}, "founded_on"),
        ("place", {"moo": "0"}, "moo"),
        ("place", {"moo": "-1"}, "moo"),
        ("place", {"moo": "100"}, "moo"),
        ("place", {"moo": "หก"}, "moo"),
        ("place", {"moo": ""}, "moo"),
        ("place", {"village_name": ""}, "village_name"),
        ("place", {"tambon": "other"}, "other_code"),
        ("place", {"tambon": "other", "other_code": "12"}, "other_code"),
        ("officers", {"treasurer_name": LONG}, "treasurer_name"),
        ("officers", {"approver_name": "มาลี บุญช่วย"}, "approver_name"),
        ("officers", {"approver_sign_in_name": "MALEE"}, "approver_sign_in_name"),
        ("officers", {"approver_sign_in_name": "บุญมี"}, "approver_sign_in_name"),
        ("officers", {"approver_password": ""}, "approver_password"),
        ("officers", {"approver_again": "อื่น"}, "approver_again"),
        ("rules", {"pledge_least": "-1"}, "pledge_least"),
        ("rules", {"pledge_least": "1,000.01"}, "pledge_least"),
        ("rules", {"share_par": "10.005"}, "share_par"),
        ("rules", {"cash_limit": ""}, "cash_limit"),
        ("rules", {"cash_limit": "=1+1"}, "cash_limit"),
    ],
)
def test_what_cannot_be_is_said_at_its_box_and_nothing_goes_on(
    client: FlaskClient, step: str, typed: dict[str, object], box: str
) -> None:
    take(client, until=step)
    good: dict[str, dict[str, object]] = {
        "group": dict(GROUP),
        "place": dict(PLACE),
        "officers": dict(OFFICERS),
        "rules": RULES,
    }

    status, _where, text = answer(client, step, good[step] | typed)

    assert status == 400
    assert f'id="{box}-wrong"' in text
    assert rows() == 0


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        ("group", {"kind": "bank"}),
        ("group", {"price": "1"}),
        ("place", {"tambon": ""}),
        ("place", {"tambon": "999999"}),
        ("officers", {"taken_by": "observer"}),
        ("officers", {"taken_by": ""}),
        ("rules", {"pledge_held_as": "gift"}),
        ("rules", {"products": ["gold"]}),
    ],
)
def test_a_choice_that_was_not_offered_is_refused(
    client: FlaskClient, step: str, typed: dict[str, object]
) -> None:
    take(client, until=step)
    good: dict[str, dict[str, object]] = {
        "group": dict(GROUP),
        "place": dict(PLACE),
        "officers": dict(OFFICERS),
        "rules": RULES,
    }

    status, _where, text = answer(client, step, good[step] | typed)

    assert status == 400
    assert 'role="alert"' in text
    assert rows() == 0


def test_a_password_that_is_too_easy_is_said_at_its_box(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    client.get(f"/first-steps?code={officers.first_steps_code(SECRET)}")
    take(client, until="officers")
    easy = {"approver_password": "12345678", "approver_again": "12345678"}

    _status, _where, text = answer(client, "officers", OFFICERS | easy)

    assert 'id="approver_password-wrong"' in text
    assert "เดาง่ายเกินไป" in text


def test_the_longest_answers_fit_into_a_cookie(client: FlaskClient) -> None:
    letters = "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ"

    def longest(salt: int) -> str:
        return "".join(letters[(salt * 7 + n * n * (salt + 3)) % len(letters)] for n in range(80))

    answer(client, "group", GROUP | {"name": longest(1)})
    answer(
        client,
        "place",
        PLACE
        | {
            "tambon": "other",
            "other_code": "270901",
            "other_name_th": longest(2),
            "other_name_en": longest(3),
            "other_district_th": longest(4),
            "other_province_th": longest(5),
            "village_name": longest(6),
        },
    )
    names = {f"{role}_name": longest(7 + n) for n, role in enumerate(officers.FIRST_DUTIES)}
    status, where, text = answer(client, "officers", OFFICERS | names)

    assert (status, where) == (302, "/first-steps/rules"), text
    kept = client.get_cookie("samut")
    assert kept is not None
    assert len(kept.value) < 3800


def test_a_step_that_is_not_one_is_not_found(client: FlaskClient) -> None:
    assert client.get("/first-steps/gold").status_code == 404
    assert client.post("/first-steps/" + "x" * 3000).status_code == 404
