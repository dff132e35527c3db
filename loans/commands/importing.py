"""``import loans``: contracts, instalments and payments of an old book, all or none."""

import sys
from hashlib import sha256
from pathlib import Path

import click
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.commands import FILE, IMPORTER, import_group, refusals_in_thai
from ledger.db import read, write
from ledger.money import format_baht
from ledger.queries import account_by_code
from ledger.thai import today_in_bangkok
from loans.imports.posting import BroughtIn, bring_in
from loans.imports.rows import ReadLoans, find_contracts, find_rows, read_loans
from members.imports.facts import facts_of
from members.imports.savings import Against
from members.imports.sheets import MOST_BYTES, FileTooLarge, read_sheets
from members.queries import group_by_code

#: Loans of an old book stand in the savings purse.
FUND = "SAV"


@import_group.command("loans")
@click.argument("contracts", type=FILE)
@click.argument("instalments", type=FILE)
@click.option("--group", "code", required=True, help="The group's code.")
@click.option(
    "--against",
    type=click.Choice([side.value for side in Against]),
    default=Against.OPENING.value,
    show_default=True,
    help="The other side: 11010 cash, 39010 opening balances.",
)
@click.option("--dry-run", is_flag=True, help="Check every row and write nothing.")
@refusals_in_thai
def loans(contracts: Path, instalments: Path, code: str, against: str, *, dry_run: bool) -> None:
    """Bring in loans with their instalments and what was paid of them, or nothing.

    CONTRACTS has a row for each contract, INSTALMENTS one for each instalment; both as CSV or
    Excel. Loans above the legal ceiling come in as they were agreed, and pages warn of them.
    """
    both = _content(contracts), _content(instalments)
    tables = find_contracts(read_sheets(both[0])), find_rows(read_sheets(both[1]))
    today = today_in_bangkok(now())

    def look(session: Session) -> ReadLoans:
        book_id = group_by_code(session, code=code).book_id
        return read_loans(*tables, facts=facts_of(session, book_id=book_id, today=today))

    found = read(look)
    _say(found)
    if dry_run:
        click.echo(f"ตรวจแล้ว ยังไม่บันทึก: {len(found.loans):,} สัญญา")
        return

    def work(session: Session) -> BroughtIn:
        book_id = group_by_code(session, code=code).book_id
        contra = account_by_code(session, book_id=book_id, code=against, fund=FUND)
        return bring_in(
            session,
            book_id=book_id,
            read=found,
            contra_account_id=contra.id,
            idempotency_key=f"import loans {sha256(b''.join(both)).hexdigest()}",
            by=IMPORTER,
            at=now(),
        )

    done = write(work)
    if done.replayed:
        click.echo("แฟ้มคู่นี้เคยนำเข้าแล้ว ไม่ได้บันทึกซ้ำ")
        return
    for sentence in done.said:
        click.echo(f"(ควรดู) {sentence}")
    click.echo(
        f"บันทึกแล้ว {done.loans:,} สัญญา รับชำระ {done.payments:,} ครั้ง คำขอ {done.applications:,} "
        f"ยังเป็นหนี้รวม {format_baht(done.outstanding)} บาท"
    )


def _content(file: Path) -> bytes:
    if file.stat().st_size > MOST_BYTES:
        raise FileTooLarge(file=file)
    return file.read_bytes()


def _say(found: ReadLoans) -> None:
    """Say what is wrong with each row, and leave with exit status 1 if anything is."""
    for doubt in found.doubts:
        click.echo(f"{doubt.sheet} แถว {doubt.line}: (ควรดู) {doubt.sentence}")
    for problem in found.problems:
        click.echo(f"{problem.sheet} แถว {problem.line}: {problem.sentence}", err=True)
    if found.problems:
        click.echo(f"มี {len(found.problems):,} แถวที่ต้องแก้ ไม่ได้บันทึกแถวใดของทั้งสองแฟ้ม", err=True)
        sys.exit(1)
