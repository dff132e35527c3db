"""The order in which a payment is applied: costs, default interest, interest, principal."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import Satang
from loans.schedule import Counting
from loans.standing import Paid, Standing
from loans.waterfall import MoreThanOwed, NothingPaid, Part, Split, divide
from tests.loans.test_standing import DUE, STARTED, at, equal_principal


def late() -> Standing:
    """The first instalment is 45 days late, the second 17, and 100 baht were spent on asking."""
    costs = Paid(DUE[0] + timedelta(days=40), costs_added=Satang(100_00))
    return at(equal_principal(), DUE[0] + timedelta(days=45), costs)


def parts(split: Split) -> list[tuple[Part, int]]:
    return [(share.part, share.amount) for share in split.shares]


def test_an_instalment_on_its_day_is_interest_and_principal() -> None:
    """Event E6."""
    split = divide(Satang(2_200_00), at(equal_principal(), DUE[0]))

    assert parts(split) == [(Part.CURRENT_INTEREST, 200_00), (Part.CURRENT_PRINCIPAL, 2_000_00)]
    assert split.sentences[0] == "ดอกเบี้ยงวดนี้ 200 บาท (20,000 × 12 % ÷ 12 = 200)"
    assert not split.asks_for_new_plan


def test_a_late_payment_is_applied_in_the_order_of_the_law() -> None:
    split = divide(Satang(5_000_00), late())

    assert parts(split) == [
        (Part.COSTS, 100_00),
        (Part.DEFAULT_INTEREST, 36_99 + 13_97),
        (Part.OVERDUE_INTEREST, 200_00 + 180_00),
        (Part.OVERDUE_PRINCIPAL, 4_000_00),
        # 17 of the running month's 31 days.
        (Part.CURRENT_INTEREST, 87_74),
        (Part.CURRENT_PRINCIPAL, 381_30),
    ]
    assert "2,000 × 15 % × 45/365 = 36.99" in split.sentences[1]


def test_what_is_asked_for_today_clears_everything_that_is_due() -> None:
    now = late()

    split = divide(now.due_now, now)

    assert split.principal == now.overdue_principal == 4_000_00
    assert split.interest == now.overdue_interest
    assert Part.CURRENT_INTEREST not in dict(parts(split))


def test_a_whole_instalment_some_days_early_pays_its_whole_interest() -> None:
    split = divide(Satang(2_200_00), at(equal_principal(), STARTED + timedelta(days=20)))

    assert parts(split) == [(Part.CURRENT_INTEREST, 200_00), (Part.CURRENT_PRINCIPAL, 2_000_00)]


def test_less_than_an_instalment_takes_no_interest_ahead() -> None:
    on = STARTED + timedelta(days=10)
    now = at(equal_principal(), on)

    split = divide(Satang(1_000_00), now)
    paid = Paid(on, principal=split.principal, interest=split.interest)

    assert parts(split) == [(Part.CURRENT_INTEREST, 64_52), (Part.CURRENT_PRINCIPAL, 935_48)]
    assert at(equal_principal(), on, paid).settlement + 1_000_00 == now.settlement


def test_what_is_too_little_says_what_is_still_missing() -> None:
    split = divide(Satang(200_00), late())

    assert parts(split) == [
        (Part.COSTS, 100_00),
        (Part.DEFAULT_INTEREST, 50_96),
        (Part.OVERDUE_INTEREST, 49_04),
    ]
    assert split.principal == 0
    assert split.sentences[2].endswith("ยังขาด 330.96 บาท")


def test_more_than_the_row_is_principal_in_advance_and_asks_for_a_new_plan() -> None:
    split = divide(Satang(3_200_00), at(equal_principal(), DUE[0]))

    assert split.advance_principal == 1_000_00
    assert split.asks_for_new_plan


def test_an_instalment_in_whole_baht_is_no_payment_in_advance() -> None:
    now = at(equal_principal(), DUE[0])

    assert not divide(Satang(2_200_99), now).asks_for_new_plan
    assert divide(Satang(2_201_00), now).asks_for_new_plan


def test_by_the_day_a_little_more_than_the_row_leaves_the_plan_as_it_is() -> None:
    now = at(equal_principal(counting=Counting.DAYS_365), DUE[0])

    assert not divide(Satang(2_500_00), now).asks_for_new_plan
    assert divide(Satang(9_000_00), now).asks_for_new_plan


def test_the_settlement_pays_off_with_interest_up_to_the_day() -> None:
    now = at(equal_principal(), STARTED + timedelta(days=10))

    split = divide(now.settlement, now)

    assert split.pays_off
    assert (split.principal, split.interest) == (20_000_00, 64_52)


def test_more_than_the_settlement_is_refused_with_what_pays_off() -> None:
    with pytest.raises(MoreThanOwed, match=r"20,064\.52") as refused:
        divide(Satang(20_064_53), at(equal_principal(), STARTED + timedelta(days=10)))

    assert "20,064.52" in refused.value.sentence()


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_payment(amount: int) -> None:
    with pytest.raises(NothingPaid):
        divide(Satang(amount), late())


@given(
    st.integers(0, 330),
    st.integers(0, 400),
    st.integers(0, 9_000_00),
    st.integers(1, 100),
    st.sampled_from(Counting),
)
def test_every_satang_of_a_payment_goes_somewhere(
    paid_after: int, days: int, before: int, percent: int, counting: Counting
) -> None:
    earlier = Paid(STARTED + timedelta(days=paid_after), principal=Satang(before))
    on: date = STARTED + timedelta(days=days)
    now = at(equal_principal(counting=counting), on, earlier)
    amount = Satang(max(1, now.settlement * percent // 100))

    split = divide(amount, now)

    assert sum(share.amount for share in split.shares) == amount
    assert (
        split.principal + split.interest + split.default_interest + split.fee + split.costs
        == amount
    )
    assert split.principal <= now.outstanding
    assert split.pays_off == (amount == now.settlement)
    if not split.pays_off:
        assert split.principal < now.outstanding or now.outstanding == 0
