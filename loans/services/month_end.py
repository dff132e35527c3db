"""The end of a month for all loans: the provision for doubtful debts, and interest earned."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.errors import Conflict, RuleBroken
from ledger.money import Satang
from ledger.period import check_date, month_of, next_month
from ledger.queries import closed_until
from ledger.rows import Head
from ledger.services import (
    KeyUsedForAnother,
    PostedBatch,
    lock_book,
    post_batch,
    reversal_draft,
    standard_account,
)
from ledger.thai import format_date, format_month, today_in_bangkok
from loans.kinds import MonthEnd
from loans.models import MonthEndPosting
from loans.postings import ALLOWANCE, DOUBTFUL
from loans.queries.arrears import (
    Accrual,
    Allowance,
    accruals,
    allowances,
    last_day_of,
    month_ends_of,
    newest_month_end,
)

WHAT_IN_THAI = {
    MonthEnd.PROVISION: "ค่าเผื่อหนี้สงสัยจะสูญ",
    MonthEnd.ACCRUAL: "ดอกเบี้ยค้างรับ",
    MonthEnd.ACCRUAL_BACK: "กลับดอกเบี้ยค้างรับ",
}


class MonthStillRuns(RuleBroken):
    """The end of a month is posted after its last day."""

    thai = "เดือน{month} ยังไม่สิ้นสุด ลงบัญชีสิ้นเดือนได้ตั้งแต่วันที่ {first}"


class MonthEndPosted(Conflict):
    """The end of this month has been posted."""

    thai = "เดือน{month} ลง{what}ไปแล้ว ลงได้เดือนละครั้ง ถ้ายอดเปลี่ยนไป ส่วนต่างจะไปอยู่ในเดือนถัดไป"


class LaterMonthPosted(Conflict):
    """A later month has been posted, whose figures rest on what stood before it."""

    thai = "เดือน{later} ลง{what}ไปแล้ว ลงเดือน{month} ย้อนหลังไม่ได้ ส่วนต่างจะไปอยู่ในเดือนถัดไป"


class NothingToPost(RuleBroken):
    """The group lends nothing, or nothing was earned that is not paid."""

    thai = "เดือน{month} ไม่มี{what}ที่ต้องลงบัญชี"


def post_provision(
    session: Session,
    *,
    book_id: int,
    month: date,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
) -> list[MonthEndPosting]:
    """Set aside what the group's tiers ask for at the end of a month, an entry for each purse.

    What is posted is the difference to what stood in the allowance; when it is too much, the rest
    comes back. Sent again under its key it answers with what was posted; where nothing had to be,
    a month that was done is answered as done under any key.

    Raises:
        MonthStillRuns: The month is not over.
        MonthEndPosted: It was posted for this month.
        LaterMonthPosted: It was posted for a later one.
        PeriodClosed: The month is closed.
        NothingToPost: There is nothing to post.
        KeyUsedForAnother: Something else was posted under the key.
        RuleNotResolved: The group has no tiers.
        And whatever ``post_batch`` raises.

    Source: event E24.
    """
    month = month_of(month)
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    there = _posted(session, book_id=book_id, month=month, what=MonthEnd.PROVISION)
    if head.posted_before is not None:
        return _answered(there, head=head, key=idempotency_key)
    if there and all(row.entry_number is None for row in there):
        # Nothing was to be posted, so no entry keeps the key; the month is done all the same.
        return there
    _check_month(session, book_id=book_id, month=month, what=MonthEnd.PROVISION, at=at)
    found = allowances(session, book_id=book_id, month=month)
    if not found:
        raise NothingToPost(month=format_month(month), what=WHAT_IN_THAI[MonthEnd.PROVISION])
    moving = [one for one in found if one.change]
    numbers: dict[str, int] = {}
    if moving:
        drafts = [_provision_draft(session, book_id=book_id, month=month, of=one) for one in moving]
        posted = post_batch(
            session,
            book_id=book_id,
            drafts=drafts,
            idempotency_key=idempotency_key,
            posted_by=by,
            posted_at=at,
            approved_by=approved_by,
        )
        numbers = _numbers([one.fund for one in moving], posted)
    return _record(
        session,
        book_id=book_id,
        month=month,
        what=MonthEnd.PROVISION,
        rows=[(one.fund, one.change, one.worked_out()) for one in found],
        numbers=numbers,
        signed=(by, at),
    )


def _provision_draft(session: Session, *, book_id: int, month: date, of: Allowance) -> EntryDraft:
    on = last_day_of(month)

    def account(code: str) -> int:
        return standard_account(session, book_id=book_id, code=code, fund=of.fund, opened_on=on).id

    amount = Satang(abs(of.change))
    more, less = (DOUBTFUL, ALLOWANCE) if of.change > 0 else (ALLOWANCE, DOUBTFUL)
    return EntryDraft(
        entered_on=on,
        kind=EntryKind.PROVISION,
        postings=(
            debit(account(more), of.fund, amount),
            credit(account(less), of.fund, amount),
        ),
        memo=f"{WHAT_IN_THAI[MonthEnd.PROVISION]} สิ้นเดือน{format_month(month)}",
    )


def post_accrual(
    session: Session,
    *,
    book_id: int,
    month: date,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
) -> list[MonthEndPosting]:
    """Post interest earned and not paid at the end of a month, and take it back on the day after.

    Each purse has an entry on the last day of the month and its mirror image on the first day of
    the next, so that what borrowers then pay is income as always. Sent again under its key it
    answers with what was posted.

    Raises:
        MonthStillRuns: The month is not over.
        MonthEndPosted: It was posted for this month.
        LaterMonthPosted: It was posted for a later one.
        PeriodClosed: The month is closed.
        NothingToPost: There is nothing to post.
        KeyUsedForAnother: Something else was posted under the key.
        And whatever ``post_batch`` raises.

    Source: event E23.
    """
    month = month_of(month)
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    if head.posted_before is not None:
        there = _posted(session, book_id=book_id, month=month, what=MonthEnd.ACCRUAL)
        return _answered(there, head=head, key=idempotency_key)
    _check_month(session, book_id=book_id, month=month, what=MonthEnd.ACCRUAL, at=at)
    found = [one for one in accruals(session, book_id=book_id, month=month) if one.amount]
    if not found:
        raise NothingToPost(month=format_month(month), what=WHAT_IN_THAI[MonthEnd.ACCRUAL])
    post = partial(
        post_batch,
        session,
        book_id=book_id,
        posted_by=by,
        posted_at=at,
        approved_by=approved_by,
    )
    posted = post(
        drafts=[_accrual_draft(session, book_id=book_id, month=month, of=one) for one in found],
        idempotency_key=idempotency_key,
    )
    memo = f"{WHAT_IN_THAI[MonthEnd.ACCRUAL_BACK]} สิ้นเดือน{format_month(month)}"
    taken_back = post(
        drafts=[
            reversal_draft(
                session, book_id=book_id, number=number, entered_on=next_month(month), memo=memo
            )
            for number in posted.numbers
        ],
        idempotency_key=f"{idempotency_key} back",
    )
    for what, numbers in ((MonthEnd.ACCRUAL, posted), (MonthEnd.ACCRUAL_BACK, taken_back)):
        _record(
            session,
            book_id=book_id,
            month=month,
            what=what,
            rows=[(one.fund, one.amount, one.worked_out()) for one in found],
            numbers=_numbers([one.fund for one in found], numbers),
            signed=(by, at),
        )
    return _posted(session, book_id=book_id, month=month, what=MonthEnd.ACCRUAL)


def _accrual_draft(session: Session, *, book_id: int, month: date, of: Accrual) -> EntryDraft:
    on = last_day_of(month)

    def account(code: str) -> int:
        return standard_account(session, book_id=book_id, code=code, fund=of.fund, opened_on=on).id

    waiting: dict[str, int] = {}
    for one in of.earned:
        waiting[one.waits_in] = waiting.get(one.waits_in, 0) + one.interest
    debited = [debit(account(code), of.fund, Satang(amount)) for code, amount in waiting.items()]
    credited = [credit(account(one.code), of.fund, one.interest) for one in of.earned]
    return EntryDraft(
        entered_on=on,
        kind=EntryKind.INTEREST,
        postings=(*debited, *credited),
        memo=f"{WHAT_IN_THAI[MonthEnd.ACCRUAL]} สิ้นเดือน{format_month(month)}",
    )


def _check_month(
    session: Session, *, book_id: int, month: date, what: MonthEnd, at: datetime
) -> None:
    today = today_in_bangkok(at)
    if today < next_month(month):
        first = format_date(next_month(month))
        raise MonthStillRuns(month=format_month(month), first=first)
    closed = closed_until(session, book_id=book_id)
    check_date(entered_on=last_day_of(month), today=today, closed_until=closed)
    newest = newest_month_end(session, book_id=book_id, what=what)
    if newest == month:
        raise MonthEndPosted(month=format_month(month), what=WHAT_IN_THAI[what])
    if newest is not None and newest > month:
        raise LaterMonthPosted(
            month=format_month(month), later=format_month(newest), what=WHAT_IN_THAI[what]
        )


def _numbers(funds: Sequence[str], posted: PostedBatch) -> dict[str, int]:
    return dict(zip(funds, posted.numbers, strict=True))


def _record(
    session: Session,
    *,
    book_id: int,
    month: date,
    what: MonthEnd,
    rows: Sequence[tuple[str, Satang, dict[str, Any]]],
    numbers: dict[str, int],
    signed: tuple[str, datetime],
) -> list[MonthEndPosting]:
    by, at = signed
    made = [
        MonthEndPosting(
            book_id=book_id,
            month=month,
            what=what,
            fund=fund,
            amount_satang=amount,
            entry_number=numbers.get(fund),
            worked_out=worked_out,
            recorded_at=at,
            recorded_by=by,
        )
        for fund, amount, worked_out in rows
    ]
    session.add_all(made)
    session.flush()
    return made


def _posted(
    session: Session, *, book_id: int, month: date, what: MonthEnd
) -> list[MonthEndPosting]:
    rows = month_ends_of(session, book_id=book_id, month=month)
    return [row for row in rows if row.what == what]


def _answered(there: Sequence[MonthEndPosting], *, head: Head, key: str) -> list[MonthEndPosting]:
    """Answer a request that was posted before with what it posted; refuse any other.

    Raises:
        KeyUsedForAnother: The entries under the key are not those of this month's end.
    """
    assert head.posted_before is not None
    first, last, _digest = head.posted_before
    numbers = sorted(row.entry_number for row in there if row.entry_number is not None)
    if numbers != list(range(first, last + 1)):
        raise KeyUsedForAnother(key=key)
    return list(there)
