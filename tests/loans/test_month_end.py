"""Arrears in the book: the tables, the end of a month, notices, writing off and what comes back."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import queries
from ledger.db import read, write
from ledger.models import Book
from ledger.money import ZERO, Satang
from ledger.period import FutureDate, PeriodClosed
from ledger.services import KeyUsedForAnother, SameOfficerTwice
from ledger.verification import verify_book
from loans.kinds import EventKind, MonthEnd, Purpose, Side, State, Through
from loans.models import Loan, LoanEvent, MonthEndPosting, Notice
from loans.queries.arrears import (
    LoanOnDay,
    accruals,
    ageing,
    allowances,
    due_in_month,
    notices_due,
    portfolio,
    written_off_debts,
    written_off_owed,
)
from loans.queries.arrears.standings import standings_on
from loans.queries.loans import events_of, loan_view, standing_of, standings_of
from loans.schedule import Counting, Method, RateEffect, Terms
from loans.services.arrears import (
    BeforeLast,
    CostsAddedMeanwhile,
    HandedOver,
    HandedOverAlready,
    HandedOverTooEarly,
    MoreThanWrittenOff,
    NothingOwed,
    NothingToPrint,
    NoticeNotDue,
    NotOverdue,
    NotWrittenOff,
    OwesAnotherSum,
    WrittenOffAlready,
    add_cost,
    costs,
    hand_over,
    most_to_recover,
    print_notices,
    recover,
    write_off,
    write_off_of,
    writing_off,
)
from loans.services.changing import change_rate
from loans.services.lending import (
    Contract,
    Party,
    PayoutOrder,
    PlannedStage,
    disburse,
    open_loan,
)
from loans.services.month_end import (
    LaterMonthPosted,
    MonthEndPosted,
    MonthStillRuns,
    NothingToPost,
    post_accrual,
    post_provision,
)
from loans.services.records import OfficerIsTooNear, ResolutionMissing
from members.queries import member_by_number
from tests.loans import lent
from tests.loans.borrowers import guarantee, pay, take_back
from tests.members.saving import close_march, pay_in
from tests.network import NOW, TODAY, Network

MARCH, APRIL = date(2023, 3, 1), date(2023, 4, 1)
END_OF_MARCH = date(2023, 3, 31)
IN_MAY = datetime(2023, 5, 2, 3, tzinfo=UTC)
MALEE, BOONMEE = "o1", "o2"
_keys = (f"a-key-of-the-end-{n}" for n in count(1))


@pytest.fixture
def box(network: Network) -> Network:
    """The small network with money to lend in its box."""
    pay_in(network, {"DEM": 400_000_00}, number="0002", on=date(2023, 1, 1), key="the-box")
    return network


def lend(
    network: Network,
    amount: int,
    *,
    member: str = "0001",
    paid_on: date = date(2023, 1, 20),
    first_due_on: date = date(2023, 2, 20),
    instalments: int = 10,
    rate_ppm: int = 120_000,
    counting: Counting = Counting.MONTH,
    purpose: Purpose = Purpose.ORDINARY,
) -> int:
    """Lend by equal principal at 12 %, as in events E6 and E7, and give the loan's number."""

    def work(session: Session) -> int:
        borrower = member_by_number(session, book_id=network.book_id, number=member)
        agreed = Terms(
            principal=Satang(amount),
            annual_rate_ppm=rate_ppm,
            instalments=instalments,
            method=Method.EQUAL_PRINCIPAL,
            first_due_on=first_due_on,
            disbursed_on=paid_on,
            counting=counting,
        )
        contract = Contract(
            side=Side.LENT,
            purpose=purpose,
            party=Party(member_id=borrower.id),
            terms=agreed,
            fees=ZERO,
            charge_name="ดอกเบี้ย",
            contract_on=paid_on,
            resolution="มติ 1/2566",
        )
        loan = open_loan(session, book_id=network.book_id, contract=contract, by=MALEE, at=NOW)
        disburse(
            session,
            book_id=network.book_id,
            order=PayoutOrder(loan.id, Satang(amount), paid_on, Through.CASH),
            idempotency_key=next(_keys),
            by=MALEE,
            approved_by=BOONMEE,
            at=NOW,
        )
        return loan.id

    return write(work)


def balance(network: Network, code: str, fund: str = "SAV") -> int:
    """Give what stands on an account: debit positive, in satang."""
    return read(
        lambda session: (
            queries.account_by_code(
                session, book_id=network.book_id, code=code, fund=fund
            ).balance_satang
        )
    )


def head(network: Network) -> int:
    """Give the number of the last entry."""
    return read(lambda session: session.get_one(Book, network.book_id).head_number or 0)


