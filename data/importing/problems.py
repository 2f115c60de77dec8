"""What is wrong with a file, row by row."""

import msgspec

SHOWN = 20


class BadRow(msgspec.Struct, frozen=True):
    """A row that is not imported. `line` counts from 1, with the header."""

    line: int
    problem: str


class BadRows:
    """The first bad rows and how many there are."""

    def __init__(self) -> None:
        self.first: list[BadRow] = []
        self.count = 0

    def add(self, line: int, problem: str) -> None:
        """Take note of a bad row."""
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(BadRow(line, problem))

    def with_others(self, others: "BadRows") -> "BadRows":
        """Return these and other bad rows of the same file, by line."""
        both = BadRows()
        both.count = self.count + others.count
        both.first = sorted([*self.first, *others.first], key=lambda row: row.line)[:SHOWN]
        return both
