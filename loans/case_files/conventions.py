"""How other programs put figures down, each convention with a name, over what we work out.

Our own schedule is made in parts of a figure so small that nothing is rounded yet; a convention
then rounds as its file says. So what is compared is our arithmetic, and not our taste in rounding.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from itertools import accumulate
from math import ceil, floor
from typing import Any

from ledger.money import Satang
from loans.case_files.reading import Case, CaseUnreadable, Fee, Rounding
from loans.schedule import (
    Counting,
    Every,
    Grace,
    Measure,
    Method,
    RoundingHow,
    Schedule,
    Terms,
    TermsUnfit,
    make_foreign_schedule,
)
from loans.schedule.days import add_months

#: Decimals of the figures before they are rounded, and of those that rounding begins with: what
#: parts a figure from a round one by less was made by dividing.
FINEST, FINE = 18, 11
#: From so many decimals on, figures were printed without rounding.
UNROUNDED_DECIMALS = 6
PRECISION = 60
A_DAY = timedelta(days=1)
#: Any day: only the distances between days matter.
SOME_DAY = date(2025, 1, 1)
Figures = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as a convention has them, and what the convention is called."""

    convention: str
    rows: tuple[Figures, ...]
    is_rounded: bool = True


def exact_table(case: Case) -> tuple[Figures, ...]:
    """Give the rows of a case before any rounding, as its own program has them."""
    return _with_fees(case, _terms(case, _countings(case)[0], digits=FINEST))


def tables(case: Case) -> Iterator[Table]:
    """Give the rows of a case by one convention after the other, the likeliest first.

    Raises:
        TermsUnfit: We refuse such terms.
        CaseUnreadable: The case does not say what is needed.
    """
    decimals = printed_decimals(case)
    for counting in _countings(case):
        how = _COUNTED[counting]
        exact = _with_fees(case, _terms(case, counting, digits=FINEST))
        if decimals >= UNROUNDED_DECIMALS:
            yield Table(f"ไม่ปัดเศษ {how}", exact, is_rounded=False)
            continue
        if case.rounding is not None:
            yield Table(f"ปัดเศษตามที่แฟ้มบอก {how}", _as_the_file_says(case, exact, case.rounding))
        yield from _ours(case, counting, decimals, how)
        yield Table(f"ปัดเศษเมื่อพิมพ์เท่านั้น {how}", exact, is_rounded=False)


_COUNTED = {
    Counting.MONTH: "ดอกเบี้ยรายงวดเท่ากัน",
    Counting.DAYS_365: "ดอกเบี้ยรายวัน",
    Counting.DAYS_ACTUAL: "ดอกเบี้ยรายวันตามปีจริง",
}


def printed_decimals(case: Case) -> int:
    """Give with how many decimals the rows of a case are printed at most, and its principal."""
    numbers = [case.principal]
    if case.rounding is None:
        numbers += [number for row in case.rows for number in row.figures.values()]
    exponents = [number.as_tuple().exponent for number in numbers]
    least = 0 if case.rounding is None else case.rounding.digits
    return max(least, *(-e for e in exponents if isinstance(e, int)))


def _countings(case: Case) -> tuple[Counting, ...]:
    if case.counting is not None:
        return (case.counting,)
    if any(row.days is not None or row.due_on is not None for row in case.rows):
        return tuple(Counting)
    return (Counting.MONTH,)


# ---------------------------------------------------------------- terms


def _terms(case: Case, counting: Counting, *, digits: int) -> Terms:
    scaled = case.principal.scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise CaseUnreadable(what="principal is finer than its rounding")
    every, disbursed, days = _due_days(case)
    is_listed = every is Every.CHOSEN or case.method is Method.SEASONAL
    # Mifos lets a grace on everything move the due days only: it bears no interest.
    grace = Grace.PRINCIPAL if case.grace is Grace.PRINCIPAL else Grace.NONE
    return Terms(
        principal=Satang(int(scaled)),
        annual_rate_ppm=case.annual_rate.numerator,
        instalments=len(days),
        method=case.method,
        first_due_on=days[0],
        disbursed_on=disbursed,
        every=every,
        counting=counting,
        counts_first_day=case.counts_first_day,
        grace=grace,
        grace_instalments=case.grace_instalments if grace is Grace.PRINCIPAL else 0,
        due_days=tuple(days) if is_listed else (),
    )


