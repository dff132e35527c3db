"""Money between a mother and her children: two halves, one reference, and whether they agree."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.models import Entry
from ledger.money import Satang
from ledger.period import PeriodClosed
from ledger.queries import JournalEntry, account_by_code, journal_entry
from ledger.services import KeyUsedForAnother, SameOfficerTwice, close_period, post_batch
from loans.kinds import Purpose, Side, State, Through, TransferKind
from loans.queries.between import (
    Mirror,
    NoMother,
    TransferNotFound,
    TransferState,
    TransferView,
    mirrors,
    transfer_view,
    transfers_of,
    waiting_halves,
)
from loans.queries.loans import LoanView, loan_view, loans_of_group, plan_of, standing_of
from loans.schedule import Method, Terms
from loans.services.between import (
    BooksDisagree,
    ConfirmedAlready,
    DivisionMoved,
    EarlierWaits,
    MoreThanKept,
    NoCounterpart,
    NothingWritten,
    NotItsChild,
    NotTheReceiver,
    OldAccount,
    Sending,
    TakenBackAlready,
    check_loan_accounts,
    confirm,
    deposit_with_mother,
    lend_to_child,
    repay_mother,
    return_deposit,
    take_back,
)
from loans.services.borrowings import MotherIsPaidBetween, OneOfficerAlone, check_payment
from loans.services.records import NotEnoughMoney, ResolutionMissing
from loans.services.repaying import PaidBeforeLast, RepaidAlready, repay
from loans.standing import PlanRow, Standing
from loans.waterfall import MoreThanOwed
from members.models import GroupKind
from members.services.groups import open_group
from tests.network import FOUNDED_AT, FOUNDED_ON, NOW, TODAY, Network

MOTHER, CHILD, STRANGER = "WNY", "KHP99", "KHP06"
#: In the mother's group มาลี and บุญมี, in the child's วันดี and สมชาย.
MALEE, BOONMEE, WANDEE, SOMCHAI = "o1", "o2", "o4", "o3"
MARCH = date(2023, 3, 6)
#: Ten instalments of 10,000 with interest on what is left: month 1 of 100,000 at 6 % is 500.
TERMS = Terms(
    principal=Satang(100_000_00),
    annual_rate_ppm=60_000,
    instalments=10,
    method=Method.EQUAL_PRINCIPAL,
    first_due_on=TODAY,
    disbursed_on=MARCH,
)


@dataclass(frozen=True)
class Family:
    """The books of a mother and her child."""

    mother: int
    child: int


@pytest.fixture
def family(network: Network) -> Family:
    """A mother with 500,000 in the bank, and a child with 100,000 in its box and in its bank."""
    assert network

    def found(session: Session) -> Family:
        books = []
        for code, name, mother in (
            (MOTHER, "กองทุนเครือข่ายวังน้ำเย็น", None),
            (CHILD, "กลุ่มออมทรัพย์บ้านลูก", MOTHER),
        ):
            group = open_group(
                session,
                code=code,
                name=name,
                kind=GroupKind.NETWORK if mother is None else GroupKind.VILLAGE,
                village_code=None,
                mother_code=mother,
                founded_on=FOUNDED_ON,
                by="o1",
                at=FOUNDED_AT,
            )
            books.append(group.book_id)
        return Family(*books)

    family = write(found)
    put_in(family.mother, "12110", 500_000_00)
    put_in(family.child, "12110", 100_000_00)
    put_in(family.child, "11010", 100_000_00)
    return family


def put_in(book_id: int, code: str, amount: int) -> None:
    def put(session: Session) -> None:
        money, other = (
            account_by_code(session, book_id=book_id, code=number, fund="SAV").id
            for number in (code, "39010")
        )
        lines = (debit(money, "SAV", Satang(amount)), credit(other, "SAV", Satang(amount)))
        draft = EntryDraft(
            entered_on=date(2023, 1, 2), kind=EntryKind.JOURNAL, memo="ยอดยกมา", postings=lines
        )
        post_batch(
            session,
            book_id=book_id,
            drafts=[draft],
            idempotency_key=f"money-{code}",
            posted_by="o1",
            posted_at=NOW,
        )

    write(put)


def sending(
    amount: int,
    *,
    key: str,
    on: date = TODAY,
    through: Through = Through.BANK,
    by: str = MALEE,
    approved_by: str = BOONMEE,
    at: datetime = NOW,
) -> Sending:
    return Sending(
        amount=Satang(amount),
        moved_on=on,
        through=through,
        note="",
        idempotency_key=key,
        by=by,
        approved_by=approved_by,
        at=at,
    )


def lend(
    family: Family, *, key: str = "lend-key-1", terms: Terms = TERMS, child: str = CHILD
) -> str:
    sent = sending(terms.principal, key=key, on=terms.disbursed_on)
    return write(
        lambda session: (
            lend_to_child(
                session,
                book_id=family.mother,
                child_code=child,
                terms=terms,
                resolution="มติ 1/2566",
                sent=sent,
            ).reference
        )
    )


def receive(
    book_id: int,
    reference: str,
    *,
    key: str = "confirm-key-1",
    resolution: str = "มติ 2/2566",
    through: Through = Through.BANK,
    by: str = WANDEE,
) -> str:
    return write(
        lambda session: (
            confirm(
                session,
                book_id=book_id,
                reference=reference,
                through=through,
                resolution=resolution,
                idempotency_key=key,
                by=by,
                at=NOW,
            ).reference
        )
    )


def lent_and_received(family: Family) -> str:
    reference = lend(family)
    receive(family.child, reference)
    return reference


def pay_back(family: Family, amount: int = 10_500_00, *, key: str = "repay-key-1") -> str:
    sent = sending(amount, key=key, by=WANDEE, approved_by=SOMCHAI)
    return write(
        lambda session: repay_mother(session, book_id=family.child, loan_id=1, sent=sent).reference
    )


def put_by(family: Family, amount: int = 50_000_00, *, key: str = "deposit-key-1") -> str:
    sent = sending(amount, key=key, through=Through.CASH, by=WANDEE, approved_by=SOMCHAI)
    return write(
        lambda session: deposit_with_mother(session, book_id=family.child, sent=sent).reference
    )


def give_back(family: Family, amount: int = 20_000_00, *, key: str = "return-key-1") -> str:
    sent = sending(amount, key=key)
    return write(
        lambda session: (
            return_deposit(session, book_id=family.mother, child_code=CHILD, sent=sent).reference
        )
    )


def undo(book_id: int, reference: str, *, key: str = "undo-key-1") -> None:
    by, approved_by = (MALEE, BOONMEE)

    def back(session: Session) -> None:
        take_back(
            session,
            book_id=book_id,
            reference=reference,
            taken_back_on=TODAY,
            reason="ลงผิด",
            idempotency_key=key,
            by=by,
            approved_by=approved_by,
            at=NOW,
        )

    write(back)


def seen(book_id: int, reference: str) -> TransferView:
    return read(
        lambda session: transfer_view(session, book_id=book_id, reference=reference, on=TODAY)
    )


def lines(book_id: int, number: int | None) -> list[tuple[str, int]]:
    return sorted((p.code, p.amount) for p in entry_of(book_id, number).postings)


def entry_of(book_id: int, number: int | None) -> JournalEntry:
    assert number is not None
    return read(lambda session: journal_entry(session, book_id=book_id, number=number))


def rows_of(book_id: int) -> tuple[PlanRow, ...]:
    return read(lambda session: plan_of(session, book_id=book_id, loan_id=1).rows)


def loan_of(book_id: int) -> LoanView:
    return read(lambda session: loan_view(session, book_id=book_id, loan_id=1))


def mirror(family: Family, on: date = TODAY) -> Mirror:
    found = read(lambda session: mirrors(session, on=on, book_id=family.child))
    assert len(found) == 1
    return found[0]


def entries(book_id: int) -> int:
    counted = select(func.count()).where(Entry.book_id == book_id)
    return read(lambda session: session.scalar(counted)) or 0


# ---------------------------------------------------------------- E29


def test_a_loan_to_a_child_stands_in_both_books_under_one_reference(family: Family) -> None:
    reference = lend(family)

    receive(family.child, reference)

    view = seen(family.child, reference)
    assert reference == "IG6603-WNY-0001"
    assert lines(family.mother, view.sender_entry) == [
        ("12110", -100_000_00),
        ("15010-0001", 100_000_00),
    ]
    assert lines(family.child, view.receiver_entry) == [
        ("12110", 100_000_00),
        ("22040-0001", -100_000_00),
    ]
    for book_id, number in (
        (family.mother, view.sender_entry),
        (family.child, view.receiver_entry),
    ):
        entry = entry_of(book_id, number)
        assert (entry.reference, entry.entered_on) == (reference, MARCH)
    assert view.state is TransferState.AGREED


def test_both_groups_have_the_same_schedule(family: Family) -> None:
    lent_and_received(family)

    hers, its = rows_of(family.mother), rows_of(family.child)
    loans = [loan_of(family.mother), loan_of(family.child)]

    assert hers == its
    assert [(loan.side, loan.purpose, loan.other_book_id) for loan in loans] == [
        (Side.LENT, Purpose.CHILD_GROUP, family.child),
        (Side.BORROWED, Purpose.MOTHER_GROUP, family.mother),
    ]
    assert [loan.outstanding for loan in loans] == [100_000_00, 100_000_00]
    assert loans[1].resolution == "มติ 2/2566"


def test_until_it_is_confirmed_the_childs_book_knows_nothing(family: Family) -> None:
    before = entries(family.child)

    reference = lend(family)

    view = seen(family.child, reference)
    assert (view.state, view.receiver_entry, view.what) == (
        TransferState.WAITING,
        None,
        TransferKind.LOAN,
    )
    assert view.terms == TERMS
    assert entries(family.child) == before
    assert (
        read(lambda session: loans_of_group(session, book_id=family.child, side=Side.BORROWED))
        == []
    )
    waiting = read(lambda session: waiting_halves(session, on=date(2023, 4, 16)))
    assert [(one.reference, one.days) for one in waiting] == [(reference, 10)]


def test_a_loan_needs_the_resolution_of_both(family: Family) -> None:
    sent = sending(100_000_00, key="lend-key-1", on=MARCH)
    with pytest.raises(ResolutionMissing):
        write(
            lambda session: (
                lend_to_child(
                    session,
                    book_id=family.mother,
                    child_code=CHILD,
                    terms=TERMS,
                    resolution=" ",
                    sent=sent,
                ).reference
            )
        )
    reference = lend(family)

    with pytest.raises(ResolutionMissing):
        receive(family.child, reference, resolution="")

    assert seen(family.child, reference).state is TransferState.WAITING


# ---------------------------------------------------------------- E30


def test_a_repayment_is_divided_alike_in_both_books(family: Family) -> None:
    lent_and_received(family)

    reference = pay_back(family)
    receive(family.mother, reference, key="confirm-key-2", by=MALEE)

    view = seen(family.mother, reference)
    assert reference == "IG6604-KHP99-0001"
    assert (view.principal, view.interest) == (10_000_00, 500_00)
    assert lines(family.child, view.sender_entry) == [
        ("12110", -10_500_00),
        ("22040-0001", 10_000_00),
        ("51040", 500_00),
    ]
    assert lines(family.mother, view.receiver_entry) == [
        ("12110", 10_500_00),
        ("15010-0001", -10_000_00),
        ("41060", -500_00),
    ]
    assert mirror(family).agrees
    assert (mirror(family).lent, mirror(family).borrowed) == (90_000_00, 90_000_00)


def test_the_last_repayment_closes_the_loan_in_both_books(family: Family) -> None:
    lent_and_received(family)

    # All of it on the first due day: 100,000 and March's interest of 500.
    reference = pay_back(family, 100_500_00)
    receive(family.mother, reference, key="confirm-key-2", by=MALEE)

    states = [loan_of(book_id).state for book_id in (family.mother, family.child)]
    assert states == [State.REPAID, State.REPAID]


def test_a_child_pays_no_more_than_it_owes_or_has(family: Family) -> None:
    lent_and_received(family)

    with pytest.raises(MoreThanOwed):
        pay_back(family, 200_000_00)
    sent = replace(
        sending(100_500_00, key="repay-key-2", by=WANDEE, approved_by=SOMCHAI),
        through=Through.CASH,
    )
    with pytest.raises(NotEnoughMoney):
        write(
            lambda session: (
                repay_mother(session, book_id=family.child, loan_id=1, sent=sent).reference
            )
        )

    assert mirror(family).agrees


def test_what_is_owed_to_the_mother_is_not_paid_on_the_page_of_other_lenders(
    family: Family,
) -> None:
    lent_and_received(family)

    with pytest.raises(MotherIsPaidBetween):
        read(
            lambda session: check_payment(
                session,
                book_id=family.child,
                loan_id=1,
                amount=Satang(10_500_00),
                paid_on=TODAY,
                through=Through.BANK,
            )
        )


def test_a_loan_to_a_child_is_not_what_a_group_pays_back(family: Family) -> None:
    lent_and_received(family)
    sent = sending(10_500_00, key="repay-key-1")

    with pytest.raises(NoCounterpart):
        write(
            lambda session: (
                repay_mother(session, book_id=family.mother, loan_id=1, sent=sent).reference
            )
        )


def test_a_repayment_is_refused_when_the_mothers_loan_moved_meanwhile(family: Family) -> None:
    lent_and_received(family)
    reference = pay_back(family)
    write(
        lambda session: repay(
            session,
            book_id=family.mother,
            loan_id=1,
            amount=Satang(10_500_00),
            paid_on=TODAY,
            through=Through.BANK,
            note="",
            idempotency_key="other-key-1",
            by=MALEE,
            at=NOW,
        )
    )

    with pytest.raises(DivisionMoved) as refused:
        receive(family.mother, reference, key="confirm-key-2", by=MALEE)

    assert "ผู้ส่งแบ่งเป็นเงินต้น 10,000.00 บาท" in refused.value.sentence()
    assert seen(family.mother, reference).state is TransferState.WAITING


def test_one_repayment_is_under_way_at_a_time(family: Family) -> None:
    lent_and_received(family)
    first = pay_back(family)

    with pytest.raises(EarlierWaits):
        pay_back(family, key="repay-key-2")
    undo(family.child, first)

    assert pay_back(family, key="repay-key-2") == "IG6604-KHP99-0002"


# ---------------------------------------------------------------- E31


def test_a_deposit_leaves_the_childs_box_and_reaches_the_mothers_bank(family: Family) -> None:
    reference = put_by(family)
    receive(family.mother, reference, by=MALEE)

    view = seen(family.mother, reference)
    assert lines(family.child, view.sender_entry) == [
        ("11010", -50_000_00),
        ("12610-WNY", 50_000_00),
    ]
    assert lines(family.mother, view.receiver_entry) == [
        ("12110", 50_000_00),
        ("21090-KHP99", -50_000_00),
    ]
    assert (mirror(family).held, mirror(family).deposited) == (50_000_00, 50_000_00)
    assert entry_of(family.mother, view.receiver_entry).kind == EntryKind.BETWEEN_GROUPS


def test_a_deposit_comes_back_in_part(family: Family) -> None:
    receive(family.mother, put_by(family), by=MALEE)

    reference = give_back(family)
    receive(family.child, reference, key="confirm-key-2")

    view = seen(family.child, reference)
    assert lines(family.mother, view.sender_entry) == [
        ("12110", -20_000_00),
        ("21090-KHP99", 20_000_00),
    ]
    assert lines(family.child, view.receiver_entry) == [
        ("12110", 20_000_00),
        ("12610-WNY", -20_000_00),
    ]
    assert (mirror(family).held, mirror(family).deposited) == (30_000_00, 30_000_00)


def test_no_more_comes_back_than_was_deposited(family: Family) -> None:
    receive(family.mother, put_by(family), by=MALEE)

    with pytest.raises(MoreThanKept) as refused:
        give_back(family, 50_000_01)

    assert "กลุ่มออมทรัพย์บ้านลูกฝากไว้ 50,000.00 บาท" in refused.value.sentence()


# ---------------------------------------------------------------- once and by the right group


@pytest.mark.parametrize(
    "send", [lend, put_by, lambda family: (lent_and_received(family), pay_back(family))[1]]
)
def test_what_is_sent_twice_is_sent_once(family: Family, send: Callable[[Family], str]) -> None:
    if send in {lend, put_by}:
        first = send(family)
        again = send(family)
    else:
        first = send(family)
        again = pay_back(family)

    assert again == first
    found = read(lambda session: transfers_of(session, book_id=family.child, on=TODAY))
    assert [view.reference for view in found].count(first) == 1


def test_one_officer_alone_sends_nothing(family: Family) -> None:
    alone = sending(1_000_00, key="deposit-key-1", approved_by="")
    twice = sending(1_000_00, key="deposit-key-1", approved_by=MALEE)

    with pytest.raises(OneOfficerAlone):
        write(lambda session: deposit_with_mother(session, book_id=family.child, sent=alone).what)
    with pytest.raises(SameOfficerTwice):
        write(lambda session: deposit_with_mother(session, book_id=family.child, sent=twice).what)

    assert mirror(family).agrees


def test_a_key_is_not_taken_for_another_amount(family: Family) -> None:
    put_by(family)

    with pytest.raises(KeyUsedForAnother):
        put_by(family, 1_000_00)


def test_a_confirmation_sent_twice_is_written_once(family: Family) -> None:
    reference = put_by(family)
    receive(family.mother, reference, by=MALEE)
    written = entries(family.mother)

    assert receive(family.mother, reference, by=MALEE) == reference
    with pytest.raises(ConfirmedAlready):
        receive(family.mother, reference, key="confirm-key-2", by=MALEE)

    assert entries(family.mother) == written


def test_only_the_receiver_confirms(family: Family, network: Network) -> None:
    reference = put_by(family)

    with pytest.raises(NotTheReceiver) as refused:
        receive(family.child, reference)
    with pytest.raises(TransferNotFound):
        receive(network.book_id, reference)

    assert "ส่งถึงกองทุนเครือข่ายวังน้ำเย็น" in refused.value.sentence()
    assert seen(family.mother, reference).state is TransferState.WAITING


def test_money_goes_only_between_mother_and_child(family: Family, network: Network) -> None:
    with pytest.raises(NotItsChild):
        lend(family, child=STRANGER)
    with pytest.raises(NotItsChild):
        lend(Family(family.child, family.mother), child=MOTHER)
    sent = sending(1_000_00, key="deposit-key-1")
    with pytest.raises(NoMother):
        write(
            lambda session: (
                deposit_with_mother(session, book_id=network.book_id, sent=sent).reference
            )
        )

    assert entries(network.book_id) == 0


def test_an_account_of_an_old_book_is_refused_in_words(family: Family) -> None:
    def look(session: Session) -> str:
        account = account_by_code(session, book_id=family.child, code="22040", fund="SAV")
        with session.no_autoflush:
            account.holds = ""
            with pytest.raises(OldAccount) as refused:
                check_loan_accounts(
                    session, mother_book_id=family.mother, child_book_id=family.child
                )
            session.expire(account)
        return refused.value.sentence()

    said = read(look)
    assert "บัญชี 22040 ในสมุดของกลุ่มออมทรัพย์บ้านลูก เคยลงรายการตรงมาก่อน" in said


def test_a_closed_month_takes_no_half(family: Family) -> None:
    reference = lend(family)
    april = datetime(2023, 4, 6, 4, 0, tzinfo=UTC)

    def clear_and_close(session: Session) -> Any:
        suspense, equity = (
            account_by_code(session, book_id=family.child, code=code, fund="SAV").id
            for code in ("39010", "32010")
        )
        amount = Satang(200_000_00)
        post_batch(
            session,
            book_id=family.child,
            drafts=[
                EntryDraft(
                    entered_on=date(2023, 1, 2),
                    kind=EntryKind.JOURNAL,
                    memo="",
                    postings=(debit(suspense, "SAV", amount), credit(equity, "SAV", amount)),
                )
            ],
            idempotency_key="clear-key",
            posted_by=WANDEE,
            posted_at=april,
        )
        return close_period(
            session,
            book_id=family.child,
            month=date(2023, 3, 1),
            closed_by=WANDEE,
            closed_at=april,
        ).month

    write(clear_and_close)

    with pytest.raises(PeriodClosed):
        receive(family.child, reference)

    assert seen(family.child, reference).state is TransferState.WAITING
    assert (
        read(lambda session: loans_of_group(session, book_id=family.child, side=Side.BORROWED))
        == []
    )


# ---------------------------------------------------------------- do the books agree


def test_books_of_groups_that_never_sent_anything_agree(family: Family) -> None:
    found = mirror(family)

    assert found.agrees
    assert (found.lent, found.borrowed, found.held, found.deposited) == (0, 0, 0, 0)


def test_a_half_that_waits_is_a_difference_that_is_explained(family: Family) -> None:
    receive(family.mother, put_by(family), by=MALEE)
    lend(family)
    give_back(family)

    found = mirror(family)

    assert not found.agrees
    assert found.is_explained
    assert (found.loan_difference, found.loan_waits) == (100_000_00, 100_000_00)
    assert (found.deposit_difference, found.deposit_waits) == (-20_000_00, -20_000_00)


def test_a_repayment_and_a_deposit_that_wait_are_explained_too(family: Family) -> None:
    lent_and_received(family)
    pay_back(family)
    put_by(family)

    found = mirror(family)

    assert (found.loan_difference, found.loan_waits) == (10_000_00, 10_000_00)
    assert (found.deposit_difference, found.deposit_waits) == (-50_000_00, -50_000_00)
    assert found.is_explained


def test_a_half_that_one_side_took_back_is_found(family: Family) -> None:
    reference = put_by(family)
    receive(family.mother, reference, by=MALEE)

    undo(family.child, reference)

    found = mirror(family)
    assert (found.held, found.deposited) == (50_000_00, 0)
    assert found.deposit_difference == 50_000_00
    assert not found.is_explained
    assert seen(family.mother, reference).state is TransferState.ONE_SIDED

    undo(family.mother, reference, key="undo-key-2")

    assert mirror(family).agrees
    assert seen(family.mother, reference).state is TransferState.TAKEN_BACK


def test_a_loan_that_one_side_took_back_is_found(family: Family) -> None:
    reference = lent_and_received(family)

    undo(family.child, reference)

    found = mirror(family)
    assert (found.lent, found.borrowed) == (100_000_00, 0)
    assert not found.is_explained
    assert loan_of(family.child).outstanding == 0


def test_what_the_sender_took_back_is_not_confirmed(family: Family) -> None:
    reference = lend(family)
    undo(family.mother, reference)

    with pytest.raises(TakenBackAlready):
        receive(family.child, reference)
    with pytest.raises(TakenBackAlready):
        undo(family.mother, reference, key="undo-key-2")

    assert mirror(family).agrees
    assert read(lambda session: waiting_halves(session, on=TODAY)) == []


def test_taking_back_twice_under_one_key_is_once(family: Family) -> None:
    reference = put_by(family)
    undo(family.child, reference)
    written = entries(family.child)

    undo(family.child, reference)

    assert entries(family.child) == written


def test_who_has_written_nothing_takes_nothing_back(family: Family) -> None:
    reference = put_by(family)

    with pytest.raises(NothingWritten):
        undo(family.mother, reference)


def test_the_books_are_compared_as_they_were_at_the_end_of_a_day(family: Family) -> None:
    lent_and_received(family)
    receive(family.mother, pay_back(family), key="confirm-key-2", by=MALEE)

    before, after = mirror(family, MARCH), mirror(family)

    assert (before.lent, before.borrowed) == (100_000_00, 100_000_00)
    assert (after.lent, after.borrowed) == (90_000_00, 90_000_00)
    assert mirror(family, date(2023, 3, 5)).lent == 0


def test_every_pair_of_the_network_is_compared(family: Family) -> None:
    lent_and_received(family)

    found = read(lambda session: mirrors(session, on=TODAY))

    assert [(pair.mother.code, pair.child.code, pair.agrees) for pair in found] == [
        (MOTHER, CHILD, True)
    ]


# ---------------------------------------------------------------- what is overdue

#: The same loan a month earlier, so that its first two instalments are overdue on the day.
OVERDUE_TERMS = replace(TERMS, first_due_on=date(2023, 2, 6), disbursed_on=date(2023, 1, 6))


def standing(book_id: int) -> Standing:
    return read(lambda session: standing_of(session, book_id=book_id, loan_id=1, on=TODAY))


def test_a_child_pays_off_a_loan_that_bears_default_interest(family: Family) -> None:
    receive(family.child, lend(family, terms=OVERDUE_TERMS))
    hers = standing(family.mother)
    assert (hers.settlement, hers.default_interest) == (101_719_87, 369_87)
    assert standing(family.child).default_interest == 0

    reference = pay_back(family, hers.settlement)
    receive(family.mother, reference, key="confirm-key-2", by=MALEE)

    view = seen(family.child, reference)
    assert lines(family.child, view.sender_entry) == [
        ("12110", -101_719_87),
        ("22040-0001", 100_000_00),
        ("51040", 1_719_87),
    ]
    assert [loan_of(book_id).state for book_id in (family.mother, family.child)] == [
        State.REPAID,
        State.REPAID,
    ]
    assert (mirror(family).agrees, mirror(family).lent, mirror(family).borrowed) == (True, 0, 0)


def test_a_mirror_that_does_not_agree_is_paid_by_nobody(family: Family) -> None:
    lent_and_received(family)
    reference = pay_back(family)
    receive(family.mother, reference, key="confirm-key-2", by=MALEE)
    undo(family.child, reference)

    with pytest.raises(BooksDisagree) as refused:
        pay_back(family, key="repay-key-2")

    assert "เครือข่ายแม่ 90,000.00 บาท กลุ่มเรา 100,000.00 บาท" in refused.value.sentence()


def test_a_loan_that_is_paid_off_or_was_paid_later_takes_no_payment(family: Family) -> None:
    lent_and_received(family)
    early = sending(1_000_00, key="early-key-1", on=date(2023, 3, 5), by=WANDEE)
    with pytest.raises(PaidBeforeLast):
        write(
            lambda session: (
                repay_mother(session, book_id=family.child, loan_id=1, sent=early).reference
            )
        )
    receive(family.mother, pay_back(family, 100_500_00), key="confirm-key-2", by=MALEE)

    with pytest.raises(RepaidAlready) as refused:
        pay_back(family, key="repay-key-2")

    assert "ชำระครบแล้ว จึงไม่รับชำระอีก" in refused.value.sentence()
