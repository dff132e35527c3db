"""What a schedule follows from, and what it is: values only."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.money import Satang


class Method(StrEnum):
    """How principal and interest are spread over the instalments."""

    EQUAL_INSTALMENT = "declining_equal_installment"
    EQUAL_PRINCIPAL = "declining_equal_principal"
    BULLET = "bullet"
    SEASONAL = "seasonal"
    FLAT = "flat"


class Every(StrEnum):
    """How often an instalment falls due."""

    MONTH = "monthly"
    WEEK = "weekly"
    CHOSEN = "chosen"


class Counting(StrEnum):
    """How interest is counted: by the month (a twelfth of the rate), or by the day."""

    MONTH = "month"
    DAYS_365 = "days_365"
    DAYS_ACTUAL = "days_actual"


class RoundingHow(StrEnum):
    """To which side an instalment is rounded."""

    UP = "up"
    DOWN = "down"
    HALF_UP = "half_up"


class Grace(StrEnum):
    """What need not be paid during the first instalments."""

    NONE = "none"
    PRINCIPAL = "principal"
    ALL = "all"


class RateEffect(StrEnum):
    """What a change of the rate does: the instalment stays and the term moves, or the reverse."""

    KEEP_INSTALMENT = "keep_instalment"
    RECOMPUTE = "recompute"


@dataclass(frozen=True, slots=True)
class Payout:
    """A part of the principal and the day on which it is paid out; ``amount`` in satang."""

    on: date
    amount: Satang


@dataclass(frozen=True, slots=True)
class RateChange:
    """A new yearly rate, in millionths, from a day on."""

    since: date
    annual_rate_ppm: int
    effect: RateEffect


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days in which nothing falls due, or only interest; ``until`` is the last of them."""

    since: date
    until: date
    waives: Grace


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that a schedule follows from.

    Attributes:
        principal: What is lent, in satang, above zero; the sum of the payouts.
        annual_rate_ppm: The yearly rate in millionths: 60,000 is 6 %. For a flat loan it is the
            rate on what was first lent.
        instalments: How many there are, from 1 to ``MOST_INSTALMENTS``, with those of the grace.
        method: How principal and interest are spread.
        first_due_on: The day of the first instalment. Later ones fall on the same day of the month,
            or on its last day where the month is shorter; see ``due_day_of_month``.
        disbursed_on: The day from which interest runs.
        every: How often an instalment falls due.
        counting: How interest is counted.
        counts_first_day: Whether the day of the payout itself bears interest (days inclusive).
        rounding_multiple: Instalments are rounded to multiples of this, in satang: 1 is the
            satang, 100 the baht. The last instalment takes the rest.
        rounding_how: To which side.
        grace: What need not be paid at first.
        grace_instalments: For how many instalments.
        due_days: The chosen days, for ``Every.CHOSEN`` and the seasonal method; else empty.
        payouts: The stages, when it is not paid out at once; else empty.
        rate_changes: By date, the earliest first.
        holidays: By date, the earliest first.
        kept_instalment: An instalment that is given rather than worked out, in satang, or None; for
            equal principal and the seasonal method it is the principal part. The schedule then ends
            when it is repaid, in at most ``instalments`` rows, the last of which takes the rest.
        due_day_of_month: The day of the month on which instalments fall, where it is not that of
            ``first_due_on``: a plan that begins on 28 February may belong to the 31st. Else None.
    """

    principal: Satang
    annual_rate_ppm: int
    instalments: int
    method: Method
    first_due_on: date
    disbursed_on: date
    every: Every = Every.MONTH
    counting: Counting = Counting.MONTH
    counts_first_day: bool = False
    rounding_multiple: Satang = Satang(1)  # noqa: RUF009  (a number, never changed)
    rounding_how: RoundingHow = RoundingHow.HALF_UP
    grace: Grace = Grace.NONE
    grace_instalments: int = 0
    due_days: tuple[date, ...] = ()
    payouts: tuple[Payout, ...] = ()
    rate_changes: tuple[RateChange, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    kept_instalment: Satang | None = None
    due_day_of_month: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One instalment, in satang; ``days`` is the length of its period.

    A first day that bears interest by the day is counted in ``days``.
    """

    n: int
    due_on: date
    days: int
    payment: Satang
    principal: Satang
    interest: Satang
    fee: Satang
    balance: Satang


@dataclass(frozen=True, slots=True)
class Schedule:
    """The instalments of a loan. Their principal sums to what was lent, and ends at zero."""

    terms: Terms
    rows: tuple[Row, ...]

    @property
    def interest(self) -> Satang:
        """All interest together, in satang."""
        return Satang(sum(row.interest for row in self.rows))

    @property
    def payment(self) -> Satang:
        """All payments together, in satang."""
        return Satang(sum(row.payment for row in self.rows))
