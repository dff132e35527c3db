"""Letting a guarantor go: freely before the decision, from a loan only by two officers."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import RuleBroken
from ledger.money import format_baht
from ledger.period import check_date
from ledger.services import SameOfficerTwice, lock_book
from ledger.thai import format_date, today_in_bangkok
from loans.models import Guarantee, Loan
from loans.queries.loans import loan_view
from loans.services.applications.guarantors import (
    OVER,
    LetGoAlready,
    free_guarantor,
    guarantee_of,
    kind_behind,
)
from members.models import Member
from members.queries import full_name, officer_names


class NeedsReplacement(RuleBroken):
    """A guarantor of a loan that is owed goes only when another stands in their place."""

    thai = (
        "สัญญา {reference} ยังมีหนี้อยู่ {name}พ้นจากการค้ำประกันได้เมื่อมีคนอื่นที่ยินยอมแล้วมาค้ำแทน "
        "ในวงเงินไม่น้อยกว่า {most} บาท"
    )


class TwoOfficersToLetGo(RuleBroken):
    """One officer alone does not take away what secures the group's money."""

    thai = (
        "สัญญา {reference} ยังมีหนี้อยู่ ให้{name}พ้นจากการค้ำประกันต้องมีกรรมการสองคน "
        "ให้กรรมการอีกคนใส่รหัสผ่านของตนเองที่หน้าผู้ค้ำประกันของสัญญานี้"
    )


def let_guarantor_go(
    session: Session,
    *,
    book_id: int,
    guarantee_id: int,
    replaced_by: int | None,
    released_on: date,
    why: str,
    at: datetime,
    by: str = "",
    approved_by: str | None = None,
    application_id: int | None = None,
    loan_id: int | None = None,
) -> Guarantee:
    """Let a guarantor go. From a loan that is owed two officers do, when another stands in.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        guarantee_id: The guarantee that ends.
        replaced_by: The guarantee of the same loan that takes its place, or None.
        released_on: The day.
        why: Why, in words.
        at: Now, aware.
        by: The mark of the officer who writes it down.
        approved_by: The mark of the second officer, or None where none is needed.
        application_id: The application that it must be of, or None for any.
        loan_id: The loan that it must be of, or None for any.

    Raises:
        GuaranteeNotFound: There is no such guarantee, or it is of another application or loan.
        LetGoAlready: They were let go before, for another reason.
        DecidedAlready: The application was decided, and no loan followed.
        NeedsReplacement: Nobody who agreed takes their place, for as much at least.
        TwoOfficersToLetGo, SameOfficerTwice: There are no two officers, and the loan is owed.
        FutureDate, TooLongAgo: The day cannot be.
    """
    lock_book(session, book_id=book_id)
    guarantee = guarantee_of(
        session,
        book_id=book_id,
        guarantee_id=guarantee_id,
        application_id=application_id,
        loan_id=loan_id,
    )
    name = full_name(session.get_one(Member, (book_id, guarantee.member_id)))
    because = _because(session, why=why, by=by, approved_by=approved_by)
    if guarantee.released_on is not None:
        if (guarantee.released_on, guarantee.released_because) == (released_on, because):
            return guarantee
        raise LetGoAlready(name=name, day=format_date(guarantee.released_on))
    check_date(entered_on=released_on, today=today_in_bangkok(at), closed_until=None)
    if guarantee.loan_id is None:
        kind_behind(session, guarantee)
    else:
        _check(
            session,
            guarantee=guarantee,
            replaced_by=replaced_by,
            name=name,
            people=(by, approved_by),
        )
        free_guarantor(session, guarantee=guarantee, on=released_on)
    guarantee.released_on, guarantee.released_because = released_on, because
    session.flush()
    return guarantee


def _because(session: Session, *, why: str, by: str, approved_by: str | None) -> str:
    """Write why a guarantor goes, with the two officers where two let them go."""
    if approved_by is None:
        return why
    names = officer_names(session)
    return f"{why} (กรรมการ {names.get(by, by)} และ {names.get(approved_by, approved_by)})"


def _check(
    session: Session,
    *,
    guarantee: Guarantee,
    replaced_by: int | None,
    name: str,
    people: tuple[str, str | None],
) -> None:
    """Refuse to let a guarantor go from a loan that is owed without another and two officers."""
    assert guarantee.loan_id is not None, guarantee.id
    loan = loan_view(session, book_id=guarantee.book_id, loan_id=guarantee.loan_id)
    if loan.state in OVER or guarantee.consented_on is None:
        return
    bound = _bound(session, guarantee=guarantee)
    other = next((one for one in bound if one.id == replaced_by and one.id != guarantee.id), None)
    # One who comes takes the place of one who goes, and not of two.
    granted_at = session.get_one(Loan, (guarantee.book_id, guarantee.loan_id)).recorded_at
    at_first = sum(one.asked_at <= granted_at for one in bound)
    stay = sum(one.released_on is None for one in bound) - 1
    if (
        other is None
        or other.released_on is not None
        or other.most_satang < guarantee.most_satang
        or stay < at_first
    ):
        raise NeedsReplacement(
            reference=loan.reference, name=name, most=format_baht(guarantee.most_satang)
        )
    by, approved_by = people
    if not by or not approved_by:
        raise TwoOfficersToLetGo(reference=loan.reference, name=name)
    if by == approved_by:
        raise SameOfficerTwice(officer=by)


def _bound(session: Session, *, guarantee: Guarantee) -> list[Guarantee]:
    """Give everybody who ever agreed to guarantee the loan, those who were let go included."""
    return list(
        session.scalars(
            select(Guarantee).where(
                Guarantee.book_id == guarantee.book_id,
                Guarantee.loan_id == guarantee.loan_id,
                Guarantee.consented_on.is_not(None),
            )
        )
    )
