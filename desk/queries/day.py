"""Reading the day: the cash in hand, and what a posted collection day came to."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from desk.models import Collection, Receipt
from desk.queries.loans import LoansToday, loans_today
from desk.queries.receipts import ReceiptView, receipts_issued_on, receipts_of_collection
from desk.queries.sheets import CollectionNotFound, collection_by_id, count_of, draft_of, sheet_of
from desk.sheet import Sheet
from ledger.models import Account, Entry, Fund
from ledger.money import Satang, total
from loans.queries.between import arrivals_of
from members.by_laws import RuleName
from members.queries import CASH, by_law

RECEIPTS_OF_TODAY = 60
DAYS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class CashBox:
    """The cash in hand of one purse; ``amount`` in satang."""

    fund: str
    fund_name: str
    account_id: int
    amount: Satang


@dataclass(frozen=True, slots=True)
class PaidDifferently:
    """A member who paid something else than on the collection day before; in satang."""

    member_number: str
    member_name: str
    before: Satang
    now: Satang


@dataclass(frozen=True, slots=True)
class Repaid:
    """What came in for loans, as it was divided; amounts in satang."""

    principal: Satang
    interest: Satang
    default_interest: Satang
    fee: Satang
    costs: Satang

    @property
    def amount(self) -> Satang:
        """All of it."""
        return total((self.principal, self.interest, self.default_interest, self.fee, self.costs))

    @property
    def parts(self) -> tuple[tuple[str, Satang], ...]:
        """What it was divided into, as people read it; fees and costs only where there are any."""
        rare = (("ค่าธรรมเนียม", self.fee), ("ค่าติดตามหนี้", self.costs))
        return (
            ("เงินต้น", self.principal),
            ("ดอกเบี้ย", self.interest),
            ("ดอกเบี้ยผิดนัด", self.default_interest),
            *((name, amount) for name, amount in rare if amount),
        )


@dataclass(frozen=True, slots=True)
class DaySummary:
    """A posted collection day.

    Attributes:
        collection: The day.
        sheet: The sheet as it was posted.
        counted: What was counted, in satang.
        receipts: Its receipts, by number, those that put others right too.
        before: The posted collection day before it, or None.
        differently: Who paid something else than on that day.
        head_seal: The seal of the day's last entry.
    """

    collection: Collection
    sheet: Sheet
    counted: Satang
    receipts: tuple[ReceiptView, ...]
    before: Collection | None
    differently: tuple[PaidDifferently, ...]
    head_seal: bytes

    @property
    def repaid(self) -> Repaid:
        """What the day's receipts paid for loans, as they were first written."""
        lines = [
            line
            for receipt in self.receipts
            if receipt.replaces_number is None
            for line in receipt.loans
        ]
        return Repaid(
            principal=total(line.principal for line in lines),
            interest=total(line.interest for line in lines),
            default_interest=total(line.default_interest for line in lines),
            fee=total(line.fee for line in lines),
            costs=total(line.costs for line in lines),
        )


def cash_in_hand(session: Session, *, book_id: int) -> list[CashBox]:
    """Give the cash box of each purse that has money or was ever moved, the savings purse first."""
    rows = session.execute(
        select(Account.fund, Fund.name_th, Account.id, Account.balance_satang)
        .join(Fund, and_(Fund.book_id == Account.book_id, Fund.code == Account.fund))
        .where(Account.book_id == book_id, Account.code == CASH)
        .where((Account.n > 0) | (Account.fund == "SAV"))
        .order_by(Account.fund != "SAV", Account.fund)
    )
    return [CashBox(fund, name, account_id, amount) for fund, name, account_id, amount in rows]


def fund_names(session: Session, *, book_id: int) -> dict[str, str]:
    """Give the names of the purses of a book by their codes."""
    rows = session.execute(select(Fund.code, Fund.name_th).where(Fund.book_id == book_id))
    return {code: str(name) for code, name in rows}


def day_summary(session: Session, *, book_id: int, collection_id: int) -> DaySummary:
    """Give a posted collection day with what people ask about it afterwards.

    Raises:
        CollectionNotFound: There is no such day, or it is not posted yet.
    """
    collection = collection_by_id(session, book_id=book_id, collection_id=collection_id)
    if collection.posted_at is None or collection.last_number is None:
        raise CollectionNotFound(collection_id=collection_id)
    count = count_of(session, collection=collection)
    before = _collection_before(session, collection=collection)
    sheet = sheet_of(session, collection=collection)
    return DaySummary(
        collection=collection,
        sheet=sheet,
        counted=Satang(sum(value * pieces for value, pieces in count.items())),
        receipts=tuple(receipts_of_collection(session, collection=collection)),
        before=before,
        differently=() if before is None else _differently(session, sheet=sheet, before=before),
        head_seal=session.get_one(Entry, (book_id, collection.last_number)).seal,
    )


