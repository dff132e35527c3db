"""Cross-review: every entry of the network, signatures, questions, and the close of a month."""

from audit.views import entry, feed, months
from audit.views.room import blueprint
from audit.views.strip import trust

__all__ = ["blueprint", "entry", "feed", "months", "trust"]
