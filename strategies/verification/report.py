"""The report of a strategy's verification."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

MAX_SHOWN = 3


def candle_label(open_time: np.datetime64) -> str:
    """Return the name of a candle: when it opens, UTC."""
    return str(np.datetime_as_string(open_time, unit="s", timezone="UTC"))


@dataclass(frozen=True, slots=True)
class StrategyVerificationFinding:
    """One violation of a rule: what happened, where, and its causes in the strategy."""

    message: str
    causes: tuple[str, ...] = ()

    def __str__(self) -> str:
        suffix = f" (because of {', '.join(self.causes)})" if self.causes else ""
        return f"{self.message}{suffix}"


@dataclass(frozen=True, slots=True)
class StrategyVerificationCheck:
    """One rule, how often it was tried, and what was found; `rule` describes what must hold."""

    name: str
    rule: str
    trials: int
    findings: tuple[StrategyVerificationFinding, ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether nothing was found."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class StrategyVerificationReport:
    """The results of all checks of one strategy."""

    strategy: str
    checks: tuple[StrategyVerificationCheck, ...]

    @property
    def passed(self) -> bool:
        """Return whether nothing was found."""
        return all(check.passed for check in self.checks)

    def failed(self) -> tuple[str, ...]:
        """Return the names of the checks that found something."""
        return tuple(check.name for check in self.checks if not check.passed)

    def lines(self) -> Iterator[str]:
        """Yield the report as lines of text for users."""
        yield f"{self.strategy}: {'clean' if self.passed else 'NOT CLEAN'}"
        for check in self.checks:
            result = "ok" if check.passed else f"{len(check.findings)} FOUND"
            times = f"tried {check.trials} times" if check.trials > 1 else "tried once"
            yield f"  {check.name:<11} {result:<9} {check.rule} ({times})"
            for finding in check.findings[:MAX_SHOWN]:
                yield f"      {finding}"
            if len(check.findings) > MAX_SHOWN:
                yield f"      and {len(check.findings) - MAX_SHOWN} more like these"
