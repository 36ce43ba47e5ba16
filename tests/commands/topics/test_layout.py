"""Markdown on a terminal of any width."""

from __future__ import annotations

import pytest

from importer.commands.topics.layout import lay_out
from importer.commands.topics.pages import all_pages

PAGE = """\
# Title: of a page

A *short* paragraph with `code`
and a [link](there.md).

1. one item that
   goes on
2. another

| term | meaning |
|---|---|
| `--long-option NAME` | some words that need more than one line |
| b | `x\\|y` |

```sh
importer run   list.csv
```
"""


def test_a_page_as_it_is_printed() -> None:
    """Headings are underlined, lists hang, tables keep their columns, and code stays as it is."""
    assert lay_out(PAGE, 44) == [
        "Title: of a page",
        "================",
        "",
        "A short paragraph with `code` and a link.",
        "",
        "1. one item that goes on",
        "2. another",
        "",
        "term                  meaning",
        "--------------------  ----------------------",
        "`--long-option NAME`  some words that need",
        "                      more than one line",
        "",
        "b                     `x|y`",
        "",
        "    importer run   list.csv",
    ]


@pytest.mark.parametrize("width", [40, 60, 79, 100])
def test_lines_fit(width: int) -> None:
    """No line of any page is longer than the terminal is wide, but for code and long words."""
    for page in all_pages():
        for line in lay_out(page.text, width):
            too_long = len(line) > width and not line.startswith("    ")
            assert not too_long or max(map(len, line.split())) >= width // 3, line


@pytest.mark.parametrize("width", [40, 100])
def test_no_word_is_lost(width: int) -> None:
    """Whatever the width, all words of a page are printed, in columns or below each other."""
    for page in all_pages():
        printed = " ".join(lay_out(page.text, width))
        for word in page.text.replace("|", " ").replace("*", " ").split():
            bare = word.strip("`()[].,;:#-")
            assert bare in printed or "](" in word, (page.topic, word)
