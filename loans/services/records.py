"""What every service about loans shares: the loan's row, its events, its plans, who is held."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ledger.errors import RuleBroken
from ledger.models import Account, Posting
from ledger.money import ZERO, Satang, format_baht
from ledger.rows import Head
from ledger.services import KeyUsedForAnother, PostedBatch
from loans.kinds import EventKind, Side, WhyPlanned
from loans.models import Guarantee, Instalment, Loan, LoanEvent, Plan
from loans.plans import Before, NextPlan, Reckoning
from loans.queries.loans import LoanNotFound, find_loan
from loans.queries.plans import HoldingPlan, default_rule
from loans.queries.stakes import officers_with_stakes_in_loan
from loans.schedule import terms_as_json
from loans.standing import Paid, PlanView, Standing
from members.models import Group, Member
from members.queries import BANKS, CASH, full_name
from members.services.people.holding import hold, release, resume


class NotEnoughMoney(RuleBroken):
    """The cash box or bank account does not hold what is to be paid."""

    thai = "{account}มี {balance} บาท ไม่พอจ่าย {amount} บาท นำเงินเข้าก่อน หรือเลือกวิธีจ่ายอีกทาง"


class ResolutionMissing(RuleBroken):
    """No resolution is named."""

    thai = "ยังไม่ได้ใส่มติที่ประชุม ใส่เลขที่และวันที่ของมติก่อน เช่น มติ 3/2566"


class WrittenInBothBooks(RuleBroken):
    """A loan between two groups stands in both books; one book alone does not change it."""

    thai = (
        "สัญญา {reference} เป็นเงินกู้ระหว่างกลุ่มกับ{party} ลงไว้ทั้งสองสมุด ทำจากหน้านี้ไม่ได้ "
        "ให้ทำจากหน้าเงินระหว่างกลุ่มแม่กับกลุ่มลูก"
    )


class KeptWithBorrowings(RuleBroken):
    """It is what the group borrowed, which has pages of its own."""

    thai = "สัญญา {reference} เป็นเงินที่กลุ่มกู้จาก{party} ทำจากหน้านี้ไม่ได้ ให้ทำจากหน้าเงินที่กลุ่มกู้มา"


class OfficerIsTooNear(RuleBroken):
    """An officer who borrows, lives with the borrower, or guarantees signs nothing of the loan."""

    thai = "{name}ลงชื่อทำรายการของสัญญา {reference} ไม่ได้ เพราะ{why} ให้กรรมการคนอื่นทำแทน"


@dataclass(frozen=True, slots=True)
class Signed:
    """Who does it, with whom, and when: the mark of the officer, of the second one, and now."""

    by: str
    at: datetime
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """What is written down of something that happened to a loan, in satang."""

    kind: EventKind
    on: date
    entry_number: int | None
    principal: Satang = ZERO
    interest: Satang = ZERO
    default_interest: Satang = ZERO
    fee: Satang = ZERO
    costs: Satang = ZERO
    payer_member_id: int | None = None
    reverses_n: int | None = None
    explanation: tuple[str, ...] = ()
    note: str = ""
    resolution: str = ""


def fresh_loan(session: Session, *, book_id: int, loan_id: int) -> Loan:
    """Find a loan as it is now; the caller has locked the book.

    Raises:
        LoanNotFound: The group has none of this number.
    """
    loan = session.get(Loan, (book_id, loan_id), populate_existing=True)
    if loan is None:
        raise LoanNotFound(loan_id=loan_id)
    return loan


def refuse_elsewhere(
    session: Session, *, book_id: int, loan_id: int, also_borrowed: bool = False
) -> None:
    """Refuse what is done on other pages: loans between groups, and what the group borrowed.

    ``also_borrowed`` lets through what was borrowed from an agency or a bank.

    Raises:
        LoanNotFound: There is no such loan.
        WrittenInBothBooks: The other party is a group of the network.
        KeptWithBorrowings: The group borrowed it.
    """
    loan = find_loan(session, book_id=book_id, loan_id=loan_id)
    if loan.other_book_id is not None:
        raise WrittenInBothBooks(reference=loan.reference, party=party_of(session, loan=loan))
    if loan.side is Side.BORROWED and not also_borrowed:
        raise KeptWithBorrowings(reference=loan.reference, party=party_of(session, loan=loan))


def refuse_stakes(
    session: Session, *, book_id: int, loan_id: int, marks: Iterable[str | None]
) -> None:
    """Refuse that anybody with a stake in a loan does something with it, or approves it.

    Args:
        session: Any session.
        book_id: The group's book.
        loan_id: The loan.
        marks: The marks of the officers who sign; None where there is no second one.

    Raises:
        LoanNotFound: There is no such loan.
        OfficerIsTooNear: One of them borrows, lives in the borrower's house, or guarantees.
    """
    loan = find_loan(session, book_id=book_id, loan_id=loan_id)
    signing = [mark for mark in marks if mark]
    stakes = officers_with_stakes_in_loan(session, loan=loan, marks=signing)
    for mark in signing:
        if mark in stakes:
            raise OfficerIsTooNear(
                name=stakes[mark].name, reference=loan.reference, why=stakes[mark].why
            )


def party_of(session: Session, *, loan: Loan) -> str:
    """Give the name of whoever owes or is owed."""
    if loan.member_id is not None:
        return full_name(session.get_one(Member, (loan.book_id, loan.member_id)))
    if loan.other_book_id is not None:
        return session.get_one(Group, loan.other_book_id).name
    return loan.lender


def events_that_stand(session: Session, *, loan: Loan) -> list[LoanEvent]:
    """Give what happened to a loan and was not taken back, the oldest first."""
    events = session.scalars(
        select(LoanEvent)
        .where(LoanEvent.book_id == loan.book_id, LoanEvent.loan_id == loan.id)
        .order_by(LoanEvent.n)
    ).all()
    gone = {event.reverses_n for event in events}
    return [e for e in events if e.n not in gone and e.kind is not EventKind.REVERSED]


def last_event_n(session: Session, *, loan: Loan) -> int:
    """Give the number of the last thing that happened to a loan; 0 when nothing did."""
    newest = select(func.max(LoanEvent.n)).where(
        LoanEvent.book_id == loan.book_id, LoanEvent.loan_id == loan.id
    )
    return session.scalar(newest) or 0


def write_event(session: Session, *, loan: Loan, happened: Happened, signed: Signed) -> int:
    """Write down what happened to a loan, and give its number."""
    n = last_event_n(session, loan=loan) + 1
    session.add(
        LoanEvent(
            book_id=loan.book_id,
            loan_id=loan.id,
            n=n,
            kind=happened.kind,
            happened_on=happened.on,
            entry_number=happened.entry_number,
            principal_satang=happened.principal,
            interest_satang=happened.interest,
            default_interest_satang=happened.default_interest,
            fee_satang=happened.fee,
            costs_satang=happened.costs,
            payer_member_id=happened.payer_member_id,
            reverses_n=happened.reverses_n,
            explanation=list(happened.explanation),
            note=happened.note,
            resolution=happened.resolution,
            recorded_at=signed.at,
            recorded_by=signed.by,
        )
    )
    session.flush()
    return n


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a plan is made: its kind, the last event by then, what made it, and the resolution."""

    why: WhyPlanned
    after_n: int
    caused_by_n: int | None = None
    resolution: str = ""


