"""What the group itself borrows: taken up, drawn down, paid back, changed by the lender's word."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind
from ledger.errors import RuleBroken
from ledger.models import Account
from ledger.money import ZERO, Satang
from ledger.services import PostedBatch, lock_book, post_batch
from loans.kinds import EventKind, Purpose, Side, Through
from loans.models import Loan, Plan
from loans.postings import ACCOUNTS, borrowing_paid_postings
from loans.queries.between import NoMother, mother_of
from loans.queries.borrowings import borrowing_view
from loans.queries.loans import LoanView, accounts_of_loan, money_account
from loans.schedule import Grace, RateEffect, Terms, make_schedule, terms_as_json
from loans.services.changing import change_rate, take_holiday
from loans.services.lending import Contract, Party, PayoutOrder, PlannedStage, disburse, open_loan
from loans.services.records import as_answered, refuse_low_money
from loans.services.repaying import draft_repayment, record_repayment
from loans.services.shown import was_agreed_before
from loans.waterfall import Split

#: From whom a group borrows; what comes from its mother in the network is begun in her book.
LENDERS = (Purpose.CODI_HOUSING, Purpose.CODI_OTHER, Purpose.BANK, Purpose.MOTHER_GROUP)


class NotALender(RuleBroken):
    """What is lent to members is not borrowed."""

    thai = "เลือกว่ากู้จากใคร: พอช. ธนาคาร หรือเครือข่ายแม่"


class MotherLends(RuleBroken):
    """The group's mother keeps a book here, so that the loan is begun in it."""

    thai = (
        "{mother}มีสมุดในระบบนี้แล้ว ให้เครือข่ายแม่เริ่มจากหน้าเงินระหว่างกลุ่มแม่กับกลุ่มลูก "
        "กลุ่มเราเพียงยืนยันรับ สองสมุดจึงจะตรงกัน"
    )


class MotherIsPaidBetween(RuleBroken):
    """What is owed to the mother is paid by two halves, one in each book."""

    thai = (
        "สัญญา {reference} กู้จากเครือข่ายแม่ในระบบนี้ จ่ายคืนจากหน้าเงินระหว่างกลุ่มแม่กับกลุ่มลูก เพื่อให้ลงครบทั้งสองสมุด"
    )


class MotherAgreesFirst(RuleBroken):
    """What is owed to the mother has the same terms in both books, so no book changes alone."""

    thai = (
        "สัญญา {reference} กู้จากเครือข่ายแม่ในระบบนี้ อัตราและงวดต้องเหมือนกันทั้งสองสมุด จึงเปลี่ยนฝ่ายเดียวไม่ได้ "
        "ดูวิธีทำสัญญาใหม่แทนสัญญาเดิมที่หน้าเงินระหว่างกลุ่มแม่กับกลุ่มลูก"
    )


class ChangedByOneAlone(RuleBroken):
    """The terms of a borrowing change by two officers, never by one."""

    thai = "เปลี่ยนอัตราหรือพักชำระต้องมีกรรมการสองคน ให้กรรมการอีกคนตรวจแล้วใส่รหัสผ่านของตนเอง"


class OneOfficerAlone(RuleBroken):
    """Money leaves the group by two officers, never by one."""

    thai = "เงินออกจากกลุ่มต้องมีกรรมการสองคน ให้กรรมการอีกคนตรวจแล้วใส่รหัสผ่านของตนเอง"


class LenderUnnamed(RuleBroken):
    """A borrowing has a lender, a contract number and a resolution."""

    thai = "ใส่ชื่อผู้ให้กู้ เลขที่สัญญา และเลขที่มติที่ให้กู้ให้ครบ"


class ControlAccountOld(RuleBroken):
    """The account was posted to before accounts were opened under it, one a contract."""

    thai = (
        "บัญชี {code} {name} เคยลงรายการตรงมาก่อน จึงเปิดบัญชีย่อยแยกแต่ละสัญญาไม่ได้ "
        "แจ้งผู้ดูแลระบบให้ช่วยย้ายยอดเดิมก่อน ยังไม่ได้บันทึกอะไร"
    )


