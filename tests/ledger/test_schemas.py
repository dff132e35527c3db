"""The fields that every form shares: whole numbers, also those that nobody would type."""

import pytest
from flask import Flask
from marshmallow import ValidationError

from ledger.schemas import PageSchema, WholeField
from tests.network import GROUP, Network, client_of


class Counted(PageSchema):
    """A form with one count."""

    count = WholeField(most=600)


@pytest.mark.parametrize(
    ("typed", "count"),
    [("", 0), ("0", 0), ("600", 600), ("๑๒", 12), ("0" * 5_000 + "12", 12), ("0" * 12, 0)],
)
def test_a_whole_number_is_read(typed: str, count: int) -> None:
    assert Counted().load({"count": typed}) == {"count": count}


@pytest.mark.parametrize(
    "typed", ["601", "1000", "0" * 12 + "601", "0" * 12 + "9" * 12, "9" * 5_000, "๙" * 5_000]
)
def test_a_whole_number_above_the_most_is_refused_in_thai(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Counted().load({"count": typed})

    assert refused.value.normalized_messages() == {  # type: ignore[no-untyped-call]
        "count": ["จำนวนเต็มนี้มากเกินไป ใส่ได้ไม่เกิน 600"]
    }


@pytest.mark.parametrize("typed", ["0" * 12 + "9" * 20, "9" * 5_000])
def test_a_number_without_end_is_refused_on_a_page(
    sqlite_app: Flask, sqlite_network: Network, typed: str
) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)

    answer = client.post(
        f"/groups/{GROUP}/loan-products/new", data={"guarantors": typed, "key": "a-key-12345"}
    )

    assert answer.status_code == 400
    assert "จำนวนเต็มนี้มากเกินไป ใส่ได้ไม่เกิน 10" in answer.text
