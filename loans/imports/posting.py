"""Bringing loans in from two sheets: all of them in one batch, or none; sent again, once."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.entry import EntryDraft, EntryKind, PostingDraft, credit, debit
from ledger.errors import RuleBroken
from ledger.money import Satang, total
from ledger.services import lock_book, post_batch
from loans.imports.rows import (
    PAID_OUT,
    KeptLoan,
    KeptRow,
    KeptState,
    LoanRowsAreWrong,
    ReadLoans,
    fitted_rows,
)
from loans.kinds import PURPOSE_IN_THAI, Decision, EventKind, Purpose, Side
from loans.models import Application, ApplicationDecision, Guarantee, Loan, LoanProduct
from loans.queries.loans import accounts_of_loan
from loans.schedule import Every, Terms
from loans.services.lending import Contract, Party, bring_in_loan
from loans.services.records import Happened, Signed, close, write_event
from members.services.people.holding import hold

RESOLUTION = "ตามสมุดเดิม"
CHARGE = "ดอกเบี้ย"


class NoSuchKindOfLoan(RuleBroken):
    """An application needs a kind of loan that the group offers."""

    thai = "กลุ่มยังไม่มี{name} เปิดประเภทเงินกู้นี้ก่อน แล้วนำเข้าอีกครั้ง"


class NoInstalments(RuleBroken):
    """A loan that was paid out has no instalments in the second sheet."""

    thai = "สัญญา {reference} ไม่มีงวดในแผ่นงวด ใส่งวดตามสมุดเดิมอย่างน้อยหนึ่งแถว"


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """What was brought in.

    Attributes:
        loans: Contracts that were paid out.
        applications: Those that wait or were refused.
        payments: Payments of instalments.
        outstanding: What is still owed by all together, in satang.
        said: What was done to schedules that did not add up.
        replayed: The same sheets had been brought in before, and nothing was written now.
    """

    loans: int
    applications: int
    payments: int
    outstanding: Satang
    said: tuple[str, ...]
    replayed: bool


@dataclass(frozen=True, slots=True)
class _Step:
    """A payout or a payment on its way into the book."""

    on: date
    loan: Loan
    kept: KeptLoan
    row: KeptRow | None


def bring_in(
    session: Session,
    *,
    book_id: int,
    read: ReadLoans,
    contra_account_id: int,
    idempotency_key: str,
    by: str,
    at: datetime,
) -> BroughtIn:
    """Bring in every loan of two sheets as it was agreed and paid in the old book.

    Loans above the legal ceiling come in as they are; pages warn. Payments keep the division that
    the old book made. Entries stand in the order of their days.

    Args:
        session: A session opened for writing.
        book_id: The group's book.
        read: Both sheets, read.
        contra_account_id: The account on the other side: the cash box, or opening balances.
        idempotency_key: What makes these sheets the same when they are sent again.
        by: The mark of whoever brings them in.
        at: Now, aware.

    Raises:
        LoanRowsAreWrong: A row has something wrong with it.
        NoSuchKindOfLoan: An application is of a kind that the group does not offer.
        NoInstalments: A contract that was paid out has none.
        And whatever ``bring_in_loan`` and ``post_batch`` raise.
    """
    if read.problems:
        raise LoanRowsAreWrong(count=len(read.problems))
    head = lock_book(session, book_id=book_id, idempotency_key=idempotency_key)
    paid_out = [kept for kept in read.loans if kept.state in PAID_OUT]
    others = [kept for kept in read.loans if kept.state not in PAID_OUT]
    steps = sum(1 for kept in paid_out for row in kept.rows if row.is_paid)
    fitted = {kept.reference: fitted_rows(kept) for kept in paid_out if kept.rows}
    result = BroughtIn(
        loans=len(paid_out),
        applications=len(others),
        payments=steps,
        outstanding=total(kept.outstanding for kept in paid_out),
        said=tuple(said for _rows, said in fitted.values() if said),
        replayed=head.posted_before is not None,
    )
    if result.replayed:
        return result
    signed = Signed(by, at)
    opened = []
    for kept in paid_out:
        if not kept.rows:
            raise NoInstalments(reference=kept.reference)
        rows = fitted[kept.reference][0]
        opened.append((kept, _open(session, book_id, kept, rows, signed=signed)))
    for kept in others:
        _apply(session, book_id, kept, signed=signed)
    if opened:
        _post(session, opened, contra=contra_account_id, key=idempotency_key, signed=signed)
    return result


def _open(
    session: Session,
    book_id: int,
    kept: KeptLoan,
    rows: tuple[tuple[date, Satang, Satang], ...],
    *,
    signed: Signed,
) -> Loan:
    assert kept.paid_on is not None
    contract = Contract(
        side=Side.LENT,
        purpose=kept.purpose,
        party=Party(member_id=kept.member.id),
        terms=Terms(
            principal=kept.principal,
            annual_rate_ppm=kept.annual_rate_ppm,
            instalments=len(rows),
            method=kept.method,
            every=Every.CHOSEN,
            first_due_on=rows[0][0],
            due_days=tuple(day for day, _principal, _interest in rows),
            disbursed_on=kept.paid_on,
        ),
        fees=kept.fees,
        charge_name=CHARGE,
        contract_on=min(kept.asked_on, kept.paid_on),
        resolution=RESOLUTION,
        reference=kept.reference,
    )
    loan = bring_in_loan(
        session, book_id=book_id, contract=contract, rows=rows, by=signed.by, at=signed.at
    )
    for guarantor in kept.guarantors:
        _guarantee(session, loan, guarantor.id, on=contract.contract_on, signed=signed)
    return loan


def _guarantee(session: Session, loan: Loan, member_id: int, *, on: date, signed: Signed) -> None:
    """Write a guarantor of the old book; where it named no most, the whole principal is."""
    newest = session.scalar(select(func.max(Guarantee.id)).where(Guarantee.book_id == loan.book_id))
    guarantee = Guarantee(
        book_id=loan.book_id,
        id=(newest or 0) + 1,
        member_id=member_id,
        application_id=None,
        loan_id=loan.id,
        most_satang=loan.principal_satang,
        asked_at=signed.at,
        asked_by=signed.by,
        consented_on=on,
        consent=RESOLUTION,
        released_on=None,
        released_because="",
    )
    session.add(guarantee)
    session.flush()
    hold(
        session,
        book_id=loan.book_id,
        member_id=member_id,
        because=f"guarantee {guarantee.id}",
        sentence=f"ค้ำประกันสัญญา {loan.reference}",
        on=on,
    )


def _apply(session: Session, book_id: int, kept: KeptLoan, *, signed: Signed) -> None:
    """Write an application that waits, or that was refused in the old book."""
    newest = session.scalar(select(func.max(Application.id)).where(Application.book_id == book_id))
    application_id = (newest or 0) + 1
    session.add(
        Application(
            book_id=book_id,
            id=application_id,
            member_id=kept.member.id,
            product_code=_product(session, book_id=book_id, purpose=kept.purpose),
            amount_satang=kept.asked,
            instalments=kept.instalments,
            what_for=kept.what_for,
            household_income_satang=Satang(0),
            collateral="",
            refinances_loan_id=None,
            applied_on=kept.asked_on,
            idempotency_key=f"import {kept.reference}",
            recorded_at=signed.at,
            recorded_by=signed.by,
        )
    )
    session.flush()
    if kept.state is KeptState.REFUSED:
        session.add(
            ApplicationDecision(
                book_id=book_id,
                application_id=application_id,
                decision=Decision.REFUSED,
                decided_on=kept.asked_on,
                resolution=RESOLUTION,
                why=RESOLUTION,
                decided_at=signed.at,
                decided_by=signed.by,
                approved_by=None,
            )
        )
        session.flush()


def _product(session: Session, *, book_id: int, purpose: Purpose) -> str:
    code = session.scalar(
        select(LoanProduct.code)
        .where(LoanProduct.book_id == book_id, LoanProduct.purpose == purpose)
        .order_by(LoanProduct.position)
    )
    if code is None:
        raise NoSuchKindOfLoan(name=PURPOSE_IN_THAI[purpose])
    return code


def _post(
    session: Session,
    opened: list[tuple[KeptLoan, Loan]],
    *,
    contra: int,
    key: str,
    signed: Signed,
) -> None:
    """Post every payout and payment by the order of their days, and write down what happened."""
    steps = []
    for kept, loan in opened:
        assert kept.paid_on is not None
        steps.append(_Step(kept.paid_on, loan, kept, None))
        steps += [
            _Step(row.paid_on, loan, kept, row)
            for row in kept.rows
            if row.is_paid and row.paid_on is not None
        ]
    steps.sort(key=lambda step: (step.on, step.row is not None))
    posted = post_batch(
        session,
        book_id=opened[0][1].book_id,
        drafts=[_draft(session, step, contra=contra) for step in steps],
        idempotency_key=key,
        posted_by=signed.by,
        posted_at=signed.at,
    )
    for number, step in zip(posted.numbers, steps, strict=True):
        _write_down(session, step, entry_number=number, signed=signed)
    for kept, loan in opened:
        if not kept.outstanding:
            close(session, loan=loan, on=max(step.on for step in steps if step.loan is loan))
    session.flush()


def _draft(session: Session, step: _Step, *, contra: int) -> EntryDraft:
    loan, row = step.loan, step.row
    if row is None:
        return EntryDraft(
            entered_on=step.on,
            kind=EntryKind.IMPORTED,
            reference=loan.reference,
            memo=f"จ่ายเงินกู้ตามสมุดเดิม {step.kept.what_for}",
            postings=(
                debit(loan.account_id, loan.fund, loan.principal_satang),
                credit(contra, loan.fund, loan.principal_satang),
            ),
        )
    accounts = accounts_of_loan(session, book_id=loan.book_id, loan_id=loan.id)
    lines: list[PostingDraft] = [
        credit(account, loan.fund, amount)
        for account, amount in (
            (accounts.interest, row.paid_interest),
            (accounts.loan, row.paid_principal),
        )
        if amount
    ]
    paid = Satang(row.paid_principal + row.paid_interest)
    return EntryDraft(
        entered_on=step.on,
        kind=EntryKind.IMPORTED,
        reference=row.receipt,
        memo=f"รับชำระเงินกู้ตามสมุดเดิม {loan.reference}",
        postings=(debit(contra, loan.fund, paid), *lines),
    )


def _write_down(session: Session, step: _Step, *, entry_number: int, signed: Signed) -> None:
    row = step.row
    if row is None:
        happened = Happened(
            EventKind.BROUGHT_IN, step.on, entry_number, principal=step.loan.principal_satang
        )
        # The plan that it brought waits for this first event.
        step.loan.plan_n = 1
    else:
        happened = Happened(
            EventKind.REPAID,
            step.on,
            entry_number,
            principal=row.paid_principal,
            interest=row.paid_interest,
            note=RESOLUTION,
        )
    write_event(session, loan=step.loan, happened=happened, signed=signed)
