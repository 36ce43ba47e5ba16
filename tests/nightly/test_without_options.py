"""Messages for somebody who has folders and headers, and no command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import importer
from importer.nightly.without_options import without_options
from importer.settings import SETTINGS
from tests.served import hong_kong

if TYPE_CHECKING:
    from importer.sandbox import Sandbox
    from tests.nightly.nights import Office

PACKAGE = Path(importer.__file__).parent
FOLDERS = {"HK": "inbox/hk"}


@pytest.mark.parametrize(
    ("message", "plain"),
    [
        (
            "could be in 'A' (1) or 'B' (2); name the right one, as in --column \"A\".",
            "could be in 'A' (1) or 'B' (2); write the header Phone above the right one, and "
            "others such as Note above the rest.",
        ),
        (
            "9 of 9 different rejects would be valid as Hong Kong: --region HK, 8 as Macao: "
            "--region MO?",
            "9 of 9 different rejects would be valid as Hong Kong (folder inbox/hk), 8 as Macao "
            '(region = "MO" in importer.toml)?',
        ),
        ("--known skip leaves them out.", 'known = "skip" in importer.toml leaves them out.'),
        ("name it by --encoding, such as", "name it by the key encoding in importer.toml, such as"),
        (
            "3 have no country: name it, as in --region HK, or in a column Country beside them; "
            "--country-column names a column that is called otherwise.",
            "3 have no country: write it into a column Country beside them, or put the list into "
            "the folder of its country.",
        ),
        ("run `importer undo x --yes`.", "run `importer undo x --yes`."),
        ("Nothing is wrong -- at all.", "Nothing is wrong -- at all."),
    ],
)
def test_options_become_folders_and_headers(message: str, plain: str) -> None:
    """What an operator would type becomes what a clerk can do, or a key of importer.toml."""
    assert without_options(message, FOLDERS) == plain


def test_no_message_keeps_an_option() -> None:
    """Whatever a room says of a list, no option is left in it but in a whole command."""
    names = "|".join(name.replace("_", "-") for name in SETTINGS)
    option = re.compile(rf"--(?:{names})\b")
    found = 0
    for room in ("reading", "phones", "batch/planning", "batch/input", "model"):
        for file in (PACKAGE / room).rglob("*.py"):
            for line in file.read_text(encoding="utf-8").splitlines():
                found += bool(option.search(line))
                plain = re.sub("`[^`]*`", "", without_options(line, FOLDERS))
                assert not option.search(plain), line
    assert found > 20


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("Name,Value", ["Ann,x", "Bob,y"]),
        ("Phone,Phone", ["35753351,35753352"] * 9),
        ("Phone", [one.removeprefix("+852") for one in hong_kong(9)]),
    ],
)
def test_reasons_of_lists(office: Office, sandbox: Sandbox, header: str, rows: list[str]) -> None:
    """The text beside a failed list names no option, says what to do, and where results are."""
    path = office.drop("sg/list.csv", [])
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    office.next_evening()
    office.night()
    (reason,) = (office.folder / "failed").rglob("*.reason.txt")
    text = reason.read_text(encoding="utf-8")
    assert "--" not in text
    assert text.startswith("list.csv\n\nWhat happened:\n")
    assert "\n\nWhat to do:\n" in text
    assert "inbox/sg" in text
    results = [*(office.folder / "outbox").rglob("*.check.xlsx")]
    assert all(f"The results:\n{one}\n" in text for one in results)
