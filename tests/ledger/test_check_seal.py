"""The independent checker: it agrees with what was written and names what was not.

It is run as a stranger would run it: a program of its own that is given a file.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from docs import check_seal
from ledger import services
from ledger.db import read, write
from ledger.exports import sealed_export
from ledger.seal import first_seal, link, long_form, short_form
from tests.ledger.books import (
    BOONMEE,
    BUNMEE,
    MALEE,
    book_of,
    open_small_book,
    pledge_paid,
    post,
    welfare_paid,
)

CHECKER = Path(__file__).parent.parent.parent / "docs" / "check_seal.py"
MAY_2 = datetime(2023, 5, 2, 2, 0, tzinfo=UTC)
Rows = list[list[Any]]


def open_sealed_book(session: Session) -> int:
    """Open a book with six entries, a close, a reversal, a memo and a second officer."""
    book_id = open_small_book(session)
    drafts = [pledge_paid(100_00, memo="น้ำใจ"), pledge_paid(200_00, saver=BOONMEE)]
    post(session, book_id, [*drafts, welfare_paid(30_00)], key="april")
    services.close_period(
        session, book_id=book_id, month=date(2023, 4, 1), closed_by=MALEE, closed_at=MAY_2
    )
    services.reverse_entry(
        session,
        book_id=book_id,
        number=2,
        entered_on=date(2023, 5, 1),
        memo="ลงผิดคน",
        idempotency_key="back",
        posted_by=MALEE,
        posted_at=MAY_2,
        approved_by=BUNMEE,
    )
    late = [pledge_paid(n * 100_00, on=date(2023, 5, 2)) for n in (5, 7)]
    post(session, book_id, late, key="may", posted_at=MAY_2)
    return book_id


def exported(session: Session, book_id: int) -> bytes:
    return b"".join(sealed_export(session, book=book_of(session, book_id)))


@pytest.fixture
def export(sqlite_engine: Engine) -> bytes:
    """The sealed export of a varied book."""
    book_id = write(open_sealed_book)
    return read(lambda session: exported(session, book_id))


def rows_of(export: bytes) -> Rows:
    return [json.loads(line) for line in export.splitlines()]


def bytes_of(rows: Rows) -> bytes:
    return b"".join(check_seal.written(row) + b"\n" for row in rows)


def entry_of(rows: Rows, number: int) -> list[Any]:
    return next(row for row in rows if row[0] == "entry" and row[2][2] == number)


def seal_of(export: bytes, number: int) -> bytes:
    return bytes.fromhex(entry_of(rows_of(export), number)[1])


def rehashed(rows: Rows) -> Rows:
    """Seal everything anew, as somebody with the file and this page would."""
    seal, number = first_seal(rows[0][2]), 0
    for row in rows:
        if row[0] == "entry":
            number += 1
            seal = link(seal, check_seal.written(row[2]))
            row[1] = seal.hex()
        if row[0] == "close":
            row[4:] = [number, seal.hex()]
    rows[0][4:] = [number, seal.hex()]
    return rows


def run(file: Path, *printed: str) -> tuple[int, str]:
    """Run the checker as a program."""
    done = subprocess.run(
        [sys.executable, "-I", CHECKER, file, *printed],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    return done.returncode, done.stdout + done.stderr


def verdict(export: bytes, printed: str = "") -> str:
    """Give why the checker refuses an export."""
    with pytest.raises(check_seal.BROKEN) as caught:
        check_seal.check(export.removesuffix(b"\n").split(b"\n"), printed)
    return str(caught.value)


def test_it_is_short_and_knows_nothing_of_ours() -> None:
    source = CHECKER.read_text(encoding="utf-8")

    imported = {
        line.split()[1].split(".")[0]
        for line in source.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert len(source.splitlines()) < 100
    assert imported <= sys.stdlib_module_names


def test_it_agrees_with_what_was_written(export: bytes, tmp_path: Path) -> None:
    file = tmp_path / "book.jsonl"
    file.write_bytes(export)
    seal = seal_of(export, 6)

    for printed in ([], [short_form(seal)], [long_form(seal)], [f"6:{short_form(seal)}"]):
        status, said = run(file, *printed)

        assert (status, said) == (0, f"agrees: 6 entries of KHP06, head {_letters(seal)}\n")
    assert run(file, f"3:{long_form(seal_of(export, 3))}")[0] == 0


def _letters(seal: bytes) -> str:
    return base64.b32encode(seal[:5]).decode()


def test_it_agrees_with_an_export_of_either_engine(engine: Engine) -> None:
    book_id = write(open_sealed_book)

    export = read(lambda session: exported(session, book_id))

    assert check_seal.check(export.splitlines(), "").startswith("agrees: 6 entries")
    assert "สมศรี" not in export.decode()
    assert "น้ำใจ" not in export.decode()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_an_export_ends_with_the_head_that_it_began_with(engine: Engine) -> None:
    book_id = write(open_sealed_book)

    def read_slowly(session: Session) -> list[bytes]:
        lines = sealed_export(session, book=book_of(session, book_id))
        begun = [next(lines)]
        more = [pledge_paid(9_00, on=date(2023, 5, 2))]
        write(lambda other: post(other, book_id, more, key="meanwhile", posted_at=MAY_2))
        return [*begun, *lines]

    export = b"".join(read(read_slowly))

    assert check_seal.check(export.splitlines(), "").startswith("agrees: 6 entries")


def test_it_agrees_with_an_empty_book(engine: Engine, book_id: int) -> None:
    export = read(lambda session: exported(session, book_id))

    assert check_seal.check(export.splitlines(), "").startswith("agrees: 0 entries")


def _set(number: int, fact: int, value: Any) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        entry_of(rows, number)[2][fact] = value
        return rows

    return change


def _amounts(rows: Rows) -> Rows:
    for line in entry_of(rows, 2)[2][11]:
        line[2] *= 10
    return rows


def _swap_accounts(rows: Rows) -> Rows:
    first, second = entry_of(rows, 1)[2][11]
    first[0], second[0] = second[0], first[0]
    return rows


def _reorder(rows: Rows) -> Rows:
    here, there = rows.index(entry_of(rows, 5)), rows.index(entry_of(rows, 6))
    rows[here], rows[there] = rows[there], rows[here]
    return rows


def _swap_bodies(rows: Rows) -> Rows:
    one, other = entry_of(rows, 5), entry_of(rows, 6)
    one[2][11], other[2][11] = other[2][11], one[2][11]
    return rows


def _without(number: int) -> Callable[[Rows], Rows]:
    return lambda rows: [row for row in rows if row[0] != "entry" or row[2][2] != number]


def _twice(rows: Rows) -> Rows:
    row = entry_of(rows, 6)
    return [*rows, row]


def _cut(rows: Rows) -> Rows:
    rows = _without(6)(rows)
    rows[0][4:] = [5, entry_of(rows, 5)[1]]
    return rows


def _close_later(rows: Rows) -> Rows:
    close = next(row for row in rows if row[0] == "close")
    rows.remove(close)
    return [*rows, close]


def _false_close(rows: Rows) -> Rows:
    next(row for row in rows if row[0] == "close")[1] = "2023-05"
    return rows


CYRILLIC_A = "\u0430"
TAMPERINGS: list[tuple[str, Callable[[Rows], Rows], str]] = [
    ("an amount", _amounts, "entry 2 "),
    ("a date", _set(3, 4, "2023-04-05"), "entry 3 "),
    ("a moment", _set(3, 5, "2023-04-06T03:42:10.000001Z"), "entry 3 "),
    ("a kind", _set(1, 3, "expense"), "entry 1 "),
    ("a writer", _set(4, 6, "9"), "entry 4 "),
    ("a second officer", _set(4, 7, ""), "entry 4 "),
    ("the same officer twice", _set(4, 7, MALEE), "one officer twice"),
    ("a reference", _set(5, 8, "x"), "entry 5 "),
    ("a homoglyph", _set(5, 3, "j" + CYRILLIC_A), "entry 5 "),
    ("a memo's digest", _set(1, 9, "00" * 32), "entry 1 "),
    ("a memo in clear", _set(1, 9, "abcd"), "not digested"),
    ("no memo", _set(1, 9, ""), "entry 1 "),
    ("a reversal undone", _set(4, 10, 0), "entry 4 "),
    ("a reversal of the future", _set(4, 10, 5), "takes back"),
    ("accounts swapped", _swap_accounts, "entry 1 "),
    ("lines reversed", lambda r: _set(1, 11, entry_of(r, 1)[2][11][::-1])(r), "entry 1 "),
    ("entries reordered", _reorder, "entry 5 "),
    ("bodies exchanged", _swap_bodies, "entry 5 "),
    ("an entry taken out", _without(3), "before the close of 2023-04 at 3"),
    ("the tail cut", _without(6), "entry 6: is missing"),
    ("an entry repeated", _twice, "entry 7 "),
    ("a close moved", _close_later, "before the close of 2023-04 at 3"),
    ("a close of a later month", _false_close, "closed before it"),
    ("another book's code", lambda r: [[*r[0][:2], "TLN03", *r[0][3:]], *r[1:]], "entry 1 "),
    ("a float", _set(1, 2, 1.0), "entry 1 "),
    ("a float amount", _set(1, 11, [["11010", "SAV", 1.5], ["43010", "SAV", -1.5]]), "not one"),
    ("truth for a number", _set(1, 2, True), "twelve facts"),
    ("nothing for text", _set(1, 8, None), "twelve facts"),
    ("an object for a list", _set(1, 11, [{"a": 1}, {"b": 2}]), "entry 1 "),
    ("one line", _set(1, 11, [["11010", "SAV", 5]]), "balance"),
    ("no balance", _set(1, 11, [["11010", "SAV", 5], ["43010", "SAV", -4]]), "balance"),
    ("no balance in a fund", _set(1, 11, [["11010", "SAV", 5], ["11010", "WEL", -5]]), "balance"),
    ("an amount of nothing", _set(1, 11, [["11010", "SAV", 0], ["43010", "SAV", 0]]), "posts 0"),
    ("an amount too large", _set(1, 11, [["11010", "SAV", 10**40]]), "which cannot be"),
    ("a strange account", _set(1, 11, [["99999", "SAV", 5], ["43010", "SAV", -5]]), "not there"),
    ("a hidden character", _set(1, 8, "x\u200b"), "hidden"),
    ("decomposed text", _set(1, 8, "e\u0301"), "hidden"),
    ("a wrong date", _set(1, 4, "2023-02-29"), "entry 1 "),
    ("a date in another form", _set(1, 4, "20230406"), "no date"),
    ("a moment in another zone", _set(1, 5, "2023-04-06T10:42:10.000000+07:00"), "no date"),
    ("another version", _set(1, 0, 2), "says that it is"),
    ("an empty entry", lambda r: [*r, ["entry", "", []]], "twelve facts"),
    ("an unknown line", lambda r: [*r, ["remark", "trust me"]], "not a line"),
]


@pytest.mark.parametrize(
    ("change", "words"), [t[1:] for t in TAMPERINGS], ids=[t[0] for t in TAMPERINGS]
)
def test_a_tampering_is_named(export: bytes, change: Callable[[Rows], Rows], words: str) -> None:
    reason = verdict(bytes_of(change(rows_of(export))))

    assert words in reason
    assert reason.startswith("entry ")


@pytest.mark.parametrize(
    "change",
    [_amounts, _set(3, 4, "2023-04-05"), _swap_accounts, _swap_bodies, _without(6), _cut],
    ids=["amount", "date", "accounts", "bodies", "tail", "tail and head"],
)
def test_rewriting_everything_is_seen_only_with_a_printed_seal(
    export: bytes, change: Callable[[Rows], Rows]
) -> None:
    forged = bytes_of(rehashed(change(rows_of(export))))

    assert check_seal.check(forged.splitlines(), "").startswith("agrees")
    for form in (short_form, long_form):
        assert "printed seal" in verdict(forged, form(seal_of(export, 6)))
        assert verdict(forged, "6:" + form(seal_of(export, 6))).startswith("entry 6: ")


@pytest.mark.parametrize(
    "printed", ["K7QM-2XDA", "K7QM", "A", "99:K7QM-2XDA", "x:K7QM-2XDA", "-1:K7QM-2XDA", "::"]
)
def test_a_printed_seal_that_is_not_in_the_book_does_not_agree(export: bytes, printed: str) -> None:
    assert verdict(export, printed)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _e: b"",
        lambda _e: b"\n",
        lambda _e: b"hello",
        lambda _e: b"\x00" * 100,
        lambda e: b"\xff\xfe" + e,
        lambda e: b"\xef\xbb\xbf" + e,
        lambda e: e + b"\n",
        lambda e: e[:-20],
        lambda e: e.replace(b"\n", b"\r\n"),
        lambda e: e.replace(b',"SAV",', b', "SAV",', 5),
        lambda e: e.replace(b"10000", b"10000.0"),
        lambda e: e.replace(b"10000", b"1e4"),
        lambda e: e.replace(b"10000", b"NaN"),
        lambda e: e.replace(b"10000", b"-0"),
        lambda e: e.replace(b"10000", b"9" * 5000),
        lambda e: e + b"[" * 100_000 + b"\n",
        lambda e: e + b'{"entry":1,"entry":2}\n',
        lambda e: e + b'["entry","\\ud800",[]]\n',
        lambda e: e + b"[]\n",
        lambda e: e + b"null\n",
        lambda e: b"[1,2,3]\n" + e,
        lambda e: b'{"a":1}\n' + e,
    ],
)
def test_a_malformed_export_is_refused_in_one_line(
    export: bytes, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / "book.jsonl"
    file.write_bytes(spoil(export))

    status, said = run(file)

    assert status == 1
    assert said.startswith("does not agree: ")
    assert "Traceback" not in said


def test_a_missing_file_and_no_file_are_refused(tmp_path: Path) -> None:
    assert run(tmp_path / "nothing")[0] == 1
    assert (
        subprocess.run([sys.executable, CHECKER], capture_output=True, check=False).returncode == 1
    )


@settings(max_examples=150)
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_changing_any_byte_is_never_missed_and_never_a_crash(place: int, byte: int) -> None:
    export = bytearray(SMALL)
    place %= len(export) - 1
    if export[place] == byte:
        byte = (byte + 1) % 256
    export[place] = byte

    try:
        check_seal.check(bytes(export).removesuffix(b"\n").split(b"\n"), "")
    except check_seal.BROKEN:
        return
    # What is not under the seal: the book's name, and the kinds, controls and names of accounts.
    line = SMALL[:place].count(b"\n")
    assert rows_of(SMALL)[line][0] != "entry"


def _small() -> bytes:
    body: list[Any] = [
        *[1, "KHP06", 1, "receipt", "2023-04-06", "2023-04-06T03:42:10.000000Z", "1", "", "", ""],
        *[0, [["11010", "SAV", 100], ["43010", "SAV", -100]]],
    ]
    seal = sha256(first_seal("KHP06") + check_seal.written(body)).hexdigest()
    return bytes_of(
        [
            ["samut sealed export", 1, "KHP06", "คลองหินปูน", 1, seal],
            ["account", "11010", "SAV", "asset", "", "เงินสด"],
            ["account", "43010", "SAV", "income", "", "ค่าธรรมเนียม"],
            ["entry", seal, body],
        ]
    )


SMALL = _small()
