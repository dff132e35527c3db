"""What a payout keeps to: the fee that was agreed, whole stages, the old loan that goes first."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from ledger.errors import RuleBroken
from ledger.money import ZERO, Satang, format_baht
from loans.kinds import Side
from loans.models import Loan, Stage
from loans.queries.contracts import fee_left
from loans.queries.payouts import loan_to_pay_off
from loans.services.lending.contracts import PayoutOrder


class FeeAboveAgreed(RuleBroken):
    """More would be taken for the contract than was agreed, over all payouts."""

    thai = "เก็บค่าทำสัญญาได้อีกไม่เกิน {most} บาท สัญญานี้ตกลงค่าทำสัญญาไว้ {agreed} บาท แก้จำนวนค่าทำสัญญา"


class StagePaidWhole(RuleBroken):
    """A stage would be paid out in part, or for more than it comes to."""

    thai = "งวดงานที่ {n} “{what}” จ่ายทั้งงวด {amount} บาท ใส่จำนวนเงินเท่างวดงาน"


class StageHandsNothingOver(RuleBroken):
    """What is kept back and the fee are as much as the stage."""

    thai = (
        "งวดงานที่ {n} {amount} บาท หักเงินประกันผลงาน {retention} บาทและค่าทำสัญญา {fee} บาท"
        "แล้วไม่เหลือเงินส่งมอบ ลดค่าทำสัญญาลง"
    )


class OldLoanFirst(RuleBroken):
    """The loan was granted to pay off another one, which still runs."""

    thai = (
        "สัญญา {reference} อนุมัติไว้เพื่อปิดสัญญาเดิม {old} ซึ่งยังผ่อนอยู่ ติ๊กสัญญาเดิมในช่อง “หักปิดสัญญาเดิม” "
        "หรือให้ผู้กู้ชำระสัญญาเดิมให้ครบก่อน"
    )


def refuse_fee_above_agreed(session: Session, *, loan: Loan, fee: Satang) -> None:
    """Refuse to take more for a contract than was agreed; what a lender takes is not ours to say.

    Raises:
        FeeAboveAgreed: It is more than is left of what was agreed.
    """
    most = fee_left(session, loan=loan)
    if loan.side is Side.LENT and fee > most:
        raise FeeAboveAgreed(most=format_baht(most), agreed=format_baht(loan.fees_satang))


def refuse_part_of_stage(loan: Loan, *, stage: Stage, order: PayoutOrder) -> None:
    """Refuse to pay a stage out in part, or so that nothing of it is handed over.

    Raises:
        StagePaidWhole: The amount is not the stage's.
        StageHandsNothingOver: What is kept back and the fee leave nothing.
    """
    if order.amount != stage.amount_satang:
        raise StagePaidWhole(n=stage.n, what=stage.what, amount=format_baht(stage.amount_satang))
    fee = order.fee if loan.side is Side.LENT else ZERO
    if stage.retention_satang + fee >= order.amount:
        raise StageHandsNothingOver(
            n=stage.n,
            amount=format_baht(order.amount),
            retention=format_baht(stage.retention_satang),
            fee=format_baht(fee),
        )


def refuse_old_loan_left_out(
    session: Session, *, loan: Loan, old_loan_ids: Collection[int]
) -> None:
    """Refuse to pay a loan out beside the one that it was granted to pay off.

    Raises:
        OldLoanFirst: That one still runs, and is not among those that are paid off.
    """
    old = loan_to_pay_off(session, loan=loan)
    if old is not None and old.id not in old_loan_ids:
        raise OldLoanFirst(reference=loan.reference, old=old.reference)
