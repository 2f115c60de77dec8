"""The health of a strategy: a word and a sentence. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.features.strategies.reads import StrategyOverview
from strategies import Group
from strategies.group_progress import GroupStatus
from strategies.strategy_files import StrategyFacts, StrategyFile, StrategyVerificationResult
from utils.number_format import count


@dataclass(frozen=True, slots=True)
class FoundStrategy:
    """A strategy and its file."""

    file: StrategyFile
    facts: StrategyFacts


@dataclass(frozen=True, slots=True)
class Health:
    """`state` is one of ok, idle, lagging (something is skipped) and off (refused)."""

    state: str
    text: str


def strategies_of(files: Iterable[StrategyFile]) -> list[FoundStrategy]:
    """Return every strategy that can be requested: the user's own first."""
    found = [FoundStrategy(file, facts) for file in files for facts in file.strategies]
    return sorted(found, key=lambda each: (each.file.built_in, each.facts.title))


def groups_of(strategy: FoundStrategy, overview: StrategyOverview) -> list[GroupStatus]:
    """Return the groups that evaluate a strategy."""
    return [each for each in overview.groups if each.group.strategy == strategy.facts.name]


def waiting_groups(overview: StrategyOverview) -> dict[Group, str]:
    """Return the groups that have no signals yet, and the reason."""
    return {
        status.group: status.problem
        for status in overview.requests
        if status.group is not None and status.problem
    }


def verifications_of(
    strategy: FoundStrategy, overview: StrategyOverview
) -> list[StrategyVerificationResult]:
    """Return the verification results of a strategy, the newest first."""
    found = [each for each in overview.verification_results if each.strategy == strategy.facts.name]
    return sorted(found, key=lambda each: each.verified_at, reverse=True)


def health_of(strategy: FoundStrategy, overview: StrategyOverview) -> Health:
    """Return the worst known health of a strategy."""
    if any(not each.passed for each in verifications_of(strategy, overview)):
        return Health("off", "Verification failed: see the report")
    groups = groups_of(strategy, overview)
    skipping = next((each for each in groups if each.skipping and each.last_skip), None)
    if skipping is not None and skipping.last_skip is not None:
        return Health("lagging", f"Skips candles: {skipping.last_skip.reason}")
    if groups:
        instruments = {each.group.instrument for each in groups}
        return Health("ok", f"Evaluated on {count(len(instruments), 'instrument')}")
    return Health("idle", "Not requested")
