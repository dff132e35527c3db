"""Members: they join, promise, withdraw and leave. Money in is a receipt, written by the desk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind
from ledger.errors import Conflict, RuleBroken
from ledger.models import Account
from ledger.money import Satang, format_baht
from ledger.queries import account_by_id
from ledger.services import PostedBatch, lock_book, open_account_under, post_batch
from ledger.thai import mask_national_id, national_id_is_valid, search_text, sort_key
from members.by_laws import RuleName
from members.models import (
    Household,
    Member,
    PersonType,
    Pledge,
    Product,
    ProductKind,
    SavingsAccount,
)
from members.queries import (
    by_law,
    cash_accounts,
    full_name,
    member_by_number,
    products_of,
    savings_of,
)
from members.savings import AccountRef, leaving_postings, withdrawal_postings

NUMBER_DIGITS = 4
#: What may be taken out while one stays a member.
#: Source: pledges and shares come back on leaving; premiums are the purse's income and do not.
WITHDRAWABLE = frozenset({ProductKind.DEMAND, ProductKind.SPECIAL, ProductKind.HOUSING})
#: What is given back on leaving.
GIVEN_BACK = WITHDRAWABLE | {ProductKind.PLEDGE, ProductKind.SHARE}


class MemberNumberTaken(Conflict):
    """Another member of the group has the number."""

    thai = "เลขที่สมาชิก {number} มีคนใช้แล้ว"


class NationalIdWrong(RuleBroken):
    """The identity number's check digit is wrong."""

    thai = "เลขประจำตัวประชาชนไม่ถูก ตรวจตัวเลข 13 หลักอีกครั้ง หรือเว้นว่างไว้"


class PledgeOutOfBounds(RuleBroken):
    """The pledge is less or more than the by-laws allow."""

    thai = "สัจจะต้องอยู่ระหว่าง {least} ถึง {most} บาทต่อเดือนตามระเบียบของกลุ่ม"


class SharesNotWhole(RuleBroken):
    """Shares are paid in whole shares."""

    thai = "หุ้นละ {par} บาท จำนวนเงินค่าหุ้นต้องเป็นจำนวนเต็มหุ้น"


class NotWithdrawable(RuleBroken):
    """The product is not paid out while one is a member."""

    thai = "{name}ถอนระหว่างเป็นสมาชิกไม่ได้ จ่ายคืนเมื่อลาออก"


class NotEnoughSavings(RuleBroken):
    """The withdrawal is more than there is."""

    thai = "ยอดใน{name}มี {balance} บาท ไม่พอถอน"


class NotEnoughCash(RuleBroken):
    """The cash box of the purse does not hold what is to be paid out."""

    thai = "เงินสดในกองทุน {fund} มี {balance} บาท ไม่พอจ่าย ถอนจากธนาคารก่อน"


class HasLeft(RuleBroken):
    """The member left the group."""

    thai = "สมาชิกเลขที่ {number} พ้นจากการเป็นสมาชิกแล้ว"


@dataclass(frozen=True, slots=True)
class NewMember:
    """What is written down when somebody joins.

    Attributes:
        number: The member's number, or empty for the next free one.
        title: Such as นาง.
        given_name: The name under which Thais file.
        family_name: The family's.
        person_type: What the identity number says of them.
        national_id: Thirteen digits, or empty; only its mask is kept.
        telephone: Or empty.
        house_number: Or empty.
        village_code: Where they live, or None.
        beneficiary: Who is paid when they die, or empty.
        joined_on: The day.
    """

    number: str
    title: str
    given_name: str
    family_name: str
    person_type: PersonType
    national_id: str
    telephone: str
    house_number: str
    village_code: str | None
    beneficiary: str
    joined_on: date


