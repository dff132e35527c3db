"""Reading receipts. What they say is read from their entries."""

from collections.abc import Collection as AnyOf
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from desk.models import Channel, Collection, Receipt
from desk.queries.repayments import RepaymentLine, repayments_of_entries
from desk.receipt import FEE_ACCOUNTS
from ledger.errors import NotFound
from ledger.models import Account, Entry, Memo, Posting
from ledger.money import Satang
from members.models import Member, Product, SavingsAccount
from members.queries import full_name, officer_names


class ReceiptNotFound(NotFound):
    """There is no receipt of this number in the group."""

    thai = "ไม่พบใบรับเงินเลขที่ {number}"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line of a receipt.

    Attributes:
        name: What was paid for.
        product_code: The product, or empty for a fee.
        account_code: The ledger account.
        amount: Satang.
        after: What the member has in this product with it, in satang; None for a fee.
    """

    name: str
    product_code: str
    account_code: str
    amount: Satang
    after: Satang | None


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt as pages and paper show it.

    Attributes:
        entry_number: The entry that took the money in.
        seal: That entry's seal.
        lines: What was paid for savings and fees.
        loans: What was paid for loans, and how it was divided.
        replaces_number: The receipt that this one puts right.
        replaced_by_number: The receipt that puts this one right.
        taken_back_by: The entry that took this one's back; None while it stands.
        taken_back_because: Why.
    """

    number: int
    reference: str
    member_id: int
    member_number: str
    member_name: str
    collection_id: int | None
    channel: Channel
    total: Satang
    received_on: date
    issued_at: datetime
    issued_by: str
    memo: str
    entry_number: int
    seal: bytes
    lines: tuple[ReceiptLine, ...]
    loans: tuple[RepaymentLine, ...]
    replaces_number: int | None
    replaced_by_number: int | None
    taken_back_by: int | None
    taken_back_because: str

    @property
    def stands(self) -> bool:
        """Whether it has not been taken back."""
        return self.taken_back_by is None


def receipt_view(session: Session, *, book_id: int, number: int) -> ReceiptView:
    """Give one receipt.

    Raises:
        ReceiptNotFound: There is none.
    """
    found = receipt_views(session, book_id=book_id, numbers=[number])
    if not found:
        raise ReceiptNotFound(number=number)
    return found[0]


def receipts_issued_on(session: Session, *, book_id: int, on: date, most: int) -> list[ReceiptView]:
    """Give the receipts of money received on a day, the newest first."""
    numbers = session.scalars(
        select(Receipt.number)
        .where(Receipt.book_id == book_id, Receipt.received_on == on)
        .order_by(Receipt.number.desc())
        .limit(most)
    )
    return list(reversed(receipt_views(session, book_id=book_id, numbers=list(numbers))))


def receipts_of_collection(session: Session, *, collection: Collection) -> list[ReceiptView]:
    """Give the receipts of a collection day by number, those that put others right too."""
    numbers = session.scalars(
        select(Receipt.number).where(
            Receipt.book_id == collection.book_id, Receipt.collection_id == collection.id
        )
    )
    return receipt_views(session, book_id=collection.book_id, numbers=list(numbers))


def receipt_number_of_entry(session: Session, *, book_id: int, entry_number: int) -> int | None:
    """Give the receipt that an entry is of, or None."""
    return session.scalar(
        select(Receipt.number).where(
            Receipt.book_id == book_id, Receipt.entry_number == entry_number
        )
    )


def next_receipt_number(session: Session, *, book_id: int) -> int:
    """Give the next number of the book's receipts. Lock the book first."""
    newest = session.scalar(select(func.max(Receipt.number)).where(Receipt.book_id == book_id))
    return (newest or 0) + 1


