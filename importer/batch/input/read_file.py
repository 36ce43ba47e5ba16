"""A file read, and each of its lines decided."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.batch.input import corrected_list
from importer.batch.input.duplicates import mark_duplicates
from importer.batch.input.normalized_file import NormalizedFile
from importer.batch.planned_settings import as_the_list_was
from importer.columns import memory
from importer.countries import understand_region
from importer.errors import SettingsError, UnclearColumn, UnreadableInput
from importer.file_names import list_stem
from importer.phones import PhoneOptions, normalize
from importer.reading import ReadOptions, read_rows
from importer.results_columns import list_name
from importer.settings import CHOICES, OPTION, merge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from importer.context import Job, Progress, Prompter
    from importer.model import Batch, Rows, Source
    from importer.settings import Settings


def read_and_normalize(job: Job, progress: Progress) -> tuple[Job, NormalizedFile]:
    """Read a file and decide about each row; return with what settings that was done.

    A results workbook is read with the settings that its list had, but for options given now.

    Raises:
        ImporterError: the file or a setting can't be used.
    """
    job, rows = _read(job, progress)
    batch = corrected_list.batch_in_use(rows.source.corrects, job.context)
    name = list_name(list_stem(job.path), rows.source.form)
    job = replace(job, settings=_settings_of_list(job.settings, rows.source, batch), name=name)
    settings, region = job.settings, default_region(job.settings)
    with stage(progress, "Normalizing", len(rows.cells)) as advance:
        options = PhoneOptions(region, settings.strict, settings.bare_digits)
        # The columns of several files that are one list are one column each.
        cells = rows.cells.drop(columns="sheet") if rows.source.is_list else rows.cells
        decided = normalize(cells, options, advance)
        rows = _of_lines(rows, decided.lines["cell"])
    lines = mark_duplicates(decided.lines.drop(columns="cell"), rows.cells)
    normalized = NormalizedFile(rows, lines, decided.assumptions)
    if rows.source.corrects:
        normalized = corrected_list.put_corrections_back(normalized, batch, job)
    return job, normalized


def _settings_of_list(settings: Settings, source: Source, batch: Batch | None) -> Settings:
    """Return the settings for a file: of a results workbook those that its list had."""
    if batch is not None:
        return as_the_list_was(batch, settings)
    said = {}
    if understand_region(source.region):
        said["region"] = source.region
    if source.strict in CHOICES["strict"]:
        said["strict"] = source.strict
    values = {name: said[name] for name in said.keys() - settings.origins.options}
    return merge(settings, values, f"{source.path.name}, sheet Summary: ") if values else settings


def _read(job: Job, progress: Progress) -> tuple[Job, Rows]:
    """Read a file; where the column is unclear, ask the operator, and keep the answer as a setting.

    Raises:
        UnreadableInput: it can't be read, or the question has no answer.
    """
    while True:
        options = read_options(job.settings)
        try:
            with stage(progress, "Reading") as advance:
                return job, _read_rows(job, options, advance)
        except UnclearColumn as unclear:
            chosen = _chosen_columns(unclear, job.context.prompter)
            if not chosen:
                raise
            job = replace(job, settings=_with_answer(job.settings, unclear.option, chosen))
        except UnreadableInput as error:
            raise UnreadableInput(with_origins(str(error), job.settings)) from error


def _read_rows(job: Job, options: ReadOptions, advance: Callable[[int], None]) -> Rows:
    """Read a file, or several as one list."""
    if not job.settings.together:
        return read_rows(job.path, options, advance, job.context.opened)
    from importer.reading.parts.find import find_files
    from importer.reading.parts.together import read_list

    files = find_files(job.settings.together)
    rows = read_list(job.path, files.parts, options, advance)
    return replace(rows, source=rows.source.noted(files.notes))


def _chosen_columns(unclear: UnclearColumn, prompter: Prompter) -> list[str]:
    """Ask which columns are meant: several may hold phone numbers, one says the countries."""
    several = unclear.option == "column"
    places = prompter.choose_some(unclear.question, unclear.shown, several=several)
    return [unclear.choices[at] for at in places]


def _with_answer(settings: Settings, option: str, columns: Sequence[str]) -> Settings:
    """Return the settings with the columns that the operator chose when asked for an option."""
    value = columns[0] if option == "country_column" else columns
    return merge(settings, {option: value}, OPTION)


def with_origins(message: str, settings: Settings) -> str:
    """Say after a message which of the options that it names were set in importer.toml."""
    set_there = [
        settings.origin(name)
        for name in settings.origins.keys
        if f"--{name.replace('_', '-')} " in message
    ]
    return f"{message} It comes from {' and '.join(set_there)}." if set_there else message


@contextmanager
def stage(
    progress: Progress, name: str, total: int | None = None
) -> Iterator[Callable[[int], None]]:
    """Show a stage that counts rows, and give its memory back to the system at its end.

    Memory of work between two stages is given back as the next one begins.
    """
    memory.give_back()
    with progress.stage(name, total, "row") as advance:
        yield advance
    memory.give_back()


def phone_options(settings: Settings) -> PhoneOptions:
    """Return the options of the normalizer that the settings ask for.

    Raises:
        SettingsError: --region is no country.
    """
    return PhoneOptions(default_region(settings), settings.strict, settings.bare_digits)


def read_options(settings: Settings) -> ReadOptions:
    """Return the options of the reader that the settings ask for.

    Raises:
        SettingsError: --region is no country.
    """
    return ReadOptions(
        columns=settings.column,
        country_column=settings.country_column,
        region=default_region(settings),
        sheets=settings.sheet,
        visible_only=settings.visible_only,
        encoding=settings.encoding,
        delimiter=settings.delimiter,
    )


def _of_lines(rows: Rows, cell: pd.Series) -> Rows:
    """Return the rows with a line per number: a cell of several numbers gives several lines.

    Columns that only `normalize` needs are dropped, to save memory.
    """
    cells, extras = rows.cells[["sheet", "row", "original"]], rows.extras
    if "shown" in rows.cells:
        cells = cells.assign(original=rows.cells["shown"])
    if len(cell) != len(cells):
        cells, extras = (frame.iloc[cell].reset_index(drop=True) for frame in (cells, extras))
    return replace(rows, cells=cells, extras=extras)


def default_region(settings: Settings) -> str | None:
    """Return the country of numbers without country code, as the settings name it.

    Raises:
        SettingsError: it is no country.
    """
    if settings.region is None:
        return None
    region = understand_region(settings.region)
    if region is None:
        raise SettingsError(
            f"{settings.origin('region')} is '{settings.region}', which is no country: use two "
            "letters such as HK, or a calling code such as 852."
        )
    return region
