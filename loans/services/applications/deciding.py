"""Deciding an application: two officers, a majority of the committee, every rule kept that day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import RuleBroken
from ledger.money import Satang, format_baht
from ledger.period import check_date
from ledger.services import SameOfficerTwice, lock_book
from ledger.thai import format_date, today_in_bangkok
from loans.eligibility import eligibility
from loans.kinds import Decision, Side
from loans.models import Application, ApplicationDecision, Guarantee, Loan
from loans.product_terms import LoanByLaw
from loans.queries.applications import (
    MeetingView,
    application_by_id,
    decision_on,
    facts_of,
    loan_of_application,
    meeting_of,
    officers_with_stakes,
    tally_of,
    terms_of_grant,
    would_be,
)
from loans.queries.loans import loan_view, stages_of
from loans.queries.products import loan_by_law, loan_product
from loans.schedule import Every, Terms, terms_from_json
from loans.services.applications.asking import (
    MayNotBorrow,
    broken_rules,
    undecided,
    write_decision,
)
from loans.services.applications.guarantors import hold_guarantor
from loans.services.lending import Contract, Party, PlannedStage, open_loan
from members.models import Member
from members.services.people.standing import present_member


class TwoOfficersNeeded(RuleBroken):
    """One officer alone does not lend the group's money."""

    thai = "อนุมัติเงินกู้ต้องมีกรรมการสองคน ให้กรรมการอีกคนตรวจคำขอแล้วใส่รหัสผ่านของตนเอง"


class OfficerHasStake(RuleBroken):
    """An officer who borrows, lives with the borrower, or guarantees does not decide."""

    thai = "{name}อนุมัติคำขอนี้ไม่ได้ เพราะ{why} ให้กรรมการคนอื่นอนุมัติ"


class NotVotedYet(RuleBroken):
    """No meeting of the committee has voted on the application."""

    thai = "คำขอนี้ยังไม่มีมติของที่ประชุมคณะกรรมการเงินกู้ บันทึกการประชุมและคะแนนก่อน"


class NoMajority(RuleBroken):
    """The committee did not vote for it by a majority."""

    thai = "ที่ประชุมไม่ได้เห็นชอบคำขอนี้: {tally} อนุมัติไม่ได้ ต้องได้เสียงเกินกึ่งหนึ่ง"


class DecidedBeforeMeeting(RuleBroken):
    """The decision would be older than the meeting that it rests on."""

    thai = "วันอนุมัติ {decided_on} มาก่อนวันประชุม {held_on} ตรวจวันที่อีกครั้ง"


class MoreThanAsked(RuleBroken):
    """More would be granted than was asked for."""

    thai = "อนุมัติได้ไม่เกินที่ขอ คำขอนี้ขอ {asked} บาท ถ้าจะกู้มากกว่านี้ให้ยื่นคำขอใหม่"


class NothingGranted(RuleBroken):
    """A loan of nothing, or over no instalments, is none."""

    thai = "ใส่จำนวนเงินที่อนุมัติและจำนวนงวด ต้องมากกว่าศูนย์"


class DueBeforePaidOut(RuleBroken):
    """The first instalment would fall due before the loan is there."""

    thai = "งวดแรกวันที่ {first_due_on} ต้องมาหลังวันทำสัญญา {decided_on}"


class StagesOutOfOrder(RuleBroken):
    """A stage is paid out after the contract, one after the other, and is for something."""

    thai = "งวดงานต้องมียอดมากกว่าศูนย์ เรียงตามวันที่ และไม่ก่อนวันทำสัญญา ตรวจงวดงานอีกครั้ง"


class DueDaysMissing(RuleBroken):
    """A kind of loan that falls due on chosen days needs every day."""

    thai = "เงินกู้ประเภทนี้ชำระตามวันที่เลือก ใส่วันครบกำหนดให้ครบทุกงวด บรรทัดละหนึ่งวัน เรียงจากก่อนไปหลัง"


class ReasonMissing(RuleBroken):
    """Whoever is refused is told why."""

    thai = "ใส่เหตุผลที่ไม่อนุมัติ ผู้กู้มีสิทธิทราบเหตุผล"


