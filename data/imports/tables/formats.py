"""Open a file by its detected kind."""

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from data.imports.tables.arrow_table import FeatherTable, ParquetTable
from data.imports.tables.csv_table import CsvTable
from data.imports.tables.joined_table import JoinedTable
from data.imports.tables.table import Layout, SourceTable, UnreadableFile

_FEATHER_1 = b"FEA1"
_TEXTS = (".csv", ".txt", ".tsv", ".csv.gz", ".txt.gz", ".tsv.gz")


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
    return tables[0][1] if len(tables) == 1 else JoinedTable(str(path), tables)


def _is_text(name: str) -> bool:
    return name.lower().endswith(_TEXTS)
