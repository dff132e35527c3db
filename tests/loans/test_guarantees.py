"""The web of guarantees: who stands for whom, how much more they can, what falls with a house."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.money import Satang
from loans.kinds import Decision, Purpose
from loans.models import Application, ApplicationDecision, Guarantee, Loan
from loans.product_words import SUGGESTED
from loans.queries.guarantees import (
    Capacity,
    Fall,
    GuaranteeLine,
    capacity_of,
    falls_with,
    guarantees_for,
    guarantees_of,
    guarantors_of_application,
    guarantors_of_loan,
    loans_owed,
    savings_free,
)
from loans.services.arrears import write_off
from loans.services.products import open_loan_product
from members.models import PersonType
from members.queries import member_by_number
from members.services.people import NewMember, enrol
from tests.loans.lent import LENT_ON, fill_box, grant, guarantee, lend, pay, pay_out
from tests.members.saving import pay_in
from tests.network import FOUNDED_AT, FOUNDED_ON, GROUP, NOW, TODAY, VILLAGE, Network, client_of

SOMSRI, BOONMEE, PRAIYA, MALEE = "0001", "0002", "0003", "0004"
BY_LAW = SUGGESTED[Purpose.ORDINARY]


def member_id(session: Session, network: Network, number: str) -> int:
    return member_by_number(session, book_id=network.book_id, number=number).id


def ask(
    session: Session, network: Network, *, who: str, application: int | None, **more: Any
) -> None:
    """Write a guarantee down that nobody has consented to, unless told."""
    newest = session.query(Guarantee).count()
    session.add(
        Guarantee(
            **{
                "book_id": network.book_id,
                "id": newest + 1,
                "member_id": member_id(session, network, who),
                "application_id": application,
                "loan_id": None,
                "most_satang": Satang(5_000_00),
                "asked_at": NOW,
                "asked_by": "o1",
                "consented_on": None,
                "consent": "",
                "released_on": None,
                "released_because": "",
            }
            | more
        )
    )
    session.flush()


def apply(session: Session, network: Network, *, who: str, decision: Decision | None = None) -> int:
    number = session.query(Application).count() + 1
    session.add(
        Application(
            book_id=network.book_id,
            id=number,
            member_id=member_id(session, network, who),
            product_code="ORD",
            amount_satang=Satang(8_000_00),
            instalments=10,
            what_for="ซ่อมบ้าน",
            household_income_satang=Satang(0),
            collateral="",
            refinances_loan_id=None,
            applied_on=TODAY,
            idempotency_key=f"an-application-{number}",
            recorded_at=NOW,
            recorded_by="o1",
        )
    )
    session.flush()
    if decision is not None:
        session.add(
            ApplicationDecision(
                book_id=network.book_id,
                application_id=number,
                decision=decision,
                decided_on=TODAY,
                resolution="มติ",
                why="",
                decided_at=NOW,
                decided_by="o1",
                approved_by="o2",
            )
        )
        session.flush()
    return number


def open_ordinary(session: Session, network: Network) -> None:
    open_loan_product(
        session,
        book_id=network.book_id,
        name="สามัญประจำปี",
        purpose=Purpose.ORDINARY,
        by_law=BY_LAW,
        holds_from=FOUNDED_ON,
        resolution="มติ 1/2566",
        by="o1",
        at=NOW,
    )


def house_of_somsri(session: Session, network: Network) -> None:
    """Let มาลี join, who lives with สมศรี."""
    enrol(
        session,
        book_id=network.book_id,
        person=NewMember(
            number=MALEE,
            title="นาง",
            given_name="มาลี",
            family_name="ใจดี",
            person_type=PersonType.THAI,
            national_id="",
            telephone="",
            house_number="99/1",
            village_code=VILLAGE,
            beneficiary="",
            joined_on=FOUNDED_ON,
        ),
        pledges={},
        by="o1",
        at=FOUNDED_AT,
    )


def given(network: Network, number: str) -> list[GuaranteeLine]:
    return read(
        lambda session: guarantees_of(
            session,
            book_id=network.book_id,
            member_id=member_id(session, network, number),
        )
    )


def capacity(network: Network, number: str, on: date = TODAY) -> Capacity:
    return read(
        lambda session: capacity_of(
            session,
            book_id=network.book_id,
            member_id=member_id(session, network, number),
            on=on,
        )
    )


def fall(network: Network, number: str) -> Fall:
    return read(
        lambda session: falls_with(
            session,
            book_id=network.book_id,
            member_id=member_id(session, network, number),
        )
    )


def test_a_guarantee_says_for_whom_how_much_at_most_and_what_is_still_owed(
    network: Network,
) -> None:
    def work(session: Session) -> str:
        loan = lend(session, book_id=network.book_id)
        guarantee(session, loan, member_number=BOONMEE, most=15_000_00)
        # Interest of January is a twelfth of 12 % of 20,000: 200; the rest of 2,200 is principal.
        pay(session, loan, amount=2_200_00, on=date(2023, 2, 5))
        return loan.reference

    reference = write(work)
    (line,) = given(network, BOONMEE)

    assert (line.borrower.name, line.guarantor.name) == ("นางสมศรี ใจดี", "นายบุญมี ทองคำ")
    assert (line.what, line.most, line.owed) == (reference, 15_000_00, 18_000_00)
    assert line.binds
    assert not line.is_asked
    assert line.at_risk == 15_000_00
    assert given(network, SOMSRI) == []


def test_what_is_at_risk_shrinks_with_the_loan_and_ends_with_it(network: Network) -> None:
    def work(session: Session) -> Loan:
        loan = lend(session, book_id=network.book_id, amount=10_000_00)
        guarantee(session, loan, member_number=BOONMEE, most=15_000_00)
        return loan

    loan = write(work)
    assert given(network, BOONMEE)[0].at_risk == 10_000_00

    # The day after the payout a day of January's interest is owed: 100 × 1 ÷ 31 is 3.23.
    def settle(session: Session) -> None:
        pay(
            session,
            session.get_one(Loan, (network.book_id, loan.id)),
            amount=10_003_23,
            on=date(2023, 1, 6),
        )

    write(settle)
    (line,) = given(network, BOONMEE)
    assert (line.is_over, line.binds, line.owed, line.at_risk) == (True, False, 0, 0)
    assert capacity(network, BOONMEE).binding == 0


def test_a_loan_that_waits_for_its_payout_is_owed_already(network: Network) -> None:
    def work(session: Session) -> None:
        fill_box(session, book_id=network.book_id)
        loan = grant(session, book_id=network.book_id)
        guarantee(session, loan, member_number=BOONMEE, most=30_000_00)

    write(work)

    assert given(network, BOONMEE)[0].at_risk == 20_000_00
    (loan,) = read(
        lambda session: loans_owed(
            session, book_id=network.book_id, member_id=member_id(session, network, SOMSRI)
        )
    )
    assert (loan.owed, loan.kind, loan.is_written_off) == (20_000_00, "เงินกู้สามัญ", False)


def test_who_was_only_asked_or_was_let_go_or_whose_application_failed_is_not_bound(
    network: Network,
) -> None:
    def work(session: Session) -> None:
        open_ordinary(session, network)
        waits = apply(session, network, who=SOMSRI)
        refused = apply(session, network, who=SOMSRI, decision=Decision.REFUSED)
        ask(session, network, who=BOONMEE, application=waits)
        ask(session, network, who=BOONMEE, application=refused, consented_on=TODAY)
        ask(
            session,
            network,
            who=BOONMEE,
            application=waits,
            consented_on=TODAY,
            released_on=TODAY,
            released_because="เปลี่ยนคน",
        )
        ask(session, network, who=BOONMEE, application=waits, consented_on=TODAY)

    write(work)
    lines = given(network, BOONMEE)

    # The one that binds comes first, then the one that is asked for.
    assert [(line.id, line.binds, line.is_asked) for line in lines] == [
        (4, True, False),
        (1, False, True),
        (3, False, False),
        (2, False, False),
    ]
    assert (lines[0].what, lines[0].owed, lines[0].at_risk) == ("คำขอกู้เลขที่ 1", 8_000_00, 5_000_00)
    assert capacity(network, BOONMEE).binding == 1


def test_the_guarantors_of_a_loan_and_of_an_application_are_found(network: Network) -> None:
    def work(session: Session) -> int:
        open_ordinary(session, network)
        loan = lend(session, book_id=network.book_id)
        guarantee(session, loan, member_number=PRAIYA)
        guarantee(session, loan, member_number=BOONMEE)
        ask(session, network, who=BOONMEE, application=apply(session, network, who=SOMSRI))
        return loan.id

    loan_id = write(work)

    def look(session: Session) -> list[list[str]]:
        somsri = member_id(session, network, SOMSRI)
        found = [
            guarantors_of_loan(session, book_id=network.book_id, loan_id=loan_id),
            guarantors_of_application(session, book_id=network.book_id, application_id=1),
            guarantees_for(session, book_id=network.book_id, member_id=somsri),
        ]
        return [[line.guarantor.number for line in lines] for lines in found]

    assert read(look) == [[PRAIYA, BOONMEE], [BOONMEE], [BOONMEE, PRAIYA, BOONMEE]]


def test_free_savings_are_what_was_saved_less_what_is_owed(network: Network) -> None:
    pay_in(network, {"PLG": 900_00, "SHR": 100_00, "DEM": 50_00, "WEL": 30_00}, number=BOONMEE)

    def work(session: Session) -> None:
        loan = lend(session, book_id=network.book_id, member_number=BOONMEE, amount=600_00)
        other = lend(session, book_id=network.book_id, member_number=SOMSRI)
        guarantee(session, other, member_number=BOONMEE, most=2_000_00)
        assert loan

    write(work)
    found = capacity(network, BOONMEE)

    # 900 + 100 + 50, without the welfare premium; less the 600 owed.
    assert (found.savings, found.owed, found.free) == (1_050_00, 600_00, 450_00)
    assert (found.binding, found.at_risk) == (1, 2_000_00)
    assert found.more_by(BY_LAW) == 1
    assert found.more_by(replace(BY_LAW, guarantees_each=1)) == 0
    assert found.more_by(replace(BY_LAW, guarantees_each=0)) == 0
    assert capacity(network, BOONMEE, on=date(2023, 1, 1)).binding == 0
    assert capacity(network, SOMSRI).free == -20_000_00


def test_members_without_savings_have_none(sqlite_network: Network) -> None:
    assert read(
        lambda session: savings_free(
            session, book_id=sqlite_network.book_id, member_ids=[1, 2, 999]
        )
    ) == {1: 0, 2: 0, 999: 0}


def test_a_house_that_fails_calls_its_guarantors_and_leaves_others_without(
    network: Network,
) -> None:
    """สมศรี owes 20,000, guaranteed by มาลี of her house and by บุญมี, who owes 5,000 himself.

    ไปรยาลักษณ์ guarantees บุญมี's loan; มาลี guarantees ไปรยาลักษณ์'s 8,000, with บุญมี for 3,000.
    """
    pay_in(network, {"PLG": 6_000_00}, number=BOONMEE)
    pay_in(network, {"PLG": 1_500_00}, number=SOMSRI, key="of-somsri")

    def work(session: Session) -> None:
        house_of_somsri(session, network)
        hers = lend(session, book_id=network.book_id, member_number=SOMSRI)
        his = lend(session, book_id=network.book_id, member_number=BOONMEE, amount=5_000_00)
        third = lend(session, book_id=network.book_id, member_number=PRAIYA, amount=8_000_00)
        guarantee(session, hers, member_number=MALEE, most=10_000_00)
        guarantee(session, hers, member_number=BOONMEE, most=12_000_00)
        guarantee(session, his, member_number=PRAIYA, most=4_000_00)
        guarantee(session, third, member_number=MALEE, most=8_000_00)
        guarantee(session, third, member_number=BOONMEE, most=3_000_00)

    write(work)
    found = fall(network, SOMSRI)

    assert [person.number for person in found.people] == [SOMSRI, MALEE]
    assert (found.owed, found.savings, found.not_saved) == (20_000_00, 1_500_00, 18_500_00)
    assert [line.guarantor.number for line in found.inside] == [MALEE]
    (called,) = found.called
    assert (called.person.number, called.asked) == (BOONMEE, 12_000_00)
    # He saved 6,000 and owes 5,000: a thousand is free, and eleven thousand are missing.
    assert (called.free, called.short, called.owed) == (1_000_00, 11_000_00, 5_000_00)
    assert [(person.number, amount) for person, amount in called.next] == [(PRAIYA, 4_000_00)]
    (lost,) = found.lost
    assert lost.guarantee.borrower.number == PRAIYA
    assert (lost.others, lost.cover, lost.uncovered) == (1, 3_000_00, 5_000_00)
    assert found.unguarded == 5_000_00
    # Whoever of the house one begins with, the house is the same.
    assert fall(network, MALEE).called == found.called
    # Behind the one who is called for บุญมี stands บุญมี himself, who is not called then.
    (next_called,) = fall(network, BOONMEE).called
    assert [(person.number, amount) for person, amount in next_called.next] == [(MALEE, 8_000_00)]


def test_nothing_falls_with_a_house_that_owes_nothing(sqlite_network: Network) -> None:
    found = fall(sqlite_network, PRAIYA)

    assert (found.loans, found.inside, found.called, found.lost) == ((), (), (), ())
    assert (found.owed, found.not_saved, found.unguarded) == (0, 0, 0)


# ---------------------------------------------------------------- the page


def address(number: str) -> str:
    return f"/groups/{GROUP}/members/{number}/guarantees"


def test_the_page_shows_the_web_and_what_is_overdue(app: Flask, network: Network) -> None:
    pay_in(network, {"PLG": 6_000_00}, number=BOONMEE)

    def work(session: Session) -> str:
        open_ordinary(session, network)
        loan = lend(session, book_id=network.book_id)
        guarantee(session, loan, member_number=BOONMEE, most=12_000_00)
        ask(session, network, who=BOONMEE, application=apply(session, network, who=PRAIYA))
        own = lend(session, book_id=network.book_id, member_number=BOONMEE, amount=5_000_00)
        guarantee(session, own, member_number=PRAIYA, most=5_000_00)
        return loan.reference

    reference = write(work)
    client = client_of(app, network.malee)

    his = client.get(address(BOONMEE)).text
    hers = client.get(address(SOMSRI)).text

    assert reference in his
    # Due on 5 February and unpaid on 6 April.
    assert "ค้าง 60 วัน" in his
    assert "รอยินยอม" in his
    assert "12,000.00" in his
    assert "ค้ำได้อีก 1 สัญญา" in his
    assert "สัจจะ หุ้น และออมเผื่อเรียก 6,000.00 หักหนี้ของตนเอง 5,000.00" in his
    assert "ขาด 11,000.00 บาท" in his
    assert "ไม่ได้ค้ำประกันใคร" in hers
    assert "นายบุญมี ทองคำ" in hers
    assert "ถ้าผ่อนไม่ไหวตามไปด้วย จะเรียกต่อจาก" in hers


def test_a_member_alone_has_an_empty_page(sqlite_app: Flask, sqlite_network: Network) -> None:
    text = client_of(sqlite_app, sqlite_network.somchai).get(address(PRAIYA)).text

    assert "ไม่ได้ค้ำประกันใคร" in text
    assert "ไม่มีใครค้ำประกันให้" in text
    assert "กลุ่มยังไม่มีประเภทเงินกู้" in text
    assert "บ้านนี้ไม่เป็นหนี้กลุ่ม" in text


@pytest.mark.parametrize("who", ["prasert", "aree"])
def test_who_may_not_read_the_book_does_not_see_the_web(
    sqlite_app: Flask, sqlite_network: Network, who: str
) -> None:
    client = client_of(sqlite_app, getattr(sqlite_network, who))

    assert client.get(address(SOMSRI)).status_code == 403


@pytest.mark.parametrize("number", ["9999", "x" * 3_000])
def test_a_member_who_is_not_there_is_not_found(
    sqlite_app: Flask, sqlite_network: Network, number: str
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)

    assert client.get(address(number)).status_code == 404
    assert client.get(f"/groups/NONE/members/{number}/guarantees").status_code == 404


def test_a_loan_written_off_binds_its_guarantor_still(network: Network) -> None:
    def work(session: Session) -> None:
        fill_box(session, book_id=network.book_id)
        loan = grant(session, book_id=network.book_id)
        guarantee(session, loan, member_number=BOONMEE)
        pay_out(session, loan)
        session.get_one(Loan, (network.book_id, loan.id)).written_off_on = LENT_ON

    write(work)
    (line,) = given(network, BOONMEE)

    assert (line.is_written_off, line.binds) == (True, True)


def test_a_guarantor_of_a_loan_written_off_may_still_have_to_pay(network: Network) -> None:
    """The account stands at nothing then, the debt does not."""

    def work(session: Session) -> Loan:
        loan = lend(session, book_id=network.book_id)
        guarantee(session, loan, member_number=PRAIYA, most=5_000_00)
        return loan

    loan = write(work)
    write(
        lambda session: write_off(
            session,
            book_id=network.book_id,
            loan_id=loan.id,
            owed=Satang(20_000_00),
            on=TODAY,
            resolution="มติ 3/2566",
            note="",
            idempotency_key="written-off",
            by="o1",
            approved_by="o2",
            at=NOW,
        )
    )

    def look(session: Session) -> tuple[GuaranteeLine, Capacity, Fall]:
        praiya = member_id(session, network, PRAIYA)
        somsri = member_id(session, network, SOMSRI)
        (line,) = guarantees_of(session, book_id=network.book_id, member_id=praiya)
        return (
            line,
            capacity_of(session, book_id=network.book_id, member_id=praiya, on=TODAY),
            falls_with(session, book_id=network.book_id, member_id=somsri),
        )

    line, capacity, fall = read(look)

    # February to April: 200 + 180 + 160, and 140 × 1/30; 2,000 at 15 % for 60, 32 and 1 day.
    owed = 20_000_00 + 540_00 + 4_67 + 49_32 + 26_30 + 82
    assert (line.is_written_off, line.owed, line.at_risk) == (True, owed, 5_000_00)
    assert capacity.at_risk == 5_000_00
    assert (fall.owed, fall.called[0].asked) == (owed, 5_000_00)
