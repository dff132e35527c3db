"""Backups that can be trusted: made by SQLite itself, with a manifest, compared when restored.

A copy of the file of a running book looks whole and may lack its newest entries, so it is not
called a backup. A backup is one ZIP file: the book as ``samut.db`` and ``manifest.json``, which
says which entry every book ended with.
"""

import errno
import json
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from ledger.db import HOUSE
from ledger.errors import Conflict, NotFound, RuleBroken, Unreadable
from ledger.models import Book, Entry
from ledger.seal import long_form, moment_text, short_form
from ledger.verification import verify_book

BOOK_FILE = "samut.db"
MANIFEST_FILE = "manifest.json"
PART = 1 << 20
SHORT_LETTERS = 8
LONG_LETTERS = 32


class BackupNeedsItsOwnTool(RuleBroken):
    """The database is PostgreSQL, which is backed up by its own programs."""

    thai = (
        "สมุดนี้อยู่ใน PostgreSQL ให้สำรองด้วย pg_dump -Fc และกู้คืนด้วย pg_restore "
        "แล้วสั่ง flask --app app verify"
    )


class NotABackup(Unreadable):
    """The file was not made by the command ``backup``."""

    thai = "แฟ้มนี้ไม่ใช่ชุดสำรองของสมุต: {reason} ใช้แฟ้มที่ได้จากคำสั่ง backup เท่านั้น"


class SpoiltBackup(Unreadable):
    """The file is a backup, and is not as it was made."""

    thai = "ชุดสำรองเสียหาย: {reason} ใช้ชุดสำรองอื่น"


class BackupIsOlder(Conflict):
    """The printed seal is of an entry that the backup does not have."""

    thai = (
        "ชุดสำรองนี้เก่ากว่าตราผนึกที่พิมพ์ไว้: สมุด {code} จบที่รายการเลขที่ {head} "
        "ขาดรายการเลขที่ {missing} หาชุดสำรองที่ใหม่กว่า หรือกู้คืนแล้วลงรายการที่ขาดใหม่จากเอกสาร"
    )


class SealNotInBackup(Conflict):
    """Nobody knows of which entry the printed seal is: it is neither in the backup nor in use."""

    thai = (
        "ไม่พบตราผนึก {printed} ในชุดสำรอง อาจพิมพ์ผิด หรือชุดสำรองเก่ากว่าตราที่พิมพ์ไว้ "
        "ชุดสำรองจบที่ {heads} รายการหลังจากนั้นไม่มีในชุดสำรอง"
    )


class UnreadableSeal(Unreadable):
    """What was typed is not a printed seal."""

    thai = "ตราผนึก “{text}” อ่านไม่ได้ พิมพ์ 8 หรือ 32 ตัวอักษรตามที่พิมพ์ไว้ เช่น K7QM-2XDA"


class NoSuchFolder(Unreadable):
    """The folder for the backup is not there."""

    thai = "ไม่พบโฟลเดอร์ {folder} สร้างโฟลเดอร์หรือเสียบที่เก็บข้อมูลก่อน แล้วสั่งใหม่"


class NothingToBackUp(NotFound):
    """There is no book yet."""

    thai = "ยังไม่มีสมุดที่ {file} จึงยังไม่มีอะไรให้สำรอง"


@dataclass(frozen=True, slots=True)
class BookHead:
    """Where a book ended when it was backed up; ``seal`` as it is printed at a close."""

    code: str
    name: str
    head_number: int
    seal: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        made_at: When it was made, in UTC.
        sha256: The digest of the book's file inside it.
        migration: The revision of the tables.
        books: Where each book ended.
    """

    made_at: str
    sha256: str
    migration: str
    books: tuple[BookHead, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Entries that were printed, or stand in the book in use, and are not in the backup."""

    code: str
    head_number: int
    last: int

    @property
    def numbers(self) -> str:
        """The numbers as people read them: ``8-12``."""
        first = self.head_number + 1
        return str(first) if self.last == first else f"{first}-{self.last}"


def newest_revision() -> str:
    """Give the revision that the tables should be at."""
    return max(file.name[:4] for file in (HOUSE / "migrations" / "versions").glob("[0-9]*.py"))


def revision_of(session: Session) -> str | None:
    """Give the revision that the tables are at, or None when there are none."""
    try:
        revision: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    except (OperationalError, ProgrammingError):
        session.rollback()
        return None
    return revision


