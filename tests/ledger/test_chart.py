"""The standard chart is whole, and each account is in the fund that its money belongs to."""

from collections import Counter

import pytest

from ledger.chart import (
    KIND_IN_THAI,
    STANDARD_FUNDS,
    Keeps,
    Kind,
    Side,
    normal_side,
    standard_chart,
)
from ledger.entry import is_plain

ROWS = list(standard_chart())


def test_no_account_stands_twice_in_a_fund() -> None:
    assert max(Counter((row.code, row.fund) for row in ROWS).values()) == 1


def test_every_account_is_in_a_standard_fund_with_both_names() -> None:
    funds = {fund.code for fund in STANDARD_FUNDS}

    assert {row.fund for row in ROWS} == funds
    assert all(row.thai and row.english and is_plain(row.thai) for row in ROWS)
    assert all(len(row.code) == 5 and row.code.isdigit() for row in ROWS)


def test_cash_and_bank_never_fall_below_zero_in_any_fund() -> None:
    cash = [row for row in ROWS if row.code == "11010"]

    assert cash
    assert all(row.keeps is Keeps.DEBIT for row in cash)


def test_every_fund_has_suspense_and_opening_clearing() -> None:
    for code in ("59010", "39010"):
        assert {row.fund for row in ROWS if row.code == code} == {f.code for f in STANDARD_FUNDS}


def test_what_members_and_loans_have_stands_under_control_accounts() -> None:
    holds = {row.code: row.holds for row in ROWS if row.holds}

    assert holds["31020"] == "member"
    assert holds["31010"] == "member"
    assert set(holds.values()) == {"member", "loan", "borrowing", "group"}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_grows_on_a_side_and_has_a_thai_name(kind: Kind) -> None:
    grows_on_debit = kind in {Kind.ASSET, Kind.EXPENSE}

    assert normal_side(kind) is (Side.DEBIT if grows_on_debit else Side.CREDIT)
    assert KIND_IN_THAI[kind]
