"""What a night shares with the people who drop lists and fetch results: a group of the system.

All else that holds numbers is the importer's alone, whatever the umask. The folders are setgid, so
that what is made in them belongs to the group (Linux, `inode(7)`). Only the inbox lets the group
remove what others put there: `outbox` and `failed` are sticky.
"""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

_SHARED_FILE = 0o660
_MADE_FOR_GROUP = 0o007
"""The umask of what is made for the group."""
_SHARED_FOLDER = stat.S_ISGID | 0o770


@dataclass(frozen=True, slots=True)
class Sharing:
    """Gives files and folders to a group; with no group it leaves them as they are."""

    group: int | None = None

    def open_inbox(self, inbox: Path) -> None:
        """Let the group drop files into the inbox and its folders, and take them back.

        Raises:
            OSError: a folder can't be given to the group.
        """
        if self.group is not None:
            for folder in (inbox, *(one for one in inbox.iterdir() if _is_folder(one))):
                self._give(folder, _SHARED_FOLDER)

    def open_folder(self, folder: Path) -> None:
        """Let the group read and write in a folder, but remove only what is its own.

        Raises:
            OSError: the folder can't be given to the group.
        """
        if self.group is not None:
            self._give(folder, _SHARED_FOLDER | stat.S_ISVTX)

    def make_folder(self, folder: Path, base: Path) -> None:
        """Make a folder below the shared folder `base`, and those between, for the group.

        They get setgid from the folder that they are made in: a service that may not set that bit
        itself (systemd's RestrictSUIDSGID) can make them, too.

        Raises:
            OSError: one can't be made.
        """
        if self.group is None:
            return
        before = os.umask(_MADE_FOR_GROUP)
        try:
            for one in reversed([folder, *folder.parents]):
                if one != base and one.is_relative_to(base):
                    one.mkdir(mode=0o770, exist_ok=True)
        finally:
            os.umask(before)

    def publish(self, file: Path) -> None:
        """Let the group read and write a file.

        Raises:
            OSError: the file can't be given to the group.
        """
        if self.group is not None:
            self._give(file, _SHARED_FILE)

    def _give(self, path: Path, mode: int) -> None:
        """Change group and rights of what is there, never of what a link leads to."""
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise OSError(f"{path} is a link")
        if status.st_uid != os.geteuid():
            return  # What a clerk owns is theirs to share; the setgid folder gave it the group.
        if status.st_gid != self.group:
            os.chown(path, -1, self.group or 0, follow_symlinks=False)
        if stat.S_IMODE(status.st_mode) != mode:
            path.chmod(mode)


NOT_SHARED = Sharing()


def sharing_with(name: str) -> Sharing:
    """Return the sharing with a group of the system; "" for none.

    Raises:
        SettingsError: there is no such group, or the system has none.
    """
    if not name:
        return NOT_SHARED
    if sys.platform == "win32":
        raise SettingsError(
            "importer.toml: nightly.share_group is for systems with POSIX groups: take it out."
        )
    import grp

    try:
        group = grp.getgrnam(name).gr_gid
    except KeyError:
        raise SettingsError(
            f"importer.toml: nightly.share_group names the group '{name}', which there is not: "
            f"groupadd {name}"
        ) from None
    if os.geteuid() != 0 and group not in {os.getegid(), *os.getgroups()}:
        raise SettingsError(
            f"importer.toml: nightly.share_group is '{name}', which this user is no member of: "
            f"usermod -a -G {name} USER"
        )
    return Sharing(group)


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)
