"""Reading a file of published schedules: a case is what was agreed, and the rows that follow.

Liberal in what is read: numbers or texts, keys that are missing, more than one word for a thing.
What a case does not say stands in it as None, and what nobody here knows is named.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, TypeVar

from ledger.errors import DomainError, Unreadable
from ledger.thai import parse_date
from loans.schedule import Counting, Grace, Method

T = TypeVar("T")
FIGURES = ("payment", "principal", "interest", "fee", "balance")
#: Whatever is smaller than a file prints is no figure of money.
MOST_DECIMALS = 20
MOST_DIGITS = 8
#: More rows, or days in one, than anybody publishes.
MOST_COUNTED = 1_200
SHOWN_LETTERS = 60

_METHODS = {
    "annuity": Method.EQUAL_INSTALMENT,
    "declining": Method.EQUAL_INSTALMENT,
    "declining_balance": Method.EQUAL_INSTALMENT,
    "declining_equal_instalment": Method.EQUAL_INSTALMENT,
    "declining_equal_instalments": Method.EQUAL_INSTALMENT,
    "declining_equal_installments": Method.EQUAL_INSTALMENT,
    "equal_installment": Method.EQUAL_INSTALMENT,
    "equal_installments": Method.EQUAL_INSTALMENT,
    "equal_instalment": Method.EQUAL_INSTALMENT,
    "equal_instalments": Method.EQUAL_INSTALMENT,
    "equal_principal": Method.EQUAL_PRINCIPAL,
    "linear": Method.EQUAL_PRINCIPAL,
    "interest_only": Method.BULLET,
    "balloon": Method.BULLET,
    "flat_rate": Method.FLAT,
    **{method.value: method for method in Method},
}
#: How often: months between due days, or days between them.
_EVERY = {
    "monthly": (1, 0),
    "month": (1, 0),
    "months": (1, 0),
    "bimonthly": (2, 0),
    "quarterly": (3, 0),
    "half_yearly": (6, 0),
    "semi_annual": (6, 0),
    "semiannual": (6, 0),
    "semi_annually": (6, 0),
    "yearly": (12, 0),
    "annual": (12, 0),
    "annually": (12, 0),
    "daily": (0, 1),
    "day": (0, 1),
    "days": (0, 1),
    "weekly": (0, 7),
    "week": (0, 7),
    "weeks": (0, 7),
    "fortnightly": (0, 14),
    "biweekly": (0, 14),
    "bi_weekly": (0, 14),
    "four_weekly": (0, 28),
}
_COUNTING = {
    "month": Counting.MONTH,
    "monthly": Counting.MONTH,
    "30_360": Counting.MONTH,
    "days_365": Counting.DAYS_365,
    "actual_365": Counting.DAYS_365,
    "act_365": Counting.DAYS_365,
    "days_actual": Counting.DAYS_ACTUAL,
    "actual_actual": Counting.DAYS_ACTUAL,
    "act_act": Counting.DAYS_ACTUAL,
}
_GRACES = {
    "": Grace.NONE,
    "none": Grace.NONE,
    "principal": Grace.PRINCIPAL,
    "all": Grace.ALL,
    "principal_and_interest": Grace.ALL,
}
#: Whether a fee is added to the first payment only.
_FEES = {
    "periodic": False,
    "each": False,
    "every_instalment": False,
    "every_installment": False,
    "upfront": True,
    "up_front": True,
    "first": True,
    "once": True,
    "one_time": True,
    "onetime": True,
}
#: Keys that say where a case is from, or repeat what its rows say.
_TOLD = {"id", "kind", "source", "note", "notes", "name", "title", "account_999", "self_check"}
_KNOWN = _TOLD | {
    *("method", "principal", "annual_rate", "n", "instalments", "installments", "frequency"),
    *("days_in_year", "rounding", "grace", "fee", "rows", "exact_rows", "totals", "counting"),
    *("first_due", "first_due_on", "disbursed", "disbursed_on", "every", "due_days", "currency"),
    *("effective_annual_rate", "counts_first_day", "ceiling", "warning"),
    *("fee_at_payout", "terms"),
}


class NotACaseFile(Unreadable):
    """The file is no JSON with a list of cases."""

    thai = "อ่านแฟ้มตารางผ่อนไม่ได้ ({why}) แฟ้มต้องเป็น JSON ที่มีรายการ cases"


class CaseUnreadable(Unreadable):
    """A case says something that nobody here understands; ``what`` is for the line about it."""

    thai = "อ่านกรณีนี้ไม่ได้: {what}"


@dataclass(frozen=True, slots=True)
class Rounding:
    """How the figures of a case were rounded.

    Attributes:
        currency: HALF_UP, CEILING or FLOOR, for interest, principal and fees.
        digits: To how many decimals.
        initial_mode: For all payments but the last.
        initial_multiple: To multiples of this.
        final_mode: For the sum of all payments, and so for the last.
        final_multiple: To multiples of this.
    """

    currency: str
    digits: int
    initial_mode: str
    initial_multiple: Decimal
    final_mode: str
    final_multiple: Decimal


@dataclass(frozen=True, slots=True)
class Fee:
    """What is added to payments: an amount, or a part of principal, interest or both.

    ``only_first`` says that it is added to the first of them, not to each.
    """

    only_first: bool
    base: str
    amount: Decimal
    part: Decimal


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A published row: texts as they stand there, None where there is none."""

    n: int
    due_on: date | None
    days: int | None
    figures: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Case:
    """A published schedule: what was agreed, and its rows.

    Attributes:
        id: Its name.
        method: How principal and interest are spread.
        principal: What was lent, in the case's own money.
        annual_rate: The yearly rate; a twentieth is 5 %.
        instalments: How many there are.
        months: Months from one due day to the next, or 0.
        days: Days from one due day to the next, or 0; both are 0 when only the rows tell the days.
        counting: How interest is counted, if the case says.
        counts_first_day: Whether the day of the payout bears interest.
        days_in_year: By what days are divided.
        rounding: How figures were rounded, if the case says.
        grace: What need not be paid at first.
        grace_instalments: For how many.
        fee: What is added to every payment, if anything.
        disbursed_on: The day of the payout, if known.
        first_due_on: The day of the first instalment, if known.
        rows: What was published.
        exact_rows: The same before rounding, where that was published.
        totals: Sums, where they were published.
        unknown: Keys that nobody here knows.
    """

    id: str
    method: Method
    principal: Decimal
    annual_rate: Fraction
    instalments: int
    months: int
    days: int
    counting: Counting | None
    counts_first_day: bool
    days_in_year: int
    rounding: Rounding | None
    grace: Grace
    grace_instalments: int
    fee: Fee | None
    disbursed_on: date | None
    first_due_on: date | None
    rows: tuple[CaseRow, ...]
    exact_rows: tuple[CaseRow, ...]
    totals: Mapping[str, Decimal]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlatRate:
    """What a flat rate comes to: its instalment, and its rate a month on what is still owed."""

    id: str
    principal: Decimal
    monthly_rate: Fraction
    instalments: int
    told: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Unread:
    """A case that could not be read, and why."""

    id: str
    why: str


