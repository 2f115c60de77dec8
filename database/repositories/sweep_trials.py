"""Sweep trials in PostgreSQL."""

import json
from collections.abc import Sequence

from sqlalchemy import func, select, true
from sqlalchemy.dialects.postgresql import insert

from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.trial import SweepKey, SweepSummary, SweepTrial, canonical_json
from data.errors import RepositoryError
from database.engine import Database
from database.models import SweepKeyRow, TrialRow

_RESULT = ("metrics", "sharpe", "problem", "finished_at")


class SqlTrialRepository(TrialRepository):
    """The tables `sweep` and `trial`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: dict[str, int] = {}

    def begin(self, sweep_key: SweepKey) -> None:
        facts = {name: getattr(sweep_key, name) for name in sweep_key.__struct_fields__}
        statement = insert(SweepKeyRow).values(digest=sweep_key.digest, **facts)
        with self._database.session(f"storing sweep {sweep_key.digest}") as session:
            session.execute(statement.on_conflict_do_nothing(index_elements=["digest"]))

    def add(self, sweep_key: SweepKey, trials: Sequence[SweepTrial]) -> None:
        if not trials:
            return
        key = self._id_of(sweep_key)
        # The last one of a parameter set counts.
        rows = {trial.parameters: _values(key, trial) for trial in trials}
        statement = insert(TrialRow).execution_options(render_nulls=True)
        statement = statement.on_conflict_do_update(
            index_elements=["sweep_id", "parameters"],
            set_={name: statement.excluded[name] for name in _RESULT},
        )
        with self._database.session(
            f"storing {len(rows)} trials of {sweep_key.strategy}"
        ) as session:
            session.execute(statement, list(rows.values()))

    def of(self, sweep_key: SweepKey) -> list[SweepTrial]:
        statement = (
            select(TrialRow.parameters, TrialRow.metrics, TrialRow.problem)
            .join(SweepKeyRow, SweepKeyRow.id == TrialRow.sweep_id)
            .where(SweepKeyRow.digest == sweep_key.digest)
        )
        with self._database.session(f"reading trials of {sweep_key.strategy}") as session:
            found = [
                SweepTrial(parameters=parameters, metrics=json.loads(metrics), problem=problem)
                for parameters, metrics, problem in session.execute(statement)
            ]
        # Sorted here: the database may use another collation.
        return sorted(found, key=lambda trial: trial.parameters)

    def sharpes(self, strategy: str, instrument: str) -> list[float | None]:
        statement = (
            select(TrialRow.sharpe)
            .join(SweepKeyRow, SweepKeyRow.id == TrialRow.sweep_id)
            .where(SweepKeyRow.strategy == strategy, SweepKeyRow.instrument == instrument)
            .where(TrialRow.problem == "")
            .order_by(TrialRow.sharpe)
        )
        with self._database.session(f"counting trials of {strategy}") as session:
            return list(session.scalars(statement))

    def sweep(self, digest: str) -> SweepKey | None:
        statement = select(SweepKeyRow).where(SweepKeyRow.digest == digest)
        with self._database.session(f"reading sweep {digest}") as session:
            row = session.scalar(statement)
            return None if row is None else _sweep_key(row)

    def sweeps(self, limit: int) -> list[SweepSummary]:
        summary = (
            select(
                func.count(TrialRow.sweep_id),
                func.count(TrialRow.sweep_id).filter(TrialRow.problem != ""),
                func.max(TrialRow.sharpe),
            )
            .where(TrialRow.sweep_id == SweepKeyRow.id)
            .lateral()
        )
        statement = (
            select(SweepKeyRow, *summary.columns)
            .join(summary, true())
            .order_by(SweepKeyRow.started_at.desc(), SweepKeyRow.id.desc())
            .limit(limit)
        )
        with self._database.session("listing sweeps") as session:
            return [
                SweepSummary(
                    sweep_key=_sweep_key(row),
                    started_at=row.started_at,
                    trials=trials,
                    failed=failed,
                    best_sharpe=best,
                )
                for row, trials, failed, best in session.execute(statement)
            ]

    def _id_of(self, sweep_key: SweepKey) -> int:
        if sweep_key.digest not in self._ids:
            statement = select(SweepKeyRow.id).where(SweepKeyRow.digest == sweep_key.digest)
            with self._database.session(f"reading the key of sweep {sweep_key.digest}") as session:
                found = session.scalar(statement)
            if found is None:
                raise RepositoryError(f"sweep {sweep_key.digest} is not stored")
            self._ids[sweep_key.digest] = found
        return self._ids[sweep_key.digest]


def _sweep_key(row: SweepKeyRow) -> SweepKey:
    return SweepKey(**{name: getattr(row, name) for name in SweepKey.__struct_fields__})


def _values(key: int, trial: SweepTrial) -> dict[str, object]:
    return {
        "sweep_id": key,
        "parameters": trial.parameters,
        "metrics": canonical_json(trial.metrics),
        "sharpe": trial.metrics.get("sharpe"),
        "problem": trial.problem,
    }
