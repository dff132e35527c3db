"""The passbook on paper: which line stands on which page, at which height, and what is there yet.

A line's place follows from its number in the account alone. So a passbook that is printed a few
lines at a time has each line where it would be had all been printed at once, and no line on paper
ever moves. Lines stand in the order of the book, not by business day.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.entry import EntryKind
from ledger.money import Satang
from ledger.statement import StatementLine, StatementPage, cut_into_pages

#: Source: the 26 lines of a co-operative's passbook, measured.
LINES_A_PAGE = 26
LINE_PITCH_MM = 5.2
#: In the log of printings the cover counts as line 0: who prints from there begins a new book.
COVER = 0


class Code(StrEnum):
    """The two letters that say what a line is.

    Source: the codes of a co-operative's passbook printer, with ฝ and ถ spelt out.
    """

    CASH_IN = "CD"
    TRANSFER_IN = "TD"
    CASH_OUT = "CW"
    TRANSFER_OUT = "TW"
    INTEREST = "IN"
    DIVIDEND = "DV"
    REBATE = "RB"
    ADJUSTMENT = "AJ"
    BROUGHT_FORWARD = "BF"


CODE_IN_THAI: Mapping[Code, str] = {
    Code.CASH_IN: "ฝากเงินสด",
    Code.TRANSFER_IN: "ฝากโอน",
    Code.CASH_OUT: "ถอนเงินสด",
    Code.TRANSFER_OUT: "ถอนโอน",
    Code.INTEREST: "ดอกเบี้ย",
    Code.DIVIDEND: "ปันผล",
    Code.REBATE: "เฉลี่ยคืน",
    Code.ADJUSTMENT: "ปรับปรุง",
    Code.BROUGHT_FORWARD: "ยอดยกมา",
}

_CASH = ("110",)
_BANK = ("121", "122", "123", "124", "125", "126")
#: Accounts of the standard chart that say by themselves where the money came from.
_COMES_FROM = {"51010": Code.INTEREST, "24040": Code.DIVIDEND, "24050": Code.REBATE}


def code_of(kind: str, *, is_deposit: bool, against: Collection[str]) -> Code:
    """Tell what a line is from its entry.

    Args:
        kind: What the entry is about.
        is_deposit: Whether the line adds to the member's savings.
        against: The codes of the accounts of the same purse on the entry's other side, members'
            own accounts left out: 11010 is the cash box, 12110 the bank.
    """
    if kind == EntryKind.REVERSAL:
        return Code.ADJUSTMENT
    if kind == EntryKind.OPENING:
        return Code.BROUGHT_FORWARD
    for account in sorted(against):
        if account in _COMES_FROM:
            return _COMES_FROM[account]
        if account.startswith(_CASH):
            return Code.CASH_IN if is_deposit else Code.CASH_OUT
        if account.startswith(_BANK):
            return Code.TRANSFER_IN if is_deposit else Code.TRANSFER_OUT
    return Code.BROUGHT_FORWARD if kind == EntryKind.IMPORTED else Code.ADJUSTMENT


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What a passbook says of an entry beside its amount."""

    against: tuple[str, ...]
    recorded_by: str
    seal: bytes


@dataclass(frozen=True, slots=True)
class PassbookLine:
    """One line, from the member's side: what they paid in adds.

    Attributes:
        n: The line's number in the account, from 1 and without gaps.
        entry_number: The entry it belongs to.
        entered_on: The business day.
        code: What it is.
        amount: Satang; what was paid in is positive, what was taken out negative.
        balance_after: Satang, positive is the member's.
        recorded_by: Who wrote it.
        seal: The seal of its entry.
        is_taken_back: Whether a later line takes it back.
    """

    n: int
    entry_number: int
    entered_on: date
    code: Code
    amount: Satang
    balance_after: Satang
    recorded_by: str
    seal: bytes
    is_taken_back: bool

    @property
    def paid_in(self) -> Satang:
        """What was paid in, in satang."""
        return Satang(max(self.amount, 0))

    @property
    def taken_out(self) -> Satang:
        """What was taken out, in satang."""
        return Satang(max(-self.amount, 0))

    @property
    def slot(self) -> int:
        """Which place it has on its page, from 0."""
        return (self.n - 1) % LINES_A_PAGE