def read_cases(content: bytes) -> tuple[list[Case | Unread], list[FlatRate | Unread]]:
    """Read a file of published schedules; what cannot be read of it is named, case by case.

    Raises:
        NotACaseFile: It is no JSON, or holds no list of cases.
    """
    try:
        told = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as wrong:
        raise NotACaseFile(why="ไม่ใช่ JSON") from wrong
    cases = told.get("cases") if isinstance(told, dict) else told
    if isinstance(told, dict) and isinstance(told.get("rows"), list):
        cases = [told]
    if not isinstance(cases, list):
        raise NotACaseFile(why="ไม่มีรายการ cases")
    flat = told.get("flat_to_effective", []) if isinstance(told, dict) else []
    return (
        [_tried(_read_case, case, place) for place, case in enumerate(cases, start=1)],
        [_tried(_read_flat, case, place) for place, case in enumerate(_list(flat), start=1)],
    )


def _tried(read: Callable[[dict[str, Any], str], T], told: Any, place: int) -> T | Unread:
    if not isinstance(told, dict):
        return Unread(f"case {place}", "it is not an object")
    name = str(told.get("id") or told.get("name") or f"case {place}")[:SHOWN_LETTERS]
    try:
        return read(told, name)
    except CaseUnreadable as wrong:
        return Unread(name, str(wrong.facts["what"]))


