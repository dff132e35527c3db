"""What is true of every schedule, whatever the terms."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

from hypothesis import assume, event, given, reject
from hypothesis import strategies as st

from ledger.money import Satang
from loans.ceiling import effective_rate_ppm
from loans.interest import days_at_each_rate, days_in_each_year, interest_for_days
from loans.schedule import (
    Counting,
    Every,
    Grace,
    Method,
    Schedule,
    Terms,
    TermsUnfit,
    make_schedule,
    terms_as_json,
    terms_from_json,
)
from loans.schedule.charging import share, years
from tests.loans.terms import any_terms, days, rates


def made(terms: Terms) -> Schedule:
    """Make a schedule; terms that cannot be are refused in a sentence, and never crash."""
    try:
        return make_schedule(terms)
    except TermsUnfit as refusal:
        said = refusal.sentence()
    event(said.split(" ")[0])
    return reject()


@given(any_terms())
def test_principal_sums_to_the_loan_and_ends_at_zero(terms: Terms) -> None:
    schedule = made(terms)

    assert sum(row.principal for row in schedule.rows) == terms.principal
    assert schedule.rows[-1].balance == 0
    assert schedule.payment == terms.principal + schedule.interest


@given(any_terms())
def test_nothing_is_negative_and_each_payment_is_the_sum_of_its_parts(terms: Terms) -> None:
    for row in made(terms).rows:
        assert min(row.principal, row.interest, row.fee, row.balance) >= 0
        assert row.payment == row.principal + row.interest + row.fee > 0


@given(any_terms())
def test_due_days_ascend_and_no_date_comes_twice(terms: Terms) -> None:
    rows = made(terms).rows
    resting = [h for h in terms.holidays if h.waives is Grace.ALL]

    assert [row.n for row in rows] == list(range(1, len(rows) + 1))
    assert all(before.due_on < row.due_on for before, row in pairwise(rows))
    assert rows[0].due_on > terms.disbursed_on
    assert not [r for r in rows for h in resting if h.since <= r.due_on <= h.until]


@given(any_terms())
def test_the_balance_is_what_was_paid_out_less_what_was_paid_back(terms: Terms) -> None:
    rows = made(terms).rows
    paid_out = [(p.on, p.amount) for p in terms.payouts] or [(terms.disbursed_on, terms.principal)]
    paid_back = 0

    for row in rows:
        paid_back += row.principal
        lent = sum(amount for day, amount in paid_out if day < row.due_on)
        assert row.balance == lent - paid_back


@given(any_terms())
def test_terms_come_back_from_how_they_are_kept(terms: Terms) -> None:
    assert terms_from_json(terms_as_json(terms)) == terms


@given(any_terms())
def test_a_loan_on_what_is_still_owed_really_costs_its_rate(terms: Terms) -> None:
    assume(terms.method is not Method.FLAT)
    schedule = made(
        replace(terms, rate_changes=(), counts_first_day=False, principal=Satang(50_000_000))
        if not terms.payouts
        else replace(terms, rate_changes=(), counts_first_day=False)
    )
    assume(schedule.interest > 1_000 * len(schedule.rows))

    assert abs(effective_rate_ppm(schedule) - terms.annual_rate_ppm) <= 1


@given(any_terms())
def test_interest_is_never_charged_on_interest(terms: Terms) -> None:
    assume(terms.method is not Method.FLAT and not terms.rate_changes)
    rows = made(terms).rows

    for before, row in pairwise(rows):
        joined = sum(p.amount for p in terms.payouts if before.due_on <= p.on < row.due_on)
        length = years(terms, since=before.due_on, until=row.due_on)
        most = (before.balance + joined) * terms.annual_rate_ppm * length
        a_day = (
            (before.balance + joined)
            * terms.annual_rate_ppm
            * years(
                replace(terms, every=Every.WEEK), since=date(2025, 1, 1), until=date(2025, 1, 3)
            )
        )
        assert row.interest * 1_000_000 <= most + a_day + 1_000_000


@given(
    owed=st.integers(min_value=1, max_value=100_000_000).map(Satang),
    rate=rates,
    first=st.integers(min_value=0, max_value=400),
    second=st.integers(min_value=0, max_value=400),
)
def test_splitting_days_in_two_changes_no_more_than_the_rounding(
    owed: Satang, rate: int, first: int, second: int
) -> None:
    def interest(length: int) -> int:
        return interest_for_days(owed=owed, annual_rate_ppm=rate, days=length)

    assert abs(interest(first + second) - interest(first) - interest(second)) <= 1


@given(any_terms(), st.lists(days, min_size=3, max_size=3, unique=True).map(sorted))
def test_before_rounding_splitting_days_in_two_changes_nothing(
    terms: Terms, three: list[date]
) -> None:
    terms = replace(terms, counting=Counting.DAYS_ACTUAL)
    known = [(date.min, terms.annual_rate_ppm)]
    known += [(change.since, change.annual_rate_ppm) for change in terms.rate_changes]
    begin, middle, end = three

    assert share(terms, known, since=begin, until=end) == share(
        terms, known, since=begin, until=middle
    ) + share(terms, known, since=middle, until=end)


@given(st.lists(days, min_size=2, max_size=2).map(sorted))
def test_every_day_is_counted_once_in_its_year_and_at_its_rate(two: list[date]) -> None:
    since, until = two
    changes = [(date.min, 1), (date(2020, 2, 29), 2), (date(2030, 1, 1), 3)]
    length = (until - since).days

    assert sum(n for _year, n in days_in_each_year(since=since, until=until)) == length
    assert sum(n for _rate, n in days_at_each_rate(changes, since=since, until=until)) == length
