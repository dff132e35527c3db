"""What every receipt needs when it is issued: where the money goes, whose account, and its row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from desk.models import Channel, Receipt
from desk.receipt import PaidForLoan
from ledger.entry import EntryDraft
from ledger.errors import RuleBroken
from ledger.money import Satang
from loans.services.repaying import Repayment, draft_repayment, record_repayment
from members.models import Member, SavingsAccount
from members.queries import BANKS, cash_accounts, money_accounts
from members.services.people import open_savings_account


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


def draft_repayments(
    session: Session,
    *,
    book_id: int,
    loans: Mapping[int, Satang],
    paid_on: date,
    paid_by: int,
) -> list[Repayment]:
    """Draft what a member pays for loans, by loan in satang; the book is locked.

    For a loan of somebody else they pay as its guarantor.

    Raises:
        Whatever ``draft_repayment`` raises.
    """
    return [
        draft_repayment(
            session,
            book_id=book_id,
            loan_id=loan_id,
            amount=amount,
            paid_on=paid_on,
            payer_member_id=paid_by,
        )
        for loan_id, amount in loans.items()
    ]


def paid_for_loans(repayments: Iterable[Repayment]) -> list[PaidForLoan]:
    """Give what payments of loans mean on a receipt."""
    return [PaidForLoan(one.fund, one.split.amount, one.lines) for one in repayments]


def record_repayments(
    session: Session,
    *,
    book_id: int,
    repayments: Iterable[Repayment],
    entry_number: int,
    by: str,
    at: datetime,
) -> None:
    """Write down what a receipt paid for each loan, once its entry is posted.

    What somebody wrote about it stands with the entry alone, where it can be redacted.
    """
    for repayment in repayments:
        record_repayment(
            session,
            book_id=book_id,
            repayment=repayment,
            entry_number=entry_number,
            note="",
            by=by,
            at=at,
        )


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
