"""The first steps of a new installation: its first group and those who serve it, all at once."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict
from ledger.roles import Role
from members.by_laws import RuleName
from members.models import Group, GroupKind, Officer, ProductKind
from members.officers.duties import add_officer, give_duty
from members.places import WANG_NAM_YEN, TambonPlan
from members.services.groups import add_tambon, add_village, open_group

CODE_DIGITS = 12
#: The duties of the first three officers, in the order of the page. Who handles money also reviews
#: the books of the other groups, as every member of the network's working group does.
FIRST_DUTIES = (Role.TREASURER, Role.APPROVER, Role.ADMINISTRATOR)


class FirstStepsOver(Conflict):
    """There is a group or an officer already."""

    thai = "ตั้งค่าครั้งแรกเสร็จไปแล้ว ลงชื่อเข้าใช้ได้เลย"


@dataclass(frozen=True, slots=True)
class FirstOfficer:
    """One of the first officers; the password was hashed before a book is locked."""

    name: str
    sign_in_name: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """All that was answered.

    Attributes:
        code: The group's code.
        name: Its name.
        kind: What it is.
        founded_on: From when its rules hold and its accounts are open.
        tambon: Where it is.
        village_code: The village it is of, or None.
        village_name: What that village is called, or empty.
        officers: The first officers by their duty.
        taken_by: The duty of the one who answers.
        rules: What the group resolved.
        products: The savings products it begins with.
    """

    code: str
    name: str
    kind: GroupKind
    founded_on: date
    tambon: TambonPlan
    village_code: str | None
    village_name: str
    officers: Mapping[Role, FirstOfficer]
    taken_by: Role
    rules: Mapping[RuleName, Any]
    products: tuple[ProductKind, ...]


def first_steps_code(secret_key: str) -> str:
    """Give the code that opens the first steps, so that no stranger takes a new installation.

    Whoever starts the server reads it on the screen; it needs no place to be kept.
    """
    return hmac.new(secret_key.encode(), b"first steps", sha256).hexdigest()[:CODE_DIGITS]


def is_first_steps_code(typed: str, *, secret_key: str) -> bool:
    """Tell whether this is the code, in a time that tells nothing about it."""
    said = typed.strip().lower().encode()
    return hmac.compare_digest(said, first_steps_code(secret_key).encode())


def is_new(session: Session) -> bool:
    """Tell whether there is no group and no officer at all."""
    return not session.scalar(select(exists(select(Group.book_id)) | exists(select(Officer.id))))


def take_first_steps(session: Session, *, answers: FirstSteps, at: datetime) -> Group:
    """Open the first group with its book, its place, its officers and its by-laws, or nothing.

    Raises:
        FirstStepsOver: Somebody was faster.
        And whatever ``add_village``, ``add_officer``, ``give_duty`` and ``open_group`` raise.
    """
    if not is_new(session):
        raise FirstStepsOver
    # Of two who finish at the same moment on PostgreSQL, the second stops at these rows.
    for tambon in dict.fromkeys((*WANG_NAM_YEN, answers.tambon)):
        add_tambon(
            session,
            code=tambon.code,
            name_th=tambon.name_th,
            name_en=tambon.name_en,
            district_th=tambon.district_th,
            province_th=tambon.province_th,
        )
    if answers.village_code is not None:
        add_village(session, code=answers.village_code, name=answers.village_name)
    officers = {
        role: add_officer(
            session,
            sign_in_name=person.sign_in_name,
            name=person.name,
            village_code=answers.village_code,
            password_hash=person.password_hash,
            duties=(),
            by="",
            at=at,
        )
        for role, person in answers.officers.items()
    }
    by = officers[answers.taken_by].mark
    group = open_group(
        session,
        code=answers.code,
        name=answers.name,
        kind=answers.kind,
        village_code=answers.village_code,
        mother_code=None,
        founded_on=answers.founded_on,
        by=by,
        at=at,
        products=answers.products,
        rules=answers.rules.items(),
    )
    for role, officer in officers.items():
        where = None if role is Role.ADMINISTRATOR else group.code
        give_duty(session, officer_id=officer.id, code=where, role=role, by=by, at=at)
        if where is not None:
            give_duty(session, officer_id=officer.id, code=None, role=Role.REVIEWER, by=by, at=at)
    return group
