"""New plans for running loans: another rate, a holiday, restructuring, a compromise."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.errors import RuleBroken
from ledger.models import Account
from ledger.money import ZERO, Satang, format_baht, short_baht
from ledger.period import FutureDate
from ledger.rows import Head
from ledger.services import (
    KeyUsedForAnother,
    PostedBatch,
    SameOfficerTwice,
    lock_book,
    post_batch,
    standard_account,
)
from ledger.thai import format_date, today_in_bangkok
from loans.ceiling import AboveCeiling, ceiling_on, check_ceiling
from loans.kinds import EventKind, Side, WhyPlanned
from loans.models import Loan, LoanEvent, Plan
from loans.plans import (
    Before,
    Change,
    NextPlan,
    first_plan,
    go_on,
    is_rested_on,
    nothing_left,
    position,
    started_on,
)
from loans.postings import ALLOWANCE, BAD_DEBT
from loans.queries.plans import holding_plan
from loans.schedule import (
    Grace,
    Holiday,
    RateChange,
    RateEffect,
    Terms,
    make_schedule,
    terms_from_json,
)
from loans.services.records import (
    Cause,
    Happened,
    ResolutionMissing,
    Signed,
    before,
    close,
    events_that_stand,
    fresh_loan,
    last_event_n,
    party_of,
    refuse_elsewhere,
    refuse_stakes,
    write_event,
    write_plan,
)
from loans.services.repaying.paying import settlement_of
from members.by_laws import percent
from members.services.people.standing import check_day


class NotRunning(RuleBroken):
    """Nothing is owed: the loan is not paid out, repaid, or written off."""

    thai = "สัญญา {reference} ไม่มีเงินต้นค้างอยู่ จึงเปลี่ยนเงื่อนไขไม่ได้"


class ChangeBeforeLast(RuleBroken):
    """The day is before something that was recorded, or before the plan that holds begins."""

    thai = "วันที่มีผลต้องไม่ก่อนวันที่ {last} ซึ่งมีรายการของสัญญานี้บันทึกไว้แล้ว เลือกวันนั้นหรือวันหลังจากนั้น"


class OwesAnotherSum(RuleBroken):
    """The terms of a new plan are not for what is owed."""

    thai = "เงินต้นค้าง {owed} บาท แต่ตารางใหม่คิดจาก {principal} บาท ทำตารางจากเงินต้นที่ค้างอยู่"


class HolidayChangesNothing(RuleBroken):
    """Nothing falls due within the days of rest."""

    thai = "ไม่มีงวดที่ครบกำหนดตั้งแต่ {since} ถึง {until} เลือกช่วงพักชำระที่มีงวดครบกำหนด"


class HolidayEndsBeforeItBegins(RuleBroken):
    """The last day of rest is before the first, or nothing is waived."""

    thai = "วันสิ้นสุดการพักชำระต้องไม่ก่อนวันเริ่ม และต้องเลือกว่าพักเงินต้นหรือพักทั้งหมด"


class ForgivesMoreThanOwed(RuleBroken):
    """More would be forgiven than is owed, or nothing at all."""

    thai = "ใส่ยอดที่ยกให้ เงินต้นไม่เกิน {principal} บาท ดอกเบี้ยที่ค้างไม่เกิน {interest} บาท"


class OnlyLentIsForgiven(RuleBroken):
    """What the group borrowed is not the group's to forgive."""

    thai = "สัญญานี้เป็นเงินที่กลุ่มกู้มา กลุ่มยกหนี้ให้ตัวเองไม่ได้ ถ้าผู้ให้กู้ลดหนี้ให้ ให้ลงรายวันทั่วไป"


