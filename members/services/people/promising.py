"""Accounts in the group's products, and what a member promises to pay into them."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from ledger.errors import RuleBroken
from ledger.money import Satang, format_baht
from ledger.period import check_date
from ledger.queries import account_by_id, closed_until
from ledger.services import lock_book, open_account_under
from ledger.thai import format_date, today_in_bangkok
from members.by_laws import RuleName
from members.models import Member, Pledge, Product, ProductKind, SavingsAccount
from members.queries import by_law, full_name, pledge_history
from members.services.people.standing import present_member, product_of

FURTHEST_AHEAD = timedelta(days=366)


class PledgeOutOfBounds(RuleBroken):
    """The pledge is less or more than the by-laws allow."""

    thai = "สัจจะต้องอยู่ระหว่าง {least} ถึง {most} บาทต่อเดือนตามระเบียบของกลุ่ม"


class SharesNotWhole(RuleBroken):
    """Shares are paid in whole shares."""

    thai = "หุ้นละ {par} บาท จำนวนเงินค่าหุ้นต้องเป็นจำนวนเต็มหุ้น"


class PledgeTooFarAhead(RuleBroken):
    """The pledge would begin later than anybody plans."""

    thai = "สัจจะใหม่เริ่มได้ไม่เกินหนึ่งปีข้างหน้า คือไม่เกิน {latest} ตรวจปีอีกครั้ง"


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
        ProductNotFound: The group has no such product.
        PledgeOutOfBounds, SharesNotWhole: It is not what the by-laws allow.
    """
    member = present_member(session, book_id=book_id, number=number)
    product = product_of(session, book_id=book_id, code=product_code)
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


def promise(
    session: Session,
    *,
    book_id: int,
    number: str,
    amounts: Mapping[str, Satang],
    holds_from: date,
    by: str,
    at: datetime,
) -> list[Pledge]:
    """Record at the table what a member promises from a day on, in several products at once.

    A product whose promise does not change gets no new row, so a form sent again changes nothing.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        number: The member's number.
        amounts: For each product's code, the promise of a collection day, in satang; zero ends it.
        holds_from: The day from which it holds: in an open month, and not a year ahead.
        by: The mark of the officer.
        at: Now, aware.

    Returns:
        The promises that are new.

    Raises:
        PeriodClosed, TooLongAgo: What was expected in a closed month stays as it was.
        PledgeTooFarAhead: It would begin more than a year from now.
        And whatever ``change_pledge`` raises.
    """
    lock_book(session, book_id=book_id)
    latest = today_in_bangkok(at) + FURTHEST_AHEAD
    if holds_from > latest:
        raise PledgeTooFarAhead(latest=format_date(latest))
    check_date(
        entered_on=holds_from, today=latest, closed_until=closed_until(session, book_id=book_id)
    )
    member = present_member(session, book_id=book_id, number=number)
    history = pledge_history(session, book_id=book_id, member_id=member.id)
    held = {
        pledge.product_code: pledge.amount_satang
        for pledge in reversed(history)
        if pledge.holds_from <= holds_from
    }
    return [
        change_pledge(
            session,
            book_id=book_id,
            number=number,
            product_code=product_code,
            amount=amount,
            holds_from=holds_from,
            by=by,
            at=at,
        )
        for product_code, amount in amounts.items()
        if amount != held.get(product_code, 0)
    ]


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
