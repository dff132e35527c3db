"""New plans for running loans: another rate, a holiday, restructuring, a compromise."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.errors import DomainError
from ledger.money import Satang
from ledger.period import FutureDate
from ledger.queries import journal_entry
from ledger.services import (
    KeyUsedForAnother,
    PostedBatch,
    SameOfficerTwice,
    post_batch,
    standard_account,
)
from loans.ceiling import AboveCeiling
from loans.kinds import EventKind, State, Through, WhyPlanned
from loans.models import Loan, Plan
from loans.queries.loans import events_of, plan_of, standing_of
from loans.schedule import (
    Counting,
    Every,
    Grace,
    Method,
    NegativeAmortisation,
    RateEffect,
    Terms,
)
from loans.services.changing import (
    ChangeBeforeLast,
    ForgivesMoreThanOwed,
    HolidayChangesNothing,
    HolidayEndsBeforeItBegins,
    NotRunning,
    OnlyLentIsForgiven,
    OwesAnotherSum,
    change_rate,
    compromise,
    restructure,
    take_holiday,
)
from loans.services.lending import ResolutionMissing
from loans.standing import Standing
from members.services.people.holding import holds_of
from tests.loans.lent import (
    BOONMEE,
    LATER,
    LENT_ON,
    MALEE,
    balance,
    findings,
    grant,
    lend,
    pay,
    pay_out,
    terms,
)
from tests.loans.test_lending import borrow, refused
from tests.loans.test_repaying import (
    APRIL,
    FEBRUARY,
    MARCH,
    one,
    rows_of,
    state_of,
    take_back,
    why_planned,
)
from tests.network import Network


def now(loan: Loan, on: date) -> Standing:
    """Give how it stands with a loan on a day."""
    return read(lambda s: standing_of(s, book_id=loan.book_id, loan_id=loan.id, on=on))


def house(network: Network, *, counting: Counting = Counting.MONTH) -> Loan:
    """A loan of 300,000 at 6 % over 15 years, 2,531.57 a month."""
    agreed = terms(
        300_000_00,
        instalments=180,
        rate_ppm=60_000,
        method=Method.EQUAL_INSTALMENT,
        counting=counting,
    )
    return write(lambda s: lend(s, book_id=network.book_id, agreed=agreed))


def another_rate(
    session: Session,
    loan: Loan,
    rate_ppm: int,
    *,
    since: date = MARCH,
    effect: RateEffect = RateEffect.KEEP_INSTALMENT,
    resolution: str = "มติ 9/2566",
    second: str | None = BOONMEE,
    at: datetime = LATER,
) -> Plan:
    """Change the rate of a loan."""
    return change_rate(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        annual_rate_ppm=rate_ppm,
        since=since,
        effect=effect,
        resolution=resolution,
        by=MALEE,
        approved_by=second,
        at=at,
    )


def rest(
    session: Session,
    loan: Loan,
    *,
    since: date = date(2023, 3, 1),
    until: date = date(2023, 5, 31),
    waives: Grace = Grace.ALL,
) -> Plan:
    """Let a borrower rest for three instalments."""
    return take_holiday(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        since=since,
        until=until,
        waives=waives,
        resolution="มติ 10/2566",
        by=MALEE,
        approved_by=BOONMEE,
        at=LATER,
    )


def over_again(
    session: Session, loan: Loan, agreed: Terms, *, on: date = APRIL, resolution: str = "มติ 11/2566"
) -> Plan:
    """Restructure what is owed."""
    return restructure(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        terms=agreed,
        starts_on=on,
        resolution=resolution,
        by=MALEE,
        approved_by=BOONMEE,
        at=LATER,
    )


def forgive(
    session: Session,
    loan: Loan,
    *,
    principal: int = 0,
    interest: int = 0,
    agreed: Terms | None = None,
    on: date = APRIL,
    key: str = "forgiven",
    resolution: str = "มติ 12/2566",
) -> PostedBatch | None:
    """Forgive a part of what is owed."""
    return compromise(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        forgiven_principal=Satang(principal),
        forgiven_interest=Satang(interest),
        terms=agreed,
        on=on,
        resolution=resolution,
        idempotency_key=key,
        by=MALEE,
        approved_by=BOONMEE,
        at=LATER,
    )


# ---------------------------------------------------------------- another rate


def test_by_the_month_a_rate_begins_with_the_next_period(network: Network) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))

    plan = write(lambda s: another_rate(s, loan, 60_000, since=date(2023, 2, 20)))

    assert (plan.why, plan.resolution, plan.approved_by) == (
        WhyPlanned.RATE,
        "มติ 9/2566",
        BOONMEE,
    )
    # The running period keeps 12 %; those that begin on 5 March and after have 6 %.
    assert rows_of(loan)[:3] == [(2, 2_000_00, 180_00), (3, 2_000_00, 80_00), (4, 2_000_00, 70_00)]
    assert rows_of(loan)[-1] == (10, 2_000_00, 10_00)
    assert now(loan, date(2023, 2, 20)).settlement == 18_000_00 + 96_43


def test_by_the_day_a_rate_begins_with_the_day(network: Network) -> None:
    agreed = terms(rate_ppm=120_000, counting=Counting.DAYS_365)
    loan = write(lambda s: lend(s, book_id=network.book_id, agreed=agreed))

    write(lambda s: another_rate(s, loan, 60_000, since=date(2023, 1, 20)))

    # 15 days at 12 % and 16 at 6 % on 20,000: 98.63 + 52.60, rounded once.
    assert now(loan, FEBRUARY).accrued_interest == 151_23
    assert rows_of(loan)[0] == (1, 2_000_00, 151_23)


def test_a_lower_rate_with_the_instalment_kept_ends_earlier(network: Network) -> None:
    loan = house(network)
    kept = sum(rows_of(loan)[1][1:])

    write(lambda s: another_rate(s, loan, 55_000, since=FEBRUARY))

    rows = rows_of(loan)
    assert [sum(row[1:]) for row in rows[:3]] == [kept] * 3
    assert len(rows) < 180


def test_a_higher_rate_with_the_instalment_kept_runs_on(network: Network) -> None:
    loan = house(network)
    kept = sum(rows_of(loan)[1][1:])

    write(lambda s: another_rate(s, loan, 70_000, since=FEBRUARY))

    rows = rows_of(loan)
    assert [sum(row[1:]) for row in rows[:3]] == [kept] * 3
    assert len(rows) > 180


def test_a_rate_with_the_term_kept_changes_the_instalment(network: Network) -> None:
    loan = house(network)
    kept = sum(rows_of(loan)[1][1:])

    write(lambda s: another_rate(s, loan, 55_000, since=FEBRUARY, effect=RateEffect.RECOMPUTE))

    rows = rows_of(loan)
    assert len(rows) == 180
    assert sum(rows[0][1:]) == kept
    assert sum(rows[1][1:]) < kept


def test_a_rate_at_which_the_instalment_cannot_stay_says_so(network: Network) -> None:
    loan = house(network)

    sentence = refused(
        lambda s: another_rate(s, loan, 110_000, since=FEBRUARY), NegativeAmortisation
    )

    assert "เงินต้นจะไม่ลด" in sentence


def test_a_rate_of_a_later_day_leaves_what_is_due_before_it(network: Network) -> None:
    loan = one(network)

    write(lambda s: another_rate(s, loan, 60_000, since=date(2023, 4, 6)))

    assert rows_of(loan)[:5] == [
        (1, 2_000_00, 200_00),
        (2, 2_000_00, 180_00),
        (3, 2_000_00, 160_00),
        (4, 2_000_00, 140_00),
        (5, 2_000_00, 60_00),
    ]
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))
    assert now(loan, MARCH).overdue == ()


def test_what_is_due_before_a_later_change_does_not_stop_another_one(network: Network) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))
    decided = datetime(2023, 2, 10, 3, tzinfo=UTC)
    # What is due in March is paid in February, and the rate changes in May.
    write(lambda s: pay(s, loan, amount=2_180_00, on=date(2023, 2, 9)))
    write(lambda s: another_rate(s, loan, 60_000, since=date(2023, 5, 6), at=decided))
    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    assert (plan.starts_on, plan.carried_interest) == (FEBRUARY, -180_00)
    assert rows_of(loan)[1:5] == [
        (3, 2_000_00, 160_00),
        (4, 2_000_00, 140_00),
        (5, 2_000_00, 120_00),
        (6, 2_000_00, 50_00),
    ]

    write(lambda s: forgive(s, loan, principal=1_000_00, on=date(2023, 2, 10)))

    assert state_of(loan) == (State.RUNNING, 15_000_00)


def test_what_was_overdue_stays_overdue_with_its_default_interest(network: Network) -> None:
    loan = one(network)
    before = now(loan, date(2023, 3, 20))

    write(lambda s: another_rate(s, loan, 60_000, since=date(2023, 3, 20)))

    after = now(loan, date(2023, 3, 20))
    assert after.default_interest == before.default_interest == 35_34 + 12_33
    assert [(row.due_on, row.principal, row.interest) for row in after.overdue] == [
        (FEBRUARY, 2_000_00, 200_00),
        (MARCH, 2_000_00, 180_00),
    ]
    assert after.settlement == before.settlement
    # And it goes on as if nothing had been: 59 and 31 days by 5 April.
    assert now(loan, APRIL).default_interest == 48_49 + 25_48


def test_a_change_that_is_sent_again_is_made_once(network: Network) -> None:
    loan = one(network)
    first = write(lambda s: another_rate(s, loan, 60_000))
    write(lambda s: pay(s, loan, amount=2_200_00, on=APRIL))

    again = write(lambda s: another_rate(s, loan, 60_000))

    assert again.n == first.n
    assert [why for _n, why, _holds in why_planned(loan)].count(WhyPlanned.RATE) == 1


def test_a_rate_above_the_ceiling_is_refused(network: Network) -> None:
    loan = one(network)

    refused(lambda s: another_rate(s, loan, 160_000, effect=RateEffect.RECOMPUTE), AboveCeiling)


@pytest.mark.parametrize("counting", [Counting.MONTH, Counting.DAYS_365])
def test_a_rate_above_the_ceiling_is_refused_where_only_the_running_row_is_left(
    network: Network, counting: Counting
) -> None:
    agreed = terms(
        20_000_00,
        instalments=1,
        method=Method.BULLET,
        counting=counting,
        first_due_on=date(2024, 1, 5),
    )
    loan = write(lambda s: lend(s, book_id=network.book_id, agreed=agreed))

    sentence = refused(lambda s: another_rate(s, loan, 600_000), AboveCeiling)

    assert "ร้อยละ 60 ต่อปี เกินเพดานกฎหมายร้อยละ 15" in sentence
    write(lambda s: another_rate(s, loan, 150_000))


def test_a_lender_may_ask_for_any_rate(network: Network) -> None:
    def work(session: Session) -> Loan:
        loan = borrow(session, network)
        pay_out(session, loan, through=Through.BANK)
        return loan

    loan = write(work)

    # Event E14b: no entry, other terms.
    plan = write(lambda s: another_rate(s, loan, 35_000, since=FEBRUARY))

    assert plan.terms["annual_rate_ppm"] == 40_000
    assert rows_of(loan)[1][2] == 871_44


@pytest.mark.parametrize(
    ("resolution", "since", "second", "why"),
    [
        ("  ", MARCH, BOONMEE, ResolutionMissing),
        ("มติ 9/2566", date(2023, 2, 4), BOONMEE, ChangeBeforeLast),
        ("มติ 9/2566", MARCH, MALEE, SameOfficerTwice),
    ],
)
def test_what_cannot_be_changed_is_refused(
    network: Network, resolution: str, since: date, second: str, why: type[DomainError]
) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))

    refused(
        lambda s: another_rate(s, loan, 60_000, since=since, resolution=resolution, second=second),
        why,
    )


def test_nothing_changes_where_nothing_is_owed(network: Network) -> None:
    granted = write(lambda s: grant(s, book_id=network.book_id))
    refused(lambda s: another_rate(s, granted, 60_000), NotRunning)
    loan = one(network)
    write(lambda s: pay(s, loan, amount=20_200_00, on=FEBRUARY))

    assert loan.reference in refused(lambda s: another_rate(s, loan, 60_000), NotRunning)


# ---------------------------------------------------------------- a holiday


def test_during_a_holiday_nothing_falls_due_and_interest_is_asked_for_once(
    network: Network,
) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))

    write(lambda s: rest(s, loan))

    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    # Four months at 1 % on 18,000: simple, none of it on interest.
    assert [(row.due_on, row.principal, row.interest) for row in plan.rows[:2]] == [
        (date(2023, 6, 5), 2_000_00, 720_00),
        (date(2023, 7, 5), 2_000_00, 160_00),
    ]
    assert plan.carried_interest == 0
    assert now(loan, date(2023, 5, 31)).overdue == ()
    assert plan.rows[-1].due_on == date(2024, 2, 5)


def test_a_holiday_of_principal_asks_for_interest(network: Network) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))

    write(lambda s: rest(s, loan, waives=Grace.PRINCIPAL))

    assert [row[1:] for row in rows_of(loan)[:4]] == [
        (0, 180_00),
        (0, 180_00),
        (0, 180_00),
        (2_000_00, 180_00),
    ]


def test_what_was_paid_ahead_counts_after_the_holiday(network: Network) -> None:
    loan = one(network)
    # The whole first instalment, brought on the first day, with its interest.
    write(lambda s: pay(s, loan, amount=2_200_00, on=LENT_ON))

    write(lambda s: rest(s, loan, since=LENT_ON, until=date(2023, 3, 31)))

    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    assert plan.carried_interest == -200_00
    assert plan.rows[0].interest == 540_00
    current = now(loan, APRIL).current
    assert current is not None
    assert current.interest == 340_00


def test_a_rate_of_the_next_period_is_not_charged_for_this_one_because_of_a_holiday(
    network: Network,
) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))
    write(lambda s: another_rate(s, loan, 0, since=date(2023, 2, 20)))

    write(lambda s: rest(s, loan))

    # Of the four months' 120 days, 27 bear 12 % and the others nothing.
    assert rows_of(loan)[0] == (2, 2_000_00, 162_00)


@pytest.mark.parametrize(
    ("since", "until", "waives", "why"),
    [
        (date(2023, 2, 6), date(2023, 3, 4), Grace.ALL, HolidayChangesNothing),
        (date(2023, 3, 6), date(2023, 3, 4), Grace.ALL, HolidayEndsBeforeItBegins),
        (date(2023, 3, 1), date(2023, 5, 31), Grace.NONE, HolidayEndsBeforeItBegins),
    ],
)
def test_a_holiday_in_which_nothing_rests_is_refused(
    network: Network, since: date, until: date, waives: Grace, why: type[DomainError]
) -> None:
    loan = one(network)

    refused(lambda s: rest(s, loan, since=since, until=until, waives=waives), why)


def test_a_holiday_that_is_sent_again_is_taken_once(network: Network) -> None:
    loan = one(network)
    first = write(lambda s: rest(s, loan))

    assert write(lambda s: rest(s, loan)).n == first.n


def test_chosen_days_within_a_holiday_fall_away(network: Network) -> None:
    days = (FEBRUARY, APRIL, date(2023, 9, 5), date(2024, 1, 5))
    agreed = replace(
        terms(8_000_00, instalments=4, every=Every.CHOSEN, method=Method.SEASONAL), due_days=days
    )
    loan = write(lambda s: lend(s, book_id=network.book_id, agreed=agreed))

    write(lambda s: rest(s, loan))

    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    assert [(row.due_on, row.principal) for row in plan.rows] == [
        (FEBRUARY, 2_000_00),
        (date(2023, 9, 5), 2_000_00),
        (date(2024, 1, 5), 4_000_00),
    ]


# ---------------------------------------------------------------- restructuring


def test_restructuring_carries_interest_over_and_never_adds_it_to_the_principal(
    network: Network,
) -> None:
    loan = one(network)
    before = now(loan, APRIL)
    agreed = terms(
        20_000_00, instalments=20, rate_ppm=60_000, lent_on=APRIL, first_due_on=date(2023, 5, 5)
    )

    plan = write(lambda s: over_again(s, loan, agreed))

    assert plan.principal_satang == 20_000_00
    # 200 and 180 were overdue, and 160 fall due on the day itself.
    assert plan.carried_interest_satang == 540_00
    assert plan.carried_default_satang == before.default_interest == 48_49 + 25_48
    assert rows_of(loan)[0] == (1, 1_000_00, 100_00)
    after = now(loan, APRIL)
    assert (after.settlement, after.outstanding) == (before.settlement, 20_000_00)
    assert after.overdue_principal == 0
    # A month later interest is counted on the principal alone, and default interest stands still.
    later = now(loan, date(2023, 5, 5))
    assert later.settlement == before.settlement + 100_00
    write(lambda s: pay(s, loan, amount=613_97, on=date(2023, 5, 5)))
    assert state_of(loan) == (State.RUNNING, 20_000_00)


def test_a_new_plan_is_for_what_is_owed_and_not_of_a_later_day(network: Network) -> None:
    loan = one(network)
    agreed = terms(19_000_00, lent_on=APRIL, first_due_on=date(2023, 5, 5))

    assert "20,000.00" in refused(lambda s: over_again(s, loan, agreed), OwesAnotherSum)
    refused(lambda s: over_again(s, loan, agreed, on=date(2031, 1, 1)), FutureDate)
    refused(lambda s: over_again(s, loan, agreed, resolution=""), ResolutionMissing)
    dear = terms(rate_ppm=200_000, lent_on=APRIL, first_due_on=date(2023, 5, 5))
    refused(lambda s: over_again(s, loan, dear), AboveCeiling)


def test_a_new_plan_that_is_sent_again_is_made_once(network: Network) -> None:
    loan = one(network)
    agreed = terms(lent_on=APRIL, first_due_on=date(2023, 5, 5))

    first = write(lambda s: over_again(s, loan, agreed))

    assert write(lambda s: over_again(s, loan, agreed)).n == first.n


def test_a_payment_taken_back_after_restructuring_makes_a_corrected_plan(
    network: Network,
) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))
    agreed = terms(18_000_00, instalments=9, lent_on=MARCH, first_due_on=APRIL)
    write(lambda s: over_again(s, loan, agreed, on=MARCH))

    write(lambda s: take_back(s, loan, 2, on=MARCH))

    assert state_of(loan) == (State.RUNNING, 20_000_00)
    assert why_planned(loan)[0] == (3, WhyPlanned.CORRECTED, True)
    plan = read(lambda s: plan_of(s, book_id=network.book_id, loan_id=loan.id))
    assert plan.carried_interest == 180_00 + 200_00
    assert [row.due_on for row in plan.rows][:2] == [APRIL, date(2023, 5, 5)]
    assert sum(row.principal for row in plan.rows) == 20_000_00


# ---------------------------------------------------------------- a compromise


def test_forgiven_principal_is_taken_from_the_allowance_and_the_rest_is_expense(
    network: Network,
) -> None:
    loan = one(network)
    write(lambda s: provide(s, loan, 3_000_00))

    posted = write(lambda s: forgive(s, loan, principal=5_000_00, on=FEBRUARY))

    assert posted is not None
    entry = read(lambda s: journal_entry(s, book_id=network.book_id, number=posted.first_number))
    assert [(line.code, line.amount) for line in entry.postings] == [
        ("13110", 3_000_00),
        ("55060", 2_000_00),
        ("13010-0001", -5_000_00),
    ]
    assert (entry.kind, entry.approved_by) == ("write_off", BOONMEE)
    assert state_of(loan) == (State.RUNNING, 15_000_00)
    assert why_planned(loan)[0] == (2, WhyPlanned.COMPROMISE, True)
    # The running instalment stays; nine others share what is left.
    assert rows_of(loan)[:2] == [(1, 2_000_00, 200_00), (2, 1_444_44, 130_00)]
    event = read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan.id))[-1]
    assert (event.kind, event.principal, event.balance_after) == (
        EventKind.FORGIVEN,
        5_000_00,
        15_000_00,
    )
    assert event.explanation == ("ยกเงินต้นให้ 5,000 บาท",)
    assert read(lambda s: findings(s, book_id=network.book_id)) == ()


def test_interest_that_is_forgiven_is_asked_for_no_longer_and_posts_nothing(
    network: Network,
) -> None:
    loan = one(network)
    before = now(loan, APRIL)

    assert write(lambda s: forgive(s, loan, interest=300_00)) is None
    assert write(lambda s: forgive(s, loan, interest=300_00)) is None

    after = now(loan, APRIL)
    assert after.settlement == before.settlement - 300_00
    # Default interest goes first.
    assert after.default_interest == 0
    event = read(lambda s: events_of(s, book_id=network.book_id, loan_id=loan.id))[-1]
    assert (event.n, event.entry_number) == (2, None)
    assert (event.default_interest, event.interest) == (73_97, 226_03)
    assert event.balance_after == 20_000_00
    assert read(lambda s: balance(s, book_id=network.book_id, code="41010")) == 0


def test_all_that_is_forgiven_closes_the_loan(network: Network) -> None:
    loan = one(network)
    owed = now(loan, APRIL)
    interest = owed.settlement - owed.outstanding

    posted = write(lambda s: forgive(s, loan, principal=20_000_00, interest=interest))

    assert state_of(loan) == (State.REPAID, 0)
    assert read(lambda s: holds_of(s, book_id=network.book_id, member_id=1)) == []
    again = write(lambda s: forgive(s, loan, principal=20_000_00, interest=interest))
    assert posted is not None
    assert again is not None
    assert (again.first_number, again.replayed) == (posted.first_number, True)
    refused(lambda s: forgive(s, loan, principal=1_00), KeyUsedForAnother)

    write(lambda s: take_back(s, loan, 2, on=APRIL))

    assert state_of(loan) == (State.RUNNING, 20_000_00)
    assert now(loan, APRIL) == owed


def test_a_payment_taken_back_after_all_was_forgiven_is_owed_again(network: Network) -> None:
    loan = one(network)
    write(lambda s: pay(s, loan, amount=2_200_00, on=FEBRUARY))
    write(lambda s: forgive(s, loan, principal=18_000_00, on=MARCH))
    # What had accrued was not forgiven, so that the loan runs on without principal.
    assert state_of(loan) == (State.RUNNING, 0)
    assert now(loan, APRIL).settlement == 180_00

    write(lambda s: take_back(s, loan, 2, on=MARCH))

    assert state_of(loan) == (State.RUNNING, 2_000_00)
    assert why_planned(loan)[0] == (3, WhyPlanned.CORRECTED, True)
    assert now(loan, MARCH).settlement == 2_000_00 + 180_00 + 200_00
    write(lambda s: pay(s, loan, amount=now(loan, APRIL).settlement, on=APRIL))
    assert state_of(loan) == (State.REPAID, 0)


def test_a_compromise_may_come_with_a_plan_for_the_rest(network: Network) -> None:
    loan = one(network)
    agreed = terms(
        10_000_00, instalments=5, rate_ppm=0, lent_on=APRIL, first_due_on=date(2023, 5, 5)
    )

    write(lambda s: forgive(s, loan, principal=10_000_00, interest=613_97, agreed=agreed))

    assert rows_of(loan) == [(n, 2_000_00, 0) for n in range(1, 6)]
    assert now(loan, APRIL).settlement == 10_000_00
    refused(lambda s: forgive(s, loan, principal=1_00, agreed=agreed, key="2"), OwesAnotherSum)


def test_the_terms_of_a_compromise_keep_below_the_ceiling(network: Network) -> None:
    loan = one(network)
    agreed = terms(
        19_999_00, instalments=10, rate_ppm=600_000, lent_on=APRIL, first_due_on=date(2023, 5, 5)
    )

    sentence = refused(lambda s: forgive(s, loan, principal=1_00, agreed=agreed), AboveCeiling)

    assert "เพดานกฎหมายร้อยละ 15" in sentence
    write(lambda s: forgive(s, loan, principal=1_00, agreed=replace(agreed, annual_rate_ppm=0)))


@pytest.mark.parametrize(
    ("principal", "interest"), [(20_000_01, 0), (0, 613_98), (0, 0), (-1, 0), (0, -1)]
)
def test_no_more_is_forgiven_than_is_owed(network: Network, principal: int, interest: int) -> None:
    loan = one(network)

    sentence = refused(
        lambda s: forgive(s, loan, principal=principal, interest=interest), ForgivesMoreThanOwed
    )

    assert "20,000.00" in sentence
    assert "613.97" in sentence


def test_what_is_borrowed_is_not_the_groups_to_forgive(network: Network) -> None:
    def work(session: Session) -> Loan:
        loan = borrow(session, network)
        pay_out(session, loan, through=Through.BANK)
        return loan

    loan = write(work)

    refused(lambda s: forgive(s, loan, principal=1_00), OnlyLentIsForgiven)


def test_nothing_is_forgiven_without_a_resolution_or_in_the_future(network: Network) -> None:
    loan = one(network)

    refused(lambda s: forgive(s, loan, principal=1_00, resolution=" "), ResolutionMissing)
    refused(lambda s: forgive(s, loan, principal=1_00, on=date(2030, 2, 1)), FutureDate)
    refused(lambda s: forgive(s, loan, interest=1_00, on=date(2030, 2, 1)), FutureDate)


def provide(session: Session, loan: Loan, amount: int) -> None:
    """Put something into the allowance for doubtful debts."""
    allowance, doubtful = (
        standard_account(
            session, book_id=loan.book_id, code=code, fund=loan.fund, opened_on=LENT_ON
        ).id
        for code in ("13110", "55050")
    )
    post_batch(
        session,
        book_id=loan.book_id,
        drafts=[
            EntryDraft(
                entered_on=LENT_ON,
                kind=EntryKind.PROVISION,
                postings=(
                    debit(doubtful, loan.fund, Satang(amount)),
                    credit(allowance, loan.fund, Satang(amount)),
                ),
            )
        ],
        idempotency_key="provision",
        posted_by=MALEE,
        posted_at=LATER,
    )
