"""What the pages of the group's own debts share: where they stand, refusals, the second officer."""

from collections.abc import Mapping
from typing import Any

from flask import g
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import read
from ledger.errors import DomainError
from ledger.period import FutureDate, PeriodClosed, TooLongAgo
from ledger.web import Form, sent_from, status_of, today
from loans.kinds import EVENT_IN_THAI, STATE_IN_THAI, THROUGH_IN_THAI, WHY_IN_THAI
from loans.queries.borrowings import borrowing_card
from loans.services.borrowings import ChangedByOneAlone, MotherLends, OneOfficerAlone
from loans.services.lending import ReferenceTaken
from loans.services.records import NotEnoughMoney, ResolutionMissing
from loans.waterfall import MoreThanOwed
from members.by_laws import percent
from members.officers import (
    SecondOfficerUnfit,
    TooManyTries,
    WrongPassword,
    approval_of,
    second_officers,
)
from members.queries import group_by_code, officer_names

LIST = "/groups/<code>/borrowings"
ONE = f"{LIST}/<int:number>"
#: The box that each refusal is about, where the form has it.
BOXES: Mapping[type[DomainError], tuple[str, ...]] = {
    FutureDate: ("paid_on", "drawn_on", "moved_on", "taken_back_on"),
    TooLongAgo: ("paid_on", "drawn_on", "moved_on", "taken_back_on"),
    PeriodClosed: ("paid_on", "drawn_on", "moved_on", "taken_back_on"),
    MoreThanOwed: ("amount",),
    NotEnoughMoney: ("amount", "principal"),
    ReferenceTaken: ("reference",),
    ResolutionMissing: ("resolution", "circular"),
    MotherLends: ("purpose",),
    SecondOfficerUnfit: ("second_officer",),
    OneOfficerAlone: ("second_officer",),
    ChangedByOneAlone: ("second_officer",),
    WrongPassword: ("password",),
    TooManyTries: ("password",),
}


class WrongPasswordOfSecond(WrongPassword):
    """The second officer's password is wrong."""

    thai = "รหัสผ่านของกรรมการคนที่สองไม่ถูก ให้เจ้าตัวใส่เองอีกครั้ง"


def refuse_at_its_box(form: Form, refusal: DomainError) -> None:
    """Say a refusal beside the box that it is about, or above the form when it is about none."""
    if isinstance(refusal, WrongPassword):
        refusal = WrongPasswordOfSecond(**refusal.facts)
    boxes = next((boxes for family, boxes in BOXES.items() if isinstance(refusal, family)), ())
    box = next((box for box in boxes if box in form.typed), None)
    if box is None:
        form.refuse(refusal)
        return
    form.wrong(box, refusal.sentence())
    form.status = status_of(refusal)


def seconds(code: str) -> list[tuple[int, str]]:
    """Give the officers who may approve what the one who is signed in pays out."""
    return read(lambda session: second_officers(session, code=code, besides=g.officer.id))


def approved(code: str, form: Form) -> str:
    """Take the second officer's approval at the table; give their mark.

    Raises:
        SecondOfficerUnfit, TooManyTries, WrongPassword: It is not given.
    """
    return approval_of(
        code=code,
        officer_id=form.values["second_officer"],
        password=form.values["password"],
        besides=g.officer.id,
        address=sent_from(),
        at=now(),
    )


def about_borrowing(code: str, number: int) -> dict[str, Any]:
    """Give what every page of one borrowing shows.

    Raises:
        GroupNotFound, BorrowingNotFound: There is none.
    """

    def look(session: Session) -> dict[str, Any]:
        group = group_by_code(session, code=code)
        return {
            "group_name": group.name,
            "card": borrowing_card(session, book_id=group.book_id, loan_id=number, on=today()),
            "names": officer_names(session),
        }

    return {
        "code": code,
        "percent": percent,
        "day": today(),
        "states": STATE_IN_THAI,
        "events_in_thai": EVENT_IN_THAI,
        "why_in_thai": WHY_IN_THAI,
        "throughs": [(through.value, words) for through, words in THROUGH_IN_THAI.items()],
        **read(look),
    }


def book_of(code: str) -> int:
    """Give the number of a group's book.

    Raises:
        GroupNotFound: There is none.
    """
    return read(lambda session: group_by_code(session, code=code).book_id)
