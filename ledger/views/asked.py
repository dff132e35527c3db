"""What a report is asked for in its address: the months, the days, the purse."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import g, request
from sqlalchemy.orm import Session

from ledger.chart import SENSITIVE_ACCOUNTS
from ledger.errors import NotFound, RuleBroken, Unreadable
from ledger.models import Book, Fund
from ledger.period import EARLIEST, month_of, next_month
from ledger.queries import JournalEntry, sensitive_among
from ledger.roles import KEEPERS, READERS, Role
from ledger.schemas import DaysSchema
from ledger.statement import StatementPage
from ledger.thai import DateStyle, format_date, format_month, mask_personal
from ledger.web import Form, asked_form

#: How a file of a report may end.
ENDINGS = "any(pdf,csv,xlsx)"
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_NUMBER = re.compile(r"\d{1,15}", re.ASCII)


class UnreadableMonth(Unreadable):
    """The address names a month that is none."""

    thai = "อ่านเดือนในที่อยู่ของหน้านี้ไม่ได้ กลับไปเลือกเดือนจากรายการอีกครั้ง"


class UnreadableDays(Unreadable):
    """The address of a file names days that cannot be read, or end before they begin."""

    thai = "อ่านช่วงวันที่ไม่ได้ กลับไปที่หน้ารายงาน แก้วันที่ แล้วขอแฟ้มอีกครั้ง"


class MonthsTurned(RuleBroken):
    """The last month is before the first."""

    thai = "เดือนสุดท้าย {last} อยู่ก่อนเดือนแรก {first} เลือกเดือนอีกครั้ง"


class UnknownFund(NotFound):
    """The book has no such purse."""

    thai = "สมุดนี้ไม่มีกองทุน {fund}"


class TooMuchForPaper(RuleBroken):
    """The report would be a pile of paper."""

    thai = "ช่วงนี้มี {lines} บรรทัด พิมพ์ครั้งละไม่เกิน {most} บรรทัด เลือกช่วงวันให้สั้นลง หรือใช้แฟ้ม XLSX"


@dataclass(frozen=True, slots=True)
class Days:
    """From when to when; ``first`` and ``last`` are part of it, and either may be left open."""

    first: date | None
    last: date | None

    @property
    def all_time(self) -> bool:
        """Whether nothing was asked for."""
        return self.first is None and self.last is None

    @property
    def since(self) -> date:
        """The first day, or the first that any book has."""
        return self.first or EARLIEST

    @property
    def until(self) -> date:
        """The last day, or one that never comes."""
        return self.last or date.max

    @property
    def words(self) -> str:
        """How the report says it."""
        if self.first is None and self.last is None:
            return "ทั้งหมด"
        if self.first is None:
            return f"ถึง {format_date(self.until)}"
        if self.last is None:
            return f"ตั้งแต่ {format_date(self.first)}"
        if self.first == self.last:
            return format_date(self.first)
        if self.first.day == 1 and self.last == last_of(self.first):
            return f"เดือน{format_month(self.first)}"
        return f"{format_date(self.first)} ถึง {format_date(self.last)}"


@dataclass(frozen=True, slots=True)
class Months:
    """From which month to which, both as their first days and both part of it."""

    first: date
    last: date

    @property
    def words(self) -> str:
        """How the report says it."""
        if self.first == self.last:
            return f"เดือน{format_month(self.first)}"
        return f"{format_month(self.first)} ถึง {format_month(self.last)}"

    @property
    def days(self) -> Days:
        """Their first and last day."""
        return Days(self.first, last_of(self.last))


def last_of(month: date) -> date:
    """Give the last day of a month."""
    return next_month(month) - timedelta(days=1)


def may_read(code: str) -> bool:
    """Tell whether who is signed in may see entries and names of a group, and not only totals."""
    return bool(g.officer.may(READERS, code))


def asked_days() -> tuple[Form, Days]:
    """Read the days from the address; what cannot be read is said beside its box."""
    form = asked_form(DaysSchema())
    days = Days(form.values.get("first"), form.values.get("last"))
    if form.is_valid and days.since > days.until:
        form.wrong("to", "วันสุดท้ายอยู่ก่อนวันแรก")
    if not form.is_valid:
        return form, Days(None, None)
    show_days(form, days)
    return form, days


def show_days(form: Form, days: Days) -> None:
    """Write the days into their boxes as people write them."""
    for name, day in (("from", days.first), ("to", days.last)):
        form.typed[name] = "" if day is None else format_date(day, DateStyle.NUMERIC)


def asked_days_of_file() -> Days:
    """Read the days of a file.

    Raises:
        UnreadableDays: They cannot be read.
    """
    form, days = asked_days()
    if not form.is_valid:
        raise UnreadableDays(asked=dict(form.typed))
    return days


def asked_months(*, today: date) -> Months:
    """Read the months from the address; the month of today where it names none.

    Raises:
        UnreadableMonth: It names one that is none.
        MonthsTurned: The last is before the first.
    """
    last = _asked_month("to") or month_of(today)
    first = _asked_month("from") or last
    if first > last:
        raise MonthsTurned(first=format_month(first), last=format_month(last))
    return Months(first, last)


def _asked_month(name: str) -> date | None:
    text = request.args.get(name, "")
    if not text:
        return None
    match = _MONTH.fullmatch(text)
    try:
        month = date(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        month = None
    if month is None or not EARLIEST <= month <= date(2200, 1, 1):
        raise UnreadableMonth(text=text[:20])
    return month


def asked_fund(funds: Iterable[Fund]) -> str | None:
    """Read the purse from the address; None for all.

    Raises:
        UnknownFund: The book has no such purse.
    """
    code = request.args.get("fund", "")
    if code and code not in {fund.code for fund in funds}:
        raise UnknownFund(fund=code[:10])
    return code or None


def asked_number(name: str) -> int:
    """Read a whole number from the address; nought where it names none."""
    text = request.args.get(name, "")
    return int(text) if _NUMBER.fullmatch(text) else 0


def file_name(report: str, book: Book, period: str) -> str:
    """Name a file of a report so that it can be found again in a folder of many."""
    return f"{report} {book.code} {period}".strip().replace(" ", "_").replace("/", "-")


#: Those who serve a group: to them its reasons are no secret.
_SERVING = KEEPERS | {Role.APPROVER}
KEPT_IN_THE_GROUP = "(ไม่แสดงเหตุผลนอกกลุ่ม)"


def masked_entries(entries: Iterable[JournalEntry], *, code: str) -> list[JournalEntry]:
    """Hide the numbers of people in what was written about entries, and sensitive reasons whole."""
    serves = g.officer.may(_SERVING, code)
    return [
        replace(entry, memo=_masked(entry.memo, is_kept=not serves and _is_sensitive(entry)))
        for entry in entries
    ]


def _is_sensitive(entry: JournalEntry) -> bool:
    return any(posting.code.startswith(SENSITIVE_ACCOUNTS) for posting in entry.postings)


def _masked(memo: str, *, is_kept: bool) -> str:
    return KEPT_IN_THE_GROUP if is_kept and memo else mask_personal(memo)


def masked_statement(session: Session, page: StatementPage, *, book: Book) -> StatementPage:
    """Do the same for the lines of a statement."""
    sensitive: frozenset[int] = frozenset()
    if not g.officer.may(_SERVING, book.code):
        numbers = [line.entry_number for line in page.lines]
        sensitive = sensitive_among(session, book_id=book.id, numbers=numbers)
    lines = tuple(
        replace(line, memo=_masked(line.memo, is_kept=line.entry_number in sensitive))
        for line in page.lines
    )
    return replace(page, lines=lines)