def change_rate(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    annual_rate_ppm: int,
    since: date,
    effect: RateEffect,
    resolution: str,
    by: str,
    approved_by: str | None,
    at: datetime,
) -> Plan:
    """Change a running loan's rate from a day on, by resolution or by the lender's circular.

    Counted by the month, the new rate begins with the period that begins on or after the day;
    counted by the day, with the day. Sent again, it answers with the plan that was made.

    Raises:
        ResolutionMissing: No resolution is named.
        NotRunning: Nothing is owed.
        WrittenInBothBooks: The other party is a group of the network.
        ChangeBeforeLast: The day is before something that was recorded.
        AboveCeiling: What is lent would cost more than the law allows.
        OfficerIsTooNear: An officer who signs has a stake in it.
        TermsUnfit: The instalment cannot stay at this rate.
    """
    rate = RateChange(since, annual_rate_ppm, effect)
    keeps = effect is RateEffect.KEEP_INSTALMENT

    def plan(was: Before) -> NextPlan:
        return go_on(
            was,
            Change(
                on=since,
                principal=_owed(was, since),
                today=today_in_bangkok(at),
                keeps_instalment=keeps,
                may_run_on=keeps,
                rate=rate,
            ),
        )

    return _change(
        session,
        book_id=book_id,
        loan_id=loan_id,
        wish=_Wish(
            WhyPlanned.RATE,
            since,
            resolution,
            plan,
            was_made=lambda plan, made: _has_rate(plan, made, rate),
            checks_ceiling=True,
            rate_ppm=annual_rate_ppm,
        ),
        signed=Signed(by, at, approved_by),
    )


def take_holiday(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    since: date,
    until: date,
    waives: Grace,
    resolution: str,
    by: str,
    approved_by: str | None,
    at: datetime,
) -> Plan:
    """Let a borrower pay nothing, or interest only, from one day to another.

    Interest of the days of rest is asked for with the first instalment after them, once.

    Raises:
        HolidayEndsBeforeItBegins, HolidayChangesNothing: Nothing would rest.
        And whatever ``change_rate`` raises.
    """
    if until < since or waives is Grace.NONE:
        raise HolidayEndsBeforeItBegins(since=since, until=until)
    holiday = Holiday(since, until, waives)

    def plan(was: Before) -> NextPlan:
        if not is_rested_on(was.view, holiday):
            raise HolidayChangesNothing(since=format_date(since), until=format_date(until))
        return go_on(
            was,
            Change(
                on=since,
                principal=_owed(was, since),
                today=today_in_bangkok(at),
                holiday=holiday,
            ),
        )

    return _change(
        session,
        book_id=book_id,
        loan_id=loan_id,
        wish=_Wish(
            WhyPlanned.HOLIDAY,
            since,
            resolution,
            plan,
            was_made=lambda _plan, made: holiday in made.holidays,
        ),
        signed=Signed(by, at, approved_by),
    )


def restructure(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    terms: Terms,
    starts_on: date,
    resolution: str,
    by: str,
    approved_by: str | None,
    at: datetime,
) -> Plan:
    """Give a loan a new plan by agreement: the principal that is owed, over new instalments.

    Interest that is due is carried over and asked for first; it never becomes principal.
    ``terms.principal`` must be what is owed.

    Raises:
        OwesAnotherSum: The terms are for another principal.
        FutureDate: It would begin later than today.
        KeptWithBorrowings: The group borrowed it.
        And whatever ``change_rate`` raises.

    Source: Civil and Commercial Code, section 655: no interest on interest.
    """
    _refuse_future(starts_on, at)
    refuse_elsewhere(session, book_id=book_id, loan_id=loan_id)

    def plan(was: Before) -> NextPlan:
        owed = _owed(was, starts_on)
        if terms.principal != owed:
            raise OwesAnotherSum(owed=format_baht(owed), principal=format_baht(terms.principal))
        return _anew(was, terms, on=starts_on)

    return _change(
        session,
        book_id=book_id,
        loan_id=loan_id,
        wish=_Wish(
            WhyPlanned.RESTRUCTURED,
            starts_on,
            resolution,
            plan,
            was_made=lambda _plan, made: made == started_on(terms, starts_on),
            checks_ceiling=True,
        ),
        signed=Signed(by, at, approved_by),
    )


