"""The feed: every entry of every group, filters, and signing many at once."""

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from audit.queries import (
    MOST_PEOPLE,
    EntryView,
    FeedFilter,
    FeedKeys,
    GroupPlace,
    State,
    entry_views,
    feed_keys,
    places,
    read_place,
)
from audit.schemas import FilterSchema, SignManySchema
from audit.services import REVIEWERS, SignedMany, sign_many
from audit.views.room import MARKS, Shown, blueprint, shown
from ledger.clock import now
from ledger.db import read, write
from ledger.entry import ENTRY_KIND_IN_THAI, EntryKind
from ledger.errors import DomainError
from ledger.roles import READERS, open_to
from ledger.thai import format_date
from ledger.web import Form, asked_form, page, sent_form, sent_from, status_of
from members.officers import confirm
from members.queries import officer_names


@blueprint.get("/review")
@open_to(READERS)
def feed() -> ResponseReturnValue:
    """Show every entry of the network, newest first, and whatever it is filtered by."""
    return _feed_page(None)


def _feed_page(form: Form | None) -> ResponseReturnValue:
    """Show the feed; with a form, what was refused stands above it and the ticks stay."""
    filters = asked_form(FilterSchema())
    place = read_place(filters.values.get("after", ""))
    network, officers, keys, entries = read(
        lambda session: _look(session, filters=filters, place=place)
    )
    by_book = {group.book_id: group for group in network}
    typed = {name: filters.typed[name] for name in FilterSchema.NAMES if filters.typed.get(name)}
    said = form if form is not None and form.refusal else filters
    answer, _status = page(
        "audit/feed.html",
        form or Form(),
        filters=filters,
        typed=typed,
        chips=_chips(filters, network=network, officers=officers),
        rows=[shown(entry, by_book[entry.book_id]) for entry in entries],
        keys=keys,
        most_people=MOST_PEOPLE,
        after=str(place or ""),
        next_place=str(keys.next or ""),
        states=[(str(state), MARKS[state][0]) for state in State],
        kinds=[(str(kind), ENTRY_KIND_IN_THAI[kind]) for kind in EntryKind],
        network=network,
        villages=_villages(network),
        tambons=_tambons(network),
        officers=sorted(officers.items(), key=lambda pair: pair[1]),
        may_review=g.officer.may(REVIEWERS),
    )
    return answer, said.status


def _look(
    session: Session, *, filters: Form, place: Any
) -> tuple[list[GroupPlace], dict[str, str], FeedKeys, list[EntryView]]:
    network, officers = places(session), officer_names(session)
    if not filters.is_valid:
        return network, officers, FeedKeys(), []
    keys = feed_keys(session, wanted=_wanted(filters), after=place, network=network)
    return network, officers, keys, entry_views(session, keys.keys, officers)


def _wanted(filters: Form) -> FeedFilter:
    values = filters.values
    least, most = values["amount"], values["most"]
    return FeedFilter(
        group_code=values["group"],
        village_code=values["village"],
        tambon_code=values["tambon"],
        first=values["first"],
        last=values["last"],
        kind=values["kind"],
        # One amount alone is that amount; a second one makes it the least of a range.
        least=least,
        most=least if most is None else most,
        person=values["person"],
        officer=values["officer"],
        state=values["state"],
    )


def _villages(network: Sequence[GroupPlace]) -> list[tuple[str, str]]:
    return list({p.village_code: p.where for p in network if p.village_code}.items())


def _tambons(network: Sequence[GroupPlace]) -> list[tuple[str, str]]:
    return list({p.tambon_code: p.tambon_name for p in network if p.tambon_code}.items())


def _chips(
    filters: Form, *, network: Sequence[GroupPlace], officers: dict[str, str]
) -> list[tuple[str, str]]:
    """Give what is filtered by, in words, with the name of the filter that takes each off."""
    values = filters.values
    words: dict[str, str] = {
        "state": MARKS[values["state"]][0] if values.get("state") else "",
        "group": next((p.name for p in network if p.code == values.get("group")), ""),
        "village": dict(_villages(network)).get(values.get("village", ""), ""),
        "tambon": dict(_tambons(network)).get(values.get("tambon", ""), ""),
        "first": format_date(values["first"]) if values.get("first") else "",
        "last": format_date(values["last"]) if values.get("last") else "",
        "kind": ENTRY_KIND_IN_THAI[values["kind"]] if values.get("kind") else "",
        "officer": officers.get(values.get("officer", ""), ""),
    }
    before = {
        "tambon": "ตำบล",
        "first": "ตั้งแต่ ",
        "last": "ถึง ",
        "amount": "จำนวน ",
        "most": "ถึง ",
        "person": "สมาชิก ",
        "officer": "ผู้ลงรายการ ",
    }
    return [
        (name, before.get(name, "") + (words.get(name) or filters.typed[name]))
        for name in FilterSchema.NAMES
        if filters.typed.get(name)
    ]


@blueprint.post("/review/signatures")
@open_to(REVIEWERS)
def sign_chosen() -> ResponseReturnValue:
    """Sign every entry that was ticked, after the password was typed once more."""
    form = sent_form(SignManySchema())
    if form.errors:
        form.refusal = next(iter(next(iter(form.errors.values()))))
    if form.is_valid:
        try:
            done = _sign(form)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return _signed_page(done)
    return _feed_page(form)


def _sign(form: Form) -> SignedMany:
    chosen = form.values["entry"]
    if chosen:
        confirm(
            officer_id=g.officer.id,
            password=form.values["password"],
            address=sent_from(),
            at=now(),
        )
    return write(lambda session: sign_many(session, seen=chosen, officer=g.officer, at=now()))


def _signed_page(done: SignedMany) -> ResponseReturnValue:
    """Go back to the feed when all were signed; else name each that was not, with its reason."""
    filtered: dict[str, Any] = {
        name: request.args[name] for name in FilterSchema.NAMES if request.args.get(name)
    }
    back = url_for("audit.feed", **filtered)
    if not done.refused:
        flash(f"ลงนามรับรองแล้ว {len(done.signed)} รายการ")
        return redirect(back)
    answer, _status = page("audit/signed.html", done=done, back=back)
    return answer, 200 if done.signed else status_of(done.refused[0][1])


__all__ = ["Shown", "feed", "sign_chosen"]
