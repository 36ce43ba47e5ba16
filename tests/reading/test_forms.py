"""What a file is, by its first bytes, where those of two forms are alike."""

from __future__ import annotations

import pytest

from importer.errors import UnreadableInput
from importer.reading.forms import Form, form_of


@pytest.mark.parametrize(
    "content",
    [
        "ID;Phone\n1;+85235753351\n",
        "ID;PLZ;Phone\nF;10115;+4930123456\n",
        "ID;P;Phone\n1;2;+85235753351\n",
        "PK,Phone\n1,+85235753351\n",
        "PK\tPhone\n1\t+85235753351\n",
        "PK\n+85235753351\n",
        "TABLE\n0123456789\n",
        "GIF,Phone\n",
        "Rar,Phone\n",
        "[note],Phone\n",
        "{a},Phone\n",
    ],
)
def test_lists_that_begin_like_something_else(content: str) -> None:
    """A header that looks like the start of another form makes no other form of a list."""
    assert form_of("a.csv", content.encode()) is Form.TEXT


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K"Phone"\r\n', "SYLK"),
        ("ID;PSCALC3\nB;Y2;X1\nC;X1;Y1;K85235753351\nE\n", "SYLK"),
        ('TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n', "DIF"),
        ('[\n {"phone": "+85235753351"}]', "JSON"),
        ("BEGIN:VCARD\nTEL:+85235753351\n", "contact cards"),
        ("PK\x03\x04 and no more", "cut off"),
    ],
)
def test_other_forms_are_named(content: str, said: str) -> None:
    """What is no list is not read as one, whose numbers would be those of something else."""
    with pytest.raises(UnreadableInput, match=said):
        form_of("a.csv", content.encode())
