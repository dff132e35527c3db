"""Reading loans: who owes what, by which plan, what was paid, and how it stands on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ledger.errors import RuleBroken
from ledger.models import Account, Fund, Posting
from ledger.money import ZERO, Satang
from loans.kinds import EventKind, Side, Through, WhyPlanned
from loans.models import LoanEvent, Plan, Stage
from loans.postings import (
    ACCOUNTS,
    COLLECTION_COSTS,
    CONTRACT_FEE,
    DEFAULT_INTEREST,
    LoanAccounts,
)
from loans.queries.contracts import (
    LoanNotFound,
    LoanView,
    find_loan,
    loan_view,
    loans_of_group,
    loans_of_member,
    running_loans_of_members,
    state_of,
)
from loans.queries.plans import NotPaidOut, default_rule, holding_plan, standings
from loans.schedule import Terms, terms_from_json
from loans.standing import PlanView, Standing
from loans.waterfall import Split, divide
from members.models import Member
from members.queries import BANKS, CASH, full_name, money_accounts


class NoMoneyAccount(RuleBroken):
    """The purse has no cash box, or no bank account."""

    thai = "กองทุน{fund}ไม่มี{what} เลือกวิธีรับจ่ายเงินอีกทาง"


__all__ = [
    "EventView",
    "LoanNotFound",
    "LoanView",
    "NoMoneyAccount",
    "NotPaidOut",
    "PlanMade",
    "StageView",
    "accounts_of_loan",
    "events_of",
    "find_loan",
    "loan_view",
    "loans_of_group",
    "loans_of_member",
    "money_account",
    "plan_of",
    "plans_of",
    "running_loans_of_members",
    "split_of",
    "stages_of",
    "standing_of",
    "standings_of",
    "state_of",
]


@dataclass(frozen=True, slots=True)
class EventView:
    """What happened to a loan, as its card shows it; amounts in satang.

    ``balance_after`` is the loan's account after the event's entry, from the ledger line.
    """

    n: int
    kind: EventKind
    happened_on: date
    entry_number: int | None
    principal: Satang
    interest: Satang
    default_interest: Satang
    fee: Satang
    costs: Satang
    balance_after: Satang
    payer: str
    explanation: tuple[str, ...]
    note: str
    resolution: str
    is_reversed: bool
    reverses_n: int | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class PlanMade:
    """A plan in the history of a loan."""

    n: int
    why: WhyPlanned
    starts_on: date
    principal: Satang
    terms: Terms
    resolution: str
    made_at: datetime
    made_by: str
    holds: bool


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage of a payout: planned, and what became of it."""

    n: int
    planned_on: date
    amount: Satang
    what: str
    contractor: str
    retention: Satang
    event_n: int | None
    retention_entry_number: int | None


def plan_of(session: Session, *, book_id: int, loan_id: int) -> PlanView:
    """Give the plan that holds.

    Raises:
        LoanNotFound: There is no such loan.
        NotPaidOut: Nothing has been paid out, so there is no plan yet.
    """
    loan = find_loan(session, book_id=book_id, loan_id=loan_id)
    return holding_plan(session, loan=loan).view


def plans_of(session: Session, *, book_id: int, loan_id: int) -> list[PlanMade]:
    """Give every plan that a loan ever had, the newest first."""
    loan = find_loan(session, book_id=book_id, loan_id=loan_id)
    return [
        PlanMade(
            n=plan.n,
            why=plan.why,
            starts_on=plan.starts_on,
            principal=plan.principal_satang,
            terms=terms_from_json(plan.terms),
            resolution=plan.resolution,
            made_at=plan.made_at,
            made_by=plan.made_by,
            holds=plan.n == loan.plan_n,
        )
        for plan in session.scalars(
            select(Plan)
            .where(Plan.book_id == book_id, Plan.loan_id == loan_id)
            .order_by(Plan.n.desc())
        )
    ]


def stages_of(session: Session, *, book_id: int, loan_id: int) -> list[StageView]:
    """Give the stages of a loan that is paid out in parts; empty for others."""
    return [
        StageView(
            n=stage.n,
            planned_on=stage.planned_on,
            amount=stage.amount_satang,
            what=stage.what,
            contractor=stage.contractor,
            retention=stage.retention_satang,
            event_n=stage.event_n,
            retention_entry_number=stage.retention_entry_number,
        )
        for stage in session.scalars(
            select(Stage)
            .where(Stage.book_id == book_id, Stage.loan_id == loan_id)
            .order_by(Stage.n)
        )
    ]


