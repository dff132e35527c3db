"""The pages and commands that bring a file in, as they are touched and typed."""

import io
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read
from ledger.models import Entry
from members.imports.examples import example_of
from members.imports.kept import What
from members.models import Member
from tests.members.sheets import PEOPLE_HEADING, SAVINGS_HEADING, xlsx
from tests.network import GROUP, NOW, PASSWORD, Network, client_of

LIST = f"/groups/{GROUP}/imports"
GOOD = f"{SAVINGS_HEADING}6/4/2566,1,สัจจะ,100,,1/1,\n6/4/2566,2,หุ้น,50,,1/2,\n"


@pytest.fixture
def malee(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """The browser of the one who keeps the box."""
    return client_of(sqlite_app, sqlite_network.malee)


def send(
    client: FlaskClient, content: bytes, *, what: str = "savings", name: str = "เงินออม.csv"
) -> tuple[int, str]:
    """Send a file, and follow to what is shown."""
    answer = client.post(
        LIST,
        data={
            "what": what,
            "against": "11010",
            "product": "PLG",
            "on": "6/4/2566",
            "key": "one-and-only-key",
            "file": (io.BytesIO(content), name),
        },
        follow_redirects=True,
    )
    return answer.status_code, answer.text


def press(client: FlaskClient, number: int, what: str, **typed: str) -> tuple[int, str]:
    answer = client.post(
        f"{LIST}/{number}/{what}", data={"key": "another-key", **typed}, follow_redirects=True
    )
    return answer.status_code, answer.text


def entries(network: Network) -> int:
    counted = select(func.count()).select_from(Entry).where(Entry.book_id == network.book_id)
    return read(lambda session: session.scalar(counted) or 0)


def test_a_file_is_sent_looked_at_posted_and_undone(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    empty = malee.get(LIST)
    status, shown = send(malee, GOOD.encode())

    posted = press(malee, 1, "post")
    undone = press(malee, 1, "undo", because="ผิดเดือน")

    assert "ยังไม่เคยอ่านแฟ้ม" in empty.text
    assert (status, "ลงบัญชีทั้งแฟ้ม 2 แถว" in shown, "หนึ่งร้อยห้าสิบบาทถ้วน" in shown) == (200, True, True)
    assert "รายการเลขที่ 1 ถึง 2" in posted[1]
    assert "ยกเลิกทั้งแฟ้มแล้ว 2 รายการ" in undone[1]
    assert entries(sqlite_network) == 4
    assert "เงินออม.csv" in malee.get(LIST).text


def test_a_file_that_pays_out_is_posted_by_two(malee: FlaskClient, sqlite_network: Network) -> None:
    shown = send(malee, f"{GOOD}6/4/2566,1,สัจจะ,,40,,\n".encode())[1]
    boonmee = {"second_officer": str(sqlite_network.boonmee)}

    alone = press(malee, 1, "post")
    wrong = press(malee, 1, "post", **boonmee, password="ไม่ใช่รหัสนี้")
    refused = entries(sqlite_network)
    press(malee, 1, "post", **boonmee, password=PASSWORD)

    assert "กรรมการคนที่สอง" in shown
    assert (alone[0], "เงินออก 40.00 บาท" in alone[1]) == (422, True)
    assert (wrong[0], "ไม่ใช่รหัสนี้" in wrong[1]) == (403, False)
    assert (refused, entries(sqlite_network)) == (0, 3)


def test_rows_with_something_wrong_come_first_and_cannot_be_posted(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    status, shown = send(malee, f"{GOOD}6/4/2566,999,สัจจะ,10,,,\n".encode())

    refused = press(malee, 1, "post")

    assert (status, "ยังบันทึกไม่ได้ มี 1 แถวที่ต้องแก้" in shown) == (200, True)
    assert shown.index("ไม่พบสมาชิกเลขที่ 0999") < shown.index("✓ ใช้ได้")
    assert "ลงบัญชีทั้งแฟ้ม" not in shown
    assert refused[0] == 422
    assert entries(sqlite_network) == 0


def test_the_same_file_is_recognised(malee: FlaskClient, sqlite_network: Network) -> None:
    send(malee, GOOD.encode())
    before = send(malee, GOOD.encode())
    press(malee, 1, "post")

    after = send(malee, GOOD.encode(), name="อีกชื่อ.csv")
    twice = press(malee, 1, "post")

    assert "แฟ้มนี้เคยอ่านแล้ว ตรวจใหม่ให้แล้ว" in before[1]
    assert "แฟ้มนี้เคยบันทึกแล้ว ไม่ได้บันทึกซ้ำ" in after[1]
    assert "เคยบันทึกแล้ว ไม่ได้บันทึกซ้ำ" in twice[1]
    assert entries(sqlite_network) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "ยังไม่ได้เลือกแฟ้ม"),
        (b"<html><body><table>", "เป็นหน้าเว็บ"),
        (b"%PDF-1.4\0", "ไม่ใช่ตารางที่อ่านได้"),
        ("ก,ข\n1,2\n".encode(), "ไม่พบแถวหัวตาราง"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_the_choices_stay(
    malee: FlaskClient, content: bytes, said: str
) -> None:
    status, shown = send(malee, content, name="a.xls")

    assert status == 400
    assert said in shown
    assert 'value="savings" selected' in shown


def test_what_a_cell_says_is_shown_and_never_carried_out(malee: FlaskClient) -> None:
    content = f"{SAVINGS_HEADING}6/4/2566,1,สัจจะ,10,,,<script>alert(1)</script>\n"

    shown = send(malee, content.encode(), name="<b>.csv")[1]

    assert "&lt;script&gt;" in shown
    assert "<script>alert" not in shown
    assert "<b>.csv" not in shown


def test_an_undoing_without_a_reason_keeps_the_page(malee: FlaskClient) -> None:
    send(malee, GOOD.encode())
    press(malee, 1, "post")

    status, shown = press(malee, 1, "undo", because=" ")

    assert status == 400
    assert "ช่องนี้ต้องกรอก" in shown


def test_long_files_are_turned_page_by_page(malee: FlaskClient) -> None:
    rows = "".join(f"6/4/2566,1,สัจจะ,1,,r{number},\n" for number in range(450))
    first = send(malee, (SAVINGS_HEADING + rows).encode())[1]

    last = malee.get(f"{LIST}/1?page=3").text

    assert ("r199<" in first, "r200<" in first) == (True, False)
    assert ("r449<" in last, "แถวต่อไป" in last) == (True, False)
    assert malee.get(f"{LIST}/1?page=-1").status_code == 200


def test_nobody_but_the_keepers_of_the_group_brings_files_in(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    for officer in (sqlite_network.somchai, sqlite_network.wandee, sqlite_network.aree):
        client = client_of(sqlite_app, officer)

        assert client.get(LIST).status_code == 403
        assert send(client, GOOD.encode())[0] == 403
    assert client_of(sqlite_app, sqlite_network.malee).get(f"{LIST}/9").status_code == 404


def test_the_examples_read_back_without_anything_wrong(malee: FlaskClient) -> None:
    sheets = {what: malee.get(f"{LIST}/example-{what}.xlsx") for what in ("members", "savings")}

    people = send(malee, sheets["members"].data, what="members", name="m.xlsx")[1]
    press(malee, 1, "post")
    money = send(malee, sheets["savings"].data, name="s.xlsx")[1]

    assert sheets["members"].headers["Content-Disposition"].startswith("attachment")
    assert "รับเข้าทั้งแฟ้ม 2 แถว" in people
    assert "ลงบัญชีทั้งแฟ้ม 2 แถว" in money
    assert example_of(What.SAVINGS, products=[], on=NOW.date()).rows


# --- commands -----------------------------------------------------------------------------------


def run(app: Flask, *arguments: object) -> Result:
    """Type a command."""
    return app.test_cli_runner().invoke(args=["import", *map(str, arguments)])


def test_members_and_savings_are_brought_in_and_undone_by_commands(
    sqlite_app: Flask, sqlite_network: Network, tmp_path: Path
) -> None:
    people, money = tmp_path / "people.xlsx", tmp_path / "money.csv"
    people.write_bytes(xlsx([["เลขที่สมาชิก", "ชื่อ-สกุล"], [77, "นายเจ็ด ใจดี"]]))
    money.write_text(f"{SAVINGS_HEADING}6/4/2566,77,สัจจะ,100,,,\n", encoding="utf-8")

    tried = run(sqlite_app, "members", people, "--group", GROUP, "--dry-run")
    joined = run(sqlite_app, "members", people, "--group", GROUP)
    paid = run(sqlite_app, "savings", money, "--group", GROUP, "--against", "39010")
    again = run(sqlite_app, "savings", money, "--group", GROUP)
    undone = run(sqlite_app, "undo", 2, "--group", GROUP, "--because", "ลองดู")
    twice = run(sqlite_app, "undo", 2, "--group", GROUP, "--because", "ลองดู")

    assert (tried.exit_code, "ยังไม่บันทึก: 1 แถว" in tried.output) == (0, True)
    assert (joined.exit_code, "บันทึกแล้ว แฟ้มที่ 1: 1 แถว" in joined.output) == (0, True)
    assert (paid.exit_code, "เงินเข้า 100.00 บาท เงินออก 0.00 บาท" in paid.output) == (0, True)
    assert (again.exit_code, "ไม่ได้บันทึกซ้ำ" in again.output) == (0, True)
    assert "ยกเลิกทั้งแฟ้มแล้ว 1 รายการ" in undone.output
    assert "ไม่ได้ทำซ้ำ" in twice.output
    marks = read(lambda session: session.scalars(select(Entry.posted_by)).all())
    assert marks == ["import", "import"]


def test_a_command_says_what_is_wrong_with_each_row_and_leaves_with_one(
    sqlite_app: Flask, sqlite_network: Network, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text(f"{PEOPLE_HEADING}900,,ดี,จริง,,,,\n1,,ซ้ำ,คน,,,,\n", encoding="utf-8")

    result = run(sqlite_app, "members", people, "--group", GROUP)

    assert result.exit_code == 1
    assert "แถว 3: เลขที่สมาชิก 0001 มีคนใช้แล้ว" in result.output
    assert "มี 1 แถวที่ต้องแก้ ไม่ได้บันทึกแถวใดของแฟ้มนี้" in result.output

    def count(session: Session) -> int:
        return session.scalar(select(func.count()).select_from(Member)) or 0

    assert read(count) == 6


@pytest.mark.parametrize(
    ("content", "said"), [(b"<html>", "หน้าเว็บ"), (b"x" * ((16 << 20) + 1), "16 เมกะไบต์")]
)
def test_a_command_refuses_what_is_no_sheet(
    sqlite_app: Flask, sqlite_network: Network, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "a.xls"
    file.write_bytes(content)

    result = run(sqlite_app, "savings", file, "--group", GROUP)

    assert (result.exit_code, said in result.output) == (1, True)
