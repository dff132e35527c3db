"""Statements: brought forward, running balance, carried forward."""

from datetime import UTC, date, datetime
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import Satang
from ledger.statement import StatementLine, StatementPage, cut_into_pages, page_of


def lines_of(amounts: list[int], *, before: int = 0) -> list[StatementLine]:
    balances = list(accumulate(amounts, initial=before))[1:]
    return [
        StatementLine(
            n=n,
            entry_number=n,
            entered_on=date(2023, 4, 6),
            recorded_at=datetime(2023, 4, 6, tzinfo=UTC),
            kind="receipt",
            reference="",
            memo="",
            amount=Satang(amount),
            balance_after=Satang(balance),
            reverses_number=None,
            reversed_by_number=None,
            posted_by="1",
        )
        for n, (amount, balance) in enumerate(zip(amounts, balances, strict=True), start=1)
    ]


some_amounts = st.lists(st.integers(-1_000_00, 1_000_00).filter(bool), max_size=60)


@given(some_amounts, st.integers(-1_000_00, 1_000_00), st.integers(1, 25))
def test_pages_continue_each_other_and_lose_no_line(
    amounts: list[int], before: int, lines_a_page: int
) -> None:
    whole = page_of(lines_of(amounts, before=before), brought_forward=Satang(before))

    pages = list(cut_into_pages(whole, lines_a_page=lines_a_page))

    assert [line for page in pages for line in page.lines] == list(whole.lines)
    assert pages[0].brought_forward == before
    assert pages[-1].carried_forward == whole.carried_forward == before + sum(amounts)
    for page, following in pairwise(pages):
        assert page.carried_forward == following.brought_forward
        assert len(page.lines) == lines_a_page
    assert whole.debits - whole.credits == sum(amounts)


def test_a_line_shows_its_side() -> None:
    received, paid = lines_of([100_00, -30_00])

    assert (received.debit, received.credit) == (100_00, 0)
    assert (paid.debit, paid.credit) == (0, 30_00)


def test_a_page_without_lines_carries_forward_what_was_brought() -> None:
    assert StatementPage(Satang(50_00), ()).carried_forward == 50_00


def test_a_running_balance_that_breaks_is_never_shown() -> None:
    with pytest.raises(AssertionError):
        page_of(lines_of([100_00]), brought_forward=Satang(1))