def _measure(case: Case) -> Measure:
    """Measure rates in whatever parts the case's own is a whole number of."""
    return Measure(days_in_year=case.days_in_year, rate_parts=case.annual_rate.denominator)


def _due_days(case: Case) -> tuple[Every, date, list[date]]:
    """Give how often instalments fall due, the day of the payout, and every due day."""
    told = [row.due_on for row in case.rows if row.due_on is not None]
    if len(told) == len(case.rows):
        disbursed = case.disbursed_on or _before(case, told[0])
        return Every.CHOSEN, disbursed, told
    lengths = [row.days for row in case.rows if row.days is not None]
    if not case.months and not case.days:
        if len(lengths) != len(case.rows):
            raise CaseUnreadable(what="it does not say when instalments fall due")
        start = case.disbursed_on or SOME_DAY
        return Every.CHOSEN, start, [start + days * A_DAY for days in accumulate(lengths)]
    disbursed = case.disbursed_on or (
        SOME_DAY if case.first_due_on is None else _before(case, case.first_due_on)
    )
    first = case.first_due_on or _step(case, disbursed, 1)
    days = [_step(case, first, place) for place in range(case.instalments)]
    every = {(1, 0): Every.MONTH, (0, 7): Every.WEEK}.get((case.months, case.days), Every.CHOSEN)
    return every, disbursed, days


def _before(case: Case, first: date) -> date:
    if case.rows[0].days is not None:
        return first - (case.rows[0].days - case.counts_first_day) * A_DAY
    return _step(case, first, -1)


def _step(case: Case, day: date, steps: int) -> date:
    if case.months:
        return add_months(day, steps * case.months, day_of_month=day.day)
    return day + steps * (case.days or 1) * A_DAY


# ---------------------------------------------------------------- figures


def _plain(schedule: Schedule, *, digits: int) -> list[dict[str, Decimal]]:
    names = ("payment", "principal", "interest", "balance")
    with localcontext(prec=PRECISION):
        return [
            {name: Decimal(getattr(row, name)).scaleb(-digits) for name in names}
            for row in schedule.rows
        ]


def _with_fees(case: Case, terms: Terms) -> tuple[Figures, ...]:
    """Give the unrounded rows, the fee in the payment, the balance as its program has it."""
    rows = _plain(make_foreign_schedule(terms, measure=_measure(case)), digits=FINEST)
    with localcontext(prec=PRECISION):
        rows = [{name: _fine(number) for name, number in row.items()} for row in rows]
        fee = _fee_each(case.fee, case.principal, sum(row["interest"] for row in rows))
        _add_fees(case, rows, fee)
        return _with_balances(case, rows)


def _fine(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-FINE), ROUND_HALF_EVEN)


def _fee_each(fee: Fee | None, principal: Decimal, interest: Decimal | int) -> Decimal:
    if fee is None:
        return Decimal(0)
    base = {
        "principal": principal,
        "interest": Decimal(interest),
        "principal_interest": principal + interest,
    }
    return fee.amount if fee.base == "value" else _fine(base[fee.base] * fee.part)


def _to(number: Decimal, multiple: Decimal, mode: str) -> Decimal:
    """Round a number to a multiple; nothing is lost before, whatever the multiple."""
    top, bottom = multiple.as_integer_ratio()
    units = Fraction(number) * Fraction(bottom, top)
    return multiple * _MODES[mode](units)


def _half_up(units: Fraction) -> int:
    return floor(units + Fraction(1, 2)) if units >= 0 else -floor(Fraction(1, 2) - units)


#: ``round`` takes halves to the even one.
_MODES: Mapping[str, Callable[[Fraction], int]] = {
    "HALF_UP": _half_up,
    "HALF_EVEN": round,
    "CEILING": ceil,
    "FLOOR": floor,
}


