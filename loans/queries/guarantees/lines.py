"""The lines of the web: each guarantee with what it is for, and each loan that is not repaid."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ledger.models import Account
from ledger.money import ZERO, Satang
from loans.kinds import PURPOSE_IN_THAI, Decision, Side
from loans.models import Application, ApplicationDecision, Guarantee, Loan, LoanProduct, Stage
from loans.queries.arrears.written_off import written_off_left
from members.models import Member
from members.queries import full_name

DEAD = (Decision.REFUSED, Decision.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Person:
    """A member as the web names them."""

    id: int
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class LoanLine:
    """A member's loan that is not repaid; amounts in satang.

    ``owed`` is the principal owed, with what was granted and is still to be paid out; of a loan
    that was written off, what may still come back.
    """

    id: int
    reference: str
    kind: str
    borrower: Person
    principal: Satang
    owed: Satang
    is_written_off: bool


@dataclass(frozen=True, slots=True)
class GuaranteeLine:
    """One guarantee, of a loan or of an application that waits; amounts in satang.

    Attributes:
        id: Its number in the group.
        guarantor: Who stands.
        borrower: For whom.
        loan_id: The loan, or None while it is an application.
        application_id: The application, or None for a loan from an old book.
        what: The loan's number on paper, or that it is an application.
        most: The most that the guarantor answers for.
        owed: What is owed of the loan, after a write-off too, or asked for.
        consented_on: When they agreed, or None while they are asked.
        released_on: When they were let go, or None.
        is_over: The loan is repaid, or the application came to nothing.
        is_written_off: The loan was written off; the guarantee binds still.
    """

    id: int
    guarantor: Person
    borrower: Person
    loan_id: int | None
    application_id: int | None
    what: str
    most: Satang
    owed: Satang
    consented_on: date | None
    released_on: date | None
    is_over: bool
    is_written_off: bool

    @property
    def binds(self) -> bool:
        """Whether the guarantor answers for it now."""
        return self.consented_on is not None and self.released_on is None and not self.is_over

    @property
    def is_asked(self) -> bool:
        """Whether the guarantor was asked and has not answered."""
        return self.consented_on is None and self.released_on is None and not self.is_over

    @property
    def at_risk(self) -> Satang:
        """The most that the guarantor could be asked for today."""
        return Satang(min(self.most, self.owed)) if self.binds else ZERO


def member_loans(session: Session, book_id: int, *which: object) -> list[LoanLine]:
    """Give members' loans that are not repaid, the oldest first; with conditions, only those."""
    rows = session.execute(
        select(Loan, Account.balance_satang, Member, LoanProduct.name)
        .join(Account, and_(Account.book_id == Loan.book_id, Account.id == Loan.account_id))
        .join(Member, and_(Member.book_id == Loan.book_id, Member.id == Loan.member_id))
        .outerjoin(
            LoanProduct,
            and_(LoanProduct.book_id == Loan.book_id, LoanProduct.code == Loan.product_code),
        )
        .where(
            Loan.book_id == book_id,
            Loan.side == Side.LENT,
            Loan.closed_on.is_(None),
            *which,  # type: ignore[arg-type]
        )
        .order_by(Loan.contract_on, Loan.id)
    ).all()
    sums = _Sums.read(session, book_id, [row[0] for row in rows])
    return [
        LoanLine(
            id=loan.id,
            reference=loan.reference,
            kind=kind or PURPOSE_IN_THAI[loan.purpose],
            borrower=Person(member.id, member.number, full_name(member)),
            principal=loan.principal_satang,
            owed=sums.owed(loan, balance),
            is_written_off=loan.written_off_on is not None,
        )
        for loan, balance, member, kind in rows
    ]


