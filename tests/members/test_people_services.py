"""Joining, promising, withdrawing and leaving."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.models import Book
from ledger.money import Satang
from ledger.verification import verify_book
from members.queries import member_by_number, pledges_on, savings_of
from members.services import people
from tests.network import NOW, TODAY, Network


def withdraw(session: Session, network: Network, amount: int, *, product: str = "DEM") -> object:
    return people.withdraw(
        session,
        book_id=network.book_id,
        number="0001",
        product_code=product,
        amount=Satang(amount),
        entered_on=TODAY,
        memo="",
        idempotency_key="withdrawal-1",
        by="o1",
        approved_by="o2",
        at=NOW,
    )


def test_an_enrolled_member_has_an_account_in_each_product_and_their_promises(
    network: Network,
) -> None:
    def look(session: Session) -> tuple[list[str], dict[tuple[int, str], Satang]]:
        member = member_by_number(session, book_id=network.book_id, number="0001")
        savings = savings_of(session, book_id=network.book_id, member_id=member.id)
        return (
            [view.product_code for view in savings],
            pledges_on(session, book_id=network.book_id, on=TODAY),
        )

    products, pledges = read(look)

    assert products == ["PLG", "SHR", "DEM", "WEL"]
    assert pledges[1, "PLG"] == 100_00


def test_nothing_is_paid_out_that_is_not_there(network: Network) -> None:
    with pytest.raises(people.NotEnoughSavings):
        write(lambda session: withdraw(session, network, 1_00))


def test_a_pledge_is_not_paid_out_to_a_member_who_stays(network: Network) -> None:
    with pytest.raises(people.NotWithdrawable):
        write(lambda session: withdraw(session, network, 1_00, product="PLG"))


def test_the_book_of_the_small_network_agrees(network: Network) -> None:
    def look(session: Session) -> tuple[object, ...]:
        return verify_book(session, book=session.get_one(Book, network.book_id)).findings

    assert read(look) == ()


def test_nobody_is_asked_to_sign_in_on_the_health_page(app: Flask) -> None:
    assert app.test_client().get("/healthz").status_code == 200
