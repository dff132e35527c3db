"""Reading money between groups: what waits for the other's half, and whether two books agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.errors import NotFound
from ledger.models import Entry, Posting
from ledger.money import ZERO, Satang
from ledger.thai import today_in_bangkok
from loans.kinds import DepositSide, Side, TransferKind
from loans.models import GroupAccount, GroupTransfer, Loan
from loans.queries.loans import find_loan, standing_of
from loans.schedule import Terms, terms_from_json
from loans.standing import Standing
from members.models import Group


class TransferNotFound(NotFound):
    """Nothing of this reference was sent from or to the group."""

    thai = "ไม่พบรายการระหว่างกลุ่มเลขที่ {reference} กลับไปเลือกจากหน้าเงินระหว่างกลุ่มแม่กับกลุ่มลูก"


class NoMother(NotFound):
    """The group is nobody's child."""

    thai = "กลุ่มนี้ยังไม่ได้ตั้งว่าอยู่ใต้เครือข่ายแม่กลุ่มใด ให้ผู้ดูแลระบบตั้งก่อน"


class TransferState(StrEnum):
    """How far something that was sent has come; worked out, never kept."""

    WAITING = "waiting"
    AGREED = "agreed"
    TAKEN_BACK = "taken_back"
    ONE_SIDED = "one_sided"


STATE_IN_THAI = {
    TransferState.WAITING: "รอยืนยันรับ",
    TransferState.AGREED: "ลงครบสองฝ่าย",
    TransferState.TAKEN_BACK: "กลับรายการแล้ว",
    TransferState.ONE_SIDED: "กลับรายการฝ่ายเดียว",
}


@dataclass(frozen=True, slots=True)
class GroupName:
    """A group as the pages name it."""

    book_id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class TransferView:
    """Something that one group sent another, with both halves; amounts in satang.

    Attributes:
        reference: The number that both halves bear.
        what: Why it was sent.
        sender: The group where the money left.
        receiver: The group where it arrives.
        amount: What was sent.
        interest: How much of a repayment is interest and not principal.
        moved_on: The day of both halves.
        state: How far it has come.
        days: For how many days it has waited.
        sender_loan_id: The sender's loan or borrowing, or None.
        receiver_loan_id: The receiver's, once there is one.
        terms: What was agreed about a new loan, or None.
        resolution: The sender's resolution of a new loan, or empty.
        sender_entry: The sender's entry.
        receiver_entry: The receiver's entry, or None.
        sender_took_back: Whether the sender's entry was taken back.
        receiver_took_back: Whether the receiver's was.
        begun_by: The mark of the officer who sent it.
        begun_at: When.
        confirmed_by: The mark of the officer who confirmed it, or None.
        confirmed_at: When, or None.
    """

    reference: str
    what: TransferKind
    sender: GroupName
    receiver: GroupName
    amount: Satang
    interest: Satang
    moved_on: date
    state: TransferState
    days: int
    sender_loan_id: int | None
    receiver_loan_id: int | None
    terms: Terms | None
    resolution: str
    sender_entry: int | None
    receiver_entry: int | None
    sender_took_back: bool
    receiver_took_back: bool
    begun_by: str
    begun_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None

    @property
    def principal(self) -> Satang:
        """What of it changes the debt or the deposit."""
        return Satang(self.amount - self.interest)


@dataclass(frozen=True, slots=True)
class Mirror:
    """What a mother's book says of a child, beside what the child's says of the mother; in satang.

    Attributes:
        mother: The mother.
        child: The child.
        lent: What the child owes by the mother's book (15010).
        borrowed: What it owes by its own (22040).
        held: What the mother keeps for the child by her book (21090).
        deposited: What the child keeps with her by its own (12610).
        loan_waits: How much of the difference of the loans is halves that wait.
        deposit_waits: The same for the deposits.
    """

    mother: GroupName
    child: GroupName
    lent: Satang
    borrowed: Satang
    held: Satang
    deposited: Satang
    loan_waits: Satang
    deposit_waits: Satang

    @property
    def loan_difference(self) -> Satang:
        """The mother's figure of the loans less the child's."""
        return Satang(self.lent - self.borrowed)

    @property
    def deposit_difference(self) -> Satang:
        """The mother's figure of the deposits less the child's."""
        return Satang(self.held - self.deposited)

    @property
    def agrees(self) -> bool:
        """Whether both books say the same."""
        return not self.loan_difference and not self.deposit_difference

    @property
    def is_explained(self) -> bool:
        """Whether halves that wait explain every difference."""
        return (
            self.loan_difference == self.loan_waits
            and self.deposit_difference == self.deposit_waits
        )


