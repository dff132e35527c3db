"""The loan committee: who sits on which day, and who is the same person as whom."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.errors import DomainError
from loans.queries.committee import (
    SamePeople,
    SeatView,
    household_members,
    same_people,
    seats_ever,
    seats_on,
)
from loans.services.committee import (
    NotSeated,
    OfficerSeatedAlready,
    OfficerUnknown,
    SeatDayUnfit,
    SeatedAlready,
    SeatedWhoLeft,
    SeatEndUnfit,
    end_seat,
    seat_member,
)
from members import officers
from members.models import Member, Officer, PersonType
from members.queries import MemberNotFound, member_by_number
from members.services.people import NewMember, enrol, leave
from tests.network import (
    FOUNDED_AT,
    FOUNDED_ON,
    GROUP,
    NOW,
    OTHER_GROUP,
    TODAY,
    VILLAGE,
    Network,
    client_of,
)

DAY = timedelta(days=1)


def seat(network: Network, number: str = "0001", **differently: Any) -> None:
    wanted: dict[str, Any] = {
        "book_id": network.book_id,
        "number": number,
        "officer_id": None,
        "sits_from": FOUNDED_ON,
        "resolution": "มติประชุมใหญ่ 1/2566",
        "by": "o1",
        "at": NOW,
    }
    write(lambda session: seat_member(session, **(wanted | differently)) and None)


def end(network: Network, number: str = "0001", sits_until: date = TODAY) -> None:
    write(
        lambda session: (
            end_seat(session, book_id=network.book_id, number=number, sits_until=sits_until, at=NOW)
            and None
        )
    )


def sitting(network: Network, on: date = TODAY) -> list[SeatView]:
    return read(lambda session: seats_on(session, book_id=network.book_id, on=on))


def live_with(network: Network, number: str, house: str) -> int:
    """Enrol somebody of the given number into a house of the first group."""

    def join(session: Session) -> int:
        return enrol(
            session,
            book_id=network.book_id,
            person=NewMember(
                number=number,
                title="นาง",
                given_name="มาลี",
                family_name="บุญช่วย",
                person_type=PersonType.THAI,
                national_id="",
                telephone="",
                house_number=house,
                village_code=VILLAGE,
                beneficiary="",
                joined_on=FOUNDED_ON,
            ),
            pledges={},
            by="o1",
            at=FOUNDED_AT,
        ).id

    return write(join)


def test_a_member_sits_from_the_first_day_until_the_last_is_over(network: Network) -> None:
    seat(network, officer_id=network.boonmee)
    end(network, sits_until=TODAY)

    (held,) = sitting(network, TODAY - DAY)

    assert (held.number, held.name) == ("0001", "นางสมศรี ใจดี")
    assert (held.officer_id, held.officer_name) == (network.boonmee, "บุญมี ศรีสุข")
    assert (held.sits_from, held.sits_until) == (FOUNDED_ON, TODAY)
    assert held.household_id is not None
    assert sitting(network, TODAY) == []
    assert sitting(network, FOUNDED_ON - DAY) == []


def test_who_was_seated_again_has_two_seats_in_the_history(network: Network) -> None:
    seat(network)
    end(network, sits_until=TODAY - DAY)
    seat(network, sits_from=TODAY, resolution="มติประชุมใหญ่ 1/2567")

    ever = read(lambda session: seats_ever(session, book_id=network.book_id))

    assert [one.sits_from for one in ever] == [TODAY, FOUNDED_ON]
    assert [one.resolution for one in sitting(network)] == ["มติประชุมใหญ่ 1/2567"]


def test_the_committee_is_listed_by_when_it_was_seated(sqlite_network: Network) -> None:
    for number, day in (("0003", TODAY), ("0001", FOUNDED_ON), ("0002", FOUNDED_ON)):
        seat(sqlite_network, number, sits_from=day)

    assert [held.number for held in sitting(sqlite_network)] == ["0002", "0001", "0003"]


def test_another_group_has_its_own_committee(sqlite_network: Network) -> None:
    seat(sqlite_network)

    assert read(lambda s: seats_on(s, book_id=sqlite_network.other_book_id, on=TODAY)) == []


def test_who_left_the_group_sits_no_more_and_is_not_seated(network: Network) -> None:
    live_with(network, "0004", "99/1")
    seat(network, "0004")

    def go(session: Session) -> None:
        leave(
            session,
            book_id=network.book_id,
            number="0004",
            left_on=TODAY,
            because="ย้าย",
            idempotency_key="leaving-0004",
            by="o1",
            approved_by="o2",
            at=NOW,
        )

    write(go)

    assert [held.number for held in sitting(network, TODAY - DAY)] == ["0004"]
    assert sitting(network, TODAY) == []
    end(network, "0004", sits_until=TODAY)
    with pytest.raises(SeatedWhoLeft) as refused:
        seat(network, "0004", sits_from=TODAY)
    assert "นางมาลี บุญช่วย ออกจากกลุ่มแล้วเมื่อ 6 เม.ย. 2566" in refused.value.sentence()


@pytest.mark.parametrize(
    ("differently", "refusal"),
    [
        ({"number": "0001"}, SeatedAlready),
        ({"number": "0001", "sits_from": TODAY}, SeatedAlready),
        ({"number": "0009"}, MemberNotFound),
        ({"number": "0002", "sits_from": FOUNDED_ON - DAY}, SeatDayUnfit),
        ({"number": "0002", "sits_from": TODAY + 367 * DAY}, SeatDayUnfit),
        ({"number": "0002", "officer_id": 99}, OfficerUnknown),
        ({"number": "0002", "officer_id": 1}, OfficerSeatedAlready),
    ],
)
def test_a_seat_that_cannot_be_leaves_nothing(
    sqlite_network: Network, differently: dict[str, Any], refusal: type[DomainError]
) -> None:
    seat(sqlite_network, officer_id=sqlite_network.malee)
    before = sitting(sqlite_network)

    with pytest.raises(refusal) as refused:
        seat(sqlite_network, **differently)

    assert "{" not in refused.value.sentence()
    assert sitting(sqlite_network) == before


def test_a_seat_that_is_to_come_stands_in_the_way_of_an_earlier_one(
    sqlite_network: Network,
) -> None:
    seat(sqlite_network, sits_from=TODAY)

    with pytest.raises(SeatedAlready):
        seat(sqlite_network, sits_from=FOUNDED_ON)


def test_an_officer_who_serves_no_more_is_not_linked(sqlite_network: Network) -> None:
    write(lambda session: officers.suspend(session, officer_id=sqlite_network.boonmee, at=NOW))

    with pytest.raises(OfficerUnknown):
        seat(sqlite_network, officer_id=sqlite_network.boonmee)


@pytest.mark.parametrize("day", [FOUNDED_ON, FOUNDED_ON - DAY, TODAY + 367 * DAY])
def test_a_seat_ends_after_it_began(sqlite_network: Network, day: date) -> None:
    seat(sqlite_network)

    with pytest.raises(SeatEndUnfit):
        end(sqlite_network, sits_until=day)

    assert sitting(sqlite_network)[0].sits_until is None


def test_a_seat_ends_once(sqlite_network: Network) -> None:
    with pytest.raises(NotSeated):
        end(sqlite_network)
    seat(sqlite_network)
    end(sqlite_network)

    with pytest.raises(NotSeated):
        end(sqlite_network)


# ---------------------------------------------------------------- who is who


def who_is_who(network: Network) -> tuple[SamePeople, dict[str, int]]:
    def look(session: Session) -> tuple[SamePeople, dict[str, int]]:
        ids = {
            number: member_by_number(session, book_id=network.book_id, number=number).id
            for number in ("0001", "0002", "0003")
        }
        found = same_people(
            session,
            book_id=network.book_id,
            officer_ids=[network.malee, network.boonmee, network.somchai],
            member_ids=ids.values(),
        )
        return found, ids

    return read(look)


def test_an_officer_is_the_member_whose_seat_says_so(network: Network) -> None:
    seat(network, "0002", officer_id=network.somchai)
    end(network, "0002", sits_until=TODAY)

    found, ids = who_is_who(network)

    assert found.is_same(officer_id=network.somchai, member_id=ids["0002"])
    assert not found.is_same(officer_id=network.somchai, member_id=ids["0001"])
    assert not found.is_same(officer_id=network.boonmee, member_id=ids["0002"])


def test_an_officer_is_the_member_of_the_same_name_and_near_to_their_house(
    network: Network,
) -> None:
    malee = live_with(network, "0004", "99/1")

    found, ids = who_is_who(network)

    # The officer is "มาลี บุญช่วย" and the member "นางมาลี บุญช่วย": titles do not matter.
    assert found.is_same(officer_id=network.malee, member_id=malee)
    assert found.share_a_house(malee, ids["0001"])
    assert found.share_a_house(malee, malee)
    assert not found.share_a_house(ids["0001"], ids["0002"])
    assert found.is_near(officer_id=network.malee, member_id=ids["0001"])
    assert not found.is_near(officer_id=network.malee, member_id=ids["0002"])
    assert not found.is_near(officer_id=network.boonmee, member_id=ids["0002"])


def test_two_without_a_house_share_none() -> None:
    found = SamePeople(members_of_officer={}, household_of={})

    assert not found.share_a_house(1, 2)
    assert not found.is_near(officer_id=1, member_id=2)


def test_a_house_is_the_member_and_who_lives_there(network: Network) -> None:
    malee = live_with(network, "0004", "99/1")

    def look(session: Session) -> list[list[str]]:
        def numbers(number: str) -> list[str]:
            member = member_by_number(session, book_id=network.book_id, number=number)
            house = household_members(session, book_id=network.book_id, member_id=member.id)
            return [one.number for one in house]

        return [numbers("0001"), numbers("0004"), numbers("0002")]

    assert read(look) == [["0001", "0004"], ["0004", "0001"], ["0002"]]

    def move_out(session: Session) -> None:
        session.get_one(Member, (network.book_id, malee)).household_id = None

    write(move_out)
    assert read(look) == [["0001"], ["0004"], ["0002"]]


# ---------------------------------------------------------------- the pages

ADDRESS = f"/groups/{GROUP}/loan-committee"
TYPED = {
    "number": "0001",
    "officer": "",
    "sits_from": "6/4/2566",
    "resolution": "มติประชุมใหญ่ 1/2566 วันที่ 5 มีนาคม 2566",
    "key": "a-key-12345",
}


def test_a_member_is_seated_and_ends_from_the_page(app: Flask, network: Network) -> None:
    client = client_of(app, network.malee)

    before = client.get(ADDRESS).text
    linked = TYPED | {"officer": str(network.boonmee)}
    seated = client.post(ADDRESS, data=linked | {"same": f"0001={network.boonmee}"})
    page = client.get(ADDRESS).text
    ended = client.post(
        f"{ADDRESS}/0001/end", data={"sits_until": "7/4/2566", "key": "a-key-12345"}
    )
    after = client.get(ADDRESS).text

    assert "ยังไม่มีกรรมการเงินกู้" in before
    assert "องค์ประชุมตามระเบียบ 3 คน แต่มีกรรมการ 0 คน" in before
    assert seated.location == ADDRESS
    assert "นางสมศรี ใจดี" in page
    assert "บุญมี ศรีสุข" in page
    assert '<option value="0001"' not in page
    assert ended.status_code == 302
    assert "ถึงก่อน 7 เม.ย. 2566" in after


def test_an_officer_of_another_name_is_asked_about_before_the_seat_is_kept(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)
    linked = TYPED | {"officer": str(sqlite_network.boonmee)}

    asked = client.post(ADDRESS, data=linked)
    for_another = client.post(ADDRESS, data=linked | {"same": f"0002={sqlite_network.boonmee}"})

    for answer in (asked, for_another):
        assert "นางสมศรี ใจดี" in answer.text
        assert "ถ้าเป็นคนเดียวกันจริง กด “บันทึกกรรมการ” อีกครั้ง" in answer.text
        assert f'name="same" value="0001={sqlite_network.boonmee}"' in answer.text
    assert sitting(sqlite_network) == []
    same = {"same": f"0001={sqlite_network.boonmee}"}
    assert client.post(ADDRESS, data=linked | same).status_code == 302
    assert len(sitting(sqlite_network)) == 1


def test_an_officer_of_the_same_name_is_seated_at_once(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    def rename(session: Session) -> None:
        session.get_one(Officer, sqlite_network.boonmee).name = "สมศรี ใจดี"

    write(rename)
    client = client_of(sqlite_app, sqlite_network.malee)

    seated = client.post(ADDRESS, data=TYPED | {"officer": str(sqlite_network.boonmee)})

    assert seated.status_code == 302
    assert "ชื่อที่ใช้เข้าระบบ" in client.get(ADDRESS).text


def test_sent_twice_a_member_is_seated_once(sqlite_app: Flask, sqlite_network: Network) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)
    client.post(ADDRESS, data=TYPED)

    again = client.post(ADDRESS, data=TYPED)

    assert again.status_code == 409
    assert "นางสมศรี ใจดี เป็นกรรมการเงินกู้อยู่แล้ว" in again.text
    assert len(sitting(sqlite_network)) == 1


@pytest.mark.parametrize(
    ("differently", "status", "says"),
    [
        ({"number": ""}, 400, 'id="number-wrong"'),
        ({"number": "x" * 3_000}, 400, 'id="number-wrong"'),
        ({"number": "9999"}, 404, "ไม่พบสมาชิกเลขที่ 9999"),
        ({"officer": "somebody"}, 404, "ไม่พบกรรมการที่มีชื่อที่ใช้เข้าระบบนี้"),
        ({"officer": "9" * 40}, 404, "ไม่พบกรรมการที่มีชื่อที่ใช้เข้าระบบนี้"),
        ({"sits_from": ""}, 400, 'id="sits_from-wrong"'),
        ({"sits_from": "31/12/2565"}, 422, "วันเริ่มเป็นกรรมการต้องไม่ก่อน"),
        ({"resolution": "  "}, 400, 'id="resolution-wrong"'),
        ({"resolution": "ก" * 10_000}, 400, 'id="resolution-wrong"'),
        ({"colour": "red"}, 400, 'role="alert"'),
    ],
)
def test_a_seat_that_cannot_be_says_why_and_what_was_typed_stays(
    sqlite_app: Flask,
    sqlite_network: Network,
    differently: dict[str, str],
    status: int,
    says: str,
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)

    answer = client.post(ADDRESS, data=TYPED | differently)

    assert answer.status_code == status
    assert says in answer.text
    assert 'value="มติประชุมใหญ่' in answer.text or "resolution" in differently
    assert sitting(sqlite_network) == []


def test_seating_one_who_left_is_refused_on_the_page(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    live_with(sqlite_network, "0004", "7")

    def go(session: Session) -> None:
        member_by_number(session, book_id=sqlite_network.book_id, number="0004").left_on = (
            TODAY - DAY
        )

    write(go)
    client = client_of(sqlite_app, sqlite_network.malee)

    answer = client.post(ADDRESS, data=TYPED | {"number": "0004"})

    assert answer.status_code == 422
    assert "ออกจากกลุ่มแล้วเมื่อ 5 เม.ย. 2566" in answer.text
    assert sitting(sqlite_network) == []


@pytest.mark.parametrize(
    ("until", "status"), [("", 400), ("1/1/2566", 422), ("พรุ่งนี้", 400), ("6/4/2599", 422)]
)
def test_an_end_that_cannot_be_is_said_beside_the_seat(
    sqlite_app: Flask, sqlite_network: Network, until: str, status: int
) -> None:
    seat(sqlite_network)
    client = client_of(sqlite_app, sqlite_network.malee)

    answer = client.post(f"{ADDRESS}/0001/end", data={"sits_until": until, "key": "a-key-12345"})

    assert answer.status_code == status
    assert answer.text.count('role="alert"') == 1
    assert "<details open>" in answer.text
    assert sitting(sqlite_network)[0].sits_until is None


def test_what_is_typed_is_shown_as_text(sqlite_app: Flask, sqlite_network: Network) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)
    client.post(ADDRESS, data=TYPED | {"resolution": "<script>มติ</script>"})

    text = client.get(ADDRESS).text

    assert "&lt;script&gt;มติ" in text
    assert "<script>มติ" not in text


@pytest.mark.parametrize("who", ["boonmee", "somchai", "wandee", "prasert"])
def test_only_the_treasurer_and_an_administrator_seat_members(
    sqlite_app: Flask, sqlite_network: Network, who: str
) -> None:
    seat(sqlite_network, "0002")
    client = client_of(sqlite_app, getattr(sqlite_network, who))

    assert client.post(ADDRESS, data=TYPED).status_code == 403
    assert client.post(f"{ADDRESS}/0002/end", data={"sits_until": "7/4/2566"}).status_code == 403
    assert [held.sits_until for held in sitting(sqlite_network)] == [None]


def test_reviewers_of_other_groups_read_who_sits(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    seat(sqlite_network)

    text = client_of(sqlite_app, sqlite_network.somchai).get(ADDRESS).text

    assert "นางสมศรี ใจดี" in text
    assert 'name="resolution"' not in text
    assert (
        client_of(sqlite_app, sqlite_network.aree)
        .post(f"/groups/{OTHER_GROUP}/loan-committee", data=TYPED)
        .status_code
        == 302
    )
