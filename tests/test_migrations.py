"""The migrations and the models tell the same story, forwards and back, on both engines."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from ledger import db
from ledger.backup import newest_revision
from tests.network import found_network
from tests.postgres import Cluster

HOUSE = Path(__file__).parents[1]
VERSIONS = sorted((HOUSE / "migrations" / "versions").glob("[0-9]*.py"))
#: Triggers that must stand at head, by engine. A table that is rebuilt on SQLite loses its own
#: without a word; whoever adds one changes the number.
LOCKS = {"sqlite": 54, "postgresql": 33}


def configured(connection: Connection) -> Config:
    """Give Alembic's configuration for a connection."""
    config = Config(str(HOUSE / "setup.cfg"))
    config.set_main_option("script_location", str(HOUSE / "migrations"))
    config.attributes["connection"] = connection
    return config


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to a database without any table, once for each engine."""
    name = "samut_migrated"
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.create_database(name)
        url = cluster.url(name)
    engine = create_engine(db.database_url(url))
    with engine.connect() as connection, connection.begin():
        yield connection
    engine.dispose()
    if request.param == "postgres":
        cluster.drop_database(name)


def locks(connection: Connection) -> list[str]:
    """Name the triggers of a database."""
    asked = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
    )
    return list(connection.execute(text(asked)).scalars())


def test_there_is_one_head_and_it_is_the_newest_file() -> None:
    heads = ScriptDirectory.from_config(Config(str(HOUSE / "setup.cfg"))).get_heads()

    assert heads == [newest_revision()]


def test_each_migration_has_a_number_a_sentence_and_says_why_and_what_is_lost() -> None:
    for file in VERSIONS:
        source = file.read_text(encoding="utf-8")

        assert re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", file.name)
        assert "Why:" in source, file
        assert "Undo:" in source, file


def test_no_migration_imports_what_will_move_on() -> None:
    ours = re.compile(
        r"^\s*(?:from|import) (?:ledger|members|loans|desk|audit|app)\b", re.MULTILINE
    )

    assert [file.name for file in VERSIONS if ours.search(file.read_text(encoding="utf-8"))] == []


def test_migrations_go_up_down_and_up_again_and_match_the_models(empty: Connection) -> None:
    config = configured(empty)

    command.upgrade(config, "head")
    tables, triggers = set(inspect(empty).get_table_names()), locks(empty)
    command.downgrade(config, "base")
    left = set(inspect(empty).get_table_names()) - {"alembic_version"}
    command.upgrade(config, "head")

    assert left == set()
    assert tables == set(db.Base.metadata.tables) | {"alembic_version"}
    assert set(inspect(empty).get_table_names()) == tables
    assert locks(empty) == triggers
    command.check(config)


def test_each_migration_alone_goes_down_and_up_again(empty: Connection) -> None:
    config = configured(empty)
    command.upgrade(config, "head")
    triggers = locks(empty)

    for _file in VERSIONS:
        command.downgrade(config, "-1")
    for _file in VERSIONS:
        command.upgrade(config, "+1")

    assert locks(empty) == triggers


def test_every_lock_stands_at_head(empty: Connection) -> None:
    on_sqlite = empty.dialect.name == "sqlite"
    kinds = ("refuse_update", "refuse_delete") if on_sqlite else ("refuse_change",)

    command.upgrade(configured(empty), "head")

    sealed = db.tables_whose_rows_are(db.SEALED)
    assert {f"{table}_{kind}" for table in sealed for kind in kinds} <= set(locks(empty))
    assert len(locks(empty)) == LOCKS[empty.dialect.name], locks(empty)


def test_an_upgrade_copies_an_sqlite_book_aside_first(tmp_path: Path) -> None:
    file = tmp_path / "samut.db"
    url = f"sqlite:///{file}"
    db.upgrade(url, "0002")
    before = file.read_bytes()

    db.upgrade(url)

    assert Path(f"{file}.before-upgrade").read_bytes() == before


def test_the_newest_migration_keeps_every_row_of_a_book(tmp_path: Path) -> None:
    file = tmp_path / "samut.db"
    db.upgrade(f"sqlite:///{file}")
    engine = db.connect(f"sqlite:///{file}")
    db.write(found_network)
    engine.dispose()
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        before, triggers = rows(connection), locks(connection)
        command.downgrade(configured(connection), "-1")
    engine.dispose()

    db.upgrade(f"sqlite:///{file}")

    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        assert rows(connection) == before
        assert locks(connection) == triggers
    engine.dispose()


def rows(connection: Connection) -> dict[str, int]:
    """Count the rows of every table."""
    return {
        table: connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
        for table in inspect(connection).get_table_names()
    }
