"""Promises of the results workbook."""
