"""The files that a strategy is made of: its own, the modules beside it, and what it reads."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from utils.files import FileState, file_state


@dataclass(frozen=True, slots=True)
class FileParts:
    """A strategy's file, the helper modules that it imports, and the resources that it declares.

    A resource may be a folder: then every file below it belongs to the strategy.
    """

    path: Path
    helpers: tuple[Path, ...] = ()
    resources: tuple[Path, ...] = ()

    @property
    def others(self) -> tuple[Path, ...]:
        """Return the paths beside the strategy's own file."""
        return (*self.helpers, *self.resources)

    def files(self) -> list[Path]:
        """Return every file, the strategy's own first, the others in order of their paths."""
        return [self.path, *sorted({file for other in self.others for file in _files(other)})]

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of every file by its path relative to the strategy's folder.

        Raises OSError.
        """
        return {_relative(file, self.path.parent): file.read_bytes() for file in self.files()}

    def states(self) -> tuple[FileState | None, ...]:
        """Return the state of each file, to detect changes; None for a missing one."""
        return tuple(map(file_state, self.files()))

    def version(self) -> str:
        """Return the digest of all files as they are now; empty where one cannot be read."""
        try:
            text, *others = self.contents().items()
        except OSError:
            return ""
        return version_of(text[1], others)


def version_of(text: bytes, others: Sequence[tuple[str, bytes]] = ()) -> str:
    """Return the version of a file: the digest of its text and of its other parts."""
    digest = hashlib.sha256(text)
    for name, content in others:
        digest.update(f"\n{name}\n".encode())
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def undeclared_data(folder: Path, declared: Sequence[Path]) -> list[Path]:
    """Return the data files below a strategies folder that no strategy declares as a resource."""
    declared_paths = {path.resolve() for path in declared}
    return [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        and file.suffix not in (".py", ".pyc")
        and not any(
            part.startswith((".", "__pycache__")) for part in file.relative_to(folder).parts
        )
        and not declared_paths & {file.resolve(), *file.resolve().parents}
    ]


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in path.rglob("*") if file.is_file())
    else:
        yield path


def _relative(file: Path, folder: Path) -> str:
    try:
        return file.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return file.as_posix()
