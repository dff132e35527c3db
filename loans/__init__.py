"""Lending to members and borrowing from others. Floor 3, still empty."""
