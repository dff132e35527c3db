"""Terms that cannot be: each is refused in a sentence that says why."""

from datetime import date
from typing import Any

import pytest

from ledger.money import Satang
from loans.schedule import (
    ChangesNotInOrder,
    DueBeforePayout,
    DueDaysNotAscending,
    DueDaysUnfit,
    Every,
    Grace,
    GraceTooLong,
    Holiday,
    HolidayTooLong,
    InstalmentsOutOfReach,
    KeptInstalmentUnfit,
    Method,
    NegativeAmortisation,
    NothingLent,
    Payout,
    PayoutsDoNotAddUp,
    PayoutsNotInOrder,
    RateChange,
    RateEffect,
    RateOutOfReach,
    RoundingHow,
    RoundingLeavesNothing,
    RoundingUnfit,
    TermsUnfit,
    TermTooLong,
    make_schedule,
)
from tests.loans.terms import house

PAID_OUT = date(2025, 12, 31)
KEEP = RateEffect.KEEP_INSTALMENT

UNFIT: list[tuple[dict[str, Any], type[TermsUnfit], str]] = [
    ({"principal": 0}, NothingLent, "มากกว่า 0 บาท"),
    ({"principal": -1_00}, NothingLent, "-1.00"),
    ({"annual_rate_ppm": 1_500_000}, RateOutOfReach, "ร้อยละ 150"),
    ({"annual_rate_ppm": -60_000}, RateOutOfReach, "ร้อยละ -6"),
    (
        {"rate_changes": (RateChange(date(2026, 3, 1), 1_500_000, KEEP),)},
        RateOutOfReach,
        "ร้อยละ 150",
    ),
    ({"instalments": 0}, InstalmentsOutOfReach, "จำนวนงวด 0"),
    ({"instalments": 600}, InstalmentsOutOfReach, "480 งวด"),
    ({"first_due_on": PAID_OUT}, DueBeforePayout, "31 ธ.ค. 2568"),
    ({"first_due_on": date(2025, 12, 1)}, DueBeforePayout, "1 ธ.ค. 2568"),
    ({"every": Every.CHOSEN}, DueDaysUnfit, "0 วัน แต่มี 180 งวด"),
    (
        {
            "every": Every.CHOSEN,
            "instalments": 2,
            "due_days": (date(2026, 1, 31), date(2026, 1, 31)),
        },
        DueDaysNotAscending,
        "31 ม.ค. 2569",
    ),
    (
        {"payouts": (Payout(PAID_OUT, Satang(100_000_00)),)},
        PayoutsDoNotAddUp,
        "รวม 100,000.00 บาท ไม่เท่ากับเงินต้น 300,000.00 บาท",
    ),
    (
        {
            "payouts": (
                Payout(date(2026, 3, 1), Satang(100_000_00)),
                Payout(date(2026, 2, 1), Satang(200_000_00)),
            )
        },
        PayoutsNotInOrder,
        "1 ก.พ. 2569",
    ),
    (
        {
            "instalments": 2,
            "payouts": (
                Payout(PAID_OUT, Satang(100_000_00)),
                Payout(date(2026, 2, 28), Satang(200_000_00)),
            ),
        },
        PayoutsNotInOrder,
        "28 ก.พ. 2569",
    ),
    ({"grace": Grace.ALL, "grace_instalments": 180}, GraceTooLong, "180 งวด"),
    ({"grace": Grace.PRINCIPAL, "grace_instalments": -1}, GraceTooLong, "-1 งวด"),
    ({"rounding_multiple": Satang(0)}, RoundingUnfit, "1 สตางค์"),
    (
        {"method": Method.EQUAL_PRINCIPAL, "rounding_multiple": Satang(10_000_00)},
        RoundingLeavesNothing,
        "10,000.00 บาท",
    ),
    (
        {
            "principal": 1_000_00,
            "annual_rate_ppm": 120_000,
            "instalments": 480,
            "rounding_multiple": Satang(10_00),
            "rounding_how": RoundingHow.DOWN,
        },
        RoundingLeavesNothing,
        "งวดที่ 1",
    ),
    (
        {"kept_instalment": Satang(1_500_00)},
        NegativeAmortisation,
        "ดอกเบี้ย 1,500.00 บาท แต่เงินงวดมีเพียง 1,500.00 บาท",
    ),
    ({"kept_instalment": Satang(0)}, KeptInstalmentUnfit, "0.00 บาท"),
    ({"method": Method.BULLET, "kept_instalment": Satang(5_00)}, KeptInstalmentUnfit, "5.00"),
    (
        {"first_due_on": date(2027, 1, 15)},
        NegativeAmortisation,
        "เงินต้นจะไม่ลด",
    ),
    (
        {"rate_changes": (RateChange(date(2026, 3, 1), 150_000, KEEP),)},
        NegativeAmortisation,
        "แต่เงินงวดมีเพียง 2,532.00 บาท",
    ),
    (
        {"rate_changes": (RateChange(date(2026, 3, 1), 101_000, KEEP),)},
        TermTooLong,
        "ไม่หมดภายใน 480 งวด",
    ),
    (
        {
            "rate_changes": (
                RateChange(date(2026, 3, 1), 1, KEEP),
                RateChange(date(2026, 3, 1), 2, KEEP),
            )
        },
        ChangesNotInOrder,
        "1 มี.ค. 2569",
    ),
    (
        {"holidays": (Holiday(date(2026, 3, 2), date(2026, 3, 1), Grace.ALL),)},
        ChangesNotInOrder,
        "1 มี.ค. 2569",
    ),
    (
        {
            "holidays": (
                Holiday(date(2026, 3, 1), date(2026, 5, 1), Grace.ALL),
                Holiday(date(2026, 5, 1), date(2026, 6, 1), Grace.ALL),
            )
        },
        ChangesNotInOrder,
        "1 พ.ค. 2569",
    ),
    (
        {"holidays": (Holiday(date(2026, 3, 1), date(2036, 3, 1), Grace.ALL),)},
        HolidayTooLong,
        "1 มี.ค. 2579",
    ),
    ({"due_day_of_month": 32}, TermsUnfit, "ตรวจเงื่อนไข"),
]


@pytest.mark.parametrize(("different", "refusal", "words"), UNFIT)
def test_terms_that_cannot_be_are_refused_with_the_reason(
    different: dict[str, Any], refusal: type[TermsUnfit], words: str
) -> None:
    with pytest.raises(TermsUnfit) as refused:
        make_schedule(house(**different))

    assert type(refused.value) is refusal
    assert words in refused.value.sentence()


def test_days_that_are_all_inside_a_holiday_leave_nothing_to_pay() -> None:
    day = date(2026, 1, 31)

    with pytest.raises(DueDaysUnfit):
        make_schedule(
            house(
                instalments=1,
                every=Every.CHOSEN,
                due_days=(day,),
                holidays=(Holiday(day, day, Grace.ALL),),
            )
        )


def test_480_instalments_are_still_a_schedule() -> None:
    assert len(make_schedule(house(instalments=480)).rows) == 480
