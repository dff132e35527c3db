"""The postings of entries, with whose savings, loan or deposit each account is."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from audit.queries.keys import Key, among
from audit.sentences import BORROWED, KEPT, LENT, Line
from ledger.models import Account, Posting
from loans.kinds import Side
from loans.models import GroupAccount, Loan
from members.models import Group, Member, Product, SavingsAccount
from members.queries import full_name

#: Whose an account is: a name, a member's number or nothing, and what it is.
Whose = tuple[str, str, str]
NOBODYS: Whose = ("", "", "")


def lines_of(session: Session, keys: Sequence[Key]) -> dict[Key, list[Line]]:
    """Give the postings of entries, with whose savings or loan each account is."""
    rows = session.execute(
        select(
            Posting.book_id,
            Posting.entry_number,
            Posting.account_id,
            Account.code,
            Account.name_th,
            Posting.fund,
            Posting.amount_satang,
            Account.control_id,
            Member,
            Product.kind,
        )
        .join(Account, and_(Account.book_id == Posting.book_id, Account.id == Posting.account_id))
        .outerjoin(
            SavingsAccount,
            and_(
                SavingsAccount.book_id == Posting.book_id,
                SavingsAccount.account_id == Posting.account_id,
            ),
        )
        .outerjoin(
            Member,
            and_(Member.book_id == SavingsAccount.book_id, Member.id == SavingsAccount.member_id),
        )
        .outerjoin(
            Product,
            and_(
                Product.book_id == SavingsAccount.book_id,
                Product.code == SavingsAccount.product_code,
            ),
        )
        .where(among(Posting.book_id, Posting.entry_number, keys))
        .order_by(Posting.book_id, Posting.entry_number, Posting.line)
    ).all()
    under_control = {(row[0], row[2]) for row in rows if row[7] is not None and row[8] is None}
    others = _others_behind(session, sorted(under_control)) if under_control else {}
    lines: dict[Key, list[Line]] = {}
    row: Any
    for row in rows:
        book_id, number, *account, _control, member, product = row
        whose: Any = others.get((book_id, account[0]), NOBODYS)
        if member is not None:
            whose = (full_name(member), member.number, str(product))
        lines.setdefault((book_id, number), []).append(Line(*account, *whose))
    return lines


def _others_behind(session: Session, accounts: Sequence[Key]) -> dict[Key, Whose]:
    """Tell whose loans, borrowings and deposits of other groups some accounts are."""
    loans = session.execute(
        select(Loan, Member, Group.name)
        .outerjoin(Member, and_(Member.book_id == Loan.book_id, Member.id == Loan.member_id))
        .outerjoin(Group, Group.book_id == Loan.other_book_id)
        .where(among(Loan.book_id, Loan.account_id, accounts))
    )
    behind: dict[Key, Whose] = {}
    for loan, member, group in loans:
        name = full_name(member) if member is not None else group or loan.lender
        number = member.number if member is not None else ""
        what = LENT if loan.side is Side.LENT else BORROWED
        behind[loan.book_id, loan.account_id] = (name, number, what)
    deposits = session.execute(
        select(GroupAccount.book_id, GroupAccount.account_id, Group.name)
        .join(Group, Group.book_id == GroupAccount.other_book_id)
        .where(among(GroupAccount.book_id, GroupAccount.account_id, accounts))
    )
    behind |= {(book_id, account): (name, "", KEPT) for book_id, account, name in deposits}
    return behind
