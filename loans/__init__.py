"""Lending to members and child groups, and borrowing from others. Floor 3."""
