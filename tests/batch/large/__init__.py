"""Tests of lists past one workbook."""
