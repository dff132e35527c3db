"""A collection day from the open sheet to the sealed entries, on each engine."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from desk import queries, services
from desk.cash import CashDoesNotMatch, NoSuchNote
from desk.models import Channel, Collection
from desk.services import RowChange
from desk.sheet import RowState, Sheet, SheetNotReadable
from ledger.db import read, write
from ledger.entry import EntryKind
from ledger.models import Entry
from ledger.money import Satang
from ledger.period import FutureDate, PeriodClosed
from ledger.queries import journal_entry
from ledger.services import KeyUsedForAnother, close_period
from members.models import ProductKind
from members.services.groups import open_product
from members.services.people import leave
from tests.desk.days import (
    BOONMEE,
    BOONMEE_PAYS,
    CASH_OF_BOTH,
    MALEE,
    PRAIYA,
    PRAIYA_TRANSFERS,
    SOMSRI,
    SOMSRI_PAYS,
    balance,
    count,
    entries,
    findings,
    open_day,
    post,
    ready_day,
    receipts,
    type_in,
)
from tests.network import NOW, TODAY, Network


def sheet_now(network: Network, day: Collection) -> Sheet:
    return read(
        lambda session: queries.sheet_of(
            session,
            collection=queries.collection_by_id(
                session, book_id=network.book_id, collection_id=day.id
            ),
        )
    )


def test_a_fresh_sheet_expects_what_was_promised(network: Network) -> None:
    day = open_day(network)

    sheet = sheet_now(network, day)

    assert [column.code for column in sheet.columns] == ["PLG", "SHR", "DEM", "WEL"]
    assert [row.line.expected for row in sheet.rows] == [
        {"PLG": 100_00, "SHR": 100_00, "WEL": 30_00},
        {"PLG": 50_00, "WEL": 30_00},
        {"PLG": 200_00, "SHR": 50_00, "WEL": 30_00},
    ]
    assert sheet.rows[0].line.place == "99/1 ม.6"


def test_a_day_that_is_open_is_opened_once(network: Network) -> None:
    day = open_day(network)

    assert open_day(network).id == day.id


def test_a_second_day_waits_for_the_first(network: Network) -> None:
    open_day(network)

    with pytest.raises(services.OtherDraftOpen) as refusal:
        open_day(network, on=TODAY - timedelta(days=1))

    assert "6 เม.ย. 2566" in refusal.value.sentence()


def test_no_day_is_opened_that_has_not_come(network: Network) -> None:
    with pytest.raises(FutureDate):
        open_day(network, on=TODAY + timedelta(days=1))

    assert read(lambda session: queries.draft_of(session, book_id=network.book_id)) is None


def test_no_day_is_opened_in_a_closed_month(network: Network) -> None:
    close_march(network)

    with pytest.raises(PeriodClosed):
        open_day(network, on=date(2023, 3, 31))


def close_march(network: Network) -> None:
    write(
        lambda session: close_period(
            session,
            book_id=network.book_id,
            month=date(2023, 3, 1),
            closed_by=MALEE,
            closed_at=NOW,
        )
    )


def test_a_sheet_that_is_of_another_day_keeps_what_is_typed(network: Network) -> None:
    day = open_day(network)
    type_in(network, day, SOMSRI_PAYS)

    write(
        lambda session: services.change_day(
            session,
            book_id=network.book_id,
            collection_id=day.id,
            held_on=TODAY - timedelta(days=1),
            at=NOW,
        )
    )

    assert open_day(network, on=TODAY - timedelta(days=1)).revision == 2
    assert sheet_now(network, day).totals.cash == 230_00


def test_what_cannot_be_read_is_kept_as_it_was_typed(network: Network) -> None:
    day = open_day(network)

    type_in(network, day, RowChange(SOMSRI, cells={"PLG": "ร้อยนึง", "SHR": "105"}))

    row = sheet_now(network, day).rows[0]
    assert row.line.typed == {"PLG": "ร้อยนึง", "SHR": "105"}
    assert row.state is RowState.WRONG
    assert row.sentences.keys() == {"PLG", "SHR"}


def test_saving_the_same_again_changes_nothing(network: Network) -> None:
    day = open_day(network)
    first = type_in(network, day, SOMSRI_PAYS, PRAIYA_TRANSFERS)

    again = type_in(network, day, SOMSRI_PAYS, PRAIYA_TRANSFERS)

    assert (first.revision, again.revision) == (1, 1)


def test_the_last_one_to_write_a_cell_wins_and_other_cells_stay(network: Network) -> None:
    day = open_day(network)
    type_in(network, day, RowChange(SOMSRI, cells={"PLG": "100", "WEL": "30"}))

    type_in(network, day, RowChange(SOMSRI, cells={"PLG": "150"}))
    type_in(network, day, RowChange(SOMSRI, cells={"WEL": ""}))

    assert sheet_now(network, day).rows[0].line.typed == {"PLG": "150"}


def test_who_is_absent_is_marked_and_may_come_after_all(network: Network) -> None:
    day = open_day(network)

    type_in(network, day, RowChange(BOONMEE, absent=True))
    assert sheet_now(network, day).rows[1].state is RowState.ABSENT

    type_in(network, day, RowChange(BOONMEE, absent=False))
    assert sheet_now(network, day).rows[1].state is RowState.WAITING


@pytest.mark.parametrize(
    "change", [RowChange(99, cells={"PLG": "1"}), RowChange(SOMSRI, cells={"GOLD": "1"})]
)
def test_a_cell_that_the_sheet_does_not_have_is_refused(
    network: Network, change: RowChange
) -> None:
    day = open_day(network)

    with pytest.raises(services.UnknownCell):
        type_in(network, day, SOMSRI_PAYS, change)

    assert sheet_now(network, day).totals.paid_people == 0


def test_a_whole_sheet_does_not_overwrite_what_another_page_typed(network: Network) -> None:
    day = open_day(network)
    type_in(network, day, SOMSRI_PAYS)

    with pytest.raises(services.SheetMoved):
        write(
            lambda session: services.save_whole_sheet(
                session,
                book_id=network.book_id,
                collection_id=day.id,
                revision=0,
                changes=[RowChange(SOMSRI, cells={"PLG": "", "SHR": "", "WEL": ""})],
                at=NOW,
            )
        )

    assert sheet_now(network, day).totals.cash == 230_00


def test_a_posted_day_gives_each_who_paid_a_receipt_and_an_entry(network: Network) -> None:
    day, revision = ready_day(network, SOMSRI_PAYS, BOONMEE_PAYS, PRAIYA_TRANSFERS)

    posted = post(network, day, revision=revision)

    assert posted.receipt_numbers == (1, 2, 3)
    assert [receipt.reference for receipt in receipts(network)] == [
        "RC6604-KHP06-000001",
        "RC6604-KHP06-000002",
        "RC6604-KHP06-000003",
    ]
    assert [receipt.total_satang for receipt in receipts(network)] == [230_00, 80_00, 280_00]
    assert balance(network, "11010") == 250_00
    assert balance(network, "11010", "WEL") == 60_00
    assert balance(network, "31020-0001") == -100_00
    assert findings(network) == ()


def test_a_transfer_goes_to_the_bank_account_of_each_purse(network: Network) -> None:
    day, revision = ready_day(network, PRAIYA_TRANSFERS, pieces={})

    post(network, day, revision=revision)

    assert balance(network, "12110") == 250_00
    assert balance(network, "12410", "WEL") == 30_00
    assert balance(network, "11010") == 0
    assert receipts(network)[0].channel is Channel.TRANSFER


def test_a_day_posted_twice_is_posted_once(network: Network) -> None:
    day, revision = ready_day(network)
    first = post(network, day, revision=revision)

    again = post(network, day, revision=revision)

    assert again.replayed
    assert (again.receipt_numbers, again.last_number) == (first.receipt_numbers, first.last_number)
    assert entries(network) == 2
    assert balance(network, "11010") == 250_00


def test_a_posted_day_is_not_posted_under_another_key(network: Network) -> None:
    day, revision = ready_day(network)
    post(network, day, revision=revision)

    with pytest.raises(services.AlreadyPosted):
        post(network, day, revision=revision, key="collection-2")

    assert entries(network) == 2


@pytest.mark.parametrize("other", [{"revision": 0}, {"reason": "ทอนผิด"}])
def test_the_key_of_a_posted_day_posts_nothing_else(
    network: Network, other: dict[str, object]
) -> None:
    day, revision = ready_day(network, pieces={Satang(100_00): 3})
    sent: dict[str, Any] = {"revision": revision, "reason": "เงินหาย"}
    post(network, day, **sent)

    with pytest.raises(services.AlreadyPosted):
        post(network, day, **(sent | other))

    assert entries(network) == 3


def test_two_browsers_that_post_a_day_at_once_post_it_once(network: Network) -> None:
    day, revision = ready_day(network)

    with ThreadPoolExecutor(2) as browsers:
        both = list(browsers.map(lambda _browser: post(network, day, revision=revision), range(2)))

    assert sorted(posted.replayed for posted in both) == [False, True]
    assert [receipt.number for receipt in receipts(network)] == [1, 2]


def test_a_posted_day_keeps_whoever_leaves_on_the_same_day(network: Network) -> None:
    day, revision = ready_day(network)
    post(network, day, revision=revision)
    write(
        lambda session: leave(
            session,
            book_id=network.book_id,
            number="0001",
            left_on=TODAY,
            because="ย้ายบ้าน",
            idempotency_key="leaving-1",
            by="o1",
            approved_by="o2",
            at=NOW,
        )
    )

    summary = read(
        lambda session: queries.day_summary(session, book_id=network.book_id, collection_id=day.id)
    )

    assert summary.sheet.totals.cash == summary.counted == 310_00


def test_a_key_of_one_day_does_not_post_another(network: Network) -> None:
    day, revision = ready_day(network)
    post(network, day, revision=revision)
    next_day, next_revision = ready_day(network)

    with pytest.raises(KeyUsedForAnother):
        post(network, next_day, revision=next_revision)

    assert entries(network) == 2


def test_a_sheet_that_moved_since_it_was_shown_is_not_posted(network: Network) -> None:
    day, revision = ready_day(network)
    type_in(network, day, RowChange(SOMSRI, cells={"PLG": "1000"}))

    with pytest.raises(services.SheetMoved):
        post(network, day, revision=revision)

    assert entries(network) == 0
    assert receipts(network) == []


def test_a_sheet_with_a_cell_that_cannot_be_read_is_not_posted(network: Network) -> None:
    day, revision = ready_day(
        network, SOMSRI_PAYS, RowChange(BOONMEE, cells={"PLG": "ห้าสิบ", "SHR": "5"})
    )

    with pytest.raises(SheetNotReadable) as refusal:
        post(network, day, revision=revision)

    assert [cell.code for cell in refusal.value.cells] == ["PLG", "SHR"]
    assert entries(network) == 0
    assert sheet_now(network, day).rows[1].line.typed["PLG"] == "ห้าสิบ"


def test_a_sheet_on_which_nobody_paid_is_not_posted(network: Network) -> None:
    day, revision = ready_day(
        network, RowChange(SOMSRI, cells={"PLG": "0"}), RowChange(BOONMEE, absent=True), pieces={}
    )

    with pytest.raises(services.NothingOnSheet):
        post(network, day, revision=revision)

    assert entries(network) == 0


def test_cash_that_nobody_counted_is_not_posted(network: Network) -> None:
    day = open_day(network)
    revision = type_in(network, day, SOMSRI_PAYS).revision

    with pytest.raises(services.NotCounted):
        post(network, day, revision=revision, reason="ไม่ได้นับ")

    assert entries(network) == 0


def test_cash_that_does_not_agree_needs_a_reason(network: Network) -> None:
    day, revision = ready_day(network, pieces={Satang(100_00): 3})

    with pytest.raises(CashDoesNotMatch) as refusal:
        post(network, day, revision=revision, reason=" ")

    assert "ขาด 10.00 บาท" in refusal.value.sentence()
    assert entries(network) == 0


def test_cash_short_is_owed_by_who_kept_the_box(network: Network) -> None:
    day, revision = ready_day(network, pieces={Satang(100_00): 3})

    posted = post(network, day, revision=revision, reason="ทอนเงินผิด")

    assert posted.difference == -10_00
    assert balance(network, "14040") == 10_00
    assert balance(network, "11010") + balance(network, "11010", "WEL") == 300_00
    entry = read(
        lambda session: journal_entry(session, book_id=network.book_id, number=posted.last_number)
    )
    assert (entry.kind, entry.memo) == (EntryKind.CASH_DIFFERENCE, "ทอนเงินผิด")
    assert findings(network) == ()


def test_cash_over_waits_for_its_owner(network: Network) -> None:
    day, revision = ready_day(network, pieces={Satang(100_00): 3, Satang(20_00): 1})

    posted = post(network, day, revision=revision, reason="ไม่ทราบของใคร")

    assert posted.difference == 10_00
    assert balance(network, "24080") == -10_00
    assert balance(network, "11010") + balance(network, "11010", "WEL") == 320_00
    assert findings(network) == ()


def test_a_day_in_a_month_that_was_closed_meanwhile_is_not_posted(network: Network) -> None:
    day, revision = ready_day(network, on=date(2023, 3, 31))
    close_march(network)

    with pytest.raises(PeriodClosed):
        post(network, day, revision=revision)

    assert entries(network) == 0
    assert receipts(network) == []


def test_receipts_are_numbered_without_gaps_over_days_and_refusals(network: Network) -> None:
    day, revision = ready_day(network)
    post(network, day, revision=revision)
    other, stale = ready_day(network)
    with pytest.raises(services.SheetMoved):
        post(network, other, revision=stale - 1, key="collection-2")

    post(network, other, revision=stale, key="collection-2")

    assert [receipt.number for receipt in receipts(network)] == [1, 2, 3, 4]


def test_a_posted_sheet_takes_nothing_more(network: Network) -> None:
    day, revision = ready_day(network)
    post(network, day, revision=revision)

    with pytest.raises(services.AlreadyPosted):
        type_in(network, day, PRAIYA_TRANSFERS)
    with pytest.raises(services.AlreadyPosted):
        count(network, day, CASH_OF_BOTH)


def test_a_note_that_does_not_exist_is_not_counted(network: Network) -> None:
    day = open_day(network)

    with pytest.raises(NoSuchNote):
        count(network, day, {Satang(30_00): 1})


def test_a_sheet_is_thrown_away_whole_and_only_as_it_was_shown(network: Network) -> None:
    day, revision = ready_day(network)
    with pytest.raises(services.SheetMoved):
        discard(network, day, revision - 1)

    discard(network, day, revision)

    assert read(lambda session: queries.draft_of(session, book_id=network.book_id)) is None
    assert sheet_now(network, open_day(network)).totals.paid_people == 0


def discard(network: Network, day: Collection, revision: int) -> None:
    write(
        lambda session: services.discard_draft(
            session, book_id=network.book_id, collection_id=day.id, revision=revision
        )
    )


def test_who_has_no_account_in_a_younger_product_is_given_one(network: Network) -> None:
    write(
        lambda session: open_product(
            session, book_id=network.book_id, kind=ProductKind.SPECIAL, opened_on=TODAY
        )
    )
    day, revision = ready_day(network, RowChange(SOMSRI, cells={"SPE": "310"}))

    post(network, day, revision=revision)

    assert balance(network, "21020-0001") == -310_00
    assert findings(network) == ()


def test_the_summary_says_who_did_not_come_and_what_differs(network: Network) -> None:
    day, revision = ready_day(network, on=date(2023, 3, 5))
    post(network, day, revision=revision)
    today, now = ready_day(
        network, SOMSRI_PAYS, RowChange(PRAIYA, absent=True), pieces={Satang(10_00): 23}
    )
    posted = post(network, today, revision=now, key="collection-2")

    summary = read(
        lambda session: queries.day_summary(
            session, book_id=network.book_id, collection_id=today.id
        )
    )

    assert [row.line.member_id for row in summary.sheet.away] == [BOONMEE, PRAIYA]
    assert [(p.member_number, p.before, p.now) for p in summary.differently] == [("0002", 80_00, 0)]
    assert summary.before is not None
    assert summary.counted == 230_00
    last = read(lambda session: session.get_one(Entry, (network.book_id, posted.last_number)))
    assert summary.head_seal == last.seal


def test_a_day_that_is_not_posted_has_no_summary(network: Network) -> None:
    day, _revision = ready_day(network)

    with pytest.raises(queries.CollectionNotFound):
        read(
            lambda session: queries.day_summary(
                session, book_id=network.book_id, collection_id=day.id
            )
        )
