"""Duties: who is given which, who may not hold two, and that somebody always looks after them."""

import pytest
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import KEEPERS, Role
from members import officers
from members.models import Officer, OfficerRole
from members.queries import GroupNotFound, duties_of
from tests.network import GROUP, NOW, OTHER_GROUP, Network, password_hash


def give(officer_id: int, role: Role, code: str | None) -> int:
    return write(
        lambda session: (
            officers.give_duty(
                session, officer_id=officer_id, code=code, role=role, by="o6", at=NOW
            ).id
        )
    )


def end(officer_id: int, role: Role) -> None:
    def work(session: Session) -> None:
        duty = next(
            duty
            for duty in duties_of(session, officer_id=officer_id)
            if duty.role is role and duty.ended_at is None
        )
        officers.end_duty(session, officer_id=officer_id, duty_id=duty.id, at=NOW)

    write(work)


def duties(officer_id: int) -> list[tuple[str, Role]]:
    """The present duties of an officer."""
    found = read(lambda session: duties_of(session, officer_id=officer_id))
    return [(duty.group_code, duty.role) for duty in found if duty.ended_at is None]


def add(**differently: object) -> Officer:
    person: dict[str, object] = {
        "sign_in_name": "manee",
        "name": "มานี ใจงาม",
        "village_code": None,
        "password_hash": password_hash(),
        "duties": [(GROUP, Role.BOOKKEEPER)],
        "by": "o6",
        "at": NOW,
    }
    return write(lambda session: officers.add_officer(session, **(person | differently)))  # type: ignore[arg-type]


def test_a_new_officer_has_the_duties_they_were_given(network: Network) -> None:
    added = add(sign_in_name=" Manee ")

    assert added.sign_in_name == "manee"
    assert duties(added.id) == [(GROUP, Role.BOOKKEEPER)]


def test_a_sign_in_name_belongs_to_one_officer(network: Network) -> None:
    with pytest.raises(officers.SignInNameTaken):
        add(sign_in_name="MALEE")


@pytest.mark.parametrize("name", ["", "m", "มาลี", "ma lee", "-malee", "m" * 41, "a\x00b", "a'--"])
def test_a_sign_in_name_is_of_latin_letters_and_digits(sqlite_network: Network, name: str) -> None:
    with pytest.raises(officers.SignInNameUnfit):
        add(sign_in_name=name)


def test_an_officer_whose_duty_is_refused_is_not_added_at_all(network: Network) -> None:
    with pytest.raises(GroupNotFound):
        add(duties=[("NONE", Role.TREASURER)])

    with pytest.raises(officers.OfficerNotFound):
        read(lambda session: officers.officer_by_id(session, officer_id=network.aree + 1))


@pytest.mark.parametrize("role", [Role.TREASURER, Role.BOOKKEEPER, Role.APPROVER])
def test_who_handles_money_does_so_in_one_group(sqlite_network: Network, role: Role) -> None:
    with pytest.raises(officers.DutyNeedsGroup):
        give(sqlite_network.prasert, role, None)

    assert duties(sqlite_network.prasert) == [("", Role.OBSERVER)]


def test_an_administrator_serves_the_whole_network(sqlite_network: Network) -> None:
    with pytest.raises(officers.DutyIsOfTheNetwork):
        give(sqlite_network.prasert, Role.ADMINISTRATOR, GROUP)


def test_an_administrator_never_handles_money(network: Network) -> None:
    with pytest.raises(officers.AdministratorWithMoney):
        give(network.aree, Role.TREASURER, GROUP)

    assert duties(network.aree) == [("", Role.ADMINISTRATOR)]


def test_who_handles_money_is_never_an_administrator(network: Network) -> None:
    with pytest.raises(officers.AdministratorWithMoney):
        give(network.boonmee, Role.ADMINISTRATOR, None)


def test_a_duty_is_given_once_and_again_after_it_ended(network: Network) -> None:
    give(network.somchai, Role.OBSERVER, GROUP)
    with pytest.raises(officers.DutyHeldAlready):
        give(network.somchai, Role.OBSERVER, GROUP)

    end(network.somchai, Role.OBSERVER)
    give(network.somchai, Role.OBSERVER, GROUP)

    assert duties(network.somchai) == [("", Role.REVIEWER), (GROUP, Role.OBSERVER)]


def test_the_same_duty_may_be_held_in_two_groups(sqlite_network: Network) -> None:
    give(sqlite_network.malee, Role.TREASURER, OTHER_GROUP)

    assert (OTHER_GROUP, Role.TREASURER) in duties(sqlite_network.malee)


