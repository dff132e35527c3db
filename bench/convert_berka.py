"""Write the transactions of a Czech bank as the three files of ``import journal``.

    python bench/convert_berka.py FOLDER-OF-TRANS TARGET

Each account of a client is a ledger account that the bank owes (liability); what moved it stands
on ``clearing``. Rows of one account and day are not in order in the source: they are put into the
order in which the printed balances follow from each other, as far as they do. Where a printed
balance does not follow, the printed figure is kept and the difference, nearly always 0.10 on a row
of interest, is posted to ``rounding``.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CLEARING, ROUNDING = "clearing", "rounding"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the bank; amounts in haléř, what comes in is positive."""

    number: str
    account: str
    day: str
    amount: int
    printed: int
    words: str


def halere(text: str) -> int:
    """Read an amount in koruna, which may be below zero."""
    minus, bare = text.startswith("-"), text.removeprefix("-")
    koruna, _point, rest = bare.partition(".")
    amount = int(koruna) * 100 + int(rest.ljust(2, "0")[:2])
    return -amount if minus else amount


def koruna(amount: int) -> str:
    """Write haléř as koruna with two decimals."""
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def read_rows(folder: Path) -> list[Row]:
    """Read every ``trans*.asc`` of a folder."""
    rows = []
    for file in sorted(folder.glob("trans*.asc")):
        with file.open(encoding="latin-1", newline="") as lines:
            for row in csv.DictReader(lines, delimiter=";"):
                comes_in = row["type"] == "PRIJEM"
                amount = halere(row["amount"])
                rows.append(
                    Row(
                        number=row["trans_id"],
                        account=row["account_id"],
                        day="19" + row["date"],
                        amount=amount if comes_in else -amount,
                        printed=halere(row["balance"]),
                        words=" ".join(
                            filter(None, (row["operation"].strip(), row["k_symbol"].strip()))
                        ),
                    )
                )
    return rows


def linked(rows: list[Row]) -> Iterator[tuple[Row, int]]:
    """Give the rows by day in the order of the printed balances, each with what it is off by."""
    days: defaultdict[str, defaultdict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        days[row.day][row.account].append(row)
    balances: defaultdict[str, int] = defaultdict(int)
    for day in sorted(days):
        for account, waiting in days[day].items():
            waiting.sort(key=lambda row: row.amount < 0)
            while waiting:
                row = min(waiting, key=lambda r: abs(r.printed - balances[account] - r.amount))
                waiting.remove(row)
                yield row, row.printed - balances[account] - row.amount
                balances[account] = row.printed


def convert(source: Path, target: Path) -> list[tuple[Row, int]]:
    """Write accounts, opening and vouchers; give the rows in the order of the vouchers."""
    ordered = list(linked(read_rows(source)))
    with (target / "accounts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("account", "name", "type"))
        writer.writerow((CLEARING, "Clearing", "asset"))
        writer.writerow((ROUNDING, "Rounding", "income"))
        for account in sorted({row.account for row, _off in ordered}, key=int):
            writer.writerow((account, f"Account {account}", "liability"))
    (target / "opening.csv").write_text("account,amount\n", encoding="utf-8")
    with (target / "vouchers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("voucher_seq", "date", "text", "account", "amount"))
        for row, off in ordered:
            head = (row.number, row.day, row.words)
            if row.amount:
                writer.writerow((*head, row.account, koruna(-row.amount)))
                writer.writerow((*head, CLEARING, koruna(row.amount)))
            if off:
                writer.writerow((*head, row.account, koruna(-off)))
                writer.writerow((*head, ROUNDING, koruna(off)))
    return ordered


if __name__ == "__main__":
    written = convert(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{len(written)} transactions written to {sys.argv[2]}")
