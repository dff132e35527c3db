"""The path of a loan, from the application to the contract."""

from loans.views.applications import asking, guarantors, meeting, one

__all__ = ["asking", "guarantors", "meeting", "one"]
