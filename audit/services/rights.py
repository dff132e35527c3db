"""Who may look at what: nobody signs or settles what is their own, or their village's."""

from collections.abc import Collection

from ledger.errors import DomainError, NotAllowed, RuleBroken
from ledger.roles import KEEPERS, Role
from members.officers import CurrentOfficer

REVIEWERS = frozenset({Role.REVIEWER})
#: Those who are asked about a group's entries: they answer, and neither sign nor settle there.
THOSE_ASKED = KEEPERS | {Role.APPROVER}


class NotAReviewer(NotAllowed):
    """Only reviewers sign."""

    thai = "การลงนามรับรองเป็นหน้าที่ของผู้สอบทาน"


class OwnEntry(RuleBroken):
    """The officer wrote or approved the entry."""

    thai = "ท่านลงรายการหรืออนุมัติรายการเลขที่ {number} เอง ต้องให้ผู้สอบทานคนอื่น"


class OwnVillage(RuleBroken):
    """The officer lives in the village of the group, or serves the group."""

    thai = "รายการเลขที่ {number} เป็นของกลุ่มในหมู่บ้านหรือหน้าที่ของท่าน ต้องให้ผู้สอบทานจากหมู่บ้านอื่น"


def why_not_sign(
    officer: CurrentOfficer,
    *,
    code: str,
    village_code: str | None,
    number: int,
    written_by: Collection[str | None],
) -> DomainError | None:
    """Give why an officer may not sign an entry, or None when they may.

    Nobody signs what they wrote, what belongs to their own village, or what is in a book that
    they serve; whoever belongs to no village may sign anywhere else.

    Args:
        officer: The officer.
        code: The group.
        village_code: Its village, if it belongs to one.
        number: The entry.
        written_by: The marks of those who wrote and approved it.
    """
    refusal = why_not_review(officer, code=code, village_code=village_code)
    if refusal is NotAReviewer:
        return NotAReviewer(officer=officer.id)
    if officer.mark in written_by:
        return OwnEntry(number=number, officer=officer.id)
    return None if refusal is None else refusal(number=number, officer=officer.id)


def why_not_review(
    officer: CurrentOfficer, *, code: str, village_code: str | None
) -> type[DomainError] | None:
    """Give why an officer may sign nothing of a group, or None when they may."""
    if not officer.may(REVIEWERS, code):
        return NotAReviewer
    if serves_or_lives_there(officer, code=code, village_code=village_code):
        return OwnVillage
    return None


def serves_or_lives_there(officer: CurrentOfficer, *, code: str, village_code: str | None) -> bool:
    """Tell whether an officer serves a group, or lives in its village."""
    lives_there = bool(village_code) and officer.village_code == village_code
    return lives_there or officer.may(THOSE_ASKED, code)
