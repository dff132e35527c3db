"""People: groups, villages, members, officers, savings and passbooks. Floor 2."""
