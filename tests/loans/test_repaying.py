"""Paying a loan, being refused, and taking payments back; on each engine."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind, debit
from ledger.errors import DomainError
from ledger.models import Entry
from ledger.money import Satang
from ledger.period import FutureDate, PeriodClosed
from ledger.queries import journal_entry
from ledger.services import (
    AlreadyReversed,
    KeyUsedForAnother,
    PostedBatch,
    close_period,
    post_batch,
    reverse_entry,
)
from loans.kinds import EventKind, Purpose, State, Through, WhyPlanned
from loans.models import Loan, LoanEvent, Plan
from loans.queries.loans import (
    NotPaidOut,
    events_of,
    loan_view,
    money_account,
    plan_of,
    plans_of,
    stages_of,
    standing_of,
)
from loans.schedule import Counting, Method
from loans.services.arrears import add_cost, recover, write_off
from loans.services.changing import restructure
from loans.services.lending import NotEnoughMoney, PlannedStage
from loans.services.repaying import (
    EventNotFound,
    NotAGuarantor,
    NotReversible,
    PaidBeforeLast,
    PaidBeforePlan,
    RepaidAlready,
    ReversedBeforeIt,
    draft_repayment,
    record_repayment,
    record_reversal,
    repay,
    reverse_event,
)
from loans.standing import PlanRow
from loans.waterfall import MoreThanOwed, NothingPaid
from members.services.people.holding import HeldBack, holds_of
from tests.loans.lent import (
    BOONMEE,
    LATER,
    LENT_ON,
    MALEE,
    balance,
    fill_box,
    findings,
    grant,
    guarantee,
    lend,
    pay,
    pay_out,
    terms,
)
from tests.loans.test_lending import against, borrow, later_terms, leaves, refused, release
from tests.network import NOW, Network

FEBRUARY, MARCH, APRIL = date(2023, 2, 5), date(2023, 3, 5), date(2023, 4, 5)


def one(network: Network) -> Loan:
    """A loan of 20,000 at 12 % over ten months, paid out (E6)."""
    return write(lambda s: lend(s, book_id=network.book_id))


def take_back(
    session: Session, loan: Loan, n: int, *, on: date = APRIL, key: str = ""
) -> PostedBatch:
    """Take an event back."""
    return reverse_event(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        event_n=n,
        on=on,
        reason="ลงผิดคน",
        idempotency_key=key or f"back {loan.id} {n} {on}",
        by=MALEE,
        approved_by=BOONMEE,
        at=LATER,
    )


def rows_of(loan: Loan) -> list[tuple[int, int, int]]:
    """Give the plan that holds: numbers, principal and interest."""
    plan = read(lambda s: plan_of(s, book_id=loan.book_id, loan_id=loan.id))
    return [(row.n, row.principal, row.interest) for row in plan.rows]


def state_of(loan: Loan) -> tuple[State, int]:
    """Give how it stands with a loan, and what is owed."""
    view = read(lambda s: loan_view(s, book_id=loan.book_id, loan_id=loan.id))
    return view.state, view.outstanding


def why_planned(loan: Loan) -> list[tuple[int, WhyPlanned, bool]]:
    """Give the plans, the newest first, and which one holds."""
    plans = read(lambda s: plans_of(s, book_id=loan.book_id, loan_id=loan.id))
    return [(plan.n, plan.why, plan.holds) for plan in plans]


# ---------------------------------------------------------------- paying


def test_an_instalment_is_principal_and_interest(network: Network) -> None:
    """Event E6."""
    loan = one(network)

    posted = write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))

    entry = read(lambda s: journal_entry(s, book_id=network.book_id, number=posted.first_number))
    assert [(line.code, line.amount) for line in entry.postings] == [
        ("11010", 2_200_00),
        ("41010", -200_00),
        ("13010-0001", -2_000_00),
    ]
    assert (entry.kind, entry.reference) == ("repayment", loan.reference)
    assert state_of(loan) == (State.RUNNING, 18_000_00)
    event = read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan.id))[-1]
    assert (event.principal, event.interest, event.balance_after) == (
        2_000_00,
        200_00,
        18_000_00,
    )
    assert event.explanation[0] == "ดอกเบี้ยงวดนี้ 200 บาท (20,000 × 12 % ÷ 12 = 200)"


def test_a_late_instalment_bears_default_interest_on_its_principal(network: Network) -> None:
    """Event E7: 2,000 overdue for 45 days at 15 % is 36.99."""
    # Ten months at 1 % on 2,000 are 200.
    agreed = terms(2_000_00, instalments=1, first_due_on=date(2023, 11, 5))
    loan = write(lambda s: lend(s, book_id=network.book_id, agreed=agreed))

    posted = write(lambda s: pay(s, loan, amount=2_236_99, on=date(2023, 12, 20)))

    entry = read(lambda s: journal_entry(s, book_id=network.book_id, number=posted.first_number))
    assert [(line.code, line.amount) for line in entry.postings] == [
        ("11010", 2_236_99),
        ("42010", -36_99),
        ("41010", -200_00),
        ("13010-0001", -2_000_00),
    ]
    assert state_of(loan) == (State.REPAID, 0)


def test_the_first_month_of_a_house_at_six_per_cent(network: Network) -> None:
    """Event E13: 2,532 of 300,000 over 15 years."""
    agreed = terms(300_000_00, instalments=180, rate_ppm=60_000, method=Method.EQUAL_INSTALMENT)
    loan = write(lambda s: lend(s, book_id=network.book_id, agreed=agreed, purpose=Purpose.HOUSING))

    write(lambda s: pay(s, loan, amount=2_532_00, on=FEBRUARY))

    event = read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan.id))[-1]
    assert (event.interest, event.principal) == (1_500_00, 1_032_00)


def test_the_first_month_of_what_is_owed_to_codi(network: Network) -> None:
    """Event E14: 2,219 of 300,000 at 4 % is 1,219 and 1,000."""

    def work(session: Session) -> tuple[Loan, PostedBatch]:
        loan = borrow(session, network)
        pay_out(session, loan, through=Through.BANK)
        return loan, pay(session, loan, amount=2_219_00, on=FEBRUARY, through=Through.BANK)

    loan, posted = write(work)

    entry = read(lambda s: journal_entry(s, book_id=network.book_id, number=posted.first_number))
    assert [(line.code, line.amount) for line in entry.postings] == [
        ("22010-0001", 1_219_00),
        ("51020", 1_000_00),
        ("12210", -2_219_00),
    ]
    assert state_of(loan) == (State.RUNNING, 298_781_00)
    sentence = refused(lambda s: pay(s, loan, amount=2_219_00, on=MARCH), NotEnoughMoney)
    assert "2,219.00" in sentence


def test_a_guarantor_pays_and_is_written_down(network: Network) -> None:
    """Event E28."""
    loan = one(network)
    write(lambda s: guarantee(s, loan))

    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY, payer="0002"))

    event = read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan.id))[-1]
    assert event.payer == "นายบุญมี ทองคำ"
    write(lambda s: pay(s, loan, amount=2_180_00, on=MARCH, payer="0001"))
    event = read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan.id))[-1]
    assert event.payer == ""
    refused(lambda s: pay(s, loan, amount=2_160_00, on=APRIL, payer="0003"), NotAGuarantor)


def test_what_is_paid_off_lets_borrower_and_guarantor_go(network: Network) -> None:
    loan = one(network)
    write(lambda s: guarantee(s, loan))
    sentence = refused(lambda s: leaves(s, network, "0002"), HeldBack)
    assert f"ค้ำประกันสัญญา {loan.reference}" in sentence

    write(lambda s: pay(s, loan, amount=20_200_00, on=FEBRUARY))

    assert state_of(loan) == (State.REPAID, 0)
    assert read(lambda s: holds_of(s, book_id=network.book_id, member_id=1)) == []
    assert write(lambda s: leaves(s, network, "0002")) is None


@pytest.mark.parametrize(
    ("amount", "on", "why"),
    [
        (20_200_01, FEBRUARY, MoreThanOwed),
        (0, FEBRUARY, NothingPaid),
        (-1, FEBRUARY, NothingPaid),
        (2_200_00, date(2030, 1, 2), FutureDate),
        (2_200_00, date(2023, 1, 4), PaidBeforeLast),
        (2_200_00, date(2023, 1, 20), PeriodClosed),
    ],
)
def test_what_cannot_be_paid_is_refused_and_nothing_written(
    network: Network, amount: int, on: date, why: type[DomainError]
) -> None:
    loan = one(network)
    if why is PeriodClosed:
        write(
            lambda s: close_period(
                s, book_id=network.book_id, month=LENT_ON, closed_by=MALEE, closed_at=NOW
            )
        )

    assert refused(lambda s: pay(s, loan, amount=amount, on=on), why)


def test_what_is_not_owed_is_not_paid(network: Network) -> None:
    granted = write(lambda s: grant(s, book_id=network.book_id))
    assert granted.reference in refused(
        lambda s: pay(s, granted, amount=1_00, on=FEBRUARY), NotPaidOut
    )
    loan = one(network)
    write(lambda s: pay(s, loan, amount=20_200_00, on=FEBRUARY))

    sentence = refused(lambda s: pay(s, loan, amount=1_00, on=FEBRUARY), RepaidAlready)

    assert "5 ก.พ. 2566" in sentence


def test_a_payment_dated_before_another_is_refused(network: Network) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=MARCH))

    sentence = refused(lambda s: pay(s, loan, amount=100_00, on=FEBRUARY), PaidBeforeLast)

    assert "5 มี.ค. 2566" in sentence


def test_a_payment_that_is_sent_again_stands_once_also_when_all_is_repaid(
    network: Network,
) -> None:
    loan = one(network)
    first = write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY, key="once"))
    write(lambda s: pay(s, loan, amount=18_180_00, on=MARCH))

    again = write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY, key="once"))

    assert (again.first_number, again.replayed) == (first.first_number, True)
    assert state_of(loan) == (State.REPAID, 0)
    for amount, on in ((2_200_01, FEBRUARY), (2_200_00, MARCH)):
        with pytest.raises(KeyUsedForAnother):
            write(lambda s, a=amount, d=on: pay(s, loan, amount=a, on=d, key="once"))  # type: ignore[misc]


# ---------------------------------------------------------------- in advance


def test_principal_in_advance_shortens_the_term_and_keeps_the_instalment(
    network: Network,
) -> None:
    loan = one(network)

    write(lambda s: pay(s, loan, amount=7_200_00, on=date(2023, 2, 1)))

    assert rows_of(loan) == [
        (1, 0, 0),
        (2, 2_000_00, 130_00),
        (3, 2_000_00, 110_00),
        (4, 2_000_00, 90_00),
        (5, 2_000_00, 70_00),
        (6, 2_000_00, 50_00),
        (7, 2_000_00, 30_00),
        (8, 1_000_00, 10_00),
    ]
    assert why_planned(loan)[0] == (2, WhyPlanned.PREPAID, True)
    # A second payment of the same period is all principal: its interest has been paid.
    write(lambda s: pay(s, loan, amount=1_000_00, on=date(2023, 2, 3)))
    assert state_of(loan) == (State.RUNNING, 12_000_00)
    assert rows_of(loan)[:3] == [(1, 0, 0), (2, 2_000_00, 120_00), (3, 2_000_00, 100_00)]


def test_an_equal_instalment_is_kept_too(network: Network) -> None:
    agreed = terms(method=Method.EQUAL_INSTALMENT, rate_ppm=60_000, instalments=12)
    loan = write(lambda s: lend(s, book_id=network.book_id, agreed=agreed))
    kept = sum(rows_of(loan)[0][1:])

    write(lambda s: pay(s, loan, amount=kept + 5_000_00, on=FEBRUARY))

    rows = rows_of(loan)
    assert [sum(row[1:]) for row in rows[1:-1]] == [kept] * (len(rows) - 2)
    assert 0 < sum(rows[-1][1:]) <= kept
    assert len(rows) < 12


def test_a_loan_that_falls_due_on_the_last_of_a_month_keeps_its_day(network: Network) -> None:
    agreed = terms(lent_on=date(2022, 12, 31), first_due_on=date(2023, 1, 31))
    loan = write(lambda s: lend(s, book_id=network.book_id, agreed=agreed))
    write(lambda s: pay(s, loan, amount=2_200_00, on=date(2023, 1, 31)))

    write(lambda s: pay(s, loan, amount=3_180_00, on=date(2023, 2, 28)))

    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    assert [row.due_on for row in plan.rows][:4] == [
        date(2023, 2, 28),
        date(2023, 3, 31),
        date(2023, 4, 30),
        date(2023, 5, 31),
    ]


def test_by_the_day_interest_is_asked_for_the_days_alone(network: Network) -> None:
    agreed = terms(counting=Counting.DAYS_365, rate_ppm=60_000)
    loan = write(lambda s: lend(s, book_id=network.book_id, agreed=agreed))

    # 10 days at 6 % on 20,000 are 32.88; then 21 days on 10,000 until the row is due.
    write(lambda s: pay(s, loan, amount=10_032_88, on=date(2023, 1, 15)))

    assert state_of(loan) == (State.RUNNING, 10_000_00)
    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    assert (plan.starts_on, plan.carried_interest) == (date(2023, 1, 15), 0)
    assert plan.rows[0] == PlanRow(1, FEBRUARY, Satang(0), Satang(34_52))
    now = read(lambda s: standing_of(s, book_id=network.book_id, loan_id=loan.id, on=FEBRUARY))
    assert now.settlement == 10_034_52


# ---------------------------------------------------------------- taking back


def test_a_payment_that_is_taken_back_leaves_all_as_it_was(network: Network) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))
    before = read(lambda s: standing_of(s, book_id=network.book_id, loan_id=loan.id, on=MARCH))
    write(lambda s: pay(s, loan, amount=7_180_00, on=MARCH))

    write(lambda s: take_back(s, loan, 3))

    after = read(lambda s: standing_of(s, book_id=network.book_id, loan_id=loan.id, on=MARCH))
    assert after == before
    assert why_planned(loan) == [(2, WhyPlanned.PREPAID, False), (1, WhyPlanned.CONTRACT, True)]
    events = read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan.id))
    assert [(e.kind, e.is_reversed, e.reverses_n, e.balance_after) for e in events[2:]] == [
        (EventKind.REPAID, True, None, 11_000_00),
        (EventKind.REVERSED, False, 3, 18_000_00),
    ]
    assert events[-1].explanation == ("กลับรายการรับชำระ วันที่ 5 มี.ค. 2566",)
    assert read(lambda s: balance(s, book_id=network.book_id, code="41010")) == -200_00
    assert read(lambda s: findings(s, book_id=network.book_id)) == ()


def test_where_later_plans_rest_on_it_one_is_made_from_what_the_account_says(
    network: Network,
) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))
    write(lambda s: pay(s, loan, amount=7_180_00, on=MARCH))

    write(lambda s: take_back(s, loan, 2))

    assert why_planned(loan)[0] == (3, WhyPlanned.CORRECTED, True)
    assert state_of(loan) == (State.RUNNING, 13_000_00)
    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    # The interest that the payment had covered is owed again, and never becomes principal.
    assert (plan.principal, plan.carried_interest) == (13_000_00, 200_00)
    assert rows_of(loan) == [
        (3, 2_000_00, 110_00),
        (4, 2_000_00, 110_00),
        (5, 2_000_00, 90_00),
        (6, 2_000_00, 70_00),
        (7, 2_000_00, 50_00),
        (8, 3_000_00, 30_00),
    ]
    now = read(lambda s: standing_of(s, book_id=network.book_id, loan_id=loan.id, on=APRIL))
    assert (now.overdue_interest, now.settlement) == (200_00, 13_310_00)


def test_what_closed_a_loan_taken_back_lets_it_run_and_holds_again(network: Network) -> None:
    loan = one(network)
    write(lambda s: guarantee(s, loan))
    write(lambda s: pay(s, loan, amount=20_200_00, on=FEBRUARY))

    write(lambda s: take_back(s, loan, 2, on=FEBRUARY))

    assert state_of(loan) == (State.RUNNING, 20_000_00)
    for member in (1, 2):
        assert read(lambda s, m=member: len(holds_of(s, book_id=network.book_id, member_id=m))) == 1  # type: ignore[misc]
    now = read(lambda s: standing_of(s, book_id=network.book_id, loan_id=loan.id, on=FEBRUARY))
    assert now.settlement == 20_200_00


def test_a_payout_taken_back_leaves_a_grant_that_can_be_paid_out_again(
    network: Network,
) -> None:
    loan = one(network)

    write(lambda s: take_back(s, loan, 1))

    assert state_of(loan) == (State.GRANTED, 0)
    write(lambda s: pay_out(s, loan, on=APRIL))
    assert state_of(loan) == (State.RUNNING, 20_000_00)
    assert why_planned(loan)[0] == (2, WhyPlanned.CONTRACT, True)
    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    assert plan.rows[0].due_on == date(2023, 5, 5)


def test_a_payout_that_was_paid_back_in_part_is_not_taken_back(network: Network) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))

    sentence = refused(lambda s: take_back(s, loan, 1), NotReversible)

    assert "“รับชำระ” วันที่ 5 ก.พ. 2566 หลังจากนั้น กลับรายการนั้นก่อน" in sentence


def test_a_payout_stands_while_interest_alone_was_paid_since(network: Network) -> None:
    agreed = terms(20_000_00, instalments=10, counting=Counting.DAYS_365, method=Method.BULLET)
    loan = write(lambda s: lend(s, book_id=network.book_id, agreed=agreed))
    interest = read(
        lambda s: standing_of(s, book_id=network.book_id, loan_id=loan.id, on=FEBRUARY)
    ).accrued_interest
    write(lambda s: pay(s, loan, amount=interest, on=FEBRUARY))
    happened = read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan.id))
    (paid,) = [event for event in happened if event.kind is EventKind.REPAID]
    assert (paid.principal, paid.interest) == (0, 203_84)

    refused(lambda s: take_back(s, loan, 1), NotReversible)

    write(lambda s: take_back(s, loan, paid.n))
    write(lambda s: take_back(s, loan, 1))
    assert state_of(loan) == (State.GRANTED, 0)


def test_nobody_who_left_is_bound_again(network: Network) -> None:
    loan = one(network)
    write(lambda s: guarantee(s, loan))
    write(lambda s: pay(s, loan, amount=20_000_00, on=LENT_ON))
    assert state_of(loan) == (State.REPAID, 0)
    write(lambda s: leaves(s, network, "0002"))

    sentence = refused(lambda s: take_back(s, loan, 2), NotReversible)
    assert "ผู้ค้ำประกัน นายบุญมี ทองคำ พ้นจากสมาชิกภาพแล้วเมื่อ 6 เม.ย. 2566" in sentence

    write(lambda s: leaves(s, network, "0001"))
    assert "ผู้กู้ นางสมศรี ใจดี" in refused(lambda s: take_back(s, loan, 2), NotReversible)


def test_a_payment_is_not_dated_before_an_agreed_change(network: Network) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))
    agreed = terms(
        18_000_00, instalments=9, lent_on=APRIL, first_due_on=date(2023, 5, 5), rate_ppm=60_000
    )
    write(
        lambda s: restructure(
            s,
            book_id=network.book_id,
            loan_id=loan.id,
            terms=agreed,
            starts_on=APRIL,
            resolution="มติ 11/2566",
            by=MALEE,
            approved_by=BOONMEE,
            at=LATER,
        )
    )

    sentence = refused(lambda s: pay(s, loan, amount=1_000_00, on=MARCH), PaidBeforePlan)
    assert "5 เม.ย. 2566 ซึ่งแผนชำระที่ตกลงกันใหม่ (ปรับโครงสร้างหนี้)" in sentence

    # Also where a payment from before it was taken back, so that a corrected plan holds.
    write(lambda s: take_back(s, loan, 2))
    assert why_planned(loan)[0][1] is WhyPlanned.CORRECTED
    refused(lambda s: pay(s, loan, amount=1_000_00, on=MARCH), PaidBeforePlan)
    write(lambda s: pay(s, loan, amount=1_000_00, on=APRIL))


@pytest.mark.parametrize("what", ["bank", "guarantor"])
def test_a_key_is_for_one_payer_and_one_purse(network: Network, what: str) -> None:
    loan = one(network)
    write(lambda s: guarantee(s, loan))
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY, key="paid"))

    def another(session: Session) -> PostedBatch:
        through = Through.BANK if what == "bank" else Through.CASH
        payer = "0002" if what == "guarantor" else None
        return pay(
            session,
            loan,
            amount=2_200_00,
            on=FEBRUARY,
            key="paid",
            through=through,
            payer=payer,
        )

    refused(another, KeyUsedForAnother)
    assert write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY, key="paid")).replayed


def test_the_second_stage_taken_back_leaves_the_first(network: Network) -> None:
    parts = (
        PlannedStage(LENT_ON, Satang(12_000_00), "ฐานราก", "ช่างสมพงษ์", Satang(0)),
        PlannedStage(FEBRUARY, Satang(8_000_00), "หลังคา", "ช่างสมพงษ์", Satang(0)),
    )

    def work(session: Session) -> Loan:
        fill_box(session, book_id=network.book_id)
        loan = grant(session, book_id=network.book_id, stages=parts)
        pay_out(session, loan, amount=12_000_00)
        pay_out(session, loan, amount=8_000_00, on=FEBRUARY)
        pay(session, loan, amount=3_320_00, on=MARCH)
        return loan

    loan = write(work)
    before = state_of(loan)

    # What was paid since rests on it, by whatever plan.
    assert "“รับชำระ” วันที่ 5 มี.ค. 2566" in refused(lambda s: take_back(s, loan, 2), NotReversible)
    write(lambda s: take_back(s, loan, 3))
    write(lambda s: take_back(s, loan, 2))

    assert state_of(loan) == (State.RUNNING, 12_000_00)
    assert why_planned(loan)[-1] == (1, WhyPlanned.CONTRACT, True)
    write(lambda s: pay_out(s, loan, amount=8_000_00, on=APRIL))
    write(lambda s: pay(s, loan, amount=3_320_00, on=APRIL))
    assert state_of(loan)[0] is before[0]


def test_both_loans_of_an_offset_go_back_together(network: Network) -> None:
    def work(session: Session) -> tuple[Loan, Loan]:
        old = lend(session, book_id=network.book_id, agreed=terms(8_000_00, instalments=4))
        fill_box(session, book_id=network.book_id)
        new = grant(session, book_id=network.book_id, agreed=later_terms(30_000_00))
        against(session, new, old.id)
        return old, new

    old, new = write(work)

    write(lambda s: take_back(s, new, 1))

    assert (state_of(old), state_of(new)) == ((State.RUNNING, 8_000_00), (State.GRANTED, 0))
    assert read(lambda s: findings(s, book_id=network.book_id)) == ()


def test_a_reversal_that_is_sent_again_stands_once(network: Network) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))
    first = write(lambda s: take_back(s, loan, 2, key="back"))
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))

    again = write(lambda s: take_back(s, loan, 2, key="back"))

    assert (again.first_number, again.replayed) == (first.first_number, True)
    assert state_of(loan) == (State.RUNNING, 18_000_00)
    refused(lambda s: take_back(s, loan, 4, key="back"), KeyUsedForAnother)
    refused(lambda s: take_back(s, loan, 2, key="another key"), AlreadyReversed)


def test_what_cannot_be_taken_back_says_why(network: Network) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=MARCH))

    refused(lambda s: take_back(s, loan, 9), EventNotFound)
    sentence = refused(lambda s: take_back(s, loan, 2, on=FEBRUARY), ReversedBeforeIt)
    assert "5 มี.ค. 2566" in sentence
    write(lambda s: take_back(s, loan, 2))
    refused(lambda s: take_back(s, loan, 3), NotReversible)


def by_receipt(session: Session, loan: Loan, amount: int, on: date) -> int:
    """Take a payment in as the desk does, on a receipt."""
    drafted = draft_repayment(
        session, book_id=loan.book_id, loan_id=loan.id, amount=Satang(amount), paid_on=on
    )
    box = money_account(session, book_id=loan.book_id, fund=loan.fund, through=Through.CASH)
    posted = post_batch(
        session,
        book_id=loan.book_id,
        drafts=[
            EntryDraft(
                entered_on=on,
                kind=EntryKind.REPAYMENT,
                postings=(debit(box, loan.fund, drafted.split.amount), *drafted.lines),
                reference="RC6602-KHP06-0001",
            )
        ],
        idempotency_key=f"receipt {amount} {on}",
        posted_by=MALEE,
        posted_at=LATER,
    )
    record_repayment(
        session,
        book_id=loan.book_id,
        repayment=drafted,
        entry_number=posted.first_number,
        note="",
        by=MALEE,
        at=LATER,
    )
    return posted.first_number


def test_what_stands_on_a_receipt_is_put_right_there(network: Network) -> None:
    loan = one(network)
    number = write(lambda s: by_receipt(s, loan, 2_200_00, FEBRUARY))
    assert state_of(loan) == (State.RUNNING, 18_000_00)

    assert "ใบรับเงิน" in refused(lambda s: take_back(s, loan, 2), NotReversible)

    write(lambda s: cancelled(s, loan, number))
    assert state_of(loan) == (State.RUNNING, 20_000_00)


def cancelled(session: Session, loan: Loan, number: int, *, on: date = FEBRUARY) -> None:
    """Take a receipt's entry back, and let the loan know, as the desk does."""
    posted = reverse_entry(
        session,
        book_id=loan.book_id,
        number=number,
        entered_on=on,
        memo="ยกเลิกใบรับเงิน",
        idempotency_key=f"cancel {number}",
        posted_by=MALEE,
        posted_at=LATER,
    )
    for _time in range(2):
        record_reversal(
            session,
            book_id=loan.book_id,
            entry_number=number,
            reversal_number=posted.first_number,
            on=on,
            reason="ยกเลิกใบรับเงิน",
            by=MALEE,
            at=LATER,
        )


