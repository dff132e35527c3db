"""Finding people: the members of a group by name, and anybody from any page."""

from typing import Any

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.db import read
from ledger.roles import KEEPERS, READERS, open_to
from ledger.web import page
from members.queries import (
    FoundPerson,
    count_members,
    group_by_code,
    groups,
    member_page,
    search_people,
)
from members.views.room import blueprint

MEMBERS_A_PAGE = 50
MOST_FOUND = 60
LONGEST_SEARCH = 80


@blueprint.get("/groups/<code>/members")
@open_to(READERS)
def people(code: str) -> ResponseReturnValue:
    """List the members of a group by name, or those whom a few letters find."""
    text = request.args.get("find", "")[:LONGEST_SEARCH].strip()
    after = request.args.get("after", "")

    def look(session: Session) -> dict[str, Any]:
        group = group_by_code(session, code=code)
        listed = member_page(
            session, book_id=group.book_id, after=after, most=MEMBERS_A_PAGE + 1, text=text
        )
        return {
            "group_name": group.name,
            "members": listed[:MEMBERS_A_PAGE],
            "more_after": listed[MEMBERS_A_PAGE - 1].number
            if len(listed) > MEMBERS_A_PAGE
            else None,
            "how_many": count_members(session, book_id=group.book_id),
        }

    return page("members/people.html", code=code, find=text, after=after, **read(look))


@blueprint.get("/search")
@open_to(READERS)
def search() -> ResponseReturnValue:
    """Find anybody by three letters of a name, a house number or a member number.

    Only the books that the officer may read are searched; whom their own group has comes first.
    """
    text = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    found = read(lambda session: _found(session, text))
    if len(found) == 1:
        only = found[0]
        return redirect(url_for("members.member", code=only.group_code, number=only.number))
    return page(
        "members/search.html",
        text=text,
        found=found[:MOST_FOUND],
        there_are_more=len(found) > MOST_FOUND,
    )


def _found(session: Session, text: str) -> list[FoundPerson]:
    readable = [group for group in groups(session) if g.officer.may(READERS, group.code)]
    return search_people(
        session,
        text=text,
        book_ids=[group.book_id for group in readable],
        most=MOST_FOUND + 1,
        nearest=[group.book_id for group in readable if g.officer.may(KEEPERS, group.code)],
    )
