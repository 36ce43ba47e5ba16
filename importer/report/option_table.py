"""Options of sheets as the writer of workbooks wants them. Pure."""

from __future__ import annotations

from typing import Any


def by_option(options: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Turn `{sheet: {option: value}}` into `{option: {sheet: value}}`."""
    turned: dict[str, dict[str, Any]] = {}
    for sheet, chosen in options.items():
        for option, value in chosen.items():
            turned.setdefault(option, {})[sheet] = value
    return turned
