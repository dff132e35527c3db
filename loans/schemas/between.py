"""The forms of money between a mother and her children."""

from datetime import datetime
from typing import Any

from marshmallow import fields

from ledger.schemas import (
    ChoiceField,
    KeyField,
    MoneyField,
    PageSchema,
    TextField,
    ThaiDateField,
)
from loans.kinds import Through
from loans.schemas.borrowings import LONGEST_RESOLUTION, TermsSchema
from loans.services.between import Sending
from members.schemas.people import LONGEST_REASON, ApprovedSchema
from members.schemas.settings import LONGEST_CODE


class LendSchema(TermsSchema):
    """What is lent to which child, by which resolution."""

    child = TextField(needed=True, longest=LONGEST_CODE)
    moved_on = ThaiDateField(required=True)
    through = ChoiceField(Through)
    resolution = TextField(needed=True, longest=LONGEST_RESOLUTION)


class ApprovedLendSchema(LendSchema, ApprovedSchema):
    """What was read back with its schedule, and approved."""


class SendSchema(PageSchema):
    """An amount that is sent: a repayment, a deposit, or a deposit that goes back.

    ``child`` names the group for what goes down; it is empty for what goes up to the mother.
    """

    child = TextField(longest=LONGEST_CODE)
    amount = MoneyField(required=True, above_zero=True)
    moved_on = ThaiDateField(required=True)
    through = ChoiceField(Through)
    note = TextField(longest=LONGEST_REASON)
    edit = fields.String(load_default="")
    key = KeyField()


class ApprovedSendSchema(SendSchema, ApprovedSchema):
    """What was read back, and approved."""


class ConfirmSchema(PageSchema):
    """That what was sent has come; a loan needs the receiver's own resolution."""

    through = ChoiceField(Through)
    resolution = TextField(longest=LONGEST_RESOLUTION)
    key = KeyField()


class TakeBackSchema(ApprovedSchema):
    """Why a group takes its own half back."""

    taken_back_on = ThaiDateField(required=True)
    reason = TextField(needed=True, longest=LONGEST_REASON)
    key = KeyField()


class MirrorDaySchema(PageSchema):
    """The day for which two books are compared, in the address."""

    class Meta(PageSchema.Meta):
        """Settings of marshmallow."""

        unknown = "exclude"

    on = ThaiDateField()


def sending_of(
    values: dict[str, Any], *, amount_box: str, by: str, approved_by: str, at: datetime
) -> Sending:
    """Give what is sent from what was typed."""
    return Sending(
        amount=values[amount_box],
        moved_on=values["moved_on"],
        through=values["through"],
        note=values.get("note", ""),
        idempotency_key=values["key"],
        by=by,
        approved_by=approved_by,
        at=at,
    )
