"""Measure the feed, whatever it is filtered by, and the strip on top of every page.

    python bench/feed.py [--entries N] [--groups N] [--members N] [--plans]

Builds a book of that many entries once, through the same services as daily work, and keeps it in
the folder for temporary files. Prints, for the first page and for one far down, the milliseconds of
processor time that it takes (SQLite works inside the process, so a busy machine does not count),
the median of seven; ``--plans`` shows how SQLite goes about those above 20 ms.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOUSE))

from sqlalchemy import Engine, Row, event, select  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from audit.models import Question, Settlement, SignOff, Tally  # noqa: E402
from audit.queries import (  # noqa: E402
    FeedFilter,
    FeedKeys,
    GroupPlace,
    Place,
    State,
    counted_anew,
    coverage_of_book,
    coverage_of_month,
    entry_views,
    feed_keys,
    places,
    trust_of,
)
from ledger import db  # noqa: E402
from ledger.entry import EntryDraft, EntryKind, credit, debit, mirror_image  # noqa: E402
from ledger.models import Entry  # noqa: E402
from ledger.money import Satang  # noqa: E402
from ledger.roles import Role  # noqa: E402
from ledger.services import post_batch  # noqa: E402
from members import officers  # noqa: E402
from members.models import GroupKind, PersonType  # noqa: E402
from members.queries import cash_accounts, savings_accounts  # noqa: E402
from members.savings import AccountRef, receipt_postings  # noqa: E402
from members.services.groups import add_tambon, add_village, open_group  # noqa: E402
from members.services.people import NewMember, enrol  # noqa: E402

BATCH = 1_000
FIRST_MONTH = date(2019, 1, 1)
TAMBONS = (("270401", "วังน้ำเย็น"), ("270403", "ตาหลังใน"), ("270405", "คลองหินปูน"))
GIVEN = ("สมศรี", "บุญมี", "มาลี", "สมชาย", "วันดี", "ประเสริฐ", "อารี", "ไปรยาลักษณ์", "คำปัน", "เพ็ญ")
FAMILY = ("ใจดี", "ทองคำ", "แก้วมณี", "พูลผล", "ศรีสุข", "บุญช่วย", "รักษ์ถิ่น", "เทพหัสดิน", "วงศ์คำ")
AT = datetime(2019, 1, 1, 2, 0, tzinfo=UTC)
#: The last of a hundred entries are not signed yet; so is one in two hundred of those before.
UNSIGNED_AT_THE_END, QUESTION_EVERY, OPEN_QUESTIONS = 0.03, 200, 20
#: What a page of the feed may take in the database, in milliseconds.
LIMIT_MS = 20.0

Books = list[tuple[int, dict[tuple[int, str], AccountRef], dict[str, int]]]


def found(session: Session, *, groups: int, members: int, dice: random.Random) -> Books:
    """Open the groups with their villages, officers and members."""
    for code, name in TAMBONS:
        add_tambon(
            session,
            code=code,
            name_th=name,
            name_en=name,
            district_th="วังน้ำเย็น",
            province_th="สระแก้ว",
        )
    books: Books = []
    for number in range(1, groups + 1):
        village = f"{TAMBONS[number % 3][0]}{number:02d}"
        add_village(session, code=village, name=f"บ้านที่ {number}")
        code = f"G{number:02d}"
        book_id = open_group(
            session,
            code=code,
            name=f"กลุ่มออมทรัพย์บ้านที่ {number}",
            kind=GroupKind.VILLAGE,
            village_code=village,
            mother_code=None,
            founded_on=FIRST_MONTH,
            by="o1",
            at=AT,
        ).book_id
        for duty, letter in ((Role.TREASURER, "t"), (Role.REVIEWER, "r")):
            officers.add_officer(
                session,
                sign_in_name=f"{letter}{number}",
                name=f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}",
                village_code=village,
                password_hash="-",
                duties=[(code if duty is Role.TREASURER else None, duty)],
                by="o1",
                at=AT,
            )
        for _member in range(members):
            person = NewMember(
                number="",
                title="นาง",
                given_name=dice.choice(GIVEN),
                family_name=f"{dice.choice(FAMILY)}{dice.randrange(1000)}",
                person_type=PersonType.THAI,
                national_id="",
                telephone="",
                house_number=str(dice.randrange(1, 300)),
                village_code=village,
                beneficiary="",
                joined_on=FIRST_MONTH,
            )
            enrol(session, book_id=book_id, person=person, pledges={}, by="o1", at=AT)
        books.append(
            (
                book_id,
                savings_accounts(session, book_id=book_id),
                cash_accounts(session, book_id=book_id),
            )
        )
    return books


def drafts(book: int, books: Books, *, first: date, dice: random.Random) -> list[EntryDraft]:
    """Draft a thousand entries of a month: receipts, some withdrawals, now and then one odd."""
    _book_id, savings, cash = books[book]
    members = sorted({member for member, _product in savings})
    made = []
    for place in range(BATCH):
        member = dice.choice(members)
        day = first + timedelta(days=dice.choice((4, 5, 5, 5, 19, 20)))
        if place % 50 == 49:
            demand = savings[member, "DEM"]
            amount = Satang(dice.randrange(1, 4) * 100_00)
            postings = (
                credit(demand.account_id, "SAV", amount),
                debit(cash["SAV"], "SAV", amount),
            )
            made.append(EntryDraft(day, EntryKind.TRANSFER, postings))
            continue
        lines = [
            (savings[member, "PLG"], Satang(dice.choice((50, 100, 100, 200)) * 100)),
            (savings[member, "SHR"], Satang(dice.choice((0, 100)) * 100)),
            (savings[member, "WEL"], Satang(30_00)),
        ]
        made.append(EntryDraft(day, EntryKind.RECEIPT, receipt_postings(lines, money=cash)))
    return made


def build(url: str, *, entries: int, groups: int, members: int) -> None:
    """Make the book: in rounds, a month and a batch of each group at a time."""
    dice = random.Random(2566)
    db.upgrade(url)
    engine = db.connect(url)
    began = time.perf_counter()
    books = db.write(lambda s: found(s, groups=groups, members=members, dice=dice))
    print(f"{groups} groups, {groups * members:,} members: {time.perf_counter() - began:.0f} s")
    batches, first = entries // BATCH, FIRST_MONTH
    began = time.perf_counter()
    for batch in range(batches):
        book = batch % groups
        if batch and not book:
            first = (first + timedelta(days=32)).replace(day=1)
        _post(books, book, batch, first=first, dice=dice)
    seconds = time.perf_counter() - began
    print(f"{batches * BATCH:,} entries posted, {batches * BATCH / seconds:,.0f} a second")
    began = time.perf_counter()
    db.write(lambda session: sign(session, groups=groups, dice=dice))
    print(f"signed in {time.perf_counter() - began:.0f} s")
    engine.dispose()


def _post(books: Books, book: int, batch: int, *, first: date, dice: random.Random) -> None:
    made = drafts(book, books, first=first, dice=dice)
    last_day = max(draft.entered_on for draft in made)
    moment = datetime(last_day.year, last_day.month, last_day.day, 3, book, tzinfo=UTC)
    # One in a hundred takes the one before it back; one in ten thousand is of a rare kind.
    for place in range(99, BATCH, 100):
        made[place] = mirror_image(
            made[place - 1],
            of_number=batch // len(books) * BATCH + place,
            entered_on=last_day,
            memo="",
        )
    if batch % 10 == 0:
        rare = made[0]
        made[0] = EntryDraft(rare.entered_on, EntryKind.CASH_DIFFERENCE, rare.postings)
    db.write(
        lambda session: post_batch(
            session,
            book_id=books[book][0],
            drafts=made,
            idempotency_key=f"batch-{batch}",
            posted_by=f"o{book * 2 + 1}",
            posted_at=moment,
        )
    )


def sign(session: Session, *, groups: int, dice: random.Random) -> None:
    """Let reviewers have signed nearly all, asked about some, and settled most of it."""
    entries = session.execute(
        select(Entry.book_id, Entry.number, Entry.seal, Entry.recorded_at).order_by(
            Entry.recorded_at, Entry.book_id, Entry.number
        )
    ).all()
    old = entries[: int(len(entries) * (1 - UNSIGNED_AT_THE_END))]
    signed = [row for row in old if dice.random() > 1 / 200]
    for begin in range(0, len(signed), 50_000):
        session.execute(
            SignOff.__table__.insert(),  # type: ignore[attr-defined]
            [
                {
                    "book_id": book_id,
                    "entry_number": number,
                    "officer_id": 2 * dice.randrange(1, groups + 1),
                    "seal_seen": seal,
                    "signed_at": at,
                }
                for book_id, number, seal, at in signed[begin : begin + 50_000]
            ],
        )
    _ask(session, [row for row in entries if row[1] % QUESTION_EVERY == 0])
    for (book_id, month), (signatures, open_questions) in counted_anew(session).items():
        session.add(
            Tally(book_id=book_id, month=month, signed=signatures, open_questions=open_questions)
        )


def _ask(session: Session, entries: Sequence[Row[int, int, bytes, datetime]]) -> None:
    open_ones = {len(entries) - 1 - 7 * place for place in range(OPEN_QUESTIONS)}
    for place, (book_id, number, _seal, at) in enumerate(entries):
        session.add(
            Question(
                book_id=book_id,
                id=place + 1,
                entry_number=number,
                text="ยอดนี้ตรงกับใบรับเงินหรือไม่",
                asked_by=2,
                asked_at=at,
            )
        )
        if place not in open_ones:
            session.add(
                Settlement(
                    book_id=book_id, question_id=place + 1, text="ตรง", settled_by=4, settled_at=at
                )
            )
    session.flush()


def filters(session: Session) -> dict[str, FeedFilter]:
    """Give what the feed is asked: each filter alone, and some together."""
    first, last = date(2019, 2, 1), date(2019, 2, 28)
    newest: date = session.scalars(
        select(Entry.entered_on).order_by(Entry.entered_on.desc()).limit(1)
    ).one()
    this_month = newest.replace(day=1)
    odd = Satang(330_00)
    return {
        "everything": FeedFilter(),
        "one group": FeedFilter(group_code="G03"),
        "one village": FeedFilter(village_code="27040103"),
        "one tambon": FeedFilter(tambon_code="270401"),
        "an old month": FeedFilter(first=first, last=last),
        "since long ago": FeedFilter(first=first),
        "this month": FeedFilter(first=this_month, last=newest),
        "a group's old month": FeedFilter(group_code="G03", first=first, last=last),
        "a tambon's old month": FeedFilter(tambon_code="270401", first=first, last=last),
        "common kind": FeedFilter(kind=EntryKind.RECEIPT),
        "rare kind": FeedFilter(kind=EntryKind.CASH_DIFFERENCE),
        "absent kind": FeedFilter(kind=EntryKind.LEAVING),
        "a group's rare kind": FeedFilter(group_code="G01", kind=EntryKind.CASH_DIFFERENCE),
        "a group's absent kind": FeedFilter(group_code="G01", kind=EntryKind.LEAVING),
        "a month's absent kind": FeedFilter(first=first, last=last, kind=EntryKind.LEAVING),
        "exact amount": FeedFilter(least=odd, most=odd),
        "absent amount": FeedFilter(least=Satang(77_77), most=Satang(77_77)),
        "common amount, absent kind": FeedFilter(
            least=Satang(130_00), most=Satang(130_00), kind=EntryKind.LEAVING
        ),
        "amounts from to": FeedFilter(least=Satang(300_00), most=Satang(400_00)),
        "amounts that are absent": FeedFilter(least=Satang(9_000_00), most=Satang(9_999_00)),
        "a member": FeedFilter(group_code="G03", person="0007"),
        "a name": FeedFilter(person="ไปรยาลักษณ์ แก้วมณี7"),
        "a name of many": FeedFilter(person="สมศรี"),
        "a member's receipts of a month": FeedFilter(
            group_code="G03", person="0007", kind=EntryKind.RECEIPT, first=first, last=last
        ),
        "an officer": FeedFilter(officer="o7"),
        "an officer who wrote nothing": FeedFilter(officer="o8"),
        "waiting": FeedFilter(state=State.WAITING),
        "waiting in an old month": FeedFilter(state=State.WAITING, first=first, last=last),
        "waiting in a group": FeedFilter(state=State.WAITING, group_code="G03"),
        "signed": FeedFilter(state=State.SIGNED),
        "signed, absent kind": FeedFilter(state=State.SIGNED, kind=EntryKind.LEAVING),
        "asked": FeedFilter(state=State.ASKED),
        "asked in a group": FeedFilter(state=State.ASKED, group_code="G03"),
        "asked by a name": FeedFilter(state=State.ASKED, person="สมศรี"),
        "reversed": FeedFilter(state=State.REVERSED),
        "reversed in a tambon": FeedFilter(state=State.REVERSED, tambon_code="270401"),
        "reversed, absent kind": FeedFilter(state=State.REVERSED, kind=EntryKind.LEAVING),
    }


class Watch:
    """What the driver was asked, and how long it took."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.page = FeedKeys()
        self.seconds = 0.0
        self.asked: list[tuple[str, object]] = []
        event.listen(engine, "before_cursor_execute", self._before)

    def _before(self, _c: object, _cu: object, statement: str, values: object, *_m: object) -> None:
        self.asked.append((statement, values))

    def time(self, work: Callable[[Session], object]) -> float:
        """Give the median of seven runs, in milliseconds, after one that warms up."""
        runs = []
        for _run in range(8):
            self.asked.clear()
            with Session(self.engine) as session:
                began = time.process_time()
                work(session)
                runs.append(1000 * (time.process_time() - began))
        return statistics.median(runs[1:])


