"""The path of a loan by its services: each step, and each refusal with nothing written."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import Satang
from ledger.period import FutureDate
from ledger.services import KeyUsedForAnother, SameOfficerTwice
from loans.kinds import Decision, Purpose, Side, State, Through, Vote
from loans.models import ApplicationDecision, Guarantee, Seat
from loans.queries.applications import (
    ApplicationView,
    Step,
    application_view,
    applications_of,
    count_votes,
)
from loans.queries.loans import loan_view, stages_of
from loans.schedule import Counting, Every, Method, Terms
from loans.services.applications import (
    Consent,
    DecidedAlready,
    Grant,
    GuarantorFull,
    GuarantorHasLeft,
    GuarantorInHousehold,
    GuarantorIsBorrower,
    GuarantorOverdue,
    GuarantorTwice,
    MayNotBorrow,
    MoreThanAsked,
    NeedsReplacement,
    NoMajority,
    NoQuorum,
    NotVotedYet,
    OfficerHasStake,
    ResolutionMissing,
    TwoOfficersNeeded,
    TwoOfficersToLetGo,
    VotedOnTheirOwn,
    ask_guarantor_of_loan,
    let_guarantor_go,
    record_consent,
    refuse_application,
    withdraw_application,
)
from loans.services.applications.asking import AskedAlready, NoInstalments
from loans.services.applications.deciding import (
    DecidedBeforeMeeting,
    DueBeforePaidOut,
    DueDaysMissing,
    ReasonMissing,
    StagesOutOfOrder,
)
from loans.services.applications.guarantors import (
    ConsentedAlready,
    GuaranteeOutOfBounds,
    LetGoAlready,
)
from loans.services.applications.meeting import (
    MeetingBeforeApplication,
    NothingVotedOn,
    NotOnCommittee,
    VotedAlready,
    VotedWhileAbsent,
)
from loans.services.lending import (
    Contract,
    Party,
    PayoutOrder,
    PlannedStage,
    disburse,
    open_loan,
)
from loans.services.lending.opening import StagesDoNotAddUp
from loans.services.products import resolve_loan_by_law
from members.models import Hold, Officer
from members.queries import member_by_number
from members.services.people.holding import HeldBack, refuse_who_is_held
from tests.loans.asking import (
    AMOUNT,
    BOONMEE,
    COMMITTEE,
    FOR_IT,
    KAEWTA,
    NAMJAI,
    ORDINARY,
    PIN,
    PRAIYA,
    RESOLUTION,
    SOMSRI,
    THONGDEE,
    agree,
    approve,
    ask,
    asked,
    granted,
    guaranteed,
    meet,
    number_of,
    prepare,
    put_on,
    rows,
    voted,
)
from tests.loans.borrowers import fill_the_box, lend, write_off
from tests.members.saving import pay_in
from tests.network import NOW, TODAY, Network


@pytest.fixture
def village(network: Network) -> Network:
    """The network with a committee, a kind of loan and members who could guarantee."""
    prepare(network)
    return network


def view_of(network: Network, application: int) -> ApplicationView:
    return read(
        lambda session: application_view(
            session, book_id=network.book_id, application_id=application, on=TODAY
        )
    )


def refused(network: Network, kind: type[DomainError], work: Callable[[], object]) -> str:
    """Give the sentence of a refusal that left everything as it was."""
    before = rows(network)
    with pytest.raises(kind) as refusal:
        work()
    assert rows(network) == before
    return refusal.value.sentence()


# ---------------------------------------------------------------- the whole path


def test_a_loan_is_asked_for_guaranteed_voted_on_and_granted(village: Network) -> None:
    application = ask(village)
    assert view_of(village, application).step is Step.GUARANTORS
    for number in (BOONMEE, PRAIYA):
        agree(village, put_on(village, application, number))
    assert view_of(village, application).step is Step.MEETING
    meet(village, {application: FOR_IT})
    assert view_of(village, application).step is Step.DECISION

    loan = approve(village, application)

    view = view_of(village, application)
    assert view.step is Step.APPROVED
    assert (view.loan_id, view.loan_reference) == (loan.id, "LN6604-KHP06-0001")
    kept = read(lambda session: loan_view(session, book_id=village.book_id, loan_id=loan.id))
    assert (kept.principal, kept.state, kept.annual_rate_ppm) == (AMOUNT, State.GRANTED, 60_000)
    assert (kept.resolution, kept.contract_on) == (RESOLUTION, TODAY)
    # 12,000 at 6 % over twelve months by equal principal, less the fee of 50: 6.80 % a year.
    assert 67_000 < kept.effective_rate_ppm < 69_000
    assert [person.member_id for person in view.agreed] == [
        number_of(village, BOONMEE),
        number_of(village, PRAIYA),
    ]
    assert rows(village)["bound"] == 2
    assert rows(village)["entries"] == 1  # the savings; granting a loan posts nothing


def test_the_list_shows_who_waits_for_what_and_what_was_decided(village: Network) -> None:
    pay_in(village, {"PLG": SAVED_BY_OTHERS}, number=THONGDEE, key="thongdee-saves")
    first = voted(village)
    approve(village, first)
    second = ask(village, asked(1_000_00), member=THONGDEE)

    listed = read(
        lambda session: applications_of(session, book_id=village.book_id, on=TODAY, most_decided=10)
    )

    assert [(row.id, row.step) for row in listed] == [
        (second, Step.GUARANTORS),
        (first, Step.APPROVED),
    ]
    assert listed[1].loan_reference == "LN6604-KHP06-0001"


SAVED_BY_OTHERS = 5_000_00


def test_an_application_shows_the_schedule_and_what_it_really_costs(village: Network) -> None:
    view = view_of(village, guaranteed(village))

    assert view.would_be.schedule is not None
    # 1,000 of principal a month and 12,000 x 6 % / 12 = 60 of interest in the first.
    assert view.would_be.largest == 1_060_00
    assert view.would_be.schedule.interest == 390_00
    assert view.found.may_borrow
    assert [person.capacity.binding for person in view.guarantors] == [1, 1]


def test_less_than_was_asked_for_may_be_granted(village: Network) -> None:
    application = voted(village)

    loan = approve(village, application, granted(8_000_00, instalments=8))

    assert (loan.principal_satang, loan.terms["instalments"]) == (8_000_00, 8)


def test_the_terms_are_those_of_the_by_law_in_force_on_the_day_of_the_decision(
    village: Network,
) -> None:
    application = voted(village)
    write(
        lambda session: resolve_loan_by_law(
            session,
            book_id=village.book_id,
            product_code="ORD",
            by_law=replace(ORDINARY, annual_rate_ppm=55_000),
            holds_from=TODAY,
            resolution="มติที่ 3/2566",
            by="o1",
            at=NOW,
        )
    )

    loan = approve(village, application)

    assert loan.terms["annual_rate_ppm"] == 55_000


def test_an_approval_sent_again_gives_the_same_loan(village: Network) -> None:
    application = voted(village)
    loan = approve(village, application)
    before = rows(village)

    again = approve(village, application)

    assert again.id == loan.id
    assert rows(village) == before


def test_a_house_is_paid_out_in_stages_that_come_to_the_whole(village: Network) -> None:
    application = voted(village)

    def stages(*amounts: int) -> Grant:
        return replace(
            granted(),
            stages=tuple(
                PlannedStage(TODAY, Satang(amount), f"งวดงานที่ {n}", "", Satang(0))
                for n, amount in enumerate(amounts, start=1)
            ),
        )

    refused(
        village, StagesDoNotAddUp, lambda: approve(village, application, stages(5_000_00, 6_000_00))
    )
    refused(village, StagesOutOfOrder, lambda: approve(village, application, stages(AMOUNT, 0)))

    loan = approve(village, application, stages(5_000_00, 7_000_00))

    kept = read(lambda session: stages_of(session, book_id=village.book_id, loan_id=loan.id))
    assert [stage.amount for stage in kept] == [5_000_00, 7_000_00]


def test_a_harvest_loan_falls_due_on_the_days_that_were_chosen(network: Network) -> None:
    prepare(
        network,
        replace(
            ORDINARY,
            method=Method.SEASONAL,
            every=Every.CHOSEN,
            counting=Counting.DAYS_365,
            contract_fee=Satang(0),
        ),
    )
    application = voted(network, asked(instalments=2))
    harvest = Grant(Satang(AMOUNT), 2, None, (date(2023, 12, 15), date(2024, 3, 15)), TODAY)
    refused(
        network,
        DueDaysMissing,
        lambda: approve(network, application, replace(harvest, due_days=(date(2023, 12, 15),))),
    )

    loan = approve(network, application, harvest)

    assert loan.terms["due_days"] == ["2023-12-15", "2024-03-15"]


# ---------------------------------------------------------------- asking


def test_an_application_sent_again_under_its_key_is_the_same_one(village: Network) -> None:
    first = ask(village, key="the-same-key")

    again = ask(village, key="the-same-key")

    assert again == first
    assert rows(village)["loans_applications"] == 1
    with pytest.raises(KeyUsedForAnother):
        ask(village, asked(5_000_00), key="the-same-key")


def test_an_amount_above_the_ceiling_is_refused_with_the_sum(village: Network) -> None:
    sentence = refused(village, MayNotBorrow, lambda: ask(village, asked(31_000_00)))

    # Three times 10,000 of savings.
    assert "10,000 × 3 เท่า = กู้ได้ไม่เกิน 30,000 บาท" in sentence
    assert "ขอมา 31,000 เกินไป 1,000 บาท" in sentence


def test_every_broken_rule_is_named(village: Network) -> None:
    what = asked(60_000_00, instalments=36)

    sentence = refused(village, MayNotBorrow, lambda: ask(village, what))

    assert "ขอผ่อน 36 งวด แต่ระเบียบให้ไม่เกิน 24 งวด" in sentence
    assert "เหลือกู้ได้ 50,000 บาท ขอมา 60,000 เกินไป 10,000 บาท" in sentence
    assert "ขอมา 60,000 เกินไป 30,000 บาท" in sentence


def test_who_has_not_been_a_member_for_long_enough_waits(village: Network) -> None:
    sentence = refused(
        village, MayNotBorrow, lambda: ask(village, asked(1_000_00, on=date(2023, 3, 31)))
    )

    assert "ต้องครบ 3 เดือน กู้ได้ตั้งแต่ 1 เม.ย. 2566" in sentence


def test_a_second_application_of_the_same_kind_waits_for_the_first(village: Network) -> None:
    first = ask(village)

    sentence = refused(village, AskedAlready, lambda: ask(village, asked(1_000_00)))

    assert f"คำขอเลขที่ {first}" in sentence


def test_an_application_has_instalments_and_a_day_that_has_come(village: Network) -> None:
    refused(village, NoInstalments, lambda: ask(village, asked(instalments=0)))
    tomorrow = asked(on=TODAY + timedelta(days=1))
    refused(village, FutureDate, lambda: ask(village, tomorrow))


# ---------------------------------------------------------------- guarantors


def test_a_borrower_does_not_guarantee_themselves(village: Network) -> None:
    application = ask(village)

    sentence = refused(village, GuarantorIsBorrower, lambda: put_on(village, application, SOMSRI))

    assert "นางสมศรี ใจดีเป็นผู้กู้เอง" in sentence


def test_nobody_of_the_borrower_s_house_guarantees(village: Network) -> None:
    application = ask(village)

    sentence = refused(village, GuarantorInHousehold, lambda: put_on(village, application, PIN))

    assert "อยู่บ้านเดียวกับผู้กู้" in sentence


def test_a_guarantor_who_answers_for_as_many_as_allowed_is_full(village: Network) -> None:
    pay_in(village, {"PLG": SAVED_BY_OTHERS}, number=THONGDEE, key="thongdee-saves")
    approve(village, voted(village))
    other = ask(village, asked(1_000_00), member=THONGDEE)

    sentence = refused(village, GuarantorFull, lambda: put_on(village, other, BOONMEE, 1_000_00))

    assert "ค้ำประกันอยู่แล้ว 1 สัญญา ระเบียบให้คนหนึ่งค้ำได้ไม่เกิน 1 สัญญา" in sentence


def test_a_guarantor_who_became_full_meanwhile_cannot_agree_any_more(village: Network) -> None:
    pay_in(village, {"PLG": SAVED_BY_OTHERS}, number=THONGDEE, key="thongdee-saves")
    first, second = ask(village), ask(village, asked(1_000_00), member=THONGDEE)
    waiting = put_on(village, second, BOONMEE, 1_000_00)
    agree(village, put_on(village, first, BOONMEE))

    refused(village, GuarantorFull, lambda: agree(village, waiting))


def test_who_left_does_not_guarantee(village: Network) -> None:
    application = ask(village)

    def leave(session: Session) -> None:
        member = member_by_number(session, book_id=village.book_id, number=PRAIYA)
        member.left_on = TODAY

    write(leave)

    refused(village, GuarantorHasLeft, lambda: put_on(village, application, PRAIYA))


def test_who_is_overdue_does_not_guarantee(village: Network) -> None:
    pay_in(village, {"PLG": 50_000_00}, number=BOONMEE, on=date(2023, 1, 5), key="boonmee-saves")
    lend_long_ago(village, BOONMEE)
    application = ask(village)

    sentence = refused(village, GuarantorOverdue, lambda: put_on(village, application, BOONMEE))

    # Two instalments of 1,000 with 60 and 55 of interest fell due on 15 February and 15 March.
    assert "ค้างชำระเงินกู้ของตนเองอยู่ 2,115.00 บาท" in sentence


def lend_long_ago(network: Network, number: str) -> int:
    """Give a member a loan of January that nobody pays, and give its number."""
    paid_on = date(2023, 1, 15)

    def work(session: Session) -> int:
        loan = open_loan(
            session,
            book_id=network.book_id,
            contract=Contract(
                side=Side.LENT,
                purpose=Purpose.ORDINARY,
                party=Party(member_id=number_of(network, number)),
                terms=Terms(
                    principal=Satang(AMOUNT),
                    annual_rate_ppm=60_000,
                    instalments=12,
                    method=ORDINARY.method,
                    first_due_on=date(2023, 2, 15),
                    disbursed_on=paid_on,
                ),
                fees=Satang(0),
                charge_name="ดอกเบี้ย",
                contract_on=paid_on,
                resolution="มติที่ 1/2566",
                product_code="ORD",
            ),
            by=f"o{network.malee}",
            at=NOW,
        )
        disburse(
            session,
            book_id=network.book_id,
            order=PayoutOrder(loan.id, Satang(AMOUNT), paid_on, Through.CASH),
            idempotency_key=f"paid-out-to-{number}",
            by=f"o{network.malee}",
            approved_by=f"o{network.boonmee}",
            at=NOW,
        )
        return loan.id

    return write(work)


def test_a_guarantor_stands_on_an_application_once(village: Network) -> None:
    application = ask(village)
    put_on(village, application, BOONMEE)

    refused(village, GuarantorTwice, lambda: put_on(village, application, BOONMEE))


@pytest.mark.parametrize("most", [0, AMOUNT + 1])
def test_a_guarantee_is_for_something_and_no_more_than_the_loan(
    village: Network, most: int
) -> None:
    application = ask(village)

    sentence = refused(
        village, GuaranteeOutOfBounds, lambda: put_on(village, application, BOONMEE, most)
    )

    assert "12,000.00" in sentence


def test_consent_is_kept_with_how_and_when_and_said_once(village: Network) -> None:
    guarantee = put_on(village, ask(village), BOONMEE)
    agree(village, guarantee, Consent.IN_PERSON)
    before = rows(village)

    agree(village, guarantee, Consent.IN_PERSON)

    assert rows(village) == before
    kept = read(lambda session: session.get_one(Guarantee, (village.book_id, guarantee)))
    assert (kept.consented_on, kept.consent) == (TODAY, "มาบอกยินยอมด้วยตนเองต่อหน้ากรรมการ")


def test_who_agreed_in_person_signs_later_and_not_the_other_way_round(village: Network) -> None:
    application = ask(village)
    guarantee = put_on(village, application, BOONMEE)
    agree(village, guarantee, Consent.IN_PERSON)
    assert [one.has_to_sign for one in view_of(village, application).agreed] == [True]

    agree(village, guarantee, Consent.SIGNED_PAPER)
    agree(village, guarantee, Consent.SIGNED_PAPER)

    (signed,) = view_of(village, application).agreed
    assert (signed.consented_on, signed.consent) == (TODAY, "ลงลายมือชื่อยินยอมค้ำประกันแล้ว")
    assert not signed.has_to_sign
    refused(village, ConsentedAlready, lambda: agree(village, guarantee, Consent.IN_PERSON))


def test_nobody_signs_before_they_agreed_or_in_the_future(village: Network) -> None:
    guarantee = put_on(village, ask(village), BOONMEE)
    agree(village, guarantee, Consent.IN_PERSON)

    def sign(on: date) -> None:
        write(
            lambda session: record_consent(
                session,
                book_id=village.book_id,
                guarantee_id=guarantee,
                how=Consent.SIGNED_PAPER,
                consented_on=on,
                at=NOW,
            )
        )

    refused(village, ConsentedAlready, lambda: sign(TODAY - timedelta(days=1)))
    refused(village, FutureDate, lambda: sign(TODAY + timedelta(days=1)))


def let_go(
    network: Network,
    guarantee: int,
    *,
    replaced_by: int | None = None,
    people: tuple[str, str | None] = ("", None),
) -> None:
    write(
        lambda session: let_guarantor_go(
            session,
            book_id=network.book_id,
            guarantee_id=guarantee,
            replaced_by=replaced_by,
            released_on=TODAY,
            why="ขอถอนตัว",
            at=NOW,
            by=people[0],
            approved_by=people[1],
        )
    )


def test_a_guarantor_may_go_while_nothing_is_decided(village: Network) -> None:
    application = ask(village)
    guarantee = put_on(village, application, BOONMEE)
    agree(village, guarantee)

    let_go(village, guarantee)

    assert not view_of(village, application).agreed
    refused(village, LetGoAlready, lambda: agree(village, guarantee))


def test_a_guarantor_of_a_loan_goes_only_when_another_took_their_place(village: Network) -> None:
    loan = approve(village, voted(village))
    old = read(
        lambda session: session.scalars(
            select(Guarantee.id).where(Guarantee.loan_id == loan.id).order_by(Guarantee.id)
        ).first()
    )
    assert old is not None
    sentence = refused(village, NeedsReplacement, lambda: let_go(village, old))
    assert "LN6604-KHP06-0001" in sentence
    new = write(
        lambda session: ask_guarantor_of_loan(
            session,
            book_id=village.book_id,
            loan_id=loan.id,
            member_number=THONGDEE,
            most=Satang(AMOUNT),
            by=f"o{village.malee}",
            at=NOW,
        )
    ).id
    refused(village, NeedsReplacement, lambda: let_go(village, old, replaced_by=new))
    agree(village, new)

    one, other = f"o{village.malee}", f"o{village.boonmee}"
    for people, why in (
        ((one, None), TwoOfficersToLetGo),
        (("", other), TwoOfficersToLetGo),
        ((one, one), SameOfficerTwice),
    ):
        refused(village, why, partial(let_go, village, old, replaced_by=new, people=people))

    let_go(village, old, replaced_by=new, people=(one, other))
    before = rows(village)
    let_go(village, old, replaced_by=new, people=(one, other))

    assert rows(village) == before

    def held(session: Session) -> set[str]:
        return set(session.scalars(select(Hold.because).where(Hold.ended_on.is_(None))))

    assert read(held) == {f"loan {loan.id}", f"guarantee {old + 1}", f"guarantee {new}"}
    # Who came takes the place of one, and not of two.
    refused(village, NeedsReplacement, lambda: let_go(village, old + 1, replaced_by=new))


def test_a_guarantor_of_a_loan_cannot_leave_the_group(village: Network) -> None:
    approve(village, voted(village))

    def look(session: Session) -> None:
        member = member_by_number(session, book_id=village.book_id, number=BOONMEE)
        refuse_who_is_held(session, member=member)

    with pytest.raises(HeldBack) as refusal:
        read(look)
    assert "LN6604-KHP06-0001" in refusal.value.sentence()


# ---------------------------------------------------------------- the meeting


def test_one_meeting_votes_on_several_applications(village: Network) -> None:
    pay_in(village, {"PLG": SAVED_BY_OTHERS}, number=THONGDEE, key="thongdee-saves")
    first = ask(village)
    second = ask(village, asked(1_000_00), member=THONGDEE)

    meeting = meet(
        village,
        {first: FOR_IT, second: {PIN: Vote.FOR, KAEWTA: Vote.FOR, NAMJAI: Vote.ABSTAINED}},
    )

    views = [view_of(village, first), view_of(village, second)]
    assert [view.meeting.id for view in views if view.meeting] == [meeting, meeting]
    assert [view.tally.passes for view in views if view.tally] == [True, True]
    # Each is left out of their own: ปิ่นแก้ว lives with the first, ทองดี is the second.
    assert [view.tally.present for view in views if view.tally] == [3, 3]


def test_the_same_meeting_sent_again_is_written_once(village: Network) -> None:
    application = guaranteed(village)
    first = meet(village, {application: FOR_IT})
    before = rows(village)

    again = meet(village, {application: FOR_IT})

    assert again == first
    assert rows(village) == before


def test_a_meeting_without_a_resolution_is_refused(village: Network) -> None:
    application = guaranteed(village)

    refused(
        village,
        ResolutionMissing,
        lambda: meet(village, {application: FOR_IT}, resolution="  "),
    )


def test_a_meeting_without_a_quorum_is_refused(village: Network) -> None:
    application = guaranteed(village)

    sentence = refused(
        village,
        NoQuorum,
        # Three came, and one of them lives with the borrower.
        lambda: meet(
            village,
            {application: {THONGDEE: Vote.FOR, KAEWTA: Vote.FOR}},
            present=(PIN, THONGDEE, KAEWTA),
        ),
    )

    assert "ระเบียบให้มีอย่างน้อย 3 คน มาประชุม 3 คน มีสิทธิลงคะแนน 2 คน" in sentence


@pytest.mark.parametrize(
    ("member", "why"),
    [(THONGDEE, "เป็นผู้กู้เอง"), (PIN, "อยู่บ้านเดียวกับผู้กู้"), (KAEWTA, "เป็นผู้ค้ำประกันคำขอนี้")],
)
def test_nobody_votes_on_a_loan_in_which_they_have_a_stake(
    village: Network, member: str, why: str
) -> None:
    pay_in(village, {"PLG": SAVED_BY_OTHERS}, number=THONGDEE, key="thongdee-saves")
    application = (
        ask(village, asked(1_000_00), member=THONGDEE) if member == THONGDEE else ask(village)
    )
    if member == KAEWTA:
        put_on(village, application, KAEWTA)

    sentence = refused(
        village, VotedOnTheirOwn, lambda: meet(village, {application: {member: Vote.FOR}})
    )

    assert f"ลงคะแนนคำขอเลขที่ {application} ไม่ได้ เพราะ{why}" in sentence


def test_a_meeting_is_of_the_committee_and_of_those_who_came(village: Network) -> None:
    application = guaranteed(village)

    refused(
        village,
        NotOnCommittee,
        lambda: meet(village, {application: FOR_IT}, present=(*COMMITTEE, BOONMEE)),
    )
    refused(
        village,
        VotedWhileAbsent,
        lambda: meet(village, {application: FOR_IT}, present=(PIN, THONGDEE, KAEWTA)),
    )
    refused(village, NothingVotedOn, lambda: meet(village, {application: {}}))
    refused(
        village,
        MeetingBeforeApplication,
        lambda: meet(village, {application: FOR_IT}, on=TODAY - timedelta(days=1)),
    )


def test_each_votes_once_on_an_application(village: Network) -> None:
    application = voted(village)

    sentence = refused(
        village,
        VotedAlready,
        lambda: meet(village, {application: FOR_IT}, resolution="มติที่ 5/2566"),
    )

    assert RESOLUTION in sentence


def test_a_vote_after_the_decision_is_refused(village: Network) -> None:
    application = voted(village)
    approve(village, application)

    sentence = refused(
        village,
        DecidedAlready,
        lambda: meet(village, {application: FOR_IT}, resolution="มติที่ 5/2566"),
    )

    assert "ตัดสินแล้วเมื่อ 6 เม.ย. 2566 (อนุมัติ)" in sentence


# ---------------------------------------------------------------- the decision


def test_an_approval_needs_two_officers(village: Network) -> None:
    application = voted(village)

    refused(village, TwoOfficersNeeded, lambda: approve(village, application, approved_by=None))
    refused(
        village,
        SameOfficerTwice,
        lambda: approve(village, application, approved_by=f"o{village.malee}"),
    )


def seat_officer(network: Network, number: str, officer: int) -> None:
    """Say which officer a member of the committee is."""

    def work(session: Session) -> None:
        session.add(
            Seat(
                book_id=network.book_id,
                member_id=number_of(network, number),
                sits_from=date(2023, 1, 2),
                officer_id=officer,
                sits_until=date(2023, 1, 3),
                resolution="มติที่ 1/2566",
                recorded_at=NOW,
                recorded_by="o1",
            )
        )

    write(work)


@pytest.mark.parametrize(
    ("member", "why"),
    [(SOMSRI, "เป็นผู้กู้เอง"), (PIN, "อยู่บ้านเดียวกับผู้กู้"), (BOONMEE, "เป็นผู้ค้ำประกันคำขอนี้")],
)
def test_an_officer_with_a_stake_does_not_approve(village: Network, member: str, why: str) -> None:
    application = voted(village)
    seat_officer(village, member, village.boonmee)

    sentence = refused(village, OfficerHasStake, lambda: approve(village, application))

    assert f"บุญมี ศรีสุขอนุมัติคำขอนี้ไม่ได้ เพราะ{why}" in sentence


def test_an_officer_of_the_borrower_s_name_does_not_approve(village: Network) -> None:
    application = voted(village)

    def rename(session: Session) -> None:
        session.get_one(Officer, village.malee).name = "สมศรี ใจดี"

    write(rename)

    refused(village, OfficerHasStake, lambda: approve(village, application))


def test_an_approval_needs_a_majority_and_a_tie_is_none(village: Network) -> None:
    application = guaranteed(village)
    refused(village, NotVotedYet, lambda: approve(village, application))
    meet(
        village,
        {application: {THONGDEE: Vote.FOR, KAEWTA: Vote.AGAINST, NAMJAI: Vote.ABSTAINED}},
    )

    sentence = refused(village, NoMajority, lambda: approve(village, application))

    assert "เห็นชอบ 1 ไม่เห็นชอบ 1 งดออกเสียง 1 เสียง" in sentence


def test_a_vote_of_who_became_a_guarantor_afterwards_no_longer_counts(village: Network) -> None:
    application = ask(village)
    agree(village, put_on(village, application, BOONMEE))
    meet(village, {application: FOR_IT})
    agree(village, put_on(village, application, THONGDEE))

    sentence = refused(village, NoMajority, lambda: approve(village, application))

    assert "มีสิทธิลงคะแนน 2 คน ไม่ครบองค์ประชุม 3 คน" in sentence


def test_no_more_than_was_asked_for_is_granted(village: Network) -> None:
    application = voted(village)

    sentence = refused(
        village, MoreThanAsked, lambda: approve(village, application, granted(AMOUNT + 100))
    )

    assert "12,000.00" in sentence


def test_the_days_of_a_grant_follow_each_other(village: Network) -> None:
    application = voted(village)
    late = replace(granted(), first_due_on=TODAY)

    refused(village, DueBeforePaidOut, lambda: approve(village, application, late))
    refused(
        village,
        DecidedBeforeMeeting,
        lambda: approve(village, application, granted(on=TODAY - timedelta(days=1))),
    )
    refused(
        village,
        FutureDate,
        lambda: approve(village, application, granted(on=TODAY + timedelta(days=1))),
    )


@pytest.mark.parametrize(
    "differently",
    [
        {"instalments": 6},
        {"first_due_on": date(2023, 5, 7)},
        {"amount": Satang(AMOUNT - 100)},
        {"stages": (PlannedStage(TODAY, Satang(AMOUNT), "ตอกเสาเข็ม", "", Satang(0)),)},
    ],
)
def test_another_grant_of_what_was_approved_is_refused(
    village: Network, differently: dict[str, Any]
) -> None:
    application = voted(village)
    loan = approve(village, application)

    assert approve(village, application).id == loan.id
    sentence = refused(
        village,
        DecidedAlready,
        lambda: approve(village, application, replace(granted(), **differently)),
    )

    assert "ตัดสินแล้วเมื่อ 6 เม.ย. 2566 (อนุมัติ)" in sentence


def test_a_grant_by_stages_sent_again_is_the_same_one(village: Network) -> None:
    application = voted(village)
    stage = PlannedStage(TODAY, Satang(AMOUNT), "ตอกเสาเข็ม", "ช่างสมพร", Satang(100_00))
    # The usual first day may be left out, or said.
    left_out = replace(granted(), first_due_on=None, stages=(stage,))
    loan = approve(village, application, left_out)

    assert approve(village, application, left_out).id == loan.id
    said = replace(left_out, first_due_on=date(2023, 5, 6))
    assert approve(village, application, said).id == loan.id


def test_who_owes_what_was_written_off_may_not_borrow(village: Network) -> None:
    fill_the_box(village)
    loan = lend(village, paid_on=date(2023, 1, 20), first_due_on=date(2023, 2, 20))
    write_off(village, loan)

    sentence = refused(village, MayNotBorrow, lambda: ask(village))

    # 12,000; interest 60 + 55, and 17 of 31 days of 50; on 1,000 in default 45 days, and 17.
    assert "มีหนี้ที่กลุ่มตัดสูญไปแล้วยังไม่ได้ชำระคืน 12,167.90 บาท" in sentence


def test_the_rules_are_looked_at_again_when_it_is_decided(village: Network) -> None:
    application = ask(village)
    agree(village, put_on(village, application, BOONMEE, 4_000_00))
    meet(village, {application: FOR_IT})

    sentence = refused(village, MayNotBorrow, lambda: approve(village, application))

    assert "ผู้ค้ำประกันยินยอมแล้ว 1 คน ต้องมี 2 คน ยังขาด 1 คน" in sentence
    assert "ค้ำรวมกัน 4,000 บาท เงินกู้ที่ขอ 12,000 บาท ยังขาด 8,000 บาท" in sentence


def test_a_guarantor_who_left_before_the_decision_does_not_count(village: Network) -> None:
    application = voted(village)

    def leave(session: Session) -> None:
        member = member_by_number(session, book_id=village.book_id, number=PRAIYA)
        member.left_on = TODAY

    write(leave)

    sentence = refused(village, MayNotBorrow, lambda: approve(village, application))

    assert "ยังขาด 1 คน" in sentence


def test_a_refusal_says_why_and_frees_the_guarantors(village: Network) -> None:
    application = voted(village)

    def refuse(why: str) -> ApplicationDecision:
        return write(
            lambda session: refuse_application(
                session,
                book_id=village.book_id,
                application_id=application,
                decided_on=TODAY,
                why=why,
                by=f"o{village.malee}",
                at=NOW,
            )
        )

    refused(village, ReasonMissing, lambda: refuse(" "))
    refuse("เงินในกลุ่มไม่พอ")
    before = rows(village)
    refuse("เงินในกลุ่มไม่พอ")

    view = view_of(village, application)
    assert rows(village) == before
    assert view.step is Step.REFUSED
    assert view.decision is not None
    assert (view.decision.why, view.decision.resolution) == ("เงินในกลุ่มไม่พอ", RESOLUTION)
    assert rows(village)["let go"] == 2
    refused(village, DecidedAlready, lambda: approve(village, application))


def test_a_borrower_takes_an_application_back(village: Network) -> None:
    application = guaranteed(village)

    def withdraw() -> ApplicationDecision:
        return write(
            lambda session: withdraw_application(
                session,
                book_id=village.book_id,
                application_id=application,
                withdrawn_on=TODAY,
                why="",
                by=f"o{village.malee}",
                at=NOW,
            )
        )

    assert withdraw().decision is Decision.WITHDRAWN
    before = rows(village)
    withdraw()

    assert rows(village) == before
    assert view_of(village, application).step is Step.WITHDRAWN
    assert rows(village)["let go"] == 2
    refused(village, DecidedAlready, lambda: put_on(village, application, THONGDEE))
    ask(village)


def test_an_application_that_pays_off_an_old_loan_is_measured_without_it(
    village: Network,
) -> None:
    old = lend_current(village)
    what = asked(30_000_00)
    refused(village, MayNotBorrow, lambda: ask(village, what))

    application = ask(village, replace(what, refinances_loan_id=old))

    assert view_of(village, application).facts.owed_in_all == 0
    assert view_of(village, application).refinances is not None


def lend_current(network: Network) -> int:
    """Give สมศรี a loan that was paid out today, and give its number."""
    pay_in(network, {"DEM": 50_000_00}, number=BOONMEE, key="boonmee-deposits")
    loan = approve(network, voted(network))
    write(
        lambda session: disburse(
            session,
            book_id=network.book_id,
            order=PayoutOrder(loan.id, Satang(AMOUNT), TODAY, Through.CASH),
            idempotency_key="paid-out-today",
            by=f"o{network.malee}",
            approved_by=f"o{network.boonmee}",
            at=NOW,
        )
    )
    return loan.id


def test_votes_are_counted_among_those_who_may_vote() -> None:
    votes = {1: Vote.FOR, 2: Vote.FOR, 3: Vote.AGAINST, 4: Vote.FOR}

    counted = count_votes(votes=votes, present=[1, 2, 3, 4, 5], stakes=[4], quorum=4)

    assert (counted.present, counted.in_favour, counted.against, counted.abstained) == (4, 2, 1, 1)
    assert counted.has_quorum
    # Two of four are a tie with the rest, and a tie is not enough.
    assert not counted.passes
