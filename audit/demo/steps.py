"""The order in which the sample is made: each step is a piece of work for one transaction."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from sqlalchemy.orm import Session

from audit.demo import names
from audit.demo.groups import (
    BEGINS_ON,
    add_those_of_no_village,
    bring_forward,
    found_group,
    found_network,
    working_group,
)
from audit.demo.lending import begin_lending
from audit.demo.months import keep_month
from audit.demo.names import VillagePlan
from audit.demo.review import Reviewed, begin_review, review_and_close
from members.queries import group_by_code

Step = Callable[[Session], None]
#: Six months in which money was collected. The first four are closed, October is under review.
MONTHS = tuple(date(2026, month, 1) for month in range(6, 12))
CLOSED, UNDER_REVIEW = MONTHS[:4], MONTHS[4]
#: How far away in the list of villages those live who review a group.
FIRST_REVIEWER, SECOND_REVIEWER = 1, 5


def sample_steps(*, password_hash: str) -> Iterator[Step]:
    """Give the steps that make the sample in an empty database, in order.

    Args:
        password_hash: The hash of everybody's password.
    """
    yield found_network
    for plan in names.VILLAGES:
        yield partial(_found, plan=plan, password_hash=password_hash)
    yield partial(add_those_of_no_village, password_hash=password_hash)
    for month in MONTHS:
        for plan in names.VILLAGES:
            yield partial(_keep, plan=plan, month=month)
        for place in range(len(names.VILLAGES)):
            yield partial(_review, place=place, month=month)


def _found(session: Session, *, plan: VillagePlan, password_hash: str) -> None:
    found_group(session, plan, password_hash=password_hash)
    book_id = group_by_code(session, code=plan.group_code).book_id
    bring_forward(session, book_id=book_id, code=plan.group_code)
    begin_lending(session, plan, five=working_group(session, plan), since=BEGINS_ON)


def _keep(session: Session, *, plan: VillagePlan, month: date) -> None:
    first = next(village for village in names.VILLAGES if village.code[:6] == plan.code[:6])
    keep_month(
        session,
        plan,
        month,
        five=working_group(session, plan),
        keeper_of_mother=working_group(session, first).vice_chair,
    )


def _review(session: Session, *, place: int, month: date) -> None:
    """Review the month before, as everybody does once the new month's money is in the bank."""
    villages = names.VILLAGES
    plan = villages[place]
    first, second = (
        working_group(session, villages[(place + step) % len(villages)])
        for step in (FIRST_REVIEWER, SECOND_REVIEWER)
    )
    before = MONTHS[MONTHS.index(month) - 1]
    reviewed = Reviewed(plan, before, working_group(session, plan), (first, second))
    if month != MONTHS[0] and before in CLOSED:
        review_and_close(session, reviewed)
    elif before == UNDER_REVIEW:
        still_asked = names.STILL_ASKED
        question = still_asked[place // 4] if place % 4 == 0 else ""
        begin_review(session, reviewed, question=question)
