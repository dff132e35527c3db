"""What the group borrows: taken up, drawn down, paid back, changed by the lender's word."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.models import Account, Entry
from ledger.money import Satang
from ledger.queries import account_by_code, journal_entry
from ledger.services import KeyUsedForAnother, PostedBatch, SameOfficerTwice, post_batch
from loans.kinds import Purpose, Side, State, Through, WhyPlanned
from loans.models import Loan
from loans.queries.borrowings import (
    Ahead,
    BorrowingCard,
    BorrowingLine,
    BorrowingNotFound,
    borrowing_card,
    borrowings_of,
    look_ahead,
)
from loans.queries.loans import plan_of
from loans.schedule import Grace, Method, Payout, RateEffect, RoundingHow, Terms
from loans.services.borrowings import (
    Borrowing,
    ChangedByOneAlone,
    ControlAccountOld,
    LenderUnnamed,
    MotherLends,
    NotALender,
    OneOfficerAlone,
    check_borrowing,
    draw_down,
    follow_circular,
    pay_lender,
    rest,
    take_up,
)
from loans.services.changing import ChangeBeforeLast
from loans.services.lending import (
    Contract,
    PaidOutAlready,
    Party,
    PayoutOrder,
    PlannedStage,
    ReferenceTaken,
    disburse,
    open_loan,
)
from loans.services.records import NotEnoughMoney, ResolutionMissing
from loans.services.repaying import repay
from loans.services.shown import MovedSinceShown, shown_now
from loans.waterfall import MoreThanOwed
from members.models import GroupKind
from members.services.groups import open_group
from tests.network import FOUNDED_AT, FOUNDED_ON, NOW, TODAY, Network

MALEE, BOONMEE = "o1", "o2"
CODI = "สถาบันพัฒนาองค์กรชุมชน (พอช.)"
#: Drawn a month before today, so that the first instalment falls due today.
MARCH = date(2023, 3, 6)
TERMS = Terms(
    principal=Satang(300_000_00),
    annual_rate_ppm=40_000,
    instalments=180,
    method=Method.EQUAL_INSTALMENT,
    first_due_on=TODAY,
    disbursed_on=MARCH,
    rounding_multiple=Satang(100),
    rounding_how=RoundingHow.HALF_UP,
)
CONTRACT = Borrowing(
    purpose=Purpose.CODI_HOUSING,
    lender=CODI,
    reference="พอช. 12/2566",
    contract_on=date(2023, 3, 1),
    terms=TERMS,
    resolution="มติที่ประชุมใหญ่ 1/2566",
)


def borrow(network: Network, contract: Borrowing = CONTRACT) -> int:
    return write(
        lambda session: (
            take_up(session, book_id=network.book_id, borrowing=contract, by=MALEE, at=NOW).id
        )
    )


def draw(
    network: Network,
    loan_id: int,
    *,
    key: str = "draw-key-1",
    amount: int = 300_000_00,
    on: date = MARCH,
    stage_n: int | None = None,
    through: Through = Through.BANK,
) -> PostedBatch:
    order = PayoutOrder(
        loan_id=loan_id, amount=Satang(amount), paid_on=on, through=through, stage_n=stage_n
    )
    return write(
        lambda session: draw_down(
            session,
            book_id=network.book_id,
            order=order,
            idempotency_key=key,
            by=MALEE,
            at=NOW,
        )
    )


def pay(
    network: Network,
    loan_id: int,
    *,
    amount: int = 2_219_00,
    on: date = TODAY,
    key: str = "pay-key-1",
    through: Through = Through.BANK,
    at: datetime = NOW,
    approved_by: str = BOONMEE,
) -> PostedBatch:
    return write(
        lambda session: pay_lender(
            session,
            book_id=network.book_id,
            loan_id=loan_id,
            amount=Satang(amount),
            paid_on=on,
            through=through,
            note="ใบโอน 77",
            idempotency_key=key,
            by=MALEE,
            approved_by=approved_by,
            at=at,
        )
    )


def card_of(network: Network, loan_id: int, on: date = TODAY) -> BorrowingCard:
    return read(
        lambda session: borrowing_card(session, book_id=network.book_id, loan_id=loan_id, on=on)
    )


def lines(network: Network, number: int) -> list[tuple[str, str, int]]:
    """Give an entry's lines, an account under another by the number of the one above it."""
    entry = read(lambda session: journal_entry(session, book_id=network.book_id, number=number))
    return [(p.code.split("-")[0], p.fund, p.amount) for p in entry.postings]


