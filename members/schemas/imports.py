"""The forms about spreadsheets: what a file brings in, and why it is undone."""

from ledger.schemas import (
    ChoiceField,
    KeyField,
    PageSchema,
    PasswordField,
    TextField,
    ThaiDateField,
    WholeField,
)
from members.imports.batches import LONGEST_REASON
from members.imports.kept import What
from members.imports.savings import Against


class ImportSchema(PageSchema):
    """What a file brings in, and what holds for rows that do not say."""

    what = ChoiceField(What)
    against = ChoiceField(Against)
    product = TextField(longest=20)
    on = ThaiDateField(required=True)
    key = KeyField()


class PostImportSchema(PageSchema):
    """That a file is posted; the second officer approves where it pays out."""

    second_officer = WholeField()
    password = PasswordField(load_default="")
    key = KeyField()


class UndoSchema(PageSchema):
    """Why a file is undone."""

    because = TextField(needed=True, longest=LONGEST_REASON)
    key = KeyField()
