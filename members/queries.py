"""Reading about people: groups, villages, members, what they have, and who serves them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.errors import NotFound
from ledger.models import Account, Entry, Posting
from ledger.money import Satang
from ledger.roles import Role
from ledger.thai import search_text
from members.by_laws import Rule, RuleName, in_force
from members.models import (
    ByLaw,
    Group,
    Household,
    Import,
    Member,
    Officer,
    OfficerRole,
    PassbookPrint,
    Pledge,
    Product,
    ProductKind,
    SavingsAccount,
    Tambon,
    Village,
)
from members.savings import AccountRef

CASH = "11010"


class GroupNotFound(NotFound):
    """There is no group of this code."""

    thai = "ไม่พบกลุ่มรหัส {code}"


class MemberNotFound(NotFound):
    """There is no member of this number in the group."""

    thai = "ไม่พบสมาชิกเลขที่ {number}"


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
class FoundPerson:
    """A member that a search found, with what tells them from others of the same name."""

    group_code: str
    group_name: str
    number: str
    full_name: str
    house_number: str
    village_name: str
    has_left: bool


@dataclass(frozen=True, slots=True)
class MemberBehind:
    """Whose savings account a ledger account is."""

    member_id: int
    number: str
    full_name: str
    product_kind: ProductKind
    product_name: str


@dataclass(frozen=True, slots=True)
class SampleOfficer:
    """One of the sample network's people, their first duty, and where they live."""

    id: int
    name: str
    duty: Role
    village_name: str


def full_name(member: Member) -> str:
    """Give a member's name as it is written: title and given name together, then the family's."""
    return f"{member.title}{member.given_name} {member.family_name}".strip()


def group_by_code(session: Session, *, code: str) -> Group:
    """Find a group by its code.

    Raises:
        GroupNotFound: There is none.
    """
    group = session.scalar(select(Group).where(Group.code == code))
    if group is None:
        raise GroupNotFound(code=code)
    return group


def groups(session: Session) -> list[Group]:
    """Give every group of the network, by code."""
    return list(session.scalars(select(Group).order_by(Group.code)))


def villages(session: Session) -> list[Village]:
    """Give every village, by its official code, so by tambon and moo."""
    return list(session.scalars(select(Village).order_by(Village.code)))


def tambons(session: Session) -> list[Tambon]:
    """Give every tambon, by its official code."""
    return list(session.scalars(select(Tambon).order_by(Tambon.code)))


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


def members_of(session: Session, *, book_id: int, on: date) -> list[Member]:
    """Give those who are members on a day, in walking order."""
    return list(
        session.scalars(
            select(Member)
            .where(
                Member.book_id == book_id,
                Member.joined_on <= on,
                or_(Member.left_on.is_(None), Member.left_on > on),
            )
            .order_by(Member.walking_order, Member.sort_key)
        )
    )


def member_by_number(session: Session, *, book_id: int, number: str) -> Member:
    """Find a member by the number on the passbook.

    Raises:
        MemberNotFound: There is none.
    """
    found = select(Member).where(Member.book_id == book_id, Member.number == number)
    member = session.scalar(found)
    if member is None:
        raise MemberNotFound(number=number)
    return member


def member_page(
    session: Session, *, book_id: int, after: str, most: int, text: str = ""
) -> list[tuple[Member, str, str]]:
    """Give members by name with house number and village, from the one after a sort key on."""
    statement = (
        select(Member, func.coalesce(Household.house_number, ""), func.coalesce(Village.name, ""))
        .outerjoin(
            Household,
            and_(Household.book_id == Member.book_id, Household.id == Member.household_id),
        )
        .outerjoin(Village, Village.code == Household.village_code)
        .where(Member.book_id == book_id, Member.sort_key > after)
        .order_by(Member.sort_key, Member.id)
        .limit(most)
    )
    if text.strip():
        statement = statement.where(_matches(text))
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def search_people(
    session: Session, *, text: str, book_ids: Collection[int], most: int
) -> list[FoundPerson]:
    """Find members by a part of a name, a house number or a member number.

    Args:
        session: Any session.
        text: What was typed; Thai digits and odd spelling of vowels are put right first.
        book_ids: The books that may be searched.
        most: The most people given.
    """
    if not text.strip() or not book_ids:
        return []
    rows = session.execute(
        select(Member, Group, Household.house_number, Village.name)
        .join(Group, Group.book_id == Member.book_id)
        .outerjoin(
            Household,
            and_(Household.book_id == Member.book_id, Household.id == Member.household_id),
        )
        .outerjoin(Village, Village.code == Household.village_code)
        .where(Member.book_id.in_(book_ids), _matches(text))
        .order_by(Member.left_on.is_not(None), Member.sort_key, Member.book_id)
        .limit(most)
    )
    return [
        FoundPerson(
            group_code=group.code,
            group_name=group.name,
            number=member.number,
            full_name=full_name(member),
            house_number=house or "",
            village_name=village or "",
            has_left=member.left_on is not None,
        )
        for member, group, house, village in rows
    ]


