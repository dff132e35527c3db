"""What lending does from the command line: any schedule without a book, and published ones again.

Neither command opens a database.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from ledger.commands import FILE, refusals_in_thai
from ledger.money import Satang, parse_baht
from loans.case_files import (
    Case,
    FlatRate,
    Outcome,
    Unread,
    Verdict,
    check_case,
    check_flat_rate,
    read_cases,
)
from loans.ceiling import ceiling_on, effective_rate_ppm, is_above_ceiling, why_so_much
from loans.commands import importing  # noqa: F401  (it stands under ``import``)
from loans.commands.mirror import check_mirror
from loans.commands.options import schedule_options, terms_asked
from loans.commands.shapes import as_csv, as_json, as_pdf, as_table
from loans.schedule import Schedule, make_schedule
from members.by_laws import percent


@click.group()
def loan() -> None:
    """Loans: work out any schedule, and compare published ones."""


@loan.command()
@schedule_options
@with_appcontext
@refusals_in_thai
def schedule(**asked: Any) -> None:
    """Print any schedule, in satang, without a book.

    Days are written 2026-01-31 or 31/1/2569. Instalments are rounded to the satang, halves up,
    unless --rounding says otherwise; the last one takes the rest. What it really costs a year is
    printed with it, and a warning when that is above the legal ceiling.
    """
    terms = terms_asked(asked)
    fees = parse_baht(asked["fee"])
    made = make_schedule(terms)
    effective = effective_rate_ppm(made, fees=fees)
    warning = _warning(made, fees=fees, effective=effective)
    shape: Callable[..., bytes] = {
        "table": as_table,
        "json": as_json,
        "csv": as_csv,
        "pdf": as_pdf,
    }[asked["shape"]]
    asked["output"].write(shape(made, fees=fees, effective=effective, warning=warning))
    if warning:
        click.echo(warning, err=True)


def _warning(made: Schedule, *, fees: Satang, effective: int) -> str:
    day = made.terms.disbursed_on
    if not is_above_ceiling(made, fees=fees, on=day):
        return ""
    ceiling = ceiling_on(day)
    return (
        f"คำเตือน: อัตราที่แท้จริงร้อยละ {percent(effective)} ต่อปี เกินเพดานร้อยละ "
        f"{percent(ceiling.annual_rate_ppm)} ต่อปี ({ceiling.source}) ให้กู้ตามนี้ไม่ได้: "
        f"{why_so_much(made, fees=fees)}"
    )


@loan.command("check-schedules")
@click.argument("file", type=FILE)
@refusals_in_thai
def check_schedules(file: Path) -> None:
    """Work every published schedule of FILE out anew, and compare every figure of every row.

    FILE is JSON: cases with method, principal, annual_rate, n, frequency and rows; see
    docs/loan-schedules.md. Exit status 1 when one differs and nothing explains it, or cannot be
    read.
    """
    cases, flat_rates = read_cases(file.read_bytes())
    outcomes = [_checked(case) for case in [*cases, *flat_rates]]
    for outcome in outcomes:
        click.echo(f"{outcome.id}: {outcome.said}")
        for remark in outcome.remarks:
            click.echo(f"  {remark}")
    counted = {verdict: sum(o.verdict is verdict for o in outcomes) for verdict in Verdict}
    click.echo(
        f"ทั้งหมด {len(outcomes)} กรณี: ตรงกัน {counted[Verdict.AGREES]} "
        f"ไม่ทำตามโดยมีเหตุผล {counted[Verdict.REFUSED]} ต่าง {counted[Verdict.DIFFERS]} "
        f"อ่านไม่ได้ {counted[Verdict.UNREAD]}"
    )
    if not outcomes or counted[Verdict.DIFFERS] or counted[Verdict.UNREAD]:
        sys.exit(1)


def _checked(case: Case | FlatRate | Unread) -> Outcome:
    if isinstance(case, Unread):
        return Outcome(case.id, Verdict.UNREAD, f"อ่านไม่ได้: {case.why}")
    return check_flat_rate(case) if isinstance(case, FlatRate) else check_case(case)


loan.add_command(check_mirror)
COMMANDS: Sequence[click.Command] = (loan,)
