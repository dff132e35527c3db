"""A process that posts until it is killed, and says what was acknowledged only after it was.

    python -m tests.trust.poster ADDRESS BOOK FIRST [--payments N] [--attempt TEXT]

Payments follow one another from the number FIRST. Each acknowledgement is one line on standard
output, written at once. A request that nobody answered for is sent again, as a desk would.
"""

import argparse
import os
import random
import time
from itertools import count, islice
from typing import Any

from sqlalchemy import Engine, event

from ledger import db
from tests.trust.payments import Acknowledged, send

#: Seconds that an answer may travel: whoever is killed meanwhile was written and never heard of it.
LONGEST_WAY_HOME = 0.02


def main() -> None:
    """Post for ever, or as many payments as were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("address")
    parser.add_argument("book", type=int)
    parser.add_argument("first", type=int)
    parser.add_argument("--payments", type=int, help="how many; for ever without it")
    parser.add_argument("--attempt", default="", help="makes the keys those of new requests")
    parser.add_argument("--synchronous", help="how seldom SQLite flushes, against the house")
    given = parser.parse_args()
    engine = db.connect(given.address)
    if given.synchronous is not None:
        _flush_less(engine, given.synchronous)
    for payment in islice(count(given.first), given.payments):
        told = _until_answered(given.book, payment, key=f"payment-{payment}{given.attempt}")
        time.sleep(random.uniform(0, LONGEST_WAY_HOME))
        os.write(1, f"{told}\n".encode())


def _until_answered(book_id: int, payment: int, *, key: str) -> Acknowledged:
    while True:
        try:
            return send(book_id, payment, key=key)
        except db.Busy:
            continue


def _flush_less(engine: Engine, level: str) -> None:
    """Take away what makes SQLite durable, which the running application would refuse."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.set_authorizer(None)
        connection.execute(f"PRAGMA synchronous = {level}")


if __name__ == "__main__":
    main()
