"""The strategies that a command names."""

from collections.abc import Sequence
from pathlib import Path

from strategies.configured import StrategyType
from strategies.sandbox.registry import StrategyRegistry
from strategies.user_code.loader import LoadProblem
from utils.errors import ConfigError


def types_of(
    target: str, registry: StrategyRegistry
) -> tuple[Sequence[StrategyType], list[LoadProblem]]:
    """Return the strategies of a file or of a name, and the problems of the file."""
    path = Path(target)
    if path.suffix == ".py":
        if not path.is_file():
            raise ConfigError(target, problem="is no file")
        return registry.in_file(path)
    return [registry.find(target)], []
