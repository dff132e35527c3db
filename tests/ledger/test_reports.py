"""Trial balances: control accounts added up, idle accounts left out, both sides equal."""

from ledger.chart import Kind
from ledger.money import Satang
from ledger.reports import AccountBalance, roll_up, trial_balance


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
