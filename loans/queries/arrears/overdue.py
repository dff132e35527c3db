"""Who is overdue: the ageing table of a group, and its list by village, with the guarantors."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ledger.money import Satang, total
from ledger.thai import sort_key
from loans.arrears import (
    AT_RISK_DAYS,
    BUCKETS,
    Bucket,
    Exposure,
    at_risk,
    bucket_of,
    over_codi_line,
    share_of,
)
from loans.kinds import PURPOSE_IN_THAI
from loans.models import Guarantee, Loan, LoanProduct
from loans.queries.arrears.standings import standings_on
from loans.queries.arrears.sums import MOST_NAMED, portfolio
from loans.standing import Standing
from members.models import Group, Household, Member, Village
from members.queries import full_name
from members.queries.groups import village_line

NO_VILLAGE = "ไม่ได้ระบุหมู่บ้าน"


@dataclass(frozen=True, slots=True)
class Guarantor:
    """Who guarantees a loan, and up to how much, in satang."""

    guarantee_id: int
    loan_id: int
    member_id: int
    number: str
    name: str
    most: Satang


@dataclass(frozen=True, slots=True)
class Person:
    """Who borrowed, and where they are looked for; ``order`` is by village, then by name."""

    number: str
    name: str
    village: str
    house_number: str
    order: tuple[str, int, str]

    @classmethod
    def named(cls, name: str) -> Self:
        """Give a borrower that is no member, such as a child group."""
        return cls("", name, NO_VILLAGE, "", ("~", 0, sort_key(name)))


@dataclass(frozen=True, slots=True)
class Borrower:
    """Whose a loan is, as the lists of arrears show it."""

    loan_id: int
    reference: str
    product_name: str
    person: Person

    @property
    def member_number(self) -> str:
        """The number on the borrower's passbook, or empty."""
        return self.person.number

    @property
    def name(self) -> str:
        """The borrower's name."""
        return self.person.name

    @property
    def village(self) -> str:
        """Where the borrower lives, as the lists are parted."""
        return self.person.village

    @property
    def house_number(self) -> str:
        """The borrower's house, or empty."""
        return self.person.house_number

    @property
    def order(self) -> tuple[str, int, str]:
        """Where the borrower stands in the lists."""
        return self.person.order


@dataclass(frozen=True, slots=True)
class OverdueLoan:
    """A loan with something overdue; amounts in satang.

    Attributes:
        borrower: Whose it is.
        standing: How it stands with it on the day.
        since: The due day of the oldest instalment that is not wholly paid.
        bucket: Its class of age.
        guarantors: Who guarantees it.
    """

    borrower: Borrower
    standing: Standing
    since: date
    bucket: Bucket
    guarantors: tuple[Guarantor, ...] = ()

    @property
    def interest(self) -> Satang:
        """Overdue contract interest and fees."""
        return Satang(self.standing.overdue_interest + self.standing.overdue_fee)

    @property
    def all(self) -> Satang:
        """Everything that is overdue, with default interest and collection costs."""
        return self.standing.overdue_in_all


@dataclass(frozen=True, slots=True)
class Aged:
    """The overdue loans of one class of age, added up, in satang."""

    bucket: Bucket
    loans: int
    outstanding: Satang
    principal: Satang
    interest: Satang


@dataclass(frozen=True, slots=True)
class AtRisk:
    """What is owed on loans that are overdue for more than some days, and its share of all."""

    over_days: int
    amount: Satang
    basis_points: int


