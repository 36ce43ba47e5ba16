"""`python -m importer` is the same as the command `importer`."""

from importer.cli import main

main()