@dataclass(frozen=True, slots=True)
class _Wish:
    """What somebody wants to change, from which day, by which resolution.

    ``was_made`` tells by a plan and its terms whether it is the one that this very wish made.
    """

    why: WhyPlanned
    on: date
    resolution: str
    plan: Callable[[Before], NextPlan]
    was_made: Callable[[Plan, Terms], bool]
    checks_ceiling: bool = False
    rate_ppm: int | None = None

    def check_ceiling(self, made: NextPlan) -> None:
        """Refuse a plan, or a new rate, that would cost more than the law allows."""
        if self.checks_ceiling and made.is_spread:
            check_ceiling(make_schedule(made.terms), fees=ZERO, on=self.on)
        # Where the running instalment is all that is left, nothing is spread by the new rate.
        most = ceiling_on(self.on)
        if self.rate_ppm is not None and self.rate_ppm > most.annual_rate_ppm:
            raise AboveCeiling(
                effective=percent(self.rate_ppm),
                ceiling=percent(most.annual_rate_ppm),
                why="อัตราใหม่ที่ขอเปลี่ยน",
            )


def _change(session: Session, *, book_id: int, loan_id: int, wish: _Wish, signed: Signed) -> Plan:
    lock_book(session, book_id=book_id)
    loan = fresh_loan(session, book_id=book_id, loan_id=loan_id)
    there = _made_before(session, loan=loan, wish=wish, by=signed.by)
    if there is not None:
        return there
    was = _checked(session, loan=loan, on=wish.on, resolution=wish.resolution, signed=signed)
    made = wish.plan(was)
    if loan.side is Side.LENT and made.principal:
        wish.check_ceiling(made)
    return write_plan(
        session,
        loan=loan,
        plan=made,
        cause=Cause(wish.why, after_n=last_event_n(session, loan=loan), resolution=wish.resolution),
        signed=signed,
    )


def _made_before(session: Session, *, loan: Loan, wish: _Wish, by: str) -> Plan | None:
    """Find the plan that this very wish made when it was sent before."""
    plans = session.scalars(
        select(Plan)
        .where(
            Plan.book_id == loan.book_id,
            Plan.loan_id == loan.id,
            Plan.why == wish.why,
            Plan.resolution == wish.resolution,
            Plan.made_by == by,
        )
        .order_by(Plan.n.desc())
    )
    return next((plan for plan in plans if wish.was_made(plan, terms_from_json(plan.terms))), None)


def _has_rate(plan: Plan, made: Terms, rate: RateChange) -> bool:
    """Tell whether the newest rate of a plan is one that was asked for; it may begin later."""
    if not made.rate_changes:
        return plan.starts_on >= rate.since and made.annual_rate_ppm == rate.annual_rate_ppm
    newest = made.rate_changes[-1]
    return newest.since >= rate.since and replace(newest, since=rate.since) == rate


def _checked(session: Session, *, loan: Loan, on: date, resolution: str, signed: Signed) -> Before:
    """Give the plan up to now, or refuse to change it."""
    if not resolution.strip():
        raise ResolutionMissing(reference=loan.reference)
    if signed.approved_by == signed.by:
        raise SameOfficerTwice(officer=signed.by)
    refuse_elsewhere(session, book_id=loan.book_id, loan_id=loan.id, also_borrowed=True)
    refuse_stakes(
        session, book_id=loan.book_id, loan_id=loan.id, marks=(signed.by, signed.approved_by)
    )
    if not loan.plan_n or loan.closed_on is not None or loan.written_off_on is not None:
        raise NotRunning(reference=loan.reference)
    holding = holding_plan(session, loan=loan)
    events = events_that_stand(session, loan=loan)
    last = max([holding.view.starts_on, *(event.happened_on for event in events)])
    if on < last:
        raise ChangeBeforeLast(last=format_date(last))
    return before(session, loan=loan, holding=holding)


