"""Savings products: what a group offers, and where its members' accounts stand."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.queries import account_by_code
from ledger.services import lock_book
from ledger.thai import format_date, today_in_bangkok
from members.by_laws import HeldAs, RuleName
from members.models import Group, Member, Product, ProductKind
from members.queries import by_law
from members.services.people import open_savings_account


class ProductExists(Conflict):
    """The group has this product already."""

    thai = "กลุ่มมี{name}อยู่แล้ว"


class ProductDayUnfit(RuleBroken):
    """A product opens between the group's founding and today."""

    thai = "วันเปิดต้องไม่ก่อนวันตั้งกลุ่ม ({founded_on}) และไม่หลังวันนี้"


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """How a kind of saving is opened: its code and name, and where its accounts stand.

    ``about`` says to a member what it is.
    """

    kind: ProductKind
    code: str
    name: str
    control_code: str
    fund: str
    about: str


#: Source: the standard chart. Pledge savings stand under 21080 where the by-laws hold them as debt.
PRODUCT_PLANS = {
    plan.kind: plan
    for plan in (
        ProductPlan(
            kind=ProductKind.PLEDGE,
            code="PLG",
            name="เงินสัจจะ",
            control_code="31020",
            fund="SAV",
            about="ออมทุกเดือนตามที่ให้สัจจะไว้ รับคืนเมื่อลาออก",
        ),
        ProductPlan(
            kind=ProductKind.SHARE,
            code="SHR",
            name="หุ้น",
            control_code="31010",
            fund="SAV",
            about="ซื้อเป็นหุ้นเต็มจำนวน รับคืนเมื่อลาออก",
        ),
        ProductPlan(
            kind=ProductKind.DEMAND,
            code="DEM",
            name="ออมเผื่อเรียก",
            control_code="21010",
            fund="SAV",
            about="ฝากเมื่อไรก็ได้ ถอนเมื่อไรก็ได้",
        ),
        ProductPlan(
            kind=ProductKind.SPECIAL,
            code="SPE",
            name="ออมพิเศษ",
            control_code="21020",
            fund="SAV",
            about="ฝากเพิ่มนอกจากสัจจะ ถอนได้",
        ),
        ProductPlan(
            kind=ProductKind.HOUSING,
            code="HOU",
            name="ออมเพื่อบ้าน",
            control_code="21050",
            fund="HSG",
            about="ออมไว้สร้างหรือซ่อมบ้าน แยกอยู่ในกองทุนบ้าน",
        ),
        ProductPlan(
            kind=ProductKind.WELFARE,
            code="WEL",
            name="สวัสดิการ",
            control_code="44010",
            fund="WEL",
            about="จ่ายสมทบกองทุนสวัสดิการ ไม่คืนเมื่อลาออก",
        ),
        ProductPlan(
            kind=ProductKind.LAND_HOUSING,
            code="LHF",
            name="รักษาดินรักษาบ้าน",
            control_code="44110",
            fund="LHF",
            about="จ่ายสมทบกองทุนรักษาดินรักษาบ้าน ไม่คืนเมื่อลาออก",
        ),
    )
}
PLEDGES_AS_DEBT = "21080"
USUAL_PRODUCTS = (
    ProductKind.PLEDGE,
    ProductKind.SHARE,
    ProductKind.DEMAND,
    ProductKind.WELFARE,
)


def open_product(
    session: Session, *, book_id: int, kind: ProductKind, opened_on: date, name: str = ""
) -> Product:
    """Open a savings product of a group; its members' accounts will stand under its control.

    Raises:
        ProductExists: The group has it already.
    """
    plan = PRODUCT_PLANS[kind]
    there = session.get(Product, (book_id, plan.code))
    if there is not None:
        raise ProductExists(name=there.name)
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


def open_product_for_members(
    session: Session,
    *,
    book_id: int,
    kind: ProductKind,
    opened_on: date,
    at: datetime,
    name: str = "",
) -> int:
    """Open another product of a group that has members, with an account for each of them.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        kind: What kind of saving it is.
        opened_on: From which day it is offered; from the group's founding to today.
        at: Now, aware.
        name: What the group calls it, or empty for its usual name.

    Returns:
        How many members were given an account.

    Raises:
        ProductDayUnfit: The day is before the founding or after today.
        ProductExists: The group has it already.
    """
    group = session.get_one(Group, book_id)
    founded_on = group.founded_on or opened_on
    if not founded_on <= opened_on <= today_in_bangkok(at):
        raise ProductDayUnfit(founded_on=format_date(founded_on))
    # Locked, so that somebody who joins at this moment gets an account either here or there.
    lock_book(session, book_id=book_id)
    product = open_product(session, book_id=book_id, kind=kind, opened_on=opened_on, name=name)
    present = session.scalars(
        select(Member)
        .where(Member.book_id == book_id, Member.left_on.is_(None))
        .order_by(Member.id)
    ).all()
    for member in present:
        open_savings_account(
            session,
            member=member,
            product_code=product.code,
            opened_on=max(opened_on, member.joined_on),
        )
    return len(present)
