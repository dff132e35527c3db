"""Terms that cannot be so, each with the sentence that says why and what to do."""

from itertools import pairwise

from ledger.errors import RuleBroken
from ledger.money import Satang, format_baht
from ledger.thai import format_date
from loans.schedule.terms import Every, Grace, Method, Terms
from members.by_laws import percent

#: Forty years of months: CODI's longest housing loans run for twenty, and this is twice that.
MOST_INSTALMENTS = 480
#: A hundred per cent a year; whoever means more has typed a wrong figure.
MOST_RATE_PPM = 1_000_000
LAST_DAY_OF_A_MONTH = 31
#: Five years, leap days included.
MOST_DAYS_OF_REST = 5 * 365 + 2


class TermsUnfit(RuleBroken):
    """The terms of a loan cannot be so."""

    thai = "เงื่อนไขเงินกู้นี้ทำตารางผ่อนไม่ได้ ตรวจเงื่อนไขอีกครั้ง"


class NothingLent(TermsUnfit):
    """The principal is zero or negative."""

    thai = "เงินต้นต้องมากกว่า 0 บาท (พิมพ์ไว้ {principal}) พิมพ์จำนวนเงินที่ให้กู้"


class RateOutOfReach(TermsUnfit):
    """The rate is negative, or above a hundred per cent a year."""

    thai = "อัตราดอกเบี้ยร้อยละ {rate} ต่อปีไม่ถูกต้อง ต้องอยู่ระหว่างร้อยละ 0 ถึง 100 ต่อปี ตรวจว่าพิมพ์เป็นร้อยละต่อปี"


class InstalmentsOutOfReach(TermsUnfit):
    """There are no instalments, or more than forty years of months."""

    thai = "จำนวนงวด {instalments} ไม่ถูกต้อง ต้องมีตั้งแต่ 1 ถึง {most} งวด (ส่งรายเดือนได้นานสุด 40 ปี)"


class DueBeforePayout(TermsUnfit):
    """The first instalment falls due on or before the day of the payout."""

    thai = "งวดแรกครบกำหนด {due} ไม่อยู่หลังวันจ่ายเงินกู้ {disbursed} เลือกวันครบกำหนดงวดแรกหลังวันจ่ายเงิน"


class DueDaysUnfit(TermsUnfit):
    """The chosen due days are not as many as the instalments, or do not begin with the first."""

    thai = (
        "ระบุวันครบกำหนดไว้ {given} วัน แต่มี {instalments} งวด งวดแรก {due} "
        "ระบุวันให้ครบทุกงวดโดยเริ่มจากงวดแรก"
    )


class DueDaysNotAscending(TermsUnfit):
    """A due day is not after the one before it."""

    thai = "วันครบกำหนด {day} ไม่อยู่หลังวันก่อนหน้า {before} เรียงวันครบกำหนดจากก่อนไปหลังและไม่ซ้ำกัน"


class PayoutsDoNotAddUp(TermsUnfit):
    """The stages of the payout do not add up to the principal."""

    thai = (
        "ยอดจ่ายเงินกู้ทุกงวดงานรวม {paid} บาท ไม่เท่ากับเงินต้น {principal} บาท "
        "แก้ยอดของงวดงานให้รวมกันเท่าเงินต้น"
    )


class PayoutsNotInOrder(TermsUnfit):
    """The stages of the payout are not in order, or one is empty, too early or too late."""

    thai = (
        "งวดงานที่จ่าย {day} ไม่ถูกต้อง แต่ละงวดงานต้องมีเงินมากกว่า 0 บาท เรียงวันจากก่อนไปหลัง "
        "ตั้งแต่วันจ่ายเงินกู้จนก่อนวันครบกำหนดงวดสุดท้าย"
    )


class GraceTooLong(TermsUnfit):
    """The grace is as long as the term, or longer."""

    thai = (
        "ระยะปลอดชำระ {grace} งวดต้องสั้นกว่าจำนวนงวดทั้งหมด {instalments} งวด "
        "ลดระยะปลอดชำระหรือเพิ่มจำนวนงวด"
    )


class RoundingUnfit(TermsUnfit):
    """Instalments cannot be rounded to multiples of nothing."""

    thai = "การปัดเศษต้องปัดเป็นจำนวนตั้งแต่ 1 สตางค์ขึ้นไป เลือกการปัดเศษใหม่"


class RoundingLeavesNothing(TermsUnfit):
    """Rounded so, an instalment pays back nothing of the principal."""

    thai = (
        "ปัดเศษทีละ {multiple} บาทแล้วงวดที่ {n} ไม่เหลือส่วนที่ชำระเงินต้น "
        "เลือกการปัดเศษที่ละเอียดกว่านี้หรือลดจำนวนงวด"
    )


class NegativeAmortisation(TermsUnfit):
    """Interest is as large as the instalment, so that the debt would never shrink."""

    thai = (
        "งวดที่ {n} ({due}) ดอกเบี้ย {interest} บาท แต่เงินงวดมีเพียง {instalment} บาท เงินต้นจะไม่ลด "
        "เพิ่มเงินงวด หรือลดจำนวนงวด ถ้าเป็นงวดแรกให้ครบกำหนดเร็วขึ้นหรือพักชำระทั้งหมดไว้ก่อน"
    )


