"""Objective of a search."""

from dataclasses import dataclass

from backtesting.metrics import METRICS
from backtesting.metrics.definition import Value
from backtesting.sweeps.trial import SweepTrial
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Objective:
    """A metric to maximise or minimise, as its definition defines."""

    metric: str = "sharpe"

    def __post_init__(self) -> None:
        require_metrics([self.metric])
        if not METRICS[self.metric].definition.better:
            problem = "neither a higher nor a lower value is better: choose another metric"
            raise ConfigError("sweep", field=f"objective {self.metric}", problem=problem)

    def score(self, trial: SweepTrial) -> Value:
        """Return the trial's score: more is better; None if undefined."""
        value = trial.metrics.get(self.metric)
        return None if value is None else value * METRICS[self.metric].definition.better


def require_metrics(names: "list[str] | tuple[str, ...]") -> None:
    """Raise ConfigError for an unknown metric."""
    for name in names:
        if name not in METRICS:
            problem = f"{name!r} is not a metric; there are: {', '.join(METRICS)}"
            raise ConfigError("sweep", field="metrics", problem=problem)