def line_of(line: StatementLine, facts: EntryFacts) -> PassbookLine:
    """Turn a line of the ledger's statement round to the member's side.

    Savings are credit accounts, whether they are the group's debt or its capital.
    """
    return PassbookLine(
        n=line.n,
        entry_number=line.entry_number,
        entered_on=line.entered_on,
        code=code_of(line.kind, is_deposit=line.amount < 0, against=facts.against),
        amount=Satang(-line.amount),
        balance_after=Satang(-line.balance_after),
        recorded_by=facts.recorded_by,
        seal=facts.seal,
        is_taken_back=line.reversed_by_number is not None,
    )


@dataclass(frozen=True, slots=True)
class PassbookPage:
    """What is printed on one page of an account.

    Attributes:
        number: The page's number in the account, from 1.
        has_frame: Whether heading, columns and rules are printed, or stand on paper already.
        brought_forward: The balance before the page's first line, where it is printed.
        lines: The lines that are printed; those above them are on paper.
        carried_forward: The balance after the page's last line, when the page is full.
        is_last: Whether the account's newest line stands here, with the seal behind it.
    """

    number: int
    has_frame: bool
    brought_forward: Satang | None
    lines: tuple[PassbookLine, ...]
    carried_forward: Satang | None
    is_last: bool

    @property
    def first_slot(self) -> int:
        """The place of the first line that is printed, from 0."""
        return self.lines[0].slot if self.lines else 0


def page_of_line(n: int) -> int:
    """Give the number of the page on which a line stands, from 1; the cover counts to page 1."""
    return (max(n, 1) - 1) // LINES_A_PAGE + 1


def first_line_of_page(number: int) -> int:
    """Give the number of the first line of a page."""
    return (number - 1) * LINES_A_PAGE + 1


def first_line_to_read(on_paper: int | None) -> int:
    """Give the line from which an account is read: the first of the page that goes on."""
    return first_line_of_page(page_of_line((on_paper or 0) + 1))


def sheets_to_print_on(*, on_paper: int | None, lines: int) -> Iterator[tuple[int, bool]]:
    """Give the pages that new lines go onto, each with whether it is on paper already.

    Args:
        on_paper: The last line on paper, as of ``passbook_pages``.
        lines: How many lines the account has.
    """
    if lines > (on_paper or 0):
        pages_on_paper = 0 if on_paper is None else page_of_line(on_paper)
        for number in range(page_of_line((on_paper or 0) + 1), page_of_line(lines) + 1):
            yield number, number <= pages_on_paper


def passbook_pages(
    statement: StatementPage, *, facts: Mapping[int, EntryFacts], on_paper: int | None
) -> Iterator[PassbookPage]:
    """Lay an account's lines out on its pages, leaving out what is on paper.

    Args:
        statement: The lines from ``first_line_to_read`` to the newest that is printed.
        facts: What is said of each entry, by its number.
        on_paper: The last line on paper; 0 when the first page is, without a line; None when
            nothing of this account was ever printed.
    """
    begins = first_line_to_read(on_paper)
    pages_on_paper = 0 if on_paper is None else page_of_line(on_paper)
    newest = statement.lines[-1].n if statement.lines else 0
    for i, part in enumerate(cut_into_pages(statement, lines_a_page=LINES_A_PAGE)):
        number = page_of_line(begins) + i
        has_frame = number > pages_on_paper
        is_full = len(part.lines) == LINES_A_PAGE
        yield PassbookPage(
            number=number,
            has_frame=has_frame,
            brought_forward=Satang(-part.brought_forward) if has_frame and number > 1 else None,
            lines=tuple(
                line_of(line, facts[line.entry_number])
                for line in part.lines
                if line.n > (on_paper or 0)
            ),
            carried_forward=Satang(-part.carried_forward) if is_full else None,
            is_last=bool(part.lines) and part.lines[-1].n == newest,
        )
