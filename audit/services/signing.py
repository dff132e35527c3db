"""Signing: a reviewer of another village read an entry and stands by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from audit.models import SignOff
from audit.services.rights import REVIEWERS, NotAReviewer, why_not_sign
from audit.services.rows import NotWhatWasShown, entry_of, tally_of
from ledger.errors import Conflict, DomainError, RuleBroken
from ledger.queries import NoSuchEntry
from ledger.services import lock_book
from members.models import Group
from members.officers import CurrentOfficer

MOST_SIGNED_AT_ONCE = 200


class AlreadySigned(Conflict):
    """The officer signed the entry before."""

    thai = "ท่านลงนามรับรองรายการเลขที่ {number} ไว้แล้ว"


class NothingChosen(RuleBroken):
    """No entry was ticked."""

    thai = "ยังไม่ได้เลือกรายการ แตะช่องหน้ารายการที่ตรวจแล้วอย่างน้อยหนึ่งรายการ"


class TooManyChosen(RuleBroken):
    """More entries than anybody has read on one page."""

    thai = "เลือกได้ครั้งละไม่เกิน {most} รายการ"


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry as a reviewer saw it: its group, its number and the seal on the page."""

    code: str
    number: int
    seal: bytes


@dataclass(frozen=True, slots=True)
class SignedMany:
    """What became of each entry that was to be signed.

    Attributes:
        signed: Those that were signed now.
        refused: Those that were not, with the reason of each.
    """

    signed: tuple[Seen, ...]
    refused: tuple[tuple[Seen, DomainError], ...]


def sign_off(
    session: Session,
    *,
    book_id: int,
    number: int,
    seal_seen: bytes,
    officer: CurrentOfficer,
    at: datetime,
) -> SignOff:
    """Record that a reviewer of another village read an entry and stands by it.

    Args:
        session: A session opened for writing.
        book_id: The book.
        number: The entry.
        seal_seen: The seal that was on the page when the reviewer decided.
        officer: The reviewer.
        at: Now, aware.

    Raises:
        NotAReviewer: The officer has no such duty.
        NoSuchEntry: There is no such entry.
        OwnEntry: They wrote or approved it.
        OwnVillage: The group is their own, or of their own village.
        AlreadySigned: They signed it before.
        NotWhatWasShown: Its seal is another than the one on the page.
    """
    if not officer.may(REVIEWERS):
        raise NotAReviewer(officer=officer.id)
    lock_book(session, book_id=book_id)
    group = session.get_one(Group, book_id)
    entry = entry_of(session, book_id=book_id, number=number)
    refusal = why_not_sign(
        officer,
        code=group.code,
        village_code=group.village_code,
        number=number,
        written_by=(entry.posted_by, entry.approved_by),
    )
    if refusal is not None:
        raise refusal
    signers = session.scalars(
        select(SignOff.officer_id).where(SignOff.book_id == book_id, SignOff.entry_number == number)
    ).all()
    if officer.id in signers:
        raise AlreadySigned(number=number, officer=officer.id)
    if entry.seal != seal_seen:
        raise NotWhatWasShown(number=number, seen=seal_seen.hex())
    signature = SignOff(
        book_id=book_id,
        entry_number=number,
        officer_id=officer.id,
        seal_seen=seal_seen,
        signed_at=at,
    )
    session.add(signature)
    if not signers:
        tally_of(session, book_id=book_id, day=entry.entered_on).signed += 1
    session.flush()
    return signature


def sign_many(
    session: Session, *, seen: Sequence[Seen], officer: CurrentOfficer, at: datetime
) -> SignedMany:
    """Sign every entry of a list that may be signed, and tell of each other why it was not.

    One entry that cannot be signed does not undo the reading of forty-nine others; what was not
    signed is named with its reason. The password is checked by whoever calls, before the book is
    locked.

    Args:
        session: A session opened for writing.
        seen: The entries as they were shown.
        officer: The reviewer.
        at: Now, aware.

    Raises:
        NothingChosen: The list is empty.
        TooManyChosen: It is longer than anybody has read.
    """
    if not seen:
        raise NothingChosen
    if len(seen) > MOST_SIGNED_AT_ONCE:
        raise TooManyChosen(most=MOST_SIGNED_AT_ONCE)
    books = dict(
        session.execute(
            select(Group.code, Group.book_id).where(Group.code.in_({one.code for one in seen}))
        ).all()
    )
    signed, refused = [], []
    # Books are locked in one order, so that two reviewers never wait for each other in a circle.
    for one in sorted(dict.fromkeys(seen), key=lambda s: (books.get(s.code, 0), s.number)):
        try:
            if one.code not in books:
                raise NoSuchEntry(number=one.number)
            sign_off(
                session,
                book_id=books[one.code],
                number=one.number,
                seal_seen=one.seal,
                officer=officer,
                at=at,
            )
        except DomainError as refusal:
            refused.append((one, refusal))
        else:
            signed.append(one)
    return SignedMany(tuple(signed), tuple(refused))
