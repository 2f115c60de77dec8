"""Read Parquet and Feather files in batches."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.imports.tables.table import Row, SourceTable, UnreadableFile
from data.ports import OnProgress

_BATCH_ROWS = 10_000


class ArrowTable(SourceTable):
    """A file of typed columns.

    Decimals, whole numbers and texts are read exactly. Floats are read as the shortest decimals
    that convert to them, which are those once written; times as ISO 8601.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._reading() as file:
            self._header = [str(name).strip() for name in self._names(file)]

    @property
    def header(self) -> list[str]:
        return self._header

    def rows(self, on_progress: OnProgress) -> Iterator[Row]:
        with self._reading() as file:
            total, done = max(1, self._count(file)), 0
            for batch in self._batches(file):
                for cells in zip(*(_texts(column) for column in batch.columns), strict=True):
                    done += 1
                    yield done, list(cells)
                on_progress(done / total)
        on_progress(1.0)

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        try:
            with self._open(self._path) as file:
                yield file
        except (OSError, pa.ArrowException) as error:
            raise UnreadableFile(f"{self._path}: cannot be read completely: {error}") from error

    @abstractmethod
    def _open(self, path: Path) -> Any:
        """Open the file as a context manager."""

    @abstractmethod
    def _names(self, file: Any) -> list[Any]:
        """Return the names of the columns."""

    @abstractmethod
    def _count(self, file: Any) -> int:
        """Return how many rows the file holds."""

    @abstractmethod
    def _batches(self, file: Any) -> Iterator[Any]:
        """Yield its rows as record batches."""


class ParquetTable(ArrowTable):
    """A Parquet file."""

    def _open(self, path: Path) -> Any:
        return pq.ParquetFile(path)

    def _names(self, file: Any) -> list[Any]:
        return list(file.schema_arrow.names)

    def _count(self, file: Any) -> int:
        return int(file.metadata.num_rows)

    def _batches(self, file: Any) -> Iterator[Any]:
        yield from file.iter_batches(_BATCH_ROWS)


class FeatherTable(ArrowTable):
    """A Feather file of version 2, which is an Arrow IPC file."""

    def _open(self, path: Path) -> Any:
        return pa.ipc.open_file(pa.memory_map(str(path)))

    def _names(self, file: Any) -> list[Any]:
        return list(file.schema.names)

    def _count(self, file: Any) -> int:
        return sum(file.get_batch(number).num_rows for number in range(file.num_record_batches))

    def _batches(self, file: Any) -> Iterator[Any]:
        for number in range(file.num_record_batches):
            batch = file.get_batch(number)
            for first in range(0, batch.num_rows, _BATCH_ROWS):
                yield batch.slice(first, _BATCH_ROWS)


def _texts(column: Any) -> list[str]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        texts = pc.cast(column, pa.string()).to_pylist()
    except pa.ArrowException:
        # Lists, blobs and the like: not a column that is read, or a bad one.
        return [""] * len(column)
    return [(text or "").strip() for text in texts]
