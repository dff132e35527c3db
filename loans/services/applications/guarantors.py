"""Guarantors: asked, and agreeing on paper or in person."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.money import Satang, format_baht
from ledger.period import check_date
from ledger.services import lock_book
from ledger.thai import format_date, today_in_bangkok
from loans.kinds import State
from loans.models import Application, Guarantee, Loan
from loans.queries.applications import (
    SAID_IN_PERSON,
    GuaranteeNotFound,
    application_by_id,
    guarantee_by_id,
    housemates,
    next_guarantee_id,
    overdue_of,
)
from loans.queries.guarantees import capacity_of
from loans.queries.loans import LoanView, loan_view
from loans.queries.products import loan_by_law
from loans.services.applications.asking import undecided
from members.models import Member
from members.queries import full_name, member_by_number
from members.services.people.holding import hold, release

#: Loans that nobody owes any more.
OVER = frozenset({State.REPAID, State.CANCELLED})


class Consent(StrEnum):
    """How a guarantor agreed."""

    SIGNED_PAPER = "signed_paper"
    IN_PERSON = "in_person"


CONSENT_IN_THAI = {
    Consent.SIGNED_PAPER: "ลงลายมือชื่อยินยอมค้ำประกันแล้ว",
    Consent.IN_PERSON: SAID_IN_PERSON,
}


class GuarantorIsBorrower(RuleBroken):
    """Nobody guarantees their own loan."""

    thai = "{name}เป็นผู้กู้เอง ค้ำประกันเงินกู้ของตนเองไม่ได้ เลือกสมาชิกคนอื่น"


class GuarantorInHousehold(RuleBroken):
    """Somebody of the same household pays from the same pocket."""

    thai = "{name}อยู่บ้านเดียวกับผู้กู้ ค้ำประกันให้กันไม่ได้ เลือกสมาชิกจากบ้านอื่น"


class GuarantorFull(RuleBroken):
    """The guarantor answers for as many loans as the by-law allows."""

    thai = "{name}ค้ำประกันอยู่แล้ว {guarantees} สัญญา ระเบียบให้คนหนึ่งค้ำได้ไม่เกิน {most} สัญญา เลือกสมาชิกคนอื่น"


class GuarantorHasLeft(RuleBroken):
    """The guarantor is no member any more."""

    thai = "{name}พ้นจากการเป็นสมาชิกแล้ว ค้ำประกันไม่ได้ เลือกสมาชิกคนอื่น"


class GuarantorOverdue(RuleBroken):
    """The guarantor does not pay their own loan."""

    thai = "{name}ค้างชำระเงินกู้ของตนเองอยู่ {overdue} บาท ค้ำประกันให้คนอื่นยังไม่ได้ ให้ชำระก่อนหรือเลือกคนอื่น"


class GuarantorTwice(Conflict):
    """The guarantor stands on this loan already."""

    thai = "{name}อยู่ในรายชื่อผู้ค้ำของคำขอนี้แล้ว เลือกสมาชิกคนอื่น"


class GuaranteeOutOfBounds(RuleBroken):
    """A guarantee is for something, and for no more than the loan."""

    thai = "วงเงินค้ำประกันต้องมากกว่าศูนย์และไม่เกินเงินกู้ {most} บาท"


class LetGoAlready(Conflict):
    """The guarantor has been let go."""

    thai = "{name}พ้นจากการค้ำประกันนี้แล้วเมื่อ {day}"


class ConsentedAlready(Conflict):
    """The consent was written down, in another way or on another day."""

    thai = "{name}ยินยอมแล้วเมื่อ {day} แก้ไขไม่ได้ ถ้าบันทึกผิดให้นำออกจากรายชื่อแล้วขอใหม่"


class LoanIsOver(RuleBroken):
    """A loan that was repaid, or never paid out, needs no guarantor."""

    thai = "สัญญา {reference} สิ้นสุดแล้ว ไม่ต้องมีผู้ค้ำประกันเพิ่ม"


def ask_guarantor(
    session: Session,
    *,
    book_id: int,
    application_id: int,
    member_number: str,
    most: Satang,
    by: str,
    at: datetime,
) -> Guarantee:
    """Put a member on an application as a guarantor; they have not agreed yet.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        application_id: The application.
        member_number: The guarantor's number.
        most: The most that they answer for, in satang; above zero, at most what is asked for.
        by: The mark of the officer.
        at: Now, aware.

    Raises:
        ApplicationNotFound, MemberNotFound: There is none.
        DecidedAlready: The application was decided.
        GuaranteeOutOfBounds: The amount does not fit the loan.
        GuarantorIsBorrower, GuarantorInHousehold, GuarantorTwice, GuarantorHasLeft,
        GuarantorOverdue, GuarantorFull: They cannot guarantee this.

    Source:
        Civil and Commercial Code, section 681: a guarantee says the most that it is for.
    """
    lock_book(session, book_id=book_id)
    application = application_by_id(session, book_id=book_id, application_id=application_id)
    undecided(session, application=application)
    if not 0 < most <= application.amount_satang:
        raise GuaranteeOutOfBounds(most=format_baht(application.amount_satang))
    return _ask(
        session,
        book_id=book_id,
        where=(application.id, None),
        for_whom=(application.member_id, application.product_code),
        member_number=member_number,
        most=most,
        by=by,
        at=at,
    )


def ask_guarantor_of_loan(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    member_number: str,
    most: Satang,
    by: str,
    at: datetime,
) -> Guarantee:
    """Put a member on a loan that is owed, to take the place of another guarantor.

    Raises:
        LoanNotFound, MemberNotFound: There is none.
        LoanIsOver: It was repaid.
        And whatever ``ask_guarantor`` raises of the guarantor.
    """
    lock_book(session, book_id=book_id)
    loan = loan_view(session, book_id=book_id, loan_id=loan_id)
    if loan.state in OVER or loan.member_id is None:
        raise LoanIsOver(reference=loan.reference)
    if not 0 < most <= loan.principal:
        raise GuaranteeOutOfBounds(most=format_baht(loan.principal))
    application_id = session.get_one(Loan, (book_id, loan_id)).application_id
    return _ask(
        session,
        book_id=book_id,
        where=(application_id, loan_id),
        for_whom=(loan.member_id, loan.product_code),
        member_number=member_number,
        most=most,
        by=by,
        at=at,
    )


def _ask(
    session: Session,
    *,
    book_id: int,
    where: tuple[int | None, int | None],
    for_whom: tuple[int, str | None],
    member_number: str,
    most: Satang,
    by: str,
    at: datetime,
) -> Guarantee:
    """Write an unanswered guarantee; ``where`` is application and loan, ``for_whom`` the debtor."""
    guarantor = _fit(
        session,
        book_id=book_id,
        where=where,
        for_whom=for_whom,
        member_number=member_number,
        on=today_in_bangkok(at),
    )
    guarantee = Guarantee(
        book_id=book_id,
        id=next_guarantee_id(session, book_id=book_id),
        member_id=guarantor.id,
        application_id=where[0],
        loan_id=where[1],
        most_satang=most,
        asked_at=at,
        asked_by=by,
        consented_on=None,
        consent="",
        released_on=None,
        released_because="",
    )
    session.add(guarantee)
    session.flush()
    return guarantee


def check_guarantor(
    session: Session, *, book_id: int, application_id: int, member_number: str, on: date
) -> None:
    """Refuse a member who may not guarantee an application, before anybody is asked.

    Raises:
        Whatever ``ask_guarantor`` raises of the guarantor.
    """
    application = application_by_id(session, book_id=book_id, application_id=application_id)
    _fit(
        session,
        book_id=book_id,
        where=(application.id, None),
        for_whom=(application.member_id, application.product_code),
        member_number=member_number,
        on=on,
    )


def check_guarantor_of_loan(
    session: Session, *, book_id: int, loan_id: int, member_number: str, on: date
) -> None:
    """Refuse a member who may not guarantee a loan, before anybody is asked.

    Raises:
        Whatever ``ask_guarantor_of_loan`` raises of the guarantor.
    """
    loan = loan_view(session, book_id=book_id, loan_id=loan_id)
    if loan.state in OVER or loan.member_id is None:
        raise LoanIsOver(reference=loan.reference)
    _fit(
        session,
        book_id=book_id,
        where=(session.get_one(Loan, (book_id, loan_id)).application_id, loan_id),
        for_whom=(loan.member_id, loan.product_code),
        member_number=member_number,
        on=on,
    )


def _fit(
    session: Session,
    *,
    book_id: int,
    where: tuple[int | None, int | None],
    for_whom: tuple[int, str | None],
    member_number: str,
    on: date,
) -> Member:
    """Give the member of a number who may guarantee this, or say why they may not."""
    guarantor = _guarantor(session, book_id=book_id, number=member_number)
    borrower = session.get_one(Member, (book_id, for_whom[0]))
    if guarantor.id == borrower.id:
        raise GuarantorIsBorrower(name=full_name(guarantor))
    if guarantor.id in housemates(session, member=borrower):
        raise GuarantorInHousehold(name=full_name(guarantor))
    _refuse_twice(session, guarantor=guarantor, where=where)
    _check_means(session, guarantor=guarantor, product_code=for_whom[1], on=on)
    return guarantor


def _guarantor(session: Session, *, book_id: int, number: str) -> Member:
    member = member_by_number(session, book_id=book_id, number=number)
    if member.left_on is not None:
        raise GuarantorHasLeft(name=full_name(member))
    return member


def _refuse_twice(
    session: Session, *, guarantor: Member, where: tuple[int | None, int | None]
) -> None:
    application_id, loan_id = where
    same = (
        Guarantee.loan_id == loan_id
        if application_id is None
        else Guarantee.application_id == application_id
    )
    twice = session.scalar(
        select(Guarantee.id).where(
            Guarantee.book_id == guarantor.book_id,
            Guarantee.member_id == guarantor.id,
            Guarantee.released_on.is_(None),
            same,
        )
    )
    if twice is not None:
        raise GuarantorTwice(name=full_name(guarantor), guarantee_id=twice)


def _check_means(
    session: Session, *, guarantor: Member, product_code: str | None, on: date
) -> None:
    """Refuse a guarantor who is overdue, or who answers for as many loans as the by-law allows."""
    overdue = overdue_of(session, book_id=guarantor.book_id, member_id=guarantor.id, on=on)
    if overdue:
        raise GuarantorOverdue(name=full_name(guarantor), overdue=format_baht(overdue))
    if product_code is None:
        return
    by_law = loan_by_law(session, book_id=guarantor.book_id, product_code=product_code, on=on)
    capacity = capacity_of(session, book_id=guarantor.book_id, member_id=guarantor.id, on=on)
    if not capacity.more_by(by_law):
        raise GuarantorFull(
            name=full_name(guarantor), guarantees=capacity.binding, most=by_law.guarantees_each
        )


def record_consent(
    session: Session,
    *,
    book_id: int,
    guarantee_id: int,
    how: Consent,
    consented_on: date,
    at: datetime,
    application_id: int | None = None,
    loan_id: int | None = None,
) -> Guarantee:
    """Write down that a guarantor agreed, how, and on which day. Said again it changes nothing.

    Whether they may is asked anew: they may have become full or overdue since. Who came to say it
    signs the paper later: then the signature and its day stand in the place of what they said.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        guarantee_id: The guarantee.
        how: How they agreed.
        consented_on: The day.
        at: Now, aware.
        application_id: The application that it must be of, or None for any.
        loan_id: The loan that it must be of, or None for any.

    Raises:
        GuaranteeNotFound: There is no such guarantee, or it is of another application or loan.
        DecidedAlready: The application was decided.
        LetGoAlready: They were let go.
        ConsentedAlready: They agreed in another way, or on another day.
        FutureDate, TooLongAgo: The day cannot be.
        GuarantorHasLeft, GuarantorOverdue, GuarantorFull: They cannot guarantee this any more.

    Source:
        Civil and Commercial Code, section 680: no guarantee is enforceable without the signature.
    """
    lock_book(session, book_id=book_id)
    guarantee = guarantee_of(
        session,
        book_id=book_id,
        guarantee_id=guarantee_id,
        application_id=application_id,
        loan_id=loan_id,
    )
    guarantor = session.get_one(Member, (book_id, guarantee.member_id))
    name, words = full_name(guarantor), CONSENT_IN_THAI[how]
    if guarantee.released_on is not None:
        raise LetGoAlready(name=name, day=format_date(guarantee.released_on))
    if guarantee.consented_on is not None:
        if (guarantee.consented_on, guarantee.consent) == (consented_on, words):
            return guarantee
        is_signed_now = how is Consent.SIGNED_PAPER and guarantee.consent == SAID_IN_PERSON
        if not is_signed_now or consented_on < guarantee.consented_on:
            raise ConsentedAlready(name=name, day=format_date(guarantee.consented_on))
        check_date(entered_on=consented_on, today=today_in_bangkok(at), closed_until=None)
        guarantee.consented_on, guarantee.consent = consented_on, words
        session.flush()
        return guarantee
    check_date(entered_on=consented_on, today=today_in_bangkok(at), closed_until=None)
    _guarantor(session, book_id=book_id, number=guarantor.number)
    _check_means(
        session,
        guarantor=guarantor,
        product_code=kind_behind(session, guarantee),
        on=today_in_bangkok(at),
    )
    guarantee.consented_on, guarantee.consent = consented_on, words
    if guarantee.loan_id is not None:
        loan = loan_view(session, book_id=book_id, loan_id=guarantee.loan_id)
        hold_guarantor(session, guarantee=guarantee, loan=loan, on=consented_on)
    session.flush()
    return guarantee


def guarantee_of(
    session: Session,
    *,
    book_id: int,
    guarantee_id: int,
    application_id: int | None,
    loan_id: int | None,
) -> Guarantee:
    """Find a guarantee, of the application or the loan that is named, if one is.

    Raises:
        GuaranteeNotFound: There is none, or it is of another application or loan.
    """
    guarantee = guarantee_by_id(session, book_id=book_id, guarantee_id=guarantee_id)
    if application_id not in {None, guarantee.application_id} or loan_id not in {
        None,
        guarantee.loan_id,
    }:
        raise GuaranteeNotFound(guarantee_id=guarantee_id)
    return guarantee


def kind_behind(session: Session, guarantee: Guarantee) -> str | None:
    """Give the kind of loan that a guarantee is for; refuse when its application is decided.

    Raises:
        DecidedAlready: It was decided, and no loan followed.
    """
    if guarantee.loan_id is not None:
        return session.get_one(Loan, (guarantee.book_id, guarantee.loan_id)).product_code
    assert guarantee.application_id is not None, guarantee.id
    application = session.get_one(Application, (guarantee.book_id, guarantee.application_id))
    undecided(session, application=application)
    return application.product_code


def hold_guarantor(session: Session, *, guarantee: Guarantee, loan: LoanView, on: date) -> None:
    """Hold a guarantor in the group while the loan is owed."""
    hold(
        session,
        book_id=guarantee.book_id,
        member_id=guarantee.member_id,
        because=because_of(guarantee),
        sentence=(
            f"ค้ำประกันเงินกู้ {loan.reference} ของ{loan.party} "
            f"วงเงิน {format_baht(guarantee.most_satang)} บาท"
        ),
        on=on,
    )


def free_guarantor(session: Session, *, guarantee: Guarantee, on: date) -> None:
    """Hold a guarantor no longer."""
    release(session, book_id=guarantee.book_id, because=because_of(guarantee), on=on)


def because_of(guarantee: Guarantee) -> str:
    """Name a guarantee as what holds a member."""
    return f"guarantee {guarantee.id}"