def _read_case(told: dict[str, Any], name: str) -> Case:
    rows = tuple(row for row in _rows(told.get("rows"), "rows") if row.n)
    if not rows:
        raise CaseUnreadable(what="it has no rows")
    instalments = _first(told, "n", "instalments", "installments")
    grace = (
        told.get("grace") if isinstance(told.get("grace"), dict) else {"type": told.get("grace")}
    )
    assert isinstance(grace, dict)
    months, days = _every(told)
    return Case(
        id=name,
        method=_word(_METHODS, told.get("method"), "method"),
        principal=_positive(told.get("principal"), "principal"),
        annual_rate=_rate(told.get("annual_rate"), "annual_rate"),
        instalments=_count(len(rows) if instalments is None else instalments, "n"),
        months=months,
        days=days,
        counting=_word(_COUNTING, told["counting"], "counting") if told.get("counting") else None,
        counts_first_day=told.get("counts_first_day") is True,
        days_in_year=_count(told.get("days_in_year") or 365, "days_in_year"),
        rounding=_rounding(told.get("rounding")),
        grace=_word(_GRACES, grace.get("type") or "none", "grace"),
        grace_instalments=_whole(grace.get("n") or 0, "grace"),
        fee=_fee(told.get("fee")),
        disbursed_on=_day(_first(told, "disbursed", "disbursed_on")),
        first_due_on=_day(_first(told, "first_due", "first_due_on")),
        rows=rows,
        exact_rows=_rows(told.get("exact_rows"), "exact_rows"),
        totals=_figures(told["totals"]) if isinstance(told.get("totals"), dict) else {},
        unknown=tuple(sorted(set(told) - _KNOWN)),
    )


def _read_flat(told: dict[str, Any], name: str) -> FlatRate:
    figures = ("instalment", "effective_rate_per_month", "effective_annual_rate")
    return FlatRate(
        id=name,
        principal=_positive(told.get("principal"), "principal"),
        monthly_rate=_rate(told.get("flat_rate_per_month"), "flat_rate_per_month"),
        instalments=_count(told.get("n"), "n"),
        told={name: _number(told[name], name) for name in figures if told.get(name) is not None},
    )


def _every(told: dict[str, Any]) -> tuple[int, int]:
    said = told.get("frequency", told.get("every"))
    if said is None or _plain(said) in {"chosen", "custom", "irregular"}:
        if any(row.get("due") for row in _list(told.get("rows")) if isinstance(row, dict)):
            return 0, 0
        return 1, 0
    if _plain(said) == "once":
        return 0, 0
    return _word(_EVERY, said, "frequency")


def _rows(told: Any, what: str) -> tuple[CaseRow, ...]:
    rows = []
    if len(_list(told)) > MOST_COUNTED:
        raise CaseUnreadable(what=f"more than {MOST_COUNTED} {what}")
    for place, row in enumerate(_list(told), start=1):
        if not isinstance(row, dict):
            raise CaseUnreadable(what=f"{what} {place} is not an object")
        days = row.get("days")
        rows.append(
            CaseRow(
                n=_whole(place if row.get("n") is None else row["n"], f"{what} {place} n"),
                due_on=_day(_first(row, "due", "due_on", "date")),
                days=None if days is None else _count(days, f"{what} {place} days"),
                figures=_figures(row),
            )
        )
    return tuple(rows)


def _figures(told: dict[str, Any]) -> dict[str, Decimal]:
    return {name: _number(told[name], name) for name in FIGURES if told.get(name) is not None}


def _rounding(told: Any) -> Rounding | None:
    if not isinstance(told, dict):
        return None
    digits = _whole(told.get("digits", 2), "rounding digits")
    if not 0 <= digits <= MOST_DIGITS:
        raise CaseUnreadable(what=f"rounding digits {digits}")
    currency = _mode(_first(told, "currency", "mode"))
    unit = Decimal(1).scaleb(-digits)
    initial = _multiple(told.get("initial_multiple"), unit)
    final = _multiple(told.get("final_multiple"), unit)
    return Rounding(
        currency=currency,
        digits=digits,
        initial_mode=_mode(told.get("initial_mode") or currency),
        initial_multiple=initial,
        final_mode=_mode(told.get("final_mode") or currency),
        final_multiple=final,
    )


