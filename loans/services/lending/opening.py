"""Opening a loan: its number, its ledger account, the contract as it was agreed."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from ledger.models import Account, Book
from ledger.money import ZERO, Satang, format_baht, total
from ledger.services import lock_book, open_account_under, standard_account
from ledger.thai import BUDDHIST_ERA
from loans.ceiling import check_ceiling, effective_rate_ppm
from loans.kinds import Side, WhyPlanned
from loans.models import Instalment, Loan, LoanProduct, Plan, Stage
from loans.plans import NextPlan, first_plan
from loans.postings import ACCOUNTS, COLLECTION_COSTS, CONTRACT_FEE, DEFAULT_INTEREST, RETENTION
from loans.schedule import Row, Schedule, Terms, TermsUnfit, make_schedule, terms_as_json
from loans.services.lending.contracts import Contract
from loans.services.records import (
    Cause,
    ResolutionMissing,
    Signed,
    hold_borrower,
    party_of,
    write_plan,
)
from loans.standing import PlanRow
from members.models import Member
from members.services.people import HasLeft

PREFIX = {Side.LENT: "LN", Side.BORROWED: "BR"}
CENTURY = 100


class ReferenceTaken(Conflict):
    """There is a contract of this number."""

    thai = "มีสัญญาเลขที่ {reference} อยู่แล้ว ใส่เลขที่สัญญาอื่น"


class StagesDoNotAddUp(RuleBroken):
    """The stages are not the principal together."""

    thai = "งวดงานรวมกัน {stages} บาท ไม่เท่ากับวงเงินกู้ {principal} บาท แก้งวดงานให้รวมกันเท่าวงเงิน"


class RetentionTooMuch(RuleBroken):
    """More would be kept back from a stage than the stage comes to."""

    thai = "เงินประกันผลงานของ “{what}” {retention} บาท ต้องน้อยกว่างวดงาน {amount} บาท"


class RowsDoNotAddUp(RuleBroken):
    """The instalments of the old book are not the principal together, or not in order."""

    thai = (
        "งวดที่นำเข้ารวมเงินต้น {rows} บาท ไม่เท่ากับเงินกู้ {principal} บาท "
        "หรือวันครบกำหนดไม่เรียงกัน แก้ตารางเดิมก่อน"
    )


def open_loan(session: Session, *, book_id: int, contract: Contract, by: str, at: datetime) -> Loan:
    """Open a loan's ledger account and its contract; nothing is paid out yet, nothing posted.

    What is lent is checked against the legal ceiling; what is borrowed is not ours to refuse.
    A borrower who is a member is held: they cannot leave while they owe.

    Raises:
        AboveCeiling: It would cost more a year than the law allows.
        TermsUnfit: The terms cannot be so.
        ResolutionMissing: No resolution is named.
        HasLeft: The borrower left the group.
        ReferenceTaken: There is a contract of this number.
        StagesDoNotAddUp, RetentionTooMuch: The stages are not the principal together.
    """
    lock_book(session, book_id=book_id)
    if not contract.resolution.strip():
        raise ResolutionMissing(reference=contract.reference)
    _refuse_who_left(session, book_id=book_id, member_id=contract.party.member_id)
    schedule = make_schedule(contract.terms)
    if contract.side is Side.LENT:
        effective = check_ceiling(schedule, fees=contract.fees, on=contract.contract_on)
    else:
        effective = effective_rate_ppm(schedule, fees=contract.fees)
    return _write_loan(
        session, book_id=book_id, contract=contract, effective=effective, signed=Signed(by, at)
    )


def bring_in_loan(
    session: Session,
    *,
    book_id: int,
    contract: Contract,
    rows: Sequence[tuple[date, Satang, Satang]],
    by: str,
    at: datetime,
) -> Loan:
    """Bring in a loan from an old or foreign book, as it was agreed there, above the ceiling too.

    ``rows`` are its own instalments as kept: day, principal and interest in satang; empty when the
    terms give them. ``disburse`` then pays it out on its old day.

    Raises:
        TermsUnfit: The terms cannot be so.
        RowsDoNotAddUp: The rows are not the principal together.
        ReferenceTaken: There is a contract of this number.
        StagesDoNotAddUp: The stages are not the principal together.
    """
    lock_book(session, book_id=book_id)
    terms = contract.terms
    kept = tuple(
        PlanRow(n, due_on, principal, interest)
        for n, (due_on, principal, interest) in enumerate(rows, start=1)
    )
    if kept:
        _check_rows(kept, terms)
    loan = _write_loan(
        session,
        book_id=book_id,
        contract=contract,
        effective=_effective(contract, kept),
        signed=Signed(by, at),
    )
    plan = NextPlan(
        starts_on=terms.disbursed_on,
        principal=terms.principal,
        carried_interest=ZERO,
        carried_default=ZERO,
        carried_costs=ZERO,
        terms=terms,
        rows=kept,
    )
    if not kept:
        plan = first_plan(terms, amount=terms.principal, paid_on=terms.disbursed_on)
    # It waits for its payout, whose event will be the first. That it came so, and was not granted
    # here, is told by its having no resolution.
    write_plan(
        session,
        loan=loan,
        plan=plan,
        cause=Cause(WhyPlanned.CONTRACT, after_n=1, caused_by_n=1),
        signed=Signed(by, at),
    )
    loan.plan_n = 0
    session.flush()
    return loan


def rows_of_old_book(session: Session, *, loan: Loan) -> tuple[PlanRow, ...]:
    """Give the instalments that a loan brought with it; empty for one that was opened here."""
    plan = session.get(Plan, (loan.book_id, loan.id, 1))
    if plan is None or plan.resolution:
        return ()
    rows = session.scalars(
        select(Instalment)
        .where(
            Instalment.book_id == loan.book_id,
            Instalment.loan_id == loan.id,
            Instalment.plan_n == plan.n,
        )
        .order_by(Instalment.n)
    )
    return tuple(
        PlanRow(row.n, row.due_on, row.principal_satang, row.interest_satang) for row in rows
    )


def _check_rows(rows: tuple[PlanRow, ...], terms: Terms) -> None:
    principal = total(row.principal for row in rows)
    days = [terms.disbursed_on, *(row.due_on for row in rows)]
    if principal != terms.principal or days != sorted(days):
        raise RowsDoNotAddUp(rows=format_baht(principal), principal=format_baht(terms.principal))


def _effective(contract: Contract, rows: tuple[PlanRow, ...]) -> int:
    """Give what a loan of an old book costs a year, from its own instalments where it has them."""
    try:
        schedule = make_schedule(contract.terms)
    except TermsUnfit:
        if not rows:
            raise
        return contract.terms.annual_rate_ppm
    if rows:
        schedule = Schedule(contract.terms, _as_schedule_rows(contract.terms, rows))
    return effective_rate_ppm(schedule, fees=contract.fees)


def _as_schedule_rows(terms: Terms, rows: tuple[PlanRow, ...]) -> tuple[Row, ...]:
    made, since, balance = [], terms.disbursed_on, int(terms.principal)
    for row in rows:
        balance -= row.principal
        made.append(
            Row(
                n=row.n,
                due_on=row.due_on,
                days=(row.due_on - since).days,
                payment=Satang(row.principal + row.interest),
                principal=row.principal,
                interest=row.interest,
                fee=row.fee,
                balance=Satang(balance),
            )
        )
        since = row.due_on
    return tuple(made)


def _refuse_who_left(session: Session, *, book_id: int, member_id: int | None) -> None:
    if member_id is not None:
        member = session.get_one(Member, (book_id, member_id))
        if member.left_on is not None:
            raise HasLeft(number=member.number)


def _write_loan(
    session: Session, *, book_id: int, contract: Contract, effective: int, signed: Signed
) -> Loan:
    _check_stages(contract)
    control = _control(session, book_id=book_id, contract=contract)
    running, reference = _number(session, book_id=book_id, contract=contract, control=control)
    loan_id = (session.scalar(select(func.max(Loan.id)).where(Loan.book_id == book_id)) or 0) + 1
    loan = Loan(
        book_id=book_id,
        id=loan_id,
        side=contract.side,
        purpose=contract.purpose,
        reference=reference,
        fund=control.fund,
        member_id=contract.party.member_id,
        other_book_id=contract.party.other_book_id,
        lender=contract.party.lender,
        product_code=contract.product_code,
        application_id=contract.application_id,
        principal_satang=contract.terms.principal,
        terms=terms_as_json(contract.terms),
        charge_name=contract.charge_name,
        fees_satang=contract.fees,
        effective_rate_ppm=effective,
        contract_on=contract.contract_on,
        resolution=contract.resolution,
        recorded_at=signed.at,
        recorded_by=signed.by,
        plan_n=0,
        closed_on=None,
        written_off_on=None,
    )
    loan.account_id = open_account_under(
        session,
        control=control,
        suffix=f"{running:04d}",
        name=f"{party_of(session, loan=loan)} {reference}",
        opened_on=contract.contract_on,
    ).id
    _open_other_accounts(session, contract=contract, control=control)
    session.add(loan)
    session.flush()
    session.add_all(
        Stage(
            book_id=book_id,
            loan_id=loan_id,
            n=n,
            planned_on=stage.planned_on,
            amount_satang=stage.amount,
            what=stage.what,
            contractor=stage.contractor,
            retention_satang=stage.retention,
            event_n=None,
            retention_entry_number=None,
        )
        for n, stage in enumerate(contract.stages, start=1)
    )
    session.flush()
    hold_borrower(session, loan=loan, on=contract.contract_on)
    return loan


def _check_stages(contract: Contract) -> None:
    if not contract.stages:
        return
    stages = total(stage.amount for stage in contract.stages)
    if stages != contract.terms.principal:
        raise StagesDoNotAddUp(
            stages=format_baht(stages), principal=format_baht(contract.terms.principal)
        )
    for stage in contract.stages:
        if not 0 <= stage.retention < stage.amount:
            raise RetentionTooMuch(
                what=stage.what,
                retention=format_baht(stage.retention),
                amount=format_baht(stage.amount),
            )


def _control(session: Session, *, book_id: int, contract: Contract) -> Account:
    """Give the control account under which a loan stands: its product's, or its purpose's."""
    if contract.product_code is not None:
        product = session.get_one(LoanProduct, (book_id, contract.product_code))
        return session.get_one(Account, (book_id, product.control_account_id))
    accounts = ACCOUNTS[contract.purpose]
    return standard_account(
        session,
        book_id=book_id,
        code=accounts.control,
        fund=accounts.fund,
        opened_on=contract.contract_on,
    )


def _open_other_accounts(session: Session, *, contract: Contract, control: Account) -> None:
    """Give an old book what it lacks, so that nothing is missing when money moves."""
    codes = [ACCOUNTS[contract.purpose].interest]
    if contract.side is Side.LENT:
        codes += [DEFAULT_INTEREST, CONTRACT_FEE, COLLECTION_COSTS]
    if any(stage.retention for stage in contract.stages):
        codes.append(RETENTION)
    for code in codes:
        standard_account(
            session,
            book_id=control.book_id,
            code=code,
            fund=control.fund,
            opened_on=contract.contract_on,
        )


def _number(
    session: Session, *, book_id: int, contract: Contract, control: Account
) -> tuple[int, str]:
    """Give a loan's running number in the group, and its number on paper.

    Raises:
        ReferenceTaken: There is a contract of the number that was asked for.
    """
    code = session.get_one(Book, book_id).code
    day = contract.contract_on
    month = f"{(day.year + BUDDHIST_ERA) % CENTURY:02d}{day.month:02d}"
    of_side = (Loan.book_id == book_id, Loan.side == contract.side)
    running = (session.scalar(select(func.count()).where(*of_side)) or 0) + 1
    if contract.reference and _is_taken(session, book_id=book_id, reference=contract.reference):
        raise ReferenceTaken(reference=contract.reference)
    while True:
        own = f"{PREFIX[contract.side]}{month}-{code}-{running:04d}"
        reference = contract.reference or own
        account = f"{control.code}-{running:04d}"
        if not _is_taken(
            session, book_id=book_id, reference=reference, account=(account, control.fund)
        ):
            return running, reference
        running += 1


def _is_taken(
    session: Session, *, book_id: int, reference: str, account: tuple[str, str] = ("", "")
) -> bool:
    loans = select(Loan.id).where(Loan.book_id == book_id, Loan.reference == reference)
    accounts = select(Account.id).where(
        Account.book_id == book_id, Account.code == account[0], Account.fund == account[1]
    )
    return bool(session.scalar(select(or_(loans.exists(), accounts.exists()))))
