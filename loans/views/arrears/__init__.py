"""The pages of arrears: who is overdue, whom to tell, and what is done about it."""

from loans.views.arrears import lists, notices, writing_off

__all__ = ["lists", "notices", "writing_off"]
