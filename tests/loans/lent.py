"""What tests about loans share: money in the box, and loans that are granted, paid out and paid.

Every helper takes a session opened for writing, so that a test says in one ``write`` what is there.
"""

from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.models import Account, Book
from ledger.money import Satang
from ledger.queries import account_by_code
from ledger.services import PostedBatch, post_batch, standard_account
from ledger.verification import Finding, verify_book
from loans.kinds import PURPOSE_IN_THAI, Purpose, Side, Through
from loans.models import Application, Guarantee, Loan, LoanProduct
from loans.postings import ACCOUNTS
from loans.schedule import Counting, Every, Method, Terms
from loans.services.lending import Contract, Party, PayoutOrder, PlannedStage, disburse, open_loan
from loans.services.repaying import repay
from members.models import Officer
from members.queries import CASH, member_by_number
from members.services.people.holding import hold
from tests.network import NOW

MALEE, BOONMEE = "o1", "o2"
#: The day of the contracts in tests, and the first due day.
LENT_ON, FIRST_DUE_ON = date(2023, 1, 5), date(2023, 2, 5)
#: A moment late enough for whatever tests do on later days.
LATER = datetime(2030, 1, 1, 3, 0, tzinfo=UTC)
#: From which account of a purse money comes into its box, so that something can be lent.
OWED_TO_NOBODY = {"SAV": "24030", "HSG": "24010"}
_keys = (f"lent-{n}" for n in count(1))


def fill_box(
    session: Session, *, book_id: int, amount: int = 1_000_000_00, fund: str = "SAV"
) -> None:
    """Put cash into the box of a purse, in satang."""
    source = account_by_code(session, book_id=book_id, code=OWED_TO_NOBODY[fund], fund=fund)
    box = account_by_code(session, book_id=book_id, code=CASH, fund=fund)
    post_batch(
        session,
        book_id=book_id,
        drafts=[
            EntryDraft(
                entered_on=LENT_ON,
                kind=EntryKind.JOURNAL,
                postings=(
                    debit(box.id, fund, Satang(amount)),
                    credit(source.id, fund, Satang(amount)),
                ),
                memo="เงินสดเข้ากล่อง",
            )
        ],
        idempotency_key=next(_keys),
        posted_by=MALEE,
        posted_at=NOW,
    )


def open_product(
    session: Session, *, book_id: int, purpose: Purpose = Purpose.ORDINARY
) -> LoanProduct:
    """Give the product of a purpose; its code is the purpose's."""
    there = session.get(LoanProduct, (book_id, purpose.value))
    if there is not None:
        return there
    accounts = ACCOUNTS[purpose]
    control = standard_account(
        session, book_id=book_id, code=accounts.control, fund=accounts.fund, opened_on=LENT_ON
    )
    product = LoanProduct(
        book_id=book_id,
        code=purpose.value,
        name=PURPOSE_IN_THAI[purpose],
        purpose=purpose,
        control_account_id=control.id,
        position=1,
        opened_on=LENT_ON,
        closed_on=None,
    )
    session.add(product)
    session.flush()
    return product


def terms(
    amount: int = 20_000_00,
    *,
    instalments: int = 10,
    rate_ppm: int = 120_000,
    method: Method = Method.EQUAL_PRINCIPAL,
    counting: Counting = Counting.MONTH,
    every: Every = Every.MONTH,
    lent_on: date = LENT_ON,
    first_due_on: date = FIRST_DUE_ON,
) -> Terms:
    """Give the terms of E6: 20,000 baht at 12 % over ten months, equal principal."""
    return Terms(
        principal=Satang(amount),
        annual_rate_ppm=rate_ppm,
        instalments=instalments,
        method=method,
        first_due_on=first_due_on,
        disbursed_on=lent_on,
        every=every,
        counting=counting,
    )


def grant(
    session: Session,
    *,
    book_id: int,
    member_number: str = "0001",
    agreed: Terms | None = None,
    purpose: Purpose = Purpose.ORDINARY,
    stages: tuple[PlannedStage, ...] = (),
    with_product: bool = True,
    fees: int = 0,
    pays_off: Loan | None = None,
) -> Loan:
    """Open a loan to a member that has not been paid out; ``pays_off`` is what it was asked for."""
    agreed = agreed or terms()
    member = member_by_number(session, book_id=book_id, number=member_number)
    product = open_product(session, book_id=book_id, purpose=purpose) if with_product else None
    return open_loan(
        session,
        book_id=book_id,
        contract=Contract(
            side=Side.LENT,
            purpose=purpose,
            party=Party(member_id=member.id),
            terms=agreed,
            fees=Satang(fees),
            charge_name="ดอกเบี้ย",
            contract_on=agreed.disbursed_on,
            resolution="มติ 1/2566",
            product_code=product.code if product is not None else None,
            application_id=None if pays_off is None else _application(session, pays_off, agreed),
            stages=stages,
        ),
        by=MALEE,
        at=NOW,
    )


