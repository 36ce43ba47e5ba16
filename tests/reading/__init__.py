"""Tests of reading: real files, made here, read as an operator's would be."""
