"""Contracts on paper: the loan, each guarantee, and both blank for writing by hand."""

from flask.typing import ResponseReturnValue

from ledger.db import read
from ledger.roles import READERS, open_to
from ledger.web import paper, today
from loans.queries.applications import (
    DUE_IN_CONTRACT,
    SPREAD_IN_CONTRACT,
    contract_view,
    guarantee_paper,
)
from loans.views.room import blueprint
from members.queries import group_by_code

_LOAN = "/groups/<code>/loans/<int:number>"
#: How many instalments a blank annex has room for; one page of it.
BLANK_ROWS = 24


@blueprint.get(f"{_LOAN}/contract.pdf")
@open_to(READERS)
def contract_pdf(code: str, number: int) -> ResponseReturnValue:
    """Print the contract of a loan with its instalments."""
    group = read(lambda session: group_by_code(session, code=code))
    contract = read(
        lambda session: contract_view(session, book_id=group.book_id, loan_id=number, on=today())
    )
    return paper(
        "paper/loan_contract.html.j2",
        name=f"สัญญากู้เงิน-{contract.loan.reference}",
        group=group,
        it=contract,
        blank_rows=BLANK_ROWS,
        methods=SPREAD_IN_CONTRACT,
        every=DUE_IN_CONTRACT,
    )


@blueprint.get(f"{_LOAN}/guarantees/<int:guarantee>.pdf")
@open_to(READERS)
def guarantee_pdf(code: str, number: int, guarantee: int) -> ResponseReturnValue:
    """Print the paper of one guarantor of a loan."""
    group = read(lambda session: group_by_code(session, code=code))
    found = read(
        lambda session: guarantee_paper(
            session, book_id=group.book_id, loan_id=number, guarantee_id=guarantee, on=today()
        )
    )
    return paper(
        "paper/guarantee.html.j2",
        name=f"หนังสือค้ำประกัน-{found.contract.loan.reference}-{found.guarantor.number}",
        group=group,
        it=found,
    )


@blueprint.get("/groups/<code>/loan-contract-blank.pdf")
@open_to(READERS)
def blank_contract_pdf(code: str) -> ResponseReturnValue:
    """Print the contract and the guarantee blank, to be written by hand."""
    group = read(lambda session: group_by_code(session, code=code))
    return paper(
        "paper/loan_contract.html.j2",
        name=f"สัญญากู้เงิน-เปล่า-{code}",
        group=group,
        it=None,
        blank_rows=BLANK_ROWS,
        methods=SPREAD_IN_CONTRACT,
        every=DUE_IN_CONTRACT,
    )