def _collection_before(session: Session, *, collection: Collection) -> Collection | None:
    return session.scalar(
        select(Collection)
        .where(
            Collection.book_id == collection.book_id,
            Collection.posted_at.is_not(None),
            Collection.held_on < collection.held_on,
        )
        .order_by(Collection.held_on.desc(), Collection.id.desc())
        .limit(1)
    )


def _differently(
    session: Session, *, sheet: Sheet, before: Collection
) -> tuple[PaidDifferently, ...]:
    then = {row.line.member_id: row.paid for row in sheet_of(session, collection=before).rows}
    nothing = Satang(0)
    return tuple(
        PaidDifferently(
            row.line.number, row.line.name, then.get(row.line.member_id, nothing), row.paid
        )
        for row in sheet.rows
        if row.paid != then.get(row.line.member_id, nothing)
    )


@dataclass(frozen=True, slots=True)
class PostedDay:
    """A posted collection day in a list: when, how many receipts, and what came in (satang)."""

    collection_id: int
    held_on: date
    receipts: int
    total: Satang
    difference: Satang


@dataclass(frozen=True, slots=True)
class Today:
    """What a treasurer sees first.

    Attributes:
        boxes: The cash in hand, purse by purse.
        cash: All of it, in satang.
        cash_limit: What the by-laws allow to be kept in cash, in satang; 0 is no limit.
        draft: The open collection sheet, or None.
        draft_sheet: What is typed in it.
        receipts: The receipts of the day, the newest first.
        days: The last posted collection days.
        loans: How many loans fall due on the day, and how many are overdue.
        arrivals: How many amounts another group has sent, which wait to be confirmed.
    """

    boxes: tuple[CashBox, ...]
    cash: Satang
    cash_limit: Satang
    draft: Collection | None
    draft_sheet: Sheet | None
    receipts: tuple[ReceiptView, ...]
    days: tuple[PostedDay, ...]
    loans: LoansToday
    arrivals: int

    @property
    def above_limit(self) -> Satang:
        """How much more cash there is than may be kept, in satang; 0 when it may."""
        return Satang(max(self.cash - self.cash_limit, 0) if self.cash_limit else 0)


def today_of(session: Session, *, book_id: int, on: date) -> Today:
    """Give what a treasurer sees first on a day."""
    boxes = cash_in_hand(session, book_id=book_id)
    draft = draft_of(session, book_id=book_id)
    return Today(
        boxes=tuple(boxes),
        cash=total(box.amount for box in boxes),
        cash_limit=Satang(by_law(session, book_id=book_id, name=RuleName.CASH_LIMIT, on=on)),
        draft=draft,
        draft_sheet=None if draft is None else sheet_of(session, collection=draft),
        receipts=tuple(receipts_issued_on(session, book_id=book_id, on=on, most=RECEIPTS_OF_TODAY)),
        days=tuple(posted_days(session, book_id=book_id, most=DAYS_SHOWN)),
        loans=loans_today(session, book_id=book_id, on=on),
        arrivals=len(arrivals_of(session, book_id=book_id, on=on)),
    )


def posted_days(session: Session, *, book_id: int, most: int) -> list[PostedDay]:
    """Give the posted collection days of a group, the newest first, with what they came to."""
    rows = session.execute(
        select(
            Collection.id,
            Collection.held_on,
            Collection.difference_satang,
            func.count(Receipt.number),
            func.coalesce(func.sum(Receipt.total_satang), 0),
        )
        .outerjoin(
            Receipt,
            and_(
                Receipt.book_id == Collection.book_id,
                Receipt.collection_id == Collection.id,
                Receipt.replaces_number.is_(None),
            ),
        )
        .where(Collection.book_id == book_id, Collection.posted_at.is_not(None))
        .group_by(Collection.id, Collection.held_on, Collection.difference_satang)
        .order_by(Collection.held_on.desc(), Collection.id.desc())
        .limit(most)
    )
    return [
        PostedDay(collection_id, held_on, receipts, Satang(int(paid)), Satang(difference or 0))
        for collection_id, held_on, difference, receipts, paid in rows
    ]
