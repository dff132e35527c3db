"""``loan check-mirror``: what mothers and children say of each other, for once a day."""

import sys

import click

from ledger.clock import now
from ledger.commands import refusals_in_thai
from ledger.db import read
from ledger.money import format_baht
from ledger.thai import today_in_bangkok
from loans.queries.between import Mirror, mirrors


@click.command("check-mirror")
@refusals_in_thai
def check_mirror() -> None:
    """Compare the books of every mother and child; exit status 1 when they differ.

    What only waits for its other half is said, and is no difference.
    """
    today = today_in_bangkok(now())
    pairs = read(lambda session: mirrors(session, on=today))
    for pair in pairs:
        click.echo(f"{pair.mother.code} – {pair.child.code}: {_in_words(pair)}")
    apart = sum(1 for pair in pairs if not pair.agrees and not pair.is_explained)
    click.echo(f"ทั้งหมด {len(pairs)} คู่ ตรงกันหรือรอยืนยัน {len(pairs) - apart} ต่างกัน {apart}")
    if apart:
        sys.exit(1)


def _in_words(pair: Mirror) -> str:
    if pair.agrees:
        return f"ตรงกัน เงินกู้ {format_baht(pair.lent)} เงินฝาก {format_baht(pair.held)} บาท"
    word = "รอยืนยันรับ" if pair.is_explained else "ไม่ตรงกัน"
    return (
        f"{word} เงินกู้: แม่ {format_baht(pair.lent)} ลูก {format_baht(pair.borrowed)} "
        f"เงินฝาก: แม่ {format_baht(pair.held)} ลูก {format_baht(pair.deposited)} บาท"
    )
