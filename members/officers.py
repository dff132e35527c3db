"""Signing in: passwords, the browsers that are signed in, and what an officer may do where.

These functions open the doors of the database themselves: a wrong password must be kept even though
the request is refused, and hashing takes longer than a book may be locked.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.db import read, write
from ledger.errors import Conflict, DomainError, NotAllowed, NotFound, RuleBroken
from ledger.roles import Role
from members.models import Group, Officer, OfficerRole, SignIn, SignInAttempt
from members.queries import group_by_code

#: Source: OWASP's second recommended setting for argon2id; 19 MiB and some 50 ms a sign-in.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200
#: Wrong passwords that cost nothing; each one after them doubles the wait.
FREE_TRIES = 3
LONGEST_WAIT = timedelta(minutes=10)
REMEMBERED = timedelta(hours=1)
#: An address may be a whole village behind one router, so it is slowed down later than a name.
FREE_TRIES_OF_ADDRESS = 30
SIGNED_IN_FOR = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)
_SIGN_IN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


class WrongNameOrPassword(NotAllowed):
    """Name and password do not belong together, or the officer is suspended."""

    thai = "ชื่อผู้ใช้หรือรหัสผ่านไม่ถูก ลองอีกครั้ง"


class TooManyTries(NotAllowed):
    """Too many wrong passwords; nothing was checked."""

    thai = "ใส่รหัสผ่านผิดหลายครั้ง รอ {seconds} วินาทีแล้วลองใหม่"


class PasswordTooShort(RuleBroken):
    """A password has eight characters or more."""

    thai = "รหัสผ่านต้องยาว 8 ตัวอักษรขึ้นไป"


class SignInNameUnfit(RuleBroken):
    """A sign-in name is of Latin letters and digits."""

    thai = "ชื่อผู้ใช้ต้องเป็นตัวอักษรอังกฤษตัวเล็กหรือตัวเลข 2 ตัวขึ้นไป เช่น malee"


class SignInNameTaken(Conflict):
    """Another officer signs in under the name."""

    thai = "ชื่อผู้ใช้ {sign_in_name} มีคนใช้แล้ว เลือกชื่ออื่น"


class OfficerNotFound(NotFound):
    """There is no such officer."""

    thai = "ไม่พบกรรมการคนนี้"


class SecondOfficerUnfit(NotAllowed):
    """The second officer must be another one, with a duty in the same group."""

    thai = "ผู้อนุมัติต้องเป็นกรรมการอีกคนของกลุ่มนี้ ไม่ใช่ผู้ลงรายการเอง"


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


def hash_password(password: str) -> str:
    """Hash a password for keeping.

    Raises:
        PasswordTooShort: It has fewer than eight characters, or more than anybody types.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise PasswordTooShort
    return _hasher.hash(password)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[:LONGEST_PASSWORD])
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    """What an unknown name is checked against, so that it takes as long as a known one."""
    return _hasher.hash(secrets.token_hex(16))


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
        GroupNotFound: A duty is in no group.
    """
    sign_in_name = sign_in_name.strip().lower()
    if not _SIGN_IN_NAME.fullmatch(sign_in_name):
        raise SignInNameUnfit(sign_in_name=sign_in_name)
    if session.scalar(select(Officer.id).where(Officer.sign_in_name == sign_in_name)) is not None:
        raise SignInNameTaken(sign_in_name=sign_in_name)
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


def give_duty(
    session: Session, *, officer_id: int, code: str | None, role: Role, by: str, at: datetime
) -> OfficerRole:
    """Give an officer a role in a group, or across the network.

    Raises:
        GroupNotFound: There is no such group.
    """
    duty = OfficerRole(
        officer_id=officer_id,
        group_book_id=None if code is None else group_by_code(session, code=code).book_id,
        role=role,
        given_at=at,
        given_by=by,
        ended_at=None,
    )
    session.add(duty)
    session.flush()
    return duty


def end_duty(session: Session, *, duty_id: int, at: datetime) -> None:
    """End a duty; it has no effect from the next page on.

    Raises:
        OfficerNotFound: There is no such duty.
    """
    duty = session.get(OfficerRole, duty_id)
    if duty is None:
        raise OfficerNotFound(duty_id=duty_id)
    duty.ended_at = duty.ended_at or at


def officer_by_id(session: Session, *, officer_id: int) -> Officer:
    """Find an officer.

    Raises:
        OfficerNotFound: There is none of this number.
    """
    officer = session.get(Officer, officer_id)
    if officer is None:
        raise OfficerNotFound(officer_id=officer_id)
    return officer


def suspend(session: Session, *, officer_id: int, at: datetime) -> None:
    """Suspend an officer, and end every sign-in at once."""
    officer_by_id(session, officer_id=officer_id).suspended_at = at
    end_sign_ins(session, officer_id=officer_id, at=at)


def reinstate(session: Session, *, officer_id: int) -> None:
    """Let a suspended officer sign in again."""
    officer_by_id(session, officer_id=officer_id).suspended_at = None


def set_password(session: Session, *, officer_id: int, password_hash: str, at: datetime) -> None:
    """Give an officer another password; whoever is signed in under the old one is signed out."""
    officer_by_id(session, officer_id=officer_id).password_hash = password_hash
    end_sign_ins(session, officer_id=officer_id, at=at)


def end_sign_ins(session: Session, *, officer_id: int, at: datetime) -> None:
    """Sign an officer out of every browser."""
    for sign_in in sign_ins_of(session, officer_id=officer_id):
        sign_in.ended_at = at


def sign_ins_of(session: Session, *, officer_id: int) -> list[SignIn]:
    """Give the browsers in which an officer is signed in, the last seen first."""
    return list(
        session.scalars(
            select(SignIn)
            .where(SignIn.officer_id == officer_id, SignIn.ended_at.is_(None))
            .order_by(SignIn.seen_at.desc())
        )
    )


def sign_in(*, sign_in_name: str, password: str, address: str, device: str, at: datetime) -> str:
    """Check a password and sign a browser in; give the token that its cookie keeps.

    Raises:
        TooManyTries: Too many were wrong just before.
        WrongNameOrPassword: They do not belong together.
    """
    sign_in_name = sign_in_name.strip().lower()[:40]
    found = read(
        lambda session: session.execute(
            select(Officer.id, Officer.password_hash).where(
                Officer.sign_in_name == sign_in_name, Officer.suspended_at.is_(None)
            )
        ).one_or_none()
    )
    officer_id, password_hash = found or (None, _nobodys_hash())
    refusal = _try_password(
        sign_in_name, password_hash, password, address=address, at=at, known=officer_id is not None
    )
    if refusal is not None or officer_id is None:
        raise refusal or WrongNameOrPassword
    return write(lambda session: start(session, officer_id=officer_id, device=device, at=at))


def confirm(*, officer_id: int, password: str, address: str, at: datetime) -> None:
    """Check the password of an officer who is about to sign, or to approve as the second.

    Raises:
        TooManyTries: Too many were wrong just before.
        WrongNameOrPassword: It is wrong, or the officer is suspended.
    """
    officer = read(lambda session: session.get(Officer, officer_id))
    if officer is None or officer.suspended_at is not None:
        raise WrongNameOrPassword
    refusal = _try_password(
        officer.sign_in_name, officer.password_hash, password, address=address, at=at, known=True
    )
    if refusal is not None:
        raise refusal


def _try_password(
    sign_in_name: str,
    password_hash: str,
    password: str,
    *,
    address: str,
    at: datetime,
    known: bool,
) -> DomainError | None:
    """Check a password, keep the try, and give the refusal if there is one."""
    wait = read(lambda session: _wait(session, sign_in_name=sign_in_name, address=address, at=at))
    if wait > timedelta(0):
        return TooManyTries(seconds=int(wait.total_seconds()) + 1, sign_in_name=sign_in_name)
    right = _matches(password_hash, password) and known

    def keep(session: Session) -> None:
        session.add(
            SignInAttempt(
                sign_in_name=sign_in_name, address=address, tried_at=at, succeeded=int(right)
            )
        )

    write(keep)
    return None if right else WrongNameOrPassword(sign_in_name=sign_in_name)


def _wait(session: Session, *, sign_in_name: str, address: str, at: datetime) -> timedelta:
    """How long until the next try: it doubles with each wrong one since the last right one."""
    last_right = session.scalar(
        select(func.max(SignInAttempt.tried_at)).where(
            SignInAttempt.sign_in_name == sign_in_name, SignInAttempt.succeeded == 1
        )
    )
    since = max(at - REMEMBERED, last_right) if last_right else at - REMEMBERED

    def wrong(column: ColumnElement[bool], free: int) -> timedelta:
        tries, newest = session.execute(
            select(func.count(), func.max(SignInAttempt.tried_at)).where(
                column, SignInAttempt.tried_at > since, SignInAttempt.succeeded == 0
            )
        ).one()
        if tries <= free:
            return timedelta(0)
        pause = min(timedelta(seconds=2 ** min(tries - free, 20)), LONGEST_WAIT)
        remaining: timedelta = newest + pause - at
        return remaining

    return max(
        wrong(SignInAttempt.sign_in_name == sign_in_name, FREE_TRIES),
        wrong(SignInAttempt.address == address, FREE_TRIES_OF_ADDRESS),
    )


def start(session: Session, *, officer_id: int, device: str, at: datetime) -> str:
    """Sign a browser in and give its token; only the token's digest is kept."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_digest=_digest(token),
            officer_id=officer_id,
            device=device[:120],
            started_at=at,
            seen_at=at,
            ended_at=None,
        )
    )
    return token


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def sign_out(session: Session, *, token: str, at: datetime) -> None:
    """End one browser's sign-in."""
    signed_in = session.get(SignIn, _digest(token))
    if signed_in is not None:
        signed_in.ended_at = signed_in.ended_at or at


