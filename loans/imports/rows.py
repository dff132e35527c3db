"""The rows of the two sheets of loans: what each says, and what is wrong with it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.errors import RuleBroken
from ledger.money import ZERO, Satang, short_baht, total
from loans.kinds import FOR_MEMBERS, PURPOSE_IN_THAI, Purpose
from loans.schedule import Method
from members.imports.cells import SHOWN, Reader
from members.imports.facts import GroupFacts, KnownMember
from members.imports.headings import PEOPLE_HEADINGS, FoundTable, Row, bare, find_table
from members.imports.sheets import Sheet

PPM_IN_A_PERCENT = 10_000
MONTHS = 12

CONTRACT_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "reference": ("เลขที่สัญญา", "สัญญาเลขที่", "เลขสัญญา", "contract", "loanno", "loannumber"),
    "number": PEOPLE_HEADINGS["number"],
    "purpose": ("ประเภทเงินกู้", "ประเภท", "ชนิด", "type", "product"),
    "asked_on": ("วันที่ขอกู้", "วันที่ยื่น", "วันที่คำขอ", "applied"),
    "paid_on": ("วันที่จ่ายเงิน", "วันที่จ่าย", "วันที่รับเงิน", "วันที่กู้", "disbursed"),
    "asked": ("จำนวนที่ขอ", "ขอกู้", "ยอดขอกู้", "asked"),
    "principal": ("เงินต้น", "วงเงินอนุมัติ", "วงเงินกู้", "ยอดเงินกู้", "principal"),
    "month_rate": ("ดอกเบี้ยต่อเดือน", "อัตราต่อเดือน", "ร้อยละต่อเดือน", "monthlyrate"),
    "year_rate": ("ดอกเบี้ยต่อปี", "อัตราต่อปี", "ร้อยละต่อปี", "annualrate"),
    "method": ("วิธีคิดดอกเบี้ย", "วิธีคิด", "method"),
    "instalments": ("จำนวนงวด", "งวด", "instalments"),
    "what_for": ("วัตถุประสงค์", "กู้เพื่อ", "purpose"),
    "fees": ("ค่าธรรมเนียม", "fee", "fees"),
    "guarantors": ("ผู้ค้ำประกัน", "ผู้ค้ำ", "guarantors"),
    "state": ("สถานะ", "status"),
}
CONTRACT_NEEDED = (("reference",), ("number",), ("asked", "principal"))
ROW_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "reference": CONTRACT_HEADINGS["reference"],
    "due_on": ("วันครบกำหนด", "วันที่ครบกำหนด", "กำหนดชำระ", "due", "duedate"),
    "principal": ("เงินต้นงวด", "เงินต้นตามงวด", "principaldue"),
    "interest": ("ดอกเบี้ยงวด", "ดอกเบี้ยตามงวด", "interestdue"),
    "paid_on": ("วันที่ชำระ", "วันที่รับชำระ", "paidon"),
    "paid_principal": ("เงินต้นที่ชำระ", "ชำระเงินต้น", "principalpaid"),
    "paid_interest": ("ดอกเบี้ยที่ชำระ", "ชำระดอกเบี้ย", "interestpaid"),
    "receipt": ("เลขที่ใบรับ", "ใบเสร็จ", "ใบเสร็จเลขที่", "receipt"),
}
ROW_NEEDED = (("reference",), ("due_on",), ("principal",))


class KeptState(StrEnum):
    """What became of an application in the old book."""

    PENDING = "pending"
    RUNNING = "running"
    ABANDONED = "abandoned"
    REFUSED = "refused"


STATE_WORDS = {
    KeptState.PENDING: ("รอพิจารณา", "รออนุมัติ", "pending"),
    KeptState.RUNNING: ("", "อนุมัติ", "จ่ายแล้ว", "กำลังผ่อน", "approved", "active"),
    KeptState.ABANDONED: ("ทิ้งหนี้", "เลิกติดตาม", "abandoned"),
    KeptState.REFUSED: ("ไม่อนุมัติ", "ปฏิเสธ", "refused", "rejected"),
}
METHOD_WORDS = {
    Method.FLAT: ("คงที่", "flat"),
    Method.EQUAL_PRINCIPAL: ("เงินต้นเท่ากัน", "ลดต้นลดดอก", "declining", "equalprincipal"),
    Method.EQUAL_INSTALMENT: ("ส่งเท่ากัน", "งวดเท่ากัน", "equalinstalment", "annuity"),
}
METHOD_IN_THAI = {
    Method.FLAT: "คงที่",
    Method.EQUAL_PRINCIPAL: "เงินต้นเท่ากัน",
    Method.EQUAL_INSTALMENT: "ส่งเท่ากัน",
}


#: States in which money was paid out.
PAID_OUT = frozenset({KeptState.RUNNING, KeptState.ABANDONED})


class LoanRowsAreWrong(RuleBroken):
    """Some rows of the sheets have something wrong with them, so nothing is written."""

    thai = "ยังบันทึกไม่ได้ มี {count} แถวที่ต้องแก้ แก้ในแฟ้มแล้วส่งใหม่ทั้งแฟ้ม"


@dataclass(frozen=True, slots=True)
class KeptRow:
    """An instalment as the old book kept it, with what was paid of it; in satang."""

    due_on: date
    principal: Satang
    interest: Satang
    paid_on: date | None
    paid_principal: Satang
    paid_interest: Satang
    receipt: str

    @property
    def is_paid(self) -> bool:
        """Whether anything was paid."""
        return self.paid_on is not None and bool(self.paid_principal or self.paid_interest)


@dataclass(frozen=True, slots=True)
class KeptLoan:
    """A contract as the old book kept it; amounts in satang, rates in millionths a year."""

    reference: str
    member: KnownMember
    purpose: Purpose
    state: KeptState
    asked_on: date
    paid_on: date | None
    asked: Satang
    principal: Satang
    annual_rate_ppm: int
    method: Method
    instalments: int
    what_for: str
    fees: Satang
    guarantors: tuple[KnownMember, ...]
    rows: tuple[KeptRow, ...]

    @property
    def paid_principal(self) -> Satang:
        """The principal that was repaid in the old book."""
        return total(row.paid_principal for row in self.rows)

    @property
    def outstanding(self) -> Satang:
        """What is still owed by the old book."""
        return Satang(self.principal - self.paid_principal)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row, or worth a look."""

    sheet: str
    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class ReadLoans:
    """Both sheets as they were read."""

    loans: tuple[KeptLoan, ...]
    problems: tuple[Problem, ...]
    doubts: tuple[Problem, ...]


