"""Lists past one workbook as batches: planned, kept beside the journal, and shown, in portions."""
