"""The ageing table and the list by village, and who owes what in a month: page, paper, files."""

from datetime import date
from itertools import groupby

from flask.typing import ResponseReturnValue

from ledger.clock import now
from ledger.db import read
from ledger.exports import Column, Table
from ledger.money import Satang, total
from ledger.period import month_of, next_month
from ledger.roles import READERS, open_to
from ledger.thai import format_date, format_month
from ledger.web import asked_form, page, paper, sheet, today
from loans.arrears import AT_RISK_DAYS
from loans.queries.arrears import (
    Ageing,
    DueLine,
    OverdueLoan,
    ageing,
    due_in_month,
    written_off_debts,
)
from loans.schemas.arrears import AskedDaySchema, AskedMonthSchema
from loans.views.room import blueprint
from members.models import Group
from members.queries import group_by_code

MONTHS_OFFERED = 4


def _asked(code: str) -> tuple[Group, Ageing]:
    """Read the arrears of a group on the day that the address names, today where it names none."""
    form = asked_form(AskedDaySchema())
    on = form.values.get("on") or today()
    on = min(on, today())
    group = read(lambda session: group_by_code(session, code=code))
    return group, read(lambda session: ageing(session, book_id=group.book_id, on=on))


def by_village(overdue: tuple[OverdueLoan, ...]) -> list[tuple[str, list[OverdueLoan]]]:
    """Give the overdue loans village by village, in walking order."""
    return [
        (village, list(those))
        for village, those in groupby(overdue, key=lambda one: one.borrower.village)
    ]


@blueprint.get("/groups/<code>/arrears")
@open_to(READERS)
def arrears(code: str) -> ResponseReturnValue:
    """Show who is overdue, how old it is, and what share of all loans is at risk."""
    group, found = _asked(code)
    gone = read(lambda session: written_off_debts(session, book_id=group.book_id))
    return page(
        "loans/arrears.html",
        code=code,
        group_name=group.name,
        ageing=found,
        villages=by_village(found.overdue),
        risk_days=AT_RISK_DAYS,
        written_off=gone,
        written_off_left=total(one.left for one in gone),
        day=today(),
    )


@blueprint.get("/groups/<code>/arrears.pdf")
@open_to(READERS)
def arrears_pdf(code: str) -> ResponseReturnValue:
    """Print the ageing table and the list by village."""
    group, found = _asked(code)
    return paper(
        "paper/arrears.html.j2",
        name=f"ลูกหนี้ค้างชำระ-{code}-{found.on.isoformat()}",
        group=group,
        ageing=found,
        villages=by_village(found.overdue),
        risk_days=AT_RISK_DAYS,
    )


@blueprint.get("/groups/<code>/arrears.<any(csv,xlsx):ending>")
@open_to(READERS)
def arrears_file(code: str, ending: str) -> ResponseReturnValue:
    """Give the list of overdue loans as CSV or XLSX."""
    group, found = _asked(code)
    name = f"ลูกหนี้ค้างชำระ-{code}-{found.on.isoformat()}"
    return sheet(_overdue_table(group, found), name=name, ending=ending)


def _overdue_table(group: Group, found: Ageing) -> Table:
    rows = tuple(
        (
            one.borrower.village,
            one.borrower.member_number,
            one.borrower.name,
            one.borrower.reference,
            one.borrower.product_name,
            one.standing.outstanding,
            one.standing.overdue_principal,
            one.interest,
            one.standing.default_interest,
            one.standing.costs,
            one.all,
            one.since,
            one.standing.days_overdue,
            one.bucket.thai,
            " / ".join(guarantor.name for guarantor in one.guarantors),
        )
        for one in found.overdue
    )
    return Table(
        title=f"ลูกหนี้ค้างชำระ {group.name}",
        about=f"ณ วันที่ {format_date(found.on)}",
        columns=(
            ("หมู่บ้าน", Column.TEXT),
            ("เลขที่สมาชิก", Column.TEXT),
            ("ผู้กู้", Column.TEXT),
            ("เลขที่สัญญา", Column.TEXT),
            ("ประเภท", Column.TEXT),
            ("เงินต้นคงเหลือ", Column.MONEY),
            ("เงินต้นค้าง", Column.MONEY),
            ("ดอกเบี้ยค้าง", Column.MONEY),
            ("ดอกเบี้ยผิดนัด", Column.MONEY),
            ("ค่าติดตามหนี้", Column.MONEY),
            ("รวมค้างชำระ", Column.MONEY),
            ("ค้างตั้งแต่", Column.DAY),
            ("วัน", Column.NUMBER),
            ("อายุหนี้", Column.TEXT),
            ("ผู้ค้ำประกัน", Column.TEXT),
        ),
        rows=rows,
        sums=(
            *("รวม", None, None, None, None),
            found.overdue_outstanding,
            found.overdue_principal,
            found.overdue_interest,
            found.overdue_default,
            total(one.standing.costs for one in found.overdue),
            found.overdue_in_all,
            *(None, None, None, None),
        ),
    )


