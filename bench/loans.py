"""What the lists and the month's end of ten thousand loans cost.

    python -m bench.loans [--loans N] [--rounds N]

Makes a book of that many running loans once, of 12 to 180 instalments each, with every payment an
entry of its own, and keeps it in the folder for temporary files. The loans' rows are written in
bulk, the entries through the service, and the book is verified when it is made. Prints, in seconds
of processor time (SQLite works inside the process, so a busy machine does not count), the best and
the median of the rounds beside the goal: the month's list of who owes what, the ageing table with
its list, and the provision and the accrual of a month worked out and posted.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from statistics import median

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ledger import db
from ledger.chart import Keeps
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.models import Account, Book
from ledger.money import ZERO, Satang
from ledger.services import post_batch, standard_account
from ledger.verification import verify_book
from loans.kinds import EventKind, Purpose, Side, WhyPlanned
from loans.models import Guarantee, Instalment, Loan, LoanEvent, Plan
from loans.postings import ACCOUNTS
from loans.queries.arrears import accruals, ageing, allowances, due_in_month, notices_due
from loans.schedule import Method, Schedule, Terms, make_schedule, terms_as_json
from loans.services.month_end import post_accrual, post_provision
from members.models import Group, GroupKind, Member, PersonType
from members.services.groups import add_tambon, add_village, open_group
from members.services.people import NewMember, enrol

FOUNDED_ON = date(2008, 1, 1)
FOUNDED_AT = datetime(2008, 1, 1, 2, tzinfo=UTC)
TODAY = date(2023, 4, 6)
NOW = datetime(2023, 4, 6, 3, tzinfo=UTC)
MONTH = date(2023, 3, 1)
TERMS = (12, 24, 36, 48, 60, 84, 120, 180)
VILLAGES, MEMBERS = 10, 400
#: One in so many borrowers stopped paying some months ago.
LATE_EVERY = 12
BATCH = 1_000
CAPITAL = Satang(5_000_000_000_00)
OFFICER, SECOND = "o1", "o2"


@dataclass(frozen=True, slots=True)
class Lent:
    """A loan of the bench, with its rows and how many of them were paid."""

    number: int
    member_id: int
    guarantors: tuple[int, int]
    purpose: Purpose
    terms: Terms
    schedule: Schedule
    paid: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A payout (row 0) or a payment of a row, in the order of its day."""

    on: date
    loan: Lent
    row: int


def found(session: Session, *, members: int = MEMBERS) -> int:
    """Open the group with its villages and members."""
    add_tambon(
        session,
        code="270405",
        name_th="คลองหินปูน",
        name_en="Khlong Hin Pun",
        district_th="วังน้ำเย็น",
        province_th="สระแก้ว",
    )
    for moo in range(1, VILLAGES + 1):
        add_village(session, code=f"270405{moo:02d}", name=f"บ้านที่ {moo}")
    book_id = open_group(
        session,
        code="KHP01",
        name="กลุ่มออมทรัพย์ใหญ่",
        kind=GroupKind.VILLAGE,
        village_code="27040501",
        mother_code=None,
        founded_on=FOUNDED_ON,
        by=OFFICER,
        at=FOUNDED_AT,
    ).book_id
    for number in range(1, members + 1):
        enrol(
            session,
            book_id=book_id,
            person=NewMember(
                number=f"{number:04d}",
                title="นาง",
                given_name=f"สมศรี{number}",
                family_name="ใจดี",
                person_type=PersonType.THAI,
                national_id="",
                telephone="",
                house_number=str(number),
                village_code=f"270405{number % VILLAGES + 1:02d}",
                beneficiary="",
                joined_on=FOUNDED_ON,
            ),
            pledges={},
            by=OFFICER,
            at=FOUNDED_AT,
        )
    return book_id


def lent(loans: int, *, members: Sequence[int]) -> Iterator[Lent]:
    """Think of loans that run today: some began long ago, some borrowers stopped paying."""
    dice = random.Random(13)
    for number in range(1, loans + 1):
        instalments = dice.choice(TERMS)
        months = dice.randrange(1, min(instalments, 90))
        paid_on = TODAY - timedelta(days=30 * months + dice.randrange(1, 28))
        first = paid_on + timedelta(days=30)
        housing = instalments > 60
        terms = Terms(
            principal=Satang(dice.randrange(5, 300) * 1_000_00),
            annual_rate_ppm=60_000 if housing else 120_000,
            instalments=instalments,
            method=Method.EQUAL_INSTALMENT,
            first_due_on=first.replace(day=min(first.day, 28)),
            disbursed_on=paid_on,
        )
        schedule = make_schedule(terms)
        due = sum(row.due_on <= TODAY for row in schedule.rows)
        stopped = dice.randrange(1, 15) if number % LATE_EVERY == 0 else 0
        yield Lent(
            number=number,
            member_id=members[number % len(members)],
            guarantors=(members[(number + 1) % len(members)], members[(number + 2) % len(members)]),
            purpose=Purpose.HOUSING if housing else Purpose.ORDINARY,
            terms=terms,
            schedule=schedule,
            paid=max(0, due - stopped),
        )


