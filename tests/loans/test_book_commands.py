"""The commands of lending that open the book: loans from two sheets, and the mirror."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.money import Satang
from loans.kinds import Side, Through
from loans.queries.loans import loans_of_group
from loans.services.between import Sending, confirm, deposit_with_mother
from members.models import GroupKind
from members.services.groups import open_group
from tests.loans.lent import fill_box
from tests.loans.test_imports import A_LOAN, CONTRACTS, ROWS, TWO_ROWS
from tests.network import FOUNDED_AT, FOUNDED_ON, GROUP, NOW, TODAY, Network


def run(app: Flask, *words: object) -> Result:
    """Type a command."""
    return app.test_cli_runner().invoke(args=[str(word) for word in words])


@pytest.fixture
def sheets(tmp_path: Path) -> tuple[Path, Path]:
    """Both sheets of one loan."""
    contracts, rows = tmp_path / "contracts.csv", tmp_path / "rows.csv"
    contracts.write_text(CONTRACTS + A_LOAN, encoding="utf-8")
    rows.write_text(ROWS + TWO_ROWS, encoding="utf-8")
    return contracts, rows


def references(book_id: int) -> list[str]:
    found = read(lambda session: loans_of_group(session, book_id=book_id, side=Side.LENT))
    return [loan.reference for loan in found]


def test_loans_are_looked_at_brought_in_and_not_brought_in_twice(
    sqlite_app: Flask, sqlite_network: Network, sheets: tuple[Path, Path]
) -> None:
    command = ("import", "loans", *sheets, "--group", GROUP)

    looked = run(sqlite_app, *command, "--dry-run")
    before = references(sqlite_network.book_id)
    first, second = run(sqlite_app, *command), run(sqlite_app, *command)

    assert (looked.exit_code, first.exit_code, second.exit_code) == (0, 0, 0)
    assert "ตรวจแล้ว ยังไม่บันทึก: 1 สัญญา" in looked.output
    assert before == []
    assert "บันทึกแล้ว 1 สัญญา รับชำระ 1 ครั้ง" in first.output
    assert "1,000.00" in first.output
    assert "เคยนำเข้าแล้ว" in second.output
    assert references(sqlite_network.book_id) == ["ก1"]


def test_a_wrong_row_is_named_and_nothing_comes_in(
    sqlite_app: Flask, sqlite_network: Network, sheets: tuple[Path, Path]
) -> None:
    sheets[0].write_text(CONTRACTS + A_LOAN.replace("0001", "9999"), encoding="utf-8")

    answer = run(sqlite_app, "import", "loans", *sheets, "--group", GROUP)

    assert answer.exit_code == 1
    assert "ไม่มีสมาชิกเลขที่ 9999" in answer.output
    assert references(sqlite_network.book_id) == []


def found_a_child(session: Session) -> int:
    """Give GROUP a child with money in its box."""
    child = open_group(
        session,
        code="CHILD",
        name="กลุ่มลูก",
        kind=GroupKind.VILLAGE,
        village_code=None,
        mother_code=GROUP,
        founded_on=FOUNDED_ON,
        by="o1",
        at=FOUNDED_AT,
    ).book_id
    fill_box(session, book_id=child)
    return child


def test_the_mirror_says_what_waits_and_what_agrees(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    child = write(found_a_child)
    sent = write(
        lambda session: (
            deposit_with_mother(
                session,
                book_id=child,
                sent=Sending(
                    amount=Satang(50_000_00),
                    moved_on=TODAY,
                    through=Through.CASH,
                    note="",
                    idempotency_key="fifty thousand",
                    by="o4",
                    approved_by="o3",
                    at=NOW,
                ),
            ).reference
        )
    )

    waiting = run(sqlite_app, "loan", "check-mirror")
    write(
        lambda session: confirm(
            session,
            book_id=sqlite_network.book_id,
            reference=sent,
            through=Through.CASH,
            resolution="",
            idempotency_key="it has come",
            by="o1",
            at=NOW,
        )
    )
    agreed = run(sqlite_app, "loan", "check-mirror")

    assert (waiting.exit_code, agreed.exit_code) == (0, 0)
    assert f"{GROUP} – CHILD: รอยืนยันรับ" in waiting.output
    assert "แม่ 0.00 ลูก 50,000.00" in waiting.output
    assert f"{GROUP} – CHILD: ตรงกัน เงินกู้ 0.00 เงินฝาก 50,000.00 บาท" in agreed.output
