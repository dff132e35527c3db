"""Who is meant by what was typed: a member's number, with or without its zeros, or a name."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import NotFound, RuleBroken
from ledger.thai import search_text
from members.models import Member
from members.queries import MemberNotFound, full_name


class NobodyOfThatName(NotFound):
    """No member has a name like that."""

    thai = "ไม่พบสมาชิกชื่อ “{typed}” พิมพ์เลขที่สมาชิก หรือเลือกชื่อจากรายการ"


class NameMeansMany(RuleBroken):
    """Several members have a name like that."""

    thai = "ชื่อ “{typed}” ตรงกับสมาชิก {people} คน พิมพ์เลขที่สมาชิก หรือเลือกชื่อจากรายการ"


def member_typed(session: Session, *, book_id: int, typed: str) -> Member:
    """Find the member whom somebody means: ``0045``, ``45``, ``๔๕``, or a name of one person.

    A number may stand before the name, as lists offer it. Who left is found by number only.

    Raises:
        MemberNotFound: No member has the number.
        NobodyOfThatName: No member has the name.
        NameMeansMany: Several have it.
    """
    text = search_text(typed)
    number = (text.split() or [""])[0]
    everybody = session.scalars(select(Member).where(Member.book_id == book_id)).all()
    for one in everybody:
        if search_text(one.number) == number:
            return one
    if number.isdigit():
        bare = number.lstrip("0")
        same = [one for one in everybody if one.number.lstrip("0") == bare]
        if len(same) == 1:
            return same[0]
    if not text or number.isdigit():
        raise MemberNotFound(number=number[:40])
    return _of_name(everybody, text=text, typed=typed)


def _of_name(everybody: Sequence[Member], *, text: str, typed: str) -> Member:
    present = [one for one in everybody if one.left_on is None]
    alike = [one for one in present if text in search_text(full_name(one))]
    just = [
        one
        for one in alike
        if text
        in {
            search_text(one.given_name),
            search_text(f"{one.given_name} {one.family_name}"),
            search_text(full_name(one)),
        }
    ]
    found = just if len(just) == 1 else alike
    if not found:
        raise NobodyOfThatName(typed=typed.strip()[:60])
    if len(found) > 1:
        raise NameMeansMany(typed=typed.strip()[:60], people=len(found))
    return found[0]
