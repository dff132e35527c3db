"""What the sample's groups lend, and what one of them borrows from CODI and lends on for houses.

Everything goes the way that everybody goes: asked for, guaranteed, voted on, decided by two, paid
out by two, repaid on collection days; some do not pay.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from audit.demo import names
from audit.demo.days import Day, collection_day, savings
from audit.demo.groups import AT_HAND, DUTIES, MAKER, WorkingGroup, dice
from audit.demo.names import VillagePlan
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.money import Satang
from ledger.period import next_month
from ledger.queries import account_by_code
from ledger.services import post_batch
from loans.kinds import Purpose, Side, State, Through, Vote
from loans.models import Guarantee
from loans.product_terms import LoanByLaw
from loans.queries.loans import loans_of_group, standing_of
from loans.schedule import Counting, Every, Grace, Method, RoundingHow, Terms
from loans.services.applications import (
    Asked,
    Consent,
    Grant,
    Held,
    apply,
    approve_application,
    ask_guarantor,
    record_consent,
    record_meeting,
)
from loans.services.borrowings import Borrowing, draw_down, pay_lender, take_up
from loans.services.committee import seat_member
from loans.services.lending import PayoutOrder, disburse
from loans.services.products import open_loan_product
from members.models import Member
from members.queries import group_by_code

#: The group that takes part in the housing programme.
BUILDS_HOUSES = "KHP01"
CODI, CODI_CONTRACT = "พอช.", "พอช.-บม.69/014"
#: Two houses of 300,000 in fifteen years: from CODI at 4 %, to the members at 6 %.
#: Source: the published terms of the housing programme.
HOUSE, HOUSES, YEARS_OF_MONTHS = Satang(300_000_00), 2, 180
#: Sometimes somebody has no money on the day; in a hundred.
DOES_NOT_PAY = 7
#: Who borrows has saved so much, and borrows at most three times it.
LEAST_SAVED, TIMES, A_THOUSAND = 4_000_00, 3, 1_000_00
MOST_OF_A_SAMPLE_LOAN = 20_000_00
#: How many loans each group grants in a month of the sample.
GRANTED_IN = {6: 3, 8: 1, 10: 1}
#: What the purse of the houses keeps for months in which somebody pays late.
SET_ASIDE = Satang(15_000_00)
HOUSEHOLD_INCOME = Satang(16_000_00)

ORDINARY = LoanByLaw(
    most_satang=Satang(50_000_00),
    most_hundredths_of_savings=300,
    most_instalments=24,
    method=Method.EQUAL_PRINCIPAL,
    every=Every.MONTH,
    counting=Counting.MONTH,
    annual_rate_ppm=90_000,
    rounding_multiple=Satang(100),
    rounding_how=RoundingHow.UP,
    grace=Grace.NONE,
    grace_instalments=0,
    guarantors=2,
    guarantees_each=2,
    waiting_months=6,
    collateral="",
    charge_name="ดอกเบี้ย",
    contract_fee=Satang(50_00),
)
EMERGENCY = replace(
    ORDINARY,
    most_satang=Satang(5_000_00),
    most_hundredths_of_savings=0,
    most_instalments=6,
    annual_rate_ppm=120_000,
    guarantors=1,
    waiting_months=3,
    contract_fee=Satang(0),
)
HOUSING = replace(
    ORDINARY,
    most_satang=HOUSE,
    most_hundredths_of_savings=0,
    most_instalments=240,
    method=Method.EQUAL_INSTALMENT,
    annual_rate_ppm=60_000,
    rounding_how=RoundingHow.HALF_UP,
    collateral="บ้านและสิทธิในที่ดินแปลงรวม",
    contract_fee=Satang(0),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody in the sample asks for; ``amount`` in satang."""

    borrower: Member
    product: str
    amount: Satang
    instalments: int
    what_for: str


def begin_lending(session: Session, plan: VillagePlan, *, five: WorkingGroup, since: date) -> None:
    """Resolve what is lent, and seat the five on the loan committee."""
    book_id = group_by_code(session, code=plan.group_code).book_id
    at = Day(since).at(9)
    kinds = [("เงินกู้สามัญ", Purpose.ORDINARY, ORDINARY), ("เงินกู้ฉุกเฉิน", Purpose.EMERGENCY, EMERGENCY)]
    if plan.group_code == BUILDS_HOUSES:
        kinds.append(("เงินกู้บ้านมั่นคง", Purpose.HOUSING, HOUSING))
    for name, purpose, by_law in kinds:
        open_loan_product(
            session,
            book_id=book_id,
            name=name,
            purpose=purpose,
            by_law=by_law,
            holds_from=since,
            resolution=names.LENDING_RESOLVED,
            by=MAKER,
            at=at,
        )
    officers = (five.treasurer, five.chair, five.vice_chair, five.secretary, five.checker)
    for member, officer, duty in zip(_five(session, book_id), officers, DUTIES, strict=True):
        is_another = (plan.group_code, duty) in AT_HAND
        seat_member(
            session,
            book_id=book_id,
            number=member.number,
            officer_id=None if is_another else officer.id,
            sits_from=since,
            resolution=names.LENDING_RESOLVED,
            by=MAKER,
            at=at,
        )