def rows_of(session: Session) -> tuple[int, ...]:
    """Count what arrears write besides entries."""
    tables = (LoanEvent, MonthEndPosting, Notice)
    return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def is_whole(network: Network) -> bool:
    """Tell whether the third lock finds nothing."""

    def look(session: Session) -> bool:
        return not verify_book(session, book=session.get_one(Book, network.book_id)).findings

    return read(look)


def provide(network: Network, month: date, *, at: datetime = NOW, key: str = "") -> list[int]:
    """Post a provision, and give what it came to in each purse."""
    rows = write(
        lambda session: [
            row.amount_satang
            for row in post_provision(
                session,
                book_id=network.book_id,
                month=month,
                idempotency_key=key or next(_keys),
                by=MALEE,
                approved_by=BOONMEE,
                at=at,
            )
        ]
    )
    return [int(row) for row in rows]


def accrue(
    network: Network, month: date, *, at: datetime = NOW, key: str = "", second: str = BOONMEE
) -> list[tuple[str, int, int | None]]:
    """Post an accrual, and give purse, amount and entry of each."""
    return write(
        lambda session: [
            (row.fund, row.amount_satang, row.entry_number)
            for row in post_accrual(
                session,
                book_id=network.book_id,
                month=month,
                idempotency_key=key or next(_keys),
                by=MALEE,
                approved_by=second,
                at=at,
            )
        ]
    )


def wrote_off(
    network: Network,
    loan_id: int,
    owed: int,
    *,
    on: date = TODAY,
    resolution: str = "มติประชุมใหญ่ 1/2566",
    key: str = "",
) -> int:
    """Write a loan off, and give the entry."""
    return write(
        lambda session: (
            write_off(
                session,
                book_id=network.book_id,
                loan_id=loan_id,
                owed=Satang(owed),
                on=on,
                resolution=resolution,
                note="ย้ายออกจากหมู่บ้าน",
                idempotency_key=key or next(_keys),
                by=MALEE,
                approved_by=BOONMEE,
                at=NOW,
            ).first_number
        )
    )


def got_back(network: Network, loan_id: int, amount: int, *, key: str = "") -> int:
    """Take back in what was written off, and give the entry."""
    return write(
        lambda session: (
            recover(
                session,
                book_id=network.book_id,
                loan_id=loan_id,
                amount=Satang(amount),
                on=TODAY,
                through=Through.CASH,
                note="",
                idempotency_key=key or next(_keys),
                by=MALEE,
                approved_by=BOONMEE,
                at=NOW,
            ).first_number
        )
    )


def charge(
    network: Network,
    loan_id: int,
    amount: int,
    *,
    after_n: int,
    what_for: str = "ค่าส่งหนังสือ",
    second: str = BOONMEE,
) -> None:
    """Add collection costs."""
    write(
        lambda session: add_cost(
            session,
            book_id=network.book_id,
            loan_id=loan_id,
            amount=Satang(amount),
            on=TODAY,
            what_for=what_for,
            after_n=after_n,
            by=MALEE,
            approved_by=second,
            at=NOW,
        )
    )


# ---------------------------------------------------------------- tables


def test_one_late_instalment_is_told_to_the_last_satang(box: Network) -> None:
    # E7: 2,000 overdue since 20 February, 45 days at 15 %: 2,000 × 15 % × 45/365 = 36.99.
    loan_id = lend(box, 2_000_00, instalments=1)
    lend(box, 18_000_00, member="0002", paid_on=TODAY, first_due_on=date(2023, 5, 6))

    found = read(lambda session: ageing(session, book_id=box.book_id, on=TODAY))

    [late] = found.overdue
    assert late.borrower.loan_id == loan_id
    assert (late.borrower.name, late.borrower.village) == ("นางสมศรี ใจดี", "หมู่ที่ 6 บ้านบ่อลูกรัง")
    assert (late.since, late.standing.days_overdue) == (date(2023, 2, 20), 45)
    assert late.bucket.thai == "เกิน 1 ถึง 2 เดือน"
    assert (late.standing.overdue_principal, late.interest) == (2_000_00, 20_00)
    assert late.standing.default_interest == 36_99
    assert late.all == 2_056_99
    assert (found.loans, found.outstanding, found.borrowers) == (2, 20_000_00, 1)
    # 2,000 of 20,000 is 10 %.
    assert [(r.over_days, r.amount, r.basis_points) for r in found.at_risk] == [
        (0, 2_000_00, 1_000),
        (30, 2_000_00, 1_000),
        (90, 0, 0),
    ]
    assert found.over_three_months == 0
    assert [(row.loans, row.principal) for row in found.rows] == [
        (0, 0),
        (1, 2_000_00),
        (0, 0),
        (0, 0),
        (0, 0),
        (0, 0),
    ]


