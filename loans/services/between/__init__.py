"""Money between a mother and her children: each group writes its own half under one reference.

The half of the group that the money leaves is written first; the other group confirms that it has
come, and writes its own. Only one book is locked at a time, so no two groups wait for each other.
"""

from loans.services.between.halves import OldAccount, Sending, check_loan_accounts
from loans.services.between.receiving import (
    ConfirmedAlready,
    DivisionMoved,
    NothingWritten,
    NotTheReceiver,
    TakenBackAlready,
    confirm,
    take_back,
)
from loans.services.between.sending import (
    BooksDisagree,
    EarlierWaits,
    MoreThanKept,
    NoCounterpart,
    NotItsChild,
    deposit_with_mother,
    division_of,
    lend_to_child,
    repay_mother,
    return_deposit,
)

__all__ = [
    "BooksDisagree",
    "ConfirmedAlready",
    "DivisionMoved",
    "EarlierWaits",
    "MoreThanKept",
    "NoCounterpart",
    "NotItsChild",
    "NotTheReceiver",
    "NothingWritten",
    "OldAccount",
    "Sending",
    "TakenBackAlready",
    "check_loan_accounts",
    "confirm",
    "deposit_with_mother",
    "division_of",
    "lend_to_child",
    "repay_mother",
    "return_deposit",
    "take_back",
]
