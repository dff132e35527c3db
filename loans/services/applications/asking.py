"""Asking for a loan, and taking what was asked back."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.money import Satang
from ledger.period import check_date
from ledger.services import KeyUsedForAnother, lock_book
from ledger.thai import format_date, today_in_bangkok
from loans.eligibility import Eligibility, eligibility
from loans.kinds import DECISION_IN_THAI, Decision, Side, State
from loans.models import Application, ApplicationDecision, Guarantee
from loans.queries.applications import (
    application_by_id,
    before_guarantors,
    decision_on,
    facts_of,
    next_application_id,
    terms_of_grant,
    would_be,
)
from loans.queries.loans import loan_view
from loans.queries.products import loan_by_law, loan_product
from members.services.people.standing import present_member


class MayNotBorrow(RuleBroken):
    """A rule about who may borrow how much is broken; ``why`` says each, with its sum."""

    thai = "ยังกู้ตามนี้ไม่ได้: {why}"


class NoInstalments(RuleBroken):
    """A loan has at least one instalment."""

    thai = "ใส่จำนวนงวดที่ขอผ่อน อย่างน้อย 1 งวด"


class KindClosed(RuleBroken):
    """The group does not offer this kind of loan any more."""

    thai = "{name}ปิดรับคำขอแล้ว เลือกเงินกู้ประเภทอื่น"


class AskedAlready(Conflict):
    """The member has an application of this kind that nobody decided yet."""

    thai = "มีคำขอเลขที่ {number} ของเงินกู้ประเภทนี้ที่ยังไม่ตัดสินอยู่ ทำคำขอนั้นต่อ หรือถอนคำขอนั้นก่อน"


class NotTheirLoan(RuleBroken):
    """The loan that is to be paid off is not a running loan of the member."""

    thai = "สัญญา {reference} ไม่ใช่เงินกู้ที่สมาชิกคนนี้กำลังผ่อนอยู่ เลือกสัญญาเดิมที่จะปิดใหม่"


class DecidedAlready(Conflict):
    """The application has been decided; nothing about it changes any more."""

    thai = "คำขอนี้ตัดสินแล้วเมื่อ {day} ({decision}) แก้ไขหรือลงคะแนนอีกไม่ได้ ถ้าต้องการกู้ใหม่ให้ยื่นคำขอใหม่"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a member asks for.

    Attributes:
        product_code: The kind of loan.
        amount: How much, in satang, above zero.
        instalments: Over how many instalments.
        what_for: What the money is for.
        household_income: What the household earns a month, in satang; 0 when nobody said.
        collateral: What is given as security, or empty.
        refinances_loan_id: The loan of theirs that this one is to pay off, or None.
        applied_on: The day of the application.
    """

    product_code: str
    amount: Satang
    instalments: int
    what_for: str
    household_income: Satang
    collateral: str
    refinances_loan_id: int | None
    applied_on: date


def apply(
    session: Session,
    *,
    book_id: int,
    member_number: str,
    asked: Asked,
    idempotency_key: str,
    by: str,
    at: datetime,
) -> Application:
    """Write down that a member asks for a loan. Sent again under its key it is the same one.

    What no committee could grant is refused at once: too much, too long, too early, or overdue.
    Guarantors come after.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        member_number: The member's number.
        asked: What they ask for.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer.
        at: Now, aware.

    Raises:
        KeyUsedForAnother: The key was used for another application.
        MemberNotFound, HasLeft: There is no such member any more.
        FutureDate, TooLongAgo: The day cannot be.
        LoanProductNotFound, NoLoanByLawYet, KindClosed: The group does not offer this kind of loan.
        NoInstalments: There is nothing to pay it back by.
        AskedAlready: An application of this kind waits.
        NotTheirLoan: What is to be paid off is not a running loan of theirs.
        MayNotBorrow: A rule is broken; the sum is explained.
    """
    lock_book(session, book_id=book_id)
    before = _sent_before(session, book_id=book_id, key=idempotency_key)
    if before is not None:
        if not _is_the_same(before, asked):
            raise KeyUsedForAnother(key=idempotency_key)
        return before
    member = present_member(session, book_id=book_id, number=member_number)
    _check(session, book_id=book_id, member_id=member.id, asked=asked, at=at)
    found = may_have(session, book_id=book_id, member_number=member_number, asked=asked)
    if not found.may_borrow:
        raise MayNotBorrow(why=broken_rules(found))
    application = Application(
        book_id=book_id,
        id=next_application_id(session, book_id=book_id),
        member_id=member.id,
        product_code=asked.product_code,
        amount_satang=asked.amount,
        instalments=asked.instalments,
        what_for=asked.what_for,
        household_income_satang=asked.household_income,
        collateral=asked.collateral,
        refinances_loan_id=asked.refinances_loan_id,
        applied_on=asked.applied_on,
        idempotency_key=idempotency_key,
        recorded_at=at,
        recorded_by=by,
    )
    session.add(application)
    session.flush()
    return application


