"""Loans of the members of the small network, as the tests of the desk use them.

สมศรี owes 20,000 at 12 %, in ten equal parts of principal: 2,000 and 200 fall due on 6 April.
"""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.money import ZERO, Satang
from ledger.queries import account_by_code
from ledger.services import post_batch
from loans.kinds import EventKind, Purpose, Side, Through
from loans.models import LoanEvent
from loans.queries.loans import LoanView, loan_view, standing_of
from loans.schedule import Method, Terms
from loans.services.lending import Contract, Party, PayoutOrder, disburse, open_loan
from loans.standing import Standing
from tests.desk.days import MALEE, SOMSRI
from tests.network import NOW, TODAY, Network

#: A month before the day of the tests: the first instalment falls due on that day.
LENT_ON = date(2023, 3, 6)


def fill_box(network: Network, fund: str, amount: int) -> None:
    """Put money into the cash box of a purse, out of rounding differences."""

    def work(session: Session) -> None:
        cash = account_by_code(session, book_id=network.book_id, code="11010", fund=fund)
        other = account_by_code(session, book_id=network.book_id, code="46050", fund=fund)
        post_batch(
            session,
            book_id=network.book_id,
            drafts=[
                EntryDraft(
                    entered_on=date(2023, 2, 1),
                    kind=EntryKind.JOURNAL,
                    postings=(
                        debit(cash.id, fund, Satang(amount)),
                        credit(other.id, fund, Satang(amount)),
                    ),
                )
            ],
            idempotency_key=f"box-{fund}-{amount}",
            posted_by=MALEE,
            posted_at=NOW,
        )

    write(work)


def lend(
    network: Network,
    *,
    member: int = SOMSRI,
    amount: int = 20_000_00,
    purpose: Purpose = Purpose.ORDINARY,
    on: date = LENT_ON,
    first_due_on: date = TODAY,
    pays_out: bool = True,
) -> int:
    """Lend to a member at 12 % (housing 6 %), in ten parts; give the loan's number."""

    def work(session: Session) -> int:
        loan = open_loan(
            session,
            book_id=network.book_id,
            contract=Contract(
                side=Side.LENT,
                purpose=purpose,
                party=Party(member_id=member),
                terms=Terms(
                    principal=Satang(amount),
                    annual_rate_ppm=60_000 if purpose is Purpose.HOUSING else 120_000,
                    instalments=10,
                    method=Method.EQUAL_PRINCIPAL,
                    first_due_on=first_due_on,
                    disbursed_on=on,
                ),
                fees=ZERO,
                charge_name="ดอกเบี้ย",
                contract_on=on,
                resolution="มติ 1/2566",
            ),
            by=MALEE,
            at=NOW,
        )
        if pays_out:
            disburse(
                session,
                book_id=network.book_id,
                order=PayoutOrder(
                    loan_id=loan.id, amount=Satang(amount), paid_on=on, through=Through.CASH
                ),
                idempotency_key=f"payout-{loan.id}",
                by=MALEE,
                approved_by="o2",
                at=NOW,
            )
        return loan.id

    fund = "HSG" if purpose in {Purpose.HOUSING, Purpose.LAND} else "SAV"
    fill_box(network, fund, amount + member)
    return write(work)


def loan_now(network: Network, loan_id: int) -> LoanView:
    return read(lambda session: loan_view(session, book_id=network.book_id, loan_id=loan_id))


def standing_now(network: Network, loan_id: int, *, on: date = TODAY) -> Standing:
    return read(
        lambda session: standing_of(session, book_id=network.book_id, loan_id=loan_id, on=on)
    )


def repaid_events(network: Network, loan_id: int) -> int:
    """Count the payments of a loan that were recorded, those that were taken back too."""
    return read(
        lambda session: session.execute(
            select(func.count())
            .select_from(LoanEvent)
            .where(
                LoanEvent.book_id == network.book_id,
                LoanEvent.loan_id == loan_id,
                LoanEvent.kind == EventKind.REPAID,
            )
        ).scalar_one()
    )
