"""Reading a member's card: who they are, what they have, and what of it is on paper."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from ledger.money import Satang, total
from members.models import PersonType, ProductKind
from members.passbook import sheets_to_print_on
from members.queries.passbooks import lines_on_paper, printings_of
from members.queries.people import address_line, full_name, household_of, member_by_number
from members.queries.savings import SavingsView, pledges_of, savings_of

#: Paid into a purse for everybody, and so nobody's own money.
PREMIUMS = frozenset({ProductKind.WELFARE, ProductKind.LAND_HOUSING})


@dataclass(frozen=True, slots=True)
class MemberCard:
    """A member as their page shows them.

    Attributes:
        member_id: Their number in the tables.
        number: The number on the passbook.
        full_name: Title and names.
        person_type: What the identity number says of them.
        masked_national_id: Its last three digits, or empty.
        telephone: For the keepers of the group only, or empty.
        beneficiary: For the keepers of the group only, or empty.
        address: As on paper, or empty.
        joined_on: The day.
        left_on: The day, or None.
        left_because: For the keepers of the group only, or empty.
        savings: What they have, in the order of the products.
        pledges: What they promise a collection day, by product, in satang.
        unprinted: How many lines are not in the passbook yet.
        printed_at: When the passbook was last printed, or None.
        sheets: The pages that those lines go onto, in the order in which they are printed: the
            product, the page's number, and whether it is on paper already.
    """

    member_id: int
    number: str
    full_name: str
    person_type: PersonType
    masked_national_id: str
    telephone: str
    beneficiary: str
    address: str
    joined_on: date
    left_on: date | None
    left_because: str
    savings: tuple[SavingsView, ...]
    pledges: dict[str, Satang]
    unprinted: int
    printed_at: datetime | None
    sheets: tuple[tuple[str, int, bool], ...]

    @property
    def own_money(self) -> Satang:
        """What is theirs, in satang: everything but premiums."""
        return total(view.balance for view in self.savings if view.product_kind not in PREMIUMS)

    def without_private(self) -> "MemberCard":
        """Leave out what only the keepers of the group need to know."""
        return replace(self, telephone="", beneficiary="", left_because="")


def member_card(session: Session, *, book_id: int, number: str, on: date) -> MemberCard:
    """Give a member's card as it is on a day.

    Raises:
        MemberNotFound: There is no such member.
    """
    member = member_by_number(session, book_id=book_id, number=number)
    home = household_of(session, member=member)
    savings = tuple(savings_of(session, book_id=book_id, member_id=member.id))
    printings = printings_of(session, book_id=book_id, member_id=member.id)
    on_paper = lines_on_paper(printings)
    return MemberCard(
        member_id=member.id,
        number=member.number,
        full_name=full_name(member),
        person_type=member.person_type,
        masked_national_id=member.masked_national_id,
        telephone=member.telephone,
        beneficiary=member.beneficiary,
        address="" if home is None else address_line(*home),
        joined_on=member.joined_on,
        left_on=member.left_on,
        left_because=member.left_because,
        savings=savings,
        pledges=pledges_of(session, book_id=book_id, member_id=member.id, on=on),
        unprinted=sum(view.lines - on_paper.get(view.account_id, 0) for view in savings),
        printed_at=printings[-1].printed_at if printings else None,
        sheets=tuple(
            (view.name, number, is_on_paper)
            for view in savings
            for number, is_on_paper in sheets_to_print_on(
                on_paper=on_paper.get(view.account_id), lines=view.lines
            )
        ),
    )
