"""Posting, taking back and closing, on both engines; what is refused writes nothing."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from ledger import db, queries, services
from ledger.chart import Keeps, Kind, standard_chart
from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.errors import DomainError
from ledger.models import Account, Entry, MonthBalance, Period, Posting
from ledger.money import Satang
from ledger.period import FutureDate, PeriodClosed, TooLongAgo
from ledger.reports import AccountBalance
from ledger.services import PostedBatch
from ledger.verification import verify_book
from tests.ledger.books import (
    APRIL_6,
    BANK,
    BOONMEE,
    BUNMEE,
    CASH,
    CLEARING,
    MALEE,
    PLEDGES,
    POSTED_AT,
    SOMSRI,
    STATIONERY,
    SUSPENSE,
    WELFARE_CASH,
    balance_of,
    book_of,
    entry,
    open_small_book,
    pledge_paid,
    post,
    welfare_paid,
)

MAY_2 = datetime(2023, 5, 2, 2, 0, tzinfo=UTC)


def posted(book_id: int, *drafts: EntryDraft, key: str = "first") -> PostedBatch:
    return write(lambda session: post(session, book_id, drafts, key=key))


def counted(book_id: int) -> tuple[int, int]:
    """Count the entries and postings of a book, and see that it verifies."""

    def look(session: Session) -> tuple[int, int]:
        verified = verify_book(session, book=book_of(session, book_id))
        assert verified.findings == ()
        return verified.entries, verified.postings

    return read(look)


def refused(book_id: int, work: Callable[[Session], object], error: type[DomainError]) -> str:
    """Run a piece of work, see it refused with nothing written, and give the Thai sentence."""
    before = counted(book_id)
    with pytest.raises(error) as caught:
        write(work)
    assert counted(book_id) == before
    return caught.value.sentence()


def test_a_batch_moves_balances_numbers_and_head_together(book_id: int) -> None:
    batch = posted(book_id, pledge_paid(100_00), pledge_paid(200_00, saver=BOONMEE))

    assert list(batch.numbers) == [1, 2]
    assert not batch.replayed
    with_book = read(
        lambda session: (book_of(session, book_id), balance_of(session, book_id, CASH))
    )
    assert (with_book[0].head_number, with_book[0].head_seal) == (2, batch.head_seal)
    assert with_book[1] == 300_00
    assert counted(book_id) == (2, 4)


def test_an_account_may_stand_in_several_lines_of_one_entry(book_id: int) -> None:
    posted(
        book_id,
        entry(
            debit(CASH, "SAV", Satang(50_00)),
            credit(SOMSRI, "SAV", Satang(20_00)),
            credit(SOMSRI, "SAV", Satang(30_00)),
        ),
    )

    page = read(
        lambda session: queries.statement_page(
            session, book_id=book_id, account_id=SOMSRI, first_n=1, last_n=9
        )
    )
    assert [line.balance_after for line in page.lines] == [-20_00, -50_00]


def test_a_request_sent_twice_is_posted_once(book_id: int) -> None:
    first = posted(book_id, pledge_paid(100_00, memo="สัจจะ"))

    again = posted(book_id, pledge_paid(100_00, memo="สัจจะ"))

    assert again.replayed
    assert again.numbers == first.numbers
    assert counted(book_id) == (1, 2)


@pytest.mark.parametrize(
    "other",
    [
        pledge_paid(100_01),
        pledge_paid(100_00, saver=BOONMEE),
        pledge_paid(100_00, on=date(2023, 4, 5)),
        pledge_paid(100_00, memo="อื่น"),
    ],
)
def test_a_key_is_never_used_for_something_else(book_id: int, other: EntryDraft) -> None:
    posted(book_id, pledge_paid(100_00))

    refused(
        book_id,
        lambda session: post(session, book_id, [other], key="first"),
        services.KeyUsedForAnother,
    )


def test_the_same_key_in_another_book_is_another_request(book_id: int) -> None:
    posted(book_id, pledge_paid(100_00))
    other_book = write(lambda session: open_small_book(session, code="TLN03"))

    batch = posted(other_book, pledge_paid(999_00))

    assert not batch.replayed
    assert list(batch.numbers) == [1]


@pytest.mark.parametrize(
    ("draft", "error"),
    [
        (pledge_paid(1_00, on=APRIL_6 + timedelta(days=1)), FutureDate),
        (pledge_paid(1_00, on=date(1969, 12, 31)), TooLongAgo),
        (
            entry(debit(CASH, "SAV", Satang(1)), credit(99, "SAV", Satang(1))),
            services.AccountNotFound,
        ),
        (
            entry(debit(WELFARE_CASH, "SAV", Satang(1)), credit(SOMSRI, "SAV", Satang(1))),
            services.WrongFund,
        ),
        (
            entry(debit(CASH, "SAV", Satang(1)), credit(PLEDGES, "SAV", Satang(1))),
            services.AccountTakesNoPostings,
        ),
        (
            entry(debit(SOMSRI, "SAV", Satang(1)), credit(CASH, "SAV", Satang(1))),
            services.BalanceTooLow,
        ),
        (
            entry(debit(STATIONERY, "SAV", Satang(1)), credit(CASH, "SAV", Satang(1))),
            services.BalanceTooLow,
        ),
    ],
)
def test_a_posting_that_cannot_stand_is_refused(
    book_id: int, draft: EntryDraft, error: type[DomainError]
) -> None:
    refused(
        book_id,
        lambda session: (
            post(session, book_id, [pledge_paid(5_00, saver=BOONMEE), draft], key="x")
            if error is not services.BalanceTooLow
            else post(session, book_id, [draft], key="x")
        ),
        error,
    )


def test_the_day_is_that_of_bangkok(book_id: int) -> None:
    # 17:30 in UTC on the 6th is half past midnight on the 7th in Bangkok
    late = datetime(2023, 4, 6, 17, 30, tzinfo=UTC)

    batch = write(
        lambda session: post(
            session, book_id, [pledge_paid(1_00, on=date(2023, 4, 7))], key="x", posted_at=late
        )
    )

    assert batch.last_number == 1


def test_what_falls_below_zero_only_inside_a_batch_is_allowed(book_id: int) -> None:
    spent = entry(debit(STATIONERY, "SAV", Satang(40_00)), credit(CASH, "SAV", Satang(40_00)))

    posted(book_id, spent, pledge_paid(100_00))

    assert read(lambda session: balance_of(session, book_id, CASH)) == 60_00


def test_a_closed_account_takes_nothing(book_id: int) -> None:
    def close(session: Session) -> None:
        account = queries.account_by_id(session, book_id=book_id, account_id=BOONMEE)
        account.closed_on = APRIL_6

    write(close)

    sentence = refused(
        book_id,
        lambda session: post(session, book_id, [pledge_paid(1_00, saver=BOONMEE)], key="x"),
        services.AccountTakesNoPostings,
    )
    assert "31020-0002" in sentence


def test_the_second_officer_is_another(book_id: int) -> None:
    refused(
        book_id,
        lambda session: post(session, book_id, [pledge_paid(1_00)], key="x", approved_by=MALEE),
        services.SameOfficerTwice,
    )

    write(lambda session: post(session, book_id, [pledge_paid(1_00)], key="x", approved_by=BUNMEE))

    found = read(lambda session: queries.journal_entry(session, book_id=book_id, number=1))
    assert (found.posted_by, found.approved_by) == (MALEE, BUNMEE)


def test_what_is_recorded_never_runs_backwards(book_id: int) -> None:
    write(lambda session: post(session, book_id, [pledge_paid(1_00)], key="a"))
    earlier = POSTED_AT - timedelta(hours=1)

    write(lambda session: post(session, book_id, [pledge_paid(2_00)], key="b", posted_at=earlier))

    second = read(lambda session: queries.journal_entry(session, book_id=book_id, number=2))
    assert second.recorded_at == POSTED_AT
    assert counted(book_id) == (2, 4)


def test_posting_to_a_book_that_is_not_there_is_refused(engine: Engine) -> None:
    with pytest.raises(services.BookNotFound):
        write(lambda session: post(session, 7, [pledge_paid(1_00)], key="x"))
    with pytest.raises(services.BookNotFound):
        write(lambda session: services.lock_book(session, book_id=7))


def test_a_late_entry_moves_what_later_months_opened_with(book_id: int) -> None:
    posted(book_id, pledge_paid(100_00, on=date(2023, 2, 6)), key="february")
    posted(book_id, pledge_paid(300_00, on=APRIL_6), key="april")

    posted(
        book_id,
        pledge_paid(50_00, on=date(2023, 1, 31)),
        pledge_paid(20_00, on=date(2023, 3, 1)),
        key="late",
    )

    def months(session: Session) -> list[tuple[int, int, int, int]]:
        rows = session.scalars(
            select(MonthBalance)
            .where(MonthBalance.book_id == book_id, MonthBalance.account_id == CASH)
            .order_by(MonthBalance.month)
        )
        return [
            (row.month.month, row.opening_satang, row.debit_satang, row.credit_satang)
            for row in rows
        ]

    assert read(months) == [
        (1, 0, 50_00, 0),
        (2, 50_00, 100_00, 0),
        (3, 150_00, 20_00, 0),
        (4, 170_00, 300_00, 0),
    ]
    assert counted(book_id) == (4, 8)


def test_a_late_entry_that_adds_nothing_leaves_later_months_alone(book_id: int) -> None:
    posted(book_id, pledge_paid(100_00, on=APRIL_6), key="april")

    posted(
        book_id,
        entry(
            debit(CASH, "SAV", Satang(5_00)),
            credit(CASH, "SAV", Satang(5_00)),
            on=date(2023, 2, 1),
        ),
        key="late",
    )

    assert counted(book_id) == (2, 4)


def taken_back(
    session: Session, book_id: int, number: int, *, on: date = APRIL_6, key: str = "back"
) -> PostedBatch:
    return services.reverse_entry(
        session,
        book_id=book_id,
        number=number,
        entered_on=on,
        memo="ลงจำนวนผิด",
        idempotency_key=key,
        posted_by=MALEE,
        posted_at=MAY_2 if on.month == 5 else POSTED_AT,
    )


def test_an_entry_is_taken_back_by_its_mirror_image(book_id: int) -> None:
    posted(book_id, pledge_paid(100_00))

    write(lambda session: taken_back(session, book_id, 1))

    original, reversal = read(
        lambda session: queries.journal(session, book_id=book_id, numbers=[1, 2])
    )
    assert original.reversed_by_number == 2
    assert (reversal.reverses_number, reversal.kind) == (1, EntryKind.REVERSAL)
    assert [p.amount for p in reversal.postings] == [-p.amount for p in original.postings]
    assert read(lambda session: balance_of(session, book_id, CASH)) == 0
    assert counted(book_id) == (2, 4)


def test_an_entry_is_taken_back_once(book_id: int) -> None:
    posted(book_id, pledge_paid(100_00), pledge_paid(100_00))
    write(lambda session: taken_back(session, book_id, 1))

    refused(
        book_id,
        lambda session: taken_back(session, book_id, 1, key="again"),
        services.AlreadyReversed,
    )
    refused(
        book_id,
        lambda session: taken_back(session, book_id, 3, key="twice"),
        services.ReversalOfReversal,
    )
    refused(
        book_id,
        lambda session: taken_back(session, book_id, 44, key="nothing"),
        services.EntryNotFound,
    )


def test_a_batch_cannot_take_one_entry_back_twice(book_id: int) -> None:
    posted(book_id, pledge_paid(100_00), pledge_paid(100_00))

    def twice(session: Session) -> PostedBatch:
        draft = services.reversal_draft(
            session, book_id=book_id, number=1, entered_on=APRIL_6, memo=""
        )
        return post(session, book_id, [draft, draft], key="twice")

    refused(book_id, twice, services.AlreadyReversed)


def test_a_closed_month_keeps_its_figures_when_an_entry_of_it_is_taken_back(book_id: int) -> None:
    posted(book_id, pledge_paid(100_00), pledge_paid(60_00))
    write(
        lambda session: services.close_period(
            session, book_id=book_id, month=APRIL_6, closed_by=MALEE, closed_at=MAY_2
        )
    )
    april = read(lambda session: _april(session, book_id))

    refused(book_id, lambda session: taken_back(session, book_id, 1, key="in april"), PeriodClosed)
    write(lambda session: taken_back(session, book_id, 1, on=date(2023, 5, 2)))

    assert read(lambda session: _april(session, book_id)) == april
    assert read(lambda session: balance_of(session, book_id, CASH)) == 60_00


def _april(session: Session, book_id: int) -> list[AccountBalance]:
    return queries.balances_of_months(session, book_id=book_id, first=APRIL_6, last=APRIL_6)


def closed(session: Session, book_id: int, month: date, *, at: datetime = MAY_2) -> Period:
    return services.close_period(
        session, book_id=book_id, month=month, closed_by=MALEE, closed_at=at
    )


def test_a_month_is_closed_at_the_head_and_closes_what_came_before(book_id: int) -> None:
    batch = posted(book_id, pledge_paid(100_00))

    period = write(lambda session: closed(session, book_id, APRIL_6))

    assert (period.month, period.head_number) == (date(2023, 4, 1), 1)
    assert period.head_seal == batch.head_seal
    for on in (APRIL_6, date(2023, 3, 31)):
        late = partial(post, book_id=book_id, drafts=[pledge_paid(1_00, on=on)], key="late")
        refused(book_id, late, PeriodClosed)
    assert read(lambda s: queries.closed_until(s, book_id=book_id)) == date(2023, 4, 1)


def test_a_month_is_closed_once_after_its_end_and_never_out_of_order(book_id: int) -> None:
    refused(
        book_id,
        lambda s: closed(s, book_id, APRIL_6, at=datetime(2023, 4, 30, 16, 59, tzinfo=UTC)),
        services.MonthNotOver,
    )

    # the same moment plus a minute is the first of May in Bangkok
    write(lambda s: closed(s, book_id, APRIL_6, at=datetime(2023, 4, 30, 17, 0, tzinfo=UTC)))

    for month in (APRIL_6, date(2023, 2, 1)):
        again = partial(closed, book_id=book_id, month=month)
        refused(book_id, again, services.MonthClosedAlready)


@pytest.mark.parametrize("account_id", [SUSPENSE, CLEARING])
def test_a_month_is_not_closed_over_an_open_question(book_id: int, account_id: int) -> None:
    posted(
        book_id, entry(debit(account_id, "SAV", Satang(5_00)), credit(BANK, "SAV", Satang(5_00)))
    )

    refused(book_id, lambda s: closed(s, book_id, APRIL_6), services.SuspenseNotCleared)


def test_accounts_are_opened_in_order_and_never_twice(book_id: int) -> None:
    def more(session: Session) -> Account:
        return services.open_account(
            session,
            book_id=book_id,
            code="11050",
            fund="SAV",
            kind=Kind.ASSET,
            name_th="เงินทดรองจ่าย",
            name_en="Advances",
            opened_on=APRIL_6,
            keeps=Keeps.DEBIT,
        )

    assert write(more).id == BOONMEE + 1
    refused(book_id, more, services.AccountExists)

    def under(session: Session) -> Account:
        control = queries.account_by_id(session, book_id=book_id, account_id=PLEDGES)
        return services.open_account_under(
            session, control=control, suffix="0001", name="ซ้ำ", opened_on=APRIL_6
        )

    assert "31020-0001" in refused(book_id, under, services.AccountExists)


def test_an_account_under_an_asset_keeps_to_the_debit_side(book_id: int) -> None:
    def lend(session: Session) -> Account:
        control = services.open_account(
            session,
            book_id=book_id,
            code="13010",
            fund="SAV",
            kind=Kind.ASSET,
            name_th="ลูกหนี้เงินกู้",
            name_en="Loans",
            opened_on=APRIL_6,
            holds="loan",
        )
        return services.open_account_under(
            session, control=control, suffix="66001", name="บุญมี", opened_on=APRIL_6
        )

    account = write(lend)

    assert (account.keeps, account.kind, account.code) == (Keeps.DEBIT, Kind.ASSET, "13010-66001")


def test_the_standard_chart_opens_in_a_fresh_book(engine: Engine) -> None:
    def work(session: Session) -> tuple[int, dict[tuple[str, str], int]]:
        book = services.open_book(session, code="NEW", name="กลุ่มใหม่", opened_at=POSTED_AT)
        services.open_funds(session, book_id=book.id)
        return book.id, services.open_chart(session, book_id=book.id, opened_on=APRIL_6)

    book_id, opened = write(work)

    assert sorted(opened.values()) == list(range(1, len(list(standard_chart())) + 1))
    accounts = read(
        lambda session: session.scalar(
            select(func.count()).select_from(Account).where(Account.book_id == book_id)
        )
    )
    assert accounts == len(opened)


def test_work_is_run_again_when_the_database_asks(engine: Engine, book_id: int) -> None:
    """A busy database is asked again; after some tries the page says that it may be sent again."""
    attempts = []

    def busy(session: Session) -> None:
        attempts.append(1)
        if engine.dialect.name == "sqlite":
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = 5
            raise error
        session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(db.Busy) as caught:
        write(busy)

    assert len(attempts) == db.MOST_TRIES
    assert "ส่งซ้ำได้" in caught.value.sentence()


def test_reading_drops_what_was_changed_by_mistake(book_id: int) -> None:
    def careless(session: Session) -> None:
        account = queries.account_by_id(session, book_id=book_id, account_id=BOONMEE)
        account.name_th = "เปลี่ยน"
        if session.get_bind().dialect.name != "sqlite":
            session.flush()

    read(careless)

    account = read(
        lambda session: queries.account_by_id(session, book_id=book_id, account_id=BOONMEE)
    )
    assert account.name_th == "บุญมี ทองคำ"


def test_the_rows_say_what_the_drafts_said(book_id: int) -> None:
    posted(book_id, pledge_paid(100_00), welfare_paid(30_00))

    entries, postings = read(
        lambda session: (
            session.execute(select(Entry.number, Entry.batch, Entry.amount_satang)).all(),
            session.execute(
                select(Posting.account_id, Posting.n, Posting.amount_satang).order_by(
                    Posting.entry_number, Posting.line
                )
            ).all(),
        )
    )

    assert entries == [(1, 1, 100_00), (2, 1, 30_00)]
    assert postings == [
        (CASH, 1, 100_00),
        (SOMSRI, 1, -100_00),
        (WELFARE_CASH, 1, 30_00),
        (5, 1, -30_00),
    ]
