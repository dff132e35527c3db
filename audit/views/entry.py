"""One entry: in words and as on paper, its place in the chain, signatures and questions."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from audit.queries import (
    entry_view,
    next_in_chain,
    places,
    questions_of,
    receipt_number_of,
)
from audit.schemas import SettleSchema, SignSchema, WordsSchema
from audit.services import (
    REVIEWERS,
    THOSE_ASKED,
    answer,
    ask,
    serves_or_lives_there,
    settle,
    sign_off,
)
from audit.views.room import blueprint, shown
from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import READERS, open_to
from ledger.web import Form, page, sent_form
from members.queries import group_by_code, officer_names


@blueprint.get("/groups/<code>/entries/<int:number>")
@open_to(READERS)
def entry(code: str, number: int) -> ResponseReturnValue:
    """Show one entry with everything about it."""
    return _entry_page(code, number)


def _entry_page(
    code: str, number: int, form: Form | None = None, about: str = ""
) -> ResponseReturnValue:
    """Show an entry; ``about`` names the form on it that was refused."""
    values = read(lambda session: _look(session, code=code, number=number))
    place, view = values["place"], values["view"]
    lives_there = serves_or_lives_there(
        g.officer, code=code, village_code=place.village_code or None
    )
    wrote = g.officer.mark in {view.posted_by, view.approved_by}
    return page(
        "audit/entry.html",
        form or Form(),
        code=code,
        group_name=place.name,
        row=shown(view, place),
        about=about,
        may_answer=g.officer.may(THOSE_ASKED, code),
        may_settle=not (lives_there or wrote),
        is_reviewer=g.officer.may(REVIEWERS, code),
        **values,
    )


def _look(session: Session, *, code: str, number: int) -> dict[str, Any]:
    book_id = group_by_code(session, code=code).book_id
    view = entry_view(session, book_id=book_id, number=number, officers=officer_names(session))
    return {
        "view": view,
        "place": next(place for place in places(session) if place.book_id == book_id),
        "after": next_in_chain(session, book_id=book_id, number=number),
        "receipt": receipt_number_of(session, book_id=book_id, number=number),
        "questions": questions_of(session, book_id=book_id, number=number),
    }


def _book_of(code: str) -> int:
    return read(lambda session: group_by_code(session, code=code)).book_id


@blueprint.post("/groups/<code>/entries/<int:number>/signature")
@open_to(REVIEWERS)
def sign(code: str, number: int) -> ResponseReturnValue:
    """Sign the entry, with the seal that was on the page."""
    form = sent_form(SignSchema())
    return _do(
        code,
        number,
        form,
        about="sign",
        said="ลงนามรับรองรายการนี้แล้ว",
        work=lambda session, book_id: sign_off(
            session,
            book_id=book_id,
            number=number,
            seal_seen=form.values["seal"],
            officer=g.officer,
            at=now(),
        ),
    )


@blueprint.post("/groups/<code>/entries/<int:number>/questions")
@open_to(READERS)
def ask_about(code: str, number: int) -> ResponseReturnValue:
    """Ask about the entry."""
    form = sent_form(WordsSchema())
    return _do(
        code,
        number,
        form,
        about="ask",
        said="ส่งข้อซักถามแล้ว กรรมการของกลุ่มจะเห็นในแถบด้านบน",
        work=lambda session, book_id: ask(
            session,
            book_id=book_id,
            number=number,
            text=form.values["text"],
            officer=g.officer,
            at=now(),
        ),
    )


@blueprint.post("/groups/<code>/entries/<int:number>/questions/<int:question>/answers")
@open_to(THOSE_ASKED)
def answer_question(code: str, number: int, question: int) -> ResponseReturnValue:
    """Answer a question for the group."""
    form = sent_form(WordsSchema())
    return _do(
        code,
        number,
        form,
        about=f"answer-{question}",
        said="ส่งคำตอบแล้ว",
        work=lambda session, book_id: answer(
            session,
            book_id=book_id,
            question_id=question,
            text=form.values["text"],
            officer=g.officer,
            at=now(),
        ),
    )


@blueprint.post("/groups/<code>/entries/<int:number>/questions/<int:question>/settlement")
@open_to(READERS)
def settle_question(code: str, number: int, question: int) -> ResponseReturnValue:
    """End a question."""
    form = sent_form(SettleSchema())
    return _do(
        code,
        number,
        form,
        about=f"settle-{question}",
        said="ปิดข้อซักถามแล้ว",
        work=lambda session, book_id: settle(
            session,
            book_id=book_id,
            question_id=question,
            text=form.values["text"],
            officer=g.officer,
            at=now(),
        ),
    )


def _do(
    code: str,
    number: int,
    form: Form,
    *,
    about: str,
    said: str,
    work: Callable[[Session, int], object],
) -> ResponseReturnValue:
    """Do what a form of the page asks for, and show the page again."""
    if form.is_valid:
        try:
            book_id = _book_of(code)
            write(lambda session: work(session, book_id))
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(said)
            return redirect(url_for("audit.entry", code=code, number=number))
    return _entry_page(code, number, form, about)