def test_an_entry_without_loans_is_nothing_to_take_back(network: Network) -> None:
    loan = one(network)
    before = read(counts)

    write(
        lambda s: record_reversal(
            s,
            book_id=network.book_id,
            entry_number=1,
            reversal_number=1,
            on=FEBRUARY,
            reason="",
            by=MALEE,
            at=LATER,
        )
    )

    assert read(counts) == before
    assert state_of(loan) == (State.RUNNING, 20_000_00)


def counts(session: Session) -> tuple[int | None, ...]:
    """Count entries, events and plans."""
    return tuple(
        session.scalar(select(func.count()).select_from(table))
        for table in (Entry, LoanEvent, Plan)
    )


def test_what_something_later_rests_on_is_not_taken_back(network: Network) -> None:
    stage = PlannedStage(LENT_ON, Satang(20_000_00), "ฐานราก", "ช่างสมพงษ์", Satang(1_000_00))

    def work(session: Session) -> Loan:
        fill_box(session, book_id=network.book_id)
        loan = grant(session, book_id=network.book_id, stages=(stage,))
        pay_out(session, loan)
        release(session, loan)
        return loan

    loan = write(work)

    assert "เงินประกันผลงาน" in refused(lambda s: take_back(s, loan, 1), NotReversible)

    number = read(lambda s: stages_of(s, book_id=network.book_id, loan_id=loan.id))[
        0
    ].retention_entry_number
    assert number is not None
    write(lambda s: cancelled(s, loan, number, on=APRIL))
    write(lambda s: take_back(s, loan, 1))
    assert state_of(loan) == (State.GRANTED, 0)
    assert read(lambda s: balance(s, book_id=network.book_id, code="24020")) == 0


