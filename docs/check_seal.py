"""Check a sealed export without any of Samut: check_seal.py EXPORT [[NUMBER:]PRINTED-SEAL]."""
# It says "agrees" (exit 0) or names the first entry that does not (exit 1). See seal.md.
# ruff: noqa: PLR2004  (the numbers are those of seal.md)

import base64
import json
import re
import sys
import unicodedata
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
HEAD = ("samut sealed export", 1)
FACTS = [int, str, int, str, str, str, str, str, str, str, int, list]
BROKEN = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def need(holds: object, reason: str) -> None:
    """Stop unless it holds."""
    if not holds:
        raise ValueError(reason)


def written(row: Any) -> bytes:
    """Write a value in the one way in which it may be written."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def check_entry(entry: Any, number: int, book: str, accounts: set[tuple[str, str]]) -> None:
    """Check what an entry says by itself."""
    need(isinstance(entry, list), "is not a list")
    need([type(fact) for fact in entry] == FACTS, "does not have the twelve facts of an entry")
    day, moment, by, approved, _reference, memo, reverses, lines = entry[4:]
    need(entry[:3] == [1, book, number], f"says that it is entry {entry[2]} of {entry[1]}")
    need(date.fromisoformat(day).isoformat() == day and MOMENT.fullmatch(moment), "has no date")
    need(0 <= reverses < number, "takes back an entry that is not before it")
    need(approved != by and by, "has one officer twice, or none")
    need(len(bytes.fromhex(memo)) in {0, 32}, "has a memo that is not digested")
    for text in (fact for fact in entry if isinstance(fact, str)):
        hidden = any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for c in text)
        need(not hidden and unicodedata.normalize("NFC", text) == text, "has hidden characters")
    funds: dict[str, int] = {}
    for line in lines:
        need([type(fact) for fact in line] == [str, str, int], "has a line that is not one")
        account, fund, amount = line
        need((account, fund) in accounts, f"posts to {account} in {fund}, which is not there")
        need(0 < abs(amount) <= 10**12, f"posts {amount}, which cannot be")
        funds[fund] = funds.get(fund, 0) + amount
    need(len(lines) >= 2 and not any(funds.values()), "does not balance in each fund")


def check(lines: list[bytes], printed: str) -> str:
    """Check a whole export against itself and a printed seal, and give what it came to."""
    _kind, _version, book, _name, head_number, head_seal = json.loads(lines[0])
    need(written([*HEAD, *json.loads(lines[0])[2:]]) == lines[0], "line 1 is not the first one")
    seal, number, moment, closed = sha256(b"samut book 1\n" + book.encode()).digest(), 0, "", ""
    accounts, seals = set[tuple[str, str]](), [seal]
    for place, line in enumerate(lines[1:], start=2):
        try:
            row = json.loads(line)
            number += row[0] == "entry"
            need(written(row) == line, "is not in canonical form")
            if row[0] == "entry" and len(row) == 3:
                check_entry(row[2], number, book, accounts)
                seal = sha256(seal + written(row[2])).digest()
                seals.append(seal)
                need(row[1] == seal.hex(), "is not sealed by what it and those before it say")
                need(row[2][5] >= moment, "was recorded before the entry before it")
                need(row[2][4][:7] > closed, "is dated in a month that was closed before it")
                moment = row[2][5]
            elif row[0] == "close" and len(row) == 6:
                need(
                    row[4:] == [number, seal.hex()], f"is before the close of {row[1]} at {row[4]}"
                )
                closed = max(closed, row[1])
            else:
                need(row[0] == "account" and len(row) == 6, "is not a line of an export")
                accounts.add((row[1], row[2]))
        except BROKEN as reason:
            raise ValueError(f"entry {number} (line {place}): {reason}") from None
    need([head_number, head_seal] == [number, seal.hex()], f"entry {number + 1}: is missing")
    at, _colon, letters = printed.upper().replace("-", "").rpartition(":")
    asked = seals[int(at) : int(at) + 1] if at else seals
    forms = [base64.b32encode(seal[:20]).decode() for seal in asked if len(letters) in {8, 32}]
    found = not printed or any(form.startswith(letters) for form in forms)
    need(found, f"entry {at or '?'}: no entry of this export has the printed seal {printed}")
    return f"agrees: {number} entries of {book}, head {base64.b32encode(seal[:5]).decode()}"


if __name__ == "__main__":
    try:
        export = Path(sys.argv[1]).read_bytes().removesuffix(b"\n").split(b"\n")
        print(check(export, "".join(sys.argv[2:])))
    except (*BROKEN, OSError, IndexError) as reason:
        sys.exit(f"does not agree: {reason}")
