"""What every service about a member asks first: are they a member, may this day be written."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from ledger.errors import NotFound, RuleBroken
from ledger.period import check_date
from ledger.queries import closed_until
from ledger.thai import today_in_bangkok
from members.models import Member, Product
from members.queries import member_by_number


class HasLeft(RuleBroken):
    """The member left the group."""

    thai = "สมาชิกเลขที่ {number} พ้นจากการเป็นสมาชิกแล้ว"


class ProductNotFound(NotFound):
    """The group has no such savings product."""

    thai = "กลุ่มไม่มีเงินออมประเภทนี้ เลือกจากรายการที่มีให้"


def present_member(session: Session, *, book_id: int, number: str) -> Member:
    """Find a member who has not left.

    Raises:
        MemberNotFound: There is none of this number.
        HasLeft: The member left.
    """
    member = member_by_number(session, book_id=book_id, number=number)
    if member.left_on is not None:
        raise HasLeft(number=number)
    return member


def product_of(session: Session, *, book_id: int, code: str) -> Product:
    """Find a savings product of the group.

    Raises:
        ProductNotFound: There is none of this code.
    """
    product = session.get(Product, (book_id, code))
    if product is None:
        raise ProductNotFound(code=code)
    return product


def check_day(session: Session, *, book_id: int, day: date, at: datetime) -> None:
    """Refuse a day that the book would refuse, also where nothing is posted.

    Raises:
        FutureDate, TooLongAgo, PeriodClosed: The day may not be written.
    """
    check_date(
        entered_on=day,
        today=today_in_bangkok(at),
        closed_until=closed_until(session, book_id=book_id),
    )