def _matches(text: str) -> Any:
    """Each word must be somewhere in the member's search text."""
    return and_(
        *(
            Member.search_text.contains(word, autoescape=True)
            for word in search_text(text).split()[:6]
        )
    )


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


def rules_of(session: Session, *, book_id: int) -> list[Rule]:
    """Give every rule that a group ever resolved, oldest first."""
    rows = session.scalars(
        select(ByLaw).where(ByLaw.book_id == book_id).order_by(ByLaw.holds_from, ByLaw.name)
    )
    return [Rule(RuleName(row.name), row.holds_from, row.value, row.resolution) for row in rows]


def by_law(session: Session, *, book_id: int, name: RuleName, on: date) -> Any:
    """Give what a rule of a group says on a day.

    Raises:
        RuleNotResolved: There was none yet.
    """
    return in_force(rules_of(session, book_id=book_id), name=name, on=on)


def officer_names(session: Session) -> dict[str, str]:
    """Give the names of all officers by the mark under which their work stands in the book."""
    return {
        f"o{number}": name for number, name in session.execute(select(Officer.id, Officer.name))
    }


def officers(session: Session) -> list[tuple[Officer, list[tuple[str | None, Role]]]]:
    """Give every officer with their present roles as (group code or None, role)."""
    group = aliased(Group)
    roles: dict[int, list[tuple[str | None, Role]]] = {}
    for officer_id, code, role in session.execute(
        select(OfficerRole.officer_id, group.code, OfficerRole.role)
        .outerjoin(group, group.book_id == OfficerRole.group_book_id)
        .where(OfficerRole.ended_at.is_(None))
        .order_by(OfficerRole.id)
    ):
        roles.setdefault(officer_id, []).append((code, role))
    everyone = session.scalars(select(Officer).order_by(Officer.name))
    return [(officer, roles.get(officer.id, [])) for officer in everyone]


def household_of(session: Session, *, member: Member) -> tuple[Household, Village, Tambon] | None:
    """Give the house a member lives in, its village and tambon, or None."""
    if member.household_id is None:
        return None
    row = session.execute(
        select(Household, Village, Tambon)
        .join(Village, Village.code == Household.village_code)
        .join(Tambon, Tambon.code == Village.tambon_code)
        .where(Household.book_id == member.book_id, Household.id == member.household_id)
    ).one()
    return row[0], row[1], row[2]


def address_line(household: Household, village: Village, tambon: Tambon) -> str:
    """Write an address as on Thai paper."""
    return (
        f"บ้านเลขที่ {household.house_number} หมู่ที่ {village.moo} ตำบล{tambon.name_th} "
        f"อำเภอ{tambon.district_th} จังหวัด{tambon.province_th}"
    )


def last_print(session: Session, *, book_id: int, account_id: int) -> PassbookPrint | None:
    """Give the newest printing of an account's passbook."""
    return session.scalar(
        select(PassbookPrint)
        .where(PassbookPrint.book_id == book_id, PassbookPrint.account_id == account_id)
        .order_by(PassbookPrint.printed_at.desc())
        .limit(1)
    )


def last_movement(session: Session, *, book_id: int, account_id: int) -> datetime | None:
    """Give when an account was last posted to."""
    return session.scalar(
        select(func.max(Entry.recorded_at))
        .join(Posting, and_(Posting.book_id == Entry.book_id, Posting.entry_number == Entry.number))
        .where(Posting.book_id == book_id, Posting.account_id == account_id)
    )


def imports_of(session: Session, *, book_id: int) -> list[Import]:
    """Give the spreadsheets that were read into a group, the newest first."""
    return list(
        session.scalars(select(Import).where(Import.book_id == book_id).order_by(Import.id.desc()))
    )


def sample_officers(session: Session) -> list[SampleOfficer]:
    """Give the people of the sample network who can be tried, one for each kind of duty.

    The sample gives them sign-in names that begin with ``sample-``, which nobody else has.
    """
    rows = session.execute(
        select(Officer.id, Officer.name, func.min(OfficerRole.id), Village.name)
        .join(OfficerRole, OfficerRole.officer_id == Officer.id)
        .outerjoin(Village, Village.code == Officer.village_code)
        .where(Officer.sign_in_name.startswith("sample-"), Officer.suspended_at.is_(None))
        .group_by(Officer.id, Officer.name, Village.name)
        .order_by(Officer.id)
    ).all()
    roles = dict(session.execute(select(OfficerRole.id, OfficerRole.role)).tuples())
    return [
        SampleOfficer(number, name, roles[duty], place or "") for number, name, duty, place in rows
    ]
