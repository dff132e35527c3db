"""A whole co-operative comes in from its program's tables, and every member has what they had."""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.convert_mangoo import convert, member_number
from ledger.db import read, write
from ledger.models import Account, Book, Entry
from ledger.queries import account_by_code, balances_now
from ledger.reports import trial_balance
from ledger.roles import Role
from ledger.verification import verify_book
from members.imports.batches import Written, post_import
from members.imports.kept import Choices, What
from members.imports.savings import Against
from members.models import GroupKind, Member, OfficerRole, SavingsAccount
from members.services.groups import open_group
from tests.members.sheets import keep, look
from tests.network import FOUNDED_AT, NOW, TODAY, Network, client_of

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "mangoo_sacco"
CODE = "SACCO"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="419 rows of a co-operative are not on this machine"
)


def table(name: str) -> list[dict[str, str]]:
    """Read one of the program's own tables, without anything of ours."""
    with (DATA / f"{name}.csv").open(encoding="utf-8-sig", newline="") as lines:
        return [
            {column: (text or "").strip() for column, text in row.items()}
            for row in csv.DictReader(lines)
        ]


def sums_of(name: str, column: str) -> dict[str, int]:
    """Add up what each customer has by the program's table, in satang, by member number."""
    numbers = {row["cust_id"]: member_number(row["cust_no"]) for row in table("customer")}
    sums: defaultdict[str, int] = defaultdict(int)
    for row in table(name):
        sums[numbers[row["cust_id"]]] += int(row[column]) * 100
    return {number: amount for number, amount in sums.items() if amount}


def open_co_operative(session: Session) -> int:
    return open_group(
        session,
        code=CODE,
        name="สหกรณ์ตัวอย่าง",
        kind=GroupKind.INSTITUTION,
        village_code=None,
        mother_code=None,
        founded_on=date(2006, 1, 1),
        by="o1",
        at=FOUNDED_AT,
    ).book_id


def bring_in(folder: Path) -> tuple[int, dict[What, Written]]:
    """Open a group for the co-operative and post both of its sheets."""
    convert(DATA, folder)
    book_id = write(open_co_operative)
    network = Network(book_id, 0, 0, 0, 0, 0, 0, 0)
    written = {}
    for what in What:
        content = (folder / f"{what.value}.csv").read_bytes()
        kept = keep(network, what, content, choices=Choices(Against.CASH, "DEM", TODAY))
        number = kept.number
        shown = look(network, number)
        assert [row for row in shown.rows if row.problems] == []
        written[what] = write(
            lambda session, number=number: post_import(  # type: ignore[misc]
                session, book_id=book_id, number=number, by="o1", at=NOW
            )
        )
    return book_id, written


def balances(session: Session, book_id: int, product: str) -> dict[str, int]:
    rows = session.execute(
        select(Member.number, Account.balance_satang)
        .join(
            SavingsAccount,
            (SavingsAccount.book_id == Member.book_id) & (SavingsAccount.member_id == Member.id),
        )
        .join(
            Account,
            (Account.book_id == SavingsAccount.book_id) & (Account.id == SavingsAccount.account_id),
        )
        .where(Member.book_id == book_id, SavingsAccount.product_code == product)
    )
    return {number: -balance for number, balance in rows if balance}


def test_every_member_has_what_the_old_program_says(app: Flask, tmp_path: Path) -> None:
    book_id, written = bring_in(tmp_path)

    # 101 customers, of whom the program's own first one has no name and no rows.
    named = [row for row in table("customer") if row["cust_name"]]
    moving = [row for row in table("savings") if int(row["sav_amount"])]
    assert (len(table("customer")), len(named), written[What.MEMBERS].count) == (101, 100, 100)
    # 314 rows of savings, of which 22 are openings of nothing: there is nothing to post in them.
    assert (len(table("savings")), len(moving), len(table("shares"))) == (314, 292, 105)
    assert written[What.SAVINGS].count == 292 + 105
    savings = read(lambda session: balances(session, book_id, "DEM"))
    shares = read(lambda session: balances(session, book_id, "SHR"))
    assert savings == sums_of("savings", "sav_amount")
    assert shares == sums_of("shares", "share_value")
    assert (sum(savings.values()), sum(shares.values())) == (19_227_979_00, 3_710_000_00)


def test_the_book_of_the_co_operative_balances_and_verifies(app: Flask, tmp_path: Path) -> None:
    book_id, _written = bring_in(tmp_path)

    trial = read(lambda session: trial_balance(balances_now(session, book_id=book_id)))
    verified = read(lambda session: verify_book(session, book=session.get_one(Book, book_id)))
    in_order = select(Entry.entered_on).order_by(Entry.number)
    days = read(lambda session: session.scalars(in_order).all())
    suspense = read(
        lambda session: account_by_code(session, book_id=book_id, code="59010", fund="SAV")
    )

    assert (trial.closing_debit - trial.closing_credit, trial.difference) == (0, 0)
    assert (verified.findings, verified.entries) == ((), 397)
    assert days == sorted(days)
    # A loan repaid by 20,000 from savings, and shares of 20,000 that changed hands without
    # their other half being in the tables: the group clears them by hand.
    assert suspense.balance_satang == -20_000_00 + 20_000_00 + 20_000_00 - 20_000_00 - 40_000_00


def give_malee_the_box(session: Session, book_id: int, officer_id: int) -> None:
    session.add(
        OfficerRole(
            officer_id=officer_id,
            group_book_id=book_id,
            role=Role.TREASURER,
            given_at=NOW,
            given_by="o1",
            ended_at=None,
        )
    )


def test_the_pages_of_the_co_operative_open(
    sqlite_app: Flask, sqlite_network: Network, tmp_path: Path
) -> None:
    book_id, _written = bring_in(tmp_path)
    write(lambda session: give_malee_the_box(session, book_id, sqlite_network.malee))
    malee = client_of(sqlite_app, sqlite_network.malee)
    malee.post(f"/groups/{CODE}/collection", data={"held_on": "6/4/2566", "key": "a-new-sheet"})
    pages = {
        f"/groups/{CODE}/members?find=melvinus": "Nydius Melvinus",
        f"/groups/{CODE}/members/001-2016": "John Wycliff",
        f"/groups/{CODE}/members/001-2016/passbook.pdf": "%PDF",
        f"/groups/{CODE}/collection": "John Wycliff",
        f"/groups/{CODE}/entries/397": "5,000.00",
        f"/groups/{CODE}/trial-balance": "19,227,979.00",
        f"/groups/{CODE}/imports/2": "397",
        "/search?q=wycliff": "John Wycliff",
        "/review": "397",
    }

    said = {page: malee.get(page, follow_redirects=True) for page in pages}

    assert {page: answer.status_code for page, answer in said.items()} == dict.fromkeys(pages, 200)
    found = {page: pages[page].encode() in answer.data for page, answer in said.items()}
    assert found == dict.fromkeys(pages, True)