def test_the_list_goes_by_village_and_name_and_names_the_guarantors(box: Network) -> None:
    first = lend(box, 5_000_00, member="0001")
    second = lend(box, 5_000_00, member="0003")
    guarantee(box, first, member="0002", most=5_000_00)

    found = read(lambda session: ageing(session, book_id=box.book_id, on=TODAY))

    assert [one.borrower.loan_id for one in found.overdue] == [second, first]
    assert [g.name for g in found.overdue[1].guarantors] == ["นายบุญมี ทองคำ"]
    assert found.overdue[0].guarantors == ()


def test_a_paid_instalment_is_not_overdue_and_a_reversed_payment_is(box: Network) -> None:
    loan_id = lend(box, 20_000_00, paid_on=date(2023, 2, 20), first_due_on=date(2023, 3, 20))
    event = pay(box, loan_id, 2_200_00, on=date(2023, 3, 20))
    paid = read(lambda session: ageing(session, book_id=box.book_id, on=TODAY))
    take_back(box, loan_id, event)

    late = read(lambda session: ageing(session, book_id=box.book_id, on=TODAY))

    assert paid.overdue == ()
    assert [one.standing.overdue_principal for one in late.overdue] == [2_000_00]
    # What was taken back today had stood until yesterday.
    yesterday = TODAY - timedelta(days=1)
    before = read(lambda session: ageing(session, book_id=box.book_id, on=yesterday))
    assert before.overdue == ()


def test_a_past_day_keeps_its_figures_when_the_loan_is_paid_off_later(box: Network) -> None:
    loan_id = lend(box, 2_000_00, instalments=1)
    then = read(lambda session: ageing(session, book_id=box.book_id, on=END_OF_MARCH))
    pay(box, loan_id, 2_056_99, on=TODAY)

    now = read(lambda session: ageing(session, book_id=box.book_id, on=END_OF_MARCH))

    assert now == then
    assert now.overdue_principal == 2_000_00
    today = read(lambda session: ageing(session, book_id=box.book_id, on=TODAY))
    assert (today.loans, today.overdue) == (0, ())


def month_of_march(network: Network) -> tuple[object, ...]:
    """Give everything that the end of March is worked out from."""
    return (
        portfolio_on(network, END_OF_MARCH),
        read(lambda session: accruals(session, book_id=network.book_id, month=MARCH)),
        read(lambda session: allowances(session, book_id=network.book_id, month=MARCH)),
    )


def portfolio_on(network: Network, on: date) -> list[LoanOnDay]:
    return read(lambda session: portfolio(session, book_id=network.book_id, on=on))


def test_a_month_that_is_over_keeps_its_figures_when_a_plan_is_made_later(box: Network) -> None:
    loan_id = lend(box, 20_000_00, first_due_on=date(2023, 2, 20))
    lend(box, 10_000_00, member="0003", paid_on=date(2023, 3, 20), first_due_on=date(2023, 4, 20))
    then = month_of_march(box)

    # More than two instalments and their interest: the rest is planned anew, from days of March on.
    pay(box, loan_id, 12_000_00, on=TODAY)

    assert month_of_march(box) == then
    assert sum(one.outstanding for one in portfolio_on(box, TODAY)) < 20_000_00


def test_a_month_that_is_over_keeps_its_figures_when_the_rate_changes_later(box: Network) -> None:
    loan_id = lend(box, 20_000_00, paid_on=date(2023, 3, 20), first_due_on=date(2023, 4, 20))
    then = month_of_march(box)

    write(
        lambda session: change_rate(
            session,
            book_id=box.book_id,
            loan_id=loan_id,
            annual_rate_ppm=60_000,
            since=TODAY,
            effect=RateEffect.RECOMPUTE,
            resolution="มติ 4/2566",
            by=MALEE,
            approved_by=BOONMEE,
            at=NOW,
        )
    )

    assert month_of_march(box) == then
    # From the day on which it was made the new plan counts, with a later rate in its terms.
    assert [one.plan.n for one in portfolio_on(box, TODAY)] == [2]
    mine = read(
        lambda session: standings_on(session, book_id=box.book_id, on=TODAY, loan_ids=[loan_id])
    )
    assert mine == read(lambda session: standings_of(session, book_id=box.book_id, on=TODAY))


