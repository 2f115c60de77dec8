"""Sources of samples, read at intervals."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from utils.errors import ExternalServiceError
from utils.isolation import Isolation
from utils.telemetry.sample import Sample

log = logging.getLogger("truetape.health")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSource:
    """A source of samples. `read` may raise ExternalServiceError: no samples this time."""

    name: str
    read: Callable[[datetime], Iterable[Sample]]
    every: timedelta = timedelta()


class Sampler:
    """Reads every source when it is due; a failing source does not affect the others."""

    def __init__(self, sources: Sequence[SampleSource], isolation: Isolation) -> None:
        self._sources = sources
        self._isolation = isolation
        self._last_read: dict[str, datetime] = {}

    def gather(self, now: datetime) -> list[Sample]:
        """Return the samples of the sources that are due."""
        return [sample for source in self._sources for sample in self._read_source(source, now)]

    def _read_source(self, source: SampleSource, now: datetime) -> list[Sample]:
        last_read = self._last_read.get(source.name)
        # Setting the clock back must not silence a source.
        if last_read is not None and timedelta() <= now - last_read < source.every:
            return []
        self._last_read[source.name] = now
        with self._isolation.attempt(f"samples of {source.name}"):
            try:
                return list(source.read(now))
            except ExternalServiceError as error:
                log.debug("samples not read", extra={"source": source.name, "problem": str(error)})
        return []
