"""Table of all trials of a sweep in the order of its space."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from backtesting.metrics.definition import Value
from backtesting.search import ParameterSpace, Point, Scalar
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.trial import SweepTrial, canonical_json


@dataclass(frozen=True, slots=True)
class SweepRow:
    """A point of the space and its trial."""

    point: Point
    trial: SweepTrial


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Scores over two parameters: `values[row][column]`, the best over all others.

    None where no trial was made, or its metric is undefined.
    """

    columns: tuple[Scalar, ...]
    rows: tuple[Scalar, ...]
    values: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class ParallelCoordinates:
    """One line for each trial with a value: its parameters, then its metric."""

    axes: tuple[str, ...]
    lines: tuple[tuple[Scalar, ...], ...]


@dataclass(frozen=True, slots=True)
class SweepTable:
    """Rows in the order of the space."""

    space: ParameterSpace
    rows: tuple[SweepRow, ...]

    def __post_init__(self) -> None:
        ranks = [self.space.rank(row.point) for row in self.rows]
        if any(one >= other for one, other in pairwise(ranks)):
            raise ValueError("rows of a sweep must be in the order of its space, each once")

    @classmethod
    def of(cls, space: ParameterSpace, rows: Sequence[SweepRow]) -> "SweepTable":
        """Build a table from rows in any order."""
        return cls(space, tuple(sorted(rows, key=lambda row: space.rank(row.point))))

    def digest(self) -> str:
        """Return a digest of every point and its results, to the last bit."""
        digest = hashlib.blake2b(canonical_json(self.space.names).encode(), digest_size=16)
        for row in self.rows:
            trial = row.trial
            line = [row.point, trial.parameters, trial.metrics, trial.problem]
            digest.update(canonical_json(line).encode() + b"\n")
        return digest.hexdigest()

    def best(self, objective: Objective, count: int = 1) -> list[SweepRow]:
        """Return the best rows, the best first; ties are in the order of the space."""
        scored = [(objective.score(row.trial), row) for row in self.rows]
        defined = [(score, row) for score, row in scored if score is not None]
        return [row for _, row in sorted(defined, key=lambda pair: -pair[0])[:count]]

    def heat_map(self, objective: Objective, column: str, row: str) -> HeatMap:
        """Return the best value of the objective's metric at each pair of two parameters."""
        across, down = self.space.names.index(column), self.space.names.index(row)
        cells: dict[tuple[Scalar, Scalar], SweepRow] = {}
        for tried in reversed(self.best(objective, len(self.rows))):
            cells[tried.point[down], tried.point[across]] = tried
        columns, rows = self._tried(across), self._tried(down)
        return HeatMap(
            columns,
            rows,
            tuple(
                tuple(_metric(cells.get((low, wide)), objective) for wide in columns)
                for low in rows
            ),
        )

    def parallel_coordinates(self, objective: Objective) -> ParallelCoordinates:
        """Return a line for each trial with a value, in the table's order."""
        lines = [(*row.point, _metric(row, objective)) for row in self.rows]
        return ParallelCoordinates(
            (*self.space.names, objective.metric),
            tuple(line for line in lines if line[-1] is not None),
        )

    def _tried(self, number: int) -> tuple[Scalar, ...]:
        dimension = self.space.dimensions[number]
        return tuple(sorted({row.point[number] for row in self.rows}, key=dimension.rank))


def _metric(row: SweepRow | None, objective: Objective) -> Value:
    return None if row is None else row.trial.metrics.get(objective.metric)
