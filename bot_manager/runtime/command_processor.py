"""Process commands to bots: all that wait in one commit, so that a thousand bots stop as one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from bot_manager.domain.lifecycle import Transition
from bot_manager.domain.ports import BotStores, LedgerStep
from bot_manager.domain.status import BotCommand, BotStatus, FleetCommand, FleetCommandResult
from bot_manager.groups.bot_changes import BotChanges, BotSnapshot, apply_command
from bot_manager.runtime.registry import BotRegistry
from utils.clock import Clock
from utils.isolation import Isolation


@dataclass(slots=True)
class _Round:
    """Outcomes of all waiting commands, in the order of their requests."""

    snapshots: dict[str, BotSnapshot] = field(default_factory=dict)
    outcomes: dict[str, list[BotChanges]] = field(default_factory=dict)
    applied_commands: list[BotCommand] = field(default_factory=list)
    fleet_answers: list[FleetCommandResult] = field(default_factory=list)

    def take(self, name: str, outcome: BotChanges) -> None:
        """Add a bot's outcome; later commands start from its snapshot."""
        self.snapshots[name] = outcome.snapshot
        self.outcomes.setdefault(name, []).append(outcome)

    def step(self) -> LedgerStep:
        """Return all outcomes as one commit."""
        outcomes = [one for of_bot in self.outcomes.values() for one in of_bot]
        return LedgerStep(
            answers=tuple(one for outcome in outcomes for one in outcome.answers),
            fleet_answers=tuple(self.fleet_answers),
            applied_commands=tuple(self.applied_commands),
            entries=tuple(one for outcome in outcomes for one in outcome.entries),
            transitions=tuple(one for outcome in outcomes for one in outcome.transitions),
        )


class CommandProcessor:
    """Answers commands, without waiting for tape or signals."""

    def __init__(self, stores: BotStores, clock: Clock, isolation: Isolation) -> None:
        self._isolation = isolation
        self._stores = stores
        self._clock = clock

    def serve(self, registry: BotRegistry) -> list[Transition]:
        """Answer every waiting command; return the committed transitions."""
        bots = self._stores.bots
        to_one, to_all = bots.unanswered(), bots.unanswered_to_all()
        if not to_one and not to_all:
            return []
        taken, now = _Round(), self._clock.now()
        waiting: list[BotCommand | FleetCommand] = [*to_one, *to_all]
        for command in sorted(waiting, key=lambda one: one.request.made_at):
            item = f"command {command.number} to {getattr(command.request, 'bot', 'all bots')}"
            if not self._isolation.is_due(item):
                continue
            with self._isolation.attempt(item):
                if isinstance(command, BotCommand):
                    snapshot = self._snapshot(registry, taken, command.request.bot)
                    taken.take(command.request.bot, apply_command(command, snapshot, now))
                else:
                    self._apply_to_all(registry, taken, command, now)
        step = taken.step()
        self._stores.ledger.commit(step)
        for name, outcomes in taken.outcomes.items():
            registry.take(name, outcomes)
        return list(step.transitions)

    def _apply_to_all(
        self, registry: BotRegistry, taken: _Round, fleet: FleetCommand, now: datetime
    ) -> None:
        """Apply a command to every bot that can execute it."""
        bot_count = 0
        for name, snapshot in self._all(registry, taken):
            with self._isolation.attempt(f"command to all at {name}"):
                command = BotCommand(number=0, request=fleet.request.of(name))
                outcome = apply_command(command, snapshot, now)
                if not outcome.answers[0].refusal:
                    outcome.answers.clear()
                    taken.take(name, outcome)
                    taken.applied_commands.append(msgspec.structs.replace(command, answered_at=now))
                    bot_count += 1
        answer = FleetCommandResult(number=fleet.number, answered_at=now, bot_count=bot_count)
        taken.fleet_answers.append(answer)

    def _all(self, registry: BotRegistry, taken: _Round) -> Iterator[tuple[str, BotSnapshot]]:
        for status in self._stores.bots.all():
            current = taken.snapshots.get(status.name)
            yield status.name, current or _snapshot_of(registry, status.name, status)

    def _snapshot(self, registry: BotRegistry, taken: _Round, name: str) -> BotSnapshot:
        current = taken.snapshots.get(name)
        if current is not None or name in registry.bots:
            return current or registry.bots[name].snapshot
        return _snapshot_of(registry, name, self._stores.bots.get(name))


def _snapshot_of(registry: BotRegistry, name: str, status: BotStatus | None) -> BotSnapshot:
    if name in registry.bots:
        return registry.bots[name].snapshot
    assert status is not None, "a command to a bot that does not exist"
    return BotSnapshot(status)
