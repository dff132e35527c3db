"""A collection day on which loans are paid too, on each engine."""

from datetime import date

import pytest

from desk import queries, services
from desk.models import Channel, Collection
from desk.services import RowChange
from desk.sheet import RowState, Sheet, SheetNotReadable
from ledger.db import read, write
from ledger.entry import EntryKind
from ledger.money import Satang
from ledger.queries import journal_entry
from loans.kinds import Purpose, State
from tests.desk.days import (
    BOONMEE,
    BOONMEE_PAYS,
    MALEE,
    SOMSRI,
    balance,
    entries,
    findings,
    open_day,
    post,
    ready_day,
    receipts,
    type_in,
)
from tests.desk.lending import lend, loan_now, repaid_events, standing_now
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


def somsri_pays(loan_id: int, amount: str = "2,200") -> RowChange:
    return RowChange(SOMSRI, cells={"PLG": "100", "WEL": "30", f"loan-{loan_id}": amount})


def pay_at_counter(network: Network, loan_id: int, amount: int, *, key: str = "counter-1") -> None:
    write(
        lambda session: services.receive(
            session,
            book_id=network.book_id,
            member_number="0001",
            amounts={},
            fees={},
            loans={loan_id: Satang(amount)},
            received_on=TODAY,
            channel=Channel.CASH,
            memo="",
            idempotency_key=key,
            by=MALEE,
            at=NOW,
        )
    )


def test_a_kind_of_loan_has_a_column_and_a_second_one_where_somebody_has_two(
    network: Network,
) -> None:
    first = lend(network)
    second = lend(network, amount=5_000_00)
    of_boonmee = lend(network, member=BOONMEE, purpose=Purpose.HOUSING, amount=60_000_00)

    sheet = sheet_now(network, open_day(network))

    assert [(c.name, c.fund) for c in sheet.columns if c.is_loan] == [
        ("เงินกู้สามัญ", "SAV"),
        ("เงินกู้สามัญ (2)", "SAV"),
        ("เงินกู้ที่อยู่อาศัย", "HSG"),
    ]
    cells = [[row.line.cell(c) for c in sheet.columns if c.is_loan] for row in sheet.rows]
    assert cells == [
        [f"loan-{first}", f"loan-{second}", None],
        [None, None, f"loan-{of_boonmee}"],
        [None, None, None],
    ]
    # 20,000 in ten parts at 12 %: 2,000 and 200. 60,000 in ten parts at 6 %: 6,000 and 300.
    assert sheet.rows[0].line.expected[f"loan-{first}"] == 2_200_00
    assert sheet.rows[1].line.expected[f"loan-{of_boonmee}"] == 6_300_00


def test_savings_and_a_loan_stand_in_one_entry_and_on_one_receipt(network: Network) -> None:
    loan_id = lend(network)
    before = (entries(network), balance(network, "11010"))
    day, revision = ready_day(
        network, somsri_pays(loan_id), BOONMEE_PAYS, pieces={Satang(10_00): 241}
    )

    posted = post(network, day, revision=revision)

    assert entries(network) == before[0] + 2
    assert [receipt.total_satang for receipt in receipts(network)] == [2_330_00, 80_00]
    entry = read(
        lambda session: journal_entry(session, book_id=network.book_id, number=posted.first_number)
    )
    assert entry.kind == EntryKind.COLLECTION
    assert balance(network, "11010") - before[1] == 100_00 + 2_200_00 + 50_00
    assert balance(network, "11010", "WEL") == 60_00
    assert balance(network, "41010") == -200_00
    loan = loan_now(network, loan_id)
    assert (loan.outstanding, balance(network, loan.account_code)) == (18_000_00, 18_000_00)
    assert standing_now(network, loan_id).due_now == 0
    assert findings(network) == ()


def test_the_receipt_tells_how_each_loan_was_divided_and_what_is_still_owed(
    network: Network,
) -> None:
    loan_id = lend(network, on=date(2023, 2, 6), first_due_on=date(2023, 3, 6))
    day, revision = ready_day(
        network, somsri_pays(loan_id, "4405.48"), pieces={Satang(1_00): 4535, Satang(50): 1}
    )

    post(network, day, revision=revision, reason="ปัดเศษ")

    receipt = read(lambda session: queries.receipt_view(session, book_id=network.book_id, number=1))
    (line,) = receipt.loans
    # March: 2,000 and 200. April: 2,000 and 180. Late: 2,000 × 15 % × 31/365 = 25.48.
    assert (line.principal, line.interest, line.default_interest) == (4_000_00, 380_00, 25_48)
    assert line.owed_after == 16_000_00
    assert any("31/365 = 25.48" in sentence for sentence in line.explanation)
    assert [(saved.name, saved.amount) for saved in receipt.lines] == [
        ("เงินสัจจะ", 100_00),
        ("สวัสดิการ", 30_00),
    ]
    assert receipt.total == 100_00 + 30_00 + line.amount
    assert balance(network, "42010") == -25_48
    summary = read(
        lambda session: queries.day_summary(session, book_id=network.book_id, collection_id=day.id)
    )
    assert (summary.repaid.principal, summary.repaid.interest, summary.repaid.default_interest) == (
        4_000_00,
        380_00,
        25_48,
    )
    assert findings(network) == ()


def test_a_housing_loan_is_money_of_its_own_purse(network: Network) -> None:
    loan_id = lend(network, purpose=Purpose.HOUSING, amount=60_000_00)
    before = balance(network, "11010", "HSG")
    day, revision = ready_day(network, somsri_pays(loan_id, "6300"), pieces={Satang(10_00): 643})

    post(network, day, revision=revision)

    assert balance(network, "11010", "HSG") - before == 6_300_00
    assert balance(network, "41030", "HSG") == -300_00
    assert loan_now(network, loan_id).outstanding == 54_000_00
    assert findings(network) == ()


