"""What a group's meetings resolve: by-laws are added, never changed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.queries import closed_until
from ledger.services import lock_book
from ledger.thai import format_date, format_month
from members.by_laws import Rule, RuleName, check_bounds, check_value
from members.models import ByLaw, Group, Product, ProductKind
from members.queries import rules_of


class RuleResolvedAlready(Conflict):
    """There is a resolution on this rule that holds from the same day."""

    thai = "มีมติเรื่องนี้ที่เริ่มใช้วันเดียวกันอยู่แล้ว เลือกวันเริ่มใช้วันอื่น"


class RuleBeforeFounding(RuleBroken):
    """The rule would hold before there was a group."""

    thai = "วันเริ่มใช้ต้องไม่ก่อนวันตั้งกลุ่ม คือ {founded_on}"


class RuleInClosedMonth(RuleBroken):
    """The rule would hold in a month whose figures are final."""

    thai = "เดือน{month}ปิดบัญชีแล้ว มติใหม่ต้องเริ่มใช้หลังเดือนนั้น"


class HeldAsIsFixed(RuleBroken):
    """The members' pledge accounts already stand under what was resolved first."""

    thai = "บัญชีเงินสัจจะของสมาชิกเปิดไว้แล้ว เปลี่ยนวิธีถือไม่ได้จากหน้านี้ เพราะต้องโอนยอดของสมาชิกทุกคนไปบัญชีใหม่ก่อน"


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
        RuleValueUnfit: The rule cannot say that.
        RuleBeforeFounding, RuleInClosedMonth: It would hold too early.
        HeldAsIsFixed: The pledge accounts are open already.
        RuleResolvedAlready: Another resolution holds from the same day.
        PledgeBoundsCrossed: On some day the least pledge would be above the most.
    """
    check_value(name, value)
    group = session.get_one(Group, book_id)
    if group.founded_on is not None and holds_from < group.founded_on:
        raise RuleBeforeFounding(founded_on=format_date(group.founded_on))
    # Locked, so that no month is closed and no other rule is resolved while this one is checked.
    lock_book(session, book_id=book_id)
    closed = closed_until(session, book_id=book_id)
    if closed is not None and holds_from.replace(day=1) <= closed:
        raise RuleInClosedMonth(month=format_month(closed))
    if name is RuleName.PLEDGE_HELD_AS and has_pledges(session, book_id=book_id):
        raise HeldAsIsFixed(book_id=book_id)
    if session.get(ByLaw, (book_id, name.value, holds_from)) is not None:
        raise RuleResolvedAlready(name=name, holds_from=holds_from)
    rules = rules_of(session, book_id=book_id)
    check_bounds([*rules, Rule(name, holds_from, value, resolution)], since=holds_from)
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


def has_pledges(session: Session, *, book_id: int) -> bool:
    """Tell whether a group has opened pledges, so that how they are held stands fast."""
    found = select(Product.code).where(
        Product.book_id == book_id, Product.kind == ProductKind.PLEDGE
    )
    return session.scalar(found) is not None
