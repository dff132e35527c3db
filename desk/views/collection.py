"""The collection sheet: open it, type in it, print it blank."""

from flask import flash, g, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from desk.models import Collection
from desk.queries import (
    blank_sheet,
    collection_by_id,
    draft_of,
    open_draft,
    rows_of_sheet,
    sheet_of,
)
from desk.schemas import DraftSchema, MoveSchema, OpenSchema, sent_changes, sent_rows, shown_draft
from desk.services import (
    AlreadyPosted,
    change_day,
    discard_draft,
    open_collection,
    save_cells,
    save_whole_sheet,
)
from desk.sheet import CHANNEL_IN_THAI, STATE_IN_THAI, RowChange, Sheet, retyped
from desk.views.room import blueprint, clock
from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import KEEPERS, open_to
from ledger.thai import format_date
from ledger.web import Form, page, paper, sent_form, status_of
from ledger.web import today as this_day
from members.models import Group
from members.queries import group_by_code


def group_of(code: str) -> Group:
    """Find the group that a page is about."""
    return read(lambda session: group_by_code(session, code=code))


@blueprint.get("/groups/<code>/collection")
@open_to(KEEPERS)
def collection(code: str) -> ResponseReturnValue:
    """Show the open sheet, or ask for the day of a new one."""
    group = group_of(code)
    draft = read(lambda session: draft_of(session, book_id=group.book_id))
    if draft is None:
        return _start_page(group, Form({"held_on": format_date(this_day())}))
    return _grid(group, draft, Form())


def _start_page(group: Group, form: Form) -> ResponseReturnValue:
    return page("desk/collection_start.html", form, group_name=group.name, code=group.code)


def _grid(
    group: Group, draft: Collection, form: Form, changes: list[RowChange] | None = None
) -> ResponseReturnValue:
    sheet = read(lambda session: sheet_of(session, collection=draft))
    return page(
        "desk/collection.html",
        form,
        group_name=group.name,
        code=group.code,
        draft=draft,
        sheet=sheet if changes is None else retyped(sheet, changes),
        channels=CHANNEL_IN_THAI,
        states=STATE_IN_THAI,
    )


@blueprint.post("/groups/<code>/collection")
@open_to(KEEPERS)
def start(code: str) -> ResponseReturnValue:
    """Open the sheet of a day."""
    group = group_of(code)
    form = sent_form(OpenSchema())
    if form.is_valid:
        try:
            write(
                lambda session: open_collection(
                    session,
                    book_id=group.book_id,
                    held_on=form.values["held_on"],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for("desk.collection", code=code))
    return _start_page(group, form)


@blueprint.post("/groups/<code>/collection/cells")
@open_to(KEEPERS)
def save(code: str) -> ResponseReturnValue:
    """Keep what was typed on the grid since it was last sent."""
    group = group_of(code)
    try:
        collection_id, changes = sent_rows(request.get_json(silent=True))
        saved = write(
            lambda session: save_cells(
                session,
                book_id=group.book_id,
                collection_id=collection_id,
                changes=changes,
                at=now(),
            )
        )
    except DomainError as refusal:
        return jsonify(sentence=refusal.sentence()), status_of(refusal)
    who = {change.member_id for change in changes}
    rows = read(
        lambda session: rows_of_sheet(
            session, collection=open_draft(session, book_id=group.book_id), member_ids=who
        )
    )
    return jsonify(revision=saved.revision, saved=clock(saved.saved_at), wrong=_wrong_cells(rows))


def _wrong_cells(rows: Sheet) -> list[dict[str, object]]:
    return [
        {"member": cell.member_id, "product": cell.code, "sentence": cell.sentence}
        for cell in rows.wrong
    ]


@blueprint.post("/groups/<code>/collection/sheet")
@open_to(KEEPERS)
def save_sheet(code: str) -> ResponseReturnValue:
    """Keep the whole sheet, as a page without scripts sends it, and go on if that was asked."""
    group = group_of(code)
    collection_id, revision = shown_draft(request.form)
    draft = read(
        lambda session: collection_by_id(
            session, book_id=group.book_id, collection_id=collection_id
        )
    )
    sheet = read(lambda session: sheet_of(session, collection=draft))
    changes = sent_changes(request.form, sheet)
    form = Form()
    try:
        write(
            lambda session: save_whole_sheet(
                session,
                book_id=group.book_id,
                collection_id=collection_id,
                revision=revision,
                changes=changes,
                at=now(),
            )
        )
        if request.form.get("go") == "count":
            retyped(sheet, changes).check()
    except AlreadyPosted:
        raise  # what was typed for a posted day must not be laid over the sheet of the next one
    except DomainError as refusal:
        form.refuse(refusal)
    else:
        if request.form.get("go") == "count":
            return redirect(url_for("desk.count", code=code))
        flash(f"บันทึกร่างแล้ว {clock(now())}")
        return redirect(url_for("desk.collection", code=code))
    draft = read(lambda session: open_draft(session, book_id=group.book_id))
    return _grid(group, draft, form, changes)


@blueprint.post("/groups/<code>/collection/day")
@open_to(KEEPERS)
def move(code: str) -> ResponseReturnValue:
    """Say that the open sheet is of another day."""
    group = group_of(code)
    form = sent_form(MoveSchema())
    if form.is_valid:
        try:
            write(
                lambda session: change_day(
                    session,
                    book_id=group.book_id,
                    collection_id=form.values["collection"],
                    held_on=form.values["held_on"],
                    at=now(),
                )
            )
        except AlreadyPosted:
            raise
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(f"เปลี่ยนวันที่ของใบเป็น {format_date(form.values['held_on'])} แล้ว ยอดที่พิมพ์ไว้ยังอยู่ครบ")
            return redirect(url_for("desk.collection", code=code))
    draft = read(lambda session: open_draft(session, book_id=group.book_id))
    return _grid(group, draft, form)


@blueprint.post("/groups/<code>/collection/discard")
@open_to(KEEPERS)
def discard(code: str) -> ResponseReturnValue:
    """Throw the open sheet away."""
    group = group_of(code)
    form = sent_form(DraftSchema())
    if form.is_valid:
        try:
            write(
                lambda session: discard_draft(
                    session,
                    book_id=group.book_id,
                    collection_id=form.values["collection"],
                    revision=form.values["revision"],
                )
            )
        except AlreadyPosted:
            raise
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash("ทิ้งใบรับเงินที่ค้างอยู่แล้ว ยังไม่มีอะไรลงบัญชี")
            return redirect(url_for("desk.today", code=code))
    draft = read(lambda session: open_draft(session, book_id=group.book_id))
    return _grid(group, draft, form)


@blueprint.get("/groups/<code>/collection/blank.pdf")
@open_to(KEEPERS)
def blank(code: str) -> ResponseReturnValue:
    """Print a sheet to write on by hand, with what is expected."""
    group = group_of(code)
    draft = read(lambda session: draft_of(session, book_id=group.book_id))
    on = this_day() if draft is None else draft.held_on
    sheet = read(lambda session: blank_sheet(session, book_id=group.book_id, on=on))
    return paper(
        "paper/collection_sheet.html.j2",
        name=f"ใบรับเงิน-{group.code}-{on.isoformat()}",
        group=group,
        sheet=sheet,
        on=on,
    )
