"""The rows of a sheet of savings: what each means as an entry, and what is wrong with it.

Rows are taken in the order of the sheet, as the book will hold them: no account may be below zero
after any of them, so a withdrawal that stands above its deposit is refused where it stands.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.chart import Keeps
from ledger.entry import LONGEST_MEMO, EntryDraft, EntryKind, PostingDraft
from ledger.money import Satang, format_baht
from members.imports.cells import LONGEST_NUMBER, SHOWN, Reader
from members.imports.facts import GroupFacts, KnownAccount, KnownMember
from members.imports.headings import (
    OF,
    SAVINGS_HEADINGS,
    FoundTable,
    Row,
    bare,
    find_table,
    product_named,
)
from members.imports.sheets import Sheet
from members.services.people import NUMBER_DIGITS

NEEDED = (("number",), ("amount", "deposit", "withdrawal", "of"))
LONGEST_REFERENCE = 40


class Against(StrEnum):
    """The account on the other side of every row that does not name its own."""

    CASH = "11010"
    OPENING = "39010"


AGAINST_IN_THAI = {
    Against.CASH: "เงินสดในมือ (เงินที่รับจ่ายจริง)",
    Against.OPENING: "บัญชีปรับยอดยกมา (ยอดยกมาจากสมุดเดิม)",
}


@dataclass(frozen=True, slots=True)
class SavingsChoices:
    """What is asked once for a whole sheet.

    Attributes:
        against: The other side of rows that do not name one.
        product: The product of rows that do not name one.
        entered_on: The day of rows that do not give one.
    """

    against: Against
    product: str
    entered_on: date


@dataclass(frozen=True, slots=True)
class SavingsRow:
    """A row that was checked.

    Attributes:
        line: Where it stands in the sheet.
        problems: What must be put right before anything is posted.
        doubts: What is worth a look.
        draft: The entry that it will be; None while there are problems, or when nothing moves.
        paid_in: What it adds to the member's savings, in satang.
        paid_out: What it takes from them, in satang.
    """

    line: int
    problems: tuple[str, ...]
    doubts: tuple[str, ...]
    draft: EntryDraft | None
    paid_in: Satang
    paid_out: Satang


def find_savings(sheets: Sequence[Sheet], *, products: Mapping[str, str]) -> FoundTable:
    """Find the table of savings in a file.

    Raises:
        NoHeading, ColumnTwice, NoRows, TooManyRows: There is no such table.
    """
    return find_table(sheets, headings=SAVINGS_HEADINGS, needed=NEEDED, products=products)


def check_savings(
    rows: Sequence[Row], *, facts: GroupFacts, choices: SavingsChoices
) -> list[SavingsRow]:
    """Check every row of a sheet of savings, each after those above it."""
    by_number = _by_plain_number(facts.members)
    balances: dict[int, int] = {}
    checked = []
    for row in rows:
        reader = Reader(row.cells)
        member = _member(reader, facts, by_number)
        lines = _lines(reader, facts, choices)
        on = reader.day("date", otherwise=choices.entered_on)
        if on is not None:
            reader.check_posting_day(on, today=facts.today, closed_until=facts.closed_until)
        memo = reader.text("memo", called="รายการ", longest=LONGEST_MEMO)
        reference = reader.text("reference", called="เลขที่ใบรับ", longest=LONGEST_REFERENCE)
        draft = None
        if member is not None and on is not None and lines:
            moved = _moved(reader, facts, choices, member, lines)
            if not reader.problems and _fits(reader, moved, balances):
                with reader.noting():
                    draft = EntryDraft(
                        entered_on=on,
                        kind=EntryKind.IMPORTED,
                        postings=_postings(moved),
                        memo=memo,
                        reference=reference,
                    )
        doubts = _doubts(reader, member)
        if not lines and not reader.problems:
            doubts.append("ไม่มียอดเงิน แถวนี้ไม่ลงบัญชี")
        checked.append(
            SavingsRow(
                line=row.line,
                problems=tuple(reader.problems),
                doubts=tuple(doubts),
                draft=draft,
                paid_in=Satang(sum(amount for _code, amount in lines if amount > 0)),
                paid_out=Satang(-sum(amount for _code, amount in lines if amount < 0)),
            )
        )
    return checked


def _by_plain_number(members: Mapping[str, KnownMember]) -> dict[int, list[KnownMember]]:
    """Find members whose number is written without its zeros, as spreadsheets make of them."""
    found: defaultdict[int, list[KnownMember]] = defaultdict(list)
    for number, member in members.items():
        if number.isascii() and number.isdigit():
            found[int(number)].append(member)
    return found


def _member(
    reader: Reader, facts: GroupFacts, by_number: Mapping[int, list[KnownMember]]
) -> KnownMember | None:
    problems = len(reader.problems)
    number = reader.number()
    if not number:
        if len(reader.problems) == problems:
            reader.problems.append("ไม่มีเลขที่สมาชิก")
        return None
    member = facts.members.get(number)
    if member is None and number.isascii() and number.isdigit():
        alike = by_number.get(int(number), [])
        member = alike[0] if len(alike) == 1 else None
    if member is None:
        shown = number.zfill(NUMBER_DIGITS) if number.isdigit() else number[:LONGEST_NUMBER]
        reader.problems.append(f"ไม่พบสมาชิกเลขที่ {shown}")
    elif member.has_left:
        reader.problems.append(f"สมาชิกเลขที่ {member.number} พ้นจากการเป็นสมาชิกแล้ว")
        return None
    return member


def _lines(reader: Reader, facts: GroupFacts, choices: SavingsChoices) -> list[tuple[str, Satang]]:
    """Give what a row moves in each product: paid in above zero, paid out below."""
    lines = [(code, reader.amount(OF + code, may_be_negative=True)) for code in facts.products]
    deposit, withdrawal = reader.amount("deposit"), reader.amount("withdrawal")
    amount = reader.amount("amount", may_be_negative=True)
    if bool(deposit) + bool(withdrawal) + bool(amount) > 1:
        reader.problems.append("แถวเดียวมีทั้งฝากและถอน แยกเป็นคนละแถว")
    product = _product(reader, facts, choices)
    moved = Satang(deposit - withdrawal + amount)
    if product is not None:
        lines.append((product, moved))
    return [(code, satang) for code, satang in lines if satang]


def _product(reader: Reader, facts: GroupFacts, choices: SavingsChoices) -> str | None:
    if "product" not in reader:
        return choices.product
    text = reader.text("product", called="ประเภท")
    code = product_named(text, facts.product_words)
    if code is None and text:
        names = ", ".join(product.name for product in facts.products.values())
        reader.problems.append(f"ไม่รู้จักประเภท “{text[:SHOWN]}” ใช้ {names}")
    return code


def _moved(
    reader: Reader,
    facts: GroupFacts,
    choices: SavingsChoices,
    member: KnownMember,
    lines: Sequence[tuple[str, Satang]],
) -> list[tuple[KnownAccount, KnownAccount, Satang]]:
    """Find for each line the member's account and the one on the other side."""
    moved = []
    for code, amount in lines:
        account = facts.savings.get((member.number, code))
        if account is None or not account.takes_postings:
            name = facts.products[code].name if code in facts.products else code
            reader.problems.append(f"สมาชิกเลขที่ {member.number} ไม่มีบัญชี{name}ที่เปิดอยู่")
            continue
        contra = _contra(reader, facts, choices, fund=account.fund)
        if contra is not None:
            moved.append((account, contra, amount))
    return moved


