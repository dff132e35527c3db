"""The forms about members: joining, promising, taking out, leaving, printing."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, validates, validates_schema

from ledger.schemas import (
    ChoiceField,
    KeyField,
    MoneyField,
    PageSchema,
    PasswordField,
    TextField,
    ThaiDateField,
    WholeField,
)
from ledger.thai import national_id_is_valid
from members.models import PersonType

#: What stands before a product's code in the name of the box for its pledge.
PLEDGE_BOX = "pledge_"
LONGEST_REASON = 200


class Leaving(StrEnum):
    """Why somebody is no member any more."""

    RESIGNED = "resigned"
    MOVED = "moved"
    DIED = "died"
    EXPELLED = "expelled"


LEAVING_IN_THAI = {
    Leaving.RESIGNED: "ลาออก",
    Leaving.MOVED: "ย้ายที่อยู่",
    Leaving.DIED: "เสียชีวิต",
    Leaving.EXPELLED: "มติให้ออก",
}


class Printed(StrEnum):
    """What is printed of a passbook."""

    WHOLE = "whole"
    NEW_LINES = "new"


class EnrolSchema(PageSchema):
    """Who joins. The boxes for the pledges are added for each group's own products."""

    number = TextField(needed=True, longest=20)
    title = TextField(longest=40)
    given_name = TextField(needed=True, longest=80)
    family_name = TextField(longest=80)
    person_type = ChoiceField(PersonType)
    national_id = TextField(longest=20)
    telephone = TextField(longest=30)
    house_number = TextField(longest=20)
    village_code = TextField(longest=8)
    beneficiary = TextField()
    joined_on = ThaiDateField(required=True)
    key = KeyField()

    @validates("national_id")
    def has_its_check_digit(self, value: str, **_more: object) -> None:
        """Refuse a number that no card carries; the number itself is never kept."""
        if value and not national_id_is_valid(value):
            raise ValidationError("เลขประจำตัวประชาชนไม่ถูก ตรวจตัวเลข 13 หลักอีกครั้ง หรือเว้นว่างไว้")

    @validates_schema
    def has_a_whole_address(self, values: dict[str, str], **_more: object) -> None:
        """Refuse a house in no village."""
        if values.get("house_number") and not values.get("village_code"):
            raise ValidationError("เลือกหมู่บ้านของบ้านเลขที่นี้", "village_code")


class PledgeSchema(PageSchema):
    """What a member promises from a day on; the boxes are added for the group's products."""

    holds_from = ThaiDateField(required=True)
    key = KeyField()


def with_pledges(schema: type[PageSchema], product_codes: Iterable[str]) -> PageSchema:
    """Add a box for the pledge of each product to a form."""
    boxes: dict[str, fields.Field[Any]] = {
        f"{PLEDGE_BOX}{code}": MoneyField() for code in product_codes
    }
    made = schema.from_dict(boxes, name=schema.__name__)()
    assert isinstance(made, PageSchema)
    return made


class WithdrawalSchema(PageSchema):
    """What a member takes out; ``edit`` is the button that goes back to the boxes."""

    product_code = TextField(needed=True, longest=10)
    amount = MoneyField(required=True, above_zero=True)
    reason = TextField(needed=True, longest=LONGEST_REASON)
    paid_on = ThaiDateField(required=True)
    edit = fields.String(load_default="")
    key = KeyField()


class ApprovedSchema(PageSchema):
    """The second officer, at the table, with their own password."""

    second_officer = WholeField()
    password = PasswordField(load_default="")

    @validates_schema
    def is_approved(self, values: dict[str, object], **_more: object) -> None:
        """Ask for both."""
        if not values.get("second_officer"):
            raise ValidationError("เลือกกรรมการคนที่สอง", "second_officer")
        if not values.get("password"):
            raise ValidationError("กรรมการคนที่สองใส่รหัสผ่านของตนเอง", "password")


class PayOutSchema(WithdrawalSchema, ApprovedSchema):
    """A withdrawal that was read back and approved."""


class LeaveSchema(ApprovedSchema):
    """Who leaves, why, and what was shown to be paid back."""

    left_on = ThaiDateField(required=True)
    why = ChoiceField(Leaving)
    note = TextField(longest=LONGEST_REASON)
    paid_to = TextField()
    benefit = MoneyField()
    shown = WholeField(most=10**14)
    key = KeyField()

    @validates_schema
    def benefit_is_for_the_dead(self, values: dict[str, object], **_more: object) -> None:
        """Refuse a death benefit for the living, and a payment to nobody."""
        died = values.get("why") == Leaving.DIED
        if values.get("benefit") and not died:
            raise ValidationError("เงินสวัสดิการเสียชีวิตใส่ได้เมื่อเลือก เสียชีวิต เท่านั้น", "benefit")
        if died and not values.get("paid_to"):
            raise ValidationError("ใส่ชื่อผู้รับเงินแทนสมาชิก", "paid_to")


class MomentField(fields.Field[datetime | None]):
    """A moment that a page hides, as it gave it; empty is None."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> datetime | None:
        if not value:
            return None
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError as unreadable:
            raise ValidationError("แบบฟอร์มนี้ไม่สมบูรณ์ เปิดหน้านี้ใหม่") from unreadable
        if moment.tzinfo is None:
            raise ValidationError("แบบฟอร์มนี้ไม่สมบูรณ์ เปิดหน้านี้ใหม่")
        return moment


class PrintSchema(PageSchema):
    """What to print, and the newest printing that the page showed."""

    what = ChoiceField(Printed)
    seen = MomentField(load_default=None)
    key = KeyField()
