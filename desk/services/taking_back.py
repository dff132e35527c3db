"""What is to be paid for loans in the place of a receipt that is taken back."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from desk.queries import ReceiptView
from desk.services.issue import draft_repayments
from desk.services.slips import Said, paid_by_loan
from ledger.errors import DomainError, RuleBroken
from ledger.money import Satang
from ledger.thai import format_date
from loans.postings import repayment_lines
from loans.queries.loans import LoanView, accounts_of_loan, loan_view, split_of
from loans.services.repaying import PaidBeforeLast, Repayment, record_reversal


class RepaymentCannotStand(RuleBroken):
    """What the right receipt is to pay for a loan cannot be paid on its day any more."""

    thai = "ออกใบใหม่แบบนี้ไม่ได้ สัญญา {reference}: {why}"


class LaterPaymentStands(RuleBroken):
    """Something was recorded for the loan after the day of the receipt, and rests on it."""

    thai = (
        "สัญญา {reference} มีรายการวันที่ {last} ต่อจากใบนี้แล้ว จึงเปลี่ยนยอดชำระเงินกู้ของวันที่ {day} ไม่ได้ "
        "ยกเลิกใบรับเงินที่ใหม่กว่าก่อนแล้วจึงแก้ใบนี้ หรือใส่วันที่รับเงินเป็นวันที่ {last} หรือหลังจากนั้น"
    )


def repayments_in_its_place(
    session: Session,
    *,
    book_id: int,
    wrong: ReceiptView,
    said: Said,
    reversed_on: date,
    by: str,
    at: datetime,
) -> list[Repayment]:
    """Draft what a right receipt pays for loans, as if the wrong one had been taken back.

    Both go into the book in one batch, and the right one is divided by how it stands without the
    wrong one. So the reversal is written down, the payments are divided, and all of it is undone
    again, before anything is posted.

    A payment that is as it was, when only something else on the receipt was wrong, stands again
    as it stood, whatever was paid after it.

    Raises:
        LaterPaymentStands: A payment is another, and later ones rest on it.
        RepaymentCannotStand: A payment is refused for another reason.
    """
    if not said.loans:
        return []
    were = {loan_id: loan_view(session, book_id=book_id, loan_id=loan_id) for loan_id in said.loans}
    rehearsal = session.begin_nested()
    try:
        record_reversal(
            session,
            book_id=book_id,
            entry_number=wrong.entry_number,
            reversal_number=wrong.entry_number,
            on=reversed_on,
            reason="",
            by=by,
            at=at,
        )
        return [
            _in_its_place(
                session, book_id=book_id, wrong=wrong, said=said, was=were[loan_id], amount=amount
            )
            for loan_id, amount in said.loans.items()
        ]
    finally:
        rehearsal.rollback()
        session.expire_all()


def _in_its_place(
    session: Session,
    *,
    book_id: int,
    wrong: ReceiptView,
    said: Said,
    was: LoanView,
    amount: Satang,
) -> Repayment:
    try:
        (drafted,) = draft_repayments(
            session,
            book_id=book_id,
            loans={was.id: amount},
            paid_on=said.received_on,
            paid_by=wrong.member_id,
        )
    except PaidBeforeLast as refusal:
        now = loan_view(session, book_id=book_id, loan_id=was.id)
        is_as_it_was = (paid_by_loan(wrong).get(was.id), wrong.received_on) == (
            amount,
            said.received_on,
        )
        if not is_as_it_was or now.plan_n != was.plan_n:
            raise LaterPaymentStands(
                reference=was.reference,
                last=refusal.facts["last"],
                day=format_date(said.received_on),
            ) from refusal
        return _as_it_stood(
            session, book_id=book_id, loan=was, said=said, amount=amount, paid_by=wrong.member_id
        )
    except DomainError as refusal:
        raise RepaymentCannotStand(reference=was.reference, why=refusal.sentence()) from refusal
    return drafted


def _as_it_stood(
    session: Session, *, book_id: int, loan: LoanView, said: Said, amount: Satang, paid_by: int
) -> Repayment:
    """Divide a payment as it was divided then: what was paid after its day does not count."""
    split = split_of(session, book_id=book_id, loan_id=loan.id, amount=amount, on=said.received_on)
    accounts = accounts_of_loan(session, book_id=book_id, loan_id=loan.id)
    return Repayment(
        loan_id=loan.id,
        fund=loan.fund,
        paid_on=said.received_on,
        split=split,
        lines=repayment_lines(split, accounts),
        payer_member_id=None if paid_by == loan.member_id else paid_by,
    )
