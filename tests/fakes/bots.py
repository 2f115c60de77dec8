"""Bots in memory."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from bot_manager.domain.journal import JournalEntry, SessionStarted
from bot_manager.domain.ledger import AccountOrder, Checkpoint, EquityMark
from bot_manager.domain.lifecycle import BotState, Transition
from bot_manager.domain.ports import (
    BotRepository,
    BotVerificationRepository,
    LedgerRepository,
    LedgerStep,
)
from bot_manager.domain.status import (
    BotCommand,
    BotStatus,
    CommandRequest,
    FleetCommand,
    FleetRequest,
)
from bot_manager.domain.verification import BotVerificationRecord, TapeRequirement, required_tape
from bot_manager.domain.versions import ConfigVersion
from bot_manager.errors import LedgerConflict, NameTaken, UnknownBot
from bot_manager.verification.marks import thin_marks
from data import Cursor, InstrumentId
from data.errors import RepositoryError
from strategies import Group
from tests.fakes.store import InMemoryStore

_LARGEST = 2**63 - 1


@dataclass
class StoredBot:
    """The stored data of one bot."""

    versions: list[ConfigVersion] = field(default_factory=list)
    commands: list[BotCommand] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    journal: list[JournalEntry] = field(default_factory=list)
    orders: list[AccountOrder] = field(default_factory=list)
    marks: list[EquityMark] = field(default_factory=list)
    checkpoint: Checkpoint | None = None
    daily_before: datetime | None = None
    verifications: list[BotVerificationRecord] = field(default_factory=list)


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
            raise LedgerConflict(f"bot {version.bot}: another version was stored meanwhile")
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

    def request(self, requests: Sequence[CommandRequest]) -> list[BotCommand]:
        for request in requests:
            self._bot(request.bot)
        return [self._request(request) for request in sorted(requests, key=lambda each: each.bot)]

    def commands(self, name: str) -> list[BotCommand]:
        return list(self._found(name).commands)

    def pending_commands(self) -> list[BotCommand]:
        self._store.require()
        waiting = [
            command
            for stored in self._store.bots.values()
            for command in stored.commands
            if command.answered_at is None
        ]
        return sorted(waiting, key=lambda c: (c.request.made_at, c.request.bot, c.number))

    def newest_versions(self) -> list[ConfigVersion]:
        self._store.require()
        return [stored.versions[-1] for _, stored in sorted(self._store.bots.items())]

    def request_all(self, request: FleetRequest) -> FleetCommand:
        self._store.require()
        commands = self._store.fleet_commands
        commands.append(FleetCommand(number=len(commands) + 1, request=request))
        return commands[-1]

    def pending_fleet_commands(self) -> list[FleetCommand]:
        self._store.require()
        return [command for command in self._store.fleet_commands if command.answered_at is None]

    def transitions(self, name: str) -> list[Transition]:
        return list(self._found(name).transitions)

    def _request(self, request: CommandRequest) -> BotCommand:
        commands = self._bot(request.bot).commands
        commands.append(BotCommand(number=len(commands) + 1, request=request))
        return commands[-1]

    def daily_before(self, names: Collection[str]) -> dict[str, datetime]:
        found = {name: self._bot(name).daily_before for name in names}
        return {name: midnight for name, midnight in found.items() if midnight is not None}

    def _bot(self, name: str) -> StoredBot:
        self._store.require()
        if name not in self._store.bots:
            raise UnknownBot(name)
        return self._store.bots[name]

    def _found(self, name: str) -> StoredBot:
        self._store.require()
        return self._store.bots.get(name, StoredBot())


class InMemoryLedgerRepository(LedgerRepository):
    """The ledgers of bots, in the same dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def check(self, step: LedgerStep) -> None:
        self._store.require()
        self._check(step)

    def commit(self, step: LedgerStep) -> None:
        self.check(step)
        for move in step.moves:
            self._store.cursors[move.group] = move.after
        self._answer(step)
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

    def _answer(self, step: LedgerStep) -> None:
        for answer in step.results:
            commands = self._store.bots[answer.bot].commands
            commands[answer.number - 1] = msgspec.structs.replace(
                commands[answer.number - 1],
                answered_at=answer.answered_at,
                refusal=answer.refusal,
            )
        for taken in step.fleet_results:
            fleet = self._store.fleet_commands
            fleet[taken.number - 1] = msgspec.structs.replace(
                fleet[taken.number - 1], answered_at=taken.answered_at, bot_count=taken.bot_count
            )
        for command in step.applied_commands:
            commands = self._store.bots[command.request.bot].commands
            commands.append(msgspec.structs.replace(command, number=len(commands) + 1))

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

    def unthinned(self, before: datetime) -> list[str]:
        self._store.require()
        return sorted(
            name
            for name, stored in self._store.bots.items()
            if len(thin_marks(stored.marks, stored.orders, before)) < len(stored.marks)
        )

    def thin_equity(self, bot: str, before: datetime) -> int:
        stored = self._bot(bot)
        kept = thin_marks(stored.marks, stored.orders, before)
        dropped = len(stored.marks) - len(kept)
        stored.marks[:] = kept
        return dropped

    def daily_before(self, names: Collection[str]) -> dict[str, datetime]:
        found = {name: self._bot(name).daily_before for name in names}
        return {name: midnight for name, midnight in found.items() if midnight is not None}

    def _bot(self, name: str) -> StoredBot:
        self._store.require()
        return self._store.bots.get(name, StoredBot())

    def _check(self, step: LedgerStep) -> None:
        self._refuse(step)
        for move in step.moves:
            known = move.group in self._store.groups
            if not known or self._store.cursors.get(move.group) != move.before:
                raise LedgerConflict(f"{move.group.strategy} is not at {move.before}")
        for answer in step.results:
            if self._bot(answer.bot).commands[answer.number - 1].answered_at is not None:
                raise LedgerConflict("a command was processed by another process")
        for taken in step.fleet_results:
            if self._store.fleet_commands[taken.number - 1].answered_at is not None:
                raise LedgerConflict("a command to all bots was processed by another process")
        lengths = {name: len(stored.transitions) for name, stored in self._store.bots.items()}
        _require_in_a_row([(t.bot, t.number - 1) for t in step.transitions], lengths)
        lengths = {name: len(stored.journal) for name, stored in self._store.bots.items()}
        _require_in_a_row([(entry.bot, entry.sequence) for entry in step.entries], lengths)
        self._require_new(step)

    def _refuse(self, step: LedgerStep) -> None:
        rows = {row.bot for row in (*step.orders, *step.marks)}
        if rows & self._store.refused or any(one.trade_id > _LARGEST for one in step.orders):
            raise RepositoryError("committing a step of bots: the database reported")

    def _require_new(self, step: LedgerStep) -> None:
        taken = {(order.bot, order.sequence) for order in self._all_orders()}
        _require_disjoint(taken, [(order.bot, order.sequence) for order in step.orders])
        marked = {(m.bot, m.time) for stored in self._store.bots.values() for m in stored.marks}
        _require_disjoint(marked, [(mark.bot, mark.time) for mark in step.marks])

    def _all_orders(self) -> Iterable[AccountOrder]:
        return (order for stored in self._store.bots.values() for order in stored.orders)


