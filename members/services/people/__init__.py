"""Members: they join, promise, withdraw and leave. Money in is a receipt, written by the desk."""

from members.services.people.joining import (
    NUMBER_DIGITS,
    BadMemberNumber,
    MemberNumberTaken,
    NationalIdWrong,
    NewMember,
    VillageUnknown,
    enrol,
    enrol_once,
    household_for,
    next_member_number,
)
from members.services.people.leaving import (
    GIVEN_BACK,
    AmountsMoved,
    LeftBeforeJoining,
    die,
    leave,
    owed_on_leaving,
)
from members.services.people.paying import (
    WITHDRAWABLE,
    NotEnoughCash,
    NotEnoughSavings,
    NotWithdrawable,
    check_withdrawal,
    withdraw,
)
from members.services.people.printing import (
    NothingNewToPrint,
    PrintedMeanwhile,
    print_new_lines,
    print_whole_book,
)
from members.services.people.promising import (
    PledgeOutOfBounds,
    PledgeTooFarAhead,
    SharesNotWhole,
    change_pledge,
    check_whole_shares,
    open_savings_account,
    promise,
)
from members.services.people.standing import HasLeft, ProductNotFound

__all__ = [
    "GIVEN_BACK",
    "NUMBER_DIGITS",
    "WITHDRAWABLE",
    "AmountsMoved",
    "BadMemberNumber",
    "HasLeft",
    "LeftBeforeJoining",
    "MemberNumberTaken",
    "NationalIdWrong",
    "NewMember",
    "NotEnoughCash",
    "NotEnoughSavings",
    "NotWithdrawable",
    "NothingNewToPrint",
    "PledgeOutOfBounds",
    "PledgeTooFarAhead",
    "PrintedMeanwhile",
    "ProductNotFound",
    "SharesNotWhole",
    "VillageUnknown",
    "change_pledge",
    "check_whole_shares",
    "check_withdrawal",
    "die",
    "enrol",
    "enrol_once",
    "household_for",
    "leave",
    "next_member_number",
    "open_savings_account",
    "owed_on_leaving",
    "print_new_lines",
    "print_whole_book",
    "promise",
    "withdraw",
]
