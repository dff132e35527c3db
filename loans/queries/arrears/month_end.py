"""What a month ends with: what is to be set aside for doubtful debts, and interest earned."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.chart import standard_chart
from ledger.models import Account
from ledger.money import ZERO, Satang, total
from ledger.period import next_month
from ledger.queries import balance_before
from loans.arrears import Exposure, TierSum, provision
from loans.kinds import MonthEnd, Purpose
from loans.models import MonthEndPosting
from loans.postings import ACCOUNTS, ACCRUED_INTEREST, ALLOWANCE
from loans.queries.arrears.overdue import overdue_standings, since_of
from loans.queries.arrears.standings import running_standings
from loans.queries.arrears.sums import LoanOnDay, portfolio
from members.by_laws import RuleName
from members.queries import by_law

#: Where interest that a child group owes waits. Source: the standard chart.
ACCRUED_OF_GROUPS = "15020"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is to stand in the allowance of a purse, and what stands there; in satang."""

    fund: str
    tiers: tuple[TierSum, ...]
    stood: Satang

    @property
    def required(self) -> Satang:
        """What is to be set aside in all."""
        return total(tier.required for tier in self.tiers)

    @property
    def outstanding(self) -> Satang:
        """What is owed on the loans of the purse."""
        return total(tier.outstanding for tier in self.tiers)

    @property
    def loans(self) -> int:
        """How many loans run."""
        return sum(tier.loans for tier in self.tiers)

    @property
    def change(self) -> Satang:
        """What is added; below zero it is taken back into income."""
        return Satang(self.required - self.stood)

    def worked_out(self) -> dict[str, Any]:
        """Give how it was worked out, as it is kept; in satang."""
        return {
            "stood": self.stood,
            "required": self.required,
            "tiers": [
                {
                    "from_months": tier.from_months,
                    "until_months": tier.until_months,
                    "ppm": tier.ppm,
                    "loans": tier.loans,
                    "outstanding": tier.outstanding,
                    "required": tier.required,
                }
                for tier in self.tiers
            ],
        }


def allowance_from(kept: Mapping[str, Any], *, fund: str) -> Allowance:
    """Give back how an allowance was worked out."""
    tiers = tuple(
        TierSum(
            tier["from_months"],
            tier["until_months"],
            tier["ppm"],
            tier["loans"],
            Satang(tier["outstanding"]),
            Satang(tier["required"]),
        )
        for tier in kept["tiers"]
    )
    return Allowance(fund, tiers, Satang(kept["stood"]))


@dataclass(frozen=True, slots=True)
class Earned:
    """Interest of one kind of loan that was earned and is not paid, in satang.

    Attributes:
        code: The income account.
        name: Its name.
        waits_in: The code of the account in which it waits.
        loans: How many loans it comes from.
        overdue: The part of it that is overdue.
        running: The part that has accrued since the last due day.
    """

    code: str
    name: str
    waits_in: str
    loans: int
    overdue: Satang
    running: Satang

    @property
    def interest(self) -> Satang:
        """Both parts."""
        return Satang(self.overdue + self.running)


@dataclass(frozen=True, slots=True)
class Accrual:
    """The interest of a purse that was earned by a month's end and is not paid; in satang."""

    fund: str
    earned: tuple[Earned, ...]

    @property
    def amount(self) -> Satang:
        """All of it."""
        return total(one.interest for one in self.earned)

    def worked_out(self) -> dict[str, Any]:
        """Give how it was worked out, as it is kept; in satang."""
        return {
            "earned": [
                {
                    "code": one.code,
                    "waits_in": one.waits_in,
                    "loans": one.loans,
                    "overdue": one.overdue,
                    "running": one.running,
                }
                for one in self.earned
            ]
        }


def accrual_from(kept: Mapping[str, Any], *, fund: str) -> Accrual:
    """Give back how an accrual was worked out."""
    earned = tuple(
        Earned(
            one["code"],
            _name_of(one["code"], fund),
            one["waits_in"],
            one["loans"],
            Satang(one["overdue"]),
            Satang(one["running"]),
        )
        for one in kept["earned"]
    )
    return Accrual(fund, earned)


def last_day_of(month: date) -> date:
    """Give the last day of a month."""
    return next_month(month) - timedelta(days=1)


