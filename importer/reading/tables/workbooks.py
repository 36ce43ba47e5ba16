"""What all workbooks share: which sheets are read, and how calamine's failures are told."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from python_calamine import CalamineError, PasswordError, SheetTypeEnum, SheetVisibleEnum

from importer.errors import UnreadableInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from python_calamine import SheetMetadata


def choose(
    name: str, sheets: Sequence[SheetMetadata], wanted: Sequence[str]
) -> tuple[list[str], tuple[str, ...]]:
    """Return the titles of the sheets to read, and what is said of those left out.

    Raises:
        UnreadableInput: there is no sheet of a wanted name.
    """
    titles = {meta.name: meta for meta in sheets if meta.typ == SheetTypeEnum.WorkSheet}
    if wanted:
        return [_named(name, title, titles) for title in dict.fromkeys(wanted)], ()
    hidden = [t for t, meta in titles.items() if meta.visible != SheetVisibleEnum.Visible]
    notes = tuple(
        f"Sheet '{title}' is hidden and was left out; --sheet \"{title}\" reads it."
        for title in hidden
    )
    return [title for title in titles if title not in hidden], notes


def _named(name: str, wanted: str, titles: dict[str, SheetMetadata]) -> str:
    for title in titles:
        if title.strip().casefold() == wanted.strip().casefold():
            return title
    there = ", ".join(f"'{title}'" for title in titles) or "none"
    raise UnreadableInput(
        f"{name} has no sheet '{wanted}': name one of those there are by --sheet ({there})."
    )


@contextmanager
def told(name: str) -> Iterator[None]:
    """Turn calamine's failures into one sentence.

    Its Rust code panics on some damaged workbooks; that arrives as a `PanicException`, which is no
    `Exception` and can't be imported, so it is known by its name. See PyO3's guide, *Error
    handling*.
    """
    try:
        yield
    except PasswordError as error:
        raise UnreadableInput(
            f"{name} is protected with a password: save a copy without one."
        ) from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise damaged(name) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(name) from error


def damaged(name: str) -> UnreadableInput:
    """Return the error that says that a workbook is damaged."""
    return UnreadableInput(
        f"{name} is a workbook that is cut off or damaged: get it again from its source, or open "
        "it in Excel and save it as .xlsx."
    )
