"""The book: money, dates, entries, seals, statements, paper and the database. Floor 1."""
