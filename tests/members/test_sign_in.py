"""Signing in: wrong passwords, browsers that are signed out, and where one is led afterwards."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from ledger.clock import use_clock
from ledger.db import read, write
from ledger.roles import Role
from members import officers
from members.models import SignIn, SignInAttempt
from members.officers import passwords, sign_ins
from members.views.sign_in import device_in_words, is_ours
from tests.network import NOW, PASSWORD, Network, client_of

SECOND = timedelta(seconds=1)


def try_password(
    password: str, *, at: datetime, name: str = "malee", address: str = "10.0.0.7"
) -> str:
    return officers.sign_in(
        sign_in_name=name, password=password, address=address, device="test", at=at
    )


def be_wrong(times: int, *, at: datetime, name: str = "malee", address: str = "10.0.0.7") -> None:
    """Try a wrong password again and again, each as soon as it is looked at."""
    for _ in range(times):
        with pytest.raises(officers.WrongNameOrPassword):
            try_password("ผิดแน่นอน", at=at, name=name, address=address)


def tries() -> int:
    return read(
        lambda session: session.scalar(select(func.count()).select_from(SignInAttempt)) or 0
    )


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes against which passwords were checked, in their order; no time is spent."""
    hashes: list[str] = []

    def matches(password_hash: str, password: str) -> bool:
        hashes.append(password_hash)
        return password == PASSWORD and password_hash != passwords.NOBODYS_HASH

    monkeypatch.setattr(sign_ins, "password_matches", matches)
    return hashes


def test_the_right_password_gives_a_token_that_leads_back_to_the_officer(network: Network) -> None:
    token = try_password(PASSWORD, at=NOW)

    found = officers.officer_behind(token, at=NOW)

    assert found is not None
    assert found.id == network.malee
    assert (None, Role.REVIEWER) in found.duties


def test_only_the_digest_of_a_token_is_kept(network: Network) -> None:
    token = try_password(PASSWORD, at=NOW)

    kept = read(lambda session: session.scalars(select(SignIn.token_digest)).one())

    assert token.encode() not in kept


def test_three_wrong_passwords_cost_nothing_and_the_next_ones_double_the_wait(
    network: Network, checked: list[str]
) -> None:
    be_wrong(4, at=NOW)  # the fourth costs 2 s

    with pytest.raises(officers.TooManyTries, match="wait='2 วินาที'"):
        try_password(PASSWORD, at=NOW + SECOND)

    be_wrong(1, at=NOW + 2 * SECOND)  # the fifth costs 4 s
    with pytest.raises(officers.TooManyTries, match="wait='2 วินาที'"):
        try_password(PASSWORD, at=NOW + 5 * SECOND)
    assert try_password(PASSWORD, at=NOW + 6 * SECOND)


def test_while_one_waits_nothing_is_checked_and_nothing_is_counted(
    network: Network, checked: list[str]
) -> None:
    be_wrong(4, at=NOW)
    looked_at, counted = len(checked), tries()

    for _ in range(20):
        with pytest.raises(officers.TooManyTries):
            try_password(PASSWORD, at=NOW + SECOND)

    assert len(checked) == looked_at
    assert tries() == counted


def test_the_wait_is_never_longer_than_ten_minutes(network: Network, checked: list[str]) -> None:
    at = NOW
    for _ in range(14):
        be_wrong(1, at=at)
        at += timedelta(minutes=10) + SECOND
        if at > NOW + timedelta(minutes=55):
            at = NOW + timedelta(minutes=55)
            break

    with pytest.raises(officers.WrongNameOrPassword):
        try_password("ผิดแน่นอน", at=at + timedelta(minutes=10))


def test_a_right_password_begins_the_count_anew(network: Network, checked: list[str]) -> None:
    be_wrong(3, at=NOW)
    try_password(PASSWORD, at=NOW + SECOND)

    be_wrong(3, at=NOW + 2 * SECOND)

    assert try_password(PASSWORD, at=NOW + 3 * SECOND)


