"""What the tests of the path of a loan share: a kind of loan, a committee, members, and the steps.

สมศรี (0001) asks. ปิ่นแก้ว (0004) lives with her. บุญมี (0002) and ไปรยาลักษณ์ (0003) guarantee. The
committee are ปิ่นแก้ว, ทองดี (0005), แก้วตา (0006) and น้ำใจ (0007).
"""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.models import Account, Book
from ledger.money import Satang
from loans.kinds import Purpose, Vote
from loans.models import (
    Application,
    ApplicationDecision,
    CommitteeVote,
    Guarantee,
    Loan,
    Meeting,
)
from loans.product_terms import LoanByLaw
from loans.schedule import Counting, Every, Grace, Method, RoundingHow
from loans.services.applications import (
    Asked,
    Consent,
    Grant,
    Held,
    apply,
    approve_application,
    ask_guarantor,
    record_consent,
    record_meeting,
)
from loans.services.committee import seat_member
from loans.services.products import open_loan_product
from members.models import Hold, Member, PersonType
from members.queries import member_by_number
from members.services.people import NewMember, enrol
from tests.members.saving import pay_in
from tests.network import FOUNDED_ON, NOW, TODAY, VILLAGE, Network

ORDINARY = LoanByLaw(
    most_satang=Satang(50_000_00),
    most_hundredths_of_savings=300,
    most_instalments=24,
    method=Method.EQUAL_PRINCIPAL,
    every=Every.MONTH,
    counting=Counting.MONTH,
    annual_rate_ppm=60_000,
    rounding_multiple=Satang(1),
    rounding_how=RoundingHow.HALF_UP,
    grace=Grace.NONE,
    grace_instalments=0,
    guarantors=2,
    guarantees_each=1,
    waiting_months=3,
    collateral="",
    charge_name="ดอกเบี้ย",
    contract_fee=Satang(50_00),
)
SOMSRI, BOONMEE, PRAIYA, PIN, THONGDEE, KAEWTA, NAMJAI = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
)
#: Number, title, given and family name, house.
NEIGHBOURS = (
    (PIN, "นาง", "ปิ่นแก้ว", "ใจดี", "99/1"),
    (THONGDEE, "นาย", "ทองดี", "ค้ำชู", "20"),
    (KAEWTA, "นางสาว", "แก้วตา", "ศรีสุข", "21"),
    (NAMJAI, "นาย", "น้ำใจ", "พูนผล", "22"),
)
COMMITTEE = (PIN, THONGDEE, KAEWTA, NAMJAI)
RESOLUTION = "มติที่ 4/2566"
WHAT_FOR = "ซื้อปุ๋ยใส่มันสำปะหลัง 10 ไร่"
SAVED = 10_000_00
AMOUNT = 12_000_00
#: An hour before the tests take place: guarantors were asked and loans granted.
EARLIER = NOW - timedelta(hours=1)
THEN = datetime(2023, 1, 1, 3, 0, tzinfo=UTC)
_keys = (f"key-of-application-{n}" for n in count(1))


def prepare(network: Network, by_law: LoanByLaw = ORDINARY) -> None:
    """Give the group neighbours, a committee, an ordinary loan, and สมศรี savings."""

    def work(session: Session) -> None:
        for number, title, given, family, house in NEIGHBOURS:
            enrol(
                session,
                book_id=network.book_id,
                person=NewMember(
                    number=number,
                    title=title,
                    given_name=given,
                    family_name=family,
                    person_type=PersonType.THAI,
                    national_id="",
                    telephone="",
                    house_number=house,
                    village_code=VILLAGE,
                    beneficiary="",
                    joined_on=FOUNDED_ON,
                ),
                pledges={},
                by="o1",
                at=THEN,
            )
        for number in COMMITTEE:
            seat_member(
                session,
                book_id=network.book_id,
                number=number,
                officer_id=None,
                sits_from=date(2023, 1, 15),
                resolution="มติที่ 1/2566",
                by="o1",
                at=NOW,
            )
        open_loan_product(
            session,
            book_id=network.book_id,
            name="เงินกู้สามัญ",
            purpose=Purpose.ORDINARY,
            by_law=by_law,
            holds_from=date(2023, 1, 15),
            resolution="มติที่ 1/2566",
            by="o1",
            at=NOW,
        )

    write(work)
    pay_in(network, {"PLG": SAVED}, number=SOMSRI, key="somsri-saves")


def offer_housing(network: Network) -> None:
    """Let the group lend for houses too, by the same by-law."""
    write(
        lambda session: open_loan_product(
            session,
            book_id=network.book_id,
            name="เงินกู้สร้างบ้าน",
            purpose=Purpose.HOUSING,
            by_law=ORDINARY,
            holds_from=date(2023, 1, 15),
            resolution="มติที่ 1/2566",
            by="o1",
            at=NOW,
        )
    )


