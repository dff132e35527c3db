"""A new loan that first pays off older ones of the same borrower (หักกลบ)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ledger.entry import credit, debit
from ledger.errors import RuleBroken
from ledger.money import Satang, format_baht, short_baht, total
from ledger.services import PostedBatch, lock_book, post_batch
from loans.kinds import EventKind, Side
from loans.models import Loan
from loans.services.lending.contracts import PayoutOrder
from loans.services.lending.payouts import (
    checked_payout,
    fee_lines,
    paid_out_before,
    retention_lines,
)
from loans.services.records import Signed, fresh_loan, refuse_low_money
from loans.services.repaying.paying import Repayment, draft_repayment, record_as, settlement_of


class NotTheSameBorrower(RuleBroken):
    """An old loan is somebody else's, or of another purse, or none is named."""

    thai = "หักกลบได้เฉพาะสัญญาที่ยังผ่อนอยู่ของผู้กู้คนเดียวกันและกองทุนเดียวกัน เลือกสัญญาเดิมใหม่"


class TooLittleToPayOff(RuleBroken):
    """The new loan is smaller than what the old ones come to on the day."""

    thai = "สัญญาเดิมต้องใช้ {needed} บาทจึงปิดได้ในวันนี้ แต่เงินกู้ใหม่มี {amount} บาท ให้ชำระส่วนที่ขาดก่อน หรือกู้เพิ่ม"


def disburse_against(
    session: Session,
    *,
    book_id: int,
    order: PayoutOrder,
    old_loan_ids: Sequence[int],
    idempotency_key: str,
    by: str,
    approved_by: str | None,
    at: datetime,
) -> PostedBatch:
    """Pay a loan out that first pays off older ones of the same borrower; the rest is handed over.

    Raises:
        NotTheSameBorrower: An old loan is somebody else's, or of another purse.
        TooLittleToPayOff: The new loan is smaller than what the old ones come to on the day.
        And whatever ``disburse`` raises.

    Source: event E8.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    if head.posted_before is not None:
        return paid_out_before(
            session, head=head, order=order, key=idempotency_key, old_loan_ids=old_loan_ids
        )
    signed = Signed(by, at, approved_by)
    payout = checked_payout(
        session, book_id=book_id, order=order, signed=signed, old_loan_ids=old_loan_ids
    )
    loan = payout.loan
    old = [
        _pay_off(session, loan=loan, old_id=old_id, order=order)
        for old_id in dict.fromkeys(old_loan_ids)
    ]
    if not old:
        raise NotTheSameBorrower(loan_id=loan.id)
    needed = total(repayment.split.amount for repayment in old)
    rest = Satang(order.amount - payout.retained - needed)
    if rest < 0:
        raise TooLittleToPayOff(needed=format_baht(needed), amount=format_baht(order.amount))
    refuse_low_money(
        session,
        book_id=book_id,
        account_id=payout.money,
        amount=Satang(max(0, rest - order.fee)),
    )
    postings = (
        debit(loan.account_id, loan.fund, order.amount),
        *(line for repayment in old for line in repayment.lines),
        *retention_lines(session, payout),
        *((credit(payout.money, loan.fund, rest),) if rest else ()),
        *fee_lines(payout),
    )
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=[payout.draft(postings)],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
        approved_by=approved_by,
    )
    payout.write_down(
        session,
        entry_number=posted.first_number,
        signed=signed,
        explanation=(f"หักปิดสัญญาเดิม {short_baht(needed)} บาท จ่ายให้ผู้กู้ {short_baht(rest)} บาท",),
    )
    for repayment in old:
        record_as(
            session,
            EventKind.OFFSET,
            book_id=book_id,
            repayment=repayment,
            entry_number=posted.first_number,
            note=f"หักกลบด้วยสัญญา {loan.reference}",
            signed=signed,
        )
    return posted


def _pay_off(session: Session, *, loan: Loan, old_id: int, order: PayoutOrder) -> Repayment:
    old = fresh_loan(session, book_id=loan.book_id, loan_id=old_id)
    same = (old.member_id, old.other_book_id, old.lender) == (
        loan.member_id,
        loan.other_book_id,
        loan.lender,
    )
    runs = old.plan_n and old.closed_on is None and old.written_off_on is None
    if (
        old.id == loan.id
        or not same
        or not runs
        or old.fund != loan.fund
        or Side.BORROWED in {old.side, loan.side}
    ):
        raise NotTheSameBorrower(loan_id=old_id)
    amount = settlement_of(session, loan=old, on=order.paid_on)
    return draft_repayment(
        session, book_id=loan.book_id, loan_id=old.id, amount=amount, paid_on=order.paid_on
    )
