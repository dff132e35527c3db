"""The forms of the loan committee."""

from typing import Any

from marshmallow import fields

from ledger.schemas import KeyField, PageSchema, TextField, ThaiDateField
from ledger.thai import arabic_digits
from members.schemas.settings import LONGEST_RESOLUTION

MOST_OFFICER_DIGITS = 9


class OfficerField(fields.Field[int | None]):
    """An officer's number as the page offers it, or None; what is no number is nobody's."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> int | None:
        text = arabic_digits(str(value)).strip()
        if not text:
            return None
        is_number = text.isascii() and text.isdigit() and len(text) <= MOST_OFFICER_DIGITS
        return int(text) if is_number else 0


class SeatSchema(PageSchema):
    """A member to be seated on the loan committee.

    ``same`` names the member and the officer of another name who were said to be one person.
    """

    number = TextField(needed=True, longest=40)
    same = TextField(longest=60)
    officer = OfficerField(load_default=None)
    sits_from = ThaiDateField(required=True)
    resolution = TextField(needed=True, longest=LONGEST_RESOLUTION)
    key = KeyField()


class EndSeatSchema(PageSchema):
    """From when a member sits no more."""

    sits_until = ThaiDateField(required=True)
    key = KeyField()