def test_a_loan_that_was_written_off_is_put_back_before_anything_else(network: Network) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))
    write(lambda s: written_off(s, loan, owed=18_000_00))
    assert state_of(loan) == (State.WRITTEN_OFF, 0)

    sentence = refused(lambda s: pay(s, loan, amount=1_00, on=APRIL), RepaidAlready)
    assert "เงินคืนจากหนี้สูญ" in sentence
    assert "ตัดหนี้สูญก่อน" in refused(lambda s: take_back(s, loan, 2), NotReversible)
    write(lambda s: recovered(s, loan, amount=500_00))
    assert "รับคืนก่อน" in refused(lambda s: take_back(s, loan, 3), NotReversible)

    write(lambda s: take_back(s, loan, 4))
    write(lambda s: take_back(s, loan, 3))
    assert state_of(loan) == (State.RUNNING, 18_000_00)
    write(lambda s: take_back(s, loan, 2))
    assert state_of(loan) == (State.RUNNING, 20_000_00)
    assert read(lambda s: findings(s, book_id=network.book_id)) == ()


def test_costs_are_paid_first_and_are_owed_again_when_that_is_taken_back(
    network: Network,
) -> None:
    loan = one(network)
    write(lambda s: cost(s, loan, 100_00))
    write(lambda s: pay(s, loan, amount=5_300_00, on=FEBRUARY))
    assert why_planned(loan)[0][1] is WhyPlanned.PREPAID
    write(lambda s: pay(s, loan, amount=6_150_00, on=MARCH))

    # The plan of March rests on it, so one is made anew in which the costs are owed again.
    write(lambda s: take_back(s, loan, 3, on=MARCH))

    assert why_planned(loan)[0][1] is WhyPlanned.CORRECTED
    now = read(lambda s: standing_of(s, book_id=network.book_id, loan_id=loan.id, on=MARCH))
    assert (now.costs, now.overdue_interest, now.outstanding) == (100_00, 200_00, 14_000_00)
    sentence = refused(lambda s: take_back(s, loan, 2), NotReversible)
    assert "ยกหนี้" in sentence


