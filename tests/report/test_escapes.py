"""Promises of the quick look through a column: it finds what the slow one finds."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer.report import escapes

SIGNS = st.sampled_from("\x00\x08\t\n\x0b\x1f !<&>_x09AFaz~\x7f\xe9\u4e2d\uefff\uf000\uff0b\ufffd")
TEXTS = st.lists(st.none() | st.text(SIGNS | st.sampled_from("\ufffe\uffff\U0001f600"), max_size=8))
ODD = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
SPACE = re.compile(r"\A[ \t\n]|[ \t\n]\Z|\n")
KINDS = [pa.string(), pa.large_string()]


def column(kind: pa.DataType, texts: list[str | None]) -> pa.ChunkedArray:
    """Return texts in two chunks, each a view into an array that has other texts as well."""
    around = [" \x00_x0041_"]
    half = len(texts) // 2
    chunks = [pa.array([*around, *part, *around], kind) for part in (texts[:half], texts[half:])]
    return pa.chunked_array([chunk.slice(1, len(chunk) - 2) for chunk in chunks], kind)


@pytest.mark.parametrize("kind", KINDS)
@given(texts=TEXTS)
@example(texts=["_x0041_"])
@example(texts=["a\x1f"])
@example(texts=["\uffff"])
@example(texts=["\U0001f600", None, ""])
def test_odd_signs_are_found(kind: pa.DataType, texts: list[str | None]) -> None:
    """What XML can't hold as it is, is found in every text, and only there."""
    expected = any(ODD.search(text) for text in texts if text is not None)
    assert escapes.has_odd(column(kind, texts)) == expected


@pytest.mark.parametrize("kind", KINDS)
@given(texts=TEXTS)
@example(texts=["a", " b"])
@example(texts=["b ", "a"])
@example(texts=["a b"])
@example(texts=["a\tb"])
@example(texts=["\ta"])
@example(texts=["a\nb"])
def test_space_is_found(kind: pa.DataType, texts: list[str | None]) -> None:
    """Space that XML may drop is found in every text, and only there."""
    expected = any(SPACE.search(text) for text in texts if text is not None)
    assert escapes.has_space(column(kind, texts)) == expected


@pytest.mark.parametrize("kind", KINDS)
@given(texts=st.lists(st.text()))
def test_bytes_are_those_of_the_texts(kind: pa.DataType, texts: list[str]) -> None:
    """Neither more nor less than the texts' own bytes, whatever lies around them."""
    (first, second) = column(kind, [*texts, *texts]).chunks
    assert escapes.bytes_of(first).tobytes() == "".join(texts).encode()
    assert escapes.bytes_of(second).tobytes() == "".join(texts).encode()
