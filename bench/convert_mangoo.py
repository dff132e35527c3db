"""Write the members, savings and shares of a small co-operative as the sheets of ``import``.

    python bench/convert_mangoo.py FOLDER TARGET

The co-operative's program exported its tables as CSV: amounts in whole units, days as the second
at which they began in central Europe. Every row of savings and shares becomes one row of the sheet,
in the order of the days and, within a day, what comes in before what goes out. What is not cash
names the account on its other side. A repayment out of savings and a share that changed hands have
no other half in the tables, so they stand on suspense until the group clears them.

Loans become the two sheets of ``import loans``: a row for each contract and one for each
instalment. The rate is by the month; where the interest of the rows stays the same it is flat.
"""

import csv
import html
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

WHERE = ZoneInfo("Europe/Berlin")
CASH, SUSPENSE = "11010", "59010"
SAVINGS, SHARES = "DEM", "SHR"
#: The other side of each kind of row, by the numbers of ``savtype.csv``.
OTHER_SIDE = {
    "1": CASH,  # deposit
    "2": CASH,  # withdrawal
    "3": "51010",  # interest on savings
    "4": "46020",  # fee on a withdrawal: sundry income
    "5": "46020",  # yearly subscription
    "6": "42020",  # fine on a loan
    "7": "43020",  # fee on a loan
    "8": SUSPENSE,  # loan repaid out of savings
    "9": "33010",  # dividend, out of the surplus
}
MEMBER_HEADINGS = ("เลขที่สมาชิก", "ชื่อ-สกุล", "โทรศัพท์", "ผู้รับโอนประโยชน์", "วันที่เข้า")
SAVINGS_HEADINGS = (*("วันที่", "เลขที่สมาชิก", "ประเภท", "จำนวนเงิน", "เลขที่ใบรับ", "รายการ", "คู่บัญชี"),)


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    """Read a table; its texts begin with a blank and name some letters as web pages do."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as lines:
        return [
            {column: html.unescape(text or "").strip() for column, text in row.items() if column}
            for row in csv.DictReader(lines)
        ]


def day(seconds: str) -> str:
    """Give the day of a moment, as it was where the co-operative's clock stood."""
    return datetime.fromtimestamp(int(seconds), WHERE).date().isoformat()


def member_number(text: str) -> str:
    """Write ``001/2016`` as a number that can stand in an address."""
    return text.replace("/", "-")


def members_sheet(folder: Path) -> Iterator[tuple[str, ...]]:
    """Give a row for each customer; the program's own first one, which has no name, is left out."""
    for row in rows_of(folder, "customer"):
        if row["cust_name"]:
            yield (
                member_number(row["cust_no"]),
                " ".join(row["cust_name"].split()),
                row["cust_phone"],
                row["cust_heir"],
                day(row["cust_since"]),
            )


def savings_sheet(folder: Path) -> list[tuple[str, ...]]:
    """Give every row of savings and shares in the order in which the book takes them."""
    numbers = {row["cust_id"]: member_number(row["cust_no"]) for row in rows_of(folder, "customer")}
    kinds = {row["savtype_id"]: row["savtype_type"] for row in rows_of(folder, "savtype")}
    moved = []
    for row in rows_of(folder, "savings"):
        kind, amount = row["savtype_id"], int(row["sav_amount"])
        said = (kinds[kind], OTHER_SIDE[kind])
        key = (row["sav_date"], row["sav_receipt"])
        moved.append((*_order(key[0], amount, row["sav_id"]), SAVINGS, row, amount, key, said))
    for row in rows_of(folder, "shares"):
        amount = int(row["share_value"])
        handed_on = row["share_trans"] == "1"
        said = ("Share transfer", SUSPENSE) if handed_on else ("Shares", CASH)
        key = (row["share_date"], row["share_receipt"])
        moved.append((*_order(key[0], amount, row["share_id"]), SHARES, row, amount, key, said))
    moved.sort(key=lambda line: line[:4])
    return [
        (
            day(seconds),
            numbers[row["cust_id"]],
            product,
            str(amount),
            "" if receipt == "0" else receipt,
            memo,
            contra,
        )
        for *_order_of, product, row, amount, (seconds, receipt), (memo, contra) in moved
    ]


def _order(seconds: str, amount: int, number: str) -> tuple[str, bool, int]:
    return day(seconds), amount < 0, int(number)


