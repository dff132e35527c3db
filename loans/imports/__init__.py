"""Loans of an old book, from two sheets: contracts, and instalments with what was paid."""
