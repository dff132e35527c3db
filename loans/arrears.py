"""Arrears: how old an overdue debt is, what is at risk, what to set aside, whom to tell in time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ledger.money import Satang
from ledger.period import next_month
from ledger.thai import format_date
from loans.interest import PPM, half_up

BASIS_POINTS = 10_000
MONTHS_IN_A_YEAR = 12
#: Source: CODI counts a borrower as in arrears when more than three months are unpaid.
CODI_MONTHS = 3
#: For how many days overdue the portfolio at risk is told. Source: the usual PAR of microfinance.
AT_RISK_DAYS = (0, 30, 90)
#: Source: Civil and Commercial Code, section 686, first paragraph.
DAYS_TO_TELL = 60
#: From how many days left the page says that it hurries.
DAYS_THAT_HURRY = 10


@dataclass(frozen=True, slots=True)
class Bucket:
    """A class of age; months that have begun since the oldest unpaid day, both ends counted."""

    least: int
    most: int | None
    thai: str


#: Source: the village fund's own ageing table: 1, 2, 3, 4 to 6, 7 to 12 and more than 12 months.
BUCKETS = (
    Bucket(1, 1, "ไม่เกิน 1 เดือน"),
    Bucket(2, 2, "เกิน 1 ถึง 2 เดือน"),
    Bucket(3, 3, "เกิน 2 ถึง 3 เดือน"),
    Bucket(4, 6, "เกิน 3 ถึง 6 เดือน"),
    Bucket(7, 12, "เกิน 6 ถึง 12 เดือน"),
    Bucket(13, None, "เกิน 12 เดือน"),
)


def full_months(since: date, *, on: date) -> int:
    """Give how many whole calendar months have passed; 0 before the first is full.

    A month from the 31st is full on the last day of a shorter month.

    >>> full_months(date(2023, 1, 31), on=date(2023, 2, 28))
    1
    """
    if on <= since:
        return 0
    months = (on.year - since.year) * MONTHS_IN_A_YEAR + on.month - since.month
    last_day = (next_month(on) - timedelta(days=1)).day
    return months if on.day >= min(since.day, last_day) else months - 1


def months_begun(since: date, *, on: date) -> int:
    """Give how many calendar months have begun since a day; a full month begins no other.

    >>> months_begun(date(2023, 1, 7), on=date(2023, 2, 7)), months_begun(
    ...     date(2023, 1, 7), on=date(2023, 2, 8)
    ... )
    (1, 2)
    """
    if on <= since:
        return 0
    full = full_months(since, on=on)
    # The day before was a month fewer only when the last month became full today.
    is_full_today = full > full_months(since, on=on - timedelta(days=1))
    return full if is_full_today else full + 1


def bucket_of(since: date, *, on: date) -> Bucket:
    """Give the class of age of a debt whose oldest unpaid instalment was due on ``since``."""
    months = months_begun(since, on=on)
    assert months, (since, on)
    return next(b for b in BUCKETS if b.most is None or months <= b.most)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is owed on one loan, and since when something of it is unpaid.

    Attributes:
        outstanding: The principal still owed, in satang.
        overdue_since: The due day of the oldest instalment that is not wholly paid, or None.
    """

    outstanding: Satang
    overdue_since: date | None


def at_risk(exposures: Iterable[Exposure], *, on: date, over_days: int) -> Satang:
    """Give the principal of loans that are overdue for more than some days, in satang."""
    return Satang(
        sum(
            loan.outstanding
            for loan in exposures
            if loan.overdue_since is not None and (on - loan.overdue_since).days > over_days
        )
    )


def over_codi_line(exposures: Iterable[Exposure], *, on: date) -> Satang:
    """Give the principal of loans that are overdue for more than three months, in satang.

    Source: CODI's own line: the lower rate is for groups that are not more than three months late.
    """
    return Satang(
        sum(
            loan.outstanding
            for loan in exposures
            if loan.overdue_since is not None
            and months_begun(loan.overdue_since, on=on) > CODI_MONTHS
        )
    )


def share_of(part: Satang, whole: Satang) -> int:
    """Give a part of a whole in basis points, half a one rounded up; nothing of nothing is 0."""
    return half_up(part * BASIS_POINTS, whole) if whole else 0