def test_a_month_that_is_over_keeps_its_figures_when_a_second_stage_is_paid_out(
    network: Network,
) -> None:
    def work(session: Session) -> Loan:
        lent.fill_box(session, book_id=network.book_id)
        half = PlannedStage(lent.LENT_ON, Satang(10_000_00), "ฐานราก", "ช่าง", Satang(0))
        loan = lent.grant(session, book_id=network.book_id, stages=(half, half))
        lent.pay_out(session, loan, amount=10_000_00)
        return loan

    loan = write(work)
    then = month_of_march(network)
    write(lambda session: lent.pay_out(session, loan, amount=10_000_00, on=date(2023, 4, 2)))

    assert month_of_march(network) == then
    assert [one.outstanding for one in portfolio_on(network, TODAY)] == [20_000_00]


def test_what_was_repaid_did_not_run_though_it_runs_again_since(box: Network) -> None:
    loan_id = lend(box, 2_000_00, instalments=1)
    event = pay(box, loan_id, 2_049_59, on=date(2023, 3, 28))
    then = month_of_march(box)
    assert then[0] == []

    take_back(box, loan_id, event)

    assert month_of_march(box) == then
    assert [one.outstanding for one in portfolio_on(box, TODAY)] == [2_000_00]


def test_it_stands_with_every_loan_as_on_its_card(box: Network) -> None:
    lend(box, 20_000_00)
    paid = lend(
        box, 9_000_00, member="0002", paid_on=date(2023, 2, 20), first_due_on=date(2023, 3, 20)
    )
    pay(box, paid, 990_00, on=date(2023, 3, 20))
    ahead = lend(box, 12_000_00, member="0003", counting=Counting.DAYS_365)
    pay(box, ahead, 6_000_00, on=date(2023, 3, 1))
    charge(box, paid, 50_00, after_n=2)

    def look(session: Session) -> tuple[object, object, list[int]]:
        running = [one.loan_id for one in portfolio(session, book_id=box.book_id, on=TODAY)]
        mine = standings_on(session, book_id=box.book_id, on=TODAY, loan_ids=running)
        return mine, standings_of(session, book_id=box.book_id, on=TODAY), running

    mine, cards, running = read(look)

    assert mine == cards
    assert len(running) == 3


def test_the_month_says_who_owes_what(box: Network) -> None:
    late = lend(box, 20_000_00, paid_on=date(2023, 2, 20), first_due_on=date(2023, 3, 20))
    good = lend(
        box, 10_000_00, member="0002", paid_on=date(2023, 2, 20), first_due_on=date(2023, 3, 20)
    )
    pay(box, good, 1_100_00, on=date(2023, 3, 20))
    lend(box, 5_000_00, member="0003", paid_on=TODAY, first_due_on=date(2023, 5, 20))

    lines = read(lambda session: due_in_month(session, book_id=box.book_id, month=TODAY, on=TODAY))

    found = {line.borrower.loan_id: line for line in lines}
    assert found.keys() == {late, good}
    # By equal principal: 2,000 and 1 % of 20,000; then 2,000 and 1 % of 18,000.
    assert (found[late].overdue_principal, found[late].overdue_interest) == (2_000_00, 200_00)
    assert (found[late].principal, found[late].interest) == (2_000_00, 180_00)
    assert found[late].default_interest == 13_97  # 2,000 × 15 % × 17/365
    assert found[late].all == 4_393_97
    assert (found[good].overdue_principal, found[good].default_interest) == (0, 0)
    assert (found[good].principal, found[good].interest) == (1_000_00, 90_00)
    assert found[good].due_on == date(2023, 4, 20)


# ---------------------------------------------------------------- what is set aside


def test_a_provision_is_the_difference_to_what_stood_there(box: Network) -> None:
    lend(box, 10_000_00, instalments=1, first_due_on=date(2023, 2, 20))  # 2 % of 10,000

    first = provide(box, MARCH)

    assert first == [200_00]
    assert (balance(box, "13110"), balance(box, "55050")) == (-200_00, 200_00)
    [row] = read(lambda session: list(session.scalars(select(MonthEndPosting))))
    assert (row.what, row.fund, row.entry_number) == (MonthEnd.PROVISION, "SAV", head(box))
    assert row.worked_out["tiers"][1] == {
        "from_months": 1,
        "until_months": 3,
        "ppm": 20_000,
        "loans": 1,
        "outstanding": 10_000_00,
        "required": 200_00,
    }

    # At the end of May it is three months late: 20 % of 10,000, less the 200 that stand there.
    second = provide(box, date(2023, 5, 1), at=datetime(2023, 6, 2, 3, tzinfo=UTC))

    assert second == [1_800_00]
    assert (balance(box, "13110"), balance(box, "55050")) == (-2_000_00, 2_000_00)
    assert is_whole(box)


