"""The lists that are worked out from sums say what every loan's own rows say."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bench.loans import MONTH, TODAY, fill, findings
from ledger.db import read
from ledger.money import Satang
from loans.kinds import Side
from loans.queries.arrears import accruals, ageing, allowances, due_in_month
from loans.queries.arrears.standings import RowRead, running_standings, without_settled
from loans.queries.arrears.sums import portfolio
from loans.queries.loans import standings_of
from loans.queries.plans import DefaultRule
from loans.schedule import Counting
from loans.standing import Paid, PlanRow, PlanView

ON = date(2023, 4, 6)
BEGAN = date(2022, 1, 10)
RULE = DefaultRule(((date(2020, 1, 1), 150_000),), ((date(2020, 1, 1), 5),))
payments = st.tuples(
    st.integers(0, 500), st.integers(0, 3_000), st.integers(0, 300), st.integers(0, 50)
)


@given(
    st.lists(payments, max_size=14),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 200)), min_size=1, max_size=16),
    st.integers(0, 100),
    st.sampled_from(list(Counting)),
)
def test_leaving_out_what_was_paid_on_time_changes_nothing(
    paid: list[tuple[int, int, int, int]],
    planned: list[tuple[int, int]],
    carried: int,
    counting: Counting,
) -> None:
    owed = sum(principal for principal, _interest in planned)
    rows: list[RowRead] = [
        (n, BEGAN + timedelta(days=30 * n), principal, interest, 0)
        for n, (principal, interest) in enumerate(planned, start=1)
    ]
    made, left = [], owed
    for days, most, interest, default in sorted(paid):
        principal = min(most, left)  # nobody pays more than is owed
        left -= principal
        made.append((BEGAN + timedelta(days=days), principal, interest, default, 0, 0, 0))
    bare = PlanView(
        n=1,
        starts_on=BEGAN,
        principal=Satang(owed),
        carried_interest=Satang(carried),
        carried_default=Satang(0),
        carried_costs=Satang(0),
        rates=((BEGAN, 120_000),),
        counting=counting,
        counts_first_day=True,
        rows=(),
    )
    whole = replace(
        bare,
        rows=tuple(PlanRow(n, day, Satang(p), Satang(i), Satang(f)) for n, day, p, i, f in rows),
    )
    every = [
        Paid(day, Satang(p), Satang(i), Satang(d), Satang(f), Satang(c), Satang(a))
        for day, p, i, d, f, c, a in made
    ]

    rest, some = without_settled(bare, rows, [one for one in made if one[0] <= ON], on=ON)

    expected = RULE.standing(whole, every, side=Side.LENT, on=ON)
    assert RULE.standing(rest, some, side=Side.LENT, on=ON) == expected


@pytest.fixture
def book_id(sqlite_engine: Engine) -> int:
    """A book with sixty loans of the benchmark, some of them late."""
    assert sqlite_engine
    return fill(loans=60, members=6)


def test_the_benchmarks_book_is_whole_and_its_lists_are_right(book_id: int) -> None:
    assert findings(book_id) == 0

    def look(session: Session) -> None:
        cards = standings_of(session, book_id=book_id, on=TODAY)
        late = {loan_id for loan_id, standing in cards.items() if standing.overdue}
        found = ageing(session, book_id=book_id, on=TODAY)
        assert late
        assert {one.borrower.loan_id: one.standing for one in found.overdue} == {
            loan_id: cards[loan_id] for loan_id in late
        }
        assert found.outstanding == sum(standing.outstanding for standing in cards.values())
        assert found.loans == len(cards) == 60
        assert all(len(one.guarantors) == 2 for one in found.overdue)

        lines = due_in_month(session, book_id=book_id, month=TODAY, on=TODAY)
        before = sum(line.overdue_principal for line in lines)
        assert before == sum(
            row.principal
            for loan_id in late
            for row in cards[loan_id].overdue
            if row.due_on < TODAY.replace(day=1)
        )

    read(look)


def test_a_months_end_from_sums_is_that_of_every_loan(book_id: int) -> None:
    on = date(2023, 3, 31)

    def look(session: Session) -> None:
        cards = standings_of(session, book_id=book_id, on=on)
        running = portfolio(session, book_id=book_id, on=on)
        there = running_standings(session, book_id=book_id, on=on, running=running)
        for loan_id, standing in cards.items():
            mine = there[loan_id]
            assert mine.overdue == standing.overdue
            assert (mine.accrued_interest, mine.outstanding, mine.settlement) == (
                standing.accrued_interest,
                standing.outstanding,
                standing.settlement,
            )
        earned = sum(one.amount for one in accruals(session, book_id=book_id, month=MONTH))
        assert earned == sum(
            standing.overdue_interest + standing.accrued_interest for standing in cards.values()
        )
        kept = allowances(session, book_id=book_id, month=MONTH)
        assert sum(one.outstanding for one in kept) == sum(
            standing.outstanding for standing in cards.values()
        )

    read(look)