def find_contracts(sheets: Sequence[Sheet]) -> FoundTable:
    """Find the table of contracts in a file. Raises what ``find_table`` raises."""
    return find_table(sheets, headings=CONTRACT_HEADINGS, needed=CONTRACT_NEEDED, products={})


def find_rows(sheets: Sequence[Sheet]) -> FoundTable:
    """Find the table of instalments in a file. Raises what ``find_table`` raises."""
    return find_table(sheets, headings=ROW_HEADINGS, needed=ROW_NEEDED, products={})


def read_loans(contracts: FoundTable, kept_rows: FoundTable, *, facts: GroupFacts) -> ReadLoans:
    """Read both sheets against the group; every row with something wrong is named."""
    reading = _Reading(facts)
    by_reference = reading.instalments(kept_rows.rows)
    loans = [reading.contract(row, by_reference) for row in contracts.rows]
    for reference, (line, _rows) in by_reference.items():
        if reference not in reading.seen:
            reading.note("งวด", line, f"ไม่มีสัญญาเลขที่ {reference[:SHOWN]} ในแผ่นสัญญา")
    known = tuple(loan for loan in loans if loan is not None)
    return ReadLoans(known, tuple(reading.problems), tuple(reading.doubts))


class _Reading:
    """One reading of both sheets, and what was found on the way."""

    def __init__(self, facts: GroupFacts) -> None:
        self.facts = facts
        self.members = {bare(number): member for number, member in facts.members.items()}
        self.seen: set[str] = set()
        self.problems: list[Problem] = []
        self.doubts: list[Problem] = []

    def note(self, sheet: str, line: int, *sentences: str) -> None:
        self.problems += [Problem(sheet, line, sentence) for sentence in sentences]

    def instalments(self, rows: Iterable[Row]) -> dict[str, tuple[int, list[KeptRow]]]:
        """Read the instalments, by contract, with the line of each contract's first."""
        lines: dict[str, int] = {}
        kept: defaultdict[str, list[KeptRow]] = defaultdict(list)
        for row in rows:
            reader = Reader(row.cells)
            reference = reader.text("reference", called="เลขที่สัญญา")
            due_on = reader.day("due_on", otherwise=None)
            if due_on is None and not reader.problems:
                reader.problems.append("ไม่มีวันครบกำหนด")
            instalment = _instalment(reader, due_on or date.max)
            self._check_payment(reader, instalment)
            self.note("งวด", row.line, *reader.problems)
            lines.setdefault(reference, row.line)
            kept[reference].append(instalment)
        return {
            reference: (lines[reference], sorted(kept[reference], key=lambda one: one.due_on))
            for reference in kept
        }

    def _check_payment(self, reader: Reader, row: KeptRow) -> None:
        if (row.paid_principal or row.paid_interest) and row.paid_on is None:
            reader.problems.append("มียอดชำระแต่ไม่มีวันที่ชำระ")
        if row.paid_on is not None:
            reader.check_posting_day(
                row.paid_on, today=self.facts.today, closed_until=self.facts.closed_until
            )

    def contract(self, row: Row, rows: Mapping[str, tuple[int, list[KeptRow]]]) -> KeptLoan | None:
        """Read one contract with its instalments; None when something is wrong with it."""
        reader = Reader(row.cells)
        reference = reader.text("reference", called="เลขที่สัญญา")
        if reference in self.seen:
            reader.problems.append(f"สัญญาเลขที่ {reference[:SHOWN]} มีสองแถว")
        self.seen.add(reference)
        member = self._member(reader)
        state, method = _state(reader), _method(reader)
        asked = reader.amount("asked")
        paid_on = reader.day("paid_on", otherwise=None)
        asked_on = reader.day("asked_on", otherwise=paid_on)
        principal = reader.amount("principal") or (asked if state in PAID_OUT else ZERO)
        if state in PAID_OUT and paid_on is None:
            reader.problems.append("สัญญาที่จ่ายเงินแล้วต้องมีวันที่จ่ายเงิน")
        if asked_on is None:
            reader.problems.append("ไม่มีวันที่ขอกู้")
        instalments = _whole(reader, "instalments", called="จำนวนงวด")
        rate = _rate(reader)
        guarantors = self._guarantors(reader, row.line, reference)
        if state is KeptState.ABANDONED:
            sentence = f"สัญญา {reference}: สมุดเดิมบอกว่าลูกหนี้ทิ้งหนี้ พิจารณาตัดหนี้สูญโดยมติ"
            self.doubts.append(Problem("สัญญา", row.line, sentence))
        self.note("สัญญา", row.line, *reader.problems)
        if reader.problems or member is None or asked_on is None:
            return None
        return KeptLoan(
            reference=reference,
            member=member,
            purpose=_purpose(reader),
            state=state,
            asked_on=asked_on,
            paid_on=paid_on,
            asked=asked or principal,
            principal=principal,
            annual_rate_ppm=rate,
            method=method,
            instalments=instalments,
            what_for=reader.text("what_for", called="วัตถุประสงค์") or "-",
            fees=reader.amount("fees"),
            guarantors=guarantors,
            rows=tuple(rows.get(reference, (0, []))[1]),
        )

    def _member(self, reader: Reader) -> KnownMember | None:
        number = reader.number()
        member = self.facts.members.get(number) or self.members.get(bare(number))
        if member is None:
            reader.problems.append(f"ไม่มีสมาชิกเลขที่ {number[:SHOWN]}")
        return member

    def _guarantors(self, reader: Reader, line: int, reference: str) -> tuple[KnownMember, ...]:
        """Read the numbers of guarantors; whom nobody knows is worth a look, not a refusal."""
        known = []
        for number in reader.text("guarantors", called="ผู้ค้ำประกัน").replace(";", ",").split(","):
            if not number.strip():
                continue
            member = self.facts.members.get(number.strip()) or self.members.get(bare(number))
            if member is None:
                sentence = f"สัญญา {reference}: ไม่มีสมาชิกเลขที่ {number.strip()} ที่เป็นผู้ค้ำ"
                self.doubts.append(Problem("สัญญา", line, sentence))
            elif member not in known:
                known.append(member)
        return tuple(known)


