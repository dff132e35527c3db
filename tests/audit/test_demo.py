"""The sample network: complete, in order, the same each time, and apart from every real book."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.orm import Session

from app import create_app
from audit.commands import load
from audit.demo import PASSWORD, names, sample_steps
from audit.demo.steps import CLOSED, MONTHS, UNDER_REVIEW
from audit.models import Question, Settlement, SignOff
from desk.models import Collection
from ledger import db
from ledger.db import Base, read, write
from ledger.entry import EntryKind
from ledger.models import Book, Entry, Period
from ledger.roles import Role
from ledger.settings import Settings, settings_from
from ledger.verification import verify_book
from members.models import Group, GroupKind, Member, Officer, OfficerRole, Tambon, Village
from members.officers import hash_password
from members.queries import sample_officers
from tests.network import found_network, password_hash

#: What chance decides anew each time the sample is made: the salts of memos, and so the seals.
FRESH = {"seal", "previous_seal", "memo_digest", "salt", "head_seal", "seal_seen"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The sample network, made once for all tests here, which only look at it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('sample') / 'demo.db'}"
    make(url)
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _doors(made: Engine) -> Iterator[None]:
    db.connect(str(made.url))
    yield
    db.disconnect()


def make(url: str) -> None:
    """Make the sample in a new file."""
    db.upgrade(url)
    db.connect(url)
    for step in sample_steps(password_hash=password_hash()):
        write(step)
    db.disconnect()


def count(table: type[Base]) -> int:
    """Count the rows of a table."""
    return read(lambda session: session.scalar(select(func.count()).select_from(table))) or 0


def test_it_has_three_tambons_twelve_villages_and_some_six_hundred_members() -> None:
    groups = read(lambda session: session.scalars(select(Group)).all())

    assert count(Tambon) == 3
    assert count(Village) == 12
    assert [g.kind for g in groups].count(GroupKind.VILLAGE) == 12
    assert all(g.mother_book_id for g in groups if g.kind is GroupKind.VILLAGE)
    assert 590 <= count(Member) <= 640


def test_every_village_has_a_working_group_of_five_and_all_of_them_review() -> None:
    rows = read(
        lambda session: session.execute(
            select(Officer.village_code, Officer.id, OfficerRole.role, OfficerRole.group_book_id)
            .join(OfficerRole, OfficerRole.officer_id == Officer.id)
            .where(Officer.village_code.is_not(None))
        ).all()
    )
    five: dict[str, set[int]] = {}
    reviewing: dict[str, set[int]] = {}
    for village, officer, role, book in rows:
        assert village is not None
        five.setdefault(village, set()).add(officer)
        if role is Role.REVIEWER and book is None:
            reviewing.setdefault(village, set()).add(officer)

    assert {len(officers) for officers in five.values()} == {5}
    assert reviewing == five


def test_six_months_were_collected_four_are_closed_and_one_is_under_review() -> None:
    collected = read(
        lambda session: session.execute(
            select(Collection.book_id, Collection.held_on).where(Collection.posted_at.is_not(None))
        ).all()
    )
    closed = read(lambda session: session.execute(select(Period.book_id, Period.month)).all())
    signed = read(
        lambda session: session.scalar(
            select(func.count())
            .select_from(SignOff)
            .join(
                Entry,
                (Entry.book_id == SignOff.book_id) & (Entry.number == SignOff.entry_number),
            )
            .where(Entry.entered_on >= UNDER_REVIEW, Entry.entered_on < MONTHS[-1])
        )
    )

    assert len(collected) == 12 * 6
    assert {day.replace(day=1) for _book, day in collected} == set(MONTHS)
    assert len(closed) == 12 * len(CLOSED)
    assert {month for _book, month in closed} == set(CLOSED)
    assert signed


def test_mistakes_were_taken_back_people_withdrew_and_some_stayed_away() -> None:
    kinds = Counter(read(lambda session: session.scalars(select(Entry.kind)).all()))

    assert kinds[EntryKind.REVERSAL] >= 20
    assert kinds[EntryKind.WITHDRAWAL] >= 50
    assert kinds[EntryKind.CASH_DIFFERENCE] >= 3
    assert kinds[EntryKind.COLLECTION] < 614 * 6
    assert count(Settlement) > 10
    assert count(Question) == count(Settlement) + 3


def test_every_book_of_it_agrees() -> None:
    def findings(session: Session) -> list[object]:
        books = session.scalars(select(Book)).all()
        return [finding for book in books for finding in verify_book(session, book=book).findings]

    assert read(findings) == []


def test_those_at_hand_are_one_of_each_duty_and_have_the_password_of_the_page() -> None:
    people = read(sample_officers)
    page = Path("templates/members/sign_in.html").read_text(encoding="utf-8")

    assert [person.duty for person in people] == [
        Role.TREASURER,
        Role.APPROVER,
        Role.REVIEWER,
        Role.OBSERVER,
        Role.ADMINISTRATOR,
    ]
    assert people[2].village_name != people[0].village_name
    assert PASSWORD in page
    assert hash_password(PASSWORD)


def test_nothing_of_it_is_dated_later_than_its_months() -> None:
    newest = read(lambda session: session.scalar(select(func.max(Entry.entered_on))))

    assert newest is not None
    assert newest <= date(2026, 11, 20)


def test_it_is_the_same_each_time_but_for_the_seals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A village of each tambon is enough to see it."""
    monkeypatch.setattr(names, "VILLAGES", names.VILLAGES[::4])
    first, second = (create_engine(f"sqlite:///{tmp_path / name}.db") for name in ("one", "two"))

    make(str(first.url))
    make(str(second.url))

    assert everything(first) == everything(second)
    first.dispose()
    second.dispose()


