"""The open elements of a page's cell."""

from __future__ import annotations

import time

from importer.reading.text.html_looks import Look
from importer.reading.text.open_elements import OpenElements


def test_an_element_closes_those_inside_it() -> None:
    """What is left open inside an element ends with it; an end without a start ends nothing."""
    elements = OpenElements()
    elements.open("span", Look(raised="superscript"))
    elements.open("b", Look(hidden=True, parted=True))
    elements.open("i", Look(raised="subscript"))
    assert (elements.hidden, elements.look) == (True, "subscript")
    assert not elements.close("u")
    assert elements.close("b")
    assert (elements.hidden, elements.look, bool(elements)) == (False, "superscript", True)
    elements.clear()
    assert (elements.look, bool(elements)) == ("", False)


def test_many_open_elements_take_no_longer() -> None:
    """A quarter of a million open elements, and as many ends that none of them has."""
    elements = OpenElements()
    began = time.process_time()
    for _ in range(250_000):
        elements.open("b", Look(hidden=True))
    for _ in range(250_000):
        elements.close("c")
    assert elements.hidden
    assert time.process_time() - began < 5
