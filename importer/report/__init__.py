"""The results workbook: Summary, Groups, Numbers, Rejected. Written whole, or not at all.

`content` says what a workbook tells, `columns` makes any column fit a sheet's cells, `lists` builds
the long sheets and `front` the Summary, `workbook` and `delimited` put them into a file, `place`
finds where the file goes.

Behind `workbook` stand those that make long sheets fast: `longsheets` puts their lines in,
`cellxml` makes the lines, `signs` looks for what is not plain, `package` zips them, `checksum`
joins their checksums.
"""

from importer.report.content import ResultsContent
from importer.report.delimited import write_csv
from importer.report.targets import check_target, target_path
from importer.report.workbook import write

__all__ = ["ResultsContent", "check_target", "target_path", "write", "write_csv"]
