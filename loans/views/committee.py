"""Who sits on the loan committee."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import open_to
from ledger.thai import DateStyle, format_date
from ledger.web import Form, page, sent_form, today
from loans.queries.committee import SeatView, member_and_officer, seats_ever, seats_on
from loans.schemas.committee import EndSeatSchema, SeatSchema
from loans.services.committee import end_seat, seat_member
from loans.views.room import blueprint
from members.by_laws import RuleName, RuleNotResolved
from members.models import Group, Member, Officer
from members.queries import by_law, full_name, group_by_code, members_of, serving
from members.views.settings.by_laws import BY_LAW_READERS, RESOLVERS


@blueprint.get("/groups/<code>/loan-committee")
@open_to(BY_LAW_READERS)
def committee(code: str) -> ResponseReturnValue:
    """Show who sits on the loan committee today and who did, and ask whom to seat."""
    return _committee_page(code, Form({"sits_from": format_date(today(), DateStyle.NUMERIC)}))


def _committee_page(
    code: str, form: Form, *, unlike: tuple[str, str] | None = None
) -> ResponseReturnValue:
    def look(
        session: Session,
    ) -> tuple[Group, list[SeatView], list[SeatView], list[Member], list[Officer], int]:
        group = group_by_code(session, code=code)
        try:
            quorum = by_law(session, book_id=group.book_id, name=RuleName.LOAN_QUORUM, on=today())
        except RuleNotResolved:
            quorum = 0
        return (
            group,
            seats_on(session, book_id=group.book_id, on=today()),
            seats_ever(session, book_id=group.book_id),
            members_of(session, book_id=group.book_id, on=today()),
            list(
                dict.fromkeys(officer for officer, _role in serving(session, book_id=group.book_id))
            ),
            quorum,
        )

    group, sitting, ever, present, officers, quorum = read(look)
    now_seated = {(seat.member_id, seat.sits_from) for seat in sitting}
    seated = {seat.member_id for seat in sitting}
    return page(
        "loans/committee.html",
        form,
        code=code,
        group_name=group.name,
        may_resolve=g.officer.may(RESOLVERS, code),
        sitting=sitting,
        others=[seat for seat in ever if (seat.member_id, seat.sits_from) not in now_seated],
        members=[
            (one.number, f"{one.number} {full_name(one)}")
            for one in sorted(present, key=lambda one: one.number)
            if one.id not in seated
        ],
        officers=[(one.id, one.name) for one in officers],
        quorum=quorum,
        rule=RuleName.LOAN_QUORUM.value,
        day=format_date(today(), DateStyle.NUMERIC),
        unlike=unlike,
    )


@blueprint.post("/groups/<code>/loan-committee")
@open_to(RESOLVERS)
def seat(code: str) -> ResponseReturnValue:
    """Seat a member on the loan committee."""
    form = sent_form(SeatSchema())
    if form.is_valid:
        values = form.values
        unlike = _unlike(code, form)
        if unlike is not None:
            return _committee_page(code, form, unlike=unlike)

        def record(session: Session) -> None:
            seat_member(
                session,
                book_id=group_by_code(session, code=code).book_id,
                number=values["number"],
                officer_id=values["officer"],
                sits_from=values["sits_from"],
                resolution=values["resolution"],
                by=g.officer.mark,
                at=now(),
            )

        try:
            write(record)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash("บันทึกกรรมการเงินกู้แล้ว")
            return redirect(url_for("loans.committee", code=code))
    return _committee_page(code, form)


def _unlike(code: str, form: Form) -> tuple[str, str] | None:
    """Give the names of the member and of the officer where they differ and nobody confirmed it.

    A member and an officer of different names may be one person; linked wrongly, the rule about
    their own loan keeps the wrong person out.
    """
    number, officer_id = form.values["number"], form.values["officer"]

    def look(session: Session) -> tuple[str, str] | None:
        group = group_by_code(session, code=code)
        found = member_and_officer(
            session, book_id=group.book_id, number=number, officer_id=officer_id
        )
        return None if found is None or found.is_alike else (found.member, found.officer)

    if officer_id is None or form.values["same"] == f"{number}={officer_id}":
        return None
    return read(look)


@blueprint.post("/groups/<code>/loan-committee/<number>/end")
@open_to(RESOLVERS)
def end(code: str, number: str) -> ResponseReturnValue:
    """Write down from when a member sits no more."""
    form = sent_form(EndSeatSchema())
    if form.is_valid:

        def record(session: Session) -> None:
            end_seat(
                session,
                book_id=group_by_code(session, code=code).book_id,
                number=number,
                sits_until=form.values["sits_until"],
                at=now(),
            )

        try:
            write(record)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash("บันทึกการพ้นตำแหน่งแล้ว")
            return redirect(url_for("loans.committee", code=code))
    form.typed["ended"] = number
    return _committee_page(code, form)
