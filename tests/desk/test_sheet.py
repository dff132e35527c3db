"""The collection sheet as it was typed."""

from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.receipt import receipt_reference
from desk.sheet import (
    Channel,
    Column,
    Line,
    LoanOnSheet,
    RowState,
    Sheet,
    SheetNotReadable,
    at_most,
    expected_on,
    read_sheet,
)
from ledger.money import ZERO, Satang, format_baht, total
from loans.schedule import Counting
from loans.standing import Paid, PlanRow, PlanView, standing
from members.services.people import check_whole_shares
from tests.network import TODAY


def whole_shares(amount: Satang) -> None:
    check_whole_shares(amount, par=Satang(10_00))


COLUMNS = (
    Column("PLG", "เงินสัจจะ", "SAV"),
    Column("SHR", "หุ้น", "SAV", whole_shares),
    Column("WEL", "สวัสดิการ", "WEL"),
)
SOMSRI_OWES = {"PLG": Satang(100_00), "SHR": Satang(100_00), "WEL": Satang(30_00)}


def line(
    typed: dict[str, str], *, absent: bool = False, channel: Channel = Channel.CASH, number: int = 1
) -> Line:
    return Line(
        member_id=number,
        number=f"{number:04d}",
        name="นางสมศรี ใจดี",
        place="99/1 ม.6",
        expected=SOMSRI_OWES,
        typed=typed,
        absent=absent,
        channel=channel,
    )


def sheet_of(*lines: Line) -> Sheet:
    return read_sheet(COLUMNS, lines)


def state_of(typed: dict[str, str], *, absent: bool = False) -> RowState:
    return sheet_of(line(typed, absent=absent)).rows[0].state


def test_who_pays_what_they_promised_has_paid() -> None:
    assert state_of({"PLG": "100", "SHR": "๑๐๐", "WEL": "30.00"}) is RowState.PAID


def test_who_pays_more_than_they_promised_has_paid() -> None:
    assert state_of({"PLG": "500", "SHR": "100", "WEL": "30"}) is RowState.PAID


@pytest.mark.parametrize("typed", [{"PLG": "100"}, {"PLG": "0"}, {"PLG": "330"}])
def test_who_leaves_a_promise_out_is_short(typed: dict[str, str]) -> None:
    assert state_of(typed) is RowState.SHORT


def test_of_whom_nothing_is_written_is_waited_for() -> None:
    assert state_of({"PLG": "  "}) is RowState.WAITING
    assert state_of({}, absent=True) is RowState.ABSENT


def test_every_cell_that_cannot_be_read_is_named_with_its_sentence() -> None:
    sheet = sheet_of(
        line({"PLG": "ร้อย", "SHR": "105", "WEL": "30"}),
        line({"PLG": "-5", "WEL": "1.005"}, number=2),
    )

    with pytest.raises(SheetNotReadable) as refusal:
        sheet.check()

    assert [(c.member_id, c.code, c.sentence) for c in refusal.value.cells] == [
        (1, "PLG", "อ่านจำนวนเงิน “ร้อย” ไม่ได้ พิมพ์เป็นตัวเลข เช่น 1,540.50"),
        (1, "SHR", "หุ้นละ 10.00 บาท จำนวนเงินค่าหุ้นต้องเป็นจำนวนเต็มหุ้น"),
        (2, "PLG", "จำนวนเงิน “-5” ติดลบ พิมพ์จำนวนที่เป็นบวก"),
        (2, "WEL", "จำนวนเงิน “1.005” มีทศนิยมเกิน 2 ตำแหน่ง พิมพ์ไม่เกินสตางค์ เช่น 1,540.50"),
    ]
    assert sheet.rows[0].state is RowState.WRONG
    assert sheet.rows[0].amounts == {"WEL": 30_00}


def test_nobody_is_away_and_pays() -> None:
    sheet = sheet_of(line({"PLG": "100"}, absent=True))

    assert [cell.code for cell in sheet.wrong] == ["PLG"]
    assert "ไม่มา" in sheet.wrong[0].sentence