@dataclass(frozen=True, slots=True)
class Purse:
    """The accounts that loans of a purpose touch."""

    fund: str
    control: int
    cash: int
    income: int


def purses(session: Session, *, book_id: int) -> dict[Purpose, Purse]:
    """Give them, and put money into the box of each purse."""
    found_purses = {}
    for purpose in (Purpose.ORDINARY, Purpose.HOUSING):
        of = ACCOUNTS[purpose]
        codes = (of.control, "11010", of.interest)
        control, cash, income = (
            standard_account(
                session, book_id=book_id, code=code, fund=of.fund, opened_on=FOUNDED_ON
            ).id
            for code in codes
        )
        found_purses[purpose] = Purse(of.fund, control, cash, income)
        capital = standard_account(
            session, book_id=book_id, code="25900", fund=of.fund, opened_on=FOUNDED_ON
        ).id
        post_batch(
            session,
            book_id=book_id,
            drafts=[
                EntryDraft(
                    entered_on=FOUNDED_ON,
                    kind=EntryKind.JOURNAL,
                    postings=(debit(cash, of.fund, CAPITAL), credit(capital, of.fund, CAPITAL)),
                )
            ],
            idempotency_key=f"capital {of.fund}",
            posted_by=OFFICER,
            posted_at=FOUNDED_AT,
        )
    return found_purses


def open_loans(session: Session, *, book_id: int, loans: Sequence[Lent]) -> dict[int, int]:
    """Write the accounts, loans, plans, instalments and guarantees; give the accounts by loan."""
    of_purpose = purses(session, book_id=book_id)
    newest = max(session.scalars(select(Account.id).where(Account.book_id == book_id)))
    accounts = {loan.number: newest + loan.number for loan in loans}
    controls = {
        account.id: account
        for account in session.scalars(
            select(Account).where(
                Account.book_id == book_id, Account.id.in_([p.control for p in of_purpose.values()])
            )
        )
    }
    for some in (loans[i : i + BATCH] for i in range(0, len(loans), BATCH)):
        _insert_accounts(session, some, controls, of_purpose, accounts)
        session.execute(
            insert(Loan), [_loan_row(book_id, one, of_purpose, accounts) for one in some]
        )
        session.execute(insert(Plan), [_plan_row(book_id, one) for one in some])
        session.execute(
            insert(Instalment),
            [
                {
                    "book_id": book_id,
                    "loan_id": one.number,
                    "plan_n": 1,
                    "n": row.n,
                    "due_on": row.due_on,
                    "principal_satang": row.principal,
                    "interest_satang": row.interest,
                    "fee_satang": row.fee,
                }
                for one in some
                for row in one.schedule.rows
            ],
        )
        session.execute(
            insert(Guarantee),
            [
                _guarantee_row(book_id, one, which, member_id)
                for one in some
                for which, member_id in enumerate(one.guarantors)
            ],
        )
    return accounts


def _insert_accounts(
    session: Session,
    loans: Sequence[Lent],
    controls: dict[int, Account],
    of_purpose: dict[Purpose, Purse],
    accounts: dict[int, int],
) -> None:
    rows = []
    for one in loans:
        control = controls[of_purpose[one.purpose].control]
        name = f"นางสมศรี{one.member_id} ใจดี {_reference(one)}"
        rows.append(
            {
                "book_id": control.book_id,
                "id": accounts[one.number],
                "code": f"{control.code}-{one.number:04d}",
                "fund": control.fund,
                "kind": control.kind,
                "keeps": Keeps.DEBIT,
                "holds": "",
                "control_id": control.id,
                "name_th": name,
                "name_en": name,
                "opened_on": one.terms.disbursed_on,
                "closed_on": None,
                "n": 0,
                "balance_satang": ZERO,
            }
        )
    session.execute(insert(Account), rows)


def _reference(loan: Lent) -> str:
    on = loan.terms.disbursed_on
    return f"LN{(on.year + 543) % 100:02d}{on.month:02d}-KHP01-{loan.number:04d}"


