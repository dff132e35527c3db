"""Posting a spreadsheet as a whole, and undoing it as a whole; each happens once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind, PostingDraft, mirror_image
from ledger.errors import Conflict, RuleBroken
from ledger.models import Account
from ledger.money import ZERO, Satang, format_baht
from ledger.queries import journal
from ledger.services import lock_book, post_batch
from ledger.thai import clean_text, search_text, sort_key, today_in_bangkok
from members.imports.facts import UNDONE, GroupFacts, facts_of
from members.imports.kept import State, What, checked_rows, import_of, state_of, sums_of
from members.imports.people import PersonRow, promised_from
from members.imports.savings import SavingsRow
from members.models import Import, Member, SavingsAccount
from members.queries import full_name, member_by_number
from members.services.people import (
    NewMember,
    change_pledge,
    enrol,
    household_for,
    in_words_of_the_table,
)

AT_A_TIME = 500
#: A reason stands in the memo of every entry that takes one back.
LONGEST_REASON = 200


class RowsAreWrong(RuleBroken):
    """Some rows have something wrong with them, so nothing of the sheet is written."""

    thai = "ยังบันทึกไม่ได้ มี {count} แถวที่ต้องแก้ แก้ในแฟ้มแล้วส่งใหม่ทั้งแฟ้ม"


class NothingToPost(RuleBroken):
    """No row moves anything."""

    thai = "ไม่มีแถวใดที่ต้องบันทึก"


class UndoneAlready(Conflict):
    """The sheet was posted and undone; it is sent again to be posted again."""

    thai = "แฟ้มนี้ยกเลิกไปแล้ว ถ้าต้องการบันทึกอีกครั้งให้ส่งแฟ้มใหม่"


class NotPostedYet(Conflict):
    """There is nothing to undo."""

    thai = "แฟ้มนี้ยังไม่ได้บันทึก จึงไม่มีอะไรให้ยกเลิก"


class ReasonNeeded(RuleBroken):
    """An undoing says why."""

    thai = "เขียนเหตุผลที่ยกเลิก เพื่อให้ผู้สอบทานเข้าใจ"


class SecondOfficerNeeded(RuleBroken):
    """The sheet pays members out, which one officer does not do alone."""

    thai = "แฟ้มนี้มีเงินออก {paid_out} บาท เงินออกต้องมีกรรมการสองคน ให้กรรมการอีกคนใส่รหัสผ่านของตนเอง"


class MembersHaveEntries(RuleBroken):
    """Money was posted for people whom the sheet brought in, so they are not simply taken out."""

    thai = "สมาชิกจากแฟ้มนี้มีรายการเงินแล้ว {count} คน (เลขที่ {numbers}) ยกเลิกทั้งแฟ้มไม่ได้ กลับรายการเงินก่อน"


@dataclass(frozen=True, slots=True)
class Written:
    """What a posting or an undoing wrote; ``replayed`` when it had been done before."""

    count: int
    first_number: int | None
    last_number: int | None
    replayed: bool


def post_at_the_table(
    session: Session, *, book_id: int, number: int, by: str, approved_by: str | None, at: datetime
) -> Written:
    """Do what ``post_import`` does; whoever pays members out by it needs a second officer.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The spreadsheet's number.
        by: The mark of the officer.
        approved_by: The mark of the second officer; None where nothing is paid out.
        at: Now, aware.

    Raises:
        SecondOfficerNeeded: Money is paid out, and nobody approved it.
        And whatever ``post_import`` raises.

    Source:
        Event E3; withdrawal papers are signed by two together.
    """
    lock_book(session, book_id=book_id)
    kept = import_of(session, book_id=book_id, number=number)
    if state_of(kept) is State.READ and approved_by is None:
        facts = facts_of(session, book_id=book_id, today=today_in_bangkok(at))
        paid_out = sums_of(checked_rows(kept, facts=facts))[2]
        if paid_out:
            raise SecondOfficerNeeded(paid_out=format_baht(Satang(paid_out)))
    return post_import(
        session, book_id=book_id, number=number, by=by, at=at, approved_by=approved_by
    )


def post_import(
    session: Session,
    *,
    book_id: int,
    number: int,
    by: str,
    at: datetime,
    approved_by: str | None = None,
) -> Written:
    """Write everything that a spreadsheet brings in, or nothing; sent again, it writes once.

    Whoever holds the machine may do so alone, and their entries say so; pages ask for a second
    officer by ``post_at_the_table``.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The spreadsheet's number.
        by: The mark of the officer.
        at: Now, aware.
        approved_by: The mark of the second officer, where one approved.

    Raises:
        ImportNotFound: There is none.
        UndoneAlready: It was posted and undone.
        RowsAreWrong: Some rows have something wrong.
        NothingToPost: No row moves anything.
        And whatever ``post_batch`` raises.
    """
    lock_book(session, book_id=book_id)
    kept = import_of(session, book_id=book_id, number=number)
    if state_of(kept) is State.UNDONE:
        raise UndoneAlready(number=number)
    if kept.posted_at is not None:
        return Written(kept.rows["sums"][0], kept.first_number, kept.last_number, replayed=True)
    facts = facts_of(session, book_id=book_id, today=today_in_bangkok(at))
    checked = checked_rows(kept, facts=facts)
    wrong = sum(1 for row in checked if row.problems)
    if wrong:
        raise RowsAreWrong(count=wrong)
    sums = sums_of(checked)
    if not sums[0]:
        raise NothingToPost
    added: dict[str, Any] = {"sums": sums, "posted_by": by}
    people = [row for row in checked if isinstance(row, PersonRow)]
    drafts = [row.draft for row in checked if isinstance(row, SavingsRow) and row.draft]
    if people:
        added["enrolled"] = _take_in(
            session, book_id=book_id, rows=people, facts=facts, by=by, at=at
        )
    if drafts:
        posted = post_batch(
            session,
            book_id=book_id,
            drafts=drafts,
            idempotency_key=f"import savings {number}",
            posted_by=by,
            posted_at=at,
            approved_by=approved_by,
        )
        kept.first_number, kept.last_number = posted.first_number, posted.last_number
    kept.rows = kept.rows | added
    kept.posted_at = at
    session.flush()
    return Written(sums[0], kept.first_number, kept.last_number, replayed=False)


def _take_in(
    session: Session,
    *,
    book_id: int,
    rows: Sequence[PersonRow],
    facts: GroupFacts,
    by: str,
    at: datetime,
) -> list[str]:
    """Enrol everybody, in the order of the sheet, and give their numbers."""
    numbers = []
    for row in rows:
        person = row.person
        assert person is not None, row
        returns = person.number in facts.members
        if returns:
            member = _return(session, book_id=book_id, person=person, facts=facts)
        else:
            member = enrol(session, book_id=book_id, person=person, pledges={}, by=by, at=at)
        member.masked_national_id = row.masked_national_id
        for product in facts.products:
            amount = row.pledges.get(product, ZERO)
            if not amount and not returns:
                continue
            change_pledge(
                session,
                book_id=book_id,
                number=member.number,
                product_code=product,
                amount=amount,
                holds_from=promised_from(person.joined_on, founded_on=facts.founded_on),
                by=by,
                at=at,
            )
        numbers.append(member.number)
    session.flush()
    return numbers


def _return(session: Session, *, book_id: int, person: NewMember, facts: GroupFacts) -> Member:
    """Take somebody in again whom an undone import had brought: same number, same accounts."""
    member = member_by_number(session, book_id=book_id, number=person.number)
    household = household_for(session, book_id=book_id, person=person)
    member.title, member.given_name = person.title, person.given_name
    member.family_name = person.family_name
    member.sort_key = sort_key(f"{person.given_name} {person.family_name}")
    member.search_text = search_text(f"{full_name(member)} {member.number} {person.house_number}")
    member.person_type = person.person_type
    member.household_id = None if household is None else household.id
    member.telephone, member.beneficiary = person.telephone, person.beneficiary
    member.joined_on, member.left_on, member.left_because = person.joined_on, None, ""
    for savings, account in _accounts(session, member):
        product = facts.products.get(savings.product_code)
        name = f"{product.name if product else savings.product_code} {full_name(member)}"
        account.name_th = account.name_en = name
        savings.opened_on = account.opened_on = person.joined_on
        savings.closed_on = account.closed_on = None
    session.flush()
    return member


def undo_import(
    session: Session, *, book_id: int, number: int, because: str, by: str, at: datetime
) -> Written:
    """Take back all that a spreadsheet brought in, or nothing; sent again, it takes back once.

    Entries are taken back by their mirror images in one batch, members leave.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The spreadsheet's number.
        because: Why.
        by: The mark of the officer.
        at: Now, aware.

    Raises:
        ImportNotFound: There is none.
        NotPostedYet: It was never posted.
        ReasonNeeded: Nothing says why.
        MembersHaveEntries: Money was posted for its members since.
        And whatever ``post_batch`` raises, such as ``BalanceTooLow`` when it was withdrawn since.
    """
    lock_book(session, book_id=book_id)
    kept = import_of(session, book_id=book_id, number=number)
    if state_of(kept) is State.UNDONE:
        count, first, last = kept.rows["undone"]
        return Written(count, first, last, replayed=True)
    if kept.posted_at is None:
        raise NotPostedYet(number=number)
    because = clean_text(because)
    if not because:
        raise ReasonNeeded
    today = today_in_bangkok(at)
    if What(kept.what) is What.MEMBERS:
        undone = _let_go(session, kept, because=because, on=today)
    else:
        undone = _reverse(session, kept, because=because, on=today, by=by, at=at)
    kept.rows = kept.rows | {
        "undone": [undone.count, undone.first_number, undone.last_number],
        "undone_by": by,
        "undone_because": because,
    }
    kept.undone_at = at
    session.flush()
    return undone


def _let_go(session: Session, kept: Import, *, because: str, on: date) -> Written:
    """Mark those whom the sheet brought in as left; none of them may have any entry."""
    numbers: list[str] = kept.rows["enrolled"]
    facts = facts_of(session, book_id=kept.book_id, today=on)
    lines = dict(
        session.execute(
            select(Account.id, Account.n).where(
                Account.book_id == kept.book_id, Account.control_id.is_not(None), Account.n > 0
            )
        ).all()
    )
    used = [
        number
        for number in numbers
        if any(facts.savings[key].id in lines for key in _keys(facts, number))
    ]
    if used:
        raise MembersHaveEntries(count=len(used), numbers=", ".join(used[:10]))
    gone = 0
    for number in numbers:
        member = member_by_number(session, book_id=kept.book_id, number=number)
        if member.left_on is None:
            member.left_on, member.left_because = on, f"{UNDONE} {kept.id}: {because}"
            for savings, account in _accounts(session, member):
                savings.closed_on = account.closed_on = on
            gone += 1
    return Written(gone, None, None, replayed=False)


def _accounts(session: Session, member: Member) -> list[tuple[SavingsAccount, Account]]:
    """Give a member's savings accounts, each with the ledger account that it is."""
    rows = session.execute(
        select(SavingsAccount, Account)
        .join(
            Account,
            and_(
                Account.book_id == SavingsAccount.book_id, Account.id == SavingsAccount.account_id
            ),
        )
        .where(SavingsAccount.book_id == member.book_id, SavingsAccount.member_id == member.id)
        .execution_options(populate_existing=True)
    )
    return [(savings, account) for savings, account in rows]


