"""The feed: every entry of every group, newest first, and whatever it is filtered by.

A page costs what it shows. Where a filter is one that an index answers (a group, days, an exact
amount, a member, an open question), the page begins there. Whatever is filtered besides is looked
for along the way, and no further than ``WALK`` entries in one request; then the page says how far
it came and the next one goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from audit.models import Question, Settlement, SignOff, Tally
from audit.queries.asked import FeedFilter, FeedKeys, Place, PlaceLost, State
from audit.queries.keys import Key, among, by_book
from audit.queries.places import GroupPlace, places
from ledger.models import Book, Entry, Posting
from ledger.thai import search_text
from loans.models import Loan
from members.models import Member, SavingsAccount

T = TypeVar("T")

PAGE = 50
#: How many entries one request looks at: along an index that holds what is asked, of one book, and
#: where every entry must be fetched or looked up in another table.
WALK, WALK_OF_A_BOOK, WALK_BY_ROWS = 20_000, 20_000, 4_000
#: How many members a name may mean before it must be typed more fully.
MOST_PEOPLE = 8


@dataclass(frozen=True, slots=True)
class _Stream:
    """Entries in an order that an index gives: where they begin and how far to look.

    Attributes:
        order: The columns of the order, newest first.
        where: What the index answers.
        days: The first and last business day of an order by days.
        rest: What is looked for on the way.
        walk: How many entries one request looks at; None where there are only few.
    """

    order: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]
    where: tuple[ColumnElement[bool], ...] = ()
    days: tuple[date | None, date | None] = (None, None)
    rest: tuple[ColumnElement[bool], ...] = ()
    walk: int | None = None


def feed_keys(
    session: Session,
    *,
    wanted: FeedFilter,
    after: Place | None,
    most: int = PAGE,
    network: Sequence[GroupPlace] | None = None,
) -> FeedKeys:
    """Give which entries a page of the feed shows.

    Args:
        session: Any session.
        wanted: What is asked.
        after: Where the page before ended, or None for the newest.
        most: The most entries on the page.
        network: The groups, where they have been read already.

    Raises:
        PlaceLost: There is no such entry.
    """
    books = _books(session, wanted, places(session) if network is None else network)
    people: list[Key] = []
    meant = 0
    if wanted.person.strip():
        people, meant = _accounts_of(session, text=wanted.person, books=books)
    if books == frozenset() or (wanted.person.strip() and not people):
        return FeedKeys(people=meant)
    stream = _stream(wanted, books=books, accounts=people)
    keys, next_place = _page(session, stream, after=after, most=most)
    return FeedKeys(keys, next_place, len(keys) == most, meant)


def _books(
    session: Session, wanted: FeedFilter, network: Sequence[GroupPlace]
) -> frozenset[int] | None:
    """Give the books that can have what is asked; None is every book."""
    books: frozenset[int] | None = None
    if wanted.group_code or wanted.village_code or wanted.tambon_code:
        books = frozenset(
            place.book_id
            for place in network
            if wanted.group_code in {"", place.code}
            and wanted.village_code in {"", place.village_code}
            and wanted.tambon_code in {"", place.tambon_code}
        )
    if wanted.state in {State.WAITING, State.SIGNED, State.ASKED}:
        looked_at = _books_in_state(session, wanted.state)
        books = looked_at if books is None else books & looked_at
    return books


def _books_in_state(session: Session, state: State) -> frozenset[int]:
    rows = session.execute(
        select(
            Book.id,
            func.coalesce(Book.head_number, 0),
            func.coalesce(func.sum(Tally.signed), 0),
            func.coalesce(func.sum(Tally.open_questions), 0),
        )
        .outerjoin(Tally, Tally.book_id == Book.id)
        .group_by(Book.id, Book.head_number)
    ).all()
    return frozenset(
        book_id
        for book_id, entries, signed, asked in rows
        if (state is State.WAITING and entries > signed)
        or (state is State.SIGNED and signed)
        or (state is State.ASKED and asked)
    )


def _accounts_of(
    session: Session, *, text: str, books: frozenset[int] | None
) -> tuple[list[Key], int]:
    """Give the savings and loans of those whom a text means, and how many people it means."""
    found = select(Member.book_id, Member.id).where(
        *(
            Member.search_text.contains(word, autoescape=True)
            for word in search_text(text).split()[:6]
        )
    )
    if books is not None:
        found = found.where(Member.book_id.in_(books))
    members = session.execute(
        found.order_by(Member.sort_key, Member.book_id).limit(MOST_PEOPLE + 1)
    ).all()
    chosen = [(book_id, member_id) for book_id, member_id in members[:MOST_PEOPLE]]
    if not chosen:
        return [], 0
    accounts = session.execute(
        select(SavingsAccount.book_id, SavingsAccount.account_id).where(
            among(SavingsAccount.book_id, SavingsAccount.member_id, chosen)
        )
    )
    lent = session.execute(
        select(Loan.book_id, Loan.account_id).where(among(Loan.book_id, Loan.member_id, chosen))
    )
    theirs = [(book_id, account_id) for book_id, account_id in (*accounts, *lent)]
    return theirs, len(members)


def _unled(column: InstrumentedAttribute[T]) -> ColumnElement[T]:
    """Give a column as an expression that no index is taken for.

    What is only looked for on the way must not lead the database away from the order of the page:
    it would find all there is and sort it.
    """
    unled: ColumnElement[T] = func.coalesce(column, column)
    return unled


def _stream(
    wanted: FeedFilter, *, books: frozenset[int] | None, accounts: Sequence[Key]
) -> _Stream:
    """Choose where the page begins and what is looked for on the way."""
    days = (wanted.first, wanted.last)
    rest = [*_amount(wanted), *_kind(wanted), *_officer(wanted), *_state(wanted)]
    of_books = [] if books is None else [_unled(Entry.book_id).in_(books)]
    exact = wanted.least is not None and wanted.least == wanted.most
    newest = (Entry.recorded_at, Entry.book_id, Entry.number)
    by_day = (Entry.entered_on, *newest) if any(days) else newest
    if accounts or wanted.state is State.ASKED:
        if wanted.state is State.ASKED:
            few = [_open_question(), *([_touches(accounts)] if accounts else [])]
        else:
            few = [_touching(accounts)]
        # There are few: find them all, then put them in order.
        return _Stream(tuple(map(_unled, by_day)), (*few, *of_books, *rest), days)
    looked_up = wanted.state is not None
    if books is not None and len(books) == 1:
        of_book = (Entry.book_id == next(iter(books)),)
        in_book = (Entry.entered_on, Entry.number) if any(days) else (Entry.number,)
        walk = WALK_BY_ROWS if looked_up or any(days) else WALK_OF_A_BOOK
        return _Stream(in_book, of_book, days, tuple(rest), walk)
    if exact and not any(days):
        rest = [*_kind(wanted), *_officer(wanted), *_state(wanted)]
        walk = WALK_BY_ROWS if rest else WALK
        return _Stream(
            newest, (Entry.amount_satang == wanted.least,), days, (*of_books, *rest), walk
        )
    walk = WALK_BY_ROWS if looked_up else WALK
    return _Stream(by_day, (), days, (*of_books, *rest), walk)


def _amount(wanted: FeedFilter) -> list[ColumnElement[bool]]:
    amount = _unled(Entry.amount_satang)
    return [
        *([] if wanted.least is None else [amount >= wanted.least]),
        *([] if wanted.most is None else [amount <= wanted.most]),
    ]


def _kind(wanted: FeedFilter) -> list[ColumnElement[bool]]:
    return [] if wanted.kind is None else [Entry.kind == wanted.kind]


def _officer(wanted: FeedFilter) -> list[ColumnElement[bool]]:
    if not wanted.officer:
        return []
    return [or_(Entry.posted_by == wanted.officer, Entry.approved_by == wanted.officer)]


def _state(wanted: FeedFilter) -> list[ColumnElement[bool]]:
    signed = exists().where(SignOff.book_id == Entry.book_id, SignOff.entry_number == Entry.number)
    if wanted.state is State.WAITING:
        return [~signed]
    if wanted.state is State.SIGNED:
        return [signed]
    if wanted.state is State.REVERSED:
        later = aliased(Entry)
        taken_back = exists().where(
            later.book_id == Entry.book_id, later.reverses_number == Entry.number
        )
        return [or_(Entry.reverses_number.is_not(None), taken_back)]
    return []


def _touching(accounts: Sequence[Key]) -> ColumnElement[bool]:
    """Say it book by book: SQLite scans everything for pairs out of a union."""
    return or_(
        *(
            and_(
                Entry.book_id == book_id,
                Entry.number.in_(
                    select(Posting.entry_number).where(
                        Posting.book_id == book_id, Posting.account_id.in_(account_ids)
                    )
                ),
            )
            for book_id, account_ids in by_book(accounts).items()
        )
    )


def _touches(accounts: Sequence[Key]) -> ColumnElement[bool]:
    return exists().where(
        Posting.book_id == Entry.book_id,
        Posting.entry_number == Entry.number,
        among(Posting.book_id, Posting.account_id, accounts),
    )


def _open_question() -> ColumnElement[bool]:
    settled = exists().where(
        Settlement.book_id == Question.book_id, Settlement.question_id == Question.id
    )
    asked = select(Question.book_id, Question.entry_number).where(~settled).distinct()
    return tuple_(Entry.book_id, Entry.number).in_(asked)


def _page(
    session: Session, stream: _Stream, *, after: Place | None, most: int
) -> tuple[tuple[Key, ...], Place | None]:
    """Look along a stream from a place on, for one page."""
    first, last = stream.days
    way = select(Entry.book_id, Entry.number).where(*stream.where)
    way = way.order_by(*(column.desc() for column in stream.order))
    # A place in the order says more than a day: of two limits on one side, an index takes only one.
    if after is not None:
        way = way.where(_compared(stream, _values(session, stream, after), is_after=True))
    elif last is not None:
        way = way.where(stream.order[0] <= last)
    since = () if first is None else (stream.order[0] >= first,)
    end = None
    if stream.rest and stream.walk:
        end = _end_of_walk(session, stream, way.where(*since))
    if end is not None:
        since = (_compared(stream, end[1], is_after=False),)
    found = [
        Place(*row) for row in session.execute(way.where(*since, *stream.rest).limit(most + 1))
    ]
    keys = tuple((place.book_id, place.number) for place in found[:most])
    if len(found) > most:
        return keys, found[most - 1]
    return keys, None if end is None else end[0]


def _end_of_walk(
    session: Session, stream: _Stream, way: Select[Any, Any]
) -> tuple[Place, tuple[Any, ...]] | None:
    """Give the last entry that this request looks at, or None when it comes to the end."""
    assert stream.walk is not None
    row = session.execute(
        way.add_columns(*stream.order).offset(stream.walk - 1).limit(1)
    ).one_or_none()
    return None if row is None else (Place(row[0], row[1]), tuple(row[2:]))


def _values(session: Session, stream: _Stream, place: Place) -> tuple[Any, ...]:
    """Give what an entry has in the columns of the order."""
    row = session.execute(
        select(*stream.order).where(Entry.book_id == place.book_id, Entry.number == place.number)
    ).one_or_none()
    if row is None:
        raise PlaceLost(place=str(place))
    return tuple(row)


def _compared(stream: _Stream, values: tuple[Any, ...], *, is_after: bool) -> ColumnElement[bool]:
    """Compare entries with a place in the order: older than it, or not older."""
    columns: Any = stream.order[0] if len(stream.order) == 1 else tuple_(*stream.order)
    limit: Any = values[0] if len(stream.order) == 1 else values
    compared: ColumnElement[bool] = columns < limit if is_after else columns >= limit
    return compared