def enrol(
    session: Session,
    *,
    book_id: int,
    person: NewMember,
    pledges: Mapping[str, Satang],
    by: str,
    at: datetime,
) -> Member:
    """Take somebody in: an account in each product of the group, and what they promise to pay.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        person: Who.
        pledges: For each product's code, what they promise to pay a collection day, in satang.
        by: The mark of the officer.
        at: Now, aware.

    Raises:
        NationalIdWrong: The identity number is not one.
        MemberNumberTaken: Another member has the number.
        PledgeOutOfBounds, SharesNotWhole: A promise is not what the by-laws allow.
    """
    if person.national_id and not national_id_is_valid(person.national_id):
        raise NationalIdWrong
    lock_book(session, book_id=book_id)
    number = person.number or next_member_number(session, book_id=book_id)
    taken = select(Member.id).where(Member.book_id == book_id, Member.number == number)
    if session.scalar(taken) is not None:
        raise MemberNumberTaken(number=number)
    newest = session.scalar(select(func.max(Member.id)).where(Member.book_id == book_id)) or 0
    household = _household(session, book_id=book_id, person=person)
    member = Member(
        book_id=book_id,
        id=newest + 1,
        number=number,
        title=person.title,
        given_name=person.given_name,
        family_name=person.family_name,
        sort_key=sort_key(f"{person.given_name} {person.family_name}"),
        search_text="",
        person_type=person.person_type,
        masked_national_id=mask_national_id(person.national_id) if person.national_id else "",
        telephone=person.telephone,
        household_id=None if household is None else household.id,
        beneficiary=person.beneficiary,
        walking_order=newest + 1,
        joined_on=person.joined_on,
        left_on=None,
        left_because="",
    )
    member.search_text = search_text(
        f"{full_name(member)} {number} {'' if household is None else household.house_number}"
    )
    session.add(member)
    session.flush()
    for product in products_of(session, book_id=book_id):
        open_savings_account(
            session, member=member, product_code=product.code, opened_on=person.joined_on
        )
        amount = pledges.get(product.code)
        if amount:
            change_pledge(
                session,
                book_id=book_id,
                number=number,
                product_code=product.code,
                amount=amount,
                holds_from=person.joined_on,
                by=by,
                at=at,
            )
    return member


def next_member_number(session: Session, *, book_id: int) -> str:
    """Give the number after the highest one that is only digits."""
    numbers = session.scalars(select(Member.number).where(Member.book_id == book_id))
    highest = max((int(n) for n in numbers if n.isascii() and n.isdigit()), default=0)
    return str(highest + 1).zfill(NUMBER_DIGITS)


def _household(session: Session, *, book_id: int, person: NewMember) -> Household | None:
    if not person.house_number or person.village_code is None:
        return None
    household = session.scalar(
        select(Household).where(
            Household.book_id == book_id,
            Household.village_code == person.village_code,
            Household.house_number == person.house_number,
        )
    )
    if household is None:
        newest = session.scalar(select(func.max(Household.id)).where(Household.book_id == book_id))
        household = Household(
            book_id=book_id,
            id=(newest or 0) + 1,
            house_number=person.house_number,
            village_code=person.village_code,
        )
        session.add(household)
        session.flush()
    return household


def open_savings_account(
    session: Session, *, member: Member, product_code: str, opened_on: date
) -> SavingsAccount:
    """Open a member's account in a product; it is a ledger account under the product's control."""
    product = session.get_one(Product, (member.book_id, product_code))
    control = account_by_id(session, book_id=member.book_id, account_id=product.control_account_id)
    account = open_account_under(
        session,
        control=control,
        suffix=member.number,
        name=f"{product.name} {full_name(member)}",
        opened_on=opened_on,
    )
    savings = SavingsAccount(
        book_id=member.book_id,
        account_id=account.id,
        member_id=member.id,
        product_code=product_code,
        opened_on=opened_on,
        closed_on=None,
    )
    session.add(savings)
    session.flush()
    return savings


def change_pledge(
    session: Session,
    *,
    book_id: int,
    number: str,
    product_code: str,
    amount: Satang,
    holds_from: date,
    by: str,
    at: datetime,
) -> Pledge:
    """Record what a member promises to pay each collection day for a product, from a day on.

    Raises:
        MemberNotFound: There is no such member.
        HasLeft: The member left.
        PledgeOutOfBounds, SharesNotWhole: It is not what the by-laws allow.
    """
    member = _present_member(session, book_id=book_id, number=number)
    product = session.get_one(Product, (book_id, product_code))
    _check_promise(session, product=product, amount=amount, on=holds_from)
    pledge = Pledge(
        book_id=book_id,
        member_id=member.id,
        product_code=product_code,
        holds_from=holds_from,
        recorded_at=at,
        amount_satang=amount,
        recorded_by=by,
    )
    session.add(pledge)
    session.flush()
    return pledge


def _check_promise(session: Session, *, product: Product, amount: Satang, on: date) -> None:
    def rule(name: RuleName) -> Satang:
        return Satang(by_law(session, book_id=product.book_id, name=name, on=on))

    if product.kind is ProductKind.PLEDGE and amount:
        least, most = rule(RuleName.PLEDGE_LEAST), rule(RuleName.PLEDGE_MOST)
        if not least <= amount <= most:
            raise PledgeOutOfBounds(least=format_baht(least), most=format_baht(most))
    if product.kind is ProductKind.SHARE:
        check_whole_shares(amount, par=rule(RuleName.SHARE_PAR))


def check_whole_shares(amount: Satang, *, par: Satang) -> None:
    """Refuse an amount that is not a whole number of shares; both in satang.

    Raises:
        SharesNotWhole: It is not.
    """
    if par and amount % par:
        raise SharesNotWhole(par=format_baht(par))


