"""A month of a sample group: its collection day, what was paid out and put right, and the bank."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from audit.demo import names
from audit.demo.days import Day, collection_day, savings
from audit.demo.groups import WorkingGroup, dice
from audit.demo.lending import DOES_NOT_PAY, lend, pay_codi
from audit.demo.names import VillagePlan
from desk.cash import DENOMINATIONS
from desk.queries import blank_sheet, cash_in_hand, receipt_view, sheet_of
from desk.receipt import Fee
from desk.services import (
    RowChange,
    open_collection,
    post_collection,
    put_right,
    receive,
    save_cells,
    save_count,
)
from desk.sheet import Channel, Row, loan_of_cell
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.money import SATANG_PER_BAHT, ZERO, Satang, total
from ledger.queries import account_by_code
from ledger.services import post_batch
from loans.kinds import Through
from loans.services.between import Sending, confirm, deposit_with_mother
from members.models import Hold, Member, PersonType
from members.officers import CurrentOfficer
from members.queries import group_by_code
from members.services.people import NewMember, enrol, leave, withdraw

#: In a hundred rows of a sheet: who did not come, paid by transfer, paid extra, paid twice.
ABSENT, BY_TRANSFER, PAID_EXTRA, PAID_TWICE = 7, 8, 9, 3
#: What the treasurer keeps in the box after going to the bank; a village pays small things from it.
KEPT_IN_THE_BOX = Satang(2_500_00)
#: What each group deposits with its tambon's institution every month.
TO_MOTHER = Satang(500_00)
#: The months in which somebody joins each group, and leaves some.
NEWCOMERS_IN, LEAVERS_IN = 8, 9
LEAST_WITHDRAWN = Satang(500_00)


def keep_month(
    session: Session,
    plan: VillagePlan,
    month: date,
    *,
    five: WorkingGroup,
    keeper_of_mother: CurrentOfficer,
) -> None:
    """Keep a group's book for a month: collect, pay out, put right, bring the rest to the bank."""
    book_id = group_by_code(session, code=plan.group_code).book_id
    day = collection_day(plan, month)
    chance = dice(plan.group_code, month)
    receipts = _collect(session, book_id, plan, five, day, chance)
    if month.month == NEWCOMERS_IN:
        _take_in(session, book_id, plan, five, day, chance)
    _pay_out(session, book_id, five, day, chance)
    if month.month == LEAVERS_IN and chance.randrange(2):
        _say_goodbye(session, book_id, five, day)
    if chance.randrange(3):
        _put_right(session, book_id, five, Day(day.on + timedelta(days=1)), chance, receipts)
    at_the_bank = Day(day.on + timedelta(days=2))
    _bank(session, book_id, plan, five, at_the_bank, chance)
    _bring_to_mother(session, plan, five, keeper_of_mother, at_the_bank)
    lend(session, plan, month, five=five)
    pay_codi(session, plan, month, five=five)


def _collect(
    session: Session, book_id: int, plan: VillagePlan, five: WorkingGroup, day: Day, chance: Random
) -> Sequence[int]:
    """Type the sheet, count the cash and post; give the receipts' numbers."""
    by = five.treasurer.mark
    draft = open_collection(session, book_id=book_id, held_on=day.on, by=by, at=day.at(8, 30))
    rows = blank_sheet(session, book_id=book_id, on=day.on).rows
    save_cells(
        session,
        book_id=book_id,
        collection_id=draft.id,
        changes=[_typed(row, chance) for row in rows],
        at=day.at(11, 40),
    )
    cash = sheet_of(session, collection=draft).totals.cash
    missing = Satang(20_00 if chance.randrange(8) == 0 else 0)
    saved = save_count(
        session,
        book_id=book_id,
        collection_id=draft.id,
        pieces=_notes_and_coins(Satang(cash - missing)),
        at=day.at(11, 55),
    )
    posted = post_collection(
        session,
        book_id=book_id,
        collection_id=draft.id,
        revision=saved.revision,
        difference_reason=chance.choice(names.SHORT_BECAUSE) if missing else "",
        idempotency_key=f"sample {plan.group_code} {day.on}",
        by=by,
        at=day.at(12, 10),
    )
    return posted.receipt_numbers


