"""The forms of settings and by-laws, and of a new installation's first steps."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, missing, post_load, validates_schema

from ledger.errors import DomainError
from ledger.roles import Role
from ledger.schemas import (
    NEEDED,
    ChoiceField,
    KeyField,
    MoneyField,
    PageSchema,
    PasswordField,
    TextField,
    ThaiDateField,
    WholeField,
)
from ledger.thai import arabic_digits
from members.by_laws import (
    LEAST,
    MOST,
    MOST_MONTHS,
    MOST_TIERS,
    WHOLE_PPM,
    HeldAs,
    RuleName,
    parse_percent,
    percent,
)
from members.models import GroupKind, ProductKind
from members.places import MOST_MOO

#: First answers wait in the browser's cookie, which holds four thousand characters.
LONGEST_FIRST_NAME = 80
LONGEST_SIGN_IN_NAME = 40
LONGEST_CODE = 12
LONGEST_RESOLUTION = 300
OTHER_TAMBON = "other"
NOT_ALIKE = "รหัสผ่านสองช่องไม่ตรงกัน พิมพ์ใหม่"


class GroupCodeField(TextField):
    """A group's code; small letters are taken for capitals."""

    def _deserialize(self, value: Any, *attr: Any, **data: Any) -> str:
        return super()._deserialize(value, *attr, **data).upper()


class EmptyIsNone(TextField):
    """A choice in which nothing may be chosen, loaded as None."""

    def deserialize(self, *value: Any, **more: Any) -> Any:
        """Take an empty choice for None."""
        return super().deserialize(*value, **more) or None


class PerCentField(fields.Field[int]):
    """A rate in per cent as people type it, loaded as millionths; empty is None, or refused.

    Args:
        most: The most millionths; what is above is refused with ``too_much``.
        too_much: The sentence that says the limit; ``{most}`` in it is the limit in per cent.
    """

    def __init__(
        self, *, most: int = WHOLE_PPM, too_much: str = "ใส่ได้ไม่เกินร้อยละ {most}", **settings: Any
    ) -> None:
        empty = {} if settings.get("required") else {"load_default": None}
        super().__init__(**({"allow_none": True} | empty | settings))
        self.most = most
        self.too_much = too_much

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kw: Any
    ) -> Any:
        """Take an empty box for nothing typed."""
        if isinstance(value, str) and not value.strip():
            value = None
        if value is None and self.required:
            raise ValidationError("ใส่เป็นร้อยละ เช่น 6 หรือ 6.25")
        return super().deserialize(value, attr, data, **kw)

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> int:
        try:
            ppm = parse_percent(str(value))
        except DomainError as refusal:
            raise ValidationError(refusal.sentence()) from refusal
        if ppm > self.most:
            raise ValidationError(self.too_much.format(most=percent(self.most)))
        return ppm


class CountField(WholeField):
    """A whole number that must be typed, between a least and a most."""

    def __init__(self, *, least: int, most: int, **settings: Any) -> None:
        super().__init__(most=most, **({"load_default": missing, "required": True} | settings))
        self.least = least

    def _deserialize(self, value: Any, *attr: Any, **data: Any) -> int:
        number = super()._deserialize(value, *attr, **data)
        if number < self.least or not str(value).strip():
            raise ValidationError(f"ใส่จำนวนเต็มตั้งแต่ {self.least} ถึง {self.most}")
        return number


class GroupSchema(PageSchema):
    """A group to be opened."""

    code = GroupCodeField(needed=True, longest=LONGEST_CODE)
    name = TextField(needed=True)
    kind = ChoiceField(GroupKind)
    founded_on = ThaiDateField(required=True)
    village_code = EmptyIsNone(longest=8)
    mother_code = EmptyIsNone(longest=LONGEST_CODE)
    key = KeyField()


class TambonSchema(PageSchema):
    """A tambon as official papers name it."""

    code = TextField(needed=True, longest=6)
    name_th = TextField(needed=True)
    name_en = TextField()
    district_th = TextField(needed=True)
    province_th = TextField(needed=True)
    key = KeyField()


