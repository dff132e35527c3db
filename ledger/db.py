"""The database: one Base, two doors (``read`` and ``write``), and how each engine is made safe.

Views and commands open a door; services are given the session and never commit. ``write`` runs
its work again from the start when the database asks for it, so the work must be a function of the
session and of nothing else that changes.
"""

import enum
import json
import random
import shutil
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from sqlalchemy import (
    BigInteger,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from ledger.errors import Conflict
from ledger.money import Satang
from ledger.seal import moment_text

T = TypeVar("T")

HOUSE = Path(__file__).parent.parent
MOST_TRIES = 8
SHORTEST_PAUSE = 0.01
#: Seconds for which a connection that was just used is taken to be alive.
LONGEST_TRUSTED_IDLE = 2.0
#: SQLite 3.7.0 to 3.51.2 can corrupt a write-ahead log that is reset while another reads it.
SAFE_WAL_VERSION = (3, 51, 3)
#: What a table's ``info`` may say of its rows: they can only be added to and read, or they can
#: be changed but never taken away. The database, its grants and the authorizer hold to it.
SEALED = {"rows": "sealed"}
KEPT = {"rows": "kept"}


class Busy(Conflict):
    """The database did not answer in time, so nobody knows yet whether it was written."""

    thai = "ยังไม่ยืนยัน ส่งซ้ำได้ ไม่ลงบัญชีซ้ำ"


class Whole(TypeDecorator[int]):
    """A whole number of 64 bits; STRICT tables of SQLite know only INTEGER."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Choose the column type of each engine."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses a datetime that does not say where it is from."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Choose the column type of each engine."""
        sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(Text() if sqlite else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Write the value as the driver takes it."""
        if value is None:
            return None
        assert value.tzinfo is not None, value
        return moment_text(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read the value as the application takes it."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        assert isinstance(moment, datetime)
        return moment.astimezone(UTC)


class Day(TypeDecorator[date]):
    """A day of the calendar, Gregorian."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Choose the column type of each engine."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        """Write the value as the driver takes it."""
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """Read the value as the application takes it."""
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]
        return date.fromisoformat(value)


class Choice(TypeDecorator[Any]):
    """One of the values of an enumeration, stored as the word that people read."""

    impl = Text
    cache_ok = True

    def __init__(self, choices: type[enum.StrEnum]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write the value as text."""
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read the value back."""
        return None if value is None else self.choices(value)


class Json(TypeDecorator[Any]):
    """A small structure of lists, objects, strings and whole numbers, stored as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write the value as text."""
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read the value back."""
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    """The base of every table. Names every constraint, so a migration can find it again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        Satang: Whole,
        int: Whole,
        str: Text,
        bytes: LargeBinary,
        date: Day,
        datetime: UtcDateTime,
    }


class _Turns:
    """A lock that serves whoever waited longest; SQLite itself lets some wait for seconds."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def __exit__(self, *_raised: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


_sessions = sessionmaker(expire_on_commit=False)
_turns = _Turns()


class ConnectionLost(Exception):
    """The database went away while the work was done, so none of it was written."""


def write(work: Callable[[Session], T]) -> T:
    """Run a piece of work and write all of it, or nothing.

    Raises:
        Busy: The database stayed locked or went away, and it may be that the work was written; the
            same request may be sent again.
    """
    engine: Engine = _sessions.kw["bind"]
    # The posting path speaks to the driver directly, so the driver's own errors come through too.
    driver_error = engine.dialect.loaded_dbapi.Error
    write_once = _write_to_sqlite if engine.dialect.name == "sqlite" else _write_to_postgres
    for attempt in range(MOST_TRIES):
        try:
            return write_once(engine, work)
        except ConnectionLost:
            _pause(engine, attempt)
        except (DBAPIError, driver_error) as error:
            if not _worth_another_try(error):
                raise
            time.sleep(SHORTEST_PAUSE * 2**attempt * random.random())  # noqa: S311
    raise Busy(tries=MOST_TRIES)


def _write_to_sqlite(engine: Engine, work: Callable[[Session], T]) -> T:
    # One connection writes, whoever's turn it is: taking one from the pool and giving it back cost
    # as much as the statements of a whole entry.
    with _turns:
        writer = _writer_of(engine)
        with _sessions(bind=writer) as session, session.begin():
            result = work(session)
            session.flush()
            # A lock of the book that refuses takes the whole transaction back. Work that swallowed
            # the refusal would be told that all was written, when nothing was.
            driver: Any = writer.connection.dbapi_connection
            assert driver.in_transaction or not writer.in_transaction(), "a refusal was swallowed"
            return result


def _write_to_postgres(engine: Engine, work: Callable[[Session], T]) -> T:
    with _sessions() as session:
        with _noticing_the_end(engine, session):
            result = work(session)
            session.flush()
        try:
            with _noticing_the_end(engine, session):
                session.commit()
        except ConnectionLost as lost:
            raise Busy(because="the answer to the commit was lost") from lost
        return result


@contextmanager
def _noticing_the_end(engine: Engine, session: Session) -> Iterator[None]:
    """Tell the end of a connection from everything else that a database may answer."""
    try:
        yield
    except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
        if not _is_gone(engine, error):
            raise
        session.invalidate()  # there is nothing to roll back, and nobody to ask for it
        raise ConnectionLost from error


_writers: dict[Engine, Connection] = {}


def _writer_of(engine: Engine) -> Connection:
    """Give the one connection that writes to an SQLite file; asked for when it is one's turn."""
    if engine not in _writers:
        _writers[engine] = engine.connect().execution_options(samut_write=True)
    return _writers[engine]


def read(work: Callable[[Session], T]) -> T:
    """Run a piece of work that only looks; whatever it changed by mistake is dropped.

    Raises:
        Busy: The database went away and did not come back in time.
    """
    engine: Engine = _sessions.kw["bind"]
    for attempt in range(MOST_TRIES):
        try:
            with _sessions() as session, _noticing_the_end(engine, session):
                if engine.dialect.name == "postgresql":
                    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                return work(session)
        except ConnectionLost:
            _pause(engine, attempt)
    raise Busy(tries=MOST_TRIES)


def _pause(engine: Engine, attempt: int) -> None:
    """Leave a server that went away the time to come back, and forget what led to it."""
    engine.dispose()
    time.sleep(SHORTEST_PAUSE * 2**attempt * (0.5 + random.random()))  # noqa: S311


def _is_gone(engine: Engine, error: BaseException) -> bool:
    """Tell the end of a PostgreSQL connection from everything that a living one answers."""
    cause = getattr(error, "orig", None) or error
    if engine.dialect.name == "sqlite":
        return False
    if not isinstance(cause, engine.dialect.loaded_dbapi.OperationalError):
        return False
    # No code at all is the driver's own word; 08 is the line, and 57P the server that shuts down.
    code = getattr(cause, "sqlstate", None) or "08"
    return code.startswith(("08", "57P0"))


def _worth_another_try(error: BaseException) -> bool:
    """Tell a lock, a deadlock or a serialization failure from everything else."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, sqlite3.OperationalError):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in {
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
        }
    return getattr(cause, "sqlstate", None) in {"40001", "40P01", "55P03"}


def connect(url: str) -> Engine:
    """Open the database for daily work and lead both doors to it."""
    engine = create_engine(database_url(url))
    if engine.dialect.name == "sqlite":
        _make_sqlite_safe(engine, guarded=True)
    else:
        _ask_idle_connections(engine)
    _sessions.configure(bind=engine)
    return engine


def disconnect() -> None:
    """Close the database that the doors lead to, and with it the connection that writes."""
    engine: Engine = _sessions.kw["bind"]
    writer = _writers.pop(engine, None)
    if writer is not None:
        writer.close()
    engine.dispose()


def _ask_idle_connections(engine: Engine) -> None:
    """Ask a connection that lay idle whether the server is still there, and only such a one.

    Asking every time costs a journey as long as a statement's.
    """

    @event.listens_for(engine, "checkin")
    def _on_checkin(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("idle_since")
        if since is None or time.monotonic() - since < LONGEST_TRUSTED_IDLE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def database_url(url: str) -> str:
    """Accept ``postgres://`` and ``postgresql://`` and name the driver."""
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the tables to a revision; an SQLite file is copied aside first.

    The copy lies beside the file with ``.before-upgrade`` behind its name.
    """
    from alembic import command  # noqa: PLC0415  (0.7 s that a running server need not pay)
    from alembic.config import Config  # noqa: PLC0415

    engine = create_engine(database_url(url))
    config = Config(str(HOUSE / "setup.cfg"))
    config.set_main_option("script_location", str(HOUSE / "migrations"))
    if engine.dialect.name == "sqlite":
        _make_sqlite_safe(engine, guarded=False)
        _copy_aside(make_url(url).database)
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            if engine.dialect.name == "sqlite":
                # A table rebuilt with foreign keys on would empty its children without a word.
                connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
                connection.rollback()
            with connection.begin():
                command.upgrade(config, revision)
                if engine.dialect.name == "sqlite":
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    assert not broken, broken
    finally:
        engine.dispose()


def _copy_aside(file: str | None) -> None:
    if file and Path(file).is_file() and Path(file).stat().st_size:
        shutil.copyfile(file, f"{file}.before-upgrade")


def grant_to(connection: Connection, *, role: str) -> None:
    """Give a PostgreSQL role what the application needs and nothing that a seal forbids."""
    schema = "public"
    quoted = connection.dialect.identifier_preparer.quote(role)
    database = connection.dialect.identifier_preparer.quote(
        connection.execute(text("SELECT current_database()")).scalar_one()
    )
    tables = connection.execute(
        text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": schema}
    ).scalars()
    connection.exec_driver_sql(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
    connection.exec_driver_sql(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {quoted}")
    connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {quoted}")
    for table in tables:
        rights = "SELECT, INSERT"
        if table == "alembic_version":
            rights = "SELECT"
        elif table in tables_whose_rows_are(KEPT):
            rights += ", UPDATE"
        elif table not in tables_whose_rows_are(SEALED):
            rights += ", UPDATE, DELETE"
        connection.exec_driver_sql(f"GRANT {rights} ON {schema}.{table} TO {quoted}")


def tables_whose_rows_are(rows: dict[str, str]) -> frozenset[str]:
    """Name the tables whose ``info`` says this of their rows."""
    return frozenset(name for name, table in Base.metadata.tables.items() if table.info == rows)


def _make_sqlite_safe(engine: Engine, *, guarded: bool) -> None:
    """Make SQLite durable, strict about keys and triggers, and let SQLAlchemy alone say BEGIN."""
    wal = sqlite3.sqlite_version_info >= SAFE_WAL_VERSION

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'TRUNCATE'}")
        connection.execute(f"PRAGMA synchronous = {'FULL' if wal else 'EXTRA'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA recursive_triggers = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        if guarded:
            connection.set_authorizer(_guard())

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("samut_write", not guarded)
        # Straight to the driver: an entry begins one transaction, and SQLAlchemy would spend as
        # long on the word as SQLite on the locks.
        driver = connection.connection.dbapi_connection
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    @event.listens_for(engine, "engine_disposed")
    def _on_dispose(_engine: Any) -> None:
        writer = _writers.pop(engine, None)
        if writer is not None:
            writer.invalidate()
            writer.close()


_FORBIDDEN = frozenset(
    getattr(sqlite3, name)
    for name in dir(sqlite3)
    if name.startswith(("SQLITE_CREATE_", "SQLITE_DROP_", "SQLITE_ALTER_"))
) | {
    sqlite3.SQLITE_ATTACH,
    sqlite3.SQLITE_DETACH,
    sqlite3.SQLITE_ANALYZE,
    sqlite3.SQLITE_REINDEX,
}
_HARMLESS_PRAGMAS = {"foreign_key_check", "integrity_check", "read_uncommitted", "table_info"}


def _guard() -> Callable[[int, str | None, str | None, str | None, str | None], int]:
    """Make the function that decides what a statement of the running application may do."""
    sealed, kept = tables_whose_rows_are(SEALED), tables_whose_rows_are(KEPT)
    refused = (
        {(action, None) for action in _FORBIDDEN}
        | {(sqlite3.SQLITE_UPDATE, table) for table in sealed}
        | {(sqlite3.SQLITE_DELETE, table) for table in sealed | kept}
    )

    def allow(
        action: int, first: str | None, second: str | None, _base: str | None, _by: str | None
    ) -> int:
        if action == sqlite3.SQLITE_PRAGMA:
            harmless = first in _HARMLESS_PRAGMAS and second is None
            return sqlite3.SQLITE_OK if harmless else sqlite3.SQLITE_DENY
        if (action, None) in refused or (action, first) in refused:
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    return allow