def measure(engine: Engine, *, plans: bool) -> int:
    """Print the figures; give how many are above the limit."""
    watch = Watch(engine)
    with Session(engine) as session:
        network = places(session)
        asked = filters(session)
    slow = 0
    print(f"{'filter':34} {'ms':>8} {'rows':>5}  {'ms far on':>9} {'rows':>5}")
    for name, wanted in asked.items():

        def look(session: Session, wanted: FeedFilter = wanted, after: Place | None = None) -> None:
            watch.page = feed_keys(session, wanted=wanted, after=after, network=network)

        first = watch.time(look)
        page = watch.page
        statements = list(watch.asked)
        far, far_rows, after = 0.0, 0, page.next
        for _page in range(20):
            if after is None:
                break
            with Session(engine) as session:
                look(session, after=after)
            last, after = after, watch.page.next
        if page.next is not None:
            far = watch.time(lambda session: look(session, after=last))  # noqa: B023
            far_rows = len(watch.page.keys)
            if far > first:
                statements = list(watch.asked)
        mark = " SLOW" if max(first, far) > LIMIT_MS else ""
        slow += bool(mark)
        print(f"{name:34} {first:8.2f} {len(page.keys):5}  {far:9.2f} {far_rows:5}{mark}")
        if mark and plans:
            explain(engine, statements)
    print(f"{'the words of a page of fifty':34} {watch.time(lambda s: words(s, network)):8.2f}")
    print(f"{'the strip':34} {watch.time(lambda s: trust_of(s, code='G03')):8.2f}")
    month = FIRST_MONTH
    for name, work in (
        ("coverage of the network", lambda s: coverage_of_month(s, month=month, network=network)),
        ("months of a group", lambda s: coverage_of_book(s, book_id=network[0].book_id)),
    ):
        print(f"{name:34} {watch.time(work):8.2f}")
    return slow