def _loan_row(
    book_id: int, loan: Lent, of_purpose: dict[Purpose, Purse], accounts: dict[int, int]
) -> dict[str, object]:
    return {
        "book_id": book_id,
        "id": loan.number,
        "side": Side.LENT,
        "purpose": loan.purpose,
        "reference": _reference(loan),
        "account_id": accounts[loan.number],
        "fund": of_purpose[loan.purpose].fund,
        "member_id": loan.member_id,
        "other_book_id": None,
        "lender": "",
        "product_code": None,
        "application_id": None,
        "principal_satang": loan.terms.principal,
        "terms": terms_as_json(loan.terms),
        "charge_name": "ดอกเบี้ย",
        "effective_rate_ppm": loan.terms.annual_rate_ppm,
        "fees_satang": ZERO,
        "contract_on": loan.terms.disbursed_on,
        "resolution": "มติ 1",
        "recorded_at": FOUNDED_AT,
        "recorded_by": OFFICER,
        "plan_n": 1,
        "closed_on": None,
        "written_off_on": None,
    }


def _plan_row(book_id: int, loan: Lent) -> dict[str, object]:
    return {
        "book_id": book_id,
        "loan_id": loan.number,
        "n": 1,
        "why": WhyPlanned.CONTRACT,
        "starts_on": loan.terms.disbursed_on,
        "principal_satang": loan.terms.principal,
        "carried_interest_satang": ZERO,
        "carried_default_satang": ZERO,
        "carried_costs_satang": ZERO,
        "after_n": 1,
        "caused_by_n": 1,
        "terms": terms_as_json(loan.terms),
        "resolution": "มติ 1",
        "made_at": FOUNDED_AT,
        "made_by": OFFICER,
        "approved_by": SECOND,
    }


def _guarantee_row(book_id: int, loan: Lent, which: int, member_id: int) -> dict[str, object]:
    return {
        "book_id": book_id,
        "id": 2 * loan.number + which,
        "member_id": member_id,
        "application_id": None,
        "loan_id": loan.number,
        "most_satang": loan.terms.principal,
        "asked_at": FOUNDED_AT,
        "asked_by": OFFICER,
        "consented_on": loan.terms.disbursed_on,
        "consent": "ลงชื่อต่อหน้าคณะกรรมการ",
        "released_on": None,
        "released_because": "",
    }


def moved(loans: Sequence[Lent]) -> list[Moved]:
    """Give every payout and payment in the order of its day."""
    found_moves = []
    for one in loans:
        found_moves.append(Moved(one.terms.disbursed_on, one, 0))
        found_moves += [Moved(row.due_on, one, row.n) for row in one.schedule.rows[: one.paid]]
    return sorted(found_moves, key=lambda one: (one.on, one.loan.number))


def post_some(
    session: Session,
    *,
    book_id: int,
    some: Sequence[Moved],
    accounts: dict[int, int],
    of_purpose: dict[Purpose, Purse],
) -> None:
    """Post payouts and payments in one batch, and write their events."""
    day = some[-1].on
    posted = post_batch(
        session,
        book_id=book_id,
        drafts=[_draft(one, accounts[one.loan.number], of_purpose) for one in some],
        idempotency_key=f"moved {some[0].on} {some[0].loan.number} {some[0].row}",
        posted_by=OFFICER,
        posted_at=datetime(day.year, day.month, day.day, 10, tzinfo=UTC),
        approved_by=SECOND,
    )
    session.execute(
        insert(LoanEvent),
        [
            _event_row(book_id, one, number)
            for one, number in zip(some, posted.numbers, strict=True)
        ],
    )


def _draft(one: Moved, account: int, of_purpose: dict[Purpose, Purse]) -> EntryDraft:
    purse = of_purpose[one.loan.purpose]
    if not one.row:
        amount = one.loan.terms.principal
        return EntryDraft(
            entered_on=one.on,
            kind=EntryKind.LOAN,
            postings=(
                debit(account, purse.fund, amount),
                credit(purse.cash, purse.fund, amount),
            ),
        )
    row = one.loan.schedule.rows[one.row - 1]
    lines = ((account, row.principal), (purse.income, row.interest))
    return EntryDraft(
        entered_on=one.on,
        kind=EntryKind.REPAYMENT,
        postings=(
            debit(purse.cash, purse.fund, Satang(row.principal + row.interest)),
            *(credit(number, purse.fund, amount) for number, amount in lines if amount),
        ),
    )


def _event_row(book_id: int, one: Moved, entry_number: int) -> dict[str, object]:
    row = one.loan.schedule.rows[one.row - 1] if one.row else None
    return {
        "book_id": book_id,
        "loan_id": one.loan.number,
        "n": one.row + 1,
        "kind": EventKind.REPAID if row else EventKind.DISBURSED,
        "happened_on": one.on,
        "entry_number": entry_number,
        "principal_satang": row.principal if row else one.loan.terms.principal,
        "interest_satang": row.interest if row else ZERO,
        "default_interest_satang": ZERO,
        "fee_satang": ZERO,
        "costs_satang": ZERO,
        "payer_member_id": None,
        "reverses_n": None,
        "explanation": [],
        "note": "",
        "resolution": "",
        "recorded_at": FOUNDED_AT,
        "recorded_by": OFFICER,
    }


