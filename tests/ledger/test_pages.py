"""The pages of the book: what they show, to whom, and that every figure leads to its making."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from docs import check_seal
from ledger import db, queries, services
from ledger.backup import newest_revision
from ledger.db import read, write
from ledger.entry import EntryDraft, EntryKind, PostingDraft, credit, debit
from ledger.models import Account
from ledger.money import Satang, format_baht
from ledger.seal import long_form
from tests.audit import entries
from tests.network import GROUP, NOW, OTHER_GROUP, TODAY, Network, client_of

MARCH_28 = datetime(2023, 3, 28, 3, 0, tzinfo=UTC)
NAMES = ("สมศรี", "บุญมี ทองคำ", "ไปรยาลักษณ์", "31020-0001", "เทพหัสดิน")
PLANTED = "=cmd|' /C calc'!A0"


class Accounts:
    """The numbers of accounts by code and fund."""

    def __init__(self, session: Session, book_id: int) -> None:
        self.ids = {
            (account.code, account.fund): account.id
            for account in session.scalars(select(Account).where(Account.book_id == book_id))
        }

    def __call__(self, code: str, fund: str = "SAV") -> int:
        """Give one."""
        return self.ids[code, fund]


def fill(session: Session, book_id: int) -> Accounts:
    """Post two months: receipts, a late one, an expense with a dangerous memo, a reversal."""
    of = Accounts(session, book_id)

    def receipt(on: date, amount: int, memo: str = "", number: str = "0001") -> EntryDraft:
        postings = (
            debit(of("11010"), "SAV", Satang(amount)),
            credit(of(f"31020-{number}"), "SAV", Satang(amount)),
            debit(of("11010", "WEL"), "WEL", Satang(30_00)),
            credit(of(f"44010-{number}", "WEL"), "WEL", Satang(30_00)),
        )
        return EntryDraft(on, EntryKind.RECEIPT, postings, memo=memo, reference="R66/001")

    def post(key: str, at: datetime, *drafts: EntryDraft) -> None:
        services.post_batch(
            session,
            book_id=book_id,
            drafts=drafts,
            idempotency_key=key,
            posted_by="o1",
            posted_at=at,
        )

    paper: tuple[PostingDraft, ...] = (
        debit(of("54050"), "SAV", Satang(145_25)),
        credit(of("11010"), "SAV", Satang(145_25)),
    )
    post(
        "march",
        MARCH_28,
        receipt(date(2023, 3, 5), 100_00, memo="น้ำใจ โทร 0812345678"),
        receipt(date(2023, 3, 5), 250_00, number="0003"),
        EntryDraft(date(2023, 3, 6), EntryKind.EXPENSE, paper, memo=PLANTED),
    )
    post(
        "april", NOW, receipt(date(2023, 4, 5), 100_00), receipt(date(2023, 3, 20), 7_00, "ย้อนหลัง")
    )
    services.reverse_entry(
        session,
        book_id=book_id,
        number=4,
        entered_on=TODAY,
        memo="ลงผิดคน",
        idempotency_key="back",
        posted_by="o1",
        posted_at=NOW,
    )
    return of


@pytest.fixture
def of(sqlite_network: Network) -> Accounts:
    """The accounts of a filled book."""
    return write(lambda session: fill(session, sqlite_network.book_id))


@pytest.fixture
def malee(sqlite_app: Flask, sqlite_network: Network, of: Accounts) -> FlaskClient:
    """The browser of มาลี, who keeps the box."""
    return client_of(sqlite_app, sqlite_network.malee)


@pytest.fixture
def prasert(sqlite_app: Flask, sqlite_network: Network, of: Accounts) -> FlaskClient:
    """The browser of ประเสริฐ, who observes."""
    return client_of(sqlite_app, sqlite_network.prasert)


def text_of(client: FlaskClient, path: str, *, status: int = 200) -> str:
    """Give the words of a page, one blank between them."""
    answer = client.get(f"/groups/{GROUP}/{path}")
    assert answer.status_code == status, answer.text
    main = answer.text.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if tag == "a" and name == "href"]


def links_of(client: FlaskClient, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    links = _Links()
    links.feed(answer.text.partition("<main")[2])
    return links.found


# ---------------------------------------------------------------- what the pages show


def test_the_overview_shows_what_there_is_and_that_it_agrees(malee: FlaskClient) -> None:
    shown = text_of(malee, "book")

    # Into the box of SAV 100 + 250 + 100 + 7 − 145.25 − 100 = 211.75; of WEL 4 × 30 − 30 = 90.
    assert "เงินสดในมือ 301.75" in shown
    assert "เงินออมของสมาชิก 357.00" in shown
    assert "เงินสดเข้า 130.00 เงินสดออก 130.00" in shown
    assert "ผลต่างเดบิตกับเครดิต 0.00 ✓" in shown


def test_an_empty_book_has_pages_too(sqlite_app: Flask, sqlite_network: Network) -> None:
    client = client_of(sqlite_app, sqlite_network.malee)

    assert "สมุดนี้ยังไม่มีรายการ" in text_of(client, "book")
    assert "แสดง 3 บัญชีย่อย" in text_of(client, "accounts")
    assert "ไม่มียอดและไม่มีรายการ" in text_of(client, "trial-balance")
    assert "สมุดนี้ยังไม่มีรายการ" in text_of(client, "journal")
    assert "ไม่มีรายการในบัญชีนี้" in text_of(client, "accounts/1")
    for report in ("trial-balance", "journal", "accounts/1"):
        for ending in ("pdf", "csv", "xlsx"):
            assert client.get(f"/groups/{GROUP}/{report}.{ending}").status_code == 200
    assert client.get(f"/groups/{GROUP}/sealed.jsonl").status_code == 200


def test_the_chart_opens_a_control_account_to_its_members(malee: FlaskClient, of: Accounts) -> None:
    folded = text_of(malee, "accounts")
    unfolded = text_of(malee, f"accounts?open={of('31020')}")

    assert "เงินสัจจะสะสม 31020 · ออมทรัพย์หมุนเวียน แสดง 3 บัญชีย่อย 357.00 เครดิต" in folded
    assert "สมศรี" not in folded
    assert "เงินสัจจะ นางสมศรี ใจดี 31020-0001 107.00 เครดิต" in unfolded


def test_a_trial_balance_has_six_columns_that_agree_in_each_purse(malee: FlaskClient) -> None:
    shown = text_of(malee, "trial-balance?from=2023-04&to=2023-04")

    assert "เงินสดในมือ 11010 211.75 100.00 100.00 211.75" in shown
    assert "รวมกองทุน SAV 357.00 357.00 200.00 200.00 357.00 357.00" in shown
    assert "รวมกองทุน WEL 90.00 90.00 60.00 60.00 90.00 90.00" in shown
    assert "รวมทุกกองทุน 447.00 447.00 260.00 260.00 447.00 447.00" in shown
    assert shown.count("0.00 ✓") == 3


def test_a_trial_balance_can_be_of_one_purse_and_of_several_months(malee: FlaskClient) -> None:
    shown = text_of(malee, "trial-balance?from=2023-03&to=2023-04&fund=WEL")

    assert "กองทุนสวัสดิการชุมชน" in shown
    assert "รวมกองทุน WEL 0.00 0.00 150.00 150.00 90.00 90.00" in shown
    assert "รวมกองทุน SAV" not in shown


def test_every_figure_of_a_trial_balance_leads_to_what_it_is_made_of(
    malee: FlaskClient, of: Accounts
) -> None:
    address = f"/groups/{GROUP}/trial-balance?from=2023-04&to=2023-04"
    cash = f"/groups/{GROUP}/accounts/{of('11010')}"

    links = links_of(malee, address)

    assert f"{cash}?to=2023-03-31" in links
    assert f"{cash}?to=2023-04-30&from=2023-04-01" in links
    for link in sorted({link for link in links if "/accounts/" in link}):
        assert malee.get(link).status_code == 200
    april = text_of(malee, f"accounts/{of('11010')}?from=2023-04-01&to=2023-04-30")
    assert "ยกมา (ตามวันที่) 211.75 เดบิต เดบิตในช่วงนี้ 100.00 เครดิตในช่วงนี้ 100.00" in april
    assert "ยกไป (ตามวันที่) 211.75 เดบิต" in april


def test_a_late_entry_is_marked_where_it_stands_and_counted_in_its_own_days(
    malee: FlaskClient, of: Accounts
) -> None:
    march = text_of(malee, f"accounts/{of('11010')}?from=1/3/2566&to=31/3/2566")

    # 100 + 250 + 7 on the debit side, though the entry of 5 April stands between them.
    assert "เดบิตในช่วงนี้ 357.00 เครดิตในช่วงนี้ 145.25" in march
    assert "5 เม.ย. 2566 นอกช่วง" in march
    assert "จำนวน 4 บรรทัด" in march


def test_days_without_a_line_still_say_what_the_account_had(
    malee: FlaskClient, of: Accounts
) -> None:
    shown = text_of(malee, f"accounts/{of('54050')}?from=1/4/2566&to=30/4/2566")

    assert "ยกมา (ตามวันที่) 145.25 เดบิต" in shown
    assert "ยกไป (ตามวันที่) 145.25 เดบิต" in shown
    assert "ไม่มีรายการในบัญชีนี้ ในช่วงที่เลือก" in shown


def test_a_statement_leads_to_its_entries_and_hides_telephones(
    malee: FlaskClient, of: Accounts
) -> None:
    address = f"/groups/{GROUP}/accounts/{of('11010')}"

    shown = text_of(malee, f"accounts/{of('11010')}")

    assert {f"/groups/{GROUP}/entries/{number}" for number in range(1, 7)} <= set(
        links_of(malee, address)
    )
    assert "น้ำใจ โทร XXXXXXXXXX" in shown
    assert "0812345678" not in shown
    assert "กลับรายการแล้วโดยเลขที่ 6" in shown
    assert "กลับรายการของเลขที่ 4" in shown
    assert "ยอดยกไป 457.00 245.25 211.75 เดบิต" in shown


def test_a_long_statement_is_read_page_by_page(
    sqlite_app: Flask, sqlite_network: Network, of: Accounts, malee: FlaskClient
) -> None:
    def more(session: Session) -> None:
        postings = (debit(of("12110"), "SAV", Satang(1)), credit(of("11010"), "SAV", Satang(1)))
        drafts = [EntryDraft(TODAY, EntryKind.TRANSFER, postings) for _n in range(120)]
        services.post_batch(
            session,
            book_id=sqlite_network.book_id,
            drafts=drafts,
            idempotency_key="many",
            posted_by="o1",
            posted_at=NOW,
        )

    write(more)
    address = f"/groups/{GROUP}/accounts/{of('12110')}"

    newest = text_of(malee, f"accounts/{of('12110')}")
    middle = text_of(malee, f"accounts/{of('12110')}?n=51")

    assert "ยอดยกมา 1.00 เดบิต 101 " in newest
    assert f"{address}?n=51" in links_of(malee, address)
    assert "ยอดยกมา 0.50 เดบิต 51 " in middle
    assert "ยอดยกไป 0.50 0.00 1.00 เดบิต" in middle
    assert {f"{address}?n=1", f"{address}?n=101"} <= set(links_of(malee, f"{address}?n=51"))


def test_the_journal_shows_debits_and_credits_of_the_days_asked_for(malee: FlaskClient) -> None:
    march = text_of(malee, "journal?from=1/3/2566&to=31/3/2566")
    today = text_of(malee, "journal")

    assert "เลขที่ 1 รับเงิน R66/001 น้ำใจ โทร XXXXXXXXXX" in march
    assert "เงินสัจจะ นางสมศรี ใจดี 31020-0001 SAV 100.00" in march
    assert "รวมหน้านี้ 4 รายการ" in march
    assert "รวมหน้านี้ 2 รายการ" in today
    assert "เลขที่ 6 กลับรายการ" in today


def test_the_journal_goes_on_after_a_number(
    malee: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.views.journal.ENTRIES_A_PAGE", 3)
    address = f"/groups/{GROUP}/journal?from=2023-03-01&to=2023-04-30"

    (following,) = [link for link in links_of(malee, address) if "after=" in link]
    shown = text_of(malee, following.removeprefix(f"/groups/{GROUP}/"))

    assert "รวมหน้านี้ 3 รายการ" in shown
    assert "เลขที่ 6 กลับรายการ" in shown


# ---------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("trial-balance?from=2023-13", 400, "อ่านเดือน"),
        ("trial-balance?to=เมษายน", 400, "อ่านเดือน"),
        ("trial-balance?to=9999-99", 400, "อ่านเดือน"),
        ("trial-balance?from=2023-05&to=2023-04", 422, "อยู่ก่อนเดือนแรก"),
        ("trial-balance?fund=XXX", 404, "ไม่มีกองทุน XXX"),
        ("accounts/9999", 404, "ไม่พบบัญชี"),
        ("accounts/999999999999999999999", 404, "ไม่พบ"),
        ("accounts/1?from=31/2/2566", 400, "31/2/2566"),
        ("accounts/1?from=2/4/2566&to=1/4/2566", 400, "วันสุดท้ายอยู่ก่อนวันแรก"),
        ("accounts/1?n=99999999999999", 200, ""),
        ("accounts/1?n=-1", 200, ""),
        ("accounts?open=99999", 200, ""),
        ("accounts/1.pdf?from=hello", 400, "อ่านช่วงวันที่ไม่ได้"),
        ("journal?from=5/4/66", 400, "66"),
        ("journal?after=99999999999999&unknown=1", 200, ""),
        ("journal.csv?from=2/4/2566&to=1/4/2566", 400, "อ่านช่วงวันที่ไม่ได้"),
    ],
)
def test_an_address_that_cannot_be_read_is_answered_in_thai(
    malee: FlaskClient, path: str, status: int, said: str
) -> None:
    assert said in text_of(malee, path, status=status)


def test_a_control_account_has_no_statement_of_its_own(malee: FlaskClient, of: Accounts) -> None:
    assert "บัญชีย่อย 3 บัญชี" in text_of(malee, f"accounts/{of('31020')}")
    assert "บัญชีคุมไม่มีรายการ" in text_of(malee, f"accounts/{of('31020')}.pdf", status=422)


def test_too_much_for_paper_is_refused_with_what_to_do(
    malee: FlaskClient, of: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.views.journal.MOST_ON_PAPER", 5)
    monkeypatch.setattr("ledger.views.accounts.MOST_ON_PAPER", 5)

    for path in ("journal.pdf", f"accounts/{of('11010')}.pdf"):
        assert "เลือกช่วงวันให้สั้นลง" in text_of(malee, path, status=422)


# ---------------------------------------------------------------- who sees what


def observer_pages(of: Accounts) -> list[str]:
    return [
        "book",
        "accounts",
        f"accounts?open={of('31020')}",
        "trial-balance?from=2023-03&to=2023-04",
        f"accounts/{of('11010')}",
        f"accounts/{of('31020')}",
        f"accounts/{of('31020')}?from=2023-03-01&to=2023-03-31",
        "trial-balance.csv?from=2023-03&to=2023-04",
    ]


@pytest.mark.parametrize("who", ["prasert", "aree"])
def test_whoever_may_only_see_totals_never_sees_a_member(
    sqlite_app: Flask, sqlite_network: Network, of: Accounts, who: str
) -> None:
    client = client_of(sqlite_app, getattr(sqlite_network, who))

    for path in observer_pages(of):
        answer = client.get(f"/groups/{GROUP}/{path}")

        assert answer.status_code == 200
        shown = answer.data.decode()
        assert [name for name in NAMES if name in shown] == []
        assert "น้ำใจ" not in shown
        assert "/entries/" not in shown
    assert "รวม 3 บัญชีของสมาชิก 357.00 เครดิต" in text_of(client, "accounts")


@pytest.mark.parametrize("who", ["prasert", "aree"])
def test_lines_names_and_files_of_entries_are_closed_to_who_may_only_see_totals(
    sqlite_app: Flask, sqlite_network: Network, of: Accounts, who: str
) -> None:
    client = client_of(sqlite_app, getattr(sqlite_network, who))

    for path in (
        f"accounts/{of('31020-0001')}",
        f"accounts/{of('44010-0001', 'WEL')}",
        f"accounts/{of('11010')}.csv",
        f"accounts/{of('31020-0001')}.pdf",
        "journal",
        "journal.csv",
        "sealed.jsonl",
    ):
        assert client.get(f"/groups/{GROUP}/{path}").status_code == 403


def test_an_observer_sees_the_months_behind_a_total(prasert: FlaskClient, of: Accounts) -> None:
    shown = text_of(prasert, f"accounts/{of('31020')}")

    assert "เมษายน 2566 357.00 เครดิต 100.00 100.00 357.00 เครดิต" in shown
    assert "มีนาคม 2566 0.00 357.00 357.00 เครดิต" in shown


def test_a_reviewer_of_another_village_reads_every_group(
    sqlite_app: Flask, sqlite_network: Network, of: Accounts
) -> None:
    client = client_of(sqlite_app, sqlite_network.somchai)

    assert "สมศรี" in text_of(client, "journal?from=1/3/2566&to=31/3/2566")
    assert client.get(f"/groups/{OTHER_GROUP}/book").status_code == 200


# ---------------------------------------------------------------- files


def csv_rows(client: FlaskClient, path: str) -> list[list[str]]:
    answer = client.get(f"/groups/{GROUP}/{path}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def xlsx_rows(client: FlaskClient, path: str) -> list[list[object]]:
    answer = client.get(f"/groups/{GROUP}/{path}")
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    return [list(row) for row in book.get_sheet_by_index(0).to_python()]


def test_a_trial_balance_is_the_same_in_every_file(malee: FlaskClient) -> None:
    asked = "from=2023-04&to=2023-04"

    from_csv = csv_rows(malee, f"trial-balance.csv?{asked}")
    from_xlsx = xlsx_rows(malee, f"trial-balance.xlsx?{asked}")

    assert [
        "SAV",
        "11010",
        "เงินสดในมือ",
        "211.75",
        "0.00",
        "100.00",
        "100.00",
        "211.75",
        "0.00",
    ] in from_csv
    assert ["SAV", "11010", "เงินสดในมือ", 211.75, 0, 100, 100, 211.75, 0] in from_xlsx
    assert from_xlsx[0][0] == "งบทดลอง กลุ่มออมทรัพย์บ้านบ่อลูกรัง"
    assert from_xlsx[1][0] == "เดือนเมษายน 2566 ทุกกองทุน"
    assert from_csv[-1][3:] == ["447.00", "447.00", "260.00", "260.00", "447.00", "447.00"]


@pytest.mark.parametrize("report", ["journal", "accounts"])
def test_no_file_carries_a_live_formula_nor_a_telephone(
    malee: FlaskClient, of: Accounts, report: str
) -> None:
    path = report if report == "journal" else f"accounts/{of('11010')}"

    from_csv = csv_rows(malee, f"{path}.csv")
    from_xlsx = xlsx_rows(malee, f"{path}.xlsx")

    cells = [*(cell for row in from_csv for cell in row), *(c for row in from_xlsx for c in row)]
    texts = [cell for cell in cells if isinstance(cell, str)]
    assert f"'{PLANTED}" in texts
    assert PLANTED not in texts
    assert not any(text.startswith(("=", "+", "@", "\t", "\r")) for text in texts)
    assert any("XXXXXXXXXX" in text for text in texts)
    assert not any("0812345678" in text for text in texts)
    assert 145.25 in [cell for row in from_xlsx for cell in row]
    assert date(2023, 3, 6) in [cell for row in from_xlsx for cell in row]


def test_the_last_row_of_a_statement_ends_with_a_day_and_not_a_number(
    malee: FlaskClient, of: Accounts
) -> None:
    rows = xlsx_rows(malee, f"accounts/{of('11010')}.xlsx")

    assert rows[-1] == [TODAY, "", "", "ยอดยกไป", 457, 245.25, 211.75]


def test_a_large_sealed_file_is_the_same_as_a_small_one(
    malee: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = malee.get(f"/groups/{GROUP}/sealed.jsonl")
    monkeypatch.setattr("ledger.views.overview.IN_MEMORY", 100)

    with malee.get(f"/groups/{GROUP}/sealed.jsonl") as large:
        assert large.data == small.data
        assert large.headers["Content-Disposition"].startswith("attachment")
        assert large.headers["Cache-Control"] == "no-store"


def test_the_sealed_file_agrees_with_what_is_on_the_page(
    malee: FlaskClient, sqlite_network: Network
) -> None:
    answer = malee.get(f"/groups/{GROUP}/sealed.jsonl")

    head = read(lambda s: queries.journal_entry(s, book_id=sqlite_network.book_id, number=6).seal)
    lines = answer.data.removesuffix(b"\n").split(b"\n")
    assert check_seal.check(lines, f"6:{long_form(head)}").startswith("agrees: 6 entries")
    assert [name for name in NAMES[:3] if name in answer.text] == []


# ---------------------------------------------------------------- whether it is ready


def test_a_house_with_its_tables_is_ready(sqlite_app: Flask) -> None:
    answer = sqlite_app.test_client().get("/readyz")

    assert (answer.status_code, answer.json) == (200, {"status": "ready"})


def test_a_house_with_old_tables_or_none_is_not(sqlite_app: Flask, tmp_path: Path) -> None:
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    db.connect(empty)

    nothing = sqlite_app.test_client().get("/readyz")
    db.disconnect()
    db.upgrade(empty, "0001")
    db.connect(empty)
    old = sqlite_app.test_client().get("/readyz")

    assert (nothing.status_code, old.status_code) == (503, 503)
    newest = newest_revision()
    assert (
        json.loads(nothing.data)["reason"] == f"the tables are at nothing, the newest is {newest}"
    )
    assert json.loads(old.data)["reason"] == f"the tables are at 0001, the newest is {newest}"


def test_a_house_without_its_database_is_not_ready(sqlite_app: Flask, tmp_path: Path) -> None:
    db.connect(f"sqlite:///{tmp_path / 'no' / 'folder.db'}")

    answer = sqlite_app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert json.loads(answer.data)["reason"] == "the database does not answer"


# ---------------------------------------------------------------- both engines


def test_the_reports_are_the_same_on_both_engines(app: Flask, network: Network) -> None:
    of = write(lambda session: fill(session, network.book_id))
    client = client_of(app, network.malee)
    page: Callable[[str], str] = lambda path: text_of(client, path)  # noqa: E731

    assert "เงินสดในมือ 301.75" in page("book")
    assert "รวมทุกกองทุน 447.00 447.00 260.00 260.00 447.00 447.00" in page("trial-balance")
    assert "เดบิตในช่วงนี้ 357.00 เครดิตในช่วงนี้ 145.25" in page(
        f"accounts/{of('11010')}?from=2023-03-01&to=2023-03-31"
    )
    assert "ยกมา (ตามวันที่) 350.00" in page(f"accounts/{of('11010')}?from=6/3/2566&to=6/3/2566")
    assert "เมษายน 2566 357.00 เครดิต 100.00 100.00" in page(f"accounts/{of('31020')}")
    assert "รวมหน้านี้ 4 รายการ" in page("journal?from=1/3/2566&to=31/3/2566")
    sealed = client.get(f"/groups/{GROUP}/sealed.jsonl").data.splitlines()
    assert check_seal.check(sealed, "").startswith("agrees: 6 entries")
    assert client.get("/readyz").status_code == 200
    assert format_baht(Satang(301_75)) == "301.75"


def test_why_somebody_was_helped_is_not_told_outside_the_group(
    sqlite_app: Flask, sqlite_network: Network, of: Accounts
) -> None:
    book_id, why = sqlite_network.book_id, "ผ่าตัดไส้ติ่ง"
    money = read(lambda session: entries.paid_in(session, book_id, amounts=[("WEL", 900_00)]))
    help_given = read(lambda session: entries.benefit_paid(session, book_id, 500_00, memo=why))
    entries.post(book_id, money, help_given, key="help", by=sqlite_network.malee)
    box = of("11010", "WEL")
    paths = (
        "journal?from=1/4/2566",
        "journal.csv?from=1/4/2566",
        f"accounts/{box}",
        f"accounts/{box}.csv",
    )

    at_home = client_of(sqlite_app, sqlite_network.malee)
    outside = client_of(sqlite_app, sqlite_network.somchai)

    assert [why in at_home.get(f"/groups/{GROUP}/{path}").text for path in paths] == [True] * 4
    assert [why in outside.get(f"/groups/{GROUP}/{path}").text for path in paths] == [False] * 4