def withdraw(
    session: Session,
    *,
    book_id: int,
    number: str,
    product_code: str,
    amount: Satang,
    entered_on: date,
    memo: str,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
) -> PostedBatch:
    """Pay a member out of a savings account in cash, by two officers.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The member's number.
        product_code: The product.
        amount: What is paid out, in satang, above zero.
        entered_on: The day on which it is paid.
        memo: What is written about it, or empty.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer who pays.
        approved_by: The mark of the second officer.
        at: Now, aware.

    Raises:
        MemberNotFound: There is no such member.
        HasLeft: The member left.
        NotWithdrawable: The product is paid out on leaving only, or never.
        NotEnoughSavings: There is less in the account.
        NotEnoughCash: There is less in the box.
        And whatever ``post_batch`` raises.

    Source:
        Event E3; withdrawal papers are signed by two together.
    """
    member = _present_member(session, book_id=book_id, number=number)
    product = session.get_one(Product, (book_id, product_code))
    if product.kind not in WITHDRAWABLE:
        raise NotWithdrawable(name=product.name)
    savings = next(
        view
        for view in savings_of(session, book_id=book_id, member_id=member.id)
        if view.product_code == product_code
    )
    draft = EntryDraft(
        entered_on=entered_on,
        kind=EntryKind.WITHDRAWAL,
        memo=memo,
        postings=withdrawal_postings(
            savings=AccountRef(savings.account_id, savings.fund),
            money_account_id=cash_accounts(session, book_id=book_id)[savings.fund],
            amount=amount,
        ),
    )
    _refuse_low_savings_or_cash(session, draft=draft, book_id=book_id, key=idempotency_key)
    return post_batch(
        session,
        book_id=book_id,
        drafts=[draft],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
        approved_by=approved_by,
    )


def _refuse_low_savings_or_cash(
    session: Session, *, draft: EntryDraft, book_id: int, key: str
) -> None:
    """Say in the words of the table what the book would refuse in its own."""
    if lock_book(session, book_id=book_id, idempotency_key=key).posted_before is not None:
        return
    for posting in draft.postings:
        account = session.get_one(Account, (book_id, posting.account_id), populate_existing=True)
        if posting.amount > 0 and account.balance_satang + posting.amount > 0:
            raise NotEnoughSavings(
                name=account.name_th, balance=format_baht(Satang(-account.balance_satang))
            )
        if posting.amount < 0 and account.balance_satang + posting.amount < 0:
            raise NotEnoughCash(fund=account.fund, balance=format_baht(account.balance_satang))


def leave(
    session: Session,
    *,
    book_id: int,
    number: str,
    left_on: date,
    because: str,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
) -> PostedBatch | None:
    """Give a leaving member back what they saved, in cash, and close their accounts.

    Premiums are the welfare purse's income and are not given back. Nothing is posted, and None
    given, when there is nothing to give back.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The member's number.
        left_on: The day.
        because: Why: resigned, died, moved away.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer who pays.
        approved_by: The mark of the second officer.
        at: Now, aware.

    Raises:
        MemberNotFound: There is no such member.
        HasLeft: The member left before.
        NotEnoughCash: There is less in the box of a purse.
        And whatever ``post_batch`` raises.

    Source:
        Event E26, the resignation of a member without debts.
    """
    member = _present_member(session, book_id=book_id, number=number)
    cash = cash_accounts(session, book_id=book_id)
    owed = [
        view
        for view in savings_of(session, book_id=book_id, member_id=member.id)
        if view.product_kind in GIVEN_BACK and view.balance > 0
    ]
    posted = None
    if owed:
        draft = EntryDraft(
            entered_on=left_on,
            kind=EntryKind.LEAVING,
            memo=because,
            postings=leaving_postings(
                [(AccountRef(view.account_id, view.fund), view.balance) for view in owed],
                money=cash,
            ),
        )
        _refuse_low_savings_or_cash(session, draft=draft, book_id=book_id, key=idempotency_key)
        posted = post_batch(
            session,
            book_id=book_id,
            drafts=[draft],
            idempotency_key=idempotency_key,
            posted_by=by,
            posted_at=at,
            approved_by=approved_by,
        )
    for savings in session.scalars(
        select(SavingsAccount).where(
            SavingsAccount.book_id == book_id, SavingsAccount.member_id == member.id
        )
    ):
        savings.closed_on = left_on
        account = session.get_one(Account, (book_id, savings.account_id), populate_existing=True)
        account.closed_on = left_on
    member.left_on, member.left_because = left_on, because
    session.flush()
    return posted


def _present_member(session: Session, *, book_id: int, number: str) -> Member:
    member = member_by_number(session, book_id=book_id, number=number)
    if member.left_on is not None:
        raise HasLeft(number=number)
    return member