def _as_the_file_says(
    case: Case, exact: tuple[Figures, ...], rounding: Rounding
) -> tuple[Figures, ...]:
    """Round unrounded rows as the file says. Everything is taken from them, the last is the rest.

    - Every payment but the last is rounded as ``initial``, interest and fee as ``currency``, and
      principal is what is left; for equal principal, and where no principal is asked for, it is
      interest that is left.
    - The sum of all payments is rounded as ``final``; the last payment takes what is missing, and
      so do its fee, its principal and, last of all, its interest.
    """
    digits = Decimal(1).scaleb(-rounding.digits)
    rows: list[dict[str, Decimal]] = []
    with localcontext(prec=PRECISION):
        for row in exact[:-1]:
            payment = _to(row["payment"], rounding.initial_multiple, rounding.initial_mode)
            fee = _to(row["fee"], digits, rounding.currency)
            if not row["principal"] or case.method is Method.EQUAL_PRINCIPAL:
                principal = _to(row["principal"], digits, rounding.currency)
                interest = payment - fee - principal
            else:
                interest = _to(row["interest"], digits, rounding.currency)
                principal = payment - fee - interest
            rows.append(
                {"payment": payment, "principal": principal, "interest": interest, "fee": fee}
            )
        payment = _to(
            sum((row["payment"] for row in exact), Decimal(0)),
            rounding.final_multiple,
            rounding.final_mode,
        ) - _sum(rows, "payment")
        fees = _to(sum((row["fee"] for row in exact), Decimal(0)), digits, rounding.currency)
        fee = fees - _sum(rows, "fee")
        principal = case.principal - _sum(rows, "principal")
        interest = payment - fee - principal
        rows.append({"payment": payment, "principal": principal, "interest": interest, "fee": fee})
        return _with_balances(case, rows)


def _with_balances(case: Case, rows: list[dict[str, Decimal]]) -> tuple[Figures, ...]:
    """Write down what is still to be paid: Mifos counts the interest of a flat loan too."""
    is_flat = case.method is Method.FLAT
    left = case.principal + (_sum(rows, "interest") if is_flat else 0)
    for row in rows:
        left -= row["principal"] + (row["interest"] if is_flat else 0)
        row["balance"] = left
    return tuple(rows)


def _ours(case: Case, counting: Counting, digits: int, how: str) -> Iterator[Table]:
    """Give the rows as Samut itself makes them, by each way of rounding an instalment."""
    terms = _terms(case, counting, digits=digits)
    first = case.rows[0].figures.get("payment")
    fee = case.fee.amount if case.fee is not None and case.fee.base == "value" else 0
    ways: list[tuple[str, dict[str, Any]]] = [
        (f"งวดปัด{said}เป็น{unit}", {"rounding_multiple": Satang(multiple), "rounding_how": how_to})
        for multiple, unit in ((10**digits, "หนึ่งหน่วย"), (1, "หน่วยเล็กที่สุด"))
        for how_to, said in _ROUNDED.items()
    ]
    kept = 0 if first is None else int((first - fee).scaleb(digits))
    if kept > 0 and case.method in {Method.EQUAL_INSTALMENT, Method.FLAT}:
        ways.append(("งวดตามแถวแรกของแฟ้ม", {"kept_instalment": Satang(kept)}))
    for said, asked in ways:
        # One way of rounding may leave nothing of a small instalment; the others are still tried.
        with suppress(TermsUnfit):
            rows = _rounded(case, replace(terms, **asked), digits)
            yield Table(f"{said} {how}", rows)


_ROUNDED = {
    RoundingHow.HALF_UP: "ครึ่งขึ้น",
    RoundingHow.UP: "ขึ้น",
    RoundingHow.DOWN: "ลง",
}


def _rounded(case: Case, terms: Terms, digits: int) -> tuple[Figures, ...]:
    made = make_foreign_schedule(terms, measure=_measure(case))
    rows = _plain(made, digits=digits)
    fee = _fee_each(case.fee, case.principal, sum(row["interest"] for row in rows))
    with localcontext(prec=PRECISION):
        fee = _to(fee, Decimal(1).scaleb(-digits), "HALF_UP")
        _add_fees(case, rows, fee)
    return tuple(rows)


def _add_fees(case: Case, rows: list[dict[str, Decimal]], fee: Decimal) -> None:
    only_first = case.fee is not None and case.fee.only_first
    for place, row in enumerate(rows):
        row["fee"] = Decimal(0) if only_first and place else fee
        row["payment"] += row["fee"]


def _sum(rows: list[dict[str, Decimal]], name: str) -> Decimal:
    return sum((row[name] for row in rows), Decimal(0))
