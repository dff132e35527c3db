"""The tables of people: villages, groups, members and their savings, and the officers."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledger.db import SEALED, Base, Choice, Json
from ledger.models import CLUSTERED, STRICT
from ledger.money import Satang
from ledger.roles import Role


class GroupKind(StrEnum):
    """What keeps a book."""

    VILLAGE = "village"
    INSTITUTION = "institution"
    NETWORK = "network"


class PersonType(StrEnum):
    """What a person's identity number says of them; anybody may save, with or without one."""

    THAI = "thai"
    NO_STATUS = "no_status"
    ALIEN = "alien"
    NO_NUMBER = "no_number"


class ProductKind(StrEnum):
    """What kind of saving a product is."""

    PLEDGE = "pledge"
    SHARE = "share"
    DEMAND = "demand"
    SPECIAL = "special"
    HOUSING = "housing"
    WELFARE = "welfare"
    LAND_HOUSING = "land_housing"


class Tambon(Base):
    """A tambon by its official six-digit code."""

    __tablename__ = "members_tambons"
    __table_args__ = (STRICT,)

    code: Mapped[str] = mapped_column(primary_key=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    district_th: Mapped[str]
    province_th: Mapped[str]


class Village(Base):
    """A village by its official eight-digit code: the tambon's six and the moo's two."""

    __tablename__ = "members_villages"
    __table_args__ = (
        ForeignKeyConstraint(["tambon_code"], ["members_tambons.code"]),
        STRICT,
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    tambon_code: Mapped[str]
    moo: Mapped[int]
    name: Mapped[str]


class Group(Base):
    """A group that keeps a book; its number is the book's."""

    __tablename__ = "members_groups"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["ledger_books.id"]),
        ForeignKeyConstraint(["village_code"], ["members_villages.code"]),
        ForeignKeyConstraint(["mother_book_id"], ["members_groups.book_id"]),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[GroupKind] = mapped_column(Choice(GroupKind))
    village_code: Mapped[str | None]
    mother_book_id: Mapped[int | None]
    founded_on: Mapped[date | None]


class Household(Base):
    """A house and the village it stands in."""

    __tablename__ = "members_households"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["members_groups.book_id"]),
        ForeignKeyConstraint(["village_code"], ["members_villages.code"]),
        UniqueConstraint("book_id", "village_code", "house_number"),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    house_number: Mapped[str]
    village_code: Mapped[str]


class Member(Base):
    """A member of one group. The full identity number is never kept, only its last three digits."""

    __tablename__ = "members_members"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["members_groups.book_id"]),
        ForeignKeyConstraint(
            ["book_id", "household_id"], ["members_households.book_id", "members_households.id"]
        ),
        UniqueConstraint("book_id", "number"),
        Index("ix_members_members_name", "book_id", "sort_key"),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[str]
    title: Mapped[str]
    given_name: Mapped[str]
    family_name: Mapped[str]
    sort_key: Mapped[str]
    search_text: Mapped[str]
    person_type: Mapped[PersonType] = mapped_column(Choice(PersonType))
    masked_national_id: Mapped[str]
    telephone: Mapped[str]
    household_id: Mapped[int | None]
    beneficiary: Mapped[str]
    walking_order: Mapped[int]
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    left_because: Mapped[str]


class Hold(Base):
    """Why a member cannot leave yet: a loan that they owe, or one that they guarantee.

    Whoever makes the obligation writes it down here, and ends it when it is over.
    """

    __tablename__ = "members_holds"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "member_id"], ["members_members.book_id", "members_members.id"]
        ),
        Index("ix_members_holds_because", "book_id", "because"),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: What it is, such as ``loan 12`` or ``guarantee 7``; one row for each.
    because: Mapped[str] = mapped_column(primary_key=True)
    #: The sentence that says it to the treasurer.
    sentence: Mapped[str]
    held_on: Mapped[date]
    ended_on: Mapped[date | None]


class ByLaw(Base):
    """A rule of the group, the resolution that made it, and the day from which it holds.

    ``name`` says which rule (``members/by_laws.py`` lists them); ``value`` is what was resolved.
    Rules are never changed: a new resolution adds a row.
    """

    __tablename__ = "members_by_laws"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["members_groups.book_id"]),
        CLUSTERED | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(primary_key=True)
    holds_from: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
    resolution: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Product(Base):
    """A savings product of a group and the control account its members' accounts stand under."""

    __tablename__ = "members_products"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["members_groups.book_id"]),
        ForeignKeyConstraint(
            ["book_id", "control_account_id"], ["ledger_accounts.book_id", "ledger_accounts.id"]
        ),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[ProductKind] = mapped_column(Choice(ProductKind))
    name: Mapped[str]
    control_account_id: Mapped[int]
    position: Mapped[int]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]


