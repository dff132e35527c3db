"""The forms about what the group itself owes: take up, draw down, pay, change, look ahead."""

from collections.abc import Mapping
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
from loans.forecast import WHOLE_PERCENT
from loans.kinds import Purpose, Through
from loans.schedule import (
    MOST_INSTALMENTS,
    Grace,
    Method,
    Payout,
    RateEffect,
    Terms,
)
from loans.services.lending import PlannedStage
from members.schemas.people import LONGEST_REASON, ApprovedSchema
from members.schemas.settings import CountField, PerCentField

LONGEST_REFERENCE, LONGEST_RESOLUTION = 40, 200
#: How many parts the money of a borrowing may come in; the page has a row of boxes for each.
MOST_PARTS = 4
A_BAHT = Satang(100)
A_SATANG = Satang(1)


class BorrowedFrom(StrEnum):
    """From whom a group borrows."""

    CODI_HOUSING = Purpose.CODI_HOUSING.value
    CODI_OTHER = Purpose.CODI_OTHER.value
    BANK = Purpose.BANK.value
    MOTHER_GROUP = Purpose.MOTHER_GROUP.value


class SpreadOver(StrEnum):
    """How a lender spreads what it lends; those that a group meets."""

    EQUAL_INSTALMENT = Method.EQUAL_INSTALMENT.value
    EQUAL_PRINCIPAL = Method.EQUAL_PRINCIPAL.value
    BULLET = Method.BULLET.value


SPREAD_IN_THAI = {
    SpreadOver.EQUAL_INSTALMENT: "จ่ายเท่ากันทุกงวด (ลดต้นลดดอก)",
    SpreadOver.EQUAL_PRINCIPAL: "เงินต้นเท่ากันทุกงวด ดอกเบี้ยลดลง",
    SpreadOver.BULLET: "จ่ายดอกเบี้ยทุกงวด เงินต้นงวดสุดท้าย",
}


class RoundedTo(StrEnum):
    """To what instalments are rounded."""

    BAHT = "baht"
    SATANG = "satang"


ROUNDED_IN_THAI = {RoundedTo.BAHT: "ปัดเป็นบาท", RoundedTo.SATANG: "ละเอียดถึงสตางค์"}


class LookAheadSchema(Schema):
    """How much is expected to be collected, as the page asks in its address."""

    class Meta:
        """Settings of marshmallow."""

        unknown = EXCLUDE

    collected = WholeField(most=WHOLE_PERCENT, load_default=None, allow_none=True)
    every = fields.String(load_default="year")


class TermsSchema(PageSchema):
    """The terms of a loan that is agreed with another: what, how much, over how long."""

    principal = MoneyField(required=True, above_zero=True)
    rate = PerCentField(required=True)
    instalments = CountField(least=1, most=MOST_INSTALMENTS)
    method = ChoiceField(SpreadOver)
    rounded = ChoiceField(RoundedTo)
    first_due_on = ThaiDateField(required=True)
    edit = fields.String(load_default="")
    key = KeyField()


def terms_of(values: Mapping[str, Any], *, starts_on: date) -> Terms:
    """Give the terms of a schedule from what was typed.

    Args:
        values: What was typed.
        starts_on: The day from which interest runs.
    """
    grace = values.get("grace", 0)
    return Terms(
        principal=values["principal"],
        annual_rate_ppm=values["rate"],
        instalments=values["instalments"],
        method=Method(values["method"].value),
        first_due_on=values["first_due_on"],
        disbursed_on=starts_on,
        rounding_multiple=A_BAHT if values["rounded"] is RoundedTo.BAHT else A_SATANG,
        grace=Grace.PRINCIPAL if grace else Grace.NONE,
        grace_instalments=grace,
        payouts=tuple(Payout(part.planned_on, part.amount) for part in parts_of(values)),
        kept_instalment=values.get("kept_instalment"),
    )


def _part_boxes() -> dict[str, fields.Field[Any]]:
    boxes: dict[str, fields.Field[Any]] = {}
    for n in range(1, MOST_PARTS + 1):
        boxes[f"part_{n}_on"] = ThaiDateField()
        boxes[f"part_{n}_amount"] = MoneyField()
    return boxes


