"""Writing the treasurer's day: the collection sheet, its posting, and receipts."""

from desk.receipt import Fee
from desk.services.drafts import (
    AlreadyPosted,
    OtherDraftOpen,
    SavedSheet,
    SheetMoved,
    UnknownCell,
    change_day,
    discard_draft,
    open_collection,
    save_cells,
    save_count,
    save_whole_sheet,
)
from desk.services.issue import NoBankAccount
from desk.services.posting import (
    NotCounted,
    NothingOnSheet,
    PostedCollection,
    post_collection,
)
from desk.services.receipts import (
    AlreadyTakenBack,
    NothingToPutRight,
    cancel_receipt,
    put_right,
    receive,
)
from desk.services.repaying import DivisionMoved, NotLentToMember, take_repayment
from desk.services.slips import NoSuchProduct
from desk.services.taking_back import LaterPaymentStands, RepaymentCannotStand
from desk.sheet import RowChange

__all__ = [
    "AlreadyPosted",
    "AlreadyTakenBack",
    "DivisionMoved",
    "Fee",
    "LaterPaymentStands",
    "NoBankAccount",
    "NoSuchProduct",
    "NotCounted",
    "NotLentToMember",
    "NothingOnSheet",
    "NothingToPutRight",
    "OtherDraftOpen",
    "PostedCollection",
    "RepaymentCannotStand",
    "RowChange",
    "SavedSheet",
    "SheetMoved",
    "UnknownCell",
    "cancel_receipt",
    "change_day",
    "discard_draft",
    "open_collection",
    "post_collection",
    "put_right",
    "receive",
    "save_cells",
    "save_count",
    "save_whole_sheet",
    "take_repayment",
]
