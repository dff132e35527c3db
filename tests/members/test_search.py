"""Finding people: three letters of a name, a house number or a member number."""

import time
from collections.abc import Collection
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.thai import search_text, sort_key
from members.models import Member, PersonType
from members.queries import FoundPerson, member_page, search_people
from members.services.people import leave
from tests.members.saving import LONGEST_NAME
from tests.network import FOUNDED_ON, GROUP, NOW, TODAY, Network, client_of

GIVEN = ("สมชาย", "สมหญิง", "ประเสริฐ", "วันดี", "บุญเลิศ", "มาลัย", "กมล", "ศิริพร", "ปิ่นแก้ว", "น้ำผึ้ง")
FAMILY = ("ใจดี", "ทองคำ", "ศรีสุข", "แก้วมณี", "พูลผล", "รักษ์ถิ่น", "บุญช่วย", "หงษ์ทอง", "สุขสวัสดิ์", "จันทร์เพ็ญ")


def found(
    network: Network,
    text: str,
    *,
    books: Collection[int] = (),
    nearest: Collection[int] = (),
    most: int = 20,
) -> list[tuple[str, str]]:
    people: list[FoundPerson] = read(
        lambda session: search_people(
            session,
            text=text,
            book_ids=books or [network.book_id],
            most=most,
            nearest=nearest,
        )
    )
    return [(person.group_code, person.number) for person in people]


def fill(network: Network, how_many: int) -> None:
    """Write many members down at once, two of each name under another."""

    def work(session: Session) -> None:
        session.execute(insert(Member), [_row(network.book_id, i) for i in range(how_many)])

    write(work)


def _row(book_id: int, i: int) -> dict[str, object]:
    given, family = GIVEN[i // 2 % 10], FAMILY[i // 20 % 10]
    number = f"{i + 1000:05d}"
    return {
        "book_id": book_id,
        "id": i + 1000,
        "number": number,
        "title": "นาง",
        "given_name": given,
        "family_name": family,
        "sort_key": sort_key(f"{given} {family}"),
        "search_text": search_text(f"นาง{given} {family} {number} {i}/9"),
        "person_type": PersonType.THAI,
        "masked_national_id": "",
        "telephone": "",
        "household_id": None,
        "beneficiary": "",
        "walking_order": i + 1000,
        "joined_on": FOUNDED_ON,
        "left_on": None,
        "left_because": "",
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("สมศ", "0001"),
        ("ใจดี", "0001"),
        ("สมศรี ใจดี", "0001"),
        ("99/1", "0001"),
        ("๙๙/๑", "0001"),
        ("0002", "0002"),
        ("2", "0002"),
        ("ปรยา", "0003"),
        ("เทพหัสดิน ณ", "0003"),
        ("  ทองคํา ", "0002"),
    ],
)
def test_a_few_letters_or_a_number_find_a_member(network: Network, text: str, number: str) -> None:
    assert (GROUP, number) in found(network, text)[:1]


@pytest.mark.parametrize("text", ["", "   ", "ไม่มีใคร", "%", "_", "\u200b", "'; DROP TABLE members"])
def test_what_is_nobody_s_finds_nobody(network: Network, text: str) -> None:
    assert found(network, text) == []


def test_only_the_books_that_are_asked_for_are_searched(network: Network) -> None:
    both = [network.book_id, network.other_book_id]

    assert len(found(network, "สมศรี", books=both)) == 2
    assert found(network, "สมศรี", books=[network.other_book_id]) == [("TLN03", "0001")]


def test_one_s_own_group_comes_first(network: Network) -> None:
    both = [network.book_id, network.other_book_id]

    ours = found(network, "สมศรี", books=both, nearest=[network.other_book_id])

    assert ours == [("TLN03", "0001"), (GROUP, "0001")]


def test_a_member_number_comes_before_a_house_of_the_same_number(network: Network) -> None:
    # สมาชิก 0007 does not exist, so house 7 is meant; member 12 neither, so house 12 is.
    assert found(network, "7")[0] == (GROUP, "0003")
    assert found(network, "12")[0] == (GROUP, "0002")
    assert found(network, "1")[0] == (GROUP, "0001")