def test_a_sheet_adds_up_by_product_purse_and_way_of_paying() -> None:
    totals = sheet_of(
        line({"PLG": "100", "SHR": "100", "WEL": "30"}),
        line({"PLG": "50", "WEL": "30"}, channel=Channel.TRANSFER, number=2),
        line({}, absent=True, number=3),
        line({}, number=4),
    ).totals

    assert (totals.people, totals.paid_people) == (4, 2)
    assert (totals.absent_people, totals.waiting_people) == (1, 1)
    assert totals.by_product == {"PLG": 150_00, "SHR": 100_00, "WEL": 60_00}
    assert totals.by_fund == {"SAV": 250_00, "WEL": 60_00}
    assert (totals.cash, totals.transfer, totals.all_paid) == (230_00, 80_00, 310_00)
    assert totals.expected == 4 * 230_00


cells = st.one_of(
    st.just(""),
    st.integers(0, 10**8).map(lambda amount: format_baht(Satang(amount))),
    st.sampled_from(["ร้อย", "-1", "1.005", "=1+1", "1e9", "๑๐", "∞"]),
)
rows = st.builds(
    line,
    st.dictionaries(st.sampled_from(["PLG", "SHR", "WEL"]), cells),
    absent=st.booleans(),
    channel=st.sampled_from(Channel),
)


@given(st.lists(rows, max_size=12))
def test_whatever_is_typed_every_total_is_the_same_money(lines: list[Line]) -> None:
    sheet = sheet_of(*lines)

    totals = sheet.totals

    assert total(totals.by_product.values()) == total(totals.by_fund.values()) == totals.all_paid
    assert totals.all_paid == total(row.paid for row in sheet.rows)


@given(st.lists(rows, max_size=12))
def test_each_cell_is_an_amount_or_has_a_sentence_or_is_nothing(lines: list[Line]) -> None:
    for row in sheet_of(*lines).rows:
        named = {cell.code for cell in row.wrong}

        assert not named & row.amounts.keys()
        assert all(cell.sentence for cell in row.wrong)
        for code in ("PLG", "SHR", "WEL"):
            if row.line.typed.get(code, "").strip(" 0.,") and code not in named:
                assert row.amounts[code] > 0


def test_a_receipt_says_its_month_its_group_and_its_number() -> None:
    reference = receipt_reference(number=123, group_code="KHP06", received_on=TODAY)

    assert reference == "RC6604-KHP06-000123"


LOAN_COLUMNS = (
    *COLUMNS,
    Column("loans-ordinary-1", "เงินกู้สามัญ", "SAV", is_loan=True),
    Column("loans-ordinary-2", "เงินกู้สามัญ (2)", "SAV", is_loan=True),
    Column("loans-housing-1", "เงินกู้ที่อยู่อาศัย", "HSG", is_loan=True),
)


def loan(number: int, *, most: int = 20_000_00) -> LoanOnSheet:
    return LoanOnSheet(number, f"LN6603-KHP06-{number:04d}", partial(at_most, most=Satang(most)))


def borrower(
    typed: dict[str, str], loans: dict[str, LoanOnSheet], *, expected: dict[str, Satang]
) -> Line:
    return replace(line(typed), loans=loans, expected=expected)


def test_the_cell_of_a_loan_is_named_by_the_loan_and_not_by_its_column() -> None:
    somsri = borrower(
        {"PLG": "100", "loan-7": "2,200", "loan-9": "500"},
        {"loans-ordinary-1": loan(7), "loans-housing-1": loan(9)},
        expected={"PLG": Satang(100_00), "loan-7": Satang(2_200_00), "loan-9": Satang(500_00)},
    )

    sheet = read_sheet(LOAN_COLUMNS, [somsri])

    (row,) = sheet.rows
    assert row.state is RowState.PAID
    assert (row.savings, row.repayments) == ({"PLG": 100_00}, {7: 2_200_00, 9: 500_00})
    assert row.line.cell(LOAN_COLUMNS[4]) is None
    assert sheet.totals.by_product["loans-ordinary-1"] == 2_200_00
    assert sheet.totals.by_product["loans-ordinary-2"] == 0
    assert sheet.totals.expected_by_product["loans-housing-1"] == 500_00


