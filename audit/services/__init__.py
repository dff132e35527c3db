"""Writing trust: sign an entry, ask about it, answer, settle, and close a month.

Each of these locks the group's book first, so that a signature and its tally, or a question and
the close of its month, cannot pass each other. Checks go from cheap to dear and stop at the first.
"""

from audit.services.months import NotAKeeper, OpenQuestions, close_month
from audit.services.questions import (
    AlreadySettled,
    NotAReader,
    NotTheOneAsked,
    NotYoursToSettle,
    QuestionNotFound,
    TheAskedCannotSettle,
    answer,
    ask,
    settle,
)
from audit.services.rights import (
    REVIEWERS,
    THOSE_ASKED,
    NotAReviewer,
    OwnEntry,
    OwnVillage,
    serves_or_lives_there,
    why_not_review,
    why_not_sign,
)
from audit.services.rows import NotWhatWasShown
from audit.services.signing import (
    MOST_SIGNED_AT_ONCE,
    AlreadySigned,
    NothingChosen,
    Seen,
    SignedMany,
    TooManyChosen,
    sign_many,
    sign_off,
)

__all__ = [
    "MOST_SIGNED_AT_ONCE",
    "REVIEWERS",
    "THOSE_ASKED",
    "AlreadySettled",
    "AlreadySigned",
    "NotAKeeper",
    "NotAReader",
    "NotAReviewer",
    "NotTheOneAsked",
    "NotWhatWasShown",
    "NotYoursToSettle",
    "NothingChosen",
    "OpenQuestions",
    "OwnEntry",
    "OwnVillage",
    "QuestionNotFound",
    "Seen",
    "SignedMany",
    "TheAskedCannotSettle",
    "TooManyChosen",
    "answer",
    "ask",
    "close_month",
    "serves_or_lives_there",
    "settle",
    "sign_many",
    "sign_off",
    "why_not_review",
    "why_not_sign",
]
