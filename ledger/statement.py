"""A statement: the lines of one account, brought and carried forward, in the order of the book."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.money import Satang, total


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One posting as it stands in an account's statement.

    Attributes:
        n: The line's number in the account, from 1 and without gaps.
        entry_number: The entry it belongs to.
        entered_on: The business day.
        recorded_at: When it was written.
        kind: What the entry is about.
        reference: The number of its paper.
        memo: What was written about it, or empty.
        amount: Satang, debit positive.
        balance_after: Satang, debit positive.
        reversed_by_number: The entry that took it back, if any.
        reverses_number: The entry that it takes back, if any.
        posted_by: The mark of the officer who wrote it.
    """

    n: int
    entry_number: int
    entered_on: date
    recorded_at: datetime
    kind: str
    reference: str
    memo: str
    amount: Satang
    balance_after: Satang
    reverses_number: int | None
    reversed_by_number: int | None
    posted_by: str

    @property
    def debit(self) -> Satang:
        """What it adds to the debit side, in satang."""
        return Satang(max(self.amount, 0))

    @property
    def credit(self) -> Satang:
        """What it adds to the credit side, in satang."""
        return Satang(max(-self.amount, 0))


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Some consecutive lines of an account.

    Attributes:
        brought_forward: The balance before the first line, in satang, debit positive.
        lines: The lines, oldest first.
        carried_forward: The balance after the last line.
    """

    brought_forward: Satang
    lines: tuple[StatementLine, ...]

    @property
    def carried_forward(self) -> Satang:
        """The balance after the last line, in satang, debit positive."""
        return self.lines[-1].balance_after if self.lines else self.brought_forward

    @property
    def debits(self) -> Satang:
        """The sum of the debit side, in satang."""
        return total(line.debit for line in self.lines)

    @property
    def credits(self) -> Satang:
        """The sum of the credit side, in satang."""
        return total(line.credit for line in self.lines)


def page_of(lines: Sequence[StatementLine], *, brought_forward: Satang) -> StatementPage:
    """Make a page of consecutive lines; the running balance must continue from line to line."""
    balance = brought_forward
    for line in lines:
        balance = Satang(balance + line.amount)
        assert line.balance_after == balance, line
    return StatementPage(brought_forward, tuple(lines))


def cut_into_pages(page: StatementPage, *, lines_a_page: int) -> Iterator[StatementPage]:
    """Cut a long page into shorter ones, each brought forward from the one before."""
    brought_forward = page.brought_forward
    for start in range(0, max(len(page.lines), 1), lines_a_page):
        lines = page.lines[start : start + lines_a_page]
        yield StatementPage(brought_forward, lines)
        brought_forward = lines[-1].balance_after if lines else brought_forward


def cut_to_fit(
    page: StatementPage, *, room: int, height_of: Callable[[StatementLine], int]
) -> Iterator[StatementPage]:
    """Cut a long page into sheets of paper, whose lines take more or less room.

    Args:
        page: What is to be printed.
        room: How much a sheet holds, in the unit of ``height_of``.
        height_of: How much a line takes; one that takes more than ``room`` stands alone.
    """
    start, taken, brought_forward = 0, 0, page.brought_forward
    for place, line in enumerate(page.lines):
        height = height_of(line)
        if place > start and taken + height > room:
            yield StatementPage(brought_forward, page.lines[start:place])
            start, taken, brought_forward = place, 0, page.lines[place - 1].balance_after
        taken += height
    yield StatementPage(brought_forward, page.lines[start:])
