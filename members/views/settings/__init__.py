"""Groups, villages, officers and by-laws, and a new installation's first steps."""

from members.views.settings import by_laws, first_steps, officers, overview

__all__ = ["by_laws", "first_steps", "officers", "overview"]