def _instalment(reader: Reader, due_on: date) -> KeptRow:
    return KeptRow(
        due_on=due_on,
        principal=reader.amount("principal"),
        interest=reader.amount("interest"),
        paid_on=reader.day("paid_on", otherwise=None),
        paid_principal=reader.amount("paid_principal"),
        paid_interest=reader.amount("paid_interest"),
        receipt=reader.text("receipt", called="เลขที่ใบรับ", longest=40),
    )


def _state(reader: Reader) -> KeptState:
    word = bare(reader.text("state", called="สถานะ"))
    for state, words in STATE_WORDS.items():
        if word in {bare(known) for known in words}:
            return state
    reader.problems.append(f"ไม่รู้จักสถานะ “{word[:SHOWN]}” ใช้ รอพิจารณา อนุมัติ หรือ ไม่อนุมัติ")
    return KeptState.PENDING


def _method(reader: Reader) -> Method:
    word = bare(reader.text("method", called="วิธีคิดดอกเบี้ย"))
    for method, words in METHOD_WORDS.items():
        if word in {bare(known) for known in words}:
            return method
    if word:
        reader.problems.append(
            f"ไม่รู้จักวิธีคิดดอกเบี้ย “{word[:SHOWN]}” ใช้ {', '.join(METHOD_IN_THAI.values())}"
        )
    return Method.EQUAL_PRINCIPAL


