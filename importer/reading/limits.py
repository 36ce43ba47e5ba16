"""How much a file may hold. Each bound is far above real lists and far below a computer's memory.

Excel's own bounds are in `excel_limits`.
"""

FILE_BYTES = 512 * 1024**2
"""A full sheet of a million rows and twenty columns is about 200 MB, as CSV or as .xlsx."""

PAGE_BYTES = 64 * 1024**2
"""A web page of 65,536 rows, the most that an .xls holds, has about 20 MB."""

UNPACKED_BYTES = 1024**3
"""A workbook is a zip: a kilobyte can unpack to a megabyte, so the unpacked sizes are added up."""

PACKED_PARTS = 10_000
"""Files inside one workbook; a workbook with a thousand sheets has about two thousand."""

SHEETS = 2_000
"""Sheets of one file; a list has a few, and an archive of a year of days 366."""

SIDE_PART_BYTES = 16 * 1024**2
"""A part that says what sheets, relations and styles there are; 65,490 styles have 10 MB."""

GRID_CELLS = 30_000_000
"""Cells of one file, from A1 to the last row and last column of each sheet: a million rows of 28.

The empty ones count as well, for they take memory too: one stray cell in XFD1048576 would otherwise
claim 400 GB.
"""

RESULT_CELLS = 2 * GRID_CELLS
MANY_PHONE_COLUMNS = 16
RESULT_CELLS_OF_MANY = 5_000_000
"""Cells of all rows of the results, in which a row of the list is there once for each of its phone
columns. A list of more than sixteen such columns is short, or no list."""

TEXT_CHARACTERS = 1024**3
SMALL_FILE_TEXT_CHARACTERS = 128 * 1024**2
"""Characters of all cells of one file, or one of up to a megabyte: a text that is written once may
stand in every cell of a workbook. A million rows of twenty cells have about 300 million."""

CELL_CHARACTERS = 1_000_000
"""Excel holds 32,767 in a cell; a CSV file with a quote left open claims all that follows."""

LINE_CHARACTERS = 16 * 1024**2
"""A row of 16,384 cells of 32 characters each is under 1 MB."""

TAG_BYTES = 4 * 1024**2
"""The longest piece of XML without an end: a tag with its attributes, or a comment."""

ROW_BYTES = 64 * 1024**2
"""A row of 16,384 cells of 32 characters each, as a workbook writes it, is under 2 MB."""

WORKER_SECONDS = 120
"""How long the worker process may read a file; the largest .xls there can be takes ten."""

SMALL_FILE_BYTES = 1024**2
SMALL_FILE_SECONDS = 25
"""How long it may work on a file of up to a megabyte, which no list makes last for more than five.
Work is counted where the system can do that: a busy computer may take longer."""

SMALL_FILE_UNPACKED_BYTES = 16 * 1024**2
"""What a compressed file of up to a megabyte may unpack to; lists of numbers shrink to a fifth."""

SMALL_FILE_CELLS = 2_000_000
"""Cells of a Parquet file of up to a megabyte, which may say of millions that they are alike."""

WORKER_BYTES = 3 * 1024**3
SMALL_FILE_WORKER_BYTES = 768 * 1024**2
"""The memory that the worker process may take beside what it has when it begins to read, where the
system can hold it to that."""
