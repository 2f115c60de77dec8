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
from strategies.status import RequestStatus, SignalRequest
from utils.clock import Clock
from utils.isolation import Isolation


@dataclass(slots=True)
class _Round:
    """Outcomes of all waiting bots, and the moves of the groups they start in."""

    outcomes: list[tuple[ActiveBot, BotChanges]] = field(default_factory=list)
    moves: dict[Group, CursorAdvance] = field(default_factory=dict)
    instruments: dict[InstrumentId, Instrument | None] = field(default_factory=dict)
    unknown: list[SignalRequest] = field(default_factory=list)

    def step(self) -> LedgerStep:
        """Return all outcomes as one commit."""
        return LedgerStep(
            moves=tuple(self.moves.values()),
            entries=tuple(one for _, outcome in self.outcomes for one in outcome.entries),
            transitions=tuple(one for _, outcome in self.outcomes for one in outcome.transitions),
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

    def serve(self, registry: BotRegistry) -> list[Transition]:
        """Start all sessions that can start; return the committed transitions."""
        waiting = [bot for bot in registry.bots.values() if bot.session is None]
        if not waiting:
            return []
        answered = {status.request.requester: status for status in self._stores.requests.all()}
        taken = _Round()
        for bot in waiting:
            item = f"bot {bot.name}"
            with self._isolation.attempt(item) as attempt:
                self._try_start(registry, taken, bot, answered)
            if attempt.failed:
                # The bot fails, which has a state and an alert of its own.
                self._isolation.remove(item)
                reason = f"cannot be started: {attempt.problem}"
                failed = apply_event(
                    bot.snapshot, LifecycleEvent.FAILED, ACTOR, reason, self._clock.now()
                )
                taken.outcomes.append((bot, failed))
        if taken.outcomes:
            self._commit(taken)
            for bot, outcome in taken.outcomes:
                _apply_commit(registry, bot, outcome, taken.moves)
        self._request_signals(taken.unknown)
        return [one for _, outcome in taken.outcomes for one in outcome.transitions]

    def _try_start(
        self,
        registry: BotRegistry,
        taken: _Round,
        bot: ActiveBot,
        answered: dict[str, RequestStatus],
    ) -> None:
        request = bot.version.config.request()
        status = answered.get(request.requester)
        if status is None or status.request != request:
            taken.unknown.append(request)
        else:
            self._decide(registry, taken, bot, status)

    def _commit(self, taken: _Round) -> None:
        """Commit a round; bots whose rows the store refuses fail, the others continue."""
        try:
            self._stores.ledger.commit(taken.step())
        except RepositoryError:
            problems = failing_bots(taken.step(), self._stores.ledger.check)
            if not problems:
                raise
            now = self._clock.now()
            taken.outcomes = [
                (
                    bot,
                    apply_event(
                        bot.snapshot, LifecycleEvent.FAILED, ACTOR, problems[bot.name], now
                    ),
                )
                if bot.name in problems
                else (bot, outcome)
                for bot, outcome in taken.outcomes
            ]
            self._stores.ledger.commit(taken.step())

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
        self, registry: BotRegistry, taken: _Round, bot: ActiveBot, status: RequestStatus
    ) -> None:
        instrument = self._instrument(taken, status.request.instrument)
        now = self._clock.now()
        # With a group, a problem names what it still waits for: no signal is possible yet.
        if status.group is None or status.problem or instrument is None:
            unknown = (
                "" if instrument else f"instrument {status.request.instrument} is not stored yet"
            )
            bot.degraded_reason = status.problem or unknown
            if bot.degraded_reason and bot.snapshot.status.reason != bot.degraded_reason:
                outcome = apply_event(
                    bot.snapshot, LifecycleEvent.WAITS, ACTOR, bot.degraded_reason, now
                )
                taken.outcomes.append((bot, outcome))
            return
        facts = session_facts(bot.version, status.group, instrument, bot.carried, self._code)
        if isinstance(facts, str):
            failed = apply_event(bot.snapshot, LifecycleEvent.FAILED, ACTOR, facts, now)
            taken.outcomes.append((bot, failed))
        else:
            taken.outcomes.append((bot, self._start_session(registry, taken, bot, facts)))

    def _start_session(
        self, registry: BotRegistry, taken: _Round, bot: ActiveBot, facts: SessionStarted
    ) -> BotChanges:
        group = facts.group
        joins = group in taken.moves or bool(registry.members(group))
        cursor = taken.moves[group].after if group in taken.moves else self._cursor(registry, group)
        carried = None if bot.carried is None else bot.carried.checkpoint.cursor
        after = [one for one in (cursor, carried) if one is not None]
        outcome = start_session(bot.snapshot, facts, after, ACTOR, self._clock.now())
        advanced_to = cursor_before(outcome.entries[0].effective_at)
        if not joins and advanced_to != cursor:
            # The group's first bot may start here, regardless of earlier tape.
            taken.moves[group] = CursorAdvance(group=group, before=cursor, after=advanced_to)
        return outcome

    def _cursor(self, registry: BotRegistry, group: Group) -> Cursor | None:
        if registry.members(group):
            return registry.cursors.get(group)
        return self._stores.ledger.cursor(group)

    def _instrument(self, taken: _Round, name: InstrumentId) -> Instrument | None:
        if name not in taken.instruments:
            taken.instruments[name] = self._stores.instruments.get(name)
        return taken.instruments[name]


def _apply_commit(
    registry: BotRegistry, bot: ActiveBot, outcome: BotChanges, moves: dict[Group, CursorAdvance]
) -> None:
    """Apply a committed outcome to a bot in memory."""
    bot.snapshot = outcome.snapshot
    if outcome.snapshot.status.state not in MANAGED_STATES:
        del registry.bots[bot.name]
    elif outcome.entries:
        session = session_of(outcome.entries, bot.version.config)
        bot.entries = list(outcome.entries)
        bot.snapshot = replace(outcome.snapshot, session=session)
        if session.group in moves:
            registry.cursors[session.group] = moves[session.group].after
        registry.load_cursor(session.group)
        registry.refresh(bot)
