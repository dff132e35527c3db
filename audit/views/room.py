"""The blueprint of cross-review, and how its pages show an entry to the officer who looks."""

from dataclasses import dataclass

from flask import Blueprint, g

from audit.queries import EntryView, GroupPlace, State
from audit.sentences import initials
from audit.services import THOSE_ASKED, why_not_sign
from ledger.errors import DomainError

blueprint = Blueprint("audit", __name__)

#: The one mark of an entry: a word and a colour.
MARKS = {
    State.WAITING: ("รอสอบทาน", "waiting"),
    State.SIGNED: ("ตรวจแล้ว", "agreed"),
    State.ASKED: ("มีข้อซักถาม", "trouble"),
    State.REVERSED: ("กลับรายการ", "quiet"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as a page shows it to one officer.

    Attributes:
        entry: The entry.
        place: Its group.
        mark: Its mark: a word and the colour of it.
        memo: What was written about it, as far as it may be shown.
        memo_is_kept: Whether what was written stays in the group.
        signers: Initials and name of each who signed.
        refusal: Why the officer may not sign it, or None when they may.
        has_signed: Whether they signed it before.
    """

    entry: EntryView
    place: GroupPlace
    mark: tuple[str, str]
    memo: str
    memo_is_kept: bool
    signers: tuple[tuple[str, str], ...]
    refusal: DomainError | None
    has_signed: bool

    @property
    def may_sign(self) -> bool:
        """Whether the officer may sign it now."""
        return self.refusal is None and not self.has_signed

    @property
    def seen(self) -> str:
        """Give what the page carries back when it is signed."""
        return f"{self.place.code}.{self.entry.number}.{self.entry.seal.hex()}"


def shown(entry: EntryView, place: GroupPlace) -> Shown:
    """Show an entry to the officer who looks: what of it, and what they may do."""
    officer = g.officer
    kept = entry.is_sensitive and not officer.may(THOSE_ASKED, place.code)
    return Shown(
        entry=entry,
        place=place,
        mark=MARKS[entry.state],
        memo="" if kept else entry.memo,
        memo_is_kept=kept and bool(entry.memo),
        signers=tuple((initials(one.name), one.name) for one in entry.signatures),
        refusal=why_not_sign(
            officer,
            code=place.code,
            village_code=place.village_code or None,
            number=entry.number,
            written_by=(entry.posted_by, entry.approved_by),
        ),
        has_signed=any(one.officer_id == officer.id for one in entry.signatures),
    )
