"""Trades in any order become trades in id order, in flat memory.

Runs that fit into memory are sorted there and written to files of their own; then all files are
read side by side, always taking the smallest id.
"""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from pathlib import Path

import msgspec

from data.market.trade import Trade
from utils.codec import decode, encode

RUN_ROWS = 200_000


class NumberedTrade(msgspec.Struct, frozen=True):
    """A trade and the line it stood on."""

    line: int
    trade: Trade


def by_id(row: NumberedTrade) -> tuple[int, int]:
    """Return the place of a row: by id, then by line."""
    return row.trade.trade_id, row.line


def write_runs(
    rows: Iterable[NumberedTrade], folder: Path, *, run_rows: int = RUN_ROWS
) -> list[Path]:
    """Write sorted runs of `rows` into files of `folder`."""
    remaining = iter(rows)
    paths: list[Path] = []
    while run := sorted(islice(remaining, run_rows), key=by_id):
        path = folder / f"run-{len(paths):06d}.jsonl"
        with path.open("wb") as file:
            file.writelines(encode(row) + b"\n" for row in run)
        paths.append(path)
    return paths


def merge_runs(paths: Iterable[Path]) -> Iterator[NumberedTrade]:
    """Read sorted runs as one."""
    return merge(*(_read(path) for path in paths), key=by_id)


def _read(path: Path) -> Iterator[NumberedTrade]:
    with path.open("rb") as file:
        for line in file:
            yield decode(NumberedTrade, line)
