"""The place of loans and the card of a loan, through HTTP."""

import html
import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ledger.db import read
from ledger.money import Satang
from loans.kinds import State
from loans.queries.loans import standings_of
from loans.queries.overview import Chip, loan_page, summary_of
from loans.schedule import Counting, Method
from tests.loans.borrowers import (
    LOANS,
    PRAIYA,
    SOMSRI,
    fill_the_box,
    grant,
    guarantee,
    lend,
    pay,
    take_back,
    write_off,
)
from tests.network import GROUP, TODAY, Network, client_of


@pytest.fixture
def malee(sqlite_app: Flask, sqlite_network: Network) -> FlaskClient:
    """The browser of the one who keeps the box."""
    fill_the_box(sqlite_network)
    return client_of(sqlite_app, sqlite_network.malee)


def words_of(page: str) -> str:
    """Give what a page says, without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


# ---------------------------------------------------------------- all loans


def test_the_place_of_loans_says_what_is_due_and_what_is_overdue(
    app: Flask, network: Network
) -> None:
    fill_the_box(network)
    lend(network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))
    lend(network, member=PRAIYA, paid_on=date(2023, 3, 20), first_due_on=date(2023, 4, 20))

    page = words_of(client_of(app, network.malee).get(LOANS).text)

    # 12,000 at 6 % over 12 months by equal principal: 1,000 and a twelfth of 6 % a month.
    # Due on 6 Feb and 6 Mar: 1,060 + 1,055; today 1,050; on 20 April 1,060.
    assert "ครบกำหนดวันนี้ 1,050.00 1 สัญญา" in page
    assert "ครบกำหนดอีกในเดือนนี้ 1,060.00 1 สัญญา" in page
    # Overdue: 2,115 and the default interest, 1,000 × 15 % × (59 + 31)/365.
    assert "ค้างชำระ 2,151.99 1 สัญญา" in page
    assert "ให้กู้อยู่ 24,000.00 2 สัญญา" in page
    assert "ค้าง 59 วัน" in page
    assert "20 เม.ย. 2566 1,060.00 ไม่ค้าง" in page


@pytest.mark.parametrize("counting", [Counting.MONTH, Counting.DAYS_365])
@pytest.mark.parametrize("method", [Method.EQUAL_PRINCIPAL, Method.BULLET])
def test_what_is_overdue_agrees_with_each_loan_s_own_standing(
    counting: Counting, method: Method, malee: FlaskClient, sqlite_network: Network
) -> None:
    assert malee
    late = lend(
        sqlite_network,
        paid_on=date(2023, 1, 6),
        first_due_on=date(2023, 2, 6),
        counting=counting,
        method=method,
    )
    in_advance = lend(
        sqlite_network,
        member=PRAIYA,
        paid_on=date(2023, 1, 6),
        first_due_on=date(2023, 2, 6),
        counting=counting,
        method=method,
    )
    pay(sqlite_network, late, 500_00, on=date(2023, 2, 20))
    pay(sqlite_network, in_advance, 5_000_00, on=date(2023, 2, 6))

    summary, standings = read(
        lambda session: (
            summary_of(session, book_id=sqlite_network.book_id, on=TODAY),
            standings_of(session, book_id=sqlite_network.book_id, on=TODAY),
        )
    )

    assert {due.loan_id: due.overdue for due in summary.dues} == {
        loan_id: standing.overdue_in_all for loan_id, standing in standings.items()
    }
    assert {due.loan_id: due.today for due in summary.dues if due.today} == {
        loan_id: standing.current.principal + standing.current.interest + standing.current.fee
        for loan_id, standing in standings.items()
        if standing.current is not None and standing.current.due_on == TODAY
    }


def test_loans_are_found_by_name_by_number_and_by_how_they_stand(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    lend(sqlite_network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))
    lend(sqlite_network, member=PRAIYA, paid_on=date(2023, 3, 20), first_due_on=date(2023, 4, 20))
    grant(sqlite_network, member="0002")

    by_name = malee.get(f"{LOANS}?find=ไปรยา").text
    by_number = malee.get(f"{LOANS}?find=khp06-0003").text
    overdue = malee.get(f"{LOANS}?show=overdue").text
    waiting = malee.get(f"{LOANS}?show=granted").text
    nothing = malee.get(f"{LOANS}?find=ไม่มีใคร").text

    assert ("ไปรยาลักษณ์" in by_name, "สมศรี" in by_name) == (True, False)
    assert ("บุญมี ทองคำ" in by_number, "สมศรี" in by_number) == (True, False)
    assert ("สมศรี" in overdue, "ไปรยาลักษณ์" in overdue) == (True, False)
    assert ("บุญมี ทองคำ" in waiting, "สมศรี" in waiting) == (True, False)
    assert "ไม่พบสัญญาของ" in nothing


def test_a_long_list_is_read_a_page_at_a_time(malee: FlaskClient, sqlite_network: Network) -> None:
    for _ in range(53):
        grant(sqlite_network)

    first = malee.get(LOANS).text
    before = re.search(r"before=(\d+)", first)
    assert before is not None
    second = malee.get(f"{LOANS}?before={before[1]}").text

    assert first.count(f'href="{LOANS}/') >= 50
    assert [n for n in (1, 2, 3) if f'href="{LOANS}/{n}"' in second] == [1, 2, 3]
    assert f'href="{LOANS}/4"' not in second


def states_shown(network: Network, chip: Chip, overdue_ids: tuple[int, ...]) -> list[State]:
    lines = read(
        lambda session: loan_page(
            session,
            book_id=network.book_id,
            chip=chip,
            overdue_ids=overdue_ids,
            text="",
            before=None,
            most=9,
        )
    )
    return [line.state for line in lines]


def test_chips_count_every_state(malee: FlaskClient, sqlite_network: Network) -> None:
    assert malee
    grant(sqlite_network)
    paid_off = lend(sqlite_network, paid_on=date(2023, 3, 6), first_due_on=date(2023, 4, 6))
    pay(sqlite_network, paid_off, 12_060_00, on=TODAY)
    gone = lend(sqlite_network, paid_on=date(2023, 3, 5), first_due_on=date(2023, 4, 5))
    write_off(sqlite_network, gone)
    lend(sqlite_network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))

    summary = read(lambda session: summary_of(session, book_id=sqlite_network.book_id, on=TODAY))
    listed = {chip: states_shown(sqlite_network, chip, summary.overdue_ids) for chip in Chip}

    assert {chip: len(states) for chip, states in listed.items()} == summary.counts
    assert summary.counts == {
        Chip.ALL: 4,
        Chip.RUNNING: 1,
        Chip.OVERDUE: 1,
        Chip.GRANTED: 1,
        Chip.REPAID: 1,
        Chip.WRITTEN_OFF: 1,
        Chip.CANCELLED: 0,
    }
    assert summary.lent == Satang(12_000_00)
    assert listed[Chip.REPAID] == [State.REPAID]


# ---------------------------------------------------------------- one loan


def test_a_card_says_what_is_owed_due_and_overdue(app: Flask, network: Network) -> None:
    fill_the_box(network)
    loan_id = lend(network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))
    guarantee(network, loan_id, member="0002")
    pay(network, loan_id, 1_060_00, on=date(2023, 2, 6))

    page = client_of(app, network.malee).get(f"{LOANS}/{loan_id}").text
    said = words_of(page)

    assert "นางสมศรี ใจดี" in said
    assert "เงินต้นคงเหลือ 11,000.00" in said
    assert "ร้อยละ 6 ต่อปี" in said
    assert "รวมค่าทำสัญญาแล้วเท่ากับร้อยละ" in said
    # The instalment of 6 March: 1,000 and 55; default interest 1,000 × 15 % × 31/365 = 12.74.
    assert "เงินต้นค้าง 1,000.00" in said
    assert "ดอกเบี้ยค้าง 55.00" in said
    assert "ดอกเบี้ยผิดนัด 12.74" in said
    assert "✓ ชำระแล้ว" in said
    assert "ค้าง 1,055.00 31 วัน" in said
    assert "นายบุญมี ทองคำ" in said
    assert f'href="/groups/{GROUP}/members/0002/guarantees"' in page
    assert f'href="/groups/{GROUP}/loans/{loan_id}/repay"' in page


def test_the_next_instalment_of_a_loan_counted_by_the_day_is_the_plan_s(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(
        sqlite_network,
        paid_on=date(2023, 3, 20),
        first_due_on=date(2023, 4, 20),
        counting=Counting.DAYS_365,
    )

    listed = words_of(malee.get(LOANS).text)
    card = words_of(malee.get(f"{LOANS}/{loan_id}").text)

    # 12,000 × 6 % × 31/365 = 61.15 on the due day, though 17 days have passed by now.
    assert "20 เม.ย. 2566 1,061.15 ไม่ค้าง" in listed
    assert "งวดต่อไป 20 เม.ย. 2566 1,061.15" in card


def test_what_was_paid_in_advance_moves_the_next_instalment(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, paid_on=date(2023, 3, 6), first_due_on=date(2023, 4, 6))
    pay(sqlite_network, loan_id, 5_000_00, on=TODAY)

    listed = words_of(malee.get(LOANS).text)
    card = words_of(malee.get(f"{LOANS}/{loan_id}").text)

    # 5,000 less 60 of interest: 7,060 is left, of which 35.30 a month; 1,000 a month of principal.
    assert "7,060.00 6 พ.ค. 2566 1,035.30 ไม่ค้าง" in listed
    assert "งวดต่อไป 6 พ.ค. 2566 1,035.30" in card
    assert "ไม่ต้องชำระ" in card
    assert "ชำระล่วงหน้า" in card


def test_a_settlement_is_worked_out_for_any_day_to_come(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, paid_on=TODAY, first_due_on=date(2023, 5, 6))

    today = words_of(malee.get(f"{LOANS}/{loan_id}").text)
    later = words_of(malee.get(f"{LOANS}/{loan_id}?on=6/5/2566").text)
    before = words_of(malee.get(f"{LOANS}/{loan_id}?on=1/3/2566").text)
    unreadable = malee.get(f"{LOANS}/{loan_id}?on=เมื่อวาน")

    # On the due day the whole month's interest: 12,000 × 6 % / 12 = 60.
    assert "วันที่ 6 พฤษภาคม 2566 ต้องชำระ 12,060.00 บาท" in later
    assert "วันที่ 6 เมษายน 2566 ต้องชำระ" in today
    assert "เลือกวันที่ 6 เม.ย. 2566 หรือหลังจากนั้น" in before
    assert unreadable.status_code == 400
    assert 'value="เมื่อวาน"' in unreadable.text


def test_what_was_taken_back_stays_on_the_card_struck_through(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = lend(sqlite_network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))
    event_n = pay(sqlite_network, loan_id, 1_060_00, on=date(2023, 2, 6))
    take_back(sqlite_network, loan_id, event_n)

    page = malee.get(f"{LOANS}/{loan_id}").text

    assert (
        '<span class="struck">รับชำระ</span> <span class="trouble keep">กลับรายการแล้ว</span>' in page
    )
    assert "เงินต้นคงเหลือ 12,000.00" in words_of(page)


def test_a_loan_that_waits_for_its_money_has_one_thing_to_do(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    loan_id = grant(sqlite_network)

    page = malee.get(f"{LOANS}/{loan_id}").text

    assert "รอจ่ายเงิน" in page
    assert f'href="{LOANS}/{loan_id}/pay-out"' in page
    assert f'href="{LOANS}/{loan_id}/repay"' not in page


def test_a_member_s_loans_stand_on_a_page_of_their_own(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    lend(sqlite_network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))

    member = malee.get(f"/groups/{GROUP}/members/{SOMSRI}").text
    page = malee.get(f"/groups/{GROUP}/members/{SOMSRI}/loans").text

    assert f'href="/groups/{GROUP}/members/{SOMSRI}/loans"' in member
    assert "LN6601-KHP06-0001" in page
    assert "ค้าง 59 วัน" in page
    assert f'href="/groups/{GROUP}/members/{SOMSRI}/borrow"' in page
    assert f'href="/groups/{GROUP}/members/{SOMSRI}/guarantees"' in page


def test_a_loan_of_another_group_and_no_loan_are_not_found(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    assert malee.get(f"{LOANS}/7").status_code == 404
    assert malee.get(f"/groups/{GROUP}/members/9999/loans").status_code == 404


# ---------------------------------------------------------------- whom it is open to


def test_reviewers_read_and_observers_do_not(sqlite_app: Flask, sqlite_network: Network) -> None:
    fill_the_box(sqlite_network)
    loan_id = lend(sqlite_network, paid_on=date(2023, 1, 6), first_due_on=date(2023, 2, 6))
    reviewer = client_of(sqlite_app, sqlite_network.somchai)
    observer = client_of(sqlite_app, sqlite_network.prasert)

    read_pages = (LOANS, f"{LOANS}/{loan_id}", f"/groups/{GROUP}/members/{SOMSRI}/loans")
    keep_pages = (
        f"{LOANS}/{loan_id}/pay-out",
        f"{LOANS}/{loan_id}/change",
        f"{LOANS}/{loan_id}/change/rate",
        f"{LOANS}/{loan_id}/events/1/reverse",
    )

    assert [reviewer.get(page).status_code for page in read_pages] == [200] * 3
    assert [observer.get(page).status_code for page in read_pages] == [403] * 3
    assert [reviewer.get(page).status_code for page in keep_pages] == [403] * 4
    sent_to = [page for page in keep_pages if not page.endswith("/change")]
    assert [reviewer.post(page).status_code for page in sent_to] == [403] * 3
    assert f"{LOANS}/{loan_id}/repay" not in reviewer.get(f"{LOANS}/{loan_id}").text
    assert f'href="{LOANS}"' not in observer.get(f"/groups/{GROUP}/coverage").text
