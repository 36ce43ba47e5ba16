"""What the states of a group mean, as properties: every rule in the product asks these."""

from __future__ import annotations

import pytest

from importer.model import GroupState, Status

PROPERTIES = {
    "is_unfinished": "PLANNED SENDING IN_DOUBT",
    "needs_numbers": "PLANNED SENDING IN_DOUBT DELETING",
    "is_in_undo": "DELETING DELETED",
    "is_at_vendor": "CREATED DELETING",
    "may_get_made": "PLANNED SENDING IN_DOUBT CREATED DELETING",
    "has_numbers": "PLANNED SENDING CREATED REFUSED IN_DOUBT DELETING DELETED",
}


@pytest.mark.parametrize(("name", "states"), PROPERTIES.items())
def test_each_property_holds_for_these_states_only(name: str, states: str) -> None:
    """A state has a property or has not, and the table says which."""
    assert [one.value for one in GroupState if getattr(one, name)] == sorted(
        states.split(), key=[one.value for one in GroupState].index
    )


def test_the_results_know_a_word_for_every_state_whose_numbers_are_its_own() -> None:
    """No number of a group is left without a status in the results workbook."""
    assert all(isinstance(one.status, Status) for one in GroupState if one.has_numbers)
