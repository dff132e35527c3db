"""The fields that every form shares: money, days, texts and keys, from what people type."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields

from ledger.errors import DomainError
from ledger.money import Satang, UnreadableAmount, parse_baht
from ledger.services import LONGEST_KEY
from ledger.thai import arabic_digits, clean_lines, clean_text, parse_date

LONGEST_NAME = 120
NEEDED = "ช่องนี้ต้องกรอก"


class PageSchema(Schema):
    """A form of a page. A field that it does not know is a mistake in the page, and is refused."""

    class Meta:
        """Settings of marshmallow."""

        unknown = RAISE


def _if_empty(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give None for a box that was left out, unless it is needed."""
    return {"allow_none": True} | ({} if settings.get("required") else {"load_default": None})


class MoneyField(fields.Field[Satang]):
    """An amount in baht as people type it, loaded as satang; empty is None, or refused."""

    def __init__(self, *, above_zero: bool = False, **settings: Any) -> None:
        super().__init__(**(_if_empty(settings) | settings))
        self.above_zero = above_zero

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kw: Any
    ) -> Any:
        """Take an empty box for nothing typed."""
        if isinstance(value, str) and not value.strip():
            value = None
        if value is None and self.required:
            raise ValidationError("ใส่จำนวนเงิน")
        return super().deserialize(value, attr, data, **kw)

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> Satang:
        try:
            amount = parse_baht(str(value))
        except UnreadableAmount as refusal:
            raise ValidationError(refusal.sentence()) from refusal
        if self.above_zero and not amount:
            raise ValidationError("จำนวนเงินต้องมากกว่าศูนย์")
        return amount


class ThaiDateField(fields.Field[date]):
    """A day as people type it, Buddhist or Gregorian; empty is None, or refused if needed."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**(_if_empty(settings) | settings))

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kw: Any
    ) -> Any:
        """Take an empty box for nothing typed."""
        if isinstance(value, str) and not value.strip():
            value = None
        if value is None and self.required:
            raise ValidationError("ใส่วันที่ เช่น 7/4/2566")
        return super().deserialize(value, attr, data, **kw)

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> date:
        try:
            return parse_date(str(value)[:60])
        except DomainError as refusal:
            raise ValidationError(refusal.sentence()) from refusal


class TextField(fields.Field[str]):
    """A text cleaned for keeping: one line, or several where ``lines`` says so.

    Args:
        needed: Whether it must not be empty.
        longest: The most characters.
        lines: Whether it may have several lines.
    """

    def __init__(
        self,
        *,
        needed: bool = False,
        longest: int = LONGEST_NAME,
        lines: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(**({"load_default": ""} | settings))
        self.needed = needed
        self.longest = longest
        self.lines = lines

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kw: Any
    ) -> Any:
        """Refuse an empty text where one is needed, also when the box was not sent at all."""
        if self.needed and (not isinstance(value, str) or not value.strip()):
            raise ValidationError(NEEDED)
        return super().deserialize(value, attr, data, **kw)

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> str:
        if len(str(value)) > self.longest * 2:
            raise ValidationError(f"ยาวเกิน {self.longest} ตัวอักษร พิมพ์ให้สั้นลง")
        try:
            text = (clean_lines if self.lines else clean_text)(str(value))
        except DomainError as refusal:
            raise ValidationError(refusal.sentence()) from refusal
        if len(text) > self.longest:
            raise ValidationError(f"ยาวเกิน {self.longest} ตัวอักษร พิมพ์ให้สั้นลง")
        return text


class PasswordField(fields.Field[str]):
    """A password, taken as it was typed."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> str:
        return str(value)


class ChoiceField(fields.Field[Any]):
    """One of the values of an enumeration, as the page offers them."""

    def __init__(self, choices: Any, **settings: Any) -> None:
        super().__init__(**({"required": True} | settings))
        self.choices = choices
        self.error_messages = {**self.error_messages, "required": "เลือกหนึ่งอย่าง"}

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> Any:
        try:
            return self.choices(value)
        except ValueError as unknown:
            raise ValidationError("เลือกจากรายการที่มีให้") from unknown


class WholeField(fields.Field[int]):
    """A whole number that is not negative, such as how many notes; Thai digits are taken too."""

    def __init__(self, *, most: int = 10_000_000, **settings: Any) -> None:
        super().__init__(**({"load_default": 0} | settings))
        self.most = most

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> int:
        text = arabic_digits(str(value)).strip().replace(",", "")
        if not text:
            return 0
        if not (text.isascii() and text.isdigit()):
            raise ValidationError("ใส่เป็นจำนวนเต็ม เช่น 12")
        digits = text.lstrip("0") or "0"
        # By length first: a number of thousands of digits is not even read.
        if len(digits) > len(str(self.most)) or int(digits) > self.most:
            raise ValidationError(f"จำนวนเต็มนี้มากเกินไป ใส่ได้ไม่เกิน {self.most:,}")
        return int(digits)


class KeyField(fields.String):
    """The key that makes a form the same form when it is sent again."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**({"required": True} | settings))

    def _deserialize(self, value: Any, *attr: Any, **data: Any) -> str:
        key = str(super()._deserialize(value, *attr, **data))
        if not 8 <= len(key) <= LONGEST_KEY // 2 or not key.isascii() or not key.isprintable():  # noqa: PLR2004
            raise ValidationError("แบบฟอร์มนี้ไม่สมบูรณ์ เปิดหน้านี้ใหม่แล้วกรอกอีกครั้ง")
        return key


class DaysSchema(Schema):
    """The days that a report is asked for in its address; what else stands there is not ours."""

    class Meta:
        """Settings of marshmallow."""

        unknown = EXCLUDE

    first = ThaiDateField(data_key="from")
    last = ThaiDateField(data_key="to")
