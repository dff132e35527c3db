"""A payment of one loan at the desk: by the borrower, or by one who guarantees it."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from desk.models import Channel, Receipt
from desk.queries import next_receipt_number
from desk.receipt import division_mark
from desk.services.issue import draft_repayments
from desk.services.slips import (
    draft_slip,
    refuse_who_left,
    said_by,
    written_before,
    written_slip,
)
from ledger.errors import Conflict, RuleBroken
from ledger.money import Satang
from ledger.services import lock_book, post_batch
from loans.kinds import Side
from loans.queries.loans import LoanView, loan_view
from loans.waterfall import Split
from members.models import Member
from members.queries import member_by_number


class NotLentToMember(RuleBroken):
    """The loan is not one to a member, who could be given a receipt."""

    thai = "สัญญา {reference} ไม่ใช่เงินกู้ของสมาชิก ทำรายการที่หน้าเงินกู้ของกลุ่ม"


class DivisionMoved(Conflict):
    """The payment would be divided otherwise than the page showed."""

    thai = "สัญญานี้มีรายการใหม่หลังจากเปิดหน้านี้ ยอดที่แบ่งไว้จึงเปลี่ยนไป ตรวจยอดใหม่ด้านล่างแล้วยืนยันอีกครั้ง"


def take_repayment(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    amount: Satang,
    paid_on: date,
    channel: Channel,
    payer_number: str,
    memo: str,
    shown: str,
    idempotency_key: str,
    by: str,
    at: datetime,
) -> Receipt:
    """Take in what is paid for a loan, and give the receipt to whoever paid.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        loan_id: The loan.
        amount: What is paid, in satang.
        paid_on: The day on which it was paid.
        channel: In cash, or by transfer to the bank account of the loan's purse.
        payer_number: The number of the guarantor who pays; empty when it is the borrower.
        memo: What is written about it, or empty.
        shown: How the page showed it divided (``division_mark``); empty when none did.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer.
        at: Now, aware.

    Raises:
        LoanNotFound: There is no such loan.
        NotLentToMember: It is no loan to a member.
        MemberNotFound: There is no such member.
        HasLeft: Who pays has left.
        DivisionMoved: It would be divided otherwise than the page showed.
        NoBankAccount: A transfer for a purse without a bank account.
        And whatever ``draft_repayment`` and ``post_batch`` raise.

    Source:
        Events E6, E7, E13 and E28.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    loan = loan_view(session, book_id=book_id, loan_id=loan_id)
    member = _payer(session, book_id=book_id, loan=loan, number=payer_number)
    said = said_by({}, {}, {loan_id: amount}, received_on=paid_on, channel=channel, memo=memo)
    if head.posted_before is not None:
        return written_before(session, head=head, member=member, said=said, replaces=None)
    refuse_who_left(member)
    repayments = draft_repayments(
        session, book_id=book_id, loans={loan_id: amount}, paid_on=paid_on, paid_by=member.id
    )
    if shown and shown != _mark(repayments[0].split):
        raise DivisionMoved(loan_id=loan_id)
    number = next_receipt_number(session, book_id=book_id)
    draft = draft_slip(
        session, head=head, number=number, member=member, said=said, repayments=repayments
    )
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=[draft],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
    )
    return written_slip(
        session,
        posted=posted,
        draft=draft,
        repayments=repayments,
        number=number,
        member=member,
        channel=channel,
        replaces=None,
        by=by,
    )


def _payer(session: Session, *, book_id: int, loan: LoanView, number: str) -> Member:
    if loan.side is not Side.LENT or loan.member_id is None:
        raise NotLentToMember(reference=loan.reference)
    if number:
        return member_by_number(session, book_id=book_id, number=number)
    return session.get_one(Member, (book_id, loan.member_id))


def _mark(split: Split) -> str:
    return division_mark(
        split.principal, split.interest, split.default_interest, split.fee, split.costs
    )
