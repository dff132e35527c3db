"""The passbook as a PDF: the whole of it, or the lines that are not on paper yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.roles import KEEPERS, READERS, open_to
from ledger.seal import moment_text
from ledger.web import paper, sent_form
from members.passbook import (
    CODE_IN_THAI,
    COVER,
    LINE_PITCH_MM,
    LINES_A_PAGE,
    PassbookPage,
    first_line_to_read,
    passbook_pages,
)
from members.queries import (
    Printing,
    PrintingNotFound,
    SavingsView,
    address_line,
    full_name,
    group_by_code,
    household_of,
    lines_on_paper,
    member_by_number,
    passbook_part,
    printings_of,
    savings_of,
)
from members.schemas.people import Printed, PrintSchema
from members.services.people import print_new_lines, print_whole_book
from members.views.people.cards import member_answer
from members.views.room import blueprint


@dataclass(frozen=True, slots=True)
class _Part:
    """The pages of one account that are printed."""

    savings: SavingsView
    pages: tuple[PassbookPage, ...]


@blueprint.post("/groups/<code>/members/<number>/passbook")
@open_to(KEEPERS)
def print_passbook(code: str, number: str) -> ResponseReturnValue:
    """Write down what is printed, and lead on to the PDF."""
    form = sent_form(PrintSchema())
    service = print_whole_book if form.values.get("what") is Printed.WHOLE else print_new_lines

    def work(session: Session) -> datetime:
        return service(
            session,
            book_id=group_by_code(session, code=code).book_id,
            number=number,
            seen=form.values["seen"],
            by=g.officer.mark,
            at=now(),
        )

    if form.is_valid:
        try:
            printed_at = write(work)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            printed = moment_text(printed_at)
            address = url_for("members.passbook", code=code, number=number, printed=printed)
            return redirect(address)
    return member_answer(code, number, form)


@blueprint.get("/groups/<code>/members/<number>/passbook.pdf")
@open_to(READERS)
def passbook(code: str, number: str) -> ResponseReturnValue:
    """Show the passbook as it is printed.

    ``?printed=`` names a printing and shows just what it put on paper; ``?from=print`` shows the
    lines that are not on paper yet; without either it is the whole book. Nothing is written.
    """

    def look(session: Session) -> dict[str, object]:
        group = group_by_code(session, code=code)
        member = member_by_number(session, book_id=group.book_id, number=number)
        home = household_of(session, member=member)
        printings = printings_of(session, book_id=group.book_id, member_id=member.id)
        savings = savings_of(session, book_id=group.book_id, member_id=member.id)
        shown, before = _asked_for(printings, savings)
        on_paper = lines_on_paper(before)
        return {
            "group": group,
            "member": member,
            "full_name": full_name(member),
            "address": "" if home is None else address_line(*home),
            "village": None if home is None else home[1],
            "has_cover": shown.is_whole,
            "book_number": sum(printing.is_whole for printing in before) + shown.is_whole,
            "parts": list(
                _parts(session, book_id=group.book_id, savings=savings, shown=shown, paper=on_paper)
            ),
        }

    return paper(
        "paper/passbook.html.j2",
        name=f"สมุดคู่ฝาก-{code}-{number}",
        pitch=LINE_PITCH_MM,
        lines_a_page=LINES_A_PAGE,
        codes=CODE_IN_THAI,
        **read(look),
    )


def _asked_for(
    printings: list[Printing], savings: list[SavingsView]
) -> tuple[Printing, list[Printing]]:
    """Give what is shown, as a printing, and the printings that were on paper before it.

    Raises:
        PrintingNotFound: Nothing was printed at the moment that the address names.
    """
    printed = request.args.get("printed")
    if printed:
        for i, printing in enumerate(printings):
            if moment_text(printing.printed_at) == printed:
                return printing, printings[:i]
        raise PrintingNotFound(printed=printed[:40])
    on_paper = lines_on_paper(printings) if request.args.get("from") == "print" else {}
    ranges = {
        view.account_id: (
            on_paper[view.account_id] + 1 if view.account_id in on_paper else COVER,
            view.lines,
        )
        for view in savings
        if view.lines > on_paper.get(view.account_id, -1)
    }
    return Printing(now(), "", ranges), printings


def _parts(
    session: Session,
    *,
    book_id: int,
    savings: list[SavingsView],
    shown: Printing,
    paper: Mapping[int, int],
) -> Iterator[_Part]:
    for view in savings:
        if view.account_id not in shown.ranges:
            continue
        _first, last_n = shown.ranges[view.account_id]
        on_paper = None if shown.is_whole else paper.get(view.account_id)
        statement, facts = passbook_part(
            session,
            book_id=book_id,
            account_id=view.account_id,
            first_n=first_line_to_read(on_paper),
            last_n=last_n,
        )
        yield _Part(view, tuple(passbook_pages(statement, facts=facts, on_paper=on_paper)))
