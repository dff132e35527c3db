"""A book at a glance, and the book as a sealed file for strangers."""

from tempfile import SpooledTemporaryFile

from flask import send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger import queries
from ledger.chart import KIND_IN_THAI
from ledger.db import read
from ledger.exports import sealed_export
from ledger.models import Book, Fund, Period
from ledger.reports import Overview, overview_of
from ledger.roles import ANYONE_SIGNED_IN, READERS, open_to
from ledger.views.asked import may_read
from ledger.views.room import blueprint
from ledger.web import file, page, today

#: A sealed file of up to this many bytes is not written to the disk on its way.
IN_MEMORY = 4 << 20


@blueprint.get("/groups/<code>/book")
@open_to(ANYONE_SIGNED_IN)
def overview(code: str) -> ResponseReturnValue:
    """Show a book at a glance: what there is, where it came from, and that it agrees."""
    month = today()

    def look(session: Session) -> tuple[Book, list[Fund], Overview, list[Period]]:
        book = queries.book_by_code(session, code=code)
        balances = queries.balances_of_months(session, book_id=book.id, first=month, last=month)
        return (
            book,
            queries.funds_of(session, book_id=book.id),
            overview_of(balances),
            queries.closed_periods(session, book_id=book.id)[:1],
        )

    book, funds, totals, closed = read(look)
    return page(
        "ledger/overview.html",
        group_name=book.name,
        book=book,
        fund_names={fund.code: fund.name_th for fund in funds},
        kind_names=KIND_IN_THAI,
        totals=totals,
        closed=closed[0] if closed else None,
        month=month,
        reads=may_read(code),
    )


@blueprint.get("/groups/<code>/sealed.jsonl")
@open_to(READERS)
def sealed(code: str) -> ResponseReturnValue:
    """Give every entry with its seal, for ``docs/check_seal.py``; it holds no member's name."""
    kept = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (the answer closes it)

    def work(session: Session) -> None:
        book = queries.book_by_code(session, code=code)
        kept.writelines(sealed_export(session, book=book))

    try:
        read(work)
    except BaseException:
        kept.close()
        raise
    name, kind = f"{code}-sealed.jsonl", "application/jsonl; charset=utf-8"
    large = kept.tell() > IN_MEMORY
    kept.seek(0)
    if large:
        response = send_file(kept, mimetype=kind, as_attachment=True, download_name=name)
        response.headers["Cache-Control"] = "no-store"
        return response
    with kept:
        return file(kept.read(), name=name, kind=kind)
