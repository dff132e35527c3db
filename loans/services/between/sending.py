"""The first half: the group that the money leaves writes it, and the other is asked."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.entry import credit, debit
from ledger.errors import RuleBroken
from ledger.money import ZERO, Satang, format_baht
from ledger.rows import Head
from ledger.services import KeyUsedForAnother, PostedBatch, lock_book
from ledger.thai import BUDDHIST_ERA, format_date
from loans.kinds import TRANSFER_IN_THAI, DepositSide, Side, State, TransferKind
from loans.models import GroupTransfer, Loan, LoanEvent
from loans.postings import borrowing_paid_postings, repayment_lines
from loans.queries.between import (
    TransferState,
    children_of,
    counterpart_of,
    kept_between,
    mother_of,
    transfer_view,
)
from loans.queries.loans import LoanView, NotPaidOut, accounts_of_loan, loan_view, split_of
from loans.schedule import Terms, terms_as_json
from loans.services.between.halves import (
    CONTROL_OF,
    FUND,
    Sending,
    check_control,
    check_loan_accounts,
    contract_between,
    deposit_account,
    money_for,
    name_of,
    post_half,
)
from loans.services.borrowings import refuse_one_alone
from loans.services.lending import PayoutOrder, disburse, open_loan
from loans.services.records import ResolutionMissing, events_that_stand
from loans.services.repaying import PaidBeforeLast, RepaidAlready, Repayment, record_repayment
from loans.waterfall import Split

_ENDED = {State.REPAID: "ชำระครบแล้ว", State.WRITTEN_OFF: "ตัดเป็นหนี้สูญแล้ว"}


class NotItsChild(RuleBroken):
    """Money goes only between a mother and her own children."""

    thai = "รับส่งเงินระหว่างกันได้เฉพาะเครือข่ายแม่กับกลุ่มลูกของตน เลือกกลุ่มลูกจากรายการ"


class NoCounterpart(RuleBroken):
    """The contract has no loan in the other group's book that mirrors it."""

    thai = "สัญญา {reference} ไม่มีคู่ในสมุดของอีกกลุ่ม จ่ายคืนแบบลงสองสมุดไม่ได้ ให้ทั้งสองกลุ่มตรวจสัญญาร่วมกันก่อน"


class BooksDisagree(RuleBroken):
    """The loan and its mirror do not stand on the same principal."""

    thai = (
        "สัญญา {reference} สองสมุดเหลือเงินต้นไม่เท่ากัน เครือข่ายแม่ {mother} บาท กลุ่มเรา {child} บาท "
        "ให้สองกลุ่มตรวจรายการที่กลับฝ่ายเดียวหรือลงฝ่ายเดียวให้ตรงกันก่อน แล้วจึงจ่ายคืน"
    )


class EarlierWaits(RuleBroken):
    """An earlier repayment waits, so that the mother's book cannot divide another yet."""

    thai = "งวดก่อน {reference} ยังรอเครือข่ายแม่ยืนยันรับ ให้ยืนยันก่อนแล้วจึงส่งงวดใหม่"


class MoreThanKept(RuleBroken):
    """The withdrawal is more than the child keeps with its mother."""

    thai = "{child}ฝากไว้ {kept} บาท คืนได้ไม่เกินนี้"