def fill(*, loans: int, members: int = MEMBERS) -> int:
    """Fill the connected, empty database with a book of loans, and give its number."""
    book_id = db.write(lambda session: found(session, members=members))
    numbers = db.read(
        lambda session: list(
            session.scalars(select(Member.id).where(Member.book_id == book_id).order_by(Member.id))
        )
    )
    thought_of = list(lent(loans, members=numbers))
    accounts = db.write(lambda session: open_loans(session, book_id=book_id, loans=thought_of))
    of_purpose = db.write(lambda session: _purses_there(session, book_id=book_id))
    moves = moved(thought_of)
    for some in (moves[i : i + BATCH] for i in range(0, len(moves), BATCH)):
        db.write(
            lambda session: post_some(
                session,
                book_id=book_id,
                some=some,  # noqa: B023
                accounts=accounts,
                of_purpose=of_purpose,
            )
        )
    return book_id


def _purses_there(session: Session, *, book_id: int) -> dict[Purpose, Purse]:
    there = {}
    for purpose in (Purpose.ORDINARY, Purpose.HOUSING):
        of = ACCOUNTS[purpose]
        control, cash, income = (
            standard_account(
                session, book_id=book_id, code=code, fund=of.fund, opened_on=FOUNDED_ON
            ).id
            for code in (of.control, "11010", of.interest)
        )
        there[purpose] = Purse(of.fund, control, cash, income)
    return there


def findings(book_id: int) -> int:
    """Count what the third lock finds in the book."""

    def look(session: Session) -> int:
        return len(verify_book(session, book=session.get_one(Book, book_id)).findings)

    return db.read(look)


def kept_book(*, loans: int) -> Path:
    """Give an SQLite file with so many loans, made and verified if it is not there."""
    sources = [*sorted((db.HOUSE / "migrations" / "versions").glob("*.py")), Path(__file__)]
    version = sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()[:8]
    folder = Path(tempfile.gettempdir()) / "samut-bench"
    folder.mkdir(exist_ok=True)
    file = folder / f"loans-{loans}-{version}.db"
    if not file.exists():
        unfinished = file.with_suffix(".making")
        unfinished.unlink(missing_ok=True)
        db.upgrade(f"sqlite:///{unfinished}")
        engine = db.connect(f"sqlite:///{unfinished}")
        began = time.perf_counter()
        found_amiss = findings(fill(loans=loans))
        assert not found_amiss, found_amiss
        print(f"made and verified in {time.perf_counter() - began:.0f} s", flush=True)
        engine.dispose()
        unfinished.rename(file)
    return file


Work = Callable[[Session, int], object]
_keys = count()


def _post(session: Session, book_id: int) -> None:
    for what, post in (("provision", post_provision), ("accrual", post_accrual)):
        post(
            session,
            book_id=book_id,
            month=MONTH,
            idempotency_key=f"a month's end {what} {next(_keys)}",
            by=OFFICER,
            approved_by=SECOND,
            at=NOW,
        )
    session.rollback()


#: What is measured, and the seconds that it may take.
GOALS: dict[str, tuple[float, Work]] = {
    "who owes what this month": (
        1.0,
        lambda s, book: due_in_month(s, book_id=book, month=TODAY, on=TODAY),
    ),
    "ageing, with its list": (1.0, lambda s, book: ageing(s, book_id=book, on=TODAY)),
    "notices that are due": (1.0, lambda s, book: notices_due(s, book_id=book, on=TODAY)),
    "provision, worked out": (10.0, lambda s, book: allowances(s, book_id=book, month=MONTH)),
    "accrual, worked out": (10.0, lambda s, book: accruals(s, book_id=book, month=MONTH)),
    "provision and accrual, posted": (10.0, _post),
}


def main() -> int:
    """Measure each of them, and say whether the goal is reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--loans", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    kept = kept_book(loans=given.loans)
    reached = True
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "loans.db"
        shutil.copyfile(kept, file)
        engine = db.connect(f"sqlite:///{file}")
        book_id = db.read(lambda session: session.scalar(select(Group.book_id))) or 0
        print(f"{given.loans:,} loans{'':22}{'best s':>8}{'median s':>10}{'goal s':>8}")
        for name, (goal, work) in GOALS.items():
            seconds = []
            for _round in range(given.rounds):
                with Session(engine) as session:
                    began = time.process_time()
                    work(session, book_id)
                    seconds.append(time.process_time() - began)
            is_reached = median(seconds) <= goal
            reached &= is_reached
            said = "" if is_reached else "  short"
            print(
                f"{name:34}{min(seconds):>8.2f}{median(seconds):>10.2f}{goal:>8.0f}{said}",
                flush=True,
            )
        engine.dispose()
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
