"""Parquet, batch by batch."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.importing.tables import Row, Table, UnreadableFile, Watch

_BATCH_ROWS = 10_000


class ParquetTable(Table):
    """A Parquet file.

    Decimals, whole numbers and texts come digit by digit. A column of floats comes as the shortest
    numbers that are those floats, which are the ones once written; times come in ISO 8601.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as file:
            self._header = [str(name) for name in file.schema_arrow.names]

    @property
    def header(self) -> list[str]:
        return self._header

    def rows(self, watch: Watch) -> Iterator[Row]:
        with self._open() as file:
            total, done = max(1, file.metadata.num_rows), 0
            for batch in self._batches(file):
                for cells in zip(*(_texts(column) for column in batch.columns), strict=True):
                    done += 1
                    yield done, list(cells)
                watch(done / total)
        watch(1.0)

    def _open(self) -> Any:
        try:
            return pq.ParquetFile(self._path)
        except (OSError, pa.ArrowException) as error:
            raise UnreadableFile(f"{self._path}: cannot be read: {error}") from error

    def _batches(self, file: Any) -> Iterator[Any]:
        try:
            yield from file.iter_batches(_BATCH_ROWS)
        except (OSError, pa.ArrowException) as error:
            raise UnreadableFile(f"{self._path}: cannot be read to its end: {error}") from error


def _texts(column: Any) -> list[str]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        return [text or "" for text in pc.cast(column, pa.string()).to_pylist()]
    except pa.ArrowException:
        # Lists, blobs and the like: no column that we read, or a bad one.
        return [""] * len(column)