def lend_to_child(
    session: Session, *, book_id: int, child_code: str, terms: Terms, resolution: str, sent: Sending
) -> GroupTransfer:
    """Lend money to a child: the mother's loan is opened and paid out, the child's half waits.

    Raises:
        OneOfficerAlone: There is no second officer.
        NotItsChild: The group is no child of this one.
        ResolutionMissing: No resolution is named.
        OldAccount: 15010 here or 22040 there takes no accounts under it.
        AboveCeiling: It would cost more a year than the law allows.
        And whatever ``disburse`` raises.

    Source:
        Event E29, the mother's half.
    """
    refuse_one_alone(sent.approved_by)
    head = lock_book(session, book_id=book_id, idempotency_key=sent.idempotency_key)
    if head.posted_before is not None:
        return _sent_before(session, head=head, what=TransferKind.LOAN, sent=sent)
    child = _child(session, book_id=book_id, code=child_code)
    if not resolution.strip():
        raise ResolutionMissing(book_id=book_id)
    check_loan_accounts(session, mother_book_id=book_id, child_book_id=child)
    reference = _next_reference(session, head=head, moved_on=sent.moved_on)
    loan = open_loan(
        session,
        book_id=book_id,
        contract=contract_between(
            side=Side.LENT,
            other_book_id=child,
            terms=terms,
            reference=reference,
            moved_on=sent.moved_on,
            resolution=resolution,
        ),
        by=sent.by,
        at=sent.at,
    )
    posted = disburse(
        session,
        book_id=book_id,
        order=PayoutOrder(
            loan_id=loan.id,
            amount=sent.amount,
            paid_on=sent.moved_on,
            through=sent.through,
            note=sent.note,
        ),
        idempotency_key=sent.idempotency_key,
        by=sent.by,
        approved_by=sent.approved_by,
        at=sent.at,
    )
    return _begin(
        session,
        reference=reference,
        books=(book_id, child),
        what=TransferKind.LOAN,
        interest=ZERO,
        loan_id=loan.id,
        agreed={"terms": terms_as_json(terms), "resolution": resolution},
        posted=posted,
        sent=sent,
    )


def repay_mother(session: Session, *, book_id: int, loan_id: int, sent: Sending) -> GroupTransfer:
    """Pay the mother back: the child's half is written, divided as the mother's loan divides it.

    Raises:
        OneOfficerAlone: There is no second officer.
        LoanNotFound: There is no such borrowing.
        NoCounterpart: The mother's book has no loan that mirrors it.
        EarlierWaits: An earlier repayment has not been confirmed yet.
        NotEnoughMoney: The box or bank account does not hold it.
        And whatever ``division_of`` and ``post_batch`` raise.

    Source:
        Event E30, the child's half.
    """
    refuse_one_alone(sent.approved_by)
    head = lock_book(session, book_id=book_id, idempotency_key=sent.idempotency_key)
    if head.posted_before is not None:
        return _sent_before(session, head=head, what=TransferKind.REPAYMENT, sent=sent)
    _refuse_earlier(session, book_id=book_id, loan_id=loan_id)
    split, mother = division_of(
        session, book_id=book_id, loan_id=loan_id, amount=sent.amount, on=sent.moved_on
    )
    accounts = accounts_of_loan(session, book_id=book_id, loan_id=loan_id)
    money = money_for(session, book_id=book_id, sent=sent)
    reference = _next_reference(session, head=head, moved_on=sent.moved_on)
    postings = borrowing_paid_postings(
        split,
        accounts=accounts,
        money_account_id=money,
    )
    posted = post_half(
        session,
        book_id=book_id,
        reference=reference,
        postings=postings,
        what=f"ชำระเงินกู้ {mother.reference} ให้{name_of(session, mother.book_id)}",
        sent=sent,
    )
    record_repayment(
        session,
        book_id=book_id,
        repayment=Repayment(
            loan_id=loan_id,
            fund=accounts.fund,
            paid_on=sent.moved_on,
            split=split,
            lines=repayment_lines(split, accounts),
            payer_member_id=None,
        ),
        entry_number=posted.first_number,
        note=sent.note,
        by=sent.by,
        at=sent.at,
    )
    return _begin(
        session,
        reference=reference,
        books=(book_id, mother.book_id),
        what=TransferKind.REPAYMENT,
        interest=Satang(sent.amount - split.principal),
        loan_id=loan_id,
        to_loan_id=mother.id,
        agreed={},
        posted=posted,
        sent=sent,
    )