@dataclass(frozen=True, slots=True)
class Ageing:
    """The arrears of a group on a day; amounts in satang.

    Attributes:
        on: The day.
        loans: How many loans run.
        outstanding: What is owed on all of them.
        overdue: The overdue ones by village, then by borrower.
        rows: The same by class of age.
        at_risk: The portfolio at risk, by days.
        over_three_months: What is owed on loans that are more than three months late.
        over_three_months_basis_points: Its share of all.
    """

    on: date
    loans: int
    outstanding: Satang
    overdue: tuple[OverdueLoan, ...]
    rows: tuple[Aged, ...]
    at_risk: tuple[AtRisk, ...]
    over_three_months: Satang
    over_three_months_basis_points: int

    @property
    def borrowers(self) -> int:
        """How many people and groups are overdue."""
        return len({(one.borrower.member_number, one.borrower.name) for one in self.overdue})

    @property
    def overdue_outstanding(self) -> Satang:
        """What is owed on the overdue loans."""
        return total(one.standing.outstanding for one in self.overdue)

    @property
    def overdue_principal(self) -> Satang:
        """The principal that is overdue."""
        return total(one.standing.overdue_principal for one in self.overdue)

    @property
    def overdue_interest(self) -> Satang:
        """The contract interest and fees that are overdue."""
        return total(one.interest for one in self.overdue)

    @property
    def overdue_default(self) -> Satang:
        """The default interest that is owed on overdue loans."""
        return total(one.standing.default_interest for one in self.overdue)

    @property
    def overdue_in_all(self) -> Satang:
        """Everything that is overdue, with default interest and collection costs."""
        return total(one.all for one in self.overdue)

    def of_days(self, over_days: int) -> AtRisk:
        """Give the portfolio at risk over 0, 30 or 90 days."""
        return next(risk for risk in self.at_risk if risk.over_days == over_days)


def ageing(session: Session, *, book_id: int, on: date) -> Ageing:
    """Give the arrears of a group on a day: who, how old, and what share of all is at risk.

    Only loans that may be overdue by their sums are looked at row by row.
    """
    running = portfolio(session, book_id=book_id, on=on)
    late = overdue_standings(
        session,
        book_id=book_id,
        on=on,
        loan_ids=[one.loan_id for one in running if one.may_be_overdue],
    )
    exposures = [
        Exposure(one.outstanding, since_of(late[one.loan_id]) if one.loan_id in late else None)
        for one in running
    ]
    whole = total(one.outstanding for one in running)
    codi = over_codi_line(exposures, on=on)
    risks = [(days, at_risk(exposures, on=on, over_days=days)) for days in AT_RISK_DAYS]
    overdue = _described(session, book_id=book_id, on=on, late=late)
    return Ageing(
        on=on,
        loans=len(running),
        outstanding=whole,
        overdue=overdue,
        rows=tuple(_aged(bucket, overdue) for bucket in BUCKETS),
        at_risk=tuple(AtRisk(days, owed, share_of(owed, whole)) for days, owed in risks),
        over_three_months=codi,
        over_three_months_basis_points=share_of(codi, whole),
    )


def overdue_standings(
    session: Session, *, book_id: int, on: date, loan_ids: Sequence[int]
) -> dict[int, Standing]:
    """Give how it stands with those of some loans that are overdue on a day."""
    found = standings_on(session, book_id=book_id, on=on, loan_ids=loan_ids)
    return {loan_id: standing for loan_id, standing in found.items() if standing.overdue}


def since_of(standing: Standing) -> date:
    """Give the due day of the oldest instalment of an overdue loan that is not wholly paid."""
    return min(row.due_on for row in standing.overdue)


def _described(
    session: Session, *, book_id: int, on: date, late: dict[int, Standing]
) -> tuple[OverdueLoan, ...]:
    people = borrowers_of(session, book_id=book_id, loan_ids=list(late))
    guarantors = guarantors_of(session, book_id=book_id, loan_ids=list(late), on=on)
    found = [
        OverdueLoan(
            borrower=people[loan_id],
            standing=standing,
            since=since_of(standing),
            bucket=bucket_of(since_of(standing), on=on),
            guarantors=tuple(guarantors.get(loan_id, ())),
        )
        for loan_id, standing in late.items()
    ]
    return tuple(sorted(found, key=lambda one: (*one.borrower.order, one.borrower.loan_id)))


