"""Joining, promising, withdrawing, leaving, and what is written down when a passbook is printed."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.errors import DomainError
from ledger.models import Account, Book
from ledger.money import Satang
from ledger.period import FutureDate, PeriodClosed
from ledger.queries import journal_entry
from ledger.services import KeyUsedForAnother, PostedBatch, SameOfficerTwice
from ledger.verification import verify_book
from members.models import Member, PassbookPrint, PersonType
from members.queries import (
    MemberNotFound,
    SlipNotFound,
    lines_on_paper,
    member_by_number,
    member_card,
    paid_out,
    pledges_of,
    pledges_on,
    printings_of,
    savings_accounts,
    savings_of,
)
from members.services import people
from members.services.people import NewMember
from tests.members.saving import balance, close_march, pay_in, written
from tests.network import NOW, TODAY, VILLAGE, Network

MARCH = date(2023, 3, 15)
TOMORROW = TODAY + timedelta(days=1)
PINKAEW = NewMember(
    number="0004",
    title="นาง",
    given_name="ปิ่นแก้ว",
    family_name="ค้ำชู",
    person_type=PersonType.THAI,
    national_id="1-1010-01234-56-9",
    telephone="081-234-5678",
    house_number="12",
    village_code=VILLAGE,
    beneficiary="นายน้ำ ค้ำชู",
    joined_on=TODAY,
)


def withdraw(
    session: Session,
    network: Network,
    amount: int,
    *,
    product: str = "DEM",
    number: str = "0001",
    on: date = TODAY,
    key: str = "withdrawal-1",
    approved_by: str = "o2",
) -> PostedBatch:
    return people.withdraw(
        session,
        book_id=network.book_id,
        number=number,
        product_code=product,
        amount=Satang(amount),
        entered_on=on,
        memo="ค่าเทอมลูก",
        idempotency_key=key,
        by="o1",
        approved_by=approved_by,
        at=NOW,
    )


def leave(
    session: Session,
    network: Network,
    *,
    number: str = "0001",
    on: date = TODAY,
    because: str = "ลาออก",
    key: str = "leaving-1",
    approved_by: str = "o2",
    shown: int | None = None,
) -> PostedBatch | None:
    return people.leave(
        session,
        book_id=network.book_id,
        number=number,
        left_on=on,
        because=because,
        idempotency_key=key,
        by="o1",
        approved_by=approved_by,
        at=NOW,
        shown=None if shown is None else Satang(shown),
    )


def enrol(session: Session, network: Network, person: NewMember = PINKAEW) -> str:
    member = people.enrol_once(
        session,
        book_id=network.book_id,
        person=person,
        pledges={"PLG": Satang(100_00)},
        by="o1",
        at=NOW,
    )
    return member.number


def promise(
    session: Session, network: Network, amounts: Mapping[str, int], *, on: date = TODAY
) -> int:
    return len(
        people.promise(
            session,
            book_id=network.book_id,
            number="0001",
            amounts={code: Satang(amount) for code, amount in amounts.items()},
            holds_from=on,
            by="o1",
            at=NOW,
        )
    )


# ---------------------------------------------------------------- joining


def test_an_enrolled_member_has_an_account_in_each_product_and_their_promises(
    network: Network,
) -> None:
    def look(session: Session) -> tuple[list[str], dict[tuple[int, str], Satang]]:
        member = member_by_number(session, book_id=network.book_id, number="0001")
        savings = savings_of(session, book_id=network.book_id, member_id=member.id)
        return (
            [view.product_code for view in savings],
            pledges_on(session, book_id=network.book_id, on=TODAY),
        )

    products, pledges = read(look)

    assert products == ["PLG", "SHR", "DEM", "WEL"]
    assert pledges[1, "PLG"] == 100_00


def test_only_the_mask_of_an_identity_number_is_kept(network: Network) -> None:
    write(lambda session: enrol(session, network))

    card = read(
        lambda session: member_card(session, book_id=network.book_id, number="0004", on=TODAY)
    )

    assert card.masked_national_id == "X-XXXX-XXXXX-56-9"
    assert card.without_private().telephone == ""
    assert card.without_private().beneficiary == ""
    assert "ตำบลคลองหินปูน" in card.address


def test_a_form_sent_twice_enrols_once(network: Network) -> None:
    write(lambda session: enrol(session, network))
    before = written(network)

    again = write(lambda session: enrol(session, network))

    assert again == "0004"
    assert written(network) == before


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"number": "0001"}, people.MemberNumberTaken),
        ({"number": "1/2"}, people.BadMemberNumber),
        ({"number": "ก ข"}, people.BadMemberNumber),
        ({"number": "9" * 21}, people.BadMemberNumber),
        ({"national_id": "1101001234568"}, people.NationalIdWrong),
        ({"joined_on": TOMORROW}, FutureDate),
        ({"joined_on": MARCH}, PeriodClosed),
    ],
)
def test_nobody_joins_who_should_not(
    network: Network, change: dict[str, object], refusal: type[DomainError]
) -> None:
    close_march(network)
    before = written(network)
    person = replace(PINKAEW, **change)  # type: ignore[arg-type]

    with pytest.raises(refusal):
        write(lambda session: enrol(session, network, person))

    assert written(network) == before


def test_a_form_sent_again_with_another_promise_is_refused(network: Network) -> None:
    write(lambda session: enrol(session, network))
    before = written(network)

    with pytest.raises(people.MemberNumberTaken):
        write(
            lambda session: people.enrol_once(
                session,
                book_id=network.book_id,
                person=PINKAEW,
                pledges={"PLG": Satang(200_00)},
                by="o1",
                at=NOW,
            )
        )

    assert written(network) == before


def test_two_who_join_at_once_under_one_number_are_not_both_taken_in(network: Network) -> None:
    somebody_else = replace(PINKAEW, given_name="แก้วตา")

    def take_in(person: NewMember) -> bool:
        try:
            write(lambda session: enrol(session, network, person))
        except people.MemberNumberTaken:
            return False
        return True

    with ThreadPoolExecutor(2) as browsers:
        both = list(browsers.map(take_in, (PINKAEW, somebody_else)))

    assert sorted(both) == [False, True]


def test_another_person_under_a_taken_number_is_refused(network: Network) -> None:
    write(lambda session: enrol(session, network))

    with pytest.raises(people.MemberNumberTaken):
        write(lambda session: enrol(session, network, replace(PINKAEW, given_name="แก้ว")))


# ---------------------------------------------------------------- promising


def test_a_promise_holds_from_its_day_on(network: Network) -> None:
    next_month = date(2023, 5, 6)

    write(lambda session: promise(session, network, {"PLG": 200_00, "SHR": 0}, on=next_month))

    def held(on: date) -> dict[str, Satang]:
        return read(
            lambda session: pledges_of(session, book_id=network.book_id, member_id=1, on=on)
        )

    assert held(TODAY) == {"PLG": 100_00, "SHR": 100_00, "WEL": 30_00}
    assert held(next_month) == {"PLG": 200_00, "WEL": 30_00}


def test_a_promise_that_does_not_change_is_not_written_again(network: Network) -> None:
    first = write(lambda session: promise(session, network, {"PLG": 200_00, "WEL": 30_00}))

    again = write(lambda session: promise(session, network, {"PLG": 200_00, "WEL": 30_00}))

    assert (first, again) == (1, 0)


@pytest.mark.parametrize(
    ("amounts", "on", "refusal"),
    [
        ({"PLG": 5_000_00}, TODAY, people.PledgeOutOfBounds),
        ({"PLG": 10_00}, TODAY, people.PledgeOutOfBounds),
        ({"SHR": 15_00}, TODAY, people.SharesNotWhole),
        ({"XXX": 15_00}, TODAY, people.ProductNotFound),
        ({"PLG": 200_00}, MARCH, PeriodClosed),
        ({"PLG": 200_00}, TODAY + timedelta(days=400), people.PledgeTooFarAhead),
    ],
)
def test_a_promise_against_the_by_laws_is_refused(
    network: Network, amounts: dict[str, int], on: date, refusal: type[DomainError]
) -> None:
    close_march(network)
    before = written(network)

    with pytest.raises(refusal):
        write(lambda session: promise(session, network, amounts, on=on))

    assert written(network) == before


# ---------------------------------------------------------------- withdrawing


def test_a_withdrawal_is_paid_out_of_savings_and_the_box(network: Network) -> None:
    pay_in(network, {"DEM": 500_00})

    posted = write(lambda session: withdraw(session, network, 200_50))

    entry = read(
        lambda session: journal_entry(session, book_id=network.book_id, number=posted.first_number)
    )
    assert balance(network, "DEM") == 299_50
    assert (entry.posted_by, entry.approved_by) == ("o1", "o2")


def test_what_would_be_left_is_told_before_anything_is_written(network: Network) -> None:
    pay_in(network, {"DEM": 500_00})
    before = written(network)

    left = read(
        lambda session: people.check_withdrawal(
            session,
            book_id=network.book_id,
            number="0001",
            product_code="DEM",
            amount=Satang(200_00),
            entered_on=TODAY,
            memo="",
            at=NOW,
        )
    )

    assert left == 300_00
    assert written(network) == before


def test_a_withdrawal_sent_twice_is_paid_once(network: Network) -> None:
    pay_in(network, {"DEM": 500_00})
    first = write(lambda session: withdraw(session, network, 400_00))

    again = write(lambda session: withdraw(session, network, 400_00))

    assert again.replayed
    assert again.first_number == first.first_number
    assert balance(network, "DEM") == 100_00


def test_a_withdrawal_sent_again_after_the_member_left_answers_the_same(network: Network) -> None:
    pay_in(network, {"DEM": 500_00})
    first = write(lambda session: withdraw(session, network, 400_00))
    write(lambda session: leave(session, network))

    again = write(lambda session: withdraw(session, network, 400_00))

    assert again.first_number == first.first_number


def test_the_key_of_a_withdrawal_serves_no_other(network: Network) -> None:
    pay_in(network, {"DEM": 500_00})
    write(lambda session: withdraw(session, network, 100_00))

    with pytest.raises(KeyUsedForAnother):
        write(lambda session: withdraw(session, network, 200_00))


def test_nothing_is_paid_out_that_is_not_there(network: Network) -> None:
    pay_in(network, {"DEM": 100_00})
    before = written(network)

    with pytest.raises(people.NotEnoughSavings) as refused:
        write(lambda session: withdraw(session, network, 100_01))

    assert refused.value.facts["balance"] == "100.00"
    assert written(network) == before


def test_nothing_is_paid_out_that_is_not_in_the_box(network: Network) -> None:
    pay_in(network, {"DEM": 500_00}, by_bank=True)
    before = written(network)

    with pytest.raises(people.NotEnoughCash) as refused:
        write(lambda session: withdraw(session, network, 1_00))

    assert "ออมทรัพย์หมุนเวียน" in refused.value.sentence()
    assert written(network) == before


def test_a_pledge_is_not_paid_out_to_a_member_who_stays(network: Network) -> None:
    with pytest.raises(people.NotWithdrawable):
        write(lambda session: withdraw(session, network, 1_00, product="PLG"))


@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        ({"product": "XXX"}, people.ProductNotFound),
        ({"number": "9999"}, MemberNotFound),
        ({"approved_by": "o1"}, SameOfficerTwice),
        ({"on": TOMORROW}, FutureDate),
        ({"on": MARCH}, PeriodClosed),
    ],
)
def test_a_withdrawal_that_may_not_be_is_refused(
    network: Network, how: dict[str, object], refusal: type[DomainError]
) -> None:
    pay_in(network, {"DEM": 500_00})
    close_march(network)
    before = written(network)

    with pytest.raises(refusal):
        write(lambda session: withdraw(session, network, 1_00, **how))  # type: ignore[arg-type]

    assert written(network) == before


# ---------------------------------------------------------------- leaving


def test_a_leaving_member_is_given_back_all_but_premiums(network: Network) -> None:
    pay_in(network, {"PLG": 600_00, "SHR": 500_00, "DEM": 120_00, "WEL": 30_00})

    posted = write(lambda session: leave(session, network, shown=1_220_00))

    assert posted is not None
    slip = read(
        lambda session: paid_out(
            session,
            member=member_by_number(session, book_id=network.book_id, number="0001"),
            number=posted.first_number,
        )
    )
    assert slip.amount == 1_220_00
    assert [name for name, _amount in slip.lines] == ["เงินสัจจะ", "หุ้น", "ออมเผื่อเรียก"]
    assert [balance(network, code) for code in ("PLG", "SHR", "DEM", "WEL")] == [0, 0, 0, 30_00]


def test_whoever_left_takes_part_in_nothing_more(network: Network) -> None:
    write(lambda session: leave(session, network))

    with pytest.raises(people.HasLeft):
        write(lambda session: withdraw(session, network, 1_00))
    with pytest.raises(people.HasLeft):
        write(lambda session: promise(session, network, {"PLG": 50_00}))
    accounts = read(lambda session: savings_accounts(session, book_id=network.book_id))
    assert 1 not in {member_id for member_id, _product in accounts}


def test_leaving_sent_twice_answers_the_same(network: Network) -> None:
    pay_in(network, {"PLG": 600_00})
    first = write(lambda session: leave(session, network, shown=600_00))
    before = written(network)

    again = write(lambda session: leave(session, network, shown=600_00))

    assert first is not None
    assert again is not None
    assert again.replayed
    assert again.numbers == first.numbers
    assert written(network) == before


def test_leaving_with_nothing_sent_twice_answers_the_same(network: Network) -> None:
    first = write(lambda session: leave(session, network, shown=0))

    again = write(lambda session: leave(session, network, shown=0))

    assert first is again is None


@pytest.mark.parametrize("how", [{"because": "ย้ายที่อยู่"}, {"on": TODAY - timedelta(days=1)}])
def test_leaving_sent_again_with_other_words_is_refused(
    network: Network, how: dict[str, object]
) -> None:
    pay_in(network, {"PLG": 600_00})
    write(lambda session: leave(session, network))

    with pytest.raises(KeyUsedForAnother):
        write(lambda session: leave(session, network, **how))  # type: ignore[arg-type]
    with pytest.raises(people.HasLeft):
        write(
            lambda session: leave(session, network, key="leaving-2", **how)  # type: ignore[arg-type]
        )


def test_the_key_of_one_leaving_serves_no_other_member(network: Network) -> None:
    pay_in(network, {"PLG": 600_00})
    write(lambda session: leave(session, network))

    with pytest.raises(KeyUsedForAnother):
        write(lambda session: leave(session, network, number="0002"))


@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        ({"on": TOMORROW}, FutureDate),
        ({"on": MARCH}, PeriodClosed),
        ({"approved_by": "o1"}, SameOfficerTwice),
        ({"shown": 599_00}, people.AmountsMoved),
        ({"number": "9999"}, MemberNotFound),
    ],
)
def test_a_leaving_that_may_not_be_is_refused(
    network: Network, how: dict[str, object], refusal: type[DomainError]
) -> None:
    pay_in(network, {"PLG": 600_00})
    close_march(network)
    before = written(network)

    with pytest.raises(refusal):
        write(lambda session: leave(session, network, **how))  # type: ignore[arg-type]

    assert written(network) == before


@pytest.mark.parametrize(("on", "refusal"), [(TOMORROW, FutureDate), (MARCH, PeriodClosed)])
def test_leaving_with_nothing_has_a_day_in_an_open_month_too(
    network: Network, on: date, refusal: type[DomainError]
) -> None:
    close_march(network)

    with pytest.raises(refusal):
        write(lambda session: leave(session, network, on=on))


def test_nobody_leaves_before_they_joined(network: Network) -> None:
    with pytest.raises(people.LeftBeforeJoining):
        write(lambda session: leave(session, network, on=date(2022, 12, 31)))


def test_nobody_is_paid_back_from_an_empty_box(network: Network) -> None:
    pay_in(network, {"PLG": 600_00}, by_bank=True)
    before = written(network)

    with pytest.raises(people.NotEnoughCash):
        write(lambda session: leave(session, network))

    assert written(network) == before


def die(session: Session, network: Network, *, benefit: int) -> PostedBatch | None:
    return people.die(
        session,
        book_id=network.book_id,
        number="0001",
        died_on=TODAY,
        because="เสียชีวิต จ่ายให้ นายน้ำ ใจดี",
        benefit=Satang(benefit),
        idempotency_key="dying-1",
        by="o1",
        approved_by="o2",
        at=NOW,
        shown=Satang(600_00),
    )


def test_on_a_death_the_welfare_fund_gives_its_benefit_too(network: Network) -> None:
    pay_in(network, {"PLG": 600_00, "WEL": 300_00})

    posted = write(lambda session: die(session, network, benefit=250_00))
    again = write(lambda session: die(session, network, benefit=250_00))

    assert posted is not None
    assert again is not None
    assert again.first_number == posted.first_number

    def look(session: Session) -> tuple[int, dict[str, int]]:
        member = member_by_number(session, book_id=network.book_id, number="0001")
        boxes = session.scalars(
            select(Account).where(Account.book_id == network.book_id, Account.code == "11010")
        )
        slip = paid_out(session, member=member, number=posted.first_number)
        return slip.amount, {box.fund: box.balance_satang for box in boxes if box.n}

    assert read(look) == (850_00, {"SAV": 0, "WEL": 50_00})


def test_a_death_sent_again_with_another_benefit_is_refused(network: Network) -> None:
    pay_in(network, {"PLG": 600_00, "WEL": 300_00})
    write(lambda session: die(session, network, benefit=250_00))
    before = written(network)

    with pytest.raises(KeyUsedForAnother):
        write(lambda session: die(session, network, benefit=200_00))
    with pytest.raises(KeyUsedForAnother):
        write(lambda session: die(session, network, benefit=0))

    assert written(network) == before


def test_no_benefit_is_said_to_be_paid_that_was_not(network: Network) -> None:
    pay_in(network, {"PLG": 600_00, "WEL": 300_00})
    write(
        lambda session: leave(
            session, network, because="เสียชีวิต จ่ายให้ นายน้ำ ใจดี", key="leaving-without"
        )
    )
    before = written(network)

    with pytest.raises(people.HasLeft):
        write(lambda session: die(session, network, benefit=250_00))

    assert written(network) == before


def test_the_welfare_fund_gives_no_more_than_it_has(network: Network) -> None:
    pay_in(network, {"PLG": 600_00, "WEL": 30_00})
    before = written(network)

    with pytest.raises(people.NotEnoughCash) as refused:
        write(lambda session: die(session, network, benefit=250_00))

    assert "สวัสดิการชุมชน" in refused.value.sentence()
    assert written(network) == before


def test_an_entry_that_paid_a_member_nothing_has_no_slip(network: Network) -> None:
    received = pay_in(network, {"DEM": 600_00})
    paid = write(lambda session: withdraw(session, network, 1_00))

    def slip(number: str, entry_number: int) -> object:
        return read(
            lambda session: paid_out(
                session,
                member=member_by_number(session, book_id=network.book_id, number=number),
                number=entry_number,
            )
        )

    for number, entry_number in (("0001", received.first_number), ("0001", 99), ("0002", 2)):
        with pytest.raises(SlipNotFound):
            slip(number, entry_number)
    assert slip("0001", paid.first_number)


# ---------------------------------------------------------------- printing


def test_a_printing_is_written_down_line_by_line(network: Network) -> None:
    pay_in(network, {"PLG": 100_00}, times=3)
    whole = write(
        lambda session: people.print_whole_book(
            session, book_id=network.book_id, number="0001", seen=None, by="o1", at=NOW
        )
    )
    pay_in(network, {"PLG": 100_00, "SHR": 10_00}, times=2, key="later")

    more = write(
        lambda session: people.print_new_lines(
            session, book_id=network.book_id, number="0001", seen=whole, by="o1", at=NOW
        )
    )

    printings = read(lambda session: printings_of(session, book_id=network.book_id, member_id=1))
    pledges, shares, demand, welfare = sorted(printings[0].ranges)
    assert [printing.printed_at for printing in printings] == [whole, more]
    assert [printing.is_whole for printing in printings] == [True, False]
    assert printings[0].ranges == {pledges: (0, 3), shares: (0, 0), demand: (0, 0), welfare: (0, 0)}
    assert printings[1].ranges == {pledges: (4, 5), shares: (1, 2)}
    assert lines_on_paper(printings) == {pledges: 5, shares: 2, demand: 0, welfare: 0}


def test_a_printing_sent_twice_is_written_down_once(network: Network) -> None:
    pay_in(network, {"PLG": 100_00})

    moments = [
        write(
            lambda session: people.print_new_lines(
                session, book_id=network.book_id, number="0001", seen=None, by="o1", at=NOW
            )
        )
        for _ in range(2)
    ]

    prints = read(lambda session: list(session.scalars(select(PassbookPrint))))
    assert moments[0] == moments[1]
    assert len(prints) == 4


def test_what_another_officer_printed_meanwhile_is_not_printed_over(network: Network) -> None:
    write(
        lambda session: people.print_whole_book(
            session, book_id=network.book_id, number="0001", seen=None, by="o1", at=NOW
        )
    )
    before = written(network)

    with pytest.raises(people.PrintedMeanwhile):
        write(
            lambda session: people.print_new_lines(
                session, book_id=network.book_id, number="0001", seen=None, by="o2", at=NOW
            )
        )

    assert written(network) == before


def test_a_book_with_every_line_on_paper_has_nothing_new(network: Network) -> None:
    pay_in(network, {"PLG": 100_00})
    whole = write(
        lambda session: people.print_whole_book(
            session, book_id=network.book_id, number="0001", seen=None, by="o1", at=NOW
        )
    )

    with pytest.raises(people.NothingNewToPrint):
        write(
            lambda session: people.print_new_lines(
                session, book_id=network.book_id, number="0001", seen=whole, by="o1", at=NOW
            )
        )


def test_the_book_agrees_after_all_that_a_member_can_do(network: Network) -> None:
    pay_in(network, {"PLG": 600_00, "SHR": 500_00, "DEM": 120_00, "WEL": 30_00})
    write(lambda session: withdraw(session, network, 20_00))
    write(lambda session: leave(session, network))

    def look(session: Session) -> tuple[object, ...]:
        return verify_book(session, book=session.get_one(Book, network.book_id)).findings

    assert read(look) == ()


def test_the_number_of_who_left_stays_theirs(network: Network) -> None:
    write(lambda session: leave(session, network, number="0003"))

    number = write(lambda session: people.next_member_number(session, book_id=network.book_id))

    assert number == "0004"
    assert read(lambda session: session.get_one(Member, (network.book_id, 3)).left_on) == TODAY


def test_nobody_is_asked_to_sign_in_on_the_health_page(app: Flask) -> None:
    assert app.test_client().get("/healthz").status_code == 200
