"""Log files: rotated by size, and removed by age and by the total size of their folder."""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import cast

from utils.files import open_private

_SECONDS_PER_DAY = 86_400.0
_ROTATIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """A file of the log folder; `current` files are being written (no number at their end)."""

    path: Path
    size: int
    modified_s: float

    @property
    def current(self) -> bool:
        return not self.path.suffix[1:].isdigit()


def superfluous(
    files: Iterable[LogFile], *, now_s: float, keep_days: float, max_total_bytes: int
) -> list[Path]:
    """Return the files to remove: those too old, then the oldest rotated until the rest fits."""
    newest_first = sorted(files, key=lambda file: file.modified_s, reverse=True)
    oldest_s = now_s - keep_days * _SECONDS_PER_DAY
    kept_bytes = sum(file.size for file in newest_first if file.current)
    remove = []
    for file in newest_first:
        kept_bytes += 0 if file.current else file.size
        too_much = not file.current and kept_bytes > max_total_bytes
        if file.modified_s < oldest_s or too_much:
            remove.append(file.path)
    return remove


def clean_up(folder: Path, *, keep_days: float, max_total_bytes: int) -> None:
    """Remove superfluous log files of a folder; safe while other processes do so."""
    files = [file for pattern in ("*.jsonl*", "*.log*") for file in _found(folder.glob(pattern))]
    for path in superfluous(
        files, now_s=time.time(), keep_days=keep_days, max_total_bytes=max_total_bytes
    ):
        path.unlink(missing_ok=True)


def _found(paths: Iterable[Path]) -> Iterable[LogFile]:
    for path in paths:
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        yield LogFile(path=path, size=stat.st_size, modified_s=stat.st_mtime)


class CleaningFileHandler(RotatingFileHandler):
    """Rotates by size, cleans the folder at each rotation, survives the removal of its file."""

    def __init__(
        self, path: Path, *, max_bytes: int, keep_days: float, max_total_bytes: int
    ) -> None:
        super().__init__(path, maxBytes=max_bytes, backupCount=_ROTATIONS, encoding="utf-8")
        self._path = path
        self._keep_days = keep_days
        self._max_total_bytes = max_total_bytes
        self._clean_up()

    def _open(self) -> TextIOWrapper:
        # Like the base class, but readable by the owner only.
        opened = open(self.baseFilename, self.mode, encoding=self.encoding, opener=open_private)  # noqa: SIM115
        return cast("TextIOWrapper", opened)

    def emit(self, record: logging.LogRecord) -> None:
        if not self._path.exists():
            self.close()
        super().emit(record)

    def doRollover(self) -> None:
        super().doRollover()
        self._clean_up()

    def _clean_up(self) -> None:
        clean_up(
            self._path.parent, keep_days=self._keep_days, max_total_bytes=self._max_total_bytes
        )
