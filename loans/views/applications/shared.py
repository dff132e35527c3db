"""What the pages on the path of a loan share: the group, and a refusal beside its box."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from sqlalchemy.orm import Session

from ledger.db import read
from ledger.errors import DomainError
from ledger.period import FutureDate, TooLongAgo
from ledger.thai import format_date
from ledger.web import Form, status_of, today
from loans.product_words import percent_short
from loans.queries.applications import NameMeansMany, NobodyOfThatName
from loans.services.applications import (
    GuaranteeOutOfBounds,
    GuarantorFull,
    GuarantorHasLeft,
    GuarantorInHousehold,
    GuarantorIsBorrower,
    GuarantorOverdue,
    GuarantorTwice,
    MoreThanAsked,
    NeedsReplacement,
    OfficerHasStake,
    ResolutionMissing,
    TwoOfficersNeeded,
    TwoOfficersToLetGo,
)
from loans.views.room import blueprint
from members.models import Group
from members.officers import SecondOfficerUnfit, TooManyTries, WrongPassword
from members.queries import MemberNotFound, group_by_code
from members.views.people.asking import WrongPasswordOfSecond

T = TypeVar("T")
blueprint.add_app_template_filter(percent_short, "percent_short")
#: The box that each refusal is about, where the form has it.
_BOXES: Mapping[type[DomainError], tuple[str, ...]] = {
    FutureDate: ("applied_on", "consented_on", "released_on", "held_on", "decided_on"),
    TooLongAgo: ("applied_on", "consented_on", "released_on", "held_on", "decided_on"),
    MemberNotFound: ("guarantor",),
    NobodyOfThatName: ("guarantor",),
    NameMeansMany: ("guarantor",),
    GuaranteeOutOfBounds: ("most",),
    GuarantorIsBorrower: ("guarantor",),
    GuarantorInHousehold: ("guarantor",),
    GuarantorFull: ("guarantor",),
    GuarantorHasLeft: ("guarantor",),
    GuarantorOverdue: ("guarantor",),
    GuarantorTwice: ("guarantor",),
    NeedsReplacement: ("replaced_by",),
    ResolutionMissing: ("resolution",),
    MoreThanAsked: ("amount",),
    TwoOfficersNeeded: ("second_officer",),
    TwoOfficersToLetGo: ("second_officer",),
    OfficerHasStake: ("second_officer",),
    SecondOfficerUnfit: ("second_officer",),
    WrongPassword: ("password",),
    TooManyTries: ("password",),
}


def refuse(form: Form, refusal: DomainError) -> None:
    """Say a refusal beside the box that it is about, or above the form when it is about none."""
    if isinstance(refusal, WrongPassword):
        refusal = WrongPasswordOfSecond(**refusal.facts)
    boxes = next((boxes for family, boxes in _BOXES.items() if isinstance(refusal, family)), ())
    box = next((box for box in boxes if box in form.typed), None)
    if box is None:
        form.refuse(refusal)
        return
    form.wrong(box, refusal.sentence())
    form.status = status_of(refusal)


def of_group(code: str, look: Callable[[Session, Group], T]) -> tuple[Group, T]:
    """Read something of a group, and give it with the group.

    Raises:
        GroupNotFound: There is none of this code.
    """

    def both(session: Session) -> tuple[Group, T]:
        group = group_by_code(session, code=code)
        return group, look(session, group)

    return read(both)


def typed_today() -> str:
    """Give today as the box for a day shows it."""
    return format_date(today())
