"""The strategy engine: evaluates every requested group once per closed candle.

A group always continues from its stored watermark: after a closed candle, a lost message, or a day
without the engine.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import wait

from data.errors import RepositoryError, RepositoryUnavailable
from data.ports import CandleRepository, HistoryRequestRepository
from data.topics import CANDLES
from strategies.config import CONFIGURED, ConfigurationFolder
from strategies.engine.catalog import StrategyCatalog
from strategies.engine.group_registry import GroupRegistry, group_item
from strategies.engine.groups import GroupEvaluation, LiveGroup, next_evaluation
from strategies.engine.history import HistoryTracker
from strategies.engine.live_candles import LiveCandleCache
from strategies.engine.request_resolver import RequestResolver
from strategies.engine.settings import EngineSettings
from strategies.engine.topic_listener import TopicListener
from strategies.errors import StrategyError, WatermarkConflict
from strategies.group_progress import GroupAdvance
from strategies.ports import RequestRepository, SignalRepository, StrategyRepository
from strategies.topics import SIGNAL_REQUESTS, SIGNALS, SignalsAdvanced
from strategies.workers.pool import CompletedJob, WorkerJob, Workers
from strategies.workers.queries import QueryFailure, QueryResult, WorkerQuery, failure
from utils.clock import Clock
from utils.isolation import Isolation, ItemFailures
from utils.messaging import Bus, BusUnavailable, Interest
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.meters import Meters

log = logging.getLogger("truetape.strategies")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStore:
    """The repositories and the bus that an engine reads and writes."""

    candles: CandleRepository
    history_requests: HistoryRequestRepository
    signals: SignalRepository
    requests: RequestRepository
    strategies: StrategyRepository
    bus: Bus


ReadConfiguration = Callable[[], ConfigurationFolder | None]


def no_configuration() -> None:
    """Return None: there are no configuration files."""


class StrategyEngine:
    """Evaluates built-in strategies in one thread; workers evaluate users' strategies meanwhile.

    `evaluators` decide closed candles, `inspectors` run files, resolve parameters and verify.
    `configured` returns the requests of configuration files, None while they are unchanged.
    """

    def __init__(
        self,
        store: EngineStore,
        evaluators: Workers,
        inspectors: Workers,
        rules: EngineSettings,
        clock: Clock,
        configured: ReadConfiguration = no_configuration,
        heartbeat: Heartbeat | None = None,
        meters: Meters | None = None,
        failures: ItemFailures | None = None,
    ) -> None:
        kept, passing = failures or ItemFailures(), (RepositoryUnavailable, WatermarkConflict)
        self._isolation = Isolation("strategies", clock, kept, passing=passing)
        self._heartbeat = heartbeat or Heartbeat(clock, rules.poll_s)
        self._meters = meters or Meters()
        self._store = store
        self._evaluators = evaluators
        self._inspectors = inspectors
        self._rules = rules
        self._clock = clock
        self._configured = configured
        self._catalog = StrategyCatalog(
            rules.user_strategies, inspectors, store.strategies, clock, rules.loading_s
        )
        resolver = RequestResolver(self._catalog, inspectors, store.strategies, rules, clock)
        reads = Isolation("history of", clock, kept, passing=passing)
        history = HistoryTracker(store.candles, store.history_requests, clock, reads)
        self._groups = GroupRegistry(
            store.requests,
            store.signals,
            store.candles,
            history,
            resolver,
            rules,
            self._isolation,
        )
        self._resolver = resolver
        self._candle_cache = LiveCandleCache(store.candles)
        self._polled_s: float | None = None
        self._is_store_down = False

    def run(self) -> None:
        """Run until the process is stopped."""
        topic_listener = TopicListener(
            self._store.bus, [Interest(CANDLES), Interest(SIGNAL_REQUESTS)]
        )
        topic_listener.start()
        try:
            while True:
                self._heartbeat.beat()
                topics = topic_listener.drain()
                self.step(requests_changed=SIGNAL_REQUESTS.name in topics)
                pipes = [*self._evaluators.pipes(), *self._inspectors.pipes()]
                wait([topic_listener.channel, *pipes], self._timeout_s())
        finally:
            self._evaluators.close()
            self._inspectors.close()
            topic_listener.stop()

    def step(self, *, requests_changed: bool = False) -> None:
        """Process everything that is due; do nothing while the store is unavailable.

        `requests_changed`: read the requests too, else done every `poll_s`. After an outage or a
        WatermarkConflict every group is read again from the store.
        """
        try:
            self._inspect(requests_changed=requests_changed)
            self._work()
            self._log_recovery()
        except RepositoryUnavailable as error:
            self._log_outage(error)
            self._reset()
        except WatermarkConflict as error:
            log.warning("groups changed elsewhere; reloading", extra={"problem": str(error)})
            self._reset()

    def _timeout_s(self) -> float:
        """Return the seconds until the next step, if no message arrives before."""
        ends = (self._evaluators.timeout_s(), self._inspectors.timeout_s(), self._rules.poll_s)
        return min(end_s for end_s in ends if end_s is not None)

    def _work(self) -> None:
        for done in self._evaluators.collect():
            self._take(done)
        while self._evaluate():
            self._heartbeat.beat()
            for done in self._evaluators.collect():
                self._take(done)

    def _inspect(self, *, requests_changed: bool) -> None:
        """Scan the files every `poll_s`; serve the requests then, and after any change."""
        now_s = self._clock.monotonic_s()
        due = self._polled_s is None or now_s - self._polled_s >= self._rules.poll_s
        changed = due and self._catalog.scan()
        for done in self._inspectors.collect():
            changed |= self._catalog.apply(done.job.name, done.result)
            changed |= self._resolver.apply(done.job.name, done.result)
        self._resolver.discard_refusals(self._catalog.reread())
        if due or changed or requests_changed:
            self._polled_s = now_s
            self._serve()

    def _serve(self) -> None:
        if (configuration := self._configured()) is not None:
            self._store.requests.replace(CONFIGURED, configuration.requests)
            self._catalog.invalid_configurations = configuration.invalid_files
        if self._catalog.complete:
            self._catalog.save()
        self._groups.reconcile()
        users = [live for live in self._groups.live.values() if live.is_user_strategy]
        self._evaluators.keep_ready({(live.plan.spec, live.group.timeframe) for live in users})

    def _evaluate(self) -> bool:
        """Evaluate what is pending, series by series; return whether more may be pending."""
        series = defaultdict(list)
        for live in self._groups.live.values():
            if not live.in_flight and self._isolation.is_due(group_item(live.group)):
                series[live.series].append(live)
        newest = self._store.candles.newest(series.keys()) if series else {}
        more = False
        for name, groups in series.items():
            if (last := newest.get(name)) is not None:
                more |= self._evaluate_series(groups, last)
        return more

    def _evaluate_series(self, groups: list[LiveGroup], newest: datetime) -> bool:
        """Submit users' strategies to the workers first, then evaluate the built-in ones here."""
        pending = [live for live in groups if live.evaluated_to <= newest]
        advances: list[GroupAdvance] = []
        for live in sorted(pending, key=lambda live: not live.is_user_strategy):
            with self._isolation.attempt(group_item(live.group)):
                if live.is_user_strategy:
                    self._submit(live, newest)
                elif (evaluation := next_evaluation(live, self._candle_cache, newest)) is not None:
                    advances.append(evaluation.advance_from(self._answer(evaluation.query)))
        committed = self._commit(advances)
        return any(advance.evaluated_to <= newest for advance in committed)

    def _submit(self, live: LiveGroup, newest: datetime) -> None:
        evaluation = next_evaluation(live, self._candle_cache, newest)
        if evaluation is not None:
            live.in_flight = True
            ready = (live.plan.spec, live.group.timeframe)
            self._evaluators.submit(
                WorkerJob(
                    evaluation,
                    evaluation.query,
                    self._rules.budget_s,
                    ready=ready,
                    suspect=live.skipping,
                )
            )

    def _take(self, done: CompletedJob) -> None:
        """Apply a worker's result, unless its group was removed or advanced since."""
        evaluation = done.job.name
        assert isinstance(evaluation, GroupEvaluation)
        live = self._groups.live.get(evaluation.group)
        if live is None or not live.in_flight or live.evaluated_to != evaluation.evaluated_from:
            return
        live.in_flight = False
        if isinstance(done.result, QueryFailure) and done.result.is_stale:
            # Its file was edited meanwhile: evaluated again until the edited file has been read.
            return
        advances: list[GroupAdvance] = []
        with self._isolation.attempt(group_item(live.group)):
            advances.append(evaluation.advance_from(done.result))
        self._commit(advances)

    def _answer(self, query: WorkerQuery) -> QueryResult:
        """Answer a query about a built-in strategy; a StrategyError becomes a QueryFailure."""
        began_s = self._clock.monotonic_s()
        try:
            return query.run(self._catalog.file_cache)
        except StrategyError as error:
            return failure(error)
        finally:
            self._meters.time("evaluation", 1_000 * (self._clock.monotonic_s() - began_s))

    def _commit(self, advances: Sequence[GroupAdvance]) -> Sequence[GroupAdvance]:
        """Store, then publish; return what was stored. A refused advance does not block others."""
        try:
            self._commit_together(advances)
        except RepositoryError:
            stored = []
            for advance in advances:
                with self._isolation.attempt(group_item(advance.group)):
                    self._commit_together([advance])
                    stored.append(advance)
            return stored
        return advances

    def _commit_together(self, advances: Sequence[GroupAdvance]) -> None:
        if not advances:
            return
        self._store.signals.commit(advances)
        self._meters.count("signals", sum(len(advance.signals) for advance in advances))
        self._meters.count("skips", sum(len(advance.skips) for advance in advances))
        for advance in advances:
            live = self._groups.live[advance.group]
            live.apply(advance)
            self._log_skips(live, advance)
        self._publish(advances)

    def _publish(self, advances: Sequence[GroupAdvance]) -> None:
        message = SignalsAdvanced(instrument=advances[0].group.instrument, advances=list(advances))
        try:
            self._store.bus.publish(SIGNALS, str(message.instrument), message)
        except BusUnavailable:
            log.debug("signals not published: the bus is unavailable")

    def _log_skips(self, live: LiveGroup, advance: GroupAdvance) -> None:
        facts = {
            "strategy": live.group.strategy,
            "instrument": str(live.group.instrument),
            "timeframe": str(live.group.timeframe),
        }
        if advance.skips:
            # One error until it decides again: a page lists every skip.
            level = logging.DEBUG if live.skipping else logging.ERROR
            reason = advance.skips[-1].reason
            log.log(level, "strategy skipped a candle", extra={**facts, "problem": reason})
        elif live.skipping:
            log.info("strategy recovered", extra=facts)
        live.skipping = bool(advance.skips)

    def _reset(self) -> None:
        """Read everything again: what is in memory may differ from what is stored."""
        self._groups.reset()
        self._catalog.invalidate_saved()
        self._candle_cache = LiveCandleCache(self._store.candles)
        self._polled_s = None

    def _log_outage(self, error: RepositoryUnavailable) -> None:
        if not self._is_store_down:
            log.error("database unavailable; retrying", extra={"problem": str(error)})
        self._is_store_down = True

    def _log_recovery(self) -> None:
        if self._is_store_down:
            log.info("database available again")
        self._is_store_down = False