def _five(session: Session, book_id: int) -> Sequence[Member]:
    return session.scalars(
        select(Member).where(Member.book_id == book_id).order_by(Member.id).limit(len(DUTIES))
    ).all()


def lend(session: Session, plan: VillagePlan, month: date, *, five: WorkingGroup) -> None:
    """Grant what is asked for in a month, and pay it out of the bank some days after."""
    book_id = group_by_code(session, code=plan.group_code).book_id
    chance = dice(plan.group_code, month, "loans")
    met = Day(collection_day(plan, month).on + timedelta(days=3))
    builds = plan.group_code == BUILDS_HOUSES and month.month == min(GRANTED_IN)
    if builds:
        _borrow_for_houses(session, book_id, month, five=five, met=met)
    wanted = _wanted(session, book_id, month, chance, houses=HOUSES if builds else 0)
    if not wanted:
        return
    applications = [
        _applied(session, book_id, one, five=five, met=met, chance=chance) for one in wanted
    ]
    committee = frozenset(member.id for member in _five(session, book_id))
    record_meeting(
        session,
        book_id=book_id,
        held=Held(
            held_on=met.on,
            resolution=f"มติที่ {met.on.month}/{met.on.year + 543}",
            minutes="อ่านคำขอทีละราย กรรมการซักถามแล้วลงมติ",
            present=committee,
            votes={number: dict.fromkeys(committee, Vote.FOR) for number in applications},
        ),
        by=five.secretary.mark,
        at=met.at(15),
    )
    due = collection_day(plan, next_month(month)).on
    for number, one in zip(applications, wanted, strict=True):
        loan = approve_application(
            session,
            book_id=book_id,
            application_id=number,
            grant=Grant(one.amount, one.instalments, due, (), met.on),
            by=five.treasurer.mark,
            approved_by=five.chair.mark,
            at=met.at(15, 30),
        )
        disburse(
            session,
            book_id=book_id,
            order=PayoutOrder(loan.id, one.amount, met.on, Through.BANK, note=one.what_for),
            idempotency_key=f"sample loan {plan.group_code} {loan.id}",
            by=five.treasurer.mark,
            approved_by=five.chair.mark,
            at=met.at(16),
        )


def _wanted(
    session: Session, book_id: int, month: date, chance: Random, *, houses: int
) -> list[Wanted]:
    """Choose who asks for how much; the working group does not, and nobody does twice."""
    saved = savings(session, book_id=book_id)
    owing = {
        loan.member_id
        for loan in loans_of_group(session, book_id=book_id, side=Side.LENT)
        if loan.state in {State.GRANTED, State.RUNNING}
    }
    members = session.scalars(
        select(Member)
        .where(Member.book_id == book_id, Member.left_on.is_(None))
        .order_by(Member.id)
        .offset(len(DUTIES))
    ).all()
    able = [
        (member, kept)
        for member in members
        if member.id not in owing
        and member.joined_on.year < month.year
        and (kept := saved[member.number].get("PLG", 0) + saved[member.number].get("SHR", 0))
        >= LEAST_SAVED
    ]
    chosen = chance.sample(able, min(len(able), GRANTED_IN.get(month.month, 0) + houses))
    wanted = [
        Wanted(member, "HOU", HOUSE, YEARS_OF_MONTHS, names.A_HOUSE)
        for member, _kept in chosen[:houses]
    ]
    for member, kept in chosen[houses:]:
        most = min(kept * TIMES, MOST_OF_A_SAMPLE_LOAN) // A_THOUSAND * A_THOUSAND
        wanted.append(
            Wanted(
                member,
                "ORD",
                Satang(most),
                chance.choice([10, 12, 20]),
                chance.choice(names.BORROWED_FOR),
            )
        )
    return wanted