@pytest.mark.parametrize(("officer", "code"), [(999, GROUP), (None, "NONE")])
def test_a_duty_needs_somebody_and_a_group_that_is_there(
    sqlite_network: Network, officer: int | None, code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        give(officer or sqlite_network.somchai, Role.OBSERVER, code)

    assert isinstance(refused.value, officers.OfficerNotFound | GroupNotFound)


def test_a_duty_is_ended_on_its_own_officer_only(network: Network) -> None:
    duty_id = read(lambda session: duties_of(session, officer_id=network.malee))[0].id

    with pytest.raises(officers.DutyNotFound):
        write(
            lambda session: officers.end_duty(
                session, officer_id=network.wandee, duty_id=duty_id, at=NOW
            )
        )

    assert (GROUP, Role.TREASURER) in duties(network.malee)


def test_what_ended_stays_ended_and_in_the_record(network: Network) -> None:
    end(network.malee, Role.TREASURER)
    record = read(lambda session: duties_of(session, officer_id=network.malee))

    write(
        lambda session: officers.end_duty(
            session, officer_id=network.malee, duty_id=record[0].id, at=NOW.replace(year=2024)
        )
    )

    assert (record[0].role, record[0].ended_at) == (Role.TREASURER, NOW)
    again = read(lambda session: duties_of(session, officer_id=network.malee))
    assert again == record


def test_nobody_takes_away_the_last_administrator(network: Network) -> None:
    with pytest.raises(officers.LastAdministrator):
        end(network.aree, Role.ADMINISTRATOR)
    with pytest.raises(officers.LastAdministrator):
        write(lambda session: officers.suspend(session, officer_id=network.aree, at=NOW))

    assert duties(network.aree) == [("", Role.ADMINISTRATOR)]
    aree = read(lambda session: officers.officer_by_id(session, officer_id=network.aree))
    assert aree.suspended_at is None


def test_a_suspended_administrator_does_not_count_as_one(network: Network) -> None:
    give(network.prasert, Role.ADMINISTRATOR, None)
    write(lambda session: officers.suspend(session, officer_id=network.prasert, at=NOW))

    with pytest.raises(officers.LastAdministrator):
        end(network.aree, Role.ADMINISTRATOR)


def test_an_administrator_may_go_when_another_is_there(network: Network) -> None:
    give(network.prasert, Role.ADMINISTRATOR, None)

    end(network.aree, Role.ADMINISTRATOR)

    assert duties(network.aree) == []


def test_a_treasurer_may_be_suspended_and_comes_back_with_the_same_duties(
    network: Network,
) -> None:
    before = duties(network.malee)
    write(lambda session: officers.suspend(session, officer_id=network.malee, at=NOW))
    write(lambda session: officers.reinstate(session, officer_id=network.malee))

    token = write(
        lambda session: officers.start(session, officer_id=network.malee, device="", at=NOW)
    )

    assert duties(network.malee) == before
    found = officers.officer_behind(token, at=NOW)
    assert found is not None
    assert found.may(KEEPERS, GROUP)
    assert not found.may(KEEPERS, OTHER_GROUP)


@pytest.mark.parametrize("gone", ["suspended", "ended"])
def test_who_is_gone_no_longer_approves(sqlite_network: Network, gone: str) -> None:
    if gone == "suspended":
        write(lambda session: officers.suspend(session, officer_id=sqlite_network.boonmee, at=NOW))
    else:
        end(sqlite_network.boonmee, Role.APPROVER)

    left = read(
        lambda session: officers.second_officers(session, code=GROUP, besides=sqlite_network.malee)
    )

    assert left == []


def test_the_second_officer_is_another_one_of_the_same_group(network: Network) -> None:
    for unfit in (network.malee, network.wandee, network.aree, 999):
        with pytest.raises(officers.SecondOfficerUnfit):
            officers.approval_of(
                code=GROUP,
                officer_id=unfit,
                password="ออมวันละบาท",
                besides=network.malee,
                address="",
                at=NOW,
            )


def test_the_second_officer_approves_with_their_own_password(network: Network) -> None:
    def approve(password: str) -> str:
        return officers.approval_of(
            code=GROUP,
            officer_id=network.boonmee,
            password=password,
            besides=network.malee,
            address="",
            at=NOW,
        )

    with pytest.raises(officers.WrongNameOrPassword):
        approve("รหัสของคนอื่น")

    assert approve("ออมวันละบาท") == f"o{network.boonmee}"


def test_every_duty_says_who_gave_it(sqlite_network: Network) -> None:
    duty_id = give(sqlite_network.somchai, Role.OBSERVER, GROUP)

    kept = read(lambda session: session.get_one(OfficerRole, duty_id))

    assert (kept.given_by, kept.given_at) == ("o6", NOW)