def _typed(row: Row, chance: Random) -> RowChange:
    """Type a member's row as an officer would: baht, without satang."""
    if chance.randrange(100) < ABSENT:
        return RowChange(row.line.member_id, absent=True)
    times = 2 if chance.randrange(100) < PAID_TWICE else 1
    cells = {
        code: str(promised * times // 100)
        for code, promised in row.line.expected.items()
        if promised and loan_of_cell(code) is None
    }
    # A loan is paid in whole baht, or not at all.
    cells |= {
        code: str(-(-due // SATANG_PER_BAHT))
        for code, due in row.line.expected.items()
        if due and loan_of_cell(code) is not None and chance.randrange(100) >= DOES_NOT_PAY
    }
    if chance.randrange(100) < PAID_EXTRA:
        cells["DEM"] = str(chance.choice([20, 50, 100, 100, 200, 500, 1_000]))
    by_transfer = chance.randrange(100) < BY_TRANSFER
    return RowChange(
        row.line.member_id,
        channel=Channel.TRANSFER if by_transfer else None,
        cells=cells,
    )


def _notes_and_coins(cash: Satang) -> dict[Satang, int]:
    """Count an amount out in as few notes and coins as there are."""
    pieces: dict[Satang, int] = {}
    left = int(cash)
    for denomination in DENOMINATIONS:
        pieces[denomination.value], left = divmod(left, denomination.value)
    return pieces


def _take_in(
    session: Session, book_id: int, plan: VillagePlan, five: WorkingGroup, day: Day, chance: Random
) -> None:
    """Enrol somebody new, who pays what newcomers pay."""
    by, at = five.treasurer.mark, day.at(13, 20)
    newcomer = enrol(
        session,
        book_id=book_id,
        person=NewMember(
            number="",
            title="นางสาว",
            given_name=chance.choice(names.WOMEN),
            family_name=chance.choice(names.FAMILIES),
            person_type=PersonType.THAI,
            national_id="",
            telephone="",
            house_number=str(chance.randint(180, 240)),
            village_code=plan.code,
            beneficiary="มารดา",
            joined_on=day.on,
        ),
        pledges={"PLG": Satang(100_00), "SHR": Satang(10_00), "WEL": Satang(30_00)},
        by=by,
        at=at,
    )
    receive(
        session,
        book_id=book_id,
        member_number=newcomer.number,
        amounts={"PLG": Satang(100_00), "SHR": Satang(10_00), "WEL": Satang(30_00)},
        fees={Fee.ENTRANCE: Satang(50_00), Fee.PASSBOOK: Satang(20_00)},
        received_on=day.on,
        channel=Channel.CASH,
        memo="สมาชิกใหม่",
        idempotency_key=f"sample newcomer {plan.group_code} {day.on}",
        by=by,
        at=at,
    )


def _pay_out(session: Session, book_id: int, five: WorkingGroup, day: Day, chance: Random) -> None:
    """Pay one or two members out of what they saved on demand."""
    wanting = [
        (number, kept["DEM"])
        for number, kept in savings(session, book_id=book_id).items()
        if kept.get("DEM", 0) >= LEAST_WITHDRAWN
    ]
    for number, balance in chance.sample(wanting, min(len(wanting), chance.randint(1, 2))):
        withdraw(
            session,
            book_id=book_id,
            number=number,
            product_code="DEM",
            amount=Satang(min(balance, chance.choice([200_00, 300_00, 500_00]))),
            entered_on=day.on,
            memo=chance.choice(names.WITHDRAWN_FOR),
            idempotency_key=f"sample withdrawal {number} {day.on}",
            by=five.treasurer.mark,
            approved_by=five.chair.mark,
            at=day.at(14),
        )


def in_the_box(session: Session, *, book_id: int) -> dict[str, Satang]:
    """Give the cash in hand of each purse."""
    return {box.fund: box.amount for box in cash_in_hand(session, book_id=book_id)}


def _say_goodbye(session: Session, book_id: int, five: WorkingGroup, day: Day) -> None:
    """Give somebody who moves away all that they saved, when the box holds it."""
    held = set(
        session.scalars(
            select(Member.number)
            .join(Hold, and_(Hold.book_id == Member.book_id, Hold.member_id == Member.id))
            .where(Member.book_id == book_id, Hold.ended_on.is_(None))
        )
    )
    given_back = {
        number: total(amount for product, amount in kept.items() if product != "WEL")
        for number, kept in savings(session, book_id=book_id).items()
        if number not in held
    }
    # The first five are the working group.
    leaver = min(list(given_back)[5:], key=lambda number: given_back[number])
    if given_back[leaver] <= in_the_box(session, book_id=book_id)["SAV"]:
        leave(
            session,
            book_id=book_id,
            number=leaver,
            left_on=day.on,
            because="ย้ายไปอยู่กับลูกที่ต่างจังหวัด",
            idempotency_key=f"sample leaver {leaver} {day.on}",
            by=five.treasurer.mark,
            approved_by=five.vice_chair.mark,
            at=day.at(14, 30),
        )


def _put_right(
    session: Session,
    book_id: int,
    five: WorkingGroup,
    day: Day,
    chance: Random,
    receipts: Sequence[int],
) -> None:
    """Put a receipt right on which pledge savings were typed for savings on demand."""
    wrong = receipt_view(session, book_id=book_id, number=chance.choice(receipts))
    amounts = {line.product_code: line.amount for line in wrong.lines}
    amounts["DEM"] = Satang(amounts.get("DEM", 0) + amounts.pop("PLG", 0))
    put_right(
        session,
        book_id=book_id,
        receipt_number=wrong.number,
        amounts=amounts,
        fees={},
        received_on=wrong.received_on,
        channel=wrong.channel,
        reason=chance.choice(names.MISTAKES),
        idempotency_key=f"sample mistake {wrong.number} {day.on}",
        by=five.secretary.mark,
        at=day.at(9, 15),
    )


def _bank(
    session: Session, book_id: int, plan: VillagePlan, five: WorkingGroup, day: Day, chance: Random
) -> None:
    """Bring the cash to the bank, a part of it to the mother, and pay what the office cost."""

    def number(code: str, fund: str = "SAV") -> int:
        return account_by_code(session, book_id=book_id, code=code, fund=fund).id

    box = in_the_box(session, book_id=book_id)
    to_bank = Satang(max(0, box["SAV"] - KEPT_IN_THE_BOX - TO_MOTHER) // 100_00 * 100_00)
    account, what, cost = chance.choice(names.EXPENSES)
    moved = [
        (EntryKind.TRANSFER, "นำเงินสดฝากธนาคาร", "12110", "SAV", to_bank),
        (EntryKind.TRANSFER, "นำเงินสวัสดิการฝากธนาคาร", "12410", "WEL", box.get("WEL", ZERO)),
        (EntryKind.TRANSFER, "นำเงินค่างวดบ้านฝากธนาคาร", "12210", "HSG", box.get("HSG", ZERO)),
        (EntryKind.EXPENSE, what, account, "SAV", Satang(cost)),
    ]
    key = f"sample bank {plan.group_code} {day.on}"
    post_batch(
        session,
        book_id=book_id,
        drafts=[
            EntryDraft(
                entered_on=day.on,
                kind=kind,
                memo=memo,
                postings=(
                    debit(number(code, fund), fund, amount),
                    credit(number("11010", fund), fund, amount),
                ),
            )
            for kind, memo, code, fund, amount in moved
            if amount
        ],
        idempotency_key=key,
        posted_by=five.treasurer.mark,
        posted_at=day.at(13, 30),
        approved_by=five.chair.mark,
    )


def _bring_to_mother(
    session: Session, plan: VillagePlan, five: WorkingGroup, keeper: CurrentOfficer, day: Day
) -> None:
    """Keep some money with the tambon's institution: both write their half."""
    code, _name = names.INSTITUTIONS[plan.code[:6]]
    sent = deposit_with_mother(
        session,
        book_id=group_by_code(session, code=plan.group_code).book_id,
        sent=Sending(
            amount=TO_MOTHER,
            moved_on=day.on,
            through=Through.CASH,
            note="",
            idempotency_key=f"sample {plan.group_code} to its mother {day.on}",
            by=five.treasurer.mark,
            approved_by=five.chair.mark,
            at=day.at(13, 45),
        ),
    )
    confirm(
        session,
        book_id=group_by_code(session, code=code).book_id,
        reference=sent.reference,
        through=Through.CASH,
        resolution="",
        idempotency_key=f"sample {sent.reference} has come",
        by=keeper.mark,
        at=day.at(14),
    )
