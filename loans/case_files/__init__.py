"""Published schedules from files: read liberally, recomputed, and compared figure by figure."""

from loans.case_files.comparing import Outcome, Verdict, check_case, check_flat_rate
from loans.case_files.reading import Case, FlatRate, NotACaseFile, Unread, read_cases

__all__ = [
    "Case",
    "FlatRate",
    "NotACaseFile",
    "Outcome",
    "Unread",
    "Verdict",
    "check_case",
    "check_flat_rate",
    "read_cases",
]
