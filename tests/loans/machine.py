"""The life of a loan in any order: paid out, paid, changed, taken back; the card is the account.

Run it for longer than the tests do, on either engine, and see what it did::

    python -m tests.loans.machine --steps 10000
    python -m tests.loans.machine --steps 10000 --engine postgres
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import db
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.models import Entry, Posting
from ledger.money import Satang
from loans.interest import interest_for_month
from loans.kinds import EventKind, State, Through
from loans.models import Loan, LoanEvent, Plan
from loans.queries.loans import (
    accounts_of_loan,
    events_of,
    loan_view,
    stages_of,
    standing_of,
    standings_of,
)
from loans.queries.plans import default_rule, holding_plan
from loans.schedule import Counting, Every, Grace, Method, RateEffect, Terms
from loans.services.arrears import add_cost, write_off
from loans.services.changing import change_rate, compromise, restructure, take_holiday
from loans.services.lending import PayoutOrder, PlannedStage, disburse
from loans.services.repaying import repay, reverse_event
from loans.standing import Standing
from tests.loans.lent import BOONMEE, MALEE, balance_of, fill_box, findings, grant, terms
from tests.network import NETWORK, found_network

#: The purse is full enough for whatever is lent.
IN_THE_BOX = 900_000_000_00
FIRST_DAY = date(2023, 1, 5)
BOOK = NETWORK.book_id
PAYING = {EventKind.REPAID, EventKind.OFFSET}
#: What changes a plan by a satang or so where a period is counted by the month and then cut.
A_FEW_SATANG = 5
HIGHEST_RATE = 150_000


class ALoanInAnyOrder(RuleBasedStateMachine):
    """Beside the loan stands nothing but its account: whatever happens, both say the same."""

    steps: ClassVar[int] = 0
    most_steps: ClassVar[int] = sys.maxsize
    did: ClassVar[Counter[str]] = Counter()
    keys: ClassVar[Any] = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.today = FIRST_DAY
        self.loan_id = 0

    @initialize(
        amount=st.integers(1_000_00, 60_000_00),
        instalments=st.integers(1, 24),
        method=st.sampled_from([m for m in Method if m is not Method.SEASONAL]),
        counting=st.sampled_from(Counting),
        every=st.sampled_from([Every.MONTH, Every.WEEK]),
        rate_ppm=st.sampled_from([0, 60_000, 75_000]),
        rounding=st.sampled_from([1, 100]),
        grace=st.sampled_from(Grace),
        day=st.integers(1, 31),
        stages=st.integers(1, 3),
    )
    def open(
        self,
        amount: int,
        instalments: int,
        method: Method,
        counting: Counting,
        every: Every,
        rate_ppm: int,
        rounding: int,
        grace: Grace,
        day: int,
        stages: int,
    ) -> None:
        """Grant a loan of any kind, to be paid out at once or in stages."""
        first_due_on = FIRST_DAY + timedelta(days=day)
        agreed = replace(
            terms(
                amount,
                instalments=instalments,
                rate_ppm=rate_ppm,
                method=method,
                counting=counting,
                every=every,
                first_due_on=first_due_on,
            ),
            rounding_multiple=Satang(rounding),
            grace=grace if instalments > 2 else Grace.NONE,
            grace_instalments=2 if grace is not Grace.NONE and instalments > 2 else 0,
        )
        parts = [amount // stages] * (stages - 1)
        parts.append(amount - sum(parts))
        planned = tuple(
            PlannedStage(FIRST_DAY, Satang(part), f"งวดงานที่ {n}", "ช่างสมพงษ์", Satang(0))
            for n, part in enumerate(parts, start=1)
        )
        try:
            loan = write(
                lambda s: grant(
                    s,
                    book_id=BOOK,
                    agreed=agreed,
                    stages=planned if stages > 1 else (),
                )
            )
        except DomainError as refusal:
            self._count(f"grant refused: {type(refusal).__name__}")
            return
        self.loan_id = loan.id
        self._try("pay out", self._pay_out)

    # ------------------------------------------------------------ what may happen

    @precondition(lambda self: self.loan_id)
    @rule(days=st.integers(1, 50))
    def time_passes(self, days: int) -> None:
        """Days go by."""
        self.today += timedelta(days=days)
        self._count("time")

    @precondition(lambda self: self.loan_id)
    @rule(really=st.integers(0, 2))
    def pay_out(self, really: int) -> None:
        """Pay the next stage out, or all of it, also a second time."""
        if really and not self._waits():
            return
        self._try("pay out", self._pay_out)

    @precondition(lambda self: self.loan_id)
    @rule(hundredths=st.integers(1, 130), what=st.sampled_from(["due", "row", "all"]))
    def pay(self, hundredths: int, what: str) -> None:
        """Pay early, in part, over, or more than pays it off."""
        now = self._now()
        if now is None:
            return
        of = {"due": now.due_now, "row": now.due_this_period, "all": now.settlement}[what]
        amount = max(1, of * hundredths // 100)
        self._try(f"pay {what}", lambda s: self._pay(s, amount))

    @precondition(lambda self: self.loan_id)
    @rule()
    def pay_what_is_due(self) -> None:
        """Pay just what is asked for up to the next due day."""
        now = self._now()
        if now is not None:
            self._try("pay the row", lambda s: self._pay(s, now.due_this_period))

    @precondition(lambda self: self.loan_id)
    @rule(really=st.integers(0, 5))
    def pay_off(self, really: int) -> None:
        """Pay all of it, to exactly zero, now and then."""
        if really:
            return
        now = self._now()
        if now is None:
            return
        if self._try("pay off", lambda s: self._pay(s, now.settlement)):
            view = read(lambda s: loan_view(s, book_id=BOOK, loan_id=self.loan_id))
            assert view.state is State.REPAID
            assert view.outstanding == 0

    @precondition(lambda self: self.loan_id)
    @rule(pick=st.integers(0, 30), later=st.booleans())
    def take_back(self, pick: int, later: bool) -> None:  # noqa: FBT001
        """Take anything back that ever happened."""
        events = read(lambda s: events_of(s, book_id=BOOK, loan_id=self.loan_id))
        if not events:
            return
        event = events[-1 - pick % len(events)]
        on = self.today if later else max(event.happened_on, self._last_day())
        self._try(f"take back {event.kind}", lambda s: self._reverse(s, event.n, on))

    @precondition(lambda self: self.loan_id)
    @rule(hundredths=st.integers(1, 99))
    def pay_and_take_back(self, hundredths: int) -> None:
        """What is paid and taken back on the same day leaves all as it was."""
        before = self._now()
        if before is None:
            return
        amount = max(1, before.settlement * hundredths // 100)
        if self._try("pay, to take back", lambda s: self._pay(s, amount)):
            events = read(lambda s: events_of(s, book_id=BOOK, loan_id=self.loan_id))
            assert self._try("take back", lambda s: self._reverse(s, events[-1].n, self.today))
            after = self._now()
            assert after is not None
            assert after.settlement == before.settlement
            assert after.overdue == before.overdue
            assert after.current == before.current

    @precondition(lambda self: self.loan_id)
    @rule(
        rate_ppm=st.sampled_from([0, 30_000, 60_000, 80_000, 150_000]),
        effect=st.sampled_from(RateEffect),
        ahead=st.sampled_from([0, 0, 0, 20, 45]),
    )
    def another_rate(self, rate_ppm: int, effect: RateEffect, ahead: int) -> None:
        """Change the rate from today on, or from a later day."""
        since = self.today + timedelta(days=ahead)
        self._settles_the_same(
            "change the rate",
            lambda s: change_rate(
                s,
                book_id=BOOK,
                loan_id=self.loan_id,
                annual_rate_ppm=rate_ppm,
                since=since,
                effect=effect,
                resolution=self._resolution(),
                by=MALEE,
                approved_by=BOONMEE,
                at=self._at,
            ),
        )

    @precondition(lambda self: self.loan_id)
    @rule(
        days=st.integers(10, 120),
        waives=st.sampled_from([Grace.ALL, Grace.PRINCIPAL]),
        ahead=st.sampled_from([0, 0, 15]),
    )
    def rest(self, days: int, waives: Grace, ahead: int) -> None:
        """Rest from paying for some time."""
        since = self.today + timedelta(days=ahead)
        self._settles_the_same(
            "rest",
            lambda s: take_holiday(
                s,
                book_id=BOOK,
                loan_id=self.loan_id,
                since=since,
                until=since + timedelta(days=days),
                waives=waives,
                resolution=self._resolution(),
                by=MALEE,
                approved_by=BOONMEE,
                at=self._at,
            ),
        )

    @precondition(lambda self: self.loan_id)
    @rule(instalments=st.integers(1, 20), counting=st.sampled_from(Counting))
    def another_plan(self, instalments: int, counting: Counting) -> None:
        """Agree on a new plan for what is owed."""
        now = self._now()
        if now is None:
            return
        self._settles_the_same(
            "restructure",
            lambda s: restructure(
                s,
                book_id=BOOK,
                loan_id=self.loan_id,
                terms=self._new_terms(now.outstanding, instalments, counting),
                starts_on=self.today,
                resolution=self._resolution(),
                by=MALEE,
                approved_by=BOONMEE,
                at=self._at,
            ),
        )

    @precondition(lambda self: self.loan_id)
    @rule(
        principal=st.sampled_from([0, 0, 5, 30, 30, 60, 100]),
        interest=st.integers(0, 100),
        instalments=st.integers(0, 6),
    )
    def forgive(self, principal: int, interest: int, instalments: int) -> None:
        """Forgive a part of what is owed."""
        now = self._now()
        if now is None:
            return
        forgiven = Satang(now.outstanding * principal // 100)
        owed = now.overdue_interest + now.accrued_interest + now.default_interest
        rest = Satang(now.outstanding - forgiven)
        agreed = self._new_terms(rest, instalments, Counting.MONTH) if instalments else None
        self._try(
            "compromise",
            lambda s: compromise(
                s,
                book_id=BOOK,
                loan_id=self.loan_id,
                forgiven_principal=forgiven,
                forgiven_interest=Satang(owed * interest // 100),
                terms=agreed,
                on=self.today,
                resolution=self._resolution(),
                idempotency_key=self._key(),
                by=MALEE,
                approved_by=BOONMEE,
                at=self._at,
            ),
        )

    @precondition(lambda self: self.loan_id)
    @rule(amount=st.integers(1, 500_00))
    def collect(self, amount: int) -> None:
        """Collecting the debt costs something."""
        newest = read(lambda s: events_of(s, book_id=BOOK, loan_id=self.loan_id))
        self._try(
            "cost",
            lambda s: add_cost(
                s,
                book_id=BOOK,
                loan_id=self.loan_id,
                amount=Satang(amount),
                on=self.today,
                what_for="ค่าเดินทางไปทวงถาม",
                after_n=newest[-1].n if newest else 0,
                by=MALEE,
                approved_by=BOONMEE,
                at=self._at,
            ),
        )

    @precondition(lambda self: self.loan_id)
    @rule(really=st.integers(0, 11))
    def give_up(self, really: int) -> None:
        """Write the rest off, now and then."""
        if really:
            return
        view = read(lambda s: loan_view(s, book_id=BOOK, loan_id=self.loan_id))
        self._try(
            "write off",
            lambda s: write_off(
                s,
                book_id=BOOK,
                loan_id=self.loan_id,
                owed=view.outstanding,
                on=self.today,
                resolution=self._resolution(),
                note="",
                idempotency_key=self._key(),
                by=MALEE,
                approved_by=BOONMEE,
                at=self._at,
            ),
        )

    # ------------------------------------------------------------ what always holds

    @invariant()
    def the_card_is_the_account(self) -> None:
        """Card, account, plan and entries say the same."""
        if self.loan_id:
            read(self._look)

    def _look(self, session: Session) -> None:
        view = loan_view(session, book_id=BOOK, loan_id=self.loan_id)
        account = balance_of(session, book_id=BOOK, account_id=view.account_id)
        assert view.outstanding == account
        self._posted_is_what_happened(session)
        if not view.plan_n:
            assert account == 0
            return
        loan = session.get_one(Loan, (BOOK, self.loan_id))
        holding = holding_plan(session, loan=loan)
        rule_ = default_rule(session, book_id=BOOK)
        plan = holding.view
        now = rule_.standing(plan, holding.paid, side=loan.side, on=self._far)
        assert now.outstanding == account
        assert sum(row.principal for row in plan.rows) == plan.principal
        assert all(row.principal >= 0 and row.interest >= 0 for row in plan.rows)
        assert [row.due_on for row in plan.rows] == sorted({row.due_on for row in plan.rows})
        if view.state is State.RUNNING:
            many = standings_of(session, book_id=BOOK, on=self.today, loan_ids=[self.loan_id])
            one = rule_.standing(plan, holding.paid, side=loan.side, on=self.today)
            assert many == {self.loan_id: one}
            assert one.settlement > 0
        if view.state is State.REPAID:
            assert account == 0
            assert now.settlement == 0

    def _posted_is_what_happened(self, session: Session) -> None:
        """Interest, default interest and costs in the book are the sums of the events."""
        events = events_of(session, book_id=BOOK, loan_id=self.loan_id)
        accounts = accounts_of_loan(session, book_id=BOOK, loan_id=self.loan_id)
        numbers = {event.entry_number for event in events if event.entry_number}
        paid = [e for e in events if e.kind in PAYING and not e.is_reversed]
        posted = dict(
            session.execute(
                select(Posting.account_id, func.sum(-Posting.amount_satang))
                .where(Posting.book_id == BOOK, Posting.entry_number.in_(numbers))
                .group_by(Posting.account_id)
            ).all()
        )
        for account, happened in (
            (accounts.interest, sum(event.interest for event in paid)),
            (accounts.default_interest, sum(event.default_interest for event in paid)),
            (accounts.costs, sum(event.costs for event in paid)),
        ):
            assert posted.get(account, 0) == happened

    def teardown(self) -> None:
        """Whatever happened, the loan can be paid off to exactly zero, and the book is whole."""
        if not self.loan_id:
            return
        view = read(lambda s: loan_view(s, book_id=BOOK, loan_id=self.loan_id))
        if view.state is State.RUNNING:
            now = read(lambda s: standing_of(s, book_id=BOOK, loan_id=self.loan_id, on=self.today))
            write(lambda s: self._pay(s, now.settlement))
            view = read(lambda s: loan_view(s, book_id=BOOK, loan_id=self.loan_id))
            assert view.state is State.REPAID, view
            self.the_card_is_the_account()
        assert read(lambda s: findings(s, book_id=BOOK)) == ()

    # ------------------------------------------------------------ how it is done

    @property
    def _at(self) -> datetime:
        return datetime(self.today.year, self.today.month, self.today.day, 3, tzinfo=UTC)

    @property
    def _far(self) -> date:
        return self.today + timedelta(days=20_000)

    def _count(self, what: str) -> None:
        ALoanInAnyOrder.steps += 1
        ALoanInAnyOrder.did[what] += 1

    def _key(self) -> str:
        return f"machine-{next(self.keys)}"

    def _resolution(self) -> str:
        return f"มติ {next(self.keys)}/2566"

    def _last_day(self) -> date:
        def look(session: Session) -> date | None:
            return session.scalar(
                select(func.max(LoanEvent.happened_on)).where(
                    LoanEvent.book_id == BOOK, LoanEvent.loan_id == self.loan_id
                )
            )

        return read(look) or FIRST_DAY

    def _now(self) -> Standing | None:
        """Give how it stands today, or None for a loan that is not paid out."""
        try:
            return read(lambda s: standing_of(s, book_id=BOOK, loan_id=self.loan_id, on=self.today))
        except DomainError:
            self._count("nothing paid out")
            return None

    def _waits(self) -> bool:
        """Tell whether something is still to be paid out."""
        view = read(lambda s: loan_view(s, book_id=BOOK, loan_id=self.loan_id))
        return view.state in {State.GRANTED, State.RUNNING} and view.disbursed < view.principal

    def _new_terms(self, owed: Satang, instalments: int, counting: Counting) -> Terms:
        return terms(
            max(1, owed),
            instalments=max(1, instalments),
            rate_ppm=60_000,
            method=Method.EQUAL_INSTALMENT,
            counting=counting,
            lent_on=self.today,
            first_due_on=self.today + timedelta(days=31),
        )

    def _pay_out(self, session: Session) -> None:
        view = loan_view(session, book_id=BOOK, loan_id=self.loan_id)
        loan = session.get_one(Loan, (BOOK, self.loan_id))
        amount = view.principal - view.disbursed
        planned = _stage_amount(session, loan)
        disburse(
            session,
            book_id=BOOK,
            order=PayoutOrder(
                loan_id=self.loan_id,
                amount=Satang(planned or amount or 1_00),
                paid_on=self.today,
                through=Through.CASH,
            ),
            idempotency_key=self._key(),
            by=MALEE,
            approved_by=BOONMEE,
            at=self._at,
        )

    def _pay(self, session: Session, amount: int) -> None:
        repay(
            session,
            book_id=BOOK,
            loan_id=self.loan_id,
            amount=Satang(amount),
            paid_on=self.today,
            through=Through.CASH,
            note="",
            idempotency_key=self._key(),
            by=MALEE,
            at=self._at,
        )

    def _reverse(self, session: Session, event_n: int, on: date) -> None:
        reverse_event(
            session,
            book_id=BOOK,
            loan_id=self.loan_id,
            event_n=event_n,
            on=on,
            reason="ลงผิด",
            idempotency_key=self._key(),
            by=MALEE,
            approved_by=BOONMEE,
            at=self._at,
        )

    def _try(self, what: str, work: Callable[[Session], object]) -> bool:
        """Do something, or see it refused with nothing written."""
        before, refusal = read(self._written), None
        try:
            write(work)
        except DomainError as refused:
            refusal = refused
        if refusal is None:
            self._count(what)
            return True
        assert refusal.sentence()
        assert read(self._written) == before, refusal
        self._count(f"{what} refused: {type(refusal).__name__}")
        return False

    def _settles_the_same(self, what: str, work: Callable[[Session], object]) -> None:
        """A change of plan changes nothing of what pays the loan off on the day."""
        before = self._now()
        if self._try(what, work):
            after = self._now()
            assert before is not None
            assert after is not None
            off = abs(after.settlement - before.settlement)
            assert off <= self._may_differ(what, before)
            assert after.default_interest == before.default_interest
            assert after.costs == before.costs

    def _may_differ(self, what: str, now: Standing) -> int:
        """By the month, interest of an instalment is spread evenly over its days.

        A holiday makes one of several months, so that a day in it bears a little more or less.
        """
        if what == "rest" and now.counting is Counting.MONTH:
            return interest_for_month(owed=now.outstanding, annual_rate_ppm=HIGHEST_RATE)
        return A_FEW_SATANG

    def _written(self, session: Session) -> tuple[Any, ...]:
        """Count what is written of the loan, and see how its row stands, in one statement."""
        counted = [
            select(func.count()).where(*of).scalar_subquery()
            for of in (
                (Entry.book_id == BOOK,),
                (LoanEvent.book_id == BOOK, LoanEvent.loan_id == self.loan_id),
                (Plan.book_id == BOOK, Plan.loan_id == self.loan_id),
            )
        ]
        columns = (Loan.plan_n, Loan.closed_on, Loan.written_off_on)
        found = session.execute(
            select(*counted, *columns).where(Loan.book_id == BOOK, Loan.id == self.loan_id)
        )
        return tuple(found.one())


def _stage_amount(session: Session, loan: Loan) -> int | None:
    waiting = [
        stage
        for stage in stages_of(session, book_id=loan.book_id, loan_id=loan.id)
        if stage.event_n is None
    ]
    return waiting[0].amount if waiting else None


def run_the_machine(*, examples: int, steps: int, phases: Collection[Phase] = tuple(Phase)) -> None:
    """Run it in the database that the doors lead to, which holds the small network."""
    write(lambda s: fill_box(s, book_id=BOOK, amount=IN_THE_BOX))
    run_state_machine_as_test(
        ALoanInAnyOrder,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def main() -> None:
    """Run for as many steps as are asked for, in a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'samut.db'}"
        if asked.engine == "postgres":
            from tests.postgres import postgres_cluster  # noqa: PLC0415

            cluster = stack.enter_context(postgres_cluster(durable=False))
            cluster.create_database("machine")
            url = cluster.url("machine")
        db.upgrade(url)
        db.connect(url)
        write(found_network)
        began = time.monotonic()
        while ALoanInAnyOrder.steps < asked.steps:
            run_the_machine(examples=10, steps=50, phases=[Phase.generate])
            print(f"{ALoanInAnyOrder.steps:>6} steps", flush=True)  # noqa: T201
        seconds = time.monotonic() - began
        entries = read(lambda s: s.scalar(select(func.count()).where(Entry.book_id == BOOK)))
        db.disconnect()
    print(f"{ALoanInAnyOrder.steps} steps, {entries} entries, {seconds:.0f} s on {asked.engine}")  # noqa: T201
    for what, times in sorted(ALoanInAnyOrder.did.items()):
        print(f"{times:>6} {what}")  # noqa: T201


if __name__ == "__main__":
    main()
