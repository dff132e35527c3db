"""Paying a loan out, in whole or the next part of it; or taking a borrowing's money in."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind, PostingDraft, credit, debit
from ledger.errors import Conflict, RuleBroken
from ledger.money import ZERO, Satang, format_baht, short_baht, total
from ledger.rows import Head
from ledger.services import PostedBatch, SameOfficerTwice, lock_book, post_batch, standard_account
from ledger.thai import format_date
from loans.kinds import EventKind, Side, WhyPlanned
from loans.models import Loan, LoanEvent, Stage
from loans.plans import Change, NextPlan, first_plan, go_on
from loans.postings import (
    RETENTION,
    LoanAccounts,
    borrowing_postings,
    disbursement_postings,
)
from loans.queries.loans import accounts_of_loan, money_account
from loans.queries.plans import PAYING_OUT, changed_since, holding_plan
from loans.schedule import terms_from_json
from loans.services.lending.checks import (
    refuse_fee_above_agreed,
    refuse_old_loan_left_out,
    refuse_part_of_stage,
)
from loans.services.lending.contracts import PayoutOrder
from loans.services.lending.opening import rows_of_old_book
from loans.services.records import (
    Cause,
    Happened,
    Signed,
    as_answered,
    before,
    events_that_stand,
    fresh_loan,
    moved_through,
    party_of,
    refuse_low_money,
    refuse_stakes,
    write_event,
    write_plan,
)


class PaidOutAlready(Conflict):
    """The loan, or this stage of it, has been paid out."""

    thai = "สัญญา {reference} จ่ายเงินครบแล้ว หรือจ่ายงวดงานนี้ไปแล้ว ดูรายการในหน้าสัญญา"


class ContractClosed(Conflict):
    """What was paid out of it is repaid or written off, so nothing more is paid out."""

    thai = "สัญญา {reference} ปิดแล้ว จ่ายเงินกู้เพิ่มไม่ได้ ถ้าต้องการกู้อีก ให้ยื่นคำขอใหม่"


class NotTheNextStage(RuleBroken):
    """An earlier stage waits."""

    thai = "ยังไม่ได้จ่ายงวดงานที่ {n} “{what}” จ่ายตามลำดับงวดงาน"


class MoreThanGranted(RuleBroken):
    """It would be more than was granted, or than the stage comes to."""

    thai = "จ่ายได้อีกไม่เกิน {most} บาท ตามวงเงินที่อนุมัติ"


class NothingToPayOut(RuleBroken):
    """The amount is zero or less, or no more than the fee that is taken from it."""

    thai = "จำนวนเงินที่จ่ายต้องมากกว่า 0 บาท และมากกว่าค่าธรรมเนียม"


class PaidBeforeContract(RuleBroken):
    """The day is before the contract's, or before something that was recorded."""

    thai = "วันที่จ่ายเงินกู้ต้องไม่ก่อนวันที่ {earliest} ซึ่งเป็นวันทำสัญญา วันของรายการล่าสุด หรือวันที่แผนชำระใหม่เริ่มใช้"


class SecondOfficerMissing(RuleBroken):
    """One officer alone does not hand the group's money out."""

    thai = "จ่ายเงินกู้ต้องมีกรรมการสองคน ให้กรรมการอีกคนตรวจแล้วใส่รหัสผ่านของตนเอง"


