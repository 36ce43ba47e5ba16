"""The fast reader of .xlsx: it parses plain sheets in bulk, from XML into columns."""