def entries(network: Network) -> int:
    return read(
        lambda session: (
            session.scalar(select(func.count()).where(Entry.book_id == network.book_id)) or 0
        )
    )


# ---------------------------------------------------------------- E11


def test_money_of_codi_comes_into_the_bank_of_the_housing_purse(network: Network) -> None:
    loan_id = borrow(network)

    posted = draw(network, loan_id)

    assert lines(network, posted.first_number) == [
        ("12210", "HSG", 300_000_00),
        ("22010", "HSG", -300_000_00),
    ]
    card = card_of(network, loan_id)
    assert card.loan.state is State.RUNNING
    assert card.loan.outstanding == 300_000_00
    assert card.statement.carried_forward == -300_000_00
    assert len(card.plan.rows if card.plan else ()) == 180


@pytest.mark.parametrize(
    ("purpose", "control", "fund", "bank"),
    [
        (Purpose.CODI_OTHER, "22020", "HSG", "12210"),
        (Purpose.BANK, "22030", "SAV", "12110"),
        (Purpose.MOTHER_GROUP, "22040", "SAV", "12110"),
    ],
)
def test_each_lender_has_its_own_account_and_purse(
    network: Network, purpose: Purpose, control: str, fund: str, bank: str
) -> None:
    loan_id = borrow(network, replace(CONTRACT, purpose=purpose))

    posted = draw(network, loan_id)

    assert lines(network, posted.first_number) == [
        (bank, fund, 300_000_00),
        (control, fund, -300_000_00),
    ]


def test_taking_up_posts_nothing_and_sent_again_gives_the_first(network: Network) -> None:
    first = borrow(network)

    assert borrow(network) == first
    assert entries(network) == 0
    assert card_of(network, first).loan.state is State.GRANTED
    with pytest.raises(ReferenceTaken):
        borrow(network, replace(CONTRACT, lender="ธนาคารออมสิน"))


def test_money_that_comes_in_parts_is_drawn_part_by_part(network: Network) -> None:
    parts = (
        PlannedStage(MARCH, Satang(180_000_00), "ตามสัญญา", "", Satang(0)),
        PlannedStage(TODAY, Satang(120_000_00), "ตามสัญญา", "", Satang(0)),
    )
    terms = replace(
        TERMS,
        first_due_on=date(2023, 5, 6),
        payouts=(Payout(MARCH, Satang(180_000_00)), Payout(TODAY, Satang(120_000_00))),
    )
    loan_id = borrow(network, replace(CONTRACT, terms=terms, stages=parts))

    draw(network, loan_id, amount=180_000_00, stage_n=1)
    half = card_of(network, loan_id)
    draw(network, loan_id, key="draw-key-2", amount=120_000_00, on=TODAY, stage_n=2)
    whole = card_of(network, loan_id)

    assert (half.loan.outstanding, half.loan.disbursed) == (180_000_00, 180_000_00)
    assert half.next_stage is not None
    assert half.to_draw == 120_000_00
    assert whole.next_stage is None
    assert whole.loan.outstanding == 300_000_00
    assert [plan.why for plan in whole.plans] == [WhyPlanned.STAGE, WhyPlanned.CONTRACT]
    assert whole.plan is not None
    assert sum(row.principal for row in whole.plan.rows) == 300_000_00


def test_a_borrowing_is_drawn_once(network: Network) -> None:
    loan_id = borrow(network)
    first = draw(network, loan_id)

    again = draw(network, loan_id)

    assert again.replayed
    assert again.first_number == first.first_number
    with pytest.raises(PaidOutAlready):
        draw(network, loan_id, key="draw-key-2")
    assert entries(network) == 1


# ---------------------------------------------------------------- E14


def test_the_first_payment_to_codi_is_divided_to_the_satang(network: Network) -> None:
    loan_id = borrow(network)
    draw(network, loan_id)

    posted = pay(network, loan_id)

    assert sorted(lines(network, posted.first_number)) == [
        ("12210", "HSG", -2_219_00),
        ("22010", "HSG", 1_219_00),
        ("51020", "HSG", 1_000_00),
    ]
    entry = read(
        lambda session: journal_entry(session, book_id=network.book_id, number=posted.first_number)
    )
    assert (entry.kind, entry.posted_by, entry.approved_by) == (
        EntryKind.BORROWING_PAID,
        MALEE,
        BOONMEE,
    )
    assert entry.reference == "พอช. 12/2566"
    card = card_of(network, loan_id)
    assert card.loan.outstanding == 298_781_00
    assert card.events[-1].interest == 1_000_00
    assert card.asked_now == 2_219_00
    assert len(card.rows_left) == 179


