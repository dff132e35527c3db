"""Loans paid at the counter, and receipts with loans put right or cancelled, on each engine."""

from collections.abc import Mapping
from datetime import date

import pytest
from sqlalchemy.orm import Session

from desk import queries, services
from desk.models import Channel, Receipt
from desk.receipt import division_mark
from ledger.db import read, write
from ledger.entry import EntryKind
from ledger.money import Satang
from ledger.period import FutureDate, PeriodClosed
from ledger.queries import journal_entry
from ledger.services import KeyUsedForAnother, PostedBatch, close_period
from loans.kinds import Purpose, State
from loans.models import Guarantee
from loans.queries.loans import LoanNotFound
from loans.queries.plans import NotPaidOut
from loans.services.repaying import NotAGuarantor, RepaidAlready
from loans.waterfall import MoreThanOwed
from tests.desk.days import BOONMEE, MALEE, balance, entries, findings, receipts
from tests.desk.lending import lend, loan_now, repaid_events, standing_now
from tests.desk.test_receipt_services import pay_out
from tests.network import NOW, TODAY, Network


def repay(
    network: Network,
    loan_id: int,
    amount: int,
    *,
    on: date = TODAY,
    channel: Channel = Channel.CASH,
    payer: str = "",
    shown: str = "",
    key: str = "repay-one",
) -> Receipt:
    return write(
        lambda session: services.take_repayment(
            session,
            book_id=network.book_id,
            loan_id=loan_id,
            amount=Satang(amount),
            paid_on=on,
            channel=channel,
            payer_number=payer,
            memo="",
            shown=shown,
            idempotency_key=key,
            by=MALEE,
            at=NOW,
        )
    )


