"""The seal: golden vectors that a stranger's checker must reproduce, and what it covers."""

import base64
import hmac
import json
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

RECEIPT: dict[str, Any] = {
    "book_code": "KHP06",
    "number": 1,
    "kind": "receipt",
    "entered_on": date(2023, 4, 6),
    "recorded_at": datetime(2023, 4, 6, 3, 42, 10, tzinfo=UTC),
    "posted_by": "1",
    "approved_by": None,
    "reference": "",
    "memo_digest": b"",
    "reverses_number": None,
    "postings": [("11010", "SAV", 100_00), ("31020-0001", "SAV", -100_00)],
}
BANGKOK = timezone(timedelta(hours=7))

#: What differs from the receipt above, the bytes that are sealed, and the seal after first_seal.
VECTORS: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "a plain receipt",
        {},
        '[1,"KHP06",1,"receipt","2023-04-06","2023-04-06T03:42:10.000000Z","1","","","",0,[["11010","SAV",10000],["31020-0001","SAV",-10000]]]',
        "5c381785a7cea98f6817bc2c848a2f68250a23947dccb874026ee1026e6ff374",
    ),
    (
        "Thai with sara am is not decomposed",
        {"reference": "น้ำ ๑/๒๕๖๖"},
        '[1,"KHP06",1,"receipt","2023-04-06","2023-04-06T03:42:10.000000Z","1","","น้ำ ๑/๒๕๖๖","",0,[["11010","SAV",10000],["31020-0001","SAV",-10000]]]',  # noqa: E501  (one sealed line)
        "13bb3e37c7d0b0e07395270b9a54965fc806b86889252b9071b25c294645fb34",
    ),
    (
        "the largest amount",
        {"postings": [("11010", "SAV", MOST_SATANG), ("31020-0001", "SAV", -MOST_SATANG)]},
        '[1,"KHP06",1,"receipt","2023-04-06","2023-04-06T03:42:10.000000Z","1","","","",0,[["11010","SAV",1000000000000],["31020-0001","SAV",-1000000000000]]]',
        "5534ffbbac47e017f10b75b3e129544ceef907c6a3cea78dabe11cfd38ac4033",
    ),
    (
        "29 February 2567",
        {"entered_on": date(2024, 2, 29)},
        '[1,"KHP06",1,"receipt","2024-02-29","2023-04-06T03:42:10.000000Z","1","","","",0,[["11010","SAV",10000],["31020-0001","SAV",-10000]]]',
        "1075095c9dc7f51af4f08cef28dce3e68b960eb971720b9b71d88cb538bdab52",
    ),
    (
        "a moment in Bangkok is written in UTC",
        {"recorded_at": datetime(2023, 4, 6, 0, 30, tzinfo=BANGKOK)},
        '[1,"KHP06",1,"receipt","2023-04-06","2023-04-05T17:30:00.000000Z","1","","","",0,[["11010","SAV",10000],["31020-0001","SAV",-10000]]]',
        "47dba7645b35b56e8114e3d61e2de8b389309a43923183c61a3366b3c4fbd3e1",
    ),
    (
        "a microsecond",
        {"recorded_at": datetime(2023, 4, 6, 3, 42, 10, 1, tzinfo=UTC)},
        '[1,"KHP06",1,"receipt","2023-04-06","2023-04-06T03:42:10.000001Z","1","","","",0,[["11010","SAV",10000],["31020-0001","SAV",-10000]]]',
        "a6e893a935906dae6b9fb95099168942a45de3315ae60799bbe705e3ee6f3874",
    ),
    (
        "a second officer",
        {"approved_by": "2", "kind": "withdrawal"},
        '[1,"KHP06",1,"withdrawal","2023-04-06","2023-04-06T03:42:10.000000Z","1","2","","",0,[["11010","SAV",10000],["31020-0001","SAV",-10000]]]',
        "08a7bdd99e819efeb7ec2da4d78ff39ebefb2435478512a3d2932f193f090ae8",
    ),
    (
        "a memo under a salt of zeros",
        {"memo_digest": memo_digest(bytes(32), "ซื้อน้ำดื่ม")},
        '[1,"KHP06",1,"receipt","2023-04-06","2023-04-06T03:42:10.000000Z","1","","","ca0c134171998c16f0c1c27ca651d43da73402d6303c480f6cf7751c7e420a76",0,[["11010","SAV",10000],["31020-0001","SAV",-10000]]]',
        "dfd6d1a2fef7306ecc521179a788deefbd12fcdf2636ead30bf33d622d45c9d7",
    ),
    (
        "a reversal of the entry before",
        {"number": 2, "kind": "reversal", "reverses_number": 1},
        '[1,"KHP06",2,"reversal","2023-04-06","2023-04-06T03:42:10.000000Z","1","","","",1,[["11010","SAV",10000],["31020-0001","SAV",-10000]]]',
        "4d446661c6f9d199b20df8f5c14528e4bec98c2ef5514f53caebcdf5939e18fb",
    ),
    (
        "quotes and backslashes",
        {"reference": '"A\\B"/1'},
        '[1,"KHP06",1,"receipt","2023-04-06","2023-04-06T03:42:10.000000Z","1","","\\"A\\\\B\\"/1","",0,[["11010","SAV",10000],["31020-0001","SAV",-10000]]]',
        "17b04f2127ea9b673ab7bcc7f9709479785c8fb53a96c270fac1fabb46aa8761",
    ),
    (
        "two purses in four lines",
        {
            "postings": [
                ("11010", "SAV", 20000),
                ("31020-0002", "SAV", -20000),
                ("11010", "WEL", 3000),
                ("44010", "WEL", -3000),
            ]
        },
        '[1,"KHP06",1,"receipt","2023-04-06","2023-04-06T03:42:10.000000Z","1","","","",0,[["11010","SAV",20000],["31020-0002","SAV",-20000],["11010","WEL",3000],["44010","WEL",-3000]]]',
        "521cbba04fccb849cee1e59c4b6c592bc4e1ae1f69329103fd04252fbdd10fff",
    ),
    (
        "an emoji outside the first plane",
        {"reference": "🐘"},
        '[1,"KHP06",1,"receipt","2023-04-06","2023-04-06T03:42:10.000000Z","1","","🐘","",0,[["11010","SAV",10000],["31020-0001","SAV",-10000]]]',
        "1b15a2cbf98b13d85c3f3231cb267d6c56eab0c60968c8449f5759444593883d",
    ),
    (
        "another book",
        {"book_code": "TLN03"},
        '[1,"TLN03",1,"receipt","2023-04-06","2023-04-06T03:42:10.000000Z","1","","","",0,[["11010","SAV",10000],["31020-0001","SAV",-10000]]]',
        "b2e08a8177fb0f19f9e600b2a5eb1beb2c9f192f4814b28bc31f129b30302016",
    ),
]


