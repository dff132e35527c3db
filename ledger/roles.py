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


#: Those who write in the group's own book.
KEEPERS = frozenset({Role.TREASURER, Role.BOOKKEEPER})
#: Those who may read the entries of a book: its own officers and every reviewer of the network.
READERS = KEEPERS | {Role.APPROVER, Role.REVIEWER}
#: Those who may see totals and reports.
ANYONE_SIGNED_IN = frozenset(Role)
#: The pages that nobody needs to sign in for. A page is open to the world only by saying so.
EVERYBODY: frozenset[Role] = frozenset()


def open_to(roles: frozenset[Role] | set[Role]) -> Callable[[View], View]:
    """Mark a page with the roles that may open it; ``EVERYBODY`` needs no sign-in.

    The guard refuses every page without a mark. When the page's address names a group
    (``code``), the officer needs one of the roles in that group, or across the network.
    """

    def mark(view: View) -> View:
        view.open_to = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark
