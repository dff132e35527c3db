"""Money in at the counter, and wrong receipts put right, on each engine."""

import threading
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from desk import queries, services
from desk.models import Channel, Receipt
from desk.receipt import Fee
from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.money import Satang
from ledger.period import FutureDate, PeriodClosed
from ledger.queries import account_by_code, journal_entry
from ledger.services import (
    BalanceTooLow,
    KeyUsedForAnother,
    PostedBatch,
    close_period,
    lock_book,
    post_batch,
)
from members.models import ProductKind
from members.queries import MemberNotFound
from members.savings import NothingPaid
from members.services.groups import open_product
from members.services.people import HasLeft, SharesNotWhole, leave, withdraw
from tests.desk.days import MALEE, balance, entries, findings, post, ready_day, receipts
from tests.network import NOW, TODAY, Network


def receive(
    network: Network,
    amounts: Mapping[str, int],
    *,
    fees: Mapping[Fee, int] | None = None,
    number: str = "0001",
    on: date = TODAY,
    channel: Channel = Channel.CASH,
    key: str = "receipt-1",
) -> Receipt:
    return write(
        lambda session: services.receive(
            session,
            book_id=network.book_id,
            member_number=number,
            amounts={code: Satang(amount) for code, amount in amounts.items()},
            fees={fee: Satang(amount) for fee, amount in (fees or {}).items()},
            received_on=on,
            channel=channel,
            memo="",
            idempotency_key=key,
            by=MALEE,
            at=NOW,
        )
    )


def put_right(
    network: Network,
    receipt_number: int,
    amounts: Mapping[str, int],
    *,
    on: date = TODAY,
    key: str = "right-1",
) -> Receipt:
    return write(
        lambda session: services.put_right(
            session,
            book_id=network.book_id,
            receipt_number=receipt_number,
            amounts={code: Satang(amount) for code, amount in amounts.items()},
            fees={},
            received_on=on,
            channel=Channel.CASH,
            reason="ใส่ยอดผิด",
            idempotency_key=key,
            by=MALEE,
            at=NOW,
        )
    )


def cancel(network: Network, receipt_number: int, *, key: str = "cancel-1") -> PostedBatch:
    return write(
        lambda session: services.cancel_receipt(
            session,
            book_id=network.book_id,
            receipt_number=receipt_number,
            cancelled_on=TODAY,
            reason="ออกใบผิดคน",
            idempotency_key=key,
            by=MALEE,
            at=NOW,
        )
    )


def view(network: Network, number: int) -> queries.ReceiptView:
    return read(
        lambda session: queries.receipt_view(session, book_id=network.book_id, number=number)
    )


def test_money_at_the_counter_makes_a_receipt_of_many_lines(network: Network) -> None:
    receipt = receive(network, {"PLG": 100_00, "DEM": 200_00, "WEL": 30_00, "SHR": 0})

    shown = view(network, receipt.number)
    assert [(line.name, line.amount, line.after) for line in shown.lines] == [
        ("เงินสัจจะ", 100_00, 100_00),
        ("ออมเผื่อเรียก", 200_00, 200_00),
        ("สวัสดิการ", 30_00, 30_00),
    ]
    assert (shown.total, shown.member_name, shown.issued_by) == (
        330_00,
        "นางสมศรี ใจดี",
        "มาลี บุญช่วย",
    )
    assert shown.stands
    assert findings(network) == ()


def test_fees_of_a_new_member_are_income_of_the_savings_purse(network: Network) -> None:
    receipt = receive(network, {"SHR": 100_00}, fees={Fee.ENTRANCE: 50_00, Fee.PASSBOOK: 20_00})

    entry = read(
        lambda session: journal_entry(session, book_id=network.book_id, number=receipt.entry_number)
    )
    assert entry.kind == EntryKind.ENTRANCE
    assert (balance(network, "43010"), balance(network, "43030")) == (-50_00, -20_00)
    assert view(network, 1).lines[1].after is None


def test_a_receipt_sent_twice_is_written_once(network: Network) -> None:
    first = receive(network, {"PLG": 100_00})

    again = receive(network, {"PLG": 100_00})

    assert again.number == first.number
    assert entries(network) == 1
    assert balance(network, "31020-0001") == -100_00


def test_a_key_does_not_write_another_receipt(network: Network) -> None:
    receive(network, {"PLG": 100_00})

    with pytest.raises(KeyUsedForAnother):
        receive(network, {"PLG": 200_00})

    assert len(receipts(network)) == 1


def test_a_receipt_of_nothing_is_refused(network: Network) -> None:
    with pytest.raises(NothingPaid):
        receive(network, {"PLG": 0, "WEL": 0}, fees={Fee.ENTRANCE: 0})

    assert entries(network) == 0


def test_shares_are_paid_in_whole_shares(network: Network) -> None:
    with pytest.raises(SharesNotWhole):
        receive(network, {"SHR": 105_00})

    assert entries(network) == 0


def test_nobody_unknown_pays_and_nothing_unknown_is_paid(network: Network) -> None:
    with pytest.raises(MemberNotFound):
        receive(network, {"PLG": 100_00}, number="9999")
    with pytest.raises(services.NoSuchProduct):
        receive(network, {"GOLD": 100_00})

    assert entries(network) == 0


