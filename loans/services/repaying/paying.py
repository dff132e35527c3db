"""Payments of a loan: drafted for whoever takes the money, and written down once posted."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind, PostingDraft, debit
from ledger.errors import RuleBroken
from ledger.models import Account
from ledger.money import Satang
from ledger.services import PostedBatch, lock_book, post_batch
from ledger.thai import format_date
from loans.kinds import WHY_IN_THAI, EventKind, Side, Through, WhyPlanned
from loans.models import Guarantee, Loan, LoanEvent
from loans.plans import Change, go_on
from loans.postings import borrowing_paid_postings, repayment_lines
from loans.queries.loans import accounts_of_loan, money_account
from loans.queries.plans import NotPaidOut, changed_since, holding_plan
from loans.services.records import (
    Cause,
    Happened,
    Signed,
    as_answered,
    before,
    close,
    events_that_stand,
    fresh_loan,
    moved_through,
    party_of,
    reckoning,
    refuse_low_money,
    write_event,
    write_plan,
)
from loans.standing import Paid
from loans.waterfall import Split, divide


class RepaidAlready(RuleBroken):
    """The loan is repaid or written off, so that nothing is asked for."""

    thai = "สัญญา {reference} {how} จึงไม่รับชำระอีก"


class PaidBeforeLast(RuleBroken):
    """The day is before one on which something was already recorded."""

    thai = "วันที่ชำระต้องไม่ก่อนวันที่ {last} ซึ่งมีรายการของสัญญานี้บันทึกไว้แล้ว ถ้ารายการนั้นผิด ให้กลับรายการก่อน"


class PaidBeforePlan(PaidBeforeLast):
    """The day is before an agreed change begins, by whose plan the loan is paid since."""

    thai = "วันที่ชำระต้องไม่ก่อนวันที่ {last} ซึ่งแผนชำระที่ตกลงกันใหม่ ({what}) เริ่มใช้ ใส่วันนั้นหรือวันหลังจากนั้น"


class NotAGuarantor(RuleBroken):
    """The payer is neither the borrower nor a guarantor of the loan."""

    thai = "ผู้ชำระไม่ใช่ผู้กู้หรือผู้ค้ำประกันของสัญญา {reference} เลือกผู้ชำระใหม่"


@dataclass(frozen=True, slots=True)
class Repayment:
    """A payment that is about to be posted.

    Attributes:
        loan_id: The loan.
        fund: Its purse, whose money account is debited.
        paid_on: The day.
        split: How it is divided.
        lines: The credits; whoever takes the money adds the debit of ``split.amount``.
        payer_member_id: The guarantor who pays, or None.
    """

    loan_id: int
    fund: str
    paid_on: date
    split: Split
    lines: tuple[PostingDraft, ...]
    payer_member_id: int | None


def draft_repayment(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    amount: Satang,
    paid_on: date,
    payer_member_id: int | None = None,
) -> Repayment:
    """Draft a borrower's payment of a loan; the caller has locked the book.

    Raises:
        LoanNotFound: There is no such loan.
        NotPaidOut: Nothing has been paid out.
        RepaidAlready: It is repaid or written off.
        NothingPaid: The amount is zero or less.
        MoreThanOwed: It is more than pays the loan off.
        PaidBeforeLast: The day is before one on which something was already recorded.
        PaidBeforePlan: The day is before an agreed change begins.
        NotAGuarantor: The payer does not guarantee the loan.
    """
    loan = fresh_loan(session, book_id=book_id, loan_id=loan_id)
    _refuse_not_running(loan)
    payer = _payer(loan, payer_member_id)
    if payer is not None and not _guarantees(session, loan=loan, member_id=payer):
        raise NotAGuarantor(reference=loan.reference)
    _refuse_too_early(session, loan=loan, paid_on=paid_on)
    holding = holding_plan(session, loan=loan)
    stands = reckoning(session, loan=loan)(holding.view, holding.paid, paid_on)
    split = divide(amount, stands)
    accounts = accounts_of_loan(session, book_id=book_id, loan_id=loan_id)
    return Repayment(
        loan_id=loan_id,
        fund=loan.fund,
        paid_on=paid_on,
        split=split,
        lines=repayment_lines(split, accounts),
        payer_member_id=payer,
    )


def _payer(loan: Loan, payer_member_id: int | None) -> int | None:
    """Give who pays in the borrower's place, or None."""
    return None if payer_member_id == loan.member_id else payer_member_id


def _refuse_too_early(session: Session, *, loan: Loan, paid_on: date) -> None:
    last = max(event.happened_on for event in events_that_stand(session, loan=loan))
    if paid_on < last:
        raise PaidBeforeLast(last=format_date(last))
    changed = changed_since(session, loan=loan)
    if changed is not None and paid_on < changed[0]:
        raise PaidBeforePlan(last=format_date(changed[0]), what=WHY_IN_THAI[changed[1]])


def _refuse_not_running(loan: Loan) -> None:
    if not loan.plan_n:
        raise NotPaidOut(reference=loan.reference)
    if loan.written_off_on is not None:
        raise RepaidAlready(reference=loan.reference, how="ตัดเป็นหนี้สูญแล้ว ให้บันทึกเป็นเงินคืนจากหนี้สูญ")
    if loan.closed_on is not None:
        raise RepaidAlready(
            reference=loan.reference, how=f"ชำระครบแล้วเมื่อ {format_date(loan.closed_on)}"
        )


def _guarantees(session: Session, *, loan: Loan, member_id: int) -> bool:
    found = session.scalar(
        select(Guarantee.id)
        .where(
            Guarantee.book_id == loan.book_id,
            Guarantee.loan_id == loan.id,
            Guarantee.member_id == member_id,
            Guarantee.consented_on.is_not(None),
            Guarantee.released_on.is_(None),
        )
        .limit(1)
    )
    return found is not None


