"""What lending and borrowing mean as postings, and the accounts that each kind stands in."""

from dataclasses import dataclass

from ledger.entry import PostingDraft, credit, debit
from ledger.money import ZERO, Satang
from loans.kinds import Purpose
from loans.waterfall import Split


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of the standard chart in which a kind of loan stands.

    Attributes:
        fund: Its purse.
        control: The control account of the loans themselves.
        interest: Income of what is lent, expense of what is borrowed.
    """

    fund: str
    control: str
    interest: str


#: Source: the standard chart; the last digits of the interest accounts match the loans'.
ACCOUNTS = {
    Purpose.ORDINARY: Accounts("SAV", "13010", "41010"),
    Purpose.EMERGENCY: Accounts("SAV", "13020", "41020"),
    Purpose.HOUSING: Accounts("HSG", "13030", "41030"),
    Purpose.LAND: Accounts("HSG", "13040", "41040"),
    Purpose.LIVELIHOOD: Accounts("SAV", "13050", "41050"),
    Purpose.CHILD_GROUP: Accounts("SAV", "15010", "41060"),
    Purpose.CODI_HOUSING: Accounts("HSG", "22010", "51020"),
    Purpose.CODI_OTHER: Accounts("HSG", "22020", "51020"),
    Purpose.BANK: Accounts("SAV", "22030", "51030"),
    Purpose.MOTHER_GROUP: Accounts("SAV", "22040", "51040"),
}
DEFAULT_INTEREST, CONTRACT_FEE, COLLECTION_COSTS = "42010", "43020", "43040"
ALLOWANCE, DOUBTFUL, BAD_DEBT, RECOVERED = "13110", "55050", "55060", "46040"
ACCRUED_INTEREST, RETENTION = "14010", "24020"


@dataclass(frozen=True, slots=True)
class LoanAccounts:
    """The numbers of the accounts that a loan's entries touch, all in one purse."""

    fund: str
    loan: int
    interest: int
    default_interest: int
    fee: int
    costs: int


def repayment_lines(split: Split, accounts: LoanAccounts) -> tuple[PostingDraft, ...]:
    """Give the credits of a borrower's payment; whoever takes the money adds the debit.

    Source: events E6, E7 and E13.
    """
    lines = (
        (accounts.costs, split.costs),
        (accounts.default_interest, split.default_interest),
        (accounts.interest, split.interest),
        (accounts.fee, split.fee),
        (accounts.loan, split.principal),
    )
    return tuple(credit(account, accounts.fund, amount) for account, amount in lines if amount)


def disbursement_postings(
    *,
    accounts: LoanAccounts,
    amount: Satang,
    money_account_id: int,
    retention_account_id: int | None = None,
    retained: Satang = ZERO,
) -> tuple[PostingDraft, ...]:
    """Pay a loan out, in satang; what is retained from a contractor waits in its own account.

    Source: events E5 and E12.
    """
    paid = Satang(amount - retained)
    held = (
        (credit(retention_account_id, accounts.fund, retained),)
        if retained and retention_account_id is not None
        else ()
    )
    return (
        debit(accounts.loan, accounts.fund, amount),
        credit(money_account_id, accounts.fund, paid),
        *held,
    )


def borrowing_postings(
    *, accounts: LoanAccounts, amount: Satang, money_account_id: int
) -> tuple[PostingDraft, ...]:
    """Take borrowed money in, in satang. Source: event E11."""
    return (
        debit(money_account_id, accounts.fund, amount),
        credit(accounts.loan, accounts.fund, amount),
    )


def borrowing_paid_postings(
    split: Split, *, accounts: LoanAccounts, money_account_id: int
) -> tuple[PostingDraft, ...]:
    """Pay a lender: principal, and everything else as the cost of borrowing. Source: event E14."""
    cost = Satang(split.interest + split.default_interest + split.fee + split.costs)
    lines = ((accounts.loan, split.principal), (accounts.interest, cost))
    return (
        *(debit(account, accounts.fund, amount) for account, amount in lines if amount),
        credit(money_account_id, accounts.fund, split.amount),
    )
