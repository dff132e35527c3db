"""What the group itself owes, beside what it is owed."""

from loans.views.borrowings import changing, listing, paying

__all__ = ["changing", "listing", "paying"]