def test_what_is_set_aside_too_much_comes_back(box: Network) -> None:
    loan_id = lend(box, 10_000_00, instalments=1)
    provide(box, MARCH)
    pay(box, loan_id, 10_284_93, on=TODAY)

    back = provide(box, APRIL, at=IN_MAY)

    assert back == [-200_00]
    assert (balance(box, "13110"), balance(box, "55050")) == (0, 0)
    entry = read(
        lambda session: queries.journal_entry(session, book_id=box.book_id, number=head(box))
    )
    assert entry.entered_on == date(2023, 4, 30)
    assert [(p.code, p.amount) for p in entry.postings] == [
        ("13110", 200_00),
        ("55050", -200_00),
    ]


def test_each_purse_has_its_own_provision(box: Network) -> None:
    pay_in(box, {"DEM": 1_00}, key="one-baht")
    lend(box, 10_000_00, instalments=1)

    found = read(lambda session: allowances(session, book_id=box.book_id, month=MARCH))

    assert [(one.fund, one.required, one.stood) for one in found] == [("SAV", 200_00, 0)]


def test_a_month_with_nothing_to_add_is_done_without_an_entry(box: Network) -> None:
    lend(box, 10_000_00, first_due_on=date(2023, 4, 20))
    before = head(box)

    assert provide(box, MARCH) == [0]
    rows = read(rows_of)
    # No entry keeps the key, so the month itself tells that it is done.
    assert provide(box, MARCH) == [0]
    assert (head(box), read(rows_of)) == (before, rows)


def test_a_key_of_something_else_is_not_answered_with_success(box: Network) -> None:
    lend(box, 10_000_00, instalments=1)
    lent_under = "a-key-of-the-loan"
    pay_in(box, {"DEM": 1_00}, key=lent_under)
    provide(box, MARCH, key="the-provision")
    before = (head(box), read(rows_of))

    for post, key in (
        (provide, lent_under),
        (accrue, lent_under),
        (accrue, "the-provision"),
    ):
        with pytest.raises(KeyUsedForAnother):
            post(box, MARCH, key=key)
    with pytest.raises(KeyUsedForAnother):
        provide(box, APRIL, key="the-provision", at=IN_MAY)

    assert (head(box), read(rows_of)) == before
    assert provide(box, MARCH, key="the-provision") == [200_00]


@pytest.mark.parametrize("post", [provide, accrue])
def test_a_months_end_is_posted_once_and_in_its_time(box: Network, post: object) -> None:
    assert callable(post)
    lend(box, 10_000_00, instalments=1)
    with pytest.raises(MonthStillRuns, match="month='เมษายน 2566'"):
        post(box, APRIL)
    post(box, MARCH, key="the-same-key-again")
    written = head(box)

    # The same request again answers as before, also when the loan has moved since.
    post(box, MARCH, key="the-same-key-again")

    assert head(box) == written
    with pytest.raises(MonthEndPosted):
        post(box, MARCH)
    with pytest.raises(LaterMonthPosted):
        post(box, date(2023, 2, 1))
    assert head(box) == written


@pytest.mark.parametrize("post", [provide, accrue])
def test_a_closed_month_stays_closed(box: Network, post: object) -> None:
    assert callable(post)
    lend(box, 10_000_00, instalments=1)
    close_march(box)
    before = (head(box), read(rows_of))

    with pytest.raises(PeriodClosed):
        post(box, MARCH)

    assert (head(box), read(rows_of)) == before


def test_a_group_that_lends_nothing_has_nothing_to_post(network: Network) -> None:
    with pytest.raises(NothingToPost):
        provide(network, MARCH)
    with pytest.raises(NothingToPost):
        accrue(network, MARCH)


# ---------------------------------------------------------------- interest earned


def test_interest_earned_is_posted_and_taken_back_the_day_after(box: Network) -> None:
    lend(box, 20_000_00, first_due_on=date(2023, 2, 20))
    # Overdue: 200 and 180. Running since 20 March: 160 × 11/31 days = 56.77.
    [found] = read(lambda session: accruals(session, book_id=box.book_id, month=MARCH))
    assert [(one.code, one.loans, one.overdue, one.running) for one in found.earned] == [
        ("41010", 1, 380_00, 56_77)
    ]

    [(fund, amount, entry_number)] = accrue(box, MARCH)

    assert (fund, amount, entry_number) == ("SAV", 436_77, head(box) - 1)
    assert (balance(box, "14010"), balance(box, "41010")) == (0, 0)
    there, back = read(
        lambda session: queries.journal(
            session, book_id=box.book_id, numbers=[head(box) - 1, head(box)]
        )
    )
    assert there.entered_on == END_OF_MARCH
    assert [(p.code, p.amount) for p in there.postings] == [
        ("14010", 436_77),
        ("41010", -436_77),
    ]
    assert (back.entered_on, back.reverses_number) == (APRIL, there.number)
    months = read(
        lambda session: queries.balances_of_months(
            session, book_id=box.book_id, first=MARCH, last=MARCH
        )
    )
    assert next(m.closing for m in months if m.code == "14010" and m.fund == "SAV") == 436_77
    kinds = read(
        lambda session: list(
            session.scalars(select(MonthEndPosting.what).order_by(MonthEndPosting.what))
        )
    )
    assert kinds == [MonthEnd.ACCRUAL, MonthEnd.ACCRUAL_BACK]
    assert is_whole(box)


def test_one_officer_alone_posts_no_months_end(box: Network) -> None:
    lend(box, 10_000_00, instalments=1)
    before = (head(box), read(rows_of))

    with pytest.raises(SameOfficerTwice):
        accrue(box, MARCH, second=MALEE)

    assert (head(box), read(rows_of)) == before


# ---------------------------------------------------------------- notices


def test_guarantors_of_late_loans_are_to_be_told(box: Network) -> None:
    loan_id = lend(box, 10_000_00, first_due_on=date(2023, 2, 10))
    guarantee(box, loan_id, member="0002", most=8_000_00)

    [notice] = read(lambda session: notices_due(session, book_id=box.book_id, on=TODAY))

    assert (notice.guarantor.name, notice.guarantor.most) == ("นายบุญมี ทองคำ", 8_000_00)
    assert notice.to_tell.tell_by == date(2023, 4, 11)
    assert (notice.to_tell.days_left, notice.printed_at) == (5, None)


def test_a_letter_is_printed_then_handed_over_once(box: Network) -> None:
    loan_id = lend(box, 10_000_00, first_due_on=date(2023, 2, 10))
    guarantee(box, loan_id, member="0002")
    [notice] = read(lambda session: notices_due(session, book_id=box.book_id, on=TODAY))

    def printed(session: Session) -> None:
        print_notices(session, book_id=box.book_id, keys=[notice.key], on=TODAY, by=MALEE, at=NOW)

    def handed(on: date, how: HandedOver = HandedOver.BY_HAND) -> None:
        write(
            lambda session: hand_over(
                session, book_id=box.book_id, key=notice.key, handed_over_on=on, how=how, at=NOW
            )
        )

    with pytest.raises(NoticeNotDue):
        handed(TODAY)
    write(printed)
    write(printed)
    assert read(rows_of)[2] == 1
    with pytest.raises(HandedOverTooEarly):
        handed(date(2023, 2, 10))
    with pytest.raises(FutureDate):
        handed(TODAY + timedelta(days=1))
    handed(TODAY)
    handed(TODAY)
    with pytest.raises(HandedOverAlready):
        handed(TODAY, HandedOver.REGISTERED)

    [told] = read(lambda session: notices_due(session, book_id=box.book_id, on=TODAY))
    assert (told.handed_over_on, told.handed_over_how) == (TODAY, "by_hand")
    assert told.to_tell.telling == "in_time"


def test_only_letters_that_are_due_are_printed(box: Network) -> None:
    with pytest.raises(NothingToPrint):
        write(
            lambda session: print_notices(
                session, book_id=box.book_id, keys=[], on=TODAY, by=MALEE, at=NOW
            )
        )
    with pytest.raises(NoticeNotDue):
        write(
            lambda session: print_notices(
                session,
                book_id=box.book_id,
                keys=[(7, 7, date(2023, 2, 10))],
                on=TODAY,
                by=MALEE,
                at=NOW,
            )
        )


# ---------------------------------------------------------------- collection costs


def test_costs_are_owed_at_once_and_income_when_paid(box: Network) -> None:
    loan_id = lend(box, 2_000_00, instalments=1)
    before = head(box)

    charge(box, loan_id, 60_00, after_n=1)
    charge(box, loan_id, 60_00, after_n=1)  # the same form, sent twice

    assert head(box) == before
    [late] = read(lambda session: ageing(session, book_id=box.book_id, on=TODAY)).overdue
    assert (late.standing.costs, late.all) == (60_00, 2_116_99)
    pay(box, loan_id, 2_116_99, on=TODAY)
    assert balance(box, "43040") == -60_00
    assert balance(box, "42010") == -36_99


def test_costs_are_not_added_blindly(box: Network) -> None:
    loan_id = lend(box, 2_000_00, instalments=1)
    charge(box, loan_id, 60_00, after_n=1)

    with pytest.raises(CostsAddedMeanwhile):
        charge(box, loan_id, 60_00, after_n=1, what_for="ค่ารถ")
    with pytest.raises(SameOfficerTwice):
        charge(box, loan_id, 60_00, after_n=2, second=MALEE)
    wrote_off(box, loan_id, 2_000_00)
    with pytest.raises(WrittenOffAlready):
        charge(box, loan_id, 60_00, after_n=3)


