"""Kill the process that posts, and the database under it, over and over; count what is lost.

    python bench/crash.py [sqlite|postgres|both] [--kills N] [--seed N]

A poster is killed at any moment with SIGKILL, on PostgreSQL sometimes with the server, sometimes
the server alone. Then the book is read: every acknowledged payment must stand under its key, whole
and once, and the book must verify. The next poster sends the last unacknowledged payment again.

SQLite is also cut off from the power (``bench/power_cut.py``), which killing does not do. Every
check is run against a book whose safety was taken away as well; there it must find damage, or it
proves nothing and this ends with an error.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

HOUSE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOUSE))

from bench.power_cut import NoTracer, cut_the_power  # noqa: E402
from tests.postgres import Cluster, postgres_cluster  # noqa: E402
from tests.trust.payments import (  # noqa: E402
    Acknowledged,
    Damage,
    Trial,
    postgres_trial,
    sqlite_trial,
)

SEED = 7
#: Seconds that a poster lives after its first acknowledgement, at most.
LONGEST_LIFE = 1.0
#: Seconds after which whatever a poster said before now has been read.
LONGEST_SILENCE = 0.2
#: Payments to an SQLite book whose power is cut.
PAYMENTS_CUT = 40
#: What a PostgreSQL session is told to make its commits not durable.
NOT_DURABLE = "-c synchronous_commit=off"


@dataclass(slots=True)
class Killed:
    """What killing did.

    Attributes:
        kills: How many posters were killed.
        servers: How many times the server was killed.
        told: Everything that was acknowledged.
        damage: What is wrong with the book.
    """

    kills: int = 0
    servers: int = 0
    told: list[Acknowledged] = field(default_factory=list)
    damage: Damage = field(default_factory=lambda: Damage(entries=0))

    @property
    def unheard(self) -> int:
        """How many payments were written, not heard of, and sent again."""
        return sum(told.replayed for told in self.told)

    def __str__(self) -> str:
        damage = self.damage
        return (
            f"{self.kills} kills, {self.servers} of the server too, {len(self.told)} payments"
            f" acknowledged, {damage.entries} entries, {self.unheard} written but unheard and sent"
            f" again: {len(damage.lost)} lost, {len(damage.half)} half,"
            f" {len(damage.doubled)} doubled, {len(damage.findings)} findings"
        )


def kill_posters(
    trial: Trial,
    *,
    kills: int,
    seed: int,
    server: Cluster | None = None,
    fresh_keys: bool = False,
    durable: bool = True,
    until_damage: bool = False,
    longest_life: float = LONGEST_LIFE,
) -> Killed:
    """Kill one poster after another and look at the book after each.

    Args:
        trial: Where.
        kills: How many posters.
        seed: What decides the moments.
        server: The PostgreSQL that the book lies in; it is killed too, now and then.
        fresh_keys: Send a payment again as if it were another; takes the safety away.
        durable: Whether PostgreSQL waits for its disk; without, every server is killed.
        until_damage: Stop as soon as something is wrong.
        longest_life: Seconds.
    """
    draw, done = random.Random(seed), Killed()
    for number in range(kills):
        attempt = f"-again-{number}" if fresh_keys else ""
        with _Poster(trial, first=len(done.told) + 1, attempt=attempt, durable=durable) as poster:
            told = [poster.hear()]
            time.sleep(draw.uniform(0, longest_life))
            if server is not None and (not durable or number % 5 == 4):
                server.kill()
                told += poster.kill()
                server.start()
                done.servers += 1
            elif server is not None and number % 5 == 2:
                server.kill()
                server.start()
                told += poster.hear_from_now()
                time.sleep(draw.uniform(0, longest_life))
                told += poster.kill()
                done.servers += 1
            else:
                told += poster.kill()
        done.kills += 1
        done.told += told
        done.damage = trial.look(done.told)
        if until_damage and done.damage:
            break
    return done


class _Poster:
    """A running poster and the line on which it says what was acknowledged."""

    def __init__(self, trial: Trial, *, first: int, attempt: str, durable: bool) -> None:
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.trust.poster", trial.address, str(trial.book)),
                *(str(first), f"--attempt={attempt}"),
            ],
            cwd=HOUSE,
            stdout=subprocess.PIPE,
            env=os.environ | ({} if durable else {"PGOPTIONS": NOT_DURABLE}),
        )
        assert self._process.stdout is not None
        self._said = self._process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._process.kill()
        self._process.wait(timeout=60)
        self._said.close()

    def hear(self) -> Acknowledged:
        """Wait for the next acknowledgement."""
        line = self._said.readline()
        assert line.endswith(b"\n"), "the poster ended by itself"
        return Acknowledged.read(line.decode())

    def hear_from_now(self) -> list[Acknowledged]:
        """Give what it has said and wait until it says more."""
        heard, asked_at = [self.hear()], time.monotonic()
        while time.monotonic() - asked_at < LONGEST_SILENCE:
            heard.append(self.hear())
        return heard

    def kill(self) -> list[Acknowledged]:
        """Kill it and give what it had said until then."""
        self._process.kill()
        ended = self._process.wait(timeout=60)
        assert ended == -signal.SIGKILL, f"the poster had ended by itself: {ended}"
        return [Acknowledged.read(line.decode()) for line in self._said]


def on_sqlite(kills: int, seed: int) -> bool:
    """Kill and cut off SQLite, then the same without what makes it safe."""
    well = True
    with tempfile.TemporaryDirectory(prefix="samut-crash-") as place:
        folder = Path(place)

        def fresh(name: str) -> Trial:
            (folder / name).mkdir()
            return sqlite_trial(folder / name / "samut.db")

        done = kill_posters(fresh("kills"), kills=kills, seed=seed)
        well &= told("killed", done, bad=bool(done.damage))
        control = kill_posters(
            fresh("keys"), kills=kills, seed=seed, fresh_keys=True, until_damage=True
        )
        well &= told("CONTROL, new keys", control, bad=not control.damage.doubled)
        for level in (None, "NORMAL", "OFF"):
            try:
                cuts = cut_the_power(
                    fresh(f"power {level}"),
                    payments=PAYMENTS_CUT,
                    cuts=kills * 4,
                    seed=seed,
                    synchronous=level,
                )
            except NoTracer as reason:
                print(f"  the power was not cut: {reason}")
                break
            if level is None:
                well &= told("power cut", cuts, bad=bool(cuts))
            else:
                well &= told(f"CONTROL, synchronous={level}", cuts, bad=not cuts)
    return well


def on_postgres(kills: int, seed: int) -> bool:
    """Kill posters and servers of PostgreSQL, then the same without what makes it safe."""
    with postgres_cluster() as server:
        done = kill_posters(postgres_trial(server, "kills"), kills=kills, seed=seed, server=server)
        well = told("killed", done, bad=bool(done.damage))
        control = kill_posters(
            postgres_trial(server, "keys"),
            kills=kills,
            seed=seed,
            fresh_keys=True,
            until_damage=True,
        )
        well &= told("CONTROL, new keys", control, bad=not control.damage.doubled)
        control = kill_posters(
            postgres_trial(server, "not_durable"),
            kills=kills,
            seed=seed,
            server=server,
            durable=False,
            until_damage=True,
        )
        well &= told("CONTROL, synchronous_commit=off", control, bad=not control.damage.lost)
    return well


def told(what: str, done: object, *, bad: bool) -> bool:
    """Print what was done and whether it went as it must; tell the same."""
    print(f"  {'WRONG' if bad else 'as it must be':13} {what}: {done}", flush=True)
    return not bad


def main() -> int:
    """Kill on the engines that were asked for; the answer is 1 when anything is not as it must."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("engine", nargs="?", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    well = True
    for engine, run in (("sqlite", on_sqlite), ("postgres", on_postgres)):
        if given.engine in {engine, "both"}:
            began = time.monotonic()
            print(f"{engine}, seed {given.seed}", flush=True)
            well &= run(given.kills, given.seed)
            print(f"  {time.monotonic() - began:.0f} s")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