def test_who_left_is_found_after_all_others(network: Network) -> None:
    write(
        lambda session: leave(
            session,
            book_id=network.book_id,
            number="0001",
            left_on=TODAY,
            because="ลาออก",
            idempotency_key="leaving-1",
            by="o1",
            approved_by="o2",
            at=NOW,
        )
    )

    assert found(network, "0")[-1] == (GROUP, "0001")


def test_ten_thousand_members_are_searched_at_once(network: Network) -> None:
    fill(network, 10_000)
    found(network, "สม")

    began = time.perf_counter()
    people = found(network, "ปิ่นแก้ว หงษ์", most=61)
    took = time.perf_counter() - began

    assert len(people) == 61
    assert took < 0.5


def test_the_list_of_a_group_shows_each_member_once_though_names_are_alike(
    network: Network,
) -> None:
    fill(network, 120)
    seen: list[str] = []
    after = ""

    while page := read(
        lambda session: member_page(
            session,
            book_id=network.book_id,
            after=after,  # noqa: B023  (read at once)
            most=7,
        )
    ):
        seen += [member.number for member in page]
        after = page[-1].number

    assert len(seen) == len(set(seen)) == 123


def test_the_only_one_found_is_opened_at_once(sqlite_app: Flask, sqlite_network: Network) -> None:
    write(
        lambda session: session.get_one(Member, (sqlite_network.other_book_id, 3)).__setattr__(
            "search_text", "อีกคน"
        )
    )

    answer = client_of(sqlite_app, sqlite_network.malee).get("/search?q=เทพหัส")

    assert answer.status_code == 302
    assert answer.location == f"/groups/{GROUP}/members/0003"


def test_several_found_are_rows_to_touch_with_what_tells_them_apart(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    page = client_of(sqlite_app, sqlite_network.malee).get("/search?q=เทพหัส").text

    assert page.count(LONGEST_NAME) == 2
    assert "กลุ่มออมทรัพย์บ้านตาหลังใน" in page
    assert page.index(f"/groups/{GROUP}/members/0003") < page.index("/groups/TLN03/members/0003")


def test_a_search_without_a_find_says_what_to_type(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)

    assert "ไม่พบใครที่ตรงกับ “&lt;b&gt;”" in client.get("/search?q=<b>").text
    assert "พิมพ์สามตัวอักษร" in client.get("/search").text
    assert client.get("/search?q=" + "ก" * 3000).status_code == 200


def test_one_who_only_observes_finds_nobody(sqlite_app: Flask, sqlite_network: Network) -> None:
    client = client_of(sqlite_app, sqlite_network.prasert)

    assert client.get("/search?q=สมศรี").status_code == 403
    assert client.get(f"/groups/{GROUP}/members").status_code == 403
    assert client.get(f"/groups/{GROUP}/members/0001").status_code == 403


def test_the_list_leads_from_page_to_page(sqlite_app: Flask, sqlite_network: Network) -> None:
    fill(sqlite_network, 120)
    client = client_of(sqlite_app, sqlite_network.malee)

    first = client.get(f"/groups/{GROUP}/members").text
    address = first.split('href="')[-1]
    after = next(part for part in first.split('href="') if "after=" in part).split('"')[0]
    second = client.get(after.replace("&amp;", "&")).text

    assert "123 คน" in first
    assert address
    assert "กลับไปหน้าแรก" in second
    assert set(_numbers(first)).isdisjoint(_numbers(second))


def _numbers(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split('<span class="number">')[1:]]


def test_the_list_of_a_group_is_searched_too(sqlite_app: Flask, sqlite_network: Network) -> None:
    client = client_of(sqlite_app, sqlite_network.somchai)

    page = client.get(f"/groups/{GROUP}/members?find=บุญมี").text
    nobody = client.get(f"/groups/{GROUP}/members?find=ไม่มี&after=zzz")

    assert _numbers(page) == ["0002"]
    assert "รับสมาชิกใหม่" not in page
    assert nobody.status_code == 200
    assert "ค้นหาในทุกกลุ่ม" in nobody.text


def test_joined_members_are_listed_with_the_day_they_left(network: Network) -> None:
    def work(session: Session) -> None:
        session.get_one(Member, (network.book_id, 1)).left_on = date(2023, 4, 1)

    write(work)

    listed = read(lambda session: member_page(session, book_id=network.book_id, after="", most=10))

    assert [(member.number, member.left_on) for member in listed] == [
        ("0002", None),
        ("0003", None),
        ("0001", date(2023, 4, 1)),
    ]
