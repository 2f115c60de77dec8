"""Trials of sweeps in memory; they pass the same contract suite as PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime

from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.trial import SweepKey, SweepSummary, SweepTrial
from data.errors import RepositoryError


class InMemoryTrialRepository(TrialRepository):
    """Sweeps and their trials, as dictionaries."""

    def __init__(self) -> None:
        self.keys_by_digest: dict[str, SweepKey] = {}
        self.trials: dict[str, dict[str, SweepTrial]] = {}
        self.started_at: dict[str, datetime] = {}

    def begin(self, sweep_key: SweepKey) -> None:
        self.keys_by_digest.setdefault(sweep_key.digest, sweep_key)
        self.trials.setdefault(sweep_key.digest, {})
        self.started_at.setdefault(sweep_key.digest, datetime.now(UTC))

    def add(self, sweep_key: SweepKey, trials: Sequence[SweepTrial]) -> None:
        if trials and sweep_key.digest not in self.keys_by_digest:
            raise RepositoryError(f"sweep {sweep_key.digest} is not stored")
        for trial in trials:
            self.trials[sweep_key.digest][trial.parameters] = trial

    def of(self, sweep_key: SweepKey) -> list[SweepTrial]:
        found = self.trials.get(sweep_key.digest, {})
        return [found[parameters] for parameters in sorted(found)]

    def sharpes(self, strategy: str, instrument: str) -> list[float | None]:
        return [
            trial.metrics.get("sharpe")
            for digest, sweep_key in self.keys_by_digest.items()
            if (sweep_key.strategy, sweep_key.instrument) == (strategy, instrument)
            for trial in self.trials[digest].values()
            if not trial.problem
        ]

    def sweep(self, digest: str) -> SweepKey | None:
        return self.keys_by_digest.get(digest)

    def sweeps(self, limit: int) -> list[SweepSummary]:
        newest = sorted(self.started_at, key=lambda digest: self.started_at[digest], reverse=True)
        return [self._summary(digest) for digest in newest[:limit]]

    def _summary(self, digest: str) -> SweepSummary:
        trials = self.trials[digest].values()
        sharpes = [trial.metrics.get("sharpe") for trial in trials]
        return SweepSummary(
            sweep_key=self.keys_by_digest[digest],
            started_at=self.started_at[digest],
            trials=len(trials),
            failed=sum(bool(trial.problem) for trial in trials),
            best_sharpe=max((each for each in sharpes if each is not None), default=None),
        )