def test_a_payment_sent_again_answers_with_the_first_and_another_is_refused(
    network: Network,
) -> None:
    loan_id = borrow(network)
    draw(network, loan_id)
    first = pay(network, loan_id)

    again = pay(network, loan_id)

    assert again.replayed
    assert again.first_number == first.first_number
    assert card_of(network, loan_id).loan.outstanding == 298_781_00
    with pytest.raises(KeyUsedForAnother):
        pay(network, loan_id, amount=2_000_00)
    assert entries(network) == 2


def test_no_more_is_paid_than_is_owed_or_than_the_purse_holds(network: Network) -> None:
    loan_id = borrow(network)
    draw(network, loan_id)

    with pytest.raises(MoreThanOwed):
        pay(network, loan_id, amount=400_000_00)
    with pytest.raises(NotEnoughMoney) as refused:
        pay(network, loan_id, through=Through.CASH)

    assert "0.00 บาท ไม่พอจ่าย 2,219.00 บาท" in refused.value.sentence()
    assert entries(network) == 1


def test_one_officer_alone_pays_nobody(network: Network) -> None:
    loan_id = borrow(network)
    draw(network, loan_id)

    with pytest.raises(OneOfficerAlone):
        pay(network, loan_id, approved_by="")
    with pytest.raises(SameOfficerTwice):
        pay(network, loan_id, approved_by=MALEE)

    assert entries(network) == 1


def test_a_loan_to_a_member_is_no_borrowing(network: Network) -> None:
    with pytest.raises(BorrowingNotFound):
        pay(network, 1)


def test_a_borrowing_that_is_paid_off_is_closed(network: Network) -> None:
    short = replace(TERMS, principal=Satang(10_000_00), instalments=2)
    loan_id = borrow(network, replace(CONTRACT, terms=short))
    draw(network, loan_id, amount=10_000_00)
    put_in(network, "HSG", "12210", 1_000_00)
    card = card_of(network, loan_id)
    assert card.standing is not None

    pay(network, loan_id, amount=card.standing.settlement)

    paid = card_of(network, loan_id)
    assert (paid.loan.state, paid.loan.outstanding) == (State.REPAID, 0)
    listed = read(lambda session: borrowings_of(session, book_id=network.book_id, on=TODAY))
    assert [(line.next_on, line.overdue) for line in listed] == [(None, 0)]


# ---------------------------------------------------------------- E14b


JUNE = date(2024, 6, 1)
AFTER_JUNE = datetime(2024, 6, 5, 3, 0, tzinfo=UTC)


def running_in_june(network: Network) -> int:
    """Draw 300,000 in April 2567 and pay the instalment of 1 May, before CODI cuts its rate."""
    terms = replace(TERMS, disbursed_on=date(2024, 4, 1), first_due_on=date(2024, 5, 1))
    contract = replace(CONTRACT, terms=terms, contract_on=date(2024, 4, 1))

    loan_id = write(
        lambda session: (
            take_up(
                session, book_id=network.book_id, borrowing=contract, by=MALEE, at=AFTER_JUNE
            ).id
        )
    )
    order = PayoutOrder(
        loan_id=loan_id,
        amount=Satang(300_000_00),
        paid_on=date(2024, 4, 1),
        through=Through.BANK,
    )
    write(
        lambda session: draw_down(
            session,
            book_id=network.book_id,
            order=order,
            idempotency_key="draw-key-1",
            by=MALEE,
            at=AFTER_JUNE,
        )
    )
    pay(network, loan_id, on=date(2024, 5, 1), at=AFTER_JUNE)
    return loan_id


def shown(network: Network, loan_id: int) -> str:
    return read(lambda session: str(shown_now(session, book_id=network.book_id, loan_id=loan_id)))


