"""The forms of signing in."""

from marshmallow import ValidationError, fields, validates_schema

from ledger.schemas import KeyField, PageSchema, PasswordField, TextField


class SignInSchema(PageSchema):
    """Name and password."""

    sign_in_name = TextField(needed=True, longest=40)
    password = PasswordField(required=True)
    next = fields.String(load_default="")
    key = KeyField()


class PasswordChangeSchema(PageSchema):
    """The present password and the new one, twice."""

    present = PasswordField(required=True)
    new = PasswordField(required=True)
    again = PasswordField(required=True)
    key = KeyField()

    @validates_schema
    def typed_alike(self, values: dict[str, str], **_more: object) -> None:
        """Refuse two new passwords that differ."""
        if values["new"] != values["again"]:
            raise ValidationError("รหัสผ่านใหม่สองช่องไม่ตรงกัน พิมพ์ใหม่", "again")