def write_plan(
    session: Session, *, loan: Loan, plan: NextPlan, cause: Cause, signed: Signed
) -> Plan:
    """Write a plan down with its instalments, and let it hold."""
    newest = session.scalar(
        select(func.max(Plan.n)).where(Plan.book_id == loan.book_id, Plan.loan_id == loan.id)
    )
    row = Plan(
        book_id=loan.book_id,
        loan_id=loan.id,
        n=(newest or 0) + 1,
        why=cause.why,
        starts_on=plan.starts_on,
        principal_satang=plan.principal,
        carried_interest_satang=plan.carried_interest,
        carried_default_satang=plan.carried_default,
        carried_costs_satang=plan.carried_costs,
        after_n=cause.after_n,
        caused_by_n=cause.caused_by_n,
        terms=terms_as_json(plan.terms),
        resolution=cause.resolution,
        made_at=signed.at,
        made_by=signed.by,
        approved_by=signed.approved_by,
    )
    session.add(row)
    session.flush()
    session.add_all(
        Instalment(
            book_id=loan.book_id,
            loan_id=loan.id,
            plan_n=row.n,
            n=instalment.n,
            due_on=instalment.due_on,
            principal_satang=instalment.principal,
            interest_satang=instalment.interest,
            fee_satang=instalment.fee,
        )
        for instalment in plan.rows
    )
    loan.plan_n = row.n
    session.flush()
    return row


def reckoning(session: Session, *, loan: Loan) -> Reckoning:
    """Give what works out how it stands with a loan, by the group's rule on default interest."""
    rule = default_rule(session, book_id=loan.book_id)

    def reckon(plan: PlanView, paid: object, on: date) -> Standing:
        assert isinstance(paid, (list, tuple))
        return rule.standing(plan, paid, side=loan.side, on=on)

    return reckon


