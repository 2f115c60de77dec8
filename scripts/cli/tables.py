"""Tables for the terminal: no text is cut, and no table is wider than the console."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table

from backtesting.metrics import METRICS, in_catalog_order
from backtesting.metrics.definition import Value
from backtesting.report.formats import format_metric
from scripts.cli.progress import output


def print_table(table: Table, *, keys: int = 1, console: Console = output) -> None:
    """Print a table; columns that do not fit follow below, after the first `keys` ones again."""
    for part in _parts(table, keys, console):
        console.print(part)


def metrics_table(
    columns: Mapping[str, Mapping[str, Value]], quotes: Sequence[str], title: str = ""
) -> Table:
    """Return metrics by the titles of their columns, in the groups and order of docs/metrics.md.

    `quotes`: the quote currency of each column.
    """
    table = Table("group", "metric", title=title)
    for name in columns:
        table.add_column(name, justify="right")
    before = ""
    for name in in_catalog_order({name: None for each in columns.values() for name in each}):
        definition = METRICS[name].definition
        if before and definition.group != before:
            table.add_section()
        values = (
            format_metric(definition, values.get(name), quote)
            for values, quote in zip(columns.values(), quotes, strict=True)
        )
        table.add_row(
            "" if definition.group == before else definition.group, definition.title, *values
        )
        before = definition.group
    return table


def _parts(table: Table, keys: int, console: Console) -> Iterator[Table]:
    for column in table.columns:
        # Long words fold; the default cuts them.
        column.overflow = "fold"
    if len(table.columns) <= keys + 1 or _width(table, table.columns, console) <= console.width:
        yield table
        return
    first, others = table.columns[:keys], table.columns[keys:]
    title: object = table.title
    while others:
        count = len(others)
        while count > 1 and _width(table, [*first, *others[:count]], console) > console.width:
            count -= 1
        part = _with_columns(table, [*first, *others[:count]])
        part.title = title  # type: ignore[assignment]
        yield part
        others, title = others[count:], None


def _width(table: Table, columns: Sequence[Column], console: Console) -> int:
    wide = console.options.update_width(10_000)
    return Measurement.get(console, wide, _with_columns(table, columns)).maximum


def _with_columns(table: Table, columns: Sequence[Column]) -> Table:
    part = Table(title=table.title, box=table.box)
    for column in columns:
        part.add_column(column.header, justify=column.justify, overflow=column.overflow)
    for row, cells in zip(
        table.rows, zip(*(each.cells for each in columns), strict=True), strict=True
    ):
        part.add_row(*cells, end_section=row.end_section)
    return part
