"""Look the installed packages up in an advisory source: `python .ci/audit.py SITE_PACKAGES FOLDER`.

Exit 1 where a package has a hole that a newer version mends. Where no source is reached, say so and
exit 0: a build must not fail or hang because the network does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECONDS = 90
"""For each of the two steps: installing the tool, and asking the source."""
NOT_OURS = frozenset({"pip", "setuptools", "wheel"})
"""What `venv` puts into each environment by itself; the product imports none of it."""
NOT_REACHED = "No advisory source is reached from here: the installed packages were not checked."


def judge(report: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Return the exit code and what to print of a report of pip-audit, in its JSON format."""
    packages = [one for one in report.get("dependencies", []) if one["name"] not in NOT_OURS]
    checked = [one for one in packages if "vulns" in one]
    if not checked:
        return 0, [NOT_REACHED]
    holes = [(one, hole) for one in checked for hole in one["vulns"]]
    lines = [_line(one, hole) for one, hole in holes]
    unchecked = len(packages) - len(checked)
    lines.append(
        f"{len(checked)} installed packages were checked for known holes, {unchecked} could not "
        f"be; {len(holes)} found."
    )
    return int(any(hole["fix_versions"] for _, hole in holes)), lines


def _line(package: Mapping[str, Any], hole: Mapping[str, Any]) -> str:
    fixed = ", ".join(hole["fix_versions"])
    todo = f"raise its bound to {fixed}" if fixed else "no version mends it yet"
    return f"{package['name']} {package['version']} has {hole['id']}: {todo}."


def ask(site_packages: str, folder: str) -> Mapping[str, Any]:
    """Return the report of pip-audit, installed into `folder`; an empty one where it has none."""
    python = Path(folder) / "bin" / "python"
    try:
        _run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        _run([str(python), "-m", "pip", "install", "--quiet", "pip-audit>=2.9"], check=True)
        options = ["--skip-editable", "--progress-spinner", "off", "--timeout", "15"]
        tool = [str(python), "-m", "pip_audit", "--path", site_packages, "--format", "json"]
        report: Mapping[str, Any] = json.loads(_run([*tool, *options], check=False))
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    return report


def _run(command: Sequence[str], *, check: bool) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=check)
    return done.stdout


if __name__ == "__main__":
    code, said = judge(ask(sys.argv[1], sys.argv[2]))
    sys.stdout.write("\n".join([*said, ""]))
    raise SystemExit(code)