def before(
    session: Session, *, loan: Loan, holding: HoldingPlan, also: tuple[Paid, ...] = ()
) -> Before:
    """Give the plan up to now, from which another goes on; ``also`` was paid just now."""
    return Before(
        holding.view, holding.terms, (*holding.paid, *also), reckoning(session, loan=loan)
    )


def close(session: Session, *, loan: Loan, on: date) -> None:
    """Close a loan on which nothing is owed, and let go whom it held."""
    loan.closed_on = on
    release(session, book_id=loan.book_id, because=because_of(loan), on=on)
    for guarantee in guarantees_of(session, loan=loan):
        release(session, book_id=loan.book_id, because=f"guarantee {guarantee.id}", on=on)


def open_again(session: Session, *, loan: Loan) -> None:
    """Let a loan run again, and hold whom it held."""
    loan.closed_on = None
    resume(session, book_id=loan.book_id, because=because_of(loan))
    for guarantee in guarantees_of(session, loan=loan):
        resume(session, book_id=loan.book_id, because=f"guarantee {guarantee.id}")


def hold_borrower(session: Session, *, loan: Loan, on: date) -> None:
    """Keep a member from leaving while they owe."""
    if loan.side is Side.LENT and loan.member_id is not None:
        hold(
            session,
            book_id=loan.book_id,
            member_id=loan.member_id,
            because=because_of(loan),
            sentence=f"ยังไม่ได้ปิดสัญญาเงินกู้ {loan.reference}",
            on=on,
        )


def because_of(loan: Loan) -> str:
    """Name a loan as what holds a member."""
    return f"loan {loan.id}"


def guarantees_of(session: Session, *, loan: Loan) -> list[Guarantee]:
    """Give the guarantees that bind somebody to a loan."""
    return list(
        session.scalars(
            select(Guarantee).where(
                Guarantee.book_id == loan.book_id,
                Guarantee.loan_id == loan.id,
                Guarantee.consented_on.is_not(None),
                Guarantee.released_on.is_(None),
            )
        )
    )


def refuse_low_money(session: Session, *, book_id: int, account_id: int, amount: Satang) -> None:
    """Refuse to pay out what a cash box or bank account does not hold.

    Raises:
        NotEnoughMoney: It holds less.
    """
    account = session.get_one(Account, (book_id, account_id), populate_existing=True)
    if account.balance_satang < amount:
        raise NotEnoughMoney(
            account=account.name_th,
            balance=format_baht(Satang(max(0, account.balance_satang))),
            amount=format_baht(amount),
        )


def as_answered(
    session: Session,
    *,
    head: Head,
    loan_id: int,
    said: tuple[object, ...],
    key: str,
    is_the_same: Callable[[LoanEvent], bool] | None = None,
) -> PostedBatch:
    """Answer a request that was posted before as it was answered then; refuse any other.

    What it was is read from the event, since the plan may be another by now.

    Args:
        session: A session opened for writing.
        head: The locked book, with what was posted under the key.
        loan_id: The loan.
        said: Kind of event, its day, and the sum of all its parts.
        key: The key.
        is_the_same: Looks at whatever else was asked for: the parts, the payer, the purse.

    Raises:
        KeyUsedForAnother: The key was used for a request that said something else.
    """
    assert head.posted_before is not None
    first, last, _digest = head.posted_before
    event = session.scalar(
        select(LoanEvent).where(
            LoanEvent.book_id == head.book_id,
            LoanEvent.loan_id == loan_id,
            LoanEvent.entry_number == first,
        )
    )
    if (
        event is None
        or (event.kind, event.happened_on, whole_of(event)) != said
        or (is_the_same is not None and not is_the_same(event))
    ):
        raise KeyUsedForAnother(key=key)
    return PostedBatch(first, last, head.seal, replayed=True)


def moved_through(session: Session, *, event: LoanEvent, money_account_id: int) -> bool:
    """Tell whether the money of an event's entry went through an account, or none moved."""
    moved = session.scalars(
        select(Posting.account_id)
        .join(Account, and_(Account.book_id == Posting.book_id, Account.id == Posting.account_id))
        .where(
            Posting.book_id == event.book_id,
            Posting.entry_number == event.entry_number,
            Account.code.in_((CASH, *BANKS)),
        )
    )
    return set(moved) <= {money_account_id}


def whole_of(event: LoanEvent) -> Satang:
    """Give all that an event came to, in satang."""
    return Satang(
        event.principal_satang
        + event.interest_satang
        + event.default_interest_satang
        + event.fee_satang
        + event.costs_satang
    )