def _owed(was: Before, on: date) -> Satang:
    return was.reckon(was.view, was.paid, on).outstanding


def _anew(was: Before, terms: Terms, *, on: date) -> NextPlan:
    """Plan what is owed by other terms; what was due, and what has accrued, is carried over."""
    owed = position(was, on)
    return replace(
        first_plan(terms, amount=terms.principal, paid_on=on),
        carried_interest=Satang(owed.interest),
        carried_default=Satang(owed.default_interest),
        carried_costs=was.reckon(was.view, was.paid, on).costs,
    )


def compromise(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    forgiven_principal: Satang,
    forgiven_interest: Satang,
    terms: Terms | None,
    on: date,
    resolution: str,
    idempotency_key: str,
    by: str,
    approved_by: str | None,
    at: datetime,
) -> PostedBatch | None:
    """Forgive part of what is owed by resolution, with a new plan for the rest.

    Forgiven principal is written off against the allowance (13110), the rest to 55060. Interest
    that was never posted as income is only no longer asked for, default interest first; when only
    interest is forgiven nothing is posted, and None given.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        loan_id: The loan.
        forgiven_principal: Principal that is forgiven, in satang.
        forgiven_interest: Interest and default interest that is forgiven, in satang.
        terms: The terms for the rest; None to spread it over the days that are left.
        on: The day.
        resolution: The resolution of the meeting.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer.
        approved_by: The mark of the second officer.
        at: Now, aware.

    Raises:
        OnlyLentIsForgiven: It is a borrowing.
        ForgivesMoreThanOwed: More is forgiven than is owed, or nothing.
        OwesAnotherSum: The terms are not for what is left.
        AboveCeiling: The terms for the rest would cost more than the law allows.
        FutureDate, PeriodClosed: The day may not be written.
        And whatever ``change_rate`` and ``post_batch`` raise.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    loan = fresh_loan(session, book_id=book_id, loan_id=loan_id)
    wish = _Forgiving(forgiven_principal, forgiven_interest, terms, on, resolution)
    there = _forgiven_before(session, loan=loan, head=head, wish=wish, by=by)
    if there is not None:
        entry = there.entry_number
        return None if entry is None else PostedBatch(entry, entry, head.seal, replayed=True)
    if head.posted_before is not None:
        raise KeyUsedForAnother(key=idempotency_key)
    signed = Signed(by, at, approved_by)
    if loan.side is Side.BORROWED:
        raise OnlyLentIsForgiven(reference=loan.reference)
    was = _checked(session, loan=loan, on=on, resolution=resolution, signed=signed)
    check_day(session, book_id=book_id, day=on, at=at)
    default = wish.default_interest(was)
    plan = wish.plan(was, default=default)
    posted = None
    if forgiven_principal:
        posted = post_batch(
            session,
            book_id=book_id,
            drafts=[_forgiven_entry(session, loan=loan, wish=wish)],
            idempotency_key=idempotency_key,
            posted_by=by,
            posted_at=at,
            approved_by=approved_by,
        )
    n = write_event(
        session,
        loan=loan,
        happened=Happened(
            EventKind.FORGIVEN,
            on,
            posted.first_number if posted is not None else None,
            principal=forgiven_principal,
            interest=Satang(forgiven_interest - default),
            default_interest=default,
            explanation=wish.sentences,
            resolution=resolution,
        ),
        signed=signed,
    )
    write_plan(
        session,
        loan=loan,
        plan=plan,
        cause=Cause(WhyPlanned.COMPROMISE, after_n=n, caused_by_n=n, resolution=resolution),
        signed=signed,
    )
    if not settlement_of(session, loan=loan, on=on):
        close(session, loan=loan, on=on)
        session.flush()
    return posted


@dataclass(frozen=True, slots=True)
class _Forgiving:
    """What is forgiven, in satang, and how the rest is to be paid."""

    principal: Satang
    interest: Satang
    terms: Terms | None
    on: date
    resolution: str

    @property
    def sentences(self) -> tuple[str, ...]:
        parts = (("เงินต้น", self.principal), ("ดอกเบี้ย", self.interest))
        return tuple(f"ยก{what}ให้ {short_baht(amount)} บาท" for what, amount in parts if amount)

    def default_interest(self, was: Before) -> Satang:
        """Give how much of the interest is default interest, or refuse to forgive so much."""
        now = was.reckon(was.view, was.paid, self.on)
        most = now.default_interest + max(0, position(was, self.on).interest)
        fits = 0 <= self.principal <= now.outstanding and 0 <= self.interest <= most
        if not fits or not (self.principal or self.interest):
            raise ForgivesMoreThanOwed(
                principal=format_baht(now.outstanding), interest=format_baht(Satang(most))
            )
        return Satang(min(self.interest, now.default_interest))

    def plan(self, was: Before, *, default: Satang) -> NextPlan:
        """Give the plan for what is left."""
        rest = Satang(_owed(was, self.on) - self.principal)
        contract = Satang(self.interest - default)
        if self.terms is not None and rest:
            if self.terms.principal != rest:
                raise OwesAnotherSum(
                    owed=format_baht(rest), principal=format_baht(self.terms.principal)
                )
            made = _anew(was, self.terms, on=self.on)
            check_ceiling(make_schedule(made.terms), fees=ZERO, on=self.on)
        elif rest:
            return go_on(
                was,
                Change(
                    on=self.on,
                    principal=rest,
                    keeps_instalment=not self.principal,
                    interest=Satang(-contract),
                    default_interest=Satang(-default),
                ),
            )
        else:
            made = nothing_left(was, on=self.on)
        return replace(
            made,
            carried_interest=Satang(made.carried_interest - contract),
            carried_default=Satang(made.carried_default - default),
        )


def _forgiven_before(
    session: Session, *, loan: Loan, head: Head, wish: _Forgiving, by: str
) -> LoanEvent | None:
    """Find what this very request wrote when it was sent before."""
    posted = head.posted_before[0] if head.posted_before is not None else None
    for event in reversed(events_that_stand(session, loan=loan)):
        said = (event.happened_on, event.resolution, event.recorded_by, event.principal_satang)
        interest = event.interest_satang + event.default_interest_satang
        if (
            event.kind is EventKind.FORGIVEN
            and said == (wish.on, wish.resolution, by, wish.principal)
            and interest == wish.interest
            and event.entry_number == posted
        ):
            return event
    return None


def _forgiven_entry(session: Session, *, loan: Loan, wish: _Forgiving) -> EntryDraft:
    """Draft the entry: the allowance as far as it goes, the rest is an expense of the year."""
    accounts = [
        standard_account(
            session, book_id=loan.book_id, code=code, fund=loan.fund, opened_on=wish.on
        ).id
        for code in (ALLOWANCE, BAD_DEBT)
    ]
    allowance = session.get_one(Account, (loan.book_id, accounts[0]), populate_existing=True)
    covered = Satang(min(wish.principal, max(0, -allowance.balance_satang)))
    lines = zip(accounts, (covered, Satang(wish.principal - covered)), strict=True)
    return EntryDraft(
        entered_on=wish.on,
        kind=EntryKind.WRITE_OFF,
        postings=(
            *(debit(account, loan.fund, amount) for account, amount in lines if amount),
            credit(loan.account_id, loan.fund, wish.principal),
        ),
        memo=f"ยกหนี้ให้ตามมติ {loan.reference} {party_of(session, loan=loan)}",
        reference=loan.reference,
    )


def _refuse_future(day: date, at: datetime) -> None:
    if day > today_in_bangkok(at):
        raise FutureDate(entered_on=format_date(day))
