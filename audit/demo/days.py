"""The days of the sample, and what its members have on them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from audit.demo import names
from audit.demo.names import VillagePlan
from ledger.models import Account
from ledger.money import Satang
from members.models import Member, SavingsAccount


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a group in the sample, and the moments at which its officers write."""

    on: date

    def at(self, hour: int, minute: int = 0) -> datetime:
        """Give a moment of the day in Bangkok's hours, in UTC."""
        return datetime(self.on.year, self.on.month, self.on.day, tzinfo=UTC) + timedelta(
            hours=hour - 7, minutes=minute
        )


def collection_day(plan: VillagePlan, month: date) -> Day:
    """Give a group's collection day in a month: each has its own, from the fourth on."""
    return Day(month.replace(day=4 + names.VILLAGES.index(plan)))


def savings(session: Session, *, book_id: int) -> dict[str, dict[str, Satang]]:
    """Give what each present member has, by member number and product."""
    rows = session.execute(
        select(Member.number, SavingsAccount.product_code, Account.balance_satang)
        .join(
            SavingsAccount,
            and_(SavingsAccount.book_id == Member.book_id, SavingsAccount.member_id == Member.id),
        )
        .join(
            Account,
            and_(Account.book_id == Member.book_id, Account.id == SavingsAccount.account_id),
        )
        .where(Member.book_id == book_id, Member.left_on.is_(None))
        .order_by(Member.id, SavingsAccount.product_code)
    )
    kept: dict[str, dict[str, Satang]] = {}
    for number, product_code, balance in rows:
        kept.setdefault(number, {})[product_code] = Satang(-balance)
    return kept
