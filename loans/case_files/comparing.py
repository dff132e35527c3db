"""A published schedule against ours: it agrees, differs in a row, or is one that we refuse."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction

from ledger.money import Satang
from loans.case_files.conventions import (
    PRECISION,
    SOME_DAY,
    UNROUNDED_DECIMALS,
    Table,
    exact_table,
    tables,
)
from loans.case_files.reading import FIGURES, Case, CaseRow, CaseUnreadable, FlatRate
from loans.ceiling import rate_of_return
from loans.schedule import Method, Terms, TermsUnfit, make_schedule
from loans.schedule.days import add_months

MONTHS_IN_A_YEAR = 12
PPM = 1_000_000
#: Decimals of a flat rate's figures while they are worked out.
FINEST = 16
UNROUNDED = Decimal(1).scaleb(-UNROUNDED_DECIMALS)

FIGURE_IN_THAI = {
    "payment": "เงินงวด",
    "principal": "เงินต้น",
    "interest": "ดอกเบี้ย",
    "fee": "ค่าธรรมเนียม",
    "balance": "คงเหลือ",
    "instalment": "เงินงวด",
    "effective_rate_per_month": "อัตราที่แท้จริงต่อเดือน",
    "effective_annual_rate": "อัตราที่แท้จริงต่อปีแบบทบต้น",
}


class Verdict(StrEnum):
    """What came of a comparison; only ``DIFFERS`` and ``UNREAD`` leave something unexplained."""

    AGREES = "agrees"
    REFUSED = "refused"
    DIFFERS = "differs"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case, in words, and what is worth knowing about it besides."""

    id: str
    verdict: Verdict
    said: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Difference:
    """The first figure that differs: in which row, and how many rows agree before it."""

    row: int
    said: str


def check_case(case: Case) -> Outcome:
    """Work a case out anew and compare every figure of every row."""
    nearest: tuple[_Difference, str] | None = None
    try:
        for table in tables(case):
            difference = _compared(case.rows, table)
            if difference is None:
                said = f"ตรงกันทุกงวด {len(case.rows)} งวด ({table.convention})"
                return Outcome(case.id, Verdict.AGREES, said, tuple(_remarks(case)))
            if nearest is None or difference.row > nearest[0].row:
                nearest = difference, table.convention
    except TermsUnfit as refusal:
        return Outcome(case.id, Verdict.REFUSED, f"ไม่ทำตารางแบบนี้: {refusal.sentence()}")
    except CaseUnreadable as wrong:
        return Outcome(case.id, Verdict.UNREAD, f"อ่านไม่ได้: {wrong.facts['what']}")
    assert nearest is not None, case.id
    reason = _why_refused(case)
    if reason:
        return Outcome(case.id, Verdict.REFUSED, f"{nearest[0].said} · {reason}")
    return Outcome(
        case.id, Verdict.DIFFERS, f"{nearest[0].said} ({nearest[1]})", tuple(_remarks(case))
    )


def _compared(rows: tuple[CaseRow, ...], table: Table) -> _Difference | None:
    for place, (row, ours) in enumerate(zip(rows, table.rows, strict=False)):
        for name in FIGURES:
            told = row.figures.get(name)
            if told is not None and not _agree(told, ours[name], is_rounded=table.is_rounded):
                return _Difference(
                    place,
                    f"ต่างที่งวด {row.n} {FIGURE_IN_THAI[name]}: แฟ้ม {told} คำนวณได้ "
                    f"{_shown(ours[name], told)}",
                )
    if len(rows) != len(table.rows):
        return _Difference(
            min(len(rows), len(table.rows)),
            f"จำนวนงวดต่างกัน: แฟ้ม {len(rows)} คำนวณได้ {len(table.rows)}",
        )
    return None


def _agree(told: Decimal, ours: Decimal, *, is_rounded: bool) -> bool:
    """Tell whether two figures are the same.

    What our side rounded must be equal. What was only printed is compared as it was printed; from
    six decimals on its last one may differ by one, since the other program counts in binary.
    """
    if is_rounded:
        return told == ours
    unit = _unit(told)
    with localcontext(prec=PRECISION):
        if unit <= UNROUNDED:
            return abs(told - ours) <= unit
        return told == ours.quantize(unit, ROUND_HALF_UP)


def _shown(ours: Decimal, told: Decimal) -> Decimal:
    with localcontext(prec=PRECISION):
        return ours.quantize(_unit(told), ROUND_HALF_UP)


