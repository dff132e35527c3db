"""The sheet of a collection day while it is a draft: opened, typed in, counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from desk.cash import total_of_count
from desk.models import (
    CashCount,
    Channel,
    Collection,
    CollectionCell,
    CollectionLoanCell,
    CollectionRow,
)
from desk.queries import CollectionNotFound, cells_of_sheet, count_of, draft_of
from desk.sheet import RowChange, loan_of_cell
from ledger.errors import Conflict, NotFound
from ledger.money import Satang
from ledger.period import check_date
from ledger.services import lock_book
from ledger.thai import format_date, today_in_bangkok


class OtherDraftOpen(Conflict):
    """The sheet of another day is open; it is posted or thrown away first."""

    thai = "มีใบรับเงินของวันที่ {held_on} ค้างอยู่ ลงบัญชี เปลี่ยนวันที่ หรือทิ้งใบนั้นก่อน"


class AlreadyPosted(Conflict):
    """The collection day has been posted; its sheet does not change any more."""

    thai = "ใบรับเงินนี้ลงบัญชีแล้ว แก้ไขที่ใบรับเงินของสมาชิกทีละใบ"


class SheetMoved(Conflict):
    """Something on the sheet changed since it was shown."""

    thai = "มีคนแก้ใบรับเงินนี้จากอีกหน้าจอหนึ่ง ตรวจยอดใหม่แล้วกดอีกครั้ง ยังไม่มีอะไรลงบัญชี"


class UnknownCell(NotFound):
    """The sheet has no such member, product or loan of theirs."""

    thai = "ใบรับเงินนี้ไม่มีสมาชิก ประเภทเงิน หรือสัญญาเงินกู้ที่ส่งมา เปิดหน้านี้ใหม่"


@dataclass(frozen=True, slots=True)
class SavedSheet:
    """That the draft was saved: its revision, and when."""

    revision: int
    saved_at: datetime


def open_collection(
    session: Session, *, book_id: int, held_on: date, by: str, at: datetime
) -> Collection:
    """Open the sheet of a collection day, or give the one of that day that is open.

    Raises:
        OtherDraftOpen: The sheet of another day is open.
        FutureDate, TooLongAgo, PeriodClosed: The day may not be posted.
    """
    head = lock_book(session, book_id=book_id)
    draft = draft_of(session, book_id=book_id)
    if draft is not None and draft.held_on == held_on:
        return draft
    if draft is not None:
        raise OtherDraftOpen(held_on=format_date(draft.held_on))
    check_date(entered_on=held_on, today=today_in_bangkok(at), closed_until=head.closed_until)
    newest = session.scalar(select(func.max(Collection.id)).where(Collection.book_id == book_id))
    draft = Collection(
        book_id=book_id,
        id=(newest or 0) + 1,
        held_on=held_on,
        opened_by=by,
        opened_at=at,
        revision=0,
        saved_at=at,
        posted_by=None,
        posted_at=None,
        first_number=None,
        last_number=None,
        difference_satang=None,
        difference_reason="",
    )
    session.add(draft)
    session.flush()
    return draft


def change_day(
    session: Session, *, book_id: int, collection_id: int, held_on: date, at: datetime
) -> SavedSheet:
    """Say that the open sheet is of another day; what is typed stays.

    Raises:
        AlreadyPosted: It is posted.
        FutureDate, TooLongAgo, PeriodClosed: The day may not be posted.
    """
    head = lock_book(session, book_id=book_id)
    draft = _locked_draft(session, book_id=book_id, collection_id=collection_id)
    check_date(entered_on=held_on, today=today_in_bangkok(at), closed_until=head.closed_until)
    if draft.held_on == held_on:
        return SavedSheet(draft.revision, draft.saved_at)
    draft.held_on = held_on
    return _moved(draft, at=at)


def save_cells(
    session: Session,
    *,
    book_id: int,
    collection_id: int,
    changes: Sequence[RowChange],
    at: datetime,
) -> SavedSheet:
    """Keep what was typed, as it was typed; the last one to write a cell wins.

    Saving the same again changes nothing, so a save that may have been lost is sent again.

    Raises:
        CollectionNotFound: There is no such sheet.
        AlreadyPosted: It is posted.
        UnknownCell: The sheet has no such member, product or loan of theirs.
    """
    draft = _locked_draft(session, book_id=book_id, collection_id=collection_id)
    _refuse_unknown(session, draft=draft, changes=changes)
    changed = (
        _write_rows(session, draft=draft, changes=changes)
        + _write_cells(session, draft=draft, changes=changes)
        + _write_loan_cells(session, draft=draft, changes=changes)
    )
    if changed:
        return _moved(draft, at=at)
    draft.saved_at = at
    return SavedSheet(draft.revision, at)


def save_whole_sheet(
    session: Session,
    *,
    book_id: int,
    collection_id: int,
    revision: int,
    changes: Sequence[RowChange],
    at: datetime,
) -> SavedSheet:
    """Keep a whole sheet as one page shows it, unless another page changed it meanwhile.

    Raises:
        SheetMoved: The sheet is not at this revision any more.
        And whatever ``save_cells`` raises.
    """
    draft = _locked_draft(session, book_id=book_id, collection_id=collection_id)
    if draft.revision != revision:
        raise SheetMoved(shown=revision, now=draft.revision)
    return save_cells(session, book_id=book_id, collection_id=collection_id, changes=changes, at=at)


def save_count(
    session: Session,
    *,
    book_id: int,
    collection_id: int,
    pieces: Mapping[Satang, int],
    at: datetime,
) -> SavedSheet:
    """Keep how many notes and coins were counted.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        collection_id: The open sheet.
        pieces: For each value in satang, how many; zeros say that somebody looked.
        at: Now, aware.

    Raises:
        NoSuchNote: There is no such note or coin.
        AlreadyPosted: The sheet is posted.
    """
    total_of_count(pieces)
    draft = _locked_draft(session, book_id=book_id, collection_id=collection_id)
    if count_of(session, collection=draft) == dict(pieces):
        return SavedSheet(draft.revision, draft.saved_at)
    session.execute(
        delete(CashCount).where(
            CashCount.book_id == book_id, CashCount.collection_id == collection_id
        )
    )
    session.add_all(
        CashCount(
            book_id=book_id, collection_id=collection_id, denomination_satang=value, pieces=number
        )
        for value, number in pieces.items()
    )
    session.flush()
    return _moved(draft, at=at)


def discard_draft(session: Session, *, book_id: int, collection_id: int, revision: int) -> None:
    """Throw an open sheet away, with all that was typed.

    Raises:
        AlreadyPosted: It is posted.
        SheetMoved: Somebody typed in it since it was shown.
    """
    draft = _locked_draft(session, book_id=book_id, collection_id=collection_id)
    if draft.revision != revision:
        raise SheetMoved(shown=revision, now=draft.revision)
    for table in (CollectionCell, CollectionLoanCell, CollectionRow, CashCount):
        session.execute(
            delete(table).where(table.book_id == book_id, table.collection_id == collection_id)
        )
    session.delete(draft)
    session.flush()


def locked_collection(session: Session, *, book_id: int, collection_id: int) -> Collection:
    """Lock a collection day until the transaction ends, and give it as it is now.

    Raises:
        CollectionNotFound: There is no such day.
    """
    collection = session.get(
        Collection, (book_id, collection_id), with_for_update=True, populate_existing=True
    )
    if collection is None:
        raise CollectionNotFound(collection_id=collection_id)
    return collection


def _locked_draft(session: Session, *, book_id: int, collection_id: int) -> Collection:
    collection = locked_collection(session, book_id=book_id, collection_id=collection_id)
    if collection.posted_at is not None:
        raise AlreadyPosted(collection_id=collection_id)
    return collection


def _moved(draft: Collection, *, at: datetime) -> SavedSheet:
    draft.revision += 1
    draft.saved_at = at
    return SavedSheet(draft.revision, at)


def _refuse_unknown(session: Session, *, draft: Collection, changes: Sequence[RowChange]) -> None:
    cells = cells_of_sheet(session, collection=draft)
    for change in changes:
        theirs = cells.get(change.member_id)
        if theirs is None or not theirs >= change.cells.keys():
            raise UnknownCell(member_id=change.member_id, cells=sorted(change.cells))


def _write_rows(session: Session, *, draft: Collection, changes: Sequence[RowChange]) -> int:
    """Write who is absent and how people paid; give how many rows changed."""
    known = {
        row.member_id: row
        for row in session.scalars(
            select(CollectionRow).where(
                CollectionRow.book_id == draft.book_id, CollectionRow.collection_id == draft.id
            )
        )
    }
    changed = 0
    for change in changes:
        row = known.get(change.member_id)
        before = (bool(row.absent), row.channel) if row is not None else (False, Channel.CASH)
        after = (
            before[0] if change.absent is None else change.absent,
            before[1] if change.channel is None else change.channel,
        )
        if after == before:
            continue
        changed += 1
        if row is None:
            row = CollectionRow(
                book_id=draft.book_id, collection_id=draft.id, member_id=change.member_id
            )
            session.add(row)
            known[change.member_id] = row
        row.absent, row.channel = int(after[0]), after[1]
    session.flush()
    return changed


def _write_cells(session: Session, *, draft: Collection, changes: Sequence[RowChange]) -> int:
    """Write what was typed; an emptied cell goes. Give how many cells changed."""
    known = {
        (cell.member_id, cell.product_code): cell
        for cell in session.scalars(
            select(CollectionCell).where(
                CollectionCell.book_id == draft.book_id, CollectionCell.collection_id == draft.id
            )
        )
    }
    wanted = {
        (change.member_id, product_code): typed
        for change in changes
        for product_code, typed in change.cells.items()
        if loan_of_cell(product_code) is None
    }
    changed = 0
    for place, typed in wanted.items():
        cell = known.get(place)
        if typed == ("" if cell is None else cell.typed):
            continue
        changed += 1
        if cell is None:
            session.add(
                CollectionCell(
                    book_id=draft.book_id,
                    collection_id=draft.id,
                    member_id=place[0],
                    product_code=place[1],
                    typed=typed,
                )
            )
        elif typed:
            cell.typed = typed
        else:
            session.delete(cell)
    session.flush()
    return changed


def _write_loan_cells(session: Session, *, draft: Collection, changes: Sequence[RowChange]) -> int:
    """Write what was typed for loans; an emptied cell goes. Give how many cells changed."""
    known = {
        cell.loan_id: cell
        for cell in session.scalars(
            select(CollectionLoanCell).where(
                CollectionLoanCell.book_id == draft.book_id,
                CollectionLoanCell.collection_id == draft.id,
            )
        )
    }
    wanted = {
        loan_id: typed
        for change in changes
        for code, typed in change.cells.items()
        if (loan_id := loan_of_cell(code)) is not None
    }
    changed = 0
    for loan_id, typed in wanted.items():
        cell = known.get(loan_id)
        if typed == ("" if cell is None else cell.typed):
            continue
        changed += 1
        if cell is None:
            session.add(
                CollectionLoanCell(
                    book_id=draft.book_id, collection_id=draft.id, loan_id=loan_id, typed=typed
                )
            )
        elif typed:
            cell.typed = typed
        else:
            session.delete(cell)
    session.flush()
    return changed