@dataclass(frozen=True, slots=True)
class Borrowing:
    """What was agreed with a lender.

    Attributes:
        purpose: From whom, which decides the accounts: CODI for housing or other, a bank, a mother.
        lender: Its name.
        reference: The number of the lender's contract.
        contract_on: The day of the contract.
        terms: The terms of the schedule, for the whole principal.
        resolution: The group's resolution to borrow.
        stages: When the money comes in parts; else empty.
    """

    purpose: Purpose
    lender: str
    reference: str
    contract_on: date
    terms: Terms
    resolution: str
    stages: tuple[PlannedStage, ...] = ()


def check_borrowing(session: Session, *, book_id: int, borrowing: Borrowing) -> None:
    """Refuse what cannot be taken up, before anything is written.

    Raises:
        NotALender: It is nothing that a group borrows.
        LenderUnnamed: The lender, the number or the resolution is missing.
        MotherLends: The mother keeps a book here, so that she begins.
        ControlAccountOld: No account can be opened for it in this book.
        TermsUnfit: The terms cannot be so.
    """
    if borrowing.purpose not in LENDERS:
        raise NotALender(purpose=borrowing.purpose)
    if not all(
        text.strip() for text in (borrowing.lender, borrowing.reference, borrowing.resolution)
    ):
        raise LenderUnnamed(lender=borrowing.lender, reference=borrowing.reference)
    if borrowing.purpose is Purpose.MOTHER_GROUP:
        _refuse_known_mother(session, book_id=book_id)
    accounts = ACCOUNTS[borrowing.purpose]
    control = session.scalar(
        select(Account).where(
            Account.book_id == book_id,
            Account.code == accounts.control,
            Account.fund == accounts.fund,
        )
    )
    # A book without the account is given it when it is needed, as one that holds others.
    if control is not None and not control.holds:
        raise ControlAccountOld(code=control.code, name=control.name_th)
    make_schedule(borrowing.terms)


def _refuse_known_mother(session: Session, *, book_id: int) -> None:
    try:
        mother = mother_of(session, book_id=book_id)
    except NoMother:
        return
    raise MotherLends(mother=mother.name)


def take_up(session: Session, *, book_id: int, borrowing: Borrowing, by: str, at: datetime) -> Loan:
    """Write a contract with a lender down; no money has come in yet, nothing is posted.

    Sent again with the same contract number and the same terms, it answers with the first.

    Raises:
        ReferenceTaken: There is another contract of this number.
        And whatever ``check_borrowing`` and ``open_loan`` raise.
    """
    lock_book(session, book_id=book_id)
    check_borrowing(session, book_id=book_id, borrowing=borrowing)
    there = session.scalar(
        select(Loan).where(Loan.book_id == book_id, Loan.reference == borrowing.reference)
    )
    if there is not None and _says_the_same(there, borrowing):
        return there
    return open_loan(
        session,
        book_id=book_id,
        contract=Contract(
            side=Side.BORROWED,
            purpose=borrowing.purpose,
            party=Party(lender=borrowing.lender),
            terms=borrowing.terms,
            fees=ZERO,
            charge_name="ดอกเบี้ย",
            contract_on=borrowing.contract_on,
            resolution=borrowing.resolution,
            reference=borrowing.reference,
            stages=borrowing.stages,
        ),
        by=by,
        at=at,
    )


def _says_the_same(there: Loan, borrowing: Borrowing) -> bool:
    return (
        there.side,
        there.purpose,
        there.lender,
        there.contract_on,
        there.resolution,
        there.terms,
    ) == (
        Side.BORROWED,
        borrowing.purpose,
        borrowing.lender,
        borrowing.contract_on,
        borrowing.resolution,
        terms_as_json(borrowing.terms),
    )


