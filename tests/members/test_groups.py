"""Places, groups and savings products: what they open, and what is refused."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.errors import DomainError
from ledger.models import Account, Book
from ledger.queries import account_by_id
from ledger.verification import verify_book
from members.by_laws import HeldAs, PledgeBoundsCrossed, RuleName, RuleValueUnfit
from members.models import (
    Group,
    GroupKind,
    PersonType,
    Product,
    ProductKind,
    SavingsAccount,
    Village,
)
from members.places import WANG_NAM_YEN, village_code
from members.queries import (
    GroupNotFound,
    group_by_code,
    group_views,
    products_of,
    rules_of,
    savings_of,
    villages,
)
from members.services import groups, people
from tests.network import FOUNDED_ON, GROUP, NOW, OTHER_GROUP, TODAY, VILLAGE, Network


def open_one(session: Session, **differently: object) -> Group:
    wanted: dict[str, object] = {
        "code": "KHP09",
        "name": "กลุ่มออมทรัพย์บ้านใหม่",
        "kind": GroupKind.VILLAGE,
        "village_code": VILLAGE,
        "mother_code": None,
        "founded_on": date(2023, 4, 1),
        "by": "o6",
        "at": NOW,
    }
    return groups.open_group(session, **(wanted | differently))  # type: ignore[arg-type]


def test_the_tambons_that_are_offered_have_six_digits_and_are_all_different() -> None:
    codes = [tambon.code for tambon in WANG_NAM_YEN]

    assert codes == ["270401", "270403", "270405", "270406"]


def test_a_village_code_is_the_tambon_and_two_digits_of_the_moo() -> None:
    assert village_code(tambon_code="270405", moo=6) == "27040506"


def test_villages_come_by_moo_and_not_by_letters(network: Network) -> None:
    def add(session: Session) -> None:
        for moo in (28, 10, 9, 2):
            groups.add_village(session, code=f"270405{moo:02d}", name=f"บ้านที่ {moo}")

    write(add)

    here = [one.moo for one in read(villages) if one.tambon_code == "270405"]
    assert here == [2, 6, 9, 10, 28]


@pytest.mark.parametrize(
    "code", ["", "2704", "27040500", "2704050๖", "99999901", "270405061", "2704056a"]
)
def test_a_village_needs_a_code_in_a_known_tambon(sqlite_network: Network, code: str) -> None:
    with pytest.raises(groups.NotAVillageCode):
        write(lambda session: groups.add_village(session, code=code, name="บ้านใหม่"))

    assert len(read(villages)) == 2


def test_a_village_is_added_once_and_the_refusal_names_the_one_that_is_there(
    network: Network,
) -> None:
    with pytest.raises(groups.VillageExists) as refused:
        write(lambda session: groups.add_village(session, code=VILLAGE, name="ชื่ออื่น"))

    assert "บ้านบ่อลูกรัง" in refused.value.sentence()
    assert read(lambda session: session.get_one(Village, VILLAGE)).name == "บ้านบ่อลูกรัง"


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("27040", groups.NotATambonCode),
        ("ABCDEF", groups.NotATambonCode),
        ("๒๗๐๔๐๖", groups.NotATambonCode),
        ("270405", groups.TambonExists),
    ],
)
def test_another_tambon_needs_a_code_of_its_own(
    sqlite_network: Network, code: str, refusal: type[DomainError]
) -> None:
    def add(session: Session) -> None:
        groups.add_another_tambon(
            session, code=code, name_th="ก", name_en="", district_th="ข", province_th="ค"
        )

    with pytest.raises(refusal):
        write(add)


def test_a_new_group_has_a_book_its_rules_its_products_and_agrees(network: Network) -> None:
    group = write(open_one)

    def look(session: Session) -> tuple[int, list[str], int, tuple[object, ...]]:
        accounts = select(func.count()).where(Account.book_id == group.book_id)
        return (
            len(rules_of(session, book_id=group.book_id)),
            [product.code for product in products_of(session, book_id=group.book_id)],
            session.scalar(accounts) or 0,
            verify_book(session, book=session.get_one(Book, group.book_id)).findings,
        )

    rules, products, accounts, findings = read(look)
    assert rules == len(RuleName)
    assert products == ["PLG", "SHR", "DEM", "WEL"]
    assert accounts > 100
    assert findings == ()


def test_a_child_group_stands_under_its_mother(network: Network) -> None:
    write(lambda session: open_one(session, mother_code=GROUP))

    view = next(view for view in read(group_views) if view.code == "KHP09")

    assert (view.mother_code, view.members) == (GROUP, 0)
    assert view.place == "หมู่ที่ 6 บ้านบ่อลูกรัง ตำบลคลองหินปูน"


def test_groups_are_listed_with_how_many_members_are_present(network: Network) -> None:
    write(
        lambda session: people.leave(
            session,
            book_id=network.book_id,
            number="0002",
            left_on=TODAY,
            because="ย้ายบ้าน",
            idempotency_key="leave-0002",
            by="o1",
            approved_by="o2",
            at=NOW,
        )
    )

    assert [(view.code, view.members) for view in read(group_views)] == [
        (GROUP, 2),
        (OTHER_GROUP, 3),
    ]


@pytest.mark.parametrize(
    ("differently", "refusal"),
    [
        ({"code": GROUP}, groups.GroupExists),
        ({"code": "khp09"}, groups.NotAGroupCode),
        ({"code": "K"}, groups.NotAGroupCode),
        ({"code": "KHP-09"}, groups.NotAGroupCode),
        ({"code": "กลุ่ม9"}, groups.NotAGroupCode),
        ({"code": "../KHP"}, groups.NotAGroupCode),
        ({"code": "K" * 13}, groups.NotAGroupCode),
        ({"mother_code": "NONE"}, GroupNotFound),
        ({"founded_on": TODAY + timedelta(days=1)}, groups.FoundedInFuture),
        ({"rules": [(RuleName.PLEDGE_LEAST, 2_000_00)]}, PledgeBoundsCrossed),
        ({"rules": [(RuleName.SHARE_PAR, -1)]}, RuleValueUnfit),
        ({"rules": [(RuleName.PLEDGE_HELD_AS, "gift")]}, RuleValueUnfit),
    ],
)
def test_a_group_that_cannot_be_opened_leaves_nothing(
    sqlite_network: Network, differently: dict[str, object], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        write(lambda session: open_one(session, **differently))

    def look(session: Session) -> tuple[int, int]:
        return len(group_views(session)), len(session.scalars(select(Book)).all())

    assert read(look) == (2, 2)


def test_a_group_may_be_founded_long_before_it_keeps_this_book(sqlite_network: Network) -> None:
    group = write(lambda session: open_one(session, founded_on=date(1999, 5, 1)))

    assert group.founded_on == date(1999, 5, 1)


@pytest.mark.parametrize(
    ("held_as", "control"), [(HeldAs.EQUITY, "31020"), (HeldAs.LIABILITY, "21080")]
)
def test_pledges_stand_where_the_by_laws_hold_them(
    sqlite_network: Network, held_as: HeldAs, control: str
) -> None:
    rules = [(RuleName.PLEDGE_HELD_AS, held_as.value)]

    group = write(lambda session: open_one(session, rules=rules))

    products = read(lambda session: products_of(session, book_id=group.book_id))
    assert products[0].control_code == control


# ---------------------------------------------------------------- another product


def open_product(
    network: Network, kind: ProductKind = ProductKind.SPECIAL, on: date = TODAY, name: str = ""
) -> int:
    return write(
        lambda session: groups.open_product_for_members(
            session, book_id=network.book_id, kind=kind, opened_on=on, at=NOW, name=name
        )
    )


def test_another_product_gives_every_present_member_an_account(network: Network) -> None:
    write(
        lambda session: people.leave(
            session,
            book_id=network.book_id,
            number="0002",
            left_on=TODAY,
            because="ย้ายบ้าน",
            idempotency_key="leave-0002",
            by="o1",
            approved_by="o2",
            at=NOW,
        )
    )

    opened = open_product(network, name="ออมวันแม่")

    def look(session: Session) -> list[tuple[int, str, str]]:
        rows = session.scalars(
            select(SavingsAccount)
            .where(SavingsAccount.product_code == "SPE")
            .order_by(SavingsAccount.member_id)
        )
        return [
            (
                row.member_id,
                (
                    account := account_by_id(
                        session, book_id=row.book_id, account_id=row.account_id
                    )
                ).code,
                account.fund,
            )
            for row in rows
        ]

    assert opened == 2
    assert read(look) == [(1, "21020-0001", "SAV"), (3, "21020-0003", "SAV")]
    mine = read(lambda session: savings_of(session, book_id=network.book_id, member_id=1))
    assert (mine[-1].name, mine[-1].balance, mine[-1].opened_on) == ("ออมวันแม่", 0, TODAY)


def test_land_and_housing_premiums_stand_in_their_own_purse(network: Network) -> None:
    open_product(network, ProductKind.LAND_HOUSING)

    products = read(lambda session: products_of(session, book_id=network.book_id))

    assert [(one.code, one.fund) for one in products][-1] == ("LHF", "LHF")


def test_who_joins_later_gets_an_account_in_the_new_product_too(sqlite_network: Network) -> None:
    open_product(sqlite_network)
    joined = write(
        lambda session: people.enrol(
            session,
            book_id=sqlite_network.book_id,
            person=people.NewMember(
                number="",
                title="นาย",
                given_name="ใหม่",
                family_name="มาก",
                person_type=PersonType.NO_NUMBER,
                national_id="",
                telephone="",
                house_number="",
                village_code=None,
                beneficiary="",
                joined_on=TODAY,
            ),
            pledges={},
            by="o1",
            at=NOW,
        )
    )

    mine = read(
        lambda session: savings_of(session, book_id=sqlite_network.book_id, member_id=joined.id)
    )
    assert "SPE" in [view.product_code for view in mine]


def test_an_account_is_never_older_than_the_membership(sqlite_network: Network) -> None:
    open_product(sqlite_network, on=FOUNDED_ON)

    opened = read(
        lambda session: session.scalars(
            select(SavingsAccount.opened_on).where(SavingsAccount.product_code == "SPE")
        ).all()
    )
    assert set(opened) == {FOUNDED_ON}


@pytest.mark.parametrize(
    ("kind", "on", "refusal"),
    [
        (ProductKind.PLEDGE, TODAY, groups.ProductExists),
        (ProductKind.SPECIAL, TODAY + timedelta(days=1), groups.ProductDayUnfit),
        (ProductKind.SPECIAL, FOUNDED_ON - timedelta(days=1), groups.ProductDayUnfit),
    ],
)
def test_a_product_that_cannot_be_opened_leaves_no_account(
    sqlite_network: Network, kind: ProductKind, on: date, refusal: type[DomainError]
) -> None:
    def count(session: Session) -> tuple[int, int]:
        accounts = session.scalar(select(func.count()).select_from(Account)) or 0
        return accounts, len(session.scalars(select(Product)).all())

    before = read(count)

    with pytest.raises(refusal):
        open_product(sqlite_network, kind, on)

    assert read(count) == before


def test_the_book_agrees_after_another_product_was_opened(network: Network) -> None:
    open_product(network, ProductKind.HOUSING)

    findings = read(
        lambda session: verify_book(session, book=session.get_one(Book, network.book_id)).findings
    )
    assert findings == ()


def test_a_group_is_found_by_its_code_alone(sqlite_network: Network) -> None:
    with pytest.raises(GroupNotFound):
        read(lambda session: group_by_code(session, code="khp06"))
