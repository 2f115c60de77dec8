"""Files as rows of text: CSV, Parquet, Feather, archives and folders share one interface."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from data.errors import DataError
from data.ports import OnProgress

Row = tuple[int, list[str]]
"""The number of a line (from 1), and its cells."""


class RowLocation(NamedTuple):
    """A line of a file; the file is named if a table has several."""

    file: str | None
    line: int


"""Called repeatedly with the part of the file that has been read, from 0 to 1."""


class UnreadableFile(DataError):
    """A file is damaged, or is not of the expected kind."""


class SourceTable(ABC):
    """A file of rows. May be read any number of times."""

    @property
    @abstractmethod
    def header(self) -> list[str] | None:
        """Return the names of the columns, or None if the file has none."""

    @abstractmethod
    def rows(self, on_progress: OnProgress) -> Iterator[Row]:
        """Read the rows from the first. Raises UnreadableFile."""

    def place(self, number: int) -> RowLocation:
        """Return the location of a row that `rows` returned, by its number."""
        return RowLocation(None, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The format of a CSV file, where the file does not show it. Typed files need none."""

    has_header: bool = True
    skip_lines: int = 0
    delimiter: str = ","