def words(session: Session, network: Sequence[GroupPlace]) -> None:
    """Tell a page of the newest entries in words, with all that is shown of them."""
    keys = feed_keys(session, wanted=FeedFilter(), after=None, network=network)
    entry_views(session, keys.keys, {})


def explain(engine: Engine, statements: list[tuple[str, object]]) -> None:
    """Show how SQLite goes about some statements."""
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        for statement, values in statements:
            print("   ", " ".join(statement.split())[:400])
            plan = raw.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            for row in plan.fetchall():
                print("      ", row[3])


def main() -> int:
    """Build once, measure, fail when a page is slower than it may be."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--groups", type=int, default=20)
    parser.add_argument("--members", type=int, default=100)
    parser.add_argument("--plans", action="store_true")
    given = parser.parse_args()
    name = f"samut-feed-{given.entries}-{given.groups}-{given.members}.db"
    file = Path(tempfile.gettempdir()) / name
    whole = file.with_suffix(".whole")
    if not whole.exists():
        file.unlink(missing_ok=True)
        build(
            f"sqlite:///{file}", entries=given.entries, groups=given.groups, members=given.members
        )
        whole.touch()
    engine = db.connect(f"sqlite:///{file}")
    slow = measure(engine, plans=given.plans)
    engine.dispose()
    print(f"{slow} above {LIMIT_MS:.0f} ms")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