def _contra(
    reader: Reader, facts: GroupFacts, choices: SavingsChoices, *, fund: str
) -> KnownAccount | None:
    text = reader.text("contra", called="คู่บัญชี").partition(" ")[0]
    code = bare(text) or choices.against.value
    account = facts.others.get((code, fund))
    if account is None or not account.takes_postings:
        reader.problems.append(f"คู่บัญชี {code[:SHOWN]} ไม่มีในกองทุน {fund} หรือลงรายการโดยตรงไม่ได้")
        return None
    return account


def _fits(
    reader: Reader,
    moved: Sequence[tuple[KnownAccount, KnownAccount, Satang]],
    balances: dict[int, int],
) -> bool:
    """Move the balances of a row's accounts, unless one would fall below zero."""
    after: dict[int, int] = {}
    for account, contra, amount in moved:
        for touched, satang in ((account, -amount), (contra, amount)):
            before = after.get(touched.id, balances.get(touched.id, touched.balance))
            after[touched.id] = before + satang
    accounts = {a.id: a for account, contra, _amount in moved for a in (account, contra)}
    for number, balance in after.items():
        account = accounts[number]
        was = Satang(abs(balances.get(number, account.balance)))
        if account.keeps == Keeps.CREDIT and balance > 0:
            reader.problems.append(
                f"ถอนเกินยอดที่มีอยู่ ณ แถวนี้ ซึ่งมี {format_baht(was)} บาท ({account.code})"
            )
        elif account.keeps == Keeps.DEBIT and balance < 0:
            reader.problems.append(
                f"เงินในบัญชี {account.code} กองทุน {account.fund} ไม่พอจ่าย "
                f"ณ แถวนี้มี {format_baht(was)} บาท"
            )
    if not reader.problems:
        balances.update(after)
    return not reader.problems


def _postings(
    moved: Sequence[tuple[KnownAccount, KnownAccount, Satang]],
) -> tuple[PostingDraft, ...]:
    """Debit what came in and credit the member, or the other way round, each fund by itself."""
    sums: dict[tuple[int, str], int] = {}
    for account, contra, amount in moved:
        for touched, satang in ((contra, amount), (account, -amount)):
            key = (touched.id, touched.fund)
            sums[key] = sums.get(key, 0) + satang
    ordered = sorted(sums.items(), key=lambda item: item[1] < 0)
    return tuple(
        PostingDraft(number, fund, Satang(satang)) for (number, fund), satang in ordered if satang
    )


def _doubts(reader: Reader, member: KnownMember | None) -> list[str]:
    """Tell when the row names somebody else than the one whose number it carries."""
    if member is None or "name" not in reader:
        return []
    written = bare(reader.text("name", called="ชื่อ-สกุล", longest=250))
    known = bare(member.name)
    if written and written not in known and known not in written:
        return [f"ชื่อในแถวไม่ตรงกับทะเบียน: เลขที่ {member.number} คือ {member.name}"]
    return []