def _asked_month(code: str) -> tuple[Group, date, list[DueLine]]:
    form = asked_form(AskedMonthSchema())
    month = form.values.get("month") or month_of(today())
    group = read(lambda session: group_by_code(session, code=code))
    on = today()
    lines = read(lambda session: due_in_month(session, book_id=group.book_id, month=month, on=on))
    return group, month, lines


@blueprint.get("/groups/<code>/loan-dues")
@open_to(READERS)
def dues(code: str) -> ResponseReturnValue:
    """Show who is to pay what in a month, with what is overdue from before."""
    group, month, lines = _asked_month(code)
    return page(
        "loans/arrears_dues.html",
        code=code,
        group_name=group.name,
        month=month,
        months=_months_from(month_of(today())),
        lines=lines,
        villages=[
            (village, list(those))
            for village, those in groupby(lines, key=lambda one: one.borrower.village)
        ],
        in_all=total(line.all for line in lines),
        of_month=total(Satang(line.principal + line.interest) for line in lines),
        day=today(),
        at=now(),
    )


@blueprint.get("/groups/<code>/loan-dues.<any(csv,xlsx):ending>")
@open_to(READERS)
def dues_file(code: str, ending: str) -> ResponseReturnValue:
    """Give the same as CSV or XLSX."""
    group, month, lines = _asked_month(code)
    name = f"ครบกำหนดชำระ-{code}-{month:%Y-%m}"
    return sheet(_dues_table(group, month, lines), name=name, ending=ending)


def _months_from(first: date) -> list[date]:
    months = [first]
    while len(months) < MONTHS_OFFERED:
        months.append(next_month(months[-1]))
    return months


def _dues_table(group: Group, month: date, lines: list[DueLine]) -> Table:
    return Table(
        title=f"ยอดที่ต้องชำระเดือน{format_month(month)} {group.name}",
        about=f"ทำเมื่อ {format_date(today())}",
        columns=(
            ("หมู่บ้าน", Column.TEXT),
            ("เลขที่สมาชิก", Column.TEXT),
            ("ผู้กู้", Column.TEXT),
            ("เลขที่สัญญา", Column.TEXT),
            ("ครบกำหนด", Column.DAY),
            ("เงินต้นงวดนี้", Column.MONEY),
            ("ดอกเบี้ยงวดนี้", Column.MONEY),
            ("เงินต้นค้าง", Column.MONEY),
            ("ดอกเบี้ยค้าง", Column.MONEY),
            ("ดอกเบี้ยผิดนัดและค่าติดตาม", Column.MONEY),
            ("รวมต้องชำระ", Column.MONEY),
        ),
        rows=tuple(
            (
                line.borrower.village,
                line.borrower.member_number,
                line.borrower.name,
                line.borrower.reference,
                line.due_on,
                line.principal,
                line.interest,
                line.overdue_principal,
                line.overdue_interest,
                line.default_interest + line.costs,
                line.all,
            )
            for line in lines
        ),
        sums=(
            *("รวม", None, None, None, None),
            total(line.principal for line in lines),
            total(line.interest for line in lines),
            total(line.overdue_principal for line in lines),
            total(line.overdue_interest for line in lines),
            total(Satang(line.default_interest + line.costs) for line in lines),
            total(line.all for line in lines),
        ),
    )
