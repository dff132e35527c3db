"""How fast the book is posted to, against the bare driver writing the same rows as durably.

    python bench/posting.py [sqlite|postgres] [--rounds N] [--folder FOLDER]

Prints, for single entries and for batches of 1,000, the speed of the service as a share of the
driver's (goals G1 to G4). The service is the whole public way: drafts that check themselves, one
``write`` a request, digest, chain, every trigger, the key. A folder in memory, such as /dev/shm,
takes the disk out of it and leaves the processor.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOUSE))

import psycopg  # noqa: E402
from sqlalchemy import create_engine, text  # noqa: E402

from bench.bare import Bare, BarePostgres, bare_postgres, bare_sqlite, repeated  # noqa: E402
from bench.measure import Variant, flush_time, interleave, print_table  # noqa: E402
from bench.village import Village, fill, open_village, post  # noqa: E402
from ledger import db  # noqa: E402
from tests.postgres import APPLICATION, Cluster, postgres_cluster  # noqa: E402

SEED = 2
BATCH = 1_000
A_SLICE = 10
HISTORY = 30_000


class Service:
    """The public way of posting.

    Attributes:
        village: Where its entries come from.
    """

    def __init__(self, book_id: int, village: Village) -> None:
        self.village = village
        self._book = book_id
        self._keys = count(1)

    def post(self, entries: int) -> None:
        """Post one request."""
        village, key = self.village, f"service {next(self._keys)}"
        drafts = [village.draft() for _entry in range(entries)]
        at, book = village.posted_at, self._book
        db.write(lambda session: post(session, book_id=book, drafts=drafts, key=key, at=at))

    def one(self) -> None:
        """Post one entry."""
        self.post(1)


def on_sqlite(folder: Path, rounds: int) -> None:
    """Measure on two files that begin as the same book."""
    served, bared = folder / "service.db", folder / "bare.db"
    url = f"sqlite:///{served}"
    db.upgrade(url)
    engine = db.connect(url)
    book_id = db.write(open_village)
    fill(book_id, postings=HISTORY, months=6)
    engine.dispose()
    shutil.copyfile(served, bared)
    db.connect(url)
    service, bare = (
        Service(book_id, Village(seed=SEED)),
        bare_sqlite(str(bared), Village(seed=SEED)),
    )
    _single(service, bare, rounds, tuple)
    _batch(service, bare, rounds, tuple)


def on_postgres(cluster: Cluster, rounds: int) -> None:
    """Measure on two databases that begin as the same book."""
    cluster.create_database("service")
    db.upgrade(cluster.url("service"))
    owner = create_engine(db.database_url(cluster.url("service")))
    with owner.begin() as connection:
        db.grant_to(connection, role=APPLICATION)
    owner.dispose()
    engine = db.connect(cluster.url("service", user=APPLICATION))
    book_id = db.write(open_village)
    fill(book_id, postings=HISTORY, months=6)
    engine.dispose()
    cluster.create_database("bare", template="service")
    for name in ("service", "bare"):
        with psycopg.connect(cluster.url(name), autocommit=True) as keeper:
            keeper.execute("VACUUM ANALYZE")
    engine = db.connect(cluster.url("service", user=APPLICATION))
    service = Service(book_id, Village(seed=SEED))
    bare = bare_postgres(cluster.url("bare"), Village(seed=SEED))

    def backends() -> tuple[int, ...]:
        found = bare._connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname IN ('bare', 'service')"
        )
        return tuple(pid for (pid,) in found.fetchall())

    db.read(lambda session: session.execute(text("SELECT 1")))
    _single(service, bare, rounds, backends)
    _batch(service, bare, rounds, backends)
    engine.dispose()


Server = Callable[[], tuple[int, ...]]


def _single(service: Service, bare: Bare, rounds: int, server: Server) -> None:
    variants = {
        "bare driver, statement by statement": Variant(
            repeated(bare.statement_by_statement, A_SLICE), server=server
        ),
        "service": Variant(repeated(service.one, A_SLICE), server=server),
    }
    if isinstance(bare, BarePostgres):
        variants["bare function"] = Variant(repeated(bare.function, A_SLICE), server=server)
    interleave(variants, rounds=rounds * 4, warm_up=10)
    print_table("one entry a commit", variants, against="bare driver, statement by statement")
    if isinstance(bare, BarePostgres):
        print_table("one entry a commit", variants, against="bare function")


def _batch(service: Service, bare: Bare, rounds: int, server: Server) -> None:
    variants = {
        "bare driver, executemany": Variant(repeated(bare.executemany, 1, BATCH), server=server),
        "service": Variant(repeated(service.post, 1, BATCH), server=server),
    }
    if isinstance(bare, BarePostgres):
        variants["bare driver, COPY"] = Variant(repeated(bare.copy, 1, BATCH), server=server)
    interleave(variants, rounds=rounds, warm_up=3)
    print_table(f"{BATCH:,} entries a commit", variants, against="bare driver, executemany")
    if isinstance(bare, BarePostgres):
        print_table(f"{BATCH:,} entries a commit", variants, against="bare driver, COPY")


def main() -> int:
    """Measure on the engines that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("engine", nargs="?", choices=("sqlite", "postgres"))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="where the SQLite files lie")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=given.folder)))
        print(f"one flush of 8 kB takes {flush_time(folder) * 1e6:.0f} µs (median)")
        if given.engine != "postgres":
            print("\nSQLite")
            on_sqlite(folder, given.rounds)
        if given.engine != "sqlite":
            print("\nPostgreSQL")
            on_postgres(stack.enter_context(postgres_cluster()), given.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
