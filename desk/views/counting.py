"""Counting the cash of a collection day, and posting it."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue

from desk.cash import COINS, NOTES, difference_of, difference_word, total_of_count
from desk.models import Collection
from desk.queries import count_of, fund_names, open_draft, sheet_of
from desk.schemas import PostSchema, count_schema, counted
from desk.services import AlreadyPosted, PostedCollection, post_collection, save_count
from desk.views.collection import group_of
from desk.views.room import blueprint
from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import KEEPERS, open_to
from ledger.web import Form, page, sent_form
from members.models import Group


def _draft_of(group: Group) -> Collection:
    return read(lambda session: open_draft(session, book_id=group.book_id))


@blueprint.get("/groups/<code>/collection/count")
@open_to(KEEPERS)
def count(code: str) -> ResponseReturnValue:
    """Ask how many notes and coins there are."""
    group = group_of(code)
    draft = _draft_of(group)
    kept = read(lambda session: count_of(session, collection=draft))
    typed = {f"n{value}": number or "" for value, number in kept.items()}
    return _count_page(group, draft, Form(typed))


def _count_page(group: Group, draft: Collection, form: Form) -> ResponseReturnValue:
    sheet = read(lambda session: sheet_of(session, collection=draft))
    kept = read(lambda session: count_of(session, collection=draft))
    pieces = {
        kind.value: form.values.get(f"n{kind.value}", kept.get(kind.value, 0))
        for kind in NOTES + COINS
    }
    total = total_of_count(pieces)
    typed = [str(form.typed.get(f"n{kind.value}", "")) for kind in NOTES + COINS]
    return page(
        "desk/count.html",
        form,
        group_name=group.name,
        code=group.code,
        draft=draft,
        sheet=sheet,
        notes=NOTES,
        coins=COINS,
        pieces=pieces,
        # Whoever has nothing to count need not begin, and who counted nothing at all has begun.
        begun=bool(kept) or any(map(str.strip, typed)) or not sheet.totals.cash,
        was_counted=bool(kept) or not sheet.totals.cash,
        counted=total,
        difference=difference_of(counted=total, expected=sheet.totals.cash),
        difference_word=difference_word,
        fund_names=read(lambda session: fund_names(session, book_id=group.book_id)),
    )


@blueprint.post("/groups/<code>/collection/count")
@open_to(KEEPERS)
def keep_count(code: str) -> ResponseReturnValue:
    """Keep the count, and go on to read it back."""
    group = group_of(code)
    form = sent_form(count_schema())
    if form.is_valid:
        try:
            write(
                lambda session: save_count(
                    session,
                    book_id=group.book_id,
                    collection_id=form.values["collection"],
                    pieces=counted(form.values),
                    at=now(),
                )
            )
        except AlreadyPosted:
            raise
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for("desk.confirm", code=code))
    return _count_page(group, _draft_of(group), form)


@blueprint.get("/groups/<code>/collection/confirm")
@open_to(KEEPERS)
def confirm(code: str) -> ResponseReturnValue:
    """Read the day back in figures and in words, before it is posted."""
    group = group_of(code)
    draft = _draft_of(group)
    # The key is the sheet's own, so that two pages that post it are the same request.
    return _confirm_page(group, draft, Form({"key": f"collection-{draft.id}", "reason": ""}))


def _confirm_page(group: Group, draft: Collection, form: Form) -> ResponseReturnValue:
    sheet = read(lambda session: sheet_of(session, collection=draft))
    pieces = read(lambda session: count_of(session, collection=draft))
    total = total_of_count(pieces)
    return page(
        "desk/confirm.html",
        form,
        group_name=group.name,
        code=group.code,
        draft=draft,
        sheet=sheet,
        has_count=bool(pieces),
        counted=total,
        difference=difference_of(counted=total, expected=sheet.totals.cash),
        difference_word=difference_word,
        fund_names=read(lambda session: fund_names(session, book_id=group.book_id)),
    )


@blueprint.post("/groups/<code>/collection/confirm")
@open_to(KEEPERS)
def post(code: str) -> ResponseReturnValue:
    """Post the day."""
    group = group_of(code)
    form = sent_form(PostSchema())
    if form.is_valid:
        try:
            posted: PostedCollection = write(
                lambda session: post_collection(
                    session,
                    book_id=group.book_id,
                    collection_id=form.values["collection"],
                    revision=form.values["revision"],
                    difference_reason=form.values["reason"],
                    idempotency_key=form.values["key"],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except AlreadyPosted:
            raise
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(f"ลงบัญชีแล้ว ออกใบรับเงิน {len(posted.receipt_numbers)} ใบ")
            return redirect(url_for("desk.day", code=code, collection_id=posted.collection_id))
    return _confirm_page(group, _draft_of(group), form)