def receive(
    network: Network,
    amounts: Mapping[str, int],
    loans: Mapping[int, int],
    *,
    number: str = "0001",
    on: date = TODAY,
    key: str = "receipt-1",
) -> Receipt:
    return write(
        lambda session: services.receive(
            session,
            book_id=network.book_id,
            member_number=number,
            amounts={code: Satang(amount) for code, amount in amounts.items()},
            fees={},
            loans={loan_id: Satang(amount) for loan_id, amount in loans.items()},
            received_on=on,
            channel=Channel.CASH,
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
    loans: Mapping[int, int],
    *,
    on: date = TODAY,
    key: str = "right-one",
) -> Receipt:
    return write(
        lambda session: services.put_right(
            session,
            book_id=network.book_id,
            receipt_number=receipt_number,
            amounts={code: Satang(amount) for code, amount in amounts.items()},
            fees={},
            loans={loan_id: Satang(amount) for loan_id, amount in loans.items()},
            received_on=on,
            channel=Channel.CASH,
            reason="ใส่ยอดผิด",
            idempotency_key=key,
            by=MALEE,
            at=NOW,
        )
    )


def cancel(network: Network, receipt_number: int, *, key: str = "cancel-one") -> PostedBatch:
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


def guaranteed_by(network: Network, loan_id: int, member: int) -> None:
    """Let a member guarantee a loan, and agree to it."""

    def work(session: Session) -> None:
        session.add(
            Guarantee(
                book_id=network.book_id,
                id=1,
                member_id=member,
                application_id=None,
                loan_id=loan_id,
                most_satang=Satang(20_000_00),
                asked_at=NOW,
                asked_by=MALEE,
                consented_on=date(2023, 3, 6),
                consent="ลงชื่อในสัญญา",
                released_on=None,
                released_because="",
            )
        )

    write(work)


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


def test_a_payment_at_the_loan_desk_gives_a_receipt_of_its_own_kind(network: Network) -> None:
    loan_id = lend(network)
    cash = balance(network, "11010")

    receipt = repay(network, loan_id, 2_200_00)

    entry = read(
        lambda session: journal_entry(session, book_id=network.book_id, number=receipt.entry_number)
    )
    (line,) = view(network, receipt.number).loans
    assert entry.kind == EntryKind.REPAYMENT
    assert (line.principal, line.interest, line.owed_after) == (2_000_00, 200_00, 18_000_00)
    assert (line.borrower, line.is_for_another) == ("นางสมศรี ใจดี", False)
    assert balance(network, "11010") - cash == 2_200_00
    assert findings(network) == ()


def test_a_payment_sent_twice_is_taken_once_also_when_it_closed_the_loan(network: Network) -> None:
    loan_id = lend(network)
    first = repay(network, loan_id, 20_200_00)

    again = repay(network, loan_id, 20_200_00)

    assert again.number == first.number
    assert loan_now(network, loan_id).state is State.REPAID
    assert repaid_events(network, loan_id) == 1


def test_the_key_of_a_payment_takes_no_other(network: Network) -> None:
    loan_id = lend(network)
    repay(network, loan_id, 2_200_00)

    with pytest.raises(KeyUsedForAnother):
        repay(network, loan_id, 2_100_00)
    with pytest.raises(KeyUsedForAnother):
        receive(network, {"PLG": 100_00}, {}, key="repay-one")

    assert repaid_events(network, loan_id) == 1


def test_a_guarantor_who_pays_is_given_the_receipt(network: Network) -> None:
    loan_id = lend(network)
    guaranteed_by(network, loan_id, BOONMEE)

    receipt = repay(network, loan_id, 2_200_00, payer="0002")

    shown = view(network, receipt.number)
    assert shown.member_name == "นายบุญมี ทองคำ"
    assert (shown.loans[0].is_for_another, shown.loans[0].borrower) == (True, "นางสมศรี ใจดี")
    assert loan_now(network, loan_id).outstanding == 18_000_00


def test_who_does_not_guarantee_a_loan_does_not_pay_it(network: Network) -> None:
    loan_id = lend(network)
    before = entries(network)

    with pytest.raises(NotAGuarantor):
        repay(network, loan_id, 2_200_00, payer="0002")
    with pytest.raises(NotAGuarantor):
        receive(network, {}, {loan_id: 100_00}, number="0002")

    assert entries(network) == before


def test_a_division_that_is_not_what_was_shown_is_not_written(network: Network) -> None:
    loan_id = lend(network)
    shown = division_mark(*map(Satang, (2_000_00, 200_00, 0, 0, 0)))
    repay(network, loan_id, 1_000_00, key="repay-two")

    with pytest.raises(services.DivisionMoved):
        repay(network, loan_id, 2_200_00, shown=shown)

    assert repaid_events(network, loan_id) == 1


def test_what_cannot_be_paid_is_refused_and_nothing_is_written(network: Network) -> None:
    loan_id, waiting = lend(network), lend(network, pays_out=False)
    before = entries(network)
    close_march(network)

    with pytest.raises(MoreThanOwed):
        repay(network, loan_id, 20_200_01)
    with pytest.raises(PeriodClosed):
        repay(network, loan_id, 100_00, on=date(2023, 3, 31))
    with pytest.raises(FutureDate):
        repay(network, loan_id, 100_00, on=date(2023, 4, 7))
    with pytest.raises(NotPaidOut):
        repay(network, waiting, 100_00)
    with pytest.raises(LoanNotFound):
        repay(network, 99, 100_00)

    assert entries(network) == before
    assert receipts(network) == []
    assert repaid_events(network, loan_id) == 0


def test_a_loan_that_is_repaid_is_not_paid_again(network: Network) -> None:
    loan_id = lend(network)
    repay(network, loan_id, 20_200_00)

    with pytest.raises(RepaidAlready):
        repay(network, loan_id, 1_00, key="repay-two")

    assert len(receipts(network)) == 1


def test_savings_and_two_loans_stand_on_one_receipt_at_the_counter(network: Network) -> None:
    ordinary = lend(network)
    housing = lend(network, purpose=Purpose.HOUSING, amount=60_000_00)

    receipt = receive(network, {"PLG": 100_00}, {ordinary: 2_200_00, housing: 6_300_00})

    shown = view(network, receipt.number)
    assert [(line.product_code, line.amount) for line in shown.lines] == [("PLG", 100_00)]
    assert {line.loan_id: line.amount for line in shown.loans} == {
        ordinary: 2_200_00,
        housing: 6_300_00,
    }
    assert shown.total == 8_600_00
    assert balance(network, "41030", "HSG") == -300_00
    assert findings(network) == ()


def test_a_receipt_with_a_loan_is_put_right_and_divided_anew(network: Network) -> None:
    loan_id = lend(network)
    cash = balance(network, "11010")
    receive(network, {"PLG": 100_00}, {loan_id: 2_200_00})

    right = put_right(network, 1, {"PLG": 100_00}, {loan_id: 1_200_00})

    (line,) = view(network, right.number).loans
    # 200 of interest comes first; 1,000 of the 2,000 of principal remains due.
    assert (line.principal, line.interest, line.owed_after) == (1_000_00, 200_00, 19_000_00)
    assert loan_now(network, loan_id).outstanding == 19_000_00
    assert standing_now(network, loan_id).due_now == 1_000_00
    assert balance(network, "41010") == -200_00
    assert balance(network, "11010") - cash == 1_300_00
    assert not view(network, 1).stands
    assert findings(network) == ()


def test_a_receipt_with_a_loan_put_right_twice_with_one_key_is_put_right_once(
    network: Network,
) -> None:
    loan_id = lend(network)
    receive(network, {}, {loan_id: 2_200_00})
    first = put_right(network, 1, {}, {loan_id: 20_200_00})

    again = put_right(network, 1, {}, {loan_id: 20_200_00})

    assert again.number == first.number
    assert repaid_events(network, loan_id) == 2
    assert loan_now(network, loan_id).state is State.REPAID


def test_a_receipt_that_says_the_same_of_its_loan_is_not_put_right(network: Network) -> None:
    loan_id = lend(network)
    receive(network, {"PLG": 100_00}, {loan_id: 2_200_00})

    with pytest.raises(services.NothingToPutRight):
        put_right(network, 1, {"PLG": 100_00}, {loan_id: 2_200_00})


def test_a_payment_for_the_wrong_loan_is_put_right(network: Network) -> None:
    wrong, meant = lend(network), lend(network, amount=5_000_00)
    receive(network, {}, {wrong: 550_00})

    put_right(network, 1, {}, {meant: 550_00})

    assert (loan_now(network, wrong).outstanding, loan_now(network, meant).outstanding) == (
        20_000_00,
        4_500_00,
    )
    assert standing_now(network, wrong).due_now == 2_200_00
    assert findings(network) == ()


def test_a_loan_that_a_wrong_receipt_closed_runs_again(network: Network) -> None:
    loan_id = lend(network)
    receive(network, {}, {loan_id: 20_200_00})

    put_right(network, 1, {}, {loan_id: 2_200_00})

    loan = loan_now(network, loan_id)
    assert (loan.state, loan.outstanding) == (State.RUNNING, 18_000_00)
    assert standing_now(network, loan_id, on=date(2023, 5, 6)).due_now == 2_180_00


def test_a_payment_in_advance_that_is_put_right_leaves_the_plan_right(network: Network) -> None:
    loan_id = lend(network)
    receive(network, {}, {loan_id: 12_200_00})

    put_right(network, 1, {}, {loan_id: 2_200_00})

    # May: 2,000 and a month of 12 % on 18,000.
    assert standing_now(network, loan_id, on=date(2023, 5, 6)).due_now == 2_180_00
    assert loan_now(network, loan_id).outstanding == 18_000_00


def test_a_right_receipt_may_need_the_cash_that_the_wrong_one_took_in(network: Network) -> None:
    """Cash that went to the bank meanwhile does not stop a correction of the same amount."""
    loan_id = lend(network)
    receive(network, {}, {loan_id: 2_200_00})
    pay_out(network, balance(network, "11010"))

    put_right(network, 1, {"PLG": 1_000_00}, {loan_id: 1_200_00})

    assert balance(network, "11010") == 0
    assert loan_now(network, loan_id).outstanding == 19_000_00


def test_a_right_receipt_that_pays_more_than_is_owed_is_refused_and_the_wrong_one_stands(
    network: Network,
) -> None:
    loan_id = lend(network)
    receive(network, {}, {loan_id: 2_200_00})
    before = entries(network)

    with pytest.raises(services.RepaymentCannotStand) as refusal:
        put_right(network, 1, {}, {loan_id: 20_200_01})

    assert "ชำระได้ไม่เกิน 20,200.00 บาท" in refusal.value.sentence()
    assert view(network, 1).stands
    assert entries(network) == before
    assert loan_now(network, loan_id).outstanding == 18_000_00
    assert standing_now(network, loan_id).due_now == 0


def test_a_cancelled_receipt_takes_its_payment_of_the_loan_back(network: Network) -> None:
    loan_id = lend(network)
    cash = balance(network, "11010")
    receive(network, {"PLG": 100_00}, {loan_id: 2_200_00})

    first = cancel(network, 1)
    again = cancel(network, 1)

    assert again.numbers == first.numbers
    assert loan_now(network, loan_id).outstanding == 20_000_00
    assert standing_now(network, loan_id).due_now == 2_200_00
    assert (balance(network, "11010"), balance(network, "41010")) == (cash, 0)
    assert findings(network) == ()


def test_an_earlier_receipt_that_is_cancelled_leaves_the_later_one_right(network: Network) -> None:
    loan_id = lend(network, on=date(2023, 2, 6), first_due_on=date(2023, 3, 6))
    receive(network, {}, {loan_id: 2_200_00}, on=date(2023, 3, 6))
    receive(network, {}, {loan_id: 2_180_00}, key="receipt-2")

    cancel(network, 1)

    # 2,200 of March is owed again, and 2,180 was paid towards what was due.
    assert loan_now(network, loan_id).outstanding == 18_000_00
    assert (
        standing_now(network, loan_id).overdue_principal
        + standing_now(network, loan_id).overdue_interest
        > 0
    )
    assert findings(network) == ()


def test_an_earlier_receipt_whose_savings_are_put_right_keeps_its_payment_of_the_loan(
    network: Network,
) -> None:
    loan_id = lend(network, on=date(2023, 2, 6), first_due_on=date(2023, 3, 6))
    receive(network, {"PLG": 1_000_00}, {loan_id: 2_200_00}, on=date(2023, 3, 6))
    receive(network, {}, {loan_id: 2_180_00}, key="receipt-2")

    put_right(network, 1, {"PLG": 100_00}, {loan_id: 2_200_00}, on=date(2023, 3, 6))

    (line,) = view(network, 3).loans
    assert (line.principal, line.interest) == (2_000_00, 200_00)
    assert loan_now(network, loan_id).outstanding == 16_000_00
    assert standing_now(network, loan_id).due_now == 0
    assert standing_now(network, loan_id, on=date(2023, 5, 6)).due_now == 2_160_00
    assert findings(network) == ()


def test_a_payment_that_later_ones_rest_on_is_not_made_another(network: Network) -> None:
    loan_id = lend(network, on=date(2023, 2, 6), first_due_on=date(2023, 3, 6))
    receive(network, {}, {loan_id: 2_200_00}, on=date(2023, 3, 6))
    receive(network, {}, {loan_id: 2_180_00}, key="receipt-2")
    before = entries(network)

    with pytest.raises(services.LaterPaymentStands) as refusal:
        put_right(network, 1, {}, {loan_id: 1_200_00}, on=date(2023, 3, 6))

    assert "มีรายการวันที่ 6 เม.ย. 2566 ต่อจากใบนี้แล้ว" in refusal.value.sentence()
    assert entries(network) == before
    assert view(network, 1).stands


def test_a_payment_in_advance_that_later_ones_rest_on_is_not_written_again(
    network: Network,
) -> None:
    loan_id = lend(network, on=date(2023, 2, 6), first_due_on=date(2023, 3, 6))
    receive(network, {"PLG": 1_000_00}, {loan_id: 7_200_00}, on=date(2023, 3, 6))
    receive(network, {}, {loan_id: 1_000_00}, key="receipt-2")

    with pytest.raises(services.LaterPaymentStands):
        put_right(network, 1, {"PLG": 100_00}, {loan_id: 7_200_00}, on=date(2023, 3, 6))

    assert view(network, 1).stands


def test_what_a_guarantor_paid_is_put_right_on_their_receipt(network: Network) -> None:
    loan_id = lend(network)
    guaranteed_by(network, loan_id, BOONMEE)
    repay(network, loan_id, 2_200_00, payer="0002")

    right = put_right(network, 1, {"PLG": 1_000_00}, {loan_id: 1_200_00})

    (line,) = view(network, right.number).loans
    assert view(network, right.number).member_name == "นายบุญมี ทองคำ"
    assert (line.is_for_another, line.amount) == (True, 1_200_00)
    assert loan_now(network, loan_id).outstanding == 19_000_00
    assert findings(network) == ()


def test_a_receipt_of_a_closed_month_with_a_loan_is_put_right_in_an_open_one(
    network: Network,
) -> None:
    loan_id = lend(network, on=date(2023, 2, 6), first_due_on=date(2023, 3, 6))
    receive(network, {}, {loan_id: 1_200_00}, on=date(2023, 3, 6))
    close_march(network)

    with pytest.raises(PeriodClosed):
        put_right(network, 1, {}, {loan_id: 2_200_00}, on=date(2023, 3, 6))
    put_right(network, 1, {}, {loan_id: 2_200_00}, key="right-two")

    assert [receipt.received_on for receipt in receipts(network)] == [date(2023, 3, 6), TODAY]
    (line,) = view(network, 2).loans
    # It was paid in April now: 2,000 × 15 % × 31/365 = 25.48 for March comes before interest.
    assert (line.default_interest, line.interest) == (25_48, 380_00)
    assert loan_now(network, loan_id).outstanding == 20_000_00 - line.principal
    assert findings(network) == ()