def sqlite_file(engine: Engine) -> Path:
    """Give the file of an SQLite book.

    Raises:
        BackupNeedsItsOwnTool: It is not SQLite.
    """
    if engine.dialect.name != "sqlite" or not engine.url.database:
        raise BackupNeedsItsOwnTool
    return Path(engine.url.database)


def back_up(engine: Engine, *, file: Path, made_at: datetime) -> Manifest:
    """Back the book up while it is in use; the file is there whole, or not at all.

    Args:
        engine: The engine of the book.
        file: Where the backup goes; what lay there is replaced.
        made_at: Now, aware.

    Raises:
        BackupNeedsItsOwnTool: The book is on PostgreSQL.
        NothingToBackUp: There is no book.
        NoSuchFolder: The folder for the backup is not there.
    """
    source = sqlite_file(engine)
    if not source.is_file() or not source.stat().st_size:
        raise NothingToBackUp(file=source)
    if not file.parent.is_dir():
        raise NoSuchFolder(folder=file.parent)
    with TemporaryDirectory(dir=file.parent, prefix=".samut-backup-") as folder:
        copy, archive = Path(folder, BOOK_FILE), Path(folder, "backup.zip")
        _copy_book(source, copy)
        with _session_on(copy) as session:
            _refuse_corrupt(session)
            manifest = Manifest(
                made_at=moment_text(made_at),
                sha256=_digest(copy),
                migration=revision_of(session) or "",
                books=_heads(session),
            )
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as parts:
            parts.write(copy, BOOK_FILE)
            said = json.dumps(asdict(manifest), ensure_ascii=False, indent=2)
            parts.writestr(MANIFEST_FILE, said)
        archive.chmod(0o600)
        with archive.open("rb") as written:
            os.fsync(written.fileno())
        archive.replace(file)
        _keep_name_of(file)
    return manifest


def _keep_name_of(file: Path) -> None:
    """Make the folder keep the file's name through a power cut, where the system can."""
    with suppress(OSError):
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _copy_book(source: Path, target: Path) -> None:
    """Copy a book that may be in use, by SQLite's own interface."""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.execute("PRAGMA busy_timeout = 5000")
        live.backup(copy)


@contextmanager
def _session_on(file: Path) -> Iterator[Session]:
    engine = create_engine(f"sqlite:///{file}")
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def _refuse_corrupt(session: Session) -> None:
    found = session.scalar(text("PRAGMA integrity_check"))
    if found != "ok":
        raise SpoiltBackup(reason=f"SQLite: {found}")


def _heads(session: Session) -> tuple[BookHead, ...]:
    return tuple(
        BookHead(book.code, book.name, book.head_number or 0, long_form(book.head_seal))
        for book in session.scalars(select(Book).order_by(Book.code))
    )


def _digest(file: Path) -> str:
    digest = sha256()
    with file.open("rb") as parts:
        while part := parts.read(PART):
            digest.update(part)
    return digest.hexdigest()


@contextmanager
def opened_backup(file: Path) -> Iterator[tuple[Manifest, Path]]:
    """Unpack a backup aside and compare it with its manifest, and every book with its own seals.

    Raises:
        NotABackup: It is a raw copy, or something else.
        SpoiltBackup: It does not agree with its manifest, or with itself.
    """
    with TemporaryDirectory(prefix="samut-restore-") as folder:
        copy = Path(folder, BOOK_FILE)
        manifest = _unpack(file, copy)
        if _digest(copy) != manifest.sha256:
            raise SpoiltBackup(reason="เนื้อหาไม่ตรงกับใบกำกับ")
        try:
            _compare(copy, manifest)
        except DatabaseError as reason:
            raise SpoiltBackup(reason=f"SQLite: {type(reason.orig).__name__}") from None
        yield manifest, copy


def _compare(copy: Path, manifest: Manifest) -> None:
    with _session_on(copy) as session:
        _refuse_corrupt(session)
        if _heads(session) != manifest.books or revision_of(session) != manifest.migration:
            raise SpoiltBackup(reason="หัวสมุดไม่ตรงกับใบกำกับ")
        for book in session.scalars(select(Book).order_by(Book.code)):
            for finding in verify_book(session, book=book).findings:
                raise SpoiltBackup(reason=f"สมุด {book.code}: {finding.thai} ({finding.what})")