def test_what_is_paid_for_loans_is_cash_of_the_purse_they_belong_to() -> None:
    loans = {"loans-ordinary-1": loan(7), "loans-housing-1": loan(9)}
    typed = {"PLG": "100", "WEL": "30", "loan-7": "2200", "loan-9": "500"}
    by_transfer = replace(
        borrower({"loan-9": "700"}, {"loans-housing-1": loan(9)}, expected={}),
        channel=Channel.TRANSFER,
        member_id=2,
    )

    totals = read_sheet(LOAN_COLUMNS, [borrower(typed, loans, expected={}), by_transfer]).totals

    assert totals.by_fund == {"SAV": 2_300_00, "WEL": 30_00, "HSG": 1_200_00}
    assert totals.cash_by_fund == {"SAV": 2_300_00, "WEL": 30_00, "HSG": 500_00}
    assert (totals.cash, totals.transfer) == (2_830_00, 700_00)


def test_who_pays_less_than_an_instalment_is_short() -> None:
    somsri = borrower(
        {"loan-7": "2,000"},
        {"loans-ordinary-1": loan(7)},
        expected={"loan-7": Satang(2_200_00)},
    )

    assert read_sheet(LOAN_COLUMNS, [somsri]).rows[0].state is RowState.SHORT


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("20,000.01", "ชำระได้ไม่เกิน 20,000.00 บาท"),
        ("สองพัน", "อ่านจำนวนเงิน “สองพัน” ไม่ได้"),
        ("-5", "ติดลบ"),
    ],
)
def test_the_cell_of_a_loan_says_what_is_wrong_with_it(typed: str, sentence: str) -> None:
    somsri = borrower({"loan-7": typed}, {"loans-ordinary-1": loan(7)}, expected={})

    sheet = read_sheet(LOAN_COLUMNS, [somsri])

    (cell,) = sheet.wrong
    assert (cell.member_id, cell.code, cell.typed) == (1, "loan-7", typed)
    assert sentence in cell.sentence


def test_what_is_typed_for_a_loan_that_has_no_cell_is_no_money() -> None:
    sheet = read_sheet(LOAN_COLUMNS, [line({"loan-7": "2200"})])

    assert sheet.totals.all_paid == 0


PLAN = PlanView(
    n=1,
    starts_on=date(2023, 3, 20),
    principal=Satang(20_000_00),
    carried_interest=ZERO,
    carried_default=ZERO,
    carried_costs=ZERO,
    rates=((date(2023, 3, 20), 120_000),),
    counting=Counting.MONTH,
    counts_first_day=False,
    rows=(
        PlanRow(1, date(2023, 4, 20), Satang(2_000_00), Satang(200_00)),
        PlanRow(2, date(2023, 5, 20), Satang(2_000_00), Satang(180_00)),
    ),
)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2023, 3, 31), 0),
        (date(2023, 4, 6), 2_200_00),
        (date(2023, 4, 20), 2_200_00),
        # The first is overdue, the second falls due later in the month:
        # 2,200 + 2,180, and 2,000 × 15 % × 16/365 = 13.15 for being late, in whole baht.
        (date(2023, 5, 6), 4_394_00),
    ],
)
def test_what_is_expected_is_what_is_due_and_what_falls_due_in_the_month(
    on: date, expected: int
) -> None:
    found = standing(PLAN, [], on=on, default_rates=((date(2023, 1, 1), 150_000),))

    assert expected_on(found) == expected


def test_an_instalment_that_was_paid_early_is_not_expected_again() -> None:
    paid = [Paid(date(2023, 4, 6), Satang(2_000_00), Satang(200_00))]

    found = standing(PLAN, paid, on=date(2023, 4, 20), default_rates=())

    assert expected_on(found) == 0
