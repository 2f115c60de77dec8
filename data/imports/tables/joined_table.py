"""Several files with the same columns as one table."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from data.imports.tables.table import OnProgress, Row, RowLocation, SourceTable, UnreadableFile


class JoinedTable(SourceTable):
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

    def rows(self, watch: OnProgress) -> Iterator[Row]:
        starts, number = [0], 0
        for place, (_, table) in enumerate(self._tables):
            for line, cells in table.rows(self._part_watch(watch, place)):
                number = starts[-1] + line
                yield number, cells
            starts.append(number)
            self._starts = starts

    def _part_watch(self, watch: OnProgress, place: int) -> OnProgress:
        """Return the progress callback of one table, which is a part of the whole."""
        return lambda part: watch((place + part) / len(self._tables))

    def place(self, number: int) -> RowLocation:
        table = min(bisect_right(self._starts, number - 1), len(self._tables)) - 1
        return RowLocation(self._tables[table][0], number - self._starts[table])