def mother_of(session: Session, *, book_id: int) -> GroupName:
    """Give the mother of a group.

    Raises:
        NoMother: It has none.
    """
    mother = aliased(Group)
    found = session.execute(
        select(mother.book_id, mother.code, mother.name)
        .join(Group, Group.mother_book_id == mother.book_id)
        .where(Group.book_id == book_id)
    ).one_or_none()
    if found is None:
        raise NoMother(book_id=book_id)
    return GroupName(*found)


def children_of(session: Session, *, book_id: int) -> list[GroupName]:
    """Give the children of a group, by code."""
    rows = session.execute(
        select(Group.book_id, Group.code, Group.name)
        .where(Group.mother_book_id == book_id)
        .order_by(Group.code)
    )
    return [GroupName(*row) for row in rows]


def transfer_view(session: Session, *, book_id: int, reference: str, on: date) -> TransferView:
    """Give something that was sent from or to a group.

    Raises:
        TransferNotFound: The group has nothing to do with it, or there is none.
    """
    found = _views(session, _transfers(book_id).where(GroupTransfer.reference == reference), on=on)
    if not found:
        raise TransferNotFound(reference=reference)
    return found[0]


def transfers_of(session: Session, *, book_id: int, on: date) -> list[TransferView]:
    """Give everything that was sent from or to a group: what waits first, then the newest."""
    found = _views(session, _transfers(book_id), on=on)
    return sorted(found, key=lambda view: view.state is not TransferState.WAITING)


def waiting_halves(session: Session, *, on: date) -> list[TransferView]:
    """Give everything in the network that waits for its other half, the oldest first."""
    waiting = select(GroupTransfer).where(GroupTransfer.confirmed_at.is_(None))
    found = [
        view for view in _views(session, waiting, on=on) if view.state is TransferState.WAITING
    ]
    return sorted(found, key=lambda view: (view.begun_at, view.reference))


def arrivals_of(session: Session, *, book_id: int, on: date) -> list[TransferView]:
    """Give what was sent to a group and waits until it confirms it, the oldest first."""
    sent = select(GroupTransfer).where(
        GroupTransfer.to_book_id == book_id, GroupTransfer.confirmed_at.is_(None)
    )
    found = [view for view in _views(session, sent, on=on) if view.state is TransferState.WAITING]
    return sorted(found, key=lambda view: (view.begun_at, view.reference))


def _transfers(book_id: int) -> Select[GroupTransfer]:
    return (
        select(GroupTransfer)
        .where(
            or_(GroupTransfer.from_book_id == book_id, GroupTransfer.to_book_id == book_id),
        )
        .order_by(GroupTransfer.begun_at.desc(), GroupTransfer.reference.desc())
    )


def _views(session: Session, wanted: Select[GroupTransfer], *, on: date) -> list[TransferView]:
    transfers = session.scalars(wanted).all()
    names = {
        book_id: GroupName(book_id, code, name)
        for book_id, code, name in session.execute(select(Group.book_id, Group.code, Group.name))
    }
    halves = {
        (book_id, number)
        for row in transfers
        for book_id, number in (
            (row.from_book_id, row.from_entry_number),
            (row.to_book_id, row.to_entry_number),
        )
        if number is not None
    }
    taken_back = _taken_back(session, halves)
    return [_view(row, names=names, taken_back=taken_back, on=on) for row in transfers]


