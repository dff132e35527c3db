"""Post, take back, repeat and close in any order: the book stays whole and at zero.

The machine opens its own sessions through the doors, as the house does; beside the book it keeps a
plain model of what should be in it.
"""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from docs import check_seal
from ledger import queries, services
from ledger.db import read, write
from ledger.entry import credit, debit
from ledger.exports import sealed_export
from ledger.models import Posting
from ledger.money import Satang
from ledger.period import PeriodClosed
from ledger.reports import AccountBalance, trial_balance
from ledger.seal import long_form
from ledger.verification import Verified, verify_book
from tests.ledger.books import (
    BANK,
    BOONMEE,
    CASH,
    MALEE,
    SOMSRI,
    STATIONERY,
    WELFARE,
    WELFARE_CASH,
    book_of,
    entry,
    open_small_book,
    post,
)


class ABookInAnyOrder(RuleBasedStateMachine):
    """Post, take back, repeat and close in any order: the book stays whole and at zero.

    The model beside it is a plain list: what was posted, by key.
    """

    count = 0

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2023, 1, 2, 3, 0, tzinfo=UTC)
        self.keys: dict[str, list[Any]] = {}
        self.balances: dict[int, int] = {}
        self.entries = 0
        self.taken_back: set[int] = set()
        self.reversals: set[int] = set()
        self.closed: date | None = None
        self.closed_figures: list[AccountBalance] = []
        self.printed: list[str] = []
        self.book_id = 0

    @initialize()
    def open(self) -> None:
        """Open a book of its own in the database that is there."""
        ABookInAnyOrder.count += 1
        self.book_id = write(lambda s: open_small_book(s, code=f"B{ABookInAnyOrder.count}"))

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
        period = write(
            lambda s: services.close_period(
                s, book_id=self.book_id, month=ended, closed_by=MALEE, closed_at=self.now
            )
        )
        self.closed = ended
        self.closed_figures = read(self._figures_of_the_closed_month)
        if period.head_number:
            self.printed.append(f"{period.head_number}:{long_form(period.head_seal)}")

    def _figures_of_the_closed_month(self, session: Session) -> list[AccountBalance]:
        assert self.closed is not None
        return queries.balances_of_months(
            session, book_id=self.book_id, first=self.closed, last=self.closed
        )

    @invariant()
    def a_closed_month_keeps_its_figures(self) -> None:
        """What was closed reads the same, whatever is posted and taken back later."""
        if self.closed is not None:
            assert read(self._figures_of_the_closed_month) == self.closed_figures

    def teardown(self) -> None:
        """A stranger's checker agrees with the whole book and with every seal that was printed."""
        if not self.book_id:
            return
        export = read(
            lambda s: b"".join(sealed_export(s, book=book_of(s, self.book_id))).splitlines()
        )
        for printed in ("", *self.printed):
            assert check_seal.check(export, printed).startswith(f"agrees: {self.entries} entries")

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


def run_the_machine(*, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        ABookInAnyOrder,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_post_reverse_and_close_in_any_order_keep_the_book_whole(sqlite_engine: Engine) -> None:
    run_the_machine(examples=30, steps=50)

    assert read(lambda session: len(queries.books(session))) >= 30


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_they_keep_it_whole_on_postgresql_too(engine: Engine) -> None:
    run_the_machine(examples=5, steps=15)

    assert read(lambda session: len(queries.books(session))) >= 1
