"""The log files of a platform: the newest lines that match, and newly written lines.

Lines were redacted when they were written. Files are read from their end; rotated files older
than the last one are left out.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from utils.codec import CodecError, decode

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
AUDIT = "audit"
"""The component whose lines hold the commands of all users; only admins read them."""

MAX_LINES = 300
# Limits per file: how far back a search reads, and how much a tail reads at once.
REACH_BYTES = 4_000_000
MAX_READ_BYTES = 200_000
_CHUNK_BYTES = 65_536


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as it was written; `error` is a traceback."""

    time: datetime
    level: str
    component: str
    message: str
    process: str = ""
    facts: dict[str, Any] = {}
    error: str = ""


class LogQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A filter of lines: a process, a least level, a text, an end time.

    `hidden_components` are those whose lines the reader may not see.
    """

    process: str = ""
    level: str = "INFO"
    text: str = ""
    until: datetime | None = None
    hidden_components: frozenset[str] = frozenset()

    def matches(self, line: LogLine) -> bool:
        """Return whether a line matches."""
        if line.component in self.hidden_components:
            return False
        if self.process and self.process not in (line.process, line.component):
            return False
        if self.until is not None and line.time > self.until:
            return False
        sought = self.text.lower()
        return _rank(line.level) >= _rank(self.level) and (
            not sought or sought in _searchable_text(line)
        )


class LogReader:
    """Reads the log files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def processes(self) -> list[str]:
        """Return the names of the processes that have a log."""
        return sorted(path.stem for path in self._folder.glob("*.jsonl"))

    def latest(self, query: LogQuery) -> list[LogLine]:
        """Return the newest lines that match, oldest first."""
        found: list[LogLine] = []
        for path in self._files(query):
            found += _last_lines(path, query)
        return sorted(found, key=lambda line: line.time)[-MAX_LINES:]

    def _files(self, query: LogQuery) -> Iterator[Path]:
        for path in sorted(self._folder.glob("*.jsonl")):
            # A component may be in any file, a process only in its own.
            if query.process in ("", path.stem) or query.process not in self.processes():
                yield path
                yield path.with_name(f"{path.name}.1")


class LogTail:
    """Reads the lines that are appended to the files of a folder between two calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[Path, int] = {}
        self._began = False

    def new_lines(self) -> list[LogLine]:
        """Return the lines written since the last call, oldest first; none at the first call."""
        lines = [
            line for path in self._folder.glob("*.jsonl") for line in self._appended_lines(path)
        ]
        self._began = True
        return sorted(lines, key=lambda line: line.time)[-MAX_LINES:]

    def _appended_lines(self, path: Path) -> list[LogLine]:
        try:
            size = path.stat().st_size
            seen = self._seen.get(path, 0 if self._began else size)
            if size < seen:
                seen = 0
            seen = max(seen, size - MAX_READ_BYTES)
            with path.open("rb") as raw:
                raw.seek(seen)
                read = raw.read(size - seen)
        except OSError:
            return []
        whole = read[: read.rfind(b"\n") + 1]
        self._seen[path] = seen + len(whole)
        return list(_parsed(whole.splitlines()))


def _last_lines(path: Path, query: LogQuery) -> list[LogLine]:
    found: list[LogLine] = []
    for line in _backwards(path):
        if query.matches(line):
            found.append(line)
            if len(found) == MAX_LINES:
                break
    return found


def _backwards(path: Path) -> Iterator[LogLine]:
    """Yield the lines of a file from its end."""
    try:
        with path.open("rb") as raw:
            end = raw.seek(0, 2)
            stop, rest = max(0, end - REACH_BYTES), b""
            while end > stop:
                start = max(stop, end - _CHUNK_BYTES)
                raw.seek(start)
                first, *whole = (raw.read(end - start) + rest).split(b"\n")
                yield from _parsed(reversed(whole))
                end, rest = start, first
            yield from _parsed([rest])
    except OSError:
        return


def _parsed(lines: Iterable[bytes]) -> Iterator[LogLine]:
    for line in lines:
        try:
            yield decode(LogLine, line)
        except CodecError:
            continue


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else 1


def _searchable_text(line: LogLine) -> str:
    return f"{line.message} {line.component} {line.facts} {line.error}".lower()
