"""Advance groups along the tape: read, fold, commit, publish. One commit for all of a turn."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot_manager.domain.lifecycle import MANAGED_STATES, BotState, LifecycleEvent, Transition
from bot_manager.domain.ports import BotStores, LedgerStep
from bot_manager.domain.status import BotStatus
from bot_manager.groups.active_bot import ActiveBot
from bot_manager.groups.bot_changes import apply_event
from bot_manager.groups.degradation import delisted_reason, find_degraded_reason
from bot_manager.groups.group_step import (
    ACTOR,
    GroupStep,
    PreparedStep,
    TapeChunk,
    advance_group,
    fail_bots,
)
from bot_manager.groups.signal_view import evaluation_progress, load_signal_view
from bot_manager.runtime.group_commit import commit_item, commit_together
from bot_manager.runtime.publisher import BotPublisher
from bot_manager.runtime.registry import BotRegistry
from bot_manager.runtime.settings import BotManagerSettings
from data import EPOCH, Cursor, InstrumentId, InstrumentState, Trade
from strategies import Group
from strategies.group_progress import GroupStatus
from utils.clock import Clock
from utils.isolation import Isolation, ItemFailed
from utils.liveness import Liveness


@dataclass(slots=True)
class TurnCache:
    """Caches tapes and group statuses for one turn, each read once for all groups."""

    stores: BotStores
    page_trades: int
    statuses: dict[Group, GroupStatus] = field(default_factory=dict)
    ends: dict[InstrumentId, Cursor | None] = field(default_factory=dict)
    pages: dict[tuple[InstrumentId, Cursor], list[Trade]] = field(default_factory=dict)
    delisted: dict[InstrumentId, bool] = field(default_factory=dict)

    def load_statuses(self) -> None:
        """Read how far every requested group is evaluated."""
        self.statuses = {status.group: status for status in self.stores.signals.groups()}

    def status(self, group: Group) -> GroupStatus | None:
        """Return a group's status, None if no engine evaluates it."""
        return self.statuses.get(group) or self.stores.signals.group(group)

    def end(self, instrument: InstrumentId) -> Cursor | None:
        """Return where a tape ends."""
        if instrument not in self.ends:
            self.ends[instrument] = self.stores.trades.end(instrument)
        return self.ends[instrument]

    def is_delisted(self, instrument: InstrumentId) -> bool:
        """Return whether the exchange no longer lists an instrument."""
        if instrument not in self.delisted:
            listed = self.stores.instruments.get(instrument)
            self.delisted[instrument] = (
                listed is not None and listed.state is InstrumentState.DELISTED
            )
        return self.delisted[instrument]

    def after(self, instrument: InstrumentId, cursor: Cursor) -> list[Trade]:
        """Return the trades after a cursor, one page at most."""
        key = (instrument, cursor)
        if key not in self.pages:
            self.pages[key] = self.stores.trades.after(instrument, cursor, self.page_trades)
        return self.pages[key]


