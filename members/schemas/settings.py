"""The forms of settings and by-laws, and of a new installation's first steps."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

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
from members.by_laws import HeldAs
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
