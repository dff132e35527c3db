"""What both halves of money between groups share: who sends, the accounts, the entry."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind, PostingDraft
from ledger.errors import RuleBroken
from ledger.models import Account
from ledger.money import ZERO, Satang
from ledger.services import PostedBatch, open_account_under, post_batch, standard_account
from loans.kinds import DepositSide, Purpose, Side, Through
from loans.models import GroupAccount
from loans.postings import ACCOUNTS
from loans.queries.loans import money_account
from loans.schedule import Terms
from loans.services.lending import Contract, Party
from loans.services.records import refuse_low_money
from members.models import Group

#: Everything between groups goes through the purse of savings and loans.
FUND = "SAV"
CONTROL_OF = {DepositSide.WITH_OTHER: "12610", DepositSide.OF_OTHER: "21090"}
KEPT_IN_THAI = {DepositSide.WITH_OTHER: "เงินฝากกับ", DepositSide.OF_OTHER: "เงินรับฝากจาก"}


class OldAccount(RuleBroken):
    """The account was posted to before accounts were opened under it, one a group or contract."""

    thai = (
        "บัญชี {code} ในสมุดของ{group} เคยลงรายการตรงมาก่อน จึงเปิดบัญชีย่อยแยกแต่ละกลุ่มไม่ได้ "
        "แจ้งผู้ดูแลระบบให้ช่วยย้ายยอดเดิมก่อน ยังไม่ได้บันทึกอะไร"
    )


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent, and by whom; ``amount`` in satang.

    Attributes:
        amount: What is sent, above zero.
        moved_on: The day, for both halves.
        through: Out of the cash box, or the bank account.
        note: What is written about it, or empty.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer.
        approved_by: The mark of the second officer.
        at: Now, aware.
    """

    amount: Satang
    moved_on: date
    through: Through
    note: str
    idempotency_key: str
    by: str
    approved_by: str
    at: datetime


def contract_between(
    *,
    side: Side,
    other_book_id: int,
    terms: Terms,
    reference: str,
    moved_on: date,
    resolution: str,
) -> Contract:
    """Give the contract of one side: both have the same terms, number and day."""
    return Contract(
        side=side,
        purpose=Purpose.CHILD_GROUP if side is Side.LENT else Purpose.MOTHER_GROUP,
        party=Party(other_book_id=other_book_id),
        terms=terms,
        fees=ZERO,
        charge_name="ดอกเบี้ย",
        contract_on=moved_on,
        resolution=resolution,
        reference=reference,
    )


def post_half(
    session: Session,
    *,
    book_id: int,
    reference: str,
    postings: tuple[PostingDraft, ...],
    what: str,
    sent: Sending,
) -> PostedBatch:
    """Post one half under the shared reference; ``what`` is said of it, before the note."""
    return post_batch(
        session,
        book_id=book_id,
        drafts=[
            EntryDraft(
                entered_on=sent.moved_on,
                kind=EntryKind.BETWEEN_GROUPS,
                memo=f"{what} {sent.note}".strip(),
                reference=reference,
                postings=postings,
            )
        ],
        idempotency_key=sent.idempotency_key,
        posted_by=sent.by,
        posted_at=sent.at,
        approved_by=sent.approved_by or None,
    )


def check_loan_accounts(session: Session, *, mother_book_id: int, child_book_id: int) -> None:
    """Refuse a loan whose accounts cannot be opened in both books.

    Raises:
        OldAccount: One of them was posted to before accounts stood under it.
    """
    for book_id, purpose in (
        (mother_book_id, Purpose.CHILD_GROUP),
        (child_book_id, Purpose.MOTHER_GROUP),
    ):
        check_control(session, book_id=book_id, code=ACCOUNTS[purpose].control)


def check_control(session: Session, *, book_id: int, code: str) -> None:
    """Refuse an account under which none can be opened.

    Raises:
        OldAccount: It was posted to before accounts stood under it.
    """
    account = session.scalar(
        select(Account).where(
            Account.book_id == book_id, Account.code == code, Account.fund == FUND
        )
    )
    # A book without the account is given it when it is needed, as one that holds others.
    if account is not None and not account.holds:
        raise OldAccount(code=code, group=name_of(session, book_id))


def deposit_account(
    session: Session, *, book_id: int, other_book_id: int, side: DepositSide, on: date
) -> int:
    """Give the account of what is kept between two groups; the first time it is opened."""
    there = session.get(GroupAccount, (book_id, other_book_id, side))
    if there is not None:
        return there.account_id
    code = CONTROL_OF[side]
    check_control(session, book_id=book_id, code=code)
    other = session.get_one(Group, other_book_id)
    account = open_account_under(
        session,
        control=standard_account(session, book_id=book_id, code=code, fund=FUND, opened_on=on),
        suffix=other.code,
        name=f"{KEPT_IN_THAI[side]}{other.name}",
        opened_on=on,
    )
    session.add(
        GroupAccount(
            book_id=book_id,
            other_book_id=other_book_id,
            side=side,
            account_id=account.id,
            opened_on=on,
        )
    )
    session.flush()
    return account.id


def money_for(session: Session, *, book_id: int, sent: Sending) -> int:
    """Give the box or bank account that the money leaves, and refuse when it does not hold it."""
    number = money_account(session, book_id=book_id, fund=FUND, through=sent.through)
    refuse_low_money(session, book_id=book_id, account_id=number, amount=sent.amount)
    return number


def name_of(session: Session, book_id: int) -> str:
    """Give the name of a group."""
    return session.get_one(Group, book_id).name