LOAN_HEADINGS = (
    *("เลขที่สัญญา", "เลขที่สมาชิก", "วันที่ขอกู้", "วันที่จ่ายเงิน", "จำนวนที่ขอ", "เงินต้น"),
    *("ดอกเบี้ยต่อเดือน", "วิธีคิดดอกเบี้ย", "จำนวนงวด", "วัตถุประสงค์", "ค่าธรรมเนียม", "ผู้ค้ำประกัน", "สถานะ"),
)
ROW_HEADINGS = (
    *("เลขที่สัญญา", "วันครบกำหนด", "เงินต้นงวด", "ดอกเบี้ยงวด"),
    *("วันที่ชำระ", "เงินต้นที่ชำระ", "ดอกเบี้ยที่ชำระ", "เลขที่ใบรับ"),
)
STATES = {"1": "รอพิจารณา", "2": "อนุมัติ", "3": "ไม่อนุมัติ", "4": "ทิ้งหนี้", "5": "อนุมัติ"}
PAID_OUT = {"2", "4", "5"}


def loans_sheet(folder: Path) -> Iterator[tuple[str, ...]]:
    """Give a row for each loan, also for those that wait and those that were refused."""
    numbers = {row["cust_id"]: member_number(row["cust_no"]) for row in rows_of(folder, "customer")}
    interest: dict[str, list[str]] = {}
    for row in rows_of(folder, "ltrans"):
        interest.setdefault(row["loan_id"], []).append(row["ltrans_interestdue"])
    for row in rows_of(folder, "loans"):
        of_rows = interest.get(row["loan_id"], [])
        guarantors = [row[f"loan_guarant{n}"] for n in (1, 2, 3)]
        yield (
            row["loan_no"],
            numbers[row["cust_id"]],
            day(row["loan_date"]),
            day(row["loan_dateout"]) if row["loanstatus_id"] in PAID_OUT else "",
            row["loan_principal"],
            # The one that was planned anew by hand has no approved amount.
            row["loan_principalapproved"].strip("0") and row["loan_principalapproved"],
            row["loan_interest"],
            "คงที่" if len(set(of_rows)) == 1 else "เงินต้นเท่ากัน",
            row["loan_period"],
            row["loan_purpose"],
            row["loan_fee"],
            ",".join(numbers.get(number, f"?{number}") for number in guarantors if number != "0"),
            STATES[row["loanstatus_id"]],
        )


def rows_sheet(folder: Path) -> Iterator[tuple[str, ...]]:
    """Give a row for each instalment, with what was paid of it."""
    references = {row["loan_id"]: row["loan_no"] for row in rows_of(folder, "loans")}
    for row in rows_of(folder, "ltrans"):
        yield (
            references[row["loan_id"]],
            day(row["ltrans_due"]),
            row["ltrans_principaldue"],
            row["ltrans_interestdue"],
            day(row["ltrans_date"]) if row["ltrans_date"] else "",
            row["ltrans_principal"],
            row["ltrans_interest"],
            row["ltrans_receipt"] if row["ltrans_date"] else "",
        )


def convert_loans(source: Path, target: Path) -> tuple[int, int]:
    """Write ``loans.csv`` and ``instalments.csv``; give how many rows each has."""
    contracts, rows = list(loans_sheet(source)), list(rows_sheet(source))
    _write(target / "loans.csv", LOAN_HEADINGS, contracts)
    _write(target / "instalments.csv", ROW_HEADINGS, rows)
    return len(contracts), len(rows)


def _write(file: Path, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(headings)
        writer.writerows(rows)


def convert(source: Path, target: Path) -> tuple[int, int]:
    """Write ``members.csv`` and ``savings.csv``; give how many rows each has."""
    people, moved = list(members_sheet(source)), savings_sheet(source)
    _write(target / "members.csv", MEMBER_HEADINGS, people)
    _write(target / "savings.csv", SAVINGS_HEADINGS, moved)
    return len(people), len(moved)


if __name__ == "__main__":
    members, rows = convert(Path(sys.argv[1]), Path(sys.argv[2]))
    contracts, instalments = convert_loans(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{members} members and {rows} rows of savings and shares written to {sys.argv[2]}")
    print(f"{contracts} loans and {instalments} instalments written beside them")
