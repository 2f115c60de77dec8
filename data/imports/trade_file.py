"""A file of trades, checked completely before any of it is used."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from data.errors import InvalidValue
from data.imports.sorting import NumberedTrade, merge_runs, write_runs
from data.imports.tables.problems import DUPLICATE_BUCKETS, BadRows
from data.imports.tables.table import SourceTable
from data.imports.trade_rows import TradeRows
from data.market.trade import Trade
from data.ports import OnProgress

_ROWS_PER_PROGRESS = 5_000
# On exchanges time falls by milliseconds along ids; a larger fall is no tape.
_CLOCK_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeSurvey:
    """The contents of a file: `good` trades, each counted once, `repeated` copies, and bad rows."""

    good: int
    repeated: int
    bad: BadRows
    first: Trade | None
    last: Trade | None
    in_order: bool


class TradeFile:
    """Trades of a file, in id order and each once, in whatever order the file is.

    A file in id order is read as it is; any other is sorted through files in `scratch`. Memory
    stays constant in both cases. Call `check` first.
    """

    def __init__(self, table: SourceTable, rows: TradeRows, scratch: Path) -> None:
        self._table = table
        self._rows = rows
        self._scratch = scratch
        self._runs: list[Path] = []
        self._good = 0

    def check(self, on_progress: OnProgress) -> TradeSurvey:
        """Read every row, and once more if they must be sorted. Raises UnreadableFile."""
        unreadable = BadRows()
        survey = _survey(_Distinct(self._parse(unreadable, on_progress)), unreadable)
        if not survey.in_order:
            self._runs = write_runs(self._parse(BadRows(), on_progress), self._scratch)
            survey = _survey(_Distinct(merge_runs(self._runs)), unreadable, in_order=False)
        self._good = survey.good
        return replace(survey, bad=survey.bad.placed(self._table))

    def trades(self, on_progress: OnProgress) -> Iterator[Trade]:
        """Return the good trades in id order."""
        if not self._runs:
            return iter(_Distinct(self._parse(BadRows(), on_progress)))
        return self._watched(_Distinct(merge_runs(self._runs)), on_progress)

    def _parse(self, unreadable: BadRows, on_progress: OnProgress) -> Iterator[NumberedTrade]:
        for number, (line, cells) in enumerate(self._table.rows(on_progress), start=1):
            try:
                yield NumberedTrade(line, self._rows.read(number, cells))
            except InvalidValue as error:
                unreadable.add(line, str(error))

    def _watched(self, trades: Iterable[Trade], on_progress: OnProgress) -> Iterator[Trade]:
        for count, trade in enumerate(trades):
            if count % _ROWS_PER_PROGRESS == 0:
                on_progress(count / self._good)
            yield trade
        on_progress(1.0)


class _Distinct:
    """Rows that should be in id order, each id once; of contradicting rows, none."""

    def __init__(self, rows: Iterable[NumberedTrade]) -> None:
        self._rows = rows
        self.repeated = 0
        self.in_order = True
        self.conflicts = BadRows()

    def __iter__(self) -> Iterator[Trade]:
        previous: Trade | None = None
        last_id = -1
        for trade_id, rows in groupby(self._rows, key=_id):
            self.in_order = self.in_order and trade_id > last_id
            last_id = trade_id
            row = self._one_of(rows)
            if row is None:
                continue
            problem = "" if previous is None else _problem(row.trade, previous)
            if problem and self.in_order:
                self.conflicts.add(row.line, problem)
                continue
            previous = row.trade
            yield row.trade

    def _one_of(self, rows: Iterator[NumberedTrade]) -> NumberedTrade | None:
        """Return the first of the rows of an id, or None if they differ."""
        first = next(rows)
        lines, differ = array("q", [first.line]), False
        for row in rows:
            lines.append(row.line)
            differ = differ or row.trade != first.trade
        if not differ:
            self.repeated += len(lines) - 1
            return first
        for line in lines:
            self.conflicts.add(line, f"trade {first.trade.trade_id} {DUPLICATE_BUCKETS}")
        return None


def _id(row: NumberedTrade) -> int:
    return row.trade.trade_id


def _problem(trade: Trade, previous: Trade) -> str:
    if trade.first_id <= previous.trade_id:
        return f"covers ids from {trade.first_id}, but follows trade {previous.trade_id}"
    if previous.time - trade.time > _CLOCK_TOLERANCE:
        return (
            f"trade {trade.trade_id} at {trade.time.isoformat()} is earlier than "
            f"trade {previous.trade_id} at {previous.time.isoformat()}"
        )
    return ""


def _survey(
    distinct: _Distinct, unreadable: BadRows, *, in_order: bool | None = None
) -> TradeSurvey:
    good, first, last = 0, None, None
    for last in distinct:
        first = first or last
        good += 1
    return TradeSurvey(
        good=good,
        repeated=distinct.repeated,
        bad=unreadable.with_others(distinct.conflicts),
        first=first,
        last=last,
        in_order=distinct.in_order if in_order is None else in_order,
    )
