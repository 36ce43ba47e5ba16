"""Reads a block of text by Arrow where all of its lines are plain; the others go record by record.

A line is plain where it has as many cells as the others, and each cell is either without quotation
marks or quoted as a whole, without line breaks: there Arrow and Python's `csv` mean the same.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from importer.reading.tables.columnar import Column

_TEXT = pa.large_string()


def plain_columns(block: bytes, delimiter: str, width: int) -> list[Column] | None:
    """Return the columns of a block of whole lines; None where it is not plain."""
    if b"\0" in block or block.startswith(codecs.BOM_UTF8):  # Arrow would leave a mark out.
        return None
    if block.count(b"\r") != block.count(b"\r\n"):
        return None
    quoted = b'"' in block
    if quoted and not _is_plainly_quoted(block, delimiter):
        return None
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    names = [str(at) for at in range(width)]
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(block),
            pa_csv.ReadOptions(column_names=names, block_size=len(block) + 1),
            pa_csv.ParseOptions(
                delimiter=delimiter, quote_char='"' if quoted else False, ignore_empty_lines=False
            ),
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, _TEXT), strings_can_be_null=False
            ),
        )
    except (pa.ArrowException, UnicodeError, ValueError):
        return None
    if table.num_rows != lines:
        return None
    return [Column(pa.concat_arrays([pa.array([], _TEXT), *one.chunks])) for one in table.columns]


def _is_plainly_quoted(block: bytes, delimiter: str) -> bool:
    """Whether each cell is quoted as a whole, within one line, or has no quotation mark."""
    if not delimiter.isascii():  # The pattern looks at bytes.
        return False
    found = pc.match_substring_regex(
        pa.array([block], pa.large_binary()), _plainly_quoted(delimiter)
    )
    return bool(found[0].as_py())


@lru_cache(maxsize=16)
def _plainly_quoted(delimiter: str) -> str:
    end = re.escape(delimiter)
    cell = rf'(?:"(?:[^"\r\n]|"")*"|[^"{end}\r\n]*)'
    return rf"\A(?:{cell}(?:{end}|\r?\n))*{cell}\z"
