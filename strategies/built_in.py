"""The strategies that come with the platform, by name."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from strategies.base import Strategy
from strategies.library import BUILT_IN
from strategies.parameters import build_model
from strategies.user_code.file_parts import version_of
from strategies.user_code.file_syntax import class_lines
from strategies.user_code.loader import StrategySource
from utils.errors import ConfigError

_LIBRARY = Path(__file__).parent / "library"


@cache
def built_in_sources() -> Mapping[str, StrategySource]:
    """Return the built-in strategies by name."""
    return MappingProxyType({source.name: source for source in _sources()})


def create_strategy(name: str, parameters: Mapping[str, Any]) -> Strategy:
    """Return a built-in strategy with these parameters. Raises ConfigError."""
    sources = built_in_sources()
    if name not in sources:
        problem = f"{name!r} is not a strategy; there are: {', '.join(sources)}"
        raise ConfigError("strategy", field="name", problem=problem)
    return build_model(sources[name].kind, parameters, source=f"strategy {name}")


def _sources() -> Iterator[StrategySource]:
    for kind in BUILT_IN:
        path = _LIBRARY / f"{kind.__module__.rpartition('.')[2]}.py"
        text = path.read_bytes()
        line = class_lines(text)[kind.__name__]
        yield StrategySource(kind, path, line, version_of(text), built_in=True)