def officer_behind(token: str, *, at: datetime) -> CurrentOfficer | None:
    """Give whose browser this is, or None when it is not signed in, or no longer."""
    found = read(lambda session: _behind(session, token, at))
    if found is None:
        return None
    officer, seen_at = found
    if at - seen_at > SEEN_EVERY:

        def seen(session: Session) -> None:
            session.get_one(SignIn, _digest(token)).seen_at = at

        write(seen)
    return officer


def _behind(session: Session, token: str, at: datetime) -> tuple[CurrentOfficer, datetime] | None:
    row = session.execute(
        select(Officer, SignIn.seen_at)
        .join(SignIn, SignIn.officer_id == Officer.id)
        .where(
            SignIn.token_digest == _digest(token),
            SignIn.ended_at.is_(None),
            SignIn.seen_at > at - SIGNED_IN_FOR,
            Officer.suspended_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    officer, seen_at = row
    group = aliased(Group)
    duties = session.execute(
        select(group.code, OfficerRole.role)
        .outerjoin(group, group.book_id == OfficerRole.group_book_id)
        .where(OfficerRole.officer_id == officer.id, OfficerRole.ended_at.is_(None))
        .order_by(OfficerRole.id)
    ).all()
    return (
        CurrentOfficer(
            id=officer.id,
            mark=officer.mark,
            name=officer.name,
            village_code=officer.village_code,
            duties=frozenset((code, role) for code, role in duties),
            groups=tuple(dict.fromkeys(code for code, _role in duties if code is not None)),
        ),
        seen_at,
    )


def second_officers(session: Session, *, code: str, besides: int) -> list[tuple[int, str]]:
    """Give those who may approve what another officer of a group pays out, by name.

    Args:
        session: Any session.
        code: The group.
        besides: The number of the officer who pays.
    """
    group = group_by_code(session, code=code)
    approving = (Role.TREASURER, Role.BOOKKEEPER, Role.APPROVER)
    rows = session.execute(
        select(Officer.id, Officer.name)
        .join(OfficerRole, OfficerRole.officer_id == Officer.id)
        .where(
            or_(OfficerRole.group_book_id == group.book_id, OfficerRole.group_book_id.is_(None)),
            OfficerRole.role.in_(approving),
            OfficerRole.ended_at.is_(None),
            Officer.suspended_at.is_(None),
            Officer.id != besides,
        )
        .distinct()
        .order_by(Officer.name)
    )
    return [(officer_id, name) for officer_id, name in rows]


def approval_of(
    *, code: str, officer_id: int, password: str, besides: int, address: str, at: datetime
) -> str:
    """Take a second officer's approval at the table, by their own password; give their mark.

    Raises:
        SecondOfficerUnfit: They are the first officer, or have no duty in the group.
        TooManyTries, WrongNameOrPassword: The password is not theirs.
    """
    fit = read(lambda session: second_officers(session, code=code, besides=besides))
    if officer_id not in {number for number, _name in fit}:
        raise SecondOfficerUnfit(officer_id=officer_id)
    confirm(officer_id=officer_id, password=password, address=address, at=at)
    return f"o{officer_id}"