def _applied(
    session: Session,
    book_id: int,
    wanted: Wanted,
    *,
    five: WorkingGroup,
    met: Day,
    chance: Random,
) -> int:
    """Write an application down, with neighbours of other houses who guarantee it."""
    asked = Asked(
        product_code=wanted.product,
        amount=wanted.amount,
        instalments=wanted.instalments,
        what_for=wanted.what_for,
        household_income=HOUSEHOLD_INCOME,
        collateral=HOUSING.collateral if wanted.product == "HOU" else "",
        refinances_loan_id=None,
        applied_on=met.on,
    )
    application = apply(
        session,
        book_id=book_id,
        member_number=wanted.borrower.number,
        asked=asked,
        idempotency_key=f"sample application {wanted.borrower.number} {met.on}",
        by=five.secretary.mark,
        at=met.at(9),
    )
    for neighbour in _neighbours(session, wanted.borrower, chance):
        guarantee = ask_guarantor(
            session,
            book_id=book_id,
            application_id=application.id,
            member_number=neighbour.number,
            most=Satang(wanted.amount // 2),
            by=five.secretary.mark,
            at=met.at(9, 30),
        )
        record_consent(
            session,
            book_id=book_id,
            guarantee_id=guarantee.id,
            how=Consent.SIGNED_PAPER,
            consented_on=met.on,
            at=met.at(10),
        )
    return application.id


def _neighbours(session: Session, borrower: Member, chance: Random) -> list[Member]:
    """Choose two who live in other houses, owe nothing and guarantee nobody yet."""
    book_id = borrower.book_id
    busy = {loan.member_id for loan in loans_of_group(session, book_id=book_id, side=Side.LENT)}
    busy |= set(session.scalars(select(Guarantee.member_id).where(Guarantee.book_id == book_id)))
    members = session.scalars(
        select(Member)
        .where(Member.book_id == book_id, Member.left_on.is_(None))
        .order_by(Member.id)
        .offset(len(DUTIES))
    )
    free = [
        member
        for member in members
        if member.id not in busy
        and member.household_id is not None
        and member.household_id != borrower.household_id
    ]
    return chance.sample(free, 2)


def _borrow_for_houses(
    session: Session, book_id: int, month: date, *, five: WorkingGroup, met: Day
) -> None:
    """Borrow from CODI what the houses cost; the money comes to the purse of the houses."""
    principal = Satang(HOUSE * HOUSES)
    loan = take_up(
        session,
        book_id=book_id,
        borrowing=Borrowing(
            purpose=Purpose.CODI_HOUSING,
            lender=CODI,
            reference=CODI_CONTRACT,
            contract_on=met.on,
            terms=Terms(
                principal=principal,
                annual_rate_ppm=40_000,
                instalments=YEARS_OF_MONTHS,
                method=Method.EQUAL_INSTALMENT,
                first_due_on=next_month(month).replace(day=20),
                disbursed_on=met.on,
                rounding_multiple=Satang(100),
            ),
            resolution=names.LENDING_RESOLVED,
        ),
        by=five.treasurer.mark,
        at=met.at(11),
    )
    draw_down(
        session,
        book_id=book_id,
        order=PayoutOrder(loan.id, principal, met.on, Through.BANK),
        idempotency_key=f"sample {CODI_CONTRACT} drawn down",
        by=five.treasurer.mark,
        at=met.at(11, 30),
    )

    _set_aside(session, book_id, five=five, met=met)


def _set_aside(session: Session, book_id: int, *, five: WorkingGroup, met: Day) -> None:
    """Lend the purse of the houses a little, for months in which somebody pays late (E32)."""

    def number(code: str, fund: str) -> int:
        return account_by_code(session, book_id=book_id, code=code, fund=fund).id

    post_batch(
        session,
        book_id=book_id,
        drafts=[
            EntryDraft(
                entered_on=met.on,
                kind=EntryKind.TRANSFER,
                memo=f"กองทุนออมทรัพย์สำรองจ่ายให้กองทุนบ้านชั่วคราว {names.LENDING_RESOLVED}",
                postings=(
                    debit(number("15900", "SAV"), "SAV", SET_ASIDE),
                    credit(number("12110", "SAV"), "SAV", SET_ASIDE),
                    debit(number("12210", "HSG"), "HSG", SET_ASIDE),
                    credit(number("25900", "HSG"), "HSG", SET_ASIDE),
                ),
            )
        ],
        idempotency_key=f"sample {CODI_CONTRACT} set aside",
        posted_by=five.treasurer.mark,
        posted_at=met.at(11, 45),
        approved_by=five.chair.mark,
    )


def pay_codi(session: Session, plan: VillagePlan, month: date, *, five: WorkingGroup) -> None:
    """Pay CODI what falls due in a month, out of what the houses brought in."""
    book_id = group_by_code(session, code=plan.group_code).book_id
    due = Day(month.replace(day=20))
    for loan in loans_of_group(
        session, book_id=book_id, side=Side.BORROWED, states=[State.RUNNING]
    ):
        owed = standing_of(session, book_id=book_id, loan_id=loan.id, on=due.on).due_now
        if owed:
            pay_lender(
                session,
                book_id=book_id,
                loan_id=loan.id,
                amount=owed,
                paid_on=due.on,
                through=Through.BANK,
                note="",
                idempotency_key=f"sample {CODI_CONTRACT} {due.on}",
                by=five.treasurer.mark,
                approved_by=five.chair.mark,
                at=due.at(10),
            )
