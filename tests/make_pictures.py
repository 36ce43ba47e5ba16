"""Makes the README's pictures out of the real thing: `python -m tests.make_pictures`.

The first command is run at a terminal and drawn as it is shown; the Summary that it writes is
printed by LibreOffice (`soffice`), and its page drawn by `pdftoppm`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from tests.processes import ROOT
from tests.terminals import Terminal

SAMPLES = ROOT / "samples"
PICTURES = SAMPLES / "pictures"
ARGUMENTS = ("run", "samples/customers.csv", "--sandbox")
BATCH = "xxxxxxxx"
"""Stands for the name of a batch, which is another one each time."""
_COLUMNS = 100
_LETTER_WIDTH, _LINE_HEIGHT, _MARGIN, _SIZE = 8.45, 19, 18, 14
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_DOTS_PER_INCH = "90"


def screen(shown: str) -> list[str]:
    """Return the lines that a terminal shows in the end, bars as they were last."""
    plain = _CONTROL.sub("", shown)
    lines = [line.rstrip("\r").rpartition("\r")[2].rstrip() for line in plain.split("\n")]
    text = re.sub(r"\(batch \w{8}\)", f"(batch {BATCH})", "\n".join(lines))
    return text.strip("\n").split("\n")


def as_svg(lines: list[str]) -> str:
    """Draw lines as a terminal does."""
    width = round(_COLUMNS * _LETTER_WIDTH + 2 * _MARGIN)
    height = len(lines) * _LINE_HEIGHT + 2 * _MARGIN
    texts = "\n".join(
        f'<text x="{_MARGIN}" y="{_MARGIN + 14 + at * _LINE_HEIGHT}">{escape(line)}</text>'
        for at, line in enumerate(lines)
        if line
    )
    letters = f'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="{_SIZE}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#1e1e1e"/>\n'
        f'<g fill="#e6e6e6" {letters} xml:space="preserve">\n{texts}\n</g>\n</svg>\n'
    )


def make(folder: Path) -> None:
    """Run the README's first command in a folder, and draw what it shows and writes."""
    shutil.copytree(SAMPLES, folder / "samples")
    with Terminal(folder, ARGUMENTS, size=(50, _COLUMNS)) as terminal:
        terminal.end()
    prompt = f"$ importer {' '.join(ARGUMENTS)}"
    PICTURES.mkdir(exist_ok=True)
    svg = as_svg([prompt, *screen(terminal.shown)])
    (PICTURES / "terminal.svg").write_text(svg, encoding="utf-8")
    results = folder / "samples" / "customers.results.xlsx"
    _run("soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(results))
    pdf = folder / "customers.results.pdf"
    first_page = ("-f", "1", "-l", "1", "-singlefile")
    _run("pdftoppm", "-r", _DOTS_PER_INCH, "-png", *first_page, str(pdf), str(PICTURES / "summary"))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - ours


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        make(Path(place))
