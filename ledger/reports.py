"""Trial balance and statements, from a list of balances."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ledger.chart import Kind, Side, normal_side
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
        """What the sides differ by at the end; anything but zero is a fault."""
        return Satang(self.closing_debit - self.closing_credit)

    @property
    def opening_difference(self) -> Satang:
        """What the sides of what was brought forward differ by."""
        return Satang(self.opening_debit - self.opening_credit)

    @property
    def moved_difference(self) -> Satang:
        """What the sides of what was posted differ by."""
        return Satang(self.debits - self.credits)

    @property
    def agrees(self) -> bool:
        """Whether both sides are the same at the start, in between and at the end."""
        return not (self.opening_difference or self.moved_difference or self.difference)


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


#: How the codes of cash boxes and of deposits begin in the standard chart.
CASH, DEPOSITS = "110", "12"
MEMBERS, LOANS = "member", "loan"


@dataclass(frozen=True, slots=True)
class KindTotal:
    """What the accounts of one kind come to, by purse; in satang, on the side the kind grows on."""

    kind: Kind
    by_fund: tuple[Satang, ...]
    total: Satang


@dataclass(frozen=True, slots=True)
class Overview:
    """A book at a glance, without anybody's name.

    Attributes:
        funds: The codes of the purses in which there is anything.
        kinds: The totals of each kind in those purses.
        cash: What is in the boxes.
        deposits: What is at the bank and with the mother network.
        savings: What members have saved: deposits, shares and pledges.
        loans: What members owe.
        cash_in: What came into the boxes over the months of the balances.
        cash_out: What went out of them.
        saved: What members paid into savings over the months.
        withdrawn: What was paid out of them.
        difference: What debits and credits differ by; anything but zero is a fault.
    """

    funds: tuple[str, ...]
    kinds: tuple[KindTotal, ...]
    cash: Satang
    deposits: Satang
    savings: Satang
    loans: Satang
    cash_in: Satang
    cash_out: Satang
    saved: Satang
    withdrawn: Satang
    difference: Satang


def overview_of(balances: Sequence[AccountBalance]) -> Overview:
    """Sum a book up, from the balances of its accounts over some months."""
    rows = [row for row in roll_up(balances) if not row.is_idle]
    funds = tuple(dict.fromkeys(row.fund for row in sorted(rows, key=lambda row: row.fund)))
    assets = [row for row in rows if row.kind is Kind.ASSET]
    boxes = [row for row in assets if row.code.startswith(CASH)]
    savings = [
        row for row in rows if row.holds == MEMBERS and row.kind in {Kind.LIABILITY, Kind.EQUITY}
    ]
    return Overview(
        funds=funds,
        kinds=tuple(_kind_total(rows, kind, funds) for kind in Kind),
        cash=total(row.closing for row in boxes),
        deposits=total(row.closing for row in assets if row.code.startswith(DEPOSITS)),
        savings=Satang(-total(row.closing for row in savings)),
        loans=total(row.closing for row in assets if row.holds == LOANS),
        cash_in=total(row.debits for row in boxes),
        cash_out=total(row.credits for row in boxes),
        saved=total(row.credits for row in savings),
        withdrawn=total(row.debits for row in savings),
        difference=total(row.closing for row in rows),
    )


def _kind_total(rows: Sequence[AccountBalance], kind: Kind, funds: Sequence[str]) -> KindTotal:
    sign = 1 if normal_side(kind) is Side.DEBIT else -1
    by_fund = tuple(
        Satang(sign * total(r.closing for r in rows if r.kind is kind and r.fund == fund))
        for fund in funds
    )
    return KindTotal(kind, by_fund, total(by_fund))
