"""The first steps of a new installation: a few pages, and everything is written at the last one.

What was answered waits in the browser's signed cookie, so that closing the lid loses nothing and
nothing is half written. Passwords are hashed before they wait there.
"""

from typing import Any

from flask import current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.chart import KIND_IN_THAI as ACCOUNT_KIND_IN_THAI
from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError, NotAllowed, NotFound
from ledger.queries import balances_now
from ledger.roles import EVERYBODY, open_to
from ledger.web import Form, page, sent_form
from members import queries
from members.officers import FirstStepsOver, is_first_steps_code, is_new, take_first_steps
from members.views.room import blueprint
from members.views.settings.steps import LAST_STEP, STEPS, Answers, after, hash_typed, whole


class WrongFirstStepsCode(NotAllowed):
    """The code is not the one that the server printed when it was started."""

    thai = "รหัสเริ่มต้นไม่ถูก ดูตัวเลขและตัวอักษร 12 ตัวบนจอของเครื่องที่เปิดโปรแกรม แล้วพิมพ์ใหม่"


class StepNotFound(NotFound):
    """There is no such step."""

    thai = "ไม่พบขั้นนี้ กลับไปเริ่มจากขั้นแรก"


def _is_over() -> bool:
    return current_app.config["SETTINGS"].demo or not read(is_new)


def _kept() -> dict[str, Any]:
    """Give what the cookie keeps of the first steps."""
    kept: dict[str, Any] = session.get("first_steps", {})
    return kept


def _keep(**more: Any) -> None:
    session["first_steps"] = _kept() | more
    session.permanent = True


@blueprint.get("/first-steps")
@open_to(EVERYBODY)
def first_steps() -> ResponseReturnValue:
    """Ask for the code that the server printed, then lead to the first step not yet taken."""
    if _is_over():
        return redirect(url_for("members.sign_in"))
    typed = request.args.get("code")
    if typed is not None:
        key = current_app.config["SETTINGS"].secret_key
        if not is_first_steps_code(typed, secret_key=key):
            form = Form({"code": typed[:40]})
            form.refuse(WrongFirstStepsCode())
            return page("members/first_steps_code.html", form)
        _keep(open=True)
        # Without the code in it: an address is read over a shoulder and kept in a history.
        return redirect(url_for("members.first_steps"))
    if not _kept().get("open"):
        return page("members/first_steps_code.html", Form())
    return redirect(url_for("members.first_step", step=_first_not_taken()))


def _first_not_taken() -> str:
    answers = _kept().get("answers", {})
    return next((name for name in STEPS if name not in answers), LAST_STEP)


@blueprint.get("/first-steps/<step>")
@open_to(EVERYBODY)
def first_step(step: str) -> ResponseReturnValue:
    """Show a step, with what was answered before."""
    elsewhere = _not_yet(step)
    if elsewhere is not None:
        return elsewhere
    answered = _kept().get("answers", {}).get(step)
    return _step_page(step, Form(STEPS[step].begins_with() if answered is None else answered))


def _not_yet(step: str) -> ResponseReturnValue | None:
    """Lead elsewhere when it is not the time for a step."""
    if step not in STEPS:
        raise StepNotFound(step=step[:40])
    if _is_over():
        return redirect(url_for("members.sign_in"))
    before = list(STEPS)[: list(STEPS).index(step)]
    if not _kept().get("open") or any(name not in _kept().get("answers", {}) for name in before):
        return redirect(url_for("members.first_steps"))
    return None


def _step_page(step: str, form: Form) -> ResponseReturnValue:
    return page(
        f"members/first_steps_{step}.html",
        form,
        step=step,
        steps=[(name, one.title) for name, one in STEPS.items()],
        answers=_kept().get("answers", {}),
        has_password=_kept().get("hashes", {}),
        **STEPS[step].choices,
    )


@blueprint.post("/first-steps/<step>")
@open_to(EVERYBODY)
def answer_first_step(step: str) -> ResponseReturnValue:
    """Keep what was answered and go on; at the last step, write everything."""
    elsewhere = _not_yet(step)
    if elsewhere is not None:
        return elsewhere
    answers: Answers = _kept().get("answers", {})
    form = sent_form(STEPS[step].schema())
    STEPS[step].check(form, answers)
    if step == "officers":
        _keep(hashes=hash_typed(form, hashed_before=_kept().get("hashes", {})))
    if not form.is_valid:
        return _step_page(step, form)
    answers = answers | {step: _as_kept(form)}
    if step == LAST_STEP:
        return _open_everything(form, answers)
    if step == "group" and "place" in answers and not answers["place"]["moo"]:
        # What the group is decides whether it needs a village, so that is asked again.
        del answers["place"]
    _keep(answers=answers)
    return redirect(url_for("members.first_step", step=after(step)))


def _as_kept(form: Form) -> dict[str, Any]:
    """Give what was typed as the cookie keeps it: no password, and no blanks around."""
    secret = ("_password", "_again", "key")
    return {
        box: said.strip() if isinstance(said, str) else said
        for box, said in form.typed.items()
        if not box.endswith(secret)
    }


def _open_everything(form: Form, answers: Answers) -> ResponseReturnValue:
    """Write the group, its place, its officers and its by-laws, or nothing."""
    taken = whole(answers, hashes=_kept().get("hashes", {}))
    try:
        group = write(lambda work: take_first_steps(work, answers=taken, at=now()))
    except FirstStepsOver as over:
        flash(over.sentence())
        return redirect(url_for("members.sign_in"))
    except DomainError as refusal:
        form.refuse(refusal)
        return _step_page(LAST_STEP, form)
    session.clear()
    session["first_steps_taken"] = group.code
    return redirect(url_for("members.first_steps_done"))


@blueprint.get("/first-steps/done")
@open_to(EVERYBODY)
def first_steps_done() -> ResponseReturnValue:
    """Show what was opened, to the browser that opened it, and lead to signing in."""
    code = session.get("first_steps_taken")
    if code is None:
        return redirect(url_for("members.first_steps"))

    def look(work: Session) -> dict[str, Any]:
        group = queries.group_by_code(work, code=code)
        return {
            "group": group,
            "serving": queries.officers(work),
            "products": queries.products_of(work, book_id=group.book_id),
            "accounts": balances_now(work, book_id=group.book_id),
        }

    found = read(look)
    return page("members/first_steps_done.html", kinds=ACCOUNT_KIND_IN_THAI, **found)