def test_who_left_pays_nothing_in(network: Network) -> None:
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

    with pytest.raises(HasLeft):
        receive(network, {"PLG": 100_00})


def test_no_receipt_is_of_a_day_that_has_not_come_or_is_closed(network: Network) -> None:
    close_march(network)

    with pytest.raises(FutureDate):
        receive(network, {"PLG": 100_00}, on=TODAY + timedelta(days=1))
    with pytest.raises(PeriodClosed):
        receive(network, {"PLG": 100_00}, on=date(2023, 3, 31))

    assert receipts(network) == []


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


def test_a_transfer_needs_a_bank_account_of_the_purse(network: Network) -> None:
    write(
        lambda session: open_product(
            session, book_id=network.book_id, kind=ProductKind.LAND_HOUSING, opened_on=TODAY
        )
    )

    receive(network, {"LHF": 100_00}, channel=Channel.TRANSFER)

    assert balance(network, "12510", "LHF") == 100_00


def test_a_wrong_receipt_is_taken_back_and_written_anew_in_one_batch(network: Network) -> None:
    receive(network, {"PLG": 1000_00, "WEL": 30_00})

    right = put_right(network, 1, {"PLG": 100_00, "WEL": 30_00})

    assert (right.number, right.replaces_number, right.total_satang) == (2, 1, 130_00)
    wrong = view(network, 1)
    assert (wrong.stands, wrong.replaced_by_number) == (False, 2)
    assert wrong.taken_back_because == "ใส่ยอดผิด"
    assert view(network, 2).memo == "แก้ไขใบรับเงินเลขที่ 1: ใส่ยอดผิด"
    assert balance(network, "31020-0001") == -100_00
    assert balance(network, "11010") == 100_00
    assert entries(network) == 3
    assert findings(network) == ()


def test_a_receipt_put_right_twice_with_one_key_is_put_right_once(network: Network) -> None:
    receive(network, {"PLG": 1000_00})
    first = put_right(network, 1, {"PLG": 100_00})

    again = put_right(network, 1, {"PLG": 100_00})

    assert again.number == first.number
    assert entries(network) == 3


def test_a_receipt_that_would_say_the_same_is_not_put_right(network: Network) -> None:
    receive(network, {"PLG": 100_00}, fees={Fee.PASSBOOK: 20_00})

    with pytest.raises(services.NothingToPutRight):
        write(
            lambda session: services.put_right(
                session,
                book_id=network.book_id,
                receipt_number=1,
                amounts={"PLG": Satang(100_00), "SHR": Satang(0)},
                fees={Fee.PASSBOOK: Satang(20_00)},
                received_on=TODAY,
                channel=Channel.CASH,
                reason="ไม่มีอะไรเปลี่ยน",
                idempotency_key="right-1",
                by=MALEE,
                at=NOW,
            )
        )

    assert view(network, 1).stands
    assert entries(network) == 1


def test_a_receipt_that_was_put_right_is_not_put_right_again(network: Network) -> None:
    receive(network, {"PLG": 1000_00})
    put_right(network, 1, {"PLG": 100_00})

    with pytest.raises(services.AlreadyTakenBack):
        put_right(network, 1, {"PLG": 200_00}, key="right-2")
    with pytest.raises(services.AlreadyTakenBack):
        cancel(network, 1)

    assert entries(network) == 3


def test_the_right_one_may_be_put_right_in_turn(network: Network) -> None:
    receive(network, {"PLG": 1000_00})
    put_right(network, 1, {"PLG": 100_00})

    put_right(network, 2, {"PLG": 110_00}, key="right-2")

    assert [receipt.replaces_number for receipt in receipts(network)] == [None, 1, 2]
    assert balance(network, "31020-0001") == -110_00


def test_a_cancelled_receipt_keeps_its_number_and_gives_nothing(network: Network) -> None:
    receive(network, {"PLG": 100_00})

    cancel(network, 1)
    receive(network, {"PLG": 50_00}, key="receipt-2")

    assert [receipt.number for receipt in receipts(network)] == [1, 2]
    assert (view(network, 1).stands, view(network, 1).replaced_by_number) == (False, None)
    assert balance(network, "31020-0001") == -50_00
    assert findings(network) == ()


def test_a_receipt_of_a_closed_month_is_taken_back_in_an_open_one(network: Network) -> None:
    receive(network, {"PLG": 1000_00}, on=date(2023, 3, 31))
    close_march(network)

    with pytest.raises(PeriodClosed):
        put_right(network, 1, {"PLG": 100_00}, on=date(2023, 3, 31))
    put_right(network, 1, {"PLG": 100_00}, key="right-2")

    back = read(lambda session: journal_entry(session, book_id=network.book_id, number=2))
    assert (back.reverses_number, back.entered_on) == (1, TODAY)
    assert findings(network) == ()


