"""How long one passbook takes to print, the first time and afterwards.

    python bench/passbook.py [--lines 52] [--rounds 15]

The page is asked for through the whole house: sign-in, database, pages, paper. Prints the first
printing of a process, the median of the later ones, and what they are to the bare press laying the
same number of lines out as an HTML table.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HOUSE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOUSE))

from sqlalchemy.orm import Session  # noqa: E402

from app import create_app  # noqa: E402
from bench.measure import Variant, interleave, speed_of  # noqa: E402
from desk import services  # noqa: E402
from desk.models import Channel  # noqa: E402
from ledger import db  # noqa: E402
from ledger.clock import use_clock  # noqa: E402
from ledger.money import Satang  # noqa: E402
from ledger.paper import pdf_from_html  # noqa: E402
from ledger.settings import Settings  # noqa: E402
from tests.network import GROUP, NETWORK, NOW, TODAY, client_of, found_network  # noqa: E402

CELLS = ("6 เม.ย. 2566", "CD", "100.00", "", "1,540.00", "มาลี")


def pay_in(session: Session, *, times: int) -> None:
    """Pay pledges in, a receipt and a line each."""
    for number in range(times):
        services.receive(
            session,
            book_id=NETWORK.book_id,
            member_number="0003",
            amounts={"DEM": Satang(100_00 + number)},
            fees={},
            received_on=TODAY,
            channel=Channel.CASH,
            memo="",
            idempotency_key=f"receipt-{number}",
            by="o1",
            at=NOW,
        )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--lines", type=int, default=52)
    asked.add_argument("--rounds", type=int, default=15)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/samut.db"
        db.upgrade(url)
        use_clock(lambda: NOW)
        app = create_app(Settings(url, url, "a secret", Path(folder)))
        db.write(found_network)
        db.write(lambda session: pay_in(session, times=given.lines))
        client = client_of(app, NETWORK.malee)
        address = f"/groups/{GROUP}/members/0003/passbook.pdf"

        def passbook() -> int:
            answer = client.get(address)
            assert answer.mimetype == "application/pdf", answer.status
            return 1

        row = "".join(f"<td>{cell}</td>" for cell in CELLS)
        table = f"<table>{f'<tr>{row}</tr>' * given.lines}</table>"
        html = f"<!doctype html><html lang='th'><title>-</title><body>{table}"

        def bare() -> int:
            pdf_from_html(html)
            return 1

        began = time.perf_counter()
        passbook()
        print(
            f"first passbook of a process, {given.lines} lines: {time.perf_counter() - began:.2f} s"
        )
        variants = {"passbook": Variant(passbook), "bare table": Variant(bare)}
        interleave(variants, rounds=given.rounds, warm_up=2)
        ratio = speed_of(variants["bare table"], against=variants["passbook"])
        for name, variant in variants.items():
            print(f"{name:12}{median(variant.seconds) * 1e3:>8.0f} ms")
        print(f"passbook ÷ bare table of the same lines: {ratio.median:.2f} (CPU {ratio.cpu:.2f})")
        db.disconnect()


if __name__ == "__main__":
    main()