# ---------------------------------------------------------------- writing off


def test_a_loan_is_written_off_from_the_allowance_first(box: Network) -> None:
    # E25: 8,000 are written off; 20 % of them had been set aside, the rest is this year's.
    loan_id = lend(
        box, 8_000_00, instalments=1, paid_on=date(2023, 1, 2), first_due_on=date(2023, 1, 3)
    )
    provide(box, MARCH)
    planned = read(
        lambda session: write_off_of(session, book_id=box.book_id, loan_id=loan_id, on=TODAY)
    )
    assert (planned.from_allowance, planned.as_expense) == (160_00, 7_840_00)

    number = wrote_off(box, loan_id, 8_000_00)

    entry = read(lambda session: queries.journal_entry(session, book_id=box.book_id, number=number))
    view = read(lambda session: loan_view(session, book_id=box.book_id, loan_id=loan_id))
    assert [(p.code, p.amount) for p in entry.postings] == [
        ("13110", 160_00),
        ("55060", 7_840_00),
        (view.account_code, -8_000_00),
    ]
    assert (view.state, view.written_off_on, view.outstanding) == (State.WRITTEN_OFF, TODAY, 0)
    assert balance(box, "13110") == 0
    events = read(lambda session: events_of(session, book_id=box.book_id, loan_id=loan_id))
    assert (events[-1].kind, events[-1].principal, events[-1].resolution) == (
        EventKind.WRITTEN_OFF,
        8_000_00,
        "มติประชุมใหญ่ 1/2566",
    )
    found = read(lambda session: ageing(session, book_id=box.book_id, on=TODAY))
    assert (found.loans, found.overdue) == (0, ())
    assert is_whole(box)


def test_an_allowance_that_covers_all_leaves_no_expense(box: Network) -> None:
    gone = lend(box, 100_00, instalments=1)
    lend(box, 50_000_00, member="0002", instalments=1)
    provide(box, MARCH)  # 2 % of 50,100

    wrote_off(box, gone, 100_00)

    assert (balance(box, "13110"), balance(box, "55060")) == (-902_00, 0)


def test_a_write_off_needs_a_resolution_and_happens_once(box: Network) -> None:
    loan_id = lend(box, 8_000_00, instalments=1)
    before = (head(box), read(rows_of))
    with pytest.raises(ResolutionMissing):
        wrote_off(box, loan_id, 8_000_00, resolution=" ")
    with pytest.raises(OwesAnotherSum):
        wrote_off(box, loan_id, 7_000_00)
    with pytest.raises(BeforeLast):
        wrote_off(box, loan_id, 8_000_00, on=date(2023, 1, 19))
    close_march(box)
    with pytest.raises(PeriodClosed):
        wrote_off(box, loan_id, 8_000_00, on=END_OF_MARCH)
    assert (head(box), read(rows_of)) == before
    number = wrote_off(box, loan_id, 8_000_00, key="written-off-once")

    assert wrote_off(box, loan_id, 8_000_00, key="written-off-once") == number
    with pytest.raises(WrittenOffAlready):
        wrote_off(box, loan_id, 8_000_00)


def test_a_loan_that_is_not_overdue_is_not_written_off(box: Network) -> None:
    loan_id = lend(box, 8_000_00, paid_on=date(2023, 3, 20), first_due_on=TODAY)
    before = (head(box), read(rows_of))

    with pytest.raises(NotOverdue) as refused:
        wrote_off(box, loan_id, 8_000_00)

    assert "ปรับโครงสร้างหนี้" in refused.value.sentence()
    assert (head(box), read(rows_of)) == before


@pytest.mark.parametrize("near", [MALEE, BOONMEE])
def test_who_has_a_stake_neither_writes_off_nor_adds_costs(
    box: Network, monkeypatch: pytest.MonkeyPatch, near: str
) -> None:
    loan_id = lend(box, 8_000_00, instalments=1)
    before = (head(box), read(rows_of))
    asked: list[tuple[str, ...]] = []

    def stakes(session: Session, *, book_id: int, loan_id: int, marks: tuple[str, ...]) -> None:
        asked.append(marks)
        if near in marks:
            raise OfficerIsTooNear(name=near, reference=str(loan_id), why="เป็นผู้กู้เอง")

    monkeypatch.setattr(writing_off, "refuse_stakes", stakes)
    monkeypatch.setattr(costs, "refuse_stakes", stakes)

    with pytest.raises(OfficerIsTooNear):
        wrote_off(box, loan_id, 8_000_00)
    with pytest.raises(OfficerIsTooNear):
        charge(box, loan_id, 60_00, after_n=1)

    assert asked == [(MALEE, BOONMEE), (MALEE, BOONMEE)]
    assert (head(box), read(rows_of)) == before


