"""The browsers that are signed in, and the passwords that were tried."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from ledger.db import read, write
from ledger.errors import NotAllowed
from ledger.roles import Role
from members.models import Group, Officer, OfficerRole, SignIn, SignInAttempt
from members.officers.duties import (
    CurrentOfficer,
    officer_by_id,
    refuse_last_administrator,
    second_officers,
)
from members.officers.passwords import NOBODYS_HASH, password_matches

#: Wrong passwords that cost nothing; each one after them doubles the wait.
FREE_TRIES = 3
LONGEST_WAIT = timedelta(minutes=10)
REMEMBERED = timedelta(hours=1)
#: An address may be a whole village behind one router, so it is slowed down later than a name, and
#: never for long: one person's wrong passwords must not keep the village out.
FREE_TRIES_OF_ADDRESS = 30
LONGEST_WAIT_OF_ADDRESS = timedelta(seconds=30)
_MOST_DOUBLINGS = 20
#: A browser that nobody used for two weeks is signed out, and every one after three months.
SIGNED_IN_FOR = timedelta(days=14)
SIGNED_IN_AT_MOST = timedelta(days=90)
SEEN_EVERY = timedelta(minutes=5)
LONGEST_SIGN_IN_NAME = 40
LONGEST_DEVICE = 200


class WrongNameOrPassword(NotAllowed):
    """Name and password do not belong together, or the officer is suspended."""

    thai = "ชื่อผู้ใช้หรือรหัสผ่านไม่ถูก ลองอีกครั้ง"


class WrongPassword(WrongNameOrPassword):
    """The password is not the one of the officer who is signed in, or who was chosen."""

    thai = "รหัสผ่านไม่ถูก พิมพ์ใหม่อีกครั้ง"


class TooManyTries(NotAllowed):
    """Too many wrong passwords; nothing was checked."""

    thai = "ใส่รหัสผ่านผิดหลายครั้ง รอ {wait}แล้วลองใหม่"


class SecondOfficerUnfit(NotAllowed):
    """The second officer must be another one, with a duty in the same group."""

    thai = "ผู้อนุมัติต้องเป็นกรรมการอีกคนของกลุ่มนี้ ไม่ใช่ผู้ลงรายการเอง"


def sign_in(*, sign_in_name: str, password: str, address: str, device: str, at: datetime) -> str:
    """Check a password and sign a browser in; give the token that its cookie keeps.

    An unknown name, a suspended officer and a wrong password take the same way through this
    function, so neither the sentence nor the time tells them apart.

    Raises:
        TooManyTries: Too many were wrong just before.
        WrongNameOrPassword: They do not belong together.
    """
    sign_in_name = sign_in_name.strip().lower()[:LONGEST_SIGN_IN_NAME]
    found = read(
        lambda session: session.execute(
            select(Officer.id, Officer.password_hash).where(
                Officer.sign_in_name == sign_in_name, Officer.suspended_at.is_(None)
            )
        ).one_or_none()
    )
    officer_id, password_hash = found or (None, NOBODYS_HASH)
    try_id = _begin_try(sign_in_name, address=address, at=at)
    right = password_matches(password_hash, password)
    if officer_id is None or not right:
        raise WrongNameOrPassword(sign_in_name=sign_in_name)

    def let_in(session: Session) -> str:
        officer = session.get_one(Officer, officer_id)
        # The officer may have been suspended, or the password changed, while it was hashed.
        if officer.suspended_at is not None or officer.password_hash != password_hash:
            raise WrongNameOrPassword(sign_in_name=sign_in_name)
        session.get_one(SignInAttempt, try_id).succeeded = 1
        return start(session, officer_id=officer_id, device=device, at=at)

    return write(let_in)


def confirm(*, officer_id: int, password: str, address: str, at: datetime) -> None:
    """Check the password of an officer who is about to sign, or to approve as the second.

    Raises:
        TooManyTries: Too many were wrong just before.
        WrongPassword: It is wrong, or the officer is suspended.
    """
    officer = read(lambda session: session.get(Officer, officer_id))
    if officer is None or officer.suspended_at is not None:
        raise WrongPassword(officer_id=officer_id)
    try_id = _begin_try(officer.sign_in_name, address=address, at=at)
    if not password_matches(officer.password_hash, password):
        raise WrongPassword(officer_id=officer_id)

    def was_right(session: Session) -> None:
        session.get_one(SignInAttempt, try_id).succeeded = 1

    write(was_right)


def approval_of(
    *, code: str, officer_id: int, password: str, besides: int, address: str, at: datetime
) -> str:
    """Take a second officer's approval at the table, by their own password; give their mark.

    Raises:
        SecondOfficerUnfit: They are the first officer, or have no duty in the group.
        TooManyTries, WrongPassword: The password is not theirs.
    """
    fit = read(lambda session: second_officers(session, code=code, besides=besides))
    if officer_id not in {number for number, _name in fit}:
        raise SecondOfficerUnfit(officer_id=officer_id)
    confirm(officer_id=officer_id, password=password, address=address, at=at)
    return f"o{officer_id}"


def _begin_try(sign_in_name: str, *, address: str, at: datetime) -> int:
    """Keep a try before its password is checked, as wrong until it proves right; give its number.

    So a hundred tries sent at the same moment count each other, and none is checked for nothing.
    """

    def keep(session: Session) -> int:
        # On PostgreSQL two tries at one officer's password wait for each other here.
        session.execute(
            select(Officer.id)
            .where(Officer.sign_in_name == sign_in_name)
            .with_for_update(key_share=True)
        ).all()
        wait = _wait(session, sign_in_name=sign_in_name, address=address, at=at)
        if wait > timedelta(0):
            raise TooManyTries(wait=_in_words(wait), sign_in_name=sign_in_name)
        attempt = SignInAttempt(
            sign_in_name=sign_in_name, address=address, tried_at=at, succeeded=0
        )
        session.add(attempt)
        session.flush()
        return attempt.id

    return write(keep)


def _wait(session: Session, *, sign_in_name: str, address: str, at: datetime) -> timedelta:
    """How long until the next try: it doubles with each wrong one since the last right one.

    A right password clears the tries at its own name only: who knows one password must not be able
    to go on trying others from the same address.
    """
    last_right = session.scalar(
        select(func.max(SignInAttempt.tried_at)).where(
            SignInAttempt.sign_in_name == sign_in_name, SignInAttempt.succeeded == 1
        )
    )
    hour_ago = at - REMEMBERED

    def after_wrong(
        column: ColumnElement[bool], *, since: datetime, free: int, longest: timedelta
    ) -> timedelta:
        tries, newest = session.execute(
            select(func.count(), func.max(SignInAttempt.tried_at)).where(
                column, SignInAttempt.tried_at > since, SignInAttempt.succeeded == 0
            )
        ).one()
        if tries <= free:
            return timedelta(0)
        pause = min(timedelta(seconds=2 ** min(tries - free, _MOST_DOUBLINGS)), longest)
        remaining: timedelta = newest + pause - at
        return remaining

    return max(
        after_wrong(
            SignInAttempt.sign_in_name == sign_in_name,
            since=max(hour_ago, last_right) if last_right else hour_ago,
            free=FREE_TRIES,
            longest=LONGEST_WAIT,
        ),
        after_wrong(
            SignInAttempt.address == address,
            since=hour_ago,
            free=FREE_TRIES_OF_ADDRESS,
            longest=LONGEST_WAIT_OF_ADDRESS,
        ),
    )


def _in_words(wait: timedelta) -> str:
    seconds = int(wait.total_seconds()) + 1
    return f"{seconds} วินาที" if seconds <= 60 else f"{-(-seconds // 60)} นาที"  # noqa: PLR2004


def start(session: Session, *, officer_id: int, device: str, at: datetime) -> str:
    """Sign a browser in and give its token; only the token's digest is kept."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_digest=_digest(token),
            officer_id=officer_id,
            device=device[:LONGEST_DEVICE],
            started_at=at,
            seen_at=at,
            ended_at=None,
        )
    )
    return token


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def sign_out(session: Session, *, token: str, at: datetime) -> None:
    """End one browser's sign-in; a token that is no longer known is no matter."""
    signed_in = session.get(SignIn, _digest(token))
    if signed_in is not None:
        signed_in.ended_at = signed_in.ended_at or at


