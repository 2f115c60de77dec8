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
class _CommandBatch:
    """Changes by all waiting commands, in the order of their requests."""

    snapshots: dict[str, BotSnapshot] = field(default_factory=dict)
    changes: dict[str, list[BotChanges]] = field(default_factory=dict)
    applied_commands: list[BotCommand] = field(default_factory=list)
    fleet_results: list[FleetCommandResult] = field(default_factory=list)

    def add(self, name: str, changes: BotChanges) -> None:
        """Add the changes of a bot; later commands start from its snapshot."""
        self.snapshots[name] = changes.snapshot
        self.changes.setdefault(name, []).append(changes)

    def step(self) -> LedgerStep:
        """Return all changes as one commit."""
        changes = [one for of_bot in self.changes.values() for one in of_bot]
        return LedgerStep(
            results=tuple(one for each in changes for one in each.results),
            fleet_results=tuple(self.fleet_results),
            applied_commands=tuple(self.applied_commands),
            entries=tuple(one for each in changes for one in each.entries),
            transitions=tuple(one for each in changes for one in each.transitions),
        )


class CommandProcessor:
    """Processes commands, without waiting for tape or signals."""

    def __init__(self, stores: BotStores, clock: Clock, isolation: Isolation) -> None:
        self._isolation = isolation
        self._stores = stores
        self._clock = clock

    def process(self, registry: BotRegistry) -> list[Transition]:
        """Process every waiting command; return the committed transitions."""
        bots = self._stores.bots
        to_one, to_all = bots.pending_commands(), bots.pending_fleet_commands()
        if not to_one and not to_all:
            return []
        batch, now = _CommandBatch(), self._clock.now()
        waiting: list[BotCommand | FleetCommand] = [*to_one, *to_all]
        for command in sorted(waiting, key=lambda one: one.request.made_at):
            item = f"command {command.number} to {getattr(command.request, 'bot', 'all bots')}"
            if not self._isolation.is_due(item):
                continue
            with self._isolation.attempt(item):
                if isinstance(command, BotCommand):
                    snapshot = self._snapshot(registry, batch, command.request.bot)
                    batch.add(command.request.bot, apply_command(command, snapshot, now))
                else:
                    self._apply_to_all(registry, batch, command, now)
        step = batch.step()
        self._stores.ledger.commit(step)
        for name, of_bot in batch.changes.items():
            registry.apply(name, of_bot)
        return list(step.transitions)

    def _apply_to_all(
        self, registry: BotRegistry, batch: _CommandBatch, fleet: FleetCommand, now: datetime
    ) -> None:
        """Apply a command to every bot that can execute it."""
        bot_count = 0
        for name, snapshot in self._all(registry, batch):
            with self._isolation.attempt(f"command to all at {name}"):
                command = BotCommand(number=0, request=fleet.request.of(name))
                changes = apply_command(command, snapshot, now)
                if not changes.results[0].refusal:
                    changes.results.clear()
                    batch.add(name, changes)
                    batch.applied_commands.append(msgspec.structs.replace(command, answered_at=now))
                    bot_count += 1
        result = FleetCommandResult(number=fleet.number, answered_at=now, bot_count=bot_count)
        batch.fleet_results.append(result)

    def _all(
        self, registry: BotRegistry, batch: _CommandBatch
    ) -> Iterator[tuple[str, BotSnapshot]]:
        for status in self._stores.bots.all():
            current = batch.snapshots.get(status.name)
            yield status.name, current or _snapshot_of(registry, status.name, status)

    def _snapshot(self, registry: BotRegistry, batch: _CommandBatch, name: str) -> BotSnapshot:
        current = batch.snapshots.get(name)
        if current is not None or name in registry.bots:
            return current or registry.bots[name].snapshot
        return _snapshot_of(registry, name, self._stores.bots.get(name))


def _snapshot_of(registry: BotRegistry, name: str, status: BotStatus | None) -> BotSnapshot:
    if name in registry.bots:
        return registry.bots[name].snapshot
    assert status is not None, "a command to a bot that does not exist"
    return BotSnapshot(status)