class TermTooLong(TermsUnfit):
    """With the instalment kept, the loan would not be repaid within forty years of months."""

    thai = "ถ้าคงเงินงวด {instalment} บาทไว้ จะผ่อนไม่หมดภายใน {most} งวด เพิ่มเงินงวดหรือคิดเงินงวดใหม่"


class ChangesNotInOrder(TermsUnfit):
    """Changes of the rate, or holidays, are not in order."""

    thai = "วันที่ {day} ของการเปลี่ยนอัตราหรือการพักชำระไม่เรียงจากก่อนไปหลัง เรียงวันใหม่และอย่าให้ช่วงซ้อนกัน"


class HolidayTooLong(TermsUnfit):
    """A holiday lasts longer than five years."""

    thai = "พักชำระได้ครั้งละไม่เกิน 5 ปี (พิมพ์ไว้ถึง {until}) ตรวจวันสุดท้ายของการพักชำระ"


class KeptInstalmentUnfit(TermsUnfit):
    """An instalment is given that pays nothing, or for a loan that has no equal instalments."""

    thai = (
        "กำหนดเงินงวดเองเป็น {instalment} บาทไม่ได้ ต้องมากกว่า 0 บาท และใช้กับการชำระคืนครั้งเดียวตอนท้ายไม่ได้"
    )


def check_limits(terms: Terms) -> None:
    """Refuse rates and terms longer than anybody here means.

    Raises:
        RateOutOfReach: A rate is negative, or above a hundred per cent a year.
        InstalmentsOutOfReach: There are no instalments, or too many.
    """
    for rate in (terms.annual_rate_ppm, *(c.annual_rate_ppm for c in terms.rate_changes)):
        if not 0 <= rate <= MOST_RATE_PPM:
            raise RateOutOfReach(rate=f"-{percent(-rate)}" if rate < 0 else percent(rate))
    if not 1 <= terms.instalments <= MOST_INSTALMENTS:
        raise InstalmentsOutOfReach(instalments=terms.instalments, most=MOST_INSTALMENTS)


def check_terms(terms: Terms) -> None:
    """Refuse terms that cannot be so, whatever the figures come out as.

    Raises:
        TermsUnfit: A subclass says which, and why.
    """
    if terms.principal <= 0:
        raise NothingLent(principal=_baht(terms.principal))
    if terms.rounding_multiple < 1:
        raise RoundingUnfit(multiple=terms.rounding_multiple)
    _check_grace(terms)
    _check_days(terms)
    _check_payouts(terms)
    _check_changes(terms)
    kept = terms.kept_instalment
    if kept is not None and (kept <= 0 or terms.method is Method.BULLET):
        raise KeptInstalmentUnfit(instalment=_baht(kept))


def _check_grace(terms: Terms) -> None:
    if terms.grace is not Grace.NONE and not 0 <= terms.grace_instalments < terms.instalments:
        raise GraceTooLong(grace=terms.grace_instalments, instalments=terms.instalments)


def _check_days(terms: Terms) -> None:
    if terms.first_due_on <= terms.disbursed_on:
        raise DueBeforePayout(
            due=format_date(terms.first_due_on), disbursed=format_date(terms.disbursed_on)
        )
    chosen = terms.every is Every.CHOSEN or terms.method is Method.SEASONAL
    if chosen and (
        len(terms.due_days) != terms.instalments or terms.due_days[0] != terms.first_due_on
    ):
        raise DueDaysUnfit(
            given=len(terms.due_days),
            instalments=terms.instalments,
            due=format_date(terms.first_due_on),
        )
    for before, day in pairwise(terms.due_days):
        if day <= before:
            raise DueDaysNotAscending(day=format_date(day), before=format_date(before))
    day_of_month = terms.due_day_of_month
    if day_of_month is not None and not 1 <= day_of_month <= LAST_DAY_OF_A_MONTH:
        raise TermsUnfit(day_of_month=day_of_month)


def _check_payouts(terms: Terms) -> None:
    if not terms.payouts:
        return
    paid = Satang(sum(payout.amount for payout in terms.payouts))
    if paid != terms.principal:
        raise PayoutsDoNotAddUp(paid=_baht(paid), principal=_baht(terms.principal))
    earliest = terms.disbursed_on
    for payout in terms.payouts:
        if payout.amount <= 0 or payout.on < earliest:
            raise PayoutsNotInOrder(day=format_date(payout.on))
        earliest = payout.on


def _check_changes(terms: Terms) -> None:
    for changed, change in pairwise(terms.rate_changes):
        if change.since <= changed.since:
            raise ChangesNotInOrder(day=format_date(change.since))
    for holiday in terms.holidays:
        if holiday.until < holiday.since:
            raise ChangesNotInOrder(day=format_date(holiday.until))
        if (holiday.until - holiday.since).days > MOST_DAYS_OF_REST:
            raise HolidayTooLong(until=format_date(holiday.until))
    for rested, holiday in pairwise(terms.holidays):
        if holiday.since <= rested.until:
            raise ChangesNotInOrder(day=format_date(holiday.since))


def _baht(amount: int) -> str:
    return format_baht(Satang(amount))
