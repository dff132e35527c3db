"""The forms of the kinds of loan, and of what a group resolves about them."""

import re
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from ledger.money import ZERO
from ledger.schemas import ChoiceField, KeyField, MoneyField, PageSchema, TextField, ThaiDateField
from ledger.schemas import WholeField as Whole
from ledger.thai import arabic_digits
from loans.kinds import FOR_MEMBERS, Purpose
from loans.product_terms import (
    LONGEST_COLLATERAL,
    MONTHS_IN_A_YEAR,
    MOST_GUARANTEES,
    MOST_GUARANTORS,
    MOST_TIMES,
    MOST_WAITING_MONTHS,
    TIMES,
    ChargeName,
    LoanByLaw,
)
from loans.product_words import ROUNDINGS
from loans.schedule import MOST_INSTALMENTS, Counting, Every, Grace, Method
from members.schemas.settings import (
    LONGEST_FIRST_NAME,
    LONGEST_RESOLUTION,
    CountField,
    PerCentField,
)

_TIMES = re.compile(r"(\d{1,5})(?:\.(\d{1,2}))?", re.ASCII)


class RatePer(StrEnum):
    """For how long a rate is said."""

    YEAR = "year"
    MONTH = "month"


RATE_PER_IN_THAI = {RatePer.YEAR: "ต่อปี", RatePer.MONTH: "ต่อเดือน"}


class TimesField(fields.Field[int]):
    """A multiple such as 3 or 2.5, loaded in hundredths; empty is none."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> int:
        text = arabic_digits(str(value)[:20]).strip().removesuffix("เท่า").strip()
        if not text:
            return 0
        match = _TIMES.fullmatch(text)
        if match is None:
            raise ValidationError("ใส่จำนวนเท่าเป็นตัวเลข เช่น 3 หรือ 2.5 ถ้าไม่จำกัดปล่อยว่าง")
        hundredths = int(match[1]) * TIMES + int((match[2] or "").ljust(2, "0"))
        if hundredths > MOST_TIMES * TIMES:
            raise ValidationError(f"จำนวนเท่ามากเกินไป ใส่ได้ไม่เกิน {MOST_TIMES} เท่า")
        return hundredths


class RoundingField(fields.Field[str]):
    """One of the ways in which instalments are rounded."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> str:
        if value not in ROUNDINGS:
            raise ValidationError("เลือกจากรายการที่มีให้")
        return str(value)


class LoanByLawSchema(PageSchema):
    """What a meeting resolved about a kind of loan; loaded as ``by_law``.

    ``read_back`` says that it was read once more.
    """

    most = MoneyField(required=True, above_zero=True)
    times = TimesField(load_default=0)
    most_instalments = CountField(least=1, most=MOST_INSTALMENTS)
    rate = PerCentField(required=True)
    rate_per = ChoiceField(RatePer)
    method = ChoiceField(Method)
    every = ChoiceField(Every)
    counting = ChoiceField(Counting)
    rounding = RoundingField(required=True)
    grace = ChoiceField(Grace)
    grace_instalments = Whole(most=MOST_INSTALMENTS)
    guarantors = Whole(most=MOST_GUARANTORS)
    guarantees_each = Whole(most=MOST_GUARANTEES)
    waiting_months = Whole(most=MOST_WAITING_MONTHS)
    collateral = TextField(longest=LONGEST_COLLATERAL)
    charge_name = ChoiceField(ChargeName)
    contract_fee = MoneyField()
    holds_from = ThaiDateField(required=True)
    resolution = TextField(needed=True, longest=LONGEST_RESOLUTION)
    read_back = TextField(longest=3)
    key = KeyField()

    @validates_schema
    def may_guarantee(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse guarantors who may guarantee nothing."""
        if values["guarantors"] and not values["guarantees_each"]:
            raise ValidationError(
                "ต้องมีผู้ค้ำประกัน จึงต้องบอกว่าคนหนึ่งค้ำได้กี่สัญญา อย่างน้อย 1", "guarantees_each"
            )

    @post_load
    def as_by_law(self, values: dict[str, Any], **_more: object) -> dict[str, Any]:
        """Put the boxes together; a rate a month is twelve times as much a year."""
        multiple, how, _words = ROUNDINGS[values["rounding"]]
        by_the_month = values["rate_per"] is RatePer.MONTH
        by_law = LoanByLaw(
            most_satang=values["most"],
            most_hundredths_of_savings=values["times"],
            most_instalments=values["most_instalments"],
            method=values["method"],
            every=values["every"],
            counting=values["counting"],
            annual_rate_ppm=values["rate"] * (MONTHS_IN_A_YEAR if by_the_month else 1),
            rounding_multiple=multiple,
            rounding_how=how,
            grace=values["grace"],
            grace_instalments=values["grace_instalments"],
            guarantors=values["guarantors"],
            guarantees_each=values["guarantees_each"],
            waiting_months=values["waiting_months"],
            collateral=values["collateral"],
            charge_name=values["charge_name"].value,
            contract_fee=values["contract_fee"] or ZERO,
        )
        return values | {"by_law": by_law}


class LoanProductSchema(LoanByLawSchema):
    """A kind of loan to be opened, with the resolution that made it."""

    name = TextField(needed=True, longest=LONGEST_FIRST_NAME)
    purpose = ChoiceField(Purpose)

    @validates_schema
    def is_for_members(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse a purpose that no member borrows for."""
        if values["purpose"] not in FOR_MEMBERS:
            raise ValidationError("เลือกจากรายการที่มีให้", "purpose")


class CloseProductSchema(PageSchema):
    """From when a kind of loan is offered no more."""

    closed_on = ThaiDateField(required=True)
    key = KeyField()
