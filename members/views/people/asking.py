"""What the pages of one member share: who it is, and a refusal beside the box that it is about."""

from collections.abc import Mapping
from datetime import date

from flask import g
from sqlalchemy.orm import Session

from ledger.db import read
from ledger.errors import DomainError
from ledger.money import Satang, format_baht
from ledger.period import FutureDate, PeriodClosed, TooLongAgo
from ledger.roles import KEEPERS
from ledger.thai import format_date
from ledger.web import Form, status_of, today
from members.by_laws import RuleName, RuleNotResolved, in_force
from members.imports.batches import SecondOfficerNeeded
from members.models import Group, ProductKind
from members.officers import (
    SecondOfficerUnfit,
    TooManyTries,
    WrongPassword,
    second_officers,
)
from members.queries import MemberCard, group_by_code, member_card, rules_of
from members.services.people import (
    BadMemberNumber,
    LeftBeforeJoining,
    MemberNumberTaken,
    NationalIdWrong,
    NotEnoughCash,
    NotEnoughSavings,
    NotWithdrawable,
    PledgeOutOfBounds,
    PledgeTooFarAhead,
    ProductNotFound,
    SharesNotWhole,
    VillageUnknown,
)

#: The box that each refusal is about, where the form has it.
_BOXES: Mapping[type[DomainError], tuple[str, ...]] = {
    FutureDate: ("joined_on", "paid_on", "left_on", "holds_from"),
    TooLongAgo: ("joined_on", "paid_on", "left_on", "holds_from"),
    PeriodClosed: ("joined_on", "paid_on", "left_on", "holds_from"),
    RuleNotResolved: ("joined_on", "holds_from"),
    PledgeTooFarAhead: ("holds_from",),
    PledgeOutOfBounds: ("pledge_PLG",),
    SharesNotWhole: ("pledge_SHR",),
    LeftBeforeJoining: ("left_on",),
    MemberNumberTaken: ("number",),
    BadMemberNumber: ("number",),
    NationalIdWrong: ("national_id",),
    VillageUnknown: ("village_code",),
    NotEnoughSavings: ("amount",),
    NotEnoughCash: ("amount",),
    NotWithdrawable: ("product_code",),
    ProductNotFound: ("product_code",),
    SecondOfficerUnfit: ("second_officer",),
    SecondOfficerNeeded: ("second_officer",),
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
    boxes = next((boxes for family, boxes in _BOXES.items() if isinstance(refusal, family)), ())
    box = next((box for box in boxes if box in form.typed), None)
    if box is None:
        form.refuse(refusal)
        return
    form.wrong(box, refusal.sentence())
    form.status = status_of(refusal)


def group_and_card(session: Session, *, code: str, number: str) -> tuple[Group, MemberCard]:
    """Give the group and the member of a page, without what only its keepers need to know.

    Raises:
        GroupNotFound, MemberNotFound: There is none.
    """
    group = group_by_code(session, code=code)
    card = member_card(session, book_id=group.book_id, number=number, on=today())
    keeps = g.officer.may(KEEPERS, code)
    return group, card if keeps else card.without_private()


def seconds(code: str) -> list[tuple[int, str]]:
    """Give the officers who may approve what the one who is signed in pays out."""
    return read(lambda session: second_officers(session, code=code, besides=g.officer.id))


def as_typed(day: date) -> str:
    """Write a day as the box of a form shows it: ``6 เม.ย. 2566``, which is read back too."""
    return format_date(day)


def premiums_of(session: Session, *, book_id: int) -> dict[ProductKind, Satang]:
    """Give what the by-laws ask everybody to pay into each common purse, in satang."""
    rules = rules_of(session, book_id=book_id)
    return {
        kind: Satang(in_force(rules, name=name, on=today()))
        for kind, name in (
            (ProductKind.WELFARE, RuleName.WELFARE_PREMIUM),
            (ProductKind.LAND_HOUSING, RuleName.LAND_HOUSING_PREMIUM),
        )
    }


def limits_of(session: Session, *, book_id: int) -> dict[ProductKind, str]:
    """Say in words what the by-laws allow to be pledged, for the hints under the boxes."""
    rules = rules_of(session, book_id=book_id)

    def baht(name: RuleName) -> str:
        return format_baht(in_force(rules, name=name, on=today()))

    return {
        ProductKind.PLEDGE: (
            f"ตามระเบียบ {baht(RuleName.PLEDGE_LEAST)} ถึง {baht(RuleName.PLEDGE_MOST)} บาท"
        ),
        ProductKind.SHARE: f"หุ้นละ {baht(RuleName.SHARE_PAR)} บาท",
    }