@dataclass(frozen=True, slots=True)
class _Sums:
    """What a loan's account does not tell of what is owed, by loan, in satang.

    Attributes:
        coming: What is still to be paid out of it.
        written_off: What is still owed of it after its write-off.
    """

    coming: dict[int, Satang]
    written_off: dict[int, Satang]

    @classmethod
    def read(cls, session: Session, book_id: int, loans: Iterable[Loan]) -> Self:
        """Read both for some loans of a group."""
        return cls(
            _still_to_be_paid_out(session, book_id),
            written_off_left(session, book_id=book_id, loans=loans),
        )

    def owed(self, loan: Loan, balance: int) -> Satang:
        """Give what is owed, and what will be once all of it is paid out."""
        if loan.written_off_on is not None:
            return self.written_off[loan.id]
        if loan.plan_n == 0:
            return loan.principal_satang
        return Satang(balance + self.coming.get(loan.id, ZERO))


def _still_to_be_paid_out(session: Session, book_id: int) -> dict[int, Satang]:
    """Give by loan what its stages still wait for."""
    rows = session.execute(
        select(Stage.loan_id, func.sum(Stage.amount_satang))
        .where(Stage.book_id == book_id, Stage.event_n.is_(None))
        .group_by(Stage.loan_id)
    )
    return {loan_id: Satang(int(amount)) for loan_id, amount in rows}


def guarantee_lines(session: Session, book_id: int, *which: object) -> list[GuaranteeLine]:
    """Give guarantees with what they are for, by number; with conditions, only those."""
    rows = session.execute(
        select(Guarantee, Loan, Account.balance_satang, Application, ApplicationDecision.decision)
        .outerjoin(Loan, and_(Loan.book_id == Guarantee.book_id, Loan.id == Guarantee.loan_id))
        .outerjoin(Account, and_(Account.book_id == Loan.book_id, Account.id == Loan.account_id))
        .outerjoin(
            Application,
            and_(
                Application.book_id == Guarantee.book_id,
                Application.id == Guarantee.application_id,
            ),
        )
        .outerjoin(
            ApplicationDecision,
            and_(
                ApplicationDecision.book_id == Application.book_id,
                ApplicationDecision.application_id == Application.id,
            ),
        )
        .where(Guarantee.book_id == book_id, *which)  # type: ignore[arg-type]
        .order_by(Guarantee.id)
    ).all()
    sums = _Sums.read(session, book_id, [loan for _g, loan, *_rest in rows if loan is not None])
    people = _people(
        session,
        book_id,
        {guarantee.member_id for guarantee, *_rest in rows}
        | {_borrower_id(loan, application) for _g, loan, _b, application, _d in rows},
    )
    return [
        _line(guarantee, loan, balance, application, decision, people=people, sums=sums)
        for guarantee, loan, balance, application, decision in rows
    ]


def _borrower_id(loan: Loan | None, application: Application | None) -> int:
    if loan is not None and loan.member_id is not None:
        return loan.member_id
    assert application is not None
    return application.member_id


def _people(session: Session, book_id: int, member_ids: Collection[int]) -> dict[int, Person]:
    members = session.scalars(
        select(Member).where(Member.book_id == book_id, Member.id.in_(member_ids))
    )
    return {one.id: Person(one.id, one.number, full_name(one)) for one in members}


def _line(
    guarantee: Guarantee,
    loan: Loan | None,
    balance: int | None,
    application: Application | None,
    decision: Decision | None,
    *,
    people: dict[int, Person],
    sums: _Sums,
) -> GuaranteeLine:
    if loan is not None:
        what, owed = loan.reference, sums.owed(loan, balance or 0)
        is_over = loan.closed_on is not None
    else:
        assert application is not None
        what, owed = f"คำขอกู้เลขที่ {application.id}", application.amount_satang
        is_over = decision in DEAD
    return GuaranteeLine(
        id=guarantee.id,
        guarantor=people[guarantee.member_id],
        borrower=people[_borrower_id(loan, application)],
        loan_id=guarantee.loan_id,
        application_id=guarantee.application_id,
        what=what,
        most=guarantee.most_satang,
        owed=ZERO if is_over else owed,
        consented_on=guarantee.consented_on,
        released_on=guarantee.released_on,
        is_over=is_over,
        is_written_off=loan is not None and loan.written_off_on is not None,
    )
