"""Reading the collection sheet as it was typed, and what was expected."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.models import (
    CashCount,
    Channel,
    Collection,
    CollectionCell,
    CollectionLoanCell,
    CollectionRow,
)
from desk.queries.loans import LoansOnSheet, borrowers, loans_of_draft, loans_of_posted
from desk.sheet import Column, Line, Sheet, any_amount, loan_cell, read_sheet
from ledger.errors import NotFound
from ledger.money import Satang
from members.by_laws import RuleName
from members.models import Household, Member, ProductKind, Village
from members.queries import by_law, full_name, members_of, pledges_on, products_of
from members.services.people import check_whole_shares


class CollectionNotFound(NotFound):
    """There is no such collection day in the group."""

    thai = "ไม่พบใบรับเงินวันออมนี้"


class NoDraft(NotFound):
    """No collection sheet is open."""

    thai = "ยังไม่ได้เปิดใบรับเงินวันออม เปิดใบก่อน"


def draft_of(session: Session, *, book_id: int) -> Collection | None:
    """Give the open collection sheet of a group, or None."""
    return session.scalar(
        select(Collection).where(Collection.book_id == book_id, Collection.posted_at.is_(None))
    )


def open_draft(session: Session, *, book_id: int) -> Collection:
    """Give the open collection sheet of a group.

    Raises:
        NoDraft: None is open.
    """
    draft = draft_of(session, book_id=book_id)
    if draft is None:
        raise NoDraft(book_id=book_id)
    return draft


def collection_by_id(session: Session, *, book_id: int, collection_id: int) -> Collection:
    """Find a collection day.

    Raises:
        CollectionNotFound: There is none.
    """
    collection = session.get(Collection, (book_id, collection_id))
    if collection is None:
        raise CollectionNotFound(collection_id=collection_id)
    return collection


def columns_of(session: Session, *, book_id: int, on: date) -> list[Column]:
    """Give the products of a group as the sheet shows them; shares are whole shares."""
    columns = []
    for product in products_of(session, book_id=book_id):
        check = any_amount
        if product.kind is ProductKind.SHARE:
            par = Satang(by_law(session, book_id=book_id, name=RuleName.SHARE_PAR, on=on))
            check = partial(check_whole_shares, par=par)
        columns.append(Column(product.code, product.name, product.fund, check))
    return columns


def blank_sheet(session: Session, *, book_id: int, on: date) -> Sheet:
    """Give the sheet of a day on which nothing has been typed yet."""
    members = [m for m in members_of(session, book_id=book_id, on=on) if m.left_on is None]
    loans = loans_of_draft(session, book_id=book_id, on=on, typed=(), member_ids=None)
    return _sheet(session, book_id=book_id, on=on, members=members, typed={}, marks={}, loans=loans)


def sheet_of(session: Session, *, collection: Collection) -> Sheet:
    """Give a collection's sheet as it was typed, with what was expected that day."""
    return _read(session, collection=collection, member_ids=None)


def rows_of_sheet(session: Session, *, collection: Collection, member_ids: AnyOf[int]) -> Sheet:
    """Give some members' rows of an open sheet; what it comes to in all is not told by them."""
    return _read(session, collection=collection, member_ids=member_ids)


def _read(session: Session, *, collection: Collection, member_ids: AnyOf[int] | None) -> Sheet:
    book_id, on = collection.book_id, collection.held_on
    typed = _typed_for_products(session, collection=collection)
    for_loans = _typed_for_loans(session, collection=collection)
    loans = (
        loans_of_draft(session, book_id=book_id, on=on, typed=for_loans, member_ids=member_ids)
        if collection.posted_at is None
        else loans_of_posted(session, book_id=book_id, typed=for_loans)
    )
    for member_id, of_member in loans.of_members.items():
        for loan in of_member.values():
            if loan.loan_id in for_loans:
                typed.setdefault(member_id, {})[loan.code] = for_loans[loan.loan_id]
    members = [
        member
        for member in _everybody(session, book_id=book_id)
        if (member_ids is None or member.id in member_ids)
        and _stands_on(collection, member, has_typed=bool(typed.get(member.id)))
    ]
    return _sheet(
        session,
        book_id=book_id,
        on=on,
        members=members,
        typed=typed,
        marks=_marks(session, collection=collection),
        loans=loans,
    )


