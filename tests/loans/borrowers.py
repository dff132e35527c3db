"""What the tests of loan pages share: a full box, loans in several states, and what was written."""

from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.models import Book
from ledger.money import ZERO, Satang
from ledger.services import PostedBatch
from loans.kinds import Purpose, Side, Through
from loans.models import Guarantee, LoanEvent, Plan
from loans.queries.loans import loan_view
from loans.schedule import Counting, Method, Terms
from loans.services.arrears import write_off as writing_off
from loans.services.lending import (
    Contract,
    Party,
    PayoutOrder,
    PlannedStage,
    disburse,
    open_loan,
)
from loans.services.repaying import repay, reverse_event
from members.queries import member_by_number
from tests.members.saving import pay_in
from tests.network import GROUP, NOW, TODAY, Network

LOANS = f"/groups/{GROUP}/loans"
SOMSRI, BOONMEE, PRAIYA = "0001", "0002", "0003"
KEY = "a-key-of-a-form-1234"
LAST_YEAR = datetime(2022, 12, 31, 3, tzinfo=UTC)
_keys = (f"the-key-of-test-{n}" for n in count(1))


def fill_the_box(network: Network, amount: int = 200_000_00) -> None:
    """Put money into the box, so that it can be lent."""
    pay_in(network, {"DEM": amount}, number=BOONMEE, on=date(2023, 1, 5), key="the-box-is-full")


def terms(
    amount: int = 12_000_00,
    *,
    paid_on: date = TODAY,
    first_due_on: date = date(2023, 5, 6),
    instalments: int = 12,
    rate_ppm: int = 60_000,
    method: Method = Method.EQUAL_PRINCIPAL,
    counting: Counting = Counting.MONTH,
) -> Terms:
    """Give the terms of a small loan: 12,000 baht at 6 % over a year, by equal principal."""
    return Terms(
        principal=Satang(amount),
        annual_rate_ppm=rate_ppm,
        instalments=instalments,
        method=method,
        first_due_on=first_due_on,
        disbursed_on=paid_on,
        counting=counting,
    )


def grant(
    network: Network,
    *,
    member: str = SOMSRI,
    agreed: Terms | None = None,
    stages: tuple[PlannedStage, ...] = (),
) -> int:
    """Grant a loan that is not paid out yet, and give its number."""
    agreed = agreed or terms()

    def work(session: Session) -> int:
        borrower = member_by_number(session, book_id=network.book_id, number=member)
        loan = open_loan(
            session,
            book_id=network.book_id,
            contract=Contract(
                side=Side.LENT,
                purpose=Purpose.ORDINARY,
                party=Party(member_id=borrower.id),
                terms=agreed,
                fees=ZERO,
                charge_name="ดอกเบี้ย",
                contract_on=agreed.disbursed_on,
                resolution="มติ 1/2566",
                stages=stages,
            ),
            by=f"o{network.malee}",
            at=NOW,
        )
        return loan.id

    return write(work)


def lend(
    network: Network,
    *,
    member: str = SOMSRI,
    paid_on: date = TODAY,
    first_due_on: date = date(2023, 5, 6),
    counting: Counting = Counting.MONTH,
    method: Method = Method.EQUAL_PRINCIPAL,
    amount: int = 12_000_00,
) -> int:
    """Grant a loan and pay it out in cash on a day, and give its number."""
    agreed = terms(
        amount, paid_on=paid_on, first_due_on=first_due_on, counting=counting, method=method
    )
    loan_id = grant(network, member=member, agreed=agreed)
    write(
        lambda session: disburse(
            session,
            book_id=network.book_id,
            order=PayoutOrder(
                loan_id=loan_id,
                amount=Satang(amount),
                paid_on=paid_on,
                through=Through.CASH,
            ),
            idempotency_key=next(_keys),
            by=f"o{network.malee}",
            approved_by=f"o{network.boonmee}",
            at=NOW,
        )
    )
    return loan_id


def pay(network: Network, loan_id: int, amount: int, *, on: date) -> int:
    """Take a payment in cash, without a receipt, and give the number of its event."""

    def work(session: Session) -> PostedBatch:
        return repay(
            session,
            book_id=network.book_id,
            loan_id=loan_id,
            amount=Satang(amount),
            paid_on=on,
            through=Through.CASH,
            note="",
            idempotency_key=next(_keys),
            by=f"o{network.malee}",
            at=NOW,
        )

    write(work)
    return last_event(network, loan_id)


def last_event(network: Network, loan_id: int) -> int:
    """Give the number of the last thing that happened to a loan."""
    found = read(
        lambda session: session.scalar(
            select(func.max(LoanEvent.n)).where(
                LoanEvent.book_id == network.book_id, LoanEvent.loan_id == loan_id
            )
        )
    )
    assert found is not None
    return found


def take_back(network: Network, loan_id: int, event_n: int) -> None:
    """Take an event back."""
    write(
        lambda session: reverse_event(
            session,
            book_id=network.book_id,
            loan_id=loan_id,
            event_n=event_n,
            on=TODAY,
            reason="ลงผิดคน",
            idempotency_key=next(_keys),
            by=f"o{network.malee}",
            approved_by=f"o{network.boonmee}",
            at=NOW,
        )
    )


def write_off(network: Network, loan_id: int) -> None:
    """Write a loan off by resolution."""
    owed = outstanding(network, loan_id)
    write(
        lambda session: writing_off(
            session,
            book_id=network.book_id,
            loan_id=loan_id,
            owed=Satang(owed),
            on=TODAY,
            resolution="มติ 3/2566",
            note="",
            idempotency_key=next(_keys),
            by=f"o{network.malee}",
            approved_by=f"o{network.boonmee}",
            at=NOW,
        )
    )


def guarantee(network: Network, loan_id: int, *, member: str, most: int = 12_000_00) -> None:
    """Let a member guarantee a loan."""

    def work(session: Session) -> None:
        person = member_by_number(session, book_id=network.book_id, number=member)
        number = session.scalar(select(func.count()).select_from(Guarantee)) or 0
        session.add(
            Guarantee(
                book_id=network.book_id,
                id=number + 1,
                member_id=person.id,
                application_id=None,
                loan_id=loan_id,
                most_satang=Satang(most),
                asked_at=NOW,
                asked_by=f"o{network.malee}",
                consented_on=TODAY,
                consent="ลงชื่อหน้าคณะกรรมการ",
                released_on=None,
                released_because="",
            )
        )

    write(work)


def written(network: Network) -> tuple[int | None, int | None, int | None]:
    """Count everything that a page about a loan could have written: entries, events, plans."""

    def look(session: Session) -> tuple[int | None, int | None, int | None]:
        return (
            session.get_one(Book, network.book_id).head_number,
            session.scalar(select(func.count()).select_from(LoanEvent)),
            session.scalar(select(func.count()).select_from(Plan)),
        )

    return read(look)


def outstanding(network: Network, loan_id: int) -> int:
    """Give the principal that is owed, in satang."""
    return read(
        lambda session: loan_view(session, book_id=network.book_id, loan_id=loan_id).outstanding
    )
