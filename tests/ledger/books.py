"""A small book for the tests of the ledger: three purses, a box, savings, income and suspense."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from ledger import queries, services
from ledger.chart import STANDARD_FUNDS, ChartRow, Keeps, Kind
from ledger.entry import EntryDraft, EntryKind, PostingDraft, credit, debit
from ledger.models import Book
from ledger.money import Satang
from ledger.services import PostedBatch

MALEE = "1"
BUNMEE = "2"
OPENED_AT = datetime(2023, 1, 1, 2, 0, tzinfo=UTC)
POSTED_AT = datetime(2023, 4, 6, 3, 42, 10, tzinfo=UTC)
APRIL_6 = date(2023, 4, 6)

CHART = (
    ChartRow("11010", "SAV", Kind.ASSET, "", "เงินสดในมือ", "Cash in hand", Keeps.DEBIT),
    ChartRow("11010", "WEL", Kind.ASSET, "", "เงินสดในมือ", "Cash in hand", Keeps.DEBIT),
    ChartRow("11020", "SAV", Kind.ASSET, "", "เงินฝากธนาคาร", "Bank", Keeps.EITHER),
    ChartRow("31020", "SAV", Kind.EQUITY, "member", "เงินสัจจะสะสม", "Pledges", Keeps.EITHER),
    ChartRow("44010", "WEL", Kind.INCOME, "", "เงินสมทบสวัสดิการ", "Welfare", Keeps.EITHER),
    ChartRow("43010", "SAV", Kind.INCOME, "", "ค่าธรรมเนียมแรกเข้า", "Entrance fee", Keeps.EITHER),
    ChartRow("54050", "SAV", Kind.EXPENSE, "", "ค่าวัสดุสำนักงาน", "Stationery", Keeps.EITHER),
    ChartRow("39010", "SAV", Kind.EQUITY, "", "บัญชีปรับยอดยกมา", "Opening clearing", Keeps.EITHER),
    ChartRow("59010", "SAV", Kind.ASSET, "", "บัญชีพัก", "Suspense", Keeps.EITHER),
)
#: The numbers that the accounts get in the order of the chart; two savers stand behind them.
CASH, WELFARE_CASH, BANK, PLEDGES, WELFARE, ENTRANCE, STATIONERY, CLEARING, SUSPENSE = range(1, 10)
SOMSRI, BOONMEE = 10, 11


def open_small_book(session: Session, *, code: str = "KHP06") -> int:
    """Open the small book with two savers and give its number."""
    book = services.open_book(session, code=code, name="คลองหินปูน หมู่ 6", opened_at=OPENED_AT)
    services.open_funds(session, book_id=book.id, funds=STANDARD_FUNDS)
    services.open_chart(session, book_id=book.id, opened_on=OPENED_AT.date(), rows=CHART)
    control = queries.account_by_id(session, book_id=book.id, account_id=PLEDGES)
    for suffix, name in (("0001", "สมศรี ใจดี"), ("0002", "บุญมี ทองคำ")):
        services.open_account_under(
            session, control=control, suffix=suffix, name=name, opened_on=OPENED_AT.date()
        )
    return book.id


def entry(
    *postings: PostingDraft,
    on: date = APRIL_6,
    kind: EntryKind = EntryKind.JOURNAL,
    memo: str = "",
    reference: str = "",
) -> EntryDraft:
    """Draft an entry of some postings."""
    return EntryDraft(entered_on=on, kind=kind, postings=postings, memo=memo, reference=reference)


def pledge_paid(
    amount: int, *, saver: int = SOMSRI, on: date = APRIL_6, memo: str = ""
) -> EntryDraft:
    """Draft a saver's pledge, paid into the box."""
    return entry(
        debit(CASH, "SAV", Satang(amount)),
        credit(saver, "SAV", Satang(amount)),
        on=on,
        kind=EntryKind.RECEIPT,
        memo=memo,
    )


def welfare_paid(amount: int, *, on: date = APRIL_6) -> EntryDraft:
    """Draft a welfare premium, paid into the box of its own purse."""
    return entry(
        debit(WELFARE_CASH, "WEL", Satang(amount)), credit(WELFARE, "WEL", Satang(amount)), on=on
    )


def post(
    session: Session,
    book_id: int,
    drafts: Sequence[EntryDraft],
    *,
    key: str,
    posted_at: datetime = POSTED_AT,
    approved_by: str | None = None,
) -> PostedBatch:
    """Post as Malee, who keeps the box."""
    return services.post_batch(
        session,
        book_id=book_id,
        drafts=drafts,
        idempotency_key=key,
        posted_by=MALEE,
        posted_at=posted_at,
        approved_by=approved_by,
    )


def balance_of(session: Session, book_id: int, account_id: int) -> int:
    """Give what an account has, debit positive."""
    account = queries.account_by_id(session, book_id=book_id, account_id=account_id)
    return account.balance_satang


def book_of(session: Session, book_id: int) -> Book:
    """Give the book's row."""
    book = session.get(Book, book_id)
    assert book is not None
    return book
