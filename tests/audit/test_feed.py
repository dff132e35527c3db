"""The feed: what its filters find, and that its pages lose and repeat nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count

import pytest
from sqlalchemy import select

from audit import services
from audit.queries import (
    FeedFilter,
    Place,
    PlaceLost,
    State,
    entry_views,
    feed,
    feed_keys,
    read_place,
)
from ledger.db import read, write
from ledger.entry import EntryKind
from ledger.models import Entry
from ledger.money import Satang
from tests.audit import entries
from tests.network import NOW, TODAY, Network

Keys = list[tuple[int, int]]
YESTERDAY = TODAY - timedelta(days=1)


def walk(wanted: FeedFilter, *, most: int = 50) -> Keys:
    """Go through every page."""
    keys: Keys = []
    place: Place | None = None
    for page_number in count():
        assert page_number < 100, "the pages never end"
        page = read(
            lambda session, place=place: feed_keys(  # type: ignore[misc]
                session, wanted=wanted, after=place, most=most
            )
        )
        keys += page.keys
        place = page.next
        if place is None:
            return keys
    raise AssertionError


@pytest.fixture
def filled(network: Network) -> Network:
    """Both books with entries: many of one moment, some reversed, signed and asked about."""
    entries.post_receipts(network.book_id, 7, by=network.malee, on=YESTERDAY)
    entries.post_receipts(network.other_book_id, 5, by=network.wandee)
    entries.post_receipts(
        network.book_id,
        3,
        key="later",
        by=network.malee,
        at=NOW + timedelta(minutes=1),
        memo="โทร 081-234-5678",
    )
    entries.reverse(network.book_id, 4, by=network.malee, at=NOW + timedelta(minutes=2))
    reviewer = entries.officer(network.somchai)
    for number in (1, 9):
        seal = entries.seal_of(network.book_id, number)
        write(
            lambda session, number=number, seal=seal: services.sign_off(  # type: ignore[misc]
                session,
                book_id=network.book_id,
                number=number,
                seal_seen=seal,
                officer=reviewer,
                at=NOW,
            )
        )
    asker = entries.officer(network.malee)
    write(
        lambda session: services.ask(
            session,
            book_id=network.other_book_id,
            number=2,
            text="ยอดนี้ตรงกับใบรับเงินหรือไม่",
            officer=asker,
            at=NOW,
        )
    )
    return network


def in_order() -> Keys:
    """Give every entry as the feed should: newest first, by book and number where tied."""
    return read(
        lambda session: [
            (book_id, number)
            for book_id, number in session.execute(
                select(Entry.book_id, Entry.number).order_by(
                    Entry.recorded_at.desc(), Entry.book_id.desc(), Entry.number.desc()
                )
            )
        ]
    )


def test_the_pages_give_every_entry_exactly_once_in_order(filled: Network) -> None:
    for most in (1, 2, 3, 5, 7, 16, 50):
        assert walk(FeedFilter(), most=most) == in_order()
    assert len(in_order()) == 16


FILTERS: dict[str, tuple[FeedFilter, Callable[[Network], Keys]]] = {
    "a group": (
        FeedFilter(group_code="TLN03"),
        lambda n: [(n.other_book_id, number) for number in (5, 4, 3, 2, 1)],
    ),
    "a village": (
        FeedFilter(village_code="27040303"),
        lambda n: [(n.other_book_id, number) for number in (5, 4, 3, 2, 1)],
    ),
    "a tambon": (
        FeedFilter(tambon_code="270405"),
        lambda n: [(n.book_id, number) for number in range(11, 0, -1)],
    ),
    "a village without a group": (FeedFilter(village_code="27040199"), lambda _n: []),
    "a group in another tambon": (
        FeedFilter(group_code="TLN03", tambon_code="270405"),
        lambda _n: [],
    ),
    "a day": (
        FeedFilter(first=YESTERDAY, last=YESTERDAY),
        lambda n: [(n.book_id, number) for number in range(7, 0, -1)],
    ),
    "a group's days": (
        FeedFilter(group_code="KHP06", first=TODAY, last=TODAY),
        lambda n: [(n.book_id, number) for number in (11, 10, 9, 8)],
    ),
    "until a day": (
        FeedFilter(last=YESTERDAY),
        lambda n: [(n.book_id, number) for number in range(7, 0, -1)],
    ),
    "a kind": (FeedFilter(kind=EntryKind.REVERSAL), lambda n: [(n.book_id, 11)]),
    "a kind in a group": (
        FeedFilter(kind=EntryKind.REVERSAL, group_code="TLN03"),
        lambda _n: [],
    ),
    "an exact amount": (
        FeedFilter(least=Satang(104_00), most=Satang(104_00)),
        lambda n: [(n.other_book_id, 5), (n.book_id, 5)],
    ),
    "amounts from to": (
        FeedFilter(least=Satang(105_00), most=Satang(106_00)),
        lambda n: [(n.book_id, 7), (n.book_id, 6)],
    ),
    "amounts up to": (
        FeedFilter(most=Satang(100_00)),
        lambda n: [(n.book_id, 8), (n.other_book_id, 1), (n.book_id, 1)],
    ),
    "a member": (
        FeedFilter(person="สมศรี ใจดี", group_code="KHP06"),
        lambda n: [(n.book_id, number) for number in (11, 8, 7, 4, 1)],
    ),
    "a member by number in both groups": (
        FeedFilter(person="0002"),
        lambda n: [
            *((n.book_id, 9), (n.other_book_id, 5), (n.other_book_id, 2)),
            *((n.book_id, 5), (n.book_id, 2)),
        ],
    ),
    "nobody": (FeedFilter(person="ไม่มีใคร"), lambda _n: []),
    "waiting": (
        FeedFilter(state=State.WAITING, group_code="KHP06", first=TODAY),
        lambda n: [(n.book_id, number) for number in (11, 10, 8)],
    ),
    "signed": (FeedFilter(state=State.SIGNED), lambda n: [(n.book_id, 9), (n.book_id, 1)]),
    "signed in a group without": (
        FeedFilter(state=State.SIGNED, group_code="TLN03"),
        lambda _n: [],
    ),
    "asked": (FeedFilter(state=State.ASKED), lambda n: [(n.other_book_id, 2)]),
    "asked in a tambon without": (
        FeedFilter(state=State.ASKED, tambon_code="270405"),
        lambda _n: [],
    ),
    "asked about somebody else": (FeedFilter(state=State.ASKED, person="0001"), lambda _n: []),
    "reversed": (FeedFilter(state=State.REVERSED), lambda n: [(n.book_id, 11), (n.book_id, 4)]),
}


def test_every_filter_finds_what_it_names_and_nothing_else(filled: Network) -> None:
    found = {
        (name, most): walk(wanted, most=most)
        for name, (wanted, _expected) in FILTERS.items()
        for most in (1, 2, 50)
    }

    assert found == {
        (name, most): expected(filled)
        for name, (_wanted, expected) in FILTERS.items()
        for most in (1, 2, 50)
    }


def test_an_officer_is_found_as_the_first_and_as_the_second(filled: Network) -> None:
    book_id = filled.book_id
    draft = read(lambda session: entries.paid_in(session, book_id))
    entries.post(book_id, draft, key="two", by=filled.malee, approved_by=filled.boonmee, at=NOW)

    assert walk(FeedFilter(officer=f"o{filled.boonmee}")) == [(book_id, 12)]
    assert (book_id, 12) in walk(FeedFilter(officer=f"o{filled.malee}"))
    assert walk(FeedFilter(officer=f"o{filled.somchai}")) == []


def test_a_request_looks_only_so_far_and_the_next_goes_on_from_there(
    filled: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (
        FeedFilter(kind=EntryKind.REVERSAL),
        FeedFilter(state=State.WAITING),
        FeedFilter(kind=EntryKind.RECEIPT, first=YESTERDAY),
        FeedFilter(state=State.SIGNED, group_code="KHP06"),
        FeedFilter(kind=EntryKind.RECEIPT, group_code="KHP06", last=TODAY),
    )
    whole = [walk(wanted) for wanted in asked]
    for limit in ("WALK", "WALK_OF_A_BOOK", "WALK_BY_ROWS"):
        monkeypatch.setattr(feed, limit, 3)

    first = read(lambda session: feed_keys(session, wanted=asked[0], after=None))

    assert first.next is not None
    assert not first.is_full
    assert [walk(wanted) for wanted in asked] == whole


def test_days_are_shown_by_day_and_late_entries_stand_at_their_own(filled: Network) -> None:
    draft = read(lambda session: entries.paid_in(session, filled.book_id, on=YESTERDAY))
    entries.post(filled.book_id, draft, key="late", by=filled.malee, at=NOW + timedelta(minutes=9))

    keys = walk(FeedFilter(first=YESTERDAY, last=TODAY), most=3)

    assert keys[0] == (filled.book_id, 11)
    assert keys[9] == (filled.book_id, 12)
    assert len(keys) == len(set(keys)) == 17


def test_a_name_that_means_too_many_says_so(
    filled: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST_PEOPLE", 1)

    page = read(lambda session: feed_keys(session, wanted=FeedFilter(person="นา"), after=None))

    assert page.people == 2


@pytest.mark.parametrize("text", ["x", "1", "1.", "1.x", "-1.2", "1.99999999999999999999", "๑.๑"])
def test_a_place_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(PlaceLost):
        read_place(text)


def test_a_place_that_is_not_there_is_refused(filled: Network) -> None:
    with pytest.raises(PlaceLost):
        read(lambda session: feed_keys(session, wanted=FeedFilter(), after=Place(99, 1)))


def test_what_is_told_is_told_with_its_signatures_questions_and_reversals(filled: Network) -> None:
    names = {f"o{filled.malee}": "มาลี บุญช่วย"}
    keys = [(filled.book_id, 4), (filled.other_book_id, 2), (filled.book_id, 11)]

    reversed_one, asked, reversal = read(lambda session: entry_views(session, keys, names))

    assert reversed_one.reversed_by_number == 11
    assert reversal.reverses_number == 4
    assert reversal.what == "กลับรายการเลขที่ 4 ของนางสมศรี ใจดี 103 บาท"
    assert (asked.state, asked.open_questions) == (State.ASKED, 1)
    assert reversed_one.who == "รับโดย มาลี"
    assert reversed_one.state is State.REVERSED


def test_numbers_that_name_a_person_are_masked_in_memos(filled: Network) -> None:
    view = read(lambda session: entry_views(session, [(filled.book_id, 8)], {}))[0]

    assert view.memo == "โทร XXX-XXX-XXXX"


def test_the_day_of_an_entry_says_nothing_about_its_place_without_a_filter_by_days(
    filled: Network,
) -> None:
    assert walk(FeedFilter(first=date(2023, 1, 1)), most=4) != []
