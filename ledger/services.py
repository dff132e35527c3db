"""Writing the book: open it, open accounts in it, post to it, take back, close a month.

Everything that posts goes through ``post_batch``. It locks the book's row before it reads anything,
so within one book entries stand in one order without gaps, and two books never wait for each other.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
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
from ledger.rows import Head, Heads, MonthRow, Rows, rows_of
from ledger.seal import SALT_BYTES, canonical_bytes, first_seal, link, memo_digest

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
    digest = _digest_of(drafts)
    session.flush()
    rows = rows_of(session)
    head = rows.lock_book(book_id=book_id, idempotency_key=idempotency_key)
    if head is None:
        raise BookNotFound(book_id=book_id)
    if head.posted_before is not None:
        return _replay(head, digest=digest, idempotency_key=idempotency_key)
    today = posted_at.astimezone(BANGKOK).date()
    for draft in drafts:
        check_date(entered_on=draft.entered_on, today=today, closed_until=head.closed_until)
    recorded_at = max(posted_at, head.recorded_at)
    accounts = _accounts_for(rows, book_id=book_id, drafts=drafts)
    _refuse_second_reversals(rows, book_id=book_id, drafts=drafts)
    return _write(
        rows,
        head=head,
        accounts=accounts,
        drafts=drafts,
        signatures=(posted_by, approved_by, recorded_at),
        key=(idempotency_key, digest),
    )


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


def _digest_of(drafts: Sequence[EntryDraft]) -> bytes:
    return sha256(
        orjson.dumps(
            [
                [
                    draft.entered_on.isoformat(),
                    draft.kind,
                    draft.memo,
                    draft.reference,
                    draft.reverses_number,
                    [(p.account_id, p.fund, p.amount) for p in draft.postings],
                ]
                for draft in drafts
            ]
        )
    ).digest()


def _replay(head: Head, *, digest: bytes, idempotency_key: str) -> PostedBatch:
    assert head.posted_before is not None
    first, last, digest_then = head.posted_before
    if digest_then != digest:
        raise KeyUsedForAnother(key=idempotency_key)
    return PostedBatch(first, last, head.seal, replayed=True)


def _accounts_for(rows: Rows, *, book_id: int, drafts: Sequence[EntryDraft]) -> Heads:
    wanted = {posting.account_id for draft in drafts for posting in draft.postings}
    accounts = rows.account_heads(book_id=book_id, account_ids=sorted(wanted))
    if len(accounts) < len(wanted):
        raise AccountNotFound(accounts=sorted(wanted - accounts.keys()))
    for draft in drafts:
        for posting in draft.postings:
            account = accounts[posting.account_id]
            if account.fund != posting.fund:
                raise WrongFund(code=account.code, fund=posting.fund)
            if account.holds or account.closed:
                raise AccountTakesNoPostings(code=account.code)
    return accounts


def _refuse_second_reversals(rows: Rows, *, book_id: int, drafts: Sequence[EntryDraft]) -> None:
    reversing = [d.reverses_number for d in drafts if d.reverses_number is not None]
    if reversing:
        twice = [number for i, number in enumerate(reversing) if number in reversing[:i]]
        for number in (*twice, *rows.reversed_among(book_id=book_id, numbers=reversing)):
            raise AlreadyReversed(number=number)


def _write(
    rows: Rows,
    *,
    head: Head,
    accounts: Heads,
    drafts: Sequence[EntryDraft],
    signatures: tuple[str, str | None, datetime],
    key: tuple[str, bytes],
) -> PostedBatch:
    """Number, link and write the entries: the head first, then postings, then what seals them."""
    posted_by, approved_by, recorded_at = signatures
    first = head.number + 1
    seal = head.seal
    entries, postings, memos = [], [], []
    balances = {account_id: (a.n, a.balance) for account_id, a in accounts.items()}
    moment, days = rows.moment(recorded_at), {d.entered_on for d in drafts}
    day_of = {day: rows.day(day) for day in days}
    for number, draft in enumerate(drafts, start=first):
        sealed_postings = []
        for line, posting in enumerate(draft.postings, start=1):
            account_id, amount = posting.account_id, posting.amount
            n, balance = balances[account_id]
            n, balance = balances[account_id] = n + 1, balance + amount
            postings.append(
                (head.book_id, account_id, n, number, line, posting.fund, amount, balance)
            )
            sealed_postings.append((accounts[account_id].code, posting.fund, amount))
        digest = b""
        if draft.memo:
            salt = os.urandom(SALT_BYTES)
            digest = memo_digest(salt, draft.memo)
            memos.append((head.book_id, number, draft.memo, salt))
        previous, seal = (
            seal,
            link(
                seal,
                canonical_bytes(
                    book_code=head.code,
                    number=number,
                    kind=draft.kind,
                    entered_on=draft.entered_on,
                    recorded_at=recorded_at,
                    posted_by=posted_by,
                    approved_by=approved_by,
                    reference=draft.reference,
                    memo_digest=digest,
                    reverses_number=draft.reverses_number,
                    postings=sealed_postings,
                ),
            ),
        )
        entries.append(
            (
                head.book_id,
                number,
                first,
                draft.kind.value,
                day_of[draft.entered_on],
                moment,
                posted_by,
                approved_by,
                draft.reference,
                draft.amount,
                digest,
                draft.reverses_number,
                previous,
                seal,
            )
        )
    _refuse_low_balances(accounts, balances)
    last = first + len(drafts) - 1
    rows.move_head(book_id=head.book_id, number=last, seal=seal, recorded_at=moment)
    rows.insert_postings(postings)
    rows.insert_entries(entries)
    rows.insert_memos(memos)
    rows.update_accounts(
        [(n, balance, head.book_id, account_id) for account_id, (n, balance) in balances.items()]
    )
    _write_months(rows, book_id=head.book_id, accounts=accounts, drafts=drafts)
    rows.insert_key((head.book_id, key[0], key[1], first, last))
    return PostedBatch(first, last, seal, replayed=False)


def _refuse_low_balances(accounts: Heads, balances: dict[int, tuple[int, int]]) -> None:
    for account_id, (_n, balance) in balances.items():
        account = accounts[account_id]
        low = (account.keeps == Keeps.DEBIT and balance < 0) or (
            account.keeps == Keeps.CREDIT and balance > 0
        )
        if low:
            raise BalanceTooLow(
                code=account.code,
                account_id=account_id,
                balance=format_baht(Satang(abs(account.balance))),
            )


def _write_months(
    rows: Rows, *, book_id: int, accounts: Heads, drafts: Sequence[EntryDraft]
) -> None:
    """Add the drafts to the months of their accounts, and move what later months opened with."""
    added: dict[int, dict[date, list[int]]] = {account_id: {} for account_id in accounts}
    for draft in drafts:
        month = month_of(draft.entered_on)
        for posting in draft.postings:
            sides = added[posting.account_id].setdefault(month, [0, 0])
            sides[posting.amount < 0] += abs(posting.amount)
    earliest = min(month_of(draft.entered_on) for draft in drafts)
    months = rows.months_since(book_id=book_id, account_ids=sorted(accounts), month=earliest)
    changed: list[MonthRow] = []
    for account_id, account in accounts.items():
        known = months.get(account_id, {})
        fresh = added[account_id]
        # Whatever was posted before the earliest of these months.
        balance = account.balance - sum(debit - credit for _o, debit, credit in known.values())
        for month in sorted(known.keys() | fresh.keys()):
            debit_sum, credit_sum = fresh.get(month, (0, 0))
            _opening, debit_before, credit_before = known.get(month, (0, 0, 0))
            row = (balance, debit_before + debit_sum, credit_before + credit_sum)
            if known.get(month) != row:
                changed.append((book_id, account_id, rows.day(month), *row))
            balance += row[1] - row[2]
    rows.upsert_months(changed)


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
