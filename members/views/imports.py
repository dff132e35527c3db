"""Bringing members and savings in from a spreadsheet."""
