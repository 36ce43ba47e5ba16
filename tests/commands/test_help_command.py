"""`importer help`: the list of topics, a page, or a command's own help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.commands.topics.pages import all_pages

if TYPE_CHECKING:
    from tests.served import Operator


def test_without_a_topic_it_lists_them(operator: Operator) -> None:
    """Each topic has a line that says what it is about."""
    done = operator.run("help")
    assert done.exit == 0
    for page in all_pages():
        assert f"  {page.topic} " in done.out
        assert page.about in done.out


def test_a_page(operator: Operator) -> None:
    """A page begins with its title."""
    done = operator.run("help", "exit-codes")
    assert (done.exit, done.out.split(":")[0]) == (0, "Exit codes")


def test_a_command_of_that_name(operator: Operator) -> None:
    """Who types `help run` gets the help of the command; `help nightly` names both."""
    assert operator.run("help", "run").out == operator.run("run", "--help").out
    done = operator.run("help", "nightly")
    assert done.out.startswith("Nights")
    assert done.out.endswith("importer nightly --help\n")


def test_a_topic_that_there_is_not(operator: Operator) -> None:
    """Exit 2, and what is meant."""
    done = operator.run("help", "number")
    assert done.exit == 2
    assert "is numbers meant?" in done.err