class VillageSchema(PageSchema):
    """A village of a known tambon."""

    tambon_code = TextField(needed=True, longest=6)
    moo = WholeField(most=MOST_MOO)
    village_name = TextField(needed=True)
    key = KeyField()

    @validates_schema
    def has_moo(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse an empty moo, and moo nought."""
        if not values["moo"]:
            raise ValidationError("ใส่หมู่ที่ ตั้งแต่ 1 ถึง 99", "moo")


class DutySchema(PageSchema):
    """A duty, in a group or in the whole network."""

    role = ChoiceField(Role)
    where = EmptyIsNone(longest=LONGEST_CODE)
    key = KeyField()


class NewPasswordSchema(PageSchema):
    """Another password for an officer, twice."""

    new = PasswordField(required=True)
    again = PasswordField(required=True)
    key = KeyField()

    @validates_schema
    def typed_alike(self, values: dict[str, str], **_more: object) -> None:
        """Refuse two passwords that differ."""
        if values["new"] != values["again"]:
            raise ValidationError(NOT_ALIKE, "again")


class OfficerSchema(NewPasswordSchema, DutySchema):
    """Somebody new who serves, with their first duty and password."""

    name = TextField(needed=True)
    sign_in_name = TextField(needed=True, longest=LONGEST_SIGN_IN_NAME)
    village_code = EmptyIsNone(longest=8)


class ResolutionSchema(PageSchema):
    """A meeting's resolution about an amount; ``read_back`` says that it was read once more."""

    value: fields.Field[Any] = MoneyField(required=True)
    holds_from = ThaiDateField(required=True)
    resolution = TextField(needed=True, longest=LONGEST_RESOLUTION)
    read_back = TextField(longest=3)
    key = KeyField()


class HeldAsResolutionSchema(ResolutionSchema):
    """A meeting's resolution about how pledges are held."""

    value = ChoiceField(HeldAs)


class DefaultRateResolutionSchema(ResolutionSchema):
    """A meeting's resolution about default interest, a rate that the law limits."""

    value = PerCentField(
        required=True,
        most=MOST[RuleName.LOAN_DEFAULT_RATE],
        too_much="ดอกเบี้ยผิดนัดต้องไม่เกินร้อยละ {most} ต่อปีตามกฎหมาย (ป.พ.พ. มาตรา 654) ใส่อัตราที่ไม่เกินนี้",
    )


class QuorumResolutionSchema(ResolutionSchema):
    """A meeting's resolution about how many decide on a loan."""

    value = CountField(least=LEAST[RuleName.LOAN_QUORUM], most=MOST[RuleName.LOAN_QUORUM])


class FreeDaysResolutionSchema(ResolutionSchema):
    """A meeting's resolution about the days for which no default interest is asked."""

    value = CountField(least=0, most=MOST[RuleName.LOAN_DEFAULT_FREE_DAYS])


class TiersResolutionSchema(ResolutionSchema):
    """A meeting's resolution about a provision that grows with the months; loaded as pairs.

    Its boxes are two columns of a little table; a line in which nothing is typed is left out.
    """

    value = fields.Raw(load_default=None)
    months = fields.List(TextField(longest=8), load_default=list)
    percent = fields.List(PerCentField(), load_default=list)

    @validates_schema
    def are_tiers(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse lines that are half typed or out of order, and a table without any."""
        wrong = _wrong_with_tiers(values["months"], values["percent"])
        if wrong:
            raise ValidationError(wrong, "value")

    @post_load
    def as_pairs(self, values: dict[str, Any], **_more: object) -> dict[str, Any]:
        """Give the lines as the rule keeps them: months and millionths."""
        lines = zip(values["months"], values["percent"], strict=True)
        tiers = [[_whole(months), ppm] for months, ppm in lines if months]
        return values | {"value": tiers}


def _wrong_with_tiers(months: list[str], rates: list[int | None]) -> str:
    """Say what is wrong with the lines of a provision, or nothing."""
    if len(months) != len(rates) or len(months) > MOST_TIERS:
        return f"ใส่ได้ไม่เกิน {MOST_TIERS} แถว เปิดหน้านี้ใหม่แล้วกรอกอีกครั้ง"
    before = (-1, 0)
    for line, (typed, ppm) in enumerate(zip(months, rates, strict=True), start=1):
        if not typed and ppm is None:
            continue
        month = _whole(typed)
        if not typed or ppm is None:
            return f"แถวที่ {line} กรอกไม่ครบ ใส่ทั้งจำนวนเดือนและร้อยละ"
        if month is None:
            return f"แถวที่ {line} ใส่จำนวนเดือนเป็นจำนวนเต็มตั้งแต่ 0 ถึง {MOST_MONTHS}"
        if month <= before[0]:
            return f"แถวที่ {line} จำนวนเดือนต้องมากกว่าแถวก่อน เรียงจากค้างน้อยไปค้างมาก"
        if ppm < before[1]:
            return f"แถวที่ {line} ร้อยละต้องไม่น้อยกว่าแถวก่อน ยิ่งค้างนานยิ่งกันไว้มาก"
        before = (month, ppm)
    return "" if before[0] >= 0 else "ใส่อย่างน้อยหนึ่งแถว"


def _whole(typed: str) -> int | None:
    """Read a number of months, or None when it is not one."""
    text = arabic_digits(typed).strip()
    months = int(text) if text.isascii() and text.isdigit() else None
    return months if months is not None and months <= MOST_MONTHS else None


#: The forms of rules that are not amounts.
RESOLUTION_SCHEMAS: Mapping[RuleName, type[ResolutionSchema]] = {
    RuleName.PLEDGE_HELD_AS: HeldAsResolutionSchema,
    RuleName.LOAN_QUORUM: QuorumResolutionSchema,
    RuleName.LOAN_DEFAULT_RATE: DefaultRateResolutionSchema,
    RuleName.LOAN_DEFAULT_FREE_DAYS: FreeDaysResolutionSchema,
    RuleName.PROVISION_TIERS: TiersResolutionSchema,
}


class ProductSchema(PageSchema):
    """Another savings product."""

    kind = ChoiceField(ProductKind)
    name = TextField(longest=LONGEST_FIRST_NAME)
    opened_on = ThaiDateField(required=True)
    key = KeyField()


class FirstGroupSchema(PageSchema):
    """First steps, one: the group."""

    code = GroupCodeField(needed=True, longest=LONGEST_CODE)
    name = TextField(needed=True, longest=LONGEST_FIRST_NAME)
    kind = ChoiceField(GroupKind)
    founded_on = ThaiDateField(required=True)
    key = KeyField()


class FirstPlaceSchema(PageSchema):
    """First steps, two: the tambon, one of the district's or another, and the village."""

    tambon = TextField(needed=True, longest=6)
    other_code = TextField(longest=6)
    other_name_th = TextField(longest=LONGEST_FIRST_NAME)
    other_name_en = TextField(longest=LONGEST_FIRST_NAME)
    other_district_th = TextField(longest=LONGEST_FIRST_NAME)
    other_province_th = TextField(longest=LONGEST_FIRST_NAME)
    moo = WholeField(most=MOST_MOO)
    village_name = TextField(longest=LONGEST_FIRST_NAME)
    key = KeyField()

    @validates_schema
    def is_whole(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse another tambon half named, and a moo without a name or the other way round."""
        missing = {}
        if values["tambon"] == OTHER_TAMBON:
            needed = ("other_code", "other_name_th", "other_district_th", "other_province_th")
            missing = {box: NEEDED for box in needed if not values[box]}
        if bool(values["moo"]) != bool(values["village_name"]):
            missing["village_name" if values["moo"] else "moo"] = NEEDED
        if missing:
            raise ValidationError(missing)


class FirstOfficersSchema(PageSchema):
    """First steps, three: who looks after settings, who keeps the box, and who approves."""

    administrator_name = TextField(needed=True, longest=LONGEST_FIRST_NAME)
    administrator_sign_in_name = TextField(needed=True, longest=LONGEST_SIGN_IN_NAME)
    administrator_password = PasswordField(load_default="")
    administrator_again = PasswordField(load_default="")
    treasurer_name = TextField(needed=True, longest=LONGEST_FIRST_NAME)
    treasurer_sign_in_name = TextField(needed=True, longest=LONGEST_SIGN_IN_NAME)
    treasurer_password = PasswordField(load_default="")
    treasurer_again = PasswordField(load_default="")
    approver_name = TextField(needed=True, longest=LONGEST_FIRST_NAME)
    approver_sign_in_name = TextField(needed=True, longest=LONGEST_SIGN_IN_NAME)
    approver_password = PasswordField(load_default="")
    approver_again = PasswordField(load_default="")
    taken_by = ChoiceField(Role)
    key = KeyField()


class FirstRulesSchema(PageSchema):
    """First steps, four: the by-laws, named as the rules are, and the products to begin with."""

    pledge_held_as = ChoiceField(HeldAs)
    pledge_least = MoneyField(required=True)
    pledge_most = MoneyField(required=True)
    share_par = MoneyField(required=True)
    entrance_fee = MoneyField(required=True)
    passbook_fee = MoneyField(required=True)
    welfare_premium = MoneyField(required=True)
    land_housing_premium = MoneyField(required=True)
    cash_limit = MoneyField(required=True)
    products = fields.List(ChoiceField(ProductKind), load_default=list)
    key = KeyField()
