"""The commands of the book: verify, backup, restore, export, import journal, db.

They run under ``flask --app app``, which has opened the doors of ``ledger.db`` before. A refusal
is one Thai sentence on standard error and exit status 1.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.orm import Session

from ledger import backup as backups
from ledger import db, exports, queries
from ledger.clock import now
from ledger.db import read, write
from ledger.errors import Conflict, DomainError
from ledger.imports import (
    Imported,
    Journal,
    JournalFiles,
    import_journal,
    parse_range,
    read_journal,
)
from ledger.models import Book
from ledger.money import format_baht
from ledger.seal import short_form
from ledger.settings import Settings, settings_from
from ledger.verification import Verified, verify_book

#: Who writes what a command imports: nobody's sign-in, and so nobody's own entry to sign off.
IMPORTER = "import"
DAY = click.DateTime(formats=["%Y-%m-%d"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def refusals_in_thai(command: Callable[..., None]) -> Callable[..., None]:
    """Say an expected refusal in its Thai sentence and leave with exit status 1."""

    @wraps(command)
    def said(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except DomainError as refusal:
            click.echo(refusal.sentence(), err=True)
            sys.exit(1)

    return said


def _engine() -> Engine:
    """Give the engine that the doors lead to."""
    bind = read(lambda session: session.get_bind())
    assert isinstance(bind, Engine)
    return bind


@click.command()
@click.option("--group", "code", help="Only the book of this group.")
@refusals_in_thai
def verify(code: str | None) -> None:
    """Derive every book anew from its postings; name the first entry that disagrees."""
    codes = [code] if code else read(lambda session: [b.code for b in queries.books(session)])
    results = [_verified(code) for code in codes]
    for result, seconds in results:
        head = short_form(result.head_seal)
        if not result.findings:
            click.echo(
                f"{result.book_code}: agrees, {result.entries} entries, {result.postings} postings,"
                f" head {head} ({result.entries / max(seconds, 1e-9):,.0f} entries a second)"
            )
        for finding in result.findings:
            click.echo(f"{result.book_code}: {finding.what} · {finding.thai}")
    if not results:
        click.echo("There is no book.")
    if any(result.findings for result, _seconds in results):
        sys.exit(1)


def _verified(code: str) -> tuple[Verified, float]:
    def work(session: Session) -> Verified:
        return verify_book(session, book=queries.book_by_code(session, code=code))

    began = time.perf_counter()
    return read(work), time.perf_counter() - began


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@refusals_in_thai
def backup(file: Path) -> None:
    """Back every book up into FILE while it is in use, with a manifest."""
    manifest = backups.back_up(_engine(), file=file, made_at=now())
    click.echo(f"สำรองแล้ว: {file} ({file.stat().st_size:,} bytes)")
    _say_heads(manifest)
    click.echo("จดตราผนึกบรรทัดสุดท้ายของแต่ละสมุดไว้บนกระดาษ จะถูกถามเมื่อกู้คืน")


def _say_heads(manifest: backups.Manifest) -> None:
    for head in manifest.books:
        click.echo(f"  {head.code} {head.name}: รายการเลขที่ {head.head_number} · {head.seal}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--expect", help="The newest printed seal, 8 or 32 letters; NUMBER: may precede it.")
@click.option("--accept-missing", is_flag=True, help="Restore even when entries are missing.")
@refusals_in_thai
def restore(file: Path, expect: str | None, *, accept_missing: bool) -> None:
    """Put a backup in the place of the book, after comparing it with its manifest and a seal."""
    engine = _engine()
    live = backups.sqlite_file(engine)
    with backups.opened_backup(file) as (manifest, copy):
        click.echo(f"ชุดสำรองเมื่อ {manifest.made_at} ตรงกับใบกำกับและตรวจสอบตราผนึกครบทุกรายการ")
        _say_heads(manifest)
        if manifest.migration > backups.newest_revision():
            raise backups.NotABackup(reason="ทำจากสมุตรุ่นใหม่กว่าที่ติดตั้งอยู่")
        printed = expect or click.prompt("ตราผนึกล่าสุดที่พิมพ์ไว้บนกระดาษ (เช่น 128:K7QM-2XDA)")
        missing = backups.missing_from(copy, printed=printed, live=live)
        if missing is not None and not accept_missing:
            raise backups.BackupIsOlder(
                code=missing.code, head=missing.head_number, missing=missing.numbers
            )
        if missing is not None:
            click.echo(f"ขาดรายการเลขที่ {missing.numbers} ของสมุด {missing.code} ให้ลงใหม่จากเอกสาร")
        aside = backups.put_back(copy, engine=engine)
    if aside is not None:
        click.echo(f"สมุดเดิมเก็บไว้ที่ {aside}")
    if manifest.migration < backups.newest_revision():
        db.upgrade(engine.url.render_as_string(hide_password=False))
    for head in manifest.books:
        result, _seconds = _verified(head.code)
        said = "ตรงกัน" if not result.findings else result.findings[0].thai
        click.echo(f"กู้คืนแล้ว {head.code}: {said}")


@click.group()
def export() -> None:
    """Write a book for other programs, to standard output or a file."""


def _export_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--group", "code", required=True, help="The group's code."),
        click.option("--from", "first", type=DAY, help="The first business day, as 2023-04-01."),
        click.option("--to", "last", type=DAY, help="The last business day."),
        click.option("--output", type=click.File("wb"), default="-", help="A file to write to."),
    ):
        command = option(command)
    return command


@export.command()
@_export_options
@refusals_in_thai
def hledger(code: str, first: datetime | None, last: datetime | None, output: Any) -> None:
    """Write a book as a journal of hledger."""
    _write_book(exports.hledger_journal, code, first, last, output)


@export.command()
@_export_options
@refusals_in_thai
def beancount(code: str, first: datetime | None, last: datetime | None, output: Any) -> None:
    """Write a book as a file of beancount."""
    _write_book(exports.beancount_journal, code, first, last, output)


def _write_book(
    written: Callable[..., Iterator[str]],
    code: str,
    first: datetime | None,
    last: datetime | None,
    output: Any,
) -> None:
    def work(session: Session) -> None:
        for line in written(session, book=_book(session, code), first=_day(first), last=_day(last)):
            output.write(line.encode())

    read(work)


def _book(session: Session, code: str) -> Book:
    return queries.book_by_code(session, code=code)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


@export.command("csv")
@_export_options
@refusals_in_thai
def csv_journal(code: str, first: datetime | None, last: datetime | None, output: Any) -> None:
    """Write a book's journal as CSV, a row for each posting."""

    def work(session: Session) -> bytes:
        book = _book(session, code)
        entries = exports.entries_of_days(
            session, book_id=book.id, first=_day(first), last=_day(last)
        )
        return exports.as_csv(exports.journal_table(list(entries), title=book.name, about=""))

    output.write(read(work))