def _keys(facts: GroupFacts, number: str) -> list[tuple[str, str]]:
    return [(number, code) for code in facts.products if (number, code) in facts.savings]


def _reverse(
    session: Session, kept: Import, *, because: str, on: date, by: str, at: datetime
) -> Written:
    """Take every entry back that was not taken back before, the last one first."""
    assert kept.first_number is not None
    assert kept.last_number is not None
    drafts = []
    numbers = range(kept.last_number, kept.first_number - 1, -1)
    for start in range(0, len(numbers), AT_A_TIME):
        some = numbers[start : start + AT_A_TIME]
        for entry in journal(session, book_id=kept.book_id, numbers=some):
            if entry.reversed_by_number is not None:
                continue
            original = EntryDraft(
                entered_on=entry.entered_on,
                kind=EntryKind(entry.kind),
                reference=entry.reference,
                postings=tuple(
                    PostingDraft(p.account_id, p.fund, p.amount) for p in entry.postings
                ),
            )
            drafts.append(
                mirror_image(original, of_number=entry.number, entered_on=on, memo=because)
            )
    if not drafts:
        return Written(0, None, None, replayed=False)
    with in_words_of_the_table(session, book_id=kept.book_id):
        posted = post_batch(
            session,
            book_id=kept.book_id,
            drafts=drafts,
            idempotency_key=f"undo import {kept.id}",
            posted_by=by,
            posted_at=at,
        )
    return Written(len(drafts), posted.first_number, posted.last_number, replayed=False)
