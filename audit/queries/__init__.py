"""Reading for trust: the feed, one entry, and how much has been looked at. Nothing here writes."""

from audit.queries.asked import FeedFilter, FeedKeys, Place, PlaceLost, State, read_place
from audit.queries.coverage import (
    Coverage,
    Trust,
    counted_anew,
    coverage_of_book,
    coverage_of_month,
    first_and_last_month,
    open_questions_until,
    trust_of,
)
from audit.queries.entries import (
    Asked,
    EntryView,
    Signature,
    entry_view,
    entry_views,
    next_in_chain,
    questions_of,
    receipt_number_of,
    signatures_of,
)
from audit.queries.feed import MOST_PEOPLE, PAGE, feed_keys
from audit.queries.places import GroupPlace, places

__all__ = [
    "MOST_PEOPLE",
    "PAGE",
    "Asked",
    "Coverage",
    "EntryView",
    "FeedFilter",
    "FeedKeys",
    "GroupPlace",
    "Place",
    "PlaceLost",
    "Signature",
    "State",
    "Trust",
    "counted_anew",
    "coverage_of_book",
    "coverage_of_month",
    "entry_view",
    "entry_views",
    "feed_keys",
    "first_and_last_month",
    "next_in_chain",
    "open_questions_until",
    "places",
    "questions_of",
    "read_place",
    "receipt_number_of",
    "signatures_of",
    "trust_of",
]
