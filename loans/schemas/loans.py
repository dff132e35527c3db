"""The forms about one loan: settling, paying out, changing, taking back."""

from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from ledger.money import Satang
from ledger.schemas import (
    ChoiceField,
    KeyField,
    MoneyField,
    PageSchema,
    TextField,
    ThaiDateField,
    WholeField,
)
from ledger.thai import arabic_digits
from loans.kinds import Through
from loans.schedule import Every, Grace, Method, RateEffect, Terms
from members.schemas.people import LONGEST_REASON, ApprovedSchema

PPM_IN_A_PERCENT = 10_000
PERCENT_DECIMALS = 4
MOST_PERCENT = 100
MOST_INSTALMENTS = 600
LONGEST_RESOLUTION = 200


class PercentField(fields.Field[int]):
    """A rate in per cent a year as people type it, loaded as millionths: ``6.25`` is 62,500."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> int:
        text = arabic_digits(str(value)).strip().removesuffix("%").strip()
        if not text:
            raise ValidationError("ใส่อัตราร้อยละต่อปี เช่น 6")
        whole, _dot, decimals = text.partition(".")
        digits = whole + decimals
        if not (digits.isascii() and digits.isdigit() and whole) or len(digits) > 12:  # noqa: PLR2004
            raise ValidationError("อ่านอัตราร้อยละไม่ได้ พิมพ์เป็นตัวเลข เช่น 6 หรือ 6.25")
        if len(decimals) > PERCENT_DECIMALS:
            raise ValidationError("ใส่ทศนิยมของร้อยละได้ไม่เกิน 4 ตำแหน่ง")
        ppm = int(whole) * PPM_IN_A_PERCENT + int(decimals.ljust(PERCENT_DECIMALS, "0"))
        if ppm > MOST_PERCENT * PPM_IN_A_PERCENT:
            raise ValidationError("อัตรานี้สูงเกินไป ใส่เป็นร้อยละต่อปี เช่น 6")
        return ppm


class SettlementSchema(Schema):
    """The day for which a settlement is asked, in the address."""

    class Meta:
        """Settings of marshmallow."""

        unknown = EXCLUDE

    on = ThaiDateField()


class PayOutSchema(PageSchema):
    """What is paid out of a loan; ``edit`` is the button that goes back to the boxes.

    ``stage_n`` is 0 for a loan that is not paid out in stages; ``old`` are the loans that it
    pays off.
    """

    amount = MoneyField(required=True, above_zero=True)
    stage_n = WholeField(most=MOST_INSTALMENTS)
    paid_on = ThaiDateField(required=True)
    through = ChoiceField(Through)
    fee = MoneyField()
    old = fields.List(WholeField(), load_default=list)
    note = TextField(longest=LONGEST_REASON)
    edit = fields.String(load_default="")
    key = KeyField()


class ApprovedPayOutSchema(PayOutSchema, ApprovedSchema):
    """A payout that was read back and approved."""


class RetentionSchema(ApprovedSchema):
    """That a contractor is paid what was kept back from a stage."""

    paid_on = ThaiDateField(required=True)
    through = ChoiceField(Through)
    key = KeyField()


class ChangeSchema(PageSchema):
    """What every change of a contract needs: a resolution, and a day."""

    since = ThaiDateField(required=True)
    resolution = TextField(needed=True, longest=LONGEST_RESOLUTION)
    edit = fields.String(load_default="")
    key = KeyField()


class RateSchema(ChangeSchema):
    """A new rate; whether the instalment stays or is worked out anew is chosen from both tables."""

    rate = PercentField(required=True)
    effect = ChoiceField(RateEffect, required=False, load_default=None)


class HolidaySchema(ChangeSchema):
    """Days in which nothing is asked for, or interest only."""

    until = ThaiDateField(required=True)
    waives = ChoiceField(Grace)

    @validates_schema
    def ends_after_it_begins(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse a holiday that ends before it begins."""
        since, until = values.get("since"), values.get("until")
        if isinstance(since, date) and isinstance(until, date) and until < since:
            raise ValidationError("วันสุดท้ายที่พักต้องไม่ก่อนวันแรก", "until")


class RestructureSchema(ChangeSchema):
    """A new plan for what is owed."""

    rate = PercentField(required=True)
    instalments = WholeField(most=MOST_INSTALMENTS)
    first_due_on = ThaiDateField(required=True)
    method = ChoiceField(Method)

    @validates_schema
    def has_a_plan(self, values: dict[str, Any], **_more: object) -> None:
        """Ask for at least one instalment, due after the day on which the plan begins."""
        refuse_no_plan(values)


