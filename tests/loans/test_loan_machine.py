"""A loan in any order: whatever happens to it, its card is its account, and it can be paid off.

``tests/loans/machine.py`` tells how to run it for ten thousand steps.
"""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read
from loans.models import LoanEvent
from tests.loans.machine import run_the_machine
from tests.network import Network


def events(session: Session) -> int:
    """Count what happened to all loans together."""
    return session.scalar(select(func.count()).select_from(LoanEvent)) or 0


def test_whatever_happens_the_card_is_the_account(sqlite_network: Network) -> None:
    run_the_machine(examples=8, steps=25)

    assert read(events) >= 8
    assert sqlite_network


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_it_is_so_on_postgresql_too(network: Network) -> None:
    run_the_machine(examples=3, steps=15)

    assert read(events) >= 1
    assert network
