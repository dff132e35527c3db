"""Reading what the group itself owes, beside what it is owed, and whether it can pay."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Subquery, and_, case, func, select
from sqlalchemy.orm import Session

from ledger.errors import NotFound
from ledger.models import Account
from ledger.money import ZERO, Satang
from ledger.period import month_of
from ledger.queries import account_by_id, funds_of, statement_page
from ledger.statement import StatementPage
from loans.forecast import (
    WHOLE_PERCENT,
    Debt,
    Due,
    Forecast,
    MonthCompared,
    compare,
    forecast,
    percent_collected,
)
from loans.kinds import EventKind, Purpose, Side, State, WhyPlanned
from loans.models import Instalment, Loan, LoanEvent, Plan
from loans.queries.loans import (
    EventView,
    LoanView,
    PlanMade,
    StageView,
    events_of,
    loan_view,
    loans_of_group,
    plan_of,
    plans_of,
    stages_of,
    standing_of,
    standings_of,
)
from loans.schedule import Counting
from loans.standing import DueRow, PlanRow, PlanView, Standing
from members.queries import BANKS, CASH

#: How far back it is looked how much members really paid.
MONTHS_BACK = 6
#: What a card shows of its account at most.
MOST_LINES = 200
CODI = (Purpose.CODI_HOUSING, Purpose.CODI_OTHER)
HOUSING_FUND = "HSG"
#: What a lender declares, without any money moving.
DECLARED = frozenset({WhyPlanned.RATE, WhyPlanned.HOLIDAY})


class BorrowingNotFound(NotFound):
    """The group owes nothing under this number."""

    thai = "ไม่พบสัญญากู้ของกลุ่มเลขนี้ กลับไปเลือกจากหน้าเงินที่กลุ่มกู้มา"


@dataclass(frozen=True, slots=True)
class BorrowingLine:
    """A borrowing in the list: what is owed, what comes next, what is overdue; in satang."""

    loan: LoanView
    next_on: date | None
    next_amount: Satang
    overdue: Satang
    days_overdue: int


@dataclass(frozen=True, slots=True)
class FundForecast:
    """Whether a purse can pay what is owed from it.

    Attributes:
        fund: The purse.
        name: What it is called.
        lately: Of 100 baht that fell due in the last months, how many came in; None when nothing
            fell due.
        forecast: How it is expected to go.
    """

    fund: str
    name: str
    lately: int | None
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Ahead:
    """What members owe beside what the group owes, month by month; and whether it can pay."""

    compared: tuple[MonthCompared, ...]
    forecasts: tuple[FundForecast, ...]


@dataclass(frozen=True, slots=True)
class BorrowingCard:
    """Everything about one borrowing; without a plan and a standing before money came in."""

    loan: LoanView
    standing: Standing | None
    plan: PlanView | None
    stages: list[StageView]
    events: list[EventView]
    plans: list[PlanMade]
    statement: StatementPage

    @property
    def history(self) -> list[tuple[EventView | None, PlanMade | None]]:
        """Everything that happened, by when it was recorded: money, and what the lender declared.

        A plan stands here when somebody decided it; those that follow from a payment do not.
        """
        told: list[tuple[datetime, EventView | None, PlanMade | None]] = [
            *((event.recorded_at, event, None) for event in self.events),
            *((plan.made_at, None, plan) for plan in self.plans if plan.why in DECLARED),
        ]
        told.sort(key=lambda one: one[0])
        return [(event, plan) for _when, event, plan in told]

    @property
    def next_stage(self) -> StageView | None:
        """The stage that is drawn next, or None."""
        return next((stage for stage in self.stages if stage.event_n is None), None)

    @property
    def to_draw(self) -> Satang:
        """What is drawn next: the next stage, or all that has not been drawn yet; in satang."""
        stage = self.next_stage
        return Satang(self.loan.principal - self.loan.disbursed) if stage is None else stage.amount

    @property
    def rows_left(self) -> tuple[PlanRow, ...]:
        """The instalments with something still to be paid, each with what is left of it."""
        if self.plan is None or self.standing is None:
            return ()
        left = rows_left(self.plan.rows, self.standing)
        return tuple(row for row in left if _to_pay(row))

    @property
    def next_row(self) -> PlanRow | None:
        """The next instalment with something to pay, what is overdue left aside; or None."""
        if self.standing is None:
            return None
        return next(iter(self.rows_left[len(self.standing.overdue) :]), None)

    @property
    def overdue(self) -> Satang:
        """Everything that is overdue, in satang."""
        late = () if self.standing is None else self.standing.overdue
        return Satang(sum(_to_pay(row) for row in late))

    @property
    def asked_now(self) -> Satang:
        """What is to be paid next, in satang: everything overdue, or else the next instalment."""
        return self.overdue or (_to_pay(self.next_row) if self.next_row else ZERO)


def rows_left(rows: Iterable[PlanRow], standing: Standing) -> tuple[PlanRow, ...]:
    """Give the instalments that are still to be paid, each with what is left of it.

    What is overdue comes first. The first row that is due on the day or after it is the running
    one, of which the standing knows what is left; those after it are whole.

    Args:
        rows: The rows of the plan that holds, or those of them due on the day or after it.
        standing: How it stands on the day.
    """
    ahead = [row for row in rows if row.due_on >= standing.on]
    left = [
        PlanRow(row.n, row.due_on, row.principal, row.interest, row.fee)
        for row in (*standing.overdue, *((standing.current,) if standing.current else ()))
    ]
    if standing.current is not None and standing.counting is not Counting.MONTH:
        # By the day, a standing knows only what has accrued; the plan knows the whole period.
        left[-1] = replace(left[-1], interest=ahead[0].interest)
    return (*left, *ahead[1:])


def borrowing_view(session: Session, *, book_id: int, loan_id: int) -> LoanView:
    """Give one borrowing.

    Raises:
        BorrowingNotFound: There is no such borrowing; a loan to a member is none.
    """
    if session.scalar(
        select(Loan.id).where(
            Loan.book_id == book_id, Loan.id == loan_id, Loan.side == Side.BORROWED
        )
    ):
        return loan_view(session, book_id=book_id, loan_id=loan_id)
    raise BorrowingNotFound(loan_id=loan_id)


def borrowings_of(session: Session, *, book_id: int, on: date) -> list[BorrowingLine]:
    """Give everything that the group owes or owed, what is still owed first."""
    found = loans_of_group(session, book_id=book_id, side=Side.BORROWED)
    running = [loan.id for loan in found if loan.state is State.RUNNING]
    standings = standings_of(session, book_id=book_id, on=on, loan_ids=running)
    ahead = _rows_ahead(session, book_id=book_id, on=on)
    lines = [_line(loan, standings.get(loan.id), ahead.get(loan.id, [])) for loan in found]
    return sorted(lines, key=lambda line: line.loan.state not in {State.RUNNING, State.GRANTED})


def _line(loan: LoanView, standing: Standing | None, ahead: list[PlanRow]) -> BorrowingLine:
    if standing is None:
        return BorrowingLine(loan, None, ZERO, ZERO, 0)
    late = standing.overdue
    left = rows_left(ahead, standing)[len(late) :]
    following = next((row for row in left if _to_pay(row)), None)
    return BorrowingLine(
        loan=loan,
        next_on=None if following is None else following.due_on,
        next_amount=ZERO if following is None else _to_pay(following),
        overdue=Satang(sum(_to_pay(row) for row in late)),
        days_overdue=standing.days_overdue,
    )


def _to_pay(row: PlanRow | DueRow) -> Satang:
    return Satang(row.principal + row.interest + row.fee)


def borrowing_card(session: Session, *, book_id: int, loan_id: int, on: date) -> BorrowingCard:
    """Give everything about one borrowing.

    Raises:
        BorrowingNotFound: There is no such borrowing.
    """
    loan = borrowing_view(session, book_id=book_id, loan_id=loan_id)
    has_plan = loan.plan_n > 0
    account = account_by_id(session, book_id=book_id, account_id=loan.account_id)
    return BorrowingCard(
        loan=loan,
        standing=standing_of(session, book_id=book_id, loan_id=loan_id, on=on)
        if has_plan
        else None,
        plan=plan_of(session, book_id=book_id, loan_id=loan_id) if has_plan else None,
        stages=stages_of(session, book_id=book_id, loan_id=loan_id),
        events=events_of(session, book_id=book_id, loan_id=loan_id),
        plans=plans_of(session, book_id=book_id, loan_id=loan_id),
        statement=statement_page(
            session,
            book_id=book_id,
            account_id=account.id,
            first_n=max(1, account.n - MOST_LINES + 1),
            last_n=account.n,
        ),
    )


# ---------------------------------------------------------------- what is still to be paid


@dataclass(frozen=True, slots=True)
class Owing:
    """What kind of debt it is: whose purse, what for, and whether a member owes it."""

    fund: str
    purpose: Purpose
    by_member: bool


def debts_of(session: Session, *, book_id: int, side: Side, on: date) -> dict[Owing, Debt]:
    """Add up what is owed by the plans that hold, kind by kind, in a few statements.

    What is overdue stands on the day on which it was due.
    """
    kinds = {
        loan_id: Owing(fund, purpose, member_id is not None)
        for loan_id, fund, purpose, member_id in session.execute(
            select(Loan.id, Loan.fund, Loan.purpose, Loan.member_id).where(*_running(book_id, side))
        )
    }
    running = _running_rows(session, book_id=book_id, side=side, on=on)
    standings = standings_of(session, book_id=book_id, on=on, loan_ids=list(kinds))
    owed: dict[Owing, int] = {}
    dues: dict[Owing, list[Due]] = {}
    for loan_id, standing in standings.items():
        kind = kinds[loan_id]
        owed[kind] = owed.get(kind, 0) + standing.outstanding
        dues.setdefault(kind, []).extend(
            Due(row.due_on, row.principal, Satang(row.interest + row.fee))
            for row in rows_left(running.get(loan_id, []), standing)
        )
    for kind, due in _dues_after(session, book_id=book_id, side=side, on=on):
        dues.setdefault(kind, []).append(due)
    return {kind: Debt(Satang(amount), tuple(dues[kind])) for kind, amount in owed.items()}


def _running(book_id: int, side: Side) -> tuple[ColumnElement[bool], ...]:
    return (
        Loan.book_id == book_id,
        Loan.side == side,
        Loan.plan_n > 0,
        Loan.closed_on.is_(None),
        Loan.written_off_on.is_(None),
    )


def _of_plan() -> ColumnElement[bool]:
    return and_(
        Instalment.book_id == Loan.book_id,
        Instalment.loan_id == Loan.id,
        Instalment.plan_n == Loan.plan_n,
    )


def _first_due(book_id: int, side: Side, on: date) -> Subquery:
    """Give for each loan the day of the running row: the first due on a day or after it."""
    return (
        select(Loan.id.label("loan_id"), func.min(Instalment.due_on).label("due_on"))
        .join(Instalment, _of_plan())
        .where(*_running(book_id, side), Instalment.due_on >= on)
        .group_by(Loan.id)
        .subquery()
    )


def _running_rows(
    session: Session, *, book_id: int, side: Side, on: date
) -> dict[int, list[PlanRow]]:
    """Give the running row of every plan that holds."""
    first = _first_due(book_id, side, on)
    rows = session.execute(
        select(*_ROW)
        .select_from(Loan)
        .join(Instalment, _of_plan())
        .join(first, and_(first.c.loan_id == Loan.id, first.c.due_on == Instalment.due_on))
        .where(*_running(book_id, side))
    )
    return {row[0]: [PlanRow(*row[1:])] for row in rows}


def _dues_after(
    session: Session, *, book_id: int, side: Side, on: date
) -> Iterator[tuple[Owing, Due]]:
    """Add up what falls due after the running rows, by kind and day; costs days, not loans."""
    first = _first_due(book_id, side, on)
    member = case((Loan.member_id.is_not(None), 1), else_=0)
    rows = session.execute(
        select(
            Loan.fund,
            Loan.purpose,
            member,
            Instalment.due_on,
            func.sum(Instalment.principal_satang),
            func.sum(Instalment.interest_satang + Instalment.fee_satang),
        )
        .select_from(Loan)
        .join(Instalment, _of_plan())
        .join(first, and_(first.c.loan_id == Loan.id, first.c.due_on < Instalment.due_on))
        .where(*_running(book_id, side))
        .group_by(Loan.fund, Loan.purpose, member, Instalment.due_on)
        .order_by(Instalment.due_on)
    )
    for fund, purpose, by_member, due_on, principal, interest in rows:
        kind = Owing(fund, purpose, bool(by_member))
        yield kind, Due(due_on, Satang(int(principal)), Satang(int(interest)))


_ROW = (
    Instalment.loan_id,
    Instalment.n,
    Instalment.due_on,
    Instalment.principal_satang,
    Instalment.interest_satang,
    Instalment.fee_satang,
)


def _rows_ahead(session: Session, *, book_id: int, on: date) -> dict[int, list[PlanRow]]:
    """Give the rows due on a day or after it of what the group itself owes; those are few."""
    rows = session.execute(
        select(*_ROW)
        .select_from(Loan)
        .join(Instalment, _of_plan())
        .where(*_running(book_id, Side.BORROWED), Instalment.due_on >= on)
        .order_by(Instalment.loan_id, Instalment.due_on, Instalment.n)
    )
    found: dict[int, list[PlanRow]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(PlanRow(*row[1:]))
    return found


def look_ahead(session: Session, *, book_id: int, on: date, percent: int | None) -> Ahead:
    """Tell what members owe beside what the group owes, and whether each purse can pay.

    Compared are housing loans of members with what is owed to CODI; it is empty when there is
    neither. Every purse that owes anything is forecast.

    Args:
        session: A session opened for reading.
        book_id: The group's book.
        on: The day from which it is looked ahead.
        percent: Of 100 baht due, how many are expected to come in; None for what came in lately,
            or everything when nothing has fallen due yet.
    """
    borrowed = debts_of(session, book_id=book_id, side=Side.BORROWED, on=on)
    lent = debts_of(session, book_id=book_id, side=Side.LENT, on=on)
    members = [debt for kind, debt in lent.items() if kind.by_member and kind.fund == HOUSING_FUND]
    group = [debt for kind, debt in borrowed.items() if kind.purpose in CODI]
    names = {fund.code: fund.name_th for fund in funds_of(session, book_id=book_id)}
    forecasts = []
    for fund in sorted({kind.fund for kind in borrowed}):
        lately = _collected_lately(session, book_id=book_id, fund=fund, on=on)
        usual = WHOLE_PERCENT if lately is None else lately
        ahead = forecast(
            opening=money_in(session, book_id=book_id, fund=fund),
            members=[debt for kind, debt in lent.items() if kind.fund == fund],
            group=[debt for kind, debt in borrowed.items() if kind.fund == fund],
            percent_collected=usual if percent is None else percent,
            starts_on=on,
        )
        forecasts.append(FundForecast(fund, names[fund], lately, ahead))
    compared = compare(members=members, group=group, starts_on=on) if members or group else ()
    return Ahead(compared, tuple(forecasts))


def money_in(session: Session, *, book_id: int, fund: str) -> Satang:
    """Give what is in the cash box and the bank accounts of a purse, in satang."""
    balance = session.scalar(
        select(func.sum(Account.balance_satang)).where(
            Account.book_id == book_id, Account.fund == fund, Account.code.in_((CASH, *BANKS))
        )
    )
    return Satang(int(balance or 0))


def _collected_lately(session: Session, *, book_id: int, fund: str, on: date) -> int | None:
    since = month_of(on)
    for _month in range(MONTHS_BACK):
        since = month_of(date.fromordinal(since.toordinal() - 1))
    due = _due_within(session, book_id=book_id, fund=fund, since=since, until=on)
    paid = _paid_within(session, book_id=book_id, fund=fund, since=since, until=on)
    return percent_collected(
        (amount, paid.get(loan_id, ZERO)) for loan_id, amount in sorted(due.items())
    )


def _due_within(
    session: Session, *, book_id: int, fund: str, since: date, until: date
) -> dict[int, Satang]:
    """Add up for each loan what fell due within some days, by the plan that held on each.

    A plan holds for what falls due after its first day, up to the first day of the next one.
    """
    taken_back = select(LoanEvent.reverses_n).where(
        LoanEvent.book_id == Plan.book_id,
        LoanEvent.loan_id == Plan.loan_id,
        LoanEvent.reverses_n == Plan.caused_by_n,
    )
    starts: dict[int, list[tuple[date, int]]] = {}
    for loan_id, n, starts_on in session.execute(
        select(Plan.loan_id, Plan.n, Plan.starts_on)
        .join(Loan, and_(Loan.book_id == Plan.book_id, Loan.id == Plan.loan_id))
        .where(
            Plan.book_id == book_id,
            Loan.side == Side.LENT,
            Loan.fund == fund,
            ~taken_back.exists(),
        )
        .order_by(Plan.loan_id, Plan.n)
    ):
        starts.setdefault(loan_id, []).append((starts_on, n))
    due: dict[int, Satang] = {}
    rows = session.execute(
        select(
            Instalment.loan_id,
            Instalment.plan_n,
            Instalment.due_on,
            Instalment.principal_satang + Instalment.interest_satang + Instalment.fee_satang,
        )
        .join(Loan, and_(Loan.book_id == Instalment.book_id, Loan.id == Instalment.loan_id))
        .where(
            Instalment.book_id == book_id,
            Instalment.due_on >= since,
            Instalment.due_on < until,
            Loan.side == Side.LENT,
            Loan.fund == fund,
            (Loan.closed_on.is_(None)) | (Loan.closed_on >= Instalment.due_on),
        )
    )
    for loan_id, plan_n, due_on, amount in rows:
        held = [n for starts_on, n in starts.get(loan_id, []) if starts_on < due_on]
        if held and held[-1] == plan_n:
            due[loan_id] = Satang(due.get(loan_id, ZERO) + amount)
    return due


def _paid_within(
    session: Session, *, book_id: int, fund: str, since: date, until: date
) -> dict[int, Satang]:
    """Add up for each loan what was paid within some days and not taken back."""
    mirror = select(LoanEvent.reverses_n).where(LoanEvent.book_id == book_id)
    back = mirror.add_columns(LoanEvent.loan_id).where(LoanEvent.reverses_n.is_not(None))
    taken_back = {(loan_id, n) for n, loan_id in session.execute(back)}
    rows = session.execute(
        select(
            LoanEvent.loan_id,
            LoanEvent.n,
            LoanEvent.principal_satang + LoanEvent.interest_satang + LoanEvent.fee_satang,
        )
        .join(Loan, and_(Loan.book_id == LoanEvent.book_id, Loan.id == LoanEvent.loan_id))
        .where(
            LoanEvent.book_id == book_id,
            LoanEvent.kind.in_((EventKind.REPAID, EventKind.OFFSET)),
            LoanEvent.happened_on >= since,
            LoanEvent.happened_on < until,
            Loan.side == Side.LENT,
            Loan.fund == fund,
        )
    )
    paid: dict[int, Satang] = {}
    for loan_id, n, amount in rows:
        if (loan_id, n) not in taken_back:
            paid[loan_id] = Satang(paid.get(loan_id, ZERO) + amount)
    return paid