def cut(
    network: Network,
    loan_id: int,
    *,
    effect: RateEffect = RateEffect.RECOMPUTE,
    since: date = JUNE,
    circular: str = "ประกาศ พอช. 12/2567",
    seen: str = "",
    approved_by: str = BOONMEE,
) -> int | None:
    seen = seen or shown(network, loan_id)

    def change(session: Session) -> int | None:
        plan = follow_circular(
            session,
            book_id=network.book_id,
            loan_id=loan_id,
            annual_rate_ppm=35_000,
            since=since,
            effect=effect,
            circular=circular,
            shown=seen,
            idempotency_key="rate-key-1",
            by=MALEE,
            approved_by=approved_by,
            at=AFTER_JUNE,
        )
        return None if plan is None else plan.n

    return write(change)


def test_a_cut_by_circular_lowers_the_instalment_or_shortens_the_term(network: Network) -> None:
    loan_id = running_in_june(network)
    before = entries(network)

    cut(network, loan_id)

    plan = read(lambda session: plan_of(session, book_id=network.book_id, loan_id=loan_id))
    assert entries(network) == before
    assert card_of(network, loan_id, JUNE).loan.annual_rate_ppm == 35_000
    # The instalment of 1 June still bears May's interest, at 4 %: 298,781 × 4 % / 12 = 995.94.
    due_in_june = next(row for row in plan.rows if row.due_on == JUNE)
    assert due_in_june.interest == 995_94
    july = next(row for row in plan.rows if row.due_on == date(2024, 7, 1))
    owed = 298_781_00 - due_in_june.principal
    assert july.interest == (2 * owed * 35_000 + 12_000_000) // (2 * 12_000_000)
    assert july.principal + july.interest < 2_219_00
    assert plan.rows[-1].due_on == date(2039, 4, 1)
    assert sum(row.principal for row in plan.rows) == 298_781_00


def test_a_kept_instalment_ends_earlier(network: Network) -> None:
    loan_id = running_in_june(network)

    cut(network, loan_id, effect=RateEffect.KEEP_INSTALMENT)

    plan = read(lambda session: plan_of(session, book_id=network.book_id, loan_id=loan_id))
    july = next(row for row in plan.rows if row.due_on == date(2024, 7, 1))
    assert july.principal + july.interest == 2_219_00
    assert plan.rows[-1].due_on < date(2039, 4, 1)
    assert sum(row.principal for row in plan.rows) == 298_781_00


def test_a_circular_sent_again_changes_once(network: Network) -> None:
    loan_id = running_in_june(network)
    seen = shown(network, loan_id)
    cut(network, loan_id, seen=seen)

    again = cut(network, loan_id, seen=seen)

    assert again is None
    assert [plan.why for plan in card_of(network, loan_id, JUNE).plans] == [
        WhyPlanned.RATE,
        WhyPlanned.CONTRACT,
    ]
    with pytest.raises(MovedSinceShown):
        cut(network, loan_id, seen=seen, circular="ประกาศอื่น")


def test_a_circular_is_named_and_not_before_what_was_paid(network: Network) -> None:
    loan_id = running_in_june(network)

    with pytest.raises(ResolutionMissing):
        cut(network, loan_id, circular=" ")
    with pytest.raises(ChangeBeforeLast):
        cut(network, loan_id, since=date(2024, 4, 15))

    assert len(card_of(network, loan_id, JUNE).plans) == 1


def test_one_officer_alone_changes_no_terms(network: Network) -> None:
    loan_id = running_in_june(network)

    with pytest.raises(ChangedByOneAlone):
        cut(network, loan_id, approved_by="")
    with pytest.raises(SameOfficerTwice):
        cut(network, loan_id, approved_by=MALEE)

    assert len(card_of(network, loan_id, JUNE).plans) == 1


def test_a_moratorium_moves_what_falls_due_in_it(network: Network) -> None:
    loan_id = running_in_june(network)
    seen = shown(network, loan_id)

    def flood(session: Session) -> bool:
        return (
            rest(
                session,
                book_id=network.book_id,
                loan_id=loan_id,
                since=JUNE,
                until=date(2024, 8, 31),
                waives=Grace.ALL,
                circular="หนังสือ พอช. 88/2567",
                shown=seen,
                idempotency_key="rest-key-1",
                by=MALEE,
                approved_by=BOONMEE,
                at=AFTER_JUNE,
            )
            is None
        )

    first, again = write(flood), write(flood)

    plan = read(lambda session: plan_of(session, book_id=network.book_id, loan_id=loan_id))
    paying = [row.due_on for row in plan.rows if row.principal or row.interest]
    assert (first, again) == (False, True)
    assert paying[0] == date(2024, 9, 1)
    assert sum(row.principal for row in plan.rows) == 298_781_00
    assert card_of(network, loan_id, JUNE).plans[0].why is WhyPlanned.HOLIDAY


