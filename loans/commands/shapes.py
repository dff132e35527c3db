"""The shapes in which a schedule is written: table, JSON, CSV, paper."""

import csv
import io
import json
import unicodedata
from typing import Any

from flask import render_template

from ledger.clock import now
from ledger.money import Satang, format_baht, plain_baht
from ledger.paper import pdf_from_html
from ledger.thai import format_date
from loans.ceiling import ceiling_on
from loans.schedule import Schedule, terms_as_json
from loans.schedule.words import (
    COUNTING_IN_THAI,
    EFFECT_IN_THAI,
    GRACE_IN_THAI,
    METHOD_IN_THAI,
    ROW_IN_THAI,
    every_in_thai,
    grace_in_thai,
    rounding_in_thai,
)
from members.by_laws import percent

PPM_DIGITS = 6
ROW_NAMES = ("n", "due", "days", "payment", "principal", "interest", "fee", "balance")


def _rows(made: Schedule) -> list[dict[str, Any]]:
    """Give the rows for other programs: amounts in baht as texts with two decimals."""
    return [
        {
            "n": row.n,
            "due": row.due_on.isoformat(),
            "days": row.days,
            "payment": plain_baht(row.payment),
            "principal": plain_baht(row.principal),
            "interest": plain_baht(row.interest),
            "fee": plain_baht(row.fee),
            "balance": plain_baht(row.balance),
        }
        for row in made.rows
    ]


def as_json(made: Schedule, *, fees: Satang, effective: int, warning: str) -> bytes:
    """Write a schedule as JSON, in the shape of the files that ``check-schedules`` reads."""
    terms = made.terms
    ceiling = ceiling_on(terms.disbursed_on)
    told = {
        "method": terms.method.value,
        "principal": plain_baht(terms.principal),
        "annual_rate": _part(terms.annual_rate_ppm),
        "n": terms.instalments,
        "frequency": terms.every.value,
        "counting": terms.counting.value,
        "counts_first_day": terms.counts_first_day,
        "disbursed": terms.disbursed_on.isoformat(),
        "rows": _rows(made),
        "totals": {
            "payment": plain_baht(made.payment),
            "principal": plain_baht(terms.principal),
            "interest": plain_baht(made.interest),
            "fee": plain_baht(Satang(sum(row.fee for row in made.rows))),
        },
        "fee_at_payout": plain_baht(fees),
        "effective_annual_rate": _part(effective),
        "ceiling": {"annual_rate": _part(ceiling.annual_rate_ppm), "source": ceiling.source},
        "warning": warning or None,
        "terms": terms_as_json(terms),
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _part(ppm: int) -> str:
    """Write millionths as a part of one: 60,000 is ``0.06``."""
    whole, rest = divmod(ppm, 10**PPM_DIGITS)
    return f"{whole}.{rest:0{PPM_DIGITS}d}".rstrip("0").rstrip(".")


def as_csv(made: Schedule, **_besides: Any) -> bytes:
    """Write the rows of a schedule as CSV."""
    written = io.StringIO(newline="")
    lines = csv.DictWriter(written, ROW_NAMES, lineterminator="\r\n")
    lines.writeheader()
    lines.writerows(_rows(made))
    return written.getvalue().encode()


def as_pdf(made: Schedule, *, fees: Satang, effective: int, warning: str) -> bytes:
    """Print a schedule on paper."""
    return pdf_from_html(
        render_template(
            "paper/schedule.html.j2",
            made=made,
            terms=made.terms,
            method=METHOD_IN_THAI[made.terms.method],
            every=every_in_thai(made.terms),
            counting=COUNTING_IN_THAI[made.terms.counting],
            rounding=rounding_in_thai(made.terms),
            grace=grace_in_thai(made.terms),
            graces=GRACE_IN_THAI,
            effects=EFFECT_IN_THAI,
            percent=percent,
            rate=percent(made.terms.annual_rate_ppm),
            fees=fees,
            effective=percent(effective),
            warning=warning,
            headings=ROW_IN_THAI,
            fee_total=Satang(sum(row.fee for row in made.rows)),
            printed_at=now(),
        )
    )


def as_table(made: Schedule, *, fees: Satang, effective: int, **_besides: Any) -> bytes:
    """Write a schedule as a table for the screen."""
    lines = [[ROW_IN_THAI[name] for name in ROW_NAMES]]
    lines += [
        [
            str(row.n),
            format_date(row.due_on),
            str(row.days),
            *(format_baht(x) for x in (row.payment, row.principal, row.interest, row.fee)),
            format_baht(row.balance),
        ]
        for row in made.rows
    ]
    fee = Satang(sum(row.fee for row in made.rows))
    sums = (made.payment, made.terms.principal, made.interest, fee)
    lines.append(["", "รวม", "", *(format_baht(amount) for amount in sums), ""])
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    table = [
        "  ".join(_padded(text, width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    told = [
        " · ".join(
            (
                METHOD_IN_THAI[made.terms.method],
                every_in_thai(made.terms),
                COUNTING_IN_THAI[made.terms.counting],
                rounding_in_thai(made.terms),
            )
        ),
        *table,
        f"อัตราที่แท้จริงร้อยละ {percent(effective)} ต่อปี"
        + (f" รวมค่าธรรมเนียม {format_baht(fees)} บาท" if fees else ""),
    ]
    return ("\n".join(told) + "\n").encode()


def _width(text: str) -> int:
    """Count the letters that take room: vowels and marks above and below take none."""
    return sum(unicodedata.category(letter) != "Mn" for letter in text)


def _padded(text: str, width: int) -> str:
    return " " * (width - _width(text)) + text
