"""The pages of the book: journal, accounts, statements and the trial balance."""

from ledger.views import accounts, health, journal, overview, trial_balance
from ledger.views.room import blueprint

__all__ = ["accounts", "blueprint", "health", "journal", "overview", "trial_balance"]
