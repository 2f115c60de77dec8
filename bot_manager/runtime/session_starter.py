"""Start sessions: request a bot's group, and journal the start once the group is warm.

All sessions that can start do so in one commit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bot_manager.domain.config import requester_of
from bot_manager.domain.journal import SessionStarted
from bot_manager.domain.lifecycle import MANAGED_STATES, LifecycleEvent, Transition
from bot_manager.domain.ports import BotStores, CursorAdvance, LedgerStep
from bot_manager.domain.session import session_of
from bot_manager.groups.active_bot import ActiveBot
from bot_manager.groups.bisection import failing_bots
from bot_manager.groups.bot_changes import BotChanges, apply_event
from bot_manager.groups.group_step import ACTOR
from bot_manager.groups.session_start import cursor_before, session_facts, start_session
from bot_manager.runtime.publisher import BotPublisher
from bot_manager.runtime.registry import BotRegistry
from data import Cursor, Instrument, InstrumentId
from data.errors import RepositoryError
from strategies import Group
from strategies.requests import RequestStatus, SignalRequest
from utils.clock import Clock
from utils.isolation import Isolation


@dataclass(slots=True)
class _StartBatch:
    """Changes of all waiting bots, and the advances of the groups they start in."""

    changes: list[tuple[ActiveBot, BotChanges]] = field(default_factory=list)
    moves: dict[Group, CursorAdvance] = field(default_factory=dict)
    instruments: dict[InstrumentId, Instrument | None] = field(default_factory=dict)
    unknown: list[SignalRequest] = field(default_factory=list)

    def step(self) -> LedgerStep:
        """Return all changes as one commit."""
        return LedgerStep(
            moves=tuple(self.moves.values()),
            entries=tuple(one for _, changed in self.changes for one in changed.entries),
            transitions=tuple(one for _, changed in self.changes for one in changed.transitions),
        )


class SessionStarter:
    """Starts the sessions of bots that have none."""

    def __init__(
        self,
        stores: BotStores,
        publisher: BotPublisher,
        clock: Clock,
        code: str,
        isolation: Isolation,
    ) -> None:
        self._isolation = isolation
        self._stores = stores
        self._publisher = publisher
        self._code = code
        self._clock = clock

    def start(self, registry: BotRegistry) -> list[Transition]:
        """Start all sessions that can start; return the committed transitions."""
        waiting = [bot for bot in registry.bots.values() if bot.session is None]
        if not waiting:
            return []
        statuses = {status.request.requester: status for status in self._stores.requests.all()}
        batch = _StartBatch()
        for bot in waiting:
            item = f"bot {bot.name}"
            with self._isolation.attempt(item) as attempt:
                self._try_start(registry, batch, bot, statuses)
            if attempt.failed:
                # The bot fails, which has a state and an alert of its own.
                self._isolation.remove(item)
                reason = f"cannot be started: {attempt.problem}"
                failed = apply_event(
                    bot.snapshot, LifecycleEvent.FAILED, ACTOR, reason, self._clock.now()
                )
                batch.changes.append((bot, failed))
        if batch.changes:
            self._commit(batch)
            for bot, changed in batch.changes:
                _apply_commit(registry, bot, changed, batch.moves)
        self._request_signals(batch.unknown)
        return [one for _, changed in batch.changes for one in changed.transitions]

    def _try_start(
        self,
        registry: BotRegistry,
        batch: _StartBatch,
        bot: ActiveBot,
        statuses: dict[str, RequestStatus],
    ) -> None:
        request = bot.version.config.request()
        status = statuses.get(request.requester)
        if status is None or status.request != request:
            batch.unknown.append(request)
        else:
            self._decide(registry, batch, bot, status)

    def _commit(self, batch: _StartBatch) -> None:
        """Commit a batch; bots whose rows the store refuses fail, the others continue."""
        try:
            self._stores.ledger.commit(batch.step())
        except RepositoryError:
            problems = failing_bots(batch.step(), self._stores.ledger.check)
            if not problems:
                raise
            now = self._clock.now()
            batch.changes = [
                (
                    bot,
                    apply_event(
                        bot.snapshot, LifecycleEvent.FAILED, ACTOR, problems[bot.name], now
                    ),
                )
                if bot.name in problems
                else (bot, changed)
                for bot, changed in batch.changes
            ]
            self._stores.ledger.commit(batch.step())

    def withdraw_requests(self, names: Iterable[str]) -> None:
        """Withdraw the signal requests of these bots."""
        requesters = [requester_of(name) for name in names]
        if requesters:
            self._stores.requests.withdraw(requesters)
            self._publisher.publish_request_changes(requesters)

    def _request_signals(self, requests: list[SignalRequest]) -> None:
        if requests:
            self._stores.requests.put(requests)
            self._publisher.publish_request_changes([request.requester for request in requests])

    def _decide(
        self, registry: BotRegistry, batch: _StartBatch, bot: ActiveBot, status: RequestStatus
    ) -> None:
        instrument = self._instrument(batch, status.request.instrument)
        now = self._clock.now()
        # With a group, a problem names what it still waits for: no signal is possible yet.
        if status.group is None or status.problem or instrument is None:
            unknown = (
                "" if instrument else f"instrument {status.request.instrument} is not stored yet"
            )
            bot.degraded_reason = status.problem or unknown
            if bot.degraded_reason and bot.snapshot.status.reason != bot.degraded_reason:
                changed = apply_event(
                    bot.snapshot, LifecycleEvent.WAITS, ACTOR, bot.degraded_reason, now
                )
                batch.changes.append((bot, changed))
            return
        facts = session_facts(bot.version, status.group, instrument, bot.carried, self._code)
        if isinstance(facts, str):
            failed = apply_event(bot.snapshot, LifecycleEvent.FAILED, ACTOR, facts, now)
            batch.changes.append((bot, failed))
        else:
            batch.changes.append((bot, self._start_session(registry, batch, bot, facts)))

    def _start_session(
        self, registry: BotRegistry, batch: _StartBatch, bot: ActiveBot, facts: SessionStarted
    ) -> BotChanges:
        group = facts.group
        joins = group in batch.moves or bool(registry.members(group))
        cursor = batch.moves[group].after if group in batch.moves else self._cursor(registry, group)
        carried = None if bot.carried is None else bot.carried.checkpoint.cursor
        after = [one for one in (cursor, carried) if one is not None]
        changed = start_session(bot.snapshot, facts, after, ACTOR, self._clock.now())
        advanced_to = cursor_before(changed.entries[0].effective_at)
        if not joins and advanced_to != cursor:
            # The group's first bot may start here, regardless of earlier tape.
            batch.moves[group] = CursorAdvance(group=group, before=cursor, after=advanced_to)
        return changed

    def _cursor(self, registry: BotRegistry, group: Group) -> Cursor | None:
        if registry.members(group):
            return registry.cursors.get(group)
        return self._stores.ledger.cursor(group)

    def _instrument(self, batch: _StartBatch, name: InstrumentId) -> Instrument | None:
        if name not in batch.instruments:
            batch.instruments[name] = self._stores.instruments.get(name)
        return batch.instruments[name]


def _apply_commit(
    registry: BotRegistry, bot: ActiveBot, changed: BotChanges, moves: dict[Group, CursorAdvance]
) -> None:
    """Apply committed changes to a bot in memory."""
    bot.snapshot = changed.snapshot
    if changed.snapshot.status.state not in MANAGED_STATES:
        del registry.bots[bot.name]
    elif changed.entries:
        session = session_of(changed.entries, bot.version.config)
        bot.entries = list(changed.entries)
        bot.snapshot = replace(changed.snapshot, session=session)
        if session.group in moves:
            registry.cursors[session.group] = moves[session.group].after
        registry.load_cursor(session.group)
        registry.refresh(bot)
