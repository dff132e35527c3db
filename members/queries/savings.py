"""Reading what members have and promised: products, accounts, pledges, passbooks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ledger.models import Account
from ledger.money import Satang
from members.models import Member, Pledge, Product, ProductKind, SavingsAccount
from members.queries.people import full_name
from members.savings import AccountRef

CASH = "11010"
#: The bank account of each purse. Source: the standard chart.
BANKS = ("12110", "12210", "12310", "12410", "12510")


@dataclass(frozen=True, slots=True)
class ProductView:
    """A savings product as pages and rules use it."""

    code: str
    kind: ProductKind
    name: str
    fund: str
    control_account_id: int
    control_code: str
    position: int


@dataclass(frozen=True, slots=True)
class SavingsView:
    """What a member has in one product; ``balance`` in satang, positive is the member's."""

    product_code: str
    product_kind: ProductKind
    name: str
    account_id: int
    account_code: str
    fund: str
    balance: Satang
    lines: int
    opened_on: date
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class MemberBehind:
    """Whose savings account a ledger account is."""

    member_id: int
    number: str
    full_name: str
    product_kind: ProductKind
    product_name: str


def products_of(session: Session, *, book_id: int) -> list[ProductView]:
    """Give the savings products of a group in the order in which the sheet shows them."""
    rows = session.execute(
        select(Product, Account.fund, Account.code)
        .join(
            Account,
            and_(Account.book_id == Product.book_id, Account.id == Product.control_account_id),
        )
        .where(Product.book_id == book_id, Product.closed_on.is_(None))
        .order_by(Product.position)
    )
    return [
        ProductView(
            code=product.code,
            kind=product.kind,
            name=product.name,
            fund=fund,
            control_account_id=product.control_account_id,
            control_code=control_code,
            position=product.position,
        )
        for product, fund, control_code in rows
    ]


def savings_of(session: Session, *, book_id: int, member_id: int) -> list[SavingsView]:
    """Give everything a member has, in the order of the products. The balances are the ledger's."""
    rows = session.execute(
        select(SavingsAccount, Product, Account)
        .join(
            Product,
            and_(
                Product.book_id == SavingsAccount.book_id,
                Product.code == SavingsAccount.product_code,
            ),
        )
        .join(
            Account,
            and_(
                Account.book_id == SavingsAccount.book_id, Account.id == SavingsAccount.account_id
            ),
        )
        .where(SavingsAccount.book_id == book_id, SavingsAccount.member_id == member_id)
        .order_by(Product.position)
    )
    return [
        SavingsView(
            product_code=product.code,
            product_kind=product.kind,
            name=product.name,
            account_id=account.id,
            account_code=account.code,
            fund=account.fund,
            balance=Satang(-account.balance_satang),
            lines=account.n,
            opened_on=savings.opened_on,
            closed_on=savings.closed_on,
        )
        for savings, product, account in rows
    ]


def savings_accounts(session: Session, *, book_id: int) -> dict[tuple[int, str], AccountRef]:
    """Give every open savings account of a group by member and product."""
    rows = session.execute(
        select(
            SavingsAccount.member_id,
            SavingsAccount.product_code,
            SavingsAccount.account_id,
            Account.fund,
        )
        .join(
            Account,
            and_(
                Account.book_id == SavingsAccount.book_id, Account.id == SavingsAccount.account_id
            ),
        )
        .where(SavingsAccount.book_id == book_id, SavingsAccount.closed_on.is_(None))
    )
    return {
        (member_id, product): AccountRef(account_id, fund)
        for member_id, product, account_id, fund in rows
    }


def pledges_on(session: Session, *, book_id: int, on: date) -> dict[tuple[int, str], Satang]:
    """Give what each member has promised to pay a collection day, by member and product."""
    rows = session.execute(
        select(Pledge.member_id, Pledge.product_code, Pledge.amount_satang)
        .where(Pledge.book_id == book_id, Pledge.holds_from <= on)
        .order_by(Pledge.holds_from, Pledge.recorded_at)
    )
    return {(member_id, product): amount for member_id, product, amount in rows}


def pledge_history(session: Session, *, book_id: int, member_id: int) -> list[Pledge]:
    """Give a member's pledges, the newest first."""
    return list(
        session.scalars(
            select(Pledge)
            .where(Pledge.book_id == book_id, Pledge.member_id == member_id)
            .order_by(Pledge.holds_from.desc(), Pledge.recorded_at.desc())
        )
    )


def pledges_of(session: Session, *, book_id: int, member_id: int, on: date) -> dict[str, Satang]:
    """Give what one member has promised to pay a collection day, by product, as it holds on a day.

    A promise of nothing is left out.
    """
    held = {
        pledge.product_code: pledge.amount_satang
        for pledge in reversed(pledge_history(session, book_id=book_id, member_id=member_id))
        if pledge.holds_from <= on
    }
    return {code: amount for code, amount in held.items() if amount}


def money_accounts(session: Session, *, book_id: int, codes: Sequence[str]) -> dict[str, int]:
    """Give for each fund the account of the first of these codes that it has.

    ``["11010"]`` gives the cash boxes; ``["12110", "12210", …]`` the bank accounts.
    """
    rows = session.execute(
        select(Account.fund, Account.code, Account.id)
        .where(Account.book_id == book_id, Account.code.in_(codes), Account.closed_on.is_(None))
        .order_by(Account.code.desc())
    )
    return {fund: account_id for fund, _code, account_id in rows}


def cash_accounts(session: Session, *, book_id: int) -> dict[str, int]:
    """Give the cash box of each fund."""
    return money_accounts(session, book_id=book_id, codes=[CASH])


def members_behind(
    session: Session, *, book_id: int, account_ids: Collection[int]
) -> dict[int, MemberBehind]:
    """Tell for ledger accounts whose savings they are; others are left out."""
    rows = session.execute(
        select(SavingsAccount.account_id, Member, Product.kind, Product.name)
        .join(
            Member,
            and_(Member.book_id == SavingsAccount.book_id, Member.id == SavingsAccount.member_id),
        )
        .join(
            Product,
            and_(
                Product.book_id == SavingsAccount.book_id,
                Product.code == SavingsAccount.product_code,
            ),
        )
        .where(SavingsAccount.book_id == book_id, SavingsAccount.account_id.in_(account_ids))
    )
    return {
        account_id: MemberBehind(member.id, member.number, full_name(member), kind, name)
        for account_id, member, kind, name in rows
    }
