"""Trust: every entry of every group, read and signed by people of other villages. Floor 5."""
