"""The kinds of everything in lending, and what each is called on the pages."""

from enum import StrEnum


class Side(StrEnum):
    """Whether the group lent or borrowed."""

    LENT = "lent"
    BORROWED = "borrowed"


class Purpose(StrEnum):
    """What a loan is for, or whom it was borrowed from; it decides the accounts it stands in."""

    ORDINARY = "ordinary"
    EMERGENCY = "emergency"
    HOUSING = "housing"
    LAND = "land"
    LIVELIHOOD = "livelihood"
    CHILD_GROUP = "child_group"
    CODI_HOUSING = "codi_housing"
    CODI_OTHER = "codi_other"
    BANK = "bank"
    MOTHER_GROUP = "mother_group"


PURPOSE_IN_THAI = {
    Purpose.ORDINARY: "เงินกู้สามัญ",
    Purpose.EMERGENCY: "เงินกู้ฉุกเฉิน",
    Purpose.HOUSING: "เงินกู้ที่อยู่อาศัย",
    Purpose.LAND: "เงินกู้ที่ดิน",
    Purpose.LIVELIHOOD: "เงินกู้อาชีพ",
    Purpose.CHILD_GROUP: "เงินให้กู้แก่กลุ่มลูก",
    Purpose.CODI_HOUSING: "เงินกู้ พอช. (ที่อยู่อาศัย)",
    Purpose.CODI_OTHER: "เงินกู้ พอช. (ที่ดินหรืออื่น ๆ)",
    Purpose.BANK: "เงินกู้ธนาคาร",
    Purpose.MOTHER_GROUP: "เงินกู้จากเครือข่ายแม่",
}
#: What may be lent to a member.
FOR_MEMBERS = (
    Purpose.ORDINARY,
    Purpose.EMERGENCY,
    Purpose.LIVELIHOOD,
    Purpose.HOUSING,
    Purpose.LAND,
)


class State(StrEnum):
    """How it stands with a loan; worked out, never kept."""

    GRANTED = "granted"
    RUNNING = "running"
    REPAID = "repaid"
    WRITTEN_OFF = "written_off"
    CANCELLED = "cancelled"


STATE_IN_THAI = {
    State.GRANTED: "อนุมัติแล้ว ยังไม่จ่ายเงิน",
    State.RUNNING: "กำลังผ่อน",
    State.REPAID: "ชำระครบแล้ว",
    State.WRITTEN_OFF: "ตัดเป็นหนี้สูญ",
    State.CANCELLED: "ยกเลิกก่อนจ่ายเงิน",
}


class EventKind(StrEnum):
    """What happened to a loan."""

    DISBURSED = "disbursed"
    BROUGHT_IN = "brought_in"
    REPAID = "repaid"
    OFFSET = "offset"
    WRITTEN_OFF = "written_off"
    RECOVERED = "recovered"
    FORGIVEN = "forgiven"
    COST = "cost"
    GIVEN_UP = "given_up"
    REVERSED = "reversed"


EVENT_IN_THAI = {
    EventKind.DISBURSED: "จ่ายเงินกู้",
    EventKind.BROUGHT_IN: "ยอดยกมา",
    EventKind.REPAID: "รับชำระ",
    EventKind.OFFSET: "หักกลบด้วยสัญญาใหม่",
    EventKind.WRITTEN_OFF: "ตัดเป็นหนี้สูญ",
    EventKind.RECOVERED: "ได้เงินคืนจากหนี้สูญ",
    EventKind.FORGIVEN: "ยกหนี้ให้",
    EventKind.COST: "ค่าติดตามหนี้",
    EventKind.GIVEN_UP: "ยกเลิกก่อนจ่ายเงิน",
    EventKind.REVERSED: "กลับรายการ",
}


class WhyPlanned(StrEnum):
    """Why a plan was made."""

    CONTRACT = "contract"
    STAGE = "stage"
    PREPAID = "prepaid"
    RATE = "rate"
    HOLIDAY = "holiday"
    RESTRUCTURED = "restructured"
    COMPROMISE = "compromise"
    CORRECTED = "corrected"


WHY_IN_THAI = {
    WhyPlanned.CONTRACT: "ตามสัญญา",
    WhyPlanned.STAGE: "จ่ายงวดงานเพิ่ม",
    WhyPlanned.PREPAID: "ชำระล่วงหน้า",
    WhyPlanned.RATE: "เปลี่ยนอัตราดอกเบี้ย",
    WhyPlanned.HOLIDAY: "พักชำระ",
    WhyPlanned.RESTRUCTURED: "ปรับโครงสร้างหนี้",
    WhyPlanned.COMPROMISE: "ประนอมหนี้",
    WhyPlanned.CORRECTED: "แก้ไขรายการ",
}


class Vote(StrEnum):
    """How a member of the committee voted."""

    FOR = "for"
    AGAINST = "against"
    ABSTAINED = "abstained"


VOTE_IN_THAI = {Vote.FOR: "เห็นชอบ", Vote.AGAINST: "ไม่เห็นชอบ", Vote.ABSTAINED: "งดออกเสียง"}


class Decision(StrEnum):
    """What became of an application."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


DECISION_IN_THAI = {
    Decision.APPROVED: "อนุมัติ",
    Decision.REFUSED: "ไม่อนุมัติ",
    Decision.WITHDRAWN: "ผู้กู้ขอถอนคำขอ",
}


class MonthEnd(StrEnum):
    """What is posted at the end of a month for all loans together."""

    ACCRUAL = "accrual"
    ACCRUAL_BACK = "accrual_back"
    PROVISION = "provision"


class DepositSide(StrEnum):
    """Whose money it is that one group keeps with another."""

    WITH_OTHER = "with_other"
    OF_OTHER = "of_other"


class Through(StrEnum):
    """Through what money goes out or comes in."""

    CASH = "cash"
    BANK = "bank"


THROUGH_IN_THAI = {Through.CASH: "เงินสด", Through.BANK: "โอนผ่านธนาคาร"}


class TransferKind(StrEnum):
    """Why money went from one group to another."""

    LOAN = "loan"
    REPAYMENT = "repayment"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


TRANSFER_IN_THAI = {
    TransferKind.LOAN: "ให้กู้",
    TransferKind.REPAYMENT: "ชำระเงินกู้",
    TransferKind.DEPOSIT: "ฝากเงิน",
    TransferKind.WITHDRAWAL: "ถอนเงินฝากคืน",
}
