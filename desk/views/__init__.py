"""The pages of the treasurer's day: today, the collection day, receipts, payments of loans."""

from desk.views import collection, counting, days, putting_right, receipts, repaying, today
from desk.views.room import blueprint

__all__ = [
    "blueprint",
    "collection",
    "counting",
    "days",
    "putting_right",
    "receipts",
    "repaying",
    "today",
]
