"""The fast path of .xlsx: sheets that are plain go from XML into columns."""
