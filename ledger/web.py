"""What every page does in the same way: read a form, write figures and days, answer with paper.

A view has four moments: read the request, open the door, call one service, answer. This module
serves the first and the last.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from marshmallow import Schema, ValidationError, fields
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from ledger.clock import now
from ledger.errors import Conflict, DomainError, NotAllowed, NotFound, RuleBroken, Unreadable
from ledger.exports import Table, as_csv, as_xlsx
from ledger.money import format_baht, plain_baht
from ledger.paper import pdf_from_html
from ledger.seal import long_form, short_form
from ledger.thai import (
    DateStyle,
    baht_in_words,
    format_date,
    format_moment,
    format_month,
    mask_personal,
    thai_digits,
    today_in_bangkok,
)

log = logging.getLogger("samut")

#: The one table that turns a family of refusals into an HTTP status.
STATUS = {
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    RuleBroken: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotAllowed: HTTPStatus.FORBIDDEN,
    Unreadable: HTTPStatus.BAD_REQUEST,
}
#: Nothing runs that does not come from this house; nobody frames it; nothing leaks to others.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; object-src 'none'; manifest-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BookNumber(IntegerConverter):
    """A number in an address; what no book reaches is no address, rather than a fault below."""

    def __init__(self, url_map: Map, **limits: Any) -> None:
        super().__init__(url_map, **({"max": 2**53} | limits))


def status_of(refusal: DomainError) -> HTTPStatus:
    """Give the HTTP status of a refusal's family."""
    return next(
        (status for family, status in STATUS.items() if isinstance(refusal, family)),
        HTTPStatus.UNPROCESSABLE_ENTITY,
    )


class Form:
    """A form as it was sent, or as it is first shown: what was typed stays, also when refused.

    Attributes:
        typed: What each box shows.
        values: What was read from it; complete only when the form ``is_valid``.
        errors: For each box, the sentences about it.
        refusal: The sentence of the rule that refused the whole form, or empty.
        status: The HTTP status to answer with.
    """

    def __init__(self, typed: Mapping[str, Any] | None = None) -> None:
        self.typed: dict[str, Any] = dict(typed or {})
        self.typed.setdefault("key", new_key())
        self.values: dict[str, Any] = {}
        self.errors: dict[str, list[str]] = {}
        self.refusal = ""
        self.status = HTTPStatus.OK

    @property
    def is_valid(self) -> bool:
        """Whether every box could be read and nothing was refused."""
        return not self.errors and not self.refusal

    def refuse(self, refusal: DomainError) -> None:
        """Keep the sentence of a refusal, to be shown above the form."""
        self.refusal = refusal.sentence()
        self.status = status_of(refusal)

    def wrong(self, box: str, sentence: str) -> None:
        """Say what is wrong with one box."""
        self.errors.setdefault(box, []).append(sentence)
        self.status = HTTPStatus.BAD_REQUEST


def sent_form(schema: Schema) -> Form:
    """Read the form that was sent through a schema; boxes that cannot be read say why."""
    sent: dict[str, Any] = request.form.to_dict()
    sent.pop("csrf_token", None)
    for name, field in schema.fields.items():
        if isinstance(field, fields.List):
            sent[name] = request.form.getlist(name)
    return _read_form(schema, sent)


def asked_form(schema: Schema) -> Form:
    """Read what a page's address asks for, such as the days of a report, through a schema."""
    return _read_form(schema, request.args.to_dict())


def _read_form(schema: Schema, sent: Mapping[str, Any]) -> Form:
    form = Form(sent)
    try:
        form.values = schema.load(sent)
    except ValidationError as error:
        form.values = dict(error.valid_data or {}) if isinstance(error.valid_data, dict) else {}
        said: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        for name, messages in said.items():
            for sentence in _sentences(messages):
                form.wrong(name, sentence)
    return form


#: marshmallow's own English sentences, which a person should never read.
_THAI_FOR = {
    "Missing data for required field.": "ช่องนี้ต้องกรอก",
    "Field may not be null.": "ช่องนี้ต้องกรอก",
    "Unknown field.": "มีช่องที่ไม่รู้จัก เปิดหน้านี้ใหม่แล้วกรอกอีกครั้ง",
}


def _sentences(messages: Any) -> list[str]:
    if isinstance(messages, dict):
        return [sentence for inner in messages.values() for sentence in _sentences(inner)]
    return [_THAI_FOR.get(message, message) for message in messages]


def new_key() -> str:
    """Make the key under which one form is posted at most once."""
    return secrets.token_urlsafe(18)


def today() -> date:
    """Give the day that it is in Bangkok."""
    return today_in_bangkok(now())


def sent_from() -> str:
    """Give the address that the request came from."""
    return request.remote_addr or ""


