"""Reading one loan for its card: the plan with what is paid of it, guarantors, receipts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ledger.models import Entry
from ledger.money import ZERO, Satang, total
from loans.kinds import State
from loans.models import Application, Loan
from loans.queries.guarantees import GuaranteeLine, guarantors_of_loan
from loans.queries.loans import (
    EventView,
    LoanView,
    PlanMade,
    StageView,
    events_of,
    find_loan,
    loan_view,
    plans_of,
    stages_of,
    standing_of,
)
from loans.queries.overview import NextRow, next_row
from loans.queries.plans import holding_plan
from loans.schedule import Terms, terms_from_json
from loans.standing import DueRow, PlanRow, PlanView, Standing

#: How the number of a receipt begins on paper; a receipt stands on its entry's reference.
RECEIPT = "RC"


class Mark(StrEnum):
    """What has become of a row of a plan."""

    PAID = "paid"
    OVERDUE = "overdue"
    NEXT = "next"
    COMING = "coming"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A row of the plan that holds, in satang; ``left`` is what of it is still to be paid.

    ``n`` is 0 for interest that was carried over from the plan before.
    """

    n: int
    due_on: date
    principal: Satang
    interest: Satang
    fee: Satang
    balance: Satang
    mark: Mark
    left: Satang
    days_overdue: int


@dataclass(frozen=True, slots=True)
class LoanCard:
    """Everything that the card of a loan shows.

    Attributes:
        view: The loan.
        terms: The terms that hold, or those of the contract before anything is paid out.
        what_for: What the borrower said it is for, or empty.
        standing: How it stands today; None when it is not running.
        lines: The plan that holds; empty before anything is paid out.
        plans: Every plan that it had, the newest first.
        stages: The stages of the payout.
        events: What happened, the oldest first.
        receipts: The number of the receipt of an entry, by the entry's number.
        guarantors: Who guarantees it.
    """

    view: LoanView
    terms: Terms
    what_for: str
    standing: Standing | None
    lines: tuple[PlanLine, ...]
    plans: tuple[PlanMade, ...]
    stages: tuple[StageView, ...]
    events: tuple[EventView, ...]
    receipts: dict[int, int]
    guarantors: tuple[GuaranteeLine, ...]

    @property
    def last_on(self) -> date:
        """The last day on which something happened to it; before it nothing can be worked out."""
        plan = next((plan.starts_on for plan in self.plans if plan.holds), self.view.contract_on)
        return max([plan, *(event.happened_on for event in self.events)])

    @property
    def following(self) -> PlanLine | None:
        """The row that is asked for next, or None."""
        return next((line for line in self.lines if line.mark is Mark.NEXT), None)

    @property
    def may_be_paid_out(self) -> bool:
        """Whether some of it has not been paid out yet, by its stages or by its sum."""
        return self.view.state in {State.GRANTED, State.RUNNING} and (
            any(stage.event_n is None for stage in self.stages)
            if self.stages
            else self.view.state is State.GRANTED
        )


def loan_card(session: Session, *, book_id: int, loan_id: int, on: date) -> LoanCard:
    """Give everything about a loan as it stands on a day.

    Raises:
        LoanNotFound: There is no such loan.
    """
    view = loan_view(session, book_id=book_id, loan_id=loan_id)
    events = tuple(events_of(session, book_id=book_id, loan_id=loan_id))
    running = view.state is State.RUNNING
    standing = standing_of(session, book_id=book_id, loan_id=loan_id, on=on) if running else None
    plans = plans_of(session, book_id=book_id, loan_id=loan_id)
    contract = find_loan(session, book_id=book_id, loan_id=loan_id).terms
    return LoanCard(
        view=view,
        terms=next((plan.terms for plan in plans if plan.holds), terms_from_json(contract)),
        what_for=_what_for(session, book_id=book_id, loan_id=loan_id),
        standing=standing,
        lines=_lines(session, book_id=book_id, view=view, standing=standing),
        plans=tuple(plans),
        stages=tuple(stages_of(session, book_id=book_id, loan_id=loan_id)),
        events=events,
        receipts=_receipts(session, book_id=book_id, events=events),
        guarantors=tuple(guarantors_of_loan(session, book_id=book_id, loan_id=loan_id)),
    )


