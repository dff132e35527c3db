"""What every receipt needs when it is issued: where the money goes, whose account, and its row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from desk.models import Channel, Receipt
from ledger.entry import EntryDraft
from ledger.errors import RuleBroken
from members.models import Member, SavingsAccount
from members.queries import cash_accounts, money_accounts
from members.services.people import open_savings_account

#: The bank account of each purse. Source: the standard chart.
BANKS = ("12110", "12210", "12310", "12410", "12510")


class NoBankAccount(RuleBroken):
    """The purse has no bank account that a transfer could have gone to."""

    thai = "กองทุน {fund} ไม่มีบัญชีธนาคาร รับเป็นเงินสด หรือแยกใบรับเงิน"


@dataclass(frozen=True, slots=True)
class MoneyAccounts:
    """Where money goes that comes in: the cash box and the bank account of each purse."""

    cash: Mapping[str, int]
    bank: Mapping[str, int]

    def for_channel(self, channel: Channel, *, funds: set[str]) -> Mapping[str, int]:
        """Give the account of each purse for a way to pay.

        Raises:
            NoBankAccount: One of the purses has no bank account, and it was paid by transfer.
        """
        if channel is Channel.CASH:
            return self.cash
        for fund in sorted(funds):
            if fund not in self.bank:
                raise NoBankAccount(fund=fund)
        return self.bank


def money_accounts_of(session: Session, *, book_id: int) -> MoneyAccounts:
    """Give the cash boxes and bank accounts of a book."""
    return MoneyAccounts(
        cash=cash_accounts(session, book_id=book_id),
        bank=money_accounts(session, book_id=book_id, codes=BANKS),
    )


def account_for(session: Session, *, member: Member, product_code: str, opened_on: date) -> int:
    """Give a member's account in a product; one who has none yet is given it now.

    Members who joined before the product was begun, or came from a spreadsheet, have none.
    """
    account_id = session.scalar(
        select(SavingsAccount.account_id).where(
            SavingsAccount.book_id == member.book_id,
            SavingsAccount.member_id == member.id,
            SavingsAccount.product_code == product_code,
        )
    )
    if account_id is not None:
        return account_id
    return open_savings_account(
        session, member=member, product_code=product_code, opened_on=opened_on
    ).account_id


def receipt_row(
    draft: EntryDraft,
    *,
    book_id: int,
    number: int,
    entry_number: int,
    member_id: int,
    channel: Channel,
    replaces: int | None,
    collection_id: int | None,
    by: str,
    at: datetime,
) -> dict[str, object]:
    """Give the row of a receipt for a posted entry."""
    return {
        "book_id": book_id,
        "number": number,
        "reference": draft.reference,
        "entry_number": entry_number,
        "member_id": member_id,
        "collection_id": collection_id,
        "channel": channel,
        "total_satang": draft.amount,
        "received_on": draft.entered_on,
        "issued_at": at,
        "issued_by": by,
        "replaces_number": replaces,
    }


def write_receipts(session: Session, rows: list[dict[str, object]]) -> None:
    """Write receipts. Their entries must be posted."""
    session.execute(insert(Receipt), rows)
