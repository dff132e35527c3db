"""Granting a loan and paying it out: at once, in stages, against an old one; on each engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.errors import DomainError
from ledger.models import Entry
from ledger.money import ZERO, Satang
from ledger.period import FutureDate, PeriodClosed
from ledger.queries import journal_entry
from ledger.services import KeyUsedForAnother, PostedBatch, SameOfficerTwice, close_period
from loans.ceiling import AboveCeiling
from loans.kinds import EventKind, Purpose, Side, State, Through, WhyPlanned
from loans.models import Loan, LoanEvent, Plan
from loans.queries.loans import (
    LoanNotFound,
    NoMoneyAccount,
    NotPaidOut,
    accounts_of_loan,
    events_of,
    loan_view,
    loans_of_group,
    loans_of_member,
    money_account,
    plan_of,
    plans_of,
    running_loans_of_members,
    split_of,
    stages_of,
    standing_of,
    standings_of,
)
from loans.schedule import Method, Terms
from loans.services.lending import (
    Contract,
    ContractClosed,
    MoreThanGranted,
    NoRetention,
    NotEnoughMoney,
    NothingToPayOut,
    NotTheNextStage,
    NotTheSameBorrower,
    PaidBeforeContract,
    PaidOutAlready,
    Party,
    PayoutOrder,
    PlannedStage,
    ReferenceTaken,
    ResolutionMissing,
    RetentionReleased,
    SecondOfficerMissing,
    StagePaidWhole,
    StagesDoNotAddUp,
    TooLittleToPayOff,
    bring_in_loan,
    disburse,
    disburse_against,
    open_loan,
    release_retention,
)
from loans.services.lending.opening import RetentionTooMuch, RowsDoNotAddUp
from members.services.people import HasLeft, die, leave
from members.services.people.holding import HeldBack, holds_of
from tests.loans.lent import (
    BOONMEE,
    LATER,
    LENT_ON,
    MALEE,
    balance,
    balance_of,
    fill_box,
    findings,
    grant,
    guarantee,
    lend,
    pay,
    pay_out,
    terms,
)
from tests.network import NOW, TODAY, Network

HOUSE = (
    PlannedStage(
        date(2023, 1, 5), Satang(120_000_00), "ฐานรากและเสา", "ช่างสมพงษ์", Satang(6_000_00)
    ),
    PlannedStage(date(2023, 3, 5), Satang(80_000_00), "ผนังและหลังคา", "ช่างสมพงษ์", Satang(4_000_00)),
)


def written(session: Session) -> tuple[int, ...]:
    """Count what stands in the tables that a loan writes to."""
    return tuple(
        session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Entry, Loan, LoanEvent, Plan)
    )


def refused(work: Callable[[Session], object], why: type[DomainError]) -> str:
    """See something refused with nothing written, and give the sentence."""
    before = read(written)
    with pytest.raises(why) as refusal:
        write(work)
    assert read(written) == before
    return refusal.value.sentence()


def house(session: Session, network: Network) -> Loan:
    """Grant a housing loan of two stages, with money in the box."""
    fill_box(session, book_id=network.book_id, fund="HSG", amount=200_000_00)
    return grant(
        session,
        book_id=network.book_id,
        purpose=Purpose.HOUSING,
        agreed=terms(200_000_00, instalments=100, rate_ppm=60_000),
        stages=HOUSE,
    )


# ---------------------------------------------------------------- granting


def test_a_loan_is_an_account_under_its_control_and_nothing_is_posted(network: Network) -> None:
    loan = write(lambda s: grant(s, book_id=network.book_id))

    view = read(lambda s: loan_view(s, book_id=network.book_id, loan_id=loan.id))
    assert (view.reference, view.account_code) == ("LN6601-KHP06-0001", "13010-0001")
    assert (view.state, view.outstanding, view.disbursed) == (State.GRANTED, 0, 0)
    assert (view.party, view.member_number, view.village_code) == (
        "นางสมศรี ใจดี",
        "0001",
        "27040506",
    )
    assert (view.annual_rate_ppm, view.effective_rate_ppm) == (120_000, 120_000)
    assert not view.is_above_ceiling
    assert read(written)[0] == 0
    assert read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan.id)) == []


def test_loans_and_borrowings_are_numbered_each_for_itself(network: Network) -> None:
    def work(session: Session) -> list[str]:
        second = grant(session, book_id=network.book_id, purpose=Purpose.EMERGENCY)
        borrowed = borrow(session, network)
        return [first.reference, second.reference, borrowed.reference]

    first = write(lambda s: grant(s, book_id=network.book_id))

    assert write(work) == ["LN6601-KHP06-0001", "LN6601-KHP06-0002", "BR6601-KHP06-0001"]


def test_a_number_on_paper_stands_once(network: Network) -> None:
    write(lambda s: borrow(s, network, reference="พอช. 12/2560"))

    sentence = refused(lambda s: borrow(s, network, reference="พอช. 12/2560"), ReferenceTaken)

    assert "พอช. 12/2560" in sentence


def test_what_costs_too_much_is_refused_with_the_sum(network: Network) -> None:
    sentence = refused(
        lambda s: grant(s, book_id=network.book_id, agreed=terms(rate_ppm=160_000)), AboveCeiling
    )

    assert "16" in sentence
    assert "15" in sentence


def test_nothing_is_granted_without_a_resolution(network: Network) -> None:
    def work(session: Session) -> None:
        open_loan(
            session, book_id=network.book_id, contract=contract(resolution=" "), by=MALEE, at=NOW
        )

    assert "มติ" in refused(work, ResolutionMissing)


def test_nothing_is_lent_to_someone_who_left(network: Network) -> None:
    write(lambda s: leaves(s, network, "0001"))

    assert "0001" in refused(lambda s: grant(s, book_id=network.book_id), HasLeft)


def test_stages_are_the_principal_together(network: Network) -> None:
    sentence = refused(
        lambda s: grant(
            s, book_id=network.book_id, purpose=Purpose.HOUSING, agreed=terms(), stages=HOUSE
        ),
        StagesDoNotAddUp,
    )

    assert "200,000.00" in sentence
    assert "20,000.00" in sentence


def test_less_is_kept_back_than_a_stage_comes_to(network: Network) -> None:
    stage = replace(HOUSE[0], amount=Satang(20_000_00), retention=Satang(20_000_00))

    refused(
        lambda s: grant(s, book_id=network.book_id, agreed=terms(), stages=(stage,)),
        RetentionTooMuch,
    )


def test_who_owes_cannot_leave_and_is_told_why(network: Network) -> None:
    loan = write(lambda s: grant(s, book_id=network.book_id))

    sentence = refused(lambda s: leaves(s, network, "0001"), HeldBack)

    assert loan.reference in sentence


def test_what_somebody_owed_is_settled_before_their_savings_are_given_to_the_heirs(
    network: Network,
) -> None:
    loan = write(lambda s: grant(s, book_id=network.book_id))

    sentence = refused(
        lambda s: die(
            s,
            book_id=network.book_id,
            number="0001",
            died_on=TODAY,
            because="ถึงแก่กรรม",
            benefit=ZERO,
            idempotency_key="died",
            by=MALEE,
            approved_by=BOONMEE,
            at=NOW,
        ),
        HeldBack,
    )

    assert loan.reference in sentence


def test_a_loan_that_is_not_there_is_not_found(network: Network) -> None:
    for look in (
        lambda s: loan_view(s, book_id=network.book_id, loan_id=9),
        lambda s: plan_of(s, book_id=network.book_id, loan_id=9),
        lambda s: plans_of(s, book_id=network.book_id, loan_id=9),
        lambda s: events_of(s, book_id=network.book_id, loan_id=9),
        lambda s: standing_of(s, book_id=network.book_id, loan_id=9, on=TODAY),
    ):
        with pytest.raises(LoanNotFound):
            read(look)


# ---------------------------------------------------------------- paying out


def test_a_loan_is_paid_out_with_its_fee_in_one_entry(network: Network) -> None:
    """Event E5: 20,000 handed over, 50 for the contract."""

    def work(session: Session) -> tuple[Loan, PostedBatch]:
        fill_box(session, book_id=network.book_id, amount=20_000_00)
        loan = grant(session, book_id=network.book_id, fees=50_00)
        return loan, pay_out(session, loan, fee=50_00)

    loan, posted = write(work)

    entry = read(lambda s: journal_entry(s, book_id=network.book_id, number=posted.first_number))
    assert [(line.code, line.amount) for line in entry.postings] == [
        ("13010-0001", 20_000_00),
        ("11010", -20_000_00),
        ("11010", 50_00),
        ("43020", -50_00),
    ]
    assert (entry.kind, entry.reference, entry.approved_by) == ("loan", loan.reference, BOONMEE)
    assert read(lambda s: balance(s, book_id=network.book_id, code="11010")) == 50_00
    (event,) = read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan.id))
    assert (event.kind, event.principal, event.fee) == (EventKind.DISBURSED, 20_000_00, 50_00)
    assert event.balance_after == 20_000_00
    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    assert (plan.principal, plan.rows[0].interest, len(plan.rows)) == (20_000_00, 200_00, 10)
    assert read(lambda s: findings(s, book_id=network.book_id)) == ()


def test_a_loan_that_is_paid_out_late_falls_due_a_month_later(network: Network) -> None:
    def work(session: Session) -> Loan:
        fill_box(session, book_id=network.book_id)
        loan = grant(session, book_id=network.book_id)
        pay_out(session, loan, on=date(2023, 2, 20))
        return loan

    loan = write(work)

    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    assert (plan.starts_on, plan.rows[0].due_on) == (date(2023, 2, 20), date(2023, 3, 5))
    assert len(plan.rows) == 10


def test_a_borrowing_comes_into_the_bank(network: Network) -> None:
    """Event E11."""

    def work(session: Session) -> Loan:
        loan = borrow(session, network)
        pay_out(session, loan, through=Through.BANK)
        return loan

    loan = write(work)

    assert read(lambda s: balance(s, book_id=network.book_id, code="12210", fund="HSG")) == (
        300_000_00
    )
    view = read(lambda s: loan_view(s, book_id=network.book_id, loan_id=loan.id))
    assert (view.party, view.outstanding, view.account_code) == ("พอช.", 300_000_00, "22010-0001")
    assert not view.is_above_ceiling


@pytest.mark.parametrize(
    ("amount", "on", "why"),
    [
        (20_000_01, LENT_ON, MoreThanGranted),
        (0, LENT_ON, NothingToPayOut),
        (20_000_00, date(2023, 1, 4), PaidBeforeContract),
        (20_000_00, date(2023, 4, 7), FutureDate),
    ],
)
def test_what_cannot_be_paid_out_is_refused(
    network: Network, amount: int, on: date, why: type[DomainError]
) -> None:
    def granted(session: Session) -> Loan:
        fill_box(session, book_id=network.book_id)
        return grant(session, book_id=network.book_id)

    loan = write(granted)

    assert refused(lambda s: pay_out(s, loan, amount=amount, on=on), why)


def test_nothing_is_paid_out_twice(network: Network) -> None:
    loan = write(lambda s: lend(s, book_id=network.book_id))

    assert loan.reference in refused(lambda s: pay_out(s, loan), PaidOutAlready)


def test_what_is_not_in_the_box_is_not_paid_out(network: Network) -> None:
    loan = write(lambda s: grant(s, book_id=network.book_id))

    sentence = refused(lambda s: pay_out(s, loan), NotEnoughMoney)

    assert "0.00" in sentence
    assert "20,000.00" in sentence


def test_nothing_is_paid_out_in_a_closed_month(network: Network) -> None:
    def work(session: Session) -> Loan:
        fill_box(session, book_id=network.book_id)
        return grant(session, book_id=network.book_id)

    loan = write(work)
    write(
        lambda s: close_period(
            s, book_id=network.book_id, month=LENT_ON, closed_by=MALEE, closed_at=NOW
        )
    )

    refused(lambda s: pay_out(s, loan), PeriodClosed)


@pytest.mark.parametrize(
    ("second", "why"),
    [(None, SecondOfficerMissing), ("", SecondOfficerMissing), (MALEE, SameOfficerTwice)],
)
def test_money_goes_out_by_two_officers(
    network: Network, second: str | None, why: type[DomainError]
) -> None:
    loan = write(lambda s: grant(s, book_id=network.book_id))

    refused(
        lambda s: disburse(
            s,
            book_id=network.book_id,
            order=order(loan),
            idempotency_key="one officer",
            by=MALEE,
            approved_by=second,
            at=NOW,
        ),
        why,
    )


def test_a_payout_that_is_sent_again_answers_as_before_also_when_all_is_repaid(
    network: Network,
) -> None:
    def work(session: Session) -> tuple[Loan, PostedBatch]:
        fill_box(session, book_id=network.book_id)
        loan = grant(session, book_id=network.book_id)
        posted = pay_out(session, loan, key="pay-out")
        pay(session, loan, amount=20_200_00, on=date(2023, 2, 5))
        return loan, posted

    loan, first = write(work)
    before = read(written)

    again = write(lambda s: pay_out(s, loan, key="pay-out"))

    assert (again.first_number, again.replayed) == (first.first_number, True)
    assert read(written) == before
    refused(lambda s: pay_out(s, loan, key="pay-out", amount=19_000_00), KeyUsedForAnother)


# ---------------------------------------------------------------- in stages


def test_a_house_is_paid_for_in_stages_and_the_retention_waits(network: Network) -> None:
    """Events E12 and E12b."""

    def first(session: Session) -> Loan:
        loan = house(session, network)
        pay_out(session, loan, amount=120_000_00)
        return loan

    loan = write(first)

    assert in_hsg(network, "11010") == 200_000_00 - 114_000_00
    assert in_hsg(network, "24020") == -6_000_00
    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    assert (plan.principal, plan.rows[0].principal, plan.rows[0].interest) == (
        120_000_00,
        1_200_00,
        600_00,
    )

    write(lambda s: pay(s, loan, amount=1_800_00, on=date(2023, 2, 5)))
    write(lambda s: pay_out(s, loan, amount=80_000_00, on=date(2023, 2, 20), at=LATER))

    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    # The running instalment stays, with 13 days of 6 % on 80,000 more: 594.00 + 170.96.
    assert [(row.n, row.due_on, row.principal, row.interest) for row in plan.rows[:2]] == [
        (2, date(2023, 3, 5), 1_200_00, 594_00 + 170_96),
        (3, date(2023, 4, 5), 2_016_33, 988_00),
    ]
    assert (plan.principal, plan.rows[-1].n) == (198_800_00, 100)
    view = read(lambda s: loan_view(s, book_id=network.book_id, loan_id=loan.id))
    assert (view.outstanding, view.disbursed) == (198_800_00, 200_000_00)
    assert in_hsg(network, "24020") == -10_000_00

    released = write(lambda s: release(s, loan))
    assert write(lambda s: release(s, loan)).replayed
    assert in_hsg(network, "24020") == -4_000_00
    stages = read(lambda s: stages_of(s, book_id=network.book_id, loan_id=loan.id))
    assert [(stage.event_n, stage.retention_entry_number) for stage in stages] == [
        (1, released.first_number),
        (3, None),
    ]
    refused(lambda s: release(s, loan, key="a second time"), RetentionReleased)
    assert read(lambda s: findings(s, book_id=network.book_id)) == ()


def test_stages_are_paid_in_order_and_each_whole(network: Network) -> None:
    loan = write(lambda s: house(s, network))

    sentence = refused(lambda s: pay_out(s, loan, amount=80_000_00, stage_n=2), NotTheNextStage)
    assert "ฐานรากและเสา" in sentence
    assert "120,000.00" in refused(lambda s: pay_out(s, loan), StagePaidWhole)
    refused(lambda s: pay_out(s, loan, amount=119_999_99), StagePaidWhole)
    write(lambda s: pay_out(s, loan, amount=120_000_00, stage_n=1))
    refused(lambda s: pay_out(s, loan, amount=80_000_00, stage_n=1), PaidOutAlready)


def test_a_stage_after_the_last_due_day_bears_interest_from_its_own_day(network: Network) -> None:
    parts = (
        replace(HOUSE[0], amount=Satang(12_000_00)),
        replace(HOUSE[1], amount=Satang(8_000_00)),
    )

    def work(session: Session) -> Loan:
        fill_box(session, book_id=network.book_id)
        agreed = terms(instalments=2, rate_ppm=60_000)
        loan = grant(session, book_id=network.book_id, agreed=agreed, stages=parts)
        pay_out(session, loan, amount=12_000_00)
        pay(session, loan, amount=6_060_00, on=date(2023, 2, 5))
        pay_out(session, loan, amount=8_000_00, on=date(2023, 3, 20), at=LATER)
        return loan

    loan = write(work)

    now = read(
        lambda s: standing_of(s, book_id=network.book_id, loan_id=loan.id, on=date(2023, 4, 5))
    )
    # The overdue 6,000 with 30 of interest and 31 days of default interest; of the month's 40 on
    # the new 8,000, the 15 days before it was paid out are 19.73.
    assert (now.outstanding, now.overdue_principal) == (14_000_00, 6_000_00)
    assert now.default_interest == 76_44
    assert now.settlement == 14_000_00 + 30_00 + 76_44 + 20_27
    assert read(lambda s: findings(s, book_id=network.book_id)) == ()


def test_nothing_more_is_paid_out_of_a_contract_that_is_closed(network: Network) -> None:
    def work(session: Session) -> Loan:
        loan = house(session, network)
        pay_out(session, loan, amount=120_000_00)
        pay(session, loan, amount=120_600_00, on=date(2023, 2, 5))
        return loan

    loan = write(work)

    sentence = refused(
        lambda s: pay_out(s, loan, amount=80_000_00, on=date(2023, 3, 5)), ContractClosed
    )

    assert loan.reference in sentence


def test_a_retention_is_released_after_its_stage_by_two(network: Network) -> None:
    loan = write(lambda s: house(s, network))

    refused(lambda s: release(s, loan), NoRetention)
    write(lambda s: pay_out(s, loan, amount=120_000_00))
    refused(lambda s: release(s, loan, second=None), SecondOfficerMissing)
    refused(lambda s: release(s, loan, on=date(2023, 1, 4)), PaidBeforeContract)


# ---------------------------------------------------------------- against an old loan


def test_a_new_loan_pays_an_old_one_off_and_hands_over_the_rest(network: Network) -> None:
    """Event E8: 30,000 settles 8,000 with interest 80; 21,920 is handed over."""

    def work(session: Session) -> tuple[Loan, Loan, PostedBatch]:
        old = lend(session, book_id=network.book_id, agreed=terms(8_000_00, instalments=4))
        guarantee(session, old)
        fill_box(session, book_id=network.book_id, amount=30_000_00)
        new = grant(session, book_id=network.book_id, agreed=later_terms(30_000_00))
        return old, new, against(session, new, old.id)

    old, new, posted = write(work)

    entry = read(lambda s: journal_entry(s, book_id=network.book_id, number=posted.first_number))
    assert [(line.code, line.amount) for line in entry.postings] == [
        ("13010-0002", 30_000_00),
        ("41010", -80_00),
        ("13010-0001", -8_000_00),
        ("11010", -21_920_00),
    ]
    views = read(lambda s: loans_of_member(s, book_id=network.book_id, member_id=1))
    assert [(view.id, view.state, view.outstanding) for view in views] == [
        (new.id, State.RUNNING, 30_000_00),
        (old.id, State.REPAID, 0),
    ]
    events = read(lambda s: events_of(s, book_id=network.book_id, loan_id=old.id))
    assert (events[-1].kind, events[-1].principal, events[-1].interest) == (
        EventKind.OFFSET,
        8_000_00,
        80_00,
    )
    assert read(lambda s: holds_of(s, book_id=network.book_id, member_id=2)) == []
    again = write(lambda s: against(s, new, old.id))
    assert (again.first_number, again.replayed) == (posted.first_number, True)
    assert read(lambda s: findings(s, book_id=network.book_id)) == ()


def test_a_new_loan_that_is_too_small_pays_nothing_off(network: Network) -> None:
    def work(session: Session) -> tuple[Loan, Loan]:
        old = lend(session, book_id=network.book_id, agreed=terms(8_000_00, instalments=4))
        fill_box(session, book_id=network.book_id)
        return old, grant(session, book_id=network.book_id, agreed=later_terms(8_079_99))

    old, new = write(work)

    assert "8,080.00" in refused(lambda s: against(s, new, old.id), TooLittleToPayOff)


def test_only_what_the_same_borrower_owes_in_the_same_purse_is_paid_off(network: Network) -> None:
    def work(session: Session) -> list[int]:
        others = lend(session, book_id=network.book_id, member_number="0002")
        housing = lend(session, book_id=network.book_id, purpose=Purpose.HOUSING)
        granted = grant(session, book_id=network.book_id)
        fill_box(session, book_id=network.book_id)
        new = grant(session, book_id=network.book_id, agreed=later_terms(90_000_00))
        return [others.id, housing.id, granted.id, new.id]

    others, housing, granted, new_id = write(work)
    new = read(lambda s: s.get_one(Loan, (network.book_id, new_id)))

    for old in ((others,), (housing,), (granted,), (new_id,), ()):
        refused(lambda s, old=old: against(s, new, *old), NotTheSameBorrower)  # type: ignore[misc]


# ---------------------------------------------------------------- from an old book


def test_a_loan_of_an_old_book_keeps_its_rate_and_its_own_instalments(network: Network) -> None:
    """1 % a month flat is about 21 % a year on what is still owed: marked, and not refused."""
    rows = [(date(2023, month, 5), Satang(2_000_00), Satang(200_00)) for month in range(2, 12)]

    def work(session: Session) -> Loan:
        fill_box(session, book_id=network.book_id)
        loan = bring_in_loan(
            session,
            book_id=network.book_id,
            contract=contract(
                agreed=terms(rate_ppm=120_000, method=Method.FLAT),
                resolution="",
                reference="12/2565",
            ),
            rows=rows,
            by=MALEE,
            at=NOW,
        )
        disburse(
            session,
            book_id=network.book_id,
            order=order(loan),
            idempotency_key="as it was",
            by=MALEE,
            approved_by=None,
            at=NOW,
        )
        return loan

    loan = write(work)

    view = read(lambda s: loan_view(s, book_id=network.book_id, loan_id=loan.id))
    assert (view.reference, view.account_code, view.is_above_ceiling) == (
        "12/2565",
        "13010-0001",
        True,
    )
    assert 210_000 < view.effective_rate_ppm < 215_000
    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    assert [(row.due_on, row.principal, row.interest) for row in plan.rows] == rows
    split = read(
        lambda s: split_of(
            s, book_id=network.book_id, loan_id=loan.id, amount=Satang(2_200_00), on=rows[0][0]
        )
    )
    assert (split.principal, split.interest) == (2_000_00, 200_00)


def test_instalments_of_an_old_book_are_the_principal_together(network: Network) -> None:
    rows = [(date(2023, 2, 5), Satang(19_000_00), Satang(200_00))]

    refused(
        lambda s: bring_in_loan(
            s, book_id=network.book_id, contract=contract(), rows=rows, by=MALEE, at=NOW
        ),
        RowsDoNotAddUp,
    )


# ---------------------------------------------------------------- reading


def test_lists_give_each_loan_where_it_belongs(network: Network) -> None:
    def work(session: Session) -> list[int]:
        first = lend(session, book_id=network.book_id, member_number="0002")
        second = lend(session, book_id=network.book_id, agreed=later_terms(20_000_00))
        granted = grant(session, book_id=network.book_id)
        borrowed = borrow(session, network)
        pay_out(session, borrowed, through=Through.BANK)
        return [first.id, second.id, granted.id, borrowed.id]

    first, second, granted, borrowed = write(work)

    def look(session: Session) -> tuple[list[int], ...]:
        book = network.book_id
        return tuple(
            [view.id for view in views]
            for views in (
                loans_of_group(session, book_id=book, side=Side.LENT),
                loans_of_group(session, book_id=book, side=Side.LENT, states=[State.GRANTED]),
                loans_of_group(session, book_id=book, side=Side.BORROWED),
                loans_of_member(session, book_id=book, member_id=1),
                running_loans_of_members(session, book_id=book),
            )
        )

    assert read(look) == (
        [second, granted, first],
        [granted],
        [borrowed],
        [second, granted],
        [second, first],
    )
    standings = read(lambda s: standings_of(s, book_id=network.book_id, on=TODAY))
    assert set(standings) == {first, second, borrowed}
    alone = read(lambda s: standing_of(s, book_id=network.book_id, loan_id=first, on=TODAY))
    assert standings[first] == alone
    assert alone.overdue_principal == 6_000_00


def test_a_loan_that_is_not_paid_out_has_no_plan(network: Network) -> None:
    loan = write(lambda s: grant(s, book_id=network.book_id))

    with pytest.raises(NotPaidOut) as refusal:
        read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))

    assert loan.reference in refusal.value.sentence()


def test_a_plan_says_why_it_was_made_and_which_one_holds(network: Network) -> None:
    loan = write(lambda s: lend(s, book_id=network.book_id))
    write(lambda s: pay(s, loan, amount=6_200_00, on=date(2023, 2, 5)))

    plans = read(lambda s: plans_of(s, book_id=network.book_id, loan_id=loan.id))

    assert [(plan.n, plan.why, plan.holds, plan.principal) for plan in plans] == [
        (2, WhyPlanned.PREPAID, True, 14_000_00),
        (1, WhyPlanned.CONTRACT, False, 20_000_00),
    ]


def test_a_purse_without_a_bank_account_says_so(network: Network) -> None:
    with pytest.raises(NoMoneyAccount) as refusal:
        read(lambda s: money_account(s, book_id=network.book_id, fund="NET", through=Through.BANK))

    assert "บัญชีธนาคาร" in refusal.value.sentence()


def test_a_borrowing_has_one_account_for_all_that_it_costs(network: Network) -> None:
    loan = write(lambda s: borrow(s, network))

    accounts = read(lambda s: accounts_of_loan(s, book_id=network.book_id, loan_id=loan.id))

    assert accounts.interest == accounts.default_interest == accounts.fee == accounts.costs
    assert read(lambda s: balance_of(s, book_id=network.book_id, account_id=accounts.loan)) == 0


# ---------------------------------------------------------------- what they share


def contract(
    *, agreed: Terms | None = None, resolution: str = "มติ 1/2566", reference: str = ""
) -> Contract:
    """A contract with นางสมศรี."""
    return Contract(
        side=Side.LENT,
        purpose=Purpose.ORDINARY,
        party=Party(member_id=1),
        terms=agreed or terms(),
        fees=ZERO,
        charge_name="ดอกเบี้ย",
        contract_on=LENT_ON,
        resolution=resolution,
        reference=reference,
    )


def borrow(session: Session, network: Network, *, reference: str = "") -> Loan:
    """Take a loan of CODI up: 300,000 at 4 % over 15 years."""
    return open_loan(
        session,
        book_id=network.book_id,
        contract=Contract(
            side=Side.BORROWED,
            purpose=Purpose.CODI_HOUSING,
            party=Party(lender="พอช."),
            terms=terms(
                300_000_00, instalments=180, rate_ppm=40_000, method=Method.EQUAL_INSTALMENT
            ),
            fees=ZERO,
            charge_name="ดอกเบี้ย",
            contract_on=LENT_ON,
            resolution="มติ 2/2566",
            reference=reference,
        ),
        by=MALEE,
        at=NOW,
    )


def in_hsg(network: Network, code: str) -> int:
    """Give what an account of the housing purse has."""
    return read(lambda s: balance(s, book_id=network.book_id, code=code, fund="HSG"))


def order(loan: Loan) -> PayoutOrder:
    """All of a loan, in cash, on the day of its contract."""
    return PayoutOrder(
        loan_id=loan.id,
        amount=loan.principal_satang,
        paid_on=loan.contract_on,
        through=Through.CASH,
    )


def later_terms(amount: int) -> Terms:
    """Terms that begin a month later than the others."""
    return terms(amount, lent_on=date(2023, 2, 5), first_due_on=date(2023, 3, 5))


def against(session: Session, new: Loan, *old: int) -> PostedBatch:
    """Pay a new loan out against old ones."""
    return disburse_against(
        session,
        book_id=new.book_id,
        order=order(new),
        old_loan_ids=old,
        idempotency_key=f"against {old}",
        by=MALEE,
        approved_by=BOONMEE,
        at=NOW,
    )


def release(
    session: Session,
    loan: Loan,
    *,
    key: str = "released",
    second: str | None = BOONMEE,
    on: date = date(2023, 4, 5),
) -> PostedBatch:
    """Pay the contractor what was kept back from the first stage."""
    return release_retention(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        stage_n=1,
        paid_on=on,
        through=Through.CASH,
        idempotency_key=key,
        by=MALEE,
        approved_by=second,
        at=LATER,
    )


def leaves(session: Session, network: Network, number: str) -> PostedBatch | None:
    """Let a member leave who has saved nothing yet."""
    return leave(
        session,
        book_id=network.book_id,
        number=number,
        left_on=TODAY,
        because="ย้ายบ้าน",
        idempotency_key=f"leave {number}",
        by=MALEE,
        approved_by=BOONMEE,
        at=datetime(2023, 4, 6, 4, tzinfo=UTC),
    )
