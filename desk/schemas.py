"""What the pages of the treasurer's day send: a sheet, a count, a receipt."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from desk.cash import DENOMINATIONS
from desk.models import Channel
from desk.receipt import FEE_IN_THAI, Fee
from desk.sheet import LONGEST_CELL, RowChange, Sheet, loan_of_cell
from ledger.errors import Unreadable
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
from members.queries import ProductView

#: More rows than any sheet has, and a number that every database holds.
MOST_ROWS = 5_000
_SMALL = validate.Range(min=0, max=2**31 - 1)


class NotASheet(Unreadable):
    """What was sent is not a sheet, or a part of one."""

    thai = "อ่านใบรับเงินที่ส่งมาไม่ได้ เปิดหน้านี้ใหม่แล้วลองอีกครั้ง"


def cell_text(sent: object) -> str:
    """Keep what was typed into a cell: what cannot be seen goes, and an endless text is cut.

    A cut text ends in “…”, so that it stays unreadable as an amount.
    """
    text = "".join(c for c in str(sent) if unicodedata.category(c)[0] != "C").strip()
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


class CellField(fields.Field[str]):
    """What was typed into a cell; every text is taken, whether it is an amount or not."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> str:
        return cell_text(value)


class RowSchema(PageSchema):
    """What changed in one member's row."""

    member = fields.Integer(required=True, strict=True, validate=_SMALL)
    absent = fields.Boolean(load_default=None, allow_none=True)
    channel = ChoiceField(Channel, required=False, load_default=None)
    cells = fields.Dict(keys=fields.String(), values=CellField(), load_default=dict)

    @post_load
    def change(self, values: dict[str, Any], **_settings: Any) -> RowChange:
        """Give the change."""
        return RowChange(values["member"], values["absent"], values["channel"], values["cells"])


class CellsSchema(PageSchema):
    """Rows that changed on the grid, sent while it is typed."""

    collection = fields.Integer(required=True, strict=True, validate=_SMALL)
    rows = fields.List(
        fields.Nested(RowSchema), required=True, validate=validate.Length(max=MOST_ROWS)
    )


class OpenSchema(PageSchema):
    """On which day the collection is held."""

    held_on = ThaiDateField(required=True)
    key = KeyField()


class DraftSchema(PageSchema):
    """Which draft, as it was shown."""

    collection = fields.Integer(required=True, validate=_SMALL)
    revision = fields.Integer(required=True, validate=_SMALL)
    key = KeyField(required=False, load_default="")


class MoveSchema(DraftSchema):
    """That the draft is of another day."""

    held_on = ThaiDateField(required=True)


class PostSchema(DraftSchema):
    """That the collection is to be posted, and why the cash differs."""

    reason = TextField(longest=200)


def sent_rows(body: Any) -> tuple[int, list[RowChange]]:
    """Read what the grid sent while it was typed: which sheet, and the rows that changed.

    Raises:
        NotASheet: It is something else.
    """
    try:
        sent = CellsSchema().load(body if isinstance(body, dict) else {})
    except ValidationError as error:
        raise NotASheet(said=error.messages) from error
    return sent["collection"], sent["rows"]


def shown_draft(sent: Mapping[str, str]) -> tuple[int, int]:
    """Read which sheet a whole form is of, and the revision that it was shown at.

    Raises:
        NotASheet: It does not say.
    """
    try:
        shown = DraftSchema(unknown=EXCLUDE).load(sent)
    except ValidationError as error:
        raise NotASheet(said=error.messages) from error
    return shown["collection"], shown["revision"]


