"""What is left of an SQLite book when the power goes: its writes are recorded and cut anywhere.

A killed process loses nothing that it gave to the operating system, so killing says nothing about
durability. Here ``strace`` records what a poster writes and flushes, and the disk is rebuilt as it
may be found after a cut at any point: what was flushed is there, and of what was not, nothing, or
any part, torn at the sectors. A file that is flushed is taken to keep its name, as on ext4.
"""

import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.trust.payments import Acknowledged, Trial

HOUSE = Path(__file__).resolve().parent.parent
SECTOR = 512
CALLS = "pwrite64,write,ftruncate,fsync,fdatasync"
_CALL = re.compile(
    r"(?P<name>\w+)\((?P<fd>\d+)<(?P<file>[^>]*)>"
    r"(?:, (?:\"(?P<bytes>[^\"]*)\", )?(?P<rest>[^)]*))?\)\s+= \d+"
)


class NoTracer(RuntimeError):
    """There is no strace on this machine, or it may not trace."""


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that a process asked of its disk, or said on its standard output.

    Attributes:
        name: The system call; every flush is ``flush`` and a line of standard output ``say``.
        file: The name of the file in its folder.
        at: Where in the file; for a truncation, its new size.
        data: What was written.
    """

    name: str
    file: str
    at: int = 0
    data: bytes = b""


@dataclass(slots=True)
class OnDisk:
    """One file: what is surely on the disk, and what may be."""

    flushed: bytearray | None = None
    waiting: list[Call] = field(default_factory=list)

    def flush(self) -> None:
        """Put everything that waits on the disk."""
        self.flushed = _after(self.flushed, self.waiting)
        self.waiting = []


def record(
    trial: Trial, folder: Path, *, payments: int, synchronous: str | None = None
) -> list[Call]:
    """Post to a book and give what its process asked of the disk.

    Raises:
        NoTracer: Nothing could be recorded.
    """
    log = folder / "calls"
    if shutil.which("strace") is None:
        raise NoTracer("strace is not installed")
    done = subprocess.run(
        [
            *("strace", "-y", "-xx", "-s", "65536", "-e", f"trace={CALLS}", "-o", log),
            *(sys.executable, "-m", "tests.trust.poster", trial.address, str(trial.book), "1"),
            *("--payments", str(payments)),
            *(() if synchronous is None else ("--synchronous", synchronous)),
        ],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in done.stderr:
        raise NoTracer(done.stderr)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == payments, done.stdout
    return list(_calls(log))


def _calls(log: Path) -> Iterator[Call]:
    """Read the record of strace."""
    for line in log.read_text().splitlines():
        found = _CALL.match(line)
        if found is None:
            assert line.startswith("+++"), line[:200]
            continue
        file = Path(_plain(found["file"]).decode()).name
        data = _plain(found["bytes"] or "")
        rest = (found["rest"] or "").split(", ")
        match found["name"]:
            case "pwrite64":
                assert len(data) == int(rest[0]), line[:200]
                yield Call("write", file, int(rest[1]), data)
            case "ftruncate":
                yield Call("truncate", file, int(rest[0]))
            case "fsync" | "fdatasync":
                yield Call("flush", file)
            case "write" if found["fd"] == "1":
                yield Call("say", "", 0, data)


def _plain(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def cut(
    calls: list[Call], before: dict[str, bytes], *, at: int, draw: random.Random
) -> tuple[dict[str, bytes], list[Acknowledged]]:
    """Cut the power after some calls.

    Returns:
        The files as they may be found, and what had been acknowledged by then.
    """
    disk = {name: OnDisk(bytearray(content)) for name, content in before.items()}
    said = []
    for call in calls[:at]:
        file = disk.setdefault(call.file, OnDisk())
        if call.name == "say":
            said.append(Acknowledged.read(call.data.decode()))
        elif call.name == "flush":
            file.flush()
        else:
            file.waiting.append(call)
    share = draw.choice((0.0, 0.5, 0.9))
    for file in disk.values():
        file.waiting = [_torn(call, draw) for call in file.waiting if draw.random() < share]
    left = {name: _after(file.flushed, file.waiting) for name, file in disk.items()}
    return {name: bytes(content) for name, content in left.items() if content is not None}, said


def _after(content: bytearray | None, calls: list[Call]) -> bytearray | None:
    if not calls:
        return content
    content = bytearray() if content is None else content[:]
    for call in calls:
        if call.name == "truncate":
            del content[call.at :]
            content.extend(bytes(call.at - len(content)))
        else:
            content.extend(bytes(max(call.at - len(content), 0)))
            content[call.at : call.at + len(call.data)] = call.data
    return content


def _torn(call: Call, draw: random.Random) -> Call:
    """Let some writes reach the disk only up to a sector."""
    if len(call.data) <= SECTOR or draw.random() < 0.75:
        return call
    return Call(call.name, call.file, call.at, call.data[: SECTOR * draw.randrange(1, 8)])


@dataclass(slots=True)
class Cuts:
    """What cutting the power did.

    Attributes:
        flushes: How often the poster waited for the disk.
        payments: How many it was told of.
        cuts: How many cuts.
        lost: Payments that were acknowledged before a cut and not there after it.
        broken: Cuts that left an unreadable file, or a book that is half or does not verify.
    """

    flushes: int
    payments: int
    cuts: int = 0
    lost: int = 0
    broken: int = 0

    def __bool__(self) -> bool:
        return bool(self.lost or self.broken)

    def __str__(self) -> str:
        return (
            f"{self.cuts} cuts under {self.payments} payments and {self.flushes} flushes:"
            f" {self.lost} lost, {self.broken} broken"
        )


def cut_the_power(
    trial: Trial, *, payments: int, cuts: int, seed: int, synchronous: str | None = None
) -> Cuts:
    """Record some payments to a fresh SQLite book and cut the power under them, over and over.

    Raises:
        NoTracer: Nothing could be recorded.
    """
    draw = random.Random(seed)
    file = Path(trial.address.removeprefix("sqlite:///"))
    names = [path for path in file.parent.iterdir() if path.name.startswith(file.name)]
    before = {path.name: path.read_bytes() for path in names}
    with tempfile.TemporaryDirectory(prefix="samut-cuts-") as scratch:
        calls = record(trial, Path(scratch), payments=payments, synchronous=synchronous)
        found = Cuts(sum(call.name == "flush" for call in calls), payments)
        last = max(place for place, call in enumerate(calls) if call.name == "say")
        for number in range(cuts):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            left, said = cut(calls, before, at=draw.randint(1, last + 1), draw=draw)
            for name, content in left.items():
                (folder / name).write_bytes(content)
            _look(found, Trial(f"sqlite:///{folder / file.name}", trial.book), said)
            shutil.rmtree(folder)
    return found


def _look(found: Cuts, trial: Trial, said: list[Acknowledged]) -> None:
    found.cuts += 1
    if not _is_whole(trial.address.removeprefix("sqlite:///")):
        found.broken += 1
        return
    damage = trial.look(said)
    found.lost += len(damage.lost)
    found.broken += bool(damage.half or damage.doubled or damage.findings)


def _is_whole(file: str) -> bool:
    """Ask SQLite itself whether a file is one, as opening it after the cut leaves it."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    except sqlite3.DatabaseError:
        return False
