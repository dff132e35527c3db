"""Reading passbooks: an account's lines with codes and seals, what is on paper, what was paid."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from ledger.entry import EntryKind
from ledger.errors import NotFound
from ledger.models import Account, Entry, Posting
from ledger.money import Satang, total
from ledger.queries import JournalEntry, NoSuchEntry, journal_entry, statement_page
from ledger.statement import StatementPage
from members.models import Member, PassbookPrint, SavingsAccount
from members.passbook import COVER, EntryFacts, PassbookLine, line_of
from members.queries.officers import officer_names
from members.queries.savings import SavingsView, members_behind

#: Entries that pay money out to a member, and so have a slip.
PAYS_OUT = frozenset({EntryKind.WITHDRAWAL.value, EntryKind.LEAVING.value})


class SlipNotFound(NotFound):
    """The entry paid nothing out to this member."""

    thai = "ไม่พบใบสำคัญจ่ายเงินเลขที่ {number} ของสมาชิกคนนี้"


class PrintingNotFound(NotFound):
    """No passbook of the member was printed at this moment."""

    thai = "ไม่พบการพิมพ์สมุดครั้งนี้ กลับไปที่หน้าสมาชิกแล้วพิมพ์ใหม่"


@dataclass(frozen=True, slots=True)
class Printing:
    """One printing of a member's passbook.

    Attributes:
        printed_at: The moment, which names it.
        printed_by: The mark of the officer.
        ranges: For each account, the first and the last line that were printed.
    """

    printed_at: datetime
    printed_by: str
    ranges: dict[int, tuple[int, int]]

    @property
    def is_whole(self) -> bool:
        """Whether it began a new book, with a cover."""
        return any(first == COVER for first, _last in self.ranges.values())


@dataclass(frozen=True, slots=True)
class PaidOut:
    """What an entry paid out to a member, as the slip says it.

    Attributes:
        entry: The entry.
        lines: What was paid out of, and how much, in satang.
        amount: Their sum.
        is_leaving: Whether all savings were given back because the member left.
    """

    entry: JournalEntry
    lines: tuple[tuple[str, Satang], ...]
    amount: Satang
    is_leaving: bool


def printings_of(session: Session, *, book_id: int, member_id: int) -> list[Printing]:
    """Give the printings of a member's passbook, oldest first."""
    rows = session.scalars(
        select(PassbookPrint)
        .join(
            SavingsAccount,
            and_(
                SavingsAccount.book_id == PassbookPrint.book_id,
                SavingsAccount.account_id == PassbookPrint.account_id,
            ),
        )
        .where(SavingsAccount.book_id == book_id, SavingsAccount.member_id == member_id)
        .order_by(PassbookPrint.printed_at, PassbookPrint.account_id)
    )
    printings: dict[datetime, Printing] = {}
    for row in rows:
        empty = Printing(row.printed_at, row.printed_by, {})
        printing = printings.setdefault(row.printed_at, empty)
        printing.ranges[row.account_id] = (row.first_n, row.last_n)
    return list(printings.values())


def lines_on_paper(printings: Iterable[Printing]) -> dict[int, int]:
    """Give the last line on paper of each account that was ever printed, by its number."""
    return {
        account_id: last
        for printing in printings
        for account_id, (_first, last) in printing.ranges.items()
    }


def passbook_part(
    session: Session, *, book_id: int, account_id: int, first_n: int, last_n: int
) -> tuple[StatementPage, dict[int, EntryFacts]]:
    """Give lines ``first_n`` to ``last_n`` of a savings account with what is said of their entries.

    Costs the lines asked for, whatever the account's history.
    """
    page = statement_page(
        session, book_id=book_id, account_id=account_id, first_n=first_n, last_n=last_n
    )
    against: dict[int, list[str]] = {}
    seals: dict[int, bytes] = {}
    other = aliased(Posting)
    rows = session.execute(
        select(Entry.number, Entry.seal, Account.code)
        .select_from(Posting)
        .join(Entry, and_(Entry.book_id == Posting.book_id, Entry.number == Posting.entry_number))
        .outerjoin(
            other,
            and_(
                other.book_id == Posting.book_id,
                other.entry_number == Posting.entry_number,
                other.fund == Posting.fund,
                other.account_id != Posting.account_id,
            ),
        )
        .outerjoin(
            Account,
            and_(
                Account.book_id == other.book_id,
                Account.id == other.account_id,
                Account.control_id.is_(None),
            ),
        )
        .where(
            Posting.book_id == book_id,
            Posting.account_id == account_id,
            Posting.n >= first_n,
            Posting.n <= last_n,
        )
    )
    for number, seal, code in rows:
        seals[number] = seal
        against.setdefault(number, []).extend([code] if code else [])
    names = officer_names(session)
    facts = {
        line.entry_number: EntryFacts(
            against=tuple(against[line.entry_number]),
            recorded_by=names.get(line.posted_by, ""),
            seal=seals[line.entry_number],
        )
        for line in page.lines
    }
    return page, facts


def newest_lines(
    session: Session, *, book_id: int, savings: SavingsView, before: int, most: int
) -> list[PassbookLine]:
    """Give an account's lines before a line as its passbook has them, the newest first.

    Args:
        session: Any session.
        book_id: The group's book.
        savings: The account.
        before: The line's number; one more than the last to begin with the newest.
        most: The most lines given.
    """
    page, facts = passbook_part(
        session,
        book_id=book_id,
        account_id=savings.account_id,
        first_n=max(before - most, 1),
        last_n=before - 1,
    )
    return [line_of(line, facts[line.entry_number]) for line in reversed(page.lines)]


def paid_out(session: Session, *, member: Member, number: int) -> PaidOut:
    """Give what an entry paid out to a member.

    Raises:
        SlipNotFound: There is no such entry, or it paid nothing out to them.
    """
    try:
        entry = journal_entry(session, book_id=member.book_id, number=number)
    except NoSuchEntry as missing:
        raise SlipNotFound(number=number) from missing
    debits = [posting for posting in entry.postings if posting.amount > 0]
    people = members_behind(
        session,
        book_id=member.book_id,
        account_ids=[posting.account_id for posting in debits],
    )
    is_leaving = entry.kind == EntryKind.LEAVING
    owners = {person.member_id for person in people.values()}
    if (
        not owners
        and is_leaving
        and (entry.entered_on, entry.memo)
        == (
            member.left_on,
            member.left_because,
        )
    ):
        owners = {member.id}
    if entry.kind not in PAYS_OUT or owners != {member.id}:
        raise SlipNotFound(number=number)
    lines = tuple(
        (
            people[posting.account_id].product_name
            if posting.account_id in people
            else posting.name,
            posting.amount,
        )
        for posting in debits
    )
    return PaidOut(entry, lines, total(amount for _name, amount in lines), is_leaving)
