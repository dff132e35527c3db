"""Members: find them, their page, what they promise and take out, and their passbook."""

from members.views.people import cards, enrolling, finding, leaving, passbooks, paying, pledging

__all__ = ["cards", "enrolling", "finding", "leaving", "passbooks", "paying", "pledging"]