def sign_ins_of(session: Session, *, officer_id: int, at: datetime) -> list[SignIn]:
    """Give the browsers in which an officer is signed in at a moment, the last seen first."""
    return list(
        session.scalars(
            select(SignIn)
            .where(SignIn.officer_id == officer_id, *_still_signed_in(at))
            .order_by(SignIn.seen_at.desc())
        )
    )


def _still_signed_in(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        SignIn.ended_at.is_(None),
        SignIn.seen_at > at - SIGNED_IN_FOR,
        SignIn.started_at > at - SIGNED_IN_AT_MOST,
    )


def end_sign_ins(session: Session, *, officer_id: int, at: datetime) -> None:
    """Sign an officer out of every browser."""
    for signed_in in session.scalars(
        select(SignIn).where(SignIn.officer_id == officer_id, SignIn.ended_at.is_(None))
    ):
        signed_in.ended_at = at


def suspend(session: Session, *, officer_id: int, at: datetime) -> None:
    """Suspend an officer, and end every sign-in at once.

    Raises:
        OfficerNotFound: There is no such officer.
        LastAdministrator: Nobody would look after officers and settings any more.
    """
    officer = officer_by_id(session, officer_id=officer_id)
    refuse_last_administrator(session, officer=officer)
    officer.suspended_at = officer.suspended_at or at
    end_sign_ins(session, officer_id=officer_id, at=at)


def reinstate(session: Session, *, officer_id: int) -> None:
    """Let a suspended officer sign in again.

    Raises:
        OfficerNotFound: There is no such officer.
    """
    officer_by_id(session, officer_id=officer_id).suspended_at = None


def set_password(session: Session, *, officer_id: int, password_hash: str, at: datetime) -> None:
    """Give an officer another password; whoever is signed in under the old one is signed out.

    Raises:
        OfficerNotFound: There is no such officer.
    """
    officer_by_id(session, officer_id=officer_id).password_hash = password_hash
    end_sign_ins(session, officer_id=officer_id, at=at)


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
            *_still_signed_in(at),
            Officer.suspended_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    officer, seen_at = row
    return _current(officer, _duties_of(session, officer_id=officer.id)), seen_at


def _duties_of(session: Session, *, officer_id: int) -> list[tuple[str | None, Role]]:
    group = aliased(Group)
    rows = session.execute(
        select(group.code, OfficerRole.role)
        .select_from(OfficerRole)
        .outerjoin(group, group.book_id == OfficerRole.group_book_id)
        .where(OfficerRole.officer_id == officer_id, OfficerRole.ended_at.is_(None))
        .order_by(OfficerRole.id)
    )
    return [(code, role) for code, role in rows]


def _current(officer: Officer, duties: list[tuple[str | None, Role]]) -> CurrentOfficer:
    return CurrentOfficer(
        id=officer.id,
        mark=officer.mark,
        name=officer.name,
        village_code=officer.village_code,
        duties=frozenset(duties),
        groups=tuple(dict.fromkeys(code for code, _role in duties if code is not None)),
    )