def page(template: str, form: Form | None = None, **values: Any) -> tuple[str, int]:
    """Answer with a page; with a form, under the form's status."""
    status = HTTPStatus.OK if form is None else form.status
    return render_template(template, form=form, **values), status


def paper(template: str, *, name: str, **values: Any) -> Response:
    """Answer with a PDF that the browser shows; ``name`` is what it is saved as, without ending."""
    html = render_template(template, printed_by=_officer_name(), printed_at=now(), **values)
    return file(pdf_from_html(html), name=f"{name}.pdf", kind="application/pdf", shown=True)


def _officer_name() -> str:
    officer = g.get("officer")
    return "" if officer is None else officer.name


def sheet(table: Table, *, name: str, ending: str) -> Response:
    """Answer with a table as a file; ``ending`` is ``csv`` or ``xlsx``."""
    if ending == "csv":
        return file(as_csv(table), name=f"{name}.csv", kind="text/csv; charset=utf-8")
    return file(as_xlsx(table), name=f"{name}.xlsx", kind=SPREADSHEET)


def file(content: bytes, *, name: str, kind: str, shown: bool = False) -> Response:
    """Answer with a file, to be saved or, for a PDF, shown."""
    response = Response(content, content_type=kind)
    how = "inline" if shown else "attachment"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    response.headers["Content-Disposition"] = (
        f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    )
    return response


def with_headers(response: Response) -> Response:
    """Add the headers that every answer carries; pages of people and money are not kept."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def answer_errors(app: Flask) -> None:
    """Answer refusals and bugs with a page that says in Thai what to do."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(CSRFError, _form_is_old)
    app.register_error_handler(HTTPException, _not_answered)
    app.register_error_handler(Exception, _bug)


def _refused(refusal: Exception) -> tuple[str, int]:
    assert isinstance(refusal, DomainError)
    log.info("refused: %s(%s) %s", type(refusal).__name__, refusal, request.path)
    return _error_page(refusal.sentence(), status_of(refusal))


def _form_is_old(error: Exception) -> tuple[str, int]:
    log.info("refused: %s %s", error, request.path)
    return _error_page(
        "แบบฟอร์มนี้หมดอายุ กดย้อนกลับ เปิดหน้านี้ใหม่ แล้วส่งอีกครั้ง ยังไม่มีอะไรถูกบันทึก",
        HTTPStatus.BAD_REQUEST,
    )


_SENTENCES = {
    HTTPStatus.NOT_FOUND: "ไม่พบหน้านี้ อาจพิมพ์ที่อยู่ผิด หรือลิงก์เก่าเกินไป",
    HTTPStatus.METHOD_NOT_ALLOWED: "เปิดหน้านี้แบบนี้ไม่ได้ กลับไปเริ่มจากหน้าแรก",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "แฟ้มหรือแบบฟอร์มใหญ่เกินไป แบ่งส่งเป็นส่วนเล็กลง (ไม่เกิน 16 เมกะไบต์)"
    ),
}


def _not_answered(error: Exception) -> ResponseReturnValue:
    assert isinstance(error, HTTPException)
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    sentence = _SENTENCES.get(HTTPStatus(error.code), "คำขอนี้ไม่สมบูรณ์ กดย้อนกลับแล้วลองอีกครั้ง")
    return _error_page(sentence, HTTPStatus(error.code))


def _bug(error: Exception) -> tuple[str, int]:
    """Give a bug a number that the page shows and the log explains; no trace leaves the house."""
    number = secrets.token_hex(4)
    log.error("bug %s at %s %s", number, request.method, request.path, exc_info=error)
    unsure = "ยังไม่ยืนยันว่าบันทึกแล้วหรือไม่ ส่งซ้ำได้ ไม่ลงบัญชีซ้ำ " if request.method == "POST" else ""
    return _error_page(
        f"ระบบขัดข้อง {unsure}ถ้ายังเป็นอยู่ แจ้งผู้ดูแลพร้อมหมายเลข {number}",
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def _error_page(sentence: str, status: HTTPStatus) -> tuple[str, int]:
    return render_template("error.html", sentence=sentence, status=int(status)), status


#: How templates write what the book holds.
FILTERS: dict[str, Callable[..., str]] = {
    "baht": format_baht,
    "plain_baht": plain_baht,
    "words": baht_in_words,
    "day": format_date,
    "long_day": lambda day: format_date(day, DateStyle.LONG),
    "full_day": lambda day: format_date(day, DateStyle.FULL),
    "numeric_day": lambda day: format_date(day, DateStyle.NUMERIC),
    "month": format_month,
    "moment": format_moment,
    "seal": short_form,
    "long_seal": long_form,
    "thai_digits": thai_digits,
    "masked": mask_personal,
}
