"""Colours, formats and page settings: the workbook's looks in one place."""

from __future__ import annotations

from typing import Any

from rustpy_xlsxwriter import Format

from importer.model import Status
from importer.results_columns import ResultsSheet

NAVY, BLUE, GREY, LINE, LINK = "#1F3864", "#9DC3E6", "#7F7F7F", "#BFBFBF", "#0563C1"
YELLOW = "#FFF2CC"
"""Of cells to type into."""
TABS = {
    ResultsSheet.GROUPS: "#2F75B5",
    ResultsSheet.NUMBERS: "#70AD47",
    ResultsSheet.REJECTED: "#FFC000",
}
"""The colour of each sheet's tab."""
COLOURS = {
    Status.CREATED: "#C6EFCE",
    Status.PLANNED: "#DDEBF7",
    Status.DUPLICATE: "#EDEDED",
    Status.REJECTED: "#FFEB9C",
    Status.REFUSED: "#FFC7CE",
    Status.IN_DOUBT: "#F8CBAD",
}
"""A fill for each status; its word stands in the cell as well."""

WHOLE, PERCENT, TEXT, LONG = "#,##0", "0.0%", "@", "0"
DAY, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
_A4 = 9


def number(form: str) -> Format:
    """Return a number format such as `#,##0`."""
    return Format().set_num_format(form)


def to_fill_in() -> Format:
    """Return the format of cells that the operator types into; what is typed stays text."""
    return number(TEXT).set_background_color(YELLOW).set_border("thin").set_border_color(LINE)


def header() -> Format:
    """Return the format of a table's header."""
    return (
        Format()
        .set_bold()
        .set_font_color("#FFFFFF")
        .set_background_color(NAVY)
        .set_align("left")
        .set_align("vcenter")
    )


def status_rules() -> list[dict[str, Any]]:
    """Return the rules that colour a column of statuses."""
    return [
        starts_with(status.value, Format().set_background_color(colour))
        for status, colour in COLOURS.items()
    ]


def starts_with(text: str, form: Format) -> dict[str, Any]:
    """Return a rule for the cells that begin with a text."""
    return {"type": "text", "criteria": "begins_with", "value": text, "format": form}


def equals(value: int, form: Format) -> dict[str, Any]:
    """Return a rule for the cells that hold a number."""
    return {"type": "cell", "criteria": "==", "value": value, "format": form}


def bold() -> Format:
    """Return the format of a total."""
    return Format().set_bold()


def page(**more: Any) -> dict[str, Any]:
    """Return the page settings that all sheets share, and `more`."""
    margins = {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.6}
    return {
        "landscape": True,
        "paper_size": _A4,
        "margins": margins,
        "footer": "&L&A&RPage &P of &N",
        **more,
    }
