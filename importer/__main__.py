"""Where the program starts: the command `importer`, and `python -m importer`."""

from __future__ import annotations

import sys
from typing import Never

from importer.errors import Exit


def main() -> Never:
    """Run the command line; Ctrl+C while its modules are loaded ends it in one sentence as well."""
    try:
        from importer.commands.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("importer: Interrupted before anything began: run it again.\n")
        raise SystemExit(Exit.INTERRUPTED) from None


if __name__ == "__main__":
    main()