def _purpose(reader: Reader) -> Purpose:
    word = bare(reader.text("purpose", called="ประเภทเงินกู้"))
    return next((p for p in FOR_MEMBERS if bare(PURPOSE_IN_THAI[p]) == word), Purpose.ORDINARY)


def _whole(reader: Reader, column: str, *, called: str) -> int:
    text = reader.text(column, called=called) or "1"
    if not text.isdecimal() or not int(text):
        reader.problems.append(f"{called} “{text[:SHOWN]}” ต้องเป็นจำนวนเต็มตั้งแต่ 1 ขึ้นไป")
        return 1
    return int(text)


def _rate(reader: Reader) -> int:
    """Read a yearly rate in millionths; a monthly one is taken twelve times."""
    # An amount has two decimals, and so has a rate in per cent: 2.5 is 250 hundredths.
    hundredths = reader.amount("month_rate") * MONTHS or reader.amount("year_rate")
    return hundredths * PPM_IN_A_PERCENT // 100


def fitted_rows(loan: KeptLoan) -> tuple[tuple[tuple[date, Satang, Satang], ...], str]:
    """Give a loan's instalments so that their principal is what was lent, and what was done to it.

    Old programs plan anew by hand: paid rows then say what was asked for before. Where the rows do
    not add up, paid rows count as what was paid of them; what is missing still stands in the last.

    Returns:
        Day, principal and interest of each, in satang; and a sentence, empty when nothing was done.
    """
    rows = [(row.due_on, row.principal, row.interest) for row in loan.rows]
    planned = total(row.principal for row in loan.rows)
    if planned == loan.principal:
        return tuple(rows), ""
    rows = [
        (row.due_on, row.paid_principal if row.is_paid else row.principal, row.interest)
        for row in loan.rows
    ]
    missing = loan.principal - sum(principal for _day, principal, _interest in rows)
    said = (
        f"สัญญา {loan.reference}: ตารางในสมุดเดิมรวมเงินต้น {short_baht(planned)} "
        f"ไม่เท่าเงินกู้ {short_baht(loan.principal)}"
    )
    if not missing:
        return tuple(rows), f"{said} ใช้ยอดที่ชำระจริงในงวดที่ชำระแล้ว รวมได้พอดี"
    word = "เพิ่ม" if missing > 0 else "ลด"
    how = f"{word}งวดท้าย {short_baht(Satang(missing))} บาท ให้ครบ"
    return _with_the_rest(rows, missing), f"{said} (มีคนวางแผนใหม่ด้วยมือ) {how}"


def _with_the_rest(
    rows: Sequence[tuple[date, Satang, Satang]], missing: int
) -> tuple[tuple[date, Satang, Satang], ...]:
    """Put what is missing into the last row, or take what is too much from the last ones."""
    fitted, left = [], missing
    for day, principal, interest in reversed(rows):
        after = max(0, principal + left)
        left -= after - principal
        fitted.append((day, Satang(after), interest))
    return tuple(reversed(fitted))
