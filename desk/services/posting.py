"""Posting a collection day: every receipt and the cash difference, in one batch or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from desk.cash import check_cash, total_of_count
from desk.models import Collection
from desk.queries import count_of, next_receipt_number, receipts_of_collection, sheet_of
from desk.receipt import receipt_reference, slip_postings
from desk.services.drafts import AlreadyPosted, SheetMoved, locked_collection
from desk.services.issue import (
    MoneyAccounts,
    account_for,
    draft_repayments,
    money_accounts_of,
    paid_for_loans,
    receipt_row,
    record_repayments,
    write_receipts,
)
from desk.sheet import Row, Sheet, SheetNotReadable, UnreadableCell, loan_cell
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.errors import DomainError, RuleBroken
from ledger.models import Entry
from ledger.money import Satang
from ledger.queries import account_by_code
from ledger.rows import Head
from ledger.services import KeyUsedForAnother, PostedBatch, lock_book, post_batch
from loans.services.repaying import Repayment
from members.models import Member
from members.queries import CASH, savings_accounts
from members.savings import AccountRef

#: The purse whose box is over or short: all the day's cash is counted together, as savings.
#: Source: event E20. 14040 is owed by whoever kept the box, 24080 waits for its owner.
DIFFERENCE_FUND = "SAV"
SHORT, OVER = "14040", "24080"


class NothingOnSheet(RuleBroken):
    """Nobody has paid anything."""

    thai = "ยังไม่มีใครจ่ายเงินในใบนี้ ใส่ยอดเงินก่อนลงบัญชี"


class NotCounted(RuleBroken):
    """Cash was paid, and nobody counted it."""

    thai = "ยังไม่ได้นับเงินสด นับธนบัตรและเหรียญก่อนลงบัญชี"


@dataclass(frozen=True, slots=True)
class _Slip:
    """The receipt of one member: its row, what it pays for loans, and its entry."""

    row: Row
    repayments: tuple[Repayment, ...]
    draft: EntryDraft


@dataclass(frozen=True, slots=True)
class PostedCollection:
    """What a collection day became.

    Attributes:
        collection_id: The day.
        receipt_numbers: Its receipts.
        first_number: The first entry.
        last_number: The last entry.
        difference: What the cash was over or, negative, short, in satang.
        replayed: True when it had been posted before and nothing was written now.
    """

    collection_id: int
    receipt_numbers: tuple[int, ...]
    first_number: int
    last_number: int
    difference: Satang
    replayed: bool


def post_collection(
    session: Session,
    *,
    book_id: int,
    collection_id: int,
    revision: int,
    difference_reason: str,
    idempotency_key: str,
    by: str,
    at: datetime,
) -> PostedCollection:
    """Post a collection day: a receipt for each who paid, and the cash over or short, all or none.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        collection_id: The open sheet.
        revision: The revision that the officer was shown.
        difference_reason: Why the cash is over or short, or empty when it agrees.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer.
        at: Now, aware.

    Raises:
        CollectionNotFound: There is no such sheet.
        AlreadyPosted: It was posted, by another request.
        SheetMoved: Something on it changed since it was shown.
        SheetNotReadable: Cells cannot be read; the refusal names each.
        NothingOnSheet: Nobody paid.
        NotCounted: Cash was paid and nobody counted it.
        CashDoesNotMatch: The count differs and there is no reason.
        NoBankAccount: A transfer for a purse without a bank account.
        And whatever ``post_batch`` raises.

    Source:
        Events E1 (a receipt of many lines, savings and loans) and E20 (the daily close).
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    collection = locked_collection(session, book_id=book_id, collection_id=collection_id)
    if head.posted_before is not None:
        _refuse_other_words(collection, revision=revision, reason=difference_reason)
        return _posted_before(session, head=head, collection=collection, key=idempotency_key)
    if collection.posted_at is not None:
        raise AlreadyPosted(collection_id=collection_id)
    if collection.revision != revision:
        raise SheetMoved(shown=revision, now=collection.revision)
    sheet = sheet_of(session, collection=collection)
    sheet.check()
    if not sheet.paying:
        raise NothingOnSheet(collection_id=collection_id)
    difference = _difference(session, collection=collection, sheet=sheet, reason=difference_reason)
    first_receipt = next_receipt_number(session, book_id=book_id)
    slips = _slips(
        session, collection=collection, sheet=sheet, group_code=head.code, first=first_receipt
    )
    drafts = [slip.draft for slip in slips]
    if difference:
        drafts.append(
            _difference_draft(
                session, collection=collection, difference=difference, reason=difference_reason
            )
        )
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=drafts,
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
    )
    recorded_at = session.get_one(Entry, (book_id, posted.last_number)).recorded_at
    _write_slips(
        session,
        collection=collection,
        slips=slips,
        posted=posted,
        first_receipt=first_receipt,
        by=by,
        at=recorded_at,
    )
    collection.posted_by, collection.posted_at = by, recorded_at
    collection.first_number, collection.last_number = posted.first_number, posted.last_number
    collection.difference_satang = difference
    collection.difference_reason = difference_reason.strip() if difference else ""
    session.flush()
    return PostedCollection(
        collection_id=collection_id,
        receipt_numbers=tuple(range(first_receipt, first_receipt + len(slips))),
        first_number=posted.first_number,
        last_number=posted.last_number,
        difference=difference,
        replayed=False,
    )


def _refuse_other_words(collection: Collection, *, revision: int, reason: str) -> None:
    """Refuse a page that shows another sheet than the one that was posted, or gives another why.

    The key is the sheet's own, so the page of another browser bears it too.
    """
    if collection.posted_at is None:
        return
    explained = reason.strip() if collection.difference_satang else ""
    if (collection.revision, collection.difference_reason) != (revision, explained):
        raise AlreadyPosted(collection_id=collection.id)


