"""Notices to guarantors: who must be told until when, the letters, and handing them over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import Satang
from ledger.roles import KEEPERS, READERS, open_to
from ledger.web import Form, asked_form, page, paper, sent_form, today
from loans.arrears import TELLING_IN_THAI
from loans.queries.arrears import NoticeDue, notices_due
from loans.queries.loans import loan_view
from loans.schemas.arrears import HandOverSchema, LettersSchema, PrintNoticesSchema, named
from loans.services.arrears import (
    HANDED_OVER_IN_THAI,
    NothingToPrint,
    NoticeKey,
    hand_over,
    print_notices,
)
from loans.views.room import blueprint
from members.models import Group, Member, Tambon, Village
from members.queries import address_line, group_by_code, household_of
from members.queries.groups import village_line


@blueprint.get("/groups/<code>/arrears/notices")
@open_to(READERS)
def notices(code: str) -> ResponseReturnValue:
    """Show which guarantors must be told in writing, and how many days are left."""
    return _notices_page(code, Form(), Form())


def _notices_page(code: str, form: Form, handing: Form) -> ResponseReturnValue:
    group = read(lambda session: group_by_code(session, code=code))
    found = read(lambda session: notices_due(session, book_id=group.book_id, on=today()))
    shown = form if form.refusal or form.errors else handing
    answer, _status = page(
        "loans/arrears_notices.html",
        form,
        handing=handing,
        code=code,
        group_name=group.name,
        waiting=[notice for notice in found if notice.handed_over_on is None],
        told=[notice for notice in found if notice.handed_over_on is not None],
        named=named,
        telling=TELLING_IN_THAI,
        ways=HANDED_OVER_IN_THAI,
        day=today(),
    )
    return answer, shown.status


@blueprint.post("/groups/<code>/arrears/notices")
@open_to(KEEPERS)
def print_letters(code: str) -> ResponseReturnValue:
    """Write down which letters are printed, and lead on to the PDF."""
    form = sent_form(PrintNoticesSchema())
    if form.is_valid:
        keys = form.values["notice"]

        def work(session: Session) -> None:
            print_notices(
                session,
                book_id=group_by_code(session, code=code).book_id,
                keys=keys,
                on=today(),
                by=g.officer.mark,
                at=now(),
            )

        try:
            write(work)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            chosen = ",".join(named(key) for key in keys)
            return redirect(url_for("loans.letters", code=code, notice=chosen))
    return _notices_page(code, form, Form())


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter to a guarantor says beside the notice itself; amounts in satang."""

    notice: NoticeDue
    address: str
    borrower_address: str
    contract_on: date
    principal: Satang
    charge_name: str


@blueprint.get("/groups/<code>/arrears/notices.pdf")
@open_to(READERS)
def letters(code: str) -> ResponseReturnValue:
    """Print letters to guarantors, one a page; nothing is written."""
    keys = asked_form(LettersSchema()).values.get("notice", [])

    def look(session: Session) -> tuple[Group, str, list[Letter]]:
        group = group_by_code(session, code=code)
        found = list(_letters(session, group, frozenset(keys)))
        return group, _place_of(session, group), found

    group, place, found = read(look)
    if not found:
        raise NothingToPrint
    return paper(
        "paper/guarantor_notice.html.j2",
        name=f"หนังสือแจ้งผู้ค้ำประกัน-{code}",
        group=group,
        place=place,
        letters=found,
        day=today(),
    )


def _letters(session: Session, group: Group, keys: frozenset[NoticeKey]) -> Iterator[Letter]:
    for notice in notices_due(session, book_id=group.book_id, on=today()):
        if notice.key not in keys:
            continue
        view = loan_view(session, book_id=group.book_id, loan_id=notice.borrower.loan_id)
        yield Letter(
            notice=notice,
            address=_address(session, group, notice.guarantor.member_id),
            borrower_address=_address(session, group, view.member_id),
            contract_on=view.contract_on,
            principal=view.principal,
            charge_name=view.charge_name,
        )


def _place_of(session: Session, group: Group) -> str:
    """Write where a group is, as the head of a letter says it."""
    village = None if group.village_code is None else session.get(Village, group.village_code)
    if village is None:
        return ""
    tambon = session.get_one(Tambon, village.tambon_code)
    where = f"ตำบล{tambon.name_th} อำเภอ{tambon.district_th} จังหวัด{tambon.province_th}"
    return f"{village_line(village)} {where}"


def _address(session: Session, group: Group, member_id: int | None) -> str:
    member = None if member_id is None else session.get(Member, (group.book_id, member_id))
    home = None if member is None else household_of(session, member=member)
    return "" if home is None else address_line(*home)


@blueprint.post("/groups/<code>/arrears/notices/handed-over")
@open_to(KEEPERS)
def handed_over(code: str) -> ResponseReturnValue:
    """Write down when and how a letter reached the guarantor."""
    handing = sent_form(HandOverSchema())
    if handing.is_valid:

        def work(session: Session) -> None:
            hand_over(
                session,
                book_id=group_by_code(session, code=code).book_id,
                key=handing.values["notice"],
                handed_over_on=handing.values["handed_over_on"],
                how=handing.values["how"],
                at=now(),
            )

        try:
            write(work)
        except DomainError as refusal:
            handing.refuse(refusal)
        else:
            flash("บันทึกแล้วว่าแจ้งผู้ค้ำประกัน เก็บสำเนาที่ลงชื่อรับไว้กับสัญญา")
            return redirect(url_for("loans.notices", code=code))
    return _notices_page(code, Form(), handing)