def _aged(bucket: Bucket, overdue: Sequence[OverdueLoan]) -> Aged:
    of_this_age = [one for one in overdue if one.bucket == bucket]
    return Aged(
        bucket=bucket,
        loans=len(of_this_age),
        outstanding=total(one.standing.outstanding for one in of_this_age),
        principal=total(one.standing.overdue_principal for one in of_this_age),
        interest=total(one.interest for one in of_this_age),
    )


def borrowers_of(session: Session, *, book_id: int, loan_ids: Sequence[int]) -> dict[int, Borrower]:
    """Give whose some loans are, with the village they are looked for in."""
    named = [Loan.id.in_(loan_ids)] if len(loan_ids) <= MOST_NAMED else []
    rows = session.execute(
        select(
            Loan.id,
            Loan.reference,
            Loan.purpose,
            Loan.member_id,
            Loan.lender,
            LoanProduct.name,
            Group.name,
        )
        .outerjoin(
            LoanProduct,
            and_(LoanProduct.book_id == Loan.book_id, LoanProduct.code == Loan.product_code),
        )
        .outerjoin(Group, Group.book_id == Loan.other_book_id)
        .where(Loan.book_id == book_id, *named)
    ).all()
    wanted = frozenset(loan_ids)
    borrowers = {row.member_id for row in rows if row.member_id is not None}
    people = _people(session, book_id=book_id, member_ids=borrowers)
    return {
        loan_id: Borrower(
            loan_id=loan_id,
            reference=reference,
            product_name=product or PURPOSE_IN_THAI[purpose],
            person=people.get(member_id) or Person.named(group or lender),
        )
        for loan_id, reference, purpose, member_id, lender, product, group in rows
        if loan_id in wanted
    }


def _people(
    session: Session, *, book_id: int, member_ids: Collection[int]
) -> dict[int | None, Person]:
    """Give members with the house and village they live in."""
    named = [Member.id.in_(member_ids)] if len(member_ids) <= MOST_NAMED else []
    rows = session.execute(
        select(Member, Household.house_number, Village)
        .outerjoin(
            Household,
            and_(Household.book_id == Member.book_id, Household.id == Member.household_id),
        )
        .outerjoin(Village, Village.code == Household.village_code)
        .where(Member.book_id == book_id, *named)
    )
    return {
        member.id: Person(
            number=member.number,
            name=full_name(member),
            village=NO_VILLAGE if village is None else village_line(village),
            house_number=house or "",
            order=(
                # Who lives nowhere that is known comes last.
                "~" if village is None else village.tambon_code,
                0 if village is None else village.moo,
                member.sort_key,
            ),
        )
        for member, house, village in rows
    }


def guarantors_of(
    session: Session, *, book_id: int, loan_ids: Sequence[int], on: date
) -> dict[int, list[Guarantor]]:
    """Give those who agreed to guarantee some loans and are still held to it, by loan."""
    rows = session.execute(
        select(Guarantee, Member)
        .join(Member, and_(Member.book_id == Guarantee.book_id, Member.id == Guarantee.member_id))
        .where(
            Guarantee.book_id == book_id,
            Guarantee.loan_id.in_(loan_ids),
            Guarantee.consented_on.is_not(None),
            or_(Guarantee.released_on.is_(None), Guarantee.released_on > on),
        )
        .order_by(Guarantee.loan_id, Guarantee.id)
    )
    found: dict[int, list[Guarantor]] = {}
    for guarantee, member in rows:
        loan_id = guarantee.loan_id
        assert loan_id is not None
        found.setdefault(loan_id, []).append(
            Guarantor(
                guarantee_id=guarantee.id,
                loan_id=loan_id,
                member_id=member.id,
                number=member.number,
                name=full_name(member),
                most=guarantee.most_satang,
            )
        )
    return found
