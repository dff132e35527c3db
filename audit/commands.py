"""The commands of the top floor: serve the whole house, and make the sample network."""

import errno
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, with_appcontext
from waitress.server import create_server

from audit.demo import PASSWORD, sample_steps
from ledger import db
from ledger.backup import revision_of
from ledger.commands import bring_up_to_date
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.settings import Settings, settings_from
from members.officers import first_steps_code, hash_password, is_new

#: A slow telephone holds a connection, not a thread; a document is printed by one of them.
THREADS = 8


@click.command()
@click.option("--demo", is_flag=True, help="Serve the sample network, never the group's own book.")
@click.option("--host", envvar="SAMUT_HOST", default="127.0.0.1", show_default=True)
@click.option(
    "--port", envvar="SAMUT_PORT", default=8080, show_default=True, type=click.IntRange(0, 65535)
)
@with_appcontext
def serve(*, demo: bool, host: str, port: int) -> None:
    """Bring the tables up to date, say where the pages are, and serve them."""
    app = _app_of(demo=demo)
    settings: Settings = app.config["SETTINGS"]
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        click.echo(f"พอร์ต {port} มีโปรแกรมอื่นใช้อยู่ ลอง ./start --port {port + 1}", err=True)
        sys.exit(1)
    scheme = "https" if settings.behind_tls else "http"
    server = create_server(
        app, sockets=[listening], threads=THREADS, ident="Samut", url_scheme=scheme
    )
    try:
        _prepare(settings)
    except DomainError as refusal:
        click.echo(refusal.sentence(), err=True)
        sys.exit(1)
    address = f"http://{host}:{listening.getsockname()[1]}"
    click.echo(f"สมุตเปิดอยู่ที่ · Samut is at  {address}  (Ctrl+C ปิด · stops)")
    if read(is_new):
        code = first_steps_code(settings.secret_key)
        click.echo(f"ตั้งค่าครั้งแรกที่ · first steps at  {address}/first-steps?code={code}")
    server.run()


def _app_of(*, demo: bool) -> Flask:
    """Give the application, or, when the sample is asked for, one that stands on the sample."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    if demo and not app.config["SETTINGS"].demo:
        os.environ["SAMUT_DEMO"] = "1"
        return ScriptInfo(app_import_path="app:create_app").load_app()
    return app


def _prepare(settings: Settings) -> None:
    """Make the tables, and the sample where it is served and is not there yet.

    Raises:
        TablesAreNewer: A newer Samut made them.
    """
    bring_up_to_date(settings)
    if settings.demo and read(is_new):
        _make_sample(settings)


@click.group()
def demo() -> None:
    """The sample network, on which everybody may practise."""


@demo.command()
@click.option("--again", is_flag=True, help="Throw away what was practised and make it anew.")
def load(*, again: bool) -> None:
    """Make the sample network, always in instance/demo.db and never in a real book."""
    settings = settings_from(os.environ, demo=True)
    db.connect(settings.database_url)
    if read(revision_of) is not None and not read(is_new) and not again:
        click.echo("มีเครือข่ายตัวอย่างอยู่แล้ว สั่ง demo load --again เพื่อทิ้งและสร้างใหม่", err=True)
        sys.exit(1)
    _make_sample(settings)


def _make_sample(settings: Settings) -> None:
    """Make the sample beside its place and put it there whole, so that half of it never stays."""
    began = time.monotonic()
    click.echo("กำลังสร้างเครือข่ายตัวอย่าง สมมติขึ้นทั้งหมด · making the sample network", err=True)
    file = settings.instance / "demo.db"
    beside = file.with_suffix(".new")
    db.disconnect()
    _throw_away(beside)
    db.upgrade(f"sqlite:///{beside}")
    db.connect(f"sqlite:///{beside}")
    steps = list(sample_steps(password_hash=hash_password(PASSWORD)))
    bar: Any
    with click.progressbar(steps, file=sys.stderr) as bar:
        for step in bar:
            write(step)
    db.disconnect()
    _throw_away(file)
    beside.replace(file)
    _throw_away(beside)
    db.connect(settings.database_url)
    click.echo(f"พร้อมแล้ว {time.monotonic() - began:.0f} วินาที", err=True)


def _throw_away(file: Path) -> None:
    """Remove a book with what SQLite keeps beside it, which must never meet another book."""
    for ending in ("", "-journal", "-wal", "-shm"):
        Path(f"{file}{ending}").unlink(missing_ok=True)


COMMANDS: list[click.Command] = [serve, demo]
