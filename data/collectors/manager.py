"""Collector processes: distributed, started, restarted, and killed when they hang."""

import logging
import os
import signal
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from multiprocessing.connection import wait as wait_for_sentinels

from data.collectors.config import CollectorConfig
from data.collectors.factory import EXCHANGES, Exchanges, complete_config
from data.errors import RepositoryError, RepositoryUnavailable
from data.ports import CollectorStatusRepository
from data.status import CollectorStatus
from utils.clock import Clock
from utils.errors import ConfigError
from utils.isolation import Isolation, ItemFailures
from utils.liveness import Liveness
from utils.supervision import OnChange, ProcessState, ProcessStatus, Service, Supervisor

log = logging.getLogger("truetape.collectors")

HUNG_AFTER_S = 60.0
Wait = Callable[[Collection[int], float], object]
RestartSource = Callable[[Collection[str]], Collection[str]]
_CHECK_EVERY_S = 5.0


def spread(
    configs: Iterable[CollectorConfig], exchanges: Exchanges = EXCHANGES
) -> list[CollectorConfig]:
    """Return one configuration per process, each with its part of the exchange's limits.

    Instruments are distributed in turn. Raises ConfigError for an unknown exchange or channel, two
    collectors of one name, or an instrument that two would write.
    """
    parts = [part for config in configs for part in _parts_of(complete_config(config, exchanges))]
    _require_once("collector", [part.name for part in parts])
    _require_once("instrument", [str(name) for part in parts for name in part.ids])
    sharing = Counter(part.exchange for part in parts)
    return [_with_share(part, sharing[part.exchange]) for part in parts]


def _parts_of(config: CollectorConfig) -> list[CollectorConfig]:
    count = min(config.processes, len(config.instruments))
    if count == 1:
        return [config]
    return [
        config.model_copy(
            update={
                "name": f"{config.name}-{index + 1}",
                "instruments": config.instruments[index::count],
            }
        )
        for index in range(count)
    ]


def _with_share(config: CollectorConfig, processes: int) -> CollectorConfig:
    rest, feed = config.rest, config.feed
    return config.model_copy(
        update={
            "rest": rest.model_copy(update={"rate_share": rest.rate_share / processes}),
            "feed": feed.model_copy(update={"connects_per_s": feed.connects_per_s / processes}),
        }
    )


def _require_once(what: str, names: Sequence[str]) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise ConfigError(
            "collectors", field=what, problem=f"{', '.join(twice)} given more than once"
        )


class CollectorManager:
    """Keeps one process per configuration running.

    A process that ends is restarted; one that runs without a report for `HUNG_AFTER_S` is killed,
    and so restarted. `service_of` makes a process of a configuration; `restart_requests` returns
    the processes to restart on request.
    """

    def __init__(
        self,
        configs: Iterable[CollectorConfig],
        service_of: Callable[[CollectorConfig], Service],
        statuses: CollectorStatusRepository,
        clock: Clock,
        *,
        wait: Wait = wait_for_sentinels,
        kill: Callable[[int, int], None] = os.kill,
        on_change: OnChange | None = None,
        restart_requests: RestartSource = lambda _: (),
        failures: ItemFailures | None = None,
        exchanges: Exchanges = EXCHANGES,
    ) -> None:
        self._services = [service_of(config) for config in spread(configs, exchanges)]
        self._statuses = statuses
        self._clock = clock
        self._wait_for = wait
        self._kill = kill
        kept = failures or ItemFailures()
        self._isolation = Isolation("collectors", clock, kept)
        self._supervisor = Supervisor(
            clock=clock,
            wait=self._wait,
            on_change=on_change,
            restart_requests=restart_requests,
            failures=kept,
        )
        self._next_check_s = 0.0
        self._liveness = Liveness(clock)

    def run(self, *stop_signals: signal.Signals) -> None:
        """Run until one of the signals arrives. Raises ProcessGaveUp. For the main thread."""
        with self._supervisor as supervisor, supervisor.stopping_on(*stop_signals):
            supervisor.start(*self._services)
            supervisor.run()

    def request_stop(self) -> None:
        """Make `run` end soon."""
        self._supervisor.request_stop()

    def processes(self) -> list[ProcessStatus]:
        """Return the status of the processes."""
        return self._supervisor.statuses()

    def states(self) -> list[CollectorStatus]:
        """Return the last statuses of these collectors. Raises repository errors."""
        ours = {service.name for service in self._services}
        return [status for status in self._statuses.all() if status.name in ours]

    def _wait(self, sentinels: Collection[int], timeout_s: float) -> object:
        """Wait for processes, and in between check for those that hang."""
        ended = self._wait_for(sentinels, timeout_s)
        if self._clock.monotonic_s() >= self._next_check_s:
            self._next_check_s = self._clock.monotonic_s() + _CHECK_EVERY_S
            with self._isolation.attempt("hung processes"):
                self._end_hung()
        return ended

    def _end_hung(self) -> None:
        processes = self._supervisor.statuses()
        for process in processes:
            self._liveness.observe(f"pid of {process.name}", (process.pid, process.since))
        try:
            reported = {status.name: status.reported_at for status in self.states()}
        except (RepositoryUnavailable, RepositoryError):
            # No process can report while the store is down: the silence is counted again.
            self._liveness.restart()
            return
        for name, reported_at in reported.items():
            self._liveness.observe(name, reported_at)
        for process in processes:
            if process.state is not ProcessState.RUNNING or process.pid is None:
                continue
            waited_s = self._liveness.silent_s(f"pid of {process.name}")
            if process.name in reported:
                waited_s = min(waited_s, self._liveness.silent_s(process.name))
            if waited_s > HUNG_AFTER_S:
                log.error("hung collector killed", extra={"collector": process.name})
                self._kill(process.pid, signal.SIGKILL)
