"""Read CSV files, plain, gzipped or inside a zip archive, line by line."""

import codecs
import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast
from zipfile import BadZipFile, ZipFile

from data.imports.tables.table import Layout, Row, SourceTable, UnreadableFile
from data.ports import OnProgress

_ROWS_PER_PROGRESS = 2_000
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_GZIP_MARK = b"\x1f\x8b"
_OTHER_KINDS = {b"PAR1": "Parquet", b"ARRO": "Feather", b"PK\x03\x04": "zip"}


class CsvTable(SourceTable):
    """A CSV file in UTF-8, with or without a byte order mark, or in UTF-16 with one.

    `member` is its name inside a zip archive. Bytes that are not UTF-8 are tolerated outside the
    columns that are read. Blanks around a cell are stripped.
    """

    def __init__(self, path: Path, layout: Layout, *, member: str | None = None) -> None:
        self._path = path
        self._layout = layout
        self._member = member
        self._name = str(path) if member is None else f"{path}: {member}"
        self._header = self._read_header() if layout.has_header else None

    @property
    def header(self) -> list[str] | None:
        return self._header

    def rows(self, on_progress: OnProgress) -> Iterator[Row]:
        size = max(1, self._path.stat().st_size)
        with self._lines() as (raw, lines):
            reader = csv.reader(lines, delimiter=self._layout.delimiter, strict=True)
            if self._layout.has_header:
                next(reader, None)
            seen = 0.0
            for count, cells in enumerate(reader):
                if count % _ROWS_PER_PROGRESS == 0:
                    # An archive's directory lies after its members: the position may fall back.
                    seen = max(seen, min(1.0, raw.tell() / size)) if count else 0.0
                    on_progress(seen)
                if cells:
                    number = self._layout.skip_lines + reader.line_num
                    yield number, [cell.strip() for cell in cells]
        on_progress(1.0)

    def _read_header(self) -> list[str]:
        with self._lines() as (_, lines):
            header = next(csv.reader(lines, delimiter=self._layout.delimiter, strict=True), None)
        if not header:
            raise UnreadableFile(f"{self._name}: has no header")
        return [name.strip() for name in header]

    @contextmanager
    def _lines(self) -> Iterator[tuple[BinaryIO, TextIO]]:
        """Open the file after the skipped lines: as bytes on the disk, and as lines of text."""
        skipped = self._layout.skip_lines
        try:
            with ExitStack() as stack:
                raw = stack.enter_context(self._path.open("rb"))
                lines = stack.enter_context(self._text(self._plain(raw, stack)))
                for number in range(skipped):
                    if not lines.readline():
                        raise UnreadableFile(
                            f"{self._name}: has {number:,} lines, of which {skipped:,} are to be "
                            "skipped: skip fewer"
                        )
                yield raw, lines
        except (OSError, EOFError, zlib.error, csv.Error, UnicodeError) as error:
            raise UnreadableFile(f"{self._name}: cannot be read completely: {error}") from error
        except (BadZipFile, NotImplementedError, RuntimeError) as error:
            # The last two report a password, and a compression that Python does not support.
            raise UnreadableFile(f"{self._name}: cannot be decompressed: {error}") from error

    def _plain(self, raw: Any, stack: ExitStack) -> Any:
        """Return the decompressed bytes of the text; they can be peeked into."""
        plain = raw
        if self._member is not None:
            archive = stack.enter_context(ZipFile(raw))
            plain = cast(Any, stack.enter_context(archive.open(self._member)))
            kind = _OTHER_KINDS.get(plain.peek(4)[:4])
            if kind is not None:
                raise UnreadableFile(
                    f"{self._name}: is {kind} inside a zip archive; extract it first"
                )
        if plain.peek(2)[:2] == _GZIP_MARK:
            plain = stack.enter_context(gzip.GzipFile(fileobj=plain))
        return plain

    def _text(self, plain: Any) -> TextIO:
        head = plain.peek(4)[:4]
        if head[:2] in _UTF16_MARKS:
            return TextIOWrapper(plain, encoding="utf-16", newline="")
        if b"\x00" in head:
            raise UnreadableFile(
                f"{self._name}: starts with a NUL byte: it is not text, or UTF-16 without "
                f"the byte order mark "
                "FF FE; save it as UTF-8"
            )
        return TextIOWrapper(plain, encoding="utf-8-sig", errors="surrogateescape", newline="")
