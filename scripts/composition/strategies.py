"""The strategies that a command or a worker may use, and the processes that run users' code."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config import Settings, load_settings
from strategies.hosts.host import HostLimits, open_host
from strategies.hosts.registry import StrategyRegistry
from strategies.strategy_handle import StrategyType
from strategies.user_code.loader import LoadProblem
from utils.errors import ConfigError

_log = logging.getLogger("truetape.strategies")


@contextmanager
def open_registry(folder: Path, settings: Settings) -> Iterator[StrategyRegistry]:
    """Yield the registry of built-in strategies and a folder's; the block ends its workers."""
    limits = settings.strategies
    host = open_host(
        HostLimits(
            budget_s=limits.budget_s, loading_s=limits.loading_s, verifying_s=limits.verifying_s
        )
    )
    try:
        yield StrategyRegistry(folder, host)
    finally:
        host.close()


@contextmanager
def open_command_registry(folder: Path) -> Iterator[StrategyRegistry]:
    """Yield the registry for a command: output of users' code is shown on standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_DetailFormatter())
    handler.addFilter(lambda record: hasattr(record, "text") or record.levelno >= logging.WARNING)
    level = _log.level
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    try:
        with open_registry(folder, load_settings()) as registry:
            yield registry
    finally:
        _log.setLevel(level)
        _log.removeHandler(handler)


def strategies_named(
    target: str, registry: StrategyRegistry
) -> tuple[Sequence[StrategyType], list[LoadProblem]]:
    """Return the strategies of a file or of a name, and the problems of the file.

    Raises ConfigError for none.
    """
    path = Path(target)
    if path.suffix == ".py":
        if not path.is_file():
            raise ConfigError(target, problem="is no file")
        return registry.in_file(path)
    return [registry.find(target)], []


class _DetailFormatter(logging.Formatter):
    """Formats a message with its text or path, if it has one."""

    def format(self, record: logging.LogRecord) -> str:
        detail = getattr(record, "text", None) or getattr(record, "path", None)
        return f"{record.getMessage()}: {detail}" if detail else record.getMessage()
