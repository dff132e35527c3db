"""Eight writers on one book: how fast, how fair, and whether anything is lost.

    python bench/writers.py [sqlite|postgres|both] [--steps N]

A third of the payments are sent twice under the same key: one after the other by the same writer,
or by two writers who meet first and send at the same moment. Whatever they were told is then looked
up in the book. The same is run with a new key for every request, and on PostgreSQL without the lock
of the book; there the check must find something, or it proves nothing and this ends with an error.
"""

import argparse
import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import fmean, median
from typing import Protocol

HOUSE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOUSE))

import psycopg  # noqa: E402
from sqlalchemy.exc import DBAPIError  # noqa: E402

from ledger import db  # noqa: E402
from ledger.errors import DomainError  # noqa: E402
from tests.ledger.books import CASH, balance_of  # noqa: E402
from tests.postgres import Cluster, postgres_cluster  # noqa: E402
from tests.trust.payments import (  # noqa: E402
    Acknowledged,
    Damage,
    Trial,
    amount_of,
    postgres_trial,
    send,
    sqlite_trial,
)

WRITERS = 8
#: Seconds that writers wait for one another before the trial is given up.
PATIENCE = 120.0


class Meeting(Protocol):
    """A barrier, of threads or of processes."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until everybody is here."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one writer is to do.

    Attributes:
        book: The book.
        writer: Which writer, from 0.
        steps: How many payments, those that a pair sends together counted for each.
        fresh_keys: Send every request as if it were another; takes the safety away.
    """

    book: int
    writer: int
    steps: int
    fresh_keys: bool

    def requests(self) -> Iterator[tuple[int, str]]:
        """Give the payments to send, each with how: ``once``, ``twice`` or ``together``."""
        for step in range(self.steps):
            how = ("together", "once", "twice", "once", "once")[step % 5]
            whose = self.writer - self.writer % 2 if how == "together" else self.writer
            yield 1 + step * WRITERS + whose, how


@dataclass(slots=True)
class Written:
    """What one writer did.

    Attributes:
        told: What was acknowledged.
        waits: How long each took, in seconds.
        errors: What was refused or failed.
    """

    told: list[Acknowledged] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """What all writers did, and the book after it.

    Attributes:
        written: One for each writer.
        seconds: From the first request to the last answer.
        damage: What is wrong with the book.
        missing: Satang that the box should have and has not; negative when it has too much.
        sent: How many requests.
        payments: How many payments they were for.
    """

    written: list[Written]
    seconds: float
    damage: Damage
    missing: int
    sent: int
    payments: int

    @property
    def errors(self) -> list[str]:
        """Whatever the writers were told instead of an acknowledgement."""
        return [error for one in self.written for error in one.errors]

    @property
    def replayed(self) -> int:
        """How many requests were answered from the book, which had them already."""
        return sum(told.replayed for one in self.written for told in one.told)

    @property
    def unfairness(self) -> float:
        """How many times as long as the luckiest writer the unluckiest one waited."""
        waits = [fmean(one.waits) for one in self.written]
        return max(waits) / min(waits)

    def __bool__(self) -> bool:
        return bool(
            self.damage or self.errors or self.missing or self.replayed != self.sent - self.payments
        )

    def __str__(self) -> str:
        waits = sorted(chain.from_iterable(one.waits for one in self.written))
        damage = self.damage
        return (
            f"{self.sent} requests for {self.payments} payments, {self.replayed} answered from the"
            f" book, {self.sent / self.seconds:.0f} a second; waits median"
            f" {median(waits) * 1e3:.0f} ms, worst {waits[-1] * 1e3:.0f} ms, unluckiest writer"
            f" {self.unfairness:.2f} times the luckiest; {len(self.errors)} errors,"
            f" {len(damage.lost)} lost, {len(damage.half)} half, {len(damage.doubled)} doubled,"
            f" {len(damage.findings)} findings, {self.missing} satang missing"
        )


