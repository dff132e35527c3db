"""The forms about arrears: notices, collection costs, writing off, recovering, a month's end."""

import re
from datetime import date
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from ledger.period import EARLIEST
from ledger.schemas import (
    ChoiceField,
    KeyField,
    MoneyField,
    PageSchema,
    TextField,
    ThaiDateField,
    WholeField,
)
from loans.kinds import Through
from loans.services.arrears import HandedOver, NoticeKey
from members.schemas.people import ApprovedSchema

LONGEST_NOTE = 200
MOST_OWED = 10**14
LATEST_MONTH = date(2200, 1, 1)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_NOTICE = re.compile(r"([0-9]{1,12})\.([0-9]{1,12})\.([0-9]{4}-[0-9]{2}-[0-9]{2})")


class MonthField(fields.Field[date]):
    """A month as an address names it, ``2023-03``, loaded as its first day."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> date:
        match = _MONTH.fullmatch(str(value))
        try:
            month = date(int(match[1]), int(match[2]), 1) if match else None
        except ValueError:
            month = None
        if month is None or not EARLIEST <= month <= LATEST_MONTH:
            raise ValidationError("อ่านเดือนไม่ได้ เลือกเดือนจากรายการใหม่")
        return month


class NoticeField(fields.Field[NoticeKey]):
    """A notice as a page names it: the loan, the guarantee and the day of the default."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> NoticeKey:
        return _key_in(str(value))


class NoticesField(fields.Field[list[NoticeKey]]):
    """Notices as an address names them, with commas between."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> list[NoticeKey]:
        return [_key_in(text) for text in str(value).split(",") if text]


def _key_in(text: str) -> NoticeKey:
    match = _NOTICE.fullmatch(text)
    try:
        return int(match[1]), int(match[2]), date.fromisoformat(match[3])  # type: ignore[index]
    except (TypeError, ValueError) as unreadable:
        raise ValidationError("แบบฟอร์มนี้ไม่สมบูรณ์ เปิดหน้านี้ใหม่") from unreadable


def named(key: NoticeKey) -> str:
    """Write a notice as the forms and addresses read it."""
    return f"{key[0]}.{key[1]}.{key[2].isoformat()}"


class AskedMonthSchema(Schema):
    """The month that an address asks for; what else stands there is not ours."""

    class Meta:
        """Settings of marshmallow."""

        unknown = EXCLUDE

    month = MonthField(load_default=None)


class AskedDaySchema(Schema):
    """The day that an address asks for; what else stands there is not ours."""

    class Meta:
        """Settings of marshmallow."""

        unknown = EXCLUDE

    on = ThaiDateField()


class PrintNoticesSchema(PageSchema):
    """Which letters are printed."""

    notice = fields.List(NoticeField(), load_default=list)
    key = KeyField()


class LettersSchema(Schema):
    """Which letters an address asks for."""

    class Meta:
        """Settings of marshmallow."""

        unknown = EXCLUDE

    notice = NoticesField(load_default=list)


class HandOverSchema(PageSchema):
    """When and how a letter reached the guarantor."""

    notice = NoticeField(required=True)
    handed_over_on = ThaiDateField(required=True)
    how = ChoiceField(HandedOver)
    key = KeyField()


class CostSchema(ApprovedSchema):
    """What collecting a debt cost; ``after`` is the last event that the page showed."""

    amount = MoneyField(required=True, above_zero=True)
    happened_on = ThaiDateField(required=True)
    what_for = TextField(needed=True, longest=LONGEST_NOTE)
    after = WholeField()
    key = KeyField()


class WriteOffSchema(PageSchema):
    """By which resolution a loan is written off; ``owed`` is what the page showed.

    ``edit`` goes back to the boxes.
    """

    owed = WholeField(most=MOST_OWED)
    happened_on = ThaiDateField(required=True)
    resolution = TextField(needed=True, longest=LONGEST_NOTE)
    note = TextField(longest=LONGEST_NOTE)
    edit = fields.String(load_default="")
    key = KeyField()


class WrittenOffSchema(WriteOffSchema, ApprovedSchema):
    """A write-off that was read back and approved."""


class RecoverSchema(PageSchema):
    """What came back of a loan that was written off; ``edit`` goes back to the boxes."""

    amount = MoneyField(required=True, above_zero=True)
    happened_on = ThaiDateField(required=True)
    through = ChoiceField(Through)
    note = TextField(longest=LONGEST_NOTE)
    edit = fields.String(load_default="")
    key = KeyField()


class RecoveredSchema(RecoverSchema, ApprovedSchema):
    """A recovery that was read back and approved."""


class MonthEndSchema(ApprovedSchema):
    """What of a month's end is posted."""

    month = MonthField(required=True)
    provision = fields.String(load_default="")
    accrual = fields.String(load_default="")
    key = KeyField()

    @validates_schema
    def posts_something(self, values: dict[str, Any], **_more: Any) -> None:
        """Ask for one of the two at least."""
        if not values.get("provision") and not values.get("accrual"):
            raise ValidationError("เลือกอย่างน้อยหนึ่งอย่างที่จะลงบัญชี", "provision")