def test_tries_that_are_still_being_checked_count_already(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_password_hash: str, _password: str) -> bool:
        waiting.append(tries())
        return False

    waiting: list[int] = []
    monkeypatch.setattr(sign_ins, "password_matches", meanwhile)

    be_wrong(2, at=NOW)

    assert waiting == [1, 2]


def test_an_address_is_slowed_down_over_all_names_but_never_for_long(
    network: Network, checked: list[str]
) -> None:
    for number in range(40):
        at = NOW + number * timedelta(seconds=31)
        be_wrong(1, at=at, name=f"nobody{number}", address="10.0.0.9")

    with pytest.raises(officers.TooManyTries):
        try_password(PASSWORD, at=at + SECOND, name="malee", address="10.0.0.9")
    assert try_password(PASSWORD, at=at + SECOND, name="malee", address="10.0.0.7")
    assert try_password(PASSWORD, at=at + timedelta(seconds=31), address="10.0.0.9")


def test_one_right_password_does_not_open_the_address_for_guessing_others(
    network: Network, checked: list[str]
) -> None:
    for number in range(31):
        be_wrong(1, at=NOW, name=f"nobody{number}", address="10.0.0.9")
    try_password(PASSWORD, at=NOW + 3 * SECOND, name="wandee", address="10.0.0.9")
    be_wrong(1, at=NOW + 3 * SECOND, address="10.0.0.9")

    with pytest.raises(officers.TooManyTries):
        try_password(PASSWORD, at=NOW + 4 * SECOND, address="10.0.0.9")


@pytest.mark.parametrize("name", ["nobody", "malee", "suspended"])
def test_a_name_that_is_unknown_wrong_or_suspended_takes_the_same_way(
    network: Network, name: str, checked: list[str]
) -> None:
    write(lambda session: officers.suspend(session, officer_id=network.wandee, at=NOW))
    name = "wandee" if name == "suspended" else name

    with pytest.raises(officers.WrongNameOrPassword) as refused:
        try_password("ผิดแน่นอน" if name == "malee" else PASSWORD, at=NOW, name=name)

    assert refused.value.sentence() == "ชื่อผู้ใช้หรือรหัสผ่านไม่ถูก ลองอีกครั้ง"
    assert len(checked) == 1
    assert tries() == 1


def test_nobodys_hash_costs_what_a_real_one_costs() -> None:
    assert not passwords._hasher.check_needs_rehash(passwords.NOBODYS_HASH)
    assert not passwords.password_matches(passwords.NOBODYS_HASH, PASSWORD)


def test_an_unknown_name_is_made_to_wait_like_a_known_one(
    network: Network, checked: list[str]
) -> None:
    be_wrong(4, at=NOW, name="nobody", address="10.0.0.1")
    be_wrong(4, at=NOW, name="malee", address="10.0.0.2")
    sentences = []

    for name in ("nobody", "malee"):
        with pytest.raises(officers.TooManyTries) as refused:
            try_password(PASSWORD, at=NOW, name=name, address="10.0.0.3")
        sentences.append(refused.value.sentence())

    assert sentences[0] == sentences[1]


