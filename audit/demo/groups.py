"""The sample's villages, groups, members and working groups, and what they brought with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from audit.demo import names
from audit.demo.names import VillagePlan
from ledger.entry import EntryDraft, EntryKind, credit, debit
from ledger.money import Satang, total
from ledger.queries import account_by_code
from ledger.roles import Role
from ledger.services import post_batch
from ledger.thai import national_id_is_valid
from members.models import GroupKind, Member, Officer, PersonType
from members.officers import CurrentOfficer, add_officer
from members.queries import pledges_on, savings_accounts
from members.savings import AccountRef
from members.services.groups import add_tambon, add_village, open_group
from members.services.people import NewMember, enrol

#: Everybody's password in the sample, which its sign-in page tells.
PASSWORD = "omsin2569"  # noqa: S105  (it opens nothing real)
SEED = 2566
FOUNDED_ON = date(2016, 6, 1)
FOUNDED_AT = datetime(2016, 6, 1, 2, 0, tzinfo=UTC)
#: From when the sample's books are kept here; what was saved before is brought forward.
BEGINS_ON = date(2026, 6, 1)
BEGINS_AT = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
MAKER = "sample"
#: More women save than men; some have no card, some no status.
WOMEN_IN_A_HUNDRED, WITH_A_NUMBER_IN_A_HUNDRED = 58, 95


@dataclass(frozen=True, slots=True)
class WorkingGroup:
    """The five of a village who serve its group; everyone of them also reviews other villages."""

    treasurer: CurrentOfficer
    chair: CurrentOfficer
    vice_chair: CurrentOfficer
    secretary: CurrentOfficer
    checker: CurrentOfficer


#: What each of the five may do in their own group.
DUTIES = {
    "treasurer": Role.TREASURER,
    "chair": Role.APPROVER,
    "vice": Role.APPROVER,
    "secretary": Role.BOOKKEEPER,
    "checker": None,
}
#: Those who stand in the working group of a village and can be tried at one touch.
AT_HAND = {
    ("KHP01", "treasurer"): names.TREASURER_AT_HAND,
    ("KHP01", "chair"): names.APPROVER_AT_HAND,
    ("TMC03", "checker"): names.REVIEWER_AT_HAND,
}


def dice(*about: object) -> Random:
    """Give the chance of one thing, the same each time: ``dice("KHP01", "members")``."""
    return Random(f"{SEED} {about}")  # noqa: S311  (the sample is no secret)


def found_network(session: Session) -> None:
    """Open the tambons with their institutions, the mothers of the groups to come."""
    for code, thai, english in names.TAMBONS:
        add_tambon(
            session,
            code=code,
            name_th=thai,
            name_en=english,
            district_th=names.DISTRICT,
            province_th=names.PROVINCE,
        )
        group_code, name = names.INSTITUTIONS[code]
        open_group(
            session,
            code=group_code,
            name=name,
            kind=GroupKind.INSTITUTION,
            village_code=None,
            mother_code=None,
            founded_on=FOUNDED_ON,
            by=MAKER,
            at=FOUNDED_AT,
        )


def found_group(session: Session, plan: VillagePlan, *, password_hash: str) -> None:
    """Open a village's group with its members and its working group."""
    add_village(session, code=plan.code, name=plan.name)
    mother, _name = names.INSTITUTIONS[plan.code[:6]]
    group = open_group(
        session,
        code=plan.group_code,
        name=f"กลุ่มออมทรัพย์{plan.name}",
        kind=GroupKind.VILLAGE,
        village_code=plan.code,
        mother_code=mother,
        founded_on=FOUNDED_ON,
        by=MAKER,
        at=FOUNDED_AT,
    )
    people = invented_people(dice(plan.group_code, "members"), plan)
    for person, pledges in people:
        enrol(
            session, book_id=group.book_id, person=person, pledges=pledges, by=MAKER, at=FOUNDED_AT
        )
    for duty, (person, _pledges) in zip(DUTIES, people, strict=False):
        sign_in_name, name = AT_HAND.get(
            (plan.group_code, duty),
            (f"{plan.group_code.lower()}-{duty}", f"{person.given_name} {person.family_name}"),
        )
        add_officer(
            session,
            sign_in_name=sign_in_name,
            name=name,
            village_code=plan.code,
            password_hash=password_hash,
            duties=duties_of(plan, duty),
            by=MAKER,
            at=FOUNDED_AT,
        )


def duties_of(plan: VillagePlan, duty: str) -> list[tuple[str | None, Role]]:
    """Give what one of a village's five may do: in the own group, and as a reviewer everywhere.

    The vice chair of a tambon's first village also keeps the book of its institution.
    """
    duties: list[tuple[str | None, Role]] = []
    role = DUTIES[duty]
    if role is not None:
        duties.append((plan.group_code, role))
    first = next(village for village in names.VILLAGES if village.code[:6] == plan.code[:6])
    if duty == "vice" and plan == first:
        duties.append((names.INSTITUTIONS[plan.code[:6]][0], Role.BOOKKEEPER))
    return [*duties, (None, Role.REVIEWER)]


def add_those_of_no_village(session: Session, *, password_hash: str) -> None:
    """Add who observes, and who looks after officers and settings."""
    for (sign_in_name, name), role in (
        (names.OBSERVER_AT_HAND, Role.OBSERVER),
        (names.ADMINISTRATOR_AT_HAND, Role.ADMINISTRATOR),
    ):
        add_officer(
            session,
            sign_in_name=sign_in_name,
            name=name,
            village_code=None,
            password_hash=password_hash,
            duties=[(None, role)],
            by=MAKER,
            at=FOUNDED_AT,
        )


