"""Trial balance and statements, from a list of balances."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ledger.chart import Kind
from ledger.money import Satang, total


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What one account had, took on each side, and has. All in satang, debit positive.

    Attributes:
        account_id: The account's number in its book.
        code: Its code.
        fund: The purse it belongs to.
        kind: What it is.
        holds: Not empty for a control account, which is the sum of those under it.
        control_id: The control account it stands under, if any.
        name: Its Thai name.
        opening: Brought forward.
        debits: Added on the debit side.
        credits: Added on the credit side.
        closing: Carried forward.
    """

    account_id: int
    code: str
    fund: str
    kind: Kind
    holds: str
    control_id: int | None
    name: str
    opening: Satang
    debits: Satang
    credits: Satang
    closing: Satang

    @property
    def opening_debit(self) -> Satang:
        """The opening, when it is on the debit side."""
        return Satang(max(self.opening, 0))

    @property
    def opening_credit(self) -> Satang:
        """The opening, when it is on the credit side."""
        return Satang(max(-self.opening, 0))

    @property
    def closing_debit(self) -> Satang:
        """The closing, when it is on the debit side."""
        return Satang(max(self.closing, 0))

    @property
    def closing_credit(self) -> Satang:
        """The closing, when it is on the credit side."""
        return Satang(max(-self.closing, 0))

    @property
    def is_idle(self) -> bool:
        """Whether it had, took and has nothing."""
        return not (self.opening or self.debits or self.credits or self.closing)


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The accounts of a book, control accounts for those under them, and the sums of each side."""

    rows: tuple[AccountBalance, ...]
    opening_debit: Satang
    opening_credit: Satang
    debits: Satang
    credits: Satang
    closing_debit: Satang
    closing_credit: Satang

    @property
    def difference(self) -> Satang:
        """What the sides differ by; anything but zero is a fault."""
        return Satang(self.closing_debit - self.closing_credit)


def roll_up(balances: Iterable[AccountBalance]) -> list[AccountBalance]:
    """Add the accounts under a control account up into it; the others stay as they are."""
    rows: dict[int, AccountBalance] = {}
    under: list[AccountBalance] = []
    for balance in balances:
        if balance.control_id is None:
            rows[balance.account_id] = balance
        else:
            under.append(balance)
    for balance in under:
        assert balance.control_id is not None
        control = rows[balance.control_id]
        rows[balance.control_id] = replace(
            control,
            opening=Satang(control.opening + balance.opening),
            debits=Satang(control.debits + balance.debits),
            credits=Satang(control.credits + balance.credits),
            closing=Satang(control.closing + balance.closing),
        )
    return list(rows.values())


def trial_balance(balances: Sequence[AccountBalance], *, fund: str | None = None) -> TrialBalance:
    """Make a trial balance, of one fund or of all; idle accounts are left out."""
    rows = tuple(
        row for row in roll_up(balances) if not row.is_idle and (fund is None or row.fund == fund)
    )
    return TrialBalance(
        rows=rows,
        opening_debit=total(row.opening_debit for row in rows),
        opening_credit=total(row.opening_credit for row in rows),
        debits=total(row.debits for row in rows),
        credits=total(row.credits for row in rows),
        closing_debit=total(row.closing_debit for row in rows),
        closing_credit=total(row.closing_credit for row in rows),
    )
