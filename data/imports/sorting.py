"""Sort trades of any order by id, in constant memory.

Runs that fit into memory are sorted there and written to files of their own; then the files are
merged, always taking the smallest id. Too many files are first merged into fewer, longer ones.
"""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import count, islice
from pathlib import Path

import msgspec

from data.market.trade import Trade
from utils.codec import decode, encode

RUN_ROWS = 100_000
OPEN_FILES = 100


class NumberedTrade(msgspec.Struct, frozen=True):
    """A trade and its line number."""

    line: int
    trade: Trade


def by_id(row: NumberedTrade) -> tuple[int, int]:
    """Return the sort key of a row: id, then line."""
    return row.trade.trade_id, row.line


def write_runs(
    rows: Iterable[NumberedTrade],
    folder: Path,
    *,
    run_rows: int = RUN_ROWS,
    open_files: int = OPEN_FILES,
) -> list[Path]:
    """Write sorted runs of `rows` to files in `folder`, at most `open_files` in the end."""
    remaining, numbers = iter(rows), count()
    paths: list[Path] = []
    while run := sorted(islice(remaining, run_rows), key=by_id):
        paths.append(_write(run, folder / f"run-{next(numbers)}.jsonl"))
    while len(paths) > open_files:
        merged = _write(merge_runs(paths[:open_files]), folder / f"run-{next(numbers)}.jsonl")
        for path in paths[:open_files]:
            path.unlink()
        paths = [*paths[open_files:], merged]
    return paths


def merge_runs(paths: Iterable[Path]) -> Iterator[NumberedTrade]:
    """Merge sorted runs."""
    return merge(*(_read(path) for path in paths), key=by_id)


def _write(run: Iterable[NumberedTrade], path: Path) -> Path:
    with path.open("wb") as file:
        file.writelines(encode(row) + b"\n" for row in run)
    return path


def _read(path: Path) -> Iterator[NumberedTrade]:
    with path.open("rb") as file:
        for line in file:
            yield decode(NumberedTrade, line)
