"""The collection sheet: what was typed, what it means, and what does not agree."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ledger.errors import DomainError, Unreadable
from ledger.money import Satang, parse_baht, total

#: More than anybody types into a cell for an amount.
LONGEST_CELL = 40


class Channel(StrEnum):
    """How a member paid."""

    CASH = "cash"
    TRANSFER = "transfer"


CHANNEL_IN_THAI = {Channel.CASH: "เงินสด", Channel.TRANSFER: "โอน"}


class RowState(StrEnum):
    """How it stands with one member on the sheet."""

    PAID = "paid"
    SHORT = "short"
    ABSENT = "absent"
    WAITING = "waiting"
    WRONG = "wrong"


STATE_IN_THAI = {
    RowState.PAID: "จ่ายครบ",
    RowState.SHORT: "ขาด",
    RowState.ABSENT: "ไม่มา",
    RowState.WAITING: "ยังไม่จ่าย",
    RowState.WRONG: "ต้องแก้",
}


class AbsentButPaid(Unreadable):
    """A member is marked as absent, and has an amount."""

    thai = "ติดไว้ว่าไม่มา แต่มียอดเงิน ลบยอดเงินออก หรือเอาเครื่องหมายไม่มาออก"


class SheetNotReadable(Unreadable):
    """Cells of the sheet cannot be read; ``cells`` says which, and why, all of them."""

    thai = "ยังไปต่อไม่ได้ มี {count} ช่องที่ต้องแก้ ({first}) สิ่งที่พิมพ์ไว้ยังอยู่ครบ"

    def __init__(self, cells: Sequence["UnreadableCell"]) -> None:
        super().__init__(count=len(cells), first=cells[0].sentence)
        self.cells = tuple(cells)


@dataclass(frozen=True, slots=True)
class UnreadableCell:
    """A cell that cannot be posted as it stands, and the sentence about it."""

    member_id: int
    product_code: str
    typed: str
    sentence: str


def any_amount(_amount: Satang) -> None:
    """Take every amount: most products do."""


@dataclass(frozen=True, slots=True)
class Column:
    """A product on the sheet.

    Attributes:
        code: The product's code.
        name: Its name.
        fund: The purse that its money belongs to.
        check: Refuses, by a ``DomainError``, an amount that the product does not take.
    """

    code: str
    name: str
    fund: str
    check: Callable[[Satang], None] = any_amount


@dataclass(frozen=True, slots=True)
class Line:
    """A member on the sheet, as it was typed.

    Attributes:
        member_id: The member.
        number: The number on the passbook.
        name: Title and full name.
        place: House number and moo, or empty.
        expected: For each product, what was promised, in satang; products without a promise may
            be missing.
        typed: For each product, what was typed; empty cells may be missing.
        absent: Whether the member is marked as not there.
        channel: How they paid.
    """

    member_id: int
    number: str
    name: str
    place: str
    expected: Mapping[str, Satang]
    typed: Mapping[str, str]
    absent: bool = False
    channel: Channel = Channel.CASH


@dataclass(frozen=True, slots=True)
class RowChange:
    """What changed in one member's row; what is None or not named stays as it is.

    Attributes:
        member_id: The member.
        absent: Whether they are marked as not there.
        channel: How they paid.
        cells: For each product, what was typed, as it was typed; empty clears the cell.
    """

    member_id: int
    absent: bool | None = None
    channel: Channel | None = None
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A member on the sheet, as it was read; ``amounts`` in satang, without zeros."""

    line: Line
    amounts: Mapping[str, Satang]
    wrong: tuple[UnreadableCell, ...]

    @property
    def paid(self) -> Satang:
        """What the member paid."""
        return total(self.amounts.values())

    @property
    def expected(self) -> Satang:
        """What the member promised."""
        return total(self.line.expected.values())

    @property
    def difference(self) -> Satang:
        """What was paid beyond the promise; negative when less."""
        return Satang(self.paid - self.expected)

    @property
    def state(self) -> RowState:
        """How it stands with this member."""
        if self.wrong:
            return RowState.WRONG
        if self.line.absent:
            return RowState.ABSENT
        if not any(typed.strip() for typed in self.line.typed.values()):
            return RowState.WAITING
        kept = all(
            self.amounts.get(code, 0) >= promised for code, promised in self.line.expected.items()
        )
        return RowState.PAID if kept and self.amounts else RowState.SHORT

    @property
    def sentences(self) -> Mapping[str, str]:
        """For each product whose cell is wrong, the sentence about it."""
        return {cell.product_code: cell.sentence for cell in self.wrong}


