"""How titles, facts and the command of the Summary look. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rustpy_xlsxwriter import Format

from importer.model import Status
from importer.report import styles

if TYPE_CHECKING:
    from importer.model import Tally


def heading() -> Format:
    """Return the format of a section's title, with a line below."""
    return (
        Format()
        .set_bold()
        .set_font_color(styles.NAVY)
        .set_border_bottom("thin")
        .set_border_bottom_color(styles.LINE)
        .set_align("left")
    )


def label() -> Format:
    """Return the format of the name of a fact."""
    return Format().set_font_color(styles.GREY).set_text_wrap().set_align("left").set_align("top")


def value() -> Format:
    """Return the format of a fact."""
    return Format().set_text_wrap().set_align("left").set_align("top")


def command() -> Format:
    """Return the format of a command to copy: one line, in letters of one width."""
    return Format().set_font_name("Consolas").set_bold().set_align("left").set_align("top")


def mood(tally: Tally) -> str:
    """Colour the headline by the worst that happened; its words say the same."""
    if tally.refused or not tally.balances:
        return styles.COLOURS[Status.REFUSED]
    if tally.in_doubt:
        return styles.COLOURS[Status.IN_DOUBT]
    if tally.planned or not tally.created:
        return styles.COLOURS[Status.PLANNED]
    return styles.COLOURS[Status.REJECTED if tally.rejected else Status.CREATED]
