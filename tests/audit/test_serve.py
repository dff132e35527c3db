"""Serving: the tables are brought up to date, the address is said, and a newer book is refused."""

import socket
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app import create_app
from ledger import db
from ledger.backup import newest_revision, revision_of
from ledger.commands import TablesAreNewer, bring_up_to_date
from ledger.db import read, write
from ledger.settings import Settings
from tests.network import found_network
from tests.postgres import APPLICATION, Cluster


class Server:
    """A server that was given a place to listen at, and does not."""

    def __init__(self, listening: socket.socket) -> None:
        self.listening = listening

    def run(self) -> None:
        """Listen to nobody."""
        self.listening.close()


def settings_for(url: str, folder: Path, *, demo: bool = False) -> Settings:
    """Give the settings of an installation in a folder."""
    return Settings(
        database_url=url, owner_url=url, secret_key="a secret", instance=folder, demo=demo
    )


def served(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Start, and give what is said."""
    monkeypatch.setattr(
        "audit.commands.create_server", lambda _app, *, sockets, **_more: Server(*sockets)
    )
    outcome = create_app(settings).test_cli_runner().invoke(args=["serve", "--port", "0"])
    db.disconnect()
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def test_a_new_book_gets_its_tables_and_is_led_to_its_first_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'samut.db'}"

    said = served(settings_for(url, tmp_path), monkeypatch)

    db.connect(url)
    assert read(revision_of) == newest_revision()
    db.disconnect()
    assert "http://127.0.0.1:" in said
    assert "/first-steps?code=" in said


def test_a_book_in_use_is_not_led_to_its_first_steps(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.connect(sqlite_url)
    write(found_network)
    db.disconnect()

    said = served(settings_for(sqlite_url, tmp_path), monkeypatch)

    assert "http://127.0.0.1:" in said
    assert "first-steps" not in said


def test_the_demo_makes_its_sample_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def steps(**_given: object) -> list[object]:
        made.append(1)
        return [found_network]

    monkeypatch.setattr("audit.commands.sample_steps", steps)
    settings = settings_for(f"sqlite:///{tmp_path / 'demo.db'}", tmp_path, demo=True)

    served(settings, monkeypatch)
    said = served(settings, monkeypatch)

    assert made == [1]
    assert "first-steps" not in said
    assert [file.name for file in tmp_path.glob("demo.new*")] == []


def test_a_taken_port_is_said_and_nothing_is_touched(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'samut.db'}"
    app = create_app(settings_for(url, tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        outcome = app.test_cli_runner().invoke(args=["serve", "--port", str(port)])
    db.disconnect()

    assert outcome.exit_code == 1
    assert f"--port {port + 1}" in outcome.output
    assert not (tmp_path / "samut.db").exists()


def test_a_book_of_a_newer_samut_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    db.connect(sqlite_url)

    with pytest.raises(TablesAreNewer):
        bring_up_to_date(settings_for(sqlite_url, tmp_path))

    db.disconnect()


def test_on_postgresql_the_owner_makes_the_tables_and_the_application_works_in_them(
    cluster: Cluster, tmp_path: Path
) -> None:
    name = "samut_brought_up"
    cluster.create_database(name)
    settings = Settings(
        database_url=cluster.url(name, user=APPLICATION),
        owner_url=cluster.url(name),
        secret_key="a secret",
        instance=tmp_path,
    )
    db.connect(settings.database_url)

    bring_up_to_date(settings)
    bring_up_to_date(settings)

    assert read(revision_of) == newest_revision()
    assert write(found_network).book_id == 1
    db.disconnect()
    cluster.drop_database(name)