def _refuse_earlier(session: Session, *, book_id: int, loan_id: int) -> None:
    waiting = select(GroupTransfer.reference).where(
        GroupTransfer.from_book_id == book_id,
        GroupTransfer.what == TransferKind.REPAYMENT,
        GroupTransfer.from_loan_id == loan_id,
        GroupTransfer.confirmed_at.is_(None),
    )
    for reference in session.scalars(waiting):
        view = transfer_view(session, book_id=book_id, reference=reference, on=date.min)
        if view.state is TransferState.WAITING:
            raise EarlierWaits(reference=reference)


def division_of(
    session: Session, *, book_id: int, loan_id: int, amount: Satang, on: date
) -> tuple[Split, Loan]:
    """Tell how the mother's loan divides what a child is about to pay, and which loan that is.

    It is hers that counts: both books then stand on the same principal, and what she asks beside
    it (default interest, costs of collecting) is the child's cost of borrowing.

    Raises:
        LoanNotFound, NoCounterpart, NotPaidOut, MoreThanOwed: It could not be paid.
        RepaidAlready: One of the two is repaid or written off.
        PaidBeforeLast: The day is before one on which something was recorded in either book.
        BooksDisagree: The two do not stand on the same principal.
    """
    own = loan_view(session, book_id=book_id, loan_id=loan_id)
    loan = session.get_one(Loan, (book_id, loan_id))
    mother = counterpart_of(session, loan=loan) if loan.side is Side.BORROWED else None
    if mother is None:
        raise NoCounterpart(reference=loan.reference)
    hers = loan_view(session, book_id=mother.book_id, loan_id=mother.id)
    for view, one in ((own, loan), (hers, mother)):
        _refuse_not_payable(view, events_that_stand(session, loan=one), on=on)
    if own.outstanding != hers.outstanding:
        raise BooksDisagree(
            reference=loan.reference,
            mother=format_baht(hers.outstanding),
            child=format_baht(own.outstanding),
        )
    split = split_of(session, book_id=mother.book_id, loan_id=mother.id, amount=amount, on=on)
    return split, mother


def _refuse_not_payable(view: LoanView, events: list[LoanEvent], *, on: date) -> None:
    """Refuse a payment of a loan that does not run, or before its last event."""
    if view.state in {State.GRANTED, State.CANCELLED}:
        raise NotPaidOut(reference=view.reference)
    if view.state is not State.RUNNING:
        raise RepaidAlready(reference=view.reference, how=_ENDED[view.state])
    last = max((event.happened_on for event in events), default=on)
    if on < last:
        raise PaidBeforeLast(last=format_date(last))


def deposit_with_mother(session: Session, *, book_id: int, sent: Sending) -> GroupTransfer:
    """Keep money with the mother: the child's half is written, hers waits.

    Raises:
        OneOfficerAlone: There is no second officer.
        NoMother: The group has none.
        OldAccount: 12610 here or 21090 there takes no accounts under it.
        NotEnoughMoney: The box or bank account does not hold it.
        And whatever ``post_batch`` raises.

    Source:
        Event E31, the child's half.
    """
    refuse_one_alone(sent.approved_by)
    head = lock_book(session, book_id=book_id, idempotency_key=sent.idempotency_key)
    if head.posted_before is not None:
        return _sent_before(session, head=head, what=TransferKind.DEPOSIT, sent=sent)
    mother = mother_of(session, book_id=book_id).book_id
    return _send_deposit(
        session,
        head=head,
        what=TransferKind.DEPOSIT,
        side=DepositSide.WITH_OTHER,
        other_book_id=mother,
        sent=sent,
    )


def return_deposit(
    session: Session, *, book_id: int, child_code: str, sent: Sending
) -> GroupTransfer:
    """Give a child back what it keeps here: the mother's half is written, the child's waits.

    Raises:
        OneOfficerAlone: There is no second officer.
        NotItsChild: The group is no child of this one.
        MoreThanKept: It is more than the child keeps here.
        NotEnoughMoney: The box or bank account does not hold it.
        And whatever ``post_batch`` raises.
    """
    refuse_one_alone(sent.approved_by)
    head = lock_book(session, book_id=book_id, idempotency_key=sent.idempotency_key)
    if head.posted_before is not None:
        return _sent_before(session, head=head, what=TransferKind.WITHDRAWAL, sent=sent)
    child = _child(session, book_id=book_id, code=child_code)
    kept = kept_between(session, book_id=book_id, other_book_id=child, side=DepositSide.OF_OTHER)
    if sent.amount > kept:
        raise MoreThanKept(child=name_of(session, child), kept=format_baht(kept))
    return _send_deposit(
        session,
        head=head,
        what=TransferKind.WITHDRAWAL,
        side=DepositSide.OF_OTHER,
        other_book_id=child,
        sent=sent,
    )


