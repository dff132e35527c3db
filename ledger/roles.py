"""What an officer may do with a book, and the mark by which each page says whom it is open to."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

View = TypeVar("View", bound=Callable[..., object])


class Role(StrEnum):
    """What an officer is in one group, or in the whole network."""

    TREASURER = "treasurer"
    BOOKKEEPER = "bookkeeper"
    APPROVER = "approver"
    REVIEWER = "reviewer"
    OBSERVER = "observer"
    ADMINISTRATOR = "administrator"


ROLE_IN_THAI = {
    Role.TREASURER: "เหรัญญิก",
    Role.BOOKKEEPER: "ผู้ทำบัญชี",
    Role.APPROVER: "กรรมการผู้อนุมัติ",
    Role.REVIEWER: "ผู้สอบทาน",
    Role.OBSERVER: "ผู้สังเกตการณ์",
    Role.ADMINISTRATOR: "ผู้ดูแลระบบ",
}

#: Those who write in the group's own book.
KEEPERS = frozenset({Role.TREASURER, Role.BOOKKEEPER})
#: Those who may read the entries of a book: its own officers and every reviewer of the network.
READERS = KEEPERS | {Role.APPROVER, Role.REVIEWER}
#: Those who may see totals and reports.
ANYONE_SIGNED_IN = frozenset(Role)
#: Those who look after officers, groups and settings, and touch no money.
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})


class _Everybody(frozenset[Role]):
    """The mark of a page that nobody needs to sign in for."""


#: A page is open to the world only by saying so; one that says nothing is open to nobody.
EVERYBODY: frozenset[Role] = _Everybody()
NOBODY: frozenset[Role] = frozenset()
#: The same for templates, which show only what is open to the officer.
FOR_PAGES: dict[str, object] = {
    "ROLE_IN_THAI": ROLE_IN_THAI,
    "KEEPERS": KEEPERS,
    "READERS": READERS,
    "ADMINISTRATORS": ADMINISTRATORS,
    "ANYONE_SIGNED_IN": ANYONE_SIGNED_IN,
}


def open_to(roles: frozenset[Role]) -> Callable[[View], View]:
    """Mark a page with the roles that may open it; ``EVERYBODY`` needs no sign-in.

    The guard refuses every page without a mark. When the page's address names a group
    (``code``), the officer needs one of the roles in that group, or across the network.
    """

    def mark(view: View) -> View:
        view.open_to = roles  # type: ignore[attr-defined]
        return view

    return mark
