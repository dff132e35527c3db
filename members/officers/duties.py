"""Those who serve: who they are, and what each may do in which group."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, NotFound, RuleBroken
from ledger.roles import KEEPERS, ROLE_IN_THAI, Role
from members.models import Officer, OfficerRole, Village
from members.queries import group_by_code
from members.services.people import VillageUnknown

#: The duties that touch a group's money; each is held in one group.
MONEY = KEEPERS | {Role.APPROVER}
_SIGN_IN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


class SignInNameUnfit(RuleBroken):
    """A sign-in name is of Latin letters and digits."""

    thai = "ชื่อผู้ใช้ต้องเป็นตัวอักษรอังกฤษตัวเล็กหรือตัวเลข 2 ตัวขึ้นไป เช่น malee"


class SignInNameTaken(Conflict):
    """Another officer signs in under the name."""

    thai = "ชื่อผู้ใช้ {sign_in_name} มีคนใช้แล้ว เลือกชื่ออื่น"


class OfficerNotFound(NotFound):
    """There is no such officer."""

    thai = "ไม่พบกรรมการคนนี้"


class DutyNotFound(NotFound):
    """The officer has no such duty."""

    thai = "ไม่พบหน้าที่นี้ของกรรมการคนนี้"


class DutyHeldAlready(Conflict):
    """The officer has this duty in this place."""

    thai = "{name}เป็น{duty}ที่นี่อยู่แล้ว"


class DutyNeedsGroup(RuleBroken):
    """Who touches money does so in one group."""

    thai = "{duty}ต้องเลือกว่าเป็นของกลุ่มใด"


class DutyIsOfTheNetwork(RuleBroken):
    """Officers and settings are looked after for the whole network."""

    thai = "{duty}ดูแลทั้งเครือข่าย เลือก “ทั้งเครือข่าย” แทนกลุ่มเดียว"


class AdministratorWithMoney(RuleBroken):
    """Who gives out duties does not handle money, and the other way round."""

    thai = "คนเดียวกันเป็นทั้งผู้ดูแลระบบและเหรัญญิก ผู้ทำบัญชี หรือผู้อนุมัติไม่ได้ ให้คนหนึ่งดูแลระบบ อีกคนดูแลเงิน"


class LastAdministrator(RuleBroken):
    """Without an administrator nobody could put anything right again."""

    thai = "{name}เป็นผู้ดูแลระบบคนสุดท้าย ให้คนอื่นเป็นผู้ดูแลระบบก่อน"


@dataclass(frozen=True, slots=True)
class CurrentOfficer:
    """Who is signed in, and their duties.

    Attributes:
        id: The officer's number.
        mark: The opaque mark under which their work stands in the book.
        name: Their name.
        village_code: Where they live.
        duties: (group code, role); no code where the role is held across the network.
        groups: The codes of the groups in which they have a duty, in the order given.
    """

    id: int
    mark: str
    name: str
    village_code: str | None
    duties: frozenset[tuple[str | None, Role]]
    groups: tuple[str, ...]

    def may(self, roles: frozenset[Role], code: str | None = None) -> bool:
        """Tell whether they hold one of the roles, in a group or across the network.

        Without a group any of their duties counts.
        """
        return any(
            role in roles and (code is None or where is None or where == code)
            for where, role in self.duties
        )


def fit_sign_in_name(sign_in_name: str) -> str:
    """Give a sign-in name as it is kept: small letters, no blanks around it.

    Raises:
        SignInNameUnfit: It is not of Latin letters and digits.
    """
    fit = sign_in_name.strip().lower()
    if not _SIGN_IN_NAME.fullmatch(fit):
        raise SignInNameUnfit(sign_in_name=fit)
    return fit


def add_officer(
    session: Session,
    *,
    sign_in_name: str,
    name: str,
    village_code: str | None,
    password_hash: str,
    duties: Sequence[tuple[str | None, Role]],
    by: str,
    at: datetime,
) -> Officer:
    """Add an officer with their duties, each in a group (by code) or, for None, the network.

    Raises:
        SignInNameUnfit: The name is not of Latin letters and digits.
        SignInNameTaken: Another officer has it.
        VillageUnknown: They live in no village that is written down.
        And whatever ``give_duty`` raises.
    """
    sign_in_name = fit_sign_in_name(sign_in_name)
    if session.scalar(select(Officer.id).where(Officer.sign_in_name == sign_in_name)) is not None:
        raise SignInNameTaken(sign_in_name=sign_in_name)
    if village_code is not None and session.get(Village, village_code) is None:
        raise VillageUnknown(code=village_code)
    officer = Officer(
        sign_in_name=sign_in_name,
        name=name,
        village_code=village_code,
        password_hash=password_hash,
        created_at=at,
        suspended_at=None,
    )
    session.add(officer)
    session.flush()
    for code, role in duties:
        give_duty(session, officer_id=officer.id, code=code, role=role, by=by, at=at)
    return officer


def officer_by_id(session: Session, *, officer_id: int) -> Officer:
    """Find an officer.

    Raises:
        OfficerNotFound: There is none of this number.
    """
    officer = session.get(Officer, officer_id)
    if officer is None:
        raise OfficerNotFound(officer_id=officer_id)
    return officer


def give_duty(
    session: Session, *, officer_id: int, code: str | None, role: Role, by: str, at: datetime
) -> OfficerRole:
    """Give an officer a role in a group, or across the network.

    Raises:
        DutyNeedsGroup, DutyIsOfTheNetwork: The role is not held there.
        OfficerNotFound: There is no such officer.
        GroupNotFound: There is no such group.
        DutyHeldAlready: They have it.
        AdministratorWithMoney: They would both give out duties and handle money.
    """
    if role in MONEY and code is None:
        raise DutyNeedsGroup(duty=ROLE_IN_THAI[role])
    if role is Role.ADMINISTRATOR and code is not None:
        raise DutyIsOfTheNetwork(duty=ROLE_IN_THAI[role])
    # The row is locked, so that two that are given at once see each other.
    officer = session.get(Officer, officer_id, with_for_update=True)
    if officer is None:
        raise OfficerNotFound(officer_id=officer_id)
    book_id = None if code is None else group_by_code(session, code=code).book_id
    held = session.execute(
        select(OfficerRole.group_book_id, OfficerRole.role).where(
            OfficerRole.officer_id == officer_id, OfficerRole.ended_at.is_(None)
        )
    ).all()
    if (book_id, role) in {(where, what) for where, what in held}:
        raise DutyHeldAlready(name=officer.name, duty=ROLE_IN_THAI[role])
    roles = {what for _where, what in held} | {role}
    if Role.ADMINISTRATOR in roles and roles & MONEY:
        raise AdministratorWithMoney(officer_id=officer_id, roles=sorted(roles))
    duty = OfficerRole(
        officer_id=officer_id,
        group_book_id=book_id,
        role=role,
        given_at=at,
        given_by=by,
        ended_at=None,
    )
    session.add(duty)
    session.flush()
    return duty


def end_duty(session: Session, *, officer_id: int, duty_id: int, at: datetime) -> None:
    """End a duty; it has no effect from the next page on. What ended before stays ended.

    Raises:
        OfficerNotFound: There is no such officer.
        DutyNotFound: The officer has no such duty.
        LastAdministrator: Nobody would look after officers and settings any more.
    """
    officer = officer_by_id(session, officer_id=officer_id)
    duty = session.get(OfficerRole, duty_id)
    if duty is None or duty.officer_id != officer_id:
        raise DutyNotFound(officer_id=officer_id, duty_id=duty_id)
    if duty.ended_at is not None:
        return
    if duty.role is Role.ADMINISTRATOR:
        refuse_last_administrator(session, officer=officer)
    duty.ended_at = at
    session.flush()


def refuse_last_administrator(session: Session, *, officer: Officer) -> None:
    """Refuse to go on when the network would be left without an administrator.

    Raises:
        LastAdministrator: Every other one has ended, or is suspended.
    """
    # Locked, so that of two who take each other out the second finds nobody left.
    administrators = session.execute(
        select(OfficerRole.officer_id)
        .join(Officer, Officer.id == OfficerRole.officer_id)
        .where(
            OfficerRole.role == Role.ADMINISTRATOR,
            OfficerRole.ended_at.is_(None),
            Officer.suspended_at.is_(None),
        )
        .order_by(OfficerRole.id)
        .with_for_update()
    ).scalars()
    if set(administrators) == {officer.id}:
        raise LastAdministrator(name=officer.name)


def second_officers(session: Session, *, code: str, besides: int) -> list[tuple[int, str]]:
    """Give those who may approve what another officer of a group pays out, by name.

    Args:
        session: Any session.
        code: The group.
        besides: The number of the officer who pays.
    """
    group = group_by_code(session, code=code)
    rows = session.execute(
        select(Officer.id, Officer.name)
        .join(OfficerRole, OfficerRole.officer_id == Officer.id)
        .where(
            or_(OfficerRole.group_book_id == group.book_id, OfficerRole.group_book_id.is_(None)),
            OfficerRole.role.in_(MONEY),
            OfficerRole.ended_at.is_(None),
            Officer.suspended_at.is_(None),
            Officer.id != besides,
        )
        .distinct()
        .order_by(Officer.name)
    )
    return [(officer_id, name) for officer_id, name in rows]
