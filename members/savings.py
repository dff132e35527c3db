"""What a deposit, a receipt of many lines and a withdrawal mean as postings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.entry import PostingDraft, credit, debit
from ledger.errors import RuleBroken
from ledger.money import Satang


class NothingPaid(RuleBroken):
    """A receipt needs at least one amount above zero."""

    thai = "ยังไม่มียอดเงิน ใส่จำนวนเงินอย่างน้อยหนึ่งช่อง"


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account to post to, with the purse that it belongs to."""

    account_id: int
    fund: str


def receipt_postings(
    lines: Sequence[tuple[AccountRef, Satang]], *, money: Mapping[str, int]
) -> tuple[PostingDraft, ...]:
    """Take money in for several of a member's accounts at once.

    Each purse's money account is debited once with what came in for it, and each savings account
    is credited.

    Args:
        lines: Savings accounts and what was paid for each, in satang; zeros are left out.
        money: For each purse, the cash box or bank account that took the money.

    Raises:
        NothingPaid: No line has an amount.

    Source:
        Event E1, the savings-day receipt: one receipt, many lines, balanced in each fund.
    """
    paid = [(savings, amount) for savings, amount in lines if amount]
    if not paid:
        raise NothingPaid
    into: dict[str, int] = {}
    for savings, amount in paid:
        into[savings.fund] = into.get(savings.fund, 0) + amount
    return (
        *(debit(money[fund], fund, Satang(amount)) for fund, amount in into.items()),
        *(credit(savings.account_id, savings.fund, amount) for savings, amount in paid),
    )


def withdrawal_postings(
    *, savings: AccountRef, money_account_id: int, amount: Satang
) -> tuple[PostingDraft, ...]:
    """Pay money out of a member's account.

    Args:
        savings: The member's account.
        money_account_id: The cash box or bank account of the same purse.
        amount: What is paid out, in satang, above zero.

    Source:
        Event E3, the demand withdrawal.
    """
    return (
        debit(savings.account_id, savings.fund, amount),
        credit(money_account_id, savings.fund, amount),
    )


def leaving_postings(
    owed: Sequence[tuple[AccountRef, Satang]], *, money: Mapping[str, int]
) -> tuple[PostingDraft, ...]:
    """Give back all that a leaving member has, purse by purse.

    Args:
        owed: Savings accounts and what stands in each, in satang, above zero.
        money: For each purse, the cash box that pays.

    Source:
        Event E26, the resignation of a member without debts.
    """
    out_of: dict[str, int] = {}
    for savings, amount in owed:
        out_of[savings.fund] = out_of.get(savings.fund, 0) + amount
    return (
        *(debit(savings.account_id, savings.fund, amount) for savings, amount in owed),
        *(credit(money[fund], fund, Satang(amount)) for fund, amount in out_of.items()),
    )


def benefit_postings(
    *, benefit: AccountRef, money_account_id: int, amount: Satang
) -> tuple[PostingDraft, ...]:
    """Pay a benefit out of the welfare purse.

    Args:
        benefit: The expense account of the benefit.
        money_account_id: The cash box of the same purse.
        amount: What is paid, in satang, above zero.

    Source:
        Event E27, the welfare benefit on a member's death.
    """
    return (
        debit(benefit.account_id, benefit.fund, amount),
        credit(money_account_id, benefit.fund, amount),
    )
