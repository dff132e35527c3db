"""Writing what was lent and borrowed; ask each module by its name. Nobody here commits."""
