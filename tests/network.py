"""The small network that every test above the book uses: two groups, their officers and members.

มาลี keeps the box of Khlong Hin Pun moo 6, บุญมี approves what she pays out, สมชาย reviews from
Ta Lang Nai, วันดี keeps the box there; ประเสริฐ observes and อารี looks after officers and settings.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from ledger.clock import now
from ledger.db import write
from ledger.money import Satang
from ledger.roles import Role
from members import officers
from members.models import GroupKind, PersonType
from members.services.groups import add_tambon, add_village, open_group
from members.services.people import NewMember, enrol

GROUP, OTHER_GROUP = "KHP06", "TLN03"
VILLAGE, OTHER_VILLAGE = "27040506", "27040303"
FOUNDED_ON = date(2023, 1, 1)
FOUNDED_AT = datetime(2023, 1, 1, 2, 0, tzinfo=UTC)
#: The morning of 6 April 2566 in Bangkok, when the tests take place.
NOW = datetime(2023, 4, 6, 3, 42, 10, tzinfo=UTC)
TODAY = date(2023, 4, 6)
PASSWORD = "ออมวันละบาท"
#: Number, title, given name, family name, house, pledge, shares and welfare in satang.
MEMBERS = (
    ("0001", "นาง", "สมศรี", "ใจดี", "99/1", 100_00, 100_00, 30_00),
    ("0002", "นาย", "บุญมี", "ทองคำ", "12", 50_00, 0, 30_00),
    ("0003", "นางสาว", "ไปรยาลักษณ์", "เทพหัสดิน ณ อยุธยา", "7", 200_00, 50_00, 30_00),
)


@dataclass(frozen=True)
class Network:
    """The numbers of what the small network is made of."""

    book_id: int
    other_book_id: int
    malee: int
    boonmee: int
    somchai: int
    wandee: int
    prasert: int
    aree: int


#: What ``found_network`` gives in an empty database, which is the same each time.
NETWORK = Network(1, 2, 1, 2, 3, 4, 5, 6)


@cache
def password_hash() -> str:
    """Hash everybody's password once: it takes as long as a sign-in."""
    return officers.hash_password(PASSWORD)


def found_network(session: Session) -> Network:
    """Open both groups with their villages, officers and members."""
    for code, thai, english in (
        ("270405", "คลองหินปูน", "Khlong Hin Pun"),
        ("270403", "ตาหลังใน", "Ta Lang Nai"),
    ):
        add_tambon(
            session,
            code=code,
            name_th=thai,
            name_en=english,
            district_th="วังน้ำเย็น",
            province_th="สระแก้ว",
        )
    add_village(session, code=VILLAGE, name="บ้านบ่อลูกรัง")
    add_village(session, code=OTHER_VILLAGE, name="บ้านตาหลังใน")
    books = [
        open_group(
            session,
            code=code,
            name=name,
            kind=GroupKind.VILLAGE,
            village_code=village,
            mother_code=None,
            founded_on=FOUNDED_ON,
            by="o1",
            at=FOUNDED_AT,
        ).book_id
        for code, name, village in (
            (GROUP, "กลุ่มออมทรัพย์บ้านบ่อลูกรัง", VILLAGE),
            (OTHER_GROUP, "กลุ่มออมทรัพย์บ้านตาหลังใน", OTHER_VILLAGE),
        )
    ]
    for book_id, village in zip(books, (VILLAGE, OTHER_VILLAGE), strict=True):
        for number, title, given, family, house, pledge, shares, welfare in MEMBERS:
            enrol(
                session,
                book_id=book_id,
                person=NewMember(
                    number=number,
                    title=title,
                    given_name=given,
                    family_name=family,
                    person_type=PersonType.THAI,
                    national_id="",
                    telephone="",
                    house_number=house,
                    village_code=village,
                    beneficiary="",
                    joined_on=FOUNDED_ON,
                ),
                pledges={
                    "PLG": Satang(pledge),
                    "SHR": Satang(shares),
                    "WEL": Satang(welfare),
                },
                by="o1",
                at=FOUNDED_AT,
            )
    return Network(books[0], books[1], *_add_officers(session))


def _add_officers(session: Session) -> list[int]:
    reviewer = (None, Role.REVIEWER)
    people = (
        ("malee", "มาลี บุญช่วย", VILLAGE, [(GROUP, Role.TREASURER), reviewer]),
        ("boonmee", "บุญมี ศรีสุข", VILLAGE, [(GROUP, Role.APPROVER), reviewer]),
        ("somchai", "สมชาย แก้วมณี", OTHER_VILLAGE, [reviewer]),
        ("wandee", "วันดี พูลผล", OTHER_VILLAGE, [(OTHER_GROUP, Role.TREASURER), reviewer]),
        ("prasert", "ประเสริฐ ทองดี", None, [(None, Role.OBSERVER)]),
        ("aree", "อารี รักษ์ถิ่น", None, [(None, Role.ADMINISTRATOR)]),
    )
    return [
        officers.add_officer(
            session,
            sign_in_name=sign_in_name,
            name=name,
            village_code=village,
            password_hash=password_hash(),
            duties=duties,
            by="o1",
            at=FOUNDED_AT,
        ).id
        for sign_in_name, name, village, duties in people
    ]


def client_of(app: Flask, officer_id: int | None) -> FlaskClient:
    """Give a browser in which an officer is signed in, or nobody."""
    client = app.test_client()
    if officer_id is not None:
        number = officer_id
        token = write(
            lambda session: officers.start(session, officer_id=number, device="test", at=now())
        )
        with client.session_transaction() as cookie:
            cookie["token"] = token
    return client
