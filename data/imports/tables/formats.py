"""Open a file by its detected kind, and several files with the same columns as one table."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from data.imports.tables.arrow_table import FeatherTable, ParquetTable
from data.imports.tables.csv_table import CsvTable
from data.imports.tables.table import (
    Layout,
    Row,
    RowLocation,
    SourceTable,
    UnreadableFile,
)
from data.ports import OnProgress

_FEATHER_1 = b"FEA1"
_TEXTS = (".csv", ".txt", ".tsv", ".csv.gz", ".txt.gz", ".tsv.gz")


class _JoinedTable(SourceTable):
    """Tables read one after the other, in the given order.

    Row numbers continue from table to table. Raises UnreadableFile if two have different
    columns.
    """

    def __init__(self, name: str, tables: Sequence[tuple[str, SourceTable]]) -> None:
        self._name = name
        self._tables = tables
        self._starts = [0]
        for (first_name, first), (other_name, other) in pairwise(tables):
            if first.header != other.header:
                raise UnreadableFile(
                    f"{name}: {first_name} and {other_name} have different columns; import them "
                    "one by one"
                )

    @property
    def header(self) -> list[str] | None:
        return self._tables[0][1].header

    def rows(self, on_progress: OnProgress) -> Iterator[Row]:
        starts, number = [0], 0
        for place, (_, table) in enumerate(self._tables):
            for line, cells in table.rows(self._part_progress(on_progress, place)):
                number = starts[-1] + line
                yield number, cells
            starts.append(number)
            self._starts = starts

    def _part_progress(self, on_progress: OnProgress, place: int) -> OnProgress:
        """Return the progress callback of one table, which is a part of the whole."""
        return lambda part: on_progress((place + part) / len(self._tables))

    def place(self, number: int) -> RowLocation:
        table = min(bisect_right(self._starts, number - 1), len(self._tables)) - 1
        return RowLocation(self._tables[table][0], number - self._starts[table])


def open_table(path: Path, layout: Layout) -> SourceTable:
    """Open a file by its content, not by its name; a folder as all of its files, by name.

    Raises UnreadableFile.
    """
    return _open_folder(path, layout) if path.is_dir() else _open_file(path, layout)


def _open_file(path: Path, layout: Layout) -> SourceTable:
    try:
        with path.open("rb") as file:
            magic = file.read(6)
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error
    if magic[:4] == b"PAR1":
        return ParquetTable(path)
    if magic == b"ARROW1":
        return FeatherTable(path)
    if magic[:4] == _FEATHER_1:
        raise UnreadableFile(f"{path}: is Feather version 1; save it as version 2 or Parquet")
    if magic[:4] == b"PK\x03\x04":
        return _open_archive(path, layout)
    return CsvTable(path, layout)


def _open_archive(path: Path, layout: Layout) -> SourceTable:
    try:
        with ZipFile(path) as archive:
            names = [member.filename for member in archive.infolist() if not member.is_dir()]
    except (OSError, BadZipFile) as error:
        raise UnreadableFile(f"{path}: cannot be decompressed: {error}") from error
    # macOS packs a shadow of each file, and programs put notes beside their tables.
    texts = sorted(name for name in names if _is_text(name) and not name.startswith("__MACOSX/"))
    if not texts:
        held = ", ".join(names[:5]) or "nothing"
        raise UnreadableFile(f"{path}: no file inside is named {', '.join(_TEXTS)}; it has {held}")
    return _joined(path, [(name, CsvTable(path, layout, member=name)) for name in texts])


def _open_folder(path: Path, layout: Layout) -> SourceTable:
    files = sorted(
        file for file in path.iterdir() if file.is_file() and not file.name.startswith(".")
    )
    if not files:
        raise UnreadableFile(f"{path}: is a folder without a file")
    return _joined(path, [(file.name, _open_file(file, layout)) for file in files])


def _joined(path: Path, tables: list[tuple[str, SourceTable]]) -> SourceTable:
    return tables[0][1] if len(tables) == 1 else _JoinedTable(str(path), tables)


def _is_text(name: str) -> bool:
    return name.lower().endswith(_TEXTS)