def draw_down(
    session: Session,
    *,
    book_id: int,
    order: PayoutOrder,
    idempotency_key: str,
    by: str,
    at: datetime,
) -> PostedBatch:
    """Take a borrowing's money in, in whole or the next part of it.

    Raises:
        BorrowingNotFound: There is no such borrowing.
        MotherLends: It is the mother's, whose money is confirmed between the groups.
        And whatever ``disburse`` raises.

    Source:
        Event E11: 22010 is credited, the bank of the purse debited.
    """
    loan = borrowing_view(session, book_id=book_id, loan_id=order.loan_id)
    if loan.other_book_id is not None:
        raise MotherLends(mother=loan.party)
    return disburse(
        session,
        book_id=book_id,
        order=order,
        idempotency_key=idempotency_key,
        by=by,
        approved_by=None,
        at=at,
    )


def check_payment(
    session: Session, *, book_id: int, loan_id: int, amount: Satang, paid_on: date, through: Through
) -> Split:
    """Tell how a payment to a lender would be divided, and refuse what could not be paid.

    Raises:
        BorrowingNotFound: There is no such borrowing.
        MotherIsPaidBetween: It is owed to the mother, who keeps a book here.
        NotEnoughMoney: The box or bank account does not hold it.
        And whatever ``draft_repayment`` raises.
    """
    loan = _payable(session, book_id=book_id, loan_id=loan_id)
    drafted = draft_repayment(
        session, book_id=book_id, loan_id=loan_id, amount=amount, paid_on=paid_on
    )
    _money_for(session, book_id=book_id, loan=loan, amount=amount, through=through)
    return drafted.split


def pay_lender(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    amount: Satang,
    paid_on: date,
    through: Through,
    note: str,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
) -> PostedBatch:
    """Pay a lender, by two officers: the principal, and everything else as the cost of borrowing.

    Sent again under its key it answers with the first result, also when it is paid off since.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        loan_id: The borrowing.
        amount: What is paid, in satang, above zero.
        paid_on: The day on which it is paid.
        through: Out of the cash box, or the bank account, of its purse.
        note: What is written about it, or empty.
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer who pays.
        approved_by: The mark of the second officer.
        at: Now, aware.

    Raises:
        OneOfficerAlone: There is no second officer.
        KeyUsedForAnother: The key was used for a request that said something else.
        And whatever ``check_payment`` and ``post_batch`` raise.

    Source:
        Event E14: month 1 of 300,000 at 4 % with 2,219 a month is 1,219.00 and 1,000.00.
    """
    refuse_one_alone(approved_by)
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    if head.posted_before is not None:
        return as_answered(
            session,
            head=head,
            loan_id=loan_id,
            said=(EventKind.REPAID, paid_on, amount),
            key=idempotency_key,
        )
    loan = _payable(session, book_id=book_id, loan_id=loan_id)
    drafted = draft_repayment(
        session, book_id=book_id, loan_id=loan_id, amount=amount, paid_on=paid_on
    )
    money = _money_for(session, book_id=book_id, loan=loan, amount=amount, through=through)
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=[
            EntryDraft(
                entered_on=paid_on,
                kind=EntryKind.BORROWING_PAID,
                memo=f"ชำระเงินกู้ให้ {loan.party} {note}".strip(),
                reference=loan.reference,
                postings=borrowing_paid_postings(
                    drafted.split,
                    accounts=accounts_of_loan(session, book_id=book_id, loan_id=loan_id),
                    money_account_id=money,
                ),
            )
        ],
        idempotency_key=idempotency_key,
        posted_by=by,
        posted_at=at,
        approved_by=approved_by,
    )
    record_repayment(
        session,
        book_id=book_id,
        repayment=drafted,
        entry_number=posted.first_number,
        note=note,
        by=by,
        at=at,
    )
    return posted