def _unpack(file: Path, copy: Path) -> Manifest:
    try:
        with file.open("rb") as start:
            if start.read(16) == b"SQLite format 3\0":
                raise NotABackup(reason="เป็นสำเนาแฟ้มฐานข้อมูลดิบ ซึ่งอาจขาดรายการล่าสุด")
        with zipfile.ZipFile(file) as parts, copy.open("wb") as target:
            said: dict[str, Any] = json.loads(parts.read(MANIFEST_FILE))
            with parts.open(BOOK_FILE) as packed:
                while part := packed.read(PART):
                    target.write(part)
        books = tuple(BookHead(**head) for head in said.pop("books"))
        return Manifest(**said, books=books)
    except FileNotFoundError:
        raise NotABackup(reason=f"ไม่พบแฟ้ม {file}") from None
    except OSError as reason:
        if reason.errno != errno.EINVAL:
            raise
        raise SpoiltBackup(reason="อ่านเนื้อหาในแฟ้มไม่ได้ (ตำแหน่งไม่ถูก)") from None
    except (EOFError, NotImplementedError, RuntimeError, zlib.error, zipfile.BadZipFile) as reason:
        if not zipfile.is_zipfile(file):
            raise NotABackup(reason="ไม่ใช่แฟ้ม ZIP") from None
        raise SpoiltBackup(reason=f"อ่านเนื้อหาในแฟ้มไม่ได้ ({type(reason).__name__})") from None
    except (KeyError, ValueError, TypeError, AttributeError) as reason:
        raise NotABackup(reason=f"ไม่มีใบกำกับที่อ่านได้ ({type(reason).__name__})") from None


def missing_from(copy: Path, *, printed: str, live: Path | None) -> Missing | None:
    """Tell which entries a backup lacks, going by the newest printed seal.

    Args:
        copy: The unpacked book of the backup.
        printed: The seal as printed, eight or 32 letters; ``NUMBER:`` may stand before it.
        live: The book that is about to be replaced, where the seal's number may be found.

    Returns:
        None when the backup has the entry of that seal.

    Raises:
        UnreadableSeal: It is not a printed seal.
        SealNotInBackup: It is nowhere, and its number was not given.
    """
    number, colon, letters = printed.upper().replace("-", "").replace(" ", "").rpartition(":")
    if len(letters) not in {SHORT_LETTERS, LONG_LETTERS} or (colon and not number.isdecimal()):
        raise UnreadableSeal(text=printed[:50])
    with _session_on(copy) as session:
        if _entry_with(session, letters) is not None:
            return None
        heads = {head.code: head.head_number for head in _heads(session)}
    found = None
    if live is not None and live.is_file():
        with _session_on(live) as session:
            if revision_of(session) is not None:
                found = _entry_with(session, letters)
    if found is not None:
        return Missing(found[0], heads.get(found[0], 0), found[1])
    if number and len(heads) == 1:
        ((code, head),) = heads.items()
        return Missing(code, head, max(int(number), head + 1))
    ends = ", ".join(f"{code} เลขที่ {head}" for code, head in heads.items())
    raise SealNotInBackup(printed=printed[:50], heads=ends or "สมุดว่าง")


def _entry_with(session: Session, letters: str) -> tuple[str, int] | None:
    """Find the entry whose printed seal begins with these letters."""
    newest_first = (
        select(Book.code, Entry.number, Entry.seal)
        .join(Book, Book.id == Entry.book_id)
        .order_by(Entry.number.desc())
    )
    form = short_form if len(letters) == SHORT_LETTERS else long_form
    for code, number, seal in session.execute(newest_first, execution_options={"yield_per": 1_000}):
        if form(seal).replace("-", "") == letters:
            return code, number
    return None


def put_back(copy: Path, *, engine: Engine) -> Path | None:
    """Put an unpacked backup in the place of the book.

    Returns:
        Where the book that lay there was put aside, or None when there was none.

    Raises:
        BackupNeedsItsOwnTool: The book is on PostgreSQL.
    """
    target = sqlite_file(engine)
    engine.dispose()
    aside = None
    if target.is_file() and target.stat().st_size:
        aside = target.with_name(f"{target.name}.before-restore")
        aside.unlink(missing_ok=True)
        _copy_book(target, aside)
    _copy_book(copy, target)
    return aside
