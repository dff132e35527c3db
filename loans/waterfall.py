"""In which order a payment is applied to a loan."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ledger.errors import RuleBroken
from ledger.money import SATANG_PER_BAHT, ZERO, Satang, format_baht, short_baht, total
from loans.schedule import Counting
from loans.standing import DueRow, Standing


class Part(StrEnum):
    """A part of a payment, in the order in which it is applied."""

    COSTS = "costs"
    DEFAULT_INTEREST = "default_interest"
    OVERDUE_INTEREST = "overdue_interest"
    CURRENT_INTEREST = "current_interest"
    FEE = "fee"
    OVERDUE_PRINCIPAL = "overdue_principal"
    FEE_AHEAD = "fee_ahead"
    CURRENT_PRINCIPAL = "current_principal"
    ADVANCE_PRINCIPAL = "advance_principal"


PART_IN_THAI = {
    Part.COSTS: "ค่าติดตามหนี้",
    Part.DEFAULT_INTEREST: "ดอกเบี้ยผิดนัด",
    Part.OVERDUE_INTEREST: "ดอกเบี้ยค้าง",
    Part.CURRENT_INTEREST: "ดอกเบี้ยงวดนี้",
    Part.FEE: "ค่าธรรมเนียม",
    Part.OVERDUE_PRINCIPAL: "เงินต้นค้าง",
    Part.FEE_AHEAD: "ค่าธรรมเนียมงวดนี้",
    Part.CURRENT_PRINCIPAL: "เงินต้นงวดนี้",
    Part.ADVANCE_PRINCIPAL: "เงินต้นล่วงหน้า",
}


class NothingPaid(RuleBroken):
    """A payment is above zero."""

    thai = "ยังไม่ได้ใส่จำนวนเงินที่ชำระ ใส่ให้มากกว่าศูนย์"


class MoreThanOwed(RuleBroken):
    """The payment is more than pays the loan off."""

    thai = "ชำระได้ไม่เกิน {most} บาท ซึ่งปิดสัญญาได้ในวันนี้ ส่วนที่เกินให้ฝากเข้าบัญชีออม"


#: Cash has no satang, so an instalment is handed over in whole baht: what is beyond it is no
#: payment in advance, and the next instalment is that much smaller.
LESS_THAN_A_BAHT = Satang(SATANG_PER_BAHT - 1)


@dataclass(frozen=True, slots=True)
class Share:
    """What of a payment goes where, in satang, and the sentence that explains it."""

    part: Part
    amount: Satang
    sentence: str


@dataclass(frozen=True, slots=True)
class Split:
    """A payment divided by the law's order, in satang.

    Attributes:
        amount: What was paid.
        principal: All principal in it, also what is paid in advance.
        interest: Contract interest, overdue and current.
        default_interest: Default interest.
        fee: Fees of the instalments.
        costs: Costs of collecting the debt.
        advance_principal: Principal beyond the running row, part of ``principal``.
        pays_off: Nothing is owed after it.
        asks_for_new_plan: So much was paid in advance that the instalments are worked out anew:
            a baht or more by the month, where the plan's interest rests on it; by the day more
            than a row's.
        shares: What goes where, in order.
    """

    amount: Satang
    principal: Satang
    interest: Satang
    default_interest: Satang
    fee: Satang
    costs: Satang
    advance_principal: Satang
    pays_off: bool
    asks_for_new_plan: bool
    shares: tuple[Share, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of the shares, in order."""
        return tuple(share.sentence for share in self.shares)


def divide(amount: Satang, standing: Standing) -> Split:
    """Divide a payment: costs, default interest, interest and principal that are due, the rest.

    A payment of the whole settlement pays off: interest by the day up to it, all principal.
    What is paid before the next due day comes after everything that is due: that row's interest,
    the whole of it when the whole row is brought and else that of the days that have passed, then
    its principal; what is beyond the row is principal in advance.

    Args:
        amount: What is paid, in satang.
        standing: How it stands with the loan on the day of the payment.

    Raises:
        NothingPaid: The amount is zero or less.
        MoreThanOwed: It is more than the settlement of the day.

    Source:
        Civil and Commercial Code, sections 329 (costs, interest, principal) and 224/1.
    """
    if amount <= 0:
        raise NothingPaid
    if amount > standing.settlement:
        raise MoreThanOwed(most=format_baht(standing.settlement))
    pays_off = amount == standing.settlement
    asked = _asked_to_pay_off(standing) if pays_off else _asked(amount, standing)
    left, shares = int(amount), []
    for part, owed, how in asked:
        taken = Satang(min(left, owed))
        if taken:
            shares.append(Share(part, taken, _sentence(part, taken, owed, how)))
            left -= taken
    assert left == 0, (amount, standing)
    return _split(amount, tuple(shares), standing, pays_off=pays_off)


