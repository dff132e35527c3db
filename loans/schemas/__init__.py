"""The forms of lending and borrowing; ask each module by its name."""
