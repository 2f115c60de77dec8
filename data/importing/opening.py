"""Which kind of file it is."""

from pathlib import Path

from data.importing.csv_table import CsvTable
from data.importing.parquet_table import ParquetTable
from data.importing.tables import Layout, Table, UnreadableFile


def open_table(path: Path, layout: Layout) -> Table:
    """Open a file by what it holds, not by its name. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error
    if magic == b"PAR1":
        return ParquetTable(path)
    if magic[:2] == b"PK":
        raise UnreadableFile(f"{path}: is a zip archive; unpack it first")
    return CsvTable(path, layout, gzipped=magic[:2] == b"\x1f\x8b")
