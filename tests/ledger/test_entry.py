"""Drafts of entries: what does not balance cannot be made."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.entry import (
    MOST_POSTINGS,
    EmptyEntry,
    EmptyPosting,
    EntryDraft,
    EntryKind,
    PostingDraft,
    UnbalancedEntry,
    UnreadableMemo,
    credit,
    debit,
    is_plain,
    mirror_image,
)
from ledger.money import MOST_SATANG, Satang

APRIL_6 = date(2023, 4, 6)
PAIR = (debit(1, "SAV", Satang(100_00)), credit(2, "SAV", Satang(100_00)))


def draft(*postings: PostingDraft, memo: str = "", reference: str = "") -> EntryDraft:
    return EntryDraft(
        entered_on=APRIL_6,
        kind=EntryKind.JOURNAL,
        postings=postings,
        memo=memo,
        reference=reference,
    )


def test_debits_are_positive_and_credits_negative() -> None:
    entry = draft(*PAIR)

    assert [posting.amount for posting in entry.postings] == [100_00, -100_00]
    assert entry.amount == 100_00


def test_an_entry_that_does_not_balance_cannot_be_made() -> None:
    with pytest.raises(UnbalancedEntry) as caught:
        draft(debit(1, "SAV", Satang(100_00)), credit(2, "SAV", Satang(99_99)))

    assert caught.value.facts == {"fund": "SAV", "debits": "100.00", "credits": "99.99"}
    assert "99.99" in caught.value.sentence()


def test_an_entry_balances_in_each_fund_and_not_only_in_all() -> None:
    with pytest.raises(UnbalancedEntry) as caught:
        draft(debit(1, "SAV", Satang(5)), credit(2, "WEL", Satang(5)))

    assert caught.value.facts["fund"] == "SAV"


@pytest.mark.parametrize("many", [0, 1, MOST_POSTINGS + 2])
def test_an_entry_has_two_to_a_thousand_lines(many: int) -> None:
    with pytest.raises(EmptyEntry) as caught:
        draft(*(PAIR * (many // 2 + 1))[:many])

    assert caught.value.facts == {"postings": many}
    assert len(draft(*PAIR * (MOST_POSTINGS // 2)).postings) == MOST_POSTINGS


@pytest.mark.parametrize("amount", [0, MOST_SATANG + 1, -MOST_SATANG - 1])
def test_a_posting_is_of_something_that_a_book_holds(amount: int) -> None:
    with pytest.raises(EmptyPosting):
        PostingDraft(1, "SAV", Satang(amount))


@pytest.mark.parametrize("amount", [0, -5])
def test_a_side_below_zero_is_a_bug(amount: int) -> None:
    with pytest.raises(AssertionError):
        debit(1, "SAV", Satang(amount))
    with pytest.raises(AssertionError):
        credit(1, "SAV", Satang(amount))


@pytest.mark.parametrize(
    "text",
    ["a\u200bb", "a\u202eb", "a\x00", "a\tb", "a\nb", "ก\x7f", "e\u0301", "ก\ue000", "ก\u2028"],
)
def test_what_nobody_can_see_is_not_sealed(text: str) -> None:
    assert not is_plain(text)
    with pytest.raises(UnreadableMemo):
        draft(*PAIR, memo=text)
    with pytest.raises(UnreadableMemo):
        draft(*PAIR, reference=text)


@pytest.mark.parametrize("text", ["", "น้ำดื่ม ๑๒ ขวด", "rent, April", "é", "🐘", "ก" * 500])
def test_what_people_write_is_kept_as_it_is(text: str) -> None:
    assert is_plain(text)
    assert draft(*PAIR, memo=text).memo == text


def test_a_memo_is_not_a_book() -> None:
    with pytest.raises(UnreadableMemo):
        draft(*PAIR, memo="ก" * 501)


@given(st.lists(st.integers(1, MOST_SATANG), min_size=1, max_size=20))
def test_an_entry_and_its_mirror_image_come_to_nothing(amounts: list[int]) -> None:
    original = draft(
        *(debit(n, "SAV", Satang(a)) for n, a in enumerate(amounts)),
        *(credit(n + 100, "SAV", Satang(a)) for n, a in enumerate(amounts)),
    )

    taken_back = mirror_image(original, of_number=7, entered_on=date(2023, 5, 1), memo="ลงผิด")

    pairs = zip(original.postings, taken_back.postings, strict=True)
    assert all(a.amount + b.amount == 0 and a.account_id == b.account_id for a, b in pairs)
    assert (taken_back.kind, taken_back.reverses_number) == (EntryKind.REVERSAL, 7)
    assert taken_back.amount == original.amount
