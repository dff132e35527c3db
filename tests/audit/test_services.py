"""Signing, asking, answering, settling, closing: what is written, and what is refused unwritten."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audit import services
from audit.models import Answer, Question, Settlement, SignOff, Tally
from audit.queries import (
    counted_anew,
    coverage_of_book,
    coverage_of_month,
    places,
    questions_of,
    trust_of,
)
from audit.services import Seen
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.models import Period
from ledger.queries import NoSuchEntry, balances_of_months
from ledger.roles import Role
from ledger.services import MonthClosedAlready, MonthNotOver
from members.officers import give_duty
from tests.audit import entries
from tests.network import GROUP, NOW, OTHER_GROUP, Network

APRIL, MARCH = date(2023, 4, 1), date(2023, 3, 1)
IN_MAY = datetime(2023, 5, 3, 3, 0, tzinfo=UTC)


@pytest.fixture
def book(network: Network) -> Network:
    """Three receipts in each book, one day old."""
    entries.post_receipts(network.book_id, 3, by=network.malee)
    entries.post_receipts(network.other_book_id, 3, by=network.wandee)
    return network


def sign(officer_id: int, book_id: int, number: int = 1, *, seal: bytes | None = None) -> SignOff:
    seen = entries.seal_of(book_id, number) if seal is None else seal
    who = entries.officer(officer_id)
    return write(
        lambda session: services.sign_off(
            session, book_id=book_id, number=number, seal_seen=seen, officer=who, at=NOW
        )
    )


def ask(officer_id: int, book_id: int, number: int = 1, text: str = "ตรงกันหรือไม่") -> int:
    who = entries.officer(officer_id)
    return write(
        lambda session: services.ask(
            session, book_id=book_id, number=number, text=text, officer=who, at=NOW
        )
    ).id


def answer(officer_id: int, book_id: int, question_id: int, text: str = "ตรงกัน") -> int:
    who = entries.officer(officer_id)
    return write(
        lambda session: services.answer(
            session, book_id=book_id, question_id=question_id, text=text, officer=who, at=NOW
        )
    ).id


def settle(officer_id: int, book_id: int, question_id: int, text: str = "") -> Settlement:
    who = entries.officer(officer_id)
    return write(
        lambda session: services.settle(
            session, book_id=book_id, question_id=question_id, text=text, officer=who, at=NOW
        )
    )


def close(
    officer_id: int,
    book_id: int,
    month: date = APRIL,
    *,
    head: bytes | None = None,
    at: datetime = IN_MAY,
) -> Period:
    who = entries.officer(officer_id)

    newest = read(lambda look: trust_of(look, code=GROUP)).head_seal or b""
    return write(
        lambda session: services.close_month(
            session,
            book_id=book_id,
            month=month,
            head_seen=newest if head is None else head,
            officer=who,
            at=at,
        )
    )


def rows(table: type) -> int:
    return read(lambda session: session.scalar(select(func.count()).select_from(table))) or 0


def refuse(work: Callable[[], object], refusal: type[DomainError], *tables: type) -> None:
    """Check that something is refused and that nothing was written."""
    before = [rows(table) for table in (*tables, Tally)]

    with pytest.raises(refusal):
        work()

    assert [rows(table) for table in (*tables, Tally)] == before
    assert_tallies_agree()


def assert_tallies_agree() -> None:
    def look(session: Session) -> tuple[object, object]:
        tallies = {
            (tally.book_id, tally.month): (tally.signed, tally.open_questions)
            for tally in session.scalars(select(Tally))
            if tally.signed or tally.open_questions
        }
        return tallies, counted_anew(session)

    kept, counted = read(look)
    assert kept == counted


def test_a_reviewer_of_another_village_signs_with_the_seal_that_was_shown(book: Network) -> None:
    signature = sign(book.somchai, book.book_id)

    assert signature.seal_seen == entries.seal_of(book.book_id, 1)
    assert_tallies_agree()


def test_two_reviewers_may_sign_one_entry_and_it_counts_once(book: Network) -> None:
    sign(book.somchai, book.book_id)

    sign(book.wandee, book.book_id)

    assert rows(SignOff) == 2
    assert read(lambda session: coverage_of_book(session, book_id=book.book_id))[0].signed == 1
    assert_tallies_agree()


def test_who_does_not_review_signs_nothing(book: Network) -> None:
    for officer_id in (book.prasert, book.aree):
        refuse(lambda o=officer_id: sign(o, book.book_id), services.NotAReviewer, SignOff)  # type: ignore[misc]


def test_nobody_signs_what_they_wrote_or_approved(book: Network) -> None:
    draft = read(lambda session: entries.paid_in(session, book.other_book_id))
    entries.post(book.other_book_id, draft, key="two", by=book.malee, approved_by=book.boonmee)

    for officer_id in (book.malee, book.boonmee):
        refuse(
            lambda o=officer_id: sign(o, book.other_book_id, 4),  # type: ignore[misc]
            services.OwnEntry,
            SignOff,
        )


def test_nobody_signs_the_entries_of_their_own_village(book: Network) -> None:
    refuse(lambda: sign(book.somchai, book.other_book_id), services.OwnVillage, SignOff)


def test_nobody_signs_in_a_book_that_they_serve_wherever_they_live(book: Network) -> None:
    write(
        lambda session: give_duty(
            session, officer_id=book.somchai, code=GROUP, role=Role.BOOKKEEPER, by="o1", at=NOW
        )
    )

    refuse(lambda: sign(book.somchai, book.book_id), services.OwnVillage, SignOff)


def test_nobody_signs_twice(book: Network) -> None:
    sign(book.somchai, book.book_id)

    refuse(lambda: sign(book.somchai, book.book_id), services.AlreadySigned, SignOff)


def test_another_seal_than_the_one_shown_is_refused(book: Network) -> None:
    other = entries.seal_of(book.book_id, 2)

    refuse(lambda: sign(book.somchai, book.book_id, seal=other), services.NotWhatWasShown, SignOff)


def test_an_entry_that_is_not_there_is_not_signed(book: Network) -> None:
    for number in (0, 4, 2**63, 2**200):
        refuse(
            lambda n=number: sign(book.somchai, book.book_id, n, seal=b"\0" * 32),  # type: ignore[misc]
            NoSuchEntry,
            SignOff,
        )


def test_many_are_signed_at_once_and_each_refused_one_is_named_with_its_reason(
    book: Network,
) -> None:
    sign(book.somchai, book.book_id, 1)
    seen = [
        *(Seen(GROUP, n, entries.seal_of(book.book_id, n)) for n in (1, 2, 3, 2)),
        Seen(GROUP, 9, b"\0" * 32),
        Seen(OTHER_GROUP, 1, entries.seal_of(book.other_book_id, 1)),
        Seen("ไม่มี", 1, b"\0" * 32),
    ]
    who = entries.officer(book.somchai)

    done = write(lambda session: services.sign_many(session, seen=seen, officer=who, at=NOW))

    assert [(one.code, one.number) for one in done.signed] == [(GROUP, 2), (GROUP, 3)]
    assert [(one.code, one.number, type(refusal)) for one, refusal in done.refused] == [
        ("ไม่มี", 1, NoSuchEntry),
        (GROUP, 1, services.AlreadySigned),
        (GROUP, 9, NoSuchEntry),
        (OTHER_GROUP, 1, services.OwnVillage),
    ]
    assert rows(SignOff) == 3
    assert_tallies_agree()


def test_none_and_too_many_are_refused(book: Network) -> None:
    who = entries.officer(book.somchai)
    for how_many, refusal in ((0, services.NothingChosen), (201, services.TooManyChosen)):
        seen = [Seen(GROUP, number, b"\0" * 32) for number in range(how_many)]
        refuse(
            lambda seen=seen: write(  # type: ignore[misc]
                lambda session: services.sign_many(session, seen=seen, officer=who, at=NOW)
            ),
            refusal,
            SignOff,
        )


def test_a_question_is_asked_answered_and_settled(book: Network) -> None:
    question = ask(book.boonmee, book.other_book_id)
    answer(book.wandee, book.other_book_id, question)
    settle(book.malee, book.other_book_id, question, "ตรงกันแล้ว")

    asked = read(lambda s: questions_of(s, book_id=book.other_book_id, number=1))

    assert [(q.question.name, [a.text for a in q.answers]) for q in asked] == [
        ("บุญมี ศรีสุข", ["ตรงกัน"])
    ]
    assert asked[0].settlement is not None
    assert asked[0].settlement.text == "ตรงกันแล้ว"
    assert_tallies_agree()


def test_the_same_question_answer_and_settlement_sent_twice_stand_once(book: Network) -> None:
    first = ask(book.somchai, book.book_id)
    assert ask(book.somchai, book.book_id) == first
    assert answer(book.malee, book.book_id, first) == answer(book.malee, book.book_id, first)
    settle(book.somchai, book.book_id, first)
    settle(book.somchai, book.book_id, first)

    assert [rows(table) for table in (Question, Answer, Settlement)] == [1, 1, 1]
    assert_tallies_agree()


def test_a_settled_question_may_be_asked_again(book: Network) -> None:
    settle(book.somchai, book.book_id, ask(book.somchai, book.book_id))

    assert ask(book.somchai, book.book_id) == 2
    assert_tallies_agree()


def test_observers_and_administrators_ask_nothing(book: Network) -> None:
    for officer_id in (book.prasert, book.aree):
        refuse(lambda o=officer_id: ask(o, book.book_id), services.NotAReader, Question)  # type: ignore[misc]


def test_nobody_asks_about_an_entry_that_is_not_there(book: Network) -> None:
    refuse(lambda: ask(book.somchai, book.book_id, 99), NoSuchEntry, Question)


def test_only_the_officers_of_the_group_answer(book: Network) -> None:
    question = ask(book.somchai, book.book_id)

    for officer_id in (book.somchai, book.wandee):
        refuse(
            lambda o=officer_id: answer(o, book.book_id, question),  # type: ignore[misc]
            services.NotTheOneAsked,
            Answer,
        )


def test_a_settled_question_takes_no_more_answers(book: Network) -> None:
    question = ask(book.somchai, book.book_id)
    settle(book.somchai, book.book_id, question)

    refuse(lambda: answer(book.malee, book.book_id, question), services.AlreadySettled, Answer)


def test_the_asked_and_their_neighbours_do_not_settle(book: Network) -> None:
    question = ask(book.somchai, book.book_id)

    for officer_id in (book.malee, book.boonmee):
        refuse(
            lambda o=officer_id: settle(o, book.book_id, question),  # type: ignore[misc]
            services.TheAskedCannotSettle,
            Settlement,
        )


def test_the_treasurer_does_not_settle_what_they_asked_about_their_own_book(book: Network) -> None:
    question = ask(book.malee, book.book_id)

    refuse(
        lambda: settle(book.malee, book.book_id, question),
        services.TheAskedCannotSettle,
        Settlement,
    )


def test_who_wrote_the_entry_does_not_settle(book: Network) -> None:
    draft = read(lambda session: entries.paid_in(session, book.book_id))
    entries.post(book.book_id, draft, key="w", by=book.somchai)
    question = ask(book.wandee, book.book_id, 4)

    refuse(
        lambda: settle(book.somchai, book.book_id, question),
        services.TheAskedCannotSettle,
        Settlement,
    )


def test_who_neither_asked_nor_reviews_does_not_settle(book: Network) -> None:
    question = ask(book.somchai, book.book_id)

    refuse(
        lambda: settle(book.prasert, book.book_id, question),
        services.NotYoursToSettle,
        Settlement,
    )


def test_another_reviewer_settles_and_nobody_after_them(book: Network) -> None:
    question = ask(book.somchai, book.book_id)
    settle(book.wandee, book.book_id, question)

    refuse(
        lambda: settle(book.somchai, book.book_id, question),
        services.AlreadySettled,
        Settlement,
    )


def test_a_question_that_is_not_there_is_neither_answered_nor_settled(book: Network) -> None:
    for number in (0, 7, 2**64):
        for work, table in ((answer, Answer), (settle, Settlement)):
            refuse(
                lambda w=work, n=number: w(book.somchai, book.book_id, n),  # type: ignore[misc]
                services.QuestionNotFound,
                table,
            )


def test_a_month_is_closed_at_the_head_that_was_shown(book: Network) -> None:
    period = close(book.malee, book.book_id)

    assert (period.head_number, period.head_seal) == (3, entries.seal_of(book.book_id, 3))
    assert period.closed_by == f"o{book.malee}"


def test_a_month_with_an_open_question_is_not_closed(book: Network) -> None:
    question = ask(book.somchai, book.book_id, 2)

    refuse(lambda: close(book.malee, book.book_id), services.OpenQuestions, Period)
    answer(book.malee, book.book_id, question)
    refuse(lambda: close(book.malee, book.book_id), services.OpenQuestions, Period)
    settle(book.somchai, book.book_id, question)
    close(book.malee, book.book_id)

    assert rows(Period) == 1


def test_an_open_question_about_an_earlier_month_holds_up_the_close_too(book: Network) -> None:
    draft = read(lambda session: entries.paid_in(session, book.book_id, on=date(2023, 3, 30)))
    entries.post(book.book_id, draft, key="m", by=book.malee)
    ask(book.somchai, book.book_id, 4)

    refuse(lambda: close(book.malee, book.book_id), services.OpenQuestions, Period)


def test_a_question_about_a_later_month_or_another_group_holds_up_nothing(book: Network) -> None:
    ask(book.somchai, book.book_id, 1)
    ask(book.malee, book.other_book_id, 1)

    period = close(book.malee, book.book_id, MARCH)

    assert period.month == MARCH


def test_a_question_may_be_asked_about_a_closed_month(book: Network) -> None:
    close(book.malee, book.book_id)

    ask(book.somchai, book.book_id, 1)

    assert rows(Question) == 1


def test_only_those_who_keep_the_book_close_its_months(book: Network) -> None:
    for officer_id in (book.boonmee, book.somchai, book.wandee, book.aree):
        refuse(lambda o=officer_id: close(o, book.book_id), services.NotAKeeper, Period)  # type: ignore[misc]


def test_a_month_that_moved_since_it_was_shown_is_not_closed(book: Network) -> None:
    old_head = entries.seal_of(book.book_id, 2)

    refuse(lambda: close(book.malee, book.book_id, head=old_head), services.NotWhatWasShown, Period)


def test_a_month_is_closed_once_and_not_before_it_is_over(book: Network) -> None:
    refuse(
        lambda: close(book.malee, book.book_id, at=NOW + timedelta(days=20)), MonthNotOver, Period
    )
    close(book.malee, book.book_id)

    refuse(lambda: close(book.malee, book.book_id), MonthClosedAlready, Period)
    refuse(lambda: close(book.malee, book.book_id, MARCH), MonthClosedAlready, Period)


def test_closing_a_month_changes_none_of_its_figures(book: Network) -> None:
    def figures(session: Session) -> object:
        return balances_of_months(session, book_id=book.book_id, first=APRIL, last=APRIL)

    before = read(figures)

    close(book.malee, book.book_id)

    assert read(figures) == before


def test_coverage_counts_entries_signatures_and_questions_of_each_group(book: Network) -> None:
    sign(book.somchai, book.book_id, 1)
    ask(book.somchai, book.book_id, 2)
    close(book.wandee, book.other_book_id, MARCH, head=entries.seal_of(book.other_book_id, 3))

    april, march = (
        read(
            lambda session, month=month: {  # type: ignore[misc]
                place.code: covered
                for place, covered in coverage_of_month(
                    session, month=month, network=places(session)
                )
            }
        )
        for month in (APRIL, MARCH)
    )

    ours = april[GROUP]
    assert (ours.entries, ours.signed, ours.open_questions, ours.percent) == (3, 1, 1, 33)
    assert (april[OTHER_GROUP].signed, april[OTHER_GROUP].closed) == (0, None)
    assert march[OTHER_GROUP].closed is not None
    assert march[GROUP].percent == 0


def test_months_between_and_before_a_close_are_closed_by_it(book: Network) -> None:
    draft = read(lambda session: entries.paid_in(session, book.book_id, on=date(2023, 1, 9)))
    entries.post(book.book_id, draft, key="old", by=book.malee)
    close(book.malee, book.book_id, MARCH, at=NOW)

    found = read(lambda session: coverage_of_book(session, book_id=book.book_id))

    assert [(one.month.month, one.entries, one.closed is not None) for one in found] == [
        *((4, 3, False), (3, 0, True), (2, 0, True), (1, 1, True)),
    ]


def test_the_strip_counts_what_waits_and_says_whether_the_book_balances(book: Network) -> None:
    sign(book.somchai, book.book_id)
    ask(book.somchai, book.book_id)

    trust = read(lambda session: trust_of(session, code=GROUP))

    assert trust.agrees is True
    assert trust.head_seal == entries.seal_of(book.book_id, 3)
    assert (trust.waiting, trust.asked) == ("5", "1")


def test_the_strip_counts_no_further_than_ninety_nine(book: Network) -> None:
    entries.post_receipts(book.book_id, 120, key="many", by=book.malee)

    assert read(lambda session: trust_of(session, code=None)).waiting == "99+"


def test_the_strip_claims_nothing_where_no_group_is_looked_at(book: Network) -> None:
    trust = read(lambda session: trust_of(session, code="ไม่มี"))

    assert (trust.agrees, trust.head_seal, trust.waiting) == (None, None, "6")
