"""The results workbook: Summary, Groups, Numbers, Rejected. Written whole, or not at all.

`content` holds what a workbook shows, `cell_values` makes any column fit a sheet's cells, `tables`
builds the long sheets and `summary_sheet` the Summary, `styles` has colours and formats,
`workbook` and `delimited` write the file, `tables_workbook` writes one of plain tables, and
`output_paths` chooses its name.

`fast` writes the lines of long sheets in bulk: `long_sheets` puts them into a workbook that the
library began, `cell_xml` makes their XML. `escapes` finds the texts that XML can't hold as they
are.
"""

from importer.report.content import LongListCounts, ResultsContent
from importer.report.delimited import write_csv, write_csv_table
from importer.report.output_paths import check_target, kept_as, target_path
from importer.report.tables_workbook import write_tables
from importer.report.workbook import write

__all__ = [
    "LongListCounts",
    "ResultsContent",
    "check_target",
    "kept_as",
    "target_path",
    "write",
    "write_csv",
    "write_csv_table",
    "write_tables",
]
