"""Reading what is needed to pay a loan out: what is left of it, and what it can pay off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import NotFound, RuleBroken
from ledger.money import Satang, total
from ledger.queries import JournalPosting, journal
from loans.kinds import State
from loans.models import Application, Loan
from loans.queries.contracts import fee_left, find_loan, state_of
from loans.queries.loans import (
    LoanView,
    StageView,
    loan_view,
    loans_of_member,
    stages_of,
    standing_of,
)
from loans.standing import Standing
from members.queries import BANKS, CASH


class PaidBetweenGroups(RuleBroken):
    """A loan to a child group is paid out where both groups write their halves."""

    thai = "สัญญา {reference} เป็นของ{party} ส่งเงินจากหน้าเงินระหว่างกลุ่มแม่กับกลุ่มลูก เพื่อให้ลงครบทั้งสองสมุด"


class NotAPayout(NotFound):
    """The entry paid nothing out of the loan."""

    thai = "รายการนี้ไม่ใช่การจ่ายเงินกู้ของสัญญานี้ เลือกรายการจ่ายเงินกู้จากบัตรเงินกู้"


@dataclass(frozen=True, slots=True)
class OldLoan:
    """An older loan of the same borrower and purse, and what pays it off on a day, in satang."""

    view: LoanView
    standing: Standing


@dataclass(frozen=True, slots=True)
class Payable:
    """What can be paid out of a loan now; amounts in satang.

    Attributes:
        view: The loan.
        left: What has not been paid out yet.
        stages: The stages, when it is paid out in parts.
        next_stage: The stage that is next, or None.
        fee: What is left of the fee that was agreed for the contract.
        agreed_fee: All of that fee.
        old_first: The running loan that it was granted to pay off, or None.
        old: The older loans that it could pay off.
    """

    view: LoanView
    left: Satang
    stages: tuple[StageView, ...]
    next_stage: StageView | None
    fee: Satang
    agreed_fee: Satang
    old_first: int | None
    old: tuple[OldLoan, ...]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What an entry pays out, as its postings have it; amounts in satang.

    Attributes:
        amount: What is lent.
        kept: What is kept back or paid with it: name and amount.
        handed_over: What leaves the box or the bank account.
        through: The name of that account.
    """

    amount: Satang
    kept: tuple[tuple[str, Satang], ...]
    handed_over: Satang
    through: str


def payable(session: Session, *, book_id: int, loan_id: int, on: date) -> Payable:
    """Tell what can be paid out of a loan, and what the borrower's older loans come to on a day.

    Raises:
        LoanNotFound: There is no such loan.
        PaidBetweenGroups: It is lent to a child group.
    """
    view = loan_view(session, book_id=book_id, loan_id=loan_id)
    if view.other_book_id is not None:
        raise PaidBetweenGroups(reference=view.reference, party=view.party)
    loan = find_loan(session, book_id=book_id, loan_id=loan_id)
    old_first = loan_to_pay_off(session, loan=loan)
    stages = tuple(stages_of(session, book_id=book_id, loan_id=loan_id))
    older = (
        []
        if view.member_id is None
        else [
            other
            for other in loans_of_member(session, book_id=book_id, member_id=view.member_id)
            if other.id != view.id and other.state is State.RUNNING and other.fund == view.fund
        ]
    )
    return Payable(
        view=view,
        left=Satang(view.principal - view.disbursed),
        stages=stages,
        next_stage=next((stage for stage in stages if stage.event_n is None), None),
        fee=fee_left(session, loan=loan),
        agreed_fee=loan.fees_satang,
        old_first=None if old_first is None else old_first.id,
        old=tuple(
            OldLoan(other, standing_of(session, book_id=book_id, loan_id=other.id, on=on))
            for other in older
        ),
    )


def loan_to_pay_off(session: Session, *, loan: Loan) -> Loan | None:
    """Give the running loan that a loan was granted to pay off, or None."""
    if loan.application_id is None:
        return None
    application = session.get_one(Application, (loan.book_id, loan.application_id))
    if application.refinances_loan_id is None:
        return None
    old = session.get_one(Loan, (loan.book_id, application.refinances_loan_id))
    return old if state_of(old) is State.RUNNING else None


def handed_over(
    session: Session, *, book_id: int, account_id: int, numbers: Sequence[int]
) -> HandedOver:
    """Tell what some entries paid out of the loan that is an account.

    Raises:
        NotAPayout: They lent nothing.
    """
    entries = journal(session, book_id=book_id, numbers=numbers)
    postings = [posting for entry in entries for posting in entry.postings]
    amount = total(p.amount for p in postings if p.account_id == account_id and p.amount > 0)
    if not amount:
        raise NotAPayout(account_id=account_id)
    money = [p for p in postings if _is_money(p)]
    rest = [p for p in postings if p.amount < 0 and not _is_money(p)]
    old = {
        loan: f"เงินต้นสัญญาเดิม {reference}"
        for loan, reference in session.execute(
            select(Loan.account_id, Loan.reference).where(
                Loan.book_id == book_id, Loan.account_id.in_([p.account_id for p in rest])
            )
        )
    }
    return HandedOver(
        amount=amount,
        kept=tuple((old.get(p.account_id, p.name), Satang(-p.amount)) for p in rest),
        handed_over=Satang(-sum(p.amount for p in money)),
        through=money[0].name if money else "",
    )


def _is_money(posting: JournalPosting) -> bool:
    return posting.code == CASH or posting.code in BANKS