@dataclass(frozen=True, slots=True)
class TierSum:
    """The loans of one tier of the provision, and what is to be set aside for them, in satang.

    Attributes:
        from_months: From how many whole months overdue.
        until_months: Below how many, or None.
        ppm: How many millionths of what is owed.
        loans: How many loans.
        outstanding: What is owed on them.
        required: What is to be set aside.
    """

    from_months: int
    until_months: int | None
    ppm: int
    loans: int
    outstanding: Satang
    required: Satang


def provision(
    exposures: Iterable[Exposure], *, tiers: Sequence[tuple[int, int]], on: date
) -> tuple[TierSum, ...]:
    """Work out what is to be set aside for doubtful debts, by the group's own tiers.

    Each tier is rounded once, on its sum, so that the table can be checked by hand. What is in no
    tier stands in the first row, at nothing.

    Args:
        exposures: Every running loan, the good ones too.
        tiers: From how many whole months overdue, and how many millionths of what is owed.
        on: The day.

    Source: the group's by-law; event E24 posts the difference to what was set aside before.
    """
    if not tiers or tiers[0][0] > 0:
        tiers = [(0, 0), *tiers]
    count, owed = [0] * len(tiers), [0] * len(tiers)
    for loan in exposures:
        months = 0 if loan.overdue_since is None else full_months(loan.overdue_since, on=on)
        place = max(i for i, (least, _ppm) in enumerate(tiers) if least <= months)
        count[place] += 1
        owed[place] += loan.outstanding
    ends: list[int | None] = [*(least for least, _ppm in tiers[1:]), None]
    return tuple(
        TierSum(least, end, ppm, loans, Satang(sum_), half_up(sum_ * ppm, PPM))
        for (least, ppm), end, loans, sum_ in zip(tiers, ends, count, owed, strict=True)
    )


class Telling(StrEnum):
    """How it stands with a written notice to a guarantor."""

    WAITS = "waits"
    HURRIES = "hurries"
    MISSED = "missed"
    IN_TIME = "in_time"
    LATE = "late"


TELLING_IN_THAI = {
    Telling.WAITS: "ต้องแจ้ง",
    Telling.HURRIES: "ต้องรีบแจ้ง",
    Telling.MISSED: "เลยกำหนดแล้ว",
    Telling.IN_TIME: "แจ้งทันกำหนด",
    Telling.LATE: "แจ้งหลังกำหนด",
}


@dataclass(frozen=True, slots=True)
class ToTell:
    """Until when a guarantor must be told in writing, and what it means if not.

    Attributes:
        defaulted_on: The due day of the oldest instalment that is unpaid.
        tell_by: The last day in time.
        days_left: Days until then; negative when it has passed.
        telling: How it stands.
        sentence: What it means, in Thai.
    """

    defaulted_on: date
    tell_by: date
    days_left: int
    telling: Telling
    sentence: str


def to_tell(*, defaulted_on: date, handed_over_on: date | None, on: date) -> ToTell:
    """Tell until when a guarantor must have the notice, and what follows when it is late.

    The days are counted from the due day itself, a day earlier than the law could be read, so
    that the group is on the safe side.

    Source:
        Civil and Commercial Code, section 686: within 60 days of the default; after that the
        guarantor is free of interest, compensation and costs that accrue later.
    """
    tell_by = defaulted_on + timedelta(days=DAYS_TO_TELL)
    left = (tell_by - on).days
    last = format_date(tell_by)
    if handed_over_on is not None:
        telling = Telling.IN_TIME if handed_over_on <= tell_by else Telling.LATE
        sentence = f"แจ้งเมื่อ {format_date(handed_over_on)}" + (
            ""
            if telling is Telling.IN_TIME
            else f" หลังวันที่ {last} ผู้ค้ำประกันไม่ต้องรับผิดในดอกเบี้ยและค่าใช้จ่ายที่เกิดหลังวันนั้น"
        )
    elif left < 0:
        telling = Telling.MISSED
        sentence = (
            f"เลยกำหนด {last} มา {-left} วัน ผู้ค้ำประกันไม่ต้องรับผิดในดอกเบี้ยและค่าใช้จ่ายที่เกิดหลังวันนั้น "
            "ยังต้องแจ้ง จึงจะเรียกให้ชำระแทนได้"
        )
    else:
        telling = Telling.HURRIES if left < DAYS_THAT_HURRY else Telling.WAITS
        sentence = f"แจ้งเป็นหนังสือภายใน {last} เหลือ {left} วัน"
    return ToTell(defaulted_on, tell_by, left, telling, sentence)