def _taken_back(session: Session, halves: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Tell which of some entries were taken back, book by book."""
    of_book: dict[int, list[int]] = {}
    for book_id, number in halves:
        of_book.setdefault(book_id, []).append(number)
    return {
        (book_id, number)
        for book_id, numbers in of_book.items()
        for number in session.scalars(
            select(Entry.reverses_number).where(
                Entry.book_id == book_id, Entry.reverses_number.in_(numbers)
            )
        )
        if number is not None
    }


def _view(
    row: GroupTransfer,
    *,
    names: dict[int, GroupName],
    taken_back: set[tuple[int, int]],
    on: date,
) -> TransferView:
    sender_took_back = (row.from_book_id, row.from_entry_number) in taken_back
    receiver_took_back = (row.to_book_id, row.to_entry_number) in taken_back
    begun_on = today_in_bangkok(row.begun_at)
    agreed = row.terms or {}
    return TransferView(
        reference=row.reference,
        what=row.what,
        sender=names[row.from_book_id],
        receiver=names[row.to_book_id],
        amount=row.amount_satang,
        interest=row.interest_satang,
        moved_on=row.moved_on,
        state=_state(row, sender_took_back, receiver_took_back),
        days=max(0, (on - begun_on).days),
        sender_loan_id=row.from_loan_id,
        receiver_loan_id=row.to_loan_id,
        terms=terms_from_json(agreed["terms"]) if "terms" in agreed else None,
        resolution=str(agreed.get("resolution", "")),
        sender_entry=row.from_entry_number,
        receiver_entry=row.to_entry_number,
        sender_took_back=sender_took_back,
        receiver_took_back=receiver_took_back,
        begun_by=row.begun_by,
        begun_at=row.begun_at,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
    )


def _state(row: GroupTransfer, sender_took_back: bool, receiver_took_back: bool) -> TransferState:  # noqa: FBT001
    if row.confirmed_at is None:
        return TransferState.TAKEN_BACK if sender_took_back else TransferState.WAITING
    if sender_took_back and receiver_took_back:
        return TransferState.TAKEN_BACK
    if sender_took_back or receiver_took_back:
        return TransferState.ONE_SIDED
    return TransferState.AGREED


# ---------------------------------------------------------------- do two books agree


def mirrors(session: Session, *, on: date, book_id: int | None = None) -> list[Mirror]:
    """Compare the two books of every mother and child at the end of a day, in a few statements.

    Args:
        session: A session opened for reading.
        on: The day, going by the days on which money moved.
        book_id: Only pairs in which this group is; None for all.

    Source:
        Invariant of the network: the mother's 15010 of a child is the child's 22040, and her 21090
        of it is its 12610.
    """
    pairs = _pairs(session, book_id=book_id)
    owed = _owed(session, on=on)
    kept = _kept(session, on=on)
    waiting = waiting_halves(session, on=on)
    found = []
    for mother, child in pairs:
        theirs = [
            view
            for view in waiting
            if {view.sender.book_id, view.receiver.book_id} == {mother.book_id, child.book_id}
            and view.moved_on <= on
        ]
        found.append(
            Mirror(
                mother=mother,
                child=child,
                lent=owed.get((mother.book_id, child.book_id, Side.LENT), ZERO),
                borrowed=Satang(-owed.get((child.book_id, mother.book_id, Side.BORROWED), ZERO)),
                held=Satang(-kept.get((mother.book_id, child.book_id, DepositSide.OF_OTHER), ZERO)),
                deposited=kept.get((child.book_id, mother.book_id, DepositSide.WITH_OTHER), ZERO),
                loan_waits=_waits(theirs, TransferKind.LOAN, TransferKind.REPAYMENT),
                deposit_waits=Satang(
                    -_waits(theirs, TransferKind.DEPOSIT, TransferKind.WITHDRAWAL)
                ),
            )
        )
    return found


def _waits(waiting: Sequence[TransferView], *kinds: TransferKind) -> Satang:
    """Add up what one book has and the other has not yet, of some kinds, in satang.

    A loan that waits stands in the mother's book only, and a repayment that waits has made only the
    child's figure smaller: both leave hers the larger one. A deposit that waits stands in the
    child's book only, and a withdrawal that waits has made only the mother's figure smaller: both
    leave the child's the larger one.
    """
    return Satang(sum(view.principal for view in waiting if view.what in kinds))


def _pairs(session: Session, *, book_id: int | None) -> list[tuple[GroupName, GroupName]]:
    mother, child = aliased(Group), aliased(Group)
    wanted = (
        select(mother.book_id, mother.code, mother.name, child.book_id, child.code, child.name)
        .join(child, child.mother_book_id == mother.book_id)
        .order_by(mother.code, child.code)
    )
    if book_id is not None:
        wanted = wanted.where(or_(mother.book_id == book_id, child.book_id == book_id))
    return [(GroupName(*row[:3]), GroupName(*row[3:])) for row in session.execute(wanted)]


def _owed(session: Session, *, on: date) -> dict[tuple[int, int, Side], Satang]:
    """Add up what the accounts of loans between groups had at the end of a day, debit positive."""
    rows = session.execute(
        select(Loan.book_id, Loan.other_book_id, Loan.side, func.sum(Posting.amount_satang))
        .join(
            Posting,
            and_(Posting.book_id == Loan.book_id, Posting.account_id == Loan.account_id),
        )
        .join(Entry, and_(Entry.book_id == Posting.book_id, Entry.number == Posting.entry_number))
        .where(Loan.other_book_id.is_not(None), Entry.entered_on <= on)
        .group_by(Loan.book_id, Loan.other_book_id, Loan.side)
    )
    return {
        (book_id, other, side): Satang(int(amount))
        for book_id, other, side, amount in rows
        if other is not None
    }


def _kept(session: Session, *, on: date) -> dict[tuple[int, int, DepositSide], Satang]:
    """Add up what the accounts of deposits between groups had at the end of a day."""
    rows = session.execute(
        select(
            GroupAccount.book_id,
            GroupAccount.other_book_id,
            GroupAccount.side,
            func.sum(Posting.amount_satang),
        )
        .join(
            Posting,
            and_(
                Posting.book_id == GroupAccount.book_id,
                Posting.account_id == GroupAccount.account_id,
            ),
        )
        .join(Entry, and_(Entry.book_id == Posting.book_id, Entry.number == Posting.entry_number))
        .where(Entry.entered_on <= on)
        .group_by(GroupAccount.book_id, GroupAccount.other_book_id, GroupAccount.side)
    )
    return {(book_id, other, side): Satang(int(amount)) for book_id, other, side, amount in rows}


def kept_between(
    session: Session, *, book_id: int, other_book_id: int, side: DepositSide
) -> Satang:
    """Give what a group keeps with another now, or keeps for it, in satang; never negative."""
    balance = session.scalar(
        select(func.sum(Posting.amount_satang))
        .join(
            GroupAccount,
            and_(
                GroupAccount.book_id == Posting.book_id,
                GroupAccount.account_id == Posting.account_id,
            ),
        )
        .where(
            GroupAccount.book_id == book_id,
            GroupAccount.other_book_id == other_book_id,
            GroupAccount.side == side,
        )
    )
    return Satang(abs(int(balance or 0)))


def asked_by_mother(session: Session, *, book_id: int, loan_id: int, on: date) -> Standing | None:
    """Tell how it stands with a group's borrowing by the mother's book, or None when she has none.

    Her book knows what the child's does not: default interest, and what collecting it cost.

    Raises:
        LoanNotFound: There is no such borrowing.
        NotPaidOut: Nothing has been paid out.
    """
    loan = find_loan(session, book_id=book_id, loan_id=loan_id)
    hers = counterpart_of(session, loan=loan) if loan.side is Side.BORROWED else None
    if hers is None:
        return None
    return standing_of(session, book_id=hers.book_id, loan_id=hers.id, on=on)


def counterpart_of(session: Session, *, loan: Loan) -> Loan | None:
    """Give the loan in the other group's book that a loan between groups mirrors, or None."""
    if loan.other_book_id is None:
        return None
    mine, theirs = (
        (GroupTransfer.from_loan_id, GroupTransfer.to_loan_id)
        if loan.side is Side.LENT
        else (GroupTransfer.to_loan_id, GroupTransfer.from_loan_id)
    )
    sender, receiver = (
        (loan.book_id, loan.other_book_id)
        if loan.side is Side.LENT
        else (loan.other_book_id, loan.book_id)
    )
    other_id = session.scalar(
        select(theirs).where(
            GroupTransfer.what == TransferKind.LOAN,
            GroupTransfer.from_book_id == sender,
            GroupTransfer.to_book_id == receiver,
            mine == loan.id,
        )
    )
    return None if other_id is None else session.get(Loan, (loan.other_book_id, other_id))
