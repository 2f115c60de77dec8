"""Trials of sweeps in memory; they pass the same contract suite as PostgreSQL."""

from collections.abc import Sequence

from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.trial import Study, Trial
from data.errors import RepositoryError


class InMemoryTrialRepository(TrialRepository):
    """Studies and their trials, as dictionaries."""

    def __init__(self) -> None:
        self.studies: dict[str, Study] = {}
        self.trials: dict[str, dict[str, Trial]] = {}

    def begin(self, study: Study) -> None:
        self.studies.setdefault(study.digest, study)
        self.trials.setdefault(study.digest, {})

    def add(self, study: Study, trials: Sequence[Trial]) -> None:
        if trials and study.digest not in self.studies:
            raise RepositoryError(f"study {study.digest} was not begun")
        for trial in trials:
            self.trials[study.digest][trial.parameters] = trial

    def of(self, study: Study) -> list[Trial]:
        found = self.trials.get(study.digest, {})
        return [found[parameters] for parameters in sorted(found)]

    def sharpes(self, strategy: str, instrument: str) -> list[float | None]:
        return [
            trial.metrics.get("sharpe")
            for digest, study in self.studies.items()
            if (study.strategy, study.instrument) == (strategy, instrument)
            for trial in self.trials[digest].values()
            if not trial.problem
        ]
