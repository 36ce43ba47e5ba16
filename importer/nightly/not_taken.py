"""Why a file of the inbox was not taken, or not to its end: the outcomes that blame no list."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import Exit, ImporterError
from importer.nightly.outcome import FileOutcome, FileState

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from importer.errors import JournalLocked


def unknown_folder(file: PurePosixPath) -> FileOutcome:
    """Say that the settings do not name a file's folder."""
    message = f"importer.toml does not name the folder {file.parent}: it could be any country."
    todo = (
        "Put it into a folder that there is in the inbox; or let whoever keeps "
        f'importer.toml add [nightly.folders."{file.parent}"] to it, then put it back.'
    )
    return FileOutcome(file, FileState.FAILED, Exit.USAGE, message, todo)


def name_is_no_text(file: PurePosixPath) -> FileOutcome:
    """Say that a file's name can't be written anywhere."""
    message = "Its name holds bytes that are no text in UTF-8."
    return FileOutcome(file, FileState.FAILED, Exit.USAGE, message, "Rename it, then put it back.")


def not_to_blame(file: PurePosixPath, error: Exception, batch: str | None) -> FileOutcome:
    """Say that the journal, the outbox or a disk failed while a file was taken through."""
    code = error.exit_code if isinstance(error, ImporterError) else Exit.UNFINISHED
    advice = "The file is not to blame: it stays in the inbox for the next night."
    return FileOutcome(file, FileState.WAITS, code, str(error), advice, batch=batch)


def unknown_failure(file: PurePosixPath, error: Exception) -> FileOutcome:
    """Say where the importer failed on a file, for whoever mends it."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    at = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "?"
    message = f"The importer failed on it in an unknown way ({type(error).__name__} at {at})."
    advice = "Keep the file and report this; what was sent is recorded, and nothing is lost."
    return FileOutcome(file, FileState.FAILED, Exit.UNFINISHED, message, advice)


def held_elsewhere(file: PurePosixPath, error: JournalLocked) -> FileOutcome:
    """Say that another night, or a run, works on a file."""
    who, _, _ = str(error).partition(": wait until")
    return FileOutcome(file, FileState.WAITS, Exit.DONE, f"It waits: {who[:1].lower()}{who[1:]}.")


def still_changing(file: PurePosixPath) -> FileOutcome:
    """Say that a file was not the same any more when it was opened."""
    return FileOutcome(file, FileState.WAITS, Exit.DONE, "It waits: it was still changing.")


def not_opened(file: PurePosixPath, error: OSError) -> FileOutcome:
    """Say why a file stays in the inbox unread; it, or a folder of it, may have become a link."""
    if error.errno in {errno.ENOENT, errno.ELOOP, errno.ENOTDIR}:
        return still_changing(file)
    message = f"It waits: it can't be opened ({error.strerror or error})."
    advice = "Correct its rights; the next night takes it."
    return FileOutcome(file, FileState.WAITS, Exit.UNFINISHED, message, advice)
