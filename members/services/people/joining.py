"""Joining: a number, a name, a house, and an account in each product of the group."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, NotFound, RuleBroken
from ledger.money import Satang
from ledger.services import lock_book
from ledger.thai import mask_national_id, national_id_is_valid, search_text, sort_key
from members.models import Household, Member, PersonType, Village
from members.queries import full_name, household_of, pledges_of, products_of
from members.services.people.promising import change_pledge, open_savings_account
from members.services.people.standing import check_day

NUMBER_DIGITS = 4
#: A number stands in addresses and behind account codes, so it has no blanks and no slashes.
_NUMBER_FORM = re.compile(r"[0-9A-Za-zก-ฮ][0-9A-Za-zก-ฮ.-]{0,19}")


class MemberNumberTaken(Conflict):
    """Another member of the group has the number."""

    thai = "เลขที่สมาชิก {number} มีคนใช้แล้ว"


class BadMemberNumber(RuleBroken):
    """A member's number is of letters and digits, and not long."""

    thai = "เลขที่สมาชิกใช้ได้เฉพาะตัวเลข ตัวอักษร จุด และขีด ไม่เกิน 20 ตัว เช่น 0012"


class NationalIdWrong(RuleBroken):
    """The identity number's check digit is wrong."""

    thai = "เลขประจำตัวประชาชนไม่ถูก ตรวจตัวเลข 13 หลักอีกครั้ง หรือเว้นว่างไว้"


class VillageUnknown(NotFound):
    """There is no village of this code."""

    thai = "ไม่พบหมู่บ้านนี้ เลือกหมู่บ้านจากรายการ"


@dataclass(frozen=True, slots=True)
class NewMember:
    """What is written down when somebody joins.

    Attributes:
        number: The member's number, or empty for the next free one.
        title: Such as นาง.
        given_name: The name under which Thais file.
        family_name: The family's.
        person_type: What the identity number says of them.
        national_id: Thirteen digits, or empty; only its mask is kept.
        telephone: Or empty.
        house_number: Or empty.
        village_code: Where they live, or None.
        beneficiary: Who is paid when they die, or empty.
        joined_on: The day.
    """

    number: str
    title: str
    given_name: str
    family_name: str
    person_type: PersonType
    national_id: str
    telephone: str
    house_number: str
    village_code: str | None
    beneficiary: str
    joined_on: date


def enrol(
    session: Session,
    *,
    book_id: int,
    person: NewMember,
    pledges: Mapping[str, Satang],
    by: str,
    at: datetime,
) -> Member:
    """Take somebody in: an account in each product of the group, and what they promise to pay.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        person: Who.
        pledges: For each product's code, what they promise to pay a collection day, in satang.
        by: The mark of the officer.
        at: Now, aware.

    Raises:
        NationalIdWrong: The identity number is not one.
        BadMemberNumber: The number has blanks or signs that an address cannot carry.
        MemberNumberTaken: Another member has the number.
        VillageUnknown: They live in no village that is written down.
        PledgeOutOfBounds, SharesNotWhole: A promise is not what the by-laws allow.
    """
    if person.national_id and not national_id_is_valid(person.national_id):
        raise NationalIdWrong
    if person.number and not _NUMBER_FORM.fullmatch(person.number):
        raise BadMemberNumber(number=person.number)
    lock_book(session, book_id=book_id)
    number = person.number or next_member_number(session, book_id=book_id)
    if _member_of_number(session, book_id=book_id, number=number) is not None:
        raise MemberNumberTaken(number=number)
    newest = session.scalar(select(func.max(Member.id)).where(Member.book_id == book_id)) or 0
    household = household_for(session, book_id=book_id, person=person)
    member = Member(
        book_id=book_id,
        id=newest + 1,
        number=number,
        title=person.title,
        given_name=person.given_name,
        family_name=person.family_name,
        sort_key=sort_key(f"{person.given_name} {person.family_name}"),
        search_text="",
        person_type=person.person_type,
        masked_national_id=_mask_of(person),
        telephone=person.telephone,
        household_id=None if household is None else household.id,
        beneficiary=person.beneficiary,
        walking_order=newest + 1,
        joined_on=person.joined_on,
        left_on=None,
        left_because="",
    )
    member.search_text = search_text(
        f"{full_name(member)} {number} {'' if household is None else household.house_number}"
    )
    session.add(member)
    session.flush()
    for product in products_of(session, book_id=book_id):
        open_savings_account(
            session, member=member, product_code=product.code, opened_on=person.joined_on
        )
        amount = pledges.get(product.code)
        if amount:
            change_pledge(
                session,
                book_id=book_id,
                number=number,
                product_code=product.code,
                amount=amount,
                holds_from=person.joined_on,
                by=by,
                at=at,
            )
    return member