class GroupProcessor:
    """Folds groups one after the other; a waiting group does not block others."""

    def __init__(
        self,
        stores: BotStores,
        publisher: BotPublisher,
        clock: Clock,
        rules: BotManagerSettings,
        isolation: Isolation,
    ) -> None:
        self._isolation = isolation
        self._stores = stores
        self._publisher = publisher
        self._clock = clock
        self._rules = rules
        self._last: Group | None = None
        self._liveness = Liveness(clock)

    def process(self, registry: BotRegistry) -> bool:
        """Fold a chunk of tape into each group; return whether more is due already."""
        if not registry.bots:
            return False
        now, began_s = self._clock.now(), self._clock.monotonic_s()
        cache = TurnCache(self._stores, self._rules.page_trades)
        cache.load_statuses()
        prepared: list[PreparedStep] = []
        served: dict[Group, list[ActiveBot]] = {}
        more = False
        for group, bots in self._in_turn(registry):
            if self._clock.monotonic_s() - began_s > self._rules.turn_s:
                more = True
                break
            step = None
            if self._is_due(group):
                with self._isolation.attempt(_item(group)):
                    step = self._fold_chunk(registry, group, bots, cache, now)
            if step is not None:
                prepared.append(step)
            served[group] = bots
            self._last = group
        committed = commit_together(self._stores.ledger, prepared, self._isolation)
        busy = self._apply_committed(registry, committed, now)
        quiet = [(group, bots) for group, bots in served.items() if group not in busy]
        self._update_degraded(registry, quiet, cache, now)
        return more or bool(busy)

    def _in_turn(self, registry: BotRegistry) -> Iterator[tuple[Group, list[ActiveBot]]]:
        """Yield every group once, starting after the last one served."""
        groups = list(registry.by_group().items())
        first = next((n for n, (group, _) in enumerate(groups) if group == self._last), -1) + 1
        yield from groups[first:]
        yield from groups[:first]

    def _fold_chunk(
        self,
        registry: BotRegistry,
        group: Group,
        bots: list[ActiveBot],
        cache: TurnCache,
        now: datetime,
    ) -> PreparedStep | None:
        """Fold a chunk of tape into a group; None if there is nothing to do."""
        status = cache.status(group)
        before_s = self._clock.monotonic_s() - self._rules.checkpoint_s
        due = frozenset(bot.name for bot in bots if bot.stored_s <= before_s)
        progress = (status.evaluated_to if status else None, cache.end(group.instrument))
        if status is None or (registry.last_progress.get(group) == progress and not due):
            return None
        signal_view = load_signal_view(status, self._stores.signals, _signals_since(bots))
        cursor = registry.cursors[group]
        trades = cache.after(group.instrument, _processed_to(bots, cursor))
        chunk = TapeChunk(group, cursor, trades, signal_view, now, due)
        return PreparedStep(bots, chunk, self._advance(bots, chunk), progress)

    def _advance(self, bots: list[ActiveBot], chunk: TapeChunk) -> GroupStep:
        """Fold bots together; bots that raise when folded alone fail, the others continue.

        Raises the group's error if no single bot causes it.
        """
        fold = f"fold of {chunk.group}"
        with self._isolation.attempt(fold) as together:
            return advance_group(bots, chunk)
        self._isolation.remove(fold)
        problems: dict[str, str] = {}
        for bot in bots:
            item = f"bot {bot.name}"
            with self._isolation.attempt(item) as alone:
                advance_group([bot], chunk)
            if alone.failed:
                problems[bot.name] = alone.problem
                self._isolation.remove(item)
        others = [bot for bot in bots if bot.name not in problems]
        if not problems or not others:
            raise ItemFailed(together.problem)
        return fail_bots(bots, chunk, advance_group(others, chunk), problems)

    def _apply_committed(
        self, registry: BotRegistry, prepared: list[PreparedStep], now: datetime
    ) -> set[Group]:
        """Apply committed steps and publish them; return the groups to serve again at once.

        A full page that does not advance a group waits for its strategy: it is not served again.
        """
        busy: set[Group] = set()
        for one in prepared:
            group, start = one.chunk.group, _processed_to(one.bots, one.chunk.cursor)
            self._apply_commit(registry, one.bots, one.step)
            active = [bot for bot in one.bots if bot.name in registry.bots]
            full = len(one.chunk.trades) >= self._rules.page_trades
            continues = full and _processed_to(active, registry.cursors[group]) != start
            if continues:
                busy.add(group)
                registry.last_progress.pop(group, None)
            else:
                registry.last_progress[group] = one.progress
            self._publisher.publish_orders(one.step.commit.orders, now)
            self._publisher.publish_states(one.step.commit.transitions)
        return busy

    def _apply_commit(self, registry: BotRegistry, bots: list[ActiveBot], step: GroupStep) -> None:
        commit = step.commit
        stored = {checkpoint.bot for checkpoint in commit.checkpoints}
        registry.cursors[step.group] = step.cursor
        for bot in bots:
            bot.account = step.accounts.get(bot.name, bot.account)
            bot.snapshot = step.snapshots[bot.name]
            if bot.name in stored:
                bot.stored_s = self._clock.monotonic_s()
            if bot.snapshot.status.state not in MANAGED_STATES:
                del registry.bots[bot.name]
            else:
                registry.refresh(bot)
        for entry in commit.entries:
            if entry.bot in registry.bots:
                registry.bots[entry.bot].entries.append(entry)

    def _update_degraded(
        self,
        registry: BotRegistry,
        quiet: list[tuple[Group, list[ActiveBot]]],
        cache: TurnCache,
        now: datetime,
    ) -> None:
        """Degrade bots whose feed or strategy has stopped; recover the others."""
        transitions: list[Transition] = []
        for group, bots in quiet:
            degraded_reason = self._last_error(group) or self._degraded_reason(group, cache)
            for bot in bots:
                event = _event_of(
                    bot.snapshot.status, degraded_reason, delisted_reason(group.instrument)
                )
                bot.degraded_reason = degraded_reason
                if event is not None and bot.name in registry.bots:
                    changes = apply_event(
                        bot.snapshot,
                        event,
                        ACTOR,
                        degraded_reason or "feed and strategy are current again",
                        now,
                    )
                    bot.snapshot = changes.snapshot
                    transitions += changes.transitions
        if transitions:
            self._stores.ledger.commit(LedgerStep(transitions=tuple(transitions)))
            self._publisher.publish_states(transitions)

    def _is_due(self, group: Group) -> bool:
        return all(self._isolation.is_due(item) for item in (_item(group), commit_item(group)))

    def _last_error(self, group: Group) -> str:
        """Return the last error of a group's fold or commit."""
        isolation = self._isolation
        problem = isolation.problem(_item(group)) or isolation.problem(commit_item(group))
        return problem and f"its group failed: {problem}"

    def _degraded_reason(self, group: Group, cache: TurnCache) -> str:
        status = cache.status(group)
        signal_view = None if status is None else evaluation_progress(status)
        stale_after = timedelta(seconds=self._rules.stale_after_s)
        tape, end = f"tape of {group.instrument}", cache.end(group.instrument)
        if end is not None:
            self._liveness.observe_time(tape, end.time)
        degraded_reason = find_degraded_reason(
            signal_view, end, self._liveness.silent_s(tape), stale_after
        )
        if degraded_reason and cache.is_delisted(group.instrument):
            return delisted_reason(group.instrument)
        return degraded_reason