def test_a_transfer_for_a_loan_goes_to_the_bank_account_of_its_purse(network: Network) -> None:
    loan_id = lend(network, purpose=Purpose.HOUSING, amount=60_000_00)
    by_transfer = RowChange(
        SOMSRI, channel=Channel.TRANSFER, cells={"PLG": "100", f"loan-{loan_id}": "6300"}
    )
    day, revision = ready_day(network, by_transfer, pieces={})

    post(network, day, revision=revision)

    assert balance(network, "12210", "HSG") == 6_300_00
    assert balance(network, "12110") == 100_00


def test_a_day_with_loans_posted_twice_writes_nothing_twice(network: Network) -> None:
    loan_id = lend(network)
    day, revision = ready_day(network, somsri_pays(loan_id), pieces={Satang(10_00): 233})
    first = post(network, day, revision=revision)

    again = post(network, day, revision=revision)

    assert again.replayed
    assert again.receipt_numbers == first.receipt_numbers
    assert repaid_events(network, loan_id) == 1
    assert loan_now(network, loan_id).outstanding == 18_000_00


def test_a_loan_that_is_paid_off_on_the_sheet_is_closed_and_gone_from_the_next(
    network: Network,
) -> None:
    loan_id = lend(network)
    day, revision = ready_day(network, somsri_pays(loan_id, "20200"), pieces={Satang(10_00): 2033})

    post(network, day, revision=revision)

    assert loan_now(network, loan_id).state is State.REPAID
    assert [c for c in sheet_now(network, open_day(network)).columns if c.is_loan] == []
    posted = sheet_now(network, day)
    assert posted.rows[0].repayments == {loan_id: 20_200_00}
    assert posted.totals.cash == 20_330_00


def test_more_than_pays_the_loan_off_is_refused_at_its_cell_and_nothing_is_posted(
    network: Network,
) -> None:
    loan_id = lend(network)
    before = entries(network)
    day, revision = ready_day(
        network, somsri_pays(loan_id, "20,200.01"), BOONMEE_PAYS, pieces={Satang(10_00): 8}
    )

    with pytest.raises(SheetNotReadable) as refusal:
        post(network, day, revision=revision)

    (cell,) = refusal.value.cells
    assert cell.code == f"loan-{loan_id}"
    assert "ชำระได้ไม่เกิน 20,200.00 บาท" in cell.sentence
    assert entries(network) == before
    assert receipts(network) == []
    assert sheet_now(network, day).rows[0].line.typed[f"loan-{loan_id}"] == "20,200.01"


def test_what_was_typed_for_a_loan_that_closed_meanwhile_stays_at_the_loan_and_is_refused(
    network: Network,
) -> None:
    closing, other = lend(network), lend(network, amount=5_000_00)
    day = open_day(network)
    type_in(network, day, RowChange(SOMSRI, cells={f"loan-{closing}": "50", f"loan-{other}": "60"}))

    pay_at_counter(network, closing, 20_200_00)

    (row, *_others) = sheet_now(network, day).rows
    assert row.line.typed == {f"loan-{closing}": "50", f"loan-{other}": "60"}
    assert row.repayments == {other: 60_00}
    assert "ปิดไปแล้ว" in row.sentences[f"loan-{closing}"]
    type_in(network, day, RowChange(SOMSRI, cells={f"loan-{closing}": ""}))
    assert [c.name for c in sheet_now(network, day).columns if c.is_loan] == ["เงินกู้สามัญ"]


def test_a_loan_that_was_paid_on_a_later_day_is_refused_at_its_cell(network: Network) -> None:
    loan_id = lend(network)
    pay_at_counter(network, loan_id, 2_200_00)
    day = open_day(network, on=date(2023, 4, 5))

    type_in(network, day, somsri_pays(loan_id, "100"))

    (row, *_others) = sheet_now(network, day).rows
    assert row.state is RowState.WRONG
    assert "มีรายการวันที่ 6 เม.ย. 2566" in row.sentences[f"loan-{loan_id}"]


def test_a_loan_that_is_not_paid_out_has_no_cell(network: Network) -> None:
    loan_id = lend(network, pays_out=False)
    day = open_day(network)

    with pytest.raises(services.UnknownCell):
        type_in(network, day, somsri_pays(loan_id))

    assert [c for c in sheet_now(network, day).columns if c.is_loan] == []


def test_nobody_pays_the_loan_of_another_on_their_own_row(network: Network) -> None:
    loan_id = lend(network)
    day = open_day(network)

    with pytest.raises(services.UnknownCell):
        type_in(network, day, RowChange(BOONMEE, cells={f"loan-{loan_id}": "100"}))


def test_saving_the_cell_of_a_loan_again_changes_nothing(network: Network) -> None:
    loan_id = lend(network)
    day = open_day(network)
    first = type_in(network, day, somsri_pays(loan_id))

    again = type_in(network, day, somsri_pays(loan_id))

    assert first.revision == again.revision


def test_a_sheet_with_loans_is_thrown_away_whole(network: Network) -> None:
    loan_id = lend(network)
    day = open_day(network)
    revision = type_in(network, day, somsri_pays(loan_id)).revision

    write(
        lambda session: services.discard_draft(
            session, book_id=network.book_id, collection_id=day.id, revision=revision
        )
    )

    assert sheet_now(network, open_day(network)).totals.all_paid == 0
