"""Opening a group: its book, its purses, the standard chart, its by-laws and products."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.services import open_book, open_chart, open_funds
from ledger.thai import today_in_bangkok
from members.by_laws import USUAL_RULES, Rule, RuleName, check_bounds, check_value
from members.models import ByLaw, Group, GroupKind, ProductKind, Village
from members.queries import group_by_code
from members.services.groups.products import USUAL_PRODUCTS, open_product
from members.services.people import VillageUnknown

FIRST_RESOLUTION = "ระเบียบเริ่มต้นของกลุ่ม"
_GROUP_CODE = re.compile(r"[A-Z0-9]{2,12}")


class GroupExists(Conflict):
    """There is a group of this code."""

    thai = "มีกลุ่มรหัส {code} อยู่แล้ว ใช้รหัสอื่น"


class NotAGroupCode(RuleBroken):
    """A group's code is sealed into every entry and stands in addresses."""

    thai = "รหัสกลุ่มต้องเป็นตัวอักษรอังกฤษ A–Z หรือตัวเลข 2 ถึง 12 ตัว เช่น KHP06"


class FoundedInFuture(RuleBroken):
    """A group is not founded later than today."""

    thai = "วันตั้งกลุ่มอยู่ในอนาคต ตรวจวันที่อีกครั้ง"


def check_group_code(code: str) -> None:
    """Refuse what cannot be a group's code.

    Raises:
        NotAGroupCode: It is not of two to twelve capital Latin letters and digits.
    """
    if not _GROUP_CODE.fullmatch(code):
        raise NotAGroupCode(code=code)


def check_founded(founded_on: date, *, at: datetime) -> None:
    """Refuse a founding that is still to come.

    Raises:
        FoundedInFuture: The day is after today.
    """
    if founded_on > today_in_bangkok(at):
        raise FoundedInFuture(founded_on=founded_on)


def open_group(
    session: Session,
    *,
    code: str,
    name: str,
    kind: GroupKind,
    village_code: str | None,
    mother_code: str | None,
    founded_on: date,
    by: str,
    at: datetime,
    products: Iterable[ProductKind] = USUAL_PRODUCTS,
    rules: Iterable[tuple[RuleName, Any]] = (),
) -> Group:
    """Open a group with its book, its purses, the standard chart, its by-laws and products.

    Args:
        session: A session opened for writing.
        code: Its code, which is its book's and is sealed into every entry.
        name: Its name on the pages.
        kind: What it is.
        village_code: The village it is of, when it is of one.
        mother_code: The group that it is a child of.
        founded_on: From when its rules hold and its accounts are open.
        by: The mark of the officer who opens it.
        at: Now, aware.
        products: The savings products it begins with.
        rules: What it resolves differently from ``USUAL_RULES``.

    Raises:
        NotAGroupCode: The code is not of capital Latin letters and digits.
        FoundedInFuture: The day is after today.
        RuleValueUnfit, PledgeBoundsCrossed: A rule cannot be so.
        GroupExists: The code is taken.
        VillageUnknown: There is no such village.
        GroupNotFound: There is no such mother group.
    """
    check_group_code(code)
    check_founded(founded_on, at=at)
    resolved = [
        Rule(rule, founded_on, value, FIRST_RESOLUTION)
        for rule, value in (dict(USUAL_RULES) | dict(rules)).items()
    ]
    for rule in resolved:
        check_value(rule.name, rule.value)
    check_bounds(resolved, since=founded_on)
    if session.scalar(select(Group.book_id).where(Group.code == code)) is not None:
        raise GroupExists(code=code)
    if village_code is not None and session.get(Village, village_code) is None:
        raise VillageUnknown(code=village_code)
    mother = None if mother_code is None else group_by_code(session, code=mother_code)
    book = open_book(session, code=code, name=name, opened_at=at)
    open_funds(session, book_id=book.id)
    open_chart(session, book_id=book.id, opened_on=founded_on)
    group = Group(
        book_id=book.id,
        code=code,
        name=name,
        kind=kind,
        village_code=village_code,
        mother_book_id=None if mother is None else mother.book_id,
        founded_on=founded_on,
    )
    session.add(group)
    session.flush()
    session.add_all(
        ByLaw(
            book_id=book.id,
            name=rule.name.value,
            holds_from=rule.holds_from,
            value=rule.value,
            resolution=rule.resolution,
            recorded_at=at,
            recorded_by=by,
        )
        for rule in resolved
    )
    session.flush()
    for product in products:
        open_product(session, book_id=book.id, kind=product, opened_on=founded_on)
    return group
