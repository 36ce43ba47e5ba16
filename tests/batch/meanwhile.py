"""A second command in the middle of a first one, at a moment that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.served import Done


def meanwhile(
    patch: pytest.MonkeyPatch, place: Any, name: str, do: Callable[[], Done]
) -> list[Done]:
    """Run another command before a function is called for the first time; return how it ended."""
    called, ends = getattr(place, name), []

    def do_first(*args: Any, **options: Any) -> Any:
        patch.setattr(place, name, called)
        ends.append(do())
        return called(*args, **options)

    patch.setattr(place, name, do_first)
    return ends