class _TakeUpSchema(TermsSchema):
    """What was agreed with a lender. The boxes for parts are added below."""

    purpose = ChoiceField(BorrowedFrom)
    lender = TextField(needed=True)
    reference = TextField(needed=True, longest=LONGEST_REFERENCE)
    contract_on = ThaiDateField(required=True)
    drawn_on = ThaiDateField(required=True)
    grace = WholeField(most=MOST_INSTALMENTS)
    kept_instalment = MoneyField()
    resolution = TextField(needed=True, longest=LONGEST_RESOLUTION)

    @validates_schema
    def comes_in_whole_parts(self, values: dict[str, Any], **_more: object) -> None:
        """Ask for the day and the amount of each part, in order, which together are the whole."""
        parts = [
            (n, values.get(f"part_{n}_on"), values.get(f"part_{n}_amount"))
            for n in range(1, MOST_PARTS + 1)
        ]
        given = [part for part in parts if part[1] or part[2]]
        for n, day, amount in given:
            if not day:
                raise ValidationError("ใส่วันที่คาดว่าจะได้รับเงินงวดนี้", f"part_{n}_on")
            if not amount:
                raise ValidationError("ใส่จำนวนเงินของงวดนี้", f"part_{n}_amount")
        whole = sum(amount or 0 for _n, _day, amount in given)
        if given and whole != values.get("principal"):
            raise ValidationError("เงินทุกงวดรวมกันต้องเท่าวงเงินที่กู้ ตรวจจำนวนเงินอีกครั้ง", "part_1_amount")


def take_up_schema() -> PageSchema:
    """Give the form of a new borrowing."""
    made = _TakeUpSchema.from_dict(_part_boxes(), name="TakeUpSchema")()
    assert isinstance(made, PageSchema)
    return made


def parts_of(values: Mapping[str, Any]) -> tuple[PlannedStage, ...]:
    """Give the parts in which the money comes; empty when it comes at once."""
    return tuple(
        PlannedStage(
            planned_on=values[f"part_{n}_on"],
            amount=values[f"part_{n}_amount"],
            what="ตามสัญญา",
            contractor="",
            retention=Satang(0),
        )
        for n in range(1, MOST_PARTS + 1)
        if values.get(f"part_{n}_amount")
    )


class DrawDownSchema(PageSchema):
    """That a borrowing's money has come; ``stage_n`` is 0 when it does not come in parts."""

    amount = MoneyField(required=True, above_zero=True)
    stage_n = WholeField(most=MOST_INSTALMENTS)
    drawn_on = ThaiDateField(required=True)
    through = ChoiceField(Through)
    note = TextField(longest=LONGEST_REASON)
    key = KeyField()


class PaySchema(PageSchema):
    """What is paid to a lender; ``edit`` is the button that goes back to the boxes."""

    amount = MoneyField(required=True, above_zero=True)
    paid_on = ThaiDateField(required=True)
    through = ChoiceField(Through)
    note = TextField(longest=LONGEST_REASON)
    edit = fields.String(load_default="")
    key = KeyField()


class ApprovedPaySchema(PaySchema, ApprovedSchema):
    """A payment to a lender that was read back and approved."""


class CircularSchema(PageSchema):
    """What the lender declared, from which day, by which circular."""

    since = ThaiDateField(required=True)
    circular = TextField(needed=True, longest=LONGEST_RESOLUTION)
    shown = fields.String(load_default="")
    edit = fields.String(load_default="")
    key = KeyField()


class CircularRateSchema(CircularSchema):
    """A new rate, and whether the instalment stays."""

    rate = PerCentField(required=True)
    effect = ChoiceField(RateEffect)


class ApprovedRateSchema(CircularRateSchema, ApprovedSchema):
    """A new rate that was read back and approved."""


EFFECT_IN_THAI = {
    RateEffect.RECOMPUTE: "คิดค่างวดใหม่ จ่ายหมดในวันเดิม",
    RateEffect.KEEP_INSTALMENT: "จ่ายค่างวดเท่าเดิม จำนวนงวดเปลี่ยน",
}


class Rests(StrEnum):
    """What a lender does not ask for during a moratorium."""

    ALL = Grace.ALL.value
    PRINCIPAL = Grace.PRINCIPAL.value

    @property
    def grace(self) -> Grace:
        """The same as schedules have it."""
        return Grace(self.value)


RESTS_IN_THAI = {
    Rests.ALL: "พักทั้งเงินต้นและดอกเบี้ย",
    Rests.PRINCIPAL: "พักเงินต้น จ่ายเฉพาะดอกเบี้ย",
}


class MoratoriumSchema(CircularSchema):
    """From when to when nothing, or only interest, is asked for."""

    until = ThaiDateField(required=True)
    waives = ChoiceField(Rests)

    @validates_schema
    def ends_after_it_begins(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse a moratorium that ends before it begins."""
        since, until = values.get("since"), values.get("until")
        if isinstance(since, date) and isinstance(until, date) and until < since:
            raise ValidationError("วันสุดท้ายที่พักต้องไม่ก่อนวันแรก", "until")


class ApprovedMoratoriumSchema(MoratoriumSchema, ApprovedSchema):
    """A moratorium that was read back and approved."""
