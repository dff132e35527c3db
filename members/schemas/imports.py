"""The forms about spreadsheets: what a file brings in, and why it is undone."""

from ledger.schemas import ChoiceField, KeyField, PageSchema, TextField, ThaiDateField
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


class UndoSchema(PageSchema):
    """Why a file is undone."""

    because = TextField(needed=True, longest=LONGEST_REASON)
    key = KeyField()