def _multiple(told: Any, unit: Decimal) -> Decimal:
    return unit if told is None else _positive(told, "rounding multiple")


def _mode(told: Any) -> str:
    modes = {
        "half_up": "HALF_UP",
        "round_half_up": "HALF_UP",
        "nearest": "HALF_UP",
        "half_even": "HALF_EVEN",
        "ceiling": "CEILING",
        "up": "CEILING",
        "floor": "FLOOR",
        "down": "FLOOR",
    }
    return _word(modes, told or "half_up", "rounding mode")


def _fee(told: Any) -> Fee | None:
    if not isinstance(told, dict) or _plain(told.get("frequency") or "none") == "none":
        return None
    only_first = _word(_FEES, told["frequency"], "fee frequency")
    base = _plain(told.get("type") or "value")
    if base not in {"value", "principal", "interest", "principal_interest"}:
        raise CaseUnreadable(what=f"fee type {str(told['type'])[:SHOWN_LETTERS]}")
    part = str(told.get("percentage") or "0").strip()
    return Fee(
        only_first=only_first,
        base=base,
        amount=_number(told.get("value") or 0, "fee value"),
        part=_number(part.removesuffix("%"), "fee percentage").scaleb(-2),
    )


def _first(told: dict[str, Any], *names: str) -> Any:
    return next((told[name] for name in names if told.get(name) is not None), None)


def _list(told: Any) -> Sequence[Any]:
    return told if isinstance(told, list) else []


def _plain(told: Any) -> str:
    return re.sub(r"[^a-z0-9]+", "_", str(told).strip().lower()).strip("_")


def _word(known: Mapping[str, T], told: Any, what: str) -> T:
    found = known.get(_plain(told))
    if found is None:
        raise CaseUnreadable(what=f"{what} {str(told)[:SHOWN_LETTERS]}")
    return found


def _number(told: Any, what: str) -> Decimal:
    try:
        number = Decimal(str(told).replace(",", "").strip())
    except InvalidOperation:
        number = Decimal("NaN")
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or not -MOST_DECIMALS <= exponent <= MOST_DECIMALS:
        raise CaseUnreadable(what=f"{what} {str(told)[:SHOWN_LETTERS]}")
    return number


def _whole(told: Any, what: str) -> int:
    number = _number(told, what)
    if number != number.to_integral_value():
        raise CaseUnreadable(what=f"{what} {str(told)[:SHOWN_LETTERS]}")
    return int(number)


def _positive(told: Any, what: str) -> Decimal:
    number = _number(told, what)
    if number <= 0:
        raise CaseUnreadable(what=f"{what} {str(told)[:SHOWN_LETTERS]}")
    return number


def _count(told: Any, what: str) -> int:
    number = _whole(told, what)
    if not 1 <= number <= MOST_COUNTED:
        raise CaseUnreadable(what=f"{what} {str(told)[:SHOWN_LETTERS]}")
    return number


def _rate(told: Any, what: str) -> Fraction:
    """Read a rate such as 0.04, 4%, or 0.04/12."""
    top, _, bottom = str(told).partition("/")
    scale = -2 if top.strip().endswith("%") else 0
    number = _number(top.strip().removesuffix("%"), what).scaleb(scale)
    divisor = _number(bottom, what) if bottom else Decimal(1)
    if divisor <= 0 or number < 0:
        raise CaseUnreadable(what=f"{what} {str(told)[:SHOWN_LETTERS]}")
    whole, part = divisor.as_integer_ratio()
    return Fraction(number) * Fraction(part, whole)


def _day(told: Any) -> date | None:
    if told is None:
        return None
    try:
        return parse_date(str(told)[:10] if re.match(r"\d{4}-\d\d-\d\dT", str(told)) else str(told))
    except DomainError:
        raise CaseUnreadable(what=f"day {str(told)[:SHOWN_LETTERS]}") from None