@dataclass(frozen=True, slots=True)
class Grant:
    """What is granted.

    Attributes:
        amount: How much, in satang; no more than was asked.
        instalments: Over how many instalments.
        first_due_on: The day of the first instalment, or None for the usual one.
        due_days: Every due day of a kind that falls due on chosen days; else empty.
        decided_on: The day, whose by-laws hold.
        stages: The stages in which it is paid out, such as those of a house, or empty.
    """

    amount: Satang
    instalments: int
    first_due_on: date | None
    due_days: tuple[date, ...]
    decided_on: date
    stages: tuple[PlannedStage, ...] = ()


def approve_application(
    session: Session,
    *,
    book_id: int,
    application_id: int,
    grant: Grant,
    by: str,
    approved_by: str | None,
    at: datetime,
) -> Loan:
    """Grant a loan: two officers, on the committee's vote, by the by-laws of the day.

    The contract is made with the terms of the by-law in force on the day, and the guarantors who
    agreed stand behind it from then on. Nothing is paid out yet. The same approval sent again
    gives the same loan; another grant of what was approved is refused.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        application_id: The application.
        grant: What is granted, and on which day.
        by: The mark of the officer who approves.
        approved_by: The mark of the second officer.
        at: Now, aware.

    Raises:
        ApplicationNotFound: There is no such application.
        DecidedAlready: It was decided before.
        TwoOfficersNeeded, SameOfficerTwice: There are no two officers.
        OfficerHasStake: One of them borrows, lives with the borrower, or guarantees.
        NotVotedYet, NoMajority: The committee did not vote for it.
        DecidedBeforeMeeting, FutureDate, TooLongAgo: The day cannot be.
        NothingGranted, MoreThanAsked, DueBeforePaidOut, DueDaysMissing, StagesOutOfOrder: The
            grant cannot be.
        HasLeft: The borrower is no member any more.
        MayNotBorrow: A rule is broken on the day; every one is named.
        AboveCeiling, TermsUnfit, StagesDoNotAddUp: The contract may not be (see ``open_loan``).
    """
    lock_book(session, book_id=book_id)
    application = application_by_id(session, book_id=book_id, application_id=application_id)
    before = _approved_before(session, application, grant=grant, people=(by, approved_by))
    if before is not None:
        return before
    undecided(session, application=application)
    _check_people(session, application, by=by, approved_by=approved_by)
    check_date(entered_on=grant.decided_on, today=today_in_bangkok(at), closed_until=None)
    meeting = _majority(session, application, decided_on=grant.decided_on)
    by_law = loan_by_law(
        session, book_id=book_id, product_code=application.product_code, on=grant.decided_on
    )
    terms = _terms(application, grant=grant, by_law=by_law)
    guarantees = _agreed(session, application)
    _check_rules(
        session, application, grant=grant, by_law=by_law, terms=terms, guarantees=guarantees
    )
    loan = open_loan(
        session,
        book_id=book_id,
        contract=replace(
            _contract(session, application, terms=terms, by_law=by_law, meeting=meeting),
            stages=grant.stages,
        ),
        by=by,
        at=at,
    )
    write_decision(
        session,
        application=application,
        decision=Decision.APPROVED,
        decided_on=grant.decided_on,
        resolution=meeting.resolution,
        why="",
        people=(by, approved_by),
        at=at,
    )
    _bind(session, application, loan=loan, guarantees=guarantees, on=grant.decided_on)
    return loan


def _approved_before(
    session: Session, application: Application, *, grant: Grant, people: tuple[str, str | None]
) -> Loan | None:
    """Give the loan when this very approval was written before."""
    made = decision_on(session, application=application)
    if made is None or made.decision is not Decision.APPROVED:
        return None
    loan = loan_of_application(session, application=application)
    assert loan is not None, application.id
    same = (
        (made.decided_by, made.approved_by) == people
        and made.decided_on == grant.decided_on
        and _was_granted(session, application, loan=loan, grant=grant)
    )
    return loan if same else None