def may_have(session: Session, *, book_id: int, member_number: str, asked: Asked) -> Eligibility:
    """Tell whether a member may have what they ask for, before anybody guarantees it.

    Raises:
        MemberNotFound, HasLeft: There is no such member any more.
        LoanProductNotFound, NoLoanByLawYet: The group has no such kind of loan.
    """
    member = present_member(session, book_id=book_id, number=member_number)
    by_law = before_guarantors(
        loan_by_law(session, book_id=book_id, product_code=asked.product_code, on=asked.applied_on)
    )
    terms = terms_of_grant(
        by_law,
        amount=asked.amount,
        instalments=asked.instalments,
        on=asked.applied_on,
        first_due_on=None,
    )
    facts = facts_of(
        session,
        member=member,
        product_code=asked.product_code,
        on=asked.applied_on,
        income=asked.household_income,
        instalment=would_be(terms, fees=by_law.contract_fee).largest,
        refinances_loan_id=asked.refinances_loan_id,
    )
    return eligibility(
        asked=asked.amount, instalments=asked.instalments, by_law=by_law, facts=facts
    )


def broken_rules(found: Eligibility) -> str:
    """Give every rule that is not kept, in one sentence."""
    return " · ".join(reason.sentence for reason in found.reasons if not reason.is_kept)


def _sent_before(session: Session, *, book_id: int, key: str) -> Application | None:
    return session.scalar(
        select(Application).where(
            Application.book_id == book_id, Application.idempotency_key == key
        )
    )


def _is_the_same(before: Application, asked: Asked) -> bool:
    return asked == Asked(
        product_code=before.product_code,
        amount=before.amount_satang,
        instalments=before.instalments,
        what_for=before.what_for,
        household_income=before.household_income_satang,
        collateral=before.collateral,
        refinances_loan_id=before.refinances_loan_id,
        applied_on=before.applied_on,
    )


def _check(session: Session, *, book_id: int, member_id: int, asked: Asked, at: datetime) -> None:
    """Refuse what is wrong with an application by itself."""
    check_date(entered_on=asked.applied_on, today=today_in_bangkok(at), closed_until=None)
    product = loan_product(
        session, book_id=book_id, product_code=asked.product_code, on=asked.applied_on
    )
    if product.closed_on is not None and product.closed_on <= asked.applied_on:
        raise KindClosed(name=product.name)
    if asked.instalments < 1:
        raise NoInstalments(instalments=asked.instalments)
    waiting = session.scalar(
        select(Application.id)
        .where(
            Application.book_id == book_id,
            Application.member_id == member_id,
            Application.product_code == asked.product_code,
            ~select(ApplicationDecision.application_id)
            .where(
                ApplicationDecision.book_id == Application.book_id,
                ApplicationDecision.application_id == Application.id,
            )
            .exists(),
        )
        .limit(1)
    )
    if waiting is not None:
        raise AskedAlready(number=waiting)
    if asked.refinances_loan_id is not None:
        old = loan_view(session, book_id=book_id, loan_id=asked.refinances_loan_id)
        if old.side is not Side.LENT or old.member_id != member_id or old.state != State.RUNNING:
            raise NotTheirLoan(reference=old.reference)


def withdraw_application(
    session: Session,
    *,
    book_id: int,
    application_id: int,
    withdrawn_on: date,
    why: str,
    by: str,
    at: datetime,
) -> ApplicationDecision:
    """Write down that the borrower takes an application back; its guarantors are free again.

    Raises:
        ApplicationNotFound: There is no such application.
        DecidedAlready: It has been decided otherwise.
        FutureDate, TooLongAgo: The day cannot be.
    """
    lock_book(session, book_id=book_id)
    application = application_by_id(session, book_id=book_id, application_id=application_id)
    made = decision_on(session, application=application)
    if made is not None and made.decision is Decision.WITHDRAWN and made.decided_by == by:
        return made
    undecided(session, application=application)
    check_date(entered_on=withdrawn_on, today=today_in_bangkok(at), closed_until=None)
    return write_decision(
        session,
        application=application,
        decision=Decision.WITHDRAWN,
        decided_on=withdrawn_on,
        resolution="",
        why=why,
        people=(by, None),
        at=at,
    )


def undecided(session: Session, *, application: Application) -> None:
    """Refuse to touch an application that has been decided.

    Raises:
        DecidedAlready: It has.
    """
    made = decision_on(session, application=application)
    if made is not None:
        raise DecidedAlready(
            day=format_date(made.decided_on), decision=DECISION_IN_THAI[made.decision]
        )


def write_decision(
    session: Session,
    *,
    application: Application,
    decision: Decision,
    decided_on: date,
    resolution: str,
    why: str,
    people: tuple[str, str | None],
    at: datetime,
) -> ApplicationDecision:
    """Write what became of an application; unless it was approved, its guarantors are let go.

    ``people`` are the marks of the one who decides and of the second officer, or None.
    """
    made = ApplicationDecision(
        book_id=application.book_id,
        application_id=application.id,
        decision=decision,
        decided_on=decided_on,
        resolution=resolution,
        why=why,
        decided_at=at,
        decided_by=people[0],
        approved_by=people[1],
    )
    session.add(made)
    for guarantee in session.scalars(
        select(Guarantee).where(
            Guarantee.book_id == application.book_id,
            Guarantee.application_id == application.id,
            Guarantee.released_on.is_(None),
        )
    ):
        if decision is not Decision.APPROVED:
            guarantee.released_on = decided_on
            guarantee.released_because = f"คำขอกู้เลขที่ {application.id} {DECISION_IN_THAI[decision]}"
    session.flush()
    return made
