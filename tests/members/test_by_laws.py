"""By-laws: what holds on which day, and which resolutions are refused."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import MOST_SATANG
from ledger.queries import book_by_code
from ledger.services import close_period
from members.by_laws import (
    USUAL_RULES,
    PledgeBoundsCrossed,
    Rule,
    RuleName,
    RuleNotResolved,
    RuleValueUnfit,
    check_bounds,
    check_value,
    in_force,
    rule_in_words,
)
from members.models import ByLaw, GroupKind, ProductKind
from members.queries import by_law, resolutions_of, rules_of
from members.services import groups
from tests.network import FOUNDED_ON, GROUP, NOW, OTHER_GROUP, TODAY, Network, client_of

DAY = timedelta(days=1)
FEE = RuleName.ENTRANCE_FEE


def rule(name: RuleName, on: date, value: Any) -> Rule:
    return Rule(name=name, holds_from=on, value=value, resolution="มติ")


def test_a_rule_holds_from_its_day_until_the_next_resolution() -> None:
    rules = [rule(FEE, date(2023, 1, 1), 50_00), rule(FEE, date(2023, 5, 1), 60_00)]

    assert in_force(rules, name=FEE, on=date(2023, 4, 30)) == 50_00
    assert in_force(rules, name=FEE, on=date(2023, 5, 1)) == 60_00


def test_before_the_first_resolution_there_is_no_rule() -> None:
    with pytest.raises(RuleNotResolved) as refused:
        in_force([rule(FEE, date(2023, 1, 1), 50_00)], name=FEE, on=date(2022, 12, 31))

    assert "31 ธ.ค. 2565" in refused.value.sentence()


@given(
    st.lists(st.tuples(st.dates(), st.integers(0, 9_999_99)), min_size=1, unique_by=lambda x: x[0])
)
def test_what_holds_does_not_depend_on_the_order_in_which_it_was_recorded(
    resolved: list[tuple[date, int]],
) -> None:
    rules = [rule(FEE, on, value) for on, value in resolved]
    last = max(on for on, _value in resolved)

    assert in_force(rules, name=FEE, on=last) == in_force(rules[::-1], name=FEE, on=last)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (FEE, -1),
        (FEE, MOST_SATANG + 1),
        (FEE, "50"),
        (FEE, None),
        (FEE, True),
        (RuleName.PLEDGE_HELD_AS, "gift"),
        (RuleName.PLEDGE_HELD_AS, 0),
        (RuleName.LOAN_QUORUM, 1),
        (RuleName.LOAN_QUORUM, 101),
        (RuleName.LOAN_DEFAULT_RATE, 150_001),
        (RuleName.LOAN_DEFAULT_RATE, -1),
        (RuleName.LOAN_DEFAULT_FREE_DAYS, 367),
        (RuleName.PROVISION_TIERS, []),
        (RuleName.PROVISION_TIERS, [[1, 20_000, 3]]),
        (RuleName.PROVISION_TIERS, [[1, 1_000_001]]),
        (RuleName.PROVISION_TIERS, [[3, 0], [3, 1]]),
        (RuleName.PROVISION_TIERS, [[3, 2], [4, 1]]),
        (RuleName.PROVISION_TIERS, [[601, 1]]),
        (RuleName.PROVISION_TIERS, [[n, n] for n in range(9)]),
        (RuleName.PROVISION_TIERS, "all"),
    ],
)
def test_a_rule_says_an_amount_or_one_of_its_choices(name: RuleName, value: Any) -> None:
    with pytest.raises(RuleValueUnfit):
        check_value(name, value)


def test_the_usual_rules_are_fit_and_can_be_read() -> None:
    for name, value in USUAL_RULES.items():
        check_value(name, value)

    words = [rule_in_words(name, value) for name, value in USUAL_RULES.items()]

    assert words[:3] == ["ทุนของสมาชิก", "30.00", "1,000.00"]
    assert words[-4:] == [
        "3",
        "15",
        "0",
        "ค้าง 1 เดือนขึ้นไป 2 % · ค้าง 3 เดือนขึ้นไป 20 % · ค้าง 6 เดือนขึ้นไป 50 % · ค้าง 12 เดือนขึ้นไป 100 %",
    ]


def test_the_least_pledge_is_never_above_the_most_on_any_day_to_come() -> None:
    rules = [
        rule(RuleName.PLEDGE_LEAST, date(2023, 1, 1), 30_00),
        rule(RuleName.PLEDGE_MOST, date(2023, 1, 1), 1_000_00),
        rule(RuleName.PLEDGE_MOST, date(2023, 6, 1), 100_00),
        rule(RuleName.PLEDGE_LEAST, date(2023, 5, 1), 200_00),
    ]

    with pytest.raises(PledgeBoundsCrossed) as refused:
        check_bounds(rules, since=date(2023, 5, 1))

    assert "1 มิ.ย. 2566" in refused.value.sentence()


# ---------------------------------------------------------------- resolving


def resolve(network: Network, **differently: Any) -> ByLaw:
    wanted: dict[str, Any] = {
        "book_id": network.book_id,
        "name": FEE,
        "value": 60_00,
        "holds_from": TODAY,
        "resolution": "มติประชุมใหญ่ 1/2566",
        "by": "o1",
        "at": NOW,
    }
    return write(lambda session: groups.resolve_rule(session, **(wanted | differently)))


def test_a_resolution_holds_from_its_day_and_leaves_the_days_before_as_they_were(
    network: Network,
) -> None:
    resolve(network)

    def look(session: Session) -> list[int]:
        return [
            by_law(session, book_id=network.book_id, name=FEE, on=on) for on in (TODAY - DAY, TODAY)
        ]

    assert read(look) == [50_00, 60_00]


def test_the_history_says_who_recorded_what_and_when(network: Network) -> None:
    resolve(network)

    history = read(lambda session: resolutions_of(session, book_id=network.book_id))

    fees = [one for one in history if one.name is FEE]
    assert [one.value for one in fees] == [60_00, 50_00]
    assert (fees[0].recorded_by, fees[0].recorded_at) == ("o1", NOW)


def test_another_group_keeps_its_own_rules(sqlite_network: Network) -> None:
    resolve(sqlite_network)

    theirs = read(
        lambda session: by_law(session, book_id=sqlite_network.other_book_id, name=FEE, on=TODAY)
    )

    assert theirs == 50_00


@pytest.mark.parametrize(
    ("differently", "refusal"),
    [
        ({"value": -1}, RuleValueUnfit),
        ({"holds_from": FOUNDED_ON}, groups.RuleResolvedAlready),
        ({"holds_from": FOUNDED_ON - DAY}, groups.RuleBeforeFounding),
        ({"name": RuleName.PLEDGE_LEAST, "value": 1_000_01}, PledgeBoundsCrossed),
        ({"name": RuleName.PLEDGE_MOST, "value": 29_99}, PledgeBoundsCrossed),
        ({"name": RuleName.PLEDGE_HELD_AS, "value": "liability"}, groups.HeldAsIsFixed),
    ],
)
def test_a_resolution_that_cannot_be_recorded_leaves_nothing(
    sqlite_network: Network, differently: dict[str, Any], refusal: type[DomainError]
) -> None:
    before = read(lambda session: rules_of(session, book_id=sqlite_network.book_id))

    with pytest.raises(refusal):
        resolve(sqlite_network, **differently)

    assert read(lambda session: rules_of(session, book_id=sqlite_network.book_id)) == before


def test_nothing_is_resolved_into_a_month_that_is_closed(network: Network) -> None:
    def close(session: Session) -> None:
        for month in (1, 2):
            close_period(
                session,
                book_id=book_by_code(session, code=GROUP).id,
                month=date(2023, month, 1),
                closed_by="o1",
                closed_at=NOW,
            )

    write(close)

    with pytest.raises(groups.RuleInClosedMonth) as refused:
        resolve(network, holds_from=date(2023, 2, 28))

    assert "กุมภาพันธ์ 2566" in refused.value.sentence()
    assert resolve(network, holds_from=date(2023, 3, 1))


def test_how_pledges_are_held_may_change_where_no_pledge_is_open(sqlite_network: Network) -> None:
    group = write(
        lambda session: groups.open_group(
            session,
            code="NET01",
            name="กองทุนเครือข่าย",
            kind=GroupKind.NETWORK,
            village_code=None,
            mother_code=None,
            founded_on=FOUNDED_ON,
            by="o6",
            at=NOW,
            products=[ProductKind.DEMAND],
        )
    )

    assert resolve(
        sqlite_network, book_id=group.book_id, name=RuleName.PLEDGE_HELD_AS, value="liability"
    )


def test_the_database_itself_keeps_a_resolution_from_being_changed(network: Network) -> None:
    def change(session: Session) -> None:
        session.get_one(ByLaw, (network.book_id, FEE.value, FOUNDED_ON)).value = 1

    with pytest.raises(DBAPIError):
        write(change)


# ---------------------------------------------------------------- the pages


ADDRESS = f"/groups/{GROUP}/by-laws/entrance_fee_satang"
TYPED = {
    "value": "60",
    "holds_from": "6/4/2566",
    "resolution": "มติประชุมใหญ่ 1/2566 วันที่ 5 มีนาคม 2566",
    "key": "a-key-12345",
}


def test_a_resolution_is_read_back_before_it_is_recorded(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)

    shown = client.post(ADDRESS, data=TYPED)

    assert shown.status_code == 200
    assert "หกสิบบาทถ้วน" in shown.text
    assert "วันพฤหัสบดีที่ 6 เมษายน พ.ศ. 2566" in shown.text
    assert len(fees(sqlite_network)) == 1

    recorded = client.post(ADDRESS, data=TYPED | {"read_back": "yes"})

    assert recorded.status_code == 302
    assert fees(sqlite_network) == [50_00, 60_00]


def fees(network: Network) -> list[int]:
    rules = read(lambda session: rules_of(session, book_id=network.book_id))
    return [rule.value for rule in rules if rule.name is FEE]


def test_who_goes_back_to_change_finds_what_was_typed(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)

    shown = client.post(ADDRESS, data=TYPED | {"read_back": "no"})

    assert 'value="60"' in shown.text
    assert "อ่านทวนก่อนบันทึก" in shown.text
    assert len(fees(sqlite_network)) == 1


def test_a_resolution_that_is_sent_twice_is_recorded_once(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)
    client.post(ADDRESS, data=TYPED | {"read_back": "yes"})

    again = client.post(ADDRESS, data=TYPED | {"read_back": "yes"})

    assert again.status_code == 409
    assert "มีมติเรื่องนี้ที่เริ่มใช้วันเดียวกันอยู่แล้ว" in again.text
    assert fees(sqlite_network) == [50_00, 60_00]


@pytest.mark.parametrize(
    ("box", "typed"),
    [
        ("value", ""),
        ("value", "-5"),
        ("value", "5.005"),
        ("value", "ห้าบาท"),
        ("value", "1e5"),
        ("value", "99999999999999"),
        ("holds_from", ""),
        ("holds_from", "29/2/2566"),
        ("holds_from", "6/4/66"),
        ("holds_from", "6/4/0001"),
        ("resolution", "  "),
        ("resolution", "ก" * 10_000),
        ("resolution", "มติ\u202eลวง"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_box_and_stays_typed(
    sqlite_app: Flask, sqlite_network: Network, box: str, typed: str
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)

    answer = client.post(ADDRESS, data=TYPED | {"read_back": "yes", box: typed})

    assert answer.status_code == 400
    assert f'id="{box}-wrong"' in answer.text
    assert 'value="มติประชุมใหญ่' in answer.text or box == "resolution"
    assert len(fees(sqlite_network)) == 1


def test_what_is_typed_into_a_resolution_is_shown_as_text(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)
    client.post(ADDRESS, data=TYPED | {"read_back": "yes", "resolution": "<script>มติ</script>"})

    text = client.get(ADDRESS).text

    assert "&lt;script&gt;มติ" in text
    assert "<script>มติ" not in text


def test_a_rule_that_is_to_come_is_announced(sqlite_app: Flask, sqlite_network: Network) -> None:
    resolve(sqlite_network, holds_from=date(2024, 1, 1))

    text = client_of(sqlite_app, sqlite_network.somchai).get(f"/groups/{GROUP}/by-laws").text

    assert "1 ม.ค. 2567 เป็น 60.00" in text
    assert ">50.00<" in text


def test_how_pledges_are_held_is_shown_without_a_form(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)

    text = client.get(f"/groups/{GROUP}/by-laws/pledge_held_as").text

    assert "จึงบันทึกมติเปลี่ยนวิธีถือไม่ได้" in text
    assert 'name="resolution"' not in text


@pytest.mark.parametrize("who", ["boonmee", "somchai", "wandee", "prasert"])
def test_only_the_treasurer_and_an_administrator_record_resolutions(
    sqlite_app: Flask, sqlite_network: Network, who: str
) -> None:
    client = client_of(sqlite_app, getattr(sqlite_network, who))

    assert client.post(ADDRESS, data=TYPED | {"read_back": "yes"}).status_code == 403
    assert client.post(f"/groups/{GROUP}/products", data={"kind": "special"}).status_code == 403
    assert len(fees(sqlite_network)) == 1


def test_an_administrator_reads_and_records_in_every_group(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)

    for code in (GROUP, OTHER_GROUP):
        address = f"/groups/{code}/by-laws/entrance_fee_satang"
        assert client.get(address).status_code == 200
        assert client.post(address, data=TYPED | {"read_back": "yes"}).status_code == 302


@pytest.mark.parametrize("address", ["nothing", "x" * 3000])
def test_a_rule_or_group_that_is_not_there_is_not_found(
    sqlite_app: Flask, sqlite_network: Network, address: str
) -> None:
    client = client_of(sqlite_app, sqlite_network.aree)

    assert client.get(f"/groups/{GROUP}/by-laws/{address}").status_code == 404
    assert client.get("/groups/NONE/by-laws").status_code == 404


def test_another_product_is_opened_from_its_page(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)
    typed = {"kind": "special", "name": "", "opened_on": "6/4/2566", "key": "a-key-12345"}

    opened = client.post(f"/groups/{GROUP}/products", data=typed)
    page = client.get(f"/groups/{GROUP}/products").text
    again = client.post(f"/groups/{GROUP}/products", data=typed)

    assert opened.status_code == 302
    assert "เปิดออมพิเศษแล้ว และเปิดบัญชีให้สมาชิก 3 คน" in page
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"kind": "gold"}, 400),
        ({"kind": ""}, 400),
        ({"opened_on": "7/4/2566"}, 422),
        ({"opened_on": "1/1/2500"}, 422),
        ({"name": "ก" * 10_000}, 400),
        ({"price": "1"}, 400),
    ],
)
def test_a_product_that_cannot_be_opened_says_why(
    sqlite_app: Flask, sqlite_network: Network, typed: dict[str, str], status: int
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)
    good = {"kind": "special", "name": "", "opened_on": "6/4/2566", "key": "a-key-12345"}

    answer = client.post(f"/groups/{GROUP}/products", data=good | typed)

    assert answer.status_code == status
    assert 'role="alert"' in answer.text