# ---------------------------------------------------------------- what is refused at the beginning


@pytest.mark.parametrize(
    "incomplete",
    [
        replace(CONTRACT, lender=" "),
        replace(CONTRACT, reference=""),
        replace(CONTRACT, resolution=" "),
    ],
)
def test_a_contract_without_lender_number_or_resolution_is_refused(
    network: Network, incomplete: Borrowing
) -> None:
    with pytest.raises(LenderUnnamed):
        borrow(network, incomplete)


def test_what_is_lent_to_members_is_not_borrowed(network: Network) -> None:
    with pytest.raises(NotALender):
        borrow(network, replace(CONTRACT, purpose=Purpose.HOUSING))


def test_a_child_does_not_write_its_mothers_loan_alone(network: Network) -> None:
    child = write(
        lambda session: (
            open_group(
                session,
                code="CHILD",
                name="กลุ่มลูก",
                kind=GroupKind.VILLAGE,
                village_code=None,
                mother_code="KHP06",
                founded_on=FOUNDED_ON,
                by="o1",
                at=FOUNDED_AT,
            ).book_id
        )
    )

    with pytest.raises(MotherLends) as refused:
        borrow(replace(network, book_id=child), replace(CONTRACT, purpose=Purpose.MOTHER_GROUP))

    assert "กลุ่มออมทรัพย์บ้านบ่อลูกรังมีสมุดในระบบนี้แล้ว" in refused.value.sentence()


def test_an_account_of_an_old_book_is_refused_in_words(network: Network) -> None:
    def look(session: Session) -> str:
        account = account_by_code(session, book_id=network.book_id, code="22010", fund="HSG")
        with session.no_autoflush:
            account.holds = ""
            with pytest.raises(ControlAccountOld) as refused:
                check_borrowing(session, book_id=network.book_id, borrowing=CONTRACT)
            session.expire(account)
        return refused.value.sentence()

    assert "บัญชี 22010 เงินกู้ พอช.–ที่อยู่อาศัย เคยลงรายการตรงมาก่อน" in read(look)


# ---------------------------------------------------------------- beside what members owe


def put_in(network: Network, fund: str, code: str, amount: int, key: str = "money-key") -> None:
    """Put money into a purse, as a book that is brought in begins with some."""

    def put(session: Session) -> None:
        accounts = {
            number: account_by_code(
                session,
                book_id=network.book_id,
                code=number,
                fund=fund,
            ).id
            for number in (code, "39010")
        }
        post_batch(
            session,
            book_id=network.book_id,
            drafts=[
                EntryDraft(
                    entered_on=date(2023, 3, 1),
                    kind=EntryKind.JOURNAL,
                    memo="ยอดยกมา",
                    postings=(
                        debit(accounts[code], fund, Satang(amount)),
                        credit(accounts["39010"], fund, Satang(amount)),
                    ),
                )
            ],
            idempotency_key=f"{key}-{fund}-{code}",
            posted_by=MALEE,
            posted_at=NOW,
        )

    write(put)


def lend_to_member(network: Network, *, member_id: int = 1) -> int:
    """Lend 300,000 at 6 % to a member for a house, on the day on which CODI's money came."""

    def lend(session: Session) -> int:
        loan = open_loan(
            session,
            book_id=network.book_id,
            contract=Contract(
                side=Side.LENT,
                purpose=Purpose.HOUSING,
                party=Party(member_id=member_id),
                terms=replace(TERMS, annual_rate_ppm=60_000),
                fees=Satang(0),
                charge_name="ดอกเบี้ย",
                contract_on=MARCH,
                resolution="มติ 2/2566",
            ),
            by=MALEE,
            at=NOW,
        )
        disburse(
            session,
            book_id=network.book_id,
            order=PayoutOrder(
                loan_id=loan.id,
                amount=Satang(300_000_00),
                paid_on=MARCH,
                through=Through.BANK,
            ),
            idempotency_key=f"lend-key-{member_id}",
            by=MALEE,
            approved_by=BOONMEE,
            at=NOW,
        )
        return loan.id

    return write(lend)


