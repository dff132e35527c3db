"""The commands of the book, as they are typed."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from ledger import db, queries
from ledger.backup import newest_revision
from ledger.db import read, write
from ledger.models import Book
from ledger.money import Satang
from ledger.seal import long_form, short_form
from tests.ledger.books import BOONMEE, book_of, open_small_book, pledge_paid, post

CHECKER = Path(__file__).parents[2] / "docs" / "check_seal.py"
ACCOUNTS = "account,name,type\n1000,เงินสด,asset\n2000,เงินออม,liability\n"
OPENING = "account,amount\n1000,500.00\n2000,-500.00\n"
VOUCHERS = (
    "voucher_seq,date,text,account,amount\n"
    "1,2023-04-05,ฝากเงิน,1000,100.00\n1,2023-04-05,ฝากเงิน,2000,-100.00\n"
)


@pytest.fixture
def book_id(sqlite_app: Flask) -> int:
    """The number of a small book with three entries."""
    number = write(open_small_book)
    drafts = [
        pledge_paid(100_00, memo="น้ำใจ"),
        pledge_paid(200_50, saver=BOONMEE),
        pledge_paid(50_00),
    ]
    write(lambda session: post(session, number, drafts, key="april"))
    return number


def run(app: Flask, *arguments: object, typed: str | None = None) -> Result:
    """Type a command."""
    return app.test_cli_runner().invoke(args=[str(a) for a in arguments], input=typed)


def head_of(book_id: int) -> Book:
    return read(lambda session: book_of(session, book_id))


def file_of(url: str) -> str:
    return url.removeprefix("sqlite:///")


def tamper(url: str, *statements: str) -> None:
    """Change the file as somebody would who has it in hand: with every lock taken off."""
    with closing(sqlite3.connect(file_of(url))) as connection:
        named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in named.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


# ---------------------------------------------------------------- verify


def test_verify_agrees_and_prints_the_head(sqlite_app: Flask, book_id: int) -> None:
    done = run(sqlite_app, "verify")

    assert done.exit_code == 0
    assert re.search(r"KHP06: agrees, 3 entries, 6 postings", done.output)
    assert short_form(head_of(book_id).head_seal) in done.output


def test_verify_without_a_book_says_so(sqlite_app: Flask) -> None:
    done = run(sqlite_app, "verify")

    assert (done.exit_code, done.output) == (0, "There is no book.\n")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE ledger_entries SET reference = 'x' WHERE number = 2", "entry 2: its seal"),
        ("UPDATE ledger_entries SET posted_by = '9' WHERE number = 1", "entry 1: its seal"),
        ("DELETE FROM ledger_entries WHERE number = 2", "entry 2: it is missing"),
        (
            "UPDATE ledger_postings SET amount_satang = amount_satang * 2 WHERE entry_number = 3",
            "entry 3: ",
        ),
        ("UPDATE ledger_memos SET text = 'อื่น' WHERE entry_number = 1", "entry 1: its memo"),
        ("UPDATE ledger_accounts SET balance_satang = 1 WHERE id = 1", "account 11010: kept 1"),
        ("UPDATE ledger_month_balances SET debit_satang = 1 WHERE account_id = 1", "number 1: its"),
    ],
)  # fmt: skip
def test_verify_names_the_first_entry_that_disagrees(
    sqlite_app: Flask, sqlite_url: str, book_id: int, statement: str, said: str
) -> None:
    tamper(sqlite_url, statement)

    done = run(sqlite_app, "verify", "--group", "KHP06")

    assert done.exit_code == 1
    assert said in done.output.splitlines()[0]
    assert "agrees" not in done.output


def test_verify_goes_on_to_the_other_books_after_one_that_disagrees(
    sqlite_app: Flask, sqlite_url: str, book_id: int
) -> None:
    write(lambda session: open_small_book(session, code="TLN03"))
    tamper(sqlite_url, "UPDATE ledger_entries SET reference = 'x' WHERE number = 1")

    done = run(sqlite_app, "verify")

    assert done.exit_code == 1
    assert "KHP06: entry 1: " in done.output
    assert "TLN03: agrees, 0 entries" in done.output


def test_a_book_that_is_not_there_is_refused_in_thai(sqlite_app: Flask) -> None:
    for command in (
        ["verify"],
        ["export", "hledger"],
        ["export", "beancount"],
        ["export", "csv"],
        ["export", "sealed"],
    ):
        done = run(sqlite_app, *command, "--group", "NONE")

        assert (done.exit_code, done.stderr) == (1, "ไม่พบสมุดบัญชีรหัส NONE\n")


# ---------------------------------------------------------------- export


@pytest.mark.parametrize(
    ("kind", "begins"),
    [("hledger", "; "), ("beancount", 'option "title"'), ("csv", "\ufeffรายการเลขที่")],
)
def test_a_book_is_exported_to_the_screen_or_to_a_file(
    sqlite_app: Flask, book_id: int, tmp_path: Path, kind: str, begins: str
) -> None:
    file = tmp_path / "book"

    shown = run(sqlite_app, "export", kind, "--group", "KHP06")
    kept = run(sqlite_app, "export", kind, "--group", "KHP06", "--output", file)

    assert (shown.exit_code, kept.exit_code, kept.output) == (0, 0, "")
    assert shown.stdout_bytes == file.read_bytes()
    assert shown.stdout.startswith(begins)


def test_an_export_can_be_of_some_days(sqlite_app: Flask, book_id: int) -> None:
    before = run(sqlite_app, "export", "csv", "--group", "KHP06", "--to", "2023-04-05")
    after = run(sqlite_app, "export", "csv", "--group", "KHP06", "--from", "2023-04-06")

    assert len(before.stdout.splitlines()) == 1
    assert len(after.stdout.splitlines()) == 7
    assert run(sqlite_app, "export", "csv", "--group", "KHP06", "--to", "6/4/2566").exit_code == 2


def test_the_sealed_export_agrees_with_the_checker_and_the_printed_seal(
    sqlite_app: Flask, book_id: int, tmp_path: Path
) -> None:
    file = tmp_path / "book.jsonl"
    printed = f"3:{short_form(head_of(book_id).head_seal)}"

    done = run(sqlite_app, "export", "sealed", "--group", "KHP06", "--output", file)

    checked = subprocess.run(
        [sys.executable, "-I", CHECKER, file, printed], capture_output=True, text=True, check=False
    )
    assert done.exit_code == 0
    assert checked.stdout.startswith("agrees: 3 entries of KHP06")


# ---------------------------------------------------------------- import journal


def journal_files(folder: Path, *, vouchers: str = VOUCHERS) -> list[object]:
    for name, text in (("a", ACCOUNTS), ("o", OPENING), ("v", vouchers)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return [
        *("import", "journal", "--group", "NEW", "--accounts", folder / "a.csv"),
        *("--opening", folder / "o.csv", "--vouchers", folder / "v.csv"),
    ]


def codes(app: Flask) -> list[str]:
    return read(lambda session: [book.code for book in queries.books(session)])


def test_a_journal_is_tried_then_brought_in_then_not_again(
    sqlite_app: Flask, tmp_path: Path
) -> None:
    command = journal_files(tmp_path)

    tried = run(sqlite_app, *command, "--dry-run")
    assert tried.exit_code == 0
    assert "ตรวจแล้ว ยังไม่บันทึก: เปิดบัญชี 2 บัญชี 2 รายการ 4 บรรทัด" in tried.output
    assert codes(sqlite_app) == []

    done = run(sqlite_app, *command, "--name", "สมุดเดิม")
    assert done.exit_code == 0
    assert "บันทึกแล้ว: เปิดบัญชี 2 บัญชี 2 รายการ 4 บรรทัด" in done.output
    assert codes(sqlite_app) == ["NEW"]

    again = run(sqlite_app, *command)
    assert (again.exit_code, again.output) == (0, "แฟ้มชุดนี้เคยนำเข้าแล้ว ไม่ได้บันทึกซ้ำ\n")
    assert run(sqlite_app, "verify").exit_code == 0


def test_a_voucher_that_does_not_balance_is_named_and_nothing_is_written(
    sqlite_app: Flask, tmp_path: Path
) -> None:
    command = journal_files(tmp_path, vouchers=VOUCHERS + "7,2023-04-05,x,1000,1.00\n")

    for more in ([], ["--dry-run"]):
        done = run(sqlite_app, *command, *more)

        assert done.exit_code == 1
        assert "ใบสำคัญเลขที่ 7 " in done.stderr
        assert codes(sqlite_app) == []


def test_accounts_without_a_kind_are_asked_for(sqlite_app: Flask, tmp_path: Path) -> None:
    command = journal_files(tmp_path)
    (tmp_path / "a.csv").write_text("account,name,type\n1000,ก,\n2000,ข,\n", encoding="utf-8")
    (tmp_path / "k.csv").write_text("account,kind\n2000,equity\n", encoding="utf-8")

    asked = run(sqlite_app, *command, "--range", "1000-1999=asset")
    done = run(sqlite_app, *command, "--range", "1000-1999=asset", "--kinds", tmp_path / "k.csv")

    assert asked.exit_code == 1
    assert "ยังไม่รู้ประเภทของ 1 บัญชี: 2000" in asked.stderr
    assert done.exit_code == 0


# ---------------------------------------------------------------- backup, restore


def backed_up(app: Flask, folder: Path) -> Path:
    file = folder / "book.zip"
    assert run(app, "backup", file).exit_code == 0
    return file


def test_a_backup_prints_the_heads_and_a_restore_compares_them(
    sqlite_app: Flask, sqlite_url: str, book_id: int, tmp_path: Path
) -> None:
    seal = head_of(book_id).head_seal
    file = tmp_path / "book.zip"

    kept = run(sqlite_app, "backup", file)
    restored = run(sqlite_app, "restore", file, "--expect", short_form(seal))

    assert kept.exit_code == 0
    assert f"รายการเลขที่ 3 · {long_form(seal)}" in kept.output
    assert restored.exit_code == 0
    assert "กู้คืนแล้ว KHP06: ตรงกัน" in restored.output
    assert head_of(book_id).head_seal == seal
    assert Path(f"{file_of(sqlite_url)}.before-restore").is_file()
    assert file.stat().st_mode & 0o077 == 0


def test_a_restore_asks_for_the_newest_printed_seal(
    sqlite_app: Flask, book_id: int, tmp_path: Path
) -> None:
    file = backed_up(sqlite_app, tmp_path)
    seal = long_form(head_of(book_id).head_seal)

    done = run(sqlite_app, "restore", file, typed=f"3:{seal}\n")

    assert done.exit_code == 0
    assert "ตราผนึกล่าสุดที่พิมพ์ไว้บนกระดาษ" in done.output


def test_a_backup_older_than_paper_is_refused_and_says_what_is_missing(
    sqlite_app: Flask, book_id: int, tmp_path: Path
) -> None:
    file = backed_up(sqlite_app, tmp_path)
    later = [pledge_paid(amount) for amount in (10_00, 20_00)]
    write(lambda session: post(session, book_id, later, key="later"))
    seal = short_form(head_of(book_id).head_seal)

    refused = run(sqlite_app, "restore", file, "--expect", seal)

    assert refused.exit_code == 1
    assert "ขาดรายการเลขที่ 4-5" in refused.stderr
    assert head_of(book_id).head_number == 5

    accepted = run(sqlite_app, "restore", file, "--expect", seal, "--accept-missing")
    assert accepted.exit_code == 0
    assert "ขาดรายการเลขที่ 4-5 ของสมุด KHP06" in accepted.output
    assert head_of(book_id).head_number == 3


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("AAAA-AAAA", "ไม่พบตราผนึก AAAA-AAAA"),
        ("hello", "อ่านไม่ได้"),
        ("x:AAAA-AAAA", "อ่านไม่ได้"),
        ("9:AAAA-AAAA", "ขาดรายการเลขที่ 4-9"),
    ],
)
def test_a_seal_that_the_backup_does_not_have_stops_the_restore(
    sqlite_app: Flask, book_id: int, tmp_path: Path, printed: str, said: str
) -> None:
    file = backed_up(sqlite_app, tmp_path)

    done = run(sqlite_app, "restore", file, "--expect", printed)

    assert done.exit_code == 1
    assert said in done.stderr


def test_a_raw_copy_is_not_a_backup(
    sqlite_app: Flask, sqlite_url: str, book_id: int, tmp_path: Path
) -> None:
    shutil.copyfile(file_of(sqlite_url), tmp_path / "copy.db")
    (tmp_path / "text.zip").write_text("hello", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("hello.txt", "hello")

    for name, said in (
        ("copy.db", "สำเนาแฟ้มฐานข้อมูลดิบ"),
        ("text.zip", "ไม่ใช่แฟ้ม ZIP"),
        ("other.zip", "ไม่มีใบกำกับ"),
        ("nothing.zip", "ไม่พบแฟ้ม"),
    ):
        done = run(sqlite_app, "restore", tmp_path / name, "--expect", "AAAA-AAAA")

        assert done.exit_code == 1
        assert "ไม่ใช่ชุดสำรองของสมุต" in done.stderr
        assert said in done.stderr


def repacked(file: Path, target: Path, *, book: bytes | None = None, **said: object) -> Path:
    """Pack a backup anew with another book or manifest."""
    with zipfile.ZipFile(file) as parts:
        manifest = json.loads(parts.read("manifest.json")) | said
        inside = parts.read("samut.db") if book is None else book
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("samut.db", inside)
        parts.writestr("manifest.json", json.dumps(manifest))
    return target


def test_a_backup_that_was_changed_is_spoilt(
    sqlite_app: Flask, sqlite_url: str, book_id: int, tmp_path: Path
) -> None:
    from hashlib import sha256  # noqa: PLC0415

    file = backed_up(sqlite_app, tmp_path)
    seal = short_form(head_of(book_id).head_seal)
    with zipfile.ZipFile(file) as parts:
        whole = parts.read("samut.db")
    copy = tmp_path / "changed.db"
    copy.write_bytes(whole)
    tamper(f"sqlite:///{copy}", "UPDATE ledger_entries SET posted_by = '9' WHERE number = 1")
    changed, garbage = copy.read_bytes(), b"x" * 5_000
    spoilt = [
        repacked(file, tmp_path / "1.zip", book=changed),
        repacked(file, tmp_path / "2.zip", book=changed, sha256=sha256(changed).hexdigest()),
        repacked(file, tmp_path / "3.zip", book=garbage, sha256=sha256(garbage).hexdigest()),
        repacked(file, tmp_path / "4.zip", books=[]),
        repacked(file, tmp_path / "5.zip", migration="0001"),
    ]

    for changed_file in spoilt:
        done = run(sqlite_app, "restore", changed_file, "--expect", seal)

        assert done.exit_code == 1, changed_file
        assert done.stderr.startswith("ชุดสำรองเสียหาย: "), done.stderr
    assert head_of(book_id).head_number == 3
    assert run(sqlite_app, "verify").exit_code == 0


def test_no_changed_byte_of_a_backup_ends_in_anything_but_a_sentence(
    sqlite_app: Flask, book_id: int, tmp_path: Path
) -> None:
    whole = backed_up(sqlite_app, tmp_path).read_bytes()
    file = tmp_path / "spoilt.zip"
    seal = short_form(head_of(book_id).head_seal)
    places = [0, 3, 8, 10, 20, 26, 30, 45, *range(60, len(whole), len(whole) // 25)]
    tail = [len(whole) - n for n in (1, 5, 12, 22, 30, 46, 60, 70, 90)]

    for place in (*places, *tail):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :])

        done = run(sqlite_app, "restore", file, "--expect", seal)

        # What is not of the content, such as the hour in the archive, may be anything.
        assert done.exit_code in {0, 1}
        assert done.exception is None or isinstance(done.exception, SystemExit), (place, done)
        assert head_of(book_id).head_seal is not None
    file.write_bytes(whole[: len(whole) // 2])
    assert run(sqlite_app, "restore", file, "--expect", seal).exit_code == 1


def test_a_backup_needs_a_book_and_a_folder(
    sqlite_app: Flask, book_id: int, tmp_path: Path
) -> None:
    done = run(sqlite_app, "backup", tmp_path / "no" / "such" / "folder" / "book.zip")

    assert done.exit_code == 1
    assert "ไม่พบโฟลเดอร์" in done.stderr


def test_backups_taken_while_the_book_is_written_are_whole(
    sqlite_app: Flask, book_id: int, tmp_path: Path
) -> None:
    stop = threading.Event()
    written: list[int] = []

    def keep_writing() -> None:
        while not stop.is_set():
            draft = pledge_paid(len(written) + 1)
            key = f"loop {len(written)}"
            batch = write(lambda s, d=draft, k=key: post(s, book_id, [d], key=k))  # type: ignore[misc]
            written.append(batch.last_number)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    heads, acknowledged = [], []
    try:
        for number in range(5):
            acknowledged.append(written[-1] if written else 3)
            file = tmp_path / f"{number}.zip"
            assert run(sqlite_app, "backup", file).exit_code == 0
            with zipfile.ZipFile(file) as parts:
                heads.append(json.loads(parts.read("manifest.json"))["books"][0]["head_number"])
    finally:
        stop.set()
        writer.join()

    assert all(head >= before for head, before in zip(heads, acknowledged, strict=True))
    assert heads[-1] > 3
    done = run(sqlite_app, "restore", tmp_path / "4.zip", "--expect", "AAAA-AAAA")
    assert "ตรงกับใบกำกับและตรวจสอบตราผนึกครบทุกรายการ" in done.output


def test_a_postgresql_book_is_backed_up_by_its_own_programs(app: Flask, tmp_path: Path) -> None:
    write(open_small_book)

    done = run(app, "backup", tmp_path / "book.zip")

    if app.config["SETTINGS"].database_url.startswith("sqlite"):
        assert done.exit_code == 0
    else:
        assert done.exit_code == 1
        assert "pg_dump" in done.stderr
        assert run(app, "restore", tmp_path / "book.zip", "--expect", "AAAA-AAAA").exit_code == 1


# ---------------------------------------------------------------- db


def test_the_tables_are_upgraded_and_say_where_they_are(
    tmp_path: Path, instance: Path, monkeypatch: pytest.MonkeyPatch, sqlite_app: Flask
) -> None:
    url = f"sqlite:///{tmp_path / 'fresh.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("SAMUT_INSTANCE", str(instance))
    db.connect(url)

    before = run(sqlite_app, "db", "current")
    upgraded = run(sqlite_app, "db", "upgrade")
    after = run(sqlite_app, "db", "current")

    newest = newest_revision()
    assert (before.exit_code, before.output) == (1, f"ตารางอยู่ที่รุ่น - รุ่นล่าสุด {newest}\n")
    assert (upgraded.exit_code, upgraded.output) == (0, f"ตารางอยู่ที่รุ่น {newest}\n")
    assert (after.exit_code, after.output) == (0, f"ตารางอยู่ที่รุ่น {newest} รุ่นล่าสุด {newest}\n")


def test_an_amount_on_paper_is_the_amount_in_the_book(sqlite_app: Flask, book_id: int) -> None:
    done = run(sqlite_app, "export", "csv", "--group", "KHP06")

    total = read(
        lambda session: sum(b.closing for b in queries.balances_now(session, book_id=book_id))
    )
    assert total == Satang(0)
    assert "200.50" in done.stdout


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_verify_agrees_while_others_post(app: Flask) -> None:
    book_id = write(open_small_book)
    stop = threading.Event()

    def keep_writing() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            drafts, key = [pledge_paid(number)], f"loop {number}"
            write(lambda s, d=drafts, k=key: post(s, book_id, d, key=k))  # type: ignore[misc]

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        said = [run(app, "verify") for _time in range(15)]
    finally:
        stop.set()
        writer.join()

    assert [done.output for done in said if done.exit_code] == []
