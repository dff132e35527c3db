"""Granting a loan or taking one up, and paying it out: at once, in stages, against an old one."""

from loans.services.lending.against import NotTheSameBorrower, TooLittleToPayOff, disburse_against
from loans.services.lending.checks import (
    FeeAboveAgreed,
    OldLoanFirst,
    StageHandsNothingOver,
    StagePaidWhole,
)
from loans.services.lending.contracts import Contract, Party, PayoutOrder, PlannedStage
from loans.services.lending.giving_up import (
    GivenUpAlready,
    GivenUpBeforeContract,
    PaidOutSoNotGivenUp,
    give_up,
)
from loans.services.lending.opening import (
    ReferenceTaken,
    StagesDoNotAddUp,
    bring_in_loan,
    open_loan,
)
from loans.services.lending.payouts import (
    ContractClosed,
    MoreThanGranted,
    NothingToPayOut,
    NotTheNextStage,
    PaidBeforeContract,
    PaidOutAlready,
    SecondOfficerMissing,
    disburse,
)
from loans.services.lending.retention import NoRetention, RetentionReleased, release_retention
from loans.services.records import NotEnoughMoney, ResolutionMissing

__all__ = [
    "Contract",
    "ContractClosed",
    "FeeAboveAgreed",
    "GivenUpAlready",
    "GivenUpBeforeContract",
    "MoreThanGranted",
    "NoRetention",
    "NotEnoughMoney",
    "NotTheNextStage",
    "NotTheSameBorrower",
    "NothingToPayOut",
    "OldLoanFirst",
    "PaidBeforeContract",
    "PaidOutAlready",
    "PaidOutSoNotGivenUp",
    "Party",
    "PayoutOrder",
    "PlannedStage",
    "ReferenceTaken",
    "ResolutionMissing",
    "RetentionReleased",
    "SecondOfficerMissing",
    "StageHandsNothingOver",
    "StagePaidWhole",
    "StagesDoNotAddUp",
    "TooLittleToPayOff",
    "bring_in_loan",
    "disburse",
    "disburse_against",
    "give_up",
    "open_loan",
    "release_retention",
]
