"""Payments of a loan: drafted for whoever takes the money, written down once posted, reversed."""

from loans.services.repaying.paying import (
    NotAGuarantor,
    PaidBeforeLast,
    PaidBeforePlan,
    RepaidAlready,
    Repayment,
    draft_repayment,
    record_repayment,
    repay,
)
from loans.services.repaying.reversing import (
    EventNotFound,
    NotReversible,
    ReversedBeforeIt,
    record_reversal,
    refuse_irreversible,
    reverse_event,
)

__all__ = [
    "EventNotFound",
    "NotAGuarantor",
    "NotReversible",
    "PaidBeforeLast",
    "PaidBeforePlan",
    "RepaidAlready",
    "Repayment",
    "ReversedBeforeIt",
    "draft_repayment",
    "record_repayment",
    "record_reversal",
    "refuse_irreversible",
    "repay",
    "reverse_event",
]
