"""The pages of settings: groups, villages and officers, for administrators alone."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import Base, read, write
from ledger.roles import Role
from members import officers, queries
from members.models import Officer
from tests.network import GROUP, NOW, OTHER_GROUP, PASSWORD, VILLAGE, Network, client_of

KEY = {"key": "a-key-12345"}
NEW_GROUP = KEY | {
    "code": "khp09",
    "name": "กลุ่มออมทรัพย์บ้านใหม่",
    "kind": "village",
    "founded_on": "1/4/2566",
    "village_code": VILLAGE,
    "mother_code": GROUP,
}
NEW_OFFICER = KEY | {
    "name": "มานี ใจงาม",
    "sign_in_name": "manee",
    "village_code": VILLAGE,
    "role": "bookkeeper",
    "where": GROUP,
    "new": PASSWORD,
    "again": PASSWORD,
}
NEW_VILLAGE = KEY | {"tambon_code": "270405", "moo": "28", "village_name": "บ้านใหม่"}
NEW_TAMBON = KEY | {
    "code": "270401",
    "name_th": "วังน้ำเย็น",
    "name_en": "Wang Nam Yen",
    "district_th": "วังน้ำเย็น",
    "province_th": "สระแก้ว",
}
PAGES = (
    "/settings",
    "/settings/groups",
    f"/settings/groups/{GROUP}",
    "/settings/new-group",
    "/settings/villages",
    "/settings/officers",
    "/settings/new-officer",
    "/settings/officers/1",
)
FORMS = (
    "/settings/new-group",
    "/settings/villages",
    "/settings/tambons",
    "/settings/new-officer",
    "/settings/officers/1/duties",
    "/settings/officers/1/duties/1/end",
    "/settings/officers/1/suspend",
    "/settings/officers/1/reinstate",
    "/settings/officers/1/password",
)


def rows() -> int:
    """Count everything that is written down, but the browsers that are signed in."""

    def count(session: Session) -> int:
        return sum(
            session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
            if name != "members_sign_ins"
        )

    return read(count)


@pytest.mark.parametrize("address", PAGES)
def test_an_administrator_sees_every_page_of_settings(
    sqlite_app: Flask, sqlite_network: Network, address: str
) -> None:
    assert client_of(sqlite_app, sqlite_network.aree).get(address).status_code == 200


@pytest.mark.parametrize("who", ["malee", "boonmee", "somchai", "prasert"])
def test_nobody_else_sees_or_changes_settings(
    sqlite_app: Flask, sqlite_network: Network, who: str
) -> None:
    client = client_of(sqlite_app, getattr(sqlite_network, who))
    before = rows()

    seen = {client.get(address).status_code for address in PAGES}
    changed = {client.post(address, data=KEY).status_code for address in FORMS}

    assert (seen, changed) == ({403}, {403})
    assert rows() == before


def test_an_administrator_opens_no_page_of_money(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)

    for address in (f"/groups/{GROUP}/today", f"/groups/{GROUP}/members", "/review"):
        assert client.get(address).status_code == 403


def test_a_group_is_opened_as_the_child_of_another(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)

    opened = client.post("/settings/new-group", data=NEW_GROUP)
    page = client.get(opened.location).text

    assert opened.location == "/settings/groups/KHP09"
    assert "กลุ่มแม่" in page
    assert "ยังไม่มีกรรมการของกลุ่มนี้" in page
    assert "กลุ่มออมทรัพย์บ้านใหม่" in client.get(f"/settings/groups/{GROUP}").text


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"code": GROUP}, 409),
        ({"code": "ก"}, 422),
        ({"code": ""}, 400),
        ({"name": "ก" * 10_000}, 400),
        ({"kind": "bank"}, 400),
        ({"founded_on": "7/4/2566"}, 422),
        ({"founded_on": "1/4/66"}, 400),
        ({"mother_code": "NONE"}, 404),
        ({"price": "1"}, 400),
        ({"key": ""}, 400),
    ],
)
def test_a_group_that_cannot_be_opened_keeps_what_was_typed(
    sqlite_app: Flask, sqlite_network: Network, typed: dict[str, str], status: int
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)
    before = rows()

    answer = client.post("/settings/new-group", data=NEW_GROUP | typed)

    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert "name" in typed or 'value="กลุ่มออมทรัพย์บ้านใหม่"' in answer.text
    assert rows() == before


def test_a_village_that_is_not_there_is_refused_for_a_group(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)

    answer = client.post("/settings/new-group", data=NEW_GROUP | {"village_code": "27040577"})

    assert answer.status_code == 404
    assert "ไม่พบหมู่บ้าน" in answer.text


def test_villages_are_listed_by_moo_under_their_tambon(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)
    for moo in ("28", "9", "10"):
        client.post("/settings/villages", data=NEW_VILLAGE | {"moo": moo})

    text = client.get("/settings/villages").text

    moos = [text.index(f"<b>หมู่ที่ {moo}</b>") for moo in (6, 9, 10, 28)]
    assert moos == sorted(moos)


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"moo": "6"}, 409),
        ({"moo": "0"}, 400),
        ({"moo": ""}, 400),
        ({"moo": "100"}, 400),
        ({"moo": "-6"}, 400),
        ({"tambon_code": "999999"}, 422),
        ({"tambon_code": "27040"}, 422),
        ({"village_name": ""}, 400),
        ({"village_name": "ก" * 10_000}, 400),
    ],
)
def test_a_village_that_cannot_be_added_says_why(
    sqlite_app: Flask, sqlite_network: Network, typed: dict[str, str], status: int
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)
    before = rows()

    answer = client.post("/settings/villages", data=NEW_VILLAGE | typed)

    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert rows() == before


def test_a_tambon_is_added_once(sqlite_app: Flask, sqlite_network: Network) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)

    first = client.post("/settings/tambons", data=NEW_TAMBON)
    again = client.post("/settings/tambons", data=NEW_TAMBON)

    assert first.status_code == 302
    assert again.status_code == 409
    assert "มีตำบลรหัส 270401 อยู่แล้ว" in again.text


def test_a_new_officer_signs_in_with_the_first_password_and_their_duty(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    added = client_of(sqlite_app, sqlite_network.aree).post(
        "/settings/new-officer", data=NEW_OFFICER
    )

    token = officers.sign_in(sign_in_name="manee", password=PASSWORD, address="", device="", at=NOW)
    found = officers.officer_behind(token, at=NOW)
    assert added.status_code == 302
    assert found is not None
    assert found.duties == {(GROUP, Role.BOOKKEEPER)}
    assert found.village_code == VILLAGE


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"sign_in_name": "malee"}, 409),
        ({"sign_in_name": "มานี"}, 422),
        ({"name": ""}, 400),
        ({"name": "ก" * 10_000}, 400),
        ({"name": "มานี\u202e"}, 400),
        ({"role": ""}, 400),
        ({"role": "king"}, 400),
        ({"where": ""}, 422),
        ({"where": "NONE"}, 404),
        ({"role": "administrator"}, 422),
        ({"new": "สั้น", "again": "สั้น"}, 422),
        ({"new": "12345678", "again": "12345678"}, 422),
        ({"again": "อื่น"}, 400),
        ({"village_code": "27040577"}, 404),
    ],
)
def test_an_officer_who_cannot_be_added_leaves_nothing_and_no_password_on_the_page(
    sqlite_app: Flask, sqlite_network: Network, typed: dict[str, str], status: int
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)
    before = rows()

    answer = client.post("/settings/new-officer", data=NEW_OFFICER | typed)

    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert PASSWORD not in answer.text
    assert rows() == before


def test_a_duty_is_given_and_ended_and_both_are_seen_with_the_next_page(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    administrator = client_of(sqlite_app, sqlite_network.aree)
    somchai = client_of(sqlite_app, sqlite_network.somchai)
    person = f"/settings/officers/{sqlite_network.somchai}"
    by_law = f"/groups/{OTHER_GROUP}/by-laws/entrance_fee_satang"
    before = 'name="resolution"' in somchai.get(by_law).text

    administrator.post(f"{person}/duties", data=KEY | {"role": "treasurer", "where": OTHER_GROUP})
    given = 'name="resolution"' in somchai.get(by_law).text
    duties = read(lambda session: queries.duties_of(session, officer_id=sqlite_network.somchai))
    administrator.post(f"{person}/duties/{duties[-1].id}/end")
    ended = 'name="resolution"' in somchai.get(by_law).text

    assert (before, given, ended) == (False, True, False)
    assert "หน้าที่ที่สิ้นสุดแล้ว 1 รายการ" in administrator.get(person).text


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"role": "treasurer", "where": GROUP}, 409),
        ({"role": "administrator", "where": ""}, 422),
        ({"role": "approver", "where": ""}, 422),
        ({"role": "observer", "where": "NONE"}, 404),
        ({"role": "king", "where": ""}, 400),
        ({"where": GROUP}, 400),
    ],
)
def test_a_duty_that_cannot_be_given_says_why(
    sqlite_app: Flask, sqlite_network: Network, typed: dict[str, str], status: int
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)
    before = rows()

    answer = client.post(f"/settings/officers/{sqlite_network.malee}/duties", data=KEY | typed)

    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert rows() == before


def test_an_administrator_cannot_make_themselves_a_treasurer(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)

    answer = client.post(
        f"/settings/officers/{sqlite_network.aree}/duties",
        data=KEY | {"role": "treasurer", "where": GROUP},
    )

    assert answer.status_code == 422
    assert "ให้คนหนึ่งดูแลระบบ อีกคนดูแลเงิน" in answer.text


def test_the_last_administrator_stays_and_the_page_says_what_to_do(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)
    person = f"/settings/officers/{sqlite_network.aree}"

    suspended = client.post(f"{person}/suspend")
    ended = client.post(f"{person}/duties/9/end")

    for answer in (suspended, ended):
        assert answer.status_code == 422
        assert "ให้คนอื่นเป็นผู้ดูแลระบบก่อน" in answer.text
    assert client.get("/settings").status_code == 200


def test_a_suspended_officer_is_out_at_once_and_may_come_back(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    administrator = client_of(sqlite_app, sqlite_network.aree)
    malee = client_of(sqlite_app, sqlite_network.malee)
    person = f"/settings/officers/{sqlite_network.malee}"

    administrator.post(f"{person}/suspend")

    assert malee.get("/account").location.startswith("/sign-in")
    assert "ระงับอยู่" in administrator.get("/settings/officers").text

    administrator.post(f"{person}/reinstate")

    assert malee.get("/account").location.startswith("/sign-in")
    assert client_of(sqlite_app, sqlite_network.malee).get("/account").status_code == 200


def test_a_password_that_was_forgotten_is_set_anew_and_the_old_one_is_gone(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    malee = client_of(sqlite_app, sqlite_network.malee)
    client = client_of(sqlite_app, sqlite_network.aree)

    client.post(
        f"/settings/officers/{sqlite_network.malee}/password",
        data=KEY | {"new": "ทำบุญตักบาตร", "again": "ทำบุญตักบาตร"},
    )

    assert malee.get("/account").status_code == 302
    with pytest.raises(officers.WrongNameOrPassword):
        officers.sign_in(sign_in_name="malee", password=PASSWORD, address="", device="", at=NOW)
    assert officers.sign_in(
        sign_in_name="malee", password="ทำบุญตักบาตร", address="", device="", at=NOW
    )


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"new": "สั้น", "again": "สั้น"}, 422),
        ({"new": "ทำบุญตักบาตร", "again": "อื่น"}, 400),
        ({"new": "ทำบุญตักบาตร"}, 400),
        ({}, 400),
    ],
)
def test_a_password_that_cannot_be_set_leaves_the_old_one(
    sqlite_app: Flask, sqlite_network: Network, typed: dict[str, str], status: int
) -> None:
    def kept() -> str:
        return read(lambda session: session.get_one(Officer, sqlite_network.malee)).password_hash

    before = kept()

    answer = client_of(sqlite_app, sqlite_network.aree).post(
        f"/settings/officers/{sqlite_network.malee}/password", data=KEY | typed
    )

    assert answer.status_code == status
    assert "ทำบุญตักบาตร" not in answer.text
    assert kept() == before


@pytest.mark.parametrize("number", ["999", "0", "99999999999999999999", "-1", "x"])
def test_an_officer_who_is_not_there_is_not_found(
    sqlite_app: Flask, sqlite_network: Network, number: str
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)

    assert client.get(f"/settings/officers/{number}").status_code == 404
    assert client.post(f"/settings/officers/{number}/suspend").status_code == 404
    assert client.post(f"/settings/officers/1/duties/{number}/end").status_code == 404


def test_settings_ask_every_form_for_its_secret(sqlite_app: Flask, sqlite_network: Network) -> None:
    sqlite_app.config["WTF_CSRF_ENABLED"] = True
    client = client_of(sqlite_app, sqlite_network.aree)

    assert {client.post(address, data=KEY).status_code for address in FORMS} == {400}


def test_names_are_shown_as_text(sqlite_app: Flask, sqlite_network: Network) -> None:
    write(
        lambda session: setattr(
            officers.officer_by_id(session, officer_id=sqlite_network.malee),
            "name",
            "<script>มาลี</script>",
        )
    )

    text = client_of(sqlite_app, sqlite_network.aree).get("/settings/officers").text

    assert "&lt;script&gt;มาลี" in text
    assert "<script>มาลี" not in text