def receipt_views(session: Session, *, book_id: int, numbers: AnyOf[int]) -> list[ReceiptView]:
    """Give receipts by number, the lowest first; numbers that are not there are left out."""
    if not numbers:
        return []
    names = officer_names(session)
    reversal, successor, why = aliased(Entry), aliased(Receipt), aliased(Memo)
    rows = session.execute(
        select(
            Receipt,
            Member,
            Entry.seal,
            func.coalesce(Memo.text, ""),
            reversal.number,
            func.coalesce(why.text, ""),
            successor.number,
        )
        .join(Member, and_(Member.book_id == Receipt.book_id, Member.id == Receipt.member_id))
        .join(Entry, and_(Entry.book_id == Receipt.book_id, Entry.number == Receipt.entry_number))
        .outerjoin(
            Memo, and_(Memo.book_id == Receipt.book_id, Memo.entry_number == Receipt.entry_number)
        )
        .outerjoin(
            reversal,
            and_(
                reversal.book_id == Receipt.book_id,
                reversal.reverses_number == Receipt.entry_number,
            ),
        )
        .outerjoin(why, and_(why.book_id == reversal.book_id, why.entry_number == reversal.number))
        .outerjoin(
            successor,
            and_(successor.book_id == Receipt.book_id, successor.replaces_number == Receipt.number),
        )
        .where(Receipt.book_id == book_id, Receipt.number.in_(numbers))
        .order_by(Receipt.number)
    ).all()
    entries = [row[0].entry_number for row in rows]
    loans = repayments_of_entries(session, book_id=book_id, entries=entries)
    lines = _lines_of(session, book_id=book_id, entries=entries, with_loans=loans.keys())
    return [
        ReceiptView(
            number=receipt.number,
            reference=receipt.reference,
            member_id=member.id,
            member_number=member.number,
            member_name=full_name(member),
            collection_id=receipt.collection_id,
            channel=receipt.channel,
            total=receipt.total_satang,
            received_on=receipt.received_on,
            issued_at=receipt.issued_at,
            issued_by=names.get(receipt.issued_by, receipt.issued_by),
            memo=memo,
            entry_number=receipt.entry_number,
            seal=seal,
            lines=tuple(lines.get(receipt.entry_number, ())),
            loans=tuple(loans.get(receipt.entry_number, ())),
            replaces_number=receipt.replaces_number,
            replaced_by_number=replaced_by,
            taken_back_by=taken_back_by,
            taken_back_because=because,
        )
        for receipt, member, seal, memo, taken_back_by, because, replaced_by in rows
    ]


def _lines_of(
    session: Session, *, book_id: int, entries: Sequence[int], with_loans: AnyOf[int]
) -> dict[int, list[ReceiptLine]]:
    """Give the lines of savings and fees; those of loans are told by the loans themselves."""
    rows = session.execute(
        select(
            Posting.entry_number,
            Posting.amount_satang,
            Posting.balance_after_satang,
            Account.code,
            Account.name_th,
            Product.code,
            Product.name,
        )
        .join(Account, and_(Account.book_id == Posting.book_id, Account.id == Posting.account_id))
        .outerjoin(
            SavingsAccount,
            and_(
                SavingsAccount.book_id == Posting.book_id,
                SavingsAccount.account_id == Posting.account_id,
            ),
        )
        .outerjoin(
            Product,
            and_(
                Product.book_id == SavingsAccount.book_id,
                Product.code == SavingsAccount.product_code,
            ),
        )
        .where(
            Posting.book_id == book_id,
            Posting.entry_number.in_(entries),
            Posting.amount_satang < 0,
        )
        .order_by(Posting.entry_number, Posting.line)
    )
    lines: dict[int, list[ReceiptLine]] = {}
    for number, amount, after, account_code, account_name, product_code, product_name in rows:
        is_savings = product_code or account_code in FEE_ACCOUNTS.values()
        if number in with_loans and not is_savings:
            continue
        lines.setdefault(number, []).append(
            ReceiptLine(
                name=product_name or account_name,
                product_code=product_code or "",
                account_code=account_code,
                amount=Satang(-amount),
                after=Satang(-after) if product_code else None,
            )
        )
    return lines