def invented_people(chance: Random, plan: VillagePlan) -> list[tuple[NewMember, dict[str, Satang]]]:
    """Invent a village's members, house by house, with what they promise to pay."""
    people: list[tuple[NewMember, dict[str, Satang]]] = []
    houses = sorted(chance.sample(range(1, 180), plan.people))
    while len(people) < plan.people:
        family = chance.choice(names.FAMILIES)
        house = f"{houses.pop(0)}{chance.choice(['', '', '', '/1', '/2'])}"
        for _person in range(chance.choice([1, 1, 2, 2, 3])):
            if len(people) < plan.people:
                number = f"{len(people) + 1:04d}"
                people.append(_invented_person(chance, plan, number, family, house))
    return people


def _invented_person(
    chance: Random, plan: VillagePlan, number: str, family: str, house: str
) -> tuple[NewMember, dict[str, Satang]]:
    is_woman = chance.randrange(100) < WOMEN_IN_A_HUNDRED
    given = chance.choice(names.WOMEN if is_woman else names.MEN)
    title = chance.choice(["นาง", "นาง", "นางสาว"]) if is_woman else "นาย"
    has_number = chance.randrange(100) < WITH_A_NUMBER_IN_A_HUNDRED
    person = NewMember(
        number=number,
        title=title,
        given_name=given,
        family_name=family,
        person_type=PersonType.THAI if has_number else PersonType.NO_NUMBER,
        national_id=_invented_id(chance) if has_number else "",
        telephone="",
        house_number=house,
        village_code=plan.code,
        beneficiary=f"บุตร{chance.choice(['ชาย', 'สาว'])}",
        joined_on=date(chance.randint(2017, 2025), chance.randint(1, 12), 5),
    )
    pledges = {
        "PLG": Satang(chance.choice([30_00, 50_00, 50_00, 100_00, 100_00, 100_00, 200_00, 300_00])),
        "SHR": Satang(chance.choice([0, 0, 10_00, 20_00, 50_00, 100_00])),
        "WEL": Satang(30_00),
    }
    return person, pledges


def _invented_id(chance: Random) -> str:
    """Give a number whose check digit is right and which no registrar gives out."""
    twelve = f"000000000{chance.randint(0, 999):03d}"
    return next(number for digit in range(10) if national_id_is_valid(number := f"{twelve}{digit}"))


def bring_forward(session: Session, *, book_id: int, code: str) -> None:
    """Post what the members saved before the book was kept here, and where that money is."""
    chance = dice(code, "brought forward")
    accounts = savings_accounts(session, book_id=book_id)
    promised = pledges_on(session, book_id=book_id, on=BEGINS_ON)
    owed: list[tuple[int, str, Satang]] = []
    for member in _members(session, book_id=book_id):
        months = (BEGINS_ON.year - member.joined_on.year) * 12 + 6 - member.joined_on.month
        for product in ("PLG", "SHR"):
            monthly = promised.get((member.id, product), Satang(0))
            kept = months * chance.randint(70, 100) // 100
            owed.append((*_place(accounts, member, product), Satang(monthly * kept)))
        on_demand = chance.choice([0, 0, 0, 200_00, 500_00, 1_500_00, 4_000_00])
        owed.append((*_place(accounts, member, "DEM"), Satang(on_demand)))

    def number(account_code: str, fund: str = "SAV") -> int:
        return account_by_code(session, book_id=book_id, code=account_code, fund=fund).id

    saved = total(amount for _account, _fund, amount in owed)
    cash, welfare = Satang(3_500_00), Satang(len(promised) * 300_00)
    post_batch(
        session,
        book_id=book_id,
        drafts=[
            EntryDraft(
                entered_on=BEGINS_ON,
                kind=EntryKind.OPENING,
                memo="ยอดยกมาจากสมุดเล่มเดิม ณ วันเริ่มใช้ระบบ",
                postings=(
                    debit(number("11010"), "SAV", cash),
                    debit(number("12110"), "SAV", Satang(saved - cash)),
                    debit(number("12410", "WEL"), "WEL", welfare),
                    *(credit(account, fund, amount) for account, fund, amount in owed if amount),
                    credit(number("35010", "WEL"), "WEL", welfare),
                ),
            )
        ],
        idempotency_key=f"sample {code} brought forward",
        posted_by=MAKER,
        posted_at=BEGINS_AT,
    )


def _members(session: Session, *, book_id: int) -> Sequence[Member]:
    return session.scalars(
        select(Member).where(Member.book_id == book_id).order_by(Member.id)
    ).all()


def _place(
    accounts: Mapping[tuple[int, str], AccountRef], member: Member, product: str
) -> tuple[int, str]:
    account = accounts[member.id, product]
    return account.account_id, account.fund


def working_group(session: Session, plan: VillagePlan) -> WorkingGroup:
    """Give a village's five, as they are when signed in."""
    rows = session.execute(select(Officer.sign_in_name, Officer.id))
    numbers = {name: number for name, number in rows}  # noqa: C416  (rows are no pairs to dict)
    five = []
    for duty in DUTIES:
        sign_in_name, name = AT_HAND.get(
            (plan.group_code, duty), (f"{plan.group_code.lower()}-{duty}", "")
        )
        duties = duties_of(plan, duty)
        number = numbers[sign_in_name]
        five.append(
            CurrentOfficer(
                id=number,
                mark=f"o{number}",
                name=name,
                village_code=plan.code,
                duties=frozenset(duties),
                groups=tuple(code for code, _role in duties if code is not None),
            )
        )
    return WorkingGroup(*five)