def _written_by_hand(facts: dict[str, Any]) -> bytes:
    """Write the canonical form with the standard library, as docs/seal.md tells strangers to."""
    return json.dumps(
        [
            1,
            facts["book_code"],
            facts["number"],
            facts["kind"],
            facts["entered_on"].isoformat(),
            facts["recorded_at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            facts["posted_by"],
            facts["approved_by"] or "",
            facts["reference"],
            facts["memo_digest"].hex(),
            facts["reverses_number"] or 0,
            facts["postings"],
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


@pytest.mark.parametrize(
    ("facts", "written", "seal"), [v[1:] for v in VECTORS], ids=[v[0] for v in VECTORS]
)
def test_the_golden_vectors_are_what_docs_seal_md_says(
    facts: dict[str, Any], written: str, seal: str
) -> None:
    whole = RECEIPT | facts

    sealed = canonical_bytes(**whole)

    assert sealed.decode() == written
    assert sealed == _written_by_hand(whole)
    assert link(first_seal(whole["book_code"]), sealed).hex() == seal


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.lists(st.integers(-MOST_SATANG, MOST_SATANG), max_size=8),
)
def test_the_sealed_bytes_are_those_of_the_standard_library(
    reference: str, code: str, amounts: list[int]
) -> None:
    whole = RECEIPT | {"reference": reference, "postings": [(code, "SAV", a) for a in amounts]}

    assert canonical_bytes(**whole) == _written_by_hand(whole)


@pytest.mark.parametrize("fact", sorted(RECEIPT))
def test_every_fact_changes_the_bytes(fact: str) -> None:
    other: dict[str, Any] = {
        "book_code": "KHP07",
        "number": 2,
        "kind": "journal",
        "entered_on": date(2023, 4, 7),
        "recorded_at": datetime(2023, 4, 6, 3, 42, 11, tzinfo=UTC),
        "posted_by": "2",
        "approved_by": "3",
        "reference": "1",
        "memo_digest": b"x",
        "reverses_number": 1,
        "postings": list(reversed(RECEIPT["postings"])),
    }

    assert canonical_bytes(**RECEIPT) != canonical_bytes(**RECEIPT | {fact: other[fact]})


def test_the_first_seal_binds_the_code_of_the_book() -> None:
    assert first_seal("KHP06") == sha256(b"samut book 1\nKHP06").digest()
    assert first_seal("KHP06") != first_seal("KHP0")


def test_a_moment_without_a_zone_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        moment_text(datetime(2023, 4, 6))  # noqa: DTZ001  (the fault is the test)


def test_a_memo_is_digested_under_its_salt() -> None:
    salt = bytes(range(32))

    assert memo_digest(salt, "น้ำ") == hmac.digest(salt, "น้ำ".encode(), "sha256")
    assert memo_digest(salt, "น้ำ") != memo_digest(bytes(32), "น้ำ")


def test_people_read_eight_letters_and_paper_carries_thirty_two() -> None:
    seal = sha256(b"").digest()
    letters = base64.b32encode(seal).decode()

    assert short_form(seal) == f"{letters[:4]}-{letters[4:8]}" == "4OYM-IQUY"
    assert long_form(seal).replace("-", "") == letters[:32]
    assert long_form(seal).startswith(short_form(seal))
    assert [len(group) for group in long_form(seal).split("-")] == [4] * 8