def number_of(network: Network, number: str) -> int:
    """Give the table's number of a member."""
    return read(
        lambda session: member_by_number(session, book_id=network.book_id, number=number).id
    )


def asked(amount: int = AMOUNT, *, instalments: int = 12, on: date = TODAY) -> Asked:
    """Give what สมศรี asks for."""
    return Asked(
        product_code="ORD",
        amount=Satang(amount),
        instalments=instalments,
        what_for=WHAT_FOR,
        household_income=Satang(15_000_00),
        collateral="",
        refinances_loan_id=None,
        applied_on=on,
    )


def ask(network: Network, what: Asked | None = None, *, member: str = SOMSRI, key: str = "") -> int:
    """Write an application down, and give its number."""
    return write(
        lambda session: apply(
            session,
            book_id=network.book_id,
            member_number=member,
            asked=what or asked(),
            idempotency_key=key or next(_keys),
            by=f"o{network.malee}",
            at=NOW,
        )
    ).id


def put_on(network: Network, application: int, number: str, most: int = AMOUNT) -> int:
    """Put a guarantor on an application, and give the number of the guarantee."""
    return write(
        lambda session: ask_guarantor(
            session,
            book_id=network.book_id,
            application_id=application,
            member_number=number,
            most=Satang(most),
            by=f"o{network.malee}",
            at=EARLIER,
        )
    ).id


def agree(network: Network, guarantee: int, how: Consent = Consent.SIGNED_PAPER) -> None:
    """Let a guarantor agree today."""
    write(
        lambda session: record_consent(
            session,
            book_id=network.book_id,
            guarantee_id=guarantee,
            how=how,
            consented_on=TODAY,
            at=NOW,
        )
    )


def guaranteed(network: Network, what: Asked | None = None) -> int:
    """Give the number of an application with both guarantors agreed."""
    application = ask(network, what)
    for number in (BOONMEE, PRAIYA):
        agree(network, put_on(network, application, number))
    return application


def meet(
    network: Network,
    votes: dict[int, dict[str, Vote]],
    *,
    present: tuple[str, ...] = COMMITTEE,
    resolution: str = RESOLUTION,
    on: date = TODAY,
) -> int:
    """Write a meeting down, with votes by application and member number; give its number."""
    held = Held(
        held_on=on,
        resolution=resolution,
        minutes="",
        present=frozenset(number_of(network, number) for number in present),
        votes={
            application: {number_of(network, number): vote for number, vote in cast.items()}
            for application, cast in votes.items()
        },
    )
    return write(
        lambda session: record_meeting(
            session, book_id=network.book_id, held=held, by=f"o{network.malee}", at=NOW
        )
    ).id


FOR_IT = {THONGDEE: Vote.FOR, KAEWTA: Vote.FOR, NAMJAI: Vote.AGAINST}


def voted(network: Network, what: Asked | None = None) -> int:
    """Give the number of an application that the committee voted for, two against one."""
    application = guaranteed(network, what)
    meet(network, {application: FOR_IT})
    return application


def granted(amount: int = AMOUNT, *, instalments: int = 12, on: date = TODAY) -> Grant:
    """Give what is granted: all of it, from the sixth of May."""
    return Grant(
        amount=Satang(amount),
        instalments=instalments,
        first_due_on=date(2023, 5, 6),
        due_days=(),
        decided_on=on,
    )


def approve(
    network: Network,
    application: int,
    grant: Grant | None = None,
    *,
    by: str | None = None,
    approved_by: str | None = "",
) -> Loan:
    """Approve an application by มาลี and บุญมี the officer."""
    return write(
        lambda session: approve_application(
            session,
            book_id=network.book_id,
            application_id=application,
            grant=grant or granted(),
            by=by or f"o{network.malee}",
            approved_by=f"o{network.boonmee}" if approved_by == "" else approved_by,
            at=EARLIER,
        )
    )


def rows(network: Network) -> dict[str, int | None]:
    """Count everything that the path of a loan could have written."""
    tables = (
        Application,
        Guarantee,
        Meeting,
        CommitteeVote,
        ApplicationDecision,
        Loan,
        Account,
        Hold,
        Member,
    )

    def look(session: Session) -> dict[str, int | None]:
        counts: dict[str, int | None] = {
            table.__tablename__: session.scalar(select(func.count()).select_from(table))
            for table in tables
        }
        for name, which in (
            ("agreed", Guarantee.consented_on.is_not(None)),
            ("let go", Guarantee.released_on.is_not(None)),
            ("bound", Guarantee.loan_id.is_not(None)),
        ):
            counts[name] = session.scalar(select(func.count(Guarantee.id)).where(which))
        return counts | {"entries": session.get_one(Book, network.book_id).head_number}

    return read(look)