def settlement_of(session: Session, *, loan: Loan, on: date) -> Satang:
    """Give what pays a loan off on a day, in satang."""
    holding = holding_plan(session, loan=loan)
    return reckoning(session, loan=loan)(holding.view, holding.paid, on).settlement


def record_repayment(
    session: Session,
    *,
    book_id: int,
    repayment: Repayment,
    entry_number: int,
    note: str,
    by: str,
    at: datetime,
) -> None:
    """Write down a payment whose entry is posted: the event, a new plan when it was in advance.

    A loan that is paid off is closed, and those it held are free.
    """
    record_as(
        session,
        EventKind.REPAID,
        book_id=book_id,
        repayment=repayment,
        entry_number=entry_number,
        note=note,
        signed=Signed(by, at),
    )


def record_as(
    session: Session,
    kind: EventKind,
    *,
    book_id: int,
    repayment: Repayment,
    entry_number: int,
    note: str,
    signed: Signed,
) -> None:
    """Write down a payment as one kind of event: repaid, or offset by a new loan.

    What pays a loan off by the division closes it when its own account says so too: a child's half
    is divided as the mother's loan says, and the two may have come apart.
    """
    loan = fresh_loan(session, book_id=book_id, loan_id=repayment.loan_id)
    split = repayment.split
    holding = holding_plan(session, loan=loan)
    n = write_event(
        session,
        loan=loan,
        happened=Happened(
            kind,
            repayment.paid_on,
            entry_number,
            principal=split.principal,
            interest=split.interest,
            default_interest=split.default_interest,
            fee=split.fee,
            costs=split.costs,
            payer_member_id=repayment.payer_member_id,
            explanation=split.sentences,
            note=note,
        ),
        signed=signed,
    )
    if split.pays_off and not _owes(session, loan=loan):
        close(session, loan=loan, on=repayment.paid_on)
        session.flush()
    elif split.pays_off or split.asks_for_new_plan:
        paid = Paid(
            repayment.paid_on,
            split.principal,
            split.interest,
            split.default_interest,
            split.fee,
            split.costs,
        )
        was = before(session, loan=loan, holding=holding, also=(paid,))
        owed = was.reckon(was.view, was.paid, repayment.paid_on).outstanding
        write_plan(
            session,
            loan=loan,
            plan=go_on(was, Change(on=repayment.paid_on, principal=owed)),
            cause=Cause(WhyPlanned.PREPAID, after_n=n, caused_by_n=n),
            signed=signed,
        )


def _owes(session: Session, *, loan: Loan) -> bool:
    """Tell whether a loan's own account says that principal is owed."""
    account = session.get_one(Account, (loan.book_id, loan.account_id), populate_existing=True)
    return account.balance_satang != 0


def repay(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    amount: Satang,
    paid_on: date,
    through: Through,
    note: str,
    idempotency_key: str,
    by: str,
    at: datetime,
    payer_member_id: int | None = None,
) -> PostedBatch:
    """Post a payment by itself, without a receipt: into the group, or to a lender.

    Sent again under its key it answers with the first result, also when the loan is closed since.

    Raises:
        NotEnoughMoney: To a lender, and the box or bank account does not hold it.
        And whatever ``draft_repayment`` and ``post_batch`` raise.

    Source: events E6, E7, E13, E14 and E28.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    if head.posted_before is not None:
        loan = fresh_loan(session, book_id=book_id, loan_id=loan_id)
        money = money_account(session, book_id=book_id, fund=loan.fund, through=through)
        payer = _payer(loan, payer_member_id)

        def is_the_same(event: LoanEvent) -> bool:
            return event.payer_member_id == payer and moved_through(
                session, event=event, money_account_id=money
            )

        return as_answered(
            session,
            head=head,
            loan_id=loan_id,
            said=(EventKind.REPAID, paid_on, amount),
            key=idempotency_key,
            is_the_same=is_the_same,
        )
    repayment = draft_repayment(
        session,
        book_id=book_id,
        loan_id=loan_id,
        amount=amount,
        paid_on=paid_on,
        payer_member_id=payer_member_id,
    )
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=[_entry(session, repayment, book_id=book_id, through=through, note=note)],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
    )
    record_repayment(
        session,
        book_id=book_id,
        repayment=repayment,
        entry_number=posted.first_number,
        note=note,
        by=by,
        at=at,
    )
    return posted


def _entry(
    session: Session, repayment: Repayment, *, book_id: int, through: Through, note: str
) -> EntryDraft:
    loan = fresh_loan(session, book_id=book_id, loan_id=repayment.loan_id)
    money = money_account(session, book_id=book_id, fund=loan.fund, through=through)
    amount = repayment.split.amount
    if loan.side is Side.LENT:
        what, kind = "รับชำระเงินกู้", EntryKind.REPAYMENT
        postings = (debit(money, loan.fund, amount), *repayment.lines)
    else:
        what, kind = "ชำระเงินกู้ให้", EntryKind.BORROWING_PAID
        refuse_low_money(session, book_id=book_id, account_id=money, amount=amount)
        postings = borrowing_paid_postings(
            repayment.split,
            accounts=accounts_of_loan(session, book_id=book_id, loan_id=loan.id),
            money_account_id=money,
        )
    party = party_of(session, loan=loan)
    return EntryDraft(
        entered_on=repayment.paid_on,
        kind=kind,
        postings=postings,
        memo=f"{what} {loan.reference} {party} {note}".strip(),
        reference=loan.reference,
    )
