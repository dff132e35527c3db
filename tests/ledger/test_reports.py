"""Trial balances: control accounts added up, idle accounts left out, both sides equal."""

from dataclasses import replace

from ledger.chart import Kind
from ledger.money import Satang
from ledger.reports import AccountBalance, overview_of, roll_up, trial_balance


def balance(
    account_id: int,
    *,
    opening: int = 0,
    debits: int = 0,
    credits: int = 0,
    fund: str = "SAV",
    control_id: int | None = None,
    holds: str = "",
) -> AccountBalance:
    return AccountBalance(
        account_id=account_id,
        code=str(10000 + account_id),
        fund=fund,
        kind=Kind.ASSET,
        holds=holds,
        control_id=control_id,
        name="บัญชี",
        opening=Satang(opening),
        debits=Satang(debits),
        credits=Satang(credits),
        closing=Satang(opening + debits - credits),
    )


BALANCES = [
    balance(1, opening=500_00, debits=300_00, credits=100_00),
    balance(2, holds="member"),
    balance(3, opening=-500_00, credits=200_00, control_id=2),
    balance(4, credits=100_00, debits=100_00, control_id=2),
    balance(5, fund="WEL", debits=30_00),
    balance(6, fund="WEL", credits=30_00),
    balance(7),
]


def test_a_control_account_is_the_sum_of_those_under_it() -> None:
    rows = {row.account_id: row for row in roll_up(BALANCES)}

    assert rows.keys() == {1, 2, 5, 6, 7}
    control = rows[2]
    assert (control.opening, control.debits, control.credits, control.closing) == (
        -500_00,
        100_00,
        300_00,
        -700_00,
    )


def test_both_sides_of_a_trial_balance_are_equal_and_idle_accounts_are_left_out() -> None:
    trial = trial_balance(BALANCES)

    assert [row.account_id for row in trial.rows] == [1, 2, 5, 6]
    assert trial.opening_debit == trial.opening_credit == 500_00
    assert trial.debits == trial.credits == 430_00
    assert trial.closing_debit == trial.closing_credit == 730_00
    assert trial.difference == 0


def test_a_trial_balance_can_be_of_one_fund() -> None:
    trial = trial_balance(BALANCES, fund="WEL")

    assert [row.account_id for row in trial.rows] == [5, 6]
    assert (trial.closing_debit, trial.closing_credit) == (30_00, 30_00)


def test_a_difference_is_shown_and_not_hidden() -> None:
    assert trial_balance(BALANCES[:1]).difference == 700_00


def test_a_balance_stands_on_its_side() -> None:
    row = BALANCES[2]

    assert (row.opening_debit, row.opening_credit) == (0, 500_00)
    assert (row.closing_debit, row.closing_credit) == (0, 700_00)
    assert not row.is_idle
    assert BALANCES[6].is_idle


def test_an_overview_sums_each_kind_on_its_own_side_and_names_nobody() -> None:
    rows = [
        replace(balance(1, opening=100_00, debits=50_00, credits=20_00), code="11010"),
        replace(balance(2, debits=20_00), code="12110"),
        replace(balance(3, holds="member"), kind=Kind.EQUITY),
        replace(balance(4, opening=-100_00, debits=5_00, credits=25_00, control_id=3)),
        replace(balance(5, credits=30_00), kind=Kind.INCOME),
        replace(balance(6, debits=8_00, holds=""), kind=Kind.EXPENSE),
        replace(balance(7, credits=8_00), kind=Kind.CONTRA),
        replace(balance(8, holds="loan"), code="13010"),
    ]

    seen = overview_of(rows)

    assert (seen.cash, seen.deposits, seen.savings, seen.loans) == (130_00, 20_00, 120_00, 0)
    assert (seen.cash_in, seen.cash_out, seen.saved, seen.withdrawn) == (
        50_00,
        20_00,
        25_00,
        5_00,
    )
    assert {row.kind: row.total for row in seen.kinds} == {
        Kind.ASSET: 150_00,
        Kind.CONTRA: 8_00,
        Kind.LIABILITY: 0,
        Kind.EQUITY: 120_00,
        Kind.INCOME: 30_00,
        Kind.EXPENSE: 8_00,
    }
    assert (seen.funds, seen.difference) == (("SAV",), 0)


def test_an_overview_of_an_empty_book_is_nothing() -> None:
    seen = overview_of([])

    assert (seen.funds, seen.cash, seen.difference) == ((), 0, 0)
    assert all(row.total == 0 for row in seen.kinds)
