"""The forms about people, a file for each group of pages."""
