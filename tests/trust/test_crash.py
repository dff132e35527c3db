"""Whoever is killed while posting loses nothing that was acknowledged, and doubles nothing.

``bench/crash.py`` is the same with many kills. Each check also runs where the safety was taken
away, and must find damage there.
"""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from bench.crash import SEED, kill_posters
from bench.power_cut import Cuts, NoTracer, cut_the_power
from tests.postgres import APPLICATION, Cluster, NoPostgres, postgres_cluster
from tests.trust.payments import Trial, postgres_trial, trial_in

LIFE = 0.3
#: Kills after which at least one has fallen between the commit and its acknowledgement.
ENOUGH = 30
READY = "ready"
_numbers = count(1)


@pytest.fixture
def in_sqlite(migrated_file: Path, tmp_path: Path) -> Trial:
    """A fresh book in an SQLite file."""
    file = tmp_path / "samut.db"
    shutil.copyfile(migrated_file, file)
    return trial_in(f"sqlite:///{file}")


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Cluster, int]]:
    """A server of its own that flushes to the disk and may be killed, with a book to copy."""
    try:
        with postgres_cluster() as cluster:
            yield cluster, postgres_trial(cluster, READY).book
    except NoPostgres:
        pytest.skip("no PostgreSQL server programs on this machine")


@pytest.fixture
def in_postgres(server: tuple[Cluster, int]) -> Trial:
    """A fresh book on the server that may be killed."""
    cluster, book = server
    name = f"crash_{next(_numbers)}"
    cluster.create_database(name, template=READY)
    return Trial(cluster.url(name, user=APPLICATION), book)


def test_a_killed_process_loses_and_doubles_nothing_in_sqlite(in_sqlite: Trial) -> None:
    done = kill_posters(in_sqlite, kills=6, seed=SEED, longest_life=LIFE)

    assert not done.damage, done
    assert len(done.told) >= done.kills


def test_a_killed_process_or_server_loses_and_doubles_nothing_in_postgres(
    server: tuple[Cluster, int], in_postgres: Trial
) -> None:
    done = kill_posters(in_postgres, kills=5, seed=SEED, server=server[0], longest_life=LIFE)

    assert not done.damage, done
    assert len(done.told) >= done.kills
    assert done.servers == 2


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_without_the_key_the_check_finds_payments_made_twice(
    request: pytest.FixtureRequest, engine: str
) -> None:
    trial: Trial = request.getfixturevalue(f"in_{engine}")

    done = kill_posters(
        trial, kills=ENOUGH, seed=SEED, fresh_keys=True, until_damage=True, longest_life=LIFE
    )

    assert done.damage.doubled, done


def test_without_waiting_for_the_disk_the_check_finds_payments_lost_in_postgres(
    server: tuple[Cluster, int], in_postgres: Trial
) -> None:
    done = kill_posters(
        in_postgres,
        kills=ENOUGH,
        seed=SEED,
        server=server[0],
        durable=False,
        until_damage=True,
        longest_life=LIFE,
    )

    assert done.damage.lost, done


def test_a_power_cut_at_any_write_loses_nothing_in_sqlite(in_sqlite: Trial) -> None:
    found = _cut(in_sqlite, None)

    assert not found, found
    assert found.flushes >= found.payments


@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
def test_with_fewer_flushes_the_check_finds_payments_lost_in_sqlite(
    in_sqlite: Trial, level: str
) -> None:
    found = _cut(in_sqlite, level)

    assert found.lost, found


def _cut(trial: Trial, synchronous: str | None) -> Cuts:
    try:
        return cut_the_power(trial, payments=12, cuts=40, seed=SEED, synchronous=synchronous)
    except NoTracer as reason:
        pytest.skip(f"writes cannot be recorded: {reason}")
