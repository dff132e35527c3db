"""The commands of lending: any schedule without a book, and published ones worked out anew."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from ledger import db
from ledger.settings import Settings
from loans.schedule import make_schedule, terms_from_json
from tests.loans.terms import HOUSE
from tests.papers import text_of

HOUSE_ASKED = {
    "--principal": "300000",
    "--annual-rate": "6",
    "--instalments": "180",
    "--first-due": "2026-01-31",
    "--disbursed": "2025-12-31",
    "--rounding": "baht",
}


@pytest.fixture(scope="module")
def house(instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The house where no book was ever made."""
    book = tmp_path_factory.mktemp("house") / "no.db"
    url = f"sqlite:///{book}"
    yield create_app(
        Settings(database_url=url, owner_url=url, secret_key="a secret", instance=instance)
    )
    db.disconnect()
    assert not book.exists()


def run(house: Flask, *words: str) -> Result:
    return house.test_cli_runner().invoke(args=["loan", *words])


def schedule(house: Flask, *words: str, **different: str | None) -> Result:
    """Ask for the schedule of the house, with some options different or left out."""
    asked = HOUSE_ASKED | {f"--{name.replace('_', '-')}": text for name, text in different.items()}
    options = [word for name, text in asked.items() if text is not None for word in (name, text)]
    return run(house, "schedule", *options, *words)


