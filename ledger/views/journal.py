"""The journal: every entry in the order of the book, by the days on which money moved."""

from dataclasses import dataclass
from itertools import islice

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger import queries
from ledger.db import read
from ledger.entry import ENTRY_KIND_IN_THAI
from ledger.exports import entries_of_days, journal_table
from ledger.models import Book
from ledger.money import Satang, total
from ledger.period import month_of
from ledger.queries import JournalEntry
from ledger.roles import READERS, open_to
from ledger.views.asked import (
    ENDINGS,
    Days,
    TooMuchForPaper,
    asked_days,
    asked_days_of_file,
    asked_number,
    file_name,
    last_of,
    masked_entries,
    show_days,
)
from ledger.views.room import blueprint
from ledger.web import page, paper, sheet, today

ENTRIES_A_PAGE = 50
MOST_ON_PAPER = 2_000
MOST_IN_A_SHEET = 100_000
MONTHS_OFFERED = 12


@dataclass(frozen=True, slots=True)
class Side:
    """What the entries shown come to."""

    entries: int
    amount: Satang


@blueprint.get("/groups/<code>/journal")
@open_to(READERS)
def journal(code: str) -> ResponseReturnValue:
    """Show entries with their debits and credits, from the one after a number on."""
    form, days = asked_days()
    if form.is_valid and days.all_time:
        days = Days(month_of(today()), today())
        show_days(form, days)
    after = asked_number("after")

    def look(session: Session) -> tuple[Book, list[JournalEntry], list[Days]]:
        book = queries.book_by_code(session, code=code)
        months = queries.months_with_entries(session, book_id=book.id)
        entries = []
        if form.is_valid:
            entries = queries.journal_page(
                session,
                book_id=book.id,
                first=days.since,
                last=days.until,
                after=after,
                most=ENTRIES_A_PAGE + 1,
            )
        return book, entries, [Days(m, last_of(m)) for m in months[:MONTHS_OFFERED]]

    book, entries, months = read(look)
    shown = masked_entries(entries[:ENTRIES_A_PAGE], code=code)
    return page(
        "ledger/journal.html",
        form,
        group_name=book.name,
        book=book,
        days=days,
        months=months,
        entries=shown,
        sums=_sums(shown),
        after=after,
        more=shown[-1].number if len(entries) > ENTRIES_A_PAGE else 0,
        kinds=ENTRY_KIND_IN_THAI,
        file_args={name: request.args[name] for name in ("from", "to") if name in request.args}
        or {"from": days.first, "to": days.last},
    )


def _sums(entries: list[JournalEntry]) -> Side:
    return Side(len(entries), total(entry.amount for entry in entries))


@blueprint.get(f"/groups/<code>/journal.<{ENDINGS}:ending>")
@open_to(READERS)
def journal_file(code: str, ending: str) -> ResponseReturnValue:
    """Give the same as a file, whole."""
    days = asked_days_of_file()
    most = MOST_ON_PAPER if ending == "pdf" else MOST_IN_A_SHEET

    def look(session: Session) -> tuple[Book, list[JournalEntry]]:
        book = queries.book_by_code(session, code=code)
        entries = entries_of_days(session, book_id=book.id, first=days.first, last=days.last)
        return book, list(islice(entries, most + 1))

    book, entries = read(look)
    if len(entries) > most:
        raise TooMuchForPaper(lines=f"มากกว่า {most:,}", most=f"{most:,}")
    entries = masked_entries(entries, code=code)
    name = file_name("สมุดรายวัน", book, days.words)
    if ending == "pdf":
        return paper(
            "paper/journal.html.j2",
            name=name,
            book=book,
            days=days,
            entries=entries,
            sums=_sums(entries),
            kinds=ENTRY_KIND_IN_THAI,
        )
    table = journal_table(entries, title=f"สมุดรายวัน {book.name}", about=days.words)
    return sheet(table, name=name, ending=ending)