def allowances(session: Session, *, book_id: int, month: date) -> list[Allowance]:
    """Work out what is to be set aside at the end of a month, for each purse that lends.

    Raises:
        RuleNotResolved: The group has no tiers yet.
    """
    on = last_day_of(month)
    tiers = [
        (int(months), int(ppm))
        for months, ppm in by_law(session, book_id=book_id, name=RuleName.PROVISION_TIERS, on=on)
    ]
    running = portfolio(session, book_id=book_id, on=on)
    suspects = [one.loan_id for one in running if one.may_be_overdue]
    late = overdue_standings(session, book_id=book_id, on=on, loan_ids=suspects)
    found = []
    stood = _stood(session, book_id=book_id, before=next_month(month))
    by_fund = _by_fund(running)
    for fund in sorted(by_fund.keys() | {fund for fund, amount in stood.items() if amount}):
        exposures = [
            Exposure(one.outstanding, since_of(late[one.loan_id]) if one.loan_id in late else None)
            for one in by_fund.get(fund, [])
        ]
        sums = provision(exposures, tiers=tiers, on=on)
        found.append(Allowance(fund, sums, stood.get(fund, ZERO)))
    return found


def _by_fund(running: list[LoanOnDay]) -> dict[str, list[LoanOnDay]]:
    found: dict[str, list[LoanOnDay]] = defaultdict(list)
    for one in running:
        found[one.fund].append(one)
    return found


def _stood(session: Session, *, book_id: int, before: date) -> dict[str, Satang]:
    """Give what stood in the allowance of each purse before a day, in satang."""
    accounts = session.execute(
        select(Account.fund, Account.id).where(
            Account.book_id == book_id, Account.code == ALLOWANCE
        )
    )
    return {
        fund: Satang(-balance_before(session, book_id=book_id, account_id=account, day=before))
        for fund, account in accounts
    }


def accruals(session: Session, *, book_id: int, month: date) -> list[Accrual]:
    """Work out the interest earned by the end of a month and not paid, for each purse.

    Contract interest only: default interest is income when it is paid. Source: event E23.
    """
    on = last_day_of(month)
    running = portfolio(session, book_id=book_id, on=on)
    standings = running_standings(session, book_id=book_id, on=on, running=running)
    sums: dict[Purpose, list[int]] = {}
    for one in running:
        standing = standings.get(one.loan_id)
        if standing is None:
            continue
        overdue, accrued = standing.overdue_interest, standing.accrued_interest
        if overdue or accrued:
            of_purpose = sums.setdefault(one.purpose, [0, 0, 0])
            of_purpose[0] += 1
            of_purpose[1] += overdue
            of_purpose[2] += accrued
    by_fund: dict[str, list[Earned]] = defaultdict(list)
    for purpose, (loans, overdue_sum, accrued_sum) in sums.items():
        of = ACCOUNTS[purpose]
        waits_in = ACCRUED_OF_GROUPS if purpose is Purpose.CHILD_GROUP else ACCRUED_INTEREST
        name = _name_of(of.interest, of.fund)
        by_fund[of.fund].append(
            Earned(of.interest, name, waits_in, loans, Satang(overdue_sum), Satang(accrued_sum))
        )
    return [
        Accrual(fund, tuple(sorted(earned, key=lambda one: one.code)))
        for fund, earned in sorted(by_fund.items())
    ]


def _name_of(code: str, fund: str) -> str:
    return next(row.thai for row in standard_chart() if (row.code, row.fund) == (code, fund))


def month_ends_of(session: Session, *, book_id: int, month: date) -> list[MonthEndPosting]:
    """Give what was posted at the end of a month, by kind and purse."""
    return list(
        session.scalars(
            select(MonthEndPosting)
            .where(MonthEndPosting.book_id == book_id, MonthEndPosting.month == month)
            .order_by(MonthEndPosting.what, MonthEndPosting.fund)
        )
    )


def newest_month_end(session: Session, *, book_id: int, what: MonthEnd) -> date | None:
    """Give the last month for which something was posted, as its first day, or None."""
    return session.scalar(
        select(func.max(MonthEndPosting.month)).where(
            MonthEndPosting.book_id == book_id, MonthEndPosting.what == what
        )
    )
