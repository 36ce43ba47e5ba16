"""The main stories once more, with the journal in PostgreSQL: each test is told where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.batch.retention.test_afterwards import (
    test_a_forgotten_list_is_not_sent_again,
    test_single_numbers_are_not_recognised_any_more,
    test_what_was_left_to_a_forgotten_batch,
)
from tests.batch.test_main_job import (
    test_a_batch_of_another_account_is_left_alone,
    test_a_poisonous_number_does_not_take_its_group_along,
    test_doubt_is_settled_within_the_run,
    test_every_number_is_in_the_group_that_the_workbook_names,
)
from tests.batch.test_run_again import (
    test_a_finished_list_is_shown_and_not_sent_again,
    test_an_interrupted_run_is_continued,
    test_known_numbers_stop_an_unattended_run_until_it_is_decided,
    test_results_are_written_again_from_the_journal,
    test_resume_finishes_what_is_left_without_the_input,
)
from tests.batch.test_settle_by_hand import (
    test_a_group_that_somebody_deleted_blocks_nothing_for_good,
)
from tests.batch.test_undo import (
    test_undo_deletes_exactly_what_the_batch_made,
)
from tests.stores import new_store

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "test_a_batch_of_another_account_is_left_alone",
    "test_a_finished_list_is_shown_and_not_sent_again",
    "test_a_forgotten_list_is_not_sent_again",
    "test_a_group_that_somebody_deleted_blocks_nothing_for_good",
    "test_a_poisonous_number_does_not_take_its_group_along",
    "test_an_interrupted_run_is_continued",
    "test_doubt_is_settled_within_the_run",
    "test_every_number_is_in_the_group_that_the_workbook_names",
    "test_known_numbers_stop_an_unattended_run_until_it_is_decided",
    "test_results_are_written_again_from_the_journal",
    "test_resume_finishes_what_is_left_without_the_input",
    "test_single_numbers_are_not_recognised_any_more",
    "test_undo_deletes_exactly_what_the_batch_made",
    "test_what_was_left_to_a_forgotten_batch",
]


@pytest.fixture(autouse=True)
def journal_in_postgres(environment: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Lead every command of these tests to a new journal in a database."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "user state"))
    monkeypatch.setenv("IMPORTER_JOURNAL", str(new_store("postgresql", tmp_path)))
