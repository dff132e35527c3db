"""Bringing members and savings in from a spreadsheet."""

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import KEEPERS, open_to
from ledger.thai import DateStyle, format_date
from ledger.web import Form, page, sent_form, sent_from, sheet, today
from members.imports.batches import Written, post_at_the_table, undo_import
from members.imports.examples import example_of
from members.imports.facts import product_words
from members.imports.kept import (
    STATE_IN_THAI,
    WHAT_IN_THAI,
    Choices,
    ImportNotFound,
    KeptImport,
    What,
    keep_import,
    list_imports,
    preview,
    read_table,
)
from members.imports.savings import AGAINST_IN_THAI, Against
from members.officers import approval_of
from members.queries import group_by_code, officer_names, products_of
from members.schemas.imports import ImportSchema, PostImportSchema, UndoSchema
from members.views.people.asking import refuse_at_its_box, seconds
from members.views.room import blueprint

ROWS_OF_A_PAGE = 200
LONGEST_PAGE_NUMBER = 6


@blueprint.get("/groups/<code>/imports")
@open_to(KEEPERS)
def imports(code: str) -> ResponseReturnValue:
    """List the files that were brought in, and ask for another."""
    on = format_date(today(), DateStyle.NUMERIC)
    return _list_page(code, Form({"what": "members", "against": Against.CASH.value, "on": on}))


def _list_page(code: str, form: Form) -> ResponseReturnValue:
    def look(session: Session) -> dict[str, object]:
        group = group_by_code(session, code=code)
        products = products_of(session, book_id=group.book_id)
        return {
            "group_name": group.name,
            "files": list_imports(session, book_id=group.book_id),
            "products": [(product.code, product.name) for product in products],
            "names": officer_names(session),
        }

    values = read(look)
    return page(
        "members/imports.html",
        form,
        code=code,
        what_in_thai=WHAT_IN_THAI,
        state_in_thai=STATE_IN_THAI,
        kinds=[(what.value, words) for what, words in WHAT_IN_THAI.items()],
        sides=[(side.value, words) for side, words in AGAINST_IN_THAI.items()],
        **values,
    )


@blueprint.post("/groups/<code>/imports")
@open_to(KEEPERS)
def read_import(code: str) -> ResponseReturnValue:
    """Read a file and lead on to its rows; nothing is posted."""
    form = sent_form(ImportSchema())
    if form.is_valid:
        try:
            kept = _read(code, form)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            if kept.again:
                flash("แฟ้มนี้เคยบันทึกแล้ว ไม่ได้บันทึกซ้ำ" if kept.posted else "แฟ้มนี้เคยอ่านแล้ว ตรวจใหม่ให้แล้ว")
            return redirect(url_for("members.look_at_import", code=code, number=kept.number))
    return _list_page(code, form)


def _read(code: str, form: Form) -> KeptImport:
    """Read the file before the book is locked: a long one takes a second."""
    sent = request.files.get("file")
    content = b"" if sent is None else sent.read()
    name = "" if sent is None else sent.filename or ""
    what = form.values["what"]

    def words_of(session: Session) -> tuple[int, dict[str, str]]:
        group = group_by_code(session, code=code)
        return group.book_id, product_words(session, book_id=group.book_id)

    book_id, words = read(words_of)
    table = read_table(content, what=what, products=words)
    choices = Choices(form.values["against"], form.values["product"], form.values["on"])
    return write(
        lambda session: keep_import(
            session,
            book_id=book_id,
            what=what,
            file_name=name,
            content=content,
            table=table,
            choices=choices,
            by=g.officer.mark,
            at=now(),
        )
    )


@blueprint.get("/groups/<code>/imports/<int:number>")
@open_to(KEEPERS)
def look_at_import(code: str, number: int) -> ResponseReturnValue:
    """Show every row of a file, those with something wrong first."""
    return _rows_page(code, number, Form())


def _rows_page(code: str, number: int, form: Form) -> ResponseReturnValue:
    def look(session: Session) -> dict[str, object]:
        group = group_by_code(session, code=code)
        return {
            "group_name": group.name,
            "file": preview(session, book_id=group.book_id, number=number, today=today()),
            "products": {p.code: p.name for p in products_of(session, book_id=group.book_id)},
            "names": officer_names(session),
        }

    asked = request.args.get("page", "1")[:LONGEST_PAGE_NUMBER]
    turned = max(int(asked), 1) if asked.isascii() and asked.isdigit() else 1
    values = read(look)
    return page(
        "members/import.html",
        form,
        code=code,
        what_in_thai=WHAT_IN_THAI,
        against_in_thai=AGAINST_IN_THAI,
        seconds=seconds(code),
        turned=turned,
        first=(turned - 1) * ROWS_OF_A_PAGE,
        rows_of_a_page=ROWS_OF_A_PAGE,
        **values,
    )


@blueprint.post("/groups/<code>/imports/<int:number>/post")
@open_to(KEEPERS)
def post_rows(code: str, number: int) -> ResponseReturnValue:
    """Post everything that a file brings in, or nothing."""
    form = sent_form(PostImportSchema())
    if form.is_valid:
        try:
            done = _posted(code, number, form)
        except ImportNotFound:
            raise
        except DomainError as refusal:
            refuse_at_its_box(form, refusal)
        else:
            flash(
                "เคยบันทึกแล้ว ไม่ได้บันทึกซ้ำ" if done.replayed else f"บันทึกครบทั้งแฟ้มแล้ว {done.count:,} แถว"
            )
            return redirect(url_for("members.look_at_import", code=code, number=number))
    return _rows_page(code, number, form)


def _posted(code: str, number: int, form: Form) -> Written:
    at = now()
    book_id = read(lambda session: group_by_code(session, code=code).book_id)
    approved_by = None
    if form.values["second_officer"]:
        approved_by = approval_of(
            code=code,
            officer_id=form.values["second_officer"],
            password=form.values["password"],
            besides=g.officer.id,
            address=sent_from(),
            at=at,
        )
    return write(
        lambda session: post_at_the_table(
            session,
            book_id=book_id,
            number=number,
            by=g.officer.mark,
            approved_by=approved_by,
            at=at,
        )
    )


@blueprint.post("/groups/<code>/imports/<int:number>/undo")
@open_to(KEEPERS)
def undo_rows(code: str, number: int) -> ResponseReturnValue:
    """Take everything back that a file brought in, or nothing."""
    form = sent_form(UndoSchema())
    book_id = read(lambda session: group_by_code(session, code=code).book_id)
    if form.is_valid:
        try:
            done = write(
                lambda session: undo_import(
                    session,
                    book_id=book_id,
                    number=number,
                    because=form.values["because"],
                    by=g.officer.mark,
                    at=now(),
                )
            )
        except ImportNotFound:
            raise
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(
                "เคยยกเลิกแล้ว ไม่ได้ทำซ้ำ" if done.replayed else f"ยกเลิกทั้งแฟ้มแล้ว {done.count:,} รายการ"
            )
            return redirect(url_for("members.look_at_import", code=code, number=number))
    return _rows_page(code, number, form)


@blueprint.get("/groups/<code>/imports/example-<any(members, savings):what>.xlsx")
@open_to(KEEPERS)
def import_example(code: str, what: str) -> ResponseReturnValue:
    """Give a sheet to fill in, with the group's own products."""

    def look(session: Session) -> list[str]:
        group = group_by_code(session, code=code)
        return [product.name for product in products_of(session, book_id=group.book_id)]

    kind = What(what)
    return sheet(
        example_of(kind, products=read(look), on=today()), name=f"example-{what}", ending="xlsx"
    )
