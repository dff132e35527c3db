"""The treasurer's day: collection day, receipts, cash. Floor 4."""
