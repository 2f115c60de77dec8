"""Tables on a terminal and in a file: in order, and with every character of every cell."""

import io
import re
from pathlib import Path

from rich.console import Console
from rich.table import Table

from backtesting.metrics import METRICS
from scripts.cli.progress import output
from scripts.cli.tables import metrics_table, print_table

METRICS_DOC = (Path(__file__).parents[4] / "docs" / "metrics.md").read_text()


def printed(table: Table, *, width: int = 80, keys: int = 1) -> str:
    text = io.StringIO()
    print_table(table, keys=keys, console=Console(file=text, width=width, markup=False))
    return text.getvalue()


def test_metrics_stand_in_the_groups_and_the_order_of_the_documentation() -> None:
    by_length = {name: 1.0 for name in sorted(METRICS, key=len)}
    text = printed(metrics_table({"value": by_length}, ["USDT"]), keys=2)
    titles = re.findall(r"^\| ([^|]+) \| `\w+` \|", METRICS_DOC, re.MULTILINE)
    shown = [definition.title for definition in (metric.definition for metric in METRICS.values())]
    expected = [title for title in dict.fromkeys(titles) if title in shown]
    lines = text.splitlines()
    rows = [next(n for n, line in enumerate(lines) if f"│ {title} " in line) for title in expected]
    assert rows == sorted(rows)
    groups = re.findall(r"^│ ([a-z-]+) +│", text, re.MULTILINE)
    assert groups == [g.lower() for g in re.findall(r"^## (.+)$", METRICS_DOC, re.M)][: len(groups)]
    assert len(groups) == 11


def test_a_wide_table_folds_at_the_width_and_loses_nothing() -> None:
    table = Table("id", *(f"column {number}" for number in range(12)), title="All of it")
    table.add_row("first", *(f"{number:030}" for number in range(12)))
    table.add_row("second", *("x" * 100 for _ in range(12)))
    text = printed(table)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "…" not in text
    assert text.count("All of it") == 1
    assert all(f"{number:030}" in text for number in range(12))
    assert text.count("x") == 12 * 100
    assert text.count("│ first") == text.count("│ second") == text.count("┃ id")


def test_a_table_that_fits_stays_one() -> None:
    table = Table("id", "a", "b")
    table.add_row("1", "2", "3")
    assert printed(table).count("┃ id") == 1


def test_what_is_printed_is_no_markup() -> None:
    with output.capture() as capture:
        table = Table("tag")
        table.add_row("[red]rising[/red] :smile:")
        print_table(table)
    assert "[red]rising[/red] :smile:" in capture.get()
