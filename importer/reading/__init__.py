"""From a spreadsheet file to rows: formats, encodings, and finding the header and the columns."""

from importer.reading.reader import read_rows

__all__ = ["read_rows"]