def _was_granted(session: Session, application: Application, *, loan: Loan, grant: Grant) -> bool:
    """Tell whether a loan was granted in just this way: amount, instalments, days and stages."""
    kept = terms_from_json(loan.terms)
    chosen = kept.every is Every.CHOSEN
    said = terms_of_grant(
        loan_by_law(
            session,
            book_id=loan.book_id,
            product_code=application.product_code,
            on=grant.decided_on,
        ),
        amount=grant.amount,
        instalments=grant.instalments,
        on=grant.decided_on,
        first_due_on=grant.first_due_on,
        due_days=grant.due_days if chosen else (),
    )
    stages = tuple(
        PlannedStage(one.planned_on, one.amount, one.what, one.contractor, one.retention)
        for one in stages_of(session, book_id=loan.book_id, loan_id=loan.id)
    )
    return (said.principal, said.instalments, said.first_due_on, said.due_days, grant.stages) == (
        kept.principal,
        kept.instalments,
        kept.first_due_on,
        kept.due_days,
        stages,
    )


def _check_people(
    session: Session, application: Application, *, by: str, approved_by: str | None
) -> None:
    """Refuse an approval by one officer, or by one who has a stake."""
    if not approved_by:
        raise TwoOfficersNeeded(by=by)
    if approved_by == by:
        raise SameOfficerTwice(officer=by)
    stakes = officers_with_stakes(session, application=application, marks=(by, approved_by))
    for mark in (by, approved_by):
        if mark in stakes:
            raise OfficerHasStake(name=stakes[mark].name, why=stakes[mark].why)


def _majority(session: Session, application: Application, *, decided_on: date) -> MeetingView:
    """Give the meeting that voted for it; votes of whoever has a stake by now are left out."""
    meeting = meeting_of(session, application=application)
    tally = tally_of(session, application=application)
    if meeting is None or tally is None:
        raise NotVotedYet(application_id=application.id)
    if not tally.passes:
        raise NoMajority(tally=tally.sentence)
    if decided_on < meeting.held_on:
        raise DecidedBeforeMeeting(
            decided_on=format_date(decided_on), held_on=format_date(meeting.held_on)
        )
    return meeting


def _terms(application: Application, *, grant: Grant, by_law: LoanByLaw) -> Terms:
    """Give the terms of what is granted, or refuse what is wrong with the grant by itself."""
    if grant.amount <= 0 or grant.instalments < 1:
        raise NothingGranted(amount=grant.amount, instalments=grant.instalments)
    if grant.amount > application.amount_satang:
        raise MoreThanAsked(asked=format_baht(application.amount_satang))
    days = [grant.decided_on, *(stage.planned_on for stage in grant.stages)]
    if days != sorted(days) or any(stage.amount <= 0 for stage in grant.stages):
        raise StagesOutOfOrder(stages=len(grant.stages))
    chosen = by_law.every is Every.CHOSEN
    if chosen and grant.due_days and len(grant.due_days) != grant.instalments:
        raise DueDaysMissing(days=len(grant.due_days), instalments=grant.instalments)
    first = min(
        (*grant.due_days, *((grant.first_due_on,) if grant.first_due_on else ())), default=None
    )
    if first is not None and first <= grant.decided_on:
        raise DueBeforePaidOut(
            first_due_on=format_date(first), decided_on=format_date(grant.decided_on)
        )
    return terms_of_grant(
        by_law,
        amount=grant.amount,
        instalments=grant.instalments,
        on=grant.decided_on,
        first_due_on=grant.first_due_on,
        due_days=grant.due_days if chosen else (),
    )


def _agreed(session: Session, application: Application) -> list[Guarantee]:
    return list(
        session.scalars(
            select(Guarantee)
            .where(
                Guarantee.book_id == application.book_id,
                Guarantee.application_id == application.id,
                Guarantee.consented_on.is_not(None),
                Guarantee.released_on.is_(None),
            )
            .order_by(Guarantee.id)
        )
    )


