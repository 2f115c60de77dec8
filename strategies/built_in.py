"""The strategies that come with the platform, by name."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from strategies.library import BUILT_IN
from strategies.user_code.file_parts import version_of
from strategies.user_code.file_syntax import class_lines
from strategies.user_code.loader import StrategySource

_LIBRARY = Path(__file__).parent / "library"


@cache
def built_in_sources() -> Mapping[str, StrategySource]:
    """Return the built-in strategies by name."""
    return MappingProxyType({source.name: source for source in _sources()})


def _sources() -> Iterator[StrategySource]:
    for kind in BUILT_IN:
        path = _LIBRARY / f"{kind.__module__.rpartition('.')[2]}.py"
        text = path.read_bytes()
        line = class_lines(text)[kind.__name__]
        yield StrategySource(kind, path, line, version_of(text), built_in=True)
