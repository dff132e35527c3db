"""The documents tell the truth: what they name exists, and what is drawn is fresh."""

import configparser
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask
from packaging.requirements import Requirement

from app import create_app
from docs.erd import erd
from ledger.db import Base
from ledger.settings import Settings

HOUSE = Path(__file__).parents[1]
DOCUMENTS = [
    *(HOUSE / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md")),
    *sorted((HOUSE / "docs").glob("*.md")),
]
#: What a file's name looks like in a document, in backticks or as a link.
FILE = re.compile(r"`([\w.-]+(?:/[\w.-]+)*(?:\.(?:py|md|cfg|toml|lock|css|html|j2|js|json)|/))`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
CONSOLE = re.compile(r"```(?:console|sh)\n(.*?)```", re.DOTALL)
FLASK = re.compile(r"flask --app app ([a-z][a-z-]*(?: [a-z][a-z-]*)?)")
#: What a command line may call that is not ours.
PROGRAMS = {"git", "uv", "pg_dump", "pg_restore"}
#: Named as examples; they are nobody's files.
EXAMPLES = {
    *("accounts.csv", "opening.csv", "vouchers.csv", "kinds.csv", "book.jsonl"),
    "migrations/versions/0005_what_is_now_true.py",
}
PYTHON = {"python", ".venv-check/bin/python"}


def ids(path: Path) -> str:
    """Name a document in the report."""
    return str(path.relative_to(HOUSE))


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> click.Group:
    """The commands of the house."""
    folder = tmp_path_factory.mktemp("house")
    url = f"sqlite:///{folder / 'none.db'}"
    house: Flask = create_app(
        Settings(database_url=url, owner_url=url, secret_key="s", instance=folder)
    )
    return house.cli


def test_the_diagram_of_the_tables_is_the_tables() -> None:
    drawn = (HOUSE / "docs" / "erd.md").read_text(encoding="utf-8")

    assert drawn == erd(Base.metadata), "run: python -m docs.erd > docs/erd.md"


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = {*FILE.findall(text), *LINK.findall(text)} - EXAMPLES

    missing = [name for name in sorted(named) if not _exists(name, beside=document)]

    assert missing == []


def _exists(name: str, *, beside: Path) -> bool:
    """Tell whether there is such a file: from the house, the document, or in any package."""
    if (HOUSE / name).exists() or (beside.parent / name).exists():
        return True
    packages = ("ledger", "members", "loans", "desk", "audit", "migrations", "templates", "static")
    return any((HOUSE / package / name).exists() for package in packages)


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_every_command_that_a_document_names_exists(document: Path, cli: click.Group) -> None:
    unknown = []
    for words in FLASK.findall(document.read_text(encoding="utf-8")):
        first, _blank, second = words.partition(" ")
        command = cli.commands.get(first)
        known = command is not None
        if isinstance(command, click.Group) and second:
            known = second in command.commands
        if not known:
            unknown.append(words)

    assert unknown == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_every_line_to_type_is_a_command_with_options_that_it_has(
    document: Path, cli: click.Group
) -> None:
    wrong = []
    for line in lines_to_type(document):
        words = [word for word in shlex.split(line) if not re.fullmatch(r"[A-Z_]+=\S*", word)]
        program, arguments = words[0], words[1:]
        if program.endswith("flask") or program == "flask":
            wrong += [f"{line}: {fault}" for fault in faults_of(cli, arguments[2:])]
        elif program.startswith("./"):
            if not os.access(HOUSE / program, os.X_OK):
                wrong.append(f"{line}: no such program")
        elif program in PYTHON:
            if not _is_ours(arguments):
                wrong.append(f"{line}: no such module")
        elif program not in PROGRAMS:
            wrong.append(f"{line}: what is {program}?")

    assert wrong == []


def lines_to_type(document: Path) -> Iterator[str]:
    """Give the lines that a document asks to type, those that go on put together."""
    for block in CONSOLE.findall(document.read_text(encoding="utf-8")):
        whole = block.replace("\\\n", " ")
        marked = re.findall(r"^\$ (.*)$", whole, re.MULTILINE)
        yield from marked or [line for line in whole.splitlines() if line.strip()]


def faults_of(cli: click.Group, arguments: list[str]) -> list[str]:
    """Tell what is wrong with the arguments of a command of ours."""
    command: click.Command = cli
    while isinstance(command, click.Group) and arguments and arguments[0] != "--help":
        found = command.commands.get(arguments[0])
        if found is None:
            return [f"no command {arguments[0]}"]
        command, arguments = found, arguments[1:]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    return [f"no option {word}" for word in arguments if word[:2] == "--" and word not in known]


def _is_ours(arguments: list[str]) -> bool:
    if arguments[0] == "-m":
        module = arguments[1]
        return module == "pytest" or (HOUSE / f"{module.replace('.', '/')}.py").exists()
    return (HOUSE / arguments[0]).exists()


@pytest.mark.parametrize("script", ["start", "check"])
def test_the_two_commands_are_plain_sh(script: str) -> None:
    assert (HOUSE / script).read_text(encoding="utf-8").startswith("#!/bin/sh\n")

    read = subprocess.run(["sh", "-n", HOUSE / script], capture_output=True, check=False)

    assert read.returncode == 0, read.stderr


def test_continuous_integration_runs_the_one_gate() -> None:
    script = HOUSE / ".ci" / "run"

    assert "exec ./check" in script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)


def wanted() -> dict[str, list[Requirement]]:
    """Give what setup.cfg asks for, by extra; "" is what is always needed."""
    config = configparser.ConfigParser()
    config.read(HOUSE / "setup.cfg", encoding="utf-8")

    def of(text: str) -> list[Requirement]:
        return [Requirement(line) for line in text.strip().splitlines()]

    extras = config["options.extras_require"]
    return {"": of(config["options"]["install_requires"])} | {e: of(extras[e]) for e in extras}


def locked(name: str) -> dict[str, str]:
    """Give what a lock holds: each package's version, by its name."""
    lines = (HOUSE / name).read_text(encoding="utf-8").splitlines()
    pins = (re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([^ ;]+)", line) for line in lines)
    return {_plain(pin[1]): pin[2] for pin in pins if pin}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("requirements.lock", [""]),
        ("requirements-postgres.lock", ["", "postgres"]),
        ("requirements-dev.lock", ["", "postgres", "test", "lint"]),
    ],
)
def test_each_lock_holds_what_setup_cfg_asks_for(lock: str, extras: list[str]) -> None:
    pins, asked = locked(lock), wanted()

    missing = [
        f"{requirement} (has {pins.get(_plain(requirement.name))})"
        for extra in extras
        for requirement in asked[extra]
        if not requirement.specifier.contains(pins.get(_plain(requirement.name), "0"))
    ]

    assert missing == []


def test_the_locks_agree_with_each_other_and_every_pin_has_a_hash() -> None:
    run, postgres, dev = (locked(f"requirements{name}.lock") for name in ("", "-postgres", "-dev"))

    assert run.items() <= postgres.items()
    assert run.items() <= dev.items()
    for name in ("requirements.lock", "requirements-postgres.lock", "requirements-dev.lock"):
        text = (HOUSE / name).read_text(encoding="utf-8")
        pins = re.split(r"^(?=[\w.-]+(?:\[[\w,-]+\])?==)", text, flags=re.MULTILINE)[1:]
        assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
        assert "://" not in text
