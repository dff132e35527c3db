"""What keeps a loan to what was agreed, and its officers apart from it; on each engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind, debit
from ledger.errors import DomainError
from ledger.money import Satang
from ledger.services import KeyUsedForAnother, SameOfficerTwice, post_batch
from loans.kinds import EventKind, State, Through
from loans.models import Guarantee, Loan
from loans.queries.loans import events_of, loan_view, money_account, standing_of
from loans.schedule import Grace, RateEffect
from loans.services.changing import change_rate, compromise, restructure, take_holiday
from loans.services.lending import (
    ContractClosed,
    FeeAboveAgreed,
    GivenUpAlready,
    GivenUpBeforeContract,
    OldLoanFirst,
    PaidBeforeContract,
    PaidOutSoNotGivenUp,
    PlannedStage,
    SecondOfficerMissing,
    StageHandsNothingOver,
    disburse_against,
    give_up,
)
from loans.services.lending.giving_up import ReasonMissing
from loans.services.records import (
    KeptWithBorrowings,
    OfficerIsTooNear,
    WrittenInBothBooks,
    refuse_elsewhere,
    refuse_stakes,
)
from loans.services.repaying import NotReversible, draft_repayment, record_repayment
from members.models import Member
from members.queries import member_by_number
from members.services.people.holding import holds_of
from tests.loans.lent import (
    BOONMEE,
    LATER,
    LENT_ON,
    MALEE,
    fill_box,
    grant,
    guarantee,
    lend,
    name_officer,
    pay,
    pay_out,
    terms,
)
from tests.loans.test_lending import against, borrow, later_terms, order, refused
from tests.loans.test_repaying import APRIL, FEBRUARY, MARCH, one, state_of, take_back
from tests.network import Network

SOMSRI, PRAIYA = "นางสมศรี ใจดี", "ไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา"


# ---------------------------------------------------------------- who signs


def _rate(session: Session, loan: Loan) -> object:
    return change_rate(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        annual_rate_ppm=0,
        since=MARCH,
        effect=RateEffect.RECOMPUTE,
        resolution="มติ 9/2566",
        by=MALEE,
        approved_by=BOONMEE,
        at=LATER,
    )


def _holiday(session: Session, loan: Loan) -> object:
    return take_holiday(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        since=MARCH,
        until=date(2023, 5, 31),
        waives=Grace.ALL,
        resolution="มติ 9/2566",
        by=MALEE,
        approved_by=BOONMEE,
        at=LATER,
    )


def _restructure(session: Session, loan: Loan) -> object:
    agreed = terms(20_000_00, instalments=5, lent_on=MARCH, first_due_on=APRIL)
    return restructure(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        terms=agreed,
        starts_on=MARCH,
        resolution="มติ 9/2566",
        by=MALEE,
        approved_by=BOONMEE,
        at=LATER,
    )


def _compromise(session: Session, loan: Loan) -> object:
    return compromise(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        forgiven_principal=Satang(100_00),
        forgiven_interest=Satang(0),
        terms=None,
        on=MARCH,
        resolution="มติ 9/2566",
        idempotency_key="forgiven",
        by=MALEE,
        approved_by=BOONMEE,
        at=LATER,
    )


def _reverse(session: Session, loan: Loan) -> object:
    return take_back(session, loan, 1)


@pytest.mark.parametrize("does", [_rate, _holiday, _restructure, _compromise, _reverse])
@pytest.mark.parametrize("mark", [MALEE, BOONMEE])
def test_a_borrower_signs_nothing_of_their_own_loan(
    sqlite_network: Network, mark: str, does: Callable[[Session, Loan], object]
) -> None:
    loan = one(sqlite_network)
    write(lambda s: name_officer(s, mark, SOMSRI))

    sentence = refused(lambda s: does(s, loan), OfficerIsTooNear)

    assert sentence == (
        f"{SOMSRI}ลงชื่อทำรายการของสัญญา {loan.reference} ไม่ได้ เพราะเป็นผู้กู้เอง ให้กรรมการคนอื่นทำแทน"
    )
    write(lambda s: name_officer(s, mark, "คนอื่น ที่อื่น"))
    write(lambda s: does(s, loan))


@pytest.mark.parametrize("how", ["borrows", "shares a house", "guarantees"])
def test_who_has_a_stake_pays_nothing_out(network: Network, how: str) -> None:
    def work(session: Session) -> Loan:
        fill_box(session, book_id=network.book_id)
        loan = grant(session, book_id=network.book_id)
        other = member_by_number(session, book_id=network.book_id, number="0003")
        if how == "guarantees":
            guarantee(session, loan, member_number="0003")
        elif how == "shares a house":
            other.household_id = session.get_one(
                Member, (loan.book_id, loan.member_id)
            ).household_id
        name_officer(session, BOONMEE, SOMSRI if how == "borrows" else PRAIYA)
        return loan

    loan = write(work)

    sentence = refused(lambda s: pay_out(s, loan), OfficerIsTooNear)

    why = {
        "borrows": "เป็นผู้กู้เอง",
        "shares a house": "อยู่บ้านเดียวกับผู้กู้",
        "guarantees": "เป็นผู้ค้ำประกันสัญญานี้",
    }
    assert why[how] in sentence
    refused(
        lambda s: refuse_stakes(
            s, book_id=network.book_id, loan_id=loan.id, marks=(MALEE, BOONMEE)
        ),
        OfficerIsTooNear,
    )
    write(
        lambda s: refuse_stakes(
            s, book_id=network.book_id, loan_id=loan.id, marks=(MALEE, None, "import")
        )
    )


# ---------------------------------------------------------------- what is agreed


def test_no_more_is_taken_for_a_contract_than_was_agreed_over_all_stages(network: Network) -> None:
    stages = (
        PlannedStage(LENT_ON, Satang(12_000_00), "ฐานราก", "ช่างสมพงษ์", Satang(0)),
        PlannedStage(FEBRUARY, Satang(8_000_00), "หลังคา", "ช่างสมพงษ์", Satang(0)),
    )

    def work(session: Session) -> Loan:
        fill_box(session, book_id=network.book_id)
        return grant(session, book_id=network.book_id, stages=stages, fees=100_00)

    loan = write(work)

    sentence = refused(lambda s: pay_out(s, loan, amount=12_000_00, fee=100_01), FeeAboveAgreed)
    assert "ไม่เกิน 100.00 บาท" in sentence
    write(lambda s: pay_out(s, loan, amount=12_000_00, fee=60_00))
    sentence = refused(
        lambda s: pay_out(s, loan, amount=8_000_00, fee=40_01, on=FEBRUARY), FeeAboveAgreed
    )
    assert "อีกไม่เกิน 40.00 บาท สัญญานี้ตกลงค่าทำสัญญาไว้ 100.00 บาท" in sentence
    write(lambda s: pay_out(s, loan, amount=8_000_00, fee=40_00, on=FEBRUARY))
    # What was taken back counts no longer.
    write(lambda s: take_back(s, loan, 2))
    write(lambda s: pay_out(s, loan, amount=8_000_00, fee=40_00, on=APRIL))


def test_a_stage_of_which_nothing_is_handed_over_is_refused_in_words(network: Network) -> None:
    stage = PlannedStage(LENT_ON, Satang(20_000_00), "ฐานราก", "ช่างสมพงษ์", Satang(19_900_00))

    def work(session: Session) -> Loan:
        fill_box(session, book_id=network.book_id)
        return grant(session, book_id=network.book_id, stages=(stage,), fees=100_00)

    loan = write(work)

    sentence = refused(lambda s: pay_out(s, loan, fee=100_00), StageHandsNothingOver)
    assert "เงินประกันผลงาน 19,900.00 บาทและค่าทำสัญญา 100.00 บาท" in sentence
    write(lambda s: pay_out(s, loan, fee=99_99))


def test_a_loan_that_was_granted_to_pay_another_off_does_so(network: Network) -> None:
    def work(session: Session) -> tuple[Loan, Loan]:
        old = lend(session, book_id=network.book_id, agreed=terms(8_000_00, instalments=4))
        fill_box(session, book_id=network.book_id)
        agreed = later_terms(30_000_00)
        return old, grant(session, book_id=network.book_id, agreed=agreed, pays_off=old)

    old, new = write(work)

    sentence = refused(lambda s: pay_out(s, new), OldLoanFirst)
    assert f"เพื่อปิดสัญญาเดิม {old.reference}" in sentence
    write(lambda s: against(s, new, old.id))
    assert (state_of(old)[0], state_of(new)[0]) == (State.REPAID, State.RUNNING)


def test_an_old_loan_that_was_paid_off_meanwhile_stands_in_nobody_s_way(
    sqlite_network: Network,
) -> None:
    def work(session: Session) -> Loan:
        old = lend(session, book_id=sqlite_network.book_id, agreed=terms(8_000_00, instalments=4))
        agreed = later_terms(30_000_00)
        fill_box(session, book_id=sqlite_network.book_id)
        new = grant(session, book_id=sqlite_network.book_id, agreed=agreed, pays_off=old)
        pay(session, old, amount=8_080_00, on=FEBRUARY)
        return new

    new = write(work)
    write(lambda s: pay_out(s, new))
    assert state_of(new) == (State.RUNNING, 30_000_00)


def test_nothing_is_paid_out_before_an_agreed_change(sqlite_network: Network) -> None:
    stages = (
        PlannedStage(LENT_ON, Satang(12_000_00), "ฐานราก", "ช่างสมพงษ์", Satang(0)),
        PlannedStage(FEBRUARY, Satang(8_000_00), "หลังคา", "ช่างสมพงษ์", Satang(0)),
    )

    def work(session: Session) -> Loan:
        fill_box(session, book_id=sqlite_network.book_id)
        loan = grant(session, book_id=sqlite_network.book_id, stages=stages)
        pay_out(session, loan, amount=12_000_00)
        agreed = terms(12_000_00, instalments=5, lent_on=MARCH, first_due_on=APRIL)
        restructure(
            session,
            book_id=loan.book_id,
            loan_id=loan.id,
            terms=agreed,
            starts_on=MARCH,
            resolution="มติ 9/2566",
            by=MALEE,
            approved_by=BOONMEE,
            at=LATER,
        )
        return loan

    loan = write(work)

    sentence = refused(lambda s: pay_out(s, loan, amount=8_000_00, on=FEBRUARY), PaidBeforeContract)
    assert "5 มี.ค. 2566" in sentence
    write(lambda s: pay_out(s, loan, amount=8_000_00, on=MARCH))


@pytest.mark.parametrize("what", ["fee", "bank"])
def test_a_key_is_for_one_division_and_one_purse(network: Network, what: str) -> None:
    def work(session: Session) -> Loan:
        fill_box(session, book_id=network.book_id)
        loan = grant(session, book_id=network.book_id, fees=100_00)
        pay_out(session, loan, fee=50_00, key="paid out")
        return loan

    loan = write(work)

    def another(session: Session) -> object:
        if what == "fee":
            # Together the same sum.
            return pay_out(session, loan, amount=20_050_00, key="paid out")
        return pay_out(session, loan, fee=50_00, through=Through.BANK, key="paid out")

    refused(another, KeyUsedForAnother)
    assert write(lambda s: pay_out(s, loan, fee=50_00, key="paid out")).replayed


def test_a_key_is_for_the_same_old_loans(sqlite_network: Network) -> None:
    def work(session: Session) -> tuple[Loan, Loan]:
        old = lend(session, book_id=sqlite_network.book_id, agreed=terms(8_000_00, instalments=4))
        fill_box(session, book_id=sqlite_network.book_id)
        new = grant(session, book_id=sqlite_network.book_id, agreed=later_terms(30_000_00))
        against(session, new, old.id)
        return old, new

    old, new = write(work)

    def again(session: Session, *ids: int) -> object:
        return disburse_against(
            session,
            book_id=new.book_id,
            order=order(new),
            old_loan_ids=ids,
            idempotency_key=f"against {(old.id,)}",
            by=MALEE,
            approved_by=BOONMEE,
            at=LATER,
        )

    refused(lambda s: again(s, old.id, old.id + 7), KeyUsedForAnother)
    write(lambda s: again(s, old.id))


# ---------------------------------------------------------------- what other pages do


def test_what_stands_in_two_books_or_was_borrowed_is_not_changed_here(network: Network) -> None:
    def work(session: Session) -> tuple[Loan, Loan]:
        borrowed = borrow(session, network)
        pay_out(session, borrowed, through=Through.BANK)
        between = lend(session, book_id=network.book_id)
        between.member_id, between.other_book_id = None, network.other_book_id
        return borrowed, between

    borrowed, between = write(work)

    for does in (_rate, _holiday, _restructure, _compromise):
        sentence = refused(partial(does, loan=between), WrittenInBothBooks)
        assert "หน้าเงินระหว่างกลุ่มแม่กับกลุ่มลูก" in sentence
    assert "พอช." in refused(lambda s: _restructure(s, borrowed), KeptWithBorrowings)

    def elsewhere(session: Session, loan: Loan) -> None:
        refuse_elsewhere(session, book_id=loan.book_id, loan_id=loan.id)

    refused(lambda s: elsewhere(s, between), WrittenInBothBooks)
    refused(lambda s: elsewhere(s, borrowed), KeptWithBorrowings)


def test_what_pays_off_by_another_book_s_division_closes_nothing_that_is_still_owed(
    network: Network,
) -> None:
    loan = one(network)

    def work(session: Session) -> None:
        drafted = draft_repayment(
            session,
            book_id=network.book_id,
            loan_id=loan.id,
            amount=Satang(2_200_00),
            paid_on=FEBRUARY,
        )
        money = money_account(
            session, book_id=network.book_id, fund=loan.fund, through=Through.CASH
        )
        posted = post_batch(
            session,
            book_id=network.book_id,
            drafts=[
                EntryDraft(
                    entered_on=FEBRUARY,
                    kind=EntryKind.BETWEEN_GROUPS,
                    postings=(debit(money, loan.fund, Satang(2_200_00)), *drafted.lines),
                    memo="ชำระเงินกู้",
                )
            ],
            idempotency_key="by another division",
            posted_by=MALEE,
            posted_at=LATER,
        )
        record_repayment(
            session,
            book_id=network.book_id,
            repayment=replace(drafted, split=replace(drafted.split, pays_off=True)),
            entry_number=posted.first_number,
            note="",
            by=MALEE,
            at=LATER,
        )

    write(work)

    assert state_of(loan) == (State.RUNNING, 18_000_00)
    assert read(lambda s: _holds(s, network, "0001"))
    settlement = read(
        lambda s: standing_of(s, book_id=network.book_id, loan_id=loan.id, on=FEBRUARY)
    ).settlement
    assert settlement == 18_000_00
    write(lambda s: pay(s, loan, amount=settlement, on=FEBRUARY))
    assert state_of(loan) == (State.REPAID, 0)


# ---------------------------------------------------------------- given up


def stop(
    session: Session,
    loan: Loan,
    *,
    on: date = FEBRUARY,
    reason: str = "ผู้กู้ไม่รับเงิน",
    second: str | None = BOONMEE,
) -> None:
    """Give a granted loan up."""
    give_up(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        on=on,
        reason=reason,
        by=MALEE,
        approved_by=second,
        at=LATER,
    )


def test_a_granted_loan_is_given_up_and_nobody_is_held(network: Network) -> None:
    def work(session: Session) -> tuple[Loan, Guarantee]:
        fill_box(session, book_id=network.book_id)
        loan = grant(session, book_id=network.book_id)
        return loan, guarantee(session, loan)

    loan, stands = write(work)
    write(lambda s: stop(s, loan))
    write(lambda s: stop(s, loan))

    view = read(lambda s: loan_view(s, book_id=network.book_id, loan_id=loan.id))
    assert (view.state, view.closed_on, view.outstanding) == (State.CANCELLED, FEBRUARY, 0)
    (event,) = read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan.id))
    assert (event.kind, event.note, event.entry_number) == (
        EventKind.GIVEN_UP,
        "ผู้กู้ไม่รับเงิน",
        None,
    )
    assert "บุญมี ศรีสุข" in event.explanation[1]
    assert not read(lambda s: _holds(s, network, "0001") + _holds(s, network, "0002"))
    freed = read(lambda s: s.get_one(Guarantee, (network.book_id, stands.id)))
    assert (freed.released_on, freed.released_because) == (FEBRUARY, "ยกเลิกสัญญาก่อนจ่ายเงิน")
    refused(lambda s: pay_out(s, loan, on=MARCH), ContractClosed)
    refused(lambda s: take_back(s, loan, 1), NotReversible)
    refused(lambda s: stop(s, loan, reason="อย่างอื่น"), GivenUpAlready)


def _holds(session: Session, network: Network, number: str) -> list[object]:
    member = member_by_number(session, book_id=network.book_id, number=number)
    return list(holds_of(session, book_id=network.book_id, member_id=member.id))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"second": None}, SecondOfficerMissing),
        ({"second": MALEE}, SameOfficerTwice),
        ({"reason": " "}, ReasonMissing),
        ({"on": date(2023, 1, 4)}, GivenUpBeforeContract),
    ],
)
def test_what_is_given_up_is_signed_by_two_for_a_reason(
    sqlite_network: Network, wrong: dict[str, Any], why: type[DomainError]
) -> None:
    loan = write(lambda s: grant(s, book_id=sqlite_network.book_id))

    refused(lambda s: stop(s, loan, **wrong), why)


def test_what_is_paid_out_is_not_given_up(network: Network) -> None:
    loan = one(network)

    refused(lambda s: stop(s, loan), PaidOutSoNotGivenUp)
    write(lambda s: take_back(s, loan, 1))
    refused(lambda s: stop(s, loan, on=date(2023, 1, 4)), GivenUpBeforeContract)
    write(lambda s: stop(s, loan, on=APRIL))
    assert state_of(loan) == (State.CANCELLED, 0)


def test_who_has_a_stake_gives_nothing_up(sqlite_network: Network) -> None:
    loan = write(lambda s: grant(s, book_id=sqlite_network.book_id))
    write(lambda s: name_officer(s, MALEE, SOMSRI))

    refused(lambda s: stop(s, loan), OfficerIsTooNear)