def sent_changes(sent: Mapping[str, str], sheet: Sheet) -> list[RowChange]:
    """Read a whole sheet that was sent as one form, without any script.

    A row that the form does not have at all stays as it is. The cell of a loan is read also when
    the sheet does not show the loan any more, so that nothing that was typed disappears.
    """
    columns = {column.code for column in sheet.columns}
    typed: dict[str, dict[str, str]] = {}
    for name, text in sent.items():
        what, _, place = name.partition("-")
        member, _, code = place.partition("-")
        if what == "cell" and (code in columns or loan_of_cell(code) is not None):
            typed.setdefault(member, {})[code] = cell_text(text)
    changes = []
    for row in sheet.rows:
        number = row.line.member_id
        if f"channel-{number}" not in sent:
            continue
        channel = sent[f"channel-{number}"]
        changes.append(
            RowChange(
                member_id=number,
                absent=f"absent-{number}" in sent,
                channel=Channel(channel) if channel in set(Channel) else Channel.CASH,
                cells=typed.get(str(number), {}),
            )
        )
    return changes


def count_schema() -> Schema:
    """Give the schema of the page where notes and coins are counted."""
    boxes: dict[str, Any] = {f"n{kind.value}": WholeField(most=1_000_000) for kind in DENOMINATIONS}
    return DraftSchema.from_dict(boxes, name="CountSchema")()


def counted(values: Mapping[str, Any]) -> dict[Satang, int]:
    """Give what was counted: how many of each value."""
    return {kind.value: values[f"n{kind.value}"] for kind in DENOMINATIONS}


class ReceiptSchema(PageSchema):
    """What every receipt says beside its amounts."""

    received_on = ThaiDateField(required=True)
    channel = ChoiceField(Channel, load_default=Channel.CASH, required=False)
    key = KeyField()


def receive_schema(products: Iterable[ProductView], loans: Iterable[int]) -> Schema:
    """Give the schema of money in at the counter: a box for each product, fee and loan."""
    return ReceiptSchema.from_dict(
        {**_amount_boxes(products, loans), "memo": TextField(longest=200)}, name="ReceiveSchema"
    )()


def put_right_schema(products: Iterable[ProductView], loans: Iterable[int]) -> Schema:
    """Give the schema of a receipt that is put right; somebody says why."""
    return ReceiptSchema.from_dict(
        {**_amount_boxes(products, loans), "reason": TextField(longest=200, needed=True)},
        name="PutRightSchema",
    )()


class RepaySchema(PageSchema):
    """A payment of one loan, by the borrower or a guarantor.

    ``step`` is what was touched: the division is shown, the loan is to be paid off, what was shown
    is confirmed, or it is typed anew.
    """

    amount = MoneyField()
    paid_on = ThaiDateField(required=True)
    channel = ChoiceField(Channel, load_default=Channel.CASH, required=False)
    payer = TextField(longest=20)
    memo = TextField(longest=200)
    shown = TextField(longest=120)
    step = fields.String(
        load_default="show", validate=validate.OneOf(["show", "settle", "confirm", "edit"])
    )
    key = KeyField()


class CancelSchema(PageSchema):
    """That a receipt is taken back without another, and why."""

    reason = TextField(longest=200, needed=True)
    key = KeyField()


def _amount_boxes(products: Iterable[ProductView], loans: Iterable[int]) -> dict[str, Any]:
    return {
        **{f"amount_{product.code}": MoneyField() for product in products},
        **{f"fee_{fee}": MoneyField() for fee in FEE_IN_THAI},
        **{f"loan_{loan_id}": MoneyField() for loan_id in loans},
    }


def amounts_in(values: Mapping[str, Any]) -> dict[str, Satang]:
    """Give what was paid for each product, without what was left empty."""
    return {
        name.removeprefix("amount_"): amount
        for name, amount in values.items()
        if name.startswith("amount_") and amount
    }


def fees_in(values: Mapping[str, Any]) -> dict[Fee, Satang]:
    """Give what was paid for each fee, without what was left empty."""
    return {fee: values[f"fee_{fee}"] for fee in Fee if values.get(f"fee_{fee}")}


def loans_in(values: Mapping[str, Any]) -> dict[int, Satang]:
    """Give what was paid for each loan, without what was left empty."""
    return {
        int(name.removeprefix("loan_")): amount
        for name, amount in values.items()
        if name.startswith("loan_") and amount
    }
