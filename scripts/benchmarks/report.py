"""The report of a benchmark: rows of comparisons, as a table or as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import typer
from rich.table import Table

from scripts.cli.tables import print_table


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One comparison. `ratio` = ours / peer; `peer` and the rest are None where there is none."""

    work: str
    against: str | None
    ours: float
    peer: float | None
    unit: str
    ratio: float | None
    goal: str | None
    holds: bool | None


def compared(work: str, against: str, ours: float, peer: float, unit: str, most: float) -> BenchRow:
    """Return a comparison that holds if ours is at most `most` times the peer's."""
    ratio = round(ours / peer, 3)
    goal = f"<= {most:.3g}"
    return BenchRow(work, against, round(ours, 2), round(peer, 2), unit, ratio, goal, ratio <= most)


def alone(work: str, ours: float, unit: str) -> BenchRow:
    """Return a value that is compared with nothing."""
    return BenchRow(work, None, round(ours, 2), None, unit, None, None, None)


def print_rows(
    rows: Sequence[BenchRow],
    *,
    as_json: bool,
    title: str = "",
) -> None:
    """Print rows as a JSON list, or as a table with a title."""
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    table = Table("work", "peer", title=title)
    for column in ("ours", "theirs", "unit", "ratio", "goal"):
        table.add_column(column, justify="right")
    for row in rows:
        numbers = (row.ours, row.peer, row.unit, row.ratio, _outcome(row))
        cells = ("" if value is None else str(value) for value in numbers)
        table.add_row(row.work, row.against or "", *cells)
    print_table(table)


def _outcome(row: BenchRow) -> str:
    if row.holds is None:
        return row.goal or ""
    return f"{row.goal} {'holds' if row.holds else 'MISSED'}"
