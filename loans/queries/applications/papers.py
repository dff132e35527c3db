"""What the contract of a loan and the papers of its guarantors say."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ledger.money import SATANG_PER_BAHT, ZERO, Satang
from loans.models import Application, Loan
from loans.queries.applications.guarantors import GuarantorView, guarantors_of_loan
from loans.queries.applications.path import GuaranteeNotFound
from loans.queries.loans import LoanNotFound, LoanView, StageView, loan_view, stages_of
from loans.queries.products import loan_by_law
from loans.schedule import Every, Method, Schedule, Terms, make_schedule, terms_from_json
from members.by_laws import RuleName
from members.models import Member
from members.queries import address_line, by_law, household_of

SPREAD_IN_CONTRACT = {
    Method.EQUAL_INSTALMENT: "แบบลดต้นลดดอก ส่งเท่ากันทุกงวด",
    Method.EQUAL_PRINCIPAL: "แบบลดต้นลดดอก ส่งเงินต้นเท่ากันทุกงวด",
    Method.BULLET: "แบบลดต้นลดดอก ส่งเงินต้นคืนครั้งเดียวในงวดสุดท้าย",
    Method.SEASONAL: "แบบลดต้นลดดอก ส่งตามฤดูเก็บเกี่ยว",
    Method.FLAT: "คิดจากเงินต้นเมื่อแรกกู้ (แบบคงที่)",
}
DUE_IN_CONTRACT = {
    Every.MONTH: "ทุกเดือน",
    Every.WEEK: "ทุกสัปดาห์",
    Every.CHOSEN: "ตามวันที่กำหนดในตาราง",
}
#: One baht of stamp duty for each 2,000 baht lent, or a part of them.
#: Source: Revenue Code, schedule of stamp duties, item 5: at most 10,000 baht.
LENT_A_BAHT, MOST_DUTY = 2_000, 10_000
#: Source: item 17: up to 1,000 baht 1 baht, up to 10,000 baht 5 baht, above that 10 baht.
DUTY_ON_GUARANTEES = ((1_000, 1), (10_000, 5))
MOST_ON_GUARANTEES = 10


@dataclass(frozen=True, slots=True)
class ContractView:
    """A contract as its paper says it; amounts in satang, rates in millionths.

    Attributes:
        loan: The loan.
        address: The borrower's, or empty.
        what_for: What the money is for, or empty.
        collateral: What is given as security, or empty.
        terms: What was agreed.
        schedule: The instalments that follow from it.
        fee: What is taken for the contract.
        default_rate_ppm: The yearly default rate that the group resolved.
        free_days: For how many days none is asked.
        guarantors: Those who agreed and were not let go.
        stages: The stages in which it is paid out, or empty.
    """

    loan: LoanView
    address: str
    what_for: str
    collateral: str
    terms: Terms
    schedule: Schedule
    fee: Satang
    default_rate_ppm: int
    free_days: int
    guarantors: tuple[GuarantorView, ...]
    stages: tuple[StageView, ...]

    @property
    def duty(self) -> int:
        """The stamp duty on the contract, in baht."""
        return duty_on_loan(self.loan.principal)


@dataclass(frozen=True, slots=True)
class GuaranteePaper:
    """One guarantee as its paper says it."""

    contract: ContractView
    guarantor: GuarantorView
    address: str

    @property
    def duty(self) -> int:
        """The stamp duty on the guarantee, in baht."""
        return duty_on_guarantee(self.guarantor.most)


def duty_on_loan(amount: Satang) -> int:
    """Give the stamp duty on a loan contract, in baht, for an amount in satang."""
    return min(MOST_DUTY, -(-amount // (LENT_A_BAHT * SATANG_PER_BAHT)))


def duty_on_guarantee(amount: Satang) -> int:
    """Give the stamp duty on a guarantee, in baht, for an amount in satang."""
    return next(
        (duty for most, duty in DUTY_ON_GUARANTEES if amount <= most * SATANG_PER_BAHT),
        MOST_ON_GUARANTEES,
    )


def contract_view(session: Session, *, book_id: int, loan_id: int, on: date) -> ContractView:
    """Give what the contract of a loan to a member says.

    Raises:
        LoanNotFound: There is no such loan, or it is not to a member.
    """
    loan = loan_view(session, book_id=book_id, loan_id=loan_id)
    if loan.member_id is None:
        raise LoanNotFound(loan_id=loan_id)
    kept = session.get_one(Loan, (book_id, loan_id))
    application = (
        None
        if kept.application_id is None
        else session.get_one(Application, (book_id, kept.application_id))
    )
    terms = terms_from_json(kept.terms)

    def rule(name: RuleName) -> int:
        return int(by_law(session, book_id=book_id, name=name, on=loan.contract_on))

    return ContractView(
        loan=loan,
        address=address_of(session, book_id=book_id, member_id=loan.member_id),
        what_for="" if application is None else application.what_for,
        collateral="" if application is None else application.collateral,
        terms=terms,
        schedule=make_schedule(terms),
        fee=_fee(session, kept),
        default_rate_ppm=rule(RuleName.LOAN_DEFAULT_RATE),
        free_days=rule(RuleName.LOAN_DEFAULT_FREE_DAYS),
        guarantors=tuple(
            guarantor
            for guarantor in guarantors_of_loan(session, book_id=book_id, loan_id=loan_id, on=on)
            if guarantor.stands and guarantor.consented_on is not None
        ),
        stages=tuple(stages_of(session, book_id=book_id, loan_id=loan_id)),
    )


def _fee(session: Session, loan: Loan) -> Satang:
    """Give what the by-law of the day asked for the contract; nothing for one from elsewhere."""
    if loan.product_code is None or loan.application_id is None:
        return ZERO
    product = loan_by_law(
        session, book_id=loan.book_id, product_code=loan.product_code, on=loan.contract_on
    )
    return product.contract_fee


def address_of(session: Session, *, book_id: int, member_id: int) -> str:
    """Give where a member lives, as on paper, or empty."""
    home = household_of(session, member=session.get_one(Member, (book_id, member_id)))
    return "" if home is None else address_line(*home)


def guarantee_paper(
    session: Session, *, book_id: int, loan_id: int, guarantee_id: int, on: date
) -> GuaranteePaper:
    """Give what the paper of one guarantor of a loan says.

    Raises:
        LoanNotFound: There is no such loan, or it is not to a member.
        GuaranteeNotFound: Nobody guarantees it under this number any more.
    """
    contract = contract_view(session, book_id=book_id, loan_id=loan_id, on=on)
    for guarantor in guarantors_of_loan(session, book_id=book_id, loan_id=loan_id, on=on):
        if guarantor.guarantee_id == guarantee_id and guarantor.stands:
            return GuaranteePaper(
                contract=contract,
                guarantor=guarantor,
                address=address_of(session, book_id=book_id, member_id=guarantor.member_id),
            )
    raise GuaranteeNotFound(guarantee_id=guarantee_id)
