"""The commands about people: bring members and savings in from a spreadsheet, and undo it.

They stand beside ``import journal``, and what they write bears the same mark.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.commands import DAY, FILE, IMPORTER, import_group, refusals_in_thai
from ledger.db import read, write
from ledger.money import Satang, format_baht
from ledger.thai import today_in_bangkok
from members.imports.batches import Written, post_import, undo_import
from members.imports.facts import facts_of
from members.imports.headings import FoundTable
from members.imports.kept import (
    Choices,
    What,
    check_rows,
    keep_import,
    known_import,
    read_table,
    sums_of,
)
from members.imports.people import PersonRow
from members.imports.savings import Against, SavingsRow
from members.imports.sheets import MOST_BYTES, FileTooLarge
from members.models import ProductKind
from members.queries import group_by_code


@import_group.command("members")
@click.argument("file", type=FILE)
@click.option("--group", "code", required=True, help="The group's code.")
@click.option("--on", type=DAY, help="When those joined whose row does not say; today.")
@click.option("--dry-run", is_flag=True, help="Check every row and write nothing.")
@refusals_in_thai
def members(file: Path, code: str, on: datetime | None, *, dry_run: bool) -> None:
    """Take in everybody on a sheet, or nobody."""
    _bring_in(file, what=What.MEMBERS, code=code, on=on, dry_run=dry_run)


@import_group.command("savings")
@click.argument("file", type=FILE)
@click.option("--group", "code", required=True, help="The group's code.")
@click.option("--on", type=DAY, help="The day of rows that do not give one; today.")
@click.option("--product", default="", help="The product of rows that name none, as PLG.")
@click.option(
    "--against",
    type=click.Choice([side.value for side in Against]),
    default=Against.CASH.value,
    show_default=True,
    help="The other side: 11010 cash, 39010 opening balances.",
)
@click.option("--dry-run", is_flag=True, help="Check every row and write nothing.")
@refusals_in_thai
def savings(
    *, file: Path, code: str, on: datetime | None, product: str, against: str, dry_run: bool
) -> None:
    """Post every row of a sheet of savings, or none."""
    _bring_in(
        file,
        what=What.SAVINGS,
        code=code,
        on=on,
        dry_run=dry_run,
        product=product,
        against=Against(against),
    )


def _bring_in(
    file: Path,
    *,
    what: What,
    code: str,
    on: datetime | None,
    dry_run: bool,
    product: str = "",
    against: Against = Against.CASH,
) -> None:
    if file.stat().st_size > MOST_BYTES:
        raise FileTooLarge(file=file)
    content = file.read_bytes()
    today = today_in_bangkok(now())
    book_id = read(lambda session: group_by_code(session, code=code).book_id)
    facts = read(lambda session: facts_of(session, book_id=book_id, today=today))
    table = read_table(content, what=what, products=facts.product_words)
    pledges = [p.code for p in facts.products.values() if p.kind is ProductKind.PLEDGE]
    usual = (pledges or [*facts.products, ""])[0]
    choices = Choices(against, product or usual, today if on is None else on.date())
    _say_notes(table)

    def is_posted(session: Session) -> bool:
        known = known_import(session, book_id=book_id, what=what, content=content)
        return known is not None and known.posted_at is not None

    if read(is_posted):
        click.echo("แฟ้มนี้เคยนำเข้าแล้ว ไม่ได้บันทึกซ้ำ")
        return
    checked = check_rows(table.rows, what=what, choices=choices, facts=facts)
    _leave_if_wrong(checked)
    if dry_run:
        _say_sums("ตรวจแล้ว ยังไม่บันทึก", sums_of(checked), what)
        return

    def work(session: Session) -> tuple[int, Written]:
        kept = keep_import(
            session,
            book_id=book_id,
            what=what,
            file_name=file.name,
            content=content,
            table=table,
            choices=choices,
            by=IMPORTER,
            at=now(),
        )
        written = post_import(session, book_id=book_id, number=kept.number, by=IMPORTER, at=now())
        return kept.number, written

    number, _written = write(work)
    _say_sums(f"บันทึกแล้ว แฟ้มที่ {number}", sums_of(checked), what)


def _say_notes(table: FoundTable) -> None:
    for note in table.notes:
        click.echo(note)


def _leave_if_wrong(checked: Sequence[PersonRow | SavingsRow]) -> None:
    """Say what is wrong with each row, and leave with exit status 1 if anything is."""
    for row in checked:
        for sentence in row.problems:
            click.echo(f"แถว {row.line}: {sentence}", err=True)
        for sentence in row.doubts:
            click.echo(f"แถว {row.line}: (ควรดู) {sentence}")
    wrong = sum(1 for row in checked if row.problems)
    if wrong:
        click.echo(f"มี {wrong:,} แถวที่ต้องแก้ ไม่ได้บันทึกแถวใดของแฟ้มนี้", err=True)
        sys.exit(1)


def _say_sums(done: str, sums: Sequence[int], what: What) -> None:
    count, paid_in, paid_out = sums
    click.echo(f"{done}: {count:,} แถว")
    if what is What.SAVINGS:
        click.echo(
            f"เงินเข้า {format_baht(Satang(paid_in))} บาท เงินออก {format_baht(Satang(paid_out))} บาท"
        )


@import_group.command("undo")
@click.argument("number", type=int)
@click.option("--group", "code", required=True, help="The group's code.")
@click.option("--because", required=True, help="Why; it stands in every reversal.")
@refusals_in_thai
def undo(number: int, code: str, because: str) -> None:
    """Take back all that a sheet brought in, by its number."""
    done = write(
        lambda session: undo_import(
            session,
            book_id=group_by_code(session, code=code).book_id,
            number=number,
            because=because,
            by=IMPORTER,
            at=now(),
        )
    )
    click.echo("เคยยกเลิกแล้ว ไม่ได้ทำซ้ำ" if done.replayed else f"ยกเลิกทั้งแฟ้มแล้ว {done.count:,} รายการ")


COMMANDS: list[click.Command] = []
