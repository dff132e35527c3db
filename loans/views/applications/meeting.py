"""A meeting of the loan committee: who came, and the votes on every application at once."""

from dataclasses import dataclass
from datetime import date

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import write
from ledger.errors import DomainError
from ledger.money import Satang
from ledger.roles import KEEPERS, open_to
from ledger.web import Form, page, sent_form, today
from loans.kinds import VOTE_IN_THAI
from loans.queries.applications import (
    ApplicationRow,
    Step,
    Tally,
    application_by_id,
    applications_of,
    quorum_on,
    stakes_in,
)
from loans.queries.committee import SeatView, seats_ever, seats_on
from loans.schemas.applications import meeting_schema, vote_box, votes_in
from loans.services.applications import Held, record_meeting, weigh_meeting
from loans.views.applications.shared import of_group, refuse, typed_today
from loans.views.room import blueprint
from members.models import Group, Member
from members.queries import full_name

_MEETING = "/groups/<code>/loan-applications/meeting"
#: No group has more applications than have a number of so many digits.
MOST_DIGITS = 9
_VOTABLE = (Step.GUARANTORS, Step.MEETING)


@dataclass(frozen=True)
class Ballot:
    """An application to be voted on, and who of the committee may not, with the reason."""

    row: ApplicationRow
    stakes: dict[int, str]


@dataclass(frozen=True)
class Counted:
    """What the votes on an application come to; ``amount`` in satang."""

    number: int
    borrower: str
    amount: Satang
    tally: Tally


@dataclass(frozen=True)
class Room:
    """The room of the meeting: the seats, the quorum, and what is to be voted on."""

    seats: list[SeatView]
    quorum: int
    ballots: list[Ballot]
    others: list[ApplicationRow]


def _room(session: Session, group: Group, *, on: date, chosen: set[int]) -> Room:
    rows = applications_of(session, book_id=group.book_id, on=today(), most_decided=0)
    ready = [row for row in rows if row.step is Step.MEETING]
    # One that still lacks a guarantor may be voted on when it is asked for by its number.
    wanted = [row for row in rows if row.step in _VOTABLE and row.id in chosen] or ready
    return Room(
        seats=seats_on(session, book_id=group.book_id, on=on)
        or seats_on(session, book_id=group.book_id, on=today()),
        quorum=quorum_on(session, book_id=group.book_id, on=on),
        ballots=[
            Ballot(
                row,
                stakes_in(
                    session,
                    application=application_by_id(
                        session, book_id=group.book_id, application_id=row.id
                    ),
                ),
            )
            for row in wanted
        ],
        others=[row for row in ready if row not in wanted],
    )


@blueprint.get(_MEETING)
@open_to(KEEPERS)
def meeting(code: str) -> ResponseReturnValue:
    """Ask who came to the meeting and how each voted."""
    return _meeting_page(code, Form({"held_on": typed_today()}))


def _chosen() -> set[int]:
    asked = request.args.getlist("number")
    return {int(n) for n in asked if n.isascii() and n.isdigit() and len(n) <= MOST_DIGITS}


def _meeting_page(code: str, form: Form) -> ResponseReturnValue:
    on = form.values.get("held_on") or today()
    group, room = of_group(
        code, lambda session, group: _room(session, group, on=on, chosen=_chosen())
    )
    return page(
        "loans/application_meeting.html",
        form,
        group_name=group.name,
        code=code,
        room=room,
        votes=VOTE_IN_THAI,
        box=vote_box,
        chosen=sorted(_chosen()),
        present={str(one) for one in form.typed.get("present", [])},
    )


@blueprint.post(_MEETING)
@open_to(KEEPERS)
def record_votes(code: str) -> ResponseReturnValue:
    """Read the meeting and its votes back; once that was confirmed, write them, all or none."""
    group, (numbers, people) = of_group(code, _boxes)
    form = sent_form(meeting_schema(applications=numbers, members=people))
    if form.is_valid and form.values["read_back"] != "no":
        values = form.values
        held = Held(
            held_on=values["held_on"],
            resolution=values["resolution"],
            minutes=values["minutes"],
            present=frozenset(values["present"]),
            votes=votes_in(values),
        )
        try:
            if values["read_back"] != "yes":
                return _read_back_page(code, form, held)
            write(
                lambda session: record_meeting(
                    session, book_id=group.book_id, held=held, by=g.officer.mark, at=now()
                )
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash(f"บันทึกการประชุมแล้ว {values['resolution']}")
            voted = sorted(votes_in(values))
            if len(voted) == 1:
                return redirect(url_for("loans.application", code=code, number=voted[0]))
            return redirect(url_for("loans.applications", code=code))
    return _meeting_page(code, form)


def _read_back_page(code: str, form: Form, held: Held) -> ResponseReturnValue:
    """Show what each application comes to, and who voted how, before it is written for good."""

    def look(session: Session, group: Group) -> tuple[list[Counted], dict[int, str]]:
        counted = [
            Counted(application.id, full_name(borrower), application.amount_satang, tally)
            for application, tally in weigh_meeting(
                session, book_id=group.book_id, held=held, at=now()
            )
            for borrower in [session.get_one(Member, (group.book_id, application.member_id))]
        ]
        seats = seats_ever(session, book_id=group.book_id)
        return counted, {seat.member_id: seat.name for seat in seats}

    group, (counted, names) = of_group(code, look)
    return page(
        "loans/application_meeting_read_back.html",
        form,
        group_name=group.name,
        code=code,
        held=held,
        counted=counted,
        names=names,
        votes=VOTE_IN_THAI,
        chosen=sorted(_chosen()),
        kept=[box for box in form.typed if box not in {"key", "read_back", "present"}],
    )


def _boxes(session: Session, group: Group) -> tuple[set[int], set[int]]:
    """Give every application and every member of the committee that a vote could name."""
    rows = applications_of(session, book_id=group.book_id, on=today(), most_decided=MOST_OLD)
    seats = seats_ever(session, book_id=group.book_id)
    return {row.id for row in rows}, {seat.member_id for seat in seats}


#: A page that was left open may name applications that were decided since.
MOST_OLD = 200
