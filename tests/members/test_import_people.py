"""A sheet of members: every row is looked at, all are taken in or nobody, and let go again."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import read, write
from ledger.models import Account, Book
from ledger.verification import verify_book
from members.imports.batches import (
    MembersHaveEntries,
    NotPostedYet,
    ReasonNeeded,
    RowsAreWrong,
    UndoneAlready,
    Written,
    post_import,
    undo_import,
)
from members.imports.kept import ImportNotFound, State, What
from members.models import Import, Member, PersonType
from members.queries import (
    full_name,
    household_of,
    member_by_number,
    members_of,
    pledges_on,
    savings_of,
)
from tests.members.sheets import (
    PEOPLE_HEADING,
    SAVINGS_HEADING,
    keep,
    look,
    problems_of,
    xlsx,
)
from tests.network import NOW, TODAY, VILLAGE, Network

GOOD = (
    PEOPLE_HEADING
    + "๑๐๑,นาง,แดง,ใจดี,๖,45/2,100,7 เม.ย. 2560\n"
    + "102,,นายดำ ณ ระนอง,,,,,2018-02-01\n"
    + ",น.ส.,ขาว,สุขใจ,หมู่ 6,9,50,\n"
)


def post(network: Network, number: int, *, minutes: int = 0) -> Written:
    at = NOW + timedelta(minutes=minutes)
    return write(
        lambda session: post_import(session, book_id=network.book_id, number=number, by="o1", at=at)
    )


def undo(network: Network, number: int, *, because: str = "ส่งแฟ้มผิดกลุ่ม") -> Written:
    return write(
        lambda session: undo_import(
            session, book_id=network.book_id, number=number, because=because, by="o1", at=NOW
        )
    )


def member(network: Network, number: str) -> Member:
    return read(lambda session: member_by_number(session, book_id=network.book_id, number=number))


def count(network: Network) -> int:
    def work(session: Session) -> int:
        counted = select(func.count()).select_from(Member).where(Member.book_id == network.book_id)
        return session.scalar(counted) or 0

    return read(work)


def test_everybody_on_a_sheet_is_taken_in_with_accounts_and_promises(network: Network) -> None:
    kept = keep(network, What.MEMBERS, GOOD.encode())
    shown = look(network, kept.number)

    posted = post(network, kept.number)

    assert (shown.wrong, shown.counted, shown.state) == (0, 3, State.READ)
    assert posted == Written(3, None, None, replayed=False)
    red, black, white = (member(network, number) for number in ("0101", "0102", "0103"))
    assert [full_name(who) for who in (red, black, white)] == [
        "นางแดง ใจดี",
        "นายดำ ณ ระนอง",
        "น.ส.ขาว สุขใจ",
    ]
    assert (str(red.joined_on), str(black.joined_on), white.joined_on) == (
        "2017-04-07",
        "2018-02-01",
        TODAY,
    )
    home = read(lambda session: household_of(session, member=red))
    assert home is not None
    assert (home[0].house_number, home[1].code) == ("45/2", VILLAGE)
    pledges = read(lambda session: pledges_on(session, book_id=network.book_id, on=TODAY))
    assert (pledges[red.id, "PLG"], pledges[white.id, "PLG"]) == (100_00, 50_00)
    views = read(lambda session: savings_of(session, book_id=network.book_id, member_id=red.id))
    assert [view.product_code for view in views] == ["PLG", "SHR", "DEM", "WEL"]


def test_a_workbook_of_members_comes_in_with_masked_identity_numbers(network: Network) -> None:
    content = xlsx(
        [
            ["ทะเบียนสมาชิก"],
            ["เลขประจำตัวประชาชน", "ชื่อ-สกุล", "โทรศัพท์", "ผู้รับโอนประโยชน์"],
            [1234567890121, "เด็กหญิงฟ้า ใจดี", 812345678, "แม่"],
            ["0-1234-56789-01-6", "นายิกา ใจดี", "", ""],
        ]
    )
    kept = keep(network, What.MEMBERS, content)

    post(network, kept.number)

    girl, other = member(network, "0004"), member(network, "0005")
    assert (girl.title, girl.given_name, girl.telephone) == ("เด็กหญิง", "ฟ้า", "0812345678")
    assert (girl.masked_national_id, girl.person_type) == ("X-XXXX-XXXXX-12-1", PersonType.THAI)
    assert (other.title, other.given_name, other.person_type) == ("", "นายิกา", PersonType.NO_STATUS)
    row = read(lambda session: session.get_one(Import, (network.book_id, kept.number)))
    assert "1234567890121" not in str(row.rows)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("0001,,ก,ข,,,,", "เลขที่สมาชิก 0001 มีคนใช้แล้ว (นางสมศรี ใจดี)"),
        ("1,,ก,ข,,,,", "มีคนใช้แล้ว"),
        ("12 3,,ก,ข,,,,", "ใช้ได้เฉพาะตัวเลข"),
        ("900,,,ข,,,,", "ไม่มีชื่อสมาชิก"),
        (f"900,,{'ก' * 10_000},ข,,,,", "ชื่อยาวเกิน 120 ตัวอักษร"),
        ("900,,ก\u202e,ข,,,,", "อักขระที่มองไม่เห็น"),
        ("900,,ก,ข,99,,,", "ไม่พบหมู่ที่ “99”"),
        ("900,,ก,ข,,,10.001,", "ทศนิยมเกิน 2 ตำแหน่ง"),
        ("900,,ก,ข,,,-10,", "ติดลบ"),
        ("900,,ก,ข,,,มาก,", "อ่านจำนวนเงิน “มาก” ไม่ได้"),
        ("900,,ก,ข,,,5,", "สัจจะต้องอยู่ระหว่าง"),
        ("900,,ก,ข,,,,1/1/66", "ปีในวันที่ “1/1/66” ไม่ครบ 4 หลัก"),
        ("900,,ก,ข,,,,29/2/2566", "ไม่มีในปฏิทิน"),
        ("900,,ก,ข,,,,1/1/2570", "ยังมาไม่ถึง"),
    ],
)
def test_what_is_wrong_with_a_row_stands_beside_it_and_nothing_is_written(
    sqlite_network: Network, row: str, said: str
) -> None:
    content = (PEOPLE_HEADING + "900x,,ถูก,ต้อง,,,,\n" + row + "\n").encode()
    problems = problems_of(sqlite_network, What.MEMBERS, content)

    with pytest.raises(RowsAreWrong):
        post(sqlite_network, 1)

    assert said in problems[3]
    assert count(sqlite_network) == 3


def test_a_wrong_identity_number_and_a_number_given_twice_are_refused(
    sqlite_network: Network,
) -> None:
    content = "เลขที่สมาชิก,ชื่อ,เลขประจำตัวประชาชน\n201,ก,1234567890120\n202,ข,\n202,ค,\n".encode()

    problems = problems_of(sqlite_network, What.MEMBERS, content)

    assert "เลขประจำตัวประชาชนไม่ถูก" in problems[2]
    assert "เลขที่สมาชิก 0202 ซ้ำกับแถวที่ 3" in problems[4]


def test_a_file_posted_twice_takes_everybody_in_once(network: Network) -> None:
    kept = keep(network, What.MEMBERS, GOOD.encode())
    post(network, kept.number)

    again = post(network, kept.number)
    sent_again = keep(network, What.MEMBERS, GOOD.encode(), name="อีกชื่อ.csv")

    assert again == Written(3, None, None, replayed=True)
    assert (sent_again.number, sent_again.again, sent_again.posted) == (kept.number, True, True)
    assert count(network) == 6


def test_a_sheet_is_undone_as_a_whole_and_the_numbers_may_come_again(network: Network) -> None:
    kept = keep(network, What.MEMBERS, GOOD.encode())
    post(network, kept.number)

    undone, twice = undo(network, kept.number), undo(network, kept.number)

    assert (undone.count, undone.replayed, twice.replayed) == (3, False, True)
    left = member(network, "0101")
    assert (left.left_on, left.left_because) == (TODAY, "ยกเลิกการนำเข้า 1: ส่งแฟ้มผิดกลุ่ม")
    with pytest.raises(UndoneAlready):
        post(network, kept.number)
    better = keep(network, What.MEMBERS, GOOD.replace("แดง,ใจดี", "ชมพู,ใจดี").encode())
    post(network, better.number, minutes=5)
    back = member(network, "0101")
    assert (back.id, full_name(back), back.left_on) == (left.id, "นางชมพู ใจดี", None)
    names = read(
        lambda session: session.scalars(
            select(Account.name_th).where(Account.code == "31020-0101", Account.closed_on.is_(None))
        ).all()
    )
    assert names == ["เงินสัจจะ นางชมพู ใจดี"]
    present = read(lambda session: members_of(session, book_id=network.book_id, on=TODAY))
    assert len(present) == 6


def test_members_with_entries_are_not_let_go(network: Network) -> None:
    kept = keep(network, What.MEMBERS, GOOD.encode())
    post(network, kept.number)
    paid = keep(network, What.SAVINGS, f"{SAVINGS_HEADING}6/4/2566,101,สัจจะ,50,,,\n".encode())
    post(network, paid.number)

    with pytest.raises(MembersHaveEntries) as refused:
        undo(network, kept.number)

    assert refused.value.facts["numbers"] == "0101"
    assert member(network, "0102").left_on is None


def test_an_undoing_needs_a_reason_and_something_to_undo(sqlite_network: Network) -> None:
    kept = keep(sqlite_network, What.MEMBERS, GOOD.encode())

    with pytest.raises(NotPostedYet):
        undo(sqlite_network, kept.number)
    post(sqlite_network, kept.number)
    with pytest.raises(ReasonNeeded):
        undo(sqlite_network, kept.number, because=" ")
    with pytest.raises(ImportNotFound):
        undo(sqlite_network, 99)

    assert look(sqlite_network, kept.number).state is State.POSTED


def test_a_book_into_which_members_came_still_verifies(network: Network) -> None:
    kept = keep(network, What.MEMBERS, GOOD.encode())
    post(network, kept.number)
    undo(network, kept.number)

    def findings(session: Session) -> object:
        return verify_book(session, book=session.get_one(Book, network.book_id)).findings

    assert read(findings) == ()