def as_json(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_a_schedule_is_a_table_with_buddhist_days_and_the_real_rate(house: Flask) -> None:
    result = schedule(house)

    assert result.exit_code == 0
    assert result.stderr == ""
    first = next(line for line in result.stdout.splitlines() if "31 ม.ค. 2569" in line)
    assert first.split() == [
        *("1", "31", "ม.ค.", "2569", "31", "2,532.00", "1,032.00", "1,500.00", "0.00"),
        "298,968.00",
    ]
    assert "455,635.12" in result.stdout
    assert "ปัดเศษครึ่งขึ้นเป็นจำนวนเต็ม 1 บาท" in result.stdout
    assert "อัตราที่แท้จริงร้อยละ 6 ต่อปี" in result.stdout


def test_a_schedule_as_json_has_exactly_the_columns_that_others_read(house: Flask) -> None:
    told = as_json(schedule(house, format="json"))

    columns = ["n", "due", "days", "payment", "principal", "interest", "fee", "balance"]
    assert {tuple(row) for row in told["rows"]} == {tuple(columns)}
    assert told["rows"][1] == {
        "n": 2,
        "due": "2026-02-28",
        "days": 28,
        "payment": "2532.00",
        "principal": "1037.16",
        "interest": "1494.84",
        "fee": "0.00",
        "balance": "297930.84",
    }
    assert told["totals"] == {
        "payment": "455635.12",
        "principal": "300000.00",
        "interest": "155635.12",
        "fee": "0.00",
    }
    assert told["effective_annual_rate"] == "0.06"
    assert told["ceiling"] == {"annual_rate": "0.15", "source": "ป.พ.พ. มาตรา 654"}
    assert told["warning"] is None
    assert terms_from_json(told["terms"]) == HOUSE


def test_a_schedule_as_csv_has_the_same_columns(house: Flask) -> None:
    result = schedule(house, format="csv")

    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 180
    assert rows[-1]["payment"] == "2407.12"
    assert rows[-1]["balance"] == "0.00"


def test_a_schedule_on_paper_can_be_read_back(house: Flask, tmp_path: Path) -> None:
    paper = tmp_path / "schedule.pdf"

    result = schedule(
        house,
        *("--rate-change", "1/6/2569:5.5:recompute", "--holiday", "2026-03-01:2026-04-30:all"),
        *("--grace", "principal", "--grace-instalments", "1"),
        format="pdf",
        instalments="36",
        fee="500",
        output=str(paper),
    )

    assert result.exit_code == 0, result.output
    text = text_of(paper.read_bytes())
    assert "ตารางผ่อนชำระเงินกู้" in text
    assert "สามแสนบาทถ้วน" in text
    assert "9,365.00" in text
    assert "ร้อยละ 5.5 ต่อปี" in text
    assert "พักทั้งเงินต้นและดอกเบี้ย" in text
    assert "1 งวดแรก พักเงินต้น" in text
    assert "500.00 บาท หักตอนจ่ายเงินกู้" in text


def test_what_costs_too_much_is_worked_out_with_a_warning(house: Flask) -> None:
    result = schedule(
        house,
        *("--format", "json", "--fee", "50"),
        principal="20000",
        annual_rate="12",
        instalments="10",
        method="flat",
    )

    told = as_json(result)
    assert told["effective_annual_rate"] == "0.218297"
    assert "เกินเพดานร้อยละ 15 ต่อปี (ป.พ.พ. มาตรา 654)" in told["warning"]
    assert told["warning"] in result.stderr
    assert told["fee_at_payout"] == "50.00"


def test_every_option_reaches_the_terms(house: Flask) -> None:
    told = as_json(
        run(
            house,
            *("schedule", "--principal", "฿30,000", "--annual-rate", "๖.๒๕%"),
            *("--method", "seasonal", "--disbursed", "1 มกราคม 2569", "--format", "json"),
            *("--due", "15/2/2569", "--due", "2026-12-15", "--due", "15 ก.พ. 2570"),
            *("--counting", "days_365", "--first-day-counts", "--rounding", "5-baht"),
            *("--rounding-how", "up", "--stage", "2026-01-01:10000", "--stage", "1/3/2569:20000"),
            *("--holiday", "2026-12-01:2026-12-31:principal", "--instalment", "9000"),
            *("--rate-change", "2026-06-01:5:keep"),
        )
    )

    assert told["terms"] == {
        "principal": 3_000_000,
        "annual_rate_ppm": 62_500,
        "instalments": 3,
        "method": "seasonal",
        "first_due_on": "2026-02-15",
        "disbursed_on": "2026-01-01",
        "every": "chosen",
        "counting": "days_365",
        "counts_first_day": True,
        "rounding_multiple": 500,
        "rounding_how": "up",
        "grace": "none",
        "grace_instalments": 0,
        "due_days": ["2026-02-15", "2026-12-15", "2027-02-15"],
        "payouts": [["2026-01-01", 1_000_000], ["2026-03-01", 2_000_000]],
        "rate_changes": [["2026-06-01", 50_000, "keep_instalment"]],
        "holidays": [["2026-12-01", "2026-12-31", "principal"]],
        "kept_instalment": 900_000,
        "due_day_of_month": None,
    }


@pytest.mark.parametrize(
    ("rounding", "satang"), [("satang", 1), ("25", 25), ("25-satang", 25), ("๑๐-baht", 1_000)]
)
def test_a_rounding_may_be_a_word_or_a_number(house: Flask, rounding: str, satang: int) -> None:
    told = as_json(schedule(house, format="json", rounding=rounding))

    assert told["terms"]["rounding_multiple"] == satang


def test_unless_told_instalments_are_rounded_to_the_satang(house: Flask) -> None:
    told = as_json(schedule(house, format="json", rounding=None))

    assert told["rows"][0]["payment"] == "2531.57"
    assert "default: satang" in run(house, "schedule", "--help").output


REFUSED = [
    ({"principal": "0"}, "เงินต้นต้องมากกว่า 0 บาท"),
    ({"principal": "-300000"}, "ติดลบ"),
    ({"principal": "three"}, "อ่านจำนวนเงิน “three” ไม่ได้"),
    ({"annual_rate": "150"}, "อัตราดอกเบี้ยร้อยละ 150 ต่อปีไม่ถูกต้อง"),
    ({"annual_rate": "-6"}, "ติดลบ"),
    ({"instalments": "0"}, "จำนวนงวด 0 ไม่ถูกต้อง"),
    ({"instalments": "-3"}, "จำนวนงวด -3 ไม่ถูกต้อง"),
    ({"instalments": "600"}, "ตั้งแต่ 1 ถึง 480 งวด"),
    ({"instalments": "many"}, "อ่าน --instalments “many” ไม่ได้"),
    ({"first_due": "2025-12-30"}, "ไม่อยู่หลังวันจ่ายเงินกู้"),
    ({"first_due": "30/2/2569"}, "ไม่มีในปฏิทิน"),
    ({"disbursed": "31/12/68"}, "ปีในวันที่"),
    ({"rounding": "0"}, "ตั้งแต่ 1 สตางค์"),
    ({"rounding": "a bit"}, "อ่านการปัดเศษ “a bit” ไม่ได้"),
    ({"fee": "300000"}, "ค่าธรรมเนียม 300,000.00 บาทต้องน้อยกว่าเงินกู้"),
    ({"instalment": "1500"}, "ดอกเบี้ย 1,500.00 บาท แต่เงินงวดมีเพียง 1,500.00 บาท"),
    ({"grace": "all", "grace_instalments": "180"}, "ระยะปลอดชำระ 180 งวด"),
    ({"stage": "2025-12-31:1000"}, "รวม 1,000.00 บาท ไม่เท่ากับเงินต้น"),
    ({"stage": "2025-12-31"}, "อ่าน --stage “2025-12-31” ไม่ได้ พิมพ์เป็น DAY:BAHT"),
    ({"rate_change": "2026-06-01:5:perhaps"}, "DAY:RATE:keep|recompute"),
    ({"holiday": "2026-06-01:2026-07-01:none"}, "FROM:UNTIL:all|principal"),
    ({"every": "chosen"}, "ระบุวันครบกำหนดไว้ 0 วัน แต่มี 180 งวด"),
]


@pytest.mark.parametrize(("different", "words"), REFUSED)
def test_a_refusal_is_one_thai_sentence_and_exit_status_one(
    house: Flask, different: dict[str, str], words: str
) -> None:
    options = [f"--{name.replace('_', '-')}={text}" for name, text in different.items()]

    result = schedule(house, *options)

    assert result.exit_code == 1
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.parametrize("missing", ["first_due", "instalments"])
def test_an_option_that_is_missing_is_named(house: Flask, missing: str) -> None:
    result = schedule(house, **{missing: None})

    assert result.exit_code == 2
    assert missing.replace("_", "-") in result.stderr


# ---------------------------------------------------------------- published schedules


def test_what_is_printed_agrees_when_it_is_checked(house: Flask, tmp_path: Path) -> None:
    file = tmp_path / "schedule.json"
    schedule(house, format="json", output=str(file))

    result = run(house, "check-schedules", str(file))

    assert result.exit_code == 0, result.output
    assert "case 1: ตรงกันทุกงวด 180 งวด" in result.stdout
    assert "ทั้งหมด 1 กรณี: ตรงกัน 1 ไม่ทำตามโดยมีเหตุผล 0 ต่าง 0 อ่านไม่ได้ 0" in result.stdout


def test_a_difference_is_told_and_leaves_with_exit_status_one(house: Flask, tmp_path: Path) -> None:
    file = tmp_path / "schedule.json"
    told = as_json(schedule(house, format="json"))
    told["rows"][7]["balance"] = "291700.00"
    file.write_text(json.dumps({"cases": [told | {"id": "mine"}, {"id": "odd"}]}))

    result = run(house, "check-schedules", str(file))

    balance = make_schedule(HOUSE).rows[7].balance
    assert result.exit_code == 1
    assert f"คงเหลือ: แฟ้ม 291700.00 คำนวณได้ {balance // 100}.{balance % 100:02}" in result.stdout
    assert "odd: อ่านไม่ได้: it has no rows" in result.stdout
    assert "ทั้งหมด 2 กรณี: ตรงกัน 0 ไม่ทำตามโดยมีเหตุผล 0 ต่าง 1 อ่านไม่ได้ 1" in result.stdout


def test_remarks_stand_below_their_case(house: Flask, tmp_path: Path) -> None:
    file = tmp_path / "schedule.json"
    told = as_json(schedule(house, format="json"))
    file.write_text(json.dumps([told | {"id": "mine", "colour": "blue"}]))

    result = run(house, "check-schedules", str(file))

    assert result.exit_code == 0
    assert "\n  ไม่รู้จักช่อง colour\n" in result.stdout


def test_a_file_that_is_no_json_is_refused(house: Flask, tmp_path: Path) -> None:
    file = tmp_path / "schedule.json"
    file.write_text("not JSON")

    result = run(house, "check-schedules", str(file))

    assert result.exit_code == 1
    assert "แฟ้มต้องเป็น JSON" in result.stderr


def test_a_file_without_cases_shows_nothing_and_does_not_pass(house: Flask, tmp_path: Path) -> None:
    file = tmp_path / "schedule.json"
    file.write_text('{"cases": []}')

    assert run(house, "check-schedules", str(file)).exit_code == 1
