"""How it stands with a loan: what is due, overdue and owed, from its plan and its payments."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import ZERO, Satang
from loans.schedule import Counting
from loans.standing import Paid, PlanRow, PlanView, Standing, standing

STARTED = date(2026, 1, 5)
DUE = tuple(date(2026, month, 5) for month in range(2, 12))
DEFAULT_RATE = ((date(2020, 1, 1), 150_000),)


def equal_principal(*, counting: Counting = Counting.MONTH) -> PlanView:
    """20,000 baht at 12 % in ten months: 2,000 of principal and 1 % of what is left (E6)."""
    return plan(
        tuple(
            PlanRow(n, day, Satang(2_000_00), Satang((20_000_00 - (n - 1) * 2_000_00) // 100))
            for n, day in enumerate(DUE, start=1)
        ),
        rate_ppm=120_000,
        counting=counting,
    )


def plan(
    rows: tuple[PlanRow, ...],
    *,
    rate_ppm: int,
    counting: Counting = Counting.MONTH,
    counts_first_day: bool = False,
    carried_interest: int = 0,
) -> PlanView:
    """A plan that starts with the year's first collection day."""
    return PlanView(
        n=1,
        starts_on=STARTED,
        principal=Satang(sum(row.principal for row in rows)),
        carried_interest=Satang(carried_interest),
        carried_default=ZERO,
        carried_costs=ZERO,
        rates=((STARTED, rate_ppm),),
        counting=counting,
        counts_first_day=counts_first_day,
        rows=rows,
    )


def at(view: PlanView, on: date, *paid: Paid, free_days: int = 0) -> Standing:
    return standing(view, paid, on=on, default_rates=DEFAULT_RATE, free_days=free_days)


def test_before_the_first_due_day_the_first_row_is_asked_for() -> None:
    now = at(equal_principal(), date(2026, 2, 5))

    assert now.overdue == ()
    assert now.current is not None
    assert (now.current.principal, now.current.interest) == (2_000_00, 200_00)
    assert now.current.sum == "20,000 × 12 % ÷ 12 = 200"
    assert now.due_now == 2_200_00
    assert now.outstanding == 20_000_00


def test_an_overdue_instalment_bears_default_interest_on_its_principal_only() -> None:
    """Event E7: 2,000 overdue for 45 days at 15 % is 36.99."""
    now = at(equal_principal(), DUE[0] + timedelta(days=45))

    first, second = now.overdue
    assert (first.n, first.principal, first.interest, first.days_overdue) == (
        1,
        2_000_00,
        200_00,
        45,
    )
    assert second.days_overdue == 17
    assert now.default_sums == (
        "ดอกเบี้ยผิดนัดงวดที่ 1 เงินต้นค้าง 2,000 × 15 % × 45/365 = 36.99",
        "ดอกเบี้ยผิดนัดงวดที่ 2 เงินต้นค้าง 2,000 × 15 % × 17/365 = 13.97",
    )
    assert now.default_interest == 36_99 + 13_97


def test_default_interest_stops_where_the_principal_was_paid() -> None:
    paid = Paid(DUE[0] + timedelta(days=10), principal=Satang(1_500_00))

    now = at(equal_principal(), DUE[0] + timedelta(days=20), paid)

    assert now.default_sums == (
        "ดอกเบี้ยผิดนัดงวดที่ 1 เงินต้นค้าง 2,000 × 15 % × 10/365 + 500 × 15 % × 10/365 = 10.27",
    )
    assert now.overdue[0].principal == 500_00


@pytest.mark.parametrize(("days", "owed"), [(3, 0), (4, 3_29)])
def test_after_the_free_days_default_interest_counts_from_the_first_day(
    days: int, owed: int
) -> None:
    now = at(equal_principal(), DUE[0] + timedelta(days=days), free_days=3)

    assert now.default_interest == owed


def test_interest_by_the_day_is_of_what_is_not_yet_due() -> None:
    rows = (PlanRow(1, date(2026, 2, 5), Satang(10_000_00), Satang(50_96)),)

    now = at(plan(rows, rate_ppm=60_000, counting=Counting.DAYS_365), date(2026, 2, 5))

    assert now.current is not None
    assert now.current.sum == "10,000 × 6 % × 31/365 = 50.96"
    assert now.settlement == 10_050_96


