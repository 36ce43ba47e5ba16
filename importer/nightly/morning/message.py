"""The report of a night as a message: subject and text, for a mail or a chat. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.errors import Exit
from importer.masking import masked
from importer.nightly.outcome import FileState
from importer.plurals import counted, plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.nightly.morning.report_config import ChatFormat
    from importer.nightly.outcome import FileOutcome, Night

_MOST_FILES = 20
"""Lists of one outcome that are named; the workbook has them all."""
_MOST_CHARACTERS = 500
"""Of what is said of one list."""
_TITLES = {
    FileState.FAILED: "To be looked at",
    FileState.CONTINUES: "Goes on by itself in the next night",
    FileState.WAITS: "Waits in the inbox",
    FileState.DONE: "Done",
}
_TEAMS_CARD = "application/vnd.microsoft.card.adaptive"


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent."""

    subject: str
    """One line."""
    text: str
    is_trouble: bool
    """Whether somebody has to look at something."""


def of_night(night: Night) -> Message:
    """Return the message about a night."""
    lines = [night.outcome_words, *night.notes]
    for state, title in _TITLES.items():
        files = [one for one in night.files if one.state is state]
        if files:
            lines += ["", f"{title}:", *_list(files)]
    if night.report is not None:
        lines += ["", f"The whole report: {night.report}"]
    subject = f"Night of {night.begun.date()}: {_in_short(night)}"
    text = "\n".join(_shown(line) for line in lines)
    return Message(_shown(subject), text, is_trouble=night.exit is not Exit.DONE)


def of_failure(date: str, why: str) -> Message:
    """Return the message about a night that could not begin."""
    text = f"No list was taken: {why}\nThe lists stay in the inbox for the next night."
    return Message(
        f"Night of {date}: it could not begin", "\n".join(map(_shown, text.split("\n"))), True
    )


def chat_body(message: Message, chat_format: ChatFormat, night: Mapping[str, Any]) -> Any:
    """Return the JSON that a chat takes.

    `text` is for Slack, Mattermost, Google Chat and others; `teams` an Adaptive Card
    (https://adaptivecards.io/explorer/); `json` has the night as `on_finish` gets it.
    """
    if chat_format == "json":
        return {"subject": message.subject, "text": message.text, "night": night}
    if chat_format == "text":
        return {"text": f"{message.subject}\n{message.text}"}
    blocks = [
        {"type": "TextBlock", "text": message.subject, "weight": "Bolder", "wrap": True},
        # A card takes a line end for a blank, and an empty line for a new paragraph.
        {"type": "TextBlock", "text": message.text.replace("\n", "\n\n"), "wrap": True},
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": blocks,
    }
    return {
        "type": "message",
        "attachments": [{"contentType": _TEAMS_CARD, "contentUrl": None, "content": card}],
    }


def _in_short(night: Night) -> str:
    failed = night.count(FileState.FAILED)
    if failed:
        return f"{counted(failed, 'list')} to be looked at"
    if night.stopped:
        return "it ended early"
    if night.exit is not Exit.DONE:
        return "something is left"
    done = night.count(FileState.DONE)
    if not done:
        return "nothing to do"
    numbers = night.tally.created
    return (
        f"{counted(done, 'list')} done, {counted(numbers, 'number')} "
        f"{plural(numbers, 'is', 'are')} in groups"
    )


def _list(files: Sequence[FileOutcome]) -> Iterator[str]:
    for one in files[:_MOST_FILES]:
        yield f"- {one.file}: {_cut(one.message)}"
        if one.advice and one.state is not FileState.CONTINUES:
            yield f"  What to do: {_cut(one.advice)}"
        if one.reason is not None:
            yield f"  Why, and the list: {one.reason}"
        if one.results is not None:
            yield f"  Results: {one.results}"
    if len(files) > _MOST_FILES:
        yield f"- and {len(files) - _MOST_FILES:,} more"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"


def _shown(line: str) -> str:
    """Return a line without phone numbers, and without what a program would act on."""
    return visible(masked(line)).encode("utf-8", "replace").decode()