def test_money_that_was_paid_out_again_is_not_taken_back(network: Network) -> None:
    receive(network, {"DEM": 100_00})
    receive(network, {"PLG": 500_00}, number="0002", key="receipt-2")
    write(
        lambda session: withdraw(
            session,
            book_id=network.book_id,
            number="0001",
            product_code="DEM",
            amount=Satang(80_00),
            entered_on=TODAY,
            memo="",
            idempotency_key="withdrawal-1",
            by="o1",
            approved_by="o2",
            at=NOW,
        )
    )

    with pytest.raises(BalanceTooLow) as refused:
        cancel(network, 1)

    assert refused.value.sentence() == (
        "นางสมศรี ใจดี เลขที่ 0001 ถอนออมเผื่อเรียกไปแล้ว เหลือ 20.00 บาท ไม่พอให้กลับรายการ"
    )
    assert view(network, 1).stands


def test_money_that_is_no_longer_in_the_box_is_not_given_back(network: Network) -> None:
    receive(network, {"PLG": 100_00})
    receive(network, {"DEM": 100_00}, number="0002", key="receipt-2")
    pay_out(network, 150_00)

    with pytest.raises(BalanceTooLow) as refused:
        put_right(network, 2, {"DEM": 10_00})

    assert refused.value.sentence() == (
        "เงินสดในมือของกองทุนออมทรัพย์หมุนเวียนมี 50.00 บาท ไม่พอให้กลับรายการ"
    )
    assert view(network, 2).stands


def pay_out(network: Network, amount: int) -> None:
    """Take cash out of the savings box, as a rent that was paid."""

    def work(session: Session) -> None:
        rent = account_by_code(session, book_id=network.book_id, code="54010", fund="SAV")
        cash = account_by_code(session, book_id=network.book_id, code="11010", fund="SAV")
        post_batch(
            session,
            book_id=network.book_id,
            drafts=[
                EntryDraft(
                    entered_on=TODAY,
                    kind=EntryKind.EXPENSE,
                    postings=(
                        debit(rent.id, "SAV", Satang(amount)),
                        credit(cash.id, "SAV", Satang(amount)),
                    ),
                )
            ],
            idempotency_key="rent-1",
            posted_by=MALEE,
            posted_at=NOW,
        )

    write(work)


def somsri_leaves(network: Network) -> None:
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


def test_requests_sent_again_after_the_member_left_answer_the_same(network: Network) -> None:
    receive(network, {"PLG": 100_00})
    put_right(network, 1, {"PLG": 120_00})
    cancelled = cancel(network, 2)
    somsri_leaves(network)

    again = (receive(network, {"PLG": 100_00}), put_right(network, 1, {"PLG": 120_00}))

    assert [receipt.number for receipt in again] == [1, 2]
    assert cancel(network, 2).numbers == cancelled.numbers
    assert entries(network) == 4


def test_the_receipt_of_one_who_left_is_not_cancelled(network: Network) -> None:
    receive(network, {"PLG": 100_00})
    somsri_leaves(network)

    with pytest.raises(HasLeft):
        cancel(network, 1)

    assert entries(network) == 2


def test_the_key_of_a_fee_serves_no_other_member(network: Network) -> None:
    receive(network, {}, fees={Fee.PASSBOOK: 20_00})

    with pytest.raises(KeyUsedForAnother):
        receive(network, {}, fees={Fee.PASSBOOK: 20_00}, number="0002")

    assert [receipt.member_id for receipt in receipts(network)] == [1]


def test_a_reversal_sent_again_after_its_month_was_closed_answers_the_same(
    network: Network,
) -> None:
    receive(network, {"PLG": 100_00}, on=date(2023, 3, 20))
    first = put_right(network, 1, {"PLG": 120_00})
    close_march(network)

    again = put_right(network, 1, {"PLG": 120_00})

    assert again.number == first.number
    assert entries(network) == 3


def test_nobody_who_leaves_at_the_same_moment_pays_in(network: Network) -> None:
    """The one who pays is looked up after the book is locked, not before."""
    order: list[str] = []
    going, gone = threading.Event(), threading.Event()

    def leaves(session: Session) -> None:
        lock_book(session, book_id=network.book_id)
        going.set()
        gone.wait(0.5)
        leave(
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
        order.append("left")

    def pays() -> None:
        going.wait()
        try:
            receive(network, {}, fees={Fee.PASSBOOK: 20_00})
        except HasLeft:
            order.append("refused")

    payer = threading.Thread(target=pays)
    payer.start()
    write(leaves)
    payer.join()

    assert order == ["left", "refused"]
    assert receipts(network) == []


def test_a_receipt_of_a_collection_day_put_right_stays_with_its_day(network: Network) -> None:
    day, revision = ready_day(network)
    post(network, day, revision=revision)

    put_right(network, 2, {"PLG": 60_00, "WEL": 30_00})

    summary = read(
        lambda session: queries.day_summary(session, book_id=network.book_id, collection_id=day.id)
    )
    assert [(r.number, r.stands) for r in summary.receipts] == [(1, True), (2, False), (3, True)]


def test_a_receipt_that_is_not_there_is_not_put_right(network: Network) -> None:
    with pytest.raises(queries.ReceiptNotFound):
        put_right(network, 7, {"PLG": 100_00})