@dataclass(frozen=True, slots=True)
class Totals:
    """What a sheet comes to, in satang, and how many people it is of."""

    people: int
    paid_people: int
    absent_people: int
    waiting_people: int
    by_product: Mapping[str, Satang]
    by_fund: Mapping[str, Satang]
    expected_by_product: Mapping[str, Satang]
    cash: Satang
    transfer: Satang

    @property
    def all_paid(self) -> Satang:
        """Everything that was paid."""
        return Satang(self.cash + self.transfer)

    @property
    def expected(self) -> Satang:
        """Everything that was promised."""
        return total(self.expected_by_product.values())


@dataclass(frozen=True, slots=True)
class Sheet:
    """A collection sheet: products across, members down."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def wrong(self) -> tuple[UnreadableCell, ...]:
        """Every cell that cannot be posted as it stands, in the order of the sheet."""
        return tuple(cell for row in self.rows for cell in row.wrong)

    @property
    def paying(self) -> tuple[Row, ...]:
        """The rows that make a receipt."""
        return tuple(row for row in self.rows if row.amounts)

    @property
    def away(self) -> tuple[Row, ...]:
        """The rows of those who did not come, or of whom nothing was written."""
        return tuple(row for row in self.rows if row.state in {RowState.ABSENT, RowState.WAITING})

    def check(self) -> None:
        """Refuse a sheet with cells that cannot be read.

        Raises:
            SheetNotReadable: There are some; it names each.
        """
        if self.wrong:
            raise SheetNotReadable(self.wrong)

    @property
    def totals(self) -> Totals:
        """What the sheet comes to; cells that cannot be read count as nothing."""
        paid = [row for row in self.rows if row.amounts]
        by_product = {
            column.code: total(row.amounts.get(column.code, Satang(0)) for row in paid)
            for column in self.columns
        }
        by_fund: dict[str, Satang] = {}
        for column in self.columns:
            before = by_fund.get(column.fund, Satang(0))
            by_fund[column.fund] = Satang(before + by_product[column.code])
        states = [row.state for row in self.rows]
        return Totals(
            people=len(self.rows),
            paid_people=len(paid),
            absent_people=states.count(RowState.ABSENT),
            waiting_people=states.count(RowState.WAITING),
            by_product=by_product,
            by_fund=by_fund,
            expected_by_product={
                column.code: total(
                    row.line.expected.get(column.code, Satang(0)) for row in self.rows
                )
                for column in self.columns
            },
            cash=total(row.paid for row in paid if row.line.channel is Channel.CASH),
            transfer=total(row.paid for row in paid if row.line.channel is Channel.TRANSFER),
        )


def read_sheet(columns: Iterable[Column], lines: Iterable[Line]) -> Sheet:
    """Read a sheet as it was typed. What cannot be read stays, with a sentence at its cell."""
    products = tuple(columns)
    return Sheet(products, tuple(_read_line(line, products) for line in lines))


def retyped(sheet: Sheet, changes: Iterable[RowChange]) -> Sheet:
    """Read a sheet again with what a page sent laid over it, as it is shown when it is refused."""
    by_member = {change.member_id: change for change in changes}
    lines = []
    for row in sheet.rows:
        change = by_member.get(row.line.member_id, RowChange(row.line.member_id))
        lines.append(
            replace(
                row.line,
                typed={**row.line.typed, **change.cells},
                absent=row.line.absent if change.absent is None else change.absent,
                channel=change.channel or row.line.channel,
            )
        )
    return read_sheet(sheet.columns, lines)


def _read_line(line: Line, columns: Sequence[Column]) -> Row:
    amounts: dict[str, Satang] = {}
    wrong: list[UnreadableCell] = []
    for column in columns:
        typed = line.typed.get(column.code, "")
        try:
            amount = read_cell(typed, column)
            if amount and line.absent:
                raise AbsentButPaid(member_id=line.member_id)
        except DomainError as refusal:
            wrong.append(UnreadableCell(line.member_id, column.code, typed, refusal.sentence()))
        else:
            if amount:
                amounts[column.code] = amount
    return Row(line, amounts, tuple(wrong))


def read_cell(typed: str, column: Column) -> Satang:
    """Read one cell, in satang; an empty one is nothing.

    Raises:
        UnreadableAmount: It is no amount, is negative or has a third decimal.
        And whatever the column's check raises.
    """
    if not typed.strip():
        return Satang(0)
    amount = parse_baht(typed)
    column.check(amount)
    return amount
