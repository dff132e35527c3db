"""What is done about arrears: notices, collection costs, writing off, and what comes back after."""

from loans.services.arrears.costs import CostsAddedMeanwhile, add_cost
from loans.services.arrears.events import (
    BeforeLast,
    NothingOwed,
    NotLent,
    WrittenOffAlready,
    last_event,
)
from loans.services.arrears.notices import (
    HANDED_OVER_IN_THAI,
    HandedOver,
    HandedOverAlready,
    HandedOverTooEarly,
    NothingToPrint,
    NoticeKey,
    NoticeNotDue,
    hand_over,
    print_notices,
)
from loans.services.arrears.writing_off import (
    MoreThanWrittenOff,
    NotOverdue,
    NotWrittenOff,
    OwesAnotherSum,
    WriteOff,
    most_to_recover,
    recover,
    write_off,
    write_off_of,
)

__all__ = [
    "HANDED_OVER_IN_THAI",
    "BeforeLast",
    "CostsAddedMeanwhile",
    "HandedOver",
    "HandedOverAlready",
    "HandedOverTooEarly",
    "MoreThanWrittenOff",
    "NotLent",
    "NotOverdue",
    "NotWrittenOff",
    "NothingOwed",
    "NothingToPrint",
    "NoticeKey",
    "NoticeNotDue",
    "OwesAnotherSum",
    "WriteOff",
    "WrittenOffAlready",
    "add_cost",
    "hand_over",
    "last_event",
    "most_to_recover",
    "print_notices",
    "recover",
    "write_off",
    "write_off_of",
]