def _marks(session: Session, *, collection: Collection) -> dict[int, tuple[bool, Channel]]:
    rows = session.execute(
        select(CollectionRow.member_id, CollectionRow.absent, CollectionRow.channel).where(
            CollectionRow.book_id == collection.book_id,
            CollectionRow.collection_id == collection.id,
        )
    )
    return {member_id: (bool(absent), channel) for member_id, absent, channel in rows}


def _typed_for_products(session: Session, *, collection: Collection) -> dict[int, dict[str, str]]:
    cells = session.execute(
        select(CollectionCell.member_id, CollectionCell.product_code, CollectionCell.typed).where(
            CollectionCell.book_id == collection.book_id,
            CollectionCell.collection_id == collection.id,
        )
    )
    typed: dict[int, dict[str, str]] = {}
    for member_id, product_code, text in cells:
        typed.setdefault(member_id, {})[product_code] = text
    return typed


def _typed_for_loans(session: Session, *, collection: Collection) -> dict[int, str]:
    cells = session.execute(
        select(CollectionLoanCell.loan_id, CollectionLoanCell.typed).where(
            CollectionLoanCell.book_id == collection.book_id,
            CollectionLoanCell.collection_id == collection.id,
        )
    )
    return {loan_id: str(typed) for loan_id, typed in cells}


def cells_of_sheet(session: Session, *, collection: Collection) -> dict[int, set[str]]:
    """Give the codes of the cells that each member has on an open sheet.

    Loans that are repaid count too: what was typed for one, on a page from before, is kept and
    refused at its cell.
    """
    book_id, on = collection.book_id, collection.held_on
    products = {product.code for product in products_of(session, book_id=book_id)}
    cells = {
        member.id: set(products)
        for member in members_of(session, book_id=book_id, on=on)
        if member.left_on is None
    }
    for member_id, loan_id in borrowers(session, book_id=book_id):
        if member_id in cells:
            cells[member_id].add(loan_cell(loan_id))
    return cells


def _everybody(session: Session, *, book_id: int) -> Sequence[Member]:
    return session.scalars(
        select(Member)
        .where(Member.book_id == book_id)
        .order_by(Member.walking_order, Member.sort_key)
    ).all()


def _stands_on(collection: Collection, member: Member, *, has_typed: bool) -> bool:
    """Tell whether a member stands on a sheet; what was posted stays, whoever left since."""
    if collection.posted_at is None:
        return member.joined_on <= collection.held_on and member.left_on is None
    if has_typed:
        return True
    left = member.left_on is not None and member.left_on <= collection.held_on
    return member.joined_on <= collection.held_on and not left


def _sheet(
    session: Session,
    *,
    book_id: int,
    on: date,
    members: Sequence[Member],
    typed: Mapping[int, Mapping[str, str]],
    marks: Mapping[int, tuple[bool, Channel]],
    loans: LoansOnSheet,
) -> Sheet:
    columns = columns_of(session, book_id=book_id, on=on)
    shown = {column.code for column in columns}
    expected: dict[int, dict[str, Satang]] = {}
    for (member_id, code), amount in pledges_on(session, book_id=book_id, on=on).items():
        if amount and code in shown:
            expected.setdefault(member_id, {})[code] = amount
    places = _places(session, book_id=book_id)
    lines = []
    for member in members:
        absent, channel = marks.get(member.id, (False, Channel.CASH))
        lines.append(
            Line(
                member_id=member.id,
                number=member.number,
                name=full_name(member),
                place=places.get(member.household_id or 0, ""),
                expected=expected.get(member.id, {}) | dict(loans.expected.get(member.id, {})),
                typed=typed.get(member.id, {}),
                absent=absent,
                channel=channel,
                loans=loans.of_members.get(member.id, {}),
            )
        )
    return read_sheet((*columns, *loans.columns), lines)


def _places(session: Session, *, book_id: int) -> dict[int, str]:
    rows = session.execute(
        select(Household.id, Household.house_number, Village.moo)
        .join(Village, Village.code == Household.village_code)
        .where(Household.book_id == book_id)
    )
    return {household_id: f"{house} ม.{moo}" for household_id, house, moo in rows}


def count_of(session: Session, *, collection: Collection) -> dict[Satang, int]:
    """Give how many notes and coins of each value were counted; empty when nobody counted."""
    rows = session.execute(
        select(CashCount.denomination_satang, CashCount.pieces).where(
            CashCount.book_id == collection.book_id, CashCount.collection_id == collection.id
        )
    )
    return {Satang(value): pieces for value, pieces in rows}
