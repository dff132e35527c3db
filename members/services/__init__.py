"""Writing about people: the groups and their rules, the members, and what they withdraw."""