def _lines(
    session: Session, *, book_id: int, view: LoanView, standing: Standing | None
) -> tuple[PlanLine, ...]:
    if not view.plan_n:
        return ()
    held = holding_plan(session, loan=find_loan(session, book_id=book_id, loan_id=view.id))
    following = None
    if standing is not None:
        following = next_row(
            held.view.rows,
            carried=held.view.carried_interest,
            principal_paid=held.view.principal - standing.outstanding,
            charges_paid=sum(paid.interest + paid.fee for paid in held.paid),
            on=standing.on,
        )
    return marked(held.view, standing, following, is_repaid=view.state is State.REPAID)


def marked(
    plan: PlanView, standing: Standing | None, following: NextRow | None, *, is_repaid: bool
) -> tuple[PlanLine, ...]:
    """Give a plan's rows with what has become of each; without a standing nothing is asked for."""
    late = {} if standing is None else {row.n: row for row in standing.overdue}
    balance = plan.principal
    lines = [_carried(plan, late[0])] if 0 in late else []
    for row in plan.rows:
        balance = Satang(balance - row.principal)
        whole = Satang(row.principal + row.interest + row.fee)
        left, days_overdue = whole, 0
        if row.n in late:
            mark, left, days_overdue = Mark.OVERDUE, late[row.n].all, late[row.n].days_overdue
        elif not whole:
            mark = Mark.NOTHING
        elif following is not None and row.n == following.n:
            mark, left = Mark.NEXT, following.amount
        elif is_repaid or (standing is not None and (following is None or row.n < following.n)):
            mark, left = Mark.PAID, ZERO
        else:
            mark = Mark.COMING
        lines.append(
            PlanLine(
                n=row.n,
                due_on=row.due_on,
                principal=row.principal,
                interest=row.interest,
                fee=row.fee,
                balance=balance,
                mark=mark,
                left=left,
                days_overdue=days_overdue,
            )
        )
    return tuple(lines)


def _carried(plan: PlanView, carried: DueRow) -> PlanLine:
    return PlanLine(
        n=0,
        due_on=carried.due_on,
        principal=ZERO,
        interest=plan.carried_interest,
        fee=ZERO,
        balance=plan.principal,
        mark=Mark.OVERDUE,
        left=carried.all,
        days_overdue=carried.days_overdue,
    )


@dataclass(frozen=True, slots=True)
class PlanSum:
    """What a plan asks for after a day, in short; amounts in satang.

    Attributes:
        rows: Its rows, those that ask for nothing too.
        how_many: How many of them ask for something.
        usual: What most of its instalments come to, or else the first of them.
        is_level: Whether it is what most of them come to.
        interest: All its interest together.
        last_due_on: The day of the last instalment, or None without any.
    """

    rows: tuple[PlanRow | PlanLine, ...]
    how_many: int
    usual: Satang
    is_level: bool
    interest: Satang
    last_due_on: date | None


def sum_of(rows: Iterable[PlanRow | PlanLine], *, after: date) -> PlanSum:
    """Tell what the rows of a plan that fall due after a day come to."""
    later = [row for row in rows if row.due_on > after]
    asked = [amount for row in later if (amount := row.principal + row.interest + row.fee)]
    usual, times = Counter(asked).most_common(1)[0] if asked else (0, 0)
    is_level = times * 2 > len(asked)
    return PlanSum(
        rows=tuple(later),
        how_many=len(asked),
        usual=Satang(usual if is_level or not asked else asked[0]),
        is_level=is_level,
        interest=total(row.interest for row in later),
        last_due_on=later[-1].due_on if later else None,
    )


def _what_for(session: Session, *, book_id: int, loan_id: int) -> str:
    return (
        session.scalar(
            select(Application.what_for)
            .join(
                Loan,
                and_(Loan.book_id == Application.book_id, Loan.application_id == Application.id),
            )
            .where(Loan.book_id == book_id, Loan.id == loan_id)
        )
        or ""
    )


def _receipts(session: Session, *, book_id: int, events: Sequence[EventView]) -> dict[int, int]:
    """Give the receipts that stand on the events' entries: their number ends the reference."""
    numbers = [event.entry_number for event in events if event.entry_number is not None]
    rows = session.execute(
        select(Entry.number, Entry.reference).where(
            Entry.book_id == book_id,
            Entry.number.in_(numbers),
            Entry.reference.startswith(RECEIPT),
        )
    )
    ends = {number: reference.rpartition("-")[2] for number, reference in rows}
    return {number: int(end) for number, end in ends.items() if end.isdigit()}