def test_what_is_repaid_is_not_written_off(box: Network) -> None:
    loan_id = lend(box, 2_000_00, instalments=1)
    pay(box, loan_id, 2_056_99, on=TODAY)

    with pytest.raises(NothingOwed):
        wrote_off(box, loan_id, 0)


def test_a_write_off_that_is_taken_back_lets_the_loan_run_again(box: Network) -> None:
    loan_id = lend(box, 2_000_00, instalments=1)
    wrote_off(box, loan_id, 2_000_00)

    take_back(box, loan_id, 2)

    view = read(lambda session: loan_view(session, book_id=box.book_id, loan_id=loan_id))
    assert (view.state, view.outstanding) == (State.RUNNING, 2_000_00)
    found = read(lambda session: ageing(session, book_id=box.book_id, on=TODAY))
    assert found.overdue_principal == 2_000_00


def test_a_write_off_that_is_taken_back_leaves_the_month_before_as_it_was(box: Network) -> None:
    loan_id = lend(box, 2_000_00, instalments=1)
    then = month_of_march(box)
    wrote_off(box, loan_id, 2_000_00, on=END_OF_MARCH)
    gone = month_of_march(box)

    take_back(box, loan_id, 2)

    # On 31 March it had been written off; that was taken back only on 6 April.
    assert gone != then
    assert month_of_march(box) == gone
    assert [one.outstanding for one in portfolio_on(box, TODAY)] == [2_000_00]


# ---------------------------------------------------------------- what comes back


def test_what_comes_back_is_income(box: Network) -> None:
    loan_id = lend(box, 8_000_00, instalments=1)
    wrote_off(box, loan_id, 8_000_00)
    cash = balance(box, "11010")

    number = got_back(box, loan_id, 500_00, key="came-back-once")

    assert got_back(box, loan_id, 500_00, key="came-back-once") == number
    assert balance(box, "46040") == -500_00
    assert balance(box, "11010") == cash + 500_00
    view = read(lambda session: loan_view(session, book_id=box.book_id, loan_id=loan_id))
    assert view.state is State.WRITTEN_OFF
    # 8,000 and 80 of interest, and 45 days at 15 % on 8,000: 147.95; less the 500.
    most = read(lambda session: most_to_recover(session, book_id=box.book_id, loan_id=loan_id))
    assert most == 8_000_00 + 80_00 + 147_95 - 500_00
    with pytest.raises(MoreThanWrittenOff):
        got_back(box, loan_id, most + 1)
    got_back(box, loan_id, most)
    assert is_whole(box)


def test_what_was_paid_on_the_day_of_the_write_off_does_not_come_back_again(box: Network) -> None:
    loan_id = lend(box, 8_000_00, instalments=1)
    pay(box, loan_id, 1_000_00, on=TODAY)
    now = read(lambda session: standing_of(session, book_id=box.book_id, loan_id=loan_id, on=TODAY))

    wrote_off(box, loan_id, now.outstanding)

    most = read(lambda session: most_to_recover(session, book_id=box.book_id, loan_id=loan_id))
    assert most == now.settlement == 8_000_00 + 80_00 + 147_95 - 1_000_00


def test_a_debt_that_was_written_off_is_still_seen(box: Network) -> None:
    loan_id = lend(box, 8_000_00, instalments=1)
    lend(box, 5_000_00, member="0003")
    wrote_off(box, loan_id, 8_000_00)
    got_back(box, loan_id, 500_00)

    def look(session: Session) -> tuple[list[tuple[int, int, int, int]], list[int]]:
        found = written_off_debts(session, book_id=box.book_id)
        members = [
            member_by_number(session, book_id=box.book_id, number=number).id
            for number in ("0001", "0003")
        ]
        return (
            [(one.borrower.loan_id, one.owed, one.recovered, one.left) for one in found],
            [written_off_owed(session, book_id=box.book_id, member_id=one) for one in members],
        )

    owed = 8_000_00 + 80_00 + 147_95
    assert read(look) == ([(loan_id, owed, 500_00, owed - 500_00)], [owed - 500_00, 0])
    take_back(box, loan_id, 3)
    assert read(look) == ([(loan_id, owed, 0, owed)], [owed, 0])
    got_back(box, loan_id, owed)
    assert read(look) == ([], [0, 0])


def test_only_what_was_written_off_is_recovered(box: Network) -> None:
    loan_id = lend(box, 8_000_00, instalments=1)
    before = (head(box), read(rows_of))

    with pytest.raises(NotWrittenOff):
        got_back(box, loan_id, 500_00)

    assert (head(box), read(rows_of)) == before
