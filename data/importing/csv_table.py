"""CSV, plain or gzipped, line by line."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from data.importing.tables import Layout, Row, Table, UnreadableFile, Watch

_ROWS_BETWEEN_LOOKS = 2_000


class CsvTable(Table):
    """A CSV file in UTF-8, with or without a mark at its beginning.

    Bytes that are no UTF-8 do no harm outside the columns that are read.
    """

    def __init__(self, path: Path, layout: Layout, *, gzipped: bool) -> None:
        self._path = path
        self._layout = layout
        self._gzipped = gzipped
        self._header = self._read_header() if layout.has_header else None

    @property
    def header(self) -> list[str] | None:
        return self._header

    def rows(self, watch: Watch) -> Iterator[Row]:
        size = max(1, self._path.stat().st_size)
        with self._lines() as (raw, lines):
            reader = csv.reader(lines, delimiter=self._layout.delimiter, strict=True)
            if self._layout.has_header:
                next(reader, None)
            for count, cells in enumerate(reader):
                if count % _ROWS_BETWEEN_LOOKS == 0:
                    watch(min(1.0, raw.tell() / size))
                if cells:
                    yield self._layout.skip_lines + reader.line_num, cells
        watch(1.0)

    def _read_header(self) -> list[str]:
        with self._lines() as (_, lines):
            header = next(csv.reader(lines, delimiter=self._layout.delimiter, strict=True), None)
        if not header:
            raise UnreadableFile(f"{self._path}: has no header")
        return [name.strip() for name in header]

    @contextmanager
    def _lines(self) -> Iterator[tuple[BinaryIO, TextIO]]:
        """Open the file behind the skipped lines: as bytes on the disk, and as lines of text."""
        skipped = self._layout.skip_lines
        try:
            with self._path.open("rb") as raw:
                plain = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if self._gzipped else raw
                with TextIOWrapper(
                    plain, encoding="utf-8-sig", errors="surrogateescape", newline=""
                ) as lines:
                    for number in range(skipped):
                        if not lines.readline():
                            raise UnreadableFile(
                                f"{self._path}: has {number:,} lines, and {skipped:,} are to be "
                                "skipped: choose fewer"
                            )
                    yield raw, lines
        except (OSError, EOFError, zlib.error, csv.Error) as error:
            raise UnreadableFile(f"{self._path}: cannot be read to its end: {error}") from error
