"""What may be asked of ``loan schedule``, and how it is read."""

import re
from collections.abc import Callable
from typing import Any

import click

from ledger.errors import Unreadable
from ledger.money import Satang, parse_baht
from ledger.thai import arabic_digits, parse_date
from loans.schedule import (
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
from members.by_laws import parse_percent

#: Multiples that have a name, in satang.
ROUNDINGS = {"satang": 1, "baht": 100}


class UnreadableCount(Unreadable):
    """The text is not a whole number."""

    thai = "อ่าน {what} “{text}” ไม่ได้ พิมพ์เป็นจำนวนเต็ม เช่น 12"


class UnreadableRounding(Unreadable):
    """The text is not a multiple to round to."""

    thai = "อ่านการปัดเศษ “{text}” ไม่ได้ พิมพ์ satang, baht, 5-baht หรือจำนวนสตางค์"


class UnreadablePart(Unreadable):
    """An option of several parts has not all of them, or one that is not known."""

    thai = "อ่าน {option} “{text}” ไม่ได้ พิมพ์เป็น {pattern}"


SCHEDULE_OPTIONS = (
    click.option("--principal", required=True, help="What is lent, in baht."),
    click.option("--annual-rate", required=True, help="Per cent a year, such as 6 or 6.25."),
    click.option("--instalments", help="How many; as many as there are --due."),
    click.option(
        "--method",
        type=click.Choice([method.value for method in Method]),
        default=Method.EQUAL_INSTALMENT.value,
        show_default=True,
    ),
    click.option("--first-due", help="The day of the first instalment; the first --due."),
    click.option("--disbursed", required=True, help="The day of the payout, as 2025-12-31."),
    click.option(
        "--every",
        type=click.Choice([every.value for every in Every]),
        help="monthly; chosen where --due is given.",
    ),
    click.option("--due", multiple=True, help="A chosen due day; repeat it for each."),
    click.option(
        "--counting",
        type=click.Choice([counting.value for counting in Counting]),
        default=Counting.MONTH.value,
        show_default=True,
        help="How interest is counted.",
    ),
    click.option("--first-day-counts", is_flag=True, help="The day of the payout bears interest."),
    click.option(
        "--rounding",
        default="satang",
        show_default=True,
        help="To multiples of what: satang, baht, 5-baht, or a number of satang.",
    ),
    click.option(
        "--rounding-how",
        type=click.Choice([how.value for how in RoundingHow]),
        default=RoundingHow.HALF_UP.value,
        show_default=True,
    ),
    click.option(
        "--grace",
        type=click.Choice([grace.value for grace in Grace]),
        default=Grace.NONE.value,
        show_default=True,
        help="What need not be paid at first.",
    ),
    click.option("--grace-instalments", default="0", help="For how many instalments."),
    click.option("--fee", default="0", help="Taken at the payout, in baht: it costs the borrower."),
    click.option("--stage", multiple=True, help="DAY:BAHT, a part of the payout; repeat it."),
    click.option(
        "--rate-change", multiple=True, help="DAY:RATE:keep or DAY:RATE:recompute; repeat it."
    ),
    click.option(
        "--holiday", multiple=True, help="FROM:UNTIL:all or FROM:UNTIL:principal; repeat it."
    ),
    click.option("--instalment", help="An instalment that is given, in baht."),
    click.option(
        "--format",
        "shape",
        type=click.Choice(["table", "json", "csv", "pdf"]),
        default="table",
        show_default=True,
    ),
    click.option("--output", type=click.File("wb"), default="-", help="A file to write to."),
)


def schedule_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command every option of ``loan schedule``."""
    for option in reversed(SCHEDULE_OPTIONS):
        command = option(command)
    return command


def terms_asked(asked: dict[str, Any]) -> Terms:
    """Read the terms that the options of ``loan schedule`` describe.

    Raises:
        DomainError: An option cannot be read; which, and how it is written, is said.
    """
    due_days = tuple(parse_date(day) for day in asked["due"])
    first_due = parse_date(asked["first_due"]) if asked["first_due"] else None
    if first_due is None:
        if not due_days:
            raise click.UsageError("Missing option '--first-due' (or '--due').")
        first_due = due_days[0]
    if asked["instalments"] is None and not due_days:
        raise click.UsageError("Missing option '--instalments' (or '--due').")
    every = asked["every"] or (Every.CHOSEN if due_days else Every.MONTH)
    kept = asked["instalment"]
    return Terms(
        principal=parse_baht(asked["principal"]),
        annual_rate_ppm=parse_percent(asked["annual_rate"]),
        instalments=_count(asked["instalments"], "--instalments")
        if asked["instalments"] is not None
        else len(due_days),
        method=Method(asked["method"]),
        first_due_on=first_due,
        disbursed_on=parse_date(asked["disbursed"]),
        every=Every(every),
        counting=Counting(asked["counting"]),
        counts_first_day=asked["first_day_counts"],
        rounding_multiple=_multiple(asked["rounding"]),
        rounding_how=RoundingHow(asked["rounding_how"]),
        grace=Grace(asked["grace"]),
        grace_instalments=_count(asked["grace_instalments"], "--grace-instalments"),
        due_days=due_days,
        payouts=tuple(_stage(text) for text in asked["stage"]),
        rate_changes=tuple(_rate_change(text) for text in asked["rate_change"]),
        holidays=tuple(_holiday(text) for text in asked["holiday"]),
        kept_instalment=None if kept is None else parse_baht(kept),
    )


def _count(text: str, what: str) -> int:
    bare = arabic_digits(text).strip().replace(",", "")
    if not re.fullmatch(r"-?[0-9]{1,9}", bare):
        raise UnreadableCount(what=what, text=text[:40])
    return int(bare)


def _multiple(text: str) -> Satang:
    bare = arabic_digits(text).strip().lower()
    match = re.fullmatch(r"(?:([0-9]{1,6})-)?(satang|baht)|([0-9]{1,8})", bare)
    if match is None:
        raise UnreadableRounding(text=text[:40])
    times, name, satang = match.groups()
    return Satang(int(satang) if satang else int(times or 1) * ROUNDINGS[name])


def _parts(text: str, option: str, pattern: str) -> list[str]:
    parts = text.split(":")
    if len(parts) != len(pattern.split(":")):
        raise UnreadablePart(option=option, text=text[:60], pattern=pattern)
    return parts


def _stage(text: str) -> Payout:
    day, amount = _parts(text, "--stage", "DAY:BAHT")
    return Payout(parse_date(day), parse_baht(amount))


def _rate_change(text: str) -> RateChange:
    pattern = "DAY:RATE:keep|recompute"
    day, rate, word = _parts(text, "--rate-change", pattern)
    effects = {"keep": RateEffect.KEEP_INSTALMENT, "recompute": RateEffect.RECOMPUTE}
    if word not in effects:
        raise UnreadablePart(option="--rate-change", text=text[:60], pattern=pattern)
    return RateChange(parse_date(day), parse_percent(rate), effects[word])


def _holiday(text: str) -> Holiday:
    pattern = "FROM:UNTIL:all|principal"
    since, until, word = _parts(text, "--holiday", pattern)
    if word not in {Grace.ALL, Grace.PRINCIPAL}:
        raise UnreadablePart(option="--holiday", text=text[:60], pattern=pattern)
    return Holiday(parse_date(since), parse_date(until), Grace(word))