class InMemoryBotVerificationRepository(BotVerificationRepository):
    """The verifications of bots, in the same dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def add(self, verification: BotVerificationRecord) -> None:
        self._store.require()
        if verification.bot not in self._store.bots:
            raise UnknownBot(verification.bot)
        verifications = self._store.bots[verification.bot].verifications
        if verification.number != len(verifications) + 1:
            raise LedgerConflict(
                f"bot {verification.bot}: verification {verification.number} is not the next"
            )
        verifications.append(verification)

    def latest(self, names: Collection[str] | None = None) -> dict[str, BotVerificationRecord]:
        self._store.require()
        return {
            name: stored.verifications[-1]
            for name, stored in sorted(self._store.bots.items())
            if stored.verifications and (names is None or name in names)
        }

    def history(self, name: str, limit: int = 400) -> list[BotVerificationRecord]:
        self._store.require()
        return self._store.bots.get(name, StoredBot()).verifications[-limit:]

    def required_tape(self) -> dict[InstrumentId, Cursor]:
        self._store.require()
        requirements = [_requirement(name, stored) for name, stored in self._store.bots.items()]
        return required_tape(requirement for requirement in requirements if requirement is not None)


def _requirement(name: str, stored: StoredBot) -> TapeRequirement | None:
    starts = [
        entry.effective_at for entry in stored.journal if isinstance(entry.decision, SessionStarted)
    ]
    if not starts:
        return None
    anchors = [
        verification.anchor
        for verification in stored.verifications
        if verification.anchor is not None
    ]
    newest = stored.verifications[-1] if stored.verifications else None
    return TapeRequirement(
        instrument=stored.versions[-1].config.instrument_id,
        state=status_of(name, stored).state,
        entries=len(stored.journal),
        first=Cursor(starts[0].time, starts[0].trade_id - 1),
        verifications=len(stored.verifications),
        settled=newest.entries if newest is not None and newest.settled else None,
        anchor=anchors[-1].cursor if anchors else None,
        account=None if stored.checkpoint is None else stored.checkpoint.cursor,
    )


def _require_in_a_row(rows: list[tuple[str, int]], lengths: dict[str, int]) -> None:
    for bot, position in rows:
        if lengths.get(bot) != position:
            raise LedgerConflict(f"bot {bot}: row {position} does not follow {lengths.get(bot)}")
        lengths[bot] += 1


def _require_disjoint(taken: set[tuple[str, object]], rows: Sequence[tuple[str, object]]) -> None:
    if len(set(rows)) != len(rows) or taken & set(rows):
        raise LedgerConflict("it is stored already")


def status_of(name: str, stored: StoredBot) -> BotStatus:
    """Return the current status of a stored bot."""
    newest = stored.transitions[-1] if stored.transitions else None
    explained = next((each for each in reversed(stored.transitions) if each.explains), None)
    accepted = [c.request for c in stored.commands if c.answered_at and not c.refusal]
    desired = [request.desired_state for request in accepted if request.desired_state]
    waiting = [
        c.request.desired_state
        for c in stored.commands
        if c.request.desired_state and not c.answered_at
    ]
    created_at = stored.versions[0].made_at
    return BotStatus(
        name=name,
        state=newest.after if newest else BotState.CREATED,
        desired_state=desired[-1] if desired else BotState.CREATED,
        since=explained.made_at if explained else created_at,
        reason=explained.reason if explained else "",
        version=len(stored.versions),
        created_at=created_at,
        transitions=len(stored.transitions),
        entries=len(stored.journal),
        requested=waiting[-1] if waiting else None,
    )
