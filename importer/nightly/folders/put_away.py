"""Where the files of a night go: results into `outbox`, lists into `done` or `failed`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import Exit, OutputError
from importer.nightly import outcome
from importer.nightly.folders import moving
from importer.nightly.outcome import FileOutcome, FileState

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

    from importer.nightly.config import NightConfig
    from importer.nightly.folders import file_choice, inbox_folder


def share_folders(night_config: NightConfig) -> None:
    """Give the folders that clerks need to the group that importer.toml names, if it does.

    Raises:
        OutputError: one can't be given to it.
    """
    share_group = night_config.share_group
    try:
        share_group.open_inbox(night_config.inbox)
        for folder in (night_config.outbox, night_config.failed):
            share_group.open_folder(folder)
    except OSError as error:
        raise OutputError(
            f"A folder can't be shared as nightly.share_group says ({error}): correct its owner."
        ) from error


def put_results(
    file: PurePosixPath, results: Path | None, night_config: NightConfig, date: str
) -> Path | None:
    """Move the results of a file into the outbox of a date, and return where they are.

    Raises:
        OutputError: they can't be moved there.
    """
    if results is None:
        return None
    place = night_config.outbox / date / file.parent / results.name
    try:
        night_config.share_group.make_folder(place.parent, night_config.outbox)
        moved = moving.move(results, place)
        night_config.share_group.publish(moved)
    except OSError as error:
        raise OutputError(
            f"The results can't be moved to {place} ({error.strerror or error}): correct the "
            "folder's rights."
        ) from error
    return moved


def put_away(
    result: FileOutcome,
    source: inbox_folder.OpenedFile,
    seen: file_choice.Seen,
    night_config: NightConfig,
    date: str,
) -> FileOutcome:
    """Move a file out of the inbox if its outcome is final; return where it is, or why it stays.

    `seen` is what it was when it was chosen, `date` that of the night.
    """
    if result.state in {FileState.CONTINUES, FileState.WAITS}:
        return result
    if not source.is_still(seen):
        message = f"{result.message} The file was changed meanwhile: the next night takes it."
        return replace(result, state=FileState.WAITS, message=message)
    try:
        return _move(source, result, night_config, date)
    except OSError as error:
        return replace(
            result,
            state=FileState.WAITS,
            exit=Exit.UNFINISHED if result.exit is Exit.DONE else result.exit,
            message=f"{result.message} It can't be moved out of the inbox "
            f"({error.strerror or error}).",
            advice="Close the file and correct the folder's rights; nothing is sent twice.",
        )


def _move(
    source: inbox_folder.OpenedFile, result: FileOutcome, night_config: NightConfig, date: str
) -> FileOutcome:
    if result.state is FileState.DONE:
        return replace(result, moved=source.move(night_config.done / date / result.file))
    reason = outcome.reason(result)
    place, failed = night_config.failed / date / result.file, night_config.failed
    night_config.share_group.make_folder(place.parent, failed)
    moved, beside = source.move_with_reason(place, reason)
    for one in (moved, beside):
        night_config.share_group.publish(one)
    return replace(result, moved=moved, reason=beside)
