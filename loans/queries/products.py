"""Reading the kinds of loan that a group offers, and what it resolved about each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ledger.errors import NotFound, RuleBroken
from ledger.models import Account
from ledger.thai import format_date
from loans.kinds import PURPOSE_IN_THAI, Purpose
from loans.models import LoanProduct, ProductTerms
from loans.product_terms import LoanByLaw, by_law_from_json, typical_rate_ppm


class LoanProductNotFound(NotFound):
    """The group has no such kind of loan."""

    thai = "ไม่พบเงินกู้ประเภทนี้ กลับไปเลือกจากหน้าประเภทเงินกู้"


class NoLoanByLawYet(RuleBroken):
    """Nothing that was resolved about the kind of loan holds on that day."""

    thai = "{name}ยังไม่มีระเบียบที่ใช้ในวันที่ {on}{first}"


@dataclass(frozen=True, slots=True)
class LoanByLawView:
    """What was resolved about a kind of loan, from when it holds, and who recorded it."""

    holds_from: date
    by_law: LoanByLaw
    resolution: str
    recorded_at: datetime
    recorded_by: str

    @property
    def effective_rate_ppm(self) -> int:
        """What the largest loan over the longest term really costs a year, fee and all."""
        return typical_rate_ppm(self.by_law, on=self.holds_from)


@dataclass(frozen=True, slots=True)
class LoanProductView:
    """A kind of loan as pages and rules use it.

    Attributes:
        code: Its code in the group.
        name: What the group calls it.
        purpose: What for; it decides the accounts.
        fund: The purse.
        control_account_id: The account that its loans stand under.
        control_code: That account's code.
        position: Its place in the list.
        opened_on: From when it is offered.
        closed_on: From when no more, or None.
        holds: What holds on the day asked about, or None.
        history: Everything that was resolved about it, the newest first.
    """

    code: str
    name: str
    purpose: Purpose
    fund: str
    control_account_id: int
    control_code: str
    position: int
    opened_on: date
    closed_on: date | None
    holds: LoanByLawView | None
    history: tuple[LoanByLawView, ...]

    @property
    def by_law(self) -> LoanByLaw | None:
        """What holds on the day, without who resolved it, or None."""
        return None if self.holds is None else self.holds.by_law

    @property
    def shown(self) -> LoanByLawView | None:
        """What a page shows of it: what holds, or else what is to come first, or None."""
        return self.holds or self.to_come

    @property
    def purpose_in_thai(self) -> str:
        """What the loans are for, in words."""
        return PURPOSE_IN_THAI[self.purpose]

    @property
    def to_come(self) -> LoanByLawView | None:
        """The next resolution after the one that holds, or None."""
        later = [
            one
            for one in self.history
            if self.holds is None or one.holds_from > self.holds.holds_from
        ]
        return later[-1] if later else None


def loan_products(session: Session, *, book_id: int, on: date) -> list[LoanProductView]:
    """Give every kind of loan that a group has or had, in order, with what holds on a day."""
    history: dict[str, list[LoanByLawView]] = {}
    resolved = session.scalars(
        select(ProductTerms)
        .where(ProductTerms.book_id == book_id)
        .order_by(ProductTerms.product_code, ProductTerms.holds_from.desc())
    )
    for row in resolved:
        history.setdefault(row.product_code, []).append(_by_law_view(row))
    rows = session.execute(
        select(LoanProduct, Account.fund, Account.code)
        .join(
            Account,
            and_(
                Account.book_id == LoanProduct.book_id,
                Account.id == LoanProduct.control_account_id,
            ),
        )
        .where(LoanProduct.book_id == book_id)
        .order_by(LoanProduct.position)
    )
    return [
        LoanProductView(
            code=product.code,
            name=product.name,
            purpose=product.purpose,
            fund=fund,
            control_account_id=product.control_account_id,
            control_code=control_code,
            position=product.position,
            opened_on=product.opened_on,
            closed_on=product.closed_on,
            holds=_holding(history.get(product.code, ()), on=on),
            history=tuple(history.get(product.code, ())),
        )
        for product, fund, control_code in rows
    ]


def _by_law_view(row: ProductTerms) -> LoanByLawView:
    return LoanByLawView(
        holds_from=row.holds_from,
        by_law=by_law_from_json(row.terms),
        resolution=row.resolution,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )


def _holding(history: Iterable[LoanByLawView], *, on: date) -> LoanByLawView | None:
    """Give the newest of them that holds by then; they are newest first."""
    return next((one for one in history if one.holds_from <= on), None)


def offered_products(session: Session, *, book_id: int, on: date) -> list[LoanProductView]:
    """Give the kinds of loan that a member may apply for on a day."""
    return [
        product
        for product in loan_products(session, book_id=book_id, on=on)
        if product.holds is not None
        and product.opened_on <= on
        and (product.closed_on is None or product.closed_on > on)
    ]


def loan_product(session: Session, *, book_id: int, product_code: str, on: date) -> LoanProductView:
    """Give one kind of loan, with what holds on a day.

    Raises:
        LoanProductNotFound: The group has none of this code.
    """
    for product in loan_products(session, book_id=book_id, on=on):
        if product.code == product_code:
            return product
    raise LoanProductNotFound(code=product_code[:40])


def product_by_code(session: Session, *, book_id: int, code: str) -> LoanProduct:
    """Find a kind of loan by its code.

    Raises:
        LoanProductNotFound: The group has none of this code.
    """
    found = session.get(LoanProduct, (book_id, code))
    if found is None:
        raise LoanProductNotFound(code=code[:40])
    return found


def loan_by_law(session: Session, *, book_id: int, product_code: str, on: date) -> LoanByLaw:
    """Give what holds for a kind of loan on a day.

    Raises:
        LoanProductNotFound: The group has none of this code.
        NoLoanByLawYet: Nothing that was resolved about it holds by then.
    """
    product = loan_product(session, book_id=book_id, product_code=product_code, on=on)
    if product.by_law is None:
        to_come = product.to_come
        raise NoLoanByLawYet(
            name=product.name,
            on=format_date(on),
            first="" if to_come is None else f" ระเบียบแรกเริ่มใช้ {format_date(to_come.holds_from)}",
        )
    return product.by_law
