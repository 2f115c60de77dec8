"""The main loop: process commands, fold tape and signals, commit effects, publish them.

Each turn reads the store from its own cursors, so a lost message only costs time, and a start is a
recovery. Catching up is the same turn with a longer chunk of tape.
"""

import logging
from threading import Event

from bot_manager.domain.lifecycle import LifecycleEvent, Transition
from bot_manager.domain.ports import BotStores, LedgerStep
from bot_manager.domain.topics import BOT_COMMANDS
from bot_manager.errors import LedgerConflict
from bot_manager.groups.bot_changes import BotSnapshot, apply_event
from bot_manager.groups.group_step import ACTOR
from bot_manager.runtime.command_processor import CommandProcessor
from bot_manager.runtime.group_processor import GroupProcessor
from bot_manager.runtime.publisher import BotPublisher
from bot_manager.runtime.registry import BotRegistry
from bot_manager.runtime.session_starter import SessionStarter
from bot_manager.runtime.settings import BotManagerSettings
from data.errors import RepositoryUnavailable
from data.topics import TRADES
from strategies.topics import SIGNALS
from utils.backoff import Backoff
from utils.clock import Clock
from utils.isolation import Isolation, ItemFailures
from utils.messaging import Bus, Interest
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.meters import Meters

log = logging.getLogger("truetape.bots")

_INTERESTS = (Interest(TRADES), Interest(SIGNALS), Interest(BOT_COMMANDS))
_LONGEST_WAIT_S = 5.0
_MEASURE_EVERY_S = 5.0


class BotManager:
    """Runs all bots. One per platform, used by one thread."""

    def __init__(
        self,
        stores: BotStores,
        bus: Bus,
        clock: Clock,
        rules: BotManagerSettings,
        heartbeat: Heartbeat | None = None,
        meters: Meters | None = None,
        failures: ItemFailures | None = None,
    ) -> None:
        passing = (RepositoryUnavailable, LedgerConflict)
        self._isolation = Isolation("bots", clock, failures or ItemFailures(), passing=passing)
        self._clock = clock
        self._heartbeat = heartbeat or Heartbeat(clock, _LONGEST_WAIT_S)
        self._meters = meters or Meters()
        self._stores = stores
        self._bus = bus
        self._rules = rules
        self._meters.watch("behind_s", lambda: self._behind_s)
        self._behind_s = 0.0
        self._measure_at_s = 0.0
        self._publisher = BotPublisher(bus, rules.late_after_s, self._meters)
        self._commands = CommandProcessor(stores, clock, self._isolation)
        self._sessions = SessionStarter(stores, self._publisher, clock, rules.code, self._isolation)
        self._groups = GroupProcessor(stores, self._publisher, clock, rules, self._isolation)
        self._registry: BotRegistry | None = None

    def run(self, stop: Event) -> None:
        """Run bots until `stop` is set; retry with backoff while the store is unavailable."""
        backoff = Backoff(cap_s=_LONGEST_WAIT_S)
        with self._bus.subscribe(_INTERESTS) as messages:
            while not stop.is_set():
                self._heartbeat.beat()
                began_s = self._clock.monotonic_s()
                try:
                    more = self.turn()
                except (RepositoryUnavailable, LedgerConflict) as error:
                    self._meters.count("turns_failed")
                    _log_pause(error)
                    stop.wait(backoff.next_delay_s())
                    continue
                backoff.reset()
                self._meters.time("turn", 1_000 * (self._clock.monotonic_s() - began_s))
                if not more:
                    # A large fleet leaves half of the time to others: every trade wakes the loop.
                    took_s = self._clock.monotonic_s() - began_s
                    stop.wait(min(took_s, self._rules.poll_s))
                    messages.receive(self._rules.poll_s)

    def turn(self) -> bool:
        """Process everything due once; return whether more is due already.

        Raises RepositoryUnavailable, and LedgerConflict if another manager has written: then the
        registry is dropped, and the next turn reads everything again.
        """
        registry, self._registry = self._registry, None
        if registry is None:
            registry = BotRegistry(self._stores, self._isolation)
            registry.load()
        known = {*registry.bots, *registry.unreadable}
        transitions = self._fail_unreadable(registry)
        transitions += self._commands.process(registry) + self._sessions.start(registry)
        transitions += self._fail_unreadable(registry)
        self._publisher.publish_states(transitions)
        known |= registry.bots.keys()
        more = self._groups.process(registry)
        self._sessions.withdraw_requests(known - registry.bots.keys())
        self._registry = registry
        self._measure(registry)
        return more

    def _fail_unreadable(self, registry: BotRegistry) -> list[Transition]:
        """Commit the failure of bots that cannot be read, with the reason."""
        transitions: list[Transition] = []
        for name, (status, problem) in sorted(registry.unreadable.items()):
            now = self._clock.now()
            transitions += apply_event(
                BotSnapshot(status), LifecycleEvent.FAILED, ACTOR, problem, now
            ).transitions
            log.error("bot not read", extra={"bot": name, "problem": problem})
        if transitions:
            self._stores.ledger.commit(LedgerStep(transitions=tuple(transitions)))
        registry.unreadable.clear()
        return transitions

    def _measure(self, registry: BotRegistry) -> None:
        """Measure, every few seconds, how far the slowest group is behind."""
        if self._clock.monotonic_s() < self._measure_at_s:
            return
        self._measure_at_s = self._clock.monotonic_s() + _MEASURE_EVERY_S
        groups = {bot.session.group for bot in registry.bots.values() if bot.session}
        times = [cursor.time for group, cursor in registry.cursors.items() if group in groups]
        now = self._clock.now()
        self._behind_s = max(0.0, (now - min(times, default=now)).total_seconds())


def _log_pause(error: RepositoryUnavailable | LedgerConflict) -> None:
    if isinstance(error, LedgerConflict):
        log.warning("bots read again: another manager has written", extra={"problem": str(error)})
    else:
        log.warning("bots paused: database unavailable", extra={"problem": str(error)})
