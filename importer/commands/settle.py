"""The command `settle`: shows groups in doubt and takes the operator's word on each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from importer.commands.terminal.output import echo_line, echo_whole
from importer.commands.terminal.prompts import ask_text
from importer.errors import Exit, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.batch.settle_by_hand import DoubtfulGroup, Doubts, Words
    from importer.commands.terminal.prompts import OutputMode
    from importer.context import Context
    from importer.model import Batch
    from importer.settings import Settings

_NOT_MADE = "not made"
_SHORTEST_ID = 6
"""Characters; what is shorter is rather `yes` or `no` than a groupId."""


def settle_batch(
    batch: Batch,
    words: Words,
    settings: Settings,
    context: Context,
    output: OutputMode,
) -> Exit:
    """Show a batch's groups in doubt, and record what the operator says of them.

    Where `words` say nothing, a terminal is asked. Return UNFINISHED where doubt is left.

    Raises:
        ImporterError: a word or the journal can't be used, or the operator does not agree.
    """
    from importer.batch.settle_by_hand import NOT_MADE, Words, find_doubts, record_words

    if not words:
        doubts = find_doubts(batch, settings, context, output.progress())
        _show(batch, doubts, as_json=output.as_json, asks=output.can_ask)
        words = Words(_ask(doubts) if output.can_ask else {})
        if not words:
            return Exit.UNFINISHED if doubts.groups else Exit.DONE
    left = record_words(batch, words, context, output.progress())
    if not output.quiet:
        sent_again = words.unsent or NOT_MADE in words.groups.values()
        _say_recorded(batch, len(words.groups), left, sent_again=sent_again, as_json=output.as_json)
    return Exit.UNFINISHED if left else Exit.DONE


def words_of(
    created: Sequence[str], not_made: Sequence[int], *, unsent: bool, deleted: Sequence[str]
) -> Words:
    """Return what the options say; `created` are texts of the form `SEQ=GROUPID`.

    Raises:
        SettingsError: one is of another form.
    """
    from importer.batch.settle_by_hand import NOT_MADE, Words

    groups = dict(map(_made, created)) | dict.fromkeys(not_made, NOT_MADE)
    return Words(groups, unsent, tuple(one.strip() for one in deleted))


def _made(word: str) -> tuple[int, str]:
    seq, found, group_id = word.partition("=")
    if not found or not seq.isdecimal() or not group_id.strip():
        raise SettingsError(f"--created {word}: say SEQ=GROUPID, as in --created 3=6a7sd340.")
    return int(seq), group_id.strip()


def _show(batch: Batch, doubts: Doubts, *, as_json: bool, asks: bool) -> None:
    if as_json:
        groups = [one.as_json() for one in doubts.groups]
        echo_whole(json.dumps({"batch": batch.id, "problem": doubts.problem, "in_doubt": groups}))
        return
    if not doubts.groups:
        echo_line(f"No group of batch {batch.id} is in doubt.")
    if doubts.problem:
        echo_line(f"The vendor's groups could not be listed: {doubts.problem}.")
    for one in doubts.groups:
        _show_group(one)
    if doubts.groups and asks:
        echo_line("Look at the vendor for each of them, and say what it is:")
    elif doubts.groups:
        echo_line(
            f"Say what they are: `importer settle {batch.id} --created SEQ=GROUPID`, or "
            f"`importer settle {batch.id} --not-made SEQ`, each as often as needed."
        )


def _show_group(doubtful: DoubtfulGroup) -> None:
    group = doubtful.record.group
    echo_line(f"{group.seq}  {group.name}, {group.size:,} numbers: {doubtful.record.message}")
    for near in doubtful.as_json()["near"]:
        echo_line(
            f"     {near['group_id']}  {near['name']}, {near['numbers']:,} numbers, "
            f"{near['same_numbers']:,} of them its own, remark '{near['remark']}'"
        )
    if not doubtful.near:
        echo_line("     the vendor lists nothing like it")


def _ask(doubts: Doubts) -> dict[int, str]:
    """Ask for each group; an empty answer leaves it in doubt."""
    from importer.batch.settle_by_hand import NOT_MADE

    words = {}
    for one in doubts.groups:
        group = one.record.group
        answer = _ask_for_id(f"{group.seq}  {group.name}")
        if answer:
            words[group.seq] = NOT_MADE if answer == _NOT_MADE else answer
    return words


def _ask_for_id(group: str) -> str:
    """Ask what a group is until the answer is a groupId, `_NOT_MADE` or ""."""
    while True:
        answer = ask_text(f"{group}: its groupId, `{_NOT_MADE}`, or Enter to leave it")
        if answer.lower().replace("-", " ") == _NOT_MADE:
            return _NOT_MADE
        if not answer or _may_be_id(answer):
            return answer
        echo_line(f"'{answer}' is no groupId: the vendor's page of groups shows it.", err=True)


def _may_be_id(text: str) -> bool:
    """Whether a text may be a groupId: `yes` and `dont know` recorded as one would lose a group."""
    long_enough = len(text) >= _SHORTEST_ID and not any(map(str.isspace, text))
    return long_enough and any(map(str.isdigit, text))


def _say_recorded(
    batch: Batch, recorded: int, left: int, *, sent_again: bool, as_json: bool
) -> None:
    if as_json:
        echo_whole(json.dumps({"batch": batch.id, "recorded": recorded, "left_in_doubt": left}))
        return
    from importer.batch.results.next_step import NextStep
    from importer.batch.results.summary import next_lines

    in_doubt = f"{left:,}" if left else "none"
    echo_line(f"Recorded for {recorded:,} of batch {batch.id}'s groups; {in_doubt} left in doubt.")
    step = NextStep("write its results anew", f"importer results {batch.id}")
    if left:
        step = NextStep("say what the others are", f"importer settle {batch.id}")
    elif sent_again:
        step = NextStep("send the groups that were not made", f"importer resume {batch.id}")
    for line in next_lines(step):
        echo_line(line)
