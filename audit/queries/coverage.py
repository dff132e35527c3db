"""How much has been looked at: by group and month, and in one strip for the whole network."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from audit.models import Question, Settlement, SignOff, Tally
from audit.queries.places import GroupPlace
from ledger.models import Account, Book, Entry, Period
from ledger.period import month_of, months_between, next_month

#: The strip counts no further than this.
MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a month of a group has been looked at.

    Attributes:
        month: The month, as its first day.
        entries: How many entries it has.
        signed: How many of them bear a signature.
        open_questions: How many questions about them are not settled.
        closed: The close of the month, or None while it is open.
    """

    month: date
    entries: int
    signed: int
    open_questions: int
    closed: Period | None = None

    @property
    def percent(self) -> int:
        """How much is signed; a hundred only when all of it is."""
        return 100 * self.signed // self.entries if self.entries else 0

    @property
    def waiting(self) -> int:
        """How many entries nobody has signed."""
        return self.entries - self.signed


@dataclass(frozen=True, slots=True)
class Trust:
    """The state of trust, for the strip on top of every page.

    Attributes:
        agrees: Whether the group's book balances in every purse and its head is its last entry;
            None when no one group is looked at. The seals are derived anew by ``verify``, not here.
        head_seal: The seal of the newest entry of the group, or None.
        waiting: How many entries of the network nobody has signed.
        asked: How many questions of the network are not settled.
    """

    agrees: bool | None
    head_seal: bytes | None
    waiting: str
    asked: str


def trust_of(session: Session, *, code: str | None) -> Trust:
    """Give the state of trust of a group's book, and what waits in the network.

    Costs the accounts of one book and the months of all, whatever the history.
    """
    entries = select(func.coalesce(func.sum(Book.head_number), 0)).scalar_subquery()
    signed, asked = (
        select(func.coalesce(func.sum(column), 0)).scalar_subquery()
        for column in (Tally.signed, Tally.open_questions)
    )
    if code is not None:
        row = session.execute(
            select(Book.id, Book.head_number, Book.head_seal, Entry.seal, entries - signed, asked)
            .outerjoin(Entry, and_(Entry.book_id == Book.id, Entry.number == Book.head_number))
            .where(Book.code == code)
        ).one_or_none()
        if row is not None:
            book_id, head_number, head_seal, last_seal, *totals = row
            agrees = head_number is None or head_seal == last_seal
            return Trust(
                agrees and _balances(session, book_id=book_id),
                None if head_number is None else head_seal,
                *map(_counted, totals),
            )
    totals = list(session.execute(select(entries - signed, asked)).one())
    return Trust(None, None, *map(_counted, totals))


def _balances(session: Session, *, book_id: int) -> bool:
    """Tell whether the accounts of every purse of a book sum to zero."""
    differs = (
        select(Account.fund)
        .where(Account.book_id == book_id)
        .group_by(Account.fund)
        .having(func.sum(Account.balance_satang) != 0)
        .limit(1)
    )
    return session.scalar(differs) is None


def _counted(count: int) -> str:
    count = int(count)
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


def coverage_of_month(
    session: Session, *, month: date, network: Sequence[GroupPlace]
) -> list[tuple[GroupPlace, Coverage]]:
    """Give how far each group's month has been looked at, in the order of the groups."""
    month = month_of(month)
    entries = dict(
        session.execute(
            select(Entry.book_id, func.count())
            .where(Entry.entered_on >= month, Entry.entered_on < next_month(month))
            .group_by(Entry.book_id)
        ).all()
    )
    tallies = {
        tally.book_id: tally for tally in session.scalars(select(Tally).where(Tally.month == month))
    }
    closed = {
        period.book_id: period
        for period in session.scalars(
            select(Period).where(Period.month >= month).order_by(Period.month.desc())
        )
    }  # the earliest close from here on is the one that took this month with it
    return [
        (
            place,
            _coverage(
                month,
                entries.get(place.book_id, 0),
                tallies.get(place.book_id),
                closed.get(place.book_id),
            ),
        )
        for place in network
    ]


def _coverage(month: date, entries: int, tally: Tally | None, closed: Period | None) -> Coverage:
    return Coverage(
        month=month,
        entries=entries,
        signed=0 if tally is None else tally.signed,
        open_questions=0 if tally is None else tally.open_questions,
        closed=closed,
    )


def coverage_of_book(session: Session, *, book_id: int) -> list[Coverage]:
    """Give how far each month of a book has been looked at, the newest first.

    A month without entries between two others is there too, and so is each closed one.
    """
    entries: dict[date, int] = {}
    for day, count in session.execute(
        select(Entry.entered_on, func.count())
        .where(Entry.book_id == book_id)
        .group_by(Entry.entered_on)
    ):
        entries[month_of(day)] = entries.get(month_of(day), 0) + count
    tallies = {
        tally.month: tally
        for tally in session.scalars(select(Tally).where(Tally.book_id == book_id))
    }
    periods = {
        period.month: period
        for period in session.scalars(select(Period).where(Period.book_id == book_id))
    }
    known = entries.keys() | periods.keys()
    if not known:
        return []
    closed_by: Period | None = None
    months = []
    for month in reversed(list(months_between(min(known), max(known)))):
        closed_by = periods.get(month, closed_by)
        months.append(_coverage(month, entries.get(month, 0), tallies.get(month), closed_by))
    return months


def first_and_last_month(session: Session) -> tuple[date, date] | None:
    """Give the months of the earliest and the latest business day of the network."""
    first, last = session.execute(
        select(
            select(func.min(Entry.entered_on)).scalar_subquery(),
            select(func.max(Entry.entered_on)).scalar_subquery(),
        )
    ).one()
    return None if first is None else (month_of(first), month_of(last))


def open_questions_until(session: Session, *, book_id: int, month: date) -> list[tuple[int, int]]:
    """Give the open questions about entries of a month or an earlier one.

    Returns:
        The number of the question and of its entry, the oldest first.
    """
    rows = session.execute(
        select(Question.id, Question.entry_number)
        .join(Entry, and_(Entry.book_id == Question.book_id, Entry.number == Question.entry_number))
        .outerjoin(
            Settlement,
            and_(Settlement.book_id == Question.book_id, Settlement.question_id == Question.id),
        )
        .where(
            Question.book_id == book_id,
            Settlement.question_id.is_(None),
            Entry.entered_on < next_month(month),
        )
        .order_by(Question.id)
    )
    return [(question, entry) for question, entry in rows]


def counted_anew(session: Session) -> dict[tuple[int, date], tuple[int, int]]:
    """Count signatures and open questions from the rows themselves; ``Tally`` must say the same.

    Returns:
        Signed entries and open questions for each book and month that has any.
    """
    counts: dict[tuple[int, date], list[int]] = {}
    signed = select(SignOff.book_id, SignOff.entry_number).distinct().subquery()
    asked = (
        select(Question.book_id, Question.entry_number)
        .outerjoin(
            Settlement,
            and_(Settlement.book_id == Question.book_id, Settlement.question_id == Question.id),
        )
        .where(Settlement.question_id.is_(None))
        .subquery()
    )
    for place, rows in enumerate((signed, asked)):
        for book_id, day in session.execute(
            select(Entry.book_id, Entry.entered_on).join(
                rows,
                and_(rows.c.book_id == Entry.book_id, rows.c.entry_number == Entry.number),
            )
        ):
            counts.setdefault((book_id, month_of(day)), [0, 0])[place] += 1
    return {key: (signed, asked) for key, (signed, asked) in counts.items()}
