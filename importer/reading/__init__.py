"""From a spreadsheet file to rows: formats, encodings, and finding the header and the columns."""

from importer.reading.options import ReadOptions
from importer.reading.reader import read_rows

__all__ = ["ReadOptions", "read_rows"]