def events_of(session: Session, *, book_id: int, loan_id: int) -> list[EventView]:
    """Give everything that happened to a loan, the oldest first."""
    loan = find_loan(session, book_id=book_id, loan_id=loan_id)
    rows = session.execute(
        select(LoanEvent, Posting.balance_after_satang, Member)
        .outerjoin(
            Posting,
            and_(
                Posting.book_id == LoanEvent.book_id,
                Posting.entry_number == LoanEvent.entry_number,
                Posting.account_id == loan.account_id,
            ),
        )
        .outerjoin(
            Member,
            and_(Member.book_id == LoanEvent.book_id, Member.id == LoanEvent.payer_member_id),
        )
        .where(LoanEvent.book_id == book_id, LoanEvent.loan_id == loan_id)
        .order_by(LoanEvent.n)
    ).all()
    reversed_ns = {event.reverses_n for event, _balance, _payer in rows}
    views, balance = [], ZERO
    for event, balance_after, payer in rows:
        balance = balance if balance_after is None else Satang(abs(balance_after))
        views.append(
            EventView(
                n=event.n,
                kind=event.kind,
                happened_on=event.happened_on,
                entry_number=event.entry_number,
                principal=event.principal_satang,
                interest=event.interest_satang,
                default_interest=event.default_interest_satang,
                fee=event.fee_satang,
                costs=event.costs_satang,
                balance_after=balance,
                payer=full_name(payer) if payer is not None else "",
                explanation=tuple(event.explanation),
                note=event.note,
                resolution=event.resolution,
                is_reversed=event.n in reversed_ns,
                reverses_n=event.reverses_n,
                recorded_by=event.recorded_by,
                recorded_at=event.recorded_at,
            )
        )
    return views


def standing_of(session: Session, *, book_id: int, loan_id: int, on: date) -> Standing:
    """Work out how it stands with a loan on a day.

    Raises:
        LoanNotFound: There is no such loan.
        NotPaidOut: Nothing has been paid out.
    """
    loan = find_loan(session, book_id=book_id, loan_id=loan_id)
    plan = holding_plan(session, loan=loan)
    rule = default_rule(session, book_id=book_id)
    return rule.standing(plan.view, plan.paid, side=loan.side, on=on)


def standings_of(
    session: Session, *, book_id: int, on: date, loan_ids: Sequence[int] | None = None
) -> dict[int, Standing]:
    """Work out how it stands with many loans on a day, in a few statements; all by default.

    Loans that are not running are left out.
    """
    return standings(session, book_id=book_id, on=on, loan_ids=loan_ids)


def split_of(session: Session, *, book_id: int, loan_id: int, amount: Satang, on: date) -> Split:
    """Tell how a payment would be divided, without writing anything.

    Raises:
        LoanNotFound, NotPaidOut, MoreThanOwed: It could not be paid.
    """
    return divide(amount, standing_of(session, book_id=book_id, loan_id=loan_id, on=on))


def accounts_of_loan(session: Session, *, book_id: int, loan_id: int) -> LoanAccounts:
    """Give the numbers of the accounts that a loan's entries touch.

    All that is paid for a borrowing beside its principal is the cost of borrowing, in one account.
    """
    loan = find_loan(session, book_id=book_id, loan_id=loan_id)
    interest = ACCOUNTS[loan.purpose].interest
    extra = (
        (DEFAULT_INTEREST, CONTRACT_FEE, COLLECTION_COSTS)
        if loan.side is Side.LENT
        else (interest, interest, interest)
    )
    found: dict[str, int] = dict(
        session.execute(
            select(Account.code, Account.id).where(
                Account.book_id == book_id,
                Account.fund == loan.fund,
                Account.code.in_((interest, *extra)),
            )
        ).all()
    )
    return LoanAccounts(
        loan.fund, loan.account_id, found[interest], *(found[code] for code in extra)
    )


def money_account(session: Session, *, book_id: int, fund: str, through: Through) -> int:
    """Give the cash box or bank account of a purse.

    Raises:
        NoMoneyAccount: The purse has none of that kind.
    """
    codes = [CASH] if through is Through.CASH else list(BANKS)
    found = money_accounts(session, book_id=book_id, codes=codes)
    if fund not in found:
        purse = session.get_one(Fund, (book_id, fund))
        what = "กล่องเงินสด" if through is Through.CASH else "บัญชีธนาคาร"
        raise NoMoneyAccount(fund=purse.name_th, what=what)
    return found[fund]
