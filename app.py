"""The front door: it puts the rooms together and says who may come in."""

import os

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

import audit.commands
import audit.views
import desk.views
import ledger.commands
import ledger.views
import loans.commands
import loans.views
import members.commands
import members.views
from ledger import db, roles, web
from ledger.clock import now
from ledger.errors import NotAllowed
from ledger.paper import prepare_fonts
from ledger.roles import EVERYBODY, NOBODY
from ledger.settings import Settings, settings_from
from members.officers import officer_behind

ROOMS = (ledger, members, loans, desk, audit)


def create_app(settings: Settings | None = None) -> Flask:
    """Put the house together and lead the doors to the database that the settings name."""
    settings = settings or settings_from(os.environ)
    app = Flask(__name__)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="samut_demo" if settings.demo else "samut",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.behind_tls,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=16 << 20,
        MAX_FORM_MEMORY_SIZE=4 << 20,
        MAX_FORM_PARTS=20_000,
    )
    app.url_map.converters["int"] = web.BookNumber
    db.connect(settings.database_url)
    prepare_fonts(settings.instance / "fonts")
    for room in ROOMS:
        app.register_blueprint(room.views.blueprint)
    for command in (
        *ledger.commands.COMMANDS,
        *members.commands.COMMANDS,
        *loans.commands.COMMANDS,
        *audit.commands.COMMANDS,
    ):
        app.cli.add_command(command)
    CSRFProtect(app)
    app.jinja_env.filters.update(web.FILTERS)
    app.jinja_env.globals.update(
        roles.FOR_PAGES, now=now, trust=audit.views.trust, demo=settings.demo
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # Flask escapes by a file's ending, and would let names into a print sheet (.j2) as they are.
    app.jinja_env.autoescape = True
    app.before_request(guard)
    app.after_request(web.with_headers)
    web.answer_errors(app)
    return app


class NotYours(NotAllowed):
    """The page is not open to any duty that the officer has in this group."""

    thai = "หน้านี้ไม่อยู่ในหน้าที่ของท่าน"


def guard() -> ResponseReturnValue | None:
    """Let nobody in whom the page is not open to; a page without a mark is open to nobody."""
    g.officer = None
    if request.endpoint is None or request.endpoint == "static":
        return None
    if "token" in session:
        g.officer = officer_behind(session["token"], at=now())
    wanted = getattr(current_app.view_functions[request.endpoint], "open_to", NOBODY)
    if wanted is EVERYBODY:
        return None
    if g.officer is None:
        come_back = request.full_path if request.method == "GET" else None
        return redirect(url_for("members.sign_in", next=come_back))
    if not g.officer.may(wanted, (request.view_args or {}).get("code")):
        raise NotYours(officer=g.officer.id, endpoint=request.endpoint)
    return None
