"""How much a member may borrow, and why not more: every reason with the sum behind it."""

from dataclasses import dataclass
from datetime import date

from ledger.money import ZERO, Satang, format_baht
from ledger.thai import format_date
from loans.product_terms import LoanByLaw, months_after, most_by_savings, times

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a member who wants to borrow; amounts in satang."""

    joined_on: date
    on: date
    savings: Satang
    owed_of_this_kind: Satang
    owed_in_all: Satang
    overdue: Satang
    guarantors_agreed: int
    guaranteed_satang: Satang
    household_income: Satang
    instalment: Satang
    written_off: Satang = ZERO


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule, whether it is kept, and the sentence with its sum.

    ``is_private`` says that the sentence tells what only the group's own officers may know.
    """

    is_kept: bool
    sentence: str
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What a member may borrow, at most, in satang, and every reason for it."""

    most: Satang
    asked: Satang
    reasons: tuple[Reason, ...]

    @property
    def may_borrow(self) -> bool:
        """Whether every rule is kept."""
        return all(reason.is_kept for reason in self.reasons)


def eligibility(*, asked: Satang, instalments: int, by_law: LoanByLaw, facts: Facts) -> Eligibility:
    """Tell whether a member may borrow an amount, with every reason in a sentence.

    The reasons come from cheap to dear: what the paper says first, then what the book says, then
    what depends on other people. ``most`` is what ceiling and savings leave, and nothing while the
    member still waits, is overdue, or owes what was written off; guarantors are found for what is
    asked, and do not limit it.
    The household's income only warns: its reason is always kept.

    Args:
        asked: What the member asks for, in satang.
        instalments: Over how many instalments.
        by_law: What the group resolved about the kind of loan.
        facts: What is known of the member on the day.
    """
    within_ceiling = Satang(max(0, by_law.most_satang - facts.owed_of_this_kind))
    by_savings = most_by_savings(by_law, savings=facts.savings)
    within_savings = (
        within_ceiling if by_savings is None else Satang(max(0, by_savings - facts.owed_in_all))
    )
    waited = _waited(by_law, facts)
    paid_up = _paid_up(facts)
    room = Satang(min(within_ceiling, within_savings))
    return Eligibility(
        most=room if waited.is_kept and paid_up.is_kept and not facts.written_off else ZERO,
        asked=asked,
        reasons=(
            _term(by_law, instalments),
            waited,
            _ceiling(by_law, facts, asked=asked, room=within_ceiling),
            *_savings(by_law, facts, asked=asked, most=by_savings),
            paid_up,
            *_written_off(facts),
            *_guarantors(by_law, facts, asked=asked),
            *_income(facts),
        ),
    )


def _term(by_law: LoanByLaw, instalments: int) -> Reason:
    most = by_law.most_instalments
    if instalments > most:
        return Reason(False, f"ขอผ่อน {instalments} งวด แต่ระเบียบให้ไม่เกิน {most} งวด ลดจำนวนงวดลง")
    return Reason(instalments >= 1, f"ผ่อน {instalments} งวด ไม่เกิน {most} งวดตามระเบียบ")


def _waited(by_law: LoanByLaw, facts: Facts) -> Reason:
    joined = f"เป็นสมาชิกตั้งแต่ {format_date(facts.joined_on)}"
    if not by_law.waiting_months:
        return Reason(True, f"{joined} ระเบียบไม่กำหนดระยะรอ")
    may_on = months_after(facts.joined_on, by_law.waiting_months)
    rule = f"ต้องครบ {by_law.waiting_months} เดือน"
    if facts.on < may_on:
        return Reason(False, f"{joined} {rule} กู้ได้ตั้งแต่ {format_date(may_on)}")
    return Reason(True, f"{joined} {rule} ครบแล้วเมื่อ {format_date(may_on)}")


def _ceiling(by_law: LoanByLaw, facts: Facts, *, asked: Satang, room: Satang) -> Reason:
    sum_ = f"วงเงินกู้ประเภทนี้ {baht(by_law.most_satang)} บาท"
    if facts.owed_of_this_kind:
        sum_ += f" เป็นหนี้ประเภทนี้อยู่ {baht(facts.owed_of_this_kind)}"
    return _limit(f"{sum_} เหลือกู้ได้ {baht(room)} บาท", asked=asked, room=room)


def _savings(
    by_law: LoanByLaw, facts: Facts, *, asked: Satang, most: Satang | None
) -> tuple[Reason, ...]:
    if most is None:
        return ()
    room = Satang(max(0, most - facts.owed_in_all))
    sum_ = (
        f"สัจจะและหุ้น {baht(facts.savings)} × {times(by_law.most_hundredths_of_savings)} เท่า "
        f"= กู้ได้ไม่เกิน {baht(most)} บาท"
    )
    if facts.owed_in_all:
        sum_ += f" เป็นหนี้อยู่ {baht(facts.owed_in_all)} เหลือกู้ได้ {baht(room)} บาท"
    return (_limit(sum_, asked=asked, room=room),)


def _limit(sum_: str, *, asked: Satang, room: Satang) -> Reason:
    """Say a limit with its sum, and by how much what is asked for is above it."""
    if asked > room:
        return Reason(False, f"{sum_} ขอมา {baht(asked)} เกินไป {baht(Satang(asked - room))} บาท")
    return Reason(True, sum_)


def _paid_up(facts: Facts) -> Reason:
    if facts.overdue:
        return Reason(False, f"ค้างชำระอยู่ {baht(facts.overdue)} บาท ต้องชำระส่วนที่ค้างก่อน")
    return Reason(True, "ไม่มีหนี้ค้างชำระ")


def _written_off(facts: Facts) -> tuple[Reason, ...]:
    """Refuse whoever owes what the group wrote off: it is off the book, and still owed."""
    if not facts.written_off:
        return ()
    owed = f"มีหนี้ที่กลุ่มตัดสูญไปแล้วยังไม่ได้ชำระคืน {baht(facts.written_off)} บาท"
    return (Reason(False, f"{owed} ต้องชำระคืนก่อนจึงกู้ใหม่ได้"),)


def _guarantors(by_law: LoanByLaw, facts: Facts, *, asked: Satang) -> tuple[Reason, ...]:
    """Say whether enough people agreed, and whether together they stand for all of it."""
    if not by_law.guarantors:
        return ()
    agreed, needed = facts.guarantors_agreed, by_law.guarantors
    people = f"ผู้ค้ำประกันยินยอมแล้ว {agreed} คน ต้องมี {needed} คน"
    missing = max(0, needed - agreed)
    short = Satang(max(0, asked - facts.guaranteed_satang))
    covers = f"ค้ำรวมกัน {baht(facts.guaranteed_satang)} บาท เงินกู้ที่ขอ {baht(asked)} บาท"
    return (
        Reason(not missing, f"{people} ยังขาด {missing} คน" if missing else people),
        Reason(not short, f"{covers} ยังขาด {baht(short)} บาท" if short else covers),
    )


def _income(facts: Facts) -> tuple[Reason, ...]:
    """Warn when an instalment is more than the household earns; it never refuses."""
    if not facts.instalment:
        return ()
    if not facts.household_income:
        return (Reason(True, f"งวดแรก {baht(facts.instalment)} บาท ยังไม่ทราบรายได้ครัวเรือน"),)
    share = facts.instalment * PERCENT // facts.household_income
    sum_ = (
        f"งวดแรก {baht(facts.instalment)} บาท จากรายได้ครัวเรือนเดือนละ "
        f"{baht(facts.household_income)} บาท คิดเป็นร้อยละ {share}"
    )
    warning = " ควรระวัง ค่างวดมากกว่ารายได้" if facts.instalment > facts.household_income else ""
    return (Reason(True, sum_ + warning, is_private=True),)


def baht(amount: Satang) -> str:
    """Write an amount as it stands in a sentence: without satang where there are none."""
    return format_baht(amount).removesuffix(".00")
