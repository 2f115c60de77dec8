"""The problems of a file, row by row."""

import msgspec

from data.imports.tables.table import SourceTable

SHOWN = 20
DUPLICATE_BUCKETS = "occurs more than once with different values: none of these rows is imported"


class BadRow(msgspec.Struct, frozen=True):
    """A row that is not imported. `line` counts from 1, with the header.

    `file` names the file where several are read as one.
    """

    line: int
    problem: str
    file: str | None = None


class BadRows:
    """The first bad rows, and their total number."""

    def __init__(self) -> None:
        self.first: list[BadRow] = []
        self.count = 0

    def add(self, line: int, problem: str) -> None:
        """Record a bad row."""
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(BadRow(line, problem))

    def placed(self, table: SourceTable) -> "BadRows":
        """Return the same rows of a table, each with its location in its own file."""
        placed = BadRows()
        placed.count = self.count
        for row in self.first:
            file, line = table.place(row.line)
            placed.first.append(BadRow(line, row.problem, file))
        return placed

    def with_others(self, others: "BadRows") -> "BadRows":
        """Return these and other bad rows of the same file, by line."""
        both = BadRows()
        both.count = self.count + others.count
        both.first = sorted([*self.first, *others.first], key=lambda row: row.line)[:SHOWN]
        return both
