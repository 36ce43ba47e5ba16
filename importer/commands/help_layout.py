"""How help is laid out: examples first, then what it does, then options and commands in groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Example = tuple[str, str]
    """A command, and what it does."""

OTHERS = "Other options"


class SectionedOption(click.Option):
    """An option that stands in a section of the help."""

    def __init__(self, *names: Any, section: str = OTHERS, **attributes: Any) -> None:
        """Take the section, and what any option takes."""
        super().__init__(*names, **attributes)
        self.section = section


class _ExamplesFirst(click.Command):
    """A command whose help shows examples before it explains itself."""

    examples: Sequence[Example] = ()

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page."""
        self.format_usage(ctx, formatter)
        write_examples(self.examples, formatter)
        self.format_help_text(ctx, formatter)
        self.format_options(ctx, formatter)
        self.format_epilog(ctx, formatter)


class SectionedCommand(_ExamplesFirst):
    """A command whose help shows examples first and its options in sections."""

    def __init__(
        self,
        *arguments: Any,
        examples: Sequence[Example] = (),
        shown: Iterable[str] = (),
        more: str = "",
        **attributes: Any,
    ) -> None:
        """Take examples; `shown` are the only options on the page, `more` says where others are."""
        super().__init__(*arguments, **attributes)
        self.examples = examples
        self._shown = frozenset(shown)
        self._more = more

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options by their sections, in the order in which sections begin."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for one in self.get_params(ctx):
            record = one.get_help_record(ctx) if isinstance(one, click.Option) else None
            if record is None or (self._shown and one.name not in self._shown):
                continue
            section = one.section if isinstance(one, SectionedOption) else OTHERS
            sections.setdefault(section, []).append(record)
        others = sections.pop(OTHERS, [])
        for section, records in [*sections.items(), (OTHERS, others)]:
            if records:
                with formatter.section(section):
                    formatter.write_dl(records)
        if self._more:
            formatter.write_paragraph()
            formatter.write_text(self._more)


class SectionedGroup(_ExamplesFirst, click.Group):
    """A group of commands whose help shows examples first and its commands in sections."""

    sections: ClassVar[Mapping[str, Sequence[str]]] = {}
    """The names of the commands by section; what is in none comes last."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names, the commonest first."""
        listed = [name for names in self.sections.values() for name in names]
        return [
            *(name for name in listed if name in self.commands),
            *(name for name in self.commands if name not in listed),
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by their sections."""
        listed = {name for names in self.sections.values() for name in names}
        left = [name for name in self.commands if name not in listed]
        for section, names in [*self.sections.items(), ("Other commands", left)]:
            there = [self.commands[name] for name in names if name in self.commands]
            if there:
                width = formatter.width - 6 - max(len(one.name or "") for one in there)
                with formatter.section(section):
                    formatter.write_dl(
                        [(one.name or "", one.get_short_help_str(width)) for one in there]
                    )


def write_examples(examples: Sequence[Example], formatter: click.HelpFormatter) -> None:
    """Write examples, each a command to type and what it does."""
    if examples:
        with formatter.section("Examples"):
            formatter.write_dl(list(examples), col_max=46)
