"""The collection sheet as it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.receipt import receipt_reference
from desk.sheet import (
    Channel,
    Column,
    Line,
    RowState,
    Sheet,
    SheetNotReadable,
    read_sheet,
)
from ledger.money import Satang, format_baht, total
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

    assert [(c.member_id, c.product_code, c.sentence) for c in refusal.value.cells] == [
        (1, "PLG", "อ่านจำนวนเงิน “ร้อย” ไม่ได้ พิมพ์เป็นตัวเลข เช่น 1,540.50"),
        (1, "SHR", "หุ้นละ 10.00 บาท จำนวนเงินค่าหุ้นต้องเป็นจำนวนเต็มหุ้น"),
        (2, "PLG", "จำนวนเงิน “-5” ติดลบ พิมพ์จำนวนที่เป็นบวก"),
        (2, "WEL", "จำนวนเงิน “1.005” มีทศนิยมเกิน 2 ตำแหน่ง พิมพ์ไม่เกินสตางค์ เช่น 1,540.50"),
    ]
    assert sheet.rows[0].state is RowState.WRONG
    assert sheet.rows[0].amounts == {"WEL": 30_00}


def test_nobody_is_away_and_pays() -> None:
    sheet = sheet_of(line({"PLG": "100"}, absent=True))

    assert [cell.product_code for cell in sheet.wrong] == ["PLG"]
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
        named = {cell.product_code for cell in row.wrong}

        assert not named & row.amounts.keys()
        assert all(cell.sentence for cell in row.wrong)
        for code in ("PLG", "SHR", "WEL"):
            if row.line.typed.get(code, "").strip(" 0.,") and code not in named:
                assert row.amounts[code] > 0


def test_a_receipt_says_its_month_its_group_and_its_number() -> None:
    reference = receipt_reference(number=123, group_code="KHP06", received_on=TODAY)

    assert reference == "RC6604-KHP06-000123"
