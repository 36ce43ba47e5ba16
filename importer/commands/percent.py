"""A percentage as an option takes it."""

from __future__ import annotations

import click


def percent(text: str) -> float:
    """Return the number from 0 to 100 that a text is, with or without a percent sign.

    Raises:
        BadParameter: it is none.
    """
    try:
        number = float(text.strip().removesuffix("%"))
    except ValueError:
        number = -1.0
    # "nan" is a number to Python, and neither more nor less than any other.
    if not 0 <= number <= 100:
        raise click.BadParameter(f"'{text}' must be a number from 0 to 100.")
    return number
