"""Verification finds what the locks did not keep out, and names the first entry that disagrees.

The tampering is done as somebody would who has the file: on a connection without guard or triggers.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from ledger import db, queries, services
from ledger.db import read, write
from ledger.entry import credit, debit
from ledger.models import Posting
from ledger.money import Satang
from ledger.period import PeriodClosed
from ledger.reports import trial_balance
from ledger.seal import first_seal
from ledger.verification import Finding, Verified, verify_book
from tests.ledger.books import (
    BANK,
    BOONMEE,
    CASH,
    MALEE,
    PLEDGES,
    SOMSRI,
    STATIONERY,
    WELFARE,
    WELFARE_CASH,
    book_of,
    entry,
    open_small_book,
    pledge_paid,
    post,
    welfare_paid,
)

MAY_2 = datetime(2023, 5, 2, 2, 0, tzinfo=UTC)


@dataclass
class Tampered:
    """A book whose file somebody has in his hands."""

    file: str
    book_id: int

    def run(self, *statements: str) -> None:
        """Change the file with every lock taken off."""
        with closing(sqlite3.connect(self.file)) as connection:
            triggers = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for (name,) in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def verified(self) -> Verified:
        """Verify the book."""
        return read(lambda session: verify_book(session, book=book_of(session, self.book_id)))


@pytest.fixture
def tampered(sqlite_engine: Engine) -> Tampered:
    """A book with five entries, one taken back, a memo and a closed month."""

    def fill(session: Session) -> int:
        book_id = open_small_book(session)
        post(
            session,
            book_id,
            [
                pledge_paid(100_00, memo="สัจจะเดือนเมษายน"),
                pledge_paid(200_00, saver=BOONMEE),
                welfare_paid(30_00),
            ],
            key="april",
        )
        services.close_period(
            session, book_id=book_id, month=date(2023, 4, 1), closed_by=MALEE, closed_at=MAY_2
        )
        services.reverse_entry(
            session,
            book_id=book_id,
            number=2,
            entered_on=date(2023, 5, 1),
            memo="",
            idempotency_key="back",
            posted_by=MALEE,
            posted_at=MAY_2,
        )
        post(
            session,
            book_id,
            [pledge_paid(20_00, saver=BOONMEE, on=date(2023, 5, 2))],
            key="may",
            posted_at=MAY_2,
        )
        return book_id

    book_id = write(fill)
    file = sqlite_engine.url.database
    assert file is not None
    return Tampered(file, book_id)


def test_a_book_that_nobody_touched_agrees(tampered: Tampered) -> None:
    verified = tampered.verified()

    assert (verified.entries, verified.postings, verified.findings) == (5, 10, ())
    assert verified.book_code == "KHP06"


def test_an_empty_book_agrees(engine: Engine, book_id: int) -> None:
    verified = read(lambda session: verify_book(session, book=book_of(session, book_id)))

    assert (verified.entries, verified.findings) == (0, ())
    assert verified.head_seal == first_seal("KHP06")


@pytest.mark.parametrize(
    ("statement", "number", "words"),
    [
        ("UPDATE ledger_entries SET kind = 'expense' WHERE number = 3", 3, "its seal"),
        ("UPDATE ledger_entries SET entered_on = '2023-04-05' WHERE number = 3", 3, "its seal"),
        ("UPDATE ledger_entries SET reference = 'x' WHERE number = 2", 2, "its seal"),
        ("UPDATE ledger_entries SET posted_by = '9' WHERE number = 1", 1, "its seal"),
        ("UPDATE ledger_entries SET approved_by = '9' WHERE number = 1", 1, "its seal"),
        ("UPDATE ledger_entries SET memo_digest = x'' WHERE number = 1", 1, "its seal"),
        ("UPDATE ledger_entries SET amount_satang = 1 WHERE number = 4", 4, "balance"),
        ("UPDATE ledger_entries SET previous_seal = seal WHERE number = 4", 4, "not linked"),
        ("UPDATE ledger_entries SET seal = x'00' WHERE number = 2", 2, "its seal"),
        ("UPDATE ledger_entries SET reverses_number = 5 WHERE number = 4", 4, "later entry"),
        (
            (
                "UPDATE ledger_entries SET recorded_at = '2023-01-01T00:00:00.000000Z'"
                " WHERE number = 3"
            ),
            3,
            "recorded before",
        ),
        ("UPDATE ledger_entries SET entered_on = '2023-04-30' WHERE number = 5", 5, "closed"),
        ("DELETE FROM ledger_entries WHERE number = 3", 3, "missing"),
        ("DELETE FROM ledger_entries WHERE number = 5", 5, "without an entry"),
        ("DELETE FROM ledger_postings WHERE entry_number = 3", 3, "balance"),
        ("DELETE FROM ledger_postings WHERE entry_number = 3 AND line = 1", 3, "line 1"),
        ("UPDATE ledger_postings SET account_id = 77 WHERE entry_number = 2 AND line = 2", 2, "2"),
        (
            (
                f"UPDATE ledger_postings SET account_id = {PLEDGES}"
                " WHERE entry_number = 2 AND line = 2"
            ),
            2,
            "wrong fund",
        ),
        (
            "UPDATE ledger_postings SET fund = 'WEL' WHERE entry_number = 2 AND line = 2",
            2,
            "wrong fund",
        ),
        (
            (
                "UPDATE ledger_postings SET amount_satang = amount_satang + 1"
                " WHERE entry_number = 2 AND line = 1"
            ),
            2,
            "balance",
        ),
        (
            "UPDATE ledger_postings SET amount_satang = amount_satang * 2 WHERE entry_number = 2",
            2,
            "balance",
        ),
        ("UPDATE ledger_accounts SET code = '31020-9999' WHERE id = 10", 1, "its seal"),
        (
            "UPDATE ledger_postings SET balance_after_satang = 1 WHERE entry_number = 4 AND n > 1",
            4,
            "running balance",
        ),
        ("UPDATE ledger_memos SET text = 'อื่น' WHERE entry_number = 1", 1, "memo"),
        ("UPDATE ledger_periods SET head_seal = x'00'", 3, "at the close"),
    ],
)
def test_the_first_entry_that_disagrees_is_named(
    tampered: Tampered, statement: str, number: int, words: str
) -> None:
    tampered.run(statement)

    findings = tampered.verified().findings

    assert findings[0].entry_number == number, findings
    assert words in findings[0].what
    assert findings[0].thai


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE ledger_books SET head_number = 4", "the head says 4"),
        ("UPDATE ledger_books SET head_seal = x'00'", "the head says 5"),
        ("UPDATE ledger_accounts SET balance_satang = 1 WHERE id = 1", "account 11010"),
        ("UPDATE ledger_accounts SET n = 9 WHERE id = 1", "account 11010"),
        ("UPDATE ledger_accounts SET kind = 'income' WHERE id = 10", "its control account"),
        ("UPDATE ledger_month_balances SET debit_satang = 1 WHERE account_id = 1", "its months"),
        ("DELETE FROM ledger_month_balances WHERE account_id = 1", "its months"),
        (
            "INSERT INTO ledger_month_balances VALUES (1, 9, '2023-04-01', 0, 5, 5)",
            "account number 9",
        ),
        ("UPDATE ledger_keys SET last_number = 9", "keys"),
    ],
)
def test_what_the_book_keeps_beside_its_entries_is_derived_anew(
    tampered: Tampered, statement: str, words: str
) -> None:
    tampered.run(statement)

    findings = tampered.verified().findings

    assert findings
    assert any(words in finding.what for finding in findings), findings
    assert all(finding.entry_number is None for finding in findings)


def test_cutting_the_tail_is_seen_while_the_head_is_kept(tampered: Tampered) -> None:
    tampered.run(
        "DELETE FROM ledger_postings WHERE entry_number = 5",
        "DELETE FROM ledger_entries WHERE number = 5",
    )

    (finding, *_others) = tampered.verified().findings

    assert finding.what == "the head says 5, the last entry is 4"


def test_an_erased_memo_is_not_a_fault(tampered: Tampered) -> None:
    tampered.run("UPDATE ledger_memos SET text = NULL, salt = NULL")

    assert tampered.verified().findings == ()


class ABookInAnyOrder(RuleBasedStateMachine):
    """Post, take back, repeat and close in any order: the book stays whole and at zero.

    The model beside it is a plain list: what was posted, by key.
    """

    file: str

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2023, 1, 2, 3, 0, tzinfo=UTC)
        self.keys: dict[str, list[Any]] = {}
        self.balances: dict[int, int] = {}
        self.entries = 0
        self.taken_back: set[int] = set()
        self.reversals: set[int] = set()
        self.closed: date | None = None
        self.drafts: list[Any] = []
        self.book_id = 0

    @initialize()
    def open(self) -> None:
        """Open a book of its own in the database that is there."""
        ABookInAnyOrder.count += 1
        self.book_id = write(lambda s: open_small_book(s, code=f"B{ABookInAnyOrder.count}"))

    count = 0

    def _post(self, drafts: list[Any], key: str) -> None:
        work = lambda s: post(s, self.book_id, drafts, key=key, posted_at=self.now)  # noqa: E731
        if self.closed is not None and any(
            d.entered_on.replace(day=1) <= self.closed for d in drafts
        ):
            with pytest.raises(PeriodClosed):
                write(work)
            return
        after = dict(self.balances)
        for draft in drafts:
            for posting in draft.postings:
                after[posting.account_id] = after.get(posting.account_id, 0) + posting.amount
        boxes = (CASH, WELFARE_CASH)
        if any(after.get(box, 0) < 0 for box in boxes) or any(
            after.get(saver, 0) > 0 for saver in (SOMSRI, BOONMEE)
        ):
            with pytest.raises(services.BalanceTooLow):
                write(work)
            return
        batch = write(work)
        assert list(batch.numbers) == list(range(self.entries + 1, self.entries + 1 + len(drafts)))
        self.entries += len(drafts)
        self.drafts += drafts
        self.balances = after
        self.keys[key] = drafts

    @rule(
        lines=st.lists(
            st.tuples(
                st.sampled_from(
                    [
                        (CASH, SOMSRI, "SAV"),
                        (CASH, BOONMEE, "SAV"),
                        (SOMSRI, CASH, "SAV"),
                        (BANK, CASH, "SAV"),
                        (STATIONERY, CASH, "SAV"),
                        (WELFARE_CASH, WELFARE, "WEL"),
                    ]
                ),
                st.integers(1, 500_00),
                st.integers(0, 70),
            ),
            min_size=1,
            max_size=4,
        )
    )
    def post_some(self, lines: list[tuple[tuple[int, int, str], int, int]]) -> None:
        """Post a batch, some of it dated late."""
        today = self.now.date()
        drafts = [
            entry(
                debit(debited, fund, Satang(amount)),
                credit(credited, fund, Satang(amount)),
                on=date.fromordinal(today.toordinal() - late),
            )
            for (debited, credited, fund), amount, late in lines
        ]
        self._post(drafts, f"key {len(self.keys)} {self.entries}")

    @rule(pick=st.randoms(use_true_random=False))
    def send_again(self, pick: Any) -> None:
        """Send a request that was answered before."""
        if self.keys:
            key = pick.choice(sorted(self.keys))
            drafts = self.keys[key]
            again = write(lambda s: post(s, self.book_id, drafts, key=key, posted_at=self.now))
            assert again.replayed

    @rule(pick=st.randoms(use_true_random=False))
    def take_back(self, pick: Any) -> None:
        """Take an entry back, unless it was before."""
        if not self.entries:
            return
        number = pick.randint(1, self.entries)
        if number in self.reversals:
            with pytest.raises(services.ReversalOfReversal):
                read(lambda s: self._mirror(s, number))
            return
        draft = read(lambda s: self._mirror(s, number))
        if number in self.taken_back:
            with pytest.raises(services.AlreadyReversed):
                write(lambda s: post(s, self.book_id, [draft], key="again", posted_at=self.now))
            return
        before = self.entries
        self._post([draft], f"back {number} {self.entries}")
        if self.entries > before:
            self.taken_back.add(number)
            self.reversals.add(self.entries)

    def _mirror(self, session: Session, number: int) -> Any:
        return services.reversal_draft(
            session,
            book_id=self.book_id,
            number=number,
            entered_on=self.now.date(),
            memo="ลงผิด",
        )

    @rule(months=st.integers(1, 2))
    def close(self, months: int) -> None:
        """Let a month or two pass and close the one before the newest."""
        for _month in range(months):
            self.now = self.now.replace(
                year=self.now.year + self.now.month // 12, month=self.now.month % 12 + 1
            )
        ended = date.fromordinal(self.now.date().replace(day=1).toordinal() - 1).replace(day=1)
        write(
            lambda s: services.close_period(
                s, book_id=self.book_id, month=ended, closed_by=MALEE, closed_at=self.now
            )
        )
        self.closed = ended

    @invariant()
    def the_book_is_whole(self) -> None:
        """Verify agrees, every fund is at zero, and balances are those of the model."""
        if not self.book_id:
            return

        def look(session: Session) -> tuple[Verified, list[int], int, dict[int, int]]:
            funds = session.scalars(
                select(func.sum(Posting.amount_satang))
                .where(Posting.book_id == self.book_id)
                .group_by(Posting.fund)
            )
            balances = queries.balances_now(session, book_id=self.book_id)
            return (
                verify_book(session, book=book_of(session, self.book_id)),
                [int(fund) for fund in funds],
                trial_balance(balances).difference,
                {b.account_id: b.closing for b in balances if b.closing},
            )

        verified, funds, difference, balances = read(look)
        assert verified.findings == ()
        assert verified.entries == self.entries
        assert not any(funds)
        assert difference == 0
        assert balances == {k: v for k, v in self.balances.items() if v}


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_post_reverse_and_close_in_any_order_keep_the_book_whole(
    engine: Engine, database_url: str
) -> None:
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415

    examples = 12 if engine.dialect.name == "sqlite" else 6
    run_state_machine_as_test(
        ABookInAnyOrder,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert read(lambda session: len(queries.books(session))) >= 1


def test_a_finding_names_its_book() -> None:
    finding = Finding("KHP06", 3, "entry 3: gone", "หายไป")

    assert (finding.book_code, finding.entry_number) == ("KHP06", 3)
    assert db.MOST_TRIES > 1
