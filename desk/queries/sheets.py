"""Reading the collection sheet as it was typed, and what was expected."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.models import CashCount, Channel, Collection, CollectionCell, CollectionRow
from desk.sheet import Column, Line, Sheet, any_amount, read_sheet
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
    return _sheet(session, book_id=book_id, on=on, members=members, typed={}, marks={})


def sheet_of(session: Session, *, collection: Collection) -> Sheet:
    """Give a collection's sheet as it was typed, with what was expected that day."""
    at = (collection.book_id, collection.id)
    cells = session.execute(
        select(CollectionCell.member_id, CollectionCell.product_code, CollectionCell.typed).where(
            CollectionCell.book_id == at[0], CollectionCell.collection_id == at[1]
        )
    )
    typed: dict[int, dict[str, str]] = {}
    for member_id, product_code, text in cells:
        typed.setdefault(member_id, {})[product_code] = text
    rows = session.execute(
        select(CollectionRow.member_id, CollectionRow.absent, CollectionRow.channel).where(
            CollectionRow.book_id == at[0], CollectionRow.collection_id == at[1]
        )
    )
    marks = {member_id: (bool(absent), channel) for member_id, absent, channel in rows}
    members = [
        member
        for member in _everybody(session, book_id=collection.book_id)
        if _stands_on(collection, member, has_typed=bool(typed.get(member.id)))
    ]
    return _sheet(
        session,
        book_id=collection.book_id,
        on=collection.held_on,
        members=members,
        typed=typed,
        marks=marks,
    )


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
                expected=expected.get(member.id, {}),
                typed=typed.get(member.id, {}),
                absent=absent,
                channel=channel,
            )
        )
    return read_sheet(columns, lines)


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
