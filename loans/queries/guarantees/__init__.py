"""The web of guarantees: who stands for whom, how much more they can, and what falls with a house.

A guarantee binds once the guarantor consented, until they are let go or the loan is repaid. One for
a loan that was written off binds still.
"""

from loans.queries.guarantees.capacity import (
    Capacity,
    capacity_of,
    guarantees_for,
    guarantees_of,
    guarantors_of_application,
    guarantors_of_loan,
    loans_owed,
    savings_free,
)
from loans.queries.guarantees.fall import Called, Fall, Lost, falls_with
from loans.queries.guarantees.lines import GuaranteeLine, LoanLine, Person

__all__ = [
    "Called",
    "Capacity",
    "Fall",
    "GuaranteeLine",
    "LoanLine",
    "Lost",
    "Person",
    "capacity_of",
    "falls_with",
    "guarantees_for",
    "guarantees_of",
    "guarantors_of_application",
    "guarantors_of_loan",
    "loans_owed",
    "savings_free",
]