class SavingsAccount(Base):
    """A member's account in a product. It *is* a ledger account; there is no second balance."""

    __tablename__ = "members_savings_accounts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "account_id"], ["ledger_accounts.book_id", "ledger_accounts.id"]
        ),
        ForeignKeyConstraint(
            ["book_id", "member_id"], ["members_members.book_id", "members_members.id"]
        ),
        ForeignKeyConstraint(
            ["book_id", "product_code"], ["members_products.book_id", "members_products.code"]
        ),
        UniqueConstraint("book_id", "member_id", "product_code"),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int]
    product_code: Mapped[str]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]


class Pledge(Base):
    """What a member promised to pay in, each collection day, from a day on."""

    __tablename__ = "members_pledges"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "member_id"], ["members_members.book_id", "members_members.id"]
        ),
        ForeignKeyConstraint(
            ["book_id", "product_code"], ["members_products.book_id", "members_products.code"]
        ),
        CheckConstraint("amount_satang >= 0", name="amount"),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_code: Mapped[str] = mapped_column(primary_key=True)
    holds_from: Mapped[date] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(primary_key=True)
    amount_satang: Mapped[Satang]
    recorded_by: Mapped[str]


class PassbookPrint(Base):
    """A passbook that was printed: which lines of which account are on paper, by whom, and when."""

    __tablename__ = "members_passbook_prints"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["members_savings_accounts.book_id", "members_savings_accounts.account_id"],
        ),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    printed_at: Mapped[datetime] = mapped_column(primary_key=True)
    printed_by: Mapped[str]
    first_n: Mapped[int]
    last_n: Mapped[int]


class Import(Base):
    """A spreadsheet that was read: its rows, what was wrong with them, and what was posted."""

    __tablename__ = "members_imports"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["members_groups.book_id"]),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str]
    file_name: Mapped[str]
    digest: Mapped[bytes]
    rows: Mapped[Any] = mapped_column(Json)
    read_at: Mapped[datetime]
    read_by: Mapped[str]
    posted_at: Mapped[datetime | None]
    first_number: Mapped[int | None]
    last_number: Mapped[int | None]
    undone_at: Mapped[datetime | None]


class Officer(Base):
    """A person who serves the network and signs in. ``village_code`` is where they live."""

    __tablename__ = "members_officers"
    __table_args__ = (
        ForeignKeyConstraint(["village_code"], ["members_villages.code"]),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sign_in_name: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    village_code: Mapped[str | None]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]

    @property
    def mark(self) -> str:
        """Give the opaque mark under which this officer's work stands in the book."""
        return f"o{self.id}"


class OfficerRole(Base):
    """A role that an officer has in one group, or in the whole network when no group is named."""

    __tablename__ = "members_officer_roles"
    __table_args__ = (
        ForeignKeyConstraint(["officer_id"], ["members_officers.id"]),
        ForeignKeyConstraint(["group_book_id"], ["members_groups.book_id"]),
        Index("ix_members_officer_roles_officer", "officer_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    officer_id: Mapped[int]
    group_book_id: Mapped[int | None]
    role: Mapped[Role] = mapped_column(Choice(Role))
    given_at: Mapped[datetime]
    given_by: Mapped[str]
    ended_at: Mapped[datetime | None]


class SignIn(Base):
    """A signed-in browser. Only the digest of its token is kept; ending it works at once."""

    __tablename__ = "members_sign_ins"
    __table_args__ = (
        ForeignKeyConstraint(["officer_id"], ["members_officers.id"]),
        STRICT,
    )

    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    officer_id: Mapped[int]
    device: Mapped[str]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A password that was tried, kept to slow down the next ones and as evidence."""

    __tablename__ = "members_sign_in_attempts"
    __table_args__ = (
        Index("ix_members_sign_in_attempts_name", "sign_in_name", "tried_at"),
        Index("ix_members_sign_in_attempts_address", "address", "tried_at"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sign_in_name: Mapped[str]
    address: Mapped[str]
    tried_at: Mapped[datetime]
    succeeded: Mapped[int]
