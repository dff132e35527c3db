"""Taking back what was posted for a loan, and the plan that holds from then on."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.entry import EntryKind
from ledger.errors import NotFound, RuleBroken
from ledger.models import Entry
from ledger.money import Satang
from ledger.services import KeyUsedForAnother, PostedBatch, lock_book, post_batch, reversal_draft
from ledger.thai import format_date
from loans.kinds import EVENT_IN_THAI, EventKind, WhyPlanned
from loans.models import Loan, LoanEvent, Plan, Stage
from loans.plans import Change, go_on
from loans.queries.plans import PAYING_OUT, plan_with_payments
from loans.services.records import (
    Cause,
    Happened,
    Signed,
    before,
    close,
    events_that_stand,
    fresh_loan,
    guarantees_of,
    open_again,
    reckoning,
    refuse_stakes,
    whole_of,
    write_event,
    write_plan,
)
from members.models import Member
from members.queries import full_name
from members.services.people import in_words_of_the_table

#: Entries that are about a loan alone. What stands on a receipt is put right on the receipt.
OWN_KINDS = frozenset(
    {
        EntryKind.LOAN,
        EntryKind.REPAYMENT,
        EntryKind.BORROWING,
        EntryKind.BORROWING_PAID,
        EntryKind.BETWEEN_GROUPS,
        EntryKind.WRITE_OFF,
        EntryKind.RECOVERY,
    }
)


class EventNotFound(NotFound):
    """The loan has no such event."""

    thai = "ไม่พบรายการที่ {n} ของสัญญานี้ เปิดหน้าสัญญาใหม่แล้วเลือกอีกครั้ง"


class NotReversible(RuleBroken):
    """It has no entry of its own, or something else rests on it."""

    thai = "กลับรายการ “{what}” นี้ไม่ได้ เพราะ{why}"


class ReversedBeforeIt(RuleBroken):
    """The day of the reversal is before the day of what is taken back."""

    thai = "วันที่กลับรายการต้องไม่ก่อนวันที่ {earliest} ซึ่งเป็นวันของรายการที่กลับ"


def reverse_event(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    event_n: int,
    on: date,
    reason: str,
    idempotency_key: str,
    by: str,
    approved_by: str | None,
    at: datetime,
) -> PostedBatch:
    """Take back what was posted for a loan, by the mirror image of its entry.

    Raises:
        EventNotFound: The loan has no such event.
        NotReversible: It has no entry of its own, a receipt stands on it (put that right),
            something later rests on it, or somebody whom it would bind again has left.
        OfficerIsTooNear: An officer who signs has a stake in it.
        ReversedBeforeIt: The day is before its own.
        AlreadyReversed: It was taken back before.
        And whatever ``post_batch`` raises.
    """
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    event = session.get(LoanEvent, (book_id, loan_id, event_n))
    if head.posted_before is not None:
        return _reversed_before(session, event=event, posted=head.posted_before, seal=head.seal)
    number = refuse_irreversible(
        session, book_id=book_id, loan_id=loan_id, event_n=event_n, marks=(by, approved_by)
    )
    assert event is not None
    if on < event.happened_on:
        raise ReversedBeforeIt(earliest=format_date(event.happened_on))
    with in_words_of_the_table(session, book_id=book_id):
        posted = post_batch(
            session,
            book_id=book_id,
            drafts=[
                reversal_draft(session, book_id=book_id, number=number, entered_on=on, memo=reason)
            ],
            idempotency_key=idempotency_key,
            posted_by=by,
            posted_at=at,
            approved_by=approved_by,
        )
    record_reversal(
        session,
        book_id=book_id,
        entry_number=number,
        reversal_number=posted.first_number,
        on=on,
        reason=reason,
        by=by,
        at=at,
    )
    return posted


def refuse_irreversible(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    event_n: int,
    marks: Iterable[str | None] = (),
) -> int:
    """Give the entry that would be taken back for an event, or say why it cannot be.

    A page asks this before it asks for a reason and a password.

    Args:
        session: Any session.
        book_id: The group's book.
        loan_id: The loan.
        event_n: The event.
        marks: The marks of the officers who sign.

    Raises:
        EventNotFound: The loan has no such event.
        NotReversible: It cannot be taken back, and why.
        OfficerIsTooNear: An officer who signs has a stake in it.
    """
    loan = fresh_loan(session, book_id=book_id, loan_id=loan_id)
    event = session.get(LoanEvent, (book_id, loan_id, event_n))
    if event is None:
        raise EventNotFound(n=event_n)
    refuse_stakes(session, book_id=book_id, loan_id=loan_id, marks=marks)
    number = _own_entry(session, loan=loan, event=event)
    for each in _events_of_entry(session, book_id=book_id, entry_number=number):
        _refuse_what_is_rested_on(session, event=each)
    return number


def _reversed_before(
    session: Session, *, event: LoanEvent | None, posted: tuple[int, int, bytes], seal: bytes
) -> PostedBatch:
    first, last, _digest = posted
    undone = None
    if event is not None:
        undone = session.scalar(
            select(LoanEvent).where(
                LoanEvent.book_id == event.book_id,
                LoanEvent.loan_id == event.loan_id,
                LoanEvent.reverses_n == event.n,
                LoanEvent.entry_number == first,
            )
        )
    if undone is None:
        raise KeyUsedForAnother(entry_number=first)
    return PostedBatch(first, last, seal, replayed=True)


def _own_entry(session: Session, *, loan: Loan, event: LoanEvent) -> int:
    what = EVENT_IN_THAI[event.kind]
    if event.kind is EventKind.REVERSED:
        raise NotReversible(what=what, why="เป็นการกลับรายการอยู่แล้ว ให้ลงรายการที่ถูกต้องใหม่")
    if event.kind is EventKind.GIVEN_UP:
        raise NotReversible(what=what, why="สัญญาที่ยกเลิกแล้วใช้ต่อไม่ได้ ให้ผู้กู้ยื่นคำขอใหม่")
    if event.entry_number is None:
        why = "ไม่มีรายการบัญชีของตัวเอง ถ้าบันทึกผิด ให้ทำมติยกหนี้ส่วนนั้นให้ผู้กู้"
        raise NotReversible(what=what, why=why)
    entry = session.get_one(Entry, (loan.book_id, event.entry_number))
    on_receipt = entry.kind is EntryKind.REPAYMENT and entry.reference != loan.reference
    if entry.kind not in OWN_KINDS or on_receipt:
        raise NotReversible(what=what, why="ออกใบรับเงินไว้ ให้แก้ไขหรือยกเลิกที่ใบรับเงินแทน")
    return event.entry_number


def record_reversal(
    session: Session,
    *,
    book_id: int,
    entry_number: int,
    reversal_number: int,
    on: date,
    reason: str,
    by: str,
    at: datetime,
) -> None:
    """Write down that an entry with loan events was taken back; entries without any do nothing.

    A plan that the event made holds no longer; where later plans rest on it, one is made anew from
    what the account says. A loan that it had closed runs again.

    Raises:
        NotReversible: Something later rests on it.
    """
    for stage in session.scalars(
        select(Stage).where(Stage.book_id == book_id, Stage.retention_entry_number == entry_number)
    ):
        stage.retention_entry_number = None
    events = _events_of_entry(session, book_id=book_id, entry_number=entry_number)
    for event in events:
        _refuse_what_is_rested_on(session, event=event)
    for event in events:
        _take_back(
            session,
            event=event,
            entry_number=reversal_number,
            on=on,
            reason=reason,
            signed=Signed(by, at),
        )


def _events_of_entry(session: Session, *, book_id: int, entry_number: int) -> list[LoanEvent]:
    """Give the events of an entry that stand; one entry may be of a new loan and of old ones."""
    found = session.scalars(
        select(LoanEvent)
        .where(
            LoanEvent.book_id == book_id,
            LoanEvent.entry_number == entry_number,
            LoanEvent.kind != EventKind.REVERSED,
        )
        .order_by(LoanEvent.loan_id, LoanEvent.n)
    ).all()
    return [event for event in found if not _is_taken_back(session, event)]


def _is_taken_back(session: Session, event: LoanEvent) -> bool:
    undone = select(LoanEvent.n).where(
        LoanEvent.book_id == event.book_id,
        LoanEvent.loan_id == event.loan_id,
        LoanEvent.reverses_n == event.n,
    )
    return session.scalar(undone) is not None


def _refuse_what_is_rested_on(session: Session, *, event: LoanEvent) -> None:
    """Refuse to take back what something later rests on; that is taken back first.

    Raises:
        NotReversible: Payments, a release or money that came back rest on it.
    """
    loan = fresh_loan(session, book_id=event.book_id, loan_id=event.loan_id)
    stand = events_that_stand(session, loan=loan)
    why = ""
    if event.kind in PAYING_OUT:
        later = next((e for e in reversed(stand) if e.n > event.n and whole_of(e)), None)
        if later is not None:
            why = _rests_on_it(later)
        elif _is_released(session, event):
            why = "คืนเงินประกันผลงานของงวดงานนี้ไปแล้ว กลับรายการคืนเงินประกันก่อน"
    elif event.kind is EventKind.WRITTEN_OFF:
        if any(each.kind is EventKind.RECOVERED for each in stand):
            why = "ได้รับหนี้สูญคืนมาบ้างแล้ว กลับรายการรับคืนก่อน"
    elif event.kind is not EventKind.RECOVERED and loan.written_off_on is not None:
        why = "ตัดเป็นหนี้สูญแล้ว กลับรายการตัดหนี้สูญก่อน"
    if not why and event.kind is not EventKind.RECOVERED:
        why = _who_left(session, loan=loan)
    if why:
        raise NotReversible(what=EVENT_IN_THAI[event.kind], why=why)


def _rests_on_it(later: LoanEvent) -> str:
    what = f"มีรายการ “{EVENT_IN_THAI[later.kind]}” วันที่ {format_date(later.happened_on)} หลังจากนั้น"
    if later.entry_number is None:
        return f"{what}ซึ่งไม่มีรายการบัญชีให้กลับ ถ้าผู้กู้คืนเงินแล้ว ให้รับชำระปิดสัญญาแทน"
    return f"{what} กลับรายการนั้นก่อน"


def _who_left(session: Session, *, loan: Loan) -> str:
    """Name a borrower or guarantor who would be bound again and has left; empty where none has."""
    bound = [(loan.member_id, "ผู้กู้")] if loan.member_id is not None else []
    bound += [(one.member_id, "ผู้ค้ำประกัน") for one in guarantees_of(session, loan=loan)]
    for member_id, what in bound:
        member = session.get_one(Member, (loan.book_id, member_id))
        if member.left_on is not None:
            return (
                f"{what} {full_name(member)} พ้นจากสมาชิกภาพแล้วเมื่อ {format_date(member.left_on)} "
                "สัญญาจะกลับมาผูกพันคนที่ออกไปแล้วไม่ได้ ถ้าตัวเลขผิด ให้ลงรายวันทั่วไปพร้อมเหตุผล"
            )
    return ""


def _is_released(session: Session, event: LoanEvent) -> bool:
    stage = _stage_of(session, event)
    return stage is not None and stage.retention_entry_number is not None


def _stage_of(session: Session, event: LoanEvent) -> Stage | None:
    return session.scalar(
        select(Stage).where(
            Stage.book_id == event.book_id,
            Stage.loan_id == event.loan_id,
            Stage.event_n == event.n,
        )
    )


def _take_back(
    session: Session,
    *,
    event: LoanEvent,
    entry_number: int,
    on: date,
    reason: str,
    signed: Signed,
) -> None:
    loan = fresh_loan(session, book_id=event.book_id, loan_id=event.loan_id)
    n = write_event(
        session,
        loan=loan,
        happened=Happened(
            EventKind.REVERSED,
            on,
            entry_number,
            principal=event.principal_satang,
            interest=event.interest_satang,
            default_interest=event.default_interest_satang,
            fee=event.fee_satang,
            costs=event.costs_satang,
            payer_member_id=event.payer_member_id,
            reverses_n=event.n,
            explanation=(
                f"กลับรายการ{EVENT_IN_THAI[event.kind]} วันที่ {format_date(event.happened_on)}",
            ),
            note=reason,
        ),
        signed=signed,
    )
    stage = _stage_of(session, event)
    if stage is not None:
        stage.event_n = None
    if event.kind is EventKind.RECOVERED:
        return
    if event.kind is EventKind.WRITTEN_OFF:
        loan.written_off_on = None
    _let_a_plan_hold(session, loan=loan, event=event, after_n=n, on=on, signed=signed)


def _let_a_plan_hold(
    session: Session, *, loan: Loan, event: LoanEvent, after_n: int, on: date, signed: Signed
) -> None:
    """Let the newest plan hold whose cause stands; make one anew where it rests on the event."""
    stand = events_that_stand(session, loan=loan)
    day = max([on, *(each.happened_on for each in stand)])
    if not any(each.kind in PAYING_OUT for each in stand):
        loan.plan_n = 0
        open_again(session, loan=loan)
        session.flush()
        return
    standing_ns = {each.n for each in stand}
    plan = next(
        plan
        for plan in session.scalars(
            select(Plan)
            .where(Plan.book_id == loan.book_id, Plan.loan_id == loan.id)
            .order_by(Plan.n.desc())
        )
        if plan.caused_by_n is None or plan.caused_by_n in standing_ns
    )
    loan.plan_n = plan.n
    holding = plan_with_payments(session, loan=loan, plan=plan)
    reckon = reckoning(session, loan=loan)
    if event.n <= plan.after_n:
        made = go_on(
            before(session, loan=loan, holding=holding),
            _as_if_it_never_was(
                event,
                on=day,
                owed=reckon(holding.view, holding.paid, day).outstanding,
            ),
        )
        plan = write_plan(
            session,
            loan=loan,
            plan=made,
            cause=Cause(WhyPlanned.CORRECTED, after_n=after_n),
            signed=signed,
        )
        holding = plan_with_payments(session, loan=loan, plan=plan)
    now = reckon(holding.view, holding.paid, day)
    if now.settlement or loan.written_off_on is not None:
        open_again(session, loan=loan)
    else:
        close(session, loan=loan, on=day)
    session.flush()


def _as_if_it_never_was(event: LoanEvent, *, on: date, owed: Satang) -> Change:
    """Give what is owed other than a plan says that rests on an event which is taken back."""
    if event.kind in PAYING_OUT:
        return Change(on=on, principal=Satang(owed - event.principal_satang))
    if event.kind is EventKind.COST:
        return Change(on=on, principal=owed, costs=Satang(-event.costs_satang))
    return Change(
        on=on,
        principal=Satang(owed + event.principal_satang),
        interest=event.interest_satang,
        default_interest=event.default_interest_satang,
        costs=Satang(event.costs_satang + event.fee_satang),
    )
