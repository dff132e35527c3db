"""Writing the book: open it, open accounts in it, post to it, take back, close a month.

Everything that posts goes through ``post_batch``. It locks the book's row before it reads anything,
so within one book entries stand in one order without gaps, and two books never wait for each other.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from operator import attrgetter
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.chart import STANDARD_FUNDS, ChartRow, Fund, Keeps, Kind, standard_chart
from ledger.entry import EntryDraft, EntryKind, PostingDraft, mirror_image
from ledger.errors import Conflict, NotFound, RuleBroken
from ledger.models import Account, Book, Entry, Period, Posting
from ledger.models import Fund as FundRow
from ledger.money import Satang, format_baht
from ledger.period import check_date, month_of, next_month
from ledger.rows import BatchRows, Head, Heads, MonthRow, OpenBatch, Row, Rows, rows_of
from ledger.seal import SALT_BYTES, first_seal, link, memo_digest, moment_text, said_bytes

BANGKOK = ZoneInfo("Asia/Bangkok")
LONGEST_KEY = 200


class BookNotFound(NotFound):
    """There is no such book."""

    thai = "ไม่พบสมุดบัญชีของกลุ่มนี้"


class AccountNotFound(NotFound):
    """There is no such account in the book."""

    thai = "ไม่พบบัญชีนี้ในสมุด"


class EntryNotFound(NotFound):
    """There is no such entry in the book."""

    thai = "ไม่พบรายการบัญชีเลขที่ {number}"


class AccountExists(Conflict):
    """The book has an account of this code in this fund already."""

    thai = "มีบัญชีรหัส {code} ในกองทุน {fund} อยู่แล้ว"


class KeyUsedForAnother(Conflict):
    """The idempotency key was used before, for a request that said something else."""

    thai = "รายการชุดนี้เคยส่งแล้วด้วยเนื้อหาอื่น เปิดหน้าใหม่แล้วทำอีกครั้ง"


class AlreadyReversed(Conflict):
    """The entry has been taken back before."""

    thai = "รายการเลขที่ {number} กลับรายการไปแล้ว"


class AccountTakesNoPostings(RuleBroken):
    """A control account is the sum of the accounts under it, and a closed one takes nothing."""

    thai = "บัญชี {code} ลงรายการโดยตรงไม่ได้ เพราะเป็นบัญชีคุมหรือปิดบัญชีแล้ว"


class WrongFund(RuleBroken):
    """The posting names another fund than the account belongs to."""

    thai = "บัญชี {code} ไม่ได้อยู่ในกองทุน {fund}"


class BalanceTooLow(RuleBroken):
    """The account would fall below zero."""

    thai = "ยอดคงเหลือของบัญชี {code} ไม่พอ มีอยู่ {balance} บาท"


class SameOfficerTwice(RuleBroken):
    """The one who writes an entry cannot also be the second officer."""

    thai = "ผู้อนุมัติต้องเป็นกรรมการอีกคน ไม่ใช่ผู้ลงรายการเอง"


class ReversalOfReversal(RuleBroken):
    """What takes an entry back is not taken back itself; the right entry is written anew."""

    thai = "รายการเลขที่ {number} เป็นการกลับรายการอยู่แล้ว ให้ลงรายการที่ถูกต้องใหม่"


class MonthNotOver(RuleBroken):
    """A month is closed after its last day."""

    thai = "เดือนนี้ยังไม่สิ้นสุด ปิดบัญชีได้ตั้งแต่วันแรกของเดือนถัดไป"


class MonthClosedAlready(Conflict):
    """The month, or a later one, has been closed."""

    thai = "เดือนนี้ปิดบัญชีแล้ว"


class SuspenseNotCleared(RuleBroken):
    """A suspense or opening-clearing account is not zero."""

    thai = "บัญชี {code} {name} ยังไม่เป็นศูนย์ ต้องล้างให้เป็นศูนย์ก่อนปิดเดือน"


@dataclass(frozen=True, slots=True)
class PostedBatch:
    """What was posted, or had been posted before under the same key.

    Attributes:
        first_number: The number of the first entry.
        last_number: The number of the last entry.
        head_seal: The seal of the last entry.
        replayed: True when the request had been posted before and nothing was written now.
    """

    first_number: int
    last_number: int
    head_seal: bytes
    replayed: bool

    @property
    def numbers(self) -> range:
        """The numbers of the entries, in order."""
        return range(self.first_number, self.last_number + 1)


def open_book(session: Session, *, code: str, name: str, opened_at: datetime) -> Book:
    """Open an empty book. Its code is sealed into every entry and never changes."""
    book = Book(
        code=code,
        name=name,
        opened_at=opened_at,
        head_number=None,
        head_batch=None,
        head_seal=first_seal(code),
        head_recorded_at=opened_at,
    )
    session.add(book)
    session.flush()
    return book


def open_funds(session: Session, *, book_id: int, funds: Iterable[Fund] = STANDARD_FUNDS) -> None:
    """Open purses in a book."""
    session.add_all(
        FundRow(
            book_id=book_id,
            code=fund.code,
            name_th=fund.thai,
            name_en=fund.english,
            may_be_lent=int(fund.may_be_lent),
        )
        for fund in funds
    )
    session.flush()


def open_chart(
    session: Session, *, book_id: int, opened_on: date, rows: Iterable[ChartRow] | None = None
) -> dict[tuple[str, str], int]:
    """Open every account of a chart, the standard one by default.

    Returns:
        The numbers of the accounts by code and fund.
    """
    opened = {}
    next_id = _next_account_id(session, book_id=book_id)
    for number, row in enumerate(standard_chart() if rows is None else rows, start=next_id):
        opened[row.code, row.fund] = number
        session.add(
            _new_account(
                book_id=book_id,
                account_id=number,
                code=row.code,
                fund=row.fund,
                kind=row.kind,
                keeps=row.keeps,
                holds=row.holds,
                control_id=None,
                names=(row.thai, row.english),
                opened_on=opened_on,
            )
        )
    session.flush()
    return opened


def open_account(
    session: Session,
    *,
    book_id: int,
    code: str,
    fund: str,
    kind: Kind,
    name_th: str,
    name_en: str,
    opened_on: date,
    keeps: Keeps = Keeps.EITHER,
    holds: str = "",
) -> Account:
    """Open one account of its own.

    Raises:
        AccountExists: The code is taken in this fund.
    """
    _refuse_taken(session, book_id=book_id, code=code, fund=fund)
    account = _new_account(
        book_id=book_id,
        account_id=_next_account_id(session, book_id=book_id),
        code=code,
        fund=fund,
        kind=kind,
        keeps=keeps,
        holds=holds,
        control_id=None,
        names=(name_th, name_en),
        opened_on=opened_on,
    )
    session.add(account)
    session.flush()
    return account


def standard_account(
    session: Session, *, book_id: int, code: str, fund: str, opened_on: date
) -> Account:
    """Give an account of the standard chart in a fund; a book without it is given it now.

    A book that was opened when the chart was shorter has none of what was added since.
    """
    there = session.scalar(
        select(Account).where(
            Account.book_id == book_id, Account.code == code, Account.fund == fund
        )
    )
    if there is not None:
        return there
    row = next(row for row in standard_chart() if (row.code, row.fund) == (code, fund))
    return open_account(
        session,
        book_id=book_id,
        code=code,
        fund=fund,
        kind=row.kind,
        name_th=row.thai,
        name_en=row.english,
        opened_on=opened_on,
        keeps=row.keeps,
        holds=row.holds,
    )


def open_account_under(
    session: Session, *, control: Account, suffix: str, name: str, opened_on: date
) -> Account:
    """Open an account under a control account, such as one member's savings.

    Its code is the control's with the suffix behind it; its fund and kind are the control's, and
    it never falls below zero.

    Raises:
        AccountExists: The code is taken.
    """
    assert control.holds, control.code
    code = f"{control.code}-{suffix}"
    _refuse_taken(session, book_id=control.book_id, code=code, fund=control.fund)
    debit_side = control.kind in {Kind.ASSET, Kind.EXPENSE}
    account = _new_account(
        book_id=control.book_id,
        account_id=_next_account_id(session, book_id=control.book_id),
        code=code,
        fund=control.fund,
        kind=control.kind,
        keeps=Keeps.DEBIT if debit_side else Keeps.CREDIT,
        holds="",
        control_id=control.id,
        names=(name, name),
        opened_on=opened_on,
    )
    session.add(account)
    session.flush()
    return account


def _new_account(
    *,
    book_id: int,
    account_id: int,
    code: str,
    fund: str,
    kind: Kind,
    keeps: Keeps,
    holds: str,
    control_id: int | None,
    names: tuple[str, str],
    opened_on: date,
) -> Account:
    return Account(
        book_id=book_id,
        id=account_id,
        code=code,
        fund=fund,
        kind=kind,
        keeps=keeps,
        holds=holds,
        control_id=control_id,
        name_th=names[0],
        name_en=names[1],
        opened_on=opened_on,
        closed_on=None,
        n=0,
        balance_satang=Satang(0),
    )


def _next_account_id(session: Session, *, book_id: int) -> int:
    newest = session.scalar(select(func.max(Account.id)).where(Account.book_id == book_id))
    return (newest or 0) + 1


def _refuse_taken(session: Session, *, book_id: int, code: str, fund: str) -> None:
    taken = select(Account.id).where(
        Account.book_id == book_id, Account.code == code, Account.fund == fund
    )
    if session.scalar(taken) is not None:
        raise AccountExists(code=code, fund=fund)


def post_batch(
    session: Session,
    *,
    book_id: int,
    drafts: Sequence[EntryDraft],
    idempotency_key: str,
    posted_by: str,
    posted_at: datetime,
    approved_by: str | None = None,
) -> PostedBatch:
    """Post entries to a book, all or none, and seal each.

    Args:
        session: A session opened for writing.
        book_id: The book.
        drafts: The entries, in the order of the book; at least one.
        idempotency_key: What makes this request the same request when it is sent again.
        posted_by: The mark of the officer who writes.
        posted_at: Now, aware. What is recorded never runs backwards: it is this moment, or the
            last recorded one when that is later.
        approved_by: The mark of the second officer, where one is needed.

    Raises:
        BookNotFound: There is no such book.
        KeyUsedForAnother: The key was used for a request that said something else.
        SameOfficerTwice: The second officer is the first.
        FutureDate, TooLongAgo, PeriodClosed: A business day may not be posted.
        AccountNotFound, WrongFund, AccountTakesNoPostings: A posting cannot stand where it says.
        AlreadyReversed: An entry that a draft takes back was taken back before.
        BalanceTooLow: A cash box or savings account would be below zero after the batch.
    """
    assert drafts
    assert len(idempotency_key) <= LONGEST_KEY, idempotency_key
    if approved_by is not None and approved_by == posted_by:
        raise SameOfficerTwice(officer=posted_by)
    lines = [[*map(_LINE, draft.postings)] for draft in drafts]
    digest = _digest_of(drafts, lines)
    session.flush()
    rows = rows_of(session)
    opened = rows.open_batch(
        book_id=book_id,
        idempotency_key=idempotency_key,
        account_ids=sorted({line[0] for of_entry in lines for line in of_entry}),
        since=month_of(min(draft.entered_on for draft in drafts)),
    )
    if opened is None:
        raise BookNotFound(book_id=book_id)
    head = opened.head
    if head.posted_before is not None:
        return _replay(head, digest=digest, idempotency_key=idempotency_key)
    today = posted_at.astimezone(BANGKOK).date()
    for day in sorted({draft.entered_on for draft in drafts}):
        check_date(entered_on=day, today=today, closed_until=head.closed_until)
    _check_accounts(opened.accounts, lines)
    _refuse_second_reversals(rows, book_id=book_id, drafts=drafts)
    batch = _seal_batch(
        opened,
        drafts=drafts,
        lines=lines,
        signatures=(posted_by, approved_by, max(posted_at, head.recorded_at)),
        key=(idempotency_key, digest),
    )
    rows.write(batch)
    return PostedBatch(batch.first, batch.last, batch.seal, replayed=False)


def lock_book(session: Session, *, book_id: int, idempotency_key: str = "") -> Head:
    """Lock a book before reading what a rule rests on, until the transaction ends.

    With a key, the head tells whether that request was posted before.

    Raises:
        BookNotFound: There is no such book.
    """
    session.flush()
    head = rows_of(session).lock_book(book_id=book_id, idempotency_key=idempotency_key)
    if head is None:
        raise BookNotFound(book_id=book_id)
    return head


#: An entry's postings are read several times; as plain tuples that is three times as fast.
_LINE = attrgetter("account_id", "fund", "amount")
Line = tuple[int, str, int]


def _digest_of(drafts: Sequence[EntryDraft], lines: list[list[Line]]) -> bytes:
    return sha256(
        orjson.dumps(
            [
                [d.entered_on, d.kind, d.memo, d.reference, d.reverses_number, of_entry]
                for d, of_entry in zip(drafts, lines, strict=True)
            ]
        )
    ).digest()


def _replay(head: Head, *, digest: bytes, idempotency_key: str) -> PostedBatch:
    assert head.posted_before is not None
    first, last, digest_then = head.posted_before
    if digest_then != digest:
        raise KeyUsedForAnother(key=idempotency_key)
    return PostedBatch(first, last, head.seal, replayed=True)


def _check_accounts(accounts: Heads, lines: list[list[Line]]) -> None:
    """Refuse the first posting that cannot stand where it says."""
    for of_entry in lines:
        for account_id, fund, _amount in of_entry:
            account = accounts.get(account_id)
            if account is None:
                raise AccountNotFound(account_id=account_id)
            if account.fund != fund:
                raise WrongFund(code=account.code, fund=fund)
            if account.holds or account.closed:
                raise AccountTakesNoPostings(code=account.code)


def _refuse_second_reversals(rows: Rows, *, book_id: int, drafts: Sequence[EntryDraft]) -> None:
    reversing = [d.reverses_number for d in drafts if d.reverses_number is not None]
    if reversing:
        twice = [number for i, number in enumerate(reversing) if number in reversing[:i]]
        for number in (*twice, *rows.reversed_among(book_id=book_id, numbers=reversing)):
            raise AlreadyReversed(number=number)


def _seal_batch(
    opened: OpenBatch,
    *,
    drafts: Sequence[EntryDraft],
    lines: list[list[Line]],
    signatures: tuple[str, str | None, datetime],
    key: tuple[str, bytes],
) -> BatchRows:
    """Number, add up and link the entries. Nothing here asks the database."""
    head, accounts = opened.head, opened.accounts
    posted_by, approved_by, recorded_at = signatures
    book_id, first, seal = head.book_id, head.number + 1, head.seal
    moment = moment_text(recorded_at)
    rows: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
    entries, postings, memos = rows
    balances = {account_id: [a.n, a.balance] for account_id, a in accounts.items()}
    codes = {account_id: account.code for account_id, account in accounts.items()}
    added: dict[str, Added] = {}
    days: dict[date, tuple[str, Added]] = {}
    for number, (draft, of_entry) in enumerate(zip(drafts, lines, strict=True), start=first):
        if draft.entered_on not in days:
            of_month = added.setdefault(month_of(draft.entered_on).isoformat(), {})
            days[draft.entered_on] = draft.entered_on.isoformat(), of_month
        day, month = days[draft.entered_on]
        total, sealed_postings = 0, []
        for line, (account_id, fund, amount) in enumerate(of_entry, start=1):
            balance = balances[account_id]
            balance[0] += 1
            balance[1] += amount
            postings.append(
                (book_id, account_id, balance[0], number, line, fund, amount, balance[1])
            )
            sealed_postings.append((codes[account_id], fund, amount))
            sides = month.get(account_id)
            if sides is None:
                sides = month[account_id] = [0, 0]
            if amount > 0:
                total += amount
                sides[0] += amount
            else:
                sides[1] -= amount
        digest = _keep_memo(memos, book_id, number, draft.memo) if draft.memo else b""
        kind, reference, reverses = draft.kind.value, draft.reference, draft.reverses_number
        said = said_bytes(
            *(head.code, number, kind, day, moment, posted_by, approved_by),
            *(reference, digest, reverses, sealed_postings),
        )
        previous, seal = seal, link(seal, said)
        entries.append(
            (
                *(book_id, number, first, kind, day, moment, posted_by, approved_by),
                *(reference, total, digest, reverses, previous, seal),
            )
        )
    _refuse_low_balances(accounts, balances)
    last = head.number + len(drafts)
    return BatchRows(
        book_id=book_id,
        first=first,
        last=last,
        seal=seal,
        recorded_at=moment,
        entries=entries,
        postings=postings,
        memos=memos,
        accounts=[(n, balance, book_id, account) for account, (n, balance) in balances.items()],
        months=_months_after(opened, added),
        key=(book_id, *key, first, last),
    )


def _keep_memo(memos: list[Row], book_id: int, number: int, memo: str) -> bytes:
    """Put a memo aside under a salt of its own, and give its digest, which is what is sealed."""
    salt = os.urandom(SALT_BYTES)
    memos.append((book_id, number, memo, salt))
    return memo_digest(salt, memo)


def _refuse_low_balances(accounts: Heads, balances: dict[int, list[int]]) -> None:
    for account_id, account in accounts.items():
        balance = balances[account_id][1]
        low = (account.keeps == Keeps.DEBIT and balance < 0) or (
            account.keeps == Keeps.CREDIT and balance > 0
        )
        if low:
            raise BalanceTooLow(
                code=account.code,
                account_id=account_id,
                balance=format_baht(Satang(abs(account.balance))),
            )


#: What is added to one month: by account, the debits and the credits.
Added = dict[int, list[int]]
NOTHING = (0, 0)


def _months_after(opened: OpenBatch, added: dict[str, Added]) -> list[MonthRow]:
    """Give the months of accounts that change: what is added to, and what later ones open with."""
    book_id, changed = opened.head.book_id, []
    for account_id, account in opened.accounts.items():
        known = opened.months.get(account_id, {})
        # Whatever was posted before the earliest of these months.
        balance = account.balance - sum(debit - credit for _o, debit, credit in known.values())
        for month in sorted(known.keys() | added.keys()):
            debited, credited = added.get(month, {}).get(account_id, NOTHING)
            before = known.get(month)
            if before is not None:
                debited, credited = debited + before[1], credited + before[2]
            elif not debited and not credited:
                continue
            if before != (balance, debited, credited):
                changed.append((book_id, account_id, month, balance, debited, credited))
            balance += debited - credited
    return changed


def reverse_entry(
    session: Session,
    *,
    book_id: int,
    number: int,
    entered_on: date,
    memo: str,
    idempotency_key: str,
    posted_by: str,
    posted_at: datetime,
    approved_by: str | None = None,
) -> PostedBatch:
    """Take an entry back by its mirror image, dated in an open month.

    The old month keeps its figures. Both entries stay, each linked to the other.

    Raises:
        EntryNotFound: There is no such entry.
        ReversalOfReversal: The entry takes another back itself.
        AlreadyReversed: It was taken back before.
        And whatever ``post_batch`` raises.
    """
    draft = reversal_draft(
        session, book_id=book_id, number=number, entered_on=entered_on, memo=memo
    )
    return post_batch(
        session,
        book_id=book_id,
        drafts=[draft],
        idempotency_key=idempotency_key,
        posted_by=posted_by,
        posted_at=posted_at,
        approved_by=approved_by,
    )


def reversal_draft(
    session: Session, *, book_id: int, number: int, entered_on: date, memo: str
) -> EntryDraft:
    """Draft the mirror image of a posted entry, to be posted alone or with its correction.

    Raises:
        EntryNotFound: There is no such entry.
        ReversalOfReversal: The entry takes another back itself.
    """
    entry = session.get(Entry, (book_id, number))
    if entry is None:
        raise EntryNotFound(number=number)
    if entry.reverses_number is not None:
        raise ReversalOfReversal(number=number)
    lines = session.scalars(
        select(Posting)
        .where(Posting.book_id == book_id, Posting.entry_number == number)
        .order_by(Posting.line)
    )
    original = EntryDraft(
        entered_on=entry.entered_on,
        kind=EntryKind(entry.kind),
        reference=entry.reference,
        postings=tuple(
            PostingDraft(line.account_id, line.fund, line.amount_satang) for line in lines
        ),
    )
    return mirror_image(original, of_number=number, entered_on=entered_on, memo=memo)


#: Accounts that must be zero before a month is closed: suspense and opening-balance clearing.
CLEARED_AT_CLOSE = ("59010", "39010")


def close_period(
    session: Session, *, book_id: int, month: date, closed_by: str, closed_at: datetime
) -> Period:
    """Close a month, and with it every month before; it takes nothing any more.

    Raises:
        BookNotFound: There is no such book.
        MonthNotOver: Its last day has not passed.
        MonthClosedAlready: It is closed.
        SuspenseNotCleared: A suspense account is not zero.
    """
    month = month_of(month)
    if closed_at.astimezone(BANGKOK).date() < next_month(month):
        raise MonthNotOver(month=month)
    head = lock_book(session, book_id=book_id)
    if head.closed_until is not None and head.closed_until >= month:
        raise MonthClosedAlready(month=month)
    uncleared = session.scalars(
        select(Account).where(
            Account.book_id == book_id,
            Account.code.in_(CLEARED_AT_CLOSE),
            Account.balance_satang != 0,
        )
    ).first()
    if uncleared is not None:
        raise SuspenseNotCleared(code=uncleared.code, name=uncleared.name_th)
    period = Period(
        book_id=book_id,
        month=month,
        closed_at=max(closed_at, head.recorded_at),
        closed_by=closed_by,
        head_number=head.number,
        head_seal=head.seal,
    )
    session.add(period)
    session.flush()
    return period
