"""Columns over a machine's history, for questions that read much of it at once."""
