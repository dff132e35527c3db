"""The pages of the treasurer's day: today, the collection day, receipts."""

from desk.views import collection, counting, days, receipts, today
from desk.views.room import blueprint

__all__ = ["blueprint", "collection", "counting", "days", "receipts", "today"]
