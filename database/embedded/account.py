"""The account that runs the servers: PostgreSQL refuses root, so root switches to another one."""

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from database.embedded.errors import DataDirUnusable

if sys.platform != "win32":
    import pwd

_NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """An unprivileged user, by numeric ids; initdb requires that it has a name."""

    uid: int
    gid: int


def account_for(data_dir: Path) -> ServerAccount | None:
    """Return the account of the servers: the folder's owner, else `nobody`. None: the current one.

    Raises DataDirUnusable.
    """
    if os.geteuid() != 0:
        return None
    owner = _named(data_dir.stat().st_uid)
    if owner is not None and owner.uid != 0:
        return owner
    try:
        nobody = pwd.getpwnam(_NOBODY)
    except KeyError as error:
        raise DataDirUnusable(
            data_dir,
            problem="PostgreSQL cannot run as root, and there is no user `nobody` to run it",
            remedy="change the owner of the folder to an ordinary user, or run as one",
        ) from error
    return ServerAccount(nobody.pw_uid, nobody.pw_gid)


def _named(uid: int) -> ServerAccount | None:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return None
    return ServerAccount(entry.pw_uid, entry.pw_gid)


def can_reach(account: ServerAccount | None, path: Path) -> bool:
    """Return whether an account may pass through every folder above `path`."""
    if account is None:
        return True
    return all(_may_pass(account, folder.stat()) for folder in path.resolve().parents)


def _may_pass(account: ServerAccount, folder: os.stat_result) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == account.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def make_private_folder(path: Path, account: ServerAccount | None) -> None:
    """Make a folder private to the account, and make the account the owner of its contents.

    Raises DataDirUnusable.
    """
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        if account is not None:
            _give(path, account)
        path.chmod(0o700)
    except OSError as error:
        raise DataDirUnusable(
            path,
            problem=f"cannot be restricted to the servers' account ({error.strerror})",
            remedy="start as the user who created it, or choose another data directory",
        ) from error


def _give(path: Path, account: ServerAccount) -> None:
    if path.stat().st_uid == account.uid:
        return
    # The folder itself comes last: its owner shows whether everything was done.
    for folder, _, files in os.walk(path, topdown=False):
        for inner in (*(Path(folder, file) for file in files), Path(folder)):
            os.chown(inner, account.uid, account.gid, follow_symlinks=False)
