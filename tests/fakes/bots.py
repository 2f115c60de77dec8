"""Bots in memory."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from bot_manager.errors import LedgerMoved, NameTaken, UnknownBot
from bot_manager.journal import JournalEntry
from bot_manager.ledger import AccountOrder, Checkpoint, EquityMark
from bot_manager.lifecycle import BotState, Transition
from bot_manager.ports import BotRepository, LedgerRepository, LedgerStep
from bot_manager.status import AskedCommand, BotStatus, CommandRequest
from bot_manager.versions import ConfigVersion
from data import Cursor
from strategies import Group
from tests.fakes.store import InMemoryStore


@dataclass
class StoredBot:
    """All that is stored of one bot."""

    versions: list[ConfigVersion] = field(default_factory=list)
    commands: list[AskedCommand] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    journal: list[JournalEntry] = field(default_factory=list)
    orders: list[AccountOrder] = field(default_factory=list)
    marks: list[EquityMark] = field(default_factory=list)
    checkpoint: Checkpoint | None = None


class InMemoryBotRepository(BotRepository):
    """Bots in a dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def create(self, version: ConfigVersion) -> None:
        self._store.require()
        if version.bot in self._store.bots:
            raise NameTaken(version.bot)
        self._store.bots[version.bot] = StoredBot(versions=[version])

    def revise(self, version: ConfigVersion) -> None:
        stored = self._bot(version.bot)
        if version.number != len(stored.versions) + 1:
            raise LedgerMoved(f"bot {version.bot}: another version was made meanwhile")
        stored.versions.append(version)

    def get(self, name: str) -> BotStatus | None:
        self._store.require()
        stored = self._store.bots.get(name)
        return None if stored is None else status_of(name, stored)

    def all(self) -> list[BotStatus]:
        self._store.require()
        return [status_of(name, stored) for name, stored in sorted(self._store.bots.items())]

    def versions(self, name: str) -> list[ConfigVersion]:
        return list(self._found(name).versions)

    def ask(self, requests: Sequence[CommandRequest]) -> list[AskedCommand]:
        for request in requests:
            self._bot(request.bot)
        return [self._ask(request) for request in sorted(requests, key=lambda asked: asked.bot)]

    def commands(self, name: str) -> list[AskedCommand]:
        return list(self._found(name).commands)

    def unanswered(self) -> list[AskedCommand]:
        self._store.require()
        waiting = [
            command
            for stored in self._store.bots.values()
            for command in stored.commands
            if command.answered_at is None
        ]
        return sorted(waiting, key=lambda c: (c.request.made_at, c.request.bot, c.number))

    def transitions(self, name: str) -> list[Transition]:
        return list(self._found(name).transitions)

    def _ask(self, request: CommandRequest) -> AskedCommand:
        commands = self._bot(request.bot).commands
        commands.append(AskedCommand(number=len(commands) + 1, request=request))
        return commands[-1]

    def _bot(self, name: str) -> StoredBot:
        self._store.require()
        if name not in self._store.bots:
            raise UnknownBot(name)
        return self._store.bots[name]

    def _found(self, name: str) -> StoredBot:
        self._store.require()
        return self._store.bots.get(name, StoredBot())


class InMemoryLedgerRepository(LedgerRepository):
    """What bots did, in the same dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def commit(self, step: LedgerStep) -> None:
        self._store.require()
        self._check(step)
        for move in step.moves:
            self._store.cursors[move.group] = move.after
        for answer in step.answers:
            commands = self._store.bots[answer.bot].commands
            commands[answer.number - 1] = msgspec.structs.replace(
                commands[answer.number - 1],
                answered_at=answer.answered_at,
                refusal=answer.refusal,
            )
        for entry in step.entries:
            self._store.bots[entry.bot].journal.append(entry)
        for transition in step.transitions:
            self._store.bots[transition.bot].transitions.append(transition)
        for order in step.orders:
            self._store.bots[order.bot].orders.append(order)
        for mark in step.marks:
            self._store.bots[mark.bot].marks.append(mark)
        for checkpoint in step.checkpoints:
            self._store.bots[checkpoint.bot].checkpoint = checkpoint

    def cursor(self, group: Group) -> Cursor | None:
        self._store.require()
        return self._store.cursors.get(group)

    def journal(self, name: str) -> list[JournalEntry]:
        return list(self._bot(name).journal)

    def checkpoints(self, names: Collection[str]) -> dict[str, Checkpoint]:
        found = {name: self._bot(name).checkpoint for name in names}
        return {name: checkpoint for name, checkpoint in found.items() if checkpoint is not None}

    def orders(self, name: str, start: datetime, end: datetime) -> list[AccountOrder]:
        return [order for order in self._bot(name).orders if start <= order.time < end]

    def equity(self, name: str, start: datetime, end: datetime) -> list[EquityMark]:
        return [mark for mark in self._bot(name).marks if start <= mark.time < end]

    def _bot(self, name: str) -> StoredBot:
        self._store.require()
        return self._store.bots.get(name, StoredBot())

    def _check(self, step: LedgerStep) -> None:
        for move in step.moves:
            known = move.group in self._store.groups
            if not known or self._store.cursors.get(move.group) != move.before:
                raise LedgerMoved(f"{move.group.strategy} is not at {move.before}")
        for answer in step.answers:
            if self._bot(answer.bot).commands[answer.number - 1].answered_at is not None:
                raise LedgerMoved("a command was answered by somebody else")
        lengths = {name: len(stored.transitions) for name, stored in self._store.bots.items()}
        _require_in_a_row([(t.bot, t.number - 1) for t in step.transitions], lengths)
        lengths = {name: len(stored.journal) for name, stored in self._store.bots.items()}
        _require_in_a_row([(entry.bot, entry.sequence) for entry in step.entries], lengths)
        self._require_new(step)

    def _require_new(self, step: LedgerStep) -> None:
        taken = {(order.bot, order.sequence) for order in self._all_orders()}
        _require_disjoint(taken, [(order.bot, order.sequence) for order in step.orders])
        marked = {(m.bot, m.time) for stored in self._store.bots.values() for m in stored.marks}
        _require_disjoint(marked, [(mark.bot, mark.time) for mark in step.marks])

    def _all_orders(self) -> Iterable[AccountOrder]:
        return (order for stored in self._store.bots.values() for order in stored.orders)


def _require_in_a_row(rows: list[tuple[str, int]], lengths: dict[str, int]) -> None:
    for bot, position in rows:
        if lengths.get(bot) != position:
            raise LedgerMoved(f"bot {bot}: row {position} does not follow {lengths.get(bot)}")
        lengths[bot] += 1


def _require_disjoint(taken: set[tuple[str, object]], rows: Sequence[tuple[str, object]]) -> None:
    if len(set(rows)) != len(rows) or taken & set(rows):
        raise LedgerMoved("it is written already")


def status_of(name: str, stored: StoredBot) -> BotStatus:
    """Return a stored bot as it is now."""
    newest = stored.transitions[-1] if stored.transitions else None
    asked = [c.request.wanted for c in stored.commands if c.request.wanted and not c.refusal]
    created_at = stored.versions[0].made_at
    return BotStatus(
        name=name,
        state=newest.after if newest else BotState.CREATED,
        wanted=asked[-1] if asked else BotState.CREATED,
        since=newest.made_at if newest else created_at,
        reason=newest.reason if newest else "",
        version=len(stored.versions),
        created_at=created_at,
        transitions=len(stored.transitions),
        entries=len(stored.journal),
    )