def _item(group: Group) -> str:
    return f"group {group}"


def _processed_to(bots: list[ActiveBot], cursor: Cursor) -> Cursor:
    """Return the cursor after which some bot has prints to process.

    Bots about to end may be ahead of their group's cursor, or behind it.
    """
    ending = [bot for bot in bots if bot.session is not None and bot.session.end is not None]
    cursors = [bot.account.cursor for bot in ending if bot.account is not None]
    return min(cursors if cursors and len(ending) == len(bots) else [cursor, *cursors])


def _event_of(status: BotStatus, degraded_reason: str, lasting: str) -> LifecycleEvent | None:
    """Return the event to apply; only the `lasting` reason replaces an earlier one."""
    if degraded_reason and status.state in (BotState.RUNNING, BotState.PAUSED):
        return LifecycleEvent.DEGRADED
    if status.state is not BotState.DEGRADED:
        return None
    if not degraded_reason:
        return LifecycleEvent.RECOVERED
    return LifecycleEvent.DEGRADED if degraded_reason == lasting != status.reason else None


def _signals_since(bots: list[ActiveBot]) -> datetime:
    """Return the time since which signals are needed; EPOCH if an account is to be opened."""
    accounts = [bot.account for bot in bots]
    last_target_time = [account.last_target_time for account in accounts if account is not None]
    return min(last_target_time) if len(last_target_time) == len(accounts) else EPOCH
