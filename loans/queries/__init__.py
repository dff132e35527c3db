"""Reading what was lent and borrowed. Nothing here writes; ask each module by its name."""