def refuse_one_alone(approved_by: str) -> None:
    """Refuse to let money out without a second officer.

    Raises:
        OneOfficerAlone: There is none. That it is another one is the book's to see.
    """
    if not approved_by:
        raise OneOfficerAlone


def _payable(session: Session, *, book_id: int, loan_id: int) -> LoanView:
    loan = borrowing_view(session, book_id=book_id, loan_id=loan_id)
    if loan.other_book_id is not None:
        raise MotherIsPaidBetween(reference=loan.reference)
    return loan


def _money_for(
    session: Session, *, book_id: int, loan: LoanView, amount: Satang, through: Through
) -> int:
    """Give the box or bank account that the money leaves, and refuse when it does not hold it."""
    number = money_account(session, book_id=book_id, fund=loan.fund, through=through)
    refuse_low_money(session, book_id=book_id, account_id=number, amount=amount)
    return number


def follow_circular(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    annual_rate_ppm: int,
    since: date,
    effect: RateEffect,
    circular: str,
    shown: str,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
) -> Plan | None:
    """Change a borrowing's rate from a day on, as the lender's circular says; nothing is posted.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        loan_id: The borrowing.
        annual_rate_ppm: The new yearly rate in millionths.
        since: The day from which it holds.
        effect: Whether the instalment stays and the term moves, or the reverse.
        circular: The lender's circular, or the agreement with it.
        shown: What the page showed of the contract (``loans.services.shown``).
        idempotency_key: What makes this request the same when it is sent again.
        by: The mark of the officer.
        approved_by: The mark of the second officer.
        at: Now, aware.

    Returns:
        The new plan, or None when this very change was written before.

    Raises:
        ChangedByOneAlone: There is no second officer.
        BorrowingNotFound: There is no such borrowing.
        MotherAgreesFirst: It is the mother's, who keeps a book here.
        MovedSinceShown: Something was recorded since the page was opened.
        And whatever ``change_rate`` raises.

    Source:
        Event E14b: CODI from 4 to 3.5 % from 1 June 2567.
    """
    _check_changeable(session, book_id=book_id, loan_id=loan_id, approved_by=approved_by)
    if was_agreed_before(
        session,
        book_id=book_id,
        loan_id=loan_id,
        shown=shown,
        resolution=circular,
        idempotency_key=idempotency_key,
        by=by,
    ):
        return None
    return change_rate(
        session,
        book_id=book_id,
        loan_id=loan_id,
        annual_rate_ppm=annual_rate_ppm,
        since=since,
        effect=effect,
        resolution=circular,
        by=by,
        approved_by=approved_by,
        at=at,
    )


def rest(
    session: Session,
    *,
    book_id: int,
    loan_id: int,
    since: date,
    until: date,
    waives: Grace,
    circular: str,
    shown: str,
    idempotency_key: str,
    by: str,
    approved_by: str,
    at: datetime,
) -> Plan | None:
    """Write down a moratorium of the lender; nothing is posted. Returns and raises as above.

    Source:
        Event E14b: three months of principal and interest after a flood.
    """
    _check_changeable(session, book_id=book_id, loan_id=loan_id, approved_by=approved_by)
    if was_agreed_before(
        session,
        book_id=book_id,
        loan_id=loan_id,
        shown=shown,
        resolution=circular,
        idempotency_key=idempotency_key,
        by=by,
    ):
        return None
    return take_holiday(
        session,
        book_id=book_id,
        loan_id=loan_id,
        since=since,
        until=until,
        waives=waives,
        resolution=circular,
        by=by,
        approved_by=approved_by,
        at=at,
    )


def _check_changeable(session: Session, *, book_id: int, loan_id: int, approved_by: str) -> None:
    """Refuse a change by one officer alone, or of what the mother's book has too."""
    if not approved_by:
        raise ChangedByOneAlone
    loan = borrowing_view(session, book_id=book_id, loan_id=loan_id)
    if loan.other_book_id is not None:
        raise MotherAgreesFirst(reference=loan.reference)
