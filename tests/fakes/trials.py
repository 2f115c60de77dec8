"""Trials of sweeps in memory; they pass the same contract suite as PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime

from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.trial import SweepKey, SweepSummary, SweepTrial
from data.errors import RepositoryError


class InMemoryTrialRepository(TrialRepository):
    """Sweeps and their trials, as dictionaries."""

    def __init__(self) -> None:
        self.studies_by_digest: dict[str, SweepKey] = {}
        self.trials: dict[str, dict[str, SweepTrial]] = {}
        self.begun_at: dict[str, datetime] = {}

    def begin(self, study: SweepKey) -> None:
        self.studies_by_digest.setdefault(study.digest, study)
        self.trials.setdefault(study.digest, {})
        self.begun_at.setdefault(study.digest, datetime.now(UTC))

    def add(self, study: SweepKey, trials: Sequence[SweepTrial]) -> None:
        if trials and study.digest not in self.studies_by_digest:
            raise RepositoryError(f"study {study.digest} was not begun")
        for trial in trials:
            self.trials[study.digest][trial.parameters] = trial

    def of(self, study: SweepKey) -> list[SweepTrial]:
        found = self.trials.get(study.digest, {})
        return [found[parameters] for parameters in sorted(found)]

    def sharpes(self, strategy: str, instrument: str) -> list[float | None]:
        return [
            trial.metrics.get("sharpe")
            for digest, study in self.studies_by_digest.items()
            if (study.strategy, study.instrument) == (strategy, instrument)
            for trial in self.trials[digest].values()
            if not trial.problem
        ]

    def study(self, digest: str) -> SweepKey | None:
        return self.studies_by_digest.get(digest)

    def studies(self, limit: int) -> list[SweepSummary]:
        newest = sorted(self.begun_at, key=lambda digest: self.begun_at[digest], reverse=True)
        return [self._summary(digest) for digest in newest[:limit]]

    def _summary(self, digest: str) -> SweepSummary:
        trials = self.trials[digest].values()
        sharpes = [trial.metrics.get("sharpe") for trial in trials]
        return SweepSummary(
            study=self.studies_by_digest[digest],
            begun_at=self.begun_at[digest],
            trials=len(trials),
            failed=sum(bool(trial.problem) for trial in trials),
            best_sharpe=max((each for each in sharpes if each is not None), default=None),
        )