def _check_rules(
    session: Session,
    application: Application,
    *,
    grant: Grant,
    by_law: LoanByLaw,
    terms: Terms,
    guarantees: Sequence[Guarantee],
) -> None:
    """Refuse what a rule forbids on the day, and name every rule.

    A guarantor who has left counts no more.
    """
    member = session.get_one(Member, (application.book_id, application.member_id))
    present_member(session, book_id=application.book_id, number=member.number)
    stand = [
        guarantee.most_satang
        for guarantee in guarantees
        if session.get_one(Member, (guarantee.book_id, guarantee.member_id)).left_on is None
    ]
    facts = facts_of(
        session,
        member=member,
        product_code=application.product_code,
        on=grant.decided_on,
        income=application.household_income_satang,
        instalment=would_be(terms, fees=by_law.contract_fee).largest,
        guaranteed=stand,
        refinances_loan_id=application.refinances_loan_id,
    )
    found = eligibility(
        asked=grant.amount, instalments=grant.instalments, by_law=by_law, facts=facts
    )
    if not found.may_borrow:
        raise MayNotBorrow(why=broken_rules(found))


def _contract(
    session: Session,
    application: Application,
    *,
    terms: Terms,
    by_law: LoanByLaw,
    meeting: MeetingView,
) -> Contract:
    product = loan_product(
        session,
        book_id=application.book_id,
        product_code=application.product_code,
        on=terms.disbursed_on,
    )
    return Contract(
        side=Side.LENT,
        purpose=product.purpose,
        party=Party(member_id=application.member_id),
        terms=terms,
        fees=by_law.contract_fee,
        charge_name=by_law.charge_name,
        contract_on=terms.disbursed_on,
        resolution=meeting.resolution,
        product_code=application.product_code,
        application_id=application.id,
    )


def _bind(
    session: Session,
    application: Application,
    *,
    loan: Loan,
    guarantees: Sequence[Guarantee],
    on: date,
) -> None:
    """Let those who agreed stand behind the loan; whoever never answered is let go."""
    view = loan_view(session, book_id=application.book_id, loan_id=loan.id)
    for guarantee in guarantees:
        guarantee.loan_id = loan.id
        hold_guarantor(session, guarantee=guarantee, loan=view, on=on)
    for guarantee in session.scalars(
        select(Guarantee).where(
            Guarantee.book_id == application.book_id,
            Guarantee.application_id == application.id,
            Guarantee.consented_on.is_(None),
            Guarantee.released_on.is_(None),
        )
    ):
        guarantee.released_on, guarantee.released_because = on, "ไม่ได้ยินยอมก่อนวันอนุมัติ"
    session.flush()


def refuse_application(
    session: Session,
    *,
    book_id: int,
    application_id: int,
    decided_on: date,
    why: str,
    by: str,
    at: datetime,
) -> ApplicationDecision:
    """Write down that a loan is not granted, and why; its guarantors are free again.

    Raises:
        ApplicationNotFound: There is no such application.
        DecidedAlready: It was decided otherwise.
        ReasonMissing: Nobody says why.
        OfficerHasStake: The officer borrows, lives with the borrower, or guarantees.
        FutureDate, TooLongAgo: The day cannot be.
    """
    lock_book(session, book_id=book_id)
    application = application_by_id(session, book_id=book_id, application_id=application_id)
    made = decision_on(session, application=application)
    if made is not None and (made.decision, made.decided_by, made.why) == (
        Decision.REFUSED,
        by,
        why,
    ):
        return made
    undecided(session, application=application)
    if not why.strip():
        raise ReasonMissing(application_id=application_id)
    check_date(entered_on=decided_on, today=today_in_bangkok(at), closed_until=None)
    stakes = officers_with_stakes(session, application=application, marks=(by,))
    if by in stakes:
        raise OfficerHasStake(name=stakes[by].name, why=stakes[by].why)
    meeting = meeting_of(session, application=application)
    return write_decision(
        session,
        application=application,
        decision=Decision.REFUSED,
        decided_on=decided_on,
        resolution="" if meeting is None else meeting.resolution,
        why=why,
        people=(by, None),
        at=at,
    )
