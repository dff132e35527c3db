"""Groups: the villages they come from, their book, their savings products and their by-laws."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.queries import account_by_code
from ledger.services import open_book, open_chart, open_funds
from members.by_laws import USUAL_RULES, HeldAs, RuleName
from members.models import ByLaw, Group, GroupKind, Product, ProductKind, Tambon, Village
from members.queries import by_law, group_by_code

VILLAGE_DIGITS = 8


class VillageExists(Conflict):
    """The village, or its tambon, is there already."""

    thai = "มีหมู่บ้านรหัส {code} อยู่แล้ว"


class NotAVillageCode(RuleBroken):
    """A village's code is its tambon's six digits and the two of its moo."""

    thai = "รหัสหมู่บ้าน {code} ไม่ถูก ต้องเป็นตัวเลข 8 หลัก คือรหัสตำบล 6 หลักตามด้วยหมู่ที่ 2 หลัก"


class GroupExists(Conflict):
    """There is a group of this code."""

    thai = "มีกลุ่มรหัส {code} อยู่แล้ว ใช้รหัสอื่น"


class ProductExists(Conflict):
    """The group has this product already."""

    thai = "กลุ่มมี{name}อยู่แล้ว"


class RuleResolvedAlready(Conflict):
    """There is a resolution on this rule that holds from the same day."""

    thai = "มีมติเรื่องนี้ที่เริ่มใช้วันเดียวกันอยู่แล้ว เลือกวันเริ่มใช้วันอื่น"


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """How a kind of saving is opened: its code and name, and where its accounts stand."""

    kind: ProductKind
    code: str
    name: str
    control_code: str
    fund: str


#: Source: the standard chart. Pledge savings stand under 21080 where the by-laws hold them as debt.
PRODUCT_PLANS = {
    plan.kind: plan
    for plan in (
        ProductPlan(ProductKind.PLEDGE, "PLG", "เงินสัจจะ", "31020", "SAV"),
        ProductPlan(ProductKind.SHARE, "SHR", "หุ้น", "31010", "SAV"),
        ProductPlan(ProductKind.DEMAND, "DEM", "ออมเผื่อเรียก", "21010", "SAV"),
        ProductPlan(ProductKind.SPECIAL, "SPE", "ออมพิเศษ", "21020", "SAV"),
        ProductPlan(ProductKind.HOUSING, "HOU", "ออมเพื่อบ้าน", "21050", "HSG"),
        ProductPlan(ProductKind.WELFARE, "WEL", "สวัสดิการ", "44010", "WEL"),
        ProductPlan(ProductKind.LAND_HOUSING, "LHF", "รักษาดินรักษาบ้าน", "44110", "LHF"),
    )
}
PLEDGES_AS_DEBT = "21080"
USUAL_PRODUCTS = (
    ProductKind.PLEDGE,
    ProductKind.SHARE,
    ProductKind.DEMAND,
    ProductKind.WELFARE,
)


def add_tambon(
    session: Session,
    *,
    code: str,
    name_th: str,
    name_en: str,
    district_th: str,
    province_th: str,
) -> Tambon:
    """Add a tambon by its official six-digit code, or give the one that is there."""
    tambon = session.get(Tambon, code)
    if tambon is None:
        tambon = Tambon(
            code=code,
            name_th=name_th,
            name_en=name_en,
            district_th=district_th,
            province_th=province_th,
        )
        session.add(tambon)
        session.flush()
    return tambon


def add_village(session: Session, *, code: str, name: str) -> Village:
    """Add a village by its official eight-digit code; its tambon must be there.

    Raises:
        NotAVillageCode: The code is not that of a village in a known tambon.
        VillageExists: It is there already.
    """
    is_code = len(code) == VILLAGE_DIGITS and code.isascii() and code.isdigit()
    if not is_code or code.endswith("00") or session.get(Tambon, code[:6]) is None:
        raise NotAVillageCode(code=code)
    if session.get(Village, code) is not None:
        raise VillageExists(code=code)
    village = Village(code=code, tambon_code=code[:6], moo=int(code[6:]), name=name)
    session.add(village)
    session.flush()
    return village


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
        GroupExists: The code is taken.
        GroupNotFound: There is no such mother group.
    """
    if session.scalar(select(Group.book_id).where(Group.code == code)) is not None:
        raise GroupExists(code=code)
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
    for rule, value in (dict(USUAL_RULES) | dict(rules)).items():
        session.add(
            ByLaw(
                book_id=book.id,
                name=rule.value,
                holds_from=founded_on,
                value=value,
                resolution="ระเบียบเริ่มต้นของกลุ่ม",
                recorded_at=at,
                recorded_by=by,
            )
        )
    session.flush()
    for product in products:
        open_product(session, book_id=book.id, kind=product, opened_on=founded_on)
    return group


def open_product(
    session: Session, *, book_id: int, kind: ProductKind, opened_on: date, name: str = ""
) -> Product:
    """Open a savings product of a group; its members' accounts will stand under its control.

    Raises:
        ProductExists: The group has it already.
    """
    plan = PRODUCT_PLANS[kind]
    if session.get(Product, (book_id, plan.code)) is not None:
        raise ProductExists(name=plan.name)
    control_code = plan.control_code
    if kind is ProductKind.PLEDGE:
        held_as = by_law(session, book_id=book_id, name=RuleName.PLEDGE_HELD_AS, on=opened_on)
        if held_as == HeldAs.LIABILITY:
            control_code = PLEDGES_AS_DEBT
    control = account_by_code(session, book_id=book_id, code=control_code, fund=plan.fund)
    newest = session.scalar(select(func.max(Product.position)).where(Product.book_id == book_id))
    product = Product(
        book_id=book_id,
        code=plan.code,
        kind=kind,
        name=name or plan.name,
        control_account_id=control.id,
        position=(newest or 0) + 1,
        opened_on=opened_on,
        closed_on=None,
    )
    session.add(product)
    session.flush()
    return product


def resolve_rule(
    session: Session,
    *,
    book_id: int,
    name: RuleName,
    value: Any,
    holds_from: date,
    resolution: str,
    by: str,
    at: datetime,
) -> ByLaw:
    """Record what a meeting resolved; what held before stays for the days before.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        name: The rule.
        value: What was resolved; amounts in satang.
        holds_from: The day from which it holds.
        resolution: The number and day of the resolution, in words.
        by: The mark of the officer who records it.
        at: Now, aware.

    Raises:
        RuleResolvedAlready: Another resolution holds from the same day.
    """
    if session.get(ByLaw, (book_id, name.value, holds_from)) is not None:
        raise RuleResolvedAlready(name=name, holds_from=holds_from)
    rule = ByLaw(
        book_id=book_id,
        name=name.value,
        holds_from=holds_from,
        value=value,
        resolution=resolution,
        recorded_at=at,
        recorded_by=by,
    )
    session.add(rule)
    session.flush()
    return rule
