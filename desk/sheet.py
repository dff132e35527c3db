"""The collection sheet: what was typed, what it means, and what does not agree."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ledger.errors import DomainError, RuleBroken, Unreadable
from ledger.money import SATANG_PER_BAHT, Satang, format_baht, parse_baht, total
from loans.standing import Standing
from loans.waterfall import MoreThanOwed

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


class LoanIsClosed(RuleBroken):
    """The loan that was typed for is repaid or written off meanwhile."""

    thai = "สัญญา {reference} ปิดไปแล้ว ลบยอดในช่องนี้ออก"


class RecordedLater(RuleBroken):
    """Something was recorded for the loan on a later day than that of the sheet."""

    thai = (
        "สัญญา {reference} มีรายการวันที่ {last} ซึ่งหลังวันของใบนี้ ลบยอดนี้ออก "
        "แล้วรับชำระแยกจากหน้าเงินกู้ ลงวันที่ {last} หรือหลังจากนั้น"
    )


@dataclass(frozen=True, slots=True)
class UnreadableCell:
    """A cell that cannot be posted as it stands, and the sentence about it.

    ``code`` is the cell's: a product's code, or that of a loan.
    """

    member_id: int
    code: str
    typed: str
    sentence: str


def any_amount(_amount: Satang) -> None:
    """Take every amount: most products do."""


@dataclass(frozen=True, slots=True)
class Column:
    """A product on the sheet, or a kind of loan.

    Attributes:
        code: The product's code; for loans, the kind and its place among them.
        name: Its name.
        fund: The purse that its money belongs to.
        check: Refuses, by a ``DomainError``, an amount that the product does not take.
        is_loan: Whether it is of a kind of loan: then each member's cell is a loan of theirs,
            and who has none has no cell in it.
    """

    code: str
    name: str
    fund: str
    check: Callable[[Satang], None] = any_amount
    is_loan: bool = False


@dataclass(frozen=True, slots=True)
class LoanOnSheet:
    """A loan of a member, in its column.

    Attributes:
        loan_id: Its number in the group.
        reference: The number on the contract.
        check: Refuses, by a ``DomainError``, an amount that cannot be paid towards it.
    """

    loan_id: int
    reference: str
    check: Callable[[Satang], None] = any_amount

    @property
    def code(self) -> str:
        """The code of its cell, which stays when columns move."""
        return loan_cell(self.loan_id)


LOAN_CELL = "loan-"


def loan_cell(loan_id: int) -> str:
    """Give the code of a loan's cell.

    >>> loan_cell(7)
    'loan-7'
    """
    return f"{LOAN_CELL}{loan_id}"


def loan_of_cell(code: str) -> int | None:
    """Give the loan that a cell is of, or None for the cell of a product.

    >>> loan_of_cell("loan-7"), loan_of_cell("PLG")
    (7, None)
    """
    number = code.removeprefix(LOAN_CELL)
    is_loan = number != code and number.isascii() and number.isdigit()
    return int(number) if is_loan else None


def expected_on(standing: Standing) -> Satang:
    """Give what a borrower is expected to pay on a collection day: whole baht, in satang.

    What is due by then, and the running instalment when it falls due later in the same month:
    groups collect on one day of the month, so what falls due on another day of it is paid then.
    It is rounded up, because cash has no satang; what is beyond goes to the principal. What pays
    the loan off is asked for to the satang.
    """
    running = standing.current
    if running is None or (running.due_on.year, running.due_on.month) != (
        standing.on.year,
        standing.on.month,
    ):
        due = standing.due_now
    else:
        due = standing.due_this_period
    return Satang(min(-(-due // SATANG_PER_BAHT) * SATANG_PER_BAHT, standing.settlement))


def at_most(amount: Satang, *, most: Satang) -> None:
    """Refuse a payment of more than pays the loan off on the day; both in satang.

    Raises:
        MoreThanOwed: It is more.
    """
    if amount > most:
        raise MoreThanOwed(most=format_baht(most))


@dataclass(frozen=True, slots=True)
class Line:
    """A member on the sheet, as it was typed.

    Attributes:
        member_id: The member.
        number: The number on the passbook.
        name: Title and full name.
        place: House number and moo, or empty.
        expected: For each cell, what was promised or is due, in satang; cells without any may be
            missing.
        typed: For each cell, what was typed; empty cells may be missing.
        absent: Whether the member is marked as not there.
        channel: How they paid.
        loans: For the columns of loans, the member's loan that stands there.
    """

    member_id: int
    number: str
    name: str
    place: str
    expected: Mapping[str, Satang]
    typed: Mapping[str, str]
    absent: bool = False
    channel: Channel = Channel.CASH
    loans: Mapping[str, LoanOnSheet] = field(default_factory=dict)

    def cell(self, column: Column) -> str | None:
        """Give the code of the member's cell in a column; None where they have no such loan."""
        if not column.is_loan:
            return column.code
        loan = self.loans.get(column.code)
        return None if loan is None else loan.code

    def check(self, column: Column) -> Callable[[Satang], None]:
        """Give what refuses an amount in the member's cell of a column."""
        return self.loans[column.code].check if column.is_loan else column.check