def disburse(
    session: Session,
    *,
    book_id: int,
    order: PayoutOrder,
    idempotency_key: str,
    by: str,
    approved_by: str | None,
    at: datetime,
) -> PostedBatch:
    """Pay a loan out, in whole or the next stage of it; or take a borrowing's money in.

    A stage's retention waits in 24020. The plan that follows from what has been paid out begins.

    Raises:
        LoanNotFound: There is no such loan.
        PaidOutAlready: It, or this stage, has been paid out.
        ContractClosed: What was paid out of it is repaid.
        NotTheNextStage: An earlier stage waits.
        MoreThanGranted: It would be more than was granted.
        StagePaidWhole, StageHandsNothingOver: A stage is paid out whole, and something of it is
            handed over.
        FeeAboveAgreed: More would be taken for the contract than was agreed.
        OldLoanFirst: It was granted to pay off another one, which still runs.
        NothingToPayOut: It is nothing.
        PaidBeforeContract: The day is before the contract's.
        OfficerIsTooNear: One of the two has a stake in it.
        NotEnoughMoney: The box or bank account does not hold it.
        SecondOfficerMissing: What is lent is paid out by two.
        And whatever ``post_batch`` raises.

    Source: events E5, E11, E12 and E13.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    if head.posted_before is not None:
        return paid_out_before(session, head=head, order=order, key=idempotency_key)
    signed = Signed(by, at, approved_by)
    payout = checked_payout(session, book_id=book_id, order=order, signed=signed)
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=[payout.draft(_postings(session, payout))],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
        approved_by=approved_by,
    )
    payout.write_down(session, entry_number=posted.first_number, signed=signed)
    return posted


def paid_out_before(
    session: Session,
    *,
    head: Head,
    order: PayoutOrder,
    key: str,
    old_loan_ids: Collection[int] = (),
) -> PostedBatch:
    """Answer an order that was posted before as it was answered then; refuse any other.

    Raises:
        KeyUsedForAnother: The key was used for another order.
    """
    loan = fresh_loan(session, book_id=head.book_id, loan_id=order.loan_id)
    money = money_account(session, book_id=loan.book_id, fund=loan.fund, through=order.through)

    def is_the_same(event: LoanEvent) -> bool:
        parts = (event.principal_satang, event.fee_satang)
        offset = session.scalars(
            select(LoanEvent.loan_id).where(
                LoanEvent.book_id == loan.book_id,
                LoanEvent.entry_number == event.entry_number,
                LoanEvent.kind == EventKind.OFFSET,
            )
        )
        return (
            parts == (order.amount, order.fee)
            and moved_through(session, event=event, money_account_id=money)
            and set(offset) == set(old_loan_ids)
        )

    return as_answered(
        session,
        head=head,
        loan_id=loan.id,
        said=(EventKind.DISBURSED, order.paid_on, order.amount + order.fee),
        key=key,
        is_the_same=is_the_same,
    )


class Payout:
    """A payout that has been checked and may be posted."""

    def __init__(
        self, session: Session, *, loan: Loan, order: PayoutOrder, stage: Stage | None
    ) -> None:
        self.loan, self.order, self.stage = loan, order, stage
        self.party = party_of(session, loan=loan)
        self.accounts: LoanAccounts = accounts_of_loan(
            session, book_id=loan.book_id, loan_id=loan.id
        )
        self.money = money_account(
            session, book_id=loan.book_id, fund=loan.fund, through=order.through
        )

    @property
    def retained(self) -> Satang:
        """What is kept back from a contractor, in satang."""
        return self.stage.retention_satang if self.stage is not None else ZERO

    def draft(self, postings: tuple[PostingDraft, ...]) -> EntryDraft:
        """Draft the entry."""
        lent = self.loan.side is Side.LENT
        what = "จ่ายเงินกู้" if lent else "รับเงินกู้"
        stage = "" if self.stage is None else f" งวดงานที่ {self.stage.n} {self.stage.what}"
        memo = f"{what} {self.loan.reference} {self.party}{stage} {self.order.note}".strip()
        return EntryDraft(
            entered_on=self.order.paid_on,
            kind=EntryKind.LOAN if lent else EntryKind.BORROWING,
            postings=postings,
            memo=memo,
            reference=self.loan.reference,
        )

    def write_down(
        self,
        session: Session,
        *,
        entry_number: int,
        signed: Signed,
        explanation: tuple[str, ...] = (),
    ) -> None:
        """Write the event of the payout and the plan that begins with it."""
        loan, order = self.loan, self.order
        n = write_event(
            session,
            loan=loan,
            happened=Happened(
                EventKind.DISBURSED,
                order.paid_on,
                entry_number,
                principal=order.amount,
                fee=order.fee,
                explanation=(*self._explained(), *explanation),
                note=order.note,
            ),
            signed=signed,
        )
        if self.stage is not None:
            self.stage.event_n = n
        plan, why = self._plan(session)
        write_plan(
            session,
            loan=loan,
            plan=plan,
            cause=Cause(why, after_n=n, caused_by_n=n, resolution=loan.resolution),
            signed=signed,
        )

    def _explained(self) -> tuple[str, ...]:
        order = self.order
        paid = f"จ่ายเงินกู้ {short_baht(order.amount)} บาท"
        if self.loan.side is Side.BORROWED:
            paid = f"รับเงินกู้ {short_baht(order.amount)} บาท"
        kept = f"หักเงินประกันผลงานไว้ {short_baht(self.retained)} บาท" if self.retained else ""
        fee = f"ค่าธรรมเนียมสัญญา {short_baht(order.fee)} บาท" if order.fee else ""
        return tuple(sentence for sentence in (paid, kept, fee) if sentence)

    def _plan(self, session: Session) -> tuple[NextPlan, WhyPlanned]:
        loan, order = self.loan, self.order
        if loan.plan_n:
            holding = holding_plan(session, loan=loan)
            was = before(session, loan=loan, holding=holding)
            owed = was.reckon(holding.view, holding.paid, order.paid_on).outstanding
            change = Change(
                on=order.paid_on,
                principal=Satang(owed + order.amount),
                keeps_instalment=False,
                joins=order.amount,
            )
            return go_on(was, change), WhyPlanned.STAGE
        terms = terms_from_json(loan.terms)
        rows = rows_of_old_book(session, loan=loan)
        if rows and order.amount == loan.principal_satang and order.paid_on < rows[0].due_on:
            kept = NextPlan(
                starts_on=order.paid_on,
                principal=order.amount,
                carried_interest=ZERO,
                carried_default=ZERO,
                carried_costs=ZERO,
                terms=replace(terms, disbursed_on=order.paid_on),
                rows=rows,
            )
            return kept, WhyPlanned.CONTRACT
        return first_plan(terms, amount=order.amount, paid_on=order.paid_on), WhyPlanned.CONTRACT


def checked_payout(
    session: Session,
    *,
    book_id: int,
    order: PayoutOrder,
    signed: Signed,
    old_loan_ids: Collection[int] = (),
) -> Payout:
    """Give a payout that may be, or refuse it; the caller has locked the book.

    ``old_loan_ids`` are the loans that it pays off.
    """
    loan = fresh_loan(session, book_id=book_id, loan_id=order.loan_id)
    if order.amount <= 0 or not 0 <= order.fee < order.amount:
        raise NothingToPayOut(amount=order.amount)
    stand = events_that_stand(session, loan=loan)
    paid = total(event.principal_satang for event in stand if event.kind in PAYING_OUT)
    left = Satang(loan.principal_satang - paid)
    if left and (loan.closed_on is not None or loan.written_off_on is not None):
        raise ContractClosed(reference=loan.reference)
    stage = _next_stage(session, loan=loan, order=order)
    if not left:
        raise PaidOutAlready(reference=loan.reference)
    if stage is not None:
        refuse_part_of_stage(loan, stage=stage, order=order)
    if order.amount > left:
        raise MoreThanGranted(most=format_baht(left))
    refuse_fee_above_agreed(session, loan=loan, fee=order.fee)
    refuse_old_loan_left_out(session, loan=loan, old_loan_ids=old_loan_ids)
    changed_on = changed_since(session, loan=loan)
    last = [event.happened_on for event in stand] + ([changed_on[0]] if changed_on else [])
    _check_day(loan, on=order.paid_on, last=last)
    _check_people(session, loan=loan, signed=signed)
    return Payout(session, loan=loan, order=order, stage=stage)


def _check_day(loan: Loan, *, on: date, last: list[date]) -> None:
    earliest = max([loan.contract_on, *last])
    if on < earliest:
        raise PaidBeforeContract(earliest=format_date(earliest))


def _check_people(session: Session, *, loan: Loan, signed: Signed) -> None:
    """Money that is lent goes out by two; what an old book paid out was theirs to sign."""
    if signed.approved_by == signed.by:
        raise SameOfficerTwice(officer=signed.by)
    if (
        loan.side is Side.LENT
        and not signed.approved_by
        and not rows_of_old_book(session, loan=loan)
    ):
        raise SecondOfficerMissing(reference=loan.reference)
    refuse_stakes(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        marks=(signed.by, signed.approved_by),
    )


def _next_stage(session: Session, *, loan: Loan, order: PayoutOrder) -> Stage | None:
    stages = session.scalars(
        select(Stage)
        .where(Stage.book_id == loan.book_id, Stage.loan_id == loan.id)
        .order_by(Stage.n)
    ).all()
    waiting = [stage for stage in stages if stage.event_n is None]
    if not stages:
        return None
    if not waiting or order.stage_n in {s.n for s in stages if s.event_n is not None}:
        raise PaidOutAlready(reference=loan.reference)
    if order.stage_n not in {None, waiting[0].n}:
        raise NotTheNextStage(n=waiting[0].n, what=waiting[0].what)
    return waiting[0]


def _postings(session: Session, payout: Payout) -> tuple[PostingDraft, ...]:
    loan, order, accounts = payout.loan, payout.order, payout.accounts
    if loan.side is Side.BORROWED:
        lines = borrowing_postings(
            accounts=accounts, amount=order.amount, money_account_id=payout.money
        )
        if order.fee:
            lines += (
                debit(accounts.interest, loan.fund, order.fee),
                credit(payout.money, loan.fund, order.fee),
            )
        return lines
    refuse_low_money(
        session,
        book_id=loan.book_id,
        account_id=payout.money,
        amount=Satang(order.amount - payout.retained - order.fee),
    )
    lines = disbursement_postings(
        accounts=accounts,
        amount=order.amount,
        money_account_id=payout.money,
        retention_account_id=retention_account(session, loan=loan, on=order.paid_on)
        if payout.retained
        else None,
        retained=payout.retained,
    )
    return lines + fee_lines(payout)


def fee_lines(payout: Payout) -> tuple[PostingDraft, ...]:
    """Give the lines of the contract fee, which the borrower pays at the payout (E5)."""
    loan, fee = payout.loan, payout.order.fee
    if not fee:
        return ()
    return (debit(payout.money, loan.fund, fee), credit(payout.accounts.fee, loan.fund, fee))


def retention_lines(session: Session, payout: Payout) -> tuple[PostingDraft, ...]:
    """Give the line of what is kept back from a contractor."""
    loan, retained = payout.loan, payout.retained
    if not retained:
        return ()
    account = retention_account(session, loan=loan, on=payout.order.paid_on)
    return (credit(account, loan.fund, retained),)


def retention_account(session: Session, *, loan: Loan, on: date) -> int:
    """Give the account in which what is kept back from contractors waits."""
    return standard_account(
        session, book_id=loan.book_id, code=RETENTION, fund=loan.fund, opened_on=on
    ).id
