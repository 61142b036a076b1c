"""Taxes: one tax, one file; ``engine`` puts them together."""
