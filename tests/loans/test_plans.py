"""How a loan goes on after something changed, without a database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ledger.money import Satang
from loans.plans import Before, Change, NextPlan, first_plan, go_on, regular_instalment
from loans.schedule import Counting, Every, Grace, Method, Terms
from loans.standing import Paid, PlanView, Standing, standing
from tests.loans.lent import FIRST_DUE_ON, LENT_ON, terms

MARCH = date(2023, 3, 5)


def reckon(plan: PlanView, paid: Sequence[Paid], on: date) -> Standing:
    return standing(plan, paid, on=on, default_rates=((date(2020, 1, 1), 150_000),))


def begun(agreed: Terms, *paid: Paid) -> Before:
    """A loan that was paid out at once."""
    return going(first_plan(agreed, amount=agreed.principal, paid_on=agreed.disbursed_on), *paid)


def going(plan: NextPlan, *paid: Paid) -> Before:
    """A plan that holds, with what was paid towards it."""
    changes = tuple((change.since, change.annual_rate_ppm) for change in plan.terms.rate_changes)
    view = PlanView(
        n=1,
        starts_on=plan.starts_on,
        principal=plan.principal,
        carried_interest=plan.carried_interest,
        carried_default=plan.carried_default,
        carried_costs=plan.carried_costs,
        rates=((plan.starts_on, plan.terms.annual_rate_ppm), *changes),
        counting=plan.terms.counting,
        counts_first_day=plan.terms.counts_first_day,
        rows=plan.rows,
    )
    return Before(view, plan.terms, paid, reckon)


def test_instalments_that_were_due_by_the_payout_move_on() -> None:
    weekly = first_plan(
        terms(every=Every.WEEK), amount=Satang(20_000_00), paid_on=date(2023, 2, 20)
    )
    chosen = first_plan(
        replace(
            terms(instalments=2, every=Every.CHOSEN, method=Method.SEASONAL),
            due_days=(FIRST_DUE_ON, MARCH),
        ),
        amount=Satang(20_000_00),
        paid_on=FIRST_DUE_ON,
    )

    assert weekly.rows[0].due_on == date(2023, 2, 26)
    assert [(row.due_on, row.principal) for row in chosen.rows] == [(MARCH, 20_000_00)]


def test_a_loan_that_is_paid_back_at_once_has_no_instalment_to_keep() -> None:
    agreed = terms(method=Method.BULLET)
    plan = first_plan(agreed, amount=agreed.principal, paid_on=LENT_ON)

    assert regular_instalment(agreed, plan.rows) is None
    assert regular_instalment(terms(), ()) is None


def test_principal_that_falls_away_is_taken_from_the_last_instalments_that_stay() -> None:
    before = begun(terms(6_000_00, instalments=3))

    made = go_on(before, Change(on=date(2023, 4, 20), principal=Satang(1_500_00)))

    assert [(row.n, row.principal) for row in made.rows] == [(1, 1_500_00), (2, 0), (3, 0)]
    assert not made.is_spread


def test_what_no_instalment_can_carry_is_spread_otherwise() -> None:
    """A single satang over nine months is paid at once."""
    monthly = begun(terms(), Paid(FIRST_DUE_ON, principal=Satang(19_999_99)))
    days = (FIRST_DUE_ON, date(2023, 6, 5), date(2023, 12, 5))
    chosen = begun(
        replace(terms(instalments=3, every=Every.CHOSEN, method=Method.SEASONAL), due_days=days),
        Paid(FIRST_DUE_ON, principal=Satang(19_999_99)),
    )
    change = Change(on=FIRST_DUE_ON, principal=Satang(1), keeps_instalment=False)

    by_month, by_days = go_on(monthly, change), go_on(chosen, change)

    assert [row.principal for row in by_month.rows] == [0, 1]
    assert by_month.rows[-1].due_on == MARCH
    assert [(row.due_on, row.principal) for row in by_days.rows][-1] == (date(2023, 6, 5), 1)


def test_when_no_day_is_left_one_more_follows() -> None:
    one = begun(terms(instalments=1))
    seasonal = begun(
        replace(
            terms(instalments=1, every=Every.CHOSEN, method=Method.SEASONAL),
            due_days=(FIRST_DUE_ON,),
        )
    )
    change = Change(on=MARCH, principal=Satang(21_000_00), joins=Satang(1_000_00))

    assert [row.due_on for row in go_on(one, change).rows] == [FIRST_DUE_ON, MARCH]
    assert [row.due_on for row in go_on(seasonal, change).rows] == [
        FIRST_DUE_ON,
        date(2024, 2, 5),
    ]


def test_what_is_left_of_a_grace_stays() -> None:
    agreed = replace(terms(instalments=6), grace=Grace.PRINCIPAL, grace_instalments=3)
    before = begun(agreed, Paid(FIRST_DUE_ON, interest=Satang(200_00)))

    made = go_on(
        before,
        Change(
            on=date(2023, 2, 20),
            principal=Satang(26_000_00),
            keeps_instalment=False,
            joins=Satang(6_000_00),
        ),
    )

    assert [(row.n, row.principal) for row in made.rows] == [
        (2, 0),
        (3, 0),
        (4, 8_666_67),
        (5, 8_666_67),
        (6, 8_666_66),
    ]


@given(
    counting=st.sampled_from(Counting),
    method=st.sampled_from([Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.BULLET]),
    paid_after=st.integers(0, 300),
    paid=st.integers(0, 15_000_00),
    interest=st.integers(0, 200_00),
    again_after=st.integers(0, 200),
    later=st.integers(0, 40),
)
def test_a_new_plan_asks_for_the_same_on_the_day_and_by_the_day_on_every_day_after(
    counting: Counting,
    method: Method,
    paid_after: int,
    paid: int,
    interest: int,
    again_after: int,
    later: int,
) -> None:
    """With the same principal and rate, whoever pays off then pays the same by either plan."""
    made = date.fromordinal(LENT_ON.toordinal() + paid_after)
    before = begun(
        terms(method=method, counting=counting, rate_ppm=60_000),
        Paid(made, principal=Satang(paid), interest=Satang(interest)),
    )
    on = date.fromordinal(made.toordinal() + again_after)
    owed = reckon(before.view, before.paid, on)

    after = going(go_on(before, Change(on=on, principal=owed.outstanding)))

    now = reckon(after.view, (), on)
    assert now.settlement == owed.settlement
    assert now.default_interest == owed.default_interest
    assert now.overdue_principal == owed.overdue_principal
    assert sum(row.principal for row in after.view.rows) == owed.outstanding
    day = date.fromordinal(on.toordinal() + later)
    due = min((row.due_on for row in after.view.rows if row.due_on >= on), default=on)
    if day <= due:
        then = reckon(after.view, (), day)
        assert abs(then.settlement - reckon(before.view, before.paid, day).settlement) <= 1
