"""Progress bars on standard error: standard output belongs to reports."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

errors = Console(stderr=True)
# What is printed is data: nothing in it is markup.
output = Console(markup=False, emoji=False)


@contextmanager
def bar(title: str) -> Iterator[Callable[[float], None]]:
    """Show a progress bar; call the yielded function with the share that is done, 0 to 1."""
    columns = (
        TextColumn(f"{title:<20}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as progress:
        task = progress.add_task(title, total=1.0)
        yield lambda part: progress.update(task, completed=part)
