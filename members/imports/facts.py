"""What the rows of a spreadsheet are checked against: the group as it is at this moment."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ledger.chart import Keeps
from ledger.models import Account
from ledger.money import Satang
from ledger.queries import closed_until
from members.by_laws import Rule
from members.imports.headings import words_for
from members.models import Group, Member, SavingsAccount, Village
from members.queries import ProductView, full_name, products_of, rules_of

#: How the reason of those begins who were taken in by an import that was undone.
UNDONE = "ยกเลิกการนำเข้า"


@dataclass(frozen=True, slots=True)
class KnownMember:
    """Somebody who has a number; ``may_return`` when only an undone import ever knew of them."""

    id: int
    number: str
    name: str
    has_left: bool
    may_return: bool


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account that a row may post to; ``balance`` in satang, debit positive."""

    id: int
    code: str
    fund: str
    keeps: Keeps
    takes_postings: bool
    balance: Satang


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group as the rows of a sheet see it.

    Attributes:
        today: The day it is in Bangkok.
        village_code: The group's own village, or None.
        founded_on: From when its by-laws hold.
        villages: The official codes of the villages that are known.
        products: Its products by code.
        product_words: The codes of its products by what they may be called.
        rules: Its by-laws.
        members: Everybody who has a number, by it.
        savings: The accounts of members by number and product.
        others: The other accounts by code and fund.
        closed_until: The last closed month, or None.
    """

    today: date
    village_code: str | None
    founded_on: date | None
    villages: Collection[str]
    products: Mapping[str, ProductView]
    product_words: Mapping[str, str]
    rules: Collection[Rule]
    members: Mapping[str, KnownMember]
    savings: Mapping[tuple[str, str], KnownAccount]
    others: Mapping[tuple[str, str], KnownAccount]
    closed_until: date | None


def product_words(session: Session, *, book_id: int) -> dict[str, str]:
    """Give the codes of a group's products by what they may be called in a sheet."""
    products = products_of(session, book_id=book_id)
    return words_for((p.code, p.kind, p.name) for p in products)


def facts_of(session: Session, *, book_id: int, today: date) -> GroupFacts:
    """Gather what the rows of a sheet are checked against; costs members, not history."""
    group = session.get_one(Group, book_id)
    return GroupFacts(
        today=today,
        village_code=group.village_code,
        founded_on=group.founded_on,
        villages=frozenset(session.scalars(select(Village.code))),
        products={p.code: p for p in products_of(session, book_id=book_id)},
        product_words=product_words(session, book_id=book_id),
        rules=rules_of(session, book_id=book_id),
        members=_members(session, book_id),
        savings=_savings(session, book_id),
        others=_others(session, book_id),
        closed_until=closed_until(session, book_id=book_id),
    )


def _members(session: Session, book_id: int) -> dict[str, KnownMember]:
    lines = dict(
        session.execute(
            select(SavingsAccount.member_id, func.sum(Account.n))
            .join(
                Account,
                and_(
                    Account.book_id == SavingsAccount.book_id,
                    Account.id == SavingsAccount.account_id,
                ),
            )
            .where(SavingsAccount.book_id == book_id)
            .group_by(SavingsAccount.member_id)
        ).all()
    )
    return {
        member.number: KnownMember(
            id=member.id,
            number=member.number,
            name=full_name(member),
            has_left=member.left_on is not None,
            may_return=member.left_because.startswith(UNDONE) and not lines.get(member.id),
        )
        for member in session.scalars(select(Member).where(Member.book_id == book_id))
    }


_COLUMNS = (
    Account.id,
    Account.code,
    Account.fund,
    Account.keeps,
    Account.holds,
    Account.closed_on,
    Account.balance_satang,
)


def _savings(session: Session, book_id: int) -> dict[tuple[str, str], KnownAccount]:
    rows = session.execute(
        select(Member.number, SavingsAccount.product_code, *_COLUMNS)
        .join(
            SavingsAccount,
            and_(SavingsAccount.book_id == Member.book_id, SavingsAccount.member_id == Member.id),
        )
        .join(
            Account,
            and_(
                Account.book_id == SavingsAccount.book_id, Account.id == SavingsAccount.account_id
            ),
        )
        .where(Member.book_id == book_id)
    )
    return {(row[0], row[1]): _account(*row[2:]) for row in rows}


def _others(session: Session, book_id: int) -> dict[tuple[str, str], KnownAccount]:
    rows = session.execute(
        select(*_COLUMNS).where(Account.book_id == book_id, Account.control_id.is_(None))
    )
    return {(row[1], row[2]): _account(*row) for row in rows}


def _account(
    number: int,
    code: str,
    fund: str,
    keeps: Keeps,
    holds: str,
    closed_on: date | None,
    balance: Satang,
) -> KnownAccount:
    return KnownAccount(number, code, fund, keeps, not holds and closed_on is None, balance)
