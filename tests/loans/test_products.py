"""The kinds of loan: opened and resolved anew, each from its day, and closed."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.errors import DomainError
from ledger.money import Satang
from ledger.queries import account_by_code
from loans.ceiling import AboveCeiling
from loans.kinds import Purpose
from loans.models import ProductTerms
from loans.product_terms import (
    ByLawUnfit,
    RateUnfit,
)
from loans.product_words import (
    SUGGESTED,
)
from loans.queries.products import (
    LoanProductNotFound,
    LoanProductView,
    NoLoanByLawYet,
    loan_by_law,
    loan_products,
    offered_products,
)
from loans.schedule import Method, RoundingHow
from loans.services.products import (
    BeforeLastResolution,
    ClosedBeforeOpened,
    LoanByLawResolvedAlready,
    LoanDayUnfit,
    LoanProductClosed,
    LoanProductExists,
    close_loan_product,
    open_loan_product,
    resolve_loan_by_law,
)
from tests.network import FOUNDED_ON, NOW, TODAY, Network

DAY = timedelta(days=1)
ORDINARY = SUGGESTED[Purpose.ORDINARY]
FLAT = replace(
    ORDINARY,
    method=Method.FLAT,
    most_satang=Satang(20_000_00),
    most_instalments=12,
    rounding_multiple=Satang(1),
    rounding_how=RoundingHow.HALF_UP,
)


def open_one(network: Network, **differently: Any) -> str:
    wanted: dict[str, Any] = {
        "book_id": network.book_id,
        "name": "เงินกู้สามัญ",
        "purpose": Purpose.ORDINARY,
        "by_law": ORDINARY,
        "holds_from": FOUNDED_ON,
        "resolution": "มติประชุมใหญ่ 1/2566",
        "by": "o1",
        "at": NOW,
    }
    return write(lambda session: open_loan_product(session, **(wanted | differently)).code)


def resolve(network: Network, **differently: Any) -> None:
    wanted: dict[str, Any] = {
        "book_id": network.book_id,
        "product_code": "ORD",
        "by_law": replace(ORDINARY, annual_rate_ppm=60_000),
        "holds_from": TODAY,
        "resolution": "มติประชุมใหญ่ 2/2566",
        "by": "o1",
        "at": NOW,
    }
    write(lambda session: resolve_loan_by_law(session, **(wanted | differently)))


def look(network: Network, on: date = TODAY) -> list[LoanProductView]:
    return read(lambda session: loan_products(session, book_id=network.book_id, on=on))


def test_a_kind_of_loan_stands_under_the_account_of_its_purpose(network: Network) -> None:
    code = open_one(network)
    housing = open_one(
        network, name="บ้าน", purpose=Purpose.HOUSING, by_law=SUGGESTED[Purpose.HOUSING]
    )

    views = {view.code: view for view in look(network)}

    assert (code, housing) == ("ORD", "HOU")
    assert [(v.control_code, v.fund, v.position) for v in views.values()] == [
        ("13010", "SAV", 1),
        ("13030", "HSG", 2),
    ]
    assert views["ORD"].by_law == ORDINARY
    assert views["ORD"].purpose_in_thai == "เงินกู้สามัญ"
    control = read(
        lambda session: (
            account_by_code(session, book_id=network.book_id, code="13010", fund="SAV").id
        )
    )
    assert views["ORD"].control_account_id == control


def test_a_resolution_holds_from_its_day_and_leaves_the_days_before_as_they_were(
    network: Network,
) -> None:
    open_one(network)
    resolve(network)

    def rates(session: Session) -> list[int]:
        return [
            loan_by_law(session, book_id=network.book_id, product_code="ORD", on=on).annual_rate_ppm
            for on in (TODAY - DAY, TODAY)
        ]

    assert read(rates) == [90_000, 60_000]
    (view,) = look(network)
    assert [one.by_law.annual_rate_ppm for one in view.history] == [60_000, 90_000]
    assert (view.history[0].resolution, view.history[0].recorded_by) == (
        "มติประชุมใหญ่ 2/2566",
        "o1",
    )
    assert view.to_come is None
    (before,) = look(network, TODAY - DAY)
    assert before.to_come == before.history[0]
    assert before.history[1].effective_rate_ppm == 90_000


def test_before_its_first_resolution_a_kind_of_loan_has_no_by_law(
    sqlite_network: Network,
) -> None:
    open_one(sqlite_network, holds_from=TODAY)

    (view,) = look(sqlite_network, TODAY - DAY)

    assert view.by_law is None
    assert view.to_come == view.history[0]
    with pytest.raises(NoLoanByLawYet) as refused:
        read(
            lambda session: loan_by_law(
                session, book_id=sqlite_network.book_id, product_code="ORD", on=TODAY - DAY
            )
        )
    assert "ระเบียบแรกเริ่มใช้ 6 เม.ย. 2566" in refused.value.sentence()


def test_two_kinds_of_one_purpose_have_codes_of_their_own(sqlite_network: Network) -> None:
    codes = [open_one(sqlite_network, name=name) for name in ("สั้น", "ยาว", "ยาวมาก")]

    assert codes == ["ORD", "ORD2", "ORD3"]


def test_another_group_offers_its_own(sqlite_network: Network) -> None:
    open_one(sqlite_network)

    theirs = read(
        lambda session: loan_products(session, book_id=sqlite_network.other_book_id, on=TODAY)
    )

    assert theirs == []
    assert open_one(sqlite_network, book_id=sqlite_network.other_book_id) == "ORD"


@pytest.mark.parametrize(
    ("differently", "refusal"),
    [
        ({"name": "เงินกู้สามัญ"}, LoanProductExists),
        ({"name": "อื่น", "holds_from": FOUNDED_ON - DAY}, LoanDayUnfit),
        ({"name": "อื่น", "holds_from": TODAY + 367 * DAY}, LoanDayUnfit),
        ({"name": "อื่น", "by_law": replace(ORDINARY, annual_rate_ppm=150_001)}, RateUnfit),
        (
            {"name": "อื่น", "by_law": replace(FLAT, annual_rate_ppm=120_000)},
            AboveCeiling,
        ),
    ],
)
def test_a_kind_that_cannot_be_opened_leaves_nothing(
    sqlite_network: Network, differently: dict[str, Any], refusal: type[DomainError]
) -> None:
    open_one(sqlite_network)
    before = look(sqlite_network)

    with pytest.raises(refusal):
        open_one(sqlite_network, **differently)

    assert look(sqlite_network) == before


@pytest.mark.parametrize(
    ("differently", "refusal", "says"),
    [
        ({"holds_from": FOUNDED_ON}, LoanByLawResolvedAlready, "1 ม.ค. 2566"),
        ({"holds_from": FOUNDED_ON - DAY}, LoanDayUnfit, "1 ม.ค. 2566"),
        ({"product_code": "GOLD"}, LoanProductNotFound, "ไม่พบ"),
        ({"by_law": replace(ORDINARY, guarantors=99)}, ByLawUnfit, "0 ถึง 10"),
    ],
)
def test_a_resolution_that_cannot_be_recorded_leaves_nothing(
    sqlite_network: Network,
    differently: dict[str, Any],
    refusal: type[DomainError],
    says: str,
) -> None:
    open_one(sqlite_network)
    before = look(sqlite_network)

    with pytest.raises(refusal) as refused:
        resolve(sqlite_network, **differently)

    assert says in refused.value.sentence()
    assert look(sqlite_network) == before


def test_a_resolution_comes_after_the_last_one(network: Network) -> None:
    open_one(network)
    resolve(network)

    with pytest.raises(BeforeLastResolution) as refused:
        resolve(network, holds_from=TODAY - DAY)

    assert "6 เม.ย. 2566" in refused.value.sentence()
    assert len(look(network)[0].history) == 2


def test_a_kind_that_is_closed_is_offered_no_more_and_keeps_its_history(network: Network) -> None:
    open_one(network)

    def offered(on: date) -> list[str]:
        return [
            view.name
            for view in read(
                lambda session: offered_products(session, book_id=network.book_id, on=on)
            )
        ]

    def close(closed_on: date) -> None:
        write(
            lambda session: close_loan_product(
                session,
                book_id=network.book_id,
                product_code="ORD",
                closed_on=closed_on,
                at=NOW,
            )
        )

    for day in (FOUNDED_ON - DAY, TODAY + DAY):
        with pytest.raises(ClosedBeforeOpened):
            close(day)
    assert offered(TODAY) == ["เงินกู้สามัญ"]

    close(TODAY)

    assert (offered(TODAY - DAY), offered(TODAY)) == (["เงินกู้สามัญ"], [])
    assert look(network)[0].closed_on == TODAY
    with pytest.raises(LoanProductClosed):
        close(TODAY)
    with pytest.raises(LoanProductClosed):
        resolve(network, holds_from=TODAY + DAY)
    assert open_one(network, holds_from=TODAY) == "ORD2"


def test_the_database_itself_keeps_a_resolution_from_being_changed(network: Network) -> None:
    open_one(network)

    def change(session: Session) -> None:
        session.get_one(ProductTerms, (network.book_id, "ORD", FOUNDED_ON)).resolution = "อื่น"

    with pytest.raises(DBAPIError):
        write(change)
