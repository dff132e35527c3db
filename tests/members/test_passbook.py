"""The passbook: what a line is called, and where it stands on paper."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.entry import EntryKind
from ledger.money import Satang
from ledger.statement import StatementLine, StatementPage, page_of
from members.passbook import (
    CODE_IN_THAI,
    LINES_A_PAGE,
    Code,
    EntryFacts,
    PassbookPage,
    code_of,
    first_line_to_read,
    passbook_pages,
    sheets_to_print_on,
)

NOON = datetime(2023, 4, 6, 5, 0, tzinfo=UTC)


def line(n: int, *, amount: int = -100_00, after: int | None = None) -> StatementLine:
    return StatementLine(
        n=n,
        entry_number=n,
        entered_on=date(2023, 4, 6),
        recorded_at=NOON,
        kind=EntryKind.RECEIPT,
        reference="",
        memo="",
        amount=Satang(amount),
        balance_after=Satang(-100_00 * n if after is None else after),
        reverses_number=None,
        reversed_by_number=None,
        posted_by="o1",
    )


def printed(lines: int, *, on_paper: int | None) -> list[PassbookPage]:
    """Lay out what a printing adds when an account has some lines and some are on paper."""
    first = first_line_to_read(on_paper)
    statement = page_of(
        [line(n) for n in range(first, lines + 1)],
        brought_forward=Satang(-100_00 * (first - 1) if lines >= first else 0),
    )
    facts = {
        n: EntryFacts(against=("11010",), recorded_by="มาลี บุญช่วย", seal=bytes([n % 256] * 32))
        for n in range(1, lines + 1)
    }
    return list(passbook_pages(statement, facts=facts, on_paper=on_paper))


@pytest.mark.parametrize(
    ("kind", "is_deposit", "against", "code"),
    [
        (EntryKind.RECEIPT, True, ("11010",), Code.CASH_IN),
        (EntryKind.COLLECTION, True, ("11010", "43010"), Code.CASH_IN),
        (EntryKind.RECEIPT, True, ("12110",), Code.TRANSFER_IN),
        (EntryKind.WITHDRAWAL, False, ("11010",), Code.CASH_OUT),
        (EntryKind.LEAVING, False, ("11010",), Code.CASH_OUT),
        (EntryKind.WITHDRAWAL, False, ("12110",), Code.TRANSFER_OUT),
        (EntryKind.INTEREST, True, ("51010",), Code.INTEREST),
        (EntryKind.JOURNAL, True, ("24040",), Code.DIVIDEND),
        (EntryKind.JOURNAL, True, ("24050",), Code.REBATE),
        (EntryKind.REVERSAL, False, ("11010",), Code.ADJUSTMENT),
        (EntryKind.JOURNAL, True, (), Code.ADJUSTMENT),
        (EntryKind.OPENING, True, ("39010",), Code.BROUGHT_FORWARD),
        (EntryKind.IMPORTED, True, ("39010",), Code.BROUGHT_FORWARD),
    ],
)
def test_a_line_is_called_by_where_its_money_came_from(
    kind: EntryKind, *, is_deposit: bool, against: tuple[str, ...], code: Code
) -> None:
    assert code_of(kind, is_deposit=is_deposit, against=against) is code


def test_every_code_is_explained_in_thai() -> None:
    assert CODE_IN_THAI.keys() == set(Code)


@pytest.mark.parametrize(
    ("lines", "on_each_page"),
    [(0, [0]), (1, [1]), (26, [26]), (27, [26, 1]), (300, [26] * 11 + [14])],
)
def test_a_new_book_has_twenty_six_lines_a_page(lines: int, on_each_page: list[int]) -> None:
    pages = printed(lines, on_paper=None)

    assert [len(page.lines) for page in pages] == on_each_page
    assert all(page.has_frame for page in pages)
    assert [page.number for page in pages] == list(range(1, len(on_each_page) + 1))


def test_each_page_is_brought_forward_from_the_one_before() -> None:
    first, second, third = printed(60, on_paper=None)

    assert first.brought_forward is None
    assert first.carried_forward == second.brought_forward == 2_600_00
    assert second.carried_forward == third.brought_forward == 5_200_00
    assert third.carried_forward is None


def test_the_seal_stands_behind_the_newest_line_only() -> None:
    pages = printed(27, on_paper=None)

    assert [page.is_last for page in pages] == [False, True]


def test_a_book_is_shown_from_the_member_s_side() -> None:
    statement = page_of([line(1), line(2, amount=30_00, after=-70_00)], brought_forward=Satang(0))
    facts = {n: EntryFacts(("11010",), "มาลี", bytes(32)) for n in (1, 2)}

    (page,) = passbook_pages(statement, facts=facts, on_paper=None)

    assert [(one.paid_in, one.taken_out, one.balance_after) for one in page.lines] == [
        (100_00, 0, 100_00),
        (0, 30_00, 70_00),
    ]


def test_lines_that_go_on_are_printed_without_what_is_on_paper() -> None:
    (page,) = printed(7, on_paper=4)

    assert [one.n for one in page.lines] == [5, 6, 7]
    assert page.first_slot == 4
    assert not page.has_frame
    assert page.brought_forward is None


def test_a_page_that_is_full_is_followed_by_a_new_one_with_its_frame() -> None:
    filled, fresh = printed(28, on_paper=25)

    assert (filled.has_frame, filled.carried_forward) == (False, 2_600_00)
    assert (fresh.has_frame, fresh.brought_forward) == (True, 2_600_00)


def test_the_first_line_goes_onto_the_empty_page_that_was_printed_before() -> None:
    (page,) = printed(1, on_paper=0)

    assert not page.has_frame
    assert page.first_slot == 0


def test_an_account_opened_after_the_book_was_printed_gets_a_page_of_its_own() -> None:
    (page,) = printed(1, on_paper=None)

    assert page.has_frame


def test_an_empty_account_is_an_empty_page() -> None:
    (page,) = passbook_pages(StatementPage(Satang(0), ()), facts={}, on_paper=None)

    assert page.lines == ()
    assert not page.is_last


Mark = tuple[int, int, str]


def marks(pages: list[PassbookPage]) -> set[Mark]:
    """Tell everything that a printing puts on paper: on which page, at which place, and what."""
    put: set[Mark] = set()
    for page in pages:
        if page.has_frame:
            put.add((page.number, -2, "frame"))
        if page.brought_forward is not None:
            put.add((page.number, -1, f"brought {page.brought_forward}"))
        put |= {(page.number, one.slot, f"{one.n} {one.balance_after}") for one in page.lines}
        if page.carried_forward is not None:
            put.add((page.number, LINES_A_PAGE, f"carried {page.carried_forward}"))
    return put


@given(st.lists(st.integers(min_value=1, max_value=60), min_size=1, max_size=8))
def test_a_book_printed_in_pieces_is_the_book_printed_at_once(pieces: list[int]) -> None:
    on_paper: int | None = None
    put: list[Mark] = []
    lines = 0
    for piece in pieces:
        lines += piece
        put += marks(printed(lines, on_paper=on_paper))
        on_paper = lines

    assert len(put) == len(set(put))
    assert set(put) == marks(printed(lines, on_paper=None))


@given(st.none() | st.integers(min_value=0, max_value=90), st.integers(min_value=1, max_value=90))
def test_the_sheets_that_are_asked_for_are_those_that_are_printed(
    on_paper: int | None, more: int
) -> None:
    lines = (on_paper or 0) + more

    sheets = list(sheets_to_print_on(on_paper=on_paper, lines=lines))

    pages = printed(lines, on_paper=on_paper)
    assert sheets == [(page.number, not page.has_frame) for page in pages]


def test_no_sheet_is_asked_for_when_every_line_is_on_paper() -> None:
    assert list(sheets_to_print_on(on_paper=5, lines=5)) == []
