"""The forms on the path of a loan: asking, guarantors, the meeting, the decision."""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from ledger.money import ZERO
from ledger.schemas import (
    ChoiceField,
    KeyField,
    MoneyField,
    PageSchema,
    PasswordField,
    TextField,
    ThaiDateField,
    WholeField,
)
from loans.kinds import Vote
from loans.schedule import MOST_INSTALMENTS
from loans.services.applications import Consent
from loans.services.lending import PlannedStage
from members.schemas.people import LONGEST_REASON, ApprovedSchema

LONGEST_MINUTES = 4000
#: In how many stages a house is built and paid out, at most.
MOST_STAGES = 4
#: What stands before an application's and a member's number in the name of the box for a vote.
VOTE_BOX = "vote"


class DaysField(TextField):
    """Several days, one a line, as people type them; loaded as a tuple of days."""

    def _deserialize(self, value: Any, *attr: Any, **data: Any) -> Any:
        text = super()._deserialize(value, *attr, **data)
        one = ThaiDateField(required=True)
        return tuple(one.deserialize(line) for line in text.split("\n") if line.strip())


class ApplySchema(PageSchema):
    """What a member asks for."""

    product_code = TextField(needed=True, longest=20)
    amount = MoneyField(required=True, above_zero=True)
    instalments = WholeField(most=MOST_INSTALMENTS)
    what_for = TextField(needed=True, longest=LONGEST_REASON)
    household_income = MoneyField()
    collateral = TextField(longest=LONGEST_REASON)
    refinances = WholeField()
    applied_on = ThaiDateField(required=True)
    key = KeyField()


class AskGuarantorSchema(PageSchema):
    """Whom to ask, by number or name, and the most that they would answer for."""

    guarantor = TextField(needed=True, longest=LONGEST_REASON)
    most = MoneyField(required=True, above_zero=True)
    key = KeyField()


class ConsentSchema(PageSchema):
    """How a guarantor agreed, and when."""

    how = ChoiceField(Consent)
    consented_on = ThaiDateField(required=True)
    key = KeyField()


class LetGoSchema(PageSchema):
    """Why a guarantor is let go, and who takes their place."""

    why = TextField(needed=True, longest=LONGEST_REASON)
    replaced_by = WholeField()
    released_on = ThaiDateField(required=True)
    key = KeyField()


class LetGoOfLoanSchema(LetGoSchema):
    """The same for a loan; while it is owed, the second officer approves with their password."""

    second_officer = WholeField()
    password = PasswordField(load_default="")

    @validates_schema
    def is_approved(self, values: dict[str, Any], **_more: object) -> None:
        """Ask for the password of whoever was chosen."""
        if values.get("second_officer") and not values.get("password"):
            raise ValidationError("กรรมการคนที่สองใส่รหัสผ่านของตนเอง", "password")


class MeetingSchema(PageSchema):
    """A meeting; the boxes for the votes are added for its people and applications.

    ``read_back`` says that it was read once more.
    """

    held_on = ThaiDateField(required=True)
    resolution = TextField(longest=LONGEST_REASON)
    minutes = TextField(longest=LONGEST_MINUTES, lines=True)
    present = fields.List(WholeField(), load_default=list)
    read_back = TextField(longest=3)
    key = KeyField()


class VoteField(fields.Field[Vote | None]):
    """A vote, or None where nothing was chosen."""

    def _deserialize(self, value: Any, *_attr: Any, **_data: Any) -> Vote | None:
        if not value:
            return None
        try:
            return Vote(value)
        except ValueError as unknown:
            raise ValidationError("เลือกจากรายการที่มีให้") from unknown


def vote_box(application_id: int, member_id: int) -> str:
    """Name the box of one vote."""
    return f"{VOTE_BOX}_{application_id}_{member_id}"


def meeting_schema(*, applications: Iterable[int], members: Iterable[int]) -> PageSchema:
    """Add a box for the vote of each member on each application."""
    people = list(members)
    boxes: dict[str, fields.Field[Any]] = {
        vote_box(application, member): VoteField(load_default=None)
        for application in applications
        for member in people
    }
    made = MeetingSchema.from_dict(boxes, name="VotesSchema")()
    assert isinstance(made, PageSchema)
    return made


def votes_in(values: Mapping[str, Any]) -> dict[int, dict[int, Vote]]:
    """Give the votes that were chosen, by application and member."""
    votes: dict[int, dict[int, Vote]] = {}
    for name, vote in values.items():
        parts = name.split("_")
        if parts[0] == VOTE_BOX and vote is not None:
            votes.setdefault(int(parts[1]), {})[int(parts[2])] = vote
    return votes


class ApproveSchema(ApprovedSchema):
    """What is granted, and the second officer's approval."""

    amount = MoneyField(required=True, above_zero=True)
    instalments = WholeField(most=MOST_INSTALMENTS)
    first_due_on = ThaiDateField()
    due_days = DaysField(lines=True, longest=LONGEST_MINUTES)
    decided_on = ThaiDateField(required=True)
    key = KeyField()


def approve_schema() -> PageSchema:
    """Add the boxes for the stages of a payout."""
    boxes: dict[str, fields.Field[Any]] = {}
    for n in range(1, MOST_STAGES + 1):
        boxes |= {
            f"stage_on_{n}": ThaiDateField(),
            f"stage_amount_{n}": MoneyField(above_zero=True),
            f"stage_what_{n}": TextField(),
            f"stage_contractor_{n}": TextField(),
            f"stage_retention_{n}": MoneyField(),
        }
    made = ApproveSchema.from_dict(boxes, name="StagedSchema")()
    assert isinstance(made, PageSchema)
    return made


def stages_in(values: Mapping[str, Any]) -> tuple[PlannedStage, ...]:
    """Give the stages that were written; whoever leaves out a day means the contract's."""
    return tuple(
        PlannedStage(
            planned_on=values.get(f"stage_on_{n}") or values["decided_on"],
            amount=values[f"stage_amount_{n}"],
            what=values.get(f"stage_what_{n}") or f"งวดงานที่ {n}",
            contractor=values.get(f"stage_contractor_{n}") or "",
            retention=values.get(f"stage_retention_{n}") or ZERO,
        )
        for n in range(1, MOST_STAGES + 1)
        if values.get(f"stage_amount_{n}")
    )


class CloseSchema(PageSchema):
    """Why an application is refused or taken back, and when."""

    why = TextField(longest=LONGEST_REASON)
    decided_on = ThaiDateField(required=True)
    key = KeyField()