def test_the_first_day_is_counted_once_where_it_is_counted() -> None:
    rows = (PlanRow(1, date(2026, 2, 4), Satang(20_000_00), ZERO),)
    view = plan(rows, rate_ppm=60_000, counting=Counting.DAYS_365, counts_first_day=True)

    now = at(view, date(2026, 2, 4))

    assert now.current is not None
    assert now.current.interest == 101_92


def test_days_of_a_leap_year_are_of_366_where_the_year_is_actual() -> None:
    rows = (PlanRow(1, date(2028, 1, 5), Satang(20_000_00), ZERO),)
    view = PlanView(
        n=1,
        starts_on=date(2027, 12, 27),
        principal=Satang(20_000_00),
        carried_interest=ZERO,
        carried_default=ZERO,
        carried_costs=ZERO,
        rates=((date(2027, 1, 1), 60_000),),
        counting=Counting.DAYS_ACTUAL,
        counts_first_day=False,
        rows=rows,
    )

    now = at(view, date(2028, 1, 5))

    assert now.current is not None
    # 5 days of 2027 and 4 of 2028: 16.438… + 13.114… , rounded once.
    assert now.current.sum == "20,000 × 6 % × 5/365 + 20,000 × 6 % × 4/366 = 29.55"


def test_a_settlement_asks_interest_up_to_the_day() -> None:
    now = at(equal_principal(), STARTED + timedelta(days=10))

    assert now.accrued_interest == 64_52  # 200 of 31 days, for 10
    assert now.settlement == 20_064_52
    assert now.accrued_sum == "ดอกเบี้ยงวด 200 × 10/31 วัน = 64.52"


def test_nothing_is_owed_after_a_settlement() -> None:
    on = STARTED + timedelta(days=10)
    paid = Paid(on, principal=Satang(20_000_00), interest=Satang(64_52))

    for later in (0, 1, 100, 400):
        now = at(equal_principal(), on + timedelta(days=later), paid)
        assert (now.settlement, now.current, now.overdue) == (0, None, ())


def test_carried_interest_is_asked_for_first_and_bears_none() -> None:
    rows = (PlanRow(1, DUE[0], Satang(1_000_00), Satang(10_00)),)
    view = plan(rows, rate_ppm=120_000, carried_interest=300_00)

    now = at(view, DUE[0], Paid(DUE[0], interest=Satang(100_00)))

    assert (now.overdue[0].n, now.overdue[0].interest) == (0, 200_00)
    assert now.default_interest == 0
    assert now.settlement == 1_000_00 + 10_00 + 200_00


def test_payments_of_a_later_day_are_not_seen() -> None:
    paid = Paid(DUE[0], principal=Satang(2_000_00), interest=Satang(200_00))

    assert at(equal_principal(), STARTED, paid).outstanding == 20_000_00


@given(
    st.lists(
        st.tuples(st.integers(0, 330), st.integers(0, 2_500_00), st.integers(0, 300_00)),
        max_size=8,
    ),
    st.integers(0, 400),
    st.sampled_from(Counting),
)
def test_what_is_owed_is_never_negative_and_the_order_of_payments_does_not_matter(
    made: list[tuple[int, int, int]], days: int, counting: Counting
) -> None:
    left = 20_000_00
    paid = []
    for day, principal, interest in made:
        part = min(left, principal)
        left -= part
        paid.append(
            Paid(STARTED + timedelta(days=day), principal=Satang(part), interest=Satang(interest))
        )
    on = STARTED + timedelta(days=days)

    now = at(equal_principal(counting=counting), on, *paid)

    assert now == at(equal_principal(counting=counting), on, *reversed(paid))
    assert now.outstanding == 20_000_00 - sum(one.principal for one in paid if one.on <= on)
    assert now.settlement >= now.outstanding
    assert min(now.default_interest, now.accrued_interest, now.costs) >= 0
    assert now.overdue_principal <= now.outstanding
    assert now.due_this_period <= now.settlement
