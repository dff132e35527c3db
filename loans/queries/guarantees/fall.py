"""What falls if a house fails: its loans, the guarantors who are called, and one step further."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ledger.money import ZERO, Satang, total
from loans.queries.committee import household_members
from loans.queries.guarantees.capacity import savings_free
from loans.queries.guarantees.lines import (
    GuaranteeLine,
    LoanLine,
    Person,
    guarantee_lines,
    member_loans,
)
from members.queries import full_name


@dataclass(frozen=True, slots=True)
class Called:
    """A guarantor outside a house who would be called if it failed; amounts in satang.

    Attributes:
        person: Who.
        asked: The most that they would be asked for.
        free: Their savings less what they owe.
        loans: Their own loans.
        next: Who outside the house would be called for those in turn, and for how much each at
            most.
    """

    person: Person
    asked: Satang
    free: Satang
    loans: tuple[LoanLine, ...]
    next: tuple[tuple[Person, Satang], ...]

    @property
    def short(self) -> Satang:
        """What their free savings would not cover."""
        return Satang(max(0, self.asked - max(0, self.free)))

    @property
    def owed(self) -> Satang:
        """What they owe themselves."""
        return total(loan.owed for loan in self.loans)


@dataclass(frozen=True, slots=True)
class Lost:
    """A loan of others that would lose a guarantor; ``cover`` is what the rest answer for."""

    guarantee: GuaranteeLine
    others: int
    cover: Satang

    @property
    def uncovered(self) -> Satang:
        """What of the loan nobody would answer for."""
        return Satang(max(0, self.guarantee.owed - self.cover))


@dataclass(frozen=True, slots=True)
class Fall:
    """What falls if a house fails; amounts in satang.

    Attributes:
        people: Who of the house are members.
        savings: What they saved together.
        loans: What they owe.
        inside: Guarantees that the house gives to itself, which are worth nothing then.
        called: The guarantors outside who would be called.
        lost: The loans of others that would lose a guarantor.
    """

    people: tuple[Person, ...]
    savings: Satang
    loans: tuple[LoanLine, ...]
    inside: tuple[GuaranteeLine, ...]
    called: tuple[Called, ...]
    lost: tuple[Lost, ...]

    @property
    def owed(self) -> Satang:
        """What the house owes together."""
        return total(loan.owed for loan in self.loans)

    @property
    def not_saved(self) -> Satang:
        """What of its debt its own savings would not cover."""
        return Satang(max(0, self.owed - self.savings))

    @property
    def unguarded(self) -> Satang:
        """What of the others' loans nobody would answer for."""
        return total(one.uncovered for one in self.lost)


def falls_with(session: Session, *, book_id: int, member_id: int) -> Fall:
    """Tell what falls if the house of a member fails: its loans, its guarantors, and one step on.

    The whole web of the group is read in a few statements, however many hang together.
    """
    people = household_members(session, book_id=book_id, member_id=member_id)
    house = {person.id for person in people}
    loans = member_loans(session, book_id)
    binding = [line for line in guarantee_lines(session, book_id) if line.binds]
    of_house = [line for line in binding if line.borrower.id in house]
    outside = [line for line in of_house if line.guarantor.id not in house]
    called = dict.fromkeys(line.guarantor for line in outside)
    savings = savings_free(
        session, book_id=book_id, member_ids=house | {person.id for person in called}
    )
    return Fall(
        people=tuple(Person(one.id, one.number, full_name(one)) for one in people),
        savings=total(savings[one] for one in house),
        loans=tuple(loan for loan in loans if loan.borrower.id in house),
        inside=tuple(line for line in of_house if line.guarantor.id in house),
        called=tuple(
            _called(person, outside, loans, binding, house=house, savings=savings[person.id])
            for person in called
        ),
        lost=tuple(
            _lost(line, binding, house)
            for line in binding
            if line.guarantor.id in house and line.borrower.id not in house
        ),
    )


def _called(
    person: Person,
    outside: Iterable[GuaranteeLine],
    loans: Iterable[LoanLine],
    binding: Iterable[GuaranteeLine],
    *,
    house: set[int],
    savings: Satang,
) -> Called:
    mine = tuple(loan for loan in loans if loan.borrower == person)
    following: dict[Person, Satang] = {}
    for line in binding:
        is_of_theirs = line.borrower == person and line.loan_id is not None
        if is_of_theirs and line.guarantor.id not in house:
            before = following.get(line.guarantor, ZERO)
            following[line.guarantor] = Satang(before + line.at_risk)
    return Called(
        person=person,
        asked=total(line.at_risk for line in outside if line.guarantor == person),
        free=Satang(savings - total(loan.owed for loan in mine)),
        loans=mine,
        next=tuple(following.items()),
    )


def _lost(line: GuaranteeLine, binding: Iterable[GuaranteeLine], house: set[int]) -> Lost:
    """Tell who would still stand for what a guarantor of the house stands for."""
    others = [
        other
        for other in binding
        if other.guarantor.id not in house
        and (other.loan_id, other.application_id) == (line.loan_id, line.application_id)
    ]
    return Lost(line, len(others), total(other.most for other in others))