def _application(session: Session, old: Loan, agreed: Terms) -> int:
    """Ask for a loan that pays an old one off, and give the number of the application."""
    assert old.member_id is not None
    session.add(
        Application(
            book_id=old.book_id,
            id=1,
            member_id=old.member_id,
            product_code=open_product(session, book_id=old.book_id).code,
            amount_satang=agreed.principal,
            instalments=agreed.instalments,
            what_for="ปิดสัญญาเดิม",
            household_income_satang=Satang(10_000_00),
            collateral="",
            refinances_loan_id=old.id,
            applied_on=agreed.disbursed_on,
            idempotency_key="application",
            recorded_at=NOW,
            recorded_by=MALEE,
        )
    )
    session.flush()
    return 1


def name_officer(session: Session, mark: str, name: str) -> None:
    """Let an officer be the member of a name."""
    session.get_one(Officer, int(mark[1:])).name = name
    session.flush()


def pay_out(
    session: Session,
    loan: Loan,
    *,
    amount: int | None = None,
    on: date | None = None,
    fee: int = 0,
    stage_n: int | None = None,
    through: Through = Through.CASH,
    key: str = "",
    at: datetime = NOW,
) -> PostedBatch:
    """Pay a loan out by two officers; all of it unless an amount in satang is given."""
    lent = loan.side is Side.LENT
    return disburse(
        session,
        book_id=loan.book_id,
        order=PayoutOrder(
            loan_id=loan.id,
            amount=loan.principal_satang if amount is None else Satang(amount),
            paid_on=on or loan.contract_on,
            through=through,
            fee=Satang(fee),
            stage_n=stage_n,
        ),
        idempotency_key=key or next(_keys),
        by=MALEE,
        approved_by=BOONMEE if lent else None,
        at=at,
    )


def lend(
    session: Session,
    *,
    book_id: int,
    member_number: str = "0001",
    amount: int = 20_000_00,
    agreed: Terms | None = None,
    purpose: Purpose = Purpose.ORDINARY,
    at: datetime = NOW,
) -> Loan:
    """Put cash into the box, grant a loan to a member and pay it out in cash."""
    agreed = agreed or terms(amount)
    fund = ACCOUNTS[purpose].fund
    fill_box(session, book_id=book_id, fund=fund, amount=agreed.principal)
    loan = grant(
        session, book_id=book_id, member_number=member_number, agreed=agreed, purpose=purpose
    )
    pay_out(session, loan, at=at)
    return loan


def pay(
    session: Session,
    loan: Loan,
    *,
    amount: int,
    on: date,
    payer: str | None = None,
    key: str = "",
    through: Through = Through.CASH,
    at: datetime = LATER,
) -> PostedBatch:
    """Pay a loan in cash, without a receipt; ``payer`` is the number of a guarantor."""
    member = member_by_number(session, book_id=loan.book_id, number=payer) if payer else None
    return repay(
        session,
        book_id=loan.book_id,
        loan_id=loan.id,
        amount=Satang(amount),
        paid_on=on,
        through=through,
        note="",
        idempotency_key=key or next(_keys),
        by=MALEE,
        at=at,
        payer_member_id=member.id if member is not None else None,
    )


def guarantee(
    session: Session, loan: Loan, *, member_number: str = "0002", most: int = 20_000_00
) -> Guarantee:
    """Let a member guarantee a loan who has agreed to it, and hold them."""
    member = member_by_number(session, book_id=loan.book_id, number=member_number)
    newest = session.scalar(select(func.max(Guarantee.id)).where(Guarantee.book_id == loan.book_id))
    row = Guarantee(
        book_id=loan.book_id,
        id=(newest or 0) + 1,
        member_id=member.id,
        application_id=None,
        loan_id=loan.id,
        most_satang=Satang(most),
        asked_at=NOW,
        asked_by=MALEE,
        consented_on=loan.contract_on,
        consent="ลงชื่อในสัญญาค้ำประกัน",
        released_on=None,
        released_because="",
    )
    session.add(row)
    session.flush()
    hold(
        session,
        book_id=loan.book_id,
        member_id=member.id,
        because=f"guarantee {row.id}",
        sentence=f"ค้ำประกันสัญญา {loan.reference}",
        on=loan.contract_on,
    )
    return row


def balance(session: Session, *, book_id: int, code: str, fund: str = "SAV") -> int:
    """Give what an account has, in satang, debit positive."""
    account = account_by_code(session, book_id=book_id, code=code, fund=fund)
    return balance_of(session, book_id=book_id, account_id=account.id)


def balance_of(session: Session, *, book_id: int, account_id: int) -> int:
    """Give what an account has, in satang, debit positive."""
    account = session.get_one(Account, (book_id, account_id), populate_existing=True)
    return account.balance_satang


def findings(session: Session, *, book_id: int) -> tuple[Finding, ...]:
    """Give what disagrees in a book, which is nothing."""
    return verify_book(session, book=session.get_one(Book, book_id)).findings
