"""What keeps a member from leaving: written down by whoever made it an obligation."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import RuleBroken
from members.models import Hold, Member


class HeldBack(RuleBroken):
    """The member owes something, or vouches for somebody who does."""

    thai = "สมาชิกเลขที่ {number} ยังพ้นจากสมาชิกภาพไม่ได้ เพราะ{why} ชำระหนี้ให้ครบ หรือหาผู้ค้ำประกันคนใหม่แทนก่อน"


def hold(
    session: Session, *, book_id: int, member_id: int, because: str, sentence: str, on: date
) -> None:
    """Keep a member from leaving; held for the same reason again, the hold goes on.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        member_id: The member.
        because: What it is, such as ``loan 12`` or ``guarantee 7``.
        sentence: What the treasurer reads, such as ``ค้ำประกันสัญญา LN6604-KHP06-0001``.
        on: The day from which it holds.
    """
    there = session.get(Hold, (book_id, member_id, because))
    if there is None:
        session.add(
            Hold(
                book_id=book_id,
                member_id=member_id,
                because=because,
                sentence=sentence,
                held_on=on,
                ended_on=None,
            )
        )
    else:
        there.sentence, there.ended_on = sentence, None
    session.flush()


def release(session: Session, *, book_id: int, because: str, on: date) -> None:
    """End a hold, whoever it holds; one that has ended, or never was, stays so."""
    for there in _because(session, book_id=book_id, because=because):
        if there.ended_on is None:
            there.ended_on = on
    session.flush()


def resume(session: Session, *, book_id: int, because: str) -> None:
    """Let a hold that was ended by mistake go on; where there never was one, nothing is held."""
    for there in _because(session, book_id=book_id, because=because):
        there.ended_on = None
    session.flush()


def _because(session: Session, *, book_id: int, because: str) -> list[Hold]:
    return list(
        session.scalars(select(Hold).where(Hold.book_id == book_id, Hold.because == because))
    )


def holds_of(session: Session, *, book_id: int, member_id: int) -> list[Hold]:
    """Give what holds a member now, the oldest first."""
    return list(
        session.scalars(
            select(Hold)
            .where(Hold.book_id == book_id, Hold.member_id == member_id, Hold.ended_on.is_(None))
            .order_by(Hold.held_on, Hold.because)
        )
    )


def refuse_who_is_held(session: Session, *, member: Member) -> None:
    """Refuse that a member leaves while something holds them.

    Raises:
        HeldBack: They owe something, or guarantee what another owes.

    Source:
        DOMAIN 2.7: one cannot leave while owing, or while guaranteeing until replaced.
    """
    holding = holds_of(session, book_id=member.book_id, member_id=member.id)
    if holding:
        why = " และ".join(there.sentence for there in holding)
        raise HeldBack(number=member.number, why=why)
