"""Files as rows of text: CSV, Parquet, Feather, archives and folders look the same from here."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from data.errors import DataError

Row = tuple[int, list[str]]
"""The number of a line (from 1), and its cells."""


class RowLocation(NamedTuple):
    """A line of a file; the file is named where a table has several."""

    file: str | None
    line: int


OnProgress = Callable[[float], None]
"""Is told now and then which part of the file has been read, from 0 to 1."""


class UnreadableFile(DataError):
    """A file is damaged, or of another kind than its rows are read as."""


class SourceTable(ABC):
    """A file of rows. May be read any number of times."""

    @property
    @abstractmethod
    def header(self) -> list[str] | None:
        """Return the names of the columns, or None if the file has none."""

    @abstractmethod
    def rows(self, watch: OnProgress) -> Iterator[Row]:
        """Read the rows from the first. Raises UnreadableFile."""

    def place(self, number: int) -> RowLocation:
        """Return where a row that `rows` gave stands, by its number."""
        return RowLocation(None, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a CSV file does not tell of itself. Files of typed columns need none."""

    has_header: bool = True
    skip_lines: int = 0
    delimiter: str = ","