def enrol_once(
    session: Session,
    *,
    book_id: int,
    person: NewMember,
    pledges: Mapping[str, Satang],
    by: str,
    at: datetime,
) -> Member:
    """Take somebody in at the table; the same form sent again gives the same member.

    The person's number is what makes the request the same, so it must be given.

    Raises:
        FutureDate, TooLongAgo, PeriodClosed: Nobody joins on that day any more, or yet.
        And whatever ``enrol`` raises.
    """
    assert person.number
    lock_book(session, book_id=book_id)
    before = _member_of_number(session, book_id=book_id, number=person.number)
    if before is not None and _is_the_same(session, before, person, pledges=pledges):
        return before
    check_day(session, book_id=book_id, day=person.joined_on, at=at)
    return enrol(session, book_id=book_id, person=person, pledges=pledges, by=by, at=at)


def _member_of_number(session: Session, *, book_id: int, number: str) -> Member | None:
    return session.scalar(select(Member).where(Member.book_id == book_id, Member.number == number))


def _is_the_same(
    session: Session, member: Member, person: NewMember, *, pledges: Mapping[str, Satang]
) -> bool:
    """Tell whether a member, with what they promised, is what this form would make."""
    home = household_of(session, member=member)
    promised = pledges_of(session, book_id=member.book_id, member_id=member.id, on=member.joined_on)
    if promised != {code: amount for code, amount in pledges.items() if amount}:
        return False
    lives_at = (person.house_number, person.village_code)
    return member.left_on is None and (
        member.title,
        member.given_name,
        member.family_name,
        member.person_type,
        member.masked_national_id,
        member.telephone,
        member.beneficiary,
        member.joined_on,
        None if home is None else (home[0].house_number, home[0].village_code),
    ) == (
        person.title,
        person.given_name,
        person.family_name,
        person.person_type,
        _mask_of(person),
        person.telephone,
        person.beneficiary,
        person.joined_on,
        lives_at if all(lives_at) else None,
    )


def _mask_of(person: NewMember) -> str:
    return mask_national_id(person.national_id) if person.national_id else ""


def next_member_number(session: Session, *, book_id: int) -> str:
    """Give the number after the highest one that is only digits."""
    numbers = session.scalars(select(Member.number).where(Member.book_id == book_id))
    highest = max((int(n) for n in numbers if n.isascii() and n.isdigit()), default=0)
    return str(highest + 1).zfill(NUMBER_DIGITS)


def household_for(session: Session, *, book_id: int, person: NewMember) -> Household | None:
    """Give the household of the house that a person lives in, written down if it is new.

    Raises:
        VillageUnknown: It would stand in no village.
    """
    if not person.house_number or person.village_code is None:
        return None
    household = session.scalar(
        select(Household).where(
            Household.book_id == book_id,
            Household.village_code == person.village_code,
            Household.house_number == person.house_number,
        )
    )
    if household is None:
        if session.get(Village, person.village_code) is None:
            raise VillageUnknown(code=person.village_code)
        newest = session.scalar(select(func.max(Household.id)).where(Household.book_id == book_id))
        household = Household(
            book_id=book_id,
            id=(newest or 0) + 1,
            house_number=person.house_number,
            village_code=person.village_code,
        )
        session.add(household)
        session.flush()
    return household
