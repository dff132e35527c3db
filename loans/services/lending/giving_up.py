"""A loan that was granted and will not be paid out is given up: nothing is owed, nobody is held."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.services import SameOfficerTwice, lock_book
from ledger.thai import format_date
from loans.kinds import EVENT_IN_THAI, EventKind
from loans.models import Guarantee, Loan
from loans.services.lending.payouts import SecondOfficerMissing
from loans.services.records import (
    Happened,
    Signed,
    close,
    events_that_stand,
    fresh_loan,
    refuse_elsewhere,
    refuse_stakes,
    write_event,
)
from members.queries import officer_names
from members.services.people.standing import check_day

RELEASED_BECAUSE = "ยกเลิกสัญญาก่อนจ่ายเงิน"


class PaidOutSoNotGivenUp(Conflict):
    """Some of it is paid out."""

    thai = "สัญญา {reference} จ่ายเงินกู้แล้ว ยกเลิกไม่ได้ ถ้าผู้กู้คืนเงิน ให้รับชำระปิดสัญญา"


class GivenUpAlready(Conflict):
    """It was given up before."""

    thai = "สัญญา {reference} ยกเลิกไปแล้วเมื่อ {on} ถ้าผู้กู้ต้องการกู้อีก ให้ยื่นคำขอใหม่"


class ReasonMissing(RuleBroken):
    """No reason is given."""

    thai = "ใส่เหตุที่ยกเลิกสัญญา เช่น ผู้กู้ไม่รับเงิน"


class GivenUpBeforeContract(RuleBroken):
    """The day is before the contract's, or before something that was recorded."""

    thai = "วันที่ยกเลิกต้องไม่ก่อนวันที่ {earliest} ซึ่งเป็นวันทำสัญญาหรือวันของรายการล่าสุด"


def give_up(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    on: date,
    reason: str,
    by: str,
    approved_by: str | None,
    at: datetime,
) -> None:
    """Give up a granted loan that will not be paid out; borrower and guarantors are free.

    Nothing is posted. Sent again it writes nothing.

    Raises:
        LoanNotFound: There is no such loan.
        WrittenInBothBooks, KeptWithBorrowings: It is not lent to a member.
        PaidOutSoNotGivenUp: Some of it is paid out.
        GivenUpAlready: It was given up before, on another day or for another reason.
        ReasonMissing: No reason is given.
        SecondOfficerMissing, SameOfficerTwice, OfficerIsTooNear: Two who have no stake in it sign.
        GivenUpBeforeContract, FutureDate, PeriodClosed: The day does not fit.
    """
    lock_book(session, book_id=book_id)
    loan = fresh_loan(session, book_id=book_id, loan_id=loan_id)
    refuse_elsewhere(session, book_id=book_id, loan_id=loan_id)
    if loan.plan_n:
        raise PaidOutSoNotGivenUp(reference=loan.reference)
    stand = events_that_stand(session, loan=loan)
    if loan.closed_on is not None:
        said = [
            (e.happened_on, e.note, e.recorded_by) for e in stand if e.kind is EventKind.GIVEN_UP
        ]
        if (on, reason, by) in said:
            return
        raise GivenUpAlready(reference=loan.reference, on=format_date(loan.closed_on))
    if not reason.strip():
        raise ReasonMissing(reference=loan.reference)
    if not approved_by:
        raise SecondOfficerMissing(reference=loan.reference)
    if approved_by == by:
        raise SameOfficerTwice(officer=by)
    refuse_stakes(session, book_id=book_id, loan_id=loan_id, marks=(by, approved_by))
    check_day(session, book_id=book_id, day=on, at=at)
    earliest = max([loan.contract_on, *(event.happened_on for event in stand)])
    if on < earliest:
        raise GivenUpBeforeContract(earliest=format_date(earliest))
    _write(session, loan=loan, on=on, reason=reason, signed=Signed(by, at, approved_by))


def _write(session: Session, *, loan: Loan, on: date, reason: str, signed: Signed) -> None:
    second = signed.approved_by or ""
    write_event(
        session,
        loan=loan,
        happened=Happened(
            EventKind.GIVEN_UP,
            on,
            entry_number=None,
            explanation=(
                f"{EVENT_IN_THAI[EventKind.GIVEN_UP]} ผู้กู้และผู้ค้ำประกันพ้นภาระของสัญญานี้",
                f"กรรมการคนที่สองเห็นชอบ: {officer_names(session).get(second, second)}",
            ),
            note=reason,
        ),
        signed=signed,
    )
    close(session, loan=loan, on=on)
    for guarantee in session.scalars(
        select(Guarantee).where(
            Guarantee.book_id == loan.book_id,
            Guarantee.loan_id == loan.id,
            Guarantee.released_on.is_(None),
        )
    ):
        guarantee.released_on, guarantee.released_because = on, RELEASED_BECAUSE
    session.flush()
