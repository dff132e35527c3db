"""The walk through the due days: what each instalment is, what of it is principal."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import islice
from typing import NoReturn

from ledger.money import ZERO, Satang, format_baht
from ledger.thai import format_date
from loans.interest import half_up
from loans.schedule.charging import OURS, Measure, is_by_days, share
from loans.schedule.checks import (
    MOST_INSTALMENTS,
    DueDaysUnfit,
    NegativeAmortisation,
    PayoutsNotInOrder,
    RoundingLeavesNothing,
    TermTooLong,
    check_limits,
    check_terms,
)
from loans.schedule.days import Slot, is_chosen, slots
from loans.schedule.terms import (
    Grace,
    Method,
    Payout,
    RateChange,
    RateEffect,
    RoundingHow,
    Row,
    Schedule,
    Terms,
)

#: In these the principal of a row is given and interest comes on top; in the others the payment is.
SHARES_PRINCIPAL = (Method.EQUAL_PRINCIPAL, Method.SEASONAL)


def make_schedule(terms: Terms) -> Schedule:
    """Work out the instalments of a loan.

    Raises:
        TermsUnfit: The terms cannot be so (a subclass says which, and why).

    Source:
        docs/loan-schedules.md, which gives the source of each convention.
    """
    check_limits(terms)
    return make_foreign_schedule(terms, measure=OURS)


def make_foreign_schedule(terms: Terms, *, measure: Measure) -> Schedule:
    """Work instalments out as another program measures them, to compare: 360 days a year, say.

    What is only too much for us, of instalments or of interest, is not refused.

    Raises:
        TermsUnfit: The terms cannot be so (a subclass says which, and why).
    """
    check_terms(terms)
    rows = tuple(_Walk(terms, measure).rows())
    assert sum(row.principal for row in rows) == terms.principal, terms
    assert rows[-1].balance == 0, terms
    return Schedule(terms, rows)


def rounded(numerator: int, denominator: int, *, multiple: int, how: RoundingHow) -> Satang:
    """Round a fraction to a multiple: up, down, or to the nearest with halves up."""
    unit = denominator * multiple
    if how is RoundingHow.UP:
        return Satang(-(-numerator // unit) * multiple)
    if how is RoundingHow.DOWN:
        return Satang(numerator // unit * multiple)
    return Satang(half_up(numerator, unit) * multiple)


@dataclass
class _Walk:
    """Where one stands on the way from the payout to the last instalment."""

    terms: Terms
    measure: Measure
    balance: Satang = ZERO
    lent: Satang = ZERO
    instalment: Satang | None = None
    #: What the instalment came to before it was rounded, to tell why it is too small.
    exact: Fraction = Fraction(0)
    done: int = 0
    rates: list[tuple[date, int]] = field(default_factory=list)
    waiting: list[Payout] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    paying: int = 0
    may_run_on: bool = False

    def __post_init__(self) -> None:
        terms = self.terms
        self.rates = [(date.min, terms.annual_rate_ppm)]
        self.rates += [(change.since, change.annual_rate_ppm) for change in terms.rate_changes]
        self.waiting = list(terms.payouts) or [Payout(terms.disbursed_on, terms.principal)]
        moves = any(_moves_the_end(terms, change) for change in terms.rate_changes)
        self.slots = list(_enough(terms, MOST_INSTALMENTS if moves else _paying(terms)))
        asking = sum(slot.asks_principal for slot in self.slots)
        self.paying = asking if is_chosen(terms) else _paying(terms)
        if not asking:
            raise DueDaysUnfit(
                given=0, instalments=terms.instalments, due=format_date(terms.first_due_on)
            )

    def rows(self) -> Iterator[Row]:
        """Give the rows until nothing is owed."""
        n = 0
        for place, slot in enumerate(self.slots):
            joining = self._joining(slot)
            self._change_course(place, slot, joining)
            interest, own = self._interest(slot, joining)
            self.balance = Satang(self.balance + sum(payout.amount for payout in joining))
            principal = self._principal(slot, own) if slot.asks_principal else ZERO
            self.balance = Satang(self.balance - principal)
            if principal or interest:
                n += 1
                yield Row(
                    n=n,
                    due_on=slot.due_on,
                    days=self._days(slot),
                    payment=Satang(principal + interest),
                    principal=principal,
                    interest=interest,
                    fee=ZERO,
                    balance=self.balance,
                )
            if not self.balance and not self.waiting:
                return
        raise TermTooLong(instalment=format_baht(self.instalment or ZERO), most=MOST_INSTALMENTS)

    def _joining(self, slot: Slot) -> list[Payout]:
        """Take what was paid out before the day; what is paid out on it begins the next period."""
        joining = [payout for payout in self.waiting if payout.on < slot.due_on]
        self.waiting = self.waiting[len(joining) :]
        self.lent = Satang(self.lent + sum(payout.amount for payout in joining))
        return joining

    def _change_course(self, place: int, slot: Slot, joining: list[Payout]) -> None:
        """Work the instalment out, at first and wherever something asks for it anew."""
        changes = [c for c in self.terms.rate_changes if slot.starts_on < c.since <= slot.due_on]
        self.may_run_on |= any(_moves_the_end(self.terms, change) for change in changes)
        anew = any(c.effect is RateEffect.RECOMPUTE for c in changes)
        kept = self.terms.kept_instalment
        if self.instalment is None and kept is not None:
            self.instalment, self.exact = kept, Fraction(kept)
        elif self.terms.method is Method.BULLET or self.done >= self.paying:
            return
        elif self.instalment is None or anew or (joining and kept is None):
            self._work_out(place, joining)

    def _work_out(self, place: int, joining: list[Payout]) -> None:
        terms = self.terms
        left = self.paying - self.done
        ahead = [slot for slot in islice(self.slots, place, None) if slot.asks_principal][:left]
        owed = self.balance + sum(payout.amount for payout in joining)
        if terms.method in SHARES_PRINCIPAL:
            self.exact = Fraction(owed, left)
        elif terms.method is Method.FLAT:
            self.exact = (owed + self._flat_interest(ahead, joining)) * Fraction(1, left)
        else:
            self.exact = self._annuity(ahead, joining)
        self.instalment = rounded(
            self.exact.numerator,
            self.exact.denominator,
            multiple=terms.rounding_multiple,
            how=terms.rounding_how,
        )

    def _annuity(self, ahead: list[Slot], joining: list[Payout]) -> Fraction:
        """Give the instalment with which all are equal, also the last, before rounding.

        What is owed after the last of them is ``grown`` less the instalment times ``paid``, both
        over ``scale``: whole numbers, since reducing 480 fractions would take long.
        """
        first, rates = ahead[0], self._rates_known(ahead[0])
        start = self.balance + sum(payout.amount for payout in joining)
        begun = start + self._exact_interest(first, joining, since=first.since)
        grown, paid, scale = begun.numerator, begun.denominator, begun.denominator
        for slot in ahead[1:]:
            rate = self._share(rates, slot)
            growth = rate.denominator + rate.numerator
            scale *= rate.denominator
            grown, paid = grown * growth, paid * growth + scale
        return Fraction(grown, paid)

    def _flat_interest(self, ahead: list[Slot], joining: list[Payout]) -> Fraction:
        first, rates = ahead[0], self._rates_known(ahead[0])
        coming = sum((self._share(rates, slot) for slot in ahead[1:]), Fraction(0))
        return self._exact_interest(first, joining, since=first.since) + self.lent * coming

    def _share(self, rates: list[tuple[date, int]], slot: Slot) -> Fraction:
        return share(
            self.terms,
            rates,
            since=slot.since,
            until=slot.due_on,
            measure=self.measure,
        )

    def _rates_known(self, slot: Slot) -> list[tuple[date, int]]:
        """Give the rates up to a day: nobody knows then how they will change."""
        return [(since, rate) for since, rate in self.rates if since <= slot.due_on]

    def _interest(self, slot: Slot, joining: list[Payout]) -> tuple[Satang, Satang]:
        """Give all interest that is asked for on a day, and what of it is its own period's."""
        exact = self._exact_interest(slot, joining, since=slot.starts_on)
        interest = half_up(exact.numerator, exact.denominator)
        if slot.since == slot.starts_on:
            return interest, interest
        exact = self._exact_interest(slot, joining, since=slot.since)
        return interest, half_up(exact.numerator, exact.denominator)

    def _exact_interest(self, slot: Slot, joining: list[Payout], *, since: date) -> Fraction:
        """Give the interest from a day to the due day; ``balance`` is without what joins."""
        terms, until = self.terms, slot.due_on
        joined = sum(payout.amount for payout in joining)
        before = self.lent - joined if terms.method is Method.FLAT else self.balance
        interest = Fraction(0)
        if before:
            interest += before * share(
                terms, self.rates, since=since, until=until, measure=self.measure
            )
        for payout in joining:
            interest += payout.amount * share(
                terms,
                self.rates,
                since=max(payout.on, since),
                until=until,
                is_payout=payout.on >= since,
                measure=self.measure,
            )
        return interest

    def _principal(self, slot: Slot, own: Satang) -> Satang:
        """Give what of an instalment is principal; the last takes the rest."""
        self.done += 1
        is_last = self.done >= self.paying
        if self.terms.method is Method.BULLET:
            return self._rest() if is_last else ZERO
        assert self.instalment is not None
        part = self.instalment
        if self.terms.method not in SHARES_PRINCIPAL:
            part = Satang(self.instalment - own)
        if part >= self.balance:
            return self.balance
        over = self.balance - part
        if is_last and not (self.may_run_on and over > self.paying * self.terms.rounding_multiple):
            return self._rest()
        if part <= 0:
            self._refuse(slot, own)
        return part

    def _rest(self) -> Satang:
        if self.waiting:
            raise PayoutsNotInOrder(day=format_date(self.waiting[0].on))
        return self.balance

    def _refuse(self, slot: Slot, own: Satang) -> NoReturn:
        """Say why nothing is left for the principal: the rounding, or the instalment itself."""
        assert self.instalment is not None
        needed = ZERO if self.terms.method in SHARES_PRINCIPAL else own
        if self.terms.kept_instalment is None and self.exact > needed:
            raise RoundingLeavesNothing(
                multiple=format_baht(self.terms.rounding_multiple), n=self.done
            )
        raise NegativeAmortisation(
            n=self.done,
            due=format_date(slot.due_on),
            interest=format_baht(own),
            instalment=format_baht(self.instalment),
        )

    def _days(self, slot: Slot) -> int:
        terms, since, until = self.terms, slot.starts_on, slot.due_on
        days = (until - since).days
        is_first = since == terms.disbursed_on and terms.counts_first_day
        return days + (is_first and is_by_days(terms, since=since, until=until))


def _moves_the_end(terms: Terms, change: RateChange) -> bool:
    """Tell whether a new rate moves the last instalment: not where the days or shares are fixed."""
    return (
        change.effect is RateEffect.KEEP_INSTALMENT
        and terms.method in {Method.EQUAL_INSTALMENT, Method.FLAT}
        and not is_chosen(terms)
    )


def _paying(terms: Terms) -> int:
    """Give how many instalments pay principal."""
    return terms.instalments - (terms.grace_instalments if terms.grace is not Grace.NONE else 0)


def _enough(terms: Terms, paying: int) -> Iterator[Slot]:
    """Give due days until so many of them ask for principal, or the chosen ones end."""
    asked = 0
    for slot in slots(terms):
        yield slot
        asked += slot.asks_principal
        if asked == paying:
            return
