"""The pages of lending and borrowing."""

from loans.views import (
    applications,
    arrears,
    between,
    borrowings,
    card,
    changing,
    committee,
    contracts,
    guarantees,
    month_end,
    overview,
    paying_out,
    products,
)
from loans.views.room import blueprint

__all__ = [
    "applications",
    "arrears",
    "between",
    "blueprint",
    "borrowings",
    "card",
    "changing",
    "committee",
    "contracts",
    "guarantees",
    "month_end",
    "overview",
    "paying_out",
    "products",
]
