"""Money between groups: each writes its half."""

from loans.views.between import lending, sending, showing

__all__ = ["lending", "sending", "showing"]
