"""Fixtures: a database for each test, built by the migrations, on SQLite and on PostgreSQL.

Every test commits for real. It is given a copy of a migrated database of its own, so nothing that
it writes is seen by another, and the deferred keys and locks of the book are those of daily work.
"""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine, create_engine

from app import create_app
from ledger import db
from ledger.clock import use_clock
from ledger.settings import Settings
from tests.network import NETWORK, NOW, Network, found_network
from tests.postgres import APPLICATION, Cluster, NoPostgres, postgres_cluster

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TEMPLATE = "samut_template"
FOUNDED = "samut_founded"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser for all tests."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(PROGRAMS)})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(BROWSER_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file at the newest migration."""
    file = tmp_path_factory.mktemp("template") / "samut.db"
    db.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server with a template database at the newest migration."""
    with ExitStack() as stack:
        try:
            cluster = stack.enter_context(postgres_cluster(durable=False))
        except NoPostgres:
            pytest.skip("no PostgreSQL server programs on this machine")
        cluster.create_database(TEMPLATE)
        db.upgrade(cluster.url(TEMPLATE))
        engine = create_engine(db.database_url(cluster.url(TEMPLATE)))
        with engine.begin() as connection:
            db.grant_to(connection, role=APPLICATION)
        engine.dispose()
        yield cluster


@pytest.fixture(scope="session")
def founded_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that holds the small network."""
    file = tmp_path_factory.mktemp("founded") / "samut.db"
    shutil.copyfile(migrated_file, file)
    _found(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def founded_cluster(cluster: Cluster) -> Cluster:
    """The server, with a second template that holds the small network."""
    cluster.create_database(FOUNDED, template=TEMPLATE)
    _found(cluster.url(FOUNDED, user=APPLICATION))
    return cluster


def _found(url: str) -> None:
    db.connect(url)
    founded = db.write(found_network)
    db.disconnect()
    assert founded == NETWORK, founded


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database, once for each engine; with the network, where one asks."""
    with_network = "network" in request.fixturenames
    if request.param == "sqlite":
        template = request.getfixturevalue("founded_file" if with_network else "migrated_file")
        yield _sqlite_copy(template, tmp_path)
        return
    cluster: Cluster = request.getfixturevalue("founded_cluster" if with_network else "cluster")
    name = f"samut_test_{next(_numbers)}"
    cluster.create_database(name, template=FOUNDED if with_network else TEMPLATE)
    # A copy of a database has its rows, and not its own grants.
    cluster.execute(f'REVOKE TEMPORARY ON DATABASE "{name}" FROM PUBLIC')
    yield cluster.url(name, user=APPLICATION)
    cluster.drop_database(name)


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh SQLite book, for what does not depend on the engine."""
    with_network = "sqlite_network" in request.fixturenames
    template = request.getfixturevalue("founded_file" if with_network else "migrated_file")
    return _sqlite_copy(template, tmp_path)


def _sqlite_copy(template: Path, folder: Path) -> str:
    file = folder / "samut.db"
    shutil.copyfile(template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Both doors lead to a fresh database, on each engine in turn."""
    engine = db.connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """Both doors lead to a fresh SQLite book."""
    engine = db.connect(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that keeps the fonts and nothing else."""
    return tmp_path_factory.mktemp("instance")


@pytest.fixture
def app(database_url: str, instance: Path) -> Iterator[Flask]:
    """The whole house over a fresh database, on each engine in turn, on 6 April 2566."""
    yield from _house(database_url, instance)


@pytest.fixture
def sqlite_app(sqlite_url: str, instance: Path) -> Iterator[Flask]:
    """The whole house over a fresh SQLite book, on 6 April 2566."""
    yield from _house(sqlite_url, instance)


@cache
def _built(instance: Path) -> Flask:
    """Put the house together once: its two hundred addresses take as long as a test."""
    nowhere = "sqlite://"
    return create_app(
        Settings(database_url=nowhere, owner_url=nowhere, secret_key="a secret", instance=instance)
    )


def _house(url: str, instance: Path) -> Iterator[Flask]:
    use_clock(lambda: NOW)
    house = _built(instance)
    db.connect(url)
    config, views = dict(house.config), dict(house.view_functions)
    house.config.update(
        SETTINGS=replace(house.config["SETTINGS"], database_url=url, owner_url=url),
        TESTING=False,
        WTF_CSRF_ENABLED=False,
        PROPAGATE_EXCEPTIONS=False,
    )
    yield house
    # Whatever a test changed of the house is as it was for the next one.
    house.config.clear()
    house.config.update(config)
    house.view_functions.clear()
    house.view_functions.update(views)
    use_clock(None)
    db.disconnect()


@pytest.fixture
def network(app: Flask) -> Network:
    """The small network, on each engine in turn."""
    assert app
    return NETWORK


@pytest.fixture
def sqlite_network(sqlite_app: Flask) -> Network:
    """The small network, in a fresh SQLite book."""
    assert sqlite_app
    return NETWORK
