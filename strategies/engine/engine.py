"""The strategy engine: every group that somebody asks for, evaluated once per closed candle.

One path for all: a group goes on from its stored watermark, whether a candle closed just now, the
bell was lost, or the engine was dead for a day.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import wait

from data.errors import RepositoryError, RepositoryUnavailable
from data.ports import CandleRepository, HistoryWants
from data.topics import CANDLES
from strategies.config import CONFIGURED, Configuration
from strategies.engine.bell import Bell
from strategies.engine.groups import Evaluation, LiveGroup, next_evaluation
from strategies.engine.history import HistoryDesk
from strategies.engine.live_candles import CandleShelf
from strategies.engine.questions import Answer, Failed, Question, failure
from strategies.engine.requests import Desk, group_item
from strategies.engine.resolution import Resolution
from strategies.engine.rules import EngineRules
from strategies.engine.sources import Sources
from strategies.engine.workers import Done, Job, Workers
from strategies.errors import GroupMoved, StrategyError
from strategies.ports import RequestRepository, SignalRepository, StrategyRepository
from strategies.status import GroupAdvance
from strategies.topics import SIGNAL_REQUESTS, SIGNALS, SignalsAdvanced
from utils.clock import Clock
from utils.isolation import Isolation, ItemFailures
from utils.messaging import Bus, BusUnavailable, Interest
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.meters import Meters

log = logging.getLogger("truetape.strategies")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStore:
    """What an engine reads and writes."""

    candles: CandleRepository
    wants: HistoryWants
    signals: SignalRepository
    requests: RequestRepository
    strategies: StrategyRepository
    bus: Bus


Configured = Callable[[], Configuration | None]


def nothing_configured() -> None:
    """Ask for nothing."""


class StrategyEngine:
    """Evaluates in one thread; users' strategies are judged by workers meanwhile.

    `judges` answer about closed candles, `inspectors` about files, parameters and honesty.
    `configured` returns what configuration files ask for, None while nothing of it has changed.
    """

    def __init__(
        self,
        store: EngineStore,
        judges: Workers,
        inspectors: Workers,
        rules: EngineRules,
        clock: Clock,
        configured: Configured = nothing_configured,
        heartbeat: Heartbeat | None = None,
        meters: Meters | None = None,
        failures: ItemFailures | None = None,
    ) -> None:
        kept, passing = failures or ItemFailures(), (RepositoryUnavailable, GroupMoved)
        self._isolation = Isolation("strategies", clock, kept, passing=passing)
        self._heartbeat = heartbeat or Heartbeat(clock, rules.poll_s)
        self._meters = meters or Meters()
        self._store = store
        self._judges = judges
        self._inspectors = inspectors
        self._rules = rules
        self._clock = clock
        self._configured = configured
        self._sources = Sources(
            rules.user_strategies, inspectors, store.strategies, clock, rules.loading_s
        )
        resolution = Resolution(self._sources, inspectors, store.strategies, rules, clock)
        reads = Isolation("history of", clock, kept, passing=passing)
        history = HistoryDesk(store.candles, store.wants, clock, reads)
        self._desk = Desk(
            store.requests,
            store.signals,
            store.candles,
            history,
            resolution,
            rules,
            self._isolation,
        )
        self._resolution = resolution
        self._shelf = CandleShelf(store.candles)
        self._looked_s: float | None = None
        self._away = False

    def run(self) -> None:
        """Work until the process is asked to stop."""
        bell = Bell(self._store.bus, [Interest(CANDLES), Interest(SIGNAL_REQUESTS)])
        bell.hang()
        try:
            while True:
                self._heartbeat.beat()
                heard = bell.silence()
                self.step(asked_anew=SIGNAL_REQUESTS.name in heard)
                channels = [*self._judges.channels(), *self._inspectors.channels()]
                wait([bell.channel, *channels], self._patience_s())
        finally:
            self._judges.close()
            self._inspectors.close()
            bell.take_down()

    def step(self, *, asked_anew: bool = False) -> None:
        """Do all that can be done now; while the store is away, nothing.

        `asked_anew`: look at the requests, too, which else is done every `poll_s`. Whoever lost its
        place, for the store was away or another engine was faster, reads it anew.
        """
        try:
            self._inspect(asked_anew=asked_anew)
            self._work()
            self._tell_back()
        except RepositoryUnavailable as error:
            self._tell_away(error)
            self._forget()
        except GroupMoved as error:
            log.warning("reading the groups again", extra={"problem": str(error)})
            self._forget()

    def _patience_s(self) -> float:
        """Return after how long to look, if nobody rings before."""
        ends = (self._judges.patience_s(), self._inspectors.patience_s(), self._rules.poll_s)
        return min(end_s for end_s in ends if end_s is not None)

    def _work(self) -> None:
        for done in self._judges.collect():
            self._take(done)
        while self._evaluate():
            self._heartbeat.beat()
            for done in self._judges.collect():
                self._take(done)

    def _inspect(self, *, asked_anew: bool) -> None:
        """Look at files and requests: when something may be other, and every `poll_s`."""
        now_s = self._clock.monotonic_s()
        due = self._looked_s is None or now_s - self._looked_s >= self._rules.poll_s
        news = due and self._sources.scan()
        for done in self._inspectors.collect():
            news |= self._sources.take(done.job.name, done.answer)
            news |= self._resolution.take(done.job.name, done.answer)
        self._resolution.forget_refusals(self._sources.reread())
        if due or news or asked_anew:
            self._looked_s = now_s
            self._serve()

    def _serve(self) -> None:
        if (configuration := self._configured()) is not None:
            self._store.requests.replace(CONFIGURED, configuration.requests)
            self._sources.wrong_configurations = configuration.wrong_files
        if self._sources.complete:
            self._sources.save()
        self._desk.serve()
        users = [live for live in self._desk.live.values() if live.of_user]
        self._judges.keep_ready({(live.plan.spec, live.group.timeframe) for live in users})

    def _evaluate(self) -> bool:
        """Evaluate what is pending, series by series; tell whether more may be pending."""
        series = defaultdict(list)
        for live in self._desk.live.values():
            if not live.asked and self._isolation.is_due(group_item(live.group)):
                series[live.series].append(live)
        newest = self._store.candles.newest(series.keys()) if series else {}
        more = False
        for name, groups in series.items():
            if (last := newest.get(name)) is not None:
                more |= self._evaluate_series(groups, last)
        return more

    def _evaluate_series(self, groups: list[LiveGroup], newest: datetime) -> bool:
        """Let workers begin with users' strategies, then judge the built-in ones here."""
        pending = [live for live in groups if live.evaluated_to <= newest]
        advances: list[GroupAdvance] = []
        for live in sorted(pending, key=lambda live: not live.of_user):
            with self._isolation.attempt(group_item(live.group)):
                if live.of_user:
                    self._ask(live, newest)
                elif (evaluation := next_evaluation(live, self._shelf, newest)) is not None:
                    advances.append(evaluation.advance(self._answer(evaluation.question)))
        committed = self._commit(advances)
        return any(advance.evaluated_to <= newest for advance in committed)

    def _ask(self, live: LiveGroup, newest: datetime) -> None:
        evaluation = next_evaluation(live, self._shelf, newest)
        if evaluation is not None:
            live.asked = True
            ready = (live.plan.spec, live.group.timeframe)
            self._judges.submit(
                Job(
                    evaluation,
                    evaluation.question,
                    self._rules.budget_s,
                    ready=ready,
                    suspect=live.skipping,
                )
            )

    def _take(self, done: Done) -> None:
        """Take a worker's answer, unless its group has gone or moved since."""
        evaluation = done.job.name
        assert isinstance(evaluation, Evaluation)
        live = self._desk.live.get(evaluation.group)
        if live is None or not live.asked or live.evaluated_to != evaluation.evaluated_from:
            return
        live.asked = False
        if isinstance(done.answer, Failed) and done.answer.is_stale:
            # Its file was edited meanwhile: asked again, or no more once the file has been read.
            return
        advances: list[GroupAdvance] = []
        with self._isolation.attempt(group_item(live.group)):
            advances.append(evaluation.advance(done.answer))
        self._commit(advances)

    def _answer(self, question: Question) -> Answer:
        """Answer about a built-in strategy: it raises only where candles cannot be."""
        began_s = self._clock.monotonic_s()
        try:
            return question.answer(self._sources.shelf)
        except StrategyError as error:
            return failure(error)
        finally:
            self._meters.time("evaluation", 1_000 * (self._clock.monotonic_s() - began_s))

    def _commit(self, advances: Sequence[GroupAdvance]) -> Sequence[GroupAdvance]:
        """Store, then publish; return what was stored. What the store refuses waits by itself."""
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
            live = self._desk.live[advance.group]
            live.move(advance)
            self._tell_skips(live, advance)
        self._publish(advances)

    def _publish(self, advances: Sequence[GroupAdvance]) -> None:
        message = SignalsAdvanced(instrument=advances[0].group.instrument, advances=list(advances))
        try:
            self._store.bus.publish(SIGNALS, str(message.instrument), message)
        except BusUnavailable:
            log.debug("nobody was told of signals: the bus is away")

    def _tell_skips(self, live: LiveGroup, advance: GroupAdvance) -> None:
        facts = {
            "strategy": live.group.strategy,
            "instrument": str(live.group.instrument),
            "timeframe": str(live.group.timeframe),
        }
        if advance.skips:
            # Once until it judges again: a page tells of every single one.
            level = logging.DEBUG if live.skipping else logging.ERROR
            reason = advance.skips[-1].reason
            log.log(level, "strategy skipped a candle", extra={**facts, "problem": reason})
        elif live.skipping:
            log.info("strategy judges again", extra=facts)
        live.skipping = bool(advance.skips)

    def _forget(self) -> None:
        """Read everything anew: what is held in memory may not be what is stored."""
        self._desk.forget()
        self._sources.forget_saved()
        self._shelf = CandleShelf(self._store.candles)
        self._looked_s = None

    def _tell_away(self, error: RepositoryUnavailable) -> None:
        if not self._away:
            log.error("the store is away; going on when it is back", extra={"problem": str(error)})
        self._away = True

    def _tell_back(self) -> None:
        if self._away:
            log.info("the store is back")
        self._away = False
