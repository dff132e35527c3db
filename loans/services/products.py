"""The kinds of loan: a group opens one by a resolution, resolves it anew, and offers it no more."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.services import lock_book, standard_account
from ledger.thai import format_date, today_in_bangkok
from loans.kinds import FOR_MEMBERS, Purpose
from loans.models import LoanProduct, ProductTerms
from loans.postings import ACCOUNTS
from loans.product_terms import LoanByLaw, by_law_as_json, check_by_law
from loans.queries.products import product_by_code
from members.models import Group

#: What a kind of loan is called in addresses and under its applications.
CODES = {
    Purpose.ORDINARY: "ORD",
    Purpose.EMERGENCY: "EMG",
    Purpose.LIVELIHOOD: "LIV",
    Purpose.HOUSING: "HOU",
    Purpose.LAND: "LND",
}
#: A meeting resolves for the year to come, and hardly for later.
LONGEST_AHEAD = timedelta(days=366)


class LoanProductExists(Conflict):
    """The group has a kind of loan of this name already."""

    thai = "กลุ่มมีเงินกู้ชื่อ “{name}” อยู่แล้ว ใช้ชื่ออื่น หรือบันทึกมติใหม่ของเงินกู้เดิม"


class LoanDayUnfit(RuleBroken):
    """A by-law of a loan holds neither before the founding nor more than a year from now."""

    thai = "วันเริ่มใช้ต้องไม่ก่อนวันตั้งกลุ่ม ({founded_on}) และไม่เกินหนึ่งปีข้างหน้า ({latest})"


class LoanByLawResolvedAlready(Conflict):
    """There is a resolution about this kind of loan that holds from the same day."""

    thai = "มีมติของเงินกู้นี้ที่เริ่มใช้วันที่ {holds_from} อยู่แล้ว เลือกวันเริ่มใช้วันอื่น"


class BeforeLastResolution(RuleBroken):
    """A new resolution comes after the last one; it does not change days that are over."""

    thai = "มติล่าสุดของเงินกู้นี้เริ่มใช้ {last} มติใหม่ต้องเริ่มใช้หลังวันนั้น"


class LoanProductClosed(RuleBroken):
    """The kind of loan is offered no more."""

    thai = "{name}เลิกให้กู้แล้วตั้งแต่ {closed_on} ถ้าจะให้กู้อีก เปิดประเภทเงินกู้ใหม่"


class ClosedBeforeOpened(RuleBroken):
    """A kind of loan is closed between its opening and today."""

    thai = "วันเลิกให้กู้ต้องไม่ก่อนวันที่เริ่มใช้ระเบียบล่าสุด ({since}) และไม่หลังวันนี้"


def open_loan_product(
    session: Session,
    *,
    book_id: int,
    name: str,
    purpose: Purpose,
    by_law: LoanByLaw,
    holds_from: date,
    resolution: str,
    by: str,
    at: datetime,
) -> LoanProduct:
    """Open a kind of loan with the resolution that made it.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        name: What the group calls it.
        purpose: What for; it decides the accounts of its loans.
        by_law: What was resolved about it.
        holds_from: From when it is offered.
        resolution: The number and day of the resolution, in words.
        by: The mark of the officer who records it.
        at: Now, aware.

    Raises:
        ByLawUnfit, TermsUnfit, AboveCeiling: There cannot be such a loan.
        LoanDayUnfit: It would be offered too early or too late.
        LoanProductExists: The name is taken.
    """
    assert purpose in FOR_MEMBERS, purpose
    assert name, purpose
    assert resolution, name
    check_resolution_day(session, book_id=book_id, holds_from=holds_from, at=at)
    check_by_law(by_law, on=holds_from)
    # Locked, so that of two who open the same kind at this moment only one does.
    lock_book(session, book_id=book_id)
    there = session.scalars(select(LoanProduct).where(LoanProduct.book_id == book_id)).all()
    if any(product.name == name and product.closed_on is None for product in there):
        raise LoanProductExists(name=name)
    accounts = ACCOUNTS[purpose]
    control = standard_account(
        session,
        book_id=book_id,
        code=accounts.control,
        fund=accounts.fund,
        opened_on=holds_from,
    )
    codes = {product.code for product in there}
    product = LoanProduct(
        book_id=book_id,
        code=_free_code(CODES[purpose], codes),
        name=name,
        purpose=purpose,
        control_account_id=control.id,
        position=max((product.position for product in there), default=0) + 1,
        opened_on=holds_from,
        closed_on=None,
    )
    session.add(product)
    session.flush()
    _add_terms(session, product, by_law, holds_from, resolution, by, at)
    return product


def check_resolution_day(session: Session, *, book_id: int, holds_from: date, at: datetime) -> None:
    """Refuse a day from which no by-law of a loan may hold.

    Raises:
        LoanDayUnfit: It is before the founding, or more than a year from now.
    """
    latest = today_in_bangkok(at) + LONGEST_AHEAD
    founded_on = session.get_one(Group, book_id).founded_on
    if holds_from > latest or (founded_on is not None and holds_from < founded_on):
        raise LoanDayUnfit(
            founded_on="–" if founded_on is None else format_date(founded_on),
            latest=format_date(latest),
        )


def _free_code(code: str, taken: set[str]) -> str:
    """Give the code of a purpose, with a number behind it from the second kind on."""
    numbered = (f"{code}{n}" for n in range(2, len(taken) + 3))
    return code if code not in taken else next(one for one in numbered if one not in taken)


def _add_terms(
    session: Session,
    product: LoanProduct,
    by_law: LoanByLaw,
    holds_from: date,
    resolution: str,
    by: str,
    at: datetime,
) -> None:
    session.add(
        ProductTerms(
            book_id=product.book_id,
            product_code=product.code,
            holds_from=holds_from,
            terms=by_law_as_json(by_law),
            resolution=resolution,
            recorded_at=at,
            recorded_by=by,
        )
    )
    session.flush()


def resolve_loan_by_law(
    session: Session,
    *,
    book_id: int,
    product_code: str,
    by_law: LoanByLaw,
    holds_from: date,
    resolution: str,
    by: str,
    at: datetime,
) -> None:
    """Record what a meeting resolved anew about a kind of loan.

    Loans that were granted before keep what they were granted under.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        product_code: The kind of loan.
        by_law: What was resolved, whole.
        holds_from: The day from which it holds; after the last resolution's.
        resolution: The number and day of the resolution, in words.
        by: The mark of the officer who records it.
        at: Now, aware.

    Raises:
        LoanProductNotFound: The group has no such kind.
        LoanProductClosed: It is offered no more.
        ByLawUnfit, TermsUnfit, AboveCeiling: There cannot be such a loan.
        LoanDayUnfit: It would hold too early or too late.
        LoanByLawResolvedAlready: A resolution holds from this very day.
        BeforeLastResolution: It would hold before the last one.
    """
    assert resolution, product_code
    lock_book(session, book_id=book_id)
    product = _open_product(session, book_id=book_id, product_code=product_code)
    check_resolution_day(session, book_id=book_id, holds_from=holds_from, at=at)
    if session.get(ProductTerms, (book_id, product_code, holds_from)) is not None:
        raise LoanByLawResolvedAlready(holds_from=format_date(holds_from))
    last = _last_resolved(session, product)
    if holds_from < last:
        raise BeforeLastResolution(last=format_date(last))
    check_by_law(by_law, on=holds_from)
    _add_terms(session, product, by_law, holds_from, resolution, by, at)


def _open_product(session: Session, *, book_id: int, product_code: str) -> LoanProduct:
    product = product_by_code(session, book_id=book_id, code=product_code)
    if product.closed_on is not None:
        raise LoanProductClosed(name=product.name, closed_on=format_date(product.closed_on))
    return product


def _last_resolved(session: Session, product: LoanProduct) -> date:
    last = session.scalar(
        select(func.max(ProductTerms.holds_from)).where(
            ProductTerms.book_id == product.book_id,
            ProductTerms.product_code == product.code,
        )
    )
    assert last is not None, product.code
    return last


def close_loan_product(
    session: Session, *, book_id: int, product_code: str, closed_on: date, at: datetime
) -> None:
    """Offer a kind of loan no more; loans of it that run go on as they were granted.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        product_code: The kind of loan.
        closed_on: The first day on which nobody may apply for it.
        at: Now, aware.

    Raises:
        LoanProductNotFound: The group has no such kind.
        LoanProductClosed: It was closed before.
        ClosedBeforeOpened: The day is before the last resolution holds, or to come.
    """
    lock_book(session, book_id=book_id)
    product = _open_product(session, book_id=book_id, product_code=product_code)
    since = _last_resolved(session, product)
    if not since <= closed_on <= today_in_bangkok(at):
        raise ClosedBeforeOpened(since=format_date(since))
    product.closed_on = closed_on
    session.flush()