def _asked(amount: Satang, standing: Standing) -> Iterator[tuple[Part, Satang, str]]:
    """Give what is asked for, in the order in which it is paid, with the sum behind each.

    What has fallen due comes first, interest before principal; then the running row, whose
    interest is not due yet, and then principal in advance.
    """
    row = standing.current
    falls_due = row is not None and row.due_on == standing.on
    yield Part.COSTS, standing.costs, ""
    yield Part.DEFAULT_INTEREST, standing.default_interest, _joined(standing.default_sums)
    yield Part.OVERDUE_INTEREST, standing.overdue_interest, _sums(standing.overdue)
    if row is not None and falls_due:
        yield Part.CURRENT_INTEREST, row.interest, row.sum
    fee = Satang(standing.overdue_fee + (row.fee if row is not None and falls_due else 0))
    yield Part.FEE, fee, ""
    yield Part.OVERDUE_PRINCIPAL, standing.overdue_principal, _rows(standing.overdue)
    if row is not None and not falls_due:
        yield Part.CURRENT_INTEREST, *_interest_before_it_is_due(amount, row, standing)
        yield Part.FEE_AHEAD, row.fee, ""
    running = row.principal if row is not None else ZERO
    if row is not None:
        yield Part.CURRENT_PRINCIPAL, running, f"งวดที่ {row.n}"
    beyond = Satang(standing.outstanding - standing.overdue_principal - running)
    yield Part.ADVANCE_PRINCIPAL, beyond, ""


def _interest_before_it_is_due(
    amount: Satang, row: DueRow, standing: Standing
) -> tuple[Satang, str]:
    """Give what interest a payment before the due day takes, in satang, and its sum.

    Who brings the whole instalment some days early has paid it, with its whole interest. Who
    brings less pays the interest of the days that have passed, so that nothing is taken ahead.
    """
    if amount >= standing.overdue_in_all + row.all:
        return row.interest, row.sum
    return standing.accrued_interest, standing.accrued_sum


def _asked_to_pay_off(standing: Standing) -> Iterator[tuple[Part, Satang, str]]:
    """Give what pays a loan off: as ever, but interest only up to the day, and all principal."""
    row = standing.current
    yield Part.COSTS, standing.costs, ""
    yield Part.DEFAULT_INTEREST, standing.default_interest, _joined(standing.default_sums)
    yield Part.OVERDUE_INTEREST, standing.overdue_interest, _sums(standing.overdue)
    yield Part.CURRENT_INTEREST, standing.accrued_interest, standing.accrued_sum
    falls_due = row is not None and row.due_on == standing.on
    yield Part.FEE, Satang(standing.overdue_fee + (row.fee if row and falls_due else 0)), ""
    yield Part.OVERDUE_PRINCIPAL, standing.overdue_principal, _rows(standing.overdue)
    beyond = Satang(standing.outstanding - standing.overdue_principal)
    yield Part.CURRENT_PRINCIPAL, beyond, "ปิดสัญญา"


def _split(
    amount: Satang, shares: tuple[Share, ...], standing: Standing, *, pays_off: bool
) -> Split:
    went = {share.part: share.amount for share in shares}

    def sum_of(*parts: Part) -> Satang:
        return total(went.get(part, ZERO) for part in parts)

    advance = went.get(Part.ADVANCE_PRINCIPAL, ZERO)
    running = standing.current.principal if standing.current is not None else ZERO
    most = LESS_THAN_A_BAHT if standing.counting is Counting.MONTH else running
    return Split(
        amount=amount,
        principal=sum_of(Part.OVERDUE_PRINCIPAL, Part.CURRENT_PRINCIPAL, Part.ADVANCE_PRINCIPAL),
        interest=sum_of(Part.OVERDUE_INTEREST, Part.CURRENT_INTEREST),
        default_interest=went.get(Part.DEFAULT_INTEREST, ZERO),
        fee=sum_of(Part.FEE, Part.FEE_AHEAD),
        costs=went.get(Part.COSTS, ZERO),
        advance_principal=advance,
        pays_off=pays_off,
        asks_for_new_plan=not pays_off and advance > most,
        shares=shares,
    )


def _sentence(part: Part, taken: Satang, owed: Satang, how: str) -> str:
    """``ดอกเบี้ยงวดนี้ 50.96 บาท (10,000 × 6 % × 31/365 = 50.96)``."""
    why = f" ({how})" if how else ""
    still = (
        f" ยังขาด {short_baht(Satang(owed - taken))} บาท" if _still_owed(part, taken, owed) else ""
    )
    return f"{PART_IN_THAI[part]} {short_baht(taken)} บาท{why}{still}"


def _still_owed(part: Part, taken: Satang, owed: Satang) -> bool:
    return taken < owed and part is not Part.ADVANCE_PRINCIPAL


def _sums(rows: Iterable[DueRow]) -> str:
    return _joined(
        row.sum or f"ยอดค้างยกมา {short_baht(row.interest)}" for row in rows if row.interest
    )


def _rows(rows: Iterable[DueRow]) -> str:
    return _joined(f"งวดที่ {row.n}" for row in rows if row.principal)


def _joined(sums: Iterable[str]) -> str:
    return ", ".join(sums)
