"""What a receipt says, drafted as an entry, written down, and found again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sqlalchemy.orm import Session

from desk.models import Channel, Receipt
from desk.queries import ReceiptView, receipt_number_of_entry, receipt_view
from desk.receipt import FEE_ACCOUNTS, FEE_FUND, Fee, receipt_reference, slip_postings
from desk.services.issue import (
    account_for,
    money_accounts_of,
    paid_for_loans,
    receipt_row,
    record_repayments,
    write_receipts,
)
from ledger.entry import EntryDraft, EntryKind
from ledger.errors import NotFound
from ledger.models import Entry
from ledger.money import Satang
from ledger.queries import account_by_code
from ledger.rows import Head
from ledger.services import KeyUsedForAnother, PostedBatch
from loans.services.repaying import Repayment
from members.by_laws import RuleName
from members.models import Member, ProductKind
from members.queries import by_law, products_of
from members.savings import AccountRef
from members.services.people import HasLeft, check_whole_shares

NO_LOANS: Mapping[int, Satang] = MappingProxyType({})


class NoSuchProduct(NotFound):
    """The group has no such product, or no longer."""

    thai = "กลุ่มไม่มีประเภทเงินออม {product_code} แล้ว เปิดหน้านี้ใหม่"


@dataclass(frozen=True, slots=True)
class Said:
    """What a receipt is to say was paid, when and how; amounts in satang, without zeros."""

    amounts: Mapping[str, Satang]
    fees: Mapping[Fee, Satang]
    loans: Mapping[int, Satang]
    received_on: date
    channel: Channel
    memo: str

    def is_as_in(self, receipt: ReceiptView) -> bool:
        """Tell whether a receipt says the same was paid, on that day and in that way."""
        lines = {line.product_code or line.account_code: line.amount for line in receipt.lines}
        fees = {FEE_ACCOUNTS[fee]: amount for fee, amount in self.fees.items()}
        return (lines, paid_by_loan(receipt), receipt.received_on, receipt.channel) == (
            {**self.amounts, **fees},
            dict(self.loans),
            self.received_on,
            self.channel,
        )


def said_by(
    amounts: Mapping[str, Satang],
    fees: Mapping[Fee, Satang],
    loans: Mapping[int, Satang],
    *,
    received_on: date,
    channel: Channel,
    memo: str,
) -> Said:
    """Give what a receipt is to say, without what was left empty."""
    return Said(
        amounts={code: amount for code, amount in amounts.items() if amount},
        fees={fee: amount for fee, amount in fees.items() if amount},
        loans={loan_id: amount for loan_id, amount in loans.items() if amount},
        received_on=received_on,
        channel=channel,
        memo=memo,
    )


def paid_by_loan(receipt: ReceiptView) -> dict[int, Satang]:
    """Give what a receipt paid for each loan, in satang."""
    return {line.loan_id: line.amount for line in receipt.loans}


def refuse_who_left(member: Member) -> None:
    """Refuse a member who left.

    Raises:
        HasLeft: They did.
    """
    if member.left_on is not None:
        raise HasLeft(number=member.number)


def draft_slip(
    session: Session,
    *,
    head: Head,
    number: int,
    member: Member,
    said: Said,
    repayments: Sequence[Repayment],
) -> EntryDraft:
    """Draft the entry of a receipt: savings and fees, and what is paid for loans, in one.

    Raises:
        NothingPaid: There is no amount.
        NoSuchProduct: The group has no such product.
        SharesNotWhole: Shares are not paid in whole shares.
        NoBankAccount: A transfer for a purse without a bank account.
    """
    lines = _savings_lines(session, head=head, member=member, said=said)
    funds = {account.fund for account, _amount in lines} | {one.fund for one in repayments}
    money = money_accounts_of(session, book_id=head.book_id).for_channel(said.channel, funds=funds)
    return EntryDraft(
        entered_on=said.received_on,
        kind=_kind_of(said),
        memo=said.memo,
        reference=receipt_reference(
            number=number, group_code=head.code, received_on=said.received_on
        ),
        postings=slip_postings(lines, paid_for_loans(repayments), money=money),
    )


def _kind_of(said: Said) -> EntryKind:
    if Fee.ENTRANCE in said.fees:
        return EntryKind.ENTRANCE
    only_loans = said.loans and not said.amounts and not said.fees
    return EntryKind.REPAYMENT if only_loans else EntryKind.RECEIPT


def _savings_lines(
    session: Session, *, head: Head, member: Member, said: Said
) -> list[tuple[AccountRef, Satang]]:
    products = {product.code: product for product in products_of(session, book_id=head.book_id)}
    lines: list[tuple[AccountRef, Satang]] = []
    for product_code, amount in said.amounts.items():
        if product_code not in products:
            raise NoSuchProduct(product_code=product_code)
        if products[product_code].kind is ProductKind.SHARE:
            on = said.received_on
            par = by_law(session, book_id=head.book_id, name=RuleName.SHARE_PAR, on=on)
            check_whole_shares(amount, par=Satang(par))
        account_id = account_for(
            session, member=member, product_code=product_code, opened_on=said.received_on
        )
        lines.append((AccountRef(account_id, products[product_code].fund), amount))
    for fee, amount in said.fees.items():
        account = account_by_code(
            session, book_id=head.book_id, code=FEE_ACCOUNTS[fee], fund=FEE_FUND
        )
        lines.append((AccountRef(account.id, FEE_FUND), amount))
    return lines


def written_slip(
    session: Session,
    *,
    posted: PostedBatch,
    draft: EntryDraft,
    repayments: Sequence[Repayment],
    number: int,
    member: Member,
    channel: Channel,
    replaces: ReceiptView | None,
    by: str,
) -> Receipt:
    """Write the receipt of the batch's last entry, and what it paid for loans; give it."""
    book_id = member.book_id
    recorded_at = session.get_one(Entry, (book_id, posted.last_number)).recorded_at
    row = receipt_row(
        draft,
        book_id=book_id,
        number=number,
        entry_number=posted.last_number,
        member_id=member.id,
        channel=channel,
        replaces=None if replaces is None else replaces.number,
        collection_id=None if replaces is None else replaces.collection_id,
        by=by,
        at=recorded_at,
    )
    write_receipts(session, [row])
    record_repayments(
        session,
        book_id=book_id,
        repayments=repayments,
        entry_number=posted.last_number,
        by=by,
        at=recorded_at,
    )
    return session.get_one(Receipt, (book_id, number))


def written_before(
    session: Session, *, head: Head, member: Member, said: Said, replaces: int | None
) -> Receipt:
    """Give the receipt that this very request wrote before, whatever has moved since.

    Raises:
        KeyUsedForAnother: What was written under the key says something else.
    """
    assert head.posted_before is not None
    entry_number = head.posted_before[1]
    number = receipt_number_of_entry(session, book_id=head.book_id, entry_number=entry_number)
    if number is None:
        raise KeyUsedForAnother(entry_number=entry_number)
    receipt = receipt_view(session, book_id=head.book_id, number=number)
    if (
        receipt.member_id != member.id
        or receipt.replaces_number != replaces
        or not said.is_as_in(receipt)
        # What was written about it may have been redacted since; then it is not compared.
        or receipt.memo not in {said.memo, ""}
    ):
        raise KeyUsedForAnother(entry_number=entry_number)
    return session.get_one(Receipt, (head.book_id, number))
