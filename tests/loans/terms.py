"""Terms of loans for tests: one usual loan, and any that anybody could think of."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from ledger.money import Satang
from loans.schedule import (
    Counting,
    Every,
    Grace,
    Holiday,
    Method,
    Payout,
    RateChange,
    RateEffect,
    RoundingHow,
    Terms,
)

#: 300,000 baht at 6 % in 180 months, the instalment in whole baht: a member's house.
HOUSE = Terms(
    principal=Satang(300_000_00),
    annual_rate_ppm=60_000,
    instalments=180,
    method=Method.EQUAL_INSTALMENT,
    first_due_on=date(2026, 1, 31),
    disbursed_on=date(2025, 12, 31),
    rounding_multiple=Satang(1_00),
)


def house(**different: Any) -> Terms:
    """Give the terms of the house with some of them different; amounts in satang."""
    return replace(HOUSE, **different)


days_between = st.integers(min_value=1, max_value=200)
days = st.dates(min_value=date(2015, 1, 1), max_value=date(2035, 12, 31))
rates = st.integers(min_value=0, max_value=300_000)


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    """Give terms of any kind; some cannot be, and are refused."""
    method = draw(st.sampled_from(Method))
    every = draw(st.sampled_from(Every))
    disbursed = draw(days)
    instalments = draw(st.integers(min_value=1, max_value=24))
    first = disbursed + timedelta(days=draw(st.integers(min_value=1, max_value=70)))
    due_days = [first]
    if every is Every.CHOSEN or method is Method.SEASONAL:
        for length in draw(
            st.lists(days_between, min_size=instalments - 1, max_size=instalments - 1)
        ):
            due_days.append(due_days[-1] + timedelta(days=length))
    principal = draw(st.integers(min_value=10_000, max_value=50_000_000))
    return Terms(
        principal=Satang(principal),
        annual_rate_ppm=draw(rates),
        instalments=instalments,
        method=method,
        first_due_on=first,
        disbursed_on=disbursed,
        every=every,
        counting=draw(st.sampled_from(Counting)),
        counts_first_day=draw(st.booleans()),
        rounding_multiple=Satang(draw(st.sampled_from((1, 25, 100, 500)))),
        rounding_how=draw(st.sampled_from(RoundingHow)),
        grace=draw(st.sampled_from(Grace)),
        grace_instalments=draw(st.integers(min_value=0, max_value=max(0, instalments - 1))),
        due_days=tuple(due_days) if len(due_days) == instalments and _listed(method, every) else (),
        payouts=draw(_payouts(principal, disbursed)),
        rate_changes=draw(_rate_changes(disbursed)),
        holidays=draw(_holidays(disbursed)),
        kept_instalment=draw(_kept(method, principal)),
    )


def _listed(method: Method, every: Every) -> bool:
    return every is Every.CHOSEN or method is Method.SEASONAL


def _kept(method: Method, principal: int) -> st.SearchStrategy[Satang | None]:
    if method is Method.BULLET:
        return st.none()
    # A tenth of the loan repays it soon, and half a thousandth never.
    return st.none() | st.integers(min_value=principal // 2_000 + 1, max_value=principal // 5).map(
        Satang
    )


@st.composite
def _payouts(draw: st.DrawFn, principal: int, disbursed: date) -> tuple[Payout, ...]:
    if draw(st.booleans()):
        return ()
    first = draw(st.integers(min_value=1, max_value=principal - 1))
    later = disbursed + timedelta(days=draw(st.integers(min_value=0, max_value=120)))
    return (Payout(disbursed, Satang(first)), Payout(later, Satang(principal - first)))


@st.composite
def _rate_changes(draw: st.DrawFn, disbursed: date) -> tuple[RateChange, ...]:
    changes, day = [], disbursed
    for _ in range(draw(st.integers(min_value=0, max_value=2))):
        day += timedelta(days=draw(days_between))
        changes.append(RateChange(day, draw(rates), draw(st.sampled_from(RateEffect))))
    return tuple(changes)


@st.composite
def _holidays(draw: st.DrawFn, disbursed: date) -> tuple[Holiday, ...]:
    if draw(st.booleans()):
        return ()
    since = disbursed + timedelta(days=draw(days_between))
    until = since + timedelta(days=draw(st.integers(min_value=0, max_value=120)))
    return (Holiday(since, until, draw(st.sampled_from((Grace.ALL, Grace.PRINCIPAL)))),)