def _posted_before(
    session: Session, *, head: Head, collection: Collection, key: str
) -> PostedCollection:
    assert head.posted_before is not None
    first, last, _digest = head.posted_before
    if collection.first_number != first or collection.difference_satang is None:
        raise KeyUsedForAnother(key=key)
    return PostedCollection(
        collection_id=collection.id,
        receipt_numbers=tuple(
            receipt.number
            for receipt in receipts_of_collection(session, collection=collection)
            if first <= receipt.entry_number <= last
        ),
        first_number=first,
        last_number=last,
        difference=collection.difference_satang,
        replayed=True,
    )


def _difference(session: Session, *, collection: Collection, sheet: Sheet, reason: str) -> Satang:
    pieces = count_of(session, collection=collection)
    cash = sheet.totals.cash
    if cash and not pieces:
        raise NotCounted(collection_id=collection.id)
    return check_cash(counted=total_of_count(pieces), expected=cash, reason=reason)


def _slips(
    session: Session, *, collection: Collection, sheet: Sheet, group_code: str, first: int
) -> list[_Slip]:
    """Draft the receipts of a sheet; loans that cannot be paid so are refused all together."""
    accounts = savings_accounts(session, book_id=collection.book_id)
    money = money_accounts_of(session, book_id=collection.book_id)
    funds = {column.code: column.fund for column in sheet.columns}
    slips, refused = [], []
    for number, row in enumerate(sheet.paying, start=first):
        lines = []
        for product_code, amount in row.savings.items():
            account = accounts.get((row.line.member_id, product_code))
            if account is None:
                member = session.get_one(Member, (collection.book_id, row.line.member_id))
                account = AccountRef(
                    account_for(
                        session,
                        member=member,
                        product_code=product_code,
                        opened_on=collection.held_on,
                    ),
                    funds[product_code],
                )
            lines.append((account, amount))
        repayments, wrong = _repayments_of(session, collection=collection, row=row)
        refused += wrong
        if not wrong:
            reference = receipt_reference(
                number=number, group_code=group_code, received_on=collection.held_on
            )
            slips.append(_slip(row, lines, repayments, money, collection.held_on, reference))
    if refused:
        raise SheetNotReadable(refused)
    return slips


def _repayments_of(
    session: Session, *, collection: Collection, row: Row
) -> tuple[list[Repayment], list[UnreadableCell]]:
    """Draft what a member pays for each loan, and name the cells that cannot be."""
    drafted: list[Repayment] = []
    wrong: list[UnreadableCell] = []
    for loan_id, amount in row.repayments.items():
        try:
            drafted += draft_repayments(
                session,
                book_id=collection.book_id,
                loans={loan_id: amount},
                paid_on=collection.held_on,
                paid_by=row.line.member_id,
            )
        except DomainError as refusal:
            code = loan_cell(loan_id)
            said = f"{row.line.name} {refusal.sentence()}"
            wrong.append(
                UnreadableCell(row.line.member_id, code, row.line.typed.get(code, ""), said)
            )
    return drafted, wrong


def _slip(
    row: Row,
    lines: Sequence[tuple[AccountRef, Satang]],
    repayments: Sequence[Repayment],
    money: MoneyAccounts,
    held_on: date,
    reference: str,
) -> _Slip:
    funds = {account.fund for account, _amount in lines} | {one.fund for one in repayments}
    draft = EntryDraft(
        entered_on=held_on,
        kind=EntryKind.COLLECTION,
        reference=reference,
        postings=slip_postings(
            lines,
            paid_for_loans(repayments),
            money=money.for_channel(row.line.channel, funds=funds),
        ),
    )
    return _Slip(row, tuple(repayments), draft)


def _write_slips(
    session: Session,
    *,
    collection: Collection,
    slips: Sequence[_Slip],
    posted: PostedBatch,
    first_receipt: int,
    by: str,
    at: datetime,
) -> None:
    """Write the receipts of posted entries, and what was paid for loans."""
    write_receipts(
        session,
        [
            receipt_row(
                slip.draft,
                book_id=collection.book_id,
                number=first_receipt + place,
                entry_number=posted.first_number + place,
                member_id=slip.row.line.member_id,
                channel=slip.row.line.channel,
                replaces=None,
                collection_id=collection.id,
                by=by,
                at=at,
            )
            for place, slip in enumerate(slips)
        ],
    )
    for entry_number, slip in enumerate(slips, start=posted.first_number):
        record_repayments(
            session,
            book_id=collection.book_id,
            repayments=slip.repayments,
            entry_number=entry_number,
            by=by,
            at=at,
        )


def _difference_draft(
    session: Session, *, collection: Collection, difference: Satang, reason: str
) -> EntryDraft:
    """Book money that is short as owed by whoever kept it, and money that is over as waiting."""

    def account(code: str) -> int:
        return account_by_code(
            session, book_id=collection.book_id, code=code, fund=DIFFERENCE_FUND
        ).id

    amount = Satang(abs(difference))
    postings = (
        (
            debit(account(CASH), DIFFERENCE_FUND, amount),
            credit(account(OVER), DIFFERENCE_FUND, amount),
        )
        if difference > 0
        else (
            debit(account(SHORT), DIFFERENCE_FUND, amount),
            credit(account(CASH), DIFFERENCE_FUND, amount),
        )
    )
    return EntryDraft(
        entered_on=collection.held_on,
        kind=EntryKind.CASH_DIFFERENCE,
        memo=reason.strip(),
        postings=postings,
    )