def _send_deposit(
    session: Session,
    *,
    head: Head,
    what: TransferKind,
    side: DepositSide,
    other_book_id: int,
    sent: Sending,
) -> GroupTransfer:
    book_id = head.book_id
    theirs = DepositSide.OF_OTHER if side is DepositSide.WITH_OTHER else DepositSide.WITH_OTHER
    check_control(session, book_id=other_book_id, code=CONTROL_OF[theirs])
    account = deposit_account(
        session, book_id=book_id, other_book_id=other_book_id, side=side, on=sent.moved_on
    )
    money = money_for(session, book_id=book_id, sent=sent)
    reference = _next_reference(session, head=head, moved_on=sent.moved_on)
    postings = (debit(account, FUND, sent.amount), credit(money, FUND, sent.amount))
    posted = post_half(
        session,
        book_id=book_id,
        reference=reference,
        postings=postings,
        what=f"{TRANSFER_IN_THAI[what]} ถึง{name_of(session, other_book_id)}",
        sent=sent,
    )
    return _begin(
        session,
        reference=reference,
        books=(book_id, other_book_id),
        what=what,
        interest=ZERO,
        loan_id=None,
        agreed={},
        posted=posted,
        sent=sent,
    )


def _begin(
    session: Session,
    *,
    reference: str,
    books: tuple[int, int],
    what: TransferKind,
    interest: Satang,
    loan_id: int | None,
    agreed: dict[str, object],
    posted: PostedBatch,
    sent: Sending,
    to_loan_id: int | None = None,
) -> GroupTransfer:
    transfer = GroupTransfer(
        reference=reference,
        from_book_id=books[0],
        to_book_id=books[1],
        what=what,
        amount_satang=sent.amount,
        interest_satang=interest,
        moved_on=sent.moved_on,
        from_loan_id=loan_id,
        to_loan_id=to_loan_id,
        terms=agreed,
        from_entry_number=posted.first_number,
        to_entry_number=None,
        begun_by=sent.by,
        begun_at=sent.at,
        confirmed_by=None,
        confirmed_at=None,
    )
    session.add(transfer)
    session.flush()
    return transfer


def _sent_before(
    session: Session, *, head: Head, what: TransferKind, sent: Sending
) -> GroupTransfer:
    """Give what this very request sent before, and refuse a key that was another's."""
    assert head.posted_before is not None
    transfer = session.scalar(
        select(GroupTransfer).where(
            GroupTransfer.from_book_id == head.book_id,
            GroupTransfer.from_entry_number == head.posted_before[0],
            GroupTransfer.what == what,
            GroupTransfer.amount_satang == sent.amount,
            GroupTransfer.moved_on == sent.moved_on,
        )
    )
    if transfer is None:
        raise KeyUsedForAnother(key=sent.idempotency_key)
    return transfer


def _next_reference(session: Session, *, head: Head, moved_on: date) -> str:
    """Give the next number of the group that sends: ``IG6904-KHP-0001``."""
    sent = session.scalar(select(func.count()).where(GroupTransfer.from_book_id == head.book_id))
    year = (moved_on.year + BUDDHIST_ERA) % 100
    return f"IG{year:02d}{moved_on.month:02d}-{head.code}-{(sent or 0) + 1:04d}"


def _child(session: Session, *, book_id: int, code: str) -> int:
    found = next((g for g in children_of(session, book_id=book_id) if g.code == code), None)
    if found is None:
        raise NotItsChild(code=code)
    return found.book_id