def write_in_threads(trial: Trial, *, steps: int, fresh_keys: bool = False) -> Outcome:
    """Let eight threads of one process write."""
    db.connect(trial.address)
    pairs = [threading.Barrier(2) for _pair in range(WRITERS // 2)]
    start = threading.Barrier(WRITERS)
    with ThreadPoolExecutor(WRITERS) as pool:
        tasks = _tasks(trial, steps, fresh_keys)
        waiting = [pool.submit(_write, task, start, pairs[task.writer // 2]) for task in tasks]
        ended = [each.result() for each in waiting]
    db.disconnect()
    return _outcome(trial, tasks, ended)


def write_in_processes(trial: Trial, *, steps: int, fresh_keys: bool = False) -> Outcome:
    """Let eight processes write, as several servers of one database would."""
    context = multiprocessing.get_context("spawn")
    pairs = [context.Barrier(2) for _pair in range(WRITERS // 2)]
    start = context.Barrier(WRITERS)
    with ProcessPoolExecutor(
        WRITERS, mp_context=context, initializer=partial(_arrive, trial.address, start, pairs)
    ) as pool:
        tasks = _tasks(trial, steps, fresh_keys)
        ended = list(pool.map(_write_here, tasks))
    return _outcome(trial, tasks, ended)


def _tasks(trial: Trial, steps: int, fresh_keys: bool) -> list[Task]:  # noqa: FBT001
    return [Task(trial.book, writer, steps, fresh_keys) for writer in range(WRITERS)]


_here: tuple[Meeting, Sequence[Meeting]]


def _arrive(address: str, start: Meeting, pairs: Sequence[Meeting]) -> None:
    """Prepare a process that writes."""
    global _here  # noqa: PLW0603  (a process is given its barriers once, when it starts)
    _here = (start, pairs)
    db.connect(address)


def _write_here(task: Task) -> tuple[Written, float, float]:
    # Nobody goes on before all are here, so no process is given two tasks.
    start, pairs = _here
    return _write(task, start, pairs[task.writer // 2])


def _write(task: Task, start: Meeting, pair: Meeting) -> tuple[Written, float, float]:
    """Do a task; gives also when it began and ended, on the clock that all processes share."""
    done = Written()
    start.wait(PATIENCE)
    began = time.monotonic()
    for payment, how in task.requests():
        if how == "together":
            pair.wait(PATIENCE)
        for time_sent in range(2 if how == "twice" else 1):
            mark = f"-{task.writer}-{time_sent}" if task.fresh_keys else ""
            sent_at = time.perf_counter()
            try:
                done.told.append(send(task.book, payment, key=f"payment-{payment}{mark}"))
            except (DomainError, DBAPIError, psycopg.Error) as error:
                done.errors.append(repr(error))
            done.waits.append(time.perf_counter() - sent_at)
    return done, began, time.monotonic()


def _outcome(trial: Trial, tasks: list[Task], ended: list[tuple[Written, float, float]]) -> Outcome:
    written = [one for one, _began, _ended in ended]
    payments = {payment for task in tasks for payment, _how in task.requests()}
    damage = trial.look(chain.from_iterable(one.told for one in written))
    db.connect(trial.address)
    in_the_box = db.read(lambda session: balance_of(session, trial.book, CASH))
    db.disconnect()
    return Outcome(
        written=written,
        seconds=max(end for _one, _began, end in ended) - min(began for _one, began, _end in ended),
        damage=damage,
        missing=sum(map(amount_of, payments)) - in_the_box,
        sent=sum(len(one.waits) for one in written),
        payments=len(payments),
    )


def unlock(cluster: Cluster, name: str) -> None:
    """Take the lock of the book out of a PostgreSQL database, to see that it is missed."""
    with psycopg.connect(cluster.url(name), autocommit=True) as connection:
        found = connection.execute(
            "SELECT pg_get_functiondef('public.samut_open_batch'::regproc)"
        ).fetchone()
        assert found is not None
        unlocked = found[0].replace("FOR UPDATE", "").replace("FOR NO KEY UPDATE", "")
        assert unlocked != found[0]
        connection.execute(unlocked.encode())


def on_sqlite(steps: int) -> bool:
    """Write to SQLite files."""
    with tempfile.TemporaryDirectory(prefix="samut-writers-") as place:
        folder = Path(place)
        done = write_in_threads(sqlite_trial(folder / "threads.db"), steps=steps)
        well = told("8 threads", done, bad=bool(done))
        done = write_in_processes(sqlite_trial(folder / "processes.db"), steps=max(steps // 5, 5))
        well &= told("8 processes", done, bad=bool(done))
        control = write_in_threads(sqlite_trial(folder / "keys.db"), steps=10, fresh_keys=True)
        return well & told("CONTROL, new keys", control, bad=not control.damage.doubled)


def on_postgres(steps: int) -> bool:
    """Write to databases of PostgreSQL."""
    with postgres_cluster() as cluster:
        done = write_in_threads(postgres_trial(cluster, "threads"), steps=steps)
        well = told("8 threads", done, bad=bool(done))
        done = write_in_processes(postgres_trial(cluster, "processes"), steps=steps)
        well &= told("8 processes", done, bad=bool(done))
        control = write_in_threads(postgres_trial(cluster, "keys"), steps=10, fresh_keys=True)
        well &= told("CONTROL, new keys", control, bad=not control.damage.doubled)
        trial = postgres_trial(cluster, "unlocked")
        unlock(cluster, "unlocked")
        control = write_in_threads(trial, steps=10)
        return well & told("CONTROL, no lock", control, bad=not control)


def told(what: str, done: Outcome, *, bad: bool) -> bool:
    """Print what was done and whether it went as it must; tell the same."""
    print(f"  {'WRONG' if bad else 'as it must be':13} {what}: {done}", flush=True)
    return not bad


def main() -> int:
    """Write on the engines that were asked for; the answer is 1 when anything is amiss."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("engine", nargs="?", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--steps", type=int, default=100, help="of each of the eight writers")
    given = parser.parse_args()
    well = True
    for engine, run in (("sqlite", on_sqlite), ("postgres", on_postgres)):
        if given.engine in {engine, "both"}:
            print(engine, flush=True)
            well &= run(given.steps)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
