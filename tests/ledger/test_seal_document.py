"""docs/seal.md says what the code does: its vectors come out of both, and so does its example."""

import json
import re
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from docs import check_seal
from ledger.entry import EntryKind
from ledger.money import MOST_SATANG
from ledger.seal import (
    canonical_bytes,
    first_seal,
    link,
    long_form,
    memo_digest,
    moment_text,
    short_form,
)

PAGE = Path(__file__).parents[2] / "docs" / "seal.md"


def blocks(kind: str) -> list[str]:
    """Give the fenced blocks of a kind."""
    found = re.findall(
        rf"^```{kind}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return [str(block) for block in found]


def facts_of(block: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in block.splitlines())


VECTORS = [facts_of(block) for block in blocks("vector")]


def sealed_again(facts: list[Any]) -> bytes:
    """Give the bytes of an entry as the book writes them, from its twelve facts."""
    _version, book, number, kind, day, moment, by, approved, reference, memo, reverses, lines = (
        facts
    )
    return canonical_bytes(
        book_code=book,
        number=number,
        kind=EntryKind(kind),
        entered_on=date.fromisoformat(day),
        recorded_at=datetime.fromisoformat(moment),
        posted_by=by,
        approved_by=approved or None,
        reference=reference,
        memo_digest=bytes.fromhex(memo),
        reverses_number=reverses or None,
        postings=[(account, fund, amount) for account, fund, amount in lines],
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["short"])
def test_a_golden_vector_comes_out_of_the_book_s_own_seal(vector: dict[str, str]) -> None:
    written = sealed_again(json.loads(vector["bytes"]))

    seal = link(bytes.fromhex(vector["previous"]), written)

    assert written.decode() == vector["bytes"]
    assert seal.hex() == vector["seal"]
    assert (short_form(seal), long_form(seal)) == (vector["short"], vector["long"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["short"])
def test_a_golden_vector_comes_out_of_the_independent_checker(vector: dict[str, str]) -> None:
    facts = json.loads(vector["bytes"])
    accounts = {(account, fund) for account, fund, _amount in facts[11]}

    check_seal.check_entry(facts, facts[2], "KHP06", accounts)
    written = check_seal.written(facts)

    assert written.decode() == vector["bytes"]
    seal = sha256(bytes.fromhex(vector["previous"]) + written).hexdigest()
    assert seal == vector["seal"]


def test_the_vectors_are_one_chain_from_the_first_seal_and_show_the_hard_cases() -> None:
    assert len(VECTORS) >= 6
    assert [vector["previous"] for vector in VECTORS] == [
        first_seal("KHP06").hex(),
        *(vector["seal"] for vector in VECTORS[:-1]),
    ]
    assert blocks("first-seal") == [first_seal("KHP06").hex() + "\n"]
    bodies = [json.loads(vector["bytes"]) for vector in VECTORS]
    assert any("ำ" in body[8] for body in bodies)
    assert any(body[9] == "" for body in bodies)
    assert any(body[9] for body in bodies)
    assert any(body[10] for body in bodies)
    assert any(line[2] == MOST_SATANG for body in bodies for line in body[11])
    assert any(len({line[1] for line in body[11]}) > 1 for body in bodies)


def test_the_memo_of_the_page_has_the_digest_of_the_page() -> None:
    (memo,) = [facts_of(block) for block in blocks("memo")]

    digest = memo_digest(bytes.fromhex(memo["salt"]), memo["text"])

    assert digest.hex() == memo["digest"]
    assert any(json.loads(vector["bytes"])[9] == memo["digest"] for vector in VECTORS)


def test_the_checker_agrees_with_the_example_and_with_every_seal_printed_for_it() -> None:
    (example,) = blocks("jsonl")
    lines = example.encode().removesuffix(b"\n").split(b"\n")

    for number, vector in enumerate(VECTORS, start=1):
        for printed in (vector["short"], vector["long"], f"{number}:{vector['long']}"):
            assert check_seal.check(lines, printed).startswith("agrees: 7 entries of KHP06")
    moments = [json.loads(line)[2] for line in lines if line.startswith(b'["close"')]
    assert moments
    assert all(moment == moment_text(datetime.fromisoformat(moment)) for moment in moments)


def test_every_kind_of_entry_is_named_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert [kind for kind in EntryKind if f"`{kind}`" not in page] == []