def written_off(session: Session, loan: Loan, *, owed: int) -> PostedBatch:
    """Write a loan off."""
    return write_off(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        owed=Satang(owed),
        on=date(2023, 3, 6),
        resolution="มติ 8/2566",
        note="",
        idempotency_key="written off",
        by=MALEE,
        approved_by=BOONMEE,
        at=LATER,
    )


def recovered(session: Session, loan: Loan, *, amount: int) -> PostedBatch:
    """Take something in for a loan that was written off."""
    return recover(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        amount=Satang(amount),
        on=APRIL,
        through=Through.CASH,
        note="",
        idempotency_key="recovered",
        by=MALEE,
        approved_by=BOONMEE,
        at=LATER,
    )


def cost(session: Session, loan: Loan, amount: int) -> None:
    """Let collecting a debt cost something."""
    add_cost(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        amount=Satang(amount),
        on=FEBRUARY,
        what_for="ค่าเดินทาง",
        after_n=1,
        by=MALEE,
        approved_by=BOONMEE,
        at=LATER,
    )


def test_two_at_once_pay_one_after_the_other(network: Network) -> None:
    """What a payment rests on is read under the lock of the book."""
    loan = one(network)
    work: Callable[[Session], PostedBatch] = lambda s: repay(  # noqa: E731
        s,
        book_id=network.book_id,
        loan_id=loan.id,
        amount=Satang(20_200_00),
        paid_on=FEBRUARY,
        through=Through.CASH,
        note="",
        idempotency_key="all",
        by=MALEE,
        at=LATER,
    )
    write(work)

    assert write(work).replayed
    assert state_of(loan) == (State.REPAID, 0)
