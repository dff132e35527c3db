"""Reading contracts: one, a group's, a member's; each with all that pages say of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from ledger.errors import NotFound
from ledger.models import Account
from ledger.money import Satang
from loans.ceiling import ceiling_on
from loans.kinds import PURPOSE_IN_THAI, Purpose, Side, State
from loans.models import Loan, LoanEvent, LoanProduct, Plan
from loans.queries.plans import PAYING_OUT, rate_of_terms
from members.models import Group, Household, Member
from members.queries import full_name


class LoanNotFound(NotFound):
    """The group has no such loan."""

    thai = "ไม่พบสัญญาเงินกู้นี้ กลับไปเลือกจากหน้าเงินกู้"


@dataclass(frozen=True, slots=True)
class LoanView:
    """A loan or borrowing as pages and rules use it; amounts in satang.

    Attributes:
        id: Its number in the group.
        reference: The number on the contract, such as ``LN6604-KHP06-0001``.
        side: Lent or borrowed.
        purpose: What for, or from whom.
        party: The borrower's full name, the child group's name, or the lender's name.
        member_id: The borrower, when a member.
        member_number: Their number, or empty.
        village_code: Where they live, or empty.
        other_book_id: The other group's book, when it is one.
        product_code: The kind of loan, or None.
        product_name: Its name, or what its purpose is called.
        fund: The purse.
        account_id: The ledger account that it is.
        account_code: Its code.
        principal: What was granted.
        outstanding: The account's balance: principal still owed, never negative.
        disbursed: What has been paid out.
        annual_rate_ppm: The yearly rate of the plan that holds, in millionths.
        effective_rate_ppm: What it really costs a year, in millionths.
        is_above_ceiling: It costs more than the law allows; only loans brought in do.
        charge_name: ดอกเบี้ย or ค่าบำรุง.
        contract_on: The day of the contract.
        resolution: The resolution that granted it.
        plan_n: The plan that holds; 0 before anything is paid out.
        state: How it stands.
        closed_on: When it was repaid, or None.
        written_off_on: When it was written off, or None.
    """

    id: int
    reference: str
    side: Side
    purpose: Purpose
    party: str
    member_id: int | None
    member_number: str
    village_code: str
    other_book_id: int | None
    product_code: str | None
    product_name: str
    fund: str
    account_id: int
    account_code: str
    principal: Satang
    outstanding: Satang
    disbursed: Satang
    annual_rate_ppm: int
    effective_rate_ppm: int
    is_above_ceiling: bool
    charge_name: str
    contract_on: date
    resolution: str
    plan_n: int
    state: State
    closed_on: date | None
    written_off_on: date | None


def find_loan(session: Session, *, book_id: int, loan_id: int) -> Loan:
    """Find the row of a loan.

    Raises:
        LoanNotFound: The group has none of this number.
    """
    loan = session.get(Loan, (book_id, loan_id))
    if loan is None:
        raise LoanNotFound(loan_id=loan_id)
    return loan


def fee_left(session: Session, *, loan: Loan) -> Satang:
    """Give what may still be taken for a contract, in satang: as agreed, less what was taken."""
    taken = session.scalar(
        select(func.coalesce(func.sum(LoanEvent.fee_satang), 0)).where(
            LoanEvent.book_id == loan.book_id,
            LoanEvent.loan_id == loan.id,
            LoanEvent.kind.in_(PAYING_OUT),
            ~_taken_back(),
        )
    )
    return Satang(max(0, loan.fees_satang - int(taken or 0)))


def loan_view(session: Session, *, book_id: int, loan_id: int) -> LoanView:
    """Give one loan.

    Raises:
        LoanNotFound: The group has none of this number.
    """
    row = session.execute(_views().where(Loan.id == loan_id), {"book": book_id}).one_or_none()
    if row is None:
        raise LoanNotFound(loan_id=loan_id)
    return _view(row)


def loans_of_group(
    session: Session, *, book_id: int, side: Side, states: Sequence[State] = ()
) -> list[LoanView]:
    """Give the loans of a group, the newest contract first; with states, only those."""
    rows = session.execute(
        _views().where(Loan.side == side).order_by(Loan.contract_on.desc(), Loan.id.desc()),
        {"book": book_id},
    )
    views = [_view(row) for row in rows]
    return [view for view in views if not states or view.state in states]


def loans_of_member(session: Session, *, book_id: int, member_id: int) -> list[LoanView]:
    """Give the loans of a member, running ones first."""
    rows = session.execute(
        _views()
        .where(Loan.member_id == member_id)
        .order_by(Loan.contract_on.desc(), Loan.id.desc()),
        {"book": book_id},
    )
    return sorted((_view(row) for row in rows), key=lambda view: view.state is not State.RUNNING)


def running_loans_of_members(session: Session, *, book_id: int) -> list[LoanView]:
    """Give every running loan of members, by member and contract day: what a sheet shows."""
    rows = session.execute(
        _views()
        .where(
            Loan.side == Side.LENT,
            Loan.member_id.is_not(None),
            Loan.plan_n > 0,
            Loan.closed_on.is_(None),
            Loan.written_off_on.is_(None),
        )
        .order_by(Loan.member_id, Loan.contract_on, Loan.id),
        {"book": book_id},
    )
    return [_view(row) for row in rows]


def _taken_back() -> ColumnElement[bool]:
    """Ask whether an event was taken back."""
    undone = aliased(LoanEvent)
    return (
        select(undone.n)
        .where(
            undone.book_id == LoanEvent.book_id,
            undone.loan_id == LoanEvent.loan_id,
            undone.reverses_n == LoanEvent.n,
        )
        .correlate(LoanEvent)
        .exists()
    )


@cache
def _views() -> Select[*tuple[Any, ...]]:
    """Ask for everything that a view says, in one statement; ``book`` is the book."""
    disbursed = (
        select(func.coalesce(func.sum(LoanEvent.principal_satang), 0))
        .where(
            LoanEvent.book_id == Loan.book_id,
            LoanEvent.loan_id == Loan.id,
            LoanEvent.kind.in_(PAYING_OUT),
            ~_taken_back(),
        )
        .correlate(Loan)
        .scalar_subquery()
    )
    other = aliased(Group)
    return (
        select(
            Loan,
            Account.code.label("account_code"),
            Account.balance_satang,
            Plan.terms.label("plan_terms"),
            Member,
            Household.village_code,
            other.name.label("other_name"),
            LoanProduct.name.label("product_name"),
            disbursed.label("disbursed"),
        )
        .join(Account, and_(Account.book_id == Loan.book_id, Account.id == Loan.account_id))
        .outerjoin(
            Plan,
            and_(Plan.book_id == Loan.book_id, Plan.loan_id == Loan.id, Plan.n == Loan.plan_n),
        )
        .outerjoin(Member, and_(Member.book_id == Loan.book_id, Member.id == Loan.member_id))
        .outerjoin(
            Household,
            and_(Household.book_id == Member.book_id, Household.id == Member.household_id),
        )
        .outerjoin(other, other.book_id == Loan.other_book_id)
        .outerjoin(
            LoanProduct,
            and_(LoanProduct.book_id == Loan.book_id, LoanProduct.code == Loan.product_code),
        )
        .where(Loan.book_id == bindparam("book"))
    )


def _view(row: Any) -> LoanView:
    loan, member = row.Loan, row.Member
    return LoanView(
        id=loan.id,
        reference=loan.reference,
        side=loan.side,
        purpose=loan.purpose,
        party=full_name(member) if member is not None else row.other_name or loan.lender,
        member_id=loan.member_id,
        member_number=member.number if member is not None else "",
        village_code=row.village_code or "",
        other_book_id=loan.other_book_id,
        product_code=loan.product_code,
        product_name=row.product_name or PURPOSE_IN_THAI[loan.purpose],
        fund=loan.fund,
        account_id=loan.account_id,
        account_code=row.account_code,
        principal=loan.principal_satang,
        outstanding=Satang(abs(row.balance_satang)),
        disbursed=Satang(int(row.disbursed)),
        annual_rate_ppm=rate_of_terms(row.plan_terms or loan.terms),
        effective_rate_ppm=loan.effective_rate_ppm,
        is_above_ceiling=loan.side is Side.LENT
        and loan.effective_rate_ppm > ceiling_on(loan.contract_on).annual_rate_ppm,
        charge_name=loan.charge_name,
        contract_on=loan.contract_on,
        resolution=loan.resolution,
        plan_n=loan.plan_n,
        state=state_of(loan),
        closed_on=loan.closed_on,
        written_off_on=loan.written_off_on,
    )


def state_of(loan: Loan) -> State:
    """Tell how it stands with a loan, from its row."""
    if loan.written_off_on is not None:
        return State.WRITTEN_OFF
    if not loan.plan_n:
        return State.GRANTED if loan.closed_on is None else State.CANCELLED
    return State.RUNNING if loan.closed_on is None else State.REPAID
