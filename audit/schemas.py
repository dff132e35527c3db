"""The forms of cross-review."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validates_schema

from audit.queries import State
from audit.services import Seen
from ledger.entry import EntryKind
from ledger.schemas import (
    ChoiceField,
    KeyField,
    MoneyField,
    PageSchema,
    PasswordField,
    TextField,
    ThaiDateField,
)

LONGEST_WORDS = 500
SEAL_BYTES = 32
#: Digits that any number of an entry has.
LONGEST_ENTRY_NUMBER = 18
BROKEN_FORM = "แบบฟอร์มนี้ไม่สมบูรณ์ เปิดหน้านี้ใหม่แล้วทำอีกครั้ง"


class SealField(fields.Field[bytes]):
    """A seal as a page carries it back: 64 hexadecimal digits."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> bytes:
        try:
            seal = bytes.fromhex(str(value))
        except ValueError as unreadable:
            raise ValidationError(BROKEN_FORM) from unreadable
        if len(seal) != SEAL_BYTES:
            raise ValidationError(BROKEN_FORM)
        return seal


class SeenField(fields.Field[Seen]):
    """An entry as a page showed it: ``KHP06.12.`` and its seal."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> Seen:
        code, _dot, rest = str(value).partition(".")
        number, _dot, seal = rest.partition(".")
        if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_ENTRY_NUMBER):
            raise ValidationError(BROKEN_FORM)
        return Seen(code, int(number), SealField().deserialize(seal))


class FilterSchema(Schema):
    """What the feed is filtered by, from the address of the page."""

    class Meta:
        """Settings of marshmallow: what a link carries besides is passed over."""

        unknown = EXCLUDE

    group = TextField(longest=40)
    village = TextField(longest=8)
    tambon = TextField(longest=6)
    first = ThaiDateField()
    last = ThaiDateField()
    kind = ChoiceField(EntryKind, required=False, load_default=None)
    amount = MoneyField()
    most = MoneyField()
    person = TextField(longest=60)
    officer = TextField(longest=20)
    state = ChoiceField(State, required=False, load_default=None)
    after = fields.String(load_default="")

    #: Those that a page names in its chips, in order.
    NAMES: ClassVar[tuple[str, ...]] = (
        *("state", "group", "village", "tambon", "first", "last"),
        *("kind", "amount", "most", "person", "officer"),
    )

    @pre_load
    def without_empty_boxes(self, sent: Mapping[str, Any], **_more: object) -> dict[str, Any]:
        """Pass over what was left empty: it filters nothing."""
        return {name: text for name, text in sent.items() if text.strip()}

    @validates_schema
    def in_order(self, values: Mapping[str, Any], **_more: object) -> None:
        """Refuse days and amounts that run backwards."""
        first, last = values.get("first"), values.get("last")
        if first and last and first > last:
            raise ValidationError("วันสิ้นสุดอยู่ก่อนวันเริ่ม สลับวันที่", "last")
        least, most = values.get("amount"), values.get("most")
        if least is not None and most is not None and least > most:
            raise ValidationError("จำนวนเงินสูงสุดน้อยกว่าจำนวนเริ่ม สลับจำนวน", "most")


class SignSchema(PageSchema):
    """One signature, with the seal that was on the page."""

    seal = SealField(required=True)
    key = KeyField()


class SignManySchema(PageSchema):
    """Many signatures at once, under one password."""

    entry = fields.List(SeenField(), load_default=list)
    password = PasswordField(load_default="")
    key = KeyField()


class WordsSchema(PageSchema):
    """A question or an answer."""

    text = TextField(needed=True, longest=LONGEST_WORDS, lines=True)
    key = KeyField()


class SettleSchema(PageSchema):
    """The end of a question; what was found may be left out."""

    text = TextField(longest=LONGEST_WORDS, lines=True)
    key = KeyField()


class CloseSchema(PageSchema):
    """The close of a month, with the head that was on the page."""

    head = SealField(required=True)
    sure = fields.String(load_default="")
    key = KeyField()

    @validates_schema
    def is_sure(self, values: Mapping[str, Any], **_more: object) -> None:
        """Ask for the tick beside the sentence that says what closing does."""
        if values.get("sure") != "yes":
            raise ValidationError("แตะช่องยืนยันก่อนปิดเดือน", "sure")