def ahead(network: Network, *, on: date = TODAY, percent: int | None = None) -> Ahead:
    return read(
        lambda session: look_ahead(session, book_id=network.book_id, on=on, percent=percent)
    )


def test_the_comparison_on_real_loans_is_that_of_the_two_schedules(network: Network) -> None:
    loan_id = borrow(network)
    draw(network, loan_id)
    lend_to_member(network)

    compared = ahead(network).compared

    # Today is the first due day, so month 84 of the schedules is the 84th from now.
    assert compared[83].gap == 10_538_96
    assert compared[11].gap == 2_168_85
    assert compared[-1].margin_so_far == 155_635_12 - 99_435_79


def test_the_comparison_starts_from_what_is_owed_now(network: Network) -> None:
    loan_id = borrow(network)
    draw(network, loan_id)
    lend_to_member(network)
    put_in(network, "HSG", "12210", 5_000_00)
    pay(network, loan_id)

    # CODI has had its first instalment, the member's is two weeks late.
    compared = ahead(network, on=date(2023, 4, 20)).compared

    assert (compared[0].month, compared[0].n) == (date(2023, 4, 1), 1)
    assert (compared[0].members_owe, compared[0].group_owes) == (298_968_00, 298_781_00)
    assert (compared[0].cash_in, compared[0].cash_out) == (2_532_00, 0)
    assert compared[83].gap == 10_538_96


def test_a_group_without_loans_has_nothing_to_compare(network: Network) -> None:
    assert ahead(network) == Ahead((), ())


def test_the_forecast_names_the_month_in_which_the_purse_is_empty(network: Network) -> None:
    loan_id = borrow(network)
    draw(network, loan_id)
    lend_to_member(network)
    put_in(network, "HSG", "12210", 5_000_00)

    (whole,), (half,) = ahead(network).forecasts, ahead(network, percent=50).forecasts

    # Nothing fell due before today, so everything is expected: 2,532 in and 2,219 out.
    assert (whole.fund, whole.name) == ("HSG", "บ้านมั่นคง")
    assert (whole.lately, whole.forecast.percent_collected) == (None, 100)
    assert whole.forecast.first_short is None
    # At half, 1,266 in and 2,219 out: 953 less each month, and 5,000 last until the sixth.
    short = half.forecast.first_short
    assert short is not None
    assert (short.month, short.closing) == (date(2023, 9, 1), 5_000_00 - 6 * 953_00)


def test_what_was_really_collected_is_what_is_expected(network: Network) -> None:
    loan_id = borrow(network)
    draw(network, loan_id)
    first = lend_to_member(network)
    put_in(network, "HSG", "12210", 300_000_00)
    lend_to_member(network, member_id=2)
    write(
        lambda session: repay(
            session,
            book_id=network.book_id,
            loan_id=first,
            amount=Satang(2_532_00),
            paid_on=TODAY,
            through=Through.CASH,
            note="",
            idempotency_key="repay-key-1",
            by=MALEE,
            at=NOW,
        )
    )

    found = ahead(network, on=date(2023, 4, 7)).forecasts

    # Two instalments of 2,532 fell due on the 6th, one was paid.
    assert found[0].lately == 50


def test_every_borrowing_is_listed_with_what_comes_next(network: Network) -> None:
    loan_id = borrow(network)
    draw(network, loan_id)

    def listed(on: date) -> list[BorrowingLine]:
        return read(lambda session: borrowings_of(session, book_id=network.book_id, on=on))

    today, later = listed(TODAY), listed(date(2023, 4, 20))

    assert [(line.next_on, line.next_amount, line.overdue) for line in today] == [
        (TODAY, 2_219_00, 0)
    ]
    assert [(line.overdue, line.days_overdue) for line in later] == [(2_219_00, 14)]


def test_a_borrowing_is_an_account_under_its_control_account(network: Network) -> None:
    loan_id = borrow(network)
    draw(network, loan_id)

    def look(session: Session) -> tuple[str, int]:
        loan = session.get_one(Loan, (network.book_id, loan_id))
        account = session.get_one(Account, (network.book_id, loan.account_id))
        control = session.get_one(Account, (network.book_id, account.control_id))
        return control.code, account.balance_satang

    assert read(look) == ("22010", -300_000_00)
