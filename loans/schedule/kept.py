"""Terms as they are kept with a loan: strings, whole numbers and lists only."""

from datetime import date
from typing import Any

from ledger.money import Satang
from loans.schedule.terms import (
    Counting,
    Every,
    Grace,
    Holiday,
    Method,
    Payout,
    RateChange,
    RateEffect,
    RoundingHow,
    Terms,
)


def terms_as_json(terms: Terms) -> dict[str, Any]:
    """Give the terms as they are kept with a loan: strings, whole numbers and lists only."""
    return {
        "principal": int(terms.principal),
        "annual_rate_ppm": terms.annual_rate_ppm,
        "instalments": terms.instalments,
        "method": terms.method.value,
        "first_due_on": terms.first_due_on.isoformat(),
        "disbursed_on": terms.disbursed_on.isoformat(),
        "every": terms.every.value,
        "counting": terms.counting.value,
        "counts_first_day": terms.counts_first_day,
        "rounding_multiple": int(terms.rounding_multiple),
        "rounding_how": terms.rounding_how.value,
        "grace": terms.grace.value,
        "grace_instalments": terms.grace_instalments,
        "due_days": [day.isoformat() for day in terms.due_days],
        "payouts": [[payout.on.isoformat(), int(payout.amount)] for payout in terms.payouts],
        "rate_changes": [
            [change.since.isoformat(), change.annual_rate_ppm, change.effect.value]
            for change in terms.rate_changes
        ],
        "holidays": [
            [holiday.since.isoformat(), holiday.until.isoformat(), holiday.waives.value]
            for holiday in terms.holidays
        ],
        "kept_instalment": None if terms.kept_instalment is None else int(terms.kept_instalment),
        "due_day_of_month": terms.due_day_of_month,
    }


def terms_from_json(kept: dict[str, Any]) -> Terms:
    """Give the terms back from how they are kept."""
    instalment = kept["kept_instalment"]
    return Terms(
        principal=Satang(kept["principal"]),
        annual_rate_ppm=kept["annual_rate_ppm"],
        instalments=kept["instalments"],
        method=Method(kept["method"]),
        first_due_on=_day(kept["first_due_on"]),
        disbursed_on=_day(kept["disbursed_on"]),
        every=Every(kept["every"]),
        counting=Counting(kept["counting"]),
        counts_first_day=kept["counts_first_day"],
        rounding_multiple=Satang(kept["rounding_multiple"]),
        rounding_how=RoundingHow(kept["rounding_how"]),
        grace=Grace(kept["grace"]),
        grace_instalments=kept["grace_instalments"],
        due_days=tuple(_day(day) for day in kept["due_days"]),
        payouts=tuple(Payout(_day(day), Satang(amount)) for day, amount in kept["payouts"]),
        rate_changes=tuple(
            RateChange(_day(day), rate, RateEffect(effect))
            for day, rate, effect in kept["rate_changes"]
        ),
        holidays=tuple(
            Holiday(_day(since), _day(until), Grace(waives))
            for since, until, waives in kept["holidays"]
        ),
        kept_instalment=None if instalment is None else Satang(instalment),
        due_day_of_month=kept.get("due_day_of_month"),
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)