@export.command()
@click.option("--group", "code", required=True, help="The group's code.")
@click.option("--output", type=click.File("wb"), default="-", help="A file to write to.")
@refusals_in_thai
def sealed(code: str, output: Any) -> None:
    """Write every entry with its seal, for docs/check_seal.py."""

    def work(session: Session) -> None:
        output.writelines(exports.sealed_export(session, book=_book(session, code)))

    read(work)


@click.group("import")
def import_group() -> None:
    """Bring in what was kept elsewhere."""


@import_group.command("journal")
@click.option("--group", "code", required=True, help="The group's code; its book may be new.")
@click.option("--name", default="", help="The name of the book, when it is new.")
@click.option("--accounts", type=FILE, required=True, help="CSV: account,name,type.")
@click.option("--opening", type=FILE, required=True, help="CSV: account,amount.")
@click.option(
    "--vouchers", type=FILE, required=True, help="CSV: voucher_seq,date,account,amount and more."
)
@click.option("--kinds", type=FILE, help="CSV: account,kind, for accounts without a type.")
@click.option("--range", "ranges", multiple=True, help="As 1000-1999=asset; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Check the files and write nothing.")
@refusals_in_thai
def journal_files(
    *,
    code: str,
    name: str,
    accounts: Path,
    opening: Path,
    vouchers: Path,
    kinds: Path | None,
    ranges: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Post a journal from three CSV files, all of it or nothing."""
    began = time.perf_counter()
    files = JournalFiles(
        accounts=accounts.read_bytes(),
        opening=opening.read_bytes(),
        vouchers=vouchers.read_bytes(),
        kinds=None if kinds is None else kinds.read_bytes(),
    )
    journal = read_journal(files, ranges=[parse_range(text) for text in ranges])
    run = _tried if dry_run else write
    imported = run(
        lambda session: import_journal(
            session,
            journal=journal,
            code=code,
            name=name or code,
            posted_by=IMPORTER,
            posted_at=now(),
        )
    )
    _say_imported(journal, imported, dry_run=dry_run, seconds=time.perf_counter() - began)


class _TriedOnly(Exception):
    """The work was only tried: whatever it wrote is dropped."""


def _tried(work: Callable[[Session], Imported]) -> Imported:
    """Run work as ``write`` does, so that whatever is wrong is refused, and drop it."""
    done: list[Imported] = []

    def undone(session: Session) -> None:
        done.append(work(session))
        raise _TriedOnly

    with suppress(_TriedOnly):
        write(undone)
    return done[-1]


def _say_imported(journal: Journal, imported: Imported, *, dry_run: bool, seconds: float) -> None:
    lines = journal.lines + len(journal.opening)
    if imported.replayed:
        click.echo("แฟ้มชุดนี้เคยนำเข้าแล้ว ไม่ได้บันทึกซ้ำ")
        return
    if imported.book_was_opened:
        click.echo("เปิดสมุดใหม่ กองทุน SAV")
    click.echo(
        f"{'ตรวจแล้ว ยังไม่บันทึก' if dry_run else 'บันทึกแล้ว'}: เปิดบัญชี {imported.opened_accounts:,} บัญชี "
        f"{imported.entries:,} รายการ {lines:,} บรรทัด"
    )
    if imported.cleared:
        click.echo(
            f"ยอดยกมาในแฟ้มไม่ดุล {format_baht(imported.cleared)} บาท "
            "ผลต่างอยู่ในบัญชี 39010 บัญชีปรับยอดยกมา ต้องล้างก่อนปิดเดือน"
        )
    if journal.skipped_lines:
        click.echo(f"ข้ามบรรทัดที่จำนวนเงินเป็นศูนย์ {journal.skipped_lines:,} บรรทัด")
    if journal.skipped_vouchers:
        click.echo(f"ข้ามใบสำคัญที่ไม่มียอดเงิน: {', '.join(journal.skipped_vouchers[:20])}")
    click.echo(f"{seconds:.2f} วินาที {lines / seconds:,.0f} บรรทัดต่อวินาที")


@click.group("db")
def database() -> None:
    """The tables: bring them up to date, or say where they are."""


@database.command()
@refusals_in_thai
def upgrade() -> None:
    """Bring the tables to the newest revision; an SQLite file is copied aside first."""
    bring_up_to_date(settings_from(os.environ))
    click.echo(f"ตารางอยู่ที่รุ่น {read(backups.revision_of)}")


class TablesAreNewer(Conflict):
    """A newer Samut made the tables; this one would not understand what is in them."""

    thai = "สมุดนี้ใช้กับสมุตรุ่นใหม่กว่าที่ติดตั้งอยู่ (ตารางรุ่น {revision} รุ่นนี้รู้จักถึง {newest}) ติดตั้งรุ่นใหม่ก่อน"


def bring_up_to_date(settings: Settings) -> None:
    """Bring the tables to the newest revision where they are not there yet.

    On PostgreSQL that is done as the owner, who then gives the application's role what it needs.

    Raises:
        TablesAreNewer: A newer Samut made them.
    """
    revision, newest = read(backups.revision_of), backups.newest_revision()
    if revision == newest:
        return
    if revision is not None and revision > newest:
        raise TablesAreNewer(revision=revision, newest=newest)
    db.upgrade(settings.owner_url)
    if settings.owner_url != settings.database_url:
        role = make_url(settings.database_url).username
        assert role is not None, "DATABASE_URL names no role"
        owner = create_engine(db.database_url(settings.owner_url))
        with owner.begin() as connection:
            db.grant_to(connection, role=role)
        owner.dispose()


@database.command()
@refusals_in_thai
def current() -> None:
    """Say at which revision the tables are, and which is the newest; exit 1 when they differ."""
    revision, newest = read(backups.revision_of), backups.newest_revision()
    click.echo(f"ตารางอยู่ที่รุ่น {revision or '-'} รุ่นล่าสุด {newest}")
    if revision != newest:
        sys.exit(1)


COMMANDS = [verify, backup, restore, export, import_group, database]
