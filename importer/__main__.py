"""`python -m importer` is the same as the command `importer`."""

from importer.commands.cli import main

main()