def everything(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Give every row of every table without what is fresh each time."""
    rows = {}
    with engine.connect() as connection:
        for name, table in Base.metadata.tables.items():
            columns = [c.name for c in table.columns if c.name not in FRESH]
            asked = text(f"SELECT {', '.join(columns)} FROM {name} ORDER BY 1, 2, 3")
            rows[name] = sorted((tuple(row) for row in connection.execute(asked)), key=repr)
    return rows


def test_the_command_makes_it_in_its_own_file_only_and_not_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMUT_INSTANCE", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'samut.db'}")
    monkeypatch.setattr("audit.commands.sample_steps", lambda **_given: [found_network])
    own = tmp_path / "samut.db"
    db.upgrade(f"sqlite:///{own}")
    before = own.read_bytes()

    first = CliRunner().invoke(load)
    second = CliRunner().invoke(load)
    third = CliRunner().invoke(load, ["--again"])
    db.disconnect()

    assert (first.exit_code, second.exit_code, third.exit_code) == (0, 1, 0)
    assert "--again" in second.output
    assert own.read_bytes() == before
    assert sorted(file.name for file in tmp_path.glob("demo*")) == ["demo.db"]


def test_the_demo_never_opens_the_book_that_the_environment_names(tmp_path: Path) -> None:
    environment = {
        "SAMUT_INSTANCE": str(tmp_path),
        "DATABASE_URL": "postgresql://real/book",
        "DATABASE_OWNER_URL": "postgresql://owner@real/book",
    }

    settings = settings_from(environment, demo=True)

    assert settings.database_url == f"sqlite:///{tmp_path / 'demo.db'}"
    assert settings.owner_url == settings.database_url
    assert settings_from(environment).database_url == "postgresql://real/book"


def the_house(url: str, instance: Path, *, demo: bool) -> Flask:
    """Put the house together over the sample, as the demo or as a real book."""
    app = create_app(
        Settings(database_url=url, owner_url=url, secret_key="s", instance=instance, demo=demo)
    )
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def test_one_touch_signs_in_to_the_sample_and_nowhere_else(made: Engine, instance: Path) -> None:
    officer = read(sample_officers)[0]
    demo = the_house(str(made.url), instance, demo=True).test_client()
    real = the_house(str(made.url), instance, demo=False).test_client()

    offered, withheld = demo.get("/sign-in"), real.get("/sign-in")
    opened = demo.post(f"/sign-in/sample/{officer.id}")
    refused = real.post(f"/sign-in/sample/{officer.id}")

    assert officer.name in offered.text
    assert officer.name not in withheld.text
    assert PASSWORD not in withheld.text
    assert opened.status_code == 302
    assert refused.status_code == 404