class CompromiseSchema(ChangeSchema):
    """How much is forgiven, and whether the rest gets a new plan (``instalments`` above 0)."""

    principal = MoneyField()
    interest = MoneyField()
    rate = PercentField(load_default=None, allow_none=True)
    instalments = WholeField(most=MOST_INSTALMENTS)
    first_due_on = ThaiDateField()
    method = ChoiceField(Method, required=False, load_default=Method.EQUAL_INSTALMENT)

    @validates_schema
    def forgives_something(self, values: dict[str, Any], **_more: object) -> None:
        """Ask what is forgiven; a new plan needs its first day."""
        if not values.get("principal") and not values.get("interest"):
            raise ValidationError("ใส่เงินต้นหรือดอกเบี้ยที่ยกให้อย่างน้อยหนึ่งช่อง", "principal")
        if values.get("instalments"):
            refuse_no_plan(values)


def refuse_no_plan(values: dict[str, Any]) -> None:
    """Refuse a plan without instalments, or one whose first day is not after its beginning."""
    if not values.get("instalments"):
        raise ValidationError("ใส่จำนวนงวดตั้งแต่ 1 งวดขึ้นไป", "instalments")
    since, first = values.get("since"), values.get("first_due_on")
    if first is None:
        raise ValidationError("ใส่วันที่ เช่น 7/4/2566", "first_due_on")
    if isinstance(since, date) and first <= since:
        raise ValidationError("งวดแรกต้องหลังวันที่เริ่มแผนใหม่", "first_due_on")


class ReverseSchema(ApprovedSchema):
    """Why something is taken back, and on which day."""

    happened_on = ThaiDateField(required=True)
    reason = TextField(needed=True, longest=LONGEST_REASON)
    key = KeyField()


class GiveUpSchema(ReverseSchema):
    """Why a granted loan is given up, and on which day."""


class What(StrEnum):
    """How a contract can be changed."""

    RATE = "rate"
    HOLIDAY = "holiday"
    RESTRUCTURE = "restructure"
    COMPROMISE = "compromise"


#: The forms as they are filled in, and as they are agreed to.
CHANGES: dict[What, type[ChangeSchema]] = {
    What.RATE: RateSchema,
    What.HOLIDAY: HolidaySchema,
    What.RESTRUCTURE: RestructureSchema,
    What.COMPROMISE: CompromiseSchema,
}


class AgreedSchema(ApprovedSchema):
    """A change that was read back and approved; ``shown`` is the loan as the page had it."""

    shown = fields.String(load_default="")


class AgreedRateSchema(RateSchema, AgreedSchema):
    """The new rate, agreed to."""

    effect = ChoiceField(RateEffect)


class AgreedHolidaySchema(HolidaySchema, AgreedSchema):
    """The holiday, agreed to."""


class AgreedRestructureSchema(RestructureSchema, AgreedSchema):
    """The new plan, agreed to."""


class AgreedCompromiseSchema(CompromiseSchema, AgreedSchema):
    """The compromise, agreed to."""


AGREED: dict[What, type[ChangeSchema]] = {
    What.RATE: AgreedRateSchema,
    What.HOLIDAY: AgreedHolidaySchema,
    What.RESTRUCTURE: AgreedRestructureSchema,
    What.COMPROMISE: AgreedCompromiseSchema,
}
#: How a new plan may spread what is owed.
PLAIN_METHODS = (Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.BULLET)


def terms_anew(values: dict[str, Any], *, now: Terms, rate_ppm: int, owed: Satang) -> Terms:
    """Give the terms of a new plan for what is owed, from what was typed.

    What was never asked for (rounding, how interest is counted) stays as it is; holidays, stages
    and changes of the rate that are behind it are not carried into the new plan.

    Args:
        values: What was typed.
        now: The terms that hold.
        rate_ppm: The yearly rate that holds, in millionths; used when none was typed.
        owed: The principal of the new plan, in satang.
    """
    return replace(
        now,
        principal=owed,
        annual_rate_ppm=rate_ppm if values["rate"] is None else values["rate"],
        instalments=values["instalments"],
        method=values["method"],
        first_due_on=values["first_due_on"],
        disbursed_on=values["since"],
        every=now.every if now.every is not Every.CHOSEN else Every.MONTH,
        grace=Grace.NONE,
        grace_instalments=0,
        due_days=(),
        payouts=(),
        rate_changes=(),
        holidays=(),
        kept_instalment=None,
    )