def test_an_officer_who_is_suspended_while_the_password_is_checked_stays_outside(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def suspend_meanwhile(_password_hash: str, _password: str) -> bool:
        write(lambda session: officers.suspend(session, officer_id=network.malee, at=NOW))
        return True

    monkeypatch.setattr(sign_ins, "password_matches", suspend_meanwhile)

    with pytest.raises(officers.WrongNameOrPassword):
        try_password(PASSWORD, at=NOW)

    assert read(lambda session: session.scalars(select(SignIn)).all()) == []


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("สั้นไป", officers.PasswordTooShort),
        ("ก" * 7, officers.PasswordTooShort),
        ("ก" * 201, officers.PasswordTooLong),
        ("12345678", officers.PasswordTooEasy),
        ("87654321", officers.PasswordTooEasy),
        ("qwertyuiop", officers.PasswordTooEasy),
        ("Password1", officers.PasswordTooEasy),
        ("กกกกกกกกก", officers.PasswordTooEasy),
        ("๑๒๑๒๑๒๑๒", officers.PasswordTooEasy),
    ],
)
def test_a_password_that_anybody_would_guess_is_refused(
    password: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        officers.hash_password(password)


def test_a_password_is_the_same_from_every_keyboard() -> None:
    kept = officers.hash_password("ออมทองคำ99")

    assert passwords.password_matches(kept, "ออมทองค\N{THAI CHARACTER NIKHAHIT}า99")
    assert not passwords.password_matches(kept, "ออมทองคา99")


def test_nothing_is_cut_off_a_long_password() -> None:
    kept = officers.hash_password("ab1ก" * 50)

    assert passwords.password_matches(kept, "ab1ก" * 50)
    assert not passwords.password_matches(kept, "ab1ก" * 50 + "x")


END_IT: dict[str, Callable[[Network, str], object]] = {
    "signed out": lambda _network, token: write(
        lambda session: officers.sign_out(session, token=token, at=NOW)
    ),
    "suspended": lambda network, _token: write(
        lambda session: officers.suspend(session, officer_id=network.malee, at=NOW)
    ),
    "another password": lambda network, _token: write(
        lambda session: officers.set_password(
            session, officer_id=network.malee, password_hash=passwords.NOBODYS_HASH, at=NOW
        )
    ),
    "signed out everywhere": lambda network, _token: write(
        lambda session: officers.end_sign_ins(session, officer_id=network.malee, at=NOW)
    ),
}


@pytest.mark.parametrize("how", list(END_IT))
def test_whoever_is_put_out_is_out_at_once(network: Network, how: str) -> None:
    token = write(
        lambda session: officers.start(session, officer_id=network.malee, device="test", at=NOW)
    )
    END_IT[how](network, token)

    assert officers.officer_behind(token, at=NOW) is None


def test_a_browser_that_nobody_uses_is_signed_out_after_two_weeks(network: Network) -> None:
    token = try_password(PASSWORD, at=NOW)

    assert officers.officer_behind(token, at=NOW + timedelta(days=13)) is not None
    assert officers.officer_behind(token, at=NOW + timedelta(days=26)) is not None
    assert officers.officer_behind(token, at=NOW + timedelta(days=41)) is None


def test_a_browser_in_daily_use_is_signed_out_after_three_months(network: Network) -> None:
    token = try_password(PASSWORD, at=NOW)

    seen = [officers.officer_behind(token, at=NOW + timedelta(days=day)) for day in range(0, 99, 9)]

    assert [one is not None for one in seen] == [True] * 10 + [False]


def test_an_invented_token_leads_to_nobody(network: Network) -> None:
    assert officers.officer_behind("invented", at=NOW) is None


# ---------------------------------------------------------------- the pages


def send(app: Flask, **typed: str) -> tuple[int, str, str]:
    """Send the sign-in form; give status, where it leads, and the page."""
    answer = app.test_client().post(
        "/sign-in",
        data={"sign_in_name": "malee", "password": PASSWORD, "key": "a-key-12345"} | typed,
    )
    return answer.status_code, answer.location or "", answer.text


def test_a_wrong_password_keeps_the_name_and_not_the_password(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    status, _where, text = send(sqlite_app, password="ผิดแน่นอน")

    assert status == 403
    assert "ชื่อผู้ใช้หรือรหัสผ่านไม่ถูก" in text
    assert 'value="malee"' in text
    assert "ผิดแน่นอน" not in text


@pytest.mark.parametrize("name", ["", "  ", "ก" * 10_000, "a\x00b", "a\u202eb"])
def test_a_name_that_cannot_be_one_is_refused_at_its_box(
    sqlite_app: Flask, sqlite_network: Network, name: str
) -> None:
    status, _where, text = send(sqlite_app, sign_in_name=name)

    assert status == 400
    assert 'id="sign_in_name-wrong"' in text
    assert tries() == 0


def test_after_signing_in_one_is_led_where_one_wanted_to_go(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    status, where, _text = send(sqlite_app, next="/groups/KHP06/members?q=%E0%B8%AA")

    assert (status, where) == (302, "/groups/KHP06/members?q=%E0%B8%AA")


@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/%0a/evil.example\r\nSet-Cookie: a=b",
        "https://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "evil.example",
        "",
    ],
)
def test_nobody_is_led_out_of_the_house(
    sqlite_app: Flask, sqlite_network: Network, evil: str
) -> None:
    status, where, _text = send(sqlite_app, next=evil)

    assert (status, where) == (302, "/")
    assert not is_ours(evil)


def test_signing_in_begins_a_fresh_cookie_and_ends_the_sign_in_before(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.wandee)
    with client.session_transaction() as cookie:
        before = cookie["token"]
        cookie["planted"] = "by somebody else"

    client.post(
        "/sign-in", data={"sign_in_name": "malee", "password": PASSWORD, "key": "a-key-12345"}
    )

    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie["token"] != before
    assert officers.officer_behind(before, at=NOW) is None


def test_the_cookie_is_kept_from_scripts_and_from_other_houses(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    sent = sqlite_app.test_client().post(
        "/sign-in", data={"sign_in_name": "malee", "password": PASSWORD, "key": "a-key-12345"}
    )

    cookie = sent.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie  # a village hall has no certificate; see behind_tls


def test_a_cookie_that_somebody_wrote_themselves_leads_nowhere(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = sqlite_app.test_client()
    client.set_cookie("samut", "eyJ0b2tlbiI6ImludmVudGVkIn0.aaaa.bbbb")

    answer = client.get("/account")

    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in")


def test_a_form_without_its_secret_signs_nobody_in(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    sqlite_app.config["WTF_CSRF_ENABLED"] = True

    status, _where, text = send(sqlite_app)

    assert status == 400
    assert "แบบฟอร์มนี้หมดอายุ" in text
    assert tries() == 0


def test_one_touch_signs_in_nowhere_but_in_the_sample(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    answer = sqlite_app.test_client().post(f"/sign-in/sample/{sqlite_network.malee}")

    assert answer.status_code == 404
    assert read(lambda session: session.scalars(select(SignIn)).all()) == []


def test_in_the_sample_only_its_own_people_sign_in_at_one_touch(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    sqlite_app.config["SETTINGS"] = replace(sqlite_app.config["SETTINGS"], demo=True)
    sample = write(
        lambda session: (
            officers.add_officer(
                session,
                sign_in_name="sample-treasurer",
                name="มานี ตัวอย่าง",
                village_code=None,
                password_hash=passwords.NOBODYS_HASH,
                duties=[("KHP06", Role.TREASURER)],
                by="o1",
                at=NOW,
            ).id
        )
    )
    client = sqlite_app.test_client()

    others = client.post(f"/sign-in/sample/{sqlite_network.malee}")
    own = client.post(f"/sign-in/sample/{sample}")

    assert others.status_code == 404
    assert own.status_code == 302
    assert "มานี ตัวอย่าง" in client.get("/account").text


def test_signing_out_ends_the_sign_in_and_empties_the_cookie(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)
    with client.session_transaction() as cookie:
        token = cookie["token"]

    client.post("/sign-out")

    assert officers.officer_behind(token, at=NOW) is None
    assert client.get("/account").status_code == 302


def test_whoever_has_no_duty_any_more_can_still_sign_out(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.somchai)
    with client.session_transaction() as cookie:
        token = cookie["token"]
    write(
        lambda session: officers.end_duty(
            session, officer_id=sqlite_network.somchai, duty_id=5, at=NOW
        )
    )

    assert client.get("/account").status_code == 403
    assert client.post("/sign-out").status_code == 302
    assert officers.officer_behind(token, at=NOW) is None


def test_signing_out_everywhere_reaches_the_telephone_that_was_lost(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    lost, present = (client_of(sqlite_app, sqlite_network.malee) for _ in range(2))
    another = client_of(sqlite_app, sqlite_network.wandee)

    present.post("/account/sign-out-everywhere")

    assert lost.get("/account").status_code == 302
    assert present.get("/account").status_code == 302
    assert another.get("/account").status_code == 200


def change_password(app: Flask, officer_id: int, **typed: str) -> tuple[int, str]:
    answer = client_of(app, officer_id).post(
        "/account/password",
        data={"present": PASSWORD, "new": "ทำบุญตักบาตร", "again": "ทำบุญตักบาตร", "key": "a-key-12345"}
        | typed,
    )
    return answer.status_code, answer.text


def test_another_password_needs_the_present_one_and_signs_every_browser_out(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    other = client_of(sqlite_app, sqlite_network.malee)

    status, _text = change_password(sqlite_app, sqlite_network.malee)

    assert status == 302
    assert other.get("/account").status_code == 302
    assert try_password("ทำบุญตักบาตร", at=NOW)


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"present": "ผิดแน่นอน"}, 403, "รหัสผ่านไม่ถูก"),
        ({"new": "สั้น", "again": "สั้น"}, 422, "8 ตัวอักษรขึ้นไป"),
        ({"again": "ไม่เหมือนกัน"}, 400, "ไม่ตรงกัน"),
    ],
)
def test_a_password_that_is_not_changed_stays(
    sqlite_app: Flask, sqlite_network: Network, typed: dict[str, str], status: int, sentence: str
) -> None:
    answered, text = change_password(sqlite_app, sqlite_network.malee, **typed)

    assert answered == status
    assert sentence in text
    assert try_password(PASSWORD, at=NOW + timedelta(minutes=1))


def test_a_role_that_ends_is_gone_with_the_next_page(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)
    write(
        lambda session: officers.give_duty(
            session,
            officer_id=sqlite_network.prasert,
            code=None,
            role=Role.ADMINISTRATOR,
            by="o6",
            at=NOW,
        )
    )
    assert client.get("/settings").status_code == 200

    write(
        lambda session: officers.end_duty(
            session, officer_id=sqlite_network.aree, duty_id=9, at=NOW
        )
    )

    assert client.get("/settings").status_code == 403


def test_the_sign_in_page_leads_to_the_first_steps_only_where_nothing_is_yet(
    sqlite_app: Flask,
) -> None:
    empty = sqlite_app.test_client().get("/sign-in")
    write(
        lambda session: officers.add_officer(
            session,
            sign_in_name="aree",
            name="อารี",
            village_code=None,
            password_hash=passwords.NOBODYS_HASH,
            duties=[(None, Role.ADMINISTRATOR)],
            by="o1",
            at=NOW,
        )
    )

    assert empty.location == "/first-steps"
    assert sqlite_app.test_client().get("/sign-in").status_code == 200


def test_the_account_page_says_in_words_which_browsers_are_signed_in(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    old = client_of(sqlite_app, sqlite_network.malee)
    use_clock(lambda: NOW + timedelta(days=20))
    assert old.get("/account").status_code == 302
    use_clock(lambda: NOW)

    text = client_of(sqlite_app, sqlite_network.malee).get("/account").text

    assert "เครื่องอื่น" in text
    assert "6 เม.ย. 2566 10:42" in text


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("Mozilla/5.0 (Linux; Android 13) Chrome/120 Mobile Safari/537", "Chrome บนโทรศัพท์ Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120", "Edge บนคอมพิวเตอร์ Windows"),
        ("Mozilla/5.0 (iPhone; CPU) Version/17 Safari/604 Line/13", "LINE บนiPhone"),
        ("<script>", "เครื่องอื่น"),
    ],
)
def test_a_device_is_called_what_people_call_it(device: str, words: str) -> None:
    assert device_in_words(device) == words