@dataclass(frozen=True, slots=True)
class RowChange:
    """What changed in one member's row; what is None or not named stays as it is.

    Attributes:
        member_id: The member.
        absent: Whether they are marked as not there.
        channel: How they paid.
        cells: For each cell, what was typed, as it was typed; empty clears the cell.
    """

    member_id: int
    absent: bool | None = None
    channel: Channel | None = None
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A member on the sheet, as it was read; ``amounts`` by cell in satang, without zeros."""

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
        """For each cell that is wrong, the sentence about it."""
        return {cell.code: cell.sentence for cell in self.wrong}

    @property
    def savings(self) -> Mapping[str, Satang]:
        """What was paid, by product."""
        return {code: paid for code, paid in self.amounts.items() if loan_of_cell(code) is None}

    @property
    def repayments(self) -> Mapping[int, Satang]:
        """What was paid, by loan."""
        return {
            loan_id: paid
            for code, paid in self.amounts.items()
            if (loan_id := loan_of_cell(code)) is not None
        }

    def paid_in(self, column: Column) -> Satang:
        """What was paid in a column."""
        return self.amounts.get(self.line.cell(column) or "", Satang(0))

    def expected_in(self, column: Column) -> Satang:
        """What was promised, or is due, in a column."""
        return self.line.expected.get(self.line.cell(column) or "", Satang(0))


@dataclass(frozen=True, slots=True)
class Totals:
    """What a sheet comes to, in satang, and how many people it is of.

    ``by_product`` and ``expected_by_product`` are by column, those of loans too.
    """

    people: int
    paid_people: int
    absent_people: int
    waiting_people: int
    by_product: Mapping[str, Satang]
    by_fund: Mapping[str, Satang]
    cash_by_fund: Mapping[str, Satang]
    expected_by_product: Mapping[str, Satang]
    cash: Satang
    transfer: Satang
    loan_columns: tuple[Column, ...] = ()

    @property
    def all_paid(self) -> Satang:
        """Everything that was paid."""
        return Satang(self.cash + self.transfer)

    @property
    def expected(self) -> Satang:
        """Everything that was promised."""
        return total(self.expected_by_product.values())

    @property
    def paid_for_loans(self) -> Satang:
        """What was paid for loans."""
        return total(self.by_product[column.code] for column in self.loan_columns)

    @property
    def saved(self) -> Satang:
        """What was paid for everything but loans: what a posted day compares with promises."""
        return Satang(self.all_paid - self.paid_for_loans)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A collection sheet: products and kinds of loan across, members down."""

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
        in_cash = [row for row in paid if row.line.channel is Channel.CASH]
        states = [row.state for row in self.rows]
        return Totals(
            people=len(self.rows),
            paid_people=len(paid),
            absent_people=states.count(RowState.ABSENT),
            waiting_people=states.count(RowState.WAITING),
            by_product={
                column.code: total(row.paid_in(column) for row in paid) for column in self.columns
            },
            by_fund=self._by_fund(paid),
            cash_by_fund=self._by_fund(in_cash),
            expected_by_product={
                column.code: total(row.expected_in(column) for row in self.rows)
                for column in self.columns
            },
            cash=total(row.paid for row in in_cash),
            transfer=total(row.paid for row in paid if row.line.channel is Channel.TRANSFER),
            loan_columns=tuple(column for column in self.columns if column.is_loan),
        )

    def _by_fund(self, rows: Sequence[Row]) -> dict[str, Satang]:
        sums: dict[str, Satang] = {}
        for column in self.columns:
            paid = total(row.paid_in(column) for row in rows)
            sums[column.fund] = Satang(sums.get(column.fund, 0) + paid)
        return sums


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
        code = line.cell(column)
        if code is None:
            continue
        typed = line.typed.get(code, "")
        try:
            amount = read_cell(typed, line.check(column))
            if amount and line.absent:
                raise AbsentButPaid(member_id=line.member_id)
        except DomainError as refusal:
            wrong.append(UnreadableCell(line.member_id, code, typed, refusal.sentence()))
        else:
            if amount:
                amounts[code] = amount
    return Row(line, amounts, tuple(wrong))


def read_cell(typed: str, check: Callable[[Satang], None]) -> Satang:
    """Read one cell, in satang; an empty one is nothing.

    Raises:
        UnreadableAmount: It is no amount, is negative or has a third decimal.
        And whatever the check raises.
    """
    if not typed.strip():
        return Satang(0)
    amount = parse_baht(typed)
    check(amount)
    return amount