def _why_refused(case: Case) -> str:
    """Give the law or the logic for which we do not make a schedule as the file has it."""
    balances = [row.figures["balance"] for row in case.rows if "balance" in row.figures]
    if case.method is not Method.FLAT and max(balances, default=Decimal(0)) > case.principal:
        return "แฟ้มเอาดอกเบี้ยไปรวมเป็นเงินต้น สมุตไม่คิดดอกเบี้ยทบต้น (ป.พ.พ. มาตรา 655)"
    principals = [row.figures.get("principal") for row in case.rows]
    known = [number for number in principals if number is not None]
    if len(known) == len(principals) and sum(known) != case.principal:
        return f"เงินต้นในแฟ้มรวมได้ {sum(known)} ไม่เท่ากับที่กู้ {case.principal}"
    for row in case.rows:
        parts = [row.figures.get(name) for name in ("principal", "interest", "fee")]
        told = [part for part in parts if part is not None]
        paid = row.figures.get("payment")
        if paid is None or len(told) < len(parts):
            continue
        if abs(sum(told) - paid) > 2 * _unit(paid):
            return f"งวด {row.n} ในแฟ้มไม่รวมกัน: {sum(told)} ไม่เท่ากับ {paid}"
    return ""


def _unit(told: Decimal) -> Decimal:
    """Give one in the last decimal that a figure is printed with."""
    exponent = told.as_tuple().exponent
    assert isinstance(exponent, int), told
    return Decimal(1).scaleb(min(exponent, 0))


def _remarks(case: Case) -> Iterator[str]:
    """Say what of an agreeing file Samut itself would not do, and what was left unread."""
    for name in ("payment", "interest", "balance"):
        below = [row.n for row in case.rows if row.figures.get(name, Decimal(0)) < 0]
        if below:
            yield f"{FIGURE_IN_THAI[name]}ติดลบในงวด {below[0]}: สมุตไม่ทำตารางเช่นนี้ จะจบสัญญาเร็วขึ้นแทน"
    if case.unknown:
        yield f"ไม่รู้จักช่อง {', '.join(case.unknown)}"
    if case.exact_rows:
        difference = _compared(case.exact_rows, Table("", exact_table(case), is_rounded=False))
        if difference is not None:
            yield f"ค่าก่อนปัดเศษ{difference.said}"
    for name, told in case.totals.items():
        figures = [row.figures.get(name) for row in case.rows]
        known = [figure for figure in figures if figure is not None]
        if len(known) == len(figures) and sum(known) != told:
            yield f"ยอดรวม{FIGURE_IN_THAI[name]}ในแฟ้ม {told} ไม่เท่ากับผลรวมของแถว {sum(known)}"


def check_flat_rate(flat: FlatRate) -> Outcome:
    """Work out what a flat rate a month comes to on what is still owed, and compare."""
    annual = flat.monthly_rate * MONTHS_IN_A_YEAR * PPM
    principal = flat.principal.scaleb(FINEST)
    if annual.denominator != 1 or principal != principal.to_integral_value():
        return Outcome(flat.id, Verdict.UNREAD, "อ่านไม่ได้: flat_rate_per_month")
    terms = Terms(
        principal=Satang(int(principal)),
        annual_rate_ppm=annual.numerator,
        instalments=flat.instalments,
        method=Method.FLAT,
        first_due_on=add_months(SOME_DAY, 1, day_of_month=1),
        disbursed_on=SOME_DAY,
    )
    try:
        schedule = make_schedule(terms)
    except TermsUnfit as refusal:
        return Outcome(flat.id, Verdict.REFUSED, f"ไม่ทำตารางแบบนี้: {refusal.sentence()}")
    parts = 10**FINEST
    monthly = Fraction(rate_of_return(schedule, parts=parts), MONTHS_IN_A_YEAR * parts)
    with localcontext(prec=PRECISION):
        ours = {
            "instalment": Decimal(schedule.rows[0].payment).scaleb(-FINEST),
            "effective_rate_per_month": _decimal(monthly),
            "effective_annual_rate": _decimal((1 + monthly) ** MONTHS_IN_A_YEAR - 1),
        }
    for name, told in flat.told.items():
        if not _agree(told, ours[name], is_rounded=False):
            said = f"{FIGURE_IN_THAI[name]}: แฟ้ม {told} คำนวณได้ {_shown(ours[name], told)}"
            return Outcome(flat.id, Verdict.DIFFERS, said)
    return Outcome(flat.id, Verdict.AGREES, f"ตรงกัน {len(flat.told)} ค่า")


def _decimal(number: Fraction) -> Decimal:
    scaled = number * 10**FINEST
    return Decimal((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)).scaleb(
        -FINEST
    )
