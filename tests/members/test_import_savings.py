"""A sheet of savings: every row is looked at, all are posted in one batch, and reversed in one."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.entry import EntryKind
from ledger.models import Book, Entry
from ledger.money import Satang
from ledger.queries import account_by_code, journal
from ledger.services import BalanceTooLow, SameOfficerTwice, close_period, reverse_entry
from ledger.verification import verify_book
from members.imports.batches import (
    NothingToPost,
    RowsAreWrong,
    SecondOfficerNeeded,
    Written,
    post_at_the_table,
    post_import,
    undo_import,
)
from members.imports.kept import Choices, State, What
from members.imports.savings import Against
from members.queries import member_by_number, savings_of
from members.services.people import leave, withdraw
from tests.members.sheets import SAVINGS_HEADING, keep, look, problems_of, xlsx
from tests.network import NOW, TODAY, Network

DATA = Path(__file__).parents[2].parent / "shared" / "data"

GOOD = (
    SAVINGS_HEADING
    + '5/4/2566,0001,สัจจะ,"1,200.50",,๑/๑,ยกมา\n'
    + "2023-04-06,1,หุ้น,100,,,\n"
    + "๖ เมษายน ๒๕๖๖,2,DEM,300,,,=1+1\n"
    + "6/4/2566,2,ออมเผื่อเรียก,,50,9,-ค่าเทอม\n"
    + "6/4/2566,3,สวัสดิการ,30,-,,\n"
)


def post(network: Network, number: int) -> Written:
    return write(
        lambda session: post_import(
            session, book_id=network.book_id, number=number, by="o1", at=NOW
        )
    )


def undo(network: Network, number: int) -> Written:
    return write(
        lambda session: undo_import(
            session, book_id=network.book_id, number=number, because="ลงผิดปี", by="o1", at=NOW
        )
    )


def has(network: Network, number: str, product: str) -> int:
    def work(session: Session) -> int:
        member = member_by_number(session, book_id=network.book_id, number=number)
        views = savings_of(session, book_id=network.book_id, member_id=member.id)
        return next(view.balance for view in views if view.product_code == product)

    return read(work)


def holds(network: Network, code: str, fund: str) -> int:
    return read(
        lambda session: (
            account_by_code(session, book_id=network.book_id, code=code, fund=fund).balance_satang
        )
    )


def entries(network: Network) -> int:
    counted = select(func.count()).select_from(Entry).where(Entry.book_id == network.book_id)
    return read(lambda session: session.scalar(counted) or 0)


def agrees(network: Network) -> bool:
    def work(session: Session) -> bool:
        book = session.get_one(Book, network.book_id)
        return not verify_book(session, book=book).findings

    return read(work)


def test_every_row_becomes_a_balanced_entry_and_all_are_one_batch(network: Network) -> None:
    kept = keep(network, What.SAVINGS, GOOD.encode())
    shown = look(network, kept.number)

    posted = post(network, kept.number)

    assert (shown.wrong, shown.counted) == (0, 5)
    assert (shown.paid_in, shown.paid_out) == (1_630_50, 50_00)
    assert posted == Written(5, 1, 5, replayed=False)
    assert (has(network, "0001", "PLG"), has(network, "0001", "SHR")) == (1_200_50, 100_00)
    assert (has(network, "0002", "DEM"), has(network, "0003", "WEL")) == (250_00, 30_00)
    assert (holds(network, "11010", "SAV"), holds(network, "11010", "WEL")) == (1_550_50, 30_00)
    written = read(lambda session: journal(session, book_id=network.book_id, numbers=range(1, 6)))
    assert {entry.kind for entry in written} == {EntryKind.IMPORTED}
    assert {entry.batch for entry in written} == {1}
    assert [entry.entered_on for entry in written] == [date(2023, 4, 5), *[TODAY] * 4]
    assert [entry.reference for entry in written] == ["๑/๑", "", "", "9", ""]
    assert [entry.memo for entry in written] == ["ยกมา", "", "=1+1", "-ค่าเทอม", ""]
    assert agrees(network)


def test_a_file_posted_twice_posts_once(network: Network) -> None:
    kept = keep(network, What.SAVINGS, GOOD.encode())
    post(network, kept.number)

    again = post(network, kept.number)
    sent_again = keep(network, What.SAVINGS, GOOD.encode())

    assert again == Written(5, 1, 5, replayed=True)
    assert (sent_again.number, sent_again.posted) == (kept.number, True)
    assert entries(network) == 5


def test_a_file_is_undone_by_one_batch_of_reversals(network: Network) -> None:
    kept = keep(network, What.SAVINGS, GOOD.encode())
    post(network, kept.number)

    undone, twice = undo(network, kept.number), undo(network, kept.number)

    assert (undone, twice.replayed) == (Written(5, 6, 10, replayed=False), True)
    taken_back = read(
        lambda session: journal(session, book_id=network.book_id, numbers=range(6, 11))
    )
    assert [entry.reverses_number for entry in taken_back] == [5, 4, 3, 2, 1]
    assert {(entry.batch, entry.memo) for entry in taken_back} == {(6, "ลงผิดปี")}
    assert (has(network, "0001", "PLG"), holds(network, "11010", "SAV")) == (0, 0)
    assert look(network, kept.number).state is State.UNDONE
    assert agrees(network)
    anew = keep(network, What.SAVINGS, GOOD.encode())
    assert (anew.number, post(network, anew.number).first_number) == (2, 11)


def test_what_was_taken_back_by_hand_is_not_taken_back_again(network: Network) -> None:
    kept = keep(network, What.SAVINGS, GOOD.encode())
    post(network, kept.number)
    write(
        lambda session: reverse_entry(
            session,
            book_id=network.book_id,
            number=2,
            entered_on=TODAY,
            memo="",
            idempotency_key="by-hand-1",
            posted_by="o1",
            posted_at=NOW,
        )
    )

    undone = undo(network, kept.number)

    assert undone.count == 4
    assert has(network, "0001", "SHR") == 0


def test_a_file_that_pays_out_needs_a_second_officer_at_the_table(network: Network) -> None:
    kept = keep(network, What.SAVINGS, GOOD.encode())

    def at_the_table(approved_by: str | None) -> Written:
        return write(
            lambda session: post_at_the_table(
                session,
                book_id=network.book_id,
                number=kept.number,
                by="o1",
                approved_by=approved_by,
                at=NOW,
            )
        )

    with pytest.raises(SecondOfficerNeeded):
        at_the_table(None)
    with pytest.raises(SameOfficerTwice):
        at_the_table("o1")
    assert entries(network) == 0

    at_the_table("o2")

    posted = read(lambda session: journal(session, book_id=network.book_id, numbers=range(1, 6)))
    assert {entry.approved_by for entry in posted} == {"o2"}
    assert at_the_table(None).replayed


def test_what_was_withdrawn_since_keeps_a_file_from_being_undone(network: Network) -> None:
    kept = keep(network, What.SAVINGS, GOOD.encode())
    post(network, kept.number)
    write(
        lambda session: withdraw(
            session,
            book_id=network.book_id,
            number="0002",
            product_code="DEM",
            amount=Satang(100_00),
            entered_on=TODAY,
            memo="",
            idempotency_key="withdrawal-1",
            by="o1",
            approved_by="o2",
            at=NOW,
        )
    )

    with pytest.raises(BalanceTooLow):
        undo(network, kept.number)

    assert entries(network) == 6
    assert look(network, kept.number).state is State.POSTED


def test_opening_balances_stand_against_the_clearing_account(network: Network) -> None:
    content = (
        "ยอดยกมา ณ 31 มกราคม 2566\n\n"
        "เลขที่สมาชิก,ชื่อ-สกุล,เงินสัจจะ,หุ้น,สวัสดิการ\n"
        "1,นางสมศรี ใจดี,5000,200,\n2,,750.25,,60\nรวม,,5750.25,200,60\n"
    )
    choices = Choices(Against.OPENING, "PLG", date(2023, 1, 31))
    kept = keep(network, What.SAVINGS, content.encode(), choices=choices)

    post(network, kept.number)

    assert (has(network, "0001", "PLG"), has(network, "0001", "SHR")) == (5_000_00, 200_00)
    assert (has(network, "0002", "PLG"), has(network, "0002", "WEL")) == (750_25, 60_00)
    assert holds(network, "39010", "SAV") == 5_950_25
    assert holds(network, "39010", "WEL") == 60_00
    assert entries(network) == 2


def test_a_row_may_name_the_account_on_its_other_side(network: Network) -> None:
    content = (
        "วันที่,เลขที่สมาชิก,จำนวนเงิน,คู่บัญชี\n"
        "6/4/2566,1,500,\n6/4/2566,1,12.5,51010 ดอกเบี้ย\n6/4/2566,1,-5,46020\n"
    )
    kept = keep(network, What.SAVINGS, content.encode())

    post(network, kept.number)

    assert has(network, "0001", "PLG") == 507_50
    assert (holds(network, "51010", "SAV"), holds(network, "46020", "SAV")) == (12_50, -5_00)


def test_a_workbook_of_savings_is_read_with_its_days_and_formulas(network: Network) -> None:
    content = xlsx(
        [
            ["รายการฝากถอน เดือนเมษายน 2566"],
            ["วันที่", "เลขที่สมาชิก", "ชื่อ", "ฝาก", "ถอน"],
            [date(2023, 4, 6), 1, "สมศรี", "=100+0.5 100.50", ""],
            [date(2566, 4, 6), 2, "คนอื่น", 20, 0],
            ["6/4/2566", 3, "", 0, ""],
            ["รวม", "", "", 120.5, ""],
        ],
        formulas=True,
    )
    kept = keep(network, What.SAVINGS, content)
    shown = look(network, kept.number)

    post(network, kept.number)

    assert (has(network, "0001", "PLG"), has(network, "0002", "PLG")) == (100_50, 20_00)
    doubts = {row.line: row.doubts for row in shown.rows if row.doubts}
    assert doubts == {
        4: ("ชื่อในแถวไม่ตรงกับทะเบียน: เลขที่ 0002 คือ นายบุญมี ทองคำ",),
        5: ("ไม่มียอดเงิน แถวนี้ไม่ลงบัญชี",),
    }
    assert entries(network) == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("6/4/2566,9999,สัจจะ,10,,,", "ไม่พบสมาชิกเลขที่ 9999"),
        ("6/4/2566,,สัจจะ,10,,,", "ไม่มีเลขที่สมาชิก"),
        ("6/4/2566,1,ทองคำ,10,,,", "ไม่รู้จักประเภท “ทองคำ”"),
        ("6/4/2566,1,ออมพิเศษ,10,,,", "ไม่รู้จักประเภท"),
        ("6/4/2566,1,สัจจะ,สิบ,,,", "อ่านจำนวนเงิน “สิบ” ไม่ได้"),
        ("6/4/2566,1,สัจจะ,=1+1,,,", "อ่านจำนวนเงิน “=1+1” ไม่ได้"),
        ("6/4/2566,1,สัจจะ,10.005,,,", "ทศนิยมเกิน 2 ตำแหน่ง"),
        ("6/4/2566,1,สัจจะ,-10,,,", "ติดลบ"),
        ("6/4/2566,1,สัจจะ,99999999999999,,,", "มากเกินไป"),
        ("6/4/2566,1,สัจจะ,10,5,,", "แถวเดียวมีทั้งฝากและถอน"),
        ("7/4/2566,1,สัจจะ,10,,,", "ยังมาไม่ถึง"),
        ("6/4/66,1,สัจจะ,10,,,", "ไม่ครบ 4 หลัก"),
        ("31/4/2566,1,สัจจะ,10,,,", "ไม่มีในปฏิทิน"),
        ("6/4/2400,1,สัจจะ,10,,,", "นานเกินไป"),
        ("6/4/2566,1,สัจจะ,,150,,", "ถอนเกินยอดที่มีอยู่ ณ แถวนี้ ซึ่งมี 100.00 บาท"),
        (f"6/4/2566,1,สัจจะ,10,,{'9' * 41},", "เลขที่ใบรับยาวเกิน 40 ตัวอักษร"),
        (f"6/4/2566,1,สัจจะ,10,,,{'ก' * 501}", "รายการยาวเกิน 500 ตัวอักษร"),
    ],
)
def test_what_is_wrong_with_a_row_stands_beside_it_and_nothing_is_posted(
    sqlite_network: Network, row: str, said: str
) -> None:
    content = f"{SAVINGS_HEADING}6/4/2566,1,สัจจะ,100,,,\n{row}\n".encode()
    problems = problems_of(sqlite_network, What.SAVINGS, content)

    with pytest.raises(RowsAreWrong):
        post(sqlite_network, 1)

    assert said in problems[3]
    assert entries(sqlite_network) == 0


def test_a_withdrawal_above_its_deposit_is_refused_where_it_stands(
    sqlite_network: Network,
) -> None:
    content = f"{SAVINGS_HEADING}6/4/2566,1,DEM,,50,,\n6/4/2566,1,DEM,100,,,\n".encode()

    problems = problems_of(sqlite_network, What.SAVINGS, content)

    assert list(problems) == [2]


def test_cash_that_is_not_in_the_box_is_not_paid_out(sqlite_network: Network) -> None:
    opening = f"{SAVINGS_HEADING}6/4/2566,1,DEM,100,,,\n".encode()
    choices = Choices(Against.OPENING, "PLG", TODAY)
    post(sqlite_network, keep(sqlite_network, What.SAVINGS, opening, choices=choices).number)

    content = f"{SAVINGS_HEADING}6/4/2566,1,DEM,,40,,\n".encode()
    problems = problems_of(sqlite_network, What.SAVINGS, content)

    assert "เงินในบัญชี 11010 กองทุน SAV ไม่พอจ่าย" in problems[2]


def test_control_accounts_and_accounts_of_other_funds_are_no_other_side(
    sqlite_network: Network,
) -> None:
    content = (
        "เลขที่สมาชิก,ประเภท,จำนวนเงิน,คู่บัญชี\n1,สัจจะ,5,31020\n1,สัจจะ,5,56010\n1,สัจจะ,5,ก\n"
    ).encode()

    problems = problems_of(sqlite_network, What.SAVINGS, content)

    assert {line: "คู่บัญชี" in said for line, said in problems.items()} == {2: True, 3: True, 4: True}


def test_a_row_in_a_closed_month_and_one_of_a_member_who_left_are_refused(
    sqlite_network: Network,
) -> None:
    def before(session: Session) -> None:
        book_id = sqlite_network.book_id
        close_period(
            session, book_id=book_id, month=date(2023, 3, 1), closed_by="o1", closed_at=NOW
        )
        leave(
            session,
            book_id=book_id,
            number="0002",
            left_on=TODAY,
            because="ย้าย",
            idempotency_key="leaving-1",
            by="o1",
            approved_by="o2",
            at=NOW,
        )

    write(before)
    content = f"{SAVINGS_HEADING}31/3/2566,1,สัจจะ,10,,,\n6/4/2566,2,สัจจะ,10,,,\n".encode()

    problems = problems_of(sqlite_network, What.SAVINGS, content)

    assert "ปิดบัญชีแล้ว" in problems[2]
    assert "พ้นจากการเป็นสมาชิกแล้ว" in problems[3]


def test_rows_are_checked_again_when_they_are_posted(sqlite_network: Network) -> None:
    content = f"{SAVINGS_HEADING}31/3/2566,1,สัจจะ,10,,,\n".encode()
    kept = keep(sqlite_network, What.SAVINGS, content)
    write(
        lambda session: close_period(
            session,
            book_id=sqlite_network.book_id,
            month=date(2023, 3, 1),
            closed_by="o1",
            closed_at=NOW,
        )
    )

    with pytest.raises(RowsAreWrong):
        post(sqlite_network, kept.number)

    assert entries(sqlite_network) == 0


def test_a_sheet_that_moves_nothing_is_not_posted(sqlite_network: Network) -> None:
    kept = keep(sqlite_network, What.SAVINGS, f"{SAVINGS_HEADING}6/4/2566,1,สัจจะ,0,,,\n".encode())

    with pytest.raises(NothingToPost):
        post(sqlite_network, kept.number)


def test_a_file_read_again_before_it_is_posted_takes_the_new_choices(
    sqlite_network: Network,
) -> None:
    content = "เลขที่สมาชิก,จำนวนเงิน\n1,100\n".encode()
    first = keep(sqlite_network, What.SAVINGS, content)
    choices = Choices(Against.OPENING, "SHR", TODAY - timedelta(days=1))

    again = keep(sqlite_network, What.SAVINGS, content, choices=choices)

    assert (again.number, again.again, again.posted) == (first.number, True, False)
    assert look(sqlite_network, again.number).choices == choices


def test_rows_that_cancel_out_are_said_to_be_wrong_and_do_not_break_the_page(
    sqlite_network: Network,
) -> None:
    content = "เลขที่สมาชิก,เงินสัจจะ,จำนวนเงิน\n1,100,-100\n".encode()

    problems = problems_of(sqlite_network, What.SAVINGS, content)

    assert "2 ถึง 1,000 บรรทัด" in problems[2]


def test_deposits_as_a_village_fund_kept_them_are_read_and_the_overdrawn_row_is_named(
    sqlite_network: Network,
) -> None:
    file = DATA / "thai" / "deposits.csv"
    if not file.is_file():
        pytest.skip("20 deposits of a village fund are not on this machine")
    people = "เลขที่สมาชิก,ชื่อ\n" + "".join(f"M{n},คนที่{n}\n" for n in range(1, 10))
    post(sqlite_network, keep(sqlite_network, What.MEMBERS, people.encode()).number)

    problems = problems_of(sqlite_network, What.SAVINGS, file.read_bytes())

    assert list(problems) == [19]
    assert "ถอนเกินยอดที่มีอยู่ ณ แถวนี้ ซึ่งมี 300.00 บาท" in problems[19]


def test_twenty_thousand_rows_are_posted_in_seconds(
    sqlite_app: Flask, sqlite_network: Network
) -> None:
    rows = "".join(f"6/4/2566,{number % 3 + 1},สัจจะ,1,,,\n" for number in range(20_000))
    kept = keep(sqlite_network, What.SAVINGS, (SAVINGS_HEADING + rows).encode())

    posted = post(sqlite_network, kept.number)

    assert posted.count == 20_000
    assert holds(sqlite_network, "11010", "SAV") == 20_000_00
